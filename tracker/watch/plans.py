"""From the looks of a round to when each of its pages is looked at next.

Lives here: doubts, failures, the publisher's wishes, and the division of looks, kept for an hour. Not here: what a
page's pace is worth (cadence.py), the round (rounds.py).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tracker.events.looks import Watch
from tracker.events.types import Suspicion
from tracker.extract.confirm import due_at
from tracker.store import DueWatch, Learned, Plan, Store
from tracker.store.record import Looked
from tracker.watch.cadence import (
    DAY_S,
    LOOKS_TO_LEARN,
    NEWS,
    Limits,
    Shares,
    chance,
    changes_a_second,
    pace,
    shares,
    taught,
    urgency,
    words,
)

FIRST_BACK_OFF_S = 60
MAX_BACK_OFF_S = 6 * 3600
LOST_AFTER = 16  # failures in a row, some three days: then once a day is enough
SHUT = frozenset({401, 403, 451})  # asking again soon opens no door
DIVIDE_EVERY_S = 3600
MOVED = 0.2  # of all urgencies: then the looks are divided anew at once


class Planner:
    """Decides when watches are looked at next. For one thread at a time: the one that records rounds."""

    def __init__(self, store: Store, limits: Limits, confirm_after_s: tuple[int, ...]) -> None:
        self._store, self._limits, self._confirm_after_s = store, limits, confirm_after_s
        self._divided = Shares(limits=limits)
        self._divided_at: datetime | None = None
        self._total = self._moved = 0.0

    def plans(self, looked: Sequence[tuple[Watch, Looked]], now: datetime) -> dict[str, Plan]:
        """When each of these watches is looked at next; none for one that is not active."""
        known = self._store.due_times([watch.name for watch, _ in looked])
        learned: dict[str, Learned] = {}
        moved = 0.0
        for watch, look in looked:
            if watch.name in known:
                before = known[watch.name].learned
                after = learned[watch.name] = taught_by(before, look)
                if watch.every_s is None:
                    moved += abs(_weight(after) - _weight(before))
        self._divide(now, moved)
        return {
            watch.name: planned(
                watch,
                look,
                known[watch.name],
                learned[watch.name],
                self._divided,
                doubt=self._store.standing(watch.name).suspect if look.entry.outcome == "suspect" else None,
                confirm_after_s=self._confirm_after_s,
            )
            for watch, look in looked
            if watch.name in known
        }

    def _divide(self, now: datetime, moved: float) -> None:
        """Divide the looks anew each hour, and sooner where what is known of the pages moved much.

        moved: by this round, which is not written down yet.
        """
        self._moved += moved
        if self._divided_at is not None and self._moved <= MOVED * self._total:
            age_s = (now - self._divided_at).total_seconds()
            if 0 <= age_s < DIVIDE_EVERY_S:
                return
        paces = self._store.paces()
        self._divided, self._divided_at, self._moved = shares(paces, self._limits), now, moved
        self._total = sum(
            _weight(Learned(changes=changes, exposure_s=exposure_s, looks=looks))
            for _, changes, exposure_s, looks in paces
        )


def taught_by(before: Learned, looked: Looked) -> Learned:
    """What is known of a page's pace after a look. What failed, or brought what is not believed, teaches nothing."""
    if looked.entry.outcome not in ("unchanged", "changed"):
        return before
    causes = {change.cause for change in looked.changes}
    changed = bool(causes & NEWS) or (None if "first_record" in causes else False)
    return taught(before, looked.entry.at, changed=changed)


def planned(
    watch: Watch,
    looked: Looked,
    known: DueWatch,
    learned: Learned,
    divided: Shares,
    *,
    doubt: Suspicion | None,
    confirm_after_s: tuple[int, ...],
) -> Plan:
    """When the watch is looked at next: by its pace, sooner to settle a doubt or after a failure, never before the
    publisher wishes. doubt: that this look left.
    """
    entry = looked.entry
    by_pace = pace(watch.name, known.host, watch.every_s, learned, divided)
    wait_s, why = by_pace.wait_s, by_pace.why
    if doubt is not None:
        confirm_s = max((due_at(doubt, confirm_after_s) - entry.at).total_seconds(), 0.0)
        wait_s, why = min(confirm_s, wait_s), f"confirming a doubt: {doubt.reason}"
    elif entry.outcome == "failed":
        failures = known.failures + 1
        if entry.status in SHUT or failures > LOST_AFTER:
            wait_s = max(wait_s, DAY_S)
        else:
            wait_s = min(wait_s, back_off_s(watch.name, failures))
        times = "once" if failures == 1 else f"{failures} times"
        reason = entry.detail.partition(":")[0] + (f" {entry.status}" if entry.status is not None else "")
        why = f"failed {times}: {reason}"
    elif watch.every_s is None and looked.fresh_s > wait_s:
        wait_s = min(looked.fresh_s, divided.limits.longest_s)
        why = f"fresh for {words(looked.fresh_s)} by the publisher"
    if looked.retry_after_s is not None and looked.retry_after_s > wait_s:
        wait_s = looked.retry_after_s
        why += f"; asked to wait {words(wait_s)}"
    return Plan(due_at=entry.at + timedelta(seconds=wait_s), set_at=entry.at, why=why, learned=learned)


def back_off_s(watch: str, failures: int) -> float:
    """How long after so many failures in a row: twice as long each time, by half of that sooner or later, so that what
    failed together is not tried together.
    """
    longest_s = min(FIRST_BACK_OFF_S * 2.0 ** (failures - 1), MAX_BACK_OFF_S)
    return max(longest_s * (0.5 + chance(watch, failures) / 2), FIRST_BACK_OFF_S)


def _weight(learned: Learned) -> float:
    return urgency(changes_a_second(learned)) if learned.looks >= LOOKS_TO_LEARN else 0.0
