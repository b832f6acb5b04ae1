"""When a delivery is tried again, when it is given up, and when its channel is switched off. Pure.

Ten tries over 75 h 35 m: long enough for a receiver that goes down on a Friday evening. Times only ever move later:
jitter is added, never taken, and what a receiver asks for (Retry-After) is waited in full.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from tracker.events.deliveries import Attempt, ChannelState, Delivery

# Standard Webhooks 1.0, "Deliverability and reliability": before each try, seconds after the try before it.
WAITS_S: tuple[float, ...] = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.2  # at most, of the wait
THROTTLED = frozenset({429, 503})
MAX_DEFERRAL_STEP_S = 3600.0
REFUSALS, REFUSED_FOR = 3, timedelta(hours=24)  # 401, 403, 404: so many over so long, and the channel is switched off
FAILING_FOR = timedelta(days=5)  # without a success
TRIED_FOR = timedelta(hours=24)  # a message of its own, before an old failure of its channel is held against it

# Why a delivery was given up: the receiver is gone; it will not have this message; it asked us to stop; all tries are
# used up; its channel is switched off; nothing could be made of it; there is no such channel any longer.
ReasonOfDeath = Literal["gone", "refused", "aborted", "expired", "disabled", "unrenderable", "retired"]
REASONS: tuple[ReasonOfDeath, ...] = ("gone", "refused", "aborted", "expired", "disabled", "unrenderable", "retired")


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a delivery after a try: the event's kind, the try as it counts, and when the next is due.

    shrink: the next try is of the message rendered smaller. disable: why its channel is switched off from now on, for
    a person. reason: of a dead one, one of REASONS; the attempt carries it too.
    """

    kind: Literal["sent", "failed", "dead"]
    attempt: Attempt
    retry_at: datetime | None = None
    shrink: bool = False
    disable: str | None = None
    reason: ReasonOfDeath | None = None


def plan(
    delivery: Delivery,
    attempt: Attempt,
    *,
    at: datetime,
    chance: float,
    channel: ChannelState,
    waits_s: tuple[float, ...] = WAITS_S,
) -> Plan:
    """What to do after a try that ended at `at`. chance: 0 ≤ chance < 1, drawn anew each time. channel: how it had
    done before this try.

    A 429 or 503 that names its time is a deferral: it spends no try, for the receiver is well and busy. It is waited
    for in full, and at least an eighth of the delivery's age (an hour at most), so that one who defers for ever is
    asked some 200 times, not 50,000; after the whole window such answers count as tries like all others.

    A message that is refused as too large or malformed is tried at once as a smaller one, and then given up. A channel
    that is switched off by what others than this message did leaves it owed: it is sent when a person has switched the
    channel on again.
    """
    if attempt.ok:
        return Plan("sent", replace(attempt, reason=None))
    if attempt.permanent:
        return _dead(attempt, _named(attempt.reason, "refused"), disable=attempt.error if attempt.disables else None)
    if attempt.anew:
        return Plan("failed", replace(attempt, spends=False), at)
    age_s = (at - delivery.owed_at).total_seconds()
    asked_s = float(attempt.retry_after_s or 0)
    if is_throttle(attempt) and attempt.retry_after_s is not None and age_s < sum(waits_s):
        wait_s = max(asked_s, min(age_s / 8, MAX_DEFERRAL_STEP_S), 1.0)
        return _failed(replace(attempt, spends=False), at, wait_s)
    disable = _disabled(delivery, attempt, at, channel)
    if attempt.too_large:
        if delivery.shrunk:
            return _dead(attempt, "refused", disable=disable)
        return _failed(attempt, at, asked_s, shrink=True, disable=disable)
    spent = delivery.attempts + 1
    if spent >= len(waits_s):
        return _dead(attempt, "disabled" if disable else _named(attempt.reason, "expired"), disable=disable)
    wait_s = max(waits_s[spent] * (1 + JITTER * chance), asked_s)
    return _failed(attempt, at, wait_s, disable=disable)


def is_throttle(attempt: Attempt) -> bool:
    """Whether the receiver is well, and only asks for less or for later: a 429, or a 503 that names its time."""
    return not attempt.ok and (
        attempt.status == 429 or (attempt.status in THROTTLED and attempt.retry_after_s is not None)
    )


def _failed(attempt: Attempt, at: datetime, wait_s: float, *, shrink: bool = False, disable: str | None = None) -> Plan:
    retry_at = at + timedelta(seconds=wait_s)
    return Plan("failed", replace(attempt, reason=None), retry_at, shrink=shrink, disable=disable)


def _dead(attempt: Attempt, reason: ReasonOfDeath, *, disable: str | None) -> Plan:
    return Plan("dead", replace(attempt, reason=reason), disable=disable, reason=reason)


def _named(reason: str | None, otherwise: ReasonOfDeath) -> ReasonOfDeath:
    return next((known for known in REASONS if known == reason), otherwise)


def _disabled(delivery: Delivery, attempt: Attempt, at: datetime, channel: ChannelState) -> str | None:
    """Why this failure switches the channel off; None where it does not. What only counts against the message, or
    asks for less, never does."""
    if attempt.disables:
        return attempt.error or "the receiver is gone"
    since = channel.refused_since
    if attempt.refuses_us and since is not None and channel.refusals + 1 >= REFUSALS and at - since >= REFUSED_FOR:
        return f"HTTP {attempt.status}: it refused us {channel.refusals + 1} times in {_words(at - since)}"
    since = channel.failing_since
    if since is not None and at - since >= FAILING_FOR and at - delivery.owed_at >= TRIED_FOR:
        return f"it took nothing for {_words(at - since)}, in {channel.failures + 1} tries; last: {attempt.error}"
    return None


def _words(span: timedelta) -> str:
    return f"{span.days} days" if span >= timedelta(days=2) else f"{int(span.total_seconds() // 3600)} hours"
