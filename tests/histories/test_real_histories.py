"""Versions of pages as they were published, each compared with the next: exact, lawful, in time, named as one would."""

import re
import time
from functools import cache

import pytest

from tests.histories.corpus import Version, histories, pairs
from tests.laws.told import check_all, check_exact
from tracker.compare import apply, compare
from tracker.compare.nodes import flat_items
from tracker.document.edit import Comparison
from tracker.document.identity import with_new_ids
from tracker.extract.reader import Unreadable

WITHIN_S = 2.0  # of work, for one pair
SLICE = 10  # every tenth pair is looked at by default


@cache
def compared(old: Version, new: Version) -> Comparison:
    return compare(old.document, new.document)


def of(chosen: tuple[tuple[Version, Version], ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("old", "new"), chosen, ids=str)


@of(pairs()[::SLICE])
def test_a_version_is_given_by_the_one_before_it_and_gives_it_back(old, new):
    check_exact(compared(old, new), old.document, new.document)


@pytest.mark.proof
@of(pairs())
def test_every_law_holds_of_a_version_and_the_one_before_it_in_time(old, new):
    begun = time.process_time()
    compare(old.document, new.document)
    took = time.process_time() - begun

    check_all(old.document, new.document)
    assert took < WITHIN_S


def folds_to_its_last(history: tuple[Version, ...]) -> None:
    documents = [v.document for v in history if not isinstance(v.page, Unreadable)]

    standing = with_new_ids(documents[0], "@1")
    for new in documents[1:]:
        standing = apply(compare(standing, new), standing)

    assert standing == documents[-1]
    for chapter in standing.chapters:
        ids = [item.id for item, _ in flat_items(chapter)]
        assert all(ids) and len(set(ids)) == len(ids)


@pytest.mark.parametrize("history", histories()[::8], ids=lambda history: history[0].name)
def test_a_history_folded_version_by_version_ends_in_the_last_one_with_ids_of_its_own(history):
    folds_to_its_last(history)


@pytest.mark.proof
@pytest.mark.parametrize("history", histories(), ids=lambda history: history[0].name)
def test_each_history_folded_version_by_version_ends_in_the_last_one_with_ids_of_its_own(history):
    folds_to_its_last(history)


@pytest.mark.parametrize("version", [v for h in histories() for v in h if len(v.data) < 100], ids=str)
def test_a_version_of_a_few_bytes_of_rubbish_is_refused_and_not_compared(version):
    assert isinstance(version.page, Unreadable)
    assert all(version not in pair for pair in pairs())


LINK = re.compile(rb"\]\([^)]*\)")


def bare(version: Version) -> bytes:
    """The words of a Markdown file: without its link targets, its blanks and the marks of its headings."""
    return re.sub(rb"[\s#=*_-]+", b" ", LINK.sub(b"]", version.data))


ONLY_LINKS = tuple(p for p in pairs() if p[0].media_type == "text/markdown" and bare(p[0]) == bare(p[1]))


@of(ONLY_LINKS)
def test_where_only_link_targets_blanks_or_heading_marks_changed_nothing_above_low_is_told(old, new):
    found = compared(old, new)

    assert {e.kind for e in found.edits} <= {"link_changed"}
    assert {e.salience.level for e in found.edits} <= {"low"}


def test_a_heading_in_other_letters_a_printed_date_and_a_heading_put_in_are_what_they_are_called():
    (ferry,) = (history for history in histories() if history[0].name == "ferry/0")

    changed = compare(ferry[1].document, ferry[2].document)
    put_in = compare(ferry[0].document, ferry[3].document)

    assert [(e.kind, e.new) for e in changed.edits if e.kind != "link_changed"] == [
        ("replaced", "Effective: 15 August 2023"),
        ("section_renamed", "1. Who may Ride"),
    ]
    assert [e.kind for e in put_in.edits] == ["replaced", "section_added"]
