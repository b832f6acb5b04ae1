"""A comparison for a terminal: struck and underlined, or `[-old-]{+new+}` where there is no colour. Pure.

Lives here: lines, styles, wrapping. Not here: what is shown and in which order (outline.py), the `--stat` table
(stat.py). No control character of a page reaches a line (redline.safe); those that are here are ours.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby

from tracker.document.edit import Edit, Level, Span
from tracker.notify.render.outline import Item, Outline, ShownChapter
from tracker.notify.render.redline import CONTEXT_CHARS, marked, runs, shortened

MAX_COLUMNS = 100  # a longer line is hard to read
MIN_COLUMNS = 24
LEVEL_MARKS: dict[Level, str] = {"critical": "!!", "high": "! "}  # legible without colour
_STYLES = {
    "strong": "\x1b[1m",
    "dim": "\x1b[2m",
    "-": "\x1b[31m\x1b[9m",
    "+": "\x1b[32m\x1b[4m",
    "critical": "\x1b[1m\x1b[31m",
    "high": "\x1b[1m\x1b[33m",
    "normal": "\x1b[36m",
    "low": "\x1b[2m",
    "none": "\x1b[2m",
}
_CHUNK = re.compile(r"\n|[^\S\n]+|\S+")


def lines(outline: Outline, *, styled: bool, columns: int | None) -> Iterator[str]:
    """The comparison, line by line, the summary last.

    styled: removed words struck and added ones underlined, in colour. columns: of the terminal; None for no wrapping.
    """
    if outline.chapters:
        sides = f"{outline.old} → {outline.new}"
        yield _style(f"{outline.title}: {sides}" if outline.title else sides, "strong", styled)
        yield ""
    for chapter in outline.chapters:
        yield from _chapter_lines(chapter, styled=styled, columns=columns)
        yield ""
    yield _style(outline.summary, "strong", styled)


def _chapter_lines(chapter: ShownChapter, *, styled: bool, columns: int | None) -> Iterator[str]:
    said = f" · {' · '.join(chapter.said)}" if chapter.said else ""
    yield from wrapped([("strong", chapter.title), ("dim", said)], styled=styled, columns=columns, hanging=2)
    for section in chapter.sections:
        if section.path:
            path = [("strong", "§ " + " › ".join(section.path))]
            yield from wrapped(path, styled=styled, columns=columns, indent=2, hanging=4)
        for item in section.items:
            yield from item_lines(item, styled=styled, columns=columns)
    if chapter.neutral:
        yield _style(f"  ({chapter.neutral})", "dim", styled)


def item_lines(item: Item, *, styled: bool, columns: int | None) -> Iterator[str]:
    """One item: what it is called and why it matters, where it stands, and its words, indented."""
    mark = LEVEL_MARKS.get(item.level, "  ")
    pointer = f" · {item.pointer}" if item.pointer else ""
    head = [(item.level, f"{mark} {item.words}"), ("dim", pointer)]
    yield from wrapped(head, styled=styled, columns=columns, indent=1, hanging=4)
    for told in (item.place, item.detail):
        if told:
            yield from wrapped([("dim", told)], styled=styled, columns=columns, indent=4, hanging=2)
    for column, spans in item.cells:
        label = [("dim", f"{column}: ")] if column else []
        pieces = [*label, *redlined(_shown(spans), styled=styled)]
        yield from wrapped(pieces, styled=styled, columns=columns, indent=4, hanging=2)
    if item.spans:
        yield from wrapped(redlined(_shown(item.spans), styled=styled), styled=styled, columns=columns, indent=4)


def _shown(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The spans with as much of what stayed as tells the place; more where nothing else is there to see."""
    return shortened(spans, CONTEXT_CHARS if any(mark != "=" for mark, _ in spans) else 3 * CONTEXT_CHARS)


def edit_words(edit: Edit, *, styled: bool) -> str:
    """An edit's words in one piece: struck and underlined, or marked."""
    return "".join(_style(text, style, styled) for style, text in redlined(runs(edit), styled=styled))


def redlined(spans: Sequence[Span], *, styled: bool) -> list[tuple[str, str]]:
    """Spans as styled pieces; without styles, the marks stand in the text."""
    return [(mark, text) for mark, text in spans] if styled else [("=", marked(spans))]


def wrapped(
    pieces: Sequence[tuple[str, str]], *, styled: bool, columns: int | None, indent: int = 0, hanging: int = 0
) -> Iterator[str]:
    """Pieces of (style, text) as lines that fit, broken at blanks; a word that is longer than a line is not cut.

    indent: of each line; hanging: more, of each but the first. A line feed begins a line.
    """
    room = max(min(columns, MAX_COLUMNS), MIN_COLUMNS) if columns is not None else None
    line: list[tuple[str, str]] = []
    used = indent
    first = True
    for is_blank, chunk in _chunks(pieces):
        text = "".join(told for _, told in chunk)
        if text == "\n":
            yield _line(line, indent if first else indent + hanging, styled)
            line, used, first = [], indent + hanging, False
            continue
        width = _width(text)
        if room is not None and not is_blank and line and used + width > room:
            yield _line(line, indent if first else indent + hanging, styled)
            line, used, first = [], indent + hanging, False
        if is_blank and not line and not first:
            continue
        line += chunk
        used += width
    if line:
        yield _line(line, indent if first else indent + hanging, styled)


def _chunks(pieces: Sequence[tuple[str, str]]) -> Iterator[tuple[bool, list[tuple[str, str]]]]:
    """Blanks, line feeds and what no line is broken in (it may be in several styles), in turn."""
    word: list[tuple[str, str]] = []
    for style, text in pieces:
        for chunk in _CHUNK.findall(text):
            if not chunk.isspace():
                word.append((style, chunk))
                continue
            if word:
                yield False, word
                word = []
            yield True, [(style, chunk)]
    if word:
        yield False, word


def _line(chunks: list[tuple[str, str]], indent: int, styled: bool) -> str:
    while chunks and chunks[-1][1].isspace():
        chunks.pop()
    told = (
        _style("".join(text for _, text in run), style, styled) for style, run in groupby(chunks, key=lambda c: c[0])
    )
    return (" " * indent + "".join(told)).rstrip() if chunks else ""


def _style(text: str, style: str, styled: bool) -> str:
    codes = _STYLES.get(style)
    return f"{codes}{text}\x1b[0m" if styled and codes and text else text


def _width(text: str) -> int:
    """Columns that a terminal gives a text."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
