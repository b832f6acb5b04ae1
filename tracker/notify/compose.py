"""From alerts that wait to messages that are owed: told now, later, together, or not at all.

An alert waits for its time (a digest, quiet hours, the wait of its group), for its round to end, and while it may be
part of something larger (storm.py). What is decided is recorded: `delivery.composed`, `alerts.dropped`; what waits is
looked at again when its time comes. Nothing outside the store has to be remembered: after a crash the same is decided
again.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracker.document.edit import LEVELS
from tracker.document.identity import short_id
from tracker.events.deliveries import AT_ONCE, AlertRecord, Composed, Form
from tracker.notify import storm
from tracker.notify.channels import KINDS
from tracker.notify.rules import Send, Subscriptions
from tracker.notify.when import next_due, period_id, quiet_until
from tracker.store import Store

ROUND_S = 30.0  # the longest that an alert waits for the looks under way to end: it is told within a minute
MUTED_AGAIN_S = 3_600.0  # a mute without an end: how soon it is asked whether it has ended; an end is noticed at once
AGAIN_S = 1.0  # how soon it is asked anew whether they have ended, should nobody say so


@dataclass(slots=True)
class _Decided:
    """What a pass decided. messages: with the position that orders them."""

    messages: list[tuple[tuple[int, int], Composed]] = field(default_factory=list)
    hold: dict[str, datetime] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    dropped: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


class Composer:
    """Decides what becomes of alerts. One thread calls it.

    is_busy: whether looks are under way, whose changes may belong together with those that wait. is_live: whether more
    is to come from this process; where not, nothing waits to see whether it does.
    """

    def __init__(
        self,
        store: Store,
        subscriptions: Subscriptions,
        *,
        is_busy: Callable[[], bool] = lambda: False,
        is_live: bool = False,
    ) -> None:
        self._store, self._subscriptions = store, subscriptions
        self._is_busy, self._is_live = is_busy, is_live
        self._sights: dict[str, storm.Sight] = {}
        self._rounds: dict[str, datetime] = {}  # by channel, when what waits for looks to end is told in any case
        self._awaits_end = False  # whether alerts wait for looks to end, which may be at any moment

    def compose(self, now: datetime) -> int:
        """Make owed what is to be told by now; gives how many messages that is."""
        # Looked at early, an alert that waits for something else waits on.
        has_ended = self._awaits_end and not self._is_busy()
        found = self._store.held(_after(now, AGAIN_S) if has_ended else now)
        if has_ended:
            self._awaits_end = False
        if not found:
            return 0
        decided = _Decided()
        waiting = self._unmuted(found, decided, now)
        at_once: list[tuple[AlertRecord, Send]] = []
        ruleless: dict[tuple[str, str], list[AlertRecord]] = defaultdict(list)
        digests: dict[tuple[str, str, str, str], list[AlertRecord]] = defaultdict(list)
        for alert in waiting:
            send = self._send_of(alert)
            if send is None and alert.when != AT_ONCE:
                ruleless[alert.channel, alert.subscription].append(alert)  # a digest that is no more is told as one
                continue
            send = send or Send(to=alert.channel)
            if send.when.kind == "instant":
                at_once.append((alert, send))
                continue
            tz = self._tz(alert.channel)
            due = next_due(send.when, tz, alert.recorded_at)
            if due > now:
                decided.hold[alert.id] = due
            else:
                period = period_id(send.when, tz, due)
                digests[alert.channel, alert.subscription, str(send.when), period].append(alert)
        for key, alerts in digests.items():
            self._together(decided, "digest", alerts, "/".join(key))
        for (_, subscription), alerts in ruleless.items():
            self._together(decided, "group", alerts, f"ruleless/{subscription}")
        self._at_once(at_once, decided, now)
        messages = [message for _, message in sorted(decided.messages, key=lambda one: one[0])]
        self._store.compose(messages, at=now, dropped=decided.dropped)
        self._store.hold(decided.hold)
        return len(messages)

    def _together(self, decided: _Decided, form: Form, alerts: Sequence[AlertRecord], key: str) -> None:
        """In one message; by a channel that takes every change by itself, each in one of its own."""
        if self._folds(alerts[0].channel):
            self._tell(decided, form, alerts, key)
            return
        for alert in alerts:
            self._tell(decided, "single", [alert])

    # ------------------------------------------------------------ what is told at once

    def _at_once(self, waiting: Sequence[tuple[AlertRecord, Send]], decided: _Decided, now: datetime) -> None:
        groups: dict[str, list[tuple[AlertRecord, Send]]] = defaultdict(list)
        singles: list[AlertRecord] = []
        after_quiet: dict[tuple[str, str], list[AlertRecord]] = defaultdict(list)
        is_busy = self._is_busy()
        for alert, send in waiting:
            quiet = self._quiet(alert, send, now)
            if quiet is not None:
                decided.hold[alert.id] = quiet
            elif not self._folds(alert.channel):
                self._tell(decided, "single", [alert])
            elif (send.group_by or send.wait_s or send.interval_s) and not _bypasses(alert, send):
                groups[f"{alert.channel} {_group_key(alert, send)}"].append((alert, send))
            elif storm.is_folded(alert.level) and self._quiet(alert, send, alert.recorded_at) is not None:
                after_quiet[alert.channel, alert.subscription].append(alert)
            elif is_busy and storm.is_folded(alert.level) and now < (ends := self._round_ends(alert, now)):
                decided.hold[alert.id] = min(ends, _after(now, AGAIN_S))
                self._awaits_end = True
            else:
                singles.append(alert)
        for members in groups.values():
            self._group(members, decided, now)
        for (channel, subscription), alerts in after_quiet.items():
            self._tell(decided, "group", alerts, f"quiet/{channel}/{subscription}")
        self._singles(singles, decided, now)

    def _round_ends(self, alert: AlertRecord, now: datetime) -> datetime:
        """When what waits for looks to end is told in any case: all of a channel at once, so that many are seen."""
        ends = self._rounds.get(alert.channel)
        if ends is None or ends < _after(now, -AGAIN_S):
            ends = self._rounds[alert.channel] = _after(alert.recorded_at, ROUND_S)
        return ends

    def _group(self, members: Sequence[tuple[AlertRecord, Send]], decided: _Decided, now: datetime) -> None:
        first, send = members[0]
        key = _group_key(first, send)
        unwanted = {*decided.dropped["muted"], *decided.hold}
        # Those of the group that were put off before are not among what is looked at now.
        waiting = self._store.held(channel=first.channel, subscription=first.subscription)
        alerts = [
            one
            for one in waiting
            if one.when == first.when
            and _group_key(one, send) == key
            and self._quiet(one, send, now) is None
            and not _bypasses(one, send)
            and one.id not in unwanted
        ]
        at = _after(min(alert.recorded_at for alert in alerts), send.wait_s)
        last = self._store.last_of_key(first.channel, key)
        if last is not None:
            at = max(at, _after(last, send.interval_s))
        if at > now:
            decided.hold |= dict.fromkeys((alert.id for alert in alerts), at)
        else:
            self._tell(decided, "group", alerts, key)

    def _singles(self, alerts: Sequence[AlertRecord], decided: _Decided, now: datetime) -> None:
        by_channel: dict[str, list[AlertRecord]] = defaultdict(list)
        for alert in alerts:
            by_channel[alert.channel].append(alert)
        pages = sum(self._watched().values()) if by_channel else 0
        for channel, due in by_channel.items():
            told = self._without_cancelled(channel, due, decided)
            alone = self._without_site_wide(channel, told, decided, now)
            for loud in _each_change([alert for alert in alone if not storm.is_folded(alert.level)]):
                self._tell(decided, "single", loud)
            rest = [alert for alert in alone if storm.is_folded(alert.level)]
            told_at = self._store.last_of_key(channel, "storm") if self._is_live else None
            if told_at is not None and now < (until := _after(told_at, storm.STORM_LASTS_S)):
                decided.hold |= dict.fromkeys((alert.id for alert in rest), until)
            elif storm.is_storm(*_counted(rest), pages, self._subscriptions.storm):
                self._tell(decided, "storm", rest, "storm")
            else:
                for same in _each_change(rest):
                    self._tell(decided, "single", same)

    def _without_cancelled(self, channel: str, due: Sequence[AlertRecord], decided: _Decided) -> list[AlertRecord]:
        """Without what was changed back before anybody was told, also of what is put off a little longer."""
        waiting = self._store.held(channel=channel, when=AT_ONCE)
        decided_on = decided.told.union(*decided.dropped.values())
        gone = storm.cancelled([alert for alert in waiting if alert.id not in decided_on])
        decided.dropped["cancelled"] += sorted(gone)
        for id in gone:
            decided.hold.pop(id, None)
        return [alert for alert in due if alert.id not in gone]

    def _without_site_wide(
        self, channel: str, alerts: Sequence[AlertRecord], decided: _Decided, now: datetime
    ) -> list[AlertRecord]:
        """The alerts that are told by themselves; the others are told together, or wait."""
        by_host: dict[str, list[AlertRecord]] = defaultdict(list)
        for alert in alerts:
            by_host[alert.host].append(alert)
        rest: list[AlertRecord] = []
        for host, members in by_host.items():
            # Within a day of the oldest that waits: what was recognised then still is.
            oldest = min(alert.recorded_at for alert in members)
            lately = self._store.changes_at(host, oldest - timedelta(seconds=storm.SITE_WIDE_S))
            if len({profile for _, profile in lately}) < 2:
                rest += members
                continue
            sights = self._sights_of([change for change, _ in lately], [alert.change for alert in members])
            key = f"site/{host}"
            found = storm.site_wide(
                members,
                sights,
                sights.values(),
                self._store.profiles_by_host().get(host, 0),
                now,
                told_at=self._store.last_of_key(channel, key),
                is_live=self._is_live,
            )
            noted = [alert for alert in members if found[alert.id] == storm.Verdict("site_wide")]
            if noted:
                # The page whose edits are most stands for all.
                noted.sort(key=lambda alert: -len(sights[alert.change].hunks))
                hunks = {hunk for alert in noted for hunk in sights[alert.change].hunks}
                where = sorted({sight.profile for sight in sights.values() if not hunks.isdisjoint(sight.hunks)})
                self._tell(decided, "site_wide", noted, key, {"profiles": where})
            rest += [alert for alert in members if found[alert.id].kind == "alone"]
            decided.hold |= {a.id: until for a in members if (until := found[a.id].until) is not None}
        return rest

    # ------------------------------------------------------------ pieces

    def _tell(
        self,
        decided: _Decided,
        form: Form,
        alerts: Sequence[AlertRecord],
        key: str = "",
        about: Mapping[str, object] | None = None,
    ) -> None:
        """One message of these alerts, less what was changed back meanwhile."""
        gone = storm.cancelled(alerts) if len(alerts) > 1 else frozenset()
        if gone:
            decided.dropped["cancelled"] += [alert.id for alert in alerts if alert.id in gone]
            alerts = [alert for alert in alerts if alert.id not in gone]
        if not alerts:
            return
        first = min(alerts, key=lambda alert: (alert.position, alert.ordinal))
        profiles = {alert.profile for alert in alerts}
        ids = [alert.id for alert in alerts]
        decided.told |= set(ids)
        is_one = len({alert.change for alert in alerts}) == 1
        form = "single" if is_one and form in ("group", "single") else form
        message = Composed(
            delivery=first.id if form == "single" else short_id("d", form, key, *ids),
            channel=first.channel,
            form=form,
            profile=profiles.pop() if len(profiles) == 1 else "",
            alerts=tuple(ids),
            key=key,
            about=about,
        )
        decided.messages.append(((first.position, first.ordinal), message))

    def _unmuted(self, alerts: Sequence[AlertRecord], decided: _Decided, now: datetime) -> list[AlertRecord]:
        """Without those that were recorded while their rule was muted; those from before wait until it is not."""
        mutes, told = self._store.all_mutes(), list[AlertRecord]()
        for alert in alerts:
            mute = mutes.get(alert.subscription)
            if mute is not None and mute.covers(alert.recorded_at):
                decided.dropped["muted"].append(alert.id)
            elif mute is not None and mute.covers(now):
                decided.hold[alert.id] = mute.until or _after(now, MUTED_AGAIN_S)
            else:
                told.append(alert)
        return told

    def _send_of(self, alert: AlertRecord) -> Send | None:
        return self._subscriptions.send_for(alert.subscription, alert.channel, alert.when)

    def _quiet(self, alert: AlertRecord, send: Send, at: datetime) -> datetime | None:
        interval = self._subscriptions.intervals.get(send.quiet) if send.quiet is not None else None
        if interval is None or _bypasses(alert, send):
            return None
        return quiet_until(interval, self._tz(alert.channel), at)

    def _tz(self, channel: str) -> str:
        config = self._subscriptions.channel(channel)
        return config.tz if config is not None else "UTC"

    def _folds(self, channel: str) -> bool:
        config = self._subscriptions.channel(channel)
        return config is None or KINDS[config.kind].folds

    def _watched(self) -> Mapping[str, int]:
        return self._store.watched_by_host()

    def _sights_of(self, lately: Sequence[str], more: Sequence[str]) -> dict[str, storm.Sight]:
        """What these changes edited, each read once."""
        wanted = dict.fromkeys((*lately, *more))
        self._sights = {change: sight for change, sight in self._sights.items() if change in wanted}
        unknown = [change for change in wanted if change not in self._sights]
        self._sights |= {change.id: storm.sight_of(change) for change in self._store.changes_of(unknown)}
        return {change: self._sights[change] for change in wanted if change in self._sights}


def _bypasses(alert: AlertRecord, send: Send) -> bool:
    """Whether a change is too salient to wait."""
    return LEVELS.index(alert.level) >= LEVELS.index(send.bypass)


def _group_key(alert: AlertRecord, send: Send) -> str:
    values = {
        "profile": alert.profile,
        "chapter": f"{alert.profile}/{alert.chapter}",
        "subscription": alert.subscription,
    }
    return "/".join(("group", alert.subscription, str(send.when), *(values[name] for name in send.group_by)))


def _counted(alerts: Sequence[AlertRecord]) -> tuple[int, int]:
    """Of how many changes, and of how many pages."""
    return len({alert.change for alert in alerts}), len({alert.watch for alert in alerts})


def _each_change(alerts: Sequence[AlertRecord]) -> list[list[AlertRecord]]:
    """The alerts of each change together: several subscriptions that want it on one channel make one message."""
    found: dict[str, list[AlertRecord]] = defaultdict(list)
    for alert in alerts:
        found[alert.change].append(alert)
    return list(found.values())


def _after(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)
