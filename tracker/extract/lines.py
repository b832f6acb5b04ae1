"""A chapter printed as plain lines: which line is a heading, which begins a table, which is a paragraph.

Lives here: the sorting of unmarked paragraphs. Not here: which line of a table is which cell (cells.py); how
headings nest (chapters.py). Pure.

Each line is a heading by its own looks or by the publisher's rules, never by its neighbours'; a table begins where
its caption or its first labels are known. So an edit to one paragraph leaves the others what they were.
"""

import re
from collections.abc import Iterable, Sequence

from tracker.document.canonical import norm
from tracker.document.model import Table, Text
from tracker.extract.cells import body
from tracker.extract.grids import MAX_EMPTY, Line, is_unknown_grid
from tracker.extract.pieces import Foot, Gap, Head, Para, Piece, Tab
from tracker.extract.publishers import SAME_WORDS, ChapterRule, Publisher, TableRule, alike, key

MAX_HEADING = 70  # characters; the longest heading of the real profiles has 55
MAX_CAPTION = 120
MAX_TABLES = 200  # of a chapter; a real one has 13
MAX_TABLE_LINES = 600
MAX_COLUMN = 40  # lines of a table of one column
LEAST_CELLS = 4  # of a table that no rule knows
MAX_CELL = 300  # characters of a cell in a table that no rule knows

_HEADING = re.compile(r"^[^\W_a-z][^|]*[^\W_][)\]”’\"']?$")


def looks_like_heading(text: Text) -> bool:
    """Whether a line by itself reads as a heading: short, no reference, a capital or digit first, no full stop."""
    # In comparison form: an accent set apart from its letter, or a soft hyphen, makes a heading no paragraph.
    line = text.plain if text.plain.isascii() or len(text.plain) > 2 * MAX_HEADING else norm(text.plain)
    return (
        len(line) <= MAX_HEADING
        and not text.refs
        and len(line.split()) <= 10
        and not line[:1].islower()
        and _HEADING.match(line) is not None
        and any(map(str.isalpha, line))
    )


class Lines:
    """The pieces of one chapter, and where in them tables begin."""

    def __init__(self, pieces: Sequence[Piece], rule: ChapterRule | None, publisher: Publisher) -> None:
        self._pieces = pieces
        self._rule = rule
        self._publisher = publisher
        self._tables = 0
        self._keys = [key(p.plain) if isinstance(p, Para) and len(p.plain) <= MAX_CAPTION else "" for p in pieces]

    def sorted(self, *, headings: bool, tables: bool) -> list[Piece]:
        """The pieces with headings and tables made of lines.

        headings: whether a line that only looks like a heading is one; known headings always are.
        """
        out: list[Piece] = []
        at = 0
        while at < len(self._pieces):
            piece = self._pieces[at]
            found = self._table(at) if tables and self._keys[at] and self._tables < MAX_TABLES else None
            if found is not None:
                table, at = found
                self._tables += 1
                out.append(Tab(table))
                continue
            at += 1
            if isinstance(piece, Foot):
                headings = False  # what stands unmarked among the notes belongs to them
            if isinstance(piece, Para) and not piece.item and self._is_heading(piece, guess=headings):
                out.append(Head(piece.text))
            else:
                out.append(piece)
        return out

    def _is_heading(self, para: Para, *, guess: bool) -> bool:
        if self._is_known_heading(para.text):
            return True
        if para.bold and self._publisher.bold_headings and len(para.plain) <= MAX_CAPTION:
            return not para.plain.endswith((".", ";", ","))
        return guess and (looks_like_heading(para.text) or self._is_nearly_known_heading(para.text))

    def _is_nearly_known_heading(self, text: Text) -> bool:
        """Whether the line is a known heading but for a word, as an editor's slip leaves it."""
        line = text.plain
        if self._rule is None or text.refs or len(line) > MAX_HEADING or line.endswith((".", ";", ":", ",", ")")):
            return False
        return any(alike(key(line), known) >= 0.5 for known in self._rule.levels)

    def _is_known_heading(self, text: Text) -> bool:
        return self._rule is not None and len(text.plain) <= MAX_CAPTION and key(text.plain) in self._rule.levels

    def _is_exact_heading(self, at: int) -> bool:
        """Whether the line is a known heading to the letter, and no caption: those carry references."""
        piece = self._pieces[at]
        if not isinstance(piece, Para) or piece.text.refs or self._rule is None:
            return False
        return norm(piece.plain) in self._rule.exact or (
            self._keys[at] in self._rule.levels and "{year}" in self._keys[at]
        )

    # ---------------------------------------------------------------- tables

    def _table(self, at: int) -> tuple[Table, int] | None:
        """The table whose caption, or first line where it has none, stands here, and the place after it."""
        captions, starters = self._publisher.captions, self._publisher.starters
        may_begin = self._keys[at] in captions or self._keys[at] in starters or self._key(at + 1) in starters
        for rule in self._publisher.tables if may_begin else ():
            if self._is_caption(at, rule):
                return self._read(at, at + 1, rule)
            if self._begins_without_caption(at, rule):
                return self._read(None, at, rule)
        return self._unknown_table(at)

    def _is_caption(self, at: int, rule: TableRule) -> bool:
        here = self._keys[at]
        below = self._key(at + 1)
        if not below or not self._may_be_caption(at):
            return False
        if here in rule.captions:
            if below in rule.captions:
                return False  # the heading above its caption of the same words
            if self._is_exact_heading(at) and alike(self._key(at - 1), here) < SAME_WORDS:
                return False
            if below in rule.starters or (rule.shape == "column" and self._ends_empty(at + 1)):
                return True
            # A caption with a word changed may stand below a heading of the old caption's words.
            is_one_line_early = (
                self._key(at + 2) in rule.starters
                and self._may_be_caption(at + 1)
                and self._nearness(at + 1, rule.captions) > self._nearness(at + 1, rule.known)
                and self._nearness(at + 1, rule.captions) >= 0.5
            )
            return not is_one_line_early and self._known_below(at + 1, 5, rule) >= 1
        return (
            below in rule.starters
            and (self._ends_empty(at + 1) if rule.shape == "column" else self._known_below(at + 2, 3, rule) >= 1)
            and not self._is_exact_heading(at)
            and (self._has_refs(at) or self._nearness(at, rule.captions) >= 0.5)
            and self._key(at + 2) not in rule.captions
        )

    def _ends_empty(self, at: int) -> bool:
        """Whether a few short lines stand here, and an empty one below them."""
        for here in range(at, min(at + MAX_COLUMN, len(self._pieces))):
            if isinstance(self._pieces[here], Gap):
                return here > at
            if not self._may_be_caption(here):
                return False
        return False

    def _begins_without_caption(self, at: int, rule: TableRule) -> bool:
        if self._keys[at] not in rule.starters or rule.shape == "column" or self._is_exact_heading(at):
            return False
        if rule.header:
            return [self._key(at + i) for i in range(len(rule.header))] == list(rule.header)
        return self._known_below(at + 1, 4, rule) >= 2

    def _may_be_caption(self, at: int) -> bool:
        piece = self._pieces[at] if at < len(self._pieces) else None
        return isinstance(piece, Para) and len(piece.plain) <= MAX_CAPTION and not piece.plain.endswith((".", ";", ","))

    def _key(self, at: int) -> str:
        return self._keys[at] if 0 <= at < len(self._keys) else ""

    def _has_refs(self, at: int) -> bool:
        piece = self._pieces[at]
        return isinstance(piece, Para) and bool(piece.text.refs)

    def _nearness(self, at: int, known: Iterable[str]) -> float:
        return max((alike(self._key(at), text) for text in known), default=0.0)

    def _known_below(self, at: int, count: int, rule: TableRule) -> int:
        return sum(self._key(i) in rule.known for i in range(at, at + count))

    def _read(self, caption: int | None, start: int, rule: TableRule) -> tuple[Table, int]:
        end = self._end(start, rule)
        lines: list[Line] = [p.text if isinstance(p, Para) else None for p in self._pieces[start:end]]
        read = body(lines, rule)
        after = start + read.used
        legend: list[Text] = []
        while after < len(self._pieces) and self._is_legend(after):
            piece = self._pieces[after]
            legend += [piece.text] if isinstance(piece, Para) else []
            after += 1
        top = self._pieces[caption] if caption is not None else None
        text = top.text if isinstance(top, Para) else None
        return Table(text, read.header, read.rows, tuple(legend), rule.shape), after

    def _end(self, start: int, rule: TableRule) -> int:
        """Where the lines that can be this table's end: at another piece, a legend, a table, or a section's heading."""
        for at in range(start, min(len(self._pieces), start + MAX_TABLE_LINES)):
            if not isinstance(self._pieces[at], Para | Gap) or self._is_legend(at):
                return at
            if at > start and (self._opens_section(at, rule) or self._opens_table(at)):
                return at
        return min(len(self._pieces), start + MAX_TABLE_LINES)

    def _is_legend(self, at: int) -> bool:
        piece = self._pieces[at]
        return isinstance(piece, Para) and self._publisher.is_legend(piece.plain)

    def _opens_section(self, at: int, rule: TableRule) -> bool:
        """Whether a known heading stands here, with text, a heading or a caption below it, so that it is no cell."""
        if not self._is_exact_heading(at) or self._keys[at] in rule.known:
            return False
        below = self._pieces[at + 1] if at + 1 < len(self._pieces) else None
        if not isinstance(below, Para):
            return True
        is_prose = len(below.plain) > 90 and below.plain.endswith((".", "”", ")"))
        return is_prose or self._is_exact_heading(at + 1) or self._opens_table(at + 1)

    def _opens_table(self, at: int) -> bool:
        if self._keys[at] not in self._publisher.captions:
            return False
        return any(self._keys[at] in r.captions and self._is_caption(at, r) for r in self._publisher.tables)

    def _unknown_table(self, at: int) -> tuple[Table, int] | None:
        """A table that no rule knows: a caption with a reference over short lines, up to an empty one.

        Where the lines up to a later empty one make a grid, those before it are empty cells.
        """
        if not self._has_refs(at) or not self._may_be_caption(at) or not self._publisher.tables:
            return None
        lines: list[Line] = []
        ends: list[int] = []  # how many lines stand before each empty one
        legend = 0
        for here in range(at + 1, len(self._pieces)):
            piece = self._pieces[here]
            if isinstance(piece, Gap):
                ends.append(len(lines) - legend)
                if len(ends) > MAX_EMPTY or legend:
                    break
                lines.append(None)
                continue
            if not isinstance(piece, Para) or piece.text.refs or len(piece.plain) > MAX_CELL:
                break
            legend += self._is_legend(here)
            if self._is_exact_heading(here) or (piece.plain.endswith(".") and not legend):
                break
            lines.append(piece.text)
        if not ends or (ends[0] < LEAST_CELLS):
            return None
        is_grid = any(is_unknown_grid(lines[:end]) for end in ends)
        return self._read(at, at + 1, TableRule("unknown", "grid" if is_grid else "key_value"))
