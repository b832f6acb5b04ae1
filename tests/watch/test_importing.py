"""Copies taken in between looks: what each does to the history, and what it leaves alone."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.watch.looking import START, SUBSCRIPTIONS, looking
from tests.watch.test_import_laws import copy_of, page
from tracker.compare import apply_chapter
from tracker.errors import TrackerError
from tracker.events import bodies
from tracker.events.looks import Source, Watch
from tracker.events.sites import Site
from tracker.extract.fingerprint import fingerprint
from tracker.extract.publishers import Publishers
from tracker.fetch.archive import Exchange
from tracker.history.places import place
from tracker.notify.subscriptions import load
from tracker.pipeline import check
from tracker.store import open_store
from tracker.watch.importing import Copy, Importer, make_known

WHERE = ("ruritania", "ruritania")


@pytest.fixture
def eye(tmp_path):
    with looking(tmp_path) as eye:
        yield eye


def at(day):
    return START + timedelta(days=day)


def look(eye, day, said):
    """Look at the page, which says that, on that day."""
    eye.site.page("/ruritania", said if said.startswith("<") else page(1, said))
    eye.clock.now = at(day)
    return eye.look(after=timedelta(0))


def take(eye, *copies, **how):
    """Import copies: (day, what it says)."""
    url = eye.site.url("/ruritania")
    importer = Importer(
        store=eye.store,
        publishers=Publishers(),
        confirm_after_s=(600, 7200),
        now=lambda: eye.clock.now + timedelta(days=100),
        **how,
    )
    made = [copy_of(url, at(day), said if said.startswith("<") else page(1, said)) for day, said in copies]
    return importer.take_in(Watch(name="ruritania", url=url), made)


def fates(taken):
    return [one.fate for one in taken]


def days(eye):
    """The day at which each version begins and is last seen, with its cause."""
    found = []
    for version in eye.store.versions(*WHERE):
        seen = (version.seen_at - START).days if version.seen_at else None
        cause = eye.store.change(version.change).cause
        found.append(((version.captured_at - START).days, seen, cause))
    return found


def test_a_copy_that_says_the_same_earlier_moves_the_interval_and_not_the_address(eye):
    look(eye, 20, "A")
    (before,) = eye.store.versions(*WHERE)

    assert fates(take(eye, (10, "A"))) == ["seen"]

    (after,) = eye.store.versions(*WHERE)
    assert after.address == before.address
    assert after.captured_at == at(10)
    assert eye.store.change(after.change).not_later_than == at(10)
    assert place(f"{at(12):%Y-%m-%d}", [after], (), name="r") == after


def test_a_copy_of_what_stood_narrows_the_interval_of_the_change_that_followed(eye):
    look(eye, 0, "A")
    look(eye, 20, "B")

    take(eye, (15, "A"))

    change = eye.store.changes(*WHERE)[0]
    assert (change.happened_after, change.not_later_than.date()) == (at(15), at(20).date())
    assert "superseded" not in " ".join(change.flags)


def test_another_text_between_two_is_a_version_with_a_change_to_it_and_one_from_it(eye):
    look(eye, 0, "A")
    look(eye, 20, "B")
    told = eye.store.changes(*WHERE)[0]
    owed = eye.store.deliveries()

    (taken,) = take(eye, (10, "C"))

    assert days(eye) == [(0, 0, "first_record"), (10, 10, "content"), (20, None, "content")]
    second, first, _ = eye.store.changes(*WHERE)
    assert first.id == taken.changes[0]
    assert first.flags == second.flags == ("imported",)
    assert (second.happened_after, second.before.address) == (at(10), first.after.address)
    assert told.id not in {c.id for c in eye.store.changes(*WHERE)}
    assert told.id in {c.id for c in eye.store.changes(*WHERE, superseded=True)}
    assert f"superseded:{second.id}" in eye.store.change(told.id).flags
    assert eye.store.deliveries() == owed
    for change in (first, second):
        old, new = (eye.store.chapter_document(m.document_sha256) for m in (change.before, change.after))
        assert apply_chapter(change.comparison, old) == new


def test_recorded_versions_keep_their_addresses_and_documents(eye):
    look(eye, 0, "A")
    look(eye, 20, "B")
    before = {v.address: v.document_sha256 for v in eye.store.versions(*WHERE)}

    take(eye, (10, "C"), (5, "B"), (-5, "C"))

    after = {v.address: v.document_sha256 for v in eye.store.versions(*WHERE)}
    assert after.items() >= before.items()


def test_a_block_that_did_not_change_has_one_id_through_imported_versions_too(eye):
    look(eye, 0, "A")
    look(eye, 20, "B")

    take(eye, (10, "C"))

    documents = [eye.store.chapter_document(v.document_sha256) for v in eye.store.versions(*WHERE)]
    assert len({document.blocks[0].id for document in documents}) == 1


def test_inside_what_one_version_witnessed_it_is_split_and_the_old_text_is_back_again(eye):
    look(eye, 0, "A")
    look(eye, 5, "A")
    look(eye, 15, "A")
    look(eye, 20, "B")
    (first, last) = eye.store.versions(*WHERE)

    take(eye, (10, "C"))

    assert days(eye) == [(0, 5, "first_record"), (10, 10, "content"), (15, 15, "reversion"), (20, None, "content")]
    found = eye.store.versions(*WHERE)
    assert [v.address for v in found][::3] == [first.address, last.address]
    assert found[2].document_sha256 == first.document_sha256
    back = eye.store.change(found[2].change)
    assert f"reverts:{first.address}" in back.flags
    newest = eye.store.change(found[3].change)
    assert newest.before.address == found[2].address
    assert "superseded" not in " ".join(newest.flags)


def test_an_import_never_changes_what_the_next_look_compares_with(eye):
    look(eye, 0, "A")
    look(eye, 20, "A")
    before = eye.store.standing("ruritania")
    told = eye.told

    take(eye, (10, "C"), (-10, "B"))

    after = eye.store.standing("ruritania")
    assert after.document == before.document
    assert (after.text_sha256, after.body_sha256, after.validators) == (
        before.text_sha256, before.body_sha256, before.validators,
    )  # fmt: skip
    assert look(eye, 25, "A").entry.outcome == "unchanged"
    assert eye.told == told


def test_the_next_edit_is_told_once_and_leads_from_the_newest_version(eye):
    look(eye, 0, "A")
    look(eye, 20, "A")
    take(eye, (10, "C"))

    (change,) = look(eye, 25, "B").changes

    assert change.before.address == eye.store.versions(*WHERE)[-2].address
    assert len(eye.told) == 1
    assert days(eye)[-1] == (25, None, "content")


def test_what_is_newer_than_our_last_look_is_held_back_until_we_look(eye):
    look(eye, 0, "A")

    (held,) = take(eye, (10, "B"))
    assert held.fate == "held"
    assert "look first" in held.detail
    look(eye, 20, "B")

    assert fates(take(eye, (10, "B"))) == ["seen"]
    assert days(eye)[-1] == (10, None, "content")
    assert len(eye.told) == 1


def test_a_page_that_was_only_imported_goes_on_with_the_first_look(eye):
    make_known(eye.store, Watch(name="ruritania", url=eye.site.url("/ruritania")))
    take(eye, (0, "A"), (10, "B"))

    looked = look(eye, 20, "C")

    assert [c.cause for c in looked.changes] == ["content"]
    assert days(eye) == [(0, 0, "first_record"), (10, 10, "content"), (20, None, "content")]


def test_a_watch_of_another_name_goes_on_where_the_one_before_it_left_off(eye):
    look(eye, 0, "A")
    look(eye, 20, "A")
    url = eye.site.url("/ruritania")
    eye.store.append((bodies.watch_ended("removed", "ruritania"),), key="removed")
    again = Watch(name="again", url=url, profile="ruritania")
    added = bodies.watch_configured("added", "again", url=url, profile="ruritania", publisher=None, every_s=None)
    eye.store.append((added,), key="added again")
    importer = Importer(store=eye.store, publishers=Publishers(), confirm_after_s=(0,), now=lambda: eye.clock.now)

    found = importer.take_in(again, [copy_of(url, at(10), page(1, "B")), copy_of(url, at(15), page(1, "A"))])

    assert fates(found) == ["version", "seen"]
    assert days(eye) == [(0, 0, "first_record"), (10, 10, "content"), (15, None, "reversion")]
    eye.clock.now = at(25)
    assert check(again, replace(eye.tools, look_twice=False)).changes == ()


def test_nobody_is_told_unless_asked_for(eye):
    look(eye, 0, "A")
    look(eye, 20, "A")

    take(eye, (10, "B"))
    assert eye.told == []
    take(eye, (15, "C"), subscriptions=load(SUBSCRIPTIONS, "subscriptions.toml"))

    assert eye.told == [("content", "ruritania")]


def test_a_soft_404_of_an_archive_is_no_version_and_its_evidence_stands(eye):
    look(eye, 0, "A")
    look(eye, 20, "A")
    missing = "<html><title>Page not found</title><h1>Page not found</h1><p>There is no such page here.</p></html>"

    (taken,) = take(eye, (10, missing))

    assert taken.fate == "rejected"
    assert "not found" in taken.detail.lower()
    assert days(eye) == [(0, None, "first_record")]
    newest = eye.store.snapshots("ruritania")[0]
    assert (newest.verdict, newest.source) == ("rejected", "folder")
    assert eye.store.body(newest.body_sha256) == missing.encode()


def test_what_a_site_shows_for_no_page_is_known_without_asking_it(eye):
    look(eye, 0, "A")
    look(eye, 20, "A")
    told = "Our monitors write about every country; choose one from the list, or read the news of this week. "
    shown = f"<html><h1>Welcome</h1>{''.join(f'<p>{n} {told}</p>' for n in range(40))}</html>"
    mark = fingerprint(eye.tools.fetcher.fetch(eye.site.page("/other", shown)))

    (taken,) = take(eye, (10, shown), site=lambda url: Site(missing=mark))

    assert taken.fate == "rejected"
    assert "does not exist" in taken.detail or "soft404" in taken.detail


def test_a_copy_that_lost_most_is_doubted_until_another_says_the_same(eye):
    look(eye, 0, "A")
    look(eye, 30, "A")
    short = "<html><h1>Ruritania</h1><p>In 2075 the ministry reported AAAAAAAAA.</p></html>"

    assert fates(take(eye, (10, short))) == ["suspect"]
    assert len(eye.store.versions(*WHERE)) == 1
    assert fates(take(eye, (12, short), (14, short))) == ["suspect", "version"]

    assert [begins for begins, _, _ in days(eye)] == [0, 14, 30]
    change = eye.store.changes(*WHERE)[1]
    assert change.not_later_than == at(10)


def test_what_the_next_capture_on_record_says_too_is_believed(eye):
    short = "<html><h1>Ruritania</h1><p>In 2075 the ministry reported AAAAAAAAA.</p></html>"
    look(eye, 0, "A")
    for day in (20, 21, 22):
        look(eye, day, short)
    assert len(eye.store.versions(*WHERE)) == 2

    assert fates(take(eye, (10, short))) == ["seen"]

    assert [begins for begins, _, _ in days(eye)] == [0, 10]


def test_two_captures_of_one_instant_that_differ_are_told(eye):
    look(eye, 20, "A")
    assert fates(take(eye, (10, "B"))) == ["version"]

    (taken,) = take(eye, (10, "C"))

    assert taken.fate == "clash"
    assert "says otherwise" in taken.detail


def test_versions_of_one_second_have_addresses_of_their_own(eye):
    look(eye, 20, "A")
    url, first = eye.site.url("/ruritania"), at(10)
    copies = [copy_of(url, first + timedelta(milliseconds=n), page(1, said)) for n, said in ((0, "B"), (7, "C"))]
    importer = Importer(
        store=eye.store, publishers=Publishers(), confirm_after_s=(0,), now=lambda: eye.clock.now, batch=1
    )

    importer.take_in(Watch(name="ruritania", url=url), copies)

    addresses = [v.address for v in eye.store.versions(*WHERE)]
    assert addresses[:2] == [f"{first:%Y%m%dT%H%M%S}Z", f"{first:%Y%m%dT%H%M%S}.007Z"]


def test_importing_twice_adds_nothing_not_even_what_was_rejected(eye):
    look(eye, 20, "A")
    missing = "<html><title>404</title><h1>404 Not found</h1></html>"
    copies = ((5, "B"), (10, missing), (15, "A"))
    take(eye, *copies)
    head = eye.store.head()

    assert fates(take(eye, *copies)) == ["known"] * 3
    assert eye.store.head() == head


def test_an_import_that_was_broken_off_and_run_again_is_as_one_that_was_not(tmp_path):
    copies = [(day, said) for day, said in enumerate("ABBACCAB")]

    def history(folder, broken_at):
        folder.mkdir()
        with looking(folder) as eye:
            make_known(eye.store, Watch(name="ruritania", url=eye.site.url("/ruritania")))
            if broken_at:
                eye.store.close()
                seen = []

                def stage(name):
                    seen.append(name)
                    if seen.count("before_commit") == broken_at and name == "before_commit":
                        raise TrackerError("the machine stops")

                with open_store(folder / "log.db", write=True, now=eye.clock, on_stage=stage) as broken:
                    whole, eye.store = eye.store, broken
                    with pytest.raises(TrackerError, match="the machine stops"):
                        take(eye, *copies, batch=2)
                    eye.store = whole
                again = open_store(folder / "log.db", write=True, now=eye.clock)
            else:
                again = eye.store
            eye.store = again
            take(eye, *copies, batch=2)
            assert again.verify().findings == ()
            found = [(v.address, v.captured_at, v.text_sha256, v.change) for v in again.versions(*WHERE)]
            changes = [(c.id, c.happened_after, c.flags) for c in again.changes(superseded=True)]
            events = [(e.stream, e.type, e.payload) for e in again.events() if "watch" not in e.type]
            eye.store = again
            if broken_at:
                again.close()
            return found, changes, [(s, t, str(p).replace(eye.site.url(""), "")) for s, t, p in events]

    whole = history(tmp_path / "whole", 0)

    for n in (1, 2, 4):
        assert history(tmp_path / f"broken-{n}", n)[:2] == whole[:2]


def test_a_dry_run_says_what_would_come_of_it_and_writes_nothing(eye):
    look(eye, 0, "A")
    look(eye, 20, "B")
    head = eye.store.head()

    dry = take(eye, (10, "C"), (12, "C"), (14, "A"), dry_run=True)

    assert fates(dry) == ["version", "seen", "version"]
    assert eye.store.head() == head
    assert fates(take(eye, (10, "C"), (12, "C"), (14, "A"))) == fates(dry)


def test_copies_that_cost_a_request_each_are_written_soon(eye):
    """By number, and by how long the first of them has waited: what is read later finds them recorded."""
    look(eye, 20, "A")
    start, waited, recorded = eye.store.head().position, timedelta(0), []

    def reading(day):
        def load():
            nonlocal waited
            recorded.append(eye.store.head().position - start)
            waited += timedelta(seconds=4 if day < 9 else 0)
            return Exchange(body=page(1, "ABC"[day % 3]).encode(), media_type="text/html", charset=None)

        return Copy(
            url=eye.site.url("/ruritania"),
            captured_at=at(day),
            source=Source(kind="wayback", origin=str(day)),
            load=load,
        )

    importer = Importer(
        store=eye.store,
        publishers=Publishers(),
        confirm_after_s=(0,),
        now=lambda: eye.clock.now + waited,
        batch=5,
        hold=timedelta(seconds=10),
    )

    importer.take_in(Watch(name="ruritania", url=eye.site.url("/ruritania")), [reading(day) for day in range(18)])

    written = [n for n, (one, other) in enumerate(pairwise(recorded), 1) if other > one]
    assert written == [4, 8, 13]


def test_the_source_is_named_in_the_record(eye):
    look(eye, 20, "A")
    body = page(1, "B").encode()
    copy = Copy(
        url=eye.site.url("/ruritania"),
        captured_at=at(10),
        source=Source(kind="folder", origin="old/2021-02-09.html", precision="day"),
        load=lambda: Exchange(body=body, media_type="text/html", charset=None),
    )
    importer = Importer(store=eye.store, publishers=Publishers(), confirm_after_s=(0,), now=lambda: eye.clock.now)

    importer.take_in(Watch(name="ruritania", url=copy.url), [copy])

    live, imported = eye.store.events(types=("snapshot.recorded",))
    assert imported.payload["source"] == {"kind": "folder", "from": "old/2021-02-09.html", "precision": "day"}
    assert imported.captured_at == at(10)
    assert imported.recorded_at > at(19)
    assert not {"source", "is_past", "seen"} & live.payload.keys()
