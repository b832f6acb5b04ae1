"""What the newest changes edited, by host: an edit that is made all over a site is known by it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from tracker.compare.volatile import SameWords, same_words
from tracker.document.model import Chapter
from tracker.events.codec import parse
from tracker.events.types import Event
from tracker.store import queries
from tracker.store.folding import host_of

LOOKED_AT = 60  # of the newest changes
_NEWS = ("content", "reversion", "furniture")
ByProfile = tuple[tuple[str, frozenset[SameWords]], ...]


class Lately:
    """Remembers the edits of each change that it read, so that each is read once. Thread-safe."""

    def __init__(self) -> None:
        self._known: dict[int, frozenset[SameWords]] = {}

    def of_host(
        self, found: Sequence[tuple[Event, str]], host: str, since: datetime, chapter_document: Callable[[str], Chapter]
    ) -> ByProfile:
        """Profile and edits of the changes among these that pages of the host brought since then.

        found: events of changes, with what is told of each in full.
        """
        told: list[tuple[str, frozenset[SameWords]]] = []
        for event, text in found:
            facts = parse(text.encode())
            assert isinstance(facts, dict)
            if event.recorded_at < since or facts["cause"] not in _NEWS or host_of(facts["source_url"]) != host:
                continue
            edits = self._known.get(event.position)
            if edits is None:
                change = queries.change(event, text, chapter_document)
                edits = frozenset(words for edit in change.edits if (words := same_words(edit)) is not None)
                self._known[event.position] = edits
            told.append((facts["profile"], edits))
        for position in sorted(self._known)[: -4 * LOOKED_AT]:
            self._known.pop(position, None)
        return tuple(told)
