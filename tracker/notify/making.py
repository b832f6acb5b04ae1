"""A channel's messages, made before they are sent: rendered once, kept, and where many wait, several at a time.

Not here: what a message says (rendering.py), which one goes next (lane.py).
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from tracker.document.canonical import sha256
from tracker.events.deliveries import Attempt, Delivery
from tracker.notify.channels import ChannelConfig
from tracker.notify.leases import Leased, Outbox
from tracker.notify.rendering import rendered

MOST_AHEAD = 8  # messages that are made and kept before their turn, where so many wait, to share a commit


@dataclass(frozen=True, slots=True)
class Made:
    """A message as it is kept for a lease of it, or the failure to make one."""

    leased: Leased
    body: bytes | Attempt
    note: str = ""


class Maker:
    """Makes the messages of one channel. Used by its lane's thread."""

    def __init__(self, name: str, config: ChannelConfig, outbox: Outbox) -> None:
        self._name, self._config, self._outbox = name, config, outbox
        self._made: dict[str, Made] = {}  # by id, before their turn
        self._coming: Future[dict[str, Made]] | None = None  # more of them
        self._pool: ThreadPoolExecutor | None = None

    def close(self) -> None:
        """Wait for what is being made."""
        if self._pool is not None:
            self._pool.shutdown()

    def made(self, leased: Leased) -> Made | None:
        """The message for this lease, None where it is owed no longer."""
        id = leased.delivery.id
        if id not in self._made and self._coming is not None:
            self._made |= self._coming.result()
            self._coming = None
        found = self._made.pop(id, None)
        if found is None or found.leased is not leased:
            found = self._make((leased,)).get(id)
        return found

    def make_ahead(self, waiting: Sequence[Leased]) -> None:
        """Make those that are next meanwhile, in another thread, where many wait. waiting: in their order."""
        if self._coming is not None or len(self._made) >= MOST_AHEAD:
            return
        at = {leased.delivery.id: leased for leased in waiting}
        self._made = {id: one for id, one in self._made.items() if at.get(id) is one.leased}
        near = [leased for leased in waiting[: 2 * MOST_AHEAD] if leased.delivery.id not in self._made]
        # One whose turn is not near would tell what stood when it was made.
        turn = self._outbox.limits.next_at(self._name, self._outbox.now(), ahead=2 * MOST_AHEAD)
        if len(near) >= MOST_AHEAD and turn is None:
            self._pool = self._pool or ThreadPoolExecutor(1, thread_name_prefix=f"make {self._name}")
            self._coming = self._pool.submit(self._make, near[:MOST_AHEAD])

    def _make(self, some: Sequence[Leased]) -> dict[str, Made]:
        """These messages as they are kept, by one commit. One that was given up meanwhile is left out."""
        found = {one.delivery.id: self._rendered(one) for one in some}
        new = {id: one.body for id, one in found.items() if isinstance(one.body, bytes) and one.leased.body is None}
        kept = self._outbox.store.begin_freeze(new, self._config.kind).result() if new else {}
        found |= {id: replace(found[id], body=body) for id, body in kept.items()}
        return {id: one for id, one in found.items() if id in kept or id not in new}

    def _rendered(self, leased: Leased) -> Made:
        made_for = leased.delivery.made_for
        if leased.body is not None and made_for is not None and made_for != self._config.kind:
            told = f"it was made for a channel of kind {made_for}, and is made anew"
            return Made(leased, Attempt(ok=False, error=told, anew=True))
        if leased.body is not None and is_as_tried(leased.body, leased.delivery):
            return Made(leased, leased.body)
        found = rendered(self._outbox.telling, leased.delivery, self._config)
        if leased.body is None and not isinstance(found, Attempt) and not is_as_tried(found[0], leased.delivery):
            return Made(
                leased, Attempt(ok=False, error="the message that was tried is not kept; it is made anew", anew=True)
            )
        return Made(leased, found) if isinstance(found, Attempt) else Made(leased, *found)


def is_as_tried(body: bytes, delivery: Delivery) -> bool:
    """Whether these bytes are those of the earlier tries: nothing is signed that somebody put in their place."""
    return delivery.body_sha256 is None or sha256(body) == delivery.body_sha256
