"""When active watches are looked at next: all statements on the table `due` stand here.

It follows from the log which watches have a row; when a row is due, and what looks taught, is remembered only here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any  # what a driver takes and gives: values of columns

from sqlalchemy import Connection, Dialect, bindparam, delete, exists, func, select, update

from tracker import clock
from tracker.store.folding import Schedule
from tracker.store.records import DueWatch, Learned, Plan
from tracker.store.rows import Row
from tracker.store.statements import Prepared, get_row, prepared
from tracker.store.tables import DUE, VIEWS

_WATCHES = VIEWS["view_watches"]
_ALL = select(DUE, _WATCHES.c.failures).join_from(DUE, _WATCHES, DUE.c.watch == _WATCHES.c.watch)
_AT_A_TIME = 500  # names that one statement asks for
_UNLEARNED: dict[str, Any] = {
    "set_at": None, "why": "", "changes": 0.0, "exposure_s": 0.0, "looks": 0, "counted_at": None,
    "run_looks": 0, "run_changes": 0, "run_expected": 0.0,
}  # fmt: skip


def schedule(connection: Connection, effect: Schedule) -> None:
    """Look at a watch, no later than it was to be looked at anyway. Another page is learned from the beginning."""
    row = get_row(connection, DUE, effect.watch)
    values = {"watch": effect.watch, "host": effect.host, "due_at": effect.due_at}
    if row is None:
        prepared("insert", DUE, connection.dialect).run_each(connection, [{**_UNLEARNED, **values}])
        return
    if effect.is_other_page:
        row |= _UNLEARNED
    if effect.due_at < row["due_at"]:  # type: ignore[operator]  # a clock column
        values["why"] = ""
    else:
        values["due_at"] = row["due_at"]
    prepared("update", DUE, connection.dialect).run_each(connection, [{**row, **values, "key_watch": effect.watch}])


def unschedule(connection: Connection, watch: str) -> None:
    """Look at a watch no longer."""
    connection.execute(delete(DUE).where(DUE.c.watch == watch))


def move(connection: Connection, due: Mapping[str, datetime]) -> None:
    """Move due times and nothing else. A watch that is not active stays without one."""
    moved = [{"key_watch": watch, "due_at": clock.to_us(at), "why": ""} for watch, at in due.items()]
    _moving(connection.dialect).run_each(connection, moved)


def plan(connection: Connection, plans: Mapping[str, Plan]) -> None:
    """Write down what was decided. A watch that is not active stays without a due time."""
    _planning(connection.dialect).run_each(connection, [_planned(watch, one) for watch, one in plans.items()])


def first(connection: Connection) -> datetime | None:
    """When the next watch falls due."""
    found = connection.execute(select(func.min(DUE.c.due_at))).scalar()
    return clock.from_us(found) if found is not None else None


def due(connection: Connection, now: datetime, limit: int | None) -> tuple[DueWatch, ...]:
    """The watches that are due, the longest waiting first."""
    asked = _ALL.where(DUE.c.due_at <= clock.to_us(now)).order_by(DUE.c.due_at, DUE.c.watch).limit(limit)
    return tuple(_due_watch(row) for row in connection.execute(asked))


def waiting(connection: Connection, now: datetime) -> Iterator[tuple[str, str]]:
    """(watch, host) of what is due, the longest waiting first; read as far as it is asked for."""
    return _waiting(connection.dialect).each(connection, now=clock.to_us(now))


def of(connection: Connection, watches: Iterable[str] | None) -> dict[str, DueWatch]:
    """When these watches, or all active ones, are looked at next."""
    if watches is None:
        return {row[0]: _due_watch(row) for row in connection.execute(_ALL)}
    wanted = list(watches)
    found: dict[str, DueWatch] = {}
    for at in range(0, len(wanted), _AT_A_TIME):
        some = wanted[at : at + _AT_A_TIME]
        found |= {row[0]: _due_watch(row) for row in connection.execute(_ALL.where(DUE.c.watch.in_(some)))}
    return found


def paces(connection: Connection) -> Sequence[tuple[str, float, float, int]]:
    """(host, changes, exposure_s, looks) of each active watch that has no interval of its own."""
    return _paces(connection.dialect).all(connection)


def set_back(connection: Connection, us: int) -> None:
    """The clock was set back by so many microseconds: all that was to come moves with it."""
    moved = {"due_at": DUE.c.due_at - us, "set_at": DUE.c.set_at - us, "counted_at": DUE.c.counted_at - us}
    connection.execute(update(DUE).values(moved))


def pull_back(connection: Connection, now: datetime) -> int:
    """Where a due time was decided later than now, so that the clock was set back since: as long after now as it was
    to be after its decision. Gives how many there were.
    """
    now_us = clock.to_us(now)
    values = {"due_at": DUE.c.due_at - DUE.c.set_at + now_us, "set_at": now_us}
    return connection.execute(update(DUE).where(DUE.c.set_at > now_us).values(values)).rowcount


def reconcile(connection: Connection) -> Sequence[Row]:
    """Forget watches that are not active; gives the rows of active ones that have no due time."""
    active = select(_WATCHES.c.watch).where(_WATCHES.c.state == "active")
    connection.execute(delete(DUE).where(DUE.c.watch.not_in(active)))
    missing = select(_WATCHES).where(_WATCHES.c.state == "active", ~exists().where(DUE.c.watch == _WATCHES.c.watch))
    return [dict(row) for row in connection.execute(missing).mappings()]


def _planned(watch: str, plan: Plan) -> dict[str, object]:
    learned = plan.learned
    return {
        "key_watch": watch,
        "due_at": clock.to_us(plan.due_at),
        "set_at": clock.to_us(plan.set_at),
        "why": plan.why,
        "changes": learned.changes,
        "exposure_s": learned.exposure_s,
        "looks": learned.looks,
        "counted_at": clock.to_us(learned.counted_at) if learned.counted_at is not None else None,
        "run_looks": learned.run_looks,
        "run_changes": learned.run_changes,
        "run_expected": learned.run_expected,
    }


def _due_watch(row: Any) -> DueWatch:
    watch, host, due_at, _, why, *known, failures = row
    changes, exposure_s, looks, counted_at, run_looks, run_changes, run_expected = known
    return DueWatch(
        watch=watch,
        host=host,
        due_at=clock.from_us(due_at),
        why=why,
        failures=failures,
        learned=Learned(
            changes=changes,
            exposure_s=exposure_s,
            looks=looks,
            counted_at=clock.from_us(counted_at) if counted_at is not None else None,
            run_looks=run_looks,
            run_changes=run_changes,
            run_expected=run_expected,
        ),
    )


_BY_WATCH = DUE.c.watch == bindparam("key_watch", type_=DUE.c.watch.type)


@lru_cache(maxsize=4)
def _moving(dialect: Dialect) -> Prepared:
    moved = {c.name: bindparam(c.name, type_=c.type) for c in (DUE.c.due_at, DUE.c.why)}
    return Prepared(update(DUE).where(_BY_WATCH).values(moved), dialect)


@lru_cache(maxsize=4)
def _planning(dialect: Dialect) -> Prepared:
    kept = ("watch", "host")
    values = {c.name: bindparam(c.name, type_=c.type) for c in DUE.columns if c.name not in kept}
    return Prepared(update(DUE).where(_BY_WATCH).values(values), dialect)


@lru_cache(maxsize=4)
def _waiting(dialect: Dialect) -> Prepared:
    asked = select(DUE.c.watch, DUE.c.host).where(DUE.c.due_at <= bindparam("now", type_=DUE.c.due_at.type))
    return Prepared(asked.order_by(DUE.c.due_at, DUE.c.host), dialect)


@lru_cache(maxsize=4)
def _paces(dialect: Dialect) -> Prepared:
    joined = DUE.join(_WATCHES, DUE.c.watch == _WATCHES.c.watch)
    asked = select(DUE.c.host, DUE.c.changes, DUE.c.exposure_s, DUE.c.looks).select_from(joined)
    return Prepared(asked.where(_WATCHES.c.every_s.is_(None)), dialect)
