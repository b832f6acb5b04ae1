"""Trouble is told once when it begins and once when it ends, to the operator, never through what it is about."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.journeys.house import House
from tests.journeys.test_beside_run import answers, wait_for
from tests.notify.owing import owe
from tests.publisher import status
from tests.watch.looking import Eye, looking
from tracker.events import bodies
from tracker.events.deliveries import Attempt, Composed, Delivery
from tracker.events.types import NewEvent
from tracker.notify.rules import Subscriptions
from tracker.notify.subscriptions import load
from tracker.notify.trouble import CALM_S, FAILING_TRIES
from tracker.store import Store
from tracker.watch.overseer import Overseer, note_verification

PAGE = "<h1>Ruritania</h1><h2>Mine Ban Policy</h2><p>Ruritania has cleared its mines, its marksmen say.</p>" * 3
GIGABYTE = 1_000_000_000
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rules(*operator: str) -> Subscriptions:
    """Three channels, of which these hear of trouble, in this order."""
    text = "".join(f'[channels.{n}]\nkind = "webhook"\nurl = "http://127.0.0.1:1/{n}"\n' for n in ("a", "b", "c"))
    text += '[[subscriptions]]\nid = "all"\nto = ["a", "b", "c"]\n'
    if operator:
        text += f"[operator]\nto = {list(operator)}\n".replace("'", '"')
    return load(text, "subscriptions.toml")


class Watchman:
    """An overseer on a clock of ours, over a store and a disk of so many free bytes."""

    def __init__(self, store: Store, now: datetime, *operator: str) -> None:
        self.store, self.now, self.free, self.rules = store, now, 50 * GIGABYTE, rules(*(operator or ("a", "b", "c")))
        self.restart()

    def restart(self) -> None:
        """Another process begins, and knows only what is recorded."""
        self._overseer = Overseer(
            self.store, self.rules, now=lambda: self.now, every_s=0, disk=lambda folder: (self.free, 100 * GIGABYTE)
        )

    def look(self, *, after: timedelta = timedelta(0)) -> list[str]:
        """Look so much later; gives what the operator is told of it."""
        self.now += after
        before = len(self.told)
        self._overseer.look()
        return self.told[before:]

    @property
    def told(self) -> list[str]:
        """All that they were ever told, oldest first: by which channel, of what, whether it began."""
        found = [d for d in reversed(self.store.deliveries()) if d.form == "trouble" and d.about is not None]
        return [f"{d.channel}: {d.about['kind']} {d.about['subject']} {_word(d)}" for d in found if d.about]

    @property
    def standing(self) -> list[tuple[str, str]]:
        return [(one.kind, one.subject) for one in self.store.troubles()]

    def tries(self, channel: str, *oks: bool) -> None:
        """A message to a channel is tried, each time with this outcome."""
        for ok in oks:
            (alert,) = owe(self.store, f"p{len(self.store.watches())}", [channel], at=self.now)
            attempt = Attempt(ok=ok) if ok else Attempt(ok=False, error="HTTP 500", status=500)
            kind = "sent" if ok else "failed"
            self.store.compose([_single(alert.id, channel)], at=self.now)
            self.now += timedelta(seconds=1)
            found = self.store.delivery(alert.id)
            self.store.finish(kind, found, attempt, self.now, None if ok else self.now + DAY)


def _single(alert: str, channel: str) -> Composed:
    return Composed(delivery=alert, channel=channel, form="single", profile="", alerts=(alert,))


def _word(delivery: Delivery) -> str:
    assert delivery.about is not None
    return "began" if delivery.about["began"] else "ended"


@pytest.fixture
def eye(tmp_path: Path) -> Iterator[Eye]:
    with looking(tmp_path, confirm_after_s=(0,)) as found:
        found.site.page("/ruritania", PAGE)
        found.look()
        yield found


@pytest.fixture
def watchman(eye: Eye) -> Watchman:
    return Watchman(eye.store, eye.clock.now)


def seen(eye: Eye, watchman: Watchman, *, after: timedelta) -> list[str]:
    """The page is looked at so much later, and then the overseer looks."""
    eye.look(after=after)
    watchman.now = eye.clock.now
    return watchman.look()


# ---------------------------------------------------------------- pages


def test_a_page_that_is_not_reached_for_a_day_is_told_of_once_and_once_more_when_it_is_back(
    eye: Eye, watchman: Watchman
) -> None:
    eye.site.close()

    assert seen(eye, watchman, after=HOUR) == []
    assert seen(eye, watchman, after=DAY - timedelta(minutes=1)) == []
    assert seen(eye, watchman, after=timedelta(minutes=1)) == ["a: unreachable ruritania began"]
    assert seen(eye, watchman, after=DAY) == []
    watchman.restart()
    assert seen(eye, watchman, after=DAY) == []
    assert watchman.standing == [("unreachable", "ruritania")]
    eye.store.append((_recovered(eye),), key="recovered")
    assert watchman.look() == ["a: unreachable ruritania ended"]
    assert watchman.standing == [] and watchman.look() == []


def test_a_page_that_is_paused_has_not_come_back_and_is_told_of_again_once_it_is_looked_at(
    eye: Eye, watchman: Watchman
) -> None:
    eye.site.close()
    seen(eye, watchman, after=HOUR)
    assert seen(eye, watchman, after=DAY) == ["a: unreachable ruritania began"]

    eye.store.append((bodies.watch_ended("paused", "ruritania"),), key="paused")
    assert watchman.look(after=HOUR) == []
    assert watchman.standing == []
    eye.store.append((bodies.watch_ended("resumed", "ruritania"),), key="resumed")

    assert watchman.look(after=HOUR) == ["a: unreachable ruritania began"]


def test_a_page_that_is_refused_and_fails_in_turn_is_not_believed_all_the_same(eye: Eye, watchman: Watchman) -> None:
    challenge = "<title>Just a moment</title><p>Checking your browser before accessing the site."
    told: list[str] = []
    for n in range(14):
        eye.site.put("/ruritania", status(500)) if n % 2 else eye.site.page("/ruritania", challenge)
        told += seen(eye, watchman, after=4 * HOUR)

    assert told == ["a: rejected ruritania began"]


def _recovered(eye: Eye) -> NewEvent:
    (watch,) = eye.store.watches()
    assert watch.failed_since is not None
    return bodies.check_recovered("ruritania", eye.clock.now, watch.failed_since)


def test_a_page_that_is_not_believed_for_two_days_is_told_of(eye: Eye, watchman: Watchman) -> None:
    eye.site.page("/ruritania", "<title>Just a moment</title><p>Checking your browser before accessing the site.")

    assert seen(eye, watchman, after=HOUR) == []
    assert seen(eye, watchman, after=2 * DAY - timedelta(minutes=1)) == []
    assert seen(eye, watchman, after=timedelta(minutes=1)) == ["a: rejected ruritania began"]
    assert seen(eye, watchman, after=DAY) == []
    eye.site.page("/ruritania", PAGE)
    assert seen(eye, watchman, after=HOUR) == ["a: rejected ruritania ended"]


def test_a_page_that_is_looked_at_every_minute_is_no_less_doubted(eye: Eye, watchman: Watchman) -> None:
    eye.site.page("/ruritania", "<title>Just a moment</title><p>Checking your browser before accessing the site.")
    eye.look()
    eye.look(after=2 * DAY)

    for _ in range(105):
        eye.look(after=timedelta(minutes=1))
    watchman.now = eye.clock.now

    assert watchman.look() == ["a: rejected ruritania began"]


# ---------------------------------------------------------------- channels


def test_a_channel_that_fails_is_told_of_by_another_one(watchman: Watchman) -> None:
    watchman.tries("a", *[False] * (FAILING_TRIES - 1))
    assert watchman.look() == []
    watchman.tries("a", False)
    assert watchman.look() == ["b: channel a began"]
    assert watchman.look(after=DAY) == []
    watchman.restart()
    assert watchman.look() == []

    watchman.tries("a", True)
    watchman.look()
    assert watchman.look(after=timedelta(seconds=CALM_S)) == ["a: channel a ended"]


def test_a_channel_that_is_switched_off_is_told_of_by_another_one(watchman: Watchman) -> None:
    watchman.tries("a", True)
    watchman.store.disable_channel("a", "HTTP 410: the receiver is gone for good", watchman.now)

    assert watchman.look() == ["b: disabled a began"]
    (trouble,) = watchman.store.troubles()
    assert "gone for good" in trouble.detail


def test_a_channel_that_fails_and_is_then_switched_off_is_told_of_twice_and_its_return_once(watchman: Watchman) -> None:
    watchman.tries("a", *[False] * FAILING_TRIES)
    assert watchman.look() == ["b: channel a began"]
    watchman.store.disable_channel("a", "no success in 5 days", watchman.now)
    assert watchman.look(after=2 * DAY) == ["b: disabled a began"]
    watchman.store.enable_channel("a", watchman.now)
    watchman.look()

    assert watchman.look(after=timedelta(seconds=CALM_S)) == []
    assert watchman.told[-1] == "a: disabled a ended"
    assert watchman.standing == []


def test_nobody_is_told_of_the_only_channel_by_itself(eye: Eye) -> None:
    watchman = Watchman(eye.store, eye.clock.now, "a")
    watchman.tries("a", *[False] * FAILING_TRIES)

    assert watchman.look() == []
    assert watchman.standing == [("channel", "a")]  # shown by status and doctor
    watchman.tries("a", True)
    watchman.look()
    assert watchman.look(after=timedelta(seconds=CALM_S)) == ["a: channel a ended"]


def test_two_failing_channels_are_told_of_by_the_third(watchman: Watchman) -> None:
    watchman.tries("a", *[False] * FAILING_TRIES)
    watchman.tries("b", *[False] * FAILING_TRIES)

    assert watchman.look() == ["c: channel a began", "c: channel b began"]


def test_other_trouble_waits_for_a_failing_channel_where_there_is_none_that_is_well(watchman: Watchman) -> None:
    for name in ("a", "b", "c"):
        watchman.tries(name, False)
    watchman.free = 0

    assert watchman.look() == ["a: disk snapshots began"]


def test_a_channel_that_takes_every_fifth_message_is_told_of_once(watchman: Watchman) -> None:
    told: list[str] = []
    for _ in range(5):
        watchman.tries("a", *[False] * FAILING_TRIES)
        told += watchman.look(after=timedelta(minutes=5))
        watchman.tries("a", True)
        told += watchman.look(after=timedelta(minutes=5))

    assert told == ["b: channel a began"]
    watchman.look()
    assert watchman.look(after=timedelta(seconds=CALM_S)) == ["a: channel a ended"]


def test_a_channel_that_is_no_longer_configured_is_no_trouble(eye: Eye, watchman: Watchman) -> None:
    watchman.tries("c", True)
    watchman.store.disable_channel("c", "by hand", watchman.now)
    assert watchman.look() == ["a: disabled c began"]

    text = '[channels.a]\nkind = "webhook"\nurl = "http://127.0.0.1:1/a"\n[operator]\nto = ["a"]\n'
    watchman.rules = load(text, "subscriptions.toml")
    watchman.restart()

    watchman.look()
    assert watchman.told[-1] == "a: disabled c ended"
    assert watchman.standing == []


def test_without_an_operator_it_is_recorded_and_nobody_is_told(eye: Eye) -> None:
    watchman = Watchman(eye.store, eye.clock.now)
    watchman.rules = rules()
    watchman.restart()
    watchman.free = 0

    assert watchman.look() == []
    assert watchman.standing == [("disk", "snapshots")]


# ---------------------------------------------------------------- the disk


def test_a_disk_that_hovers_at_its_limit_is_told_of_once(watchman: Watchman) -> None:
    told: list[str] = []
    for minute in range(90):
        watchman.free = (1 if minute % 2 else 3) * GIGABYTE  # of 100, and 2 % are the limit
        told += watchman.look(after=timedelta(minutes=1))

    assert told == ["a: disk snapshots began"]
    watchman.free = 30 * GIGABYTE
    watchman.look()
    assert watchman.look(after=timedelta(seconds=CALM_S - 1)) == []
    assert watchman.look(after=timedelta(seconds=1)) == ["a: disk snapshots ended"]


def test_what_is_over_is_told_once_whenever_the_process_begins_anew(watchman: Watchman) -> None:
    watchman.free = 0
    watchman.look()
    watchman.free = 50 * GIGABYTE
    told: list[str] = []
    for _ in range(5):
        watchman.restart()
        told += watchman.look(after=timedelta(minutes=50))
        told += watchman.look(after=timedelta(minutes=50))
    told += watchman.look(after=timedelta(minutes=50))

    assert told == ["a: disk snapshots ended"]


# ---------------------------------------------------------------- a verification


def test_damage_is_told_once_and_stands_until_a_verification_passes(watchman: Watchman) -> None:
    assert note_verification(watchman.store, watchman.rules, 3, watchman.now)
    assert not note_verification(watchman.store, watchman.rules, 4, watchman.now)
    assert watchman.look(after=DAY) == []
    assert watchman.standing == [("verify", "snapshots")]

    assert note_verification(watchman.store, watchman.rules, 0, watchman.now)
    assert not note_verification(watchman.store, watchman.rules, 0, watchman.now)
    assert watchman.told == ["a: verify snapshots began", "a: verify snapshots ended"]


@pytest.fixture
def house(tmp_path: Path) -> House:
    place = House(tmp_path / "house")
    text = '[channels.ops]\nkind = "jsonl"\npath = "ops.jsonl"\n[operator]\nto = "ops"\n'
    (place.root / "config" / "subscriptions.toml").write_text(text, encoding="utf-8")
    return place


def spoil(place: House) -> sqlite3.Connection:
    """Put something into a view that no event put there."""
    (file,) = (place.root / "snapshots").glob("*.db")
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute(
        "INSERT INTO view_mutes (subscription, since, until, reason, ended_at) VALUES ('x', 1, NULL, '', NULL)"
    )
    return connection


def test_a_verification_that_fails_is_told_by_the_operators_channel_and_shown(house: House) -> None:
    house.tracker("verify")
    damaged = spoil(house)

    for _ in range(2):
        house.tracker("verify", code=5)
    assert "verify snapshots since" in house.tracker("status")
    assert "snapshots since" in house.tracker("doctor", code=3)
    house.tracker("deliver")
    told = (house.root / "ops.jsonl").read_text().splitlines()
    assert len(told) == 1 and "the record does not verify" in told[0]

    damaged.execute("DELETE FROM view_mutes")
    house.tracker("verify")
    house.tracker("verify")
    house.tracker("deliver")
    assert len((house.root / "ops.jsonl").read_text().splitlines()) == 2
    assert "trouble" not in house.tracker("status")


def test_beside_a_running_process_it_is_handed_over(house: House) -> None:
    process = house.start("run")
    try:
        wait_for(lambda: answers(house.root / "snapshots" / "run.sock"))
        spoil(house).close()
        house.tracker("verify", code=5)
        wait_for(lambda: (house.root / "ops.jsonl").exists())
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert "Traceback" not in said
    assert "the record does not verify" in (house.root / "ops.jsonl").read_text()


def test_a_record_that_cannot_even_be_asked_is_still_told_on_the_spot(house: House) -> None:
    (file,) = (house.root / "snapshots").glob("*.db")
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE view_troubles")

    done = house.run("verify")

    assert done.returncode == 5 and "Traceback" not in done.stderr
