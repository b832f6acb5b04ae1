"""A chapter as a flat list of nodes in reading order, and places in it. Pure.

Lives here: flattening and its inverse, what a place (a node, a row, a cell …) reads as, where it stands.
Nodes: the chapter's blocks, then each section (parents first) followed by its blocks, then the notes. Everything
that is compared, patched or stored names nodes by their index in this list.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias  # Any: places are JSON data

from tracker.document.canonical import norm, text_sha256
from tracker.document.edit import CellPlace
from tracker.document.model import Block, Chapter, Note, Prose, Row, Section, Table, Text

Item: TypeAlias = Section | Prose | Table | Note
Place: TypeAlias = Any
"""Where something stands in a chapter, as JSON data:

`null` nowhere · `3` node 3 · `[3, "r", k]` row k of table 3 (header rows counted first) · `[3, "c", k]` column k ·
`[3, "x", k, c]` cell c of row k · `[3, "caption"]` · `[3, "legend"]` · `["+", 3, 4]` nodes 3 and 4 joined by a blank ·
`["s", [3, 7], …]` nodes 3 to 7, … line by line (a section's heading and text) · `["title"]`, `["date_text"]`.
"""


@dataclass(slots=True)
class Node:
    """One section heading, block or note. depth: of a section, 1 outermost. parent: the section's index, -1 none.

    id, row_ids: its lineage and that of a table's rows (header rows first), which lineage.py may give and `item` lack.
    """

    at: int
    item: Item
    depth: int
    parent: int
    norm: str
    id: str
    row_ids: tuple[str, ...] = ()


class Flat:
    """A chapter and its nodes. sections: the places of its headings. text_sha256: of the chapter, where it is known."""

    __slots__ = ("_ends", "_text_sha256", "chapter", "first_note", "nodes", "note_at", "sections")

    def __init__(self, chapter: Chapter, text_sha256: str = "") -> None:
        self.chapter = chapter
        self._text_sha256 = text_sha256
        self.nodes: list[Node] = []
        self._ends: dict[int, int] = {}
        for block in chapter.blocks:
            self._add(block, 0, -1)
        self._add_sections(chapter.sections, 1, -1)
        self.sections = sorted(self._ends)
        self.first_note = len(self.nodes)
        self.note_at: dict[str, int] = {}
        for note in chapter.notes:
            self.note_at.setdefault(note.label, len(self.nodes))
            self._add(note, 0, -1)

    def _add_sections(self, sections: tuple[Section, ...], depth: int, parent: int) -> None:
        for section in sections:
            here = len(self.nodes)
            self._add(section, depth, parent)
            for block in section.blocks:
                self._add(block, 0, here)
            self._add_sections(section.sections, depth + 1, here)
            self._ends[here] = len(self.nodes)

    def _add(self, item: Item, depth: int, parent: int) -> None:
        node = Node(len(self.nodes), item, depth, parent, node_norm(item), item.id)
        if isinstance(item, Table):
            node.row_ids = tuple([row.id for row in rows_of(item)])
        self.nodes.append(node)

    def __len__(self) -> int:
        return len(self.nodes)

    def end(self, section: int) -> int:
        """The index after the last node that stands in the section."""
        return self._ends[section]

    def text_sha256(self) -> str:
        """What the chapter is known by: `canonical.text_sha256`, counted once."""
        if not self._text_sha256:
            self._text_sha256 = text_sha256(self.chapter)
        return self._text_sha256

    def path(self, at: int) -> tuple[str, ...]:
        """The titles of the sections above a node, outermost first; a section's own title is the last."""
        node = self.nodes[at]
        titles: list[str] = []
        section = at if isinstance(node.item, Section) else node.parent
        while section >= 0:
            item = self.nodes[section].item
            assert isinstance(item, Section)
            titles.append(item.title.plain)
            section = self.nodes[section].parent
        return tuple(reversed(titles))


def flat_items(chapter: Chapter) -> list[tuple[Item, int]]:
    """The chapter's nodes, each with its depth (of a section, 1 outermost; else 0)."""
    out: list[tuple[Item, int]] = [(block, 0) for block in chapter.blocks]

    def add(sections: tuple[Section, ...], depth: int) -> None:
        for section in sections:
            out.append((section, depth))
            out.extend((block, 0) for block in section.blocks)
            add(section.sections, depth + 1)

    add(chapter.sections, 1)
    out.extend((note, 0) for note in chapter.notes)
    return out


def unflatten(head: Chapter, items: Sequence[tuple[Item, int]]) -> Chapter:
    """The chapter with these nodes, and slug, title and dates of `head`. Raises ValueError where they make no tree."""
    top: list[Block] = []
    roots: list[_Open] = []
    path: list[_Open] = []
    notes: list[Note] = []
    for item, depth in items:
        if isinstance(item, Note):
            notes.append(item)
        elif notes:
            raise ValueError("a block after the notes")
        elif isinstance(item, Section):
            if not 1 <= depth <= len(path) + 1:
                raise ValueError(f"a section of depth {depth} inside one of {len(path)}")
            del path[depth - 1 :]
            opened = _Open(item, [], [])
            (path[-1].sections if path else roots).append(opened)
            path.append(opened)
        else:
            (path[-1].blocks if path else top).append(item)
    return replace(head, blocks=tuple(top), sections=tuple(s.close() for s in roots), notes=tuple(notes))


@dataclass(slots=True)
class _Open:
    section: Section
    blocks: list[Block]
    sections: "list[_Open]"

    def close(self) -> Section:
        return replace(self.section, blocks=tuple(self.blocks), sections=tuple(s.close() for s in self.sections))


def node_norm(item: Item) -> str:
    """The words of a heading, block or note in comparison form."""
    if isinstance(item, Section):
        return norm(item.title.plain)
    if isinstance(item, Table):
        parts = [norm(item.caption.plain) if item.caption else ""]
        parts += ("\x1f".join(map(cell_norm, row)) for row in _cells(item))
        parts += (norm(line.plain) for line in item.legend)
        return "\x1e".join(parts)
    return norm(item.text.plain)


def cell_norm(paragraphs: tuple[Text, ...]) -> str:
    """A cell's words in comparison form."""
    if not paragraphs:
        return ""
    if len(paragraphs) == 1:
        return norm(paragraphs[0].plain)
    return "\n".join(norm(p.plain) for p in paragraphs)


def _cells(table: Table) -> list[list[tuple[Text, ...]]]:
    return [[cell.paragraphs for cell in row.cells] for row in (*table.header, *table.rows)]


# ---------------------------------------------------------------- places


def node_of(place: Place) -> int | None:
    """The first node that a place stands in; None for a place in the chapter's head, or nowhere."""
    if isinstance(place, int):
        return place
    if not place or place[0] in ("title", "date_text"):
        return None
    if place[0] == "+":
        return int(place[1])
    return int(place[1][0]) if place[0] == "s" else int(place[0])


def id_at(flat: Flat, place: Place) -> str | None:
    """The id of the row, block, section or note at a place (of several nodes: the first); None in the head."""
    at = node_of(place)
    if at is None:
        return None
    node = flat.nodes[at]
    return node.row_ids[place[2]] if isinstance(place, list) and place[1] in ("r", "x") else node.id


def text_of(flat: Flat | None, place: Place) -> str:
    """What a reader reads at a place (design §5 says how its parts are joined)."""
    if place is None or flat is None:
        return ""
    if isinstance(place, int):
        return item_text(flat.nodes[place].item)
    if place[0] == "title":
        return flat.chapter.title
    if place[0] == "date_text":
        return flat.chapter.date_text or ""
    if place[0] == "+":
        return " ".join(item_text(flat.nodes[at].item) for at in place[1:])
    if place[0] == "s":
        return "\n".join(item_text(flat.nodes[at].item) for first, last in place[1:] for at in range(first, last + 1))
    table = flat.nodes[place[0]].item
    assert isinstance(table, Table)
    match place[1]:
        case "caption":
            return table.caption.plain if table.caption else ""
        case "legend":
            return "\n".join(line.plain for line in table.legend)
        case "r":
            return row_text(row_at(table, place[2]))
        case "c":
            return " | ".join(row.cells[place[2]].plain for row in rows_of(table) if place[2] < len(row.cells))
        case _:
            cells = row_at(table, place[2]).cells
            return cells[place[3]].plain if place[3] < len(cells) else ""


def rows_of(table: Table) -> tuple[Row, ...]:
    """All rows of a table, header rows first."""
    return (*table.header, *table.rows)


def row_at(table: Table, at: int) -> Row:
    """One row of a table, header rows counted first; without a look at the others."""
    return table.header[at] if at < len(table.header) else table.rows[at - len(table.header)]


def row_text(row: Row) -> str:
    """A row as one line."""
    return " | ".join(cell.plain for cell in row.cells)


def item_text(item: Item) -> str:
    """A heading's, paragraph's or note's words; a table line by line."""
    if isinstance(item, Section):
        return item.title.plain
    if isinstance(item, Table):
        lines = [item.caption.plain] if item.caption else []
        lines += (row_text(row) for row in rows_of(item))
        lines += (line.plain for line in item.legend)
        return "\n".join(lines)
    return item.text.plain


def cell_place(flat: Flat, place: Place) -> CellPlace | None:
    """Which table, row and column a place in a table is, as a reader sees them."""
    if isinstance(place, int) or not place or len(place) < 3 or not isinstance(place[0], int):
        return None
    node = flat.nodes[place[0]]
    table = node.item
    if not isinstance(table, Table):
        return None
    path = flat.path(place[0])
    name = table.caption.plain if table.caption else (path[-1] if path else flat.chapter.title)
    row = row_name(table, place[2]) if place[1] in ("r", "x") else ""
    column = column_name(table, place[3] if place[1] == "x" else place[2]) if place[1] in ("c", "x") else ""
    return CellPlace(name, row, column)


def key_width(table: Table) -> int:
    """How many cells of a row name it: group and name in a grouped table, else the first."""
    return 2 if table.shape == "grouped" else 1


def row_name(table: Table, at: int) -> str:
    """What names a row to a reader: its first cell, or group and name."""
    row = row_at(table, at)
    return " / ".join(cell.plain for cell in row.cells[: key_width(table)] if cell.plain)


def column_name(table: Table, at: int) -> str:
    """What names a column to a reader: its header cells from top to bottom, "" where there are none."""
    cells = (row.cells[at].plain for row in table.header if at < len(row.cells) and not row.is_band)
    return " ".join(filter(None, cells))
