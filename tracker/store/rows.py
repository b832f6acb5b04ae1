"""Rows of views in the hand of a fold: read when first asked for, changed in memory, written in one go. Pure.

A fold of one append is settled or discarded as a whole, so that an append that fails leaves nothing behind for those
that share its transaction.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

Value = str | int | bytes | None
Row = dict[str, Value]
Key = tuple[Value, ...]
Load = Callable[[str, Key], Row | None]


@dataclass(frozen=True, slots=True)
class Written:
    """What is to be written of one view: rows that are new, and rows that were there."""

    view: str
    new: tuple[Row, ...]
    changed: tuple[Row, ...]


class Rows:
    """Rows by view and key. load: the row as the database holds it, or None. keys: view → its key columns."""

    def __init__(self, load: Load, keys: dict[str, tuple[str, ...]]) -> None:
        self._load, self._keys = load, keys
        self._stored: dict[tuple[str, Key], bool] = {}  # whether the database has the row
        self._settled: dict[tuple[str, Key], Row] = {}
        self._staged: dict[tuple[str, Key], Row] = {}
        self._unwritten: dict[tuple[str, Key], None] = {}

    def get(self, view: str, *key: Value) -> Row | None:
        """A copy of the row, or None."""
        place = view, key
        row = self._staged.get(place) or self._settled.get(place)
        if row is None and place not in self._stored:
            row = self._load(view, key)
            self._stored[place] = row is not None
            if row is not None:
                self._settled[place] = row
        return dict(row) if row is not None else None

    def put(self, view: str, row: Row) -> None:
        """Make this the row of its key."""
        key = tuple(row[name] for name in self._keys[view])
        if (view, key) not in self._stored:
            self.get(view, *key)
        self._staged[view, key] = row

    def add(self, view: str, row: Row) -> None:
        """Add a row whose key, a position of the log, cannot be there yet."""
        place = view, tuple(row[name] for name in self._keys[view])
        self._stored[place] = False
        self._staged[place] = row

    def staged(self, view: str) -> tuple[Row, ...]:
        """The rows of a view that were put since the last `settle`."""
        return tuple(dict(row) for (of, _), row in self._staged.items() if of == view)

    def settle(self) -> None:
        """Keep what was put since the last time."""
        self._settled |= self._staged
        self._unwritten |= dict.fromkeys(self._staged)
        self._staged.clear()

    def discard(self) -> None:
        """Forget what was put since the last `settle`."""
        self._staged.clear()

    def written(self) -> Iterator[Written]:
        """What was settled and is to be written now; afterwards the rows are as new, to be read again."""
        views: dict[str, tuple[list[Row], list[Row]]] = {}
        for place in self._unwritten:
            views.setdefault(place[0], ([], []))[self._stored[place]].append(self._settled[place])
        for view, (new, changed) in views.items():
            yield Written(view, tuple(new), tuple(changed))
        self._stored.clear()
        self._settled.clear()
        self._unwritten.clear()
