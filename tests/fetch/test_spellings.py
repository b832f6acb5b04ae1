"""Every way that we know to spell an address that is not ours to speak to: none of them opens a connection."""

import ipaddress
import socket
from contextlib import suppress
from itertools import product

import pytest

from tests.fetch.gate import settings
from tests.publisher import CERTIFICATES, Publisher, redirect
from tracker.events.looks import Capture, FetchFailed
from tracker.fetch.client import Fetcher

TEXT = "<h1>Ruritania</h1>"
REFUSED = {"refused_address", "refused_url", "dns"}

_127, _0, _1 = ("127", "0x7f", "0177", "0x000007F"), ("0", "0x0", "00"), ("1", "0x1", "01")
HOSTS = [
    # one number, and two, three and four parts, each decimal, hexadecimal or octal
    *("2130706433", "0x7f000001", "0x7F000001", "017700000001", "0x0000007f000001", "0177.0.0.01"),
    *(".".join(parts) for parts in product(_127, _1)),
    *(".".join(parts) for parts in product(_127, _0, _1)),
    *(".".join(parts) for parts in product(_127[:3], _0, _0, _1)),
    *("127.0.0.1.", "127.1.", "2130706433.", "127.0.0.1..", "127.0.0.01", "127.000.000.001", "127.0.0.1 "),
    *("127.0.0.2", "127.255.255.254", "127.127.127.127", "0", "0.0.0.0", "0x0", "00", "0.0.0.0.", "0.1.2.3"),
    # letters and digits that are only alike
    *("１２７.0.0.1", "１２７．０．０．１", "127。0。0。1", "127｡0｡0｡1", "①②⑦.⓪.⓪.①", "𝟏𝟐𝟕.𝟎.𝟎.𝟏", "127.0.0.１"),
    *("٠.٠.٠.٠", "１２７.1", "0ｘ7f.1", "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "%6c%6f%63alhost"),
    # names
    *("localhost", "LOCALHOST", "localhost.", "LocalHost.", "ｌｏｃａｌｈｏｓｔ"),
    *("localhost.localdomain", "rebound.example", "ip6-localhost", "inside.example", "both.example", "mapped.example"),
    *("metadata.example",),
    # this machine in IPv6, and in IPv4 in disguise
    *("[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    *("[::ffff:7f00:0001]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::7f00:1]"),
    *("[::ffff:0:127.0.0.1]", "[::ffff:0.0.0.0]"),
    *("[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[64:ff9b:1:ffff::1]", "[2002:7f00:1::]"),
    *("[2002:7f00:1::1]", "[2001:0:7f00:1::]", "[fe80::1%25lo]", "[fe80::1%lo]", "[fe80::7f00:1]", "[::1%25lo]"),
    # the house's own networks, and what nobody lives in
    *("10.0.0.1", "10.255.255.255", "167772161", "0xa000001", "012.0.0.1", "10.1", "[::ffff:10.0.0.1]"),
    *("[::ffff:a00:1]", "172.16.0.1", "172.31.255.255", "0xac100001", "192.168.0.1", "3232235521", "0xc0a80001"),
    *("0300.0250.0.1",),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518"),
    *("[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]"),
    *("[fd00:ec2::254]", "[fe80::a9fe:a9fe]"),
    *("100.64.0.1", "100.127.255.255", "100.100.100.200", "0x64640001", "[::ffff:100.64.0.1]"),
    *("192.0.0.1", "192.0.0.8", "192.0.0.9", "192.0.0.10", "192.0.0.170", "192.0.0.192", "192.0.2.1", "192.88.99.1"),
    *("198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "233.252.0.1"),
    *("240.0.0.1", "255.255.255.255", "4294967295", "0xffffffff", "[fc00::1]", "[fdff::1]", "[fec0::1]", "[ff02::1]"),
    *("[ff0e::1]", "[100::1]", "[100:0:0:1::1]", "[2001:db8::1]", "[2001:2::1]", "[2001:10::1]", "[2001:20::1]"),
    *("[2001:30::1]", "[2001:1::1]", "[3fff::1]", "[3fff:fff::1]", "[5f00::1]", "[4000::1]", "[::ffff:1:7f00:1]"),
    # hosts that are none
    *("", ".", "..", "[", "[]", "[::1", "::1", "[::g]", "[127.0.0.1]", "256.256.256.256", "-"),
    *("127.0.0.1.5", "127.0.0.0x"),
    *("a" * 64 + ".example", "x" * 300, "127.0.0.1\t", "127.0.0.1\n", "127.0.0.1\x00", "127.0.0.1\r\nHost: a"),
    *("exa mple.org",),
    # somebody else's name in front
    *("a@127.0.0.1", "a:b@127.0.0.1", ":@127.0.0.1", "@127.0.0.1", "example.org:80@127.0.0.1", "a@b@127.0.0.1"),
    *("example.org\\@127.0.0.1", "127.0.0.1\\@example.org", "example.org%40127.0.0.1", "example.org#@127.0.0.1"),
    *("127.0.0.1\\.example.org", "example.org%00.127.0.0.1", "\\127.0.0.1", "/127.0.0.1", "a%2540@127.0.0.1"),
]  # fmt: skip
OTHER_URLS = [
    "http:127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}\\",
    "HTTP://LOCALHOST:{port}/",
    "hTTp://127.0.0.1:{port}?x",
    "http://127.0.0.1:{port}#x",
    "http://127.0.0.1:+{port}/",
    "http://127.0.0.1:0{port}/",
    "//127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/",
    "\thttp://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}:80/",
    "http://127.0.0.1:-1/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:65536/",
    "http://127.0.0.1:８０/",
    "https://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "file://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/",
    "ws://127.0.0.1:{port}/",
    "http+unix://127.0.0.1:{port}/",
    "javascript:fetch('http://127.0.0.1:{port}/')",
    "data:text/html,x",
    "jar:http://127.0.0.1:{port}/!/",
    "view-source:http://127.0.0.1:{port}/",
    "about:blank",
]
SPELLINGS = [f"http://{host}:{{port}}/" for host in HOSTS] + OTHER_URLS

NAMES = {
    "localhost": ("127.0.0.1", "::1"),
    "localhost.": ("127.0.0.1",),
    "localhost.localdomain": ("127.0.0.1",),
    "ip6-localhost": ("::1",),
    "rebound.example": ("127.0.0.1",),
    "inside.example": ("10.0.0.1",),
    "both.example": ("93.184.216.34", "127.0.0.1"),
    "mapped.example": ("::ffff:127.0.0.1",),
    "metadata.example": ("169.254.169.254",),
    "front.example": ("127.0.0.9",),
}


def resolve(name: str, port: int, timeout_s: float) -> tuple[str, ...]:
    """The name service of these tests: the names above, and numbers as the system reads them."""
    if name.lower() in NAMES:
        return NAMES[name.lower()]
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except UnicodeError as error:
        raise OSError(f"not a host name: {error}") from error
    return tuple(str(where[0]) for *_, where in found)


class Canary:
    """Listens on every address of this machine, of both families, at one port; counts who came."""

    def __enter__(self) -> "Canary":
        self._plain = Publisher("0.0.0.0")
        self._plain.__enter__()
        self.port = self._plain.port
        self._six: socket.socket | None = None
        with suppress(OSError):  # a machine without IPv6
            self._six = socket.create_server(("::", self.port), family=socket.AF_INET6)
            self._six.setblocking(False)
        return self

    def __exit__(self, *error: object) -> None:
        self._plain.close()
        if self._six:
            self._six.close()

    @property
    def callers(self) -> int:
        count = self._plain.connections
        with suppress(BlockingIOError):
            while self._six:
                self._six.accept()[0].close()
                count += 1
        return count


@pytest.fixture
def canary():
    with Canary() as one:
        yield one


def fetcher(port: int, *allowed: str) -> Fetcher:
    """A fetcher that may ask at the canary's port, if only the address were right."""
    networks = tuple(ipaddress.ip_network(network) for network in allowed)
    return Fetcher(settings(allow_addresses=networks, allow_ports=(80, 443, port)), resolve=resolve)


def test_the_canary_sings(canary):
    one = fetcher(canary.port, "127.0.0.0/8", "::1/128")

    one.fetch(f"http://127.0.0.1:{canary.port}/")
    one.fetch(f"http://localhost:{canary.port}/")

    assert canary.callers == 2


def test_no_spelling_of_an_address_inside_opens_a_connection(canary):
    assert len(set(SPELLINGS)) >= 200
    one = fetcher(canary.port)

    for spelling in SPELLINGS:
        url = spelling.format(port=canary.port)
        failed = one.fetch(url)
        assert isinstance(failed, FetchFailed), url
        assert failed.reason in REFUSED, (url, failed)
        assert failed.detail, url

    assert canary.callers == 0


def test_no_spelling_in_a_redirect_leads_inside(canary):
    with Publisher("127.0.0.9") as site:
        one = fetcher(canary.port, "127.0.0.9/32")
        for n, spelling in enumerate(SPELLINGS):
            to = spelling.format(port=canary.port).encode().decode("latin-1")
            if any(c in to for c in "\r\n\x00"):
                continue  # no header can say that

            fetched = one.fetch(site.put(f"/{n}", redirect(to)))

            if isinstance(fetched, FetchFailed) and fetched.status == 404:
                assert site.requests[-1].host == f"127.0.0.9:{site.port}"  # read as a path of the site itself
            else:
                assert isinstance(fetched, FetchFailed), to
                assert fetched.reason in REFUSED | {"redirects"}, (to, fetched)

    assert canary.callers == 0


def test_a_name_that_changes_its_mind_at_a_redirect_is_judged_anew(canary):
    with Publisher("127.0.0.9") as site:
        asked: list[str] = []

        def rebinding(name: str, port: int, timeout_s: float) -> tuple[str, ...]:
            asked.append(name)
            return ("127.0.0.9",) if len(asked) == 1 else ("127.0.0.1",)

        only_the_site = settings(allow_addresses=(ipaddress.ip_network("127.0.0.9/32"),), allow_ports=(canary.port,))
        one = Fetcher(only_the_site, resolve=rebinding)
        site.put("/r", redirect(f"http://front.example:{canary.port}/inside"))

        failed = one.fetch(site.url("/r", host="front.example"))

    assert failed.reason == "refused_address"
    assert asked == ["front.example", "front.example"]
    assert canary.callers == 0


def test_the_vetted_address_is_spoken_to_under_the_name_that_was_asked_for(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "loopback.pem"))
    with Publisher("127.0.0.9") as site:
        site.page("/r", TEXT)

        assert isinstance(fetcher(site.port, "127.0.0.9/32").fetch(site.url("/r", host="front.example")), Capture)
        assert site.requests[0].host == f"front.example:{site.port}"

    with Publisher("127.0.0.9", tls="loopback") as safe:
        safe.page("/r", TEXT)

        wrong_name = fetcher(safe.port, "127.0.0.9/32").fetch(safe.url("/r", host="front.example"))

        assert wrong_name.reason == "tls"
        assert "front.example" in wrong_name.detail
