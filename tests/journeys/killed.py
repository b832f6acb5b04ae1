"""A tracker that kills itself, by signal 9, at the n-th time that it comes to a stage: the other side of test_kill9.

A life is a process of its own that opens the store, looks at its pages round after round and delivers meanwhile, as
`tracker run` does, until it is killed. It says over a pipe what was acknowledged to it; the parent believes nothing
else of it. It is forked from a process that has the imports done, so that a hundred lives cost seconds.
"""

import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from tracker import clock
from tracker.cli.context import Here
from tracker.document.canonical import sha256
from tracker.events.codec import canonical
from tracker.events.types import Event, NewEvent
from tracker.notify.deliver import LEASE_SPARE_S, deliver
from tracker.settings import load
from tracker.store import Store
from tracker.watch.once import one_round

STAGES = ("fetch", "understand", "before_commit", "after_commit", "compose", "lease", "attempt", "mark_sent")
WAITS_S = (0.0, *[0.01] * 60)  # between tries: a receiver that fails is back at once here
SETTLE_S = 20.0  # how long the last life waits for retries


@dataclass(frozen=True, slots=True)
class Life:
    """One process, from its start to its end.

    number: each life delivers by a clock that is a whole lease ahead of the life before it, so that what a killed one
    had leased falls due without anybody waiting for it. stage, nth: where it kills itself; None: somebody else must.
    is_last: it looks once, sends all that is owed, and ends. is_early: it acknowledges before the commit. This is the
    fault that the checker must find. most_s: no life takes longer, or it missed its stage.
    """

    root: Path
    number: int
    stage: str | None
    nth: int
    is_last: bool = False
    is_early: bool = False
    most_s: int = 180


def fact(event: NewEvent | Event) -> tuple[str, str, str]:
    """What an event says, whatever position it has."""
    return event.stream, event.type, sha256(canonical(event.payload))


def live(life: Life, pipe: Connection) -> None:
    """Live it: in a process of its own, that nobody else is in."""
    signal.alarm(life.most_s)
    mouth = _Mouth(pipe)
    place = Here(life.root, load(life.root, {"DESK_SECRET": ""}))
    reach = _Reaper(life, mouth).reach
    parts = replace(place.parts(), stage=reach)
    world = place.surroundings()
    ahead = timedelta(seconds=life.number * (world.timeout_s + LEASE_SPARE_S + 1))
    stop, wake = threading.Event(), threading.Event()

    def look(store: Store) -> None:
        one_round(parts, store, names=(), only_due=False, stop=stop, told=lambda done, of, line: None)

    def send(store: Store, *, until_empty: bool) -> None:
        deliver(
            store,
            parts.subscriptions,
            world,
            until_empty=until_empty,
            wait_s=SETTLE_S,
            stop=stop,
            wake=wake,
            now=lambda: clock.now() + ahead,
            waits_s=WAITS_S,
            on_stage=reach,
        )

    with _Telling(place.root / "snapshots" / "log.db", mouth, reach, is_early=life.is_early) as store:
        if life.is_last:
            look(store)
            send(store, until_empty=True)
            return
        with ThreadPoolExecutor(1) as beside:
            sending = beside.submit(send, store, until_empty=False)
            while not sending.done():
                look(store)
                wake.set()
            sending.result()


class _Mouth:
    """Says one thing at a time: a message below 4 KB reaches the pipe whole or not at all."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._lock = pipe, threading.Lock()

    def say(self, told: Mapping[str, object]) -> None:
        with self._lock:
            self._pipe.send_bytes(json.dumps(told).encode())

    def say_last(self, told: Mapping[str, object]) -> None:
        """Say it, and be killed before another thread can say a word."""
        with self._lock:
            self._pipe.send_bytes(json.dumps(told).encode())
            os.kill(os.getpid(), signal.SIGKILL)


class _Reaper:
    """Counts the stages, in whatever threads they come, and ends the life where it was drawn to end."""

    def __init__(self, life: Life, mouth: _Mouth) -> None:
        self._life, self._mouth = life, mouth
        self._lock = threading.Lock()
        self._seen: Counter[str] = Counter()

    def reach(self, stage: str) -> None:
        with self._lock:
            self._seen[stage] += 1
            if stage == self._life.stage and self._seen[stage] == self._life.nth:
                self._mouth.say_last({"killed": stage})


class _Telling(Store):
    """The store; what it acknowledged is told when `append` has returned, or, if it is early, before the commit."""

    def __init__(self, path: Path, mouth: _Mouth, on_stage: Callable[[str], None], *, is_early: bool) -> None:
        self._mouth, self._next_stage, self._is_early = mouth, on_stage, is_early
        self._waiting: dict[str, Sequence[NewEvent]] = {}
        super().__init__(path, write=True, now=clock.now, on_stage=self._on_stage)

    def append(self, events: Sequence[NewEvent], *, key: str, **more: object) -> tuple[Event, ...]:  # type: ignore[override]
        self._waiting[key] = events
        recorded = super().append(events, key=key, **more)  # type: ignore[arg-type]
        del self._waiting[key]
        if not self._is_early:
            self._acknowledge(events)
        return recorded

    def begin_append(self, events: Sequence[NewEvent], *, key: str) -> "Future[tuple[Event, ...]]":
        self._waiting[key] = events
        recorded = super().begin_append(events, key=key)

        def tell(done: "Future[tuple[Event, ...]]") -> None:
            del self._waiting[key]
            if not self._is_early and done.exception() is None:
                self._acknowledge(events)

        recorded.add_done_callback(tell)
        return recorded

    def _on_stage(self, stage: str) -> None:
        if self._is_early and stage == "before_commit":
            for events in list(self._waiting.values()):
                self._acknowledge(events)
        self._next_stage(stage)

    def _acknowledge(self, events: Sequence[NewEvent]) -> None:
        for event in events:
            self._mouth.say({"recorded": fact(event)})
