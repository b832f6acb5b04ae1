"""Telegram: a message of a bot, by the Bot API.

Texts of a page are escaped, and changed as render/disarm.py says, because Telegram makes links, mentions, tags and
commands of plain text, also beside parse_mode. The bot's token stands in the path of the address: it is struck out of
everything. The chat is put in at each try and is no part of the frozen message, so that what is owed goes where the
chat is now.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

import orjson

from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import Channel, ChannelConfig, Key, Kind, Message, Surroundings
from tracker.notify.render.disarm import disarmed
from tracker.notify.render.fit import fitted
from tracker.notify.render.notice import Notice, notice_of
from tracker.notify.render.paragraphs import Paragraph, Run, Style, paragraphs
from tracker.notify.render.redline import safe
from tracker.notify.telling import Telling

if TYPE_CHECKING:
    from tracker.fetch.transport import Answer
    from tracker.notify.channels.posting import PostingChannel, Request

MAX_UNITS = 4096  # Bot API, sendMessage: UTF-16 code units, after entities were parsed
MAX_ENTITIES = 90  # of 100, beyond which formatting is lost; the rest for what Telegram finds by itself (telephones)
API = "https://api.telegram.org"
_TAGS: dict[Style, str] = {"strong": "b", "-": "s", "+": "u"}
_HEADS: dict[Style, str] = {"strong": "b"}
_PLAIN: dict[Style, str] = {}
_ABOUT_THE_CHAT = re.compile(r"\b(chat|group|channel|peer|thread|topic|rights|member|user)\b", re.I)
_ABOUT_THE_TEXT = re.compile(r"too long|entit|text is empty", re.I)


# ---------------------------------------------------------------- the message


@dataclass(frozen=True, slots=True)
class _Written:
    html: str
    units: int
    entities: int


def body(telling: Telling) -> bytes:
    """The parameters of sendMessage but the chat: the same bytes for the same telling, 4,096 UTF-16 units of text."""
    most = MAX_UNITS // 2 if telling.small else MAX_UNITS

    def fits(notice: Notice) -> bool:
        written = _html(notice, _PLAIN)
        return written.units <= most and written.entities <= MAX_ENTITIES

    notice = fitted(notice_of(telling), fits)
    # The signs of the redline stand in the text in any case: without tags it says the same, in the same length.
    styled = (_html(notice, tags) for tags in (_TAGS, _HEADS, _PLAIN))
    written = next((made for made in styled if made.entities <= MAX_ENTITIES), _html(notice, _PLAIN))
    return orjson.dumps({"text": written.html, "parse_mode": "HTML", "link_preview_options": {"is_disabled": True}})


def _html(notice: Notice, tags: dict[Style, str]) -> _Written:
    lines: list[str] = []
    units = entities = 0
    for paragraph in paragraphs(disarmed(notice)):
        gap = "\n" if paragraph.begins and lines else ""
        line, count = _line(paragraph, tags)
        lines.append(gap + line)
        entities += count
        units += len(gap) + sum(_units(run.text) for run in paragraph.runs) + 1
    return _Written("\n".join(lines), units - 1, entities)


def _line(paragraph: Paragraph, tags: dict[Style, str]) -> tuple[str, int]:
    """A paragraph as HTML, and how many entities Telegram makes of it."""
    made = [_run(run, tags) for run in paragraph.runs]
    line, count = "".join(html for html, _ in made), sum(is_entity for _, is_entity in made)
    return (f"<blockquote>{line}</blockquote>", count + 1) if paragraph.is_quote else (line, count)


def _run(run: Run, tags: dict[Style, str]) -> tuple[str, bool]:
    shown = escape(run.text, quote=run.style == "link")
    if run.style == "link":
        return f'<a href="{shown}">{shown}</a>', True
    tag = tags.get(run.style)
    return (f"<{tag}>{shown}</{tag}>", True) if tag else (shown, False)


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text) + sum(ord(c) > 0xFFFF for c in text)


# ---------------------------------------------------------------- the channel


def _make(config: ChannelConfig, world: Surroundings) -> Channel:
    from tracker.notify.channels.posting import PostingChannel

    return PostingChannel(config, world, _request, wait_of=_wait_s, judge=_judged)


def _request(channel: "PostingChannel", message: Message, now: datetime) -> "Request":
    from tracker.notify.channels.posting import Request

    token, config = channel.secret("token") or "", channel.config
    if not re.fullmatch(r"\d+:[A-Za-z0-9_-]+", token, re.ASCII):
        remedy = "Put the token there as BotFather gave it: a number, a colon, letters and digits"
        raise ConfigError("Not a bot's token", where=str(config.ref("token")), remedy=remedy)
    api = channel.secret("api") or API
    topic = {"message_thread_id": config.number("topic", 0)} if config.number("topic", 0) else {}
    return Request(
        url=f"{api.rstrip('/')}/bot{token}/sendMessage",
        body=orjson.dumps({"chat_id": config.text("chat"), **topic, **orjson.loads(message.body)}),
        headers={"Content-Type": "application/json"},
        secrets=(token, f"bot{token}", token.partition(":")[2]),
    )


def _wait_s(answer: "Answer") -> float | None:
    from tracker.notify.channels.posting import json_of, number_at

    return number_at(json_of(answer), "parameters", "retry_after")


def _judged(answer: "Answer", attempt: Attempt) -> Attempt:
    """Telegram says in `ok` whether it took the message, and in words what is wrong."""
    from dataclasses import replace

    from tracker.notify.channels.posting import json_of, number_at

    data = json_of(answer)
    known = data if isinstance(data, dict) else {}
    if attempt.ok:
        if known.get("ok") is True:
            return attempt
        return replace(attempt, ok=False, error=f"HTTP {answer.status}, but this is not an answer of the Bot API")
    said = known.get("description")
    words = " ".join(safe(said).split()) if isinstance(said, str) else ""
    error = f"{attempt.error}, {words}" if words else attempt.error
    moved_to = number_at(data, "parameters", "migrate_to_chat_id")
    if moved_to is not None:
        error = f"{error}. The group's id is {moved_to:.0f} now: give the channel that chat"
    is_about_chat = moved_to is not None or (
        attempt.too_large and bool(_ABOUT_THE_CHAT.search(words)) and not _ABOUT_THE_TEXT.search(words)
    )
    if not is_about_chat:
        return replace(attempt, error=error)
    # No smaller message would be taken: somebody has to mend the channel. Until then it is refused.
    return replace(attempt, error=error, too_large=False, refuses_us=True)


def _check(config: ChannelConfig, where: str) -> None:
    if not re.fullmatch(r"-?\d{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31}", config.text("chat"), re.ASCII):
        remedy = "Give the chat's number, such as -1001234567890, or a public channel's @name"
        raise ConfigError(f"{config.text('chat')!r} is no chat of Telegram", where=where, remedy=remedy)


def _render(telling: Telling, config: ChannelConfig) -> bytes:
    return body(telling)


KIND = Kind(
    name="telegram",
    help="a chat, group or channel on Telegram",
    keys={
        "token": Key(sort="secret", help="of the bot, as BotFather gave it", is_needed=True),
        "chat": Key(sort="text", help="number of the chat, or @name of a public channel", is_needed=True),
        "topic": Key(sort="number", help="a topic in the group: the number of its first message"),
        "api": Key(sort="address", help=f"of the Bot API, by default {API}"),
    },
    render=_render,
    make=_make,
    check=_check,
    per_minute=20,  # to a group; Telegram: "one message a second", "20 a minute" in a group
)
