import re
from dataclasses import replace

import pytest
from hypothesis import given, settings

from tests.notify.builders import edit
from tests.notify.channels.chatting import (
    ZERO_WIDTH,
    configured,
    payload,
    replaced,
    sender,
    sent,
    signed,
    spans_of,
)
from tests.notify.hostile import ATTACKS, LONG, hostile_telling, hostile_text
from tests.notify.tellings import NEWS, TELLINGS, at_every_level, crowd, of_edits, single, telling
from tests.publisher import Receiver, redirect, status
from tracker import clock
from tracker.errors import ConfigError
from tracker.notify.channels import KINDS, Message
from tracker.notify.channels.discord import KIND
from tracker.notify.render.redline import runs

some = settings(max_examples=40, deadline=None, derandomize=True)
FENCE = re.compile(r"^```diff\n(.*?)\n```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def desk():
    with Receiver() as receiver:
        yield receiver


# ---------------------------------------------------------------- the message


def units(text):
    return len(text.encode("utf-16-le")) // 2


def assert_discord_takes(message, part=1):
    """The limits as Discord tells them, in UTF-16 units; only keys that we know, nothing empty."""
    assert set(message) == {"content", "embeds", "allowed_mentions"}
    assert message["allowed_mentions"] == {"parse": []}
    assert 1 <= units(message["content"]) <= 2_000
    assert 1 <= len(message["embeds"]) <= 10
    in_all = 0
    for embed in message["embeds"]:
        assert set(embed) <= {"title", "description", "color", "footer"}
        title, description, footer = embed.get("title", "x"), embed["description"], embed.get("footer", {"text": "x"})
        assert set(footer) == {"text"} and title.strip() and description.strip() and footer["text"].strip()
        assert units(title) <= 256 and units(description) <= 4_096 and units(footer["text"]) <= 2_048
        assert 0 <= embed["color"] <= 0xFFFFFF
        in_all += units(embed.get("title", "")) + units(description) + units(embed.get("footer", {}).get("text", ""))
    assert in_all <= 6_000 // part


def assert_nothing_has_an_effect(message):
    """What Discord would parse is our own bold and our own links, and fences that begin and end where ours do."""
    for embed in message["embeds"]:
        fences = FENCE.findall(embed["description"])
        assert embed["description"].count("```") == 2 * len(fences)
        for line in "\n".join(fences).split("\n") if fences else []:
            assert line.startswith(("- ", "+ ", "  "))
        shown(FENCE.sub("", embed["description"]))
        shown(embed.get("title", ""))
    shown(message["content"])


def shown(text):
    """What Discord shows of a text; nothing in it may mean anything but what we wrote."""
    left = re.sub(r"\\[^0-9A-Za-z\s]", "", text)
    left = re.sub(r"\[(?:open|See more)\]\(https://tracker\.example/[^\s)]*\)", "", left)
    left = re.sub(r"\*\*([^*\n]*)\*\*", r"\1", left)
    assert not re.search(r"[\\*_~`|<>@\[\]:]", left), left
    assert not re.search(r"^\s*(?:#|-|>|\+|\d+[.)])\s", left, re.MULTILINE), left
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", text)


def diffs(message):
    return [fence.split("\n") for embed in message["embeds"] for fence in FENCE.findall(embed["description"])]


def expected(spans):
    """The lines that a redline is to be."""
    marks = {mark for mark, _ in spans}
    if marks == {"="}:
        sides = [("  ", "".join(text for _, text in spans))]
    else:
        told = signed if "=" in marks else lambda mark, text: text
        sides = [
            (f"{side} ", "".join(told(mark, text) for mark, text in spans if mark in ("=", side)))
            for side in "-+"
            if "=" in marks or side in marks
        ]
    return [prefix + re.sub("`(?=`)", f"`{ZERO_WIDTH}", line) for prefix, text in sides for line in text.split("\n")]


@pytest.mark.parametrize("name", TELLINGS)
def test_discord_takes_every_form_of_message(name):
    message = payload(KIND, TELLINGS[name])

    assert_discord_takes(message, part=2 if name == "small" else 1)
    assert message["embeds"][-1]["footer"]["text"].startswith("Why you get this: subscription")
    if name != "no pages of ours":
        assert_nothing_has_an_effect(message)


def test_a_message_says_what_changed_where_when_and_why():
    message = payload(KIND, TELLINGS["silent"])

    (embed,) = message["embeds"]
    assert shown(message["content"]).startswith("Ruritania › Mine Ban Policy: 1 silent edit")
    assert embed["title"] == "Ruritania › Mine Ban Policy"
    assert embed["description"].endswith("\n[See more](https://tracker.example/c/c_9e107d9d372bb682)")
    told = shown(FENCE.sub("", embed["description"]))
    for words in ("silent edit", "between 14 Aug 2026", "28 Sep 2025", "**replaced · high: date, number** · Use"):
        assert words in told
    assert "mine-action" in embed["footer"]["text"] and "chapter mine-*" in embed["footer"]["text"]
    (lines,) = diffs(message)
    assert lines == [
        "- In June [-2021-] the government of Ruritania said that it had cleared [-40-] minefields near Strelsau.",
        "+ In June {+2026+} the government of Ruritania said that it had cleared {+41+} minefields near Strelsau.",
    ]


def test_what_came_or_went_whole_is_one_line_without_signs():
    assert diffs(payload(KIND, TELLINGS["added"])) == [
        ["+ A third survey of the Zenda valley began in May 2026, with 12 deminers and two dogs."]
    ]
    assert diffs(payload(KIND, TELLINGS["critical cell"])) == [["- Not a party", "+ State Party"]]
    assert diffs(payload(KIND, single(of_edits(edit(spans=(("=", "It keeps 12."),)))))) == [["  It keeps 12."]]


def test_a_test_says_so_first():
    assert shown(payload(KIND, TELLINGS["test"])["content"]).startswith("[TEST] ")


def test_several_changes_stand_one_after_the_other_each_with_its_link_and_redline():
    message = payload(KIND, telling(*crowd(5), form="group"))

    told = "\n".join(embed["description"] for embed in message["embeds"])
    assert told.count("[open](https://tracker.example/c/c_") == 5
    assert len(diffs(message)) == sum(len(change.edits) for change in crowd(5))


def test_without_pages_of_ours_the_link_leads_to_the_page_itself():
    (embed,) = payload(KIND, TELLINGS["no pages of ours"])["embeds"]

    assert embed["description"].endswith("\n[See more](https://monitor.example/profiles/ruritania)")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://x.example/a) [y](https://z.example", "https://x.example/" + "a" * 4_000]
)
def test_what_is_no_address_is_no_link(url):
    message = payload(KIND, single(of_edits(*NEWS[:1], source_url=url), link_base=""))

    assert_discord_takes(message)
    assert all("](" not in embed["description"] for embed in message["embeds"])


def test_an_address_of_this_machine_is_in_the_text_where_it_cannot_refuse_the_message():
    (embed,) = payload(KIND, replace(TELLINGS["single"], link_base="http://localhost:8000"))["embeds"]

    assert "url" not in embed
    assert embed["description"].endswith("\n[See more](http://localhost:8000/c/c_9e107d9d372bb682)")


@pytest.mark.parametrize("small", [0, 1])
def test_too_much_is_cut_by_edits_the_most_salient_stay_and_the_rest_is_counted(small):
    change = at_every_level(400)
    message = payload(KIND, single(change, small=small))

    assert_discord_takes(message, part=1 + small)
    assert len(message["embeds"]) == 2  # one alone has room for less than all of them together
    told = diffs(message)
    whole = [expected(runs(one)) for one in change.edits]
    assert 12 // (1 + small) <= len(told) < 400 and all(lines in whole for lines in told)
    text = shown("\n".join(FENCE.sub("", embed["description"]) for embed in message["embeds"]))
    assert f"+{400 - len(told)} more edits" in text
    assert "[See more](https://tracker.example/c/c_9e107d9d372bb682)" in text
    levels = re.findall(r"replaced · (\w+)", text)
    assert levels == sorted(levels, key=["critical", "high", "normal", "low", "none"].index) and levels[0] == "critical"


@pytest.mark.parametrize("name", ATTACKS)
def test_page_text_is_whole_and_has_no_effect(name):
    telling = replaced(ATTACKS[name])
    message = payload(KIND, telling)

    assert_discord_takes(message)
    assert_nothing_has_an_effect(message)
    assert diffs(message) == [expected(spans_of(telling))]


@pytest.mark.parametrize("form", ["single", "group", "storm", "site_wide"])
def test_page_text_in_every_place_has_no_effect(form):
    for text in ATTACKS.values():
        message = payload(KIND, hostile_telling(text, form=form, changes=1 if form == "single" else 2))

        assert_discord_takes(message)
        assert_nothing_has_an_effect(message)


@some
@given(hostile_text())
def test_no_text_has_an_effect_or_is_altered(text):
    telling = replaced(text)
    message = payload(KIND, telling)

    assert_discord_takes(message)
    assert_nothing_has_an_effect(message)
    assert diffs(message) == [expected(spans_of(telling))]


@pytest.mark.parametrize("name", LONG)
def test_no_length_is_too_much(name):
    for small in (0, 1):
        message = payload(KIND, replace(hostile_telling(LONG[name]), small=small))

        assert_discord_takes(message, part=1 + small)
        assert_nothing_has_an_effect(message)


# ---------------------------------------------------------------- the request


def test_it_is_posted_as_json_and_waits_for_the_message(desk):
    attempt = sent(KIND, desk, status(200, '{"id":"1"}'))

    (request,) = desk.received
    assert (attempt.ok, attempt.status, attempt.retry_after_s) == (True, 200, None)
    assert (request.method, request.path) == ("POST", "/services/CANARY-TOKEN-1?wait=true")
    assert request.headers["content-type"] == "application/json"
    assert request.body == '{"text":"Mine — clearance"}'.encode()


def test_it_may_go_into_a_thread_and_what_stands_in_the_address_stays(desk):
    desk.script(status(200, '{"id":"1"}'))
    channel = sender(KIND, desk.url("/hook?x=1&wait=false"), thread_id="1234567890123456789")

    channel.send(Message(id="d_1", body=b"{}"), now=clock.now())

    assert desk.received[0].path == "/hook?x=1&wait=true&thread_id=1234567890123456789"


@pytest.mark.parametrize("thread", ["12a", "١٢", "1" * 21, "1&x=2"])
def test_a_thread_has_an_id_of_digits(thread):
    with pytest.raises(ConfigError) as wrong:
        KIND.check(configured(KIND, thread_id=thread), "subscriptions.toml, [channels.desk]")

    assert "thread_id" in wrong.value.where and "digits" in wrong.value.remedy
    KIND.check(configured(KIND, thread_id="1234567890123456789"), "here")
    KIND.check(configured(KIND), "here")


@pytest.mark.parametrize("end", ["/slack", "/github", "/slack/"])
def test_an_address_for_other_services_messages_is_refused(end):
    channel = sender(KIND, f"https://discord.com/api/webhooks/1/CANARY{end}")

    attempt = channel.send(Message(id="d_1", body=b"{}"), now=clock.now())

    assert not attempt.ok and "what follows the token" in attempt.error and "CANARY" not in attempt.error


# ---------------------------------------------------------------- its answer


def limited(code, body, **fields):
    return status(code, body, headers={f"X-RateLimit-{key.replace('_', '-')}": value for key, value in fields.items()})


TAKEN = {"ok": True, "retry_after_s": None}
LATER = {"ok": False, "too_large": False, "refuses_us": False, "permanent": False}
SMALLER = {"ok": False, "too_large": True, "refuses_us": False, "permanent": False}
REFUSES = {"ok": False, "too_large": False, "refuses_us": True, "permanent": False, "disables": False}
GONE = {"ok": False, "permanent": True, "disables": True, "reason": "gone"}
ANSWERS = {
    "posted": (status(200, '{"id":"1"}'), TAKEN, ""),
    "no content": (status(204), TAKEN, ""),
    "room left": (limited(200, "{}", Remaining="1", Reset_After="2.5"), TAKEN, ""),
    "no room left": (limited(200, "{}", Remaining="0", Reset_After="2.345"), TAKEN | {"retry_after_s": 3}, ""),
    "no room, no time": (limited(200, "{}", Remaining="0"), TAKEN, ""),
    "no room, nonsense": (limited(204, "", Remaining="0", Reset_After="soon"), TAKEN, ""),
    "a page": (status(200, "<html>Sign in</html>"), LATER, "the answer is not Discord's"),
    "too fast": (
        status(429, '{"message":"You are being rate limited.","retry_after":64.57,"global":false}'),
        LATER | {"retry_after_s": 65},
        "65 s",
    ),
    "too fast, by header": (status(429, "{}", retry_after=3), LATER | {"retry_after_s": 3}, "3 s"),
    "the longest counts": (
        limited(429, '{"retry_after":1.5}', Reset_After="7.2"),
        LATER | {"retry_after_s": 8},
        "8 s",
    ),
    "too fast, for a proxy": (
        status(429, "<html>1015</html>", retry_after=120),
        LATER | {"retry_after_s": 120},
        "120 s",
    ),
    "too fast, nonsense": (status(429, '{"retry_after":"soon"}'), LATER | {"retry_after_s": None}, "HTTP 429"),
    "too fast, for ever": (status(429, '{"retry_after":1e300}'), LATER | {"retry_after_s": 86_400}, "86400 s"),
    "not a wait": (limited(500, "{}", Reset_After="9"), LATER | {"retry_after_s": None}, "HTTP 500"),
    "deleted": (status(404, '{"message":"Unknown Webhook","code":10015}'), GONE, "the webhook was deleted"),
    "token": (status(401, '{"message":"Invalid Webhook Token","code":50027}'), GONE, "not valid any more"),
    "a thread gone": (status(404, '{"message":"Unknown Channel","code":10003}'), REFUSES, "see thread_id"),
    "a proxy's 404": (status(404, "<h1>Not found</h1>"), REFUSES, "HTTP 404"),
    "forum": (status(400, '{"code":220001}'), REFUSES, "set thread_id"),
    "archived": (status(400, '{"code":50083}'), REFUSES, "archived"),
    "form": (status(400, '{"message":"Invalid Form Body","code":50035}'), SMALLER, "HTTP 400"),
    "odd code": (status(400, '{"code":1e400}'), SMALLER, "HTTP 400"),
    "odd body": (status(400, '[{"code":10015}]'), SMALLER, "HTTP 400"),
    "gone": (status(410, ""), GONE, "HTTP 410"),
    "broken": (status(502, "bad gateway"), LATER, "HTTP 502"),
    "redirect": (redirect("https://discord.com/login"), LATER, "a redirect, not followed"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_an_answer_means(desk, name):
    answer, meaning, words = ANSWERS[name]

    attempt = sent(KIND, desk, answer)

    assert {key: getattr(attempt, key) for key in meaning} == meaning
    assert words in (attempt.error or "") and (attempt.error is None) == attempt.ok


@pytest.mark.parametrize("code", [200, 400, 404, 429, 500])
def test_the_address_is_never_told(desk, code):
    attempt = sent(KIND, desk, status(code, '{"code":10015,"x":"CANARY-TOKEN-1"}'))

    assert desk.received and "CANARY" not in repr(attempt)


def test_the_kind_is_known():
    assert KINDS["discord"] is KIND
    assert KIND.keys["url"].sort == "secret address" and KIND.keys["url"].is_needed
    assert KIND.per_minute == 30
