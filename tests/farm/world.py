"""The real product in front of the farm, through simulated days: the rounds are real, only the clock is ours.

Lives here: turns (which modes a page goes through, one after another), the rounds, and what was told against the truth.
What was told is read off the record: the alerts that are held, for nobody sends them here.
"""

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.farm import modes_instead, modes_moving, modes_told  # noqa: F401  (each puts its modes to MODES)
from tests.farm.modes import LONG_MINUTES, MODES, SHORT_MINUTES, Length, Life, Mode, Phase
from tests.farm.pages import Page
from tests.farm.site import Farm
from tracker import settings
from tracker.events.looks import Watch
from tracker.extract.publishers import Publishers
from tracker.notify.subscriptions import CAUSES, DEFAULT_CAUSES, load
from tracker.store import Store, create, open_store
from tracker.watch.once import Parts, one_round

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
ENVIRON = {
    "TRACKER__FETCH__ALLOW_ADDRESSES": "127.0.0.0/8",
    "TRACKER__FETCH__HOST_DELAY_S": "0",
    "TRACKER__FETCH__RETRY_S": "[]",
    "TRACKER__FETCH__TOTAL_S": "2",
}
# Whoever asks for dates alone hears of them too: so that an edit of a date line is told, and a false one is seen.
TOLD = (*DEFAULT_CAUSES, "date_only")
SHOWN = 3  # faults of a mode in a message


class Clock:
    """The time that the tracker and the farm live by. Each call is a millisecond later than the one before."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            self._at += timedelta(milliseconds=1)
            return self._at

    def go_to(self, at: datetime) -> None:
        """Let time pass until then; never back."""
        with self._lock:
            self._at = max(self._at, at)


@dataclass(frozen=True)
class Stretch:
    """A phase of a page on the calendar. alerts: least and most, owed in it."""

    page: Page
    mode: Mode
    number: int
    begins: datetime
    alerts: tuple[int, int]


@dataclass(frozen=True)
class Fault:
    """A stretch in which something else was told than the truth, in words."""

    mode: str
    words: str

    def __str__(self) -> str:
        return self.words


def fault(stretch: Stretch, told: list[str]) -> Fault:
    """What was told in a stretch, against the truth."""
    s, (least, most) = stretch, stretch.alerts
    wanted = str(least) if least == most else f"{least} to {most}"
    heard = "; ".join(told) or "nothing"
    where = f"{s.page.name} ({s.page.layout}, {s.page.form}, {s.page.validator}, {'+'.join(sorted(s.page.skin))})"
    return Fault(s.mode.name, f"{s.mode.name}, phase {s.number}, {where}: {wanted} wanted, told {len(told)}: {heard}")


@dataclass
class Result:
    """What a run came to. episodes: by mode. alerts: by mode, told and right."""

    episodes: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    looks: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Result") -> None:
        """Put another run's figures to this one's."""
        self.episodes += other.episodes
        self.wanted += other.wanted
        self.faults += other.faults
        self.looks += other.looks
        self.outcomes += other.outcomes

    def told(self) -> str:
        """What went wrong, a line each; the first few of each mode."""
        found: dict[str, list[str]] = defaultdict(list)
        for fault in self.faults:
            found[fault.mode].append(fault.words)
        return "\n".join(line for name in sorted(found) for line in (*found[name][:SHOWN], ""))

    def tally(self) -> str:
        """A line a mode: pages, alerts wanted, stretches that went wrong."""
        wrong = Counter(f.mode for f in self.faults)
        lines = [
            f"{pages:>5} pages, {self.wanted[name]:>5} alerts wanted, {wrong[name]:>4} wrong  {name}"
            for name, pages in sorted(self.episodes.items())
        ]
        return "\n".join([*lines, f"{self.looks} looks: {dict(self.outcomes)}"])


# ---------------------------------------------------------------- turns


def life_of(page: Page, mode: Mode) -> Life | None:
    """The phases of a mode on a page; None where it cannot be served so."""
    life = mode.make(page, random.Random(f"{mode.name}/{page.number}"))
    if life is not None:
        longest = LONG_MINUTES if mode.length == "long" else SHORT_MINUTES
        assert sum(p.minutes for p in life) <= longest, f"{mode.name} takes longer than its turn"
    return life


@dataclass(frozen=True)
class Turn:
    """A page's way through a mode."""

    page: Page
    mode: Mode
    life: Life


def deal(pages: Sequence[Page], modes: Sequence[Mode], each: Mapping[Length, int]) -> Iterator[list[Turn]]:
    """Turn by turn, a mode for each page, until each mode was on so many pages, where so many can be so served.

    What is missed most is dealt first; no page has a mode twice.
    """
    for length, count in each.items():
        left = {m.name: count for m in modes if m.length == length}
        tried: set[tuple[int, str]] = set()
        while True:
            turns = []
            for page in pages:
                order = sorted((n for n in left if left[n] and (page.number, n) not in tried), key=lambda n: -left[n])
                for name in order:
                    tried.add((page.number, name))
                    if (life := life_of(page, MODES[name])) is not None:
                        left[name] -= 1
                        turns.append(Turn(page, MODES[name], life))
                        break
            if not turns:
                break
            yield turns


def in_order(page: Page, modes: Iterable[Mode]) -> Iterator[list[Turn]]:
    """These modes on one page, one after another."""
    for mode in modes:
        life = life_of(page, mode)
        assert life is not None, f"{page.name} cannot be served so: {mode.name}"
        yield [Turn(page, mode, life)]


# ---------------------------------------------------------------- the run


class World:
    """A store, a farm and a tracker between them."""

    def __init__(self, root: Path, pages: Sequence[Page]) -> None:
        self.clock = Clock(START)
        self.pages = {p.name: p for p in pages}
        settings.init(root)
        self.settings = settings.load(root, ENVIRON)
        create(root / "snapshots" / "log.db", now=self.clock)
        self.root = root
        self.result = Result()

    def run(self, turns: Iterable[list[Turn]]) -> Result:
        """Live through the turns and say what was told otherwise than the truth."""
        stretches: list[Stretch] = []
        with (
            Farm(tuple(self.pages.values()), self.clock) as farm,
            open_store(self.root / "snapshots", write=True, now=self.clock) as store,
        ):
            parts = self._parts(farm)
            self._round(parts, store, list(self.pages))
            begins = START + timedelta(days=1)
            for together in turns:
                stretches += self._lived(farm, parts, store, together, begins)
                begins += timedelta(days=10 if any(t.mode.length == "long" for t in together) else 1)
            self.result.faults += self._faults(store, stretches)
        return self.result

    def _lived(
        self, farm: Farm, parts: Parts, store: Store, together: Iterable[Turn], begins: datetime
    ) -> Iterator[Stretch]:
        """All pages take a turn together, so that many are looked at in one round."""
        changes: dict[datetime, list[tuple[Page, Phase]]] = defaultdict(list)
        looks: dict[datetime, list[str]] = defaultdict(list)
        for turn in together:
            at = begins
            self.result.episodes[turn.mode.name] += 1
            for number, phase in enumerate(turn.life):
                yield Stretch(turn.page, turn.mode, number, at, phase.alerts)
                self.result.wanted[turn.mode.name] += phase.alerts[0]
                changes[at].append((turn.page, phase))
                for minutes in phase.looks:
                    looks[at + timedelta(minutes=minutes)].append(turn.page.name)
                at += timedelta(minutes=phase.minutes)
        for at in sorted({*looks, *changes}):
            self.clock.go_to(at)
            for page, phase in changes[at]:
                farm.hosts[page.host].turn(phase)
            if names := looks[at]:
                self._round(parts, store, names)

    def _parts(self, farm: Farm) -> Parts:
        causes = [c for c in TOLD if c in CAUSES]
        told = load(
            f"""
            [channels.desk]
            kind = "webhook"
            url = "http://127.0.0.1:9/hook"

            [[subscriptions]]
            id = "all"
            to = "desk"
            match = {{ cause = {causes} }}
            """,
            "the farm",
        )
        watches = tuple(
            Watch(name=p.name, url=farm.url_of(p), profile=p.name, publisher=p.publisher) for p in self.pages.values()
        )
        return Parts(
            settings=self.settings,
            watches=watches,
            subscriptions=told,
            publishers=Publishers(),
            now=self.clock,
        )

    def _round(self, parts: Parts, store: Store, names: list[str]) -> None:
        done = one_round(parts, store, names=names, only_due=False, stop=threading.Event(), told=lambda *_: None)
        self.result.looks += len(done)
        self.result.outcomes.update(r.outcome for r in done)

    def _faults(self, store: Store, stretches: Iterable[Stretch]) -> Iterator[Fault]:
        """What was owed between the beginning of each stretch and that of the next."""
        owed: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for alert in store.held():
            owed[alert.profile].append((alert.recorded_at, alert.change))
        lives: dict[str, list[Stretch]] = defaultdict(list)
        for stretch in stretches:
            lives[stretch.page.name].append(stretch)
        for name, run in lives.items():
            ends = [s.begins for s in run[1:]] + [datetime.max.replace(tzinfo=UTC)]
            for stretch, end in zip(run, ends, strict=True):
                told = [c for at, c in owed[name] if stretch.begins <= at < end]
                least, most = stretch.alerts
                if not least <= len(told) <= most:
                    yield fault(stretch, [_words(store, change) for change in told])


def _words(store: Store, change: str) -> str:
    found = store.change(change)
    edits = ", ".join(f"{e.kind} {str(e.old)[:50]!r} → {str(e.new)[:50]!r}" for e in found.edits[:3])
    return f"{found.cause} of {found.chapter}: {len(found.edits)} edits: {edits}"


def chosen(truth: str) -> list[Mode]:
    """The modes of this truth."""
    return [m for m in MODES.values() if m.truth == truth]
