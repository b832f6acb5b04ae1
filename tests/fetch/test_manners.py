"""What is so at every host, whatever it answers: the laws of the gate, and what they cost."""

import timeit
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fetch.gate import Time, hosts
from tracker.fetch.hosts import Held
from tracker.fetch.memory import Forgetful

ORIGIN = "https://example.org"
ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /*.pdf$\n" + "".join(f"Disallow: /p{n}/\n" for n in range(40))

# Seconds that pass before, the exchange's own, its answer, and Retry-After.
exchanges = st.lists(
    st.tuples(
        st.floats(0, 100_000),
        st.floats(0, 60),
        st.sampled_from([200, 304, 404, 429, 500, 502, 503, None]),
        st.none() | st.integers(1, 10_000),
    ),
    max_size=40,
)


@given(
    exchanges,
    st.floats(0, 5),
    st.sampled_from(["", "Crawl-delay: 3", "Crawl-delay: 900"]),
    st.floats(0, 1),
    st.integers(1, 20),
)
def test_no_host_is_asked_too_soon_or_while_it_is_to_be_left_alone_or_made_to_wait_long(
    story, delay_s, crawl_delay, chance, restart_every
):
    time, memory = Time(), Forgetful()
    gate = hosts(time, memory, host_delay_s=delay_s, chance=chance)
    gate.learn_robots(ORIGIN, 200, f"User-agent: *\n{crawl_delay}\n".encode())
    pause_s = max(delay_s, {"": 0, "Crawl-delay: 3": 3, "Crawl-delay: 900": 30}[crawl_delay])
    ended_at = asked_to_wait_until = None

    for n, (passes_s, takes_s, status, retry_after_s) in enumerate(story):
        time.go(passes_s)
        if n % restart_every == 0:
            gate.close()
            gate = hosts(time, memory, host_delay_s=delay_s, chance=chance)
        turn = gate.turn(ORIGIN, f"{ORIGIN}/{n}")
        time.waits.clear()
        try:
            turn.enter()
        except Held as held:
            assert time.waits == []  # nobody is made to wait for a hold
            assert held.until > time.now()
            assert gate.held_until(ORIGIN) == held.until
            continue

        assert sum(time.waits) <= pause_s * 1.05 + 1e-6
        if ended_at is not None:
            assert (time.now() - ended_at).total_seconds() >= pause_s - 2e-6
        assert asked_to_wait_until is None or time.now() >= asked_to_wait_until
        time.go(takes_s)
        held_s = turn.failed("nothing") if status is None else turn.answered(status, retry_after_s)
        turn.leave()
        ended_at = time.now()
        if status is not None and retry_after_s:
            assert held_s == retry_after_s
        asked_to_wait_until = gate.held_until(ORIGIN)


def test_a_host_that_does_not_get_well_is_asked_ever_less_and_never_given_up():
    time = Time()
    gate = hosts(time, chance=1.0)
    asked = []
    for n in range(14 * 24 * 60):
        turn = gate.turn(ORIGIN, f"{ORIGIN}/{n % 800}")
        with suppress(Held):
            turn.enter()
            asked.append(time.now())
            turn.failed("no connection")
            turn.leave()
        time.go(60)

    gaps_s = [(b - a).total_seconds() for a, b in pairwise(asked)]
    assert gaps_s[:4] == [60] * 4
    assert gaps_s[4:] == sorted(gaps_s[4:])
    assert max(gaps_s) == 6 * 3600
    assert len(asked) < 80


@pytest.mark.proof
def test_a_turn_and_a_look_at_the_rules_cost_less_than_a_twentieth_of_a_millisecond():
    gate = hosts(Time())
    origins = [f"https://host{n}.example" for n in range(1000)]
    for origin in origins:
        gate.learn_robots(origin, 200, ROBOTS.encode())

    def ask_all():
        for origin in origins:
            url = f"{origin}/azerbaijan/2022"
            assert gate.forbids(origin, url) is None
            turn = gate.turn(origin, url)
            turn.enter()
            turn.answered(304)
            turn.leave()

    assert min(timeit.repeat(ask_all, number=1, repeat=7)) / len(origins) < 50e-6
