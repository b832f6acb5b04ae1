"""A profile as an HTML page, in several houses' styles: how headings, captions, references and notes are marked.

modern   `h2` chapters, `caption`, raised references with whole addresses, a paragraph a note
word     a word processor's page: `MsoNormal`, anchors around `sup`, bold captions, notes in divisions
site     navigation, cookie bar, counters and sharing around; notes in an ordered list; caption in the first row
plain    bare tags, `_edn` anchors, `th` in the first row without `thead`
old      nested divisions and `font`, notes split by `hr`, back references first
"""

import html
from collections.abc import Callable
from itertools import groupby

from tests.exam.model import LINK, REF, Block, Chapter, Para, Profile, Table, numbers, printed_notes, walk

STYLES = ("modern", "word", "site", "plain", "old")
ADDRESS = "https://profiles.example/en/reports/all.aspx"


def as_html(profile: Profile, style: str, date_first: bool, updated: str) -> str:
    """The page."""
    single = len(profile.chapters) == 1 and profile.chapters[0].date is None
    depth = 1 if single else 2
    body = [] if single else [f"<h1>{_escaped(profile.title)}</h1>"]
    body += [_chapter(c, style, depth, date_first, updated) for c in profile.chapters]
    return _page(profile.title, style, "\n".join(body))


def _page(title: str, style: str, inner: str) -> str:
    head = '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    head += f"<title>{_escaped(title)} | Profiles</title></head>"
    if style == "site":
        return (
            f'{head}<body><header><a href="/">Home</a><form><input name="q"><button>Search</button></form></header>'
            '<nav><ul><li><a href="/countries">Countries</a></li><li><a href="/reports">Reports</a></li></ul></nav>'
            '<div class="cookie-consent">We use cookies to improve this site. <button>Fine</button></div>'
            f'<main id="content"><div class="share"><a href="/t">Tweet</a></div>\n{inner}\n'
            '<p class="print-link"><a href="/print">Print this page</a></p></main>'
            "<footer><p>Imprint and privacy</p></footer></body></html>\n"
        )
    if style == "old":
        head += '<body bgcolor="#ffffff"><div class="wrap"><div class="inner">'
        return f"{head}\n{inner}\n</div></div></body></html>\n"
    if style == "plain":
        return f"{head}<body>\n{inner}\n</body></html>\n"
    return f"{head}<body>\n<main>\n{inner}\n</main>\n</body></html>\n"


def _chapter(chapter: Chapter, style: str, depth: int, date_first: bool, updated: str) -> str:
    marked = _marked(chapter, style)
    title = f"<h{depth}>{marked(chapter.title)}</h{depth}>"
    date = ""
    if chapter.date:
        words = f"{_escaped(updated.rstrip())} {_escaped(chapter.date)}"
        date = {"word": f'<p class="MsoNormal">{words}</p>', "site": f'<div class="date">{words}</div>'}.get(
            style, f"<p><em>{words}</em></p>"
        )
    out = [date, title] if date_first else [title, date]
    out += _blocks(chapter.blocks, marked, style)
    for path in walk(chapter.sections):
        tag = f"h{min(len(path) + depth, 6)}"
        inner = marked(path[-1].title)
        out.append(f'<{tag} id="s{len(out)}">{inner}</{tag}>' if style == "site" else f"<{tag}>{inner}</{tag}>")
        out += _blocks(path[-1].blocks, marked, style)
    out.append(_notes(chapter, marked, style))
    inner = "\n".join(line for line in out if line)
    return f"<section>\n{inner}\n</section>" if style in ("modern", "site") else inner


def _escaped(words: str) -> str:
    return html.escape(words, quote=False)


def _marked(chapter: Chapter, style: str) -> Callable[[str], str]:
    known = numbers(chapter)

    def ref(key: str) -> str:
        n = known[key]
        if style == "modern":
            return f'<sup><a href="{ADDRESS}#_ftn{n}" name="_ftnref{n}" title="">[{n}]</a></sup>'
        if style == "word":
            return f'<a id="_ftnref{n}" href="#_ftn{n}"><sup>[{n}]</sup></a>'
        if style == "site":
            return f'<sup id="fnref{n}"><a href="#fn{n}">{n}</a></sup>'
        if style == "plain":
            return f'<a href="#_edn{n}" name="_ednref{n}">[{n}]</a>'
        return f'<a name="_ftnref{n}" href="#_ftn{n}"><span style="font-size:9pt">[{n}]</span></a>'

    def text(words: str) -> str:
        linked = LINK.sub(lambda m: f'<a href="{m[1]}">{m[2]}</a>', _escaped(words))
        return REF.sub(lambda m: ref(m[1]), linked)

    return text


def _notes(chapter: Chapter, marked: Callable[[str], str], style: str) -> str:
    notes = [(n, marked(text)) for n, _, text in printed_notes(chapter)]
    if not notes:
        return ""
    if style == "site":
        items = "".join(
            f'<li id="fn{n}" value="{n}"><p>{told} <a href="#fnref{n}">↩</a></p></li>\n' for n, told in notes
        )
        return f'<hr>\n<ol class="footnotes">\n{items}</ol>'
    lines = {
        "modern": '<p><a href="' + ADDRESS + '#_ftnref{n}" name="_ftn{n}" title="">[{n}]</a> {told}</p>',
        "word": '<div id="ftn{n}"><p class="MsoFootnoteText"><a id="_ftn{n}" href="#_ftnref{n}"><sup>[{n}]</sup></a>'
        " {told}</p></div>",
        "plain": '<p><a href="#_ednref{n}" name="_edn{n}">[{n}]</a> {told}</p>',
        "old": '<p><font size="1"><a href="#_ftnref{n}" name="_ftn{n}">[{n}]</a>&nbsp;{told}</font></p>',
    }
    rule = '<br clear="all"><hr size="1" width="33%">\n' if style in ("word", "old") else "<hr>\n"
    return rule + "\n".join(lines[style].format(n=n, told=told) for n, told in notes)


def _blocks(blocks: list[Block], marked: Callable[[str], str], style: str) -> list[str]:
    out: list[str] = []
    for kind, run in groupby(blocks, key=lambda b: b.kind if isinstance(b, Para) else "t"):
        for block in list(run) if kind != "li" else []:
            out.append(
                _paragraph(marked(block.text), style) if isinstance(block, Para) else _table(block, marked, style)
            )
        if kind == "li":
            items = [marked(b.text) for b in blocks_of(run)]
            inner = "".join(f"<li><p>{i}</p></li>" if style == "word" else f"<li>{i}</li>\n" for i in items)
            out.append(f"<ul>{inner}</ul>")
    return out


def blocks_of(run: object) -> list[Para]:
    """The list items of a run."""
    return [b for b in run if isinstance(b, Para)]  # type: ignore[attr-defined]


def _paragraph(inner: str, style: str) -> str:
    return f'<p class="MsoNormal">{inner}</p>' if style == "word" else f"<p>{inner}</p>"


def _table(table: Table, marked: Callable[[str], str], style: str) -> str:
    width = len(table.columns)
    out: list[str] = []

    def cell(paras: list[str], tag: str = "td", extra: str = "") -> str:
        told = [marked(p) for p in paras]
        if style in ("word", "old") or len(told) > 1:
            inner = "<br>".join(told) if style == "modern" else "".join(f"<p>{t}</p>" for t in told)
        else:
            inner = "".join(told)
        return f"<{tag}{extra}>{inner or '&nbsp;'}</{tag}>"

    caption = marked(table.caption) if table.caption else ""
    if caption and style in ("word", "old", "plain"):
        out.append(
            f"<p><strong>{caption}</strong></p>" if style != "word" else f'<p class="MsoNormal"><b>{caption}</b></p>'
        )
    out.append('<table border="1" cellspacing="0">' if style == "old" else "<table>")
    if caption and style == "modern":
        out.append(f"<caption>{caption}</caption>")
    if caption and style == "site":
        out.append(f"<caption><span>{caption}</span></caption>")
    for cells in table.header:
        row = "".join(cell(c, "th") for c in cells)
        out.append(f"<tr>{row}</tr>" if style in ("plain", "old") else f"<thead><tr>{row}</tr></thead>")
    out.append("<tbody>")
    out += _rows(table, cell, width)
    out.append("</tbody></table>")
    out += [_paragraph(marked(line), style) for line in table.legend]
    return "".join(out)


def _rows(table: Table, cell: Callable[..., str], width: int) -> list[str]:
    out: list[str] = []
    if table.shape == "grouped":
        for group, rows in groupby(table.rows, key=lambda r: r.cells[0]):
            together = list(rows)
            for at, row in enumerate(together):
                spanning = cell(group, "td", f' rowspan="{len(together)}"') if at == 0 else ""
                out.append(f"<tr>{spanning}{''.join(cell(c) for c in row.cells[1:])}</tr>")
        return out
    for row in table.rows:
        if row.band and width > 1:
            out.append(f'<tr><td colspan="{width}"><b>{cell(row.cells[0])[4:-5]}</b></td></tr>')
        elif row.band:
            out.append(f"<tr>{cell(row.cells[0], 'th')}</tr>")
        else:
            out.append(f"<tr>{''.join(cell(c) for c in row.cells)}</tr>")
    return out
