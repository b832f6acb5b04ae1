"""When a delivery is tried again, and when it is given up. Pure.

Ten tries over 75 h 35 m: long enough for a receiver that goes down on a Friday evening. Times only ever move later:
jitter is added, never taken, and what a receiver asks for (Retry-After) is waited in full.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from tracker.events.types import Attempt, Delivery

# Standard Webhooks 1.0, "Deliverability and reliability": before each try, seconds after the try before it.
WAITS_S: tuple[float, ...] = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.2  # at most, of the wait
THROTTLED = frozenset({429, 503})
MAX_DEFERRAL_STEP_S = 3600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a delivery after a try: the event's kind, the try as it counts, and when the next is due."""

    kind: Literal["sent", "failed", "dead"]
    attempt: Attempt
    retry_at: datetime | None = None


def plan(
    delivery: Delivery, attempt: Attempt, *, at: datetime, chance: float, waits_s: tuple[float, ...] = WAITS_S
) -> Plan:
    """What to do after a try that ended at `at`. chance: 0 ≤ chance < 1, drawn anew each time.

    A 429 or 503 that names its time is a deferral: it spends no try, for the receiver is well and busy. It is waited
    for in full, and at least an eighth of the delivery's age (an hour at most), so that one who defers for ever is
    asked some 200 times, not 50,000; after the whole window such answers count as tries like all others.
    """
    if attempt.ok:
        return Plan("sent", attempt)
    if attempt.permanent:
        return Plan("dead", attempt)
    age_s = (at - delivery.owed_at).total_seconds()
    asked_s = float(attempt.retry_after_s or 0)
    if attempt.status in THROTTLED and attempt.retry_after_s is not None and age_s < sum(waits_s):
        wait_s = max(asked_s, min(age_s / 8, MAX_DEFERRAL_STEP_S), 1.0)
        return Plan("failed", replace(attempt, spends=False), at + timedelta(seconds=wait_s))
    spent = delivery.attempts + 1
    if spent >= len(waits_s):
        return Plan("dead", attempt)
    wait_s = max(waits_s[spent] * (1 + JITTER * chance), asked_s)
    return Plan("failed", attempt, at + timedelta(seconds=wait_s))
