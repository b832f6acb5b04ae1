"""What is read of a profile: the same assertions over every profile, as text and as HTML."""

import pytest

from tests.extract.profiles import Profile, profiles
from tracker.cli.demo.rendered import as_html, as_markdown, as_text
from tracker.cli.demo.ruritania import LAST, edition
from tracker.document.canonical import norm_sha256
from tracker.document.model import Document, Table, walk_blocks, walk_sections
from tracker.extract import extract
from tracker.extract.reader import ReadPage, read

PROFILES = profiles()


def _as_text(profile: Profile) -> Document:
    return extract(profile.text.encode(), media_type="text/plain")


def _as_html(profile: Profile) -> Document:
    return extract(profile.html.encode(), media_type="text/html")


@pytest.fixture(params=[(p, form) for p in PROFILES for form in ("text", "html")], ids=lambda p: f"{p[0].name}-{p[1]}")
def seen(request: pytest.FixtureRequest) -> tuple[Profile, Document]:
    profile, form = request.param
    return profile, _as_text(profile) if form == "text" else _as_html(profile)


def _tables(document: Document) -> list[Table]:
    return [b for c in document.chapters for _, b in walk_blocks(c) if isinstance(b, Table)]


def test_the_title_is_the_heading_above_the_chapters(seen):
    profile, document = seen

    assert document.title == profile.title


def test_each_chapter_has_the_date_that_it_prints(seen):
    profile, document = seen

    assert tuple((c.title, c.date.isoformat()) for c in document.chapters if c.date) == profile.dates


def test_each_note_belongs_to_its_chapter(seen):
    profile, document = seen

    assert tuple(len(c.notes) for c in document.chapters) == profile.notes
    assert all(len({n.label for n in c.notes}) == len(c.notes) for c in document.chapters)


def test_a_reference_without_its_note_is_a_warning(seen):
    profile, document = seen

    assert [(w.code, w.chapter, w.detail) for w in document.warnings] == [
        ("missing_note", chapter, label) for chapter, label in profile.missing
    ]


def test_every_section_stands_under_its_parents(seen):
    profile, document = seen

    found = tuple(
        tuple("/".join(s.title.plain for s in path) for path in walk_sections(chapter.sections))
        for chapter in document.chapters
    )
    assert found == profile.sections


def test_every_table_is_a_table(seen):
    profile, document = seen

    tables = _tables(document)

    assert [t.caption.plain if t.caption else None for t in tables] == [t.caption for t in profile.tables]
    for found, wanted in zip(tables, profile.tables, strict=True):
        width = max(len(r.cells) for r in found.rows)
        assert (found.shape, (len(found.rows), width)) == (wanted.shape, wanted.size), wanted.caption
        assert "".join(r.label for r in found.caption.refs) == wanted.refs, wanted.caption
        assert tuple(c.plain for r in found.header for c in r.cells) == wanted.header, wanted.caption
        assert tuple(r.cells[0].plain for r in found.rows if r.is_band) == wanted.bands, wanted.caption
        assert len(found.legend) == wanted.legend, wanted.caption
        if wanted.firsts:
            assert tuple(r.cells[0].plain for r in found.rows) == wanted.firsts


def test_a_total_row_keeps_its_empty_cells(seen):
    _, document = seen

    donors = next(t for t in _tables(document) if len(t.rows[0].cells) == 4)

    assert [bool(c.paragraphs) for c in donors.rows[-1].cells] == [True, False, False, True]


def test_a_group_stands_in_each_of_its_rows_and_one_operator_may_have_two_activities(seen):
    _, document = seen

    operators = next(t for t in _tables(document) if t.shape == "grouped")

    assert [r.cells[0].plain for r in operators.rows[:2]] == ["Governmental", "Governmental"]
    assert [len(r.cells[2].paragraphs) for r in operators.rows[:2]] == [2, 1]


def test_land_release_has_cells_of_several_paragraphs(seen):
    _, document = seen

    table = next(t for t in _tables(document) if t.caption and t.caption.plain == "Land release overview")

    assert len(table.rows[0].cells[1].paragraphs) == 2
    assert len(table.rows[2].cells[1].paragraphs) >= 4


def test_a_blank_before_a_marker_is_no_part_of_the_text(seen):
    _, document = seen

    for chapter in document.chapters:
        for _, block in walk_blocks(chapter):
            text = block.caption if isinstance(block, Table) else block.text
            assert text is None or (text.plain == text.plain.strip() and "[" not in text.plain[-3:])


def test_a_cross_reference_that_stands_alone_is_told_from_a_paragraph(seen):
    _, document = seen

    last = list(walk_blocks(document.chapters[0]))[-1][1]

    assert last.kind == "cross_reference"


def test_text_and_html_of_one_profile_read_the_same(seen):
    profile, document = seen

    assert document == profile.document


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
def test_a_page_of_bare_paragraphs_reads_as_its_text(profile):
    from html import escape

    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in profile.text.split("\n") if line)
    broken = "<br><br>".join(escape(line) for line in profile.text.split("\n") if line)

    assert extract(f"<body>{paragraphs}".encode(), media_type="text/html") == profile.document
    assert extract(f"<body>{broken}".encode(), media_type="text/html") == profile.document


@pytest.mark.parametrize("number", range(1, LAST + 1))
@pytest.mark.parametrize("form", [as_html, as_text, as_markdown])
def test_every_edition_of_ruritania_reads_back_in_every_form(number, form):
    page = read(form(edition(number)).encode(), media_type=None)

    assert isinstance(page, ReadPage)
    assert page.document == edition(number).document
    assert [norm_sha256(c) for c in page.document.chapters] == [
        norm_sha256(c) for c in edition(number).document.chapters
    ]


def test_the_view_counter_inside_the_content_is_dropped_by_a_rule_that_can_be_shown():
    page = read(as_html(edition(6)).encode(), media_type="text/html")

    counters = [(line, rule) for line, rule in page.dropped if "viewed" in line]
    assert len(counters) == 1 and counters[0][0] == "This page has been viewed 1,389 times."


def test_furniture_alone_leaves_the_document_as_it_was():
    assert extract(as_html(edition(6)).encode(), media_type="text/html") == edition(5).document
    assert as_html(edition(6)) != as_html(edition(5))


def test_ruritania_has_only_its_six_editions():
    with pytest.raises(IndexError):
        edition(7)
