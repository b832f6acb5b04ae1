"""What pairing found: which node of the new chapter is which of the old one. Types only. Pure."""

from dataclasses import dataclass, field

from tracker.compare.nodes import Flat
from tracker.compare.words import spans
from tracker.document.edit import Span


@dataclass(slots=True)
class TableAligned:
    """Two tables that are one: for each new row and column the old one that it is, -1 for none.

    header, rows: apart. moved_rows: over header and rows together, new index; moved_columns: new index.
    coarse: whether there was more to look at than a table's share of work.
    """

    header: list[int]
    rows: list[int]
    columns: list[int]
    moved_rows: set[int] = field(default_factory=set)
    moved_columns: set[int] = field(default_factory=set)
    coarse: bool = False


@dataclass(slots=True)
class Aligned:
    """Two chapters that are one. All places are indexes of nodes; -1 is none.

    splits: old → the new pieces in reading order. merges: new → the old pieces. A piece that keeps the lineage is a
    pair in `to_new` and `to_old` too. moved: new nodes that changed their place. arrived: new node → (key of the old
    chapter, node) that it came from, out of another chapter. left: old nodes that went to another chapter.
    section_merged: old section → the new one that holds it now. section_split: new section → the old one it was in
    (-1: the chapter itself, outside of any section).
    carried: new section → the moved one before it that it went along with, no longer in it or not in it before.
    became_heading: new section → old paragraph that it was; became_prose: the other way.
    """

    old: Flat
    new: Flat
    to_new: list[int]
    to_old: list[int]
    splits: dict[int, tuple[int, ...]] = field(default_factory=dict)
    merges: dict[int, tuple[int, ...]] = field(default_factory=dict)
    tables: dict[int, TableAligned] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    arrived: dict[int, tuple[str, int]] = field(default_factory=dict)
    left: dict[int, tuple[str, int]] = field(default_factory=dict)
    section_merged: dict[int, int] = field(default_factory=dict)
    section_split: dict[int, int] = field(default_factory=dict)
    carried: dict[int, int] = field(default_factory=dict)
    became_heading: dict[int, int] = field(default_factory=dict)
    became_prose: dict[int, int] = field(default_factory=dict)
    coarse: bool = False
    redlines: dict[tuple[str, str], tuple[Span, ...]] = field(default_factory=dict)

    @staticmethod
    def of(old: Flat, new: Flat) -> "Aligned":
        """Two chapters of which nothing is paired yet."""
        return Aligned(old, new, [-1] * len(old), [-1] * len(new))

    def pair(self, i: int, j: int) -> None:
        """Old node i is new node j."""
        self.to_new[i] = j
        self.to_old[j] = i

    def redline(self, old: str, new: str) -> tuple[Span, ...]:
        """`words.spans` of two texts of these chapters: the patch and the edits both ask for it."""
        found = self.redlines.get((old, new))
        if found is None:
            found = self.redlines[old, new] = spans(old, new)
        return found

    def are_one(self, old_section: int, new_section: int) -> bool:
        """Whether an old section is the new one; -1 is the chapter itself on both sides."""
        if old_section < 0 or new_section < 0:
            return old_section < 0 and new_section < 0
        return self.to_new[old_section] == new_section
