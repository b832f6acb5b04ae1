"""A page is known again with another nonce, clock or echoed address; no two pages are taken for one."""

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.extract.stand_ins import FRONT, HONEST, MENU, STAND_INS, html
from tests.extract.test_stand_ins import captured
from tracker.events.looks import Capture
from tracker.extract.fingerprint import fingerprint, resembles, visible_text

TOLD = (
    "river hill council treaty of the a in for clock bridge baker choir valley snow ferry museum readers choir wind "
    "harbour lantern orchard ministry delegates paper silence winter market stone garden letter window garrison "
)
WORDS = TOLD.split()


def shown(body: str, path: str = "/ruritania") -> Capture:
    return replace(captured(body), url=f"https://r.example{path}", final_url=f"https://r.example{path}")


def said(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words))


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 10**6), st.integers(12, 400), st.sampled_from(("/x-9f2c41", "/profiles/ruritania", "/a/b/c?d=e&f=2"))
)
def test_a_page_with_another_nonce_clock_and_echo_resembles_itself(seed, words, path):
    rng = random.Random(seed)
    told = said(rng, words)

    def page(path: str) -> Capture:
        nonce = f"{rng.getrandbits(96):x}"
        body = (
            f"{MENU}<h1>Nowhere</h1><p>{told}</p><p>You asked for {path}, also written https://r.example{path}.</p>"
            f"<p>It is {rng.choice(('Monday', 'Friday'))}, {rng.randrange(1, 29)} {rng.choice(('May', 'June'))} 2026, "
            f"{rng.randrange(24)}:{rng.randrange(60)}:07 UTC. Request {nonce}, incident "
            f"kJhGfDsQ{rng.randrange(99)}.</p>"
        )
        head = f'<script nonce="{nonce}">var t="{nonce}"</script><meta name=csrf content="{nonce}">'
        return shown(html("Nowhere", body, head=head), path)

    assert resembles(fingerprint(page("/qx71-none")), fingerprint(page(path)))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 300), st.integers(20, 300))
def test_two_pages_of_one_site_do_not_resemble_each_other(seed, one, other):
    rng = random.Random(seed)
    first, second = (shown(html("Page", f"{MENU}<h1>{said(rng, 3)}</h1><p>{said(rng, n)}</p>")) for n in (one, other))

    assert not resembles(fingerprint(first), fingerprint(second))


def test_no_page_of_the_tables_resembles_another_kind_of_page():
    marks = {name: fingerprint(shown(page)) for name, page in HONEST.items()}
    bad = {name: fingerprint(shown(page.body)) for name, page in STAND_INS.items()} | {
        "front": fingerprint(shown(FRONT))
    }

    assert [(a, b) for a in marks for b in bad if resembles(marks[a], bad[b])] == []


def test_a_page_without_words_resembles_nothing():
    blank = fingerprint(shown("<html><script>var a</script></html>"))

    assert blank == "0000000000000000.0"
    assert not resembles(blank, blank)


def test_what_is_no_fingerprint_resembles_nothing():
    good = fingerprint(shown(FRONT))

    assert resembles(good, good)
    for bad in ("", "x", good[:-1] + "x", good.replace(".", "")):
        assert not resembles(good, bad) and not resembles(bad, good)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=500), st.text(max_size=30), st.sampled_from((None, "utf-16", "koi8-r", "nonsense")))
def test_no_bytes_and_no_address_raise(body, url, charset):
    capture = replace(captured(body), url=url, final_url=f"http://[{url}", charset=charset)

    assert fingerprint(capture) == fingerprint(capture)


def test_what_a_reader_sees_is_what_is_read():
    body = "<title>T</title><style>p{}</style><p>caf&eacute;<br>noir <!-- no --><script>no</script>1 < 2"

    assert visible_text(body.encode()) == "T café noir 1 < 2"
    assert visible_text("<p>Привет</p>".encode("koi8-r"), "koi8-r") == "Привет"
