"""Which changes are told to whom. Pure.

Lives here: the alerts of changes, and the id of each. Not here: the language (subscriptions), what matches (match),
the sending (deliver).
"""

import math
from collections.abc import Callable, Iterable, Mapping

from tracker.document.identity import short_id
from tracker.events.deliveries import AT_ONCE, Alert
from tracker.events.types import Change
from tracker.notify.match import Matched, matches
from tracker.notify.rules import Subscription, Subscriptions

PAGE_CAUSES = ("removed", "restored")
_NO_GROUPS: Mapping[str, tuple[str, ...]] = {}


def route(
    changes: Iterable[Change],
    subscriptions: Subscriptions,
    *,
    until: float = math.inf,
    undecided: Callable[[str], None] = lambda subscription: None,
) -> tuple[Alert, ...]:
    """The alerts that these changes owe, one a send of each subscription that wants the change.

    Routed again they have the same ids, so that nothing is owed twice. Order: changes, subscriptions, sends.
    until: when no expression is tried any longer (match.py). undecided: told of each rule that counts as matched only
    because it could not be decided of a change.
    """
    found: list[Alert] = []
    told: set[tuple[str, str, str, str]] = set()  # of a page as a whole, which is told once, with its first chapter
    for change in changes:
        for subscription in subscriptions.subscriptions:
            wanted = matches(subscription.match, change, subscriptions.groups, until=until)
            if wanted is None:
                continue
            if wanted.trouble:
                undecided(subscription.id)
            for send in subscription.sends:
                when = str(send.when)
                place = (subscription.id, send.to, when, change.watch)
                if change.cause in PAGE_CAUSES and place in told:
                    continue
                told.add(place)
                id = alert_id(change.id, subscription.id, send.to, when)
                found.append(Alert(id=id, change=change.id, subscription=subscription.id, channel=send.to, when=when))
    return tuple(found)


def wants(
    subscription: Subscription, change: Change, groups: Mapping[str, tuple[str, ...]] = _NO_GROUPS
) -> Matched | None:
    """What of this change a subscription asks for; None where it does not. groups: name → globs over profiles."""
    return matches(subscription.match, change, groups)


def alert_id(change: str, subscription: str, channel: str, when: str = AT_ONCE) -> str:
    """The stable id of an alert; of one that is told alone it is its delivery's too, the `webhook-id`.

    No dot in it, since a signature is over `id.timestamp.body`.
    """
    return short_id("d", change, subscription, channel, *(() if when == AT_ONCE else (when,)))
