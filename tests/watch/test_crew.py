"""The workers of a round and the gate that they go through."""

import threading

import pytest

from tests.fetch.gate import Time, fetcher, hosts
from tests.publisher import Publisher, page, status
from tracker.events.looks import Watch
from tracker.extract.publishers import Publishers
from tracker.fetch.memory import Forgetful
from tracker.notify.subscriptions import Subscriptions
from tracker.pipeline import Tools
from tracker.store import create, open_store
from tracker.watch.cadence import Limits
from tracker.watch.configured import reconcile
from tracker.watch.rounds import Crew, Manners, by_host

TEXT = "<h1>Ruritania</h1>" + "<p>The Duchy of Strelsau joined in 1894.</p>" * 20


@pytest.fixture
def site():
    with Publisher() as one:
        yield one


@pytest.fixture
def store(tmp_path):
    create(tmp_path / "log.db")
    with open_store(tmp_path / "log.db", write=True) as one:
        yield one


def crew(store, gate, time, looked) -> Crew:
    def make():
        return fetcher(time, gate)

    tools = Tools(
        store=store,
        fetcher=make(),
        publishers=Publishers(),
        subscriptions=Subscriptions(),
        confirm_after_s=(600,),
        now=time.now,
        hosts=gate,
    )
    limits = Limits(every_s=3600, most_s=3600, least_s=86_400, host_delay_s=0)
    manners = Manners(limits=limits, confirm_after_s=(600,))
    return Crew(tools, manners, make, lambda watch, one: looked.append((watch.name, one)), threading.Event())


def test_a_host_that_asks_to_be_left_alone_is_left_alone_for_the_rest_of_the_round_and_after_a_restart(site, store):
    site.page("/a", TEXT)
    site.put("/b", status(503, retry_after=600), page(TEXT))
    site.page("/c", TEXT)
    time, memory, looked = Time(), Forgetful(), []
    watches = [Watch(name=name, url=site.url(f"/{name}")) for name in "abc"]
    reconcile(store, tuple(watches))
    ((host, group),) = by_host(watches).items()
    first = crew(store, hosts(time, memory), time, looked)

    first.submit(host, group).result()
    first.close()

    assert [(name, one.entry.outcome) for name, one in looked] == [("a", "changed"), ("b", "failed")]
    assert site.asked("/c") == ()
    restarted = crew(store, hosts(time, memory), time, looked)
    assert (restarted.held_until(host) - time.now()).total_seconds() == pytest.approx(600, abs=1)
    time.go(601)
    assert restarted.held_until(host) is None
    restarted.submit(host, group[1:]).result()
    restarted.close()
    assert [name for name, _ in looked] == ["a", "b", "b", "c"]


def test_pages_of_a_host_are_as_far_apart_as_the_gate_wants(site, store):
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 4\n", media_type="text/plain")
    time, looked = Time(), []
    watches = [Watch(name=name, url=site.page(f"/{name}", TEXT)) for name in "abc"]
    reconcile(store, tuple(watches))
    ((host, group),) = by_host(watches).items()
    one = crew(store, hosts(time), time, looked)

    one.submit(host, group).result()
    one.close()

    assert [name for name, _ in looked] == ["a", "b", "c"]
    assert len(time.waits) == len(site.requests) - 1
    assert time.waits == [pytest.approx(4.0)] * len(time.waits)
