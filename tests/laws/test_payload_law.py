"""What a change leaves in the log is small: twice the changed text and 400 bytes, and 60 for each further edit.

Of the raw canonical JSON of the whole event, as it is hashed; no body and no compression is counted.
"""

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings

from tests.exam.cases import Case, documents, names, pages, source
from tests.exam.editor import SORTS
from tests.laws.payloads import recorded
from tests.strategies import pairs
from tracker.compare import apply_chapter, inverse
from tracker.compare.stored import expand
from tracker.document.model import Document
from tracker.events.codec import payload_bytes

some = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
LAYOUTS = ("gazette", "monitor", "tabular", "linked", "deep")


def check(old: Document, new: Document) -> int:
    """The law, and that the stored JSON is the comparison, forth and back; gives how many changes there were."""
    found = list(recorded(old, new))
    for told in found:
        read = expand(json.loads(payload_bytes(told.event))["comparison"], told.old, told.new)
        assert read == told.change.comparison
        assert apply_chapter(read, told.old) == told.new
        assert apply_chapter(inverse(read), told.new) == told.old
        assert told.size <= told.bound, f"{told.size} > {told.bound}: {payload_bytes(told.event).decode()}"
    return len(found)


@some
@given(pairs())
def test_no_change_of_generated_documents_takes_more_than_the_law_allows(pair):
    check(*pair)


def told(cases: list[Case]) -> int:
    """How many changes the cases brought, all of them within the law."""
    made = ((case, pages(case)) for case in cases)
    return sum(check(*documents(case, found)) for case, found in made if found is not None)


def test_no_edit_of_any_sort_takes_more_than_twice_its_text_and_400_bytes():
    profiles_ = ("real", *LAYOUTS) if os.environ.get("TRACKER_TEST_PROFILES") else LAYOUTS

    brought = {sort: told([Case(name, "text", sort, seed) for seed, name in enumerate(profiles_)]) for sort in SORTS}

    assert sum(map(bool, brought.values())) >= 50  # some sorts find no place in some layouts


@pytest.mark.parametrize("count", [8, 25])
def test_many_edits_at_once_take_60_bytes_more_for_each_further_one(count):
    assert told([Case(name, "html", "mixed", seed, count) for seed, name in enumerate(LAYOUTS)]) >= len(LAYOUTS)


@pytest.mark.proof
@pytest.mark.parametrize("name", names("all"))
def test_no_case_of_the_exam_takes_more_than_the_law_allows(name):
    forms = source(name, 0)[2]
    single = [Case(name, forms[n % len(forms)], sort, n, is_back=n % 2 == 1) for n, sort in enumerate(SORTS)]
    mixed = [Case(name, form, "mixed", n, n, n == 8) for form in forms for n in (4, 8, 25)]

    assert told([*single, *mixed]) > 10
