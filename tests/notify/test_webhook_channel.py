import logging
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.publisher import (
    Receiver,
    body_drip,
    closed_port,
    endless,
    hang_up,
    header_drip,
    raw,
    redirect,
    stall,
    status,
)
from tracker import clock
from tracker.notify.channels import ChannelConfig, Message, Surroundings
from tracker.notify.channels.webhook import WebhookChannel, retry_after_s
from tracker.notify.secret import Ref

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = Message(id="d_0123456789abcdef", body='{"text":"Mine — clearance"}'.encode())
LOOPBACK = (ip_network("127.0.0.0/8"),)


def channel(url, *, secret="env:DESK_SECRET", environ=None, allow=LOOPBACK, timeout_s=5.0) -> WebhookChannel:
    ref = Ref("env", secret.removeprefix("env:")) if secret else None
    world = Surroundings(
        environ={"DESK_SECRET": SECRET} if environ is None else environ,
        base=Path("/nowhere"),
        allow=allow,
        user_agent="tracker/test",
        timeout_s=timeout_s,
    )
    return WebhookChannel(ChannelConfig(name="desk", kind="webhook", url=url, secret=ref), world)


@pytest.fixture
def desk():
    with Receiver() as receiver:
        yield receiver


def test_a_message_is_posted_signed_and_the_reference_library_accepts_it(desk):
    attempt = channel(desk.url()).send(MESSAGE, now=clock.now())

    (request,) = desk.received
    assert (attempt.ok, attempt.status) == (True, 204)
    assert (request.method, request.body) == ("POST", MESSAGE.body)
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert request.headers["user-agent"] == "tracker/test"
    assert request.headers["webhook-id"] == MESSAGE.id
    Webhook(SECRET).verify(request.body, dict(request.headers))


def test_another_try_has_the_same_id_and_bytes_and_a_new_signature(desk):
    sender = channel(desk.url())

    sender.send(MESSAGE, now=clock.now() - timedelta(seconds=60))
    sender.send(MESSAGE, now=clock.now())

    first, second = desk.received
    assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    for request in (first, second):
        Webhook(SECRET).verify(request.body, dict(request.headers))


def test_a_channel_without_a_secret_sends_unsigned(desk):
    assert channel(desk.url(), secret=None).send(MESSAGE, now=clock.now()).ok

    assert "webhook-signature" not in desk.received[0].headers


def test_a_new_secret_is_used_without_a_restart(desk):
    environ = {"DESK_SECRET": SECRET}
    sender = channel(desk.url(), environ=environ)
    sender.send(MESSAGE, now=clock.now())

    environ["DESK_SECRET"] = "another secret of the desk"
    sender.send(MESSAGE, now=clock.now())

    Webhook(b"another secret of the desk").verify(desk.received[1].body, dict(desk.received[1].headers))


@pytest.mark.parametrize(
    ("code", "is_ok", "is_permanent"),
    [
        *((code, True, False) for code in (200, 201, 202, 204)),
        (410, False, True),
        *((code, False, False) for code in (304, 400, 401, 403, 404, 405, 413, 422, 429, 500, 502, 503, 504)),
    ],
)
def test_what_an_answer_means(desk, code, is_ok, is_permanent):
    desk.script(status(code))

    attempt = channel(desk.url()).send(MESSAGE, now=clock.now())

    assert (attempt.ok, attempt.status, attempt.permanent) == (is_ok, code, is_permanent)
    assert attempt.ok == (attempt.error is None)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(desk, code):
    with Receiver() as elsewhere:
        desk.script(redirect(elsewhere.url(), code))

        attempt = channel(desk.url()).send(MESSAGE, now=clock.now())

        assert (attempt.ok, attempt.status) == (False, code)
        assert "redirect" in attempt.error
        assert elsewhere.received == ()


@pytest.mark.parametrize("code", [429, 503])
def test_what_the_receiver_asks_to_wait_is_told(desk, code):
    desk.script(status(code, retry_after=7))

    assert channel(desk.url()).send(MESSAGE, now=clock.now()).retry_after_s == 7


NOW = datetime(2026, 8, 14, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("nan", None),
        ("0", 0),
        (" 120 ", 120),
        ("1.2", 2),
        ("86400", 86_400),
        ("86401", 86_400),
        ("999999999999999999", 86_400),
        ("9" * 400, None),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300),
        (format_datetime(NOW + timedelta(days=30), usegmt=True), 86_400),
        (format_datetime(NOW - timedelta(days=30), usegmt=True), 0),
        ("Friday, 14-Aug-26 09:31:00 GMT", 60),
        ("Fri Aug 14 09:31:00 2026", 60),
        ("Fri, 99 Aug 2026 09:31:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms_and_a_day_at_most(value, seconds):
    assert retry_after_s(value, now=NOW) == seconds


@pytest.mark.parametrize("answer", [stall(), header_drip(), hang_up(), raw(b"SSH-2.0-x\r\n")])
def test_a_receiver_that_does_not_answer_is_left_within_the_time(desk, answer):
    desk.script(answer)
    begun = time.monotonic()

    attempt = channel(desk.url(), timeout_s=0.4).send(MESSAGE, now=clock.now())

    assert not attempt.ok and attempt.status is None and attempt.error
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("answer", [body_drip(), endless(20)])
def test_an_answer_without_end_counts_by_its_status_and_is_not_read(desk, answer):
    desk.script(answer)
    begun = time.monotonic()

    assert channel(desk.url(), timeout_s=0.4).send(MESSAGE, now=clock.now()).ok

    assert time.monotonic() - begun < 2


def test_nobody_there_is_a_failed_try():
    attempt = channel(f"http://127.0.0.1:{closed_port()}/").send(MESSAGE, now=clock.now())

    assert not attempt.ok and attempt.error.startswith("connect: ")


def test_addresses_inside_the_house_are_refused_unless_they_are_allowed(desk):
    for host in ("127.0.0.1", "localhost"):
        attempt = channel(desk.url(host=host), allow=()).send(MESSAGE, now=clock.now())

        assert not attempt.ok and attempt.error.startswith("refused_address: ")
    assert desk.connections == 0


def test_an_address_that_is_a_secret_is_looked_up_when_it_is_used(desk):
    sender = channel(Ref("env", "DESK_URL"), environ={"DESK_URL": desk.url(), "DESK_SECRET": SECRET})

    assert sender.send(MESSAGE, now=clock.now()).ok


@pytest.mark.parametrize(
    ("url", "environ", "says"),
    [
        ("https://hooks.example.org/", {}, "env:DESK_SECRET"),
        ("https://hooks.example.org/", {"DESK_SECRET": "whsec_CANARY"}, "env:DESK_SECRET"),
        ("https://hooks.example.org/", {"DESK_SECRET": "whsec_CANARYCANARY!"}, "env:DESK_SECRET"),
        (Ref("env", "DESK_URL"), {"DESK_SECRET": SECRET}, "env:DESK_URL"),
        (Ref("file", "desk-url"), {"DESK_SECRET": SECRET}, "file:desk-url"),
        (Ref("env", "DESK_URL"), {"DESK_SECRET": SECRET, "DESK_URL": "CANARY"}, "env:DESK_URL"),
        (Ref("env", "DESK_URL"), {"DESK_SECRET": SECRET, "DESK_URL": "CANARY:x@y/"}, "env:DESK_URL"),
        (Ref("env", "DESK_URL"), {"DESK_SECRET": SECRET, "DESK_URL": "https://x:CANARY/"}, "env:DESK_URL"),
    ],
)
def test_a_missing_or_broken_secret_is_a_failed_try_that_names_its_reference(url, environ, says):
    attempt = channel(url, environ=environ).send(MESSAGE, now=clock.now())

    assert not attempt.ok and says in attempt.error
    assert "canary" not in attempt.error.lower()


@pytest.mark.parametrize(
    "answer",
    [
        status(204),
        status(500, "CANARY"),
        redirect("http://127.0.0.1/CANARY"),
        hang_up(),
        stall(),
        raw(b"CANARY\r\n\r\n"),
    ],
)
def test_no_secret_is_ever_logged_or_told(desk, answer, caplog):
    caplog.set_level(logging.DEBUG)
    desk.script(answer)
    environ = {"URL": desk.url("/CANARY?token=CANARY"), "DESK_SECRET": "CANARY of the desk"}

    attempt = channel(Ref("env", "URL"), environ=environ, timeout_s=0.4).send(MESSAGE, now=clock.now())

    assert desk.received
    assert "CANARY" not in caplog.text
    assert "CANARY" not in repr(attempt)
