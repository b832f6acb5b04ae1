"""Where an imported capture belongs in the recorded history of its page, and what is recorded of it. Pure but for Past.

For each chapter, against the version that stood at its instant: the same comparison text only shows that version once
more; the text of the version behind it, unseen before, makes that one begin sooner; any other text is a version
between the two, with a change that leads to it and one that leads on from it. Where one version stood before and after
the instant, it is two from now on, and the later reverts to the earlier.

The version behind keeps its address and its document. The change that leads on to it has that document under the ids
of the version in between, recorded beside it: so each change is exact (compare/proof.py), and no id is ever rewritten.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from tracker import clock
from tracker.compare import compare
from tracker.compare.changes import Sight, changes, document_body, named_exactly
from tracker.compare.stored import compact
from tracker.document.canonical import norm_sha256, sha256, text_sha256
from tracker.document.edit import Cause
from tracker.document.identity import short_id
from tracker.document.model import Chapter, Document
from tracker.events import bodies
from tracker.events.deliveries import Alert
from tracker.events.looks import Capture, Verdict
from tracker.events.types import Change, NewEvent, Reading, Standing, VersionMark
from tracker.store.past import Past, Spot
from tracker.store.queries import IMPORTED

Routed = Callable[[tuple[Change, ...]], tuple[Alert, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """What is to be recorded of a capture. changes: that it brought, without those that lead on from it."""

    events: tuple[NewEvent, ...]
    bodies: tuple[bytes, ...]
    changes: tuple[Change, ...] = ()


class Clash(Exception):
    """The capture contradicts what is recorded of its very instant, or cannot be put in its place. For a person."""


def borne_out(reading: Reading, past: Past, capture: Capture) -> Reading:
    """The reading; one that was doubted is believed where the next recorded turn of the page says the same."""
    if reading.verdict.kind != "suspect" or reading.document is None:
        return reading
    said = {chapter.slug: norm_sha256(chapter) for chapter in reading.document.chapters}
    if past.turn_after(capture.captured_at) != said:
        return reading
    told = "confirmed: the next capture on record says the same"
    evidence = (f"was suspect: {reading.verdict.reason}", *reading.verdict.evidence, told)
    return replace(reading, verdict=Verdict("ok", "confirmed", evidence), changes=())


def placed(past: Past, watch: str, capture: Capture, reading: Reading, standing: Standing, routed: Routed) -> Placed:
    """What is to be recorded of a capture in its place. standing: what stood at its instant. Raises Clash."""
    last = past.last_seen
    is_past = last is not None and capture.captured_at <= last
    if reading.verdict.kind != "ok" or reading.document is None:
        event = bodies.snapshot_recorded(watch, capture, reading, (), is_past=is_past)
        return Placed(events=(event,), bodies=(capture.body,))
    placing = _Placing(past, watch, capture, reading.document, standing, is_past=is_past)
    by_slug = {change.chapter: change for change in reading.changes}
    slugs = [c.slug for c in reading.document.chapters]
    renamed = {c.before.chapter for c in reading.changes if c.before is not None and c.before.chapter != c.chapter}
    for slug in dict.fromkeys((*slugs, *(slug for slug in standing.marks if slug not in renamed))):
        placing.chapter(slug, by_slug.get(slug))
    return placing.done(reading, routed)


def _caused(change: Change, cause: Cause) -> Change:
    causes = dict.fromkeys(change.comparison.causes, cause)
    return replace(change, cause=cause, comparison=replace(change.comparison, causes=causes))


def _with(change: Change, chapters: Iterable[str]) -> Change:
    """The change, naming the chapters that went or came with it."""
    told = (f"with:{slug}" for slug in sorted(set(chapters) - {change.chapter}))
    return replace(change, flags=tuple(dict.fromkeys((*change.flags, *told))))


class _Placing:
    """One capture on its way into the history: chapter after chapter."""

    def __init__(
        self, past: Past, watch: str, capture: Capture, document: Document, standing: Standing, *, is_past: bool
    ) -> None:
        self.past, self.watch, self.capture, self.document, self.standing = past, watch, capture, document, standing
        self.is_past = is_past
        self.seen: dict[str, VersionMark] = {}
        self.brought: list[tuple[Change, Spot, tuple[Change, ...]]] = []
        self.documents: dict[str, Chapter] = {}

    def chapter(self, slug: str, change: Change | None) -> None:
        """Put one chapter of the capture in its place. change: from what stood to it, if it differs. Raises Clash."""
        now = self.document.chapter(slug)
        norm = norm_sha256(now) if now else None
        before = change.before if change is not None else self.standing.marks.get(slug)
        if before is not None and before.chapter == slug and before.norm_sha256 == norm:
            self.seen[slug] = before
            return
        spot = self.past.spot(before, slug, self.capture.captured_at)
        if spot.clash:
            raise Clash(spot.clash)
        behind = spot.follower
        if behind is not None and spot.split is None and (behind.chapter, behind.norm_sha256) == (slug, norm):
            self.seen[slug] = behind
            return
        if change is None:
            raise Clash(f"the chapter {slug} cannot be told apart from the versions around it")
        address = self.past.timeline.free_address(slug, self.capture.captured_at)
        if address is None:
            raise Clash(f"{slug} has as many versions in one instant as can be named")
        after = replace(change.after, address=address, captured_at=self.capture.captured_at)
        flags = (*change.flags, IMPORTED)
        if spot.split is not None and before is not None:
            before = replace(before, address=self._before(before, spot))
        stood_until = spot.stood_until or change.happened_after
        change = replace(change, before=before, after=after, happened_after=stood_until, flags=flags)
        self.brought.append((change, spot, self._lead_on(change, now, spot)))

    def done(self, reading: Reading, routed: Routed) -> Placed:
        """All that is to be recorded."""
        entries = [self._entry(chapter) for chapter in self.document.chapters]
        seen = [(mark.chapter, mark.address) for mark in self.seen.values()]
        found = tuple(change for change, _, _ in self.brought)
        events = [bodies.snapshot_recorded(self.watch, self.capture, reading, entries, is_past=self.is_past, seen=seen)]
        owed = routed(found)
        went = {on[0].chapter for _, _, on in self.brought if on and on[0].cause == "removed"}
        for change, spot, leads_on in self.brought:
            alerts = [alert for alert in owed if alert.change == change.id]
            place: dict[str, object] = {"kind": "new"}
            if spot.split is not None:
                place["split"] = dict(spot.split)
            elif spot.follower is not None:
                place["next"] = [spot.follower.chapter, spot.follower.address]
            events.append(bodies.change_detected(change, compact(change.comparison), alerts, place=place))
            for later in leads_on:
                further = _with(later, went) if later.cause == "removed" else later
                on: dict[str, object] = {"kind": "on"}
                if spot.beyond is not None and later is leads_on[0]:
                    on["next"] = [spot.beyond.chapter, spot.beyond.address]
                events.append(bodies.change_detected(further, compact(further.comparison), (), place=on))
        for name, chapter in self.documents.items():
            self.past.keep(name, chapter)
        kept = tuple(map(document_body, self.documents.values()))
        return Placed(events=tuple(events), bodies=(self.capture.body, *kept), changes=found)

    def _lead_on(self, change: Change, now: Chapter | None, spot: Spot) -> tuple[Change, ...]:
        """The changes from the version in between to what is behind it: nothing, where no later sight is on record."""
        if spot.until is None or (spot.follower is None and not (self.is_past and change.before is None)):
            return ()
        onward = self._onward(change, now, spot.follower, spot.until)
        if spot.beyond is None:
            return (onward,)
        return onward, self._onward(onward, None, spot.beyond, spot.beyond.captured_at)

    def _onward(self, change: Change, now: Chapter | None, behind: VersionMark | None, until: datetime) -> Change:
        """The change from the version that another one led to, to the one behind it; None: the chapter was gone."""
        then = self.past.document(behind.document_sha256) if behind and behind.document_sha256 else None
        between = Document("", (now,) if now else ())
        later = Document("", (then,) if then else ())
        earlier = dict(self.standing.earlier.get(change.chapter, {}))
        if change.before is not None and change.before.norm_sha256 is not None:
            earlier[change.before.norm_sha256] = change.before.address
        slug = behind.chapter if behind else change.chapter
        stood = Standing(
            watch=self.watch,
            profile=change.profile,
            document=between,
            marks={change.chapter: change.after},
            earlier={slug: earlier},
        )
        sight = Sight(
            watch=self.watch,
            profile=change.profile,
            source_url=change.source_url,
            captured_at=until,
            first_at=until,
        )
        comparison = compare(between, later)
        named = named_exactly(stood, later, comparison, sight)
        found = changes(stood, named, comparison, sight)
        if len(found) != 1 or found[0].chapter != slug:
            raise Clash(f"the chapter {change.chapter} has another name behind it: {slug}")
        if (document := named.chapter(slug)) is not None:
            self.documents[sha256(document_body(document))] = document
        onward = self._of_the_page(found[0], change, behind, until)
        address = behind.address if behind else self.past.timeline.free_address(slug, until)
        if address is None:
            raise Clash(f"{slug} has as many versions in one instant as can be named")
        at = clock.iso(change.after.captured_at)
        return replace(
            onward,
            id=short_id("c", change.profile, slug, clock.iso(until), onward.after.text_sha256 or "", "from", at),
            chapter_title=change.chapter_title if then is None else onward.chapter_title,
            after=replace(onward.after, address=address, captured_at=until),
            happened_after=change.after.captured_at,
            flags=(*onward.flags, IMPORTED),
        )

    def _of_the_page(self, onward: Change, stood: Change, behind: VersionMark | None, until: datetime) -> Change:
        """The change that leads on, with its cause where the page as a whole went there, or came again."""
        if onward.after.document_sha256 is None:
            since, chapters = self.past.gone(until)
            return _with(_caused(onward, "removed"), chapters) if since is not None else onward
        was_gone = stood.after.document_sha256 is None and self.past.gone(stood.after.captured_at)[0] is not None
        cause, chapters = self.past.led_to(behind) if was_gone and behind is not None else ("", ())
        return _with(_caused(onward, "restored"), chapters) if cause == "restored" else onward

    def _before(self, stood: VersionMark, spot: Spot) -> str:
        """The address of what stood, once it is the earlier of two."""
        is_named_anew = spot.split is not None and spot.split["part"] == "early"
        return spot.split["address"] if spot.split is not None and is_named_anew else stood.address

    def _entry(self, chapter: Chapter) -> dict[str, object]:
        """What the snapshot says of a chapter: by the document that is recorded, where it is the same."""
        text, norm = text_sha256(chapter), norm_sha256(chapter)
        date = chapter.date.isoformat() if chapter.date else None
        mark = self.seen.get(chapter.slug)
        if mark is not None and mark.text_sha256 == text and mark.document_sha256 is not None:
            return bodies.chapter_entry(chapter.slug, chapter.title, date, text, norm, mark.document_sha256)
        name = sha256(document_body(chapter))
        self.documents[name] = chapter
        return bodies.chapter_entry(chapter.slug, chapter.title, date, text, norm, name)
