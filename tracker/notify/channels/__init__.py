"""Ways out: what a channel is, and which kinds there are.

Adding a kind is one module here with a `KIND`, its name in `_MODULES`, and one table in its test. A kind says which
keys its configuration takes, how a message reads in its medium (pure), and how a channel of it is made; what is heavy
(the HTTP client, smtplib) is imported when the first one is made, so that reading the configuration loads none of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, Protocol

from tracker.events.deliveries import Attempt
from tracker.notify.secret import Ref
from tracker.notify.telling import Telling

Value = str | Ref | tuple[str, ...] | bool | int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelConfig:
    """A channel as configured. values: by key; a `secret` is always a reference, an `address` may be one.

    tz: of the clock that its digests and quiet hours go by. per_minute: messages that we send at most, None for what
    its kind bears.
    """

    name: str
    kind: str
    values: Mapping[str, Value] = field(default_factory=dict)
    tz: str = "UTC"
    per_minute: float | None = None

    def ref(self, key: str) -> str | Ref | None:
        """The address or secret under a key, None where it has none."""
        value = self.values.get(key)
        return value if isinstance(value, str | Ref) else None

    def text(self, key: str, default: str = "") -> str:
        """The plain text under a key."""
        value = self.values.get(key)
        return value if isinstance(value, str) else default

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts under a key; () where it has none."""
        value = self.values.get(key)
        return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()

    def flag(self, key: str) -> bool:
        """Whether what stands under a key is true."""
        return self.values.get(key) is True

    def number(self, key: str, default: int) -> int:
        """The whole number under a key."""
        value = self.values.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel sends: the id that stays the same over all tries, and the bytes frozen at first rendering.

    subscription: of its first alert, for kinds that keep one file a subscription. taken: of several receivers, those
    who have it already, as the channel's earlier tries named them.
    """

    id: str
    body: bytes
    subscription: str = ""
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What channels need of the world. environ: where `env:` references are looked up. base: the folder that
    relative paths start from. allow: networks inside the house that channels may reach (notify.allow_addresses).
    link_base: where our own pages are, "" for nowhere.
    """

    environ: Mapping[str, str]
    base: Path
    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    user_agent: str = "tracker"
    timeout_s: float = 15.0  # Standard Webhooks: 15 to 30 s
    link_base: str = ""


class Channel(Protocol):
    """A way out. Used by one thread at a time."""

    def send(self, message: Message, *, now: datetime) -> Attempt:
        """Try once to hand over the message. Every outcome in the field is an Attempt, not an error."""

    def close(self) -> None:
        """Let go of what is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a kind's configuration. sort: what stands there.

    `address`: of a receiver, plain or a reference; `secret address`: a reference, loopback excepted, since whoever
    knows it may write there; `secret`: always a reference; the rest as in TOML. help: for a person, one line.
    refuses: what is wrong with a plain address that is of no use in any case, and what to do; None for all others.
    """

    sort: Literal["address", "secret address", "secret", "text", "texts", "path", "flag", "number"]
    help: str
    is_needed: bool = False
    refuses: Callable[[str], tuple[str, str] | None] = lambda address: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of channel.

    render: the bytes of a message, pure and the same each time. make: a channel. check: refuses a configuration that
    cannot work (raises ConfigError with advice). per_minute, burst: how much its receivers bear; None: no limit.
    folds: whether storms and site-wide edits are told in one message; a file takes every change by itself.
    """

    name: str
    help: str
    keys: Mapping[str, Key]
    render: Callable[[Telling, ChannelConfig], bytes]
    make: Callable[[ChannelConfig, Surroundings], Channel]
    check: Callable[[ChannelConfig, str], None] = lambda config, where: None
    per_minute: float | None = None
    burst: int = 1
    folds: bool = True


_MODULES = (
    "webhook",
    "jsonl",
    "mail",
    "feed",
    "slack",
    "discord",
    "mattermost",
    "teams",
    "matrix",
    "telegram",
    "apprise",
)


def _kinds() -> dict[str, Kind]:
    found: dict[str, Kind] = {}
    for module in _MODULES:
        told = import_module(f"tracker.notify.channels.{module}")
        kinds: tuple[Kind, ...] = getattr(told, "KINDS", None) or (told.KIND,)
        found |= {kind.name: kind for kind in kinds}
    return found


KINDS: Mapping[str, Kind] = _kinds()
