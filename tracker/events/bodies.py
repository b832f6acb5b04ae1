"""The payload of each event type, made and read in one place (design §2). Pure.

Each maker gives a NewEvent with its stream; readers of the log use the keys written here. A payload holds no floats
and no page text that a recorded body does not hold, but the inserted words of a comparison.
Streams: `watch/<watch>`, `chapter/<profile>/<chapter>`, `rounds`. Who is told: tellings.py.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any  # Any: payloads that are read

from tracker import clock
from tracker.document.canonical import NORM
from tracker.document.salience import code_told, salience_code, salience_of, together
from tracker.events.deliveries import AT_ONCE, Alert
from tracker.events.looks import Capture, FetchFailed
from tracker.events.types import Change, CheckEntry, Event, NewEvent, Reading, VersionMark

ROUNDS = "rounds"
LIED = "validator_lied"  # the code of a warning: one validator was given to two texts


def watch_stream(watch: str) -> str:
    """The stream of a watch: what was configured, fetched and failed."""
    return f"watch/{watch}"


def chapter_stream(profile: str, chapter: str) -> str:
    """The stream of a chapter: its changes, in order."""
    return f"chapter/{profile}/{chapter}"


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
    watch: str,
    capture: Capture,
    reading: Reading,
    chapters: Sequence[Mapping[str, object]],
    *,
    is_past: bool = False,
    seen: Sequence[tuple[str, str]] = (),
) -> NewEvent:
    """`snapshot.recorded`: a capture as a dated fact, with its verdict and evidence.

    chapters: one entry each, as `chapter_entry` makes it. Headers are kept as received but for Set-Cookie.
    Of an imported one also `source`: where from; `is_past`: later sights of the page are recorded, so that it says
    nothing of what stands; `seen`: (chapter, address) of versions that it shows and that were recorded before it.
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
        **_given(vary=capture.validators.vary, variant=capture.validators.variant),
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
        **_given(volatile=[list(place) for place in reading.volatile], agrees=reading.agrees),
        **_given(source=_source(capture), is_past=is_past, seen=[list(version) for version in seen]),
    }
    return NewEvent(
        stream=watch_stream(watch), type="snapshot.recorded", payload=payload, captured_at=capture.captured_at
    )


def _given(**values: object) -> dict[str, object]:
    """Those of the values that say something: most snapshots say nothing of them."""
    return {key: value for key, value in values.items() if value}


def _source(capture: Capture) -> dict[str, object]:
    if (source := capture.source) is None:
        return {}
    return {"kind": source.kind, "from": source.origin, **_given(precision=source.precision)}


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


def change_detected(
    change: Change,
    comparison: Mapping[str, object],
    alerts: Sequence[Alert],
    *,
    beside: NewEvent | None = None,
    place: Mapping[str, object] | None = None,
) -> NewEvent:
    """`change.detected`: a chapter went from one version to the next, and who is owed word of it.

    comparison: the compact form (compare/stored.py), without the words that the two recorded documents hold.
    beside: the `snapshot.recorded` that is appended right before it; what that and the log before it say of the two
    versions is left out then (`change_in_full` has it), and `from` and `to` are addresses:

        {"id", "watch", "engine", "comparison", "to": address, "happened_after": where the chapter was seen before,
         "from": address, or [chapter, address] of a renamed one, left out for a first record,
         "is_gone": true where no such chapter is read any longer,
         "alerts": [[alert, subscription, channel, when if not at once], …] where there are any,
         and what is not as usual (`_usual`)}

    Salience is in letters (document/salience.py). place: of an imported one, where in the recorded history it belongs
    (store/insertion.py).
    """
    stream = chapter_stream(change.profile, change.chapter)
    payload: dict[str, object] = {
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
        "salience": salience_code(change.salience),
        "source_url": change.source_url,
        "engine": change.engine,
        "comparison": dict(comparison),
        "alerts": [[a.id, a.subscription, a.channel, *([a.when] if a.when != AT_ONCE else [])] for a in alerts],
        **({"place": dict(place)} if place is not None else {}),
    }
    if beside is not None:
        payload = _in_brief(payload, stream, change.after.captured_at, snapshot_said(beside.payload, change.chapter))
    return NewEvent(
        stream=stream, type="change.detected", payload=payload, schema=2, captured_at=change.after.captured_at
    )


def snapshot_said(snapshot: Mapping[str, Any], chapter: str) -> dict[str, object] | None:
    """What a `snapshot.recorded` says of a chapter, with the page's address; None where it has none."""
    found = next((entry for entry in snapshot["chapters"] if entry["chapter"] == chapter), None)
    return {**found, "url": snapshot["url"]} if found is not None else None


def change_in_full(
    event: Event, before: Mapping[str, object] | None, said: Mapping[str, object] | None
) -> dict[str, object]:
    """The payload of a `change.detected` with all that was left out of it.

    before: the version (`mark_entry`) at `standing_before`. said: what the snapshot before it said (`snapshot_said`).
    """
    payload: Any = event.payload
    assert event.captured_at is not None
    if payload["to"] is None or not isinstance(payload["to"], str):
        return {**payload}
    if (said is None) != ("is_gone" in payload):
        raise ValueError("the snapshot before it does not say so of the chapter")
    marks = {"from": before, "to": _mark_after(event.stream, event.captured_at, payload["to"], before, said)}
    return {**_usual(event.stream, event.captured_at, payload["comparison"], said), **payload, **marks}


def standing_before(event: Event) -> tuple[str, str] | None:
    """(chapter, address) of the version that a change starts from; None for a first record."""
    told: Any = event.payload.get("from")
    if told is None:
        return None
    if isinstance(told, str):
        return event.stream.rpartition("/")[2], told
    return (told["chapter"], told["address"]) if isinstance(told, dict) else (told[0], told[1])


def _in_brief(
    payload: Mapping[str, Any], stream: str, captured_at: datetime, said: Mapping[str, object] | None
) -> dict[str, object]:
    """The payload without what `change_in_full` makes again; as it is where that would make something else."""
    before, after = payload["from"], payload["to"]
    if after != _mark_after(stream, captured_at, after["address"], before, said):
        return dict(payload)
    usual = _usual(stream, captured_at, payload["comparison"], said)
    out = {key: value for key, value in payload.items() if key not in usual or usual[key] != value}
    out["to"] = after["address"]
    out["from"] = before and (
        before["address"] if before["chapter"] == after["chapter"] else [before["chapter"], before["address"]]
    )
    if said is None:
        out["is_gone"] = True
    return {key: value for key, value in out.items() if value is not None}


def _usual(
    stream: str, captured_at: datetime, comparison: Mapping[str, Any], said: Mapping[str, Any] | None
) -> dict[str, object]:
    """What a change says of itself, if it says nothing else."""
    profile, _, chapter = stream.removeprefix("chapter/").rpartition("/")
    found: dict[str, object] = {
        "profile": profile,
        "chapter": chapter,
        "happened_after": None,
        "not_later_than": clock.iso(captured_at),
        "cause": comparison.get("cause", "content"),
        "flags": [flag for flag in ("silent", "coarse") if flag in comparison],
        "salience": salience_code(together(salience_of(code_told(edit)) for edit in comparison.get("edits", ()))),
        "alerts": [],
    }
    return found | ({"chapter_title": said["title"], "source_url": said["url"]} if said is not None else {})


def _mark_after(
    stream: str, captured_at: datetime, address: str, before: Mapping[str, Any] | None, said: Mapping[str, Any] | None
) -> dict[str, object]:
    """The version that a change leads to: the one that stood goes on where its address does."""
    chapter = stream.rpartition("/")[2]
    goes_on = before is not None and (before["chapter"], before["address"]) == (chapter, address)
    hashes = ("document_date", "text_sha256", "norm_sha256", "document_sha256")
    return {
        "chapter": chapter,
        "address": address,
        **{name: said[name] if said is not None else None for name in hashes},
        "captured_at": before["captured_at"] if before is not None and goes_on else clock.iso(captured_at),
    }


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
    body_sha256, moved_to]`, the last ones left off where empty: "no change between t1 and t2" is evidence.
    """
    rows: list[list[object]] = []
    for check in checks:
        ms = (clock.to_us(check.at) - clock.to_us(started_at)) // 1000
        told = check.status, check.detail, check.body_sha256, check.moved_to
        row: list[object] = [check.watch, ms, check.outcome, *told]
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


def page_gone(kind: str, watch: str, at: datetime, *, status: int, evidence: Sequence[str]) -> NewEvent:
    """`page.removed`: the publisher took the page away, as the evidence says, a line each; or `page.restored`."""
    payload = {"watch": watch, "at": clock.iso(at), "status": status, "evidence": list(evidence)}
    return NewEvent(stream=watch_stream(watch), type=f"page.{kind}", payload=payload)
