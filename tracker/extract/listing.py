"""Bytes into a listing of pages: which sort it is, then the reader of that sort. Pure."""

import re

from tracker.extract.addresses import Listing, NotRead
from tracker.extract.feeds import read_feed, read_json_feed
from tracker.extract.links import read_links
from tracker.extract.publishers import Publisher
from tracker.extract.sitemap import read_sitemap, read_text_sitemap
from tracker.extract.xml import pieces

_LOOKED_AT = 4096  # bytes in which a document says what it is
_ROOT = re.compile(r"<(?:[\w.-]+:)?(urlset|sitemapindex|rss|feed|RDF)[\s>/]")
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def read_listing(
    body: bytes, url: str, publisher: Publisher, *, media_type: str | None = None, charset: str | None = None
) -> Listing:
    """What the document at this address lists, whatever its media type says: sitemap, feed, or the links of a page.

    publisher: where an HTML page has its content. Raises NotRead, in words about the document.
    """
    begins = _beginning(body)
    if not begins.strip("\x00"):
        raise NotRead("it is empty")
    root, html = _ROOT.search(begins), _HTML.search(begins)
    if html is not None and (root is None or html.start() < root.start()):
        return read_links(body, url, publisher, charset)
    if root is not None:
        return read_sitemap(body, url) if root[1] in ("urlset", "sitemapindex") else read_feed(body, url)
    if begins.startswith("{"):
        return read_json_feed(body, url)
    if begins.startswith(("http://", "https://")):
        return read_text_sitemap(body, url)
    if media_type in ("text/html", "application/xhtml+xml") and "<" in begins:
        return read_links(body, url, publisher, charset)
    if begins.startswith("<"):
        return read_sitemap(body, url)  # XML of another root: it says which
    raise NotRead("it is neither a sitemap, nor a feed, nor an HTML page")


def _beginning(body: bytes) -> str:
    first = next(pieces(body), b"")[:_LOOKED_AT]
    for mark, name in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8")):
        if first.startswith(mark):
            return first[len(mark) :].decode(name, "replace").lstrip()
    return first.decode("utf-8", "replace").lstrip()
