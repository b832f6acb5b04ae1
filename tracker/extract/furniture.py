"""What on a page is no content: scripts, navigation, cookie bars, hidden things; and where the content is. Pure.

Nothing is taken out of the tree: what is no content is named, and the walk passes it by.
"""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from tracker.extract.publishers import Publisher

LEAST_SHARE = 4  # the content holds at least a quarter of the page's text
MAX_BARS = 200  # looked at; a page has a handful
MAX_BAR = 3000  # characters; what holds more is no bar across the page
MAX_DEPTH = 1000  # browsers stop at 512; parsing time grows with the square of the depth

_SCRIPTS = ["script", "style", "noscript", "template"]
_NEVER = (
    "iframe, object, embed, svg, canvas, audio, video, head, select, textarea, nav, [role=navigation],"
    " [role=banner], [role=contentinfo], [role=search], [role=dialog], [role=alertdialog], [role=menu],"
    " [aria-modal=true], body > header, body > footer, [hidden]"
)
_ASIDES = ".breadcrumb, .breadcrumbs, .skip-link, .visually-hidden, .screen-reader-text, .sr-only"
_BARS = "[id*=cookie i], [class*=cookie i], [id*=consent i], [class*=consent i], [id*=gdpr i], [class*=gdpr i]"
_BAR_NAME = re.compile(
    r"(?:^|[-_])(?:cookies?|gdpr|consent|privacy)(?:[-_]?(?:cookies?|law|policy|consent))?[-_]?"
    r"(?:bar|banner|notice|notification|popup|modal|overlay|dialog|message|prompt|alert|compliance|manager|settings)s?"
    r"(?:[-_]|$)|cookie[-_]?consent",
    re.I,
)
_BAR_WORDS = re.compile(
    r"\b(?:uses?|using|accept|allow|manage|set|store|these|our|of)\s+(?:\S+\s+){0,2}cookies\b"
    r"|\bcookie\s+(?:policy|notice|settings|preferences)\b",
    re.I,
)
_BESIDE = "aside, [role=complementary], .ad, .ads, .advert, .advertisement, .sponsored, .ad-slot, ins.adsbygoogle"
_SIDE_NAMES = frozenset((
    "sidebar", "related", "promo", "share", "sharing", "social", "newsletter", "subscribe", "widget", "teaser",
    "trending", "popular", "ad", "ads", "advert", "advertisement", "sponsored", "ad-slot", "adsbygoogle",
))  # fmt: skip
MAX_AD = 600  # characters
MAX_ABOVE = 4  # elements between a button and its heading
LEAST_SENTENCE = 50  # characters of a button, blanks not counted, that make it text

_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "summary"))
_CONTENT = frozenset(("html", "body", "main", "article"))
_TAG = re.compile(
    r"<(/?)(div|ul|ol|li|dl|dd|dt|section|article|blockquote|center|aside|details|fieldset|figure|main|table)\b", re.I
)

_HUGE_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9-]*)\s[^<>]{50000,}>")


def parsed(source: str) -> LexborHTMLParser:
    """The tree of the source as browsers build it, without its scripts.

    A tag longer than any real one loses its attributes: the parser compares each with all before it.
    """
    source = _HUGE_TAG.sub(r"<\1>", source)
    tree = LexborHTMLParser(_bounded(source) if source.count("<") > MAX_DEPTH else source)
    tree.strip_tags(_SCRIPTS)
    return tree


def _bounded(source: str) -> str:
    """The source without the tags that nest deeper than any page does."""
    depth = deepest = 0
    for tag in _TAG.finditer(source):
        depth += -1 if tag[1] else 1
        deepest = max(deepest, depth)
        depth = max(depth, 0)
    if deepest <= MAX_DEPTH:
        return source
    depth = 0

    def kept(tag: re.Match[str]) -> str:
        nonlocal depth
        depth = max(depth + (-1 if tag[1] else 1), 0)
        is_deep = depth > MAX_DEPTH or (tag[1] and depth >= MAX_DEPTH)
        return f"<{tag[1]}wbr" if is_deep else tag[0]

    return _TAG.sub(kept, source)


def furniture(tree: LexborHTMLParser, publisher: Publisher) -> set[int]:
    """The ids of the nodes that are no content. A selector that cannot be read names none."""
    found = {node.mem_id for node in _matching(tree, _NEVER) if node.tag not in _CONTENT}
    found.update(node.mem_id for node in _buttons(tree))
    found.update(node.mem_id for node in _matching(tree, _ASIDES)[:MAX_BARS] if _may_be_bar(node))
    found.update(node.mem_id for node in _matching(tree, _BARS)[:MAX_BARS] if _is_bar(node))
    found.update(node.mem_id for node in _matching(tree, _BESIDE)[:MAX_BARS] if _is_beside(node))
    for selector in publisher.drop:
        found.update(node.mem_id for node in _matching(tree, selector) if node.tag not in _CONTENT)
    return found


def _may_be_bar(node: LexborNode) -> bool:
    """Whether a node named as a bar may be one. A name may mislead: what holds the page's headings is none."""
    return node.tag not in _CONTENT and len(node.text()) <= MAX_BAR and node.css_first("h1, h2, table") is None


def _is_bar(node: LexborNode) -> bool:
    """Whether a node whose name speaks of cookies or consent is a bar that asks for it: by its name or its words.

    "informed-consent" and "cookie-factory" are content, and so is a paragraph of any name. A bar may have a heading
    ("Your privacy"); where it has, both must say so.
    """
    if node.tag in _CONTENT or node.tag == "p" or len(node.text()) > MAX_BAR or node.css_first("h1, table"):
        return False
    attributes = node.attributes
    names = (attributes.get("id") or "", *(attributes.get("class") or "").split())
    is_named = any(_BAR_NAME.search(name) for name in names)
    is_said = _BAR_WORDS.search(node.text()) is not None
    return is_named and is_said if node.css_first("h2") is not None else is_named or is_said


def _is_beside(node: LexborNode) -> bool:
    """Whether a node is an advertisement, or stands beside the content and is named so. An aside of another name, or
    one that holds a table or a chapter's heading, is content: a box, a note.
    """
    names = (node.attributes.get("id") or "", *(node.attributes.get("class") or "").split())
    if node.tag in _CONTENT or not _SIDE_NAMES.intersection(name.lower() for name in names):
        return False
    is_aside = node.tag == "aside" or node.attributes.get("role") == "complementary"
    return len(node.text()) <= (MAX_BAR if is_aside else MAX_AD) and node.css_first("h1, table") is None


def _buttons(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    """The buttons that are no text: neither the whole of a heading (an accordion's), nor as long as a sentence."""
    are_headings: dict[int, bool] = {}  # by the element that holds buttons: whether they are the whole of a heading
    for button in _matching(tree, "button"):
        node, steps = button.parent, 0
        while node is not None and node.tag not in _HEADINGS and steps < MAX_ABOVE:
            node, steps = node.parent, steps + 1
        if node is None or node.tag not in _HEADINGS:
            if len("".join(button.text().split())) < LEAST_SENTENCE:
                yield button
            continue
        if node.mem_id not in are_headings:
            inside = "".join("".join(b.text().split()) for b in node.css("button"))
            are_headings[node.mem_id] = inside == "".join(node.text().split())
        if not are_headings[node.mem_id]:
            yield button


def content_root(tree: LexborHTMLParser, publisher: Publisher) -> LexborNode | None:
    """The element that holds the content: the first root selector that fits one element with enough of the text."""
    body = tree.body
    if body is None:
        return tree.root
    least = len(body.text()) / LEAST_SHARE
    for selector in publisher.roots:
        found = _matching(tree, selector)
        if len(found) == 1 and (found[0].tag == "body" or len(found[0].text()) >= least):
            return found[0]
    return body


def _matching(tree: LexborHTMLParser, selector: str) -> list[LexborNode]:
    try:
        return tree.css(selector)
    except (SelectolaxError, ValueError):
        return []


def layout_tables(tree: LexborHTMLParser) -> set[int]:
    """The ids of the tables that only lay out the page: another table, or the page's headings, stand in them."""
    found: set[int] = set()
    for inner in _matching(tree, "table table, table h1, table h2"):
        node = inner.parent
        while node is not None and node.tag != "table":
            node = node.parent
        if node is not None:
            found.add(node.mem_id)
    return found


def is_hidden(node: LexborNode) -> bool:
    """Whether a browser would not show the element, by its own attributes."""
    attributes = node.attributes
    if not attributes:
        return False
    if attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    if not style:
        return False
    plain = style.replace(" ", "").lower()
    return "display:none" in plain or "visibility:hidden" in plain or "mso-hide:all" in plain
