"""The shape of a profile: chapters, sections, blocks, tables, notes.

Lives here: the frozen types and nothing they do. Their JSON is in `codec.py`, their hashes in `canonical.py`,
their ids in `identity.py`. Pure.

Ids are lineage (design §3): they say which block of an earlier version this is, not what it says, so they take
no part in equality: two documents are equal when a reader would read the same. A fresh extraction has no ids ("").
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

ProseKind = Literal["paragraph", "item", "cross_reference"]
TableShape = Literal["key_value", "grid", "grouped", "column"]


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a note: where it stands in the text, and the label it prints ("12", without brackets)."""

    offset: int
    label: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link over text[start:end]."""

    start: int
    end: int
    href: str


@dataclass(frozen=True, slots=True)
class Text:
    """What a reader reads in one place, with note markers lifted out of it.

    plain: the words, white space collapsed to single blanks, no note markers. Offsets count code points.
    refs: sorted by offset; several may stand at one offset, in printed order. links: sorted by start.
    """

    plain: str
    refs: tuple[Ref, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph, a list item (level 0 is the outermost), or a cross reference to another profile."""

    text: Text
    kind: ProseKind = "paragraph"
    level: int = 0
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: no paragraph (empty), one, or several."""

    paragraphs: tuple[Text, ...] = ()

    @property
    def plain(self) -> str:
        """The words of the cell; paragraphs joined by a line feed."""
        if len(self.paragraphs) == 1:
            return self.paragraphs[0].plain
        return "\n".join([p.plain for p in self.paragraphs])


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table. A group that spans rows stands in the cells of each of them.

    is_band: a heading inside the table ("Casualties in 2019"): one cell, over the whole width.
    """

    cells: tuple[Cell, ...]
    is_band: bool = False
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: caption, header rows, rows, legend.

    shape: `key_value` (label | value, no header row), `grid` (header, one row an entry), `grouped` (a grid whose
    first column holds a group that spans rows), `column` (a label over its values, one column).
    legend: the lines under it ("Notes: …", "* In areas …").
    """

    caption: Text | None
    header: tuple[Row, ...]
    rows: tuple[Row, ...]
    legend: tuple[Text, ...] = ()
    shape: TableShape = "grid"
    id: str = field(default="", compare=False)


Block = Prose | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it: first its own blocks, then its sections. level: 1 is the outermost."""

    title: Text
    level: int
    blocks: tuple[Block, ...] = ()
    sections: tuple["Section", ...] = ()
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Note:
    """A numbered note of a chapter. Its label is presentation; its identity is its text and its lineage id."""

    label: str
    text: Text
    id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A titled part of a profile with a document date of its own: the unit of history.

    date: the printed date, a date without a zone; None where none is printed or it cannot be read.
    date_text: the date as printed ("13 August 2022"), None where none is printed.
    """

    slug: str
    title: str
    date: date | None
    date_text: str | None
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    notes: tuple[Note, ...] = ()

    def note(self, label: str) -> Note | None:
        """The note that a reference with this label points at; None where the chapter has none."""
        return next((n for n in self.notes if n.label == label), None)


@dataclass(frozen=True, slots=True)
class Warned:
    """Something odd in what was read, for a person to look at. code is stable: `missing_note`, `bad_date`, …"""

    code: str
    chapter: str
    detail: str


@dataclass(frozen=True, slots=True)
class Document:
    """What an extractor reads out of a page: the profile's title and its chapters, in printed order."""

    title: str
    chapters: tuple[Chapter, ...]
    warnings: tuple[Warned, ...] = ()

    def chapter(self, slug: str) -> Chapter | None:
        """The chapter of this slug, or None."""
        return next((c for c in self.chapters if c.slug == slug), None)

    def to_json(self) -> dict[str, object]:
        """The document as plain JSON data, schema `tracker.document/1`."""
        from tracker.document.codec import document_to_json

        return document_to_json(self)

    @staticmethod
    def from_json(data: object) -> "Document":
        """The document that `to_json` gave. Raises ValueError where the data is not of the schema."""
        from tracker.document.codec import document_from_json

        return document_from_json(data)


def walk_sections(sections: tuple[Section, ...], path: tuple[Section, ...] = ()) -> Iterator[tuple[Section, ...]]:
    """Every section with its parents, in reading order: each item is the path from the outermost to the section."""
    for section in sections:
        here = (*path, section)
        yield here
        yield from walk_sections(section.sections, here)


def walk_blocks(chapter: Chapter) -> Iterator[tuple[tuple[Section, ...], Block]]:
    """Every block with the path of the section it stands in (empty: directly under the chapter), in reading order."""
    for block in chapter.blocks:
        yield (), block
    for path in walk_sections(chapter.sections):
        for block in path[-1].blocks:
            yield path, block
