"""A round of checks: watches grouped by host, looked at one by one, and the one record that they leave together.

Lives here: the order of looks, politeness between them. Not here: one look (pipeline.py), when the next one is due
(plans.py), the clock that calls (schedule.py), who waits for whom (runner.py).
"""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from tracker.errors import Damaged, StoreBusy, StoreFull
from tracker.events import bodies
from tracker.events.looks import Watch
from tracker.events.types import CheckEntry
from tracker.fetch.client import Fetcher
from tracker.fetch.hosts import origin_at
from tracker.fetch.sockets import Abandoned
from tracker.pipeline import Tools, check
from tracker.store import Operational, Store
from tracker.store.record import Looked
from tracker.watch.cadence import Limits
from tracker.watch.plans import Planner

MAX_CHECKS_A_RECORD = 1_000
MAX_RECORD_AGE_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How we treat publishers. limits: between which bounds a page is looked at. workers: hosts at a time."""

    limits: Limits
    confirm_after_s: tuple[int, ...]
    workers: int = 8


def by_host(watches: Iterable[Watch]) -> dict[str, list[Watch]]:
    """The watches of each host, in the order given: one host is asked by one worker at a time."""
    groups: dict[str, list[Watch]] = {}
    for watch in watches:
        groups.setdefault(urlsplit(watch.url).netloc.lower(), []).append(watch)
    return groups


class Round:
    """The checks since the last record. Thread-safe; `record` writes them down as one event."""

    def __init__(self, store: Store, manners: Manners, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now
        self._planner = Planner(store, manners.limits, manners.confirm_after_s)
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
                plans=self._planner.plans(looked, finished_at),
                seen={w.name: one.sighting for w, one in looked if one.sighting is not None},
            ),
        )


class Claims:
    """Which pages are being looked at, so that two crews of one process never look at one at a time. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: set[str] = set()

    def take(self, watch: str) -> bool:
        """Whether the page is the caller's to look at, until they let go of it."""
        with self._lock:
            is_free = watch not in self._taken
            self._taken.add(watch)
            return is_free

    @property
    def is_any(self) -> bool:
        """Whether some page is being looked at."""
        with self._lock:
            return bool(self._taken)

    def release(self, watch: str) -> None:
        """The look is over, and noted."""
        with self._lock:
            self._taken.discard(watch)


@dataclass(slots=True)
class Crew:
    """Workers that look at pages, a host each: its pages on one connection, which is then closed.

    How far apart requests are, and until when a host is left alone, is for the gate of `tools.hosts` to say.
    on_looked: called in the worker's thread after each look. stop: when set, no further look begins. claims: shared by
    crews that work beside each other; a page that another one is looking at is left out. is_holding: pages stay claimed
    after their look, until `let_go`: the due time that makes them due is moved only when the round is recorded.
    """

    tools: Tools
    manners: Manners
    make_fetcher: Callable[[], Fetcher]
    on_looked: Callable[[Watch, Looked], None]
    stop: threading.Event
    claims: Claims = field(default_factory=Claims)
    is_holding: bool = False
    _held: list[str] = field(default_factory=list, init=False)
    _pool: ThreadPoolExecutor = field(init=False)
    _local: threading.local = field(default_factory=threading.local, init=False)
    _fetchers: list[Fetcher] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.manners.workers, thread_name_prefix="look")

    def submit(self, host: str, watches: list[Watch]) -> Future[None]:
        """Look at these pages of one host, one after another. The future raises what stopped it."""
        return self._pool.submit(self._look_at, host, watches)

    def held_until(self, host: str) -> datetime | None:
        """Until when the host is to be left alone, if it is: by its wish, or because it is not well."""
        untils = (self.tools.hosts.held_until(origin_at(f"{scheme}://{host}")) for scheme in ("http", "https"))
        return max((until for until in untils if until is not None), default=None)

    def let_go(self) -> None:
        """Claim no longer the pages that were looked at. After `close`."""
        for watch in self._held:
            self.claims.release(watch)
        self._held.clear()

    def close(self) -> None:
        """Wait for looks under way, close all connections and save when each host was asked last."""
        self._pool.shutdown(wait=True)
        for fetcher in self._fetchers:
            fetcher.close()
        if self.tools.hosts is not None:
            self.tools.hosts.close()

    def _look_at(self, host: str, watches: list[Watch]) -> None:
        tools = replace(self.tools, fetcher=self._fetcher())
        try:
            for watch in watches:
                if self.stop.is_set() or tools.hosts.held_until(origin_at(watch.url)) is not None:
                    return
                if not self.claims.take(watch.name):
                    continue
                try:
                    looked = self._check(watch, tools)
                    if looked is None:
                        return
                    self.on_looked(watch, looked)
                finally:
                    if self.is_holding:
                        self._held.append(watch.name)
                    else:
                        self.claims.release(watch.name)
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
