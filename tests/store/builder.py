"""Histories for the store's tests: what a pipeline would append, said in one line each.

A chapter here is a title and a paragraph, so that a test can name its text. Instants are minutes after START.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from tracker import clock
from tracker.document.canonical import norm_sha256, sha256, text_sha256
from tracker.document.codec import chapter_to_json
from tracker.document.edit import Cause, Comparison, Salience
from tracker.document.identity import chapter_with_new_ids, short_id
from tracker.document.model import Chapter, Document, Prose, Text, Warned
from tracker.events import bodies
from tracker.events.codec import canonical
from tracker.events.deliveries import Alert, Composed
from tracker.events.looks import Capture, FetchFailed, Outcome, Validators, Verdict, VerdictKind
from tracker.events.types import Change, CheckEntry, Event, NewEvent, Reading, VersionMark
from tracker.store import Operational, Store

START = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
PROFILE = "ruritania"


def minute(n: float) -> datetime:
    """The instant n minutes after START."""
    return START + timedelta(minutes=n)


def chapter(slug: str, words: str) -> Chapter:
    """A chapter of one paragraph, with lineage ids."""
    bare = Chapter(slug, slug.title(), None, None, blocks=(Prose(Text(words)),))
    return chapter_with_new_ids(bare, "test")


def document(chapters: Mapping[str, str], *, warnings: tuple[Warned, ...] = ()) -> Document:
    """A document of such chapters, in order."""
    return Document("Ruritania", tuple(chapter(slug, words) for slug, words in chapters.items()), warnings)


def body_of(told: Chapter) -> bytes:
    """The recorded bytes of a chapter."""
    return canonical(chapter_to_json(told))


def capture(at: datetime, body: bytes, *, url: str = "https://ruritania.example/", etag: str | None = None) -> Capture:
    """An exchange that ended at `at`."""
    return Capture(
        fetch_id=short_id("f", url, at.isoformat(), sha256(body)),
        url=url,
        final_url=url,
        status=200,
        headers=(("content-type", "text/html"),),
        media_type="text/html",
        charset="utf-8",
        body=body,
        body_sha256=sha256(body),
        requested_at=at - timedelta(seconds=1),
        captured_at=at,
        validators=Validators(etag=etag),
    )


def added(watch: str = "r", *, url: str | None = None, kind: str = "added", every_s: int | None = None) -> NewEvent:
    """A watch is configured."""
    where = url or f"https://{watch}.example/"
    return bodies.watch_configured(kind, watch, url=where, profile=None, publisher=None, every_s=every_s)


def add(store: Store, watch: str = "r", **how: str) -> Event:
    """Configure a watch."""
    return store.append((added(watch, **how),), key=f"add/{watch}/{store.head().position}")[0]


def mark(told: Chapter | None, slug: str, at: datetime) -> VersionMark:
    """The version that a capture at `at` makes of a chapter; None: it is gone."""
    return VersionMark(
        chapter=slug,
        address=clock.address(at),
        text_sha256=text_sha256(told) if told else None,
        norm_sha256=norm_sha256(told) if told else None,
        document_date=None,
        document_sha256=sha256(body_of(told)) if told else None,
        captured_at=at,
        seen_at=at,
    )


def see(
    store: Store,
    chapters: Mapping[str, str],
    at: datetime,
    *,
    watch: str = "r",
    profile: str = PROFILE,
    verdict: VerdictKind = "ok",
    channels: Sequence[str] = (),
    cause: Cause = "content",
    etag: str | None = None,
    warnings: tuple[Warned, ...] = (),
    volatile: tuple[tuple[str, str], ...] = (),
) -> tuple[Event, ...]:
    """A page with these chapters is captured and recorded, in one append, as the pipeline does it.

    channels: each is owed word of every change.
    """
    standing = store.standing(watch)
    said = document(chapters, warnings=warnings)
    got = capture(at, repr((watch, chapters)).encode(), url=f"https://{watch}.example/", etag=etag)
    text = sha256("\n".join(map(text_sha256, said.chapters)).encode())
    reading = Reading(
        verdict=Verdict(verdict, "" if verdict == "ok" else "doubt"),
        document=said,
        profile=profile,
        text_sha256=text,
        warnings=warnings,
        extractor="text/1",
        publisher="generic",
        volatile=volatile,
    )
    accepted = said.chapters if verdict == "ok" else ()
    entries = [
        bodies.chapter_entry(c.slug, c.title, None, text_sha256(c), norm_sha256(c), sha256(body_of(c)))
        for c in accepted
    ]
    events = [bodies.snapshot_recorded(watch, got, reading, entries)]
    if verdict == "ok":
        before = standing.marks
        slugs = dict.fromkeys((*before, *(c.slug for c in said.chapters)))
        for slug in slugs:
            now, then = said.chapter(slug), before.get(slug)
            if (text_sha256(now) if now else None) == (then.text_sha256 if then else None):
                continue
            events.append(
                _changed(watch, profile, slug, then, mark(now, slug, at), cause if then else "first_record", channels)
            )
    recorded = store.append(
        tuple(events),
        key=f"fetch/{watch}/{at.isoformat()}",
        expected={bodies.watch_stream(watch): standing.version},
        bodies=(got.body, *map(body_of, accepted)),
        operational=Operational(),
    )
    compose(store, at)
    return recorded


def compose(store: Store, at: datetime) -> None:
    """Each alert that waits becomes a message of its own."""
    store.compose(
        [
            Composed(delivery=a.id, channel=a.channel, form="single", profile=a.profile, alerts=(a.id,))
            for a in store.held()
        ],
        at=at,
    )


def _changed(
    watch: str,
    profile: str,
    slug: str,
    before: VersionMark | None,
    after: VersionMark,
    cause: Cause,
    channels: Sequence[str],
) -> NewEvent:
    change = Change(
        id=short_id("c", profile, slug, after.address, after.text_sha256 or ""),
        profile=profile,
        chapter=slug,
        chapter_title=slug.title(),
        watch=watch,
        before=before,
        after=after,
        happened_after=before.seen_at if before else None,
        not_later_than=after.captured_at,
        cause=cause,
        flags=("silent",),
        salience=Salience("normal", ("words",)),
        comparison=Comparison(),
        source_url=f"https://{watch}.example/",
        engine="compare/1",
    )
    alerts = [
        Alert(id=short_id("d", change.id, channel), change=change.id, subscription=f"to-{channel}", channel=channel)
        for channel in channels
    ]
    return bodies.change_detected(change, {}, alerts)


def round_of(store: Store, *checks: tuple[str, float, Outcome], body: bytes | None = None) -> Event:
    """A round of checks (watch, minute, outcome)."""
    entries = [
        CheckEntry(watch=w, at=minute(at), outcome=outcome, status=304, body_sha256=sha256(body) if body else None)
        for w, at, outcome in checks
    ]
    starts, ends = min(e.at for e in entries), max(e.at for e in entries)
    event = bodies.round_completed(starts, ends, entries)
    return store.append((event,), key=f"round/{store.head().position}")[0]


def failed(store: Store, at: datetime, watch: str = "r") -> Event:
    """A watch answers no longer."""
    failure = FetchFailed(url=f"https://{watch}.example/", at=at, reason="timeout", detail="60 s")
    return store.append((bodies.check_failed(watch, failure),), key=f"failed/{watch}/{at.isoformat()}")[0]


def plain(n: int = 0, *, stream: str = "test/a", size: int = 10) -> NewEvent:
    """An event of a type that no view knows."""
    return NewEvent(stream=stream, type="test.noted", payload={"n": n, "text": "x" * size})
