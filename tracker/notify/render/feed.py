"""A message as an entry of a feed, and entries as an Atom 1.0 and as a JSON Feed 1.1 file. Pure.

An entry is kept as an item of a JSON Feed (https://www.jsonfeed.org/version/1.1/); Atom (RFC 4287) is made of it. The
same entries give the same bytes. Not here: files (channels/feed.py), the HTML in an entry (html.py).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5
from xml.sax.saxutils import escape, quoteattr

import orjson

from tracker import clock
from tracker.notify.render import html, text
from tracker.notify.render.disarm import MAX_LINE, disarmed
from tracker.notify.render.fit import fitted, words_cut
from tracker.notify.render.notice import Notice, notice_of
from tracker.notify.telling import Telling

VERSION = "https://jsonfeed.org/version/1.1"
AUTHOR = "tracker"
MAX_ENTRY_BYTES = 60_000  # of its HTML, and of its text: every reader fetches the whole feed again and again
_IDS = UUID("7a1c9d0e-5b52-5f0c-9c2e-3f1d6f0f5a11")  # what our ids are made within; never to be changed
_SEAL = "_tracker"  # an extension's key begins with `_` (JSON Feed 1.1, "Extensions")

Entry = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A feed. key: names it always. json_url, atom_url: where it is published; home_url: our pages; "" for nowhere."""

    key: str
    title: str
    json_url: str = ""
    atom_url: str = ""
    home_url: str = ""


def entry(telling: Telling) -> bytes:
    """The entry, as JSON. Its id is made of the delivery's."""
    whole = notice_of(telling)
    notice = fitted(disarmed(whole), _fits)
    at = clock.iso(_told_at(telling))
    told = {
        "id": uuid5(_IDS, telling.delivery).urn,
        "title": " ".join(html.legal(words_cut(whole.title, MAX_LINE)).split()),
        "content_html": html.fragment(notice, titled=False),
        "content_text": html.legal(text.text(notice, titled=False)),
        "date_published": at,
        "date_modified": at,
        "tags": list(dict.fromkeys(change.profile for change in telling.changes))[:20],
        _SEAL: {"delivery": telling.delivery, "changes": [change.id for change in telling.changes][:500]},
    }
    return orjson.dumps({**told, "url": html.web_link(whole.link)} if html.web_link(whole.link) else told)


def _fits(notice: Notice) -> bool:
    return all(len(told.encode()) <= MAX_ENTRY_BYTES for told in (html.fragment(notice), text.text(notice)))


def _told_at(telling: Telling) -> datetime:
    return max((c.recorded_at or c.not_later_than for c in telling.changes), default=telling.at)


# ---------------------------------------------------------------- entries together


def entry_of(data: bytes) -> Entry:
    """The entry that `entry` gave. Raises ValueError."""
    found: Entry = orjson.loads(data)
    return found


def with_entry(entries: tuple[Entry, ...], new: Entry, *, keep: int) -> tuple[Entry, ...]:
    """The entries and the new one, unless it is among them: newest first, at most `keep`.

    One that comes late takes the place of its time, and is never the one that has to go.
    """
    if any(old["id"] == new["id"] for old in entries):
        return entries
    at = _at(new)
    place = next((n for n, old in enumerate(entries) if _at(old) <= at), len(entries))
    place = min(place, keep - 1)
    return (*entries[:place], new, *entries[place:])[:keep]


def _at(told: Entry) -> datetime:
    return clock.from_iso(str(told["date_published"]))


def entries_of(data: bytes) -> tuple[Entry, ...] | None:
    """The entries of a JSON Feed that `json_feed` made; None for any other, also one that was edited since."""
    try:
        feed = orjson.loads(data)
        entries = tuple(feed["items"])
        is_ours = feed[_SEAL]["sha256"] == _seal(entries)
    except (ValueError, TypeError, KeyError):
        return None
    return entries if is_ours else None


def _seal(entries: tuple[Entry, ...]) -> str:
    return hashlib.sha256(orjson.dumps(entries)).hexdigest()


def json_feed(about: About, entries: tuple[Entry, ...]) -> bytes:
    """The JSON Feed 1.1 of the entries. It carries their hash, so that an edited file is known for one."""
    urls = {"home_page_url": about.home_url, "feed_url": about.json_url}
    feed = {
        "version": VERSION,
        "title": html.legal(about.title),
        **{key: url for key, url in urls.items() if url},
        "authors": [{"name": AUTHOR}],
        "language": "en",
        _SEAL: {"sha256": _seal(entries)},
        "items": entries,
    }
    return orjson.dumps(feed, option=orjson.OPT_INDENT_2) + b"\n"


def atom(about: About, entries: tuple[Entry, ...]) -> bytes:
    """The Atom 1.0 feed of the entries. There has to be one at least: a feed has a date."""
    return "".join(_atom(about, entries)).encode()


def _atom(about: About, entries: tuple[Entry, ...]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
    yield f"<id>{uuid5(_IDS, about.key).urn}</id>\n<title>{_xml(about.title)}</title>\n"
    yield f"<updated>{max(entries, key=_at)['date_modified']}</updated>\n<author><name>{AUTHOR}</name></author>\n"
    if about.atom_url:
        yield f'<link rel="self" type="application/atom+xml" href={quoteattr(about.atom_url)}/>\n'
    if about.home_url:
        yield f'<link rel="alternate" type="text/html" href={quoteattr(about.home_url)}/>\n'
    for told in entries:
        yield f"<entry>\n<id>{_xml(told['id'])}</id>\n<title>{_xml(told['title'])}</title>\n"
        yield f"<published>{_xml(told['date_published'])}</published>\n"
        yield f"<updated>{_xml(told['date_modified'])}</updated>\n"
        if "url" in told:
            yield f'<link rel="alternate" type="text/html" href={quoteattr(html.legal(str(told["url"])))}/>\n'
        tags = told.get("tags")
        for tag in tags if isinstance(tags, list) else ():
            yield f"<category term={quoteattr(html.legal(str(tag)))}/>\n"
        yield f'<content type="html">{_xml(told["content_html"])}</content>\n</entry>\n'
    yield "</feed>\n"


def _xml(told: object) -> str:
    return escape(html.legal(str(told)))
