"""A comparison as one page that needs nothing else: to keep, to send, to print. Pure.

What went is struck and what came underlined, so that neither needs a colour; a screen reader hears both named. The
page loads nothing and runs nothing, and says so to the browser. Everything of a page is escaped, in its own direction.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from hashlib import sha256
from html import escape

from tracker.document.edit import Span
from tracker.notify.render.outline import Item, Outline, ShownChapter, ShownRow

_STYLE = """
:root { color-scheme: light dark; --text: #1b1f24; --quiet: #57606a; --page: #fff; --line: #d0d7de;
  --gone: #82071e; --gone-back: #ffebe9; --came: #0a5227; --came-back: #dafbe1; --high: #9a6700; --critical: #b3122c; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --quiet: #9aa4ae; --page: #0d1117; --line: #30363d;
  --gone: #ffb3ad; --gone-back: #4b1113; --came: #9be9a8; --came-back: #0f3d1d;
  --high: #e3b341; --critical: #ff8f88; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 48rem; color: var(--text); background: var(--page);
  font: 1.0625rem/1.6 Georgia, "Times New Roman", serif; overflow-wrap: break-word; }
h1, h2, h3, .kind, .sides, .said, .place, .key, nav, table, footer { font-family: system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .25rem; padding-top: .75rem; border-top: 2px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; color: var(--quiet); }
.sides, .said, .place, .key, nav, footer { font-size: .875rem; color: var(--quiet); margin: .25rem 0; }
.summary { font-weight: bold; margin: .75rem 0; }
nav ul { padding-left: 1.2rem; }
nav a { color: inherit; }
article { margin: 0 0 1rem; padding: .25rem 0 .25rem .9rem; border-left: 4px solid var(--line); }
article.high { border-left: 6px double var(--high); }
article.critical { border-left: 8px solid var(--critical); }
article p { margin: .25rem 0; white-space: pre-line; }
.kind { font-size: .8125rem; color: var(--quiet); }
.high .kind b { color: var(--high); } .critical .kind b { color: var(--critical); }
del { color: var(--gone); background: var(--gone-back); text-decoration: line-through; }
ins { color: var(--came); background: var(--came-back); text-decoration: underline; text-decoration-thickness: 2px; }
.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  user-select: none; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; margin: .5rem 0; }
th, td { border: 1px solid var(--line); padding: .3rem .5rem; text-align: start; vertical-align: top;
  white-space: pre-line; }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; } nav { display: none; }
  h2, h3 { break-after: avoid; } article, tr { break-inside: avoid; } del, ins { background: none; } }
"""
_POLICY = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
_POLICY += "; base-uri 'none'; form-action 'none'"
_ELEMENTS = {"-": ("del", "removed: "), "+": ("ins", "added: ")}


def text(outline: Outline) -> str:
    """The page, as HTML."""
    return "".join(_parts(outline))


def _parts(outline: Outline) -> Iterator[str]:
    title = f"What changed: {outline.title}" if outline.title else "What changed"
    yield (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<header>\n"
        f"<h1>What changed{f': <bdi>{escape(outline.title)}</bdi>' if outline.title else ''}</h1>\n"
        f'<p class="sides"><bdi>{escape(outline.old)}</bdi> → <bdi>{escape(outline.new)}</bdi></p>\n'
        f'<p class="summary">{escape(outline.summary)}</p>\n'
    )
    if outline.chapters:
        struck, underlined = _span("-", "Struck"), _span("+", "underlined")
        yield f'<p class="key">{struck} was removed, {underlined} was added.</p>\n'
    yield "</header>\n"
    if len(outline.chapters) > 1:
        yield '<nav aria-label="Chapters"><ul>\n'
        for number, chapter in enumerate(outline.chapters, start=1):
            count = f"{chapter.edits} edit{'s' if chapter.edits != 1 else ''}" if chapter.edits else chapter.neutral
            yield f'<li><a href="#c{number}"><bdi>{escape(chapter.title)}</bdi></a>: {escape(count)}</li>\n'
        yield "</ul></nav>\n"
    yield "<main>\n"
    for number, chapter in enumerate(outline.chapters, start=1):
        yield from _chapter(chapter, number)
    yield "</main>\n</body>\n</html>\n"


def _chapter(chapter: ShownChapter, number: int) -> Iterator[str]:
    yield f'<section aria-labelledby="c{number}">\n<h2 id="c{number}"><bdi>{escape(chapter.title)}</bdi></h2>\n'
    yield from (f'<p class="said">{escape(told)}</p>\n' for told in chapter.said)
    for section in chapter.sections:
        if section.path:
            yield f"<h3>{' › '.join(f'<bdi>{escape(title)}</bdi>' for title in section.path)}</h3>\n"
        for item in section.items:
            yield from _item(item)
    if chapter.neutral:
        yield f'<p class="said">{escape(chapter.neutral)}</p>\n'
    yield "</section>\n"


def _item(item: Item) -> Iterator[str]:
    kind, _, why = item.words.partition(" · ")
    pointer = f" · <bdi>{escape(item.pointer)}</bdi>" if item.pointer else ""
    yield f'<article class="{item.level}">\n<p class="kind"><b>{escape(kind)}</b> · {escape(why)}{pointer}</p>\n'
    yield from (f'<p class="place"><bdi>{escape(told)}</bdi></p>\n' for told in (item.place, item.detail) if told)
    if item.row is not None:
        yield from _table(item.row)
    else:
        for column, spans in item.cells:
            label = f"<bdi>{escape(column)}</bdi>: " if column else ""
            yield f'<p dir="auto">{label}{_redlined(spans)}</p>\n'
    if item.spans:
        yield f'<p dir="auto">{_redlined(item.spans)}</p>\n'
    yield "</article>\n"


def _table(row: ShownRow) -> Iterator[str]:
    yield '<div class="scroll"><table>\n'
    if row.columns:
        heads = "".join(f'<th scope="col" dir="auto">{escape(name)}</th>' for name in row.columns)
        yield f"<thead><tr>{heads}</tr></thead>\n"
    cells = "".join(f'<td dir="auto">{_redlined(cell)}</td>' for cell in row.cells)
    yield f"<tbody><tr>{cells}</tr></tbody>\n</table></div>\n"


def _redlined(spans: Iterable[Span]) -> str:
    return "".join(_span(mark, told) for mark, told in spans)


def _span(mark: str, told: str) -> str:
    if mark == "=":
        return escape(told)
    element, heard = _ELEMENTS[mark]
    return f'<{element}><span class="heard">[{heard}</span>{escape(told)}<span class="heard">]</span></{element}>'
