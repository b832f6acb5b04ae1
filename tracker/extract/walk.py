"""The walk over an HTML tree: headings, paragraphs, list items, tables as the source has them, notes.

Not here: where the content is (html.py), what is none (furniture.py), what is a note's anchor (anchors.py), a
table's cells and caption (tables.py). Pure.

The walk keeps its own stack and looks at each node once: pages nest as deep as they like.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from tracker.document.model import Text
from tracker.extract.anchors import Anchor, anchor_of, note_container
from tracker.extract.furniture import is_hidden
from tracker.extract.pieces import (
    BREAK,
    END,
    FORGED,
    LINK,
    NOTE,
    REF,
    SCRIPTS,
    UNLINK,
    Foot,
    Gap,
    Head,
    Para,
    Piece,
    collapsed,
    joined,
    note_start,
    raised,
    scrubbed,
    text_of,
)
from tracker.extract.publishers import Publisher
from tracker.extract.tables import RawCell, RawRow, RawTable

_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div"),
        *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "p", "pre", "section"),
        *("summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    )
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_BOLD = frozenset(("b", "strong"))
_TABLE_PARTS = frozenset(("tr", "td", "th", "caption", "thead", "table"))
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_EMPTY_LINE = re.compile(rf"{BREAK}[ \t\n\r]*{BREAK}")
MAX_BLOCKS = 30_000  # the longest real pages have some 3,000
MAX_BOLD_HEADING = 120  # characters


@dataclass(slots=True)
class _Block:
    """The text of the block that stands open. bold: characters of it that are bold."""

    raw: list[str] = field(default_factory=list)
    size: int = 0
    bold: int = 0
    has_space: bool = False


@dataclass(slots=True)
class _TableOpen:
    """A table while its cells are coming: where its text goes instead of the page."""

    table: RawTable
    cell: RawCell | None = None
    is_caption: bool = False


class Walk:
    """One pass over the content, collecting pieces."""

    def __init__(self, publisher: Publisher, passed: set[int], layouts: set[int], labels: frozenset[str]) -> None:
        """passed: the nodes that are no content. layouts: the tables that only lay out the page.

        labels: of the notes that "[12]" may mean; none where the page has no such marks.
        """
        self.pieces: list[Piece | RawTable] = []
        self._passed = passed
        self._layouts = layouts
        self._blocks = 0
        self._publisher = publisher
        self._lift = labels
        self._block = _Block()
        self._hrefs: list[str] = []
        self._bold = 0
        self._scripts: list[str] = []
        self._lists = 0
        self._is_item = False
        self._heading = 0
        self._note: tuple[str, list[Text]] | None = None
        self._tables: list[_TableOpen] = []

    def over(self, root: LexborNode) -> None:
        """Walk the tree below the root, in reading order, without recursion."""
        # A node to enter, or what to do when a node is left.
        stack: list[LexborNode | str] = list(reversed(list(_children(root))))
        while stack:
            node = stack.pop()
            if isinstance(node, str):
                self._leave(node)
                continue
            tag = node.tag
            if tag == "-text":
                self._text(node.text_content or "")
                continue
            if tag is None or tag[0] in "-!_" or node.mem_id in self._passed or is_hidden(node):
                continue
            if self._blocks > MAX_BLOCKS and not self._tables:
                # Past all real pages: the rest is one paragraph. No text is lost, nor hours.
                self._block.raw.append(" ")
                stack += reversed(list(_children(node)))
                continue
            after = self._enter(node, tag)
            if after is None:
                continue
            if after:
                stack.append(after)
            stack += reversed(list(_children(node)))
        self._flush()
        self._end_note()

    # ---------------------------------------------------------------- nodes

    def _enter(self, node: LexborNode, tag: str) -> str | None:
        """Begin a node. What is to be done when it is left; "" for nothing, None where its inside is not read."""
        if tag == "br":
            self._block.raw.append(BREAK)
            return None
        if tag == "a":
            return self._anchor(node)
        if tag == "img":
            return None
        if tag not in _BLOCKS:
            if tag in SCRIPTS:
                self._scripts.append(tag)
                return "script"
            style = node.attributes.get("style") if tag == "span" else None
            if tag in _BOLD or (style and _BOLD_STYLE.search(style)):
                self._bold += 1
                return "bold"
            return ""
        self._flush()
        if tag in _TABLE_PARTS:
            return self._table_part(node, tag)
        if tag in _HEADINGS:
            self._heading = _HEADINGS[tag]
            return "block heading"
        if tag in ("ul", "ol", "menu"):
            self._lists += 1
            return "block list"
        label = note_container(node, tag)
        if label is not None and not self._tables:
            self._end_note()
            self._note = (label, [])
            return "block note"
        if tag == "li":
            self._is_item = True
            return "block item"
        return "block"

    def _leave(self, what: str) -> None:
        """Do what was to be done when the node is left."""
        kind, _, which = what.partition(" ")
        if kind == "bold":
            self._bold -= 1
        elif kind == "script":
            self._scripts.pop()
        elif kind == "link":
            self._block.raw.append(UNLINK)
        elif kind == "block":
            self._flush()
            if which == "heading":
                self._heading = 0
            elif which == "list":
                self._lists -= 1
            elif which == "item":
                self._is_item = self._lists > 1 and self._is_item
            elif which == "note":
                self._end_note()
        elif kind == "cell" and self._tables:
            self._flush()
            self._tables[-1].cell = None
            self._tables[-1].is_caption = False
        elif kind == "table" and self._tables:
            self._flush()
            self._close_table()

    def _anchor(self, node: LexborNode) -> str | None:
        found = anchor_of(node)
        if found is None:
            href = (node.attributes.get("href") or "").strip()
            if self._heading and href[:1] == "#" and not any(map(str.isalnum, node.text())):
                return None  # "¶": a heading's link to itself
            if not href or href[0] == "#" or href.lower().startswith(("javascript:", "data:", "vbscript:")):
                return ""
            self._block.raw.append(f"{LINK}{len(self._hrefs)}{END}")
            self._hrefs.append(scrubbed(href))
            return "link"
        self._mark(found)
        # A mark that prints its label is read with its inside; an empty one may stand around a whole paragraph.
        return None if found.prints_label else ""

    def _mark(self, anchor: Anchor) -> None:
        if anchor.kind == "ref":
            self._block.raw.append(f"{REF}{anchor.label}{END}")
            self._block.size += 1
            self._block.bold += 1
        elif anchor.kind == "note":
            self._block.raw.append(f"{NOTE}{anchor.label}{END}")

    def _text(self, text: str) -> None:
        if FORGED.search(text):
            text = scrubbed(text)
        block = self._block
        # At the head of a block, or beside a note's anchor, a raised number is a note's.
        if self._scripts and block.size and not block.raw[-1].endswith(END):
            text = raised(text, self._scripts[-1])
        block.raw.append(text)
        if text.isspace():
            block.has_space = block.has_space or "\u00a0" in text
            return
        size = len(text.strip())
        block.size += size
        if self._bold:
            block.bold += size

    # ---------------------------------------------------------------- blocks

    def _flush(self) -> None:
        """End the text that stands open: a cell's paragraph, a caption, or a piece of the page."""
        block = self._block
        if not block.raw:
            return
        self._blocks += 1
        self._block = _Block()
        hrefs, self._hrefs = self._hrefs, []
        raw = "".join(block.raw)
        if not block.size:
            if block.has_space and not self._tables and not self._heading and self._note is None:
                self.pieces.append(Gap())
            return
        if self._tables:
            self._into_table(raw, hrefs, is_bold=block.bold >= block.size)
            return
        if self._note is not None:
            started = note_start(raw, bare=True)
            label, texts = self._note
            self._note = (started[0] if started and started[0] and not texts else label, texts)
            said = started[1] if started else raw
            if label and not texts:
                said = re.sub(rf"^\s*{re.escape(label)}\s*[.)]\s+", "", said)
            texts.append(text_of(said, hrefs, lift_bare=False))
            return
        for part in self._parts(raw):
            if not part.strip():
                self.pieces.append(Gap())
                continue
            self._piece(part, hrefs, is_bold=block.bold >= block.size)

    def _parts(self, raw: str) -> list[str]:
        """The raw text, parted at line breaks where one of its lines prints a chapter's date, else at empty lines."""
        if BREAK not in raw:
            return [raw]
        lines = [line for line in raw.split(BREAK) if line.strip(" \t\n\r")]
        if any(self._publisher.printed_date(collapsed(line)) is not None for line in lines if len(line) < 200):
            return lines
        return [part for part in _EMPTY_LINE.split(raw) if part.strip(" \t\n\r" + BREAK)]

    def _piece(self, raw: str, hrefs: list[str], *, is_bold: bool) -> None:
        started = note_start(raw, bare=bool(self._lift)) if not self._heading else None
        if started is not None and started[1].strip():
            self.pieces.append(Foot(started[0], text_of(started[1], hrefs, lift_bare=False)))
            return
        text = text_of(raw, hrefs, lift_bare=self._lift)
        if not text.plain and not text.refs:
            return
        if self._heading:
            self.pieces.append(Head(text, self._heading))
        else:
            self.pieces.append(
                Para(
                    text,
                    bold=is_bold and len(text.plain) <= MAX_BOLD_HEADING,
                    item=self._is_item,
                    level=max(self._lists - 1, 0),
                )
            )

    def _end_note(self) -> None:
        if self._note is not None:
            label, texts = self._note
            told = joined([t for t in texts if t.plain])
            if told.plain:
                self.pieces.append(Foot(label, told))
        self._note = None

    # ---------------------------------------------------------------- tables

    def _table_part(self, node: LexborNode, tag: str) -> str:
        if tag == "table":
            if not self._tables and node.mem_id in self._layouts:
                return "block"
            self._end_note()
            self._tables.append(_TableOpen(RawTable()))
            return "table"
        if not self._tables:
            return "block"
        here = self._tables[-1]
        if tag == "caption":
            here.is_caption = True
            return "cell"
        if tag == "thead":
            return "block"
        if tag == "tr":
            parent = node.parent
            here.table.rows.append(RawRow(is_head=parent is not None and parent.tag == "thead"))
            return "block"
        here.cell = RawCell(
            is_head=tag == "th",
            columns=_span(node.attributes.get("colspan")),
            rows=_span(node.attributes.get("rowspan")),
        )
        if not here.table.rows:
            here.table.rows.append(RawRow())
        here.table.rows[-1].cells.append(here.cell)
        return "cell"

    def _into_table(self, raw: str, hrefs: list[str], *, is_bold: bool) -> None:
        here = self._tables[-1]
        for line in raw.split(BREAK):
            text = text_of(line, hrefs, lift_bare=self._lift)
            if not text.plain and not text.refs:
                continue
            if here.is_caption or here.cell is None:
                here.table.caption.append(text)
            else:
                here.cell.paragraphs.append(text)
                here.cell.is_bold = is_bold and (here.cell.is_bold or len(here.cell.paragraphs) == 1)

    def _close_table(self) -> None:
        closed = self._tables.pop().table
        if self._tables:
            # A table in a cell: its cells are paragraphs of the outer one's.
            outer = self._tables[-1]
            texts = [t for row in closed.rows for cell in row.cells for t in cell.paragraphs]
            (outer.cell.paragraphs if outer.cell else outer.table.caption).extend([*closed.caption, *texts])
            return
        self.pieces.append(closed)


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _span(told: str | None) -> int:
    """A colspan or rowspan: 1 to 1000, as browsers bound it."""
    return min(max(int(told), 1), 1000) if told and told.strip().isdecimal() else 1
