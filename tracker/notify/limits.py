"""Rate limits of ours, kept before a receiver has to keep its own: a token bucket a channel, and its pauses.

In memory only, no clock of its own: `now` comes in. Not here: what one message waits for (retry.py), receivers that
fail (circuit.py).
"""

import math
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True)
class _Bucket:
    """As virtual scheduling (GCRA, ITU-T I.371), in whole microseconds, so that no float decides: `full_at` is when
    the bucket is full again if nothing more is sent."""

    interval: timedelta
    slack: timedelta
    full_at: datetime | None = None
    closed_until: datetime | None = None


class Limits:
    """How soon each channel may send. May be used by many threads; one channel is sent to by one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def configure(self, channel: str, per_minute: float | None, burst: int) -> None:
        """Set how many messages a minute a channel bears, None for any number, and how many at once.

        What was sent already and any pause that was asked for still count.
        """
        # Rounded up: never more than so many.
        interval = timedelta(microseconds=math.ceil(60_000_000 / per_minute) if per_minute else 0)
        with self._lock:
            known = self._buckets.get(channel)
            made = _Bucket(interval, interval * (max(burst, 1) - 1))
            if known is not None:
                made.full_at, made.closed_until = known.full_at, known.closed_until
            self._buckets[channel] = made

    def next_at(self, channel: str, now: datetime, *, ahead: int = 0) -> datetime | None:
        """None: the channel may be sent to now. Else the first instant when it may. ahead: messages that go before."""
        with self._lock:
            bucket = self._buckets.get(channel)
            if bucket is None:
                return None
            start = max(now, bucket.closed_until or now)
            # Never longer than the bucket needs to be full, but for a clock that was set back.
            full_at = min(bucket.full_at or now, now + bucket.slack + bucket.interval)
            at = max(start, max(start, full_at) + bucket.interval * ahead - bucket.slack)
            return at if at > now else None

    def forget_pause(self, channel: str) -> None:
        """A person says that the channel may be sent to now, whatever it asked."""
        with self._lock:
            if (bucket := self._buckets.get(channel)) is not None:
                bucket.closed_until = None

    def is_closed(self, channel: str, now: datetime) -> bool:
        """Whether the channel itself asked to be left alone."""
        with self._lock:
            bucket = self._buckets.get(channel)
            return bucket is not None and bucket.closed_until is not None and bucket.closed_until > now

    def interval(self, channel: str) -> timedelta:
        """How long the channel has to be left alone after a message, in the long run."""
        with self._lock:
            return bucket.interval if (bucket := self._buckets.get(channel)) is not None else timedelta()

    def take(self, channel: str, now: datetime) -> None:
        """Say that a message is sent now."""
        with self._lock:
            if (bucket := self._buckets.get(channel)) is not None:
                bucket.full_at = max(now, bucket.full_at or now) + bucket.interval

    def leave_alone(self, channel: str, until: datetime) -> None:
        """The channel asked for it: nothing is sent to it before that. A shorter pause does not end a longer one."""
        with self._lock:
            bucket = self._buckets.setdefault(channel, _Bucket(timedelta(), timedelta()))
            bucket.closed_until = max(until, bucket.closed_until or until)
