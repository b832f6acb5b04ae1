"""What our HTML says, read back by a browser's parser; what a mail reader would make a link of, by a linkifier."""

from collections.abc import Iterator, Sequence
from typing import Any

from linkify_it import LinkifyIt
from selectolax.lexbor import LexborHTMLParser

from tracker.document.edit import Span
from tracker.notify.render.disarm import JOINER
from tracker.notify.render.html import legal
from tracker.notify.render.notice import Notice

FRAGMENT = {"h1", "h2", "p", "div", "ol", "ul", "li", "bdi", "strong", "small", "del", "ins", "a", "br"}
_LINKS = LinkifyIt(options={"fuzzy_ip": True, "fuzzy_link": True, "fuzzy_email": True})


def links_in(plain: str) -> set[str]:
    """The links that a reader of plain text would make."""
    return {match.url for match in _LINKS.match(plain) or ()}


def merged(spans: Sequence[Span]) -> list[Span]:
    """The spans without our joiners, neighbours of one kind as one, nothing empty."""
    told: list[Span] = []
    for mark, text in spans:
        text = legal(text).replace(JOINER, "")
        if told and told[-1][0] == mark:
            told[-1] = (mark, told[-1][1] + text)
        elif text:
            told.append((mark, text))
    return told


def redlines(page: str) -> list[list[Span]]:
    """Every redline in HTML of ours."""
    return [merged(list(_spans(node))) for node in LexborHTMLParser(page).css("div > p[dir=auto]")]


def _spans(paragraph: Any) -> Iterator[Span]:
    for node in paragraph.iter(include_text=True):
        if node.tag != "small":
            mark = {"del": "-", "ins": "+"}.get(node.tag, "=")
            inner = [node] if node.tag in ("-text", "br") else list(node.iter(include_text=True))
            yield mark, "".join("\n" if n.tag == "br" else n.text(deep=False).replace("\n", " ") for n in inner)  # type: ignore[misc]


def holds_only_ours(page: str, notice: Notice, *, links: set[str], elements: set[str]) -> None:
    """Every edit's text is there, and equal; no element, no link and nothing like a link but what is named."""
    tree = LexborHTMLParser(page)
    pieces = [piece for told in notice.told for piece in told.pieces]
    assert redlines(page) == [merged(piece.spans) for piece in pieces if piece.spans]
    assert {node.tag for node in tree.css("*")} <= elements
    assert {node.attributes["href"] for node in tree.css("a")} <= links
    assert {key for node in tree.css("body *") for key in node.attributes} <= {"style", "dir", "href"}
    assert tree.body is not None and not links_in(tree.body.text())
