"""The redline inside one pair of texts."""

import re
import time
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Indel

from tests.compare import text_pairs
from tests.strategies import WORDS
from tracker.compare.tokens import tokens
from tracker.compare.words import SCRAP_WORDS, SLACK, spans
from tracker.document.edit import Span

LINES = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
TEXTS = st.lists(st.sampled_from([*"aab,., ()", " of", " the", " don't", " 9.4km²", "e\u0301", " U.S."])).map("".join)


def marks(old: str, new: str) -> list[tuple[str, str]]:
    return [span for span in spans(old, new) if span[0] != "="]


def test_a_number_is_never_cut():
    assert marks("cleared 9.44km² in 2021", "cleared 32.44km² in 2021") == [("-", "9.44km²"), ("+", "32.44km²")]
    assert marks("In June 2021 they", "In June 2026 they") == [("-", "2021"), ("+", "2026")]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("9.44km²", "9.45km²"),
        ("US$1,250,000", "US$1,350,000"),
        ("€1,250", "€1,350"),
        ("27/2020", "28/2020"),
        ("A/RES/75/62", "A/RES/76/62"),
        ("1 250 000", "1 350 000"),
        ("10:30", "10:45"),
        ("don't", "don’t"),
        ("Mine-Ban", "Mine-Free"),
        ("U.S", "U.N"),
        ("cafe\u0301", "cafe"),
        ("Vie\u0323\u0302t", "Vie\u0302t"),
        ("https://gazette.example/a-1?p=2", "https://gazette.example/a-1?p=3"),
        ("desk@gazette.example", "news@gazette.example"),
        ("الألغام\u200f", "الألغم\u200f"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f466"),
        ("\U0001f1e6\U0001f1ff", "\U0001f1e6\U0001f1f9"),
    ],
)
def test_what_is_one_word_to_a_reader_is_shown_whole(was: str, now: str):
    assert marks(f"They said ({was}, twice) so.", f"They said ({now}, twice) so.") == [("-", was), ("+", now)]


def test_a_word_put_in_comes_with_its_blank():
    assert marks("has acceded", "has not acceded") == [("+", " not")]


def test_a_whole_sentence_that_came_is_shown_as_a_sentence():
    old = "It rained. It was cold."

    assert marks(old, "It rained. It snowed. It was cold.") == [("+", " It snowed.")]


def test_changes_with_a_scrap_between_them_read_as_one():
    old = "The minister of war and of the interior of Ruritania spoke."
    new = "The bishop with a staff in his hand of Ruritania spoke."

    assert len([s for s in spans(old, new) if s[0] == "-"]) == 1


def test_a_number_or_a_bracket_between_changes_is_no_scrap():
    old = "The old king counted mines (7) and then rode home to Zenda."
    new = "A young queen saw goats (7) before she walked far to Zenda."

    assert "(7)" in [text.strip() for mark, text in spans(old, new) if mark == "="]


def test_of_equally_short_redlines_the_one_with_the_fewest_hunks_is_shown():
    assert marks("a b c a d", "a x a d") == [("-", "b c"), ("+", "x")]


@pytest.mark.parametrize("size", [3_000, 60_000, 170_000])
@pytest.mark.parametrize("stop", [".", ""], ids=["of sentences", "without an end"])
def test_a_paragraph_of_a_megabyte_is_compared_within_the_budget(size: int, stop: str):
    old = " ".join(f"word{k % 997}{stop}" for k in range(size))
    new = old.replace(f"word500{stop} ", f"other{stop} ").replace("word7 ", "", 1)
    began = time.process_time()

    found = spans(old, new)

    assert time.process_time() - began < 10
    assert "".join(t for m, t in found if m != "+") == old and "".join(t for m, t in found if m != "-") == new


@settings(max_examples=150, deadline=None)
@given(LINES, LINES)
def test_spans_give_both_texts_and_cut_no_word(old: str, new: str):
    found = spans(old, new)

    assert "".join(t for m, t in found if m != "+") == old
    assert "".join(t for m, t in found if m != "-") == new
    for side, sign in ((old, "+"), (new, "-")):
        at = 0
        for mark, told in found:
            if mark != sign:
                at += len(told)
                assert at == len(side) or not re.match(r"\w\w", side[at - 1 : at + 1])


@given(st.one_of(LINES, TEXTS, st.text()))
def test_tokens_joined_are_the_text(line: str):
    assert "".join(tokens(line)) == line


# ---------------------------------------------------------------- as short as can be, in as few hunks


def changed(found: Iterable[Span]) -> int:
    """Words that a redline marks: a blank that it leaves before them is no word."""
    return sum(1 for mark, text in found if mark != "=" for word in tokens(text))


def hunks(found: Iterable[Span]) -> int:
    marked = [mark != "=" for mark, _ in found]
    return sum(here and not before for before, here in zip([False, *marked], marked, strict=False))


def least(old: str, new: str) -> int:
    """The fewest words that can be marked."""
    return Indel.distance(tokens(old), tokens(new))


def difflibs(old: str, new: str) -> int:
    """The hunks of Python's own comparison of the same words."""
    codes = SequenceMatcher(None, tokens(old), tokens(new), autojunk=False).get_opcodes()
    return sum(code[0] != "equal" for code in codes)


def check(pairs: Iterable[tuple[str, str]]) -> None:
    """Over all pairs few words in few hunks; over each few words, but for one scrap that was joined over."""
    told = [(pair, spans(*pair)) for pair in pairs]
    counts = [(changed(found), least(*pair), hunks(found), difflibs(*pair)) for pair, found in told]

    assert len(counts) > 100
    for words, fewest, _, _ in counts:
        assert words <= (1 + SLACK) * fewest + 2 * SCRAP_WORDS
    assert sum(c[0] for c in counts) <= 1.02 * sum(c[1] for c in counts)
    assert sum(c[2] for c in counts) <= sum(c[3] for c in counts)


def test_redlines_of_edited_prose_are_short_and_in_few_hunks():
    check(text_pairs.invented(400))


@pytest.mark.proof
@pytest.mark.parametrize("seed", range(5))
def test_redlines_of_much_edited_prose_are_short_and_in_few_hunks(seed: int):
    check(text_pairs.invented(3_000, seed=100 + seed))


@pytest.mark.proof
@pytest.mark.parametrize("pairs", [text_pairs.real] if text_pairs.is_here() else [], ids=["real histories"])
def test_redlines_of_real_histories_are_short_and_in_few_hunks(pairs: Callable[[], list[tuple[str, str]]]):
    check(pair for pair in pairs() if len(tokens(pair[0])) * len(tokens(pair[1])) < 3_000_000)


@settings(max_examples=200, deadline=None)
@given(st.one_of(LINES, TEXTS), st.one_of(LINES, TEXTS))
def test_a_redline_marks_the_fewest_words_but_for_one_scrap(old: str, new: str):
    assert changed(spans(old, new)) <= (1 + SLACK) * least(old, new) + 2 * SCRAP_WORDS
