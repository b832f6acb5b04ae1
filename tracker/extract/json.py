"""JSON into pieces: objects are sections, their plain values key/value tables, lists are list items. Pure."""

import json
from typing import Any  # JSON data: every kind is looked at as it is read

from tracker.document.model import Cell, Row, Table, Text
from tracker.extract.chapters import Page
from tracker.extract.pieces import Head, Para, Piece, Tab, collapsed, scrubbed

MAX_DEPTH = 60  # deeper than this a value is kept as its JSON text
_TITLES = ("title", "name", "heading", "label")


def read_json(source: str) -> Page:
    """The page that the JSON text holds. Raises ValueError for what is no JSON."""
    try:
        data = json.loads(source)
    except RecursionError as deep:
        raise ValueError("nested deeper than can be read") from deep
    pieces: list[Piece] = []
    title = ""
    if isinstance(data, dict):
        found = next((k for k in _TITLES if isinstance(data.get(k), str) and data[k].strip()), None)
        if found is not None:
            title = _words(data[found])
            pieces.append(Head(Text(title), 1))
            data = {k: v for k, v in data.items() if k != found}
    _tree(data, 2, pieces)
    return Page(tuple(pieces), title=title)


def _tree(value: Any, depth: int, out: list[Piece]) -> None:
    """Put a value's pieces to the others: first what is plain, then what has parts of its own."""
    if isinstance(value, dict):
        plain = {k: v for k, v in value.items() if _is_plain(v)}
        if plain:
            rows = tuple(Row((_cell(k), _cell(v))) for k, v in plain.items())
            out.append(Tab(Table(None, (), rows, (), "key_value")))
        for name, inner in value.items():
            if _is_plain(inner):
                continue
            title = _words(name)
            if title:
                out.append(Head(Text(title), depth))
            _inner(inner, depth + 1, out)
    elif isinstance(value, list):
        for inner in value:
            if _is_plain(inner):
                if words := _words(inner):
                    out.append(Para(Text(words), item=True))
            else:
                _inner(inner, depth, out)
    elif words := _words(value):
        out.append(Para(Text(words)))


def _inner(value: Any, depth: int, out: list[Piece]) -> None:
    if depth > MAX_DEPTH:
        out.append(Para(Text(_words(json.dumps(value, ensure_ascii=False)))))
    else:
        _tree(value, depth, out)


def _is_plain(value: Any) -> bool:
    return not isinstance(value, dict | list) or (
        isinstance(value, list) and all(isinstance(v, str | int | float) for v in value)
    )


def _cell(value: Any) -> Cell:
    values = value if isinstance(value, list) else [value]
    return Cell(tuple(Text(words) for v in values if (words := _words(v))))


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
