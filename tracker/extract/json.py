"""JSON into pieces. Pure.

An object that names itself and lists its parts is a text: `{"title", "last_updated"?, "chapters" | "sections" |
"paragraphs" | …: […], "notes"?: […]}`; a part is a string (a paragraph), such an object, a table (`{"caption"?,
"header"?, "rows": [[…]], "legend"?}`) or a list (`{"items": […]}`). Any other object is a tree of facts: its keys head
sections, its plain values are key/value tables, its lists are list items. `{"text": value, "note"?: …}` is its value.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any  # JSON data: every kind is looked at as it is read

from tracker.document.model import Cell, Row, Table, TableShape, Text
from tracker.extract.chapters import Page
from tracker.extract.pieces import Foot, Head, Para, Piece, Tab, collapsed, scrubbed, text_of
from tracker.extract.publishers import Publisher

MAX_DEPTH = 60  # deeper than this a value is kept as its JSON text
_TITLES = ("title", "name", "heading", "label", "headline")
_DATES = frozenset(("lastupdated", "updated", "lastmodified", "modified", "date", "datetext", "documentdate"))
_PARTS = frozenset((
    "tables", "table", "chapters", "sections", "subsections", "parts", "children", "blocks", "content", "body",
    "paragraphs", "text",
))  # fmt: skip
_NOTES = frozenset(("notes", "footnotes", "endnotes"))
_TABLE_KEYS = frozenset(("caption", "title", "header", "headers", "columns", "rows", "legend"))
_UNSAID = frozenset(("id", "slug", "level", "depth", "kind", "type", "shape", "schema", "ordered"))  # of a text's part
# What the server counts and stamps at each answer: no part of what it publishes.
_STAMPS = frozenset((
    "views", "viewcount", "pageviews", "hits", "visits", "generated", "generatedat", "generatedon", "servedat",
    "servertime", "timestamp", "requestid", "traceid", "nonce", "csrftoken",
))  # fmt: skip
_MARKUP = re.compile(r"</?(?:p|br|b|i|em|strong|a|ul|ol|li|div|span|h[1-6]|sup|sub)\b[^<>]{0,500}>", re.IGNORECASE)
_DATED = re.compile(r"(?i)^(last )?(updated|modified)\b")


def parsed_json(source: str) -> Any:
    """The data that the JSON text holds. Raises ValueError for what is no JSON, or nested deeper than can be read."""
    try:
        data = json.loads(source)
        _has_notes(data)
    except RecursionError as deep:
        raise ValueError("nested deeper than can be read") from deep
    return data


def read_json(data: Any, publisher: Publisher) -> Page:
    """The page that the JSON data holds."""
    return _Reader(publisher, data).page()


class _Reader:
    def __init__(self, publisher: Publisher, data: Any) -> None:
        self._publisher = publisher
        if isinstance(data, dict):
            data = {k: v for k, v in data.items() if not (_role(k) in _STAMPS and isinstance(v, str | int | float))}
        self._data = data
        self._lifts = publisher.markers == "always" or (publisher.markers == "when_notes" and _has_notes(data))
        self._out: list[Piece] = []

    def page(self) -> Page:
        data = self._data
        title = ""
        if isinstance(data, dict) and _is_text(data):
            self._text(data, 1)
            return Page(tuple(self._out), title=_words(data[_title_key(data) or ""]))
        if isinstance(data, dict):
            found = _title_key(data)
            if found is not None:
                title = _words(data[found])
                self._out.append(Head(Text(title), 1))
                data = {k: v for k, v in data.items() if k != found}
        self._facts(data, 2)
        return Page(tuple(self._out), title=title)

    # ---------------------------------------------------------------- texts

    def _text(self, value: Mapping[str, Any], depth: int) -> None:
        """An object that names itself: its heading, its date, then its parts, its notes last."""
        title = _title_key(value) or ""
        self._out.append(Head(self._lifted(_words(value[title])), depth))
        rest: dict[str, Any] = {}
        for name, inner in value.items():
            role = _role(name)
            if role in _DATES and isinstance(inner, str) and inner.strip():
                said = _words(inner)
                self._out.append(Para(Text(said if _DATED.match(said) else f"Last updated: {said}")))
            elif name != title and role not in _PARTS | _NOTES | _UNSAID and not _is_body(name, inner):
                rest[name] = inner
        if rest:
            self._facts(rest, depth + 1)
        for name, inner in value.items():
            if name == "items" and _is_list(inner):
                self._items(inner)
            elif name == "rows" and isinstance(inner, list):
                self._out.append(Tab(self._table({"rows": inner})))
            elif _role(name) in _PARTS:
                self._parts(inner, depth + 1)
        for name, inner in value.items():
            if _role(name) in _NOTES:
                self._out += (Foot(label, self._lifted(words)) for label, words in _notes(inner))

    def _parts(self, value: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            self._out.append(Para(Text(_words(value))))
        elif isinstance(value, str):
            self._out += (Para(self._lifted(words)) for words in _paragraphs(value, self._publisher))
        elif isinstance(value, list):
            for part in value:
                self._parts(part, depth)
        elif not isinstance(value, dict):
            self._facts(value, depth)
        elif isinstance(value.get("rows"), list) and not _is_text(value):
            self._out.append(Tab(self._table(value)))
            self._rest(value, _TABLE_KEYS, depth)
        elif _is_text(value):
            self._text(value, depth)
        elif _is_list(value.get("items")):
            self._items(value["items"])
            self._rest(value, frozenset(("items",)), depth)
        elif isinstance(value.get("text"), str) and all(_role(k) in _UNSAID for k in value if k != "text"):
            kind = _words(value.get("type", value.get("kind", "")))
            for words in _paragraphs(value["text"], self._publisher):
                text = self._lifted(words)
                self._out.append(Head(text, depth) if "heading" in kind else Para(text, item="item" in kind))
        else:
            self._facts(value, depth)

    def _items(self, items: list[str]) -> None:
        self._out += (Para(self._lifted(_words(item)), item=True) for item in items)

    def _rest(self, value: Mapping[str, Any], told: frozenset[str], depth: int) -> None:
        """What else an object holds, as facts: nothing of it is lost."""
        rest = {k: v for k, v in value.items() if k not in told and _role(k) not in _UNSAID}
        if rest:
            self._facts(rest, depth)

    def _table(self, value: Mapping[str, Any]) -> Table:
        caption = _words(value.get("caption") or value.get("title") or "")
        heads = _lines(value.get("header") or value.get("headers") or value.get("columns"))
        rows = value["rows"]
        records = [row for row in rows if isinstance(row, dict) and not _is_plain(row)]
        if rows and len(records) == len(rows):
            keys = list(dict.fromkeys(k for record in records for k in record))
            heads = heads or [keys]
            rows = [[record.get(k) for k in keys] for record in records]
        rows = [row if isinstance(row, list) else [row] for row in rows]
        width = max((len(row) for row in (*heads, *rows)), default=0)
        legend = value.get("legend") or []
        shape: TableShape = "column" if width == 1 else "grid" if heads or width > 2 else "key_value"
        told = value.get("shape")
        if told in ("key_value", "grid", "grouped", "column"):
            shape = told
        return Table(
            self._lifted(caption) if caption else None,
            tuple(self._row(row, width) for row in heads),
            tuple(self._row(row, width) for row in rows),
            tuple(self._lifted(_words(line)) for line in (legend if isinstance(legend, list) else [legend])),
            shape,
        )

    def _row(self, values: list[Any], width: int) -> Row:
        cells = tuple(Cell(tuple(self._lifted(words) for words in _values(v, self._publisher))) for v in values)
        if len(cells) == 1 and width > 1:
            return Row(cells, is_band=True)
        return Row((*cells, *(Cell() for _ in range(width - len(cells)))))

    def _lifted(self, words: str) -> Text:
        return text_of(words, lift_bare=self._lifts)

    # ---------------------------------------------------------------- facts

    def _facts(self, value: Any, depth: int) -> None:
        """A value's pieces: first what is plain, then what has parts of its own."""
        if depth > MAX_DEPTH:
            self._out.append(Para(Text(_words(value))))
        elif isinstance(value, dict):
            plain = {k: v for k, v in value.items() if _is_plain(v)}
            if plain:
                rows = tuple(Row((self._fact(k), self._fact(v))) for k, v in plain.items())
                self._out.append(Tab(Table(None, (), rows, (), "key_value")))
            for name, inner in value.items():
                if _is_plain(inner):
                    continue
                title = _words(name)
                if title and not (isinstance(inner, list) and _role(name) in _PARTS):
                    self._out.append(Head(Text(title), depth))
                self._inner(inner, depth + 1)
        elif isinstance(value, list):
            for inner in value:
                if not isinstance(inner, dict | list):
                    self._out += [Para(Text(words), item=True)] if (words := _words(inner)) else []
                else:
                    self._inner(inner, depth)
        elif words := _words(value):
            self._out.append(Para(Text(words)))

    def _fact(self, value: Any) -> Cell:
        return Cell(tuple(Text(words) for words in _values(value, self._publisher)))

    def _inner(self, value: Any, depth: int) -> None:
        if isinstance(value, dict) and _is_text(value):
            self._text(value, depth)
        else:
            self._facts(value, depth)


def _lines(value: Any) -> list[list[Any]]:
    """The rows that a table's header is given as: none, one, or several."""
    if not isinstance(value, list):
        return [[value]] if value else []
    if any(isinstance(part, list) for part in value):
        return [part if isinstance(part, list) else [part] for part in value]
    return [value] if value else []


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_body(name: str, value: Any) -> bool:
    return (name == "items" and _is_list(value)) or (name == "rows" and isinstance(value, list))


def _role(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()


def _title_key(value: Mapping[str, Any]) -> str | None:
    return next((k for k in _TITLES if isinstance(value.get(k), str) and value[k].strip()), None)


def _is_text(value: Mapping[str, Any]) -> bool:
    """Whether an object names itself and lists its parts."""
    if _title_key(value) is None:
        return False
    return any(
        (isinstance(v, list) and _role(k) in _PARTS | _NOTES) or (k == "items" and _is_list(v))
        for k, v in value.items()
    ) or any(isinstance(v, str) and _role(k) in ("text", "body", "content") for k, v in value.items())


def _has_notes(data: Any) -> bool:
    if isinstance(data, list):
        return any(map(_has_notes, data))
    if not isinstance(data, dict):
        return False
    return any(_role(k) in _NOTES and isinstance(v, list | dict) and v for k, v in data.items()) or any(
        map(_has_notes, data.values())
    )


def _notes(value: Any) -> Iterator[tuple[str, str]]:
    """The label and words of each note: of a list in order, of objects and keys as they say."""
    entries = value.items() if isinstance(value, dict) else enumerate(value, 1) if isinstance(value, list) else ()
    for at, note in entries:
        label, words = at, note
        if isinstance(note, dict):
            label = next((note[k] for k in ("label", "number", "n", "id", "ref") if k in note), at)
            words = next((note[k] for k in ("text", "note", "content", "body") if k in note), note)
        yield _words(label).strip("[]()^. "), _words(words)


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return isinstance(value.get("text"), str) and all(
            k in ("text", "note") and isinstance(v, str) for k, v in value.items()
        )
    return not isinstance(value, list) or all(isinstance(v, str | int | float) for v in value)


def _values(value: Any, publisher: Publisher) -> Iterator[str]:
    """A plain value's paragraphs."""
    if isinstance(value, dict) and not _is_plain(value):
        yield _words(value)
        return
    if isinstance(value, dict):
        yield from _paragraphs(value["text"], publisher)
        for at, words in enumerate(_paragraphs(value.get("note", ""), publisher)):
            yield words if at or words.casefold().startswith("note") else f"note: {words}"
        return
    for inner in value if isinstance(value, list) else [value]:
        if isinstance(inner, str):
            yield from _paragraphs(inner, publisher)
        elif words := _words(inner):
            yield words


def _paragraphs(value: str, publisher: Publisher) -> Iterator[str]:
    """The paragraphs of a string, which may hold HTML."""
    if "<" in value and _MARKUP.search(value):
        from tracker.extract.furniture import parsed
        from tracker.extract.html import paragraphs_of

        yield from paragraphs_of(parsed(scrubbed(value)), publisher)
        return
    for part in value.split("\n\n"):
        if words := _words(part):
            yield words


def _words(value: Any) -> str:
    if isinstance(value, str):
        return collapsed(scrubbed(value))
    if value is None:
        return ""
    return (
        json.dumps(value)
        if isinstance(value, bool | int | float)
        else collapsed(scrubbed(json.dumps(value, ensure_ascii=False)))
    )
