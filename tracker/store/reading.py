"""What the store tells: every question that can be asked of it, each answered from one instant of the store.

Reads go through connections that cannot write, and work while another process holds the lock.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, select

from tracker import clock
from tracker.document.codec import chapter_from_json
from tracker.document.model import Chapter
from tracker.errors import Damaged, NothingRecorded
from tracker.events.codec import parse
from tracker.events.looks import WatchState
from tracker.events.types import Change, Event, Standing
from tracker.store import due, outbox, pages, queries, standing
from tracker.store.blobs import Packed, unpacked
from tracker.store.engine import naming, reading_engine
from tracker.store.pages import PageRecord
from tracker.store.records import (
    ChapterRecord,
    CheckRecord,
    Configured,
    DueWatch,
    Head,
    LastSeen,
    LiarRecord,
    Report,
    SnapshotRecord,
    VersionRecord,
    WatchRecord,
)
from tracker.store.statements import get_row, has_body, prepared
from tracker.store.tables import BODIES, HEADS, IDEM, LOG, STREAMS
from tracker.store.telling_store import TellingReader
from tracker.store.verify import verified

_PAGE = 500  # events read at a time
_CHAPTERS_KEPT = 16  # parsed chapter documents, by hash: a changed check reads each several times


class Reader(TellingReader):
    """The reading half of a store. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reading = reading_engine(path)
        self._ahead: dict[str, LastSeen] = {}
        self._chapters: dict[str, Chapter] = {}
        self._chapters_lock = threading.Lock()

    # ------------------------------------------------------------ the log

    def head(self) -> Head:
        """Where the log ends."""
        with self._instant() as connection:
            row = connection.execute(select(HEADS).where(HEADS.c.log_id == LOG)).one()
        at = clock.from_us(row.recorded_at) if row.recorded_at is not None else None
        return Head(position=row.position, root=row.root.hex(), recorded_at=at)

    def events(
        self,
        after: int = 0,
        stream: str | None = None,
        types: Sequence[str] | None = None,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Event]:
        """The events beyond position `after`, in order. Read page by page: what is appended meanwhile may follow."""
        given = 0
        edge: int | None = None
        while limit is None or given < limit:
            size = _PAGE if limit is None else min(_PAGE, limit - given)
            with self._instant() as connection:
                asked = queries.events(after, stream, types, newest_first=newest_first, edge=edge).limit(size)
                page = queries.leafs(connection.execute(asked))
            for leaf in page:
                yield leaf.event()
            given += len(page)
            if len(page) < size:
                return
            edge = page[-1].position

    def event(self, position: int) -> Event:
        """The event at a position. Raises NothingRecorded."""
        with self._instant() as connection:
            return queries.event_at(connection, position)

    def stream_version(self, stream: str) -> int:
        """How many events a stream has."""
        with self._instant() as connection:
            row = get_row(connection, STREAMS, LOG, stream)
        return int(str(row["version"])) if row is not None else 0

    def has_key(self, key: str) -> bool:
        """Whether something is recorded under this idempotency key."""
        with self._instant() as connection:
            return get_row(connection, IDEM, LOG, key) is not None

    # ------------------------------------------------------------ bodies

    def body(self, sha256: str) -> bytes:
        """The bytes of that hash, verified. Raises NothingRecorded, Damaged."""
        with self._instant() as connection:
            get = prepared("get", BODIES, connection.dialect)
            row = get.first(connection, key_sha256=queries.unhex(sha256))
        if row is None:
            raise NothingRecorded(f"No body {sha256} is recorded")
        return unpacked(Packed(*row))

    def has_body(self, sha256: str) -> bool:
        """Whether bytes of that hash are recorded."""
        with self._instant() as connection:
            return has_body(connection, queries.unhex(sha256))

    def chapter_document(self, sha256: str) -> Chapter:
        """The recorded chapter of that hash, with its lineage ids. Raises NothingRecorded, Damaged."""
        with self._chapters_lock:
            known = self._chapters.get(sha256)
        if known is not None:
            return known
        try:
            chapter = chapter_from_json(parse(self.body(sha256)))
        except (ValueError, KeyError, TypeError) as wrong:
            raise Damaged(f"Body {sha256} is no chapter", where=repr(wrong), remedy="Run: tracker verify") from wrong
        with self._chapters_lock:
            self._chapters[sha256] = chapter
            while len(self._chapters) > _CHAPTERS_KEPT:
                del self._chapters[next(iter(self._chapters))]
        return chapter

    # ------------------------------------------------------------ watches

    def watches(self) -> tuple[WatchRecord, ...]:
        """All watches, removed ones too, by name."""
        with self._instant() as connection:
            return queries.watches(connection)

    def configured(self) -> dict[str, tuple[Configured, WatchState]]:
        """All watches as they were configured last, removed ones too, and whether they are looked at."""
        with self._instant() as connection:
            return queries.configured(connection)

    def watch(self, name: str) -> WatchRecord:
        """The watch of that name. Raises NothingRecorded, naming those there are."""
        with self._instant() as connection:
            return queries.watch(connection, name)

    def last_seen(self, watch: str) -> LastSeen:
        """What the next conditional request needs. Of a watch that was never recorded: nothing."""
        ahead = self._ahead.pop(watch, None)
        if ahead is not None:
            return ahead
        with self._instant() as connection:
            return standing.last_seen(connection, watch)

    def read_ahead(self, watches: Sequence[str]) -> None:
        """Read what `last_seen` is about to be asked of these watches, each once, all at once: a tenth of the cost.

        What is written of a watch meanwhile voids it; that its host was caught lying, by another watch, does not.
        """
        with self._instant() as connection:
            self._ahead.update(standing.last_seen_of(connection, watches))

    def forget_ahead(self, watches: Iterable[object]) -> None:
        """What was read ahead of these watches, if anything, is no longer so."""
        for watch in watches:
            self._ahead.pop(watch, None)  # type: ignore[call-overload]  # what is no name is not there

    def standing(self, watch: str) -> Standing:
        """What is recorded of a watch, with its document. Of a watch that was never recorded: nothing."""
        with self._instant() as connection:
            recorded = standing.recorded(connection, watch)
        return standing.standing(recorded, self.chapter_document)

    def inherited(self, standing_: Standing, profile: str) -> Standing:
        """The standing of a watch; where it has none, as it goes on from one that is no longer configured.

        The chapter is the unit of history, not the watch: under another name it goes on, and is no first record.
        """
        if standing_.document is not None:
            return standing_
        with self._instant() as connection:
            heir_of = standing.predecessor(connection, profile, standing_.watch)
            recorded = standing.recorded(connection, heir_of) if heir_of is not None else None
        if recorded is None:
            return standing_
        left = standing.standing(recorded, self.chapter_document)
        return replace(
            standing_,
            profile=profile,
            publisher=left.publisher,
            is_closed=left.is_closed,
            document=left.document,
            marks=left.marks,
            earlier=left.earlier,
        )

    def claims(self, profile: str, *, but: str) -> dict[str, str]:
        """The chapters of a profile that a watch other than `but` feeds: slug → that watch."""
        with self._instant() as connection:
            return standing.claims(connection, profile, but)

    def checks(self, watch: str | None = None, limit: int | None = None) -> tuple[CheckRecord, ...]:
        """Checks that rounds recorded, newest first; of each watch the last hundred."""
        with self._instant() as connection:
            return queries.checks(connection, watch, limit)

    def snapshots(
        self, watch: str | None = None, limit: int | None = None, *, imported: bool = True
    ) -> tuple[SnapshotRecord, ...]:
        """Recorded captures, newest first."""
        with self._instant() as connection:
            return queries.snapshots(connection, watch, limit, imported=imported)

    # ------------------------------------------------------------ chapters, versions, changes

    def chapters(self, profile: str | None = None) -> tuple[ChapterRecord, ...]:
        """All chapters ever recorded, by profile and slug."""
        with self._instant() as connection:
            return queries.chapters(connection, profile)

    def versions(self, profile: str, chapter: str) -> tuple[VersionRecord, ...]:
        """The versions of a chapter, oldest first; none of an unknown one."""
        with self._instant() as connection:
            return queries.versions(connection, profile, chapter)

    def changes(
        self,
        profile: str | None = None,
        chapter: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
        newest_first: bool = True,
        superseded: bool = False,
        imported: bool = True,
    ) -> tuple[Change, ...]:
        """Changes with their edits in full. since: recorded at that instant or later. superseded: those too whose two
        versions are no neighbours any longer, since one was imported between them. imported: those too that no look
        of ours brought.
        """
        with self._instant() as connection:
            found = queries.changes(
                connection,
                profile,
                chapter,
                since,
                limit,
                newest_first=newest_first,
                superseded=superseded,
                imported=imported,
            )
        return tuple(queries.change(event, told, self.chapter_document) for event, told in found)

    def change(self, id: str) -> Change:
        """The change of that id, or of the only id that begins so. Raises NothingRecorded, UsageError."""
        with self._instant() as connection:
            found, told = queries.change_event(connection, id)
        return queries.change(found, told, self.chapter_document)

    # ------------------------------------------------------------ due times

    def due(self, now: datetime, limit: int | None = None) -> tuple[DueWatch, ...]:
        """The watches that are due, the longest waiting first."""
        with self._instant() as connection:
            return due.due(connection, now, limit)

    def waiting(self, now: datetime, limit: int, wanted: Callable[[str, str], bool]) -> tuple[tuple[str, str], ...]:
        """(watch, host) of those that are due and wanted, the longest waiting first."""
        with self._instant() as connection:
            found = (one for one in due.waiting(connection, now) if wanted(*one))
            return tuple(islice(found, limit))

    def due_times(self, watches: Iterable[str] | None = None) -> dict[str, DueWatch]:
        """When these watches, or all active ones, are looked at next, why, and what is known of their pace."""
        with self._instant() as connection:
            return due.of(connection, watches)

    def paces(self) -> Sequence[tuple[str, float, float, int]]:
        """(host, changes, exposure_s, looks) of each active watch that has no interval of its own."""
        with self._instant() as connection:
            return due.paces(connection)

    def host_note(self, origin: str) -> str | None:
        """What is remembered of a host (`scheme://host:port`), as JSON text; None for one that was never asked."""
        with self._instant() as connection:
            return outbox.host_note(connection, origin)

    def host_notes(self) -> tuple[str, ...]:
        """What is remembered of all hosts, as JSON texts."""
        with self._instant() as connection:
            return outbox.host_notes(connection)

    def liars(self) -> tuple[LiarRecord, ...]:
        """The hosts that gave one validator to two texts: their 304s are not asked for."""
        with self._instant() as connection:
            return queries.liars(connection)

    # ------------------------------------------------------------ pages that are not watched

    def pages(self) -> tuple[PageRecord, ...]:
        """Pages that were found listed, or refused, in the order in which they were found."""
        with self._instant() as connection:
            return pages.pages(connection)

    def discovery_note(self, name: str) -> str | None:
        """What discovery remembers under a name."""
        with self._instant() as connection:
            return pages.discovery_note(connection, name)

    def next_due(self) -> datetime | None:
        """When the next watch falls due; None when there is none."""
        with self._instant() as connection:
            return due.first(connection)

    # ------------------------------------------------------------ proof

    def verify(self, progress: Callable[[int, int], None] | None = None) -> Report:
        """Whether everything is as it was recorded. Never raises for damage: it is what the report says."""
        return verified(self._reading, progress)

    @contextmanager
    def _instant(self) -> Iterator[Connection]:
        """A connection that sees one instant of the store, whatever is written meanwhile."""
        with naming(self.path), self._reading.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._reading.dispose()
