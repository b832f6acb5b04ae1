"""How pages are read: notes in all their clothes, headings, tables, furniture, and pages that are broken."""

import pytest

from tracker.document.model import Link, Note, Prose, Table, Text
from tracker.extract import extract
from tracker.extract.reader import ReadPage, read


def page(inner: str, *, publisher: str | None = "monitor", title: str = "Impact"):
    """The one chapter that this HTML holds, below a title and a date where the publisher asks for them."""
    head = f"<h2>{title}</h2><p>Last updated: 1 May 2020</p>" if publisher == "monitor" else ""
    document = extract(f"<body>{head}{inner}</body>".encode(), media_type="text/html", publisher=publisher)
    return document.chapters[0]


def refs(text: Text) -> list[tuple[int, str]]:
    return [(r.offset, r.label) for r in text.refs]


CLOTHES = {
    "a word processor": (
        '<a href="#_ftn1" name="_ftnref1" title="">[1]</a>',
        '<p><a href="#_ftnref1" name="_ftn1" title="">[1]</a> Ibid.</p>',
    ),
    "sup around it": (
        '<sup><a name="_ftnref1" href="#_ftn1">[1]</a></sup>',
        '<p><sup><a name="_ftn1" href="#_ftnref1">[1]</a></sup> Ibid.</p>',
    ),
    "id, sup inside": (
        '<a href="#_ftn1" id="_ftnref1"><sup>1</sup></a>',
        '<p id="x"><a href="#_ftnref1" id="_ftn1">1</a> Ibid.</p>',
    ),
    "a whole address": (
        '<a href="https://x.example/p.aspx#_ftn1">[1]</a>',
        '<div id="ftn1"><p><a href="https://x.example/p.aspx#_ftnref1">[1]</a> Ibid.</p></div>',
    ),
    "an end note": (
        '<a href="file:///C:/a.docx#_edn1" name="_ednref1">[1]</a>',
        '<p><a href="#_ednref1" name="_edn1">[1]</a>Ibid.</p>',
    ),
    "words alone": ("[1]", "<p>[1] Ibid.</p>"),
    "an empty anchor": ("<sup>[1]</sup>", '<p><a name="_ftn1"></a>[1] Ibid.</p>'),
    "a list of notes": (
        '<sup>[<a href="#fn1">1</a>]</sup>',
        '<ol class="footnotes"><li id="fn1">Ibid. <a href="#fnref1">↩</a></li></ol>',
    ),
    "a Markdown tool": (
        '<sup id="fnref:1"><a href="#fn:1">1</a></sup>',
        '<div class="footnotes"><ol><li id="fn:1"><p>Ibid. <a href="#fnref:1">↩</a></p></li></ol></div>',
    ),
    "a wiki": (
        '<sup id="cite_ref-1"><a href="#cite_note-1">[1]</a></sup>',
        '<ol><li id="cite_note-1"><a href="#cite_ref-1">^</a> Ibid.</li></ol>',
    ),
}


@pytest.mark.parametrize(("reference", "note"), CLOTHES.values(), ids=CLOTHES)
def test_a_note_is_a_note_in_all_its_clothes(reference, note):
    chapter = page(f"<p>It ended.{reference} It is over.</p>{note}")

    assert [b.text.plain for b in chapter.blocks] == ["It ended. It is over."]
    assert refs(chapter.blocks[0].text) == [(9, "1")]
    assert chapter.notes == (Note("1", Text("Ibid.")),)


def test_a_note_of_several_paragraphs_is_one_note():
    chapter = page(
        '<p>So.[1]</p><div id="ftn1"><p><a href="#_ftnref1" name="_ftn1">[1]</a> One.</p><p>Two.</p></div><p>After.</p>'
    )

    assert chapter.notes == (Note("1", Text("One. Two.")),)
    assert [b.text.plain for b in chapter.blocks] == ["So.", "After."]


def test_a_link_is_kept_and_a_notes_anchor_is_none():
    text = (
        page('<p>See <a href="https://r.example/law">the law</a>.<a href="#_ftn1">[1]</a></p><p>[1] Ibid.</p>')
        .blocks[0]
        .text
    )

    assert text.plain == "See the law."
    assert text.links == (Link(4, 11, "https://r.example/law"),)
    assert refs(text) == [(12, "1")]


def test_a_link_that_runs_a_script_is_its_words():
    assert page('<p>Press <a href="javascript:alert(1)">here</a> now.</p>').blocks[0].text == Text("Press here now.")


def test_bold_short_paragraphs_are_headings_and_bold_sentences_are_not():
    chapter = page("<p><b>Funding</b></p><p>Some.</p><p><strong>It was never paid back.</strong></p>")

    assert [s.title.plain for s in chapter.sections] == ["Funding"]
    assert [b.text.plain for b in chapter.sections[0].blocks] == ["Some.", "It was never paid back."]


def test_headings_nest_by_their_marks_where_no_rule_knows_them():
    chapter = page("<h3>North</h3><p>a</p><h4>Town</h4><p>b</p><h5>Street</h5><p>c</p><h3>South</h3><p>d</p>")

    north, south = chapter.sections
    assert (north.title.plain, north.sections[0].title.plain, south.title.plain) == ("North", "Town", "South")
    assert north.sections[0].sections[0].title.plain == "Street"


def test_lists_keep_their_levels():
    chapter = page("<ul><li>one<ul><li>inner</li></ul></li><li><p>two</p></li></ul><p>after</p>")

    assert [(b.kind, b.level, b.text.plain) for b in chapter.blocks] == [
        ("item", 0, "one"),
        ("item", 1, "inner"),
        ("item", 0, "two"),
        ("paragraph", 0, "after"),
    ]


@pytest.mark.parametrize(
    "date",
    [
        "<h2>Impact</h2><p>Last updated: 1 May 2020</p>",
        "<h2>Impact</h2><p><em>Last Updated:</em>&nbsp;<b>1 May 2020</b></p>",
        "<p>Last Updated: 1 May 2020</p><h2>Impact</h2>",
        "<p><b>Impact</b><br>Last updated: 1 May 2020</p>",
        "<div>Impact</div><div>Last updated: 1 May 2020</div>",
    ],
)
def test_a_date_stands_before_or_after_its_chapters_title(date):
    document = extract(f"<h1>Ruritania</h1>{date}<p>Text.</p>".encode(), media_type="text/html")

    (chapter,) = document.chapters
    assert (document.title, chapter.title, chapter.date_text) == ("Ruritania", "Impact", "1 May 2020")
    assert chapter.date.isoformat() == "2020-05-01"
    assert [b.text.plain for b in chapter.blocks] == ["Text."]


def test_a_date_that_cannot_be_read_is_kept_as_printed_and_is_a_warning():
    document = extract(
        b"<h2>Impact</h2><p>Last updated: 31 Febuary 2020</p><p>x</p>", media_type="text/html", publisher="monitor"
    )

    assert (document.chapters[0].date, document.chapters[0].date_text) == (None, "31 Febuary 2020")
    assert [w.code for w in document.warnings] == ["bad_date"]


def test_a_chapter_that_prints_no_date_is_known_by_its_title():
    html = "<h1>R</h1><h2>Impact</h2><h3>Policy</h3><p>a</p><h2>Mine Ban Policy</h2><h3>Use</h3><p>b</p>"

    document = extract(html.encode(), media_type="text/html", publisher="monitor")

    assert [(c.title, c.date) for c in document.chapters] == [("Impact", None), ("Mine Ban Policy", None)]


# ---------------------------------------------------------------- tables


def table(inner: str, **kwargs) -> Table:
    return next(b for b in page(inner, **kwargs).blocks if isinstance(b, Table))


def cells(found: Table) -> list[list[str]]:
    return [[c.plain for c in r.cells] for r in found.rows]


def test_spans_are_filled_and_a_cell_over_several_columns_stands_in_the_first():
    found = table(
        "<table><tr><th>Kind</th><th>Name</th><th>Sum</th></tr><tr><td rowspan=2>State</td><td>A</td><td>1</td></tr>"
        "<tr><td>B</td><td>2</td></tr><tr><td colspan=2>Total</td><td>3</td></tr></table>"
    )

    assert [c.plain for c in found.header[0].cells] == ["Kind", "Name", "Sum"]
    assert cells(found) == [["State", "A", "1"], ["State", "B", "2"], ["Total", "", "3"]]
    assert found.shape == "grouped"


def test_a_row_over_the_whole_width_is_a_band():
    found = table("<table><tr><td colspan=2>In 2019</td></tr><tr><td>Men</td><td>4</td></tr></table>")

    assert [(r.is_band, len(r.cells)) for r in found.rows] == [(True, 1), (False, 2)]
    assert found.shape == "key_value"


@pytest.mark.parametrize(
    "caption",
    [
        "<table><caption>Mines found[2]</caption>{rows}</table>",
        "<p><b>Mines found[2]</b></p><table>{rows}</table>",
        "<p>Mines found [2]</p><table>{rows}</table>",
        "<table><tr><td colspan=2>Mines found[2]</td></tr>{rows}</table>",
    ],
)
def test_a_caption_stands_in_the_table_or_above_it(caption):
    found = table(caption.format(rows="<tr><td>North</td><td>1</td></tr><tr><td>South</td><td>2</td></tr>"))

    assert (found.caption.plain, refs(found.caption)) == ("Mines found", [(11, "2")])
    assert cells(found) == [["North", "1"], ["South", "2"]]


def test_a_sentence_above_a_table_is_no_caption_and_a_known_heading_is_none_either():
    found = (
        page("<h3>Treaty status</h3><table><tr><td>Mine Ban Treaty</td><td>State Party</td></tr></table>")
        .sections[0]
        .blocks[0]
    )

    assert found.caption is None
    assert table("<p>It is so.</p><table><tr><td>a</td><td>b</td></tr></table>").caption is None


@pytest.mark.parametrize("caption", ["Clearance operators", "Clearance operators at work"])
def test_the_first_cell_of_a_column_is_its_caption_and_the_bold_line_above_it_heads_the_section(caption):
    cells_of = "".join(
        f"<tr><td>{words}</td></tr>" for words in ("<b>National</b>", "ZMAA", "<b>International</b>", "NPA")
    )
    found = page(f"<p><b>Who works here</b></p><table><tr><td><b>{caption}</b></td></tr>{cells_of}</table>").sections[0]

    assert found.title.plain == "Who works here"
    assert found.blocks[0].caption.plain == caption
    assert [row.is_band for row in found.blocks[0].rows] == [True, False, True, False]


def test_legend_lines_below_a_table_are_its_own():
    chapter = page(
        "<table><tr><td>North*</td><td>1</td></tr><tr><td>South</td><td>2</td></tr></table>"
        "<p>Note: by hand.</p><p>* Half of it.</p><p>After.</p>"
    )

    assert [t.plain for t in chapter.blocks[0].legend] == ["Note: by hand.", "* Half of it."]
    assert isinstance(chapter.blocks[1], Prose)


def test_a_table_that_only_lays_out_the_page_is_no_table():
    chapter = page(
        "<table><tr><td><h3>Use</h3><p>a</p></td><td><table><tr><td>k</td><td>v</td></tr></table></td></tr></table>",
        title="Mine Ban Policy",
    )
    document = extract(
        b"<table><tr><td><h1>Impact</h1><p>Last updated: 1 May 2020</p><p>Text.</p></td></tr></table>",
        media_type="text/html",
    )

    assert chapter.sections[0].title.plain == "Use"
    assert [b.text.plain for b in document.chapters[0].blocks] == ["Text."]


# ---------------------------------------------------------------- furniture, and broken pages


def test_what_is_no_content_is_not_read():
    chapter = page(
        "<script>var a = 1;</script><style>p {}</style><nav><p>Home</p></nav><p hidden>secret</p>"
        '<div id="cookie-bar"><p>We use cookies.</p></div><p style="display: none">gone</p><p aria-hidden=true>icon</p>'
        "<p>Jump to a specific section of the profile:</p><p>Treaty Status | Management | Impact</p><p>Text.</p>"
    )

    assert [b.text.plain for b in chapter.blocks] == ["Text."]


def test_a_rule_of_a_configured_publisher_drops_a_counter():
    from tracker.extract.publishers import Publishers

    own = (
        '[match]\nurls = ["^https://r\\\\.example/"]\n[content]\ndrop = [".seen"]\ndrop_text = ["^Read \\\\d+ times$"]'
    )
    found = read(
        b"<h1>Tea</h1><p>Hot.</p><p class=seen>9</p><p>Read 17 times</p>",
        media_type="text/html",
        url="https://r.example/tea",
        publishers=Publishers({"tea.toml": own}),
    )

    assert isinstance(found, ReadPage) and found.publisher == "tea"
    assert [b.text.plain for b in found.document.chapters[0].blocks] == ["Hot."]
    assert found.dropped == (("Read 17 times", "^Read \\d+ times$"),)


@pytest.mark.parametrize(
    "broken",
    [
        "<p>One<p>Two",
        "<p>One</i></p></div></div><p>Two</p>",
        "<p>One<p>Two</body></html></table>",
        "<p a='>One<p>Two",
        "<div><p>One</div><b><p>Two</b>",
    ],
)
def test_broken_pages_are_read_as_browsers_do(broken):
    found = page(broken)

    assert found.title == "Impact"


def test_a_generic_page_is_one_undated_chapter_named_by_its_heading_or_title():
    by_heading = extract(b"<title>T | Site</title><h1>Tea</h1><h2>Green</h2><p>Good.</p>", media_type="text/html")
    by_title = extract(b"<title>Tea</title><p>" + b"Leaves. " * 40, media_type="text/html")

    assert [(c.slug, c.title, c.date) for c in by_heading.chapters] == [("tea", "Tea", None)]
    assert by_heading.chapters[0].sections[0].title.plain == "Green"
    assert [c.title for c in by_title.chapters] == ["Tea"]
