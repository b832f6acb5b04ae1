"""What becomes of a change by the rules as they are: which subscription asks for it and why, and when each send is due.

Lives here: the answer to `tracker subs explain`. Not here: what the store knows of it (the command asks). Pure.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker import clock
from tracker.document.edit import LEVELS, Level
from tracker.events.types import Change
from tracker.notify.channels import KINDS
from tracker.notify.match import Row, explain, rule_words
from tracker.notify.route import alert_id, wants
from tracker.notify.rules import Send, Subscription, Subscriptions
from tracker.notify.when import next_due, quiet_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a send would tell a change. alert: its id. at: not before; why: in words."""

    alert: str
    channel: str
    when: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A subscription held against a change. rows: key by key. dues: () where it does not ask for the change."""

    subscription: str
    rule: str
    is_matched: bool
    trouble: str
    rows: tuple[Row, ...]
    dues: tuple[Due, ...] = ()


def explained(change: Change, subscriptions: Subscriptions, *, at: datetime) -> tuple[Explained, ...]:
    """Each subscription, in the order of the file. at: when the change was recorded, by which it is due."""
    return tuple(_explained(change, one, subscriptions, at) for one in subscriptions.subscriptions)


def _explained(change: Change, subscription: Subscription, among: Subscriptions, at: datetime) -> Explained:
    found = wants(subscription, change, among.groups)
    return Explained(
        subscription=subscription.id,
        rule=rule_words(subscription),
        is_matched=found is not None,
        trouble=found.trouble if found is not None else "",
        rows=explain(subscription.match, change, among.groups),
        dues=tuple(_due(change, subscription, send, among, at) for send in subscription.sends) if found else (),
    )


def _due(change: Change, subscription: Subscription, send: Send, among: Subscriptions, at: datetime) -> Due:
    due, why = due_of(send, change.salience.level, among, at)
    when = str(send.when)
    return Due(alert=alert_id(change.id, subscription.id, send.to, when), channel=send.to, when=when, at=due, why=why)


def due_of(send: Send, level: Level, among: Subscriptions, at: datetime) -> tuple[datetime, str]:
    """When a send tells what was recorded at an instant, at the earliest, and why then.

    A group that was told lately, a storm or a site-wide edit may put it off further.
    """
    config = among.channel(send.to)
    tz = config.tz if config is not None else "UTC"
    if send.when.is_digest:
        return next_due(send.when, tz, at), f"with the digest, {send.when} ({tz})"
    until = held_until(send, level, among, at)
    if until is not None:
        return until, f"quiet hours ({send.quiet})"
    if is_grouped(send, among) and not is_bypassing(send, level):
        by = f" of one {' and '.join(send.group_by)}" if send.group_by else ""
        apart = f", {clock.duration(int(send.interval_s))} after the last one" if send.interval_s else ""
        return at + timedelta(seconds=send.wait_s), f"gathered with others{by}{apart}"
    return at, "at once"


def held_until(send: Send, level: Level, among: Subscriptions, at: datetime) -> datetime | None:
    """The end of the quiet hours that hold a change of this salience back; None where none do."""
    interval = among.intervals.get(send.quiet) if send.quiet is not None else None
    if interval is None or is_bypassing(send, level):
        return None
    config = among.channel(send.to)
    return quiet_until(interval, config.tz if config is not None else "UTC", at)


def is_bypassing(send: Send, level: Level) -> bool:
    """Whether a change is too salient to wait."""
    return LEVELS.index(level) >= LEVELS.index(send.bypass)


def is_grouped(send: Send, among: Subscriptions) -> bool:
    """Whether changes told at once wait for one another. A file takes each by itself."""
    return bool(send.group_by or send.wait_s or send.interval_s) and is_folding(send.to, among)


def is_folding(channel: str, among: Subscriptions) -> bool:
    """Whether a channel is told of several changes in one message at all."""
    config = among.channel(channel)
    return config is None or KINDS[config.kind].folds
