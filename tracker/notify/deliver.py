"""The loop over what is to be told: alerts → messages (compose.py) → lease → render, frozen at first → channel → the
try recorded.

Each channel has a thread of its own (lane.py), so that one that hangs holds up nobody else. Order is kept per
(channel, profile): the store leases the oldest undelivered message of each, and the next one only when that is sent
or dead. At least once: a crash after the channel took a message and before that was recorded sends it again, with the
same id and the same bytes, signed anew. Nothing outside the store has to be remembered.
"""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tracker import clock
from tracker.notify.channels import Surroundings
from tracker.notify.circuit import Circuits
from tracker.notify.compose import Composer
from tracker.notify.lane import Lane
from tracker.notify.leases import Leased, Outbox
from tracker.notify.limits import Limits
from tracker.notify.retry import WAITS_S
from tracker.notify.rules import Subscriptions
from tracker.notify.tell import Tellings
from tracker.store import Store

LEASE_BATCH = 128
LEASE_SPARE_S = 10.0  # of a lease, beyond the longest try: how long a message may wait in its lane
LOOK_EVERY_S = 1.0  # how soon something owed is noticed of which nobody told us
STOP_S = 0.2  # how soon a stop is
LOOK_SELDOM_S = 30.0  # how soon either is by who is woken for both: looking each second costs a process its idleness


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a run of the loop did. failed: tries that will be made again. pending: still owed at the end; held: alerts
    that wait for their time (a digest, quiet hours).
    """

    sent: int = 0
    failed: int = 0
    dead: int = 0
    pending: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of receivers while a process lives, over edits of the configuration."""

    circuits: Circuits = field(default_factory=Circuits)
    limits: Limits = field(default_factory=Limits)
    composing: threading.Lock = field(default_factory=threading.Lock)  # for a loop that ends while its heir begins


def deliver(
    store: Store,
    subscriptions: Subscriptions,
    world: Surroundings,
    *,
    until_empty: bool = True,
    wait_s: float = 0.0,
    stop: threading.Event | None = None,
    wake: threading.Event | None = None,
    is_woken: bool = False,
    is_busy: Callable[[], bool] = lambda: False,
    memory: Memory | None = None,
    now: Callable[[], datetime] = clock.now,
    chance: Callable[[], float] = random.random,
    waits_s: tuple[float, ...] = WAITS_S,
    on_stage: Callable[[str], None] = lambda stage: None,
) -> Delivered:
    """Send what is due.

    until_empty: return once nothing is due and no retry falls due within wait_s of the call; else go on until `stop`
    is set. Set, it ends both: tries under way are finished and recorded, the rest stays owed. wake: set by others
    when something new is owed; is_woken: always, and when it is to stop. chance: 0 ≤ chance < 1, for the jitter.
    waits_s: retry.py. is_busy: whether looks are under way, whose changes may belong together with what is to be told.
    on_stage: called with `lease`, `attempt` (the channel answered, not yet recorded) and `mark_sent` (recorded),
    the last two from the channel's thread.
    Raises what the store raises (StoreFull, Damaged): tries that could not be recorded are made again.
    """
    stop = stop or threading.Event()
    wake = wake or threading.Event()
    until = now() + timedelta(seconds=wait_s) if until_empty else None
    look_every_s, stop_s = (LOOK_SELDOM_S, LOOK_SELDOM_S) if is_woken else (LOOK_EVERY_S, STOP_S)
    tally, memory = _Tally(wake), memory or Memory()
    outbox = Outbox(
        store=store,
        now=now,
        chance=chance,
        waits_s=waits_s,
        telling=Tellings(store, subscriptions, world.link_base),
        on_stage=on_stage,
        on_try=tally.count,
        circuits=memory.circuits,
        limits=memory.limits,
    )
    composer = Composer(store, subscriptions, is_busy=is_busy, is_live=not until_empty)
    with memory.composing:
        store.hold_all(now())  # the rules may have changed since alerts were put off
    lanes: dict[str, Lane] = {}
    try:
        while not stop.is_set() and tally.error is None:
            wake.clear()
            # Asked before the store is: what a lane does after this shows in `wake`.
            is_idle = all(lane.is_idle for lane in lanes.values())
            with memory.composing:
                if stop.is_set():
                    break
                if composer.compose(now()):
                    on_stage("compose")
            lease_s = int(world.timeout_s + LEASE_SPARE_S)
            expires_at = now() + timedelta(seconds=lease_s)
            full = [name for name, lane in lanes.items() if not lane.has_room]
            found = store.lease_deliveries(now(), LEASE_BATCH, lease_s, without=full)
            if found:
                on_stage("lease")
            for delivery, body in found:
                if delivery.channel not in lanes:
                    config = subscriptions.channel(delivery.channel)
                    lanes[delivery.channel] = Lane(delivery.channel, config, world, outbox, tally.ran_dry)
                lanes[delivery.channel].put(Leased(delivery=delivery, body=body, expires_at=expires_at))
            if len(found) == LEASE_BATCH:
                continue
            due_at = store.next_held()
            if not found:
                due_at = _earliest(store.next_delivery(without=full), due_at)
            if not found and is_idle and until is not None:
                # What waits for nothing but our own pace is waited for.
                paced = [lane.paced_until for lane in lanes.values() if lane.paced_until is not None]
                if due_at is None or due_at > max((until, *paced)):
                    break
            left_s = (due_at - now()).total_seconds() if due_at is not None else look_every_s
            _wait(wake, stop, min(max(left_s, 0.01), look_every_s), stop_s)
    finally:
        for lane in lanes.values():
            lane.end()
        for lane in lanes.values():
            lane.join()
    if tally.error is not None:
        raise tally.error
    return replace(tally.done, pending=store.pending(), held=len(store.held()))


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


def _wait(wake: threading.Event, stop: threading.Event, seconds: float, stop_s: float) -> None:
    """Until there may be something to do, or a stop, which is looked for every stop_s seconds."""
    until = time.monotonic() + seconds
    while not stop.is_set() and (left_s := until - time.monotonic()) > 0 and not wake.wait(min(left_s, stop_s)):
        pass


class _Tally:
    """What lanes report, from their threads."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake
        self._lock = threading.Lock()
        self.done = Delivered()
        self.error: BaseException | None = None

    def count(self, kind: str) -> None:
        """A try was recorded as `sent`, `failed` or `dead`."""
        with self._lock:
            done = self.done
            self.done = Delivered(
                sent=done.sent + (kind == "sent"),
                failed=done.failed + (kind == "failed"),
                dead=done.dead + (kind == "dead"),
            )

    def ran_dry(self, error: BaseException | None) -> None:
        """A lane has nothing to do, or cannot go on."""
        self.error = self.error or error
        self._wake.set()
