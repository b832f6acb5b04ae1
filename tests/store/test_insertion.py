"""The fold of imported events: carried out by key, refused where it names what is not there, the same when rebuilt."""

from dataclasses import replace

import pytest

from tests.store.builder import PROFILE, add, body_of, capture, chapter, document, mark, minute, see
from tracker.document.canonical import norm_sha256, sha256, text_sha256
from tracker.document.edit import Comparison, Salience
from tracker.events import bodies
from tracker.events.looks import Source, Verdict
from tracker.events.types import Change, Reading
from tracker.store import Append

SLUG = "use"


@pytest.fixture
def seen(store):
    """A on minute 0, B on minute 20."""
    add(store)
    see(store, {SLUG: "A"}, minute(0))
    see(store, {SLUG: "B"}, minute(20))
    return store


def snapshot(words, at, *, shows=(), is_past=True):
    """An imported capture of a chapter that says so."""
    got = replace(
        capture(minute(at), words.encode(), url="https://r.example/"), source=Source(kind="folder", origin="x")
    )
    said = document({SLUG: words})
    reading = Reading(verdict=Verdict("ok"), document=said, profile=PROFILE, text_sha256="0" * 64, publisher="generic")
    (one,) = said.chapters
    entry = bodies.chapter_entry(SLUG, "Use", None, text_sha256(one), norm_sha256(one), sha256(body_of(one)))
    event = bodies.snapshot_recorded("r", got, reading, [entry], is_past=is_past, seen=shows)
    return event, (got.body, body_of(one))


def change(name, before, after, *, place, happened_after):
    """A change to a version, as an import places it."""
    made = Change(
        id=name,
        profile=PROFILE,
        chapter=SLUG,
        chapter_title="Use",
        watch="r",
        before=before,
        after=after,
        happened_after=happened_after,
        not_later_than=after.captured_at,
        cause="content",
        flags=("imported",),
        salience=Salience("normal", ("words",)),
        comparison=Comparison(),
        source_url="https://r.example/",
        engine="compare/1",
    )
    return bodies.change_detected(made, {}, (), place=place)


def marks():
    return (mark(chapter(SLUG, words), SLUG, minute(at)) for words, at in (("A", 0), ("C", 10), ("B", 20)))


def test_an_append_of_its_own_puts_a_version_between_two(seen):
    a, c, b = marks()
    event, kept = snapshot("C", 10)
    old = seen.versions(PROFILE, SLUG)[1].change

    seen.append(
        (
            event,
            change("c_1", a, c, place={"kind": "new", "next": [SLUG, b.address]}, happened_after=minute(0)),
            change("c_2", c, b, place={"kind": "on"}, happened_after=minute(10)),
        ),
        key="import",
        bodies=kept,
    )

    first, between, last = seen.versions(PROFILE, SLUG)
    assert [v.address for v in (first, between, last)] == [a.address, c.address, b.address]
    assert (first.ended_at, between.ended_at, last.ended_at) == (minute(10), minute(20), None)
    assert (between.change, last.change) == ("c_1", "c_2")
    assert [c.id for c in seen.changes()] == ["c_2", "c_1", seen.changes()[-1].id]
    assert "superseded:c_2" in seen.change(old).flags
    assert seen.chapters()[0].versions == 3
    assert seen.chapters()[0].address == b.address
    assert seen.verify().findings == ()


def test_a_capture_of_the_past_moves_nothing_that_stands(seen):
    before = seen.last_seen("r"), seen.standing("r").document, seen.watch("r")
    event, kept = snapshot("A", 5, shows=[(SLUG, next(iter(marks())).address)])

    seen.append((event,), key="import", bodies=kept)

    assert (seen.last_seen("r"), seen.standing("r").document, seen.watch("r")) == before
    assert seen.versions(PROFILE, SLUG)[0].seen_at == minute(5)
    assert seen.changes()[0].happened_after == minute(5)
    assert seen.snapshots("r", limit=1)[0].source == "folder"
    assert seen.snapshots("r", limit=1, imported=False)[0].source is None
    assert seen.verify().findings == ()


@pytest.mark.parametrize(
    "place",
    [{"kind": "new", "next": [SLUG, "20200101T000000Z"]}, {"kind": "on"}],
    ids=["next is not there", "nothing to lead on from"],
)
def test_what_names_a_version_that_is_not_there_is_refused_whole(seen, place):
    a, c, _ = marks()
    event, kept = snapshot("C", 10)
    start = a if place["kind"] == "new" else replace(a, address="20200101T000000Z")
    head = seen.head()

    with pytest.raises(ValueError, match="has no version"):
        seen.append((event, change("c_1", start, c, place=place, happened_after=minute(0))), key="import", bodies=kept)

    assert seen.head() == head


def test_a_version_of_an_address_that_is_taken_is_refused(seen):
    a, _, b = marks()
    place = {"kind": "new", "next": [SLUG, b.address]}

    with pytest.raises(ValueError, match=r"has a version .* already"):
        seen.append((change("c_1", a, b, place=place, happened_after=minute(0)),), key="import")


def test_many_appends_are_one_transaction_each_under_its_own_key(make_store):
    stages = []
    store = make_store(on_stage=stages.append)
    add(store)
    see(store, {SLUG: "A"}, minute(0))
    begun = stages.count("before_commit")
    made = [snapshot("A", n / 10, is_past=False) for n in range(1, 6)]

    events = store.append_each([Append(events=(e,), key=f"i{n}", bodies=kept) for n, (e, kept) in enumerate(made)])

    assert stages.count("before_commit") == begun + 1
    assert len(events) == 5
    assert [store.has_key(f"i{n}") for n in range(6)] == [True] * 5 + [False]
    assert store.append_each([Append(events=(made[0][0],), key="i0", bodies=made[0][1])]) == events[:1]
    assert store.verify().findings == ()
