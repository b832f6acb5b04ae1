"""The bounded POST that carries webhooks."""

import ipaddress
import time

import pytest

from tests import publisher as sites
from tests.publisher import CERTIFICATES, Receiver, redirect, status
from tracker.fetch.address import WEBHOOK_PORTS, AddressGuard
from tracker.fetch.transport import Answer, PostFailed, guarded_client

GUARD = AddressGuard((ipaddress.ip_network("127.0.0.0/8"),), WEBHOOK_PORTS)


def post(url: str, *, total_s: float = 5.0, guard: AddressGuard = GUARD) -> Answer | PostFailed:
    client = guarded_client(guard, total_s=total_s, user_agent="tracker/test")
    return client.post(url, content=b'{"a": 1}', headers={"Content-Type": "application/json"})


@pytest.fixture
def desk():
    with Receiver() as one:
        yield one


def test_bytes_arrive_as_they_were_given(desk):
    answer = post(desk.url())

    (request,) = desk.received
    assert isinstance(answer, Answer)
    assert (answer.status, request.method, request.body) == (204, "POST", b'{"a": 1}')
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == "8"
    assert request.headers["user-agent"] == "tracker/test"


@pytest.mark.parametrize("code", [200, 202, 400, 404, 410, 429, 500, 503])
def test_every_status_is_an_answer(desk, code):
    desk.script(status(code, "words", retry_after=7))

    answer = post(desk.url())

    assert (answer.status, answer.body, answer.headers["retry-after"]) == (code, b"words", "7")


def test_redirects_are_answers_and_are_not_followed(desk):
    desk.script(redirect("/elsewhere", 307))

    assert post(desk.url()).status == 307
    assert len(desk.received) == 1


def test_no_more_than_64_kilobytes_of_an_answer_are_read(desk):
    desk.script(sites.endless())

    answer = post(desk.url())

    assert (answer.status, len(answer.body), answer.cut) == (200, 65536, True)


def test_a_status_counts_although_its_body_does_not_come_whole(desk):
    desk.script(sites.truncated())

    answer = post(desk.url())

    assert (answer.status, answer.cut) == (200, True)


@pytest.mark.parametrize("slow", [sites.stall(), sites.header_drip()], ids=["stall", "header drip"])
def test_a_slow_receiver_costs_no_more_than_the_total_time(desk, slow):
    desk.script(slow)
    began = time.monotonic()

    assert post(desk.url(), total_s=0.4).reason == "timeout"
    assert time.monotonic() - began < 1.5


def test_a_receiver_that_does_not_read_costs_no_more_than_the_total_time():
    client = guarded_client(GUARD, total_s=0.4, user_agent="tracker/test")
    began = time.monotonic()

    with sites.silent_port() as port:
        failed = client.post(f"http://127.0.0.1:{port}/", content=b"x" * 30_000_000, headers={})

    assert failed.reason == "timeout"
    assert time.monotonic() - began < 1.5


def test_no_connection_is_kept_between_messages(desk):
    post(desk.url())
    post(desk.url())

    assert desk.connections == 2
    assert desk.wait_until(lambda: desk.open_connections == 0)


def test_what_is_private_is_refused_before_a_connection(desk):
    failed = post(desk.url(), guard=AddressGuard())

    assert failed.reason == "refused_address"
    assert desk.connections == 0


@pytest.mark.parametrize(
    ("answer", "reason"), [(sites.hang_up(), "protocol"), (sites.raw(b"what?\r\n\r\n"), "protocol")]
)
def test_what_is_no_answer_is_a_failure(desk, answer, reason):
    desk.script(answer)

    assert post(desk.url()).reason == reason


def test_a_closed_port_is_a_failure():
    assert post(f"http://127.0.0.1:{sites.closed_port()}/hook").reason == "connect"


def test_certificates_are_verified(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "elsewhere.pem"))
    with Receiver(tls="loopback") as safe:
        assert post(safe.url()).reason == "tls"
        assert safe.received == ()
