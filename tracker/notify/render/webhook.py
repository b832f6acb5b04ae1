"""A change as the body of a webhook: CloudEvents 1.0, structured JSON, and the payload of Standard Webhooks at once.

Structured, not binary: a signature covers the body only, so attributes in headers would be unsigned. `timestamp` is a
CloudEvents extension; with it `type`, `timestamp` and `data` are what Standard Webhooks asks for. Pure.
"""

import orjson

from tracker import clock
from tracker.document.edit import LEVELS, Edit
from tracker.events.types import Change

SOURCE = "urn:tracker"  # CloudEvents: source and id together are unique; our ids are hashes of what they name
TYPE = "tracker.change.detected"
MEDIA_TYPE = "application/cloudevents+json"  # CloudEvents HTTP binding §3.2: this is what says "structured"
MAX_BODY_BYTES = 64 * 1024 - 1  # CloudEvents §5: intermediaries must forward events of up to 64 KiB
_COUNT_BYTES = 40  # room for `"truncated":N,` and the brackets


def cloudevent(change: Change, delivery: str, *, subscription: str) -> bytes:
    """The body: the same bytes for the same change and delivery, below 64 KiB.

    Where the edits do not all fit, the least salient are left out whole, and `data.truncated` says how many.
    """
    body = _event(change, delivery, subscription, change.to_json())
    if len(body) <= MAX_BODY_BYTES:
        return body
    bare = change.to_json() | {"edits": [], "neutral": []}
    room = MAX_BODY_BYTES - _COUNT_BYTES - len(_event(change, delivery, subscription, bare))
    kept = _fitting(change, room)
    bare["edits"] = [edit.to_json() for edit in change.comparison.edits if id(edit) in kept]
    bare["neutral"] = [edit.to_json() for edit in change.comparison.neutral if id(edit) in kept]
    bare["truncated"] = len(change.comparison.edits) + len(change.comparison.neutral) - len(kept)
    return _event(change, delivery, subscription, bare)


def _event(change: Change, delivery: str, subscription: str, data: dict[str, object]) -> bytes:
    at = clock.iso(change.recorded_at or change.not_later_than)
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": delivery,
            "source": SOURCE,
            "type": TYPE,
            "subject": f"{change.profile}/{change.chapter}",
            "time": at,
            "datacontenttype": "application/json",
            "timestamp": at,
            "subscription": subscription,
            "data": data,
        }
    )


def _fitting(change: Change, room: int) -> set[int]:
    """The edits that fit into so many bytes, by identity: the most salient first, news before neutral ones."""

    def rank(edit: Edit) -> int:
        return -LEVELS.index(edit.salience.level)

    kept: set[int] = set()
    for edit in (*sorted(change.comparison.edits, key=rank), *change.comparison.neutral):
        size = len(orjson.dumps(edit.to_json())) + 1
        if size <= room:
            kept.add(id(edit))
            room -= size
    return kept
