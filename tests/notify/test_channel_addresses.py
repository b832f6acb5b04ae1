"""No channel of any kind speaks to a machine inside the house, however its address is spelt, unless it is allowed to.

Every connection that this process opens is seen where Python opens it (an audit hook), so nothing has to listen there.
"""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.notify.tellings import TELLINGS
from tests.publisher import Receiver, redirect, status
from tracker import clock
from tracker.events.deliveries import Attempt
from tracker.fetch.address import Network
from tracker.notify.channels import KINDS, ChannelConfig, Message, Surroundings, Value
from tracker.notify.secret import Ref

FILES = {"jsonl", "feed"}  # open no socket
AT = Ref("env", "AT")
_TOKEN = Ref("env", "TOKEN")
_PLAIN: dict[str, Value] = {"from": "tracker@tracker.example", "to": ("desk@tracker.example",)}

# By kind: the address that stands for an origin, and what else such a channel has to say.
ADDRESSES: dict[str, tuple[Callable[[str], str], dict[str, Value]]] = {
    "webhook": (lambda origin: f"{origin}/in", {"url": AT}),
    "slack": (lambda origin: f"{origin}/services/T/B/x", {"url": AT}),
    "discord": (lambda origin: f"{origin}/api/webhooks/1/x", {"url": AT}),
    "mattermost": (lambda origin: f"{origin}/hooks/x", {"url": AT}),
    "rocketchat": (lambda origin: f"{origin}/hooks/x", {"url": AT}),
    "teams": (lambda origin: f"{origin}/workflows/x", {"url": AT}),
    "telegram": (lambda origin: origin, {"token": _TOKEN, "chat": "1", "api": AT}),
    "matrix": (lambda origin: origin, {"homeserver": AT, "room": "!a:b", "token": _TOKEN}),
    "apprise": (lambda origin: origin.replace("http", "gotify", 1) + "/token", {"url": AT}),
}
POSTING = sorted(ADDRESSES)

INSIDE = (
    "127.0.0.1",
    "127.1",
    "127.0.0.1.",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::1]",
    "[2001:0:7f00:1::1]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
)
TRICKS = (
    "8.8.8.8@127.0.0.1",
    "user:word@127.0.0.1",
    "127.0.0.1\\@8.8.8.8",
    "8.8.8.8\\@127.0.0.1",
    "127.0.0.1\t",
    "127.0.0.1 .example",
    "127.0.0.1%00.example",
    "127.0.0.1\r\nHost: x",
    "",
)

_opened: list[Any] | None = None


def _seen(event: str, arguments: tuple[Any, ...]) -> None:
    if _opened is not None and event == "socket.connect" and arguments[0].family != socket.AF_UNIX:
        _opened.append(arguments[1])


sys.addaudithook(_seen)


@contextmanager
def connections() -> Iterator[list[Any]]:
    """The addresses that this process connects to meanwhile."""
    global _opened
    _opened = found = []
    try:
        yield found
    finally:
        _opened = None


def tried(kind: str, origin: str, allow: tuple[Network, ...] = ()) -> Attempt:
    """One try at a message of this kind to whoever is at an origin."""
    address, values = ADDRESSES[kind]
    environ = {"AT": address(origin), "TOKEN": "1:token-of-the-bot"}
    world = Surroundings(environ=environ, base=Path("/nowhere"), allow=allow, timeout_s=2.0)
    return sent(ChannelConfig(name="desk", kind=kind, values=values), world)


def sent(config: ChannelConfig, world: Surroundings) -> Attempt:
    kind = KINDS[config.kind]
    message = Message(id="d_0123456789abcdef", body=kind.render(TELLINGS["single"], config))
    channel = kind.make(config, world)
    try:
        return channel.send(message, now=clock.now())
    finally:
        channel.close()


def mailed(host: str, security: str, port: int, allow: tuple[Network, ...] = ()) -> Attempt:
    values = _PLAIN | {"server": f"{host}:{port}", "security": security}
    world = Surroundings(environ={}, base=Path("/nowhere"), allow=allow, timeout_s=2.0)
    return sent(ChannelConfig(name="desk", kind="email", values=values), world)


def test_every_kind_that_opens_a_socket_is_looked_at() -> None:
    assert KINDS.keys() == {*ADDRESSES, *FILES, "email"}


@pytest.mark.parametrize("kind", POSTING)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_of_an_address_inside_the_house_is_connected_to(kind: str, scheme: str) -> None:
    with connections() as opened:
        for host in INSIDE:
            for port in ("", ":8443"):
                attempt = tried(kind, f"{scheme}://{host}{port}")
                assert not attempt.ok and attempt.status is None, host
                assert opened == [], host


@pytest.mark.parametrize("kind", POSTING)
def test_no_trick_in_an_address_leads_into_the_house(kind: str) -> None:
    with connections() as opened:
        for host in TRICKS:
            attempt = tried(kind, f"http://{host}")
            assert not attempt.ok and attempt.status is None, host
            assert opened == [], host


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_no_mail_server_inside_the_house_is_connected_to(security: str) -> None:
    with connections() as opened:
        for host in (*INSIDE, *TRICKS):
            for port in (25, 465, 587, 2525):
                attempt = mailed(host, security, port)
                assert not attempt.ok and attempt.status is None, host
                assert opened == [], host


@pytest.mark.parametrize("kind", POSTING)
@pytest.mark.parametrize("answers", [("8.8.8.8", "127.0.0.1"), ("2606:4700::1111", "::1"), ("127.0.0.1",)])
def test_a_name_is_looked_up_once_and_one_bad_answer_refuses_it(
    kind: str, answers: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def lookup(host: str, port: int, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answer, port)) for answer in answers]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with connections() as opened:
        attempt = tried(kind, "https://hooks.tracker.example")

    assert "not a public address" in (attempt.error or "")
    assert (asked, opened) == (["hooks.tracker.example"], [])


@pytest.mark.parametrize("kind", POSTING)
def test_what_is_allowed_is_connected_to_and_nothing_beside_it(kind: str) -> None:
    with Receiver("0.0.0.0") as house, connections() as opened:
        house.script(status(500))
        allow = (ip_network("127.0.0.7/32"),)

        assert tried(kind, f"http://127.0.0.7:{house.port}", allow).status == 500
        assert opened == [("127.0.0.7", house.port)]
        for host in ("127.0.0.1", "127.0.0.8", "localhost", "[::1]"):
            assert tried(kind, f"http://{host}:{house.port}", allow).status is None
        assert (len(opened), house.connections) == (1, 1)


@pytest.mark.parametrize("kind", POSTING)
def test_only_the_ports_of_webhooks_are_asked_outside(kind: str) -> None:
    with connections() as opened:
        for port in (22, 25, 80, 3306, 6379, 9200):
            error = tried(kind, f"https://8.8.8.8:{port}").error or ""
            assert f"port {port}" in error
        assert "port 80" in (tried(kind, "http://8.8.8.8").error or "")
    assert opened == []


@pytest.mark.parametrize("kind", POSTING)
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(kind: str, code: int) -> None:
    with Receiver() as first, Receiver("127.0.0.2") as canary, connections() as opened:
        first.script(redirect(canary.url("/elsewhere"), code))

        attempt = tried(kind, f"http://127.0.0.1:{first.port}", (ip_network("127.0.0.0/8"),))

        assert not attempt.ok and attempt.status == code
        assert opened == [("127.0.0.1", first.port)] and canary.connections == 0
        assert len(first.received) == 1
