"""One lane over a real store and real receivers: what goes when, and what becomes of what may not go."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path

import pytest

from tests.notify.tellings import single, telling
from tests.publisher import Receiver, status
from tracker import clock
from tracker.events.deliveries import Attempt, Composed, Delivery
from tracker.events.tellings import delivery_stream
from tracker.notify.channels import KINDS, ChannelConfig, Surroundings
from tracker.notify.circuit import Circuits
from tracker.notify.lane import Lane
from tracker.notify.leases import Leased, Outbox
from tracker.notify.limits import Limits
from tracker.notify.telling import Telling
from tracker.store import Store, create, open_store

LEASE_S = 10
SOON = (0.0, 0.05, 0.05, 0.05)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create(tmp_path / "log.db")
    with open_store(tmp_path / "log.db", write=True) as opened:
        yield opened


@pytest.fixture
def desk() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def owe(store: Store, count: int, channel: str = "desk") -> list[str]:
    """Messages owed to a channel, each of another profile."""
    ids = [f"d_{channel}{n:04d}" for n in range(count)]
    store.compose(
        [Composed(delivery=id, channel=channel, form="group", profile=f"profile-{id[2:]}") for id in ids],
        at=clock.now(),
    )
    return ids


def ids(receiver: Receiver) -> list[str]:
    return [request.headers["webhook-id"] for request in receiver.received]


def types(store: Store, delivery: str) -> list[str]:
    return [event.type for event in store.events(stream=delivery_stream(delivery))]


class Bench:
    """A store with lanes, and a clock that can be put forward."""

    def __init__(self, store: Store, configs: Mapping[str, ChannelConfig | None], told) -> None:
        self.store = store
        self.ahead = timedelta()
        self.tries: list[str] = []
        self.errors: list[BaseException] = []
        self._moved = threading.Condition()
        self.outbox = Outbox(
            store=store,
            now=self.now,
            chance=lambda: 0.0,
            waits_s=SOON,
            telling=told,
            on_stage=lambda stage: None,
            on_try=self._tried,
            circuits=Circuits(),
            limits=Limits(),
        )
        world = Surroundings(environ={}, base=Path("/nowhere"), allow=(ip_network("127.0.0.0/8"),), timeout_s=2)
        self.lanes = {name: Lane(name, config, world, self.outbox, self._dry) for name, config in configs.items()}

    def now(self) -> datetime:
        return clock.now() + self.ahead

    def _tried(self, kind: str) -> None:
        with self._moved:
            self.tries.append(kind)
            self._moved.notify_all()

    def _dry(self, error: BaseException | None) -> None:
        with self._moved:
            if error is not None:
                self.errors.append(error)
            self._moved.notify_all()

    def lease(self) -> int:
        """Give the lanes what is due; how much it was."""
        found = self.store.lease_deliveries(self.now(), 64, LEASE_S)
        for delivery, body in found:
            expires_at = self.now() + timedelta(seconds=LEASE_S)
            self.lanes[delivery.channel].put(Leased(delivery=delivery, body=body, expires_at=expires_at))
        return len(found)

    def run(self) -> None:
        """Until nothing is due and no lane has anything to do."""
        until = time.monotonic() + 10
        while self.lease() or not all(lane.is_idle for lane in self.lanes.values()):
            assert time.monotonic() < until and not self.errors
            with self._moved:
                self._moved.wait(0.02)


@contextmanager
def bench(store: Store, *, told=None, **configs: ChannelConfig | None) -> Iterator[Bench]:
    def plain(delivery: Delivery) -> Telling:
        return single(delivery=delivery.id)

    made = Bench(store, configs, told or plain)
    try:
        yield made
    finally:
        for lane in made.lanes.values():
            lane.end()
        for lane in made.lanes.values():
            lane.join()
    assert not made.errors


def webhook(receiver: Receiver, name: str = "desk", path: str = "/hook", **other) -> ChannelConfig:
    return ChannelConfig(name=name, kind="webhook", values={"url": receiver.url(path)}, **other)


# ---------------------------------------------------------------- smaller, or not at all


def test_a_message_refused_as_too_large_is_sent_smaller_under_the_same_id(store, desk):
    (id,) = owe(store, 1)
    desk.script(status(413), status(500), status(204))
    large = telling(*(replace(single().changes[0], id=f"c_{n}") for n in range(60)), form="group", delivery=id)

    with bench(store, told=lambda delivery: large, desk=webhook(desk)) as at_work:
        at_work.run()
        at_work.ahead = timedelta(seconds=1)
        at_work.run()

    first, second, third = desk.received
    assert ids(desk) == [id] * 3
    assert len(first.body) > 20_000 >= len(second.body)
    assert second.body == third.body
    assert types(store, id)[1:] == ["delivery.failed", "delivery.failed", "delivery.sent"]
    assert store.delivery(id).shrunk == 1


def test_a_message_refused_smaller_too_is_given_up_and_the_next_goes_on(store, desk):
    first, second = owe(store, 2)
    desk.script(status(422), status(204), status(422))

    with bench(store, desk=webhook(desk)) as at_work:
        at_work.run()

    assert store.delivery(first).reason == "refused"
    assert store.delivery(second).state == "sent"


def test_a_receiver_that_asks_us_to_stop_is_not_sent_that_message_again(store, desk):
    (id,) = owe(store, 1)
    desk.script(status(500, headers={"webhook-delivery": "abort-message"}))

    with bench(store, desk=webhook(desk)) as at_work:
        at_work.run()

    assert (store.delivery(id).state, store.delivery(id).reason) == ("dead", "aborted")
    assert len(desk.received) == 1


def test_a_renderer_that_stumbles_over_an_edit_tells_in_brief_and_one_that_always_does_gives_up_alone(
    store, desk, monkeypatch
):
    brief, hopeless, well = owe(store, 3)
    kind = KINDS["webhook"]

    def render(told: Telling, config: ChannelConfig) -> bytes:
        if told.delivery == hopeless or (told.delivery == brief and told.changes[0].edits):
            raise ZeroDivisionError("page text that may not be told")
        return kind.render(told, config)

    monkeypatch.setitem(KINDS, "webhook", replace(kind, render=render))
    with bench(store, desk=webhook(desk)) as at_work:
        at_work.run()

    bodies = {request.headers["webhook-id"]: json.loads(request.body)["data"] for request in desk.received}
    assert set(bodies) == {brief, well}
    assert bodies[brief]["edits"] == [] and bodies[brief]["id"] == bodies[well]["id"]
    sent = list(store.events(stream=delivery_stream(brief)))[-1]
    assert sent.payload["note"] == "told in brief, for whole it cannot be rendered: ZeroDivisionError"
    assert (store.delivery(hopeless).state, store.delivery(hopeless).reason) == ("dead", "unrenderable")
    assert "may not be told" not in store.delivery(hopeless).last_error


def test_a_channel_that_breaks_over_an_answer_fails_that_try_and_the_others_go_on(store, desk, monkeypatch):
    owe(store, 1)
    owe(store, 1, "mail")
    kind = KINDS["webhook"]

    class Broken:
        def send(self, message, *, now):
            raise RecursionError("what came back")

        def close(self):
            pass

    def make(config, world):
        return Broken() if config.name == "mail" else kind.make(config, world)

    monkeypatch.setitem(KINDS, "webhook", replace(kind, make=make))
    with bench(store, desk=webhook(desk), mail=webhook(desk, "mail")) as at_work:
        at_work.run()

    assert len(desk.received) == 1
    assert store.delivery("d_mail0000").last_error == "the channel broke: RecursionError"


def test_what_cannot_even_be_put_together_is_a_failed_try(store, desk):
    bad, good = owe(store, 2)

    def told(delivery: Delivery) -> Telling:
        if delivery.id == bad:
            raise RuntimeError("a rule that raises")
        return single(delivery=delivery.id)

    with bench(store, told=told, desk=webhook(desk)) as at_work:
        at_work.run()

    assert ids(desk) == [good]
    assert store.delivery(bad).state in ("retrying", "dead")
    assert "cannot be put together: RuntimeError" in store.delivery(bad).last_error


# ---------------------------------------------------------------- channels switched off


def test_after_a_410_nothing_more_goes_to_the_channel_until_it_is_switched_on_again(store, desk):
    first, *rest = owe(store, 3)
    desk.script(status(410), status(204))

    with bench(store, desk=webhook(desk)) as at_work:
        at_work.run()
        assert ids(desk) == [first]
        assert store.channel_state("desk").why == "HTTP 410: the receiver is gone for good"
        assert [store.delivery(id).state for id in (first, *rest)] == ["dead", "owed", "owed"]

        store.enable_channel("desk", clock.now())
        at_work.run()

    assert ids(desk) == [first, *rest]


def test_a_channel_switched_off_while_messages_lie_in_its_lane_is_sent_none_of_them(store, desk):
    leased = owe(store, 2)
    with bench(store, desk=webhook(desk)) as at_work:
        at_work.outbox.limits.leave_alone("desk", clock.now() + timedelta(seconds=0.2))
        at_work.lease()
        store.disable_channel("desk", "by hand", clock.now())
        at_work.run()

        assert desk.received == ()
        assert [store.delivery(id).attempts for id in leased] == [0, 0]
        store.enable_channel("desk", clock.now())
        at_work.run()

    assert ids(desk) == leased


# ---------------------------------------------------------------- limits


def test_messages_go_at_the_rate_that_is_asked_for(store, desk):
    owe(store, 4)

    with bench(store, desk=webhook(desk, per_minute=600)) as at_work:
        at_work.run()

    at = [request.at for request in desk.received]
    assert len(at) == 4
    assert min(after - before for before, after in pairwise(at)) >= 0.095


def test_those_whose_turn_comes_after_their_lease_are_put_off_each_to_its_own_turn_and_spend_nothing(store, desk):
    owed = owe(store, 4)

    with bench(store, desk=webhook(desk, per_minute=1)) as at_work:
        begun = time.monotonic()
        at_work.run()
        assert time.monotonic() - begun < 5
        assert ids(desk) == owed[:1]

        for number, id in enumerate(owed[1:], start=1):
            assert (types(store, id), store.delivery(id).attempts) == (["delivery.composed"], 0)
            at_work.ahead = timedelta(seconds=60 * number - 5)
            at_work.run()
            assert len(desk.received) == number, "not before its time"
            at_work.ahead = timedelta(seconds=60 * number + 1)
            at_work.run()
            assert ids(desk) == owed[: number + 1]


@pytest.mark.parametrize("code", [429, 503])
def test_a_receiver_that_asks_for_time_is_left_alone_by_all_messages_and_it_costs_none_a_try(store, desk, code):
    owed = owe(store, 3)
    desk.script(status(code, retry_after=600), status(204))

    with bench(store, desk=webhook(desk)) as at_work:
        at_work.run()
        at_work.ahead = timedelta(seconds=590)
        at_work.run()
        assert len(desk.received) == 1
        at_work.ahead = timedelta(seconds=602)
        at_work.run()

    assert sorted(ids(desk)[1:]) == owed
    assert [store.delivery(id).attempts for id in owed] == [1, 1, 1]


def test_a_yes_that_asks_for_a_pause_is_obeyed_too(store, desk, monkeypatch):
    owed = owe(store, 2)
    kind = KINDS["webhook"]

    def make(config, world):
        from tracker.notify.channels.posting import PostingChannel, Request

        def request(channel, message, now):
            return Request(url=desk.url(), body=message.body, headers={"webhook-id": message.id}, is_url_secret=False)

        def judge(answer, attempt: Attempt) -> Attempt:
            return replace(attempt, retry_after_s=int(answer.headers["x-ratelimit-reset-after"]))

        return PostingChannel(config, world, request, judge=judge)

    monkeypatch.setitem(KINDS, "webhook", replace(kind, make=make))
    desk.script(status(204, headers={"X-RateLimit-Reset-After": "300"}))
    with bench(store, desk=webhook(desk)) as at_work:
        at_work.run()
        assert ids(desk) == owed[:1]
        at_work.ahead = timedelta(seconds=301)
        at_work.run()

    assert ids(desk) == owed


# ---------------------------------------------------------------- circuits


def test_after_five_failures_the_rest_waits_spends_nothing_and_one_probe_opens_the_way_for_all(store, desk):
    owed = owe(store, 8)
    desk.script(*[status(500)] * 6, status(204))

    with bench(store, desk=webhook(desk)) as at_work:
        at_work.run()
        assert ids(desk) == owed[:5]
        assert [store.delivery(id).attempts for id in owed] == [1] * 5 + [0] * 3

        at_work.ahead = timedelta(seconds=31)
        at_work.run()
        assert len(desk.received) == 6, "one probe, which fails: a minute more"
        at_work.ahead = timedelta(seconds=80)
        at_work.run()
        assert len(desk.received) == 6

        at_work.ahead = timedelta(seconds=95)
        at_work.run()

    assert sorted(set(ids(desk)[6:])) == owed
    assert {store.delivery(id).state for id in owed} == {"sent"}


def test_channels_of_one_origin_share_its_circuit_and_others_go_on(store, desk):
    owe(store, 5)
    with Receiver() as elsewhere:
        desk.script(status(500))
        with bench(
            store, desk=webhook(desk), same=webhook(desk, "same", "/other"), other=webhook(elsewhere, "other")
        ) as at_work:
            at_work.run()
            owe(store, 1, "same")
            owe(store, 1, "other")
            at_work.run()

        assert len(desk.received) == 5
        assert len(elsewhere.received) == 1
    assert store.delivery("d_same0000").attempts == 0


def test_a_hook_that_is_gone_holds_up_no_other_hook_of_its_service(store, desk):
    owe(store, 5)
    desk.script(*[status(404)] * 5, status(204))
    with bench(store, desk=webhook(desk), same=webhook(desk, "same", "/other")) as at_work:
        at_work.run()
        owe(store, 1, "same")
        at_work.run()

    assert store.delivery("d_same0000").state == "sent"


# ---------------------------------------------------------------- what is signed


def test_a_message_that_somebody_put_in_the_place_of_the_tried_one_is_not_sent(store, desk):
    (id,) = owe(store, 1)
    desk.script(status(500), status(204))
    words = ["first"]

    def told(delivery: Delivery) -> Telling:
        change = replace(single().changes[0], chapter_title=words[-1])
        return single(change, delivery=delivery.id)

    with bench(store, told=told, desk=webhook(desk)) as at_work:
        at_work.run()
        at_work.ahead = timedelta(seconds=1)
        ((delivery, _),) = store.lease_deliveries(at_work.now(), 1, LEASE_S)
        words.append("second")
        expires_at = at_work.now() + timedelta(seconds=LEASE_S)
        at_work.lanes["desk"].put(Leased(delivery=delivery, body=b'{"forged":true}', expires_at=expires_at))
        at_work.run()

    assert len(desk.received) == 1
    assert "not the one that was tried before" in store.delivery(id).last_error


def test_a_channel_that_is_no_longer_configured_is_a_failed_try_that_says_so(store, desk):
    (id,) = owe(store, 1)

    with bench(store, desk=None) as at_work:
        at_work.run()

    assert store.delivery(id).last_error == "channel 'desk' is not in config/subscriptions.toml"
