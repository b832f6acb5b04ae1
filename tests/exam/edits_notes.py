"""Edits of notes and of the references to them."""

import re

from tests.exam.editor import Editor, Place, sort
from tests.exam.model import REF, Chapter, keys, numbers, plain, printed_notes, texts
from tests.exam.wording import size_of, with_other_words


def _reference_points(text: str) -> list[int]:
    """Where a reference may stand in a text: after a sentence's end, or a comma."""
    spans = [(m.start(), m.end()) for m in re.finditer(r"⟪[^⟫]*⟫|⟦[^⟧]*⟧", text)]
    points = [m.end() for m in re.finditer(r"[a-z][.,;](?=[ ⟦]|$)", text)]
    return [p for p in points if not any(a < p < b for a, b in spans)]


@sort
def note_added(ed: Editor) -> bool:
    """A note more, with its reference in a paragraph that says the same."""
    for place in ed.places(4, ("p", "li")):
        points = _reference_points(place.para.text)
        if not points or not place.chapter.notes or not ed.is_free(place.chapter.uid):
            continue
        text, at = place.para.text, ed.rng.choice(points)
        key = f"new{ed.profile.fresh()}"
        place.para.text = f"{text[:at]}⟦{key}⟧{text[at:]}"
        beside = _beside(place.chapter, key)
        if not ed.is_free(*beside):
            place.para.text = text
            continue
        place.chapter.notes[key] = ed.prose.note()
        ed.claim(place.para.uid, *beside)
        return True
    return False


def _beside(chapter: Chapter, key: str) -> list[int]:
    """A note and those right before and after it: one that goes and one that comes in its place are one replaced."""
    order = list(numbers(chapter))
    at = order.index(key)
    return [_note_id(k) for k in order[max(at - 1, 0) : at + 2]]


def _noted(ed: Editor, *, missing: bool = False) -> list[tuple[Place, str]]:
    """Paragraphs and a note that only they refer to, once; or a note that is missing."""
    found = []
    for place in ed.places(0, ("p", "li")):
        for key in keys(place.para.text):
            if (key in place.chapter.notes) == missing or not ed.is_free(*_beside(place.chapter, key)):
                continue
            uses = sum(keys(t).count(key) for t in texts(place.chapter))
            if uses == 1:
                found.append((place, key))
    ed.rng.shuffle(found)
    return found


def _note_id(key: str) -> int:
    return -int.from_bytes(key.encode())


@sort
def note_removed(ed: Editor) -> bool:
    """A note and its reference are gone; the paragraph says the same."""
    for place, key in _noted(ed):
        ed.claim(place.para.uid, *_beside(place.chapter, key))
        place.para.text = place.para.text.replace(f"⟦{key}⟧", "")
        return True
    return False


@sort
def note_gone(ed: Editor) -> bool:
    """A note is gone, its reference is still there, and other notes are."""
    for place, key in _noted(ed):
        if len(printed_notes(place.chapter)) < 3:
            continue  # on a page without notes a number in brackets is a number in brackets
        del place.chapter.notes[key]
        ed.claim(place.para.uid, *_beside(place.chapter, key))
        return True
    return False


@sort
def note_appears(ed: Editor) -> bool:
    """A note that its reference had missed is there."""
    for place, key in _noted(ed, missing=True):
        place.chapter.notes[key] = ed.prose.note()
        ed.claim(place.para.uid, *_beside(place.chapter, key))
        return True
    return False


@sort
def note_replaced(ed: Editor) -> bool:
    """A note says something else in part."""
    for place, key in _noted(ed):
        text = place.chapter.notes[key]
        if size_of(text) < 7:
            continue
        made = (
            with_other_words(ed, text, 1) if ed.rng.random() < 0.5 else f"{text.rstrip('.')}, on file with the author."
        )
        if made and plain(made) != plain(text):
            place.chapter.notes[key] = made
            ed.claim(place.para.uid, _note_id(key))
            return True
    return False


@sort
def note_rewritten(ed: Editor) -> bool:
    """Another note stands at the same reference."""
    for place, key in _noted(ed):
        if size_of(place.chapter.notes[key]) < 5:
            continue  # one "Ibid." for another text may as well be a note that went and one that came
        place.chapter.notes[key] = ed.prose.note()
        ed.claim(place.para.uid, _note_id(key))
        return True
    return False


@sort
def notes_reordered(ed: Editor) -> bool:
    """Two references of a chapter have changed places: other numbers, no news."""
    found = _noted(ed)
    for place, key in found:
        for other, second in found:
            if other.chapter is place.chapter and other.para is not place.para:
                place.para.text = place.para.text.replace(key, "\x00")
                other.para.text = other.para.text.replace(second, key)
                place.para.text = place.para.text.replace("\x00", second)
                ed.claim(place.para.uid, other.para.uid, _note_id(key), _note_id(second))
                return True
    return False


@sort
def reference_moved(ed: Editor) -> bool:
    """A reference stands at another word of its paragraph: no news."""
    for place, key in _noted(ed):
        text = place.para.text.replace(f"⟦{key}⟧", "")
        points = [p for p in _reference_points(text) if p != place.para.text.find(f"⟦{key}⟧")]
        if points and len(REF.findall(place.para.text)) == 1:
            at = ed.rng.choice(points)
            place.para.text = f"{text[:at]}⟦{key}⟧{text[at:]}"
            ed.claim(place.para.uid)
            return True
    return False
