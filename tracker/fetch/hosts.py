"""The gate before every request: each origin gets one at a time, not too soon, and none while it is to be left alone.

Lives here: turns, pauses, holds (Retry-After, back-off, breaker). Not here: the request (exchange.py), what robots.txt
says (robots.py), where notes are kept (memory.py). One instance a process; thread-safe.
"""

import hashlib
import math
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from tracker import clock
from tracker.events.sites import HostNote
from tracker.fetch import robots
from tracker.fetch.address import Refused, parse_url
from tracker.fetch.answers import MAX_RETRY_AFTER_S
from tracker.fetch.memory import Forgetful, HostMemory, Notes, Origin
from tracker.fetch.sockets import WAIT_S, Abandoned
from tracker.settings import FetchSettings

FIRST_BACK_OFF_S = 60
MAX_BACK_OFF_S = 6 * 3600
FAILURES_TO_OPEN = 5  # of as many distinct addresses, in a row
JITTER = 0.05  # of a pause, always on top: a pause is never shorter than what was asked
PUSH_BACK = frozenset({429, 503})
_SAVED_FROM_S = 5.0  # what is lost of a shorter pause when a process dies is hardly more than its restart takes


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


class Held(Exception):
    """Nothing is asked of this origin now. until, why: for a person."""

    def __init__(self, until: datetime, why: str) -> None:
        super().__init__(why)
        self.until = until
        self.why = why


class Hosts:
    """What is known of each origin asked, and whose turn it is there.

    memory: where notes outlive us. wait: sleeps so many seconds, True when we are stopping (as Event.wait). chance: a
    number from 0 to 1, anew at each call.
    """

    def __init__(
        self,
        settings: FetchSettings,
        memory: HostMemory | None = None,
        *,
        now: Callable[[], datetime] = clock.now,
        wait: Callable[[float], bool] = _sleep,
        chance: Callable[[], float] = random.random,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._delay_s = settings.host_delay_s
        self._token = robots.product_token(settings.user_agent)
        self._ignored = frozenset(name.lower() for name in settings.ignore_robots)
        self._notes = Notes(memory if memory is not None else Forgetful())
        self._now, self._wait, self._chance, self._monotonic = now, wait, chance, monotonic

    # ---------------------------------------------------------------- for the one who asks

    def turn(self, origin: str, url: str) -> "Turn":
        """The right to one exchange with an origin. Leave one turn before entering another: nobody waits in a circle.

        url: what is asked for, to tell distinct failures from one that repeats.
        """
        return Turn(self, origin, url)

    def pause(self, seconds: float) -> None:
        """Wait between two tries. Raises Abandoned when we are stopping."""
        if self._wait(seconds):
            raise Abandoned

    # ---------------------------------------------------------------- for the others

    def held_until(self, origin: str) -> datetime | None:
        """Until when nothing is asked of this origin; None where it may be asked."""
        held = self.held(origin)
        return held.until if held else None

    def held(self, origin: str) -> Held | None:
        """The hold that is in force at an origin, if one is."""
        one = self._notes.seen(origin)
        return self._held(one) if one else None

    def note(self, origin: str) -> HostNote:
        """What is remembered of an origin."""
        return self._notes.of(origin).current()

    def note_missing(self, origin: str, fingerprint: str | None) -> None:
        """Remember what an origin shows for a path that does not exist; None: it answers that there is none."""
        self._notes.set(self._notes.of(origin), missing=fingerprint, missing_at=self._now())

    def close(self) -> None:
        """Save what was not worth a write by itself: when an origin was asked last, where its pause is not over yet."""
        self._notes.save_all(lambda one: self._pause_left_s(one) > 0)

    # ---------------------------------------------------------------- robots.txt

    def heeds_robots(self, host: str) -> bool:
        """Whether the robots.txt of this host is asked for: of all but the operator's own (`fetch.ignore_robots`)."""
        return host.rstrip(".").lower() not in self._ignored

    def forbids(self, origin: str, url: str, learn: Callable[[], None] = lambda: None) -> robots.Forbidden | None:
        """Why robots.txt forbids this address; None where it does not.

        learn: asks for robots.txt; called first where what is known of it is too old.
        """
        one, now = self._notes.of(origin), self._now()
        if robots.is_due(one.note, now):
            learn()
            one, now = self._notes.of(origin), self._now()
        return robots.forbids(one.note, self._rules(one), url, now)

    def sitemaps(self, origin: str) -> tuple[str, ...]:
        """The `Sitemap:` lines of its robots.txt, as far as it was asked for."""
        rules = self._rules(self._notes.of(origin))
        return rules.sitemaps if rules else ()

    def learn_robots(self, origin: str, status: int, body: bytes) -> None:
        """Remember an answer to the question for robots.txt."""
        self._notes.change(
            self._notes.of(origin), lambda note: robots.learned(note, status, body, self._token, self._now())
        )

    def miss_robots(self, origin: str, status: int | None = None) -> None:
        """Remember that robots.txt could not be had. status: of the answer, where there was one that cannot be read."""
        self._notes.change(self._notes.of(origin), lambda note: robots.unreachable(note, self._now(), status))

    def _rules(self, one: Origin) -> robots.Rules | None:
        text = one.note.robots
        if text is None:
            return None
        rules = one.rules
        if rules is None or one.rules_of is not text:
            rules = one.rules = robots.Rules(text, self._token)
            one.rules_of = text
        return rules

    # ---------------------------------------------------------------- turns

    def _enter(self, one: Origin) -> None:
        self._refuse_held(one)
        while not one.in_flight.acquire(timeout=WAIT_S):
            if self._wait(0):
                raise Abandoned
            self._refuse_held(one)
        try:
            self._refuse_held(one)
            left_s = self._pause_left_s(one)
            if left_s > 0 and self._wait(left_s):
                raise Abandoned
        except BaseException:
            one.in_flight.release()
            raise

    def _leave(self, one: Origin) -> None:
        one.last_ended_at = self._now()
        one.in_flight.release()
        if self._pause_s(one) >= _SAVED_FROM_S:
            self._notes.set(one)

    def _refuse_held(self, one: Origin) -> None:
        if held := self._held(one):
            raise held

    def _held(self, one: Origin) -> Held | None:
        until = one.note.held_until
        if until is None:
            return None
        left_s = (until - self._now()).total_seconds()
        # A clock that was set back makes no hold longer: not in this process, and not for ever in the next.
        is_free = one.free_at is not None and self._monotonic() >= one.free_at
        is_over = is_free or left_s <= 0 or left_s > MAX_RETRY_AFTER_S
        return None if is_over else Held(until, one.note.held_why)

    def _pause_s(self, one: Origin) -> float:
        return max(self._delay_s, robots.delay_s(one.note))

    def _pause_left_s(self, one: Origin) -> float:
        if one.last_ended_at is None:
            return 0.0
        pause_s = self._pause_s(one) * (1 + JITTER * self._chance())
        # Never longer than a pause, whatever became of the machine's clock meanwhile.
        return min(pause_s, pause_s - (self._now() - one.last_ended_at).total_seconds())

    # ---------------------------------------------------------------- how it went

    def _went_well(self, one: Origin) -> None:
        note = one.note
        if note.steps or note.failed or note.is_open or note.held_until is not None:
            self._notes.set(one, steps=0, failed=(), is_open=False, held_until=None, held_why="")

    def _hold(self, one: Origin, seconds: float, why: str, **also: Any) -> int:
        until = self._now() + timedelta(seconds=seconds)
        one.free_at = self._monotonic() + seconds
        self._notes.set(one, held_until=until, held_why=why, **also)
        return math.ceil(seconds)

    def _back_off(self, one: Origin, why: str, **also: Any) -> int:
        """Hold an origin for a time of our own choosing, at most twice the last: full jitter over a floor."""
        steps = one.note.steps + 1
        most_s = min(FIRST_BACK_OFF_S * 2 ** min(steps, 20), MAX_BACK_OFF_S)
        seconds = FIRST_BACK_OFF_S + (most_s - FIRST_BACK_OFF_S) * self._chance()
        return self._hold(one, seconds, why, steps=steps, **also)

    def _went_wrong(self, one: Origin, url: str, why: str) -> int | None:
        name = hashlib.sha256(url.encode()).hexdigest()[:16]
        note = one.note
        failed = note.failed if name in note.failed else (*note.failed, name)[-FAILURES_TO_OPEN:]
        if note.is_open or len(failed) >= FAILURES_TO_OPEN:
            told = f"{len(failed)} addresses failed in a row, the last with {why}"
            return self._back_off(one, told, failed=failed, is_open=True)
        if failed != note.failed:
            self._notes.set(one, failed=failed)
        return None


class Turn:
    """The right to one exchange with an origin. Enter, say how it went, leave; an exchange that came to nothing of
    its host's making says nothing.
    """

    __slots__ = ("_hosts", "_one", "_origin", "_url")

    def __init__(self, hosts: Hosts, origin: str, url: str) -> None:
        self._hosts, self._origin, self._url = hosts, origin, url

    def enter(self) -> None:
        """Wait for the exchange before and the pause after it. Raises Held where that is no matter of a pause, and
        Abandoned when we are stopping; there is nothing to leave then.
        """
        self._one = self._hosts._notes.of(self._origin, users=1)
        try:
            self._hosts._enter(self._one)
        except BaseException:
            self._hosts._notes.release(self._one)
            raise

    def leave(self) -> None:
        """The exchange is over: from now on the pause counts."""
        self._hosts._leave(self._one)
        self._hosts._notes.release(self._one)

    def answered(self, status: int, retry_after_s: int | None = None) -> int | None:
        """It answered. Gives for how many seconds the origin is now held, if it is.

        retry_after_s: how long it asked to be left alone, obeyed in full.
        """
        hosts, one = self._hosts, self._one
        if retry_after_s:
            return hosts._hold(one, retry_after_s, f"it asked for that, with HTTP {status} and Retry-After")
        if status in PUSH_BACK:
            return hosts._back_off(one, f"HTTP {status}")
        if status >= 500:
            return hosts._went_wrong(one, self._url, f"HTTP {status}")
        hosts._went_well(one)
        return None

    def failed(self, why: str) -> int | None:
        """It did not answer, or not whole. Gives for how many seconds the origin is now held, if it is."""
        return self._hosts._went_wrong(self._one, self._url, why)


def origin_of(url: httpx.URL) -> str:
    """Scheme, host and port as one word: `https://example.org`, `http://127.0.0.1:8080`."""
    host, _, port = url.netloc.decode("ascii").rpartition(":") if url.port is not None else (None, None, None)
    if host is None:
        return f"{url.scheme}://{url.netloc.decode('ascii').rstrip('.')}"
    return f"{url.scheme}://{host.rstrip('.')}:{port}"


def origin_at(url: str) -> str:
    """The origin of an address as written; of one that is no web address, itself."""
    parsed = parse_url(url)
    return url if isinstance(parsed, Refused) else origin_of(parsed)
