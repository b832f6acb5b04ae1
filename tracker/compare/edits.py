"""Edits as values: what one of a kind at two places says, its id, its finish. Pure.

Lives here: how an edit is read off two chapters from its kind and its places (nodes.Place), so that a log keeps the
places only. Not here: which edits there are (name.py), how much each matters (weigh.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tracker.compare.nodes import Flat, Place, cell_place, id_at, node_of, text_of
from tracker.compare.ops import Json
from tracker.compare.weigh import salience
from tracker.compare.words import spans
from tracker.document.canonical import norm
from tracker.document.edit import Edit, EditKind, Span
from tracker.document.identity import short_id
from tracker.document.model import Chapter


@dataclass(slots=True)
class Named:
    """An edit and where it stands: `at` is [old place, new place]; `order` sorts edits of a chapter."""

    edit: Edit
    at: Json
    order: tuple[int, ...]


def edit_at(
    kind: EditKind,
    old: Flat | None,
    new: Flat | None,
    at: Json,
    *,
    detail: str | None = None,
    redline: Callable[[str, str], tuple[Span, ...]] = spans,
) -> Edit:
    """The edit of this kind at these places, without id and salience: all its texts are read off the chapters.

    redline: `words.spans`, or what remembers it.
    """
    old_place, new_place = at
    stands = new if new is not None and (new_place is not None or old is None) else old
    place = new_place if stands is new else old_place
    assert stands is not None
    head = new if new is not None else old
    assert head is not None
    said = edit_texts(kind, old, new, at)
    moves = kind in ("moved", "section_moved")
    was = node_of(old_place)
    return Edit(
        kind=kind,
        chapter=head.chapter.slug,
        chapter_title=head.chapter.title,
        section=_section(stands, place),
        # A split goes on under the id of the one that it was; its pieces may stand in any order.
        block=id_at(old, old_place) if kind == "split" and old is not None else id_at(stands, place),
        old=said[0],
        new=said[1],
        old_chapter=None,
        old_section=old.path(was) if moves and old is not None and was is not None else None,
        cell=cell_place(stands, place),
        spans=redline(*said),
        detail=detail,
    )


def edit_texts(kind: EditKind, old: Flat | None, new: Flat | None, at: Json) -> tuple[str, str]:
    """What an edit of this kind says was, and is."""
    if kind in ("new_edition", "renumbered"):
        return "", ""
    return text_of(old, at[0]), text_of(new, at[1])


def _section(flat: Flat, place: Place) -> tuple[str, ...]:
    node = node_of(place)
    return flat.path(node) if node is not None else ()


def edit_id(edit: Edit, turn: int = 0) -> str:
    """The id of what an edit names; turn: how many before it name the same. Frozen: logs are read by it (stored.py)."""
    cell = (edit.cell.table, edit.cell.row, edit.cell.column) if edit.cell else ()
    told = (edit.chapter, edit.kind, edit.block or "", "/".join(edit.section), *cell, edit.old, edit.new)
    return short_id("e", *told, edit.detail or "", str(turn) if turn else "")


def dates_differ(old: Chapter, new: Chapter) -> bool:
    """Whether the printed date is another one, not only printed otherwise."""
    if old.date is not None and new.date is not None:
        return old.date != new.date
    return norm(old.date_text or "") != norm(new.date_text or "")


def chapter_edit(kind: EditKind, old: Chapter | None, new: Chapter | None) -> Edit:
    """`chapter_added`, `chapter_removed` or `chapter_moved`."""
    flats = tuple(Flat(replace(c, blocks=(), sections=(), notes=())) if c else None for c in (old, new))
    at = [["title"] if old else None, ["title"] if new else None]
    return edit_at(kind, flats[0], flats[1], at)


def finished(named: list[Edit]) -> tuple[Edit, ...]:
    """The edits with ids and salience."""
    seen: dict[str, int] = {}
    out: list[Edit] = []
    for edit in named:
        made = edit_id(edit)
        turn = seen.get(made, 0)
        seen[made] = turn + 1
        out.append(replace(edit, id=edit_id(edit, turn) if turn else made, salience=salience(edit)))
    return tuple(out)
