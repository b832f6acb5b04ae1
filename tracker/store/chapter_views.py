"""From a change to the rows that tell a chapter's history: changes, versions, chapters, and what is owed for it. Pure.

Called by views.py alone.
"""

from tracker import clock
from tracker.document.salience import salience_of
from tracker.events import bodies
from tracker.events.codec import canonical
from tracker.events.types import Event
from tracker.store.folding import HASHES, TOLD, Effect, Payload, count, hashes, us, watch_row
from tracker.store.insertion import placed
from tracker.store.rows import Row, Rows
from tracker.store.telling_views import alerts_of

_NOT_TOLD = ("comparison", "alerts", "place")


def change_detected(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    """Fold a change: its row, the version that it leads to, and the alerts that it owes."""
    payload = _in_full(event, payload, rows)
    before, after = payload["from"], payload["to"]
    profile, chapter = payload["profile"], payload["chapter"]
    at = clock.to_us(event.recorded_at)
    rows.add(
        "view_changes",
        {
            "position": event.position,
            "id": payload["id"],
            "profile": profile,
            "chapter": chapter,
            "from_address": before["address"] if before else None,
            "to_address": after["address"],
            "recorded_at": at,
            "cause": payload["cause"],
            "level": salience_of(payload["salience"]).level,
            "flags": " ".join(payload["flags"]),
            "watch": payload["watch"],
            "told": canonical({k: v for k, v in payload.items() if k not in _NOT_TOLD}).decode(),
            "superseded_by": None,
        },
    )
    if "place" in payload:
        placed(event, payload, rows)
    else:
        _version(event, payload, rows)
    return alerts_of(event, payload, rows)


def _in_full(event: Event, payload: Payload, rows: Rows) -> Payload:
    """The payload with what it leaves out: the version that stood, and what the snapshot before it said."""
    if not isinstance(payload["to"], str):
        return payload
    profile, _, chapter = event.stream.removeprefix("chapter/").rpartition("/")
    start = bodies.standing_before(event)
    stood = rows.get("view_versions", profile, *start) if start is not None else None
    if start is not None and stood is None:
        raise ValueError(f"{profile}/{start[0]} has no version {start[1]} to start from")
    said = rows.get("view_accepted", payload["watch"], chapter)
    if said is not None and said["position"] != watch_row(payload["watch"], rows)["accepted_position"]:
        said = None  # an earlier snapshot had the chapter
    return bodies.change_in_full(event, _entry(stood) if stood else None, _entry(said) if said else None)


def _entry(row: Row) -> dict[str, object]:
    """A row's version as payloads tell it."""
    entry: dict[str, object] = {name: row[name] for name in TOLD if name in row}
    entry |= {name: value.hex() if isinstance(value := row[name], bytes) else None for name in HASHES}
    if (at := row.get("captured_at")) is not None:
        entry["captured_at"] = clock.iso(clock.from_us(count(at)))
    return entry


def _version(event: Event, payload: Payload, rows: Rows) -> None:
    """The version that a change leads to: a new one, or the one that stands in other clothes (equal address)."""
    before, after = payload["from"], payload["to"]
    profile, chapter, address = payload["profile"], payload["chapter"], after["address"]
    captured_at = us(after["captured_at"])
    known = rows.get("view_chapters", profile, chapter)
    row = rows.get("view_versions", profile, chapter, address)
    is_same = row is not None and before is not None and (before["chapter"], before["address"]) == (chapter, address)
    if row is not None and not is_same:
        raise ValueError(f"{profile}/{chapter} has a version {address} already")
    if not is_same:
        ending = (before["chapter"], before["address"]) if before else (chapter, known["address"]) if known else None
        ended = rows.get("view_versions", profile, *ending) if ending is not None else None
        if ended is not None and ended["ended_at"] is None:
            seen_at = us(payload["happened_after"]) if payload["happened_after"] else None
            behind: Row = {"next_chapter": chapter, "next_address": address}
            rows.put("view_versions", {**ended, "ended_at": captured_at, "seen_at": seen_at, **behind})
        if before is not None and before["chapter"] != chapter:
            renamed = rows.get("view_chapters", profile, before["chapter"])
            if renamed is not None:
                rows.put("view_chapters", {**renamed, "state": "renamed"})
    fresh: Row = {
        "profile": profile,
        "chapter": chapter,
        "address": address,
        "position": event.position,
        "change": payload["id"],
        "captured_at": captured_at,
        "recorded_at": clock.to_us(event.recorded_at),
        "ended_at": None,
        "seen_at": None,
        "previous_chapter": before["chapter"] if before else None,
        "previous_address": before["address"] if before else None,
        "next_chapter": None,
        "next_address": None,
    }
    rows.put(
        "view_versions",
        {
            **(row or fresh),
            "title": payload["chapter_title"],
            "watch": payload["watch"],
            **hashes(after),
            "document_date": after["document_date"],
        },
    )
    rows.put(
        "view_chapters",
        {
            "profile": profile,
            "chapter": chapter,
            "title": payload["chapter_title"],
            "watch": payload["watch"],
            "state": "present" if after["document_sha256"] else "gone",
            "address": address,
            "versions": (count(known["versions"]) if known else 0) + (0 if is_same else 1),
        },
    )
