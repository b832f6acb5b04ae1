"""`tracker proposals`: yes or no to pages that were found, and to addresses that watched pages moved to."""

from typing import TYPE_CHECKING

import click

from tracker.cli.context import here
from tracker.cli.output import emit_json, note, say, table
from tracker.errors import NothingRecorded, UsageError
from tracker.notify.render.redline import safe

if TYPE_CHECKING:
    from tracker.watch.proposals import Proposal


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def proposals(context: click.Context, as_json: bool) -> None:
    """Pages that were found and nobody watches, and pages that moved for good."""
    if context.invoked_subcommand is not None:
        return
    from tracker.watch.proposals import proposals as proposed

    place = here()
    with place.store() as store:
        found = proposed(store, place.watches())
    if as_json:
        emit_json([p.to_json() for p in found])
        return
    if not found:
        note("Nothing is proposed: tracker discover")
        return
    rows = [[p.kind, p.name, p.publisher or "", (p.lastmod or "")[:10], _told(p)] for p in found]
    table(rows, ("what", "name", "read as", "changed", "url"))
    note("Yes: tracker proposals accept NAME… (or --all). No: tracker proposals refuse URL…")


def _told(one: "Proposal") -> str:
    if one.kind == "new":
        return one.url
    also = f" (watched as {one.watched_as} already)" if one.watched_as else ""
    return f"moved to {one.url}{also}, was {one.was}"


@proposals.command("accept")
@click.argument("what", nargs=-1, metavar="URL|NAME…")
@click.option("--all", "is_all", is_flag=True, help="Everything that is proposed.")
def proposals_accept(what: tuple[str, ...], is_all: bool) -> None:
    """Watch the pages that are meant; a page that moved is watched at its new address, and its history goes on.

    What was refused before can be accepted after all.
    """
    from tracker.watch.proposals import accept, chosen, refused_before
    from tracker.watch.proposals import proposals as proposed

    if bool(what) == is_all:
        raise UsageError("Say which, or --all", remedy="See: tracker proposals")
    place = here()
    watches = place.watches()
    with place.store() as store:
        found = proposed(store, watches)
        picked = found if is_all else chosen((*found, *refused_before(store, watches, what)), what)
    accept(place.watches_file, picked, place.publishers())
    for one in picked:
        say(f"watching {one.name}: {safe(one.url)}" + (f" (was {safe(one.was)})" if one.was else ""))
    note("First look: tracker check" if picked else "Nothing is proposed")


@proposals.command("refuse")
@click.argument("what", nargs=-1, required=True, metavar="URL|NAME…")
def proposals_refuse(what: tuple[str, ...]) -> None:
    """Do not propose these pages again. An address that is not proposed yet will not be, either."""
    from tracker import clock
    from tracker.extract.addresses import page_key
    from tracker.watch.proposals import proposals as proposed
    from tracker.watch.proposals import refuse

    place = here()
    with place.store(write=True) as store:
        found = proposed(store, place.watches())
        urls: list[str] = []
        for word in what:
            fits = [p.url for p in found if word == p.name]
            if not fits and page_key(word) is None:
                raise NothingRecorded(f"Nothing is proposed as {word!r}", remedy="See: tracker proposals")
            urls += fits or [word]
        refuse(store, urls, clock.now())
    for url in urls:
        say(f"refused: {safe(url)}")
