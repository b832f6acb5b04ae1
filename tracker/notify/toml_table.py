"""A table of a TOML file that knows where it stands: read key by key, each refusal with line and advice.

Lives here: what every part of `config/subscriptions.toml` has in common. Not here: what the keys mean.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # TOML data, checked key by key as it is read

from tracker import clock
from tracker.errors import ConfigError
from tracker.notify.toml_lines import Path, lines_of
from tracker.settings_file import unknown

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its data, the file and its text (None where it is not at hand), the path in it, and words for that."""

    data: Mapping[str, Any]
    file: str
    text_of_file: str | None = None
    path: Path = ()
    said: str = ""

    # ------------------------------------------------------------ where

    def where(self, *path: str | int) -> str:
        """The place of a key, for an error: `config/subscriptions.toml, line 12, subscription 1 (mines) match`."""
        line = self.line(*path)
        words = " ".join((self.said, *(p for p in path if isinstance(p, str)))).strip()
        return ", ".join(part for part in (self.file, f"line {line}" if line else "", words) if part)

    def line(self, *path: str | int) -> int | None:
        """The line of a key, or of the nearest thing around it that has one."""
        if self.text_of_file is None:
            return None
        lines = lines_of(self.text_of_file)
        whole = (*self.path, *path)
        return next((lines[whole[:end]] for end in range(len(whole), 0, -1) if whole[:end] in lines), None)

    def refused(self, what: str, remedy: str, *path: str | int) -> ConfigError:
        """The error for what stands under a key."""
        return ConfigError(what, where=self.where(*path), remedy=remedy)

    def not_known(self, name: str, known: Collection[str], *path: str | int, sort: str, none: str = "") -> ConfigError:
        """The error for a name that nobody knows, with the nearest that somebody does."""
        return unknown(name, known, self.where(*path), sort=sort, none=none or "There is none")

    def said_as(self, said: str) -> "Table":
        """The same table, called otherwise."""
        return Table(self.data, self.file, self.text_of_file, self.path, said)

    # ------------------------------------------------------------ what

    def only(self, known: Sequence[str]) -> None:
        """Refuse a key that is not known. Raises ConfigError."""
        for key in self.data:
            if key not in known:
                raise unknown(key, known, self.where(key))

    def table(self, key: str, said: str | None = None) -> "Table":
        """The table under a key, an empty one where there is none. Raises ConfigError."""
        return self._table(self.data.get(key, {}), (key,), said)

    def entry(self, key: str, number: int, said: str | None = None) -> "Table":
        """A table in the list under a key. Raises ConfigError."""
        return self._table(self.data[key][number], (key, number), said)

    def _table(self, value: object, path: Path, said: str | None) -> "Table":
        words = said if said is not None else " ".join((self.said, *(p for p in path if isinstance(p, str)))).strip()
        if not isinstance(value, dict):
            remedy = "Write key = value lines, or { key = value }"
            at = Table({}, self.file, self.text_of_file, (*self.path, *path), words)
            raise at.refused("A table is wanted", remedy)
        return Table(value, self.file, self.text_of_file, (*self.path, *path), words)

    def text(self, key: str) -> str:
        """The text under a key. Raises ConfigError where it is missing, empty or no text."""
        if key not in self.data:
            raise self.refused(f"`{key}` is missing", f'Add {key} = "…"')
        value = self.data[key]
        if not isinstance(value, str) or not value.strip():
            raise self.refused(f"`{key}` is a text", f'Write {key} = "…"', key)
        return value

    def texts(self, key: str, *, needed: bool = False) -> tuple[str, ...]:
        """The text or list of texts under a key, each once; () where there is none. Raises ConfigError."""
        if key not in self.data and not needed:
            return ()
        value = self.data.get(key)
        if not isinstance(value, list):
            return (self.text(key),)
        if not value or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.refused(f"`{key}` is a text or a list of texts", f'Write {key} = ["…", "…"]', key)
        return tuple(dict.fromkeys(value))

    def chosen(
        self, key: str, known: Collection[str], *, sort: str = "", none: str = "", needed: bool = False
    ) -> tuple[str, ...]:
        """Texts under a key, each one of those known; () where there is none. Raises ConfigError.

        sort: of thing that they name. none: what to do where none is known.
        """
        found = self.texts(key, needed=needed)
        for name in found:
            if name not in known:
                raise self.not_known(name, known, key, sort=sort or key, none=none)
        return found

    def whole(self, key: str, default: int, *, least: int = 1, most: int) -> int:
        """The whole number under a key, `least` to `most`. Raises ConfigError."""
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.refused(f"`{key}` is a whole number, {least} or more", f"Write {key} = {default}", key)
        if value > most:
            raise self.refused(f"`{key}` is at most {most}", f"Write {key} = {default}", key)
        return value

    def seconds(self, key: str, *, most_s: int) -> float:
        """The duration under a key (`2m`), in seconds, `most_s` at most; 0 where there is none. Raises ConfigError."""
        if key not in self.data:
            return 0.0
        try:
            found = clock.seconds(self.text(key))
        except ValueError:
            raise self.refused(f"`{key}` is a duration", f'Write {key} = "2m" (s, m, h, d)', key) from None
        if found > most_s:
            remedy = f'Write {key} = "2m", or when = "weekly mon 07:30" to gather for long'
            raise self.refused(f"`{key}` is at most {most_s // 86_400}d", remedy, key)
        return float(found)

    def named(self, name: str, *path: str | int) -> str:
        """A name that people may give. Raises ConfigError."""
        if not _NAME.fullmatch(name):
            raise self.refused(f"Not a name: {name!r}", "Use letters, digits, - and _, at most 64", *path)
        return name

    def zone(self, key: str) -> str | None:
        """The time zone under a key (IANA, `Europe/Prague`); None where there is none. Raises ConfigError."""
        if key not in self.data:
            return None
        from zoneinfo import ZoneInfo, available_timezones

        name = self.text(key)
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            import difflib

            near = difflib.get_close_matches(name, sorted(available_timezones()), n=1)
            remedy = f"Did you mean {near[0]!r}? " if near else ""
            raise self.refused(
                f"Unknown time zone {name!r}", f'{remedy}Write an IANA name: {key} = "Europe/Prague"', key
            ) from None
        return name
