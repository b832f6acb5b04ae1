"""What the pieces of delivery share: a delivery that is ours for a while, and what it takes to send it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tracker.events.deliveries import Delivery
from tracker.notify.circuit import Circuits
from tracker.notify.limits import Limits
from tracker.notify.telling import Telling
from tracker.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A delivery that is ours until `expires_at`; its body, if it was rendered before."""

    delivery: Delivery
    body: bytes | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What a lane needs to make a message and record a try: the store, the clock, the schedule, and who is told.

    telling: what a delivery has to tell. on_try: called with `sent`, `failed` or `dead`, or `deferred`: messages were
    let go until later. circuits, limits: of all channels, for as long as the process lives.
    """

    store: Store
    now: Callable[[], datetime]
    chance: Callable[[], float]
    waits_s: tuple[float, ...]
    telling: Callable[[Delivery], Telling]
    on_stage: Callable[[str], None]
    on_try: Callable[[str], None]
    circuits: Circuits = field(default_factory=Circuits)
    limits: Limits = field(default_factory=Limits)
