"""Nothing was edited, so nobody is told: whatever a publisher serves in a page's place, and whatever moves on it."""

from dataclasses import replace

import pytest

from tests.farm.modes import MODES, NONE
from tests.farm.pages import page
from tests.farm.proof import FEW, MANY, lived, short_of, small_pages, spread
from tests.farm.world import Turn, World, chosen, life_of


def test_no_way_of_failing_makes_an_alarm(tmp_path):
    result = lived(tmp_path, small_pages(), chosen("silent"), FEW)

    assert short_of(result, chosen("silent"), FEW) == []
    assert not result.faults, "\n" + result.told()


def test_there_are_ways_enough():
    """Thirty were asked for. Each is named for what a publisher does."""
    assert len(chosen("silent")) >= 90
    assert len(chosen("told")) >= 30


def test_an_edit_that_is_taken_for_none_is_found_out(tmp_path):
    """The control: told where nothing should be told."""
    one, mode = page(41), MODES["edit_word"]
    life = tuple(replace(phase, alerts=NONE) for phase in life_of(one, mode))

    result = World(tmp_path, [one]).run([[Turn(one, mode, life)]])

    assert len(result.faults) == 2


@pytest.mark.farm
def test_over_a_thousand_pages_no_way_of_failing_makes_an_alarm(tmp_path):
    result = spread(tmp_path, "silent")

    assert short_of(result, chosen("silent"), MANY) == []
    assert not result.faults, "\n" + result.told()
