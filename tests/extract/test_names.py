"""What is a title, a heading, a caption or a header, where the words alone do not tell."""

import pytest

from tracker.cli.demo.rendered import as_html, as_text
from tracker.cli.demo.ruritania import edition
from tracker.document.model import Document, Table, walk_blocks
from tracker.extract import extract

ROWS = "<tr><td>North</td><td>1</td></tr><tr><td>South</td><td>2</td></tr>"


def read(page: str) -> Document:
    return extract(f"<body><main>{page}</main></body>".encode(), media_type="text/html", publisher="monitor")


def titles(document: Document) -> list[tuple[str, str | None]]:
    return [(c.title, c.date_text) for c in document.chapters]


def table(inner: str) -> tuple[list[str], Table]:
    """The headings that stand above the one table, and the table."""
    document = read(f"<h1>Zembla</h1><h2>Impact</h2><p>Last updated: 1 May 2020</p>{inner}")
    ((path, found),) = ((p, b) for p, b in walk_blocks(document.chapters[0]) if isinstance(b, Table))
    return [s.title.plain for s in path], found


def caption(found: Table) -> str | None:
    return found.caption.plain if found.caption is not None else None


@pytest.mark.parametrize(
    "names",
    [("Mine Ban Policy and Practice", "Impact"), ("Mine Ban Policy", "Harm Done"), ("Mine Ban Policy", "Impact")],
)
def test_where_dates_precede_titles_an_unknown_bold_line_after_a_date_is_one(names):
    one, two = names
    document = read(
        f"<p><b>Zembla</b></p><p>Last updated: 1 May 2020</p><p><b>{one}</b></p><p>Text one is here.</p>"
        f"<p>Last updated: 3 June 2021</p><p><b>{two}</b></p><p>Text two is there.</p>"
    )

    assert titles(document) == [(one, "1 May 2020"), (two, "3 June 2021")]
    assert document.title == "Zembla"


@pytest.mark.parametrize("first", ["", "<h2>Mine Ban Policy</h2><p>Last updated: 1 May 2020</p><p>Text.</p>"])
def test_an_unknown_title_before_its_date_stays_one_though_its_first_section_bears_a_known_title(first):
    document = read(
        f"<h1>Zembla</h1>{first}<h2>Harm Done</h2><p>Last updated: 3 June 2021</p><h3>Casualties</h3><p>Text.</p>"
    )

    assert titles(document)[-1] == ("Harm Done", "3 June 2021")
    assert [s.title.plain for s in document.chapters[-1].sections] == ["Casualties"]


@pytest.mark.parametrize("name", ["Impact of the Mines", "Harm Done"])
def test_a_renamed_chapter_keeps_its_sections_and_tables(name):
    text = as_text(edition(1)).replace("\nImpact\n\nLast updated", f"\n{name}\n\nLast updated", 1)
    html = as_html(edition(1)).replace(">Impact</h2>", f">{name}</h2>", 1)

    for before, after, kind in ((as_text(edition(1)), text, "text/plain"), (as_html(edition(1)), html, "text/html")):
        old, new = (extract(p.encode(), media_type=kind, publisher="monitor") for p in (before, after))
        (was,) = (c for c in old.chapters if c.title == "Impact")
        (now,) = (c for c in new.chapters if c.title == name)
        assert (now.blocks, now.sections, now.notes) == (was.blocks, was.sections, was.notes)


@pytest.mark.parametrize("line", ["<p><b>Mines found</b></p>", "<p>Mines found[2]</p>", "<h4>Mines found[2]</h4>"])
def test_an_empty_line_between_a_caption_and_its_table_changes_nothing(line):
    close, apart = (table(f"{line}{gap}<table>{ROWS}</table>")[1] for gap in ("", "<p>&nbsp;</p><p>&nbsp;</p>"))

    assert caption(close) == "Mines found"
    assert apart == close


@pytest.mark.parametrize("own", ["<caption>Mines found</caption>", "<tr><td colspan=2>Mines found[2]</td></tr>"])
def test_a_heading_above_a_table_that_has_a_caption_stays_a_heading(own):
    path, found = table(f"<h4>Land release overview</h4><table>{own}{ROWS}</table>")

    assert path == ["Land release overview"]
    assert caption(found) == "Mines found"


def test_a_marked_first_row_over_the_whole_width_is_the_caption():
    for row in ("<tr><td colspan=2><b>Mines found</b></td></tr>", "<tr><th colspan=2>Mines found</th></tr>"):
        path, found = table(f"<h4>Land release overview</h4><table>{row}{ROWS}</table>")
        assert (path, caption(found)) == (["Land release overview"], "Mines found")
    _, found = table("<table><tr><th>Mines found</th></tr><tr><td>North</td></tr><tr><td>South</td></tr></table>")
    assert caption(found) == "Mines found"


def test_a_marked_first_row_that_is_a_band_of_several_or_a_known_one_is_no_caption():
    band = "<tr><td colspan=2><b>{}</b></td></tr>"
    several = table(f"<table>{band.format('In 2019')}{ROWS}{band.format('In 2020')}{ROWS}</table>")[1]
    known = table(f"<table>{band.format('Casualties')}{ROWS}</table>")[1]
    below = table(f"<p>Mines found[2]</p><table>{band.format('By hand')}{ROWS}</table>")[1]

    assert [(caption(t), t.rows[0].is_band) for t in (several, known, below)] == [
        (None, True),
        (None, True),
        ("Mines found", True),
    ]


def test_a_header_that_begins_with_a_known_title_stays_one_though_the_others_are_unknown():
    head = "<tr><td><b>Operator</b></td><td><b>Dogs</b></td><td><b>Machines</b></td></tr>"
    _, found = table(f"<table>{head}<tr><td>North</td><td>1</td><td>2</td></tr></table>")

    assert [c.plain for c in found.header[0].cells] == ["Operator", "Dogs", "Machines"]


@pytest.mark.parametrize("link", ['<a class="headerlink" href="#use">¶</a>', '<a href="#use">#</a>'])
def test_a_headings_link_to_itself_is_no_part_of_it(link):
    document = read(
        f"<h1>Z{link}</h1><h2>Impact{link}</h2><p>Last updated: 1 May 2020</p><h3>Use{link}</h3><p>None.</p>"
    )

    assert titles(document) == [("Impact", "1 May 2020")]
    assert [s.title.plain for s in document.chapters[0].sections] == ["Use"]
