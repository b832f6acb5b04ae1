"""What is true of two editions of a profile: the edits that lead from one to the other, by the identities of things.

Everything that can be read off the two editions is (`expected`); what only the editor knows (what moved, what was
split or merged, that it is a new edition) is in the marks. So the truth of many edits at once is of one piece: a
paragraph edited inside a section that came is listed only in the section; a note is gone when nothing refers to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tests.exam.model import (
    REF,
    Block,
    Chapter,
    Para,
    Profile,
    Section,
    Table,
    block_text,
    cell_text,
    holders,
    plain,
    printed_notes,
    row_text,
    section_text,
    table_text,
    walk,
)
from tracker.document.identity import slug_or_hash

Ways = tuple[tuple[str | None, str | None], ...]


@dataclass(frozen=True)
class Expected:
    """An edit that must be told. ways: the pairs of old and new that are right, the first as design §5 has it;
    None for either: anything. chapters: the slugs that are right. optional: right to tell, right to leave out.

    row, column: of a cell, "" where it is not clear. salience: `critical`, `high` (at least), `wording` (at most
    normal), "" where it is not clear.
    """

    kind: str
    chapters: tuple[str, ...]
    ways: Ways
    section: tuple[str, ...] | None = None
    row: str = ""
    column: str = ""
    optional: bool = False
    salience: str = ""
    uid: int = 0


@dataclass
class Marks:
    """What only the editor knows, by identities. split: old → pieces; merged: new → parts; for sections the same:
    which one a new heading was put into, and which one holds what stood under a heading that went.

    claimed: what no further edit may touch. weighs: what an edit of this thing must be rated.
    """

    moved: set[int] = field(default_factory=set)
    split: dict[int, list[int]] = field(default_factory=dict)
    merged: dict[int, list[int]] = field(default_factory=dict)
    section_split: dict[int, int] = field(default_factory=dict)  # new → the one that it was part of
    section_merged: dict[int, int] = field(default_factory=dict)  # gone → the one that holds it now
    editions: set[int] = field(default_factory=set)
    claimed: set[int] = field(default_factory=set)
    weighs: dict[int, str] = field(default_factory=dict)

    def backward(self) -> "Marks":
        """The marks of the way back."""
        return replace(
            self,
            split=dict(self.merged),
            merged=dict(self.split),
            section_split=self.section_merged,
            section_merged=self.section_split,
        )


@dataclass(frozen=True)
class _At:
    """Where a thing stands."""

    chapter: Chapter
    path: tuple[Section, ...]
    thing: Block


def expected(old: Profile, new: Profile, marks: Marks) -> list[Expected]:
    """The edits that lead from one edition to the other."""
    before = {c.uid: c for c in old.chapters}
    after = {c.uid: c for c in new.chapters}
    out: list[Expected] = []
    for c in old.chapters:
        if c.uid not in after:
            out.append(Expected("chapter_removed", (_slug(c),), ((c.title, ""),)))
    slug_of = _Slugs(before, after)
    for c in new.chapters:
        was = before.get(c.uid)
        if was is None:
            out.append(Expected("chapter_added", (_slug(c),), (("", c.title),)))
            continue
        slugs = slug_of(c)
        if c.title != was.title:
            out.append(Expected("chapter_renamed", slugs, ((was.title, c.title),)))
        if c.uid in marks.moved:
            out.append(Expected("chapter_moved", slugs, ((None, None),)))
        if c.date != was.date:
            out.append(Expected("date_changed", slugs, ((was.date or "", c.date or ""),)))
        if c.uid in marks.editions or (c.date != was.date and _rewritten(was, c) >= 0.35):
            # Below "most of it" by the editor's own word, whether it is a new edition is a matter of counting.
            out.append(Expected("new_edition", slugs, (("", ""),), optional=c.uid not in marks.editions))
        out += _notes(was, c, slugs)
    out += _sections(old, new, marks, slug_of)
    out += _blocks(old, new, marks, slug_of)
    return out


def _slug(chapter: Chapter) -> str:
    return slug_or_hash(plain(chapter.title))


class _Slugs:
    """The slugs under which an edit in a chapter may be told: the new one, and the old one of a renamed chapter."""

    def __init__(self, before: dict[int, Chapter], after: dict[int, Chapter]) -> None:
        self._both = (after, before)

    def __call__(self, chapter: Chapter) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_slug(side[chapter.uid]) for side in self._both if chapter.uid in side))


def _rewritten(was: Chapter, now: Chapter) -> float:
    """The share of a chapter's paragraphs that do not stand in the new one as they were."""
    before, after = ({b.uid: block_text(b) for h, _ in holders(c) for b in h.blocks} for c in (was, now))
    return sum(after.get(uid) != text for uid, text in before.items()) / max(len(before), 1)


def _notes(was: Chapter, now: Chapter, slugs: tuple[str, ...]) -> Iterator[Expected]:
    old = {key: plain(text) for _, key, text in printed_notes(was)}
    new = {key: plain(text) for _, key, text in printed_notes(now)}
    for key, text in old.items():
        if key not in new:
            yield Expected("note_removed", slugs, ((text, ""),))
        elif text != new[key]:
            yield Expected("note_replaced", slugs, ((text, new[key]),))
    for key, text in new.items():
        if key not in old:
            yield Expected("note_added", slugs, (("", text),))


def _by_section(profile: Profile) -> dict[int, tuple[Chapter, tuple[Section, ...]]]:
    return {path[-1].uid: (c, path) for c in profile.chapters for path in walk(c.sections)}


def _titles(path: tuple[Section, ...]) -> tuple[str, ...]:
    return tuple(plain(s.title) for s in path)


def _sections(old: Profile, new: Profile, marks: Marks, slug_of: _Slugs) -> Iterator[Expected]:
    before, after = _by_section(old), _by_section(new)
    old_chapters, new_chapters = {c.uid for c in old.chapters}, {c.uid for c in new.chapters}
    kept = set(after) | set(_placed(new))
    for uid, (chapter, path) in before.items():
        section = path[-1]
        if uid in after:
            continue
        if uid in marks.section_merged:
            holder = after[marks.section_merged[uid]]
            ways: Ways = ((plain(section.title), plain(holder[1][-1].title)),)
            yield Expected("section_merged", slug_of(holder[0]), ways, uid=uid)
        elif chapter.uid in new_chapters and not any(s.uid not in after for s in path[:-1]):
            # What moved out of it before it went may be told in its text, or by its move alone.
            ways = ((section_text(section), ""), (section_text(_without(section, kept)), ""))
            yield Expected("section_removed", slug_of(chapter), ways, _titles(path))
    for uid, (chapter, path) in after.items():
        section = path[-1]
        if uid not in before:
            if uid in marks.section_split:
                was = before[marks.section_split[uid]][1][-1]
                yield Expected("section_split", slug_of(chapter), ((plain(was.title), plain(section.title)),))
            elif chapter.uid in old_chapters and not any(s.uid not in before for s in path[:-1]):
                yield Expected("section_added", slug_of(chapter), (("", section_text(section)),), _titles(path))
            continue
        was = before[uid][1][-1]
        if uid in marks.moved:
            ways = ((section_text(was), section_text(section)), (plain(was.title), plain(section.title)))
            yield Expected("section_moved", slug_of(chapter), ways, _titles(path))
        if plain(was.title) != plain(section.title):
            # A section renamed and moved at once: the move shows both headings, so that the new name may go with it.
            ways = ((plain(was.title), plain(section.title)),)
            yield Expected("section_renamed", slug_of(chapter), ways, optional=uid in marks.moved)


def _without(section: Section, kept: set[int]) -> Section:
    """A section without what still stands somewhere."""
    blocks = [b for b in section.blocks if b.uid not in kept]
    return replace(section, blocks=blocks, sections=[_without(s, kept) for s in section.sections if s.uid not in kept])


def _placed(profile: Profile) -> dict[int, _At]:
    return {
        block.uid: _At(chapter, path, block)
        for chapter in profile.chapters
        for holder, path in holders(chapter)
        for block in holder.blocks
    }


def _blocks(old: Profile, new: Profile, marks: Marks, slug_of: _Slugs) -> Iterator[Expected]:
    before, after = _placed(old), _placed(new)
    old_things = {c.uid for c in old.chapters} | set(_by_section(old))
    new_things = {c.uid for c in new.chapters} | set(_by_section(new))
    parts = {part: whole for whole, found in marks.merged.items() for part in found}
    pieces = {piece: whole for whole, found in marks.split.items() for piece in found}
    told: set[int] = set()
    for uid, at in before.items():
        salience = marks.weighs.get(uid, "")
        if uid in after:
            continue
        if uid in marks.split:
            now = [after[p] for p in marks.split[uid]]
            ways: Ways = ((block_text(at.thing), " ".join(block_text(n.thing) for n in now)),)
            yield Expected("split", slug_of(now[0].chapter), ways, _titles(now[0].path), salience=salience)
        elif uid in parts:
            whole = parts[uid]
            if whole not in told:
                told.add(whole)
                joined = " ".join(block_text(before[p].thing) for p in marks.merged[whole])
                ways = ((joined, block_text(after[whole].thing)),)
                yield Expected("merged", slug_of(after[whole].chapter), ways, _titles(after[whole].path))
        elif _is_open(at, new_things, marks.section_merged):
            kind = "removed" if isinstance(at.thing, Para) else "table_removed"
            yield Expected(
                kind, slug_of(at.chapter), ((block_text(at.thing), ""),), _titles(at.path), salience=salience
            )
    for uid, at in after.items():
        salience = marks.weighs.get(uid, "")
        slugs, titles = slug_of(at.chapter), _titles(at.path)
        if uid not in before:
            if uid not in pieces and uid not in marks.merged and _is_open(at, old_things, marks.section_split):
                kind = "added" if isinstance(at.thing, Para) else "table_added"
                yield Expected(kind, slugs, (("", block_text(at.thing)),), titles, salience=salience)
            continue
        was = before[uid].thing
        if isinstance(was, Table) and isinstance(at.thing, Table):
            if uid in marks.moved:
                yield Expected("moved", slugs, ((table_text(was), table_text(at.thing)),), titles)
            yield from _tables(was, at.thing, slugs, titles, marks)
            continue
        one, other = block_text(was), block_text(at.thing)
        if uid in marks.moved:
            yield Expected("moved", slugs, ((one, other),), titles, salience=salience)
        elif one != other:
            yield Expected("replaced", slugs, ((one, other),), titles, salience=salience)
        elif block_marks(was) != block_marks(at.thing):
            yield Expected("link_changed", slugs, ((None, None),), titles)


def block_marks(block: Block) -> str:
    """The text of a paragraph with its links, without its references."""
    return REF.sub("", block.text) if isinstance(block, Para) else ""


def _is_open(at: _At, others: set[int], excused: dict[int, int]) -> bool:
    """Whether a thing stands in a chapter and sections that both editions have, so that it is listed by itself."""
    return at.chapter.uid in others and all(s.uid in others or s.uid in excused for s in at.path)


def _lines(old: list[str], new: list[str]) -> list[tuple[str, str]]:
    """The lines of a legend that changed, came or went, each as old and new: told alone, they are right too."""
    if len(old) == len(new):
        return [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    return [(line, "") for line in old if line not in new] + [("", line) for line in new if line not in old]


def _tables(
    was: Table, now: Table, slugs: tuple[str, ...], titles: tuple[str, ...], marks: Marks
) -> Iterator[Expected]:
    if plain(was.caption or "") != plain(now.caption or ""):
        ways: Ways = ((plain(was.caption or ""), plain(now.caption or "")),)
        yield Expected("caption_changed", slugs, ways, titles)
    old_legend, new_legend = list(map(plain, was.legend)), list(map(plain, now.legend))
    if old_legend != new_legend:
        lines = _lines(old_legend, new_legend)
        ways = tuple((mark.join(old_legend), mark.join(new_legend)) for mark in ("\n", " "))
        yield Expected("legend_changed", slugs, (*ways, *lines), titles)
    kept = [c for c in was.columns if c in now.columns]
    old_at, new_at = {c: i for i, c in enumerate(was.columns)}, {c: i for i, c in enumerate(now.columns)}

    def column(table: Table, at: int) -> str:
        cells = [*(h[at] for h in table.header), *(r.cells[at] for r in table.rows if not r.band)]
        return " | ".join(map(cell_text, cells))

    for c in was.columns:
        if c not in new_at:
            yield Expected("column_removed", slugs, ((column(was, old_at[c]), ""),), titles)
    for c in now.columns:
        if c not in old_at:
            yield Expected("column_added", slugs, (("", column(now, new_at[c])),), titles)
        elif c in marks.moved:
            yield Expected("column_moved", slugs, ((column(was, old_at[c]), column(now, new_at[c])),), titles)
    old_rows, new_rows = {r.uid: r for r in was.rows}, {r.uid: r for r in now.rows}
    for row in was.rows:
        if row.uid not in new_rows:
            yield Expected("row_removed", slugs, ((row_text(row.cells), ""),), titles)
    for row in now.rows:
        if row.uid not in old_rows:
            yield Expected("row_added", slugs, (("", row_text(row.cells)),), titles)
            continue
        before = old_rows[row.uid]
        if row.uid in marks.moved:
            yield Expected("row_moved", slugs, ((row_text(before.cells), row_text(row.cells)),), titles)
        if row.band:
            pairs = [(before.cells[0], row.cells[0], 0)]
        else:
            pairs = [(before.cells[old_at[c]], row.cells[new_at[c]], new_at[c]) for c in kept]
        for one, other, at in pairs:
            if list(map(plain, one)) != list(map(plain, other)):
                name = cell_text(row.cells[0]) if at and now.shape in ("key_value", "grid") else ""
                head = cell_text(now.header[-1][at]) if now.header and at else ""
                ways = ((cell_text(one), cell_text(other)),)
                salience = marks.weighs.get(row.uid, "")
                yield Expected("cell_changed", slugs, ways, titles, name, head, salience=salience, uid=row.uid)
    for old_head, new_head in zip(was.header, now.header, strict=True):
        for c in kept:
            if list(map(plain, old_head[old_at[c]])) != list(map(plain, new_head[new_at[c]])):
                ways = ((cell_text(old_head[old_at[c]]), cell_text(new_head[new_at[c]])),)
                yield Expected("cell_changed", slugs, ways, titles)
