"""The long-lived process: a clock that ticks, workers that look, a loop that delivers; all end together, in order."""

import threading
from collections.abc import Callable
from dataclasses import replace

from tracker import clock
from tracker.events.types import Watch
from tracker.notify.channels import Surroundings
from tracker.notify.deliver import deliver
from tracker.notify.subscriptions import Subscriptions
from tracker.store import Store
from tracker.store.record import Looked
from tracker.watch.configured import reconcile
from tracker.watch.once import Parts, crew, manners
from tracker.watch.rounds import Crew, Round
from tracker.watch.runner import Runner
from tracker.watch.schedule import run_until_stopped, stopping_on_signals


def serve(
    parts: Parts,
    store: Store,
    world: Surroundings,
    *,
    edited: Callable[[], Parts | None],
    tell: Callable[[str], None],
    line: Callable[[Looked], str | None],
    stop: threading.Event | None = None,
) -> None:
    """Look and deliver until SIGTERM, SIGINT or `stop`. Raises what makes the store unusable (StoreFull, Damaged).

    edited: the parts anew where the configuration was edited since the last call, else None; raises ConfigError.
    tell: a line for the operator. line: a look as such a line, None where it is not worth one.
    """
    stop = stop or threading.Event()
    service = _Service(parts, store, world, edited, tell, line, stop)
    with stopping_on_signals(stop):
        try:
            service.start()
            run_until_stopped(service.tick, every_s=parts.settings.watch.tick_s, stop=stop)
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
    ) -> None:
        self._parts, self._store, self._world, self._edited = parts, store, world, edited
        self._tell, self._line, self._stop = tell, line, stop
        self._wake = threading.Event()
        self._deliveries = _Deliveries(store, world, stop, self._wake)
        self._round = Round(store, manners(parts.settings), clock.now)
        self._crew = self._new_crew()
        self._runner = Runner(
            store, self._crew, self._round, now=clock.now, reload=self._reload, tell=tell, watches=parts.watches
        )

    def start(self) -> None:
        reconcile(self._store, self._parts.watches)
        self._deliveries.take_up(self._parts.subscriptions)

    def tick(self) -> None:
        self._runner.tick()
        self._deliveries.raise_if_broken()

    def close(self) -> None:
        self._stop.set()
        self._runner.close()
        self._wake.set()
        self._deliveries.close()

    def _new_crew(self) -> Crew:
        return crew(self._parts, self._store, self._looked, self._stop)

    def _looked(self, watch: Watch, looked: Looked) -> None:
        self._runner.looked(watch, looked)
        if looked.changes:
            self._wake.set()
        if told := self._line(looked):
            self._tell(told)

    def _reload(self) -> tuple[Watch, ...] | None:
        parts = self._edited()
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
        self._tell(f"configuration taken up: {len(parts.watches)} watches, {taken_up} changes to them")
        return parts.watches


class _Deliveries:
    """The delivery loop in a thread of its own; begun anew when channels or subscriptions were edited."""

    def __init__(self, store: Store, world: Surroundings, stop: threading.Event, wake: threading.Event) -> None:
        self._store, self._world, self._wake = store, world, wake
        self._stop = stop
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._broken: BaseException | None = None

    def take_up(self, subscriptions: Subscriptions) -> None:
        self.close()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(subscriptions, self._end), name="deliver")
        self._thread.start()

    def close(self) -> None:
        self._end.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def raise_if_broken(self) -> None:
        if self._broken is not None:
            raise self._broken

    def _run(self, subscriptions: Subscriptions, end: threading.Event) -> None:
        try:
            deliver(self._store, subscriptions, self._world, until_empty=False, stop=end, wake=self._wake)
        except BaseException as error:  # noqa: BLE001  # raised by the next tick, in the thread that can stop the process
            self._broken = error
