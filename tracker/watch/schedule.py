"""The clock: calls a function again and again until it is told to stop. The only module that knows APScheduler.

APScheduler keeps the beat and nothing else: one job, in memory. What is due when stands in our own table, because
due times must be queried, and survive.
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

# At INFO it says each second that it ticked, at WARNING each second that a long tick is still running.
logging.getLogger("apscheduler").setLevel(logging.ERROR)

LOOK_EVERY_S = 5.0  # how soon a clock that was set back is noticed


def run_until_stopped(tick: Callable[[], None], *, every_s: float, stop: threading.Event) -> None:
    """Call `tick` now and every `every_s` seconds, in one thread, never two at a time, until `stop` is set.

    A tick that takes longer than its turn is followed by one, not by all it missed; so is a machine that slept. A
    tick that is running when `stop` is set is finished before this returns. What a tick raises ends the clock and is
    raised here.
    """
    raised: list[BaseException] = []

    def guarded() -> None:
        if stop.is_set():
            return
        try:
            tick()
        except BaseException as error:  # noqa: BLE001  # raised below: APScheduler would log it and go on
            raised.append(error)
            stop.set()

    scheduler = BackgroundScheduler(timezone=UTC)
    job = scheduler.add_job(
        guarded,
        IntervalTrigger(seconds=every_s, timezone=UTC),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
        next_run_time=datetime.now(UTC),
    )
    scheduler.start()
    try:
        while not stop.wait(LOOK_EVERY_S):
            now = datetime.now(UTC)
            if is_stalled(job.next_run_time, now, every_s=every_s):
                job.modify(next_run_time=now)
    finally:
        scheduler.shutdown(wait=True)
    if raised:
        raise raised[0]


def is_stalled(next_at: datetime, now: datetime, *, every_s: float) -> bool:
    """Whether the next tick lies further off than any beat puts it: the machine's clock was set back.

    APScheduler reckons by the wall clock: set back by an hour, it would not tick for an hour.
    """
    return next_at > now + timedelta(seconds=2 * every_s)


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Iterator[None]:
    """While inside, SIGTERM and SIGINT set `stop`; a second one does what it did before. Main thread only."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def ask(number: int, frame: FrameType | None) -> None:
        restore()
        stop.set()

    for number in before:
        signal.signal(number, ask)
    try:
        yield
    finally:
        restore()
