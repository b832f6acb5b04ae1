"""Which addresses are spoken to."""

import ipaddress

import pytest

from tests.publisher import Publisher, Receiver
from tracker.errors import UsageError
from tracker.fetch.address import AddressGuard, Refused, check_url, is_public, parse_url
from tracker.fetch.client import Fetcher
from tracker.fetch.transport import Answer, PostFailed, guarded_client
from tracker.settings import FetchSettings

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")

PRIVATE = [  # one of each: this network, private, shared, loopback, link-local, reserved, disguises of them
    "10.254.0.0",
    "192.168.10.65",
    "172.16.10.65",
    "0.1.2.3",
    "0.0.0.0",
    "127.0.0.1",
    "169.254.45.1",
    "255.255.255.255",
    "192.0.2.255",
    "198.51.100.65",
    "203.0.113.6",
    "100.100.0.0",
    "192.0.0.0",
    "192.0.0.255",
    "250.10.20.30",
    "198.18.0.0",
    "192.88.99.3",
    "224.0.0.1",
    "239.255.255.250",
    "169.254.169.254",
    "::1",
    "::",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:0.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "3fff::1",
    "5f00::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "100::1",
    "100:0:0:1::1",
    "2001:10::1",
    "2001:20::1",
    "2001:30::1",
    "192.0.0.9",
    "192.0.0.10",
    "100.64.0.0",
    "100.127.255.255",
    "172.31.255.255",
    "198.19.255.255",
    "::8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
    "::ffff:0:7f00:1",
    "0:0:0:ffff::1",
    "4000::1",
]
EDGES = [  # neighbours of the above
    *("1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"),
    *("169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0"),
    *("192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.114.0"),
    *("223.255.255.255", "2001:200::1", "2001:db7::1", "2001:db9::1", "2003::1", "2620:4f:8000::1", "2a00::1"),
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "::ffff:8.8.8.8", "2001:4860:4860::8888", "2606:4700::1111"]

LOOPBACK_SPELLINGS = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://0:{port}/",
    "http://127。0。0。1:{port}/",
    "http://１２７.0.0.1:{port}/",
    "http://example.org@127.0.0.1:{port}/",
    "http://example.org\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.org/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
]


def guard(*answers: str, allow: str | None = None) -> AddressGuard:
    """A guard whose name service gives these answers to every name."""
    networks = (ipaddress.ip_network(allow),) if allow else ()
    return AddressGuard(networks, resolve=lambda host, port, timeout_s: answers)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_no_host_of_the_open_internet_is_refused(address):
    assert not is_public(ipaddress.ip_address(address))
    assert isinstance(AddressGuard().vet(address), Refused)


@pytest.mark.parametrize("address", PUBLIC + EDGES)
def test_a_public_address_is_spoken_to(address):
    assert is_public(ipaddress.ip_address(address))
    assert AddressGuard().vet(address) == (ipaddress.ip_address(address),)


@pytest.mark.parametrize("spelling", LOOPBACK_SPELLINGS)
def test_no_spelling_of_loopback_opens_a_connection(spelling):
    with Publisher("0.0.0.0") as canary:
        fetcher = Fetcher(FetchSettings(allow_ports=(canary.port,), total_s=5))

        failed = fetcher.fetch(spelling.format(port=canary.port))

        assert failed.reason in ("refused_address", "refused_url", "dns")
        assert canary.connections == 0


def test_one_bad_answer_among_good_ones_refuses_them_all():
    refused = guard("93.184.216.34", "10.0.0.1").vet("example.org")

    assert isinstance(refused, Refused)
    assert refused.reason == "refused_address"
    assert "10.0.0.1" in refused.detail


def test_a_name_is_resolved_once_and_the_vetted_address_is_what_is_connected_to():
    asked = []

    def resolve(host, port, timeout_s):
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("127.0.0.2",)

    only_the_first = AddressGuard((ipaddress.ip_network("127.0.0.1/32"),), resolve=resolve)
    with Receiver("0.0.0.0") as desk:
        client = guarded_client(only_the_first, total_s=5, user_agent="test")
        url = desk.url(host="desk.example")

        first = client.post(url, content=b"one", headers={})
        rebound = client.post(url, content=b"two", headers={})

        assert isinstance(first, Answer)
        assert isinstance(rebound, PostFailed)
        assert rebound.reason == "refused_address"
        assert [(r.host, r.body) for r in desk.received] == [(f"desk.example:{desk.port}", b"one")]
        assert asked == ["desk.example", "desk.example"]
        assert desk.connections == 1


def test_the_operators_networks_are_spoken_to_on_any_port():
    assert guard("127.0.0.1", allow="127.0.0.0/8").vet("desk.example", 8080) == (ipaddress.ip_address("127.0.0.1"),)
    assert not isinstance(guard("::ffff:127.0.0.1", allow="127.0.0.0/8").vet("desk.example", 8080), Refused)
    assert isinstance(guard("127.0.0.1", allow="10.0.0.0/8").vet("desk.example", 8080), Refused)


def test_other_ports_of_public_hosts_are_not_asked():
    refused = guard("93.184.216.34").vet("example.org", 22)

    assert isinstance(refused, Refused)
    assert "port 22" in refused.detail


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "example.org/page",
        "http://",
        "http:///page",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://@example.org/",
        "http://example.org\\evil",
        "http://exa mple.org/",
        "http://example.org/\x00",
        "http://example.org/\n",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://[::1/",
        "http://" + "a" * 70 + "é" * 70 + ".org/",
        "",
    ],
)
def test_what_is_no_plain_web_address_is_refused_without_a_lookup(url):
    assert isinstance(parse_url(url), Refused)


def test_a_long_label_is_refused_and_no_traceback():
    assert isinstance(AddressGuard().vet("a" * 64 + ".org"), Refused)


@pytest.mark.parametrize(
    ("url", "answers", "told"),
    [
        ("gopher://example.org/", (), "only http and https"),
        ("http://intranet.example/", ("10.1.2.3",), "not a public address"),
    ],
)
def test_an_address_that_cannot_be_watched_is_refused_when_it_is_added(url, answers, told):
    with pytest.raises(UsageError) as refused:
        check_url(url, guard(*answers))

    assert told in refused.value.what
    assert refused.value.where == url
    assert refused.value.remedy


def test_the_refusal_of_a_private_address_says_how_to_allow_it():
    with pytest.raises(UsageError) as refused:
        check_url("http://127.0.0.1/", AddressGuard())

    assert "TRACKER__FETCH__ALLOW_ADDRESSES" in refused.value.remedy


def test_a_name_that_does_not_resolve_is_refused_when_it_is_added():
    def resolve(host, port, timeout_s):
        raise OSError(-2, "Name or service not known")

    with pytest.raises(UsageError, match="does not resolve"):
        check_url("http://nowhere.example/", AddressGuard(resolve=resolve))


def test_an_address_that_can_be_watched_is_taken():
    check_url("http://127.0.0.1:8080/page", AddressGuard((LOOPBACK,)))
    check_url("https://example.org/page", guard("93.184.216.34"))
