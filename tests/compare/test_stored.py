"""What a log keeps of a comparison: everything but the words that the recorded chapters hold."""

import json
from dataclasses import replace

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

INSERTED = "by the old bridge and"


def stored(new: Document) -> tuple[str, Document, Document]:
    """The log's JSON of the first chapter that changed, and both documents with ids."""
    old = with_new_ids(ruritania(), "@1")
    found = compare(old, new)
    after = apply(found, old)
    for slug, part in split(found).items():
        told = json.dumps(compact(part), ensure_ascii=False)
        assert expand(json.loads(told), old.chapter(slug), after.chapter(slug)) == part
    return told, old, after


def test_an_edit_that_put_words_in_holds_them_and_no_sentence_of_the_page():
    words = USE[2].replace("of Tarlenheim", f"of Tarlenheim, {INSERTED}")

    told, old, _ = stored(with_blocks("Use", lambda b: b.__setitem__(2, paragraph(words))))

    assert INSERTED in told
    assert not any(b.text.plain[:40] in told for s in old.chapters[0].sections for b in s.blocks)
    assert len(told) < 600


def test_a_paragraph_that_went_leaves_no_word_in_the_log():
    told, old, _ = stored(with_blocks("Policy", lambda b: b.pop(2)))

    assert "Zenda" not in told and old.chapters[0].title not in told


def test_a_table_that_changed_keeps_the_delta_of_its_cells_only():
    rows = [["Elbonia", "Clearance", "1,500,000"], ["Syldavia", "Nothing", "0"], ["Norway", "Risk education", "900"]]
    gifts = table(rows, header=["Donor", "Sector", "Amount (US$)"], caption="Contributions: 2019[2]")
    old = ruritania()

    told, _, _ = stored(replace(old, chapters=(old.chapters[0], impact(gifts=gifts))))

    assert "1,250,000" in told and "Syldavia" not in told and "Contributions" not in told


def test_a_renumbered_chapter_is_stored_in_few_bytes():
    note = "Press release of the royal printing office, 1 February 2023."

    told, _, _ = stored(in_chapter(ruritania(), "spring-ban-policy", lambda c: insert_note(c, 0, note)))

    assert len(told) < 500 and note not in told


def test_a_move_out_of_another_chapter_keeps_what_only_that_chapter_holds():
    old = ruritania()
    held = paragraph(POLICY[3].replace("praised", "mocked").removesuffix("[3]"))
    without = in_chapter(
        old, "spring-ban-policy", in_section("Policy", lambda s: replace(s, blocks=(*s.blocks[:3], s.blocks[4])))
    )
    new = in_chapter(without, "impact", in_section("Coordination", lambda s: replace(s, blocks=(*s.blocks, held))))

    old = with_new_ids(old, "@1")
    found = compare(old, new)
    part = split(found)["impact"]
    told = json.dumps(compact(part))

    assert '"from": ["spring-ban-policy", ["Policy"], ["praised"]]' in told and "envoy" not in told
    assert expand(json.loads(told), old.chapter("impact"), apply(found, old).chapter("impact")) == part


def test_a_comparison_of_several_chapters_is_split_before_it_is_stored():
    new = in_chapter(
        with_blocks("Policy", lambda b: b.__setitem__(0, paragraph(POLICY[0].replace("has not", "has")))),
        "impact",
        lambda c: insert_note(c, 0, "A note."),
    )

    with pytest.raises(ValueError, match="split it first"):
        compact(compare(ruritania(), new))
