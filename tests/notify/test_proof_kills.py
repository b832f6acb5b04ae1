"""Killed at any instant between a change and its messages, nothing is lost, and what comes twice is known by its id.

Real processes, really killed, a real store, real receivers of six kinds. The controls are deliverers with a fault built
in: the same checker has to find it.
"""

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.notify.kill_story import Story, begun, faults, faults_of_arrivals
from tests.notify.killing import MOST, STAGES, Fault
from tracker.store import open_store

BUILT_IN: dict[Fault, tuple[str, ...]] = {
    "marks_first": ("lost: ",),
    "renders_anew": (" forms",),
    "new_ids": ("nobody owed it", " ids"),
}


def kill(story: Story, *, at_stages: int, at_any_instant: int) -> None:
    """So many lives killed at each stage, and so many at any instant, in any order; then one that is not killed."""
    chance = random.Random(story.seed)
    points: list[tuple[str | None, int]] = [(s, chance.randint(1, MOST[s])) for s in STAGES for _ in range(at_stages)]
    points += [(None, chance.randint(1, 1_000)) for _ in range(at_any_instant)]
    for stage, nth in chance.sample(points, len(points)):
        story.live(stage, nth)
    story.end()


def test_killed_at_every_stage_nothing_is_lost_and_what_is_wrong_would_be_found(tmp_path: Path) -> None:
    with begun(tmp_path, seed=0) as story:
        kill(story, at_stages=1, at_any_instant=0)

        assert list(faults(story)) == []

    with open_store(tmp_path / "log.db", write=False) as store:
        deliveries = {d.id: d for d in store.deliveries()}
    came, one = story.arrivals, next(a for a in story.arrivals if a.channel == "hook" and a.is_taken)
    for told, wrong in (
        ("lost: ", [a for a in came if a.id != one.id]),
        (" forms", [*came, replace(one, body=one.body + b" ")]),
        (" bytes ", [replace(a, body=a.body + b" ") if a.id == one.id else a for a in came]),
        ("nobody owed it", [*came, replace(one, id="d_0123456789abcdef")]),
        (" ids", [*came, replace(one, id="d_0123456789abcdef")]),
        ("out of order", came[::-1]),
    ):
        story.arrivals = wrong
        assert any(told in fault for fault in faults_of_arrivals(story, deliveries)), told


@pytest.mark.proof
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_seventy_times_a_seed_nothing_is_lost_and_nothing_is_told_under_two_ids(
    tmp_path: Path, seed: int
) -> None:
    with begun(tmp_path, seed) as story:
        kill(story, at_stages=7, at_any_instant=28)

        assert story.kills == dict.fromkeys(STAGES, 7) | {"any instant": 28}
        assert list(faults(story)) == []

    with open_store(tmp_path / "log.db", write=False) as store:
        forms = Counter(d.form for d in store.deliveries())
        let_go = sum(a.state == "cancelled" for c in store.changes() for a in store.alerts_for(c.id))
    tries = Counter((a.channel, a.id or a.body) for a in story.arrivals if a.is_taken)
    refused = sum(not a.is_taken for a in story.arrivals)
    print(f"{dict(forms)}, {let_go} alerts let go, {refused} refused, {sum(tries.values()) - len(tries)} came again")
    # All of it has to have happened, or else it was not tried.
    assert {"single", "group", "digest", "site_wide"} <= set(forms)  # storms: tests/journeys/test_storm.py
    assert let_go and refused > 20 and sum(tries.values()) - len(tries) > 20


@pytest.mark.proof
@pytest.mark.parametrize("fault", BUILT_IN)
def test_a_deliverer_with_a_fault_is_found_out(tmp_path: Path, fault: Fault) -> None:
    with begun(tmp_path, 4, fault) as story:
        kill(story, at_stages=2, at_any_instant=0)

        found = list(faults(story))

    for told in BUILT_IN[fault]:
        assert any(told in one for one in found), found
