"""The operational tables: what is to be sent next, and by whom, and what was seen. When pages are due: due.py.

They follow from the log (`reconcile` makes them whole again), but for what no event tells: due times as they were
moved, leases, frozen bodies, refreshed validators.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, assert_never  # Any: columns of a select, whatever they are

from sqlalchemy import Connection, Select, and_, delete, exists, insert, or_, select, update

from tracker import clock
from tracker.errors import NothingRecorded
from tracker.store import due
from tracker.store.folding import Effect, Hold, Owe, Release, Retry, Schedule, Settle, Unschedule
from tracker.store.records import Operational, Sighting
from tracker.store.rows import Row
from tracker.store.statements import get_row, prepared
from tracker.store.tables import DEAD, HELD, HOSTS, OUTBOX, VIEWS, WATCH_STATE
from tracker.store.views import VALIDATORS, due_row

_DELIVERIES, _ALERTS, _CHANNELS = (VIEWS[f"view_{name}"] for name in ("deliveries", "alerts", "channels"))
PENDING = ("owed", "retrying")


def carry_out(connection: Connection, effects: Iterable[Effect]) -> None:
    """What follows from events, in their order."""
    for effect in effects:
        match effect:
            case Owe():
                connection.execute(delete(OUTBOX).where(OUTBOX.c.delivery == effect.delivery))
                connection.execute(insert(OUTBOX).values({**_owed(effect), "body": _taken_back(connection, effect)}))
            case Retry():
                moved = update(OUTBOX).where(OUTBOX.c.delivery == effect.delivery)
                anew = {"body": None} if effect.is_anew else {}
                connection.execute(moved, {"due_at": effect.due_at, "lease_until": None, **anew})
            case Settle():
                if effect.is_dead:
                    _keep_dead(connection, effect.delivery)
                connection.execute(delete(OUTBOX).where(OUTBOX.c.delivery == effect.delivery))
            case Hold():
                connection.execute(delete(HELD).where(HELD.c.alert == effect.alert))
                connection.execute(insert(HELD).values(alert=effect.alert, due_at=effect.due_at))
            case Release():
                connection.execute(delete(HELD).where(HELD.c.alert == effect.alert))
            case Schedule():
                if effect.is_other_page:
                    connection.execute(delete(WATCH_STATE).where(WATCH_STATE.c.watch == effect.watch))
                due.schedule(connection, effect)
            case Unschedule():
                due.unschedule(connection, effect.watch)
            case _:
                assert_never(effect)


def _keep_dead(connection: Connection, delivery: str) -> None:
    """Keep the message of a delivery that is given up."""
    body = frozen(connection, delivery)
    if body is not None:
        connection.execute(delete(DEAD).where(DEAD.c.delivery == delivery))
        connection.execute(insert(DEAD).values(delivery=delivery, body=body))


def _taken_back(connection: Connection, owe: Owe) -> bytes | None:
    """The message of a delivery that was given up and is owed once more."""
    body: bytes | None = connection.execute(select(DEAD.c.body).where(DEAD.c.delivery == owe.delivery)).scalar()
    if body is not None:
        connection.execute(delete(DEAD).where(DEAD.c.delivery == owe.delivery))
    return body


def operate(connection: Connection, operational: Operational) -> None:
    """Due times of active watches, and sightings. A watch that is not active stays without a due time."""
    due.move(connection, operational.due)
    due.plan(connection, operational.plans)
    new: list[Row] = []
    changed: list[Row] = []
    for watch, sighting in operational.seen.items():
        before = get_row(connection, WATCH_STATE, watch)
        row = _sighted(watch, sighting, before)
        if before is None:
            new.append(row)
        elif before["seen_at"] <= row["seen_at"]:  # type: ignore[operator]  # clock columns
            changed.append({**row, "key_watch": watch})
    prepared("insert", WATCH_STATE, connection.dialect).run_each(connection, new)
    prepared("update", WATCH_STATE, connection.dialect).run_each(connection, changed)


def _sighted(watch: str, sighting: Sighting, before: Row | None) -> Row:
    at = clock.to_us(sighting.at)
    body = bytes.fromhex(sighting.body_sha256) if sighting.body_sha256 is not None else None
    if body is None and before is not None:  # a 304 says that the bytes are the ones before
        body = before["body_sha256"]  # type: ignore[assignment]  # a hash column
    return {
        "watch": watch,
        "seen_at": at,
        **{name: getattr(sighting.validators, name) for name in VALIDATORS},
        "body_sha256": body,
        "twice_at": at if sighting.is_twice else before["twice_at"] if before is not None else None,
    }


def host_note(connection: Connection, origin: str) -> str | None:
    """What is remembered of a host, as JSON text; None for one that was never asked."""
    row = get_row(connection, HOSTS, origin)
    return str(row["note"]) if row is not None else None


def host_notes(connection: Connection) -> tuple[str, ...]:
    """What is remembered of all hosts, as JSON texts."""
    return tuple(connection.execute(select(HOSTS.c.note).order_by(HOSTS.c.origin)).scalars())


def keep_host_note(connection: Connection, origin: str, note: str) -> None:
    """Remember this of a host, instead of what was."""
    row: Row = {"origin": origin, "note": note}
    if get_row(connection, HOSTS, origin) is None:
        prepared("insert", HOSTS, connection.dialect).run_each(connection, [row])
    else:
        prepared("update", HOSTS, connection.dialect).run_each(connection, [{**row, "key_origin": origin}])


def first_delivery(connection: Connection) -> datetime | None:
    """When the next delivery can be leased."""
    asked = _oldest(select(OUTBOX.c.due_at, OUTBOX.c.lease_until))
    found = [max(row.due_at, row.lease_until or 0) for row in connection.execute(asked)]
    return clock.from_us(min(found)) if found else None


def lease(connection: Connection, now: datetime, limit: int, lease_s: int) -> tuple[tuple[str, bytes | None], ...]:
    """Take deliveries that are due for `lease_s` seconds: the oldest of each (channel, profile) and no other."""
    now_us = clock.to_us(now)
    asked = _oldest(select(OUTBOX.c.delivery, OUTBOX.c.body)).where(
        OUTBOX.c.due_at <= now_us, or_(OUTBOX.c.lease_until.is_(None), OUTBOX.c.lease_until <= now_us)
    )
    asked = asked.order_by(OUTBOX.c.position, OUTBOX.c.ordinal).limit(limit)
    found = tuple((row.delivery, row.body) for row in connection.execute(asked))
    if found:
        taken = update(OUTBOX).where(OUTBOX.c.delivery.in_([name for name, _ in found]))
        connection.execute(taken, {"lease_until": now_us + lease_s * 1_000_000})
    return found


def defer(connection: Connection, until: Mapping[str, int]) -> None:
    """Let deliveries go from their leases, to be tried from those instants on."""
    for delivery, at in until.items():
        mine = update(OUTBOX).where(OUTBOX.c.delivery == delivery)
        connection.execute(mine, {"due_at": at, "lease_until": None})


def freeze(connection: Connection, delivery: str, body: bytes) -> bytes:
    """Keep the body of a delivery; the first one that was kept is given back."""
    mine = update(OUTBOX).where(OUTBOX.c.delivery == delivery, OUTBOX.c.body.is_(None))
    connection.execute(mine, {"body": body})
    frozen: bytes | None = connection.execute(select(OUTBOX.c.body).where(OUTBOX.c.delivery == delivery)).scalar()
    if frozen is None:
        raise NothingRecorded(f"Nothing is owed under {delivery}", remedy="See: tracker deliveries list")
    return frozen


def frozen(connection: Connection, delivery: str) -> bytes | None:
    """The message of a delivery that is pending or was given up, once it was rendered."""
    kept: bytes | None = connection.execute(select(OUTBOX.c.body).where(OUTBOX.c.delivery == delivery)).scalar()
    if kept is None:
        kept = connection.execute(select(DEAD.c.body).where(DEAD.c.delivery == delivery)).scalar()
    return kept


def reconcile(connection: Connection, now: datetime) -> None:
    """Make the operational tables fit the views: a row for each pending delivery and each active watch, no other."""
    # A kept message is taken over only where it is the one that was tried: the rest is rendered anew when it is due.
    tried = select(OUTBOX.c.delivery, OUTBOX.c.body, _DELIVERIES.c.body_sha256)
    tried = tried.join(_DELIVERIES, _DELIVERIES.c.delivery == OUTBOX.c.delivery).where(OUTBOX.c.body.is_not(None))
    kept = {
        row.delivery: row.body
        for row in connection.execute(tried)
        if row.body_sha256 is not None and hashlib.sha256(row.body).digest() == row.body_sha256
    }
    connection.execute(delete(HELD))
    waiting = select(_ALERTS.c.alert, _ALERTS.c.recorded_at).where(_ALERTS.c.state == "held")
    for held in connection.execute(waiting).all():
        connection.execute(insert(HELD).values(alert=held.alert, due_at=held.recorded_at))
    connection.execute(delete(OUTBOX))
    for owed in unowed(connection):
        connection.execute(insert(OUTBOX).values({**_owed(owed), "body": kept.get(owed.delivery)}))
    for row in due.reconcile(connection):
        due.schedule(connection, due_row(row, clock.to_us(now)))


def unowed(connection: Connection) -> Sequence[Owe]:
    """Pending deliveries that have no row in the outbox: none, but after damage."""
    d = _DELIVERIES.c
    asked = select(_DELIVERIES).where(d.state.in_(PENDING), ~exists().where(OUTBOX.c.delivery == d.delivery))
    return [
        Owe(row.delivery, row.channel, row.profile, row.position, row.ordinal, row.next_at)
        for row in connection.execute(asked.order_by(d.position, d.ordinal))
    ]


def _oldest(asked: Select[Any]) -> Select[Any]:
    older = OUTBOX.alias("older")
    is_older = or_(
        older.c.position < OUTBOX.c.position,
        and_(older.c.position == OUTBOX.c.position, older.c.ordinal < OUTBOX.c.ordinal),
    )
    same_lane = and_(older.c.channel == OUTBOX.c.channel, older.c.profile == OUTBOX.c.profile)
    disabled = select(_CHANNELS.c.channel).where(_CHANNELS.c.disabled_at.is_not(None))
    return asked.where(~exists().where(same_lane, is_older), OUTBOX.c.channel.not_in(disabled))


def _owed(effect: Owe) -> dict[str, object]:
    return {
        "delivery": effect.delivery,
        "channel": effect.channel,
        "profile": effect.profile,
        "position": effect.position,
        "ordinal": effect.ordinal,
        "due_at": effect.due_at,
        "lease_until": None,
        "body": None,
    }
