"""A chapter's comparison as a log keeps it: without the words that the two recorded chapters hold (design §2.8). Pure.

Lives here: `compact` and `expand`, each other's inverse; edits. Not here: the patch (stored_patch.py), lists and hunks
(stored_ops.py). Its shape and what is made anew by it (ids of edits, `text_sha256`) are frozen: old logs are read by
it; a better one is another schema of `change.detected`. In at most twice the changed text and a few dozen bytes:

    {"cause": where it is not `content`,     "silent": 1, "coarse": 1, where they are
     "edits": [edit, …], "neutral": [edit, …], where there are any
     … the patch: labels, date, date_text, bare, ops (stored_patch.py)
     "key", "from": the chapter's keys where they are not its slugs, now and before}

An edit: `[kind, at, salience, spans, more]`, the last three only where they say more than what is usual. `at`: [old
place, new place], or [old place] where the new one is where the ops take it. salience: letters (document/salience.py),
where another than most edits of the kind have. spans: hunks, where some words stayed and others did not. more:
`{"detail", "id", "from"}`; `from`: a move out of another chapter, with what only that chapter holds: its slug, the
section it stood in, the words that went. So `["replaced", [12], "hn", [40, -4, "2026"]]`: of the words of node 12,
forty characters stayed, four went, "2026" came, and the rest stayed.

Nothing is told twice: words of prose by the edit, those of cells and dates by the Delta, in the patch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any  # Any: JSON data

from tracker.compare import labels as note_labels
from tracker.compare.edits import edit_at, edit_id
from tracker.compare.nodes import Flat, Place
from tracker.compare.ops import Json
from tracker.compare.stored_ops import compact_ops, compact_spans, expand_spans, stayed
from tracker.compare.stored_patch import compact_patch, expand_patch
from tracker.document.edit import Comparison, Edit, Span
from tracker.document.model import Chapter
from tracker.document.salience import code_told, salience_code, salience_of, usual_code

_DELTA_TELLS = ("cell_changed", "date_changed")  # the kinds whose words are in deepdiff's Delta


def compact(comparison: Comparison) -> dict[str, Any]:
    """The comparison of one chapter (a part that `split` gave) as JSON data for the log.

    Raises ValueError for a comparison of several chapters, or one without its patch.
    """
    patches: Any = comparison.patch.get("chapters", {})
    if not comparison.causes and not patches:
        return {}
    if len(comparison.causes) != 1 or list(patches) != list(comparison.causes):
        raise ValueError("a log keeps comparisons of one chapter each, with its patch: split it first")
    ((key, cause),) = comparison.causes.items()
    patch = patches[key]
    out: dict[str, Any] = {"cause": cause} if cause != "content" else {}
    if "#" in key:
        out["key"] = key
    before = patch.get("from")
    if before is not None and ("#" in key or patch.get("slug") != [before, key]):
        out["from"] = before
    out |= {name: 1 for name in ("silent", "coarse") if getattr(comparison, name)}
    places = patch.get("at", [])
    count = len(comparison.edits)
    for name, edits, at in (
        ("edits", comparison.edits, places[:count]),
        ("neutral", comparison.neutral, places[count:]),
    ):
        if edits:
            out[name] = _compact_edits(edits, at, patch)
    return out | compact_patch(patch, _words(zip((*comparison.edits, *comparison.neutral), places, strict=True)))


def expand(data: Json, old: Chapter | None, new: Chapter | None) -> Comparison:
    """The comparison that was compacted. old, new: the chapter as recorded before and after; None: there was none.

    Raises ValueError, KeyError, TypeError or IndexError where the data is of other chapters.
    """
    if not data:
        return Comparison()
    head = new or old
    if head is None:
        raise ValueError("a comparison of no chapter")
    key = data.get("key", head.slug)
    flats = Flat(old) if old is not None else None, Flat(new) if new is not None else None
    now = stayed(data.get("ops", ()), len(flats[0])) if flats[0] is not None and flats[1] is not None else {}
    found = {name: [_expand_edit(told, flats, now) for told in data.get(name, ())] for name in ("edits", "neutral")}
    places = [at for read in found.values() for _, at in read]
    patch = expand_patch(data, flats, _words(pair for read in found.values() for pair in read))
    if "from" in data:
        patch["from"] = data["from"]
    if places:
        patch["at"] = places
    links = _links(patch)
    edits, neutral = (
        _with_ids(data.get(name, ()), [_with_detail(edit, at, patch, links) for edit, at in read])
        for name, read in found.items()
    )
    return Comparison(
        edits=edits,
        neutral=neutral,
        causes={key: data.get("cause", "content")},
        silent=(key,) if "silent" in data else (),
        coarse=(key,) if "coarse" in data else (),
        patch={"chapters": {key: patch}},
    )


def _words(placed: Iterable[tuple[Edit, Json]]) -> dict[tuple[Any, ...], tuple[Span, ...]]:
    """The words that edits tell of a text that was there before and after, by its place (stored_patch.Told)."""
    found: dict[tuple[Any, ...], tuple[Span, ...]] = {}
    for edit, (old, new) in placed:
        if not any(mark != "=" for mark, _ in edit.spans):
            continue
        if isinstance(old, int) and isinstance(new, int):
            found.setdefault((old, new), edit.spans)
        elif isinstance(old, list) and isinstance(new, list) and old[1:] == new[1:] == ["caption"]:
            found.setdefault((old[0], new[0], "caption"), edit.spans)
    return found


def _links(patch: Json) -> dict[tuple[int, int], str]:
    """What `link_changed` says of a paragraph or note, by its old and new place."""
    found: dict[tuple[int, int], str] = {}
    at = 0
    for op in patch["ops"]:
        if op[0] == "~" and "l" in op[2].get("text", {}):
            old, new = (", ".join(href for _, _, href in links) for links in op[2]["text"]["l"])
            found[op[1], at] = f"{old} → {new}"
        at += op[2] if op[0] == "=" else 1
    return found


def _usual_detail(kind: str, at: Json, patch: Json, links: Mapping[tuple[int, int], str]) -> str | None:
    if kind == "renumbered":
        return note_labels.told(patch.get("labels", ())) or "labels differ"
    if kind == "link_changed" and isinstance(at[0], int) and isinstance(at[1], int):
        return links.get((at[0], at[1]))
    return None


# ---------------------------------------------------------------- edits


def _compact_edits(edits: Sequence[Edit], places: Sequence[Json], patch: Json) -> list[Json]:
    now = stayed(compact_ops(patch, lambda *_: {}), _count(patch))
    links = _links(patch)
    seen: dict[str, int] = {}
    out: list[Json] = []
    for edit, at in zip(edits, places, strict=True):
        told: list[Json] = [edit.kind, at[:1] if at[1] == _followed(at[0], now) else at]
        code = salience_code(edit.salience)
        if code != usual_code(edit.kind):
            told.append(code)
        if edit.spans != _plain_spans(edit.old, edit.new) or (edit.old_chapter is not None and len(edit.spans) > 1):
            told.append(compact_spans(edit.spans, with_words=edit.kind not in _DELTA_TELLS))
        more: dict[str, Json] = {}
        if edit.detail is not None and edit.detail != _usual_detail(edit.kind, at, patch, links):
            more["detail"] = edit.detail
        if edit.old_chapter is not None:
            section = list(edit.old_section) if edit.old_section is not None else None
            more["from"] = [edit.old_chapter, section, [text for mark, text in edit.spans if mark == "-"]]
        if edit.id != _next_id(edit, seen):
            more["id"] = edit.id
        out.append([*told, more] if more else told)
    return out


def _expand_edit(told: Json, flats: tuple[Flat | None, Flat | None], now: Mapping[int, int]) -> tuple[Edit, Json]:
    """The edit, but for id and usual detail, and its places."""
    kind, (was, *stands), *rest = told
    at = [was, stands[0] if stands else _followed(was, now)]
    hunks = next((part for part in rest if isinstance(part, list)), None)
    more = next((part for part in rest if isinstance(part, dict)), {})
    edit = replace(edit_at(kind, *flats, at), salience=salience_of(code_told(told)), detail=more.get("detail"))
    if "from" in more:
        chapter, section, gone = more["from"]
        old = _text_before(hunks, edit.new, gone) if hunks is not None else edit.new
        edit = replace(edit, old=old, old_chapter=chapter, old_section=tuple(section) if section is not None else None)
    spans = expand_spans(hunks, edit.old, edit.new) if hunks is not None else _plain_spans(edit.old, edit.new)
    return replace(edit, spans=spans), at


def _with_detail(edit: Edit, at: Json, patch: Json, links: Mapping[tuple[int, int], str]) -> Edit:
    return replace(edit, detail=_usual_detail(edit.kind, at, patch, links)) if edit.detail is None else edit


def _with_ids(told: Sequence[Json], edits: Sequence[Edit]) -> tuple[Edit, ...]:
    seen: dict[str, int] = {}
    out: list[Edit] = []
    for data, edit in zip(told, edits, strict=True):
        made = _next_id(edit, seen)
        more = data[-1] if isinstance(data[-1], dict) else {}
        out.append(replace(edit, id=more.get("id", made)))
    return tuple(out)


def _next_id(edit: Edit, seen: dict[str, int]) -> str:
    """The id that an edit has by what it names, and by how many of `seen` name the same (edits.finished)."""
    made = edit_id(edit)
    turn = seen.get(made, 0)
    seen[made] = turn + 1
    return edit_id(edit, turn) if turn else made


def _plain_spans(old: str, new: str) -> tuple[Span, ...]:
    """Spans of texts of which all stayed, or all went, or all came, or both."""
    if old == new:
        return (("=", old),) if old else ()
    spans: tuple[Span, ...] = (("-", old), ("+", new))
    return tuple(span for span in spans if span[1])


def _text_before(hunks: Sequence[Json], new: str, gone: Sequence[str]) -> str:
    """The old text, from the new one, the hunks and the words that went."""
    parts: list[str] = []
    at = 0
    went = iter(gone)
    for hunk in hunks:
        if not isinstance(hunk, int):
            at += len(hunk) if isinstance(hunk, str) else hunk[0]
        elif hunk < 0:
            parts.append(next(went))
        else:
            parts.append(new[at : at + hunk])
            at += hunk
    return "".join((*parts, new[at:]))


# ---------------------------------------------------------------- places


def _count(patch: Json) -> int:
    """How many nodes the chapter had."""
    kept = sum(op[2] if op[0] == "=" else 1 for op in patch["ops"] if op[0] != "+")
    return kept + len(patch.get("gone", ()))


def _followed(place: Place, now: Mapping[int, int]) -> Place:
    """Where what stood at a place stands now, if the ops take it along; else None."""
    if place is None or place in (["title"], ["date_text"]):
        return place
    if isinstance(place, int):
        return now.get(place)
    if isinstance(place[0], int):
        return [now[place[0]], *place[1:]] if place[0] in now else None
    if place[0] == "+":
        kept = [now.get(at) for at in place[1:]]
        return ["+", *kept] if None not in kept else None
    runs = [[now.get(at) for at in run] for run in place[1:]]
    return ["s", *runs] if all(None not in run for run in runs) else None
