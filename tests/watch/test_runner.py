"""`tracker run`, tick by tick, on clocks of ours: real pages, a real store, real workers."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path

import pytest

from tests.publisher import Publisher, stall
from tracker.errors import ConfigError
from tracker.events.looks import Watch
from tracker.extract.publishers import Publishers
from tracker.fetch.client import Fetcher
from tracker.fetch.hosts import Hosts
from tracker.notify.subscriptions import Subscriptions
from tracker.pipeline import Tools
from tracker.settings import FetchSettings
from tracker.store import Store, create, open_store
from tracker.watch.cadence import DAY_S, Limits
from tracker.watch.configured import reconcile
from tracker.watch.rounds import Crew, Manners, Round
from tracker.watch.runner import Runner

START = datetime(2028, 2, 26, tzinfo=UTC)  # three days before a leap day
EVERY_S = 6 * 3600
PAGE = f"<html><body><main><h1>Ruritania</h1><p>{'The ducks were counted twice. ' * 20}</p></main></body></html>"
SETTINGS = FetchSettings(
    user_agent="tracker/test", allow_addresses=(ip_network("127.0.0.0/8"),), host_delay_s=0, total_s=5
)


class Clocks:
    """One that hands set, and one that none does. Each instant is a microsecond after the last: as time is."""

    def __init__(self) -> None:
        self.wall, self.seconds = START, 0.0
        self._lock = threading.Lock()

    def pass_s(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.seconds += seconds

    def set_by(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)

    def now(self) -> datetime:
        with self._lock:
            self.wall += timedelta(microseconds=1)
            return self.wall

    def monotonic(self) -> float:
        return self.seconds


class Running:
    """A runner, and when it looked: of each page, the seconds by the clock that nobody sets."""

    def __init__(self, site: Publisher, store: Store, clocks: Clocks, watches: tuple[Watch, ...]) -> None:
        self.site, self.store, self.clocks = site, store, clocks
        self.told: list[str] = []
        self.stop = threading.Event()
        self.news: tuple[Watch, ...] | ConfigError | None = None
        limits = Limits(every_s=EVERY_S, most_s=3600, least_s=14 * DAY_S, host_delay_s=0)
        manners = Manners(limits=limits, confirm_after_s=(600, 7200))
        self.round = Round(store, manners, clocks.now)
        self.hosts = Hosts(SETTINGS, now=clocks.now, wait=self.stop.wait)
        tools = Tools(
            store=store,
            fetcher=self._fetcher(),
            hosts=self.hosts,
            publishers=Publishers(),
            subscriptions=Subscriptions(),
            confirm_after_s=(600, 7200),
            now=clocks.now,
        )
        self.crew = Crew(tools, manners, self._fetcher, self.round.note, self.stop)
        reconcile(store, watches)
        self.runner = Runner(
            store,
            self.crew,
            self.round,
            now=clocks.now,
            reload=self._reload,
            tell=self.told.append,
            watches=watches,
            monotonic=clocks.monotonic,
        )
        self.looks: dict[str, list[float]] = {w.name: [] for w in watches}

    def settle(self) -> float:
        """Tick until all that is due was looked at and recorded; gives how many seconds nothing is to be done then."""
        until = time.monotonic() + 20
        while (wait_s := self.runner.tick()) is None:
            assert time.monotonic() < until, "it never came to rest"
            time.sleep(0.0005)
        seen = [r.path.strip("/") for r in self.site.requests]
        for name, times in self.looks.items():
            times += [self.clocks.seconds] * (seen.count(name) - len(times))
        return wait_s

    def live(self, seconds: float) -> None:
        """Let so much time pass, a tick when it is said to be time for one, and one each minute at least."""
        until = self.clocks.seconds + seconds
        while (left_s := until - self.clocks.seconds) > 0:
            self.clocks.pass_s(min(max(self.settle(), 1.0), 60.0 if left_s < 600 else 600.0, left_s))
        self.settle()

    def _fetcher(self) -> Fetcher:
        return Fetcher(SETTINGS, now=self.clocks.now, is_stopping=self.stop.is_set, hosts=self.hosts)

    def _reload(self) -> tuple[Watch, ...] | None:
        news, self.news = self.news, None
        if isinstance(news, ConfigError):
            raise news
        if news is not None:
            reconcile(self.store, news)
            self.looks |= {w.name: self.looks.get(w.name, []) for w in news}
        return news


@contextmanager
def running(folder: Path, *names: str, every_s: int | None = EVERY_S) -> Iterator[Running]:
    clocks = Clocks()
    create(folder / "log.db", now=clocks.now)
    with Publisher("0.0.0.0") as site, open_store(folder / "log.db", write=True, now=clocks.now) as store:
        watches = tuple(
            Watch(name=name, url=site.url(f"/{name}", host=f"127.0.0.{n}"), every_s=every_s)
            for n, name in enumerate(names, start=1)
        )
        for name in names:
            site.page(f"/{name}", PAGE)
        one = Running(site, store, clocks, watches)
        try:
            yield one
        finally:
            one.runner.close()
        assert store.verify().findings == ()


def gaps(times: list[float]) -> list[float]:
    """Seconds between looks; ticks come a few seconds late at most, as `live` makes them."""
    return [round((b - a) / 10) * 10 for a, b in pairwise(times)]


def test_a_page_is_looked_at_as_often_as_it_is_to_be_over_a_leap_day_and_not_once_more(tmp_path):
    with running(tmp_path, "ruritania") as it:
        it.live(6 * DAY_S)

        assert gaps(it.looks["ruritania"]) == [EVERY_S] * 24
        assert it.clocks.wall > datetime(2028, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize("by_s", [-3600, -DAY_S, -45 * DAY_S])
def test_where_the_clock_is_set_back_no_page_waits_longer_and_none_is_looked_at_twice(tmp_path, by_s):
    with running(tmp_path, "ruritania", "strelsau") as it:
        it.live(EVERY_S + 5000)
        it.clocks.set_by(by_s)
        it.live(4 * EVERY_S - 4900)

        assert gaps(it.looks["ruritania"]) == [EVERY_S] * 5
        assert gaps(it.looks["strelsau"]) == [EVERY_S] * 5
        assert any("the clock was set back by" in told for told in it.told)


@pytest.mark.parametrize("by_s", [3600, DAY_S])
def test_where_the_clock_is_set_forward_what_is_due_by_it_is_looked_at_once_and_then_as_ever(tmp_path, by_s):
    with running(tmp_path, "ruritania") as it:
        it.live(EVERY_S + 5000)
        it.clocks.set_by(by_s)
        it.live(4 * EVERY_S - 5000)

        early_s = min(EVERY_S - 5000, by_s)
        assert gaps(it.looks["ruritania"])[:4] == [EVERY_S, EVERY_S - early_s, EVERY_S, EVERY_S]


def test_a_clock_that_goes_forward_a_day_and_back_again_costs_at_most_one_look(tmp_path):
    with running(tmp_path, "ruritania") as it:
        it.live(EVERY_S + 5000)
        it.clocks.set_by(DAY_S)
        it.live(600)
        it.clocks.set_by(-DAY_S)
        it.live(4 * EVERY_S)

        found = gaps(it.looks["ruritania"])
        assert found == [EVERY_S, 5000, EVERY_S, EVERY_S, EVERY_S, EVERY_S]
        assert it.store.watch("ruritania").checks == len(it.looks["ruritania"])


def test_while_nothing_is_due_a_tick_asks_the_store_nothing_and_says_for_how_long(tmp_path):
    with running(tmp_path, "ruritania") as it:
        assert it.settle() == pytest.approx(EVERY_S, abs=1)
        it.clocks.pass_s(3600)
        assert it.settle() == pytest.approx(EVERY_S - 3600, abs=1)

        it.store.set_due("ruritania", START)
        it.clocks.pass_s(30)
        assert it.settle() == pytest.approx(EVERY_S - 3630, abs=1)  # nobody told it
        it.clocks.pass_s(60)
        it.settle()
        assert len(it.looks["ruritania"]) == 2  # it sees for itself within a minute


def test_what_was_configured_meanwhile_is_looked_at_and_what_was_taken_out_is_not(tmp_path):
    with running(tmp_path, "ruritania") as it:
        it.settle()
        it.site.page("/strelsau", PAGE)
        it.news = (Watch(name="strelsau", url=it.site.url("/strelsau"), every_s=EVERY_S),)
        it.live(3 * EVERY_S)

        assert len(it.looks["ruritania"]) == 1
        assert len(it.looks["strelsau"]) == 3
        it.news = ConfigError("Not TOML", where="watches.toml", remedy="Mend it")
        it.live(EVERY_S)
        assert len(it.looks["strelsau"]) == 4
        assert "the last good one stays in force" in it.told[-1]


def test_a_host_with_very_many_pages_keeps_no_other_waiting(tmp_path):
    with running(tmp_path) as it:
        crowd = tuple(Watch(name=f"w{n}", url=it.site.url(f"/w{n}", host="127.0.0.2")) for n in range(2_100))
        it.site.page("/other", PAGE)
        it.site.put("/w0", stall())
        other = Watch(name="zz-other", url=it.site.url("/other", host="127.0.0.3"))
        it.news = crowd
        it.runner.tick()
        it.runner.tick()
        assert it.site.wait_until(lambda: bool(it.site.asked("/w0")))
        it.news = (*crowd, other)
        it.runner.tick()
        it.runner.tick()

        assert it.site.wait_until(lambda: bool(it.site.asked("/other")))
        it.stop.set()


def test_a_fleet_without_intervals_learns_which_page_is_lively(tmp_path):
    names = [f"w{n}" for n in range(5)]
    with running(tmp_path, *names, every_s=None) as it:
        for n in range(16):
            it.site.page("/w0", PAGE.replace("counted", f"counted by {n} men"))
            it.live(EVERY_S)
        due = it.store.due_times()

        assert due["w0"].learned.changes > 3
        assert len(it.looks["w0"]) > 1.3 * len(it.looks["w1"])
        assert due["w0"].why.startswith("learned: about 1 change in ")
        assert due["w1"].why.startswith("learned: no change in ")
        assert sum(map(len, it.looks.values())) == pytest.approx(5 * 16, rel=0.1)
