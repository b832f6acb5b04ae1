"""The Delta of structured values, however many there are."""

import random

from tracker.compare.delta import MANY, apply_delta, delta_of

Values = dict[str, dict[str, dict[str, str]]]


def table(rows: int, turn: int) -> Values:
    made = random.Random(turn)
    return {
        f"r_{row}": {f"c{c}": {f"p{k}": made.choice("abcd") for k in range(made.randrange(4))} for c in range(5)}
        for row in range(rows)
    }


def test_the_delta_of_a_large_table_is_the_one_that_deepdiff_makes_of_its_rows():
    old, new = (table(MANY // 5 + 1, turn) for turn in (1, 2))

    found = delta_of(old, new)

    by_row = [delta_of({key: old[key]}, {key: new[key]}) for key in old]
    assert set(found) == {"dictionary_item_added", "dictionary_item_removed", "values_changed"}
    for action, told in found.items():
        assert told == {path: value for row in by_row for path, value in row.get(action, {}).items()}
    assert apply_delta(found, old) == new
