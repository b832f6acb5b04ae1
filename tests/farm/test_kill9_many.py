"""Killed at two hundred points of rounds of two hundred edits: nothing is lost, nothing is told twice under two ids.

The lives, the edited pages and what must be so are those of tests/journeys/test_kill9.py; here there are many pages, on
many hosts, and each round finds most of them edited.
"""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.killed import STAGES
from tests.journeys.test_kill9 import _SETTINGS, EditedPage, Story, faults
from tests.publisher import Publisher, Receiver, hang_up, status
from tracker import settings
from tracker.events.looks import Watch
from tracker.notify.configure import add_channel, add_subscription
from tracker.store import create
from tracker.watch import configured

PAGES, HOSTS = 200, 8
BY_STAGE, BY_CHANCE = 16, 100  # kills: so many at each stage, and so many at any instant
# How often a life comes to a stage in a second or two: a lease is of many deliveries.
MOST = dict.fromkeys(STAGES, 40) | {"compose": 2, "lease": 2, "attempt": 20, "mark_sent": 20}


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    chance = random.Random(20261128)
    settings.init(tmp_path)
    config = tmp_path / "config"
    (config / "tracker.toml").write_text(_SETTINGS)
    create(tmp_path / "snapshots" / "log.db")
    with Publisher("0.0.0.0") as site, Receiver() as desk:
        pages = {f"land-{n}": EditedPage(f"land-{n}", random.Random(chance.random())) for n in range(PAGES)}
        for n, (name, edited) in enumerate(pages.items()):
            edited.is_edited = False  # until it is known: what changes between its first two looks changes of itself
            site.put(f"/{name}", edited)
            url = site.url(f"/{name}", host=f"127.9.0.{n % HOSTS + 1}")
            watch = Watch(name=name, url=url, profile=name, publisher="monitor")
            configured.add(config / "watches.toml", watch, every=None)
        add_channel(config / "subscriptions.toml", "desk", "webhook", desk.url("/desk"))
        add_subscription(config / "subscriptions.toml", "everything", ("desk",))
        told = Story(tmp_path, pages, desk, channels=("desk",))
        told.end()
        for edited in pages.values():
            edited.is_edited = True
        desk.script(*chance.choices((status(204), status(500), hang_up()), weights=(8, 1, 1), k=100_000))
        yield told


def restarted_s(root: Path) -> tuple[float, float]:
    """What `tracker run` takes from its start, imports and recovery included, until it says that it runs: seconds by
    the wall, and seconds of CPU, which say the same on a machine that does nothing else.
    """
    begun = time.monotonic()
    command = [sys.executable, "-m", "tracker", "run"]
    with subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as running:
        assert running.stderr is not None
        line = running.stderr.readline()
        took_s = time.monotonic() - begun
        running.kill()
        _, _, used = os.wait4(running.pid, 0)
    assert line.startswith("running: "), line
    return took_s, used.ru_utime + used.ru_stime


@pytest.mark.farm
def test_killed_at_two_hundred_points_of_rounds_of_two_hundred_edits_nothing_is_lost(story: Story) -> None:
    chance = random.Random(5)
    points: list[tuple[str | None, int]] = [(s, chance.randint(1, MOST[s])) for s in STAGES for _ in range(BY_STAGE)]
    points += [(None, chance.randint(1, 100)) for _ in range(BY_CHANCE)]
    chance.shuffle(points)
    starts: list[tuple[float, float]] = []
    for n, (stage, nth) in enumerate(points):
        story.live(stage, nth)
        if n % 40 == 20:
            starts.append(restarted_s(story.root))
    story.end(most_s=200)

    print(f"{len(points)} kills, {len(story.acknowledged)} facts acknowledged, {len(story.desk.received)} tries")
    print(f"restarts took {', '.join(f'{wall:.2f} s ({cpu:.2f} s CPU)' for wall, cpu in starts)}")
    assert story.kills == dict.fromkeys(STAGES, BY_STAGE)
    assert len(points) >= 200
    assert faults(story) == []
