"""Discovery over loopback: what a site lists, what becomes of it, and that a list alone decides nothing."""

import gzip
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.publisher import page, redirect, status
from tests.watch.town import COUNTRIES, NS, PATTERN, SITEMAP, profile, town
from tracker.extract.addresses import Listed
from tracker.extract.publishers import Publishers
from tracker.watch import configured
from tracker.watch.discover import record
from tracker.watch.discover_loop import DiscoveryLoop

# ---------------------------------------------------------------- what is found


def test_robots_index_gzip_feed_and_index_page_are_read_and_each_page_is_proposed_once(tmp_path):
    rules = f"sitemaps = ['SITE/robots.txt']\nfeeds = ['SITE/rss']\nindex_pages = ['SITE/all']\n{PATTERN}"
    with town(tmp_path, rules) as place:
        site = place.site
        inner = f"<urlset {NS}><url><loc>{site.url('/profiles/ruritania')}</loc></url></urlset>"
        site.page("/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {site.url('/index.xml')}\n")
        site.page("/index.xml", f"<sitemapindex {NS}><sitemap><loc>/deep.xml</loc></sitemap></sitemapindex>")
        site.page("/deep.xml", f"<sitemapindex {NS}><sitemap><loc>/one.xml.gz</loc></sitemap></sitemapindex>")
        site.page("/one.xml.gz", gzip.compress(inner.encode()), media_type="application/x-gzip")
        link = site.url("/profiles/zembla?utm_source=rss")
        site.page("/rss", f"<rss><channel><item><link>{link}</link></item></channel></rss>")
        anchors = "<a href='/profiles/graustark#top'>G</a><a href='/profiles/zembla'>Z</a><a href='/about'>About</a>"
        site.page("/all", f"<html><body><main>{anchors}</main></body></html>")

        done = place.survey()
        again = place.survey()

        assert [p.url for p in place.proposed] == [
            site.url("/profiles/ruritania"),
            site.url("/profiles/zembla"),
            site.url("/profiles/graustark"),
        ]
        assert [p.name for p in place.proposed] == ["ruritania", "zembla", "graustark"]
        assert (len(done.new), again.new) == (3, ())
        assert place.events == ["page.discovered"] * 3
        assert [read.faults for read in done.reads] == [(), (), ()]
        assert [read.is_whole for read in done.reads] == [True, False, True]  # a feed never is


def test_a_page_that_appears_later_is_proposed_then_and_only_then(tmp_path):
    with town(tmp_path) as place:
        place.lists("ruritania")
        place.survey()
        place.lists("ruritania", "zembla")

        assert len(place.survey().new) == 1
        assert place.survey().new == ()
        assert [p.name for p in place.proposed] == ["ruritania", "zembla"]


def test_where_the_rules_say_so_a_new_page_is_watched_at_once(tmp_path):
    with town(tmp_path, f"{SITEMAP}\nwatch = 'auto'") as place:
        place.lists("ruritania", "zembla")

        assert place.survey().watched == ("ruritania", "zembla")
        assert place.look("zembla").entry.outcome == "changed"
        assert place.proposed == []


def test_what_was_found_right_before_a_crash_is_watched_after_it(tmp_path):
    with town(tmp_path, f"{SITEMAP}\nwatch = 'auto'") as place:
        place.lists("ruritania")
        url = place.site.url("/profiles/ruritania")
        record(place.scout, [url], {url: (Listed(url), place.site.url("/sitemap.xml"))}, "town", "auto")

        done = place.survey()

        assert (done.new, done.watched) == ((), ("ruritania",))
        assert place.events == ["page.discovered"]


def test_a_page_that_somebody_no_longer_watches_is_not_watched_again_by_itself(tmp_path):
    with town(tmp_path, f"{SITEMAP}\nwatch = 'auto'") as place:
        place.lists("ruritania", "zembla")
        place.survey()
        place.take_up()
        configured.remove(place.watches_file, "zembla")

        assert place.survey().watched == ()
        assert [w.name for w in configured.read(place.watches_file)] == ["ruritania"]
        assert place.proposed == []


def test_a_publisher_that_moves_its_pages_is_asked_where_they_went_before_new_ones_are_watched_twice(tmp_path):
    with town(tmp_path, f"{SITEMAP}\nwatch = 'auto'".replace("[a-z-]+", "[a-z/-]+")) as place:
        place.watch("ruritania", "zembla", "graustark")
        place.lists("ruritania", "zembla", "graustark")
        place.survey()
        place.site.put("/profiles/zembla", redirect("/profiles/new/zembla", 301))
        place.site.page("/profiles/new/zembla", profile("zembla"))
        place.lists("ruritania", "new/zembla", "graustark")

        assert place.survey().watched == ()
        assert place.survey().due == {"zembla": "no longer listed"}
        place.look("zembla")
        assert place.survey().watched == ()
        assert [w.name for w in configured.read(place.watches_file)] == ["ruritania", "zembla", "graustark"]


# ---------------------------------------------------------------- what is not there any longer


def test_a_page_that_vanished_is_asked_and_only_its_own_word_takes_it_away_once(tmp_path):
    with town(tmp_path) as place:
        place.watch(*COUNTRIES)
        place.site.page("/", "<h1>Home</h1>")
        place.lists(*COUNTRIES)
        place.survey()
        place.lists(*COUNTRIES[1:])
        assert place.survey().due == {} and place.due == []

        assert place.survey().due == {"ruritania": "no longer listed"}
        assert place.due == ["ruritania"]

        assert place.look("ruritania").entry.outcome == "unchanged"  # it is there: the list alone decides nothing
        assert "page.removed" not in place.events

        place.site.put("/profiles/ruritania", status(410))
        place.survey()
        place.look("ruritania")
        place.look("ruritania")
        assert place.survey().due == {}  # it is known to be gone
        place.look("ruritania")
        assert place.events.count("page.removed") == 1
        assert [cause for cause, _ in place.eye.told] == ["removed"]

        place.site.page("/profiles/ruritania", profile("ruritania"))
        place.lists(*COUNTRIES)
        assert place.survey().due == {"ruritania": "listed again"}
        place.look("ruritania")
        place.look("ruritania")
        assert [e for e in place.events if e in ("page.removed", "page.restored")] == ["page.removed", "page.restored"]
        assert [cause for cause, _ in place.eye.told] == ["removed", "restored"]


def test_a_page_that_stays_without_being_listed_is_asked_three_times_and_then_left_to_its_cadence(tmp_path):
    with town(tmp_path) as place:
        place.watch("ruritania", "zembla")
        place.lists("ruritania", "zembla")
        place.survey()
        place.lists("zembla")

        assert [len(place.survey().due) for _ in range(7)] == [0, 1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("how", ["fails", "empty", "broken", "cut", "shrunk", "half of an index", "a page instead"])
def test_a_list_that_is_not_whole_is_not_believed(tmp_path, how):
    with town(tmp_path) as place:
        place.watch(*COUNTRIES)
        place.lists(*COUNTRIES)
        place.survey()
        place.lists("zembla")
        site = place.site
        if how == "fails":
            site.put("/sitemap.xml", status(500))
        elif how == "empty":
            place.lists()
        elif how == "broken":
            site.page("/sitemap.xml", f"<urlset {NS}><url>")
        elif how == "cut":
            site.page("/sitemap.xml", b" " * 9_000_000)
        elif how == "half of an index":
            children = "<sitemap><loc>/1.xml</loc></sitemap><sitemap><loc>/2.xml</loc></sitemap>"
            here = "".join(f"<url><loc>{site.url(f'/profiles/{n}')}</loc></url>" for n in COUNTRIES[1:])
            site.page("/1.xml", f"<urlset {NS}>{here}</urlset>")
            site.page("/sitemap.xml", f"<sitemapindex {NS}>{children}</sitemapindex>")
        elif how == "a page instead":
            site.page("/sitemap.xml", "<html><body><main><p>Back soon.</p></main></body></html>")

        days = 10 if how == "empty" else 3  # a list of nothing is never believed, however long it stays so

        assert [place.survey(after=timedelta(hours=25)).due for _ in range(days)] == [{}] * days
        assert place.due == []
        assert place.told and "not believed" in place.told[0]


def test_a_page_that_went_from_one_list_to_another_is_not_asked(tmp_path):
    with town(tmp_path, f"sitemaps = ['SITE/sitemap.xml', 'SITE/other.xml']\n{PATTERN}") as place:
        place.watch("ruritania", "zembla")
        place.site.page("/other.xml", f"<urlset {NS}><url><loc>/profiles/graustark</loc></url></urlset>")
        place.lists("ruritania", "zembla")
        place.survey()
        place.lists("zembla")
        there = "".join(f"<url><loc>/profiles/{n}</loc></url>" for n in ("graustark", "ruritania"))
        place.site.page("/other.xml", f"<urlset {NS}>{there}</urlset>")

        assert [place.survey().due for _ in range(4)] == [{}] * 4


def test_a_list_that_stays_at_half_for_a_week_is_taken_for_what_it_is(tmp_path):
    with town(tmp_path) as place:
        place.watch(*COUNTRIES)
        place.lists(*COUNTRIES)
        place.survey()
        place.lists("zembla")

        dues = [place.survey().due for _ in range(10)]

        assert dues[:8] == [{}] * 8
        assert set(dues[8]) == set(COUNTRIES) - {"zembla"}


def test_a_list_that_is_too_long_for_us_says_which_setting_cuts_it(tmp_path):
    with town(tmp_path) as place:
        place.site.page("/sitemap.xml", b" " * 9_000_000)

        (fault,) = place.survey().reads[0].faults

        assert place.site.url("/sitemap.xml") in fault
        assert "fetch.max_body_bytes" in fault


# ---------------------------------------------------------------- hints


def test_a_page_whose_date_in_the_list_moved_is_due_now(tmp_path):
    with town(tmp_path) as place:
        place.watch("ruritania", "zembla")
        place.lists("ruritania", "zembla", lastmod={"ruritania": "2026-01-01", "zembla": "2026-01-01"})
        assert place.survey().due == {}
        place.lists("ruritania", "zembla", lastmod={"ruritania": "2026-01-09", "zembla": "2026-01-01"})

        assert place.survey().due == {"ruritania": "its date in the list moved"}
        assert place.due == ["ruritania"]


def test_a_host_whose_hints_find_nothing_is_no_longer_heeded_until_they_do_again(tmp_path):
    with town(tmp_path) as place:
        place.watch("ruritania")
        heeded = []
        for day in range(1, 23):
            place.lists("ruritania", lastmod={"ruritania": f"2026-02-{day:02}"})
            heeded.append(bool(place.survey().due))
            if day > 12:
                place.site.page("/profiles/ruritania", profile("ruritania", f"{day} ducks were seen."))
            place.look("ruritania", after=timedelta(hours=1))

        assert heeded[0] is False  # there was no date to move
        assert heeded[1:11] == [True] * 10
        assert heeded[11:16] == [False] * 5
        assert heeded[-4:] == [True] * 4


# ---------------------------------------------------------------- under `tracker run`


def test_under_run_each_publisher_is_surveyed_on_its_own_cadence_and_again_after_a_restart(tmp_path):
    with town(tmp_path, f"{SITEMAP}\nevery = '6h'") as place:
        place.lists("ruritania")

        def loop() -> DiscoveryLoop:
            return DiscoveryLoop(place.scout, lambda: place.eye.tools.fetcher)

        running = loop()
        assert running.next_at is not None and running.next_at <= place.clock()
        running.tick(place.clock())
        running.wait(10)
        running.tick(place.clock())
        running.wait(10)
        assert len(place.site.asked("/sitemap.xml")) == 1
        assert place.told == ["discovery of town: 1 new pages: tracker proposals"]

        running.close()
        after = loop()
        after.tick(place.clock())
        assert len(place.site.asked("/sitemap.xml")) == 1
        assert after.next_at is not None
        place.clock.now += timedelta(hours=6, seconds=1)
        after.tick(place.clock())
        after.wait(10)
        assert len(place.site.asked("/sitemap.xml")) == 2


def test_a_publisher_that_is_taken_out_is_asked_no_longer(tmp_path):
    with town(tmp_path) as place:
        running = DiscoveryLoop(place.scout, lambda: place.eye.tools.fetcher)
        running.take_up(Publishers())

        assert running.next_at is None
        running.tick(place.clock())
        assert place.site.requests == ()


def test_a_tick_does_not_wait_for_a_slow_site(tmp_path):
    with town(tmp_path) as place:
        place.lists("ruritania")
        go = threading.Event()

        def slow(request, wire):  # type: ignore[no-untyped-def]
            go.wait(10)
            page("<urlset/>")(request, wire)

        place.site.put("/sitemap.xml", slow)
        running = DiscoveryLoop(replace(place.scout), lambda: place.eye.tools.fetcher)

        running.tick(place.clock())
        assert place.site.wait_until(lambda: bool(place.site.asked("/sitemap.xml")))
        running.tick(place.clock())
        go.set()
        running.close()
        assert len(place.site.asked("/sitemap.xml")) == 1
