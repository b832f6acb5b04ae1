"""The publisher's own log of a run over many hosts: one request at a time, far enough apart, and never where or when
it was asked not to.
"""

import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.farm.audit import HOLD_S, ROBOTS, Exchange, Logged, Rules, breaches
from tests.publisher import page, redirect, status
from tracker import settings
from tracker.events.looks import Watch
from tracker.extract.publishers import Publishers
from tracker.notify.subscriptions import Subscriptions
from tracker.store import create, open_store
from tracker.watch.once import Parts, one_round

TEXT = f"<html><body><main><h1>{{}}</h1>{'<p>The ferry to Zenda runs on Tuesdays.</p>' * 8}</main></body></html>"
DELAY_S = 0.06


@dataclass
class Town:
    """Hosts with rules, and the pages on them that are watched."""

    site: Logged
    rules: dict[str, Rules]
    watches: list[Watch]

    def host(self, number: int, rules: Rules) -> str:
        """A host with these rules."""
        host = f"127.7.{number // 250}.{number % 250 + 1}"
        self.rules[host] = rules
        if rules.is_down:
            self.site.put_at(host, ROBOTS, status(503))
        elif rules.robots is not None:
            self.site.put_at(host, ROBOTS, page(rules.robots, media_type="text/plain"))
        self.site.put_at(host, "/", page(TEXT.format("Front page")))
        return host

    def watch(self, host: str, path: str, answer: object = None) -> None:
        """A page of a host, watched."""
        name = f"w-{len(self.watches)}"
        url = self.site.put_at(host, path, answer or page(TEXT.format(name)))  # type: ignore[arg-type]
        self.watches.append(Watch(name=name, url=url, profile=name, publisher="generic"))


def settled(site: Logged, scale: int, pages: int) -> Town:
    """A town of `scale` hosts of each kind, each with so many pages."""
    town = Town(site, {}, [])
    hosts = iter(range(10_000))

    def some(rules: Rules) -> list[str]:
        return [town.host(next(hosts), rules) for _ in range(scale)]

    plain = some(Rules(delay_s=DELAY_S))
    slow = some(Rules(delay_s=0.2, robots="User-agent: *\nCrawl-delay: 0.2\n"))
    closed = some(Rules(delay_s=DELAY_S, robots="User-agent: *\nDisallow: /private/\nAllow: /private/open$\n"))
    barred = some(Rules(delay_s=DELAY_S, robots="User-agent: tracker\nDisallow: /\n\nUser-agent: *\nDisallow:\n"))
    down = some(Rules(delay_s=DELAY_S, is_down=True))
    busy = some(Rules(delay_s=DELAY_S, waits={"/p1": 1.0}))
    for host in (*plain, *slow, *closed, *barred, *down, *busy):
        for n in range(pages):
            answer = status(503, retry_after=1) if host in busy and n == 1 else None
            town.watch(host, f"/p{n}", answer)
    for n, host in enumerate(closed):
        town.watch(host, "/private/report")
        town.watch(host, "/private/open")
        # Others lead here: to what is open to us, and to what is not.
        town.watch(plain[n], "/leads-in", redirect(site.url("/private/secret", host=host), 302))
        town.watch(plain[n], "/leads-on", redirect(site.url("/p0", host=slow[n]), 302))
        town.watch(slow[n], "/leads-to-barred", redirect(site.url("/p0", host=barred[n]), 301))
        town.watch(busy[n], "/leads-down", redirect(site.url("/p0", host=down[n]), 307))
    return town


@pytest.fixture
def site() -> Iterator[Logged]:
    with Logged() as one:
        yield one


def looked_at(root: Path, watches: Sequence[Watch], rounds: int) -> list[str]:
    """Rounds of the real product over these watches, by the real clock. Gives the outcomes."""
    settings.init(root)
    environ = {
        "TRACKER__FETCH__ALLOW_ADDRESSES": "127.0.0.0/8",
        "TRACKER__FETCH__HOST_DELAY_S": str(DELAY_S),
        "TRACKER__FETCH__RETRY_S": "[]",
        "TRACKER__FETCH__TOTAL_S": "5",
    }
    create(root / "snapshots" / "log.db")
    parts = Parts(
        settings=settings.load(root, environ),
        watches=tuple(watches),
        subscriptions=Subscriptions(),
        publishers=Publishers(),
    )
    outcomes = []
    with open_store(root / "snapshots", write=True) as store:
        for _ in range(rounds):
            done = one_round(parts, store, names=(), only_due=False, stop=threading.Event(), told=lambda *_: None)
            outcomes += [r.outcome for r in done]
    return outcomes


def test_every_request_is_as_its_host_wants_it(site: Logged, tmp_path: Path) -> None:
    town = settled(site, scale=1, pages=2)

    outcomes = looked_at(tmp_path, town.watches, rounds=2)

    assert outcomes.count("changed") >= 9
    assert breaches(site.log, town.rules) == []


@pytest.mark.proof
def test_every_request_of_a_long_run_is_as_its_host_wants_it(site: Logged, tmp_path: Path) -> None:
    town = settled(site, scale=12, pages=6)
    random.Random(5).shuffle(town.watches)

    outcomes = looked_at(tmp_path, town.watches, rounds=6)

    print(f"{len(site.log)} requests to {len(town.rules)} hosts")
    assert outcomes.count("changed") >= 12 * 20
    assert breaches(site.log, town.rules) == []


def test_the_audit_finds_what_it_is_made_to_find() -> None:
    def asked(path: str, began: float) -> Exchange:
        return Exchange(host="h", path=path, began=began, answered=began + HOLD_S, agent="tracker")

    rules = {"h": Rules(delay_s=0.1, robots="User-agent: *\nDisallow: /no", waits={"/busy": 2.0})}
    good = [asked(ROBOTS, 0.0), asked("/a", 0.2), asked("/busy", 0.4), asked("/b", 2.5)]

    assert breaches(good, rules) == []
    assert len(breaches([*good, asked("/no", 3.0)], rules)) == 1
    assert len(breaches([*good, asked("/c", 2.51)], rules)) == 2  # in flight with /b, and too soon after it
    assert len(breaches([*good, asked("/c", 2.55)], rules)) == 1
    assert len(breaches([*good, asked("/c", 1.0)], rules)) == 1
    assert len(breaches(good[1:], rules)) == 1
    assert len(breaches(good, {"h": Rules(delay_s=0.1, is_down=True)})) == 3
