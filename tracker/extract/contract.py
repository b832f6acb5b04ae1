"""What a good page of a watch has, learned from the version that stands, and which of it a new page has not. Pure.

Lives here: the chapters, their length, dates and notes, and how much of the text is the same. Not here: what follows
from it (judge.py).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from tracker.document.canonical import norm
from tracker.document.model import Chapter, Document, Prose, Section, Text
from tracker.extract.language import language

LEAST_KEPT = 0.6  # of a chapter's text; with less it is suspect
MOST_CUT = 0.08  # of a chapter's text may go from its end, if nothing else does, without a doubt
MOST_BESIDE = 3  # lines that say something else, before the end that is gone: a counter, a clock
LEAST_SECTIONS = 4  # of a chapter; where half of them are gone it is suspect too
LEAST_NOTES = 5  # notes that must have stood before the loss of half of them says anything
LEAST_DANGLING = 2  # references that lost their note, and
DANGLING = 0.2  # of the notes that stood: an editor who takes out a paragraph may leave one behind
LONG_LINE = 40  # characters; shorter lines (headings, labels) are the same on every profile
WIDTH = 3  # words of a shingle
MAX_WORDS = 20_000  # that are shingled
LEAST_SPOKEN = 200  # characters of a chapter whose language is asked
KEPT_SPOKEN = 0.1  # of the paragraphs; where more is kept, the language is too

_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Outline:
    """What the contract asks of a chapter. lines: its text, notes last. length: characters of them.

    spoken: its paragraphs, which a translation changes, as it does not change tables, notes and names.
    dangling: labels of references that no note of the chapter has.
    """

    slug: str
    title: str
    date_text: str | None
    lines: tuple[str, ...]
    spoken: tuple[str, ...]
    length: int
    sections: int
    notes: int
    dangling: frozenset[str]


def outlines(document: Document) -> dict[str, Outline]:
    """The outline of each chapter by its slug, in printed order. Time: linear in the text."""
    return {chapter.slug: _outline(chapter) for chapter in document.chapters}


def _outline(chapter: Chapter) -> Outline:
    lines: list[str] = []
    spoken: list[str] = []
    labels: set[str] = set()
    sections = 0

    def add(text: Text) -> None:
        lines.append(text.plain)
        if text.refs:
            labels.update([ref.label for ref in text.refs])

    def add_all(part: Chapter | Section) -> None:
        nonlocal sections
        sections += len(part.sections)
        for block in part.blocks:
            if isinstance(block, Prose):
                add(block.text)
                if len(block.text.plain) >= LONG_LINE:
                    spoken.append(block.text.plain)
                continue
            if block.caption is not None:
                add(block.caption)
            for row in (*block.header, *block.rows):
                for cell in row.cells:
                    for text in cell.paragraphs:
                        add(text)
            for text in block.legend:
                add(text)
        for section in part.sections:
            add(section.title)
            add_all(section)

    add_all(chapter)
    labels.difference_update([note.label for note in chapter.notes])
    lines += [note.text.plain for note in chapter.notes]
    return Outline(
        slug=chapter.slug,
        title=chapter.title,
        date_text=chapter.date_text,
        lines=tuple(lines),
        spoken=tuple(spoken),
        length=sum(map(len, lines)) + len(lines),
        sections=sections,
        notes=len(chapter.notes),
        dangling=frozenset(labels),
    )


def broken(new: dict[str, Outline], old: dict[str, Outline]) -> list[tuple[str, str]]:
    """What of the standing version the new one does not have: the judge's reasons for doubt, with evidence, the
    gravest reason first.
    """
    gone: list[tuple[str, str]] = []
    shrunk: list[tuple[str, str]] = []
    bare: list[tuple[str, str]] = []
    undated: list[tuple[str, str]] = []
    for slug, was in old.items():
        now = new.get(slug)
        if now is None:
            gone.append(("missing_chapter", f"the chapter {was.title!r} is not there; it had {was.length} characters"))
            continue
        if now.length < LEAST_KEPT * was.length:
            told = f"the chapter {was.title!r} has {now.length} characters; it had {was.length}"
            shrunk.append(("shrunk", told))
        elif was.sections >= LEAST_SECTIONS and now.sections < was.sections / 2:
            told = f"the chapter {was.title!r} has {now.sections} sections; it had {was.sections}"
            shrunk.append(("shrunk", told))
        elif cut := _cut_off(now, was):
            shrunk.append(("shrunk", f"the chapter {was.title!r} ends early: the last {cut} characters are not there"))
        if was.notes >= LEAST_NOTES and now.notes < was.notes / 2:
            bare.append(("notes_missing", f"the chapter {was.title!r} has {now.notes} notes; it had {was.notes}"))
        elif (
            len(lost := now.dangling - was.dangling) >= max(LEAST_DANGLING, DANGLING * was.notes)
            and now.notes < was.notes
        ):
            shown = ", ".join(sorted(lost, key=lambda label: (len(label), label))[:8])
            bare.append(("notes_missing", f"the chapter {was.title!r} refers to notes that are not there: {shown}"))
        if was.date_text is not None and now.date_text is None:
            undated.append(("date_missing", f"the chapter {was.title!r} prints no date; it had {was.date_text!r}"))
    return [*gone, *shrunk, *bare, *undated]


def _cut_off(now: Outline, was: Outline) -> int:
    """How many characters are gone from the end of a chapter that is otherwise as it was, where they are many."""
    mine, theirs = (c.lines[: len(c.lines) - c.notes] for c in (now, was))
    lost = was.length - now.length
    if len(mine) >= len(theirs) or lost < MOST_CUT * was.length:
        return 0
    edited = sum(a != b for a, b in zip(mine, theirs, strict=False))
    return lost if edited <= MOST_BESIDE else 0


def kept_lines(new: dict[str, Outline], old: dict[str, Outline]) -> float:
    """How much of the shorter of two texts stands word for word in the other, 0..1, by its long lines."""
    mine, theirs = _long_lines(new), _long_lines(old)
    least = min(sum(map(len, mine)), sum(map(len, theirs)))
    return sum(map(len, mine & theirs)) / least if least else 0.0


def kept_shingles(new: dict[str, Outline], old: dict[str, Outline]) -> float:
    """How much of the shorter of two texts stands in the other, 0..1, by its runs of three words. Slower."""
    mine, theirs = _shingles(_joined(new)), _shingles(_joined(old))
    least = min(len(mine), len(theirs))
    return len(mine & theirs) / least if least else 0.0


def length_of(chapters: dict[str, Outline]) -> int:
    """Characters of all chapters."""
    return sum(c.length for c in chapters.values())


def is_whole(new: dict[str, Outline], old: dict[str, Outline]) -> bool:
    """Whether the new text has the end of the old one: its last line, as often as that stood there ("Ibid.")."""
    mine, theirs = ([norm(line) for c in chapters.values() for line in c.lines if line] for chapters in (new, old))
    return not theirs or mine.count(theirs[-1]) >= theirs.count(theirs[-1])


def lost_after_a_break(new: dict[str, Outline], old: dict[str, Outline]) -> int | None:
    """How many lines are lost of a text that is the old one up to the middle of a line: nobody edits so, but bytes end
    so. None where the text is another, or ends as a sentence does.
    """
    mine = [line for c in new.values() for line in c.lines]
    theirs = [line for c in old.values() for line in c.lines]
    at = len(mine) - 1
    if at < 0 or at >= len(theirs) or mine[:at] != theirs[:at]:
        return None
    # The end of a sentence is an editor's end.
    cut = mine[at].rstrip()
    is_broken = 0 < len(cut) < len(theirs[at]) and theirs[at].startswith(cut) and cut[-1] not in ".!?:;)"
    return len(theirs) - len(mine) if is_broken else None


def switched(new: dict[str, Outline], old: dict[str, Outline]) -> list[tuple[str, str, str]]:
    """The chapters whose paragraphs are in another language than before: title, language before, language now."""
    found = []
    for slug, was in old.items():
        now = new.get(slug)
        if now is None or now.spoken == was.spoken or kept_spoken({slug: now}, {slug: was}) > KEPT_SPOKEN:
            continue
        if said := _languages(" ".join(was.spoken), " ".join(now.spoken)):
            found.append((was.title, *said))
    return found


def switched_whole(text: str, old: dict[str, Outline]) -> tuple[str, str] | None:
    """The language before and now, where a text, all paragraphs of a page together, is in another than before."""
    return _languages(" ".join(line for c in old.values() for line in c.spoken), text)


def kept_spoken(new: dict[str, Outline], old: dict[str, Outline]) -> float:
    """How much of the shorter of two texts stands word for word in the other, 0..1, by its paragraphs alone."""
    mine, theirs = ({line for c in chapters.values() for line in c.spoken} for chapters in (new, old))
    least = min(sum(map(len, mine)), sum(map(len, theirs)))
    return sum(map(len, mine & theirs)) / least if least else 0.0


def _languages(was: str, now: str) -> tuple[str, str] | None:
    if min(len(was), len(now)) < LEAST_SPOKEN:
        return None
    before, after = language(was), language(now)
    return (before, after) if before is not None and after is not None and before != after else None


def _long_lines(chapters: dict[str, Outline]) -> set[str]:
    return {line for c in chapters.values() for line in c.lines if len(line) >= LONG_LINE}


def _joined(chapters: dict[str, Outline]) -> str:
    return "\n".join(line for c in chapters.values() for line in c.lines)


@lru_cache(maxsize=4)
def _shingles(text: str) -> frozenset[str]:
    words = [m[0] for m, _ in zip(_WORD.finditer(norm(text).casefold()), range(MAX_WORDS), strict=False)]
    if len(words) < WIDTH:
        return frozenset(words)
    return frozenset(map(" ".join, zip(*(words[i:] for i in range(WIDTH)), strict=False)))
