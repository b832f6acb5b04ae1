"""Which changes are told to whom. Pure.

Lives here: whether a subscription wants a change, and the id of each delivery. Not here: the language (subscriptions),
the sending (deliver).
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from tracker.document.edit import LEVELS
from tracker.document.identity import short_id
from tracker.events.types import Alert, Change
from tracker.notify.subscriptions import DEFAULT_CAUSES, Subscription, Subscriptions

PAGE_CAUSES = ("removed", "restored")


def route(changes: Iterable[Change], subscriptions: Subscriptions) -> tuple[Alert, ...]:
    """The alerts that these changes owe, one a channel of each subscription that wants the change.

    Routed again they have the same ids, so that nothing is owed twice. Order: changes, subscriptions, channels.
    """
    found: list[Alert] = []
    told: set[tuple[str, str]] = set()  # of the page as a whole, which is told once, with its first chapter
    for change in changes:
        for subscription in subscriptions.subscriptions:
            if not wants(subscription, change):
                continue
            for channel in subscription.to:
                if change.cause in PAGE_CAUSES and (subscription.id, channel) in told:
                    continue
                told.add((subscription.id, channel))
                delivery = delivery_id(change.id, subscription.id, channel)
                found.append(Alert(delivery=delivery, change=change.id, subscription=subscription.id, channel=channel))
    return tuple(found)


def wants(subscription: Subscription, change: Change) -> bool:
    """Whether a subscription asks for this change."""
    if change.cause not in subscription.causes:
        return False
    if not change.edits and change.cause in DEFAULT_CAUSES:
        return False  # nothing that a reader sees: no news, whatever the cause is called
    return (
        LEVELS.index(change.salience.level) >= LEVELS.index(subscription.salience)
        and any(fnmatchcase(change.profile, glob) for glob in subscription.profiles)
        and any(fnmatchcase(change.chapter, glob) for glob in subscription.chapters)
    )


def delivery_id(change: str, subscription: str, channel: str) -> str:
    """The stable id of a delivery, the `webhook-id`: no dot in it, since a signature is over `id.timestamp.body`."""
    return short_id("d", change, subscription, channel)
