"""`config/watches.toml`: what should be watched. The log says what was; the difference becomes `watch.*` events.

[[watches]]
name = "ruritania"                    # how commands and the record call it
url = "https://example.org/ruritania"
profile = "ruritania"                 # left out: named by the page's own title
publisher = "monitor"                 # left out: by the URL, else by the page's shape
every = "6h"                          # left out: the default cadence
paused = true                         # left out: looked at
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any  # TOML data, checked key by key as it is read

from tracker import clock
from tracker.document.identity import profile_name, slug
from tracker.errors import ConfigError, NothingRecorded
from tracker.events import bodies
from tracker.events.types import NewEvent, Watch
from tracker.settings_file import only, read_toml, rewrite, table_list, text
from tracker.store import Store

MIN_EVERY_S = 60
MAX_EVERY_S = 366 * 86_400
_KEYS = ("name", "url", "profile", "publisher", "every", "paused")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


def read(path: Path) -> tuple[Watch, ...]:
    """The watches of a file, in its order. Raises ConfigError, also where there is no such file."""
    if not path.exists():
        # An editor that saves by taking the file away, or a store used from elsewhere, must not end every watch.
        remedy = "Put it back, or make an empty one: tracker init"
        raise ConfigError("The list of watches is not there", where=str(path), remedy=remedy)
    return parse(read_toml(path), str(path))


def parse(data: Mapping[str, Any], name: str) -> tuple[Watch, ...]:
    """The watches that TOML data says. name: of the file, for errors. Raises ConfigError."""
    only(data, ("watches",), name)
    found: list[Watch] = []
    for n, entry in enumerate(table_list(data, "watches", name), start=1):
        watch = _watch(entry, f"{name}, watch {n}")
        for earlier in found:
            if earlier.name == watch.name:
                raise ConfigError(
                    f"Two watches are named {watch.name!r}", where=f"{name}, watch {n}", remedy="Rename one"
                )
            if earlier.url == watch.url:
                remedy = f"It is watched as {earlier.name!r} already: keep one of them"
                raise ConfigError(f"Two watches look at {watch.url}", where=f"{name}, watch {n}", remedy=remedy)
        found.append(watch)
    return tuple(found)


def _watch(entry: Mapping[str, Any], where: str) -> Watch:
    only(entry, _KEYS, where)
    url = text(entry, "url", where)
    profile = _slug(entry, "profile", where)
    name = _slug(entry, "name", where) or profile or profile_name("", url)
    paused = entry.get("paused", False)
    if not isinstance(paused, bool):
        raise ConfigError("`paused` is true or false", where=where, remedy="Write paused = true, or leave it out")
    return Watch(
        name=name,
        url=url,
        profile=profile,
        publisher=text(entry, "publisher", where) if "publisher" in entry else None,
        every_s=every_s(text(entry, "every", where), where) if "every" in entry else None,
        state="paused" if paused else "active",
    )


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


def free_name(wanted: str, taken: Sequence[str]) -> str:
    """The name, or with `-2`, `-3`, … where it is taken."""
    if wanted not in taken:
        return wanted
    return next(name for n in range(2, 1_000_000) if (name := f"{wanted}-{n}") not in taken)


def add(path: Path, watch: Watch, *, every: str | None) -> None:
    """Write a new watch; what is None is left out. Raises ConfigError, writing nothing."""
    values = {
        "name": watch.name,
        "url": watch.url,
        "profile": watch.profile,
        "publisher": watch.publisher,
        "every": every,
    }

    def edit(document: Any) -> None:  # Any: a tomlkit document, loaded only when something is written
        import tomlkit

        entry = tomlkit.table()
        for key, value in values.items():
            if value is not None:
                entry[key] = value
        document.setdefault("watches", tomlkit.aot()).append(entry)

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


def reconcile(store: Store, configured: Sequence[Watch]) -> int:
    """Write down in the log what the configuration says anew; how many events that took."""
    recorded = {w.watch: w for w in store.watches()}
    told = {str(e.payload["watch"]): e.payload for e in store.events(types=("watch.added", "watch.altered"))}
    wanted = {w.name for w in configured}
    events: list[NewEvent] = []
    for watch in configured:
        standing = recorded.get(watch.name)
        is_new = standing is None or standing.state == "removed"
        facts = {"url": watch.url, "profile": watch.profile, "publisher": watch.publisher, "every_s": watch.every_s}
        if is_new or any(told[watch.name].get(key) != value for key, value in facts.items()):
            kind = "added" if is_new else "altered"
            events.append(bodies.watch_configured(kind, watch.name, **facts))  # type: ignore[arg-type]  # as declared
        if (standing.state if standing and not is_new else "active") != watch.state:
            events.append(bodies.watch_ended("paused" if watch.state == "paused" else "resumed", watch.name))
    for name, standing in recorded.items():
        if name not in wanted and standing.state != "removed":
            events.append(bodies.watch_ended("removed", name, reason="no longer configured"))
    if events:
        store.append(tuple(events), key=f"configured/{store.head().position}")
    return len(events)
