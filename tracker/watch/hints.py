"""What a list of pages hints at: that a page changed, is gone, or is back. Pure; a hint makes a page due, no more.

Lives here: what is remembered of a list, and of how good a host's hints were; as JSON beside the log, whose loss loses
no fact. Not here: reading lists (sources.py), acting on hints (discover.py).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any  # JSON data, read key by key

from tracker import clock
from tracker.store import CheckRecord
from tracker.watch.sources import SourceRead

LEAST_ABSENT = 2  # reads in a row before a page is asked whether it is still there
MOST_ABSENT = 4  # reads in a row for which it is asked: so that its own 404s can settle it (extract/believe.py)
SHRUNK_FOR = timedelta(days=7)  # then a list that lost more than half is taken for what it is now
FEED = "a feed lists only what is newest"
SCORED = 10  # hinted looks of a host that its score is made of


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNote:
    """What is remembered of a place that lists pages.

    count: profiles that it listed when last believed. listed: watched pages on it, canonical key → lastmod. absent:
    watched pages that it listed and does not any longer → believed reads in a row. shrunk_since: it lost half.
    """

    count: int = 0
    listed: Mapping[str, str | None] = field(default_factory=dict)
    absent: Mapping[str, int] = field(default_factory=dict)
    shrunk_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a read of a place tells of watched pages, by canonical key. doubt: why what it lacks is not believed.

    absent: gone from it for long enough to ask. back: listed again after that. moved: with another lastmod.
    """

    note: SourceNote
    absent: frozenset[str] = frozenset()
    back: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    doubt: str = ""


def told(before: SourceNote, read: SourceRead, watched: Iterable[str], now: datetime) -> Told:
    """What this read tells, against what is remembered. watched: canonical keys of all watched pages."""
    known = frozenset(watched)
    here = {key: page.lastmod for key, page in read.pages.items() if key in known}
    moved = frozenset(
        key for key, lastmod in here.items() if lastmod and (old := before.listed.get(key)) and old != lastmod
    )
    back = frozenset(key for key in here if before.absent.get(key, 0) >= LEAST_ABSENT)
    missing = {key: before.absent.get(key, 0) for key in (*before.listed, *before.absent) if key in known - here.keys()}

    doubt, shrunk_since = _doubt(before, read, now)
    if doubt:  # that a page is there is believed of any list
        listed = {**before.listed, **{key: lastmod or before.listed.get(key) for key, lastmod in here.items()}}
        note = SourceNote(
            count=before.count,
            listed={key: lastmod for key, lastmod in listed.items() if key in known},
            absent={key: n for key, n in missing.items() if n},
            shrunk_since=shrunk_since,
        )
        return Told(note=note, moved=moved, back=back, doubt=doubt)
    absent = {key: n + 1 for key, n in missing.items()}
    return Told(
        note=SourceNote(count=len(read.pages), listed=here, absent=absent),
        absent=frozenset(key for key, n in absent.items() if LEAST_ABSENT <= n <= MOST_ABSENT),
        back=back,
        moved=moved,
    )


def _doubt(before: SourceNote, read: SourceRead, now: datetime) -> tuple[str, datetime | None]:
    count = len(read.pages)
    if not read.is_whole:
        return FEED if read.kind == "feed" else "it was not read as a whole", before.shrunk_since
    if not count:
        return "it lists no profile", before.shrunk_since
    if count * 2 < before.count:
        since = before.shrunk_since or now
        if now - since < SHRUNK_FOR:
            return f"it lists {count:,} profiles where it listed {before.count:,}", since
    return "", None


def note_json(note: SourceNote) -> str:
    """The note as JSON text."""
    since = clock.iso(note.shrunk_since) if note.shrunk_since else None
    data = {"count": note.count, "listed": dict(note.listed), "absent": dict(note.absent), "shrunk_since": since}
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def note_of(text: str | None) -> SourceNote:
    """The note that a JSON text holds; a new one where there is none or it cannot be read."""
    try:
        data: Any = json.loads(text or "")
        since = clock.from_iso(data["shrunk_since"]) if data["shrunk_since"] else None
        return SourceNote(
            count=int(data["count"]), listed=dict(data["listed"]), absent=dict(data["absent"]), shrunk_since=since
        )
    except (ValueError, KeyError, TypeError):
        return SourceNote()


# ---------------------------------------------------------------- how good a host's hints are


@dataclass(frozen=True, slots=True, kw_only=True)
class HintNote:
    """How a host's hints went. results: of its last hinted looks, whether each found a change, oldest first.

    pending: watch → when its page was hinted at and not looked at since.
    """

    results: tuple[bool, ...] = ()
    pending: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def is_trusted(self) -> bool:
        """Whether a hint of this host makes a page due: at least half of the last ten were right, if there were ten."""
        return len(self.results) < SCORED or sum(self.results) * 2 >= SCORED

    def hinted(self, watch: str, at: datetime) -> "HintNote":
        """The note after a hint at a watched page; one that is ignored is scored all the same."""
        return HintNote(results=self.results, pending={watch: at, **self.pending})

    def settled(self, looks: Mapping[str, Iterable[CheckRecord]]) -> "HintNote":
        """The note after looks. looks: checks of each pending watch, newest first; a watch without them is dropped."""
        results, pending = list(self.results), {}
        for watch, at in self.pending.items():
            if watch not in looks:
                continue
            outcomes = [c.outcome for c in looks[watch] if c.at >= at][::-1]
            found = next((o == "changed" for o in outcomes if o in ("changed", "unchanged")), None)
            if found is None:
                pending[watch] = at
            else:
                results.append(found)
        return HintNote(results=tuple(results[-SCORED:]), pending=pending)

    def to_json(self) -> str:
        """The note as JSON text."""
        pending = {watch: clock.iso(at) for watch, at in self.pending.items()}
        return json.dumps({"results": list(self.results), "pending": pending}, separators=(",", ":"))

    @classmethod
    def of(cls, text: str | None) -> "HintNote":
        """The note that a JSON text holds; a new one where there is none or it cannot be read."""
        try:
            data: Any = json.loads(text or "")
            pending = {str(watch): clock.from_iso(at) for watch, at in data["pending"].items()}
            return cls(results=tuple(map(bool, data["results"])), pending=pending)
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls()
