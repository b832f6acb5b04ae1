"""A grid printed as one line a cell: how wide it is. Pure.

A known header tells the width, but for a column put in or taken out; and so do the columns: in the right width each
holds numbers alone or words alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.document.model import Cell, Row, Text
from tracker.extract.publishers import TableRule, key

Line = Text | None  # None: a line that holds only a no-break space

MAX_UNKNOWN_WIDTH = 8  # columns of a table that no rule knows
MAX_EMPTY = 12  # empty cells of such a table
ODD = 0.2  # so many cells of a column may be numbers among words, or words among numbers
_NUMBER = re.compile(r"^[<>~≈*]?\s?(?:[A-Z]{2,3}\s?|[A-Z]{0,3}[$€£¥]\s?)?[\d.,\u202f]*\d[^\s\d]{0,4}\*{0,3}$")
_NOTHING = re.compile(r"^(?:[-–—.]*|[nN]/[aA]|[uU]nknown|[nN]one|[tT]otal)$")


@dataclass(frozen=True, slots=True)
class Body:
    """A table read out of lines: its rows, and how many of the lines it took."""

    header: tuple[Row, ...]
    rows: tuple[Row, ...]
    used: int


def cell(line: Line) -> Cell:
    """The line as a cell, an empty one where it is empty."""
    return Cell((line,)) if line is not None else Cell()


def known_grid(lines: Sequence[Line], rule: TableRule) -> Body:
    """The table in the width that makes its columns even; else in the first that its header allows and rows fill."""
    width = len(rule.header)
    first = [key(line.plain) if line else "" for line in lines[: width + 1]]
    if set(rule.header) <= set(first[:width]):
        widths = [width, width + 1]
    elif set(rule.header) <= set(first):
        widths = [width + 1, width]
    else:
        widths = [width, width - 1, width + 1]
    tried = [_filled(lines, w) for w in widths if w > 1]
    even = [(odd, -used, k) for k, (rows, used, whole) in enumerate(tried) if whole and (odd := _odd(rows)) is not None]
    rows, used, _ = tried[min(even)[2]] if even else next((t for t in tried if t[2]), tried[0])
    return Body(rows[:1], rows[1:], used)


def is_unknown_grid(lines: Sequence[Line]) -> bool:
    """Whether one width makes even columns of all the lines, so that they are a grid though no rule knows it."""
    return _evenest(lines) is not None


def unknown_grid(lines: Sequence[Line]) -> Body:
    """The grid of the first lines that make one; MAX_EMPTY empty ones may be cells."""
    ends = [at for at, line in enumerate(lines) if line is None][:MAX_EMPTY]
    for end in (*ends, len(lines)):
        rows = _evenest(lines[:end])
        if rows is not None:
            return Body(rows[:1], rows[1:], end)
    return Body((), (), 0)


def _evenest(lines: Sequence[Line]) -> tuple[Row, ...] | None:
    """The lines as the grid with the fewest odd cells, the narrowest of equals; None where no width makes one."""
    found: list[tuple[int, int, tuple[Row, ...]]] = []
    for width in range(2, MAX_UNKNOWN_WIDTH + 1):
        rows, used, is_whole = _filled(lines, width)
        if is_whole and used == len(lines) and len(rows) > 2 and (odd := _odd(rows)) is not None:
            found.append((odd, width, rows))
    return min(found, key=lambda f: f[:2])[2] if found else None


def _odd(rows: Sequence[Row]) -> int | None:
    """How many cells are numbers in a column of words, or words in one of numbers; None where that makes no grid.

    A grid has words over each column, numbers in at least one, and few odd cells.
    """
    head, *body = rows
    if any(_NUMBER.match(cell.plain) or not cell.paragraphs for cell in head.cells):
        return None
    odd = numeric = 0
    for at in range(len(head.cells)):
        column = [row.cells[at].plain for row in body]
        said = sum(_NOTHING.match(text) is None for text in column)
        numbers = sum(_NUMBER.match(text) is not None for text in column)
        fewer = min(numbers, said - numbers)
        if fewer > ODD * said:
            return None
        odd += fewer
        numeric += numbers > fewer
    return odd if numeric else None


def _filled(lines: Sequence[Line], width: int) -> tuple[tuple[Row, ...], int, bool]:
    """The lines in rows of this width, how many were taken, and whether every row was filled."""
    rows: list[Row] = []
    cells: list[Cell] = []
    used = 0
    for line in lines:
        if not cells and (line is None or (len(line.plain) > 90 and line.plain.endswith("."))):
            break
        cells.append(cell(line))
        used += 1
        if len(cells) == width:
            rows.append(Row(tuple(cells)))
            cells = []
    is_whole = not cells and len(rows) > 1
    if cells:
        rows.append(Row((*cells, *(Cell() for _ in range(width - len(cells))))))
    return tuple(rows), used, is_whole
