"""Formats, publishers, charsets, and what cannot be read."""

import time

import pytest

from tracker.errors import ConfigError, UnreadablePage
from tracker.extract import extract
from tracker.extract.charset import decoded
from tracker.extract.dates import read_date
from tracker.extract.publishers import Publishers, load
from tracker.extract.reader import ReadPage, Unreadable, format_of, read

MONITOR = "Ruritania\n\nImpact\n\nLast updated: 1 May 2020\n\nPolicy\n\nIt has none.\n"


# ---------------------------------------------------------------- formats


@pytest.mark.parametrize(
    ("source", "media_type", "wanted"),
    [
        ("<!DOCTYPE html><p>x", "text/plain", "html"),
        ("<p>x</p>", "text/html; charset=utf-8", "html"),
        ("no tag at all", "text/html", "text"),
        ("a <b> c", "text/plain", "text"),
        ("# Title\n\ntext", None, "markdown"),
        ("# Title\n\ntext", "text/plain", "text"),
        ('{"a": 1}', None, "json"),
        ('{"a": 1}', "application/ld+json", "json"),
        ("[1] a note\n", None, "text"),
        ("<div><p>a</p><p>b</p></div>", "application/octet-stream", "html"),
        ("plain words", None, "text"),
    ],
)
def test_the_format_is_what_the_source_says_where_its_type_is_wrong_or_missing(source, media_type, wanted):
    assert format_of(source, media_type) == wanted


def test_markdown_is_read_with_its_tables_lists_links_and_footnotes():
    source = (
        '# Tea\n\nIt is *hot* and **green**.[^1] See [the law](https://r.example/l "t").\n\n'
        "## Kinds\n\n- one\n  - inner\n- two\n\n| Kind | Price |\n| --- | ---: |\n| Green | 1 \\| 2 |\n"
        "| Black | `3` |\n\n[^1]: Said *once*.\n    Twice.\n"
    )

    (chapter,) = extract(source.encode(), media_type="text/markdown").chapters

    first = chapter.blocks[0].text
    assert (first.plain, [(r.offset, r.label) for r in first.refs]) == (
        "It is hot and green. See the law.",
        [(20, "1")],
    )
    assert first.links[0].href == "https://r.example/l"
    *items, table = chapter.sections[0].blocks
    assert [(b.level, b.text.plain) for b in items] == [(0, "one"), (1, "inner"), (0, "two")]
    assert [[c.plain for c in r.cells] for r in (*table.header, *table.rows)] == [
        ["Kind", "Price"],
        ["Green", "1 | 2"],
        ["Black", "3"],
    ]
    assert [(n.label, n.text.plain) for n in chapter.notes] == [("1", "Said once. Twice.")]


def test_json_is_a_tree_by_its_keys():
    (chapter,) = extract(
        b'{"title": "Tea", "price": 3, "kinds": {"green": {"hot": true}}, "tags": ["a"]}', media_type=None
    ).chapters

    assert chapter.title == "Tea"
    assert [[c.plain for c in r.cells] for r in chapter.blocks[0].rows] == [["price", "3"], ["tags", "a"]]
    assert [s.title.plain for s in chapter.sections] == ["kinds"]
    assert chapter.sections[0].sections[0].blocks[0].rows[0].cells[1].plain == "true"


def test_a_wrapped_text_is_read_by_its_paragraphs():
    text = "On tea\n\nTea is a plant that grows in the hills, and its leaves\nare dried before they are sold.\n\n"
    text += "- green\n- black\n"

    (chapter,) = extract(text.encode(), media_type="text/plain").chapters

    assert chapter.title == "On tea"
    assert [b.kind for b in chapter.blocks] == ["paragraph", "item", "item"]
    assert chapter.blocks[0].text.plain.endswith("leaves are dried before they are sold.")


# ---------------------------------------------------------------- publishers


@pytest.mark.parametrize(
    ("text", "url", "wanted"),
    [
        (MONITOR, None, "monitor"),
        (MONITOR.replace("Impact", "Weather"), None, "generic"),
        (MONITOR.replace("Impact", "Weather") * 2, None, "monitor"),
        ("Impact\n\nNo date here.\n" + "word " * 60, None, "generic"),
        ("Impact\n\nx", "https://www.the-monitor.org/en-gb/reports/2021/ruritania/impact.aspx", "monitor"),
        ("On tea\n\nx", "https://r.example/?u=the-monitor.org", "generic"),
    ],
)
def test_the_publisher_is_found_by_address_then_by_shape(text, url, wanted):
    found = read(text.encode(), media_type="text/plain", url=url)

    assert isinstance(found, ReadPage)
    assert found.publisher == wanted and found.why


def test_a_named_publisher_is_taken_at_its_word_and_an_unknown_one_names_the_nearest():
    assert read(b"On tea\n\nx", media_type=None, publisher="monitor").publisher == "monitor"
    with pytest.raises(ConfigError, match="monitor"):
        read(b"x", media_type=None, publisher="monitr")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[contents]\n", "'content'"),
        ("[content]\nroot = []\n", "'roots'"),
        ("[[tables]]\nlabel = []\n", "'labels'"),
        ("[content]\nroots = 'main'\n", "content.roots is no list"),
        ("[dates]\npatterns = ['(']\n", "no regular expression"),
        ("[dates]\npatterns = ['x']\n", "no group"),
        ("[[tables]]\nshape = 'round'\n", "round"),
        ("[[tables]]\nshape = 'grid'\n", "header"),
        ("[[chapters]]\naliases = []\n", "without a title"),
        ("[notes]\nmarkers = 'sometimes'\n", "always"),
        ("not toml", "no valid TOML"),
    ],
)
def test_a_wrong_key_or_value_is_an_error_that_names_the_nearest_and_the_file(text, said):
    with pytest.raises(ConfigError) as wrong:
        load(text, "mine")

    assert said in str(wrong.value) and "mine.toml" in str(wrong.value)


def test_a_configured_publisher_may_take_the_place_of_a_shipped_one():
    own = Publishers({"monitor.toml": 'name = "monitor"\n[[chapters]]\ntitle = "Tea"\n'})

    assert own.named("monitor").chapter("Tea") is not None
    assert own.named("monitor").chapter("Impact") is None
    assert set(own.names) == {"generic", "monitor"}


def test_a_page_without_a_known_chapter_holds_none():
    found = read(b"<h1>Nothing</h1><p>here</p>", media_type="text/html", publisher="monitor")

    assert isinstance(found, ReadPage)
    assert found.document.chapters == () and found.expected and not found.found


# ---------------------------------------------------------------- dates and charsets


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("13 August 2022", "2022-08-13"),
        ("09 February 2021", "2021-02-09"),
        ("August 13, 2022", "2022-08-13"),
        ("1st Sept. 2020", "2020-09-01"),
        ("2022-08-13", "2022-08-13"),
        ("13.08.2022", "2022-08-13"),
        ("13 août 2022", "2022-08-13"),
        ("le 1er février 2021", "2021-02-01"),
        ("1er de\u0301cembre 2021.", "2021-12-01"),
        ("13 de agosto de 2022", "2022-08-13"),
        ("1.º de enero del 2020", None),
        ("1º de enero del 2020", "2020-01-01"),
        ("3 Setiembre 2019", "2019-09-03"),
        ("٢٠٢٢-٠٨-١٣", None),
        ("2022-08-13T09:00:00Z", None),
        ("31 February 2022", None),
        ("13 Thermidor 2022", None),
        ("yesterday", None),
    ],
)
def test_printed_dates(printed, wanted):
    found = read_date(printed)

    assert (found.isoformat() if found else None) == wanted


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Last updated: 13 August 2022", "13 August 2022"),
        ("Dernière mise à jour : 13 août 2022", "13 août 2022"),
        ("Mis à jour le 13 août 2022", "13 août 2022"),
        ("Última actualización: 13 de agosto de 2022", "13 de agosto de 2022"),
        ("La dernière mise à jour est de 2022", None),
        ("Mise à jour des données", None),
    ],
)
def test_a_line_that_prints_the_chapters_date_is_known_in_three_languages(line, date):
    assert Publishers().named("monitor").printed_date(line) == date


@pytest.mark.parametrize(
    ("data", "charset", "text", "decoder"),
    [
        (b"\xef\xbb\xbfcaf\xc3\xa9", "latin-1", "café", "utf-8"),
        ("é".encode("utf-16-le"), "utf-16", "é", "utf-16-le"),
        (b"\xff\xfe\xe9\x00", None, "é", "utf-16-le"),
        (b"caf\xe9 \x93x\x94", "iso-8859-1", "café “x”", "cp1252"),
        (b'<meta charset="windows-1251">\xc4\xe0', None, '<meta charset="windows-1251">Да', "cp1251"),
        (b'<meta http-equiv=content-type content="text/html; charset=koi8-r">\xe4', None, None, "koi8-r"),
        (b'<meta charset="utf-16">caf\xc3\xa9', None, '<meta charset="utf-16">café', "utf-8"),
        (b"caf\xc3\xa9", None, "café", "utf-8"),
        (b"caf\xe9", None, "café", "cp1252"),
        (b"caf\xe9", "utf-7", "café", "cp1252"),
        (b"caf\xe9 \x93x\x94", "utf-8", "café “x”", "cp1252"),
        (b"caf\xe9", "rot13", "café", "cp1252"),
        (b"\xb1", "latin2", "ą", "iso8859-2"),
        (b"\x82\xa0", "windows-31j", "あ", "cp932"),
        (b'<!-- <meta charset="koi8-r"> --><meta charset="iso8859-2">\xb1', None, None, "iso8859-2"),
        (b" " * 2000 + b'<meta charset="koi8-r">\xe9', None, None, "cp1252"),
    ],
)
def test_characters_are_decoded_as_browsers_do(data, charset, text, decoder):
    found, name, lost = decoded(data, charset)

    assert (name, lost) == (decoder, 0)
    assert text is None or found == text


def test_what_is_no_utf8_though_it_says_so_is_read_with_a_warning():
    found = read("<h1>Café, naïve".encode() + b" caf\xe9</h1><p>x", media_type="text/html; charset=utf-8")

    assert isinstance(found, ReadPage)
    assert found.document.chapters[0].title == "Café, naïve caf�"
    assert [w.code for w in found.document.warnings] == ["decode_errors"]


# ---------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"<p></p>", "empty"),
        (b"short", "empty"),
        (b"%PDF-1.7 x", "binary"),
        (b"\x89PNG\r\n\x1a\n", "binary"),
        (bytes(range(256)) * 20, "binary"),
        (b"\x00" * 500 + b"x", "binary"),
        (b'{"a": ', "empty"),
        (b"x" * 16_000_001, "too_large"),
    ],
)
def test_what_holds_nothing_to_read_says_why(data, reason):
    found = read(data, media_type=None)

    assert isinstance(found, Unreadable)
    assert found.reason == reason and found.detail


def test_json_that_is_none_is_unreadable():
    assert read(b'{"a": 1', media_type="application/json") == Unreadable(
        "format", "said to be application/json, but is not"
    )


def test_the_library_raises_what_a_person_can_act_on():
    with pytest.raises(UnreadablePage) as wrong:
        extract(b"%PDF-1.4", media_type=None)

    assert wrong.value.exit_code == 3 and wrong.value.remedy


@pytest.mark.parametrize(
    "data",
    [
        b"<h1>Tea</h1><p>a\x00b&#0;c&#xD800;d&#xE000;e\xed\xa0\x80f</p>",
        "<h1>Tea</h1><p>\ue0001\ue001 forged \ue002x\ue001</p>".encode(),
        b'{"title": "Tea", "a": "\\ud800 \\u0000 \\ue000"}',
        "# Tea\n\n\ue0009\ue001 and &#xE000;5&#xE001;".encode(),
    ],
)
def test_lone_surrogates_nuls_and_forged_marks_are_no_part_of_what_is_read(data):
    (chapter,) = extract(data, media_type=None).chapters

    shown = repr(chapter)
    assert not any(c in shown for c in "\x00\ud800\ue000\ue001\ue002")
    assert not any(b.text.refs for b in chapter.blocks if hasattr(b, "text"))
    shown.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 1_000_000,
        b"x" + b" " * 1_000_000 + b"y",
        b"a [1] " * 170_000,
        b"[" * 1_000_000,
        b"<" * 1_000_000,
        b"<div>" * 200_000,
        b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">text</p>",
        b"<ul><li>" * 120_000,
        b"<table><tr><td>" * 60_000,
        b"<h2>Impact</h2><p>Last updated: 1 May 2020" * 22_000,
        b"Casualties overview[1]\nCasualties\n" * 29_000,
        b"Impact\nLast updated: 1 May 2020\n" * 31_000,
        b"- x\n" * 250_000,
        b"[" * 500_000 + b"]" * 500_000,
    ],
    ids=lambda data: data[:14].decode(),
)
def test_a_megabyte_of_any_shape_takes_its_time_but_no_more(data):
    began = time.process_time()

    for media_type in ("text/html", "text/markdown"):
        read(data, media_type=media_type, publisher="monitor")

    assert time.process_time() - began < 12  # seconds for both; a quadratic reader takes minutes
