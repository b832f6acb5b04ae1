import json
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.events.test_schemas import faults
from tests.publisher import Receiver, status
from tracker import clock
from tracker.errors import UsageError
from tracker.events.types import Attempt
from tracker.notify.channels import ChannelConfig, Surroundings
from tracker.notify.secret import Ref
from tracker.notify.subscriptions import Subscriptions
from tracker.notify.trial import send_test, trial_change

WORLD = Surroundings(
    environ={"DESK_SECRET": "a secret of the desk"}, base=Path("/nowhere"), allow=(ip_network("127.0.0.0/8"),)
)


def trial(config: ChannelConfig, *, now: datetime) -> Attempt:
    return send_test(Subscriptions(channels=(config,)), config.name, WORLD, now=now)


def webhook(url: str) -> ChannelConfig:
    return ChannelConfig(name="desk", kind="webhook", url=url, secret=Ref("env", "DESK_SECRET"))


def test_a_trial_goes_the_real_way_and_says_that_it_is_one():
    with Receiver() as desk:
        attempt = trial(webhook(desk.url()), now=clock.now())

    (request,) = desk.received
    data = Webhook(b"a secret of the desk").verify(request.body, dict(request.headers))["data"]
    assert attempt.ok
    assert data["flags"] == ["test"]
    assert data["edits"][0]["new"].startswith("[TEST]")
    assert faults(data, "tracker.change/1") == []


def test_a_trial_fails_where_a_message_would():
    with Receiver() as desk:
        desk.script(status(403))

        assert trial(webhook(desk.url()), now=clock.now()).status == 403


def test_every_trial_of_a_file_is_a_line_of_its_own(tmp_path: Path):
    file = ChannelConfig(name="log", kind="jsonl", path=str(tmp_path / "alerts.jsonl"))

    for second in (1, 2):
        trial(file, now=datetime(2026, 8, 14, 9, 30, second, tzinfo=UTC))

    lines = [json.loads(text) for text in (tmp_path / "alerts.jsonl").read_text().splitlines()]
    assert [text["flags"] for text in lines] == [["test"], ["test"]]


def test_a_trial_within_the_same_second_is_another_message():
    assert (
        trial_change(datetime(2026, 8, 14, 9, 30, 0, 1, tzinfo=UTC)).id
        != trial_change(datetime(2026, 8, 14, 9, 30, 0, 2, tzinfo=UTC)).id
    )


def test_a_trial_of_a_channel_that_is_not_there_names_those_that_are():
    with pytest.raises(UsageError) as caught:
        send_test(Subscriptions(channels=(webhook("https://hooks.example.org/"),)), "dekk", WORLD, now=clock.now())

    assert "'dekk'" in caught.value.what and "desk" in caught.value.remedy
