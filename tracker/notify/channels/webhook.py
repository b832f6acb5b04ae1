"""The signed webhook: Standard Webhooks 1.0 around a CloudEvents 1.0 body (render/webhook.py).

While a secret is changed the channel has two, and each message two signatures: a receiver that knows either of them
verifies it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar

import orjson

from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import Channel, ChannelConfig, Key, Kind, Message, Surroundings
from tracker.notify.channels.signature import headers, key_of, signing_key_of
from tracker.notify.render.webhook import MEDIA_TYPE, TYPES, cloudevent
from tracker.notify.telling import Telling

if TYPE_CHECKING:
    from tracker.fetch.transport import Answer
    from tracker.notify.channels.posting import PostingChannel, Request

T = TypeVar("T")

STOP = ("webhook-delivery", "abort-message")  # a receiver's word that no try of this message is of use (Svix)
TEST = "tracker.change.test"  # goes out whatever `types` says: whoever tries a channel wants to see it tried


class WebhookChannel:
    """A webhook as configured: which events go out, and what the receiver's answers mean."""

    def __init__(self, config: ChannelConfig, world: Surroundings) -> None:
        from tracker.notify.channels.posting import PostingChannel

        self._types = config.texts("types")
        self._posting = PostingChannel(config, world, self._request, judge=_judge)
        self._notes: list[str] = []

    def send(self, message: Message, *, now: datetime) -> Attempt:
        """Post the message, unless its receiver has not asked for its type."""
        if self._types and not _is_wanted(_type_of(message), self._types):
            return Attempt(ok=True, note="not asked for")
        self._notes.clear()
        attempt = self._posting.send(message, now=now)
        return replace(attempt, note="; ".join(filter(None, (attempt.note, *self._notes)))) if attempt.ok else attempt

    def close(self) -> None:
        """Nothing is kept open between messages."""
        self._posting.close()

    def _request(self, channel: "PostingChannel", message: Message, now: datetime) -> "Request":
        from tracker.notify.channels.posting import Request
        from tracker.notify.secret import Ref

        url = channel.secret("url") or ""
        used: list[str] = []
        keys = self._keys(channel, "secret", key_of, used)
        signing_keys = self._keys(channel, "signing_key", signing_key_of, used)
        signed = headers(message.id, message.body, keys, signing_keys, now=now)
        return Request(
            url=url,
            body=message.body,
            headers={"Content-Type": MEDIA_TYPE, **signed},
            secrets=tuple(used),
            is_url_secret=isinstance(channel.config.ref("url"), Ref),
        )

    def _keys(self, channel: "PostingChannel", name: str, read: Callable[[str], T], used: list[str]) -> list[T]:
        """The current key and, during a rotation, the previous one. Without the current one nothing is sent; a previous
        one that was taken away already is only told of.
        """
        found = [key for key in (_key(channel, name, read, used),) if key is not None]
        try:
            previous = _key(channel, f"previous_{name}", read, used)
        except ConfigError as wrong:
            self._notes.append(
                f"signed without previous_{name} ({wrong.where}): {wrong.what[:1].lower()}{wrong.what[1:]}"
            )
            return found
        return found if previous is None else [*found, previous]


def _key(channel: "PostingChannel", name: str, read: Callable[[str], T], used: list[str]) -> T | None:
    secret = channel.secret(name)
    if secret is None:
        return None
    used.append(secret)
    try:
        return read(secret)
    except ValueError as wrong:
        told = f"{wrong}"
        remedy = told[:1].upper() + told[1:]
        raise ConfigError("Not a signing secret", where=str(channel.config.ref(name)), remedy=remedy) from None


def _is_wanted(type: str, globs: tuple[str, ...]) -> bool:
    return type == TEST or any(fnmatchcase(type, glob) for glob in globs)


def _type_of(message: Message) -> str:
    event = orjson.loads(message.body)
    return str(event.get("type", "")) if isinstance(event, dict) else ""


def _judge(answer: "Answer", attempt: Attempt) -> Attempt:
    """What a receiver's own answers mean."""
    if attempt.ok:
        if answer.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/html":
            return replace(attempt, note="answered with a web page: is the address right?")
        return attempt
    if answer.headers.get(STOP[0], "").strip().lower() == STOP[1] and not attempt.permanent:
        told = f"HTTP {attempt.status}: the receiver asked us to stop trying ({STOP[0]}: {STOP[1]})"
        return replace(attempt, error=told, permanent=True, reason="aborted")
    return attempt


def _render(telling: Telling, config: ChannelConfig) -> bytes:
    return cloudevent(telling)


def _make(config: ChannelConfig, world: Surroundings) -> Channel:
    return WebhookChannel(config, world)


def _check(config: ChannelConfig, where: str) -> None:
    for name in ("secret", "signing_key"):
        if config.ref(f"previous_{name}") is not None and config.ref(name) is None:
            remedy = f"Add {name} = …, or give the one key that there is as {name}"
            raise ConfigError(f"A previous_{name} without {name}", where=where, remedy=remedy)
    for glob in config.texts("types"):
        if not any(fnmatchcase(type, glob) for type in TYPES):
            remedy = f"Types: {', '.join(TYPES)}"
            raise ConfigError(f"No event is of a type like {glob!r}", where=f"{where} types", remedy=remedy)


KIND = Kind(
    name="webhook",
    help="a signed HTTP POST for programs (Standard Webhooks, CloudEvents)",
    keys={
        "url": Key(sort="address", help="where it is posted to", is_needed=True),
        "secret": Key(sort="secret", help="what it is signed with (v1: whsec_…)"),
        "previous_secret": Key(sort="secret", help="the secret before this one, as long as receivers still know it"),
        "signing_key": Key(sort="secret", help="an ed25519 key to sign with as well (v1a: whsk_…)"),
        "previous_signing_key": Key(sort="secret", help="the signing key before this one"),
        "types": Key(sort="texts", help="globs over event types that are sent; all where it is left out"),
    },
    render=_render,
    make=_make,
    check=_check,
)
