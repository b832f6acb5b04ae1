"""A notice as a fragment of HTML: for the HTML part of a mail, for the entries of feeds. Pure.

Lives here: elements and inline styles. Not here: what is said (notice.py), how much of it (fit.py), the document
around it (letter.py), the feed (feed.py). What went and what came is told by element, by style and in words, since
feed readers drop styles and some readers drop elements. Colours come in pairs, text and ground, and nowhere else: so
a dark screen stays legible. Nothing is loaded, nothing runs, and no link leads where a page's text wants it to.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import urlsplit

from tracker.document.edit import Span
from tracker.notify.render.notice import Notice, Piece, Told

_ELEMENTS = {"-": ("del", "removed"), "+": ("ins", "added")}
_STYLES = {
    "-": "background-color:#ffebe9;color:#82071e;text-decoration:line-through",
    "+": "background-color:#dafbe1;color:#0a5227;text-decoration:underline",
}
_QUIET = "font-size:0.85em;margin:0.2em 0"
_HEAD = "font-size:1.15em;margin:1.4em 0 0.2em"
_EDIT = "border-left:4px solid #8c959f;break-inside:avoid;margin:0.8em 0;padding-left:0.8em"
_LOUD_EDIT = "border-left:8px double #b3122c;break-inside:avoid;margin:0.8em 0;padding-left:0.8em"
# What XML 1.0 can hold (§2.2): an entry of a feed is XML, and a mail is better off without the rest as well.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """The text with what XML cannot hold shown as `�`."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)


def shown(text: str) -> str:
    """The text as HTML: markup escaped, line feeds as breaks."""
    return escape(legal(text)).replace("\n", "<br>")


def web_link(url: str) -> str:
    """The address, if it is one of the web and can be linked to; else ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_plain = parts.scheme in ("http", "https") and parts.netloc and not re.search(r"[\s\x00-\x20\x7f<>\"\\]", url)
    return url if is_plain and legal(url) == url else ""


def redlined(spans: Iterable[Span]) -> str:
    """Spans as HTML: what went in `<del>` and what came in `<ins>`, each between the words that say so."""
    return "".join(_span(mark, text) for mark, text in spans)


def fragment(notice: Notice, *, titled: bool = True) -> str:
    """The notice as HTML, without the document around it. titled: whether it begins with its title."""
    return "".join(_parts(notice, titled=titled))


def _parts(notice: Notice, *, titled: bool) -> Iterator[str]:
    if titled:
        yield f'<h1 style="font-size:1.3em;margin:0 0 0.5em"><bdi>{shown(notice.title)}</bdi></h1>\n'
    yield from (f'<p dir="auto">{shown(line)}</p>\n' for line in notice.lines)
    if len(notice.told) > 1:
        yield from _contents(notice)
    for told in notice.told:
        yield from _told(told)
    if notice.also:
        yield "<p>Concerned:</p>\n<ul>\n"
        yield from (f"<li><bdi>{shown(line)}</bdi></li>\n" for line in notice.also)
        yield "</ul>\n"
    if notice.also_more:
        yield f"<p>+{notice.also_more} more</p>\n"
    if notice.more:
        yield f"<p><strong>+{_many(notice.more, 'more change')}</strong>{_see(notice.link)}</p>\n"
    if notice.reasons:
        yield f'<p style="{_QUIET}">Why you get this:</p>\n<ul style="{_QUIET}">\n'
        yield from (f"<li><bdi>{shown(reason)}</bdi></li>\n" for reason in notice.reasons)
        yield "</ul>\n"
    if web_link(notice.link):
        yield f'<p style="{_QUIET}">{_anchor(notice.link, "All of it")}</p>\n'


def _contents(notice: Notice) -> Iterator[str]:
    yield "<ol>\n"
    for told in notice.told:
        edits = _many(told.edits, "edit")
        yield f"<li><bdi>{shown(told.head)}</bdi>: {edits}, {told.level}</li>\n"
    yield "</ol>\n"


def _told(told: Told) -> Iterator[str]:
    yield f'<h2 style="{_HEAD}"><bdi>{shown(told.head)}</bdi></h2>\n'
    yield from (f"<p><strong>{shown(said)}</strong></p>\n" for said in told.said)
    dated = f" · <bdi>{shown(told.dated)}</bdi>" if told.dated else ""
    yield f'<p style="{_QUIET}">happened {shown(told.when)}{dated}</p>\n'
    for piece in told.pieces:
        yield from _piece(piece)
    if told.hidden:
        yield f"<p><strong>+{_many(told.hidden, 'more edit')}</strong>{_see(told.link)}</p>\n"
    if told.neutral:
        yield f'<p style="{_QUIET}">{shown(told.neutral)}</p>\n'
    links = [_anchor(told.link, "See the change")] if web_link(told.link) and told.link != told.source_url else []
    links += [_anchor(told.source_url, "The page")] if web_link(told.source_url) else []
    if links:
        yield f"<p>{' · '.join(links)}</p>\n"


def _piece(piece: Piece) -> Iterator[str]:
    yield f'<div style="{_LOUD_EDIT if piece.level in ("critical", "high") else _EDIT}">\n'
    pointer = f" · <bdi>{shown(piece.pointer)}</bdi>" if piece.pointer else ""
    yield f'<p style="{_QUIET}"><bdi>{shown(piece.words)}</bdi>{pointer}</p>\n'
    if piece.place:
        yield f'<p style="{_QUIET}"><bdi>{shown(piece.place)}</bdi></p>\n'
    if piece.spans:
        yield f'<p dir="auto" style="margin:0.2em 0">{redlined(piece.spans)}</p>\n'
    yield "</div>\n"


def _span(mark: str, text: str) -> str:
    if mark == "=":
        return shown(text)
    element, word = _ELEMENTS[mark]
    return f'<small>[{word}: </small><{element} style="{_STYLES[mark]}">{shown(text)}</{element}><small>]</small>'


def _see(link: str) -> str:
    return f": {_anchor(link, 'see them all')}" if web_link(link) else ""


def _anchor(url: str, words: str) -> str:
    return f'<a href="{escape(url)}">{words}</a>'


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
