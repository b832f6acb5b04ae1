"""From words to a version: first, prev, latest, dates, instants, addresses, changes."""

from datetime import UTC, datetime

import pytest

from tracker import clock
from tracker.document.edit import Comparison, Salience
from tracker.errors import NothingRecorded, UsageError
from tracker.events.types import Change, VersionMark
from tracker.history.places import chapter_of, instant, place, span
from tracker.store import VersionRecord

KNOWN = [("ruritania", "impact"), ("ruritania", "mine-ban-policy"), ("graustark", "impact")]


def version(day: int, *, second: int = 0, micro: int = 0) -> VersionRecord:
    at = datetime(2022, 8, day, 9, 30, second, micro, tzinfo=UTC)
    return VersionRecord(
        profile="ruritania",
        chapter="impact",
        address=clock.address_ms(at) if micro else clock.address(at),
        title="Impact",
        position=day,
        change=f"c_{day:016x}",
        watch="ruritania",
        text_sha256="0" * 64,
        norm_sha256="0" * 64,
        document_sha256="0" * 64,
        document_date=None,
        captured_at=at,
        recorded_at=at,
        ended_at=None,
        previous=None,
    )


def change(to: VersionRecord) -> Change:
    mark = VersionMark(
        chapter=to.chapter,
        address=to.address,
        text_sha256=None,
        norm_sha256=None,
        document_date=None,
        document_sha256=None,
        captured_at=to.captured_at,
        seen_at=to.captured_at,
    )
    return Change(
        id=to.change,
        profile=to.profile,
        chapter=to.chapter,
        chapter_title=to.title,
        watch=to.watch,
        before=None,
        after=mark,
        happened_after=None,
        not_later_than=to.captured_at,
        cause="content",
        flags=(),
        salience=Salience(),
        comparison=Comparison(),
        source_url="https://example.org/",
        engine="compare/1",
    )


VERSIONS = (version(14), version(20), version(20, second=0, micro=250_000), version(25))
CHANGES = tuple(map(change, VERSIONS))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("first", 0),
        ("prev", 2),
        ("latest", 3),
        ("2022-08-14", 0),  # a date is the end of its day
        ("2022-08-19", 0),
        ("2022-08-20", 2),
        ("2030-01-01", 3),
        ("2022-08-20T09:30:00Z", 1),
        ("2022-08-14T11:30:00+02:00", 0),
        ("20220814T093000Z", 0),
        ("@20220825T093000Z", 3),
        ("20220820T093000.250Z", 2),
        ("c_000000000000000e", 0),
        ("c_0000000000000019", 3),
    ],
)
def test_every_way_to_name_a_place_finds_its_version(word: str, expected: int) -> None:
    assert place(word, VERSIONS, CHANGES, name="ruritania/impact") == VERSIONS[expected]


def test_an_address_names_its_own_version_though_another_followed_within_its_second() -> None:
    assert place("20220820T093000Z", VERSIONS, CHANGES, name="ruritania/impact") == VERSIONS[1]


def test_before_the_record_begins_nothing_stood() -> None:
    with pytest.raises(NothingRecorded, match="2022-08-13") as caught:
        place("2022-08-13", VERSIONS, CHANGES, name="ruritania/impact")
    assert "2022-08-14T09:30:00Z" in caught.value.remedy


def test_prev_needs_two_versions() -> None:
    with pytest.raises(NothingRecorded, match="Nothing to compare with"):
        place("prev", VERSIONS[:1], CHANGES, name="ruritania/impact")


@pytest.mark.parametrize("word", ["yesterday", "2022", "2022-13-01", "", "c_xyz", "2022-08-14T09:30:00"])
def test_what_names_no_place_says_what_would(word: str) -> None:
    with pytest.raises(UsageError, match="names no place") as caught:
        instant(word)
    assert "first, prev, latest" in caught.value.remedy


def test_a_change_that_nobody_recorded_is_not_found() -> None:
    with pytest.raises(NothingRecorded):
        place("c_ffff", VERSIONS, CHANGES, name="ruritania/impact")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("prev..latest", ("prev", "latest")),
        ("2022-08-14..2022-08-20", ("2022-08-14", "2022-08-20")),
        ("first", ("first", "latest")),
        ("..prev", ("first", "prev")),
        ("first..", ("first", "latest")),
    ],
)
def test_a_span_has_two_ends(word: str, expected: tuple[str, str]) -> None:
    assert span(word) == expected


def test_a_chapter_is_named_by_profile_and_chapter_or_by_the_profile_that_has_one() -> None:
    assert chapter_of("ruritania/impact", KNOWN) == ("ruritania", "impact")
    assert chapter_of("graustark", KNOWN) == ("graustark", "impact")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("ruritania", "ruritania/impact, ruritania/mine-ban-policy"),
        ("ruritania/use", "ruritania/impact"),
        ("ruritanja/impact", "Did you mean 'ruritania'"),
        ("x", "Recorded profiles: graustark, ruritania"),
    ],
)
def test_a_name_that_nobody_recorded_is_answered_with_those_that_are(word: str, told: str) -> None:
    with pytest.raises(NothingRecorded) as caught:
        chapter_of(word, KNOWN)
    assert told in caught.value.remedy
