"""A comparison as Markdown: `<del>` and `<ins>` around words, tables for rows. Pure.

Markdown's own marks cannot begin or end inside a word, so the two elements stand for them; every reader of Markdown
that shows elements at all knows these. Page text is escaped: it makes no element, link, mention or heading.
"""

import re
from collections.abc import Iterable, Iterator

from tracker.document.edit import Level, Span
from tracker.notify.render.outline import Item, Outline, ShownRow

_LEVEL_MARKS: dict[Level, str] = {"critical": "‼️ ", "high": "❗ "}
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+\-.!|~:$=^]")
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u2060"}  # a joiner behind it: nobody is mentioned
_TAGS = {"=": ("", ""), "-": ("<del>", "</del>"), "+": ("<ins>", "</ins>")}


def text(outline: Outline) -> str:
    """The comparison, the summary first."""
    return "\n\n".join(_paragraphs(outline)) + "\n"


def _paragraphs(outline: Outline) -> Iterator[str]:
    yield f"# What changed{f': {escaped(outline.title)}' if outline.title else ''}"
    yield f"{escaped(outline.old)} → {escaped(outline.new)}"
    yield f"**{escaped(outline.summary)}**"
    for chapter in outline.chapters:
        yield f"## {escaped(chapter.title)}"
        if chapter.said:
            yield " · ".join(f"*{escaped(told)}*" for told in chapter.said)
        for section in chapter.sections:
            if section.path:
                yield f"### {escaped(' › '.join(section.path))}"
            yield from ("\n".join(_item(item)) for item in section.items)
        if chapter.neutral:
            yield f"({escaped(chapter.neutral)})"


def _item(item: Item) -> Iterator[str]:
    pointer = f" · {escaped(item.pointer)}" if item.pointer else ""
    yield f"- {_LEVEL_MARKS.get(item.level, '')}**{escaped(item.words)}**{pointer}"
    for told in (item.place, item.detail):
        if told:
            yield f"  <br>{escaped(told)}"
    if item.row is not None:
        yield ""
        yield from (f"  {line}" for line in _table(item.row))
    else:
        for column, spans in item.cells:
            yield f"\n  {escaped(column)}: {redlined(spans)}" if column else f"\n  {redlined(spans)}"
    if item.spans:
        yield f"\n  {redlined(item.spans)}"


def _table(row: ShownRow) -> Iterator[str]:
    columns = [row.columns[k] if k < len(row.columns) else "" for k in range(len(row.cells))]
    yield f"| {' | '.join(map(escaped, columns))} |"
    yield f"|{' --- |' * len(columns)}"
    yield f"| {' | '.join(map(redlined, row.cells))} |"


def redlined(spans: Iterable[Span]) -> str:
    """Spans with what went in `<del>` and what came in `<ins>`."""
    return "".join(f"{_TAGS[mark][0]}{escaped(told)}{_TAGS[mark][1]}" for mark, told in spans)


def escaped(told: str) -> str:
    """Page text that Markdown shows as it is."""
    marked = _SPECIAL.sub(lambda found: "\\" + found[0], told)
    return re.sub("[&<>@]", lambda found: _MARKUP[found[0]], marked).replace("\n", "<br>")
