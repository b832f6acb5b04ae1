"""The patch of one chapter as a log keeps it: what the two recorded chapters and the edits hold is left out. Pure.

Lives here: chapter, nodes, tables, rows, cells. Not here: the grammar of lists (stored_ops.py), edits (stored.py).

    {"labels": as in apply.py,                    note labels that shifted
     "date", "date_text": [old, new],             deepdiff's Delta of the printed date, without its paths
     "bare": 1,                                   where new or gone nodes have no ids
     "ops": [...]}                                over the nodes, left out where all stay

A node's delta is that of apply.py, without what the two nodes and the edits say: a text's fields stand in the node's
own; its words are left out where an edit at its place tells them (`{}`: nothing else changed), else they are hunks of
lengths; references `r`, links `l`, label, kind, level, depth, shape, band, captions that came or went are 1.
A row: `{"cells": ops, "band": 1, "at": 1 where the Delta names it by its place instead of its id}`. A cell:
`{"v", "r": 1}`, `v` deepdiff's Delta of it: `[old, new]` of its only paragraph that changed, the first; else
`{"p1": [old, new], …}`; 1 where it only looks other.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any  # Any: JSON data

from tracker.compare.apply import date_values, sha
from tracker.compare.delta import delta_of_pairs, pairs_of
from tracker.compare.nodes import Flat, Node
from tracker.compare.ops import Json
from tracker.compare.rewrite import cell_values, item_json, marks
from tracker.compare.stored_ops import compact_ops, compact_spans, expand_ops, expand_spans, spans_json
from tracker.document import codec
from tracker.document.canonical import norm
from tracker.document.edit import Span
from tracker.document.model import Chapter, Row, Section, Table, Text

Told = Mapping[tuple[Any, ...], tuple[Span, ...]]
"""Words that edits tell, by place: `(i, j)` of old node i that is new node j, `(i, j, "caption")` of its caption."""

_BY_PLACE = re.compile(r"n\d+\.r\d+")
_TEXTS = ("title", "text")
_NOBODY = Chapter("", "", None, None)


def compact_patch(patch: Json, words: Told) -> dict[str, Any]:
    """A chapter's patch without keys and places of edits."""
    out: dict[str, Any] = {}
    if "labels" in patch:
        out["labels"] = patch["labels"]
    pairs = pairs_of(patch.get("delta", {}))
    for field, told in pairs.pop("chapter", {}).items():
        out[field] = told["v"]
    if _are_bare(patch):
        out["bare"] = 1

    def node(i: int, j: int, delta: Json) -> Json:
        return _compact_node(i, j, delta, words, pairs)

    if _is_pair(patch) and (ops := compact_ops(patch, node)):
        out["ops"] = ops
    return out


def expand_patch(stored: Json, flats: tuple[Flat | None, Flat | None], words: Told) -> dict[str, Json]:
    """The patch that was made compact, but for the places of its edits and keys that say more than slugs."""
    old, new = flats
    chapters = [flat.chapter if flat is not None else None for flat in flats]
    heads = [chapter or _NOBODY for chapter in chapters]
    out: dict[str, Json] = {"sha": [sha(chapter) for chapter in chapters]}
    for field in ("slug", "title"):
        if getattr(heads[0], field) != getattr(heads[1], field):
            out[field] = [getattr(head, field) for head in heads]
    if "labels" in stored:
        out["labels"] = stored["labels"]
    with_ids = "bare" not in stored

    def item(thing: Node) -> Json:
        return item_json(thing.item, thing.depth, with_ids=with_ids)

    if old is None or new is None:
        printed = [[head.date.isoformat() if head.date else None, head.date_text] for head in heads]
        if printed[0] != printed[1]:
            out["date"] = printed
        out["ops"] = [["+", item(thing)] for thing in new.nodes] if new is not None else []
        if old is not None and old.nodes:
            out["gone"] = [[thing.at, item(thing)] for thing in old.nodes]
        out["from" if old is None else "to"] = None
        return out
    if heads[0].slug != heads[1].slug:
        out["from"] = heads[0].slug
    tables = _Tables(with_ids=with_ids)
    for field in date_values(None):
        if field in stored:
            tables.pairs.setdefault("chapter", {})[field] = {"v": stored[field]}

    def delta(i: int, j: int, told: Json) -> Json:
        return _expand_node(i, j, told, old.nodes[i], new.nodes[j], words, tables)

    out |= expand_ops(stored.get("ops", ()), old.nodes, new.nodes, delta, item)
    if tables.pairs:
        out["delta"] = delta_of_pairs(tables.pairs)
    return out


def _is_pair(patch: Json) -> bool:
    """Whether the chapter was there before and after: else all of it came, or went."""
    return patch.get("from", "") is not None and patch.get("to", "") is not None


def _are_bare(patch: Json) -> bool:
    items = _told_whole(patch)
    return bool(items) and not any("id" in item for item in items)


def _told_whole(told: Json) -> list[Json]:
    """The nodes and rows that ops bring or take."""
    found = [op[1] for op in told["ops"] if op[0] == "+"] + [item for _, item in told.get("gone", ())]
    for op in told["ops"]:
        if op[0] == "~":
            for part in ("header", "rows"):
                found += _told_whole(op[2][part]) if part in op[2] else ()
    return found


# ---------------------------------------------------------------- nodes


def _compact_node(i: int, j: int, delta: Json, words: Told, pairs: Json) -> Json:
    out: dict[str, Json] = {}
    for field, told in delta.items():
        if field in ("header", "rows"):
            out[field] = compact_ops(told, lambda _, __, row: _compact_row(row, pairs))
        elif field == "legend":
            out[field] = compact_ops(told, lambda _, __, line: _compact_text(line, ()))
        elif field in _TEXTS:
            out |= _compact_text(told, words.get((i, j), ()))
        elif isinstance(told, dict):
            if caption := _compact_text(told, words.get((i, j, "caption"), ())):
                out[field] = caption
        else:
            out[field] = 1
    return out


def _compact_text(delta: Json, words: Sequence[Span]) -> dict[str, Json]:
    out: dict[str, Json] = {field: 1 for field in ("r", "l") if field in delta}
    if "t" in delta and delta["t"] != spans_json(words):
        spans = [(mark, " " * told if mark == "=" else told) for mark, told in delta["t"]]
        out["t"] = compact_spans(spans, with_words=False)
    return out


def _expand_node(i: int, j: int, told: Json, old: Node, new: Node, words: Told, tables: "_Tables") -> Json:
    if isinstance(old.item, Table) and isinstance(new.item, Table):
        return _expand_table(i, j, told, old.item, new.item, words, tables)
    out: dict[str, Json] = {}
    for field in ("depth", "label", "kind", "level"):
        if field in told:
            sides: Any = (old, new) if field == "depth" else (old.item, new.item)
            out[field] = [getattr(side, field) for side in sides]
    main = "title" if isinstance(old.item, Section) else "text"
    if text := _expand_text(getattr(old.item, main), getattr(new.item, main), told, words.get((i, j), ())):
        out[main] = text
    return out


def _expand_table(i: int, j: int, told: Json, old: Table, new: Table, words: Told, tables: "_Tables") -> Json:
    out: dict[str, Json] = {"shape": [old.shape, new.shape]} if "shape" in told else {}
    if told.get("caption") == 1:
        out["caption"] = [codec.text_to_json(t.caption) if t.caption is not None else None for t in (old, new)]
    elif old.caption is not None and new.caption is not None:
        implied = words.get((i, j, "caption"), ())
        if caption := _expand_text(old.caption, new.caption, told.get("caption", {}), implied):
            out["caption"] = caption
    if "header" in told:
        out["header"] = tables.rows(f"n{j}.r", 0, told["header"], old.header, new.header)
    if "rows" in told:
        out["rows"] = tables.rows(f"n{j}.r", len(new.header), told["rows"], old.rows, new.rows)
    if "legend" in told:

        def line(k: int, n: int, text: Json) -> Json:
            return _expand_text(old.legend[k], new.legend[n], text, ())

        out["legend"] = expand_ops(told["legend"], old.legend, new.legend, line, codec.text_to_json)
    return out


def _expand_text(old: Text, new: Text, told: Json, words: Sequence[Span]) -> dict[str, Json]:
    out: dict[str, Json] = {}
    if "t" in told:
        out["t"] = spans_json(expand_spans(told["t"], old.plain, new.plain))
    elif words:
        out["t"] = spans_json(words)
    for field, part in (("r", 0), ("l", 1)):
        if field in told:
            out[field] = [marks(old)[part], marks(new)[part]]
    return out


# ---------------------------------------------------------------- rows and cells


def _compact_row(delta: Json, pairs: Json) -> Json:
    key = delta.get("key")
    values = pairs.get(key, {})
    out: dict[str, Json] = {"band": 1} if "band" in delta else {}
    if key is not None and _BY_PLACE.fullmatch(key):
        out["at"] = 1

    def cell(_: int, __: int, told: Json) -> Json:
        found: dict[str, Json] = {"r": 1} if "r" in told else {}
        if "c" in told:
            paragraphs = values[told["c"]]
            is_plain = list(paragraphs) == ["p0"] and None not in paragraphs["p0"]
            looks = all(norm(was or "") == norm(now or "") for was, now in paragraphs.values())
            found["v"] = 1 if looks else paragraphs["p0"] if is_plain else paragraphs
        return found

    out["cells"] = compact_ops(delta["cells"], cell)
    return out


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, list[str | None]]:
    """The Delta of a cell, made again from both."""
    names = dict.fromkeys((*old, *new))
    return {name: [old.get(name), new.get(name)] for name in names if old.get(name) != new.get(name)}


class _Tables:
    """Rows read back. pairs: the Delta of the cells met so far."""

    def __init__(self, *, with_ids: bool) -> None:
        self.pairs: dict[str, Any] = {}
        self._with_ids = with_ids

    def rows(self, place: str, first: int, told: Json, old: Sequence[Row], new: Sequence[Row]) -> Json:
        """The ops over rows. place, first: what a row is called that the Delta names by its place."""

        def delta(i: int, k: int, row: Json) -> Json:
            key = f"{place}{first + k}" if "at" in row else old[i].id
            return self._row(key, row, old[i], new[k])

        return expand_ops(told, old, new, delta, self._item)

    def _item(self, row: Row) -> Json:
        return codec.row_to_json(row if self._with_ids else Row(row.cells, row.is_band))

    def _row(self, key: str, told: Json, old: Row, new: Row) -> Json:
        out: dict[str, Json] = {"band": [old.is_band, new.is_band]} if "band" in told else {}

        def delta(i: int, c: int, cell: Json) -> Json:
            found: dict[str, Json] = {}
            if "v" in cell:
                out["key"], found["c"] = key, f"c{c}"
                paragraphs = {"p0": cell["v"]} if isinstance(cell["v"], list) else cell["v"]
                if paragraphs == 1:
                    paragraphs = _differing(cell_values(old.cells[i]), cell_values(new.cells[c]))
                self.pairs.setdefault(key, {})[f"c{c}"] = paragraphs
            if "r" in cell:
                found["r"] = [[marks(p) for p in side.paragraphs] for side in (old.cells[i], new.cells[c])]
            return found

        cells = expand_ops(told["cells"], old.cells, new.cells, delta, codec.cell_to_json)
        return {**out, "cells": cells}
