"""Make the patch of two aligned chapters: apply.py tells its shape and reads it. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any  # Any: JSON data

from tracker.compare import labels as note_labels
from tracker.compare.aligned import Aligned, TableAligned
from tracker.compare.apply import SHA_DIGITS, date_values, sha
from tracker.compare.delta import PLAIN_ID, delta_of
from tracker.compare.labels import Labels
from tracker.compare.lineage import identified, with_ids
from tracker.compare.nodes import Flat, Node, rows_of
from tracker.compare.ops import Json, is_all_same, make_ops
from tracker.compare.rewrite import (
    cell_values,
    foretold_cell,
    inverse_hunks,
    item_json,
    labels_in,
    marks,
    occurring,
    relabelled_cell,
    relabelled_item,
    relabelled_row,
    texts_of,
)
from tracker.document import codec
from tracker.document.model import Cell, Chapter, Note, Prose, Row, Section, Table, Text


def shifts(aligned: Aligned) -> tuple[list[list[Any]], dict[str, str]]:
    """How the labels of a chapter shifted: packed, and as a map from old to new."""
    old_nodes, new_nodes = aligned.old.nodes, aligned.new.nodes
    if _labels_stand(aligned):
        return [], {}
    votes: list[tuple[str, str]] = []
    for i, j in enumerate(aligned.to_new):
        if j < 0:
            continue
        old, new = old_nodes[i].item, new_nodes[j].item
        if isinstance(old, Note) and isinstance(new, Note):
            # A note counts more than a reference: it says what its label is.
            votes += [(old.label, new.label)] * 3
        if isinstance(old, Table) and isinstance(new, Table):
            votes += _table_votes(old, new, aligned.tables.get(j))
        elif not isinstance(old, Table) and not isinstance(new, Table):
            votes += _votes(texts_of(old)[0], texts_of(new)[0])
    if all(old == new for old, new in votes):
        return [], {}
    labels = labels_in(old_nodes[i].item for i, j in enumerate(aligned.to_new) if j >= 0)
    found = note_labels.label_map(votes, labels)
    packed = note_labels.pack(found, labels)
    # As apply() will read it: a run also covers labels of what is not copied.
    return packed, note_labels.unpack(packed, occurring(aligned.old.chapter))


def _labels_stand(aligned: Aligned) -> bool:
    """Whether notes and references of what is paired say at one look that no label shifted."""
    if aligned.tables:
        return False
    old_nodes, new_nodes = aligned.old.nodes, aligned.new.nodes
    for i, j in enumerate(aligned.to_new):
        if j < 0:
            continue
        old, new = old_nodes[i].item, new_nodes[j].item
        if isinstance(old, Note) and isinstance(new, Note) and old.label != new.label:
            return False
        # Tables that are not among the aligned ones are equal.
        if not isinstance(old, Table) and not isinstance(new, Table) and _said(old).refs != _said(new).refs:
            return False
    return True


def _said(item: Section | Prose | Note) -> Text:
    return item.title if isinstance(item, Section) else item.text


def _votes(old: Text, new: Text) -> Iterable[tuple[str, str]]:
    """Labels at the same words of a text."""
    if not old.refs or not new.refs:
        return ()
    if old.plain == new.plain:
        there: dict[int, list[str]] = {}
        for ref in new.refs:
            there.setdefault(ref.offset, []).append(ref.label)
        here: dict[int, list[str]] = {}
        for ref in old.refs:
            here.setdefault(ref.offset, []).append(ref.label)
        return [
            pair
            for offset, found in here.items()
            if len(found) == len(there.get(offset, ()))
            for pair in zip(found, there[offset], strict=True)
        ]
    if len(old.refs) == len(new.refs):
        return [(a.label, b.label) for a, b in zip(old.refs, new.refs, strict=True)]
    return ()


def _table_votes(old: Table, new: Table, table: TableAligned | None) -> Iterable[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if old.caption and new.caption:
        found += _votes(old.caption, new.caption)
    if table is None:
        return found
    for rows_old, rows_new, to_old in ((old.header, new.header, table.header), (old.rows, new.rows, table.rows)):
        for j, i in enumerate(to_old):
            if i < 0:
                continue
            for c, k in enumerate(table.columns[: len(rows_new[j].cells)]):
                if 0 <= k < len(rows_old[i].cells):
                    pairs = zip(rows_old[i].cells[k].paragraphs, rows_new[j].cells[c].paragraphs, strict=False)
                    for a, b in pairs:
                        found += _votes(a, b)
    return found


class PatchMaker:
    """Makes one chapter's patch. with_ids: whether the old document's ids are lineage, or made up here."""

    def __init__(self, aligned: Aligned, packed: list[list[Any]], labels: Labels, *, with_ids: bool) -> None:
        self._aligned = aligned
        self._packed = packed
        self._forth = labels
        self._back: Labels = {}
        if packed:
            self._back = note_labels.unpack(note_labels.reverse(packed), occurring(aligned.new.chapter))
        self._with_ids = with_ids
        self._old_values: dict[str, dict[str, dict[str, str]]] = {}
        self._new_values: dict[str, dict[str, dict[str, str]]] = {}

    def make(self) -> Json:
        """The chapter patch, without keys and places of edits."""
        old, new = self._aligned.old.chapter, self._aligned.new.chapter
        told: dict[str, Json] = {
            "sha": [flat.text_sha256()[:SHA_DIGITS] for flat in (self._aligned.old, self._aligned.new)]
        }
        for field in ("slug", "title"):
            if getattr(old, field) != getattr(new, field):
                told[field] = [getattr(old, field), getattr(new, field)]
        if self._packed:
            told["labels"] = self._packed
        told |= self._nodes()
        if (old.date, old.date_text) != (new.date, new.date_text):
            self._old_values["chapter"] = date_values(old)
            self._new_values["chapter"] = date_values(new)
        if self._old_values:
            told["delta"] = delta_of(self._old_values, self._new_values)
        return told

    def _nodes(self) -> Json:
        old, new = self._aligned.old.nodes, self._aligned.new.nodes

        def same(i: int, j: int) -> bool:
            a, b = old[i], new[j]
            if a.depth != b.depth or type(a.item) is not type(b.item):
                return False
            if isinstance(a.item, Section) and isinstance(b.item, Section):
                return a.item.level == b.item.level and self._same_text(a.item.title, b.item.title)
            if isinstance(a.item, Prose) and isinstance(b.item, Prose):
                told = a.item.kind == b.item.kind and a.item.level == b.item.level
                return told and self._same_text(a.item.text, b.item.text)
            if not self._packed:
                return a.item == b.item
            return relabelled_item(a.item, self._forth) == b.item and relabelled_item(b.item, self._back) == a.item

        def delta(i: int, j: int) -> Json | None:
            return self._delta(old[i], new[j])

        def item(node: Any) -> Json:
            return item_json(identified(node) if self._with_ids else node.item, node.depth, with_ids=self._with_ids)

        return make_ops(old, new, self._aligned.to_old, same, delta, item)

    def _same_text(self, old: Text, new: Text) -> bool:
        if not self._packed or (not old.refs and not new.refs):
            return old == new
        return note_labels.relabel(old, self._forth) == new and note_labels.relabel(new, self._back) == old

    def _delta(self, old_node: Node, new_node: Node) -> Json | None:
        old, new = old_node.item, new_node.item
        found: dict[str, Json] = {}
        if isinstance(old, Section) and isinstance(new, Section):
            self._pair(found, "depth", old_node.depth, new_node.depth)
            self._pair(found, "level", old.level, new.level)
            self._text(found, "title", old.title, new.title)
        elif isinstance(old, Note) and isinstance(new, Note):
            forth = self._forth.get(old.label, old.label) == new.label
            if not (forth and self._back.get(new.label, new.label) == old.label):
                found["label"] = [old.label, new.label]
            self._text(found, "text", old.text, new.text)
        elif isinstance(old, Prose) and isinstance(new, Prose):
            self._pair(found, "kind", old.kind, new.kind)
            self._pair(found, "level", old.level, new.level)
            self._text(found, "text", old.text, new.text)
        elif isinstance(old, Table) and isinstance(new, Table):
            return self._table(old_node, new_node, old, new)
        else:
            return None
        return found

    def _pair(self, found: dict[str, Json], field: str, old: object, new: object) -> None:
        if old != new:
            found[field] = [old, new]

    def _text(self, found: dict[str, Json], field: str, old: Text, new: Text) -> None:
        told = self._text_delta(old, new)
        if told:
            found[field] = told

    def _text_delta(self, old: Text, new: Text) -> dict[str, Json]:
        """What the words and the label map do not foretell, both ways."""
        told: dict[str, Json] = {}
        hunks: Sequence[Any] = [["=", len(old.plain)]]
        if old.plain != new.plain:
            hunks = [
                [mark, len(text) if mark == "=" else text] for mark, text in self._aligned.redline(old.plain, new.plain)
            ]
            told["t"] = hunks
        forth = note_labels.carried(old, new.plain, hunks, self._forth)
        back = note_labels.carried(new, old.plain, inverse_hunks(hunks), self._back)
        if forth.refs != new.refs or back.refs != old.refs:
            told["r"] = [marks(old)[0], marks(new)[0]]
        if forth.links != new.links or back.links != old.links:
            told["l"] = [marks(old)[1], marks(new)[1]]
        return told

    # ------------------------------------------------------------ tables

    def _table(self, old_node: Node, new_node: Node, old: Table, new: Table) -> Json:
        found: dict[str, Json] = {}
        self._pair(found, "shape", old.shape, new.shape)
        if old.caption is not None and new.caption is not None:
            self._text(found, "caption", old.caption, new.caption)
        elif old.caption != new.caption:
            found["caption"] = [codec.text_to_json(c) if c is not None else None for c in (old.caption, new.caption)]
        table = self._aligned.tables.get(new_node.at)
        if table is None:
            table = TableAligned(_straight(old.header, new.header), _straight(old.rows, new.rows), _columns(old, new))
        old_rows, new_rows = with_ids(rows_of(old), old_node.row_ids), with_ids(rows_of(new), new_node.row_ids)
        ends = len(old.header), len(new.header)
        for part, place, old_part, new_part, to_old in (
            ("header", 0, old_rows[: ends[0]], new_rows[: ends[1]], table.header),
            ("rows", ends[1], old_rows[ends[0] :], new_rows[ends[1] :], table.rows),
        ):
            told = self._rows(f"n{new_node.at}.r", place, old_part, new_part, to_old, table.columns)
            if not is_all_same(told, len(old_part)):
                found[part] = told
        told = make_ops(
            old.legend,
            new.legend,
            _straight(old.legend, new.legend),
            lambda a, b: self._same_text(old.legend[a], new.legend[b]),
            lambda a, b: self._text_delta(old.legend[a], new.legend[b]),
            codec.text_to_json,
        )
        if not is_all_same(told, len(old.legend)):
            found["legend"] = told
        return found

    def _rows(
        self,
        place: str,
        first: int,
        old: Sequence[Row],
        new: Sequence[Row],
        to_old: Sequence[int],
        columns: Sequence[int],
    ) -> Json:
        def same(i: int, k: int) -> bool:
            if not self._packed:
                return old[i] == new[k]
            return relabelled_row(old[i], self._forth) == new[k] and relabelled_row(new[k], self._back) == old[i]

        def delta(i: int, k: int) -> Json:
            return self._row(f"{place}{first + k}", old[i], new[k], columns)

        def item(row: Row) -> Json:
            return codec.row_to_json(row if self._with_ids else replace(row, id=""))

        return make_ops(old, new, to_old, same, delta, item)

    def _row(self, place: str, old: Row, new: Row, columns: Sequence[int]) -> Json:
        key = old.id if PLAIN_ID.match(old.id) and old.id not in self._old_values and old.id != "chapter" else place
        told: dict[str, Json] = {}
        self._pair(told, "band", old.is_band, new.is_band)
        width = len(old.cells)
        to_old = [columns[c] if c < len(columns) and columns[c] < width else -1 for c in range(len(new.cells))]

        def same(i: int, c: int) -> bool:
            a, b = old.cells[i], new.cells[c]
            if not self._packed:
                return a == b
            return relabelled_cell(a, self._forth) == b and relabelled_cell(b, self._back) == a

        def delta(i: int, c: int) -> Json:
            return self._cell(told, key, f"c{c}", old.cells[i], new.cells[c])

        told["cells"] = make_ops(old.cells, new.cells, to_old, same, delta, codec.cell_to_json)
        return told

    def _cell(self, row: dict[str, Json], key: str, column: str, old: Cell, new: Cell) -> Json:
        told: dict[str, Json] = {}
        plains = [[p.plain for p in cell.paragraphs] for cell in (old, new)]
        if plains[0] != plains[1]:
            row["key"] = key
            told["c"] = column
            self._old_values.setdefault(key, {})[column] = cell_values(old)
            self._new_values.setdefault(key, {})[column] = cell_values(new)
        foretold = (
            foretold_cell(old, plains[1], self._forth) == new and foretold_cell(new, plains[0], self._back) == old
        )
        if not foretold:
            told["r"] = [[marks(p) for p in cell.paragraphs] for cell in (old, new)]
        return told


def _straight(old: Sequence[object], new: Sequence[object]) -> list[int]:
    """Each new one is the old one at its place."""
    return [k if k < len(old) else -1 for k in range(len(new))]


def _columns(old: Table, new: Table) -> list[int]:
    widths = [max((len(row.cells) for row in (*t.header, *t.rows)), default=0) for t in (old, new)]
    return [k if k < widths[0] else -1 for k in range(widths[1])]


def whole_patch(chapter: Chapter, key: str, *, came: bool, with_ids: bool) -> Json:
    """The patch of a chapter that came, or went."""
    empty = Chapter("", "", None, None)
    printed = [chapter.date.isoformat() if chapter.date else None, chapter.date_text]
    flat = Flat(chapter)
    nodes = [item_json(node.item, node.depth, with_ids=with_ids) for node in flat.nodes]
    told: dict[str, Json] = {"from": None} if came else {"to": None}

    def pair(value: object, nothing: object) -> Json:
        return [nothing, value] if came else [value, nothing]

    told["sha"] = pair(sha(chapter), None)
    for field in ("slug", "title"):
        if getattr(chapter, field) != getattr(empty, field):
            told[field] = pair(getattr(chapter, field), getattr(empty, field))
    if printed != [None, None]:
        told["date"] = pair(printed, [None, None])
    told["ops"] = [["+", node] for node in nodes] if came else []
    if not came and nodes:
        told["gone"] = [[at, node] for at, node in enumerate(nodes)]
    return told


def order_ops(old_keys: Sequence[str], new_keys: Sequence[str], from_key: Callable[[str], str | None]) -> Json | None:
    """The ops over chapter keys; None where all chapters stand as they stood."""
    places = {key: at for at, key in enumerate(old_keys)}
    to_old = [places[k] if (k := from_key(key)) is not None else -1 for key in new_keys]
    told = make_ops(old_keys, new_keys, to_old, lambda i, j: True, lambda i, j: None, str)
    return None if is_all_same(told, len(old_keys)) else told
