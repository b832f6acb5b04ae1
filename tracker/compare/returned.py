"""Whether a page says again what it said lately: a stale copy behind a balancer, a variant that is tried on some. Pure.

It may be an edit undone. So it is a doubt, settled as any other: looks that agree.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

from tracker.compare.volatile import differs_only_in, standing_places
from tracker.document.canonical import norm_sha256
from tracker.document.model import Chapter, Document
from tracker.events.types import Standing, VersionMark

LATELY = timedelta(hours=24)


def returned(
    document: Document, standing: Standing, at: datetime, document_of: Callable[[str], Chapter]
) -> tuple[str, tuple[str, ...]] | None:
    """The reason for doubt, and a line of evidence for each chapter that is back at a text that stood until lately.

    None where any chapter says something new. `stale`, or `flapping` where what stands now was itself a return.

    document_of: reads a recorded chapter by its sha256: where a chapter has blocks that change of themselves, no hash
    is ever the same.
    """
    places = standing_places(standing.volatile, at)
    restless = {chapter for chapter, _ in places}
    told: list[str] = []
    is_flip = False
    for chapter in document.chapters:
        known = standing.recent.get(chapter.slug, ())
        is_restless = chapter.slug in restless

        def are_same(said: Chapter, mark: VersionMark, *, is_read: bool = is_restless) -> bool:
            if mark.norm_sha256 == norm_sha256(said):
                return True
            if not is_read or mark.document_sha256 is None:
                return False
            before = Document("", (document_of(mark.document_sha256),))
            return differs_only_in(places, before, Document("", (said,)))

        if known and are_same(chapter, known[-1]):
            continue
        ended = [(mark, after.captured_at) for mark, after in pairwise(known) if at - after.captured_at < LATELY]
        back = next((n for n in reversed(range(len(ended))) if are_same(chapter, ended[n][0])), None)
        if back is None:
            return None
        told.append(f"the chapter {chapter.title!r} says what it said until {ended[back][1]:%Y-%m-%d %H:%M:%S}Z")
        if (standing_chapter := known[-1].document_sha256) is not None:
            stands = document_of(standing_chapter)
            is_flip = is_flip or any(are_same(stands, mark) for mark, _ in ended[:back])
    return ("flapping" if is_flip else "stale", tuple(told)) if told else None
