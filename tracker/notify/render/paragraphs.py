"""A notice as paragraphs of styled runs, for media that style text: what stands where, under which words. Pure.

Not here: tags and blocks (the channels), plain text (text.py), what is said (notice.py), how much of it (fit.py).
Removed and added words have their signs, `[-old-]{+new+}`, beside their style: what is read aloud, copied, shown in a
preview or by a client that cannot strike says the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tracker.notify.render.notice import Notice, Piece, Told
from tracker.notify.render.redline import marked

Style = Literal["", "strong", "dim", "-", "+", "link"]


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style. A `link` is its own address."""

    text: str
    style: Style = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One line, or the redline of an edit (is_quote), in which line feeds of the page may be. begins: a new part."""

    runs: tuple[Run, ...]
    is_quote: bool = False
    begins: bool = False


def paragraphs(notice: Notice) -> Iterator[Paragraph]:
    """Title, what comes before the changes, each change with its edits, what is left out, why, and the link.

    Each has text; the pages' part of it is not escaped.
    """
    return (paragraph for paragraph in _all(notice) if paragraph.runs)


def _all(notice: Notice) -> Iterator[Paragraph]:
    yield _line(Run(notice.title, "strong"))
    yield from (_line(Run(text)) for text in notice.lines)
    is_alone = notice.is_of_one
    for told in notice.told:
        yield from _told(told, is_alone=is_alone, link="" if told.link == notice.link else told.link)
    if notice.also:
        rest = f" and {notice.also_more} more" if notice.also_more else ""
        yield _line(Run("On: ", "dim"), Run(", ".join(notice.also) + rest), begins=True)
    elif notice.also_more:
        yield _line(Run(f"On {notice.also_more} profiles"), begins=True)
    if notice.more:
        yield _line(Run(f"+{notice.more} more {'change' if notice.more == 1 else 'changes'}"), begins=True)
    for at, reason in enumerate(notice.reasons):
        yield _line(Run("You get this for ", "dim"), Run(reason, "dim"), begins=at == 0)
    if notice.link:
        yield _line(Run(notice.link, "link"), begins=not notice.reasons)


def _told(told: Told, *, is_alone: bool, link: str) -> Iterator[Paragraph]:
    """One change. is_alone: the title says already which it is. link: "" where the message's own says it."""
    first = True
    if not is_alone:
        yield _line(Run(told.head, "strong"), begins=True)
        first = False
    if told.said:
        yield _line(Run(" · ".join(told.said)), begins=first)
        first = False
    when = " · ".join(part for part in (f"happened {told.when}", told.dated) if part)
    yield _line(Run(when, "dim"), begins=first)
    for piece in told.pieces:
        yield from _piece(piece)
    if told.hidden:
        yield _line(Run(f"+{told.hidden} more {'edit' if told.hidden == 1 else 'edits'}"))
    if told.neutral:
        yield _line(Run(f"({told.neutral})", "dim"))
    if link:
        yield _line(Run(link, "link"))


def _piece(piece: Piece) -> Iterator[Paragraph]:
    place = f" · {piece.place}" if piece.place else ""
    pointer = f" · {piece.pointer}" if piece.pointer else ""
    yield _line(Run(piece.words, "strong"), Run(f"{place}{pointer}"))
    runs = tuple(Run(marked([(mark, text)]), mark if mark != "=" else "") for mark, text in piece.spans)
    if any(run.text.strip() for run in runs):
        yield Paragraph(runs=runs, is_quote=True)


def _line(*runs: Run, begins: bool = False) -> Paragraph:
    return Paragraph(runs=tuple(run for run in runs if run.text), begins=begins)
