"""Events a second: the whole append (hashes, leaves, streams, key, views, outbox) against bare sqlite3 of the bare row.

    python bench/append.py [--seconds 12]

Both write under WAL and synchronous=FULL into files of one folder, turn by turn in one run, since a disk's fsync can
be ten times slower a minute later: believe the ratios. The bare row is the row of `events` with its key and its
unique index, made beforehand, written by executemany in one transaction.
"""

import argparse
import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from tracker.events.codec import canonical
from tracker.events.types import NewEvent
from tracker.store import Store, create, open_store
from tracker.store.leaves import leafed
from tracker.store.tables import EVENTS

HASHES = ("text_sha256", "norm_sha256", "document_sha256")
PAYLOAD = {  # of the shape and size of a snapshot.recorded
    "watch": "ruritania",
    "url": "https://ruritania.example/profile",
    "status": 200,
    "headers": [[f"name-{n}", "value " * 6] for n in range(16)],
    "verdict": {"kind": "ok", "reason": "", "evidence": ["four chapters, as before"]},
    "warnings": [["missing_note", "mine-ban-policy", str(n)] for n in range(6)],
    "chapters": [
        {"chapter": f"chapter-{n}", "title": f"Chapter {n}"} | dict.fromkeys(HASHES, "ab" * 32) for n in range(4)
    ],
    "text": "word " * 100,
}
CALLERS = 64


def event(n: int) -> NewEvent:
    """An event of about 2.9 KB in one of a thousand streams."""
    return NewEvent(stream=f"bench/{n % 1000}", type="bench.noted", payload={**PAYLOAD, "n": n})


class Bare:
    """sqlite3 and nothing else."""

    def __init__(self, file: Path) -> None:
        self.position = 0
        self.versions: dict[str, int] = {}
        self.connection = sqlite3.connect(file, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute(str(CreateTable(EVENTS).compile(dialect=sqlite.dialect())))
        self.insert = f"INSERT INTO events VALUES ({', '.join('?' * len(EVENTS.columns))})"

    def rows(self, count: int) -> list[tuple[object, ...]]:
        """Rows ready to be written."""
        made = []
        for _ in range(count):
            self.position += 1
            new = event(self.position)
            version = self.versions[new.stream] = self.versions.get(new.stream, 0) + 1
            row = leafed(
                new,
                canonical(new.payload),
                os.urandom(16),
                position=self.position,
                version=version,
                key="k",
                recorded_at=self.position,
            )
            made.append(row)
        return made

    def write(self, rows: list[tuple[object, ...]]) -> None:
        """One transaction."""
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany(self.insert, rows)
        self.connection.execute("COMMIT")


def timed(run: Callable[[], object]) -> float:
    """Seconds that a call took."""
    before = time.perf_counter()
    run()
    return time.perf_counter() - before


def batches(store: Store, bare: Bare, size: int, seconds: float) -> tuple[float, float]:
    """Median events/s of both, in turns of some transactions each."""
    turn, ours, theirs, n = max(1, 200 // size), [], [], 0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        rows = [bare.rows(size) for _ in range(turn)]
        theirs.append(size * turn / timed(lambda made=rows: [bare.write(one) for one in made]))
        events = [[event(size * (n + i) + k) for k in range(size)] for i in range(turn)]
        keys = [f"{size}/{n + i}" for i in range(turn)]
        ours.append(
            size
            * turn
            / timed(lambda made=events, named=keys: [store.append(e, key=k) for e, k in zip(made, named, strict=True)])
        )
        n += turn
    return statistics.median(ours), statistics.median(theirs)


def callers(store: Store, count: int, each: int, turn: int) -> float:
    """Events/s of `count` threads that append one event at a time."""

    def run(n: int) -> None:
        for i in range(each):
            store.append((event(n * each + i),), key=f"callers/{count}/{turn}/{n}/{i}")

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]

    def all_of_them() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return count * each / timed(all_of_them)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=12.0, help="in all, about")
    parser.add_argument("--folder", type=Path, default=None, help="where the files are written")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(dir=parser.parse_args().folder) as folder:
        bare = Bare(Path(folder) / "bare.db")
        with open_store(create(Path(folder) / "log.db"), write=True) as store:
            print(f"{'append':<34}{'ours':>12}{'bare sqlite3':>14}{'ratio':>8}")
            for size in (1, 10, 100):
                ours, theirs = batches(store, bare, size, seconds / 4)
                print(f"{f'batches of {size}, events/s':<34}{ours:>12,.0f}{theirs:>14,.0f}{ours / theirs:>8.2f}")
            pairs = [(callers(store, CALLERS, 20, turn), callers(store, 1, 60, turn)) for turn in range(5)]
            many, one = (statistics.median(side) for side in zip(*pairs, strict=True))
            print(f"{f'{CALLERS} callers against one, events/s':<34}{many:>12,.0f}{one:>14,.0f}{many / one:>8.2f}")
    print(f"payload {len(canonical(event(1).payload)):,} B; WAL, synchronous=FULL; medians of turns in one run")


if __name__ == "__main__":
    main()
