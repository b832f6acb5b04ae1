"""A profile as its editors have it: chapters, headings, blocks, references and notes, each with an identity of its own.

Lives here: the shape, and what can be read off it (plain words, note numbers, the text of a row or section). Not here:
how it is printed (render*.py), how it is edited (edits*.py), and what is true of two of them (truth.py).

Texts carry their marks inline: `⟦key⟧` refers to a note of the chapter, `⟪href¦words⟫` is a link over the words. Labels
are given when a profile is printed: notes are numbered by the order of their first reference.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Literal

REF = re.compile(r"⟦([^⟧]+)⟧")
LINK = re.compile(r"⟪([^¦⟫]+)¦([^⟫]+)⟫")

Shape = Literal["key_value", "grid", "grouped", "column"]
Paras = list[str]  # the paragraphs of a cell; none: it is empty


@dataclass
class Para:
    """A paragraph (`p`), a list item (`li`), or a cross reference to another profile (`x`)."""

    uid: int
    text: str
    kind: Literal["p", "li", "x"] = "p"


@dataclass
class Row:
    """A row of a table. A group that spans rows stands in the first cell of each. band: a heading inside the table."""

    uid: int
    cells: list[Paras]
    band: bool = False


@dataclass
class Table:
    """A table. columns: an identity for each. header: its rows, each of cells."""

    uid: int
    shape: Shape
    caption: str | None
    columns: list[int]
    header: list[list[Paras]]
    rows: list[Row]
    legend: list[str] = field(default_factory=list)


Block = Para | Table


@dataclass
class Section:
    """A heading and what stands under it."""

    uid: int
    title: str
    blocks: list[Block] = field(default_factory=list)
    sections: list["Section"] = field(default_factory=list)


@dataclass
class Chapter:
    """A chapter. notes: key → text; a reference whose key is not in it has no note. date: as printed, or None."""

    uid: int
    title: str
    date: str | None
    blocks: list[Block] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)


@dataclass
class Profile:
    """A profile. last_uid: the last identity given out."""

    title: str
    chapters: list[Chapter]
    last_uid: int = 0

    def fresh(self) -> int:
        """An identity that nothing has."""
        self.last_uid += 1
        return self.last_uid

    def copy(self) -> "Profile":
        """A copy that shares nothing; identities stay."""
        return deepcopy(self)

    def paragraph(self, text: str, kind: Literal["p", "li", "x"] = "p") -> Para:
        """A new paragraph."""
        return Para(self.fresh(), text, kind)

    def table(
        self,
        shape: Shape,
        caption: str | None,
        header: list[str] | None,
        rows: list[list[str]],
        legend: tuple[str, ...] = (),
    ) -> Table:
        """A new table of plain cells: a line feed parts a cell's paragraphs, "@" leads a band row."""
        width = max(len(r) for r in ([header] if header else []) + rows)
        head = [[cell(c) for c in header]] if header else []
        made = [
            Row(self.fresh(), [cell(r[0][1:])], True) if r[0][:1] == "@" else Row(self.fresh(), [cell(c) for c in r])
            for r in rows
        ]
        return Table(self.fresh(), shape, caption, [self.fresh() for _ in range(width)], head, made, list(legend))


def cell(words: str) -> Paras:
    """The paragraphs of a cell."""
    return [line for line in words.split("\n") if line]


def plain(text: str) -> str:
    """The words, without the marks of references and links."""
    return LINK.sub(r"\2", REF.sub("", text))


def keys(text: str) -> list[str]:
    """The keys of the notes that a text refers to, in order."""
    return REF.findall(text)


def cell_text(paras: Paras) -> str:
    """The words of a cell."""
    return "\n".join(map(plain, paras))


def row_text(cells: list[Paras]) -> str:
    """A row as an edit holds it: cells joined by bars."""
    return " | ".join(map(cell_text, cells))


def table_text(table: Table) -> str:
    """A table as an edit holds it: caption, header, rows and legend, a line each."""
    lines = [plain(table.caption)] if table.caption else []
    lines += [row_text(r) for r in table.header]
    lines += [row_text(r.cells) for r in table.rows]
    return "\n".join([*lines, *map(plain, table.legend)])


def block_text(block: Block) -> str:
    """A block as an edit holds it."""
    return plain(block.text) if isinstance(block, Para) else table_text(block)


def section_text(section: Section) -> str:
    """A section as an edit holds it: heading and text."""
    parts = [plain(section.title), *map(block_text, section.blocks), *map(section_text, section.sections)]
    return "\n".join(parts)


def walk(sections: list[Section], path: tuple[Section, ...] = ()) -> Iterator[tuple[Section, ...]]:
    """Every section by its path from the outermost, in reading order."""
    for section in sections:
        here = (*path, section)
        yield here
        yield from walk(section.sections, here)


def holders(chapter: Chapter) -> Iterator[tuple[Chapter | Section, tuple[Section, ...]]]:
    """The chapter and its sections, each with its path: whatever holds blocks."""
    yield chapter, ()
    for path in walk(chapter.sections):
        yield path[-1], path


def block_texts(block: Block) -> Iterator[str]:
    """The marked texts of a block, in reading order."""
    if isinstance(block, Para):
        yield block.text
        return
    if block.caption:
        yield block.caption
    for cells in (*block.header, *(r.cells for r in block.rows)):
        for paras in cells:
            yield from paras
    yield from block.legend


def texts(chapter: Chapter) -> Iterator[str]:
    """The marked texts of a chapter, in reading order. A group's name that spans rows is read once."""
    for holder, _ in holders(chapter):
        if isinstance(holder, Section):
            yield holder.title
        for block in holder.blocks:
            yield from block_texts(block)


def section_keys(section: Section) -> set[str]:
    """The keys of the notes that a section refers to."""
    found: set[str] = set()
    for path in walk([section]):
        found.update(keys(path[-1].title))
        for block in path[-1].blocks:
            for text in block_texts(block):
                found.update(keys(text))
    return found


def numbers(chapter: Chapter) -> dict[str, int]:
    """The number of each note that is referred to, in order of first reference; missing notes have theirs too."""
    found: dict[str, int] = {}
    for text in texts(chapter):
        for key in keys(text):
            found.setdefault(key, len(found) + 1)
    return found


def printed_notes(chapter: Chapter) -> list[tuple[int, str, str]]:
    """The notes that the chapter prints: number, key, text."""
    return [(n, key, chapter.notes[key]) for key, n in numbers(chapter).items() if key in chapter.notes]


def size(thing: Block | Section) -> int:
    """Words of a block or section."""
    return len((block_text(thing) if isinstance(thing, Para | Table) else section_text(thing)).split())
