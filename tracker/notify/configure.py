"""Writing `config/subscriptions.toml` for those who do not want to edit it.

A person's comments and order stay. Every writer reads the result back before it takes the file's place: what cannot
be loaded is never written. The file is replaced whole (temporary file, fsync, rename), so a reader sees the old one
or the new one. tomlkit is loaded here only, when something is written.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any  # Any: what TOML can hold

from tracker.errors import ConfigError
from tracker.notify.channels import KINDS, Key
from tracker.notify.rules import Subscriptions
from tracker.notify.subscriptions import parse, read
from tracker.settings_file import rewrite

if TYPE_CHECKING:
    import tomlkit
    import tomlkit.items

_Written = str | int | float | list[str] | Mapping[str, Any]
_PLURALS = {
    "profiles": "profile",
    "groups": "group",
    "chapters": "chapter",
    "sections": "section",
    "kinds": "kind",
    "causes": "cause",
}


def add_channel(
    path: Path,
    name: str,
    kind: str,
    url: str | None,
    *,
    secret: str | None = None,
    values: Mapping[str, str | Sequence[str]] = MappingProxyType({}),
) -> Subscriptions:
    """Write a new channel. url: its address, or what its kind needs first (of one that writes files the path).

    values: further keys, `tz` and `per_minute` too, as texts; they are written as their kind wants them.
    Raises ConfigError, writing nothing.
    """
    if read(path).channel(name) is not None:
        raise _taken("channel", name, path, "Choose another name, or remove that one first")
    keys = KINDS[kind].keys if kind in KINDS else {}
    given: dict[str, str | Sequence[str]] = {**({} if secret is None else {"secret": secret}), **values}
    if url is not None:
        given = {_first_key(keys): url, **given}
    typed = {key: _typed(key, value, keys) for key, value in given.items()}

    def add(document: "tomlkit.TOMLDocument") -> None:
        import tomlkit

        if "channels" not in document:
            document["channels"] = tomlkit.table(is_super_table=True)
        table = tomlkit.table()
        for field, value in {"kind": kind, **typed}.items():
            table[field] = value
        document["channels"][name] = table

    return _rewrite(path, add)


def _first_key(keys: Mapping[str, Key]) -> str:
    """What a kind is addressed by: what it needs, an address or a path before all else."""
    needed = [key for key, about in keys.items() if about.is_needed]
    return next((key for key in ("url", "path") if key in needed), needed[0] if needed else "url")


def _typed(key: str, value: str | Sequence[str], keys: Mapping[str, Key]) -> "_Written":
    """A value as TOML has it; one that is not of its sort is left as it is, for reading to refuse."""
    sort = "number" if key == "per_minute" else keys[key].sort if key in keys else "text"
    texts = [value] if isinstance(value, str) else list(value)
    if sort == "texts":
        return texts
    one = texts[-1] if texts else ""
    if sort == "flag" and one in ("true", "false"):
        return one == "true"
    if sort == "number":
        for number in (int, float):
            try:
                return number(one)
            except ValueError:
                continue
    return one


def remove_channel(path: Path, name: str) -> Subscriptions:
    """Take a channel out. Raises ConfigError where there is none, or something still sends to it."""
    standing = read(path)
    if standing.channel(name) is None:
        raise _absent("channel", name, path, [c.name for c in standing.channels])
    users = [s.id for s in standing.subscriptions if name in s.to]
    users += ["[operator]"] if name in standing.operator else []
    if users:
        remedy = f"Remove or alter these first: {', '.join(users)}"
        raise ConfigError(f"Channel {name!r} is in use", where=str(path), remedy=remedy)

    def remove(document: "tomlkit.TOMLDocument") -> None:
        del document["channels"][name]

    return _rewrite(path, remove)


def add_subscription(
    path: Path,
    id: str,
    to: Sequence[str],
    *,
    when: str | None = None,
    owner: str | None = None,
    salience: str | None = None,
    texts: Sequence[str] = (),
    sides: Sequence[str] = (),
    without: Mapping[str, Sequence[str]] = MappingProxyType({}),
    **asked: Sequence[str],
) -> Subscriptions:
    """Write a new subscription; what is left empty is left out. Raises ConfigError, writing nothing.

    asked: lists of what is asked of a change, by plural: profiles, groups, chapters, sections, kinds, causes.
    texts: words of which one must be there, in what `sides` say. without: what must not hold, by key of the file.
    when: `instant`, `daily 07:30`, `weekly mon 07:30`, for each of its channels.
    """
    if unknown := asked.keys() - _PLURALS.keys():
        raise TypeError(f"nothing is asked by {', '.join(sorted(unknown))}")
    if any(s.id == id for s in read(path).subscriptions):
        raise _taken("subscription", id, path, "Choose another id, or remove that one first")
    match: dict[str, _Written] = {}
    for plural, key in _PLURALS.items():
        match |= _one_or_many(key, asked.get(plural, ()))
    if salience is not None:
        match["salience"] = salience
    if texts or sides:
        match["text"] = {"any": list(texts), "side": list(sides)} if sides else {"any": list(texts)}
    if without:
        match["not"] = {key: found[key] for key in without if (found := _one_or_many(key, without[key]))}

    def add(document: "tomlkit.TOMLDocument") -> None:
        import tomlkit
        import tomlkit.items

        entry: dict[str, Any] = {"id": id, **({"owner": owner} if owner is not None else {})}
        if when is None:
            entry |= _one_or_many("to", to)
        else:
            sends = tomlkit.array()
            sends.append(_inline({**_one_or_many("to", to), "when": when}))
            entry["send"] = sends
        if match:
            entry["match"] = _inline(match)
        standing = document.get("subscriptions")
        if isinstance(standing, tomlkit.items.Array) and standing:
            standing.append(_inline(entry))  # as somebody wrote the others
            return
        if not standing:
            document.pop("subscriptions", None)
            document["subscriptions"] = tomlkit.aot()
        table = tomlkit.table()
        table.update(entry)
        document["subscriptions"].append(table)

    return _rewrite(path, add)


def _inline(values: Mapping[str, "_Written"]) -> "tomlkit.items.InlineTable":
    """`{ key = value }` on one line; so are the tables in it, which TOML allows nowhere else."""
    import tomlkit

    table = tomlkit.inline_table()
    for key, value in values.items():
        table[key] = _inline(value) if isinstance(value, Mapping) else value
    return table


def remove_subscription(path: Path, id: str) -> Subscriptions:
    """Take a subscription out. Raises ConfigError where there is none. What is owed already is still delivered."""
    standing = read(path)
    ids = [s.id for s in standing.subscriptions]
    if id not in ids:
        raise _absent("subscription", id, path, ids)

    def remove(document: "tomlkit.TOMLDocument") -> None:
        del document["subscriptions"][ids.index(id)]
        if not document["subscriptions"]:
            del document["subscriptions"]  # an empty list would stand where no heading may follow it

    return _rewrite(path, remove)


def _rewrite(path: Path, edit: Callable[["tomlkit.TOMLDocument"], None]) -> Subscriptions:
    rewrite(path, edit, check=lambda data: parse(data, str(path)))
    return read(path)


def _one_or_many(key: str, values: Sequence[str]) -> "dict[str, _Written]":
    if not values:
        return {}
    return {key: values[0] if len(values) == 1 else list(values)}


def _taken(sort: str, name: str, path: Path, remedy: str) -> ConfigError:
    return ConfigError(f"There is a {sort} {name!r} already", where=str(path), remedy=remedy)


def _absent(sort: str, name: str, path: Path, known: Sequence[str]) -> ConfigError:
    remedy = f"Known: {', '.join(known)}" if known else "There is none"
    return ConfigError(f"No {sort} {name!r}", where=str(path), remedy=remedy)
