"""One round now: `tracker check`. Also where the parts of a round are put together, for `tracker run` too."""

import threading
import time
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
from tracker.watch.rounds import Claims, Crew, Manners, Round, by_host

TAKE_UP_S = 5.0  # a running process takes edits of the configuration up within 2 s


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What people configured, as values: what a round is made of."""

    settings: Settings
    watches: tuple[Watch, ...]
    subscriptions: Subscriptions
    publishers: Publishers
    now: Callable[[], datetime] = clock.now
    stage: Callable[[str], None] = lambda stage: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a running process shares with commands that are handed to it.

    store: its own, open for writing. hosts: its gate, so that a host is asked by one at a time over both. claims: the
    pages that are being looked at. looked: to be told of each look, which is recorded by who took it. wake: something
    may be owed to somebody. forget_pause: a channel may be sent to again, whatever it asked. subscriptions: those in
    force.
    """

    store: Store
    hosts: Hosts
    claims: Claims
    looked: Callable[[Watch, Looked], None]
    wake: Callable[[], None]
    forget_pause: Callable[[str], None]
    subscriptions: Callable[[], Subscriptions]


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


def crew(
    parts: Parts,
    store: Store,
    on_looked: Callable[[Watch, Looked], None],
    stop: threading.Event,
    beside: Beside | None = None,
) -> Crew:
    """Workers for a round over these parts. beside: of the process that has workers of its own, where one has."""

    fetch = parts.settings.fetch
    hosts = beside.hosts if beside else Hosts(fetch, HostNotes(store), now=parts.now, wait=stop.wait)

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
    claims = beside.claims if beside else Claims()
    return Crew(tools, manners(parts.settings), make_fetcher, on_looked, stop, claims, is_holding=beside is not None)


def one_round(
    parts: Parts,
    store: Store,
    *,
    names: Sequence[str],
    only_due: bool,
    stop: threading.Event,
    told: Callable[[int, int, str], None],
    beside: Beside | None = None,
) -> tuple[Result, ...]:
    """Take up the configuration, look at the watches, record the round. told: done, of, and a line about each look.

    beside: of the running process in which it is taken: that one takes up the configuration.
    """
    if beside:
        _wait_until_taken_up(parts, store, stop)
    else:
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
        if beside:
            beside.looked(watch, looked)
        with lock:
            results.append(_result(looked))
            told(len(results), len(watches), line(looked))

    workers = crew(parts, store, on_looked, stop, beside)
    try:
        store.read_ahead([w.name for w in watches])
        futures = [workers.submit(host, group) for host, group in by_host(watches).items()]
        wait(futures)
    finally:
        workers.close()
        try:
            round_.record()
        finally:
            workers.let_go()
            if beside:
                beside.wake()
    for future in futures:
        future.result()
    order = {w.name: n for n, w in enumerate(watches)}
    seen = {r.watch for r in results}
    for watch in watches if not stop.is_set() else ():
        if watch.name not in seen:
            told(len(results), len(watches), f"{watch.name}: not looked at: {_why_left(watch, workers)}")
    return tuple(sorted(results, key=lambda r: order[r.watch]))


def _why_left(watch: Watch, workers: Crew) -> str:
    if (until := workers.held_until(next(iter(by_host([watch]))))) is not None:
        return f"its host is left alone until {clock.iso(until)}"
    # Held when its turn came and free by now, or taken by the crew beside ours.
    return "its host was left alone, or the running process was looking at it: tracker checks"


def _wait_until_taken_up(parts: Parts, store: Store, stop: threading.Event) -> None:
    """Until the running process knows of all these watches, which may have been added a moment ago."""
    until_s = time.monotonic() + TAKE_UP_S
    while {w.name for w in parts.watches} - {n for n, (_, state) in store.configured().items() if state != "removed"}:
        if time.monotonic() > until_s or stop.wait(0.05):
            return


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
