"""The versions of a profile's chapters in time: which one stood when, what is behind it, when it was last seen. Pure.

Rows as the fold makes them (insertion.py, chapter_views.py), sorted by when they begin.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

from tracker import clock
from tracker.events.types import VersionMark
from tracker.store.rows import Row

_LAST = "\uffff"  # behind every address


class Timeline:
    """Versions, as rows, put in one by one. last_seen: gives the last sight of a watch's page, in µs."""

    def __init__(self, last_seen: Callable[[str], int | None]) -> None:
        self._last_seen = last_seen
        self._versions: dict[str, dict[str, Row]] = {}  # chapter → address → row
        self._in_time: dict[str, list[tuple[int, str]]] = {}
        self.feeds: dict[str, str] = {}  # chapter → the watch that feeds it

    def put(self, row: Row, *, feed: str) -> None:
        """Put a version in, or in its place anew. feed: the watch that feeds its chapter, if that is new."""
        slug, address = str(row["chapter"]), str(row["address"])
        self.feeds.setdefault(slug, feed)
        versions, in_time = self._versions.setdefault(slug, {}), self._in_time.setdefault(slug, [])
        before = versions.get(address)
        versions[address] = row
        if before is not None and before["captured_at"] == row["captured_at"]:
            return
        if before is not None:
            del in_time[bisect_left(in_time, (whole(before["captured_at"]), address))]
        insort(in_time, (whole(row["captured_at"]), address))

    def __iter__(self) -> Iterator[str]:
        """The chapters."""
        return iter(self._versions)

    def __contains__(self, slug: object) -> bool:
        return slug in self._versions

    def get(self, slug: str, address: str) -> Row | None:
        """The version of that address."""
        return self._versions.get(slug, {}).get(address)

    def standing(self, slug: str, us: int) -> Row | None:
        """The version of a chapter that stood, gone ones too; None where it had none, or went on as another."""
        place = bisect_right(self._in_time[slug], (us, _LAST)) - 1
        if place < 0:
            return None
        row = self._versions[slug][self._in_time[slug][place][1]]
        ended = row["ended_at"]
        return row if ended is None or us < whole(ended) else None

    def first_after(self, slug: str, us: int) -> Row | None:
        """The chapter's first version after an instant that comes from no other."""
        in_time = self._in_time.get(slug, [])
        for _, address in in_time[bisect_right(in_time, (us, _LAST)) :]:
            row = self._versions[slug][address]
            if row["previous_address"] is None:
                return row
        return None

    def behind(self, row: Row) -> Row | None:
        """The version behind one."""
        chapter, address = row["next_chapter"], row["next_address"]
        return self.get(chapter, address) if isinstance(chapter, str) and isinstance(address, str) else None

    def earlier(self, slug: str, stood: Row) -> dict[str, str]:
        """Comparison hash → address of the latest version before the one that stood that had it."""
        until = (whole(stood["captured_at"]), str(stood["address"]))
        rows = (self._versions[slug][address] for at, address in self._in_time[slug] if (at, address) < until)
        return {norm: str(row["address"]) for row in rows if (norm := hexed(row["norm_sha256"])) is not None}

    def is_newest(self, row: Row) -> bool:
        """Whether no version of its chapter begins later; one that does may come from a chapter of another name."""
        return self._in_time[str(row["chapter"])][-1][1] == row["address"]

    def seen(self, row: Row) -> int | None:
        """The last sight of a version."""
        if row["seen_at"] is not None:
            return whole(row["seen_at"])
        if row["ended_at"] is not None or not self.is_newest(row):
            return whole(row["captured_at"])
        return self._last_seen(self.feeds[str(row["chapter"])])

    def mark(self, row: Row, us: int) -> VersionMark:
        """A version, as it was known at an instant."""
        seen, begins = self.seen(row), whole(row["captured_at"])
        told = row["document_date"]
        return VersionMark(
            chapter=str(row["chapter"]),
            address=str(row["address"]),
            text_sha256=hexed(row["text_sha256"]),
            norm_sha256=hexed(row["norm_sha256"]),
            document_date=date.fromisoformat(str(told)) if told is not None else None,
            document_sha256=hexed(row["document_sha256"]),
            captured_at=clock.from_us(begins),
            seen_at=clock.from_us(max(begins, min(us, seen if seen is not None else begins))),
        )

    def begins_as(self, row: Row) -> VersionMark:
        """A version, as it was when it was first seen."""
        return self.mark(row, whole(row["captured_at"]))

    def free_address(self, slug: str, at: datetime) -> str | None:
        """The address of a version first seen at an instant; None where all that it could have are taken."""
        utc = at.astimezone(UTC)
        forms = (clock.address(at), clock.address_ms(at), f"{utc:%Y%m%dT%H%M%S}.{utc.microsecond:06d}Z")
        taken = self._versions.get(slug, {})
        return next((form for form in forms if form not in taken), None)


def hexed(value: object) -> str | None:
    """A hash column in hex."""
    return value.hex() if isinstance(value, bytes) else None


def whole(value: object) -> int:
    """A number that a column holds."""
    assert isinstance(value, int)
    return value
