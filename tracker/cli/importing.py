"""`tracker import folder|warc|wayback`: what was seen before we looked, taken into the record."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar  # Any: options, passed on as click gives them

import click

from tracker import clock
from tracker.cli.configure import known_watch
from tracker.cli.context import Here, here
from tracker.cli.output import emit_json, note, say
from tracker.errors import ChecksFailed, Stopped, UsageError
from tracker.notify.render.redline import safe

if TYPE_CHECKING:
    from tracker.events.types import Watch
    from tracker.fetch.archive import Exchange
    from tracker.store import Store
    from tracker.watch.copies import DatedFile
    from tracker.watch.importing import Copy, Importer, Taken

_Command = TypeVar("_Command", bound=Callable[..., object])
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


@click.group("import", no_args_is_help=True)
def import_() -> None:
    """Take into the record what was seen before we looked, each copy at its own instant.

    Nobody is told of what an import brings unless --alert is given; importing twice adds nothing.
    """


def _options(command: _Command) -> _Command:
    for option in reversed(
        (
            click.option("--publisher", metavar="N", help="By whose rules the copies are read."),
            click.option("--alert", is_flag=True, help="Tell subscribers of the changes that the import brings."),
            click.option("--dry-run", is_flag=True, help="Say what would come of it; record nothing."),
            click.option("--json", "as_json", is_flag=True, help="As JSON."),
        )
    ):
        command = option(command)
    return command


@import_.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--manifest", type=click.Path(path_type=Path), metavar="CSV", help="file,url,captured_at[,media_type]")
@click.option("--watch", metavar="NAME", help="All copies are of this watch's page.")
@click.option("--profile", metavar="P", help="All copies are of this profile's page.")
@click.option("--url", metavar="URL", help="All copies are of this page, watched or not.")
@_options
def folder(
    folder: Path,
    manifest: Path | None,
    watch: str | None,
    profile: str | None,
    url: str | None,
    publisher: str | None,
    alert: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Dated copies in DIR: 2021-02-09.html, azerbaijan/mine-ban-policy/20220814T093000Z.html, or as a manifest says.

    The folders above a copy name its watch, or profile and chapter. Exit code 3 where some were not taken in.
    """
    from tracker.watch.copies import in_folder, in_manifest

    files = list(in_manifest(manifest, folder) if manifest else in_folder(folder))
    with _importing(publisher=publisher, alert=alert, dry_run=dry_run, as_json=as_json) as work:
        one = work.named(watch=watch, profile=profile, url=url)
        for file in files:
            page = file.bad or one or work.page_of(file)
            if file.bad or isinstance(page, str) or file.captured_at is None:
                work.fail(file.name, file.captured_at, str(page))
            else:
                work.add(page, _file_copy(file, file.captured_at, page.url, work.limits.max_bytes))


@import_.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--url-prefix", metavar="U", help="Only pages whose address begins so.")
@click.option("--new", "takes_new", is_flag=True, help="Also pages nobody watches, where a publisher's pattern fits.")
@_options
def warc(
    files: tuple[Path, ...],
    url_prefix: str | None,
    takes_new: bool,
    publisher: str | None,
    alert: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Captures of watched pages in WARC files (.warc, .warc.gz); damaged records are told and passed over."""
    from tracker.events.types import Source
    from tracker.fetch.archive import WarcFiles, exchange_of

    with _importing(publisher=publisher, alert=alert, dry_run=dry_run, as_json=as_json) as work:
        archive = WarcFiles()

        def wanted(url: str) -> bool:
            if url_prefix is not None and not url.startswith(url_prefix):
                return False
            is_new = takes_new and work.publishers.by_url(url) is not None
            return work.whose.by_url(url) is not None or is_new

        records = archive.index(list(files), wanted)
        for file, offset, why in archive.damaged:
            work.fail(f"{file}, byte {offset}", None, why)
        limits = work.limits
        for record in records:
            origin = f"{record.file.name}#{record.offset}"
            source = Source(kind="warc", origin=origin, precision="day" if record.precision else "")
            work.add(
                work.page_at(record.url, None),
                _copy(record.url, record.at, source, partial(exchange_of, record, limits)),
            )


@import_.command()
@click.argument("url", required=False)
@click.option("--watch", metavar="NAME", help="The page of this watch.")
@click.option("--profile", metavar="P", help="What a page is recorded as that nobody watches.")
@click.option("--from", "since", metavar="D", help="Captures of this date or later.")
@click.option("--to", "until", metavar="D", help="Captures of this date or sooner.")
@click.option("--limit", type=click.IntRange(1), help="So many at most, the oldest first.")
@click.option("--collapse", is_flag=True, help="Of captures in a row with the same bytes only the first.")
@_options
def wayback(
    url: str | None,
    watch: str | None,
    profile: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    collapse: bool,
    publisher: str | None,
    alert: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Captures of URL, or of a watch's page, in a web archive (the setting import.wayback_url), asked for politely.

    Broken off, it goes on where it stopped: what is recorded is not asked for again. --dry-run only asks what there is.
    """
    from tracker.events.types import Source
    from tracker.fetch.archive import BadCopy, ComeLater

    if (url is None) == (watch is None):
        raise UsageError("Of which page?", remedy="tracker import wayback URL, or --watch NAME")
    dates = _date(since, "--from"), _date(until, "--to")
    with _importing(publisher=publisher, alert=alert, dry_run=dry_run, as_json=as_json) as work:
        page = work.named(watch=watch, profile=None, url=None) or work.page_at(str(url), profile)
        with work.archive() as archive:
            try:
                found = archive.index(page.url, since=dates[0], until=dates[1], limit=limit, collapse=collapse)
            except (BadCopy, ComeLater) as bad:
                raise ChecksFailed(
                    "The archive's index could not be had", where=f"{page.url}: {bad}", remedy="Try again later"
                ) from bad
            note(f"{page.url}: {len(found)} captures in the archive")
            for one in found:
                if dry_run:
                    say(f"{clock.iso(one.at)}  {safe(archive.address(one))}")
                    continue
                source = Source(kind="wayback", origin=archive.address(one))
                load = partial(archive.replay, one)
                work.add(page, _copy(one.url, one.at, source, load, mark=one.digest or one.timestamp))
            work.run()


# ---------------------------------------------------------------- what all three do


def _copy(url: str, at: datetime, source: Any, load: "Callable[[], Exchange]", *, mark: str = "") -> "Copy":
    from tracker.watch.importing import Copy

    return Copy(url=url, captured_at=at, source=source, load=load, mark=mark)


def _file_copy(file: "DatedFile", at: datetime, url: str, most_bytes: int) -> "Copy":
    from tracker.events.types import Source
    from tracker.fetch.archive import BadCopy, Exchange

    def load() -> Exchange:
        try:
            size = file.path.stat().st_size
            if size > most_bytes:
                raise BadCopy(f"too_large: {size:,} bytes, {most_bytes:,} allowed")
            body = file.path.read_bytes()
        except OSError as wrong:
            raise BadCopy(f"cannot be read: {wrong.strerror}") from wrong
        if not body:
            raise BadCopy("the file is empty")
        return Exchange(body=body, media_type=file.media_type, charset=None)

    return _copy(file.url or url, at, Source(kind="folder", origin=file.name, precision=file.precision), load)


def _date(word: str | None, option: str) -> date | None:
    if word is None:
        return None
    try:
        return date.fromisoformat(word)
    except ValueError:
        raise UsageError(f"{option} {word!r} is no date", remedy="Write 2021-02-09") from None


@contextmanager
def _importing(*, publisher: str | None, alert: bool, dry_run: bool, as_json: bool) -> "Iterator[_Work]":
    """The store and all else, open for an import; afterwards what was added is taken in and told.

    Raises ChecksFailed where some copies were not taken in.
    """
    from tracker.watch.configured import reconcile
    from tracker.watch.schedule import stopping_on_signals

    place = here()
    parts, stop = place.parts(), threading.Event()
    if publisher is not None:
        parts.publishers.named(publisher)
    with place.store(write=not dry_run) as store, stopping_on_signals(stop):
        if not dry_run:
            reconcile(store, parts.watches)
        work = _Work(place, parts, store, stop, publisher, alert=alert, dry_run=dry_run)
        yield work
        work.run()
        work.tell(as_json=as_json)
    if stop.is_set():
        raise Stopped("Stopped", remedy="What was taken in is recorded; the same import goes on from there")
    lost = [t for t in work.taken if t.fate in ("held", "clash", "failed")]
    if lost:
        raise ChecksFailed(
            f"{len(lost)} of {len(work.taken)} copies were not taken in",
            where="; ".join(f"{t.origin}: {t.detail}" for t in lost[:3]),
            remedy="All others are; once that is mended, import again",
        )


class _Work:
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
        if watch is not None:
            found = self.whose.by_name(watch)
            if found is None:
                known_watch(self._place, watch)
            assert found is not None
            return found
        if url is not None:
            return self.page_at(url, profile)
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

    def page_of(self, file: "DatedFile") -> "Watch | str":
        """The page that a file is a copy of, by its address or its folders; else why not."""
        if file.url is not None and (found := self.whose.by_url(file.url)) is not None:
            return found
        if file.url is not None and not file.folders:
            return f"nobody watches {file.url}: tracker add it, or --url {file.url} --profile P"
        return self.whose.by_folders(file.folders)

    def add(self, page: "Watch", copy: "Copy") -> None:
        """Take this copy in when all are there."""
        self._found.append((replace(page, publisher=self._publisher or page.publisher), copy))

    def fail(self, origin: str, at: datetime | None, why: str) -> None:
        """This is no copy that can be taken in."""
        from tracker.watch.importing import Taken

        self._tell(Taken(watch="", origin=origin, captured_at=at, fate="failed", detail=why))

    def run(self) -> None:
        """Take in what was added, page by page."""
        from tracker.fetch.archive import ComeLater
        from tracker.watch.importing import by_watch, make_known

        found, self._found = self._found, []
        recorded = {w.watch for w in self._store.watches()}
        importer = self._importer()
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
        from tracker.fetch.archive import WebArchive
        from tracker.fetch.client import Fetcher
        from tracker.fetch.hosts import Hosts
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

    def _importer(self) -> "Importer":
        from tracker.events.sites import Site
        from tracker.fetch.hosts import origin_at
        from tracker.store.hosts import HostNotes
        from tracker.watch.importing import Importer

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
        )

    def _tell(self, taken: "Taken") -> None:
        self.taken.append(taken)
        if taken.fate not in _QUIET:
            at = clock.iso(taken.captured_at) if taken.captured_at else "undated"
            told = f": {taken.detail}" if taken.detail else ""
            note(safe(f"{at}  {taken.fate}  {taken.origin}{told}"))
        elif len(self.taken) % 100 == 0:
            note(f"{len(self.taken)} copies")
