"""The laws of a comparison, as checks of one pair of documents: of generated ones, and of real ones.

Lives here: what must be so of what is told (each function raises AssertionError). Not here: where the pairs come from.
"""

import json
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from tracker.compare import _MIRROR, apply, compare, inverse, split
from tracker.compare.apply import chapter_keys
from tracker.compare.lineage import has_lineage
from tracker.compare.nodes import Flat, item_text
from tracker.document.canonical import norm
from tracker.document.edit import Comparison, Edit
from tracker.document.model import Document, Prose, Section, Table

FATES = {
    *(
        "added",
        "removed",
        "replaced",
        "moved",
        "split",
        "merged",
        "section_added",
        "section_removed",
        "section_renamed",
    ),
    *("section_split", "section_merged", "table_added", "table_removed", "note_added", "note_removed", "note_replaced"),
}
"""The kinds that say what became of a block, heading or note; the others say something of its inside or its place."""

MOVED_ALIKE, JOINED_ALIKE = 0.3, 0.6  # so much of its words a block keeps that was moved; split or merged


def check_all(old: Document, new: Document) -> Comparison:
    """Every law that holds of one pair."""
    found = compare(old, new)
    check_exact(found, old, new)
    if not found.coarse:
        check_mirror(found, compare(new, old))
    check_fates(found, old, new)
    check_words(compare(*map(without_tables, (old, new))), *map(without_tables, (old, new)))
    check_kept_words(found)
    return found


def check_exact(found: Comparison, old: Document, new: Document) -> None:
    """What is read back from JSON gives the new document from the old one, and the old one back."""
    read = Comparison.from_json(json.loads(json.dumps(found.to_json())))
    assert read == found
    given = apply(read, old)
    assert given == new
    # Where the old document has ids, or nothing to give ids to, what came has ids that the new one has not.
    assert has_lineage(old) or given.to_json() == new.to_json()
    assert apply(inverse(read), new) == old


# ---------------------------------------------------------------- there and back


def check_mirror(there: Comparison, back: Comparison) -> None:
    """What was told one way is told the other way round on the way back.

    `new_edition` apart: it says how much of the older text was rewritten, which is another figure on the way back.
    """
    turned, told = (Counter(_said(e, back=n == 0) for e in c.edits) for n, c in enumerate((there, back)))
    for side in (turned, told):
        del side["new_edition", "", ""]
    assert turned == told, f"only there: {turned - told}; only back: {told - turned}"


def _said(edit: Edit, *, back: bool) -> tuple[str, str, str]:
    old, new = norm(edit.old), norm(edit.new)
    return (_MIRROR.get(edit.kind, edit.kind), new, old) if back else (edit.kind, old, new)


# ---------------------------------------------------------------- one fate each


@dataclass
class _Side:
    """One chapter of one side: how often each node was told of, and which tables are told of from inside.

    along: nodes that stand in a section which came from, or went to, another chapter.
    """

    flat: Flat
    times: Counter[int] = field(default_factory=Counter)
    inside: set[int] = field(default_factory=set)
    along: set[int] = field(default_factory=set)

    def tell(self, place: Any, edit: Edit) -> None:
        nodes = _nodes(place)
        if nodes is None:
            self.inside.add(place[0])
        elif edit.kind in FATES:
            self.times.update(nodes)
        elif edit.kind == "section_moved" and edit.old_chapter is not None:
            self.along.update(nodes)

    def untold(self) -> tuple[Counter[str], Counter[str], int]:
        """Words of the lines and of the tables that nothing is told of; how many tables are told of from inside."""
        lines: Counter[str] = Counter()
        tables: Counter[str] = Counter()
        inside = 0
        for node in self.flat.nodes:
            if self.times[node.at] or node.at in self.along:
                continue
            if not isinstance(node.item, Table):
                lines[node.norm.rstrip(":. ")] += 1
            elif node.at in self.inside:
                inside += 1
            else:
                tables[norm(item_text(node.item))] += 1
        del lines[""]
        return lines, tables, inside


def _nodes(place: Any) -> list[int] | None:
    """The nodes of a place (nodes.Place); None for a place inside a table."""
    if place is None or place in (["title"], ["date_text"]):
        return []
    if isinstance(place, int):
        return [place]
    if place[0] == "+":
        return list(place[1:])
    if place[0] == "s":
        return [at for first, last in place[1:] for at in range(first, last + 1)]
    return None


def check_fates(found: Comparison, old: Document, new: Document) -> None:
    """Every heading, block and note is told of once, or is equal on both sides and not told of at all."""
    olds, news = (dict(zip(chapter_keys(d.chapters), d.chapters, strict=True)) for d in (old, new))
    patches: Any = found.patch.get("chapters", {})
    parts = split(found)
    left: dict[str, list[Edit]] = {}
    for edit in found.edits:
        if edit.old_chapter is not None:
            left.setdefault(edit.old_chapter, []).append(edit)
    for key, told in patches.items():
        old_key = told.get("from", key)
        if key not in news or old_key not in olds or "#" in key:
            continue  # a chapter that came or went whole; one of a slug that is not its own
        sides = _Side(Flat(olds[old_key])), _Side(Flat(news[key]))
        edits = (*parts[key].edits, *parts[key].neutral)
        for edit, at in zip(edits, told.get("at", []), strict=True):
            for n, side in enumerate(sides):
                only = {"section_merged": 0, "section_split": 1}.get(edit.kind, n)
                if only == n:
                    side.tell(at[n], edit)
        for side in sides:
            twice = [item_text(side.flat.nodes[at].item) for at, count in side.times.items() if count > 1]
            assert not twice, f"told of more than once: {twice}"
        _same_rest(*sides, left.get(olds[old_key].slug, []))


def _same_rest(old: _Side, new: _Side, left: list[Edit]) -> None:
    (gone_lines, gone_tables, gone_inside), (came_lines, came_tables, came_inside) = old.untold(), new.untold()
    elsewhere = "\n".join(norm(e.old) for e in left)
    gone = [line for line in gone_lines - came_lines if line not in elsewhere]
    assert not gone and not came_lines - gone_lines, f"no word of: {gone} and {came_lines - gone_lines}"
    # A table that is told of from one side only (a row came) stands among the untold ones of the other.
    odd_gone = [table for table in (gone_tables - came_tables).elements() if table not in elsewhere]
    odd_came = list((came_tables - gone_tables).elements())
    assert len(odd_gone) + gone_inside == len(odd_came) + came_inside, f"tables: {odd_gone} and {odd_came}"


# ---------------------------------------------------------------- the words


def without_tables(document: Document) -> Document:
    """The document without its tables: where every word is told of once."""

    def section(s: Section) -> Section:
        kept = tuple(b for b in s.blocks if isinstance(b, Prose))
        return replace(s, blocks=kept, sections=tuple(map(section, s.sections)))

    chapters = tuple(
        replace(
            c,
            blocks=tuple(b for b in c.blocks if isinstance(b, Prose)),
            sections=tuple(map(section, c.sections)),
        )
        for c in document.chapters
    )
    return replace(document, chapters=chapters)


def words(text: str) -> Counter[str]:
    """The words of a text in comparison form."""
    return Counter(norm(text).split())


def check_words(found: Comparison, old: Document, new: Document) -> None:
    """Of a document without tables: its words, less what went, and what came, are the words of the new one."""
    olds, news = (dict(zip(chapter_keys(d.chapters), d.chapters, strict=True)) for d in (old, new))
    patches: Any = found.patch.get("chapters", {})
    held, due = Counter[str](), Counter[str]()
    for key, told in patches.items():
        old_key = told.get("from", key)
        if key in news and old_key in olds:
            for document, chapter in ((held, olds[old_key]), (due, news[key])):
                for node in Flat(chapter).nodes:
                    document.update(words(item_text(node.item)))
    for edit in found.edits:
        if edit.kind in ("section_merged", "section_split"):
            gone, came = (edit.old, "") if edit.kind == "section_merged" else ("", edit.new)
        elif edit.kind in FATES:
            gone, came = edit.old, edit.new
        else:
            continue
        held.subtract(words(gone))
        held.update(words(came))
    assert {w: n for w, n in (held - due + Counter()).items() if w} == {} == dict(due - held), (held - due, due - held)


def check_kept_words(found: Comparison) -> None:
    """What was moved, split or merged has its words still, but for a few; all of them where no span says otherwise."""
    for edit in found.edits:
        if edit.kind not in ("moved", "split", "merged"):
            continue
        gone, came = words(edit.old), words(edit.new)
        floor = MOVED_ALIKE if edit.kind == "moved" else JOINED_ALIKE
        if not any(mark != "=" for mark, _ in edit.spans):
            assert gone == came
        elif "|" not in edit.old:
            assert 2 * (gone & came).total() >= floor * (gone.total() + came.total()), edit
