"""The operational tables: what is to be looked at and sent next, and by whom. All statements on them stand here.

They follow from the log (`reconcile` makes them whole again), but for what no event tells: due times as they were
moved, leases, frozen bodies, refreshed validators.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, assert_never  # Any: columns of a select, whatever they are

from sqlalchemy import Connection, Select, and_, delete, exists, func, insert, or_, select, update

from tracker import clock
from tracker.errors import NothingRecorded
from tracker.store.folding import Effect, Owe, Retry, Schedule, Settle, Unschedule
from tracker.store.records import DueWatch, Operational
from tracker.store.tables import DUE, OUTBOX, VIEWS, WATCH_STATE
from tracker.store.views import due_row

_WATCHES, _DELIVERIES = VIEWS["view_watches"], VIEWS["view_deliveries"]
PENDING = ("owed", "retrying")


def carry_out(connection: Connection, effects: Iterable[Effect]) -> None:
    """What follows from events, in their order."""
    for effect in effects:
        match effect:
            case Owe():
                connection.execute(delete(OUTBOX).where(OUTBOX.c.delivery == effect.delivery))
                connection.execute(insert(OUTBOX).values(_owed(effect)))
            case Retry():
                moved = update(OUTBOX).where(OUTBOX.c.delivery == effect.delivery)
                connection.execute(moved, {"due_at": effect.due_at, "lease_until": None})
            case Settle():
                connection.execute(delete(OUTBOX).where(OUTBOX.c.delivery == effect.delivery))
            case Schedule():
                if effect.is_other_page:
                    connection.execute(delete(WATCH_STATE).where(WATCH_STATE.c.watch == effect.watch))
                _schedule(connection, effect)
            case Unschedule():
                connection.execute(delete(DUE).where(DUE.c.watch == effect.watch))
            case _:
                assert_never(effect)


def operate(connection: Connection, operational: Operational) -> None:
    """Due times of active watches, and sightings. A watch that is not active stays without a due time."""
    for watch, due_at in operational.due.items():
        connection.execute(update(DUE).where(DUE.c.watch == watch), {"due_at": clock.to_us(due_at)})
    for watch, sighting in operational.seen.items():
        values = {
            "watch": watch,
            "seen_at": clock.to_us(sighting.at),
            "etag": sighting.validators.etag,
            "last_modified": sighting.validators.last_modified,
            "body_sha256": bytes.fromhex(sighting.body_sha256) if sighting.body_sha256 is not None else None,
        }
        state = connection.execute(select(WATCH_STATE).where(WATCH_STATE.c.watch == watch)).one_or_none()
        if state is None:
            connection.execute(insert(WATCH_STATE).values(values))
        elif state.seen_at <= values["seen_at"]:
            if values["body_sha256"] is None:  # a 304 says that the bytes are the ones before
                values["body_sha256"] = state.body_sha256
            connection.execute(update(WATCH_STATE).where(WATCH_STATE.c.watch == watch), values)


def due_watches(connection: Connection, now: datetime, limit: int | None) -> tuple[DueWatch, ...]:
    """The watches that are due, the longest waiting first."""
    asked = select(DUE).where(DUE.c.due_at <= clock.to_us(now)).order_by(DUE.c.due_at, DUE.c.watch).limit(limit)
    return tuple(
        DueWatch(watch=row.watch, host=row.host, due_at=clock.from_us(row.due_at)) for row in connection.execute(asked)
    )


def first_due(connection: Connection) -> datetime | None:
    """When the next watch falls due."""
    found = connection.execute(select(func.min(DUE.c.due_at))).scalar()
    return clock.from_us(found) if found is not None else None


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


def freeze(connection: Connection, delivery: str, body: bytes) -> bytes:
    """Keep the body of a delivery; the first one that was kept is given back."""
    mine = update(OUTBOX).where(OUTBOX.c.delivery == delivery, OUTBOX.c.body.is_(None))
    connection.execute(mine, {"body": body})
    frozen: bytes | None = connection.execute(select(OUTBOX.c.body).where(OUTBOX.c.delivery == delivery)).scalar()
    if frozen is None:
        raise NothingRecorded(f"Nothing is owed under {delivery}", remedy="See: tracker deliveries list")
    return frozen


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
    connection.execute(delete(OUTBOX))
    active = select(_WATCHES.c.watch).where(_WATCHES.c.state == "active")
    connection.execute(delete(DUE).where(DUE.c.watch.not_in(active)))
    for owed in unowed(connection):
        connection.execute(insert(OUTBOX).values({**_owed(owed), "body": kept.get(owed.delivery)}))
    missing = select(_WATCHES).where(_WATCHES.c.state == "active", ~exists().where(DUE.c.watch == _WATCHES.c.watch))
    for row in connection.execute(missing).mappings().all():
        _schedule(connection, due_row(dict(row), clock.to_us(now)))


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
    return asked.where(~exists().where(same_lane, is_older))


def _schedule(connection: Connection, effect: Schedule) -> None:
    row = connection.execute(select(DUE).where(DUE.c.watch == effect.watch)).one_or_none()
    if row is None:
        connection.execute(insert(DUE).values(watch=effect.watch, host=effect.host, due_at=effect.due_at))
    else:  # altered: looked at anew, no later than it was to be
        values = {"host": effect.host, "due_at": min(row.due_at, effect.due_at)}
        connection.execute(update(DUE).where(DUE.c.watch == effect.watch), values)


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
