"""What is remembered of hosts, kept beside the log: the memory that the gate of `fetch/` asks for."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.events.sites import HostNote
from tracker.store.reading import Reader
from tracker.store.store import Store


class HostNotes:
    """Notes on hosts in the table `hosts`. Thread-safe; a note that cannot be read is as one that was never written."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def load(self, origin: str) -> HostNote | None:
        """What was saved last of an origin."""
        text = self._store.host_note(origin)
        if text is None:
            return None
        try:
            return HostNote.from_json(json.loads(text))
        except (ValueError, TypeError, AttributeError):
            return None

    def save(self, origin: str, note: HostNote) -> None:
        """Keep a note in place of the one before."""
        self._store.keep_host_notes({origin: _text(note)})

    def save_many(self, notes: Sequence[HostNote]) -> None:
        """Keep several at once."""
        self._store.keep_host_notes({note.origin: _text(note) for note in notes})


@dataclass(frozen=True, slots=True)
class Hold:
    """Until when a host is left alone, and why, for a person."""

    until: datetime
    why: str


def holds(store: Reader, now: datetime) -> dict[str, Hold]:
    """The hosts that are left alone now, by origin."""
    notes = (HostNote.from_json(json.loads(text)) for text in store.host_notes())
    return {n.origin: Hold(n.held_until, n.held_why) for n in notes if n.held_until is not None and n.held_until > now}


def _text(note: HostNote) -> str:
    return json.dumps(note.to_json(), ensure_ascii=False, separators=(",", ":"))
