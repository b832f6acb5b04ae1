"""A notice whose texts do nothing in a medium that makes links, mentions and commands of plain text by itself. Pure.

What is changed in a text of a page, and nothing else: a WORD JOINER (U+2060), which is not seen and is no part of any
address, is put

- after `@`, `#` and `$` before anything but a blank (`@room`, `#tag`, `$USD`, `mallory@example.org`),
- after the colon that ends a word (`https:` before `//`, `mailto:`, `tg:`),
- after a dot inside a word before a letter (`example.org`, `t.me`), and the first dot of `203.0.113.7`; the three
  other dots that browsers read as one (`。`, `．`, `｡`) are dots,
- after a slash that begins a word (`/start`), and between two slashes.

Not ZERO WIDTH JOINER, which Telegram takes for a part of an address. Line feeds in what is one line become blanks. Our
own links stay as they are: http or https, percent-encoded.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from urllib.parse import quote, urlsplit

from tracker.document.edit import Span
from tracker.notify.render.fit import words_cut
from tracker.notify.render.notice import Notice, Piece, Told
from tracker.notify.render.redline import safe

JOINER = "\N{WORD JOINER}"
MAX_TITLE = 200  # characters; what names a thing is no place for a page's prose
MAX_LINE = 300
MAX_LINES = 20
MAX_URL = 1_000
_URL_CHARS = "%/:?#[]@!$&'()*+,;=~-._"  # RFC 3986: reserved, unreserved, and what is encoded already
_LIVE = re.compile(
    rf"(?<=[@#$])(?=[^\s{JOINER}])"
    rf"|(?<=[A-Za-z]:)(?=[^\s{JOINER}])"
    r"|(?<=[^\s.][.\u3002\uff0e\uff61])(?=[^\W\d_])"
    r"|(?<=\d[.\u3002\uff0e\uff61])(?=\d{1,3}[.\u3002\uff0e\uff61]\d{1,3}[.\u3002\uff0e\uff61]\d)"
    r"|(?<!\w/)(?<=/)(?=\w)"  # also the second one of `//`: with a joiner before it, it begins a word
    r"|(?<=/)(?=/)"
)


def unlinked(text: str) -> str:
    """The text with a joiner wherever a medium would make a link, a mention, a tag or a command of it."""
    return _LIVE.sub(JOINER, text)


def disarmed(notice: Notice, how: Callable[[str], str] = unlinked) -> Notice:
    """The notice with every text but our links through `how`: each name and line in one line of bounded length."""

    def line(text: str, most: int = MAX_LINE) -> str:
        return how(words_cut(re.sub(r"\s*\n\s*", " ", safe(text)), most))

    def lines(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(line, texts[:MAX_LINES]))

    def piece(shown: Piece) -> Piece:
        return replace(
            shown,
            words=line(shown.words),
            place=line(shown.place),
            pointer=line(shown.pointer),
            spans=tuple((mark, how(text)) for mark, text in _joined(shown.spans)),
        )

    def told(shown: Told) -> Told:
        return replace(
            shown,
            head=line(shown.head, MAX_TITLE),
            said=lines(shown.said),
            when=line(shown.when),
            dated=line(shown.dated),
            neutral=line(shown.neutral),
            pieces=tuple(map(piece, shown.pieces)),
            link=link(shown.link),
            source_url=link(shown.source_url),
        )

    return replace(
        notice,
        title=line(notice.title, MAX_TITLE),
        lines=lines(notice.lines),
        told=tuple(map(told, notice.told)),
        also=tuple(line(text, MAX_TITLE) for text in notice.also),
        reasons=lines(notice.reasons),
        link=link(notice.link),
    )


def link(url: str) -> str:
    """An address as it may stand in a message: http or https, ASCII; "" for any other."""
    found = quote(url, safe=_URL_CHARS, errors="replace")
    try:
        is_web = urlsplit(found).scheme in ("http", "https")
    except ValueError:
        return ""
    return found if is_web and len(found) <= MAX_URL else ""


def _joined(spans: tuple[Span, ...]) -> list[Span]:
    """Neighbours of one mark as one: what lies across two of them would be seen in neither."""
    return [(mark, safe("".join(text for _, text in run))) for mark, run in groupby(spans, key=lambda span: span[0])]
