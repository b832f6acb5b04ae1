"""`tracker deliver` and `tracker deliveries`: what is owed, whether it was sent, and sending it once more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from tracker import clock
from tracker.cli.channel_shown import pending
from tracker.cli.context import Here, here
from tracker.cli.delivery_shown import delivery_json, show, shown_json
from tracker.cli.output import emit_json, note, say, table
from tracker.cli.times import since as since_when
from tracker.errors import ChecksFailed, UsageError
from tracker.events.deliveries import Delivery, DeliveryState
from tracker.store import Store

if TYPE_CHECKING:
    from tracker.notify.deliver import Delivered

MAX_WAIT_S = 7 * 86_400
_STATES = ["owed", "retrying", "sent", "dead"]
_LOOK_EVERY_S = 0.1
_MOMENT_S = 1.5
_LISTED = 20  # deliveries that a dry run names


@click.command()
@click.option("--until-empty", is_flag=True, help="Go on until nothing is due (as it does anyway).")
@click.option("--wait", "wait_for", default="0s", show_default=True, help="Also wait for retries that fall due within.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def deliver(until_empty: bool, wait_for: str, as_json: bool) -> None:
    """Send what is owed and due. Exit code 3 where a try failed and is not made good within the wait.

    Beside tracker run, which sends by itself: wait until it has sent what is due now.
    """
    from tracker.notify.deliver import deliver as send
    from tracker.watch.overseer import Overseer

    try:
        wait_s = clock.seconds(wait_for)
    except ValueError as wrong:
        raise UsageError("Not a duration", where="--wait", remedy=str(wrong)) from None
    if wait_s > MAX_WAIT_S:
        raise UsageError("Too long a wait", where=f"--wait {wait_for}", remedy="The longest is 7d; or use: tracker run")
    place = here()
    subscriptions, world = place.subscriptions(), place.surroundings()
    with place.store(write=True) as store, place.stopping() as stop:
        if place.lent is not None:
            done = _waited_for(place, store, wait_s, world.timeout_s)
        else:
            overseer = Overseer(store, subscriptions, now=clock.now, every_s=0, calm_s=0)
            overseer.look()
            done = send(store, subscriptions, world, until_empty=True, wait_s=wait_s, stop=stop)
            if overseer.look():  # a channel is in trouble since
                send(store, subscriptions, world, until_empty=True, stop=stop)
        waiting = store.deliveries(state="retrying")
        switched_off = {name: state for name, state in store.channel_states().items() if state.disabled_at is not None}
        kept = sum(len(pending(store, name)) for name in switched_off)
    if as_json:
        told = {"sent": done.sent, "failed": done.failed, "dead": done.dead, "pending": done.pending, "held": done.held}
        emit_json(told)
    else:
        held = f", {done.held} alerts wait for their time" if done.held else ""
        say(f"{done.sent} sent, {done.failed} failed, {done.dead} given up, {done.pending} still owed{held}")
    if kept:
        note(f"{kept} of them wait for channels that are disabled: {', '.join(switched_off)} (tracker channels list)")
    if done.dead or waiting:
        first = next(iter(waiting), None)
        why = f"{first.channel}: {first.last_error}" if first else "see tracker deliveries list"
        raise ChecksFailed(
            f"{len(waiting)} deliveries wait for another try, {done.dead} were given up",
            where=why,
            remedy="What waits stays owed: tracker deliver later, or tracker run. See tracker deliveries list",
        )


def _waited_for(place: Here, store: Store, wait_s: float, timeout_s: float) -> "Delivered":
    """What the running process sends, until nothing is due any more, our caller is gone, or it takes too long."""
    from tracker.notify.deliver import LEASE_SPARE_S, Delivered

    lent, begun = place.lent, store.head().position
    assert lent is not None
    lent.beside.wake()
    until = clock.now() + timedelta(seconds=wait_s)
    latest = until + timedelta(seconds=timeout_s + LEASE_SPARE_S)
    while _is_due(store, until) and clock.now() < latest and not lent.is_gone():
        if lent.stop.wait(_LOOK_EVERY_S):
            break
    tried = [e.type for e in store.events(after=begun, types=("delivery.sent", "delivery.failed", "delivery.dead"))]
    counts = {kind: tried.count(f"delivery.{kind}") for kind in ("sent", "failed", "dead")}
    return Delivered(**counts, pending=store.pending(), held=len(store.held()))


def _is_due(store: Store, until: datetime) -> bool:
    """Whether something is to be tried by then: waits for its turn, or is under way."""
    held, owed = store.next_held(), store.next_delivery()
    # An alert waits a moment for the looks of its round to end (notify/compose.py); a digest waits longer.
    if held is not None and held <= max(until, clock.now() + timedelta(seconds=_MOMENT_S)):
        return True
    if owed is not None and owed <= until:
        return True
    disabled = {name for name, state in store.channel_states().items() if state.disabled_at is not None}
    heads: dict[tuple[str, str], Delivery] = {}
    for one in sorted(pending(store), key=lambda d: d.position):
        heads.setdefault((one.channel, one.profile), one)
    return any(d.next_at is not None and d.next_at <= until for d in heads.values() if d.channel not in disabled)


# ---------------------------------------------------------------- reading


@click.group()
def deliveries() -> None:
    """What is owed, sent and given up; and sending it once more."""


@deliveries.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only these.")
@click.option("--channel", help="Only of this channel.")
@click.option("--since", help="Only those owed since: a date, an instant, or a duration (7d).")
@click.option("--reason", help="Only those given up for this reason, such as gone, refused or expired.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def deliveries_list(
    state: DeliveryState | None,
    channel: str | None,
    since: str | None,
    reason: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Deliveries, newest first."""
    from_then = since_when(since, clock.now()) if since is not None else None
    with here().store() as store:
        found = store.deliveries(state=state, channel=channel, limit=limit, since=from_then, reason=reason)
        waiting = len(store.held()) if not found else 0
    if as_json:
        emit_json([delivery_json(d) for d in found])
        return
    if not found and waiting:
        note(f"No delivery is recorded so; {waiting} alerts wait for their time or for: tracker deliver")
    elif not found:
        note("No delivery is recorded so: a change that matches a subscription owes one (tracker subs list)")
    if not found:
        return
    rows = [
        [
            d.id,
            d.state + (f" ({d.reason})" if d.reason else ""),
            str(d.attempts),
            d.channel,
            d.form if d.alerts <= 1 else f"{d.form} of {d.alerts}",
            d.subscription,
            clock.iso(d.owed_at)[:19] + "Z",
            d.last_error or "",
        ]
        for d in found
    ]
    table(rows, ("delivery", "state", "tries", "channel", "message", "subscription", "owed since", "last error"))


@deliveries.command("show")
@click.argument("delivery")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def deliveries_show(delivery: str, as_json: bool) -> None:
    """One delivery: what it tells, why, and every try at it with what was answered."""
    place = here()
    with place.store() as store:
        found = store.delivery(delivery)
        if as_json:
            emit_json(shown_json(place, store, found))
        else:
            show(place, store, found)


# ---------------------------------------------------------------- once more


@deliveries.command("replay")
@click.argument("delivery", nargs=-1)
@click.option("--state", type=click.Choice(["dead", "sent"]), default="dead", show_default=True, help="Only these.")
@click.option("--channel", help="Only of this channel.")
@click.option("--since", help="Only those owed since: a date, an instant, or a duration (7d).")
@click.option("--reason", help="Only those given up for this reason, such as gone, refused or expired.")
@click.option("--yes", is_flag=True, help="Do it. Without it, it is only said what would be done.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def deliveries_replay(
    delivery: tuple[str, ...],
    state: DeliveryState,
    channel: str | None,
    since: str | None,
    reason: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Owe DELIVERY… once more, or all that were given up: the same ids, so that receivers know them again.

    Without --yes nothing is done, and what would be is listed.
    """
    if delivery and (channel or since or reason):
        raise UsageError("Ids and filters say different things", remedy="Name deliveries, or say which kind is meant")
    from_then = since_when(since, clock.now()) if since is not None else None
    place = here()
    with place.store(write=yes) as store:
        if delivery:
            found: tuple[Delivery, ...] = tuple({d.id: d for d in map(store.delivery, delivery)}.values())
            if owed := [d.id for d in found if d.state in ("owed", "retrying")]:
                raise UsageError("Still owed: it is sent anyway", where=", ".join(owed), remedy="See: tracker deliver")
        else:
            found = store.deliveries(state=state, channel=channel, since=from_then, reason=reason)
        found = tuple(sorted(found, key=lambda d: (d.owed_at, d.position)))
        if yes:
            store.replay(found, clock.now())
        states = store.channel_states()
    if yes and place.lent is not None:
        place.lent.beside.wake()
    if as_json:
        emit_json({"replayed": yes, "count": len(found), "deliveries": [d.id for d in found]})
    else:
        _tell_replayed(found, is_done=yes)
    names = {d.channel for d in found}
    if off := sorted(name for name in names if name in states and states[name].disabled_at is not None):
        note(f"Disabled, so that nothing is sent to them: {', '.join(off)} (tracker channels enable NAME)")
    if gone := sorted(name for name in names if place.subscriptions().channel(name) is None):
        note(f"No longer configured, so that nothing can be sent to them: {', '.join(gone)}")
    if found and not yes:
        note("Nothing was done. Do it: the same with --yes")
    elif found and place.lent is None:
        note("Send them: tracker deliver, or tracker run")


def _tell_replayed(found: Sequence[Delivery], *, is_done: bool) -> None:
    if not found:
        note("No such delivery: tracker deliveries list")
        return
    many = "1 delivery" if len(found) == 1 else f"{len(found)} deliveries"
    say(f"owed once more: {many}" if is_done else f"would be owed once more: {many}")
    for d in found[:_LISTED]:
        why = f" ({d.reason})" if d.reason else ""
        say(f"  {d.id}  {d.channel}  {d.profile}  {d.state}{why} since {clock.iso(d.last_at or d.owed_at)[:19]}Z")
    if len(found) > _LISTED:
        say(f"  and {len(found) - _LISTED} more")
