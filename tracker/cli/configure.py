"""`tracker init`, `add`, `rm`, `watches`, `config`: what should be."""

import os
from pathlib import Path

import click

from tracker import clock
from tracker.cli.context import Here, here
from tracker.cli.output import dim, emit_json, note, say, table
from tracker.errors import NothingRecorded, UsageError
from tracker.notify.render.redline import safe


@click.command()
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Make a configuration and a store in FOLDER (this one, if none is named).

    Nothing that is there already is overwritten.
    """
    from tracker import settings
    from tracker.store import create, database_path

    made = settings.init(folder)
    root = folder.resolve()
    store = database_path(settings.load(root, os.environ).store.url)
    if not store.exists():
        create(store)
        made = (*made, store)
    for path in made:
        say(f"made {path.relative_to(root) if path.is_relative_to(root) else path}")
    if not made:
        say(f"everything is there already in {root}")
    note(f"Next, in {root}: tracker add URL, then tracker check")


@click.command()
@click.argument("url")
@click.option("--profile", help="What the record calls the profile; found from the page if left out.")
@click.option("--publisher", help="How the page is read; found by URL, else by the page's shape, if left out.")
@click.option("--every", help="How often it is looked at, such as 6h or 1d.")
@click.option("--name", help="What commands call the watch; the profile, or the end of the URL, if left out.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def add(
    url: str, profile: str | None, publisher: str | None, every: str | None, name: str | None, as_json: bool
) -> None:
    """Watch the page at URL. The first look is taken by `tracker check` or `tracker run`."""
    from tracker.document.identity import profile_name, slug
    from tracker.events.looks import Watch
    from tracker.fetch.address import AddressGuard, check_url
    from tracker.watch import configured

    place = here()
    check_url(url, AddressGuard(place.settings.fetch.allow_addresses))
    if publisher is not None:
        place.publishers().named(publisher)
    for option, word in (("--profile", profile), ("--name", name)):
        if word is not None and slug(word) != word:
            raise UsageError(
                f"{option} cannot be {word!r}", remedy=f"Use lower-case letters, digits and -: {slug(word)!r}?"
            )
    every_s = configured.every_s(every, "--every") if every is not None else None
    taken = [w.name for w in place.watches()]
    chosen = name or configured.free_name(profile or profile_name("", url), taken)
    watch = Watch(name=chosen, url=url, profile=profile, publisher=publisher, every_s=every_s)
    configured.add(place.watches_file, watch, every=every)
    if as_json:
        emit_json({"name": chosen, "url": url, "profile": profile, "publisher": publisher, "every_s": every_s})
        return
    say(f"watching {chosen}: {safe(url)}")
    note(f"First look: tracker check {chosen}")


@click.command()
@click.argument("watch")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def rm(watch: str, as_json: bool) -> None:
    """Stop watching WATCH. What was recorded of it stays."""
    from tracker.watch import configured

    configured.remove(here().watches_file, watch)
    if as_json:
        emit_json({"removed": watch})
        return
    say(f"no longer watching {safe(watch)}; its record stays")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def watches(as_json: bool) -> None:
    """What is watched, how it is read and why, how the last look went, when the next one is due and why then."""
    place = here()
    rows = _watches(place)
    if as_json:
        emit_json(rows)
        return
    if not rows:
        note("Nothing is watched yet: tracker add URL")
        return
    shown = [
        [
            str(row["name"]),
            str(row["state"]) + (f" until {str(row['paused_until'])[:16]}Z" if row["paused_until"] else ""),
            f"{row['publisher'] or '?'}" + (f" ({row['publisher_why']})" if row["publisher_why"] else ""),
            str(row["last_outcome"] or "not looked at yet"),
            str(row["last_check_at"] or "")[:16],
            str(row["next_at"] or "")[:16],
            str(row["next_why"] or ""),
            str(row["url"]),
        ]
        for row in rows
    ]
    table(shown, ("watch", "state", "read as", "last look", "at (UTC)", "next (UTC)", "why then", "url"))
    for row in rows:
        if row["trouble"]:
            say(dim(f"{row['name']}: {safe(str(row['trouble']))}"))


def _watches(place: Here) -> list[dict[str, object]]:
    from tracker.fetch.hosts import origin_at
    from tracker.store.hosts import holds
    from tracker.watch.proposals import moved_away

    with place.store() as store:
        recorded = {w.watch: w for w in store.watches()}
        due, held = store.due_times(), holds(store, clock.now())
        rows: list[dict[str, object]] = []
        for watch in place.watches():
            known = recorded.get(watch.name)
            read = next(iter(store.snapshots(watch.name, limit=1)), None)
            why = str(store.event(read.position).payload.get("publisher_why", "")) if read else ""
            last_at = known.last_check_at if known else None
            doubt = (
                f"suspect since {clock.iso(known.suspect_since)}: {known.suspect_reason}"
                if known and known.suspect_since
                else ""
            )
            is_bad = known is not None and known.last_outcome in ("failed", "rejected")
            moved_to = moved_away(known, watch) if known else None
            moved = f"moved for good to {moved_to}: tracker proposals" if moved_to else ""
            next_at = due[watch.name].due_at if watch.name in due else None
            next_why = (due[watch.name].why or "as soon as it can be") if watch.name in due else None
            hold = held.get(origin_at(watch.url))
            if next_at is not None and hold is not None and hold.until > next_at:
                next_at, next_why = hold.until, f"its host is left alone until then: {hold.why}"
            until = clock.iso(watch.paused_until) if watch.paused_until else None
            rows.append(
                {
                    "name": watch.name,
                    "url": watch.url,
                    "profile": (known.profile if known else None) or watch.profile,
                    "publisher": (known.read_as if known else None) or watch.publisher,
                    "publisher_why": why,
                    "every": clock.duration(watch.every_s) if watch.every_s else None,
                    "state": watch.state,
                    "paused_until": until if watch.state == "paused" else None,
                    "last_check_at": clock.iso(last_at) if last_at else None,
                    "last_outcome": known.last_outcome if known else None,
                    "last_status": known.last_status if known else None,
                    "failures": known.failures if known else 0,
                    "checks": known.checks if known else 0,
                    "next_at": clock.iso(next_at) if next_at else None,
                    "next_why": next_why,
                    "moved_to": moved_to,
                    "trouble": doubt or (known.last_detail if known and is_bad else moved),
                }
            )
    return rows


@click.group()
def config() -> None:
    """The settings in force."""


@config.command("show")
@click.option("--origin", is_flag=True, help="Say where each setting comes from.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def config_show(origin: bool, as_json: bool) -> None:
    """All settings in force. Secrets are shown as the references that they are."""
    place = here()
    settings = place.settings.shown()
    if as_json:
        emit_json({key: {"value": value, "origin": source} for key, (value, source) in settings.items()})
        return
    rows = [[key, str(value), source] for key, (value, source) in settings.items()]
    if origin:
        table(rows, ("setting", "value", "from"))
    else:
        table([row[:2] for row in rows], ("setting", "value"))


def known_watch(place: Here, name: str) -> None:
    """Raises NothingRecorded, naming the nearest, where no watch has this name."""
    import difflib

    names = [w.name for w in place.watches()]
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise NothingRecorded(
            f"No watch is named {name!r}",
            where=str(place.watches_file),
            remedy=f"{hint}Watches: {', '.join(names) or 'none'}",
        )
