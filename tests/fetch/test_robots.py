"""robots.txt, as RFC 9309 wants it."""

from datetime import UTC, datetime

import pytest

from tests import publisher as sites
from tests.fetch.gate import Time, fetcher, hosts
from tests.publisher import Publisher, page, redirect, status
from tracker.events.looks import Capture, FetchFailed
from tracker.events.sites import HostNote
from tracker.fetch.robots import MAX_BYTES, Rules, delay_s, product_token

TEXT = "<h1>Ruritania</h1>"
NOT_ADMIN = "User-agent: *\nDisallow: /admin/\n"


@pytest.fixture
def site():
    with Publisher() as one:
        one.page("/r", TEXT)
        one.page("/admin/r", TEXT)
        yield one


@pytest.fixture
def time():
    return Time()


def robots(site: Publisher, text: str | bytes) -> None:
    site.page("/robots.txt", text, media_type="text/plain", etag=None)


def paths(site: Publisher) -> list[str]:
    return [request.path for request in site.requests]


# ---------------------------------------------------------------- asking for it


def test_robots_txt_is_asked_for_once_a_day_before_the_first_page(site, time):
    robots(site, NOT_ADMIN)
    one = fetcher(time)

    one.fetch(site.url("/r"))
    time.go(hours=23)
    one.fetch(site.url("/r"))
    time.go(hours=2)
    one.fetch(site.url("/r"))

    assert paths(site) == ["/robots.txt", "/r", "/r", "/robots.txt", "/r"]


def test_what_it_forbids_is_not_asked_for_and_the_failure_names_the_file(site, time):
    robots(site, NOT_ADMIN)

    failed = fetcher(time).fetch(site.url("/admin/r"))

    assert isinstance(failed, FetchFailed)
    assert failed.reason == "robots"
    assert failed.detail == f"{site.url('/robots.txt')} forbids it"
    assert failed.slow
    assert paths(site) == ["/robots.txt"]


def test_every_hop_of_a_redirect_is_asked_about_at_its_own_origin(site, time):
    with Publisher() as other:
        robots(other, "User-agent: *\nDisallow: /\n")
        other.page("/r", TEXT)
        site.put("/to", redirect(other.url("/r")))

        failed = fetcher(time).fetch(site.url("/to"))

        assert (failed.reason, failed.detail) == ("robots", f"{other.url('/robots.txt')} forbids it")
        assert paths(other) == ["/robots.txt"]


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 451, 204, 304])
def test_a_site_without_a_robots_txt_allows_everything(site, time, code):
    site.put("/robots.txt", status(code))

    assert isinstance(fetcher(time).fetch(site.url("/admin/r")), Capture)


def test_an_operators_own_host_is_not_asked(site, time):
    robots(site, "User-agent: *\nDisallow: /\n")

    assert isinstance(fetcher(time, ignore_robots=("127.0.0.1",)).fetch(site.url("/r")), Capture)
    assert fetcher(time, ignore_robots=("example.org",)).fetch(site.url("/r")).reason == "robots"
    assert paths(site) == ["/r", "/robots.txt"]


def test_a_robots_txt_that_answers_500_forbids_everything_until_it_can_be_read(site, time):
    site.put("/robots.txt", status(500), page(NOT_ADMIN))
    one = fetcher(time, retry_s=())

    first, again = one.fetch(site.url("/r")), one.fetch(site.url("/r"))
    time.go(301)

    assert (first.reason, first.status, again.reason) == ("robots", 500, "robots")
    assert "HTTP 500" in first.detail
    assert not first.slow
    assert isinstance(one.fetch(site.url("/r")), Capture)
    assert paths(site) == ["/robots.txt", "/robots.txt", "/r"]


def test_the_copy_of_yesterday_holds_while_todays_cannot_be_had(site, time):
    site.put("/robots.txt", page(NOT_ADMIN, etag=None), status(500))
    one = fetcher(time, retry_s=())
    one.fetch(site.url("/r"))
    time.go(days=2)

    assert isinstance(one.fetch(site.url("/r")), Capture)
    assert one.fetch(site.url("/admin/r")).reason == "robots"


def test_a_robots_txt_that_cannot_be_had_for_thirty_days_is_as_none(site, time):
    site.put("/robots.txt", page(NOT_ADMIN, etag=None), status(500))
    one = fetcher(time, retry_s=())
    one.fetch(site.url("/r"))
    time.go(days=2)
    one.fetch(site.url("/r"))
    time.go(days=31)

    assert isinstance(one.fetch(site.url("/admin/r")), Capture)


def test_a_host_that_is_away_is_told_as_what_it_is_and_asked_again_at_once(time):
    port = sites.closed_port()
    one = fetcher(time, retry_s=())

    failed = one.fetch(f"http://127.0.0.1:{port}/r")

    assert failed.reason == "connect"
    assert failed.detail.startswith("Connection refused")
    with Publisher(port=port) as site:
        site.page("/r", TEXT)
        assert isinstance(one.fetch(site.url("/r")), Capture)


def test_a_robots_txt_that_asks_for_time_gets_it(site, time):
    site.put("/robots.txt", status(503, retry_after=3600), page(NOT_ADMIN))
    one = fetcher(time)

    first, again = one.fetch(site.url("/r")), one.fetch(site.url("/r"))
    time.go(3601)

    assert (first.reason, first.status, first.retry_after_s) == ("http_status", 503, 3600)
    assert again.reason == "held"
    assert isinstance(one.fetch(site.url("/r")), Capture)


def test_too_many_requests_is_not_the_absence_of_rules(site, time):
    site.put("/robots.txt", status(429), page("User-agent: *\nDisallow: /\n", etag=None))
    one = fetcher(time)

    assert one.fetch(site.url("/r")).status == 429
    time.go(hours=1)
    assert one.fetch(site.url("/r")).reason == "robots"


def test_up_to_five_redirects_lead_to_rules_that_hold_here(site, time):
    with Publisher() as other:
        robots(other, NOT_ADMIN)
        for n in range(4):
            site.put(f"/{n}", redirect(f"/{n + 1}"))
        site.put("/robots.txt", redirect("/0"))
        site.put("/4", redirect(other.url("/robots.txt")))
        one = fetcher(time)

        too_many = one.fetch(site.url("/admin/r"))
        site.put("/3", redirect(other.url("/robots.txt")))
        time.go(days=2)
        five = one.fetch(site.url("/admin/r"))

    assert isinstance(too_many, Capture)
    assert five.reason == "robots"


def test_a_robots_txt_that_leads_inward_or_in_a_circle_is_none(site, time):
    for to in ("http://169.254.169.254/latest", "ftp://127.0.0.1/", "/robots.txt"):
        site.put("/robots.txt", redirect(to))
        assert isinstance(fetcher(time).fetch(site.url("/admin/r")), Capture), to


def test_rules_kept_at_a_host_that_is_left_alone_are_waited_for(site, time):
    with Publisher() as other:
        other.put("/robots.txt", status(503, retry_after=600), page(NOT_ADMIN, etag=None))
        site.put("/robots.txt", redirect(other.url("/robots.txt")))
        one = fetcher(time)
        one.fetch(other.url("/"))

        held = one.fetch(site.url("/r"))
        time.go(600)

        assert (held.reason, held.retry_after_s) == ("held", 600)
        assert held.detail.endswith(f"(asked for {site.url('/robots.txt')})")
        assert isinstance(one.fetch(site.url("/r")), Capture)
        assert one.fetch(site.url("/admin/r")).reason == "robots"


def test_a_huge_robots_txt_is_read_up_to_500_kilobytes(site, time):
    line = b"# padding padding padding padding padding padding padding padd\n"
    padding = line * (MAX_BYTES // len(line) - 1)
    robots(site, b"User-agent: *\nDisallow: /admin/\n" + padding + b"Disallow: /r\n" * 10_000)
    gate = hosts(time)
    one = fetcher(time, gate)

    assert isinstance(one.fetch(site.url("/other")), FetchFailed)
    assert one.fetch(site.url("/admin/r")).reason == "robots"
    assert len(gate.note(site.url("")).robots) == MAX_BYTES


def test_an_endless_or_exploding_robots_txt_costs_no_more(site, time):
    for answer, allows in ((sites.endless(), True), (sites.bomb(), False)):
        site.put("/robots.txt", answer)
        one = fetcher(time, retry_s=())
        assert isinstance(one.fetch(site.url("/r")), Capture) == allows


# ---------------------------------------------------------------- reading it


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/r", True),
        ("User-agent: *\nDisallow:\n", "/r", True),
        ("User-agent: *\nDisallow: /\n", "/r", False),
        ("\ufeffUser-agent: *\nDisallow: /\n", "/r", False),
        ("User-agent: tracker\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "/r", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: TRACKER/2.0\nDisallow: /x\n", "/r", True),
        ("User-agent: track\nDisallow: /\n", "/r", True),
        ("User-agent: trackerbot\nDisallow: /\n", "/r", True),
        ("User-agent: tracker-news\nDisallow: /\n", "/r", True),
        ("User-agent: a\nUser-agent: tracker\nDisallow: /r\n", "/r", False),
        ("User-agent: tracker\nDisallow: /a\n\nUser-agent: tracker\nDisallow: /r\n", "/r", False),
        ("User-agent: *\nDisallow: /r\nAllow: /r/open\n", "/r/open/1", True),
        ("User-agent: *\nAllow: /r\nDisallow: /r\n", "/r", True),
        ("User-agent: *\nDisallow: /*.pdf$\n", "/r/a.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$\n", "/r/a.pdf?x=1", True),
        ("User-agent: *\nDisallow: /*?print=\n", "/r?print=1", False),
        ("User-agent: *\nDisallow: /caf%C3%A9\n", "/café", False),
        ("user-agent:* # all\ndisallow:/r # this\n", "/r", False),
        ("User-agent: *\r\nDisallow: /r\r\n", "/r", False),
        ("Disallow: /\n", "/r", True),
        ("<html><body>Not found</body></html>", "/r", True),
    ],
)
def test_rules_are_read_as_the_rfc_says(site, time, text, path, allowed):
    robots(site, text)
    site.page(path.partition("?")[0].replace("é", "%C3%A9"), TEXT)

    assert isinstance(fetcher(time).fetch(site.url(path)), Capture) == allowed


@pytest.mark.parametrize(
    ("user_agent", "token"),
    [
        ("tracker/0.1 (+https://example.org/bot)", "tracker"),
        ("Ruritania_Watch-Bot/2", "ruritania_watch-bot"),
        ("", "tracker"),
        ("(nameless)", "tracker"),
    ],
)
def test_we_are_known_by_the_first_word_of_our_name(user_agent, token):
    assert product_token(user_agent) == token


def test_sitemaps_are_told_once_each_and_whole(site, time):
    robots(site, "Sitemap: https://a.example/s.xml\nUser-agent: *\nSitemap: /s.xml\nsitemap: https://a.example/s.xml\n")

    assert fetcher(time).sitemaps(site.url("/r")) == ("https://a.example/s.xml",)
    assert paths(site) == ["/robots.txt"]


def test_a_crawl_delay_is_kept_between_requests_up_to_thirty_seconds(site, time):
    robots(site, "User-agent: *\nCrawl-delay: 7\n")
    one = fetcher(time, host_delay_s=1.0)

    for _ in range(3):
        one.fetch(site.url("/r"))

    assert time.waits == [7, 7, 7]
    assert delay_s(HostNote(origin="http://a", crawl_delay_s=7.5)) == 7.5
    assert delay_s(HostNote(origin="http://a", crawl_delay_s=86400.0)) == 30


def test_a_delay_for_others_or_of_nonsense_is_none():
    assert Rules("User-agent: other\nCrawl-delay: 9\n", "tracker").crawl_delay_s is None
    assert Rules("User-agent: *\nCrawl-delay: soon\n", "tracker").crawl_delay_s is None


# ---------------------------------------------------------------- remembering it


def test_a_note_survives_being_written_down():
    at = datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC)
    full = HostNote(
        origin="https://example.org",
        robots="User-agent: *",
        robots_status=200,
        robots_at=at,
        robots_asked_at=at,
        unreachable_since=at,
        crawl_delay_s=2.5,
        held_until=at,
        held_why="HTTP 503",
        steps=3,
        failed=("a", "b"),
        is_open=True,
        last_ended_at=at,
        missing="f00",
        missing_at=at,
    )

    assert HostNote.from_json(full.to_json()) == full
    assert HostNote.from_json({"origin": "http://a", "of_a_later_release": 1}) == HostNote(origin="http://a")
    assert HostNote(origin="http://a").to_json() == {"origin": "http://a"}
