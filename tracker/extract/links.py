"""An index page: the links in its content, the feeds that it names, what it calls itself. Pure.

rel=canonical is told, and never followed: a page may name any address there.
"""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tracker.extract.addresses import Listed, Listing, absolute
from tracker.extract.charset import decoded
from tracker.extract.furniture import content_root, furniture, parsed
from tracker.extract.publishers import Publisher

MAX_LINKS = 50_000
_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/feed+json"})
_NO_PAGE = ("#", "javascript:", "mailto:", "tel:", "data:")


def read_links(body: bytes, url: str, publisher: Publisher, charset: str | None = None) -> Listing:
    """The links in the content of an HTML page; all of its links where its content has none."""
    tree = parsed(decoded(body, charset)[0])
    base = _base(tree, url)
    links = _in_content(tree, publisher) or tree.css("a[href], area[href]")
    found = [href for node in links if (href := (node.attributes.get("href") or "").strip())]
    pages = dict.fromkeys(absolute(href, base) for href in found if not href.lower().startswith(_NO_PAGE))
    canonical = tree.css_first("link[rel=canonical][href]")
    feeds = [
        absolute(node.attributes.get("href") or "", base)
        for node in tree.css("link[rel~=alternate][href]")
        if (node.attributes.get("type") or "").partition(";")[0].strip().lower() in _FEED_TYPES
    ]
    return Listing(
        kind="page",
        pages=tuple(Listed(page) for page in list(pages)[:MAX_LINKS]),
        feeds=tuple(dict.fromkeys(feeds)),
        canonical=absolute(canonical.attributes.get("href") or "", base) if canonical is not None else None,
        cut=f"more than {MAX_LINKS:,} links: the rest is not read" if len(pages) > MAX_LINKS else "",
    )


def _base(tree: LexborHTMLParser, url: str) -> str:
    named = tree.css_first("base[href]")
    return absolute(named.attributes.get("href") or "", url) if named is not None else url


def _in_content(tree: LexborHTMLParser, publisher: Publisher) -> list[LexborNode]:
    root = content_root(tree, publisher)
    if root is None:
        return []
    is_passed: dict[int, bool] = dict.fromkeys(furniture(tree, publisher), True)
    is_passed[root.mem_id] = False

    def is_furniture(node: LexborNode) -> bool:
        above: list[int] = []
        at: LexborNode | None = node
        while at is not None and at.mem_id not in is_passed:
            above.append(at.mem_id)
            at = at.parent
        found = is_passed[at.mem_id] if at is not None else False
        is_passed.update(dict.fromkeys(above, found))
        return found

    return [node for node in root.css("a[href], area[href]") if not is_furniture(node)]
