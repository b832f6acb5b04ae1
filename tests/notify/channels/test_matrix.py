import json
import logging
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from selectolax.lexbor import LexborHTMLParser

from tests.notify.channels.retold import (
    CORPUS,
    MESSAGE_ID,
    OUR_LINKS,
    PAGES,
    assert_told,
    is_safe,
    links_in,
    message_of,
    sender,
    unjoined,
    whole_redlines,
)
from tests.notify.hostile import hostile_telling, hostile_text
from tests.notify.tellings import TELLINGS, single
from tests.publisher import Receiver, body_drip, hang_up, raw, redirect, stall, status
from tracker import clock
from tracker.errors import ConfigError
from tracker.notify.channels import ChannelConfig
from tracker.notify.channels.matrix import KIND
from tracker.notify.secret import Ref

TOKEN = "syt_CANARY_token/of+the=bot"
ROOM = "!AbC/d?f:example.org"
OK = status(200, '{"event_id":"$1:example.org"}', headers={"Content-Type": "application/json"})
# Of the tags that the specification lets through (client-server API, m.room.message), those that we use.
TAGS = {"p", "br", "strong", "del", "blockquote", "a"}


def failure(code, errcode, **other):
    said = {"errcode": errcode, "error": "CANARY words of the homeserver", **other}
    return status(code, json.dumps(said), headers={"Content-Type": "application/json"})


@pytest.fixture
def home():
    with Receiver() as receiver:
        receiver.script(OK)
        yield receiver


def bot(home, *, token=TOKEN, timeout_s=5.0, **other):
    values = {"homeserver": home.url("/"), "room": ROOM, "token": Ref("env", "BOT"), **other}
    return sender(KIND, values, {"BOT": token, "HOME_URL": home.url("")}, timeout_s=timeout_s)


def send(home, *, of=TELLINGS["silent"], **other):
    return bot(home, **other).send(message_of(KIND, of), now=clock.now())


def lines_of(node):
    """The text of a node, `<br>` as a line feed."""
    return "".join(
        "\n" if inner.tag == "br" else inner.text_content or "" if inner.tag == "-text" else ""
        for inner in node.traverse(include_text=True)
    )


def called_by_matrix(text):
    """What clients make pills of, or homeservers ring for: @room, ids of users and rooms, links of matrix.to."""
    return re.findall(r"@room\b|[@#!+][\w.=/-]+:[\w-]+\.\w+|matrix\.to/|matrix:\w+/", text)


def assert_well_told(telling):
    frozen = KIND.render(telling, None)
    content = json.loads(frozen)
    page = LexborHTMLParser(f"<body>{content['formatted_body']}</body>").body
    assert len(frozen) <= (16 if telling.small else 32) * 1024
    assert (content["msgtype"], content["m.mentions"]) == ("m.notice", {})
    assert {node.tag for node in page.traverse()} - {"body"} <= TAGS
    assert all(set(node.attributes) == ({"href"} if node.tag == "a" else set()) for node in page.traverse())
    assert all(a.attributes["href"].startswith((OUR_LINKS, PAGES)) for a in page.css("a"))
    assert all(a.attributes["href"] == a.text() for a in page.css("a"))
    assert_told([lines_of(quote) for quote in page.css("blockquote")], telling)
    for text in (content["body"], lines_of(page)):
        assert links_in(text) == []
        assert called_by_matrix(text) == []
        assert is_safe(text)
    return content


@pytest.mark.parametrize("name", CORPUS)
def test_every_message_fits_and_tells_what_was_written_and_nothing_takes_effect(name):
    assert_well_told(CORPUS[name])


@settings(max_examples=40, deadline=None)
@given(hostile_text())
def test_whatever_a_page_writes_stays_text(text):
    assert_well_told(hostile_telling(text))


@pytest.mark.parametrize("name", ["silent", "critical cell", "every kind", "group"])
def test_the_plain_body_tells_the_same(name):
    body = unjoined(json.loads(KIND.render(TELLINGS[name], None))["body"])

    for redline in whole_redlines(TELLINGS[name]):
        assert len(redline) > 2000 or redline in body


def test_a_message_says_all_that_it_has_to_in_both_bodies():
    content = json.loads(KIND.render(TELLINGS["silent"], None))

    for text in (content["body"], lines_of(LexborHTMLParser(content["formatted_body"]).body)):
        for said in (
            "Ruritania › Mine Ban Policy",
            "silent edit",
            "Use",
            "In June [-2021-]{+2026+} the government",
            "between 14 Aug 2026 03:30 and 09:30 UTC",
            "document date 28 Sep 2025",
            "mine-action",
            "chapter mine-*",
            "https://tracker.example/c/c_9e107d9d372bb682",
        ):
            assert said in text


def test_removed_is_deleted_and_added_strong_and_both_have_signs():
    html = json.loads(KIND.render(TELLINGS["silent"], None))["formatted_body"]

    assert "In June <del>[-2021-]</del><strong>{+2026+}</strong> the government" in html


def test_what_does_not_fit_is_counted_and_linked():
    content = assert_well_told(TELLINGS["400 edits"])

    assert re.search(r"\+\d+ more edits", content["formatted_body"])
    assert "tracker.example/c/" in content["formatted_body"]


def test_a_trial_says_so_in_its_title():
    content = json.loads(KIND.render(TELLINGS["test"], None))

    assert content["body"].startswith("[TEST] ")
    assert content["formatted_body"].startswith("<p><strong>[TEST] ")


def test_the_same_message_has_the_same_bytes():
    assert KIND.render(single(), None) == KIND.render(single(), None)


# ---------------------------------------------------------------- the request


def test_a_message_is_put_under_its_own_id_so_that_none_comes_twice(home):
    first, second = send(home), send(home)

    one, two = home.received
    assert first.ok and second.ok
    assert (one.method, one.body) == ("PUT", message_of(KIND, TELLINGS["silent"]).body)
    assert (one.path, one.body) == (two.path, two.body)
    assert one.path == (f"/_matrix/client/v3/rooms/%21AbC%2Fd%3Ff%3Aexample.org/send/m.room.message/{MESSAGE_ID}")
    assert one.headers["authorization"] == f"Bearer {TOKEN}"


def test_an_id_of_any_characters_is_one_piece_of_the_path(home):
    message = replace(message_of(KIND, TELLINGS["silent"]), id="d/../?#x")

    assert bot(home).send(message, now=clock.now()).ok
    assert home.received[0].path.endswith("/m.room.message/d%2F..%2F%3F%23x")


def test_the_homeserver_may_be_a_reference(home):
    assert send(home, homeserver=Ref("env", "HOME_URL")).ok


@pytest.mark.parametrize(
    ("answer", "says", "expected"),
    [
        (failure(429, "M_LIMIT_EXCEEDED", retry_after_ms=2500), "M_LIMIT_EXCEEDED", {"retry_after_s": 3}),
        (status(429, "{}", retry_after=9), "429", {"retry_after_s": 9}),
        (failure(403, "M_FORBIDDEN"), "invite it", {"refuses_us": True, "too_large": False}),
        (failure(401, "M_UNKNOWN_TOKEN", soft_logout=True), "not valid any more", {"refuses_us": True}),
        (failure(413, "M_TOO_LARGE"), "too large", {"too_large": True}),
        (failure(404, "M_NOT_FOUND"), "no such room", {"refuses_us": True}),
        (failure(404, "M_UNRECOGNIZED"), "no homeserver", {"refuses_us": True}),
        (failure(400, "M_BAD_JSON"), "M_BAD_JSON", {"too_large": True}),
        (failure(500, "M_UNKNOWN"), "M_UNKNOWN", {"permanent": False, "refuses_us": False}),
        (failure(400, "<b>CANARY</b>"), "HTTP 400", {}),
        (status(502, "<html>Bad Gateway</html>"), "502", {"permanent": False}),
        (status(410), "410", {"permanent": True, "disables": True}),
        (redirect("http://127.0.0.1:1/", 308), "redirect", {"permanent": False}),
        (status(200, "<html>log in</html>", headers={"Content-Type": "text/html"}), "no event_id", {}),
        (status(200, "[]"), "no event_id", {}),
        (hang_up(), "", {"status": None}),
        (raw(b"SSH-2.0-x\r\n"), "not HTTP", {"status": None}),
    ],
)
def test_what_an_answer_means(home, answer, says, expected):
    home.script(answer)

    attempt = send(home)

    assert not attempt.ok and says in attempt.error and "CANARY" not in attempt.error
    assert {key: getattr(attempt, key) for key in expected} == expected
    assert len(home.received) == 1, "one request a try"


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        status(401, f"Bearer {TOKEN}"),
        status(500, TOKEN.replace("/", "%2F").replace("+", "%2B").replace("=", "%3D")),
        redirect(f"http://127.0.0.1:1/?access_token={TOKEN}"),
        raw(f"{TOKEN}\r\n\r\n".encode()),
        hang_up(),
        stall(),
        body_drip(),
    ],
)
def test_the_token_is_nowhere_but_in_the_request(home, answer, caplog):
    caplog.set_level(logging.DEBUG)
    home.script(answer)

    attempt = send(home, timeout_s=0.25)

    assert TOKEN in home.received[0].headers["authorization"]
    assert TOKEN not in home.received[0].path
    assert "CANARY" not in repr(attempt) + caplog.text


@pytest.mark.parametrize("token", ["CANARY two words", "CANARÝ", "CANARY\tx"])
def test_what_is_no_token_is_not_sent_and_not_told(home, token):
    attempt = send(home, token=token)

    assert not attempt.ok and "env:BOT" in attempt.error and "CANAR" not in attempt.error
    assert home.connections == 0


@pytest.mark.parametrize("room", ["", "#ruritania:example.org", "@bot:example.org", "!a b:example.org", "!a/b:x"])
def test_a_room_that_is_no_room_id_is_refused_with_advice(room):
    with pytest.raises(ConfigError) as refused:
        KIND.check(ChannelConfig(name="desk", kind="matrix", values={"room": room}), "subscriptions.toml")

    assert "!AbCdEf:example.org" in refused.value.remedy


@pytest.mark.parametrize("room", ["!AbCdEf:example.org", "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"])
def test_room_ids_of_old_and_new_rooms_are_taken(room):
    KIND.check(ChannelConfig(name="desk", kind="matrix", values={"room": room}), "subscriptions.toml")
