"""Instants: UTC, exact, and the words they are written in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import clock

INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


@given(INSTANTS)
def test_microseconds_and_text_give_the_instant_back_exactly(instant: datetime) -> None:
    assert clock.from_us(clock.to_us(instant)) == instant
    assert clock.from_iso(clock.iso(instant)) == instant


def test_an_instant_of_another_zone_is_written_in_utc() -> None:
    kathmandu = datetime(2022, 8, 14, 15, 15, tzinfo=timezone(timedelta(hours=5, minutes=45)))

    assert clock.iso(kathmandu) == "2022-08-14T09:30:00Z"
    assert clock.address(kathmandu) == "20220814T093000Z"
    assert clock.address_ms(kathmandu) == "20220814T093000.000Z"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        clock.from_iso("2022-08-14T09:30:00")


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("30m", 1800), ("6h", 21600), ("1d12h", 129600), ("2w", 1209600)]
)
def test_durations_read_as_they_are_spoken(text: str, expected: int) -> None:
    assert clock.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "6", "h", "6 hours", "-1h", "1.5h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        clock.seconds(text)


@given(st.integers(0, 10**8))
def test_a_duration_is_written_as_it_is_read(of_s: int) -> None:
    assert clock.seconds(clock.duration(of_s)) == of_s


def test_a_duration_is_written_in_its_largest_units() -> None:
    assert [clock.duration(s) for s in (0, 90, 21600, 129600)] == ["0s", "1m30s", "6h", "1d12h"]
