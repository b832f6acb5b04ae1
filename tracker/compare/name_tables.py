"""Call what differs inside two tables that are one by its name: rows, columns, cells, caption, legend. Pure."""

from tracker.compare.aligned import TableAligned
from tracker.compare.ledger import Ledger
from tracker.compare.nodes import cell_norm, row_at, rows_of
from tracker.document.canonical import norm
from tracker.document.model import Table


def name_table(ledger: Ledger, i: int, j: int, old: Table, new: Table, table: TableAligned) -> None:
    captions = [norm(t.caption.plain) if t.caption else "" for t in (old, new)]
    at = [[i, "caption"], [j, "caption"]]
    if captions[0] != captions[1]:
        ledger.add("caption_changed", at)
    elif old.caption and new.caption:
        ledger.same_words(at, old.caption, new.caption)
    at = [[i, "legend"], [j, "legend"]]
    if [norm(t.plain) for t in old.legend] != [norm(t.plain) for t in new.legend]:
        ledger.add("legend_changed", at)
    else:
        for a, b in zip(old.legend, new.legend, strict=True):
            ledger.same_words(at, a, b)
    _columns(ledger, i, j, old, new, table)
    _rows(ledger, i, j, old, new, table)
    if old.shape != new.shape:
        ledger.add_format([i, j])


def _columns(ledger: Ledger, i: int, j: int, old: Table, new: Table, table: TableAligned) -> None:
    width = max((len(row.cells) for row in rows_of(old)), default=0)
    for c in range(width):
        if c not in table.columns:
            ledger.add("column_removed", [[i, "c", c], None], order=(2 * j, 1, c))
    for c, k in enumerate(table.columns):
        if k < 0:
            ledger.add("column_added", [None, [j, "c", c]], order=(2 * j, 1, c))
        elif c in table.moved_columns:
            ledger.add("column_moved", [[i, "c", k], [j, "c", c]], order=(2 * j, 1, c))


def _rows(ledger: Ledger, i: int, j: int, old: Table, new: Table, table: TableAligned) -> None:
    rows_old, rows_new = rows_of(old), rows_of(new)
    first_old, first_new = len(old.header), len(new.header)
    to_old = [*table.header, *(k + first_old if k >= 0 else -1 for k in table.rows)]
    held = set(to_old)
    anchor = -1
    back = {k: r for r, k in enumerate(to_old) if k >= 0}
    for k in range(len(rows_old)):
        anchor = back.get(k, anchor)
        if k not in held:
            ledger.add("row_removed", [[i, "r", k], None], order=(2 * j, 2, anchor, 1, k))
    last: tuple[str, str] | None = None
    for r, k in enumerate(to_old):
        order = (2 * j, 2, r, 0)
        if k < 0:
            ledger.add("row_added", [None, [j, "r", r]], order=order)
            last = None
            continue
        if r in table.moved_rows:
            ledger.add("row_moved", [[i, "r", k], [j, "r", r]], order=order)
        heading: tuple[str, str] | None = None
        for c in range(max(len(rows_new[r].cells), len(table.columns))):
            was = table.columns[c] if c < len(table.columns) else -1
            if was < 0:
                continue
            over = last if new.shape == "grouped" and r > first_new and c == 0 else heading
            told = _cell(ledger, i, j, k, r, was, c, over)
            heading = told if r < first_new else None
            last = told if c == 0 else last
        if rows_old[k].is_band != rows_new[r].is_band:
            ledger.add_format([[i, "r", k], [j, "r", r]], order)


def _cell(
    ledger: Ledger, i: int, j: int, k: int, r: int, was: int, c: int, last: tuple[str, str] | None
) -> tuple[str, str] | None:
    """Name what differs in one cell. last: what changed in the cell beside it that may span it: told there."""
    old_table, new_table = ledger.old.nodes[i].item, ledger.new.nodes[j].item
    assert isinstance(old_table, Table) and isinstance(new_table, Table)
    cells_old, cells_new = row_at(old_table, k).cells, row_at(new_table, r).cells
    old = cells_old[was].paragraphs if was < len(cells_old) else ()
    new = cells_new[c].paragraphs if c < len(cells_new) else ()
    if old == new:
        return None
    at = [[i, "x", k, was], [j, "x", r, c]]
    order = (2 * j, 2, r, 0, c)
    norms = cell_norm(old), cell_norm(new)
    if norms[0] != norms[1]:
        if last == norms:
            return norms
        ledger.add("cell_changed", at, order=order)
        return norms
    if len(old) != len(new):
        ledger.add_format(at, order)
        return None
    for a, b in zip(old, new, strict=True):
        if a != b:
            ledger.same_words(at, a, b)
    return None
