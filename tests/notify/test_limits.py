from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.notify.limits import Limits

NOW = datetime(2026, 8, 14, 9, 30, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def limits(per_minute: float | None, burst: int = 1) -> Limits:
    made = Limits()
    made.configure("desk", per_minute, burst)
    return made


def sent(of: Limits, count: int, start: datetime = NOW) -> list[float]:
    """Send so many as fast as it lets us; the seconds at which they go."""
    at, times = start, []
    for _ in range(count):
        at = of.next_at("desk", at) or at
        assert of.next_at("desk", at) is None, "the instant that it names is one at which one may"
        of.take("desk", at)
        times.append((at - start).total_seconds())
    return times


@pytest.mark.parametrize(
    ("per_minute", "burst", "times"),
    [
        (60, 1, [0, 1, 2, 3]),
        (60, 3, [0, 0, 0, 1, 2]),
        (20, 1, [0, 3, 6]),
        (30, 2, [0, 0, 2, 4]),
        (0.5, 1, [0, 120, 240]),
        (None, 1, [0] * 6),
    ],
)
def test_a_channel_is_sent_as_many_as_it_bears(per_minute, burst, times):
    assert sent(limits(per_minute, burst), len(times)) == times


def test_what_was_not_used_is_saved_up_to_the_burst_and_no_further():
    of = limits(60, 3)
    sent(of, 3)

    assert sent(of, 5, after(3600)) == [0, 0, 0, 1, 2]


@pytest.mark.parametrize("per_minute", [7, 11, 13, 59.9])
def test_a_rate_that_does_not_divide_a_minute_is_rounded_to_fewer(per_minute):
    assert sent(limits(per_minute), 601)[-1] >= 600 * 60 / per_minute


@given(
    st.floats(0.5, 6000),
    st.integers(1, 20),
    st.lists(st.floats(0, 30), min_size=1, max_size=80),
    st.integers(0, 79),
    st.integers(0, 79),
)
def test_no_stretch_of_time_sees_more_than_the_burst_and_the_rate(per_minute, burst, pauses, first, last):
    of, at, times = limits(per_minute, burst), NOW, []
    for pause in pauses:
        at += timedelta(seconds=pause)
        if of.next_at("desk", at) is None:
            of.take("desk", at)
            times.append(at)

    within = times[min(first, last) : max(first, last) + 1]
    if within:
        seconds = (within[-1] - within[0]).total_seconds()
        assert len(within) <= burst + seconds * per_minute / 60 + 1e-6


@pytest.mark.parametrize(("per_minute", "burst", "used"), [(60, 1, 0), (60, 3, 0), (60, 3, 2), (20, 1, 1), (7, 4, 9)])
def test_the_turn_of_each_that_waits_is_when_it_would_go(per_minute, burst, used):
    of = limits(per_minute, burst)
    start = after(sent(of, used)[-1]) if used else NOW

    turns = [of.next_at("desk", start, ahead=ahead) or start for ahead in range(6)]

    assert [(turn - start).total_seconds() for turn in turns] == sent(of, 6, start)


def test_no_turn_comes_before_a_pause_ends():
    of = limits(60)
    of.leave_alone("desk", after(100))

    assert [of.next_at("desk", NOW, ahead=ahead) for ahead in range(3)] == [after(100), after(101), after(102)]


def test_one_channel_does_not_use_up_what_another_has():
    of = limits(1)
    of.configure("mail", 1, 1)
    of.take("desk", NOW)

    assert of.next_at("desk", NOW) == after(60)
    assert of.next_at("mail", NOW) is None
    assert of.next_at("never heard of", NOW) is None


def test_a_channel_that_asked_for_it_is_left_alone_whatever_its_rate():
    for of in (limits(None), limits(6000, 100), Limits()):
        of.leave_alone("desk", after(30))
        of.leave_alone("desk", after(10))

        assert of.next_at("desk", NOW) == of.next_at("desk", after(29.999)) == after(30)
        assert of.next_at("desk", after(30)) is None


def test_the_longer_of_pause_and_rate_decides():
    of = limits(1)
    of.take("desk", NOW)
    of.leave_alone("desk", after(30))
    assert of.next_at("desk", NOW) == after(60)

    of.leave_alone("desk", after(90))
    assert of.next_at("desk", NOW) == after(90)


def test_a_channel_configured_anew_forgets_neither_its_pause_nor_what_it_was_sent():
    of = limits(1)
    of.take("desk", NOW)
    of.configure("desk", 1, 1)
    assert of.next_at("desk", NOW) == after(60)

    of.leave_alone("desk", after(300))
    of.configure("desk", None, 1)
    assert of.next_at("desk", NOW) == after(300)


def test_a_clock_that_was_set_back_by_a_day_stops_nobody_for_a_day():
    of = limits(60)
    sent(of, 3)
    earlier = NOW - timedelta(days=1)

    assert of.next_at("desk", earlier) == earlier + timedelta(seconds=1)
