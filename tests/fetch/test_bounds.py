"""What one look may cost, whatever the server does: memory, time, connections."""

import multiprocessing
import resource
import time
from multiprocessing.connection import Connection

import pytest

from tests import publisher as sites
from tests.fetch.gate import settings
from tests.publisher import HTML, Answer, Publisher, head, page, redirect
from tracker.events.looks import Capture, Fetched
from tracker.fetch.client import Fetcher
from tracker.fetch.hosts import Hosts

TEXT = "<h1>Ruritania</h1>"
MAX_RISE_BYTES = 25_000_000
TOTAL_S = 1.0


def flood(block: bytes, first: bytes = b"") -> Answer:
    """These bytes again and again, as fast as they are taken."""

    def answer(request, wire):
        wire.send(first)
        while wire.wait(0):
            wire.send(block)

    return answer


def chunked(extra: str = "") -> bytes:
    return head(200, {"Content-Type": HTML, "Transfer-Encoding": "chunked"}) + extra.encode()


HOSTILE: dict[str, tuple[Answer, set[str]]] = {
    "gzip bomb": (sites.bomb(), {"bomb"}),
    "gzip bomb of many members": (sites.encoded(sites.bomb_bytes(1) * 60), {"bomb"}),
    "br bomb, unasked": (sites.encoded(b"\x5b\xff\xff\xff" * 20_000, "br"), {"bad_encoding"}),
    "zstd, unasked": (sites.encoded(b"x" * 1000, "zstd"), {"bad_encoding"}),
    "100 MB announced": (sites.endless(with_length=True), {"too_large"}),
    "100 MB unannounced": (sites.endless(), {"too_large"}),
    "endless chunks": (flood(b"ffff\r\n" + b"x" * 65535 + b"\r\n", chunked()), {"too_large"}),
    "endless tiny chunks": (flood(b"1\r\nx\r\n" * 5000, chunked()), {"too_large", "protocol", "timeout"}),
    "endless chunk extension": (flood(b"x" * 60_000, chunked("1;")), {"protocol"}),
    "endless trailers": (flood(b"X-A: b\r\n" * 5000, chunked("0\r\n")), {"protocol", "truncated"}),
    "endless headers": (flood(b"X-A: b\r\n" * 5000, b"HTTP/1.1 200 OK\r\n"), {"protocol"}),
    "endless header": (flood(b"x" * 60_000, b"HTTP/1.1 200 OK\r\nX-A: "), {"protocol"}),
    "endless status": (flood(b"x" * 60_000, b"HTTP/1.1 200 "), {"protocol"}),
    "endless 1xx": (sites.interim_flood(), {"protocol", "timeout"}),
    "a byte of header now and then": (sites.header_drip(), {"timeout"}),
    "a byte of body now and then": (sites.body_drip(), {"timeout"}),
    "nothing": (sites.stall(), {"timeout"}),
    "redirects in a circle": (redirect("/redirects-in-a-circle"), {"redirects"}),
    "redirects without end": (
        lambda request, wire: redirect(f"{request.path.partition('?')[0]}?{time.monotonic_ns()}")(request, wire),
        {"redirects"},
    ),
    "an endless body of a redirect": (flood(b"x" * 60_000, head(302, {"Location": "/next"})), {"http_status"}),
    "an endless body of a 404": (flood(b"x" * 60_000, head(404, {})), {"http_status"}),
}


def look(pipe: Connection, urls: list[str], well: str) -> None:
    """In a process of its own: looks at each page and then at a well one; tells what came, how long it took, and by
    how much the memory rose above what a page of the allowed size takes.
    """
    one = Fetcher(settings(total_s=TOTAL_S, retry_s=()), hosts=Hosts(settings()))
    assert isinstance(one.fetch(well), Capture)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for url in urls:
        began = time.monotonic()
        outcome: Fetched = one.fetch(url)
        took_s = time.monotonic() - began
        after = one.fetch(well)
        pipe.send((getattr(outcome, "reason", "none"), took_s, isinstance(after, Capture)))
    pipe.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)


@pytest.mark.proof
def test_no_server_takes_more_than_its_share_of_memory_and_time_or_delays_the_next_page():
    with Publisher() as site:
        urls = [site.put("/" + name.replace(" ", "-"), answer) for name, (answer, _) in HOSTILE.items()]
        here, there = multiprocessing.Pipe()
        child = multiprocessing.get_context("spawn").Process(target=look, args=(there, urls, site.page("/well", TEXT)))
        child.start()
        told = [here.recv() for _ in urls]
        rise_bytes = here.recv()
        child.join()

    for (name, (_, reasons)), (reason, took_s, is_well_after) in zip(HOSTILE.items(), told, strict=True):
        assert reason in reasons, name
        assert took_s < TOTAL_S + 1.0, name
        assert is_well_after, name
    assert rise_bytes <= MAX_RISE_BYTES


def test_a_page_full_of_headers_is_refused_before_it_is_kept():
    with Publisher() as site:
        many = "".join(f"X-{n}: {'v' * 90}\r\n" for n in range(2000)).encode()
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + many + b"\r\nhi"

        failed = Fetcher(settings()).fetch(site.put("/r", sites.raw(whole)))

    assert failed.reason == "protocol"


def test_a_drip_of_a_byte_a_second_ends_with_the_total_time_and_the_next_page_is_not_delayed():
    with Publisher() as site:
        one = Fetcher(settings(total_s=0.5), hosts=Hosts(settings()))
        drip, well = site.put("/drip", sites.body_drip(pause_s=0.25)), site.put("/well", page(TEXT))
        began = time.monotonic()

        reasons = one.fetch(drip).reason, type(one.fetch(well))

    assert reasons == ("timeout", Capture)
    assert time.monotonic() - began < 1.5
