"""`tracker discover`: find pages of profiles where a site lists them. Yes and no to them: proposing.py."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from tracker.cli.context import Here, here
from tracker.cli.output import emit_json, note, say, table
from tracker.errors import ChecksFailed, Stopped, UsageError
from tracker.notify.render.redline import safe

if TYPE_CHECKING:
    from tracker.events.sites import HostNote
    from tracker.extract.publishers import Publisher
    from tracker.fetch.address import AddressGuard
    from tracker.fetch.client import Fetcher
    from tracker.store import Store
    from tracker.store.hosts import HostNotes
    from tracker.watch.sources import SourceRead

MAX_UNASKED = 200  # pages that `--add` takes where nothing says what a profile's address looks like


@click.command()
@click.argument("url", required=False)
@click.option("--publisher", help="By whose rules; found by URL if left out.")
@click.option("--match", help="A regular expression that the addresses of profiles fit; the publisher's if left out.")
@click.option("--add", "act", flag_value="add", help="Watch all new ones.")
@click.option("--propose", "act", flag_value="propose", help="Record all new ones as proposals.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def discover(url: str | None, publisher: str | None, match: str | None, act: str | None, as_json: bool) -> None:
    """Find pages of profiles from the site, sitemap, feed or index page at URL, and show which would be watched.

    Without URL: ask the places that publishers' files name under [discovery], and do with new pages what they say.
    """
    place = here()
    if url is None:
        if match or act:
            raise UsageError("--match, --add and --propose need a URL", remedy="tracker discover URL --add")
        _survey(place, publisher, as_json=as_json)
    else:
        _look(place, url, publisher, match, act, as_json=as_json)


def _survey(place: Here, publisher: str | None, *, as_json: bool) -> None:
    from tracker.watch.configured import reconcile
    from tracker.watch.discover import Scout, survey, surveyed
    from tracker.watch.discover_loop import lines

    publishers = place.publishers()
    if publisher is not None:
        publishers.named(publisher)
    chosen = [(p, rules) for p, rules in surveyed(publishers) if publisher in (None, p.name)]
    if not chosen:
        raise UsageError(
            f"{'No publisher' if publisher is None else publisher} says where its profiles are listed",
            where=str(place.publishers_folder),
            remedy="Add [discovery] to its file there (docs/discovery.md), or name a place: tracker discover URL",
        )
    with place.store(write=True) as store, _fetching(place, store, is_reader=False) as fetcher:
        reconcile(store, place.watches())
        scout = Scout(
            store=store,
            fetcher=fetcher,
            publishers=publishers,
            watches_file=place.watches_file,
            guard=_guard(place),
            tell=lambda line: note(safe(line)),
            progress=lambda line: note(safe(line)),
        )
        done = [survey(p, rules, scout) for p, rules in chosen]
    if as_json:
        emit_json([one.to_json() for one in done])
    for one in done if not as_json else ():
        say(f"{one.publisher}: {one.listed:,} profiles listed, {len(one.new)} new")
        for line in lines(one):
            say(safe(line))
    unread = [read.source for one in done for read in one.reads if read.faults]
    if unread:
        raise ChecksFailed(
            f"{len(unread)} places were not read as a whole", where=", ".join(unread[:5]), remedy="See above"
        )


def _look(place: Here, url: str, publisher: str | None, match: str | None, act: str | None, *, as_json: bool) -> None:
    from tracker.fetch.address import Refused, parse_url
    from tracker.watch.discover import merged, read_json
    from tracker.watch.proposals import Known
    from tracker.watch.sources import Sieve, look_around

    parsed = parse_url(url)
    if isinstance(parsed, Refused):
        raise UsageError(f"Not asked: {parsed.detail}", where=url, remedy="Give an address: https://example.org/")
    publishers = place.publishers()
    fitting = publishers.by_url(url)
    rules_of = publishers.named(publisher) if publisher else fitting[0] if fitting else publishers.generic
    patterns = _patterns(match, rules_of)
    with place.store(write=act == "propose") as store:
        with _fetching(place, store, is_reader=act != "propose") as fetcher:
            sieve = Sieve(url, patterns, _guard(place))
            reads = look_around(fetcher, url, sieve, rules_of, lambda line: note(safe(line)))
        known = Known.of(store, place.watches())
        listed = merged(reads)
        if not listed and reads[0].faults:
            raise ChecksFailed("Nothing could be read", where=safe(reads[0].faults[0]), remedy="Look at the address")
        rows = [
            {
                "url": page.url,
                "key": key,
                "publisher": fits[0].name if (fits := publishers.by_url(page.url)) else publisher,
                "lastmod": page.lastmod,
                "source": source,
                "state": known.state(key),
                "watch": known.watched.get(key) or known.moved.get(key),
            }
            for key, (page, source) in listed.items()
        ]
        if as_json:
            emit_json({"sources": [read_json(read) for read in reads], "pages": rows})
        else:
            _show(rows, reads)
        wanted = [str(row["key"]) for row in rows if row["state"] in ("new", "proposed")]
        if act == "propose":
            from tracker.watch.discover import Scout, record

            scout = Scout(
                store=store,
                fetcher=fetcher,
                publishers=publishers,
                watches_file=place.watches_file,
                guard=_guard(place),
            )
            new = [key for key in wanted if known.state(key) == "new"]
            record(scout, new, listed, None if rules_of is publishers.generic else rules_of.name, "propose")
            note(f"{len(new)} proposed: tracker proposals")
    if act == "add":
        if not patterns and len(wanted) > MAX_UNASKED:
            raise UsageError(
                f"Not added: {len(wanted):,} pages, and nothing says which of them are profiles",
                remedy="Say what their addresses look like: --match '/profiles/[^/]+$'",
            )
        _add(place, [listed[key][0].url for key in wanted], publisher)


def _add(place: Here, urls: Sequence[str], publisher: str | None) -> None:
    from tracker.document.identity import profile_name
    from tracker.watch import configured
    from tracker.watch.proposals import Proposal, watches_of

    taken = {w.name for w in place.watches()}
    picked = []
    for url in urls:
        name = configured.free_name(profile_name("", url), taken)
        taken.add(name)
        picked.append(Proposal(kind="new", name=name, url=url, publisher=publisher))
    if picked:
        configured.add_all(place.watches_file, watches_of(picked, place.publishers()))
    note(f"{len(picked)} pages are watched from now on: tracker check" if picked else "Nothing new to watch")


def _show(rows: Sequence[dict[str, str | None]], reads: "Sequence[SourceRead]") -> None:
    from collections import Counter

    shown = [
        [
            str(row["state"]) + (f" as {row['watch']}" if row["watch"] else ""),
            str(row["publisher"] or "?"),
            str(row["lastmod"] or "")[:10],
            str(row["url"]),
        ]
        for row in rows
    ]
    if shown:
        table(shown, ("page", "read as", "changed", "url"))
    dropped = sum((Counter(read.dropped) for read in reads), Counter())
    if dropped:
        note("passed over: " + ", ".join(f"{n:,} {why}" for why, n in dropped.most_common()))
    if not shown:
        note("No profile is listed there. Say what a profile's address looks like: --match '/profiles/[^/]+$'")


def _patterns(match: str | None, publisher: "Publisher") -> tuple[re.Pattern[str], ...]:
    if match is None:
        rules = publisher.discovery
        return (rules.pages if rules else ()) or publisher.urls
    try:
        return (re.compile(match),)
    except re.error as wrong:
        raise UsageError(f"--match is no regular expression: {wrong}", where=match) from None


# ---------------------------------------------------------------- asking


def _guard(place: Here) -> "AddressGuard":
    from tracker.fetch.address import AddressGuard

    fetch = place.settings.fetch
    return AddressGuard(fetch.allow_addresses, frozenset(fetch.allow_ports))


@contextmanager
def _fetching(place: Here, store: "Store", *, is_reader: bool) -> "Iterator[Fetcher]":
    """A fetcher behind the gate, until a signal stops it. is_reader: the store cannot be written."""
    from tracker.fetch.client import Fetcher
    from tracker.fetch.hosts import Hosts
    from tracker.fetch.sockets import Abandoned
    from tracker.store.hosts import HostNotes
    from tracker.watch.schedule import stopping_on_signals

    stop = threading.Event()
    notes = HostNotes(store)
    hosts = Hosts(place.settings.fetch, _Unsaved(notes) if is_reader else notes, wait=stop.wait)
    fetcher = Fetcher(place.settings.fetch, hosts=hosts, is_stopping=stop.is_set)
    try:
        with stopping_on_signals(stop):
            yield fetcher
    except Abandoned:
        raise Stopped("Stopped", remedy="What was read as a whole before is recorded: repeat it for the rest") from None
    finally:
        fetcher.close()
        hosts.close()


class _Unsaved:
    """What the store remembers of hosts, and what is learned now, for this command alone."""

    def __init__(self, notes: "HostNotes") -> None:
        self._notes = notes
        self._learned: dict[str, HostNote] = {}

    def load(self, origin: str) -> "HostNote | None":
        """What is known of an origin."""
        return self._learned.get(origin) or self._notes.load(origin)

    def save(self, origin: str, learned: "HostNote") -> None:
        """Keep a note until the command is done."""
        self._learned[origin] = learned

    def save_many(self, learned: "Sequence[HostNote]") -> None:
        """Keep several."""
        self._learned |= {note.origin: note for note in learned}
