"""Killed at any instant, nothing that was acknowledged is lost, and nobody is told one thing under two ids.

Real processes, really killed, over real HTTP; the pages are edited all the time and the receiver fails now and then.
The last test is the control: an answer that comes before the commit is found out by the same checker.
"""

import json
import multiprocessing
import random
import re
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.journeys.killed import STAGES, Life, fact, live
from tests.publisher import Publisher, Receiver, Request, Wire, hang_up, page, status
from tracker import settings
from tracker.document.canonical import canonical_text
from tracker.events.bodies import watch_stream
from tracker.events.looks import Watch
from tracker.notify.configure import add_channel, add_subscription
from tracker.store import Store, create, open_store
from tracker.watch import configured

COUNTRIES = ("ruritania", "graustark", "syldavia")
CHANNELS = ("desk", "press")
MOST = {"compose": 4}
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.journeys.killed", "tracker.notify.channels.webhook", "tracker.extract.html"])
_SETTINGS = """\
[fetch]
allow_addresses = ["127.0.0.0/8"]
host_delay_s = 0
total_s = 10
look_twice = false  # what changes at each request would be taken for a counter

[notify]
allow_addresses = ["127.0.0.0/8"]
timeout_s = 5
"""


class EditedPage:
    """A profile of two chapters that its editors cannot leave alone: most answers are followed by the next edition.

    Edition n says n in one chapter and n // 2 in the other, so every second edit is of both. known: the editions that
    the tracker said it has, by asking for what is newer.
    """

    def __init__(self, country: str, chance: random.Random) -> None:
        self.country, self._chance = country, chance
        self._lock = threading.Lock()
        self._edition = 0
        self.served: list[int] = []
        self.known: set[int] = set()
        self.is_edited = True

    def __call__(self, request: Request, wire: Wire) -> None:
        with self._lock:
            edition = self._edition
            known = request.headers.get("if-none-match", "").strip('"')
            if known:
                self.known.add(int(known))
            if known != str(edition):
                self.served.append(edition)
            page(self._html(edition), etag=f'"{edition}"')(request, wire)
            if self.is_edited and self._chance.random() < 0.7:
                self._edition += 1

    def _html(self, edition: int) -> str:
        return f"""<!DOCTYPE html><html><body><main><h1>{self.country.title()}</h1>
        <h2>Impact</h2><p>Last updated: 9 February 2023</p>
        <p>By count number {edition // 2} of the ministry, the hills above the river are not yet cleared.</p>
        <p>Shepherds of the eastern border avoid the old fort, and keep their flocks to the valley road.</p>
        <h2>Mine Ban Policy</h2><p>Last updated: 28 September 2024</p>
        <p>The kingdom has not acceded to the treaty, but says that it shares its aims.</p>
        <p>In letter number {edition} to the meeting, the Chancellor promised a report on clearance.</p>
        </main></body></html>"""


@dataclass
class Story:
    """A house, its publisher and its receiver, and all that was told over the lives of its tracker."""

    root: Path
    pages: dict[str, EditedPage]
    desk: Receiver
    channels: tuple[str, ...] = CHANNELS
    lives: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: list[tuple[str, ...]] = field(default_factory=list)

    def live(self, stage: str | None, nth: int, *, is_early: bool = False) -> None:
        """A life that kills itself at the n-th coming of a stage; or, with no stage, that we kill after n words."""
        process, words = self._begun(stage, nth, is_early=is_early)
        for n, word in enumerate(words, start=1):  # noqa: B007  the last word is looked at below
            if stage is None and n == nth:
                process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL, f"{stage} {nth}: {process.exitcode}"
        if stage is not None:
            assert word == {"killed": stage}
            self.kills[stage] += 1

    def end(self, most_s: int = 60) -> None:
        """The editors and the receiver come to rest, and one more life brings everything to its end."""
        for edited in self.pages.values():
            edited.is_edited = False
        self.desk.script(status(204))
        process, words = self._begun(None, 0, is_last=True, most_s=most_s)
        list(words)
        process.join()
        assert process.exitcode == 0

    def _begun(self, stage: str | None, nth: int, **how: int) -> tuple[BaseProcess, Iterator[dict[str, object]]]:
        self.lives += 1
        ours, theirs = _PROCESSES.Pipe(duplex=False)
        process = _PROCESSES.Process(target=live, args=(Life(self.root, self.lives, stage, nth, **how), theirs))
        process.start()
        theirs.close()

        def words() -> Iterator[dict[str, object]]:
            with suppress(EOFError):
                while True:
                    word = json.loads(ours.recv_bytes())
                    if "recorded" in word:
                        self.acknowledged.append(tuple(word["recorded"]))
                    yield word

        return process, words()


@pytest.fixture
def story(tmp_path: Path, chance: random.Random) -> Iterator[Story]:
    settings.init(tmp_path)
    config = tmp_path / "config"
    (config / "tracker.toml").write_text(_SETTINGS)
    create(tmp_path / "snapshots" / "log.db")
    # One site that is three hosts: their pages are looked at beside one another.
    with Publisher("0.0.0.0") as site, Receiver() as desk:
        pages = {country: EditedPage(country, random.Random(chance.random())) for country in COUNTRIES}
        for n, (country, edited) in enumerate(pages.items()):
            site.put(f"/{country}", edited)
            url = site.url(f"/{country}", host=f"127.0.0.{2 + n}")
            watch = Watch(name=country, url=url, profile=country, publisher="monitor")
            configured.add(config / "watches.toml", watch, every=None)
        for channel in CHANNELS:
            add_channel(config / "subscriptions.toml", channel, "webhook", desk.url(f"/{channel}"))
        add_subscription(config / "subscriptions.toml", "everything", CHANNELS)
        answers = (status(204), status(500), hang_up())
        desk.script(*chance.choices(answers, weights=(6, 2, 1), k=50_000))
        yield Story(tmp_path, pages, desk)


@pytest.fixture
def chance() -> random.Random:
    return random.Random(20261124)


# ---------------------------------------------------------------- what must be so, however often it was killed


def faults(story: Story) -> list[str]:
    """What is wrong with the record and with what the receiver heard, a line each: none, if all is well."""
    with open_store(story.root / "snapshots", write=False) as store:
        report = store.verify()
        found = [f"not as recorded: {f.where}: {f.what}" for f in report.findings]
        recorded = {fact(event) for event in store.events()}
        found += [f"acknowledged and lost: {one}" for one in story.acknowledged if one not in recorded]
        for edited in story.pages.values():
            found += _faults_of_history(store, edited)
        found += _faults_of_telling(store, story)
    return found


def _faults_of_history(store: Store, edited: EditedPage) -> Iterator[str]:
    """Each edition that was seen is a version of its own, in order, or was superseded by a later one."""
    versions, documents = {}, set()
    for chapter, word in (("mine-ban-policy", "letter"), ("impact", "count")):
        recorded = [v.document_sha256 or "" for v in store.versions(edited.country, chapter)]
        texts = [canonical_text(store.chapter_document(sha256)) for sha256 in recorded]
        versions[chapter] = [int(n) for text in texts for n in re.findall(rf"{word} number (\d+) ", text)]
        documents |= {(chapter, sha256) for sha256 in recorded}
    for chapter, numbers in versions.items():
        if numbers != sorted(set(numbers)):
            yield f"{edited.country}/{chapter} is not in order, or twice: {numbers}"
    letters, counts = versions["mine-ban-policy"], versions["impact"]
    if unrecorded := edited.known - set(letters):
        yield f"{edited.country}: asked for what is newer than {sorted(unrecorded)}, which is not recorded"
    if strangers := set(letters) - set(edited.served):
        yield f"{edited.country} holds editions that were never served: {sorted(strangers)}"
    if letters[-1:] != edited.served[-1:]:
        yield f"{edited.country} ends with {letters[-1:]}, its publisher with {edited.served[-1:]}"
    for snapshot in store.events(stream=watch_stream(edited.country), types=("snapshot.recorded",)):
        told = {(c["chapter"], c["document_sha256"]) for c in snapshot.payload["chapters"]}  # type: ignore[attr-defined]
        if told - documents:
            yield f"{edited.country} holds a snapshot without the change that it brought, at {snapshot.position}"
    if set(counts) != {edition // 2 for edition in letters}:
        yield f"{edited.country} holds half of an edition: {letters} {counts}"


def _faults_of_telling(store: Store, story: Story) -> Iterator[str]:
    """Each change that owes an alert was told, under one id, in the same bytes, in its profile's order."""
    changes = [c for c in store.changes(newest_first=False) if c.cause == "content"]
    owed = {(d.change, d.channel): d.id for d in store.deliveries()}
    if set(owed) != {(c.id, channel) for c in changes for channel in story.channels}:
        yield "what is owed is not what changed"
    if waiting := [d.id for d in store.deliveries() if d.state != "sent"]:
        yield f"not sent: {waiting}"
    ids: dict[tuple[str, str, str], set[str]] = {}
    bodies: dict[tuple[str, str], set[bytes]] = {}
    heard: dict[tuple[str, str], dict[str, None]] = {}  # ids in the order in which they came
    for request in story.desk.received:
        event = json.loads(request.body)
        said = (request.path, event["subject"], event["data"]["to"]["text_sha256"])
        ids.setdefault(said, set()).add(request.headers["webhook-id"])
        bodies.setdefault((request.path, request.headers["webhook-id"]), set()).add(request.body)
        to = (request.path, event["subject"].partition("/")[0])
        heard.setdefault(to, {}).setdefault(request.headers["webhook-id"])
    yield from (f"told under different ids: {said} {under}" for said, under in ids.items() if len(under) > 1)
    yield from (f"told in different bytes: {one}" for one, forms in bodies.items() if len(forms) > 1)
    for channel in story.channels:
        for profile in story.pages:
            due = [owed[c.id, channel] for c in changes if c.profile == profile and (c.id, channel) in owed]
            arrived = list(heard.get((f"/{channel}", profile), ()))
            if arrived != due:
                yield f"{channel} heard of {profile} {arrived}, in this order, and was owed {due}"


def drawn(chance: random.Random, times: int, most: int) -> list[tuple[str, int]]:
    """Kill points: each stage so many times, at its first to its `most`-th coming, in any order."""
    # What a pass makes owed is composed at once: few passes make anything.
    points = [(stage, chance.randint(1, min(most, MOST.get(stage, most)))) for stage in STAGES for _ in range(times)]
    return chance.sample(points, len(points))


# ---------------------------------------------------------------- the tests


def test_killed_at_every_stage_nothing_is_lost_and_nothing_is_told_twice(story: Story, chance: random.Random) -> None:
    for stage, nth in drawn(chance, times=3, most=6):
        story.live(stage, nth)
    story.end()

    assert story.kills == dict.fromkeys(STAGES, 3)
    assert len(story.acknowledged) > 50
    assert faults(story) == []


def test_an_answer_before_the_commit_is_found_out(story: Story) -> None:
    story.live("mark_sent", 2)
    story.live("before_commit", 2, is_early=True)
    story.end()

    told = faults(story)
    assert told
    assert all(fault.startswith("acknowledged and lost: ") for fault in told)


@pytest.mark.farm
@pytest.mark.parametrize("seed", range(2))
def test_killed_a_hundred_times_at_any_instant_nothing_is_lost_and_nothing_is_told_twice(
    story: Story, seed: int
) -> None:
    chance = random.Random(seed)
    points = [*drawn(chance, times=10, most=10), *((None, chance.randint(1, 150)) for _ in range(30))]
    for stage, nth in chance.sample(points, len(points)):
        story.live(stage, nth)
    story.end(most_s=240)  # thousands are owed by then

    assert story.kills == dict.fromkeys(STAGES, 10)
    assert faults(story) == []
