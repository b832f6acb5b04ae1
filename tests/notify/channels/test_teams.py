import json
import logging
import re

import pytest
from hypothesis import given, settings

from tests.notify.channels.retold import CORPUS, OUR_LINKS, PAGES, assert_told, is_safe, message_of, sender
from tests.notify.hostile import hostile_telling, hostile_text
from tests.notify.tellings import TELLINGS, single
from tests.publisher import Receiver, body_drip, hang_up, raw, redirect, stall, status
from tracker import clock
from tracker.errors import ConfigError
from tracker.notify.channels import ChannelConfig
from tracker.notify.channels.teams import KIND, is_workflow, retired
from tracker.notify.secret import Ref

PATH = "/workflows/CANARYworkflow/triggers/manual/paths/invoke?api-version=2016-06-01&sig=CANARY-signature_0123456789"
ACCEPTED = status(202)
RETIRED = (
    "https://ruritania.webhook.office.com/webhookb2/0000@0000/IncomingWebhook/CANARY/0000",
    "https://RURITANIA.webhook.office.com./webhookb2/CANARY",
    "https://outlook.office.com/webhook/CANARY/IncomingWebhook/0000",
    "https://outlook.office365.com/webhook/CANARY",
)
WORKFLOWS = (
    f"https://prod-12.westeurope.logic.azure.com:443{PATH}",
    f"https://default0000.00.environment.api.powerplatform.com:443/powerautomate/automations/direct{PATH}",
    f"https://x.api.powerautomate.com{PATH}",
    f"https://proxy.ruritania.example/teams/powerautomate{PATH}",
    f"http://127.0.0.1:8080{PATH}",
)
NO_WORKFLOWS = (
    "https://hooks.slack.com/services/CANARY",
    "https://logic.azure.com.attacker.example/CANARY",
    "https://attacker.example/?x=logic.azure.com",
    "CANARY",
    "http://[CANARY",
)

# Adaptive Cards 1.5: for each element what it has to have and what it may have, and of which values. Only what we use.
ELEMENTS = {
    "AdaptiveCard": ({"version", "body"}, {"$schema", "fallbackText", "actions"}),
    "RichTextBlock": ({"inlines"}, {"spacing"}),
    "Container": ({"items"}, {"style", "spacing"}),
    "TextRun": ({"text"}, {"color", "isSubtle", "weight", "size", "strikethrough", "underline", "selectAction"}),
    "Action.OpenUrl": ({"url"}, {"title"}),
}
VALUES = {
    "color": {"Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"},
    "weight": {"Default", "Lighter", "Bolder"},
    "size": {"Default", "Small", "Medium", "Large", "ExtraLarge"},
    "spacing": {"Default", "None", "Small", "Medium", "Large", "ExtraLarge", "Padding"},
    "style": {"default", "emphasis", "good", "attention", "warning", "accent"},
    "isSubtle": {True, False},
    "strikethrough": {True, False},
    "underline": {True, False},
    "version": {"1.5"},
}
INSIDE = {"body": {"RichTextBlock", "Container"}, "items": {"RichTextBlock"}, "inlines": {"TextRun"}}
ACTIONS = {"actions", "selectAction"}


def check_element(element):
    """An element and all in it: types, needed and known keys, values. A TextBlock, which reads Markdown, is none."""
    keys = set(element) - {"type"}
    needed, may = ELEMENTS[element["type"]]
    assert needed <= keys <= needed | may, element["type"]
    for key in keys:
        value = element[key]
        if key in VALUES:
            assert value in VALUES[key], (key, value)
        elif key in INSIDE:
            assert value and {inner["type"] for inner in value} <= INSIDE[key], key
            for inner in value:
                check_element(inner)
        elif key in ACTIONS:
            for action in value if isinstance(value, list) else [value]:
                assert action["type"] == "Action.OpenUrl"
                check_element(action)
        elif key == "url":
            assert value.startswith((OUR_LINKS, PAGES)), value
        else:
            assert isinstance(value, str) and value, key


def assert_well_told(telling):
    frozen = KIND.render(telling, None)
    message = json.loads(frozen)
    assert len(frozen) <= (10_500 if telling.small else 21_000)
    assert set(message) == {"type", "attachments"} and message["type"] == "message"
    (attachment,) = message["attachments"]
    assert attachment.keys() == {"contentType", "contentUrl", "content"}
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    check_element(card)
    quotes = ["".join(run["text"] for run in box["items"][0]["inlines"]) for box in boxes(card)]
    assert_told(quotes, telling)
    for run in runs(card):
        assert is_safe(run["text"])
        assert not re.search(r"\{\{", run["text"]), "clients fill in {{DATE(…)}}, also in a TextRun"
        assert ("selectAction" in run) == run["text"].startswith((OUR_LINKS, PAGES))
    return card


def boxes(card):
    return [element for element in card["body"] if element["type"] == "Container"]


def runs(card):
    blocks = [box["items"][0] if box["type"] == "Container" else box for box in card["body"]]
    return [run for block in blocks for run in block["inlines"]]


def lines(card):
    blocks = [box["items"][0] if box["type"] == "Container" else box for box in card["body"]]
    return ["".join(run["text"] for run in block["inlines"]) for block in blocks]


@pytest.mark.parametrize("name", CORPUS)
def test_every_card_is_valid_and_tells_what_was_written_and_nothing_takes_effect(name):
    assert_well_told(CORPUS[name])


@settings(max_examples=40, deadline=None)
@given(hostile_text())
def test_whatever_a_page_writes_stays_text(text):
    assert_well_told(hostile_telling(text))


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "TextBlock", "text": "**x**"},
        {"type": "RichTextBlock", "inlines": []},
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun"}]},
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "x", "color": "Red"}]},
        {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": "x", "wrap": True}]},
        {"type": "Action.OpenUrl", "url": "https://attacker.example"},
    ],
)
def test_the_checker_of_these_tests_refuses_what_is_no_card(broken):
    with pytest.raises((AssertionError, KeyError)):
        check_element(broken)


def test_a_card_says_all_that_it_has_to():
    text = "\n".join(lines(assert_well_told(TELLINGS["silent"])))

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


def test_removed_is_struck_and_added_underlined_in_colours_and_both_have_signs():
    styled = [run for run in runs(assert_well_told(TELLINGS["silent"])) if "color" in run]

    assert styled[:2] == [
        {"type": "TextRun", "text": "[-2021-]", "strikethrough": True, "color": "Attention"},
        {"type": "TextRun", "text": "{+2026+}", "underline": True, "color": "Good"},
    ]


def test_what_does_not_fit_is_counted_and_linked():
    card = assert_well_told(TELLINGS["400 edits"])

    assert any(re.fullmatch(r"\+\d+ more edits", line) for line in lines(card))
    assert card["actions"][0]["url"].startswith("https://tracker.example/c/")


def test_a_trial_says_so_in_its_title():
    assert lines(assert_well_told(TELLINGS["test"]))[0].startswith("[TEST] ")


def test_the_same_message_has_the_same_bytes():
    assert KIND.render(single(), None) == KIND.render(single(), None)


# ---------------------------------------------------------------- the request


@pytest.fixture
def flow():
    with Receiver() as receiver:
        receiver.script(ACCEPTED)
        yield receiver


def send(url, *, timeout_s=5.0):
    channel = sender(KIND, {"url": Ref("env", "FLOW")}, {"FLOW": url}, timeout_s=timeout_s)
    return channel.send(message_of(KIND, TELLINGS["silent"]), now=clock.now())


def test_a_workflow_that_was_started_has_accepted_and_not_yet_posted(flow):
    attempt = send(flow.url(PATH))

    (request,) = flow.received
    assert (attempt.ok, attempt.status, attempt.note) == (True, 202, "accepted, not yet posted")
    assert (request.method, request.path) == ("POST", PATH)
    assert request.headers["content-type"] == "application/json"
    assert request.body == message_of(KIND, TELLINGS["silent"]).body


def error(code):
    return json.dumps({"error": {"code": code, "message": "CANARY words of the workflow"}})


@pytest.mark.parametrize(
    ("answer", "says", "expected"),
    [
        (status(429, retry_after=7), "429", {"retry_after_s": 7}),
        (status(413), "413", {"too_large": True}),
        (status(400, error("TriggerInputSchemaMismatch")), "TriggerInputSchemaMismatch", {"too_large": True}),
        (status(401, error("DirectApiAuthorizationRequired")), "DirectApiAuthorizationRequired", {"refuses_us": True}),
        (status(404, error("WorkflowNotFound")), "WorkflowNotFound", {"refuses_us": True}),
        (status(404, error("<b>CANARY</b>")), "HTTP 404", {"refuses_us": True}),
        (status(500, "[]"), "500", {"permanent": False}),
        (status(410), "410", {"permanent": True, "disables": True}),
        (redirect("http://127.0.0.1:1/"), "redirect", {"permanent": False}),
        (status(200, "<html>log in</html>", headers={"Content-Type": "text/html; charset=utf-8"}), "a web page", {}),
        (hang_up(), "", {"status": None}),
        (raw(b"SSH-2.0-x\r\n"), "not HTTP", {"status": None}),
    ],
)
def test_what_an_answer_means(flow, answer, says, expected):
    flow.script(answer)

    attempt = send(flow.url(PATH))

    assert not attempt.ok and says in attempt.error and "CANARY" not in attempt.error and attempt.note == ""
    assert {key: getattr(attempt, key) for key in expected} == expected
    assert len(flow.received) == 1, "one request a try"


def test_a_workflow_that_answers_itself_is_taken_at_its_word(flow):
    flow.script(status(200, "{}", headers={"Content-Type": "application/json"}))

    assert (send(flow.url(PATH)).ok, send(flow.url(PATH)).note) == (True, "")


@pytest.mark.parametrize(
    "answer",
    [
        ACCEPTED,
        status(401, f"no access to {PATH}"),
        status(500, "sig=CANARY-signature_0123456789 is not valid"),
        redirect(f"http://127.0.0.1:1{PATH}"),
        raw(f"{PATH}\r\n\r\n".encode()),
        hang_up(),
        stall(),
        body_drip(),
    ],
)
def test_the_address_is_nowhere_but_in_the_request(flow, answer, caplog):
    caplog.set_level(logging.DEBUG)
    flow.script(answer)

    attempt = send(flow.url(PATH), timeout_s=0.25)

    assert flow.received[0].path == PATH
    assert "CANARY" not in repr(attempt) + caplog.text


@pytest.mark.parametrize("url", RETIRED)
def test_a_retired_connector_is_given_up_at_once_with_advice(url, caplog):
    caplog.set_level(logging.DEBUG)

    attempt = send(url)

    assert (attempt.ok, attempt.permanent, attempt.reason, attempt.status) == (False, True, "retired", None)
    assert "env:FLOW" in attempt.error and "Send webhook alerts to a channel" in attempt.error
    assert "CANARY" not in repr(attempt) + caplog.text


@pytest.mark.parametrize("url", NO_WORKFLOWS)
def test_what_is_no_workflow_is_not_sent_to_and_not_told(url):
    attempt = send(url)

    assert not attempt.ok and "env:FLOW" in attempt.error and "CANARY" not in attempt.error
    assert attempt.elapsed_ms is None, "nothing was sent"


def test_an_address_that_is_not_there_is_named_by_its_reference():
    attempt = sender(KIND, {"url": Ref("env", "FLOW")}).send(message_of(KIND, single()), now=clock.now())

    assert not attempt.ok and not attempt.permanent and "env:FLOW" in attempt.error


@pytest.mark.parametrize("url", [*WORKFLOWS, Ref("env", "FLOW")])
def test_addresses_of_workflows_are_taken(url):
    KIND.check(ChannelConfig(name="desk", kind="teams", values={"url": url}), "subscriptions.toml")
    assert isinstance(url, Ref) or (is_workflow(url) and not retired(url))


@pytest.mark.parametrize("url", [*RETIRED, *NO_WORKFLOWS])
def test_other_addresses_are_refused_with_advice(url):
    with pytest.raises(ConfigError) as refused:
        KIND.check(ChannelConfig(name="desk", kind="teams", values={"url": url}), "subscriptions.toml")

    assert ("retired" in refused.value.what) == (url in RETIRED)
    assert "Send webhook alerts to a channel" in refused.value.remedy
    assert "CANARY" not in str(refused.value)
