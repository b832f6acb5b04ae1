"""How much of a message goes in: always something, never more than fits, and what went is counted."""

import time
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.builders import SENTENCE, edit
from tests.notify.hostile import LONG, hostile_telling, hostile_text
from tests.notify.tellings import EDITS, LINK_BASE, TELLINGS, at_every_level, cell, crowd, of_edits, single, telling
from tracker.document.edit import LEVELS
from tracker.notify.render.fit import cut, fitted
from tracker.notify.render.notice import TITLE_CHARS, Notice, notice_of
from tracker.notify.render.text import text
from tracker.notify.telling import Telling

BUDGETS = (300, 500, 1_000, 2_000, 4_096, 20_000, 100_000)
NOTICES = {name: notice_of(made) for name, made in TELLINGS.items()}

tellings = st.one_of(
    st.sampled_from(tuple(TELLINGS.values())),
    st.builds(hostile_telling, hostile_text(), form=st.sampled_from(("single", "group", "storm")), changes=st.just(2)),
)


def within(chars: int):
    """Whether a notice, as text, has at most so many characters."""
    return lambda notice: len(text(notice)) <= chars


def shown(notice: Notice) -> int:
    """How many edits are shown."""
    return sum(piece.edits for told in notice.told for piece in told.pieces)


@given(tellings, st.integers(0, 6_000))
def test_it_always_fits_where_its_title_and_link_do(made: Telling, more: int):
    notice = notice_of(made)
    bare = cut(replace(notice, lines=(), reasons=()), told=0, also=0)
    chars = len(text(bare)) + more

    assert within(chars)(fitted(notice, within(chars)))


@pytest.mark.parametrize("name", LONG)
def test_a_message_of_megabytes_fits(name):
    notice = notice_of(hostile_telling(LONG[name]))

    assert within(500)(fitted(notice, within(500)))
    assert len(text(notice)) < 200_000


@given(tellings, st.lists(st.integers(TITLE_CHARS + 100, 6_000), min_size=2, max_size=6))
def test_more_room_never_shows_less(made: Telling, sizes: list[int]):
    told = [fitted(notice_of(made), within(chars)) for chars in sorted(sizes)]

    for what in (shown, lambda n: len(n.told), lambda n: len(n.also), lambda n: len(n.lines), lambda n: len(n.reasons)):
        counts = [what(notice) for notice in told]
        assert counts == sorted(counts)


@given(tellings, st.integers(TITLE_CHARS + 100, 6_000))
def test_the_counts_add_up(made: Telling, chars: int):
    whole, less = notice_of(made), fitted(notice_of(made), within(chars))

    assert len(less.told) + less.more == len(whole.told) + whole.more
    assert len(less.also) + less.also_more == len(whole.also)
    for told, all_of_it in zip(less.told, whole.told, strict=False):
        assert told.edits == all_of_it.edits
    if made.form not in ("site_wide", "trouble"):
        assert len(whole.told) + whole.more == len(made.changes)
        edits = {change.id: len(change.edits) for change in made.changes}
        assert all(told.edits == edits[told.change] for told in whole.told)


@given(tellings, st.integers(TITLE_CHARS + 100, 6_000))
def test_a_critical_edit_is_never_left_out_before_a_lesser_one(made: Telling, chars: int):
    critical = {c.id: sum(e.salience.level == "critical" for e in c.edits) for c in made.changes}

    for told in fitted(notice_of(made), within(chars)).told:
        levels = [piece.level for piece in told.pieces for _ in range(piece.edits)]
        if any(level != "critical" for level in levels):
            assert levels.count("critical") >= critical[told.change]
        assert levels == sorted(levels, key=lambda level: level != "critical")


@pytest.mark.parametrize("chars", BUDGETS)
def test_four_hundred_edits_are_told_from_the_top(chars):
    told = fitted(NOTICES["400 edits"], within(chars)).told

    levels = [LEVELS.index(piece.level) for one in told for piece in one.pieces]
    assert levels == sorted(levels, reverse=True)
    if chars >= 1_000:
        assert levels and levels[0] == LEVELS.index("critical")


def test_long_redlines_are_shortened_before_an_edit_goes():
    long = replace(EDITS["section_added"], new=" ".join(["word"] * 2_000))
    made = single(of_edits(long, *(edit(id=f"e_{n}") for n in range(4))))

    less = fitted(notice_of(made), within(2_500))

    assert less.hidden == 0
    assert "word … word" in text(less)


def test_each_change_keeps_its_first_edit_before_one_has_two():
    made = telling(*(replace(at_every_level(9), id=f"c_{n}") for n in range(5)), form="group")

    pieces = [len(told.pieces) for told in fitted(notice_of(made), within(2_600)).told]

    assert max(pieces) - min(pieces) <= 1 and min(pieces) >= 1


def test_whole_changes_go_only_when_none_has_a_second_edit():
    less = fitted(NOTICES["digest"], within(1_500))

    assert less.more > 10 and all(len(told.pieces) <= 1 for told in less.told)
    assert {told.level for told in less.told} == {"high"}


def test_every_profile_of_a_site_wide_edit_is_named_where_there_is_room():
    assert fitted(NOTICES["site wide"], within(2_000)).also_more == 0
    less = fitted(NOTICES["site wide"], within(1_000))
    assert less.also_more > 0 and shown(less) == 1


def test_cells_of_one_row_go_together_and_are_counted_one_by_one():
    rows = [
        cell(n * 3 + k, f"Column {k}", "No", "Yes", row=f"Treaty {n}", level="normal")
        for n in range(30)
        for k in range(3)
    ]
    notice = notice_of(single(of_edits(*rows)))

    less = fitted(notice, within(1_200))

    assert len(notice.told[0].pieces) == 30
    assert shown(less) % 3 == 0 and shown(less) + less.hidden == 90


def test_where_only_a_title_fits_that_and_the_link_are_told():
    notice = NOTICES["storm"]

    less = fitted(notice, lambda n: not n.told and not n.lines and not n.reasons)

    assert less.title == notice.title and less.link == LINK_BASE
    assert less.more == 800
    assert (less.lines, less.reasons, less.told) == ((), (), ())


def test_why_one_is_told_goes_last():
    less = fitted(NOTICES["single"], lambda n: not n.told)

    assert less.reasons and less.more == 1


def test_counts_go_before_why_one_is_told():
    less = fitted(NOTICES["storm"], lambda n: not n.told and not n.lines)

    assert less.reasons and not less.lines


def test_a_second_change_is_told_as_soon_as_there_is_room_for_two():
    less = fitted(NOTICES["storm"], lambda n: len(n.told) <= 2)

    assert len(less.told) == 2 and shown(less) == 2


def test_a_redline_takes_the_room_that_there_is():
    long = replace(EDITS["section_added"], new=" ".join(["word"] * 1_000))

    for chars in (1_000, 2_000, 3_000, 5_000):
        assert len(text(fitted(notice_of(single(of_edits(long))), within(chars)))) > chars / 2


def test_it_asks_about_a_dozen_times():
    asked = Counter[str]()

    def fits(notice: Notice) -> bool:
        asked["times"] += 1
        return within(3_000)(notice)

    fitted(NOTICES["400 edits"], fits)

    assert asked["times"] <= 14


def test_a_cut_of_everything_is_everything():
    notice = NOTICES["group"]

    assert cut(notice, room=10_000) == notice


def test_a_storm_of_eight_hundred_is_told_in_less_than_a_tenth_of_a_second():
    made = telling(*crowd(800), form="storm")
    spent = []

    for _ in range(5):
        begun = time.process_time()
        fitted(notice_of(made), within(2_000))
        spent.append(time.process_time() - begun)

    assert min(spent) < 0.1


def test_the_same_message_is_cut_the_same_way():
    first, again = (fitted(notice_of(telling(*crowd(40), form="storm")), within(1_700)) for _ in range(2))

    assert first == again


def test_an_edit_is_not_cut_inside_a_word():
    words = set(SENTENCE.old.split()) | set(SENTENCE.new.split()) | {"…"}
    long = edit(spans=(("=", " ".join([SENTENCE.new] * 20)), ("-", "2021"), ("+", "2026")))

    spans = fitted(notice_of(single(of_edits(long))), within(800)).told[0].pieces[0].spans

    assert {word for _, told in spans for word in told.split()} <= words | {"2021", "2026"}
