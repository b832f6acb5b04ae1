"""Publishers: how to read each site's pages, as data.

Lives here: the rules of a publisher, read from TOML, and which publisher a page belongs to. Not here: the reading
itself. Shipped rules lie beside this module in `publishers/*.toml`; a configuration folder may bring more, or its
own version of a shipped one. Pure: the texts of configuration files come in as an argument.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal, get_args  # Any: TOML data, checked key by key as it is read

from tracker.document.canonical import norm
from tracker.document.model import TableShape
from tracker.errors import ConfigError
from tracker.extract.discovery import SHAPE as DISCOVERY_SHAPE
from tracker.extract.discovery import Discovery, discovery

SAME_WORDS = 0.8  # `alike`: the words of a heading come once more in the caption below it, but for a word edited
MAX_TITLE = 120  # characters of a chapter's title

Markers = Literal["always", "when_notes", "never"]

_BRACKETS = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])")
_YEARS = re.compile(r"\{year\}|\b(?:19|20)\d\d(?:\s?[-/]\s?(?:(?:19|20)?\d\d))?\b")
_STARS = re.compile(r"\s*\*+\s*$")


@lru_cache(maxsize=8192)
def key(title: str) -> str:
    """A title, label or caption as it is compared with known ones: without case, quotes, stars, brackets and years."""
    text = _STARS.sub("", _BRACKETS.sub("", norm(title))).rstrip(" :")
    return _YEARS.sub("{year}", text).casefold()


@lru_cache(maxsize=16384)
def alike(one: str, other: str) -> float:
    """How many words two keys share, 0..1 (Dice)."""
    a, b = set(one.split()), set(other.split())
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


@dataclass(frozen=True, slots=True)
class ChapterRule:
    """A chapter that the publisher is known to write. levels: key of a heading → how deep it stands (1: outermost).

    exact: the headings as written, which tells "Mine Action management" the heading from the caption below it.
    """

    title: str
    keys: frozenset[str]
    levels: Mapping[str, int] = field(default_factory=dict)
    exact: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TableRule:
    """A table that the publisher is known to print; all texts as keys (see `key`)."""

    name: str
    shape: TableShape
    captions: tuple[str, ...] = ()
    labels: frozenset[str] = frozenset()
    bands: frozenset[str] = frozenset()
    header: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    starters: frozenset[str] = field(init=False)
    known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Work out what such a table's body can begin with, and all that is known to stand in its first column."""
        starters = self.groups if self.shape == "column" else self.labels | self.bands
        object.__setattr__(self, "starters", frozenset(self.header[:1]) or starters)
        object.__setattr__(self, "known", self.labels | self.bands | self.groups | frozenset(self.header))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Publisher:
    """How one publisher's pages are read. Patterns are compiled; selectors are CSS. Each is equal to itself alone."""

    name: str
    title: str = ""
    urls: tuple[re.Pattern[str], ...] = ()
    by_shape: bool = False
    hint: str = ""
    roots: tuple[str, ...] = ("body",)
    drop: tuple[str, ...] = ()
    drop_text: tuple[re.Pattern[str], ...] = ()
    jump_line: tuple[re.Pattern[str], ...] = ()
    jump_bar: tuple[re.Pattern[str], ...] = ()
    dates: tuple[re.Pattern[str], ...] = ()
    bold_headings: bool = True
    markers: Markers = "when_notes"
    cross_reference: tuple[re.Pattern[str], ...] = ()
    legend: tuple[re.Pattern[str], ...] = (re.compile(r"^Notes?:"), re.compile(r"^\*{1,3}\s*\S"))
    chapters: tuple[ChapterRule, ...] = ()
    tables: tuple[TableRule, ...] = ()
    discovery: Discovery | None = None
    captions: frozenset[str] = field(init=False)  # of all tables
    headings: frozenset[str] = field(init=False)  # of all chapters, and their titles
    starters: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Gather what all tables can begin with, so that most lines are known to begin none at one look."""
        object.__setattr__(self, "captions", frozenset(c for t in self.tables for c in t.captions))
        object.__setattr__(self, "starters", frozenset().union(*(t.starters for t in self.tables)))
        object.__setattr__(self, "headings", frozenset().union(*(c.keys | frozenset(c.levels) for c in self.chapters)))

    def chapter(self, title: str) -> ChapterRule | None:
        """The rule of the chapter with this title, or None."""
        if len(title) > MAX_TITLE:
            return None
        wanted = key(title)
        return next((c for c in self.chapters if wanted in c.keys), None)

    def any_chapter(self, likeliest: ChapterRule | None) -> ChapterRule | None:
        """The rule of a chapter whose title is not known: the headings of all, at the levels of the likeliest first.

        So a renamed chapter keeps the headings that it had.
        """
        if not self.chapters:
            return None
        levels: dict[str, int] = {}
        for rule in (*self.chapters, *([likeliest] if likeliest else [])):
            levels.update(rule.levels)
        return ChapterRule("", frozenset(), levels, frozenset().union(*(c.exact for c in self.chapters)))

    def printed_date(self, line: str) -> str | None:
        """The date that a line prints ("13 August 2022" of "Last updated: 13 August 2022"); None for other lines."""
        if len(line) > 90:
            return None
        plain = line if line.isascii() else norm(line)
        found = next((m for m in (p.match(plain) for p in self.dates) if m), None)
        return found.group(1).strip() if found else None

    def is_legend(self, line: str) -> bool:
        """Whether a line under a table explains it ("Notes: …", "* …")."""
        return len(line) > 1 and any(p.match(line if line.isascii() else norm(line)) for p in self.legend)


# Every key that a file may hold: its type, or the keys below it.
_SHAPE: Mapping[str, Any] = {
    "name": str,
    "title": str,
    "match": {"urls": list, "by_shape": bool, "hint": str},
    "content": {"roots": list, "drop": list, "drop_text": list, "jump_line": list, "jump_bar": list},
    "dates": {"patterns": list},
    "headings": {"bold": bool},
    "notes": {"markers": str},
    "prose": {"cross_reference": list},
    "legend": {"patterns": list},
    "discovery": DISCOVERY_SHAPE,
    "chapters": [{"title": str, "aliases": list, "headings": dict}],
    "tables": [
        {"name": str, "shape": str, "captions": list, "labels": list, "bands": list, "header": list, "groups": list}
    ],
}


def load(text: str, name: str) -> Publisher:
    """The publisher that a TOML text describes. name: its file's name without the ending, for the errors too.

    Raises ConfigError for what is no TOML, an unknown key (naming the nearest known one), a value of another type,
    or a pattern that is no regular expression.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigError("Not read: no valid TOML", where=f"publishers/{name}.toml: {wrong}") from wrong
    _check(data, _SHAPE, name, "")
    content, notes = data.get("content", {}), data.get("notes", {})
    defaults = Publisher(name=name)
    markers = notes.get("markers", "when_notes")
    if markers not in get_args(Markers):
        raise _wrong(name, "notes.markers", f"is {markers!r}; known: {', '.join(get_args(Markers))}")
    return Publisher(
        name=data.get("name", name),
        title=data.get("title", ""),
        urls=_patterns(data.get("match", {}).get("urls", []), name, "match.urls"),
        by_shape=data.get("match", {}).get("by_shape", False),
        hint=data.get("match", {}).get("hint", "").casefold(),
        roots=(*content.get("roots", ()), "body"),
        drop=tuple(content.get("drop", ())),
        drop_text=_patterns(content.get("drop_text", []), name, "content.drop_text"),
        jump_line=_patterns(content.get("jump_line", []), name, "content.jump_line"),
        jump_bar=_patterns(content.get("jump_bar", []), name, "content.jump_bar"),
        dates=_patterns(data.get("dates", {}).get("patterns", []), name, "dates.patterns", groups=1),
        bold_headings=data.get("headings", {}).get("bold", True),
        markers=markers,
        cross_reference=_patterns(data.get("prose", {}).get("cross_reference", []), name, "prose.cross_reference"),
        legend=_patterns(data.get("legend", {}).get("patterns", []), name, "legend.patterns") or defaults.legend,
        chapters=tuple(_chapter(c, name) for c in data.get("chapters", ())),
        tables=tuple(_table(t, name) for t in data.get("tables", ())),
        discovery=_discovery(data["discovery"], name) if "discovery" in data else None,
    )


class Publishers:
    """The publishers we know: those shipped, and those of a configuration folder (file name → TOML text)."""

    def __init__(self, configured: Mapping[str, str] | None = None) -> None:
        own = {
            name.removesuffix(".toml"): load(text, name.removesuffix(".toml"))
            for name, text in (configured or {}).items()
        }
        self._all: Mapping[str, Publisher] = {**_shipped(), **{p.name: p for p in own.values()}}

    def __iter__(self) -> Iterator[Publisher]:
        return iter(self._all.values())

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all, sorted."""
        return tuple(sorted(self._all))

    @property
    def generic(self) -> Publisher:
        """The rules for a page that no publisher's rules fit."""
        return self._all["generic"]

    def named(self, name: str) -> Publisher:
        """The publisher of this name. Raises ConfigError, naming the nearest, where there is none."""
        if name in self._all:
            return self._all[name]
        near = difflib.get_close_matches(name, self._all, n=1, cutoff=0.4)
        raise ConfigError(
            f"No publisher is called {name!r}",
            where=f"known: {', '.join(self.names)}",
            remedy=f"Did you mean {near[0]!r}?"
            if near
            else "Add config/publishers/NAME.toml, or leave --publisher out.",
        )

    def by_url(self, url: str | None) -> tuple[Publisher, str] | None:
        """The publisher whose address patterns fit, and the pattern; None where none does."""
        for publisher in self._all.values():
            for pattern in publisher.urls if url else ():
                if url and pattern.search(url):
                    return publisher, pattern.pattern
        return None


@cache
def _shipped() -> Mapping[str, Publisher]:
    folder = files("tracker.extract") / "publishers"
    texts = {f.name.removesuffix(".toml"): f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".toml")}
    return {name: load(text, name) for name, text in sorted(texts.items())}


def _chapter(data: Mapping[str, Any], name: str) -> ChapterRule:
    if "title" not in data:
        raise _wrong(name, "chapters", "has an entry without a title")
    levels: dict[str, int] = {}
    exact: set[str] = set()
    for level, titles in data.get("headings", {}).items():
        if level not in ("1", "2", "3", "4", "5", "6") or not isinstance(titles, list):
            raise _wrong(name, "chapters.headings", f"has {level!r}; known: 1 to 6, each a list of titles")
        levels.update((key(t), int(level)) for t in titles)
        exact.update(norm(t) for t in titles)
    keys = frozenset(map(key, (data["title"], *data.get("aliases", ()))))
    return ChapterRule(data["title"], keys, levels, frozenset(exact))


def _table(data: Mapping[str, Any], name: str) -> TableRule:
    shape = data.get("shape", "grid")
    if shape not in get_args(TableShape):
        raise _wrong(name, "tables.shape", f"is {shape!r}; known: {', '.join(get_args(TableShape))}")

    if shape in ("grid", "grouped") and not data.get("header"):
        raise _wrong(name, "tables.header", f"is not given; a table of shape {shape!r} is told by its header")

    def keys(of: str) -> tuple[str, ...]:
        return tuple(key(t) for t in data.get(of, ()))

    return TableRule(
        name=data.get("name", ""),
        shape=shape,
        captions=keys("captions"),
        labels=frozenset(keys("labels")),
        bands=frozenset(keys("bands")),
        header=keys("header"),
        groups=frozenset(keys("groups")),
    )


def _discovery(data: Mapping[str, Any], name: str) -> Discovery:
    try:
        return discovery(data, _patterns(data.get("pages", []), name, "discovery.pages"))
    except ValueError as wrong:
        raise _wrong(name, "discovery", str(wrong)) from wrong


def _patterns(texts: list[str], name: str, where: str, *, groups: int = 0) -> tuple[re.Pattern[str], ...]:
    made = []
    for text in texts:
        try:
            pattern = re.compile(text)
        except re.error as wrong:
            raise _wrong(name, where, f"holds {text!r}, no regular expression: {wrong}") from wrong
        if pattern.groups < groups:
            raise _wrong(name, where, f"holds {text!r}, which has no group for the value")
        made.append(pattern)
    return tuple(made)


def _check(data: object, shape: Any, name: str, path: str) -> None:
    """Refuse what the shape does not hold: unknown keys, and values of another type."""
    if isinstance(shape, list):
        if not isinstance(data, list):
            raise _wrong(name, path, "is no list of tables")
        for entry in data:
            _check(entry, shape[0], name, path)
        return
    if not isinstance(shape, Mapping):
        if not isinstance(data, shape):
            raise _wrong(name, path, f"is no {shape.__name__}")
        if isinstance(data, list) and not all(isinstance(entry, str) for entry in data):
            raise _wrong(name, path, "holds something else than text")
        return
    if not isinstance(data, dict):
        raise _wrong(name, path, "is no table")
    for found, value in data.items():
        here = f"{path}.{found}" if path else found
        if found not in shape:
            near = difflib.get_close_matches(found, shape, n=1, cutoff=0.3)
            raise ConfigError(
                f"Unknown key {here!r}",
                where=f"publishers/{name}.toml",
                remedy=f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(shape)}",
            )
        _check(value, shape[found], name, here)


def _wrong(name: str, where: str, what: str) -> ConfigError:
    return ConfigError(f"{where} {what}", where=f"publishers/{name}.toml", remedy="Set it right, or take it out.")
