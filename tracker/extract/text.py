"""Plain text into pieces: a paragraph a line, notes led by "[n]", a line of no-break spaces an empty cell. Pure."""

import re

from tracker.extract.chapters import Page
from tracker.extract.pieces import Foot, Gap, Para, Piece, lines_of, note_start, plausible_labels, text_of
from tracker.extract.publishers import Publisher

WRAPPED = 50  # characters; lines of a paragraph at least this long were broken to fit a width

_NOTE_LINE = re.compile(r"^[ \t\u00a0]{0,20}\[(\d{1,3})\]", re.MULTILINE)
_EMPTY_CELL = re.compile(r"^[ \t]*[\u00a0\u202f\u2007]\s*$")
_ITEM = re.compile(r"^(\s*)(?:[-•▪◦‣*]|\d{1,2}[.)])\s+(?=\S)")


def read_text(text: str, publisher: Publisher) -> Page:
    """The page that the text prints."""
    lift = publisher.markers == "always" or (publisher.markers == "when_notes" and _NOTE_LINE.search(text) is not None)
    labels = plausible_labels(text, _NOTE_LINE) if lift else frozenset()
    lines = lines_of(text)
    if not publisher.chapters:
        lines = _unwrapped(lines)
    pieces: list[Piece] = []
    for line in lines:
        if not line or line.isspace():
            if line and _EMPTY_CELL.match(line):
                pieces.append(Gap())
            continue
        started = note_start(line, bare=True) if lift and "[" in line[:8] else None
        if started is not None and (started[1].strip() or (pieces and isinstance(pieces[-1], Foot))):
            pieces.append(Foot(started[0], text_of(started[1], lift_bare=False)))
            continue
        item = _ITEM.match(line[:40]) if not publisher.chapters else None
        if item is not None:
            level = min(len(item[1].expandtabs(4)) // 2, 8)
            pieces.append(Para(text_of(line[item.end() :], lift_bare=labels), item=True, level=level))
            continue
        pieces.append(Para(text_of(line, lift_bare=labels)))
    return Page(tuple(pieces), are_lines=True)


def _unwrapped(lines: list[str]) -> list[str]:
    """The lines with paragraphs that were broken to fit a width made whole."""
    out: list[str] = []
    run: list[str] = []
    for line in (*lines, ""):
        if line.strip() and not (run and _ITEM.match(line[:40])):
            run.append(line)
            continue
        is_wrapped = len(run) > 1 and all(len(part.strip()) >= WRAPPED for part in run[:-1])
        out += [" ".join((run[0].rstrip(), *(part.strip() for part in run[1:])))] if is_wrapped else run
        run = [line] if line.strip() else []
        out += [line] if not line.strip() else []
    return out
