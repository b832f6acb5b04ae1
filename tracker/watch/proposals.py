"""What is proposed: pages that were found and nobody watches, addresses that watched pages moved to; yes and no.

Yes is an edit of `config/watches.toml`, so it can be said while `tracker run` holds the store. No is an event, and a
later yes goes over it. Not here: finding pages (discover.py).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from tracker import clock
from tracker.document.identity import profile_name
from tracker.errors import NothingRecorded, UsageError
from tracker.events.looks import Watch
from tracker.events.pages import page_refused
from tracker.extract.addresses import page_key
from tracker.extract.publishers import Publishers
from tracker.store import PageRecord, Store, WatchRecord
from tracker.watch import configured

LEAST_MOVED = 3  # permanent redirects in a row before the new address is proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Something to say yes or no to. name: of the watch that it would be, or that it is about.

    kind `new`: a page to watch; `moved`: the page of the watch `name` is at `url` now, for good. was: where it is
    looked at so far. found_at: when it was first listed. watched_as: another watch that looks at `url` already.
    """

    kind: Literal["new", "moved"]
    name: str
    url: str
    publisher: str | None = None
    source: str | None = None
    lastmod: str | None = None
    found_at: datetime | None = None
    was: str | None = None
    watched_as: str | None = None

    def to_json(self) -> dict[str, object]:
        """The proposal as plain JSON data."""
        return {
            "kind": self.kind,
            "name": self.name,
            "url": self.url,
            "publisher": self.publisher,
            "source": self.source,
            "lastmod": self.lastmod,
            "found_at": clock.iso(self.found_at) if self.found_at else None,
            "was": self.was,
            "watched_as": self.watched_as,
        }


@dataclass(frozen=True, slots=True)
class Known:
    """Pages that are known, by canonical key. watched: → the watch's name. former: addresses that watches had before,
    or that were watched once. moved: where watched pages redirect to for good → the watch. pages: found or refused.
    """

    watched: Mapping[str, str]
    former: frozenset[str]
    moved: Mapping[str, str]
    pages: Mapping[str, PageRecord]

    @classmethod
    def of(cls, store: Store, watches: Iterable[Watch]) -> "Known":
        """What the configuration and the record know."""
        told = store.events(types=("watch.added", "watch.altered"))
        named = {w.name: w for w in watches}
        records = [w for w in store.watches() if w.watch in named]
        return cls(
            watched={key: w.name for w in named.values() if (key := page_key(w.url))},
            former=frozenset(key for e in told if (key := page_key(str(e.payload["url"])))),
            moved={key: w.watch for w in records if w.moved_to and (key := page_key(w.moved_to))},
            pages={page.key: page for page in store.pages()},
        )

    def state(self, key: str) -> str:
        """What is known of a page: `watched`, `refused`, `moved`, `proposed`, `formerly watched`, or `new`."""
        if key in self.watched:
            return "watched"
        page = self.pages.get(key)
        if page is not None and page.state == "refused":
            return "refused"
        if key in self.moved:
            return "moved"
        if key in self.former:
            return "formerly watched"
        return "proposed" if page is not None else "new"


def proposals(store: Store, watches: Sequence[Watch]) -> tuple[Proposal, ...]:
    """What is proposed now: moved pages first, then found ones in the order in which they were found."""
    known = Known.of(store, watches)
    moved = tuple(_moved(store, watches, known))
    taken = {w.name for w in watches}
    found: list[Proposal] = []
    for page in known.pages.values():
        if known.state(page.key) != "proposed":
            continue
        name = configured.free_name(profile_name("", page.url), taken)
        taken.add(name)
        found.append(
            Proposal(
                kind="new",
                name=name,
                url=page.url,
                publisher=page.publisher,
                source=page.source,
                lastmod=page.lastmod,
                found_at=page.discovered_at,
            )
        )
    return (*moved, *found)


def moved_away(record: WatchRecord, watch: Watch) -> str | None:
    """Where the page of a watch moved for good, as seen often enough; None where it did not, or that is taken up."""
    if record.moved_to is None or record.moved_seen < LEAST_MOVED or record.url != watch.url:
        return None
    return record.moved_to if page_key(record.moved_to) not in (None, page_key(watch.url)) else None


def _moved(store: Store, watches: Sequence[Watch], known: Known) -> Iterable[Proposal]:
    records = {w.watch: w for w in store.watches()}
    for watch in watches:
        record = records.get(watch.name)
        to = moved_away(record, watch) if record is not None else None
        key = page_key(to) if to else None
        if to is None or key is None or (key in known.pages and known.pages[key].state == "refused"):
            continue
        yield Proposal(kind="moved", name=watch.name, url=to, was=watch.url, watched_as=known.watched.get(key))


def chosen(found: Sequence[Proposal], words: Sequence[str]) -> tuple[Proposal, ...]:
    """The proposals that these words mean: addresses or names. Raises NothingRecorded for a word that means none."""
    picked: dict[str, Proposal] = {}
    for word in words:
        key = page_key(word)
        fits = [p for p in found if p.name == word or (key is not None and page_key(p.url) == key)]
        if not fits:
            raise NothingRecorded(f"Nothing is proposed as {word!r}", remedy="See: tracker proposals")
        picked |= {f"{p.kind} {p.name}": p for p in fits}
    return tuple(picked.values())


def refused_before(store: Store, watches: Sequence[Watch], words: Sequence[str]) -> tuple[Proposal, ...]:
    """What was refused, as proposals once more, as far as these words mean it."""
    known = Known.of(store, watches)
    taken = {w.name for w in watches}
    keys = {page_key(word) for word in words}
    leads = {key: w for w in store.watches() if w.moved_to and (key := page_key(w.moved_to))}
    by_name = {w.name: w for w in watches}
    found: list[Proposal] = []
    for page in known.pages.values():
        own = profile_name("", page.url)
        if known.state(page.key) not in ("refused", "formerly watched") or not (page.key in keys or own in words):
            continue
        record = leads.get(page.key)
        watch = by_name.get(record.watch) if record is not None else None
        if record is not None and watch is not None and moved_away(record, watch):
            found.append(Proposal(kind="moved", name=watch.name, url=page.url, was=watch.url))
            continue
        name = configured.free_name(own, taken)
        taken.add(name)
        found.append(Proposal(kind="new", name=name, url=page.url, publisher=page.publisher))
    return tuple(found)


def accept(path: Path, picked: Sequence[Proposal], publishers: Publishers) -> None:
    """Write what was accepted into the list of watches: new ones, and new addresses of old ones.

    Raises UsageError where an address is watched under another name already; then nothing is written.
    """
    for one in picked:
        if one.watched_as is not None:
            raise UsageError(
                f"{one.name} moved to an address that is watched already",
                where=f"{one.url} (watched as {one.watched_as!r})",
                remedy=f"Keep one of them: tracker rm {one.name}, or tracker rm {one.watched_as} and accept again",
            )
    moved = {one.name: one.url for one in picked if one.kind == "moved"}
    new = watches_of([one for one in picked if one.kind == "new"], publishers)
    if moved:
        configured.move(path, moved)
    if new:
        configured.add_all(path, new)


def watches_of(picked: Iterable[Proposal], publishers: Publishers) -> tuple[Watch, ...]:
    """The watches that new pages become; a publisher is named only where the address alone does not tell it."""
    found = []
    for one in picked:
        by_url = publishers.by_url(one.url)
        publisher = one.publisher if one.publisher and (by_url is None or by_url[0].name != one.publisher) else None
        found.append(Watch(name=one.name, url=one.url, publisher=publisher))
    return tuple(found)


def refuse(store: Store, urls: Collection[str], now: datetime) -> None:
    """Record that these pages are not wanted: what is not proposed yet will not be, either."""
    events = [page_refused(key, url, now) for url in urls if (key := page_key(url)) is not None]
    if events:
        store.append(tuple(events), key=f"refused/{clock.iso(now)}/{store.head().position}")
