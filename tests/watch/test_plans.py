"""When a page is looked at next, after each kind of look, and why then."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.builder import START, add, added, minute, see
from tracker import clock
from tracker.events import bodies
from tracker.events.looks import FetchFailed, Outcome, Validators, Watch
from tracker.events.types import CheckEntry, Suspicion
from tracker.store import DueWatch, Learned, Operational, Plan, Sighting, create, open_store
from tracker.store.record import Looked
from tracker.watch.cadence import DAY_S, Limits, Shares
from tracker.watch.plans import FIRST_BACK_OFF_S, LOST_AFTER, MAX_BACK_OFF_S, Planner, back_off_s, planned, taught_by

LIMITS = Limits(every_s=21_600, most_s=3600, least_s=14 * DAY_S)
URL = "https://r.example/"


def looked(
    outcome: Outcome = "unchanged", *, at: datetime = START, status: int | None = 304, detail: str = "", **more: int
) -> Looked:
    return Looked(entry=CheckEntry(watch="r", at=at, outcome=outcome, status=status, detail=detail), **more)


def plan(
    look: Looked, *, every_s: int | None = 21_600, failures: int = 0, doubt: Suspicion | None = None
) -> tuple[float, str]:
    """Seconds until the next look at a page of a new watch, and why."""
    known = DueWatch(watch="r", host="r.example", due_at=START, failures=failures)
    watch = Watch(name="r", url=URL, every_s=every_s)
    learned = taught_by(Learned(), look)
    found = planned(watch, look, known, learned, Shares(limits=LIMITS), doubt=doubt, confirm_after_s=(600, 7200))
    return (found.due_at - look.entry.at).total_seconds(), found.why


def suspicion(agreed: int, since: datetime = START) -> Suspicion:
    return Suspicion(position=1, text_sha256="a" * 64, reason="missing_chapter", since=since, agreed=agreed)


def test_a_page_with_an_interval_of_its_own_is_due_after_it():
    assert plan(looked()) == (21_600, "every 6h as configured")


def test_a_doubt_is_looked_into_when_it_may_be_settled():
    doubted = looked("suspect", status=200)

    assert plan(doubted, doubt=suspicion(1)) == (600, "confirming a doubt: missing_chapter")
    assert plan(doubted, doubt=suspicion(2)) == (7200, "confirming a doubt: missing_chapter")
    assert plan(doubted, doubt=suspicion(1, START - timedelta(hours=9)))[0] == 0
    assert plan(doubted, every_s=300, doubt=suspicion(1))[0] == 300


def test_after_failures_it_is_tried_again_later_each_time_and_not_with_all_the_others():
    failed = looked("failed", status=503, detail="http_status: HTTP 503")

    assert plan(failed) == (60, "failed once: http_status 503")
    wait_s, why = plan(failed, failures=2)
    assert why == "failed 3 times: http_status 503"
    assert 120 <= wait_s <= 240
    assert len({back_off_s(f"w-{n}", 5) for n in range(100)}) == 100


@given(st.text(max_size=5), st.integers(1, LOST_AFTER))
def test_the_back_off_grows_within_its_bounds(name, failures):
    assert FIRST_BACK_OFF_S <= back_off_s(name, failures) <= MAX_BACK_OFF_S
    assert back_off_s(name, failures) <= back_off_s(name, failures + 2) or failures > 8


def test_a_failure_never_puts_a_page_off_beyond_its_interval_but_for_the_hosts_wish():
    failed = looked("failed", status=503, detail="http_status: HTTP 503")

    assert plan(failed, every_s=300, failures=9)[0] == 300
    wait_s, why = plan(looked("failed", status=503, detail="http_status: HTTP 503", retry_after_s=90_000))
    assert (wait_s, why) == (90_000, "failed once: http_status 503; asked to wait 25 h")


@pytest.mark.parametrize("status", [401, 403, 451])
def test_a_door_that_is_shut_is_tried_once_a_day(status):
    assert plan(looked("failed", status=status, detail="http_status: HTTP"))[0] == DAY_S


def test_a_page_that_failed_for_days_is_tried_once_a_day():
    assert plan(looked("failed", detail="connect: refused", status=None), failures=LOST_AFTER)[0] == DAY_S


def test_the_publishers_word_that_nothing_is_new_is_a_floor_for_who_has_no_interval_of_its_own():
    assert plan(looked(fresh_s=86_400), every_s=None) == (86_400, "fresh for 24 h by the publisher")
    assert plan(looked(fresh_s=86_400))[0] == 21_600
    assert plan(looked(fresh_s=60), every_s=None)[0] == pytest.approx(21_600, rel=0.05)


def test_refused_and_doubted_and_failed_looks_teach_nothing():
    known = Learned(changes=2.0, exposure_s=9e5, looks=7, counted_at=START)

    assert taught_by(known, looked("rejected", status=200)) == known
    assert taught_by(known, looked("suspect", status=200)) == known
    assert taught_by(known, looked("failed", status=503)) == known
    assert taught_by(known, looked(at=minute(60))).exposure_s == 9e5 + 3600


# ---------------------------------------------------------------- with a store


@pytest.fixture
def store(tmp_path):
    create(tmp_path / "log.db", now=lambda: START)
    with open_store(tmp_path / "log.db", write=True, now=lambda: START) as opened:
        yield opened


def test_what_was_decided_and_learned_is_kept_and_forgotten_with_another_page(store):
    add(store)
    learned = Learned(changes=1.5, exposure_s=3.25e6, looks=9, counted_at=minute(1), run_looks=2, run_expected=0.25)
    decided = Plan(due_at=minute(90), set_at=minute(2), why="learned: so", learned=learned)
    store.operate(Operational(plans={"r": decided, "unknown": decided}))

    told = store.due_times()
    assert told == {
        "r": DueWatch(watch="r", host="r.example", due_at=minute(90), why="learned: so", learned=learned, failures=0)
    }
    assert store.paces() == [("r.example", 1.5, 3.25e6, 9)]
    store.append((added(kind="altered", every_s=60),), key="interval")
    assert store.due_times(["r"])["r"].learned == learned
    assert store.due_times(["r"])["r"].why == ""  # looked at anew at once
    assert store.paces() == []
    store.append((added(kind="altered", url="https://other.example/"),), key="page")
    assert store.due_times()["r"].learned == Learned()


def test_what_was_put_off_by_a_clock_that_was_ahead_is_brought_near(store):
    for name in ("r", "s"):
        add(store, name)
    ahead, honest = minute(100_000), minute(-5)
    store.operate(
        Operational(
            plans={
                "r": Plan(due_at=ahead + timedelta(hours=6), set_at=ahead, why="w", learned=Learned()),
                "s": Plan(due_at=honest + timedelta(hours=6), set_at=honest, why="w", learned=Learned()),
            }
        )
    )

    assert store.pull_due_back(START) == 1
    assert store.pull_due_back(START) == 0
    assert {d.watch: d.due_at for d in store.due_times().values()} == {"r": minute(360), "s": minute(355)}


def test_what_is_waiting_is_read_in_order_and_no_further_than_is_wanted(store):
    for n in range(20):
        add(store, f"w{n}")
    store.operate(Operational(due={f"w{n}": minute(-n) for n in range(20)}))
    asked = []

    def is_wanted(watch: str, host: str) -> bool:
        asked.append(watch)
        return int(watch[1:]) % 2 == 0

    assert store.waiting(START, 3, is_wanted) == (
        ("w18", "w18.example"),
        ("w16", "w16.example"),
        ("w14", "w14.example"),
    )
    assert len(asked) == 6


def test_what_is_read_ahead_is_what_would_be_read_until_something_is_written(store):
    add(store)
    add(store, "s")
    see(store, {"ban": "No ducks."}, minute(1), etag='"a"')
    seen = Sighting(at=minute(2), validators=Validators(etag='"b"'), body_sha256="ab" * 32)
    store.operate(Operational(seen={"r": seen}))
    plainly = {name: store.last_seen(name) for name in ("r", "s", "unknown")}
    assert plainly["r"].validators.etag == '"b"'

    store.read_ahead(["r", "s", "unknown"])
    assert {name: store.last_seen(name) for name in plainly} == plainly

    store.read_ahead(["r", "s", "unknown"])
    failed = FetchFailed(url=URL, at=minute(3), reason="timeout", detail="")
    store.append((bodies.check_failed("r", failed),), key="failed")
    assert store.last_seen("r").failed_since == minute(3)

    store.read_ahead(["r", "s", "unknown"])
    store.operate(Operational(seen={"r": Sighting(at=minute(4), validators=Validators(etag='"c"'))}))
    assert store.last_seen("r").validators.etag == '"c"'
    assert store.last_seen("s") == plainly["s"]


def test_a_fleet_that_learns_shares_the_looks_out_and_spends_what_fixed_intervals_would(store):
    names = [f"w{n}" for n in range(40)]
    watches = {name: Watch(name=name, url=f"https://{name}.example/") for name in names}
    for name in names:
        add(store, name)
    planner = Planner(store, LIMITS, (600, 7200))
    known = Learned(exposure_s=40.0 * DAY_S, looks=20, counted_at=START)
    lively = Learned(changes=40.0, exposure_s=40.0 * DAY_S, looks=20, counted_at=START)
    decided = {
        name: Plan(due_at=START, set_at=START, why="", learned=lively if n < 4 else known)
        for n, name in enumerate(names)
    }
    store.operate(Operational(plans=decided))

    round_ = [
        (watches[name], Looked(entry=CheckEntry(watch=name, at=minute(60), outcome="unchanged", status=304)))
        for name in names
    ]
    plans = planner.plans(round_, minute(60))

    waits = {name: (plan.due_at - plan.set_at).total_seconds() for name, plan in plans.items()}
    assert waits["w0"] < 21_600 / 3 < 21_600 * 1.2 < waits["w9"]
    assert sum(1 / wait for wait in waits.values()) == pytest.approx(40 / 21_600, rel=0.03)
    assert plans["w0"].why.startswith("learned: about 1 change in")


# ---------------------------------------------------------------- clocks

ZONES = ("UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "LHST-10:30LHDT-11,M10.1.0,M4.1.0", "NST3:30NDT,M3.2.0,M11.1.0")


@pytest.fixture(params=ZONES)
def zone(request, monkeypatch) -> Iterator[str]:
    """The process's own time zone, by its rule, so that no list of zones has to be installed."""
    monkeypatch.setitem(os.environ, "TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("every_s", [5 * 3600, DAY_S])
def test_in_ten_years_no_look_is_left_out_or_taken_twice_whatever_the_zone(zone, every_s):
    begin, end = datetime(2023, 1, 1, tzinfo=UTC), datetime(2033, 1, 1, tzinfo=UTC)
    at, ats = begin, []
    while at < end:
        ats.append(at)
        wait_s, _ = plan(looked(at=at), every_s=every_s)
        at = clock.from_us(clock.to_us(at + timedelta(seconds=wait_s)))  # as the table keeps it

    assert {b - a for a, b in pairwise(ats)} == {timedelta(seconds=every_s)}
    assert len(ats) == -(-(end - begin).total_seconds() // every_s)  # 2024, 2028 and 2032 had their 29 February
    assert time.tzname[0] == zone[:3] or zone.startswith(("LHST", "UTC"))


@given(st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1)), st.sampled_from(range(60, 40 * DAY_S, 977)))
def test_a_due_time_lies_exactly_its_interval_ahead_also_over_the_edges_of_summer_time(naive, every_s):
    at = naive.replace(tzinfo=UTC)
    wait_s, _ = plan(looked(at=at), every_s=every_s)
    assert wait_s == every_s
