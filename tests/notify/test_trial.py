import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.publisher import Receiver, status
from tracker import clock
from tracker.errors import UsageError
from tracker.events.deliveries import Delivery
from tracker.notify.channels import KINDS, ChannelConfig, Surroundings
from tracker.notify.rules import Subscriptions
from tracker.notify.secret import Ref
from tracker.notify.sending import give_up, send_now
from tracker.notify.telling import Telling
from tracker.notify.trial import trial_change, trial_message
from tracker.store import Store, create, open_store

WORLD = Surroundings(
    environ={"DESK_SECRET": "a secret of the desk"}, base=Path("/nowhere"), allow=(ip_network("127.0.0.0/8"),)
)
AT = datetime(2026, 8, 14, 9, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create(tmp_path / "log.db")
    with open_store(tmp_path / "log.db", write=True) as opened:
        yield opened


def webhook(url: str, name: str = "desk") -> ChannelConfig:
    return ChannelConfig(name=name, kind="webhook", values={"url": url, "secret": Ref("env", "DESK_SECRET")})


def trial(store: Store, config: ChannelConfig, world: Surroundings = WORLD) -> Delivery:
    message = trial_message(config.name, clock.now())
    store.compose([message], at=clock.now())
    return send_now(store, message.delivery, Subscriptions(channels=(config,)), world)


def test_a_trial_goes_the_real_way_and_says_that_it_is_one(store: Store) -> None:
    with Receiver() as desk:
        delivery = trial(store, webhook(desk.url()))

    (request,) = desk.received
    data = Webhook(b"a secret of the desk").verify(request.body, dict(request.headers))["data"]
    assert (delivery.state, delivery.form, delivery.attempts, delivery.last_status) == ("sent", "test", 1, 204)
    assert request.headers["webhook-id"] == delivery.id
    assert data["flags"] == ["test"]
    assert data["edits"][0]["new"].startswith("[TEST]")


def test_a_trial_that_fails_is_recorded_as_a_message_would_be(store: Store) -> None:
    with Receiver() as desk:
        desk.script(status(500))
        delivery = trial(store, webhook(desk.url()))

    assert (delivery.state, delivery.last_status) == ("retrying", 500)
    assert store.frozen(delivery.id) == desk.received[0].body
    assert store.channel_state("desk").failures == 1


def test_only_the_delivery_that_is_meant_is_sent(store: Store) -> None:
    with Receiver() as desk:
        others = [trial_message("desk", clock.now()), trial_message("news", clock.now())]
        store.compose(others, at=clock.now())
        delivery = trial(store, webhook(desk.url()))

    assert [request.headers["webhook-id"] for request in desk.received] == [delivery.id]
    assert {d.id for d in store.deliveries(state="owed")} == {other.delivery for other in others}


def test_a_channel_that_is_not_there_is_a_failed_try(store: Store) -> None:
    message = trial_message("desk", clock.now())
    store.compose([message], at=clock.now())

    delivery = send_now(store, message.delivery, Subscriptions(), WORLD)

    assert delivery.state != "sent" and "not in config" in str(delivery.last_error)


def test_every_trial_is_a_message_of_its_own(store: Store, tmp_path: Path) -> None:
    file = ChannelConfig(name="log", kind="jsonl", values={"path": str(tmp_path / "alerts.jsonl")})

    ids = {trial(store, file).id for _ in range(2)}

    lines = [json.loads(text) for text in (tmp_path / "alerts.jsonl").read_text().splitlines()]
    assert {line["delivery"] for line in lines} == ids and len(ids) == 2
    assert trial_message("log", AT).delivery != trial_message("log", AT).delivery


def test_a_trial_within_the_same_second_tells_of_another_change() -> None:
    assert trial_change(AT).id != trial_change(AT + timedelta(microseconds=1)).id


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_tells_of_a_trial_that_it_is_one(name: str) -> None:
    telling = Telling(
        delivery="d_0123456789abcdef", form="test", channel="desk", at=AT, position=1, changes=(trial_change(AT),)
    )
    values = {"path": "x", "from": "Desk <desk@example.org>", "to": ("a@example.org",), "server": "mail.example.org:25"}

    body = KINDS[name].render(telling, ChannelConfig(name="desk", kind=name, values=values))

    assert b"[TEST]" in body.replace(b"\\u005b", b"[").replace(b"\\", b"")  # escaped in some dialects


def test_what_is_given_up_is_held_against_no_channel(store: Store) -> None:
    messages = [trial_message("desk", clock.now()) for _ in range(3)]
    store.compose(messages, at=clock.now())

    give_up(store, store.deliveries(state="owed"), "nobody wants them", "disabled", clock.now())

    dead = store.deliveries(state="dead", reason="disabled")
    assert {d.id for d in dead} == {m.delivery for m in messages}
    assert {(d.attempts, d.last_error) for d in dead} == {(0, "nobody wants them")}
    assert store.pending() == 0
    assert store.channel_state("desk").failing_since is None
    assert store.verify().ok


def test_what_is_not_owed_cannot_be_given_up(store: Store) -> None:
    with Receiver() as desk:
        delivery = trial(store, webhook(desk.url()))

    with pytest.raises(UsageError, match="not owed"):
        give_up(store, [delivery], "too late", "disabled", clock.now())
