"""Which table is which, and inside two tables that are one: which row, which column. Pure.

Columns by header, else by what their cells say; rows by their whole text, then by key (group and name), duplicates
in order. Cells need no pairing: they stand where their row and column meet.
"""

from collections.abc import Hashable, Sequence

from tracker.compare.aligned import TableAligned
from tracker.compare.nodes import cell_norm, key_width, rows_of
from tracker.compare.order import common, in_order
from tracker.document.canonical import norm
from tracker.document.model import Row, Table

MAX_COLUMN_CELLS = 2_000_000  # columns × columns × rows; above it columns keep their places
HEADER_WORTH = 2.0  # an equal column header is worth two columns of equal cells


def likeness(old: Table, new: Table) -> float:
    """How much two tables are one, 0..1: caption, header, row keys and rows."""
    score, most = 0.0, 0.0
    captions = [norm(t.caption.plain) if t.caption else "" for t in (old, new)]
    if any(captions):
        most += 0.3
        score += 0.3 if captions[0] == captions[1] else 0.0
    headers = [[_texts(row) for row in t.header] for t in (old, new)]
    if any(headers):
        most += 0.3
        score += 0.3 * _shared(*[[cell for row in h for cell in row] for h in headers])
    most += 0.4
    keys = [[_key(t, row) for row in t.rows] for t in (old, new)]
    rows = [[_texts(row) for row in t.rows] for t in (old, new)]
    score += 0.4 * max(_shared(*keys), _shared(*rows))
    return score / most


def _shared(old: Sequence[Hashable], new: Sequence[Hashable]) -> float:
    """How much two bags have in common: 0..1."""
    counts: dict[Hashable, int] = {}
    for thing in old:
        counts[thing] = counts.get(thing, 0) + 1
    both = 0
    for thing in new:
        if counts.get(thing, 0) > 0:
            counts[thing] -= 1
            both += 1
    most = max(len(old), len(new))
    return both / most if most else 1.0


def align_tables(old: Table, new: Table) -> TableAligned:
    """Pair the rows and columns of two tables that are one."""
    columns, moved_columns = _columns(old, new)
    texts_old, texts_new = [_texts(row) for row in rows_of(old)], [_texts(row) for row in rows_of(new)]
    to_old = _rows(old, new, texts_old, texts_new, columns)
    first_old, first_new = len(old.header), len(new.header)
    header = [-1] * first_new
    for k in range(min(first_old, first_new)):
        header[k] = k
    body = [i - first_old if i >= first_old else -1 for i in to_old[first_new:]]
    paired = [k for k, i in enumerate(body) if i >= 0]
    kept = in_order([body[k] for k in paired], [1 + sum(map(len, texts_new[first_new + k])) for k in paired])
    moved = {first_new + k for k, stays in zip(paired, kept, strict=True) if not stays}
    return TableAligned(header, body, columns, moved, moved_columns)


def _texts(row: Row) -> tuple[str, ...]:
    return tuple([cell_norm(cell.paragraphs) for cell in row.cells])


def _key(table: Table, row: Row) -> tuple[str, ...]:
    return tuple(cell_norm(cell.paragraphs) for cell in row.cells[: key_width(table)])


def _width(table: Table) -> int:
    return max((len(row.cells) for row in rows_of(table)), default=0)


# ---------------------------------------------------------------- columns


def _columns(old: Table, new: Table) -> tuple[list[int], set[int]]:
    """For each new column the old one that it is, and which of them moved."""
    widths = _width(old), _width(new)
    heads = [[_head(t, c) for c in range(w)] for t, w in zip((old, new), widths, strict=True)]
    if widths[0] * widths[1] * len(new.rows) > MAX_COLUMN_CELLS:
        return [c if c < widths[0] else -1 for c in range(widths[1])], set()
    if widths[0] == widths[1] and (heads[0] == heads[1] or not (old.header and new.header)):
        return list(range(widths[1])), set()
    bags = [[_bag(t, c) for c in range(w)] for t, w in zip((old, new), widths, strict=True)]

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
    return to_old, moved


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


def _bag(table: Table, column: int) -> list[str]:
    return [cell_norm(row.cells[column].paragraphs) for row in table.rows if column < len(row.cells)]


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
    for left, right in ((kept_old, kept_new), (keys_old, keys_new)):
        places: dict[Hashable, list[int]] = {}
        for i in reversed(olds):
            if i not in used:
                places.setdefault(left[i], []).append(i)
        for j in news:
            if to_old[j] < 0 and places.get(right[j]) and any(right[j]):
                take([(places[right[j]].pop(), j)])
    # A row under another name: where one went and one came between the same neighbours, and half their cells agree.
    for free_old, free_new in _gaps(olds, news, to_old, used):
        if len(free_old) == len(free_new):
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


def _half(old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    if len(old) < 2:
        return False
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
