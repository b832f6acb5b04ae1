"""How soon a change is told, and how fast what is owed goes out: real receivers in a process of their own.

    .venv/bin/python -m bench telling

Times are the receiver's clock less the instant that the record gives the change or message. Believe ratios: the
machine is shared, and turns of what is compared alternate.
"""

import asyncio
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from multiprocessing.connection import Connection
from pathlib import Path

from tests.notify import lands
from tests.publisher import Publisher
from tracker import clock
from tracker import settings as settings_module
from tracker.cli.demo.rendered import as_html
from tracker.cli.demo.ruritania import edition
from tracker.events.deliveries import AlertRecord, Composed
from tracker.extract.publishers import Publishers
from tracker.fetch.address import WEBHOOK_PORTS, AddressGuard
from tracker.fetch.transport import guarded_client
from tracker.notify.channels import Surroundings
from tracker.notify.deliver import deliver
from tracker.notify.storm import is_folded
from tracker.notify.subscriptions import Subscriptions, load
from tracker.store import Store, create, open_store
from tracker.watch import configured
from tracker.watch.once import Parts, one_round

PAGES = 48
EDITED_EVERY_S = 0.53  # so that edits fall at every moment of a tick
CHANNELS = 10
ROUNDS = 120  # messages to each of the ten channels in one turn
ROUND_EVERY_S = 0.1
TURNS = 4  # of each of the two that are compared
PROFILES = 1_000
OWED = 10_000
ONE_PROFILE = 1_000  # messages of one profile to one channel, which go one after the other
BARE = 500
TIMEOUT_S = 15.0
Row = tuple[str, str, str]
_PROCESSES = multiprocessing.get_context("spawn")


# ---------------------------------------------------------------- receivers


@dataclass(frozen=True, slots=True)
class Came:
    """A message as it came. at: seconds of the wall clock when its head was read."""

    port: int
    id: str
    at: float


class _Post(asyncio.Protocol):
    """Takes one POST a connection; says 204, or nothing for ever."""

    def __init__(self, port: int, came: list[Came], *, is_dead: bool) -> None:
        self._port, self._came, self._is_dead = port, came, is_dead
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        top, found, body = self._data.partition(b"\r\n\r\n")
        if not found:
            return
        fields = dict(line.lower().split(b": ", 1) for line in top.split(b"\r\n")[1:])
        if len(body) < int(fields[b"content-length"]) or self._is_dead:
            return
        self._came.append(Came(self._port, fields[b"webhook-id"].decode(), time.time()))
        self._data = b""
        self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


def _receive(wire: Connection, live: int, dead: int) -> None:
    """The process: tells its ports, then all that came since the last time whenever it is asked."""
    came: list[Came] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        ports: list[int] = []
        for n in range(live + dead):
            made: list[int] = []

            def post(made: list[int] = made, is_dead: bool = n >= live) -> _Post:
                return _Post(made[0], came, is_dead=is_dead)

            server = await loop.create_server(post, "127.0.0.1", 0, backlog=512)
            made.append(server.sockets[0].getsockname()[1])
            ports += made
        wire.send(ports)
        while await loop.run_in_executor(None, wire.recv):
            taken = came[:]
            del came[: len(taken)]
            wire.send(taken)

    asyncio.run(serve())


@dataclass(frozen=True, slots=True)
class Receivers:
    """ports: those that answer, then those that never do."""

    ports: tuple[int, ...]
    wire: Connection

    def came(self) -> tuple[Came, ...]:
        """All that came since the last time."""
        self.wire.send(True)
        return tuple(self.wire.recv())


@contextmanager
def receivers(live: int, dead: int = 0) -> Iterator[Receivers]:
    """So many receivers, in one process that is not this one."""
    ours, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_receive, args=(theirs, live, dead), daemon=True)
    process.start()
    try:
        yield Receivers(tuple(ours.recv()), ours)
    finally:
        ours.send(False)
        process.join()


def rules(ports: Sequence[int], *, also: int = 0) -> Subscriptions:
    """A channel a port, and one subscription of everything to all of them. also: so many more of the same."""
    names = [f"desk-{n}" for n in range(len(ports))]
    text = "".join(
        f'[channels.{name}]\nkind = "webhook"\nurl = "http://127.0.0.1:{port}/hook"\n'
        for name, port in zip(names, ports, strict=True)
    )
    text += "".join(f'[[subscriptions]]\nid = "all-{n}"\nto = {names}\n' for n in range(1 + also))
    return load(text.replace("'", '"'), "subscriptions.toml")


WORLD = Surroundings(environ={}, base=Path("/nowhere"), allow=(ip_network("127.0.0.0/8"),), timeout_s=TIMEOUT_S)


def seen(store: Store, profiles: int) -> tuple[str, ...]:
    """Pages that were seen once, and nobody told."""
    names = tuple(f"land-{n:05}" for n in range(profiles))
    lands.watch(store, names)
    for name in names:
        lands.see(store, name, _said(name), clock.now(), Subscriptions())
    return names


def edit(store: Store, name: str, subscriptions: Subscriptions) -> None:
    """The page of a profile is edited and seen again: what is new is routed by the rules, and not told yet."""
    said = [*_said(name)[:-2], f"The council of {name} counted no duck by the river.", "It will count again."]
    lands.see(store, name, said, clock.now(), subscriptions)


def _said(name: str) -> list[str]:
    return [f"The council of {name} counted {n} ducks by the river {n}." for n in range(12)]


def owed(store: Store, alerts: Sequence[AlertRecord], profile: str | None = None) -> None:
    """A message an alert. profile: of all of them, in place of their own."""
    messages = [
        Composed(
            delivery=a.id,
            channel=a.channel,
            form="single",
            profile=a.profile if profile is None else profile,
            alerts=(a.id,),
        )
        for a in alerts
    ]
    store.compose(messages, at=clock.now())


# ---------------------------------------------------------------- a change is told


def prompt() -> list[Row]:
    """From the commit of a change to its webhook, with a real `tracker run` that finds the changes by itself."""
    with tempfile.TemporaryDirectory() as folder, Publisher("0.0.0.0") as site, receivers(1) as desk:
        root = Path(folder)
        settings_module.init(root)
        names = [f"w-{n}" for n in range(PAGES)]
        for name in names:
            site.page(f"/{name}", as_html(edition(1)))
        entries = [
            f'[[watches]]\nname = "{name}"\nurl = "http://127.0.9.{n + 1}:{site.port}/{name}"\n'
            f'profile = "land-{n}"\npublisher = "monitor"\n'
            for n, name in enumerate(names)
        ]
        (root / "config" / "watches.toml").write_text("\n".join(entries), encoding="utf-8")
        told = f'[channels.desk]\nkind = "webhook"\nurl = "http://127.0.0.1:{desk.ports[0]}/hook"\n'
        told += '[[subscriptions]]\nid = "all"\nto = ["desk"]\n'
        environ = {
            "TRACKER__FETCH__ALLOW_ADDRESSES": "127.0.0.0/8",
            "TRACKER__FETCH__HOST_DELAY_S": "0",
            "TRACKER__FETCH__LOOK_TWICE": "false",
            "TRACKER__NOTIFY__ALLOW_ADDRESSES": "127.0.0.0/8",
        }
        settings = settings_module.load(root, environ)
        watches = configured.read(root / "config" / "watches.toml")
        parts = Parts(settings=settings, watches=watches, subscriptions=Subscriptions(), publishers=Publishers())
        file = create(root / "snapshots" / "log.db")
        with open_store(file, write=True) as store:
            one_round(parts, store, names=names, only_due=False, stop=threading.Event(), told=lambda *_: None)
            begin = clock.now() + timedelta(seconds=4)
            for n, name in enumerate(names):
                store.set_due(name, begin + timedelta(seconds=EDITED_EVERY_S * n))
        (root / "config" / "subscriptions.toml").write_text(told, encoding="utf-8")
        for n, name in enumerate(names):
            # Every second one is of a salience that is told by itself; the others wait for looks under way to end.
            site.page(
                f"/{name}", as_html(edition(2)) if n % 2 else as_html(edition(1)).replace("No date is", "No day is")
            )
        command = [sys.executable, "-m", "tracker", "run"]
        environ |= dict(os.environ) | {"PYTHONPATH": str(Path(__file__).parents[1])}
        with (
            (root / "run.log").open("w") as log,
            subprocess.Popen(command, cwd=root, env=environ, stdout=log, stderr=log) as process,
        ):
            try:
                time.sleep(4 + EDITED_EVERY_S * PAGES + 4)
            finally:
                process.terminate()
        waits: dict[str, list[float]] = {"at once": [], "after its round": []}
        with open_store(file, write=False) as store:
            for came in desk.came():
                alert = store.alerts_of(came.id)[0]
                which = "after its round" if is_folded(alert.level) else "at once"
                waits[which].append(came.at - alert.recorded_at.timestamp())
        assert all(len(some) == PAGES // 2 for some in waits.values()), (root / "run.log").read_text()
    return [
        (f"tracker run: change committed → webhook received, told {which}", _told(some), "goal p50 100 ms")
        for which, some in waits.items()
    ]


def _told(waits: Sequence[float]) -> str:
    middle, late = _percentiles(waits)
    return f"p50 {middle * 1000:.0f} ms, p95 {late * 1000:.0f} ms, longest {max(waits) * 1000:.0f} ms of {len(waits)}"


# ---------------------------------------------------------------- beside a dead one


def _steadily(folder: str, ports: Sequence[int], rounds: int) -> None:
    """The process: a loop that is woken, and messages that come one after the other to every channel."""
    subscriptions = rules(ports)
    with open_store(create(Path(folder) / "log.db"), write=True) as store:
        names = seen(store, rounds)
        stop, wake = threading.Event(), threading.Event()
        loop = threading.Thread(
            target=deliver,
            args=(store, subscriptions, WORLD),
            kwargs={"until_empty": False, "stop": stop, "wake": wake, "is_woken": True},
        )
        loop.start()
        begin = time.monotonic()
        for n, name in enumerate(names):
            time.sleep(max(begin + n * ROUND_EVERY_S - time.monotonic(), 0))
            edit(store, name, subscriptions)
            wake.set()
        time.sleep(1)
        stop.set()
        wake.set()
        os._exit(0)  # not after the dead one's time


def beside_dead() -> list[Row]:
    """Nine live channels beside a dead one, and beside a live one."""
    found: dict[bool, list[float]] = {True: [], False: []}
    ratios: list[float] = []
    with receivers(CHANNELS, dead=1) as all_:
        for _ in range(TURNS):
            turn: dict[bool, list[float]] = {}
            for is_dead in (True, False):
                ports = [all_.ports[CHANNELS] if is_dead else all_.ports[0], *all_.ports[1:CHANNELS]]
                turn[is_dead] = _turn(ports, all_)
                found[is_dead] += turn[is_dead]
            ratios.append(_percentiles(turn[True])[1] / _percentiles(turn[False])[1])
    (dead, dead_late), (live, live_late) = (_percentiles(found[which]) for which in (True, False))
    told = f"p50 {dead * 1000:.0f} and {live * 1000:.0f} ms, p95 {dead_late * 1000:.0f} and {live_late * 1000:.0f} ms"
    also = f"goal: p95 within 10 %; it is {dead_late / live_late - 1:+.0%}, turn by turn "
    also += ", ".join(f"{ratio - 1:+.0%}" for ratio in ratios)
    return [("9 live channels beside a dead one, and beside a live one", told, also)]


def _turn(ports: Sequence[int], all_: Receivers) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        process = _PROCESSES.Process(target=_steadily, args=(folder, ports, ROUNDS))
        process.start()
        process.join()
        watched = set(ports[1:])
        came = [one for one in all_.came() if one.port in watched]
        with open_store(Path(folder) / "log.db", write=False) as store:
            since = {one.id: store.alerts_of(one.id)[0].recorded_at.timestamp() for one in came}
    assert len(came) == ROUNDS * len(watched), f"{len(came)} messages came"
    return [one.at - since[one.id] for one in came]


# ---------------------------------------------------------------- much is owed


def backlog() -> list[Row]:
    """10,000 deliveries owed, to many channels and to one; and many of one profile."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, receivers(CHANNELS) as desk:
        many, one = rules(desk.ports), rules(desk.ports[:1], also=9)
        for what, subscriptions, count, profile in (
            (f"{OWED:,} owed to {CHANNELS} channels", many, OWED, None),
            (f"{OWED:,} owed to one channel", one, OWED, None),
            (f"{ONE_PROFILE:,} owed to one channel, of one profile", one, ONE_PROFILE, "all"),
        ):
            file = Path(folder) / "full" / "log.db"
            with open_store(create(file), write=True) as store:
                for name in seen(store, PROFILES * count // OWED):
                    edit(store, name, subscriptions)
                idle = shutil.copytree(file.parent, file.parent.with_name("idle")) / "log.db"
                owed(store, store.held(), profile)
            with open_store(idle, write=True) as store:
                store.compose([], at=clock.now(), dropped={"muted": [a.id for a in store.held()]})
            _, idle_mb = _delivered(idle.parent, subscriptions)
            seconds, most_mb = _delivered(file.parent, subscriptions)
            came = desk.came()
            assert len({c.id for c in came}) == len(came) == count, f"{len(came)} messages came"
            wall_s = max(c.at for c in came) - min(c.at for c in came)
            shutil.rmtree(file.parent)
            shutil.rmtree(idle.parent)
            memory = f"{most_mb - idle_mb:+.0f} MB over an idle one"
            told = f"{len(came) / wall_s:.0f} a second, {seconds / count * 1000:.2f} ms CPU each, {memory}"
            found.append((what, told, "goal 300 a second, +60 MB" if profile is None else "one after the other"))
        found.append(("bare POSTs by the same client, one after the other", f"{_bare(desk.ports[0]):.0f} a second", ""))
    return found


def _bare(port: int) -> float:
    client = guarded_client(AddressGuard(WORLD.allow, WEBHOOK_PORTS), total_s=TIMEOUT_S, user_agent="bench")
    begun = time.perf_counter()
    for _ in range(BARE):
        client.post(f"http://127.0.0.1:{port}/hook", content=b"x" * 3000, headers={"webhook-id": "bare"})
    return BARE / (time.perf_counter() - begun)


def _drain(folder: str, subscriptions: Subscriptions, wire: Connection) -> None:
    """The process: sends what is owed, tells its CPU seconds and the most memory that it had."""
    with open_store(Path(folder) / "log.db", write=True) as store:
        begun_s = time.process_time()
        deliver(store, subscriptions, WORLD)
        told = Path("/proc/self/status").read_text()
        wire.send((time.process_time() - begun_s, int(told.split("VmHWM:")[1].split()[0]) / 1024))


def _delivered(folder: Path, subscriptions: Subscriptions) -> tuple[float, float]:
    ours, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=_drain, args=(str(folder), subscriptions, theirs))
    process.start()
    found: tuple[float, float] = ours.recv()
    process.join()
    return found


def rows() -> list[Row]:
    """The table: a change is told, beside a dead channel, much is owed."""
    return [*prompt(), *beside_dead(), *backlog(), ("load of the machine afterwards", f"{os.getloadavg()[0]:.1f}", "")]


def _percentiles(waits: Sequence[float]) -> tuple[float, float]:
    cut = statistics.quantiles(waits, n=20, method="inclusive")
    return cut[9], cut[18]


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
