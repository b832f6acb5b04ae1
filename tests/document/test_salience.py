"""Salience in letters: every reason of the closed list, what a reason says more, and reasons that are not known yet."""

import pytest

from tracker.document.edit import Salience
from tracker.document.salience import code_told, salience_code, salience_of, together


@pytest.mark.parametrize(
    ("salience", "code"),
    [
        (Salience("none"), "-"),
        (Salience("high", ("money", "number: 5 → 7 (+40 %)", "date")), "hmn|: 5 → 7 (+40 %)|d"),
        (Salience("critical", ("treaty status: Signatory → State Party",)), "ct|: Signatory → State Party"),
        (Salience("low", ("of a later release", "wording")), "l|of a later release|f"),
        (Salience("normal", ("unheard of", "never seen: 3")), "n|unheard of||never seen: 3"),
    ],
)
def test_a_salience_is_a_few_letters_and_what_has_none_is_spelled_out(salience, code):
    assert salience_code(salience) == code
    assert salience_of(code) == salience


@pytest.mark.parametrize("reason", ["", ": 5", "this|that"])
def test_a_reason_that_could_not_be_told_apart_again_is_refused(reason):
    with pytest.raises(ValueError, match="no reason that a log can keep"):
        salience_code(Salience("low", (reason,)))


@pytest.mark.parametrize("code", ["", "x", "hé", "h|: more of nothing"])
def test_letters_that_mean_nothing_are_refused(code):
    with pytest.raises(ValueError, match="is no salience"):
        salience_of(code)


def test_an_edit_in_a_log_says_its_letters_only_where_they_are_not_those_of_its_kind():
    assert code_told(["replaced", [3]]) == "nr"
    assert code_told(["note_added", [None, 3], [3, "word"]]) == "ls"
    assert code_told(["replaced", [3], "cg", [3, "not"]]) == "cg"


def test_of_several_edits_the_highest_level_counts_and_its_reasons_once():
    few = [Salience("high", ("number",)), Salience("low", ("wording",)), Salience("high", ("date", "number"))]
    many = [Salience("high", (f"number: {n}", f"date: {n}")) for n in range(3)]

    assert together(few) == Salience("high", ("number", "date"))
    assert together(many) == Salience("high", ("number", "date"))
    assert together(()) == Salience("none")
