"""Pages that flip to and fro between two texts: variants that are tried on readers, caches that disagree. Pure.

An edit is told once, and its undoing once; the same edit again, soon after, is no news until it stays.
"""

from datetime import datetime, timedelta
from itertools import pairwise

from tracker.document.canonical import norm_sha256
from tracker.document.model import Document
from tracker.events.types import Standing, VersionMark

SETTLED_AFTER = timedelta(hours=24)  # a text that stays so long is believed
LONGEST = timedelta(days=30)  # that a page's flipping is remembered for


def flapped(document: Document, standing: Standing, at: datetime) -> tuple[str, ...]:
    """The chapters that go once more the way they went lately, a line of evidence each; none on a page that settles.

    The same way: from this comparison text to that one, as accepted within SETTLED_AFTER before `at`; twice as long
    for each time that it was accepted before, so that a page that flips for weeks grows quiet.
    """
    told: list[str] = []
    for slug, marks in standing.recent.items():
        taken = _taken(marks)
        if not taken:
            continue
        chapter = document.chapter(slug)
        goes_to = norm_sha256(chapter) if chapter is not None else None
        times = taken.get(goes_to, ())
        if goes_to == marks[-1].norm_sha256 or not times:
            continue
        window = min(SETTLED_AFTER * 2 ** min(len(times) - 1, 8), LONGEST)
        if at - times[-1] < window:
            name = chapter.title if chapter is not None else slug
            told.append(
                f"the chapter {name!r} goes the way that it went on {times[-1]:%Y-%m-%d %H:%M}Z, and came back since"
            )
    return tuple(told)


def _taken(marks: tuple[VersionMark, ...]) -> dict[str | None, tuple[datetime, ...]]:
    """Where the chapter went before from the text that stands now, and when."""
    if len(marks) < 3:
        return {}
    taken: dict[str | None, tuple[datetime, ...]] = {}
    for before, after in pairwise(marks):
        if before.norm_sha256 == marks[-1].norm_sha256 != after.norm_sha256:
            taken[after.norm_sha256] = (*taken.get(after.norm_sha256, ()), after.captured_at)
    return taken
