"""What is said of one change and its edits, whatever the medium."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings

from tests.notify.builders import AFTER, BEFORE, CELL, CHANGE, RENUMBERED, SEEN, SENTENCE, change, edit
from tests.notify.tellings import (
    EDITS,
    TELLINGS,
    at_every_level,
    cell,
    of_edits,
    single,
)
from tests.strategies import pairs
from tracker.compare import compare
from tracker.document.edit import CellPlace, Comparison, Edit, Salience
from tracker.events.types import Change
from tracker.notify.render.notice import Piece, Told, notice_of
from tracker.notify.render.told import PIECES
from tracker.notify.render.wording import instant_words, interval_words


def told(of: Change = CHANGE, **other: object) -> Told:
    """The only change of a message."""
    (found,) = notice_of(single(of, **other)).told
    return found


def piece(of: Edit) -> Piece:
    """The only edit of a message."""
    (found,) = told(of_edits(of)).pieces
    return found


# ---------------------------------------------------------------- when


@pytest.mark.parametrize(
    ("after", "until", "words"),
    [
        (BEFORE.seen_at, SEEN, "between 14 Aug 2026 03:30 and 09:30 UTC"),
        (BEFORE.captured_at, SEEN, "between 1 Jul 2026 09:30 UTC and 14 Aug 2026 09:30 UTC"),
        (SEEN - timedelta(seconds=7), SEEN, "between 14 Aug 2026 09:29 and 09:30 UTC"),
        (SEEN, SEEN + timedelta(seconds=7), "between 14 Aug 2026 09:30:00 and 09:30:07 UTC"),
        (None, SEEN, "at some time up to 14 Aug 2026 09:30 UTC"),
    ],
)
def test_the_interval_is_told_as_one(after, until, words):
    assert told(change(happened_after=after, not_later_than=until)).when == words


def test_instants_are_told_in_utc():
    east = timezone(timedelta(hours=5, minutes=45))

    assert instant_words(datetime(2026, 1, 1, 2, 15, tzinfo=east)) == "31 Dec 2025 20:30 UTC"
    assert interval_words(None, datetime(2026, 1, 1, 2, 15, tzinfo=east)).endswith("31 Dec 2025 20:30 UTC")


@pytest.mark.parametrize(
    ("before", "after", "cause", "words"),
    [
        (date(2025, 9, 28), date(2025, 9, 28), "content", "document date 28 Sep 2025"),
        (date(2025, 9, 28), date(2026, 8, 3), "content", "document date 3 Aug 2026 (was 28 Sep 2025)"),
        (None, date(2026, 8, 3), "content", "document date 3 Aug 2026"),
        (date(2025, 9, 28), None, "content", "document date 28 Sep 2025, now none"),
        (date(2025, 9, 28), None, "removed", "document date 28 Sep 2025"),
        (None, None, "content", ""),
    ],
)
def test_the_document_date_is_told_and_what_it_was(before, after, cause, words):
    made = change(before=replace(BEFORE, document_date=before), after=replace(AFTER, document_date=after), cause=cause)

    assert told(made).dated == words


# ---------------------------------------------------------------- what is said of a change


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("single", ()),
        ("silent", ("silent edit: the words changed, the printed date did not",)),
        ("first record", ("first record: from now on it is watched",)),
        ("page removed", ("the page was removed", "with it: Impact")),
        ("page restored", ("the page is back", "with it: Impact")),
        ("date only", ("only the printed date changed",)),
        ("format only", ("only its form changed, not its words",)),
        (
            "reversion",
            (
                "reversion: it reads again as it did on 14 Jun 2025 (@20250614T093000Z)",
                "silent edit: the words changed, the printed date did not",
            ),
        ),
        (
            "imported",
            (
                "imported: found in an older copy of the page",
                "coarse: too much changed to pair all of it, so what is alike may be shown as removed and added",
            ),
        ),
        ("test", ()),
    ],
)
def test_cause_and_flags_are_told_in_words(name, said):
    assert notice_of(TELLINGS[name]).told[0].said == said


def test_of_many_chapters_that_went_with_it_the_first_are_named():
    flags = tuple(f"with:chapter-{n}" for n in range(11))

    (with_it,) = told(change(flags=flags)).said

    assert with_it.startswith("with it: Chapter 0, ") and with_it.endswith("Chapter 7 and 3 more")


def test_a_flag_that_nobody_told_us_of_is_shown_as_it_is():
    assert told(change(flags=("sealed_twice", "seen:by two"))).said == ("sealed twice", "seen: by two")


def test_what_is_no_news_is_counted_in_one_line():
    assert told(CHANGE).neutral == "1 note renumbered"
    assert told(of_edits(SENTENCE)).neutral == ""


# ---------------------------------------------------------------- edits


def test_the_most_salient_edit_comes_first_and_equals_in_their_order():
    levels = [p.level for p in told(at_every_level(10)).pieces]
    places = [p.spans[-1][1] for p in told(at_every_level(10)).pieces]

    assert levels == ["critical"] * 2 + ["high"] * 2 + ["normal"] * 2 + ["low"] * 2 + ["none"] * 2
    assert [int(place.split()[6]) for place in places] == [4, 9, 3, 8, 2, 7, 1, 6, 0, 5]


def test_an_edit_says_what_it_is_how_much_it_matters_why_and_where():
    found = piece(CELL)

    assert found.words == "cell changed · critical: treaty status"
    assert found.place == "Treaty status › Treaty status overview › Mine Ban Treaty › Status"
    assert found.spans == (("-", "Not a party"), ("+", "State Party"))


@pytest.mark.parametrize("kind", EDITS)
def test_no_kind_of_edit_is_told_without_words(kind):
    made = of_edits(EDITS[kind])

    found = told(made).pieces[0]

    assert found.words.startswith(kind.replace("_", " "))
    assert "".join(text for _, text in found.spans).strip()


@pytest.mark.parametrize(
    ("made", "pointer"),
    [
        (EDITS["moved"], "from Use"),
        (replace(EDITS["moved"], old_section=("Production",)), "from another place in it"),
        (replace(EDITS["moved"], old_section=()), "from the head of the chapter"),
        (replace(EDITS["moved"], old_chapter="impact", old_section=("Clearance",)), "from Impact › Clearance"),
        (replace(EDITS["moved"], old_chapter="mine-action", old_section=None), "from Mine Action"),
        (SENTENCE, ""),
    ],
)
def test_what_moved_says_where_it_stood(made, pointer):
    assert piece(made).pointer == pointer


def test_what_moved_with_other_words_shows_them():
    assert [mark for mark, _ in piece(EDITS["moved"]).spans] == ["=", "-", "+", "="]


def test_what_only_moved_shows_enough_to_know_it_by():
    text = " ".join(f"word{n}" for n in range(100))

    ((mark, shown),) = piece(replace(EDITS["moved"], old=text, new=text, spans=(("=", text),))).spans

    assert mark == "=" and text.startswith(shown.removesuffix(" …")) and 100 < len(shown) < 200


def test_an_added_section_is_shown_as_added_whole():
    ((mark, text),) = piece(EDITS["section_added"]).spans

    assert (mark, text) == ("+", EDITS["section_added"].new)


def test_a_removed_section_is_shown_as_removed():
    assert [mark for mark, _ in piece(EDITS["section_removed"]).spans] == ["-"]


def test_a_note_that_stands_in_no_section_is_placed_among_the_notes():
    assert piece(EDITS["note_added"]).place == "Notes"
    assert piece(replace(EDITS["note_added"], section=("Sources",))).place == "Sources"


def test_a_link_that_leads_elsewhere_shows_where_it_led_and_leads():
    spans = piece(EDITS["link_changed"]).spans

    assert ("-", "https://ruritania.example/letter-2025") in spans
    assert ("+", "https://ruritania.example/letter-2026") in spans
    assert spans[0] == ("=", "It says so in each of its letters to the council.")


@pytest.mark.parametrize(
    ("made", "shown"),
    [
        (replace(EDITS["row_added"], new=""), (("+", "(empty)"),)),
        (replace(EDITS["column_removed"], old=""), (("-", "(empty)"),)),
        (replace(EDITS["row_moved"], old="", new=""), (("=", "(empty)"),)),
    ],
)
def test_a_row_in_which_nothing_stands_is_told_as_empty(made, shown):
    assert piece(made).spans == shown


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (" ", "\u00a0", (("-", "␣"), ("+", "⍽"))),
        ("\n", " ", (("-", "¶"), ("+", "␣"))),
        ("", " ", (("+", "␣"),)),
        ("  ", " ", (("-", "␣␣"), ("+", "␣"))),
        ("\u200b", "\u2003\u00ad", (("-", "U+200B"), ("+", "␣U+00AD"))),
        ("", "\u200bx", (("+", "\u200bx"),)),
    ],
)
def test_blanks_that_changed_can_be_seen(old, new, shown):
    made = edit(spans=tuple(span for span in (("=", "mine"), ("-", old), ("+", new), ("=", "field")) if span[1]))

    assert piece(made).spans == (("=", "mine"), *shown, ("=", "field"))


# ---------------------------------------------------------------- rows of tables


def test_changed_cells_of_one_row_are_one_piece():
    made = of_edits(
        cell(1, "Status", "Not a party", "State Party"),
        replace(cell(2, "Since", "—", "1 June 2026"), salience=Salience("high", ("date",))),
    )

    (row,) = told(made).pieces

    assert row.edits == 2 and row.level == "critical"
    assert row.place == "Treaty status › Treaty status overview › Mine Ban Treaty"
    assert row.words == "cell changed · critical: treaty status"
    assert row.spans == (
        ("=", "Status: "),
        ("-", "Not a party"),
        ("+", "State Party"),
        ("=", "; Since: "),
        ("-", "—"),
        ("+", "1 June 2026"),
    )


def test_cells_of_other_rows_and_of_rows_called_the_same_stand_alone():
    made = of_edits(
        cell(1, "Status", "No", "Yes"),
        cell(2, "Status", "No", "Yes", row="Convention"),
        cell(3, "Killed", "1", "2", row="Total", level="normal"),
        cell(4, "Killed", "3", "4", row="Total", level="normal"),
    )

    assert [p.edits for p in told(made).pieces] == [1, 1, 1, 1]


def test_a_cell_of_a_table_without_names_has_no_empty_place():
    made = replace(CELL, section=(), cell=CellPlace("", "Total", ""))

    assert piece(made).place == "Total"


# ---------------------------------------------------------------- what was asked for


def test_where_some_edits_were_asked_for_the_others_are_counted():
    made = of_edits(*(edit(id=f"e_{n}", salience=Salience("normal")) for n in range(5)), EDITS["added"])

    found = told(made, matched={made.id: frozenset({EDITS["added"].id})})

    assert [p.words for p in found.pieces] == ["added · normal: wording"]
    assert found.hidden == 5 and found.edits == 6


def test_critical_and_high_edits_are_told_even_where_others_were_asked_for():
    made = of_edits(EDITS["added"], EDITS["removed"], SENTENCE, CELL)

    found = told(made, matched={made.id: frozenset({EDITS["removed"].id})})

    assert [p.words.split(" ·")[0] for p in found.pieces] == ["cell changed", "removed", "replaced"]
    assert found.hidden == 1


def test_a_row_of_which_one_cell_was_asked_for_is_told_whole():
    cells = (
        cell(1, "Status", "No", "Yes", level="normal"),
        cell(2, "Since", "—", "2026", level="normal"),
        cell(3, "Status", "No", "Yes", row="Convention", level="normal"),
    )
    made = of_edits(*cells)

    found = told(made, matched={made.id: frozenset({cells[1].id})})

    assert [p.edits for p in found.pieces] == [2] and found.hidden == 1


def test_a_new_edition_folds_the_rest_but_for_what_is_critical_or_high():
    rest = tuple(edit(id=f"e_{n}", salience=Salience("normal")) for n in range(40))
    made = of_edits(*rest, replace(EDITS["new_edition"], salience=Salience("normal", ("new edition",))), CELL)

    found = told(made)

    assert [p.words.split(" ·")[0] for p in found.pieces] == ["cell changed", "new edition"]
    assert found.hidden == 40
    assert "new edition: at least half of it was rewritten" in found.said


def test_of_thousands_of_edits_the_first_are_told_and_the_rest_counted():
    found = told(at_every_level(3_000))

    assert len(found.pieces) == PIECES and found.hidden == 3_000 - PIECES


# ---------------------------------------------------------------- what compare/ makes


@settings(max_examples=20)
@given(pairs())
def test_every_edit_between_any_two_documents_is_told_with_words_and_counted(both):
    comparison = compare(*both)
    edits = comparison.edits
    made = of_edits(*edits, comparison=comparison)

    found = told(made)

    assert found.edits == len(edits)
    if not any(e.kind == "new_edition" for e in edits):
        assert found.hidden == 0
    for one in found.pieces:
        assert "".join(text for _, text in one.spans).strip()
        assert one.words and "\n" not in one.words + one.place + one.pointer


# ---------------------------------------------------------------- always


def test_a_change_of_nothing_but_neutral_edits_is_told():
    made = change(cause="format_only", flags=(), comparison=Comparison(neutral=(RENUMBERED,)))

    found = told(made)

    assert found.pieces == () and found.neutral == "1 note renumbered"


def test_an_instant_of_another_zone_is_the_same_interval():
    east = timezone(timedelta(hours=2))
    twin = change(happened_after=BEFORE.seen_at.astimezone(east), not_later_than=SEEN.astimezone(east))

    assert told(twin).when == told(change()).when
    assert BEFORE.seen_at.tzinfo is UTC
