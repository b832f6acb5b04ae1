"""What is always so of comparing, whatever the documents."""

import json
from collections import Counter
from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from tests.strategies import documents, map_texts, pairs
from tracker.compare import apply, apply_chapter, compare, inverse, split
from tracker.compare.apply import chapter_before
from tracker.compare.nodes import flat_items
from tracker.compare.stored import compact, expand
from tracker.document.edit import NEUTRAL_KINDS, Comparison
from tracker.document.identity import with_new_ids
from tracker.document.model import Document, Text

some = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
MIRROR = (("added", "removed"), ("note_added", "note_removed"), ("chapter_added", "chapter_removed"))


@some
@given(pairs())
def test_applying_what_was_compared_gives_the_new_document_also_from_json(pair):
    old, new = pair

    found = compare(old, new)
    read = Comparison.from_json(json.loads(json.dumps(found.to_json())))

    assert read == found
    assert apply(read, old).to_json() == new.to_json()


@some
@given(pairs())
def test_the_inverse_gives_the_old_document_back_and_its_inverse_is_the_patch(pair):
    old, new = pair

    found = compare(old, new)

    assert apply(inverse(found), new) == old
    assert inverse(inverse(found)).patch == found.patch


@some
@given(documents())
def test_a_document_does_not_differ_from_itself(document):
    assert compare(document, Document.from_json(json.loads(json.dumps(document.to_json())))) == Comparison()


@some
@given(documents())
def test_other_quotes_dashes_and_spaces_are_never_news(document):
    def noisy(text: Text) -> Text:
        old = text.plain
        assert len("“”—’é") == 5  # one character for one: references stay where they are
        return replace(text, plain=old.replace("“", '"').replace("”", '"').replace("—", "-").replace("’", "'"))

    other = replace(document, chapters=tuple(map_texts(c, noisy) for c in document.chapters))

    found = compare(document, other)

    assert found.edits == () and {e.kind for e in found.neutral} <= {"format"}
    assert apply(found, document) == other


@some
@given(pairs())
def test_what_came_one_way_went_the_other(pair):
    there, back = (Counter(e.kind for e in compare(*told).edits) for told in (pair, pair[::-1]))

    for came, went in MIRROR:
        assert there[came] == back[went] and there[went] == back[came], came


@some
@given(pairs())
def test_spans_are_both_texts_and_ids_are_unique(pair):
    found = compare(*pair)

    for edit in (*found.edits, *found.neutral):
        assert "".join(t for m, t in edit.spans if m != "+") == edit.old
        assert "".join(t for m, t in edit.spans if m != "-") == edit.new
        assert (edit.kind in NEUTRAL_KINDS) == (edit.salience.level == "none")
    ids = [e.id for e in (*found.edits, *found.neutral)]
    assert len(set(ids)) == len(ids)


@some
@given(pairs())
def test_lineage_ids_are_unique_inherited_and_given_back(pair):
    old, new = with_new_ids(pair[0], "@1"), pair[1]

    found = compare(old, new)
    named = apply(found, old)

    assert named == new
    for chapter in named.chapters:
        ids = [item.id for item, _ in flat_items(chapter)]
        assert all(ids) and len(set(ids)) == len(ids)
    assert apply(inverse(found), named).to_json() == old.to_json()


@some
@given(pairs())
def test_what_a_log_keeps_is_the_whole_comparison_of_each_chapter(pair):
    old = with_new_ids(pair[0], "@1")

    found = compare(old, pair[1])
    new = apply(found, old)

    for slug, part in split(found).items():
        before = chapter_before(part, slug)
        was, now = old.chapter(before) if before else None, new.chapter(slug)
        assert expand(json.loads(json.dumps(compact(part))), was, now) == part
        assert apply_chapter(part, was) == now


@some
@given(pairs())
def test_every_chapter_that_differs_has_a_cause_and_no_other(pair):
    old, new = pair

    found = compare(old, new)

    slugs = {c.slug for c in (*old.chapters, *new.chapters)}
    renamed = {told["from"] for told in found.patch.get("chapters", {}).values() if told.get("from")}
    assert set(found.causes) | renamed == {s for s in slugs if old.chapter(s) != new.chapter(s)} | renamed


@some
@given(pairs(), documents())
def test_chapters_that_did_not_change_add_nothing(pair, extra):
    more = tuple(replace(c, slug=f"{c.slug}-more", title=f"{c.title} More") for c in extra.chapters)

    alone = compare(*pair)
    among = compare(*(replace(d, chapters=(*d.chapters, *more)) for d in pair))

    assert among.edits == alone.edits and among.neutral == alone.neutral
