"""Documents for laws: generated ones, and realistic edited twins of them.

`documents()` and `chapters()` give documents as an extractor could have read them: collapsed text, unique slugs and
note labels, rectangular tables, repeated headings, references with and without their note. `mutated(document)` gives
what an editor could have made of one; `pairs()` gives both. None of them has lineage ids.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tracker.document.identity import slug_or_hash
from tracker.document.model import (
    Block,
    Cell,
    Chapter,
    Document,
    Link,
    Note,
    Prose,
    Ref,
    Row,
    Section,
    Table,
    Text,
    Warned,
)

WORDS = [
    *("Ruritania", "has", "not", "acceded", "to", "the", "treaty", "in", "June", "2021", "2022", "1,250", "mines"),
    *("9.4km²", "of", "land", "were", "cleared", "by", "ministry", "and", "“fake", "news”", "—", "Strelsau’s", "it;"),
    *("council", "denies", "see", "below", "(SHA)", "US$10.4", "million", "café", "naïve", "no", "longer", "reported"),
]
TITLES = ("Policy", "Use", "Impact", "Coordination", "Clearance", "Operators and service providers", "Übung")
CHAPTER_TITLES = ("Cluster Munition Ban Policy", "Impact", "Mine Ban Policy", "Support for Mine Action", "Über uns")


@st.composite
def texts(draw: DrawFn, labels: tuple[str, ...] = (), *, max_words: int = 14) -> Text:
    """A text of 1 to `max_words` words; where labels are given, up to two references, some to no note."""
    # One number makes all the words: a draw for each word would cost the laws most of their time.
    code, linked = divmod(draw(st.integers(0, len(WORDS) * 12 * max_words * 8 - 1)), 8)
    code, count = divmod(code, max_words)
    first, step = divmod(code, 12)
    words = [WORDS[(first + i * (step + 1)) % len(WORDS)] for i in range(count + 1)]
    plain = " ".join(words)
    refs: list[Ref] = []
    if labels and draw(st.integers(0, 2)) == 0:
        for label in draw(st.lists(st.sampled_from((*labels, "99")), min_size=1, max_size=2)):
            end = draw(st.integers(1, len(words)))
            refs.append(Ref(len(" ".join(words[:end])), label))
    links: tuple[Link, ...] = ()
    if linked == 7:
        links = (Link(0, len(words[0]), draw(st.sampled_from(("https://ruritania.example/a", "/b?c=1&d=2")))),)
    return Text(plain, tuple(sorted(refs, key=lambda r: r.offset)), links)


@st.composite
def proses(draw: DrawFn, labels: tuple[str, ...] = ()) -> Prose:
    """A paragraph, now and then a list item or a cross reference."""
    kind = draw(st.sampled_from(("paragraph", "paragraph", "paragraph", "item", "cross_reference")))
    return Prose(draw(texts(labels)), kind, draw(st.integers(0, 2)) if kind == "item" else 0)


@st.composite
def cells(draw: DrawFn, labels: tuple[str, ...] = ()) -> Cell:
    """A cell of no, one or several short paragraphs."""
    count = draw(st.sampled_from((1, 1, 1, 1, 0, 2)))
    return Cell(tuple(draw(texts(labels, max_words=3)) for _ in range(count)))


@st.composite
def tables(draw: DrawFn, labels: tuple[str, ...] = ()) -> Table:
    """A table of one of the four shapes."""
    shape = draw(st.sampled_from(("key_value", "grid", "grouped", "column")))
    width = {"key_value": 2, "column": 1, "grouped": 3, "grid": draw(st.integers(2, 4))}[shape]
    rows: list[Row] = []
    group = draw(cells())
    for _ in range(draw(st.integers(1, 4))):
        if shape == "key_value" and draw(st.integers(0, 5)) == 0:
            rows.append(Row((Cell((draw(texts(max_words=3)),)),), is_band=True))
            continue
        row = tuple(draw(cells(labels)) for _ in range(width))
        if shape == "grouped":
            group = group if draw(st.booleans()) else row[0]
            row = (group, *row[1:])
        rows.append(Row(row))
    headed = shape in ("grid", "grouped") or (shape == "column" and draw(st.booleans()))
    header = (Row(tuple(Cell((draw(texts(max_words=2)),)) for _ in range(width))),) if headed else ()
    caption = draw(st.none() | texts(labels, max_words=5))
    legend = tuple(draw(st.lists(texts(max_words=6), max_size=2)))
    return Table(caption, header, tuple(rows), legend, shape)


def blocks(labels: tuple[str, ...] = ()) -> SearchStrategy[Block]:
    """A paragraph three times in four, else a table."""
    return st.one_of(proses(labels), proses(labels), proses(labels), tables(labels))


@st.composite
def sections(draw: DrawFn, labels: tuple[str, ...] = (), *, level: int = 1) -> Section:
    """A section with blocks and, down to level 3, sections of its own; titles repeat among equals."""
    inner: tuple[Section, ...] = ()
    if level < 3 and draw(st.integers(0, 2)) == 0:
        inner = tuple(draw(st.lists(sections(labels, level=level + 1), max_size=2)))
    title = Text(draw(st.sampled_from(TITLES)))
    return Section(title, level, tuple(draw(st.lists(blocks(labels), max_size=4))), inner)


@st.composite
def chapters(draw: DrawFn, title: str | None = None) -> Chapter:
    """A chapter: dated or not, blocks before or without any section, notes with unique labels."""
    title = title or draw(st.sampled_from(CHAPTER_TITLES))
    labels = tuple(str(n) for n in range(1, draw(st.integers(0, 5)) + 1))
    day = draw(st.none() | st.dates(date(2009, 1, 1), date(2030, 12, 31)))
    return Chapter(
        slug=slug_or_hash(title),
        title=title,
        date=day,
        date_text=f"{day:%d %B %Y}" if day else None,
        blocks=tuple(draw(st.lists(blocks(labels), max_size=3))),
        sections=tuple(draw(st.lists(sections(labels), max_size=3))),
        notes=tuple(Note(label, draw(texts())) for label in labels),
    )


@st.composite
def documents(draw: DrawFn) -> Document:
    """A document of up to three chapters with unique slugs, now and then with a warning."""
    titles = draw(st.lists(st.sampled_from(CHAPTER_TITLES), min_size=1, max_size=3, unique=True))
    made = tuple(draw(chapters(title)) for title in titles)
    warned = (Warned("missing_note", made[0].slug, "99"),) if draw(st.booleans()) else ()
    return Document(draw(st.sampled_from(("Ruritania", "Côte d’Ivoire", ""))), made, warned)


# ---------------------------------------------------------------- edited twins


def _edited_text(draw: DrawFn, text: Text) -> Text:
    """The text with a word put in, taken out or put in another's place; its references stay at their words."""
    words = text.plain.split(" ")
    at = draw(st.integers(0, len(words) - 1))
    ends = [len(" ".join(words[: i + 1])) for i in range(len(words))]
    ref_words = [(next(i for i, end in enumerate(ends) if end >= ref.offset), ref.label) for ref in text.refs]
    act = draw(st.sampled_from(("put", "take", "change"))) if len(words) > 1 else "put"
    if act == "put":
        words.insert(at, draw(st.sampled_from(WORDS)))
        ref_words = [(i + (i >= at), label) for i, label in ref_words]
    elif act == "take":
        del words[at]
        ref_words = [(max(i - (i >= at), 0), label) for i, label in ref_words]
    else:
        words[at] = draw(st.sampled_from(WORDS))
    refs = tuple(Ref(len(" ".join(words[: i + 1])), label) for i, label in ref_words)
    return Text(" ".join(words), tuple(sorted(refs, key=lambda r: r.offset)))


def _edited_table(draw: DrawFn, table: Table) -> Table:
    """The table with a cell edited, or a row put in, taken out or moved."""
    rows = list(table.rows)
    at = draw(st.integers(0, len(rows) - 1))
    act = draw(st.sampled_from(("cell", "cell", "put", "take", "move")))
    if act == "take" and len(rows) > 1:
        del rows[at]
    elif act == "put":
        rows.insert(at, Row(tuple(draw(cells()) for _ in rows[at].cells), rows[at].is_band))
    elif act == "move":
        rows.insert(draw(st.integers(0, len(rows) - 1)), rows.pop(at))
    else:
        here = list(rows[at].cells)
        place = draw(st.integers(0, len(here) - 1))
        told = here[place].paragraphs
        here[place] = Cell((_edited_text(draw, told[0]), *told[1:])) if told else Cell((draw(texts(max_words=2)),))
        rows[at] = replace(rows[at], cells=tuple(here))
    return replace(table, rows=tuple(rows))


def _edited_blocks(draw: DrawFn, here: tuple[Block, ...], labels: tuple[str, ...]) -> tuple[Block, ...]:
    """The blocks with one edited, put in, taken out, moved, or with two of them exchanged for their join."""
    out = list(here)
    act = draw(st.sampled_from(("edit", "edit", "put", "take", "move", "split"))) if out else "put"
    if act == "put":
        out.insert(draw(st.integers(0, len(out))), draw(blocks(labels)))
        return tuple(out)
    at = draw(st.integers(0, len(out) - 1))
    block = out[at]
    if act == "take":
        del out[at]
    elif act == "move":
        out.insert(draw(st.integers(0, len(out) - 1)), out.pop(at))
    elif isinstance(block, Table):
        out[at] = _edited_table(draw, block)
    elif act == "split" and " " in block.text.plain:
        words = block.text.plain.split(" ")
        cut = draw(st.integers(1, len(words) - 1))
        out[at : at + 1] = [
            replace(block, text=Text(" ".join(words[:cut]))),
            replace(block, text=Text(" ".join(words[cut:]))),
        ]
    else:
        out[at] = replace(block, text=_edited_text(draw, block.text))
    return tuple(out)


def _edited_sections(draw: DrawFn, here: tuple[Section, ...], labels: tuple[str, ...]) -> tuple[Section, ...]:
    """The sections with one edited inside, renamed, put in, taken out or moved."""
    out = list(here)
    act = draw(st.sampled_from(("inside", "inside", "inside", "deeper", "rename", "put", "take", "move")))
    if not out or act == "put":
        level = out[0].level if out else 1
        out.insert(draw(st.integers(0, len(out))), draw(sections(labels, level=level)))
        return tuple(out)
    at = draw(st.integers(0, len(out) - 1))
    if act == "take":
        del out[at]
    elif act == "move":
        out.insert(draw(st.integers(0, len(out) - 1)), out.pop(at))
    elif act == "rename":
        out[at] = replace(out[at], title=draw(texts(max_words=3)))
    elif act == "deeper" and out[at].sections:
        out[at] = replace(out[at], sections=_edited_sections(draw, out[at].sections, labels))
    else:
        out[at] = replace(out[at], blocks=_edited_blocks(draw, out[at].blocks, labels))
    return tuple(out)


def relabelled(chapter: Chapter, labels: dict[str, str]) -> Chapter:
    """The chapter with its notes, and the references to them, under other labels."""

    def text(t: Text) -> Text:
        return replace(t, refs=tuple(replace(r, label=labels.get(r.label, r.label)) for r in t.refs))

    notes = tuple(replace(n, label=labels.get(n.label, n.label)) for n in chapter.notes)
    return replace(map_texts(chapter, text), notes=notes)


def map_texts(chapter: Chapter, text: Callable[[Text], Text]) -> Chapter:
    """The chapter with every text of its blocks (not headings, not notes) put through a function."""

    def row(r: Row) -> Row:
        return replace(r, cells=tuple(Cell(tuple(map(text, c.paragraphs))) for c in r.cells))

    def block(b: Block) -> Block:
        if isinstance(b, Prose):
            return replace(b, text=text(b.text))
        caption = text(b.caption) if b.caption else None
        return replace(b, caption=caption, header=tuple(map(row, b.header)), rows=tuple(map(row, b.rows)))

    def section(s: Section) -> Section:
        return replace(s, blocks=tuple(map(block, s.blocks)), sections=tuple(map(section, s.sections)))

    return replace(chapter, blocks=tuple(map(block, chapter.blocks)), sections=tuple(map(section, chapter.sections)))


def _edited_notes(draw: DrawFn, chapter: Chapter) -> Chapter:
    """The chapter with a note put in (later ones renumber), taken out (likewise), or edited."""
    notes = list(chapter.notes)
    act = draw(st.sampled_from(("put", "put", "take", "edit"))) if notes else "put"
    at = draw(st.integers(0, len(notes) if act == "put" else len(notes) - 1))
    if act == "edit":
        notes[at] = replace(notes[at], text=_edited_text(draw, notes[at].text))
        return replace(chapter, notes=tuple(notes))
    if act == "take":
        moved = {n.label: str(i) for i, n in enumerate(notes) if i > at}
        return relabelled(replace(chapter, notes=tuple(n for i, n in enumerate(notes) if i != at)), moved)
    moved = {n.label: str(i + 2) for i, n in enumerate(notes) if i >= at}
    out = list(relabelled(chapter, moved).notes)
    out.insert(at, Note(str(at + 1), draw(texts())))
    return replace(relabelled(chapter, moved), notes=tuple(out))


def _edited_chapter(draw: DrawFn, chapter: Chapter) -> Chapter:
    labels = tuple(n.label for n in chapter.notes)
    act = draw(st.sampled_from(("blocks", "sections", "sections", "sections", "notes", "date", "across")))
    if act == "blocks":
        return replace(chapter, blocks=_edited_blocks(draw, chapter.blocks, labels))
    if act == "notes":
        return _edited_notes(draw, chapter)
    if act == "date":
        day = draw(st.dates(date(2009, 1, 1), date(2030, 12, 31)))
        return replace(chapter, date=day, date_text=f"{day:%d %B %Y}")
    donors = [i for i, s in enumerate(chapter.sections) if s.blocks]
    if act == "across" and donors and len(chapter.sections) > 1:
        out = list(chapter.sections)
        giver = draw(st.sampled_from(donors))
        taker = draw(st.sampled_from([i for i in range(len(out)) if i != giver]))
        moved = out[giver].blocks[0]
        out[giver] = replace(out[giver], blocks=out[giver].blocks[1:])
        out[taker] = replace(out[taker], blocks=(*out[taker].blocks, moved))
        return replace(chapter, sections=tuple(out))
    return replace(chapter, sections=_edited_sections(draw, chapter.sections, labels))


@st.composite
def mutated(draw: DrawFn, document: Document, *, max_edits: int = 4) -> Document:
    """What an editor could have made of the document: up to `max_edits` edits; now and then a chapter comes or goes."""
    out = list(document.chapters)
    for _ in range(draw(st.integers(0, max_edits))):
        act = draw(st.sampled_from(("edit",) * 9 + ("chapters",)))
        at = draw(st.integers(0, len(out) - 1))
        if act == "edit":
            out[at] = _edited_chapter(draw, out[at])
            continue
        free = [t for t in CHAPTER_TITLES if slug_or_hash(t) not in {c.slug for c in out}]
        if len(out) > 1 and draw(st.booleans()):
            out.insert(draw(st.integers(0, len(out) - 1)), out.pop(at)) if draw(st.booleans()) else out.pop(at)
        elif free:
            out.insert(at, draw(chapters(draw(st.sampled_from(free)))))
    return replace(document, chapters=tuple(out))


@st.composite
def pairs(draw: DrawFn) -> tuple[Document, Document]:
    """A document and its edited twin; one time in ten, two documents that have nothing to do with each other."""
    old = draw(documents())
    new = draw(documents()) if draw(st.integers(0, 9)) == 0 else draw(mutated(old))
    return old, new
