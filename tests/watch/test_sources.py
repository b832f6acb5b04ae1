"""Places that list pages, over loopback: what strangers put there, and what is found around a page."""

import re

import pytest

from tests.watch.town import NS, PATTERN, town
from tracker.fetch.address import AddressGuard
from tracker.watch.sources import Sieve, SourceRead, look_around, read_source

# ---------------------------------------------------------------- strangers


def test_hostile_addresses_are_dropped_and_counted(tmp_path):
    with town(
        tmp_path, f"sitemaps = ['SITE/sitemap.xml']\n{PATTERN[:-1]}, 'https://other[.]example/p/', '.*']"
    ) as place:
        urls = [
            "javascript:alert(1)",
            "ftp://127.0.0.1/profiles/a",
            "https://user:secret@127.0.0.1/profiles/a",
            "http://169.254.169.254/profiles/a",
            "http://10.0.0.1/profiles/a",
            "http://evil.example/profiles/a?https://other.example/p/",
            place.site.url("/profiles/" + "a" * 10_000),
            place.site.url("/profiles/fine"),
        ]
        told = "".join(f"<url><loc>{u}</loc></url>" for u in urls)
        place.site.page("/sitemap.xml", f"<urlset {NS}>{told}</urlset>")

        (read,) = place.survey().reads

        assert [p.url for p in read.pages.values()] == [place.site.url("/profiles/fine")]
        assert sum(read.dropped.values()) == len(urls) - 1
        assert read.dropped["on another host"] == 3
        assert read.dropped["no address of the web"] == 3


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://data.ruritania.example/p/a", None),
        ("https://www.data.ruritania.example/p/a", None),
        ("https://example/p/a", "on another host"),
        ("https://evil.example/https://data.ruritania.example/p/a", "on another host"),
        ("https://data.ruritania.example.evil.example/p/a", "on another host"),
        ("https://inside.ruritania.example/p/a", "at an address that is not public"),
        ("https://home.example/p/a", None),
        ("https://www.home.example/p/a", None),
        ("https://home.example:8443/p/a", "on another host"),
        ("https://home.example/q/a", "does not look like a profile"),
    ],
)
def test_another_host_is_let_in_only_by_a_pattern_that_names_it_and_only_at_a_public_address(url, why):
    patterns = [
        re.compile(r"data\.ruritania\.example/p/"),
        re.compile(r"^https://inside\.ruritania\.example/p/"),
        re.compile(r"/p/"),
    ]
    addresses = {"data.ruritania.example": "93.184.216.34", "inside.ruritania.example": "10.1.2.3"}
    guard = AddressGuard(resolve=lambda host, port, timeout_s: (addresses.get(host, "93.184.216.34"),))

    assert Sieve("https://home.example/sitemap.xml", patterns, guard).why_not(url) == why


def test_an_index_that_names_itself_or_thousands_is_left_at_some_point(tmp_path, monkeypatch):
    monkeypatch.setattr("tracker.watch.sources.MAX_DOCUMENTS", 5)
    with town(tmp_path) as place:
        children = "".join(f"<sitemap><loc>/{n}.xml</loc></sitemap>" for n in ("sitemap", *range(9)))
        place.site.page("/sitemap.xml", f"<sitemapindex {NS}>{children}</sitemapindex>")
        for n in range(9):
            place.site.page(f"/{n}.xml", f"<sitemapindex {NS}>{children}</sitemapindex>")

        (read,) = place.survey().reads

        assert read.documents == 5
        assert "more than 5 documents" in read.faults[-1]


def test_robots_txt_is_obeyed(tmp_path):
    with town(tmp_path) as place:
        place.site.page("/robots.txt", "User-agent: *\nDisallow: /sitemap.xml\n")
        place.lists("ruritania")

        (read,) = place.survey().reads

        assert place.site.asked("/sitemap.xml") == ()
        assert "robots.txt forbids" in read.faults[0]


# ---------------------------------------------------------------- around a page


def test_around_an_index_page_its_feeds_and_the_sites_sitemap_are_found(tmp_path):
    with town(tmp_path) as place:
        feed = '<link rel="alternate" type="application/atom+xml" href="/atom">'
        place.site.page(
            "/all", f"<html><head>{feed}</head><body><main><a href='/profiles/zembla'>Z</a></main></body></html>"
        )
        entry = f'<entry><link href="{place.site.url("/profiles/graustark")}"/></entry>'
        place.site.page("/atom", f'<feed xmlns="http://www.w3.org/2005/Atom">{entry}</feed>')
        place.lists("ruritania")
        sieve = Sieve(place.site.url("/all"), (), place.guard)

        reads = look_around(
            place.eye.tools.fetcher, place.site.url("/all"), sieve, place.publishers.generic, place.told.append
        )

        found = [(read.source.rpartition("/")[2], [k.rpartition("/")[2] for k in read.pages]) for read in reads]
        assert found == [("all", ["zembla"]), ("robots.txt", ["ruritania"]), ("atom", ["graustark"])]


def test_without_a_word_of_robots_txt_a_missing_sitemap_is_no_fault(tmp_path):
    with town(tmp_path) as place:
        url = place.site.url("/robots.txt")
        read: SourceRead = read_source(
            place.eye.tools.fetcher, url, Sieve(url, (), place.guard), place.publishers.generic, place.told.append
        )

        assert (read.faults, read.is_whole, dict(read.pages)) == ((), False, {})
