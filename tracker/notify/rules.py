"""Who wants to hear of what, where and when: the values of `config/subscriptions.toml`. Pure, frozen.

Not here: how they are read (subscriptions.py), what they mean for a change (match.py) or a clock (when.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from tracker.document.edit import Cause, Level
from tracker.notify.channels import ChannelConfig
from tracker.notify.when import INSTANT, Interval, When

DEFAULT_CAUSES: tuple[Cause, ...] = ("content", "reversion", "removed", "restored")
CAUSES: tuple[Cause, ...] = get_args(Cause)
Side = Literal["added", "removed"]
SIDES: tuple[Side, ...] = get_args(Side)
GROUP_KEYS = ("profile", "chapter", "subscription")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMatch:
    """Words that an edit must hold: one of `any_`, and each of `all_`; between slashes a regular expression.

    sides: only in what was added, or removed; (): anywhere in the text before or after.
    """

    any_: tuple[str, ...] = ()
    all_: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What is asked of a change: each key must hold, of each list one. Empty: not asked.

    profiles, chapters: globs over slugs. groups: names of `[groups]`. sections: globs over titles or slugs of them.
    kinds: of edits, globs. causes: (): the usual ones (DEFAULT_CAUSES), within `not_` any. salience: the least.
    not_: what must not hold.
    """

    profiles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    chapters: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    salience: Level = "none"
    text: TextMatch | None = None
    not_: "Match | None" = None

    @property
    def is_of_edits(self) -> bool:
        """Whether it asks for something of single edits, so that all it asks must hold of one and the same."""
        return bool(self.sections or self.kinds or self.text) or (self.not_ is not None and self.not_.is_of_edits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Where and when it is told.

    group_by: changes of one of these become one message, after `wait_s`, and the next not before `interval_s`.
    quiet: name of the interval in which it is held, but for changes of salience `bypass` or above.
    max_items: the most changes that a message tells with their redline.
    """

    to: str
    when: When = INSTANT
    group_by: tuple[str, ...] = ()
    wait_s: float = 0
    interval_s: float = 0
    quiet: str | None = None
    bypass: Level = "critical"
    max_items: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who wants to hear of which changes. owner: a name for people."""

    id: str
    sends: tuple[Send, ...]
    match: Match = Match()
    owner: str = ""

    @property
    def to(self) -> tuple[str, ...]:
        """The names of its channels, each once."""
        return tuple(dict.fromkeys(send.to for send in self.sends))


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """When a round's changes become one message on a channel: more than `over`, or than `share` of all pages (0..1)."""

    over: int = 25
    share: float = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """All that the file says, channels and subscriptions in its order. operator: channels that hear of trouble."""

    channels: tuple[ChannelConfig, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    storm: Storm = Storm()
    operator: tuple[str, ...] = ()

    def channel(self, name: str) -> ChannelConfig | None:
        """The channel of this name, or None."""
        return next((c for c in self.channels if c.name == name), None)

    def send_for(self, subscription: str, channel: str, when: str) -> Send | None:
        """How what was to be told so is told by the rules as they are: as it was, else as what has taken that place."""
        found = self.subscription(subscription)
        sends = [send for send in found.sends if send.to == channel] if found is not None else []
        same = [send for send in sends if str(send.when) == when]
        alike = [send for send in sends if (send.when.kind == "instant") == (when == str(INSTANT))]
        return next(iter((*same, *alike)), None)

    def subscription(self, id: str) -> Subscription | None:
        """The subscription of this id, or None."""
        return next((s for s in self.subscriptions if s.id == id), None)
