import json
import logging
import re
from html import unescape

import pytest
from hypothesis import given, settings
from selectolax.lexbor import LexborHTMLParser

from tests.notify.channels.retold import CORPUS, assert_told, is_safe, links_in, message_of, sender
from tests.notify.hostile import hostile_telling, hostile_text
from tests.notify.tellings import TELLINGS, single
from tests.publisher import Receiver, body_drip, hang_up, raw, redirect, stall, status
from tracker import clock
from tracker.errors import ConfigError
from tracker.notify.channels import ChannelConfig
from tracker.notify.channels.telegram import KIND
from tracker.notify.secret import Ref

TOKEN = "123456789:CANARY-bot_token-of-35-characters00"
OK = status(200, '{"ok":true,"result":{"message_id":7}}', headers={"Content-Type": "application/json"})
TAGS = {"b", "s", "u", "a", "blockquote"}


def failure(code, description, **parameters):
    said = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return status(code, json.dumps(said), headers={"Content-Type": "application/json"})


@pytest.fixture
def api():
    with Receiver() as receiver:
        receiver.script(OK)
        yield receiver


def bot(api, *, token=TOKEN, timeout_s=5.0, **other):
    values = {"token": Ref("env", "BOT"), "chat": "-1001234567890", "api": api.url(""), **other}
    return sender(KIND, values, {"BOT": token}, timeout_s=timeout_s)


def send(api, *, of=TELLINGS["silent"], **other):
    return bot(api, **other).send(message_of(KIND, of), now=clock.now())


class Read:
    """A text as the Bot API reads it: nothing but its tags, each closed in turn; offsets and lengths in UTF-16."""

    def __init__(self, body: bytes) -> None:
        self.parameters = json.loads(body)
        self.text, self.entities, self.quotes, self.links = "", 0, [], []
        open_tags: list[tuple[str, int]] = []
        for tag, words in re.findall(r"<([^<>]*)>|([^<>]+)", self.parameters["text"]):
            name = tag.split(" ")[0].lstrip("/")
            assert not tag or name in TAGS, tag
            if tag.startswith("/"):
                opened, at = open_tags.pop()
                assert opened == name
                assert len(self.text) > at, "an entity of nothing"
                self.entities += 1
                if name == "blockquote":
                    self.quotes.append(self.text[at:])
                elif name == "a":
                    assert self.text[at:] == self.links[-1]
            elif tag:
                assert tag == name or name == "a"
                if name == "a":
                    self.links.append(unescape(re.fullmatch('a href="([^"]*)"', tag)[1]))
                open_tags.append((name, len(self.text)))
            else:
                assert re.sub(r"&(amp|lt|gt|quot|#x27);", "", words).count("&") == 0
                self.text += unescape(words)
        assert not open_tags
        self.units = len(self.text.encode("utf-16-le")) // 2

    @property
    def unlinked(self) -> str:
        """All but our links."""
        text = self.text
        for link in self.links:
            text = text.replace(link, "")
        return text


def found_by_telegram(text):
    """What Telegram makes of plain text beside links: mentions, tags, commands, its own addresses (TDLib's rules)."""
    return re.findall(r"(?<!\w)[@#$]\w+|(?<![\w/<>])/\w+|(?:tg|ton)://[\w-]+|[\w-]+\.(?:example|me|org)\b", text, re.I)


def assert_well_told(telling):
    read = Read(KIND.render(telling, None))
    assert read.units <= (2048 if telling.small else 4096)
    assert read.entities <= 90
    assert_told(read.quotes, telling)
    assert links_in(read.unlinked) == []
    assert found_by_telegram(read.unlinked) == []
    assert is_safe(read.text)
    assert read.text.strip(), "Telegram refuses an empty text"
    return read


@pytest.mark.parametrize("name", CORPUS)
def test_every_message_fits_and_tells_what_was_written_and_nothing_takes_effect(name):
    assert_well_told(CORPUS[name])


@settings(max_examples=40, deadline=None)
@given(hostile_text())
def test_whatever_a_page_writes_stays_text(text):
    assert_well_told(hostile_telling(text))


@pytest.mark.parametrize("altered", ["In June [-2021-]{+2027+} …", "", "In June [-2021-] the government"])
def test_the_reader_of_these_tests_sees_what_nobody_wrote(altered):
    with pytest.raises(AssertionError):
        assert_told([altered] if altered else [], TELLINGS["silent"])


@pytest.mark.parametrize("name", ["silent", "every kind", "storm", "attack: html", "attack: entities"])
def test_a_parser_of_html_reads_the_same_text(name):
    html = json.loads(KIND.render(CORPUS[name], None))["text"]

    assert LexborHTMLParser(f"<body>{html}</body>").body.text() == Read(KIND.render(CORPUS[name], None)).text


def test_a_message_says_all_that_it_has_to():
    text = Read(KIND.render(TELLINGS["silent"], None)).text

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


def test_removed_is_struck_and_added_underlined_and_both_have_signs():
    html = json.loads(KIND.render(TELLINGS["silent"], None))["text"]

    assert "In June <s>[-2021-]</s><u>{+2026+}</u> the government" in html


def test_beyond_what_telegram_formats_the_signs_alone_tell_it():
    read = assert_well_told(TELLINGS["400 edits"])

    assert "<s>" not in read.parameters["text"]
    assert "[-2025-]{+2026+}" in read.text
    assert re.search(r"\+\d+ more edits", read.text)
    assert "tracker.example/c/" in read.text


def test_a_trial_says_so_in_its_title():
    assert json.loads(KIND.render(TELLINGS["test"], None))["text"].startswith("<b>[TEST] ")


def test_the_same_message_has_the_same_bytes_and_previews_nothing():
    first, second = (KIND.render(single(), None) for _ in range(2))

    assert first == second
    assert json.loads(first)["link_preview_options"] == {"is_disabled": True}


# ---------------------------------------------------------------- the request


def test_a_message_goes_to_the_chat_that_the_channel_has_now(api):
    attempt = send(api, topic=42)

    (request,) = api.received
    sent = json.loads(request.body)
    assert (attempt.ok, attempt.status) == (True, 200)
    assert (request.method, request.path) == ("POST", f"/bot{TOKEN}/sendMessage")
    assert (sent["chat_id"], sent["message_thread_id"], sent["parse_mode"]) == ("-1001234567890", 42, "HTML")
    assert sent["text"] == json.loads(message_of(KIND, TELLINGS["silent"]).body)["text"]


@pytest.mark.parametrize(
    ("answer", "says", "expected"),
    [
        (failure(429, "Too Many Requests: retry after 7", retry_after=7), "429", {"retry_after_s": 7}),
        (failure(403, "Forbidden: bot was blocked by the user"), "bot was blocked", {"refuses_us": True}),
        (failure(401, "Unauthorized"), "Unauthorized", {"refuses_us": True}),
        (failure(404, "Not Found"), "Not Found", {"refuses_us": True}),
        (failure(400, "Bad Request: chat not found"), "chat not found", {"refuses_us": True, "too_large": False}),
        (failure(400, "Bad Request: message is too long"), "too long", {"too_large": True, "refuses_us": False}),
        (
            failure(400, "Bad Request: can't parse entities: unclosed tag at byte offset 4"),
            "can't parse",
            {"too_large": True, "refuses_us": False},
        ),
        (
            failure(
                400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1009876543210
            ),
            "-1009876543210",
            {"refuses_us": True, "too_large": False, "permanent": False},
        ),
        (failure(500, "Internal Server Error"), "500", {"permanent": False, "refuses_us": False}),
        (status(502, "<html>Bad Gateway</html>"), "502", {"permanent": False}),
        (status(410), "410", {"permanent": True, "disables": True}),
        (redirect("http://127.0.0.1:1/"), "redirect", {"permanent": False}),
        (status(200, "<html>log in</html>", headers={"Content-Type": "text/html"}), "not an answer", {}),
        (status(200, '{"ok":false}'), "not an answer", {}),
        (status(204), "not an answer", {}),
        (hang_up(), "", {"status": None}),
        (raw(b"SSH-2.0-x\r\n"), "not HTTP", {"status": None}),
    ],
)
def test_what_an_answer_means(api, answer, says, expected):
    api.script(answer)

    attempt = send(api)

    assert not attempt.ok and says in attempt.error
    assert {key: getattr(attempt, key) for key in expected} == expected
    assert len(api.received) == 1, "one request a try"


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        failure(400, f"Bad Request: what is {TOKEN}?"),
        status(404, f"/bot{TOKEN}/sendMessage is not here"),
        status(500, TOKEN.partition(":")[2]),
        status(500, TOKEN.replace(":", "%3A")),
        redirect(f"http://127.0.0.1:1/bot{TOKEN}/sendMessage"),
        raw(f"{TOKEN}\r\n\r\n".encode()),
        hang_up(),
        stall(),
        body_drip(),
    ],
)
def test_the_token_is_nowhere_but_in_the_request(api, answer, caplog):
    caplog.set_level(logging.DEBUG)
    api.script(answer)

    attempt = send(api, timeout_s=0.25)

    assert TOKEN in api.received[0].path
    assert "CANARY" not in repr(attempt) + caplog.text
    assert "CANARY" not in message_of(KIND, TELLINGS["silent"]).body.decode()


@pytest.mark.parametrize("token", ["CANARY", "123:CANARY/../x", "123:CANARY x", "CANARY:abc", "123:"])
def test_what_is_no_token_is_not_sent_and_not_told(api, token):
    attempt = send(api, token=token)

    assert not attempt.ok and "env:BOT" in attempt.error and "CANARY" not in attempt.error
    assert api.connections == 0


@pytest.mark.parametrize("chat", ["-1001234567890", "42", "@ruritania_news"])
def test_a_chat_is_a_number_or_a_public_name(chat):
    KIND.check(ChannelConfig(name="desk", kind="telegram", values={"chat": chat}), "subscriptions.toml")


@pytest.mark.parametrize("chat", ["", "ruritania", "@x", "https://t.me/ruritania", "-100 123", "@rurit/ania"])
def test_no_chat_is_refused_with_advice(chat):
    with pytest.raises(ConfigError) as refused:
        KIND.check(ChannelConfig(name="desk", kind="telegram", values={"chat": chat}), "subscriptions.toml")

    assert "-100" in refused.value.remedy
