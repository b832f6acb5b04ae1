"""SQL that is made once and run often: Core statements compiled for the connection's dialect, by hand where it counts.

SQLAlchemy's own execution costs a quarter of an append's time; a compiled statement through `exec_driver_sql` costs
nothing measurable against the bare driver.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any  # what a driver takes and gives: values of columns

from sqlalchemy import Connection, Dialect, Executable, Table, and_, bindparam, insert, select, update
from sqlalchemy.engine import CursorResult

from tracker.store.rows import Key, Row, Rows
from tracker.store.tables import VIEWS


class Prepared:
    """A Core statement as one dialect's text. Run it with rows of named values."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every statement of ours has it
        self._sql = str(compiled)
        self._names: tuple[str, ...] | None = tuple(compiled.positiontup) if compiled.positional else None

    def run(self, connection: Connection, **values: object) -> CursorResult[Any]:
        """Run it once."""
        return connection.exec_driver_sql(self._sql, self._bound(values))

    def run_each(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it once for each row."""
        if rows:
            connection.exec_driver_sql(self._sql, [self._bound(row) for row in rows])

    def run_tuples(self, connection: Connection, rows: Sequence[tuple[object, ...]], names: tuple[str, ...]) -> None:
        """Run it once for each row, given as the values of `names` in order: the fastest way where the order fits."""
        if self._names == names:
            connection.exec_driver_sql(self._sql, list(rows))
        else:
            self.run_each(connection, [dict(zip(names, row, strict=True)) for row in rows])

    def _bound(self, row: Mapping[str, object]) -> Any:
        return tuple([row[name] for name in self._names]) if self._names is not None else dict(row)


@lru_cache(maxsize=256)
def prepared(name: str, table: Table, dialect: Dialect) -> Prepared:
    """The statement `insert`, `update` (by key) or `get` (by key) of a table."""
    keys = tuple(table.primary_key.columns)
    by_key = and_(*(column == bindparam(f"key_{column.name}", type_=column.type) for column in keys))
    if name == "insert":
        return Prepared(insert(table), dialect)
    if name == "get":
        return Prepared(select(table).where(by_key), dialect)
    changed = {c.name: bindparam(c.name, type_=c.type) for c in table.columns if c not in keys}
    return Prepared(update(table).where(by_key).values(changed), dialect)


def names(table: Table) -> tuple[str, ...]:
    """The names of a table's columns, in order."""
    return tuple(column.name for column in table.columns)


def key_names(table: Table) -> tuple[str, ...]:
    """The names of a table's key, in order."""
    return tuple(column.name for column in table.primary_key.columns)


KEYS = {name: key_names(table) for name, table in VIEWS.items()}


def view_rows(connection: Connection) -> Rows:
    """The views' rows as the connection sees them, for a fold."""
    dialect = connection.dialect

    def load(view: str, key: Key) -> Row | None:
        table = VIEWS[view]
        bound = {f"key_{name}": value for name, value in zip(KEYS[view], key, strict=True)}
        found = prepared("get", table, dialect).run(connection, **bound).fetchone()
        return dict(zip(names(table), found, strict=True)) if found is not None else None

    return Rows(load, KEYS)


def write_views(connection: Connection, rows: Rows) -> None:
    """Write what was settled in the rows."""
    for written in rows.written():
        table = VIEWS[written.view]
        prepared("insert", table, connection.dialect).run_each(connection, written.new)
        keyed = [row | {f"key_{name}": row[name] for name in KEYS[written.view]} for row in written.changed]
        prepared("update", table, connection.dialect).run_each(connection, keyed)
