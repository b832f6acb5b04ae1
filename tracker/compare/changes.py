"""From a comparison to the changes that a log can hold: one a chapter, with cause, flags and interval. Pure.

Lives here: first records, reversions, addresses, the interval in which it happened. Not here: which edits there are
(align, tables, notes) or how much each matters (weigh).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tracker import clock
from tracker.compare import ENGINE, compare, split
from tracker.compare.apply import chapter_before
from tracker.compare.proof import NotExact, proven
from tracker.document.canonical import norm_sha256, sha256, text_sha256
from tracker.document.codec import chapter_to_json
from tracker.document.edit import Cause, Comparison
from tracker.document.identity import short_id, with_new_ids
from tracker.document.model import Chapter, Document
from tracker.document.salience import together
from tracker.events.codec import canonical
from tracker.events.looks import Verdict
from tracker.events.types import Change, Reading, Standing, VersionMark


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The look that brought a document: of which page, and when. first_at: the first capture that said the same."""

    watch: str
    profile: str
    source_url: str
    captured_at: datetime
    first_at: datetime


def document_body(chapter: Chapter) -> bytes:
    """The bytes under which a chapter's document is recorded: its canonical JSON."""
    return canonical(chapter_to_json(chapter))


def profile_text_sha256(document: Document) -> str:
    """One hash over the canonical texts of all chapters: equal when a reader sees the same profile."""
    return sha256("\n".join(f"{c.slug} {text_sha256(c)}" for c in document.chapters).encode())


def with_lineage(standing: Standing, document: Document, sight: Sight) -> tuple[Document, Comparison | None]:
    """The document with the ids its blocks have had since they first appeared, and what changed to come to it.

    None for the comparison: this is the first record. Raises NotExact, naming the pair, where the comparison, read back
    from what the log would keep of it, does not lead there and back: nothing may be recorded on its word.
    """
    stood = _stood(standing)
    if stood is None:
        return with_new_ids(document, clock.address(sight.captured_at)), None
    comparison = compare(stood, document)
    return named_exactly(standing, document, comparison, sight), comparison


def named_exactly(standing: Standing, document: Document, comparison: Comparison, sight: Sight) -> Document:
    """The document with its lineage ids, as the comparison gives it. Raises NotExact, naming the pair."""
    try:
        return proven(comparison, _stood(standing) or Document("", ()), document)
    except NotExact as wrong:
        stood = standing.marks.get(chapter_before(comparison, wrong.chapter) or wrong.chapter)
        before = f"version {stood.address}" if stood else f"the page as it stood (text {standing.text_sha256})"
        after = f"the capture of {clock.iso(sight.captured_at)} (text {profile_text_sha256(document)})"
        raise NotExact(wrong.chapter, f"{sight.profile}, {before} against {after}: {wrong.why}") from wrong


def changes(standing: Standing, document: Document, comparison: Comparison | None, sight: Sight) -> tuple[Change, ...]:
    """What the log would hold of going from what stood to `document`: one change for each chapter that differs."""
    if comparison is None:
        return tuple(_change(standing, c.slug, c, "first_record", Comparison(), sight) for c in document.chapters)
    found = tuple(
        _change(standing, slug, document.chapter(slug), part.causes[slug], part, sight)
        for slug, part in split(comparison).items()
    )
    return _of_the_page(found, "restored") if standing.gone_at is not None else found


def removal(standing: Standing, sight: Sight) -> tuple[Change, ...]:
    """What the log would hold of the page being gone: every chapter that stands is removed. Raises NotExact."""
    stood = _stood(standing)
    if stood is None or not stood.chapters:
        return ()
    nothing = Document(stood.title, ())
    comparison = compare(stood, nothing)
    named_exactly(standing, nothing, comparison, sight)
    return _of_the_page(changes(standing, nothing, comparison, sight), "removed")


def unheard(found: tuple[Change, ...], read_at: datetime | None) -> tuple[Change, ...]:
    """The changes where 304s are no evidence: each may have happened since bytes were last read."""
    return tuple(
        replace(c, happened_after=min(c.happened_after, read_at)) if c.happened_after and read_at else c for c in found
    )


def _stood(standing: Standing) -> Document | None:
    """What a document is compared with: what stood, which is nothing where the page was gone."""
    if standing.document is not None and standing.gone_at is not None:
        return Document(standing.document.title, ())
    return standing.document


def _of_the_page(found: tuple[Change, ...], cause: Cause) -> tuple[Change, ...]:
    """Changes that happened to a page as a whole, each naming the chapters that went or came with it."""
    return tuple(
        replace(
            c,
            cause=cause,
            comparison=replace(c.comparison, causes=dict.fromkeys(c.comparison.causes, cause)),
            flags=(*c.flags, *(f"with:{other.chapter}" for other in found if other is not c)),
        )
        for c in found
    )


def refuse_claimed(reading: Reading, claims: Mapping[str, str]) -> Reading:
    """A chapter is fed by one watch: a second one that brings it is rejected, naming the first.

    claims: chapters of the profile that other watches feed, slug → watch.
    """
    brought = [c.slug for c in reading.document.chapters if c.slug in claims] if reading.document else []
    if not brought:
        return reading
    evidence = tuple(f"{reading.profile}/{slug} is fed by the watch {claims[slug]}" for slug in brought)
    return replace(reading, verdict=Verdict("rejected", "chapter_claimed", evidence), changes=())


def _change(
    standing: Standing, slug: str, chapter: Chapter | None, cause: Cause, part: Comparison, sight: Sight
) -> Change:
    old_slug = chapter_before(part, slug)
    before = standing.marks.get(slug if old_slug is None else old_slug)
    after = _mark(slug, chapter, before, cause, sight)
    flags: list[str] = [*(["silent"] if slug in part.silent else []), *(["coarse"] if slug in part.coarse else [])]
    reverts = standing.earlier.get(slug, {}).get(after.norm_sha256 or "")
    is_other = before is None or before.norm_sha256 != after.norm_sha256
    if cause in ("content", "date_only") and reverts is not None and is_other:
        cause = "reversion"
        flags.append(f"reverts:{reverts}")
    seen = before or next(iter(standing.marks.values()), None)
    title = chapter.title if chapter else next((e.chapter_title for e in part.edits if e.chapter == slug), slug)
    return Change(
        # The instant tells A→B from a later A→B: both are news, each under an id of its own.
        id=short_id("c", sight.profile, slug, clock.iso(sight.captured_at), after.text_sha256 or ""),
        profile=sight.profile,
        chapter=slug,
        chapter_title=title,
        watch=sight.watch,
        before=before,
        after=after,
        happened_after=seen.seen_at if seen else None,
        not_later_than=sight.first_at,
        cause=cause,
        flags=tuple(flags),
        salience=together(edit.salience for edit in part.edits),
        comparison=part if cause != "reversion" else replace(part, causes={slug: cause}),
        source_url=sight.source_url,
        engine=ENGINE,
    )


def _mark(slug: str, chapter: Chapter | None, before: VersionMark | None, cause: Cause, sight: Sight) -> VersionMark:
    if cause == "format_only" and before is not None:
        # Equal comparison text: the same version goes on under its address, in other clothes.
        address, captured_at = before.address, before.captured_at
    else:
        address, captured_at = _free_address(before, sight.captured_at), sight.captured_at
    return VersionMark(
        chapter=slug,
        address=address,
        text_sha256=text_sha256(chapter) if chapter else None,
        norm_sha256=norm_sha256(chapter) if chapter else None,
        document_date=chapter.date if chapter else None,
        document_sha256=sha256(document_body(chapter)) if chapter else None,
        captured_at=captured_at,
        seen_at=sight.captured_at,
    )


def _free_address(before: VersionMark | None, at: datetime) -> str:
    if before is not None and before.address[:15] == clock.address(at)[:15]:
        return clock.address_ms(at)
    return clock.address(at)
