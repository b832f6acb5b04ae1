"""Looks once a minute whether something is wrong that the operator has to know; records what began and what ended."""

import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from tracker.events.deliveries import Trouble
from tracker.notify.rules import Subscriptions
from tracker.notify.trouble import CALM_S, FLAPPING, WatchHealth, messages, news, of_verification, standing
from tracker.store import Store

EVERY_S = 60.0
_DOUBTED = ("suspect", "rejected")
_MOST_CHECKS = 100  # that the store keeps of a watch

Key = tuple[str, str]


class Overseer:
    """One thread calls `look`. subscriptions: may be replaced, when they were edited. calm_s: how long what comes and
    goes has to be over. disk: free bytes and all bytes of the disk that holds a folder.
    """

    def __init__(
        self,
        store: Store,
        subscriptions: Subscriptions,
        *,
        now: Callable[[], datetime],
        every_s: float = EVERY_S,
        calm_s: float = CALM_S,
        disk: Callable[[Path], tuple[int, int]] = lambda folder: _disk(folder),
    ) -> None:
        self.subscriptions = subscriptions
        self._store, self._now, self._every_s, self._disk = store, now, every_s, disk
        self._calm_s = calm_s
        self._due_s = 0.0
        self._absent_since: dict[Key, datetime] = {}  # forgotten with the process: what is over is told later then

    def look(self) -> bool:
        """Look, unless that was a moment ago; gives whether there is something to tell. Raises as the store does."""
        if time.monotonic() < self._due_s:
            return False
        self._due_s = time.monotonic() + self._every_s
        now, known = self._now(), self._store.troubles()
        named = {channel.name for channel in self.subscriptions.channels}
        states = {name: state for name, state in self._store.channel_states().items() if name in named}
        free, whole = self._disk(self._store.path.parent)
        found = standing(self._watches(), states.values(), free_bytes=free, disk_bytes=whole, now=now)
        found |= self._not_yet_over(known, found, now)
        began, ended = news(known, found, kept=frozenset(("verify",)))
        if not began and not ended:
            return False
        told = messages(began, ended, self.subscriptions, states, now, unwatched=self._unwatched(ended))
        self._store.note_troubles(began, ended, told, now)
        return True

    def _unwatched(self, troubles: Iterable[Trouble]) -> frozenset[str]:
        subjects = {one.subject for one in troubles}
        active = {one.watch for one in self._store.watches() if one.state == "active"} if subjects else set()
        return frozenset(subjects - active)

    def _not_yet_over(
        self, known: Iterable[Trouble], found: Mapping[Key, Trouble], now: datetime
    ) -> dict[Key, Trouble]:
        """What is not there any more, but may be back in a moment."""
        absent = {(one.kind, one.subject): one for one in known if one.kind in FLAPPING}
        enabled = {one.subject for one in known if one.kind == "disabled" and ("disabled", one.subject) not in found}
        absent = {key: one for key, one in absent.items() if key not in found and key[1] not in enabled}
        self._absent_since = {key: self._absent_since.get(key, now) for key in absent}
        calm = timedelta(seconds=self._calm_s)
        return {key: one for key, one in absent.items() if now - self._absent_since[key] < calm}

    def _watches(self) -> list[WatchHealth]:
        ailing = self._store.ailing()
        seen_at = {one.watch: one.seen_at for one in self._store.watches()} if ailing else {}
        return [
            WatchHealth(
                watch=watch,
                failed_since=failed_since,
                doubted_since=self._doubted_since(watch, seen_at.get(watch)),
                detail=detail,
            )
            for watch, failed_since, _, detail in ailing
        ]

    def _doubted_since(self, watch: str, seen_at: datetime | None) -> datetime | None:
        """The first of the looks that brought what is not believed, since one was; None where none did. Looks that
        brought nothing say nothing of that. seen_at: the last one that was believed.
        """
        first: datetime | None = None
        checks = self._store.checks(watch, _MOST_CHECKS)
        for check in checks:
            if check.outcome in _DOUBTED:
                first = check.at
            elif check.outcome != "failed":
                return first
        if first is None:
            return None
        # Of a page that is looked at every minute a hundred looks are no two hours.
        return seen_at if len(checks) == _MOST_CHECKS and seen_at is not None else first


def note_verification(store: Store, subscriptions: Subscriptions, findings: int, now: datetime) -> bool:
    """Record what a verification found, where that is news; whether it is. findings: 0 where all is well.

    Raises as the store does.
    """
    known = [one for one in store.troubles() if one.kind == "verify"]
    began = [of_verification(findings, now)] if findings and not known else []
    ended = known if not findings else []
    if not began and not ended:
        return False
    told = messages(began, ended, subscriptions, store.channel_states(), now)
    store.note_troubles(began, ended, told, now)
    return True


def _disk(folder: Path) -> tuple[int, int]:
    usage = shutil.disk_usage(folder)
    return usage.free, usage.total
