"""A comparison put in order for a person: chapter by chapter, section by section, with what to look at first. Pure.

Lives here: what is shown, in which order, under which words; all renderers of comparisons (terminal, page, markdown,
stat) read it. Not here: what any of them looks like. All texts in it are safe to show (redline.safe), not yet escaped.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tracker.compare.nodes import column_name, row_name
from tracker.document.edit import LEVELS, CellPlace, Comparison, Edit, EditKind, Level, Span, SpanMark
from tracker.document.model import Chapter, Document, Prose, Row, Table, walk_blocks
from tracker.notify.render.redline import safe, whole

BREAK = " ¶"  # where a paragraph was split or two were merged
_SHIFT = re.compile(r"(\d+)(?:-(\d+))?: [+-]\d")
_PLACES = re.compile(r"(\d+) places")


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A table's row: what its columns are called ("" where they have no header), and each cell's redline."""

    columns: tuple[str, ...]
    cells: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to look at: an edit, or the changed cells of one row.

    place: the table and row it stands in. pointer: where what moved stood before. cells: column and redline of each
    changed cell; `spans` is empty then. row: the row they stand in, whole, where it was found.
    """

    kind: EditKind
    level: Level
    why: tuple[str, ...] = ()
    place: str = ""
    pointer: str = ""
    detail: str = ""
    spans: tuple[Span, ...] = ()
    cells: tuple[tuple[str, tuple[Span, ...]], ...] = ()
    row: ShownRow | None = None
    edits: int = 1

    @property
    def words(self) -> str:
        """What the edit is called, how much it matters and why."""
        why = f": {', '.join(self.why)}" if self.why else ""
        return f"{self.kind.replace('_', ' ')} · {self.level}{safe(why)}"


@dataclass(frozen=True, slots=True)
class ShownSection:
    """The items of one section, by its titles from the outermost; () where they stand under the chapter itself."""

    path: tuple[str, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChapter:
    """A chapter that differs. said: its cause and flags as phrases. neutral: one line, "" where there are none."""

    slug: str
    title: str
    said: tuple[str, ...]
    sections: tuple[ShownSection, ...]
    neutral: str
    kinds: tuple[tuple[str, int], ...]
    came: int
    gone: int

    @property
    def edits(self) -> int:
        """How many edits are news."""
        return sum(count for _, count in self.kinds)


@dataclass(frozen=True, slots=True)
class Outline:
    """All that differs. title: of the profile. old, new: what was compared. of: chapters that either side has."""

    title: str
    old: str
    new: str
    chapters: tuple[ShownChapter, ...]
    summary: str


def outline(
    comparison: Comparison,
    old: Document,
    new: Document,
    *,
    names: tuple[str, str],
    all_causes: bool = False,
    reverts: str | None = None,
) -> Outline:
    """The comparison of two documents, in order. names: of the two sides, as the user gave them.

    all_causes: neutral edits are items too. reverts: the earlier version that `new` says again, if it does.
    """
    slugs = dict.fromkeys((*comparison.causes, *(e.chapter for e in (*comparison.edits, *comparison.neutral))))
    place = {c.slug: at for at, c in reversed(list(enumerate((*new.chapters, *old.chapters))))}
    chapters = tuple(
        _chapter(comparison, slug, old, new, all_causes=all_causes, reverts=reverts)
        for slug in sorted(slugs, key=lambda slug: place.get(slug, len(place)))
    )
    known = len({c.slug for c in (*old.chapters, *new.chapters)})
    return Outline(
        title=safe(new.title or old.title),
        old=safe(names[0]),
        new=safe(names[1]),
        chapters=chapters,
        summary=_summary(comparison, chapters, known),
    )


def _chapter(
    comparison: Comparison, slug: str, old: Document, new: Document, *, all_causes: bool, reverts: str | None
) -> ShownChapter:
    edits = [e for e in comparison.edits if e.chapter == slug]
    neutral = [e for e in comparison.neutral if e.chapter == slug]
    after = new.chapter(slug)
    was = next((e.old for e in edits if e.kind == "chapter_renamed"), None)
    before = old.chapter(slug) or next((c for c in old.chapters if c.title == was), None)
    titles = {c.slug: c.title for c in (*new.chapters, *old.chapters)}
    shown = (*edits, *neutral) if all_causes else edits
    sections = tuple(
        ShownSection(tuple(map(safe, path)), tuple(_items(list(told), before, after, titles)))
        for path, told in groupby(shown, key=lambda e: e.section)
    )
    kinds: dict[str, int] = {}
    for edit in edits:
        kinds[edit.kind.replace("_", " ")] = kinds.get(edit.kind.replace("_", " "), 0) + 1
    titled = after or before
    return ShownChapter(
        slug=slug,
        title=safe(titled.title if titled else next((e.chapter_title for e in (*edits, *neutral)), slug)),
        said=tuple(_said(comparison, slug, before, after, edits, reverts)),
        sections=sections,
        neutral=neutral_line(neutral),
        kinds=tuple(kinds.items()),
        came=sum(_words(edit, "+") for edit in edits),
        gone=sum(_words(edit, "-") for edit in edits),
    )


def _said(
    comparison: Comparison,
    slug: str,
    before: Chapter | None,
    after: Chapter | None,
    edits: Sequence[Edit],
    reverts: str | None,
) -> Iterator[str]:
    cause = comparison.causes.get(slug, "content")
    if cause != "content" and not (cause == "reversion" and reverts):
        yield cause.replace("_", " ")
    if reverts is not None:
        yield f"reversion: it says again what @{safe(reverts)} said"
    if slug in comparison.silent:
        printed = f" ({safe(after.date_text)})" if after is not None and after.date_text else ""
        yield f"silent edit: words changed, the printed date{printed} did not"
    if any(e.kind == "new_edition" for e in edits):
        yield "new edition: at least half of it was rewritten"
    if slug in comparison.coarse:
        yield "coarse: the budget was reached, what is alike may be shown as removed and added"


def _items(edits: list[Edit], before: Chapter | None, after: Chapter | None, titles: dict[str, str]) -> Iterator[Item]:
    def row_of(edit: Edit) -> object:
        return (edit.cell.table, edit.cell.row) if edit.kind == "cell_changed" and edit.cell else id(edit)

    for _, told in groupby(edits, key=row_of):
        together = list(told)
        if together[0].kind == "cell_changed" and together[0].cell is not None:
            yield from _row_items(together, after)
        else:
            yield _item(together[0], before, after, titles)


def _item(edit: Edit, before: Chapter | None, after: Chapter | None, titles: dict[str, str]) -> Item:
    spans = whole(edit)
    if edit.kind == "split":
        spans = _with_breaks(spans, _joints(after, edit.new), "+")
    elif edit.kind == "merged":
        spans = _with_breaks(spans, _joints(before, edit.old), "-")
    pointer = ""
    if edit.old_section is not None or edit.old_chapter is not None:
        chapter = titles.get(edit.old_chapter, edit.old_chapter) if edit.old_chapter is not None else ""
        stood = " › ".join(p for p in (chapter, *(edit.old_section or ())) if p)
        here = edit.old_chapter is None and edit.old_section == edit.section
        pointer = "from another place in it" if here else f"from {stood or 'the head of the chapter'}"
    return Item(
        kind=edit.kind,
        level=edit.salience.level,
        why=edit.salience.why,
        place=safe(" › ".join(p for p in (edit.cell.table, edit.cell.column) if p)) if edit.cell else "",
        pointer=safe(pointer),
        detail=safe(edit.detail or ""),
        spans=tuple((mark, safe(text)) for mark, text in spans),
    )


# ---------------------------------------------------------------- tables


def _row_items(edits: Sequence[Edit], after: Chapter | None) -> Iterator[Item]:
    """Changed cells of one row as one item; two cells of one column are of two rows that are called the same."""
    at = 0
    while at < len(edits):
        columns: list[str] = []
        first = at
        while at < len(edits) and (column := _cell(edits[at]).column) not in columns:
            columns.append(column)
            at += 1
        together = edits[first:at]
        level = max((e.salience.level for e in together), key=LEVELS.index)
        place = _cell(together[0])
        yield Item(
            kind="cell_changed",
            level=level,
            why=tuple(dict.fromkeys(w for e in together if e.salience.level == level for w in e.salience.why)),
            place=safe(" › ".join(p for p in (place.table, place.row) if p)),
            cells=tuple((safe(_cell(e).column), _safe(whole(e))) for e in together),
            row=_shown_row(together, after),
            edits=len(together),
        )


def _cell(edit: Edit) -> CellPlace:
    assert edit.cell is not None
    return edit.cell


def _shown_row(edits: Sequence[Edit], chapter: Chapter | None) -> ShownRow | None:
    """The row that the changed cells stand in, as it is now; None where no row of the chapter holds them all."""
    place = _cell(edits[0])
    for path, block in walk_blocks(chapter) if chapter is not None else ():
        if not isinstance(block, Table):
            continue
        called = block.caption.plain if block.caption else (path[-1].title.plain if path else "")
        if called and called != place.table:
            continue
        rows = (*block.header, *block.rows)
        width = max((len(row.cells) for row in rows), default=0)
        names = [column_name(block, column) for column in range(width)]
        for number, row in enumerate(rows):
            if row_name(block, number) != place.row:
                continue
            cells = _cells(row, names, edits)
            if cells is not None:
                return ShownRow(tuple(map(safe, names)) if any(names) else (), cells)
    return None


def _cells(row: Row, names: Sequence[str], edits: Sequence[Edit]) -> tuple[tuple[Span, ...], ...] | None:
    told: dict[int, Edit] = {}
    for edit in edits:
        at = next(
            (
                k
                for k, cell in enumerate(row.cells)
                if k not in told and cell.plain == edit.new and (k >= len(names) or names[k] == _cell(edit).column)
            ),
            None,
        )
        if at is None:
            return None
        told[at] = edit
    return tuple(
        _safe(whole(told[k])) if k in told else _safe((("=", cell.plain),) if cell.plain else ())
        for k, cell in enumerate(row.cells)
    )


# ---------------------------------------------------------------- where a paragraph was broken


def _joints(chapter: Chapter | None, text: str) -> tuple[int, ...]:
    """Where paragraphs of the chapter end in the text that they make up, but the last; () where none do."""
    blocks = [b.text.plain for _, b in walk_blocks(chapter) if isinstance(b, Prose)] if chapter is not None else []
    for first, block in enumerate(blocks):
        if not block or not text.startswith(block + " "):
            continue
        ends = [len(block)]
        for following in blocks[first + 1 :]:
            if not text.startswith(following, ends[-1] + 1):
                break
            ends.append(ends[-1] + 1 + len(following))
            if ends[-1] >= len(text):
                return tuple(ends[:-1])
    return ()


def _with_breaks(spans: Iterable[Span], joints: Sequence[int], mark: SpanMark) -> tuple[Span, ...]:
    """The spans with a mark for a paragraph's end at offsets of the side that `mark` stands for."""
    found: list[Span] = []
    at = 0
    for kind, text in spans:
        if kind not in ("=", mark):
            found.append((kind, text))
            continue
        done = 0
        for joint in joints:
            if at + done <= joint < at + len(text):
                found += [(kind, text[done : joint - at]), (mark, BREAK)]
                done = joint - at
        found.append((kind, text[done:]))
        at += len(text)
    return tuple(span for span in found if span[1])


# ---------------------------------------------------------------- counts


def neutral_line(edits: Sequence[Edit]) -> str:
    """Neutral edits in one line: `3 notes renumbered, 19 places printed otherwise`; "" where there are none."""
    renumbered = sum(_shifted(e.detail or "") for e in edits if e.kind == "renumbered")
    moved = sum(e.kind == "ref_moved" for e in edits)
    places = sum(int(m[1]) if (m := _PLACES.match(e.detail or "")) else 1 for e in edits if e.kind == "format")
    return ", ".join(
        f"{count} {one if count == 1 else many}"
        for count, one, many in (
            (renumbered, "note renumbered", "notes renumbered"),
            (moved, "reference to a note moved", "references to notes moved"),
            (places, "place printed otherwise", "places printed otherwise"),
        )
        if count
    )


def _shifted(detail: str) -> int:
    return sum(int(m[2] or m[1]) - int(m[1]) + 1 for m in _SHIFT.finditer(detail)) or 1


def _summary(comparison: Comparison, chapters: Sequence[ShownChapter], known: int) -> str:
    neutral = neutral_line(comparison.neutral)
    if not comparison.edits:
        return f"No difference for a reader: {neutral}" if neutral else "No difference"
    count = len(comparison.edits)
    levels = [(level, sum(e.salience.level == level for e in comparison.edits)) for level in reversed(LEVELS)]
    told = ", ".join(f"{n} {level}" for level, n in levels if n)
    touched = sum(chapter.edits > 0 for chapter in chapters)
    where = f"{touched} of {known} chapters" if known > 1 else "1 chapter"
    return f"{count} edit{'s' if count != 1 else ''} in {where}: {told}" + (f"; {neutral}" if neutral else "")


def _words(edit: Edit, mark: SpanMark) -> int:
    return sum(len(text.split()) for kind, text in whole(edit) if kind == mark)


def _safe(spans: Iterable[Span]) -> tuple[Span, ...]:
    return tuple((mark, safe(text)) for mark, text in spans)
