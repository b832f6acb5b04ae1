"""A store, its receivers, and what must be so of both, however often the process between them was killed.

Receivers answer 503 to a tenth, and lose an answer now and then: they take the message and hang up without a word.
"""

import hashlib
import json
import multiprocessing
import random
import re
import signal
import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from tests.notify.channels.mail_server import MailServer, _Handler
from tests.notify.killing import LANDS, START, Fault, Life, acknowledged_in, live
from tests.notify.lands import WORDS, see, watch
from tests.publisher import Answer, Receiver, Request, hang_up, status
from tracker.events.deliveries import Delivery
from tracker.notify.subscriptions import load
from tracker.store import Store, create, open_store
from tracker.store.tables import VIEWS

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["tests.notify.killing", *(f"tracker.notify.channels.{name}" for name in ("posting", "smtp"))]
)
BUSY, LOST = 0.10, 0.03  # of all tries: answered 503, taken and not answered

# Each channel is told by one subscription, so that a change has one message on it at most. Folded: what is not high
# may become one message with others. Rates that are no limit: it is not they that are tried here.
_RULES = """
[channels.hook]
kind = "webhook"
url = "{hook}"
[channels.room]
kind = "matrix"
homeserver = "{room}"
room = "!hall:strelsau.example"
token = "env:TOKEN"
[channels.chat]
kind = "slack"
url = "{chat}"
[channels.post]
kind = "email"
server = "{post}"
security = "none"
from = "tracker@strelsau.example"
to = ["desk@strelsau.example"]
[channels.grouped]
kind = "webhook"
url = "{grouped}"
[channels.daily]
kind = "webhook"
url = "{daily}"
[channels.file]
kind = "jsonl"
path = "alerts.jsonl"

[intervals.nights]
days = ["mon-sun"]
from = "20:00"
to = "02:00"

[storm]
over = 12
[[subscriptions]]
id = "now"
to = ["hook", "room", "file"]
[[subscriptions]]
id = "grouped"
send = [{{ to = "grouped", group_by = ["profile"], wait = "1s", interval = "2h" }}]
[[subscriptions]]
id = "nightly"
send = [{{ to = "chat", quiet = "nights" }}, {{ to = "daily", when = "daily 07:30" }}, {{ to = "post", wait = "1s" }}]
"""
DECISIONS = ("delivery.composed", "alerts.dropped")
CHANNELS = ("hook", "room", "chat", "post", "grouped", "daily", "file")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message at a receiver. id: what it calls itself, "" for what has no place for it. is_taken: or refused."""

    channel: str
    id: str
    body: bytes
    is_taken: bool


class Desk(Receiver):
    """Takes what a channel sends, most of the time. id_of: what a request calls itself."""

    def __init__(
        self, channel: str, story: "Story", ok: Answer, id_of: Callable[[Request], str] = lambda request: ""
    ) -> None:
        super().__init__()
        self._channel, self._story, self._ok, self._id_of = channel, story, ok, id_of

    def answer_to(self, request: Request) -> Answer:
        mood = self._story.mood()
        self._story.arrive(Arrival(self._channel, self._id_of(request), request.body, is_taken=mood != "busy"))
        return status(503) if mood == "busy" else hang_up() if mood == "lost" else self._ok


class MailDesk(MailServer):
    """The same for mail."""

    def __init__(self, story: "Story") -> None:
        super().__init__()
        self.story = story

    def _protocol(self) -> SMTP:
        return SMTP(_MailHandler(self), hostname="mail.tracker.example", loop=self._loop)


class _MailHandler(_Handler):
    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        story: Story = self._server.story  # type: ignore[attr-defined]  # of a MailDesk
        mood = story.mood()
        body = envelope.original_content
        named = re.search(rb"^Message-ID: <([^@>]+)@", body, re.MULTILINE)
        assert named is not None
        story.arrive(Arrival("post", named[1].decode(), body, is_taken=mood != "busy"))
        if mood == "lost":
            server.transport.abort()
        return "451 busy, come again" if mood == "busy" else "250 taken"


@dataclass
class Story:
    """A store and its receivers over the lives of its tracker. arrivals: all that came, in order."""

    root: Path
    seed: int
    fault: Fault | None = None
    rules: str = ""
    lives: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    arrivals: list[Arrival] = field(default_factory=list)
    is_well: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._moods = random.Random(-1 - self.seed)

    def mood(self) -> str:
        """How a receiver takes the next message."""
        with self._lock:
            drawn = 1.0 if self.is_well else self._moods.random()
        return "busy" if drawn < BUSY else "lost" if drawn < BUSY + LOST else "well"

    def arrive(self, arrival: Arrival) -> None:
        with self._lock:
            self.arrivals.append(arrival)

    def live(self, stage: str | None, nth: int) -> None:
        """A life that kills itself at the n-th coming of a stage; or, with no stage, that we kill after n ms."""
        process = self._begun(stage, nth)
        if stage is None:
            process.join(nth / 1000)
            process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL, f"{stage} {nth}: {process.exitcode}"
        self.kills[stage or "any instant"] += 1

    def end(self) -> None:
        """The receivers come to rest, and one more life brings everything to its end."""
        self.is_well = True
        process = self._begun(None, 0, is_last=True)
        process.join()
        assert process.exitcode == 0

    def _begun(self, stage: str | None, nth: int, *, is_last: bool = False) -> ForkServerProcess:
        self.lives += 1
        life = Life(self.root, self.lives, self.seed, self.rules, stage, nth, is_last=is_last, fault=self.fault)
        process = PROCESSES.Process(target=live, args=(life,))
        process.start()
        return process


@contextmanager
def begun(root: Path, seed: int, fault: Fault | None = None) -> Iterator[Story]:
    """A store that knows all pages, and its receivers."""
    story = Story(root, seed, fault)
    with ExitStack() as open_:
        taken, posted = status(204), status(200, "ok")
        event = '{"event_id":"$1"}'
        in_room = status(200, event)
        desks = {
            "hook": Desk("hook", story, taken, lambda r: r.headers["webhook-id"]),
            "grouped": Desk("grouped", story, taken, lambda r: r.headers["webhook-id"]),
            "daily": Desk("daily", story, taken, lambda r: r.headers["webhook-id"]),
            "chat": Desk("chat", story, posted),
            "room": Desk("room", story, in_room, lambda r: r.path.rpartition("/")[2]),
        }
        for desk in desks.values():
            open_.enter_context(desk)
        mail = open_.enter_context(MailDesk(story))
        urls = {name: desk.url("/in" if name != "room" else "") for name, desk in desks.items()}
        unlimited = re.sub(r'(?m)^(kind = ".*")$', r"\1\nper_minute = 90000", _RULES)
        story.rules = unlimited.format(**urls, post=f"127.0.0.1:{mail.port}")
        create(root / "log.db")
        rules = load(story.rules, "subscriptions.toml")
        with open_store(root / "log.db", write=True, now=lambda: START) as store:
            watch(store, LANDS)
            for land in LANDS:
                see(store, land, [WORDS], START, rules)
        yield story


# ---------------------------------------------------------------- what must be so


def faults(story: Story) -> Iterator[str]:
    """What is wrong with the record and with what the receivers heard, a line each."""
    with open_store(story.root / "log.db", write=True) as store:
        yield from (f"not as recorded: {f.where}: {f.what}" for f in store.verify().findings)
        yield from _faults_of_record(store, story)
        deliveries = {d.id: d for d in store.deliveries()}
        yield from faults_of_arrivals(story, deliveries)
        yield from _faults_of_file(story, deliveries)
        lived = view_rows(story.root / "log.db")
        store.rebuild()
        if (again := view_rows(story.root / "log.db")) != lived:
            yield f"views differ from a rebuild: {[name for name in lived if lived[name] != again[name]]}"


def _faults_of_record(store: Store, story: Story) -> Iterator[str]:
    """Each change owes an alert to every channel; each alert is in one message, or let go with a reason that holds."""
    changes = {c.id: c for c in store.changes(newest_first=False) if c.cause != "first_record"}
    if lost := set(acknowledged_in(story.root)) - set(changes):
        yield f"acknowledged and lost: {sorted(lost)}"
    alerts = {a.id: a for id in changes for a in store.alerts_for(id)}
    owed = Counter((a.change, a.channel) for a in alerts.values())
    if owed != Counter((id, channel) for id in changes for channel in CHANNELS):
        yield "what is owed is not what changed"
    if store.held() or store.pending():
        yield f"still waiting: {len(store.held())} alerts, {store.pending()} messages"
    composed, dropped = ([e.payload["alerts"] for e in store.events(types=(type,))] for type in DECISIONS)  # type: ignore[attr-defined]
    decided = Counter(id for ids in (*composed, *dropped) for id in ids)
    if decided != (once := Counter(alerts.keys())):
        yield f"decided twice, or never: {sorted((decided - once) + (once - decided))}"
    for ids in dropped:
        gone = [alerts[id] for id in ids if id in alerts]
        if Counter(a.from_norm for a in gone) != Counter(a.to_norm for a in gone):
            yield f"let go, but not changed back: {[a.id for a in gone]}"


def faults_of_arrivals(story: Story, deliveries: Mapping[str, Delivery]) -> Iterator[str]:
    """Each message came, under one id, in the bytes that were recorded, and in its profile's order."""
    by_body = {d.body_sha256: d.id for d in deliveries.values()}
    bodies: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    came: dict[str, list[Delivery]] = defaultdict(list)
    taken: set[str] = set()
    for one in story.arrivals:
        id = one.id or by_body.get(hashlib.sha256(one.body).hexdigest(), "")
        if id not in deliveries or deliveries[id].channel != one.channel:
            yield f"{one.channel} heard what nobody owed it: {one.id or one.body[:80]!r}"
            continue
        bodies[one.channel, id].add(one.body)
        came[one.channel].append(deliveries[id])
        taken |= {id} if one.is_taken else set()
    for (channel, id), forms in bodies.items():
        if len(forms) > 1:
            yield f"{channel} heard {id} in {len(forms)} forms"
        elif {hashlib.sha256(form).hexdigest() for form in forms} != {deliveries[id].body_sha256}:
            yield f"{channel} heard {id} in bytes that are not those recorded"
    over_a_wire = {id for id, d in deliveries.items() if d.channel != "file"}
    if lost := over_a_wire - taken:
        yield f"lost: {len(lost)} of {len(over_a_wire)}: {sorted(lost)[:3]}"
    if waiting := [d.id for d in deliveries.values() if d.state != "sent"]:
        yield f"not sent: {waiting}"
    for channel, heard in came.items():
        for profile in {d.profile for d in heard}:
            order = [(d.position, d.id) for d in heard if d.profile == profile]
            first = [one for one, _ in groupby(order)]
            if first != sorted(set(order)):
                yield f"{channel} heard of {profile or 'several'} out of order"
    yield from _faults_of_changes(story)


def _faults_of_changes(story: Story) -> Iterator[str]:
    """By the messages alone: no change is told on a channel under two ids."""
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in story.arrivals:
        if one.channel in ("hook", "grouped", "daily"):
            data = json.loads(one.body)["data"]
            for change in data["ids"] if "ids" in data else (data["id"],):
                told[one.channel, change].add(one.id)
    for (channel, change), ids in told.items():
        if len(ids) > 1:
            yield f"{channel} heard of {change} under {len(ids)} ids"


def _faults_of_file(story: Story, deliveries: Mapping[str, Delivery]) -> Iterator[str]:
    """A file has every message once, whatever happened while it was written."""
    lines = [json.loads(line)["delivery"] for line in (story.root / "alerts.jsonl").read_bytes().splitlines()]
    if Counter(lines) != Counter(id for id, d in deliveries.items() if d.channel == "file"):
        yield "the file has a message twice, or not at all"


def view_rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all views."""
    connection = sqlite3.connect(file)
    found = {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in VIEWS}
    connection.close()
    return found
