"""Pieces of a page become a document: chapters with their dates, sections with their parents, notes, warnings.

Lives here: how headings nest, which notes are whose, what is no content by its words. Not here: the formats, where
chapters begin (starts.py), and the sorting of unmarked lines (lines.py). Pure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from tracker.document.canonical import norm
from tracker.document.identity import slug_or_hash
from tracker.document.model import Block, Chapter, Document, Note, Prose, Section, Table, Text, Warned, walk_blocks
from tracker.extract.dates import read_date
from tracker.extract.lines import Lines
from tracker.extract.pieces import Foot, Gap, Head, Para, Piece, Tab, joined
from tracker.extract.publishers import MAX_TITLE, ChapterRule, Publisher, alike, key
from tracker.extract.starts import Start, chapter_starts, could_be_title, plain_of

MAX_FURNITURE = 400  # characters of a paragraph that a rule may drop
OWN_HEADING = 0.5  # so alike a heading is a known one of its chapter with a word changed
BORROWED_HEADING = 0.65  # or one that is known in other chapters
LEAST_HEADINGS = 2  # known ones that tell a chapter whose title is not known
MAX_PIECES = 20_000  # the longest real pages have some 2,000
LEAST_SENTENCE = 40  # characters of a paragraph above the chapters that is content
MAX_TOLD = 200  # characters of a warning's words
LEAST_TEXT = 200  # characters that make a page without a heading a chapter (design §5)

_ENDED = re.compile(r"[.!?:;][)\]”’»\"']*$")


@dataclass(frozen=True, slots=True)
class Page:
    """A page as an extractor of some format hands it on. are_lines: nothing in it is marked as a heading or table.

    title: the page's own title (`<title>`), for a page that prints none.
    """

    pieces: tuple[Piece, ...]
    title: str = ""
    are_lines: bool = False
    warnings: tuple[Warned, ...] = ()


@dataclass(slots=True)
class _Open:
    """A section while its blocks and sections are still coming."""

    title: Text
    level: int
    blocks: list[Block] = field(default_factory=list)
    sections: list["_Open"] = field(default_factory=list)

    def closed(self) -> Section:
        return Section(self.title, self.level, tuple(self.blocks), tuple(s.closed() for s in self.sections))


def document_of(page: Page, publisher: Publisher) -> Document:
    """The document that the page's pieces make under the publisher's rules, none of them furniture (see `parted`)."""
    pieces = list(page.pieces)
    warnings = list(page.warnings)
    if not publisher.chapters and not publisher.dates:
        return _whole_page(page, pieces, publisher, warnings)
    starts = chapter_starts(pieces, publisher)
    above = pieces[: starts[0].first] if starts else pieces
    titled = next((p for p in above if could_be_title(p) and not _is_sentence(p)), None)
    title = plain_of(titled) if titled is not None else ""
    if starts:
        kept = [_unmarked(p) for p in above if p is not titled and (isinstance(p, Tab | Foot) or _is_sentence(p))]
        lost = " | ".join(plain_of(p) for p in above if p is not titled and plain_of(p) and not _is_sentence(p))
    else:
        kept, lost = [], ""
    chapters: list[Chapter] = []
    taken: dict[str, int] = {}
    for start, following in zip(starts, [*starts, None][1:], strict=True):
        inner = [*kept, *pieces[start.last + 1 : following.first if following else len(pieces)]]
        kept = []  # what stands above the first chapter is read at its head
        made = _chapter(start, _unique(slug_or_hash(start.title), taken), inner, publisher, page.are_lines, warnings)
        chapters.append(made)
    if lost:
        told = f"{len(lost)} characters above the first chapter: {lost[:MAX_TOLD]}"
        warnings.append(Warned("outside_chapters", "", told))
    return Document(title, tuple(chapters), tuple(warnings))


def parted(page: Page, publisher: Publisher) -> tuple[Page, tuple[tuple[str, str], ...]]:
    """The page without the paragraphs that the publisher's rules know for furniture; those, with the rule of each."""
    if len(page.pieces) > MAX_PIECES:
        page = _cut(page)
    kept: list[Piece] = []
    dropped: list[tuple[str, str]] = []
    is_below_jump = False
    for piece in page.pieces:
        line = piece.plain if isinstance(piece, Para | Head) and len(piece.plain) <= MAX_FURNITURE else ""
        told = norm(line) if line else ""  # soft hyphens and the like hide no furniture
        rule = _dropped_by(told, publisher, is_below_jump=is_below_jump) if told else None
        if rule in publisher.jump_line:
            is_below_jump = True
        elif not isinstance(piece, Gap):
            is_below_jump = False
        if rule is None:
            kept.append(piece)
        else:
            dropped.append((line, rule.pattern))
    return (replace(page, pieces=tuple(kept)) if dropped else page), tuple(dropped)


def _dropped_by(line: str, publisher: Publisher, *, is_below_jump: bool) -> re.Pattern[str] | None:
    """The rule that knows the line for furniture. A bar of words is one below its lead, or if all are headings."""
    rule = next((p for p in (*publisher.drop_text, *publisher.jump_line) if p.search(line)), None)
    bar = next((p for p in publisher.jump_bar if p.search(line)), None) if rule is None else None
    if bar is None or is_below_jump:
        return rule or bar
    links = line.split(" | ")
    return bar if all(any(alike(key(words), h) >= 0.5 for h in publisher.headings) for words in links) else None


def _cut(page: Page) -> Page:
    """The page with everything past its first MAX_PIECES pieces as one paragraph: no text is lost, nor hours."""
    rest = " ".join(words for p in page.pieces[MAX_PIECES:] for words in all_words(p) if words)
    told = Warned("too_many_pieces", "", f"{len(page.pieces)}; what follows the first {MAX_PIECES} is one paragraph")
    return replace(page, pieces=(*page.pieces[:MAX_PIECES], Para(Text(rest))), warnings=(*page.warnings, told))


def all_words(piece: Piece) -> Iterator[str]:
    """The words of a piece: of a table, text by text."""
    if isinstance(piece, Para | Head | Foot):
        yield piece.text.plain
    elif isinstance(piece, Tab):
        yield from (text.plain for text in _table_texts(piece.table))


def _is_sentence(piece: Piece) -> bool:
    """Whether a piece reads as a sentence at least, and not as the words that lead to a page."""
    return isinstance(piece, Para) and len(piece.plain) >= LEAST_SENTENCE and _ENDED.search(piece.plain) is not None


def _unmarked(piece: Piece) -> Piece:
    """A piece from above the chapters, in which notes and bold lines mean nothing."""
    return Para(piece.text) if isinstance(piece, Para | Foot) else piece


def _unique(name: str, taken: dict[str, int], form: str = "{}-{}") -> str:
    """The name, or where it is taken the name with the next number. taken: name → the last number given out."""
    found = name
    while found in taken:
        taken[name] += 1
        found = form.format(name, taken[name])
    taken[found] = 1
    return found


def _whole_page(page: Page, pieces: list[Piece], publisher: Publisher, warnings: list[Warned]) -> Document:
    """A page that no publisher's rules fit: one undated chapter, named by its first heading or title (design §5)."""
    heads = [p for p in pieces if isinstance(p, Head)]
    named: Piece | None = next((h for h in heads if h.depth == 1), None) or (heads[0] if heads else None)
    if named is None and page.are_lines and pieces and could_be_title(pieces[0]):
        named = pieces[0]
    length = sum(len(p.plain) for p in pieces if isinstance(p, Para)) + sum(
        _size(p) for p in pieces if isinstance(p, Tab)
    )
    if named is None and length < LEAST_TEXT:
        return Document("", (), tuple(warnings))
    # A page's own title names it only where no heading does: it often carries the site's name.
    title = plain_of(named) if named is not None else page.title[:MAX_TITLE] or "Untitled"
    inner = [p for p in pieces if p is not named]
    start = Start(title, None, 0, 0)
    chapter = _chapter(start, slug_or_hash(title), inner, publisher, page.are_lines, warnings)
    return Document("", (chapter,), tuple(warnings))


def _size(tab: Tab) -> int:
    return sum(len(c.plain) for row in (*tab.table.header, *tab.table.rows) for c in row.cells)


def _chapter(
    start: Start, slug: str, pieces: list[Piece], publisher: Publisher, are_lines: bool, warnings: list[Warned]
) -> Chapter:
    rule = publisher.chapter(start.title)
    if rule is None or not rule.levels:
        rule = publisher.any_chapter(_likeliest(start.title, pieces, publisher))
    has_marks = any(isinstance(p, Head | Tab) or (isinstance(p, Para) and p.bold) for p in pieces)
    has_tables = any(isinstance(p, Tab) for p in pieces)
    guess = are_lines or (not has_marks and bool(publisher.chapters))
    found = Lines(pieces, rule, publisher).sorted(headings=guess, tables=not has_tables)
    blocks, sections = _tree(found, rule, publisher)
    date = read_date(start.date_text) if start.date_text else None
    if start.date_text and date is None:
        warnings.append(Warned("bad_date", slug, start.date_text))
    notes = _notes(found, slug, warnings)
    chapter = Chapter(slug, start.title, date, start.date_text, blocks, sections, notes)
    labels = {n.label for n in notes}
    missing = dict.fromkeys(label for label in _ref_labels(chapter) if label not in labels)
    warnings += (Warned("missing_note", slug, label) for label in missing)
    return chapter


def _likeliest(title: str, pieces: Sequence[Piece], publisher: Publisher) -> ChapterRule | None:
    """The rule of a chapter whose title is not known: of the nearest title, else of most of the headings in it."""
    near = max(publisher.chapters, key=lambda c: max(alike(key(title), k) for k in c.keys), default=None)
    if near is None or max(alike(key(title), k) for k in near.keys) >= 0.5:
        return near
    seen = [key(p.plain) for p in pieces if isinstance(p, Para | Head) and len(p.plain) <= MAX_TITLE]
    best = max(publisher.chapters, key=lambda c: sum(s in c.levels for s in seen))
    return best if sum(s in best.levels for s in seen) >= LEAST_HEADINGS else None


def _tree(
    pieces: Sequence[Piece], rule: ChapterRule | None, publisher: Publisher
) -> tuple[tuple[Block, ...], tuple[Section, ...]]:
    """The blocks under the chapter itself, and its sections, each under its parent."""
    root = _Open(Text(""), 0)
    path = [root]
    told = [p for p in pieces if not isinstance(p, Gap)]
    are_bare = [isinstance(below, Head) for p, below in pairwise(told) if isinstance(p, Head)]
    levels = _levels([p for p in pieces if isinstance(p, Head)], are_bare, rule)
    for piece in pieces:
        if isinstance(piece, Head):
            section = _Open(piece.text, next(levels))
            while path[-1].level >= section.level:
                path.pop()
            path[-1].sections.append(section)
            path.append(section)
        elif isinstance(piece, Tab):
            path[-1].blocks.append(piece.table)
        elif isinstance(piece, Para):
            path[-1].blocks.append(_prose(piece, publisher))
    return tuple(root.blocks), tuple(s.closed() for s in root.sections)


def _levels(heads: Sequence[Head], are_bare: Sequence[bool], rule: ChapterRule | None) -> Iterator[int]:
    """How deep each heading stands: as the publisher's rules know it, else as its mark says, else as its neighbours.

    are_bare: whether the next heading stands right below it, so that it heads that one too.
    """
    # What is known of other chapters says less than the page's own marks.
    known = [rule.levels.get(key(h.plain)) if rule and (rule.title or not h.depth) else None for h in heads]
    marked: list[tuple[int, int]] = []  # (mark, level) of the headings that stand open
    followed = list(known)  # by the next known level
    for at in range(len(known) - 2, -1, -1):
        followed[at] = known[at + 1] if known[at + 1] is not None else followed[at + 1]
    if followed:
        followed[-1] = None
    before = 0
    outer: int | None = None  # the level of the last unknown heading that heads others
    for at, head in enumerate(heads):
        while head.depth and marked and marked[-1][0] >= head.depth:
            marked.pop()
        level = known[at]
        if level is None and head.depth:
            level = marked[-1][1] + 1 if marked else 1
        elif level is None and (near := _nearest_level(key(head.plain), rule)):
            level = near
        elif level is None and at and are_bare[at - 1]:
            level = before + 1
        elif level is None and at < len(are_bare) and are_bare[at]:
            below = known[at + 1]
            level = outer = max(below - 1, 1) if below is not None else outer or max(before, 1)
        elif level is None:
            level = max(before + (followed[at] == before + 1), 1)
        if head.depth:
            marked.append((head.depth, level))
        before = level
        yield level


def _nearest_level(title: str, rule: ChapterRule | None) -> int | None:
    """The level of the known heading that shares most words with this one, where it shares enough."""
    if rule is None or not rule.levels:
        return None
    score, level = max((alike(title, known), level) for known, level in rule.levels.items())
    return level if score >= (OWN_HEADING if rule.title else BORROWED_HEADING) else None


def _prose(para: Para, publisher: Publisher) -> Prose:
    if para.item:
        return Prose(para.text, "item", para.level)
    is_cross = para.plain[:1] == "(" and any(p.match(norm(para.plain[:400])) for p in publisher.cross_reference)
    return Prose(para.text, "cross_reference" if is_cross else "paragraph")


def _notes(pieces: Sequence[Piece], slug: str, warnings: list[Warned]) -> tuple[Note, ...]:
    """The notes in printed order; a label that comes twice is told apart, so that a label names one note."""
    found: list[tuple[str, list[Text]]] = []
    for piece in pieces:
        if isinstance(piece, Foot) and (piece.label or not found):
            found.append((piece.label or "?", [piece.text]))
        elif isinstance(piece, Foot):
            found[-1][1].append(piece.text)
    taken: dict[str, int] = {}
    notes: list[Note] = []
    for label, texts in found:
        if label in taken:
            warnings.append(Warned("duplicate_note", slug, label))
        notes.append(Note(_unique(label, taken, "{} ({})"), joined(texts)))
    return tuple(notes)


def _ref_labels(chapter: Chapter) -> Iterator[str]:
    for _, block in walk_blocks(chapter):
        texts = _table_texts(block) if isinstance(block, Table) else iter((block.text,))
        yield from (ref.label for text in texts for ref in text.refs)


def _table_texts(table: Table) -> Iterator[Text]:
    if table.caption is not None:
        yield table.caption
    for row in (*table.header, *table.rows):
        for cell in row.cells:
            yield from cell.paragraphs
    yield from table.legend
