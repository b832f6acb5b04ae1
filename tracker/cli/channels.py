"""`tracker channels`: where alerts go, whether they get there, and what may go there at all."""

import time
from datetime import timedelta

import click

from tracker import clock
from tracker.cli.channel_shown import (
    leads_to,
    owed_by_channel,
    pending,
    public_key,
    shown_value,
    state_json,
    state_words,
)
from tracker.cli.context import Here, here
from tracker.cli.output import emit_json, note, say, table
from tracker.cli.texts import short
from tracker.errors import ChecksFailed, ConfigError, NoStore, UsageError
from tracker.events.deliveries import ChannelState, Delivery
from tracker.notify.channels import KINDS, ChannelConfig
from tracker.notify.render.redline import safe
from tracker.store import Store

_SPARE_S = 10.0  # beyond a whole try: how long a trial is waited for that the running process sends
_TAKE_UP_S = 5.0  # a running process takes edits of the configuration up within 2 s


@click.group()
def channels() -> None:
    """Where alerts go."""


@channels.command("add")
@click.argument("name")
@click.argument("kind")
@click.argument("values", nargs=-1, metavar="[URL] [KEY=VALUE]…")
@click.option("--secret", help="What is signed with or opens it: env:NAME or file:PATH, never the secret itself.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def channels_add(name: str, kind: str, values: tuple[str, ...], secret: str | None, as_json: bool) -> None:
    """Write channel NAME of KIND into the configuration: its address (for jsonl: a file), and any of its keys.

    Kinds and their keys: tracker channels kinds. A key that takes several values is given several times.
    """
    from tracker.notify.configure import add_channel

    place = here()
    url, given = _given(values)
    if secret is not None and kind in KINDS and "secret" not in KINDS[kind].keys:
        named = [key for key, about in KINDS[kind].keys.items() if about.sort == "secret"]
        if len(named) == 1:  # an e-mail's password, a bot's token
            given[named[0]], secret = secret, None
    written = add_channel(place.subscriptions_file, name, kind, url, secret=secret, values=given).channel(name)
    assert written is not None, "what was written was read back"
    if as_json:
        shown = {key: shown_value(value) for key, value in written.values.items()}
        emit_json({"name": name, "kind": kind, "to": leads_to(written), "values": shown})
        return
    say(f"channel {name}: {kind}")
    note(f"Try it: tracker channels test {name}. Send to it: tracker subs add ID --to {name}")


def _given(values: tuple[str, ...]) -> tuple[str | None, dict[str, str | list[str]]]:
    """The address, which has no key, and the values by key."""
    url: str | None = None
    given: dict[str, str | list[str]] = {}
    for word in values:
        key, equals, value = word.partition("=")
        if equals and key.replace("_", "").isalnum() and key.isascii():
            before = given.get(key)
            given[key] = value if before is None else [*([before] if isinstance(before, str) else before), value]
        elif url is None:
            url = word
        else:
            raise UsageError("Two addresses", where=safe(f"{url} {word}"), remedy="Write further values as KEY=VALUE")
    return url, given


@channels.command("rm")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def channels_rm(name: str, as_json: bool) -> None:
    """Take channel NAME out of the configuration; what was sent stays in the record."""
    from tracker.notify.configure import remove_channel

    place = here()
    remove_channel(place.subscriptions_file, name)
    try:
        with place.store() as store:
            waiting = owed_by_channel(store)[name]
    except NoStore:
        waiting = 0
    if as_json:
        emit_json({"removed": name, "owed": waiting})
        return
    say(f"channel {name}: removed")
    if waiting:
        note(f"{waiting} messages are still owed to it: they are tried until their time is up, unless it comes back")


@channels.command("kinds")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def channels_kinds(as_json: bool) -> None:
    """What kinds of channel there are, and the keys of each."""
    if as_json:
        emit_json(
            [
                {
                    "kind": kind.name,
                    "help": kind.help,
                    "per_minute": kind.per_minute,
                    "keys": [
                        {"key": key, "sort": about.sort, "needed": about.is_needed, "help": about.help}
                        for key, about in kind.keys.items()
                    ],
                }
                for kind in KINDS.values()
            ]
        )
        return
    for kind in KINDS.values():
        bears = f"; at most {kind.per_minute:g} messages a minute" if kind.per_minute else ""
        say(f"{kind.name}: {kind.help}{bears}")
        for key, about in kind.keys.items():
            sort = " (env:NAME or file:PATH)" if "secret" in about.sort else ""
            say(f"    {key:<14} {about.help}{sort}{', needed' if about.is_needed else ''}")


@channels.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def channels_list(as_json: bool) -> None:
    """The configured channels, where they lead (secrets as the references that they are), and how they do."""
    place = here()
    found = place.subscriptions().channels
    with place.store() as store:
        states, owed = store.channel_states(), owed_by_channel(store)
    rows: list[dict[str, object]] = []
    for config in found:
        state = states.get(config.name, ChannelState(channel=config.name))
        rows.append(
            {
                "name": config.name,
                "kind": config.kind,
                "to": leads_to(config),
                "values": {key: shown_value(value) for key, value in config.values.items()},
                "tz": config.tz,
                "owed": owed[config.name],
                "public_key": public_key(config, place),
                **state_json(state),
            }
        )
    if as_json:
        emit_json(rows)
    elif rows:
        shown = [[str(r[key]) for key in ("name", "kind", "to")] + [state_words(r), str(r["owed"])] for r in rows]
        table(shown, ("channel", "kind", "to", "state", "owed"))
        for row in rows:
            if row["public_key"]:
                note(f"{row['name']} signs with ed25519 too; receivers verify with {row['public_key']}")
    else:
        note("No channel is configured: tracker channels add NAME KIND URL. Kinds: tracker channels kinds")
    for name in owed.keys() - {c.name for c in found}:
        note(f"{owed[name]} deliveries are owed to {name!r}, which is no longer configured")


@channels.command("test")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def channels_test(name: str, as_json: bool) -> None:
    """Send a test message to channel NAME the way of all others: outbox, renderer, signature, limits, record.

    It is marked as a test, and tried once: what is not taken is given up. Exit code 3 where it is not.
    """
    from tracker.notify.trial import trial_message

    place = here()
    config = known_channel(place, name)
    with place.store(write=True) as store:
        state = store.channel_state(name)
        if state.disabled_at is not None:
            why = f"since {clock.iso(state.disabled_at)}: {state.why}"
            raise UsageError(
                f"Channel {name!r} is disabled", where=why, remedy=f"Once it is well: tracker channels enable {name}"
            )
        message = trial_message(name, clock.now())
        _wait_until_known(place, config)
        store.compose([message], at=clock.now())
        found = _tried(place, store, message.delivery)
        tries = _tries(store, found.id)
    if as_json:
        emit_json({"delivery": found.id, "channel": name, "ok": found.state == "sent", **tries})
    else:
        took = f" in {tries['elapsed_ms']} ms" if tries["elapsed_ms"] is not None else ""
        status = f"HTTP {tries['status']}" if tries["status"] is not None else ""
        first = next((line for line in str(tries["answer"] or "").splitlines() if line.strip()), "")
        said = ", ".join(filter(None, (status + took, safe(str(tries["note"] or "")), safe(first))))
        if found.state == "sent":
            say(f"channel {name} took the test message {found.id}: {said or 'written'}")
        elif first:
            note(f"It answered: {safe(first)}")
    if found.state != "sent":
        raise ChecksFailed(
            f"Channel {name!r} did not take the test message",
            where=safe(str(tries["error"] or "it was not tried in time: the channel is left alone for a while")),
            remedy=f"Look at its address and secret: tracker channels list. More: tracker deliveries show {found.id}",
        )


def known_channel(place: Here, name: str) -> ChannelConfig:
    """The channel of this name. Raises ConfigError, naming those that are."""
    found = place.subscriptions()
    config = found.channel(name)
    if config is None:
        known = ", ".join(c.name for c in found.channels)
        remedy = f"Known: {known}" if known else "Add one: tracker channels add NAME KIND URL"
        raise ConfigError(f"No channel is named {name!r}", where=str(place.subscriptions_file), remedy=remedy)
    return config


def _wait_until_known(place: Here, config: ChannelConfig) -> None:
    """Until the running process has taken up a channel that may have been edited a moment ago."""
    until_s = time.monotonic() + _TAKE_UP_S
    while place.lent is not None and place.lent.beside.subscriptions().channel(config.name) != config:
        if time.monotonic() > until_s or place.lent.stop.wait(0.05):
            return


def _tried(place: Here, store: Store, id: str) -> Delivery:
    """The trial after its one try, which is given up where it was not taken."""
    from tracker.notify.sending import give_up, send_now

    world = place.surroundings()
    if place.lent is None:
        found = send_now(store, id, place.subscriptions(), world)
    else:
        place.lent.beside.wake()
        until = clock.now() + timedelta(seconds=world.timeout_s + _SPARE_S)
        while (found := store.delivery(id)).state == "owed" and clock.now() < until:
            if place.lent.is_gone() or place.lent.stop.wait(0.02):
                break
    if found.state in ("owed", "retrying"):
        give_up(store, [found], found.last_error or "a trial is not tried again", "expired", clock.now())
        found = store.delivery(id)
    return found


def _tries(store: Store, id: str) -> dict[str, object]:
    """What the try of a trial brought."""
    from tracker.events.tellings import delivery_stream

    keys = ("status", "elapsed_ms", "answer", "note", "error")
    for event in store.events(stream=delivery_stream(id)):
        if event.type in ("delivery.sent", "delivery.failed", "delivery.dead"):
            return {key: event.payload.get(key) for key in keys}
    return dict.fromkeys(keys)


# ---------------------------------------------------------------- switching


@channels.command("enable")
@click.argument("name")
@click.option("--drop", is_flag=True, help="Give up what waits, instead of sending it now.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def channels_enable(name: str, drop: bool, as_json: bool) -> None:
    """Send to channel NAME again: its failures are forgotten, and what is owed to it is due."""
    place = here()
    known_channel(place, name)
    with place.store(write=True) as store:
        was = store.channel_state(name)
        waiting = pending(store, name)
        if drop:
            from tracker.notify.sending import give_up

            give_up(store, waiting, "given up when the channel was enabled again", "disabled", clock.now())
        if was.disabled_at or was.failing_since or (was.closed_until is not None and was.closed_until > clock.now()):
            store.enable_channel(name, clock.now())
    if place.lent is not None:
        place.lent.beside.forget_pause(name)
        place.lent.beside.wake()
    owed = 0 if drop else len(waiting)
    dropped = len(waiting) if drop else 0
    if as_json:
        emit_json({"channel": name, "state": "ok", "was": state_json(was), "owed": owed, "dropped": dropped})
        return
    state = f"was disabled since {clock.iso(was.disabled_at)}: {was.why}" if was.disabled_at else "was not disabled"
    say(f"channel {name} is enabled ({safe(state)}): {owed} deliveries wait for it, {dropped} were given up")
    if owed and place.lent is None:
        note("Send them: tracker deliver, or tracker run. Rather not: tracker channels enable NAME --drop")


@channels.command("disable")
@click.argument("name")
@click.option("--reason", default="by hand", show_default=True, help="Why, for those who ask later.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def channels_disable(name: str, reason: str, as_json: bool) -> None:
    """Send nothing to channel NAME. What is owed to it stays owed, and is sent when it is enabled again."""
    place = here()
    known_channel(place, name)
    with place.store(write=True) as store:
        store.disable_channel(name, short(reason), clock.now())
        waiting = len(pending(store, name))
    if as_json:
        emit_json({"channel": name, "state": "disabled", "why": short(reason), "owed": waiting})
        return
    say(f"channel {name} is disabled; {waiting} deliveries wait")
    note(f"Again: tracker channels enable {name}")
