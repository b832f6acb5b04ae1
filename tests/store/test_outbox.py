"""The contract of what is owed and what is due: order, leases, frozen bodies, tries."""

import pytest

from tests.store.builder import PROFILE, START, add, added, minute, see
from tracker.document.canonical import sha256
from tracker.errors import Conflict, KeyReused, NothingRecorded
from tracker.events import bodies
from tracker.events.deliveries import Attempt
from tracker.store import Operational


@pytest.fixture
def owing(make_store):
    """A store at START that owes each of two changes to two channels."""
    store = make_store(now=lambda: START)
    add(store)
    see(store, {"ban": "one"}, minute(1), channels=("hook", "file"))
    see(store, {"ban": "two"}, minute(2), channels=("hook", "file"))
    return store


def test_a_change_owes_each_alert_at_once(owing):
    assert [(d.channel, d.state, d.attempts, d.next_at) for d in owing.deliveries()] == [
        ("file", "owed", 0, START), ("hook", "owed", 0, START), ("file", "owed", 0, START), ("hook", "owed", 0, START),
    ]  # fmt: skip
    assert len(owing.deliveries(channel="hook")) == 2
    assert owing.deliveries(state="sent") == ()
    assert owing.next_delivery() <= START
    one = owing.deliveries(limit=1)[0]
    assert owing.delivery(one.id) == owing.delivery(one.id[:9]) == one
    with pytest.raises(NothingRecorded):
        owing.delivery("d_nothing")


def test_only_the_oldest_of_each_channel_and_profile_is_leased_and_not_twice(owing):
    first = owing.lease_deliveries(START, 10, 60)

    assert sorted(d.channel for d, _ in first) == ["file", "hook"]
    assert {d.change for d, _ in first} == {owing.changes()[1].id}
    assert owing.lease_deliveries(START, 10, 60) == ()
    assert owing.next_delivery() == minute(1)
    again = owing.lease_deliveries(minute(1), 1, 60)
    assert len(again) == 1
    assert again[0][0] in [d for d, _ in first]


def test_a_delivery_waits_behind_an_older_one_that_is_retried_and_not_behind_a_dead_one(owing):
    hook = _lease(owing, "hook")
    owing.finish("failed", hook, Attempt(ok=False, status=500, error="oops"), minute(0), minute(5))

    assert owing.next_delivery() is not None
    assert [d.channel for d, _ in owing.lease_deliveries(minute(4), 10, 60)] == ["file"]
    (again,) = [d for d, _ in owing.lease_deliveries(minute(5), 10, 60) if d.channel == "hook"]
    assert (again.id, again.state, again.attempts, again.last_status) == (hook.id, "retrying", 1, 500)
    owing.finish("dead", again, Attempt(ok=False, status=410, permanent=True), minute(6))
    assert (owing.delivery(hook.id).state, owing.delivery(hook.id).next_at) == ("dead", None)
    assert _lease(owing, "hook", at=minute(7)).id != hook.id


def test_a_sent_delivery_is_owed_no_longer(owing):
    for _ in range(2):
        for delivery, _ in owing.lease_deliveries(minute(1), 10, 60):
            owing.finish("sent", delivery, Attempt(ok=True, status=204), minute(1))

    assert {d.state for d in owing.deliveries()} == {"sent"}
    assert owing.next_delivery() is None
    assert owing.verify().ok


def test_the_same_try_is_recorded_once_and_another_end_of_it_is_refused(owing):
    hook = _lease(owing, "hook")
    first = owing.finish("sent", hook, Attempt(ok=True, status=204), minute(1))

    assert owing.finish("sent", hook, Attempt(ok=True, status=204), minute(1)) == first
    with pytest.raises(KeyReused):
        owing.finish("dead", hook, Attempt(ok=False), minute(1))
    assert issubclass(KeyReused, Conflict)


def test_the_first_body_wins_and_is_leased_with_the_delivery(owing):
    hook = _lease(owing, "hook")

    assert owing.freeze(hook.id, b"first") == b"first"
    assert owing.freeze(hook.id, b"second") == b"first"

    assert [body for d, body in owing.lease_deliveries(minute(9), 9, 60) if d.id == hook.id] == [b"first"]
    owing.finish("sent", hook, Attempt(ok=True), minute(9))
    with pytest.raises(NothingRecorded):
        owing.freeze(hook.id, b"late")


def test_a_try_that_fails_needs_a_next_one_and_others_have_none(owing):
    hook = _lease(owing, "hook")

    with pytest.raises(ValueError, match="only a failed try"):
        owing.finish("failed", hook, Attempt(ok=False), minute(1))
    with pytest.raises(ValueError, match="only a failed try"):
        owing.finish("sent", hook, Attempt(ok=True), minute(1), minute(2))


def test_a_dead_delivery_that_is_replayed_is_owed_again_in_its_old_place(owing):
    hook = _lease(owing, "hook")
    owing.freeze(hook.id, b"as tried")
    owing.finish("dead", hook, Attempt(ok=False, body_sha256=sha256(b"as tried")), minute(1), reason="expired")
    assert owing.deliveries(reason="expired") == (owing.delivery(hook.id),)

    owing.replay([owing.delivery(hook.id)], minute(2))

    assert (owing.delivery(hook.id).state, owing.delivery(hook.id).attempts) == ("owed", 0)
    ((again, body),) = [one for one in owing.lease_deliveries(minute(3), 10, 60) if one[0].channel == "hook"]
    assert (again.id, body) == (hook.id, b"as tried")
    assert owing.verify().ok


def test_a_try_that_ends_after_its_message_was_given_up_owes_it_to_nobody(owing):
    hook = _lease(owing, "hook")
    owing.finish("dead", hook, Attempt(ok=False, spends=False), minute(1), reason="disabled")

    owing.finish("failed", hook, Attempt(ok=False, status=500, error="oops"), minute(2), minute(5))

    assert (owing.delivery(hook.id).state, owing.delivery(hook.id).last_status) == ("dead", 500)
    assert owing.verify().ok
    owing.finish("sent", hook, Attempt(ok=True, status=204), minute(3))
    assert owing.delivery(hook.id).state == "sent"
    assert owing.verify().ok


def test_what_is_owed_already_is_not_owed_twice_by_a_replay_and_keeps_its_bytes(owing):
    hook = _lease(owing, "hook")
    owing.freeze(hook.id, b"as tried")
    owing.finish("dead", hook, Attempt(ok=False, body_sha256=sha256(b"as tried")), minute(1), reason="expired")
    dead = owing.delivery(hook.id)

    owing.replay([dead], minute(2))
    owing.replay([dead], minute(3))

    assert owing.frozen(hook.id) == b"as tried"
    assert owing.verify().ok


def test_an_active_watch_is_due_at_once_and_then_when_it_is_told(make_store):
    store = make_store(now=lambda: START)
    add(store)
    add(store, "s", url="https://Other.example:8443/x")

    assert [(d.watch, d.host, d.due_at) for d in store.due(START)] == [
        ("r", "r.example", START),
        ("s", "other.example:8443", START),
    ]
    store.operate(Operational(due={"r": minute(5), "s": minute(3), "unknown": minute(1)}))
    assert store.due(minute(2)) == ()
    assert store.next_due() == minute(3)
    assert [d.watch for d in store.due(minute(9))] == ["s", "r"]
    assert [d.watch for d in store.due(minute(9), limit=1)] == ["s"]


def test_a_watch_that_is_paused_or_removed_is_not_due_and_one_that_is_resumed_is(make_store):
    store = make_store(now=lambda: START)
    add(store)
    store.append((bodies.watch_ended("paused", "r"),), key="1")

    assert store.due(minute(9)) == ()
    store.set_due("r", START)
    assert store.next_due() is None
    store.append((added(kind="altered", every_s=60),), key="2")
    assert store.next_due() is None
    store.append((bodies.watch_ended("resumed", "r"),), key="3")
    assert [d.watch for d in store.due(START)] == ["r"]
    store.append((bodies.watch_ended("removed", "r"),), key="4")
    assert store.due(minute(9)) == ()
    assert store.verify().ok


def test_an_alert_of_one_delivery_is_owed_once(owing):
    change = owing.changes()[0]
    (event,) = owing.events(types=("change.detected",), newest_first=True, limit=1)
    from tracker.events.types import NewEvent

    payload = {**event.payload, "id": "c_other", "to": {**event.payload["to"], "address": "20260101T100000Z"}}
    owing.append(
        (NewEvent(stream=f"chapter/{PROFILE}/ban", type="change.detected", payload=payload, schema=2),), key="twice"
    )

    assert change.id != "c_other"
    assert owing.held() == ()
    assert len(owing.deliveries()) == 4


def _lease(store, channel, at=START):
    return next(d for d, _ in store.lease_deliveries(at, 10, 60) if d.channel == channel)
