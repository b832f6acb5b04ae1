"""Sitemaps: lists of pages, and lists of such lists. Pure. Source: https://www.sitemaps.org/protocol.html"""

from collections.abc import Mapping

from tracker.extract.addresses import Listed, Listing, NotRead, absolute, when
from tracker.extract.xml import MAX_BYTES, Enough, pieces, read_xml

MAX_URLS = 50_000  # of one file, sitemaps.org


def read_sitemap(body: bytes, url: str) -> Listing:
    """What a sitemap, or an index of sitemaps, at this address lists. body: plain or gzip, whatever it is called.

    More than 50,000 entries are cut, and `cut` says so. Raises NotRead.
    """
    pages: list[Listed] = []
    children: list[str] = []
    root = loc = lastmod = ""
    is_full = False

    def on_end(path: tuple[str, ...], attributes: Mapping[str, str], text: str) -> None:
        nonlocal root, loc, lastmod, is_full
        root = path[0]
        if root not in ("urlset", "sitemapindex"):
            raise NotRead(f"it is no sitemap: its root is <{root[:40]}>")
        if len(path) == 3 and path[2] == "loc":
            loc = text
        elif len(path) == 3 and path[2] == "lastmod":
            lastmod = text
        elif len(path) == 2:
            if loc and path[1] == "url" and root == "urlset":
                pages.append(Listed(absolute(loc, url), when(lastmod)))
            elif loc and path[1] == "sitemap" and root == "sitemapindex":
                children.append(absolute(loc, url))
            loc = lastmod = ""
            if len(pages) + len(children) > MAX_URLS:
                is_full = True
                raise Enough

    read_xml(body, on_end)
    cut = f"more than {MAX_URLS:,} entries: the rest is not read" if is_full else ""
    if root == "sitemapindex":
        return Listing(kind="sitemap index", sitemaps=tuple(dict.fromkeys(children[:MAX_URLS])), cut=cut)
    return Listing(kind="sitemap", pages=tuple(pages[:MAX_URLS]), cut=cut)


def read_text_sitemap(body: bytes, url: str) -> Listing:
    """A sitemap that is a text: an address a line. Raises NotRead where a line is none."""
    found: list[Listed] = []
    text = b"".join(pieces(body))[:MAX_BYTES].decode("utf-8-sig", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines[:MAX_URLS]:
        if not line.lower().startswith(("http://", "https://")):
            raise NotRead("it is neither XML nor a list of addresses")
        found.append(Listed(line))
    cut = f"more than {MAX_URLS:,} lines: the rest is not read" if len(lines) > MAX_URLS else ""
    return Listing(kind="sitemap", pages=tuple(found), cut=cut)
