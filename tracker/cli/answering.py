"""A person's answers: `tracker pause`, `resume`, `dispute`, `subs mute` and `unmute`.

A pause is configuration (`paused`, `paused_until` in watches.toml), since it says what is to be watched, and is taken
up by a running process like any edit; what is muted and disputed is recorded.
"""

import click

from tracker import clock
from tracker.cli.configure import known_watch
from tracker.cli.context import Here, here
from tracker.cli.output import emit_json, note, say
from tracker.cli.subscribing import subs as subs
from tracker.cli.texts import short
from tracker.cli.times import until as until_when
from tracker.errors import NothingRecorded, UsageError
from tracker.events.deliveries import Dispute, Mute
from tracker.notify.render.redline import safe

# ---------------------------------------------------------------- watches


@click.command()
@click.argument("watch", nargs=-1, required=True)
@click.option("--until", help="Look again from then on: a date, an instant, or a duration (3d).")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def pause(watch: tuple[str, ...], until: str | None, as_json: bool) -> None:
    """Do not look at WATCH… until then, or until tracker resume. What was recorded stays."""
    from tracker.watch import configured

    place = here()
    at = until_when(until, clock.now()) if until is not None else None
    at = at.replace(microsecond=0) if at is not None else None
    for name in watch:
        known_watch(place, name)
    for name in watch:
        configured.pause(place.watches_file, name, at)
        if not as_json:
            say(f"paused {name}" + (f" until {clock.iso(at)}" if at is not None else ""))
    if as_json:
        emit_json({"paused": list(watch), "until": clock.iso(at) if at is not None else None})
    note(f"Again{' sooner' if at else ''}: tracker resume {' '.join(watch)}")


@click.command()
@click.argument("watch", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def resume(watch: tuple[str, ...], as_json: bool) -> None:
    """Look at paused WATCH… again."""
    from tracker.watch import configured

    place = here()
    for name in watch:
        known_watch(place, name)
    paused = {w.name for w in place.watches() if w.state == "paused"}
    for name in watch:
        if name in paused:
            configured.resume(place.watches_file, name)
        if not as_json:
            say(f"resumed {name}" if name in paused else f"{name} is not paused")
    if as_json:
        resumed = [name for name in watch if name in paused]
        emit_json({"resumed": resumed, "not_paused": [name for name in watch if name not in paused]})


# ---------------------------------------------------------------- subscriptions


@subs.command("mute")
@click.argument("rule")
@click.option("--until", help="A date, an instant, or a duration (3d); until it is unmuted if left out.")
@click.option("--reason", default="", help="Why, for those who ask later.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def mute(rule: str, until: str | None, reason: str, as_json: bool) -> None:
    """Tell nobody by subscription RULE until then. The changes are recorded; they are not told later."""
    place = here()
    _known_rule(place, rule)
    now = clock.now()
    at = until_when(until, now) if until is not None else None
    with place.store(write=True) as store:
        store.mute(Mute(subscription=rule, since=now, until=at, reason=short(reason)))
    if as_json:
        emit_json({"subscription": rule, "since": clock.iso(now), "until": clock.iso(at) if at is not None else None})
        return
    say(f"muted {rule}" + (f" until {clock.iso(at)}" if at is not None else ""))
    note(f"Again{' sooner' if at else ''}: tracker subs unmute {rule}. Meanwhile, all changes: tracker log")


@subs.command("unmute")
@click.argument("rule")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def unmute(rule: str, as_json: bool) -> None:
    """Tell by subscription RULE again, and say how many alerts were not told meanwhile."""
    place = here()
    now = clock.now()
    with place.store(write=True) as store:
        muted = store.mutes(now).get(rule)
        if muted is None:
            _known_rule(place, rule)
            raise NothingRecorded(f"Subscription {rule!r} is not muted", remedy="What is muted: tracker status")
        not_told = store.not_told(rule, muted.since)
        store.unmute(rule, now)
    if place.lent is not None:
        place.lent.beside.wake()
    if as_json:
        emit_json({"subscription": rule, "since": clock.iso(muted.since), "not_told": not_told})
        return
    many = "1 alert was" if not_told == 1 else f"{not_told} alerts were"
    say(f"unmuted {rule}: {many} not told since {clock.iso(muted.since)[:19]}Z")
    if not_told:
        note(f"They are in the record: tracker log --since {clock.iso(muted.since)}")


def _known_rule(place: Here, rule: str) -> None:
    found = place.subscriptions()
    if found.subscription(rule) is None:
        from tracker.settings_file import unknown

        none = "Add one: tracker subs add ID --to CHANNEL"
        ids = [s.id for s in found.subscriptions]
        raise unknown(rule, ids, str(place.subscriptions_file), sort="subscription", none=none)


# ---------------------------------------------------------------- changes


@click.command()
@click.argument("change")
@click.option("--reason", help="What is wrong with it.")
@click.option("--by", default="", help="Who says so.")
@click.option("--withdraw", is_flag=True, help="Take it back.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def dispute(change: str, reason: str | None, by: str, withdraw: bool, as_json: bool) -> None:
    """Say of CHANGE that it was a false alarm: it stays in the record, with that word on it, and is counted."""
    if (reason is None) != withdraw or (reason is not None and not reason.strip()):
        raise UsageError("Say why", where=change, remedy='--reason "…", or --withdraw to take it back')
    place = here()
    with place.store(write=True) as store:
        found = store.change(change)
        standing = store.disputes([found.id]).get(found.id)
        if withdraw and standing is None:
            raise NothingRecorded(f"{found.id} is not disputed", remedy="What is disputed: tracker status --json")
        told = standing.reason if withdraw and standing is not None else short(reason or "")
        store.dispute(Dispute(change=found.id, at=clock.now(), reason=told, by=short(by)), withdrawn=withdraw)
    if as_json:
        emit_json({"change": found.id, "disputed": not withdraw, "reason": told, "by": short(by)})
        return
    head = safe(f"{found.profile}/{found.chapter}")
    say(f"{found.id} ({head}) is {'no longer disputed' if withdraw else 'disputed as a false alarm'}")
