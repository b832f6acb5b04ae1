"""Captures that others made: what is read of WARC files and of a web archive, and what is told of the rest."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network

import pytest

from tests.archive import Archive, warc
from tests.publisher import page, redirect, status
from tracker.fetch.archive import BadCopy
from tracker.fetch.body import Limits
from tracker.fetch.client import Fetcher
from tracker.fetch.hosts import Hosts
from tracker.fetch.warc import WarcFiles, exchange_of
from tracker.fetch.wayback import ComeLater, WebArchive
from tracker.settings import FetchSettings

URL = "https://example.org/ruritania"
LIMITS = Limits(100_000, 200)
FIRST, SECOND = "<h1>Ruritania</h1><p>One.</p>", "<h1>Ruritania</h1><p>Two.</p>"
RECORDS = [("2021-02-09T10:00:00Z", URL, FIRST), ("2022-02-09T10:00:00Z", URL, SECOND)]


def everything(url):
    return True


def bodies(records):
    return [(r.at.year, exchange_of(r, LIMITS).body.decode()) for r in records]


@pytest.mark.parametrize("compressed", [True, False], ids=["gz", "plain"])
@pytest.mark.parametrize("gzipped", [True, False], ids=["encoded", "as it is"])
def test_responses_are_read_with_their_instants(tmp_path, compressed, gzipped):
    file = warc(tmp_path / "a.warc", RECORDS, compressed=compressed, gzipped=gzipped)

    archive = WarcFiles()
    found = archive.index([file], everything)

    assert bodies(found) == [(2021, FIRST), (2022, SECOND)]
    assert found[0].at == datetime(2021, 2, 9, 10, tzinfo=UTC)
    assert exchange_of(found[0], LIMITS).media_type == "text/html"
    assert archive.damaged == []


def test_only_answers_with_200_of_wanted_addresses_are(tmp_path):
    files = [
        warc(tmp_path / "a.warc", RECORDS, compressed=True, code="404 Not Found"),
        warc(tmp_path / "b.warc", [("2021-02-09T10:00:00Z", URL + "/other", FIRST)], compressed=True),
    ]

    assert WarcFiles().index(files, lambda url: url == URL) == ()


@pytest.mark.parametrize("compressed", [True, False], ids=["gz", "plain"])
def test_a_revisit_has_the_payload_that_it_repeats_though_that_be_in_another_file(tmp_path, compressed):
    repeats = warc(tmp_path / "a.warc", [], compressed=compressed, repeats=[("2023-02-09T10:00:00Z", URL, FIRST)])
    first = warc(tmp_path / "b.warc", RECORDS, compressed=compressed)

    found = WarcFiles().index([repeats, first], everything)

    assert (2023, FIRST) in bodies(found)
    assert len(found) == 3
    (alone,) = WarcFiles().index([repeats], everything)
    with pytest.raises(BadCopy, match="in none of the files"):
        exchange_of(alone, LIMITS)


@pytest.mark.parametrize("compressed", [True, False], ids=["gz", "plain"])
def test_a_damaged_record_is_told_once_and_the_others_are_read(tmp_path, compressed):
    records = [(f"20{n:02d}-02-09T10:00:00Z", URL, f"<p>{n}</p>" * 50) for n in range(10, 16)]
    file = warc(tmp_path / "a.warc", records, compressed=compressed)
    second = WarcFiles().index([file], everything)[1].offset
    data = bytearray(file.read_bytes())
    if compressed:
        data[second + 40 : second + 90] = b"\x00" * 50
    else:
        at = data.index(b"Content-Length", second)
        data[at : at + 17] = b"Content-Length: 9"
    file.write_bytes(data)

    archive = WarcFiles()
    found = archive.index([file], everything)

    assert [r.at.year for r in found] == [2010, 2012, 2013, 2014, 2015]
    assert [offset for _, offset, _ in archive.damaged] == [second]
    assert "damaged" in archive.damaged[0][2]


def test_a_file_that_is_cut_short_is_read_as_far_as_it_goes(tmp_path):
    file = warc(tmp_path / "a.warc", RECORDS, compressed=True)
    file.write_bytes(file.read_bytes()[:-60])

    archive = WarcFiles()

    assert [r.at.year for r in archive.index([file], everything)] == [2021]
    assert len(archive.damaged) == 1


def test_a_bomb_in_an_archive_is_no_page(tmp_path):
    bomb = warc(tmp_path / "a.warc", [("2021-02-09T10:00:00Z", URL, "0" * 5_000_000)], compressed=False, gzipped=True)
    (found,) = WarcFiles().index([bomb], everything)

    with pytest.raises(BadCopy, match=r"bomb|too_large"):
        exchange_of(found, LIMITS)


def test_what_is_no_warc_is_told(tmp_path):
    (tmp_path / "a.warc").write_bytes(b"hello " * 1000)

    archive = WarcFiles()

    assert archive.index([tmp_path / "a.warc"], everything) == ()
    assert len(archive.damaged) == 1


def record(*headers, body=FIRST, kind="response", http=""):
    """A WARC record with these headers, and no other than its type."""
    block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{http}\r\n{body}"
    told = "\r\n".join(["WARC/1.0", f"WARC-Type: {kind}", *(line.format(len(block)) for line in headers)])
    return f"{told}\r\n\r\n{block}\r\n\r\n".encode()


OF, LONG = f"WARC-Target-URI: {URL}", "Content-Length: {}"


def dated(year):
    return f"WARC-Date: {year}-02-09T10:00:00Z"


@pytest.mark.parametrize("compressed", [True, False], ids=["gz", "plain"])
@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ((OF, dated(2021)), "how long it is"),
        ((OF, dated(2021), "Content-Length: many"), "how long it is"),
        ((dated(2021), LONG), "no WARC-Target-URI"),
        ((OF, dated(2021), "WARC-Truncated: length", LONG), "cut short when it was captured"),
    ],
    ids=["no length", "no number", "no address", "truncated"],
)
def test_a_record_that_lacks_what_makes_it_a_capture_is_told_and_the_next_is_read(tmp_path, headers, told, compressed):
    records = [record(*headers), record(OF, dated(2022), LONG, body=SECOND)]
    (tmp_path / "a.warc").write_bytes(b"".join(gzip.compress(one) if compressed else one for one in records))

    archive = WarcFiles()

    assert bodies(archive.index([tmp_path / "a.warc"], everything)) == [(2022, SECOND)]
    assert [told in why for _, _, why in archive.damaged] == [True]


def test_an_answer_that_does_not_say_its_length_ends_where_its_record_does(tmp_path):
    records = [
        record(OF, dated(2021), LONG),
        record(OF, dated(2022), LONG, body=SECOND, http="Content-Length: 9999\r\n"),
    ]
    (tmp_path / "a.warc").write_bytes(b"".join(records))

    found = WarcFiles().index([tmp_path / "a.warc"], everything)

    assert exchange_of(found[0], LIMITS).body.decode() == FIRST
    assert len(found) == 2


def test_a_revisit_is_not_shown_what_was_cut_short(tmp_path):
    digest = "WARC-Payload-Digest: sha1:AAAA"
    cut = record(OF, dated(2021), "WARC-Truncated: time", digest, LONG)
    again = record(OF, dated(2022), digest, LONG, kind="revisit")
    (tmp_path / "a.warc").write_bytes(cut + again)

    (found,) = WarcFiles().index([tmp_path / "a.warc"], everything)

    with pytest.raises(BadCopy, match="in none of the files"):
        exchange_of(found, LIMITS)


# ---------------------------------------------------------------- a web archive


@pytest.fixture
def kept():
    with Archive(rows=2) as archive:
        for n in range(2019, 2024):
            archive.keep(f"{n}0209100000", URL, FIRST if n < 2021 else SECOND)
        archive.keep("20240101000000", URL, "gone", code=404)
        yield archive


class Waiting:
    """A clock that goes on when somebody waits."""

    def __init__(self):
        self.now, self.waits = datetime(2026, 1, 1, tzinfo=UTC), []

    def wait(self, seconds):
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)
        return False


@pytest.fixture
def clock():
    return Waiting()


@pytest.fixture
def web(kept, clock):
    settings = FetchSettings(
        user_agent="tracker/test", allow_addresses=(ip_network("127.0.0.0/8"),), host_delay_s=0, retry_s=(), total_s=5
    )
    hosts = Hosts(settings, now=lambda: clock.now, wait=clock.wait)
    fetcher = Fetcher(settings, hosts=hosts, now=lambda: clock.now)
    yield WebArchive(kept.base, fetcher.fetch, wait=clock.wait, told=lambda line: None)
    fetcher.close()


def test_the_index_is_asked_for_page_by_page(web):
    assert [one.at.year for one in web.index(URL)] == [2019, 2020, 2021, 2022, 2023]
    assert [one.at.year for one in web.index(URL, since=date(2020, 1, 1), until=date(2021, 12, 31))] == [2020, 2021]
    assert [one.at.year for one in web.index(URL, limit=3)] == [2019, 2020, 2021]
    assert [one.at.year for one in web.index(URL, collapse=True)] == [2019, 2021]
    assert web.index(URL + "/other") == ()


def test_replay_gives_the_bytes_as_captured_and_asks_once_for_the_same_in_a_row(web, kept):
    found = [web.replay(one).body.decode() for one in web.index(URL)]

    assert found == [FIRST, FIRST, SECOND, SECOND, SECOND]
    assert kept.asked() == [f"/web/20190209100000id_/{URL}", f"/web/20210209100000id_/{URL}"]


def test_another_capture_in_its_place_is_not_taken_for_it(web, kept):
    first = web.index(URL)[0]
    kept._kept = [one for one in kept._kept if one.timestamp != first.timestamp]

    with pytest.raises(BadCopy, match="another capture in its place, of 20200209100000"):
        web.replay(first)


def test_a_wish_to_wait_is_obeyed_in_full(web, kept, clock):
    (first, *_) = web.index(URL)
    kept.trouble(status(429, retry_after=30))

    assert web.replay(first).body.decode() == FIRST
    assert sum(clock.waits) >= 30
    assert len(kept.asked()) == 2


def test_a_long_wish_to_wait_ends_the_import(web, kept, clock):
    (first, *_) = web.index(URL)
    kept.trouble(status(503, retry_after=7200))

    with pytest.raises(ComeLater, match="left alone for 2h"):
        web.replay(first)
    assert clock.waits == []


@pytest.mark.parametrize("body", ["<html>", "{}", '[["a"],["b"]]', "[1]"])
def test_an_index_that_is_none_is_told(web, kept, body):
    kept._index = lambda asked: page(body, etag=None)

    with pytest.raises(BadCopy, match="cannot be read"):
        web.index(URL)


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("{live}/ruritania", "out of itself"),
        ("{live}/web/20190209100000id_/" + URL, "out of itself"),
        ("/live/ruritania", "out of itself"),
        ("/web/20190209100000/" + URL, "no raw replay"),
        ("/web/20190209100000id_/" + URL + "/other", "another page"),
        ("/web/20190209100000id_/https://else.example/ruritania", "another page"),
    ],
)
def test_a_replay_that_leads_elsewhere_is_no_capture(web, kept, to, told):
    first = web.index(URL)[0]
    with Archive() as other:
        for site in (kept, other):
            site.page("/ruritania", SECOND)
            site.page("/live/ruritania", SECOND)
            site.page("/web/20190209100000/" + URL, SECOND)
        for url in (URL, URL + "/other", "https://else.example/ruritania"):
            other.keep("20190209100000", url, SECOND)
            kept.keep("20190209100000", url, SECOND)
        kept.trouble(redirect(to.format(live=other.base), 302))

        with pytest.raises(BadCopy, match=told):
            web.replay(first)


def test_a_replay_under_the_same_address_in_another_form_is_the_capture(web, kept):
    first = web.index(URL)[0]
    old = URL.replace("https://", "http://www.") + "/"
    kept.keep("20190209100000", old, FIRST)
    kept.trouble(redirect(f"/web/20190209100000id_/{old}", 302))

    assert web.replay(first).body.decode() == FIRST


def test_an_index_that_goes_in_circles_is_told(web, kept):
    line = ["20190209100000", URL, "text/html", "200", "A"]
    names = ["timestamp", "original", "mimetype", "statuscode", "digest"]
    kept._index = lambda asked: page(json.dumps([names, line, [], ["again"]]), etag=None)

    with pytest.raises(BadCopy, match="in circles"):
        web.index(URL)
    assert sum(r.path.startswith("/cdx/") for r in kept.requests) == 2
