"""HTML into pieces, in reading order: where the content is, and the walk over it (walk.py).

Not here: what is no content (furniture.py), how tables are made (tables.py). Pure.
"""

import re
from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tracker.document.model import Warned
from tracker.extract.chapters import LEAST_SENTENCE, MAX_TOLD, Page, all_words
from tracker.extract.furniture import content_root, furniture, layout_tables
from tracker.extract.pieces import Head, Para, Piece, collapsed, plausible_labels
from tracker.extract.publishers import Publisher
from tracker.extract.tables import RawTable, with_tables
from tracker.extract.walk import Walk

_NOTES = re.compile(r">\s*(?:<[^<>]{1,300}>\s*){0,4}\[\d{1,3}\]|#_?(?:ftn|edn|fn)", re.IGNORECASE)
_NOTE_STARTS = re.compile(
    r"<(?:p|li|div|dd|sup)\b[^<>]{0,300}>\s*(?:<[^<>]{1,300}>\s*){0,4}\[(\d{1,3})\]"
    r"|#_?(?:ftn|edn|fn|cite_note|footnote|note)(?:ref)?[-:_.]?(\d{1,3})\b",
    re.IGNORECASE,
)
_RAISED_NOTE = re.compile(
    r"(<(?:p|li|div|dd)\b[^<>]{0,300}>\s*<sup\b[^<>]{0,100}>\s*)(\d{1,3})(\s*</sup>)", re.IGNORECASE
)
_RAISED = re.compile(r"([^>\s\d])(<sup\b[^<>]{0,100}>\s*)(\d{1,3})(\s*</sup>)", re.IGNORECASE)
_UNIT = re.compile(r"(?:^|[^a-z])(?:[kcdm]?m|ft|in|yd|mi|x)$", re.IGNORECASE)
MAX_WIDENED = 4  # elements that the content grows by to hold a chapter beside it, before it is the whole page


def read_html(tree: LexborHTMLParser, source: str, publisher: Publisher) -> Page:
    """The page that the tree holds."""
    title = tree.css_first("title")
    lift = publisher.markers == "always" or (publisher.markers == "when_notes" and _NOTES.search(source) is not None)
    labels = plausible_labels(source, _NOTE_STARTS) if lift else frozenset()
    passed, layouts = furniture(tree, publisher), layout_tables(tree)
    root = content_root(tree, publisher)
    warnings: list[Warned] = []

    def walked(node: LexborNode, *, without: LexborNode | None = None) -> list[Piece | RawTable]:
        walk = Walk(publisher, passed | {without.mem_id} if without is not None else passed, layouts, labels)
        walk.over(node)
        return walk.pieces

    body = tree.body
    for step in range(MAX_WIDENED if publisher.chapters else 0):
        if body is None or root is None or root.tag == "body" or root.parent is None:
            break
        outside = _chapters_in(walked(body, without=root), publisher)
        if not outside:
            break
        if not any(is_sure for _, is_sure in outside):
            warnings.append(Warned("outside_content", "", " | ".join(line for line, _ in outside)[:MAX_TOLD]))
            break
        root = root.parent if step < MAX_WIDENED - 1 else body
    pieces = with_tables(walked(root), publisher) if root is not None else ()
    return Page(pieces, collapsed(title.text()) if title is not None else "", warnings=tuple(warnings))


def with_marked_notes(source: str) -> str:
    """The source with `[3]` for a raised 3 that is a note's: where a paragraph begins with it, and words refer to it.

    "km" and a raised 2 is a unit, whatever notes the page has.
    """
    if "<sup" not in source:
        return source
    refs = {m[3] for m in _RAISED.finditer(source) if not _UNIT.search(source[max(0, m.end(1) - 4) : m.end(1)])}
    noted = {m[2] for m in _RAISED_NOTE.finditer(source)} & refs
    if not noted:
        return source

    def referred(m: re.Match[str]) -> str:
        is_note = m[3] in noted and not _UNIT.search(source[max(0, m.end(1) - 4) : m.end(1)])
        return f"{m[1]}{m[2]}[{m[3]}]{m[4]}" if is_note else m[0]

    def begun(m: re.Match[str]) -> str:
        return f"{m[1]}[{m[2]}]{m[3]}" if m[2] in noted else m[0]

    return _RAISED_NOTE.sub(begun, _RAISED.sub(referred, source))


def paragraphs_of(tree: LexborHTMLParser, publisher: Publisher) -> list[str]:
    """The words of each paragraph, heading, list item and cell of a piece of HTML that is no page."""
    if tree.body is None:
        return []
    walk = Walk(publisher, set(), set(), frozenset())
    walk.over(tree.body)
    return [words for piece in with_tables(walk.pieces, publisher) for words in all_words(piece) if words]


def _chapters_in(pieces: Sequence[Piece | RawTable], publisher: Publisher) -> list[tuple[str, bool]]:
    """The date lines and headings of known chapters that stand there, and whether it is sure that a chapter begins:
    a date beside a known title, or a heading of a known title with a sentence below it."""
    found: list[tuple[str, bool]] = []
    lines = [p for p in pieces if isinstance(p, Para | Head)]
    for at, piece in enumerate(lines):
        below = lines[at + 1] if at + 1 < len(lines) else None
        beside = [lines[i] for i in (at - 1, at + 1) if 0 <= i < len(lines)]
        if publisher.printed_date(piece.plain) is not None:
            found.append((piece.plain, any(publisher.chapter(p.plain) for p in beside)))
        elif isinstance(piece, Head) and publisher.chapter(piece.plain):
            is_sure = isinstance(below, Para) and len(below.plain) >= LEAST_SENTENCE and below.plain.endswith(".")
            found.append((piece.plain, is_sure))
    return found
