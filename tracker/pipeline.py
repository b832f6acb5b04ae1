"""The way of one page, from its address to the alerts it owes. Read it from top to bottom.

Every stage is a plain function that takes values and gives a value; only `fetch` touches the network, and only
`record` and its kin touch the store, each in one transaction. What was fetched and not yet recorded when a process
dies is fetched again. Delivery is a loop of its own: notify/deliver.py.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any  # payloads: JSON data
from urllib.parse import urljoin

from tracker.compare.changes import Sight, changes, profile_text_sha256, refuse_claimed, removal, with_lineage
from tracker.compare.news import (
    brings_news,
    may_be_furniture,
    says_the_same,
    with_lie_told,
    without_furniture,
)
from tracker.compare.returned import returned
from tracker.compare.volatile import STILL_S, Places, moving
from tracker.document.identity import profile_name
from tracker.document.model import Chapter, Document
from tracker.events.captured import captured
from tracker.events.looks import Capture, FetchFailed, NotModified, Verdict, Watch
from tracker.events.sites import Site
from tracker.events.types import Reading, Standing
from tracker.extract.believe import is_lie, is_removed
from tracker.extract.confirm import confirmed, is_early, repeats_early
from tracker.extract.fingerprint import fingerprint
from tracker.extract.judge import judge
from tracker.extract.publishers import Publishers
from tracker.extract.reader import ReadPage, Unreadable
from tracker.extract.standing import read_on
from tracker.fetch.client import Fetcher
from tracker.fetch.hosts import Hosts, origin_at
from tracker.notify.route import route
from tracker.notify.subscriptions import Subscriptions
from tracker.store import LastSeen, Store
from tracker.store.record import (
    Looked,
    is_known_refusal,
    note_again,
    note_gone,
    record_failure,
    record_gone,
    record_same,
    record_snapshot,
)

NOTHING_KNOWN = Site()
ASK_SITE_EVERY_S = 7 * 86_400
# At a page whose news may be furniture: one that turns between two texts shows the same twice at times.
MOST_GLANCES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a check needs of the world. stage: called with each stage's name once it is done.

    hosts: what is known of each host. look_twice: whether a page is read twice at once, when it is new
    and each month, to learn what of it changes of itself.
    """

    store: Store
    fetcher: Fetcher
    hosts: Hosts
    publishers: Publishers
    subscriptions: Subscriptions
    confirm_after_s: tuple[int, ...]
    now: Callable[[], datetime]
    look_twice: bool = False
    stage: Callable[[str], None] = lambda stage: None


def check(watch: Watch, tools: Tools) -> Looked:
    """Look at one page; where a doubt may be settled at once, or the page is not known yet, look again."""
    looked = look(watch, tools)
    for _ in tools.confirm_after_s:
        doubt = tools.store.standing(watch.name).suspect if looked.entry.outcome == "suspect" else None
        if doubt is None or is_early(doubt, tools.now(), tools.confirm_after_s):
            break
        looked = look(watch, tools)
    if looked.wants_second:
        again = look(watch, tools, is_second=True)
        return replace(looked, sighting=again.sighting or looked.sighting, changes=looked.changes + again.changes)
    return looked


def look(watch: Watch, tools: Tools, *, is_second: bool = False) -> Looked:
    """One look: fetch, same?, understand, route, record. is_second: right after another, to learn by."""
    seen = tools.store.last_seen(watch.name)

    is_asked_plainly = is_second or not is_believed(seen)
    fetched = tools.fetcher.fetch(watch.url, since=None if is_asked_plainly else seen.validators)
    tools.stage("fetch")
    if isinstance(fetched, FetchFailed):
        return without_page(watch, seen, fetched, tools)
    if isinstance(fetched, NotModified) or (is_standing(seen) and fetched.body_sha256 == seen.body_sha256):
        return learning(record_same(tools.store, watch, seen, fetched), seen, tools, is_second=is_second)

    standing, reading = understood(fetched, watch, tools, is_second=is_second)
    tools.stage("understand")
    if reading.verdict.kind == "ok" and reading.document == standing.document and is_standing(seen):
        return learning(record_same(tools.store, watch, seen, fetched), seen, tools, is_second=is_second)
    if reading.verdict.kind == "suspect" and repeats_early(standing.suspect, reading, fetched, tools.confirm_after_s):
        return note_again(watch, fetched, reading)
    if seen.failed_since is None and is_known_refusal(tools.store, watch, fetched, reading):
        return note_again(watch, fetched, reading)

    alerts = route(reading.changes, tools.subscriptions)

    looked = record_snapshot(tools.store, watch, standing, fetched, reading, alerts)
    return learning(looked, seen, tools, is_second=is_second)


def understood(capture: Capture, watch: Watch, tools: Tools, *, is_second: bool) -> tuple[Standing, Reading]:
    """What a capture says, and against what; the site is asked about where there is a doubt or nothing to go by."""
    standing = tools.store.standing(watch.name)
    doubted = doubted_page(standing, watch, tools)

    def against(before: Standing, site: Site, moved: Places | None = None) -> Reading:
        return understand(
            capture,
            watch,
            before,
            tools.publishers,
            tools.confirm_after_s,
            site=site,
            doubted=doubted,
            document_of=None if is_second else tools.store.chapter_document,
            moved=moved,
        )

    reading = against(standing, site := site_of(watch.url, tools))
    if reading.verdict.kind == "suspect" or standing.document is None:
        asked = asked_of(watch.url, tools)
        reading = against(standing, site := asked) if asked != site else reading
    if reading.profile and (heir := tools.store.inherited(standing, reading.profile)) is not standing:
        standing, reading = heir, against(heir, site)
    is_doubtful = tools.look_twice and may_be_furniture(reading, standing)
    if is_doubtful and (moved := moved_since(reading, standing, watch, tools)):
        reading = against(standing, site, moved)
    claims = tools.store.claims(reading.profile, but=watch.name) if reading.profile else {}
    return standing, refuse_claimed(reading, claims)


def moved_since(reading: Reading, standing: Standing, watch: Watch, tools: Tools) -> Places:
    """What of a page moves within a minute, where all that is new may be of that kind: it is looked at again before
    anyone is told.
    """
    assert reading.document is not None
    for _ in range(MOST_GLANCES):
        shown = tools.fetcher.fetch(watch.url)
        page = read_on(shown, watch, standing, tools.publishers) if isinstance(shown, Capture) else None
        if not isinstance(page, ReadPage):
            break
        if moved := moving(reading.document, page.document):
            return moved
    return frozenset()


def doubted_page(standing: Standing, watch: Watch, tools: Tools) -> Document | None:
    """What the suspect capture that waits says; None where none waits."""
    if standing.suspect is None:
        return None
    told: Any = tools.store.event(standing.suspect.position).payload
    body = tools.store.body(told["body_sha256"])
    page = read_on(captured(told, body), watch, standing, tools.publishers)
    return page.document if isinstance(page, ReadPage) else None


def site_of(url: str, tools: Tools) -> Site:
    """What is known of an address's host."""
    return Site(missing=tools.hosts.note(origin_at(url)).missing)


def asked_of(url: str, tools: Tools) -> Site:
    """What is known of the host once it was asked, at most weekly, for a page beside this one that cannot be there."""
    asked_at = tools.hosts.note(origin_at(url)).missing_at
    if asked_at is None or (tools.now() - asked_at).total_seconds() >= ASK_SITE_EVERY_S:
        shown = tools.fetcher.fetch(urljoin(url, f"no-such-page-{secrets.token_hex(6)}"))
        if isinstance(shown, Capture):
            tools.hosts.note_missing(origin_at(url), fingerprint(shown))
        elif isinstance(shown, FetchFailed) and shown.status is not None and 400 <= shown.status < 500:
            tools.hosts.note_missing(origin_at(url), None)
    return site_of(url, tools)


def understand(
    capture: Capture,
    watch: Watch,
    standing: Standing,
    publishers: Publishers,
    confirm_after_s: tuple[int, ...],
    *,
    site: Site = NOTHING_KNOWN,
    doubted: Document | None = None,
    document_of: Callable[[str], Chapter] | None = None,
    moved: Places | None = None,
) -> Reading:
    """What this capture says, against what stood. Pure, so that re-extraction of old captures runs the same lines."""
    try:
        page = read_on(capture, watch, standing, publishers)
        verdict = judge(capture, page, standing, site)
        if isinstance(page, Unreadable):
            return Reading(verdict=verdict)

        if verdict.kind == "ok" and document_of is not None and standing.gone_at is None:
            back = returned(page.document, standing, capture.captured_at, document_of)
            verdict = Verdict("suspect", *back) if back else verdict
        said, doubt = profile_text_sha256(page.document), standing.suspect
        agrees = doubted is not None and says_the_same(doubted, page.document, standing, capture.captured_at)
        profile = watch.profile or standing.profile or profile_name(page.document.title, capture.url)
        facts = Reading(
            verdict=confirmed(
                verdict, doubt.text_sha256 if doubt and agrees else said, doubt, capture.captured_at, confirm_after_s
            ),
            document=page.document,
            profile=profile,
            text_sha256=said,
            warnings=page.document.warnings,
            extractor=page.extractor,
            publisher=page.publisher,
            publisher_why=page.why,
            agrees=agrees and doubt is not None and said != doubt.text_sha256,
        )
        if facts.verdict.kind != "ok":
            return facts

        first_at = doubt.since if doubt and facts.verdict.reason == "confirmed" else capture.captured_at
        sight = Sight(
            watch=watch.name, profile=profile, source_url=watch.url, captured_at=capture.captured_at, first_at=first_at
        )
        document, comparison = with_lineage(standing, page.document, sight)
        found = changes(standing, document, comparison, sight)
        reading = replace(facts, document=document, changes=found)
        reading = without_furniture(reading, standing, capture.captured_at, moved=moved)
        is_lie_told = brings_news(reading) and is_lie(capture.validators, standing.validators)
        return with_lie_told(reading, standing) if is_lie_told else reading
    except Exception as error:  # noqa: BLE001  an extractor that raises on one page must not lose that page (design §2.4)
        told = f"{type(error).__name__}: {error}"
        return Reading(verdict=Verdict("suspect", "unreadable", (told,)), error=told)


def without_page(watch: Watch, seen: LastSeen, failed: FetchFailed, tools: Tools) -> Looked:
    """A look that brought no page: it failed, or the publisher says once more that there is none."""
    is_missing = failed.status in (404, 410)
    if is_missing and seen.gone_at is not None:
        return note_gone(watch, failed, seen.gone_at)
    is_gone = is_removed(
        failed.status, failed.at, seen=seen.missing_seen, seen_410=seen.missing_410, since=seen.missing_since
    )
    if not is_gone or not is_standing(seen):
        return record_failure(tools.store, watch, seen.failed_since, failed)

    home = tools.fetcher.fetch(urljoin(watch.url, "/"))
    if isinstance(home, FetchFailed):  # a host that has lost its front page too has other troubles
        return record_failure(tools.store, watch, seen.failed_since, failed)
    standing = tools.store.standing(watch.name)
    sight = Sight(
        watch=watch.name,
        profile=standing.profile or "",
        source_url=watch.url,
        captured_at=failed.at,
        first_at=seen.missing_since or failed.at,
    )
    gone = removal(standing, sight)
    alerts = route(gone, tools.subscriptions)
    evidence = (
        f"HTTP {failed.status}: {seen.missing_seen + 1} answers in a row that there is no such page",
        f"the host is well: its front page answers {home.url}",
    )
    return record_gone(tools.store, watch, standing, failed, gone, alerts, evidence)


def is_believed(seen: LastSeen) -> bool:
    """Whether a 304 would be believed now: trusted, but verified, and not from a host whose validators lied."""
    return seen.gone_at is None and not seen.liar and seen.unread < seen.validators.verify_every - 1


def is_standing(seen: LastSeen) -> bool:
    """Whether something stands that the page can be as before."""
    return seen.text_sha256 is not None and seen.gone_at is None


def learning(looked: Looked, seen: LastSeen, tools: Tools, *, is_second: bool) -> Looked:
    """The look, saying whether it was the second of two, or wants a second."""
    if looked.sighting is None:
        return looked
    if is_second:
        return replace(looked, sighting=replace(looked.sighting, is_twice=True))
    is_long_ago = seen.twice_at is None or (tools.now() - seen.twice_at).total_seconds() >= STILL_S
    is_new = any(change.cause == "restored" for change in looked.changes)  # its blocks have other ids now
    return replace(looked, wants_second=tools.look_twice and (is_long_ago or is_new))
