"""Where in a chapter's history: `first`, `prev`, `latest`, an instant, a date, an address, a change's short id. Pure.

Lives here: from words to a version that is recorded. Not here: reading versions (store) or drawing them (cli).
"""

import difflib
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from tracker import clock
from tracker.errors import NothingRecorded, UsageError
from tracker.events.types import Change
from tracker.store import VersionRecord

_ADDRESS = re.compile(r"@?(\d{8}T\d{6})(\.\d{1,6})?Z")
_CHANGE = re.compile(r"c_[0-9a-f]{4,16}")


def place(word: str, versions: Sequence[VersionRecord], changes: Sequence[Change], *, name: str) -> VersionRecord:
    """The version that a place names. versions: oldest first, at least one. name: of the chapter, for errors.

    A date means its last instant (UTC): what stood when the day ended. Raises NothingRecorded where nothing stood
    there, UsageError where the word names no place.
    """
    match word:
        case "first":
            return versions[0]
        case "latest":
            return versions[-1]
        case "prev":
            if len(versions) < 2:
                raise NothingRecorded(
                    "Nothing to compare with", where=name, remedy=f"One version is recorded: {versions[0].address}"
                )
            return versions[-2]
    for version in versions:
        if version.address == word.removeprefix("@"):
            return version
    if _CHANGE.fullmatch(word):
        return _brought_by(word, versions, changes, name)
    return standing_at(instant(word), versions, name=name, asked=word)


def standing_at(at: datetime, versions: Sequence[VersionRecord], *, name: str, asked: str) -> VersionRecord:
    """The version that stood at an instant, by when we captured it. Raises NothingRecorded before the first."""
    stood = [v for v in versions if v.captured_at <= at]
    if not stood:
        first = versions[0]
        raise NothingRecorded(
            f"Nothing is recorded for {asked}",
            where=name,
            remedy=f"The record begins at {clock.iso(first.captured_at)}: try `first`",
        )
    return stood[-1]


def instant(word: str) -> datetime:
    """The instant that a date, an RFC 3339 instant or an address means. Raises UsageError.

    An address is cut to its second (or millisecond), so it means the last instant within it.
    """
    if found := _ADDRESS.fullmatch(word):
        whole = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        digits = (found[2] or ".")[1:]
        if not digits:
            return whole + timedelta(microseconds=999_999)
        return whole + timedelta(microseconds=int(digits.ljust(6, "9")))
    try:
        return datetime.combine(date.fromisoformat(word), time.max, UTC)
    except (ValueError, OverflowError):
        pass
    try:
        return clock.from_iso(word)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{word!r} names no place in history",
            remedy="Use first, prev, latest, a date (2022-08-14), an instant (2022-08-14T09:30:00Z), an address "
            "(20220814T093000Z) or a change (c_…)",
        ) from None


def span(word: str) -> tuple[str, str]:
    """The two ends of `A..B`; an end left out is `first` or `latest`; one place alone is `A..latest`."""
    if ".." not in word:
        return word, "latest"
    start, _, end = word.partition("..")
    return start or "first", end.lstrip(".") or "latest"


def chapter_of(word: str, known: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The profile and chapter that `P/C` names, or `P` where it has one chapter. known: all recorded pairs.

    Raises NothingRecorded, naming the nearest.
    """
    profile, _, chapter = word.strip("/").partition("/")
    chapters = [c for p, c in known if p == profile]
    if chapter in chapters:
        return profile, chapter
    if not chapter and len(chapters) == 1:
        return profile, chapters[0]
    if chapters:
        listed = ", ".join(f"{profile}/{c}" for c in chapters)
        what = f"Nothing is recorded as {word!r}" if chapter else f"{profile!r} has {len(chapters)} chapters"
        raise NothingRecorded(what, where=f"profile {profile}", remedy=f"Recorded: {listed}")
    names = sorted({p for p, _ in known})
    near = difflib.get_close_matches(profile, names, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    listed = f"Recorded profiles: {', '.join(names[:12])}" if names else "Nothing is recorded yet: tracker check"
    raise NothingRecorded(f"Nothing is recorded as {word!r}", remedy=hint + listed)


def _brought_by(word: str, versions: Sequence[VersionRecord], changes: Sequence[Change], name: str) -> VersionRecord:
    found = [c for c in changes if c.id.startswith(word)]
    if len(found) > 1:
        raise UsageError(f"{word!r} names {len(found)} changes", where=name, remedy="Write more of its digits")
    for change in found:
        for version in versions:
            if version.address == change.after.address:
                return version
    raise NothingRecorded(f"No change {word!r} is recorded", where=name, remedy=f"List them: tracker log {name}")
