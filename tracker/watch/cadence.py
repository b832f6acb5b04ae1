"""How often a page is worth a look: what checks taught of it, and its share of the looks that may be taken.

Lives here: the estimator of a page's rate of change, the division of a budget among pages, when a look is due and
why. Not here: the looks (rounds.py), where what was learned is kept (store/outbox.py). Pure: no clock, no chance.

The estimator: a page changes as a Poisson process whose rate has a Gamma prior (mean one change in 60 days, worth 30
days of watching). Checks are irregular and censored: one that finds a change tells of at least one. The division:
the mean delay from edit to alert is the sum of λ·T/2, which is least for rates in proportion to √(weight·λ). After
Cho and Garcia-Molina, "Estimating frequency of change" (2003).
"""

import hashlib
import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate

from tracker import clock
from tracker.store.records import Learned

DAY_S = 86_400
PRIOR_CHANGES = 0.5
PRIOR_S = 30.0 * DAY_S
LOOKS_TO_LEARN = 3  # until then the default interval holds
NEWS = frozenset({"content", "date_only", "reversion"})  # causes that show a publisher at work, and not us

MAX_EXPOSURE_S = 90.0 * DAY_S  # a look after a longer pause teaches no more: a clock that jumped must not end a watch
DRIFT_LOOKS = 5
DRIFT_TIMES = 4.0

HOST_SHARE = 0.25  # of a host's time that is taken for learned looks, each host_delay_s long
HOST_A_DAY = 10_000  # however quick the host
JITTER = 0.05


# ---------------------------------------------------------------- what a page taught


def changes_a_second(learned: Learned) -> float:
    """The estimated rate of change, per second."""
    return (PRIOR_CHANGES + learned.changes) / (PRIOR_S + learned.exposure_s)


def taught(before: Learned | None, at: datetime, *, changed: bool | None) -> Learned:
    """What is known after a look that was accepted. changed: whether it brought news; None where it was the first
    record of the page, with nothing to compare.

    A look that came no later than the last one, because a clock was set back, teaches nothing but its own instant.
    """
    known = before or Learned()
    last, seen = known.counted_at, replace(known, counted_at=at, looks=known.looks + 1)
    if last is None or changed is None or at <= last:
        return seen
    elapsed_s = min((at - last).total_seconds(), MAX_EXPOSURE_S)
    expected = changes_a_second(known) * elapsed_s
    # How many changes there were, where at least one was: the mean of a Poisson count that is not zero.
    found = expected / -math.expm1(-expected) if changed else 0.0
    return _drifted(
        replace(
            seen,
            changes=known.changes + found,
            exposure_s=known.exposure_s + elapsed_s,
            run_looks=known.run_looks + 1,
            run_changes=known.run_changes + changed,
            run_expected=known.run_expected + expected,
        )
    )


def _drifted(known: Learned) -> Learned:
    """Halve the weight of the past where the page has been four times off what it taught for five looks or more."""
    if known.run_looks < DRIFT_LOOKS:
        return known
    is_faster = known.run_changes >= 3 and known.run_changes > DRIFT_TIMES * known.run_expected
    is_slower = known.run_expected > DRIFT_TIMES * max(known.run_changes, 1)
    if is_faster or is_slower:
        rate = changes_a_second(known)
        exposure_s = max((PRIOR_S + known.exposure_s) / 2, PRIOR_S)
        known = replace(
            known, exposure_s=exposure_s - PRIOR_S, changes=max(rate * exposure_s, PRIOR_CHANGES) - PRIOR_CHANGES
        )
    if is_faster or is_slower or known.run_expected > DRIFT_TIMES:
        return replace(known, run_looks=0, run_changes=0, run_expected=0.0)
    return known


# ---------------------------------------------------------------- whose turn how often


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Between which bounds pages share the looks there are. every_s: of a page that is not learned yet, and on average.

    most_s, least_s: the shortest and the longest time between two looks. checks_a_day: for learned and unlearned pages
    together; 0: as many as looking at each every every_s takes. host_delay_s: between two requests to one host.
    """

    every_s: int
    most_s: int
    least_s: int
    checks_a_day: int = 0
    host_delay_s: float = 1.0

    @property
    def shortest_s(self) -> int:
        """Who asks for a look every five minutes by default does not mean once an hour at most."""
        return min(self.most_s, self.every_s)

    @property
    def longest_s(self) -> int:
        """And who asks for one a month does not mean once a fortnight at least."""
        return max(self.least_s, self.every_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How the looks are divided: a page of urgency √(weight·λ) has urgency / level looks a second, within the limits.

    hosts: levels of hosts that would be asked too often by the common one.
    """

    limits: Limits
    level: float | None = None
    hosts: Mapping[str, float] = field(default_factory=dict)

    def interval_s(self, learned: Learned, host: str, weight: float = 1.0) -> float:
        """Seconds between looks at such a page; the default's while too little is known."""
        level = max(self.level or 0.0, self.hosts.get(host, 0.0))
        if learned.looks < LOOKS_TO_LEARN or not level:
            return float(self.limits.every_s)
        wanted_s = level / urgency(changes_a_second(learned), weight)
        return min(max(wanted_s, self.limits.shortest_s), self.limits.longest_s)


def urgency(rate: float, weight: float = 1.0) -> float:
    """What a page's share is in proportion to. rate: changes a second."""
    return math.sqrt(weight * rate)


def shares(paces: Iterable[tuple[str, float, float, int]], limits: Limits) -> Shares:
    """Divide the budget among pages, each (host, changes, exposure_s, looks) as records.Learned tells.

    Every page gets at least one look in `longest_s`, also where that is more than the budgets allow: no page starves.
    Time: O(n log n); 10,000 pages take some 20 ms.
    """
    by_host: dict[str, list[float]] = {}
    learning = 0
    for host, changes, exposure_s, looks in paces:
        if looks < LOOKS_TO_LEARN:
            learning += 1
        else:
            rate = (PRIOR_CHANGES + changes) / (PRIOR_S + exposure_s)
            by_host.setdefault(host, []).append(urgency(rate))
    pages = sum(map(len, by_host.values()))
    if not pages:
        return Shares(limits=limits)
    budget = (limits.checks_a_day or (pages + learning) * DAY_S / limits.every_s) / DAY_S
    left = max(budget - learning / limits.every_s, 0.0)

    least, most = 1 / limits.longest_s, 1 / limits.shortest_s
    a_host = host_budget_a_day(limits.host_delay_s) / DAY_S
    crowds = {host: _Crowd(of, least, most) for host, of in by_host.items() if len(of) * most > a_host}
    free = dict(by_host)
    capped: dict[str, float] = {}
    while True:  # a host at its limit leaves more for the others, which may bring another one to its own
        level = _Crowd([u for of in free.values() for u in of], least, most).level(left) if free else 0.0
        over = [host for host, crowd in crowds.items() if host not in capped and crowd.looks(level) > a_host * 1.000001]
        if not over:
            return Shares(limits=limits, level=level or max(capped.values()), hosts=capped)
        for host in over:
            capped[host] = crowds[host].level(a_host)
            left = max(left - crowds[host].looks(capped[host]), 0.0)
            del free[host]


def host_budget_a_day(host_delay_s: float) -> float:
    """How many learned looks a day a host may get: a part of its time, and never more than a bound."""
    return min(HOST_SHARE * DAY_S / host_delay_s, HOST_A_DAY) if host_delay_s else HOST_A_DAY


class _Crowd:
    """Pages that share one budget: their urgencies in order, with running sums, so that a level costs O(log n)."""

    def __init__(self, urgencies: Sequence[float], least: float, most: float) -> None:
        self._of = sorted(urgencies)
        self._sums = [0.0, *accumulate(self._of)]
        self._least, self._most = least, most

    def looks(self, level: float) -> float:
        """Looks a second at all of them, at this level."""
        low, high = bisect_left(self._of, self._least * level), bisect_left(self._of, self._most * level)
        between = (self._sums[high] - self._sums[low]) / level if high > low else 0.0
        return low * self._least + between + (len(self._of) - high) * self._most

    def level(self, budget: float) -> float:
        """The level at which the budget, in looks a second, is spent; where it cannot be, the nearest."""
        low, high = self._of[0] / self._most, self._of[-1] / self._least  # all at their most, all at their least
        if self.looks(low) <= budget:
            return low
        for _ in range(60):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if self.looks(middle) > budget else (low, middle)
        return high


# ---------------------------------------------------------------- when, and why


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """When a look is due by a page's pace alone, and why then, in words for a person."""

    wait_s: float
    why: str


def pace(watch: str, host: str, every_s: int | None, learned: Learned, divided: Shares) -> Pace:
    """The time to the next look at a page. every_s: its own interval, which it keeps to the second.

    All others are a little earlier or later, each by its name, so that a thousand added at once do not stay together.
    """
    limits = divided.limits
    if every_s is not None:
        return Pace(wait_s=every_s, why=f"every {clock.duration(every_s)} as configured")
    wait_s = divided.interval_s(learned, host)
    jittered_s = min(wait_s * (1 + JITTER * (2 * chance(watch) - 1)), limits.longest_s)
    if learned.looks < LOOKS_TO_LEARN:
        told = f"every {clock.duration(limits.every_s)} until its pace is learned"
        return Pace(wait_s=jittered_s, why=f"{told}: {learned.looks} of {LOOKS_TO_LEARN} looks")
    rate = changes_a_second(learned)
    a_day = rate * DAY_S
    if learned.changes == 0:
        told = f"no change in {words(learned.exposure_s)}"
    elif a_day > 1.5:
        told = f"about {a_day:.0f} changes a day"
    else:
        told = f"about 1 change in {words(1 / rate)}"
    return Pace(wait_s=jittered_s, why=f"learned: {told}, so every {words(wait_s)}")


def words(seconds: float) -> str:
    """A time as a person says it, in the one unit that tells enough: 45 min, 9 h, 12 d."""
    for unit, size, upto in (("s", 1, 120), ("min", 60, 5_400), ("h", 3600, 172_800)):
        if seconds < upto:
            return f"{max(round(seconds / size), 1 if seconds > 0 else 0)} {unit}"
    return f"{round(seconds / DAY_S)} d"


def chance(*of: object) -> float:
    """A number, 0 ≤ n < 1: for the same things always the same, for others another."""
    told = hashlib.blake2b("\0".join(map(str, of)).encode(), digest_size=6).digest()
    return int.from_bytes(told, "big") / 2**48
