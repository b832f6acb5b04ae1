"""What the store tells its readers, as frozen values: watches, versions, checks, snapshots, heads. Pure.

Types that other rooms make or take stand in events/types.py; these are only read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Final, Literal

from tracker.events.types import Outcome, Validators, VerdictKind, WatchState

ChapterState = Literal["present", "gone", "renamed"]


class AnyVersion(Enum):
    """Expected by an append that takes a stream at whatever version it is."""

    ANY = "any"


ANY: Final = AnyVersion.ANY
Expected = Mapping[str, int | AnyVersion]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the log ends. position: of its last event, 0 when empty. root: Merkle root, 64 hex digits."""

    position: int
    root: str
    recorded_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchRecord:
    """A watch, as configured and as it went. failures: failed checks in a row. checks: all that rounds recorded.

    profile: as configured, else as its pages say. publisher: as configured; read_as: as its pages were last read.
    seen_at: the last check that still saw the standing text. failed_since: None while it answers.
    """

    watch: str
    url: str
    profile: str | None
    publisher: str | None
    read_as: str | None
    every_s: int | None
    state: WatchState
    title: str | None
    added_at: datetime
    accepted_at: datetime | None
    seen_at: datetime | None
    suspect_reason: str | None
    suspect_since: datetime | None
    failed_since: datetime | None
    failures: int
    checks: int
    last_check_at: datetime | None
    last_outcome: Outcome | None
    last_status: int | None
    last_detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSeen:
    """What the next conditional request needs, cheaply: no document is read for it.

    at: the last check that saw the standing text. body_sha256: of the bytes last seen with that text.
    failed_since: None while it answers.
    """

    watch: str
    at: datetime | None
    failed_since: datetime | None
    body_sha256: str | None
    text_sha256: str | None
    validators: Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterRecord:
    """A chapter that was ever recorded. address: of its newest version. watch: which feeds it."""

    profile: str
    chapter: str
    title: str
    watch: str
    state: ChapterState
    address: str
    versions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """A version of a chapter. text_sha256 and what hangs on it: None where the chapter was gone.

    ended_at: capture instant of the version that followed; None while it stands. previous: (chapter, address) of the
    version before, of another chapter after a renaming.
    """

    profile: str
    chapter: str
    address: str
    title: str
    position: int
    change: str
    watch: str
    text_sha256: str | None
    norm_sha256: str | None
    document_sha256: str | None
    document_date: date | None
    captured_at: datetime
    recorded_at: datetime
    ended_at: datetime | None
    previous: tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRecord:
    """A capture as recorded; the whole of it is the event at `position`."""

    position: int
    watch: str
    captured_at: datetime
    status: int
    body_sha256: str
    body_bytes: int
    text_sha256: str | None
    verdict: VerdictKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord:
    """A check, as its round recorded it. number: 1 for the watch's first."""

    watch: str
    number: int
    at: datetime
    outcome: Outcome
    status: int | None
    detail: str
    body_sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWatch:
    """When a watch is looked at next, and on which host."""

    watch: str
    host: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A check that saw the standing text: what it refreshes. body_sha256: of bytes with that text, kept or not."""

    at: datetime
    validators: Validators = field(default_factory=Validators)
    body_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operational:
    """What is remembered beside the log, written in the append's own transaction: watch → its next check's instant;
    watch → its last sighting. Losing it loses no fact: the first is due at once then, the second is folded anew.
    """

    due: Mapping[str, datetime] = field(default_factory=dict)
    seen: Mapping[str, Sighting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it was recorded. kind: `events`, `bodies`, `views`, `outbox`, `file`.

    position: of the event it is about, where there is one. recorded and expected: for a cell, both values.
    """

    kind: str
    where: str
    what: str
    position: int | None = None
    recorded: str | None = None
    expected: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `verify` looked at and what it found; ok when it found nothing.

    first_bad: the first position that is not as recorded; the events before it are proven by the root alone only
    if it is None.
    """

    events: int
    bodies: int
    rows: int
    root: str | None
    first_bad: int | None
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is as it was recorded."""
        return not self.findings
