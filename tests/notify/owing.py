"""A store that owes deliveries: first records of invented profiles, recorded the way that a check records them."""

from collections.abc import Sequence
from datetime import datetime

from tracker.compare.changes import Sight, changes, profile_text_sha256
from tracker.document.canonical import sha256
from tracker.document.identity import with_new_ids
from tracker.document.model import Chapter, Document, Prose, Text
from tracker.events import bodies
from tracker.events.deliveries import Alert
from tracker.events.looks import Capture, Verdict, Watch
from tracker.events.types import Reading, Standing
from tracker.notify.route import alert_id
from tracker.store import Store
from tracker.store.record import record_snapshot

SUBSCRIPTION = "everything"


def owe(
    store: Store, profile: str, channels: Sequence[str], *, at: datetime, count: int = 1, text: str = "A sentence."
) -> tuple[Alert, ...]:
    """Record the first look at a profile of `count` chapters; each change is owed to every channel, in this order."""
    chapters = tuple(
        Chapter(f"chapter-{n}", f"Chapter {n}", None, None, blocks=(Prose(Text(f"{text} {n}")),)) for n in range(count)
    )
    document = with_new_ids(Document(profile.title(), chapters), profile)
    url = f"https://monitor.example/{profile}"
    sight = Sight(watch=profile, profile=profile, source_url=url, captured_at=at, first_at=at)
    found = changes(Standing(watch=profile), document, None, sight)
    alerts = tuple(
        Alert(
            id=alert_id(change.id, SUBSCRIPTION, channel),
            change=change.id,
            subscription=SUBSCRIPTION,
            channel=channel,
        )
        for change in found
        for channel in channels
    )
    body = f"<h1>{profile}</h1>".encode()
    capture = Capture(
        fetch_id=f"f_{profile}",
        url=url,
        final_url=url,
        status=200,
        headers=(),
        media_type="text/html",
        charset="utf-8",
        body=body,
        body_sha256=sha256(body),
        requested_at=at,
        captured_at=at,
    )
    reading = Reading(
        verdict=Verdict("ok"),
        document=document,
        profile=profile,
        text_sha256=profile_text_sha256(document),
        changes=found,
        extractor="test/1",
        publisher="generic",
    )
    added = bodies.watch_configured("added", profile, url=url, profile=profile, publisher=None, every_s=None)
    store.append((added,), key=f"added/{profile}")
    record_snapshot(store, Watch(name=profile, url=url), Standing(watch=profile, version=1), capture, reading, alerts)
    return alerts
