from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.builders import SEEN, delivery
from tracker.events.deliveries import Attempt, ChannelState
from tracker.fetch.transport import Answer
from tracker.notify.channels.posting import attempt_of
from tracker.notify.retry import REASONS, WAITS_S, plan

FAILED = Attempt(ok=False, status=500, error="HTTP 500")
WELL = ChannelState(channel="desk")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
chances = st.floats(0, 1, exclude_max=True)


def answered(status: int, **headers: str) -> Attempt:
    """What a channel makes of such an answer."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return attempt_of(Answer(status=status, headers=fields, body=b"", cut=False), None, now=SEEN)


def planned(attempt: Attempt, *, owed=None, at=SEEN, chance=0.0, channel=WELL):
    return plan(owed or delivery(), attempt, at=at, chance=chance, channel=channel)


def history(chance: float, answer: Attempt = FAILED):
    """The plans for a delivery that always gets the same answer, and the instants of the tries."""
    owed, at = delivery(), SEEN
    while True:
        made = planned(answer, owed=owed, at=at, chance=chance)
        yield at, made
        if made.retry_at is None:
            return
        at = made.retry_at
        owed = delivery(attempts=owed.attempts + made.attempt.spends)


# ---------------------------------------------------------------- the schedule


def test_without_jitter_the_ten_tries_are_those_of_standard_webhooks():
    tries = list(history(0))

    assert [at - SEEN for at, _ in tries] == [timedelta(seconds=sum(WAITS_S[: n + 1])) for n in range(10)]
    assert tries[-1][0] - SEEN == timedelta(hours=75, minutes=35, seconds=5)
    assert [made.kind for _, made in tries] == ["failed"] * 9 + ["dead"]
    assert tries[-1][1].reason == tries[-1][1].attempt.reason == "expired"


@given(chances)
def test_the_window_is_never_shorter_than_75_hours_and_jitter_only_adds(chance):
    tries = list(history(chance))

    assert tries[-1][0] - SEEN >= timedelta(hours=75)
    for ((before, _), (after, _)), wait_s in zip(pairwise(tries), WAITS_S[1:], strict=True):
        assert wait_s <= (after - before).total_seconds() <= wait_s * 1.2 + 0.001


@given(
    st.integers(0, 9),
    st.integers(0, 86_400),
    st.sampled_from([302, 400, 404, 413, 429, 500, 503]),
    chances,
    st.integers(0, 10**6),
)
def test_no_try_is_made_before_the_receiver_asked_for_it(attempts, asked_s, status, chance, age_s):
    at = SEEN + timedelta(seconds=age_s)

    made = planned(answered(status, retry_after=str(asked_s)), owed=delivery(attempts=attempts), at=at, chance=chance)

    assert made.kind == "dead" or made.retry_at >= at + timedelta(seconds=asked_s)


# ---------------------------------------------------------------- receivers that ask for time


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_for_time_costs_the_delivery_no_try(status):
    made = planned(answered(status, retry_after="2"), owed=delivery(attempts=3), chance=0.9)

    assert (made.kind, made.attempt.spends) == ("failed", False)
    assert made.retry_at == SEEN + timedelta(seconds=2)


@pytest.mark.parametrize("status", [429, 503])
def test_one_that_names_no_time_does(status):
    assert planned(answered(status)).attempt.spends


@pytest.mark.parametrize("asked_s", [0, 1, 60, 86_400])
def test_a_receiver_that_defers_for_ever_is_given_up_after_some_hundred_questions(asked_s):
    tries = list(history(0, answered(429, retry_after=str(asked_s))))

    assert tries[-1][1].kind == "dead"
    assert tries[-1][0] - SEEN > timedelta(hours=75)
    assert len(tries) < 220


# ---------------------------------------------------------------- what each status means


@pytest.mark.parametrize("status", range(200, 600))
def test_every_status_has_one_outcome(status):
    for attempts in range(len(WAITS_S)):
        is_last = attempts == len(WAITS_S) - 1
        made = planned(answered(status), owed=delivery(attempts=attempts))

        if 200 <= status < 300:
            expected = ("sent", False, None, None)
        elif status == 410:
            expected = ("dead", False, "HTTP 410: the receiver is gone for good", "gone")
        elif status in (400, 413, 422):
            expected = ("failed", True, None, None)
        elif is_last:
            expected = ("dead", False, None, "expired")
        else:
            expected = ("failed", False, None, None)
        assert (made.kind, made.shrink, made.disable, made.reason) == expected
        assert (made.retry_at is None) == (made.kind != "failed")
        assert made.retry_at is None or (made.retry_at - SEEN).total_seconds() == (
            0 if made.shrink else WAITS_S[attempts + 1]
        )
        assert made.reason is None or (made.reason in REASONS and made.kind == "dead")
        assert made.attempt.reason == made.reason


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_message_that_is_refused_smaller_too_is_given_up(status):
    small = replace(delivery(attempts=1), shrunk=1)

    made = planned(answered(status), owed=small)

    assert (made.kind, made.reason, made.shrink, made.disable) == ("dead", "refused", False, None)


def test_a_message_refused_at_its_last_try_is_tried_smaller_all_the_same():
    made = planned(answered(413), owed=delivery(attempts=9))

    assert (made.kind, made.shrink, made.retry_at) == ("failed", True, SEEN)


@pytest.mark.parametrize(
    ("attempt", "reason"),
    [
        (Attempt(ok=False, status=500, permanent=True, reason="aborted"), "aborted"),
        (Attempt(ok=False, permanent=True, reason="unrenderable"), "unrenderable"),
        (Attempt(ok=False, status=404, permanent=True), "refused"),
        (Attempt(ok=False, status=404, permanent=True, reason="no such word"), "refused"),
    ],
)
def test_what_no_later_try_can_help_is_given_up_at_once_under_a_known_reason(attempt, reason):
    made = planned(attempt)

    assert (made.kind, made.retry_at, made.reason, made.attempt.reason) == ("dead", None, reason, reason)


def test_a_channel_that_nobody_knows_any_more_is_named_when_the_tries_are_used_up():
    unknown = Attempt(ok=False, error="channel 'desk' is not in config/subscriptions.toml", reason="retired")

    assert (planned(unknown).kind, planned(unknown).attempt.reason) == ("failed", None)
    assert planned(unknown, owed=delivery(attempts=9)).reason == "retired"


# ---------------------------------------------------------------- channels that are switched off


def refusing(times: int, since: timedelta) -> ChannelState:
    return ChannelState(
        channel="desk", failing_since=SEEN - since, failures=times, refused_since=SEEN - since, refusals=times
    )


def failing(since: timedelta, failures: int = 30) -> ChannelState:
    return ChannelState(channel="desk", failing_since=SEEN - since, failures=failures)


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize(
    ("times", "since", "is_disabled"),
    [
        (0, timedelta(), False),
        (2, HOUR, False),
        (1, 2 * DAY, False),
        (2, DAY - timedelta(seconds=1), False),
        (2, DAY, True),
        (9, 3 * DAY, True),
    ],
)
def test_a_channel_that_refuses_us_three_times_over_a_day_is_switched_off(status, times, since, is_disabled):
    made = planned(answered(status), channel=refusing(times, since))

    assert (made.disable is not None) == is_disabled
    assert made.kind == "failed", "the message stays owed: it is sent when the channel is switched on again"
    assert made.disable is None or f"HTTP {status}: it refused us {times + 1} times" in made.disable


def test_another_failure_does_not_switch_off_a_channel_for_its_refusals():
    assert planned(FAILED, channel=refusing(5, 2 * DAY)).disable is None


@pytest.mark.parametrize(
    ("since", "age", "is_disabled"),
    [
        (5 * DAY - timedelta(seconds=1), 2 * DAY, False),
        (5 * DAY, 2 * DAY, True),
        (5 * DAY, DAY, True),
        (30 * DAY, HOUR, False),
    ],
)
def test_a_channel_without_success_for_five_days_is_switched_off_by_a_message_tried_for_a_day(since, age, is_disabled):
    made = planned(FAILED, owed=delivery(attempts=6, owed_at=SEEN - age), channel=failing(since))

    assert (made.disable is not None) == is_disabled
    assert made.kind == "failed"
    assert made.disable is None or made.disable == "it took nothing for 5 days, in 31 tries; last: HTTP 500"


def test_the_last_try_of_a_message_that_switches_its_channel_off_says_so():
    made = planned(FAILED, owed=delivery(attempts=9, owed_at=SEEN - 3 * DAY), channel=failing(6 * DAY))

    assert (made.kind, made.reason) == ("dead", "disabled")
    assert made.disable is not None


@pytest.mark.parametrize("attempt", [answered(204), answered(429, retry_after="60"), answered(503, retry_after="60")])
def test_a_success_and_a_receiver_that_is_only_busy_switch_nothing_off(attempt):
    owed = delivery(attempts=6, owed_at=SEEN - 3 * DAY)

    assert planned(attempt, owed=owed, channel=failing(30 * DAY)).disable is None


def test_what_was_taken_is_sent():
    assert planned(Attempt(ok=True, status=204), owed=delivery(attempts=9)).kind == "sent"
