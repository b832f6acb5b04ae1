"""What the headers of an answer say."""

from datetime import UTC, datetime

import httpx
import pytest

from tests.fetch.gate import settings
from tests.publisher import Publisher, page, redirect, status
from tracker.events.looks import Capture, NotModified, Validators
from tracker.fetch.answers import fresh_s
from tracker.fetch.client import Fetcher

TEXT = "<h1>Ruritania</h1>"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def site():
    with Publisher() as one:
        yield one


def fetcher(**given) -> Fetcher:
    return Fetcher(settings(**given))


def asked(site: Publisher) -> list[str | None]:
    return [request.headers.get("if-none-match") for request in site.requests]


# ---------------------------------------------------------------- Vary


def test_the_header_that_chose_the_page_is_kept_with_its_validators(site):
    url = site.page("/r", TEXT, etag='"a"', headers={"Vary": "Accept-Encoding, User-Agent"})
    one = fetcher()

    first = one.fetch(url)
    again = one.fetch(url, since=first.validators)

    assert first.validators.vary == "Accept-Encoding, User-Agent"
    assert isinstance(again, NotModified)
    assert again.validators == first.validators
    assert asked(site) == [None, '"a"']


@pytest.mark.parametrize(
    ("vary", "change", "is_sent"),
    [
        ("User-Agent", {"user_agent": "tracker/next"}, False),
        ("user-agent", {"user_agent": "tracker/next"}, False),
        ("From", {"contact": "desk@example.org"}, False),
        ("*", {"user_agent": "tracker/next"}, False),
        ("Accept-Encoding", {"user_agent": "tracker/next"}, True),
        ("Accept-Language, Cookie", {"contact": "desk@example.org"}, True),
        ("User-Agent", {}, True),
        ("*", {}, True),
    ],
)
def test_validators_of_a_page_that_was_chosen_by_other_headers_are_not_sent(site, vary, change, is_sent):
    url = site.page("/r", TEXT, etag='"a"', headers={"Vary": vary})
    first = fetcher().fetch(url)

    again = fetcher(**change).fetch(url, since=first.validators)

    assert isinstance(again, NotModified if is_sent else Capture)
    assert asked(site)[1] == ('"a"' if is_sent else None)


def test_validators_of_an_older_release_that_kept_no_vary_are_sent(site):
    url = site.page("/r", TEXT, etag='"a"', headers={"Vary": "User-Agent"})

    assert isinstance(fetcher().fetch(url, since=Validators(etag='"a"')), NotModified)


def test_a_304_may_say_what_it_varies_on(site):
    url = site.put("/r", status(304, headers={"ETag": '"a"', "Vary": "User-Agent"}))

    again = fetcher().fetch(url, since=Validators(etag='"a"'))

    assert again.validators.vary == "User-Agent"
    assert again.validators.variant is not None


@pytest.mark.parametrize(
    ("vary", "every"),
    [(None, 20), ("Accept-Encoding", 20), ("*", 7), ("Accept-Encoding, COOKIE", 7), ("X-Cookie-Law", 20)],
)
def test_a_page_that_depends_on_what_we_do_not_send_is_verified_more_often(vary, every):
    assert Validators(etag='"a"', vary=vary, variant="v").verify_every == every


def test_validators_too_long_to_keep_are_as_none(site):
    url = site.page("/r", TEXT, etag='"' + "x" * 2000 + '"')
    assert fetcher().fetch(url).validators == Validators()

    url = site.page("/r", TEXT, etag='"a"', headers={"Vary": "x" * 2000})
    assert fetcher().fetch(url).validators == Validators()


# ---------------------------------------------------------------- freshness


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Cache-Control": "max-age=600"}, 600),
        ({"Cache-Control": "public, Max-Age=600"}, 600),
        ({"Cache-Control": 'max-age="600"'}, 600),
        ({"Cache-Control": "max-age=600", "Age": "100"}, 500),
        ({"Cache-Control": "max-age=600", "Age": "700"}, 0),
        ({"Cache-Control": "max-age=600", "Age": "old"}, 600),
        ({"Cache-Control": "max-age=600, s-maxage=60"}, 60),
        ({"Cache-Control": "s-maxage=900, max-age=60"}, 900),
        ({"Cache-Control": "max-age=31536000"}, 86_400),
        ({"Cache-Control": "max-age=" + "9" * 400}, 86_400),
        ({"Cache-Control": "max-age=600, no-cache"}, 0),
        ({"Cache-Control": "no-store, max-age=600"}, 0),
        ({"Cache-Control": "max-age=600, must-revalidate"}, 0),
        ({"Cache-Control": 'max-age=600, no-cache="set-cookie"'}, 0),
        ({"Cache-Control": "max-age=600, max-age=60"}, 0),
        ({"Cache-Control": "max-age=600, max-age=600"}, 600),
        ({"Cache-Control": "max-age=-5"}, 0),
        ({"Cache-Control": "max-age"}, 0),
        ({"Cache-Control": "max-age=soon", "Expires": "Sun, 01 Mar 2026 12:10:00 GMT"}, 0),
        ({"Expires": "Sun, 01 Mar 2026 12:10:00 GMT"}, 600),
        ({"Expires": "Sun, 01 Mar 2026 12:10:00 GMT", "Date": "Sun, 01 Mar 2026 12:05:00 GMT"}, 300),
        ({"Expires": "Sun, 01 Mar 2026 12:10:00 GMT", "Date": "Sun, 01 Mar 2026 12:05:00 GMT", "Age": "60"}, 240),
        ({"Expires": "Sun, 01 Mar 2026 12:10:00 GMT", "Cache-Control": "public"}, 600),
        ({"Expires": "Sun, 01 Mar 2026 12:10:00 GMT", "Cache-Control": "max-age=5"}, 5),
        ({"Expires": "Sun, 01 Mar 2026 12:10:00 GMT", "Pragma": "no-cache"}, 0),
        ({"Expires": "0"}, 0),
        ({"Expires": "-1"}, 0),
        ({"Expires": "Sun, 01 Mar 2020 12:10:00 GMT"}, 0),
        ({"Cache-Control": ",,;=\"'"}, 0),
    ],
)
def test_how_long_a_page_calls_itself_fresh(headers, seconds):
    assert fresh_s(httpx.Headers(headers), NOW) == seconds


def test_a_page_and_a_304_tell_how_long_they_are_fresh(site):
    url = site.page("/r", TEXT, headers={"Cache-Control": "max-age=600"})
    one = fetcher()

    first = one.fetch(url)

    assert first.fresh_s == 600
    assert one.fetch(url, since=first.validators).fresh_s == 600


# ---------------------------------------------------------------- moved for good


@pytest.mark.parametrize(
    ("codes", "is_permanent"),
    [((301,), True), ((308, 301), True), ((302,), False), ((301, 307), False), ((303, 301), False), ((), False)],
)
def test_a_page_has_moved_for_good_where_every_redirect_says_so(site, codes, is_permanent):
    for n, code in enumerate(codes):
        site.put(f"/{n}", redirect(f"/{n + 1}", code))
    end = site.page(f"/{len(codes)}", TEXT)

    assert fetcher().fetch(site.url("/0")).permanent_to == (end if is_permanent else None)


# ---------------------------------------------------------------- who answered


@pytest.mark.parametrize(
    ("code", "headers"),
    [
        (403, {"cf-mitigated": "challenge"}),
        (503, {"CF-Mitigated": "Challenge"}),
        (405, {"x-amzn-waf-action": "captcha"}),
        (202, {"x-amzn-waf-action": "challenge"}),
        (403, {"Rimon": "RWC_BLOCK"}),
        (429, {"X-Sucuri-Block": "bot"}),
        (403, {"X-DataDome": "protected"}),
    ],
)
def test_a_challenge_service_that_answers_for_the_site_is_named(site, code, headers):
    failed = fetcher().fetch(site.put("/r", status(code, "Just a moment", headers=headers)))

    (name,) = headers
    assert failed.status == code
    assert failed.detail.startswith(f"HTTP {code} from a challenge service")
    assert name.lower() in failed.detail


@pytest.mark.parametrize("headers", [{}, {"Server": "cloudflare", "CF-Ray": "1"}, {"x-amzn-waf-action": "count"}])
def test_a_plain_refusal_is_no_challenge(site, headers):
    assert fetcher().fetch(site.put("/r", status(403, headers=headers))).detail == "HTTP 403"


def test_a_weak_time_is_sent_as_it_was_given_and_never_our_own(site):
    given = "Sat, 13 Aug 2022 09:30:00 +0000"  # no date of HTTP, but the server's word
    url = site.put("/r", page(TEXT, etag=None, last_modified=given))
    one = fetcher()
    first = one.fetch(url)

    one.fetch(url, since=first.validators)

    assert site.requests[-1].headers["if-modified-since"] == given
    assert "if-none-match" not in site.requests[-1].headers
