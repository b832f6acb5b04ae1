"""One node at a time: as JSON, renumbered, changed by its delta, and its delta turned round. Pure.

Lives here: what a patch says of a heading, block or note (the shape is told in apply.py). Not here: which nodes there
are and in which order (apply.py, ops.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any  # Any: JSON data

from tracker.compare import labels as note_labels
from tracker.compare.nodes import Item, flat_items, rows_of
from tracker.compare.ops import Json, apply_ops, inverse_ops, swap, unfit
from tracker.document import codec
from tracker.document.edit import Span
from tracker.document.model import Cell, Chapter, Link, Note, Prose, Ref, Row, Section, Table, Text

Labels = Mapping[str, str]
Values = Mapping[str, Any]


def texts_of(item: Item) -> list[Text]:
    """All texts of a node."""
    if isinstance(item, Section):
        return [item.title]
    if not isinstance(item, Table):
        return [item.text]
    found = [item.caption] if item.caption else []
    found += (p for row in rows_of(item) for cell in row.cells for p in cell.paragraphs)
    return [*found, *item.legend]


def occurring(chapter: Chapter) -> list[str]:
    """All labels of the chapter: of its notes, and of its references."""
    return labels_in(item for item, _ in flat_items(chapter))


def labels_in(items: Iterable[Item]) -> list[str]:
    """All labels of these nodes, as notes and as references."""
    found: dict[str, None] = {}
    for item in items:
        if isinstance(item, Note):
            found[item.label] = None
        for text in texts_of(item):
            if text.refs:
                found.update(dict.fromkeys(ref.label for ref in text.refs))
    return list(found)


def cell_values(cell: Cell) -> dict[str, str]:
    """A cell's paragraphs as deepdiff compares them."""
    return {f"p{k}": paragraph.plain for k, paragraph in enumerate(cell.paragraphs)}


def item_from_json(data: Json) -> tuple[Item, int]:
    """The node, and its depth, that `item_json` wrote."""
    if data["kind"] == "section":
        return codec.section_from_json(data), int(data["depth"])
    if data["kind"] == "note":
        return codec.note_from_json(data), 0
    return codec.block_from_json(data), 0


def item_json(item: Item, depth: int, *, with_ids: bool) -> Json:
    """A node as JSON data; a section without what stands in it."""
    found: Json
    if isinstance(item, Section):
        found = {"kind": "section", "depth": depth, **codec.section_to_json(replace(item, blocks=(), sections=()))}
    elif isinstance(item, Note):
        found = {"kind": "note", **codec.note_to_json(item)}
    else:
        found = codec.block_to_json(item)
    if not with_ids:
        found.pop("id", None)
        for part in ("header", "rows"):
            for row in found.get(part, ()):
                row.pop("id", None)
    return found


def relabelled_item(item: Item, labels: Labels) -> Item:
    """A node as the label map leaves it."""
    if not labels:
        return item
    if isinstance(item, Note):
        text = note_labels.relabel(item.text, labels)
        label = labels.get(item.label, item.label)
        return item if text is item.text and label == item.label else replace(item, label=label, text=text)
    if isinstance(item, Section):
        title = note_labels.relabel(item.title, labels)
        return item if title is item.title else replace(item, title=title)
    if isinstance(item, Table):
        if not any(text.refs for text in texts_of(item)):
            return item
        return replace(
            item,
            caption=note_labels.relabel(item.caption, labels) if item.caption else None,
            header=tuple(relabelled_row(row, labels) for row in item.header),
            rows=tuple(relabelled_row(row, labels) for row in item.rows),
            legend=tuple(note_labels.relabel(line, labels) for line in item.legend),
        )
    text = note_labels.relabel(item.text, labels)
    return item if text is item.text else replace(item, text=text)


def relabelled_row(row: Row, labels: Labels) -> Row:
    """A row as the label map leaves it."""
    return replace(row, cells=tuple(relabelled_cell(cell, labels) for cell in row.cells)) if labels else row


def relabelled_cell(cell: Cell, labels: Labels) -> Cell:
    """A cell as the label map leaves it."""
    if not labels or not any(p.refs for p in cell.paragraphs):
        return cell
    return Cell(tuple(note_labels.relabel(p, labels) for p in cell.paragraphs))


def changed_item(item: Item, delta: Json, labels: Labels, cells: Values) -> Item:
    """The node that the delta makes of an old one."""
    if isinstance(item, Section):
        title = changed_text(item.title, delta.get("title"), labels)
        return replace(item, title=title, level=_field(delta, "level", item.level))
    if isinstance(item, Note):
        label = delta["label"][1] if "label" in delta else labels.get(item.label, item.label)
        return replace(item, label=label, text=changed_text(item.text, delta.get("text"), labels))
    if isinstance(item, Prose):
        return replace(
            item,
            text=changed_text(item.text, delta.get("text"), labels),
            kind=_field(delta, "kind", item.kind),
            level=_field(delta, "level", item.level),
        )

    def rows(part: str, old: tuple[Row, ...]) -> tuple[Row, ...]:
        def copy(row: Row) -> Row:
            return relabelled_row(row, labels)

        def change(row: Row, told: Json) -> Row:
            return _changed_row(row, told, labels, cells)

        return tuple(
            apply_ops(delta[part], old, copy, change, codec.row_from_json) if part in delta else map(copy, old)
        )

    caption = item.caption
    if isinstance(delta.get("caption"), list):
        caption = codec.text_from_json(delta["caption"][1]) if delta["caption"][1] is not None else None
    elif caption is not None:
        caption = changed_text(caption, delta.get("caption"), labels)
    legend = [note_labels.relabel(line, labels) for line in item.legend]
    if "legend" in delta:
        legend = apply_ops(
            delta["legend"],
            item.legend,
            lambda line: note_labels.relabel(line, labels),
            lambda line, told: changed_text(line, told, labels),
            codec.text_from_json,
        )
    return replace(
        item,
        caption=caption,
        header=rows("header", item.header),
        rows=rows("rows", item.rows),
        legend=tuple(legend),
        shape=_field(delta, "shape", item.shape),
    )


def _changed_row(row: Row, told: Json, labels: Labels, cells: Values) -> Row:
    def change(cell: Cell, delta: Json) -> Cell:
        plains = [p.plain for p in cell.paragraphs]
        if "c" in delta:
            found = cells[told["key"]][delta["c"]]
            plains = [found[f"p{k}"] for k in range(len(found))]
        if "r" not in delta:
            return foretold_cell(cell, plains, labels)
        marks = delta["r"][1]
        return Cell(tuple(marked(plain, *mark) for plain, mark in zip(plains, marks, strict=True)))

    made = apply_ops(told["cells"], row.cells, lambda c: relabelled_cell(c, labels), change, codec.cell_from_json)
    return replace(row, cells=tuple(made), is_band=_field(told, "band", row.is_band))


def foretold_cell(cell: Cell, plains: Sequence[str], labels: Labels) -> Cell:
    """The cell with these words, and references and links where its paragraphs had them, if their count is the same.

    A reference at the end of a paragraph stays at its end; others do not move.
    """
    made: list[Text] = []
    for k, plain in enumerate(plains):
        before = cell.paragraphs[k] if k < len(cell.paragraphs) else Text("")
        hunks: list[Span] = [("=", plain)]
        if before.plain != plain:
            hunks = [("-", before.plain), ("+", plain)]
        made.append(note_labels.carried(before, plain, hunks, labels))
    return Cell(tuple(made))


def marked(plain: str, refs: Json, links: Json) -> Text:
    """A text of words, `[[offset, label]]` and `[[start, end, href]]`."""
    return Text(plain, tuple(Ref(o, label) for o, label in refs), tuple(Link(s, e, href) for s, e, href in links))


def marks(text: Text) -> Json:
    """References and links of a text, as `marked` reads them."""
    return [[[r.offset, r.label] for r in text.refs], [[k.start, k.end, k.href] for k in text.links]]


def changed_text(text: Text, delta: Json | None, labels: Labels) -> Text:
    """The text that the delta makes of an old one. Raises NotApplicable where the words are others."""
    if delta is None:
        return note_labels.relabel(text, labels)
    hunks = delta.get("t", [["=", len(text.plain)]])
    words: list[str] = []
    at = 0
    for mark, told in hunks:
        if mark == "+":
            words.append(told)
            continue
        size = told if mark == "=" else len(told)
        if (mark == "-" and text.plain[at : at + size] != told) or at + size > len(text.plain):
            raise unfit("a text has other words than the one that was compared")
        if mark == "=":
            words.append(text.plain[at : at + size])
        at += size
    if at != len(text.plain):
        raise unfit("a text is longer than the one that was compared")
    carried = note_labels.carried(text, "".join(words), hunks, labels)
    refs = tuple(Ref(o, label) for o, label in delta["r"][1]) if "r" in delta else carried.refs
    links = tuple(Link(s, e, href) for s, e, href in delta["l"][1]) if "l" in delta else carried.links
    return Text(carried.plain, refs, links)


# ---------------------------------------------------------------- the way back


def inverse_node(delta: Json) -> Json:
    """A node's delta the other way round."""
    out: dict[str, Json] = {}
    for field, told in delta.items():
        if field in ("header", "rows"):
            out[field] = inverse_ops(told, _inverse_row)
        elif field == "legend":
            out[field] = inverse_ops(told, inverse_text)
        else:
            out[field] = swap(told) if isinstance(told, list) else inverse_text(told)
    return out


def _inverse_row(delta: Json) -> Json:
    out = dict(delta)
    if "band" in out:
        out["band"] = swap(out["band"])
    out["cells"] = inverse_ops(out["cells"], _inverse_cell)
    return out


def _inverse_cell(delta: Json) -> Json:
    return {**delta, "r": swap(delta["r"])} if "r" in delta else delta


def inverse_text(delta: Json) -> Json:
    """A text delta the other way round."""
    out: dict[str, Json] = {}
    for field, told in delta.items():
        out[field] = inverse_hunks(told) if field == "t" else swap(told)
    return out


def inverse_hunks(hunks: Sequence[Sequence[Any]]) -> list[Any]:
    """Spans or text hunks the other way round; what goes stands before what comes, as ever."""
    out: list[Any] = []
    turned = {"=": "=", "-": "+", "+": "-"}
    for mark, told in hunks:
        if turned[mark] == "-" and out and out[-1][0] == "+":
            out.insert(len(out) - 1, [turned[mark], told])
        else:
            out.append([turned[mark], told])
    return out


def _field(delta: Json, name: str, old: Any) -> Any:
    return new_of(delta[name], old, name) if name in delta else old


def new_of(pair: Json, old: Any, what: str) -> Any:
    """The new of an [old, new] pair, after a look at the old."""
    if pair[0] != old:
        raise unfit(f"{what} is another")
    return pair[1]
