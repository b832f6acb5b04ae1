"""The way of one page, from its address to the alerts it owes. Read it from top to bottom.

Every stage is a plain function that takes values and gives a value; only `fetch` touches the network, and only
`record` and its kin touch the store, each in one transaction. What was fetched and not yet recorded when a process
dies is fetched again. Delivery is a loop of its own: notify/deliver.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from tracker.compare.changes import Sight, changes, profile_text_sha256, refuse_claimed, with_lineage
from tracker.document.identity import profile_name
from tracker.events.types import Capture, FetchFailed, NotModified, Reading, Standing, Verdict, Watch
from tracker.extract.confirm import confirmed, is_early, repeats_early
from tracker.extract.judge import judge
from tracker.extract.publishers import Publishers
from tracker.extract.reader import Unreadable
from tracker.extract.standing import read_on
from tracker.fetch.client import Fetcher
from tracker.notify.route import route
from tracker.notify.subscriptions import Subscriptions
from tracker.store import Store
from tracker.store.record import Looked, is_known_refusal, note_again, record_failure, record_same, record_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a check needs of the world. stage: called with each stage's name once it is done."""

    store: Store
    fetcher: Fetcher
    publishers: Publishers
    subscriptions: Subscriptions
    confirm_after_s: tuple[int, ...]
    now: Callable[[], datetime]
    stage: Callable[[str], None] = lambda stage: None


def check(watch: Watch, tools: Tools) -> Looked:
    """Look at one page; where a doubt may be settled at once, look again."""
    looked = look(watch, tools)
    for _ in tools.confirm_after_s:
        doubt = tools.store.standing(watch.name).suspect if looked.entry.outcome == "suspect" else None
        if doubt is None or is_early(doubt, tools.now(), tools.confirm_after_s):
            break
        looked = look(watch, tools)
    return looked


def look(watch: Watch, tools: Tools) -> Looked:
    """One look: fetch, same?, understand, route, record."""
    seen = tools.store.last_seen(watch.name)

    fetched = tools.fetcher.fetch(watch.url, since=seen.validators)
    tools.stage("fetch")
    if isinstance(fetched, FetchFailed):
        return record_failure(tools.store, watch, seen.failed_since, fetched)
    if isinstance(fetched, NotModified) or fetched.body_sha256 == seen.body_sha256:
        return record_same(tools.store, watch, seen.failed_since, fetched)

    standing = tools.store.standing(watch.name)
    reading = understand(fetched, watch, standing, tools.publishers, tools.confirm_after_s)
    if reading.profile and (heir := tools.store.inherited(standing, reading.profile)) is not standing:
        standing, reading = heir, understand(fetched, watch, heir, tools.publishers, tools.confirm_after_s)
    claims = tools.store.claims(reading.profile, but=watch.name) if reading.profile else {}
    reading = refuse_claimed(reading, claims)
    tools.stage("understand")
    if reading.verdict.kind == "ok" and reading.document == standing.document and seen.text_sha256 is not None:
        return record_same(tools.store, watch, seen.failed_since, fetched)
    if reading.verdict.kind == "suspect" and repeats_early(standing.suspect, reading, fetched, tools.confirm_after_s):
        return note_again(watch, fetched, reading)
    if seen.failed_since is None and is_known_refusal(tools.store, watch, fetched, reading):
        return note_again(watch, fetched, reading)

    alerts = route(reading.changes, tools.subscriptions)

    return record_snapshot(tools.store, watch, standing, fetched, reading, alerts)


def understand(
    capture: Capture, watch: Watch, standing: Standing, publishers: Publishers, confirm_after_s: tuple[int, ...]
) -> Reading:
    """What this capture says, against what stood. Pure, so that re-extraction of old captures runs the same lines."""
    try:
        page = read_on(capture, watch, standing, publishers)
        verdict = judge(capture, page, standing)
        if isinstance(page, Unreadable):
            return Reading(verdict=verdict)

        said = profile_text_sha256(page.document)
        profile = watch.profile or standing.profile or profile_name(page.document.title, capture.url)
        facts = Reading(
            verdict=confirmed(verdict, said, standing.suspect, capture.captured_at, confirm_after_s),
            document=page.document,
            profile=profile,
            text_sha256=said,
            warnings=page.document.warnings,
            extractor=page.extractor,
            publisher=page.publisher,
            publisher_why=page.why,
        )
        if facts.verdict.kind != "ok":
            return facts

        doubt = standing.suspect if facts.verdict.reason == "confirmed" else None
        first_at = doubt.since if doubt else capture.captured_at
        sight = Sight(
            watch=watch.name, profile=profile, source_url=watch.url, captured_at=capture.captured_at, first_at=first_at
        )
        document, comparison = with_lineage(standing, page.document, sight)
        return replace(facts, document=document, changes=changes(standing, document, comparison, sight))
    except Exception as error:  # noqa: BLE001  an extractor that raises on one page must not lose that page (design §2.4)
        told = f"{type(error).__name__}: {error}"
        return Reading(verdict=Verdict("suspect", "unreadable", (told,)), error=told)
