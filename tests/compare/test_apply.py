"""The patch: exact both ways, never half of a document, never more than what changed."""

import json
import re
from contextlib import suppress
from dataclasses import replace

import pytest

from tests.compare.builders import (
    POLICY,
    changed,
    in_chapter,
    insert_note,
    paragraph,
    profiles,
    ruritania,
    with_blocks,
    with_note,
)
from tracker.compare import apply, apply_chapter, compare, inverse, split
from tracker.compare.apply import chapter_before
from tracker.document.edit import Comparison
from tracker.document.identity import with_new_ids
from tracker.document.model import Document, Prose, Warned
from tracker.errors import NotApplicable

PROFILES = profiles()
NEGATED = with_blocks("Policy", lambda b: b.__setitem__(0, paragraph(POLICY[0].replace("has not", "has"))))


def test_a_comparison_read_back_from_json_gives_the_new_document_and_the_old_one_back():
    found = Comparison.from_json(json.loads(json.dumps(changed(NEGATED).to_json())))

    assert apply(found, ruritania()) == NEGATED
    assert apply(inverse(found), NEGATED) == ruritania()


def test_the_way_back_mirrors_what_is_told():
    back = inverse(changed(with_blocks("Policy", lambda b: b.pop(2))))

    (edit,) = back.edits
    assert (edit.kind, edit.old, edit.new[:19]) == ("added", "", "It took part in sev")


@pytest.mark.parametrize("wrong", [NEGATED, Document("Ruritania", ()), in_chapter(NEGATED, "impact", lambda c: c)])
def test_a_comparison_of_another_document_is_refused(wrong):
    with pytest.raises(NotApplicable):
        apply(changed(NEGATED), wrong)


def test_a_patch_that_was_tampered_with_is_refused_before_anything_is_given_out():
    told = json.loads(json.dumps(changed(NEGATED).to_json()))
    told["patch"]["chapters"]["spring-ban-policy"]["ops"][1][2]["text"]["t"][0][1] -= 1

    with pytest.raises(NotApplicable):
        apply(Comparison.from_json(told), ruritania())


def test_a_chapter_can_be_brought_forward_alone():
    old, new = ruritania(), NEGATED

    parts = split(compare(old, new))

    assert list(parts) == ["spring-ban-policy"]
    part = parts["spring-ban-policy"]
    assert apply_chapter(part, old.chapters[0]) == new.chapters[0]
    assert chapter_before(part, "spring-ban-policy") == "spring-ban-policy"
    with pytest.raises(NotApplicable):
        apply_chapter(part, new.chapters[0])


def test_a_chapter_that_came_starts_from_nothing_and_one_that_went_ends_there():
    old, new = replace(ruritania(), chapters=ruritania().chapters[:1]), ruritania()

    came, went = split(compare(old, new))["impact"], split(compare(new, old))["impact"]

    assert apply_chapter(came, None) == new.chapters[1] and chapter_before(came, "impact") is None
    assert apply_chapter(went, new.chapters[1]) is None


def test_title_order_and_warnings_of_the_document_are_given_too():
    old = replace(ruritania(), warnings=(Warned("missing_note", "impact", "9"), Warned("bad_date", "", "Maytember")))
    new = Document("Kingdom of Ruritania", old.chapters[::-1], (Warned("missing_note", "impact", "9"),))

    assert apply(compare(old, new), old) == new
    assert apply(inverse(compare(old, new)), new) == old


def test_warnings_that_only_name_shifted_labels_cost_nothing():
    old = replace(
        ruritania(), warnings=tuple(Warned("missing_note", "spring-ban-policy", str(k)) for k in range(9, 40))
    )
    first = old.chapters[0]
    refs = "".join(f"[{k}]" for k in range(9, 40))
    old = replace(old, chapters=(replace(first, blocks=(paragraph(f"They are missing.{refs}"),)), old.chapters[1]))
    new = in_chapter(old, "spring-ban-policy", lambda c: insert_note(c, 0, "A note."))
    new = replace(new, warnings=tuple(replace(w, detail=str(int(w.detail) + 1)) for w in old.warnings))

    found = compare(old, new)

    assert "warnings" not in found.patch
    assert apply(found, old) == new and apply(inverse(found), new) == old


FRAME_BYTES = 300  # of a comparison: schema, causes, hashes, places, each with a chapter's slug


@pytest.mark.parametrize("profile", PROFILES)
def test_no_comparison_carries_the_document(profile):
    old = PROFILES[profile]
    words = "Email from the office for springs, with a list of all places that were cleared in the valleys, 1 May 2023."
    for chapter in old.chapters:
        for at in range(len(chapter.notes) + 1):
            assert_small(compare(old, with_note(old, chapter.slug, at, words)), len(words.encode()))
        for k, section in enumerate(chapter.sections):
            for at, block in enumerate(section.blocks):
                if not isinstance(block, Prose):
                    continue
                edited = replace(block, text=replace(block.text, plain=block.text.plain + " Nobody knows."))
                blocks = (*section.blocks[:at], edited, *section.blocks[at + 1 :])
                sections = (*chapter.sections[:k], replace(section, blocks=blocks), *chapter.sections[k + 1 :])
                new = in_chapter(old, chapter.slug, lambda c, s=sections: replace(c, sections=s))
                assert_small(compare(old, new), len(edited.text.plain.encode()))


def assert_small(found: Comparison, changed_bytes: int) -> None:
    told = json.dumps(found.to_json(), ensure_ascii=False, separators=(",", ":"))
    assert len(told.encode()) <= 4 * changed_bytes + 400 * (len(found.edits) + len(found.neutral)) + FRAME_BYTES


def test_a_document_with_ids_keeps_them_and_one_without_gets_none():
    named = with_new_ids(ruritania(), "@20220814T093000Z")

    after = apply(compare(named, NEGATED), named)
    bare = apply(compare(ruritania(), NEGATED), ruritania())

    assert [b.id for b in after.chapters[0].sections[0].blocks] == [b.id for b in named.chapters[0].sections[0].blocks]
    assert bare.to_json() == NEGATED.to_json()


@pytest.mark.parametrize(
    "patch",
    [
        {},
        {"chapters": {"spring-ban-policy": None}},
        {"chapters": {"spring-ban-policy": {"sha": 7}}},
        {"order": {"ops": [["="]]}},
    ],
)
def test_a_patch_that_nobody_made_is_refused_and_never_ends_in_anything_else(patch: dict[str, object]) -> None:
    told = {**changed(with_blocks("Policy", lambda blocks: blocks.pop())).to_json(), "patch": patch}
    forged = Comparison.from_json(told)

    with pytest.raises(NotApplicable):
        apply(forged, ruritania())
    with suppress(NotApplicable):
        inverse(forged)


def test_a_patch_that_asks_for_a_thousand_million_items_is_refused() -> None:
    told = json.dumps(changed(with_blocks("Policy", lambda blocks: blocks.pop())).to_json()["patch"])
    run = re.search(r'\["=", \d+, (\d+)\]', told)
    assert run is not None
    patch = json.loads(told[: run.start(1)] + "1000000000" + told[run.end(1) :])

    with pytest.raises(NotApplicable):
        inverse(Comparison(patch=patch))
