"""Questions to the views of who is told: alerts that wait, what a message is made of, channels, troubles, mutes."""

from collections import namedtuple
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any  # columns of a select, whatever they are

from sqlalchemy import Connection, Dialect, Row, bindparam, func, select, update

from tracker import clock
from tracker.document.edit import Cause, Level
from tracker.events.codec import parse
from tracker.events.deliveries import (
    AlertRecord,
    ChannelState,
    Delivery,
    DeliveryState,
    Dispute,
    Mute,
    Trouble,
)
from tracker.store.folding import host_of
from tracker.store.queries import IMPORTED, by_id, hexed, instant
from tracker.store.statements import Prepared, get_row, names
from tracker.store.tables import DUE, HELD, OUTBOX, VIEWS

_ALERTS, _DELIVERIES, _CHANNELS, _TROUBLES, _MUTES, _DISPUTES = (
    VIEWS[f"view_{name}"] for name in ("alerts", "deliveries", "channels", "troubles", "mutes", "disputes")
)
# Their rows by name, for the driver's own cursor.
_AlertRow, _ChannelRow = (namedtuple("_Row", names(table)) for table in (_ALERTS, _CHANNELS))


def deliveries(
    connection: Connection,
    state: DeliveryState | None,
    channel: str | None,
    limit: int | None,
    since: datetime | None = None,
    reason: str | None = None,
) -> tuple[Delivery, ...]:
    """Deliveries, newest first."""
    table = _DELIVERIES
    asked = select(table).order_by(table.c.position.desc(), table.c.ordinal.desc())
    for column, wanted in ((table.c.state, state), (table.c.channel, channel), (table.c.reason, reason)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    if since is not None:
        asked = asked.where(table.c.owed_at >= clock.to_us(since))
    return tuple(map(_delivery, connection.execute(asked.limit(limit))))


def pending(connection: Connection) -> int:
    """How many deliveries are owed."""
    return connection.execute(select(func.count()).select_from(OUTBOX)).scalar_one()


def delivery(connection: Connection, id_: str) -> Delivery:
    """One delivery, by its id or a unique beginning of it. Raises NothingRecorded, UsageError."""
    table = _DELIVERIES
    return _delivery(by_id(connection, table, "delivery", id_, "delivery", "tracker deliveries list"))


def deliveries_of(connection: Connection, ids: Sequence[str]) -> dict[str, Delivery]:
    """The deliveries of these ids."""
    table = _DELIVERIES
    return {row.delivery: _delivery(row) for row in connection.execute(select(table).where(table.c.delivery.in_(ids)))}


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.delivery,
        change=row.change,
        subscription=row.subscription,
        channel=row.channel,
        profile=row.profile,
        state=row.state,
        attempts=row.attempts,
        owed_at=clock.from_us(row.owed_at),
        composed_at=clock.from_us(row.composed_at),
        next_at=instant(row.next_at),
        last_at=instant(row.last_at),
        last_status=row.last_status,
        last_error=row.last_error,
        body_sha256=hexed(row.body_sha256),
        form=row.form,
        alerts=row.alerts,
        position=row.position,
        shrunk=row.shrunk,
        taken=frozenset(row.taken.split()),
        reason=row.reason,
        about=_about(row.about),
    )


def _about(text: str | None) -> dict[str, object] | None:
    found = parse(text.encode()) if text is not None else None
    return found if isinstance(found, dict) else None


def held(
    connection: Connection, now: datetime | None, channel: str | None, subscription: str | None, when: str | None = None
) -> tuple[AlertRecord, ...]:
    """Alerts that wait, in their order: those to be looked at by now, or all."""
    asked = select(_ALERTS).join(HELD, HELD.c.alert == _ALERTS.c.alert)
    told_when = _ALERTS.c.told_when
    for column, wanted in ((_ALERTS.c.channel, channel), (_ALERTS.c.subscription, subscription), (told_when, when)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    if now is not None:
        asked = asked.where(HELD.c.due_at <= clock.to_us(now))
    asked = asked.order_by(_ALERTS.c.position, _ALERTS.c.ordinal)
    return tuple(map(_alert, connection.execute(asked)))


def changes_at(connection: Connection, host: str, since: datetime) -> tuple[tuple[str, str], ...]:
    """(id, profile) of the changes that pages of a host brought since then, first records and imports left out."""
    changes = VIEWS["view_changes"]
    asked = select(changes.c.id, changes.c.profile, changes.c.recorded_at, changes.c.told, changes.c.flags)
    asked = asked.where(changes.c.cause != "first_record").order_by(changes.c.position.desc())
    found: list[tuple[str, str]] = []
    for row in connection.execution_options(yield_per=200).execute(asked):
        if row.recorded_at < clock.to_us(since):
            break
        told = _about(row.told) or {}
        if IMPORTED not in row.flags and host_of(str(told.get("source_url", ""))) == host:
            found.append((row.id, row.profile))
    return tuple(found)


def watched_by_host(connection: Connection) -> dict[str, int]:
    """How many pages of each host are watched and not paused."""
    asked = select(DUE.c.host, func.count()).group_by(DUE.c.host)
    return {row[0]: row[1] for row in connection.execute(asked)}


def profiles_by_host(connection: Connection) -> dict[str, int]:
    """How many profiles of each host are watched and not paused."""
    w = VIEWS["view_watches"].c
    profile = func.coalesce(w.read_profile, w.watch)
    asked = select(DUE.c.host, func.count(profile.distinct())).join(VIEWS["view_watches"], w.watch == DUE.c.watch)
    return {row[0]: row[1] for row in connection.execute(asked.group_by(DUE.c.host))}


def titles(connection: Connection, profiles: Sequence[str]) -> dict[str, str]:
    """The titles of profiles, as their pages have them."""
    if len(profiles) == 1:  # most messages are of one, and most of what this costs would be SQLAlchemy's own work
        return dict(_title(connection.dialect).all(connection, wanted=profiles[0]))
    w = VIEWS["view_watches"].c
    asked = select(w.read_profile, w.title).where(w.read_profile.in_(profiles), w.title.is_not(None))
    return {row[0]: row[1] for row in connection.execute(asked)}


@lru_cache(maxsize=4)
def _title(dialect: Dialect) -> Prepared:
    w = VIEWS["view_watches"].c
    wanted = w.read_profile == bindparam("wanted", type_=w.read_profile.type)
    return Prepared(select(w.read_profile, w.title).where(wanted, w.title.is_not(None)), dialect)


def next_held(connection: Connection) -> datetime | None:
    """When the next alert is to be looked at."""
    return instant(connection.execute(select(func.min(HELD.c.due_at))).scalar())


def held_until(connection: Connection, change: str) -> dict[str, datetime]:
    """When each alert of a change that waits is to be looked at."""
    asked = select(HELD.c.alert, HELD.c.due_at).join(_ALERTS, HELD.c.alert == _ALERTS.c.alert)
    return {row.alert: clock.from_us(row.due_at) for row in connection.execute(asked.where(_ALERTS.c.change == change))}


def hold(connection: Connection, until: Mapping[str, datetime]) -> None:
    """Look at these alerts at those instants."""
    for alert, at in until.items():
        connection.execute(update(HELD).where(HELD.c.alert == alert).values(due_at=clock.to_us(at)))


def hold_all(connection: Connection, at: datetime) -> None:
    """Look at all alerts that wait at that instant, where they would be looked at later."""
    at_us = clock.to_us(at)
    connection.execute(update(HELD).where(HELD.c.due_at > at_us).values(due_at=at_us))


def alerts_of(connection: Connection, delivery: str) -> tuple[AlertRecord, ...]:
    """The alerts that a message tells, in their order."""
    found = _alerts_of(connection.dialect).all(connection, wanted=delivery)
    return tuple(_alert(_AlertRow(*row)) for row in found)


@lru_cache(maxsize=4)
def _alerts_of(dialect: Dialect) -> Prepared:
    asked = select(_ALERTS).where(_ALERTS.c.delivery == bindparam("wanted", type_=_ALERTS.c.delivery.type))
    return Prepared(asked.order_by(_ALERTS.c.position, _ALERTS.c.ordinal), dialect)


def alerts_for(connection: Connection, change: str) -> tuple[AlertRecord, ...]:
    """The alerts of a change, in their order."""
    asked = select(_ALERTS).where(_ALERTS.c.change == change)
    return tuple(map(_alert, connection.execute(asked.order_by(_ALERTS.c.position, _ALERTS.c.ordinal))))


def _alert(row: Any) -> AlertRecord:
    return AlertRecord(
        id=row.alert,
        change=row.change,
        subscription=row.subscription,
        channel=row.channel,
        when=row.told_when,
        state=row.state,
        position=row.position,
        ordinal=row.ordinal,
        recorded_at=clock.from_us(row.recorded_at),
        profile=row.profile,
        chapter=row.chapter,
        cause=row.cause,
        level=row.level,
        watch=row.watch,
        host=row.host,
        from_norm=hexed(row.from_norm),
        to_norm=hexed(row.to_norm),
        delivery=row.delivery,
    )


def last_of_key(connection: Connection, channel: str, key: str) -> datetime | None:
    """When the last message that was grouped by this key became owed."""
    asked = select(func.max(_DELIVERIES.c.composed_at))
    return instant(connection.execute(asked.where(_keyed(channel, key))).scalar())


def _keyed(channel: str, key: str) -> Any:  # Any: a condition
    return (_DELIVERIES.c.channel == channel) & (_DELIVERIES.c.group_key == key)


def ailing(connection: Connection) -> tuple[tuple[str, datetime | None, str, str], ...]:
    """(watch, failed since, last outcome, last detail) of active watches that do not answer or are not believed."""
    w = VIEWS["view_watches"].c
    asked = select(w.watch, w.failed_since, w.last_outcome, w.last_detail).where(
        w.state == "active",
        w.gone_at.is_(None),
        w.failed_since.is_not(None) | w.last_outcome.in_(("suspect", "rejected")),
    )
    return tuple(
        (r.watch, instant(r.failed_since), r.last_outcome or "", r.last_detail) for r in connection.execute(asked)
    )


def channel_states(connection: Connection) -> dict[str, ChannelState]:
    """How each channel that was ever sent to has done."""
    return {row.channel: _channel(row) for row in connection.execute(select(_CHANNELS))}


def channel_state(connection: Connection, channel: str) -> ChannelState:
    """How a channel has done."""
    found = get_row(connection, _CHANNELS, channel)
    return _channel(_ChannelRow(**found)) if found is not None else ChannelState(channel=channel)


def _channel(row: Any) -> ChannelState:
    return ChannelState(
        channel=row.channel,
        last_ok_at=instant(row.last_ok_at),
        failing_since=instant(row.failing_since),
        failures=row.failures,
        refused_since=instant(row.refused_since),
        refusals=row.refusals,
        closed_until=instant(row.closed_until),
        disabled_at=instant(row.disabled_at),
        why=row.why,
    )


def troubles(connection: Connection) -> tuple[Trouble, ...]:
    """What began and has not ended, the oldest first."""
    asked = select(_TROUBLES).where(_TROUBLES.c.ended_at.is_(None)).order_by(_TROUBLES.c.since)
    return tuple(
        Trouble(kind=row.kind, subject=row.subject, detail=row.detail, since=clock.from_us(row.since))
        for row in connection.execute(asked)
    )


def mutes(connection: Connection) -> dict[str, Mute]:
    """The newest mute of each subscription that ever had one."""
    return {
        row.subscription: Mute(
            subscription=row.subscription,
            since=clock.from_us(row.since),
            until=instant(row.until),
            reason=row.reason,
            ended_at=instant(row.ended_at),
        )
        for row in connection.execute(select(_MUTES))
    }


def counted(connection: Connection, since: datetime) -> tuple[tuple[Cause, Level, int, int], ...]:
    """Changes recorded since then and not imported, by cause and salience: how many, and how many are disputed."""
    changes = VIEWS["view_changes"]
    is_disputed = (_DISPUTES.c.change == changes.c.id) & (_DISPUTES.c.withdrawn == 0)
    asked = select(changes.c.cause, changes.c.level, func.count(), func.count(_DISPUTES.c.change))
    asked = asked.select_from(changes.outerjoin(_DISPUTES, is_disputed))
    asked = asked.where(changes.c.recorded_at >= clock.to_us(since), ~changes.c.flags.contains(IMPORTED))
    asked = asked.where(changes.c.superseded_by.is_(None)).group_by(changes.c.cause, changes.c.level)
    return tuple(tuple(row) for row in connection.execute(asked))


def not_told(connection: Connection, subscription: str, since: datetime) -> int:
    """How many alerts of a subscription, recorded since then, were not told since it was silenced."""
    asked = select(func.count()).select_from(_ALERTS).where(_ALERTS.c.subscription == subscription)
    asked = asked.where(_ALERTS.c.state == "muted", _ALERTS.c.recorded_at >= clock.to_us(since))
    return connection.execute(asked).scalar_one()


def disputes(connection: Connection, changes: Sequence[str] | None = None) -> dict[str, Dispute]:
    """What persons call false alarms, by change."""
    asked = select(_DISPUTES).where(_DISPUTES.c.withdrawn == 0).order_by(_DISPUTES.c.at)
    if changes is not None:
        asked = asked.where(_DISPUTES.c.change.in_(changes))
    return {
        row.change: Dispute(change=row.change, at=clock.from_us(row.at), reason=row.reason, by=row.by)
        for row in connection.execute(asked)
    }
