"""Rows of the views as frozen records, and events as changes. Statements only read.

Not here: what a watch stands on (standing.py), operational tables (outbox.py).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any  # rows of a select, and payloads: JSON data that the fold has read before

from sqlalchemy import Connection, Dialect, Row, Select, Table, bindparam, select

from tracker import clock
from tracker.document.model import Chapter
from tracker.document.salience import salience_of
from tracker.errors import Damaged, NothingRecorded, UsageError
from tracker.events.codec import parse
from tracker.events.looks import WatchState
from tracker.events.types import Change, Event, VersionMark
from tracker.store.leaves import Leafed
from tracker.store.records import (
    ChapterRecord,
    CheckRecord,
    Configured,
    LiarRecord,
    SnapshotRecord,
    VersionRecord,
    WatchRecord,
)
from tracker.store.statements import Prepared
from tracker.store.tables import EVENTS, LOG, VIEWS

_MAX_LISTED = 12  # candidates named in an error
IMPORTED = "imported"  # a flag of changes


def events(
    after: int, stream: str | None, types: Sequence[str] | None, *, newest_first: bool, edge: int | None
) -> Select[Any]:
    """Rows of events beyond `after`; edge: the last position given, when reading goes on."""
    position = EVENTS.c.position
    asked = select(EVENTS).where(EVENTS.c.log_id == LOG, position > after)
    if edge is not None:
        asked = asked.where(position < edge if newest_first else position > edge)
    if stream is not None:
        asked = asked.where(EVENTS.c.stream == stream)
    if types is not None:
        asked = asked.where(EVENTS.c.type.in_(types))
    return asked.order_by(position.desc() if newest_first else position)


def leafs(rows: Iterable[Any]) -> list[Leafed]:
    """Rows of events, typed."""
    return [Leafed(*row) for row in rows]


def event_at(connection: Connection, position: int) -> Event:
    """The event at a position. Raises NothingRecorded."""
    row = connection.execute(select(EVENTS).where(EVENTS.c.log_id == LOG, EVENTS.c.position == position)).one_or_none()
    if row is None:
        raise NothingRecorded(f"There is no event {position}")
    return Leafed(*row).event()


def watches(connection: Connection) -> tuple[WatchRecord, ...]:
    """All watches by name."""
    table = VIEWS["view_watches"]
    return tuple(map(_watch, connection.execute(select(table).order_by(table.c.watch))))


def configured(connection: Connection) -> dict[str, tuple[Configured, WatchState]]:
    """All watches as they were configured last, removed ones too, and whether they are looked at."""
    table = VIEWS["view_watches"].c
    asked = select(table.watch, table.url, table.profile, table.publisher, table.every_s, table.state)
    return {name: (Configured(*facts), state) for name, *facts, state in connection.execute(asked)}


def watch(connection: Connection, name: str) -> WatchRecord:
    """One watch. Raises NothingRecorded."""
    table = VIEWS["view_watches"]
    row = connection.execute(select(table).where(table.c.watch == name)).one_or_none()
    if row is None:
        known = connection.execute(select(table.c.watch).order_by(table.c.watch).limit(_MAX_LISTED)).scalars().all()
        raise NothingRecorded(
            f"No watch is called {name!r}", remedy=f"Watches: {', '.join(known)}" if known else "Add one: tracker add"
        )
    return _watch(row)


def liars(connection: Connection) -> tuple[LiarRecord, ...]:
    """The hosts whose validators lied."""
    table = VIEWS["view_liars"]
    rows = connection.execute(select(table).order_by(table.c.host))
    return tuple(LiarRecord(host=row.host, watch=row.watch, at=clock.from_us(row.at)) for row in rows)


def _watch(row: Row[Any]) -> WatchRecord:
    return WatchRecord(
        watch=row.watch,
        url=row.url,
        profile=row.profile or row.read_profile,
        publisher=row.publisher,
        read_as=row.read_as,
        every_s=row.every_s,
        state=row.state,
        title=row.title,
        added_at=clock.from_us(row.added_at),
        accepted_at=instant(row.accepted_at),
        seen_at=instant(row.seen_at),
        suspect_reason=row.suspect_reason,
        suspect_since=instant(row.suspect_since),
        failed_since=instant(row.failed_since),
        failures=row.failures,
        checks=row.checks,
        last_check_at=instant(row.last_check_at),
        last_outcome=row.last_outcome,
        last_status=row.last_status,
        last_detail=row.last_detail,
        gone_at=instant(row.gone_at),
        moved_to=row.moved_to,
        moved_seen=row.moved_seen,
    )


def checks(connection: Connection, watch: str | None, limit: int | None) -> tuple[CheckRecord, ...]:
    """Checks, newest first."""
    table = VIEWS["view_checks"]
    asked = select(table).order_by(table.c.at.desc(), table.c.position.desc(), table.c.watch, table.c.number.desc())
    if watch is not None:
        asked = asked.where(table.c.watch == watch)
    return tuple(
        CheckRecord(
            watch=row.watch,
            number=row.number,
            at=clock.from_us(row.at),
            outcome=row.outcome,
            status=row.status,
            detail=row.detail,
            body_sha256=hexed(row.body_sha256),
        )
        for row in connection.execute(asked.limit(limit))
    )


def snapshots(
    connection: Connection, watch: str | None, limit: int | None, *, imported: bool
) -> tuple[SnapshotRecord, ...]:
    """Captures, the last recorded first."""
    table = VIEWS["view_snapshots"]
    asked = select(table).order_by(table.c.position.desc())
    if not imported:
        asked = asked.where(table.c.source.is_(None))
    if watch is not None:
        asked = asked.where(table.c.watch == watch)
    return tuple(
        SnapshotRecord(
            position=row.position,
            watch=row.watch,
            captured_at=clock.from_us(row.captured_at),
            status=row.status,
            body_sha256=row.body_sha256.hex(),
            body_bytes=row.body_bytes,
            text_sha256=hexed(row.text_sha256),
            verdict=row.verdict,
            reason=row.reason,
            source=row.source,
        )
        for row in connection.execute(asked.limit(limit))
    )


def chapters(connection: Connection, profile: str | None) -> tuple[ChapterRecord, ...]:
    """Chapters, by profile and slug."""
    table = VIEWS["view_chapters"]
    asked = select(table).order_by(table.c.profile, table.c.chapter)
    if profile is not None:
        asked = asked.where(table.c.profile == profile)
    return tuple(ChapterRecord(**row) for row in connection.execute(asked).mappings())


def versions(connection: Connection, profile: str, chapter: str) -> tuple[VersionRecord, ...]:
    """Versions of a chapter, oldest first."""
    table = VIEWS["view_versions"]
    asked = select(table).where(table.c.profile == profile, table.c.chapter == chapter)
    return tuple(
        VersionRecord(
            profile=row.profile,
            chapter=row.chapter,
            address=row.address,
            title=row.title,
            position=row.position,
            change=row.change,
            watch=row.watch,
            text_sha256=hexed(row.text_sha256),
            norm_sha256=hexed(row.norm_sha256),
            document_sha256=hexed(row.document_sha256),
            document_date=date.fromisoformat(row.document_date) if row.document_date is not None else None,
            captured_at=clock.from_us(row.captured_at),
            recorded_at=clock.from_us(row.recorded_at),
            ended_at=instant(row.ended_at),
            seen_at=instant(row.seen_at),
            previous=(row.previous_chapter, row.previous_address) if row.previous_address is not None else None,
        )
        for row in connection.execute(asked.order_by(table.c.captured_at, table.c.position))
    )


def changes(
    connection: Connection,
    profile: str | None,
    chapter: str | None,
    since: datetime | None,
    limit: int | None,
    *,
    newest_first: bool,
    superseded: bool,
    imported: bool = True,
) -> list[tuple[Event, str]]:
    """The events of changes, each with what is told of it in full."""
    table = VIEWS["view_changes"]
    asked = select(EVENTS, table.c.told).join(table, table.c.position == EVENTS.c.position)
    asked = asked.where(EVENTS.c.log_id == LOG)
    for column, wanted in ((table.c.profile, profile), (table.c.chapter, chapter)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    if since is not None:
        asked = asked.where(table.c.recorded_at >= clock.to_us(since))
    if not superseded:
        asked = asked.where(table.c.superseded_by.is_(None))
    if not imported:
        asked = asked.where(~table.c.flags.contains(IMPORTED))
    asked = asked.order_by(table.c.position.desc() if newest_first else table.c.position).limit(limit)
    return [(Leafed(*row[:-1]).event(), row[-1]) for row in connection.execute(asked)]


def changes_by_id(connection: Connection, ids: Sequence[str]) -> list[tuple[Event, str]]:
    """The events of the changes of these ids, each with what is told of it in full; of one id, the newest."""
    rows: Iterable[Any] = (  # most messages tell one
        _change_by_id(connection.dialect).all(connection, log=LOG, wanted=ids[0])
        if len(ids) == 1
        else connection.execute(_changes_in_full().where(VIEWS["view_changes"].c.id.in_(ids)), {"log": LOG})
    )
    found = {row[-1]: (Leafed(*row[:-2]).event(), row[-2]) for row in rows}
    return list(found.values())


def _changes_in_full() -> Select[Any]:
    table = VIEWS["view_changes"]
    asked = select(EVENTS, table.c.told, table.c.id).join(table, table.c.position == EVENTS.c.position)
    return asked.where(EVENTS.c.log_id == bindparam("log", type_=EVENTS.c.log_id.type)).order_by(table.c.position)


@lru_cache(maxsize=4)
def _change_by_id(dialect: Dialect) -> Prepared:
    column = VIEWS["view_changes"].c.id
    return Prepared(_changes_in_full().where(column == bindparam("wanted", type_=column.type)), dialect)


def change_event(connection: Connection, id_: str) -> tuple[Event, str]:
    """The event of a change, by its id or a unique beginning of it, with what is told of it in full.

    Raises NothingRecorded, UsageError.
    """
    table = VIEWS["view_changes"]
    row = by_id(connection, table, "id", id_, "change", "tracker log")
    return event_at(connection, row.position), row.told


def change(event: Event, told: str, chapter_document: Callable[[str], Chapter]) -> Change:
    """A change as recorded, its edits expanded from the documents of both versions. Raises Damaged."""
    try:
        return _change(event, parse(told.encode()), chapter_document)
    except (KeyError, TypeError, ValueError, IndexError) as wrong:
        raise Damaged(
            f"The change at position {event.position} cannot be read", where=repr(wrong), remedy="Run: tracker verify"
        ) from wrong


def _change(event: Event, told: Any, chapter_document: Callable[[str], Chapter]) -> Change:
    from tracker.compare.stored import expand  # the comparer is loaded only where a change is read

    comparison: Any = event.payload["comparison"]
    before, after = _mark(told["from"]), _mark(told["to"])
    if after is None:
        raise Damaged(f"Change {told['id']} has no version that it leads to", remedy="Run: tracker verify")
    happened_after = clock.from_iso(told["happened_after"]) if told["happened_after"] is not None else None
    documents = [
        chapter_document(mark.document_sha256) if mark is not None and mark.document_sha256 is not None else None
        for mark in (before, after)
    ]
    return Change(
        id=told["id"],
        profile=told["profile"],
        chapter=told["chapter"],
        chapter_title=told["chapter_title"],
        watch=told["watch"],
        before=before,
        after=after,
        happened_after=happened_after,
        not_later_than=clock.from_iso(told["not_later_than"]),
        cause=told["cause"],
        flags=tuple(told["flags"]),
        salience=salience_of(told["salience"]),
        comparison=expand(comparison, documents[0], documents[1]),
        source_url=told["source_url"],
        engine=told["engine"],
        recorded_at=event.recorded_at,
    )


def _mark(told: Any) -> VersionMark | None:
    if told is None:
        return None
    captured_at = clock.from_iso(told["captured_at"])
    return VersionMark(
        chapter=told["chapter"],
        address=told["address"],
        text_sha256=told["text_sha256"],
        norm_sha256=told["norm_sha256"],
        document_date=date.fromisoformat(told["document_date"]) if told["document_date"] is not None else None,
        document_sha256=told["document_sha256"],
        captured_at=captured_at,
        seen_at=captured_at,
    )


def by_id(connection: Connection, table: Table, column: str, id_: str, thing: str, listing: str) -> Row[Any]:
    """The row of an id or of the only id that begins so. One id can stand in several rows: then the newest."""
    named = table.c[column]
    asked = select(table).where(named.startswith(id_, autoescape=True)).order_by(table.c.position.desc())
    found = connection.execute(asked.limit(_MAX_LISTED)).all() if id_ else []
    exact = [row for row in found if row._mapping[column] == id_]
    ids = list(dict.fromkeys(row._mapping[column] for row in found))
    if exact:
        return exact[0]
    if not ids:
        raise NothingRecorded(f"No {thing} is called {id_!r}", remedy=f"See: {listing}")
    if len(ids) > 1:
        raise UsageError(
            f"Several ids begin with {id_!r}", where=", ".join(ids), remedy="Write one digit more, or the whole id"
        )
    return found[0]


def instant(us: int | None) -> datetime | None:
    """The instant of a clock column."""
    return clock.from_us(us) if us is not None else None


def hexed(sha256: bytes | None) -> str | None:
    """A hash column in hex."""
    return sha256.hex() if sha256 is not None else None


def unhex(sha256: str) -> bytes:
    """A hash for a column. Raises NothingRecorded where it is none."""
    try:
        return bytes.fromhex(sha256)
    except ValueError:
        raise NothingRecorded(f"{sha256!r} is no sha256") from None
