"""A chapter's comparison as a log keeps it: without the words that the two recorded chapters hold (design §2.8). Pure.

Lives here: `compact` and `expand`, each other's inverse. Kept: ids, kinds, places, salience, spans as lengths with the
inserted words, deepdiff's Delta of cells and dates. Left out and read off the chapters again: whole texts, removed
words, headings, table labels, new and gone nodes. Its shape is frozen: old logs are read by it.

    {"key": chapter key, "cause", "silent", "coarse",        "silent" and "coarse" only where true
     "edits": [edit, …], "neutral": [edit, …],
     "patch": the chapter patch of apply.py: a text hunk or a run of new items as its length, `gone` as places,
              references, links and captions as 1 where they are told, "ids": 1 where new nodes carry theirs}

An edit: `{"id", "kind", "block", "why": [level, reason, …], "spans": [7, -4, "inserted"], "detail", "from"}`; positive
lengths stayed, negative went; no spans: all of it came, went or stayed. `from`: a move out of another chapter, with
what only that chapter holds: its slug, the section it stood in, the words that went.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar  # Any: JSON data

from tracker.compare.edits import edit_at
from tracker.compare.nodes import Flat, Node
from tracker.compare.ops import Json, ops_json
from tracker.compare.rewrite import item_json, marks
from tracker.document import codec
from tracker.document.edit import Comparison, Edit, Salience, Span
from tracker.document.model import Cell, Chapter, Row, Section, Table, Text

T = TypeVar("T")
_NO_CHAPTER = Chapter("", "", None, None)


def compact(comparison: Comparison) -> dict[str, Any]:
    """The comparison of one chapter (a part that `split` gave) as JSON data for the log.

    Raises ValueError for a comparison of several chapters.
    """
    patches = _patches(comparison)
    if not comparison.causes and not patches:
        return {}
    if len(comparison.causes) != 1 or len(patches) > 1:
        raise ValueError("a log keeps comparisons of one chapter each: split it first")
    ((key, cause),) = comparison.causes.items()
    out: dict[str, Any] = {"key": key, "cause": cause}
    if comparison.silent:
        out["silent"] = True
    if comparison.coarse:
        out["coarse"] = True
    out["edits"] = [_compact_edit(edit) for edit in comparison.edits]
    out["neutral"] = [_compact_edit(edit) for edit in comparison.neutral]
    if key in patches:
        out["patch"] = _compact_patch(patches[key])
    return out


def expand(data: Json, old: Chapter | None, new: Chapter | None) -> Comparison:
    """The comparison that was compacted. old, new: the chapter as recorded before and after; None: there was none."""
    if not data:
        return Comparison()
    key = data["key"]
    flats = Flat(old) if old is not None else None, Flat(new) if new is not None else None
    places = data.get("patch", {}).get("at", [])
    count = len(data["edits"])
    told = [_expand_edit(edit, at, flats) for edit, at in zip(data["edits"], places[:count], strict=True)]
    neutral = [_expand_edit(edit, at, flats) for edit, at in zip(data["neutral"], places[count:], strict=True)]
    return Comparison(
        edits=tuple(told),
        neutral=tuple(neutral),
        causes={key: data["cause"]},
        silent=(key,) if data.get("silent") else (),
        coarse=(key,) if data.get("coarse") else (),
        patch={"chapters": {key: _expand_patch(data["patch"], flats)}} if "patch" in data else {},
    )


def _patches(comparison: Comparison) -> dict[str, Json]:
    found: Any = comparison.patch.get("chapters", {})
    return dict(found)


# ---------------------------------------------------------------- edits


def _compact_edit(edit: Edit) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": edit.id,
        "kind": edit.kind,
        "block": edit.block,
        "why": [edit.salience.level, *edit.salience.why],
    }
    if len(edit.spans) > 1:
        out["spans"] = [text if mark == "+" else len(text) * (1 if mark == "=" else -1) for mark, text in edit.spans]
    if edit.detail is not None:
        out["detail"] = edit.detail
    if edit.old_chapter is not None:
        section = list(edit.old_section) if edit.old_section is not None else None
        out["from"] = [edit.old_chapter, section, [text for mark, text in edit.spans if mark == "-"]]
    return out


def _expand_edit(data: Json, at: Json, flats: tuple[Flat | None, Flat | None]) -> Edit:
    level, *why = data["why"]
    edit = edit_at(data["kind"], *flats, at, detail=data.get("detail"))
    changed: dict[str, Any] = {"id": data["id"], "block": data["block"], "salience": Salience(level, tuple(why))}
    lengths = data.get("spans")
    if "from" in data:
        chapter, section, gone = data["from"]
        spans = _read_spans(lengths, edit.new, gone) if lengths else ((("=", edit.new),) if edit.new else ())
        changed |= {
            "old_chapter": chapter,
            "old_section": tuple(section) if section is not None else None,
            "old": "".join(text for mark, text in spans if mark != "+"),
            "spans": spans,
        }
    elif lengths:
        changed["spans"] = _read_spans(lengths, edit.new, _cut(lengths, edit.old))
    return _replaced(edit, changed)


def _replaced(edit: Edit, changed: dict[str, Any]) -> Edit:
    fields = {name: getattr(edit, name) for name in Edit.__dataclass_fields__}
    return Edit(**(fields | changed))


def _cut(lengths: Sequence[Any], old: str) -> list[str]:
    """The words that went, read off the old text."""
    found: list[str] = []
    at = 0
    for told in lengths:
        if isinstance(told, int):
            if told < 0:
                found.append(old[at : at - told])
            at += abs(told)
    return found


def _read_spans(lengths: Sequence[Any], new: str, gone: Sequence[str]) -> tuple[Span, ...]:
    found: list[Span] = []
    at = 0
    went = iter(gone)
    for told in lengths:
        if isinstance(told, str):
            found.append(("+", told))
            at += len(told)
        elif told < 0:
            found.append(("-", next(went)))
        else:
            found.append(("=", new[at : at + told]))
            at += told
    return tuple(found)


# ---------------------------------------------------------------- the patch


def _compact_patch(told: Json) -> Json:
    out = {field: told[field] for field in ("from", "to", "sha", "slug", "labels", "delta", "at") if field in told}
    for field in ("title", "date"):
        if field in told:
            out[field] = 1
    if _carries_ids(told):
        out["ids"] = 1
    return out | _compact_ops(told, _compact_node)


def _carries_ids(told: Json) -> bool:
    """Whether the nodes or rows that the ops bring or take have ids."""
    items = [op[1] for op in told["ops"] if op[0] == "+"] + [item for _, item in told.get("gone", ())]
    if any(isinstance(item, dict) and "id" in item for item in items):
        return True
    deltas = [op[2] for op in told["ops"] if op[0] == "~"]
    return any(_carries_ids(delta[part]) for delta in deltas for part in ("header", "rows") if part in delta)


def _compact_ops(told: Json, compact_delta: Callable[[Json], Json]) -> Json:
    ops: list[Json] = []
    for op in told["ops"]:
        if op[0] == "~":
            ops.append(["~", op[1], compact_delta(op[2])])
        elif op[0] == "=":
            ops.append(op)
        elif ops and ops[-1][0] == "+":
            ops[-1][1] += 1
        else:
            ops.append(["+", 1])
    return ops_json(ops, [at for at, _ in told.get("gone", ())])


def _compact_node(delta: Json) -> Json:
    out: dict[str, Json] = {}
    for field, told in delta.items():
        if field in ("header", "rows"):
            out[field] = _compact_ops(told, _compact_row)
        elif field == "legend":
            out[field] = _compact_ops(told, _compact_text)
        elif isinstance(told, dict):
            out[field] = _compact_text(told)
        else:
            out[field] = 1 if field == "caption" else told
    return out


def _compact_row(delta: Json) -> Json:
    return {**delta, "cells": _compact_ops(delta["cells"], lambda cell: {**cell, "r": 1} if "r" in cell else cell)}


def _compact_text(delta: Json) -> Json:
    out: dict[str, Json] = {field: 1 for field in ("r", "l") if field in delta}
    if "t" in delta:
        out["t"] = [[mark, told if mark == "=" else len(told)] for mark, told in delta["t"]]
    return out


def _expand_patch(told: Json, flats: tuple[Flat | None, Flat | None]) -> Json:
    out = {field: told[field] for field in ("from", "to", "sha", "slug", "labels", "delta", "at") if field in told}
    heads = [flat.chapter if flat is not None else _NO_CHAPTER for flat in flats]
    if "title" in told:
        out["title"] = [head.title for head in heads]
    if "date" in told:
        out["date"] = [[head.date.isoformat() if head.date else None, head.date_text] for head in heads]
    with_ids = "ids" in told

    def item(node: Node) -> Json:
        return item_json(node.item, node.depth, with_ids=with_ids)

    def delta(old: Node, new: Node, found: Json) -> Json:
        return _expand_node(found, old, new, with_ids=with_ids)

    nodes: list[list[Node]] = [flat.nodes if flat is not None else [] for flat in flats]
    return out | _expand_ops(told, nodes[0], nodes[1], delta, item)


def _expand_ops(
    told: Json, old: Sequence[T], new: Sequence[T], delta: Callable[[T, T, Json], Json], item: Callable[[T], Json]
) -> Json:
    ops: list[Json] = []
    at = 0
    for op in told["ops"]:
        if op[0] == "=":
            ops.append(op)
            at += op[2]
        elif op[0] == "~":
            ops.append(["~", op[1], delta(old[op[1]], new[at], op[2])])
            at += 1
        else:
            ops += (["+", item(thing)] for thing in new[at : at + op[1]])
            at += op[1]
    return ops_json(ops, [[place, item(old[place])] for place in told.get("gone", ())])


def _expand_node(told: Json, old: Node, new: Node, *, with_ids: bool) -> Json:
    a: Any = old.item
    b: Any = new.item
    out: dict[str, Json] = {}
    for field, found in told.items():
        if field in ("header", "rows"):
            out[field] = _expand_ops(found, getattr(a, field), getattr(b, field), _expand_row, _row_json(with_ids))
        elif field == "legend":
            out[field] = _expand_ops(found, a.legend, b.legend, _expand_text, codec.text_to_json)
        elif field == "caption" and not isinstance(found, dict):
            captions = [table.caption for table in (a, b)]
            out[field] = [codec.text_to_json(text) if text is not None else None for text in captions]
        elif isinstance(found, dict):
            out[field] = _expand_text(_text(a, field), _text(b, field), found)
        else:
            out[field] = found
    return out


def _text(item: Section | Table | Any, field: str) -> Text:
    text = getattr(item, field)
    assert isinstance(text, Text)
    return text


def _row_json(with_ids: bool) -> Callable[[Row], Json]:
    def row_json(row: Row) -> Json:
        return codec.row_to_json(row if with_ids else Row(row.cells, row.is_band))

    return row_json


def _expand_row(old: Row, new: Row, told: Json) -> Json:
    return {**told, "cells": _expand_ops(told["cells"], old.cells, new.cells, _expand_cell, codec.cell_to_json)}


def _expand_cell(old: Cell, new: Cell, told: Json) -> Json:
    return {**told, "r": [[marks(p) for p in cell.paragraphs] for cell in (old, new)]} if "r" in told else told


def _expand_text(old: Text, new: Text, told: Json) -> Json:
    out: dict[str, Json] = {}
    if "t" in told:
        at_old = at_new = 0
        hunks: list[Json] = []
        for mark, size in told["t"]:
            if mark == "=":
                hunks.append([mark, size])
                at_old, at_new = at_old + size, at_new + size
            elif mark == "-":
                hunks.append([mark, old.plain[at_old : at_old + size]])
                at_old += size
            else:
                hunks.append([mark, new.plain[at_new : at_new + size]])
                at_new += size
        out["t"] = hunks
    for field, part in (("r", 0), ("l", 1)):
        if field in told:
            out[field] = [marks(old)[part], marks(new)[part]]
    return out
