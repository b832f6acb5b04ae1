"""Is everything as it was recorded? Leaves, root, payloads, streams, bodies, views, outbox. Only reads.

Nothing is taken on trust but the formula: each leaf is made anew from its columns, each payload and body is hashed,
and the views are folded anew beside the store and compared with it row by row, value by value. What cannot be read
at all is a finding, never a traceback. What this cannot see: a log cut at its end together with its head, or replaced
whole; that takes a root kept elsewhere.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any  # rows of a select

from sqlalchemy import Connection, Engine, Row, Select, Table, func, select
from sqlalchemy.exc import DBAPIError

from tracker.errors import Damaged
from tracker.events.merkle import Frontier
from tracker.store import outbox
from tracker.store.blobs import Packed, unpacked
from tracker.store.engine import scratch_engine
from tracker.store.leaves import Leafed
from tracker.store.records import Finding, Report
from tracker.store.statements import key_names, view_rows, write_views
from tracker.store.tables import BODIES, CURSOR, DUE, EVENTS, HEADS, HELD, IDEM, LOG, OUTBOX, STREAMS, VIEWS, metadata
from tracker.store.views import fold, named_bodies

Progress = Callable[[int, int], None]
_PAGE = 500
_DEFERRED_US = 30 * 86_400 * 1_000_000  # how far a wish of a channel, or our own limits, may put off a delivery
_MAX_FINDINGS = 100  # of each kind; a damaged file may have a finding for every row


class _Findings:
    """What was found, up to a hundred of a kind, and the first bad position."""

    def __init__(self) -> None:
        self.found: list[Finding] = []
        self.first_bad: int | None = None
        self._counts: dict[str, int] = {}

    def add(
        self,
        kind: str,
        where: str,
        what: str,
        position: int | None = None,
        recorded: object = None,
        expected: object = None,
    ) -> None:
        if position is not None and kind == "events":
            self.first_bad = position if self.first_bad is None else min(self.first_bad, position)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if self._counts[kind] == _MAX_FINDINGS:
            self.found.append(Finding(kind=kind, where="", what="and more, not listed"))
        if self._counts[kind] < _MAX_FINDINGS:
            values = [_shown(v) if (recorded, expected) != (None, None) else None for v in (recorded, expected)]
            self.found.append(
                Finding(kind=kind, where=where, what=what, position=position, recorded=values[0], expected=values[1])
            )

    @contextmanager
    def reading(self, what: str) -> Iterator[None]:
        """Take what the database or a decoder cannot read as a finding."""
        try:
            yield
        except DBAPIError as error:
            self.add("file", what, f"cannot be read: {error.orig}")
        except (ValueError, TypeError, OverflowError) as wrong:
            self.add("file", what, f"cannot be read: {wrong!r}")


def verified(engine: Engine, progress: Progress | None = None) -> Report:
    """The report over the store that the engine reads, of one instant of it."""
    findings = _Findings()
    tally = _Tally(progress)
    root: str | None = None
    with findings.reading("the store"), engine.connect() as connection, connection.begin():
        with findings.reading("the file's pages"):
            _check_pages(connection, findings)
        with findings.reading("the number of events and bodies"):
            tally.expect(connection)
        scratch = scratch_engine()
        try:
            with scratch.connect() as beside, beside.begin():
                metadata.create_all(beside, tables=list(VIEWS.values()), checkfirst=False)
                named: dict[bytes, int] = {}
                with findings.reading("events"):
                    root = _check_log(connection, beside, findings, named, tally)
                with findings.reading("bodies"):
                    _check_bodies(connection, findings, named, tally)
                for table in VIEWS.values():
                    with findings.reading(table.name):
                        tally.rows += _check_view(connection, beside, table, findings)
            with findings.reading("outbox and due"):
                _check_operational(connection, findings)
        finally:
            scratch.dispose()
    return Report(
        events=tally.events,
        bodies=tally.bodies,
        rows=tally.rows,
        root=root,
        first_bad=findings.first_bad,
        findings=tuple(findings.found),
    )


class _Tally:
    """What was looked at, told to `progress` as it goes."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._of = 0
        self.events = self.bodies = self.rows = 0

    def expect(self, connection: Connection) -> None:
        counts = [select(func.count()).select_from(table) for table in (EVENTS, BODIES)]
        self._of = sum(connection.execute(one).scalar() or 0 for one in counts)

    def tell(self) -> None:
        if self._progress is not None:
            self._progress(self.events + self.bodies, self._of)


def _check_pages(connection: Connection, findings: _Findings) -> None:
    if connection.dialect.name == "sqlite":
        for (told,) in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
            if told != "ok":
                findings.add("file", "the file's pages", str(told))


# ---------------------------------------------------------------- the log


def _check_log(
    connection: Connection, beside: Connection, findings: _Findings, named: dict[bytes, int], tally: _Tally
) -> str:
    """Every event, in order, folded as it goes; gives the root that the leaves make. named: body → first position."""
    frontier = Frontier()
    versions: dict[str, int] = {}
    keys: dict[str, list[int]] = {}
    recorded_at = 0
    rows = view_rows(beside)
    for leaf in _leafs(connection, findings):
        position = tally.events + 1
        tally.events += 1
        if leaf.position != position:
            findings.add(
                "events", f"event {leaf.position}", "positions are not gapless", position, leaf.position, position
            )
            tally.events = leaf.position  # the ones behind a gap are looked at for themselves
        version = versions[leaf.stream] = versions.get(leaf.stream, 0) + 1
        if leaf.version != version:
            where = f"event {leaf.position}, {leaf.stream}"
            findings.add(
                "events", where, "versions of its stream are not gapless", leaf.position, leaf.version, version
            )
            versions[leaf.stream] = leaf.version
        if leaf.recorded_at < recorded_at:
            findings.add("events", f"event {leaf.position}", "recorded before the one in front of it", leaf.position)
        recorded_at = max(recorded_at, leaf.recorded_at)
        _check_leaf(leaf, findings)
        frontier = frontier.grown((leaf.leaf,))
        first = keys.setdefault(leaf.key, [leaf.position, 0])
        first[1] += 1
        with findings.reading(f"event {leaf.position}"):
            _fold(leaf, rows, findings, named)
        if tally.events % _PAGE == 0:
            write_views(beside, rows)
            tally.tell()
    write_views(beside, rows)
    tally.tell()
    with findings.reading("heads, streams and keys"):
        _check_head(connection, frontier, recorded_at, findings)
        _check_derived(connection, findings, STREAMS, {stream: (version,) for stream, version in versions.items()})
        _check_derived(connection, findings, IDEM, {key: (at, n) for key, (at, n) in keys.items()})
    return frontier.root().hex()


def _leafs(connection: Connection, findings: _Findings) -> Iterator[Leafed]:
    last = 0
    while True:
        asked = select(EVENTS).where(EVENTS.c.log_id == LOG, EVENTS.c.position > last)
        page = connection.execute(asked.order_by(EVENTS.c.position).limit(_PAGE)).all()
        for row in page:
            yield Leafed(*row)
        if len(page) < _PAGE:
            return
        last = page[-1].position


def _check_leaf(leaf: Leafed, findings: _Findings) -> None:
    where = f"event {leaf.position}"
    if not leaf.payload_is_whole():
        findings.add("events", where, "its payload is not the one that was recorded", leaf.position)
    try:
        made = leaf.leaf_now()
    except (ValueError, TypeError) as wrong:
        findings.add("events", where, f"its columns cannot be read: {wrong}", leaf.position)
        return
    if made != leaf.leaf:
        findings.add("events", where, "its columns do not make its leaf", leaf.position, leaf.leaf, made)


def _fold(leaf: Leafed, rows: Any, findings: _Findings, named: dict[bytes, int]) -> None:
    try:
        event = leaf.event()
        if leaf.payload is not None:
            for sha256 in named_bodies(event.type, event.payload):
                named.setdefault(bytes.fromhex(sha256), leaf.position)
        fold(event, rows)
    except (Damaged, ValueError, KeyError, TypeError) as wrong:
        rows.discard()
        findings.add("events", f"event {leaf.position}", f"cannot be read: {wrong}", leaf.position)
        return
    rows.settle()


def _check_head(connection: Connection, frontier: Frontier, recorded_at: int, findings: _Findings) -> None:
    head = connection.execute(select(HEADS).where(HEADS.c.log_id == LOG)).one_or_none()
    cursor = connection.execute(select(CURSOR.c.position).where(CURSOR.c.log_id == LOG)).scalar()
    if head is None:
        return findings.add("events", "the head of the log", "is not there", frontier.size + 1)
    # A log that is cut, or goes on beyond its head, is bad from where the two part.
    where, at = "the head of the log", min(head.position, frontier.size) + 1
    if head.position != frontier.size:
        what = "the log does not end where its head says"
        findings.add("events", where, what, at, head.position, frontier.size)
    elif head.root != frontier.root() or head.frontier != frontier.to_bytes():
        findings.add("events", where, "its root is not that of the leaves", None, head.root, frontier.root())
    if (head.recorded_at or 0) != recorded_at:
        what = "its time is not that of the last event"
        findings.add("events", where, what, None, head.recorded_at, recorded_at)
    if cursor != head.position:
        findings.add("views", "view_cursor", "the views are not folded to the end", None, cursor, head.position)
    return None


def _check_derived(
    connection: Connection, findings: _Findings, table: Table, expected: dict[str, tuple[int, ...]]
) -> None:
    """Rows (log, name, numbers…) against what the events say."""
    for row in connection.execute(select(table)):
        name, values = row[1], tuple(row[2:])
        wanted = expected.pop(name, None)
        if values != wanted:
            findings.add("events", f"{table.name}, {name}", "is not what the events say", None, values, wanted)
    for name, wanted in expected.items():
        findings.add("events", f"{table.name}, {name}", "is not there", None, None, wanted)


# ---------------------------------------------------------------- bodies


def _check_bodies(connection: Connection, findings: _Findings, named: dict[bytes, int], tally: _Tally) -> None:
    """Every body decodes to its hash, and every body that an event names is there."""
    last = b""
    while True:
        asked = select(BODIES).where(BODIES.c.sha256 > last).order_by(BODIES.c.sha256).limit(_PAGE // 10)
        page = connection.execute(asked).all()
        for row in page:
            tally.bodies += 1
            last = row.sha256
            try:
                unpacked(Packed(*row))
            except (Damaged, TypeError) as wrong:
                what = f"{wrong.where or wrong.what}" if isinstance(wrong, Damaged) else repr(wrong)
                findings.add("bodies", f"body {last.hex()}", what, named.get(last))
            named.pop(last, None)
        tally.tell()
        if len(page) < _PAGE // 10:
            break
    for sha256, position in named.items():
        findings.add("bodies", f"body {sha256.hex()}", "is named by an event and not here", position)


# ---------------------------------------------------------------- views


def _check_view(connection: Connection, beside: Connection, table: Table, findings: _Findings) -> int:
    """The view's rows against the same view folded anew, both in order of key; gives how many rows there are."""
    keys = key_names(table)
    kept, made = _in_order(connection, table), _in_order(beside, table)
    mine, other = next(kept, None), next(made, None)
    for n in count():
        if mine is None and other is None:
            return n
        key_mine, key_other = _key(mine, keys), _key(other, keys)
        if other is None or (mine is not None and key_mine < key_other):
            findings.add("views", f"{table.name} {_named(keys, mine)}", "is a row that no event tells of")
            mine = next(kept, None)
        elif mine is None or key_other < key_mine:
            findings.add("views", f"{table.name} {_named(keys, other)}", "is not there")
            other = next(made, None)
        else:
            _check_cells(table, keys, mine, other, findings)
            mine, other = next(kept, None), next(made, None)
    return 0


def _check_cells(table: Table, keys: tuple[str, ...], mine: Row[Any], other: Row[Any], findings: _Findings) -> None:
    for column, recorded, expected in zip(table.columns.keys(), mine, other, strict=True):
        if recorded != expected or type(recorded) is not type(expected):
            where = f"{table.name} {_named(keys, mine)}, {column}"
            findings.add("views", where, "is not what the events say", None, recorded, expected)


def _in_order(connection: Connection, table: Table) -> Iterator[Row[Any]]:
    order = list(table.primary_key.columns)
    return iter(connection.execution_options(yield_per=_PAGE).execute(select(table).order_by(*order)))


def _key(row: Row[Any] | None, keys: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row._mapping[name] for name in keys) if row is not None else ()


def _named(keys: tuple[str, ...], row: Row[Any] | None) -> str:
    return " ".join(f"{name}={_shown(value)}" for name, value in zip(keys, _key(row, keys), strict=False))


def _check_operational(connection: Connection, findings: _Findings) -> None:
    for owed in outbox.unowed(connection):
        findings.add("outbox", f"delivery {owed.delivery}", "is owed and has no row in the outbox", owed.position)
    watches, deliveries = VIEWS["view_watches"], VIEWS["view_deliveries"]
    pending = select(deliveries.c.delivery).where(deliveries.c.state.in_(outbox.PENDING))
    for name in connection.execute(select(OUTBOX.c.delivery).where(OUTBOX.c.delivery.not_in(pending))).scalars():
        findings.add("outbox", f"delivery {name}", "is in the outbox and not owed")
    last_at = connection.execute(select(HEADS.c.recorded_at).where(HEADS.c.log_id == LOG)).scalar() or 0
    for row in connection.execute(_owed_as_said()):
        for column in ("channel", "profile", "position", "ordinal"):
            _check_owed(row.delivery, column, getattr(row, f"outbox_{column}"), getattr(row, column), findings)
        least = row.next_at if row.state == "retrying" else 0
        if row.due_at and not least <= row.due_at <= max(row.next_at, last_at) + _DEFERRED_US:
            _check_owed(row.delivery, "due_at", row.due_at, row.next_at, findings)
        if row.body is not None and row.body_sha256 is not None:
            _check_owed(row.delivery, "body", hashlib.sha256(row.body).digest(), row.body_sha256, findings)
    alerts = VIEWS["view_alerts"]
    waiting = select(alerts.c.alert).where(alerts.c.state == "held")
    for name in connection.execute(waiting.where(alerts.c.alert.not_in(select(HELD.c.alert)))).scalars():
        findings.add("outbox", f"alert {name}", "waits to be told and is not among those that wait")
    for name in connection.execute(select(HELD.c.alert).where(HELD.c.alert.not_in(waiting))).scalars():
        findings.add("outbox", f"alert {name}", "is among those that wait to be told and does not wait")
    active = select(watches.c.watch).where(watches.c.state == "active")
    for name in connection.execute(active.where(watches.c.watch.not_in(select(DUE.c.watch)))).scalars():
        findings.add("outbox", f"watch {name}", "is active and has no due time")


def _owed_as_said() -> Select[Any]:
    """Each row of the outbox beside what the log says of its delivery."""
    d = VIEWS["view_deliveries"].c
    mine = [OUTBOX.c[name].label(f"outbox_{name}") for name in ("channel", "profile", "position", "ordinal")]
    said = [d.channel, d.profile, d.position, d.ordinal, d.next_at, d.body_sha256, d.state]
    asked = select(OUTBOX.c.delivery, OUTBOX.c.due_at, OUTBOX.c.body, *mine, *said)
    return asked.join(VIEWS["view_deliveries"], d.delivery == OUTBOX.c.delivery).where(d.state.in_(outbox.PENDING))


def _check_owed(delivery: str, column: str, recorded: object, expected: object, findings: _Findings) -> None:
    if recorded != expected:
        where = f"delivery {delivery}, {column}"
        findings.add("outbox", where, "is not what the events say", None, recorded, expected)


def _shown(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
