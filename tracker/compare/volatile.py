"""What of a page changes of itself: counters, teasers in turn, lists in another order at each look. Pure.

A block is taken for such a one only where two looks within a minute differ in it, and never where it holds a status, a
table's words or a date: what a treaty's standing or a table says is news whoever changes it. What keeps still for
thirty days is believed again.

What changes of itself is named by its place: a block that says something else (its id); a slot, where as many blocks
came as went ("+", section, the block before it); a section whose blocks change places ("~", section).
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
SITE_WIDE = 3  # profiles of a host on which the same edit, within a day, is one of the site's own
SITE_WIDE_S = 86_400
SITE_WIDE_EDIT = Salience("none", ("site-wide",))

_DIGITS = re.compile(r"\d[\d.,]*")

SameWords = tuple[str, str, str]  # kind, old, new
Place = tuple[str, str]  # chapter, and what of it
Places = frozenset[Place]


def standing_places(volatile: Mapping[str, Mapping[str, datetime]], at: datetime) -> Places:
    """What is still taken to change of itself at an instant. volatile: of a Standing."""
    since = at - timedelta(seconds=STILL_S)
    return frozenset(
        (chapter, block) for chapter, blocks in volatile.items() for block, last in blocks.items() if last >= since
    )


def places_of(edits: Sequence[Edit], old: Document, new: Document) -> dict[Edit, Place]:
    """Where each edit is that may be of what changes of itself; those that are news whoever made them are left out.

    old, new: with the ids that the edits name.
    """
    found: dict[Edit, Place] = {}
    slots: dict[Place, list[Edit]] = defaultdict(list)
    anchors = _Anchors(old, new)
    for edit in edits:
        if not _may_be_furniture(edit) or edit.block is None:
            continue
        if edit.kind == "replaced":
            found[edit] = edit.chapter, edit.block
        elif edit.kind == "moved":
            found[edit] = edit.chapter, "~" + "/".join(edit.section)
        else:
            slots[edit.chapter, anchors.slot(edit)].append(edit)
    for place, turned in slots.items():
        if 2 * sum(edit.kind == "added" for edit in turned) == len(turned):
            found.update((edit, place) for edit in turned)
    return found


def elsewhere(edits: Iterable[Edit], old: Document, places: Places) -> dict[Edit, Place]:
    """Where blocks came or went that say, but for their figures, what a block says that changes of itself: a counter
    that stands under another heading since a chapter went.
    """
    known = {block for _, block in places}
    says = {
        _DIGITS.sub("#", block.text.plain)
        for chapter in old.chapters
        for _, block in walk_blocks(chapter)
        if isinstance(block, Prose) and block.id in known
    }
    return {
        edit: (edit.chapter, edit.block)
        for edit in edits
        if edit.kind in ("added", "removed") and edit.block and _DIGITS.sub("#", edit.new or edit.old) in says
    }


def quieted(change: Change, at: Mapping[Edit, Place], places: Places) -> tuple[Change, Places]:
    """The change with what changed of itself marked as no news, and the places where it did.

    at: as `places_of` gave it. Where nothing else changed, and no printed date, its cause is `furniture`.
    """
    quiet = {edit: at[edit] for edit in change.edits if edit in at and at[edit] in places}
    return _marked(change, frozenset(quiet), VOLATILE), frozenset(quiet.values())


def differs_only_in(places: Places, old: Document, new: Document, *, unknown: int = 0) -> bool:
    """Whether all that is news between two documents changed of itself. old: with its lineage ids.

    unknown: how many further places may differ that look as if they do.
    """
    comparison = compare(old, new)
    if not comparison.edits:
        return True
    if not places and not unknown:
        return False
    at = places_of(comparison.edits, old, apply(comparison, old))
    found = {at.get(edit) for edit in comparison.edits}
    return None not in found and len(found - places) <= unknown


def same_words(edit: Edit) -> SameWords | None:
    """What an edit has in common with the same one elsewhere; None where it is news wherever it is made."""
    return (edit.kind, edit.old, edit.new) if _may_be_furniture(edit) else None


def of_the_site(told: Iterable[tuple[str, frozenset[SameWords]]]) -> frozenset[SameWords]:
    """The edits that were made on `SITE_WIDE - 1` other profiles of a site: made on one more, they are its furniture.

    told: profile and edits of recent changes of the site's other profiles.
    """
    profiles: dict[SameWords, set[str]] = defaultdict(set)
    for profile, edits in told:
        for words in edits:
            profiles[words].add(profile)
    return frozenset(words for words, where in profiles.items() if len(where) >= SITE_WIDE - 1)


def without_site_wide(change: Change, everywhere: frozenset[SameWords]) -> Change:
    """The change with what is edited all over the site marked as no news."""
    return _marked(change, frozenset(e for e in change.edits if same_words(e) in everywhere), SITE_WIDE_EDIT)


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
    if edit.kind not in ("replaced", "added", "removed", "moved") or edit.old_chapter is not None:
        return False
    return not (_is_content(edit.old) or _is_content(edit.new))


def _is_content(text: str) -> bool:
    """Whether a text holds a status or a date (a year alone is none)."""
    if standings(text) or TREATY.search(text) is not None:
        return True
    return any(len(value.key) == 3 and sum(map(bool, value.key)) >= 2 for value in moments(text)[0])


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
