"""The redline inside one pair of texts."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import WORDS
from tracker.compare.words import spans, tokens

LINES = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)


def marks(old: str, new: str) -> list[tuple[str, str]]:
    return [span for span in spans(old, new) if span[0] != "="]


def test_a_number_is_never_cut():
    assert marks("cleared 9.44km² in 2021", "cleared 32.44km² in 2021") == [("-", "9.44km²"), ("+", "32.44km²")]
    assert marks("In June 2021 they", "In June 2026 they") == [("-", "2021"), ("+", "2026")]


def test_a_word_put_in_comes_with_its_blank():
    assert marks("has acceded", "has not acceded") == [("+", " not")]


def test_a_whole_sentence_that_came_is_shown_as_a_sentence():
    old = "It rained. It was cold."

    assert marks(old, "It rained. It snowed. It was cold.") == [("+", " It snowed.")]


def test_combining_marks_stay_with_their_letter():
    found = marks("the cafe\u0301 was open", "the cafe was open")

    assert found == [("-", "cafe\u0301"), ("+", "cafe")]


def test_changes_with_a_scrap_between_them_read_as_one():
    old = "The minister of war and of the interior of Ruritania spoke."
    new = "The bishop with a staff in his hand of Ruritania spoke."

    assert len([s for s in spans(old, new) if s[0] == "-"]) == 1


@pytest.mark.parametrize("size", [3_000, 60_000])
def test_a_paragraph_of_a_megabyte_is_compared_within_the_budget(size):
    old = " ".join(f"word{k % 997}." for k in range(size))
    new = old.replace("word500.", "other.", 1)

    found = spans(old, new)

    assert "".join(t for m, t in found if m != "+") == old and "".join(t for m, t in found if m != "-") == new


@settings(max_examples=150, deadline=None)
@given(LINES, LINES)
def test_spans_give_both_texts_and_cut_no_word(old, new):
    found = spans(old, new)

    assert "".join(t for m, t in found if m != "+") == old
    assert "".join(t for m, t in found if m != "-") == new
    for side, sign in ((old, "+"), (new, "-")):
        at = 0
        for mark, told in found:
            if mark != sign:
                at += len(told)
                assert at == len(side) or not re.match(r"\w\w", side[at - 1 : at + 1])


@given(LINES)
def test_tokens_joined_are_the_text(line):
    assert "".join(tokens(line)) == line
