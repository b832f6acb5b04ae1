"""Edits of a table's cells, its rows' names and its columns' titles."""

from collections.abc import Iterator

from tests.exam.editor import Editor, sort
from tests.exam.edits_tables import grids, tables
from tests.exam.model import Paras, Row, Table, cell_text, keys, plain
from tests.exam.prose import number
from tests.exam.wording import NUMBER, other_number, with_other_words
from tests.exam.words import COUNTRIES

STATUS = ("State Party", "Signatory", "Non-signatory")


def _changed(ed: Editor, words: str) -> str:
    """A cell's words, changed a little."""
    found = list(NUMBER.finditer(words))
    if found and ed.rng.random() < 0.7:
        m = ed.rng.choice(found)
        return words[: m.start()] + other_number(ed, m[0]) + words[m.end() :]
    return with_other_words(ed, words, 1) or f"{words} (interim)"


def _cells(ed: Editor) -> Iterator[tuple[Table, Row, int, Paras]]:
    for _, table in tables(ed):
        rows = [r for r in table.rows if not r.band and ed.is_free(r.uid)]
        ed.rng.shuffle(rows)
        for row in rows:
            first = 0 if table.shape == "column" or len(table.rows) == 1 else 1
            places = list(range(first, len(row.cells)))
            ed.rng.shuffle(places)
            for at in places:
                yield table, row, at, row.cells[at]


@sort
def cell_changed(ed: Editor) -> bool:
    """A cell has another number, or another word."""
    for table, row, _, paras in _cells(ed):
        if not paras or (table.shape == "column" and len(plain(paras[0]).split()) < 3):
            continue
        line = ed.rng.randrange(len(paras))
        if keys(paras[line]):
            continue
        made = _changed(ed, paras[line])
        if made == paras[line]:
            continue
        paras[line] = made
        ed.claim(row.uid)
        ed.marks.claimed.add(-table.uid)
        return True
    return False


@sort
def status_changed(ed: Editor) -> bool:
    """A treaty status is another."""
    for _, row, _, paras in _cells(ed):
        if len(paras) == 1 and paras[0] in STATUS:
            paras[0] = ed.rng.choice([s for s in STATUS if s != paras[0]])
            ed.claim(row.uid)
            ed.marks.weighs[row.uid] = "critical"
            return True
    return False


@sort
def cell_emptied(ed: Editor) -> bool:
    """A cell is empty that was not, or the other way round."""
    if ed.flat:
        return False  # an empty line ends a table that no rule knows
    for table, row, at, paras in _cells(ed):
        if table.shape in ("grid", "key_value") and not any(map(keys, paras)):
            row.cells[at] = [] if paras else [number(ed.rng)]
            if not any(r.cells[at] for r in table.rows if not r.band):
                row.cells[at] = paras
                continue
            ed.claim(row.uid)
            return True
    return False


@sort
def header_changed(ed: Editor) -> bool:
    """A column's title has other words."""
    for table in grids(ed):
        at = ed.rng.randrange(1, len(table.columns))
        if table.header[0][at] and not keys(table.header[0][at][0]):
            table.header[0][at] = [f"{table.header[0][at][0]} in full"]
            ed.claim(table.uid, *(r.uid for r in table.rows))
            return True
    return False


@sort
def row_named(ed: Editor) -> bool:
    """A row has another name over the same values."""
    for _, table in tables(ed, ("grid",)):
        names = [cell_text(r.cells[0]) for r in table.rows]
        for row in ed.rng.sample(table.rows, len(table.rows)):
            name = cell_text(row.cells[0])
            if (
                row.band
                or names.count(name) > 1
                or name == "Total"
                or name.isdigit()
                or not ed.is_free(row.uid)
                or keys(row.cells[0][0])
            ):
                continue
            if sum(map(bool, row.cells[1:])) < 2:
                continue
            taken = ed.names_in(table)
            row.cells[0] = [ed.rng.choice([n for n in COUNTRIES if n not in taken])]
            ed.claim(row.uid)
            return True
    return False


@sort
def row_updated(ed: Editor) -> bool:
    """All numbers of a row are others."""
    for _, table in tables(ed, ("grid",)):
        names = [cell_text(r.cells[0]) for r in table.rows]
        for row in ed.rng.sample(table.rows, len(table.rows)):
            at = [i for i, c in enumerate(row.cells) if i and len(c) == 1 and NUMBER.search(c[0]) and not keys(c[0])]
            if row.band or len(at) < 2 or names.count(cell_text(row.cells[0])) > 1 or not ed.is_free(row.uid):
                continue
            for i in at:
                row.cells[i] = [number(ed.rng)]
            ed.claim(row.uid)
            return True
    return False
