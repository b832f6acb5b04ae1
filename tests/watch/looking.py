"""Pages of a loopback site, looked at again and again on a clock of ours: every stage is the real one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from tests.publisher import Publisher
from tracker.events import bodies
from tracker.events.looks import Watch
from tracker.extract.publishers import Publishers
from tracker.fetch.client import Fetcher
from tracker.fetch.hosts import Hosts
from tracker.notify.compose import Composer
from tracker.notify.subscriptions import load
from tracker.pipeline import Tools, check
from tracker.settings import FetchSettings
from tracker.store import Operational, Store, create, open_store
from tracker.store.hosts import HostNotes
from tracker.store.record import Looked

SUBSCRIPTIONS = '[channels.desk]\nkind = "webhook"\nurl = "http://127.0.0.1:1/in"\nsecret = "env:S"\n'
SUBSCRIPTIONS += '[[subscriptions]]\nid = "all"\nto = "desk"\n'
START = datetime(2026, 1, 5, 8, tzinfo=UTC)


class Clock:
    """Each call is a millisecond later than the one before."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


class Eye:
    """Looks at pages of a site."""

    def __init__(
        self, site: Publisher, store: Store, clock: Clock, *, confirm_after_s: tuple[int, ...], look_twice: bool
    ) -> None:
        self.site, self.store, self.clock = site, store, clock
        settings = FetchSettings(
            user_agent="tracker/test",
            allow_addresses=(ip_network("127.0.0.0/8"),),
            host_delay_s=0,
            retry_s=(),
            total_s=5,
        )
        hosts = Hosts(settings, HostNotes(store), now=clock)
        self.tools = Tools(
            store=store,
            fetcher=Fetcher(settings, now=clock, hosts=hosts),
            publishers=Publishers(),
            subscriptions=load(SUBSCRIPTIONS, "subscriptions.toml"),
            confirm_after_s=confirm_after_s,
            now=clock,
            hosts=hosts,
            look_twice=look_twice,
        )
        self._watches: dict[str, Watch] = {}

    def look(self, name: str = "ruritania", *, after: timedelta = timedelta(hours=6)) -> Looked:
        """Look at `/<name>` once, so much later than the last time, and record the round."""
        self.clock.now += after
        watch = self._watches.get(name) or self._add(name)
        looked = check(watch, self.tools)
        self.store.append(
            (bodies.round_completed(looked.entry.at, self.clock(), (looked.entry,)),),
            key=f"round/{self.clock.now}",
            operational=Operational(seen={name: looked.sighting} if looked.sighting else {}),
        )
        self._compose()
        return looked

    def _compose(self) -> None:
        Composer(self.store, self.tools.subscriptions).compose(self.clock())

    def _add(self, name: str) -> Watch:
        watch = self._watches[name] = Watch(name=name, url=self.site.url(f"/{name}"))
        added = bodies.watch_configured("added", name, url=watch.url, profile=None, publisher=None, every_s=None)
        self.store.append((added,), key=f"added/{name}")
        return watch

    @property
    def told(self) -> list[tuple[str, str]]:
        """Cause and chapter of what the desk is owed word of by itself, oldest first."""
        self._compose()
        owed = [d for d in reversed(self.store.deliveries()) if d.form == "single"]
        return [(a.cause, a.chapter) for d in owed for a in self.store.alerts_of(d.id)]

    @property
    def notes(self) -> list[tuple[str, int]]:
        """What the desk is told together, oldest first: in which form, of how many changes."""
        return [(d.form, d.alerts) for d in reversed(self.store.deliveries()) if d.form != "single"]


@contextmanager
def looking(folder: Path, *, confirm_after_s: tuple[int, ...] = (600, 7200), look_twice: bool = False) -> Iterator[Eye]:
    """An eye on a fresh site, with a fresh store; the record is verified at the end."""
    clock = Clock()
    create(folder / "log.db", now=clock)
    with Publisher() as site, open_store(folder / "log.db", write=True, now=clock) as store:
        eye = Eye(site, store, clock, confirm_after_s=confirm_after_s, look_twice=look_twice)
        try:
            yield eye
            assert store.verify().findings == ()
        finally:
            eye.tools.fetcher.close()
