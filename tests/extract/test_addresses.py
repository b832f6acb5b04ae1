"""Which two addresses are the same page, and what a printed instant says."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker import clock
from tracker.extract.addresses import page_key, tidy, when

SAME = [
    "http://ruritania.example/profiles/a%20b?x=1&y=2",
    "HTTP://Ruritania.EXAMPLE:80/profiles/./a%20b?y=2&x=1#notes",
    "http://ruritania.example./x/../profiles/a b?utm_source=mail&x=1&y=2&fbclid=zzz".replace(" ", "%20"),
    "http://ruritania.example/%70rofiles/a%20b?x=1&y=2&UTM_Campaign=spring",
]


def test_addresses_that_mean_the_same_page_have_one_key():
    assert {page_key(url) for url in SAME} == {SAME[0]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.example/x", "https://a.example/x"),
        ("https://a.example/x", "https://a.example:8443/x"),
        ("https://a.example/x", "https://a.example/X"),
        ("https://a.example/x", "https://a.example/x/"),
        ("https://a.example/x?p=1", "https://a.example/x?p=2"),
        ("https://a.example/a%2Fb", "https://a.example/a/b"),
        ("https://a.example/x?a=1%26b=2", "https://a.example/x?a=1&b=2"),
    ],
)
def test_addresses_that_may_be_two_pages_have_two(one, other):
    assert page_key(one) != page_key(other)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://a.example/a/b/../../c/.", "https://a.example/c/"),
        ("https://a.example/../..", "https://a.example/"),
        ("https://a.example/%c3%b6%7e", "https://a.example/%C3%B6~"),
        ("https://a.example/ö", "https://a.example/%C3%B6"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[2001:DB8::0:1]:80/", "http://[2001:db8::1]/"),
        ("https://a.example/100%", "https://a.example/100%25"),
    ],
)
def test_the_key_is_the_address_in_its_plainest_form(url, key):
    assert page_key(url) == key


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "mailto:a@a.example", "ftp://a.example/x", "//a.example/x", "/x", "", "https://",
        "https://user@a.example/", "https://a.example:99999/", "https://a.example:x/", "https://[::1/", "https://a b/",
        "https://a.example/\\b", "https://a.example/\x00", "data:text/html,x", "https://" + "ö" * 70 + ".example/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_web_has_no_key(url):
    assert page_key(url) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_the_key_of_any_text_is_its_own_key_and_nothing_raises(words):
    for url in (words, f"https://a.example/{words}", f"https://a.example/?{words}", f"https://{words}/"):
        key = page_key(url)
        assert key is None or page_key(key) == key


def test_a_tidy_address_keeps_the_order_of_what_the_page_may_need():
    assert tidy("https://a.example/x?z=1&utm_source=m&a=2#top") == "https://a.example/x?z=1&a=2"


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("2022-08-14", "2022-08-14"),
        (" 2022-08-14T09:30:00+02:00 ", "2022-08-14T07:30:00Z"),
        ("2022-08-14T09:30:00Z", "2022-08-14T09:30:00Z"),
        ("2022-08-14T09:30:00", "2022-08-14T09:30:00Z"),
        ("Sun, 14 Aug 2022 09:30:00 GMT", "2022-08-14T09:30:00Z"),
        ("Sun, 14 Aug 2022 09:30:00 -0400", "2022-08-14T13:30:00Z"),
        ("yesterday", None),
        ("", None),
        ("2022-13-40", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("9" * 5000, None),
    ],
)
def test_a_printed_instant_is_told_in_one_form_or_not_at_all(printed, told):
    assert when(printed) == told


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=70) | st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat))
def test_no_printed_instant_raises_and_what_is_told_is_told_again(printed):
    told = when(printed)

    assert told is None or when(told) == told
    assert told is None or "T" not in told or clock.iso(clock.from_iso(told)) == told
