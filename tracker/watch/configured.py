"""`config/watches.toml`: what should be watched. The log says what was; the difference becomes `watch.*` events.

[[watches]]
name = "ruritania"                    # how commands and the record call it
url = "https://example.org/ruritania"
profile = "ruritania"                 # left out: named by the page's own title
publisher = "monitor"                 # left out: by the URL, else by the page's shape
every = "6h"                          # left out: the default cadence
paused = true                         # left out: looked at
paused_until = 2026-12-01             # or an instant, 2026-12-01T08:00:00Z: looked at again from then on, by itself
"""

import re
from collections.abc import Container, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any  # TOML data, checked key by key as it is read

from tracker import clock
from tracker.document.identity import profile_name, slug
from tracker.errors import ConfigError, NothingRecorded
from tracker.events import bodies
from tracker.events.looks import Watch
from tracker.events.types import NewEvent
from tracker.settings_file import only, read_toml, rewrite, table_list, text
from tracker.store import Configured, Store

MIN_EVERY_S = 60
MAX_EVERY_S = 366 * 86_400
_KEYS = ("name", "url", "profile", "publisher", "every", "paused", "paused_until")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


def read(path: Path, now: datetime | None = None) -> tuple[Watch, ...]:
    """The watches of a file, in its order, as they stand now. Raises ConfigError, also where there is no such file."""
    if not path.exists():
        # An editor that saves by taking the file away, or a store used from elsewhere, must not end every watch.
        remedy = "Put it back, or make an empty one: tracker init"
        raise ConfigError("The list of watches is not there", where=str(path), remedy=remedy)
    return parse(read_toml(path), str(path), now)


def parse(data: Mapping[str, Any], name: str, now: datetime | None = None) -> tuple[Watch, ...]:
    """The watches that TOML data says. name: of the file, for errors. now: by the clock if None. Raises ConfigError."""
    now = now or clock.now()
    only(data, ("watches",), name)
    found: dict[str, Watch] = {}
    named: dict[str, str] = {}  # address → name of the watch that looks at it
    for n, entry in enumerate(table_list(data, "watches", name), start=1):
        watch = _watch(entry, f"{name}, watch {n}", now)
        if watch.name in found:
            raise ConfigError(f"Two watches are named {watch.name!r}", where=f"{name}, watch {n}", remedy="Rename one")
        if watch.url in named:
            remedy = f"It is watched as {named[watch.url]!r} already: keep one of them"
            raise ConfigError(f"Two watches look at {watch.url}", where=f"{name}, watch {n}", remedy=remedy)
        found[watch.name] = watch
        named[watch.url] = watch.name
    return tuple(found.values())


def _watch(entry: Mapping[str, Any], where: str, now: datetime) -> Watch:
    only(entry, _KEYS, where)
    url = text(entry, "url", where)
    profile = _slug(entry, "profile", where)
    name = _slug(entry, "name", where) or profile or profile_name("", url)
    paused = entry.get("paused", False)
    if not isinstance(paused, bool):
        raise ConfigError("`paused` is true or false", where=where, remedy="Write paused = true, or leave it out")
    until = _instant(entry, "paused_until", where)
    if paused and until is not None:
        remedy = "Keep one of the two: paused_until ends by itself, paused does not"
        raise ConfigError("`paused` and `paused_until` say different things", where=where, remedy=remedy)
    return Watch(
        name=name,
        url=url,
        profile=profile,
        publisher=text(entry, "publisher", where) if "publisher" in entry else None,
        every_s=every_s(text(entry, "every", where), where) if "every" in entry else None,
        state="paused" if paused or (until is not None and now < until) else "active",
        paused_until=until,
    )


def _instant(entry: Mapping[str, Any], key: str, where: str) -> datetime | None:
    """The instant under a key; of a date its beginning in UTC. Raises ConfigError."""
    value = entry.get(key)
    if value is None:
        return None
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    remedy = f"Write {key} = 2026-12-01, or an instant with its zone: 2026-12-01T08:00:00Z (without quotes)"
    raise ConfigError(f"`{key}` is a date or an instant", where=where, remedy=remedy)


def every_s(duration: str, where: str) -> int:
    """Seconds of an interval between looks, a minute to a year. Raises ConfigError where it is none."""
    try:
        seconds = clock.seconds(duration)
    except ValueError as wrong:
        raise ConfigError("Not an interval", where=where, remedy=str(wrong)) from None
    if seconds < MIN_EVERY_S:
        raise ConfigError(f"Every {duration} is too often", where=where, remedy="The shortest interval is 1m")
    if seconds > MAX_EVERY_S:
        raise ConfigError(f"Every {duration} is too seldom", where=where, remedy="The longest interval is 366d")
    return seconds


def _slug(entry: Mapping[str, Any], key: str, where: str) -> str | None:
    if key not in entry:
        return None
    found = text(entry, key, where)
    if not _NAME.fullmatch(found):
        remedy = f"Use lower-case letters, digits and -: {slug(found)!r}?"
        raise ConfigError(f"`{key}` cannot be {found!r}", where=where, remedy=remedy)
    return found


def free_name(wanted: str, taken: Container[str]) -> str:
    """The name, or with `-2`, `-3`, … where it is taken."""
    if wanted not in taken:
        return wanted
    return next(name for n in range(2, 1_000_000) if (name := f"{wanted}-{n}") not in taken)


def add(path: Path, watch: Watch, *, every: str | None) -> None:
    """Write a new watch; what is None is left out. Raises ConfigError, writing nothing."""
    add_all(path, [watch], every=every)


def add_all(path: Path, watches: Sequence[Watch], *, every: str | None = None) -> None:
    """Write new watches, all or none; what is None is left out. Raises ConfigError, writing nothing."""

    def edit(document: Any) -> None:  # Any: a tomlkit document, loaded only when something is written
        import tomlkit

        known = document.setdefault("watches", tomlkit.aot())
        for watch in watches:
            entry = tomlkit.table()
            for key in ("name", "url", "profile", "publisher"):
                if (value := getattr(watch, key)) is not None:
                    entry[key] = value
            if every is not None:
                entry["every"] = every
            known.append(entry)

    rewrite(path, edit, check=lambda data: parse(data, str(path)))


def move(path: Path, urls: Mapping[str, str]) -> None:
    """Give watches another address: name → address. All else of them stays, so their history goes on.

    Raises ConfigError, writing nothing, NothingRecorded where a name is not there.
    """
    names = {w.name: n for n, w in enumerate(read(path))}
    for name in urls.keys() - names.keys():
        raise NothingRecorded(f"No watch is named {name!r}", where=str(path), remedy="See: tracker watches")

    def edit(document: Any) -> None:  # Any: a tomlkit document, loaded only when something is written
        for name, url in urls.items():
            entry = document["watches"][names[name]]
            if "name" not in entry and "profile" not in entry:
                entry["name"] = name  # it was called by its address: by another one it would be another watch
            entry["url"] = url

    rewrite(path, edit, check=lambda data: parse(data, str(path)))


def remove(path: Path, name: str) -> None:
    """Take a watch out of the file. Raises NothingRecorded where it is not there."""
    names = [w.name for w in read(path)]
    if name not in names:
        listed = ", ".join(names) or "none"
        raise NothingRecorded(f"No watch is named {name!r}", where=str(path), remedy=f"Watches: {listed}")

    def edit(document: Any) -> None:  # Any: a tomlkit document, loaded only when something is written
        del document["watches"][names.index(name)]
        if not document["watches"]:
            del document["watches"]

    rewrite(path, edit, check=lambda data: parse(data, str(path)))


def pause(path: Path, name: str, until: datetime | None) -> None:
    """Have a watch not looked at: until then, or until it is resumed. Raises NothingRecorded, ConfigError."""
    _switch(path, name, {"paused": True} if until is None else {"paused_until": until})


def resume(path: Path, name: str) -> None:
    """Have a paused watch looked at again. Raises NothingRecorded where it is not there."""
    _switch(path, name, {})


def _switch(path: Path, name: str, said: Mapping[str, bool | datetime]) -> None:
    names = [w.name for w in read(path)]
    if name not in names:
        listed = ", ".join(names) or "none"
        raise NothingRecorded(f"No watch is named {name!r}", where=str(path), remedy=f"Watches: {listed}")

    def edit(document: Any) -> None:  # Any: a tomlkit document, loaded only when something is written
        entry = document["watches"][names.index(name)]
        for key in ("paused", "paused_until"):
            if key in entry:
                del entry[key]
        for key, value in said.items():
            entry[key] = value

    rewrite(path, edit, check=lambda data: parse(data, str(path)))


def reconcile(store: Store, configured: Sequence[Watch]) -> int:
    """Write down in the log what the configuration says anew; how many events that took."""
    recorded = store.configured()
    wanted = {w.name for w in configured}
    events: list[NewEvent] = []
    for watch in configured:
        facts, state = recorded.get(watch.name, (None, "removed"))
        said = Configured(url=watch.url, profile=watch.profile, publisher=watch.publisher, every_s=watch.every_s)
        is_new = state == "removed"
        if is_new or facts != said:
            events.append(bodies.watch_configured("added" if is_new else "altered", watch.name, **said._asdict()))
        if ("active" if is_new else state) != watch.state:
            events.append(bodies.watch_ended("paused" if watch.state == "paused" else "resumed", watch.name))
    for name, (_, state) in recorded.items():
        if name not in wanted and state != "removed":
            events.append(bodies.watch_ended("removed", name, reason="no longer configured"))
    if events:
        store.append(tuple(events), key=f"configured/{store.head().position}")
    return len(events)
