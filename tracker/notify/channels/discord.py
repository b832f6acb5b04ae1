"""Discord, by a webhook: embeds with the redline in a `diff` fence.

Lives here: the dialect, the request, and what Discord's answers mean. Nobody is ever called (`allowed_mentions` allows
none). Outside the fence every mark of a page that means something has a backslash, which Discord takes away; in it, a
character without width stands between two backticks.
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from tracker.document.edit import Level
from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import Channel, ChannelConfig, Key, Kind, Message, Surroundings
from tracker.notify.render.chat import (
    also_lines,
    diff_lines,
    markdown_address,
    more,
    utf16_units,
    within,
)
from tracker.notify.render.fit import fitted
from tracker.notify.render.notice import Notice, Piece, Told, notice_of
from tracker.notify.telling import Telling

if TYPE_CHECKING:
    from tracker.fetch.transport import Answer
    from tracker.notify.channels.posting import PostingChannel, Request

Json = dict[str, object]

# https://docs.discord.com, message and embed limits; counted in UTF-16 units, which is never less than they count.
MAX_CONTENT = 2_000
MAX_EMBEDS = 10
MAX_TITLE = 256
MAX_DESCRIPTION = 4_096
MAX_FOOTER = 2_048
MAX_IN_ALL = 6_000  # of all embeds together
MAX_LINK = 1_000
COLOURS: dict[Level, int] = {
    "critical": 0xB3261E,
    "high": 0xE8710A,
    "normal": 0x1A73E8,
    "low": 0x5F6368,
    "none": 0x9AA0A6,
}
# What means something to it; a backslash before any mark is taken away and makes the mark mean nothing.
_MARKUP = re.compile(r"[\\*_~`|<>#+\-.\[\]():@]")


# ---------------------------------------------------------------- the message


def render(telling: Telling, config: ChannelConfig) -> bytes:
    """The body of a message: `{content, embeds, allowed_mentions}`, in half the room where more was refused."""
    part = 2 if telling.small else 1

    def fits(notice: Notice) -> bool:
        return _fits(_embeds(notice, part), part)

    notice = fitted(notice_of(telling), fits)
    return orjson.dumps(
        {
            "content": escaped(notice.title, MAX_CONTENT),
            "embeds": _embeds(notice, part),
            "allowed_mentions": {"parse": []},
        }
    )


def escaped(text: str, most: int = MAX_CONTENT) -> str:
    """The text such that Discord shows it as it is, in at most so many UTF-16 units."""
    return _escape(within(text, most, lambda told: utf16_units(_escape(told))))


def _escape(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)


def _embeds(notice: Notice, part: int) -> list[Json]:
    """As few embeds as hold it: the changes one after the other, no edit parted."""
    texts: list[str] = ["\n".join(map(escaped, notice.lines))] if notice.lines else []
    alone = notice.told[0] if notice.is_of_one else None
    for told in notice.told:
        texts += _told(told, is_alone=told is alone)
    if rest := _rest(notice):
        texts.append(f"\n{rest}")
    embeds: list[Json] = [
        {"description": text, "color": COLOURS[notice.level]} for text in _packed(texts, MAX_DESCRIPTION // part)
    ]
    if not embeds:
        embeds.append({"color": COLOURS[notice.level], "description": "No more is known\\."})
    if alone is not None:
        embeds[0]["title"] = escaped(alone.head, MAX_TITLE)
    if notice.reasons:
        # A footer knows no markup: what stands there is shown as it is.
        why = within("Why you get this: " + "; ".join(notice.reasons), MAX_FOOTER, utf16_units)
        embeds[-1]["footer"] = {"text": why}
    return embeds


def _packed(texts: list[str], most: int) -> list[str]:
    packed: list[str] = []
    for text in texts:
        joined = f"{packed[-1]}\n{text}" if packed else text
        if packed and utf16_units(joined) <= most:
            packed[-1] = joined
        else:
            packed.append(text.lstrip("\n"))
    return packed


def _fits(embeds: list[Json], part: int) -> bool:
    descriptions = [utf16_units(str(embed["description"])) for embed in embeds]
    others = sum(utf16_units(str(embed.get("title", ""))) for embed in embeds)
    footer = embeds[-1].get("footer")
    others += utf16_units(str(footer["text"])) if isinstance(footer, dict) else 0
    return (
        len(embeds) <= MAX_EMBEDS
        and max(descriptions) <= MAX_DESCRIPTION // part
        and sum(descriptions) + others <= MAX_IN_ALL // part
    )


def _told(told: Told, *, is_alone: bool) -> list[str]:
    """A change in pieces that may stand in different embeds; its first one begins a paragraph."""
    said = escaped(" · ".join((*told.said, told.when, *((told.dated,) if told.dated else ()))))
    if not is_alone:
        address = markdown_address(told.link, MAX_LINK)
        said = f"**{escaped(told.head)}**" + (f" · [open]({address})" if address else "") + f"\n{said}"
    tail = [more(told.hidden, "edit")] if told.hidden else []
    tail += [told.neutral] if told.neutral else []
    return [f"\n{said}", *map(_piece, told.pieces), *([escaped(" · ".join(tail))] if tail else [])]


def _piece(piece: Piece) -> str:
    place = "".join(f" · {told}" for told in (piece.place, piece.pointer) if told)
    label = f"**{escaped(piece.words)}**{escaped(place)}"
    diff = diff_lines(piece.spans)
    return "\n".join([label, "```diff", *diff, "```"] if diff else [label])


def _rest(notice: Notice) -> str:
    lines = [escaped(line) for line in also_lines(notice)]
    if notice.more:
        lines.append(escaped(more(notice.more, "change")))
    # In the text, not as an embed's `url`: one that Discord does not like there (localhost) refuses the whole message.
    if address := markdown_address(notice.link, MAX_LINK):
        lines.append(f"[See more]({address})")
    return "\n".join(lines)


# ---------------------------------------------------------------- the request

_HOSTS = re.compile(r"(?:(?:ptb|canary)\.)?discord(?:app)?\.com")


def _request(channel: "PostingChannel", message: Message, now: datetime) -> "Request":
    from tracker.notify.channels.posting import Request

    url = _address(channel.secret("url") or "", channel.config)
    return Request(url=url, body=message.body, headers={"Content-Type": "application/json"})


def _address(url: str, config: ChannelConfig) -> str:
    """Where to post: waits for the message to be there (`wait`), into a thread, by a version whose waits are seconds.

    Raises ConfigError for an address that takes other services' messages.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url  # refused where it is used, without a word of it
    path = parts.path
    if _HOSTS.fullmatch((parts.hostname or "").lower()):
        if path.rstrip("/").endswith(("/slack", "/github")):
            remedy = "Leave out what follows the token in its address"
            raise ConfigError("Not a webhook for our messages", where=f"channel {config.name}, url", remedy=remedy)
        # Without a version it is the oldest, which tells waits in milliseconds.
        path = re.sub(r"^/api/webhooks/", "/api/v10/webhooks/", path)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | {"wait": "true"}
    if thread := config.text("thread_id"):
        query["thread_id"] = thread
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(query), ""))


def _check(config: ChannelConfig, where: str) -> None:
    thread = config.text("thread_id")
    if thread and not (thread.isascii() and thread.isdigit() and len(thread) <= 20):
        remedy = "Copy the thread's id (developer mode, right click), digits only, in quotes"
        raise ConfigError("Not the id of a thread", where=f"{where} thread_id", remedy=remedy)


# ---------------------------------------------------------------- the answer

_GONE: dict[float, str] = {10015: "the webhook was deleted", 50027: "the webhook's token is not valid any more"}
# What no smaller message mends, and a person can.
_ADVICE: dict[float, str] = {
    10003: "the thread or channel is gone: see thread_id",
    50083: "the thread is archived",
    160005: "the thread is locked",
    220001: "a forum channel needs a thread: set thread_id",
    220003: "only forum channels take new threads",
}


def _wait_s(answer: "Answer") -> float | None:
    """Seconds that a 429 asks for: in its body or in the rate limit's headers, the longer."""
    from tracker.notify.channels.posting import json_of, number_at

    if answer.status != 429:
        return None
    asked = (number_at(json_of(answer), "retry_after"), _seconds(answer.headers.get("x-ratelimit-reset-after")))
    return max((wait for wait in asked if wait is not None), default=None)


def _judge(answer: "Answer", attempt: Attempt) -> Attempt:
    from tracker.notify.channels.posting import json_of, number_at, whole_s

    data = json_of(answer)
    if attempt.ok:
        if answer.body.strip() and not isinstance(data, dict):
            error = f"HTTP {answer.status}, but the answer is not Discord's: is that the address of a webhook?"
            return replace(attempt, ok=False, error=error)
        if answer.headers.get("x-ratelimit-remaining", "").strip() == "0":
            # The next message would be refused, and refusals count: leave the channel alone until it is let in.
            wait = whole_s(_seconds(answer.headers.get("x-ratelimit-reset-after")))
            return replace(attempt, retry_after_s=wait)
        return attempt
    code = number_at(data, "code") or 0
    if code in _GONE and answer.status in (401, 403, 404):
        error = f"{attempt.error}: {_GONE[code]}; make a new one and give its address"
        return replace(attempt, error=error, permanent=True, disables=True, refuses_us=False, reason="gone")
    if code in _ADVICE:
        return replace(attempt, error=f"{attempt.error}: {_ADVICE[code]}", too_large=False, refuses_us=True)
    return attempt


def _seconds(value: str | None) -> float | None:
    text = (value or "").strip()
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII) else None


def _make(config: ChannelConfig, world: Surroundings) -> Channel:
    from tracker.notify.channels.posting import PostingChannel

    return PostingChannel(config, world, _request, wait_of=_wait_s, judge=_judge)


KIND = Kind(
    name="discord",
    help="a Discord channel, by a webhook",
    keys={
        "url": Key(sort="secret address", help="of the webhook (https://discord.com/api/webhooks/…)", is_needed=True),
        "thread_id": Key(sort="text", help="of the thread in the channel that is written to"),
    },
    render=render,
    make=_make,
    check=_check,
    per_minute=30,  # a channel takes 30 a minute; what its answers say goes before
)
