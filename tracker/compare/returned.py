"""Whether a page says again what it said lately: a stale copy behind a balancer, a variant that is tried on some. Pure.

It may be an edit undone. So it is a doubt, settled as any other: looks that agree.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

from tracker.compare.volatile import Places, differs_only_in, standing_places
from tracker.document.canonical import norm_sha256
from tracker.document.model import Chapter, Document
from tracker.events.types import Standing, VersionMark

LATELY = timedelta(hours=24)


def returned(
    document: Document, standing: Standing, at: datetime, document_of: Callable[[str], Chapter]
) -> tuple[str, tuple[str, ...]] | None:
    """The reason for doubt, and a line of evidence for each chapter that is back at a text that stood until lately.

    None where any chapter says something new. `stale`, or `flapping` where what stands now was itself a return.

    document_of: reads a recorded chapter by its sha256; asked only where the chapter has blocks that change of
    themselves, so that no hash is ever the same.
    """
    places = standing_places(standing.volatile, at)
    restless = {chapter for chapter, _ in places}
    told: list[str] = []
    is_flip = False
    for chapter in document.chapters:
        marks = standing.recent.get(chapter.slug, ())

        def says(mark: VersionMark, *, as_: Chapter = chapter) -> bool:
            """Whether a version said what this chapter says."""
            if mark.norm_sha256 == norm_sha256(as_):
                return True
            is_read = as_.slug in restless and mark.document_sha256 is not None
            return is_read and _is_same(as_, document_of(mark.document_sha256 or ""), places)

        if marks and says(marks[-1]):
            continue
        ended = [(mark, after.captured_at) for mark, after in pairwise(marks) if at - after.captured_at < LATELY]
        stood = next((end for mark, end in reversed(ended) if says(mark)), None)
        if stood is None:
            return None
        told.append(f"the chapter {chapter.title!r} says what it said until {stood:%Y-%m-%d %H:%M:%S}Z")
        is_flip = is_flip or _is_return(marks, says)
    return ("flapping" if is_flip else "stale", tuple(told)) if told else None


def _is_return(marks: tuple[VersionMark, ...], says: Callable[[VersionMark], bool]) -> bool:
    """Whether the standing text stood before the one that is back now, and again after it."""
    said = [says(mark) for mark in marks]
    first, last = said.index(True), len(said) - 1 - said[::-1].index(True)
    return not all(said[first : last + 1]) or (first > 0 and _stood_before(marks, first, last))


def _stood_before(marks: tuple[VersionMark, ...], first: int, last: int) -> bool:
    after = {mark.norm_sha256 for mark in marks[last + 1 :]}
    return any(mark.norm_sha256 in after for mark in marks[:first])


def _is_same(chapter: Chapter, before: Chapter, places: Places) -> bool:
    return differs_only_in(places, Document("", (before,)), Document("", (chapter,)))
