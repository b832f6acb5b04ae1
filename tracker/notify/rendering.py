"""One message rendered for its channel; where a renderer stumbles over it, in brief, so that it is told in any case."""

from collections.abc import Callable
from dataclasses import replace

from tracker.document.edit import Comparison
from tracker.errors import TrackerError
from tracker.events.deliveries import Attempt, Delivery
from tracker.notify.channels import KINDS, ChannelConfig
from tracker.notify.telling import Telling


def rendered(
    telling_of: Callable[[Delivery], Telling], delivery: Delivery, config: ChannelConfig
) -> tuple[bytes, str] | Attempt:
    """The message, and what is to be noted about it; or the failure to make one.

    No text of an error is kept, since it may repeat a page. Raises what the record raises that is not whole.
    """
    try:
        telling = replace(telling_of(delivery), small=delivery.shrunk)
    except TrackerError:
        raise
    except Exception as wrong:  # noqa: BLE001  # one message that cannot be made must not hold up all others
        told = f"{delivery.id} cannot be put together: {type(wrong).__name__}"
        return Attempt(ok=False, error=told, reason="unrenderable")
    render = KINDS[config.kind].render
    try:
        return render(telling, config), ""
    except Exception as wrong:  # noqa: BLE001  # the same; and that something happened is told in any case
        whole = type(wrong).__name__
    try:
        return render(_in_brief(telling), config), f"told in brief, for whole it cannot be rendered: {whole}"
    except Exception as wrong:  # noqa: BLE001  # the same
        told = f"{delivery.id} cannot be rendered: {whole}, and in brief: {type(wrong).__name__}"
        return Attempt(ok=False, error=told, permanent=True, reason="unrenderable")


def _in_brief(telling: Telling) -> Telling:
    """The same message without any page text but titles: which chapters changed, and where to see how."""
    changes = tuple(replace(change, comparison=Comparison()) for change in telling.changes)
    return replace(telling, changes=changes, matched={}, max_items=0)
