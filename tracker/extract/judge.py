"""What to think of a capture: is this the profile, whole, or something that stands in its place? Pure.

`rejected`: this is not the profile. `suspect`: it may be, but less than stood; a later look decides. In doubt suspect:
a page believed wrongly tells people of a change that never was. Evidence lines are for a person.
"""

import re
from collections.abc import Callable
from typing import Final

from tracker.document.canonical import canonical_text
from tracker.document.model import Chapter, Document
from tracker.events.bodies import is_closed
from tracker.events.types import Capture, Standing, Verdict
from tracker.extract.reader import ReadPage, Unreadable

LEAST_KEPT = 0.6  # of the text that stood; less is suspect
LEAST_NOTES = 5  # notes that must have stood before their loss says anything
LITTLE_TEXT = 1500  # characters: an error or login page has less, a chapter more
SHORT_TITLE = 90  # characters of a title that can say "Page not found" and little else

_NOT_FOUND: Final = re.compile(
    r"\b(?:page|file|document|resource|content|profile)\b.{0,30}"
    r"\b(?:not (?:be )?found|(?:no longer|not) (?:exists?|available)|does(?: not|n.t) exist|removed)\b"
    r"|^\W*(?:error\W*)?(?:404|410)\b|\bnot found\W*$|\bnothing (?:was )?found\b",
    re.IGNORECASE,
)
_ERROR: Final = re.compile(
    r"\b(?:internal server error|service unavailable|bad gateway|gateway time-?out|runtime error|server error in"
    r"|(?:under|down for|scheduled) maintenance|temporarily unavailable|something went wrong|too many requests)\b"
    r"|^\W*(?:error\W*)?50[0-4]\b",
    re.IGNORECASE,
)
_CHALLENGE: Final = re.compile(
    r"\b(?:just a moment|attention required|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human"
    r"|are you (?:a )?(?:human|robot)|access denied|request blocked|captcha|enable javascript and cookies"
    r"|ddos protection|security check)\b",
    re.IGNORECASE,
)
_LOGIN: Final = re.compile(r"\b(?:log ?in|sign ?in|log on|please authenticate|password required)\b", re.IGNORECASE)
_PASSWORD: Final = re.compile(rb"<input\b[^>]{0,300}\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_TITLE: Final = re.compile(rb"<(title|h1)\b[^>]{0,300}>(.{0,400}?)</\1", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(rb"<[^>]{0,500}>")
_CHALLENGE_HEADERS = (
    ("cf-mitigated", "challenge"),
    ("x-amzn-waf-action", "challenge"),
    ("x-amzn-waf-action", "captcha"),
)


def judge(capture: Capture, page: ReadPage | Unreadable, standing: Standing) -> Verdict:
    """What the capture is, against what stood. Raises nothing that its arguments do not."""
    if isinstance(page, Unreadable):
        named = _named_reason(capture, None) if page.reason == "empty" else None
        return Verdict("rejected", named[0], (named[1], page.detail)) if named else _rejected(page)
    headers = set(capture.headers)
    challenge = next((f"{name}: {value}" for name, value in _CHALLENGE_HEADERS if (name, value) in headers), None)
    if challenge:
        return Verdict("rejected", "challenge", (f"the response says {challenge}",))
    if page.expected and not page.found:
        return _unknown_page(capture, page)
    if (stand_in := _stands_in(capture, page)) is not None:
        return stand_in
    if standing.document is None:
        return Verdict("ok")
    if standing.is_closed and not is_closed(capture.body):
        return Verdict("suspect", "cut_short", ("the page ends without </html> or </body>; it had them before",))
    return _against(page.document, standing.document)


def _rejected(page: Unreadable) -> Verdict:
    return Verdict("rejected", page.reason, (page.detail,))


def _unknown_page(capture: Capture, page: ReadPage) -> Verdict:
    """A page that holds none of the chapters its publisher writes."""
    reason, told = _named_reason(capture, page) or ("no_known_chapter", "")
    titles = ", ".join(c.title for c in page.document.chapters[:5])
    return Verdict(
        "rejected",
        reason,
        (
            *([told] if told else []),
            f"no chapter that the rules of {page.publisher!r} know: {', '.join(page.expected[:6])}",
            f"found: {titles}" if titles else "found no chapter at all",
        ),
    )


def _stands_in(capture: Capture, page: ReadPage) -> Verdict | None:
    """The verdict on a page that stands in the profile's place; None for what reads as a profile."""
    length = _length(page.document)
    if length > LITTLE_TEXT:
        return None
    if page.found and _PASSWORD.search(capture.body) is None:
        return None
    if _PASSWORD.search(capture.body):
        return Verdict("rejected", "login", ("the page asks for a password", f"{length} characters of other text"))
    named = _named_reason(capture, page)
    return Verdict("rejected", named[0], (named[1], f"{length} characters of text")) if named else None


def _named_reason(capture: Capture, page: ReadPage | None) -> tuple[str, str] | None:
    """What the page's title or first heading says that it is, where that is no profile."""
    titles = [_TAG.sub(b" ", m[2]).decode("utf-8", "replace").strip() for m in _TITLE.finditer(capture.body[:200_000])]
    heads = [page.document.title, *(c.title for c in page.document.chapters[:1])] if page else []
    kinds: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("challenge", _CHALLENGE.search),
        ("not_found", _NOT_FOUND.search),
        ("error_page", _ERROR.search),
        ("login", _LOGIN.match),
    )
    for reason, says in kinds:
        for title in (*titles, *heads):
            short = " ".join(title.split())
            if short and len(short) <= SHORT_TITLE and says(short):
                return reason, f"its title says {short!r}"
    return None


def _against(new: Document, old: Document) -> Verdict:
    """Whether a document can be believed after the one that stood: no chapter gone, not much shorter, notes there."""
    slugs = {c.slug for c in new.chapters}
    gone = [c for c in old.chapters if c.slug not in slugs]
    if gone:
        told = tuple(f"the chapter {c.title!r} is not there; it had {len(canonical_text(c))} characters" for c in gone)
        return Verdict("suspect", "missing_chapter", told)
    shrunk: list[str] = []
    bare: list[str] = []
    for before in old.chapters:
        after = new.chapter(before.slug)
        assert after is not None
        was, now = len(canonical_text(before)), len(canonical_text(after))
        if now < LEAST_KEPT * was:
            shrunk.append(f"the chapter {before.title!r} has {now} characters; it had {was}")
        if _lost_notes(before, after):
            bare.append(f"the chapter {before.title!r} has {len(after.notes)} notes; it had {len(before.notes)}")
    if shrunk:
        return Verdict("suspect", "shrunk", (*shrunk, *bare))
    return Verdict("suspect", "notes_missing", tuple(bare)) if bare else Verdict("ok")


def _lost_notes(before: Chapter, after: Chapter) -> bool:
    return len(before.notes) >= LEAST_NOTES and len(after.notes) < len(before.notes) / 2


def _length(document: Document) -> int:
    return sum(len(canonical_text(chapter)) for chapter in document.chapters)
