from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.builders import SEEN, delivery
from tracker.events.types import Attempt
from tracker.notify.retry import WAITS_S, plan

FAILED = Attempt(ok=False, status=500, error="HTTP 500")
chances = st.floats(0, 1, exclude_max=True)


def history(chance: float, answer: Attempt = FAILED):
    """The plans for a delivery that always gets the same answer, and the instants of the tries."""
    owed, at = delivery(), SEEN
    while True:
        made = plan(owed, answer, at=at, chance=chance)
        yield at, made
        if made.retry_at is None:
            return
        at = made.retry_at
        owed = delivery(attempts=owed.attempts + made.attempt.spends)


def test_without_jitter_the_ten_tries_are_those_of_standard_webhooks():
    tries = list(history(0))

    assert [at - SEEN for at, _ in tries] == [timedelta(seconds=sum(WAITS_S[: n + 1])) for n in range(10)]
    assert tries[-1][0] - SEEN == timedelta(hours=75, minutes=35, seconds=5)
    assert [made.kind for _, made in tries] == ["failed"] * 9 + ["dead"]


@given(chances)
def test_the_window_is_never_shorter_than_75_hours_and_jitter_only_adds(chance):
    tries = list(history(chance))

    assert tries[-1][0] - SEEN >= timedelta(hours=75)
    for (before, _), (after, _), wait_s in zip(tries, tries[1:], WAITS_S[1:], strict=False):
        assert wait_s <= (after - before).total_seconds() <= wait_s * 1.2 + 0.001


@given(
    st.integers(0, 9),
    st.integers(0, 86_400),
    st.sampled_from([302, 404, 429, 500, 503]),
    chances,
    st.integers(0, 10**6),
)
def test_no_try_is_made_before_the_receiver_asked_for_it(attempts, asked_s, status, chance, age_s):
    at = SEEN + timedelta(seconds=age_s)
    answer = Attempt(ok=False, status=status, retry_after_s=asked_s)

    made = plan(delivery(attempts=attempts), answer, at=at, chance=chance)

    assert made.kind == "dead" or made.retry_at >= at + timedelta(seconds=asked_s)


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_for_time_costs_the_delivery_no_try(status):
    made = plan(delivery(attempts=3), Attempt(ok=False, status=status, retry_after_s=2), at=SEEN, chance=0.9)

    assert (made.kind, made.attempt.spends) == ("failed", False)
    assert made.retry_at == SEEN + timedelta(seconds=2)


@pytest.mark.parametrize("status", [429, 503])
def test_one_that_names_no_time_does(status):
    assert plan(delivery(), Attempt(ok=False, status=status), at=SEEN, chance=0).attempt.spends


@pytest.mark.parametrize("asked_s", [0, 1, 60, 86_400])
def test_a_receiver_that_defers_for_ever_is_given_up_after_some_hundred_questions(asked_s):
    tries = list(history(0, Attempt(ok=False, status=429, retry_after_s=asked_s)))

    assert tries[-1][1].kind == "dead"
    assert tries[-1][0] - SEEN > timedelta(hours=75)
    assert len(tries) < 220


def test_what_cannot_succeed_is_given_up_at_once():
    made = plan(delivery(), Attempt(ok=False, status=410, permanent=True), at=SEEN, chance=0)

    assert (made.kind, made.retry_at) == ("dead", None)


def test_what_was_taken_is_sent():
    assert plan(delivery(attempts=9), Attempt(ok=True, status=204), at=SEEN, chance=0).kind == "sent"
