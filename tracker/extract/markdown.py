"""Markdown into pieces: headings, paragraphs, lists, pipe tables, footnotes `[^1]`, links; emphasis stripped. Pure.

The block forms of CommonMark and the pipe tables and footnotes of GitHub, as far as profiles need them; what is no
form of these stays text. Line by line, so that a body of any shape takes linear time.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tracker.document.model import Text
from tracker.extract.chapters import Page
from tracker.extract.pieces import (
    END,
    LINK,
    REF,
    UNLINK,
    Foot,
    Head,
    Para,
    Piece,
    lines_of,
    note_start,
    plausible_labels,
    raised,
    scrubbed,
    text_of,
)
from tracker.extract.publishers import Publisher
from tracker.extract.tables import RawCell, RawRow, RawTable, with_tables

MAX_LINE = 20_000  # characters of a line whose inline marks are read; a longer one is plain text

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r"^ {0,3}(?:\*[ \t]*){3,}$|^ {0,3}(?:-[ \t]*){3,}$|^ {0,3}(?:_[ \t]*){3,}$")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_ITEM = re.compile(r"^( *)(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|$)")
_FOOTNOTE = re.compile(r"^ {0,3}\[\^([^\]\s]{1,40})\]:[ \t]*(.*)$")
_DELIMITER = re.compile(r"^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*){0,100}\|?[ \t]*$")
_INLINE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`+)(?P<code>[^`]{1,2000})(?P=ticks)(?!`)"
    r"|\[\^(?P<ref>[^\]\s]{1,40})\]"
    r"|!\[(?P<alt>[^\]]{0,500})\]\([^()\s]{0,2000}(?:[ \t]+\"[^\"]{0,500}\")?\)"
    r"|\[(?P<words>[^\[\]]{1,500})\]\(<?(?P<href>[^()\s<>]{0,2000})>?(?:[ \t]+\"[^\"]{0,500}\")?\)"
    r"|<(?P<auto>(?:https?://|mailto:)[^<>\s]{1,2000})>"
    r"|<br[ \t]*/?>"
    r"|<(?P<script>sup|sub)>(?P<raised>[0-9+−–n-]{1,12})</(?P=script)>"
    r"|</?(?P<tag>[A-Za-z][A-Za-z0-9]{0,15})(?:\s[^<>]{0,500})?/?>|<!--.{0,2000}?-->"
    r"|&(?P<entity>#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    r"|(?P<stars>\*{1,100}|~~)|(?P<bars>(?<![^\W_])_{1,3}|_{1,3}(?![^\W_]))"
)


_HTML_TAG = re.compile(
    r"</?\w+(?:\s+[\w:@.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+)|\s+(?:hidden|open|reversed|nowrap|controls))*\s*/?>"
)
_TAGS = re.compile(
    "a|abbr|acronym|address|article|aside|b|bdi|bdo|big|blockquote|body|br|button|caption|center|cite|code|col|colgroup"
    "|data|dd|del|details|dfn|div|dl|dt|em|figcaption|figure|font|footer|form|h[1-6]|head|header|hgroup|hr|html|i|iframe"
    "|img|input|ins|kbd|label|legend|li|link|main|map|mark|meta|nav|noscript|ol|p|picture|pre|q|s|samp|script|section"
    "|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|tfoot|th|thead|time|title|tr|tt"
    "|u|ul|var|video|wbr",
    re.I,
)
_BARE_NOTE = re.compile(r"^ {0,3}\[\d{1,3}\] +\S", re.MULTILINE)
_NOTE_LINE = re.compile(r"^ {0,3}(?:\[\^(\d{1,3})\]:|\[(\d{1,3})\] )", re.MULTILINE)


def read_markdown(source: str, publisher: Publisher) -> Page:
    """The page that the Markdown prints."""
    lift = publisher.markers == "always" or (publisher.markers == "when_notes" and bool(_BARE_NOTE.search(source)))
    reader = _Reader(publisher, plausible_labels(source, _NOTE_LINE) if lift else frozenset())
    reader.over(lines_of(source))
    return Page(with_tables(reader.pieces, publisher))


@dataclass(slots=True)
class _Reader:
    """The pieces so far, and the paragraph or note that stands open."""

    publisher: Publisher
    labels: frozenset[str]  # of the notes that "[12]" may mean
    pieces: list[Piece | RawTable] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    item_level: int | None = None
    note: str | None = None
    indents: list[int] = field(default_factory=list)

    def over(self, lines: list[str]) -> None:
        """Read all lines."""
        fence = ""
        at = 0
        while at < len(lines):
            line = lines[at].expandtabs(4)
            at += 1
            if fence:
                if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                    fence = ""
                    self.flush()
                elif line.strip():
                    self.lines.append(_escaped(line.strip()))
                continue
            if opened := _FENCE.match(line):
                self.flush()
                fence = opened[1]
                continue
            line = re.sub(r"^ {0,3}> ?", "", line)
            if not line.strip():
                self.flush(ends_item=False)
                continue
            if self.lines and _DELIMITER.match(line) and "|" in line and "|" in self.lines[-1]:
                at = self.table(lines, at)
                continue
            self.line(line)
        self.flush()

    def line(self, line: str) -> None:
        """Read one line that is not empty and in no table or fence."""
        if self.labels and self.lines and self.note is None and _BARE_NOTE.match(line):
            self.flush()  # notes written one a line, without empty lines between
        if found := _HEADING.match(line):
            self.flush()
            self.pieces.append(Head(self.text(found[2]), len(found[1])))
        elif self.lines and self.item_level is None and self.note is None and (found := _UNDERLINE.match(line)):
            told, self.lines = self.lines, []
            self.pieces.append(Head(self.text(" ".join(told)), 1 if found[1][0] == "=" else 2))
        elif _RULE.match(line):
            self.flush()
        elif found := _FOOTNOTE.match(line):
            self.flush()
            self.note, self.lines = found[1], [found[2]] if found[2] else []
        elif found := _ITEM.match(line):
            self.flush(ends_item=False)
            indent = len(found[1])
            while self.indents and self.indents[-1] >= indent:
                self.indents.pop()
            self.indents.append(indent)
            self.item_level, self.note = len(self.indents) - 1, None
            self.lines = [line[found.end() :]] if line[found.end() :].strip() else []
        else:
            if not self.lines and not line.startswith("  "):
                # An unindented line after an empty one: the item or note is over.
                self.item_level, self.note, self.indents = None, None, []
            self.lines.append(line.strip() + ("\n" if line.endswith(("  ", "\\")) else ""))

    def flush(self, *, ends_item: bool = True) -> None:
        """End the paragraph that stands open."""
        told, self.lines = self.lines, []
        if told:
            raw = " ".join(told)
            if self.note is not None:
                self.pieces.append(Foot(self.note, self.text(raw, lift=False)))
                self.note = ""  # a further paragraph of the same note
            elif self.labels and (started := note_start(raw, bare=True)) is not None and started[1].strip():
                self.pieces.append(Foot(started[0], self.text(started[1], lift=False)))
            else:
                is_bold = (
                    re.fullmatch(r"\s*(\*\*|__)(?!\s)[^*_]+(?:\\.[^*_]*)*(?<!\s)\1(?:\[\^[^\]\s]+\])*\s*", raw[:400])
                    is not None
                )
                is_item = self.item_level is not None
                self.pieces.append(Para(self.text(raw), bold=is_bold, item=is_item, level=self.item_level or 0))
        if ends_item:
            self.item_level, self.note, self.indents = None, None, []

    def table(self, lines: list[str], at: int) -> int:
        """Read a table whose head is the last open line and whose body begins at `at`; the place after it."""
        head = self.lines.pop()
        self.flush()
        width = len(_cells(head))
        raw = RawTable(rows=[self.row(head, width, is_head=True)])
        while at < len(lines) and lines[at].strip() and ("|" in lines[at]) and not _HEADING.match(lines[at]):
            raw.rows.append(self.row(lines[at], width, is_head=False))
            at += 1
        self.pieces.append(raw)
        return at

    def row(self, line: str, width: int, *, is_head: bool) -> RawRow:
        """A row of a table, as wide as its head."""
        cells = _cells(line)[:width]
        row = RawRow(is_head=is_head)
        for cell in (*cells, *[""] * (width - len(cells))):
            is_bold = len(cell) > 4 and cell.startswith("**") and cell.endswith("**")
            made = RawCell(is_head=is_head, columns=1, rows=1, is_bold=is_bold)
            made.paragraphs = [t for part in re.split(r"<br[ \t]*/?>", cell) if (t := self.text(part)).plain or t.refs]
            row.cells.append(made)
        return row

    def text(self, raw: str, *, lift: bool = True) -> Text:
        """The words of a raw text, its marks read."""
        hrefs: list[str] = []
        inner = _read_inline(raw, hrefs) if len(raw) <= MAX_LINE else raw
        return text_of(inner, hrefs, lift_bare=self.labels if lift else False)


def _read_inline(raw: str, hrefs: list[str]) -> str:
    """The raw text with its inline marks read; links' targets are added to `hrefs`."""
    return _INLINE.sub(_inline(hrefs, _unpaired(raw)), raw)


def _unpaired(raw: str) -> dict[int, int]:
    """How many characters of each run of emphasis marks mark nothing, by the run's place: "2.44km²**", "5 * 3"."""
    left: dict[int, int] = {}
    opened: dict[str, list[int]] = {"*": [], "_": [], "~": []}
    for mark in _INLINE.finditer(raw):
        if mark["stars"] is None and mark["bars"] is None:
            continue
        run, at = mark[0], mark.start()
        before, after = raw[at - 1 : at] or " ", raw[mark.end() : mark.end() + 1] or " "
        left[at] = len(run)
        if before.isdigit() and after.isdigit():
            continue
        if not before.isspace() and (before.isalnum() or not after.isalnum()):
            stack = opened[run[0]]
            while stack and left[at]:
                paired = min(left[at], left[stack[-1]])
                left[at] -= paired
                left[stack[-1]] -= paired
                if not left[stack[-1]]:
                    stack.pop()
        if left[at] and not after.isspace() and (after.isalnum() or not before.isalnum()):
            opened[run[0]].append(at)
    return left


def _inline(hrefs: list[str], unpaired: Mapping[int, int]) -> Callable[[re.Match[str]], str]:
    """What stands for an inline mark in raw text; links' targets are added to `hrefs`."""

    def replaced(mark: re.Match[str]) -> str:
        kind = mark.lastgroup
        if kind == "escaped":
            return mark["escaped"]
        if mark["code"] is not None:
            return mark["code"]
        if mark["ref"] is not None:
            return f"{REF}{mark['ref']}{END}"
        if mark["alt"] is not None:
            return mark["alt"]
        if mark["words"] is not None:
            hrefs.append(mark["href"])
            words = _read_inline(mark["words"], []) if "](" not in mark["words"] else mark["words"]
            return f"{LINK}{len(hrefs) - 1}{END}{words}{UNLINK}"
        if mark["auto"] is not None:
            hrefs.append(mark["auto"])
            return f"{LINK}{len(hrefs) - 1}{END}{mark['auto'].removeprefix('mailto:')}{UNLINK}"
        if mark["entity"] is not None:
            from html import unescape

            return scrubbed(unescape(mark[0]))
        if mark["raised"] is not None:
            return raised(mark["raised"], mark["script"].lower())
        if mark["tag"] is not None:
            return "" if _HTML_TAG.fullmatch(mark[0]) and _TAGS.fullmatch(mark["tag"]) else mark[0]
        if mark.start() in unpaired:
            return mark[0][: unpaired[mark.start()]]
        return "\n" if mark[0][:3].lower() == "<br" else ""

    return replaced


def _cells(line: str) -> list[str]:
    """The cells of a table's line, parted at bars that are not escaped."""
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", inner)]


def _escaped(line: str) -> str:
    """A line of code, so that none of its characters is a mark."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", line)
