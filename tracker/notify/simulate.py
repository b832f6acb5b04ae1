"""How many messages recorded changes would have made by the rules as they are: asked before a rule is switched on.

An estimate of what compose.py would have decided: digests, quiet hours, groups and storms as there, changes that were
changed back and site-wide edits not. Pure.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from tracker.document.edit import Level
from tracker.events.types import Change
from tracker.notify.explain import held_until, is_bypassing, is_folding, is_grouped
from tracker.notify.route import route
from tracker.notify.rules import Send, Subscriptions
from tracker.notify.storm import STORM_LASTS_S, is_folded, is_storm
from tracker.notify.when import next_due, period_id

MANY_A_DAY = 20  # messages on a channel, above which they are no longer read
_TOGETHER = timedelta(seconds=30)  # what a round brings at about the same time
_STORM_LASTS = timedelta(seconds=STORM_LASTS_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Messages to a channel. changes: that they tell. days: by the channel's clock, only those with messages.

    forms: `single`, `group`, `digest`, `storm` → how many.
    """

    channel: str
    tz: str
    changes: int = 0
    days: Mapping[date, int] = field(default_factory=dict)
    forms: Mapping[str, int] = field(default_factory=dict)

    @property
    def messages(self) -> int:
        """How many in all."""
        return sum(self.days.values())

    @property
    def too_many(self) -> Mapping[date, int]:
        """The days with more than anyone reads."""
        return {day: count for day, count in self.days.items() if count > MANY_A_DAY}


@dataclass(frozen=True, slots=True)
class _Alert:
    change: str
    level: Level
    at: datetime
    subscription: str
    group: tuple[str, ...]
    send: Send


_Message = tuple[datetime, str]  # when, and its form


def simulate(
    changes: Iterable[Change],
    subscriptions: Subscriptions,
    *,
    pages: int,
    until: float = math.inf,
    undecided: Callable[[str], None] = lambda subscription: None,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[Expected, ...]:
    """What each channel that a subscription sends to would have got, in the order of the file.

    changes: as they were recorded, oldest first. pages: watched, in all: a storm is a share of them. until: by the
    monotonic clock, after which expressions are not tried any longer; undecided: told of a rule that counts as matched
    for that, once a change. progress: told how many changes are done.
    """
    by_channel: dict[str, list[_Alert]] = defaultdict(list)
    for alert in _alerts(changes, subscriptions, until, undecided, progress):
        by_channel[alert.send.to].append(alert)
    used = {send.to for subscription in subscriptions.subscriptions for send in subscription.sends}
    return tuple(
        _expected(channel.name, channel.tz, by_channel[channel.name], subscriptions, pages)
        for channel in subscriptions.channels
        if channel.name in used
    )


def _alerts(
    changes: Iterable[Change],
    subscriptions: Subscriptions,
    until: float,
    undecided: Callable[[str], None],
    progress: Callable[[int], None],
) -> Iterator[_Alert]:
    done = 0
    sends = {(s.id, send.to, str(send.when)): send for s in subscriptions.subscriptions for send in s.sends}
    # Those of one look are routed together: a page that was removed is told once, not with each of its chapters.
    for _, look in groupby(changes, key=lambda change: (change.watch, _at(change))):
        told = {change.id: change for change in look}
        progress(done)
        done += len(told)
        for alert in route(told.values(), subscriptions, until=until, undecided=undecided):
            change = told[alert.change]
            send = sends[alert.subscription, alert.channel, alert.when]
            values = {
                "profile": change.profile,
                "chapter": f"{change.profile}/{change.chapter}",
                "subscription": alert.subscription,
            }
            group = (alert.subscription, *(values[key] for key in send.group_by))
            yield _Alert(change.id, change.salience.level, _at(change), alert.subscription, group, send)


def _at(change: Change) -> datetime:
    return change.recorded_at or change.not_later_than


def _expected(channel: str, tz: str, alerts: Sequence[_Alert], subscriptions: Subscriptions, pages: int) -> Expected:
    messages = sorted(_messages(channel, tz, alerts, subscriptions, pages))
    zone = ZoneInfo(tz)
    return Expected(
        channel=channel,
        tz=tz,
        changes=len({alert.change for alert in alerts}),
        days=dict(Counter(at.astimezone(zone).date() for at, _ in messages)),
        forms=dict(Counter(form for _, form in messages)),
    )


def _messages(channel: str, tz: str, alerts: Sequence[_Alert], among: Subscriptions, pages: int) -> Iterator[_Message]:
    digests: set[tuple[str, str, datetime]] = set()
    after_quiet: set[tuple[str, datetime]] = set()
    groups: dict[tuple[str, ...], list[tuple[datetime, Send]]] = defaultdict(list)
    at_once: list[_Alert] = []
    for alert in alerts:
        if alert.send.when.is_digest:
            due = next_due(alert.send.when, tz, alert.at)
            digests.add((alert.subscription, period_id(alert.send.when, tz, due), due))
            continue
        until = held_until(alert.send, alert.level, among, alert.at)
        if not is_folding(channel, among):
            yield until or alert.at, "single"
        elif is_grouped(alert.send, among) and not is_bypassing(alert.send, alert.level):
            groups[alert.group].append((until or alert.at, alert.send))
        elif until is not None and is_folded(alert.level):
            after_quiet.add((alert.subscription, until))
        else:
            at_once.append(replace(alert, at=until or alert.at))
    for _, _, due in digests:
        yield due, "digest"
    for _, until in after_quiet:
        yield until, "group"
    for members in groups.values():
        yield from _grouped(members)
    yield from _at_once(at_once, among, pages)


def _grouped(members: Sequence[tuple[datetime, Send]]) -> Iterator[_Message]:
    waiting = sorted(members, key=lambda one: one[0])
    last: datetime | None = None
    while waiting:
        began, send = waiting[0]
        at = began + timedelta(seconds=send.wait_s)
        if last is not None:
            at = max(at, last + timedelta(seconds=send.interval_s))
        yield at, "group"
        last = at
        waiting = [one for one in waiting if one[0] > at]


def _at_once(alerts: Sequence[_Alert], among: Subscriptions, pages: int) -> Iterator[_Message]:
    """One message a change and channel, whichever subscriptions ask for it; of too many at once, one of all."""
    seen = {alert.change: alert for alert in alerts}
    waiting: list[datetime] = []
    for alert in seen.values():
        if is_folded(alert.level):
            waiting.append(alert.at)
        else:
            yield alert.at, "single"
    waiting.sort()
    calm_from: datetime | None = None  # the end of what a storm lasts: what comes before it is told then
    while waiting:
        at = waiting[0] if calm_from is None or waiting[0] >= calm_from else calm_from
        until = at if at == calm_from else at + _TOGETHER
        some = [one for one in waiting if one <= until]
        waiting = waiting[len(some) :]
        calm_from = None
        if is_storm(len(some), len(some), pages, among.storm):
            yield until, "storm"
            calm_from = until + _STORM_LASTS
        else:
            yield from ((max(one, at), "single") for one in some)
