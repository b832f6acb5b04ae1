"""What a log keeps of a comparison: everything but the words that the recorded chapters hold."""

import json
from dataclasses import replace
from datetime import date

import pytest

from tests.compare.builders import (
    POLICY,
    USE,
    impact,
    in_chapter,
    in_section,
    insert_note,
    paragraph,
    ruritania,
    table,
    with_blocks,
)
from tracker.compare import apply, compare, split
from tracker.compare.stored import compact, expand
from tracker.document.identity import with_new_ids
from tracker.document.model import Document
from tracker.events.codec import canonical

INSERTED = "by the old bridge and"


def stored(new: Document) -> tuple[str, Document, Document]:
    """The log's JSON of the last chapter that changed, and both documents with ids."""
    old = with_new_ids(ruritania(), "@1")
    found = compare(old, new)
    after = apply(found, old)
    for slug, part in split(found).items():
        told = canonical(compact(part)).decode()
        assert expand(json.loads(told), old.chapter(slug), after.chapter(slug)) == part
    return told, old, after


def test_an_edit_that_put_words_in_is_its_kind_its_place_and_the_words():
    words = USE[2].replace("of Tarlenheim", f"of Tarlenheim, {INSERTED}")

    told, old, _ = stored(with_blocks("Use", lambda b: b.__setitem__(2, paragraph(words))))

    stays = len("Syldavian forces fired springs at the bridges of Tarlenheim")
    assert json.loads(told)["edits"] == [["replaced", [9], [stays, f", {INSERTED}"]]]
    assert json.loads(told)["ops"] == [9, {}]
    assert not any(b.text.plain[:40] in told for s in old.chapters[0].sections for b in s.blocks)


def test_a_paragraph_that_went_leaves_no_word_in_the_log():
    told, old, _ = stored(with_blocks("Policy", lambda b: b.pop(2)))

    assert "Zenda" not in told and old.chapters[0].title not in told
    assert json.loads(told)["ops"][:2] == [3, [4]]


def test_a_paragraph_that_moved_is_a_walk_of_the_cursor():
    told, _, _ = stored(with_blocks("Policy", lambda b: b.insert(0, b.pop(3))))

    assert json.loads(told)["edits"] == [["moved", [4], "lo"]]
    assert json.loads(told)["ops"] == [1, [4], 1, [1], 3, [5]]


def test_a_table_that_changed_keeps_the_values_of_its_cells_once():
    rows = [["Elbonia", "Clearance", "1,500,000"], ["Syldavia", "Nothing", "0"], ["Norway", "Risk education", "900"]]
    gifts = table(rows, header=["Donor", "Sector", "Amount (US$)"], caption="Contributions: 2019[2]")
    old = ruritania()

    told, _, _ = stored(replace(old, chapters=(old.chapters[0], impact(gifts=gifts))))

    (changed,) = (op for op in json.loads(told)["ops"] if isinstance(op, dict))
    assert changed["rows"][0] == {"cells": [2, {"v": ["1,250,000", "1,500,000"]}]}
    assert "Syldavia" not in told and "Contributions" not in told and "root[" not in told


def test_a_date_that_changed_is_the_delta_and_no_span_says_it_again():
    old = ruritania()
    other = replace(old.chapters[0], date=date(2024, 1, 2), date_text="2 January 2024")

    told, _, _ = stored(replace(old, chapters=(other, *old.chapters[1:])))

    assert json.loads(told) == {
        "cause": "date_only",
        "edits": [["date_changed", [["date_text"]]]],
        "date": ["2022-08-13", "2024-01-02"],
        "date_text": ["13 August 2022", "2 January 2024"],
    }


def test_a_renumbered_chapter_is_stored_in_few_bytes():
    note = "Press release of the royal printing office, 1 February 2023."

    told, _, _ = stored(in_chapter(ruritania(), "spring-ban-policy", lambda c: insert_note(c, 0, note)))

    assert len(told) < 150 and note not in told
    assert json.loads(told)["labels"] == [[1, 8, 1]]


def test_words_that_only_look_other_are_lengths():
    told, _, _ = stored(
        with_blocks("Use", lambda b: [b.__setitem__(k, paragraph(USE[k].replace(" ", "\u00a0", 1))) for k in (0, 2)])
    )

    assert json.loads(told)["neutral"] == [["format", [None], {"detail": "2 places"}]]
    assert all(isinstance(told_, (int, list)) for op in json.loads(told)["ops"][1::2] for told_ in op["t"])


def test_a_move_out_of_another_chapter_keeps_what_only_that_chapter_holds():
    old = ruritania()
    held = paragraph(POLICY[3].replace("praised", "mocked").removesuffix("[3]"))
    without = in_chapter(
        old, "spring-ban-policy", in_section("Policy", lambda s: replace(s, blocks=(*s.blocks[:3], s.blocks[4])))
    )
    new = in_chapter(without, "impact", in_section("Coordination", lambda s: replace(s, blocks=(*s.blocks, held))))

    told, _, _ = stored(new)

    assert '{"from":["spring-ban-policy",["Policy"],["praised"]]}' in told and "envoy" not in told


def test_a_chapter_that_came_or_went_is_no_more_than_its_kind():
    old = ruritania()

    assert stored(replace(old, chapters=old.chapters[:1]))[0] == '{"edits":[["chapter_removed",[["title"],null]]]}'
    added = replace(old.chapters[1], slug="more", title="More")
    told, _, _ = stored(replace(old, chapters=(*old.chapters, added)))
    assert told == '{"edits":[["chapter_added",[null,["title"]]]]}'


def test_a_renamed_chapter_is_found_by_both_of_its_names():
    old = ruritania()
    other = replace(old.chapters[0], slug="trap-ban-policy", title="Trap Ban Policy")
    first = with_new_ids(old, "@1")
    found = compare(first, replace(old, chapters=(other, old.chapters[1])))
    (part,) = split(found).values()

    read = expand(compact(part), first.chapter("spring-ban-policy"), apply(found, first).chapter("trap-ban-policy"))

    assert read == part and [e.kind for e in read.edits] == ["chapter_renamed"]


@pytest.mark.parametrize(
    ("ops", "wrong"),
    [([99], "lead to item"), ([[25], 1], "lead to item"), ([-1], "items make"), ([[2]], "items make")],
)
def test_a_comparison_of_other_chapters_is_refused(ops, wrong):
    old = ruritania().chapters[0]

    with pytest.raises(ValueError, match=wrong):
        expand({"ops": ops}, old, old)


def test_a_comparison_of_several_chapters_is_split_before_it_is_stored():
    new = in_chapter(
        with_blocks("Policy", lambda b: b.__setitem__(0, paragraph(POLICY[0].replace("has not", "has")))),
        "impact",
        lambda c: insert_note(c, 0, "A note."),
    )

    with pytest.raises(ValueError, match="split it first"):
        compact(compare(ruritania(), new))
