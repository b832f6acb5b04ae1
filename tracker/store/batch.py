"""One transaction of the writer: the appends that share it, each whole or not at all.

Everything that can refuse an append is decided here before anything of it is written, so that one that is refused
leaves the others alone. Not here: threads and commits (writer.py), what an event does to views (views.py).
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from tracker import clock
from tracker.errors import Conflict, Damaged, KeyReused
from tracker.events import merkle
from tracker.events.merkle import Frontier
from tracker.events.types import Event, NewEvent
from tracker.store import outbox
from tracker.store.blobs import Packed
from tracker.store.folding import Effect
from tracker.store.leaves import Leafed, leafed
from tracker.store.records import ANY, AnyVersion, Operational
from tracker.store.statements import has_body, names, prepared, stream_versions, view_rows, write_views
from tracker.store.tables import BODIES, CURSOR, EVENTS, HEADS, IDEM, LOG, STREAMS
from tracker.store.views import fold, named_bodies

_EVENT_NAMES = names(EVENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An append as its caller made it ready. payloads: canonical JSON of each event. bodies: by sha256."""

    events: tuple[NewEvent, ...]
    payloads: tuple[bytes, ...]
    key: str
    expected: Mapping[str, int | AnyVersion]
    bodies: Mapping[bytes, Packed]
    operational: Operational = field(default_factory=Operational)


@dataclass(slots=True)
class _Staged:
    """What an append will write, once it is sure that it will be written."""

    leafs: list[Leafed]
    events: tuple[Event, ...]
    versions: dict[str, int]
    bodies: dict[bytes, Packed]
    effects: list[Effect]


class Batch:
    """The transaction under way. Made after BEGIN; `flush` writes everything before COMMIT."""

    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self._connection, self._now = connection, now
        # The head row is what every append locks: on SQLite the whole file is ours already.
        head = prepared("lock", HEADS, connection.dialect).first(connection, key_log_id=LOG)
        if head is None:
            raise Damaged("The log has no head", remedy="Restore a backup; see: tracker verify")
        _, self._position, frontier, _, recorded_at, self._epoch = head
        self._recorded_at: int = recorded_at or 0
        self._frontier = _frontier(frontier, self._position)
        self._rows = view_rows(connection)
        self._leafs: list[Leafed] = []
        self._keys: dict[str, Request] = {}
        self._recorded: dict[str, tuple[Event, ...]] = {}
        self._idem: list[dict[str, object]] = []
        self._versions: dict[str, int] = {}
        self._new_streams: set[str] = set()
        self._bodies: dict[bytes, Packed] = {}
        self._effects: list[Effect] = []
        self._operational: list[Operational] = []
        self._hosts: dict[str, str] = {}

    def append(self, request: Request) -> tuple[Event, ...]:
        """Take an append in. Raises Conflict, KeyReused or ValueError, and then nothing of it is taken in."""
        earlier = self._earlier(request)
        if earlier is not None:
            self._operational.append(request.operational)
            return earlier
        self._learn((*request.expected, *(event.stream for event in request.events)))
        self._expect(request.expected)
        staged = self._staged(request)
        self._settle(request, staged)
        return staged.events

    def operate(self, operational: Operational) -> None:
        """Take operational updates in."""
        self._operational.append(operational)

    def freeze(self, bodies: Mapping[str, bytes], kind: str) -> dict[str, bytes]:
        """Keep the bodies of deliveries, now; of each the first one that was kept is given back, of those owed."""
        return outbox.freeze(self._connection, bodies, kind)

    def note_hosts(self, notes: Mapping[str, str]) -> None:
        """Take in what is to be remembered of hosts."""
        self._hosts |= notes

    def flush(self) -> None:
        """Write everything, in a constant number of statements for each table."""
        connection, dialect = self._connection, self._connection.dialect
        if self._leafs:
            prepared("insert", EVENTS, dialect).run_tuples(connection, self._leafs, _EVENT_NAMES)
            self._write_streams()
            prepared("insert", IDEM, dialect).run_each(connection, self._idem)
            kept = [
                {"sha256": b.sha256, "size": b.size, "encoding": b.encoding, "base": b.base, "data": b.data}
                for b in self._bodies.values()
            ]
            prepared("insert", BODIES, dialect).run_each(connection, kept)
            frontier = self._frontier.grown(leaf.leaf for leaf in self._leafs)
            head = {
                "key_log_id": LOG,
                "position": self._position,
                "frontier": frontier.to_bytes(),
                "root": frontier.root(),
                "recorded_at": self._recorded_at,
                "epoch": self._epoch,
            }
            prepared("update", HEADS, dialect).run_each(connection, [head])
            prepared("update", CURSOR, dialect).run_each(connection, [head])
            write_views(connection, self._rows)
            outbox.carry_out(connection, self._effects)
        for operational in self._operational:
            outbox.operate(connection, operational)
        for origin, note in self._hosts.items():
            outbox.keep_host_note(connection, origin, note)

    def _earlier(self, request: Request) -> tuple[Event, ...] | None:
        """What was recorded under the request's key before, if anything. Raises KeyReused where it was another."""
        if request.key in self._keys:
            before = self._keys[request.key]
            same = [_told(e, p) for e, p in zip(before.events, before.payloads, strict=True)]
            events = self._recorded[request.key]
        else:
            get = prepared("get", IDEM, self._connection.dialect)
            found = get.first(self._connection, key_log_id=LOG, key_key=request.key)
            if found is None:
                return None
            _, _, first, count = found
            rows = self._connection.execute(
                select(EVENTS)
                .where(EVENTS.c.log_id == LOG, EVENTS.c.position.between(first, first + count - 1))
                .order_by(EVENTS.c.position)
            )
            leafs = [Leafed(*row) for row in rows]
            same = [(leaf.stream, leaf.type, leaf.schema_version, leaf.captured_at, leaf.payload) for leaf in leafs]
            events = tuple(leaf.event() for leaf in leafs)
        asked = [_told(e, p) for e, p in zip(request.events, request.payloads, strict=True)]
        if asked != same:
            raise KeyReused(
                "This idempotency key was recorded with other events",
                where=f"{request.key} at position {events[0].position}",
                remedy="Use a key of its own for each request",
            )
        return events

    def _expect(self, expected: Mapping[str, int | AnyVersion]) -> None:
        for stream, version in expected.items():
            if version is not ANY and (found := self._versions[stream]) != version:
                raise Conflict(
                    f"Stream {stream} is at version {found}, not {version}",
                    remedy="Somebody else wrote first: read what is recorded now, and decide again",
                )

    def _learn(self, streams: Iterable[str]) -> None:
        """Look up the versions of streams that this transaction did not meet yet."""
        unknown = [s for s in dict.fromkeys(streams) if s not in self._versions]
        if unknown:
            found = stream_versions(self._connection, unknown)
            self._versions |= {stream: found.get(stream, 0) for stream in unknown}
            self._new_streams |= {stream for stream in unknown if stream not in found}

    def _staged(self, request: Request) -> _Staged:
        bodies = self._unknown_bodies(request)
        recorded_at = max(self._recorded_at, clock.to_us(self._now()))
        versions: dict[str, int] = {}
        leafs: list[Leafed] = []
        events: list[Event] = []
        effects: list[Effect] = []
        instant = clock.from_us(recorded_at)
        random = os.urandom(merkle.SALT_BYTES * len(request.events))
        salts = [random[at : at + merkle.SALT_BYTES] for at in range(0, len(random), merkle.SALT_BYTES)]
        try:
            for new, payload, salt in zip(request.events, request.payloads, salts, strict=True):
                position = self._position + len(leafs) + 1
                version = versions[new.stream] = (versions.get(new.stream) or self._versions[new.stream]) + 1
                leafs.append(
                    leafed(
                        new, payload, salt, position=position, version=version, key=request.key, recorded_at=recorded_at
                    )
                )
                event = Event(
                    position=position,
                    stream=new.stream,
                    version=version,
                    type=new.type,
                    schema=new.schema,
                    captured_at=new.captured_at,
                    recorded_at=instant,
                    payload=new.payload,
                )
                effects += fold(event, self._rows)
                events.append(event)
        except BaseException:
            self._rows.discard()
            raise
        return _Staged(leafs, tuple(events), versions, bodies, effects)

    def _unknown_bodies(self, request: Request) -> dict[bytes, Packed]:
        """The bodies of the request that are new. Raises ValueError where an event names one that is nowhere."""
        named: dict[bytes, str] = {}
        for event in request.events:
            try:
                named |= {bytes.fromhex(sha256): event.type for sha256 in named_bodies(event.type, event.payload)}
            except (KeyError, TypeError) as wrong:
                raise ValueError(f"the payload of {event.type} cannot be read: {wrong!r}") from wrong
        unknown: dict[bytes, Packed] = {}
        for sha256 in {**named, **dict.fromkeys(request.bodies)}:
            if sha256 in self._bodies or has_body(self._connection, sha256):
                continue
            if sha256 not in request.bodies:
                raise ValueError(f"{named[sha256]} names body {sha256.hex()}, which is neither recorded nor handed in")
            unknown[sha256] = request.bodies[sha256]
        return unknown

    def _settle(self, request: Request, staged: _Staged) -> None:
        first = self._position + 1
        self._position += len(staged.leafs)
        self._recorded_at = staged.leafs[-1].recorded_at
        self._rows.settle()
        self._leafs += staged.leafs
        self._versions |= staged.versions
        self._bodies |= staged.bodies
        self._effects += staged.effects
        self._keys[request.key] = request
        self._recorded[request.key] = staged.events
        self._idem.append({"log_id": LOG, "key": request.key, "position": first, "size": len(staged.leafs)})
        self._operational.append(request.operational)

    def _write_streams(self) -> None:
        touched = dict.fromkeys(leaf.stream for leaf in self._leafs)
        new = [s for s in touched if s in self._new_streams]
        old = [s for s in touched if s not in self._new_streams]
        dialect = self._connection.dialect
        prepared("insert", STREAMS, dialect).run_each(
            self._connection, [{"log_id": LOG, "stream": s, "version": self._versions[s]} for s in new]
        )
        prepared("update", STREAMS, dialect).run_each(
            self._connection, [{"key_log_id": LOG, "key_stream": s, "version": self._versions[s]} for s in old]
        )


def _told(event: NewEvent, payload: bytes) -> tuple[object, ...]:
    captured_at = clock.to_us(event.captured_at) if event.captured_at is not None else None
    return event.stream, event.type, event.schema, captured_at, payload


def _frontier(data: bytes, position: int) -> Frontier:
    try:
        frontier = Frontier.from_bytes(data)
    except ValueError as wrong:
        raise Damaged("The head of the log is damaged", where=str(wrong), remedy="Run: tracker verify") from wrong
    if frontier.size != position:
        where = f"frontier of {frontier.size} events, position {position}"
        raise Damaged("The head of the log is damaged", where=where, remedy="Run: tracker verify")
    return frontier
