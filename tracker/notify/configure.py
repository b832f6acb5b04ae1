"""Writing `config/subscriptions.toml` for those who do not want to edit it.

A person's comments and order stay. Every writer reads the result back before it takes the file's place: what cannot
be loaded is never written. The file is replaced whole (temporary file, fsync, rename), so a reader sees the old one
or the new one. tomlkit is loaded here only, when something is written.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.errors import ConfigError
from tracker.notify.channels import KINDS
from tracker.notify.subscriptions import Subscriptions, parse, read
from tracker.settings_file import rewrite

if TYPE_CHECKING:
    import tomlkit


def add_channel(path: Path, name: str, kind: str, url: str, *, secret: str | None = None) -> Subscriptions:
    """Write a new channel. url: for a kind that writes files, the path. Raises ConfigError, writing nothing."""
    if read(path).channel(name) is not None:
        raise _taken("channel", name, path, "Choose another name, or remove that one first")
    key = "path" if kind in KINDS and "path" in KINDS[kind].needs else "url"
    values = {"kind": kind, key: url, **({"secret": secret} if secret is not None else {})}

    def add(document: "tomlkit.TOMLDocument") -> None:
        import tomlkit

        if "channels" not in document:
            document["channels"] = tomlkit.table(is_super_table=True)
        table = tomlkit.table()
        for field, value in values.items():
            table[field] = value
        document["channels"][name] = table

    return _rewrite(path, add)


def remove_channel(path: Path, name: str) -> Subscriptions:
    """Take a channel out. Raises ConfigError where there is none, or a subscription still sends to it."""
    standing = read(path)
    if standing.channel(name) is None:
        raise _absent("channel", name, path, [c.name for c in standing.channels])
    users = [s.id for s in standing.subscriptions if name in s.to]
    if users:
        remedy = f"Remove or alter these subscriptions first: {', '.join(users)}"
        raise ConfigError(f"Channel {name!r} is in use", where=str(path), remedy=remedy)

    def remove(document: "tomlkit.TOMLDocument") -> None:
        del document["channels"][name]

    return _rewrite(path, remove)


def add_subscription(
    path: Path,
    id: str,
    to: Sequence[str],
    *,
    profiles: Sequence[str] = (),
    chapters: Sequence[str] = (),
    causes: Sequence[str] = (),
    salience: str | None = None,
) -> Subscriptions:
    """Write a new subscription; what is left empty is left out. Raises ConfigError, writing nothing."""
    if any(s.id == id for s in read(path).subscriptions):
        raise _taken("subscription", id, path, "Choose another id, or remove that one first")
    match: Mapping[str, str | list[str]] = {
        **_one_or_many("profile", profiles),
        **_one_or_many("chapter", chapters),
        **_one_or_many("cause", causes),
        **({"salience": salience} if salience is not None else {}),
    }

    def add(document: "tomlkit.TOMLDocument") -> None:
        import tomlkit

        entry = tomlkit.table()
        entry["id"] = id
        entry.update(_one_or_many("to", to))
        if match:
            inline = tomlkit.inline_table()
            inline.update(match)
            entry["match"] = inline
        if "subscriptions" not in document:
            document["subscriptions"] = tomlkit.aot()
        document["subscriptions"].append(entry)

    return _rewrite(path, add)


def remove_subscription(path: Path, id: str) -> Subscriptions:
    """Take a subscription out. Raises ConfigError where there is none. What is owed already is still delivered."""
    standing = read(path)
    ids = [s.id for s in standing.subscriptions]
    if id not in ids:
        raise _absent("subscription", id, path, ids)

    def remove(document: "tomlkit.TOMLDocument") -> None:
        del document["subscriptions"][ids.index(id)]

    return _rewrite(path, remove)


def _rewrite(path: Path, edit: Callable[["tomlkit.TOMLDocument"], None]) -> Subscriptions:
    rewrite(path, edit, check=lambda data: parse(data, str(path)))
    return read(path)


def _one_or_many(key: str, values: Sequence[str]) -> dict[str, str | list[str]]:
    if not values:
        return {}
    return {key: values[0] if len(values) == 1 else list(values)}


def _taken(sort: str, name: str, path: Path, remedy: str) -> ConfigError:
    return ConfigError(f"There is a {sort} {name!r} already", where=str(path), remedy=remedy)


def _absent(sort: str, name: str, path: Path, known: Sequence[str]) -> ConfigError:
    remedy = f"Known: {', '.join(known)}" if known else "There is none"
    return ConfigError(f"No {sort} {name!r}", where=str(path), remedy=remedy)
