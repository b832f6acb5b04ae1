"""Prove a comparison before anything is recorded on its word: read back from what a log keeps of it, it must lead from
the old chapters to the new ones and back, exactly. Pure.
"""

from collections.abc import Mapping
from dataclasses import replace

from tracker.compare import split
from tracker.compare.apply import apply, apply_chapter, chapter_before, inverse
from tracker.compare.stored import compact, expand
from tracker.document.codec import chapter_to_json
from tracker.document.edit import Comparison
from tracker.document.model import Chapter, Document
from tracker.errors import NotApplicable
from tracker.events.codec import canonical, parse


class NotExact(AssertionError):
    """A comparison that is not what its two documents say: a bug of ours, or an altered one. chapter: "" for all."""

    def __init__(self, chapter: str, why: str) -> None:
        super().__init__(f"{chapter or 'the document'}: {why}")
        self.chapter = chapter
        self.why = why


def proven(comparison: Comparison, old: Document, new: Document) -> Document:
    """The new document as the comparison makes it of the old one, with its lineage ids. Raises NotExact."""
    try:
        named = apply(comparison, old)
    except NotApplicable as wrong:
        raise NotExact("", str(wrong)) from wrong
    if named != new:
        raise NotExact("", "the comparison does not give the new document")
    for slug, part in split(comparison).items():
        key = chapter_before(part, slug)
        prove_chapter(part, slug, _chapter(old, key), named.chapter(slug))
    return named


def prove_chapter(part: Comparison, slug: str, old: Chapter | None, new: Chapter | None) -> None:
    """Prove the comparison of one chapter (a part that `split` gave). Raises NotExact."""
    try:
        read = expand(_mapping(parse(canonical(compact(part)))), old, new)
        there = apply_chapter(read, old)
        back = apply_chapter(replace(read, patch=inverse(read)), new)
    except (NotApplicable, ValueError, KeyError, TypeError, IndexError) as wrong:
        raise NotExact(slug, f"what a log keeps of it cannot be applied: {wrong}") from wrong
    if read != part:
        raise NotExact(slug, "what a log keeps of it is another comparison")
    for made, wanted, which in ((there, new, "new"), (back, old, "old")):
        if _json(made) != _json(wanted):
            raise NotExact(slug, f"what a log keeps of it does not give the {which} chapter")


def _chapter(document: Document, key: str | None) -> Chapter | None:
    return document.chapter(key) if key is not None else None


def _json(chapter: Chapter | None) -> dict[str, object] | None:
    """A chapter with its ids, which `==` does not look at."""
    return chapter_to_json(chapter) if chapter is not None else None


def _mapping(data: object) -> Mapping[str, object]:
    assert isinstance(data, dict)
    return data
