"""What to think of a capture: is this the profile, whole, or something that stands in its place? Pure.

`rejected`: this is not the profile, however often it comes. `suspect`: it may be, but less than stood, or other; later
looks decide (confirm.py). In doubt suspect: a page believed wrongly tells people of a change that never was.

Where most of what stood is still there, the page is the profile, whatever words stand in it, and is asked only for
what it lacks (contract.py). Where hardly anything is, or nothing stood, it is asked what it says that it is
(sight.py, signals.py). Evidence lines are for a person.
"""

from datetime import timedelta

from tracker.events.bodies import is_closed
from tracker.events.looks import Capture, Verdict
from tracker.events.sites import Site
from tracker.events.types import Standing
from tracker.extract import contract
from tracker.extract.flapping import flapped
from tracker.extract.garbled import is_garbled
from tracker.extract.language import NAMES
from tracker.extract.reader import ReadPage, Unreadable
from tracker.extract.sight import LITTLE_TEXT, MOSTLY, NO_TEXT, WALLED, Sight, name_of
from tracker.extract.signals import Signal, by_address, by_headers, by_title

SETTLED_TONGUE = timedelta(days=14)  # after so long without the page that stood, its language is another now
KIN = 0.3  # of the shorter text, word for word in the other: the same profile
STRANGE = 0.1  # less than this is hardly any text
MORE_TEXT = 6000  # characters: an error page with all of its site's suggestions has less
TELLING = 300  # characters of two texts whose likeness says something

_NO_SITE = Site()


def judge(capture: Capture, page: ReadPage | Unreadable, standing: Standing, site: Site = _NO_SITE) -> Verdict:
    """What the capture is, against what stood and what its site is known to show. Raises nothing on any page.

    Time: linear in the page; where it is the document that stood, a comparison.
    """
    if said := by_headers(capture.headers):
        return Verdict("rejected", said[0], (said[1],))
    sight = Sight(capture, page, standing, site)
    if isinstance(page, Unreadable):
        named = sight.named() if page.reason == "empty" else None
        return Verdict("rejected", named[0], (named[1], page.detail)) if named else _rejected(page.reason, page.detail)
    if standing.document is not None and page.document == standing.document:
        return Verdict("ok")
    verdict = _stood(sight, page) if sight.old else _first_seen(sight, page)
    if verdict.kind != "rejected" and (flaps := flapped(page.document, standing, capture.captured_at)):
        return Verdict("suspect", "flapping", (*flaps, *verdict.evidence))
    if verdict.kind == "ok" and standing.document is not None and is_garbled(page.document, standing.document):
        return Verdict("suspect", "garbled", ("its characters were lost, or are UTF-8 that was encoded twice",))
    is_named = standing.document is not None and standing.document.title and page.document.title
    if verdict.kind == "ok" and is_named and (title := sight.other_title):
        return Verdict("suspect", "other_page", (title,))  # another country's profile may differ in its name alone
    return verdict


def _first_seen(sight: Sight, page: ReadPage) -> Verdict:
    """The verdict on a page where nothing stood."""
    if page.expected and not page.found:
        return _unknown_page(sight, page)
    if not page.found:
        if sight.length <= LITTLE_TEXT:
            named = _named_by_text(sight)
        else:
            both = by_title(sight.titles, ()) and by_title((), sight.headings) if sight.length <= MORE_TEXT else None
            named = both or sight.missing() or by_address(sight.capture.url, sight.capture.final_url)
        if named:
            return _rejected(named[0], named[1], f"{sight.length} characters of text")
    elif sight.length <= 2 * NO_TEXT and (named := by_title(sight.titles, sight.headings) or sight.walled()):
        return _rejected(named[0], named[1], f"{sight.length} characters of text")
    if sight.within:
        return Verdict("suspect", "cut_short", (f"the page ends in the middle of {sight.within[:60]!r}",))
    return Verdict("ok")


def _named_by_text(sight: Sight) -> Signal | None:
    """What a short page says that it is: where it has text of its own, sentences within it are not asked."""
    if sight.length <= 2 * NO_TEXT:
        return sight.named()
    return (
        by_title(sight.titles, sight.headings)
        or by_address(sight.capture.url, sight.capture.final_url)
        or sight.missing()
        or sight.walled()
    )


def _other_language(sight: Sight, *told: str) -> Verdict:
    """A whole page in another language is rejected, as servers guess at readers' tongues; but where what stood was not
    seen for long, the publisher changed language, or what stood was no profile: then it is a doubt, to be settled.
    """
    seen_at = max((mark.seen_at for mark in sight.standing.marks.values()), default=None)
    if seen_at is None or sight.capture.captured_at - seen_at < SETTLED_TONGUE:
        return _rejected("wrong_language", *told)
    return Verdict("suspect", "wrong_language", (*told, f"what stood was last seen {seen_at:%Y-%m-%d}"))


def _stood(sight: Sight, page: ReadPage) -> Verdict:
    """The verdict on a page where a version stands."""
    if sight.kept < KIN and (stranger := _stranger(sight, page)) is not None:
        return stranger
    is_little = sight.length < WALLED * sight.stood and sight.length <= LITTLE_TEXT
    if is_little and (named := sight.named()):
        return _rejected(named[0], named[1], f"{sight.length} characters of text; it had {sight.stood}")
    if said := _spoken_otherwise(sight):
        return said
    cut = _cut(sight)
    if cut is not None and cut.kind != "ok":
        return cut
    if (sight.elsewhere or sight.kept < MOSTLY) and (title := sight.other_title):
        return Verdict("suspect", "other_page", (title, *filter(None, (sight.elsewhere,))))
    lacks = contract.broken(sight.new, sight.old)
    if lacks:
        return Verdict("suspect", lacks[0][0], tuple(told for _, told in lacks))
    return cut or Verdict("ok")


def _stranger(sight: Sight, page: ReadPage) -> Verdict | None:
    """The verdict on a page that has little of what stood; None where it may be the profile all the same."""
    share = f"{sight.kept:.0%} of its text stood there before"
    if named := _named_stranger(sight):
        return _rejected(named[0], named[1], f"{sight.length} characters of text; {share}")
    if sight.length <= NO_TEXT and sight.length < STRANGE * sight.stood:
        if sight.standing.is_closed and not is_closed(sight.capture.body):
            return _rejected("half", "the page ends without </html> or </body>, before any of its text")
        return _rejected("empty", f"{sight.length} characters of text; it had {sight.stood}")
    if said := contract.switched_whole(sight.spoken, sight.old):
        languages = _languages([(name_of(sight.standing.document), *said)])
        if contract.kept_spoken(sight.new, sight.old) < STRANGE:
            return _other_language(sight, *languages, share)
        return Verdict("suspect", "wrong_language", (*languages, share))
    is_telling = min(sight.length, sight.stood) >= TELLING
    if sight.elsewhere and sight.kept < STRANGE and (is_telling or sight.other_title):
        return _rejected("other_page", sight.elsewhere, share)
    if page.expected and not page.found:
        return _unknown_page(sight, page)
    if not is_telling:
        return None
    title = sight.other_title
    if sight.kept < STRANGE or title:
        told = title or f"its text is other than it was under {name_of(sight.standing.document)!r}"
        also = (sight.elsewhere,) if sight.elsewhere else ()
        return Verdict("suspect", "other_page", (told, share, *also))
    return None


def _named_stranger(sight: Sight) -> Signal | None:
    if sight.kept < STRANGE or sight.length <= LITTLE_TEXT:
        return sight.named()
    return by_title(sight.titles, sight.headings)


def _unknown_page(sight: Sight, page: ReadPage) -> Verdict:
    """A page that holds none of the chapters its publisher writes."""
    titles = ", ".join(c.title for c in page.document.chapters[:5])
    told = (
        f"no chapter that the rules of {page.publisher!r} know: {', '.join(page.expected[:6])}",
        f"found: {titles}" if titles else "found no chapter at all",
    )
    if named := sight.named():
        return _rejected(named[0], named[1], *told)
    if not sight.markup.visible:
        return _rejected("empty", "the page shows no text", *told)
    return _rejected("no_known_chapter", *told)


def _spoken_otherwise(sight: Sight) -> Verdict | None:
    """The verdict on a page with chapters in another language: all of them, though their tables and notes stay."""
    chapters = contract.switched(sight.new, sight.old)
    if chapters:
        told = _languages(chapters)
        spoken = sum(1 for c in sight.old.values() if sum(map(len, c.spoken)) >= contract.LEAST_SPOKEN)
        is_all = len(chapters) == spoken
        return _other_language(sight, *told) if is_all else Verdict("suspect", "wrong_language", told)
    if sight.old.keys() <= sight.new.keys() or contract.kept_spoken(sight.new, sight.old) >= STRANGE:
        return None
    whole = contract.switched_whole(sight.spoken, sight.old)
    return _other_language(sight, *_languages([(name_of(sight.standing.document), *whole)])) if whole else None


def _cut(sight: Sight) -> Verdict | None:
    """The verdict on a page whose end is not there; None where it has its end.

    Where the last line of what stood is there, the page is whole, and only written otherwise: it is believed, and the
    evidence says so. Otherwise less text is half a page, and is not believed however often it comes.
    """
    within = sight.within
    lost_end = sight.standing.is_closed and not is_closed(sight.capture.body)
    if lost_end:
        told = "the page ends without </html> or </body>; it had them before"
    elif within:
        told = f"the page ends in the middle of {within[:60]!r}"
    elif not is_closed(sight.capture.body) and (lost := contract.lost_after_a_break(sight.new, sight.old)) is not None:
        told = "its text ends in the middle of a line that stood there before"
        if lost:
            return _rejected("half", told, f"{lost} more lines came after it")
        return Verdict("suspect", "cut_short", (told,))
    else:
        return None
    if contract.is_whole(sight.new, sight.old):
        return Verdict("ok", "", (told, "all of its text is there"))
    if sight.length < sight.stood or (within and lost_end):
        return _rejected("half", told, f"{sight.length} characters of text; it had {sight.stood}")
    return Verdict("suspect", "cut_short", (told,))


def _languages(said: list[tuple[str, str, str]]) -> tuple[str, ...]:
    return tuple(
        f"{title!r} is written in {NAMES.get(now, now)}; it was in {NAMES.get(was, was)}" for title, was, now in said
    )


def _rejected(reason: str, *evidence: str) -> Verdict:
    return Verdict("rejected", reason, evidence)
