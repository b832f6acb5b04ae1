"""The three texts of a chapter: what a reader sees, what is compared, and their hashes."""

import unicodedata
from dataclasses import replace
from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from tracker.document.canonical import canonical_text, norm, norm_sha256, printed, text_sha256
from tracker.document.model import Cell, Chapter, Link, Note, Prose, Ref, Row, Section, Table, Text

QUOTES_AND_DASHES = st.text(alphabet="a b1.’‘“”–—…\u00a0\u00ad\u200b'\"-é\u0301ﬁＡ\n\t", max_size=40)


def chapter(*blocks: Prose, notes: tuple[Note, ...] = ()) -> Chapter:
    return Chapter("use", "Use", date(2022, 8, 13), "13 August 2022", blocks, (), notes)


@given(QUOTES_AND_DASHES | st.text(max_size=40))
@example("\ufb01\u00ad\u0301")
@example("e\u200b\u0301")
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert norm(norm(text)) == norm(text)


@given(QUOTES_AND_DASHES)
def test_composed_and_decomposed_letters_are_one(text: str) -> None:
    assert norm(unicodedata.normalize("NFD", text)) == norm(unicodedata.normalize("NFC", text))


def test_clothes_of_a_text_are_no_content() -> None:
    assert norm("“It’s\u00a0mine‑free” – so…") == norm('"It\'s mine-free" -\n so...')
    assert norm("co\u00adoperate") == "cooperate"
    assert norm("\u200eZembla\u200f \u2067joined\u2069\ufe0f") == "Zembla joined"


def test_case_digits_and_superscripts_are_content() -> None:
    assert norm("9.44km²") != norm("9.44km2")
    assert norm("Mine") != norm("mine")


def test_a_reader_sees_note_markers_where_they_stand() -> None:
    assert printed(Text("Ended. Again.", (Ref(6, "1"), Ref(6, "2"), Ref(13, "3")))) == "Ended.[1][2] Again.[3]"


def test_a_new_number_on_a_note_changes_what_is_seen_and_not_what_is_compared() -> None:
    before = chapter(Prose(Text("It ended.", (Ref(9, "1"),))), notes=(Note("1", Text("Letter.")),))
    after = chapter(Prose(Text("It ended.", (Ref(9, "4"),))), notes=(Note("4", Text("Letter.")),))

    assert text_sha256(before) != text_sha256(after)
    assert norm_sha256(before) == norm_sha256(after)


def test_pointing_at_another_note_is_compared() -> None:
    notes = (Note("1", Text("Letter.")), Note("2", Text("Speech.")))
    before = chapter(Prose(Text("It ended.", (Ref(9, "1"),))), notes=notes)
    after = chapter(Prose(Text("It ended.", (Ref(9, "2"),))), notes=notes)

    assert norm_sha256(before) != norm_sha256(after)


def test_the_address_of_a_link_is_not_seen() -> None:
    plain = chapter(Prose(Text("See the report.")))
    linked = chapter(Prose(Text("See the report.", links=(Link(8, 14, "https://example.org/r"),))))

    assert text_sha256(plain) == text_sha256(linked)


def test_every_word_of_a_chapter_stands_in_its_canonical_text() -> None:
    table = Table(
        Text("Status"),
        (Row((Cell((Text("Treaty"),)), Cell((Text("State"),)))),),
        (Row((Cell((Text("Ban"),)), Cell((Text("Party"), Text("since 1999"))))),),
        (Text("* In force."),),
    )
    whole = replace(
        chapter(Prose(Text("Opening."))),
        sections=(Section(Text("Use"), 1, (table,), (Section(Text("Past"), 2, (Prose(Text("None."), "item"),)),)),),
        notes=(Note("1", Text("Letter.")),),
    )

    assert canonical_text(whole) == (
        "Use\n13 August 2022\nOpening.\nUse\nStatus\nTreaty | State\nBan | Party\nsince 1999\n* In force.\n"
        "Past\nNone.\n[1] Letter.\n"
    )
