"""The payload of each event type, made and read in one place (design §2). Pure.

Each maker gives a NewEvent with its stream; readers of the log use the keys written here. A payload holds no floats
and no page text that a recorded body does not hold, but the inserted words of a comparison.
Streams: `watch/<watch>`, `chapter/<profile>/<chapter>`, `delivery/<delivery>`, `rounds`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from tracker import clock
from tracker.document.canonical import NORM
from tracker.events.types import (
    Alert,
    Attempt,
    Capture,
    Change,
    CheckEntry,
    Delivery,
    FetchFailed,
    NewEvent,
    Reading,
    VersionMark,
)


def watch_stream(watch: str) -> str:
    """The stream of a watch: what was configured, fetched and failed."""
    return f"watch/{watch}"


def chapter_stream(profile: str, chapter: str) -> str:
    """The stream of a chapter: its changes, in order."""
    return f"chapter/{profile}/{chapter}"


def delivery_stream(delivery: str) -> str:
    """The stream of a delivery: its attempts."""
    return f"delivery/{delivery}"


ROUNDS = "rounds"


def watch_configured(
    kind: str, watch: str, *, url: str, profile: str | None, publisher: str | None, every_s: int | None
) -> NewEvent:
    """`watch.added` or `watch.altered`: what is looked at, from now on."""
    payload = {"watch": watch, "url": url, "profile": profile, "publisher": publisher, "every_s": every_s}
    return NewEvent(stream=watch_stream(watch), type=f"watch.{kind}", payload=payload)


def watch_ended(kind: str, watch: str, *, reason: str = "") -> NewEvent:
    """`watch.removed`, `watch.paused` or `watch.resumed`."""
    return NewEvent(stream=watch_stream(watch), type=f"watch.{kind}", payload={"watch": watch, "reason": reason})


def snapshot_recorded(
    watch: str, capture: Capture, reading: Reading, chapters: Sequence[Mapping[str, object]]
) -> NewEvent:
    """`snapshot.recorded`: a capture as a dated fact, with its verdict and evidence.

    chapters: one entry each, as `chapter_entry` makes it. Headers are kept as received but for Set-Cookie.
    """
    payload = {
        "watch": watch,
        "fetch": capture.fetch_id,
        "url": capture.url,
        "final_url": capture.final_url,
        "hops": list(capture.hops),
        "status": capture.status,
        "headers": [[name, value] for name, value in capture.headers],
        "requested_at": clock.iso(capture.requested_at),
        "captured_at": clock.iso(capture.captured_at),
        "body_sha256": capture.body_sha256,
        "body_bytes": len(capture.body),
        "is_closed": is_closed(capture.body),
        "media_type": capture.media_type,
        "charset": capture.charset,
        "etag": capture.validators.etag,
        "last_modified": capture.validators.last_modified,
        "extractor": reading.extractor,
        "publisher": reading.publisher,
        "publisher_why": reading.publisher_why,
        "profile": reading.profile,
        "title": reading.document.title if reading.document else None,
        "text_sha256": reading.text_sha256,
        "verdict": {
            "kind": reading.verdict.kind,
            "reason": reading.verdict.reason,
            "evidence": list(reading.verdict.evidence),
        },
        "error": reading.error,
        "warnings": [[w.code, w.chapter, w.detail] for w in reading.warnings],
        "norm": NORM,
        "chapters": [dict(c) for c in chapters],
    }
    return NewEvent(
        stream=watch_stream(watch), type="snapshot.recorded", payload=payload, captured_at=capture.captured_at
    )


def is_closed(body: bytes) -> bool:
    """Whether the bytes end as a whole HTML page does; one that did and does no longer may be cut short."""
    end = body[-2048:].lower()
    return b"</html" in end or b"</body" in end


def chapter_entry(
    slug: str, title: str, date: str | None, text_sha256: str, norm_sha256: str, document_sha256: str
) -> dict[str, object]:
    """What a snapshot says of one chapter. document_sha256: of the body that holds the chapter's canonical JSON."""
    return {
        "chapter": slug,
        "title": title,
        "document_date": date,
        "text_sha256": text_sha256,
        "norm_sha256": norm_sha256,
        "document_sha256": document_sha256,
    }


def change_detected(change: Change, comparison: Mapping[str, object], alerts: Sequence[Alert]) -> NewEvent:
    """`change.detected`: a chapter went from one version to the next, and who is owed word of it.

    comparison: the compact form (compare/stored.py), without the words that the two recorded documents hold.
    """
    payload = {
        "id": change.id,
        "watch": change.watch,
        "profile": change.profile,
        "chapter": change.chapter,
        "chapter_title": change.chapter_title,
        "from": mark_entry(change.before),
        "to": mark_entry(change.after),
        "happened_after": clock.iso(change.happened_after) if change.happened_after else None,
        "not_later_than": clock.iso(change.not_later_than),
        "cause": change.cause,
        "flags": list(change.flags),
        "salience": {"level": change.salience.level, "why": list(change.salience.why)},
        "source_url": change.source_url,
        "engine": change.engine,
        "comparison": dict(comparison),
        "alerts": [{"delivery": a.delivery, "subscription": a.subscription, "channel": a.channel} for a in alerts],
    }
    return NewEvent(
        stream=chapter_stream(change.profile, change.chapter),
        type="change.detected",
        payload=payload,
        captured_at=change.after.captured_at,
    )


def mark_entry(mark: VersionMark | None) -> dict[str, object] | None:
    """A version in a payload: its address, hashes and dates."""
    if mark is None:
        return None
    return {
        "chapter": mark.chapter,
        "address": mark.address,
        "text_sha256": mark.text_sha256,
        "norm_sha256": mark.norm_sha256,
        "document_date": mark.document_date.isoformat() if mark.document_date else None,
        "document_sha256": mark.document_sha256,
        "captured_at": clock.iso(mark.captured_at),
    }


def round_completed(started_at: datetime, finished_at: datetime, checks: Sequence[CheckEntry]) -> NewEvent:
    """`round.completed`: all checks of a round in one record, each `[watch, ms since start, outcome, status, detail,
    body_sha256]`, the last ones left off where empty: "no change between t1 and t2" is evidence.
    """
    rows: list[list[object]] = []
    for check in checks:
        ms = (clock.to_us(check.at) - clock.to_us(started_at)) // 1000
        row: list[object] = [check.watch, ms, check.outcome, check.status, check.detail, check.body_sha256]
        while row[-1] in (None, ""):
            row.pop()
        rows.append(row)
    payload = {"started_at": clock.iso(started_at), "finished_at": clock.iso(finished_at), "checks": rows}
    return NewEvent(stream=ROUNDS, type="round.completed", payload=payload)


def check_failed(watch: str, failure: FetchFailed) -> NewEvent:
    """`check.failed`: a watch that answered does no longer. Only the transition is an event."""
    payload = {
        "watch": watch,
        "at": clock.iso(failure.at),
        "reason": failure.reason,
        "detail": failure.detail,
        "status": failure.status,
    }
    return NewEvent(stream=watch_stream(watch), type="check.failed", payload=payload)


def check_recovered(watch: str, at: datetime, failed_since: datetime | None) -> NewEvent:
    """`check.recovered`: a watch answers again."""
    since = clock.iso(failed_since) if failed_since else None
    payload = {"watch": watch, "at": clock.iso(at), "failed_since": since}
    return NewEvent(stream=watch_stream(watch), type="check.recovered", payload=payload)


def delivery_attempted(
    kind: str, delivery: Delivery, attempt: Attempt, at: datetime, retry_at: datetime | None
) -> NewEvent:
    """`delivery.sent`, `delivery.failed` (another try is due at `retry_at`) or `delivery.dead` (given up).

    attempt: how many tries are spent now; a deferral asked for by the channel spends none.
    """
    payload = {
        "delivery": delivery.id,
        "change": delivery.change,
        "channel": delivery.channel,
        "attempt": delivery.attempts + (1 if attempt.spends else 0),
        "at": clock.iso(at),
        "status": attempt.status,
        "error": attempt.error,
        "body_sha256": attempt.body_sha256,
        "retry_at": clock.iso(retry_at) if retry_at else None,
    }
    return NewEvent(stream=delivery_stream(delivery.id), type=f"delivery.{kind}", payload=payload)
