"""The events that two documents would leave in the log, as the store is handed them, and the text that they tell of."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tracker.compare.changes import Sight, changes, document_body, with_lineage
from tracker.compare.stored import compact
from tracker.document.canonical import norm_sha256, sha256, text_sha256
from tracker.document.edit import Comparison, Edit
from tracker.document.model import Chapter, Document
from tracker.events import bodies
from tracker.events.codec import payload_bytes
from tracker.events.looks import Capture, Validators, Verdict
from tracker.events.types import Change, NewEvent, Reading, Standing, VersionMark

AT = datetime(2026, 1, 1, 9, 0, 12, 345678, tzinfo=UTC)
SIGHT = Sight(
    watch="azerbaijan",
    profile="azerbaijan",
    source_url="https://monitor.example/en-gb/reports/2026/azerbaijan/view-all.aspx",
    captured_at=AT,
    first_at=AT,
)
FIXED, FURTHER = 400, 60  # bytes that a payload may have beside twice the changed text; and for each further edit


@dataclass(frozen=True)
class Recorded:
    """A change, the event that says it, and both chapters."""

    change: Change
    event: NewEvent
    old: Chapter | None
    new: Chapter | None

    @property
    def size(self) -> int:
        """Bytes of the payload, canonical JSON, uncompressed."""
        return len(payload_bytes(self.event))

    @property
    def edits(self) -> int:
        """How many edits it tells, neutral ones too; other clothes at several places, folded into one, are as many."""
        neutral = self.change.comparison.neutral
        folded = sum(int((e.detail or "1").split()[0]) for e in neutral if e.kind == "format")
        return len(self.change.comparison.edits) + sum(e.kind != "format" for e in neutral) + folded

    @property
    def bound(self) -> int:
        """What the law allows it."""
        text = sum(map(changed_bytes, self.change.comparison.edits)) + _clothes(self.change.comparison)
        return 2 * text + FIXED + FURTHER * max(0, self.edits - 1)


def changed_bytes(edit: Edit) -> int:
    """The changed text: words that went and came by the redline; cells and dates whole; addresses of links.

    Of a move out of another chapter, the headings that it stood under: no document of the chapter it came to has them.
    """
    if edit.kind in ("cell_changed", "date_changed"):
        return _bytes(edit.old) + _bytes(edit.new)
    told = _bytes(edit.detail or "") if edit.kind == "link_changed" else 0
    told += sum(map(_bytes, edit.old_section or ())) if edit.old_chapter is not None else 0
    return told + sum(_bytes(text) for mark, text in edit.spans if mark != "=")


def _clothes(comparison: Comparison) -> int:
    """The changed text of paragraphs, notes and headings that only look other, where a `format` edit folds them."""
    if not any(edit.kind == "format" for edit in comparison.neutral):
        return 0
    (patch,) = comparison.patch["chapters"].values()  # type: ignore[attr-defined]
    told = [pair for pair, _ in zip(patch["at"], comparison.edits, strict=False)]
    named = [{at for place in side for at in (place[1:] if _are_pieces(place) else [place])} for side in _places(told)]
    found = at = 0
    for op in patch["ops"]:
        if op[0] == "~" and op[1] not in named[0] and at not in named[1]:
            hunks = next((op[2][field].get("t", ()) for field in ("text", "title") if field in op[2]), ())
            found += sum(_bytes(words) for mark, words in hunks if mark != "=")
        at += op[2] if op[0] == "=" else 1
    return found


def _places(told: list[list[object]]) -> tuple[list[Any], list[Any]]:
    """Old and new places of whole paragraphs, and of pieces."""
    old, new = (
        [pair[side] for pair in told if isinstance(pair[side], int) or _are_pieces(pair[side])] for side in (0, 1)
    )
    return old, new


def _are_pieces(place: object) -> bool:
    return isinstance(place, list) and place[0] == "+"


def recorded(old: Document, new: Document) -> Iterator[Recorded]:
    """What a look at `new` leaves in the log, three days after a look at `old`."""
    first, _ = with_lineage(Standing(watch=SIGHT.watch), old, SIGHT)
    standing = Standing(watch=SIGHT.watch, document=first, marks={c.slug: _mark(c) for c in first.chapters})
    at = AT + timedelta(days=3, hours=1)
    sight = replace(SIGHT, captured_at=at, first_at=at)
    named, comparison = with_lineage(standing, new, sight)
    snapshot = _snapshot(named, at)
    for change in changes(standing, named, comparison, sight):
        event = bodies.change_detected(change, compact(change.comparison), (), beside=snapshot)
        before = first.chapter(change.before.chapter) if change.before else None
        yield Recorded(change, event, before, named.chapter(change.chapter))


def _mark(chapter: Chapter) -> VersionMark:
    return VersionMark(
        chapter=chapter.slug,
        address="20260101T090012Z",
        text_sha256=text_sha256(chapter),
        norm_sha256=norm_sha256(chapter),
        document_date=chapter.date,
        document_sha256=sha256(document_body(chapter)),
        captured_at=AT,
        seen_at=AT + timedelta(days=2),
    )


def _snapshot(document: Document, at: datetime) -> NewEvent:
    entries = [
        bodies.chapter_entry(
            c.slug,
            c.title,
            c.date.isoformat() if c.date else None,
            text_sha256(c),
            norm_sha256(c),
            sha256(document_body(c)),
        )
        for c in document.chapters
    ]
    capture = Capture(
        fetch_id="f_1",
        url=SIGHT.source_url,
        final_url=SIGHT.source_url,
        status=200,
        headers=(),
        media_type="text/html",
        charset="utf-8",
        body=b"",
        body_sha256=sha256(b""),
        requested_at=at,
        captured_at=at,
        validators=Validators(),
    )
    reading = Reading(verdict=Verdict("ok"), document=document, profile=SIGHT.profile)
    return bodies.snapshot_recorded(SIGHT.watch, capture, reading, entries)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
