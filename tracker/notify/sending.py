"""One delivery now: tried the way the loop (deliver.py) tries it, and no other with it. Also: giving deliveries up."""

import random
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tracker import clock
from tracker.errors import UsageError
from tracker.events.deliveries import Attempt, Delivery
from tracker.events.tellings import delivery_attempted
from tracker.notify.channels import Surroundings
from tracker.notify.lane import RECORD_S, Lane
from tracker.notify.leases import Leased, Outbox
from tracker.notify.retry import WAITS_S, ReasonOfDeath
from tracker.notify.rules import Subscriptions
from tracker.notify.tell import Tellings
from tracker.store import Store

_MANY = 500  # events of one append


def send_now(
    store: Store,
    id: str,
    subscriptions: Subscriptions,
    world: Surroundings,
    *,
    now: Callable[[], datetime] = clock.now,
) -> Delivery:
    """Try one delivery and record the try; gives the delivery as it stands then.

    For the process that holds the store while nothing else delivers. Raises what the store raises.
    """
    delivery = store.delivery(id)
    done, raised = threading.Event(), list[BaseException]()

    def on_dry(error: BaseException | None) -> None:
        if error is not None:
            raised.append(error)
            done.set()

    outbox = Outbox(
        store=store,
        now=now,
        chance=random.random,
        waits_s=WAITS_S,
        telling=Tellings(store, subscriptions, world.link_base),
        on_stage=lambda stage: None,
        on_try=lambda kind: done.set(),
    )
    expires_at = now() + timedelta(seconds=2 * world.timeout_s + RECORD_S)
    lane = Lane(delivery.channel, subscriptions.channel(delivery.channel), world, outbox, on_dry)
    try:
        lane.put(Leased(delivery=delivery, body=store.frozen(id), expires_at=expires_at))
        done.wait(2 * world.timeout_s + RECORD_S)
    finally:
        lane.end()
        lane.join()
    if raised:
        raise raised[0]
    return store.delivery(id)


def give_up(store: Store, deliveries: Sequence[Delivery], why: str, reason: ReasonOfDeath, at: datetime) -> None:
    """Send these no more. why: for a person. It counts as no try, and is held against no channel.

    Raises UsageError for one that is not owed.
    """
    for delivery in deliveries:
        if delivery.state not in ("owed", "retrying"):
            raise UsageError(f"{delivery.id} is not owed", where=delivery.state, remedy="See: tracker deliveries list")
    attempt = Attempt(ok=False, error=why, permanent=True, spends=False, reason=reason)
    for start in range(0, len(deliveries), _MANY):
        some = deliveries[start : start + _MANY]
        events = tuple(delivery_attempted("dead", one, attempt, at, None, reason=reason) for one in some)
        store.append(events, key=f"given-up/{some[0].id}/{len(some)}/{clock.to_us(at)}")
