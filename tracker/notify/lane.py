"""One channel's thread: its messages one after the other, each tried once and the try recorded.

Lives here: which message goes next, and when the channel may be sent to at all. Not here: when one is tried again
(retry.py), what it says (rendering.py), how it is sent (channels/).
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from tracker.document.canonical import sha256
from tracker.events.deliveries import Attempt, ChannelState
from tracker.events.types import Event
from tracker.notify.channels import KINDS, Channel, ChannelConfig, Message, Surroundings
from tracker.notify.leases import Leased, Outbox
from tracker.notify.making import Maker, is_as_tried
from tracker.notify.retry import THROTTLED, plan

RECORD_S = 2.0  # of a lease, kept for recording the try
LOOK_EVERY_S = 1.0  # how often one that waits looks at the clock, which may be set meanwhile
MOST_WAITING = 64  # messages that lie in a lane when it asks for more: what it has leased and cannot send is put off
MOST_LOOKED_AT = 32  # of those that wait, to make some of them ahead
MOST_UNRECORDED = 16  # messages that were taken and whose record is under way: at a crash they are sent once more


class Lane:
    """The thread of one channel: one message at a time is under way.

    While it is sent, those taken before it are being recorded, and where many wait, the next ones are being made.
    on_dry: called when there is room for more, or with what broke it.
    """

    def __init__(
        self,
        name: str,
        config: ChannelConfig | None,
        world: Surroundings,
        outbox: Outbox,
        on_dry: Callable[[BaseException | None], None],
    ) -> None:
        self._name = name
        self._config = config
        self._world = world
        self._outbox = outbox
        self._on_dry = on_dry
        self._channel: Channel | None = None
        self._maker: Maker | None = None
        if config is not None:
            self._maker = Maker(name, config, outbox)
            kind = KINDS[config.kind]
            self._channel = kind.make(config, world)
            asked = config.per_minute if config.per_minute is not None else kind.per_minute
            outbox.limits.configure(name, asked, kind.burst)
            closed_until = outbox.store.channel_state(name).closed_until
            if closed_until is not None:  # asked for of a process before us
                outbox.limits.leave_alone(name, closed_until)
        self._changed = threading.Condition()
        self._todo: dict[str, Leased] = {}
        self._current: str | None = None  # the message under way; "" while others are let go
        self._unrecorded: dict[str, Future[tuple[Event, ...]]] = {}  # by id, in the order in which they were taken
        self._booked: datetime | None = None  # the last turn that was given to a message let go
        self.paced_until: datetime | None = None  # until when messages were let go for no reason but our own pace
        self._is_ending = False
        self._seen_on_at = -LOOK_EVERY_S  # by time.monotonic
        self._thread = threading.Thread(target=self._run, name=f"channel {name}", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing to do."""
        with self._changed:
            return not self._todo and self._current is None and not self._unrecorded

    @property
    def has_room(self) -> bool:
        """Whether it takes more than it has."""
        with self._changed:
            return len(self._todo) < MOST_WAITING

    def put(self, leased: Leased) -> None:
        """Give it a message to try. One that it has already, under a lease that ran out meanwhile, is not doubled."""
        with self._changed:
            if leased.delivery.id == self._current or leased.delivery.id in self._unrecorded:
                return
            self._todo.pop(leased.delivery.id, None)  # so that those whose lease ends first stand first
            self._todo[leased.delivery.id] = leased
            self._changed.notify_all()

    def end(self) -> None:
        """Ask it to end after the try that is under way."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def _run(self) -> None:
        try:
            while (leased := self._next()) is not None:
                self._try(leased)
            self._settle(0)
            if self._maker is not None:
                self._maker.close()
            self._let_go()  # whoever is configured anew may send the rest now
        except BaseException as error:  # noqa: BLE001  # raised again where the loop runs: a thread's error is seen by nobody
            with self._changed:
                self._todo.clear()
                self._unrecorded.clear()
                self._current = None
            self._on_dry(error)
        finally:
            if self._maker is not None:
                self._maker.close()
            if self._channel is not None:
                self._channel.close()

    # ---------------------------------------------------------------- which one goes next

    def _next(self) -> Leased | None:
        """The next message, once it may be sent; None at the end.

        One that may not be sent before its lease runs out is let go until then: that spends no try, and makes room.
        """
        while True:
            self._settle(MOST_UNRECORDED if self._todo and not self._is_ending else 0)
            with self._changed:
                self._current = None
                if not self._todo and not self._is_ending:
                    self._on_dry(None)
                while not self._todo and not self._is_ending:
                    self._changed.wait()
                if self._is_ending:
                    return None
                now = self._outbox.now()
                late = self._too_late(now) | self._beyond_lease(now)
                if not late and self._todo:
                    until = self._closed_until(now)
                    if until is None:
                        if len(self._todo) == MOST_WAITING:
                            self._on_dry(None)
                        self._current = next(iter(self._todo))
                        return self._todo.pop(self._current)
                    late = {id: until for id, leased in self._todo.items() if self._last_start(leased) < until}
                    if not late:
                        self._changed.wait(min((until - now).total_seconds(), LOOK_EVERY_S))
                for id in late:
                    self._todo.pop(id, None)
                self._current = "" if late else None
            if late:
                self._defer(late)

    def _too_late(self, now: datetime) -> dict[str, datetime]:
        """Those without time for a whole try, taken out: to be leased again at once, or when their lease has run out,
        where that is so near that others may have them already.
        """
        late = dict[str, datetime]()
        while self._todo and now > self._last_start(first := next(iter(self._todo.values()))):
            del self._todo[first.delivery.id]
            if now < first.expires_at - timedelta(seconds=RECORD_S / 2):
                late[first.delivery.id] = now
        return late

    def _beyond_lease(self, now: datetime) -> dict[str, datetime]:
        """Those whose turn, at the rate that the channel bears, comes after their lease: until then. Each has a turn of
        its own, so that they do not all come back at once.
        """
        limits, late = self._outbox.limits, dict[str, datetime]()
        interval = limits.interval(self._name)
        if not interval:
            return late
        for ahead, (id, leased) in enumerate(self._todo.items()):
            turn = limits.next_at(self._name, now, ahead=ahead)
            if turn is not None and turn > self._last_start(leased):
                self._booked = max(turn, self._booked + interval) if self._booked is not None else turn
                late[id] = self._booked
                if not limits.is_closed(self._name, now):
                    self.paced_until = self._booked
        return late

    def _defer(self, until: dict[str, datetime]) -> None:
        self._outbox.store.defer(until)
        self._outbox.on_try("deferred")

    def _last_start(self, leased: Leased) -> datetime:
        """When a try has to begin at the latest, so that it ends and is recorded within the lease."""
        return leased.expires_at - timedelta(seconds=self._world.timeout_s + RECORD_S)

    def _closed_until(self, now: datetime) -> datetime | None:
        """Until when nobody is sent anything by this channel; None where a message may go now.

        A receiver that asked us to come later is left alone by all its messages, not only by the one it said it to.
        """
        if self._config is None:
            return None
        until = self._outbox.limits.next_at(self._name, now)
        # Asked last, for a yes of it makes us the probe.
        return until if until is not None else self._outbox.circuits.may_try(self._origin(), self._name, now)

    def _origin(self) -> str:
        from tracker.notify.channels.posting import origin

        return origin(self._config, self._world) if self._config is not None else ""

    def _let_go(self, *more: Leased) -> None:
        """Give back all that is leased, to whoever may send it when the channel is switched on again."""
        with self._changed:
            found = [*more, *self._todo.values()]
            self._todo.clear()
        if found:
            now = self._outbox.now()
            self._defer({leased.delivery.id: now for leased in found})

    # ---------------------------------------------------------------- one try

    def _try(self, leased: Leased) -> None:
        outbox, origin = self._outbox, self._origin()
        if self._is_disabled():
            outbox.circuits.record(origin, self._name, Attempt(ok=False), outbox.now())
            self._let_go(leased)
            return
        attempt = self._attempt(leased)
        if attempt is None:
            outbox.circuits.record(origin, self._name, Attempt(ok=False), outbox.now())
            outbox.on_try("deferred")
            return
        outbox.on_stage("attempt")
        at = outbox.now()
        outbox.circuits.record(origin, self._name, attempt, at)
        self._leave_alone(attempt, at)
        if not attempt.ok:
            self._settle(0)  # what came before it is part of how the channel has done
        before = ChannelState(channel=self._name) if attempt.ok else outbox.store.channel_state(self._name)
        step = plan(leased.delivery, attempt, at=at, chance=outbox.chance(), channel=before, waits_s=outbox.waits_s)
        recorded = outbox.store.begin_finish(
            step.kind, leased.delivery, step.attempt, at, step.retry_at, shrink=step.shrink, disable=step.disable
        )
        if step.kind == "sent":
            with self._changed:
                self._unrecorded[leased.delivery.id] = recorded
            return
        recorded.result()
        outbox.on_stage("mark_sent")
        outbox.on_try(step.kind)
        if step.disable is not None:
            self._seen_on_at = -LOOK_EVERY_S
            self._let_go()

    def _settle(self, most: int) -> None:
        """Count those that are recorded, and wait until at most so many are not. Raises what the store raises."""
        while self._unrecorded:
            id, recorded = next(iter(self._unrecorded.items()))
            if len(self._unrecorded) <= most and not recorded.done():
                return
            recorded.result()
            with self._changed:
                del self._unrecorded[id]
            self._outbox.on_stage("mark_sent")
            self._outbox.on_try("sent")

    def _is_disabled(self) -> bool:
        """Whether the channel is switched off: by this lane, or by a person, which is seen a second later."""
        if (at := time.monotonic()) - self._seen_on_at < LOOK_EVERY_S:
            return False
        is_disabled = self._outbox.store.channel_state(self._name).disabled_at is not None
        if not is_disabled:
            self._seen_on_at = at
        return is_disabled

    def _leave_alone(self, attempt: Attempt, at: datetime) -> None:
        """What the receiver asks of the whole channel: with a refusal, or (Discord) with a yes to the last one."""
        if attempt.retry_after_s is not None and (attempt.ok or attempt.status in THROTTLED):
            self._outbox.limits.leave_alone(self._name, at + timedelta(seconds=attempt.retry_after_s))
        elif attempt.status == 429:  # without a time: as long as this message waits, for none of the others is let in
            wait_s = next((wait_s for wait_s in self._outbox.waits_s if wait_s), 0)
            self._outbox.limits.leave_alone(self._name, at + timedelta(seconds=wait_s))

    def _attempt(self, leased: Leased) -> Attempt | None:
        if self._maker is None or self._channel is None:
            told = f"channel {self._name!r} is not in config/subscriptions.toml"
            return Attempt(ok=False, error=told, reason="retired")
        delivery, made = leased.delivery, self._maker.made(leased)
        with self._changed:
            waiting = list(islice(self._todo.values(), MOST_LOOKED_AT))
        self._maker.make_ahead(waiting)
        if made is None:
            return None
        if isinstance(made.body, Attempt):
            return made.body
        body, note = made.body, made.note
        if not is_as_tried(body, delivery):
            told = "the kept message is not the one that was tried before: run tracker verify"
            return Attempt(ok=False, error=told)
        message = Message(id=delivery.id, body=body, subscription=delivery.subscription, taken=delivery.taken)
        now = self._outbox.now()
        self._outbox.limits.take(self._name, now)
        try:
            attempt = self._channel.send(message, now=now)
        except Exception as wrong:  # noqa: BLE001  # an answer that one kind stumbles over must not stop all the others
            attempt = Attempt(ok=False, error=f"the channel broke: {type(wrong).__name__}", elapsed_ms=0)
        note = "; ".join(filter(None, (attempt.note, note))) if attempt.ok else attempt.note
        return replace(attempt, body_sha256=sha256(body), note=note)
