"""The contract of the views: what users see of the log, and that folding it anew gives the same rows."""

from datetime import timedelta

import pytest

from tests.store.builder import PROFILE, add, added, chapter, document, failed, minute, plain, round_of, see
from tracker.document.canonical import norm_sha256, sha256, text_sha256
from tracker.document.model import Warned
from tracker.errors import NothingRecorded, UsageError
from tracker.events import bodies
from tracker.events.looks import Validators
from tracker.store import Operational, Sighting


def test_a_watch_is_as_it_was_configured_last(store):
    add(store)
    store.append((added(kind="altered", every_s=3600),), key="1")
    store.append((bodies.watch_ended("paused", "r"),), key="2")

    watch = store.watch("r")

    assert (watch.url, watch.every_s, watch.state) == ("https://r.example/", 3600, "paused")
    store.append((bodies.watch_ended("resumed", "r"), bodies.watch_ended("removed", "r")), key="3")
    assert store.watch("r").state == "removed"
    with pytest.raises(NothingRecorded, match="No watch is called 'x'") as told:
        store.watch("x")
    assert "r" in told.value.remedy


def test_a_watch_that_was_never_added_cannot_be_altered_or_seen(store):
    with pytest.raises(ValueError, match="no watch 'r'"):
        store.append((added(kind="altered"),), key="1")

    assert store.standing("r").document is None
    assert store.last_seen("r").validators == Validators()


def test_what_stands_is_the_last_accepted_document_with_its_ids_order_title_and_warnings(store):
    add(store)
    odd = (Warned("missing_note", "use", "3"),)
    see(store, {"ban": "one", "use": "two"}, minute(1), etag='"a"')
    see(store, {"use": "two", "ban": "other"}, minute(2), etag='"b"', warnings=odd)

    standing = store.standing("r")

    expected = document({"use": "two", "ban": "other"}, warnings=odd)
    assert standing.document == expected
    assert standing.document.to_json() == expected.to_json()
    assert (standing.profile, standing.version, standing.validators.etag) == (PROFILE, 3, '"b"')
    assert standing.marks["ban"].address == "20260101T090200Z"
    assert standing.marks["use"].address == "20260101T090100Z"
    assert standing.marks["use"].seen_at == minute(2)
    assert standing.earlier == {"ban": {norm_sha256(chapter("ban", "one")): "20260101T090100Z"}, "use": {}}
    assert standing.marks["ban"].text_sha256 == text_sha256(chapter("ban", "other"))


def test_there_and_back_again_is_three_versions(store):
    add(store)
    for at, words in enumerate(("a", "b", "a"), start=1):
        see(store, {"ban": words}, minute(at))

    versions = store.versions(PROFILE, "ban")

    assert [v.address[9:13] for v in versions] == ["0901", "0902", "0903"]
    assert [v.ended_at for v in versions] == [minute(2), minute(3), None]
    assert [v.previous and v.previous[1][9:13] for v in versions] == [None, "0901", "0902"]
    assert versions[0].norm_sha256 == versions[2].norm_sha256
    assert store.standing("r").earlier["ban"][versions[0].norm_sha256] == versions[0].address


def test_other_clothes_leave_the_version_its_address_and_take_its_text(store):
    add(store)
    see(store, {"ban": "it's"}, minute(1))
    event = _same_version(store, "it’s")

    (version,) = store.versions(PROFILE, "ban")

    assert version.position != event.position
    assert version.text_sha256 == text_sha256(chapter("ban", "it’s"))
    assert version.captured_at == minute(1)
    assert store.standing("r").document == document({"ban": "it’s"})
    assert [c.versions for c in store.chapters()] == [1]
    assert store.verify().ok


def test_a_chapter_that_went_is_a_version_without_text_and_can_come_back(store):
    add(store)
    see(store, {"ban": "one", "use": "two"}, minute(1))
    see(store, {"ban": "one"}, minute(2))

    gone = store.versions(PROFILE, "use")[-1]

    assert (gone.text_sha256, gone.document_sha256, gone.ended_at) == (None, None, None)
    assert [c.state for c in store.chapters(PROFILE)] == ["present", "gone"]
    assert store.standing("r").document == document({"ban": "one"})
    assert store.standing("r").marks["use"].document_sha256 is None
    see(store, {"ban": "one", "use": "two"}, minute(3))
    assert len(store.versions(PROFILE, "use")) == 3
    assert store.verify().ok


def test_a_suspect_capture_changes_nothing_but_the_doubt_and_counts_those_that_agree(store):
    add(store)
    see(store, {"ban": "one"}, minute(1))
    for at in (2, 3):
        see(store, {"ban": "gone?"}, minute(at), verdict="suspect")

    standing = store.standing("r")

    assert standing.document == document({"ban": "one"})
    assert (standing.suspect.agreed, standing.suspect.since, standing.suspect.reason) == (2, minute(2), "doubt")
    assert store.watch("r").suspect_since == minute(2)
    see(store, {"ban": "else"}, minute(4), verdict="suspect")
    assert (store.standing("r").suspect.agreed, store.standing("r").suspect.since) == (1, minute(4))
    see(store, {"ban": "error"}, minute(5), verdict="rejected")
    assert store.standing("r").suspect.agreed == 1
    see(store, {"ban": "else"}, minute(6))
    assert store.standing("r").suspect is None
    assert [s.verdict for s in store.snapshots("r")] == ["ok", "rejected", "suspect", "suspect", "suspect", "ok"]


def test_a_doubt_ends_when_the_standing_text_is_seen_again(store):
    add(store)
    see(store, {"ban": "one"}, minute(1))
    see(store, {"ban": "gone?"}, minute(3), verdict="suspect")

    round_of(store, ("r", 2, "unchanged"))
    assert store.standing("r").suspect is not None
    store.operate(Operational(seen={"r": Sighting(at=minute(4))}))
    assert store.standing("r").suspect is None
    round_of(store, ("r", 4, "unchanged"))

    assert store.watch("r").suspect_since is None
    see(store, {"ban": "gone?"}, minute(5), verdict="suspect")
    assert store.standing("r").suspect.agreed == 1


def test_a_sighting_refreshes_validators_bytes_and_the_open_end_of_the_next_interval(store):
    add(store)
    see(store, {"ban": "one"}, minute(1), etag='"a"')
    nonce = sha256(b"other bytes, same text")

    store.operate(Operational(seen={"r": Sighting(at=minute(7), validators=Validators(etag='"n"'), body_sha256=nonce)}))
    store.operate(Operational(seen={"r": Sighting(at=minute(5), validators=Validators(etag='"late"'))}))

    seen = store.last_seen("r")
    assert (seen.at, seen.validators.etag, seen.body_sha256) == (minute(7), '"n"', nonce)
    assert store.standing("r").marks["ban"].seen_at == minute(7)
    store.operate(Operational(seen={"r": Sighting(at=minute(8), validators=Validators(etag='"304"'))}))
    assert store.last_seen("r").body_sha256 == nonce
    see(store, {"ban": "two"}, minute(9), etag='"b"')
    assert store.last_seen("r").validators.etag == '"b"'


def test_another_address_forgets_the_validators_of_the_first_and_keeps_what_stands(store):
    add(store)
    see(store, {"ban": "one"}, minute(1), etag='"a"')
    store.operate(Operational(seen={"r": Sighting(at=minute(2), validators=Validators(etag='"n"'))}))

    store.append((added(kind="altered", url="https://moved.example/"),), key="1")

    assert store.last_seen("r").validators == Validators()
    assert store.last_seen("r").body_sha256 is None
    assert store.standing("r").document == document({"ban": "one"})
    assert [d.host for d in store.due(minute(1e9))] == ["moved.example"]


def test_a_round_counts_checks_and_failures_in_a_row(store):
    add(store)
    round_of(store, ("r", 1, "failed"), ("r", 2, "failed"))

    assert (store.watch("r").checks, store.watch("r").failures, store.watch("r").last_outcome) == (2, 2, "failed")
    round_of(store, ("r", 3, "unchanged"))
    watch = store.watch("r")
    assert (watch.checks, watch.failures, watch.last_check_at, watch.seen_at) == (3, 0, minute(3), minute(3))


def test_a_watch_fails_from_its_first_failure_until_it_answers(store):
    add(store)
    failed(store, minute(1))

    assert store.watch("r").failed_since == store.last_seen("r").failed_since == minute(1)
    store.append((bodies.check_recovered("r", minute(2), minute(1)),), key="1")
    assert store.standing("r").failed_since is None


def test_the_last_hundred_checks_of_a_watch_are_kept_one_by_one(store):
    add(store)
    add(store, "s")
    for start in (0, 60, 120):
        round_of(store, *(("r", start + n, "unchanged") for n in range(60)))
    round_of(store, ("s", 1, "changed"))

    checks = store.checks("r")

    assert [c.number for c in checks] == list(range(180, 80, -1))
    assert [c.at for c in checks[:2]] == [minute(179), minute(178)]
    assert store.watch("r").checks == 180
    assert len(store.checks()) == 101
    assert [c.outcome for c in store.checks("s", limit=5)] == ["changed"]


def test_chapters_that_another_watch_feeds_are_claimed_until_it_is_removed(store):
    add(store)
    add(store, "s")
    see(store, {"ban": "one"}, minute(1))
    see(store, {"use": "two"}, minute(2), watch="s")

    assert store.claims(PROFILE, but="r") == {"use": "s"}
    assert store.claims(PROFILE, but="x") == {"ban": "r", "use": "s"}
    store.append((bodies.watch_ended("removed", "s"),), key="1")
    assert store.claims(PROFILE, but="r") == {}


def test_a_body_is_given_back_byte_for_byte_and_kept_once(store):
    add(store)
    see(store, {"ban": "one"}, minute(1))
    (event,) = store.events(types=("snapshot.recorded",))
    name = event.payload["body_sha256"]

    assert sha256(store.body(name)) == name
    assert store.has_body(name)
    assert not store.has_body("0" * 64)
    with pytest.raises(NothingRecorded):
        store.body("0" * 64)
    with pytest.raises(NothingRecorded):
        store.body("no hash")
    store.append((plain(),), key="1", bodies=(store.body(name), b"", b""))
    assert store.body(sha256(b"")) == b""
    assert store.verify().bodies == 3


def test_changes_are_found_by_place_time_and_short_id(store):
    add(store)
    see(store, {"ban": "one", "use": "two"}, minute(1))
    see(store, {"ban": "other", "use": "two"}, minute(2))

    found = store.changes()

    assert [(c.chapter, c.cause) for c in found] == [
        ("ban", "content"),
        ("use", "first_record"),
        ("ban", "first_record"),
    ]
    assert [c.id for c in store.changes(newest_first=False)] == [c.id for c in reversed(found)]
    assert len(store.changes(PROFILE, "ban")) == 2
    assert len(store.changes(chapter="use")) == len(store.changes(limit=1)) == 1
    assert store.changes(since=found[0].recorded_at + timedelta(microseconds=1)) == ()
    assert store.changes(since=found[0].recorded_at)[0].id == found[0].id
    assert store.change(found[0].id[:8]) == store.change(found[0].id) == found[0]
    assert (found[0].before.address, found[0].happened_after) == (found[2].after.address, minute(1))
    with pytest.raises(UsageError, match="Several ids"):
        store.change("c_")
    with pytest.raises(NothingRecorded):
        store.change("c_nothing")
    with pytest.raises(NothingRecorded):
        store.change("%")


def test_a_rebuild_gives_the_same_answers_and_makes_due_times_and_outbox_whole(make_store):
    store = make_store()
    for watch in ("r", "s", "t"):
        add(store, watch)
    see(store, {"ban": "one"}, minute(1), channels=("hook", "file"))
    see(store, {"ban": "two"}, minute(2), channels=("hook",))
    round_of(store, ("r", 1, "changed"), ("s", 1, "failed"))
    store.append((bodies.watch_ended("removed", "t"),), key="1")
    store.set_due("r", minute(77))
    before = _answers(store)
    told: list[tuple[int, int]] = []

    folded = store.rebuild(lambda done, of: told.append((done, of)))

    assert folded == store.head().position == told[-1][0] == told[-1][1]
    assert _answers(store) == before
    assert [d.watch for d in store.due(minute(1e9))] == ["r", "s"]
    assert store.verify().ok


def _answers(store):
    return (
        store.watches(), store.standing("r"), store.chapters(), store.versions(PROFILE, "ban"), store.changes(),
        store.deliveries(), store.checks(), store.snapshots(), store.due(minute(1e9)), store.next_delivery(),
    )  # fmt: skip


def _same_version(store, words):
    """A `format_only` change: equal comparison text, the address that stood."""
    from dataclasses import replace

    from tests.store.builder import body_of

    before = store.standing("r").marks["ban"]
    told = chapter("ban", words)
    assert norm_sha256(told) == before.norm_sha256
    after = replace(before, text_sha256=text_sha256(told), document_sha256=sha256(body_of(told)))
    change = replace(store.changes()[0], id="c_clothes", before=before, after=after, cause="format_only")
    return store.append((bodies.change_detected(change, {}, ()),), key="clothes", bodies=(body_of(told),))[0]
