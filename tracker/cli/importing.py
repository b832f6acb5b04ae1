"""`tracker import folder|warc|wayback`: what was seen before we looked, taken into the record."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar  # Any: options, passed on as click gives them

import click

from tracker import clock
from tracker.cli.import_work import importing
from tracker.cli.output import note, say
from tracker.errors import ChecksFailed, UsageError
from tracker.notify.render.redline import safe

if TYPE_CHECKING:
    from tracker.fetch.archive import Exchange
    from tracker.watch.copies import DatedFile
    from tracker.watch.importing import Copy

_Command = TypeVar("_Command", bound=Callable[..., object])


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
    with importing(publisher=publisher, alert=alert, dry_run=dry_run, as_json=as_json) as work:
        one = work.named(watch=watch, profile=profile, url=url)
        for file in files:
            page = file.bad or work.page_of(file, one)
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
    from tracker.events.looks import Source
    from tracker.fetch.warc import WarcFiles, exchange_of

    with importing(publisher=publisher, alert=alert, dry_run=dry_run, as_json=as_json) as work:
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
    from tracker.events.looks import Source
    from tracker.fetch.archive import BadCopy
    from tracker.fetch.wayback import ComeLater
    from tracker.watch.whose import is_same_page

    if (url is None) == (watch is None):
        raise UsageError("Of which page?", remedy="tracker import wayback URL, or --watch NAME")
    dates = _date(since, "--from"), _date(until, "--to")
    with importing(publisher=publisher, alert=alert, dry_run=dry_run, as_json=as_json) as work:
        page = work.named(watch=watch, profile=profile, url=url)
        assert page is not None
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
                if not is_same_page(one.url, page.url):
                    work.fail(archive.address(one), one.at, f"of another page than {page.url}")
                    continue
                source = Source(kind="wayback", origin=archive.address(one))
                load = partial(archive.replay, one)
                work.add(page, _copy(one.url, one.at, source, load, mark=one.digest or one.timestamp))
            work.run(is_dear=True)


# ---------------------------------------------------------------- what all three do


def _copy(url: str, at: datetime, source: Any, load: "Callable[[], Exchange]", *, mark: str = "") -> "Copy":
    from tracker.watch.importing import Copy

    return Copy(url=url, captured_at=at, source=source, load=load, mark=mark)


def _file_copy(file: "DatedFile", at: datetime, url: str, most_bytes: int) -> "Copy":
    from tracker.events.looks import Source
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
