"""Lands whose pages are recorded the way a check records them, on a clock of ours: for what becomes of many alerts."""

from collections.abc import Sequence
from datetime import date, datetime

from tracker.compare.changes import Sight, changes, profile_text_sha256, with_lineage
from tracker.document.canonical import sha256
from tracker.document.model import Chapter, Document, Prose, Section, Text
from tracker.events import bodies
from tracker.events.looks import Capture, Verdict, Watch
from tracker.events.types import Change, Reading
from tracker.notify.route import route
from tracker.notify.rules import Subscriptions
from tracker.notify.subscriptions import load
from tracker.store import Store
from tracker.store.record import record_snapshot

HOST = "monitor.example"
WORDS = "Ruritania was cleared of ducks by its own marksmen."


def rules(text: str) -> Subscriptions:
    """Subscriptions of one desk and one file, and what else the text says."""
    channels = '[channels.desk]\nkind = "webhook"\nurl = "http://127.0.0.1:1/in"\ntz = "Europe/Prague"\n'
    channels += '[channels.file]\nkind = "jsonl"\npath = "alerts.jsonl"\n'
    return load(channels + text, "subscriptions.toml")


EVERYTHING = '[[subscriptions]]\nid = "all"\nto = ["desk"]\n'


def watch(store: Store, profiles: Sequence[str]) -> None:
    """Configure a watch a profile."""
    added = tuple(
        bodies.watch_configured("added", p, url=f"https://{HOST}/{p}", profile=p, publisher=None, every_s=None)
        for p in profiles
    )
    store.append(added, key=f"added/{profiles[0]}/{len(profiles)}")


def see(
    store: Store,
    profile: str,
    said: Sequence[str],
    at: datetime,
    subscriptions: Subscriptions,
    *,
    frame: str = "",
    dated: date | None = None,
) -> tuple[Change, ...]:
    """The page of a profile is seen with these paragraphs under a heading, and what stands around them."""
    section = Section(Text("Use"), 1, blocks=tuple(Prose(Text(one)) for one in said))
    around = (Prose(Text(frame)),) if frame else ()
    chapter = Chapter("ban", "Ban Policy", str(dated or "") or None, dated, blocks=around, sections=(section,))
    document = Document(profile.title(), (chapter,))
    standing = store.standing(profile)
    url = f"https://{HOST}/{profile}"
    sight = Sight(watch=profile, profile=profile, source_url=url, captured_at=at, first_at=at)
    named, comparison = with_lineage(standing, document, sight)
    found = changes(standing, named, comparison, sight)
    body = repr((profile, said, frame, dated)).encode()
    capture = Capture(
        fetch_id=f"f_{profile}_{at.isoformat()}", url=url, final_url=url, status=200, headers=(),
        media_type="text/html", charset="utf-8", body=body, body_sha256=sha256(body), requested_at=at, captured_at=at,
    )  # fmt: skip
    reading = Reading(
        verdict=Verdict("ok"), document=named, profile=profile, text_sha256=profile_text_sha256(named), changes=found,
        extractor="test/1", publisher="generic",
    )  # fmt: skip
    record_snapshot(store, Watch(name=profile, url=url), standing, capture, reading, route(found, subscriptions))
    return found
