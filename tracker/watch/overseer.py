"""Looks once a minute whether something is wrong that the operator has to know; records what began and what ended."""

import shutil
import time
from collections.abc import Callable
from datetime import datetime

from tracker.notify.rules import Subscriptions
from tracker.notify.trouble import WatchHealth, messages, news, standing
from tracker.store import Store

EVERY_S = 60.0
_DOUBTED = ("suspect", "rejected")


class Overseer:
    """One thread calls `look`. subscriptions: may be replaced, when they were edited."""

    def __init__(self, store: Store, subscriptions: Subscriptions, *, now: Callable[[], datetime]) -> None:
        self.subscriptions = subscriptions
        self._store, self._now = store, now
        self._due_s = 0.0

    def look(self) -> bool:
        """Look, unless that was a moment ago; gives whether there is something to tell. Raises as the store does."""
        if time.monotonic() < self._due_s:
            return False
        self._due_s = time.monotonic() + EVERY_S
        now, states = self._now(), self._store.channel_states()
        disk = shutil.disk_usage(self._store.path.parent)
        found = standing(self._watches(), states.values(), free_bytes=disk.free, disk_bytes=disk.total, now=now)
        began, ended = news(self._store.troubles(), found, kept=frozenset(("verify",)))
        if not began and not ended:
            return False
        self._store.note_troubles(began, ended, messages(began, ended, self.subscriptions, states, now), now)
        return True

    def _watches(self) -> list[WatchHealth]:
        return [
            WatchHealth(
                watch=watch,
                failed_since=failed_since,
                doubted_since=self._doubted_since(watch) if outcome in _DOUBTED else None,
                detail=detail,
            )
            for watch, failed_since, outcome, detail in self._store.ailing()
        ]

    def _doubted_since(self, watch: str) -> datetime | None:
        """The first of the looks in a row that brought nothing that is believed."""
        first: datetime | None = None
        for check in self._store.checks(watch, 100):
            if check.outcome not in _DOUBTED:
                break
            first = check.at
        return first
