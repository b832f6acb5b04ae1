"""What changed from one document to another, by its right name; and the exact patch both ways. Pure.

    align.py     which thing is which          name.py    what the difference is called
    weigh.py     how much it matters           patch.py   how the new one is written down from the old one
    apply.py     the patch's shape, applied    stored.py  a comparison as a log keeps it
    proof.py     that it is right, before anything is recorded on its word

Differences that the comparison form (canonical.norm) does not see are neutral: never news. What is paired is told by
its kind, what is told inside something larger is told there only. `chapter_moved` of a chapter that is otherwise
equal is an edit of the document; it belongs to no chapter's history, so `split` leaves it out.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any  # Any: JSON data

from tracker.compare import apply as patches
from tracker.compare.align import align
from tracker.compare.apply import apply, apply_chapter
from tracker.compare.assemble import Assembly
from tracker.compare.edits import finished
from tracker.compare.ops import Json, unfit
from tracker.compare.rewrite import inverse_hunks
from tracker.compare.similar import Budget
from tracker.document.edit import Comparison, Edit, EditKind
from tracker.document.model import Document

ENGINE = "compare/1"

__all__ = ["ENGINE", "apply", "apply_chapter", "compare", "inverse", "split"]

_MIRROR: dict[EditKind, EditKind] = {
    "added": "removed",
    "removed": "added",
    "split": "merged",
    "merged": "split",
    "section_added": "section_removed",
    "section_removed": "section_added",
    "section_split": "section_merged",
    "section_merged": "section_split",
    "chapter_added": "chapter_removed",
    "chapter_removed": "chapter_added",
    "note_added": "note_removed",
    "note_removed": "note_added",
    "table_added": "table_removed",
    "table_removed": "table_added",
    "row_added": "row_removed",
    "row_removed": "row_added",
    "column_added": "column_removed",
    "column_removed": "column_added",
}


def compare(old: Document, new: Document, *, budget: Budget | None = None, with_patch: bool = True) -> Comparison:
    """What changed from old to new: edits in the reading order of new, what went where it stood; and the patch.

    Ids that old has are inherited by what apply() gives; where it has none, edits name things by ids made up from
    its text. Same answer for any hash seed. Time: near-linear; equal chapters cost one look.

    budget: the work that may be spent on each chapter (similar.py); where it is reached the chapter is in `coarse`:
    what is equal is still paired, what is alike may be told as gone and come.
    with_patch: False where only people read it; `apply` refuses such a comparison.
    """
    if old == new:
        return Comparison()
    chapters = align(old, new, budget or Budget())
    return Assembly(old, new, chapters, with_patch=with_patch).comparison()


def inverse(comparison: Comparison) -> Comparison:
    """What changed on the way back: kinds mirrored, texts and spans turned round, and the patch of the way back.

    Edits keep their order; the printed date is as silent as it was. Raises NotApplicable for a patch that is malformed.
    """
    turned: dict[str, str] = {}
    try:
        patch = patches.inverse(comparison)
        for key, told in _chapter_patches(comparison).items():
            turned[key] = patches.inverse_chapter(key, told)[0]
    except patches.MALFORMED as wrong:
        raise unfit(f"its patch is malformed: {type(wrong).__name__} {wrong}") from wrong

    def back(edit: Edit) -> Edit:
        return _inverse_edit(edit, turned)

    return Comparison(
        edits=finished([back(e) for e in comparison.edits]),
        neutral=finished([back(e) for e in comparison.neutral]),
        causes={turned.get(key, key): cause for key, cause in comparison.causes.items()},
        silent=tuple(turned.get(key, key) for key in comparison.silent),
        coarse=tuple(turned.get(key, key) for key in comparison.coarse),
        patch=patch,
    )


def _inverse_edit(edit: Edit, turned: Mapping[str, str]) -> Edit:
    spans: tuple[Any, ...] = tuple(tuple(span) for span in inverse_hunks(edit.spans))
    now_section, now_chapter = edit.section, turned.get(edit.chapter, edit.chapter)
    was_section, was_chapter = edit.old_section, edit.old_chapter
    if was_section is not None:
        now_section, was_section = was_section, edit.section
    if was_chapter is not None:
        now_chapter, was_chapter = was_chapter, now_chapter
    detail = edit.detail
    if detail is not None and edit.kind == "link_changed":
        detail = " → ".join(reversed(detail.split(" → ")))
    return replace(
        edit,
        kind=_MIRROR.get(edit.kind, edit.kind),
        chapter=now_chapter,
        section=now_section,
        old=edit.new,
        new=edit.old,
        old_chapter=was_chapter,
        old_section=was_section,
        spans=spans,
        detail=detail,
    )


def split(comparison: Comparison) -> Mapping[str, Comparison]:
    """The comparison of each chapter that differs, by its slug (the new one where it has both)."""
    return {
        key: Comparison(
            edits=tuple(e for e in comparison.edits if e.chapter == key),
            neutral=tuple(e for e in comparison.neutral if e.chapter == key),
            causes={key: cause},
            silent=(key,) if key in comparison.silent else (),
            coarse=(key,) if key in comparison.coarse else (),
            patch={"chapters": {key: told}} if (told := _chapter_patches(comparison).get(key)) else {},
        )
        for key, cause in comparison.causes.items()
    }


def _chapter_patches(comparison: Comparison) -> Mapping[str, Json]:
    found: Any = comparison.patch.get("chapters", {})
    return dict(found)
