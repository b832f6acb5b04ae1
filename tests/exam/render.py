"""A profile in print: plain text, Markdown and JSON; HTML is in render_html.py.

The text is in the manner that people keep such profiles: a blank line between paragraphs, a table's cells one a line
(a no-break space where one is empty, and after the last), `[n]` at references, a chapter's notes below it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from tests.exam.model import (
    LINK,
    REF,
    Block,
    Chapter,
    Para,
    Paras,
    Profile,
    Section,
    Table,
    cell_text,
    holders,
    numbers,
    printed_notes,
    walk,
)
from tests.exam.render_html import as_html

Format = Literal["text", "html", "markdown", "json"]
MEDIA: dict[str, str] = {
    "text": "text/plain",
    "html": "text/html",
    "markdown": "text/markdown",
    "json": "application/json",
}
NBSP = "\u00a0"
JUMP = "Jump to a specific section of the profile:"
BAR = "Treaty Status | Management & Coordination | Impact (contamination & casualties) | Addressing the Impact"


@dataclass(frozen=True)
class Style:
    """How a layout is printed. html: the style of its pages. date_first: the date stands above the title.

    updated: the words before the date. bar: whether a chapter with a "Treaty status" prints a bar of links.
    json: objects that list their parts, with notes numbered or keyed by label; or a tree of facts.
    """

    html: str = "modern"
    date_first: bool = False
    updated: str = "Last updated: "
    bar: bool = False
    json: Literal["texts", "labels", "facts"] = "texts"


def render(profile: Profile, style: Style, form: str) -> bytes:
    """The profile as a page of this format."""
    if form == "html":
        return as_html(profile, style.html, style.date_first, style.updated).encode()
    return {"text": as_text, "markdown": as_markdown, "json": as_json}[form](profile, style).encode()


def is_single(profile: Profile) -> bool:
    """Whether the profile is one undated page, named by its only heading of the first rank."""
    return len(profile.chapters) == 1 and profile.chapters[0].date is None


# ---------------------------------------------------------------- plain text


def as_text(profile: Profile, style: Style) -> str:
    """The profile as plain text."""
    lines = [] if is_single(profile) else [profile.title]
    for chapter in profile.chapters:
        marked = _marked(chapter, "[{}]")
        title = [marked(chapter.title)]
        date = [f"{style.updated}{chapter.date}"] if chapter.date else []
        lines += date + title if style.date_first else title + date
        if style.bar and any(s.title.startswith("Treaty status") for s in chapter.sections):
            lines += [JUMP, BAR]
        lines += [line for b in chapter.blocks for line in _text_block(b, marked)]
        for path in walk(chapter.sections):
            lines.append(marked(path[-1].title))
            lines += [line for b in path[-1].blocks for line in _text_block(b, marked)]
        notes = [f"[{n}] {marked(text)}" for n, _, text in printed_notes(chapter)]
        lines += ["", *notes, ""] if notes else [""]
    return "\n\n".join(lines) + "\n"


def _marked(chapter: Chapter, mark: str) -> Callable[[str], str]:
    """What turns a marked text into a printed one: references by their numbers, links by their words."""
    known = numbers(chapter)
    return lambda text: LINK.sub(r"\2", REF.sub(lambda m: mark.format(known[m[1]]), text))


def _text_block(block: Block, marked: Callable[[str], str]) -> list[str]:
    if isinstance(block, Para):
        return [marked(block.text)]
    lines = [marked(block.caption)] if block.caption else []
    rows = [*block.header, *(r.cells for r in block.rows)]
    group = None
    for at, cells in enumerate(rows):
        shown = cells
        if block.shape == "grouped" and at >= len(block.header):
            shown = cells[1:] if cells[0] == group else cells
            group = cells[0]
        for paras in shown:
            lines += map(marked, paras or [NBSP])
    return [*lines, *map(marked, block.legend), NBSP]


# ---------------------------------------------------------------- Markdown


def as_markdown(profile: Profile, style: Style) -> str:
    """The profile as Markdown: footnotes `[^1]`, pipe tables; a group is repeated in each of its rows."""
    single = is_single(profile)
    depth = 1 if single else 2
    lines = [] if single else [f"# {profile.title}"]
    for chapter in profile.chapters:
        known = numbers(chapter)

        def marked(text: str, known: dict[str, int] = known) -> str:
            told = LINK.sub("\ue010\\2\ue011\\1\ue012", REF.sub(lambda m: f"\ue013{known[m[1]]}\ue014", text))
            for mark in "\\*_[]|`<>#~":
                told = told.replace(mark, "\\" + mark)
            told = told.replace("\ue013", "[^").replace("\ue014", "]")
            return told.replace("\ue010", "[").replace("\ue011", "](").replace("\ue012", ")")

        def block(b: Block, marked: Callable[[str], str] = marked) -> str:
            return _markdown_block(b, marked)

        title = [f"{'#' * depth} {marked(chapter.title)}"]
        date = [f"*{style.updated}{chapter.date}*"] if chapter.date else []
        lines += date + title if style.date_first else title + date
        lines += map(block, chapter.blocks)
        for path in walk(chapter.sections):
            lines.append(f"{'#' * min(len(path) + depth, 6)} {marked(path[-1].title)}")
            lines += map(block, path[-1].blocks)
        lines += [f"[^{n}]: {marked(text)}" for n, _, text in printed_notes(chapter)]
    return "\n\n".join(lines) + "\n"


def _markdown_block(block: Block, marked: Callable[[str], str]) -> str:
    if isinstance(block, Para):
        told = marked(block.text)
        return f"- {told}" if block.kind == "li" else told
    width = len(block.columns)
    lines = [f"**{marked(block.caption)}**\n"] if block.caption else []

    def row(cells: list[list[str]], *, band: bool = False) -> str:
        shown = ["<br>".join(map(marked, paras)) for paras in cells]
        if band:
            shown = [f"**{shown[0]}**"]
        return "| " + " | ".join((*shown, *[""] * (width - len(shown)))) + " |"

    lines += [row(h) for h in block.header[:1]] or [row([])]
    lines.append("|" + " --- |" * width)
    lines += [row(h) for h in block.header[1:]]
    lines += [row(r.cells, band=r.band) for r in block.rows]
    if block.legend:
        lines += ["", "\n\n".join(map(marked, block.legend))]
    return "\n".join(lines)


# ---------------------------------------------------------------- JSON


def as_json(profile: Profile, style: Style) -> str:
    """The profile as objects: texts that name themselves and list their parts, or, of facts alone, a tree of facts."""
    if style.json == "facts":
        chapter = profile.chapters[0]
        tree = {"title": chapter.title, **_facts(chapter.blocks), **_fact_sections(chapter.sections)}
        return json.dumps(tree, ensure_ascii=False, indent=2)
    chapters = [_json_chapter(c, style) for c in profile.chapters]
    told = chapters[0] if is_single(profile) else {"title": profile.title, "chapters": chapters}
    return json.dumps(told, ensure_ascii=False, indent=2)


def _json_chapter(chapter: Chapter, style: Style) -> dict[str, object]:
    marked = _marked(chapter, "[{}]")
    told: dict[str, object] = {"title": marked(chapter.title)}
    if chapter.date:
        told["last_updated"] = chapter.date
    notes = printed_notes(chapter)
    if chapter.blocks:
        told["blocks"] = _json_blocks(chapter.blocks, marked)
    if chapter.sections:
        told["sections"] = [_json_section(s, marked) for s in chapter.sections]
    if notes and style.json == "labels":
        told["notes"] = {str(n): marked(text) for n, _, text in notes}
    elif notes:
        told["notes"] = [{"number": n, "text": marked(text)} for n, _, text in notes]
    return told


def _json_section(section: Section, marked: Callable[[str], str]) -> dict[str, object]:
    told: dict[str, object] = {"heading": marked(section.title), "paragraphs": _json_blocks(section.blocks, marked)}
    if section.sections:
        told["sections"] = [_json_section(s, marked) for s in section.sections]
    return told


def _json_blocks(blocks: list[Block], marked: Callable[[str], str]) -> list[object]:
    out: list[object] = []
    for kind, run in groupby(blocks, key=lambda b: b.kind if isinstance(b, Para) else "t"):
        if kind == "li":
            out.append({"items": [marked(b.text) for b in run if isinstance(b, Para)]})
        else:
            out += [marked(b.text) if isinstance(b, Para) else _json_table(b, marked) for b in run]
    return out


def _json_table(table: Table, marked: Callable[[str], str]) -> dict[str, object]:
    def row(cells: list[Paras]) -> list[object]:
        return [[*map(marked, paras)] if len(paras) > 1 else "".join(map(marked, paras)) for paras in cells]

    told: dict[str, object] = {"caption": marked(table.caption)} if table.caption else {}
    if table.header:
        told["header"] = row(table.header[0]) if len(table.header) == 1 else [row(h) for h in table.header]
    told["rows"] = [row(r.cells) for r in table.rows]
    if table.legend:
        told["legend"] = list(map(marked, table.legend))
    return told


def can_be_facts(profile: Profile) -> bool:
    """Whether a tree of facts can say all of the profile: one page, headings and key/value tables, no key twice."""
    return is_single(profile) and all(_is_object(holder) for holder, _ in holders(profile.chapters[0]))


def _is_object(holder: Chapter | Section) -> bool:
    tables = [b for b in holder.blocks if isinstance(b, Table) and b.shape == "key_value"]
    if len(tables) < len(holder.blocks) or len(tables) > 1 or any(t.caption or t.legend for t in tables):
        return False
    if any(r.band for t in tables for r in t.rows):
        return False
    names = [cell_text(r.cells[0]) for t in tables for r in t.rows] + [s.title for s in holder.sections]
    return len(set(names)) == len(names)


def _fact_sections(sections: list[Section]) -> dict[str, object]:
    return {s.title: {**_facts(s.blocks), **_fact_sections(s.sections)} for s in sections}


def _facts(blocks: list[Block]) -> dict[str, object]:
    rows: dict[str, object] = {}
    for block in blocks:
        assert isinstance(block, Table)
        for row in block.rows:
            values = row.cells[1]
            rows[cell_text(row.cells[0])] = values if len(values) > 1 else "".join(values)
    return rows
