"""What can happen, as frozen values: the exchange, the verdict, the change, the delivery, and events of the log. Pure.

Lives here: types that cross rooms. Not here: functions over them, which live in the rooms that do the work.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from tracker import clock
from tracker.document.edit import Cause, Comparison, Edit, Salience
from tracker.document.model import Document, Warned
from tracker.events.looks import Outcome, Validators, Verdict

# ---------------------------------------------------------------- what stood, what stands


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionMark:
    """One version of a chapter, without its text.

    seen_at: the last capture that still had this text (a 304 counts): the open end of the next change's interval.
    document_sha256: of the recorded chapter document; None where the chapter is gone.
    """

    chapter: str
    address: str
    text_sha256: str | None
    norm_sha256: str | None
    document_date: date | None
    document_sha256: str | None
    captured_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is recorded of a watch: the last accepted document, with lineage ids, and what to compare against.

    version: of the watch's stream, as read: what an append of this check expects.
    publisher: whose rules its pages were last read by. is_closed: the last accepted page had its end (`</html>`).
    document: its chapters as they stand; None before the first accepted capture.
    earlier: per chapter, comparison hash → address of earlier versions, to know a reversion by.
    recent: per chapter, its last versions, oldest first, to know by that a page flips to and fro.
    volatile: per chapter, ids of blocks that changed of themselves → when they were last seen to.
    read_at: the last look that read bytes with the standing text: what no 304 says can be doubted.
    gone_at: since when the page is known to be gone; None while it stands.
    """

    watch: str
    version: int = 0
    profile: str | None = None
    publisher: str | None = None
    is_closed: bool = False
    document: Document | None = None
    marks: Mapping[str, VersionMark] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    recent: Mapping[str, tuple[VersionMark, ...]] = field(default_factory=dict)
    volatile: Mapping[str, Mapping[str, datetime]] = field(default_factory=dict)
    read_at: datetime | None = None
    gone_at: datetime | None = None
    body_sha256: str | None = None
    text_sha256: str | None = None
    validators: Validators = field(default_factory=Validators)
    suspect: "Suspicion | None" = None
    failures: int = 0
    failed_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A suspect capture that waits for confirmation. agreed: captures that said the same, the first included."""

    position: int
    text_sha256: str
    reason: str
    since: datetime
    agreed: int


# ---------------------------------------------------------------- what changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One chapter went from one version to the next (design §5, `tracker.change/1`).

    before: None for a first record. after.document_sha256: None where the chapter is gone.
    happened within (after_instant, not_later_than]; after_instant None: before we watched.
    chapter_before, chapter_after: not stored; the recorded documents hold them.
    """

    id: str
    profile: str
    chapter: str
    chapter_title: str
    watch: str
    before: VersionMark | None
    after: VersionMark
    happened_after: datetime | None
    not_later_than: datetime
    cause: Cause
    flags: tuple[str, ...]
    salience: Salience
    comparison: Comparison
    source_url: str
    engine: str
    recorded_at: datetime | None = None

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The edits that are news."""
        return self.comparison.edits

    def to_json(self, url: str | None = None) -> dict[str, object]:
        """The change as plain JSON data, schema `tracker.change/1`. url: where a reader finds it, if anywhere."""
        return {
            "schema": "tracker.change/1",
            "id": self.id,
            "profile": self.profile,
            "chapter": self.chapter,
            "chapter_title": self.chapter_title,
            "from": _mark_json(self.before),
            "to": _mark_json(self.after),
            "happened": {
                "after": clock.iso(self.happened_after) if self.happened_after else None,
                "not_later_than": clock.iso(self.not_later_than),
            },
            "recorded_at": clock.iso(self.recorded_at) if self.recorded_at else None,
            "cause": self.cause,
            "flags": list(self.flags),
            "salience": {"level": self.salience.level, "why": list(self.salience.why)},
            "edits": [e.to_json() for e in self.comparison.edits],
            "neutral": [e.to_json() for e in self.comparison.neutral],
            "url": url,
            "source_url": self.source_url,
        }


def _mark_json(mark: VersionMark | None) -> dict[str, object] | None:
    if mark is None:
        return None
    return {
        "chapter": mark.chapter,
        "address": mark.address,
        "text_sha256": mark.text_sha256,
        "document_date": mark.document_date.isoformat() if mark.document_date else None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a capture says, against what stood.

    document: with lineage ids; None where nothing could be read. error: what the extractor, judge or comparer
    raised, for the record. publisher_why: how these rules were chosen, for a person. changes: what it would record
    if accepted (only a verdict of `ok` records them). volatile: (chapter, block) of what changed of itself.
    agrees: with the suspect capture that waits, but for what may change of itself.
    """

    verdict: Verdict
    document: Document | None = None
    profile: str | None = None
    text_sha256: str | None = None
    changes: tuple[Change, ...] = ()
    warnings: tuple[Warned, ...] = ()
    extractor: str = ""
    publisher: str = ""
    publisher_why: str = ""
    volatile: tuple[tuple[str, str], ...] = ()
    agrees: bool = False
    error: str | None = None


# ---------------------------------------------------------------- the log


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """A fact to append. payload: JSON data without floats. captured_at: the capture's instant, where there is one."""

    stream: str
    type: str
    payload: Mapping[str, object]
    schema: int = 1
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact in the log. position: 1, 2, 3 … over the whole log; version: 1, 2, 3 … within its stream."""

    position: int
    stream: str
    version: int
    type: str
    schema: int
    captured_at: datetime | None
    recorded_at: datetime
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEntry:
    """One check, as its round remembers it: bytes, not rows. detail: the reason, where there is one.

    moved_to: where the page was redirected to for good.
    """

    watch: str
    at: datetime
    outcome: Outcome
    status: int | None = None
    detail: str = ""
    body_sha256: str | None = None
    moved_to: str | None = None
