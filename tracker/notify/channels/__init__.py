"""Ways out: what a channel is, and which kinds there are.

Adding a kind is one file here, one entry in KINDS and one table in its test. A kind says which keys its
configuration takes, how a change reads in its medium (pure), and how a channel of it is made; its module is imported
when the first one is, so that reading the configuration loads no HTTP client.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Protocol

from tracker.events.types import Attempt, Change
from tracker.notify.secret import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConfig:
    """A channel as configured. url: plain, or a reference where the address is itself a secret."""

    name: str
    kind: str
    url: str | Ref | None = None
    path: str | None = None
    secret: Ref | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel sends: the id that stays the same over all tries, and the bytes frozen at first rendering."""

    id: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What channels need of the world. environ: where `env:` references are looked up. base: the folder that
    relative paths start from. allow: networks inside the house that webhooks may reach (notify.allow_addresses).
    """

    environ: Mapping[str, str]
    base: Path
    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    user_agent: str = "tracker"
    timeout_s: float = 15.0  # Standard Webhooks: 15 to 30 s


class Channel(Protocol):
    """A way out. Used by one thread at a time."""

    def send(self, message: Message, *, now: datetime) -> Attempt:
        """Try once to hand over the message. Every outcome in the field is an Attempt, not an error."""

    def close(self) -> None:
        """Let go of what is open."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of channel: required and optional keys, the renderer (`Change`, delivery id, subscription), the maker."""

    name: str
    needs: tuple[str, ...]
    may: tuple[str, ...]
    render: Callable[[Change, str, str], bytes]
    make: Callable[[ChannelConfig, Surroundings], Channel]


def _webhook(config: ChannelConfig, world: Surroundings) -> Channel:
    from tracker.notify.channels.webhook import WebhookChannel

    return WebhookChannel(config, world)


def _webhook_body(change: Change, delivery: str, subscription: str) -> bytes:
    from tracker.notify.render.webhook import cloudevent

    return cloudevent(change, delivery, subscription=subscription)


def _jsonl(config: ChannelConfig, world: Surroundings) -> Channel:
    from tracker.notify.channels.jsonl import JsonlChannel

    return JsonlChannel(config, world)


def _jsonl_line(change: Change, delivery: str, subscription: str) -> bytes:
    from tracker.notify.render.jsonl import line

    return line(change, delivery, subscription=subscription)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("webhook", needs=("url",), may=("secret",), render=_webhook_body, make=_webhook),
        Kind("jsonl", needs=("path",), may=(), render=_jsonl_line, make=_jsonl),
    )
}
