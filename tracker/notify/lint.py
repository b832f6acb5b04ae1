"""What is wrong with `config/subscriptions.toml`, all at once, and what only looks like a mistake. Pure.

Errors are what loading refuses (subscriptions.py, impossible.py); warnings are rules that can be meant, and seldom are.
"""

import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal  # Any: TOML data that was read before

from tracker.errors import ConfigError
from tracker.notify.channels import KINDS
from tracker.notify.rules import Send, Subscription, Subscriptions
from tracker.notify.subscriptions import load_all
from tracker.notify.toml_lines import Path
from tracker.notify.toml_table import Table
from tracker.notify.when import DAY_MINUTES, Interval


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: what, where (with the line), what to do."""

    level: Literal["error", "warning"]
    what: str
    where: str
    remedy: str


def lint(text: str, name: str, watched: Collection[str] = ()) -> tuple[Finding, ...]:
    """All that is wrong in TOML text; where nothing is, all that is odd in it.

    name: of the file. watched: profiles that are; where none are, nothing is said of globs that match none of them.
    """
    try:
        found, errors = load_all(text, name)
    except ConfigError as wrong:
        found, errors = Subscriptions(), (wrong,)
    if errors:
        return tuple(Finding("error", one.what, one.where, one.remedy) for one in errors)
    return tuple(_Warnings(found, text, name, watched).all())


class _Warnings:
    def __init__(self, found: Subscriptions, text: str, name: str, watched: Collection[str]) -> None:
        self._found, self._text, self._name, self._watched = found, text, name, watched
        self._entries: list[dict[str, Any]] = tomllib.loads(text).get("subscriptions", [])

    def all(self) -> Iterator[Finding]:
        for name, globs in self._found.groups.items():
            for glob in globs:
                yield from self._unwatched(glob, ("groups", name), f"[groups] {name}")
        for number, subscription in enumerate(self._found.subscriptions):
            path = ("subscriptions", number)
            said = f"subscription {number + 1} ({subscription.id})"
            for glob in subscription.match.profiles:
                yield from self._unwatched(glob, (*path, "match", "profile"), f"{said} match profile")
            for send, at in zip(subscription.sends, self._paths(number), strict=True):
                yield from self._of_send(send, (*path, *at), said)
        yield from self._same_twice()
        yield from self._unused()

    def _paths(self, number: int) -> list[Path]:
        """Where each send of a subscription is written: one entry may be several of them."""
        entry = self._entries[number]
        places: list[tuple[Path, Any]] = [(("to",), entry.get("to"))]
        if "send" in entry:
            places = [(("send", n), send["to"]) for n, send in enumerate(entry["send"])]
        return [path for path, to in places for _ in (dict.fromkeys(to) if isinstance(to, list) else (to,))]

    def _of_send(self, send: Send, path: Path, said: str) -> Iterator[Finding]:
        config = self._found.channel(send.to)
        where = (path, f"{said} send to {send.to}")
        folds = config is None or KINDS[config.kind].folds
        if config is not None and not folds and send.when.is_digest:
            remedy = 'Write when = "instant": whoever reads the file gathers what they like'
            yield self._warning(f"A digest to {send.to!r}, which is a file ({config.kind})", *where, remedy)
        if not folds and not send.when.is_digest and (send.group_by or send.wait_s or send.interval_s):
            remedy = "Leave out `group_by`, `wait` and `interval`"
            yield self._warning(
                f"A file ({send.to!r}) takes each change by itself and waits for no other", *where, remedy
            )
        if folds and send.group_by and not send.wait_s and not send.interval_s:
            remedy = 'Write how long to wait for others: wait = "2m"'
            yield self._warning("A group that waits for nobody is seldom more than one change", *where, remedy)
        interval = self._found.intervals.get(send.quiet or "")
        if interval is None:
            return
        if send.when.is_digest and _is_in(interval, send):
            remedy = "A digest comes at its time, also in quiet hours: choose another time, or leave out `quiet`"
            yield self._warning(f"The digest of {send.when} lies in the quiet hours {send.quiet!r}", *where, remedy)
        if send.bypass == "none":
            remedy = 'Write bypass = "critical", or leave out `quiet`'
            yield self._warning("Every change bypasses these quiet hours", *where, remedy)

    def _unwatched(self, glob: str, path: Path, said: str) -> Iterator[Finding]:
        if self._watched and not any(fnmatchcase(profile, glob) for profile in self._watched):
            import difflib

            near = difflib.get_close_matches(glob, sorted(self._watched), n=1)
            remedy = f"Did you mean {near[0]!r}? " if near else ""
            yield self._warning(f"No watched profile is {glob!r}", path, said, f"{remedy}See: tracker watches")

    def _same_twice(self) -> Iterator[Finding]:
        earlier: list[tuple[Subscription, Send]] = []
        for number, subscription in enumerate(self._found.subscriptions):
            for send, at in zip(subscription.sends, self._paths(number), strict=True):
                twin = next(
                    (
                        s
                        for s, other in earlier
                        if s.match == subscription.match and other == send and s != subscription
                    ),
                    None,
                )
                if twin is not None:
                    what = f"{send.to!r} is told of the same by {twin.id!r}"
                    path, said = ("subscriptions", number, *at), f"subscription {number + 1} ({subscription.id})"
                    yield self._warning(what, path, said, "Remove one of the two")
                earlier.append((subscription, send))

    def _unused(self) -> Iterator[Finding]:
        found = self._found
        sends = [send for s in found.subscriptions for send in s.sends]
        used = {send.to for send in sends} | set(found.operator)
        for config in found.channels:
            if config.name not in used:
                remedy = f"Send to it: tracker subs add ID --to {config.name}"
                said = f"[channels.{config.name}]"
                yield self._warning(f"Nothing is sent to {config.name!r}", ("channels", config.name), said, remedy)
        kept = {send.quiet for send in sends}
        for interval in (name for name in found.intervals if name not in kept):
            remedy = f'Write quiet = "{interval}" in a send, or remove it'
            said = f"[intervals.{interval}]"
            yield self._warning(f"Nobody keeps to {interval!r}", ("intervals", interval), said, remedy)
        if found.subscriptions and not found.operator:
            remedy = 'Write [operator] with to = ["CHANNEL"]'
            yield self._warning("Nobody is told when a watch or a channel fails", (), "", remedy)

    def _warning(self, what: str, path: Path, said: str, remedy: str) -> Finding:
        where = Table({}, self._name, self._text, path, said).where()
        return Finding("warning", what, where, remedy)


def _is_in(interval: Interval, send: Send) -> bool:
    """Whether a digest's time lies in quiet hours on each day that it comes."""
    minute = send.when.hour * 60 + send.when.minute
    days = range(7) if send.when.weekday is None else (send.when.weekday,)

    def is_quiet(day: int) -> bool:
        ends = interval.from_minute + interval.minutes
        today = day in interval.days and interval.from_minute <= minute < ends
        return today or ((day - 1) % 7 in interval.days and minute + DAY_MINUTES < ends)

    return all(is_quiet(day) for day in days)
