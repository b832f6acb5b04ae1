"""Instants that people type: `until` when, `since` when. A date is meant in UTC, from its beginning."""

from datetime import UTC, date, datetime, timedelta

from tracker import clock
from tracker.errors import UsageError

_EXAMPLES = "a date (2022-08-14), an instant (2022-08-14T09:30:00Z) or a duration (3d, 12h)"


def until(word: str, now: datetime, option: str = "--until") -> datetime:
    """The instant until which something is meant to last. Raises UsageError for none, or one that is past."""
    at = _instant(word, now, option, sign=1)
    if at <= now:
        raise UsageError("That is over already", where=f"{option} {word}", remedy=f"Give {_EXAMPLES} to come")
    return at


def since(word: str, now: datetime, option: str = "--since") -> datetime:
    """The instant from which on something is asked for; a duration is before now. Raises UsageError."""
    return _instant(word, now, option, sign=-1)


def _instant(word: str, now: datetime, option: str, *, sign: int) -> datetime:
    try:
        if len(word) == 10:
            day = date.fromisoformat(word)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        if "-" in word or ":" in word:
            return clock.from_iso(word)
        return now + sign * timedelta(seconds=clock.seconds(word))
    except (ValueError, OverflowError):
        raise UsageError("No instant", where=f"{option} {word}", remedy=f"Give {_EXAMPLES}") from None
