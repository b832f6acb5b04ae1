"""How loudly edits are told: the tables of pairs in salience/, and what is so of every reason."""

from itertools import groupby
from operator import attrgetter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.compare.salience_cases import Case, cases, kinds_of
from tracker.compare.amounts import MAX_REASON
from tracker.compare.weigh import LEVEL_OF, MAX_REASONS, salience
from tracker.compare.words import spans
from tracker.document.edit import LEVELS, Edit

ONE_WAY = ("split", "merged", "section_split", "section_merged", "note_replaced")
ALL = {name: cases(name) for name in ("tuned", "held", "fresh")}
BY_CATEGORY = [
    pytest.param(list(group), id=f"{name}: {category}")
    for name, found in ALL.items()
    for category, group in groupby(found, key=attrgetter("category"))
]


def both_ways(found: list[Case]) -> list[Case]:
    return [way for case in found for way in ((case,) if case.kind in ONE_WAY else (case, case.back()))]


def told(old: str, new: str) -> Edit:
    return Edit(kind="replaced", chapter="impact", chapter_title="Impact", old=old, new=new, spans=spans(old, new))


@pytest.mark.parametrize("group", BY_CATEGORY)
def test_every_pair_is_told_as_loudly_as_it_matters_and_says_why(group):
    wrong = {str(case): salience(case.edit()) for case in both_ways(group) if not case.is_right(salience(case.edit()))}

    assert wrong == {}


def test_the_tables_hold_enough_pairs_of_every_sort():
    found = [case for one in ALL.values() for case in one]
    quiet = [case for case in found if not case.is_loud and case.kind in ("replaced", "cell_changed")]

    assert len(found) >= 500 and len(quiet) >= 200
    assert sum(case.category == "wording" for case in found) >= 100


def test_what_is_critical_or_high_is_never_told_lower_and_wording_rarely_higher():
    found = both_ways([case for one in ALL.values() for case in one])
    missed = [c for c in found if c.is_loud and LEVELS.index(salience(c.edit()).level) < LEVELS.index(c.levels[0])]
    wording = [c for c in found if not c.is_loud]
    loud = [c for c in wording if salience(c.edit()).level in ("critical", "high")]

    assert missed == []
    assert len(loud) <= 0.02 * len(wording)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=120), st.text(max_size=120), st.sampled_from(ALL["tuned"]), st.sampled_from(ALL["tuned"]))
def test_reasons_are_of_the_closed_list_few_short_and_the_same_each_time(noise, more, one, other):
    for old, new in ((noise, more), (f"{one.old} {noise}", f"{more} {other.new}"), (one.old, other.old)):
        found = salience(told(old, new))

        assert found == salience(told(old, new))
        assert len(found.why) <= MAX_REASONS
        assert all(len(reason) <= MAX_REASON and "|" not in reason and reason.isprintable() for reason in found.why)
        assert kinds_of(found) <= LEVEL_OF.keys()
        assert found.level == max((LEVEL_OF[kind] for kind in kinds_of(found)), key=LEVELS.index)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("They cleared 9.44km² there.", "They cleared 32.44km² there.", "number: 9.44 km² → 32.44 km² (+244 %)"),
        ("They gave US$10,000 there.", "They gave US$5,000 there.", "money: US$10,000 → US$5,000 (-50 %)"),
        ("They gave €5 million.", "They gave €5 billion.", "money: €5 million → €5 billion (+99,900 %)"),
        ("It ended on 12 March 2021.", "It ended on April 2, 2021.", "date: 12 March 2021 → 2 April 2021"),
        ("Some 40% is clear.", "Some 40.2 per cent is clear.", "number: 40 % → 40.2 % (+0.5 %)"),
        ("The land is 500 m² large.", "The land is 2 ha large.", "number: 500 m² → 2 ha (+3,900 %)"),
        ("It took seven men.", "It took 14 men.", "number: seven → 14 (+100 %)"),
        ("It is the third one.", "It is the 4th one.", "number: third → 4th"),
        ("It has not joined the treaty.", "It joined the treaty.", "treaty status: Non-signatory → State Party"),
    ],
)
def test_a_reason_tells_what_was_and_what_is_with_its_size(old, new, why):
    assert why in salience(told(old, new)).why
