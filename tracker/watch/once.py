"""One round now: `tracker check`. Also where the parts of a round are put together, for `tracker run` too."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from dataclasses import dataclass
from datetime import datetime

from tracker import clock
from tracker.events.looks import Watch
from tracker.events.types import CheckEntry
from tracker.extract.publishers import Publishers
from tracker.fetch.client import Fetcher
from tracker.fetch.hosts import Hosts
from tracker.notify.subscriptions import Subscriptions
from tracker.pipeline import Tools
from tracker.settings import Settings
from tracker.store import Store
from tracker.store.hosts import HostNotes
from tracker.store.record import Looked
from tracker.watch.cadence import Limits
from tracker.watch.configured import reconcile
from tracker.watch.rounds import Crew, Manners, Round, by_host


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What people configured, as values: what a round is made of."""

    settings: Settings
    watches: tuple[Watch, ...]
    subscriptions: Subscriptions
    publishers: Publishers
    now: Callable[[], datetime] = clock.now
    stage: Callable[[str], None] = lambda stage: None


@dataclass(frozen=True, slots=True)
class Result:
    """One look of a round, for the person who asked for it. changes: ids of what was recorded."""

    watch: str
    at: str
    outcome: str
    status: int | None
    detail: str
    changes: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The look as plain JSON data."""
        return {
            "watch": self.watch,
            "at": self.at,
            "outcome": self.outcome,
            "status": self.status,
            "detail": self.detail,
            "changes": list(self.changes),
        }


def manners(settings: Settings) -> Manners:
    """How the settings want publishers treated."""
    return Manners(
        limits=limits(settings),
        confirm_after_s=settings.fetch.confirm_after_s,
    )


def limits(settings: Settings) -> Limits:
    """Between which bounds the settings want pages looked at."""
    watch = settings.watch
    return Limits(
        every_s=watch.every_s,
        most_s=watch.most_s,
        least_s=watch.least_s,
        checks_a_day=watch.checks_per_day,
        host_delay_s=settings.fetch.host_delay_s,
    )


def crew(parts: Parts, store: Store, on_looked: Callable[[Watch, Looked], None], stop: threading.Event) -> Crew:
    """Workers for a round over these parts."""

    fetch = parts.settings.fetch
    hosts = Hosts(fetch, HostNotes(store), now=parts.now, wait=stop.wait)

    def make_fetcher() -> Fetcher:
        return Fetcher(fetch, now=parts.now, is_stopping=stop.is_set, hosts=hosts)

    tools = Tools(
        store=store,
        fetcher=make_fetcher(),
        publishers=parts.publishers,
        subscriptions=parts.subscriptions,
        confirm_after_s=fetch.confirm_after_s,
        now=parts.now,
        hosts=hosts,
        look_twice=fetch.look_twice,
        stage=parts.stage,
    )
    return Crew(tools, manners(parts.settings), make_fetcher, on_looked, stop)


def one_round(
    parts: Parts,
    store: Store,
    *,
    names: Sequence[str],
    only_due: bool,
    stop: threading.Event,
    told: Callable[[int, int, str], None],
) -> tuple[Result, ...]:
    """Take up the configuration, look at the watches, record the round. told: done, of, and a line about each look."""
    reconcile(store, parts.watches)
    due = {d.watch for d in store.due(parts.now())} if only_due else None
    watches = [
        w
        for w in parts.watches
        if (w.name in names if names else w.state == "active") and (due is None or w.name in due)
    ]
    round_ = Round(store, manners(parts.settings), parts.now)
    results: list[Result] = []
    lock = threading.Lock()

    def on_looked(watch: Watch, looked: Looked) -> None:
        round_.note(watch, looked)
        with lock:
            results.append(_result(looked))
            told(len(results), len(watches), line(looked))

    workers = crew(parts, store, on_looked, stop)
    try:
        store.read_ahead([w.name for w in watches])
        futures = [workers.submit(host, group) for host, group in by_host(watches).items()]
        wait(futures)
    finally:
        workers.close()
        round_.record()
    for future in futures:
        future.result()
    order = {w.name: n for n, w in enumerate(watches)}
    left = [w.name for w in watches if w.name not in {r.watch for r in results}]
    if left and not stop.is_set():
        until = {w.name: workers.held_until(by_host([w]).popitem()[0]) for w in watches if w.name in left}
        for name, at in until.items():
            why = f"its host is left alone until {clock.iso(at)}" if at else "its host is left alone"
            told(len(results), len(watches), f"{name}: not looked at: {why}")
    return tuple(sorted(results, key=lambda r: order[r.watch]))


def line(looked: Looked) -> str:
    """A look in one line for a person."""
    entry = looked.entry
    if looked.changes:
        told = ", ".join(_change_told(c.cause, c.chapter, len(c.edits)) for c in looked.changes)
        return f"{entry.watch}: {entry.outcome}: {told}"
    return f"{entry.watch}: {entry.outcome}" + (f": {entry.detail}" if entry.detail else "")


def _change_told(cause: str, chapter: str, edits: int) -> str:
    if cause == "content":
        return f"{chapter} ({edits} {'edit' if edits == 1 else 'edits'})"
    return f"{chapter} ({cause.replace('_', ' ')})"


def _result(looked: Looked) -> Result:
    entry: CheckEntry = looked.entry
    ids = tuple(c.id for c in looked.changes)
    return Result(entry.watch, clock.iso(entry.at), entry.outcome, entry.status, entry.detail, ids)
