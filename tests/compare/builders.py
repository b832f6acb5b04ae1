"""Ruritania as documents: builders that make the one detail that matters visible. Our own prose."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from tests.strategies import relabelled
from tracker.compare import compare
from tracker.document.edit import Comparison, EditKind
from tracker.document.model import Block, Cell, Chapter, Document, Note, Prose, Ref, Row, Section, Table, Text

POLICY = (
    "The Kingdom of Ruritania has not acceded to the convention on springs.",
    "Ruritania says it cannot join until its quarrel with Syldavia over the river Drin is settled.[1]",
    "It took part in several meetings of the Zenda Process, but did not attend the talks in Strelsau in May 2008.[2]",
    "Ruritania first spoke at a meeting of the convention in September 2019, where its envoy praised the text.[3]",
    "In December 2021 it voted for a resolution that asks all states to join without delay.[4]",
)
USE = (
    "There is no evidence that Ruritania used springs in 2021 or the first half of 2022.",
    "Ruritania last used springs in autumn 2020, in the hills above the town of Hentzau.[5] The army denied this.[6]",
    "Syldavian forces fired springs at the bridges of Tarlenheim on four days in October 2020, by all accounts.[7]",
    "The Ministry of War showed photographs of remnants on 6 April 2016, and spoke of three wounded herdsmen.[8]",
)
NOTES = (
    "Statement of Ruritania, Second Review Conference, 25 November 2020.",
    "Ibid.",
    "Letter from Count Rischenheim, Ministry of War, 4 May 2019.",
    "Ibid.",
    "Ibid.",
    "Zenda Gazette, “Springs above Hentzau,” 3 November 2020.",
    "Statement of Ruritania, Second Review Conference, 25 November 2020.",
    "Interview with Fritz von Tarlenheim, Strelsau, 12 April 2016.",
)


def text(printed: str) -> Text:
    """A text with its note markers lifted: `ended in 2019.[3]`."""
    plain, refs, rest = "", [], printed
    while "[" in rest:
        before, _, rest = rest.partition("[")
        label, _, rest = rest.partition("]")
        plain += before
        refs.append(Ref(len(plain), label))
    return Text(plain + rest, tuple(refs))


def paragraph(printed: str) -> Prose:
    return Prose(text(printed))


def paragraphs(*printed: str) -> tuple[Prose, ...]:
    return tuple(map(paragraph, printed))


def section(title: str, *printed: str | Block, inside: tuple[Section, ...] = ()) -> Section:
    blocks = tuple(paragraph(p) if isinstance(p, str) else p for p in printed)
    return Section(Text(title), 1, blocks, inside)


def cell(words: str) -> Cell:
    return Cell(tuple(text(line) for line in words.split("\n"))) if words else Cell()


def table(rows: list[list[str]], *, header: list[str] | None = None, caption: str | None = None) -> Table:
    """A grid where there is a header, else keys and values."""
    head = (Row(tuple(map(cell, header))),) if header else ()
    body = tuple(Row(tuple(map(cell, row))) for row in rows)
    return Table(text(caption) if caption else None, head, body, (), "grid" if header else "key_value")


STATUS = table(
    [
        ["Treaty on Springs", "Non-signatory"],
        ["Convention on Traps", "Non-signatory"],
        ["Rights Accord", "State Party"],
    ],
    caption="Treaty status overview",
)
GIFTS = table(
    [["Elbonia", "Clearance", "1,250,000"], ["Norway", "Clearance", "900"], ["Norway", "Risk education", "900"]],
    header=["Donor", "Sector", "Amount (US$)"],
    caption="Contributions: 2019[2]",
)


def chapter(
    *sections: Section, title: str = "Spring Ban Policy", notes: tuple[str, ...] = NOTES, blocks: tuple[Block, ...] = ()
) -> Chapter:
    numbered = tuple(Note(str(k + 1), text(words)) for k, words in enumerate(notes))
    slug = title.lower().replace(" ", "-")
    return Chapter(slug, title, date(2022, 8, 13), "13 August 2022", blocks, sections, numbered)


def ruritania() -> Document:
    """Two chapters: one of prose and notes, one of tables."""
    return Document("Ruritania", (chapter(section("Policy", *POLICY), section("Use", *USE)), impact()))


def impact(status: Table = STATUS, gifts: Table = GIFTS) -> Chapter:
    return chapter(
        section("Treaty status", status),
        section("Coordination", "The office in Strelsau leads all work on springs, with four branches in the valleys."),
        section("Support", gifts, "Elbonia paid for the dogs.[1]", inside=(section("Coordination", "Nobody does."),)),
        title="Impact",
        notes=("Annual report of the office, p. 4.", "Ibid.", "Email from the office, 3 May 2020."),
    )


def in_chapter(document: Document, slug: str, change: Callable[[Chapter], Chapter]) -> Document:
    """The document with one chapter put through a function."""
    return replace(document, chapters=tuple(change(c) if c.slug == slug else c for c in document.chapters))


def in_section(title: str, change: Callable[[Section], Section]) -> Callable[[Chapter], Chapter]:
    """A change of the outer section of this title."""

    def changed(told: Chapter) -> Chapter:
        return replace(told, sections=tuple(change(s) if s.title.plain == title else s for s in told.sections))

    return changed


def with_blocks(title: str, change: Callable[[list[Block]], None]) -> Document:
    """Ruritania with the blocks of one section of its first chapter edited in place."""

    def changed(told: Section) -> Section:
        blocks = list(told.blocks)
        change(blocks)
        return replace(told, blocks=tuple(blocks))

    return in_chapter(ruritania(), "spring-ban-policy", in_section(title, changed))


def with_sections(change: Callable[[list[Section]], None]) -> Document:
    """Ruritania with the sections of its first chapter edited in place."""

    def changed(told: Chapter) -> Chapter:
        sections = list(told.sections)
        change(sections)
        return replace(told, sections=tuple(sections))

    return in_chapter(ruritania(), "spring-ban-policy", changed)


def insert_note(told: Chapter, at: int, words: str) -> Chapter:
    """The chapter with one more note, all later ones and the references to them renumbered."""
    labels = {str(k): str(k + 1) for k in range(at + 1, 400)}
    moved = relabelled(told, labels)
    return replace(moved, notes=(*moved.notes[:at], Note(str(at + 1), text(words)), *moved.notes[at:]))


def with_note(document: Document, slug: str, at: int, words: str) -> Document:
    """The document with one more note in a chapter, and its warnings of references without a note renumbered too."""
    warnings = tuple(
        replace(w, detail=str(int(w.detail) + 1))
        if w.chapter == slug and w.detail.isdigit() and int(w.detail) > at
        else w
        for w in document.warnings
    )
    return replace(in_chapter(document, slug, lambda c: insert_note(c, at, words)), warnings=warnings)


def kinds(comparison: Comparison) -> list[EditKind]:
    return [edit.kind for edit in comparison.edits]


def neutral(comparison: Comparison) -> list[EditKind]:
    return [edit.kind for edit in comparison.neutral]


def changed(new: Document, old: Document | None = None) -> Comparison:
    """What changed from Ruritania to this."""
    return compare(old or ruritania(), new)


def profiles() -> dict[str, Document]:
    """The documents that the same assertions run on: Ruritania, and the real profiles that are at hand."""
    found = {"ruritania": ruritania()}
    folder = os.environ.get("TRACKER_TEST_PROFILES")
    if folder:
        from tracker.extract import extract

        for path in sorted(Path(folder).glob("*.txt")):
            found[path.stem] = extract(path.read_bytes(), media_type="text/plain")
    return found
