"""What of an event is hashed, and how a row becomes an event. The formula of this module can never change.

    payload_sha256 = SHA-256(salt ‖ payload)                                   salt: 16 random bytes
    leaf           = SHA-256(0x00 ‖ columns ‖ payload_sha256)
    columns        = the canonical JSON of an object with these members, integers where not said otherwise:
        captured_at    µs since 1970 UTC: last byte of the capture; left out where there is none
        key            text: the idempotency key under which the event was appended
        log            1
        position       1, 2, 3 … over the whole log
        recorded_at    µs since 1970 UTC; never less than the event's before
        schema         version of the payload's shape
        stream         text
        type           text
        version        1, 2, 3 … within the stream

A member whose column is NULL is left out. So a later release may add a column: events without it hash as ever.
payload is the canonical JSON of the event's payload, byte for byte as stored. The leaves in order of position are the
Merkle tree of RFC 6962 (events/merkle.py); its root stands in the head row.
"""

from typing import NamedTuple

from tracker import clock
from tracker.errors import Damaged
from tracker.events import merkle
from tracker.events.codec import UPCASTERS, canonical, parse
from tracker.events.types import Event, NewEvent
from tracker.store.tables import LOG


class Leafed(NamedTuple):
    """A row of `events`, in the order of its columns: a tuple, since one is made and written for every event.

    Times in µs; payload and salt None once erased.
    """

    log_id: int
    position: int
    stream: str
    version: int
    type: str
    schema_version: int
    key: str
    captured_at: int | None
    recorded_at: int
    payload_sha256: bytes
    leaf: bytes
    salt: bytes | None
    payload: bytes | None

    def leaf_now(self) -> bytes:
        """The leaf that the columns give as they stand: equal to `leaf` unless something was altered."""
        columns = _columns(
            self.log_id, self.position, self.stream, self.version, self.type, self.schema_version, self.key,
            self.captured_at, self.recorded_at,
        )  # fmt: skip
        return merkle.leaf(columns, self.payload_sha256)

    def payload_is_whole(self) -> bool:
        """Whether payload and salt are those that were hashed, or both were erased."""
        if self.payload is None or self.salt is None:
            return self.payload is None and self.salt is None
        return merkle.payload_sha256(self.salt, self.payload) == self.payload_sha256

    def event(self) -> Event:
        """The event, its payload in the newest version. Raises Damaged where the payload cannot be read."""
        payload: object = {}
        if self.payload is not None:
            try:
                payload = parse(self.payload)
            except ValueError as wrong:
                raise Damaged(
                    f"The payload of event {self.position} is not JSON", where=str(wrong), remedy="Run: tracker verify"
                ) from wrong
        if not isinstance(payload, dict):
            raise Damaged(f"The payload of event {self.position} is no object", remedy="Run: tracker verify")
        schema, newest = UPCASTERS.newest(self.type, self.schema_version, payload)
        return Event(
            position=self.position,
            stream=self.stream,
            version=self.version,
            type=self.type,
            schema=schema,
            captured_at=clock.from_us(self.captured_at) if self.captured_at is not None else None,
            recorded_at=clock.from_us(self.recorded_at),
            payload=newest,
        )


def leafed(
    new: NewEvent, payload: bytes, salt: bytes, *, position: int, version: int, key: str, recorded_at: int
) -> Leafed:
    """The row that records a new event. payload: its canonical JSON. salt: 16 random bytes. recorded_at: µs."""
    hashed = merkle.payload_sha256(salt, payload)
    captured_at = clock.to_us(new.captured_at) if new.captured_at is not None else None
    columns = _columns(LOG, position, new.stream, version, new.type, new.schema, key, captured_at, recorded_at)
    return Leafed(
        LOG, position, new.stream, version, new.type, new.schema, key, captured_at, recorded_at,
        hashed, merkle.leaf(columns, hashed), salt, payload,
    )  # fmt: skip


def _columns(
    log_id: int, position: int, stream: str, version: int, type_: str, schema: int, key: str,
    captured_at: int | None, recorded_at: int,
) -> bytes:  # fmt: skip
    members: dict[str, object] = {
        "key": key,
        "log": log_id,
        "position": position,
        "recorded_at": recorded_at,
        "schema": schema,
        "stream": stream,
        "type": type_,
        "version": version,
    }
    if captured_at is not None:
        members["captured_at"] = captured_at
    return canonical(members)
