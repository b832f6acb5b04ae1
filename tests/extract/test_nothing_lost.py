"""No word of the content is lost, whatever the page names it, and where words are left out a warning says so."""

import pytest

from tracker.document.canonical import canonical_text
from tracker.document.model import Document, Table, walk_blocks
from tracker.extract import extract
from tracker.extract.chapters import MAX_PIECES


def read(inner: str, *, title: str = "Impact", above: str = "", below: str = "") -> Document:
    page = (
        f"<html><body><main><h1>Zembla</h1>{above}<h2>{title}</h2><p>Last updated: 1 May 2020</p>{inner}</main>{below}"
        "</body></html>"
    )
    return extract(page.encode(), media_type="text/html", publisher="monitor")


def words(document: Document) -> str:
    return "\n".join(canonical_text(chapter) for chapter in document.chapters)


def as_text(text: str, *, media_type: str = "text/plain") -> Document:
    head = "# Zembla\n\n## Impact\n\n" if media_type == "text/markdown" else "Zembla\n\nImpact\n\n"
    return extract(f"{head}Last updated: 1 May 2020\n\n{text}\n".encode(), media_type=media_type, publisher="monitor")


@pytest.mark.parametrize(
    "content",
    [
        '<p class="consent">Owners agreed.</p>',
        '<p id="cookie-banner">Owners agreed.</p>',
        '<div id="informed-consent"><p>Owners agreed.</p></div>',
        '<div id="cookie-factory">Owners agreed.</div>',
        '<section class="consent-treaty"><p>Owners agreed.</p></section>',
    ],
)
def test_a_name_that_holds_the_word_consent_or_cookie_hides_no_content(content):
    assert "Owners agreed." in words(read(content))


@pytest.mark.parametrize(
    "bar",
    [
        '<div id="cookie-bar" role="dialog">{}</div>',
        '<div class="cookie-consent">{}</div>',
        '<div class="CookieBanner">{}</div>',
        '<div id="gdpr-notice">{}</div>',
        '<div class="cc-cookies"><h3>Your privacy</h3>{}</div>',
    ],
)
def test_a_bar_that_asks_for_cookies_is_no_content(bar):
    assert words(read(bar.format("<p>We use cookies.</p>") + "<p>Text.</p>")) == words(read("<p>Text.</p>"))


def test_a_button_that_is_the_whole_of_a_heading_is_its_text_and_any_other_is_none():
    document = read(
        "<h4><button>Use in 2020</button></h4><p>None.</p><h4>Transfer <button>Copy</button></h4><p>None.</p>"
        "<button>Share</button>"
    )

    assert [s.title.plain for s in document.chapters[0].sections] == ["Use in 2020", "Transfer"]
    assert "Share" not in words(document)


def test_the_lines_of_a_caption_below_its_first_are_legend():
    document = read(
        "<table><caption><p>Mines found</p><p>By hand</p>In the north<br>In the south</caption>"
        "<tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>"
    )
    (table,) = (block for _, block in walk_blocks(document.chapters[0]) if isinstance(block, Table))

    assert table.caption is not None and table.caption.plain == "Mines found"
    assert [t.plain for t in table.legend] == ["By hand", "In the north", "In the south"]


def test_words_parted_by_bars_are_content_but_below_the_jump_line_or_where_all_are_headings():
    jump = "<p>Jump to a specific section of the profile:</p><p>&nbsp;</p><p>North | South | East</p>"
    headings = "<p>Treaty Status | Management &amp; Coordination | Impact (casualties)</p>"

    assert words(read(jump + headings + "<p>Text.</p>")) == words(read("<p>Text.</p>"))
    assert "North | South | East" in words(read("<p>North | South | East</p>"))
    assert "North | South | East" in words(as_text("Text.\n\nNorth | South | East"))
    assert "North" not in words(as_text("Jump to a specific section of the profile:\n\nNorth | South | East\n\nText."))


def test_a_sentence_above_the_first_chapter_stands_at_its_head_and_short_words_there_are_a_warning():
    above = "Zembla is a state in the north that has cleared its mines."
    document = read("<p>Text.</p>", above=f"<p>Home</p><p>{above}</p>")

    assert [b.text.plain for b in document.chapters[0].blocks] == [above, "Text."]
    assert [(w.code, w.detail) for w in document.warnings] == [
        ("outside_chapters", "4 characters above the first chapter: Home")
    ]


def test_a_chapter_beside_the_element_of_the_content_is_read():
    other = "<div><h2>Mine Ban Policy</h2><p>Last updated: 2 May 2020</p><p>Zembla joined.</p></div>"
    document = read("<p>Text.</p>", below=other)

    assert [c.title for c in document.chapters] == ["Impact", "Mine Ban Policy"]
    assert "Zembla joined." in words(document)


def test_a_date_outside_the_content_that_no_known_title_stands_beside_is_a_warning():
    document = read("<p>Text.</p>", below="<div><p>About us</p><p>Last updated: 2 May 2020</p></div>")

    assert [c.title for c in document.chapters] == ["Impact"]
    assert [(w.code, w.detail) for w in document.warnings] == [("outside_content", "Last updated: 2 May 2020")]


def test_markdown_keeps_stars_that_mark_nothing_and_words_in_angles_that_are_no_tags():
    text = "2.44km²** of 5 * 3, 2*3, <name of owner>, **bold**, *slanted*, <b>tagged</b>, 4km<sup>2</sup>, ~~gone~~."
    document = as_text(f"{text}\n\n**Half of it.", media_type="text/markdown")

    assert words(document).splitlines()[2:] == [
        "2.44km²** of 5 * 3, 2*3, <name of owner>, bold, slanted, tagged, 4km², gone.",
        "**Half of it.",
    ]


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown"])
def test_lines_led_by_a_number_in_brackets_are_notes_in_text_and_markdown(media_type):
    chapter = as_text("Cleared.[1] Found.[2]\n\n[1] Ibid.\n[2] Idem.", media_type=media_type).chapters[0]

    assert [(n.label, n.text.plain) for n in chapter.notes] == [("1", "Ibid."), ("2", "Idem.")]


def test_a_number_in_brackets_far_from_every_note_is_words_and_a_missing_notes_is_a_reference():
    text = "Some [300] men.[2] Others.[4]\n\n[1] Ibid.\n[2] Ibid."
    html = "<p>Some [300] men.[2] Others.[4]</p><p>[1] Ibid.</p><p>[2] Ibid.</p>"

    for document in (as_text(text), as_text(text, media_type="text/markdown"), read(html)):
        block = document.chapters[0].blocks[0]
        assert block.text.plain == "Some [300] men. Others."
        assert [r.label for r in block.text.refs] == ["2", "4"]
        assert [(w.code, w.detail) for w in document.warnings] == [("missing_note", "4")]


def test_tables_past_the_last_piece_that_is_read_keep_their_words():
    rows = "<tr><td>North</td><td>one</td></tr><tr><td>South</td><td>two</td></tr>"
    found = words(read("<p>a</p>" * MAX_PIECES + f"<table><caption>Found</caption>{rows}</table><p>After.</p>"))

    assert found.splitlines()[-1] == "a a a Found North one South two After."


def test_a_raised_number_is_no_digit_of_the_number_before_it():
    document = read("<p>10<sup>6</sup> of 5km<sup>2</sup> on the 20<sup>th</sup>, CO<sub>2</sub>.<sup>[1]</sup></p>")

    assert document.chapters[0].blocks[0].text.plain == "10⁶ of 5km² on the 20th, CO₂."
