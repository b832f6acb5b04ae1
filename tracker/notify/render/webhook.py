"""A message as the body of a webhook: CloudEvents 1.0, structured JSON, and the payload of Standard Webhooks at once.

Structured, not binary: a signature covers the body only, so attributes in headers would be unsigned. `timestamp` is a
CloudEvents extension; with it `type`, `timestamp` and `data` are what Standard Webhooks asks for; `sequence` orders
messages. Lives here: the event around the data, and the data of trouble. Not here: data of changes (changes.py). Pure.
"""

import orjson

from tracker import clock
from tracker.notify.render.changes import many, one
from tracker.notify.render.redline import safe
from tracker.notify.telling import Telling

SOURCE = "urn:tracker"  # CloudEvents: source and id together are unique; our ids are hashes of what they name
MEDIA_TYPE = "application/cloudevents+json"  # CloudEvents HTTP binding §3.2: this is what says "structured"
MAX_BODY_BYTES = 64 * 1024 - 1  # CloudEvents §5: intermediaries must forward events of up to 64 KiB
SMALL_BODY_BYTES = 20_000  # Standard Webhooks: what every receiver is to bear; for one that refused more
TYPES = (
    "tracker.change.detected",
    "tracker.change.test",
    "tracker.changes.group",
    "tracker.changes.digest",
    "tracker.changes.storm",
    "tracker.changes.site_wide",
    "tracker.trouble.began",
    "tracker.trouble.ended",
)
_RULE_CHARS = 1_000
_SUBJECT_CHARS = 300
_DETAIL_CHARS = 3000


def cloudevent(telling: Telling) -> bytes:
    """The body: the same bytes for the same message, below 64 KiB.

    Where not all fits, the least salient edits are left out whole, then changes, and `data.truncated` says how many.
    """
    most = SMALL_BODY_BYTES if telling.small else MAX_BODY_BYTES
    room = most - len(_event(telling, {}))
    if telling.form == "trouble" or not telling.changes:
        return _event(telling, _trouble(telling))
    if telling.form in ("single", "test"):
        return _event(telling, one(telling, room))
    return _event(telling, many(telling, room))


def _event(telling: Telling, data: dict[str, object]) -> bytes:
    at = telling.at
    if telling.form in ("single", "test") and telling.changes:
        at = telling.changes[0].recorded_at or telling.changes[0].not_later_than
    subscriptions = ", ".join(reason.subscription for reason in telling.reasons)
    rules = "; ".join(dict.fromkeys(reason.rule for reason in telling.reasons))[:_RULE_CHARS]
    return orjson.dumps(
        {
            "specversion": "1.0",
            "id": telling.delivery,
            "source": SOURCE,
            "type": _type(telling),
            "subject": _subject(telling)[:_SUBJECT_CHARS],
            "time": clock.iso(at),
            "datacontenttype": "application/json",
            "timestamp": clock.iso(at),
            "sequence": f"{telling.position:020d}",  # CloudEvents "sequence": compared as text
            **({"subscription": subscriptions, "rule": rules} if subscriptions else {}),
            "data": data,
        }
    )


def _type(telling: Telling) -> str:
    if telling.form == "trouble":
        return f"tracker.trouble.{'began' if (telling.about or {}).get('began', True) else 'ended'}"
    of_one = {"single": "tracker.change.detected", "test": "tracker.change.test"}
    return of_one.get(telling.form, f"tracker.changes.{telling.form}")


def _subject(telling: Telling) -> str:
    if telling.form == "trouble" or not telling.changes:
        about = telling.about or {}
        # CloudEvents: never empty where it is given.
        return "/".join(safe(str(about[key])) for key in ("kind", "subject") if about.get(key)) or telling.form
    if len(telling.changes) == 1:
        return f"{telling.changes[0].profile}/{telling.changes[0].chapter}"
    profiles = {c.profile for c in telling.changes}
    return profiles.pop() if len(profiles) == 1 else telling.form


def _trouble(telling: Telling) -> dict[str, object]:
    """`tracker.trouble/1`."""
    about = telling.about or {}
    keys = ("kind", "subject", "what", "detail", "since", "advice")
    words = {key: safe(str(about[key]))[:_DETAIL_CHARS] for key in keys if about.get(key)}
    return {"schema": "tracker.trouble/1", "began": bool(about.get("began", True)), "kind": "", "subject": "", **words}
