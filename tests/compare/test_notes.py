"""Notes are what they say; their numbers are presentation."""

from dataclasses import replace

import pytest

from tests.compare.builders import (
    POLICY,
    changed,
    in_chapter,
    insert_note,
    kinds,
    neutral,
    paragraph,
    profiles,
    ruritania,
    text,
    with_blocks,
    with_note,
)
from tracker.compare import apply, compare
from tracker.document.model import Note, Ref

PROFILES = profiles()
NEW_NOTE = "Press release of the royal printing office, 1 February 2023."


@pytest.mark.parametrize("profile", PROFILES)
def test_one_note_put_in_anywhere_is_one_added_note_and_one_shift(profile):
    old = PROFILES[profile]
    for chapter in old.chapters:
        for at in range(len(chapter.notes) + 1):
            new = with_note(old, chapter.slug, at, NEW_NOTE)

            found = compare(old, new)

            assert [(e.kind, e.new) for e in found.edits] == [("note_added", NEW_NOTE)], (chapter.slug, at)
            assert neutral(found) in (["renumbered"], []), (chapter.slug, at)
            assert apply(found, old) == new
            assert neutral(found) == ["renumbered"] or at == len(chapter.notes)


def test_the_shift_says_which_numbers_went_where():
    found = changed(in_chapter(ruritania(), "spring-ban-policy", lambda c: insert_note(c, 2, NEW_NOTE)))

    (shift,) = found.neutral
    assert (shift.kind, shift.detail, shift.old, shift.new) == ("renumbered", "3-8: +1", "", "")


def test_an_ibid_put_among_its_equals_is_one_added_note():
    found = changed(in_chapter(ruritania(), "spring-ban-policy", lambda c: insert_note(c, 4, "Ibid.")))

    assert [(e.kind, e.new) for e in found.edits] == [("note_added", "Ibid.")]


def test_a_note_put_in_with_its_reference_leaves_the_paragraph_alone():
    def change(told):
        moved = insert_note(told, 2, NEW_NOTE)
        blocks = list(moved.sections[0].blocks)
        first = blocks[2]
        blocks[2] = replace(first, text=replace(first.text, refs=(*first.text.refs, Ref(len(first.text.plain), "3"))))
        return replace(moved, sections=(replace(moved.sections[0], blocks=tuple(blocks)), *moved.sections[1:]))

    found = changed(in_chapter(ruritania(), "spring-ban-policy", change))

    assert kinds(found) == ["note_added"] and neutral(found) == ["renumbered"]


def test_a_note_taken_out_is_one_removed_note_and_one_shift():
    new = ruritania()
    old = in_chapter(new, "spring-ban-policy", lambda c: insert_note(c, 3, NEW_NOTE))

    found = compare(old, new)

    assert [(e.kind, e.old) for e in found.edits] == [("note_removed", NEW_NOTE)]
    assert neutral(found) == ["renumbered"]


def test_a_reworded_note_is_replaced():
    def change(told):
        note = replace(told.notes[5], text=text("Zenda Gazette, “Springs below Hentzau,” 3 November 2020."))
        return replace(told, notes=(*told.notes[:5], note, *told.notes[6:]))

    (edit,) = changed(in_chapter(ruritania(), "spring-ban-policy", change)).edits

    assert edit.kind == "note_replaced" and edit.section == () and edit.salience.level == "low"


def test_a_note_that_a_reference_had_missed_and_that_appears_is_added():
    old = in_chapter(ruritania(), "spring-ban-policy", lambda c: replace(c, notes=c.notes[:4] + c.notes[5:]))

    found = changed(ruritania(), old)

    assert [(e.kind, e.new) for e in found.edits] == [("note_added", "Ibid.")]
    assert neutral(found) == []


def test_notes_in_another_order_are_only_renumbered():
    def change(told):
        labels = {"6": "8", "8": "6"}
        notes = [*told.notes[:5], told.notes[7], told.notes[6], told.notes[5]]
        numbered = tuple(Note(str(k + 1), n.text) for k, n in enumerate(notes))
        use = told.sections[1]
        blocks = tuple(
            replace(
                b, text=replace(b.text, refs=tuple(Ref(r.offset, labels.get(r.label, r.label)) for r in b.text.refs))
            )
            for b in use.blocks
        )
        return replace(told, notes=numbered, sections=(told.sections[0], replace(use, blocks=blocks)))

    found = changed(in_chapter(ruritania(), "spring-ban-policy", change))

    assert kinds(found) == [] and neutral(found) == ["renumbered"]
    assert found.causes == {"spring-ban-policy": "format_only"}


def test_a_reference_set_at_another_word_is_neutral():
    words = "Ruritania says it cannot join[1] until its quarrel with Syldavia over the river Drin is settled."

    found = changed(with_blocks("Policy", lambda b: b.__setitem__(1, paragraph(words))))

    assert kinds(found) == [] and neutral(found) == ["ref_moved"]


@pytest.mark.parametrize("words", ["Ibid., p. 16.", "Ibid", "Email from the mayor of Zenda, 7 June 2020."])
@pytest.mark.parametrize("at", range(8))
def test_a_note_of_other_words_at_the_same_reference_is_one_replaced_note(at, words):
    def change(told):
        return replace(told, notes=(*told.notes[:at], Note(str(at + 1), text(words)), *told.notes[at + 1 :]))

    found = changed(in_chapter(ruritania(), "spring-ban-policy", change))

    assert [(e.kind, e.new) for e in found.edits] == [("note_replaced", words)]


def test_a_note_without_a_reference_is_replaced_where_it_alone_is_left_between_its_neighbours():
    def bare(*notes):
        return in_chapter(
            ruritania(),
            "impact",
            lambda c: replace(c, notes=tuple(Note(str(k + 7), text(w)) for k, w in enumerate(notes))),
        )

    found = compare(bare("Letter.", "Undated.", "Speech."), bare("Letter.", "From the count.", "Speech."))

    assert kinds(found) == ["note_replaced"]


def test_a_note_that_went_and_another_that_came_elsewhere_are_two():
    def change(told):
        blocks = list(told.sections[0].blocks)
        blocks[1] = paragraph(POLICY[1].replace("[1]", ""))
        blocks[0] = paragraph(POLICY[0] + "[1]")
        section = replace(told.sections[0], blocks=tuple(blocks))
        return replace(told, sections=(section, *told.sections[1:]), notes=(Note("1", text("A map.")), *told.notes[1:]))

    found = changed(in_chapter(ruritania(), "spring-ban-policy", change))

    assert sorted(kinds(found)) == ["note_added", "note_removed"]
