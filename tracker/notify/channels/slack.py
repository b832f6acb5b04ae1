"""Slack, by an incoming webhook: blocks of rich text, in which page text is literal.

Lives here: the dialect, the request, and what Slack's answers mean. A page can call nobody and link nowhere: its words
stand in `text` elements of `rich_text`, which Slack does not parse, and in `plain_text`. mrkdwn is nowhere but in the
top-level `text` (push previews), escaped.
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from tracker.document.edit import Span
from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import Channel, ChannelConfig, Key, Kind, Message, Surroundings
from tracker.notify.render.chat import ZERO_WIDTH, also_lines, linkable, more, utf16_units, within
from tracker.notify.render.disarm import unlinked
from tracker.notify.render.fit import fitted
from tracker.notify.render.notice import Notice, Piece, Told, notice_of
from tracker.notify.render.redline import signed
from tracker.notify.render.shorten import shorter, words_cut
from tracker.notify.telling import Telling

if TYPE_CHECKING:
    from tracker.fetch.transport import Answer
    from tracker.notify.channels.posting import PostingChannel, Request

Json = dict[str, object]

_MARKS = re.compile(r"[*_~`]+")
MAX_BLOCKS = 50  # a message
MAX_HEADER = 150  # characters of a header block
MAX_CONTEXT = 2_000  # characters of a context block's text; 3,000 are allowed
MAX_LINK = 3_000  # characters of an address
MAX_PREVIEW = 300  # characters of the top-level text
# Undocumented. Messages were refused above 13,200 characters in all (slackapi/bolt-js#2509), rich text with less of
# text in it (#2867); so we count the blocks as they are written, names and brackets too.
MAX_WRITTEN = 13_000
STYLES: dict[str, Json] = {"-": {"strike": True}, "+": {"bold": True}}


# ---------------------------------------------------------------- the message


def render(telling: Telling, config: ChannelConfig) -> bytes:
    """The body of a message: `{text, blocks}`, in half of what Slack takes where it refused more."""
    most = MAX_WRITTEN // 2 if telling.small else MAX_WRITTEN

    def fits(notice: Notice) -> bool:
        blocks = _blocks(notice)
        return len(blocks) <= MAX_BLOCKS and utf16_units(orjson.dumps(blocks).decode()) <= most

    notice = fitted(notice_of(telling), fits)
    return orjson.dumps(
        {
            "text": _preview(notice),
            "blocks": _blocks(notice),
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
        }
    )


def _preview(notice: Notice) -> str:
    """One line for a lock screen: the title, and the first redline."""
    first = next((piece.spans for told in notice.told for piece in told.pieces if piece.spans), ())
    said = "".join(map(signed, shorter(first, 120))).replace("\n", " ")
    told = words_cut(f"{notice.title}: {said}" if said else notice.title, MAX_PREVIEW)
    inert = _MARKS.sub(lambda found: f"{ZERO_WIDTH}{found[0]}{ZERO_WIDTH}", unlinked(told))  # it is read as mrkdwn
    return inert.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(notice: Notice) -> list[Json]:
    header = within(notice.title, MAX_HEADER, utf16_units)
    blocks: list[Json] = [{"type": "header", "text": {"type": "plain_text", "text": header, "emoji": False}}]
    if notice.lines:
        blocks.append(_rich([_section(_text("\n".join(notice.lines)))]))
    blocks += map(_told, notice.told)
    if rest := _rest(notice):
        blocks.append(_rich([_section(*rest)]))
    if notice.reasons:
        why = within("Why you get this: " + "; ".join(notice.reasons), MAX_CONTEXT, utf16_units)
        blocks.append({"type": "context", "elements": [{"type": "plain_text", "text": why, "emoji": False}]})
    return blocks


def _told(told: Told) -> Json:
    said = " · ".join((*told.said, told.when, *((told.dated,) if told.dated else ())))
    head = _link(told.link, told.head, bold=True)
    elements = [_section(head, _text(f"\n{said}"))]
    for piece in told.pieces:
        elements += _piece(piece)
    tail = [more(told.hidden, "edit")] if told.hidden else []
    tail += [told.neutral] if told.neutral else []
    if tail:
        elements.append(_section(_text(" · ".join(tail), italic=True)))
    return _rich(elements)


def _piece(piece: Piece) -> list[Json]:
    place = "".join(f" · {told}" for told in (piece.place, piece.pointer) if told)
    elements = [_section(_text(piece.words, bold=True), *((_text(place),) if place else ()))]
    if runs := list(map(_run, piece.spans)):
        elements.append({"type": "rich_text_quote", "elements": runs})
    return elements


def _run(span: Span) -> Json:
    """What went is struck and in `[-…-]`, what came is bold and in `{+…+}`: for those who hear it read, too."""
    style = STYLES.get(span[0])
    return {"type": "text", "text": signed(span), **({"style": style} if style else {})}


def _rest(notice: Notice) -> list[Json]:
    lines = list(also_lines(notice))
    if notice.more:
        lines.append(more(notice.more, "change"))
    elements = [_text("\n".join(lines))] if lines else []
    if notice.link and (len(notice.told) != 1 or notice.hidden):
        elements += [*([_text("\n")] if elements else []), _link(notice.link, "See more")]
    return elements


def _rich(elements: list[Json]) -> Json:
    return {"type": "rich_text", "elements": elements}


def _section(*elements: Json) -> Json:
    return {"type": "rich_text_section", "elements": list(elements)}


def _text(text: str, **style: bool) -> Json:
    return {"type": "text", "text": text, **({"style": style} if style else {})}


def _link(url: str, text: str, **style: bool) -> Json:
    if not linkable(url, MAX_LINK):
        return _text(text, **style)
    return {"type": "link", "url": url, "text": text, **({"style": style} if style else {})}


# ---------------------------------------------------------------- the request, and its answer

# What Slack says in plain text, and what a person can do about it; https://docs.slack.dev, incoming webhooks.
ADVICE = {
    "no_service": "the webhook is switched off or was removed; make a new one",
    "no_service_id": "the webhook is switched off or was removed; make a new one",
    "no_active_hooks": "the webhook is switched off; make a new one",
    "no_team": "the workspace is gone",
    "team_disabled": "the workspace is disabled",
    "invalid_token": "the address is not that of a webhook; copy it anew",
    "channel_not_found": "the channel is gone; make a webhook for another one",
    "channel_is_archived": "the channel is archived; unarchive it, or make a webhook for another one",
    "user_not_found": "the person it writes to is gone",
    "action_prohibited": "an admin has restricted who may post",
    "posting_to_general_channel_denied": "an admin has restricted who may post there",
}


def _judge(answer: "Answer", attempt: Attempt) -> Attempt:
    """Success is 200 with the body `ok`; all else is none, whatever its status."""
    said = answer.body[:200].decode("utf-8", "replace").strip()
    word = said if said.replace("_", "").isalnum() and said.islower() and len(said) <= 60 else ""
    if attempt.ok:
        if said == "ok":
            return attempt
        told = f"the answer is {word!r}" if word else "the answer is not Slack's `ok`"
        error = f"HTTP {answer.status}, but {told}: is that the address of an incoming webhook?"
        return replace(attempt, ok=False, error=error)
    if not word:
        return attempt
    error = f"{attempt.error}: {word}" + (f" ({ADVICE[word]})" if word in ADVICE else "")
    if word in ADVICE and attempt.too_large:
        return replace(attempt, error=error, too_large=False, refuses_us=True)
    return replace(attempt, error=error)


def _request(channel: "PostingChannel", message: Message, now: datetime) -> "Request":
    from tracker.notify.channels.posting import Request

    url = channel.secret("url") or ""
    if "/triggers/" in url or "/workflows/" in url:
        remedy = "Make an incoming webhook (api.slack.com, your app, Incoming Webhooks) and give its address"
        if _host(url).endswith("slack.com"):
            raise ConfigError("Not an incoming webhook but a workflow's", where=_named(channel), remedy=remedy)
    return Request(url=url, body=message.body, headers={"Content-Type": "application/json; charset=utf-8"})


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _named(channel: "PostingChannel") -> str:
    return f"channel {channel.config.name}, url"


def _make(config: ChannelConfig, world: Surroundings) -> Channel:
    from tracker.notify.channels.posting import PostingChannel

    return PostingChannel(config, world, _request, judge=_judge)


KIND = Kind(
    name="slack",
    help="a Slack channel, by an incoming webhook",
    keys={
        "url": Key(sort="secret address", help="of the incoming webhook (https://hooks.slack.com/…)", is_needed=True)
    },
    render=render,
    make=_make,
    per_minute=60,  # one a second and channel, short bursts excepted
)
