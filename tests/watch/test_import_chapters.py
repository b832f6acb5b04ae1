"""Chapters that come, go and are renamed between copies and looks: each has a history that no sight contradicts."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.publisher import status
from tests.watch.looking import looking
from tests.watch.test_import_laws import copy_of
from tests.watch.test_importing import at, fates, look, take
from tracker.compare import apply_chapter
from tracker.extract.publishers import Publishers
from tracker.watch.importing import Importer

SAME = "<p>Ruritania has not acceded to the treaty, and its council says that it will not do so soon.</p>" * 3
DATED = "<p>Last updated: 13 August 2022</p>"
MINE, CLUSTER, IMPACT = "Mine Ban Policy", "Cluster Munition Ban Policy", "Impact"


@pytest.fixture
def eye(tmp_path):
    with looking(tmp_path, confirm_after_s=(0,)) as eye:
        yield eye


def page(**said):
    """A profile with these chapters: `mine="A"`."""
    titles = {"mine": MINE, "cluster": CLUSTER, "impact": IMPACT}
    told = "".join(f"<h2>{titles[key]}</h2>{DATED}{SAME}<p>In 2011 {text * 9}.</p>" for key, text in said.items())
    return f"<html><h1>Ruritania</h1>{told}</html>"


def history(eye, slug, profile="ruritania"):
    """(day, the text's letter or None) of each version; every change to it is exact and in its place."""
    store, found, before = eye.store, [], None
    for version in store.versions(profile, slug):
        document = store.chapter_document(version.document_sha256) if version.document_sha256 else None
        words = " ".join(b.text.plain for b in document.blocks) if document else ""
        found.append(((version.captured_at - at(0)).days, next((t for t in "ABCD" if t * 9 in words), None)))
        change = store.change(version.change)
        if before is not None:
            assert change.before.address == before.address
            assert before.ended_at == version.captured_at
            assert before.seen_at <= version.captured_at
            old, new = (
                store.chapter_document(mark.document_sha256) if mark.document_sha256 else None
                for mark in (change.before, change.after)
            )
            assert apply_chapter(change.comparison, old) == new
        before = version
    (record,) = [c for c in store.chapters(profile) if c.chapter == slug]
    assert record.versions == len(found)
    return found


def test_a_chapter_that_only_a_copy_had_is_gone_where_the_page_was_seen_without_it(eye):
    look(eye, 20, page(mine="A", cluster="A"))

    assert fates(take(eye, (10, page(mine="A", cluster="B", impact="C")))) == ["version"]

    assert history(eye, "impact") == [(10, "C"), (20, None)]
    assert history(eye, "cluster-munition-ban-policy") == [(10, "B"), (20, "A")]
    assert history(eye, "mine-ban-policy") == [(10, "A")]
    states = {c.chapter: c.state for c in eye.store.chapters()}
    assert states == {"impact": "gone", "cluster-munition-ban-policy": "present", "mine-ban-policy": "present"}
    assert look(eye, 25, page(mine="A", cluster="A")).entry.outcome == "unchanged"


def test_a_chapter_that_came_again_was_gone_in_between(eye):
    look(eye, 20, page(mine="A", cluster="A"))
    look(eye, 30, page(mine="A", cluster="A", impact="D"))

    take(eye, (10, page(mine="A", cluster="A", impact="C")), (15, page(mine="A", cluster="A", impact="D")))

    assert history(eye, "impact") == [(10, "C"), (15, "D"), (20, None), (30, "D")]


def test_a_copy_without_a_chapter_says_nothing_of_its_end_until_another_agrees(eye):
    look(eye, 0, page(mine="A", cluster="A"))
    look(eye, 30, page(mine="A", cluster="A"))

    assert fates(take(eye, (10, page(mine="A")))) == ["suspect"]
    assert history(eye, "cluster-munition-ban-policy") == [(0, "A")]
    assert fates(take(eye, (11, page(mine="A")), (12, page(mine="A")))) == ["suspect", "version"]

    assert history(eye, "cluster-munition-ban-policy") == [(0, "A"), (12, None), (30, "A")]
    assert history(eye, "mine-ban-policy") == [(0, "A")]


def test_a_page_that_was_gone_and_was_not_according_to_a_copy(eye):
    look(eye, 0, page(mine="A", cluster="A"))
    eye.site.page("/", "<h1>Home</h1>")
    eye.site.put("/ruritania", status(410))
    for day in (10, 11, 12):
        eye.clock.now = at(day)
        eye.look(after=timedelta(0))
    assert history(eye, "mine-ban-policy") == [(0, "A"), (11, None)]

    take(eye, (11.5, page(mine="B", cluster="A")), (5, page(mine="C", cluster="A")))

    assert history(eye, "mine-ban-policy") == [(0, "A"), (5, "C"), (11, None), (11, "B"), (12, None)]
    assert history(eye, "cluster-munition-ban-policy") == [(0, "A"), (11, None), (11, "A"), (12, None)]


def test_a_renamed_chapter_goes_on_under_its_old_name_in_older_copies(eye):
    renamed = page(mine="A", cluster="A").replace(CLUSTER, "Cluster Munition Policy")
    look(eye, 0, page(mine="A", cluster="A"))
    for day in (20, 21, 22):
        look(eye, day, renamed)
    slugs = {c.chapter: c.state for c in eye.store.chapters()}

    taken = take(eye, (10, page(mine="A", cluster="B")), (15, page(mine="B", cluster="A")))

    assert set(fates(taken)) <= {"version", "clash"}
    assert {c.chapter for c in eye.store.chapters()} == set(slugs)
    for slug in slugs:
        history(eye, slug)


WORDS = {
    MINE: ["mines", "stockpiles", "destroyed", "convention", "landmine", "party", "treaty", "ban", "antipersonnel"],
    CLUSTER: ["bomblets", "cluster", "shells", "carriers", "rockets", "oslo", "dublin", "submunition", "weapon"],
    IMPACT: ["victims", "hospital", "surgery", "amputee", "family", "children", "farmer", "shepherd", "market"],
}


def varied(name, said):
    """A profile whose chapters have no words in common, so that none is taken for another renamed."""
    told = ""
    for title, text in said.items():
        lines = (" ".join(WORDS[title][(n * 7 + m * 4) % 9] for m in range(25)) for n in range(4))
        told += f"<h2>{title}</h2>{DATED}{''.join(f'<p>{line}</p>' for line in lines)}<p>In 2011 {text * 9}.</p>"
    return f"<html><h1>{name}</h1>{told}</html>"


@st.composite
def plans(draw):
    """What chapters a page had on some days, with what text; which of these are looks; how the others are grouped."""
    texts = st.sampled_from("AB")
    kinds = st.dictionaries(st.sampled_from((MINE, CLUSTER, IMPACT)), texts, min_size=1)
    said = draw(st.lists(kinds, min_size=2, max_size=8))
    looks = [n for n in range(len(said)) if draw(st.booleans())]
    others = draw(st.permutations([n for n in range(len(said)) if n not in looks]))
    return said, looks, others, draw(st.integers(1, 4))


@pytest.mark.proof
@given(plan=plans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_chapters_come_and_go_no_sight_is_contradicted(eye, plan):
    said, looks, others, size = plan
    number = len(eye.store.watches()) + 1
    name, start = f"p{number}", at(100 * number)
    watch = eye._add(name)

    def take_in(days):
        importer = Importer(store=eye.store, publishers=Publishers(), confirm_after_s=(0,), now=lambda: eye.clock.now)
        copies = [copy_of(watch.url, start + 9 * n * timedelta(days=1), varied(name, said[n])) for n in days]
        return importer.take_in(watch, copies)

    for n in looks:
        eye.clock.now = start + 9 * n * timedelta(days=1)
        eye.site.page(f"/{name}", varied(name, said[n]))
        eye.look(name, after=timedelta(0))
        eye.clock.now = max(eye.clock.now, start + 9 * n * timedelta(days=1))
    eye.clock.now = start + timedelta(days=90)
    for first in range(0, len(others), size):
        assert not {"clash", "failed"} & set(fates(take_in(others[first : first + size])))

    for record in eye.store.chapters(name):
        found = history(eye, record.chapter, name)
        assert all(one[1] != other[1] for one, other in pairwise(found))


def causes(eye, chapter):
    """Day, cause and flags (but `imported`, `silent`) of the change that leads to each version."""
    found = []
    for version in eye.store.versions("ruritania", chapter):
        change = eye.store.change(version.change)
        flags = tuple(flag for flag in change.flags if flag not in ("imported", "silent"))
        found.append(((version.captured_at - at(0)).days, change.cause, flags))
    return found


WITH_MINE, WITH_CLUSTER = ("with:mine-ban-policy",), ("with:cluster-munition-ban-policy",)


def gone_and_back(eye, *, back):
    look(eye, 0, page(mine="A", cluster="A"))
    eye.site.page("/", "<h1>Home</h1>")
    eye.site.put("/ruritania", status(410))
    for day in (10, 11, 12, 20):
        eye.clock.now = at(day)
        eye.look(after=timedelta(0))
    if back:
        look(eye, 40, page(mine="A", cluster="A"))


@pytest.mark.parametrize("back", [False, True], ids=["gone", "back again"])
def test_a_copy_before_the_page_was_taken_away_leaves_it_taken_away(eye, back):
    gone_and_back(eye, back=back)
    before = [cause for _, cause, _ in causes(eye, "mine-ban-policy")]
    assert before == ["first_record", "removed", *(["restored"] if back else [])]

    take(eye, (5, page(mine="B", cluster="A")), (7, page(mine="C", cluster="C")))

    found = causes(eye, "mine-ban-policy")
    assert found[:4] == [
        (0, "first_record", ()), (5, "content", ()), (7, "content", ()), (11, "removed", WITH_CLUSTER),
    ]  # fmt: skip
    assert causes(eye, "cluster-munition-ban-policy")[2] == (11, "removed", WITH_MINE)
    assert [cause for _, cause, _ in found[4:]] == (["restored"] if back else [])
    told = len(eye.told)
    looked = look(eye, 50, page(mine="A", cluster="A"))
    assert [change.cause for change in looked.changes] == ([] if back else ["restored", "restored"])
    assert len(eye.told) == told + bool(looked.changes)  # one word for the page


def test_a_copy_after_the_page_was_taken_away_brings_it_back_and_it_is_taken_away_again(eye):
    gone_and_back(eye, back=False)

    take(eye, (15, page(mine="B", cluster="A")))

    assert causes(eye, "mine-ban-policy") == [
        (0, "first_record", ()),
        (11, "removed", WITH_CLUSTER),
        (15, "restored", WITH_CLUSTER),
        (20, "removed", WITH_CLUSTER),
    ]
    again = causes(eye, "cluster-munition-ban-policy")
    assert [one[:2] for one in again[1:]] == [(11, "removed"), (15, "restored"), (20, "removed")]
    assert again[3][2][-1:] == again[2][2][-1:] == WITH_MINE


def test_a_copy_between_the_removal_and_the_return_is_the_return(eye):
    gone_and_back(eye, back=True)

    take(eye, (30, page(mine="B", cluster="A")))

    assert [one[:2] for one in causes(eye, "mine-ban-policy")[1:]] == [
        (11, "removed"), (30, "restored"), (40, "reversion"),
    ]  # fmt: skip
    assert [one[:2] for one in causes(eye, "cluster-munition-ban-policy")[1:]] == [(11, "removed"), (30, "restored")]


def test_a_chapter_that_only_a_copy_shows_went_with_the_page_and_came_with_it(eye):
    look(eye, 0, page(mine="A", cluster="A"))
    eye.site.page("/", "<h1>Home</h1>")
    eye.site.put("/ruritania", status(410))
    for day in (10, 11):
        eye.clock.now = at(day)
        eye.look(after=timedelta(0))
    look(eye, 40, page(mine="A", cluster="A", impact="D"))

    take(eye, (5, page(mine="A", cluster="A", impact="C")))

    assert [one[:2] for one in causes(eye, "impact")] == [(5, "content"), (11, "removed"), (40, "restored")]
    assert causes(eye, "impact")[1][2] == WITH_CLUSTER + WITH_MINE
