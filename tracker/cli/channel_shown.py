"""How channels do, for those who ask: what is owed to them, their state, where they lead; secrets as references."""

import os
from collections import Counter

from tracker import clock
from tracker.cli.context import Here
from tracker.errors import ConfigError
from tracker.events.deliveries import ChannelState, Delivery
from tracker.notify.channels import KINDS, ChannelConfig
from tracker.store import Store


def public_key(config: ChannelConfig, place: Here) -> str | None:
    """What receivers verify ed25519 signatures with; None where the channel makes none, or its key is not there."""
    from tracker.notify.channels.signature import public_text, signing_key_of
    from tracker.notify.secret import Ref, resolve

    ref = config.ref("signing_key")
    if not isinstance(ref, Ref):
        return None
    try:
        return public_text(signing_key_of(resolve(ref, os.environ, place.root)))
    except (ConfigError, ValueError):
        return None


def owed_by_channel(store: Store) -> Counter[str]:
    """How many deliveries are owed to each channel."""
    return Counter(d.channel for d in pending(store))


def pending(store: Store, channel: str | None = None) -> tuple[Delivery, ...]:
    """The deliveries that are owed."""
    return (*store.deliveries(state="owed", channel=channel), *store.deliveries(state="retrying", channel=channel))


def state_json(state: ChannelState) -> dict[str, object]:
    """How a channel does, as plain JSON data."""
    is_disabled = state.disabled_at is not None
    return {
        "state": "disabled" if is_disabled else "failing" if state.failing_since else "ok",
        "since": clock.iso(since) if (since := state.disabled_at or state.failing_since) else None,
        "why": state.why or (f"{state.failures} tries failed" if state.failing_since else ""),
        "last_ok_at": clock.iso(state.last_ok_at) if state.last_ok_at else None,
    }


def state_words(row: dict[str, object]) -> str:
    """How a channel does, for a person: of what `state_json` gives."""
    if row["state"] == "ok":
        return "ok" if row["last_ok_at"] else "not sent to yet"
    return f"{row['state']} since {str(row['since'])[:16]}Z: {row['why']}"


def leads_to(config: ChannelConfig) -> str:
    """Its address, or what its kind is addressed by. Never what a reference stands for."""
    keys = [*("url", "path"), *(k for k, about in KINDS[config.kind].keys.items() if about.is_needed)]
    return next((_text(config.values[key]) for key in keys if key in config.values), "")


def shown_value(value: object) -> object:
    return value if isinstance(value, bool | int) else list(value) if isinstance(value, tuple) else str(value)


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


# ---------------------------------------------------------------- trying
