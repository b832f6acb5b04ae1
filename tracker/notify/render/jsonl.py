"""A message as a line of a JSON-lines file, led by the delivery it is: `tracker.change/1`, or a trouble. Pure."""

import orjson

from tracker import clock
from tracker.notify.telling import Telling

DELIVERY_KEY = b'{"delivery":"'  # how every line begins; channels/jsonl.py knows its own lines by it


def line(telling: Telling) -> bytes:
    """The line, with its line feed. JSON escapes line feeds inside texts, so it is one."""
    first = telling.reasons[0] if telling.reasons else None
    why = {"subscription": first.subscription, "rule": first.rule} if first is not None else {"subscription": ""}
    head = {"delivery": telling.delivery, **why}
    if telling.changes:
        told = telling.changes[0].to_json(link(telling))
        return orjson.dumps({**head, **told}) + b"\n"
    about = {"schema": "tracker.trouble/1", "at": clock.iso(telling.at), **(telling.about or {})}
    return orjson.dumps({**head, **about}) + b"\n"


def link(telling: Telling) -> str | None:
    """Where the first change is shown, by us; None for nowhere."""
    is_shown = telling.link_base and not telling.is_test
    return f"{telling.link_base.rstrip('/')}/c/{telling.changes[0].id}" if is_shown else None
