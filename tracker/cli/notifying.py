"""`tracker deliver`, `deliveries`, `channels`, `subs`: who is told, and whether they were."""

import os
import threading
from typing import TYPE_CHECKING

import click

from tracker import clock
from tracker.cli.context import Here, here
from tracker.cli.output import emit_json, note, say, table
from tracker.errors import ChecksFailed, UsageError
from tracker.events.types import Delivery, DeliveryState
from tracker.notify.render.redline import safe

if TYPE_CHECKING:
    from tracker.notify.channels import Surroundings

MAX_WAIT_S = 7 * 86_400


@click.command()
@click.option("--until-empty", is_flag=True, help="Go on until nothing is due (as it does anyway).")
@click.option("--wait", "wait_for", default="0s", show_default=True, help="Also wait for retries that fall due within.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def deliver(until_empty: bool, wait_for: str, as_json: bool) -> None:
    """Send what is owed and due. Exit code 3 where a try failed and is not made good within the wait."""
    from tracker.notify.deliver import deliver as send
    from tracker.watch.schedule import stopping_on_signals

    try:
        wait_s = clock.seconds(wait_for)
    except ValueError as wrong:
        raise UsageError("Not a duration", where="--wait", remedy=str(wrong)) from None
    if wait_s > MAX_WAIT_S:
        raise UsageError("Too long a wait", where=f"--wait {wait_for}", remedy="The longest is 7d; or use: tracker run")
    place = here()
    subscriptions = place.subscriptions()
    stop = threading.Event()
    with place.store(write=True) as store, stopping_on_signals(stop):
        done = send(store, subscriptions, surroundings(place), until_empty=True, wait_s=wait_s, stop=stop)
        waiting = store.deliveries(state="retrying")
    if as_json:
        emit_json({"sent": done.sent, "failed": done.failed, "dead": done.dead, "pending": done.pending})
    else:
        say(f"{done.sent} sent, {done.failed} failed, {done.dead} given up, {done.pending} still owed")
    if done.dead or waiting:
        first = next(iter(waiting), None)
        why = f"{first.channel}: {first.last_error}" if first else "see tracker deliveries list"
        raise ChecksFailed(
            f"{len(waiting)} deliveries wait for another try, {done.dead} were given up",
            where=why,
            remedy="What waits stays owed: tracker deliver later, or tracker run. See tracker deliveries list",
        )


def surroundings(place: Here) -> "Surroundings":
    """What channels need of the world, from the settings."""
    from tracker.notify.channels import Surroundings

    return Surroundings(
        environ=os.environ,
        base=place.root,
        allow=place.settings.notify.allow_addresses,
        user_agent=place.settings.fetch.user_agent,
        timeout_s=place.settings.notify.timeout_s,
    )


@click.group()
def deliveries() -> None:
    """What is owed, sent and given up."""


@deliveries.command("list")
@click.option("--state", type=click.Choice(["owed", "retrying", "sent", "dead"]), help="Only these.")
@click.option("--channel", help="Only of this channel.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def deliveries_list(state: "DeliveryState | None", channel: str | None, limit: int, as_json: bool) -> None:
    """Deliveries, newest first."""
    with here().store() as store:
        found = store.deliveries(state=state, channel=channel, limit=limit)
    if as_json:
        emit_json([_delivery_json(d) for d in found])
        return
    if not found:
        note("No delivery is recorded: a change that matches a subscription owes one (tracker subs list)")
        return
    rows = [
        [d.id, d.state, str(d.attempts), d.channel, d.subscription, clock.iso(d.owed_at)[:19] + "Z", d.last_error or ""]
        for d in found
    ]
    table(rows, ("delivery", "state", "tries", "channel", "subscription", "owed since", "last error"))


@deliveries.command("show")
@click.argument("delivery")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def deliveries_show(delivery: str, as_json: bool) -> None:
    """One delivery, and every try at it."""
    from tracker.events.bodies import delivery_stream

    with here().store() as store:
        found = store.delivery(delivery)
        tries = list(store.events(stream=delivery_stream(found.id)))
    attempts = [
        {"type": e.type, **{k: e.payload[k] for k in ("attempt", "at", "status", "error", "retry_at")}} for e in tries
    ]
    if as_json:
        emit_json({**_delivery_json(found), "tries": attempts})
        return
    for key, value in _delivery_json(found).items():
        say(f"{key:>14}  {safe(str(value if value is not None else '-'))}")
    for one in attempts:
        told = f"{one['at']}  try {one['attempt']}  {str(one['type']).removeprefix('delivery.')}"
        status = f"  HTTP {one['status']}" if one["status"] else ""
        error = f"  {safe(str(one['error']))}" if one["error"] else ""
        again = f"  again at {one['retry_at']}" if one["retry_at"] else ""
        say(f"  {told}{status}{error}{again}")


def _delivery_json(d: Delivery) -> dict[str, object]:
    return {
        "id": d.id,
        "state": d.state,
        "channel": d.channel,
        "subscription": d.subscription,
        "profile": d.profile,
        "change": d.change,
        "attempts": d.attempts,
        "owed_at": clock.iso(d.owed_at),
        "next_at": clock.iso(d.next_at) if d.next_at else None,
        "last_at": clock.iso(d.last_at) if d.last_at else None,
        "last_status": d.last_status,
        "last_error": d.last_error,
    }


@click.group()
def channels() -> None:
    """Where alerts go."""


@channels.command("add")
@click.argument("name")
@click.argument("kind")
@click.argument("url")
@click.option("--secret", help="What webhooks are signed with: env:NAME or file:PATH, never the secret itself.")
def channels_add(name: str, kind: str, url: str, secret: str | None) -> None:
    """Write channel NAME of KIND (webhook, jsonl) to URL (for jsonl: a file) into the configuration."""
    from tracker.notify.configure import add_channel

    place = here()
    add_channel(place.subscriptions_file, name, kind, url, secret=secret)
    say(f"channel {name}: {kind}")
    note(f"Try it: tracker channels test {name}. Send to it: tracker subs add ID --to {name}")


@channels.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def channels_list(as_json: bool) -> None:
    """The configured channels; secrets as the references that they are."""
    found = here().subscriptions().channels
    rows: list[dict[str, object]] = [
        {
            "name": c.name,
            "kind": c.kind,
            "to": str(c.url) if c.url is not None else c.path,
            "secret": str(c.secret) if c.secret is not None else None,
        }
        for c in found
    ]
    if as_json:
        emit_json(rows)
    elif rows:
        table(
            [[str(r[k] or "") for k in ("name", "kind", "to", "secret")] for r in rows],
            ("channel", "kind", "to", "secret"),
        )
    else:
        note("No channel is configured: tracker channels add NAME KIND URL")


@channels.command("test")
@click.argument("name")
def channels_test(name: str) -> None:
    """Send a test message to channel NAME: the real renderer, signature and limits, marked as a test."""
    from tracker.notify.trial import send_test

    place = here()
    attempt = send_test(place.subscriptions(), name, surroundings(place), now=clock.now())
    if not attempt.ok:
        raise ChecksFailed(
            f"Channel {name!r} did not take the test message",
            where=attempt.error or f"HTTP {attempt.status}",
            remedy="Look at its address and secret: tracker channels list",
        )
    say(f"channel {name} took the test message" + (f" (HTTP {attempt.status})" if attempt.status else ""))


@click.group()
def subs() -> None:
    """Who hears of which changes."""


@subs.command("add")
@click.argument("id")
@click.option("--to", "to", required=True, multiple=True, help="A channel; may be given several times.")
@click.option("--profile", multiple=True, help="Only these profiles (globs).")
@click.option("--chapter", multiple=True, help="Only these chapters (globs).")
@click.option("--cause", multiple=True, help="Only these causes; content and reversion if left out.")
@click.option("--salience", help="The least that is told: low, normal, high or critical.")
def subs_add(
    id: str,
    to: tuple[str, ...],
    profile: tuple[str, ...],
    chapter: tuple[str, ...],
    cause: tuple[str, ...],
    salience: str | None,
) -> None:
    """Write subscription ID into the configuration."""
    from tracker.notify.configure import add_subscription

    add_subscription(
        here().subscriptions_file, id, to, profiles=profile, chapters=chapter, causes=cause, salience=salience
    )
    say(f"subscription {id} to {', '.join(to)}")


@subs.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def subs_list(as_json: bool) -> None:
    """The configured subscriptions."""
    found = here().subscriptions().subscriptions
    rows = [
        {
            "id": s.id,
            "to": list(s.to),
            "profile": list(s.profiles),
            "chapter": list(s.chapters),
            "cause": list(s.causes),
            "salience": s.salience,
        }
        for s in found
    ]
    if as_json:
        emit_json(rows)
    elif rows:
        shown = [[", ".join(v) if isinstance(v, list) else str(v) for v in row.values()] for row in rows]
        table(shown, ("subscription", "to", "profiles", "chapters", "causes", "salience"))
    else:
        note("No subscription is configured: tracker subs add ID --to CHANNEL")
