"""Places that list pages, read politely: sitemaps and their indexes, feeds, index pages; and the sieve for addresses.

Lives here: which requests are made, what of the answers is passed on, and what is said of the rest. Not here: how a
document is read (extract/), what is new or gone (hints.py, discover.py).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from tracker.events.looks import Capture, NotModified
from tracker.extract.addresses import MAX_URL, Listed, NotRead, page_key, tidy
from tracker.extract.listing import read_listing
from tracker.extract.publishers import Publisher
from tracker.fetch.address import AddressGuard, Refused, parse_url
from tracker.fetch.client import Fetcher

MAX_DOCUMENTS = 1_000  # read for one source: an index may name 50,000 sitemaps
MAX_PAGES = 50_000  # kept of one source
MAX_FEEDS = 5  # of those that a page names: some have one for each of their remarks
MAX_NESTED = 3  # indexes in one another: the protocol has one, some sites two

_FILE = re.compile(
    r"\.(?:pdf|jpe?g|png|gif|webp|svg|ico|zip|gz|docx?|xlsx?|pptx?|csv|mp[34]|css|js|xml|rss|atom|json|txt)$", re.I
)

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRead:
    """What a place lists. kind: of its first document; "" where none was read. pages: canonical key → as listed, those
    that may be profiles.

    dropped: how many were not, by reason. faults: a line for each document that could not be read or is cut.
    is_whole: a page that is not among `pages` is not listed there. canonical: what an HTML page calls itself.
    """

    source: str
    kind: str = ""
    pages: Mapping[str, Listed] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    documents: int = 0
    feeds: tuple[str, ...] = ()
    canonical: str | None = None
    is_whole: bool = False


class Sieve:
    """Which addresses may be profiles.

    home: an address of the site that lists them; its own host is trusted as far as it was fetched from. patterns: one
    of them must fit, where there are any; one that names another host lets that host in.
    """

    def __init__(self, home: str, patterns: Iterable[re.Pattern[str]], guard: AddressGuard) -> None:
        self._home = _site(home)
        self._patterns = tuple(patterns)
        self._guard = guard
        self._hosts: dict[str, bool] = {}

    def why_not(self, url: str) -> str | None:
        """Why an address is passed over; None where it may be a profile."""
        if len(url) > MAX_URL:
            return f"longer than {MAX_URL:,} characters"
        parsed = parse_url(url)
        if isinstance(parsed, Refused):
            return "no address of the web"
        fits = [p for p in self._patterns if p.search(url)]
        if _site(url) != self._home:
            if not any(_names(p, parsed.host, url) for p in fits):
                return "on another host"
            if not self._is_public(parsed.host):
                return "at an address that is not public"
        if self._patterns and not fits:
            return "does not look like a profile"
        if not self._patterns and _FILE.search(parsed.path):
            return "a file, no page"
        return None

    def _is_public(self, host: str) -> bool:
        if host not in self._hosts:
            self._hosts[host] = not isinstance(self._guard.vet(host), Refused)
        return self._hosts[host]


def read_source(fetcher: Fetcher, source: str, sieve: Sieve, publisher: Publisher, tell: Tell) -> SourceRead:
    """Read a place and all sitemaps that it leads to. source: of a sitemap, feed, page, or of a robots.txt, which
    means the sitemaps that it names, else /sitemap.xml. tell: a line of progress. Raises Abandoned.
    """
    return _Reading(fetcher, sieve, publisher, tell).of(source)


def look_around(fetcher: Fetcher, url: str, sieve: Sieve, publisher: Publisher, tell: Tell) -> tuple[SourceRead, ...]:
    """Read the place at `url`; where that is a page, also the feeds that it names and its site's sitemaps."""
    first = read_source(fetcher, url, sieve, publisher, tell)
    if first.kind != "page":
        return (first,)
    robots = urljoin(url, "/robots.txt")
    return (first, *(read_source(fetcher, one, sieve, publisher, tell) for one in (robots, *first.feeds[:MAX_FEEDS])))


def is_robots(url: str) -> bool:
    """Whether the place is a robots.txt: not itself a list, but what names some."""
    return urlsplit(url).path.lower() == "/robots.txt"


class _Reading:
    """One source, as far as it is read."""

    def __init__(self, fetcher: Fetcher, sieve: Sieve, publisher: Publisher, tell: Tell) -> None:
        self._fetcher, self._sieve, self._publisher, self._tell = fetcher, sieve, publisher, tell
        self.pages: dict[str, Listed] = {}
        self.dropped: Counter[str] = Counter()
        self.faults: list[str] = []
        self.seen: set[str] = set()
        self.places: set[str] = set()  # canonical keys of what was read: a list is no profile
        self.feeds: tuple[str, ...] = ()
        self.canonical: str | None = None
        self.is_whole = True
        self.guessed = ""  # an address that nobody named: that there is nothing is no fault
        self.kind = ""

    def of(self, source: str) -> SourceRead:
        """What the place lists."""
        waiting = [(source, 0)]
        if is_robots(source):
            waiting = [(one, 0) for one in self._fetcher.sitemaps(source)]
            if not waiting:
                self.guessed = urljoin(source, "/sitemap.xml")
                waiting = [(self.guessed, 0)]
        while waiting:
            url, depth = waiting.pop(0)
            if url in self.seen:
                continue
            if len(self.seen) >= MAX_DOCUMENTS or depth > MAX_NESTED:
                what = f"more than {MAX_DOCUMENTS:,} documents" if depth <= MAX_NESTED else "indexes in one another"
                self._fault(source, f"{what}: the rest is not read")
                break
            self.seen.add(url)
            waiting += [(one, depth + 1) for one in self._document(url)]
        return SourceRead(
            source=source,
            kind=self.kind,
            pages=self.pages,
            dropped=dict(self.dropped),
            faults=tuple(self.faults),
            documents=len(self.seen),
            feeds=self.feeds,
            canonical=self.canonical,
            is_whole=self.is_whole,
        )

    def _document(self, url: str) -> tuple[str, ...]:
        """Read one document; gives the sitemaps that it names."""
        fetched = self._fetcher.fetch(url)
        if not isinstance(fetched, Capture):
            assert not isinstance(fetched, NotModified)
            told = fetched.detail
            if url == self.guessed and fetched.status in (404, 410):
                self.is_whole = False
                self._tell(f"{url}: there is none")
                return ()
            if fetched.reason == "too_large":
                told += " by fetch.max_body_bytes: not read, as half a list is none (a sitemap may have 50 MB)"
            self._fault(url, told)
            return ()
        base = fetched.final_url
        try:
            listing = read_listing(
                fetched.body, base, self._publisher, media_type=fetched.media_type, charset=fetched.charset
            )
        except NotRead as wrong:
            self._fault(url, str(wrong))
            return ()
        self.kind = self.kind or listing.kind
        if listing.cut:
            self._fault(url, listing.cut)
        self.is_whole = self.is_whole and listing.is_whole
        self.places |= {key for one in (url, base) if (key := page_key(one)) is not None}
        for page in listing.pages:
            self._keep(page)
        self.feeds = self.feeds or listing.feeds
        self.canonical = self.canonical or listing.canonical
        self._tell(f"{url}: {listing.kind}, {len(listing.pages) + len(listing.sitemaps):,} entries")
        return listing.sitemaps

    def _keep(self, page: Listed) -> None:
        url = tidy(page.url)
        why_not = self._sieve.why_not(url)
        key = page_key(url) if why_not is None else None
        if key is not None and key in self.places:
            return
        if key is None:
            self.dropped[why_not or "no address of the web"] += 1
        elif len(self.pages) < MAX_PAGES or key in self.pages:
            known = self.pages.get(key)
            lastmod = max(filter(None, (page.lastmod, known.lastmod if known else None)), default=None)
            self.pages[key] = Listed(known.url if known else url, lastmod)
        else:
            self.dropped[f"beyond the first {MAX_PAGES:,}"] += 1
            self.is_whole = False

    def _fault(self, url: str, told: str) -> None:
        self.faults.append(f"{url}: {told}")
        self.is_whole = False
        self._tell(self.faults[-1])


def _names(pattern: re.Pattern[str], host: str, url: str) -> bool:
    """Whether a pattern that fits an address speaks of its host, letter by letter, where the address has it."""
    name = host.lower().removeprefix("www.")
    found, at = pattern.search(url), url.lower().find(name)
    if found is None or not found.start() <= at or not at + len(name) <= found.end():
        return False
    texts = (re.escape(name), name)
    return any(re.search(rf"(?<![A-Za-z0-9-]){re.escape(text)}(?![A-Za-z0-9.-])", pattern.pattern) for text in texts)


def _site(url: str) -> tuple[str, int]:
    """Host and port, for which `www.` and the scheme make no difference."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", 0
    return host.lower().removeprefix("www."), 0 if port in (None, 80, 443) else port
