import logging
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from tracker.watch.schedule import run_until_stopped, stopping_on_signals


def test_it_ticks_at_once_and_again_until_it_is_stopped():
    stop, ticks = threading.Event(), []

    def tick() -> None:
        ticks.append(time.monotonic())
        if len(ticks) == 4:
            stop.set()

    begun = time.monotonic()
    run_until_stopped(tick, every_s=0.05, stop=stop)

    assert len(ticks) == 4
    assert 0.1 < ticks[-1] - begun < 2


def test_a_long_tick_is_never_joined_by_another_and_missed_ones_are_not_made_up(caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # caplog sets the root logger only; as the module does
    stop, running, most, ticks = threading.Event(), [], [], []

    def tick() -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.12)  # what is tested is a tick that outlasts its turn
        running.pop()
        ticks.append(1)
        if len(ticks) == 3:
            stop.set()

    run_until_stopped(tick, every_s=0.02, stop=stop)

    assert max(most) == 1
    assert len(ticks) == 3
    assert caplog.text == ""


def test_a_tick_that_runs_when_it_is_stopped_is_finished():
    stop, finished = threading.Event(), threading.Event()

    def tick() -> None:
        stop.set()
        time.sleep(0.1)  # what is tested is a tick that goes on after the stop
        finished.set()

    run_until_stopped(tick, every_s=1, stop=stop)

    assert finished.is_set()


def test_what_a_tick_raises_ends_the_clock_and_is_raised():
    def tick() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_until_stopped(tick, every_s=0.01, stop=threading.Event())


def test_no_thread_is_left_behind():
    stop = threading.Event()
    before = threading.active_count()

    run_until_stopped(stop.set, every_s=1, stop=stop)

    assert threading.active_count() == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_it_to_stop_and_a_second_one_means_it(number):
    stop = threading.Event()
    before = signal.getsignal(number)

    with stopping_on_signals(stop):
        assert signal.getsignal(number) != before
        run_until_stopped(lambda: os.kill(os.getpid(), number), every_s=1, stop=stop)
        assert signal.getsignal(number) == before

    assert signal.getsignal(number) == before


def test_a_process_ends_on_sigterm_after_its_tick():
    code = """
import sys, threading, time
from tracker.watch.schedule import run_until_stopped, stopping_on_signals
stop = threading.Event()
def tick():
    print("tick", flush=True)
    stop.wait()
    print("done", flush=True)
with stopping_on_signals(stop):
    run_until_stopped(tick, every_s=1, stop=stop)
print("end", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "tick\n"
        process.terminate()
        rest, _ = process.communicate(timeout=10)

    assert (rest, process.returncode) == ("done\nend\n", 0)


def test_who_says_how_long_nothing_is_to_be_done_is_left_alone_until_then_or_until_something_happens():
    stop, ticks, news = threading.Event(), [], threading.Event()
    glances = []

    def tick() -> float:
        ticks.append(time.monotonic())
        if len(ticks) == 2:
            stop.set()
        return 50.0

    def glance() -> bool:
        glances.append(1)
        if len(glances) == 5:
            news.set()
        return news.is_set()

    run_until_stopped(tick, every_s=0.02, stop=stop, glance=glance)

    assert len(glances) == 5
    assert 0.08 < ticks[1] - ticks[0] < 2


def test_what_a_glance_raises_ends_the_clock_and_is_raised():
    def glance() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_until_stopped(lambda: None, every_s=0.01, stop=threading.Event(), glance=glance)
