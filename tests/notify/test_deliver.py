import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.notify import lands
from tests.notify.owing import owe
from tests.publisher import Receiver, hang_up, redirect, stall, status
from tracker import clock
from tracker.events.deliveries import Composed
from tracker.events.tellings import delivery_stream
from tracker.notify import compose, lane, subscriptions
from tracker.notify import deliver as deliver_module
from tracker.notify.channels import KINDS, ChannelConfig, Surroundings
from tracker.notify.deliver import Delivered, deliver
from tracker.notify.rules import Subscriptions
from tracker.notify.secret import Ref
from tracker.notify.sending import give_up
from tracker.store import Store, create, open_store

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SOON = (0, 0.05, 0.05, 0.05)  # the schedule, for those who cannot wait: four tries


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create(tmp_path / "log.db")
    with open_store(tmp_path / "log.db", write=True) as opened:
        yield opened


@pytest.fixture
def desk() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def world(base: Path = Path("/nowhere"), timeout_s: float = 5.0, **environ: str) -> Surroundings:
    return Surroundings(
        environ={"DESK_SECRET": SECRET, **environ},
        base=base,
        allow=(ip_network("127.0.0.0/8"),),
        timeout_s=timeout_s,
    )


def webhook(name: str, url: str | Ref, secret: str = "DESK_SECRET") -> ChannelConfig:
    return ChannelConfig(name=name, kind="webhook", values={"url": url, "secret": Ref("env", secret)})


def to(*channels: ChannelConfig) -> Subscriptions:
    return Subscriptions(channels=channels)


def compose_singly(store: Store) -> None:
    """Make all alerts that wait owed, a message each: nothing is folded."""
    waiting = store.held()
    messages = [
        Composed(delivery=a.id, channel=a.channel, form="single", profile=a.profile, alerts=(a.id,)) for a in waiting
    ]
    store.compose(messages, at=clock.now())


def ids(receiver: Receiver) -> list[str]:
    return [request.headers["webhook-id"] for request in receiver.received]


def types(store: Store, delivery: str) -> list[str]:
    return [e.type for e in store.events(stream=delivery_stream(delivery)) if e.type != "delivery.composed"]


def test_all_that_is_owed_is_sent_once_signed_and_recorded(store, desk):
    owed = [owe(store, profile, ["desk"], at=clock.now(), count=2) for profile in ("ruritania", "syldavia")]

    done = deliver(store, to(webhook("desk", desk.url())), world())

    assert done == Delivered(sent=4)
    assert sorted(ids(desk)) == sorted(alert.id for alerts in owed for alert in alerts)
    for request in desk.received:
        event = Webhook(SECRET).verify(request.body, dict(request.headers))
        assert event["id"] == request.headers["webhook-id"]
        assert types(store, event["id"]) == ["delivery.sent"]
    assert deliver(store, to(webhook("desk", desk.url())), world()) == Delivered()
    assert len(desk.received) == 4


def test_a_channel_that_asked_for_time_is_left_alone_by_the_next_process_too(store, desk):
    owe(store, "ruritania", ["desk"], at=clock.now())
    desk.script(status(429, retry_after=3600), status(204))
    assert deliver(store, to(webhook("desk", desk.url())), world()).failed == 1
    owe(store, "syldavia", ["desk"], at=clock.now())

    assert deliver(store, to(webhook("desk", desk.url())), world()) == Delivered(pending=2)

    assert len(desk.received) == 1


def test_what_waits_for_our_own_pace_alone_is_sent_before_it_ends(store, desk, monkeypatch):
    monkeypatch.setattr("tracker.notify.deliver.LEASE_SPARE_S", 3.0)  # so that the last ones are let go meanwhile
    for profile in ("ruritania", "syldavia", "borduria", "zenda"):
        owe(store, profile, ["desk"], at=clock.now())
    slow = replace(webhook("desk", desk.url()), per_minute=120)

    done = deliver(store, to(slow), world(timeout_s=0.2), until_empty=True)

    assert done == Delivered(sent=4)


def test_a_message_made_for_another_kind_of_channel_is_made_anew(store, desk, tmp_path):
    (alert,) = owe(store, "ruritania", ["desk"], at=clock.now())
    desk.script(status(500))
    deliver(store, to(webhook("desk", desk.url())), world(), waits_s=SOON)
    file = ChannelConfig(name="desk", kind="jsonl", values={"path": "out.jsonl"})

    assert deliver(store, to(file), world(tmp_path), wait_s=20, waits_s=SOON).sent == 1

    (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
    assert json.loads(line)["delivery"] == alert.id
    assert store.verify().findings == ()


def test_a_message_that_was_made_and_not_recorded_as_tried_is_the_same_after_a_rebuild(store, desk):
    (alert,) = owe(store, "ruritania", ["desk"], at=clock.now())

    def die(reached: str) -> None:
        if reached == "attempt":
            raise Killed

    with pytest.raises(Killed):
        deliver(store, to(webhook("desk", desk.url())), world(), on_stage=die)
    store.rebuild()
    again = replace(world(), link_base="https://elsewhere.example")

    deliver(store, to(webhook("desk", desk.url())), again, now=lambda: clock.now() + timedelta(seconds=60))

    first, second = desk.received
    assert first.body == second.body
    assert ids(desk) == [alert.id] * 2


def test_what_was_recorded_by_a_clock_that_was_ahead_is_sent_at_once(tmp_path, desk):
    create(tmp_path / "log.db")
    with open_store(tmp_path / "log.db", write=True, now=lambda: clock.now() + timedelta(hours=3)) as ahead:
        owe(ahead, "ruritania", ["desk"], at=clock.now())
    with open_store(tmp_path / "log.db", write=True) as again:
        owe(again, "syldavia", ["desk"], at=clock.now())

        assert deliver(again, to(webhook("desk", desk.url())), world()).sent == 2
        assert again.verify().findings == ()


def test_nothing_owed_ends_at_once(store):
    begun = time.monotonic()

    assert deliver(store, to(), world(), wait_s=30) == Delivered()

    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("trouble", [status(500), status(404), hang_up(), redirect("/elsewhere")])
def test_a_failed_try_is_made_again_with_the_same_id_and_bytes(store, desk, trouble):
    (alert,) = owe(store, "ruritania", ["desk"], at=clock.now())
    desk.script(trouble, status(204))

    done = deliver(store, to(webhook("desk", desk.url())), world(), wait_s=10, waits_s=SOON)

    first, second = desk.received
    assert done == Delivered(sent=1, failed=1)
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == alert.id
    assert first.body == second.body
    assert types(store, alert.id) == ["delivery.failed", "delivery.sent"]


def test_a_retry_that_falls_due_after_the_wait_is_left_for_later(store, desk):
    (alert,) = owe(store, "ruritania", ["desk"], at=clock.now())
    desk.script(status(500))
    begun = time.monotonic()

    done = deliver(store, to(webhook("desk", desk.url())), world(), wait_s=3, chance=lambda: 0.5)

    (_, event) = store.events(stream=delivery_stream(alert.id))
    assert done == Delivered(failed=1, pending=1)
    assert time.monotonic() - begun < 2
    assert clock.from_iso(event.payload["retry_at"]) - clock.from_iso(event.payload["at"]) == timedelta(seconds=5.5)
    assert (event.payload["status"], event.payload["error"]) == (500, "HTTP 500")


def test_after_the_last_try_a_delivery_is_dead_and_those_behind_it_go_on(store, desk):
    first, second = owe(store, "ruritania", ["desk"], at=clock.now(), count=2)
    desk.script(*[status(500)] * 4, status(204))

    done = deliver(store, to(webhook("desk", desk.url())), world(), wait_s=10, waits_s=SOON)

    assert done == Delivered(sent=1, failed=3, dead=1)
    assert ids(desk) == [first.id] * 4 + [second.id]
    assert store.delivery(first.id).state == "dead"
    assert store.delivery(first.id).attempts == 4


def test_a_receiver_that_is_gone_is_not_asked_again(store, desk):
    (alert,) = owe(store, "ruritania", ["desk"], at=clock.now())
    desk.script(status(410))

    assert deliver(store, to(webhook("desk", desk.url())), world(), wait_s=5, waits_s=SOON) == Delivered(dead=1)

    assert types(store, alert.id) == ["delivery.dead"]


@pytest.mark.parametrize("code", [429, 503])
def test_nobody_is_sent_anything_before_the_receiver_asked_for_it_and_no_try_is_spent(store, desk, code):
    for profile in ("ruritania", "syldavia", "borduria"):
        owe(store, profile, ["desk"], at=clock.now())
    desk.script(status(code, retry_after=1), status(204))

    done = deliver(store, to(webhook("desk", desk.url())), world(), wait_s=10)

    refused, *rest = desk.received
    assert done == Delivered(sent=3, failed=1)
    assert min(request.at for request in rest) - refused.at >= 1
    assert store.delivery(refused.headers["webhook-id"]).attempts == 1


def test_order_is_kept_within_a_profile_and_one_profile_does_not_hold_up_another(store, desk):
    stuck = owe(store, "ruritania", ["desk"], at=clock.now(), count=3)
    other = owe(store, "syldavia", ["desk"], at=clock.now(), count=3)
    desk.script(status(500), status(204))

    done = deliver(store, to(webhook("desk", desk.url())), world(), wait_s=10, waits_s=(0, 0.5))

    assert done == Delivered(sent=6, failed=1)
    assert ids(desk) == [alert.id for alert in (stuck[0], *other, *stuck)]


def test_a_channel_that_hangs_holds_up_no_other(store, desk):
    for n in range(2):
        owe(store, f"profile-{n}", ["dead", "desk"], at=clock.now())
    with Receiver() as dead:
        dead.script(stall())
        begun = time.monotonic()

        done = deliver(store, to(webhook("dead", dead.url()), webhook("desk", desk.url())), world(timeout_s=0.5))

    assert done == Delivered(sent=2, failed=2, pending=2)
    assert max(request.at for request in desk.received) - begun < 0.5


def test_a_channel_that_hangs_with_much_owed_holds_up_no_other(store, desk, monkeypatch):
    monkeypatch.setattr(lane, "MOST_WAITING", 3)
    monkeypatch.setattr(deliver_module, "LEASE_BATCH", 3)
    for n in range(9):  # more than its lane and one lease take
        owe(store, f"stuck-{n}", ["dead"], at=clock.now())
    owe(store, "ruritania", ["desk"], at=clock.now())
    compose_singly(store)
    stop = threading.Event()
    with Receiver() as dead:
        dead.script(stall())
        loop = threading.Thread(
            target=deliver,
            args=(store, to(webhook("dead", dead.url()), webhook("desk", desk.url())), world(timeout_s=2)),
            kwargs={"until_empty": False, "stop": stop},
        )
        loop.start()
        desk.wait_for(1)
        tries = len(dead.received)
        stop.set()
        loop.join()

    assert tries <= 1, "its first try is not over"


def test_of_many_that_are_made_ahead_each_is_sent_once_as_it_is_kept_and_in_order(store, desk):
    owed = [owe(store, f"profile-{n}", ["desk"], at=clock.now(), count=3) for n in range(30)]
    compose_singly(store)
    kept: dict[str, bytes] = {}

    def note(stage: str) -> None:
        if stage == "attempt":
            came = desk.received[-1]
            kept[came.headers["webhook-id"]] = store.frozen(came.headers["webhook-id"])

    assert deliver(store, to(webhook("desk", desk.url())), world(), on_stage=note) == Delivered(sent=90)

    came = ids(desk)
    assert len(came) == 90
    for alerts in owed:
        assert [id for id in came if id in {a.id for a in alerts}] == [a.id for a in alerts]
    assert {r.headers["webhook-id"]: r.body for r in desk.received} == kept


@pytest.mark.parametrize("nth", [1, 7, 20])
def test_a_crash_amid_many_repeats_only_under_the_same_ids_and_bytes(store, desk, nth):
    owed = [owe(store, f"profile-{n}", ["desk"], at=clock.now(), count=2) for n in range(20)]
    compose_singly(store)
    channels = to(webhook("desk", desk.url()))
    reached: list[str] = []

    def die(stage: str) -> None:
        reached.append(stage)
        if reached.count("attempt") == nth:
            raise Killed

    with pytest.raises(Killed):
        deliver(store, channels, world(), on_stage=die)
    deliver(store, channels, world(), now=lambda: clock.now() + timedelta(seconds=60))

    bodies: dict[str, set[bytes]] = {}
    for request in desk.received:
        bodies.setdefault(request.headers["webhook-id"], set()).add(request.body)
    assert sorted(bodies) == sorted(alert.id for alerts in owed for alert in alerts)
    assert all(len(same) == 1 for same in bodies.values())
    assert all(types(store, id) == ["delivery.sent"] for id in bodies)
    firsts = list(dict.fromkeys(ids(desk)))
    for first, second in owed:
        assert firsts.index(first.id) < firsts.index(second.id)


def test_what_is_given_up_while_it_lies_in_its_lane_is_not_sent(store, desk):
    first, *_ = (owe(store, f"profile-{n}", ["desk"], at=clock.now())[0] for n in range(2))
    given_up: list[str] = []

    def give(stage: str) -> None:
        if stage == "attempt" and not given_up:
            (other,) = (d for d in store.deliveries(state="owed") if d.id != first.id)
            given_up.append(other.id)
            give_up(store, [other], "not wanted", "retired", clock.now())

    assert deliver(store, to(webhook("desk", desk.url())), world(), on_stage=give).sent == 1

    assert ids(desk) == [first.id]
    assert types(store, given_up[0]) == ["delivery.dead"]


def test_an_alert_that_waits_for_looks_to_end_is_told_when_they_have(store, desk, monkeypatch):
    monkeypatch.setattr(compose, "AGAIN_S", 3600.0)  # else it is asked again soon in any case
    stop, wake, is_busy = threading.Event(), threading.Event(), threading.Event()
    is_busy.set()
    held: list[float] = []

    def looking() -> bool:
        held.append(time.monotonic())
        return is_busy.is_set()

    loop = threading.Thread(
        target=deliver,
        args=(store, to(webhook("desk", desk.url())), world()),
        kwargs={"until_empty": False, "stop": stop, "wake": wake, "is_woken": True, "is_busy": looking},
    )
    loop.start()
    begun = time.monotonic()
    lands.watch(store, ["ruritania"])
    rule = subscriptions.load(
        '[channels.desk]\nkind = "webhook"\nurl = "http://127.0.0.1:1/in"\n' + lands.EVERYTHING, ""
    )
    lands.see(store, "ruritania", ["A sentence."], clock.now(), to())
    lands.see(store, "ruritania", ["Another sentence."], clock.now(), rule)
    wake.set()
    while not held:
        assert time.monotonic() - begun < 5
        wake.wait(0.01)
    assert desk.received == ()
    is_busy.clear()
    wake.set()
    desk.wait_for(1)
    stop.set()
    wake.set()
    loop.join()


def test_each_kind_of_channel_gets_its_own_rendering(store, desk, tmp_path):
    alerts = owe(store, "ruritania", ["desk", "log"], at=clock.now())
    log = ChannelConfig(name="log", kind="jsonl", values={"path": "out/alerts.jsonl"})

    deliver(store, to(webhook("desk", desk.url()), log), world(tmp_path))

    (text,) = (tmp_path / "out/alerts.jsonl").read_text().splitlines()
    assert json.loads(text)["delivery"] == alerts[1].id
    assert json.loads(text)["id"] == json.loads(desk.received[0].body)["data"]["id"] == alerts[0].change


def test_a_channel_that_is_no_longer_configured_is_a_failed_try_that_says_so(store):
    (alert,) = owe(store, "ruritania", ["desk"], at=clock.now())

    assert deliver(store, to(), world()) == Delivered(failed=1, pending=1)

    assert "'desk' is not in config/subscriptions.toml" in store.delivery(alert.id).last_error


def test_a_missing_secret_is_a_failed_try_that_names_it_and_is_made_good_later(store, desk):
    (alert,) = owe(store, "ruritania", ["desk"], at=clock.now())
    channels = to(webhook("desk", desk.url()))

    assert deliver(store, channels, world(DESK_SECRET=""), waits_s=(0, 0, 0)).failed == 2
    assert "env:DESK_SECRET" in store.delivery(alert.id).last_error


def test_a_change_that_cannot_be_rendered_holds_up_no_other(store, desk, monkeypatch):
    owe(store, "ruritania", ["desk"], at=clock.now())
    owe(store, "syldavia", ["desk"], at=clock.now())
    kind = KINDS["webhook"]

    def render(telling, config):
        if telling.changes[0].profile == "ruritania":
            raise ZeroDivisionError
        return kind.render(telling, config)

    monkeypatch.setitem(KINDS, "webhook", replace(kind, render=render))

    assert deliver(store, to(webhook("desk", desk.url())), world()) == Delivered(sent=1, dead=1)
    (dead,) = store.deliveries(state="dead")
    assert (dead.profile, dead.reason) == ("ruritania", "unrenderable")


class Killed(Exception):
    """What a test's process dies of, in place of kill -9."""


@pytest.mark.parametrize(("stage", "requests"), [("lease", 1), ("attempt", 2), ("mark_sent", 1)])
def test_a_crash_at_any_stage_loses_nothing_and_repeats_only_under_the_same_id(store, desk, stage, requests):
    (alert,) = owe(store, "ruritania", ["desk"], at=clock.now())
    channels = to(webhook("desk", desk.url()))

    def die(reached: str) -> None:
        if reached == stage:
            raise Killed

    with pytest.raises(Killed):
        deliver(store, channels, world(), on_stage=die)
    deliver(store, channels, world(), now=lambda: clock.now() + timedelta(seconds=60))

    assert ids(desk) == [alert.id] * requests
    assert len({request.body for request in desk.received}) == 1
    assert types(store, alert.id) == ["delivery.sent"]


def test_the_long_lived_loop_sends_what_comes_and_ends_when_it_is_told(store, desk):
    stop, wake = threading.Event(), threading.Event()
    result: list[Delivered] = []
    loop = threading.Thread(
        target=lambda: result.append(
            deliver(store, to(webhook("desk", desk.url())), world(), until_empty=False, stop=stop, wake=wake)
        )
    )
    loop.start()

    owe(store, "ruritania", ["desk"], at=clock.now())
    wake.set()
    desk.wait_for(1)
    owe(store, "syldavia", ["desk"], at=clock.now())
    desk.wait_for(2)  # without being woken, it looks for itself
    stop.set()
    loop.join(timeout=5)

    assert result == [Delivered(sent=2)]


def test_a_stop_finishes_the_try_under_way_and_leaves_the_rest_owed(store, desk):
    for n in range(3):
        owe(store, f"profile-{n}", ["desk"], at=clock.now())
    stop = threading.Event()

    done = deliver(
        store,
        to(webhook("desk", desk.url())),
        world(),
        stop=stop,
        on_stage=lambda s: stop.set() if s == "attempt" else None,
    )

    assert done.sent >= 1
    assert done.sent + done.pending == 3
    assert len(desk.received) == done.sent


def test_no_secret_stands_in_the_store_or_the_logs(store, desk, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    with Receiver() as elsewhere:
        for number, trouble in enumerate([status(204), status(500), hang_up(), redirect("/x"), stall()]):
            owe(store, f"profile-{number}", ["desk", "elsewhere", "broken"], at=clock.now())
            desk.script(trouble)
            deliver(
                store,
                to(
                    webhook("desk", Ref("env", "DESK_URL")),
                    webhook("elsewhere", Ref("env", "ELSEWHERE_URL")),
                    webhook("broken", elsewhere.url(), secret="BROKEN"),
                ),
                world(
                    timeout_s=0.3,
                    DESK_SECRET="CANARY-0 CANARY-0",
                    DESK_URL=desk.url("/CANARY-1"),
                    ELSEWHERE_URL="https://CANARY-2@x/",
                    BROKEN="whsec_CANARY-3",
                ),
            )

    assert desk.received
    assert all(b"CANARY" not in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert "CANARY" not in caplog.text
    assert all("CANARY" not in repr(event) for event in store.events())
