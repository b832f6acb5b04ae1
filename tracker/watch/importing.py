"""What was seen before we looked: copies of a page, taken into its record in the order of their instants.

Lives here: what is taken in, in which order, a batch at a time, and what came of each copy. Not here: where copies come
from (copies.py, fetch/archive.py), where one belongs in the history (history/placing.py). A copy is understood by the
same lines as a look of ours, against what stood at its instant; it never changes what the next look compares with.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from tracker import clock
from tracker.compare.changes import refuse_claimed
from tracker.document.identity import short_id
from tracker.events import bodies
from tracker.events.deliveries import Alert
from tracker.events.looks import Capture, Source, Watch
from tracker.events.sites import Site
from tracker.events.types import Change, NewEvent, Reading, Standing, Suspicion
from tracker.extract.confirm import is_early
from tracker.extract.publishers import Publishers
from tracker.fetch.archive import BadCopy, Exchange
from tracker.history.placing import Clash, borne_out, placed
from tracker.notify.route import route
from tracker.notify.subscriptions import Subscriptions
from tracker.pipeline import NOTHING_KNOWN, understand
from tracker.store import Append, Store
from tracker.store.past import Past

BATCH = 100  # copies written in one transaction
BATCH_BYTES = 8_000_000
DEAR_BATCH, DEAR_FOR = 5, timedelta(seconds=10)  # where each copy costs a request, it is written soon
FIRST = datetime(1990, 1, 1, tzinfo=UTC)  # no page was captured sooner: there was no web

Fate = Literal["version", "seen", "known", "suspect", "rejected", "held", "clash", "failed"]
NOT_TAKEN = ("held", "clash", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy of a page, not read yet. mark: names its bytes, where its source does without reading them.

    load: reads it; raises BadCopy.
    """

    url: str
    captured_at: datetime
    source: Source
    load: Callable[[], Exchange]
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a copy. fate: `version` (a new one), `seen` (shows what is recorded), `known` (taken in before),
    `suspect` and `rejected` (kept as evidence), `held` (newer than our last look), `clash` (contradicts what is
    recorded of its instant), `failed` (cannot be read). changes: ids.
    """

    watch: str
    origin: str
    captured_at: datetime | None
    fate: Fate
    detail: str = ""
    changes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """As plain JSON data."""
        return {
            "watch": self.watch,
            "from": self.origin,
            "captured_at": clock.iso(self.captured_at) if self.captured_at else None,
            "fate": self.fate,
            "detail": self.detail,
            "changes": list(self.changes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """What an import needs of the world. subscriptions: who is told of it; None: nobody. dry_run: nothing is written.

    site: what is known of an address's host, without asking it. told: called with each copy's fate. batch: copies
    written in one transaction, none of them later than `hold` after it was read, where that is given.
    """

    store: Store
    publishers: Publishers
    confirm_after_s: tuple[int, ...]
    now: Callable[[], datetime]
    subscriptions: Subscriptions | None = None
    dry_run: bool = False
    site: Callable[[str], Site] = lambda url: NOTHING_KNOWN
    told: Callable[[Taken], None] = lambda taken: None
    is_stopping: Callable[[], bool] = lambda: False
    batch: int = BATCH
    hold: timedelta | None = None

    def take_in(self, watch: Watch, copies: Iterable[Copy]) -> tuple[Taken, ...]:
        """Take copies of one page into its record; what became of each, in the order of their instants.

        What was taken in before is passed over, so that an import that was broken off goes on where it stopped.
        Raises what makes the store unusable, and ComeLater of the source; what came before that is recorded.
        """
        found: list[Taken] = []
        run = _Run(self, watch)
        try:
            for copy in sorted(copies, key=lambda c: (c.captured_at, c.source.origin)):
                if self.is_stopping():
                    break
                run.write_old()
                taken = run.take(copy)
                found.append(taken)
                self.told(taken)
        finally:
            run.write()
        return tuple(found)


class _Run:
    """An import into one page's record, under way."""

    def __init__(self, importer: Importer, watch: Watch) -> None:
        self._importer, self._watch = importer, watch
        self._past = Past(importer.store, watch.name)
        if importer.dry_run and not self._past.is_known_watch:
            self._past.fold((_added(watch),), importer.now())
        self._waiting: list[Append] = []
        self._keys: set[str] = set()
        self._bytes = 0
        self._since: datetime | None = None

    def take(self, copy: Copy) -> Taken:
        """Take one copy in. Raises ComeLater."""
        if copy.captured_at < FIRST:
            return self._taken(copy, "failed", f"its instant is before {FIRST:%Y}, when there was no web")
        if copy.mark and self._is_known(copy, copy.mark):
            return self._taken(copy, "known")
        if copy.captured_at > self._importer.now():
            return self._taken(copy, "failed", "its instant is in the future")
        try:
            exchange = copy.load()
        except BadCopy as bad:
            return self._taken(copy, "failed", str(bad))
        name = hashlib.sha256(exchange.body).hexdigest()
        if not copy.mark and self._is_known(copy, name):
            return self._taken(copy, "known")
        last = self._past.last_seen
        if self._past.was_looked_at and self._past.is_active and last is not None and copy.captured_at > last:
            told = f"newer than our last look, of {clock.iso(last)}: look first (tracker check), or pause its watch"
            return self._taken(copy, "held", told)
        return self._record(_capture(copy, exchange, name, self._fetch_id(copy, copy.mark or name), self._watch), copy)

    def write(self) -> None:
        """Write what waits."""
        waiting, self._waiting, self._bytes = self._waiting, [], 0
        if waiting and not self._importer.dry_run:
            self._past.written(self._importer.store.append_each(waiting))

    def write_old(self) -> None:
        """Write what waits, if it has waited long enough."""
        hold, since = self._importer.hold, self._since
        if self._waiting and hold is not None and since is not None and self._importer.now() - since >= hold:
            self.write()

    def _record(self, capture: Capture, copy: Copy) -> Taken:
        version = self._past.stream_version
        standing, reading = self._understood(capture)
        try:
            found = placed(self._past, self._watch.name, capture, reading, standing, self._routed)
        except Clash as clash:
            return self._taken(copy, "clash", str(clash))
        key = f"import/{capture.fetch_id}"
        self._past.fold(found.events, self._importer.now())
        expected = {bodies.watch_stream(self._watch.name): version}
        self._since = self._since if self._waiting else self._importer.now()
        self._waiting.append(Append(events=found.events, key=key, bodies=found.bodies, expected=expected))
        self._keys.add(key)
        self._bytes += sum(map(len, found.bodies))
        if len(self._waiting) >= self._importer.batch or self._bytes >= BATCH_BYTES:
            self.write()
        self.write_old()
        ids = tuple(change.id for change in found.changes)
        if reading.verdict.kind != "ok":
            fate: Fate = "suspect" if reading.verdict.kind == "suspect" else "rejected"
            told = "; ".join((reading.verdict.reason, *reading.verdict.evidence))
            return self._taken(copy, fate, told)
        return self._taken(copy, "version" if ids else "seen", "", ids)

    def _understood(self, capture: Capture) -> tuple[Standing, Reading]:
        """What a copy says, and what stood at its instant."""
        standing, reading = self._against_then(capture)
        if self._past.profile is None and reading.profile:
            self._past.take_up(reading.profile)
            if self._past.is_known:
                standing, reading = self._against_then(capture)
        claims = self._importer.store.claims(reading.profile, but=self._watch.name) if reading.profile else {}
        return standing, borne_out(refuse_claimed(reading, claims), self._past, capture)

    def _against_then(self, capture: Capture) -> tuple[Standing, Reading]:
        def early(doubt: Suspicion, at: datetime) -> bool:
            return is_early(doubt, at, self._importer.confirm_after_s)

        standing = self._past.standing(capture.captured_at, early)
        reading = understand(
            capture,
            self._watch,
            standing,
            self._importer.publishers,
            self._importer.confirm_after_s,
            site=self._importer.site(capture.url),
        )
        return standing, reading

    def _routed(self, found: tuple[Change, ...]) -> tuple[Alert, ...]:
        subscriptions = self._importer.subscriptions
        return route(found, subscriptions) if subscriptions is not None else ()

    def _is_known(self, copy: Copy, mark: str) -> bool:
        key = f"import/{self._fetch_id(copy, mark)}"
        return key in self._keys or self._importer.store.has_key(key)

    def _fetch_id(self, copy: Copy, mark: str) -> str:
        """Names a copy by its source, page, instant and bytes: whatever its file is called, it is taken in once."""
        return short_id("i", copy.source.kind, self._watch.name, copy.url, clock.iso(copy.captured_at), mark)

    def _taken(self, copy: Copy, fate: Fate, detail: str = "", changes: tuple[str, ...] = ()) -> Taken:
        return Taken(
            watch=self._watch.name,
            origin=copy.source.origin,
            captured_at=copy.captured_at,
            fate=fate,
            detail=detail,
            changes=changes,
        )


def _capture(copy: Copy, exchange: Exchange, body_sha256: str, fetch_id: str, watch: Watch) -> Capture:
    """The copy as a capture. No validators: they are the archive's, or of a page that is long gone."""
    return Capture(
        fetch_id=fetch_id,
        url=watch.url,
        final_url=copy.url,
        status=exchange.status,
        headers=exchange.headers,
        media_type=exchange.media_type,
        charset=exchange.charset,
        body=exchange.body,
        body_sha256=body_sha256,
        requested_at=copy.captured_at,
        captured_at=copy.captured_at,
        source=copy.source,
    )


def _added(watch: Watch) -> NewEvent:
    return bodies.watch_configured(
        "added",
        watch.name,
        url=watch.url,
        profile=watch.profile,
        publisher=watch.publisher,
        every_s=watch.every_s,
    )


def make_known(store: Store, watch: Watch) -> None:
    """Name a page in the record that nobody watches, so that what was seen of it can be recorded: added, and ended."""
    ended = bodies.watch_ended("removed", watch.name, reason="imported, not watched")
    store.append((_added(watch), ended), key=f"import-page/{watch.name}/{store.head().position}")


def by_watch(found: Iterable[tuple[Watch, Copy]]) -> Iterator[tuple[Watch, Sequence[Copy]]]:
    """The copies of each page together, in the order in which pages are first named."""
    groups: dict[str, tuple[Watch, list[Copy]]] = {}
    for watch, copy in found:
        groups.setdefault(watch.name, (watch, []))[1].append(copy)
    yield from groups.values()
