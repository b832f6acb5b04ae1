"""A change as a line of a JSON-lines file: `tracker.change/1`, led by the delivery it is. Pure."""

import orjson

from tracker.events.types import Change

DELIVERY_KEY = b'{"delivery":"'  # how every line begins; channels/jsonl.py knows its own lines by it


def line(change: Change, delivery: str, *, subscription: str) -> bytes:
    """The line, with its line feed. JSON escapes line feeds inside texts, so it is one."""
    return orjson.dumps({"delivery": delivery, "subscription": subscription, **change.to_json()}) + b"\n"
