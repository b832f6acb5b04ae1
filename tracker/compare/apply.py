"""Write one document down from another: the patch of a comparison, applied and turned round. Pure.

The patch is exact by construction and takes nothing from the edits; its shape is frozen (old logs are read by it):

    {"title": [old, new],                            the document's, where it changed
     "order": ops over chapter keys,                 where a chapter came, went or moved
     "warnings": ops over warnings,                  where more changed than their labels
     "chapters": {key: chapter patch}}               only chapters that differ

A chapter's key is its slug (`slug#2` for a second one of that slug), the new one where it has both. A chapter patch:

    {"from": old key, "to": new key,                 left out where it is `key`; null: the chapter came, or went
     "sha": [old, new],                              first 16 digits of text_sha256, null where there is no chapter
     "slug": [old, new], "title": [old, new],        where they changed
     "date": [[date, printed], [date, printed]],     of a chapter that came or went
     "labels": [[first, last, shift], [old, new]],   note labels that shifted: copied nodes and references follow
     "ops": [...], "gone": [...],                    over the flat list of nodes (nodes.py), grammar in ops.py
     "delta": {...},                                 deepdiff's Delta of the changed cells and dates
     "at": [[old, new], ...]}                        for each edit, then each neutral one, where it stands (nodes.Place)

`delta` is keyed by row id (`r_…`) and `c` column, `p` paragraph; by `chapter` for the printed date. A node is
document JSON (codec.py); a heading `{"kind": "section", "depth", "title", "level"}`, a note `{"kind": "note", …}`.
A node's delta holds the fields that changed: texts as text deltas, `kind level depth label shape band` as [old, new],
`caption` as text delta or [old, new], `header rows` as ops over rows, `legend` as ops over lines. A text delta:
`{"t": [["=", n], ["-", words], ["+", words]], "r": [old, new], "l": [old, new]}`, `r` references and `l` links, only
where words and labels do not foretell them. A row's delta: `{"key", "band", "cells"}`; a cell's: `{"c", "r"}`, `c` its
part in `delta`, `r` the references and links of its paragraphs where not foretold.
Ids stand in new nodes when the old document had ids; without ids applied to, nothing has ids.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any  # Any: JSON data

from tracker.compare import labels as note_labels
from tracker.compare.delta import apply_delta, inverse_delta
from tracker.compare.nodes import Item, flat_items, unflatten
from tracker.compare.ops import Json, apply_ops, inverse_ops, swap, unfit
from tracker.compare.rewrite import (
    Labels,
    Values,
    cell_values,
    changed_item,
    inverse_node,
    item_from_json,
    new_of,
    occurring,
    relabelled_item,
)
from tracker.document.canonical import text_sha256
from tracker.document.edit import Comparison
from tracker.document.identity import chapter_without_ids, has_ids
from tracker.document.model import Chapter, Document, Table, Warned

SHA_DIGITS = 16
MALFORMED = (KeyError, TypeError, IndexError, AttributeError, ValueError)  # what a patch that nobody made raises


def apply(comparison: Comparison, old: Document) -> Document:
    """The new document. Raises NotApplicable when the comparison was made from another old one; never half of it."""
    if (comparison.edits or comparison.neutral) and not comparison.patch:
        raise unfit("it has edits, and no patch")
    try:
        return _applied(comparison, old)
    except MALFORMED as wrong:
        raise unfit(f"its patch is malformed: {type(wrong).__name__} {wrong}") from wrong


def _applied(comparison: Comparison, old: Document) -> Document:
    patch = comparison.patch
    patches: dict[str, Json] = dict(patch.get("chapters", {}))  # type: ignore[call-overload]
    keys = chapter_keys(old.chapters)
    by_old = {told.get("from", key): (key, told) for key, told in patches.items() if told.get("from", key) is not None}
    for key in by_old:
        if key not in keys:
            raise unfit(f"there is no chapter {key}")
    made: dict[str, Chapter] = {}
    shifted: dict[str, Labels] = {}
    for key, told in patches.items():
        from_key = told.get("from", key)
        before = old.chapters[keys.index(from_key)] if from_key is not None else None
        after = _guarded(told, before)
        if after is not None:
            made[key] = after
        if before is not None and "labels" in told:
            shifted[before.slug] = note_labels.unpack(told["labels"], occurring(before))

    def copy(key: str) -> str:
        return by_old[key][0] if key in by_old else key

    if "order" in patch:
        order = apply_ops(patch["order"], keys, copy, _never, lambda key: str(key))
    else:
        order = [copy(key) for key in keys]
    unchanged = dict(zip(keys, old.chapters, strict=True))
    title = old.title
    if "title" in patch:
        title = new_of(patch["title"], old.title, "the document's title")

    def warn(warned: Warned) -> Warned:
        return relabelled(warned, shifted)

    warnings = [warn(w) for w in old.warnings]
    if "warnings" in patch:
        warnings = apply_ops(patch["warnings"], old.warnings, warn, _never, lambda w: Warned(*w))
    try:
        chapters = tuple(made[key] if key in made else unchanged[key] for key in order)
    except KeyError as missing:
        raise unfit(f"there is no chapter {missing}") from missing
    return Document(title, chapters, tuple(warnings))


def apply_chapter(comparison: Comparison, old: Chapter | None) -> Chapter | None:
    """The new chapter (None: it went) from the old one (None: there was none).

    A comparison that says nothing of the chapter leaves it as it is. Raises NotApplicable for another old chapter.
    """
    patches: dict[str, Json] = dict(comparison.patch.get("chapters", {}))  # type: ignore[call-overload]
    for key, told in patches.items():
        from_key = told.get("from", key)
        slug = from_key.split("#")[0] if from_key is not None else None
        if slug == (old.slug if old else None):
            return _guarded(told, old)
    if old is None and patches:
        raise unfit("there is no chapter to start from")
    return old


def inverse(comparison: Comparison) -> Json:
    """The patch of the way back (compare.inverse turns the edits round too)."""
    patch = comparison.patch
    out: dict[str, Json] = {}
    if "title" in patch:
        out["title"] = swap(patch["title"])
    if "order" in patch:
        out["order"] = inverse_ops(patch["order"], _never_delta)
    if "warnings" in patch:
        out["warnings"] = inverse_ops(patch["warnings"], _never_delta)
    if "chapters" in patch:
        turned = [inverse_chapter(key, told) for key, told in dict(patch["chapters"]).items()]  # type: ignore[call-overload]
        out["chapters"] = dict(turned)
    return out


def inverse_chapter(key: str, told: Json) -> tuple[str, Json]:
    """The key and the patch of a chapter's way back."""
    from_key, to_key = told.get("from", key), told.get("to", key)
    back_key = from_key if from_key is not None else to_key
    out: dict[str, Json] = {}
    if to_key != back_key:
        out["from"] = to_key
    if from_key is None:
        out["to"] = None
    out["sha"] = swap(told["sha"])
    for field in ("slug", "title", "date"):
        if field in told:
            out[field] = swap(told[field])
    if "labels" in told:
        out["labels"] = note_labels.reverse(told["labels"])
    out |= inverse_ops(told, inverse_node)
    if "delta" in told:
        out["delta"] = inverse_delta(told["delta"])
    if "at" in told:
        out["at"] = [swap(pair) for pair in told["at"]]
    return back_key, out


def chapter_before(part: Comparison, slug: str) -> str | None:
    """The key that the chapter had in the old document; None where it was not there, or nothing is said of it."""
    told: Json = dict(part.patch.get("chapters", {})).get(slug)  # type: ignore[call-overload]
    return told.get("from", slug) if told is not None else None


def chapter_keys(chapters: Iterable[Chapter]) -> list[str]:
    """A name for each chapter: its slug, `slug#2` for the second one of that slug."""
    seen: dict[str, int] = {}
    keys: list[str] = []
    for chapter in chapters:
        seen[chapter.slug] = seen.get(chapter.slug, 0) + 1
        turn = seen[chapter.slug]
        keys.append(chapter.slug if turn == 1 else f"{chapter.slug}#{turn}")
    return keys


def sha(chapter: Chapter | None) -> str | None:
    """What a chapter is checked by before and after."""
    return text_sha256(chapter)[:SHA_DIGITS] if chapter is not None else None


def relabelled(warned: Warned, shifted: Mapping[str, Labels]) -> Warned:
    """A warning with its chapter's note labels renumbered."""
    found = shifted.get(warned.chapter)
    return replace(warned, detail=note_labels.relabel_words(warned.detail, found)) if found else warned


# ---------------------------------------------------------------- one chapter


def _guarded(told: Json, old: Chapter | None) -> Chapter | None:
    if "sha" not in told:
        raise unfit(f"chapter {old.slug if old else 'none'} was compared without a patch")
    if sha(old) != told["sha"][0]:
        raise unfit(f"chapter {old.slug if old else 'none'} has another text than the one that was compared")
    try:
        new = patched(told, old)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as wrong:
        raise unfit(f"chapter {old.slug if old else 'none'}: {wrong}") from wrong
    if sha(new) != told["sha"][1]:
        raise unfit(f"chapter {old.slug if old else 'none'}: the outcome is not what was compared")
    return new


def patched(told: Json, old: Chapter | None) -> Chapter | None:
    """The chapter that the patch makes of the old one, unchecked."""
    if told["sha"][1] is None:
        return None
    items = flat_items(old) if old is not None else []
    labels = note_labels.unpack(told["labels"], occurring(old)) if old is not None and "labels" in told else {}
    values = told.get("delta", {})
    cells: Values = {}
    if values:
        cells = apply_delta(values, _old_values(told, old, items))

    def copy(thing: tuple[Item, int]) -> tuple[Item, int]:
        return relabelled_item(thing[0], labels), thing[1]

    def change(thing: tuple[Item, int], delta: Json) -> tuple[Item, int]:
        depth = new_of(delta["depth"], thing[1], "a section's depth") if "depth" in delta else thing[1]
        return changed_item(thing[0], delta, labels, cells), depth

    new_items = apply_ops(told, items, copy, change, item_from_json)
    head = replace(old, blocks=(), sections=(), notes=()) if old is not None else Chapter("", "", None, None)
    for field in ("slug", "title"):
        if field in told:
            head = replace(head, **{field: new_of(told[field], getattr(head, field), f"the chapter's {field}")})
    if "date" in told:
        day, day_text = told["date"][1]
        head = replace(head, date=date.fromisoformat(day) if day is not None else None, date_text=day_text)
    if "chapter" in cells:
        printed = cells["chapter"]
        head = replace(
            head,
            date=date.fromisoformat(printed["date"]["v"]) if printed["date"] else None,
            date_text=printed["date_text"]["v"] if printed["date_text"] else None,
        )
    new = unflatten(head, new_items)
    stripped = old is not None and bool(items) and not has_ids(old)
    return chapter_without_ids(new) if stripped else new


def date_values(chapter: Chapter | None) -> Json:
    """The printed date as deepdiff compares it."""
    printed = chapter.date.isoformat() if chapter and chapter.date else None
    text = chapter.date_text if chapter else None
    return {
        "date": {"v": printed} if printed is not None else {},
        "date_text": {"v": text} if text is not None else {},
    }


def _old_values(told: Json, old: Chapter | None, items: Sequence[tuple[Item, int]]) -> Json:
    """The old values of what the Delta changes, under its keys."""
    found: dict[str, Json] = {"chapter": date_values(old)}
    for op in told["ops"]:
        if op[0] != "~" or not isinstance(items[op[1]][0], Table):
            continue
        table = items[op[1]][0]
        assert isinstance(table, Table)
        for part, rows in (("header", table.header), ("rows", table.rows)):
            for row_op in op[2].get(part, {}).get("ops", ()):
                if row_op[0] != "~" or "key" not in row_op[2]:
                    continue
                key = row_op[2]["key"]
                for cell_op in row_op[2]["cells"]["ops"]:
                    if cell_op[0] == "~" and "c" in cell_op[2]:
                        values = cell_values(rows[row_op[1]].cells[cell_op[1]])
                        found.setdefault(key, {})[cell_op[2]["c"]] = values
    return found


def _never(thing: Any, delta: Json) -> Any:
    raise unfit("a delta where none can be")


def _never_delta(delta: Json) -> Json:
    raise unfit("a delta where none can be")
