"""From an event to the rows of the views: the one place that says what users see of the log. Pure.

`fold` is called for every event in order of position, live inside the append's transaction and again by `rebuild` and
`verify`; it reads nothing but the event and the rows folded before, so it gives the same rows each time. What follows
for operational tables is returned as effects, which only a live append carries out.
Events of unknown types change nothing: a later release knows them.
"""

from collections.abc import Callable

from tracker import clock
from tracker.events.bodies import LIED
from tracker.events.types import Event
from tracker.store.chapter_views import change_detected
from tracker.store.folding import (
    Effect,
    Payload,
    Schedule,
    Unschedule,
    count,
    hashes,
    host_of,
    latest,
    unhex,
    us,
    watch_row,
)
from tracker.store.insertion import seen
from tracker.store.page_views import page_discovered, page_refused
from tracker.store.rows import Row, Rows
from tracker.store.telling_views import FOLDS as TELLING_FOLDS

_SCHEMAS = {"change.detected": 2}  # the newest of each type, where it is not the first
CHECKS_KEPT = 100  # of each watch, in view_checks


def fold(event: Event, rows: Rows) -> tuple[Effect, ...]:
    """Bring the rows up to the event. Raises ValueError where its payload is not what its type promises."""
    folding = _FOLDS.get(event.type)
    if folding is None:
        return ()
    if event.schema != _SCHEMAS.get(event.type, 1):
        raise ValueError(f"event {event.position} is {event.type} {event.schema}, which this release cannot read")
    try:
        return folding(event, event.payload, rows)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as wrong:
        raise ValueError(f"{event.type} in {event.stream} cannot be folded: {wrong!r}") from wrong


def due_row(watch: Row, due_at: int) -> Schedule:
    """That a watch, as its row says, is to be looked at."""
    return Schedule(str(watch["watch"]), host_of(str(watch["url"])), due_at, is_other_page=False)


# ---------------------------------------------------------------- watches


def _watch_configured(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    at = clock.to_us(event.recorded_at)
    before = rows.get("view_watches", payload["watch"])
    if before is None and event.type == "watch.altered":
        raise ValueError(f"there is no watch {payload['watch']!r} to alter")
    row = before or _new_watch(payload["watch"], at)
    is_other_page = before is not None and before["url"] != payload["url"]
    row |= {name: payload[name] for name in ("url", "profile", "publisher", "every_s")}
    if event.type == "watch.added":
        row |= {"state": "active", "added_at": at}
    if is_other_page:  # its validators and bytes say nothing of another page; its text still stands
        row |= {**dict.fromkeys(VALIDATORS), "body_sha256": None, **_NOT_MOVED, **_NOT_MISSING}
    rows.put("view_watches", row)
    if row["state"] != "active":
        return ()
    return (Schedule(payload["watch"], host_of(payload["url"]), at, is_other_page),)


def _watch_state(state: str) -> Callable[[Event, Payload, Rows], tuple[Effect, ...]]:
    def folding(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
        row = watch_row(payload["watch"], rows)
        row["state"] = state
        rows.put("view_watches", row)
        if state == "active":
            return (due_row(row, clock.to_us(event.recorded_at)),)
        return (Unschedule(payload["watch"]),)

    return folding


def _snapshot_recorded(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    row = watch_row(payload["watch"], rows)
    verdict, captured_at = payload["verdict"], us(payload["captured_at"])
    body, text = bytes.fromhex(payload["body_sha256"]), unhex(payload["text_sha256"])
    rows.add(
        "view_snapshots",
        {
            "position": event.position,
            "watch": payload["watch"],
            "captured_at": captured_at,
            "status": payload["status"],
            "body_sha256": body,
            "body_bytes": payload["body_bytes"],
            "text_sha256": text,
            "verdict": verdict["kind"],
            "reason": verdict["reason"],
            "source": payload["source"]["kind"] if "source" in payload else None,
        },
    )
    if payload.get("is_past"):
        seen(payload, rows)
        return ()
    if verdict["kind"] == "ok":
        row |= {
            "read_profile": payload["profile"],
            "read_as": payload["publisher"],
            "title": payload.get("title"),
            "accepted_position": event.position,
            "accepted_at": captured_at,
            "body_sha256": body,
            "text_sha256": text,
            **{name: payload.get(name) for name in VALIDATORS},
            "seen_at": latest(row["seen_at"], captured_at),
            "read_at": latest(row["read_at"], captured_at),
            **_NO_DOUBT,
        }
        _learn(event, payload, rows)
        for entry in payload["chapters"]:
            fed = rows.get("view_chapters", payload["profile"], entry["chapter"])
            if fed is not None and fed["watch"] != payload["watch"]:
                rows.put("view_chapters", {**fed, "watch": payload["watch"]})  # it goes on under another watch
            rows.put("view_accepted", _accepted(event, payload, entry))
        seen(payload, rows)
    elif verdict["kind"] == "suspect":
        is_waiting = row["suspect_text_sha256"] is not None
        agrees = is_waiting and (row["suspect_text_sha256"] == text or payload.get("agrees", False))
        row |= {
            "suspect_position": event.position,
            "suspect_text_sha256": row["suspect_text_sha256"] if agrees else text,
            "suspect_reason": verdict["reason"],
            "suspect_since": row["suspect_since"] if agrees else captured_at,
            "suspect_at": captured_at,
            "suspect_agreed": count(row["suspect_agreed"]) + 1 if agrees else 1,
        }
    rows.put("view_watches", row)
    return ()


def _learn(event: Event, payload: Payload, rows: Rows) -> None:
    """What an accepted snapshot tells of the page's manners: blocks that change of themselves, validators that lie."""
    at = us(payload["captured_at"])
    for chapter, block in payload.get("volatile", ()):
        rows.put("view_volatile", {"watch": payload["watch"], "chapter": chapter, "block": block, "at": at})
    if any(code == LIED for code, _, _ in payload["warnings"]):
        rows.put("view_liars", {"host": host_of(payload["url"]), "watch": payload["watch"], "at": at})


def _accepted(event: Event, payload: Payload, entry: Payload) -> Row:
    """What an accepted snapshot says of a chapter."""
    return {
        "watch": payload["watch"],
        "chapter": entry["chapter"],
        "position": event.position,
        "url": payload["url"],
        "title": entry["title"],
        **hashes(entry),
        "document_date": entry["document_date"],
    }


def _check_failed(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    row = watch_row(payload["watch"], rows)
    row["failed_since"] = us(payload["at"])
    rows.put("view_watches", row)
    return ()


def _check_recovered(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    row = watch_row(payload["watch"], rows)
    row["failed_since"] = None
    rows.put("view_watches", row)
    return ()


def _page_gone(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    row = watch_row(payload["watch"], rows)
    row["gone_at"] = us(payload["at"]) if event.type == "page.removed" else None
    rows.put("view_watches", row)
    return ()


def _round_completed(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    started_at = us(payload["started_at"])
    for entry in payload["checks"]:
        watch, ms, outcome, *rest = entry
        status, detail, body, moved_to = [*rest, None, None, None, None][:4]
        row = watch_row(watch, rows)
        at = started_at + ms * 1000
        number = count(row["checks"]) + 1
        told = {"status": status, "detail": detail or ""}
        rows.put(
            "view_checks",
            {
                "watch": watch,
                "slot": number % CHECKS_KEPT,
                "number": number,
                "position": event.position,
                "at": at,
                "outcome": outcome,
                **told,
                "body_sha256": unhex(body),
            },
        )
        row["checks"] = number
        row["failures"] = count(row["failures"]) + 1 if outcome == "failed" else 0
        row |= {"last_check_at": at, "last_outcome": outcome, **{f"last_{name}": v for name, v in told.items()}}
        _whereabouts(row, at, outcome, status, moved_to)
        if outcome in ("unchanged", "changed"):
            row["seen_at"] = latest(row["seen_at"], at)
            row["unread"] = count(row["unread"]) + 1 if status == 304 else 0
            if status == 200:
                row["read_at"] = latest(row["read_at"], at)
            if row["suspect_at"] is not None and at > count(row["suspect_at"]):
                row |= _NO_DOUBT  # what was doubted is no longer what the page says
        rows.put("view_watches", row)
    return ()


def _whereabouts(row: Row, at: int, outcome: str, status: int | None, moved_to: str | None) -> None:
    """Count the answers in a row that say that the page is not there, or is elsewhere for good."""
    if status in (404, 410):
        row["missing_seen"] = count(row["missing_seen"]) + 1
        row["missing_410"] = count(row["missing_410"]) + 1 if status == 410 else 0
        row["missing_since"] = row["missing_since"] or at
    elif outcome != "failed":
        row |= _NOT_MISSING
        is_same = moved_to is not None and row["moved_to"] == moved_to
        row["moved_seen"] = count(row["moved_seen"]) + 1 if is_same else int(moved_to is not None)
        row["moved_to"] = moved_to


VALIDATORS = ("etag", "last_modified", "vary", "variant")
_NOT_MISSING: Row = {"missing_since": None, "missing_seen": 0, "missing_410": 0}
_NOT_MOVED: Row = {"moved_to": None, "moved_seen": 0}
_NO_DOUBT: Row = {
    "suspect_position": None,
    "suspect_text_sha256": None,
    "suspect_reason": None,
    "suspect_since": None,
    "suspect_at": None,
    "suspect_agreed": 0,
}


def _new_watch(watch: str, at: int) -> Row:
    unknown = (
        "read_profile", "read_as", "title", "accepted_position", "accepted_at", "body_sha256", "text_sha256", "etag",
        "last_modified", "vary", "variant", "seen_at", "read_at", "gone_at", "failed_since", "last_check_at",
        "last_outcome", "last_status",
    )  # fmt: skip
    counts: Row = {"failures": 0, "checks": 0, "unread": 0, "last_detail": ""}
    nothing: Row = {**dict.fromkeys(unknown), **_NO_DOUBT, **_NOT_MISSING, **_NOT_MOVED, **counts}
    return {"watch": watch, "state": "active", "added_at": at, **nothing}


_FOLDS: dict[str, Callable[[Event, Payload, Rows], tuple[Effect, ...]]] = {
    "watch.added": _watch_configured,
    "watch.altered": _watch_configured,
    "watch.paused": _watch_state("paused"),
    "watch.resumed": _watch_state("active"),
    "watch.removed": _watch_state("removed"),
    "snapshot.recorded": _snapshot_recorded,
    "check.failed": _check_failed,
    "check.recovered": _check_recovered,
    "page.removed": _page_gone,
    "page.restored": _page_gone,
    "page.discovered": page_discovered,
    "page.refused": page_refused,
    "round.completed": _round_completed,
    "change.detected": change_detected,
    **TELLING_FOLDS,
}


def named_bodies(event_type: str, payload: Payload) -> tuple[str, ...]:
    """The bodies that an event says are recorded, by sha256."""
    if event_type == "snapshot.recorded":
        return (payload["body_sha256"], *(c["document_sha256"] for c in payload["chapters"]))
    if event_type == "change.detected":
        marks = (payload.get("from"), payload["to"])
        return tuple(m["document_sha256"] for m in marks if isinstance(m, dict) and m["document_sha256"] is not None)
    return ()
