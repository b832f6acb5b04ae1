"""Who wants to hear of which changes, where and when: `config/subscriptions.toml` read into frozen values (rules.py).

Lives here: the file as a whole, its intervals, groups, storm and operator. Not here: channels (channels_table.py),
single subscriptions (subscription_table.py), what matches (match.py), how the file is written to (configure.py).
The whole language is told in docs/subscriptions.md.

    [channels.desk]
    kind = "webhook"
    url = "https://hooks.example.org/in"

    [groups]
    sahel = ["mali", "niger"]                # globs over profiles

    [intervals.nights]
    days = ["mon-fri"]                       # the days it begins on; every day if left out
    from = "20:00"
    to = "07:00"
    tz = "Europe/Prague"                     # the channel's if left out

    [storm]
    over = 25
    share = "10%"

    [operator]
    to = ["desk"]                            # who hears of trouble

    [[subscriptions]]
    id = "everything"
    to = "desk"
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar  # Any: TOML data, checked key by key as it is read

from tracker.errors import ConfigError
from tracker.notify.channels_table import channels
from tracker.notify.rules import (
    CAUSES,
    DEFAULT_CAUSES,
    Match,
    Send,
    Storm,
    Subscription,
    Subscriptions,
    TextMatch,
)
from tracker.notify.subscription_table import globs, subscriptions
from tracker.notify.toml_table import Table
from tracker.notify.when import DAY_MINUTES, WEEKDAYS, Interval, When
from tracker.settings_file import parse_toml, read_toml

__all__ = [
    "CAUSES",
    "DEFAULT_CAUSES",
    "Interval",
    "Match",
    "Send",
    "Storm",
    "Subscription",
    "Subscriptions",
    "TextMatch",
    "When",
    "load",
    "load_all",
    "parse",
    "read",
]
_MOST_OVER = 100_000  # changes of a round
_ROOT = ("channels", "subscriptions", "intervals", "groups", "storm", "operator")
_WALL = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_TWICE = re.compile(r"Cannot declare \((.*?),?\) twice \(at line (\d+)")
_KEY_TWICE = re.compile(r"(?:Cannot overwrite a value|Duplicate inline table key .*) \(at (?:line (\d+)|end of)")
_Found = TypeVar("_Found")


def read(path: Path) -> Subscriptions:
    """The subscriptions in a file; none where there is no such file. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return parse(read_toml(path), str(path))  # which says what is wrong with it
    return load(text, str(path))


def load(text: str, name: str) -> Subscriptions:
    """The subscriptions that TOML text says. name: of the file, for errors. Raises ConfigError, with the line."""
    found, errors = load_all(text, name)
    if errors:
        raise errors[0]
    return found


def load_all(text: str, name: str) -> tuple[Subscriptions, tuple[ConfigError, ...]]:
    """What can be read of TOML text, and all that is wrong with the rest. Raises ConfigError where it is no TOML."""
    return _read(Table(_data(text, name), name, text))


def parse(data: Mapping[str, Any], name: str) -> Subscriptions:
    """The subscriptions that TOML data says. name: of the file, for errors. Raises ConfigError."""
    found, errors = _read(Table(data, name))
    if errors:
        raise errors[0]
    return found


def _data(text: str, name: str) -> Mapping[str, Any]:
    try:
        return parse_toml(text, name)
    except ConfigError as wrong:
        if (found := _TWICE.search(wrong.remedy)) is not None:
            table = ".".join(re.findall(r"'([^']*)'", found[1]))
            remedy = "Give one of the two another name, or write their keys under one heading"
            raise ConfigError(f"[{table}] stands twice", where=f"{name}, line {found[2]}", remedy=remedy) from None
        if (found := _KEY_TWICE.search(wrong.remedy)) is not None:
            line = found[1] or text.rstrip().count("\n") + 1
            remedy = 'Write it once; a list takes several: ["…", "…"]'
            raise ConfigError("A key stands twice", where=f"{name}, line {line}", remedy=remedy) from None
        raise


def _read(root: Table) -> tuple[Subscriptions, tuple[ConfigError, ...]]:
    errors: list[ConfigError] = []

    def tried(what: Callable[[], _Found], otherwise: _Found) -> _Found:
        try:
            return what()
        except ConfigError as wrong:
            errors.append(wrong)
            return otherwise

    tried(lambda: root.only(_ROOT), None)
    at = channels(root, errors)
    named = _names(root, "channels")
    groups = tried(lambda: _groups(root), dict[str, tuple[str, ...]]())
    tried(lambda: root.table("intervals"), root)
    intervals: dict[str, Interval] = {}
    for name in _names(root, "intervals"):
        interval = tried(lambda name=name: _interval(root, name), None)  # type: ignore[misc]  # a default binds it
        if interval is not None:
            intervals[name] = interval
    standing = Subscriptions(
        channels=at,
        intervals=intervals,
        groups=groups,
        storm=tried(lambda: _storm(root), Storm()),
        operator=tried(lambda: _operator(root, named), ()),
    )
    # What is named and could not be read is an error already: those who use it are not to blame as well.
    known = (named, _names(root, "intervals"), _names(root, "groups"))
    return replace(standing, subscriptions=subscriptions(root, standing, known, errors)), tuple(errors)


def _names(root: Table, key: str) -> tuple[str, ...]:
    tables = root.data.get(key, {})
    return tuple(tables) if isinstance(tables, dict) else ()


def _groups(root: Table) -> dict[str, tuple[str, ...]]:
    table = root.table("groups", "[groups]")
    found: dict[str, tuple[str, ...]] = {}
    for name in table.data:
        table.named(name, name)
        found[name] = globs(table, name, sort="profile")
    return found


def _interval(root: Table, name: str) -> Interval:
    table = root.table("intervals").table(name, f"[intervals.{name}]")
    table.named(name)
    table.only(("days", "from", "to", "tz"))
    days = frozenset(day for text in table.texts("days") for day in _days(table, text)) or frozenset(range(7))
    tz = table.zone("tz") if table.data.get("tz") != "channel" else None
    return Interval(days, _minute(table, "from", DAY_MINUTES - 1), _minute(table, "to", DAY_MINUTES), tz)


def _days(table: Table, text: str) -> tuple[int, ...]:
    first, dash, last = text.strip().lower().partition("-")
    for day in (first, last) if dash else (first,):
        if day not in WEEKDAYS:
            raise table.not_known(day, WEEKDAYS, "days", sort="day")
    begins, ends = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return tuple((begins + n) % 7 for n in range((ends - begins) % 7 + 1))


def _minute(table: Table, key: str, most: int) -> int:
    found = _WALL.fullmatch(table.text(key).strip())
    minute = int(found[1]) * 60 + int(found[2]) if found and int(found[2]) < 60 else -1
    if not 0 <= minute <= most:
        raise table.refused(f"Not a time of a day: {table.data[key]!r}", f'Write {key} = "20:00"', key)
    return minute


def _storm(root: Table) -> Storm:
    table = root.table("storm", "[storm]")
    table.only(("over", "share"))
    value = table.data.get("share", Storm().share)
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}(?:\.\d+)?\s*%", value.strip(), re.ASCII):
        value = float(value.strip().rstrip("% ")) / 100
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise table.refused("`share` is a part of all watched pages", 'Write share = "10%"', "share")
    return Storm(over=table.whole("over", Storm().over, most=_MOST_OVER), share=float(value))


def _operator(root: Table, known: tuple[str, ...]) -> tuple[str, ...]:
    table = root.table("operator", "[operator]")
    table.only(("to",))
    if not table.data:
        return ()
    return table.chosen("to", known, sort="channel", needed=True)
