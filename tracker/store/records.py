"""What the store tells its readers, as frozen values: watches, versions, checks, snapshots, heads. Pure.

Types that other rooms make or take stand in events/types.py; these are only read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Final, Literal, NamedTuple

from tracker.events.looks import Outcome, Validators, VerdictKind, WatchState
from tracker.events.types import NewEvent

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
    gone_at: datetime | None = None
    moved_to: str | None = None
    moved_seen: int = 0


class Configured(NamedTuple):
    """A watch as the log says that it was configured last."""

    url: str
    profile: str | None
    publisher: str | None
    every_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSeen:
    """What the next conditional request needs, cheaply: no document is read for it.

    at: the last check that saw the standing text. body_sha256: of the bytes last seen with that text.
    failed_since: None while it answers. unread: 304s in a row since bytes were read. liar: its host gave one validator
    to two texts. missing_*: answers in a row that there is no such page (404 or 410; 410). twice_at: when it was last
    read twice at once.
    """

    watch: str
    at: datetime | None
    failed_since: datetime | None
    body_sha256: str | None
    text_sha256: str | None
    validators: Validators
    unread: int = 0
    liar: bool = False
    missing_since: datetime | None = None
    missing_seen: int = 0
    missing_410: int = 0
    gone_at: datetime | None = None
    twice_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiarRecord:
    """A host that gave one validator to two texts: which watch saw it, when last."""

    host: str
    watch: str
    at: datetime


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

    captured_at: of its first capture, which is not its address where an earlier one was imported. ended_at: capture
    instant of the version that followed; seen_at: of the last sight of it; both None while it stands.
    previous: (chapter, address) of the version before, of another chapter after a renaming.
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
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRecord:
    """A capture as recorded; the whole of it is the event at `position`. source: where it was imported from, if so."""

    position: int
    watch: str
    captured_at: datetime
    status: int
    body_sha256: str
    body_bytes: int
    text_sha256: str | None
    verdict: VerdictKind
    reason: str
    source: str | None = None


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
class Learned:
    """What accepted looks at a page taught of its pace (watch/cadence.py); of a new page, nothing.

    changes: how many it had, as estimated, in the exposure_s seconds that it was watched. counted_at: the last look
    that counted, of `looks`. run_*: looks, changes and the changes expected since its pace was last put in question.
    """

    changes: float = 0.0
    exposure_s: float = 0.0
    looks: int = 0
    counted_at: datetime | None = None
    run_looks: int = 0
    run_changes: int = 0
    run_expected: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWatch:
    """When a watch is looked at next, and on which host.

    why: for a person; empty where it is to be looked at as soon as it can be. failures: checks in a row that failed.
    """

    watch: str
    host: str
    due_at: datetime
    why: str = ""
    learned: Learned = Learned()
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """When a watch is to be looked at next, as decided at `set_at`, why, and what is known of its pace."""

    due_at: datetime
    set_at: datetime
    why: str
    learned: Learned


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A check that saw the standing text: what it refreshes. body_sha256: of bytes with that text, kept or not.

    is_twice: it was the second of two looks at once.
    """

    at: datetime
    validators: Validators = field(default_factory=Validators)
    body_sha256: str | None = None
    is_twice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operational:
    """What is remembered beside the log, written in the append's own transaction: watch → its next check's instant,
    moved (`due`) or decided anew (`plans`); watch → its last sighting. Losing it loses no fact: a watch is due at once
    then and its pace is learned again, what was seen is folded anew.
    """

    due: Mapping[str, datetime] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)
    seen: Mapping[str, Sighting] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """One of many appends: events, their key, the bodies that they name, and what their streams must be at."""

    events: tuple[NewEvent, ...]
    key: str
    bodies: tuple[bytes, ...] = ()
    expected: Expected = field(default_factory=dict)


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
