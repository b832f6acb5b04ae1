"""`tracker run`: one process that looks, records and delivers until it is stopped.

Lives here: what happens at each tick. Not here: the clock that ticks (schedule.py), a round (rounds.py), one look
(pipeline.py), one delivery (notify/deliver.py).
"""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime

from tracker.errors import ConfigError
from tracker.events.types import Watch
from tracker.store import Store
from tracker.store.record import Looked
from tracker.watch.rounds import Crew, Round, by_host

MAX_DUE_A_TICK = 2_000


class Runner:
    """Picks what is due at each tick, and records a round when it is over. One thread calls `tick`.

    reload: gives the configured watches when they were edited since, else None; raises ConfigError where they cannot
    be read, and then the last good ones stay in force. tell: a line for the operator.
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
    ) -> None:
        self._store, self._crew, self._round, self._now = store, crew, round_, now
        self._reload, self._tell = reload, tell
        self._watches = {w.name: w for w in watches}
        self._under_way: dict[str, Future[None]] = {}
        self._complaint = ""

    def looked(self, watch: Watch, looked: Looked) -> None:
        """A look is over (called by the crew): keep it for the round's record."""
        self._round.note(watch, looked)

    def tick(self) -> None:
        """Take up edited configuration, start what is due, record a round that is over. Raises what broke the store."""
        self._take_up()
        self._finish()
        due = self._due()
        for host, watches in by_host(due).items():
            self._under_way[host] = self._crew.submit(host, watches)
        if self._round.is_due(is_quiet=not self._under_way):
            self._round.record()

    def close(self) -> None:
        """Let looks under way end, and record them."""
        self._crew.close()
        self._round.record()

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

    def _finish(self) -> None:
        for host, future in list(self._under_way.items()):
            if future.done():
                del self._under_way[host]
                future.result()

    def _due(self) -> list[Watch]:
        now = self._now()
        looked_at = self._round.watches()  # their due times move when the round is recorded
        found = []
        for due in self._store.due(now, MAX_DUE_A_TICK):
            watch = self._watches.get(due.watch)
            if watch is None or watch.state != "active" or watch.name in looked_at:
                continue
            host = next(iter(by_host([watch])))
            held_until = self._crew.held_until(host)
            if host not in self._under_way and (held_until is None or held_until <= now):
                found.append(watch)
        return found
