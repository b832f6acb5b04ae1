"""Beside a running `tracker run`: commands that write are carried out by it, and edits are taken up."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.house import House
from tests.publisher import Publisher, Receiver, Request, Wire, page, status
from tracker.cli.demo.rendered import as_html
from tracker.cli.demo.ruritania import edition
from tracker.store.engine import ProcessLock

TICK = {"TRACKER__WATCH__TICK_S": "0.2"}


def wait_for(what: Callable[[], Any], timeout_s: float = 10) -> Any:
    """What it gives, once that is something."""
    until = time.monotonic() + timeout_s
    while not (found := what()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)
    return found


def answers(place: Path) -> bool:
    """Whether somebody listens at the socket of a store."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(place))
        except OSError:
            return False
    return True


class Gate:
    """A page that is answered when it is opened. waiting: requests that are not answered yet."""

    def __init__(self, body: str) -> None:
        self._open, self._answer = threading.Event(), page(body)
        self.waiting = 0

    def __call__(self, request: Request, wire: Wire) -> None:
        self.waiting += 1
        while not self._open.is_set() and wire.wait(0.01):
            pass
        self.waiting -= 1
        self._answer(request, wire)

    def open(self) -> None:
        self._open.set()


class Running:
    """A house with a page, a desk that hears of it, and `tracker run` in it."""

    def __init__(self, root: Path, site: Publisher, desk: Receiver) -> None:
        self.site, self.desk, self.house = site, desk, House(root)
        self.edition = 1
        self.publish()
        self.house.tracker("add", site.url("/ruritania"), "--profile", "ruritania")
        self.house.tell_desk(desk.url())
        self.house.tracker("check")
        self.process = self.start()

    @property
    def socket(self) -> Path:
        return self.house.root / "snapshots" / "run.sock"

    def start(self) -> "subprocess.Popen[str]":
        process = self.house.start("run", env=TICK)
        wait_for(lambda: answers(self.socket) or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        return process

    def edit(self) -> None:
        """The publisher brings out another edition."""
        self.edition += 1
        self.publish()

    def publish(self) -> None:
        """The page is as its last edition has it."""
        self.site.page("/ruritania", self.text())

    def text(self) -> str:
        """The last edition."""
        return as_html(edition(1)).replace("about 400", f"about {400 + self.edition}")

    def stop(self) -> str:
        self.process.terminate()
        _, told = self.process.communicate(timeout=20)
        assert self.process.returncode == 0, told
        return told


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests that leave it as it is."""
    with Publisher() as site, Receiver() as desk:
        place = Running(tmp_path_factory.mktemp("running") / "house", site, desk)
        yield place
        told = place.stop()
        assert "Traceback" not in told
        assert not place.socket.exists()
        assert place.house.json("verify")["ok"]


def test_a_check_is_carried_out_by_the_running_process_and_told_by_it(running: Running) -> None:
    house, heard = running.house, len(running.desk.received)
    rounds = len(house.json("checks"))
    running.edit()

    done = house.run("check", "ruritania", env=TICK)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ruritania: changed: ")
    assert len(house.json("checks")) == rounds + 1
    newest = house.json("log", "--limit", "1")[0]["id"]
    last = json.loads(running.desk.wait_for(heard + 1)[-1].body)
    assert newest in json.dumps(last)


def test_its_answer_can_be_read_by_a_program(running: Running) -> None:
    done = running.house.run("check", "--json")

    (look,) = json.loads(done.stdout)
    assert (look["watch"], look["outcome"]) == ("ruritania", "unchanged")
    assert "yours differ: watch.tick_s" in done.stderr  # it is not taken, and that is said


def test_what_fails_there_fails_here(running: Running) -> None:
    house = running.house
    running.site.put("/ruritania", status(404))
    try:
        done = house.run("check", "ruritania")
    finally:
        running.publish()

    assert done.returncode == 3
    assert "1 of 1 looks failed" in done.stderr and "Traceback" not in done.stderr
    house.tracker("check", "nowhere", code=6)
    house.tracker("check", "--newt", code=2)
    house.tracker("check")


def test_deliveries_are_waited_for_and_sent_once_more(running: Running) -> None:
    house = running.house
    running.edit()
    house.tracker("check")
    house.tracker("deliver", "--until-empty")
    newest = house.json("deliveries", "list", "--state", "sent")[0]["id"]
    heard = running.desk.received

    assert house.json("deliveries", "replay", newest)["replayed"] is False
    assert running.desk.received == heard
    house.tracker("deliveries", "replay", newest, "--yes")
    assert house.json("deliver")["pending"] == 0

    *before, again = running.desk.wait_for(len(heard) + 1)
    assert again.headers["webhook-id"] == newest
    assert again.body in [request.body for request in before if request.headers["webhook-id"] == newest]


def test_a_channel_is_tried_and_switched_there(running: Running) -> None:
    house, heard = running.house, len(running.desk.received)

    assert "took the test message" in house.tracker("channels", "test", "desk")
    (message,) = running.desk.wait_for(heard + 1)[heard:]
    assert b"[TEST]" in message.body

    house.tracker("channels", "disable", "desk", "--reason", "the desk moves house")
    assert house.json("channels", "list")[0]["why"] == "the desk moves house"
    running.edit()
    house.tracker("check")
    assert house.json("deliver")["pending"] == 1
    house.tracker("channels", "test", "desk", code=2)
    assert len(running.desk.received) == heard + 1
    assert "1 deliveries wait" in house.tracker("channels", "enable", "desk")
    running.desk.wait_for(heard + 2)


def test_a_test_that_is_not_taken_is_not_sent_later(running: Running) -> None:
    house = running.house
    running.desk.script(status(500), status(204))

    done = house.run("channels", "test", "desk", "--json")

    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert (told["ok"], told["status"]) == (False, 500)
    assert house.json("deliveries", "show", told["delivery"])["state"] == "dead"


def test_a_persons_answers_are_recorded_there(running: Running) -> None:
    house = running.house
    change = house.json("log", "--limit", "1")[0]["id"]

    house.tracker("dispute", change, "--reason", "only a comma")
    assert house.json("log", "--limit", "1")[0]["dispute"]["reason"] == "only a comma"
    house.tracker("dispute", change, "--withdraw")
    house.tracker("subs", "mute", "all", "--until", "3d")
    running.edit()
    house.tracker("check")
    house.tracker("deliver")

    assert house.json("subs", "unmute", "all")["not_told"] == 1


def test_a_channel_and_a_rule_added_meanwhile_are_used_within_two_seconds(running: Running) -> None:
    house, file = running.house, running.house.root / "config" / "subscriptions.toml"
    before = file.read_text()
    with Receiver() as new:
        house.tracker("channels", "add", "new", "webhook", new.url())
        added_at = time.monotonic()
        assert "took the test message" in house.tracker("channels", "test", "new")  # waits until it is taken up
        assert time.monotonic() - added_at < 3
        house.tracker("subs", "add", "newer", "--to", "new")
        added_at = time.monotonic()
        while len(new.received) < 2:
            assert time.monotonic() - added_at < 5, "not taken up in 2 s, and told"
            running.edit()
            house.tracker("check")
            house.tracker("deliver")  # waits until it is told: what is looked at without end is told later
        assert time.monotonic() - added_at < 5
        file.write_text(before)


def test_a_pause_is_taken_up_within_two_seconds_and_ends_by_itself(running: Running) -> None:
    house = running.house

    def recorded() -> Any:
        (row,) = house.json("watches")
        return row["state"], row["next_at"] is None

    looks, paused_at = len(house.json("checks")), time.monotonic()
    house.tracker("pause", "ruritania", "--until", "3s")
    wait_for(lambda: recorded() == ("paused", True), 3)
    assert time.monotonic() - paused_at < 3
    wait_for(lambda: recorded() == ("active", False), 6)
    wait_for(lambda: len(house.json("checks")) > looks)  # due at once


def test_what_is_not_handed_over_is_refused_with_the_holders_name(running: Running) -> None:
    done = running.house.run("rebuild")

    assert done.returncode == 7
    assert f"Process {running.process.pid} is writing this store" in done.stderr


def test_ctrl_c_ends_the_waiting_and_not_the_work(running: Running) -> None:
    house, looks = running.house, len(running.house.json("checks"))
    gate = Gate(running.text())
    running.site.put("/ruritania", gate)
    checking = house.start("check")
    try:
        wait_for(lambda: gate.waiting)
        checking.send_signal(signal.SIGINT)
        _, told = checking.communicate(timeout=10)
    finally:
        gate.open()
    assert checking.returncode == 130
    assert "the running process goes on with it" in told and "Traceback" not in told
    wait_for(lambda: len(house.json("checks")) > looks)
    running.publish()


def test_a_page_is_not_looked_at_twice_at_a_time_nor_a_host_by_two(running: Running) -> None:
    house, site = running.house, running.site
    gate = Gate(as_html(edition(1)))
    site.put("/slow", gate)
    house.tracker("add", site.url("/slow"), "--profile", "slow")  # due at once: the process looks by itself
    wait_for(lambda: gate.waiting)
    asked = len(site.requests)

    twice = house.run("check", "slow")
    other = house.start("check", "ruritania")
    try:
        assert twice.returncode == 0
        assert "the running process was looking at it" in twice.stdout + twice.stderr
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(0.5)
        assert len(site.requests) == asked and gate.waiting == 1
    finally:
        gate.open()
    assert other.wait(10) == 0
    other.communicate()
    house.tracker("rm", "slow")


# ---------------------------------------------------------------- those that end it


def test_the_end_of_the_process_ends_what_it_took_over(running: Running) -> None:
    gate = Gate("never")
    running.site.put("/ruritania", gate)
    checking = running.house.start("check")
    wait_for(lambda: gate.waiting)

    running.stop()
    _, told = checking.communicate(timeout=10)

    assert checking.returncode == 130, told
    assert "Stopped after 0 looks" in told
    assert not running.socket.exists()


def test_what_a_killed_process_left_is_in_nobodys_way(running: Running) -> None:
    house = running.house
    running.edit()
    running.process = running.start()
    os.kill(running.process.pid, signal.SIGKILL)
    running.process.communicate()
    assert running.socket.exists()

    assert "changed" in house.tracker("check")

    lock = ProcessLock(house.root / "snapshots" / "log.db")  # of one that takes no commands
    try:
        done = house.run("check")
    finally:
        lock.release()
    assert done.returncode == 7 and f"Process {os.getpid()}" in done.stderr
    running.process = running.start()
    assert "unchanged" in house.tracker("check")
