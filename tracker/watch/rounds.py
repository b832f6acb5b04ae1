"""A round of checks: watches grouped by host, looked at one by one, and the one record that they leave together.

Lives here: the order of looks, politeness between them, due times. Not here: one look (pipeline.py), the clock that
calls (schedule.py), who waits for whom (runner.py).
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from tracker.errors import Damaged, StoreBusy, StoreFull
from tracker.events import bodies
from tracker.events.types import CheckEntry, Watch
from tracker.extract.confirm import due_at
from tracker.fetch.client import Fetcher
from tracker.fetch.transport import Abandoned
from tracker.pipeline import Tools, check
from tracker.store import Operational, Store
from tracker.store.record import Looked

MAX_CHECKS_A_RECORD = 1_000
MAX_RECORD_AGE_S = 60
FIRST_BACK_OFF_S = 60
MAX_BACK_OFF_S = 6 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How we treat publishers. host_delay_s: between two requests to one host. workers: hosts at a time."""

    host_delay_s: float
    every_s: int
    confirm_after_s: tuple[int, ...]
    workers: int = 8


def by_host(watches: Iterable[Watch]) -> dict[str, list[Watch]]:
    """The watches of each host, in the order given: one host is asked by one worker at a time."""
    groups: dict[str, list[Watch]] = {}
    for watch in watches:
        groups.setdefault(urlsplit(watch.url).netloc.lower(), []).append(watch)
    return groups


def next_due(watch: Watch, looked: Looked, store: Store, manners: Manners) -> datetime:
    """When the watch is looked at next: its interval, sooner to settle a doubt or after a failure, never before the
    host's Retry-After.
    """
    at = looked.entry.at
    every_s = watch.every_s or manners.every_s
    wait_s = every_s
    if looked.entry.outcome == "suspect" and (doubt := store.standing(watch.name).suspect):
        return min(max(due_at(doubt, manners.confirm_after_s), at), at + timedelta(seconds=every_s))
    if looked.entry.outcome == "failed":
        failures = min(store.watch(watch.name).failures, 16)
        wait_s = min(every_s, FIRST_BACK_OFF_S * 2**failures, MAX_BACK_OFF_S)
    return at + timedelta(seconds=max(wait_s, looked.retry_after_s or 0))


class Round:
    """The checks since the last record. Thread-safe; `record` writes them down as one event."""

    def __init__(self, store: Store, manners: Manners, now: Callable[[], datetime]) -> None:
        self._store, self._manners, self._now = store, manners, now
        self._lock = threading.Lock()
        self._looked: list[tuple[Watch, Looked]] = []

    def note(self, watch: Watch, looked: Looked) -> None:
        """Keep a look for the record."""
        with self._lock:
            self._looked.append((watch, looked))

    def watches(self) -> frozenset[str]:
        """The watches that were looked at and are not recorded yet."""
        with self._lock:
            return frozenset(w.name for w, _ in self._looked)

    def is_due(self, *, is_quiet: bool) -> bool:
        """Whether to record: nothing due in flight, or a minute went by, or a thousand checks (design §1)."""
        with self._lock:
            if not self._looked:
                return False
            age_s = (self._now() - self._looked[0][1].entry.at).total_seconds()
            return is_quiet or len(self._looked) >= MAX_CHECKS_A_RECORD or age_s >= MAX_RECORD_AGE_S

    def record(self) -> None:
        """Write the checks down as one `round.completed`, with the due times and sightings that follow."""
        with self._lock:
            looked, self._looked = self._looked, []
        if not looked:
            return
        entries = sorted((one.entry for _, one in looked), key=lambda e: (e.at, e.watch))
        finished_at = max(self._now(), entries[-1].at)
        self._store.append(
            (bodies.round_completed(entries[0].at, finished_at, entries),),
            key=f"round/{entries[0].at.isoformat()}/{entries[0].watch}/{len(entries)}",
            operational=Operational(
                due={w.name: next_due(w, one, self._store, self._manners) for w, one in looked},
                seen={w.name: one.sighting for w, one in looked if one.sighting is not None},
            ),
        )


@dataclass(slots=True)
class Crew:
    """Workers that look at pages, a host each: its pages on one connection, which is then closed.

    on_looked: called in the worker's thread after each look. stop: when set, no further look begins.
    """

    tools: Tools
    manners: Manners
    make_fetcher: Callable[[], Fetcher]
    on_looked: Callable[[Watch, Looked], None]
    stop: threading.Event
    _pool: ThreadPoolExecutor = field(init=False)
    _local: threading.local = field(default_factory=threading.local, init=False)
    _fetchers: list[Fetcher] = field(default_factory=list, init=False)
    _held: dict[str, datetime] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.manners.workers, thread_name_prefix="look")

    def submit(self, host: str, watches: list[Watch]) -> Future[None]:
        """Look at these pages of one host, one after another. The future raises what stopped it."""
        return self._pool.submit(self._look_at, host, watches)

    def held_until(self, host: str) -> datetime | None:
        """Until when the host asked us to stay away, if it did (Retry-After)."""
        return self._held.get(host)

    def close(self) -> None:
        """Wait for looks under way and close all connections."""
        self._pool.shutdown(wait=True)
        for fetcher in self._fetchers:
            fetcher.close()

    def _look_at(self, host: str, watches: list[Watch]) -> None:
        tools = replace(self.tools, fetcher=self._fetcher())
        try:
            for n, watch in enumerate(watches):
                if n and self.manners.host_delay_s:
                    self.stop.wait(self.manners.host_delay_s)
                if self.stop.is_set():
                    return
                looked = self._check(watch, tools)
                if looked is None:
                    return
                self.on_looked(watch, looked)
                if looked.retry_after_s:
                    self._held[host] = tools.now() + timedelta(seconds=looked.retry_after_s)
                    return
                self._held.pop(host, None)
        finally:
            tools.fetcher.forget_host()

    def _check(self, watch: Watch, tools: Tools) -> Looked | None:
        """One look that leaves the other watches alone, also where it meets a fault of ours; None where we are stopping
        and gave it up. Raises what makes the store unusable.
        """
        try:
            return check(watch, tools)
        except Abandoned:
            return None
        except (StoreFull, StoreBusy, Damaged):
            raise
        except Exception as fault:  # noqa: BLE001  # nothing was recorded of it: it is fetched again, and told till then
            detail = f"internal: {type(fault).__name__}: {fault}"
            return Looked(entry=CheckEntry(watch=watch.name, at=tools.now(), outcome="failed", detail=detail))

    def _fetcher(self) -> Fetcher:
        fetcher: Fetcher | None = getattr(self._local, "fetcher", None)
        if fetcher is None:
            fetcher = self._local.fetcher = self.make_fetcher()
            self._fetchers.append(fetcher)
        return fetcher
