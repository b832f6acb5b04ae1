"""On which line of a TOML text each key stands, for errors that people can act on. Pure.

The text has been parsed before by tomllib, which keeps no lines; so it is known to be TOML, and this reader only keeps
count. What it cannot make out has no line, which costs an error a number and nothing else.
"""

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

Path = tuple[str | int, ...]
_KEY = re.compile(r"""[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*(\.?)""")
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'{3}.*?\'{3,5}(?!')|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'''', re.DOTALL
)
_BARE = re.compile(r"[^,\]}\r\n#]*")


@lru_cache(maxsize=4)
def lines_of(text: str) -> Mapping[Path, int]:
    """Path → line, counted from 1; of an entry of an array, `("subscriptions", 0)`, where it begins."""
    found: dict[Path, int] = {}
    with suppress(ValueError, IndexError, RecursionError):
        _Reader(text, found).read()
    return found


class _Reader:
    def __init__(self, text: str, found: dict[Path, int]) -> None:
        self._text = text
        self._found = found
        self._at = 0
        self._arrays: dict[Path, int] = {}  # arrays of tables → how many tables they have
        self._counted = (0, 1)  # an offset and its line, from which counting goes on

    def read(self) -> None:
        head: Path = ()
        while True:
            self._skip(_SPACE)
            if self._at >= len(self._text):
                return
            if self._text[self._at] == "[":
                head = self._head()
            else:
                self._pair(head)

    def _head(self) -> Path:
        line = self._line()
        is_array = self._text.startswith("[[", self._at)
        self._at += 2 if is_array else 1
        named = self._keys()
        self._at += 2 if is_array else 1
        *outer, last = named
        path = self._within((), outer)
        if is_array:
            array = (*path, last)
            self._found.setdefault(array, line)
            number = self._arrays.get(array, 0)
            self._arrays[array] = number + 1
            path = (*array, number)
        else:
            path = self._within(path, [last])
        self._found.setdefault(path, line)
        return path

    def _within(self, path: Path, keys: list[str]) -> Path:
        """The path of nested keys: of an array of tables its last table is meant."""
        for key in keys:
            path = (*path, key)
            if path in self._arrays:
                path = (*path, self._arrays[path] - 1)
        return path

    def _pair(self, head: Path) -> None:
        line = self._line()
        path = head
        for key in self._keys():
            path = (*path, key)
            self._found.setdefault(path, line)
        self._at = self._text.index("=", self._at) + 1
        self._value(path)

    def _keys(self) -> list[str]:
        keys: list[str] = []
        while True:
            found = _KEY.match(self._text, self._at)
            if found is None:
                raise ValueError("no key")
            name = found[1]
            keys.append(str(tomllib.loads(f"k = {name}")["k"]) if name[0] in "\"'" else name)
            self._at = found.end()
            if not found[2]:
                return keys

    def _value(self, path: Path) -> None:
        self._skip(_SPACE)
        first = self._text[self._at]
        if first == "[":
            self._entries(path, "]")
        elif first == "{":
            self._entries(path, "}")
        elif first in "\"'":
            if not self._skip(_STRING):
                raise ValueError("no string")
        else:
            self._skip(_BARE)

    def _entries(self, path: Path, end: str) -> None:
        self._at += 1
        for number in range(len(self._text)):
            self._skip(_SPACE)
            if self._text[self._at] == end:
                self._at += 1
                return
            if end == "}":
                self._pair(path)
            else:
                self._found.setdefault((*path, number), self._line())
                self._value((*path, number))
            self._skip(_SPACE)
            if self._text[self._at] == ",":
                self._at += 1

    def _skip(self, pattern: "re.Pattern[str]") -> bool:
        found = pattern.match(self._text, self._at)
        if found is None:
            return False
        self._at = found.end()
        return True

    def _line(self) -> int:
        offset, line = self._counted
        line += self._text.count("\n", offset, self._at)
        self._counted = (self._at, line)
        return line
