"""A notice as plain text: for the text part of a mail, for media without markup, for a terminal. Pure.

Lives here: lines and marks, `[-old-]{+new+}`. Not here: what is said (notice.py), how much of it (fit.py). No markup:
a medium that reads any into plain text (Markdown, HTML) has to escape what it gets.
"""

from collections.abc import Iterator
from dataclasses import replace

from tracker.notify.render.notice import Notice, Piece, Told
from tracker.notify.render.redline import marked


def text(notice: Notice, *, titled: bool = True) -> str:
    """The notice as plain text: title, lines, each change with its edits, what is left out, why, link.

    titled: whether the title is its first line; False where the medium shows it elsewhere (a mail's subject).
    Lines end with a line feed, the last one too; there is no other control character. Texts of a page are not escaped.
    """
    return "\n".join(_lines(notice, titled=titled)) + "\n"


def _lines(notice: Notice, *, titled: bool) -> Iterator[str]:
    if titled:
        yield notice.title
        yield ""
    yield from notice.lines
    if notice.lines:
        yield ""
    for told in notice.told:
        yield from told_lines(replace(told, link="") if told.link == notice.link else told)
        yield ""
    yield from _rest(notice)
    for reason in notice.reasons:
        yield f"You get this for {reason}"
    if notice.link:
        yield notice.link


def told_lines(told: Told) -> Iterator[str]:
    """One change, line by line."""
    yield told.head
    yield from (f"  {said}" for said in told.said)
    yield f"  happened {told.when}"
    if told.dated:
        yield f"  {told.dated}"
    for piece in told.pieces:
        yield from piece_lines(piece)
    if told.hidden:
        yield f"  +{told.hidden} more"
    if told.neutral:
        yield f"  ({told.neutral})"
    if told.link:
        yield f"  {told.link}"


def piece_lines(piece: Piece) -> Iterator[str]:
    """One edit, line by line: what it is, where it stands, its redline."""
    yield f"  * {piece.words}" + (f" · {piece.pointer}" if piece.pointer else "")
    if piece.place:
        yield f"    {piece.place}"
    shown = marked(piece.spans)
    yield from (f"    {line}" for line in shown.split("\n") if line.strip())


def _rest(notice: Notice) -> Iterator[str]:
    if notice.also:
        yield "On: " + ", ".join(notice.also) + (f" and {notice.also_more} more" if notice.also_more else "")
        yield ""
    elif notice.also_more:
        yield f"+{notice.also_more} more profiles"
        yield ""
    if notice.more:
        yield f"+{notice.more} more"
        yield ""
