"""SQL that is made once and run often: Core statements compiled for the connection's dialect, by hand where it counts.

SQLAlchemy's own execution costs 200 to 400 µs a statement, the driver's cursor five: it decides what an append of one
event and a check of an unchanged page cost. So these raise the driver's own errors.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any  # what a driver takes and gives: values of columns

from sqlalchemy import Connection, Dialect, Executable, Table, and_, bindparam, insert, select, update

from tracker.store.rows import Row, Rows, Value
from tracker.store.tables import BODIES, LOG, STREAMS, VIEWS


class Prepared:
    """A Core statement as one dialect's text. Run it with rows of named values."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every statement of ours has it
        self._sql = str(compiled)
        self._names: tuple[str, ...] | None = tuple(compiled.positiontup) if compiled.positional else None

    def first(self, connection: Connection, **values: object) -> tuple[Any, ...] | None:
        """Its first row, by the driver's own cursor: a lookup by key is done for every stream and row of an append."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._sql, self._bound(values))
            return cursor.fetchone()
        finally:
            cursor.close()

    def all(self, connection: Connection, **values: object) -> Sequence[tuple[Any, ...]]:
        """All its rows, by the driver's own cursor."""
        cursor = connection.connection.cursor()
        try:
            cursor.execute(self._sql, self._bound(values))
            return cursor.fetchall()
        finally:
            cursor.close()

    def each(self, connection: Connection, **values: object) -> Iterator[tuple[Any, ...]]:
        """Its rows one by one, for who may not want them all."""
        cursor = connection.connection.cursor()
        try:
            yield from cursor.execute(self._sql, self._bound(values))
        finally:
            cursor.close()

    def run_each(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it once for each row."""
        if rows:
            self._run_many(connection, [self._bound(row) for row in rows])

    def run_tuples(self, connection: Connection, rows: Sequence[tuple[object, ...]], names: tuple[str, ...]) -> None:
        """Run it once for each row, given as the values of `names` in order: the fastest way where the order fits."""
        if self._names == names:
            self._run_many(connection, rows)
        else:
            self.run_each(connection, [dict(zip(names, row, strict=True)) for row in rows])

    def _run_many(self, connection: Connection, bound: Sequence[Any]) -> None:
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(self._sql, bound)
        finally:
            cursor.close()

    def _bound(self, row: Mapping[str, object]) -> Any:
        return tuple([row[name] for name in self._names]) if self._names is not None else dict(row)


@lru_cache(maxsize=256)
def prepared(name: str, table: Table, dialect: Dialect) -> Prepared:
    """The statement `insert`, `update` (by key), `get` (by key) or `lock` (get, and keep others off) of a table."""
    keys = tuple(table.primary_key.columns)
    by_key = and_(*(column == bindparam(f"key_{column.name}", type_=column.type) for column in keys))
    if name == "insert":
        return Prepared(insert(table), dialect)
    if name == "get":
        return Prepared(select(table).where(by_key), dialect)
    if name == "lock":
        return Prepared(select(table).where(by_key).with_for_update(), dialect)
    changed = {c.name: bindparam(c.name, type_=c.type) for c in table.columns if c not in keys}
    return Prepared(update(table).where(by_key).values(changed), dialect)


@lru_cache(maxsize=64)
def names(table: Table) -> tuple[str, ...]:
    """The names of a table's columns, in order."""
    return tuple(column.name for column in table.columns)


@lru_cache(maxsize=64)
def key_names(table: Table) -> tuple[str, ...]:
    """The names of a table's key, in order."""
    return tuple(column.name for column in table.primary_key.columns)


def get_row(connection: Connection, table: Table, *key: Value) -> Row | None:
    """The row of that key, or None."""
    bound = {f"key_{name}": value for name, value in zip(key_names(table), key, strict=True)}
    found = prepared("get", table, connection.dialect).first(connection, **bound)
    return dict(zip(names(table), found, strict=True)) if found is not None else None


def rows_of(connection: Connection, table: Table, keys: Sequence[str]) -> dict[str, Row]:
    """The rows of these keys, of a table that has a key of one column, by key."""
    (key,) = table.primary_key.columns
    at_key = names(table).index(key.name)
    found: dict[str, Row] = {}
    for at in range(0, len(keys), _WIDTHS[-1]):
        asked = select(table).where(key.in_(keys[at : at + _WIDTHS[-1]]))
        found |= {row[at_key]: dict(zip(names(table), row, strict=True)) for row in connection.execute(asked)}
    return found


_WIDTHS = (1, 4, 16, 64, 128, 256, 512)  # how many streams one statement asks for: each is prepared once


def stream_versions(connection: Connection, streams: Sequence[str]) -> dict[str, int]:
    """The versions of those of the streams that have an event."""
    found: dict[str, int] = {}
    for at in range(0, len(streams), _WIDTHS[-1]):
        some = list(streams[at : at + _WIDTHS[-1]])
        width = next(w for w in _WIDTHS if w >= len(some))
        some += some[-1:] * (width - len(some))
        lookup, names = _lookup(width, connection.dialect)
        found.update(lookup.all(connection, log=LOG, **dict(zip(names, some, strict=True))))
    return found


@lru_cache(maxsize=16)
def _lookup(width: int, dialect: Dialect) -> tuple[Prepared, tuple[str, ...]]:
    names = tuple(f"s{n}" for n in range(width))
    of_log = STREAMS.c.log_id == bindparam("log", type_=STREAMS.c.log_id.type)
    of_names = STREAMS.c.stream.in_([bindparam(name, type_=STREAMS.c.stream.type) for name in names])
    return Prepared(select(STREAMS.c.stream, STREAMS.c.version).where(of_log, of_names), dialect), names


def has_body(connection: Connection, sha256: bytes) -> bool:
    """Whether bytes of that hash are kept."""
    return _known_body(connection.dialect).first(connection, wanted=sha256) is not None


@lru_cache(maxsize=4)
def _known_body(dialect: Dialect) -> Prepared:
    wanted = bindparam("wanted", type_=BODIES.c.sha256.type)
    return Prepared(select(BODIES.c.size).where(BODIES.c.sha256 == wanted), dialect)


KEYS = {name: key_names(table) for name, table in VIEWS.items()}


def view_rows(connection: Connection) -> Rows:
    """The views' rows as the connection sees them, for a fold."""
    return Rows(lambda view, key: get_row(connection, VIEWS[view], *key), KEYS)


def write_views(connection: Connection, rows: Rows) -> None:
    """Write what was settled in the rows."""
    for written in rows.written():
        table = VIEWS[written.view]
        prepared("insert", table, connection.dialect).run_each(connection, written.new)
        keyed = [row | {f"key_{name}": row[name] for name in KEYS[written.view]} for row in written.changed]
        prepared("update", table, connection.dialect).run_each(connection, keyed)
