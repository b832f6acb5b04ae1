"""Trying a channel: a message that says so of itself, sent the way of all others.

Lives here: what a trial tells, and that it is owed. Not here: the sending of it (sending.py, deliver.py).
"""

import secrets
from datetime import datetime, timedelta

from tracker import clock
from tracker.document.edit import Comparison, Edit, Salience
from tracker.document.identity import short_id
from tracker.events.deliveries import Composed
from tracker.events.types import Change, VersionMark

PROFILE = "test"


def trial_message(channel: str, now: datetime) -> Composed:
    """A trial of a channel, to be made owed: another message each time."""
    id = short_id("d", "trial", channel, clock.iso(now), secrets.token_hex(8))
    return Composed(delivery=id, channel=channel, form="test", profile=PROFILE)


def trial_change(now: datetime) -> Change:
    """The change that a trial tells of: a sentence of an invented chapter, within the hour before `now`."""
    before = _version(now - timedelta(hours=1), "before")
    after = _version(now, "after")
    salience = Salience("none", ("test",))
    edit = Edit(
        id=short_id("e", "trial"),
        kind="replaced",
        chapter="test",
        chapter_title="[TEST] Test",
        section=("[TEST] How it works",),
        old="[TEST] This channel has not been tried.",
        new="[TEST] This channel has been tried.",
        spans=(("=", "[TEST] This channel has "), ("-", "not "), ("=", "been tried.")),
        salience=salience,
    )
    return Change(
        id=short_id("c", "trial", clock.iso(now)),
        profile=PROFILE,
        chapter="test",
        chapter_title="[TEST] Test",
        watch="test",
        before=before,
        after=after,
        happened_after=before.seen_at,
        not_later_than=now,
        cause="content",
        flags=("test",),
        salience=salience,
        comparison=Comparison(edits=(edit,)),
        source_url="https://example.org/",
        engine="trial",
        recorded_at=now,
    )


def _version(at: datetime, text: str) -> VersionMark:
    sha256 = short_id("", "trial", text)[1:] * 4
    return VersionMark(
        chapter="test",
        address=clock.address(at),
        text_sha256=sha256,
        norm_sha256=sha256,
        document_date=None,
        document_sha256=None,
        captured_at=at,
        seen_at=at,
    )
