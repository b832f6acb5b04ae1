r"""`[discovery]` of a publisher's file: where its profiles are listed, and what becomes of a new one. Pure.

[discovery]
sitemaps = ["https://example.org/robots.txt"]      # its `Sitemap:` lines; or the address of a sitemap or an index
feeds = ["https://example.org/profiles.rss"]       # RSS, Atom or JSON Feed
index_pages = ["https://example.org/profiles/"]    # pages whose links lead to profiles
pages = ['^https://example\.org/profiles/[^/]+$']   # what a profile's address looks like; left out: match.urls
watch = "propose"                                  # or "auto": a new profile is watched at once
every = "24h"                                      # how often these places are asked
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args  # Any: TOML data, of which the types are checked

from tracker import clock

Wanted = Literal["propose", "auto"]

SHAPE: Final[Mapping[str, Any]] = {
    "sitemaps": list,
    "feeds": list,
    "index_pages": list,
    "pages": list,
    "watch": str,
    "every": str,
}
LEAST_S = 15 * 60
MOST_S = 90 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """Where a publisher lists its profiles. pages: one of them fits a profile's address; none given: any does."""

    sitemaps: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    index_pages: tuple[str, ...] = ()
    pages: tuple[re.Pattern[str], ...] = ()
    watch: Wanted = "propose"
    every_s: int = 86_400

    @property
    def sources(self) -> tuple[str, ...]:
        """All places to ask, each once."""
        return tuple(dict.fromkeys((*self.sitemaps, *self.feeds, *self.index_pages)))


def discovery(data: Mapping[str, Any], pages: tuple[re.Pattern[str], ...]) -> Discovery:
    """The table as its values say, of the right types already. Raises ValueError, in words about the table."""
    places = {name: tuple(data.get(name, ())) for name in ("sitemaps", "feeds", "index_pages")}
    for name, urls in places.items():
        for url in urls:
            if not re.match(r"https?://[^/\s]", url):
                raise ValueError(f"{name} holds {url!r}, which is no address such as https://example.org/sitemap.xml")
    watch = data.get("watch", "propose")
    if watch not in get_args(Wanted):
        raise ValueError(f"watch is {watch!r}; known: {', '.join(get_args(Wanted))}")
    if watch == "auto" and not pages:
        raise ValueError('watch = "auto" needs pages: patterns that only the addresses of profiles fit')
    try:
        every_s = clock.seconds(data.get("every", "24h"))
    except ValueError as wrong:
        raise ValueError(f"every is {wrong}") from wrong
    if not LEAST_S <= every_s <= MOST_S:
        raise ValueError(f"every is {data['every']!r}; from 15m to 90d")
    return Discovery(**places, pages=pages, watch=watch, every_s=every_s)
