import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.builders import SENTENCE, edit
from tracker.notify.render.redline import redline, runs, safe

LONG = " ".join(f"word{n}" for n in range(60))


def test_what_went_and_what_came_stand_in_their_sentence():
    assert redline(SENTENCE) == (
        "In June [-2021-]{+2026+} the government of Ruritania said that it had cleared [-40-]{+41+} "
        "minefields near Strelsau."
    )


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "A new sentence.", "{+A new sentence.+}"),
        ("An old sentence.", "", "[-An old sentence.-]"),
        ("13 August 2025", "14 August 2026", "[-13 August 2025-]{+14 August 2026+}"),
        ("Moved as it was.", "Moved as it was.", "Moved as it was."),
        ("", "", ""),
    ],
)
def test_an_edit_without_spans_is_shown_whole(old, new, shown):
    assert redline(edit(old=old, new=new, spans=())) == shown


def test_long_stretches_without_a_change_are_shortened_towards_what_changed():
    shown = redline(edit(spans=(("=", LONG + " "), ("-", "x"), ("=", " " + LONG + " "), ("+", "y"), ("=", " " + LONG))))

    assert shown == (
        "… word52 word53 word54 word55 word56 word57 word58 word59 [-x-] word0 word1 word2 word3 word4 word5 word6 "
        "word7 word8 word9 … word52 word53 word54 word55 word56 word57 word58 word59 {+y+} word0 word1 word2 word3 "
        "word4 word5 word6 word7 word8 word9 …"
    )


def test_a_script_without_blanks_is_shown_once_and_whole():
    assert redline(edit(spans=(("+", "新"), ("=", "語" * 300), ("-", "旧")))) == "{+新+}" + "語" * 300 + "[-旧-]"


def test_what_changed_is_never_shortened():
    assert redline(edit(spans=(("-", LONG), ("+", LONG.upper())))) == f"[-{LONG}-]{{+{LONG.upper()}+}}"


@given(st.lists(st.text(alphabet="abc é", min_size=1, max_size=40), min_size=1, max_size=9), st.integers(1, 30))
def test_no_word_is_ever_cut(texts, chars):
    spans = tuple(("=" if n % 2 else "-", text) for n, text in enumerate(texts))

    shown = runs(edit(spans=spans), context_chars=chars)

    for (mark, text), (_, whole) in zip(shown, spans, strict=True):
        if mark == "-":
            assert text == whole
        else:
            head, dots, tail = text.partition("…")
            assert whole.startswith(head.rstrip()) and whole.endswith(tail.lstrip())
            if dots:
                assert not head or re.match(r"\s|$", whole[len(head.rstrip()) :])
                assert not tail or re.search(r"\s$|^$", whole[: len(whole) - len(tail.lstrip())])


@pytest.mark.parametrize(
    "hostile", ["\x1b[31mred", "\x9b2J", "\rover", "\x07", "\u202egnp.exe", "\u2067x\u2069", "\ud800", "a\u2028b", "\0"]
)
def test_a_page_cannot_steer_the_terminal(hostile):
    shown = redline(edit(spans=(("+", hostile),)))

    assert "\N{REPLACEMENT CHARACTER}" in shown
    shown.encode()
    assert all(c.isprintable() for c in shown)


def test_letters_marks_and_line_feeds_of_all_scripts_stay():
    text = "Азәрбајҹан עברית العربية\u200f 日本語 e\u0301\nnext"

    assert safe(text) == text
