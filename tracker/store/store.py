"""The store as its users hold it: reading (reading.py) and writing in one object. Made by `create`, opened by
`open_store`; all methods are listed at the head of the package.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self  # Any: what a transaction gives

from sqlalchemy import Connection, insert, update

from tracker import clock
from tracker.document.canonical import sha256
from tracker.errors import UsageError
from tracker.events.codec import payload_bytes
from tracker.events.merkle import Frontier
from tracker.events.types import Event, NewEvent
from tracker.store import due, pages
from tracker.store.batch import Request
from tracker.store.blobs import Packed, packed
from tracker.store.engine import ProcessLock, database_path, make_file
from tracker.store.reading import Reader
from tracker.store.rebuild import rebuilt
from tracker.store.records import Append, Expected, Operational
from tracker.store.tables import CURSOR, HEADS, LOG, META, OUTBOX
from tracker.store.telling_store import TellingWriter
from tracker.store.upgrade import upgrade
from tracker.store.writer import Stage, Writer

_NOTHING = Operational()
_ANYTHING: Expected = {}


def create(path: str | Path, *, now: Callable[[], datetime] = clock.now) -> Path:
    """Make an empty store at `path` (a file, a folder or a URL); gives its file. Raises UsageError, StoreBusy."""
    file = database_path(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as wrong:
        remedy = "Name a folder that can be made"
        raise UsageError("The store's folder cannot be made", where=str(wrong), remedy=remedy) from wrong
    lock = ProcessLock(file)
    try:
        make_file(file, lambda connection: _fill(connection, now()))
    finally:
        lock.release()
    return file


def open_store(
    url_or_path: str | Path,
    *,
    write: bool,
    now: Callable[[], datetime] = clock.now,
    on_stage: Stage | None = None,
) -> "Store":
    """Open a store. write: as the one process that writes it, under its lock.

    on_stage: called in the writer's thread with `before_commit` and `after_commit` of every transaction that
    holds an append; callers are answered after the latter.
    Raises NoStore, StoreBusy (naming the holder's pid), Damaged, UsageError (a newer release wrote it).
    """
    return Store(database_path(url_or_path), write=write, now=now, on_stage=on_stage)


class Store(Reader, TellingWriter):
    """A log of events with all that is folded from it. Thread-safe; close it, or use it as a context manager."""

    def __init__(self, path: Path, *, write: bool, now: Callable[[], datetime], on_stage: Stage | None) -> None:
        if write:
            upgrade(path, now)
        super().__init__(path)
        self._now = now
        self._lock: ProcessLock | None = None
        self._writing: Writer | None = None
        if write:
            self._lock = ProcessLock(path)
            try:
                self._writing = Writer(path, now, on_stage)
                self._writing.alone(_begin_epoch)
            except BaseException:
                self.close()
                raise

    def append(
        self,
        events: Sequence[NewEvent],
        *,
        key: str,
        expected: Expected = _ANYTHING,
        bodies: Iterable[bytes] = (),
        operational: Operational = _NOTHING,
    ) -> tuple[Event, ...]:
        """Record events, all or nothing, with their bodies, views and deliveries; return after COMMIT.

        key: idempotency key, kept for ever: the same key with the same events gives the events that it recorded.
        expected: stream → version that it must have (0: no event yet) or ANY. bodies: plain bytes.
        Raises Conflict, KeyReused, ValueError (a payload or a body that cannot stand), StoreFull, Damaged.
        """
        writer = self._writer()
        if not events or not key:
            raise ValueError("an append takes at least one event, and a key")
        request = Request(
            events=tuple(events),
            payloads=tuple(map(payload_bytes, events)),
            key=key,
            expected=expected,
            bodies=self._packed(bodies),
            operational=operational,
        )
        appended = writer.share(lambda batch: batch.append(request))
        self.forget_ahead(event.payload.get("watch") for event in events)
        self.forget_ahead(operational.seen)
        return appended

    def begin_append(self, events: Sequence[NewEvent], *, key: str) -> "Future[tuple[Event, ...]]":
        """Record events without bodies, as `append` does, while the caller goes on: the answer comes after COMMIT."""
        request = Request(
            events=tuple(events), payloads=tuple(map(payload_bytes, events)), key=key, expected=_ANYTHING, bodies={}
        )
        return self._writer().begin(lambda batch: batch.append(request))

    def append_each(self, appends: Iterable[Append]) -> tuple[Event, ...]:
        """Record many appends, each as `append` does, in their order and in one transaction.

        Raises what the first refused one raises; those before it are recorded then, as if each had been alone.
        """
        writer = self._writer()
        requests = [
            Request(
                events=one.events,
                payloads=tuple(map(payload_bytes, one.events)),
                key=one.key,
                expected=one.expected,
                bodies=self._packed(one.bodies),
            )
            for one in appends
        ]
        return writer.share(lambda batch: tuple(event for request in requests for event in batch.append(request)))

    def operate(self, operational: Operational) -> None:
        """Write due times and sightings, without an event."""
        self._writer().share(lambda batch: batch.operate(operational))
        self.forget_ahead(operational.seen)

    def set_due(self, watch: str, due_at: datetime) -> None:
        """Look at an active watch next at that instant."""
        self.operate(Operational(due={watch: due_at}))

    def set_clock_back(self, by: timedelta) -> None:
        """The clock was set back by so much: all that was to come moves with it."""
        self._writer().alone(lambda connection: due.set_back(connection, by // timedelta(microseconds=1)))
        self.hold_all(self._now())

    def pull_due_back(self, now: datetime) -> int:
        """Bring near what was put off by a clock that was ahead of this one; gives how many watches that was."""
        return self._writer().alone(lambda connection: due.pull_back(connection, now))

    def keep_host_notes(self, notes: Mapping[str, str]) -> None:
        """Remember these of hosts, by origin, without an event."""
        self._writer().share(lambda batch: batch.note_hosts(notes))

    def keep_discovery_notes(self, notes: Mapping[str, str]) -> None:
        """Remember these texts, each under its name, without an event."""

        def keep(connection: Connection) -> None:
            for name, note in notes.items():
                pages.keep_discovery_note(connection, name, note)

        self._writer().alone(keep)

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Fold the log anew into the views and make due times and outbox fit; gives how many events there are."""
        return self._writer().alone(lambda connection: rebuilt(connection, self._now(), progress))

    def close(self) -> None:
        """Write what waits, close everything, and let another process write."""
        super().close()
        if self._writing is not None:
            self._writing.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _alone(self, work: Callable[[Connection], Any]) -> Any:  # Any: what the work gives
        return self._writer().alone(work)

    def begin_freeze(self, bodies: Mapping[str, bytes], kind: str) -> "Future[Mapping[str, bytes]]":
        """Keep the bodies of deliveries while the caller goes on: of each the first one that was kept is given back.

        What is not owed is missing in the answer.
        """
        return self._writer().begin(lambda batch: batch.freeze(bodies, kind), is_append=False)

    def _writer(self) -> Writer:
        if self._writing is None:
            raise UsageError(
                "The store is open for reading only", where=str(self.path), remedy="Open it with write=True"
            )
        return self._writing

    def _packed(self, bodies: Iterable[bytes]) -> Mapping[bytes, Packed]:
        """The bodies ready to be kept, compressed in the caller's thread; those that are recorded are left out."""
        named = {sha256(body): body for body in bodies}
        return {bytes.fromhex(name): packed(body) for name, body in named.items() if not self.has_body(name)}


def _fill(connection: Connection, now: datetime) -> None:
    empty = Frontier()
    head = {"log_id": LOG, "position": 0, "frontier": empty.to_bytes(), "root": empty.root(), "epoch": 0}
    connection.execute(insert(HEADS).values(**head, recorded_at=None))
    connection.execute(insert(CURSOR).values(log_id=LOG, position=0))
    connection.execute(insert(META).values(name="created_at", value=clock.iso(now)))


def _begin_epoch(connection: Connection) -> None:
    """Count this opening: it proves that the store can be written before anything depends on it.

    What the last process had leased is nobody's: one process writes a store, and that is now us.
    """
    connection.execute(update(HEADS).where(HEADS.c.log_id == LOG).values(epoch=HEADS.c.epoch + 1))
    connection.execute(update(OUTBOX).values(lease_until=None))
