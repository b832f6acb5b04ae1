"""Which table is which, and inside two tables that are one: which row, which column. Pure.

Columns by header, else by what their cells say; rows by their whole text, then by key (group and name), duplicates
in order. Cells need no pairing: they stand where their row and column meet.
"""

from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TypeVar

from rapidfuzz.distance import Indel

from tracker.compare.aligned import TableAligned
from tracker.compare.nodes import cell_norm, key_width, rows_of
from tracker.compare.order import common, in_order, weight
from tracker.document.canonical import norm
from tracker.document.model import Row, Table

MAX_COLUMN_CELLS = 2_000_000  # columns × columns × rows; above it columns are told by header and first rows only
_Thing = TypeVar("_Thing", bound=Hashable)
ROW_ALIKE, ROW_ALONE = 0.5, 0.35  # rows of one column so alike are one; or so much, where no others are left there
LETTERS, MAX_LETTERS = 0.65, 400  # of letters more must agree than of words; so many are looked at
MAX_ALIKE = 2_500  # pairs of rows left over in one place
HEADER_WORTH = 2.0  # an equal column header is worth two columns of equal cells


class Said:
    """What a table says, as it is looked at to tell whether another is the same: counted once for each table."""

    __slots__ = ("caption", "cells", "header", "keys", "rows", "size")

    def __init__(self, table: Table) -> None:
        texts = [_texts(row) for row in table.rows]
        width = key_width(table)
        self.caption = norm(table.caption.plain) if table.caption else ""
        self.header = Counter(cell for row in table.header for cell in _texts(row))
        self.rows = Counter(texts)
        self.keys = Counter(row[:width] for row in texts)
        # What stands beside the keys; of a single column, the column.
        self.cells = Counter(cell for row in texts for cell in (row[width:] if len(row) > width else row) if cell)
        self.size = self.header.total() + sum(map(len, texts))


def likeness(old: Said, new: Said) -> float:
    """How much two tables are one, 0..1: caption, header, row keys and rows."""
    score, most = 0.4 * max(_shared(old.keys, new.keys), _shared(old.rows, new.rows)), 0.4
    if old.caption or new.caption:
        most += 0.3
        score += 0.3 if old.caption == new.caption else 0.0
    if old.header or new.header:
        most += 0.3
        score += 0.3 * _shared(old.header, new.header)
    return score / most


def cells_shared(old: Said, new: Said) -> float:
    """How much of what stands beside the keys two tables share, 0..1; nothing shared where nothing stands there."""
    return _shared(old.cells, new.cells) if old.cells and new.cells else 0.0


def _shared(old: Counter[_Thing], new: Counter[_Thing]) -> float:
    """How much two bags have in common: 0..1."""
    most = max(old.total(), new.total())
    fewer, more = (old, new) if len(old) < len(new) else (new, old)
    return sum(min(count, more[thing]) for thing, count in fewer.items() if thing in more) / most if most else 1.0


def align_tables(old: Table, new: Table) -> TableAligned:
    """Pair the rows and columns of two tables that are one."""
    columns, moved_columns, coarse = _columns(old, new)
    texts_old, texts_new = [_texts(row) for row in rows_of(old)], [_texts(row) for row in rows_of(new)]
    to_old = _rows(old, new, texts_old, texts_new, columns)
    first_old, first_new = len(old.header), len(new.header)
    header = [-1] * first_new
    for k in range(min(first_old, first_new)):
        header[k] = k
    body = [i - first_old if i >= first_old else -1 for i in to_old[first_new:]]
    paired = [k for k, i in enumerate(body) if i >= 0]
    weights: list[int] = []
    for k in paired:
        was, now = "|".join(texts_old[first_old + body[k]]), "|".join(texts_new[first_new + k])
        weights.append(weight(was, now, len(was) + len(now)))
    kept = in_order([body[k] for k in paired], weights)
    moved = {first_new + k for k, stays in zip(paired, kept, strict=True) if not stays}
    return TableAligned(header, body, columns, moved, moved_columns, coarse)


def _texts(row: Row) -> tuple[str, ...]:
    return tuple([cell_norm(cell.paragraphs) for cell in row.cells])


def _key(table: Table, row: Row) -> tuple[str, ...]:
    return tuple(cell_norm(cell.paragraphs) for cell in row.cells[: key_width(table)])


def _width(table: Table) -> int:
    return max((len(row.cells) for row in rows_of(table)), default=0)


# ---------------------------------------------------------------- columns


def _columns(old: Table, new: Table) -> tuple[list[int], set[int], bool]:
    """For each new column the old one that it is; which of them moved; whether only some rows were looked at."""
    widths = _width(old), _width(new)
    heads = [[_head(t, c) for c in range(w)] for t, w in zip((old, new), widths, strict=True)]
    if widths[0] == widths[1] and (heads[0] == heads[1] or not (old.header and new.header)):
        return list(range(widths[1])), set(), False
    longest = max(len(old.rows), len(new.rows))
    rows = min(longest, MAX_COLUMN_CELLS // max(1, widths[0] * widths[1]))
    bags = [[_bag(t, c, rows) for c in range(w)] for t, w in zip((old, new), widths, strict=True)]

    def worth(i: int, j: int) -> float:
        shared = _shared(bags[0][i], bags[1][j])
        return shared + (HEADER_WORTH if heads[0][i] and heads[0][i] == heads[1][j] else 0.0)

    worths = [[worth(i, j) for j in range(widths[1])] for i in range(widths[0])]
    to_old = _best_in_order(worths, widths)
    moved: set[int] = set()
    # What is left over with a header of its own name was moved, or keeps its place under a new name.
    for j in range(widths[1]):
        if to_old[j] >= 0:
            continue
        free = [i for i in range(widths[0]) if i not in to_old and worths[i][j] >= HEADER_WORTH]
        if free:
            to_old[j] = free[0]
            moved.add(j)
    if widths[0] == widths[1]:
        for j in range(widths[1]):
            if to_old[j] < 0 and j not in to_old:
                to_old[j] = j
    return to_old, moved, rows < longest


def _best_in_order(worths: list[list[float]], widths: tuple[int, int]) -> list[int]:
    """The pairing of columns in order with the greatest total worth; pairs worth less than 0.5 are none."""
    best = [[0.0] * (widths[1] + 1) for _ in range(widths[0] + 1)]
    for i in range(widths[0]):
        for j in range(widths[1]):
            here = best[i][j] + worths[i][j] if worths[i][j] >= 0.5 else 0.0
            best[i + 1][j + 1] = max(here, best[i][j + 1], best[i + 1][j])
    to_old = [-1] * widths[1]
    i, j = widths
    while i and j:
        if best[i][j] == best[i - 1][j]:
            i -= 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            to_old[j] = i
    return to_old


def _head(table: Table, column: int) -> str:
    cells = (row.cells[column] for row in table.header if column < len(row.cells) and not row.is_band)
    return " ".join(filter(None, (cell_norm(cell.paragraphs) for cell in cells)))


def _bag(table: Table, column: int, rows: int) -> Counter[str]:
    return Counter(cell_norm(row.cells[column].paragraphs) for row in table.rows[:rows] if column < len(row.cells))


# ---------------------------------------------------------------- rows


def _rows(
    old: Table, new: Table, texts_old: list[tuple[str, ...]], texts_new: list[tuple[str, ...]], columns: list[int]
) -> list[int]:
    """For each new row (header rows first) the old one that it is."""
    back = {i: j for j, i in enumerate(columns) if i >= 0}
    kept_old = [tuple([t[i] if i < len(t) else "" for i in back]) for t in texts_old]
    kept_new = [tuple([t[j] if j < len(t) else "" for j in back.values()]) for t in texts_new]
    to_old = [-1] * len(texts_new)
    olds = list(range(len(old.header), len(texts_old)))
    news = list(range(len(new.header), len(texts_new)))
    keys_old, keys_new = _keys(old), _keys(new)
    used: set[int] = set()

    def take(pairs: Sequence[tuple[int, int]]) -> None:
        for i, j in pairs:
            to_old[j] = i
            used.add(i)

    for left, right in ((kept_old, kept_new), (keys_old, keys_new)):
        for free_old, free_new in _gaps(olds, news, to_old, used):
            pairs = common([left[i] for i in free_old], [right[j] for j in free_new])
            take([(free_old[a], free_new[b]) for a, b in pairs])
        # Equal rows wherever they stand, before rows of one name: those may have changed their order, not their cells.
        places: dict[Hashable, list[int]] = {}
        for i in reversed(olds):
            if i not in used:
                places.setdefault(left[i], []).append(i)
        for j in news:
            if to_old[j] < 0 and places.get(right[j]) and any(right[j]):
                take([(places[right[j]].pop(), j)])
    # A row under another name: where one went and one came between the same neighbours, and half their cells agree.
    for free_old, free_new in _gaps(olds, news, to_old, used):
        if len(back) < 2:
            take(_alike([(i, kept_old[i]) for i in free_old], [(j, kept_new[j]) for j in free_new]))
        elif len(free_old) == len(free_new):
            alike = [(i, j) for i, j in zip(free_old, free_new, strict=True) if _half(kept_old[i], kept_new[j])]
            take(alike)
    return to_old


def _keys(table: Table) -> list[tuple[str, ...]]:
    """Each row's band, and what names it in the table."""
    band = ""
    found: list[tuple[str, ...]] = []
    for row in rows_of(table):
        key = _key(table, row)
        if row.is_band:
            band = key[0] if key else ""
            found.append(("band", band))
        else:
            found.append((band, *key))
    return found


def _alike(olds: list[tuple[int, tuple[str, ...]]], news: list[tuple[int, tuple[str, ...]]]) -> list[tuple[int, int]]:
    """Rows of a single column that are one with some of its words changed: in order, the most alike."""
    if len(olds) * len(news) > MAX_ALIKE:
        return []
    floor = ROW_ALONE if len(olds) == len(news) == 1 else ROW_ALIKE

    def worth(old: str, new: str) -> float:
        if not old or not new:
            return 0.0
        if len(olds) == len(news) == 1 and _is_figure(old) and _is_figure(new):
            return 1.0
        old, new = old[:MAX_LETTERS], new[:MAX_LETTERS]
        shared = Indel.normalized_similarity(old.casefold().split(), new.casefold().split())
        alike = max(shared, Indel.normalized_similarity(old, new, score_cutoff=LETTERS))
        return (1 + alike) / 2 if alike >= floor else 0.0

    worths = [[worth("".join(old), "".join(new)) for _, new in news] for _, old in olds]
    to_old = _best_in_order(worths, (len(olds), len(news)))
    return [(olds[a][0], news[b][0]) for b, a in enumerate(to_old) if a >= 0]


def _is_figure(text: str) -> bool:
    return any(c.isdigit() for c in text) and not any(c.isalpha() for c in text)


def _half(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    return 2 * sum(a == b for a, b in zip(old, new, strict=True)) >= len(old)


def _gaps(olds: list[int], news: list[int], to_old: list[int], used: set[int]) -> list[tuple[list[int], list[int]]]:
    """What is unpaired between pairs that stand in order: (old rows, new rows) of each gap that has both."""
    found: list[tuple[list[int], list[int]]] = []
    last_old = olds[0] - 1 if olds else -1
    held: list[int] = []

    def close(upto: int) -> None:
        free = [i for i in range(last_old + 1, upto) if i not in used]
        if free and held:
            found.append((free, list(held)))

    for j in news:
        if to_old[j] < 0:
            held.append(j)
        elif to_old[j] > last_old:
            close(to_old[j])
            last_old = to_old[j]
            held = []
    close(olds[-1] + 1 if olds else 0)
    return found
