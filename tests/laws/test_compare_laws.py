"""What is always so of comparing, whatever the documents.

By default of a few generated pairs, drawn once for all laws, and of the demo's editions; `make proof` draws many more.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.laws import told
from tests.strategies import documents, map_texts, mutated, pairs, relabelled
from tracker.cli.demo.ruritania import edition
from tracker.compare import apply, apply_chapter, compare, inverse, split
from tracker.compare.apply import chapter_before
from tracker.compare.nodes import flat_items
from tracker.compare.stored import compact, expand
from tracker.document.edit import NEUTRAL_KINDS, Comparison
from tracker.document.identity import with_new_ids
from tracker.document.model import Document, Section, Text

Pair = tuple[Document, Document]
Law = Callable[[Document, Document], None]
few = settings(
    max_examples=24, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
many = settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@cache
def sample() -> tuple[Pair, ...]:
    """Some generated pairs, the same on every day."""
    found: list[Pair] = []
    few(given(pairs())(lambda pair: found.append(pair)))()
    return tuple(found)


@cache
def editions() -> tuple[Pair, ...]:
    """The editions of the demo's profile, each with the next; the first with the last, and with next to nothing."""
    all_of_them = [edition(number).document for number in range(1, 7)]
    first, last = all_of_them[0], all_of_them[-1]
    return (*pairwise(all_of_them), (first, last), (last, told.without_tables(first)))


def of_all(law: Law) -> None:
    for old, new in (*sample(), *editions()):
        law(old, new)


# ---------------------------------------------------------------- one pair


def gives_both(old: Document, new: Document) -> None:
    found = compare(old, new)
    told.check_exact(found, old, new)
    assert inverse(inverse(found)).patch == found.patch


def test_applying_what_was_compared_gives_the_new_document_and_the_inverse_the_old_one_also_from_json():
    of_all(gives_both)


def is_mirrored(old: Document, new: Document) -> None:
    told.check_mirror(compare(old, new), compare(new, old))


def test_what_is_told_one_way_is_told_the_other_way_round_on_the_way_back():
    of_all(is_mirrored)


def has_one_fate(old: Document, new: Document) -> None:
    told.check_fates(compare(old, new), old, new)


def test_every_heading_block_and_note_is_told_of_once_or_is_equal_on_both_sides():
    of_all(has_one_fate)


def keeps_words(old: Document, new: Document) -> None:
    told.check_kept_words(compare(old, new))
    bare = told.without_tables(old), told.without_tables(new)
    told.check_words(compare(*bare), *bare)


def test_the_words_of_the_old_document_less_what_went_and_what_came_are_those_of_the_new_one():
    of_all(keeps_words)


def does_not_differ_from_itself(old: Document, new: Document) -> None:
    assert compare(old, Document.from_json(json.loads(json.dumps(old.to_json())))) == Comparison()


def test_a_document_does_not_differ_from_itself():
    of_all(does_not_differ_from_itself)


def printed_otherwise(document: Document) -> Document:
    """The document in other clothes: quotes, dashes, blanks, note numbers, depth of headings."""

    def text(t: Text) -> Text:
        plain = t.plain
        # One character for one: references stay where they are.
        for one, other in (("“", '"'), ("”", '"'), ("—", "-"), ("’", "'"), (" ", "\u00a0")):
            plain = plain.replace(one, other)
        return replace(t, plain=plain)

    def deeper(section: Section) -> Section:
        return replace(section, level=section.level + 1, sections=tuple(map(deeper, section.sections)))

    chapters = []
    for chapter in document.chapters:
        other = map_texts(chapter, text)
        other = relabelled(other, {note.label: f"{int(note.label) + 400}" for note in chapter.notes})
        chapters.append(replace(other, sections=tuple(map(deeper, other.sections))))
    return replace(document, chapters=tuple(chapters))


def is_not_news_in_other_clothes(old: Document, new: Document) -> None:
    other = printed_otherwise(old)

    found = compare(old, other)

    assert found.edits == () and {e.kind for e in found.neutral} <= {"format", "renumbered"}
    assert set(found.causes.values()) <= {"format_only"}
    assert apply(found, old) == other


def test_other_quotes_dashes_blanks_note_numbers_and_depths_of_headings_are_never_news():
    of_all(is_not_news_in_other_clothes)


def is_read_off_its_spans(old: Document, new: Document) -> None:
    found = compare(old, new)

    for edit in (*found.edits, *found.neutral):
        assert "".join(t for m, t in edit.spans if m != "+") == edit.old
        assert "".join(t for m, t in edit.spans if m != "-") == edit.new
        assert (edit.kind in NEUTRAL_KINDS) == (edit.salience.level == "none")
    ids = [e.id for e in (*found.edits, *found.neutral)]
    assert len(set(ids)) == len(ids)


def test_spans_are_both_texts_and_ids_are_unique():
    of_all(is_read_off_its_spans)


# ---------------------------------------------------------------- lineage


def ids_of(document: Document) -> list[list[str]]:
    return [[item.id for item, _ in flat_items(chapter)] for chapter in document.chapters]


def keeps_lineage(old: Document, new: Document) -> None:
    old = with_new_ids(old, "@1")

    found = compare(old, new)
    named = apply(found, old)

    assert named == new
    for ids in ids_of(named):
        assert all(ids) and len(set(ids)) == len(ids)
    assert apply(inverse(found), named).to_json() == old.to_json()


def test_lineage_ids_are_unique_inherited_and_given_back():
    of_all(keeps_lineage)


def leads_on(*steps: Document) -> None:
    in_one_go = [with_new_ids(steps[0], "@1")]
    one_by_one = list(in_one_go)
    for new in steps[1:]:
        in_one_go.append(apply(compare(in_one_go[-1], new), in_one_go[-1]))
        standing = Document.from_json(json.loads(json.dumps(one_by_one[-1].to_json())))
        stored = Comparison.from_json(json.loads(json.dumps(compare(standing, new).to_json())))
        one_by_one.append(apply(stored, standing))

    assert tuple(in_one_go) == steps
    assert [ids_of(d) for d in in_one_go] == [ids_of(d) for d in one_by_one]


def test_what_leads_from_one_version_to_the_next_leads_on_to_those_after_it_with_the_same_ids():
    leads_on(*(old for old, _ in editions()))
    for (first, second), (third, fourth) in zip(sample()[::2], sample()[1::2], strict=False):
        leads_on(first, second, third, fourth, first)


def is_kept_whole_by_a_log(old: Document, new: Document) -> None:
    old = with_new_ids(old, "@1")

    found = compare(old, new)
    named = apply(found, old)

    for slug, part in split(found).items():
        before = chapter_before(part, slug)
        was, now = old.chapter(before) if before else None, named.chapter(slug)
        assert expand(json.loads(json.dumps(compact(part))), was, now) == part
        assert apply_chapter(part, was) == now


def test_what_a_log_keeps_is_the_whole_comparison_of_each_chapter():
    of_all(is_kept_whole_by_a_log)


# ---------------------------------------------------------------- chapters


def has_a_cause_where_it_differs(old: Document, new: Document) -> None:
    found = compare(old, new)

    slugs = {c.slug for c in (*old.chapters, *new.chapters)}
    renamed = {patch["from"] for patch in found.patch.get("chapters", {}).values() if patch.get("from")}
    assert set(found.causes) | renamed == {s for s in slugs if old.chapter(s) != new.chapter(s)} | renamed


def test_every_chapter_that_differs_has_a_cause_and_no_other():
    of_all(has_a_cause_where_it_differs)


def is_the_same_among_others(old: Document, new: Document, extra: Document) -> None:
    alone = compare(old, new)

    for copies in (1, 4):
        more = [replace(c, slug=f"{c.slug}-{k}", title=f"{c.title} {k}") for k in range(copies) for c in extra.chapters]
        among = compare(*(replace(d, chapters=(*d.chapters, *more)) for d in (old, new)))
        assert among.edits == alone.edits and among.neutral == alone.neutral


def test_chapters_that_did_not_change_add_nothing_however_many():
    for (old, new), (_, extra) in zip(sample(), sample()[::-1], strict=True):
        is_the_same_among_others(old, new, extra)


def is_told_chapter_by_chapter(old: Document, new: Document) -> int:
    """How many chapters could be looked at alone: not where one came or went, or something went from one to another."""
    both = [c.slug for c in new.chapters]
    found = compare(old, new)
    if both != [c.slug for c in old.chapters] or any(edit.old_chapter for edit in found.edits):
        return 0
    for slug in both:
        alone = replace(old, chapters=tuple(new.chapter(slug) if c.slug == slug else c for c in old.chapters))
        parts = split(compare(old, alone))
        assert parts.get(slug) == split(found).get(slug) and set(parts) <= {slug}
    return len(both)


def test_what_is_said_of_one_chapter_does_not_hang_on_what_was_changed_in_another():
    assert sum(is_told_chapter_by_chapter(old, new) for old, new in (*sample(), *editions())) > 20


# ---------------------------------------------------------------- the same answer everywhere


SCRIPT = """
import hashlib, json, sys
from tests.laws.test_compare_laws import answer, editions
print(hashlib.sha256("".join(map(answer, editions())).encode()).hexdigest())
"""


def answer(pair: Pair) -> str:
    """The comparison as bytes would be written: its keys in the order in which they were put in."""
    return json.dumps(compare(*pair).to_json(), sort_keys=False)


def test_the_bytes_of_an_answer_are_the_same_for_any_hash_seed_and_any_number_of_threads():
    children = [
        subprocess.Popen(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=subprocess.PIPE,
        )
        for seed in ("0", "77")
    ]
    alone = [answer(pair) for pair in editions()]
    with ThreadPoolExecutor(8) as threads:
        at_once = list(threads.map(answer, editions() * 4))
    said = {child.communicate()[0] for child in children}

    assert at_once == alone * 4
    assert len(said) == 1 and len(said.pop()) == 65 and all(child.returncode == 0 for child in children)


# ---------------------------------------------------------------- many


LAWS: tuple[Law, ...] = (
    gives_both, is_mirrored, has_one_fate, keeps_words, does_not_differ_from_itself, is_not_news_in_other_clothes,
    is_read_off_its_spans, keeps_lineage, is_kept_whole_by_a_log, has_a_cause_where_it_differs,
)  # fmt: skip


@pytest.mark.proof
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_law_holds_of_many_generated_documents(law):
    many(given(pairs())(lambda pair: law(*pair)))()


@pytest.mark.proof
@many
@given(pairs(), documents())
def test_many_chapters_that_did_not_change_add_nothing_and_those_that_did_are_told_apart(pair, extra):
    is_the_same_among_others(*pair, extra)
    is_told_chapter_by_chapter(*pair)


@pytest.mark.proof
@many
@given(documents().flatmap(lambda a: mutated(a).flatmap(lambda b: mutated(b).map(lambda c: (a, b, c)))))
def test_many_versions_lead_on_to_the_ones_after_them_with_the_same_ids(steps):
    leads_on(*steps)
