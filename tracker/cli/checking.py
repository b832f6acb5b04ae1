"""`tracker check` and `tracker checks`: one round now, and what was judged."""

import click

from tracker import clock
from tracker.cli.configure import known_watch
from tracker.cli.context import here
from tracker.cli.output import aloud, emit_json, note, say, table
from tracker.errors import ChecksFailed, Stopped
from tracker.notify.render.redline import safe


@click.command()
@click.argument("watch", nargs=-1)
@click.option("--all", "which", flag_value="all", help="Every watch that is not paused (so it is, if none is named).")
@click.option("--due", "which", flag_value="due", help="Only watches whose time has come.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def check(watch: tuple[str, ...], which: str | None, as_json: bool) -> None:
    """Look at WATCH… now, one round of real fetches, and record what changed.

    Exit code 3 where some looks failed. What is owed to channels is sent by `tracker deliver` or `tracker run`.
    Beside tracker run, that process takes the round.
    """
    place = here()
    for name in watch:
        known_watch(place, name)
    from tracker.watch.once import one_round

    spoken: list[str] = []

    def progress(done: int, of: int, line: str) -> None:
        spoken.append(line)
        if not as_json:
            say(safe(line))

    parts, beside = place.parts(), place.lent.beside if place.lent is not None else None
    told = aloud(progress)  # it is called by the threads that look
    with place.store(write=True) as store, place.stopping() as stop:
        results = one_round(parts, store, names=watch, only_due=which == "due", stop=stop, told=told, beside=beside)
        owed = store.pending() + len(store.held()) if beside is None else 0
    if as_json:
        emit_json([r.to_json() for r in results])
    if not results and not spoken:
        note("Nothing to look at: tracker add URL, or it is not due yet")
    if owed:
        note(f"{owed} {'alert is' if owed == 1 else 'alerts are'} to be told: tracker deliver")
    if stop.is_set():
        raise Stopped(f"Stopped after {len(results)} looks", remedy="What was seen is recorded: tracker check goes on")
    failed = [r for r in results if r.outcome == "failed"]
    if failed:
        raise ChecksFailed(
            f"{len(failed)} of {len(results)} looks failed",
            where=", ".join(r.watch for r in failed[:5]),
            remedy="See tracker checks; the record stands",
        )


@click.command()
@click.argument("watch", required=False)
@click.option("--limit", type=click.IntRange(1), default=40, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def checks(watch: str | None, limit: int, as_json: bool) -> None:
    """What each look brought and how it was judged, newest first."""
    place = here()
    if watch is not None:
        known_watch(place, watch)
    with place.store() as store:
        found = store.checks(watch, limit)
    if as_json:
        emit_json(
            [
                {
                    "watch": c.watch,
                    "at": clock.iso(c.at),
                    "outcome": c.outcome,
                    "status": c.status,
                    "detail": c.detail,
                    "body_sha256": c.body_sha256,
                }
                for c in found
            ]
        )
        return
    rows = [[clock.iso(c.at)[:19] + "Z", c.watch, c.outcome, str(c.status or ""), c.detail] for c in found]
    if not rows:
        note("No look is recorded yet: tracker check")
        return
    table(rows, ("at", "watch", "outcome", "status", "why"))
