"""A reading without what is no news: what changes of itself, what a 304 only seemed to say. Pure. Which edits
those are is told in volatile.py.
"""

from dataclasses import replace
from datetime import datetime

from tracker.compare import apply, compare
from tracker.compare.changes import unheard
from tracker.compare.volatile import (
    Places,
    differs_only_in,
    elsewhere,
    learned,
    places_of,
    quieted,
    standing_places,
)
from tracker.document.model import Document, Warned
from tracker.events.bodies import LIED
from tracker.events.types import Change, Reading, Standing

MOST_UNKNOWN = 3  # blocks in which two looks at a doubted page may differ, besides those that are known to
_NEWS = ("content", "reversion", "date_only")


def without_furniture(reading: Reading, standing: Standing, at: datetime, *, moved: Places | None) -> Reading:
    """The reading with what changes of itself marked so.

    moved: what did since, within a minute; None where nobody looked.
    """
    stood, now = standing.document, reading.document
    if not reading.changes or stood is None or now is None:
        return reading
    edits = [edit for change in reading.changes for edit in change.edits]
    where = places_of(edits, stood, now)
    places = standing_places(standing.volatile, at) | (moved or frozenset())
    if not places:
        return reading
    other = elsewhere(edits, stood, places)
    where, places = {**where, **other}, places | learned(other)
    changes: list[Change] = []
    found: set[tuple[str, str]] = set()
    for change in reading.changes:
        quiet, seen = quieted(change, where, places)
        changes.append(quiet)
        found |= seen
    return replace(reading, changes=tuple(changes), volatile=tuple(sorted(found)))


def may_be_furniture(reading: Reading, standing: Standing) -> bool:
    """Whether all that is news of a reading may change of itself: worth another look before anyone is told."""
    if standing.document is None or reading.document is None or not brings_news(reading):
        return False
    edits = [e for c in reading.changes for e in c.edits if e.salience.level != "none"]
    return len(places_of(edits, standing.document, reading.document)) == len(edits) > 0


def brings_news(reading: Reading) -> bool:
    """Whether anything of a reading is news."""
    return any(change.cause in _NEWS for change in reading.changes)


def with_lie_told(reading: Reading, standing: Standing) -> Reading:
    """The reading of a page whose validators lied: what happened may have since bytes were last read."""
    lie = Warned(LIED, "", "another text came under the validator of the one before: 304s of this host are no evidence")
    return replace(reading, changes=unheard(reading.changes, standing.read_at), warnings=(*reading.warnings, lie))


def says_the_same(doubted: Document, document: Document, standing: Standing, at: datetime) -> bool:
    """Whether a document agrees with the suspect one, but for a few blocks that change of themselves."""
    if doubted == document:
        return True
    if standing.document is None:
        return False
    named = apply(compare(standing.document, doubted), standing.document)
    return differs_only_in(standing_places(standing.volatile, at), named, document, unknown=MOST_UNKNOWN)
