"""A message as a line of a JSON-lines file, led by the delivery it is: `tracker.change/1`, or a trouble. Pure."""

import orjson

from tracker import clock
from tracker.notify.telling import Telling

DELIVERY_KEY = b'{"delivery":"'  # how every line begins; channels/jsonl.py knows its own lines by it


def line(telling: Telling) -> bytes:
    """The line, with its line feed. JSON escapes line feeds inside texts, so it is one."""
    head = {"delivery": telling.delivery, "subscription": telling.reasons[0].subscription if telling.reasons else ""}
    if telling.changes:
        told = telling.changes[0].to_json(link(telling))
        return orjson.dumps({**head, **told}) + b"\n"
    about = {"schema": "tracker.trouble/1", "at": clock.iso(telling.at), **(telling.about or {})}
    return orjson.dumps({**head, **about}) + b"\n"


def link(telling: Telling) -> str | None:
    """Where the first change is shown, by us; None for nowhere."""
    return f"{telling.link_base.rstrip('/')}/c/{telling.changes[0].id}" if telling.link_base else None
