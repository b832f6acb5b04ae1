"""A page that flips to and fro is told once each way, and believed again when one text stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from tests.extract.stand_ins import TALK, honest, prose
from tests.extract.test_stand_ins import captured
from tracker.compare.changes import profile_text_sha256
from tracker.document.canonical import norm_sha256
from tracker.document.model import Document
from tracker.events.looks import Verdict
from tracker.events.types import Standing, Suspicion, VersionMark
from tracker.extract.confirm import confirmed, due_at, is_early
from tracker.extract.flapping import SETTLED_AFTER
from tracker.extract.judge import judge
from tracker.extract.reader import ReadPage, read

AT = datetime(2026, 5, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C = (
    honest("Ruritania", "Ruritania", prose(*TALK).replace("Strelsau", town)) for town in ("Strelsau", "Zenda", "Hof")
)
LOOKS = (600, 7200)


@cache
def page(body: str) -> ReadPage:
    found = read(body.encode(), media_type="text/html", publisher="generic")
    assert isinstance(found, ReadPage)
    return found


def standing(*accepted: tuple[str | None, datetime], suspect: Suspicion | None = None) -> Standing:
    """A watch whose one chapter went through these texts, each accepted at its instant; None: the chapter was gone."""
    marks = tuple(
        VersionMark(
            chapter="ruritania",
            address=f"ruritania@{i}",
            text_sha256=None,
            norm_sha256=norm_sha256(page(body).document.chapters[0]) if body else None,
            document_date=None,
            document_sha256=None,
            captured_at=at,
            seen_at=at,
        )
        for i, (body, at) in enumerate(accepted)
    )
    last = accepted[-1][0]
    return Standing(
        watch="r",
        document=page(last).document if last else Document("", ()),
        recent={"ruritania": marks},
        suspect=suspect,
    )


def judged(body: str, before: Standing, at: datetime) -> Verdict:
    return judge(captured(body, at=at), page(body), before)


def doubt(body: str, since: datetime, reason: str = "flapping", agreed: int = 1) -> Suspicion:
    said = profile_text_sha256(page(body).document)
    return Suspicion(position=9, text_sha256=said, reason=reason, since=since, agreed=agreed)


def test_an_edit_its_undoing_and_another_edit_are_believed():
    assert judged(B, standing((A, AT)), AT + HOUR).kind == "ok"
    assert judged(A, standing((A, AT), (B, AT + HOUR)), AT + 2 * HOUR).kind == "ok"
    assert judged(C, standing((A, AT), (B, AT + HOUR), (A, AT + 2 * HOUR)), AT + 3 * HOUR).kind == "ok"


def test_the_same_edit_once_more_within_a_day_is_doubted_and_named():
    flipped = standing((A, AT), (B, AT + HOUR), (A, AT + 2 * HOUR))

    for hours in (2.1, 12, 24.9):
        verdict = judged(B, flipped, AT + hours * HOUR)
        assert (verdict.kind, verdict.reason) == ("suspect", "flapping"), hours
        assert "'Ruritania'" in verdict.evidence[0] and "2026-05-01 01:00Z" in verdict.evidence[0]


def test_after_a_day_it_is_believed_again():
    flipped = standing((A, AT), (B, AT + HOUR), (A, AT + 2 * HOUR))

    assert judged(B, flipped, AT + 25.1 * HOUR).kind == "ok"


def test_a_page_that_flips_for_days_is_doubted_for_longer_each_time():
    weeks = standing(*((A if i % 2 == 0 else B, AT + 26 * HOUR * i) for i in range(7)))
    last_to_b = AT + 26 * HOUR * 5

    assert judged(B, weeks, last_to_b + 27 * HOUR).reason == "flapping"
    assert judged(B, weeks, last_to_b + 24 * HOUR * 5).kind == "ok"


def test_a_flap_between_three_texts_is_known_by_the_way_it_goes():
    three = standing((A, AT), (B, AT + HOUR), (C, AT + 2 * HOUR), (A, AT + 3 * HOUR))

    assert judged(B, three, AT + 4 * HOUR).reason == "flapping"
    assert judged(C, three, AT + 4 * HOUR).kind == "ok"


def test_a_rejected_page_that_flaps_stays_rejected():
    flipped = standing((A, AT), (B, AT + HOUR), (A, AT + 2 * HOUR))
    wall = captured("<title>Sign in</title><h1>Sign in</h1>", at=AT + 3 * HOUR)

    assert judge(wall, page(B), flipped).kind == "suspect"
    assert judge(replace(wall, headers=(("cf-mitigated", "challenge"),)), page(B), flipped).kind == "rejected"


def test_one_text_that_stays_for_a_day_is_believed_and_none_that_stays_less():
    verdict = Verdict("suspect", "flapping", ("…",))
    since = AT + 3 * HOUR
    said = profile_text_sha256(page(B).document)

    for agreed, looks in ((1, LOOKS), (3, LOOKS), (1, (0,)), (1, ())):
        waiting = doubt(B, since, agreed=agreed)
        assert confirmed(verdict, said, waiting, since + SETTLED_AFTER - HOUR, looks).kind == "suspect"
        believed = confirmed(verdict, said, waiting, since + SETTLED_AFTER, looks)
        assert (believed.kind, believed.reason) == ("ok", "confirmed")
        assert due_at(waiting, looks) == since + SETTLED_AFTER
        assert is_early(waiting, since + 2 * HOUR, looks)


def test_a_flap_is_not_believed_because_its_first_day_ended_meanwhile():
    since = AT + 20 * HOUR
    said = profile_text_sha256(page(B).document)

    still = confirmed(Verdict("ok"), said, doubt(B, since), AT + 26 * HOUR, LOOKS)
    at_last = confirmed(Verdict("ok"), said, doubt(B, since), since + SETTLED_AFTER, LOOKS)

    assert (still.kind, still.reason) == ("suspect", "flapping")
    assert (at_last.kind, at_last.reason) == ("ok", "confirmed")
    assert confirmed(Verdict("rejected", "login"), said, doubt(B, since), AT + 26 * HOUR, LOOKS).kind == "rejected"


def test_a_text_that_was_doubted_for_another_reason_waits_its_day_once_it_flaps():
    verdict = Verdict("suspect", "flapping")
    said = profile_text_sha256(page(B).document)
    waiting = doubt(B, AT, reason="shrunk", agreed=2)

    assert confirmed(verdict, said, waiting, AT + 3 * HOUR, LOOKS).kind == "suspect"
    assert confirmed(verdict, said, waiting, AT + SETTLED_AFTER, LOOKS).kind == "ok"
    assert confirmed(Verdict("suspect", "shrunk"), said, waiting, AT + 3 * HOUR, LOOKS).kind == "ok"


def test_another_text_settles_no_doubt():
    said = profile_text_sha256(page(C).document)

    assert confirmed(Verdict("suspect", "flapping"), said, doubt(B, AT), AT + 48 * HOUR, LOOKS).kind == "suspect"
    assert confirmed(Verdict("ok"), said, doubt(B, AT), AT + HOUR, LOOKS) == Verdict("ok")
