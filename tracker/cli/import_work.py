"""An import under way: whose copies they are, what came of them, and what is told of it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any  # Any: what is loaded only where it is used

from tracker import clock
from tracker.cli.configure import known_watch
from tracker.cli.context import Here, here
from tracker.cli.output import emit_json, note, say
from tracker.errors import ChecksFailed, Stopped, UsageError
from tracker.notify.render.redline import safe

if TYPE_CHECKING:
    from tracker.events.looks import Watch
    from tracker.store import Store
    from tracker.watch.copies import DatedFile
    from tracker.watch.importing import Copy, Importer, Taken

_QUIET = ("seen", "known")  # what is only counted
_NAMES = {
    "version": "new versions",
    "seen": "of versions on record",
    "known": "imported before",
    "suspect": "doubted",
    "rejected": "rejected",
    "held": "held back",
    "clash": "contradicting the record",
    "failed": "not read",
}


@contextmanager
def importing(*, publisher: str | None, alert: bool, dry_run: bool, as_json: bool) -> "Iterator[Work]":
    """The store and all else, open for an import; afterwards what was added is taken in and told.

    Raises ChecksFailed where some copies were not taken in.
    """
    from tracker.fetch.sockets import Abandoned
    from tracker.watch.configured import reconcile
    from tracker.watch.importing import NOT_TAKEN
    from tracker.watch.schedule import stopping_on_signals

    place = here()
    parts, stop = place.parts(), threading.Event()
    if publisher is not None:
        parts.publishers.named(publisher)
    with place.store(write=not dry_run) as store, stopping_on_signals(stop):
        if not dry_run:
            reconcile(store, parts.watches)
        work = Work(place, parts, store, stop, publisher, alert=alert, dry_run=dry_run)
        with suppress(Abandoned):  # we are stopping: what was had until then is recorded
            yield work
            work.run()
        work.tell(as_json=as_json)
    if stop.is_set():
        raise Stopped("Stopped", remedy="What was taken in is recorded; the same import goes on from there")
    lost = [t for t in work.taken if t.fate in NOT_TAKEN]
    if lost:
        raise ChecksFailed(
            f"{len(lost)} of {len(work.taken)} copies were not taken in",
            where="; ".join(f"{t.origin}: {t.detail}" for t in lost[:3]),
            remedy="All others are; once that is mended, import again",
        )


class Work:
    """An import under way: whose copies they are, and what came of them."""

    def __init__(
        self,
        place: Here,
        parts: Any,
        store: "Store",
        stop: threading.Event,
        publisher: str | None,
        *,
        alert: bool,
        dry_run: bool,
    ) -> None:
        from tracker.watch.whose import Whose

        self.taken: list[Taken] = []
        self.publishers = parts.publishers
        self.whose: Whose = Whose(store, parts.watches)
        self._place, self._parts, self._store, self._stop = place, parts, store, stop
        self._publisher, self._alert, self._dry_run = publisher, alert, dry_run
        self._found: list[tuple[Watch, Copy]] = []

    @property
    def limits(self) -> Any:
        """How much of a body is read."""
        from tracker.fetch.body import Limits

        return Limits(self._place.settings.fetch.max_body_bytes, self._place.settings.fetch.max_ratio)

    def named(self, *, watch: str | None, profile: str | None, url: str | None) -> "Watch | None":
        """The page that the options name; None where they name none. Raises UsageError, NothingRecorded."""
        from tracker.extract.addresses import page_key
        from tracker.watch.whose import is_same_page

        if watch is not None:
            found = self.whose.by_name(watch)
            if found is None:
                known_watch(self._place, watch)
            assert found is not None
            if url is not None and not is_same_page(url, found.url):
                raise UsageError(f"{watch} watches {found.url}, not {url}", remedy="Give --watch, or --url")
            return self._of_profile(found, profile)
        if url is not None:
            if page_key(url) is None:
                raise UsageError(f"{url!r} is no web address", remedy="Write https://example.org/page")
            return self._of_profile(self.page_at(url, profile), profile)
        if profile is None:
            return None
        pages = self.whose.of_profile(profile)
        if len(pages) == 1:
            return pages[0]
        what = f"{len(pages)} pages are of the profile {profile!r}" if pages else f"No page is of profile {profile!r}"
        remedy = f"--watch {' or '.join(w.name for w in pages)}" if pages else "Say which: --url URL --profile P"
        raise UsageError(what, remedy=remedy)

    def page_at(self, url: str, profile: str | None) -> "Watch":
        """The page at an address; a new one, recorded and not watched, where there is none."""
        return self.whose.by_url(url) or self.whose.new(url, profile=profile, publisher=self._publisher)

    def _of_profile(self, page: "Watch", profile: str | None) -> "Watch":
        known = self.whose.profile_of(page)
        if profile is not None and known not in (None, profile):
            raise UsageError(f"{page.url} is of the profile {known!r}, not {profile!r}", remedy=f"--profile {known}")
        return page

    def page_of(self, file: "DatedFile", one: "Watch | None") -> "Watch | str":
        """The page that a file is a copy of, by what the options name, its address or its folders; else why not."""
        from tracker.watch.whose import is_same_page

        if one is not None:
            is_of_it = file.url is None or is_same_page(file.url, one.url)
            return one if is_of_it else f"the manifest says {file.url}, the options {one.url} ({one.name})"
        if file.url is None:
            return self.whose.by_folders(file.folders)
        told = f"nobody watches {file.url}: tracker add it, or --url {file.url} --profile P"
        return self.whose.by_url(file.url) or told

    def add(self, page: "Watch", copy: "Copy") -> None:
        """Take this copy in when all are there."""
        self._found.append((replace(page, publisher=self._publisher or page.publisher), copy))

    def fail(self, origin: str, at: datetime | None, why: str) -> None:
        """This is no copy that can be taken in."""
        from tracker.watch.importing import Taken

        self._tell(Taken(watch="", origin=origin, captured_at=at, fate="failed", detail=why))

    def run(self, *, is_dear: bool = False) -> None:
        """Take in what was added, page by page. is_dear: each copy costs a request, so that it is written soon.

        Raises Abandoned when we are stopping while it waits.
        """
        from tracker.fetch.wayback import ComeLater
        from tracker.watch.importing import by_watch, make_known

        found, self._found = self._found, []
        recorded = {w.watch for w in self._store.watches()}
        importer = self._importer(is_dear=is_dear)
        for page, copies in by_watch(found):
            if page.name not in recorded and not self._dry_run:
                make_known(self._store, page)
                note(f"{page.name}: recorded, not watched; to watch it: tracker add {page.url}")
            try:
                importer.take_in(page, copies)
            except ComeLater as later:
                raise ChecksFailed(
                    f"Broken off: {later}", where=page.url, remedy="The same command goes on where this one stopped"
                ) from later

    def tell(self, *, as_json: bool) -> None:
        """What came of it, on stdout."""
        counts = {fate: n for fate in _NAMES if (n := sum(t.fate == fate for t in self.taken))}
        if as_json:
            emit_json({"dry_run": self._dry_run, "counts": counts, "copies": [t.to_json() for t in self.taken]})
            return
        told = ", ".join(f"{n} {_NAMES[fate]}" for fate, n in counts.items())
        say(f"{len(self.taken)} copies{': ' + told if told else ''}{' (nothing recorded)' if self._dry_run else ''}")

    @contextmanager
    def archive(self) -> "Iterator[Any]":
        """The web archive of the settings, behind the gate."""
        from tracker.fetch.client import Fetcher
        from tracker.fetch.hosts import Hosts
        from tracker.fetch.wayback import WebArchive
        from tracker.store.hosts import HostNotes

        settings = self._place.settings
        notes = None if self._dry_run else HostNotes(self._store)
        hosts = Hosts(settings.fetch, notes, wait=self._stop.wait)
        fetcher = Fetcher(settings.fetch, hosts=hosts, is_stopping=self._stop.is_set)
        try:
            yield WebArchive(settings.import_.wayback_url, fetcher.fetch, wait=self._stop.wait, told=note)
        finally:
            fetcher.close()
            hosts.close()

    def _importer(self, *, is_dear: bool) -> "Importer":
        from tracker.events.sites import Site
        from tracker.fetch.hosts import origin_at
        from tracker.store.hosts import HostNotes
        from tracker.watch.importing import BATCH, DEAR_BATCH, DEAR_FOR, Importer

        notes = HostNotes(self._store)

        def site(url: str) -> Site:
            known = notes.load(origin_at(url))
            return Site(missing=known.missing) if known else Site()

        return Importer(
            store=self._store,
            publishers=self.publishers,
            confirm_after_s=self._place.settings.fetch.confirm_after_s,
            now=clock.now,
            subscriptions=self._parts.subscriptions if self._alert else None,
            dry_run=self._dry_run,
            site=site,
            told=self._tell,
            is_stopping=self._stop.is_set,
            batch=DEAR_BATCH if is_dear else BATCH,
            hold=DEAR_FOR if is_dear else None,
        )

    def _tell(self, taken: "Taken") -> None:
        self.taken.append(taken)
        if taken.fate not in _QUIET:
            at = clock.iso(taken.captured_at) if taken.captured_at else "undated"
            told = f": {taken.detail}" if taken.detail else ""
            note(safe(f"{at}  {taken.fate}  {taken.origin}{told}"))
        elif len(self.taken) % 100 == 0:
            note(f"{len(self.taken)} copies")
