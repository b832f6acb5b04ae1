"""What of a page changes of itself: counters, teasers in turn, lists in another order at each look. Pure.

A block is taken for such a one only where two looks within a minute differ in it, and never where it holds a status, a
table's words or a date: what a treaty's standing or a table says is news whoever changes it. What keeps still for
thirty days is believed again.

What changes of itself is named by its place: a figure of a block ("#", id, which figure), a block that says something
else (its id), a slot or a section where as many blocks came as went ("+", section, the block before it), a section in
which blocks change places ("~", section).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tracker.compare import apply, compare
from tracker.compare.moments import moments
from tracker.compare.standing import TREATY, standings
from tracker.document.edit import Edit, Salience
from tracker.document.model import Document, Prose, walk_blocks
from tracker.document.salience import together
from tracker.events.types import Change

STILL_S = 30 * 86_400  # after so long without a change a block is believed again
VOLATILE = Salience("none", ("volatile",))

MAX_TEASER = 300  # characters; what is longer is no teaser
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_STAMP = re.compile(r"(?i)^(?:this |the )?(?:page|site|file)? ?(?:was )?(?:generated|rendered|served|exported)\b")
_STRUCTURE = frozenset(("section_added", "section_removed", "section_renamed"))

Place = tuple[str, str]  # chapter, and what of it
Places = frozenset[Place]
Where = Mapping[Edit, tuple[Places, ...]]


def standing_places(volatile: Mapping[str, Mapping[str, datetime]], at: datetime) -> Places:
    """What is still taken to change of itself at an instant. volatile: of a Standing."""
    since = at - timedelta(seconds=STILL_S)
    return frozenset(
        (chapter, block) for chapter, blocks in volatile.items() for block, last in blocks.items() if last >= since
    )


def places_of(edits: Sequence[Edit], old: Document, new: Document) -> Where:
    """Where each edit is that may be of what changes of itself; those that are news whoever made them are left out.

    Several sets of places are several ways to be known: all places of one of them have to be. The first is what is
    learned of it. old, new: with the ids that the edits name.
    """
    found: dict[Edit, tuple[Places, ...]] = {}
    masked: dict[Place, list[Edit]] = defaultdict(list)
    slots: dict[Place, list[Edit]] = defaultdict(list)
    turning: dict[Place, list[Edit]] = defaultdict(list)
    anchors = _Anchors(old, new)
    for edit in edits:
        if not _may_be_furniture(edit) or edit.block is None:
            continue
        section = edit.chapter, "+" + "/".join(edit.section)
        if edit.kind in ("replaced", "section_renamed"):
            if counted := _counted(edit):
                found[edit] = (counted,)
            elif edit.kind == "replaced":
                found[edit] = (frozenset({(edit.chapter, edit.block)}),)
        elif edit.kind == "moved":
            found[edit] = (frozenset({(edit.chapter, "~" + "/".join(edit.section))}),)
        else:
            masked[edit.chapter, _masked(edit.new or edit.old)].append(edit)
            if edit.kind in ("added", "removed"):
                slots[edit.chapter, anchors.slot(edit)].append(edit)
        if edit.kind not in _STRUCTURE:
            turning[section].append(edit)
    for (chapter, words), same in masked.items():
        if _is_balanced(same) and "#" in words and len(words) <= MAX_TEASER:
            found.update((edit, (frozenset({(chapter, f"#{words}")}),)) for edit in same)
    for place, turned in slots.items():
        if _is_balanced(turned):
            found.update((edit, (*found.get(edit, ()), frozenset({place}))) for edit in turned)
    for place, turned in turning.items():
        is_short = all(len(edit.old) <= MAX_TEASER >= len(edit.new) for edit in turned)
        if is_short and (_is_balanced(turned) or not any(edit.kind in ("added", "removed") for edit in turned)):
            found.update((edit, (*found.get(edit, ()), frozenset({place}))) for edit in turned)
    return found


def learned(where: Where) -> Places:
    """What two looks teach that differ in these edits: that a section turns, only where blocks came, went or moved."""
    taught: set[Place] = set()
    for edit, ways in where.items():
        taught.update(*(ways if edit.kind in ("added", "removed", "moved") else ways[:1]))
    return frozenset(taught)


def moving(old: Document, new: Document) -> Places | None:
    """What moved between two looks within a minute; None where something else did too. old: with its lineage ids."""
    comparison = compare(old, new)
    where = places_of(comparison.edits, old, apply(comparison, old)) if comparison.edits else {}
    return learned(where) if len(where) == len(comparison.edits) else None


def elsewhere(edits: Iterable[Edit], old: Document, places: Places) -> Where:
    """Where blocks came or went that say, but for their figures, what a block says that changes of itself: a counter
    that stands under another heading since a chapter went.
    """
    known = {place.lstrip("#").partition(":")[0] for _, place in places}
    says = {
        _masked(block.text.plain)
        for chapter in old.chapters
        for _, block in walk_blocks(chapter)
        if isinstance(block, Prose) and block.id in known
    }
    return {
        edit: (frozenset({(edit.chapter, f"#{edit.block}:0")}),)
        for edit in edits
        if edit.kind in ("added", "removed") and edit.block and _masked(edit.new or edit.old) in says
    }


def quieted(change: Change, where: Where, places: Places) -> tuple[Change, Places]:
    """The change with what changed of itself marked as no news, and the places where it did.

    Where nothing else changed, and no printed date, its cause is `furniture`.
    """
    quiet = {
        edit: way
        for edit in change.edits
        if (way := next((way for way in where.get(edit, ()) if way <= places), None)) is not None
    }
    return _marked(change, frozenset(quiet), VOLATILE), frozenset().union(*quiet.values())


def differs_only_in(places: Places, old: Document, new: Document, *, unknown: int = 0) -> bool:
    """Whether all that is news between two documents changed of itself. old: with its lineage ids.

    unknown: how many further edits there may be that look as if they do.
    """
    comparison = compare(old, new)
    if not comparison.edits:
        return True
    if not places and not unknown:
        return False
    where = places_of(comparison.edits, old, apply(comparison, old))
    strange = [edit for edit in comparison.edits if not any(way <= places for way in where.get(edit, ()))]
    return all(edit in where for edit in strange) and len(strange) <= unknown


def _marked(change: Change, no_news: frozenset[Edit], why: Salience) -> Change:
    if not no_news:
        return change
    part = change.comparison
    edits = tuple(replace(edit, salience=why) if edit in no_news else edit for edit in part.edits)
    told = replace(part, edits=edits)
    if len(no_news) < len(edits) or change.cause not in ("content", "reversion"):
        return replace(change, comparison=told, salience=together(e.salience for e in edits))
    told = replace(told, causes=dict.fromkeys(part.causes, "furniture"), silent=())
    flags = tuple(flag for flag in change.flags if flag != "silent")
    return replace(change, comparison=told, cause="furniture", salience=why, flags=flags)


def _may_be_furniture(edit: Edit) -> bool:
    if edit.kind in _STRUCTURE:
        if max(len(edit.old), len(edit.new)) > MAX_TEASER:
            return False
    elif edit.kind not in ("replaced", "added", "removed", "moved") or edit.old_chapter is not None:
        return False
    return not (_is_content(edit.old) or _is_content(edit.new))


def _is_content(text: str) -> bool:
    """Whether a text holds a status or a date (a year alone is none), and is not the server's own stamp."""
    if _STAMP.match(text) and len(text) <= MAX_TEASER:
        return False
    if standings(text) or TREATY.search(text) is not None:
        return True
    return any(len(value.key) == 3 and sum(map(bool, value.key)) >= 2 for value in moments(text)[0])


def _masked(text: str) -> str:
    """The text without its figures."""
    return _DIGITS.sub("#", text)


def _counted(edit: Edit) -> Places | None:
    """Which figures of a text changed, where nothing else did: a counter is one of its figures, and no others."""
    if _masked(edit.old) != _masked(edit.new):
        return None
    pairs = zip(_DIGITS.findall(edit.old), _DIGITS.findall(edit.new), strict=True)
    return frozenset((edit.chapter, f"#{edit.block}:{n}") for n, (was, now) in enumerate(pairs) if was != now)


def _is_balanced(edits: Sequence[Edit]) -> bool:
    """Whether as many came as went, and some did."""
    came = sum(edit.kind in ("added", "section_added") for edit in edits)
    return came > 0 and came == sum(edit.kind in ("removed", "section_removed") for edit in edits)


class _Anchors:
    """Before which block that both documents have, in its section, a block came or went."""

    def __init__(self, old: Document, new: Document) -> None:
        self._documents = {"removed": old, "added": new}
        self._read: dict[tuple[str, str], dict[str, str]] = {}

    def slot(self, edit: Edit) -> str:
        """The slot of an added or removed block."""
        side = edit.kind
        if (side, edit.chapter) not in self._read:
            self._read[side, edit.chapter] = self._slots(side, edit.chapter)
        return self._read[side, edit.chapter].get(edit.block or "", f"+{side}")

    def _slots(self, side: str, slug: str) -> dict[str, str]:
        both = frozenset.intersection(*(frozenset(b for _, b in _ids(d, slug)) for d in self._documents.values()))
        found: dict[str, str] = {}
        section, anchor = "", ""
        for path, block in _ids(self._documents[side], slug):
            if path != section:
                section, anchor = path, ""
            found[block] = f"+{path}|{anchor}"
            if block in both:
                anchor = block
        return found


def _ids(document: Document, slug: str) -> list[tuple[str, str]]:
    """Section and id of each block of a chapter, in order."""
    chapter = document.chapter(slug)
    if chapter is None:
        return []
    return [
        ("/".join(section.title.plain for section in path), block.id)
        for path, block in walk_blocks(chapter)
        if isinstance(block, Prose)
    ]
