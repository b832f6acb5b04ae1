"""What a check costs, all in: the real round over loopback, the publisher in a process of its own.

.venv/bin/python -m bench.checks
"""

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.publisher import CERTIFICATES, Publisher
from tracker import settings as settings_module
from tracker.cli.demo.rendered import as_html
from tracker.cli.demo.ruritania import edition
from tracker.events.codec import canonical
from tracker.events.looks import Watch
from tracker.extract.publishers import Publishers
from tracker.notify.subscriptions import Subscriptions
from tracker.store import Store, create, open_store
from tracker.watch.once import Parts, crew, one_round

HOSTS = 1_000
CHANGING = 100
Row = tuple[str, str, str]


def rows() -> list[Row]:
    """The table: CPU per unchanged check (304) and per changed check, memory with a thousand watches."""
    with tempfile.TemporaryDirectory() as folder, _publisher() as (port, publisher):
        root = Path(folder)
        settings_module.init(root)
        environ = {"TRACKER__FETCH__ALLOW_ADDRESSES": "127.0.0.0/8", "TRACKER__FETCH__HOST_DELAY_S": "0"}
        settings = settings_module.load(root, environ)
        create(root / "snapshots" / "log.db")
        hosts = [f"127.0.{n // 250}.{n % 250 + 1}" for n in range(HOSTS)]
        watches = tuple(
            Watch(name=f"w-{n}", url=f"http://{host}:{port}/p", profile=f"ruritania-{n}", publisher="monitor")
            for n, host in enumerate(hosts)
        )
        parts = Parts(settings=settings, watches=watches, subscriptions=Subscriptions(), publishers=Publishers())
        with open_store(settings.store.url, write=True) as store:

            def round_of(some: tuple[Watch, ...]) -> tuple[float, float, set[str]]:
                names = [w.name for w in some]
                cpu, wall = time.process_time(), time.perf_counter()
                done = one_round(
                    parts, store, names=names, only_due=False, stop=threading.Event(), told=lambda *_: None
                )
                return time.process_time() - cpu, time.perf_counter() - wall, {r.outcome for r in done}

            first = round_of(watches)
            rounds = [round_of(watches) for _ in range(3)]
            unchanged = min(rounds, key=lambda r: r[0])
            quickest_s = min(wall for _, wall, _ in rounds)
            kept_bytes = _kept_bytes(store)
            rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            assert unchanged[2] == {"unchanged"}, unchanged
            publisher("2")
            before = _stored_bytes(store)
            changed = round_of(watches[:CHANGING])
            assert changed[2] == {"changed"}, changed
            stored_bytes = (_stored_bytes(store) - before) / CHANGING
            publisher("bare")
            round_of(watches[:CHANGING])
            bare = min((round_of(watches[:CHANGING]) for _ in range(3)), key=lambda r: r[0])
            assert bare[2] == {"unchanged"}, bare
        tls_s = _over_tls(root)
        return [
            ("first check, recorded", f"{first[0] / HOSTS * 1000:.2f} ms CPU", f"{HOSTS / first[1]:.0f} a second"),
            (
                "unchanged check (304), 1,000 hosts",
                f"{unchanged[0] / HOSTS * 1000:.2f} ms CPU",
                f"goal 0.8 ms; {HOSTS / quickest_s:.0f} a second, goal 1,000",
            ),
            ("kept of an unchanged check", f"{kept_bytes:.0f} bytes", "of the log, names of 5 letters; goal 60"),
            ("unchanged check (200, same bytes)", f"{bare[0] / CHANGING * 1000:.2f} ms CPU", "goal 1.5 ms"),
            ("unchanged check (304), TLS, a page a host", f"{tls_s * 1000:.2f} ms CPU", "goal 2.2 ms"),
            ("changed check", f"{changed[0] / CHANGING * 1000:.2f} ms CPU", f"goal 8 ms; {_KB} KB of HTML, one word"),
            ("stored of a changed check", f"{stored_bytes:.0f} bytes", "events and bodies; goal 2,000"),
            ("memory with 1,000 watches", f"{rss_mb:.0f} MB", "peak of the process; goal 120 MB"),
        ]


def _kept_bytes(store: Store) -> float:
    """What the last round left in the log for good, for each of its checks. Views keep a hundred checks of a watch."""
    last = next(iter(store.events(types=("round.completed",), limit=1, newest_first=True)))
    return len(canonical(last.payload)) / len(last.payload["checks"])


class _publisher:
    """The publisher's process: prints its port, then serves the edition whose number comes in on a line."""

    def __init__(self, *, tls: bool = False) -> None:
        self._tls = ["--tls"] if tls else []

    def __enter__(self) -> tuple[int, "object"]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.checks", "--publish", *self._tls],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin and self._process.stdout
        port = int(self._process.stdout.readline())

        def publish(number: str) -> None:
            assert self._process.stdin and self._process.stdout
            print(number, file=self._process.stdin, flush=True)
            self._process.stdout.readline()

        return port, publish

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def _stored_bytes(store: Store) -> int:
    """Payloads of all events and bodies, as they stand in the file."""
    with closing(sqlite3.connect(store.path)) as connection:
        (events,) = connection.execute("SELECT sum(length(payload)) FROM events").fetchone()
        (bodies,) = connection.execute("SELECT sum(length(data)) FROM bodies").fetchone()
    return int(events) + int(bodies)


def _over_tls(root: Path) -> float:
    """CPU seconds of an unchanged look that opens a connection of its own, over TLS."""
    os.environ["SSL_CERT_FILE"] = str(CERTIFICATES / "loopback.pem")
    environ = {"TRACKER__FETCH__ALLOW_ADDRESSES": "127.0.0.0/8", "TRACKER__FETCH__HOST_DELAY_S": "0"}
    settings = settings_module.load(root, environ)
    create(root / "tls.db")
    with _publisher(tls=True) as (port, _), open_store(root / "tls.db", write=True) as store:
        watches = tuple(
            Watch(name=f"t-{n}", url=f"https://127.0.0.1:{port}/p?{n}", profile=f"t-{n}", publisher="monitor")
            for n in range(CHANGING)
        )
        parts = Parts(settings=settings, watches=watches, subscriptions=Subscriptions(), publishers=Publishers())
        stop, best_s = threading.Event(), 9.0
        one_round(parts, store, names=[], only_due=False, stop=stop, told=lambda *_: None)
        for _ in range(3):
            done: list[str] = []
            workers = crew(parts, store, lambda _, looked, done=done: done.append(looked.entry.outcome), stop)
            cpu = time.process_time()
            for watch in watches:  # one at a time: each begins and ends with no connection
                workers.submit("127.0.0.1", [watch]).result()
            best_s = min(best_s, (time.process_time() - cpu) / len(watches))
            workers.close()
            assert done == ["unchanged"] * len(watches), set(done)
    return best_s


def _page(number: int) -> str:
    """An edition of the invented profile, made as long as real ones are."""
    said = "".join(
        f"<p>In the parish of Zenda {n}, the ducks were counted by two clerks. {_FILLER}</p>" for n in range(70)
    )
    return as_html(replace(edition(number), views=number)).replace("</main>", f"{said}</main>")


_FILLER = (
    "They wrote what they saw into a book with a green cover, and read it to the council, which took note of it. " * 4
)
_KB = len(_page(1)) // 1000


def _publish(*, tls: bool) -> None:
    with Publisher("127.0.0.1" if tls else "0.0.0.0", tls="loopback" if tls else None) as site:
        site.page("/p", _page(1))
        print(site.port, flush=True)
        for line in sys.stdin:
            is_bare = line.strip() == "bare"
            site.page("/p", _page(2 if is_bare else int(line)), etag=None if is_bare else "auto")
            print("published", flush=True)


if __name__ == "__main__":
    if "--publish" in sys.argv:
        _publish(tls="--tls" in sys.argv)
    else:
        for row in rows():
            print(*row, sep=" | ")
