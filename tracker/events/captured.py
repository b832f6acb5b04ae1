"""The capture that a `snapshot.recorded` tells of, put together again: what is read once can be read anew. Pure."""

from collections.abc import Mapping
from typing import Any  # payloads: JSON data

from tracker import clock
from tracker.events.looks import Capture, Source, Validators


def captured(payload: Mapping[str, Any], body: bytes) -> Capture:
    """The exchange as it was recorded. payload: of a `snapshot.recorded`; body: the recorded bytes that it names."""
    told = payload.get("source")
    return Capture(
        fetch_id=payload["fetch"],
        url=payload["url"],
        final_url=payload["final_url"],
        status=payload["status"],
        headers=tuple((name, value) for name, value in payload["headers"]),
        media_type=payload["media_type"],
        charset=payload["charset"],
        body=body,
        body_sha256=payload["body_sha256"],
        requested_at=clock.from_iso(payload["requested_at"]),
        captured_at=clock.from_iso(payload["captured_at"]),
        validators=Validators(
            etag=payload["etag"],
            last_modified=payload["last_modified"],
            vary=payload.get("vary"),
            variant=payload.get("variant"),
        ),
        hops=tuple(payload["hops"]),
        source=Source(kind=told["kind"], origin=told["from"], precision=told.get("precision", "")) if told else None,
    )
