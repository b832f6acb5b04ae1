"""The patch: exact both ways, never half of a document, never more than what changed."""

import json
from dataclasses import replace

import pytest

from tests.compare.builders import POLICY, changed, in_chapter, insert_note, paragraph, profiles, ruritania, with_blocks
from tracker.compare import apply, apply_chapter, compare, inverse, split
from tracker.compare.apply import chapter_before
from tracker.document.edit import Comparison
from tracker.document.identity import with_new_ids
from tracker.document.model import Document, Prose, Warned
from tracker.errors import NotApplicable

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


@pytest.mark.parametrize("profile", profiles())
def test_no_comparison_carries_the_document(profile):
    old = profiles()[profile]
    for chapter in old.chapters:
        for at in range(len(chapter.notes) + 1):
            new = in_chapter(
                old, chapter.slug, lambda c, at=at: insert_note(c, at, "Email from the office, 1 May 2023.")
            )
            assert_small(compare(old, new), 4 * 40)
        for at, block in enumerate(chapter.blocks):
            if isinstance(block, Prose):
                edited = replace(block, text=replace(block.text, plain=block.text.plain + " Nobody knows."))
                blocks = (*chapter.blocks[:at], edited, *chapter.blocks[at + 1 :])
                new = in_chapter(old, chapter.slug, lambda c, b=blocks: replace(c, blocks=b))
                assert_small(compare(old, new), 4 * len(edited.text.plain))


def assert_small(found: Comparison, changed_bytes: int) -> None:
    told = json.dumps(found.to_json(), ensure_ascii=False, separators=(",", ":"))
    # Each edit's own frame (design §5) is 400 bytes; the comparison's frame is as much again.
    assert len(told.encode()) <= changed_bytes + 400 * (len(found.edits) + len(found.neutral)) + 400


def test_a_document_with_ids_keeps_them_and_one_without_gets_none():
    named = with_new_ids(ruritania(), "@20220814T093000Z")

    after = apply(compare(named, NEGATED), named)
    bare = apply(compare(ruritania(), NEGATED), ruritania())

    assert [b.id for b in after.chapters[0].sections[0].blocks] == [b.id for b in named.chapters[0].sections[0].blocks]
    assert bare.to_json() == NEGATED.to_json()
