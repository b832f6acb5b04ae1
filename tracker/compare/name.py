"""Call what was paired by its name: typed edits, in the order in which a reader meets them. Pure.

Lives here: which kind an edit is, where it stands, its texts, spans and id. Not here: pairing (align.py), how much it
matters (weigh.py). A place (nodes.Place) says all that is told of an edit's texts, so that a log need not repeat them.
"""

from collections.abc import Sequence
from dataclasses import replace

from tracker.compare.aligned import Aligned
from tracker.compare.edits import Named, dates_differ, edit_at
from tracker.compare.ledger import Ledger, looks_other
from tracker.compare.name_tables import name_table
from tracker.compare.nodes import Flat, Node
from tracker.compare.ops import Json
from tracker.document.canonical import norm
from tracker.document.edit import EditKind
from tracker.document.model import Note, Prose, Section, Table

EDITION_PARAGRAPHS = 8
EDITION_SHARE = 0.5


# ---------------------------------------------------------------- one chapter


class Namer:
    """Names the edits of one pair of chapters. packed: how note labels shifted, as the patch holds it."""

    def __init__(self, aligned: Aligned, packed: Json, olds: dict[str, Flat]) -> None:
        self._a = aligned
        self._old = aligned.old
        self._new = aligned.new
        self._olds = olds
        self._told = {gone: self._told_elsewhere(gone=gone) for gone in (True, False)}
        self._ledger = Ledger(aligned, packed)

    def name(self) -> tuple[list[Named], list[Named]]:
        """The edits that are news, and the neutral ones, each in reading order."""
        self._head()
        self._sections()
        self._blocks()
        self._notes()
        self._edition()
        return self._ledger.close()

    # -------------------------------------------------------- head

    def _head(self) -> None:
        old, new = self._old.chapter, self._new.chapter
        if norm(old.title) != norm(new.title):
            self._ledger.add("chapter_renamed", [["title"], ["title"]], order=(-3, 0))
        elif old.title != new.title:
            self._ledger.add_format([["title"], ["title"]], (-3, 0))
        if dates_differ(old, new):
            self._ledger.add("date_changed", [["date_text"], ["date_text"]], order=(-3, 1))
        elif (old.date, old.date_text) != (new.date, new.date_text):
            self._ledger.add_format([["date_text"], ["date_text"]], (-3, 1))

    # -------------------------------------------------------- sections

    def _sections(self) -> None:
        a = self._a
        for i, node in enumerate(self._old.nodes[: self._old.first_note]):
            if not isinstance(node.item, Section) or a.to_new[i] >= 0:
                continue
            if i in a.became_prose:
                self._ledger.add_format([i, a.became_prose[i]], self._ledger.order([i, None]))
            elif i in a.section_merged:
                there = a.section_merged[i]
                at = [i, there if there >= 0 else ["title"]]
                self._ledger.add("section_merged", at, order=self._ledger.order([i, None]))
            elif i not in a.left and not self._is_in_gone(node.parent):
                self._ledger.add(
                    "section_removed",
                    [self._whole(self._old, i, gone=True), None],
                )
        for j, new_node in enumerate(self._new.nodes[: self._new.first_note]):
            if not isinstance(new_node.item, Section):
                continue
            i = a.to_old[j]
            if i >= 0:
                self._kept_section(i, j)
            elif j in a.became_heading:
                self._ledger.add_format([a.became_heading[j], j], self._ledger.order([None, j]))
            elif j in a.section_split:
                there = a.section_split[j]
                at = [there if there >= 0 else ["title"], j]
                self._ledger.add("section_split", at, order=self._ledger.order([None, j]))
            elif j in a.arrived:
                self._arrived(j, "section_moved")
            elif not self._is_in_come(new_node.parent):
                self._ledger.add(
                    "section_added",
                    [None, self._whole(self._new, j, gone=False)],
                )

    def _kept_section(self, i: int, j: int) -> None:
        old, new = self._old.nodes[i], self._new.nodes[j]
        assert isinstance(old.item, Section) and isinstance(new.item, Section)
        if j in self._a.moved:
            along = [k for k, head in self._a.carried.items() if head == j]
            at = [
                self._everything(self._old, i, [self._a.to_old[k] for k in along]),
                self._everything(self._new, j, along),
            ]
            self._ledger.add("section_moved", at)
        if old.norm != new.norm:
            self._ledger.add("section_renamed", [i, j])
        elif looks_other(old.item.title, new.item.title) or old.item.level != new.item.level:
            self._ledger.add_format([i, j])

    def _is_in_gone(self, section: int) -> bool:
        """Whether an old section, or one around it, is told as removed."""
        a = self._a
        while section >= 0:
            stays = section in a.section_merged or section in a.became_prose or section in a.left
            if a.to_new[section] < 0 and not stays:
                return True
            section = self._old.nodes[section].parent
        return False

    def _is_in_come(self, section: int) -> bool:
        a = self._a
        while section >= 0:
            stood = section in a.section_split or section in a.became_heading or section in a.arrived
            if a.to_old[section] < 0 and not stood:
                return True
            section = self._new.nodes[section].parent
        return False

    def _whole(self, flat: Flat, section: int, *, gone: bool) -> Json:
        """A section's place without what has another fate: what is paired, came from or went elsewhere."""
        pairs = self._a.to_new if gone else self._a.to_old
        told = self._told[gone]
        kept = [section]
        kept += (k for k in range(section + 1, flat.end(section)) if pairs[k] < 0 and k not in told)
        return ["s", *_runs(kept)]

    def _told_elsewhere(self, *, gone: bool) -> set[int]:
        a = self._a
        if gone:
            pieces = {i for told in a.merges.values() for i in told}
            return pieces | set(a.left) | set(a.section_merged) | set(a.became_prose) | set(a.became_heading.values())
        pieces = {j for told in a.splits.values() for j in told}
        return pieces | set(a.arrived) | set(a.section_split) | set(a.became_heading) | set(a.became_prose.values())

    @staticmethod
    def _everything(flat: Flat, section: int, along: Sequence[int] = ()) -> Json:
        """A section's place with all that stands in it, and with the sections that go along with it."""
        return ["s", [section, max(flat.end(part) for part in (section, *along)) - 1]]

    # -------------------------------------------------------- blocks

    def _blocks(self) -> None:
        a = self._a
        gone, come = self._told[True], self._told[False]
        for i, node in enumerate(self._old.nodes[: self._old.first_note]):
            if a.to_new[i] >= 0 or i in gone or isinstance(node.item, Section) or self._is_in_gone(node.parent):
                continue
            self._tell(node, "table_removed" if isinstance(node.item, Table) else "removed", [i, None])
        for j, new_node in enumerate(self._new.nodes[: self._new.first_note]):
            item = new_node.item
            if isinstance(item, Section):
                continue
            i = a.to_old[j]
            if j in a.arrived:
                self._arrived(j, "moved")
            elif j in a.merges:
                self._ledger.add("merged", [["+", *a.merges[j]], j])
            elif i >= 0 and i in a.splits:
                self._ledger.add("split", [i, ["+", *a.splits[i]]])
            elif i >= 0:
                self._kept_block(i, j)
            elif j not in come and not self._is_in_come(new_node.parent):
                self._tell(new_node, "table_added" if isinstance(item, Table) else "added", [None, j])

    def _tell(self, node: Node, kind: EditKind, at: Json) -> None:
        """Take down what became of a block; one without a word that is read (a zero-width mark) is no news."""
        if node.norm:
            self._ledger.add(kind, at)
        else:
            self._ledger.add_format(at)

    def _arrived(self, j: int, kind: EditKind) -> None:
        """Tell what came out of another chapter, unless it came along with the section around it."""
        key, i = self._a.arrived[j]
        source = self._olds[key]
        came, was = self._new.nodes[j], source.nodes[i]
        if came.norm == was.norm and self._a.arrived.get(came.parent) == (key, was.parent):
            return
        at = [i, j] if kind == "moved" else [self._everything(source, i), self._everything(self._new, j)]
        edit = replace(edit_at(kind, source, self._new, at), old_chapter=source.chapter.slug)
        self._ledger.found.append(Named(edit, [None, at[1]], self._ledger.order([None, at[1]])))

    def _kept_block(self, i: int, j: int) -> None:
        old, new = self._old.nodes[i], self._new.nodes[j]
        moved = j in self._a.moved
        if moved:
            self._tell(new, "moved", [i, j])
        if isinstance(old.item, Table) and isinstance(new.item, Table):
            if j in self._a.tables:
                name_table(self._ledger, i, j, old.item, new.item, self._a.tables[j])
            return
        assert isinstance(old.item, Prose) and isinstance(new.item, Prose)
        if old.norm != new.norm:
            if not moved:
                self._ledger.add("replaced", [i, j])
            return
        self._ledger.same_words([i, j], old.item.text, new.item.text)
        same = (old.item.kind, old.item.level) == (new.item.kind, new.item.level)
        if not same and not looks_other(old.item.text, new.item.text):
            self._ledger.add_format([i, j])

    # -------------------------------------------------------- notes

    def _notes(self) -> None:
        a = self._a
        for i in range(self._old.first_note, len(self._old)):
            if a.to_new[i] < 0:
                self._ledger.add("note_removed", [i, None])
        for j in range(self._new.first_note, len(self._new)):
            i = a.to_old[j]
            if i < 0:
                self._ledger.add("note_added", [None, j])
                continue
            old, new = self._old.nodes[i], self._new.nodes[j]
            assert isinstance(old.item, Note) and isinstance(new.item, Note)
            if old.norm != new.norm:
                self._ledger.add("note_replaced", [i, j])
            else:
                self._ledger.same_words([i, j], old.item.text, new.item.text)

    # -------------------------------------------------------- the rest

    def _edition(self) -> None:
        """A chapter with another date and half of its paragraphs rewritten, before and now, is a new edition."""
        if not dates_differ(self._old.chapter, self._new.chapter):
            return
        a = self._a
        merged = {i for told in a.merges.values() for i in told}
        split = {j for told in a.splits.values() for j in told}
        was = self._rewritten(self._old, a.to_new, self._new, merged | set(a.left) | set(a.splits))
        now = self._rewritten(self._new, a.to_old, self._old, split | set(a.arrived) | set(a.merges))
        if max(was[1], now[1]) >= EDITION_PARAGRAPHS and all(n >= EDITION_SHARE * of for n, of in (was, now)):
            self._ledger.add("new_edition", [["title"], ["title"]], order=(-4,))

    @staticmethod
    def _rewritten(flat: Flat, pairs: list[int], other: Flat, told: set[int]) -> tuple[int, int]:
        """How many paragraphs of a chapter are not in the other with the same words, and of how many."""
        paragraphs = [n for n in flat.nodes[: flat.first_note] if isinstance(n.item, Prose)]
        found = (n for n in paragraphs if n.at not in told)
        return sum(pairs[n.at] < 0 or other.nodes[pairs[n.at]].norm != n.norm for n in found), len(paragraphs)


def _runs(places: list[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for at in places:
        if found and found[-1][1] == at - 1:
            found[-1][1] = at
        else:
            found.append([at, at])
    return found
