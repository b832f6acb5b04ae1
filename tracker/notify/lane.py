"""One channel's thread: its messages one after the other, each tried once and the try recorded."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracker.document.canonical import sha256
from tracker.events.types import Attempt, Delivery
from tracker.notify.channels import KINDS, Channel, ChannelConfig, Message, Surroundings
from tracker.notify.retry import THROTTLED, plan
from tracker.store import Store

RECORD_S = 2.0  # of a lease, kept for recording the try


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A delivery that is ours until `expires_at`; its body, if it was rendered before."""

    delivery: Delivery
    body: bytes | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What a lane needs to record a try: the store, the clock, the schedule, and who is told."""

    store: Store
    now: Callable[[], datetime]
    chance: Callable[[], float]
    waits_s: tuple[float, ...]
    on_stage: Callable[[str], None]
    on_try: Callable[[str], None]


class Lane:
    """The thread of one channel. on_dry: called when it has nothing to do, with what broke it where something did."""

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
        self._channel: Channel | None = KINDS[config.kind].make(config, world) if config else None
        self._changed = threading.Condition()
        self._todo: dict[str, Leased] = {}
        self._current: str | None = None
        self._is_ending = False
        self._closed_until: datetime | None = None
        self._thread = threading.Thread(target=self._run, name=f"channel {name}", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether it has nothing to do."""
        with self._changed:
            return not self._todo and self._current is None

    def put(self, leased: Leased) -> None:
        """Give it a message to try. One that it has already, under a lease that ran out meanwhile, is not doubled."""
        with self._changed:
            if leased.delivery.id == self._current:
                return
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
                if self._may_begin(leased):
                    self._try(leased)
        except BaseException as error:  # noqa: BLE001  # raised again where the loop runs: a thread's error is seen by nobody
            with self._changed:
                self._todo.clear()
                self._current = None
            self._on_dry(error)
        finally:
            if self._channel is not None:
                self._channel.close()

    def _next(self) -> Leased | None:
        with self._changed:
            self._current = None
            if not self._todo and not self._is_ending:
                self._on_dry(None)
            while not self._todo and not self._is_ending:
                self._changed.wait()
            if self._is_ending:
                return None
            self._current = next(iter(self._todo))
            return self._todo.pop(self._current)

    def _may_begin(self, leased: Leased) -> bool:
        """Whether there is time for a whole try before the lease ends; else it is left to be leased again.

        A receiver that asked us to come later is left alone by all its messages, not only by the one it said it to.
        """
        last_start = leased.expires_at - timedelta(seconds=self._world.timeout_s + RECORD_S)
        with self._changed:
            while self._closed_until is not None and self._outbox.now() < self._closed_until <= last_start:
                self._changed.wait((self._closed_until - self._outbox.now()).total_seconds())
                if self._is_ending:
                    return False
        now = self._outbox.now()
        return now <= last_start and (self._closed_until is None or self._closed_until <= now)

    def _try(self, leased: Leased) -> None:
        outbox = self._outbox
        attempt = self._attempt(leased)
        outbox.on_stage("attempt")
        at = outbox.now()
        if attempt.status in THROTTLED and attempt.retry_after_s is not None:
            self._closed_until = at + timedelta(seconds=attempt.retry_after_s)
        step = plan(leased.delivery, attempt, at=at, chance=outbox.chance(), waits_s=outbox.waits_s)
        outbox.store.finish(step.kind, leased.delivery, step.attempt, at, step.retry_at)
        outbox.on_stage("mark_sent")
        outbox.on_try(step.kind)

    def _attempt(self, leased: Leased) -> Attempt:
        if self._config is None or self._channel is None:
            return Attempt(ok=False, error=f"channel {self._name!r} is not in config/subscriptions.toml")
        delivery, body = leased.delivery, leased.body
        if body is None or not _is_as_tried(body, delivery):
            change = self._outbox.store.change(delivery.change)
            try:
                body = KINDS[self._config.kind].render(change, delivery.id, delivery.subscription)
            except Exception as wrong:  # noqa: BLE001  # one change that cannot be rendered must not hold up all others
                return Attempt(ok=False, error=f"change {change.id} cannot be rendered: {type(wrong).__name__}")
            if leased.body is None:
                body = self._outbox.store.freeze(delivery.id, body)
            if not _is_as_tried(body, delivery):
                told = "the kept message is not the one that was tried before: run tracker verify"
                return Attempt(ok=False, error=told)
        attempt = self._channel.send(Message(id=delivery.id, body=body), now=self._outbox.now())
        return replace(attempt, body_sha256=sha256(body))


def _is_as_tried(body: bytes, delivery: Delivery) -> bool:
    """Whether these bytes are those of the earlier tries: nothing is signed that somebody put in their place."""
    return delivery.body_sha256 is None or sha256(body) == delivery.body_sha256
