"""Which addresses we may speak to: decided where the socket is opened, on the very answer that is then connected to.

Lives here: the shape of an acceptable URL, the table of networks that are nobody's business, name resolution.
Not here: sockets and requests (transport.py). A check of the URL followed by the client's own lookup would leave a
gap in which a name may change its answer; so a name is resolved once, every answer is judged, and the judged
address is what the socket gets.
"""

import ipaddress
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import httpx

from tracker.errors import UsageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int, float], tuple[str, ...]]  # name, port, seconds → addresses; OSError when there are none

WEB_PORTS = frozenset({80, 443})
WEBHOOK_PORTS = frozenset({443, 8443})
RESOLVE_S = 10.0  # when nobody says how long a lookup may take
ALLOW_PAGES = "TRACKER__FETCH__ALLOW_ADDRESSES"

# Written out, because `is_global` says otherwise from one Python release to the next. Source: the special-purpose
# registries of IANA (RFC 6890), here without their exceptions: nobody publishes pages on an anycast of a protocol.
_NOT_PUBLIC_4 = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # shared by carriers, RFC 6598
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, and the metadata of many a cloud
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relay, RFC 7526
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

# The only IPv6 space that IANA gives out to hosts. All else is outside: loopback, IPv4 in disguise (::/96, NAT64
# 64:ff9b::/96 and 64:ff9b:1::/48), discard 100::/64, dummy 100:0:0:1::/64, SRv6 5f00::/16, private fc00::/7, link-local
# fe80::/10, site-local fec0::/10, multicast ff00::/8.
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    ipaddress.IPv6Network(net)
    for net in (
        "2001::/23",  # Teredo, benchmarks, ORCHID 2001:10::/28 and 2001:20::/28, drone ids 2001:30::/28
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",  # documentation, RFC 9637
    )
)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why an address is not spoken to. detail: one line for a person."""

    reason: Literal["refused_url", "refused_address", "dns"]
    detail: str


class AddressRefused(Exception):
    """Carries a `Refused` from the place where the socket would have been opened up to the request's outcome."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.detail)
        self.refused = refused


def is_public(address: Address) -> bool:
    """Whether this is the address of a host on the open Internet: not private, local, reserved or a disguise of one."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in net for net in _NOT_PUBLIC_4)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    return address in _UNICAST_6 and not any(address in net for net in _NOT_PUBLIC_6)


def system_resolver(host: str, port: int, timeout_s: float) -> tuple[str, ...]:
    """The system's answers for a name, in its order, within timeout_s. Raises OSError; TimeoutError is one."""
    answers: list[str] = []
    errors: list[OSError] = []

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError as error:
            errors.append(OSError(f"not a host name: {error}"))
        except OSError as error:
            errors.append(error)
        else:
            answers.extend(dict.fromkeys(str(where[0]) for *_, where in found))

    # getaddrinfo knows no timeout: it is left behind in its thread when it outlasts ours.
    thread = threading.Thread(target=look_up, name=f"resolve {host}", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError("the name servers did not answer in time")
    return tuple(answers)


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Whom we may speak to.

    allow: the operator's networks: addresses in them are spoken to although they are private, on any port.
    ports: those allowed on all other addresses. resolve: the name service.
    """

    allow: tuple[Network, ...] = ()
    ports: frozenset[int] = WEB_PORTS
    resolve: Resolver = system_resolver

    def vet(self, host: str, port: int = 443, timeout_s: float = RESOLVE_S) -> tuple[Address, ...] | Refused:
        """Resolve a host once and judge every answer: one bad answer refuses them all.

        host: a name or a literal address, IPv6 without brackets.
        """
        try:
            answers: tuple[str, ...] = (str(ipaddress.ip_address(host)),)
        except ValueError:
            try:
                answers = self.resolve(host, port, timeout_s)
            except OSError as error:
                return Refused("dns", f"{host} does not resolve: {error.strerror or error}")
        addresses = tuple(ipaddress.ip_address(answer) for answer in answers)
        for address in addresses:
            if self._is_allowed(address):
                continue
            if not is_public(address):
                return Refused("refused_address", f"{host} is at {address}, which is not a public address")
            if port not in self.ports:
                listed = ", ".join(str(p) for p in sorted(self.ports))
                return Refused("refused_address", f"port {port} of {host}: only ports {listed} are asked")
        return addresses or Refused("dns", f"{host} does not resolve: no addresses")

    def _is_allowed(self, address: Address) -> bool:
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address.version == net.version and address in net for net in self.allow)


@lru_cache(maxsize=4096)
def parse_url(url: str) -> httpx.URL | Refused:
    """The URL as the request will use it, without its fragment, or why we do not ask for such a one.

    Only http and https, with a host, without credentials; no backslash and no control characters, because readers of
    URLs disagree about what those mean.
    """
    if "\\" in url or any(ord(c) <= 0x20 or ord(c) == 0x7F for c in url):
        return Refused("refused_url", "a backslash, blank or control character in the address")
    try:
        parsed = httpx.URL(url)
        host, port = parsed.raw_host.decode("ascii"), port_of(parsed)
        _ = parsed.host  # a name that begins with xn-- and is none raises here, and not later
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        return Refused("refused_url", f"not an address: {error}")
    if parsed.scheme not in ("http", "https"):
        scheme = parsed.scheme or "none"
        return Refused("refused_url", f"scheme {scheme}: only http and https are fetched")
    if not host:
        return Refused("refused_url", "no host in the address")
    if "@" in re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0]:
        return Refused("refused_url", "a user name or password in the address")
    if not 0 < port < 65536:
        return Refused("refused_url", f"there is no port {port}")
    return parsed.copy_with(fragment=None)


def port_of(url: httpx.URL) -> int:
    """The port that a request for this URL goes to."""
    return url.port if url.port is not None else 443 if url.scheme == "https" else 80


def check_url(url: str, guard: AddressGuard) -> None:
    """Refuse an address that could not be fetched, before it is written down: `tracker add` asks this.

    Raises UsageError with the remedy. Resolves the name; opens no connection.
    """
    parsed = parse_url(url)
    verdict = parsed if isinstance(parsed, Refused) else guard.vet(parsed.raw_host.decode(), port_of(parsed))
    if not isinstance(verdict, Refused):
        return
    remedy = {
        "refused_url": "Give an address such as https://example.org/profile, without user name or password.",
        "refused_address": f"If you mean a machine of your own, allow its network: {ALLOW_PAGES}=10.0.0.0/8 "
        "(or fetch.allow_addresses in config/tracker.toml).",
        "dns": "Check the spelling and the network, then try again.",
    }[verdict.reason]
    raise UsageError(f"Not added: {verdict.detail}", where=url, remedy=remedy)
