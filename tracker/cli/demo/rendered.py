"""Ruritania in print: as the publisher's HTML, as the plain text that people keep of it, as Markdown.

Lives here: the three forms of one edition. Not here: what it says (ruritania.py).
"""

from collections.abc import Iterator
from html import escape
from itertools import groupby

from tracker.cli.demo.ruritania import Edition
from tracker.document.canonical import printed
from tracker.document.model import Block, Cell, Chapter, Document, Prose, Row, Table, Text, walk_sections

_JUMP = "Jump to a specific section of the profile:"
_BAR = "Treaty Status | Management & Coordination | Impact (contamination & casualties) | Addressing the Impact"


def as_html(edition: Edition) -> str:
    """The page as the demo's publisher serves it: the profile, and the furniture around and inside it."""
    cookies = (
        '<div id="cookie-bar" role="dialog"><p>We use cookies. <button>Fine</button></p></div>'
        if edition.has_cookie_bar
        else ""
    )
    inner = html_of(edition.document)
    counter = f'<p class="views">This page has been viewed {edition.views:,} times.</p>'
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Ruritania | Profiles</title>\n'
        f'<script nonce="{edition.nonce}">window.page = "{edition.nonce}";</script></head>\n<body>\n{cookies}'
        f'<header><nav><a href="/">Home</a> <a href="/profiles">Profiles</a></nav></header>\n'
        f'<main id="content">\n<h1>Ruritania</h1>\n{inner}{counter}\n</main>\n'
        f"<footer><p>Printed in Strelsau. Request {edition.nonce}.</p></footer>\n</body></html>\n"
    )


def html_of(document: Document) -> str:
    """The chapters as HTML, notes as a word processor marks them."""
    return "".join(_html_chapter(c) for c in document.chapters)


def _html_chapter(chapter: Chapter) -> str:
    out = [f"<h2>{escape(chapter.title)}</h2>\n"]
    if chapter.date_text:
        out.append(f"<p><em>Last updated:&nbsp;{escape(chapter.date_text)}</em></p>\n")
    if any(s.title.plain == "Treaty status" for s in chapter.sections):
        out.append(f"<p>{escape(_JUMP)}</p><p>{escape(_BAR)}</p>\n")
    out += map(_html_block, chapter.blocks)
    for path in walk_sections(chapter.sections):
        section = path[-1]
        mark = f"h{min(section.level + 2, 6)}"
        out.append(f"<{mark}>{_html_text(section.title)}</{mark}>\n")
        out += map(_html_block, section.blocks)
    out.append("<hr>\n")
    for note in chapter.notes:
        n = escape(note.label)
        out.append(
            f'<p class="MsoFootnoteText"><a href="#_ftnref{n}" name="_ftn{n}" title="">[{n}]</a> '
            f"{_html_text(note.text)}</p>\n"
        )
    return "".join(out)


def _html_text(text: Text) -> str:
    out: list[str] = []
    at = 0
    for ref in text.refs:
        n = escape(ref.label)
        out += (
            escape(text.plain[at : ref.offset]),
            f'<a href="#_ftn{n}" name="_ftnref{n}" title=""><sup>[{n}]</sup></a>',
        )
        at = ref.offset
    return "".join((*out, escape(text.plain[at:])))


def _html_block(block: Block) -> str:
    if isinstance(block, Prose):
        return f"<p>{_html_text(block.text)}</p>\n"
    out: list[str] = []
    caption = _html_text(block.caption) if block.caption else ""
    if caption and block.shape != "grid":
        out.append(f"<p><strong>{caption}</strong></p>\n")
    out.append("<table>\n")
    if caption and block.shape == "grid":
        out.append(f"<caption>{caption}</caption>\n")
    for row in block.header:
        out.append(f"<thead><tr>{''.join(f'<th>{_html_cell(c)}</th>' for c in row.cells)}</tr></thead>\n")
    out += _html_rows(block)
    out.append("</table>\n")
    out += (f"<p>{_html_text(line)}</p>\n" for line in block.legend)
    return "".join(out)


def _html_rows(table: Table) -> Iterator[str]:
    width = max((len(r.cells) for r in (*table.header, *table.rows)), default=1)
    if table.shape == "grouped":
        for group, rows in groupby(table.rows, key=lambda r: r.cells[0]):
            together = list(rows)
            for i, row in enumerate(together):
                spanning = f'<td rowspan="{len(together)}">{_html_cell(group)}</td>' if i == 0 else ""
                yield f"<tr>{spanning}{''.join(f'<td>{_html_cell(c)}</td>' for c in row.cells[1:])}</tr>\n"
        return
    for row in table.rows:
        if row.is_band:
            yield f'<tr><td colspan="{width}"><strong>{_html_cell(row.cells[0])}</strong></td></tr>\n'
        else:
            yield f"<tr>{''.join(f'<td>{_html_cell(c)}</td>' for c in row.cells)}</tr>\n"


def _html_cell(cell: Cell) -> str:
    if len(cell.paragraphs) < 2:
        return _html_text(cell.paragraphs[0]) if cell.paragraphs else "&nbsp;"
    return "".join(f"<p>{_html_text(p)}</p>" for p in cell.paragraphs)


# ---------------------------------------------------------------- plain text


def as_text(edition: Edition) -> str:
    """The profile as people keep it: a line a paragraph or cell; a no-break space is an empty cell or a table's end."""
    return text_of_document(edition.document)


def text_of_document(document: Document) -> str:
    """The chapters as plain text."""
    lines = [document.title]
    for chapter in document.chapters:
        lines.append(chapter.title)
        if chapter.date_text:
            lines.append(f"Last updated: {chapter.date_text}")
        if any(s.title.plain == "Treaty status" for s in chapter.sections):
            lines += (_JUMP, _BAR)
        lines += (line for block in chapter.blocks for line in _text_block(block))
        for path in walk_sections(chapter.sections):
            lines.append(printed(path[-1].title))
            lines += (line for block in path[-1].blocks for line in _text_block(block))
        lines.append("")
        lines += (f"[{note.label}] {printed(note.text)}" for note in chapter.notes)
        lines.append("")
    return "\n\n".join(lines) + "\n"


def _text_block(block: Block) -> Iterator[str]:
    if isinstance(block, Prose):
        yield printed(block.text)
        return
    if block.caption is not None:
        # The real texts print a blank before the reference where the caption ends with a bracket.
        yield printed(block.caption).replace(")[", ") [")
    for row in block.header:
        yield from _text_cells(row.cells)
    before: Cell | None = None
    for row in block.rows:
        is_grouped = block.shape == "grouped" and not row.is_band
        yield from _text_cells(row.cells[1:] if is_grouped and row.cells[0] == before else row.cells)
        # The real texts keep an empty paragraph that stands in a group's last cell.
        if is_grouped and before is None and len({r.cells[0] for r in block.rows}) > 2:
            yield "\u00a0"
        before = row.cells[0]
    yield from map(printed, block.legend)
    yield "\u00a0"


def _text_cells(cells: tuple[Cell, ...]) -> Iterator[str]:
    for cell in cells:
        if cell.paragraphs:
            yield from map(printed, cell.paragraphs)
        else:
            yield "\u00a0"


# ---------------------------------------------------------------- Markdown


def as_markdown(edition: Edition) -> str:
    """The profile as Markdown, with footnotes of its own kind; a group is repeated in each of its rows."""
    lines = [f"# {edition.document.title}"]
    for chapter in edition.document.chapters:
        lines.append(f"## {chapter.title}")
        if chapter.date_text:
            lines.append(f"*Last updated: {chapter.date_text}*")
        lines += map(_markdown_block, chapter.blocks)
        for path in walk_sections(chapter.sections):
            lines.append(f"{'#' * min(path[-1].level + 2, 6)} {_markdown_text(path[-1].title)}")
            lines += map(_markdown_block, path[-1].blocks)
        lines += (f"[^{note.label}]: {_markdown_text(note.text)}" for note in chapter.notes)
    return "\n\n".join(lines) + "\n"


def _markdown_text(text: Text) -> str:
    def plain(words: str) -> str:
        for mark in "\\*_[]|`":
            words = words.replace(mark, "\\" + mark)
        return words

    out: list[str] = []
    at = 0
    for ref in text.refs:
        out += (plain(text.plain[at : ref.offset]), f"[^{ref.label}]")
        at = ref.offset
    return "".join((*out, plain(text.plain[at:])))


def _markdown_block(block: Block) -> str:
    if isinstance(block, Prose):
        return _markdown_text(block.text)
    width = max(len(r.cells) for r in (*block.header, *block.rows))
    lines = [f"**{_markdown_text(block.caption)}**\n"] if block.caption else []
    head = block.header[0] if block.header else Row((Cell(),) * width)
    lines.append(_markdown_row(head, width))
    lines.append("|" + " --- |" * width)
    lines += (_markdown_row(row, width) for row in block.rows)
    if block.legend:
        lines.append("")
        lines.append("\n\n".join(map(_markdown_text, block.legend)))
    return "\n".join(lines)


def _markdown_row(row: Row, width: int) -> str:
    cells = ["<br>".join(map(_markdown_text, cell.paragraphs)) for cell in row.cells]
    if row.is_band:
        cells = [f"**{cells[0]}**"]
    return "| " + " | ".join((*cells, *[""] * (width - len(cells)))) + " |"
