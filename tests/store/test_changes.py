"""A change as the log keeps it beside its snapshot: in few bytes, and read back whole whatever happened since."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.store.builder import added, capture, minute
from tracker.compare.changes import Sight, changes, profile_text_sha256, with_lineage
from tracker.document.model import Chapter, Document, Prose, Text
from tracker.events.codec import payload_bytes
from tracker.events.deliveries import Alert
from tracker.events.looks import Verdict, Watch
from tracker.events.types import Change, NewEvent, Reading, Standing
from tracker.extract.publishers import Publishers
from tracker.pipeline import understand
from tracker.store.record import record_snapshot

WATCH = Watch(name="r", url="https://r.example/", profile="ruritania")
WORDS = "Nobody knows how many springs are left in the hills of Ruritania."


def ruritania(words: str = WORDS, *, slug: str = "impact", title: str = "Impact", day: int = 3) -> Document:
    """One chapter of one paragraph, and one that never changes."""
    dated = date(2026, 5, day), f"{day} May 2026"
    other = Chapter("use", "Use", *dated, blocks=(Prose(Text("Springs were used in 2020.")),))
    return Document("Ruritania", (Chapter(slug, title, *dated, blocks=(Prose(Text(words)),)), other))


def look(store, said: Document, at: float, *, cause: str | None = None, owed: int = 0) -> tuple[Change, ...]:
    """The page says this: recorded as the pipeline does it; gives the changes as they were recorded."""
    standing = store.standing("r")
    sight = Sight(watch="r", profile="ruritania", source_url=WATCH.url, captured_at=minute(at), first_at=minute(at))
    named, comparison = with_lineage(standing, said, sight)
    found = changes(standing, named, comparison, sight)
    reading = Reading(
        verdict=Verdict("ok"),
        document=named,
        profile="ruritania",
        text_sha256=profile_text_sha256(named),
        changes=found,
        extractor="html/1",
        publisher="generic",
    )
    alerts = tuple(
        Alert(id=f"d_{change.id}_{n}", change=change.id, subscription="all", channel=f"hook-{n}")
        for change in found
        for n in range(owed)
    )
    got = capture(minute(at), f"{said}".encode(), url=WATCH.url)
    looked = record_snapshot(store, WATCH, standing, got, reading, alerts)
    assert looked.changes == found
    return found


def as_recorded(change: Change, store) -> Change:
    """The change as the store gives it: with the instant of its recording; a version's last sight is not kept."""
    (read,) = (c for c in store.changes() if c.id == change.id)
    before = replace(change.before, seen_at=change.before.captured_at) if change.before else None
    after = replace(change.after, seen_at=change.after.captured_at)
    return replace(change, before=before, after=after, recorded_at=read.recorded_at)


@pytest.fixture
def seen(store):
    """A store in which the page was seen once."""
    store.append((added("r", url=WATCH.url),), key="add")
    look(store, ruritania(), 1)
    return store


HISTORIES = {
    "other words": [ruritania(f"{WORDS} Some are."), ruritania()],
    "another date": [ruritania(day=4)],
    "other clothes, then other words": [
        ruritania(WORDS.replace("springs", "springs ")), ruritania("Nobody knows.")
    ],
    "renamed, then other words": [
        ruritania(slug="harm", title="Harm"), ruritania("Nobody knows.", slug="harm", title="Harm")
    ],
    "gone, then back": [replace(ruritania(), chapters=ruritania().chapters[1:]), ruritania(), ruritania("Ten.")],
}  # fmt: skip


@pytest.mark.parametrize("what", HISTORIES)
def test_every_change_reads_as_it_was_recorded_live_and_after_a_rebuild(seen, what):
    recorded = [change for n, said in enumerate(HISTORIES[what]) for change in look(seen, said, 10 + n)]
    expected = [as_recorded(change, seen) for change in recorded]

    read = [change for change in seen.changes(newest_first=False) if change.cause != "first_record"]

    assert len(read) >= len(HISTORIES[what]) and read == expected
    assert seen.verify().findings == ()
    seen.rebuild()
    assert [c for c in seen.changes(newest_first=False) if c.cause != "first_record"] == expected
    assert [seen.change(c.id) for c in read] == expected


def test_two_versions_within_a_second_have_addresses_of_their_own(seen):
    (first,) = look(seen, ruritania("One."), 10)
    (second,) = look(seen, ruritania("Two."), 10 + 0.2 / 60)

    assert (first.after.address, second.after.address) == ("20260101T091000Z", "20260101T091000.200Z")
    assert seen.changes(limit=1)[0] == as_recorded(second, seen)


def test_a_change_keeps_nothing_that_the_snapshot_before_it_says(seen):
    (change,) = look(seen, ruritania(WORDS.replace("many", "few")), 10, owed=1)

    (event,) = seen.events(types=("change.detected",), newest_first=True, limit=1)

    assert event.payload == {
        "id": change.id,
        "watch": "r",
        "engine": "compare/1",
        "from": "20260101T090100Z",
        "to": "20260101T091000Z",
        "happened_after": "2026-01-01T09:01:00Z",
        "alerts": [[f"d_{change.id}_0", "all", "hook-0"]],
        "comparison": {"edits": [["replaced", [0], "lf", [17, -4, "few"]]], "ops": [{}], "silent": 1},
    }
    assert [a.id for a in seen.held()] == [f"d_{change.id}_0"]


def test_a_change_whose_snapshot_says_nothing_of_it_is_refused(seen):
    (change,) = look(seen, ruritania("One."), 10)
    (event,) = seen.events(types=("change.detected",), newest_first=True, limit=1)

    for stream, altered in (
        ("chapter/ruritania/harm", {}),
        (event.stream, {"is_gone": True}),
        (event.stream, {"from": "20250101T000000Z"}),
    ):
        payload = {**event.payload, "id": "c_other", "to": "20260101T092000Z", **altered}
        with pytest.raises(ValueError, match=r"change\.detected in .* cannot be folded"):
            new = NewEvent(stream=stream, type=event.type, payload=payload, schema=2, captured_at=minute(20))
            seen.append((new,), key="x")
    assert seen.changes(limit=1)[0].id == change.id


def test_a_first_record_is_told_in_few_bytes(seen):
    sizes = [len(payload_bytes(event)) for event in seen.events(types=("change.detected",))]

    assert len(sizes) == 2 and max(sizes) <= 200


def test_where_a_comparison_cannot_be_proven_the_page_is_kept_as_suspect_with_the_pair_and_nothing_is_said(seen):
    """A standing page with two chapters of one name, as no extractor makes it, is one that a log cannot keep."""
    stood = seen.standing("r")
    undated = replace(stood.document.chapters[0], date=None, date_text=None)
    twice = Standing(
        watch="r",
        version=stood.version,
        profile="ruritania",
        document=replace(stood.document, chapters=(undated,) * 2),
        text_sha256=stood.text_sha256,
    )
    said = ruritania(f"{WORDS} Some say ten thousand.")
    page = f"<h1>Impact</h1><p>{said.chapters[0].blocks[0].text.plain}</p>".encode()
    got = capture(minute(9), page, url=WATCH.url)

    reading = understand(got, WATCH, twice, Publishers(), (0,))
    looked = record_snapshot(seen, WATCH, twice, got, reading, ())

    assert (reading.verdict.kind, reading.verdict.reason) == ("suspect", "unreadable")
    assert looked.entry.detail.startswith("unreadable: NotExact: ")
    assert stood.text_sha256 in looked.entry.detail and "2026-01-01T09:09:00Z" in looked.entry.detail
    assert looked.changes == () and {c.cause for c in seen.changes()} == {"first_record"}
    kept = seen.snapshots("r", limit=1)[0]
    assert (kept.verdict, kept.reason, seen.body(kept.body_sha256)) == ("suspect", "unreadable", page)
    assert seen.verify().ok and seen.standing("r").document == stood.document
    assert look(seen, said, 9 + timedelta(minutes=1).total_seconds())[0].edits[0].kind == "replaced"
