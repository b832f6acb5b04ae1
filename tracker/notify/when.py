"""When a message is sent: at once, or with a digest at a wall time; and the hours in which nobody is disturbed. Pure.

Lives here: wall times, and the instants that they are. Not here: which send has which time (rules.py), what is held
until then (compose). A wall time stands on a clock of a zone (IANA name) that may be put forward or back. One that a
day does not have is the first instant after the gap; one that it has twice is the first of the two. A window of quiet
begins at the first and ends at the last, so that no clock on the wall ever reads an hour in it while a message comes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
_WHEN = re.compile(r"(?:daily|weekly\s+([a-z]{3}))\s+(\d{1,2}):(\d{2})", re.ASCII)
_DAY = timedelta(days=1)
_CHAINED = 8  # days of windows that follow one another without a pause, after which quiet ends whatever is asked


@dataclass(frozen=True, slots=True)
class When:
    """`instant`, `daily 07:30` or `weekly mon 07:30`. hour, minute: on the channel's clock. weekday: 0 is Monday."""

    kind: Literal["instant", "daily", "weekly"] = "instant"
    hour: int = 0
    minute: int = 0
    weekday: int | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.hour < 24 and 0 <= self.minute < 60):
            raise ValueError(f"no time of a day: {self.hour:02d}:{self.minute:02d} (00:00 to 23:59)")
        if (self.weekday is not None) != (self.kind == "weekly") or self.weekday not in (None, *range(7)):
            raise ValueError(f"a {self.kind} time with weekday {self.weekday}")

    def __str__(self) -> str:
        if self.kind == "instant":
            return "instant"
        day = f" {WEEKDAYS[self.weekday]}" if self.weekday is not None else ""
        return f"{self.kind}{day} {self.hour:02d}:{self.minute:02d}"

    @staticmethod
    def parse(text: str) -> "When":
        """What `str` gave, in any case of letters. Raises ValueError."""
        told = text.strip().lower()
        if told == "instant":
            return INSTANT
        found = _WHEN.fullmatch(told)
        if found is None or (found[1] and found[1] not in WEEKDAYS):
            raise ValueError(f"not a time to tell at: {text!r} (instant, daily 07:30, weekly mon 07:30)")
        day = WEEKDAYS.index(found[1]) if found[1] else None
        return When("daily" if day is None else "weekly", int(found[2]), int(found[3]), day)

    @property
    def is_digest(self) -> bool:
        """Whether it gathers what happens until a wall time."""
        return self.kind != "instant"


INSTANT = When()


@dataclass(frozen=True, slots=True)
class Interval:
    """Hours on the wall of some weekdays (0 is Monday), `[intervals.nights]`.

    from_minute, to_minute: of the day, 0..1440. A window over midnight (to is not after from; the same: 24 hours)
    belongs to the day it begins on. tz: of its clock; None for the channel's.
    """

    days: frozenset[int]
    from_minute: int
    to_minute: int
    tz: str | None = None

    @property
    def minutes(self) -> int:
        """How long a window is on a day without a change of clocks."""
        return self.to_minute - self.from_minute + (DAY_MINUTES if self.to_minute <= self.from_minute else 0)

    @property
    def is_always(self) -> bool:
        """Whether it never ends."""
        return len(self.days) == 7 and self.minutes >= DAY_MINUTES


def next_due(when: When, tz: str, after: datetime) -> datetime:
    """The first time of a digest strictly after an instant, UTC. Raises ValueError for what is told at once."""
    zone = ZoneInfo(tz)
    return next(at for _, at in _boundaries(when, zone, _day_of(after, zone)) if at > after)


def period_id(when: When, tz: str, due: datetime) -> str:
    """What names the digest that is due then: the day it is of, `2026-10-25 daily 07:30`.

    Each instant that `next_due` gives has its own; an hour that comes twice does not make a second one.
    Raises ValueError for what is told at once.
    """
    zone = ZoneInfo(tz)
    found: date | None = None
    for day, at in _boundaries(when, zone, _day_of(due, zone) - 9 * _DAY):
        if at > due:
            break
        found = day
    assert found is not None, "a week has every weekday"
    return f"{found.isoformat()} {when}"


def quiet_until(interval: Interval, tz: str, at: datetime) -> datetime | None:
    """The end of the quiet that an instant stands in, UTC; None where it stands in none.

    tz: of the channel, where the interval has none of its own. Windows that touch are one. Of quiet without end it is
    the end after a week, so that nothing is held for ever.
    """
    zone = ZoneInfo(interval.tz or tz)
    first = _day_of(at, zone) - 2 * _DAY
    until: datetime | None = None
    for day in (first + n * _DAY for n in range(_CHAINED + 3)):
        if day.weekday() not in interval.days:
            continue
        begins = instant_of(day, interval.from_minute, zone)
        ends = instant_of(day, interval.from_minute + interval.minutes, zone, last=True)
        if begins <= (until or at) < ends:
            until = ends
    return until


def instant_of(day: date, minute: int, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """When a wall clock reads that minute of a day (more than 1440: of days after it), UTC.

    last: the second one, where the clock reads it twice. A time that it does not read: the first instant after the gap.
    """
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) == wall:
        return second if last else first
    return _transition(second, first, zone)


def _transition(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two at which the clock was put forward; clocks are put forward at whole seconds."""
    gap = after.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == gap:
            high = middle
        else:
            low = middle
    return before + timedelta(seconds=high)


def _boundaries(when: When, zone: ZoneInfo, first: date) -> Iterator[tuple[date, datetime]]:
    if not when.is_digest:
        raise ValueError("what is told at once is of no period")
    day = first
    while True:
        if when.weekday in (None, day.weekday()):
            yield day, instant_of(day, when.hour * 60 + when.minute, zone)
        day += _DAY


def _day_of(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
