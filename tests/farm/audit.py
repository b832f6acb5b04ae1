"""A publisher that keeps its own log of who asked what and when, and the rules of politeness read off that log.

Nothing that the tracker says of itself is believed here. Times are the publisher's; an answer is held back for a
moment before it is sent, so that a second request in the meantime shows.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from protego import Protego

from tests.publisher import Answer, Publisher, Request, Wire

HOLD_S = 0.02  # that an answer is held back
ROBOTS = "/robots.txt"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request and the beginning of its answer, by the publisher's clock."""

    host: str
    path: str
    began: float
    answered: float
    agent: str


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a host wants. delay_s: between two requests. waits: path → Retry-After of its answers, in seconds.

    robots: the text of its robots.txt, None where it has none; is_down: it answers 503 there.
    """

    delay_s: float
    robots: str | None = None
    is_down: bool = False
    waits: Mapping[str, float] = field(default_factory=dict)


class Logged(Publisher):
    """Every host of 127.0.0.0/8, with a log. Paths are put by host: `put_at`."""

    def __init__(self) -> None:
        super().__init__("0.0.0.0")
        self._answers: dict[tuple[str, str], Answer] = {}
        self._log: list[Exchange] = []
        self._writing = threading.Lock()

    def put_at(self, host: str, path: str, answer: Answer) -> str:
        """What a path of a host answers. Gives its address."""
        self._answers[host, path] = answer
        return self.url(path, host=host)

    @property
    def log(self) -> tuple[Exchange, ...]:
        """All exchanges so far, in the order in which they began."""
        with self._writing:
            return tuple(sorted(self._log, key=lambda e: e.began))

    def answer_to(self, request: Request) -> Answer:
        host = request.host.partition(":")[0]
        inner = self._answers.get((host, request.path.partition("?")[0]), self._missing)

        def answer(asked: Request, wire: Wire) -> None:
            wire.wait(HOLD_S)
            one = Exchange(
                host=host,
                path=asked.path,
                began=asked.at,
                answered=time.monotonic(),
                agent=asked.headers.get("user-agent", ""),
            )
            with self._writing:
                self._log.append(one)
            inner(asked, wire)

        return answer


def breaches(log: Iterable[Exchange], rules: Mapping[str, Rules]) -> list[str]:
    """What in a log goes against the rules of its hosts, a line each."""
    by_host: dict[str, list[Exchange]] = defaultdict(list)
    for one in sorted(log, key=lambda e: e.began):
        by_host[one.host].append(one)
    return [line for host, found in by_host.items() for line in _of(host, found, rules[host])]


def _of(host: str, found: list[Exchange], rules: Rules) -> Iterator[str]:
    if found[0].path != ROBOTS:
        yield f"{host}: {found[0].path} was asked for before robots.txt"
    parsed = Protego.parse(rules.robots or "")
    for one in found:
        if one.path == ROBOTS:
            continue
        if rules.is_down:
            yield f"{host}: {one.path} was asked for although robots.txt answers 503"
        elif not parsed.can_fetch(one.path, "tracker"):
            yield f"{host}: {one.path} is disallowed"
    for before, after in pairwise(found):
        pair = f"{host}: {before.path} and {after.path}"
        if after.began < before.answered:
            yield f"{pair} were in flight together"
        if after.began - before.began < rules.delay_s:
            yield f"{pair} came {after.began - before.began:.3f} s apart, {rules.delay_s} s wanted"
        wait_s = rules.waits.get(before.path)
        if wait_s is not None and after.began - before.answered < wait_s:
            yield f"{pair}: asked again after {after.began - before.answered:.3f} s, Retry-After was {wait_s} s"
