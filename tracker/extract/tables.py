"""An HTML table into ours: spans filled, header and band rows told, its shape by rule or by its looks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tracker.document.canonical import norm
from tracker.document.model import Cell, Row, Table, TableShape, Text
from tracker.extract.pieces import Gap, Head, Para, Piece, Tab
from tracker.extract.publishers import SAME_WORDS, Publisher, TableRule, alike, key

MAX_CAPTION = 200  # characters
NEAR_CAPTION = 0.6  # so alike a line is a known caption with a word changed
MAX_COLUMNS = 60  # that a cell may span
MAX_SPANNED = 20_000  # places of one table that spanning cells fill


_EMPTY = Cell()


@dataclass(slots=True)
class RawCell:
    """A cell as the source has it."""

    is_head: bool
    columns: int
    rows: int
    paragraphs: list[Text] = field(default_factory=list)
    is_bold: bool = False


@dataclass(slots=True)
class RawRow:
    """A row as the source has it. is_head: it stands in the table's head."""

    is_head: bool = False
    cells: list[RawCell] = field(default_factory=list)


@dataclass(slots=True)
class RawTable:
    """A table as the source has it."""

    caption: list[Text] = field(default_factory=list)
    rows: list[RawRow] = field(default_factory=list)


@dataclass(slots=True)
class _Filled:
    """A row with its spans filled. lone: the one cell of a row that spans the whole width."""

    cells: list[RawCell]
    is_head: bool
    starts: list[bool]  # of each place: whether its cell begins in this row and column
    lone: RawCell | None = None


def _table_of(raw: RawTable, above: Text | None, publisher: Publisher) -> list[Piece]:
    """The table as a piece; its text alone where it only lays out the page (one cell, or nothing to pair).

    above: the caption line that stands over it, for a table that has none of its own.
    """
    rows, width = _filled(raw)
    caption = raw.caption[0] if raw.caption else above
    described = raw.caption[1:]  # the lines below the caption's first explain the table, as a legend does
    if not rows or (width == 1 and len(rows) == 1):
        told = [*([caption] if caption else []), *described, *(rows[0].cells[0].paragraphs if rows else ())]
        return [Para(text) for text in told]
    if caption is None and (own := _caption_cell(rows, width, publisher)) is not None:
        caption = own.paragraphs[0]
        rows = rows[1:]
    legend: list[Text] = []
    while len(rows) > 1 and (last := rows[-1].lone) is not None and _is_legend(last, publisher):
        legend = [*last.paragraphs, *legend]
        rows.pop()
    rule = rule_of(caption, [key(_plain(r.cells[0])) for r in rows], publisher)
    head = _head_count(rows, width, rule)
    shape = _shape(rows[head:], head, width, rule)
    header = tuple(_row(r, width, is_header=True) for r in rows[:head])
    body = tuple(_row(r, width, rule=rule, shape=shape) for r in rows[head:])
    return [Tab(Table(caption, header, body, (*described, *legend), shape))]


def rule_of(caption: Text | None, firsts: list[str], publisher: Publisher) -> TableRule | None:
    """The known table that this is: by its caption, else by at least two of its first cells."""
    if caption is not None:
        title = key(caption.plain)
        known = next((r for r in publisher.tables if title in r.captions), None)
        if known is not None:
            return known
    seen = [(sum(f in rule.known for f in firsts[:12]), rule) for rule in publisher.tables]
    best = max(seen, key=lambda s: s[0], default=(0, None))
    if best[0] >= 2 or (best[0] == 1 and best[1] and best[1].header and firsts[0] == best[1].header[0]):
        return best[1]
    return None


def with_tables(pieces: Sequence[Piece | RawTable], publisher: Publisher) -> tuple[Piece, ...]:
    """The pieces with their tables made, the caption line above each and the legend lines below it parts of it."""
    out: list[Piece] = []
    legend: list[Text] | None = None  # of the table that was made last, while nothing else has come
    for piece in pieces:
        if isinstance(piece, RawTable):
            _close_legend(out, legend)
            # An empty line over a table parts it from nothing.
            places = (i for i in range(len(out) - 1, -1, -1) if not isinstance(out[i], Gap))
            at, before_at = next(places, None), next(places, None)
            above = out[at] if at is not None and not piece.caption else None
            before = out[before_at] if before_at is not None else None
            caption = _caption_line(above, before, piece, publisher)
            if caption is not None:
                del out[at:]
            made = _table_of(piece, caption, publisher)
            out += made
            legend = [] if made and isinstance(made[-1], Tab) else None
        elif legend is not None and isinstance(piece, Para) and publisher.is_legend(piece.plain):
            legend.append(piece.text)
        elif legend is None or not isinstance(piece, Gap):
            _close_legend(out, legend)
            legend = None
            out.append(piece)
    _close_legend(out, legend)
    return tuple(out)


def _close_legend(out: list[Piece], legend: list[Text] | None) -> None:
    """Give the last table the legend lines that followed it."""
    if legend and isinstance(last := out[-1], Tab):
        out[-1] = Tab(replace(last.table, legend=(*last.table.legend, *legend)))


def _caption_line(above: Piece | None, before: Piece | None, raw: RawTable, publisher: Publisher) -> Text | None:
    """The text of the piece right above a table where it is its caption, and no section's heading or last sentence."""
    if not isinstance(above, Para | Head) or len(above.plain) > MAX_CAPTION or above.plain.endswith((".", ";", ",")):
        return None
    if _has_own_caption(raw, above, publisher):
        return None
    title = key(above.plain)
    is_known = any(title in rule.captions for rule in publisher.tables)
    is_heading = not above.text.refs and any(norm(above.plain) in c.exact for c in publisher.chapters)
    if is_heading:
        # The heading's words once more below it are the caption's.
        is_caption = is_known and isinstance(before, Para | Head) and alike(key(before.plain), title) >= SAME_WORDS
    elif isinstance(above, Head):
        is_caption = is_known or bool(above.text.refs)
    else:
        rule = rule_of(None, [key(_plain(r.cells[0])) for r in raw.rows if r.cells], publisher)
        is_near = rule is not None and any(alike(title, caption) >= 0.5 for caption in rule.captions)
        is_caption = is_known or is_near or above.bold or bool(above.text.refs)
    return above.text if is_caption else None


def _filled(raw: RawTable) -> tuple[list[_Filled], int]:
    """The rows with each spanning cell in every place that it spans, and the table's width.

    No cell is lost; a table that spans more places than any real one has its spans taken for one place each.
    """
    out: list[_Filled] = []
    above: dict[int, tuple[RawCell, int]] = {}  # column → the cell from above, and how many rows it still spans
    room = MAX_SPANNED
    for row in raw.rows:
        places: list[RawCell] = []
        starts: list[bool] = []
        waiting = iter(row.cells)
        following = next(waiting, None)
        while following is not None or len(places) in above:
            column = len(places)
            if column in above:
                spanning, left = above.pop(column)
                places.append(spanning)
                starts.append(False)
                room -= 1
                if left > 1 and room > 0:
                    above[column] = (spanning, left - 1)
                continue
            assert following is not None
            columns = min(following.columns, max(MAX_COLUMNS - column, 1)) if room > 0 else 1
            room -= columns - 1
            for i in range(columns):
                if following.rows > 1 and room > 0:
                    above[column + i] = (following, following.rows - 1)
                places.append(following)
                starts.append(i == 0)
            following = next(waiting, None)
        if any(c.paragraphs for c in places):
            out.append(_Filled(places, row.is_head, starts))
    width = max((len(r.cells) for r in out), default=0)
    for filled in out:
        first = filled.cells[0]
        if width > 1 and all(c is first for c in filled.cells) and first.rows == 1:
            filled.lone = first
    return out, width


def _head_count(rows: list[_Filled], width: int, rule: TableRule | None) -> int:
    """How many rows at the top are the header's."""
    if rule is not None and rule.shape in ("key_value", "column"):
        return 0
    count = 0
    while count < len(rows) - 1 and rows[count].is_head and rows[count].lone is None:
        count += 1
    if count:
        # A head of empty cells only heads nothing (Markdown cannot leave it out); one of a single column is a band.
        return count if width > 1 else 0
    first = rows[0]
    if width == 1 or len(rows) < 2 or first.lone is not None:
        return 0
    if all(c.is_head for c in first.cells):
        return 1
    if rule is not None and rule.header:
        titles = [key(_plain(c)) for c in first.cells]
        if titles[0] == rule.header[0] or sum(t in rule.header for t in titles) >= 2:
            return 1
    are_bold = all(c.is_bold for c in first.cells if c.paragraphs) and sum(bool(c.paragraphs) for c in first.cells) > 1
    return int(are_bold and not all(c.is_bold for c in rows[1].cells if c.paragraphs))


def _shape(rows: list[_Filled], head: int, width: int, rule: TableRule | None) -> TableShape:
    if width == 1:
        return "column"
    if rule is not None and rule.shape != "column" and (rule.shape != "key_value" or width == 2):
        return rule.shape
    if any(r.cells[0].rows > 1 and r.lone is None for r in rows):
        return "grouped"
    if width == 2 and not head:
        return "key_value"
    return "grid"


def _row(
    filled: _Filled, width: int, *, is_header: bool = False, rule: TableRule | None = None, shape: TableShape = "grid"
) -> Row:
    if filled.lone is not None and not is_header:
        return Row((Cell(tuple(filled.lone.paragraphs)),), is_band=True)
    if shape == "column":
        cell = filled.cells[0]
        known = rule is not None and key(_plain(cell)) in rule.groups
        return Row((Cell(tuple(cell.paragraphs)),), is_band=known or cell.is_head)
    if not is_header and _is_band(filled, rule, shape):
        return Row((Cell(tuple(filled.cells[0].paragraphs)),), is_band=True)
    cells: list[Cell] = []
    for at, cell in enumerate(filled.cells):
        # In the body a cell over several columns stands in the first; in the header it names each of them.
        repeats = is_header or at == 0 or filled.cells[at - 1] is not cell
        cells.append(Cell(tuple(cell.paragraphs)) if repeats else Cell())
    return Row((*cells, *(_EMPTY,) * (width - len(cells))))


def _is_band(filled: _Filled, rule: TableRule | None, shape: TableShape) -> bool:
    """Whether a row of a pair table is a heading in it, written as a first cell with nothing beside it."""
    first, others = filled.cells[0], filled.cells[1:]
    if shape != "key_value" or any(c.paragraphs and c is not first for c in others) or not first.paragraphs:
        return False
    return first.is_bold or first.is_head or (rule is not None and key(_plain(first)) in rule.bands)


def _caption_cell(rows: list[_Filled], width: int, publisher: Publisher) -> RawCell | None:
    """The cell over the whole first row that is the table's caption: by its words, else by its looks alone in it."""
    if len(rows) < 2:
        return None
    lone = [row.cells[0] if width == 1 else row.lone for row in rows]
    first = lone[0]
    if first is None or len(first.paragraphs) != 1:
        return None
    if _is_caption(first, publisher) if width > 1 else _names_a_column(first, publisher):
        return first
    title = key(first.paragraphs[0].plain)
    is_marked = first.is_bold or first.is_head
    is_known = any(title in rule.bands or title in rule.groups or title in rule.labels for rule in publisher.tables)
    # What is marked as others below it are is one of several bands.
    is_one_of_several = any(cell is not None and (cell.is_bold or cell.is_head) for cell in lone[1:])
    return first if is_marked and not is_known and not is_one_of_several else None


def _has_own_caption(raw: RawTable, above: Para | Head, publisher: Publisher) -> bool:
    """Whether the table's first row is its caption, so that the line above it is a heading."""
    if not publisher.tables:
        return False
    rows, width = _filled(raw)
    own = _caption_cell(rows, width, publisher)
    if own is None or (_is_caption(own, publisher) if width > 1 else _names_a_column(own, publisher)):
        return own is not None
    # A row that is only bold yields to a line above that can be nothing else.
    is_known = isinstance(above, Para) and any(key(above.plain) in rule.captions for rule in publisher.tables)
    return not above.text.refs and not is_known


def _is_caption(cell: RawCell, publisher: Publisher) -> bool:
    if len(cell.paragraphs) != 1:
        return False
    title = key(cell.paragraphs[0].plain)
    is_band = any(title in rule.bands for rule in publisher.tables)
    return not is_band and (any(title in rule.captions for rule in publisher.tables) or bool(cell.paragraphs[0].refs))


def _names_a_column(cell: RawCell, publisher: Publisher) -> bool:
    """Whether the first cell of a table of one column is a known caption of such tables, but for a word."""
    title = key(_plain(cell))
    columns = [rule for rule in publisher.tables if rule.shape == "column" and title not in rule.groups]
    return any(alike(title, caption) >= NEAR_CAPTION for rule in columns for caption in rule.captions)


def _is_legend(cell: RawCell, publisher: Publisher) -> bool:
    return bool(cell.paragraphs) and publisher.is_legend(cell.paragraphs[0].plain)


def _plain(cell: RawCell) -> str:
    return " ".join(p.plain for p in cell.paragraphs)[:200]
