"""`tracker verify`, `rebuild`, `doctor`: whether the record is sound, and what to do."""

import sys

import click

from tracker import clock
from tracker.cli.context import Here, here
from tracker.cli.output import emit_json, note, say
from tracker.errors import Damaged, StoreBusy, TrackerError
from tracker.notify.render.redline import safe


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--note", "findings", type=click.IntRange(0), hidden=True, help="Record what another process found.")
def verify(as_json: bool, findings: int | None) -> None:
    """Prove that every event, body and view is what was recorded. Exit code 5 where one is not.

    The operator is told of damage once, and once when it is over.
    """
    if findings is not None:
        _record(here(), findings)
        return
    with here().store() as store:
        report = store.verify(progress("verified"))
    _tell_operator(here(), len(report.findings))
    if as_json:
        emit_json(
            {
                "ok": report.ok,
                "events": report.events,
                "bodies": report.bodies,
                "rows": report.rows,
                "root": report.root,
                "first_bad": report.first_bad,
                "findings": [
                    {
                        "kind": f.kind,
                        "where": f.where,
                        "what": f.what,
                        "position": f.position,
                        "recorded": f.recorded,
                        "expected": f.expected,
                    }
                    for f in report.findings
                ],
            }
        )
    elif report.ok:
        say(f"ok: {report.events} events, {report.bodies} bodies, {report.rows} rows of views")
        say(f"root {report.root}")
    for finding in report.findings if not as_json else ():
        values = f" (recorded {finding.recorded}, expected {finding.expected})" if finding.expected is not None else ""
        say(f"{finding.kind}: {safe(finding.where)}: {safe(finding.what)}{safe(values)}")
    if not report.ok:
        first = f"first bad position: {report.first_bad}" if report.first_bad else "the events are sound"
        only_views = all(f.kind in ("views", "outbox") for f in report.findings)
        remedy = "Views can be folded anew: tracker rebuild" if only_views else "Keep this copy, restore a backup"
        raise Damaged(f"{len(report.findings)} things are not as they were recorded", where=first, remedy=remedy)


def _tell_operator(place: Here, findings: int) -> None:
    """Have it recorded, where that is news. Whatever comes of it: what was found is told here in any case."""
    from tracker.cli.handing import handed_over

    try:
        with place.store() as store:
            is_standing = any(one.kind == "verify" for one in store.troubles())
        if is_standing == bool(findings):
            return
        try:
            _record(place, findings)
        except StoreBusy:
            if handed_over(("verify", "--note", str(findings))) != 0:
                raise
    except TrackerError as wrong:
        note(f"The operator is not told of it: {safe(wrong.what)}")


def _record(place: Here, findings: int) -> None:
    from tracker.watch.overseer import note_verification

    subscriptions = place.subscriptions()
    with place.store(write=True) as store:
        is_news = note_verification(store, subscriptions, findings, clock.now())
    if is_news and place.lent is not None:
        place.lent.beside.wake()
    elif is_news:
        note("Recorded for the operator: it is sent by tracker deliver, or tracker run")


@click.command()
def rebuild() -> None:
    """Fold all views from the log anew. The log itself is not touched."""
    with here().store(write=True) as store:
        events = store.rebuild(progress("folded"))
    say(f"rebuilt from {events} events")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def doctor(as_json: bool) -> None:
    """What is wrong here, and what to do about it. Exit code 3 where something is."""
    from tracker.cli.diagnosis import diagnose
    from tracker.errors import ChecksFailed

    found = diagnose(here())
    if as_json:
        emit_json([{"ok": f.ok, "about": f.about, "told": f.told, "remedy": f.remedy} for f in found])
    else:
        for f in found:
            say(f"{'ok  ' if f.ok else 'look'}  {f.about}: {safe(f.told)}")
            if f.remedy:
                say(f"      → {f.remedy}")
    bad = [f for f in found if not f.ok]
    if bad:
        raise ChecksFailed(f"{len(bad)} things want looking at", remedy="See above")


def progress(verb: str):  # type: ignore[no-untyped-def]  # a callable or None, as the store wants it
    """A progress line on a terminal; nothing when piped."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        click.echo(f"\r{verb} {done} of {of}", nl=done >= of, err=True)

    return show
