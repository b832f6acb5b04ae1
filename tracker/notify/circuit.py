"""Circuits: a receiver that fails again and again is left alone for a while, and then asked by one single probe.

In memory only: what it knows is worth a few tries, and a process that begins anew finds it out again. No clock of its
own: `now` comes in. Not here: what one message waits for (retry.py), how often we may send (limits.py).
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tracker.events.deliveries import Attempt
from tracker.notify.retry import is_throttle

OPENS_AFTER = 5  # failures in a row
FIRST_PAUSE_S = 30.0  # doubled after every probe that fails
LONGEST_PAUSE_S = 600.0
PROBE_LOOK_S = 1.0  # how soon to ask again while somebody else's probe is under way
PROBE_LOST_S = 120.0  # longer than any try: its result never came

Outcome = Literal["ok", "failed", "throttled"]


@dataclass(slots=True)
class _Circuit:
    """failures: in a row. pause_s: 0 while closed. probed_at: since when a probe is under way."""

    failures: int = 0
    pause_s: float = 0.0
    open_until: datetime | None = None
    probed_at: datetime | None = None


class Circuits:
    """The circuits of all receivers: one an origin (`https://host:443`), shared by all channels that send there, and
    one a channel. origin "": of a channel that has none. May be used by many threads.

    Who was told by `may_try` that it may has to say what became of it: `record`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._circuits: dict[str, _Circuit] = {}

    def may_try(self, origin: str, channel: str, now: datetime) -> datetime | None:
        """None: send now, as the one probe where a circuit is half open. Else when to ask again."""
        with self._lock:
            found = [c for key in _keys(origin, channel) if (c := self._circuits.get(key)) is not None]
            waits = [until for circuit in found if (until := _until(circuit, now)) is not None]
            if waits:
                return max(waits)
            for circuit in found:
                if circuit.pause_s:
                    circuit.probed_at = now
            return None

    def record(self, origin: str, channel: str, attempt: Attempt, now: datetime) -> None:
        """Say what became of a try that `may_try` let through.

        A throttle is no failure: it only ends a probe. Nobody was asked (a secret that is not there, a message that
        cannot be rendered): another may be the probe. A 4xx says nothing against the origin, which answers: one hook
        that is gone must not keep the others of a service waiting.
        """
        was_asked = attempt.ok or attempt.status is not None or attempt.elapsed_ms is not None
        outcome: Outcome = "ok" if attempt.ok else "throttled" if is_throttle(attempt) else "failed"
        is_up = outcome == "failed" and attempt.status is not None and attempt.status < 500
        with self._lock:
            for key in _keys(origin, channel):
                if not was_asked:
                    self._circuits.get(key, _Circuit()).probed_at = None
                else:
                    self._learn(key, "ok" if is_up and key == origin else outcome, now)

    def is_open(self, origin: str, channel: str) -> bool:
        """Whether one of the two is open or half open."""
        with self._lock:
            found = [self._circuits.get(key) for key in _keys(origin, channel)]
            return any(circuit is not None and circuit.pause_s > 0 for circuit in found)

    def _learn(self, key: str, outcome: Outcome, now: datetime) -> None:
        circuit = self._circuits.setdefault(key, _Circuit())
        if outcome == "ok" or (outcome == "throttled" and circuit.pause_s):
            del self._circuits[key]
            return
        if outcome == "throttled":
            return
        circuit.failures += 1
        is_news = circuit.pause_s == 0 or circuit.probed_at is not None  # else it was under way when it opened
        if circuit.failures >= OPENS_AFTER and is_news:
            circuit.pause_s = min(circuit.pause_s * 2, LONGEST_PAUSE_S) or FIRST_PAUSE_S
            circuit.open_until, circuit.probed_at = now + timedelta(seconds=circuit.pause_s), None


def _keys(origin: str, channel: str) -> tuple[str, ...]:
    return (origin, f"channel {channel}") if origin else (f"channel {channel}",)


def _until(circuit: _Circuit, now: datetime) -> datetime | None:
    """When to ask again; None where one may try now."""
    if circuit.open_until is None:
        return None
    if now < circuit.open_until:
        # A clock that was set back does not make a pause longer than it is.
        return min(circuit.open_until, now + timedelta(seconds=circuit.pause_s))
    if circuit.probed_at is not None and now - circuit.probed_at < timedelta(seconds=PROBE_LOST_S):
        return now + timedelta(seconds=PROBE_LOOK_S)
    return None
