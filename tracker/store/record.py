"""From what a check brought to what the log holds of it: the one transaction of a changed check (design §2.3).

Lives here: which events and bodies a look leaves behind. Not here: what the page says (pipeline.understand) or how
an append works (store). Each function gives the entry that the round keeps of the check.
"""

from dataclasses import dataclass
from datetime import datetime

from tracker.compare.changes import document_body
from tracker.compare.stored import compact
from tracker.document.canonical import norm_sha256, sha256, text_sha256
from tracker.document.model import Document
from tracker.events import bodies
from tracker.events.deliveries import Alert
from tracker.events.looks import Capture, FetchFailed, NotModified, Watch
from tracker.events.types import Change, CheckEntry, NewEvent, Reading, Standing
from tracker.store import LastSeen, Operational, Sighting, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look left behind. entry: for the round's record. sighting: that the standing text was seen, if it was.

    changes: what was recorded. retry_after_s: how long the host asked us to stay away. fresh_s: for how long the
    publisher says that there is nothing new. wants_second: the page is to be read once more at once, to learn what of
    it changes of itself.
    """

    entry: CheckEntry
    sighting: Sighting | None = None
    changes: tuple[Change, ...] = ()
    retry_after_s: int | None = None
    fresh_s: int = 0
    wants_second: bool = False


def record_failure(store: Store, watch: Watch, failed_since: datetime | None, failure: FetchFailed) -> Looked:
    """A look that brought nothing: an event when it is the first in a row, an entry always.

    Where nothing was asked, as the host is left alone, nothing is known of the page: no event.
    """
    if failed_since is None and failure.reason != "held":
        event = bodies.check_failed(watch.name, failure)
        store.append((event,), key=f"failed/{watch.name}/{failure.at.isoformat()}")
    detail = f"{failure.reason}: {failure.detail}"
    entry = CheckEntry(watch=watch.name, at=failure.at, outcome="failed", status=failure.status, detail=detail)
    return Looked(entry=entry, retry_after_s=failure.retry_after_s)


def record_same(store: Store, watch: Watch, seen: LastSeen, fetched: Capture | NotModified) -> Looked:
    """A look that saw what stood: an entry, and an event where the watch had not answered before.

    Other bytes with the same document leave their hash behind, not themselves.
    """
    at = fetched.captured_at
    if seen.failed_since is not None:
        store.append(
            (bodies.check_recovered(watch.name, at, seen.failed_since),), key=f"recovered/{watch.name}/{at.isoformat()}"
        )
    body = fetched.body_sha256 if isinstance(fetched, Capture) else None
    entry = CheckEntry(
        watch=watch.name,
        at=at,
        outcome="unchanged",
        status=fetched.status if isinstance(fetched, Capture) else 304,
        body_sha256=body,
        moved_to=fetched.permanent_to if isinstance(fetched, Capture) else None,
    )
    sighting = Sighting(at=at, validators=fetched.validators, body_sha256=body)
    return Looked(entry=entry, sighting=sighting, fresh_s=fetched.fresh_s)


def record_gone(
    store: Store,
    watch: Watch,
    standing: Standing,
    failure: FetchFailed,
    changes: tuple[Change, ...],
    alerts: tuple[Alert, ...],
    evidence: tuple[str, ...],
) -> Looked:
    """The publisher took the page away: every chapter of it goes, and those who watch it are told once."""
    assert failure.status is not None
    events: list[NewEvent] = []
    if standing.failed_since is not None:
        events.append(bodies.check_recovered(watch.name, failure.at, standing.failed_since))
    events.append(bodies.page_gone("removed", watch.name, failure.at, status=failure.status, evidence=evidence))
    for change in changes:
        owed = [a for a in alerts if a.change == change.id]
        events.append(bodies.change_detected(change, compact(change.comparison), owed))
    store.append(
        tuple(events),
        key=f"gone/{watch.name}/{failure.at.isoformat()}",
        expected={bodies.watch_stream(watch.name): standing.version},
    )
    entry = CheckEntry(
        watch=watch.name, at=failure.at, outcome="changed", status=failure.status, detail="; ".join(evidence)
    )
    return Looked(entry=entry, changes=changes)


def note_gone(watch: Watch, failure: FetchFailed, gone_at: datetime) -> Looked:
    """A page that is known to be gone still is."""
    told = f"gone since {gone_at:%Y-%m-%d}"
    return Looked(
        entry=CheckEntry(watch=watch.name, at=failure.at, outcome="unchanged", status=failure.status, detail=told)
    )


def is_known_refusal(store: Store, watch: Watch, capture: Capture, reading: Reading) -> bool:
    """Whether these very bytes were recorded last, with this verdict, and looking again can prove nothing more."""
    verdict = reading.verdict
    if verdict.kind not in ("rejected", "suspect") or (verdict.kind == "suspect" and reading.text_sha256 is not None):
        return False
    last = next(iter(store.snapshots(watch.name, limit=1, imported=False)), None)
    if last is None or last.body_sha256 != capture.body_sha256:
        return False
    return (last.verdict, last.reason) == (verdict.kind, verdict.reason)


def note_again(watch: Watch, capture: Capture, reading: Reading) -> Looked:
    """A capture that repeats what is recorded and proves nothing more: an entry that keeps the hash, nothing else."""
    is_doubt = reading.verdict.kind == "suspect" and reading.text_sha256 is not None
    entry = CheckEntry(
        watch=watch.name,
        at=capture.captured_at,
        outcome="suspect" if reading.verdict.kind == "suspect" else "rejected",
        status=capture.status,
        detail=f"{reading.verdict.reason}: seen again, not yet confirmed" if is_doubt else _told(reading),
        body_sha256=capture.body_sha256,
    )
    return Looked(entry=entry)


def record_snapshot(
    store: Store, watch: Watch, standing: Standing, capture: Capture, reading: Reading, alerts: tuple[Alert, ...]
) -> Looked:
    """A capture as a dated fact, with the changes it brought and the deliveries they owe: all or nothing."""
    is_ok = reading.verdict.kind == "ok"
    document = reading.document if is_ok else None
    entries, documents = _chapters(document) if document else ([], [])
    events: list[NewEvent] = []
    if standing.failed_since is not None:
        events.append(bodies.check_recovered(watch.name, capture.captured_at, standing.failed_since))
    if is_ok and standing.gone_at is not None:
        told = (f"it was gone since {standing.gone_at:%Y-%m-%d}",)
        events.append(
            bodies.page_gone("restored", watch.name, capture.captured_at, status=capture.status, evidence=told)
        )
    snapshot = bodies.snapshot_recorded(watch.name, capture, reading, entries)
    events.append(snapshot)
    changes = reading.changes if is_ok else ()
    for change in changes:
        owed = [a for a in alerts if a.change == change.id]
        events.append(bodies.change_detected(change, compact(change.comparison), owed, beside=snapshot))
    at = capture.captured_at
    sighting = Sighting(at=at, validators=capture.validators, body_sha256=capture.body_sha256) if is_ok else None
    store.append(
        tuple(events),
        key=f"fetch/{capture.fetch_id}",
        expected={bodies.watch_stream(watch.name): standing.version},
        bodies=(capture.body, *documents),
        operational=Operational(seen={watch.name: sighting} if sighting else {}),
    )
    outcome = ("changed" if changes else "unchanged") if is_ok else reading.verdict.kind
    entry = CheckEntry(
        watch=watch.name,
        at=at,
        outcome=outcome if outcome in ("changed", "unchanged", "suspect") else "rejected",
        status=capture.status,
        detail="" if is_ok else _told(reading),
        body_sha256=capture.body_sha256,
        moved_to=capture.permanent_to if is_ok else None,
    )
    return Looked(entry=entry, sighting=sighting, changes=changes, fresh_s=capture.fresh_s if is_ok else 0)


def _told(reading: Reading) -> str:
    evidence = "; ".join(reading.verdict.evidence)
    return f"{reading.verdict.reason}: {evidence}" if evidence else reading.verdict.reason


def _chapters(document: Document) -> tuple[list[dict[str, object]], list[bytes]]:
    entries, documents = [], []
    for chapter in document.chapters:
        body = document_body(chapter)
        date = chapter.date.isoformat() if chapter.date else None
        hashes = text_sha256(chapter), norm_sha256(chapter), sha256(body)
        entries.append(bodies.chapter_entry(chapter.slug, chapter.title, date, *hashes))
        documents.append(body)
    return entries, documents
