"""Footnotes in the manners of generic pages: a note put in front is one note, whatever the numbers do."""

from collections.abc import Callable

import pytest

from tracker.compare import compare
from tracker.extract import extract

WELLS = (
    "The village of Aldmoor keeps three wells, and the miller sees to all of 12 km<sup>2</sup> in the summer months."
)
FIELDS = "In the north the fields were cleared by the farmers of Lowfen, and nobody has been hurt since."
BRIDGE = "A new bridge over the river was opened by the abbot in the spring of the year."
OLD = ((WELLS, "Letter of the mayor, 3 May 2001."), (FIELDS, "Report of the abbot, 1999."))
NEW = ((BRIDGE, "Minutes of the council, 4 June 2004."), *OLD)
MANNERS: dict[str, tuple[Callable[[int], str], Callable[[int, str], str]]] = {
    "raised numbers": (lambda n: f"<sup>{n}</sup>", lambda n, told: f"<p><sup>{n}</sup> {told}</p>"),
    "ARIA roles": (
        lambda n: f'<a role="doc-noteref" href="#f{n}"><sup>{n}</sup></a>',
        lambda n, told: (
            f'<aside role="doc-footnote" id="f{n}">{n}. {told} <a role="doc-backlink" href="#r{n}">↩</a></aside>'
        ),
    ),
    "a class": (
        lambda n: f'<sup><a href="#note-{n}">{n}</a></sup>',
        lambda n, told: f'<div class="footnote" id="note-{n}"><span>{n}.</span> {told}</div>',
    ),
}


@pytest.mark.parametrize("manner", MANNERS)
def test_a_note_put_in_front_is_one_note_added(manner: str) -> None:
    ref, note = MANNERS[manner]

    def page(told: tuple[tuple[str, str], ...]) -> bytes:
        prose = "".join(f"<p>{words}{ref(n)}</p>" for n, (words, _) in enumerate(told, 1))
        notes = "".join(note(n, words) for n, (_, words) in enumerate(told, 1))
        return f"<html><body><h1>Aldmoor</h1>{prose}<hr>{notes}</body></html>".encode()

    old, new = (extract(page(told), media_type="text/html") for told in (OLD, NEW))

    assert [n.text.plain for n in old.chapters[0].notes] == [words for _, words in OLD]
    assert [(e.kind, e.new) for e in compare(old, new).edits] == [("added", BRIDGE), ("note_added", NEW[0][1])]


def test_notes_in_brackets_are_notes_in_markdown_too() -> None:
    def page(told: tuple[tuple[str, str], ...]) -> bytes:
        prose = "\n\n".join(f"{words}[{n}]" for n, (words, _) in enumerate(told, 1))
        notes = "\n\n".join(f"[{n}] {words}" for n, (_, words) in enumerate(told, 1))
        return f"# Aldmoor\n\n{prose}\n\n{notes}\n".encode()

    old, new = (extract(page(told), media_type="text/markdown") for told in (OLD, NEW))

    assert [(e.kind, e.new) for e in compare(old, new).edits] == [("added", BRIDGE), ("note_added", NEW[0][1])]
