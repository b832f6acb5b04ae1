"""What the command line promises whoever scripts it: bounds, endings, and output that goes nowhere."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.house import House
from tests.publisher import Publisher, stall
from tracker.cli.demo.rendered import as_html
from tracker.cli.demo.ruritania import edition


@pytest.fixture
def site() -> Iterator[Publisher]:
    with Publisher() as publisher:
        publisher.page("/ruritania", as_html(edition(1)))
        yield publisher


@pytest.fixture
def house(tmp_path: Path, site: Publisher) -> House:
    place = House(tmp_path)
    place.tracker("add", site.url("/ruritania"), "--profile", "ruritania")
    return place


@pytest.mark.parametrize("every", ["99999999999999d", "9000000d", "367d", "59s", "soon", "1.5h"])
def test_an_interval_that_no_calendar_holds_is_refused_and_nothing_is_written(
    house: House, site: Publisher, every: str
) -> None:
    before = (house.root / "config" / "watches.toml").read_text()

    house.tracker("add", site.url("/other"), "--every", every, code=2)

    assert (house.root / "config" / "watches.toml").read_text() == before


def test_a_wait_that_no_calendar_holds_is_refused(house: House) -> None:
    house.tracker("deliver", "--wait", "99999999999d", code=2)


@pytest.mark.parametrize(
    "args",
    [
        ("subs", "simulate", "--since", "999999999d"),
        ("subs", "simulate", "--since", "0001-01-01T00:00:00+14:00"),
        ("deliveries", "list", "--since", "999999999d"),
        ("deliveries", "replay", "--since", "9999999999999d"),
        ("log", "--since", "0001-01-01T00:00:00+14:00"),
        ("log", "--since", "999999999d"),
        ("pause", "ruritania", "--until", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_an_instant_that_no_calendar_holds_is_refused(house: House, args: tuple[str, ...]) -> None:
    house.tracker(*args, code=2)


def test_the_first_day_of_all_is_a_day(house: House) -> None:
    house.tracker("check")

    assert len(house.json("log", "--since", "0001-01-01")) == 4


@pytest.mark.proof
def test_beside_a_stopped_process_a_command_says_so_and_can_be_ended(house: House) -> None:
    house.tracker("check")
    change = house.json("log", "--limit", "1")[0]["id"]
    place = house.root / "snapshots" / "run.sock"
    running, until = house.start("run"), time.monotonic() + 20
    try:
        while not place.exists():
            assert time.monotonic() < until and running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGSTOP)
        asking = house.start("dispute", change, "--reason", "no")
        with pytest.raises(subprocess.TimeoutExpired) as silence:
            asking.communicate(timeout=3.5)
        asking.send_signal(signal.SIGINT)
        _, told = asking.communicate(timeout=10)
        running.send_signal(signal.SIGCONT)
        house.tracker("deliver")  # is carried out by the running process, after what was said to it before
        running.terminate()
        running.communicate(timeout=20)
    finally:
        running.kill()

    assert f"(pid {running.pid}) has not answered yet" in (silence.value.stderr or b"").decode()
    assert asking.returncode == 130 and "had not begun it, and will not" in told
    assert "dispute" not in house.json("log", "--limit", "1")[0]


def test_without_the_list_of_watches_nothing_is_taken_to_be_removed(house: House) -> None:
    house.tracker("check")
    (house.root / "config" / "watches.toml").rename(house.root / "elsewhere.toml")

    assert house.run("check").returncode == 2

    (house.root / "elsewhere.toml").rename(house.root / "config" / "watches.toml")
    house.tracker("check")
    assert [c["outcome"] for c in house.json("checks")] == ["unchanged", "changed"]


def test_a_change_alone_is_what_it_changed(house: House, site: Publisher) -> None:
    house.tracker("check")
    for number in (2, 3):
        site.page("/ruritania", as_html(edition(number)))
        house.tracker("check")
    newest, older = house.json("log", "--cause", "content")

    compared = house.json("diff", "ruritania/cluster-munition-ban-policy", older["id"])

    assert [e["kind"] for e in compared["edits"]] == ["replaced"]
    assert [e["kind"] for e in newest["edits"]] == ["note_added"]


@pytest.mark.parametrize(
    "args", [("log", "--cause", "contnet"), ("checks", "--limit", "0"), ("log", "--limit", "-1"), ("wathces",)]
)
def test_what_cannot_be_meant_is_a_usage_error(house: House, args: tuple[str, ...]) -> None:
    house.tracker(*args, code=2)


@pytest.mark.parametrize(("to", "code"), [("/dev/full", 2), (None, 0)], ids=["a full disk", "nowhere"])
def test_output_that_cannot_be_written_is_no_traceback(house: House, to: str | None, code: int) -> None:
    house.tracker("check")
    shell = f'"{sys.executable}" -m tracker log --json ' + (f"> {to}" if to else ">&-")

    done = subprocess.run(shell, shell=True, cwd=house.root, env=house.env, capture_output=True, text=True, timeout=60)

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error(house: House) -> None:
    house.tracker("check")
    shell = f'"{sys.executable}" -m tracker show ruritania/impact | head -1; echo "${{PIPESTATUS[0]}}"'

    done = subprocess.run(
        ["bash", "-c", shell], cwd=house.root, env=house.env, capture_output=True, text=True, timeout=60
    )

    assert done.stdout.split("\n")[-2] == "0", done.stderr
    assert "Traceback" not in done.stderr and "Broken pipe" not in done.stderr


def test_a_check_that_is_stopped_says_so_and_keeps_what_it_saw(house: House, site: Publisher) -> None:
    site.put("/slow", stall())
    house.tracker("add", site.url("/slow"), "--profile", "slow")
    checking = house.start("check")
    assert site.wait_until(lambda: bool(site.asked("/slow")), 30)

    checking.send_signal(2)
    _, told = checking.communicate(timeout=20)  # a fetch may take 60 s: it is given up

    assert checking.returncode == 130, told
    assert "Traceback" not in told
    assert "ruritania/impact" in house.tracker("log", "--cause", "first_record")
    assert [c["watch"] for c in house.json("checks")] == ["ruritania"]  # what was given up is no failure


def test_a_store_elsewhere_is_made_and_used_there(tmp_path: Path, site: Publisher) -> None:
    elsewhere = tmp_path / "vault" / "log.db"
    house = House(tmp_path / "house", env={"TRACKER__STORE__URL": f"sqlite:///{elsewhere}"})
    house.tracker("add", site.url("/ruritania"), "--profile", "ruritania")

    house.tracker("check")

    assert elsewhere.exists()
    assert not (house.root / "snapshots" / "log.db").exists()
    assert len(house.json("log")) == 4


def test_a_running_tracker_stops_though_a_server_says_nothing(house: House, site: Publisher) -> None:
    site.put("/slow", stall())
    house.tracker("add", site.url("/slow"), "--profile", "slow")
    running = house.start("run", env={"TRACKER__WATCH__TICK_S": "0.2"})
    assert site.wait_until(lambda: bool(site.asked("/slow")), 30)

    running.terminate()
    _, told = running.communicate(timeout=20)

    assert running.returncode == 0, told
    assert "slow" not in {c["watch"] for c in house.json("checks")}
    assert house.json("verify")["ok"]
