"""A notice whose titles are short and whose texts no reader makes a link of: for mail and feeds. Pure.

Readers of both turn whatever looks like an address into a link, in plain text too. A word joiner, which nobody sees,
behind what makes a text look like one keeps them from it; the same stands in Markdown (markdown.py).
"""

import re
from dataclasses import replace

from tracker.notify.render.fit import words_cut
from tracker.notify.render.notice import Notice, Piece, Told

JOINER = "\u2060"
MAX_CHARS = 500  # of any text but an edit's own words, which fit.py cuts: a heading of a page may be of any length
# A dot before a letter (a host name) or in an IP address, an at sign, the colon behind a scheme, a double slash.
# Browsers read the three other dots as dots too.
_LIKE_A_LINK = re.compile(r"[.\u3002\uff0e\uff61](?=[^\W\d_]|\d{1,3}\.\d{1,3}\.\d{1,3})|@|(?<=[^\W\d_]):(?=\S)|/(?=/)")


def unlinked(text: str) -> str:
    """The text with a word joiner wherever it could be taken for an address."""
    return _LIKE_A_LINK.sub(lambda found: found[0] + JOINER, text)


def tamed(notice: Notice) -> Notice:
    """The notice with all its texts short and unlinked, edits' own words unlinked only; its links stay as they are."""
    return replace(
        notice,
        title=_tame(notice.title),
        lines=tuple(map(_tame, notice.lines)),
        told=tuple(map(_told, notice.told)),
        also=tuple(map(_tame, notice.also)),
        reasons=tuple(map(_tame, notice.reasons)),
    )


def _tame(text: str) -> str:
    return unlinked(words_cut(text, MAX_CHARS))


def _told(told: Told) -> Told:
    return replace(
        told,
        head=_tame(told.head),
        said=tuple(map(_tame, told.said)),
        dated=_tame(told.dated),
        pieces=tuple(map(_piece, told.pieces)),
        neutral=_tame(told.neutral),
    )


def _piece(piece: Piece) -> Piece:
    return replace(
        piece,
        words=_tame(piece.words),
        place=_tame(piece.place),
        pointer=_tame(piece.pointer),
        spans=tuple((mark, unlinked(text)) for mark, text in piece.spans),
    )
