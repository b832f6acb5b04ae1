import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.events.deliveries import Attempt
from tracker.notify.circuit import FIRST_PAUSE_S, LONGEST_PAUSE_S, OPENS_AFTER, PROBE_LOST_S, Circuits

NOW = datetime(2026, 8, 14, 9, 30, tzinfo=UTC)
ORIGIN = "https://hooks.example:443"
TAKEN = Attempt(ok=True, status=204, elapsed_ms=1)
BROKEN = Attempt(ok=False, status=500, elapsed_ms=1)
SILENT = Attempt(ok=False, error="timeout: no whole answer in time", elapsed_ms=15_000)
GONE = Attempt(ok=False, status=404, elapsed_ms=1)
BUSY = Attempt(ok=False, status=429, elapsed_ms=1)
BUSY_FOR = Attempt(ok=False, status=503, retry_after_s=7, elapsed_ms=1)
NO_SECRET = Attempt(ok=False, error="No secret there: env:DESK_SECRET")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def opened(failure: Attempt = BROKEN, *, channel: str = "desk", origin: str = ORIGIN) -> Circuits:
    circuits = Circuits()
    for _ in range(OPENS_AFTER):
        assert circuits.may_try(origin, channel, NOW) is None
        circuits.record(origin, channel, failure, NOW)
    return circuits


@pytest.mark.parametrize("failure", [BROKEN, SILENT, Attempt(ok=False, status=503, elapsed_ms=1)])
def test_after_five_failures_in_a_row_nobody_is_sent_to_that_origin_for_half_a_minute(failure):
    circuits = opened(failure)

    for channel in ("desk", "another channel there"):
        assert circuits.may_try(ORIGIN, channel, NOW) == after(FIRST_PAUSE_S)
        assert circuits.may_try(ORIGIN, channel, after(29.999)) == after(FIRST_PAUSE_S)
    assert circuits.may_try("https://elsewhere.example:443", "another", NOW) is None


def test_a_success_in_between_begins_the_count_anew():
    circuits = Circuits()
    for attempt in (*[BROKEN] * 4, TAKEN, *[BROKEN] * 4):
        circuits.record(ORIGIN, "desk", attempt, NOW)

    assert circuits.may_try(ORIGIN, "desk", NOW) is None
    assert not circuits.is_open(ORIGIN, "desk")


@pytest.mark.parametrize("busy", [BUSY, BUSY_FOR])
def test_being_asked_for_less_is_no_failure_and_no_success(busy):
    circuits = Circuits()
    for attempt in (*[BROKEN] * 4, *[busy] * 10):
        circuits.record(ORIGIN, "desk", attempt, NOW)
    assert circuits.may_try(ORIGIN, "desk", NOW) is None

    circuits.record(ORIGIN, "desk", BROKEN, NOW)

    assert circuits.may_try(ORIGIN, "desk", NOW) == after(FIRST_PAUSE_S)


def test_what_was_never_sent_is_no_failure_of_the_receiver():
    circuits = Circuits()
    for _ in range(20):
        circuits.record(ORIGIN, "desk", NO_SECRET, NOW)

    assert circuits.may_try(ORIGIN, "desk", NOW) is None


def test_a_hook_that_is_gone_holds_up_its_own_channel_and_no_other_of_the_service():
    circuits = opened(GONE)

    assert circuits.may_try(ORIGIN, "desk", NOW) == after(FIRST_PAUSE_S)
    assert circuits.may_try(ORIGIN, "another channel there", NOW) is None


def test_a_channel_without_an_origin_has_a_circuit_of_its_own():
    circuits = opened(origin="")

    assert circuits.may_try("", "desk", NOW) == after(FIRST_PAUSE_S)
    assert circuits.may_try("", "mail", NOW) is None


def test_after_the_pause_one_probe_goes_out_and_the_others_wait_for_it():
    circuits = opened()

    assert circuits.may_try(ORIGIN, "desk", after(30)) is None
    assert circuits.may_try(ORIGIN, "desk", after(30)) == after(31)
    assert circuits.may_try(ORIGIN, "another channel there", after(35)) == after(36)

    circuits.record(ORIGIN, "desk", TAKEN, after(36))
    assert [circuits.may_try(ORIGIN, name, after(36)) for name in ("desk", "another channel there")] == [None, None]


def test_the_pause_doubles_with_every_probe_that_fails_up_to_ten_minutes():
    circuits = opened()
    at, pauses = NOW, []
    for _ in range(8):
        until = circuits.may_try(ORIGIN, "desk", at)
        pauses.append((until - at).total_seconds())
        at = until
        assert circuits.may_try(ORIGIN, "desk", at) is None
        circuits.record(ORIGIN, "desk", SILENT, at)

    assert pauses == [30, 60, 120, 240, 480, 600, 600, 600]
    assert LONGEST_PAUSE_S == 600


def test_a_failure_that_was_under_way_when_the_circuit_opened_does_not_lengthen_the_pause():
    circuits = opened()

    circuits.record(ORIGIN, "another channel there", SILENT, after(10))

    assert circuits.may_try(ORIGIN, "desk", after(10)) == after(30)


def test_a_circuit_that_opened_again_after_a_success_begins_with_the_short_pause():
    circuits = opened()
    assert circuits.may_try(ORIGIN, "desk", after(30)) is None
    circuits.record(ORIGIN, "desk", TAKEN, after(30))
    for _ in range(OPENS_AFTER):
        circuits.record(ORIGIN, "desk", BROKEN, after(40))

    assert circuits.may_try(ORIGIN, "desk", after(40)) == after(70)


@pytest.mark.parametrize("busy", [BUSY, BUSY_FOR])
def test_a_probe_that_is_answered_by_a_throttle_closes_the_circuit(busy):
    circuits = opened()
    assert circuits.may_try(ORIGIN, "desk", after(30)) is None

    circuits.record(ORIGIN, "desk", busy, after(30))

    assert not circuits.is_open(ORIGIN, "desk")


def test_a_probe_that_was_not_sent_after_all_leaves_room_for_another():
    circuits = opened()
    assert circuits.may_try(ORIGIN, "desk", after(30)) is None

    circuits.record(ORIGIN, "desk", NO_SECRET, after(30))

    assert circuits.may_try(ORIGIN, "desk", after(30)) is None
    assert circuits.is_open(ORIGIN, "desk")


def test_a_probe_whose_result_never_comes_is_not_waited_for_for_ever():
    circuits = opened()
    assert circuits.may_try(ORIGIN, "desk", after(30)) is None

    assert circuits.may_try(ORIGIN, "desk", after(30 + PROBE_LOST_S - 1)) is not None
    assert circuits.may_try(ORIGIN, "desk", after(30 + PROBE_LOST_S)) is None


def test_a_clock_that_was_set_back_by_a_day_lengthens_no_pause():
    circuits = opened()

    assert circuits.may_try(ORIGIN, "desk", NOW - timedelta(days=1)) == NOW - timedelta(days=1) + timedelta(seconds=30)


def test_of_many_threads_that_ask_at_once_one_is_the_probe():
    circuits = opened()
    gate, told = threading.Barrier(8), []

    def ask(number: int) -> None:
        gate.wait()
        told.append(circuits.may_try(ORIGIN, f"channel-{number}", after(30)))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, told)) == sorted(["None", *[str(after(31))] * 7])


@given(st.lists(st.tuples(st.sampled_from(["ok", "failed", "slow"]), st.floats(0, 900)), max_size=60))
def test_whatever_happens_there_is_at_most_one_probe_and_a_time_to_ask_again(steps):
    circuits, at, under_way = opened(), NOW, 0
    for outcome, seconds in steps:
        at += timedelta(seconds=min(seconds, PROBE_LOST_S - 1) if under_way else seconds)
        was_open = circuits.is_open(ORIGIN, "desk")
        until = circuits.may_try(ORIGIN, "desk", at)
        if until is not None:
            assert at < until <= at + timedelta(seconds=LONGEST_PAUSE_S)
        elif was_open:
            under_way += 1
            assert under_way == 1
        if outcome != "slow" and (under_way or not was_open):
            circuits.record(ORIGIN, "desk", TAKEN if outcome == "ok" else BROKEN, at)
            under_way = 0
        elif under_way:
            circuits.record(ORIGIN, "desk", NO_SECRET, at)
            under_way = 0
