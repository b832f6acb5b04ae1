"""The clock: calls a function again and again until it is told to stop. The only module that knows APScheduler.

APScheduler keeps the beat and nothing else: one job, in memory. What is due when stands in our own table, because
due times must be queried, and survive.
"""

import logging
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

# At INFO it says each second that it ticked, at WARNING each second that a long tick is still running.
logging.getLogger("apscheduler").setLevel(logging.ERROR)

LONGEST_S = 60.0  # between two ticks, also where nothing is to be done


def run_until_stopped(
    tick: Callable[[], float | None],
    *,
    every_s: float,
    stop: threading.Event,
    glance: Callable[[], bool] = lambda: False,
) -> None:
    """Call `tick` now and again and again, in one thread, never two at a time, until `stop` is set.

    The next tick comes every_s seconds after one began, or as many seconds after it ended as it says (a minute at
    most), or when `glance` says so, which is asked every every_s seconds, in the caller's thread, and has to be cheap.
    A tick that takes longer than its turn is followed by one, not by all it missed; so is a machine that slept. A
    tick that is running when `stop` is set is finished before this returns. What a tick or a glance raises ends the
    clock and is raised here.
    """
    raised: list[BaseException] = []
    scheduler = BackgroundScheduler(timezone=UTC)
    # When the next tick is due: by a clock that no hand sets back, since APScheduler reckons by the wall clock and, set
    # back by an hour, would not tick for an hour. Never moved from within a tick: the scheduler's end waits for that.
    due_s = [time.monotonic()]

    def guarded() -> None:
        if stop.is_set():
            return
        begun_s, due_s[0] = time.monotonic(), math.inf
        try:
            wait_s = tick()
        except BaseException as error:  # noqa: BLE001  # raised below: APScheduler would log it and go on
            raised.append(error)
            stop.set()
            return
        due_s[0] = begun_s + max(every_s, min(wait_s or 0.0, LONGEST_S))

    job = scheduler.add_job(
        guarded,
        IntervalTrigger(seconds=LONGEST_S, timezone=UTC),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
        next_run_time=datetime.now(UTC) + timedelta(seconds=LONGEST_S),
    )
    scheduler.start()
    glance_s = time.monotonic() + every_s
    try:
        while not stop.is_set():
            now_s = time.monotonic()
            is_wanted = now_s >= due_s[0]
            if now_s >= glance_s:
                glance_s = now_s + every_s
                is_wanted = glance() or is_wanted
            if is_wanted:
                due_s[0] = now_s + every_s  # where the last tick still runs, this one is left out: asked for again then
                job.modify(next_run_time=datetime.now(UTC))
            stop.wait(max(min(due_s[0], glance_s) - time.monotonic(), 0.001))
    finally:
        scheduler.shutdown(wait=True)
    if raised:
        raise raised[0]


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """While inside, SIGTERM and SIGINT set `stop`; a second one does what it did before. Main thread only."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(number: int, frame: FrameType | None) -> None:
        restore()
        # Not here: the main thread may be inside `stop.wait`, and hold the very lock that `set` takes.
        threading.Thread(target=stop.set, name="stop").start()

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        restore()
