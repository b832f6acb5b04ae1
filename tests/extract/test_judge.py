"""What is believed of a capture, and what is not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tracker.cli.demo.rendered import as_html
from tracker.cli.demo.ruritania import edition
from tracker.document.model import Document
from tracker.events.looks import Capture, Verdict
from tracker.events.types import Standing
from tracker.extract.judge import judge
from tracker.extract.reader import read

AT = datetime(2024, 5, 1, tzinfo=UTC)


def judged(
    body: str,
    *,
    stood: Document | None = None,
    publisher: str | None = "monitor",
    headers: tuple[tuple[str, str], ...] = (),
) -> Verdict:
    data = body.encode()
    capture = Capture(
        fetch_id="f",
        url="https://r.example/ruritania",
        final_url="https://r.example/ruritania",
        status=200,
        headers=headers,
        media_type="text/html",
        charset=None,
        body=data,
        body_sha256="0" * 64,
        requested_at=AT,
        captured_at=AT,
    )
    page = read(data, media_type="text/html", publisher=publisher)
    return judge(capture, page, Standing(watch="ruritania", document=stood))


def without(document: Document, slug: str) -> Document:
    return replace(document, chapters=tuple(c for c in document.chapters if c.slug != slug))


def test_the_profile_is_ok_when_first_seen_and_in_every_later_edition():
    stood = None
    for number in range(1, 7):
        assert judged(as_html(edition(number)), stood=stood) == Verdict("ok")
        stood = edition(number).document


def test_a_page_without_a_known_chapter_is_rejected_with_evidence():
    verdict = judged("<h1>Tea</h1><p>" + "Leaves. " * 500)

    assert (verdict.kind, verdict.reason) == ("rejected", "no_known_chapter")
    assert any("Mine Ban Policy" in line for line in verdict.evidence)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<title>Page not found</title><h1>Oops</h1><p>Gone fishing.</p>", "soft404"),
        ("<title>404 - File or directory not found.</title><p>x", "soft404"),
        ("<h1>The page you requested could not be found</h1>", "soft404"),
        ("<title>Just a moment...</title><h1>r.example</h1><p>Checking</p>", "challenge"),
        ("<title>Attention Required! | Shield</title><h1>Sorry</h1>", "challenge"),
        ("<title>503 Service Unavailable</title><h1>Sorry</h1>", "error_page"),
        ("<h1>Server Error in '/' Application.</h1>", "error_page"),
        ("<title>Sign in</title><h1>Welcome</h1><p>Please.</p>", "login"),
        ("<h1>Welcome</h1><form><input name=u><input type='password'></form><p>Hello there.</p>", "login"),
    ],
)
@pytest.mark.parametrize("publisher", ["monitor", "generic"])
def test_a_page_that_stands_in_the_profiles_place_is_rejected_by_its_name(body, reason, publisher):
    verdict = judged(body, publisher=publisher)

    assert verdict.kind == "rejected" and verdict.evidence
    assert verdict.reason == reason or (publisher == "monitor" and verdict.reason == "no_known_chapter")


def test_a_long_page_about_errors_is_no_error_page():
    assert judged("<h1>Page not found: a history</h1><p>" + "It was lost. " * 200, publisher="generic").kind == "ok"


def test_the_response_may_say_itself_that_it_is_a_challenge():
    verdict = judged(as_html(edition(1)), headers=(("cf-mitigated", "challenge"),))

    assert (verdict.kind, verdict.reason) == ("rejected", "challenge")


def test_what_cannot_be_read_is_rejected():
    assert judged("").reason == "empty"


def test_a_missing_chapter_is_suspect_and_named():
    page = edition(1)
    short = replace(page, document=without(page.document, "mine-ban-policy"))

    verdict = judged(as_html(short), stood=page.document)

    assert (verdict.kind, verdict.reason) == ("suspect", "missing_chapter")
    assert "Mine Ban Policy" in verdict.evidence[0]


def test_a_chapter_that_lost_much_of_its_text_is_suspect():
    page = edition(1)
    impact = page.document.chapters[1]
    cut = replace(impact, sections=impact.sections[:2])
    chapters = tuple(cut if c is impact else c for c in page.document.chapters)

    verdict = judged(as_html(replace(page, document=replace(page.document, chapters=chapters))), stood=page.document)

    assert (verdict.kind, verdict.reason) == ("suspect", "shrunk")


def test_a_chapter_whose_notes_are_gone_is_suspect():
    page = edition(1)
    impact = page.document.chapters[1]
    longer = tuple(replace(n, text=replace(n.text, plain="Ibid.")) for n in impact.notes)
    stood = replace(
        page.document,
        chapters=(*page.document.chapters[:1], replace(impact, notes=longer), *page.document.chapters[2:]),
    )
    bare = replace(
        page.document,
        chapters=(*page.document.chapters[:1], replace(impact, notes=longer[:2]), *page.document.chapters[2:]),
    )

    verdict = judged(as_html(replace(page, document=bare)), stood=stood)

    assert (verdict.kind, verdict.reason) == ("suspect", "notes_missing")
