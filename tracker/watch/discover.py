"""Discovery of a publisher's profiles: ask the places that list them, tell what is new, make due what is hinted at.

Lives here: one survey of one publisher, from its places to the record. Not here: reading a place (sources.py), what a
list hints at (hints.py), saying yes or no (proposals.py), when to survey (discover_loop.py). Nothing is believed of a
list but that a page is there: that one is gone is settled by the page itself (pipeline.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from tracker import clock
from tracker.document.identity import profile_name
from tracker.events.looks import Watch
from tracker.events.pages import page_discovered, page_stream
from tracker.extract.addresses import Listed
from tracker.extract.discovery import Discovery
from tracker.extract.publishers import Publisher, Publishers
from tracker.fetch.address import AddressGuard
from tracker.fetch.client import Fetcher
from tracker.store import Operational, Plan, Store
from tracker.watch import configured
from tracker.watch.hints import FEED, HintNote, SourceNote, Told, note_json, note_of, told
from tracker.watch.proposals import Known, Proposal, watches_of
from tracker.watch.sources import Sieve, SourceRead, Tell, read_source

AT_ONCE = 500  # events of one append
MAX_AUTO = 500  # new pages of one publisher that are watched at once without a person's word


@dataclass(frozen=True, slots=True, kw_only=True)
class Scout:
    """What discovery needs of the world. tell: a line for the operator. progress: a line about each document read."""

    store: Store
    fetcher: Fetcher
    publishers: Publishers
    watches_file: Path
    guard: AddressGuard
    now: Callable[[], datetime] = clock.now
    tell: Tell = lambda line: None
    progress: Tell = lambda line: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What one survey of a publisher brought. new: pages told now, for the first time. watched: those of them, or of
    earlier ones, that are watched from now on. due: watch → why it is looked at now.
    """

    publisher: str
    reads: tuple[SourceRead, ...]
    listed: int
    new: tuple[str, ...]
    watched: tuple[str, ...]
    due: Mapping[str, str]

    def to_json(self) -> dict[str, object]:
        """The survey as plain JSON data."""
        return {
            "publisher": self.publisher,
            "sources": [read_json(read) for read in self.reads],
            "listed": self.listed,
            "new": list(self.new),
            "watched": list(self.watched),
            "due": dict(self.due),
        }


def read_json(read: SourceRead) -> dict[str, object]:
    """What a place listed, as plain JSON data, without the pages."""
    return {
        "source": read.source,
        "kind": read.kind,
        "documents": read.documents,
        "pages": len(read.pages),
        "is_whole": read.is_whole,
        "canonical": read.canonical,
        "dropped": dict(read.dropped),
        "faults": list(read.faults),
    }


def surveyed(publishers: Publishers) -> tuple[tuple[Publisher, Discovery], ...]:
    """The publishers whose files say where their profiles are listed."""
    return tuple((p, p.discovery) for p in publishers if p.discovery is not None and p.discovery.sources)


def survey(publisher: Publisher, rules: Discovery, scout: Scout) -> Survey:
    """Ask all places of a publisher, record what is new, watch it where the rules say so, make due what is hinted at.

    Raises Abandoned where it is stopped while it reads: then nothing is recorded.
    """
    reads = tuple(
        read_source(
            scout.fetcher, one, Sieve(one, rules.pages or publisher.urls, scout.guard), publisher, scout.progress
        )
        for one in rules.sources
    )
    watches = configured.read(scout.watches_file)
    known = Known.of(scout.store, watches)
    listed = merged(reads)

    new = [key for key in listed if known.state(key) == "new"]
    record(scout, new, listed, publisher.name, rules.watch)
    tidings = _tidings(scout, reads, known)
    is_moving = any(n <= 2 for one in tidings.values() for n in one.note.absent.values())
    watched = _watch_new(scout, publisher, watches, is_moving=is_moving) if rules.watch == "auto" else ()
    due = _heed(scout, tidings, listed, known, watches)

    now = scout.now()
    notes = {f"source {source}": note_json(one.note) for source, one in tidings.items()}
    scout.store.keep_discovery_notes({**notes, publisher_note(publisher.name): clock.iso(now)})
    return Survey(
        publisher=publisher.name,
        reads=reads,
        listed=len(listed),
        new=tuple(listed[key][0].url for key in new),
        watched=watched,
        due=due,
    )


def publisher_note(name: str) -> str:
    """Under which name it is remembered when a publisher was surveyed last."""
    return f"publisher {name}"


def merged(reads: Sequence[SourceRead]) -> dict[str, tuple[Listed, str]]:
    """Canonical key → the page, with the newest lastmod, and the first place that lists it."""
    found: dict[str, tuple[Listed, str]] = {}
    for read in reads:
        for key, page in read.pages.items():
            if key not in found:
                found[key] = (page, read.source)
                continue
            first, source = found[key]
            if page.lastmod and page.lastmod > (first.lastmod or ""):
                found[key] = (Listed(first.url, page.lastmod), source)
    return found


def record(
    scout: Scout, keys: Sequence[str], listed: Mapping[str, tuple[Listed, str]], publisher: str | None, wanted: str
) -> None:
    """Record that these pages were found: each once, for ever, as its stream has no event before."""
    now = scout.now()
    for at in range(0, len(keys), AT_ONCE):
        some = keys[at : at + AT_ONCE]
        events = []
        for key in some:
            page, source = listed[key]
            events.append(
                page_discovered(
                    key, page.url, now, publisher=publisher, source=source, lastmod=page.lastmod, wanted=wanted
                )
            )
        scout.store.append(
            tuple(events),
            key=f"discovered/{clock.iso(now)}/{scout.store.head().position}",
            expected={page_stream(key): 0 for key in some},
        )


def _watch_new(scout: Scout, publisher: Publisher, watches: Sequence[Watch], *, is_moving: bool) -> tuple[str, ...]:
    """Write what is to be watched at once into the configuration; gives the names of the watches."""
    known = Known.of(scout.store, watches)
    pages = [
        page
        for page in known.pages.values()
        if page.wanted == "auto" and page.publisher == publisher.name and known.state(page.key) == "proposed"
    ]
    if not pages:
        return ()
    if is_moving:
        # New addresses while old ones vanish are often the same pages: the old ones are asked first where they went.
        scout.tell(f"{publisher.name}: {len(pages)} new pages wait until it is known where vanished ones went")
        return ()
    if len(pages) > MAX_AUTO:
        scout.tell(f"{publisher.name}: {len(pages)} new pages at once are not watched without a word of yours: "
                   "tracker proposals")  # fmt: skip
        return ()
    taken = {w.name for w in watches}
    picked: list[Proposal] = []
    for page in pages:
        name = configured.free_name(profile_name("", page.url), taken)
        taken.add(name)
        picked.append(Proposal(kind="new", name=name, url=page.url, publisher=page.publisher))
    configured.add_all(scout.watches_file, watches_of(picked, scout.publishers))
    return tuple(p.name for p in picked)


def _tidings(scout: Scout, reads: Sequence[SourceRead], known: Known) -> dict[str, Told]:
    """What each place tells of watched pages, against what is remembered of it."""
    found: dict[str, Told] = {}
    for read in reads:
        before = note_of(scout.store.discovery_note(f"source {read.source}"))
        found[read.source] = one = told(before, read, known.watched, scout.now())
        if one.doubt and one.doubt != FEED and before != SourceNote():
            scout.tell(f"{read.source}: what it lacks is not believed: {one.doubt}")
    return found


def _heed(
    scout: Scout,
    tidings: Mapping[str, Told],
    listed: Mapping[str, tuple[Listed, str]],
    known: Known,
    watches: Sequence[Watch],
) -> dict[str, str]:
    """Make due what the places hint at; gives watch → why."""
    now = scout.now()
    active = {w.name for w in watches if w.state == "active"}
    gone = {w.watch for w in scout.store.watches() if w.gone_at is not None}
    due: dict[str, str] = {}
    hosts: dict[str, HintNote] = {}

    for one in tidings.values():
        for key in sorted(one.absent - listed.keys()):
            if known.watched[key] not in gone:
                due[known.watched[key]] = "no longer listed"
        for key in sorted(one.back):
            due[known.watched[key]] = "listed again"
        for key in sorted(one.moved):
            watch, host = known.watched[key], urlsplit(key).netloc
            if watch not in active:
                continue
            note = hosts.get(host) or _settled(scout, host)
            hosts[host] = note.hinted(watch, now)
            if note.is_trusted:
                due.setdefault(watch, "its date in the list moved")
    scout.store.keep_discovery_notes({f"host {host}": note.to_json() for host, note in hosts.items()})
    planned = scout.store.due_times(watch for watch in due if watch in active)
    plans = {watch: Plan(due_at=now, set_at=now, why=due[watch], learned=one.learned) for watch, one in planned.items()}
    if plans:
        scout.store.operate(Operational(plans=plans))
    return {watch: why for watch, why in due.items() if watch in plans}


def _settled(scout: Scout, host: str) -> HintNote:
    """What is known of a host's hints, with the looks since."""
    note = HintNote.of(scout.store.discovery_note(f"host {host}"))
    return note.settled({watch: scout.store.checks(watch) for watch in note.pending})
