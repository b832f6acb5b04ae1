"""Mattermost and Rocket.Chat, by an incoming webhook: `{"text": …}` in the Markdown of each.

Lives here: the two dialects, the request, and what the answers mean. The two read Markdown differently. Mattermost
knows backslashes and entities, so page text stands in the flow, the redline as `[-~~old~~-]{+**new**+}`. Rocket.Chat
knows neither, so there page text stands in code only: labels in `…`, redlines in a `diff` fence. In both a character
without width follows each `@`, for both servers look for names to call in the raw text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import orjson

from tracker.document.edit import Span
from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import Channel, ChannelConfig, Key, Kind, Message, Surroundings
from tracker.notify.render.chat import ZERO_WIDTH, also_lines, diff_lines, markdown_address, more, utf16_units
from tracker.notify.render.fit import fitted
from tracker.notify.render.notice import Notice, Piece, Told, notice_of
from tracker.notify.telling import Telling

if TYPE_CHECKING:
    from tracker.fetch.transport import Answer
    from tracker.notify.channels.posting import PostingChannel, Request

MATTERMOST_RUNES = 16_383  # a post; a longer one is split by the server, wherever it may be
ROCKETCHAT_UNITS = 5_000  # Message_MaxAllowedSize as installed
LEAST_UNITS = 1_000  # less holds no message
MAX_LINK = 2_000
LINE_FEED = " ⏎ "  # what a line feed of a page is shown as, where a new line could begin a list or a heading


@dataclass(frozen=True, slots=True)
class _Dialect:
    """label: page text in the flow. redline: the lines of one. measure: of a text, as the server counts it."""

    label: Callable[[str], str]
    redline: Callable[[Piece], list[str]]
    measure: Callable[[str], int]


# ---------------------------------------------------------------- what both say


def _render(telling: Telling, dialect: _Dialect, most: int, **other: object) -> bytes:
    room = most // 2 if telling.small else most
    notice = fitted(notice_of(telling), lambda part: dialect.measure(_text(part, dialect)) <= room)
    return orjson.dumps({"text": _text(notice, dialect), **other})


def _text(notice: Notice, dialect: _Dialect) -> str:
    label = dialect.label
    alone = notice.is_of_one
    parts = [f"**{label(notice.title)}**", "\n".join(map(label, notice.lines))]
    parts += [_told(told, dialect, is_alone=alone) for told in notice.told]
    parts += [label(line) for line in also_lines(notice)]
    parts += [label(more(notice.more, "change"))] if notice.more else []
    address = markdown_address(notice.link, MAX_LINK)
    parts += [f"[See more]({address})"] if address else []
    parts += ["Why you get this: " + label("; ".join(notice.reasons))] if notice.reasons else []
    return "\n\n".join(part for part in parts if part)


def _told(told: Told, dialect: _Dialect, *, is_alone: bool) -> str:
    label = dialect.label
    lines = [label(" · ".join((*told.said, told.when, *((told.dated,) if told.dated else ()))))]
    if not is_alone:
        address = markdown_address(told.link, MAX_LINK)
        lines.insert(0, f"**{label(told.head)}**" + (f" · [open]({address})" if address else ""))
    for piece in told.pieces:
        place = " · ".join(part for part in (piece.words, piece.place, piece.pointer) if part)
        lines += [label(place), *dialect.redline(piece)]
    tail = [more(told.hidden, "edit")] if told.hidden else []
    tail += [told.neutral] if told.neutral else []
    if tail:
        lines.append(label(" · ".join(tail)))
    return "\n".join(lines)


# ---------------------------------------------------------------- Mattermost

# Three readers have to agree: the server's (whom to call), the browser's and the telephones'. All know entities. The
# browser's knows a backslash only before some marks, takes U+2424 for a line feed, and looks for smileys, tags and
# names in what the marks have left: there a character without width stands between.
_TABLE = str.maketrans(
    {mark: f"&#{ord(mark)};" for mark in "\\*~>&$|`^=\u2424"}
    | {mark: f"\\{mark}" for mark in "_[](){}.-+!"}
    | {mark: f"{mark}{ZERO_WIDTH}" for mark in "@#"}
    | {"<": f"&#60;{ZERO_WIDTH}"}
)
_CORE = re.compile(r"([\s\ufeff]*)(.*?)([\s\ufeff]*)")  # stars beside a blank would not begin or end anything
_SMILEY = re.compile(r"[:;](?=\S)|(?<=[xX])-(?=[dD])")


def escaped(text: str) -> str:
    """The text, on one line, such that Mattermost shows it as it is."""
    parted = _SMILEY.sub(lambda found: found[0] + ZERO_WIDTH, text.replace("\n", LINE_FEED))
    return parted.translate(_TABLE)


def _quoted(piece: Piece) -> list[str]:
    told = "".join(map(_run, piece.spans)).strip()
    return ["> " + told, ""] if told else []  # a line behind a quote belongs to it, unless one is empty


def _run(span: Span) -> str:
    """The signs stand outside the stars: beside a letter, stars before a mark would not begin anything."""
    mark, text = span
    if mark == "=":
        return escaped(text)
    begins, stars, ends = (r"\[\-", "~~", r"\-\]") if mark == "-" else (r"\{\+", "**", r"\+\}")
    found = _CORE.fullmatch(text.replace("\n", LINE_FEED))
    before, core, after = found.groups() if found else ("", text, "")
    if not core:
        return f"{begins}{before}{ends}"
    return f"{begins}{before}{stars}{escaped(core)}{stars}{after}{ends}"


MATTERMOST = _Dialect(escaped, _quoted, len)


# ---------------------------------------------------------------- Rocket.Chat


def coded(text: str) -> str:
    """The text, on one line, as inline code, where nothing means anything; a backtick cannot stand there."""
    told = text.replace("\n", " ").replace("`", "\N{MODIFIER LETTER GRAVE ACCENT}").strip()
    return f"`{_uncalled(told)}`" if told else ""


def _fence(piece: Piece) -> list[str]:
    lines = diff_lines(piece.spans)
    return ["```diff", *map(_uncalled, lines), "```"] if lines else []


def _uncalled(text: str) -> str:
    """No name in it is called: also code is searched for them."""
    return text.replace("@", f"@{ZERO_WIDTH}")


ROCKETCHAT = _Dialect(coded, _fence, utf16_units)


# ---------------------------------------------------------------- the request, and its answer

_MANY = re.compile(r"must wait (\d{1,6}) seconds")


def _request(channel: "PostingChannel", message: Message, now: datetime) -> "Request":
    from tracker.notify.channels.posting import Request

    url = channel.secret("url") or ""
    return Request(url=url, body=message.body, headers={"Content-Type": "application/json"})


def _wait_s(answer: "Answer") -> float | None:
    """Seconds that Rocket.Chat asks for, in words."""
    found = _MANY.search(answer.body[:2_000].decode("utf-8", "replace"))
    return float(found[1]) if found else None


# Ids of Mattermost's errors that a smaller message does not mend: a person has to.
_ADVICE = {
    "web.incoming_webhook.invalid.app_error": "the webhook is not there any more; make a new one",
    "web.incoming_webhook.channel.app_error": "the channel is gone",
    "web.incoming_webhook.disabled.app_error": "an admin has switched incoming webhooks off",
    "web.incoming_webhook.permissions.app_error": "the webhook may not write to that channel",
    "api.post.create_post.can_not_post_to_deleted.error": "the channel is archived",
    "error-invalid-channel": "the channel is gone",
    "error-archived-room": "the channel is archived",
}


def _judge(answer: "Answer", attempt: Attempt) -> Attempt:
    """Mattermost's success is `ok`, Rocket.Chat's `{"success": true}`: with another body nothing was posted."""
    from tracker.notify.channels.posting import json_of

    data = json_of(answer)
    said = data if isinstance(data, dict) else {}
    if attempt.ok:
        if answer.body.strip().strip(b'"') == b"ok" or said.get("success") is True:
            return attempt
        error = (
            f"HTTP {answer.status}, but nothing says that it was posted: is that the address of an incoming webhook?"
        )
        return replace(attempt, ok=False, error=error)
    named = (str(said.get(key)) for key in ("id", "errorType", "error"))
    advice = next((_ADVICE[name] for name in named if name in _ADVICE), None)
    if advice is None:
        return attempt
    return replace(attempt, error=f"{attempt.error}: {advice}", too_large=False, refuses_us=True)


def _make(config: ChannelConfig, world: Surroundings) -> Channel:
    from tracker.notify.channels.posting import PostingChannel

    return PostingChannel(config, world, _request, wait_of=_wait_s, judge=_judge)


def _render_mattermost(telling: Telling, config: ChannelConfig) -> bytes:
    return _render(telling, MATTERMOST, MATTERMOST_RUNES)


def _render_rocketchat(telling: Telling, config: ChannelConfig) -> bytes:
    # Its server looks for addresses in code as well, and would ask them for a preview.
    return _render(telling, ROCKETCHAT, config.number("max_chars", ROCKETCHAT_UNITS), parseUrls=False)


def _check_rocketchat(config: ChannelConfig, where: str) -> None:
    if config.number("max_chars", ROCKETCHAT_UNITS) < LEAST_UNITS:
        remedy = f"Give what the server takes (Message_MaxAllowedSize), {LEAST_UNITS} or more"
        raise ConfigError("Too few characters for a message", where=f"{where} max_chars", remedy=remedy)


_URL = Key(sort="secret address", help="of the incoming webhook (https://chat.example.org/hooks/…)", is_needed=True)
KINDS = (
    Kind(
        name="mattermost",
        help="a Mattermost channel, by an incoming webhook",
        keys={"url": _URL},
        render=_render_mattermost,
        make=_make,
        per_minute=300,
    ),
    Kind(
        name="rocketchat",
        help="a Rocket.Chat channel, by an incoming webhook",
        keys={
            "url": _URL,
            "max_chars": Key(sort="number", help=f"that the server takes a message (default {ROCKETCHAT_UNITS})"),
        },
        render=_render_rocketchat,
        make=_make,
        check=_check_rocketchat,
        per_minute=10,  # its limiter as installed: 10 calls a minute
    ),
)
