"""Instants: made here, written here, read here. Always UTC, always aware.

The one place that asks the machine for the time; everything else takes `now` as an argument.
"""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """The instant by this machine's clock, UTC."""
    return datetime.now(UTC)


def to_us(instant: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z; exact, no floats."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def from_us(us: int) -> datetime:
    """The instant that lies `us` microseconds after 1970-01-01T00:00:00Z."""
    return _EPOCH + timedelta(microseconds=us)


def iso(instant: datetime) -> str:
    """RFC 3339 in UTC with a Z: `2022-08-14T09:30:00Z`, or with six decimals where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_iso(text: str) -> datetime:
    """The instant that an RFC 3339 text names. Raises ValueError."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"no time zone: {text!r}")
    return instant.astimezone(UTC)


def address(instant: datetime) -> str:
    """A version's address: `20220814T093000Z`, in whole seconds (design §1)."""
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def address_ms(instant: datetime) -> str:
    """The address with milliseconds, for a second version within one second: `20220814T093000.123Z`."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y%m%dT%H%M%S}.{utc.microsecond // 1000:03d}Z"


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(?:\d+[smhdw])+", re.ASCII)


def seconds(duration: str) -> int:
    """Seconds in `90s`, `30m`, `6h`, `1d12h`, `2w`. Raises ValueError."""
    text = duration.strip().lower()
    if not _DURATION.fullmatch(text):
        raise ValueError(f"not a duration: {duration!r} (examples: 30m, 6h, 1d)")
    return sum(int(n) * _UNITS[unit] for n, unit in re.findall(r"(\d+)([smhdw])", text))


def duration(of_s: int) -> str:
    """Seconds as `seconds` reads them, largest units first: `6h`, `1d12h`, `90s` is `1m30s`; `0s` for none."""
    parts = []
    for unit, size in sorted(_UNITS.items(), key=lambda u: -u[1]):
        count, of_s = divmod(of_s, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
