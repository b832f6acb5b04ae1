"""What stands of a watch: put together from the views, the last accepted snapshot and what was refreshed since."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any  # payloads: JSON data that the fold has read before

from sqlalchemy import Connection, and_, func, select

from tracker import clock
from tracker.document.model import Chapter, Document, Warned
from tracker.events.bodies import watch_stream
from tracker.events.looks import Validators
from tracker.events.types import Event, Standing, Suspicion, VersionMark
from tracker.store import queries
from tracker.store.folding import host_of
from tracker.store.records import LastSeen, VersionRecord
from tracker.store.rows import Row
from tracker.store.statements import get_row, rows_of
from tracker.store.tables import LOG, STREAMS, VIEWS, WATCH_STATE
from tracker.store.views import VALIDATORS

_WATCHES, _CHAPTERS = VIEWS["view_watches"], VIEWS["view_chapters"]
_LIARS, _VOLATILE = VIEWS["view_liars"], VIEWS["view_volatile"]
RECENT = 12  # versions of each chapter that a page may flip between


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """All that one instant of the store says of a watch, but for the documents, which never change."""

    seen: LastSeen
    version: int
    row: Row | None
    accepted: Event | None
    versions: Mapping[str, tuple[VersionRecord, ...]]
    volatile: Mapping[str, Mapping[str, datetime]]


def last_seen(connection: Connection, watch: str) -> LastSeen:
    """What the next conditional request needs: what was refreshed last, else what was accepted last."""
    row = _row(connection, watch)
    if row is None:
        return _seen(watch, None, None, is_liar=False)
    is_liar = get_row(connection, _LIARS, host_of(str(row["url"]))) is not None
    return _seen(watch, row, get_row(connection, WATCH_STATE, watch), is_liar=is_liar)


def last_seen_of(connection: Connection, watches: Sequence[str]) -> dict[str, LastSeen]:
    """The same of many watches at once."""
    rows = rows_of(connection, _WATCHES, watches)
    fresh = rows_of(connection, WATCH_STATE, watches)
    liars = set(connection.execute(select(_LIARS.c.host)).scalars())
    return {
        watch: _seen(watch, row, fresh.get(watch), is_liar=row is not None and host_of(str(row["url"])) in liars)
        for watch in watches
        for row in (rows.get(watch),)
    }


def _seen(watch: str, row: Row | None, fresh: Row | None, *, is_liar: bool) -> LastSeen:
    if row is None:
        return LastSeen(
            watch=watch, at=None, failed_since=None, body_sha256=None, text_sha256=None, validators=Validators()
        )
    state: Mapping[str, Any] = row
    at = queries.instant(state["seen_at"])
    # An older sighting than the accepted capture is of other bytes; a sighting of nothing accepted is of nothing.
    accepted_at: Any = row["accepted_at"]
    if fresh is not None and accepted_at is not None and (seen := _instant_of(fresh)) >= clock.from_us(accepted_at):
        state = {**row, **fresh}
        at = max(at, seen) if at is not None else seen
    return LastSeen(
        watch=watch,
        at=at,
        failed_since=queries.instant(row["failed_since"]),  # type: ignore[arg-type]  # a clock column
        body_sha256=queries.hexed(state["body_sha256"]),
        text_sha256=queries.hexed(row["text_sha256"]),  # type: ignore[arg-type]  # a hash column
        validators=Validators(**{name: state[name] for name in VALIDATORS}),
        unread=state["unread"],
        liar=is_liar,
        missing_since=queries.instant(state["missing_since"]),
        missing_seen=state["missing_seen"],
        missing_410=state["missing_410"],
        gone_at=queries.instant(state["gone_at"]),
        twice_at=queries.instant(fresh["twice_at"]) if fresh is not None else None,  # type: ignore[arg-type]  # a clock
    )


def recorded(connection: Connection, watch: str) -> Recorded:
    """What is recorded of a watch; of an unknown one, nothing."""
    row = _row(connection, watch)
    seen = last_seen(connection, watch)
    stream: Any = get_row(connection, STREAMS, LOG, watch_stream(watch))
    version = stream["version"] if stream is not None else 0
    position: Any = row["accepted_position"] if row is not None else None
    accepted = queries.event_at(connection, position) if position is not None else None
    profile: Any = _profile(row)
    versions = {}
    if accepted is not None and profile is not None:
        mine = select(_CHAPTERS.c.chapter).where(_CHAPTERS.c.profile == profile, _CHAPTERS.c.watch == watch)
        slugs = connection.execute(mine).scalars().all()
        versions = {slug: queries.versions(connection, profile, slug) for slug in slugs}
    return Recorded(
        seen=seen,
        version=version,
        row=row,
        accepted=accepted,
        versions=versions,
        volatile=_volatile(connection, watch),
    )


def _volatile(connection: Connection, watch: str) -> dict[str, dict[str, datetime]]:
    """What of a watch's page changes of itself: chapter → block → when it last did."""
    found: dict[str, dict[str, datetime]] = {}
    for row in connection.execute(select(_VOLATILE).where(_VOLATILE.c.watch == watch)):
        found.setdefault(row.chapter, {})[row.block] = clock.from_us(row.at)
    return found


def claims(connection: Connection, profile: str, but: str) -> dict[str, str]:
    """The chapters of a profile that stand and are fed by a watch other than `but` that was not removed."""
    asked = (
        select(_CHAPTERS.c.chapter, _CHAPTERS.c.watch)
        .join(_WATCHES, and_(_WATCHES.c.watch == _CHAPTERS.c.watch, _WATCHES.c.state != "removed"))
        .where(_CHAPTERS.c.profile == profile, _CHAPTERS.c.watch != but, _CHAPTERS.c.state == "present")
    )
    return {row.chapter: row.watch for row in connection.execute(asked.order_by(_CHAPTERS.c.chapter))}


def predecessor(connection: Connection, profile: str, but: str) -> str | None:
    """The watch, no longer configured, that fed most of a profile's standing chapters: a new one goes on from it."""
    asked = (
        select(_CHAPTERS.c.watch, func.count().label("chapters"))
        .join(_WATCHES, and_(_WATCHES.c.watch == _CHAPTERS.c.watch, _WATCHES.c.state == "removed"))
        .where(_CHAPTERS.c.profile == profile, _CHAPTERS.c.watch != but, _CHAPTERS.c.state == "present")
        .group_by(_CHAPTERS.c.watch)
    )
    found = sorted(connection.execute(asked), key=lambda row: (-row.chapters, row.watch))
    return found[0].watch if found else None


def standing(recorded: Recorded, chapter_document: Callable[[str], Chapter]) -> Standing:
    """The standing of a watch. chapter_document: reads a recorded chapter by its sha256."""
    row: Any = recorded.row
    if row is None:
        return Standing(watch=recorded.seen.watch, version=recorded.version)
    current = {slug: found[-1] for slug, found in recorded.versions.items() if found and found[-1].ended_at is None}
    return Standing(
        watch=row["watch"],
        version=recorded.version,
        profile=_profile(row),
        publisher=row["read_as"],
        is_closed=recorded.accepted is not None and recorded.accepted.payload.get("is_closed") is True,
        document=_document(recorded.accepted, current, chapter_document),
        marks={slug: _mark(version, recorded.seen.at) for slug, version in current.items()},
        earlier={slug: _earlier(found) for slug, found in recorded.versions.items()},
        recent={slug: tuple(_mark(v, None) for v in found[-RECENT:]) for slug, found in recorded.versions.items()},
        volatile=recorded.volatile,
        read_at=queries.instant(row["read_at"]),
        gone_at=queries.instant(row["gone_at"]),
        body_sha256=recorded.seen.body_sha256,
        text_sha256=recorded.seen.text_sha256,
        validators=recorded.seen.validators,
        suspect=_suspicion(row, recorded.seen.at),
        failures=row["failures"],
        failed_since=recorded.seen.failed_since,
    )


def _row(connection: Connection, watch: str) -> Row | None:
    return get_row(connection, _WATCHES, watch)


def _instant_of(sighting: Mapping[str, Any]) -> datetime:
    return clock.from_us(sighting["seen_at"])


def _profile(row: Any) -> str | None:
    """What the watch's chapters are recorded under: as its pages said when last accepted, else as configured."""
    return (row["read_profile"] or row["profile"]) if row is not None else None


def _document(
    accepted: Event | None, current: Mapping[str, VersionRecord], chapter_document: Callable[[str], Chapter]
) -> Document | None:
    """The chapters in the order of the last accepted snapshot, each as its standing version recorded it.

    The version's document, not the snapshot's: the next comparison is recorded as going from that one.
    """
    if accepted is None:
        return None
    told: Any = accepted.payload
    documents = [
        (current[entry["chapter"]].document_sha256 if entry["chapter"] in current else None) or entry["document_sha256"]
        for entry in told["chapters"]
    ]
    return Document(
        title=told.get("title") or "",
        chapters=tuple(map(chapter_document, documents)),
        warnings=tuple(Warned(*warned) for warned in told["warnings"]),
    )


def _mark(version: VersionRecord, seen_at: datetime | None) -> VersionMark:
    found: date | None = version.document_date
    return VersionMark(
        chapter=version.chapter,
        address=version.address,
        text_sha256=version.text_sha256,
        norm_sha256=version.norm_sha256,
        document_date=found,
        document_sha256=version.document_sha256,
        captured_at=version.captured_at,
        seen_at=max(seen_at, version.captured_at) if seen_at is not None else version.captured_at,
    )


def _earlier(versions: tuple[VersionRecord, ...]) -> dict[str, str]:
    """Comparison hash → address of the latest version before the standing one that had it."""
    return {v.norm_sha256: v.address for v in versions[:-1] if v.norm_sha256 is not None}


def _suspicion(row: Any, seen_at: datetime | None) -> Suspicion | None:
    """The doubt that waits for another look; none where the standing text was seen again since, or where looking again
    settles nothing: what an extractor raises on says no more the second time.
    """
    if row["suspect_position"] is None or row["suspect_reason"] == "unreadable":
        return None
    if seen_at is not None and seen_at > clock.from_us(row["suspect_at"]):
        return None
    return Suspicion(
        position=row["suspect_position"],
        text_sha256=queries.hexed(row["suspect_text_sha256"]) or "",
        reason=row["suspect_reason"],
        since=clock.from_us(row["suspect_since"]),
        agreed=row["suspect_agreed"],
    )
