"""The operational tables: what is to be sent next, and by whom, and what was seen. When pages are due: due.py.

They follow from the log (`reconcile` makes them whole again), but for what no event tells: due times as they were
moved, leases, frozen bodies, refreshed validators.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, assert_never  # Any: columns of a select, whatever they are

from sqlalchemy import (
    Connection,
    Dialect,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from tracker import clock
from tracker.store import due
from tracker.store.folding import Effect, Hold, Owe, Release, Retry, Schedule, Settle, Unschedule
from tracker.store.records import Operational, Sighting
from tracker.store.rows import Row
from tracker.store.statements import Prepared, get_row, prepared
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
                connection.execute(insert(OUTBOX).values({**_owed(effect), **_taken_back(connection, effect)}))
            case Retry():
                moved = update(OUTBOX).where(OUTBOX.c.delivery == effect.delivery)
                anew = {"body": None, "kind": None} if effect.is_anew else {}
                connection.execute(moved, {"due_at": effect.due_at, "lease_until": None, **anew})
            case Settle():
                if effect.is_dead:
                    _keep_dead(connection, effect.delivery)
                _settling(connection.dialect).run_each(connection, [{"wanted": effect.delivery}])
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
    asked = select(OUTBOX.c.body, OUTBOX.c.kind).where(OUTBOX.c.delivery == delivery, OUTBOX.c.body.is_not(None))
    row = connection.execute(asked).first()
    if row is not None:
        connection.execute(delete(DEAD).where(DEAD.c.delivery == delivery))
        connection.execute(insert(DEAD).values(delivery=delivery, body=row.body, kind=row.kind))


def _taken_back(connection: Connection, owe: Owe) -> dict[str, object]:
    """The message of a delivery that was given up and is owed once more."""
    row = connection.execute(select(DEAD.c.body, DEAD.c.kind).where(DEAD.c.delivery == owe.delivery)).first()
    if row is None:
        return {}
    connection.execute(delete(DEAD).where(DEAD.c.delivery == owe.delivery))
    return {"body": row.body, "kind": row.kind}


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


def first_delivery(connection: Connection, without: Collection[str] = ()) -> datetime | None:
    """When the next delivery can be leased. without: channels that are left out."""
    found = connection.execute(_first(), {"without": list(without)}).scalar()
    return clock.from_us(found) if found is not None else None


@lru_cache(maxsize=1)
def _first() -> Select[Any]:
    free_at = case((OUTBOX.c.lease_until > OUTBOX.c.due_at, OUTBOX.c.lease_until), else_=OUTBOX.c.due_at)
    return _oldest(select(func.min(free_at)))


def lease(
    connection: Connection, now: datetime, limit: int, lease_s: int, without: Collection[str] = ()
) -> tuple[tuple[str, bytes | None, str | None], ...]:
    """Take deliveries that are due for `lease_s` seconds: the oldest of each (channel, profile) and no other.

    With the body of each and the kind that it was rendered for. without: channels of which nothing is taken.
    """
    now_us = clock.to_us(now)
    asked = {"now": now_us, "most": limit, "without": list(without)}
    found = tuple((row.delivery, row.body, row.kind) for row in connection.execute(_leasing(), asked))
    if found:
        taken = update(OUTBOX).where(OUTBOX.c.delivery.in_([name for name, _, _ in found]))
        connection.execute(taken, {"lease_until": now_us + lease_s * 1_000_000})
    return found


@lru_cache(maxsize=1)
def _leasing() -> Select[Any]:
    now = bindparam("now", type_=OUTBOX.c.due_at.type)
    asked = _oldest(select(OUTBOX.c.delivery, OUTBOX.c.body, OUTBOX.c.kind)).where(
        OUTBOX.c.due_at <= now, or_(OUTBOX.c.lease_until.is_(None), OUTBOX.c.lease_until <= now)
    )
    return asked.order_by(OUTBOX.c.position, OUTBOX.c.ordinal).limit(bindparam("most", type_=OUTBOX.c.due_at.type))


def hasten(connection: Connection, channel: str) -> None:
    """Try what is owed to a channel at once, whenever it was to be tried again."""
    connection.execute(update(OUTBOX).where(OUTBOX.c.channel == channel), {"due_at": 0})


def defer(connection: Connection, until: Mapping[str, int]) -> None:
    """Let deliveries go from their leases, to be tried from those instants on."""
    for delivery, at in until.items():
        mine = update(OUTBOX).where(OUTBOX.c.delivery == delivery)
        connection.execute(mine, {"due_at": at, "lease_until": None})


def freeze(connection: Connection, bodies: Mapping[str, bytes], kind: str) -> dict[str, bytes]:
    """Keep the bodies of deliveries, rendered for a kind of channel; of each the first one that was kept is given back,
    of those that are owed.
    """
    asked = [{"wanted": delivery, "kept": body, "made_for": kind} for delivery, body in bodies.items()]
    _freezing(connection.dialect).run_each(connection, asked)
    found = {delivery: _body(connection.dialect).first(connection, wanted=delivery) for delivery in bodies}
    # One that was made for another kind of channel meanwhile is none of ours: it is leased again, and made anew.
    return {delivery: bytes(row[0]) for delivery, row in found.items() if row is not None and row[1] == kind}


@lru_cache(maxsize=4)
def _freezing(dialect: Dialect) -> Prepared:
    wanted = OUTBOX.c.delivery == bindparam("wanted", type_=OUTBOX.c.delivery.type)
    mine = update(OUTBOX).where(wanted, OUTBOX.c.body.is_(None))
    values = {
        "body": bindparam("kept", type_=OUTBOX.c.body.type),
        "kind": bindparam("made_for", type_=OUTBOX.c.kind.type),
    }
    return Prepared(mine.values(values), dialect)


@lru_cache(maxsize=4)
def _body(dialect: Dialect) -> Prepared:
    wanted = OUTBOX.c.delivery == bindparam("wanted", type_=OUTBOX.c.delivery.type)
    return Prepared(select(OUTBOX.c.body, OUTBOX.c.kind).where(wanted), dialect)


@lru_cache(maxsize=4)
def _settling(dialect: Dialect) -> Prepared:
    wanted = OUTBOX.c.delivery == bindparam("wanted", type_=OUTBOX.c.delivery.type)
    return Prepared(delete(OUTBOX).where(wanted), dialect)


def frozen(connection: Connection, delivery: str) -> bytes | None:
    """The message of a delivery that is pending or was given up, once it was rendered."""
    kept: bytes | None = connection.execute(select(OUTBOX.c.body).where(OUTBOX.c.delivery == delivery)).scalar()
    if kept is None:
        kept = connection.execute(select(DEAD.c.body).where(DEAD.c.delivery == delivery)).scalar()
    return kept


def reconcile(connection: Connection, now: datetime) -> None:
    """Make the operational tables fit the views: a row for each pending delivery and each active watch, no other."""
    # A kept message is taken over where it is the one that was tried, or none was: who was sent it may have it.
    tried = select(OUTBOX.c.delivery, OUTBOX.c.body, OUTBOX.c.kind, _DELIVERIES.c.body_sha256)
    tried = tried.join(_DELIVERIES, _DELIVERIES.c.delivery == OUTBOX.c.delivery).where(OUTBOX.c.body.is_not(None))
    kept = {
        row.delivery: {"body": row.body, "kind": row.kind}
        for row in connection.execute(tried)
        if row.body_sha256 is None or hashlib.sha256(row.body).digest() == row.body_sha256
    }
    connection.execute(delete(HELD))
    waiting = select(_ALERTS.c.alert).where(_ALERTS.c.state == "held")
    for held in connection.execute(waiting).all():
        connection.execute(insert(HELD).values(alert=held.alert, due_at=0))
    connection.execute(delete(OUTBOX))
    for owed in unowed(connection):
        connection.execute(insert(OUTBOX).values({**_owed(owed), **kept.get(owed.delivery, {})}))
    for row in due.reconcile(connection):
        due.schedule(connection, due_row(row, clock.to_us(now)))


def unowed(connection: Connection) -> Sequence[Owe]:
    """Pending deliveries that have no row in the outbox: none, but after damage."""
    d = _DELIVERIES.c
    asked = select(_DELIVERIES).where(d.state.in_(PENDING), ~exists().where(OUTBOX.c.delivery == d.delivery))
    return [
        Owe(
            row.delivery, row.channel, row.profile, row.position, row.ordinal, row.next_at if row.state != "owed" else 0
        )
        for row in connection.execute(asked.order_by(d.position, d.ordinal))
    ]


def _oldest(asked: Select[Any]) -> Select[Any]:
    """Of the oldest of each (channel, profile), where the channel is neither disabled nor among `without`."""
    older = OUTBOX.alias("older")
    is_older = or_(
        older.c.position < OUTBOX.c.position,
        and_(older.c.position == OUTBOX.c.position, older.c.ordinal < OUTBOX.c.ordinal),
    )
    same_lane = and_(older.c.channel == OUTBOX.c.channel, older.c.profile == OUTBOX.c.profile)
    disabled = select(_CHANNELS.c.channel).where(_CHANNELS.c.disabled_at.is_not(None))
    without = OUTBOX.c.channel.not_in(bindparam("without", expanding=True))
    return asked.where(~exists().where(same_lane, is_older), OUTBOX.c.channel.not_in(disabled), without)


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
        "kind": None,
    }
