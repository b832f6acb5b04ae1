"""RSS, Atom and JSON Feed as lists of pages; the links of an index page."""

import json

import pytest

from tracker.extract.addresses import Listed, Listing, NotRead
from tracker.extract.listing import read_listing
from tracker.extract.publishers import Publishers, load

HERE = "https://ruritania.example/profiles/feed"
GENERIC = Publishers().generic


def read(body: str, *, url: str = HERE, media_type: str | None = None, publisher: str = "") -> Listing:
    rules = load(publisher, "mine") if publisher else GENERIC
    return read_listing(body.encode(), url, rules, media_type=media_type)


def test_an_rss_feed_lists_the_pages_of_its_items():
    listing = read(
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><link>https://ruritania.example/</link>'
        '<atom:link href="https://ruritania.example/feed" rel="self"/>'
        "<item><title>A</title><link>/a</link><pubDate>Sun, 14 Aug 2022 09:30:00 GMT</pubDate>"
        "<description>&lt;a href='/x'&gt;x&lt;/a&gt;</description></item>"
        "<item><guid>https://ruritania.example/b</guid></item>"
        '<item><guid isPermaLink="false">https://ruritania.example/c</guid></item></channel></rss>'
    )

    assert listing.kind == "feed" and not listing.is_whole
    assert listing.pages == (
        Listed("https://ruritania.example/a", "2022-08-14T09:30:00Z"),
        Listed("https://ruritania.example/b", None),
    )


def test_an_atom_feed_lists_the_pages_of_its_entries():
    listing = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://ruritania.example/"/><updated>2020-01-01</updated>'
        '<entry><link rel="edit" href="/edit/a"/><link href="/a"/><updated>2022-08-14T09:30:00Z</updated>'
        '<content type="xhtml"><div><a href="/x">x</a></div></content></entry>'
        '<entry><link rel="alternate" href="b"/></entry></feed>'
    )

    assert listing.pages == (
        Listed("https://ruritania.example/a", "2022-08-14T09:30:00Z"),
        Listed("https://ruritania.example/profiles/b", None),
    )


def test_a_json_feed_lists_the_pages_of_its_items():
    items = [{"url": "/a", "date_modified": "2022-08-14T09:30:00Z"}, {"id": "x"}, 7, {"url": 7}]
    listing = read(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}))

    assert listing.pages == (Listed("https://ruritania.example/a", "2022-08-14T09:30:00Z"),)


@pytest.mark.parametrize(
    "body",
    ['{"items": []}', '{"version": "https://jsonfeed.org/version/1", "items": 7}', "{", "[" * 20_000, "{" * 9_999],
)
def test_json_that_is_no_feed_is_refused_in_words(body):
    with pytest.raises(NotRead):
        read(body)


# ---------------------------------------------------------------- index pages

PAGE = """<!doctype html><html><head><title>Profiles</title><link rel="canonical" href="/profiles/">
<link rel="alternate" type="application/rss+xml" href="/rss"><link rel="alternate" hreflang="fr" href="/fr/"></head>
<body><nav><a href="/about">About us</a></nav><main><h1>Profiles of every country that there is in the world</h1>
<p>Here is a list of the profiles that we hold, each of which says what we know of a country and its ducks.</p>
<ul><li><a href="ruritania#top">Ruritania</a></li><li><a href=" /profiles/zembla ">Zembla</a></li>
<li><a href="#notes">Notes</a></li><li><a href="javascript:alert(1)">x</a></li>
<li><a href="MAILTO:a@b.example">y</a></li>
<li><a>nowhere</a></li></ul></main><footer><a href="/imprint">Imprint</a></footer></body></html>"""


def test_an_index_page_lists_the_links_of_its_content():
    listing = read(PAGE, url="https://ruritania.example/profiles/", media_type="text/html")

    assert listing.kind == "page" and listing.is_whole
    assert [p.url for p in listing.pages] == [
        "https://ruritania.example/profiles/ruritania#top",
        "https://ruritania.example/profiles/zembla",
    ]
    assert listing.feeds == ("https://ruritania.example/rss",)
    assert listing.canonical == "https://ruritania.example/profiles/"


def test_where_the_content_has_no_links_those_of_the_whole_page_are_taken():
    listing = read("<html><body><nav><a href='/a'>A</a></nav><main><p>Nothing here.</p></main></body></html>")

    assert [p.url for p in listing.pages] == ["https://ruritania.example/a"]


def test_links_are_relative_to_the_base_that_the_page_names():
    listing = read('<html><head><base href="/deep/down/"></head><body><a href="a">A</a></body></html>')

    assert [p.url for p in listing.pages] == ["https://ruritania.example/deep/down/a"]


def test_a_page_written_as_xml_is_a_page():
    xhtml = '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd">'
    listing = read(xhtml + '<html xmlns="http://www.w3.org/1999/xhtml"><body><a href="/a">A</a></body></html>')

    assert listing.kind == "page" and len(listing.pages) == 1


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ('watch = "maybe"', "known: propose, auto"),
        ('watch = "auto"', "needs pages"),
        ('every = "5m"', "15m to 90d"),
        ('every = "often"', "not a duration"),
        ('sitemaps = ["sitemap.xml"]', "no address"),
        ("pages = ['(']", "no regular expression"),
        ("page = []", "pages"),
        ("feeds = 'x'", "no list"),
    ],
)
def test_a_wrong_word_about_discovery_is_named(rules, told):
    from tracker.errors import ConfigError

    with pytest.raises(ConfigError, match=told):
        load(f"[discovery]\n{rules}\n", "mine")


def test_what_is_said_about_discovery_is_taken_up():
    rules = load(
        "[discovery]\nsitemaps = ['https://a.example/robots.txt']\nfeeds = ['https://a.example/rss']\n"
        "index_pages = ['https://a.example/rss']\npages = ['/p/']\nwatch = 'auto'\nevery = '1d12h'\n",
        "mine",
    ).discovery

    assert rules is not None
    assert rules.sources == ("https://a.example/robots.txt", "https://a.example/rss")
    assert (rules.watch, rules.every_s, rules.pages[0].pattern) == ("auto", 129_600, "/p/")
