"""The gate: whose turn it is at a host, and when nobody's."""

import threading
from datetime import timedelta

import pytest

from tests import publisher as sites
from tests.fetch.gate import Time, fetcher, hosts
from tests.publisher import Publisher, page, redirect, status
from tracker import clock
from tracker.events.looks import Capture, FetchFailed, NotModified
from tracker.fetch.hosts import MAX_BACK_OFF_S, origin_at
from tracker.fetch.memory import KEPT_ORIGINS, Forgetful
from tracker.fetch.sockets import Abandoned

TEXT = "<h1>Ruritania</h1>"


@pytest.fixture
def site():
    with Publisher() as one:
        one.page("/r", TEXT)
        yield one


@pytest.fixture
def time():
    return Time()


def pages(site: Publisher) -> list[str]:
    return [request.path for request in site.requests if request.path != "/robots.txt"]


# ---------------------------------------------------------------- turns and pauses


def test_between_two_requests_to_a_host_lies_the_delay_from_the_end_of_the_first(site, time):
    one = fetcher(time, host_delay_s=1.0)

    one.fetch(site.url("/r"))
    time.go(0.4)
    one.fetch(site.url("/r"))
    time.go(5)
    one.fetch(site.url("/r"))

    assert time.waits == [1.0, pytest.approx(0.6)]  # after robots.txt; after the page; none was needed


def test_chance_only_lengthens_the_delay_by_a_twentieth_at_most(site, time):
    one = fetcher(time, hosts(time, host_delay_s=10.0, chance=1.0))

    one.fetch(site.url("/r"))

    assert time.waits == [10.5]


def test_a_clock_that_was_set_back_costs_no_more_than_the_delay(site, time):
    one = fetcher(time, host_delay_s=1.0)
    one.fetch(site.url("/r"))
    time.set_by(days=-1)

    one.fetch(site.url("/r"))

    assert time.waits == [1.0, 1.0]


def test_other_hosts_and_other_ports_have_turns_of_their_own(time):
    gate = hosts(time, host_delay_s=1.0, ignore_robots=("127.0.0.1", "127.0.0.2"))
    with Publisher("0.0.0.0") as site, Publisher() as other:
        site.page("/r", TEXT)
        other.page("/r", TEXT)
        one = fetcher(time, gate)

        for url in (site.url("/r"), site.url("/r", host="127.0.0.2"), other.url("/r")):
            assert isinstance(one.fetch(url), Capture)

    assert time.waits == []


def test_many_fetchers_have_one_request_in_flight_at_a_host(time):
    flying, most = [0], [0]
    seen = threading.Lock()

    def counted(request, wire):
        with seen:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        wire.wait(0.01)
        with seen:
            flying[0] -= 1
        page(TEXT)(request, wire)

    gate = hosts(time)
    with Publisher() as site:
        url = site.put("/r", counted)
        results = []
        workers = [threading.Thread(target=lambda: results.append(fetcher(time, gate).fetch(url))) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    assert [type(r) for r in results] == [Capture] * 8
    assert most == [1]


def test_two_hosts_that_redirect_to_each_other_do_not_wait_in_a_circle(time):
    gate = hosts(time)
    with Publisher() as a, Publisher() as b:
        a.put("/from", sites.late(0.05, redirect(b.url("/to"))))
        b.put("/from", sites.late(0.05, redirect(a.url("/to"))))
        a.page("/to", TEXT)
        b.page("/to", TEXT)
        results = []
        workers = [
            threading.Thread(target=lambda url=url: results.append(fetcher(time, gate).fetch(url)), daemon=True)
            for url in (a.url("/from"), b.url("/from"))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(10)

    assert [type(r) for r in results] == [Capture, Capture]


def test_waiting_for_a_turn_takes_nothing_of_the_total_time(site):
    """The wait here is real: half a second of politeness, where the whole look may take less."""
    real = Time()
    real.wait = lambda seconds: threading.Event().wait(seconds)
    gate = hosts(real, host_delay_s=0.5)
    one = fetcher(real, gate, total_s=0.4)

    assert isinstance(one.fetch(site.url("/r")), Capture)


def test_who_is_told_to_stop_does_not_wait(site, time):
    one = fetcher(time, host_delay_s=1.0)
    one.fetch(site.url("/r"))
    time.stops = True

    with pytest.raises(Abandoned):
        one.fetch(site.url("/r"))
    time.stops = False
    assert isinstance(one.fetch(site.url("/r")), Capture)


# ---------------------------------------------------------------- left alone by wish


@pytest.mark.parametrize("code", [429, 503, 500, 404, 403])
def test_retry_after_holds_the_whole_host_in_full_and_nobody_waits_for_it(site, time, code):
    site.put("/busy", status(code, retry_after=86_400 * 3))
    gate = hosts(time)
    one, other = fetcher(time, gate), fetcher(time, gate)

    told = one.fetch(site.url("/busy"))
    held = other.fetch(site.url("/r"))

    assert (told.reason, told.status, told.retry_after_s) == ("http_status", code, 259_200)
    assert (held.reason, held.status, held.retry_after_s) == ("held", None, 259_200)
    assert held.detail == (
        f"{site.url('')} is left alone until 2026-03-04T12:00:00Z: it asked for that, with HTTP {code} and Retry-After"
    )
    assert pages(site) == ["/busy"]
    assert time.waits == []
    time.go(259_199)
    assert other.fetch(site.url("/r")).reason == "held"
    time.go(1)
    assert isinstance(other.fetch(site.url("/r")), Capture)


def test_a_clock_that_was_set_back_makes_no_hold_longer(site, time):
    site.put("/busy", status(503, retry_after=600))
    one = fetcher(time)
    one.fetch(site.url("/busy"))
    time.set_by(days=-1)

    time.go(599)
    assert one.fetch(site.url("/r")).reason == "held"
    time.go(1)

    assert isinstance(one.fetch(site.url("/r")), Capture)


def test_a_hold_from_a_clock_that_was_years_ahead_is_not_kept_for_years(site, time):
    memory = Forgetful()
    site.put("/busy", status(503, retry_after=600))
    fetcher(time, hosts(time, memory)).fetch(site.url("/busy"))
    time.set_by(days=-1000)

    assert isinstance(fetcher(time, hosts(time, memory)).fetch(site.url("/r")), Capture)


def test_a_date_in_retry_after_is_obeyed_too(site, time):
    date = {"Date": "Sun, 01 Mar 2026 11:00:00 GMT"}
    site.put("/r", status(503, retry_after="Sun, 01 Mar 2026 13:30:00 GMT", headers=date), page(TEXT))

    assert fetcher(time).fetch(site.url("/r")).retry_after_s == 9000


def test_a_redirect_into_a_held_host_is_held(site, time):
    with Publisher() as other:
        other.put("/r", status(429, retry_after=600))
        site.put("/to", redirect(other.url("/r")))
        one = fetcher(time)
        one.fetch(other.url("/r"))

        held = one.fetch(site.url("/to"))

        assert (held.reason, held.retry_after_s) == ("held", 600)
        assert pages(other) == ["/r"]
        assert isinstance(one.fetch(site.url("/r")), Capture)


@pytest.mark.parametrize("code", [429, 503])
def test_without_retry_after_the_host_is_left_alone_longer_each_time_up_to_six_hours(site, time, code):
    site.put("/r", status(code))
    gate = hosts(time, chance=1.0)
    one = fetcher(time, gate)
    holds = []

    for _ in range(11):
        failed = one.fetch(site.url("/r"))
        holds.append(failed.retry_after_s)
        assert one.fetch(site.url("/other")).reason == "held"
        time.go(failed.retry_after_s)
        gate.learn_robots(site.url(""), 404, b"")  # so that no day passes

    assert holds == [120, 240, 480, 960, 1920, 3840, 7680, 15360, 21600, 21600, 21600]
    assert max(holds) == MAX_BACK_OFF_S


def test_back_off_is_a_minute_at_least_and_forgotten_after_an_answer(site, time):
    site.put("/r", status(503), status(503), page(TEXT), status(503))
    one = fetcher(time)

    for _ in range(2):
        assert one.fetch(site.url("/r")).retry_after_s == 60
        time.go(60)
    assert isinstance(one.fetch(site.url("/r")), Capture)

    assert one.fetch(site.url("/r")).retry_after_s == 60


# ---------------------------------------------------------------- left alone because it is not well


def test_five_addresses_that_fail_open_the_breaker_and_one_probe_a_step_is_let_by(site, time):
    for n in range(20):
        site.put(f"/{n}", status(500))
    gate = hosts(time)
    one = fetcher(time, gate, retry_s=())

    failed = [one.fetch(site.url(f"/{n}")) for n in range(8)]

    assert [f.reason for f in failed] == ["http_status"] * 5 + ["held"] * 3
    assert [f.retry_after_s for f in failed] == [None] * 4 + [60] * 4
    assert "5 addresses failed in a row, the last with HTTP 500" in failed[-1].detail
    time.go(60)
    assert [one.fetch(site.url(f"/{n}")).reason for n in (8, 9, 10)] == ["http_status", "held", "held"]
    assert gate.note(site.url("")).is_open
    assert len(pages(site)) == 6
    time.go(120)
    assert isinstance(one.fetch(site.url("/r")), Capture)
    assert not gate.note(site.url("")).is_open
    assert one.fetch(site.url("/11")).reason == "http_status"
    assert isinstance(one.fetch(site.url("/r")), Capture)


def test_one_page_that_fails_again_and_again_is_no_sick_host(site, time):
    site.put("/bad", status(500))
    one = fetcher(time, retry_s=())

    for _ in range(10):
        assert one.fetch(site.url("/bad")).retry_after_s is None
    assert isinstance(one.fetch(site.url("/r")), Capture)


def test_an_answer_in_between_shows_that_the_host_is_well(site, time):
    one = fetcher(time, retry_s=())
    for n in range(10):
        site.put(f"/{n}", status(502))

        assert one.fetch(site.url(f"/{n}")).reason == "http_status"
        assert one.fetch(site.url("/missing")).status == 404


@pytest.mark.parametrize(
    "answer", [sites.hang_up(), sites.truncated(), sites.raw(b"SSH-2.0\r\n\r\n")], ids=["reset", "truncated", "no HTTP"]
)
def test_failures_of_every_kind_open_it(site, time, answer):
    one = fetcher(time, retry_s=())
    for n in range(5):
        one.fetch(site.put(f"/{n}", answer))

    assert one.fetch(site.url("/r")).reason == "held"


def test_a_host_that_is_away_is_asked_for_robots_txt_no_more_than_the_breaker_allows(time):
    one = fetcher(time, retry_s=())
    url = f"http://127.0.0.1:{sites.closed_port()}"

    reasons = [one.fetch(f"{url}/{n}").reason for n in range(7)]

    assert reasons == ["connect"] * 5 + ["held"] * 2


def test_what_is_odd_about_a_page_or_refused_by_us_says_nothing_of_the_host(site, time):
    one = fetcher(time, max_body_bytes=1000, retry_s=())
    for n, answer in enumerate((sites.bomb(), sites.endless(with_length=True), sites.encoded(b"x", "br")) * 3):
        one.fetch(site.put(f"/{n}", answer))
    for n in range(9):
        assert one.fetch(f"http://10.0.0.{n}/").reason == "refused_address"

    assert isinstance(one.fetch(site.url("/r")), Capture)
    assert one.fetch("http://10.0.0.1/").reason == "refused_address"


# ---------------------------------------------------------------- tries


@pytest.mark.parametrize(
    "answer",
    [
        status(408),
        status(500),
        status(502),
        status(504),
        sites.hang_up(),
        sites.truncated(),
        sites.chunked_without_end(),
        sites.gzip_without_trailer(),
    ],
    ids=["408", "500", "502", "504", "reset", "truncated", "chunks", "gzip"],
)
def test_what_may_pass_is_asked_for_again_after_two_and_eight_seconds(site, time, answer):
    site.put("/passing", answer, answer, page(TEXT))
    site.put("/lasting", answer)
    one = fetcher(time)
    one.sitemaps(site.url("/"))  # robots.txt, so that its connection is not the one that breaks

    one.forget_host()
    passed = one.fetch(site.url("/passing"))
    one.forget_host()
    lasting = one.fetch(site.url("/lasting"))

    assert isinstance(passed, Capture)
    assert isinstance(lasting, FetchFailed)
    assert time.waits == [2, 8, 2, 8]
    assert pages(site) == ["/passing"] * 3 + ["/lasting"] * 3


@pytest.mark.parametrize("code", [400, 401, 403, 404, 410, 429, 451, 501, 503])
def test_what_will_not_pass_is_asked_for_once(site, time, code):
    site.put("/r", status(code))

    failed = fetcher(time).fetch(site.url("/r"))

    assert failed.status == code
    assert failed.slow == (code in (401, 403, 451))
    assert pages(site) == ["/r"]
    assert time.waits == []


@pytest.mark.parametrize("answer", [sites.bomb(), sites.gzip_damaged(), sites.endless(with_length=True), sites.stall()])
def test_what_would_be_the_same_again_is_asked_for_once(site, time, answer):
    fetcher(time, total_s=0.3).fetch(site.put("/r", answer))

    assert pages(site) == ["/r"]


def test_a_connection_that_is_refused_is_tried_again_on_a_server_that_comes_back(time):
    port = sites.closed_port()
    back = []

    def wait(seconds: float) -> bool:
        if not back:
            back.append(Publisher(port=port).__enter__())
            back[0].page("/r", TEXT)
        return False

    time.wait = wait
    try:
        assert isinstance(fetcher(time).fetch(f"http://127.0.0.1:{port}/r"), Capture)
    finally:
        back[0].close()


def test_no_pauses_no_tries(site, time):
    fetcher(time, retry_s=()).fetch(site.put("/r", status(500)))

    assert pages(site) == ["/r"]


def test_a_try_that_opens_the_breaker_is_the_last(site, time):
    one = fetcher(time)
    for n in range(5):
        failed = one.fetch(site.put(f"/{n}", status(500)))

    assert (failed.reason, failed.status, failed.retry_after_s) == ("http_status", 500, 60)
    assert pages(site) == [f"/{n}" for n in range(4) for _ in range(3)] + ["/4"]


def test_who_is_told_to_stop_does_not_try_again(site, time):
    time.stops = True

    with pytest.raises(Abandoned):
        fetcher(time).fetch(site.put("/r", status(500)))
    assert pages(site) == ["/r"]


# ---------------------------------------------------------------- memory


def test_holds_and_rules_outlive_the_process(site, time):
    memory = Forgetful()
    site.page("/robots.txt", "User-agent: *\nDisallow: /admin\n", media_type="text/plain")
    site.put("/busy", status(503, retry_after=600))
    first = hosts(time, memory, host_delay_s=1.0)
    fetcher(time, first).fetch(site.url("/busy"))
    first.close()

    second = hosts(time, memory, host_delay_s=1.0)
    one = fetcher(time, second)

    assert one.fetch(site.url("/r")).reason == "held"
    assert second.held_until(site.url("")) == time.now() + timedelta(seconds=600)
    time.go(600)
    assert isinstance(one.fetch(site.url("/r")), Capture)
    assert one.fetch(site.url("/admin")).reason == "robots"
    assert [r.path for r in site.requests].count("/robots.txt") == 1
    assert second.held_until(site.url("")) is None


def test_a_long_pause_is_remembered_at_once_and_a_short_one_when_we_end(site, time):
    memory = Forgetful()
    origin = site.url("")
    gate = hosts(time, memory, host_delay_s=1.0)
    one = fetcher(time, gate)
    one.fetch(site.url("/r"))
    time.go(5)
    one.fetch(site.url("/r"))

    assert memory.load(origin).last_ended_at < time.now()
    gate.close()
    assert memory.load(origin).last_ended_at == time.now()

    slow = fetcher(time, hosts(time, memory, host_delay_s=5.0))
    slow.fetch(site.url("/r"))
    assert memory.load(origin).last_ended_at == time.now()
    assert time.waits[-1] == 5.0


def test_an_unchanged_page_writes_nothing(site, time):
    writes = []

    class Counting(Forgetful):
        def save(self, origin, note):
            writes.append(origin)
            super().save(origin, note)

    one = fetcher(time, hosts(time, Counting(), host_delay_s=1.0))
    first = one.fetch(site.url("/r"))
    writes.clear()

    for _ in range(20):
        assert isinstance(one.fetch(site.url("/r"), since=first.validators), NotModified)

    assert writes == []


def test_of_many_hosts_only_the_last_are_in_hand_and_none_is_forgotten(time):
    memory = Forgetful()
    gate = hosts(time, memory)
    names = [f"http://host{n}.example" for n in range(KEPT_ORIGINS + 500)]
    for name in names:
        gate.learn_robots(name, 200, b"User-agent: *\nDisallow: /no\n" + b"#" * 10_000)

    assert len(gate._notes._origins) < KEPT_ORIGINS
    assert all(gate.forbids(name, f"{name}/no") and not gate.forbids(name, f"{name}/yes") for name in names[::50])


def test_what_a_host_shows_for_a_page_that_it_has_not_is_kept_with_its_note(time):
    gate = hosts(time)

    gate.note_missing("http://a.example", "f00d")

    note = gate.note("http://a.example")
    assert (note.missing, note.missing_at) == ("f00d", time.now())


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Example.ORG/a?b#c", "https://example.org"),
        ("https://example.org.:443/", "https://example.org"),
        ("http://example.org.:8080/", "http://example.org:8080"),
        ("http://example.org:80", "http://example.org"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("http://[::1]/x", "http://[::1]"),
        ("http://a b/", "http://a b/"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url, origin):
    assert origin_at(url) == origin


def test_the_default_waits_in_our_time(site):
    from tests.fetch.gate import settings
    from tracker.fetch.client import Fetcher
    from tracker.fetch.hosts import Hosts

    began = clock.now()

    Fetcher(settings(), hosts=Hosts(settings(host_delay_s=0.2))).fetch(site.url("/r"))

    assert (clock.now() - began).total_seconds() >= 0.2
