"""Discovery under `tracker run`: each publisher is surveyed on its own cadence, in a thread beside the looks.

Its requests go through the same gate as all others, so it makes no host busier. Not here: a survey (discover.py).
"""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from tracker import clock
from tracker.errors import ConfigError, Damaged, StoreBusy, StoreFull, TrackerError
from tracker.extract.publishers import Publishers
from tracker.fetch.client import Fetcher
from tracker.fetch.sockets import Abandoned
from tracker.watch.discover import Scout, Survey, publisher_note, survey, surveyed


class DiscoveryLoop:
    """Surveys what is due. One thread calls `tick`; nothing of it waits for the network.

    scout: its fetcher is not used; make_fetcher: makes one for the thread. Under way there is at most one survey.
    """

    def __init__(self, scout: Scout, make_fetcher: Callable[[], Fetcher]) -> None:
        self._scout, self._make_fetcher = scout, make_fetcher
        self._thread: threading.Thread | None = None
        self._broken: BaseException | None = None
        self._next: dict[str, datetime] = {}
        self.take_up(scout.publishers)

    def take_up(self, publishers: Publishers) -> None:
        """From now on these are the publishers."""
        self._scout = replace(self._scout, publishers=publishers)
        found: dict[str, datetime] = {}
        for publisher, rules in surveyed(publishers):
            asked = self._scout.store.discovery_note(publisher_note(publisher.name))
            # One that was never asked is asked now; a clock that was set back since must not put it off for long.
            last = clock.from_iso(asked) if asked else None
            now = self._scout.now()
            every = timedelta(seconds=rules.every_s)
            found[publisher.name] = min(last + every, now + every) if last is not None else now
        self._next = found

    @property
    def next_at(self) -> datetime | None:
        """When the next survey falls due; None where no publisher says where its profiles are listed."""
        return min(self._next.values(), default=None)

    @property
    def is_broken(self) -> bool:
        """Whether the next tick raises."""
        return self._broken is not None

    def tick(self, now: datetime) -> None:
        """Begin a survey that is due, if none is under way. Raises what broke the store during the last one."""
        if self._broken is not None:
            raise self._broken
        if self._thread is not None and self._thread.is_alive():
            return
        due = [name for name, at in self._next.items() if at <= now]
        if not due:
            return
        name = min(due, key=lambda one: self._next[one])
        rules = self._scout.publishers.named(name).discovery
        assert rules is not None
        self._next[name] = now + timedelta(seconds=rules.every_s)
        self._thread = threading.Thread(target=self._run, args=(self._scout, name), name="discover", daemon=True)
        self._thread.start()

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait for the survey under way."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def close(self) -> None:
        """Wait for the survey under way, which gives up where its fetcher is told to stop."""
        self.wait()

    def _run(self, scout: Scout, name: str) -> None:
        publisher = scout.publishers.named(name)
        assert publisher.discovery is not None
        fetcher = self._make_fetcher()
        try:
            done = survey(publisher, publisher.discovery, replace(scout, fetcher=fetcher))
            for line in lines(done):
                scout.tell(line)
        except Abandoned:
            return
        except (StoreFull, StoreBusy, Damaged) as broken:
            self._broken = broken
        except (ConfigError, TrackerError) as wrong:
            scout.tell(f"discovery of {name} came to nothing: {wrong}")
        except BaseException as fault:  # noqa: BLE001  # raised by the next tick, in the thread that can stop the process
            self._broken = fault
        finally:
            fetcher.close()


def lines(done: Survey) -> list[str]:
    """What a survey is worth telling the operator, a line each."""
    found = [f"discovery of {done.publisher}: {fault}" for read in done.reads for fault in read.faults]
    if done.new:
        told = "" if done.watched else ": tracker proposals"
        found.append(f"discovery of {done.publisher}: {len(done.new)} new pages{told}")
    if done.watched:
        found.append(f"discovery of {done.publisher}: watched from now on: {', '.join(done.watched)}")
    if done.due:
        told = ", ".join(f"{watch} ({why})" for watch, why in done.due.items())
        found.append(f"discovery of {done.publisher}: looked at now: {told}")
    return found
