"""The store's methods about who is told: reading and writing, mixed into Reader and Store."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal  # Any: what a transaction gives

from sqlalchemy import Connection

from tracker import clock
from tracker.document.edit import Cause, Level
from tracker.document.model import Chapter
from tracker.errors import NothingRecorded
from tracker.events import tellings as payloads
from tracker.events.deliveries import (
    AlertRecord,
    Attempt,
    ChannelState,
    Composed,
    Delivery,
    DeliveryState,
    Dispute,
    Mute,
    Trouble,
)
from tracker.events.types import Change, Event
from tracker.store import outbox, queries, tellings

_MANY = 500  # ids in one statement


class TellingReader:
    """What is owed, to whom, and how it went."""

    _instant: Callable[[], AbstractContextManager[Connection]]
    chapter_document: Callable[[str], Chapter]

    def deliveries(
        self,
        state: DeliveryState | None = None,
        channel: str | None = None,
        limit: int | None = None,
        *,
        since: datetime | None = None,
        reason: str | None = None,
    ) -> tuple[Delivery, ...]:
        """Deliveries, newest first. since: owed then or later. reason: why they were given up."""
        with self._instant() as connection:
            return tellings.deliveries(connection, state, channel, limit, since, reason)

    def pending(self) -> int:
        """How many deliveries are owed."""
        with self._instant() as connection:
            return tellings.pending(connection)

    def delivery(self, id: str) -> Delivery:
        """The delivery of that id, or of the only id that begins so. Raises NothingRecorded, UsageError."""
        with self._instant() as connection:
            return tellings.delivery(connection, id)

    def next_delivery(self, *, without: Collection[str] = ()) -> datetime | None:
        """When the next delivery can be leased; None when nothing is owed. without: channels that are left out."""
        with self._instant() as connection:
            return outbox.first_delivery(connection, without)

    def frozen(self, delivery: str) -> bytes | None:
        """The body of a pending delivery, once it was rendered."""
        with self._instant() as connection:
            return outbox.frozen(connection, delivery)

    def held(
        self,
        now: datetime | None = None,
        *,
        channel: str | None = None,
        subscription: str | None = None,
        when: str | None = None,
    ) -> tuple[AlertRecord, ...]:
        """Alerts that wait to be told, in their order: those to be looked at by now, or all."""
        with self._instant() as connection:
            return tellings.held(connection, now, channel, subscription, when)

    def changes_at(self, host: str, since: datetime) -> tuple[tuple[str, str], ...]:
        """(id, profile) of the changes that pages of a host brought since then, first records and imports left out."""
        with self._instant() as connection:
            return tellings.changes_at(connection, host, since)

    def watched_by_host(self) -> dict[str, int]:
        """How many pages of each host are watched and not paused."""
        with self._instant() as connection:
            return tellings.watched_by_host(connection)

    def profiles_by_host(self) -> dict[str, int]:
        """How many profiles of each host are watched and not paused."""
        with self._instant() as connection:
            return tellings.profiles_by_host(connection)

    def titles(self, profiles: Sequence[str]) -> dict[str, str]:
        """The titles of profiles, as their pages have them; of those that have one."""
        with self._instant() as connection:
            return tellings.titles(connection, profiles)

    def next_held(self) -> datetime | None:
        """When the next alert that waits is to be looked at."""
        with self._instant() as connection:
            return tellings.next_held(connection)

    def held_until(self, change: str) -> dict[str, datetime]:
        """When each alert of a change that waits is to be looked at, by its id."""
        with self._instant() as connection:
            return tellings.held_until(connection, change)

    def alerts_of(self, delivery: str) -> tuple[AlertRecord, ...]:
        """The alerts that a message tells, in their order."""
        with self._instant() as connection:
            return tellings.alerts_of(connection, delivery)

    def alerts_for(self, change: str) -> tuple[AlertRecord, ...]:
        """The alerts of a change, in their order."""
        with self._instant() as connection:
            return tellings.alerts_for(connection, change)

    def changes_of(self, ids: Sequence[str]) -> tuple[Change, ...]:
        """The changes of these ids, in the order in which they were recorded."""
        found: list[tuple[Event, str]] = []
        with self._instant() as connection:
            for at in range(0, len(ids), _MANY):
                found += queries.changes_by_id(connection, ids[at : at + _MANY])
        found.sort(key=lambda one: one[0].position)
        return tuple(queries.change(event, told, self.chapter_document) for event, told in found)

    def last_of_key(self, channel: str, key: str) -> datetime | None:
        """When the last message to a channel that was grouped by this key became owed."""
        with self._instant() as connection:
            return tellings.last_of_key(connection, channel, key)

    def ailing(self) -> tuple[tuple[str, datetime | None, str, str], ...]:
        """(watch, failed since, last outcome, last detail) of active watches that do not answer or are not believed."""
        with self._instant() as connection:
            return tellings.ailing(connection)

    def channel_states(self) -> dict[str, ChannelState]:
        """How each channel that was ever sent to has done."""
        with self._instant() as connection:
            return tellings.channel_states(connection)

    def channel_state(self, channel: str) -> ChannelState:
        """How a channel has done."""
        with self._instant() as connection:
            return tellings.channel_state(connection, channel)

    def troubles(self) -> tuple[Trouble, ...]:
        """What the operator has to know and is not over, the oldest first."""
        with self._instant() as connection:
            return tellings.troubles(connection)

    def all_mutes(self) -> dict[str, Mute]:
        """The newest mute of each subscription that ever had one."""
        with self._instant() as connection:
            return tellings.mutes(connection)

    def mutes(self, now: datetime) -> dict[str, Mute]:
        """Subscriptions that are silenced now."""
        return {name: mute for name, mute in self.all_mutes().items() if mute.covers(now)}

    def counted(self, since: datetime) -> tuple[tuple[Cause, Level, int, int], ...]:
        """Changes that looks of ours brought since then: cause, salience, how many, how many of them are disputed."""
        with self._instant() as connection:
            return tellings.counted(connection, since)

    def not_told(self, subscription: str, since: datetime) -> int:
        """How many alerts recorded since then were not told, as their subscription was silenced."""
        with self._instant() as connection:
            return tellings.not_told(connection, subscription, since)

    def disputes(self, changes: Sequence[str] | None = None) -> dict[str, Dispute]:
        """What persons call false alarms, by change: among these changes, or all."""
        with self._instant() as connection:
            return tellings.disputes(connection, changes)


class TellingWriter:
    """Messages made owed, tried, given up, owed again."""

    _alone: Callable[[Callable[[Connection], Any]], Any]
    begin_append: Callable[..., "Future[tuple[Event, ...]]"]
    begin_freeze: Callable[[Mapping[str, bytes], str], "Future[Mapping[str, bytes]]"]
    append: Callable[..., tuple[Event, ...]]

    def compose(
        self, messages: Sequence[Composed], *, at: datetime, dropped: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """Make messages owed, in this order, and let go of alerts that are not told (reason → alerts)."""
        for start in range(0, len(messages), _MANY):
            some = messages[start : start + _MANY]
            key = f"compose/{some[0].delivery}/{len(some)}/{clock.to_us(at)}"
            self.append(tuple(map(payloads.delivery_composed, some)), key=key)
        for reason, alerts in (dropped or {}).items():
            if alerts:
                key = f"dropped/{alerts[0]}/{len(alerts)}/{clock.to_us(at)}"
                self.append((payloads.alerts_dropped(alerts, reason, at),), key=key)

    def hold(self, until: Mapping[str, datetime]) -> None:
        """Look at these alerts again at those instants, without an event."""
        if until:
            self._alone(lambda connection: tellings.hold(connection, until))

    def hold_all(self, at: datetime) -> None:
        """Look at all alerts that wait at that instant at the latest: the rules have changed."""
        self._alone(lambda connection: tellings.hold_all(connection, at))

    def lease_deliveries(
        self, now: datetime, limit: int, lease_s: int, *, without: Collection[str] = ()
    ) -> tuple[tuple[Delivery, bytes | None], ...]:
        """Take what is due, for `lease_s` seconds: the oldest undelivered of each (channel, profile), and its body
        where it was frozen before. What is neither finished nor leased anew by then falls due again.

        without: channels of which nothing is taken.
        """

        def leased(connection: Connection) -> tuple[tuple[Delivery, bytes | None], ...]:
            taken = outbox.lease(connection, now, limit, lease_s, without)
            known = tellings.deliveries_of(connection, [name for name, _, _ in taken])
            return tuple((replace(known[name], made_for=kind), body) for name, body, kind in taken)

        found: tuple[tuple[Delivery, bytes | None], ...] = self._alone(leased)
        return found

    def defer(self, until: Mapping[str, datetime]) -> None:
        """Let deliveries go from their leases, to be tried from those instants on. Nothing is recorded of it."""
        moved = {delivery: clock.to_us(at) for delivery, at in until.items()}
        self._alone(lambda connection: outbox.defer(connection, moved))

    def freeze(self, delivery: str, body: bytes, kind: str = "webhook") -> bytes:
        """Keep the body of a pending delivery: the first one wins, and is given back. Raises NothingRecorded."""
        kept: Mapping[str, bytes] = self.begin_freeze({delivery: body}, kind).result()
        if delivery not in kept:
            raise NothingRecorded(f"Nothing is owed under {delivery}", remedy="See: tracker deliveries list")
        return kept[delivery]

    def finish(
        self,
        kind: Literal["sent", "failed", "dead"],
        delivery: Delivery,
        attempt: Attempt,
        at: datetime,
        retry_at: datetime | None = None,
        *,
        shrink: bool = False,
        reason: str | None = None,
        disable: str | None = None,
    ) -> Event:
        """Record a try at a delivery, and what follows: it is owed no longer, or tried again at `retry_at`.

        shrink: the next try is rendered anew, smaller. reason: why it is given up. disable: why nothing is sent to its
        channel from now on.
        """
        begun = self.begin_finish(kind, delivery, attempt, at, retry_at, shrink=shrink, reason=reason, disable=disable)
        return begun.result()[0]

    def begin_finish(
        self,
        kind: Literal["sent", "failed", "dead"],
        delivery: Delivery,
        attempt: Attempt,
        at: datetime,
        retry_at: datetime | None = None,
        *,
        shrink: bool = False,
        reason: str | None = None,
        disable: str | None = None,
    ) -> "Future[tuple[Event, ...]]":
        """The same, but the caller goes on meanwhile: many share a commit. Until it has its answer nothing is recorded
        for sure, and after a crash the message is sent again.
        """
        tried = payloads.delivery_attempted(kind, delivery, attempt, at, retry_at, shrink=shrink, reason=reason)
        events = [tried]
        if disable is not None:
            events.append(payloads.channel_disabled(delivery.channel, disable, at))
        # Named by its instant, not by its number: a deferral spends no try, so the next one has its number.
        return self.begin_append(tuple(events), key=f"attempt/{delivery.id}/{clock.to_us(at)}")

    def replay(self, deliveries: Sequence[Delivery], at: datetime) -> None:
        """Owe messages once more, with the same ids and, where they were kept, the same bytes; not those pending."""
        for start in range(0, len(deliveries), _MANY):
            some = [one for one in deliveries[start : start + _MANY] if one.state in ("sent", "dead")]
            if some:
                key = f"replay/{some[0].id}/{len(some)}/{clock.to_us(at)}"
                self.append(tuple(payloads.delivery_replayed(one, at) for one in some), key=key)

    def enable_channel(self, channel: str, at: datetime) -> None:
        """Send to a channel again."""
        self.append((payloads.channel_enabled(channel, at),), key=f"enabled/{channel}/{clock.to_us(at)}")
        self._alone(lambda connection: outbox.hasten(connection, channel))

    def disable_channel(self, channel: str, why: str, at: datetime) -> None:
        """Send nothing to a channel; what is owed stays owed."""
        self.append((payloads.channel_disabled(channel, why, at),), key=f"disabled/{channel}/{clock.to_us(at)}")

    def note_troubles(
        self, began: Sequence[Trouble], ended: Sequence[Trouble], messages: Sequence[Composed], at: datetime
    ) -> None:
        """Record troubles that began or ended, with the messages that tell of them, all or nothing."""
        events = [payloads.trouble_began(one) for one in began]
        events += [payloads.trouble_ended(one, at) for one in ended]
        events += [payloads.delivery_composed(message) for message in messages]
        if events:
            named, what = (*began, *ended)[0], "began" if began else "ended"
            self.append(
                tuple(events), key=f"trouble/{what}/{named.kind}/{named.subject}/{len(events)}/{clock.to_us(at)}"
            )

    def mute(self, mute: Mute) -> None:
        """Tell nobody by a subscription until then."""
        key = f"mute/{mute.subscription}/{clock.to_us(mute.since)}"
        self.append((payloads.subscription_muted(mute),), key=key)

    def unmute(self, subscription: str, at: datetime) -> None:
        """Tell by a subscription again."""
        key = f"unmute/{subscription}/{clock.to_us(at)}"
        self.append((payloads.subscription_unmuted(subscription, at),), key=key)
        self.hold_all(at)  # what was recorded before the mute is told now

    def dispute(self, dispute: Dispute, *, withdrawn: bool = False) -> None:
        """Record that a person calls a change a false alarm, or takes that back."""
        key = f"dispute/{dispute.change}/{clock.to_us(dispute.at)}"
        self.append((payloads.change_disputed(dispute, withdrawn=withdrawn),), key=key)
