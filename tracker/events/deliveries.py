"""Who is told: alerts, the messages made of them, and the tries at each, as frozen values. Pure.

An alert is recorded with its change, in the one transaction. It is *held* until it is composed into a message: alone,
or with others (a group, a digest, a storm, a site-wide edit). A message is a delivery: one thing owed to one channel.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tracker.document.edit import Cause, Level

AT_ONCE = "instant"

# What a message tells: one change; several of one subscription; those of a period; those of a round in which too many
# changed; one edit that a whole site made; trouble of ours; a test.
Form = Literal["single", "group", "digest", "storm", "site_wide", "trouble", "test"]
AlertState = Literal["held", "told", "cancelled", "muted"]
DeliveryState = Literal["owed", "retrying", "sent", "dead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A change routed to a subscription, to be told on one channel. when: `instant`, `daily 07:30`, `weekly mon 07:30`.

    id: stable: routed again it is the same.
    """

    id: str
    change: str
    subscription: str
    channel: str
    when: str = AT_ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """An alert as it stands, with what composing needs to know of its change without reading it.

    position, ordinal: of the change and within it, which order alerts. delivery: the message that tells it,
    if one does. from_norm, to_norm: comparison hashes of the two versions. host: of the page.
    """

    id: str
    change: str
    subscription: str
    channel: str
    when: str
    state: AlertState
    position: int
    ordinal: int
    recorded_at: datetime
    profile: str
    chapter: str
    cause: Cause
    level: Level
    watch: str
    host: str
    from_norm: str | None
    to_norm: str | None
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A message that is owed from now on. delivery: its id, the webhook-id, which never changes.

    profile: what its order is kept by; "" for one that tells of several. key: what it was grouped by, by which the next
    one of its kind is found. about: what a message that tells of no change has to tell.
    """

    delivery: str
    channel: str
    form: Form
    profile: str
    alerts: tuple[str, ...] = ()
    key: str = ""
    about: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message owed to one channel, as it stands. attempts: tries spent. next_at: when the next is due.

    change, subscription: of the first alert in it, "" where it has none; alerts: how many it tells.
    position: of the event that made it owed: a message with a higher one came later.
    body_sha256: of the message as it was tried; every further try must be of the same bytes. shrunk: how often the
    channel refused it as too large or malformed, so that it was rendered smaller. reason: why it was given up.
    composed_at: when it was made; owed_at: when it was owed last, which is later once it is replayed. taken: of the
    receivers of one message, those who have it, as hashes. made_for: of a leased one, the kind of channel that its kept
    message was rendered for.
    """

    id: str
    change: str
    subscription: str
    channel: str
    profile: str
    state: DeliveryState
    attempts: int
    owed_at: datetime
    next_at: datetime | None
    last_at: datetime | None = None
    last_status: int | None = None
    last_error: str | None = None
    body_sha256: str | None = None
    form: Form = "single"
    alerts: int = 1
    position: int = 0
    shrunk: int = 0
    reason: str | None = None
    about: Mapping[str, object] | None = None
    composed_at: datetime | None = None
    taken: frozenset[str] = frozenset()
    made_for: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a delivery. ok: the channel took it. permanent: no later try can help; reason says which way.

    retry_after_s: what the channel asked us to wait, obeyed in full. spends: False where the channel only asked us to
    come later: it counts as none of the tries after which a delivery is given up. note: of a success, what a person
    should know (`accepted, not yet posted`). elapsed_ms: of the whole try. answer: the first KB of what came back,
    without any secret. too_large: to be rendered smaller, once. disables: the channel itself is gone.
    refuses_us: 401, 403 or 404: the channel is disabled when it says so for long. taken: of several receivers, those
    who took it in this try, as hashes: another try leaves them out. anew: nothing was sent; it has to be rendered anew.
    """

    ok: bool
    status: int | None = None
    error: str | None = None
    permanent: bool = False
    retry_after_s: int | None = None
    body_sha256: str | None = None
    spends: bool = True
    note: str = ""
    elapsed_ms: int | None = None
    answer: str = ""
    too_large: bool = False
    disables: bool = False
    refuses_us: bool = False
    reason: str | None = None
    taken: tuple[str, ...] = ()
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """How a channel has done. disabled_at: since when nothing is sent to it; why: the reason.

    failing_since: the first failure after the last success; failures: since then. refused_since: the first 401, 403 or
    404 in a row, refusals: how many. closed_until: what its receiver last asked us to wait.
    """

    channel: str
    last_ok_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    refused_since: datetime | None = None
    refusals: int = 0
    closed_until: datetime | None = None
    disabled_at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that the operator has to know, which began and has not ended. kind: `unreachable`, `rejected`,
    `channel`, `disabled`, `disk`, `verify`. subject: of what.
    """

    kind: str
    subject: str
    detail: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """A subscription that is not told of anything until then; None: until it is unmuted. ended_at: when it was."""

    subscription: str
    since: datetime
    until: datetime | None
    reason: str = ""
    ended_at: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether it was, or is, in force at an instant."""
        ends = [end for end in (self.until, self.ended_at) if end is not None]
        return self.since <= at and (not ends or at < min(ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A person says of a change that it was a false alarm."""

    change: str
    at: datetime
    reason: str
    by: str = field(default="")
