"""Feeds: RSS 2.0, Atom and JSON Feed as lists of pages. Pure.

A feed lists what is newest: what it does not list says nothing.
Source: https://www.rssboard.org/rss-specification, RFC 4287, https://www.jsonfeed.org/version/1.1/
"""

import json
from collections.abc import Mapping
from typing import Any  # JSON data, read key by key

from tracker.extract.addresses import Listed, Listing, NotRead, absolute, when
from tracker.extract.charset import decoded
from tracker.extract.xml import Enough, read_xml

MAX_ENTRIES = 10_000


def read_feed(body: bytes, url: str) -> Listing:
    """The pages that an RSS or Atom feed at this address speaks of. Raises NotRead."""
    found: list[Listed] = []
    entry: dict[str, str] = {}

    def rss(path: tuple[str, ...], attributes: Mapping[str, str], text: str) -> None:
        if path[:3] != ("rss", "channel", "item"):
            return
        if len(path) == 4 and path[3] == "guid":
            if attributes.get("isPermaLink", "true") == "true" and text.startswith(("http://", "https://")):
                entry.setdefault("link", text)
        elif len(path) == 4 and path[3] in ("link", "pubDate") and text:
            entry[path[3]] = text
        elif len(path) == 3:
            _keep(found, entry, "link", "pubDate", url)

    def atom(path: tuple[str, ...], attributes: Mapping[str, str], text: str) -> None:
        if path[:2] != ("feed", "entry"):
            return
        if len(path) == 3 and path[2] == "link" and attributes.get("rel", "alternate") == "alternate":
            entry.setdefault("link", attributes.get("href", ""))
        elif len(path) == 3 and path[2] == "updated" and text:
            entry["updated"] = text
        elif len(path) == 2:
            _keep(found, entry, "link", "updated", url)

    def on_end(path: tuple[str, ...], attributes: Mapping[str, str], text: str) -> None:
        if path[0] not in ("rss", "feed"):
            raise NotRead(f"it is no feed: its root is <{path[0][:40]}>")
        (rss if path[0] == "rss" else atom)(path, attributes, text)

    read_xml(body, on_end)
    return Listing(kind="feed", pages=tuple(found))


def read_json_feed(body: bytes, url: str) -> Listing:
    """The pages that a JSON Feed at this address speaks of. Raises NotRead."""
    try:
        data: Any = json.loads(decoded(body, "utf-8")[0])
    except (ValueError, RecursionError) as wrong:
        raise NotRead(f"its JSON is malformed: {wrong}") from wrong
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(data.get("version", "")):
        raise NotRead("it is JSON, but no JSON Feed")
    found: list[Listed] = []
    for item in items[:MAX_ENTRIES]:
        link = item.get("url") if isinstance(item, dict) else None
        if isinstance(link, str) and link:
            changed = item.get("date_modified") or item.get("date_published")
            found.append(Listed(absolute(link, url), when(changed) if isinstance(changed, str) else None))
    return Listing(kind="feed", pages=tuple(found))


def _keep(found: list[Listed], entry: dict[str, str], link: str, changed: str, url: str) -> None:
    if entry.get(link):
        found.append(Listed(absolute(entry[link], url), when(entry.get(changed, ""))))
    entry.clear()
    if len(found) >= MAX_ENTRIES:
        raise Enough
