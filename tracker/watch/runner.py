"""`tracker run`: one process that looks, records and delivers until it is stopped.

Lives here: what happens at each tick. Not here: the clock that ticks (schedule.py), a round (rounds.py), one look
(pipeline.py), one delivery (notify/deliver.py).
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime, timedelta

from tracker.errors import ConfigError
from tracker.events.looks import Watch
from tracker.store import Store
from tracker.store.record import Looked
from tracker.watch.rounds import Crew, Round

MAX_DUE_A_TICK = 2_000
MAX_OF_A_HOST = 120  # a turn: until it is over, an edited configuration does not reach that host
CLOCK_STEP_S = 30.0  # the least by which a clock is set back that is heeded
LOOK_AGAIN_S = 60.0  # how soon a due time is noticed that something else in this process moved


class Runner:
    """Picks what is due at each tick, and records a round when it is over. One thread calls `tick`.

    A tick at which nothing is due asks the store nothing: it is known when the next page is.
    reload: gives the configured watches when they were edited since, else None; raises ConfigError where they cannot
    be read, and then the last good ones stay in force. tell: a line for the operator. on_quiet: called, in any thread,
    when a host's looks have ended. monotonic: seconds that no hand sets back.
    """

    def __init__(
        self,
        store: Store,
        crew: Crew,
        round_: Round,
        *,
        now: Callable[[], datetime],
        reload: Callable[[], tuple[Watch, ...] | None],
        tell: Callable[[str], None],
        watches: tuple[Watch, ...] = (),
        on_quiet: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._crew, self._round, self._now = store, crew, round_, now
        self._reload, self._tell, self._monotonic = reload, tell, monotonic
        self._on_quiet = on_quiet
        self._watches = {w.name: w for w in watches}
        self._under_way: dict[str, Future[None]] = {}
        self._complaint = ""
        self._clocks = now(), monotonic()
        self._idle_until: datetime | None = None  # None: it has to be looked up
        self._idle_since_s = 0.0

    def looked(self, watch: Watch, looked: Looked) -> None:
        """A look is over (called by the crew): keep it for the round's record."""
        self._round.note(watch, looked)

    @property
    def is_looking(self) -> bool:
        """Whether looks are under way."""
        return any(not future.done() for future in tuple(self._under_way.values()))

    def tick(self) -> float | None:
        """Take up edited configuration, start what is due, record a round that is over. Gives for how many seconds
        nothing is to be done then, None where that is not known. Raises what broke the store.
        """
        self._heed_clock()
        self._take_up()
        self._finish()
        if not self._is_idle():
            self._start_due()
        if self._round.is_due(is_quiet=not self._under_way):
            self._round.record()
            self._idle_until = None
        if self._under_way or self._round.watches() or not self._is_idle() or self._idle_until is None:
            return None
        return (self._idle_until - self._clocks[0]).total_seconds()

    def close(self) -> None:
        """Let looks under way end, and record them."""
        self._crew.close()
        self._round.record()

    def _heed_clock(self) -> None:
        """Where the clock was set back since the last tick, all that is to come moves with it: nothing waits longer."""
        now, seconds = self._now(), self._monotonic()
        (before, seconds_before), self._clocks = self._clocks, (now, seconds)
        back_s = seconds - seconds_before - (now - before).total_seconds()
        if back_s >= CLOCK_STEP_S:
            self._tell(f"the clock was set back by {back_s:.0f} s: what is due moves with it")
            self._round.record()  # what was looked at before is planned by the clock of before
            self._store.set_clock_back(timedelta(seconds=back_s))
            self._idle_until = None

    def _take_up(self) -> None:
        try:
            watches = self._reload()
        except ConfigError as wrong:
            if str(wrong) != self._complaint:
                self._tell(f"configuration not taken up, the last good one stays in force: {wrong}")
            self._complaint = str(wrong)
            return
        if watches is not None:
            self._complaint = ""
            self._watches = {w.name: w for w in watches}
            self._idle_until = None

    def _finish(self) -> None:
        for host, future in list(self._under_way.items()):
            if future.done():
                del self._under_way[host]
                future.result()

    def _is_idle(self) -> bool:
        now, seconds = self._clocks
        if self._idle_until is None or seconds - self._idle_since_s >= LOOK_AGAIN_S:
            self._idle_until = self._store.next_due() or now + timedelta(days=1)
            self._idle_since_s = seconds
        return now < self._idle_until

    def _start_due(self) -> None:
        now = self._clocks[0]
        looked_at = self._round.watches()  # their due times move when the round is recorded

        def is_wanted(name: str, host: str) -> bool:
            watch = self._watches.get(name)
            if watch is None or watch.state != "active" or name in looked_at or host in self._under_way:
                return False
            held_until = self._crew.held_until(host)
            return held_until is None or held_until <= now

        groups: dict[str, list[Watch]] = {}
        for name, host in self._store.waiting(now, MAX_DUE_A_TICK, is_wanted):
            groups.setdefault(host, []).append(self._watches[name])
        turns = {host: watches[:MAX_OF_A_HOST] for host, watches in groups.items()}
        if turns:
            self._store.read_ahead([watch.name for watches in turns.values() for watch in watches])
        for host, watches in turns.items():
            self._under_way[host] = self._crew.submit(host, watches)
            self._under_way[host].add_done_callback(lambda _: self._on_quiet())
