"""Rules that could never tell anything, or never in time: refused where they are read. Pure.

Not here: what only looks like a mistake (lint.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import get_args

from tracker import clock
from tracker.document.edit import LEVELS, NEUTRAL_KINDS, EditKind
from tracker.notify.rules import DEFAULT_CAUSES, Match, Send
from tracker.notify.when import Interval

_KINDS: tuple[str, ...] = get_args(EditKind)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a rule cannot be meant: what, what to do, and the key that it is about."""

    what: str
    remedy: str
    path: tuple[str | int, ...] = ()


def flaw_of_send(send: Send, intervals: Mapping[str, Interval]) -> Flaw | None:
    """The first thing that keeps a send from ever telling as it says, or None."""
    interval = intervals.get(send.quiet or "")
    if interval is not None and interval.is_always:
        return Flaw(
            f"Interval {send.quiet!r} is all day, every day: nothing would be told",
            "Leave out a day or an hour of it, or leave out `quiet`",
            ("quiet",),
        )
    asked = (("wait", send.wait_s), ("interval", send.interval_s), ("group_by", send.group_by))
    for key, value in asked if send.when.is_digest else ():
        if value:
            what = f"A digest is one message at its time: `{key}` says nothing of it"
            return Flaw(what, f"Leave out `{key}`", (key,))
    if send.interval_s and send.wait_s > send.interval_s:
        told, least = clock.duration(int(send.wait_s)), clock.duration(int(send.interval_s))
        return Flaw(
            f"`wait` ({told}) is longer than `interval` ({least})",
            f"Messages are at least as far apart as each waits: write wait = {least!r} or less, or a longer interval",
            ("wait",),
        )
    return None


def flaw_of_match(match: Match, groups: Mapping[str, tuple[str, ...]]) -> Flaw | None:
    """The first thing that keeps a rule from ever holding, or None."""
    return next(_flaws(match, groups), None)


def _flaws(match: Match, groups: Mapping[str, tuple[str, ...]]) -> Iterator[Flaw]:
    kinds = kinds_of(match.kinds)
    if kinds and kinds <= NEUTRAL_KINDS and match.salience != "none":
        listed = ", ".join(sorted(kinds))
        yield Flaw(
            f"Edits of kind {listed} have no salience: none is {match.salience} or above",
            "Leave out `salience`, or name other kinds",
            ("salience",),
        )
    if match.profiles and match.groups and not _meet(match, groups):
        yield Flaw(
            "No profile is both of `profile` and of `group`",
            "Leave out one of the two: they must both hold",
            ("group",),
        )
    if match.text is not None and len(match.text.sides) == 1 and kinds:
        side = match.text.sides[0]
        other = "removed" if side == "added" else "added"
        if all(kind.endswith(other) for kind in kinds):
            yield Flaw(
                f"Edits of kind {', '.join(sorted(kinds))} have no text that was {side}",
                "Leave out `side`, or name other kinds",
                ("text",),
            )
    if match.not_ is not None and _implies(match, match.not_):
        yield Flaw(
            "All that `match` asks for is what `not` takes away: nothing is left",
            "Make one of the two narrower",
            ("not",),
        )


def kinds_of(patterns: tuple[str, ...]) -> frozenset[str]:
    """The kinds of edits that globs name."""
    return frozenset(kind for kind in _KINDS if any(fnmatchcase(kind, p) for p in patterns))


def _meet(match: Match, groups: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a profile may be of both; two globs may always meet."""
    named = tuple(glob for group in match.groups for glob in groups.get(group, ()))
    return any(
        (_is_glob(a) and _is_glob(b)) or fnmatchcase(a, b) or fnmatchcase(b, a) for a in match.profiles for b in named
    )


def _is_glob(pattern: str) -> bool:
    return any(mark in pattern for mark in "*?[")


def _implies(outer: Match, inner: Match) -> bool:
    """Whether whatever `outer` asks for (its `not` apart) is what `inner` asks for."""
    causes = outer.causes or DEFAULT_CAUSES
    return (
        _covers(inner.profiles, outer.profiles)
        and (not inner.groups or (bool(outer.groups) and set(outer.groups) <= set(inner.groups)))
        and _covers(inner.chapters, outer.chapters)
        and _covers(inner.sections, outer.sections)
        and (not inner.kinds or (bool(outer.kinds) and kinds_of(outer.kinds) <= kinds_of(inner.kinds)))
        and (not inner.causes or set(causes) <= set(inner.causes))
        and LEVELS.index(outer.salience) >= LEVELS.index(inner.salience)
        and (inner.text is None or inner.text == outer.text)
    )


def _covers(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    """Whether each name that `narrow` asks for is one that `wide` asks for; () asks for any."""
    if not wide or "*" in wide:
        return True
    return bool(narrow) and all(any(one == w or fnmatchcase(one, w) for w in wide) for one in narrow)
