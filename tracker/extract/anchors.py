"""Which anchors are notes: `_ftnref3` beside a word, `_ftn3` before the note itself, and their kin. Pure.

Seen in the wild: `<a href="#_ftn1" name="_ftnref1">[1]</a>` and back (word processors), the same inside `<sup>`,
with `id` for `name`, with a whole address before the `#`, `_edn` for end notes, `#fn1`/`#fnref1` (Markdown tools),
`#cite_note-Name-1`/`#cite_ref-Name_1-0` (wikis), `#footnote-1`, `#footnote1`, `#note1`.
"""

import re
from dataclasses import dataclass
from typing import Literal

from selectolax.lexbor import LexborNode

_NOTE = re.compile(
    r"^(?:_?ftn|_?edn|fn|footnote|endnote|cite_note|note|sdfootnote|sdendnote)[-:_.]?(.{0,60}?)(?:sym)?$", re.I
)
_BACK = re.compile(
    r"^(?:_?ftnref|_?ednref|fnref\d*|footnote-?ref|footnoteref|cite_ref|noteref|sdfootnote\d+anc|sdendnote\d+anc)[-:_.]?(.{0,60})$",
    re.I,
)
_CONTAINER = re.compile(r"^(?:_?ftn|_?edn|fn|footnote|endnote|cite_note|user-content-fn)[-:_.]?(\S{0,60}?)$", re.I)
_ROLES = ("doc-noteref", "doc-backlink")  # DPUB-ARIA 1.1
_NOTE_ROLES = ("doc-footnote", "doc-endnote")
_NOTE_CLASS = re.compile(r"(?:^|\s)(?:foot|end)note(?:\s|$)", re.I)
_LABEL = re.compile(r"^\W*(\d{1,4}|[ivxlcdm]{1,6}|[a-z]|\*{1,3}|†{1,2})\W*$", re.I)
_DIGITS = re.compile(r"(\d{1,4})\D*$")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A note's anchor. ref: points at a note. note: a note begins here. back: an arrow back to the text, no content.

    prints_label: whether its inside is the printed label, which the mark stands for.
    """

    kind: Literal["ref", "note", "back"]
    label: str
    prints_label: bool = True


def anchor_of(node: LexborNode) -> Anchor | None:
    """What the anchor is to notes; None for others."""
    attributes = node.attributes
    fragment = _fragment(attributes.get("href"))
    if attributes.get("role") in _ROLES:
        told = (node.text() or "").strip()
        is_ref = attributes.get("role") == "doc-noteref"
        label = _printed(told) or _number(fragment)
        return Anchor("ref", label, prints_label=bool(_printed(told))) if is_ref and label else Anchor("back", "")
    own = (attributes.get("name") or attributes.get("id") or "").removeprefix("user-content-").strip()
    if not fragment and not own:
        return None
    back = _BACK.match(fragment) if fragment else None
    aimed = _NOTE.match(fragment) if fragment and back is None else None
    if back is None and aimed is None:
        # `<a name="_ftn3"></a>[3] …`: no link, the name alone says that the note begins.
        named = _NOTE.match(own) if own and not _BACK.match(own) and not fragment else None
        if named is None or not re.match(r"^_?(?:ftn|edn|fn)", own, re.I):
            return None
        inside = (node.text() or "").strip()
        label = _printed(inside)
        return Anchor("note", label or _number(named[1]), prints_label=bool(label))
    inside = (node.text() or "").strip()
    label = _printed(inside)
    if aimed is not None:
        return Anchor("ref", label) if label else None  # a link that reads as words is a link
    if label.isdigit() or (label and not fragment.startswith("cite_ref")):
        return Anchor("note", label)
    return Anchor("back", "") if len(inside) <= 12 else None


def note_container(node: LexborNode, tag: str) -> str | None:
    """The label of the note that a list item or division with such an id holds; None for others."""
    if tag not in ("li", "div", "aside", "p", "dd"):
        return None
    own = (node.attributes.get("id") or "").removeprefix("user-content-")
    if not own:
        return None
    found = _CONTAINER.match(own)
    if found is not None and _DIGITS.search(found[1]):
        return _number(found[1])
    # `<aside role="doc-footnote" id="f3">`, `<div class="footnote" id="note-3">`
    said = node.attributes.get("role") in _NOTE_ROLES or _NOTE_CLASS.search(node.attributes.get("class") or "")
    return _number(own) if said and _DIGITS.search(own) else None


def _fragment(href: str | None) -> str:
    if not href or "#" not in href:
        return ""
    return href.rpartition("#")[2].strip().removeprefix("user-content-")


def _printed(inside: str) -> str:
    """The label that an anchor prints: "12" of "[12]", "(12)" or "12."; "" for an arrow or words."""
    found = _LABEL.match(inside)
    return found[1] if found else ""


def _number(told: str) -> str:
    found = _DIGITS.search(told)
    return found[1] if found else told.strip("-_:. ")
