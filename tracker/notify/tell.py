"""What a delivery has to tell, put together from the record and the rules: read when it is rendered, once."""

import threading
import time
from collections.abc import Mapping, Sequence

from tracker.events.deliveries import AlertRecord, Delivery
from tracker.events.types import Change
from tracker.notify.match import matches, rule_words
from tracker.notify.rules import Send, Subscriptions
from tracker.notify.telling import Reason, Telling
from tracker.notify.trial import trial_change
from tracker.store import Store

GONE = "the rule is no longer in config/subscriptions.toml"
MOST_KEPT = 32  # changes that were read, for the other channels that they are told to
KEPT_S = 2.0  # for so long: imports may put a version before one
MOST_MATCHED = 50  # changes of a message whose edits are put in the order that its rule asks for


class Tellings:
    """Gives the makings of each delivery's message. link_base: where our own pages are, "" for nowhere."""

    def __init__(self, store: Store, subscriptions: Subscriptions, link_base: str = "") -> None:
        self._store, self._subscriptions, self._link_base = store, subscriptions, link_base
        self._lock = threading.Lock()
        self._read: dict[str, tuple[float, Change]] = {}  # by id: when it was read, by time.monotonic

    def __call__(self, delivery: Delivery) -> Telling:
        """What this delivery tells."""
        alerts = self._store.alerts_of(delivery.id)
        changes = self._changes(delivery, alerts)
        matched, undecided = self._matched(alerts, changes)
        return Telling(
            delivery=delivery.id,
            form=delivery.form,
            channel=delivery.channel,
            at=delivery.composed_at or delivery.owed_at,
            position=delivery.position,
            changes=changes,
            matched=matched,
            reasons=self._reasons(delivery, alerts, undecided),
            about=delivery.about,
            link_base=self._link_base,
            max_items=max((self._send(alert).max_items for alert in alerts), default=20),
            small=delivery.shrunk,
            names=self._store.titles(list({change.profile for change in changes})),
        )

    def _changes(self, delivery: Delivery, alerts: Sequence[AlertRecord]) -> tuple[Change, ...]:
        if delivery.form == "test":
            return (trial_change(delivery.composed_at or delivery.owed_at),)
        found = self._changes_of(list(dict.fromkeys(alert.change for alert in alerts)))
        if delivery.form != "site_wide":
            return found
        # The page whose edits are most stands for all.
        return tuple(sorted(found, key=lambda change: -len(change.edits)))

    def _changes_of(self, ids: Sequence[str]) -> tuple[Change, ...]:
        """The changes of these ids, in their order. One that is told to many channels is read once."""
        if len(ids) != 1:
            return self._store.changes_of(ids)
        now_s = time.monotonic()
        with self._lock:
            read_s, change = self._read.get(ids[0], (-KEPT_S, None))
        if change is not None and now_s - read_s < KEPT_S:
            return (change,)
        found = self._store.changes_of(ids)
        with self._lock:
            self._read |= {change.id: (now_s, change) for change in found}
            while len(self._read) > MOST_KEPT:
                del self._read[next(iter(self._read))]
        return found

    def _reasons(
        self, delivery: Delivery, alerts: Sequence[AlertRecord], undecided: Mapping[str, str]
    ) -> tuple[Reason, ...]:
        if delivery.form == "test":
            return (Reason("test", "somebody tries this channel"),)
        if delivery.form == "trouble":
            return (Reason("operator", "this channel is told of trouble"),)
        reasons: list[Reason] = []
        for name in dict.fromkeys(alert.subscription for alert in alerts):
            subscription = self._subscriptions.subscription(name)
            rule = rule_words(subscription) if subscription is not None else GONE
            reasons.append(Reason(name, f"{rule} ({undecided[name]})" if name in undecided else rule))
        return tuple(reasons)

    def _matched(
        self, alerts: Sequence[AlertRecord], changes: Sequence[Change]
    ) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
        """Which edits of each change were asked for, where only some were; and why rules could not be decided."""
        found: dict[str, frozenset[str]] = {}
        undecided: dict[str, str] = {}
        if len(changes) > MOST_MATCHED:
            return found, undecided
        asking: dict[str, list[str]] = {alert.change: [] for alert in alerts}
        for alert in alerts:
            asking[alert.change].append(alert.subscription)
        for change in changes:
            edits: set[str] = set()
            for name in asking.get(change.id, ()):
                subscription = self._subscriptions.subscription(name)
                told = matches(subscription.match, change, self._subscriptions.groups) if subscription else None
                edits |= told.edits if told is not None else set()
                if told is not None and told.trouble:
                    undecided[name] = told.trouble
            if 0 < len(edits) < len(change.edits):
                found[change.id] = frozenset(edits)
        return found, undecided

    def _send(self, alert: AlertRecord) -> Send:
        found = self._subscriptions.send_for(alert.subscription, alert.channel, alert.when)
        return found or Send(to=alert.channel)
