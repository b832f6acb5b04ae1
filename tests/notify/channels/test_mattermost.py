import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from tests.notify.builders import edit
from tests.notify.channels.chatting import ZERO_WIDTH, configured, payload, replaced, sent, signed, spans_of
from tests.notify.hostile import ATTACKS, LONG, hostile_telling, hostile_text
from tests.notify.tellings import NEWS, TELLINGS, at_every_level, crowd, of_edits, single, telling
from tests.publisher import Receiver, redirect, status
from tracker.errors import ConfigError
from tracker.notify.channels import KINDS
from tracker.notify.channels.mattermost import KINDS as BOTH
from tracker.notify.render.redline import runs

MATTERMOST, ROCKETCHAT = BOTH
some = settings(max_examples=40, deadline=None, derandomize=True)
FENCE = re.compile(r"^```diff\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
OUR_LINK = re.compile(r"\[(open|See more)\]\((https://tracker\.example/[^\s)]*)\)")


# What only these two know.
MORE_ATTACKS = ATTACKS | {
    "line feed symbol": "a\u2424# head\u2424- item\u2424@all",
    "smileys": "x-D ;) ;-) :) :-( :D :p :'( <3 </3 :/ :| :$ :s 8) cost:Zed 12:30",
    "paths": "C:\\Users\\x \\\\server\\y",
    "stars that begin": "*a **b ***c ~~d ~e _f __g",
    "names and places": "@all, @here! (@mallory) x@all #town ~town :tada::tada:",
    "marks of byte order": "\ufeffx\ufeff",
}


@pytest.fixture
def desk():
    with Receiver() as receiver:
        yield receiver


def posted(kind, telling, **values):
    message = payload(kind, telling, **values)
    assert set(message) == ({"text"} if kind is MATTERMOST else {"text", "parseUrls"})
    assert message.get("parseUrls") is (None if kind is MATTERMOST else False)
    return message["text"]


# ---------------------------------------------------------------- Mattermost

MARKDOWN = MarkdownIt("commonmark", {"breaks": True}).enable(["strikethrough", "table"])


def read(text):
    """What a reader of CommonMark and GitHub's strikethrough sees: (block, spans) in turn; nothing but what is ours."""
    found, place = [], "p"
    for token in MARKDOWN.parse(text):
        assert token.type in {
            *("paragraph_open", "paragraph_close", "inline", "blockquote_open", "blockquote_close"),
        }, (token.type, token.content)
        if token.type.startswith("blockquote"):
            place = "quote" if token.type == "blockquote_open" else "p"
        if token.type == "inline":
            found.append((place, inline(token.children)))
    return found


def inline(children):
    spans, mark = [], "="
    link = None
    for child in children:
        if child.type in ("s_open", "strong_open"):
            assert mark == "="
            mark = "-" if child.type == "s_open" else "+"
        elif child.type in ("s_close", "strong_close"):
            mark = "="
        elif child.type == "link_open":
            link = child.attrs["href"]
            assert link.startswith("https://tracker.example/")
        elif child.type == "link_close":
            link = None
        else:
            assert child.type in ("text", "text_special", "softbreak", "hardbreak"), child
            told = "\n" if child.type.endswith("break") else child.content
            if link is not None:
                assert told in ("open", "See more")
            if spans and spans[-1][0] == mark:
                spans[-1] = (mark, spans[-1][1] + told)
            else:
                spans.append((mark, told))
    return spans


# What Mattermost's readers look for, in the raw text and in what the marks have left of it.
CALLS = re.compile(r"@[A-Za-z0-9._-]|(?:^|\W)#[^\W\d_]|:[A-Za-z0-9_+-]+:|[A-Za-z0-9]@[A-Za-z]")
SMILEYS = re.compile(r"[:;]-?[()\[\]/|$@'`]|:-?[dopsx]\b|\bx-d\b|<3|</3", re.IGNORECASE)
ADDRESSES = re.compile(
    r"[A-Za-z][A-Za-z\d.+-]*:(?:/{1,3}|[^\W_]|%)|\bwww\d{0,3}[.]|[^\W_][\w.-]*[.][^\W\d_]{2,4}/|[$][^$\n]+[$](?!\w)"
)


def assert_mattermost_takes(text, most=16_383):
    assert 0 < len(text) <= most
    for _, spans in read(text):
        for _, told in spans:
            assert not CALLS.search(told), told
            assert not SMILEYS.search(told), told
    rest = OUR_LINK.sub("", text)
    assert not ADDRESSES.search(rest), rest
    assert not re.search(r"(?<!\\)[\[\]]", rest), rest
    assert "\u2424" not in text and "`" not in text and "|" not in text and "<" not in text


def quotes(text):
    return [merged(spans) for place, spans in read(text) if place == "quote"]


def merged(spans):
    """The spans as one text with their marks, without the characters that have no width."""
    return "".join(f"<{mark}>{told}" for mark, told in spans).replace(ZERO_WIDTH, "")


def expected(spans):
    """What a redline is to be read as: the sign, then the words in their style, then the sign; a line feed as `⏎`."""
    flat = []
    for mark, text in spans:
        text = text.replace("\n", " ⏎ ")
        begin, end = {"=": ("", ""), "-": ("[-", "-]"), "+": ("{+", "+}")}[mark]
        core = text.strip().strip("\ufeff").strip()
        before, after = (text.partition(core)[0], text.partition(core)[2]) if core else (text, "")
        flat += [("=", begin + before), (mark, core), ("=", after + end)] if mark != "=" else [("=", text)]
    joined = []
    for mark, text in flat:
        if text and joined and joined[-1][0] == mark:
            joined[-1] = (mark, joined[-1][1] + text)
        elif text:
            joined.append((mark, text))
    joined[-1] = (joined[-1][0], joined[-1][1].rstrip())
    return merged(joined)


@pytest.mark.parametrize("name", TELLINGS)
def test_mattermost_takes_every_form_of_message(name):
    text = posted(MATTERMOST, TELLINGS[name])

    assert 0 < len(text) <= 16_383
    if name != "no pages of ours":
        assert_mattermost_takes(text)
    assert "Why you get this: subscription" in text


def test_a_message_says_what_changed_where_when_and_why():
    text = posted(MATTERMOST, TELLINGS["silent"])

    told = "\n".join("".join(words for _, words in spans) for _, spans in read(text)).replace(ZERO_WIDTH, "")
    for words in ("Ruritania › Mine Ban Policy: 1 silent edit", "silent edit: the words changed", "14 Aug 2026 03:30"):
        assert words in told
    for words in ("28 Sep 2025", "replaced · high: date, number · Use", "mine-action", "chapter mine-*"):
        assert words in told
    assert OUR_LINK.findall(text) == [("See more", "https://tracker.example/c/c_9e107d9d372bb682")]
    assert quotes(text) == [
        "<=>In June [-<->2021<=>-]{+<+>2026<=>+} the government of Ruritania said that it had cleared [-<->40<=>-]{+"
        "<+>41<=>+} minefields near Strelsau."
    ]


@pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.name)
def test_a_test_says_so_first(kind):
    assert re.match(r"\*\*`?\\?\[TEST\\?\] ", posted(kind, TELLINGS["test"]))


@pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.name)
def test_without_pages_of_ours_the_link_leads_to_the_page_itself(kind):
    assert "[See more](https://monitor.example/profiles/ruritania)" in posted(kind, TELLINGS["no pages of ours"])


@pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("javascript:alert(1)", None),
        ("https://x.example/a b", None),
        ("https://x.example/" + "a" * 4_000, None),
        ("https://x.example/a)(`*~[|]", "https://x.example/a%29%28%60%2A%7E%5B%7C%5D"),
    ],
)
def test_an_address_cannot_end_its_link(kind, url, address):
    text = posted(kind, single(of_edits(*NEWS[:1], source_url=url), link_base=""))

    assert re.findall(r"\]\((.*?)\)", text) == ([address] if address else [])


@pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.name)
def test_several_changes_stand_one_after_the_other_each_with_its_link(kind):
    text = posted(kind, telling(*crowd(5), form="group"))

    links = [link for words, link in OUR_LINK.findall(text) if words == "open"]
    assert sorted(links) == [f"https://tracker.example/c/c_{n:016x}" for n in range(5)]


@pytest.mark.parametrize("small", [0, 1])
def test_too_much_for_mattermost_is_cut_by_edits_and_the_rest_is_counted(small):
    change = at_every_level(400)
    text = posted(MATTERMOST, single(change, small=small))

    assert_mattermost_takes(text, most=16_383 // (1 + small))
    shown = quotes(text)
    assert 10 < len(shown) < 400 and set(shown) <= {expected(runs(one)) for one in change.edits}
    assert f"\\+{400 - len(shown)} more edits" in text
    levels = re.findall(r"replaced · (\w+)", text)
    assert levels == sorted(levels, key=["critical", "high", "normal", "low", "none"].index) and levels[0] == "critical"


@pytest.mark.parametrize("name", MORE_ATTACKS)
def test_page_text_is_whole_in_mattermost_and_has_no_effect(name):
    telling = replaced(MORE_ATTACKS[name])
    text = posted(MATTERMOST, telling)

    assert_mattermost_takes(text)
    assert quotes(text) == [expected(spans_of(telling))]


def test_blanks_at_the_ends_of_what_changed_stand_outside_the_stars():
    # Beside a blank no star begins or ends anything; a browser counts the mark of byte order among blanks.
    telling = single(of_edits(edit(spans=(("-", "\ufeff x\u00a0"), ("+", " y\ufeff"), ("=", " z")))))

    assert "> \\[\\-\ufeff ~~x~~\u00a0\\-\\]\\{\\+ **y**\ufeff\\+\\} z" in posted(MATTERMOST, telling)


@some
@given(hostile_text())
def test_no_text_has_an_effect_in_mattermost_or_is_altered(text):
    telling = replaced(text)
    shown = posted(MATTERMOST, telling)

    assert_mattermost_takes(shown)
    assert quotes(shown) == [expected(spans_of(telling)).replace(ZERO_WIDTH, "")]


# ---------------------------------------------------------------- Rocket.Chat


def assert_rocketchat_takes(text, most=5_000):
    """All that is not ours stands in code: what is left without it is our own words."""
    assert 0 < len(text.encode("utf-16-le")) // 2 <= most
    fences = FENCE.findall(text)
    assert text.count("```") == 2 * len(fences)
    for line in "\n".join(fences).split("\n") if fences else []:
        assert line.startswith(("- ", "+ ", "  "))
    rest = re.sub(r"`[^`\n]+`", "", FENCE.sub("", text))
    rest = OUR_LINK.sub("", rest)
    assert re.fullmatch(r"(?:\*\*|Why you get this: | · |\n)*", rest), rest
    # Its server looks for names in code as well.
    assert not re.search(r"@[0-9A-Za-z_.@-]", text)


def diffs(text):
    return [fence.split("\n") for fence in FENCE.findall(text)]


def lines_of(spans):
    marks = {mark for mark, _ in spans}
    told = signed if "=" in marks else lambda mark, text: text
    sides = [
        (f"{side} ", "".join(told(mark, text) for mark, text in spans if mark in ("=", side)))
        for side in "-+"
        if "=" in marks or side in marks
    ]
    lines = [prefix + re.sub("`(?=`)", f"`{ZERO_WIDTH}", line) for prefix, text in sides for line in text.split("\n")]
    return [line.replace("@", f"@{ZERO_WIDTH}") for line in lines]


@pytest.mark.parametrize("name", TELLINGS)
def test_rocketchat_takes_every_form_of_message(name):
    text = posted(ROCKETCHAT, TELLINGS[name])

    assert_rocketchat_takes(OUR_LINK.sub("", text) if name != "no pages of ours" else re.sub(r"\[.*\)", "", text))
    assert len(text) <= 5_000 // (2 if name == "small" else 1)
    assert "Why you get this: `subscription" in text


def test_a_server_that_takes_more_is_given_more():
    telling = single(at_every_level(400))
    least, default, most = (posted(ROCKETCHAT, telling, max_chars=most) for most in (1_000, 5_000, 20_000))

    assert default == posted(ROCKETCHAT, telling)
    assert len(least) <= 1_000 < 4_000 < len(default) <= 5_000 < 18_000 < len(most) <= 20_000
    whole = [lines_of(runs(one)) for one in telling.changes[0].edits]
    for text in (least, default, most):
        assert f"`+{400 - len(diffs(text))} more edits`" in text
        assert all(lines in whole for lines in diffs(text))


def test_a_server_that_takes_next_to_nothing_is_no_channel():
    with pytest.raises(ConfigError) as wrong:
        ROCKETCHAT.check(configured(ROCKETCHAT, max_chars=999), "subscriptions.toml, [channels.desk]")

    assert "max_chars" in wrong.value.where
    ROCKETCHAT.check(configured(ROCKETCHAT, max_chars=1_000), "here")
    ROCKETCHAT.check(configured(ROCKETCHAT), "here")


@pytest.mark.parametrize("name", MORE_ATTACKS)
def test_page_text_is_whole_in_rocketchat_and_has_no_effect(name):
    telling = replaced(MORE_ATTACKS[name])
    text = posted(ROCKETCHAT, telling)

    assert_rocketchat_takes(text)
    assert diffs(text) == [lines_of(spans_of(telling))]


@some
@given(hostile_text())
def test_no_text_has_an_effect_in_rocketchat_or_is_altered(text):
    telling = replaced(text)
    shown = posted(ROCKETCHAT, telling)

    assert_rocketchat_takes(shown)
    assert diffs(shown) == [lines_of(spans_of(telling))]


# ---------------------------------------------------------------- both


@pytest.mark.parametrize("form", ["single", "group"])
def test_page_text_in_every_place_has_no_effect(form):
    for text in MORE_ATTACKS.values():
        telling = hostile_telling(text, form=form, changes=1 if form == "single" else 2)

        assert_mattermost_takes(posted(MATTERMOST, telling))
        assert_rocketchat_takes(posted(ROCKETCHAT, telling))


@pytest.mark.parametrize("name", LONG)
def test_no_length_is_too_much(name):
    assert_mattermost_takes(posted(MATTERMOST, hostile_telling(LONG[name])))
    assert_rocketchat_takes(posted(ROCKETCHAT, replace(hostile_telling(LONG[name]), small=1)), most=2_500)


@pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.name)
def test_it_is_posted_as_json_to_the_secret_address(desk, kind):
    sent(kind, desk, status(200, "ok"))

    (request,) = desk.received
    assert (request.method, request.path) == ("POST", "/services/CANARY-TOKEN-1")
    assert request.headers["content-type"] == "application/json"
    assert request.body == '{"text":"Mine — clearance"}'.encode()


def failed(code, id):
    return status(code, f'{{"id":"{id}","message":"x","status_code":{code}}}')


LATER = {"ok": False, "too_large": False, "refuses_us": False, "permanent": False}
SMALLER = {"ok": False, "too_large": True, "refuses_us": False, "permanent": False}
REFUSES = {"ok": False, "too_large": False, "refuses_us": True, "permanent": False, "disables": False}
GONE = {"ok": False, "permanent": True, "disables": True, "reason": "gone"}
NOT_POSTED = "nothing says that it was posted"
ANSWERS = {
    "ok": (status(200, "ok"), {"ok": True}, ""),
    "quoted": (status(200, '"ok"\n'), {"ok": True}, ""),
    "rocket": (status(200, '{"success":true}'), {"ok": True}, ""),
    "rocket says no": (status(200, '{"success":false,"error":"x"}'), LATER, NOT_POSTED),
    "a page": (status(200, "<html>Sign in</html>"), LATER, NOT_POSTED),
    "an empty 200": (status(200, ""), LATER, NOT_POSTED),
    "no content": (status(204), LATER, NOT_POSTED),
    "a list": (status(200, "[1]"), LATER, NOT_POSTED),
    "webhook removed": (failed(400, "web.incoming_webhook.invalid.app_error"), REFUSES, "make a new one"),
    "channel gone": (failed(404, "web.incoming_webhook.channel.app_error"), REFUSES, "the channel is gone"),
    "switched off": (failed(501, "web.incoming_webhook.disabled.app_error"), REFUSES, "switched incoming webhooks off"),
    "not allowed": (failed(403, "web.incoming_webhook.permissions.app_error"), REFUSES, "may not write"),
    "archived": (failed(400, "api.post.create_post.can_not_post_to_deleted.error"), REFUSES, "archived"),
    "too long": (failed(400, "model.post.is_valid.message_length.app_error"), SMALLER, "HTTP 400"),
    "rocket, no channel": (
        status(400, '{"success":false,"error":"error-invalid-channel"}'),
        REFUSES,
        "the channel is gone",
    ),
    "rocket, too long": (status(400, '{"success":false,"error":"error-message-size-exceeded"}'), SMALLER, "HTTP 400"),
    "odd id": (status(400, '{"id":["x"]}'), SMALLER, "HTTP 400"),
    "too large": (status(413, "<html>"), SMALLER, "HTTP 413"),
    "too fast": (status(429, "limit exceeded", retry_after=2), LATER | {"retry_after_s": 2}, "2 s"),
    "rocket, too fast": (
        status(429, '{"success":false,"error":"Error, too many requests. You must wait 32 seconds before trying"}'),
        LATER | {"retry_after_s": 32},
        "32 s",
    ),
    "unknown": (status(404, "<h1>Not found</h1>"), REFUSES, "HTTP 404"),
    "gone": (status(410, ""), GONE, "HTTP 410"),
    "broken": (status(500, '{"id":"x"}'), LATER, "HTTP 500"),
    "redirect": (redirect("https://chat.example.org/login"), LATER, "a redirect, not followed"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_an_answer_means(desk, name):
    answer, meaning, words = ANSWERS[name]

    attempt = sent(MATTERMOST, desk, answer)

    assert {key: getattr(attempt, key) for key in meaning} == meaning
    assert words in (attempt.error or "") and (attempt.error is None) == attempt.ok


@pytest.mark.parametrize("code", [200, 400, 404, 500])
def test_the_address_is_never_told(desk, code):
    attempt = sent(ROCKETCHAT, desk, status(code, '{"success":false,"error":"CANARY-TOKEN-1"}'))

    assert desk.received and "CANARY" not in repr(attempt)


def test_the_kinds_are_known():
    assert (KINDS["mattermost"], KINDS["rocketchat"]) == BOTH
    assert all(kind.keys["url"].sort == "secret address" and kind.keys["url"].is_needed for kind in BOTH)
