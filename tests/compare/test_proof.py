"""Nothing is recorded on the word of a comparison that does not lead there and back."""

import copy
from dataclasses import replace

import pytest

from tests.compare.builders import POLICY, impact, paragraph, ruritania, table, with_blocks
from tests.laws.payloads import SIGHT
from tracker.compare import apply, compare
from tracker.compare.changes import named_exactly, profile_text_sha256, with_lineage
from tracker.compare.proof import NotExact, proven
from tracker.document.edit import Comparison
from tracker.document.identity import with_new_ids
from tracker.document.model import Document
from tracker.events.types import Standing

OLD = with_new_ids(ruritania(), "@1")
GIFTS = table([["Elbonia", "Clearance", "1,500,000"]], header=["Donor", "Sector", "Amount (US$)"], caption="Gifts")


def new() -> Document:
    """Other words in one chapter, other cells in the other."""
    words = paragraph(POLICY[0].replace("has not acceded", "has acceded"))
    return replace(
        with_blocks("Policy", lambda b: b.__setitem__(0, words)),
        chapters=(with_blocks("Policy", lambda b: b.__setitem__(0, words)).chapters[0], impact(gifts=GIFTS)),
    )


def altered(slug: str, *path: object, to: object) -> Comparison:
    """The right comparison, but for one value of a chapter's patch."""
    found = compare(OLD, new())
    patch = copy.deepcopy(dict(found.patch))
    at = patch["chapters"][slug]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = to
    return replace(found, patch=patch)


def test_a_right_comparison_gives_the_new_document_with_its_lineage_ids():
    found = compare(OLD, new())

    named = proven(found, OLD, new())

    assert named == new()
    assert named.to_json() == apply(found, OLD).to_json()


CHANGES = {
    "other words": ("spring-ban-policy", ("ops", 1, 2, "text", "t", 1, 1), "no longer"),
    "another outcome": ("spring-ban-policy", ("sha", 1), "0" * 16),
    "another start": ("spring-ban-policy", ("sha", 0), "0" * 16),
    "another place of an edit": ("spring-ban-policy", ("at", 0), [4, 4]),
    "labels that did not shift": ("spring-ban-policy", ("labels",), [[1, 8, 1]]),
    "an item too few": ("impact", ("ops", 0, 2), 1),
    "a delta of nothing": ("impact", ("delta",), {}),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_comparison_with_one_value_altered_is_refused_and_names_the_pair(what):
    slug, path, to = CHANGES[what]
    first, _ = with_lineage(Standing(watch="r"), ruritania(), SIGHT)
    assert first == OLD
    standing = Standing(watch="r", document=OLD, text_sha256=profile_text_sha256(OLD))

    with pytest.raises(NotExact) as told:
        named_exactly(standing, new(), altered(slug, *path, to=to), SIGHT)

    assert "2026-01-01T09:00:12" in str(told.value)
    assert profile_text_sha256(OLD) in str(told.value) and profile_text_sha256(new()) in str(told.value)
