"""What is sent to harm whoever reads it, through the whole product: memory, time, and the watches that come after."""

import multiprocessing
import resource
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import publisher
from tests.publisher import Answer, Publisher, Request, Wire, page, redirect
from tracker import settings
from tracker.events.looks import Watch
from tracker.extract.publishers import Publishers
from tracker.notify.subscriptions import Subscriptions
from tracker.store import create, open_store
from tracker.watch.once import Parts, one_round

TOTAL_S = 1.0
MOST_MB = 25
TEXT = f"<html><body><main><h1>{{}}</h1>{'<p>The ferry to Zenda runs on Tuesdays.</p>' * 50}</main></body></html>"


def endless_headers() -> Answer:
    """Header lines without end, as fast as they are read."""

    def answer(request: Request, wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\n")
        line = b"X-More: " + b"y" * 1000 + b"\r\n"
        while wire.wait(0):
            wire.send(line * 60)

    return answer


def one_long_header() -> Answer:
    """A single header line without end."""

    def answer(request: Request, wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while wire.wait(0):
            wire.send(b"y" * 60_000)

    return answer


def endless_chunks() -> Answer:
    """Chunks of one byte, as fast as they are read."""

    def answer(request: Request, wire: Wire) -> None:
        wire.send(publisher.head(200, {"Content-Type": publisher.HTML, "Transfer-Encoding": "chunked"}))
        while wire.wait(0):
            wire.send(b"1\r\nx\r\n" * 10_000)

    return answer


def deep(tags: int = 200_000) -> Answer:
    """Two megabytes of tags within tags: a parser takes a hundred times as much for them as for text."""
    return page("<html><body>" + "<div>" * tags + "<p>Down here.</p>")


BOMBS: dict[str, Answer] = {
    "gzip": publisher.bomb(60),
    "gzip-of-ten": publisher.encoded(publisher.bomb_bytes() * 10),
    "brotli": publisher.encoded(b"\x1b" * 60_000, "br"),
    "endless-body": publisher.endless(400),
    "endless-body-announced": publisher.endless(400, with_length=True),
    "endless-chunks": endless_chunks(),
    "drip": publisher.body_drip(0.05),
    "header-drip": publisher.header_drip(0.05),
    "endless-headers": endless_headers(),
    "one-long-header": one_long_header(),
    "interim-flood": publisher.interim_flood(),
    "stall": publisher.stall(),
    "redirect-loop": redirect("/page"),
    "deep": deep(),
}


@dataclass(frozen=True, slots=True)
class Came:
    """What came of the rounds. rise_mb: of the peak of memory. took_s: of each look at a bomb; outcomes: by watch."""

    rise_mb: float
    took_s: dict[str, float]
    outcomes: dict[str, str]


def rounds_over(root: Path, watches: list[Watch], warm_up: list[Watch]) -> Came:
    """In a process of its own: a round over honest pages, then one with the bombs, hosts beside one another."""
    settings.init(root)
    environ = {
        "TRACKER__FETCH__ALLOW_ADDRESSES": "127.0.0.0/8",
        "TRACKER__FETCH__HOST_DELAY_S": "0",
        "TRACKER__FETCH__RETRY_S": "[]",
        "TRACKER__FETCH__TOTAL_S": str(TOTAL_S),
    }
    create(root / "snapshots" / "log.db")
    ended: dict[str, float] = {}
    begun = time.monotonic()

    def told(done: int, of: int, line: str) -> None:
        ended[line.partition(":")[0]] = time.monotonic() - begun

    with open_store(root / "snapshots", write=True) as store:

        def looked_at(some: list[Watch]) -> dict[str, str]:
            parts = Parts(
                settings=settings.load(root, environ),
                watches=tuple(watches + warm_up),
                subscriptions=Subscriptions(),
                publishers=Publishers(),
            )
            names = [w.name for w in some]
            done = one_round(parts, store, names=names, only_due=False, stop=threading.Event(), told=told)
            return {r.watch: r.outcome for r in done}

        looked_at(warm_up)
        before, begun = _peak_mb(), time.monotonic()
        outcomes = looked_at(watches)
        return Came(_peak_mb() - before, ended, outcomes)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.fixture(scope="module")
def came(tmp_path_factory) -> Came:
    """Each bomb on a host of its own, each followed by an honest page of the same host."""
    with Publisher("0.0.0.0") as site:
        site.put("/next", page(TEXT.format("Next")))
        site.put("/warm", page(TEXT.format("Warm") * 3))
        watches, warm_up = [], []
        for n, (name, answer) in enumerate(BOMBS.items()):
            host = f"127.8.0.{n + 1}"
            path = "/page" if name == "redirect-loop" else f"/{name}"
            site.put(path, answer)
            for kind, where in ((name, path), (f"after-{name}", "/next")):
                watches.append(Watch(name=kind, url=site.url(where, host=host), profile=kind, publisher="generic"))
            warm, url = f"warm-{n}", site.url("/warm", host=f"127.8.1.{n + 1}")
            warm_up.append(Watch(name=warm, url=url, profile=warm, publisher="generic"))
        root = tmp_path_factory.mktemp("bombs")
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply(rounds_over, (root, watches, warm_up))


def test_no_bomb_is_believed(came: Came) -> None:
    assert {name: came.outcomes[name] for name in BOMBS if name != "deep"} == {
        name: "failed" for name in BOMBS if name != "deep"
    }


def test_memory_stays_where_it_was(came: Came) -> None:
    assert came.rise_mb <= MOST_MB


def test_the_page_after_a_bomb_is_looked_at_in_its_time(came: Came) -> None:
    """A look takes its total time at most, and the next page of the same host comes right after it."""
    assert {came.outcomes[f"after-{name}"] for name in BOMBS} == {"changed"}
    late = {name: came.took_s[f"after-{name}"] for name in BOMBS if came.took_s[f"after-{name}"] > 2 * TOTAL_S + 2}
    assert late == {}
