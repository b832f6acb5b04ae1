"""What is remembered of origins: in hand for those asked lately, in a memory that may outlive the process for all.

Lives here: keeping notes. Not here: what they mean (hosts.py, robots.py), the table they end in (store/).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from tracker.events.sites import HostNote
from tracker.fetch.robots import Rules

KEPT_ORIGINS = 2048  # in hand: a note with its rules is some 10 KB
KEPT_CHARS = 8_000_000  # of robots.txt in hand: redirects lead to hosts that nobody chose


class HostMemory(Protocol):
    """Where notes outlive the process. Called by many threads; a note is small, but for a robots.txt up to 500 KiB."""

    def load(self, origin: str) -> HostNote | None:
        """What was saved last of an origin."""

    def save(self, origin: str, note: HostNote) -> None:
        """Keep a note in place of the one before."""

    def save_many(self, notes: Sequence[HostNote]) -> None:
        """Keep several at once."""


class Forgetful:
    """A memory that ends with the process."""

    def __init__(self) -> None:
        self._notes: dict[str, HostNote] = {}

    def load(self, origin: str) -> HostNote | None:
        """What was saved last of an origin."""
        return self._notes.get(origin)

    def save(self, origin: str, note: HostNote) -> None:
        """Keep a note in place of the one before."""
        self._notes[origin] = note

    def save_many(self, notes: Sequence[HostNote]) -> None:
        """Keep several."""
        for note in notes:
            self.save(note.origin, note)


class Origin:
    """What is known of an origin now.

    in_flight: held by whose turn it is. changing: held while its note is changed and saved. free_at: when its hold is
    over, by the clock that nobody sets. users: who ask or wait. chars: of its robots.txt, as counted. rules: parsed
    from the text `rules_of`.
    """

    __slots__ = ("changing", "chars", "free_at", "in_flight", "last_ended_at", "note", "rules", "rules_of", "users")

    def __init__(self, note: HostNote) -> None:
        self.in_flight = threading.Lock()
        self.changing = threading.Lock()
        self.note = note
        self.last_ended_at = note.last_ended_at
        self.rules: Rules | None = None
        self.rules_of: str | None = None
        self.free_at: float | None = None
        self.users = 0
        self.chars = len(note.robots or "")

    def current(self) -> HostNote:
        """The note as it would be saved now."""
        return replace(self.note, last_ended_at=self.last_ended_at)


class Notes:
    """The notes in hand. Thread-safe; changes of one note are made and saved one after another."""

    def __init__(self, memory: HostMemory) -> None:
        self._memory = memory
        self._lock = threading.Lock()
        self._origins: OrderedDict[str, Origin] = OrderedDict()
        self._unknown: set[str] = set()  # origins of which nothing is remembered: asked about more often than asked
        self._chars = 0

    def of(self, origin: str, *, users: int = 0) -> Origin:
        """What is known of an origin. users: 1 where it must stay in hand until `release`."""
        with self._lock:
            one = self._origins.get(origin)
            if one is not None:
                one.users += users
                self._origins.move_to_end(origin)
                return one
        note = self._memory.load(origin) if origin not in self._unknown else None
        self._unknown.discard(origin)
        return self._taken(note or HostNote(origin=origin), users=users)

    def _taken(self, note: HostNote, *, users: int) -> Origin:
        with self._lock:
            one = self._origins.get(note.origin)
            if one is None:
                one = self._origins[note.origin] = Origin(note)
                self._chars += one.chars
            one.users += users
            idle = self._let_go(but=one)
        for other in idle:
            if other.last_ended_at != other.note.last_ended_at:
                self._memory.save(other.note.origin, other.current())
        return one

    def seen(self, origin: str) -> Origin | None:
        """What is known of an origin; None for one that was never asked, which is not taken in hand for that."""
        with self._lock:
            one = self._origins.get(origin)
        if one is not None:
            return one
        if origin in self._unknown:
            return None
        note = self._memory.load(origin)
        if note is not None:
            return self._taken(note, users=0)
        if len(self._unknown) >= KEPT_ORIGINS:
            self._unknown.clear()
        self._unknown.add(origin)
        return None

    def release(self, one: Origin) -> None:
        """One who asked or waited is done."""
        with self._lock:
            one.users -= 1

    def set(self, one: Origin, **changed: Any) -> None:
        """Give fields of the note other values, and save it."""
        self.change(one, lambda note: replace(note, **changed))

    def change(self, one: Origin, changed: Callable[[HostNote], HostNote]) -> None:
        """Put another note in place of this one, and save it."""
        with one.changing:
            one.note = note = replace(changed(one.note), last_ended_at=one.last_ended_at)
            self._memory.save(note.origin, note)
            with self._lock:
                chars = len(note.robots or "")
                if self._origins.get(note.origin) is one:
                    self._chars += chars - one.chars
                one.chars = chars

    def save_all(self, is_wanted: Callable[[Origin], bool]) -> None:
        """Save what was not worth a write by itself: when each of the origins that are wanted was asked last."""
        with self._lock:
            origins = list(self._origins.values())
        stale = [one for one in origins if one.last_ended_at != one.note.last_ended_at and is_wanted(one)]
        for one in stale:
            one.note = one.current()
        if stale:
            self._memory.save_many([one.note for one in stale])

    def _let_go(self, *, but: Origin) -> list[Origin]:
        """Those asked longest ago and of no use to anybody now, as many as are too many."""
        gone: list[Origin] = []
        too_many = len(self._origins) - KEPT_ORIGINS
        chars = self._chars - KEPT_CHARS
        if too_many <= 0 and chars <= 0:
            return gone
        for one in self._origins.values():
            if too_many <= 0 and chars <= 0:
                break
            if one.users == 0 and one is not but:
                gone.append(one)
                too_many -= 1
                chars -= one.chars
        for one in gone:
            del self._origins[one.note.origin]
            self._chars -= one.chars
        return gone
