"""An editor's hands: places that a seed chooses, and what must not be touched twice.

The sorts of edits are in edits_*.py: words, blocks, notes, sections, chapters, tables, cells. What is true afterwards
is read off both editions (truth.py): an edit only says what cannot be read off (`Marks`), and claims what it touched,
so that no other edit makes its truth doubtful.

Each sort gives whether it found a place. It never takes one where two answers would be equally right: what moves is
lighter than what it passes; what is new is unlike all that stood there; what is reworded stays most like itself.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.exam.model import Chapter, Para, Profile, Section, Table, block_text, cell_text, holders, plain
from tests.exam.prose import Prose, likeness
from tests.exam.truth import Marks


@dataclass
class Place:
    """A paragraph and where it stands."""

    chapter: Chapter
    holder: Chapter | Section
    path: tuple[Section, ...]
    at: int
    para: Para


class Editor:
    """A profile under an editor's hands, who chooses by a seed.

    form: of the page to come. is_known: whether the engine's rules know its headings and tables; plain text of others
    tells no heading's depth (flat).
    """

    def __init__(self, profile: Profile, rng: random.Random, form: str = "html", *, is_known: bool = False) -> None:
        self.is_lines = form == "text"
        self.flat = self.is_lines and not is_known
        self.links = form in ("html", "markdown")
        self.profile = profile.copy()
        self.rng = rng
        self.marks = Marks()
        self.prose = Prose(rng)
        self._old = {
            b.uid: plain(b.text).split()
            for c in profile.chapters
            for h, _ in holders(c)
            for b in h.blocks
            if isinstance(b, Para)
        }
        self._names: dict[int, set[str]] = {}
        self._next = {
            one.uid: other.uid for c in profile.chapters for h, _ in holders(c) for one, other in pairwise(h.blocks)
        }
        self._whole = {h.uid: [b.uid for b in h.blocks] for c in profile.chapters for h, _ in holders(c)}
        for chapter in profile.chapters:
            for holder, _ in holders(chapter):
                for block in holder.blocks:
                    self.prose.knows(block_text(block))
            for text in chapter.notes.values():
                self.prose.knows(plain(text))

    def is_free(self, *uids: int) -> bool:
        """Whether no edit has touched any of these."""
        return not self.marks.claimed.intersection(uids)

    def claim(self, *uids: int) -> None:
        """Keep others from touching these."""
        self.marks.claimed.update(uids)

    def is_whole(self, section: Section) -> bool:
        """Whether nothing was put into a section and its sections, or taken out of them."""
        return self._whole.get(section.uid) == [b.uid for b in section.blocks] and all(
            map(self.is_whole, section.sections)
        )

    def names_in(self, table: Table) -> set[str]:
        """The names of a table's rows, those that they had before too."""
        found = self._names.setdefault(table.uid, set())
        found.update(cell_text(row.cells[0]) for row in table.rows)
        return found

    def were_neighbours(self, one: int, other: int) -> bool:
        """Whether a block stood right above another in the old edition."""
        return self._next.get(one) == other

    def are_pieces(self, one: int, other: int) -> bool:
        """Whether two blocks are pieces of one that was split."""
        return any(one in pieces and other in pieces for pieces in self.marks.split.values())

    def places(self, least: int = 0, kinds: tuple[str, ...] = ("p",)) -> list[Place]:
        """The paragraphs that nobody touched, of at least so many words, in the seed's order."""
        found = [
            Place(c, holder, path, at, block)
            for c in self.profile.chapters
            if self.is_free(c.uid)
            for holder, path in holders(c)
            for at, block in enumerate(holder.blocks)
            if isinstance(block, Para)
            and block.kind in kinds
            and self.is_free(block.uid)
            and len(plain(block.text).split()) >= least
        ]
        self.rng.shuffle(found)
        return found

    def is_own(self, text: str, uid: int, margin: float = 0.15) -> bool:
        """Whether a reworded paragraph is clearly more like itself than like any other of the old edition."""
        words = plain(text).split()
        own = likeness(words, self._old[uid])
        return all(own > likeness(words, told) + margin for other, told in self._old.items() if other != uid)

    def set(self, place: Place, text: str | None, weighs: str = "") -> bool:
        """Give a paragraph other words, if there are any."""
        if text is None or plain(text) == plain(place.para.text) or not self.is_own(text, place.para.uid, 0.05):
            return False
        place.para.text = text
        self.claim(place.para.uid)
        self.marks.weighs[place.para.uid] = weighs
        return True


Sort = Callable[[Editor], bool]
SORTS: dict[str, Sort] = {}
# What stands apart in the exam of many edits: as large as a chapter, of two kinds at one place, or, of equal lines, the
# same as a move together with another edit.
APART = (
    *("new_edition", "chapter_added", "chapter_removed", "chapter_renamed", "chapter_moved"),
    *("split_parted", "merged_parted", "table_moved", "reword_heavily", "recurring_added", "recurring_removed"),
)


def sort(edit: Sort) -> Sort:
    """Put an edit to the sorts, under its name."""
    SORTS[edit.__name__] = edit
    return edit


def spots(ed: Editor, chapter: Chapter | None = None) -> Iterator[tuple[Chapter, Chapter | Section, int]]:
    """Where a paragraph may be put in: beside paragraphs that nobody touched, never into a list."""
    found = [
        (c, holder, at + after)
        for c in ed.profile.chapters
        if (chapter is None or c is chapter) and ed.is_free(c.uid)
        for holder, path in holders(c)
        if ed.is_free(holder.uid) and ed.is_free(*(s.uid for s in path))
        for at, block in enumerate(holder.blocks)
        if isinstance(block, Para) and block.kind == "p"
        for after in (0, 1)
        if not _parts(ed, holder, at + after)
    ]
    ed.rng.shuffle(found)
    return iter(found)


def _parts(ed: Editor, holder: Chapter | Section, at: int) -> bool:
    """Whether what is put in here parts a list, or the pieces of a split."""
    beside = [holder.blocks[i] for i in (at - 1, at) if 0 <= i < len(holder.blocks)]
    return any(not isinstance(b, Para) or b.kind == "li" for b in beside) or (
        len(beside) == 2 and ed.are_pieces(beside[0].uid, beside[1].uid)
    )
