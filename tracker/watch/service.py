"""The long-lived process: a clock that ticks, workers that look, a loop that delivers; all end together, in order."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tracker import clock
from tracker.errors import ConfigError, Damaged, StoreBusy, StoreFull
from tracker.events.looks import Watch
from tracker.fetch.address import AddressGuard
from tracker.notify.channels import Surroundings
from tracker.notify.deliver import Memory, deliver
from tracker.notify.subscriptions import Subscriptions
from tracker.store import Store
from tracker.store.record import Looked
from tracker.watch.configured import reconcile
from tracker.watch.discover import Scout
from tracker.watch.discover_loop import DiscoveryLoop
from tracker.watch.handover import Handover, Serve
from tracker.watch.once import Beside, Parts, crew, manners
from tracker.watch.overseer import Overseer
from tracker.watch.rounds import Crew, Round
from tracker.watch.runner import Runner
from tracker.watch.schedule import run_until_stopped, stopping_on_signals
from tracker.watch.wire import FILE_NAME


def serve(
    parts: Parts,
    store: Store,
    world: Surroundings,
    *,
    edited: Callable[[], Parts | None],
    tell: Callable[[str], None],
    line: Callable[[Looked], str | None],
    watches_file: Path,
    serving: Callable[[Beside], Serve] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Look, deliver and discover until SIGTERM, SIGINT or `stop`. Raises what makes the store unusable.

    edited: the parts anew where the configuration was edited since the last call, else None; raises ConfigError.
    tell: a line for the operator. line: a look as such a line, None where it is not worth one. watches_file: where
    discovery writes what is to be watched at once. serving: gives what carries out commands that others hand over.
    """
    stop = stop or threading.Event()
    service = _Service(parts, store, world, edited, tell, line, stop, watches_file)
    if serving is not None:
        service.listen(serving)
    with stopping_on_signals(stop):
        try:
            service.start()
            every_s = parts.settings.watch.tick_s
            run_until_stopped(service.tick, every_s=every_s, stop=stop, glance=service.glance)
        finally:
            service.close()


class _Service:
    def __init__(
        self,
        parts: Parts,
        store: Store,
        world: Surroundings,
        edited: Callable[[], Parts | None],
        tell: Callable[[str], None],
        line: Callable[[Looked], str | None],
        stop: threading.Event,
        watches_file: Path,
    ) -> None:
        self._parts, self._store, self._world, self._edited = parts, store, world, edited
        self._tell, self._line, self._stop = tell, line, stop
        self._wake = threading.Event()
        self._news: Parts | ConfigError | None = None  # of the configuration, for the next tick
        self._round = Round(store, manners(parts.settings), clock.now)
        self._crew = self._new_crew()
        self._runner = Runner(
            store,
            self._crew,
            self._round,
            now=clock.now,
            reload=self._reload,
            tell=tell,
            watches=parts.watches,
            on_quiet=self._wake.set,
        )
        self._deliveries = _Deliveries(store, world, stop, self._wake, self._is_looking)
        self._overseer = Overseer(store, parts.subscriptions, now=clock.now)
        fetch = parts.settings.fetch
        scout = Scout(
            store=store,
            fetcher=self._crew.tools.fetcher,
            publishers=parts.publishers,
            watches_file=watches_file,
            guard=AddressGuard(fetch.allow_addresses, frozenset(fetch.allow_ports)),
            tell=tell,
        )
        self._discovery = DiscoveryLoop(scout, self._crew.make_fetcher)
        self._handover: Handover | None = None

    def listen(self, serving: Callable[[Beside], Serve]) -> None:
        """Take over commands of others."""
        beside = Beside(
            store=self._store,
            hosts=self._crew.tools.hosts,
            claims=self._crew.claims,
            looked=self._looked_for_others,
            wake=self._wake.set,
            forget_pause=self._deliveries.forget_pause,
            subscriptions=lambda: self._parts.subscriptions,
        )
        self._handover = Handover(self._store.path.with_name(FILE_NAME), serving(beside), self._tell)

    def start(self) -> None:
        last = self._store.head().recorded_at
        if last is not None and last > clock.now():
            self._store.pull_due_back(clock.now())
        reconcile(self._store, self._parts.watches)
        self._deliveries.take_up(self._parts.subscriptions)
        if self._handover is not None:
            self._handover.start()

    def tick(self) -> float | None:
        wait_s = self._runner.tick()
        self._discovery.tick(now := clock.now())
        self._oversee()
        self._deliveries.raise_if_broken()
        survey_at = self._discovery.next_at
        return min(wait_s, (survey_at - now).total_seconds()) if wait_s is not None and survey_at else wait_s

    def _oversee(self) -> None:
        try:
            if self._overseer.look():
                self._wake.set()
        except (StoreFull, StoreBusy, Damaged):
            raise
        except Exception as fault:  # noqa: BLE001  # that nobody can be told of trouble must not end the looks
            self._tell(f"a fault of ours while looking for trouble: {type(fault).__name__}: {fault}")

    def glance(self) -> bool:
        """Whether a tick has to come now: the configuration was edited, or the deliveries broke."""
        try:
            news = self._edited()
        except ConfigError as wrong:
            self._news = wrong
            return True
        if news is not None:
            self._news = news
        return self._news is not None or self._deliveries.is_broken or self._discovery.is_broken

    def close(self) -> None:
        self._stop.set()
        if self._handover is not None:
            self._handover.close()
        self._discovery.close()
        self._runner.close()
        self._wake.set()
        self._deliveries.close()

    def _is_looking(self) -> bool:
        """Whether looks are under way, ours or those of a command that was handed over."""
        return self._runner.is_looking or self._crew.claims.is_any

    def _new_crew(self) -> Crew:
        return crew(self._parts, self._store, self._looked, self._stop)

    def _looked(self, watch: Watch, looked: Looked) -> None:
        self._runner.looked(watch, looked)
        self._looked_for_others(watch, looked)

    def _looked_for_others(self, watch: Watch, looked: Looked) -> None:
        if looked.changes:
            self._wake.set()
        if told := self._line(looked):
            self._tell(told)

    def _reload(self) -> tuple[Watch, ...] | None:
        parts, self._news = self._news, None
        if isinstance(parts, ConfigError):
            raise parts
        if parts is None:
            return None
        # The store and the politeness of the workers stay as they were at the start; what is watched and who is told
        # is taken up now.
        if parts.settings != self._parts.settings:
            self._tell("settings were edited too: they hold from the next start")
        taken_up = reconcile(self._store, parts.watches)
        self._parts = replace(parts, settings=self._parts.settings)
        self._crew.tools = replace(self._crew.tools, publishers=parts.publishers, subscriptions=parts.subscriptions)
        self._deliveries.take_up(parts.subscriptions)
        self._overseer.subscriptions = parts.subscriptions
        self._discovery.take_up(parts.publishers)
        self._tell(f"configuration taken up: {len(parts.watches)} watches, {taken_up} changes to them")
        return parts.watches


class _Deliveries:
    """The delivery loop in a thread of its own; begun anew when channels or subscriptions were edited."""

    def __init__(
        self,
        store: Store,
        world: Surroundings,
        stop: threading.Event,
        wake: threading.Event,
        is_busy: Callable[[], bool],
    ) -> None:
        self._store, self._world, self._wake = store, world, wake
        self._stop, self._is_busy = stop, is_busy
        self._memory = Memory()
        self._end = threading.Event()
        self._threads: list[threading.Thread] = []
        self._broken: BaseException | None = None

    def forget_pause(self, channel: str) -> None:
        """A channel may be sent to again, whatever its receiver asked."""
        self._memory.limits.forget_pause(channel)

    def take_up(self, subscriptions: Subscriptions) -> None:
        """Begin anew by other rules, at once: a try that is under way by the old ones ends beside it."""
        self._end.set()
        self._wake.set()
        self._end = threading.Event()
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(threading.Thread(target=self._run, args=(subscriptions, self._end), name="deliver"))
        self._threads[-1].start()

    def close(self) -> None:
        self._end.set()
        self._wake.set()
        for thread in self._threads:
            thread.join()

    @property
    def is_broken(self) -> bool:
        return self._broken is not None

    def raise_if_broken(self) -> None:
        if self._broken is not None:
            raise self._broken

    def _run(self, subscriptions: Subscriptions, end: threading.Event) -> None:
        try:
            deliver(
                self._store,
                subscriptions,
                self._world,
                until_empty=False,
                stop=end,
                wake=self._wake,
                is_woken=True,
                is_busy=self._is_busy,
                memory=self._memory,
            )
        except BaseException as error:  # noqa: BLE001  # raised by the next tick, in the thread that can stop the process
            self._broken = error
