"""What is known of a host, beside its pages: how it shows what it has not, what it asked of us. Frozen values. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any  # JSON data, read key by key

from tracker import clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the judge may know of a page's host.

    missing: fingerprint (extract/fingerprint.py) of what it shows, with 200, for a path that does not exist; None
    where it answers such a path with 404, or was not asked.
    """

    missing: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostNote:
    """What is remembered of an origin (`https://example.org`, a port other than the scheme's own behind it), in order
    to be polite to it after a restart too. Operational: never in the log.

    robots: text of its robots.txt, None where it has none; robots_status, robots_at: of the answer that said so.
    robots_asked_at: the last try. unreachable_since: since when no try gave one (RFC 9309 §2.3.1.4).
    crawl_delay_s: what that text wants between two requests of ours, as written, uncapped.
    held_until, held_why: until when nothing is asked of it, for a person. steps: holds of our own making in a row.
    failed: short hashes of distinct addresses that failed in a row; is_open: so many did that only a probe is let by.
    last_ended_at: when the last exchange with it was over.
    missing, missing_at: fingerprint of what it shows for a path that does not exist, None where it answers 404, and
    when it was asked.
    """

    origin: str
    robots: str | None = None
    robots_status: int | None = None
    robots_at: datetime | None = None
    robots_asked_at: datetime | None = None
    unreachable_since: datetime | None = None
    crawl_delay_s: float | None = None
    held_until: datetime | None = None
    held_why: str = ""
    steps: int = 0
    failed: tuple[str, ...] = ()
    is_open: bool = False
    last_ended_at: datetime | None = None
    missing: str | None = None
    missing_at: datetime | None = None

    def to_json(self) -> dict[str, object]:
        """The note as plain JSON data; instants as RFC 3339, what is as in a new note left out."""
        found: dict[str, object] = {"origin": self.origin}
        for one in fields(self)[1:]:
            value = getattr(self, one.name)
            if value != one.default:
                found[one.name] = clock.iso(value) if isinstance(value, datetime) else value
        return {k: list(v) if isinstance(v, tuple) else v for k, v in found.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "HostNote":
        """A note as `to_json` gave it; keys of other releases are passed over, as a note is only a convenience."""
        known = {f.name for f in fields(cls)}
        given = {k: v for k, v in data.items() if k in known}
        for key in _INSTANTS & given.keys():
            given[key] = clock.from_iso(given[key]) if given[key] is not None else None
        return cls(**given | {"failed": tuple(given.get("failed", ()))})


_INSTANTS = frozenset(
    {"robots_at", "robots_asked_at", "unreachable_since", "held_until", "last_ended_at", "missing_at"}
)
