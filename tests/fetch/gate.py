"""A fetcher behind its gate, in a time that the test moves: waiting takes none of ours."""

import ipaddress
from datetime import UTC, datetime, timedelta

from tracker.fetch.client import Fetcher
from tracker.fetch.hosts import Hosts
from tracker.fetch.memory import HostMemory
from tracker.settings import FetchSettings

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


class Time:
    """now() and wait() of one clock, and monotonic() of the one that nobody sets. waits: those that were asked for;
    stops: what wait() answers.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.at = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.waits: list[float] = []
        self.stops = False

    def now(self) -> datetime:
        return self.at

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.go(seconds)
        return self.stops

    def go(self, seconds: float = 0, **more: float) -> None:
        """Let time pass: seconds, or hours=…, days=…"""
        self.set_by(seconds, **more)
        self.seconds += timedelta(seconds=seconds, **more).total_seconds()

    def set_by(self, seconds: float = 0, **more: float) -> None:
        """Set the clock, though no time passed."""
        self.at += timedelta(seconds=seconds, **more)

    def monotonic(self) -> float:
        return self.seconds


def settings(**given) -> FetchSettings:
    usual = {"allow_addresses": LOOPBACK, "total_s": 5.0, "user_agent": "tracker/test", "host_delay_s": 0}
    return FetchSettings(**usual | given)


def hosts(time: Time, memory: HostMemory | None = None, *, chance: float = 0.0, **given) -> Hosts:
    return Hosts(
        settings(**given), memory, now=time.now, wait=time.wait, chance=lambda: chance, monotonic=time.monotonic
    )


def fetcher(time: Time, gate: Hosts | None = None, **given) -> Fetcher:
    return Fetcher(settings(**given), hosts=gate or hosts(time, **given), now=time.now)
