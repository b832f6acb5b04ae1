"""The edits of one pair of chapters, as they are found. Pure.

Lives here: where each stands in reading order, and what differs in two texts of equal words. Not here: which things
are looked at (name.py, name_tables.py).
"""

from tracker.compare import labels as note_labels
from tracker.compare.aligned import Aligned
from tracker.compare.edits import Named, edit_at
from tracker.compare.nodes import Place, node_of
from tracker.compare.ops import Json
from tracker.compare.rewrite import occurring
from tracker.document.canonical import norm
from tracker.document.edit import EditKind
from tracker.document.model import Note, Text

Order = tuple[int, ...]


class Ledger:
    """Takes edits down. packed: how note labels shifted, as the patch holds it."""

    def __init__(self, aligned: Aligned, packed: Json) -> None:
        self.aligned = aligned
        self.old = aligned.old
        self.new = aligned.new
        self.found: list[Named] = []
        self.neutral: list[Named] = []
        self._packed = packed
        self._labels = note_labels.unpack(packed, occurring(aligned.old.chapter)) if packed else {}
        self._formats: dict[str, tuple[Json, Order]] = {}
        self._anchors = self._make_anchors()

    def _make_anchors(self) -> list[int]:
        """For each old node: the new place after which a reader would look for it."""
        anchors: list[int] = []
        last = -1
        for i in range(len(self.old)):
            j = self.aligned.to_new[i]
            if j >= 0 and j not in self.aligned.moved:
                last = j
            anchors.append(last)
        return anchors

    def order(self, at: Json) -> Order:
        """Where a reader meets [old place, new place]: in the new chapter, or where it stood."""
        old, new = node_of(at[0]), node_of(at[1])
        if new is not None:
            return (2 * new, 0, *_inner(at[1]))
        if old is not None:
            return (2 * self._anchors[old] + 1, old, *_inner(at[0]))
        return (-3,)

    def add(
        self,
        kind: EditKind,
        at: Json,
        *,
        order: Order | None = None,
        detail: str | None = None,
    ) -> None:
        """Take down an edit of this kind at [old place, new place]."""
        edit = edit_at(kind, self.old, self.new, at, detail=detail, redline=self.aligned.redline)
        self.found.append(Named(edit, at, order or self.order(at)))

    def same_words(self, at: Json, old: Text, new: Text) -> None:
        """What differs in a text besides its words: looks, links, references."""
        if old.plain == new.plain and not (old.refs or new.refs or old.links or new.links):
            return
        if [k.href for k in old.links] != [k.href for k in new.links]:
            told = f"{', '.join(k.href for k in old.links)} → {', '.join(k.href for k in new.links)}"
            self.add("link_changed", at, detail=told)
            return
        if looks_other(old, new):
            self.add_format(at)
        if self._refs_moved(old, new):
            edit = edit_at("ref_moved", self.old, self.new, at)
            self.neutral.append(Named(edit, at, self.order(at)))

    def _refs_moved(self, old: Text, new: Text) -> bool:
        """Whether references stand elsewhere, apart from those that came or went with their note."""
        if not old.refs and not new.refs:
            return False
        if self._refs_stand(old, new):
            return False
        a = self.aligned
        told: list[list[tuple[int, object]]] = [[], []]
        for ref in old.refs:
            i = self.old.note_at.get(ref.label)
            j = a.to_new[i] if i is not None else -1
            if i is None:
                told[0].append((_place(old, ref.offset), self._labels.get(ref.label, ref.label)))
            elif j >= 0:
                told[0].append((_place(old, ref.offset), j))
        for ref in new.refs:
            j = self.new.note_at.get(ref.label, -1)
            if j < 0:
                told[1].append((_place(new, ref.offset), ref.label))
            elif a.to_old[j] >= 0:
                told[1].append((_place(new, ref.offset), j))
            elif any(k.label == ref.label and self.old.note_at.get(k.label) is None for k in old.refs):
                # The note of a reference that had none came: the reference was there.
                told[0] = [t for t in told[0] if t[1] != ref.label]
        return told[0] != told[1]

    def _refs_stand(self, old: Text, new: Text) -> bool:
        """Whether each reference says at one look that it stands where it stood and points at the same note."""
        if old.plain != new.plain or len(old.refs) != len(new.refs):
            return False
        here, there, to_new = self.old.note_at, self.new.note_at, self.aligned.to_new
        for a, b in zip(old.refs, new.refs, strict=True):
            i = here.get(a.label)
            if i is None or a.offset != b.offset or to_new[i] < 0 or to_new[i] != there.get(b.label):
                return False
        return True

    def add_format(self, at: Json, order: Order | None = None) -> None:
        """Take down that something of the same words is printed or set otherwise."""
        self._formats.setdefault(str(at), (at, order or self.order(at)))

    def close(self) -> tuple[list[Named], list[Named]]:
        """The edits that are news and the neutral ones, in reading order: shifts and looks folded into one of each."""
        if self._packed or self._labels_differ():
            detail = note_labels.told(self._packed) or "labels differ"
            edit = edit_at("renumbered", self.old, self.new, [None, None], detail=detail)
            self.neutral.append(Named(edit, [None, None], (2 * len(self.new) + 1,)))
        if len(self._formats) == 1:
            ((at, order),) = self._formats.values()
            edit = edit_at("format", self.old, self.new, at)
            self.neutral.append(Named(edit, at, order))
        elif self._formats:
            detail = f"{len(self._formats)} places"
            edit = edit_at("format", self.old, self.new, [None, None], detail=detail)
            self.neutral.append(Named(edit, [None, None], (-2,)))
        return sorted(self.found, key=lambda n: n.order), sorted(self.neutral, key=lambda n: n.order)

    def _labels_differ(self) -> bool:
        for i in range(self.old.first_note, len(self.old)):
            j = self.aligned.to_new[i]
            if j >= 0:
                old, new = self.old.nodes[i].item, self.new.nodes[j].item
                assert isinstance(old, Note) and isinstance(new, Note)
                if old.label != new.label:
                    return True
        return False


def _inner(place: Place) -> tuple[int, ...]:
    if isinstance(place, list) and len(place) == 2 and isinstance(place[0], int):
        return (0,) if place[1] == "caption" else (3,)
    return ()


def _place(text: Text, offset: int) -> int:
    """An offset counted in words of comparison form, so that quotes and spaces move no reference."""
    return len(norm(text.plain[:offset]).replace(" ", ""))


def looks_other(old: Text, new: Text) -> bool:
    """Whether two texts of the same words are printed otherwise."""
    return old.plain != new.plain or [(k.start, k.end) for k in old.links] != [(k.start, k.end) for k in new.links]
