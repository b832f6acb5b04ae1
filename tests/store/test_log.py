"""The contract of the log: positions, versions, keys, what is acknowledged. Runs on every database."""

import threading
from datetime import timedelta

import pytest

from tests.store.builder import START, add, added, minute, plain, see
from tracker.errors import Conflict, KeyReused, NothingRecorded, UsageError
from tracker.events.types import NewEvent
from tracker.store import ANY, Store


def test_an_empty_log_has_position_zero_and_the_root_of_nothing(store):
    head = store.head()

    assert (head.position, head.recorded_at) == (0, None)
    assert head.root == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert list(store.events()) == []


def test_positions_count_all_events_and_versions_those_of_a_stream(store):
    store.append((plain(stream="a"), plain(stream="b"), plain(stream="a")), key="1")
    store.append((plain(stream="b"),), key="2")

    found = [(e.position, e.stream, e.version) for e in store.events()]

    assert found == [(1, "a", 1), (2, "b", 1), (3, "a", 2), (4, "b", 2)]
    assert (store.stream_version("a"), store.stream_version("never")) == (2, 0)


def test_an_event_is_read_as_it_was_appended(store):
    new = NewEvent(
        stream="s",
        type="test.noted",
        payload={"b": [1, None, True], "a": "é\n\u2028"},
        schema=3,
        captured_at=minute(1.5),
    )

    (given,) = store.append((new,), key="1")

    assert store.event(1) == given
    assert (given.payload, given.schema, given.captured_at) == (new.payload, 3, minute(1.5))
    with pytest.raises(NothingRecorded):
        store.event(2)


def test_events_can_be_asked_for_by_place_stream_type_and_from_the_end(store):
    store.append((added("r"), plain(1, stream="a"), plain(2, stream="b"), plain(3, stream="a")), key="1")

    def positions(**asked):
        return [e.position for e in store.events(**asked)]

    assert positions(after=2) == [3, 4]
    assert positions(stream="a") == [2, 4]
    assert positions(types=("watch.added",)) == [1]
    assert positions(newest_first=True, limit=2) == [4, 3]
    assert positions(after=1, stream="a", newest_first=True) == [4, 2]
    assert positions(limit=0) == []


def test_a_log_longer_than_a_page_is_read_whole_both_ways(store):
    store.append(tuple(plain(n) for n in range(1203)), key="1")

    assert [e.payload["n"] for e in store.events()] == list(range(1203))
    assert [e.payload["n"] for e in store.events(newest_first=True)] == list(range(1202, -1, -1))


def test_an_append_that_expects_another_version_is_a_conflict_and_leaves_nothing(store):
    store.append((plain(stream="a"),), key="1", expected={"a": 0})

    with pytest.raises(Conflict, match="at version 1, not 0"):
        store.append((plain(stream="a"), plain(stream="new")), key="2", expected={"a": 0})

    assert store.head().position == 1
    assert store.stream_version("new") == 0
    store.append((plain(stream="a"),), key="2", expected={"a": 1, "new": 0})
    store.append((plain(stream="a"),), key="3", expected={"a": ANY})
    assert store.stream_version("a") == 3


def test_the_same_key_with_the_same_events_gives_what_was_recorded_the_first_time(make_store):
    store = make_store()
    first = store.append((plain(1), plain(2)), key="once", expected={"test/a": 0})

    again = store.append((plain(1), plain(2)), key="once", expected={"test/a": 0})
    store.close()
    later = make_store().append((plain(1), plain(2)), key="once")

    assert first == again == later
    assert [e.position for e in later] == [1, 2]


@pytest.mark.parametrize("other", [(plain(2),), (plain(1), plain(1)), (plain(1, stream="b"),)])
def test_the_same_key_with_other_events_is_an_error(store, other):
    store.append((plain(1),), key="once")

    with pytest.raises(KeyReused, match="recorded with other events"):
        store.append(other, key="once")

    assert store.head().position == 1


@pytest.mark.parametrize(
    "payload", [{"n": 1.5}, {"n": 2**53}, {"ü": 1}, {"n": START}, {"n": "\ud800"}, {1: 2}, {"n": b""}]
)
def test_a_payload_that_is_no_canonical_json_is_refused(store, payload):
    with pytest.raises(ValueError, match=r"payload of test\.noted"):
        store.append((NewEvent(stream="s", type="test.noted", payload=payload),), key="1")

    assert store.head().position == 0


@pytest.mark.parametrize(
    ("type_", "payload"),
    [("watch.added", {}), ("round.completed", {"started_at": "2026", "checks": [["r"]]}), ("snapshot.recorded", {})],
)
def test_a_payload_that_its_type_does_not_promise_is_refused_and_the_next_append_goes_on(store, type_, payload):
    with pytest.raises(ValueError, match=r"cannot be (read|folded)"):
        store.append((plain(), NewEvent(stream="s", type=type_, payload=payload)), key="1")

    assert [e.position for e in store.append((plain(),), key="1")] == [1]
    assert store.verify().ok


def test_nothing_and_no_key_cannot_be_appended(store):
    with pytest.raises(ValueError, match="at least one event"):
        store.append((), key="1")
    with pytest.raises(ValueError, match="and a key"):
        store.append((plain(),), key="")


def test_recorded_at_never_goes_back_when_the_clock_does(make_store):
    ticks = iter([minute(5), minute(3), minute(6)])
    store = make_store(now=lambda: next(ticks))

    for n in range(3):
        store.append((plain(n),), key=str(n))

    assert [e.recorded_at for e in store.events()] == [minute(5), minute(5), minute(6)]


def test_events_of_an_unknown_type_are_kept_and_change_no_view(store):
    add(store)
    before = store.watches()

    store.append((NewEvent(stream="watch/r", type="watch.dreamt", payload={"watch": "r"}),), key="1")

    assert store.watches() == before
    assert store.verify().ok


def test_sixteen_threads_share_transactions_and_each_gets_its_own_answer(make_store):
    commits = []
    store = make_store(on_stage=lambda stage: commits.append(stage) if stage == "after_commit" else None)
    answers: dict[int, list[int]] = {}

    def append(n: int) -> None:
        answers[n] = []
        for i in range(25):
            (event,) = store.append((plain(i, stream=f"s/{n}"),), key=f"{n}/{i}", expected={f"s/{n}": i})
            answers[n].append(event.position)

    _in_threads(append, 16)

    assert sorted(p for given in answers.values() for p in given) == list(range(1, 401))
    assert all(given == sorted(given) for given in answers.values())
    assert [(e.stream, e.payload["n"]) for e in store.events(stream="s/3")] == [("s/3", i) for i in range(25)]
    assert len(commits) < 200  # group commit: far fewer transactions than the 400 appends
    assert store.verify().ok


def test_a_conflict_fails_alone_among_those_that_share_its_transaction(make_store):
    gate = threading.Event()
    entered = threading.Event()

    def hold(stage: str) -> None:
        if stage == "before_commit" and not entered.is_set():
            entered.set()
            gate.wait(10)

    store = make_store(on_stage=hold)
    outcomes: dict[str, object] = {}

    def append(key: str, expected: dict[str, int]) -> None:
        try:
            outcomes[key] = store.append((plain(stream="a"),), key=key, expected=expected)[0].position
        except Conflict:
            outcomes[key] = "conflict"

    threads = [threading.Thread(target=append, args=("first", {}))]
    threads[0].start()
    assert entered.wait(10)
    for key, expected in (("wrong", {"a": 7}), ("right", {})):
        threads.append(threading.Thread(target=append, args=(key, expected)))
        threads[-1].start()
    gate.set()
    for thread in threads:
        thread.join()

    assert outcomes == {"first": 1, "wrong": "conflict", "right": 2}


def test_two_appends_of_one_key_that_share_a_transaction_are_recorded_once(store):
    answers: list[int] = []

    _in_threads(lambda n: answers.append(store.append((plain(),), key="once")[0].position), 8)

    assert answers == [1] * 8
    assert store.head().position == 1


def test_an_append_answers_after_its_commit_and_not_before(make_store):
    stages: list[str] = []
    store = make_store(on_stage=stages.append)

    store.append((plain(),), key="1")
    stages.append("answered")

    assert stages == ["before_commit", "after_commit", "answered"]


def test_a_reader_sees_what_was_committed_and_nothing_of_what_is_under_way(make_store):
    seen: list[int] = []
    store = make_store(on_stage=lambda stage: seen.append(reader.head().position))
    reader = make_store(write=False)

    store.append((plain(), plain()), key="1")

    assert seen == [0, 2]


def test_a_store_opened_for_reading_writes_nothing(make_store):
    make_store().close()
    reader = make_store(write=False)

    with pytest.raises(UsageError, match="for reading only"):
        reader.append((plain(),), key="1")


def test_a_closed_store_says_so(make_store):
    store = make_store()
    store.close()
    store.close()

    with pytest.raises(UsageError, match="is closed"):
        store.append((plain(),), key="1")


def test_all_of_an_append_becomes_visible_in_one_instant(make_store):
    store = make_store()
    add(store)

    see(store, {"ban": "one", "use": "two"}, minute(1), channels=("hook",))

    assert store.head().position == 6
    assert [c.chapter for c in store.chapters()] == ["ban", "use"]
    assert len(store.deliveries()) == 2
    assert store.standing("r").document is not None
    assert store.next_delivery() is not None


def test_an_append_that_names_a_body_which_is_nowhere_is_refused(store: Store):
    add(store)
    events = see(store, {"ban": "one"}, minute(1))
    payload = {**events[0].payload, "body_sha256": "0" * 64}

    with pytest.raises(ValueError, match="neither recorded nor handed in"):
        store.append((NewEvent(stream="watch/r", type="snapshot.recorded", payload=payload),), key="x")

    assert store.head().position == len(events) + 1


def _in_threads(run, count: int) -> None:
    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=timedelta(seconds=60).total_seconds())
