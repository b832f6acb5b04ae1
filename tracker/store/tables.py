"""Every table of the store, as definitions only: a table class checks nothing when it is made, so nothing is made
of them; rows travel as tuples and plain dicts between the statements and the frozen types.

Three kinds of tables: the log (`heads`, `streams`, `events`, `idem`, `bodies`), which is the record; views (`view_*`;
view_tables.py, telling_tables.py), wholly derived from the events; and operational ones (`due`, `watch_state`,
`outbox`, `held` …), whose loss loses no fact. Columns: columns.py.
"""

from sqlalchemy import REAL, Index, Table, Text, UniqueConstraint
from sqlmodel import Field

from tracker.store import telling_tables, view_tables
from tracker.store.columns import BYTES, INT, LOG, STRICT, Rows

# ---------------------------------------------------------------- the log


class HeadRow(Rows, table=True):
    """Where a log ends: the one row that every append locks. epoch: counts the openings for writing."""

    __tablename__ = "heads"
    __table_args__ = (STRICT,)
    log_id: int = Field(sa_type=INT, primary_key=True)
    position: int = Field(sa_type=INT)
    frontier: bytes = Field(sa_type=BYTES)
    root: bytes = Field(sa_type=BYTES)
    recorded_at: int | None = Field(sa_type=INT)
    epoch: int = Field(sa_type=INT)


class StreamRow(Rows, table=True):
    """How many events a stream has."""

    __tablename__ = "streams"
    __table_args__ = (STRICT,)
    log_id: int = Field(sa_type=INT, primary_key=True)
    stream: str = Field(sa_type=Text, primary_key=True)
    version: int = Field(sa_type=INT)


class EventRow(Rows, table=True):
    """An event: what it says is hashed as store/leaves.py tells. payload and salt: NULL only once erased."""

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("log_id", "stream", "version"), STRICT)
    log_id: int = Field(sa_type=INT, primary_key=True)
    position: int = Field(sa_type=INT, primary_key=True)
    stream: str = Field(sa_type=Text)
    version: int = Field(sa_type=INT)
    type: str = Field(sa_type=Text)
    schema_version: int = Field(sa_type=INT)
    key: str = Field(sa_type=Text)
    captured_at: int | None = Field(sa_type=INT)
    recorded_at: int = Field(sa_type=INT)
    payload_sha256: bytes = Field(sa_type=BYTES)
    leaf: bytes = Field(sa_type=BYTES)
    salt: bytes | None = Field(sa_type=BYTES)
    payload: bytes | None = Field(sa_type=BYTES)


class IdemRow(Rows, table=True):
    """An idempotency key, for ever: the events that were recorded under it, `size` of them from `position` on."""

    __tablename__ = "idem"
    __table_args__ = (STRICT,)
    log_id: int = Field(sa_type=INT, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    position: int = Field(sa_type=INT)
    size: int = Field(sa_type=INT)


class BodyRow(Rows, table=True):
    """Bytes by their SHA-256. size: of the plain bytes. encoding: `zstd`. base: body that `data` is a delta of."""

    __tablename__ = "bodies"
    __table_args__ = (STRICT,)
    sha256: bytes = Field(sa_type=BYTES, primary_key=True)
    size: int = Field(sa_type=INT)
    encoding: str = Field(sa_type=Text)
    base: bytes | None = Field(sa_type=BYTES)
    data: bytes | None = Field(sa_type=BYTES)


class MetaRow(Rows, table=True):
    """What is known of the store itself: which release made it, when."""

    __tablename__ = "meta"
    __table_args__ = (STRICT,)
    name: str = Field(sa_type=Text, primary_key=True)
    value: str = Field(sa_type=Text)


# ---------------------------------------------------------------- operational


class DueRow(Rows, table=True):
    """When an active watch is looked at next, why then (for a person), and what its looks taught (records.Learned).

    set_at: when that was decided; a later instant than now shows a clock that was set back.
    """

    __tablename__ = "due"
    __table_args__ = (Index("due_by_time", "due_at", "host"), STRICT)
    watch: str = Field(sa_type=Text, primary_key=True)
    host: str = Field(sa_type=Text)
    due_at: int = Field(sa_type=INT)
    set_at: int | None = Field(sa_type=INT)
    why: str = Field(sa_type=Text)
    changes: float = Field(sa_type=REAL)
    exposure_s: float = Field(sa_type=REAL)
    looks: int = Field(sa_type=INT)
    counted_at: int | None = Field(sa_type=INT)
    run_looks: int = Field(sa_type=INT)
    run_changes: int = Field(sa_type=INT)
    run_expected: float = Field(sa_type=REAL)


class WatchStateRow(Rows, table=True):
    """What the last sighting of the standing text refreshed. twice_at: when the page was last read twice at once."""

    __tablename__ = "watch_state"
    __table_args__ = (STRICT,)
    watch: str = Field(sa_type=Text, primary_key=True)
    seen_at: int = Field(sa_type=INT)
    etag: str | None = Field(sa_type=Text)
    last_modified: str | None = Field(sa_type=Text)
    vary: str | None = Field(sa_type=Text)
    variant: str | None = Field(sa_type=Text)
    body_sha256: bytes | None = Field(sa_type=BYTES)
    twice_at: int | None = Field(sa_type=INT)


class HostRow(Rows, table=True):
    """What is remembered of a host for manners: JSON of a HostNote. origin: scheme://host:port."""

    __tablename__ = "hosts"
    __table_args__ = (STRICT,)
    origin: str = Field(sa_type=Text, primary_key=True)
    note: str = Field(sa_type=Text)


class DiscoveryRow(Rows, table=True):
    """What discovery remembers of a place that lists pages, of a host, of a publisher (watch/hints.py)."""

    __tablename__ = "discovery"
    __table_args__ = (STRICT,)
    name: str = Field(sa_type=Text, primary_key=True)
    note: str = Field(sa_type=Text)


class OutboxRow(Rows, table=True):
    """A delivery that is still owed: when it is due, who works on it until when, and its body once it is frozen.

    kind: of channel that the body was rendered for.
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("outbox_in_order", "channel", "profile", "position", "ordinal"), STRICT)
    delivery: str = Field(sa_type=Text, primary_key=True)
    channel: str = Field(sa_type=Text)
    profile: str = Field(sa_type=Text)
    position: int = Field(sa_type=INT)
    ordinal: int = Field(sa_type=INT)
    due_at: int = Field(sa_type=INT)
    lease_until: int | None = Field(sa_type=INT)
    body: bytes | None = Field(sa_type=BYTES)
    kind: str | None = Field(sa_type=Text)


class HeldRow(Rows, table=True):
    """An alert that is not told yet, and when it is to be looked at next."""

    __tablename__ = "held"
    __table_args__ = (Index("held_by_time", "due_at"), STRICT)
    alert: str = Field(sa_type=Text, primary_key=True)
    due_at: int = Field(sa_type=INT)


class DeadRow(Rows, table=True):
    """The message of a delivery that was given up, as it was tried, and the kind of channel that it was made for."""

    __tablename__ = "dead_letters"
    __table_args__ = (STRICT,)
    delivery: str = Field(sa_type=Text, primary_key=True)
    body: bytes = Field(sa_type=BYTES)
    kind: str | None = Field(sa_type=Text)


assert telling_tables and view_tables  # importing them defines their tables
metadata = Rows.metadata
TABLES: dict[str, Table] = dict(metadata.tables)
VIEWS: dict[str, Table] = {
    name: table for name, table in TABLES.items() if name.startswith("view_") and name != "view_cursor"
}
HEADS, STREAMS, EVENTS, IDEM, BODIES, META = (
    TABLES[name] for name in ("heads", "streams", "events", "idem", "bodies", "meta")
)
CURSOR, DUE, WATCH_STATE, HOSTS, DISCOVERY, OUTBOX, HELD, DEAD = (
    TABLES[name]
    for name in ("view_cursor", "due", "watch_state", "hosts", "discovery", "outbox", "held", "dead_letters")
)

__all__ = [
    "BODIES", "CURSOR", "DEAD", "DISCOVERY", "DUE", "EVENTS", "HEADS", "HELD", "HOSTS", "IDEM", "LOG", "META", "OUTBOX",
    "STREAMS", "TABLES", "VIEWS", "WATCH_STATE", "metadata",
]  # fmt: skip
