"""Sick receivers hold up nobody: one dead, one that drips, one that stands still, one that says 429, nine well ones.

By what came, not by how soon: the sick ones are made well only when all is told to the others, so that whoever waited
for them would wait for ever. Quick enough for every run.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.notify.owing import owe
from tests.notify.test_deliver import to, webhook, world
from tests.publisher import Answer, Receiver, Request, Wire, closed_port, head, status
from tracker import clock
from tracker.events.deliveries import Alert
from tracker.notify.deliver import Delivered, deliver
from tracker.notify.rules import Storm
from tracker.store import Store, create, open_store

LANDS = tuple(f"land-{n}" for n in range(8))
EACH = 4  # changes of a land
LIVE = tuple(f"live-{n}" for n in range(9))
SICK = ("dead", "dripping", "still", "busy")
OWED = len(LANDS) * EACH


class Gate:
    """Answers 204 once it is open; until then a byte of a header now and then, or nothing at all."""

    def __init__(self, *, is_dripping: bool) -> None:
        self._is_open, self._is_dripping = threading.Event(), is_dripping

    def open(self) -> None:
        self._is_open.set()

    def __call__(self, request: Request, wire: Wire) -> None:
        if self._is_open.is_set():
            wire.send(head(204, {}))
            return
        if self._is_dripping:
            wire.send(b"HTTP/1.1 204 No Content\r\nX-Slow: ")
        while not self._is_open.is_set() and wire.wait(0.02):
            if self._is_dripping:
                wire.send(b"x")
        wire.send(b"\r\n\r\n" if self._is_dripping else head(204, {}))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    create(tmp_path / "log.db")
    with open_store(tmp_path / "log.db", write=True) as opened:
        yield opened


def told(receiver: Receiver) -> list[str]:
    """Ids in the order in which they came, each as often as it came."""
    return [request.headers["webhook-id"] for request in receiver.received]


def assert_in_order(came: Sequence[str], alerts: Sequence[Alert], profile_of: dict[str, str]) -> None:
    """Each once, and each profile's in the order of its changes."""
    owed = [alert.id for alert in alerts]
    assert sorted(came) == sorted(owed)
    for land in LANDS:
        assert [id for id in came if profile_of[id] == land] == [id for id in owed if profile_of[id] == land]


def test_nine_live_channels_get_all_of_theirs_in_order_while_four_sick_ones_get_nothing_and_theirs_later(
    store: Store,
) -> None:
    channels = (*SICK, *LIVE)  # the sick ones are leased first
    alerts: dict[str, list[Alert]] = {channel: [] for channel in channels}
    profile_of: dict[str, str] = {}
    for land in LANDS:
        for alert in owe(store, land, channels, at=clock.now(), count=EACH):
            alerts[alert.channel].append(alert)
            profile_of[alert.id] = land
    ahead = timedelta()
    stop, done = threading.Event(), list[Delivered]()
    dripping, still = Gate(is_dripping=True), Gate(is_dripping=False)
    answers: dict[str, Answer] = {"dripping": dripping, "still": still, "busy": status(429, retry_after=3600)}

    with ExitStack() as open_:
        dead_port = closed_port()
        receivers = {name: open_.enter_context(Receiver()) for name in channels if name != "dead"}
        for name, answer in answers.items():
            receivers[name].script(answer)
        urls = {name: receiver.url() for name, receiver in receivers.items()}
        urls["dead"] = f"http://127.0.0.1:{dead_port}/hook"
        # No storm: each change is a message.
        rules = replace(to(*(webhook(name, urls[name]) for name in channels)), storm=Storm(over=1000, share=1000))

        def loop() -> None:
            now = lambda: clock.now() + ahead  # noqa: E731  # read anew each time
            done.append(deliver(store, rules, world(timeout_s=30), until_empty=False, stop=stop, now=now))

        delivering = threading.Thread(target=loop)
        delivering.start()
        try:
            for name in LIVE:
                receivers[name].wait_for(OWED, 20)
            # All of it came while the sick ones had one request under way, or were left alone after one refusal.
            assert {len(receivers[name].received) for name in ("dripping", "still", "busy")} == {1}
            sick = [d for d in store.deliveries() if d.channel in SICK]
            assert len(sick) == len(SICK) * OWED and all(d.state in ("owed", "retrying") for d in sick)
            assert sum(d.attempts for d in sick if d.channel == "dead") <= 5  # then its circuit is open
            for name in LIVE:
                assert_in_order(told(receivers[name]), alerts[name], profile_of)

            # They get well.
            receivers["busy"].script(status(204))
            receivers["dead"] = open_.enter_context(Receiver(port=dead_port))
            dripping.open()
            still.open()
            ahead = timedelta(hours=2)
            for name in ("dead", "dripping", "still"):
                receivers[name].wait_for(OWED, 20)
            receivers["busy"].wait_for(1 + OWED, 20)
        finally:
            stop.set()
            delivering.join()

        refused, *rest = told(receivers["busy"])
        assert_in_order(rest, alerts["busy"], profile_of)
        assert refused == alerts["busy"][0].id
        for name in ("dead", "dripping", "still"):
            assert_in_order(told(receivers[name]), alerts[name], profile_of)
    assert {d.state for d in store.deliveries()} == {"sent"}
    assert done[0].sent == len(channels) * OWED
    assert store.verify().findings == ()
