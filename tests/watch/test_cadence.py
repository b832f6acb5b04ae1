"""Cadence: what looks teach, how looks are shared out, when the next one is due."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.cadence import LIMITS, compared, drifting, spread, web
from tracker.store import Learned
from tracker.watch.cadence import (
    DAY_S,
    LOOKS_TO_LEARN,
    Limits,
    Shares,
    chance,
    changes_a_second,
    host_budget_a_day,
    pace,
    shares,
    taught,
    words,
)

DEFAULTS = Limits(every_s=21_600, most_s=3600, least_s=14 * DAY_S)
START = datetime(2026, 1, 1, tzinfo=UTC)
SLACK = 1.000001


def after(*looks: tuple[float, bool]) -> Learned:
    """What is known after a first record and such looks: days since the one before, and whether it brought news."""
    known = taught(None, START, changed=None)
    at = START
    for days, changed in looks:
        at += timedelta(days=days)
        known = taught(known, at, changed=changed)
    return known


def a_day(known: Learned) -> float:
    return changes_a_second(known) * DAY_S


# ---------------------------------------------------------------- what looks teach


def test_of_a_new_page_it_is_assumed_that_it_changes_once_in_sixty_days():
    assert a_day(Learned()) == pytest.approx(1 / 60)


def test_a_look_without_news_adds_its_time_and_nothing_else():
    assert a_day(after((10, False))) == pytest.approx(0.5 / 40)


def test_a_look_with_news_adds_as_many_changes_as_it_likely_hid():
    expected = 10 / 60
    assert after((10, True)).changes == pytest.approx(expected / (1 - 2.718281828459045**-expected))
    assert after((600, True)).changes > 1.9  # after so long a pause at least one means more than one


def test_a_page_that_changes_daily_is_known_as_one_and_one_that_never_does_too():
    assert 0.5 < a_day(after(*[(1, True)] * 60)) < 5
    assert a_day(after(*[(1, False)] * 365)) < 1 / 700


def test_a_page_that_becomes_lively_is_believed_sooner_than_its_quiet_years_would_let_it():
    quiet = [(2, False)] * 365
    known, plain_changes, plain_s = after(*quiet), 0.5, 30.0 + 730
    lively = [(2, n % 3 == 0) for n in range(45)]
    for days, changed in lively:
        plain_changes, plain_s = plain_changes + changed, plain_s + days

    assert a_day(after(*quiet, *lively)) > 1.5 * plain_changes / plain_s
    assert a_day(known) < 1 / 1000


def test_a_page_that_falls_silent_is_forgotten_sooner_than_its_lively_years_would_let_it():
    lively = after(*[(1, True)] * 365)
    silent = after(*[(1, True)] * 365, *[(1, False)] * 60)

    assert a_day(silent) < a_day(lively) / 3


def test_a_first_record_is_no_change_and_no_time():
    assert taught(Learned(), START, changed=None) == Learned(looks=1, counted_at=START)


def test_a_clock_that_was_set_back_or_jumped_years_ahead_teaches_next_to_nothing():
    known = after((1, False), (1, True))
    back = taught(known, START, changed=True)
    ahead = taught(known, START + timedelta(days=4000), changed=False)

    assert (back.changes, back.exposure_s, back.counted_at) == (known.changes, known.exposure_s, START)
    assert ahead.exposure_s <= known.exposure_s + 90 * DAY_S


looks = st.lists(st.tuples(st.floats(0, 400), st.booleans()), max_size=60)


@given(looks)
def test_whatever_the_looks_brought_the_rate_is_a_number_above_nothing_and_never_wild(of):
    known = after(*of)
    assert 0 < a_day(known) < 1000
    assert known.changes >= 0
    assert known.exposure_s >= 0
    assert known.looks == len(of) + 1


# ---------------------------------------------------------------- whose turn how often

paces = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.floats(0, 500),
        st.floats(0, 1000 * DAY_S),
        st.integers(0, 20),
    ),
    min_size=1,
    max_size=60,
)


def rates(pages: list[tuple[str, float, float, int]], divided: Shares) -> list[tuple[str, float]]:
    """(host, looks a second) of each page that is learned."""
    return [
        (host, 1 / divided.interval_s(Learned(changes=changes, exposure_s=exposure_s, looks=looks), host))
        for host, changes, exposure_s, looks in pages
        if looks >= LOOKS_TO_LEARN
    ]


@given(paces, st.sampled_from([0, 1, 20, 400, 100_000]), st.sampled_from([0.0, 1.0, 600.0, 5000.0]))
def test_no_page_is_looked_at_more_often_or_more_seldom_than_may_be_and_no_budget_is_overspent(pages, a_day, delay_s):
    limits = Limits(every_s=21_600, most_s=3600, least_s=14 * DAY_S, checks_a_day=a_day, host_delay_s=delay_s)
    found = rates(pages, shares(pages, limits))
    least, most = 1 / limits.least_s, 1 / limits.most_s
    learning = len(pages) - len(found)
    total = (a_day / DAY_S if a_day else len(pages) / limits.every_s) - learning / limits.every_s

    assert all(least / SLACK <= rate <= most * SLACK for _, rate in found)
    assert sum(rate for _, rate in found) <= max(total, len(found) * least) * SLACK
    for host in "abc":
        mine = [rate for at, rate in found if at == host]
        assert sum(mine) <= max(host_budget_a_day(delay_s) / DAY_S, len(mine) * least) * SLACK


@given(paces)
def test_the_whole_budget_is_spent_where_the_bounds_leave_room(pages):
    found = rates(pages, shares(pages, DEFAULTS))
    if found:
        assert sum(rate for _, rate in found) == pytest.approx(len(found) / DEFAULTS.every_s, rel=1e-6)


def test_a_page_that_changes_a_hundred_times_as_often_is_looked_at_ten_times_as_often():
    pages = [("h", 100.0, 100 * DAY_S - 30 * DAY_S, 9), ("h", 0.5, 100 * DAY_S - 30 * DAY_S, 9)] * 20
    found = rates(pages, shares(pages, DEFAULTS))

    assert found[0][1] / found[1][1] == pytest.approx((100.5 / 1.0) ** 0.5, rel=1e-6)


def test_what_a_host_may_not_be_asked_others_get():
    crowd = [("crowded", 3.0, 30.0 * DAY_S, 9)] * 100 + [("other", 3.0, 30.0 * DAY_S, 9)] * 100
    limits = Limits(every_s=21_600, most_s=3600, least_s=14 * DAY_S, host_delay_s=216)  # 100 looks a day
    found = rates(crowd, shares(crowd, limits))

    assert found[0][1] * DAY_S == pytest.approx(1, rel=1e-5)
    assert found[-1][1] * DAY_S == pytest.approx(1, rel=1e-5)
    limits = Limits(every_s=21_600, most_s=3600, least_s=14 * DAY_S, host_delay_s=216)
    quiet = [("crowded", 3.0, 30.0 * DAY_S, 9)] * 100 + [(f"o{n}", 3.0, 30.0 * DAY_S, 9) for n in range(100)]
    found = rates(quiet, shares(quiet, limits))

    assert found[0][1] * DAY_S == pytest.approx(1, rel=1e-5)
    assert found[-1][1] * DAY_S == pytest.approx(7, rel=1e-5)


def test_ten_thousand_pages_are_shared_out_in_a_moment():
    pages = [(f"h{n % 700}", (n % 97) / 7, (n % 331) * DAY_S, 9) for n in range(10_000)]

    begun = time.process_time()
    shares(pages, DEFAULTS)

    assert time.process_time() - begun < 0.25  # some 20 ms on an idle machine


def test_who_asks_for_more_or_less_than_the_bounds_by_default_is_heard():
    often, seldom = Limits(every_s=300, most_s=3600, least_s=9000), Limits(every_s=DAY_S, most_s=3600, least_s=7200)

    assert (often.shortest_s, often.longest_s) == (300, 9000)
    assert (seldom.shortest_s, seldom.longest_s) == (3600, DAY_S)


# ---------------------------------------------------------------- when, and why


def test_an_interval_of_its_own_is_kept_to_the_second():
    told = pace("w", "h", 7200, after(*[(1, True)] * 9), shares([("h", 9.0, 9.0 * DAY_S, 9)], DEFAULTS))

    assert (told.wait_s, told.why) == (7200, "every 2h as configured")


def test_until_three_looks_taught_something_the_default_holds():
    divided = shares([("h", 9.0, 9.0 * DAY_S, 9)], DEFAULTS)
    told = pace("w", "h", None, after((1, True)), divided)

    assert told.wait_s == pytest.approx(21_600, rel=0.05)
    assert told.why == "every 6h until its pace is learned: 2 of 3 looks"


def test_the_reason_says_what_was_learned_in_words():
    known = after(*[(1, False)] * 10, (1, True), *[(1, False)] * 10)
    hot = after(*[(0.1, True)] * 100)
    divided = Shares(limits=DEFAULTS, level=DAY_S * changes_a_second(known) ** 0.5)

    assert pace("w", "h", None, known, divided).why == "learned: about 1 change in 34 d, so every 24 h"
    assert pace("w", "h", None, hot, divided).why.startswith("learned: about 3 changes a day, so every ")
    assert pace("w", "h", None, after(*[(5, False)] * 8), divided).why.startswith(
        "learned: no change in 40 d, so every"
    )


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (0.2, "1 s"), (90, "90 s"), (2700, "45 min"), (32_400, "9 h"), (12 * DAY_S, "12 d"), (172_800, "2 d")],
)
def test_times_are_told_in_one_unit(seconds, told):
    assert words(seconds) == told


def test_a_fleet_added_at_once_spreads_out_and_the_same_page_waits_the_same_time_each_time():
    waits = {pace(f"w-{n}", "h", None, Learned(), Shares(limits=DEFAULTS)).wait_s for n in range(1000)}

    assert len(waits) == 1000
    assert min(waits) >= 21_600 * 0.95
    assert max(waits) <= 21_600 * 1.05
    assert sum(waits) / 1000 == pytest.approx(21_600, rel=0.005)
    assert chance("w", 3) == chance("w", 3) != chance("w", 4)


@given(st.text(max_size=9), looks)
def test_no_page_waits_longer_than_the_longest_time_whatever_is_known_of_it(name, of):
    known = after(*of)
    divided = shares([("h", known.changes, known.exposure_s, known.looks), ("h", 400.0, 9.0 * DAY_S, 9)], DEFAULTS)

    assert pace(name, "h", None, known, divided).wait_s <= DEFAULTS.least_s


def test_an_edit_is_seen_in_half_the_time_of_fixed_intervals_with_as_many_looks_and_no_page_starves():
    found = compared(spread, 2, count=60, years=0.7, names=("fixed", "ours", "oracle"))
    fixed, ours, oracle = found["fixed"], found["ours"], found["oracle"]

    assert ours.a_day <= fixed.a_day * 1.02
    assert ours.delay_h <= 0.6 * fixed.delay_h
    assert ours.delay_h <= 1.15 * oracle.delay_h
    assert ours.gap_d * DAY_S <= LIMITS.least_s


@pytest.mark.proof
@pytest.mark.parametrize(("rates", "seed"), [(spread, 1), (spread, 2), (spread, 3), (web, 1), (web, 2)])
def test_the_goals_of_cadence_hold_over_two_years_of_four_hundred_pages(rates, seed):
    found = compared(rates, seed, names=("fixed", "ours", "oracle"))
    fixed, ours, oracle = found["fixed"], found["ours"], found["oracle"]

    assert ours.a_day <= fixed.a_day * 1.01
    assert ours.delay_h <= 0.55 * fixed.delay_h
    assert ours.delay_h <= 1.10 * oracle.delay_h
    assert ours.gap_d <= 14


@pytest.mark.proof
def test_pages_that_change_their_ways_are_learned_anew():
    found = compared(spread, 1, names=("fixed", "ours"), made=drifting)

    assert found["ours"].delay_h <= 0.65 * found["fixed"].delay_h
    assert found["ours"].gap_d <= 14
