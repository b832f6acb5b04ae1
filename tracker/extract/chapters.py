"""Pieces of a page become a document: chapters with their dates, sections with their parents, notes, warnings.

Lives here: where a chapter begins, how headings nest, which notes are whose. Not here: the formats, and the sorting
of unmarked lines (lines.py). Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tracker.document.canonical import norm
from tracker.document.identity import slug_or_hash
from tracker.document.model import Block, Chapter, Document, Note, Prose, Section, Table, Text, Warned, walk_blocks
from tracker.extract.dates import read_date
from tracker.extract.lines import Lines, looks_like_heading
from tracker.extract.pieces import Foot, Gap, Head, Para, Piece, Tab, joined
from tracker.extract.publishers import MAX_TITLE, ChapterRule, Publisher, alike, key

MAX_FURNITURE = 400  # characters of a paragraph that a rule may drop
LEAST_HEADINGS = 2  # known ones that tell a chapter whose title is not known
MAX_GAPS = 50  # empty lines between a title and its date
MAX_PIECES = 20_000  # the longest real pages have some 2,000
LEAST_TEXT = 200  # characters that make a page without a heading a chapter (design §5)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as an extractor of some format hands it on. are_lines: nothing in it is marked as a heading or table.

    title: the page's own title (`<title>`), for a page that prints none.
    """

    pieces: tuple[Piece, ...]
    title: str = ""
    are_lines: bool = False
    warnings: tuple[Warned, ...] = ()


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a chapter begins: its title, its printed date, and the first and last piece that say so."""

    title: str
    date_text: str | None
    first: int
    last: int


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
    title = _title_above(pieces[: starts[0].first] if starts else pieces)
    chapters: list[Chapter] = []
    taken: dict[str, int] = {}
    for start, following in zip(starts, [*starts, None][1:], strict=True):
        inner = pieces[start.last + 1 : following.first if following else len(pieces)]
        made = _chapter(start, _unique(slug_or_hash(start.title), taken), inner, publisher, page.are_lines, warnings)
        chapters.append(made)
    lost = sum(len(p.plain) for p in pieces[: starts[0].first] if isinstance(p, Para)) if starts else 0
    if lost > LEAST_TEXT:
        warnings.append(Warned("outside_chapters", "", f"{lost} characters above the first chapter"))
    return Document(title, tuple(chapters), tuple(warnings))


def parted(page: Page, publisher: Publisher) -> tuple[Page, tuple[tuple[str, str], ...]]:
    """The page without the paragraphs that the publisher's rules know for furniture; those, with the rule of each."""
    if len(page.pieces) > MAX_PIECES:
        page = _cut(page)
    kept: list[Piece] = []
    dropped: list[tuple[str, str]] = []
    for piece in page.pieces:
        line = piece.plain if isinstance(piece, Para | Head) and len(piece.plain) <= MAX_FURNITURE else ""
        told = norm(line) if line else ""  # soft hyphens and the like hide no furniture
        rule = next((p for p in publisher.drop_text if p.search(told)), None) if told else None
        if rule is None:
            kept.append(piece)
        else:
            dropped.append((line, rule.pattern))
    return (replace(page, pieces=tuple(kept)) if dropped else page), tuple(dropped)


def _cut(page: Page) -> Page:
    """The page with everything past its first MAX_PIECES pieces as one paragraph: no text is lost, nor hours."""
    rest = " ".join(
        p.text.plain for p in page.pieces[MAX_PIECES:] if isinstance(p, Para | Head | Foot) and p.text.plain
    )
    told = Warned("too_many_pieces", "", f"{len(page.pieces)}; what follows the first {MAX_PIECES} is one paragraph")
    return replace(page, pieces=(*page.pieces[:MAX_PIECES], Para(Text(rest))), warnings=(*page.warnings, told))


def chapter_starts(pieces: Sequence[Piece], publisher: Publisher) -> list[_Start]:
    """Where chapters begin, in order: at a printed date beside a title, or at a known title where no section can be."""
    dated: list[_Start] = []
    for at, piece in enumerate(pieces):
        if not isinstance(piece, Para | Head):
            continue
        printed = publisher.printed_date(piece.plain)
        if printed is None:
            continue
        floor = dated[-1].last if dated else -1
        titled = _title_beside(pieces, at, floor, publisher)
        if titled is not None:
            dated.append(_Start(_plain(pieces[titled]), printed, min(at, titled), max(at, titled)))
    return sorted([*dated, *_undated(pieces, dated, publisher)], key=lambda s: s.first)


def _title_beside(pieces: Sequence[Piece], at: int, floor: int, publisher: Publisher) -> int | None:
    """The piece that is the title of the chapter whose date stands at `at`: before it, or after it."""
    before = _neighbour(pieces, at, -1)
    after = _neighbour(pieces, at, +1)
    if before is not None and before <= floor:
        before = None
    if before is not None and publisher.chapter(_plain(pieces[before])):
        return before
    if after is not None and publisher.chapter(_plain(pieces[after])):
        return after
    if before is not None and before > 0 and _could_be_title(pieces[before], beside_date=True):
        return before
    if after is not None and isinstance(pieces[after], Head) and before is not None:
        return after
    return before if before is not None and _could_be_title(pieces[before], beside_date=True) else None


def _undated(pieces: Sequence[Piece], dated: Sequence[_Start], publisher: Publisher) -> Iterator[_Start]:
    """Chapters that print no date: a known title as deep as the dated ones', or at the top, or after the notes."""
    used = {key(s.title) for s in dated}
    taken = {at for s in dated for at in range(s.first, s.last + 1)}
    depths = [p.depth for s in dated for p in pieces[s.first : s.last + 1] if isinstance(p, Head) and p.depth]
    titles = [at for at, p in enumerate(pieces) if isinstance(p, Para | Head) and publisher.chapter(p.plain)]
    if not dated:
        depths = [p.depth for at in titles if isinstance(p := pieces[at], Head) and p.depth]
    opened: _Start | None = None  # the dated chapter that stands open here
    following = iter([*dated, None])
    coming = next(following)
    for at in titles:
        while coming is not None and coming.first < at:
            opened, coming = coming, next(following)
        piece = pieces[at]
        if at in taken or key(_plain(piece)) in used:
            continue
        above = _neighbour(pieces, at, -1)
        is_first = above is None or (above == 0 and opened is None)
        is_after_notes = above is not None and isinstance(pieces[above], Foot)
        is_as_deep = bool(depths) and isinstance(piece, Head) and piece.depth == min(depths)
        if is_first or is_after_notes or (is_as_deep and not _is_section_of(piece, opened, publisher)):
            used.add(key(_plain(piece)))
            yield _Start(_plain(piece), None, at, at)


def _is_section_of(piece: Piece, opened: _Start | None, publisher: Publisher) -> bool:
    """Whether the chapter that stands open here is known to have a section of this title."""
    rule = publisher.chapter(opened.title) if opened else None
    return rule is not None and key(_plain(piece)) in rule.levels


def _neighbour(pieces: Sequence[Piece], at: int, step: int) -> int | None:
    """The nearest piece that way which is no empty line; a long run of empty lines is taken for the page's end."""
    for here in range(at + step, at + step * MAX_GAPS, step):
        if not 0 <= here < len(pieces):
            return None
        if not isinstance(pieces[here], Gap):
            return here
    return None


def _plain(piece: Piece) -> str:
    return piece.plain if isinstance(piece, Para | Head) else ""


def _could_be_title(piece: Piece, *, beside_date: bool = False) -> bool:
    """Whether a piece may be a title. beside_date: a date stands next to it, so that any short line may."""
    if isinstance(piece, Head) or (beside_date and isinstance(piece, Para) and not piece.plain.endswith((".", ";"))):
        return len(piece.plain) <= MAX_TITLE
    return isinstance(piece, Para) and (looks_like_heading(piece.text) or piece.bold)


def _title_above(pieces: Sequence[Piece]) -> str:
    """The profile's title: the first heading above the chapters."""
    return next((_plain(p) for p in pieces if _could_be_title(p)), "")


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
    if named is None and page.are_lines and pieces and _could_be_title(pieces[0]):
        named = pieces[0]
    length = sum(len(p.plain) for p in pieces if isinstance(p, Para)) + sum(
        _size(p) for p in pieces if isinstance(p, Tab)
    )
    if named is None and length < LEAST_TEXT:
        return Document("", (), tuple(warnings))
    # A page's own title names it only where no heading does: it often carries the site's name.
    title = _plain(named) if named is not None else page.title[:MAX_TITLE] or "Untitled"
    inner = [p for p in pieces if p is not named]
    start = _Start(title, None, 0, 0)
    chapter = _chapter(start, slug_or_hash(title), inner, publisher, page.are_lines, warnings)
    return Document("", (chapter,), tuple(warnings))


def _size(tab: Tab) -> int:
    return sum(len(c.plain) for row in (*tab.table.header, *tab.table.rows) for c in row.cells)


def _chapter(
    start: _Start, slug: str, pieces: list[Piece], publisher: Publisher, are_lines: bool, warnings: list[Warned]
) -> Chapter:
    rule = publisher.chapter(start.title) or _likeliest(start.title, pieces, publisher)
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
    levels = _levels([p for p in pieces if isinstance(p, Head)], rule)
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


def _levels(heads: Sequence[Head], rule: ChapterRule | None) -> Iterator[int]:
    """How deep each heading stands: as the publisher's rules know it, else as its mark says, else as its neighbours."""
    known = [rule.levels.get(key(h.plain)) if rule else None for h in heads]
    marked: list[tuple[int, int]] = []  # (mark, level) of the headings that stand open
    followed = list(known)  # by the next known level
    for at in range(len(known) - 2, -1, -1):
        followed[at] = known[at + 1] if known[at + 1] is not None else followed[at + 1]
    if followed:
        followed[-1] = None
    before = 0
    for at, head in enumerate(heads):
        while head.depth and marked and marked[-1][0] >= head.depth:
            marked.pop()
        level = known[at]
        if level is None and head.depth:
            level = marked[-1][1] + 1 if marked else 1
        elif level is None:
            after = followed[at] or before
            level = _nearest_level(key(head.plain), rule) or max(before + (after > before), 1)
        if head.depth:
            marked.append((head.depth, level))
        before = level
        yield level


def _nearest_level(title: str, rule: ChapterRule | None) -> int | None:
    """The level of the known heading that shares most words with this one, where it shares at least half."""
    if rule is None or not rule.levels:
        return None
    score, level = max((alike(title, known), level) for known, level in rule.levels.items())
    return level if score >= 0.5 else None


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
