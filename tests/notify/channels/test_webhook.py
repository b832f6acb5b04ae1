import json
import logging
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from tests.events.test_schemas import faults
from tests.notify.builders import CHANGE, RENUMBERED, change, edit
from tests.notify.hostile import hostile_telling, hostile_text
from tests.notify.tellings import TELLINGS, crowd, single, telling, trouble
from tests.publisher import (
    Receiver,
    body_drip,
    bomb,
    closed_port,
    endless,
    hang_up,
    header_drip,
    interim_flood,
    page,
    raw,
    redirect,
    silent_port,
    stall,
    status,
)
from tracker import clock
from tracker.document.edit import Comparison, Salience
from tracker.errors import ConfigError
from tracker.notify.channels import KINDS, Channel, ChannelConfig, Message, Surroundings
from tracker.notify.channels.posting import origin, retry_after_s
from tracker.notify.channels.signature import public_text, signing_key_of, verify
from tracker.notify.render.webhook import SMALL_BODY_BYTES, TYPES, cloudevent
from tracker.notify.secret import Ref, parse_ref

KIND = KINDS["webhook"]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_" + "b2xk" * 11
SIGNING_KEY = "whsk_" + "c2VlZHNlZWRzZWVkc2VlZHNlZWRzZWVkc2VlZHNlZWQ="
MESSAGE = Message(id="d_0123456789abcdef", body='{"text":"Mine — clearance"}'.encode())
LOOPBACK = (ip_network("127.0.0.0/8"),)


def config(url: str | Ref, **values) -> ChannelConfig:
    return ChannelConfig(name="desk", kind="webhook", values={"url": url, **values})


def world(environ=None, *, allow=LOOPBACK, timeout_s: float = 5.0) -> Surroundings:
    return Surroundings(
        environ={"DESK_SECRET": SECRET} if environ is None else environ,
        base=Path("/nowhere"),
        allow=allow,
        user_agent="tracker/test",
        timeout_s=timeout_s,
    )


def channel(url, *, secret="env:DESK_SECRET", environ=None, allow=LOOPBACK, timeout_s=5.0, **values) -> Channel:
    if secret:
        values["secret"] = parse_ref(secret)
    return KIND.make(config(url, **values), world(environ, allow=allow, timeout_s=timeout_s))


@pytest.fixture
def desk():
    with Receiver() as receiver:
        yield receiver


# ---------------------------------------------------------------- what is sent


def test_a_message_is_posted_signed_and_the_reference_library_accepts_it(desk):
    attempt = channel(desk.url()).send(MESSAGE, now=clock.now())

    (request,) = desk.received
    assert (attempt.ok, attempt.status, attempt.note) == (True, 204, "")
    assert (request.method, request.body) == ("POST", MESSAGE.body)
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert request.headers["user-agent"] == "tracker/test"
    assert request.headers["webhook-id"] == MESSAGE.id
    assert 0 <= attempt.elapsed_ms < 5000
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


def test_while_a_secret_is_changed_receivers_with_either_verify_and_others_do_not(desk):
    environ = {"NEW": SECRET, "OLD": OLD_SECRET}
    sender = channel(desk.url(), secret="env:NEW", environ=environ, previous_secret=Ref("env", "OLD"))

    assert sender.send(MESSAGE, now=clock.now()).ok

    (request,) = desk.received
    for secret in (SECRET, OLD_SECRET):
        Webhook(secret).verify(request.body, dict(request.headers), json_parse=False)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "b3Ro" * 11).verify(request.body, dict(request.headers))


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "signed without previous_secret (env:OLD): no secret there"),
        ({"OLD": "CANARY"}, "signed without previous_secret (env:OLD): not a signing secret"),
    ],
)
def test_a_previous_secret_that_was_taken_away_holds_up_nothing_and_is_told_of(desk, environ, says):
    sender = channel(desk.url(), environ={"DESK_SECRET": SECRET, **environ}, previous_secret=Ref("env", "OLD"))

    attempt = sender.send(MESSAGE, now=clock.now())

    assert (attempt.ok, attempt.note) == (True, says)
    Webhook(SECRET).verify(desk.received[0].body, dict(desk.received[0].headers))


def test_a_channel_with_a_signing_key_signs_twice_and_a_public_key_is_enough_to_verify(desk):
    sender = channel(desk.url(), environ={"DESK_SECRET": SECRET, "KEY": SIGNING_KEY}, signing_key=Ref("env", "KEY"))

    assert sender.send(MESSAGE, now=clock.now()).ok

    (request,) = desk.received
    public = public_text(signing_key_of(SIGNING_KEY))
    Webhook(SECRET).verify(request.body, dict(request.headers), json_parse=False)
    assert verify(request.headers, request.body, (), [public], now=clock.now()).scheme == "v1a"


def test_what_a_receiver_has_not_asked_for_is_not_sent_and_counts_as_done(desk):
    sender = channel(desk.url(), types=("tracker.trouble.*", "tracker.changes.storm"))

    made = {name: sender.send(_message(name), now=clock.now()) for name in ("single", "storm", "trouble", "test")}

    assert {name: (attempt.ok, attempt.note) for name, attempt in made.items()} == {
        "single": (True, "not asked for"),
        "storm": (True, ""),
        "trouble": (True, ""),
        "test": (True, ""),
    }
    assert [json.loads(request.body)["type"] for request in desk.received] == [
        "tracker.changes.storm",
        "tracker.trouble.began",
        "tracker.change.test",
    ]


def _message(name: str) -> Message:
    return Message(id=TELLINGS[name].delivery, body=KIND.render(TELLINGS[name], config("https://hooks.example/")))


def test_an_address_that_is_a_secret_is_looked_up_when_it_is_used(desk):
    sender = channel(Ref("env", "DESK_URL"), environ={"DESK_URL": desk.url(), "DESK_SECRET": SECRET})

    assert sender.send(MESSAGE, now=clock.now()).ok


# ---------------------------------------------------------------- what an answer means


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
    assert (attempt.too_large, attempt.refuses_us) == (code in (400, 413, 422), code in (401, 403, 404))
    assert attempt.disables == (code == 410)


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


@pytest.mark.parametrize(
    ("code", "word", "reason"),
    [
        (500, "abort-message", "aborted"),
        (404, " Abort-Message ", "aborted"),
        (429, "abort-message", "aborted"),
        (410, "abort-message", "gone"),
        (500, "abort", None),
        (204, "abort-message", None),
    ],
)
def test_a_receiver_may_ask_us_to_stop_trying_a_message(desk, code, word, reason):
    desk.script(status(code, headers={"webhook-delivery": word}))

    attempt = channel(desk.url()).send(MESSAGE, now=clock.now())

    assert (attempt.permanent, attempt.reason) == (reason is not None, reason)
    assert attempt.ok == (code == 204)
    assert attempt.disables == (code == 410)


def test_an_address_that_answers_with_a_web_page_is_told_of(desk):
    desk.script(page("<h1>Welcome to Strelsau</h1>"), page("<h1>Oh no</h1>"), status(500, "<h1>No</h1>"))

    taken, _, refused = (channel(desk.url()).send(MESSAGE, now=clock.now()) for _ in range(3))

    assert (taken.ok, taken.note) == (True, "answered with a web page: is the address right?")
    assert taken.answer == "<h1>Welcome to Strelsau</h1>"
    assert (refused.ok, refused.note) == (False, "")


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


# ---------------------------------------------------------------- receivers without bounds


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (stall(), "timeout: no whole answer in time"),
        (header_drip(), "timeout: no whole answer in time"),
        (interim_flood(), "timeout: no whole answer in time|protocol: the answer is not HTTP"),  # time or bytes
        (hang_up(), "protocol: the answer is not HTTP"),
        (raw(b"SSH-2.0-x\r\n"), "protocol: the answer is not HTTP"),
    ],
)
def test_a_receiver_that_does_not_answer_is_left_within_the_time(desk, answer, named):
    desk.script(answer)
    begun = time.monotonic()

    attempt = channel(desk.url(), timeout_s=0.4).send(MESSAGE, now=clock.now())

    assert not attempt.ok and attempt.status is None
    assert re.fullmatch(named, attempt.error)
    assert attempt.elapsed_ms is not None
    assert time.monotonic() - begun < 2


def test_a_receiver_that_never_shakes_hands_is_left_within_the_time():
    with silent_port() as port:
        begun = time.monotonic()

        attempt = channel(f"https://127.0.0.1:{port}/", timeout_s=0.4).send(MESSAGE, now=clock.now())

    assert attempt.error.startswith("timeout: ")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("answer", [body_drip(), endless(1000), endless(1000, with_length=True), bomb()])
def test_an_answer_without_end_counts_by_its_status_and_is_not_read(desk, answer):
    desk.script(answer)
    begun = time.monotonic()

    attempt = channel(desk.url(), timeout_s=0.4).send(MESSAGE, now=clock.now())

    assert attempt.ok and len(attempt.answer) <= 1000
    assert time.monotonic() - begun < 2


def test_nobody_there_is_a_failed_try():
    attempt = channel(f"http://127.0.0.1:{closed_port()}/").send(MESSAGE, now=clock.now())

    assert not attempt.ok and attempt.error.startswith("connect: ")


def test_addresses_inside_the_house_are_refused_unless_they_are_allowed(desk):
    for host in ("127.0.0.1", "localhost"):
        attempt = channel(desk.url(host=host), allow=()).send(MESSAGE, now=clock.now())

        assert not attempt.ok and attempt.error.startswith("refused_address: ")
    assert desk.connections == 0


# ---------------------------------------------------------------- secrets


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


@pytest.mark.parametrize("key", ["whsk_CANARYCANARY", "CANARY of the desk", SECRET])
def test_a_broken_signing_key_is_a_failed_try_that_names_its_reference(desk, key):
    sender = channel(desk.url(), environ={"DESK_SECRET": SECRET, "KEY": key}, signing_key=Ref("env", "KEY"))

    attempt = sender.send(MESSAGE, now=clock.now())

    assert not attempt.ok and "env:KEY" in attempt.error and key not in attempt.error
    assert desk.received == ()


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
    environ = {
        "URL": desk.url("/CANARY?token=CANARY"),
        "DESK_SECRET": "CANARY of the desk",
        "OLD": "old CANARY of the desk",
    }
    sender = channel(Ref("env", "URL"), environ=environ, timeout_s=0.4, previous_secret=Ref("env", "OLD"))

    attempt = sender.send(MESSAGE, now=clock.now())

    assert desk.received
    assert "CANARY" not in caplog.text
    assert "CANARY" not in repr(attempt)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://hooks.example.org/in?x=1", "https://hooks.example.org:443"),
        ("http://HOOKS.example.org/", "http://hooks.example.org:80"),
        ("https://hooks.example.org:8443", "https://hooks.example.org:8443"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443"),
        (Ref("env", "SECRET_URL"), "https://hooks.example.org:443"),
        (Ref("env", "NOT_THERE"), ""),
        (Ref("env", "BROKEN"), ""),
        ("https://[broken", ""),
    ],
)
def test_the_origin_of_a_channel_is_known_and_no_secret_is_in_it(url, expected):
    environ = {"SECRET_URL": "https://CANARY@hooks.example.org/CANARY", "BROKEN": "https://x:CANARY/"}

    assert origin(config(url), world(environ)) == expected


# ---------------------------------------------------------------- its configuration


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"previous_secret": Ref("env", "OLD")}, "A previous_secret without secret"),
        ({"previous_signing_key": Ref("env", "OLD")}, "A previous_signing_key without signing_key"),
        ({"types": ("tracker.change.*", "tracker.chnage.*")}, "No event is of a type like 'tracker.chnage.*'"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused_with_advice(values, says):
    with pytest.raises(ConfigError) as caught:
        KIND.check(config("https://hooks.example.org/", **values), "subscriptions.toml, [channels.desk]")

    assert caught.value.what == says
    assert "subscriptions.toml, [channels.desk]" in caught.value.where
    assert caught.value.remedy


def test_a_configuration_with_everything_in_it_is_taken():
    keys = ("secret", "previous_secret", "signing_key", "previous_signing_key")
    values = {key: Ref("env", key.upper()) for key in keys} | {"types": ("tracker.*",)}

    KIND.check(config("https://hooks.example.org/", **values), "here")

    assert {*values, "url"} == set(KIND.keys)


# ---------------------------------------------------------------- the body


def body(of, **other) -> bytes:
    return cloudevent(replace(of, **other) if other else of)


def data_of(made: bytes) -> dict:
    return json.loads(made)["data"]


def parsed(made: bytes):
    """As the CloudEvents SDK reads it."""
    return from_structured_event(HTTPMessage(headers={"Content-Type": "application/cloudevents+json"}, body=made))


def test_a_body_is_a_structured_cloudevent_and_a_standard_webhook_at_once():
    event = json.loads(body(single(link_base="")))

    assert event["data"] == CHANGE.to_json()
    assert {key: value for key, value in event.items() if key != "data"} == {
        "specversion": "1.0",
        "id": "d_0123456789abcdef",
        "source": "urn:tracker",
        "type": "tracker.change.detected",
        "subject": "ruritania/mine-ban-policy",
        "time": "2026-08-14T09:30:01.250000Z",
        "datacontenttype": "application/json",
        "timestamp": "2026-08-14T09:30:01.250000Z",
        "sequence": "00000000000000000041",
        "subscription": "mine-action",
        "rule": "chapter mine-*, salience normal or above",
    }


@pytest.mark.parametrize("name", TELLINGS)
def test_every_message_is_a_cloudevent_of_a_known_type_with_data_of_its_schema(name):
    told = TELLINGS[name]

    made = body(told)

    event, read = json.loads(made), parsed(made)
    assert len(made) < 64 * 1024
    assert made == body(replace(told)), "the same bytes for the same message"
    assert (read.get_id(), read.get_source(), read.get_specversion()) == (told.delivery, "urn:tracker", "1.0")
    assert read.get_type() == event["type"] and event["type"] in TYPES
    assert read.get_time() == clock.from_iso(event["timestamp"])
    assert read.get_subject()
    assert read.get_extension("sequence") == f"{told.position:020d}"
    assert read.get_data() == event["data"]
    assert all(re.fullmatch("[a-z0-9]{1,20}", key) for key in event), "CloudEvents: names of attributes"
    assert all(isinstance(value, str) and value for key, value in event.items() if key != "data")
    assert faults(event["data"], event["data"]["schema"]) == []


def test_every_type_that_can_be_asked_for_is_sent():
    assert {json.loads(body(told))["type"] for told in TELLINGS.values()} == set(TYPES)


def test_the_order_of_messages_is_the_order_of_their_sequences_as_text():
    told = [json.loads(body(single(position=position)))["sequence"] for position in (9, 10, 1_000_000)]

    assert told == sorted(told)


def test_a_link_leads_to_our_page_of_the_change():
    assert data_of(body(single()))["url"] == f"https://tracker.example/c/{CHANGE.id}"
    assert data_of(body(single(link_base="")))["url"] is None
    assert data_of(body(TELLINGS["storm"]))["url"] == "https://tracker.example/"


def test_trouble_says_what_began_or_ended_and_with_what():
    began, over = (json.loads(body(trouble(began=began))) for began in (True, False))

    assert (began["type"], over["type"]) == ("tracker.trouble.began", "tracker.trouble.ended")
    assert (began["subject"], began["data"]["began"], over["data"]["began"]) == ("unreachable/ruritania", True, False)
    assert began["data"]["detail"] == "the last answer was HTTP 503, at 2026-08-13T09:30:00Z"


def test_a_group_tells_its_changes_in_full_and_in_order():
    told = TELLINGS["group"]

    data = data_of(body(told))

    assert data["changes"] == [c.to_json(f"https://tracker.example/c/{c.id}") for c in told.changes]
    assert (data["count"], data["truncated"], data["profile_count"]) == (3, 0, 3)
    assert json.loads(body(told))["subscription"] == "mine-action, everything"


def test_a_storm_names_every_change_and_profile_counts_them_and_tells_the_most_salient():
    told = telling(*crowd(800), change(id="c_true", edits=(edit(),), level="critical"), form="storm", max_items=10)

    data = data_of(body(told))

    assert data["ids"] == [c.id for c in told.changes]
    assert sorted(data["profiles"]) == sorted({c.profile for c in told.changes})
    assert data["profile_count"] == 800, "Ruritania is among the crowd"
    assert data["count"] == len(data["changes"]) + data["truncated"] == 801
    assert sum(data["counts"]["salience"].values()) == 801 and data["counts"]["salience"]["critical"] == 1
    assert data["changes"][-1]["id"] == "c_true" and data["changes"][-1]["edits"]
    assert sum(bool(c["edits"]) for c in data["changes"]) == 10
    assert all(c["edits"] or c["truncated"] for c in data["changes"])


def test_a_site_wide_edit_names_every_profile_and_shows_itself_once():
    told = TELLINGS["site wide"]

    data = data_of(body(told))

    assert sorted(data["profiles"]) == sorted(c.profile for c in told.changes)
    assert sum(bool(c["edits"]) for c in data["changes"]) == 1


@pytest.mark.parametrize("name", TELLINGS)
def test_a_message_that_was_refused_as_too_large_is_below_20_kb_and_tells_the_most_salient(name):
    made = body(TELLINGS[name], small=1)

    data = data_of(made)
    assert len(made) <= SMALL_BODY_BYTES
    assert faults(data, data["schema"]) == []
    assert data.get("changes", True), "something is told"


def test_a_message_in_brief_has_no_edits():
    for told in (single(max_items=0), replace(TELLINGS["group"], max_items=0)):
        data = data_of(body(told))
        assert all(not c["edits"] and c["truncated"] for c in data.get("changes", [data]))


def test_a_body_that_would_be_too_large_leaves_out_whole_edits_and_says_how_many():
    edits = tuple(
        edit(id=f"e_{n}", new="é" * 4000, salience=Salience(level, ()))
        for n, level in enumerate(["low", "high", "normal"] * 5)
    )

    made = body(single(change(edits=edits)))

    data = data_of(made)
    kept = [e["id"] for e in data["edits"]]
    assert len(made) < 64 * 1024
    assert data["truncated"] == len(edits) - len(kept) > 0
    assert {f"e_{n}" for n in (1, 4, 7, 10, 13)} <= set(kept), "the most salient stay"
    assert kept == sorted(kept, key=lambda id: int(id[2:])), "in their order"
    assert all(len(e["new"]) == 4000 for e in data["edits"]), "whole"


def test_an_edit_larger_than_any_body_is_left_out_and_smaller_ones_stay():
    large = edit(id="e_large", new="x" * 70_000, salience=Salience("critical", ()))
    made = change(comparison=Comparison(edits=(large, edit(id="e_small")), neutral=(RENUMBERED,)))

    data = data_of(body(single(made)))

    assert [e["id"] for e in data["edits"]] == ["e_small"]
    assert len(data["neutral"]) == 1
    assert data["truncated"] == 1


@limits(deadline=None)
@given(st.lists(st.integers(0, 30_000), max_size=12))
def test_no_body_reaches_64_kib_and_none_is_cut_without_need(sizes):
    made = change(edits=tuple(edit(id=f"e_{n}", old="", new="x" * size, spans=()) for n, size in enumerate(sizes)))
    whole = len(json.dumps(made.to_json(), separators=(",", ":")))

    found = body(single(made))

    data = data_of(found)
    assert len(found) < 64 * 1024
    assert len(data["edits"]) + data.get("truncated", 0) == len(sizes)
    assert ("truncated" in data) or whole < 64 * 1024
    assert ("truncated" not in data) or whole > 63 * 1024


@pytest.mark.parametrize("small", [0, 1])
def test_no_title_reason_or_address_makes_a_body_too_large(small):
    long = "\x01" * 70_000  # six bytes each, as JSON writes them
    made = change(
        chapter_title=long,
        flags=(long,) * 30,
        salience=Salience("high", (long,) * 30),
        source_url=long,
        edits=(edit(id="e_small"), edit(id="e_large", section=(long,))),
    )

    data = data_of(found := body(single(made, small=small)))

    assert len(found) <= (SMALL_BODY_BYTES if small else 64 * 1024 - 1)
    assert [e["id"] for e in data["edits"]] == ["e_small"] or small
    assert data["truncated"] >= 1 and data["chapter_title"] == long[:300]


@limits(deadline=None)
@given(st.integers(1, 60), st.integers(0, 40_000), st.integers(0, 1), st.sampled_from(["group", "digest", "site_wide"]))
def test_no_body_of_many_changes_is_too_large_and_none_is_lost_sight_of(count, size, small, form):
    changes = crowd(count, edits=(edit(new="é" * (size // 2)), edit(id="e_2")))
    why = Salience("high", ("w" * size, "number"))
    changes = tuple(replace(c, chapter_title="T" * size, flags=("f" * (size // 4),), salience=why) for c in changes)

    made = body(telling(*changes, form=form, small=small))

    data = data_of(made)
    assert len(made) <= (SMALL_BODY_BYTES if small else 64 * 1024 - 1)
    assert len(data["changes"]) + data["truncated"] == data["count"] == count
    assert len(data["changes"]) > 0


@limits(deadline=None)
@given(hostile_text())
def test_page_text_is_text_and_nothing_else(text):
    # Lone surrogates are in no recorded text: the log, which is UTF-8, refuses them.
    told = hostile_telling(text.encode("utf-8", "replace").decode())

    made = body(told)

    data = data_of(made)
    first = data.get("changes", [data])[0]
    assert parsed(made).get_id() == told.delivery
    assert len(made) < 64 * 1024
    if "truncated" not in first:
        assert [e["new"] for e in first["edits"]] == [e.new for e in told.changes[0].edits]
