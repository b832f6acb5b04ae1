"""A delivery as `tracker deliveries show` shows it: what it tells, why, and every try at it."""

from collections.abc import Iterator

from tracker import clock
from tracker.cli.context import Here
from tracker.cli.output import dim, note, say, strong
from tracker.errors import TrackerError
from tracker.events.deliveries import Delivery
from tracker.notify.render.redline import safe
from tracker.notify.tell import Tellings
from tracker.notify.telling import Telling
from tracker.store import Store

_TRIES = ("delivery.sent", "delivery.failed", "delivery.dead", "delivery.replayed")
_OF_A_TRY = ("attempt", "at", "status", "elapsed_ms", "error", "answer", "note", "retry_at", "reason")


def delivery_json(d: Delivery) -> dict[str, object]:
    """A delivery as plain JSON data."""
    return {
        "id": d.id,
        "state": d.state,
        "channel": d.channel,
        "form": d.form,
        "subscription": d.subscription,
        "profile": d.profile,
        "change": d.change,
        "alerts": d.alerts,
        "attempts": d.attempts,
        "owed_at": clock.iso(d.owed_at),
        "next_at": clock.iso(d.next_at) if d.next_at else None,
        "last_at": clock.iso(d.last_at) if d.last_at else None,
        "last_status": d.last_status,
        "last_error": d.last_error,
        "reason": d.reason,
        "about": dict(d.about) if d.about is not None else None,
    }


def shown_json(place: Here, store: Store, found: Delivery) -> dict[str, object]:
    """The delivery with its tries, its alerts, why it is told and its message in plain text, as plain JSON data."""
    telling = _telling(place, store, found)
    return {
        **delivery_json(found),
        "told": [
            {"alert": a.id, "change": a.change, "subscription": a.subscription, "when": a.when, "level": a.level}
            for a in store.alerts_of(found.id)
        ],
        "why": [{"subscription": r.subscription, "rule": r.rule} for r in telling.reasons] if telling else [],
        "tries": list(_tries(store, found)),
        "message": _message(telling) if telling else None,
    }


def show(place: Here, store: Store, found: Delivery) -> None:
    """Print the same for a person."""
    for key, value in delivery_json(found).items():
        if value is not None and value != "":
            say(f"{key:>14}  {safe(str(value))}")
    telling = _telling(place, store, found)
    for reason in telling.reasons if telling else ():
        say(f"{'why':>14}  {safe(f'{reason.subscription}: {reason.rule}')}")
    for alert in store.alerts_of(found.id):
        say(f"{'alert':>14}  {alert.change}  {safe(alert.profile)}/{safe(alert.chapter)}  {alert.level}  {alert.when}")
    for one in _tries(store, found):
        _show_try(one)
    if telling is not None:
        say()
        say(strong("The message, in plain text:"))
        for line in _message(telling).splitlines():
            say(safe(line))


def _tries(store: Store, found: Delivery) -> Iterator[dict[str, object]]:
    from tracker.events.tellings import delivery_stream

    for event in store.events(stream=delivery_stream(found.id)):
        if event.type in _TRIES:
            yield {"type": event.type, **{key: event.payload.get(key) for key in _OF_A_TRY}}


def _show_try(one: dict[str, object]) -> None:
    kind = str(one["type"]).removeprefix("delivery.")
    if kind == "replayed":
        say(f"  {one['at']}  owed once more")
        return
    said = [f"  {one['at']}  try {one['attempt']}  {kind}"]
    if one["reason"]:
        said.append(f"({one['reason']})")
    if one["status"] is not None:
        said.append(f"HTTP {one['status']}")
    if one["elapsed_ms"] is not None:
        said.append(f"{one['elapsed_ms']} ms")
    said += [safe(str(one[key])) for key in ("error", "note") if one[key]]
    if one["retry_at"]:
        said.append(f"again at {one['retry_at']}")
    say("  ".join(said))
    for line in str(one["answer"] or "").splitlines():
        say(dim(f"      | {safe(line)}"))


def _telling(place: Here, store: Store, found: Delivery) -> Telling | None:
    """What it tells, by the record and the rules of now; None where that cannot be had, which is noted."""
    try:
        return Tellings(store, place.subscriptions(), place.surroundings().link_base)(found)
    except TrackerError as wrong:
        note(f"What it tells cannot be shown: {safe(wrong.what)}")
        return None


def _message(telling: Telling) -> str:
    from tracker.notify.render.notice import notice_of
    from tracker.notify.render.text import text

    return text(notice_of(telling))
