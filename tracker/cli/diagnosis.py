"""What `tracker doctor` looks at: the store, the configuration, the watches, the channels."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from tracker import clock
from tracker.cli.context import Here
from tracker.errors import TrackerError


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
    for look in (_configuration, _store, _watches, _channels):
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
    with place.store() as store:
        recorded = {w.watch: w for w in store.watches()}
        for watch in place.watches():
            known = recorded.get(watch.name)
            if known is None or known.last_check_at is None:
                yield Found(False, watch.name, "was never looked at", f"tracker check {watch.name}")
            elif known.last_outcome == "failed":
                since = clock.iso(known.failed_since) if known.failed_since else "?"
                yield Found(False, watch.name, f"fails since {since}: {known.last_detail}", "Look at its address")
            elif known.last_outcome == "rejected":
                yield Found(False, watch.name, f"rejected: {known.last_detail}", f"tracker checks {watch.name}")
            elif known.suspect_since is not None:
                told = f"suspect since {clock.iso(known.suspect_since)}: {known.suspect_reason}"
                yield Found(True, watch.name, told + " (waits for confirmation)")


def _channels(place: Here) -> Iterator[Found]:
    with place.store() as store:
        dead = len(store.deliveries(state="dead"))
        retrying = store.deliveries(state="retrying")
    if dead:
        yield Found(False, "deliveries", f"{dead} were given up", "tracker deliveries list --state dead")
    for delivery in retrying[:5]:
        told = f"{delivery.channel}: try {delivery.attempts} failed: {delivery.last_error}"
        yield Found(False, "deliveries", told, "tracker channels test " + delivery.channel)
