"""Edits of tables: rows, columns, captions, legends, whole tables. Cells are in edits_cells.py."""

from collections.abc import Iterator

from tests.exam.editor import Editor, sort, spots
from tests.exam.model import (
    Chapter,
    Para,
    Paras,
    Row,
    Section,
    Table,
    block_texts,
    cell_text,
    holders,
    keys,
    plain,
    row_text,
)
from tests.exam.prose import number
from tests.exam.wording import with_other_words
from tests.exam.words import ACTORS, COUNTRIES, GOODS, NOUNS, TOWNS


def tables(
    ed: Editor, shapes: tuple[str, ...] = ("key_value", "grid", "grouped", "column")
) -> list[tuple[Chapter | Section, Table]]:
    """The tables whose shape nobody touched."""
    found = [
        (holder, block)
        for c in ed.profile.chapters
        if ed.is_free(c.uid)
        for holder, path in holders(c)
        for block in holder.blocks
        if isinstance(block, Table) and block.shape in shapes and ed.is_free(block.uid)
    ]
    ed.rng.shuffle(found)
    return found


def _new_cells(ed: Editor, table: Table, like: Row) -> list[Paras]:
    """The cells of a row in the manner of its table, unlike all others."""
    rng = ed.rng
    if table.shape == "column":
        return [[f"{rng.choice(NOUNS).capitalize()} {rng.choice(ACTORS)}"]]
    if table.shape == "grouped":
        return [
            list(like.cells[0]),
            [f"{rng.choice(TOWNS)} {rng.choice(NOUNS).capitalize()} Trust"],
            [f"Prints posters on {rng.choice(GOODS)} and {rng.choice(NOUNS)} safety"],
        ]
    if table.shape == "key_value":
        return [
            [f"{rng.choice(NOUNS).capitalize()} {rng.choice(GOODS)} figures"],
            [f"{number(rng)} in {rng.choice(TOWNS)}"],
        ]
    names = ed.names_in(table)
    if all(n.isdigit() for n in names if n != "Total"):
        fresh = [str(year) for year in range(1990, 2030) if str(year) not in names]
    else:
        fresh = [c for c in COUNTRIES if c not in names]
    cells: list[Paras] = [[rng.choice(fresh)]]
    for column in range(1, len(table.columns)):
        shown = [r.cells[column] for r in table.rows if not r.band and r.cells[column]]
        is_number = shown and any(ch.isdigit() for ch in cell_text(shown[0]))
        cells.append([number(rng)] if is_number else [f"{rng.choice(NOUNS)} {rng.choice(GOODS)}"])
    return cells


def _add_row(ed: Editor, *, equal: bool, count: int = 1) -> bool:
    for _, table in tables(ed, ("grid",) if equal else ("key_value", "grid", "grouped", "column")):
        rows = [r for r in table.rows if not r.band]
        if equal:
            names = [cell_text(r.cells[0]) for r in rows]
            rows = [r for r in rows if names.count(cell_text(r.cells[0])) > 1] or rows
        if len(rows) < 2:
            continue
        for _ in range(count):
            like = ed.rng.choice(rows)
            made = Row(ed.profile.fresh(), _new_cells(ed, table, like))
            if equal:
                made.cells[0] = list(like.cells[0])
            at = next(i for i, r in enumerate(table.rows) if r is like)
            table.rows.insert(at + (1 if equal or table.shape == "grouped" else ed.rng.randrange(2)), made)
            if table.rows[0] is made and table.shape == "key_value":
                table.rows.insert(1, table.rows.pop(0))
        ed.claim(table.uid, *(r.uid for r in table.rows))
        return True
    return False


@sort
def row_added(ed: Editor) -> bool:
    """A table has a row more."""
    return _add_row(ed, equal=False)


@sort
def row_added_equal(ed: Editor) -> bool:
    """A table has a row more under a name that it has already."""
    return _add_row(ed, equal=True)


@sort
def rows_added(ed: Editor) -> bool:
    """A table has two rows more, side by side or apart."""
    return _add_row(ed, equal=False, count=2)


@sort
def row_removed_equal(ed: Editor) -> bool:
    """A table has a row less whose name another row bears too."""
    for _, table in tables(ed, ("grid",)):
        names = [cell_text(r.cells[0]) for r in table.rows]
        rows = [r for r in table.rows if names.count(cell_text(r.cells[0])) > 1]
        if len(table.rows) < 4 or not rows or not ed.is_free(*(r.uid for r in table.rows)):
            continue
        gone = ed.rng.choice(rows)
        ed.names_in(table)
        table.rows = [r for r in table.rows if r is not gone]
        ed.claim(table.uid, *(r.uid for r in table.rows))
        return True
    return False


@sort
def row_removed(ed: Editor) -> bool:
    """A table has a row less."""
    for _, table in tables(ed):
        rows = [
            r
            for i, r in enumerate(table.rows)
            if not r.band and ed.is_free(r.uid) and (i or table.shape != "key_value")
        ]
        if table.shape == "grouped":
            groups = [cell_text(r.cells[0]) for r in rows]
            rows = [r for r in rows if groups.count(cell_text(r.cells[0])) > 1]
        if len([r for r in table.rows if not r.band]) < 3 or not rows:
            continue
        gone = ed.rng.choice(rows)
        ed.names_in(table)
        table.rows = [r for r in table.rows if r is not gone]
        ed.claim(table.uid, *(r.uid for r in table.rows))
        return True
    return False


@sort
def row_moved(ed: Editor) -> bool:
    """A row stands elsewhere in its table."""
    for _, table in tables(ed, ("grid", "key_value")):
        rows = table.rows
        found = [
            (at, to)
            for at in range(len(rows))
            for to in range(len(rows))
            if abs(at - to) >= 2 and not any(r.band for r in rows[min(at, to) : max(at, to) + 1])
            if _words(rows[min(at, to) : max(at, to) + 1]) >= 2.5 * _words([rows[at]])
            if table.shape != "key_value" or min(at, to) > 0
        ]
        if not found or not ed.is_free(*(r.uid for r in rows)):
            continue
        at, to = ed.rng.choice(found)
        row = rows.pop(at)
        rows.insert(to, row)
        ed.marks.moved.add(row.uid)
        ed.claim(table.uid, *(r.uid for r in rows))
        return True
    return False


def _words(rows: list[Row]) -> int:
    return sum(len(row_text(r.cells).split()) + 1 for r in rows)


def grids(ed: Editor) -> Iterator[Table]:
    for _, table in tables(ed, ("grid",)):
        if len(table.header) == 1 and ed.is_free(*(r.uid for r in table.rows)) and not any(r.band for r in table.rows):
            yield table


@sort
def column_added(ed: Editor) -> bool:
    """A table has a column more."""
    for table in grids(ed):
        at = ed.rng.randrange(1, len(table.columns) + 1)
        table.columns.insert(at, ed.profile.fresh())
        table.header[0].insert(at, [f"{ed.rng.choice(NOUNS).capitalize()} remarks"])
        for row in table.rows:
            row.cells.insert(at, [f"{ed.rng.choice(NOUNS)} {ed.rng.randrange(2, 90)}"])
        ed.claim(table.uid, *(r.uid for r in table.rows))
        return True
    return False


@sort
def column_removed(ed: Editor) -> bool:
    """A table has a column less."""
    for table in grids(ed):
        if len(table.columns) < 3:
            continue
        at = ed.rng.randrange(1, len(table.columns))
        del table.columns[at]
        del table.header[0][at]
        for row in table.rows:
            del row.cells[at]
        ed.claim(table.uid, *(r.uid for r in table.rows))
        return True
    return False


@sort
def column_moved(ed: Editor) -> bool:
    """A column stands elsewhere in its table, past two others at least."""
    for table in grids(ed):
        width = len(table.columns)
        found = [(a, b) for a in range(1, width) for b in range(1, width) if abs(a - b) >= 2]
        if not found:
            continue
        at, to = ed.rng.choice(found)
        ed.marks.moved.add(table.columns[at])
        for run in (table.columns, table.header[0], *(r.cells for r in table.rows)):
            run.insert(to, run.pop(at))  # type: ignore[attr-defined]
        ed.claim(table.uid, *(r.uid for r in table.rows))
        return True
    return False


@sort
def caption_changed(ed: Editor) -> bool:
    """A caption has other words."""
    for _, table in tables(ed):
        if table.caption and ed.is_free(*(r.uid for r in table.rows)):
            words = plain(table.caption)
            made = f"{words} and outlook" if ")" not in words else words.replace(" (", " and outlook (", 1)
            table.caption = table.caption.replace(words, made, 1)
            ed.claim(table.uid)
            return True
    return False


@sort
def legend_changed(ed: Editor) -> bool:
    """A line of a table's legend has other words."""
    for _, table in tables(ed):
        if table.legend and ed.is_free(*(r.uid for r in table.rows)):
            at = ed.rng.randrange(len(table.legend))
            table.legend[at] = (
                with_other_words(ed, table.legend[at], 1) or f"{table.legend[at].rstrip('.')}, as amended."
            )
            ed.claim(table.uid)
            return True
    return False


@sort
def legend_line(ed: Editor) -> bool:
    """A table's legend has a line more, or one less."""
    for _, table in tables(ed):
        if not ed.is_free(*(r.uid for r in table.rows)) or not table.legend:
            continue
        if len(table.legend) > 1 and ed.rng.random() < 0.5:
            del table.legend[-1]
        else:
            table.legend.append(f"*** As told by the {ed.rng.choice(ACTORS)}.")
        ed.claim(table.uid)
        return True
    return False


@sort
def table_added(ed: Editor) -> bool:
    """A table more, with a caption of its own."""
    if ed.is_lines:
        return False  # lines of cells that no rule knows are no table
    for _, holder, at in spots(ed):
        towns = ed.rng.sample(TOWNS, 4)
        head = ["Town", "Landings", f"{ed.rng.choice(NOUNS).capitalize()} share"]
        rows = [[t, number(ed.rng), f"{ed.rng.randrange(3, 60)}%"] for t in towns]
        made = ed.profile.table("grid", f"{ed.prose.title(2)} by town", head, rows)
        holder.blocks.insert(at, made)
        ed.claim(made.uid)
        return True
    return False


@sort
def table_removed(ed: Editor) -> bool:
    """A table less; a note that only it referred to goes with it."""
    for holder, table in tables(ed):
        at = next(i for i, b in enumerate(holder.blocks) if b is table)
        beside = [holder.blocks[i] for i in (at - 1, at + 1) if 0 <= i < len(holder.blocks)]
        if not any(isinstance(b, Para) for b in beside) or not ed.is_free(*(r.uid for r in table.rows)):
            continue
        del holder.blocks[at]
        ed.claim(table.uid, *(r.uid for r in table.rows))
        return True
    return False


@sort
def table_moved(ed: Editor) -> bool:
    """A table stands in another section of its chapter."""
    if ed.is_lines:
        return False  # where lines of cells stand is part of what tells that they are a table
    for holder, table in tables(ed):
        noted = any(map(keys, block_texts(table)))
        if len(holder.blocks) < 2 or noted or not ed.is_free(*(r.uid for r in table.rows)):
            continue
        chapter = next(c for c in ed.profile.chapters for h, _ in holders(c) if h is holder)
        for _, target, at in spots(ed, chapter):
            if target is holder:
                continue
            holder.blocks = [b for b in holder.blocks if b is not table]
            target.blocks.insert(at, table)
            ed.marks.moved.add(table.uid)
            ed.claim(table.uid, *(r.uid for r in table.rows))
            return True
    return False
