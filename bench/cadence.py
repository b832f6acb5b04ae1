"""How soon an edit is seen at the same number of requests: fixed intervals, the usual back-off, ours, and an oracle.

    .venv/bin/python -m bench cadence

400 pages over two simulated years, edits as Poisson processes, one request a page and day for every policy. "ours" is
tracker/watch/cadence.py itself; "oracle" divides the same budget knowing the true rates.
"""

import heapq
import math
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tracker.store.records import Learned
from tracker.watch.cadence import DAY_S, Limits, Shares, pace, shares, taught, urgency

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
DIVIDE_EVERY_S = 6 * 3600.0
LIMITS = Limits(every_s=DAY_S, most_s=3600, least_s=14 * DAY_S, host_delay_s=0)
Row = tuple[str, str, str]
# Shares of pages and their days between changes, after Cho and Garcia-Molina 2000 (720,000 pages, four months).
WEB = ((0.23, 1.0), (0.15, 4.0), (0.16, 18.0), (0.16, 75.0), (0.30, 400.0))


@dataclass(slots=True)
class Page:
    """A page: its true rate of changes a second, and what the policy knows."""

    name: str
    rate: float
    edits: list[float]
    seen: int = 0
    last_s: float = 0.0
    interval_s: float = float(DAY_S)
    learned: Learned = field(default_factory=Learned)


@dataclass(frozen=True, slots=True)
class Result:
    """delay_h: mean and 95th percentile from edit to detection. gap_d: longest time between two looks."""

    delay_h: float
    p95_h: float
    merged: float
    a_day: float
    gap_d: float


Policy = Callable[[Page, float, bool], None]  # a look at a second: sets the page's next interval


def spread(count: int, chance: random.Random) -> list[float]:
    """Rates of pages as we assume them for profiles: log-normal around one change in 60 days, so that who knew them
    would need 40 to 50 % of the fixed interval's delay. The less pages differ, the less any division can gain.
    """
    return [math.exp(chance.gauss(0, 1.9)) / (60 * DAY_S) for _ in range(count)]


def web(count: int, chance: random.Random) -> list[float]:
    """Rates as crawlers found them on the web."""
    days = chance.choices([d for _, d in WEB], [share for share, _ in WEB], k=count)
    return [1 / (DAY_S * d * chance.uniform(0.6, 1.6)) for d in days]


def pages_of(rates: Sequence[float], years: float, chance: random.Random) -> list[Page]:
    """Pages with the instants of their edits."""
    return [Page(f"page-{n}", rate, _edits(rate, 0.0, years * 365 * DAY_S, chance)) for n, rate in enumerate(rates)]


def drifting(rates: Sequence[float], years: float, chance: random.Random) -> list[Page]:
    """Pages that change their ways once, half-way: each goes on as another of them went before."""
    half_s = years * 365 * DAY_S / 2
    later = chance.sample(list(rates), len(rates))
    return [
        Page(f"page-{n}", before, _edits(before, 0.0, half_s, chance) + _edits(after, half_s, 2 * half_s, chance))
        for n, (before, after) in enumerate(zip(rates, later, strict=True))
    ]


def _edits(rate: float, begin_s: float, end_s: float, chance: random.Random) -> list[float]:
    found, at = [], begin_s + chance.expovariate(rate)
    while at < end_s:
        found.append(at)
        at += chance.expovariate(rate)
    return found


def run(pages: list[Page], policy: Policy, years: float, every_s: float) -> Result:
    """Look at the pages as the policy says until the end."""
    end_s = years * 365 * DAY_S
    delays: list[float] = []
    merged = looks = 0
    gap_s = 0.0
    # All were added within the first interval: none has its edits seen before it was looked at once.
    turns = [(every_s * n / len(pages), n) for n in range(len(pages))]
    heapq.heapify(turns)
    while turns[0][0] < end_s:
        at, n = turns[0]
        page = pages[n]
        looks += 1
        first = page.seen
        while page.seen < len(page.edits) and page.edits[page.seen] <= at:
            if page.last_s:
                delays.append(at - page.edits[page.seen])
            page.seen += 1
        merged += max(page.seen - first - 1, 0)
        if page.last_s:
            gap_s = max(gap_s, at - page.last_s)
        policy(page, at, page.seen > first)
        page.last_s = at
        heapq.heapreplace(turns, (at + page.interval_s, n))
    delays.sort()
    return Result(
        delay_h=statistics.fmean(delays) / 3600,
        p95_h=delays[int(len(delays) * 0.95)] / 3600,
        merged=merged / len(delays),
        a_day=looks / len(pages) / (end_s / DAY_S),
        gap_d=gap_s / DAY_S,
    )


# ---------------------------------------------------------------- policies


def fixed(pages: list[Page], limits: Limits) -> Policy:
    """The same interval for all."""

    def look(page: Page, at: float, changed: bool) -> None:
        page.interval_s = limits.every_s

    return look


def backoff(pages: list[Page], limits: Limits) -> Policy:
    """Half as again later after a look without news, twice as soon after one with; stretched to fit the budget."""
    wanted = {page.name: float(limits.every_s) for page in pages}
    state = {"divided_s": -math.inf, "stretch": 1.0}

    def look(page: Page, at: float, changed: bool) -> None:
        longer = wanted[page.name] * (0.5 if changed else 1.5)
        wanted[page.name] = min(max(longer, limits.most_s), limits.least_s)
        if at - state["divided_s"] > DIVIDE_EVERY_S:
            state["divided_s"] = at
            state["stretch"] = sum(limits.every_s / s for s in wanted.values()) / len(pages)
        page.interval_s = min(max(wanted[page.name] * state["stretch"], limits.most_s), limits.least_s)

    return look


def ours(pages: list[Page], limits: Limits) -> Policy:
    """The code that `tracker run` runs."""
    divided = [Shares(limits=limits)]
    divided_s = [-math.inf]

    def look(page: Page, at: float, changed: bool) -> None:
        page.learned = taught(page.learned, BEGIN + timedelta(seconds=at), changed=changed if page.last_s else None)
        if at - divided_s[0] > DIVIDE_EVERY_S:
            divided_s[0] = at
            known = [page.learned for page in pages]
            divided[0] = shares([("h", k.changes, k.exposure_s, k.looks) for k in known], limits)
        page.interval_s = pace(page.name, "h", None, page.learned, divided[0]).wait_s

    return look


def oracle(pages: list[Page], limits: Limits) -> Policy:
    """The best division for who knows the true rates."""
    low, high = 0.0, 1e9
    for _ in range(200):
        middle = (low + high) / 2
        spent = sum(1 / _known_s(page, middle, limits) for page in pages)
        low, high = (middle, high) if spent > len(pages) / limits.every_s else (low, middle)

    def look(page: Page, at: float, changed: bool) -> None:
        page.interval_s = _known_s(page, high, limits)

    return look


def _known_s(page: Page, level: float, limits: Limits) -> float:
    return min(max(level / urgency(page.rate), limits.most_s), limits.least_s)


POLICIES = {"fixed": fixed, "x1.5 / /2": backoff, "ours": ours, "oracle": oracle}


def compared(
    rates: Callable[[int, random.Random], list[float]],
    seed: int,
    *,
    count: int = 400,
    years: float = 2,
    limits: Limits = LIMITS,
    names: Sequence[str] = tuple(POLICIES),
    made: Callable[[Sequence[float], float, random.Random], list[Page]] = pages_of,
) -> dict[str, Result]:
    """Each policy over the same pages and edits."""
    found = {}
    for name in names:
        chance = random.Random(seed)
        pages = made(rates(count, chance), years, chance)
        found[name] = run(pages, POLICIES[name](pages, limits), years, limits.every_s)
    return found


def rows() -> list[Row]:
    """The table: each mix and seed, with what it takes of the fixed interval's delay."""
    told: list[Row] = []
    for mix, rates, seeds in (("log-normal", spread, (1, 2, 3)), ("web-like", web, (1,))):
        for seed in seeds:
            found = compared(rates, seed)
            mine, fixed_h, known_h = found["ours"], found["fixed"].delay_h, found["oracle"].delay_h
            for name, one in found.items():
                measured = f"{one.delay_h:.2f} h mean, {one.p95_h:.1f} h p95, {one.merged:.1%} merged"
                also = f"{one.delay_h / fixed_h:.1%} of fixed, {one.a_day:.3f} looks a day, gap ≤ {one.gap_d:.1f} d"
                told.append((f"{mix} {seed}: {name}", measured, also))
            told.append(
                (
                    f"{mix} {seed}: ours of fixed, of oracle, longest gap",
                    f"{mine.delay_h / fixed_h:.1%}, {mine.delay_h / known_h:.3f}, {mine.gap_d:.1f} d",
                    "goal 55 %, 1.10, 14 d",
                )
            )
    found = compared(spread, 1, made=drifting, names=("fixed", "x1.5 / /2", "ours"))
    for name, one in found.items():
        share = f"{one.delay_h / found['fixed'].delay_h:.1%} of fixed, {one.a_day:.3f} looks a day"
        told.append((f"all pages change their ways after a year: {name}", f"{one.delay_h:.2f} h mean", share))
    return told


if __name__ == "__main__":
    for row in rows():
        print(" | ".join(row))
