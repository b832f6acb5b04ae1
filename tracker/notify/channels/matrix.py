"""Matrix: a notice in a room, by the client-server API. The transaction id is the message's, so that a homeserver
takes no message twice.

`body` is plain text, `formatted_body` HTML; texts of a page are escaped, and changed as render/disarm.py says, because
clients make links and pills of plain text. `m.mentions` is empty: nobody is called, whatever stands in the text.
"""

import re
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson

from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import Channel, ChannelConfig, Key, Kind, Message, Surroundings
from tracker.notify.render.disarm import disarmed
from tracker.notify.render.fit import fitted
from tracker.notify.render.notice import Notice, notice_of
from tracker.notify.render.paragraphs import Paragraph, Run, Style, paragraphs
from tracker.notify.render.text import text
from tracker.notify.secret import Ref
from tracker.notify.telling import Telling

if TYPE_CHECKING:
    from tracker.fetch.transport import Answer
    from tracker.notify.channels.posting import PostingChannel, Request

MAX_CONTENT_BYTES = 32 * 1024  # of 64 KiB for the whole event, with what the homeserver puts around it
_TAGS: dict[Style, str] = {"strong": "strong", "-": "del", "+": "strong"}  # `ins` is not among the tags of the spec
_ADVICE = {
    "M_FORBIDDEN": "the bot may not write in this room: invite it, or give it the power to send",
    "M_UNKNOWN_TOKEN": "the access token is not valid any more: make a new one",
    "M_MISSING_TOKEN": "the access token is not valid: make a new one",
    "M_USER_DEACTIVATED": "the bot's account was closed",
    "M_NOT_FOUND": "there is no such room",
    "M_UNRECOGNIZED": "this is no homeserver's address",
    "M_TOO_LARGE": "the message is too large",
}


# ---------------------------------------------------------------- the message


def content(telling: Telling) -> bytes:
    """The content of an `m.room.message`: the same bytes for the same telling, 32 KiB at most."""
    most = MAX_CONTENT_BYTES // 2 if telling.small else MAX_CONTENT_BYTES
    return _written(fitted(notice_of(telling), lambda notice: len(_written(notice)) <= most))


def _written(notice: Notice) -> bytes:
    safe = disarmed(notice)
    return orjson.dumps(
        {
            "msgtype": "m.notice",  # bots do not answer it
            "body": text(safe).rstrip("\n"),
            "format": "org.matrix.custom.html",
            "formatted_body": _html(safe),
            "m.mentions": {},  # spec v1.7: present and empty, so that the text calls nobody
        }
    )


def _html(notice: Notice) -> str:
    made: list[str] = []
    lines: list[str] = []

    def close() -> None:
        if lines:
            made.append(f"<p>{'<br>'.join(lines)}</p>")
            lines.clear()

    for paragraph in paragraphs(notice):
        if paragraph.is_quote or paragraph.begins:
            close()
        if paragraph.is_quote:
            made.append(f"<blockquote>{_runs(paragraph)}</blockquote>")
        else:
            lines.append(_runs(paragraph))
    close()
    return "".join(made)


def _runs(paragraph: Paragraph) -> str:
    return "".join(map(_run, paragraph.runs))


def _run(run: Run) -> str:
    shown = escape(run.text, quote=run.style == "link").replace("\n", "<br>")
    if run.style == "link":
        return f'<a href="{shown}">{shown}</a>'
    tag = _TAGS.get(run.style)
    return f"<{tag}>{shown}</{tag}>" if tag else shown


# ---------------------------------------------------------------- the channel


def _make(config: ChannelConfig, world: Surroundings) -> Channel:
    from tracker.notify.channels.posting import PostingChannel

    return PostingChannel(config, world, _request, wait_of=_wait_s, judge=_judged)


def _request(channel: "PostingChannel", message: Message, now: datetime) -> "Request":
    from tracker.notify.channels.posting import Request

    server, token = channel.secret("homeserver") or "", channel.secret("token") or ""
    if not token.isascii() or re.search(r"\s", token):
        raise ConfigError(
            "Not an access token", where=str(channel.config.ref("token")), remedy="Put the token there, and only it"
        )
    room = quote(channel.config.text("room"), safe="")
    path = f"/_matrix/client/v3/rooms/{room}/send/m.room.message/{quote(message.id, safe='')}"
    return Request(
        method="PUT",
        url=server.rstrip("/") + path,
        body=message.body,
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        secrets=(token,),
        is_url_secret=isinstance(channel.config.ref("homeserver"), Ref),
    )


def _wait_s(answer: "Answer") -> float | None:
    from tracker.notify.channels.posting import json_of, number_at

    wait_ms = number_at(json_of(answer), "retry_after_ms")
    return wait_ms / 1000 if wait_ms is not None else None


def _judged(answer: "Answer", attempt: Attempt) -> Attempt:
    """Matrix says by `errcode` what is wrong, and by `event_id` that the message is in the room."""
    from dataclasses import replace

    from tracker.notify.channels.posting import json_of

    data = json_of(answer)
    known = data if isinstance(data, dict) else {}
    if attempt.ok and not isinstance(known.get("event_id"), str):
        told = f"HTTP {answer.status}, but no event_id: this is no homeserver's answer"
        return replace(attempt, ok=False, error=told)
    code = known.get("errcode")
    if attempt.ok or not isinstance(code, str) or not re.fullmatch(r"[A-Z][A-Z0-9_.]{1,60}", code, re.ASCII):
        return attempt
    advice = f": {_ADVICE[code]}" if code in _ADVICE else ""
    return replace(
        attempt,
        error=f"{attempt.error}, {code}{advice}",
        too_large=attempt.too_large or code == "M_TOO_LARGE",
        refuses_us=attempt.refuses_us or code in ("M_FORBIDDEN", "M_UNKNOWN_TOKEN", "M_USER_DEACTIVATED"),
    )


def _check(config: ChannelConfig, where: str) -> None:
    if not re.fullmatch(r"[!][^\s/?#]+", config.text("room")):
        raise ConfigError(
            f"{config.text('room')!r} is no id of a Matrix room",
            where=where,
            remedy="Give the internal room id, such as !AbCdEf:example.org (in Element: room settings, Advanced)",
        )


def _render(telling: Telling, config: ChannelConfig) -> bytes:
    return content(telling)


KIND = Kind(
    name="matrix",
    help="a room on a Matrix homeserver",
    keys={
        "homeserver": Key(sort="address", help="of the homeserver, such as https://matrix.example.org", is_needed=True),
        "room": Key(sort="text", help="id of the room, such as !AbCdEf:example.org", is_needed=True),
        "token": Key(sort="secret", help="access token of the bot", is_needed=True),
    },
    render=_render,
    make=_make,
    check=_check,
    per_minute=12,  # Synapse's default rc_message: 0.2 a second, ten at once
    burst=10,
)
