import logging
import re

import orjson
import pytest
from hypothesis import given, settings
from slack_sdk.models.blocks import Block

from tests.notify.channels.chatting import OURS, configured, payload, replaced, sender, sent, signed, spans_of
from tests.notify.hostile import ATTACKS, LONG, hostile_telling, hostile_text
from tests.notify.tellings import NEWS, TELLINGS, at_every_level, of_edits, single
from tests.publisher import Receiver, hang_up, raw, redirect, status
from tracker import clock
from tracker.notify.channels import KINDS, Message
from tracker.notify.channels.slack import KIND
from tracker.notify.render.redline import runs

some = settings(max_examples=40, deadline=None, derandomize=True)


@pytest.fixture
def desk():
    with Receiver() as receiver:
        yield receiver


# ---------------------------------------------------------------- the message


def elements(message, *types):
    """All elements of these types, in order."""
    found = []

    def walk(value):
        if isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, dict):
            if value.get("type") in types:
                found.append(value)
            for one in value.values():
                walk(one)

    walk(message["blocks"])
    return found


def redlines(message):
    """The words of every redline, by what became of them, our signs included."""
    marks = {"strike": "-", "bold": "+"}
    return [
        [(marks[next(iter(run["style"]))] if "style" in run else "=", run["text"]) for run in quote["elements"]]
        for quote in elements(message, "rich_text_quote")
    ]


def text_of(message):
    return "\n".join(e["text"] for e in elements(message, "text", "link", "plain_text") if isinstance(e["text"], str))


def assert_slack_takes(message):
    """As its own library sees it, and what that does not see; no element but those that cannot call anybody."""
    assert set(message) == {"text", "blocks", "link_names", "unfurl_links", "unfurl_media"}
    assert 1 <= len(message["blocks"]) <= 50
    for block in message["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None, block["type"]
        parsed.validate_json()
    types = {e["type"] for e in elements(message, *ALL_TYPES)}
    assert types <= {
        "header",
        "rich_text",
        "context",
        "rich_text_section",
        "rich_text_quote",
        "text",
        "link",
        "plain_text",
    }
    for element in elements(message, "text", "plain_text", "link"):
        assert isinstance(element["text"], str) and element["text"], element
    for element in elements(message, "plain_text"):
        assert element["emoji"] is False
    for element in elements(message, "rich_text_section", "rich_text_quote", "rich_text", "context"):
        assert element["elements"]
    assert len(text_of(message)) <= 13_000
    # mrkdwn is parsed in here, and only in here: nothing may be left that it knows
    preview = re.sub("&(amp|lt|gt);", "", message["text"])
    assert not re.search(r"[<>&]|@\w|://", preview)
    assert len(message["text"]) <= 3_000


ALL_TYPES = (
    *("header", "rich_text", "context", "section", "divider", "image", "actions", "markdown", "table"),
    *("rich_text_section", "rich_text_quote", "rich_text_list", "rich_text_preformatted"),
    *("text", "link", "emoji", "user", "usergroup", "channel", "team", "broadcast", "date", "color"),
    *("plain_text", "mrkdwn"),
)


@pytest.mark.parametrize("name", TELLINGS)
def test_slack_takes_every_form_of_message(name):
    message = payload(KIND, TELLINGS[name])

    assert_slack_takes(message)
    assert "Why you get this: subscription" in text_of(message)


def test_a_message_says_what_changed_where_when_and_why():
    message = payload(KIND, TELLINGS["silent"])

    told = text_of(message)
    for words in (
        "Ruritania › Mine Ban Policy",
        "silent edit",
        "between 14 Aug 2026",
        "28 Sep 2025",
        "replaced",
        "Use",
    ):
        assert words in told
    assert "mine-action" in told and "chapter mine-*" in told
    assert {link["url"] for link in elements(message, "link")} == {"https://tracker.example/c/c_9e107d9d372bb682"}
    assert redlines(message) == [
        [
            ("=", "In June "),
            ("-", "[-2021-]"),
            ("+", "{+2026+}"),
            ("=", " the government of Ruritania said that it had cleared "),
            ("-", "[-40-]"),
            ("+", "{+41+}"),
            ("=", " minefields near Strelsau."),
        ]
    ]


def test_a_test_says_so_in_its_title_and_its_preview():
    message = payload(KIND, TELLINGS["test"])

    assert message["text"].startswith("[TEST] ")
    assert message["blocks"][0]["text"]["text"].startswith("[TEST] ")


def test_without_pages_of_ours_the_link_leads_to_the_page_itself():
    message = payload(KIND, TELLINGS["no pages of ours"])

    assert {link["url"] for link in elements(message, "link")} == {"https://monitor.example/profiles/ruritania"}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x.example/a b", "https://x.example/" + "a" * 4_000])
def test_what_is_no_address_is_no_link(url):
    message = payload(KIND, single(of_edits(*NEWS[:1], source_url=url), link_base=""))

    assert_slack_takes(message)
    assert elements(message, "link") == []


@pytest.mark.parametrize(("small", "most"), [(0, 13_000), (1, 6_500)])
def test_too_much_is_cut_by_edits_the_most_salient_stay_and_the_rest_is_counted(small, most):
    change = at_every_level(400)
    message = payload(KIND, single(change, small=small))

    assert_slack_takes(message)
    shown = redlines(message)
    whole = {tuple((mark, signed(mark, text)) for mark, text in runs(edit)) for edit in change.edits}
    assert 5 < len(shown) < 400 and all(tuple(spans) in whole for spans in shown)
    assert f"+{400 - len(shown)} more edits" in text_of(message)
    assert len(orjson.dumps(message["blocks"]).decode()) <= most
    labels = [e["text"] for e in elements(message, "text") if e["text"].startswith("replaced ·")]
    ranks = [
        ("critical", "high", "normal", "low", "none").index(label.split(" · ")[1].split(":")[0]) for label in labels
    ]
    assert ranks == sorted(ranks) and ranks[0] == 0


@pytest.mark.parametrize("name", ATTACKS)
def test_page_text_is_literal_and_whole(name):
    telling = replaced(ATTACKS[name])
    message = payload(KIND, telling)

    assert_slack_takes(message)
    assert redlines(message) == [[(mark, signed(mark, text)) for mark, text in spans_of(telling)]]
    assert all(OURS.fullmatch(link["url"]) for link in elements(message, "link"))


@pytest.mark.parametrize("form", ["single", "group", "storm", "site_wide"])
def test_page_text_in_every_place_has_no_effect(form):
    for text in ATTACKS.values():
        message = payload(KIND, hostile_telling(text, form=form, changes=1 if form == "single" else 2))

        assert_slack_takes(message)
        assert all(OURS.fullmatch(link["url"]) for link in elements(message, "link"))


@some
@given(hostile_text())
def test_no_text_has_an_effect_or_is_altered(text):
    telling = replaced(text)
    message = payload(KIND, telling)

    assert_slack_takes(message)
    assert redlines(message) == [[(mark, signed(mark, told)) for mark, told in spans_of(telling)]]


@pytest.mark.parametrize("name", LONG)
def test_no_length_is_too_much(name):
    assert_slack_takes(payload(KIND, hostile_telling(LONG[name])))


# ---------------------------------------------------------------- the request, and its answer


def test_it_is_posted_as_json_to_the_secret_address(desk):
    attempt = sent(KIND, desk, status(200, "ok"))

    (request,) = desk.received
    assert (attempt.ok, attempt.status, attempt.answer) == (True, 200, "ok")
    assert (request.method, request.path) == ("POST", "/services/CANARY-TOKEN-1")
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    assert request.body == '{"text":"Mine — clearance"}'.encode()


TAKEN = {"ok": True}
SMALLER = {"ok": False, "too_large": True, "refuses_us": False, "permanent": False}
REFUSES = {"ok": False, "too_large": False, "refuses_us": True, "permanent": False, "disables": False}
LATER = {"ok": False, "too_large": False, "refuses_us": False, "permanent": False}
GONE = {"ok": False, "permanent": True, "disables": True, "reason": "gone"}
ANSWERS = {
    "ok": (status(200, "ok"), TAKEN, ""),
    "ok and a line feed": (status(200, "ok\n"), TAKEN, ""),
    "a page": (status(200, "<html>Sign in</html>"), LATER, "HTTP 200, but the answer is not Slack's `ok`"),
    "an empty 200": (status(200, ""), LATER, "HTTP 200, but the answer is not Slack's `ok`"),
    "another word": (status(200, "no_text"), LATER, "HTTP 200, but the answer is 'no_text'"),
    "no content": (status(204), LATER, "HTTP 204, but"),
    "blocks": (status(400, "invalid_blocks"), SMALLER, "HTTP 400: invalid_blocks"),
    "too long": (status(400, "msg_blocks_too_long"), SMALLER, "HTTP 400: msg_blocks_too_long"),
    "payload": (status(400, "invalid_payload"), SMALLER, "HTTP 400: invalid_payload"),
    "person": (status(400, "user_not_found"), REFUSES, "the person it writes to is gone"),
    "prohibited": (status(403, "action_prohibited"), REFUSES, "an admin has restricted who may post"),
    "token": (status(403, "invalid_token"), REFUSES, "copy it anew"),
    "no service": (status(404, "no_service"), REFUSES, "make a new one"),
    "channel": (status(404, "channel_not_found"), REFUSES, "the channel is gone"),
    "404 page": (status(404, "<h1>Not found</h1>"), REFUSES, "HTTP 404"),
    "archived": (status(410, "channel_is_archived"), GONE, "the channel is archived"),
    "gone": (status(410, "gone"), GONE, "HTTP 410"),
    "too fast": (status(429, "rate_limited", retry_after=30), LATER | {"retry_after_s": 30}, "30 s"),
    "broken": (status(500, "rollup_error"), LATER, "HTTP 500: rollup_error"),
    "away": (status(503, "later", retry_after=5), LATER | {"retry_after_s": 5}, "HTTP 503"),
    "redirect": (redirect("https://slack.com/signin"), LATER, "a redirect, not followed"),
    "echo": (status(400, "bad_CANARY-TOKEN-1"), SMALLER, "HTTP 400"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_an_answer_means(desk, name):
    answer, meaning, words = ANSWERS[name]

    attempt = sent(KIND, desk, answer)

    assert {key: getattr(attempt, key) for key in meaning} == meaning
    assert words in (attempt.error or "") and (attempt.error is None) == attempt.ok
    assert "CANARY" not in repr(attempt)


@pytest.mark.parametrize(
    "url", ["https://hooks.slack.com/triggers/T0/1/CANARY", "https://hooks.slack.com/workflows/T0/CANARY"]
)
def test_a_workflow_is_no_incoming_webhook(url):
    attempt = sender(KIND, url).send(Message(id="d_1", body=b"{}"), now=clock.now())

    assert not attempt.ok and "incoming webhook" in attempt.error and "CANARY" not in attempt.error


@pytest.mark.parametrize("answer", [status(500, "CANARY-TOKEN-1"), hang_up(), raw(b"CANARY-TOKEN-1\r\n\r\n")])
def test_the_address_is_never_told_or_logged(desk, answer, caplog):
    caplog.set_level(logging.DEBUG)

    attempt = sent(KIND, desk, answer)

    assert desk.received and not attempt.ok
    assert "CANARY" not in repr(attempt) + caplog.text


def test_the_kind_is_known():
    assert KINDS["slack"] is KIND
    assert KIND.keys["url"].sort == "secret address" and KIND.keys["url"].is_needed
    assert KIND.per_minute == 60
    assert b"CANARY" not in KIND.render(TELLINGS["single"], configured(KIND))
