"""A process that records changes, composes and delivers until it is killed by signal 9: the child of kill_story.py.

Lives here: one life, from its start to its end, and the faults that may be built into it for the controls. Not here:
the receivers, and what must be so in the end. A life is forked from a process that has the imports done.
"""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from itertools import count
from pathlib import Path
from typing import Any, Literal

from tests.notify.lands import WORDS, see
from tracker.events.deliveries import Attempt, Delivery
from tracker.notify.channels import KINDS, Channel, ChannelConfig, Message, Surroundings
from tracker.notify.deliver import deliver
from tracker.notify.rules import Subscriptions
from tracker.notify.subscriptions import load
from tracker.notify.telling import Telling
from tracker.store import Store

LANDS = tuple(f"land-{n:02}" for n in range(14))
# before_commit, after_commit: of any transaction (changes with their alerts, messages, tries). compose: messages are
# owed and none of them leased. attempt: the receiver has answered, nobody has written it down. mark_sent: somebody has.
STAGES = ("before_commit", "after_commit", "compose", "lease", "attempt", "mark_sent")
MOST = {"compose": 4, "lease": 8, "attempt": 12, "mark_sent": 12, "before_commit": 40, "after_commit": 40}
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # of the clock, before the first life
LIFE = timedelta(hours=7)  # a life begins so long after the life before it, so that no lease has to be waited for
WAITS_S = (0.0, *[0.01] * 200)  # between tries
_LINES_A_FRAME = 4  # lives

# Built in by the controls. marks_first: a message counts as sent once it is leased. renders_anew: nothing is frozen,
# and no two renderings are the same. new_ids: each try is under an id of its own.
Fault = Literal["marks_first", "renders_anew", "new_ids"]


@dataclass(frozen=True, slots=True)
class Life:
    """One process. stage, nth: where it kills itself; None: somebody else must. is_last: it sends all that is owed and
    ends. most_s: no life takes longer, or it missed its stage.
    """

    root: Path
    number: int
    seed: int
    rules: str
    stage: str | None
    nth: int
    is_last: bool = False
    fault: Fault | None = None
    most_s: int = 180


def rules_of(life: Life) -> Subscriptions:
    """Who is told."""
    return load(life.rules, "subscriptions.toml")


def live(life: Life) -> None:
    """Live it: in a process of its own, that nobody else is in."""
    signal.alarm(life.most_s)
    rules, editors = rules_of(life), _Editors(life)
    begun_s, begins_at = time.monotonic(), START + life.number * LIFE
    if life.is_last:  # at a noon by which every digest is due
        begins_at = begins_at.replace(hour=12) + timedelta(days=3)
    world = Surroundings(
        environ={"TOKEN": "a-bot-token"}, base=life.root, allow=(ip_network("127.0.0.0/8"),), timeout_s=5.0
    )
    reach, wake = _Reaper(life).reach, threading.Event()

    def now() -> datetime:
        return begins_at + timedelta(seconds=time.monotonic() - begun_s)

    def send(*, until_empty: bool) -> None:
        deliver(
            store,
            rules,
            world,
            until_empty=until_empty,
            wait_s=20,
            wake=wake,
            is_busy=lambda: editors.is_busy,
            now=now,
            waits_s=WAITS_S,
            on_stage=reach,
        )

    if life.fault == "renders_anew":
        _render_anew()
    if life.fault == "new_ids":
        _send_under_new_ids()
    kind = _MarksFirst if life.fault == "marks_first" else _Thawed if life.fault == "renders_anew" else Store
    with kind(life.root / "log.db", write=True, now=now, on_stage=reach) as store:
        if life.is_last:
            send(until_empty=True)
            return
        sending = threading.Thread(target=send, kwargs={"until_empty": False}, daemon=True)
        sending.start()
        editors.work(store, rules, now, wake)
        sending.join()


class _Reaper:
    """Counts the stages, in whatever threads they come, and ends the life where it was drawn to end."""

    def __init__(self, life: Life) -> None:
        self._life, self._lock = life, threading.Lock()
        self._seen: Counter[str] = Counter()

    def reach(self, stage: str) -> None:
        with self._lock:
            self._seen[stage] += 1
            if stage == self._life.stage and self._seen[stage] == self._life.nth:
                os.kill(os.getpid(), signal.SIGKILL)


class _Editors:
    """Edits pages and records what they brought, without end. What pages say, and which changes the store has
    acknowledged, stands in a file that outlives us: `lived.jsonl`.
    """

    def __init__(self, life: Life) -> None:
        self._chance = random.Random(f"{life.seed} {life.number}")
        self._number = life.number
        self._file = os.open(life.root / "lived.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._said = dict.fromkeys(LANDS, (WORDS,)) | said_in(life.root)
        self._frame = f"about us, our partners and {_word(life.number // _LINES_A_FRAME)}"
        self.is_busy = False

    def work(self, store: Store, rules: Subscriptions, now: Any, wake: threading.Event) -> None:
        for n in count():
            drawn = self._chance.random()
            lands: Sequence[str] = (self._chance.choice(LANDS),)
            if n == 0 or drawn > 0.93:  # a round of all pages: their frame is a new one, or each is edited
                lands, self.is_busy = LANDS, True
            elif drawn < 0.55:
                self._said[lands[0]] = (WORDS, f"By count {self._number * 1000 + n} the hills are not yet cleared.")
            elif drawn < 0.8:
                self._said[lands[0]] = (WORDS, f"ducks are birds, said the {_word(self._number * 1000 + n)}")
            else:
                self._said[lands[0]] = (WORDS,)
            for land in lands:
                if n and lands is LANDS:
                    self._said[land] = (WORDS, f"swans of {land} are birds, said the {_word(self._number * 1000 + n)}")
                self._write({"land": land, "said": self._said[land]})
                found = see(store, land, self._said[land], now(), rules, frame=self._frame)
                self._write({"acknowledged": [change.id for change in found]})
                wake.set()
            self.is_busy = False
            wake.wait(self._chance.random() * 0.03)

    def _write(self, told: dict[str, object]) -> None:
        os.write(self._file, json.dumps(told).encode() + b"\n")


def said_in(root: Path) -> dict[str, tuple[str, ...]]:
    """What the pages said last."""
    told = (root / "lived.jsonl").read_text().splitlines() if (root / "lived.jsonl").exists() else []
    return {one["land"]: tuple(one["said"]) for line in told if "land" in (one := json.loads(line))}


def acknowledged_in(root: Path) -> list[str]:
    """The ids of all changes of which a life was told that they are recorded."""
    told = map(json.loads, (root / "lived.jsonl").read_text().splitlines())
    return [id for one in told for id in one.get("acknowledged", ())]


def _word(n: int) -> str:
    """A word for each number, without a digit in it."""
    return "duck" + "".join("abcdefghij"[int(digit)] for digit in str(n))


# ---------------------------------------------------------------- what the controls build in


class _MarksFirst(Store):
    """At most once: what is leased is recorded as sent, and then sent."""

    def lease_deliveries(self, *asked: Any, **more: Any) -> tuple[tuple[Delivery, bytes | None], ...]:
        found = super().lease_deliveries(*asked, **more)
        for delivery, _ in found:
            super().begin_finish("sent", delivery, Attempt(ok=True, status=204), asked[0]).result()
        return found

    def begin_finish(self, *tried: Any, **more: Any) -> Any:
        return _done(())

    def begin_freeze(self, bodies: Mapping[str, bytes], kind: str) -> Any:
        return _done(bodies)


class _Thawed(Store):
    """Keeps no message."""

    def lease_deliveries(self, *asked: Any, **more: Any) -> tuple[tuple[Delivery, bytes | None], ...]:
        found = super().lease_deliveries(*asked, **more)
        return tuple((replace(delivery, body_sha256=None), None) for delivery, _ in found)

    def begin_freeze(self, bodies: Mapping[str, bytes], kind: str) -> Any:
        return _done(bodies)


def _done(result: Any) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_result(result)
    return future


def _render_anew() -> None:
    kind = KINDS["webhook"]

    def render(telling: Telling, config: ChannelConfig) -> bytes:
        return kind.render(telling, config) + b" " * random.randrange(1, 1_000_000)

    KINDS["webhook"] = replace(kind, render=render)  # type: ignore[index]  # in this process only, which is killed


def _send_under_new_ids() -> None:
    kind = KINDS["webhook"]

    class Renaming:
        def __init__(self, channel: Channel) -> None:
            self.close, self._send = channel.close, channel.send

        def send(self, message: Message, *, now: datetime) -> Attempt:
            return self._send(replace(message, id=f"d_{random.randrange(16**16):016x}"), now=now)

    make = kind.make
    KINDS["webhook"] = replace(kind, make=lambda config, world: Renaming(make(config, world)))  # type: ignore[index]
