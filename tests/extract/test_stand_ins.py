"""What stands in a profile's place is never believed; what only looks so is."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.extract.stand_ins import FRENCH, FRONT, HEADINGS, HONEST, STAND_INS, TALK, StandIn, honest, prose
from tracker.cli.demo.rendered import as_html, as_text
from tracker.cli.demo.ruritania import edition
from tracker.document.model import Document
from tracker.events.bodies import is_closed
from tracker.events.looks import Capture, Verdict
from tracker.events.sites import Site
from tracker.events.types import Standing
from tracker.extract.fingerprint import fingerprint
from tracker.extract.judge import judge
from tracker.extract.reader import ReadPage, read

AT = datetime(2026, 5, 1, tzinfo=UTC)
URL = "https://r.example/ruritania"
PROFILE = as_html(edition(1))
PLAIN = honest("Ruritania | Profiles", "Ruritania", prose(*TALK, *(words.replace("2023", "2022") for words in TALK)))


def captured(
    body: str | bytes,
    *,
    headers: tuple[tuple[str, str], ...] = (),
    final_url: str | None = None,
    media_type: str | None = "text/html",
    at: datetime = AT,
) -> Capture:
    data = body.encode() if isinstance(body, str) else body
    return Capture(
        fetch_id="f", url=URL, final_url=final_url or URL, status=200, headers=headers, media_type=media_type,
        charset=None, body=data, body_sha256="0" * 64, requested_at=at, captured_at=at,
    )  # fmt: skip


@cache
def document(body: str, publisher: str, media_type: str = "text/html") -> Document:
    page = read(body.encode(), media_type=media_type, publisher=publisher)
    assert isinstance(page, ReadPage)
    return page.document


def standing(body: str | None, publisher: str, media_type: str = "text/html") -> Standing:
    if body is None:
        return Standing(watch="ruritania")
    return Standing(
        watch="ruritania",
        publisher=publisher,
        document=document(body, publisher, media_type),
        is_closed=is_closed(body.encode()),
    )


def judged(
    capture: Capture, *, stood: str | None = None, publisher: str = "generic", site: Site | None = None
) -> Verdict:
    page = read(capture.body, media_type=capture.media_type, publisher=publisher)
    return judge(capture, page, standing(stood, publisher), *([site] if site else []))


def of(stand_in: StandIn) -> Capture:
    return captured(stand_in.body, headers=stand_in.headers, final_url=stand_in.final_url)


# ---------------------------------------------------------------- stand-ins


@pytest.mark.parametrize("name", STAND_INS)
@pytest.mark.parametrize(("publisher", "stood"), [("monitor", PROFILE), ("generic", PLAIN), ("generic", PROFILE)])
def test_what_stands_in_the_place_of_a_profile_is_rejected_by_its_name(name, publisher, stood):
    verdict = judged(of(STAND_INS[name]), stood=stood, publisher=publisher)

    assert (verdict.kind, verdict.reason) == ("rejected", STAND_INS[name].reason)
    assert all(len(line) < 300 for line in verdict.evidence) and verdict.evidence[0]


@pytest.mark.parametrize("name", [name for name, one in STAND_INS.items() if one.at_first])
@pytest.mark.parametrize("publisher", ["monitor", "generic"])
def test_so_it_is_where_nothing_stood(name, publisher):
    verdict = judged(of(STAND_INS[name]), publisher=publisher)

    assert (verdict.kind, verdict.reason) == ("rejected", STAND_INS[name].at_first)


def test_the_front_page_in_the_place_of_a_page_is_doubted_where_no_address_tells():
    verdict = judged(captured(FRONT), stood=PLAIN)

    assert (verdict.kind, verdict.reason) == ("suspect", "other_page")
    assert "All that happens" in verdict.evidence[0]


def neighbour(body: str) -> str:
    """The profile of another country, printed by the same house: other words under the same headings."""
    turned = re.sub(r"<p>([^<>]{40,})", lambda m: "<p>" + " ".join(reversed(m[1].split())), body)
    return turned.replace("Ruritania", "Graustark")


@pytest.mark.parametrize(("publisher", "stood"), [("monitor", PROFILE), ("generic", PLAIN)])
def test_the_profile_of_another_country_is_doubted_and_both_are_named(publisher, stood):
    verdict = judged(captured(neighbour(stood)), stood=stood, publisher=publisher)

    assert (verdict.kind, verdict.reason) == ("suspect", "other_page")
    assert "Graustark" in verdict.evidence[0] and "Ruritania" in verdict.evidence[0]


def test_it_is_refused_where_the_address_says_so_too():
    canonical = '<link href="/graustark" rel="canonical"></head>'
    other = neighbour(PLAIN)

    for capture in (
        captured(other, final_url="https://r.example/graustark"),
        captured(other.replace("</head>", canonical)),
    ):
        verdict = judged(capture, stood=PLAIN)
        assert (verdict.kind, verdict.reason) == ("rejected", "other_page")
        assert "graustark" in verdict.evidence[0]


def test_a_country_that_changed_its_name_is_doubted_as_it_may_be_another():
    for stood, publisher in ((PROFILE, "monitor"), (PROFILE, "generic")):
        renamed = stood.replace("<h1>Ruritania</h1>", "<h1>Zenda</h1>")
        verdict = judged(captured(renamed), stood=stood, publisher=publisher)
        # Where the title is the chapter's too, the old chapter is gone as far as anyone can tell.
        assert (verdict.kind, verdict.reason) in (("suspect", "other_page"), ("suspect", "missing_chapter"))


def test_a_page_that_moved_whole_is_believed():
    for url in ("https://r.example/profiles/ruritania", "https://elsewhere.example/r", "https://r.example/"):
        assert judged(captured(PROFILE.replace("2022", "2021"), final_url=url), stood=PROFILE).kind == "ok"


BARE = {
    "404 page not found\n": "soft404",
    "Not Found": "soft404",
    "Forbidden": "challenge",
    "Service Unavailable": "error_page",
    "upstream connect error or disconnect/reset before headers": "error_page",
    "error code: 1020": "empty",
    '{"message": "Not Found", "status": 404}': "empty",
    '{"title": "Not Found", "status": 404, "detail": "no such"}': "soft404",
    "[]": "empty",
    "null": "empty",
}


@pytest.mark.parametrize("body", BARE)
def test_bare_words_in_the_place_of_a_text_or_of_data_are_refused(body):
    media_type = "application/json" if body[0] in "{[n" else "text/plain"
    text, data = HONEST["plain words"], json.dumps({"title": "Ruritania", "policy": TALK[0], "use": TALK[1]})

    for stood, before in ((text, "text/plain"), (data, "application/json")):
        page = read(body.encode(), media_type=media_type, publisher="generic")
        verdict = judge(captured(body, media_type=media_type), page, standing(stood, "generic", before))
        assert (verdict.kind, verdict.reason) == ("rejected", BARE[body])


# ---------------------------------------------------------------- honest pages


@pytest.mark.parametrize("name", HONEST)
def test_a_page_that_only_talks_of_such_things_is_believed_at_first_sight(name):
    media_type = "text/plain" if name == "plain words" else "text/html"

    assert judged(captured(HONEST[name], media_type=media_type)) == Verdict("ok")


@pytest.mark.parametrize("name", [name for name in HONEST if name != "plain words"])
def test_so_is_an_edit_of_it(name):
    before = HONEST[name]
    after = before.replace("2023", "2024").replace("Guards", "Soldiers")
    assert after != before

    assert judged(captured(after), stood=before).kind == "ok"


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_profile_with_such_a_section_is_believed(heading):
    page = PROFILE.replace("<h1>Ruritania</h1>", f"<h1>Ruritania</h1><h3>{heading}</h3>{prose(*TALK)}", 1)
    inner = PROFILE.replace("<hr>", f"<h3>{heading}</h3>{prose(*TALK)}<hr>", 1)

    for body in (page, inner):
        assert judged(captured(body), publisher="monitor").kind == "ok"
        assert judged(captured(body), stood=PROFILE, publisher="monitor").kind == "ok"


def test_every_later_edition_is_believed_wherever_it_is_served_from():
    for number in range(2, 7):
        before, after = as_html(edition(number - 1)), as_html(edition(number))
        for final_url in (None, "https://r.example/", "https://www.r.example/accounts/ruritania"):
            capture = captured(after, final_url=final_url)
            assert judged(capture, stood=before, publisher="monitor").kind == "ok"


# ---------------------------------------------------------------- the contract


def test_a_page_emptied_to_a_third_is_doubted_not_refused():
    kept = honest("Ruritania | Profiles", "Ruritania", prose(TALK[0]))

    verdict = judged(captured(kept), stood=PLAIN)

    assert (verdict.kind, verdict.reason) == ("suspect", "shrunk")


def test_a_date_that_is_printed_no_more_is_doubted():
    verdict = judged(captured(PROFILE.replace("Last updated:", "About", 1)), stood=PROFILE, publisher="monitor")

    assert (verdict.kind, verdict.reason) == ("suspect", "date_missing")
    assert "prints no date" in verdict.evidence[0]


def test_references_whose_notes_are_gone_are_doubted_and_named():
    head, rule, rest = PROFILE.partition("<hr>")
    bare = head + rule + rest.partition("<h2>")[1] + rest.partition("<h2>")[2]

    verdict = judged(captured(bare), stood=PROFILE, publisher="monitor")

    assert (verdict.kind, verdict.reason) == ("suspect", "notes_missing")
    assert "1, 2" in verdict.evidence[0]


def test_half_a_page_is_refused_however_much_of_it_came():
    for share in (0.3, 0.5, 0.7, 0.9):
        half = PROFILE[: int(len(PROFILE) * share)]
        assert judged(captured(half), stood=PROFILE, publisher="monitor").reason == "half", share
    for share in (0.5, 0.7, 0.9):
        half = PLAIN[: int(len(PLAIN) * share)]
        assert judged(captured(half), stood=PLAIN).reason == "half", share


def test_a_whole_text_whose_page_is_not_closed_is_believed_with_a_word_about_it():
    for page, publisher in ((PROFILE, "monitor"), (PLAIN, "generic")):
        verdict = judged(
            captured(page.replace("</body>", "").replace("</html>", "").replace("2023", "2024")),
            stood=page,
            publisher=publisher,
        )
        assert verdict.kind == "ok"
        assert verdict.evidence and "without </html>" in verdict.evidence[0]


def test_a_first_page_that_stops_within_a_mark_is_doubted():
    for end in ('<a href="https://r.exam', "<!-- the rest of", "<p class='no", "<"):
        verdict = judged(captured("<html><h1>Ruritania</h1>" + prose(*TALK) + end))
        assert (verdict.kind, verdict.reason) == ("suspect", "cut_short"), end


def test_plain_text_that_stops_within_a_line_is_doubted_and_refused_where_lines_are_lost():
    text = as_text(edition(1))
    before = standing(text, "monitor", "text/plain")

    for kept, expected in ((len(text) - 40, ("suspect", "cut_short")), (len(text) - 1400, ("rejected", "half"))):
        page = read(text[:kept].encode(), media_type="text/plain", publisher="monitor")
        verdict = judge(captured(text[:kept], media_type="text/plain"), page, before)
        assert (verdict.kind, verdict.reason) == expected


def test_a_chapter_that_lost_half_of_its_sections_is_doubted():
    sections = [f"<h2>Section {n}</h2><p>{n} words and more of them were said in the council.</p>" for n in range(8)]
    long = prose(*TALK, *(w.replace("mines", "bombs") for w in TALK), *(w.replace("of", "for") for w in TALK))

    verdict = judged(
        captured(honest("R", "Ruritania", long + "".join(sections[:2]))),
        stood=honest("R", "Ruritania", long + "".join(sections)),
    )

    assert (verdict.kind, verdict.reason) == ("suspect", "shrunk")
    assert "2 sections; it had 8" in verdict.evidence[0]


def test_a_comment_that_was_never_closed_hides_no_edit_of_a_page_that_has_its_end():
    stray = PLAIN.replace("<footer>", "<!-- <footer>")
    assert judged(captured(stray)).kind == "ok"

    for after in (stray.replace(TALK[2].replace("2023", "2022"), "It was cut."), stray.replace("404", "405")):
        assert after != stray
        assert judged(captured(after), stood=stray).kind == "ok"


def test_chapters_without_a_word_in_them_are_refused():
    hollow = "<h1>Ruritania</h1>" + "".join(f"<h2>{c.title}</h2>" for c in edition(1).document.chapters)

    verdict = judged(captured(f"<html><body>{hollow}</body></html>"), stood=PROFILE, publisher="monitor")

    assert (verdict.kind, verdict.reason) == ("rejected", "empty")


def test_a_page_in_another_language_is_refused():
    french = honest("Ruritanie | Profils", "Ruritanie", prose(*FRENCH, *(w.replace("mines", "bombes") for w in FRENCH)))

    for url in (None, "https://r.example/fr/ruritania"):
        verdict = judged(captured(french, final_url=url), stood=PLAIN)
        assert (verdict.kind, verdict.reason) == ("rejected", "wrong_language")
        assert "French" in verdict.evidence[0] and "English" in verdict.evidence[0]
    verdict = judged(captured(french), stood=PROFILE, publisher="monitor")
    assert (verdict.kind, verdict.reason) == ("rejected", "wrong_language")


def test_one_chapter_in_another_language_is_doubted():
    page = edition(1)
    chapter = page.document.chapters[2]
    block = chapter.sections[0].blocks[0]
    spoken = tuple(replace(block, text=replace(block.text, plain=w, refs=(), links=())) for w in (*FRENCH, *FRENCH))
    french = replace(chapter, sections=(replace(chapter.sections[0], blocks=spoken, sections=()),), notes=())
    chapters = tuple(french if c is chapter else c for c in page.document.chapters)

    verdict = judged(
        captured(as_html(replace(page, document=replace(page.document, chapters=chapters)))),
        stood=PROFILE,
        publisher="monitor",
    )

    assert (verdict.kind, verdict.reason) == ("suspect", "wrong_language")
    assert chapter.title in verdict.evidence[0]


# ---------------------------------------------------------------- the site's missing page


MISSING = (
    "<html><head><title>Profiles</title></head><body><nav>Home Profiles About News "
    "Contact</nav><h1>Hmm</h1><p>There is "
    "nothing at {path} to read for you. Perhaps the librarian can help? Ask at the desk, or look at our shelves.</p>"
    "<p>Asked at {time}, request {nonce}</p></body></html>"
)


def missing(path: str, time: str, nonce: str) -> Capture:
    body = MISSING.format(path=path, time=time, nonce=nonce)
    return replace(captured(body), url=f"https://r.example{path}", final_url=f"https://r.example{path}")


def test_what_the_site_shows_for_no_page_is_known_again_with_another_path_time_and_nonce():
    probe = missing("/qx7-nowhere-81ab", "Friday, 1 May 2026 03:02:11 GMT", "9f86d081884c7d659a2f")
    site = Site(missing=fingerprint(probe))

    for stood, publisher in ((None, "generic"), (PLAIN, "generic"), (PROFILE, "monitor"), (None, "monitor")):
        again = missing("/ruritania", "Sunday, 17 January 2027 22:59:00 GMT", "b5bb9d8014a0f9b1d61e")
        assert judged(again, stood=stood, publisher=publisher, site=site).reason == "soft404"
        assert judged(captured(HONEST["a short page titled 404 mines"]), site=site).kind == "ok"
        assert judged(captured(PROFILE), stood=stood and PROFILE, publisher="monitor", site=site).kind == "ok"


def test_a_site_that_shows_one_page_for_every_path_does_not_unsay_that_page():
    site = Site(missing=fingerprint(replace(captured(PLAIN), url="https://r.example/nowhere")))

    assert judged(captured(PLAIN.replace("2023", "2024")), stood=PLAIN, site=site).kind == "ok"


# ---------------------------------------------------------------- laws

LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PIECES = (
    "<html>", "<title>", "</title>", "<h1>", "</h1>", "<p>", "<!--", "-->", "<script>", "</script>", "<a href='", "404",
    "Impact", "<link rel=canonical href=", "http://[", "<meta http-equiv=refresh content=", "<input type=password>",
    "\x00", "é", "الصفحة", "Not found",
    "Just a moment", "</html>", "<h2>Mine Ban Policy</h2>", "Last updated: 1 May 2020", "&#xD800;", "<",
    "words of some length in a row. ",
)  # fmt: skip


@LAW
@given(
    st.one_of(
        st.binary(max_size=400), st.lists(st.sampled_from(PIECES), max_size=30).map(lambda p: "".join(p).encode())
    ),
    st.sampled_from(("text/html", "text/plain", "application/json", None)),
    st.sampled_from((None, PLAIN, PROFILE)),
    st.sampled_from(("monitor", "generic")),
    st.sampled_from((URL, "https://r.example/login", "http://[bad", "", "nonsense")),
    st.lists(st.tuples(st.sampled_from(("server", "x-cache", "cf-mitigated", "server-timing")), st.text(max_size=20))),
)
def test_no_page_raises_and_the_same_page_is_judged_the_same(body, media_type, stood, publisher, final_url, headers):
    capture = captured(body, media_type=media_type, final_url=final_url, headers=tuple(headers))
    page = read(body, media_type=media_type, publisher=publisher)
    before, site = standing(stood, publisher), Site(missing="00000000000000ff.12")

    verdict = judge(capture, page, before, site)

    assert verdict.kind in ("ok", "suspect", "rejected")
    assert (verdict.kind == "ok") == (verdict.reason == "")
    assert verdict == judge(capture, page, before, site)


@LAW
@given(st.sampled_from(sorted(HONEST)), st.sampled_from(("generic", "monitor")))
def test_the_page_that_stood_is_ok(name, publisher):
    body = HONEST[name] if publisher == "generic" else PROFILE
    media_type = "text/plain" if body == HONEST["plain words"] else "text/html"
    page = read(body.encode(), media_type=media_type, publisher=publisher)

    assert judge(captured(body, media_type=media_type), page, standing(body, publisher, media_type)) == Verdict("ok")


@LAW
@given(
    st.sampled_from(sorted(STAND_INS)),
    st.sampled_from([*sorted(set(HONEST) - {"plain words"}), PROFILE]),
    st.sampled_from(("generic", "monitor")),
)
def test_no_stand_in_is_believed_where_any_page_stood(name, stood, publisher):
    before = HONEST.get(stood, stood) if publisher == "generic" else PROFILE

    assert judged(of(STAND_INS[name]), stood=before, publisher=publisher).kind == "rejected"


@LAW
@given(st.integers(0, len(PROFILE)), st.sampled_from(("generic", "monitor")))
def test_no_page_that_was_cut_anywhere_is_believed_with_less_than_its_text(at, publisher):
    verdict = judged(captured(PROFILE[:at]), stood=PROFILE, publisher=publisher)

    if verdict.kind == "ok":
        assert PROFILE[at:].count("<p>") == 0 or "all of its text is there" in verdict.evidence


@LAW
@given(st.sampled_from(sorted(HONEST)), st.sampled_from(sorted(HONEST)))
def test_another_page_of_the_site_is_never_believed_at_once_where_it_says_other_things(one, other):
    page = judged(
        captured(HONEST[one].replace("Ruritania", "Graustark")), stood=honest("Zenda", "Zenda", prose(*FRENCH * 3))
    )

    assert (
        page.kind != "ok"
        and judged(captured(HONEST[other]), stood=honest("Zenda", "Zenda", prose(*FRENCH * 3))).kind != "ok"
    )
