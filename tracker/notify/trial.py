"""A trial of a channel: the real way out with an invented change, so that what works here works later.

Same renderer, secret, signature, guard and limits as any message; only the outbox is left out, so nothing is recorded
and nothing is tried again. It says `[TEST]` to people and carries the flag `test` for programs.
"""

from datetime import datetime, timedelta

from tracker import clock
from tracker.document.edit import Comparison, Edit, Salience
from tracker.document.identity import short_id
from tracker.errors import UsageError
from tracker.events.types import Attempt, Change, VersionMark
from tracker.notify.channels import KINDS, Message, Surroundings
from tracker.notify.route import delivery_id
from tracker.notify.subscriptions import Subscriptions


def send_test(subscriptions: Subscriptions, name: str, world: Surroundings, *, now: datetime) -> Attempt:
    """Send one trial message through the channel of this name and tell what became of it. Raises UsageError."""
    config = subscriptions.channel(name)
    if config is None:
        known = ", ".join(c.name for c in subscriptions.channels)
        remedy = f"Known: {known}" if known else "Add one: tracker channels add NAME KIND URL"
        raise UsageError(f"No channel is named {name!r}", remedy=remedy)
    kind = KINDS[config.kind]
    change = trial_change(now)
    delivery = delivery_id(change.id, "trial", config.name)
    channel = kind.make(config, world)
    try:
        return channel.send(Message(id=delivery, body=kind.render(change, delivery, "trial")), now=now)
    finally:
        channel.close()


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
        profile="test",
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
