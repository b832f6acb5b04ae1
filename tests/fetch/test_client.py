"""One request for a page, and every way in which it goes wrong."""

import hashlib
import ipaddress
import logging
import time
import tracemalloc
from datetime import UTC, datetime

import pytest

from tests import publisher as sites
from tests.publisher import CERTIFICATES, Publisher, page, redirect, status
from tracker.events.looks import Capture, FetchFailed, NotModified, Validators
from tracker.fetch.answers import MAX_RETRY_AFTER_S, content_type, retry_after_s
from tracker.fetch.client import Fetcher
from tracker.settings import FetchSettings

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
TEXT = "<h1>Ruritania</h1><p>The Duchy of Strelsau joined in 1894.</p>"


def fetcher(**given) -> Fetcher:
    return Fetcher(FetchSettings(**{"allow_addresses": LOOPBACK, "total_s": 5.0, "user_agent": "tracker/test"} | given))


@pytest.fixture
def site():
    with Publisher() as one:
        yield one


# ---------------------------------------------------------------- a page


def test_a_page_is_captured_whole_with_all_that_came_with_it(site):
    url = site.page("/r", TEXT, headers={"X-Cache": "HIT"}, last_modified="Sat, 13 Aug 2022 09:30:00 GMT")
    at = datetime(2026, 1, 2, tzinfo=UTC)

    capture = Fetcher(FetchSettings(allow_addresses=LOOPBACK), now=lambda: at).fetch(url)

    assert isinstance(capture, Capture)
    assert capture.body == TEXT.encode()
    assert capture.body_sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert (capture.url, capture.final_url, capture.hops) == (url, url, ())
    assert (capture.media_type, capture.charset) == ("text/html", "utf-8")
    assert (capture.requested_at, capture.captured_at) == (at, at)
    assert ("x-cache", "HIT") in capture.headers
    assert capture.validators.last_modified == "Sat, 13 Aug 2022 09:30:00 GMT"


def test_two_fetches_have_two_ids(site):
    url = site.page("/r", TEXT)
    one = fetcher()

    assert one.fetch(url).fetch_id != one.fetch(url).fetch_id


def test_a_compressed_page_is_inflated(site):
    url = site.page("/r", TEXT * 500, compressed=True)

    assert fetcher().fetch(url).body == (TEXT * 500).encode()


def test_an_empty_page_and_binary_bytes_are_captured_as_they_are(site):
    """What they are worth is for the judge to say."""
    assert fetcher().fetch(site.page("/empty", b"")).body == b""
    assert fetcher().fetch(site.page("/binary", bytes(range(256)), media_type=None)).body == bytes(range(256))


def test_we_say_who_we_are_and_whom_to_ask(site):
    url = site.page("/r", TEXT)

    fetcher(user_agent="tracker/9 (+https://example.org/bot)", contact="desk@example.org").fetch(url)

    (request,) = site.requests
    assert request.headers["user-agent"] == "tracker/9 (+https://example.org/bot)"
    assert request.headers["from"] == "desk@example.org"
    assert request.headers["accept-encoding"] == "gzip"


def test_no_cookie_is_kept_or_recorded(site):
    url = site.page("/r", TEXT, headers={"Set-Cookie": "session=1"})
    one = fetcher()

    first, _ = one.fetch(url), one.fetch(url)

    assert not [name for name, _ in first.headers if "cookie" in name]
    assert all("cookie" not in request.headers for request in site.requests)


def test_proxies_of_the_environment_are_not_used(site, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://10.0.0.1:3128")
    monkeypatch.setenv("ALL_PROXY", "http://10.0.0.1:3128")

    assert isinstance(fetcher().fetch(site.page("/r", TEXT)), Capture)


def test_the_libraries_below_do_not_log_addresses(site, caplog):
    url = site.page("/secret-token", TEXT)

    with caplog.at_level(logging.DEBUG):
        fetcher().fetch(url)

    assert "secret-token" not in caplog.text


# ---------------------------------------------------------------- asking again


def test_an_unchanged_page_is_asked_for_with_its_own_validators_and_not_sent_again(site):
    url = site.page("/r", TEXT, etag='W/"abc-1"', last_modified="Sat, 13 Aug 2022 09:30:00 GMT")
    one = fetcher()
    first = one.fetch(url)

    again = one.fetch(url, since=first.validators)

    assert isinstance(again, NotModified)
    assert again.validators == first.validators
    asked = site.requests[-1].headers
    assert asked["if-none-match"] == 'W/"abc-1"'
    assert asked["if-modified-since"] == "Sat, 13 Aug 2022 09:30:00 GMT"


def test_an_edit_deployed_with_an_older_time_is_seen(site):
    """With our own clock in If-Modified-Since such a server would answer 304 for ever."""
    url = site.page("/r", TEXT, etag=None, last_modified="Sat, 13 Aug 2022 09:30:00 GMT")
    one = fetcher()
    first = one.fetch(url)
    site.page("/r", TEXT + "<p>More.</p>", etag=None, last_modified="Mon, 03 Jan 2022 00:00:00 GMT")

    assert isinstance(one.fetch(url, since=first.validators), Capture)


def test_a_304_that_nobody_asked_for_is_a_failure(site):
    failed = fetcher().fetch(site.put("/r", status(304)))

    assert (failed.reason, failed.status) == ("protocol", 304)


def test_a_304_for_another_version_is_asked_for_plainly(site):
    url = site.put("/r", status(304, headers={"ETag": '"other"'}), page(TEXT))

    capture = fetcher().fetch(url, since=Validators(etag='"mine"'))

    assert isinstance(capture, Capture)
    assert [("if-none-match" in r.headers) for r in site.requests] == [True, False]


def test_a_304_may_bring_fresh_validators(site):
    url = site.put("/r", status(304, headers={"ETag": '"a"', "Last-Modified": "Sun, 14 Aug 2022 00:00:00 GMT"}))

    again = fetcher().fetch(url, since=Validators(etag='"a"'))

    assert again.validators == Validators(etag='"a"', last_modified="Sun, 14 Aug 2022 00:00:00 GMT")


# ---------------------------------------------------------------- redirects


def test_redirects_are_followed_and_recorded(site):
    end = site.page("/new", TEXT)
    site.put("/middle", redirect("/new#part", 302))
    start = site.put("/old", redirect(site.url("/middle")))

    capture = fetcher().fetch(start)

    assert capture.url == start
    assert capture.final_url == end
    assert capture.hops == (start, site.url("/middle"))
    assert site.connections == 1


def test_validators_are_not_shown_to_where_a_redirect_leads(site):
    """They speak of the page as it was at its address: at another address they might fit a page that is not it."""
    site.page("/new", TEXT, etag='"1"')
    start = site.put("/old", redirect("/new"))

    capture = fetcher().fetch(start, since=Validators(etag='"1"'))

    assert isinstance(capture, Capture)
    assert capture.validators == Validators()


def test_a_chain_without_end_is_given_up(site):
    for n in range(9):
        site.put(f"/{n}", redirect(f"/{n + 1}"))

    failed = fetcher().fetch(site.url("/0"))

    assert failed.reason == "redirects"
    assert len(site.requests) == 6


def test_a_circle_is_given_up_at_once(site):
    site.put("/a", redirect("/b"))
    site.put("/b", redirect("/a"))

    assert fetcher().fetch(site.url("/a")).reason == "redirects"
    assert len(site.requests) == 2


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://10.0.0.1/", "refused_address"),
        ("http://169.254.169.254/latest/meta-data/", "refused_address"),
        ("http://[::1]/", "refused_address"),
        ("file:///etc/passwd", "refused_url"),
        ("//user:pass@127.0.0.1/", "refused_url"),
        ("http://127.0.0.1\\@example.org/", "refused_url"),
        ("http://[::1", "redirects"),
    ],
)
def test_every_hop_is_vetted(site, to, reason):
    assert fetcher().fetch(site.put("/r", redirect(to))).reason == reason


def test_a_redirect_without_an_address_is_a_status(site):
    failed = fetcher().fetch(site.put("/r", status(302)))

    assert (failed.reason, failed.status) == ("http_status", 302)


def test_nobody_is_led_from_https_down_to_http(site, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "loopback.pem"))
    with Publisher(tls="loopback") as safe:
        failed = fetcher().fetch(safe.put("/r", redirect(site.page("/r", TEXT))))

    assert failed.reason == "redirects"
    assert site.connections == 0


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("code", [201, 204, 206, 400, 401, 403, 404, 410, 429, 451, 500, 502, 503])
def test_only_200_is_a_page(site, code):
    failed = fetcher().fetch(site.put("/r", status(code, "Something else")))

    assert (failed.reason, failed.status, failed.detail) == ("http_status", code, f"HTTP {code}")


def test_a_server_that_asks_for_time_is_heard(site):
    failed = fetcher().fetch(site.put("/r", status(503, retry_after=3600)))

    assert (failed.status, failed.retry_after_s) == (503, 3600)


@pytest.mark.parametrize(
    ("value", "date", "seconds"),
    [
        ("120", None, 120),
        ("Wed, 01 Jul 2026 00:10:00 GMT", None, 600),
        ("Wed, 01 Jul 2026 00:10:00 GMT", "Wed, 01 Jul 2026 00:09:00 GMT", 60),
        ("Wed, 01 Jul 2020 00:00:00 GMT", None, 0),
        ("soon", None, None),
        ("-5", None, None),
        ("", None, None),
        (None, None, None),
        ("9" * 400, None, MAX_RETRY_AFTER_S),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None, MAX_RETRY_AFTER_S),
        ("Wed, 99 Jul 2026 00:10:00 GMT", None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_own_clock(value, date, seconds):
    assert retry_after_s(value, date, datetime(2026, 7, 1, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (sites.truncated(), "truncated"),
        (sites.chunked_without_end(), "truncated"),
        (sites.gzip_without_trailer(), "truncated"),
        (sites.gzip_damaged(), "bad_encoding"),
        (sites.encoded(b"not gzip at all"), "bad_encoding"),
        (sites.encoded(b"x", "br"), "bad_encoding"),
        (sites.encoded(b"x", "gzip, gzip"), "bad_encoding"),
        (sites.endless(with_length=True), "too_large"),
        (sites.endless(), "too_large"),
        (sites.bomb(), "bomb"),
        (sites.hang_up(), "protocol"),
        (sites.raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "protocol"),
        (sites.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), "protocol"),
        (sites.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello"), "protocol"),
        (sites.raw(b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 200_000), "protocol"),
    ],
)
def test_what_did_not_come_whole_and_sound_is_a_failure_and_no_page(site, answer, reason):
    failed = fetcher().fetch(site.put("/r", answer))

    assert isinstance(failed, FetchFailed)
    assert failed.reason == reason
    assert failed.detail


@pytest.mark.parametrize(
    "answer",
    [sites.stall(), sites.header_drip(), sites.body_drip(), sites.interim_flood()],
    ids=["stall", "header drip", "body drip", "1xx flood"],
)
def test_a_slow_server_costs_no_more_than_the_total_time_and_does_not_delay_the_next_page(site, answer):
    one = fetcher(total_s=0.4)
    slow, next_page = site.put("/slow", answer), site.page("/next", TEXT)
    began = time.monotonic()

    failed = one.fetch(slow)
    took_s = time.monotonic() - began

    assert failed.reason == "timeout"
    assert took_s < 1.5
    assert isinstance(one.fetch(next_page), Capture)


def test_redirects_share_the_total_time(site):
    for n in range(5):
        site.put(f"/{n}", sites.late(0.25, redirect(f"/{n + 1}")))

    assert fetcher(total_s=0.6).fetch(site.url("/0")).reason == "timeout"
    assert len(site.requests) < 5


@pytest.mark.parametrize("answer", [sites.bomb(), sites.endless()], ids=["bomb", "100 MB"])
def test_neither_a_bomb_nor_an_endless_body_takes_memory(site, answer):
    url = site.put("/r", answer)
    one = fetcher()
    tracemalloc.start()
    try:
        one.fetch(url)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 24_000_000


def test_a_page_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(site):
    one = fetcher(max_body_bytes=100_000)

    assert isinstance(one.fetch(site.page("/a", b"x" * 100_000, etag=None)), Capture)
    assert one.fetch(site.page("/b", b"x" * 100_001, etag=None)).reason == "too_large"


def test_gzip_of_several_members_and_padding_is_read_as_every_reader_does(site):
    import gzip

    members = gzip.compress(b"one ", mtime=0) + gzip.compress(b"two", mtime=0)

    assert fetcher().fetch(site.put("/a", sites.encoded(members))).body == b"one two"
    assert fetcher().fetch(site.put("/b", sites.encoded(members + b"\0" * 100))).body == b"one two"


def test_a_closed_port_is_a_failure():
    failed = fetcher().fetch(f"http://127.0.0.1:{sites.closed_port()}/")

    assert (failed.reason, failed.detail) == ("connect", "Connection refused")


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://example.org/", "http://", "http://a b/", "http://[::1/"])
def test_what_is_no_address_is_a_failed_fetch_and_no_traceback(url):
    assert fetcher().fetch(url).reason == "refused_url"


def test_a_name_that_does_not_resolve_is_a_failed_fetch():
    assert fetcher().fetch("http://nowhere.invalid/").reason == "dns"


# ---------------------------------------------------------------- TLS


def test_a_trusted_certificate_is_trusted(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "loopback.pem"))
    with Publisher(tls="loopback") as safe:
        assert fetcher().fetch(safe.page("/r", TEXT)).body == TEXT.encode()


@pytest.mark.parametrize(
    ("served", "trusted"),
    [("loopback", "elsewhere"), ("expired", "expired"), ("elsewhere", "elsewhere")],
    ids=["unknown issuer", "expired", "another host"],
)
def test_a_certificate_that_does_not_hold_is_a_failure(monkeypatch, served, trusted):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / f"{trusted}.pem"))
    with Publisher(tls=served) as safe:
        failed = fetcher().fetch(safe.page("/r", TEXT))

        assert failed.reason == "tls"
        assert "certificate" in failed.detail
        assert safe.requests == ()


def test_a_plain_server_behind_https_is_a_tls_failure(site):
    assert fetcher().fetch(site.page("/r", TEXT).replace("http:", "https:")).reason == "tls"


def test_a_handshake_that_does_not_come_ends_with_the_total_time():
    with sites.silent_port() as port:
        began = time.monotonic()

        failed = fetcher(total_s=0.4).fetch(f"https://127.0.0.1:{port}/")

    assert failed.reason == "timeout"
    assert time.monotonic() - began < 1.5


# ---------------------------------------------------------------- connections


def test_the_pages_of_a_host_come_over_one_connection_which_is_then_closed(site):
    one = fetcher()
    for n in range(5):
        url = site.page(f"/{n}", TEXT)
        first = one.fetch(url)
        one.fetch(url, since=first.validators)
        one.fetch(site.url(f"/missing-{n}"))

    assert site.connections == 1

    one.forget_host()

    assert site.wait_until(lambda: site.open_connections == 0)


def test_another_host_closes_the_connection_of_the_last():
    with Publisher("0.0.0.0") as site:
        one = fetcher()
        site.page("/r", TEXT)
        for host in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
            one.fetch(site.url("/r", host=host))

        assert site.connections == 3
        assert site.wait_until(lambda: site.open_connections == 1)


def test_a_kept_connection_that_the_server_just_closed_is_replaced(site):
    url = site.put("/r", page(TEXT), sites.hang_up(), page(TEXT))
    one = fetcher()

    assert isinstance(one.fetch(url), Capture)
    assert isinstance(one.fetch(url), Capture)
    assert site.connections == 2


def test_a_failed_page_does_not_spoil_the_connection_for_the_next(site):
    one = fetcher(max_body_bytes=1000)
    for answer in (sites.truncated(), sites.gzip_damaged(), sites.endless(), sites.chunked_without_end()):
        assert isinstance(one.fetch(site.put("/bad", answer)), FetchFailed)
        assert isinstance(one.fetch(site.page("/good", TEXT)), Capture)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text/html; charset=utf-8", ("text/html", "utf-8")),
        ('Text/HTML;CHARSET="ISO-8859-1"', ("text/html", "iso-8859-1")),
        ("text/plain", ("text/plain", None)),
        ("; charset=x", (None, "x")),
        ("", (None, None)),
        (None, (None, None)),
    ],
)
def test_media_type_and_charset_are_read_from_the_header(value, expected):
    assert content_type(value) == expected
