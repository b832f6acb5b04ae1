"""A message as plain text."""

import re

import pytest
from hypothesis import given

from tests.notify.builders import CHANGE, SENTENCE
from tests.notify.hostile import ATTACKS, hostile_telling, hostile_text
from tests.notify.tellings import TELLINGS, of_edits, single
from tracker.notify.render.fit import cut
from tracker.notify.render.notice import notice_of
from tracker.notify.render.redline import safe
from tracker.notify.render.text import text


def test_a_change_reads_from_its_head_to_its_link():
    assert text(notice_of(single(of_edits(SENTENCE)))) == (
        "Ruritania › Mine Ban Policy: 1 silent edit, high: date, number\n"
        "\n"
        "Ruritania › Mine Ban Policy\n"
        "  silent edit: the words changed, the printed date did not\n"
        "  happened between 14 Aug 2026 03:30 and 09:30 UTC\n"
        "  document date 28 Sep 2025\n"
        "  * replaced · high: date, number\n"
        "    Use\n"
        "    In June [-2021-]{+2026+} the government of Ruritania said that it had cleared [-40-]{+41+} "
        "minefields near Strelsau.\n"
        "\n"
        "You get this for subscription mine-action (chapter mine-*, salience normal or above)\n"
        f"https://tracker.example/c/{CHANGE.id}\n"
    )


def test_without_its_title_it_begins_with_what_it_tells():
    notice = notice_of(single(of_edits(SENTENCE)))

    assert text(notice) == f"{notice.title}\n\n{text(notice, titled=False)}"


@pytest.mark.parametrize("name", TELLINGS)
def test_every_form_names_what_it_is_about_why_and_where(name):
    notice = notice_of(TELLINGS[name])
    said = text(notice)

    for part in (notice.title, *notice.lines, *notice.reasons, notice.link, *notice.also):
        assert part in said
    for told in notice.told:
        for part in (told.head, *told.said, told.when, told.dated, told.link):
            assert part in said
        for piece in told.pieces:
            assert piece.words in said and piece.place in said and piece.pointer in said


def test_what_is_left_out_is_counted():
    less = cut(notice_of(TELLINGS["digest"]), told=2, pieces=1)

    assert "\n+28 more\n" in text(less)
    assert re.findall(r"^  \+\d+ more$", text(less), re.MULTILINE) == ["  +2 more"]


def test_changes_of_many_each_have_their_link():
    said = text(notice_of(TELLINGS["group"]))

    assert [said.count(f"/c/c_{n:016x}\n") for n in range(3)] == [1, 1, 1]


@given(hostile_text())
def test_no_text_of_a_page_stands_where_ours_does(hostile):
    quiet, loud = (text(notice_of(hostile_telling(words))) for words in ("plain", hostile))

    def heads(said: str) -> list[str]:
        return [line for line in said.split("\n") if not line.startswith("    ")]

    assert len(heads(loud)) == len(heads(quiet))
    assert loud == safe(loud) and loud.endswith("\n")


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_the_words_of_a_page_can_be_read(attack):
    said = text(notice_of(hostile_telling(attack)))

    words = [word for word in safe(attack).split() if not re.search(r"\[-|-\]|\{\+|\+\}", word)]
    assert all(word in said for word in words)
