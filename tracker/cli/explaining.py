"""`tracker subs explain`, `subs simulate`: why a change is told or not, and how much the rules would tell."""

import time
from collections import Counter
from typing import TYPE_CHECKING

import click

from tracker import clock
from tracker.cli.context import here
from tracker.cli.drawing import dispute_line
from tracker.cli.output import dim, emit_json, note, say, strong
from tracker.cli.times import since as since_when
from tracker.notify.render.redline import safe
from tracker.notify.render.wording import many

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from tracker.events.deliveries import AlertRecord, ChannelState, Dispute, Mute
    from tracker.events.types import Change
    from tracker.notify.explain import Due, Explained
    from tracker.notify.rules import Subscriptions
    from tracker.notify.simulate import Expected
    from tracker.store import Store

EXPRESSIONS_S = 20.0  # for the expressions of all rules together
SAID_EVERY_S = 2.0
_BAR = 40  # cells of the longest bar
_SIGNS = {True: "yes", False: "no", None: "not known"}


@click.command()
@click.argument("change")
@click.option("--subscription", "only", help="Only this one.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def explain(change: str, only: str | None, as_json: bool) -> None:
    """Why CHANGE is told, or is not: each subscription key by key, when it is due, and whether it was told."""
    from tracker.notify.explain import explained

    place = here()
    subscriptions = place.subscriptions()
    _known(subscriptions, only)
    with place.store() as store:
        found = store.change(change)
        records = store.alerts_for(found.id)
        mutes = store.mutes(clock.now())
        states = store.channel_states()
        told, held = _told(store, records), store.held_until(found.id)
        dispute = store.disputes([found.id]).get(found.id)
    answers = explained(found, subscriptions, at=found.recorded_at or found.not_later_than)
    shown = [one for one in answers if only in (None, one.subscription)]
    if as_json:
        emit_json(_explained_json(found, shown, records, told, held, mutes, states, dispute))
    else:
        if dispute is not None:
            say(dispute_line(dispute))
        _draw_explained(found, shown, records, told, held, mutes, states)


def _known(subscriptions: "Subscriptions", only: str | None) -> None:
    if only is not None and subscriptions.subscription(only) is None:
        from tracker.settings_file import unknown

        raise unknown(only, [s.id for s in subscriptions.subscriptions], "--subscription", sort="subscription")


def _told(store: "Store", records: "Sequence[AlertRecord]") -> dict[str, str]:
    """Of each alert, in words, what became of it."""
    found: dict[str, str] = {}
    for record in records:
        words: str = record.state
        if record.delivery is not None:
            words = f"{record.state} by delivery {record.delivery} ({store.delivery(record.delivery).state})"
        found[record.id] = words
    return found


def _draw_explained(
    change: "Change",
    answers: "Sequence[Explained]",
    records: "Sequence[AlertRecord]",
    told: "Mapping[str, str]",
    held: "Mapping[str, datetime]",
    mutes: "Mapping[str, Mute]",
    states: "Mapping[str, ChannelState]",
) -> None:
    say(f"{strong(change.id)}  {change.profile}/{change.chapter}  {change.cause}, salience {change.salience.level}")
    if not answers:
        note("No subscription is configured: tracker subs add ID --to CHANNEL")
    for one in answers:
        say()
        verdict = "asks for it" if one.is_matched else "does not ask for it"
        say(f"{strong(one.subscription)}: {verdict} ({safe(one.rule)})")
        if one.trouble:
            say(f"  it cannot be decided, so it is told: {safe(one.trouble)}")
        if one.subscription in mutes:
            say(f"  muted until {_until(mutes[one.subscription])}: nothing is told")
        width = max(len(row.key) for row in one.rows)
        for row in one.rows:
            line = f"{row.key.ljust(width)}  {_SIGNS[row.holds]:<9}  asked: {row.asked}; found: {row.found or '-'}"
            say("  " + safe(line).replace("\n", " "))
        for due in one.dues:
            off = "; the channel is disabled" if _is_disabled(due.channel, states) else ""
            became = _became(due.alert, told, held)
            say(f"  → {due.channel}: {_due_words(due, is_recorded=due.alert in told)}; {became}{off}")
    shown = {due.alert for one in answers for due in one.dues}
    for record in (r for r in records if r.id not in shown and any(a.subscription == r.subscription for a in answers)):
        say(dim(f"  → {record.channel}, by {record.subscription} as it was then: {_became(record.id, told, held)}"))


def _due_words(due: "Due", *, is_recorded: bool) -> str:
    """What the rule says; and when, where nothing is recorded that knows better."""
    return due.why if due.why == "at once" or is_recorded else f"{due.why}, not before {clock.iso(due.at)[:19]}Z"


def _became(alert: str, told: "Mapping[str, str]", held: "Mapping[str, datetime]") -> str:
    if alert in held:
        is_to_come = held[alert] > clock.now()
        return f"held until {clock.iso(held[alert])[:19]}Z" if is_to_come else "held, and due now"
    return told.get(alert, "not recorded as owed")


def _due_json(due: "Due", by_id: "Mapping[str, AlertRecord]", held: "Mapping[str, datetime]") -> str | None:
    """When it is told: as the store has it, or as the rule says; None of what was told, or let go of."""
    at = held.get(due.alert, due.at if due.alert not in by_id else None)
    return clock.iso(at) if at is not None else None


def _is_disabled(channel: str, states: "Mapping[str, ChannelState]") -> bool:
    return channel in states and states[channel].disabled_at is not None


def _until(mute: "Mute") -> str:
    return clock.iso(mute.until)[:19] + "Z" if mute.until is not None else "it is unmuted"


def _muted_until(mute: "Mute | None") -> str | None:
    return clock.iso(mute.until)[:19] + "Z" if mute is not None and mute.until is not None else None


def _explained_json(
    change: "Change",
    answers: "Sequence[Explained]",
    records: "Sequence[AlertRecord]",
    told: "Mapping[str, str]",
    held: "Mapping[str, datetime]",
    mutes: "Mapping[str, Mute]",
    states: "Mapping[str, ChannelState]",
    dispute: "Dispute | None",
) -> dict[str, object]:
    by_id = {record.id: record for record in records}
    return {
        "change": change.id,
        "profile": change.profile,
        "chapter": change.chapter,
        "disputed": dispute_line(dispute) if dispute is not None else None,
        "subscriptions": [
            {
                "id": one.subscription,
                "rule": one.rule,
                "matched": one.is_matched,
                "trouble": one.trouble or None,
                "muted": one.subscription in mutes,
                "muted_until": _muted_until(mutes.get(one.subscription)),
                "keys": [{"key": r.key, "asked": r.asked, "found": r.found, "holds": r.holds} for r in one.rows],
                "sends": [
                    {
                        "channel": due.channel,
                        "when": due.when,
                        "due": _due_json(due, by_id, held),
                        "why": due.why,
                        "disabled": _is_disabled(due.channel, states),
                        "alert": due.alert,
                        "state": by_id[due.alert].state if due.alert in by_id else None,
                        "delivery": by_id[due.alert].delivery if due.alert in by_id else None,
                    }
                    for due in one.dues
                ],
            }
            for one in answers
        ],
        "alerts": [
            {
                "id": r.id,
                "subscription": r.subscription,
                "channel": r.channel,
                "state": r.state,
                "due": clock.iso(held[r.id]) if r.id in held else None,
                "delivery": r.delivery,
                "words": _became(r.id, told, held),
            }
            for r in records
        ],
    }


# ---------------------------------------------------------------- simulate


@click.command()
@click.option("--since", default="90d", show_default=True, help="How far back: 90d, 12w, 36h; or a date.")
@click.option("--subscription", "only", help="Only this one.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def simulate(since: str, only: str | None, as_json: bool) -> None:
    """How many messages the recorded changes would have made, per channel and day, by the rules as they are now."""
    from dataclasses import replace

    from tracker.notify.simulate import MANY_A_DAY
    from tracker.notify.simulate import simulate as estimated
    from tracker.notify.words import LIMIT_S

    now = clock.now()
    from_then = since_when(since, now)
    place = here()
    subscriptions = place.subscriptions()
    _known(subscriptions, only)
    if only is not None:
        asked = tuple(s for s in subscriptions.subscriptions if s.id == only)
        subscriptions = replace(subscriptions, subscriptions=asked)
    with place.store() as store:
        # What an import brings is not told, unless it is asked to.
        changes = store.changes(since=from_then, newest_first=False, imported=False)
        pages = sum(store.watched_by_host().values())
    undecided: Counter[str] = Counter()
    found = estimated(
        changes,
        subscriptions,
        pages=pages,
        until=time.monotonic() + EXPRESSIONS_S,
        undecided=lambda rule: undecided.update([rule]),
        progress=_progress(len(changes)),
    )
    if as_json:
        channels = [_expected_json(one) for one in found]
        emit_json({"since": since, "changes": len(changes), "channels": channels, "undecided": dict(undecided)})
    else:
        _draw_expected(found, len(changes), since)
    for rule, count in undecided.items():
        which = "1 change" if count == 1 else f"{count} changes"
        note(
            f"warning: {rule} could not be decided for {which}, which count as matched: its expressions take too long "
            f"({LIMIT_S:g} s a change, {EXPRESSIONS_S:g} s in all)"
        )
    for one in found:
        if one.too_many:
            most = max(one.too_many.values())
            remedy = "Narrow the rule, or gather: --when 'daily 07:30', group_by and wait (docs/subscriptions.md)"
            days = f"{len(one.too_many)} days" if len(one.too_many) > 1 else "1 day"
            note(f"warning: {one.channel} would get more than {MANY_A_DAY} messages on {days}, up to {most}. {remedy}")


def _progress(of: int) -> "Callable[[int], None]":
    """Says on stderr how far it is, every few seconds, where it takes longer than that."""
    said_s = time.monotonic()

    def progress(done: int) -> None:
        nonlocal said_s
        if time.monotonic() - said_s >= SAID_EVERY_S:
            said_s = time.monotonic()
            note(f"{done} of {of} changes are held against the rules")

    return progress


def _draw_expected(found: "Sequence[Expected]", changes: int, since: str) -> None:
    say(f"{changes} changes were recorded {'since' if '-' in since else 'in the last'} {since}")
    most = max((count for one in found for count in one.days.values()), default=1)
    for one in found:
        forms = ", ".join(f"{count} {form}" for form, count in sorted(one.forms.items()))
        say()
        counts = f"{many(one.messages, 'message')} of {many(one.changes, 'change')}"
        say(f"{strong(one.channel)}: {counts}{f' ({forms})' if forms else ''}")
        for day in sorted(one.days):
            count = one.days[day]
            bar = "█" * max(1, round(count * _BAR / most))
            say(f"  {day.isoformat()}  {bar} {count}{'  too many' if day in one.too_many else ''}")
    if not found:
        note("No subscription is configured: tracker subs add ID --to CHANNEL")


def _expected_json(one: "Expected") -> dict[str, object]:
    return {
        "channel": one.channel,
        "tz": one.tz,
        "messages": one.messages,
        "changes": one.changes,
        "forms": dict(sorted(one.forms.items())),
        "days": [{"day": day.isoformat(), "messages": one.days[day]} for day in sorted(one.days)],
        "too_many": [day.isoformat() for day in sorted(one.too_many)],
    }
