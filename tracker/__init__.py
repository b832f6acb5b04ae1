"""Knows, exactly and provably, when a published profile changed, and what changed in it.

    old = tracker.extract(data, media_type="text/html", url="https://…")
    comparison = tracker.compare(old, new)
    assert tracker.apply(comparison, old) == new

This is the public face; everything else may change on any day. `tracker.compare` and `tracker.extract` are functions,
and rooms of the same names: the functions are bound here after their rooms were loaded, so they are what callers see.
"""

from tracker.compare import apply, compare, inverse
from tracker.document.edit import Comparison, Edit
from tracker.document.model import Chapter, Document
from tracker.errors import NotApplicable, TrackerError, UnreadablePage
from tracker.extract import extract

__all__ = [
    "Chapter",
    "Comparison",
    "Document",
    "Edit",
    "NotApplicable",
    "TrackerError",
    "UnreadablePage",
    "apply",
    "compare",
    "extract",
    "inverse",
]
