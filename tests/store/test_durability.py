"""What was acknowledged is there, whatever happened to the process or its disk. Real processes, really killed."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.builder import plain
from tracker.store import create, open_store

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path):
    return create(tmp_path / "log.db")


def _appender(file, *how):
    command = [sys.executable, "-m", "tests.store.appender", str(file), *map(str, how)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _told(process):
    out, err = process.communicate(timeout=60)
    return out.decode().splitlines(), err.decode()


def _lost(file, acknowledged):
    """Which of the acknowledged numbers are not in the store; the rest of it must be in order."""
    with open_store(file, write=True) as store:
        recorded = [e.payload["n"] for e in store.events()]
        assert recorded == list(range(1, len(recorded) + 1))
        assert store.verify().ok
        store.append((plain(0, stream="after"),), key="after/" + os.urandom(4).hex())
    return sorted(set(acknowledged) - set(recorded))


def test_kill_9_at_any_instant_loses_nothing_that_was_acknowledged(file):
    """One store, killed twice at a random instant of its appending."""
    chance = random.Random(20260101)
    acknowledged: list[int] = []
    for _ in range(2):
        process = _appender(file, "honest")
        acknowledged += [int(process.stdout.readline()) for _ in range(chance.randrange(1, 120))]
        os.kill(process.pid, signal.SIGKILL)
        told, _ = _told(process)
        acknowledged += map(int, told)
        assert process.returncode == -signal.SIGKILL

    assert _lost(file, acknowledged) == []


@pytest.mark.parametrize(("stage", "stored"), [("before_commit", 4), ("after_commit", 5)])
def test_killed_around_a_commit_the_append_is_there_whole_or_not_at_all(file, stage, stored):
    process = _appender(file, stage, 5)
    told, _ = _told(process)

    assert process.returncode == -signal.SIGKILL
    assert told == ["1", "2", "3", "4"]
    assert _lost(file, [1, 2, 3, 4]) == []
    with open_store(file, write=True) as store:
        assert store.stream_version("test/a") == stored
        # Whoever does not know what became of it asks again with the same key.
        store.append((plain(5, size=200),), key="n/5", bodies=(b"",))
        assert store.stream_version("test/a") == 5


def test_an_answer_before_the_commit_would_lose_what_it_acknowledged(file):
    """The negative control: it shows that the test above can fail."""
    told, _ = _told(_appender(file, "early", 5))

    assert told == ["1", "2", "3", "4", "5"]
    assert _lost(file, [int(line) for line in told]) == [5]


def test_a_full_disk_refuses_the_append_says_so_and_goes_on_when_there_is_room(file):
    told, err = _told(_appender(file, "full", 600_000))

    acknowledged = [int(line) for line in told if line.isdigit()]
    refused = [line for line in told if line.startswith("full:")]
    assert err == ""
    assert len(refused) == 2
    assert "no room" in refused[0]
    assert "Make room" in refused[0]
    assert f"read: {acknowledged[-2]}" in told
    assert acknowledged == list(range(1, acknowledged[-1] + 1))
    assert _lost(file, acknowledged) == []
