"""`tracker status`: how everything stands, on one screen. What is wrong and what to do about it: `tracker doctor`."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from tracker import clock
from tracker.cli.channel_shown import state_json, state_words
from tracker.cli.context import Here, here
from tracker.cli.output import emit_json, say
from tracker.events.deliveries import ChannelState
from tracker.notify.render.redline import safe
from tracker.store import Store

RECENT, LONG = timedelta(days=7), timedelta(days=90)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def status(as_json: bool) -> None:
    """How the watches, the changes, the deliveries and the channels stand."""
    place = here()
    with place.store() as store:
        told = _status(place, store, clock.now())
    if as_json:
        emit_json(told)
        return
    for line in _lines(told):
        say(safe(line))


def _status(place: Here, store: Store, now: datetime) -> dict[str, object]:
    watches, subscriptions = place.watches(), place.subscriptions()
    outcomes = {w.watch: w.last_outcome for w in store.watches()}
    states = store.channel_states()
    disputes = store.disputes()
    recent, _ = _news(store, now - RECENT)
    long, disputed = _news(store, now - LONG)
    return {
        "watches": {
            "active": sum(w.state == "active" for w in watches),
            "paused": [
                {"watch": w.name, "until": clock.iso(w.paused_until) if w.paused_until else None}
                for w in watches
                if w.state == "paused"
            ],
            "by_outcome": dict(Counter(outcomes.get(w.name) or "not looked at" for w in watches)),
        },
        "changes": {"days": RECENT.days, "count": sum(recent.values()), "by_salience": dict(recent)},
        "false_alarms": {
            "days": LONG.days,
            "disputed": disputed,
            "of": sum(long.values()),
            "rate": round(disputed / sum(long.values()), 4) if long else None,
            "ever": [
                {"change": d.change, "at": clock.iso(d.at), "reason": d.reason, "by": d.by} for d in disputes.values()
            ],
        },
        "deliveries": {
            "held": len(store.held()),
            **{state: len(store.deliveries(state=state)) for state in ("owed", "retrying", "dead")},
        },
        "channels": [
            {"channel": c.name, **state_json(states.get(c.name, ChannelState(channel=c.name)))}
            for c in subscriptions.channels
        ],
        "troubles": [
            {"kind": t.kind, "subject": t.subject, "since": clock.iso(t.since), "detail": t.detail}
            for t in store.troubles()
        ],
        "mutes": [
            {
                "subscription": m.subscription,
                "since": clock.iso(m.since),
                "until": clock.iso(m.until) if m.until else None,
                "reason": m.reason,
                "not_told": store.not_told(m.subscription, m.since),
            }
            for m in store.mutes(now).values()
        ],
    }


def _news(store: Store, since: datetime) -> tuple[Counter[str], int]:
    """The changes since then that are news, by salience; and how many of them are disputed."""
    from tracker.notify.rules import DEFAULT_CAUSES

    levels, disputed = Counter[str](), 0
    for cause, level, count, of_them in store.counted(since):
        if cause in DEFAULT_CAUSES:
            levels[level] += count
            disputed += of_them
    return levels, disputed


def _lines(told: dict[str, object]) -> Iterator[str]:
    from typing import Any, cast  # Any: what _status put together above

    all_ = cast(dict[str, Any], told)
    watches, changes, alarms = all_["watches"], all_["changes"], all_["false_alarms"]
    outcomes = ", ".join(f"{n} {outcome}" for outcome, n in sorted(watches["by_outcome"].items()))
    yield f"watches      {watches['active']} active, {len(watches['paused'])} paused; last looks: {outcomes or 'none'}"
    for one in watches["paused"]:
        yield f"             {one['watch']} is paused" + (f" until {one['until']}" if one["until"] else "")
    levels = ", ".join(f"{n} {level}" for level, n in changes["by_salience"].items())
    yield f"changes      {changes['count']} in the last {changes['days']} days" + (f": {levels}" if levels else "")
    rate = f" ({alarms['rate']:.1%})" if alarms["rate"] is not None else ""
    yield (
        f"disputed     {alarms['disputed']} of {alarms['of']} changes of the last {alarms['days']} days "
        f"as false alarms{rate}"
    )
    owed = all_["deliveries"]
    yield (
        f"deliveries   {owed['owed']} owed, {owed['retrying']} to be tried again, {owed['dead']} given up; "
        f"{owed['held']} alerts wait for their time"
    )
    for one in all_["channels"]:
        yield f"channel      {one['channel']}: {state_words(one)}"
    for one in all_["troubles"]:
        yield f"trouble      {one['kind']} {one['subject']} since {one['since'][:16]}Z: {one['detail']}"
    for one in all_["mutes"]:
        until = f"until {one['until']}" if one["until"] else f"since {one['since'][:16]}Z"
        reason = f" ({one['reason']})" if one["reason"] else ""
        yield f"muted        {one['subscription']} {until}{reason}: {one['not_told']} alerts not told"
