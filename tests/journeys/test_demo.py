"""The demo does what it says, and the store that it leaves can be tried as it says."""

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from tests.journeys.house import House


def test_the_demo_verifies_four_webhooks_reports_nothing_else_and_leaves_a_store_to_try(tmp_path: Path) -> None:
    began = time.monotonic()
    done = run(tmp_path, "demo")

    assert (done.returncode, done.stderr) == (0, "")
    told = done.stdout
    assert time.monotonic() - began < 60
    steps = told.split("\n\n")[1:8]
    assert [step[:2] for step in steps] == [f"{n}." for n in range(1, 8)]
    assert [step.count("signature verified") for step in steps] == [0, 1, 1, 1, 1, 0, 0]
    assert "BAD" not in told
    for edition, kind in zip(steps[1:5], ("replaced", "note added", "moved", "cell changed"), strict=True):
        assert kind in edition
    assert "not reported: renumbered" in steps[2]
    assert "unchanged" in steps[5]
    assert "view counter inside the content is dropped by a rule of publishers/monitor.toml: (?i)" in steps[5]
    assert "failed (http_status: HTTP 500)" in steps[6]

    there, *commands = [shlex.split(line) for line in told.split("Try the store that it leaves:\n")[1].splitlines()]
    assert there == ["cd", "demo"]
    assert len(commands) >= 5
    demo = House(tmp_path / "demo")  # everything is there already: nothing is made
    demo.env = plain_environment()
    for program, *args in commands:
        assert program == "tracker"
        assert demo.tracker(*args)


def test_the_demo_is_made_anew_but_writes_over_no_folder_of_somebody_else(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("Dear Flavia")

    done = run(tmp_path, "demo", "mine")

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 3
    assert [p.name for p in mine.iterdir()] == ["letter.txt"]


def run(folder: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    """Run `tracker ARGS` in a folder."""
    command = [sys.executable, "-m", "tracker", *args]
    return subprocess.run(
        command, cwd=folder, env=plain_environment(), capture_output=True, text=True, timeout=120, check=False
    )


def plain_environment() -> dict[str, str]:
    """Ours, without any setting of a tracker's."""
    return {k: v for k, v in os.environ.items() if not k.startswith("TRACKER__")}
