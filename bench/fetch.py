"""What one look at an unchanged page costs in the fetcher alone: a 304 over plain HTTP, the publisher in a process of
its own, so that only our CPU is counted.
"""

import ipaddress
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from tests.publisher import Publisher
from tracker.events.looks import Capture, NotModified
from tracker.fetch.client import Fetcher
from tracker.settings import FetchSettings

HOSTS = 1000
PAGE = "<h1>Ruritania</h1>" + "<p>The Duchy of Strelsau joined in 1894.</p>" * 1200  # 50 KB


def _serve(pipe: Connection) -> None:
    with Publisher("0.0.0.0") as site:
        site.page("/r", PAGE)
        pipe.send(site.port)
        pipe.recv()


@contextmanager
def _publisher() -> Iterator[int]:
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join()


def _cpu_us(look: Callable[[int], None], n: int) -> float:
    """CPU microseconds of this process per look, the best of three passes (other work on the machine only adds)."""
    passes = []
    for _ in range(3):
        began = time.process_time()
        for i in range(n):
            look(i)
        passes.append((time.process_time() - began) / n * 1e6)
    return min(passes)


def rows() -> list[tuple[str, str, str]]:
    """CPU of the fetcher per unchanged and per changed page."""
    fetcher = Fetcher(FetchSettings(allow_addresses=(ipaddress.ip_network("127.0.0.0/8"),), user_agent="tracker/bench"))
    with _publisher() as port:
        urls = [f"http://127.0.{n // 250}.{n % 250 + 1}:{port}/r" for n in range(HOSTS)]
        first = fetcher.fetch(urls[0])
        assert isinstance(first, Capture)

        def elsewhere(i: int) -> None:
            assert isinstance(fetcher.fetch(urls[i], since=first.validators), NotModified)
            fetcher.forget_host()

        def same_host(i: int) -> None:
            assert isinstance(fetcher.fetch(urls[0], since=first.validators), NotModified)

        def changed(i: int) -> None:
            assert isinstance(fetcher.fetch(urls[0]), Capture)

        found = [
            ("fetch: 304, 1,000 hosts, a connection each", _cpu_us(elsewhere, HOSTS)),
            ("fetch: 304, one host, one connection", _cpu_us(same_host, HOSTS)),
            ("fetch: 200, 50 KB, one connection", _cpu_us(changed, 300)),
        ]
    fetcher.close()
    return [(what, f"{us:,.0f} µs CPU", "≤ 1 ms for the whole check" if "304" in what else "") for what, us in found]
