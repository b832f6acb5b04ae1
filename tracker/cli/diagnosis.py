"""What `tracker doctor` looks at: the store, the configuration, the watches, the channels."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

from tracker import clock
from tracker.cli.context import Here
from tracker.errors import TrackerError
from tracker.events.sites import HostNote


@dataclass(frozen=True, slots=True)
class Found:
    """One thing looked at. remedy: what to do, where it is not ok."""

    ok: bool
    about: str
    told: str
    remedy: str = ""


def diagnose(place: Here) -> list[Found]:
    """Everything that can be wrong without a network, the most basic first."""
    found: list[Found] = []
    for look in (_configuration, _store, _watches, _proposals, _hosts, _channels):
        try:
            found += look(place)
        except TrackerError as wrong:
            found.append(
                Found(
                    False,
                    look.__name__.strip("_"),
                    wrong.what + (f" ({wrong.where})" if wrong.where else ""),
                    wrong.remedy,
                )
            )
    return found


def _configuration(place: Here) -> Iterator[Found]:
    watches, subscriptions = place.watches(), place.subscriptions()
    place.publishers()
    yield Found(
        True,
        "configuration",
        f"{place.root / 'config'}: {len(watches)} watches, "
        f"{len(subscriptions.channels)} channels, {len(subscriptions.subscriptions)} subscriptions",
    )
    if watches and not subscriptions.subscriptions:
        remedy = "tracker channels add NAME KIND URL, then tracker subs add ID --to NAME"
        yield Found(False, "subscriptions", "pages are watched, and nobody is told", remedy)


def _store(place: Here) -> Iterator[Found]:
    with place.store() as store:
        head = store.head()
        told = f"{head.position} events, root {head.root[:16]}…"
        yield Found(True, "store", f"{place.settings.store.url}: {told}")
        bad = store.verify()
        if bad.ok:
            yield Found(True, "record", f"verified: {bad.events} events, {bad.bodies} bodies, {bad.rows} rows")
        else:
            yield Found(
                False, "record", f"{len(bad.findings)} findings, first: {bad.findings[0].what}", "tracker verify"
            )
    free = os.statvfs(place.root)
    free_mb = free.f_bavail * free.f_frsize // 1_000_000
    yield Found(free_mb > 200, "disk", f"{free_mb} MB free", "" if free_mb > 200 else "Make room before it is full")


def _watches(place: Here) -> Iterator[Found]:
    from tracker.fetch.hosts import origin_at
    from tracker.store.hosts import holds

    with place.store() as store:
        recorded = {w.watch: w for w in store.watches()}
        held = holds(store, clock.now())
        for watch in place.watches():
            known, hold = recorded.get(watch.name), held.get(origin_at(watch.url))
            is_failing = known is not None and known.last_outcome == "failed"
            if hold is not None and not is_failing:
                yield Found(True, watch.name, f"waits for its host, which is left alone until {clock.iso(hold.until)}")
            elif known is None or known.last_check_at is None:
                yield Found(False, watch.name, "was never looked at", f"tracker check {watch.name}")
            elif known.gone_at is not None:
                yield Found(True, watch.name, f"gone since {clock.iso(known.gone_at)}", f"tracker rm {watch.name}")
            elif known.last_outcome == "failed":
                since = f"fails since {clock.iso(known.failed_since)}" if known.failed_since else "was not had"
                yield Found(False, watch.name, f"{since}: {known.last_detail}", "Look at its address")
            elif known.last_outcome == "rejected":
                yield Found(False, watch.name, f"rejected: {known.last_detail}", f"tracker checks {watch.name}")
            elif known.suspect_since is not None:
                told = f"suspect since {clock.iso(known.suspect_since)}: {known.suspect_reason}"
                yield Found(True, watch.name, told + " (waits for confirmation)")


def _proposals(place: Here) -> Iterator[Found]:
    from tracker.watch.proposals import proposals

    with place.store() as store:
        found = proposals(store, place.watches())
    for one in found:
        if one.kind == "moved":
            yield Found(True, one.name, f"moved for good to {one.url}", f"tracker proposals accept {one.name}")
    if new := sum(one.kind == "new" for one in found):
        yield Found(True, "discovery", f"{new} pages were found that nobody watches", "tracker proposals")


def _hosts(place: Here) -> Iterator[Found]:
    """Hosts that want to be left alone, that cannot be reached, and those whose validators lied."""
    now = clock.now()
    with place.store() as store:
        liars = store.liars()
        notes = [HostNote.from_json(json.loads(text)) for text in store.host_notes()]
    for liar in liars:
        told = (
            f"gave one validator to two texts (seen by {liar.watch} on {liar.at:%Y-%m-%d}): read in full at each look"
        )
        yield Found(True, liar.host, told)
    for note in notes:
        if note.held_until is not None and note.held_until > now:
            yield Found(
                not note.is_open, note.origin, f"left alone until {clock.iso(note.held_until)}: {note.held_why}"
            )
        elif note.unreachable_since is not None:
            since = f"its robots.txt cannot be had since {clock.iso(note.unreachable_since)}"
            yield Found(False, note.origin, since, "Nothing is asked of it meanwhile (RFC 9309 §2.3.1.4)")
        if note.missing is not None:
            told = "shows a page for addresses that it does not have: such a page is known by its looks"
            yield Found(True, note.origin, told)


def _channels(place: Here) -> Iterator[Found]:
    now, names = clock.now(), [c.name for c in place.subscriptions().channels]
    with place.store() as store:
        dead = len(store.deliveries(state="dead"))
        retrying = store.deliveries(state="retrying")
        states, troubles, mutes = store.channel_states(), store.troubles(), store.mutes(now)
    for name in names:
        state = states.get(name)
        if state is not None and state.disabled_at is not None:
            told = f"is disabled since {clock.iso(state.disabled_at)}: {state.why}"
            yield Found(False, name, told, f"tracker channels enable {name}, then tracker channels test {name}")
        elif state is not None and state.failing_since is not None:
            told = f"took nothing since {clock.iso(state.failing_since)}, in {state.failures} tries"
            yield Found(False, name, told, f"tracker channels test {name}")
    for trouble in troubles:
        yield Found(False, trouble.kind, f"{trouble.subject} since {clock.iso(trouble.since)}: {trouble.detail}")
    for mute in mutes.values():
        until = f"until {clock.iso(mute.until)}" if mute.until else "until somebody says otherwise"
        yield Found(True, mute.subscription, f"is muted {until}", f"tracker subs unmute {mute.subscription}")
    if dead:
        yield Found(False, "deliveries", f"{dead} were given up", "tracker deliveries list --state dead")
    for delivery in retrying[:5]:
        told = f"{delivery.channel}: try {delivery.attempts} failed: {delivery.last_error}"
        yield Found(False, "deliveries", told, "tracker channels test " + delivery.channel)
