"""Where a text is cut, and where not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.hostile import ATTACKS, LONG, hostile_text
from tracker.document.edit import Span
from tracker.notify.render.shorten import WORD_CHARS, is_between_characters, shorter, words_cut

SENTENCE = "In June 2026 the government of Ruritania said that it had cleared 41 minefields near Strelsau and Zenda."
FAMILY = "👩‍👩‍👧‍👦"
_NO_BLANKS = re.compile("[\u0e00-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

marks: st.SearchStrategy[str] = st.sampled_from(("=", "-", "+"))
redlines = st.lists(st.tuples(marks, hostile_text()), max_size=8)


def test_a_text_that_fits_is_whole():
    assert words_cut(SENTENCE, len(SENTENCE)) == SENTENCE


def test_a_cut_text_has_its_beginning_and_its_end():
    assert words_cut(SENTENCE, 60) == "In June 2026 the government of … Strelsau and Zenda."


def test_no_text_is_longer_than_its_room():
    assert [len(words_cut(SENTENCE, room)) <= room for room in range(120)] == [True] * 120


def test_less_room_than_a_word_is_no_room_for_it():
    assert words_cut("Strelsau Zenda", 6) == "…"
    assert words_cut("Strelsau Zenda", 0) == ""


def test_what_is_longer_than_any_word_is_cut_with_the_sign_at_it():
    address = "https://ruritania.example/" + "letter" * 30

    cut = words_cut(f"see {address} there", 60)

    assert cut.startswith("see https://ruritania.example/") and cut.endswith("…rletterletter there")


def test_a_script_without_blanks_is_cut_between_its_letters():
    assert words_cut("条約の批准状況が変更された", 8) == "条約の批…た"


@pytest.mark.parametrize(
    "one",
    [
        FAMILY,
        "👨🏿‍🚀",
        "🏳️‍🌈",
        "🇺🇳",
        "e\u0301",
        "1️⃣",
        "क्षि",
        "각",
        "กำ",
        "\ud83d\ude00",
        "🏴\U000e0067\U000e0062\U000e007f",
    ],
    ids=ascii,
)
def test_what_a_reader_sees_as_one_character_is_never_taken_apart(one):
    text = one * 100

    whole = [at for at in range(len(text) + 1) if is_between_characters(text, at)]

    assert whole == [*range(0, len(text) + 1, len(one))]
    for room in range(1, 60):
        left, sign, right = words_cut(text, room).partition("…")
        assert sign and not left.replace(one, "") and not right.replace(one, "")


def test_one_letter_with_fifty_thousand_marks_gives_way_whole():
    assert words_cut(LONG["one letter with many marks"], 100) == "…"


@given(hostile_text().map(lambda text: text.replace("…", ".")), st.integers(1, 80))
def test_a_cut_text_fits_and_is_cut_at_a_blank_or_where_no_word_is(text, room):
    cut = words_cut(text, room)

    assert len(cut) <= room
    if len(text) > room:
        left, _, right = (part.strip() for part in cut.partition("…"))
        head, tail = len(text) - len(text.lstrip()) + len(left), len(text.rstrip()) - len(right)
        assert text[:head].endswith(left) and text[tail:].startswith(right)
        assert not left or _may_end(text, head)
        assert not right or _may_end(text, tail)


def _may_end(text: str, at: int) -> bool:
    """Whether no word and no character is cut there."""
    if text[at - 1].isspace() or text[at].isspace():
        return True
    before, behind = re.search(r"\S*\Z", text[:at]), re.match(r"\S*", text[at:])
    assert before is not None and behind is not None
    is_no_word = len(before[0] + behind[0]) > WORD_CHARS or _NO_BLANKS.search(text[at - 1 : at + 1]) is not None
    return is_no_word and is_between_characters(text, at)


# ---------------------------------------------------------------- redlines

DATED: tuple[Span, ...] = (
    ("=", "In June "),
    ("-", "2021"),
    ("+", "2026"),
    ("=", " the government of Ruritania said once more that it had cleared "),
    ("-", "40"),
    ("+", "41"),
    ("=", " minefields near Strelsau."),
)


def test_a_redline_that_fits_is_whole():
    assert shorter(DATED, 200) == DATED


def test_what_stayed_gives_way_before_what_changed():
    assert "".join(text for mark, text in shorter(DATED, 100) if mark != "=") == "202120264041"


def test_of_very_many_runs_the_first_are_shown_and_none_without_what_came_instead():
    spans: list[Span] = [("-", "old "), ("+", "new "), ("=", "kept ")] * 400

    shown = shorter(spans, 120)

    assert shown[-1] == ("=", " …")
    assert [mark for mark, _ in shown[:-1]][-2:] != ["=", "-"]
    assert sum(len(text) for _, text in shown) <= 120


@given(redlines, st.integers(50, 400))
def test_a_shorter_redline_fits_its_room_and_shows_each_mark_that_it_had(spans, room):
    shown = shorter(spans, room)

    assert sum(len(text) for _, text in shown) <= room
    assert {mark for mark, _ in shown} - {"="} <= {mark for mark, text in spans if text}
    if len(spans) * 24 <= room:
        assert [mark for mark, text in shown if mark != "="] == [m for m, text in spans if m != "=" and text]


@pytest.mark.parametrize("name", LONG)
def test_a_redline_of_a_megabyte_is_cut_to_its_room(name):
    text = LONG[name]

    shown = shorter((("=", text), ("-", text), ("+", text + "x")), 300)

    assert sum(len(t) for _, t in shown) <= 300 and {"-", "+"} <= {mark for mark, _ in shown}


def test_attacks_are_cut_like_any_text():
    for text in ATTACKS.values():
        assert len(words_cut(text * 3, 40)) <= 40
