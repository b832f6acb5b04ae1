"""Wall times and instants: both edges of summer time, half hours, quarters of hours, a day that did not exist."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.notify.when import Interval, When, instant_of, next_due, period_id, quiet_until

ZONES = (
    "UTC",
    "Europe/Prague",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Pacific/Apia",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "America/Nuuk",
    "Africa/Casablanca",
)
EVERY_DAY = frozenset(range(7))
WORKDAYS = frozenset(range(5))
NIGHTS = Interval(WORKDAYS, 20 * 60, 7 * 60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def whens() -> st.SearchStrategy[When]:
    hours, minutes = st.integers(0, 23), st.integers(0, 59)
    daily = st.builds(When, st.just("daily"), hours, minutes)
    return daily | st.builds(When, st.just("weekly"), hours, minutes, st.integers(0, 6))


# Years with every kind of day: Apia's missing one (2011), Lord Howe's half hours, Nuuk's change late in the evening.
INSTANTS = st.datetimes(datetime(2011, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("instant", When()),
        ("daily 07:30", When("daily", 7, 30)),
        ("daily 00:00", When("daily", 0, 0)),
        ("weekly mon 07:30", When("weekly", 7, 30, 0)),
        ("weekly sun 23:59", When("weekly", 23, 59, 6)),
    ],
)
def test_a_time_is_written_as_it_is_read(text, when):
    assert When.parse(text) == when
    assert str(when) == text
    assert When.parse(f"  {text.upper().replace(' ', '   ')} ") == when


@pytest.mark.parametrize(
    "text",
    ["", "now", "daily", "daily 7", "daily 24:00", "daily 07:60", "weekly 07:30", "weekly mo 07:30", "daily mon 07:30",
     "daily 07:30 UTC", "monthly 07:30", "daily -7:30", "daily ٠٧:٣٠"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="no"):
        When.parse(text)


@pytest.mark.parametrize(
    ("when", "tz", "after", "due"),
    [
        # Strictly after: the boundary itself is over.
        ("daily 07:30", "UTC", "2026-08-14T07:29:59Z", "2026-08-14T07:30:00Z"),
        ("daily 07:30", "UTC", "2026-08-14T07:30:00Z", "2026-08-15T07:30:00Z"),
        ("daily 07:30", "Europe/Prague", "2026-08-14T05:00:00Z", "2026-08-14T05:30:00Z"),
        ("daily 07:30", "Europe/Prague", "2026-12-14T05:00:00Z", "2026-12-14T06:30:00Z"),
        # 2026-03-29: 02:00 → 03:00. 02:30 is not on that day: the first instant after the gap.
        ("daily 02:30", "Europe/Prague", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
        ("daily 02:30", "Europe/Prague", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"),
        ("daily 02:00", "Europe/Prague", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
        ("daily 03:00", "Europe/Prague", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
        ("daily 01:59", "Europe/Prague", "2026-03-28T12:00:00Z", "2026-03-29T00:59:00Z"),
        # 2026-10-25: 03:00 → 02:00. 02:30 is there twice: sent once, at the first.
        ("daily 02:30", "Europe/Prague", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
        ("daily 02:30", "Europe/Prague", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        ("daily 02:30", "Europe/Prague", "2026-10-25T01:29:59Z", "2026-10-26T01:30:00Z"),
        ("daily 03:00", "Europe/Prague", "2026-10-24T12:00:00Z", "2026-10-25T02:00:00Z"),
        # Zones of half hours and quarters.
        ("daily 07:30", "Asia/Kathmandu", "2026-08-14T00:00:00Z", "2026-08-14T01:45:00Z"),
        ("daily 07:30", "Asia/Kolkata", "2026-08-14T00:00:00Z", "2026-08-14T02:00:00Z"),
        ("daily 07:30", "America/St_Johns", "2026-08-14T00:00:00Z", "2026-08-14T10:00:00Z"),
        ("daily 07:30", "America/St_Johns", "2026-12-14T00:00:00Z", "2026-12-14T11:00:00Z"),
        # Lord Howe, half an hour of summer time: 2026-10-04 02:00 → 02:30; 2026-04-05 02:00 → 01:30.
        ("daily 02:15", "Australia/Lord_Howe", "2026-10-03T03:00:00Z", "2026-10-03T15:30:00Z"),
        ("daily 01:45", "Australia/Lord_Howe", "2026-04-04T03:00:00Z", "2026-04-04T14:45:00Z"),
        ("daily 01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"),
        # Apia had no 30 December 2011: its digest comes when the 31st begins, and that of the 31st in its time.
        ("daily 07:30", "Pacific/Apia", "2011-12-29T17:30:00Z", "2011-12-30T10:00:00Z"),
        ("daily 07:30", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T17:30:00Z"),
        ("daily 07:30", "Pacific/Apia", "2026-08-14T00:00:00Z", "2026-08-14T18:30:00Z"),
        ("weekly mon 07:30", "Europe/Prague", "2026-10-19T05:30:00Z", "2026-10-26T06:30:00Z"),
        ("weekly sun 02:30", "Europe/Prague", "2026-03-23T00:00:00Z", "2026-03-29T01:00:00Z"),
        ("weekly fri 07:30", "Asia/Kathmandu", "2026-08-13T20:00:00Z", "2026-08-14T01:45:00Z"),
    ],
)
def test_the_next_digest_is_due_at_the_next_time_on_the_wall(when, tz, after, due):
    assert next_due(When.parse(when), tz, at(after)) == at(due)


@given(whens(), st.sampled_from(ZONES), INSTANTS)
def test_a_digest_is_due_later_and_within_its_period_and_the_wall_says_its_time_but_for_gaps(when, tz, after):
    due = next_due(when, tz, after)

    assert due > after
    assert due - after <= timedelta(days=8 if when.weekday is not None else 2)
    wall = due.astimezone(ZoneInfo(tz))
    was = (due - timedelta(seconds=1)).astimezone(ZoneInfo(tz))
    if (wall.hour, wall.minute) != (when.hour, when.minute):
        assert wall.replace(tzinfo=None) - was.replace(tzinfo=None) > timedelta(seconds=1), "only where a gap ends"
    elif when.weekday is not None:
        assert wall.weekday() == when.weekday
    assert due.second == due.microsecond == 0


@given(whens(), st.sampled_from(ZONES), INSTANTS)
def test_no_digest_lies_between_two_that_follow_one_another(when, tz, after):
    due = next_due(when, tz, after)

    assert next_due(when, tz, due - timedelta(microseconds=1)) == due
    assert all(next_due(when, tz, after + (due - after) // 8 * part) == due for part in range(8))


@given(whens(), st.sampled_from(ZONES), INSTANTS)
def test_each_digest_has_an_id_of_its_own_and_all_that_it_gathers_have_that_one(when, tz, after):
    dues = [next_due(when, tz, after)]
    for _ in range(4):
        dues.append(next_due(when, tz, dues[-1]))

    assert len({period_id(when, tz, due) for due in dues}) == len(dues)
    between = dues[1] - timedelta(microseconds=1)
    assert period_id(when, tz, next_due(when, tz, between)) == period_id(when, tz, dues[1])


@pytest.mark.parametrize(
    ("when", "tz", "due", "id"),
    [
        ("daily 07:30", "UTC", "2026-08-14T07:30:00Z", "2026-08-14 daily 07:30"),
        ("daily 02:30", "Europe/Prague", "2026-03-29T01:00:00Z", "2026-03-29 daily 02:30"),
        ("daily 02:30", "Europe/Prague", "2026-10-25T00:30:00Z", "2026-10-25 daily 02:30"),
        ("daily 02:30", "Europe/Prague", "2026-10-25T01:30:00Z", "2026-10-25 daily 02:30"),  # the hour's second time
        ("daily 07:30", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30 daily 07:30"),
        ("daily 07:30", "Pacific/Apia", "2011-12-30T17:30:00Z", "2011-12-31 daily 07:30"),
        ("weekly mon 07:30", "Asia/Kathmandu", "2026-08-10T01:45:00Z", "2026-08-10 weekly mon 07:30"),
    ],
)
def test_a_period_is_named_by_the_day_that_it_is_of(when, tz, due, id):
    assert period_id(When.parse(when), tz, at(due)) == id


def test_what_is_told_at_once_is_of_no_period():
    for ask in (next_due, period_id):
        with pytest.raises(ValueError, match="at once"):
            ask(When(), "UTC", at("2026-08-14T07:30:00Z"))


@pytest.mark.parametrize(
    ("interval", "tz", "asked", "until"),
    [
        # A night belongs to the day it begins on: Friday's reaches into Saturday, Saturday has none of its own.
        (NIGHTS, "UTC", "2026-08-14T19:59:59Z", None),
        (NIGHTS, "UTC", "2026-08-14T20:00:00Z", "2026-08-15T07:00:00Z"),
        (NIGHTS, "UTC", "2026-08-15T06:59:59Z", "2026-08-15T07:00:00Z"),
        (NIGHTS, "UTC", "2026-08-15T07:00:00Z", None),
        (NIGHTS, "UTC", "2026-08-15T21:00:00Z", None),
        (NIGHTS, "UTC", "2026-08-17T03:00:00Z", None),  # Monday morning is Sunday's night
        (NIGHTS, "UTC", "2026-08-17T21:00:00Z", "2026-08-18T07:00:00Z"),
        # Whose clock: the interval's own before the channel's.
        (NIGHTS, "Asia/Kathmandu", "2026-08-14T14:15:00Z", "2026-08-15T01:15:00Z"),
        (Interval(WORKDAYS, 1200, 420, "Asia/Kolkata"), "UTC", "2026-08-14T14:30:00Z", "2026-08-15T01:30:00Z"),
        (NIGHTS, "America/St_Johns", "2026-08-14T22:30:00Z", "2026-08-15T09:30:00Z"),
        # Over both edges of summer time a night ends at seven on the wall.
        (Interval(EVERY_DAY, 1200, 420), "Europe/Prague", "2026-03-28T19:00:00Z", "2026-03-29T05:00:00Z"),
        (Interval(EVERY_DAY, 1200, 420), "Europe/Prague", "2026-10-24T18:00:00Z", "2026-10-25T06:00:00Z"),
        # It begins in the gap: at the first instant after it. It ends in the gap: there too.
        (Interval(EVERY_DAY, 150, 240), "Europe/Prague", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
        (Interval(EVERY_DAY, 60, 150), "Europe/Prague", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"),
        (Interval(EVERY_DAY, 125, 150), "Europe/Prague", "2026-03-29T01:00:00Z", None),
        # The hour that comes twice is quiet from its first beginning to its last end.
        (Interval(EVERY_DAY, 150, 180), "Europe/Prague", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"),
        (Interval(EVERY_DAY, 60, 150), "Europe/Prague", "2026-10-25T00:45:00Z", "2026-10-25T01:30:00Z"),
        (Interval(EVERY_DAY, 90, 110), "Australia/Lord_Howe", "2026-04-04T14:35:00Z", "2026-04-04T15:20:00Z"),
        (Interval(EVERY_DAY, 105, 180), "Australia/Lord_Howe", "2026-10-03T15:20:00Z", "2026-10-03T16:00:00Z"),
        # 24 hours: Saturday and Sunday whole are one stretch.
        (Interval(frozenset({5, 6}), 0, 1440), "UTC", "2026-08-15T12:00:00Z", "2026-08-17T00:00:00Z"),
        (Interval(frozenset({5}), 480, 480), "UTC", "2026-08-16T07:59:00Z", "2026-08-16T08:00:00Z"),
        (Interval(frozenset({5}), 480, 480), "UTC", "2026-08-16T08:00:00Z", None),
        # Apia's missing Friday: Thursday's night ends when Saturday begins, and Friday's was all gap before its end.
        (Interval(frozenset({3}), 1200, 420), "Pacific/Apia", "2011-12-30T08:00:00Z", "2011-12-30T10:00:00Z"),
        (Interval(frozenset({4}), 1200, 420), "Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T17:00:00Z"),
    ],
)
def test_quiet_ends_when_the_wall_says_so(interval, tz, asked, until):
    assert quiet_until(interval, tz, at(asked)) == (at(until) if until else None)


def intervals() -> st.SearchStrategy[Interval]:
    days = st.frozensets(st.integers(0, 6), min_size=1)
    return st.builds(Interval, days, st.integers(0, 1439), st.integers(0, 1440), st.none())


@given(intervals(), st.sampled_from(ZONES), INSTANTS)
def test_no_clock_on_the_wall_reads_a_quiet_hour_while_a_message_comes(interval, tz, moment):
    wall = moment.astimezone(ZoneInfo(tz))
    minute = wall.hour * 60 + wall.minute
    ends = interval.from_minute + interval.minutes
    today = wall.weekday() in interval.days and interval.from_minute <= minute < ends
    yesterday = (wall.date() - timedelta(days=1)).weekday() in interval.days and minute + 1440 < ends

    until = quiet_until(interval, tz, moment)

    if today or yesterday:
        assert until is not None and until > moment


@given(intervals().filter(lambda i: not i.is_always), st.sampled_from(ZONES), INSTANTS)
def test_quiet_that_ended_is_over_and_holds_all_that_stood_in_it(interval, tz, moment):
    until = quiet_until(interval, tz, moment)

    if until is not None:
        assert quiet_until(interval, tz, until) is None
        assert all(quiet_until(interval, tz, moment + (until - moment) // 8 * part) == until for part in range(8))
        assert until - moment <= timedelta(days=8)


def test_quiet_without_an_end_ends_after_a_week_all_the_same():
    always = Interval(EVERY_DAY, 0, 1440)

    assert always.is_always
    until = quiet_until(always, "UTC", at("2026-08-14T12:00:00Z"))
    assert until is not None and timedelta(days=7) < until - at("2026-08-14T12:00:00Z") < timedelta(days=10)


@given(st.sampled_from(ZONES), st.dates(date(2011, 1, 1), date(2027, 1, 1)), st.integers(0, 1439))
def test_the_oracle_for_an_instant_is_a_walk_over_all_of_them(tz, day, minute):
    zone = ZoneInfo(tz)
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    # Minute by minute over two and a half days, in the order of time: where the wall reads it, or has passed it.
    # Zones in whole minutes only change at whole minutes, so nothing lies between.
    walk = (start + timedelta(minutes=n) for n in range(60 * 60))
    first = next(moment for moment in walk if moment.astimezone(zone).replace(tzinfo=None) >= wall)

    assert instant_of(day, minute, zone) == first
