"""What the folds of the views share: the effects that they ask for, and how values of payloads are read. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any  # payloads are JSON data
from urllib.parse import urlsplit

from tracker import clock
from tracker.store.rows import Row, Rows


@dataclass(frozen=True, slots=True)
class Owe:
    """A delivery is owed. due_at: 0 for at once, whatever the clock says: it may have been set back since."""

    delivery: str
    channel: str
    profile: str
    position: int
    ordinal: int
    due_at: int


@dataclass(frozen=True, slots=True)
class Retry:
    """A delivery is tried again later. is_anew: it is to be rendered anew."""

    delivery: str
    due_at: int
    is_anew: bool = False


@dataclass(frozen=True, slots=True)
class Settle:
    """A delivery is owed no longer. is_dead: it was given up; its message is kept, to be sent again if asked for."""

    delivery: str
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """A watch is to be looked at, from `due_at` on. is_other_page: what was remembered of its page is void."""

    watch: str
    host: str
    due_at: int
    is_other_page: bool


@dataclass(frozen=True, slots=True)
class Unschedule:
    """A watch is looked at no longer."""

    watch: str


@dataclass(frozen=True, slots=True)
class Hold:
    """An alert waits to be told, and is looked at from `due_at` on; 0: at once."""

    alert: str
    due_at: int


@dataclass(frozen=True, slots=True)
class Release:
    """An alert waits no longer."""

    alert: str


Effect = Owe | Retry | Settle | Schedule | Unschedule | Hold | Release
Payload = Mapping[str, Any]


def watch_row(watch: str, rows: Rows) -> Row:
    """The row of a watch. Raises ValueError where there is none."""
    row = rows.get("view_watches", watch)
    if row is None:
        raise ValueError(f"there is no watch {watch!r}")
    return row


def us(instant: str) -> int:
    """An instant in microseconds."""
    return clock.to_us(clock.from_iso(instant))


def unhex(sha256: str | None) -> bytes | None:
    """The bytes of a hash written in hex."""
    return bytes.fromhex(sha256) if sha256 is not None else None


TOLD = ("chapter", "address", "document_date", "title", "url")
HASHES = ("text_sha256", "norm_sha256", "document_sha256")


def hashes(entry: Payload) -> Row:
    """The hashes of a version, as columns."""
    return {name: unhex(entry[name]) for name in HASHES}


def count(value: object) -> int:
    """A number that a row or payload holds. Raises TypeError for what is none."""
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no count")
    return value


def latest(before: object, at: int) -> int:
    """The later of two instants, of which the first may be unknown."""
    return at if before is None else max(count(before), at)


def host_of(url: str) -> str:
    """The host that an address is asked at."""
    return urlsplit(url).netloc.lower()
