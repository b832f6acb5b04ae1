"""TOML that people write: read, checked key by key, written back without losing their comments.

Lives here: what every configuration file has in common, so that each gives the same kind of error (what, where, the
nearest known key). Not here: what the keys mean. What only writers and errors need is loaded by them, as every command
starts here.
"""

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any  # TOML data, checked key by key as it is read

from tracker.errors import ConfigError, UsageError


def read_toml(path: Path) -> Mapping[str, Any]:
    """The data of a file; empty where there is no such file. Raises ConfigError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError("Cannot be read", where=str(path), remedy=f"Make it readable UTF-8 text ({reason})") from None
    return parse_toml(text, str(path))


def parse_toml(text: str, name: str) -> Mapping[str, Any]:
    """The data of TOML text. name: of the file, for errors. Raises ConfigError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("Not TOML", where=name, remedy=str(error)) from None


def load_table(path: Path, known: Iterable[str]) -> Mapping[str, Any]:
    """The data of a file of which only these keys may stand at its top. Raises ConfigError."""
    data = read_toml(path)
    only(data, known, str(path))
    return data


def only(data: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    """Refuse a key that is not known, naming the nearest that is. Raises ConfigError."""
    names = tuple(known)
    for key in data:
        if key not in names:
            raise unknown(key, names, where)


def unknown(
    name: str, known: Iterable[str], where: str, *, sort: str = "key", none: str = "There is none"
) -> ConfigError:
    """The error for a name that nobody knows. sort: of thing it should name. none: what to do where none is known."""
    import difflib

    names = tuple(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    listed = f"Known: {', '.join(names)}" if names else none
    remedy = f"Did you mean {near[0]!r}? {listed}" if near else listed
    return ConfigError(f"Unknown {sort} {name!r}", where=where, remedy=remedy)


def text(table: Mapping[str, Any], key: str, where: str) -> str:
    """The text under a key. Raises ConfigError where it is missing, empty or no text."""
    if key not in table:
        raise ConfigError(f"`{key}` is missing", where=where, remedy=f'Add {key} = "…"')
    value = table[key]
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"`{key}` is a text", where=where, remedy=f'Write {key} = "…"')
    return value


def table_list(data: Mapping[str, Any], key: str, where: str) -> tuple[Mapping[str, Any], ...]:
    """The tables written as `[[key]]`; none where there are none. Raises ConfigError."""
    entries = data.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"`{key}` is a list of tables", where=where, remedy=f"Write [[{key}]] above each")
    return tuple(entries)


def rewrite(path: Path, edit: Callable[[Any], None], *, check: Callable[[Mapping[str, Any]], object]) -> None:
    """Edit a file in place, keeping the comments and the order that people gave it.

    edit: alters the tomlkit document. check: raises ConfigError for data that must not be written; then nothing is.
    The file is replaced whole (temporary file, fsync, rename), so a reader sees the old one or the new one.
    """
    import tomlkit

    read_toml(path)
    document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    edit(document)
    written = tomlkit.dumps(document)
    check(parse_toml(written, str(path)))
    replace_file(path, written)


def replace_file(path: Path, written: str) -> None:
    """Put text in the place of a file: a crash leaves the old one or the new one. A link stays a link.

    Raises UsageError where the disk or its permissions do not let us: the old one stands then.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path.resolve(), written)
    except OSError as wrong:
        remedy = f"Look at the disk's room and the folder's permissions ({wrong.strerror})"
        raise UsageError("Not written; what was there stands", where=str(path), remedy=remedy) from wrong


def _replace(target: Path, written: str) -> None:
    import tempfile

    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
