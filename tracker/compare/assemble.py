"""Put a comparison together, chapter by chapter: edits, causes, flags and the patch. Pure."""

from tracker.compare import labels as note_labels
from tracker.compare.align import Chapters
from tracker.compare.aligned import Aligned
from tracker.compare.apply import relabelled
from tracker.compare.edits import Named, chapter_edit, dates_differ, finished
from tracker.compare.lineage import has_lineage, inherit
from tracker.compare.name import Namer
from tracker.compare.ops import Json, is_all_same, make_ops
from tracker.compare.order import common
from tracker.compare.patch import PatchMaker, order_ops, shifts, whole_patch
from tracker.compare.rewrite import occurring
from tracker.document.canonical import text_sha256
from tracker.document.edit import Cause, Comparison, Edit, EditKind
from tracker.document.identity import chapter_with_new_ids
from tracker.document.model import Chapter, Document

_WORDLESS = frozenset(("date_changed", "link_changed", "chapter_moved", "section_moved", "row_moved", "column_moved"))


class Assembly:
    """Puts a comparison together, chapter by chapter."""

    def __init__(self, old: Document, new: Document, chapters: Chapters, *, with_patch: bool = True) -> None:
        self._with_patch = with_patch
        self._old, self._new, self._chapters = old, new, chapters
        self._with_ids = has_lineage(old)
        self._olds = {chapters.pairs[key]: aligned.old for key, aligned in chapters.aligned.items()}
        self._patches: dict[str, Json] = {}
        self._edits: dict[str, list[Named]] = {}
        self._neutral: dict[str, list[Named]] = {}
        self._causes: dict[str, Cause] = {}
        self._silent: list[str] = []
        self._coarse: list[str] = []
        self._labels: dict[str, dict[str, str]] = {}
        self._labels_back: dict[str, dict[str, str]] = {}

    def comparison(self) -> Comparison:
        """The whole comparison."""
        for key in self._reading_order():
            if key in self._chapters.new:
                self._chapter(key)
            else:
                self._whole(key, self._chapters.old[key], "chapter_removed")
        edits: list[Edit] = []
        neutral: list[Edit] = []
        for key in self._patches:
            edits += finished([n.edit for n in self._edits[key]])
            neutral += finished([n.edit for n in self._neutral[key]])
            places = [n.at for n in (*self._edits[key], *self._neutral[key])]
            if places:
                self._patches[key]["at"] = places
        edits = self._with_moved_chapters(edits)
        return Comparison(
            tuple(edits), tuple(neutral), self._causes, tuple(self._silent), tuple(self._coarse), self._patch()
        )

    def _reading_order(self) -> list[str]:
        """New chapters in order; those that went behind the one that they stood behind."""
        back = {old: new for new, old in self._chapters.pairs.items()}
        order = list(self._chapters.new)
        last = -1
        for key in self._chapters.old:
            if key in back:
                last = order.index(back[key])
            else:
                last += 1
                order.insert(last, key)
        return order

    def _chapter(self, key: str) -> None:
        aligned = self._chapters.aligned.get(key)
        if key not in self._chapters.pairs:
            self._whole(key, self._chapters.new[key], "chapter_added")
        elif aligned is not None:
            self._pair(key, aligned)

    def _whole(self, key: str, chapter: Chapter, kind: EditKind) -> None:
        came = kind == "chapter_added"
        if came and self._with_ids:
            chapter = chapter_with_new_ids(chapter, text_sha256(chapter))
        self._patches[key] = whole_patch(chapter, key, came=came, with_ids=self._with_ids)
        edit = chapter_edit(kind, None if came else chapter, chapter if came else None)
        self._edits[key] = [Named(edit, [None, ["title"]] if came else [["title"], None], ())]
        self._neutral[key] = []
        self._causes[key] = "content"

    def _pair(self, key: str, aligned: Aligned) -> None:
        old, new = aligned.old.chapter, aligned.new.chapter
        inherit(aligned, self._olds)
        packed, labels = shifts(aligned)
        told = PatchMaker(aligned, packed, labels, with_ids=self._with_ids).make() if self._with_patch else {}
        old_key = self._chapters.pairs[key]
        if old_key != key:
            told = {"from": old_key, **told}
        self._patches[key] = told
        if packed:
            self._labels[old.slug] = labels
            self._labels_back[new.slug] = note_labels.unpack(note_labels.reverse(packed), occurring(new))
        edits, neutral = Namer(aligned, packed, self._olds).name()
        if key in self._chapters.moved:
            edits.insert(0, Named(chapter_edit("chapter_moved", old, new), [["title"], ["title"]], ()))
        self._edits[key], self._neutral[key] = edits, neutral
        kinds = {n.edit.kind for n in edits}
        if not kinds and not aligned.left:
            self._causes[key] = "format_only"
        elif kinds == {"date_changed"} and not aligned.left:
            self._causes[key] = "date_only"
        else:
            self._causes[key] = "content"
            has_new_words = bool(kinds - _WORDLESS) or bool(aligned.left)
            if has_new_words and new.date_text is not None and not dates_differ(old, new):
                self._silent.append(key)
        if aligned.coarse:
            self._coarse.append(key)

    def _with_moved_chapters(self, edits: list[Edit]) -> list[Edit]:
        """The edits with the moves of chapters that are otherwise equal, each where its chapter stands."""
        moved = [k for k in self._chapters.new if k in self._chapters.moved and k not in self._patches]
        if not moved:
            return edits
        by_chapter: dict[str, list[Edit]] = {}
        for edit in edits:
            by_chapter.setdefault(edit.chapter, []).append(edit)
        for key in moved:
            chapter = self._chapters.new[key]
            by_chapter[chapter.slug] = [
                *finished([chapter_edit("chapter_moved", chapter, chapter)]),
                *by_chapter.get(chapter.slug, []),
            ]
        slugs = dict.fromkeys(key.split("#")[0] for key in self._reading_order())
        return [edit for slug in slugs for edit in by_chapter.get(slug, ())]

    def _patch(self) -> dict[str, Json]:
        old, new = self._old, self._new
        out: dict[str, Json] = {}
        if old.title != new.title:
            out["title"] = [old.title, new.title]
        order = order_ops(list(self._chapters.old), list(self._chapters.new), self._chapters.pairs.get)
        if order is not None:
            out["order"] = order
        warnings = self._warnings()
        if not is_all_same(warnings, len(old.warnings)):
            out["warnings"] = warnings
        if self._patches:
            out["chapters"] = self._patches
        return out

    def _warnings(self) -> Json:
        old, new = self._old.warnings, self._new.warnings
        forth = [relabelled(w, self._labels) for w in old]
        back = [relabelled(w, self._labels_back) for w in new]
        to_old = [-1] * len(new)
        for i, j in common(forth, new):
            to_old[j] = i
        return make_ops(
            old, new, to_old, lambda i, j: back[j] == old[i], lambda i, j: None, lambda w: [w.code, w.chapter, w.detail]
        )
