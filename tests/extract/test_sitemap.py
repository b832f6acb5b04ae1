"""Sitemaps of friends and strangers: what they list, and that no XML can hurt us."""

import gzip
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.extract.addresses import Listed, Listing, NotRead
from tracker.extract.listing import read_listing
from tracker.extract.publishers import Publishers
from tracker.extract.sitemap import MAX_URLS

HERE = "https://ruritania.example/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
GENERIC = Publishers().generic


def urlset(*entries: str) -> str:
    return f"{HEAD}<urlset {NS}>{''.join(f'<url>{e}</url>' for e in entries)}</urlset>"


def read(body: str | bytes, *, url: str = HERE, media_type: str | None = None) -> Listing:
    data = body.encode() if isinstance(body, str) else body
    return read_listing(data, url, GENERIC, media_type=media_type)


def test_a_sitemap_lists_pages_with_the_dates_that_it_gives():
    listing = read(
        urlset(
            "<loc>https://ruritania.example/a</loc><lastmod>2022-08-14</lastmod><priority>0.5</priority>",
            "<loc> https://ruritania.example/b?x=1&amp;y=2\n</loc><lastmod>2022-08-14T09:30:00+02:00</lastmod>",
            "<loc><![CDATA[/c]]></loc><lastmod>lately</lastmod>",
            "<lastmod>2022-08-15</lastmod>",
        )
    )

    assert listing.kind == "sitemap" and listing.is_whole
    assert listing.pages == (
        Listed("https://ruritania.example/a", "2022-08-14"),
        Listed("https://ruritania.example/b?x=1&y=2", "2022-08-14T07:30:00Z"),
        Listed("https://ruritania.example/c", None),
    )


def test_an_index_lists_sitemaps():
    listing = read(
        f"{HEAD}<sitemapindex {NS}><sitemap><loc>https://ruritania.example/1.xml.gz</loc></sitemap>"
        "<sitemap><loc>/2.xml</loc><lastmod>2022-01-01</lastmod></sitemap></sitemapindex>"
    )

    assert listing.kind == "sitemap index"
    assert listing.sitemaps == ("https://ruritania.example/1.xml.gz", "https://ruritania.example/2.xml")


def test_the_address_of_a_picture_is_no_page_and_any_prefix_will_do():
    listing = read(
        f'<s:urlset xmlns:s="{NS[7:-1]}" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"><s:url>'
        "<image:image><image:loc>https://ruritania.example/p.png</image:loc></image:image>"
        "<s:loc>https://ruritania.example/a</s:loc></s:url></s:urlset>"
    )

    assert [p.url for p in listing.pages] == ["https://ruritania.example/a"]


@pytest.mark.parametrize("url", [HERE, "https://ruritania.example/sitemap.xml.gz"])
def test_gzip_is_known_by_its_first_bytes_and_not_by_its_name(url):
    plain = urlset("<loc>https://ruritania.example/a</loc>").encode()

    assert len(read(gzip.compress(plain), url=url).pages) == 1
    assert len(read(plain, url=url).pages) == 1
    assert len(read(gzip.compress(plain[:60]) + gzip.compress(plain[60:]) + b"\x00" * 9, url=url).pages) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252", "utf-8-sig"])
def test_other_encodings_are_read(encoding):
    said = urlset("<loc>https://ruritania.example/caf\u00e9</loc>")
    said = said.replace("UTF-8", encoding.removesuffix("-sig"))

    assert [p.url for p in read(said.encode(encoding)).pages] == ["https://ruritania.example/caf\u00e9"]


def test_blank_lines_before_the_first_tag_do_no_harm():
    assert len(read("\n\n  " + urlset("<loc>https://ruritania.example/a</loc>")).pages) == 1


def test_a_list_of_addresses_a_line_is_a_sitemap_too():
    listing = read("https://ruritania.example/a\r\n\nhttps://ruritania.example/b\n", media_type="text/plain")

    assert [p.url for p in listing.pages] == ["https://ruritania.example/a", "https://ruritania.example/b"]


def test_more_entries_than_the_protocol_allows_are_cut_and_said_to_be():
    listing = read(urlset(*["<loc>https://ruritania.example/a</loc>"] * (MAX_URLS + 5)))

    assert len(listing.pages) == MAX_URLS
    assert "50,000" in listing.cut and not listing.is_whole


# ---------------------------------------------------------------- strangers

LAUGHS = "<!DOCTYPE l [" + '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
) + f"]><urlset {NS}><url><loc>&j;</loc></url></urlset>"  # fmt: skip
OUTSIDE = f'<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset {NS}><url><loc>&x;</loc></url></urlset>'
REMOTE = f'<!DOCTYPE urlset SYSTEM "http://127.0.0.1:1/evil.dtd"><urlset {NS}/>'
QUADRATIC = f'<!DOCTYPE u [<!ENTITY a "{"x" * 50_000}">]><urlset {NS}><url><loc>{"&a;" * 50_000}</loc></url></urlset>'


@pytest.mark.parametrize("bomb", [LAUGHS, OUTSIDE, REMOTE, QUADRATIC], ids=["laughs", "file", "dtd", "quadratic"])
def test_a_document_type_is_refused_before_anything_of_it_is_expanded(bomb):
    begun = time.process_time()

    with pytest.raises(NotRead, match="document type"):
        read(bomb)

    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        (urlset("<loc>x</loc>")[:-5], "malformed"),
        (f"<urlset {NS}><url><loc>&nbsp;</loc></url></urlset>", "malformed"),
        (f"<urlset {NS}><url></urlset>", "malformed: mismatched tag"),
        (f"<urlset {NS}>" + "<a>" * 200 + "</a>" * 200 + "</urlset>", "nested more than 64 deep"),
        ("<?xml version='1.0' encoding='klingon'?><urlset/>", "XML"),
        ("<opml version='2.0'></opml>", "its root is <opml>"),
        ("Not here.", "neither a sitemap"),
        (b"\x89PNG\r\n\x1a\n", "neither a sitemap"),
        (gzip.compress(urlset("<loc>x</loc>").encode())[:-9], "gzip ends before"),
        (b"\x1f\x8b" + b"nonsense" * 5, "gzip is damaged"),
    ],
)
def test_what_cannot_be_read_says_why(body, why):
    with pytest.raises(NotRead, match=why):
        read(body)


def test_a_gzip_that_inflates_without_end_is_left_at_fifty_megabytes():
    packer = zlib.compressobj(9, wbits=31)
    head = f"<urlset {NS}><url><loc>".encode()
    bomb = packer.compress(head) + b"".join(packer.compress(b"x" * 1_000_000) for _ in range(60)) + packer.flush()

    with pytest.raises(NotRead, match="50 MB"):
        read(bomb)


def test_one_long_text_costs_no_more_than_its_beginning():
    listing = read(urlset(f"<loc>https://ruritania.example/{'x' * 3_000_000}</loc>"))

    assert len(listing.pages[0].url) <= 10_000


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet="<>&;!/?ur lsetoc[]\"'=#x-", max_size=120).map(str.encode))
def test_any_bytes_are_a_listing_or_are_refused_in_words(body):
    for data in (body, b"<urlset>" + body, HEAD.encode() + body):
        try:
            read(data)
        except NotRead as wrong:
            assert str(wrong)
