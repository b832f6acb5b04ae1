"""What was edited is told exactly once, and its undoing once, whatever stands in between."""

from dataclasses import replace

import pytest

from tests.farm.modes import MODES
from tests.farm.pages import page
from tests.farm.proof import FEW, MANY, lived, short_of, small_pages, spread
from tests.farm.world import Turn, World, chosen, life_of


def test_every_edit_is_told_once_and_its_undoing_once(tmp_path):
    result = lived(tmp_path, small_pages(), chosen("told"), FEW)

    assert short_of(result, chosen("told"), FEW) == []
    assert not result.faults, "\n" + result.told()


def test_an_edit_that_is_not_told_is_found_out(tmp_path):
    """The control: under a validator that lies, two looks are too few to see anything."""
    one, mode = page(45), MODES["edit_under_a_lying_etag"]
    settled, edited, _ = life_of(one, mode)
    life = (settled, replace(edited, looks=(0.0, 20.0)))

    result = World(tmp_path, [one]).run([[Turn(one, mode, life)]])

    assert len(result.faults) == 1


@pytest.mark.farm
def test_over_a_thousand_pages_every_edit_is_told_once_and_its_undoing_once(tmp_path):
    result = spread(tmp_path, "told")

    assert short_of(result, chosen("told"), MANY) == []
    assert not result.faults, "\n" + result.told()
