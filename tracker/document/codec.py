"""Documents as plain JSON data, and back, exactly (schema `tracker.document/1`). Pure.

Small by rule: a text without references and links is its string; empty fields and empty ids are left out.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast, get_args  # Any: JSON data, checked field by field as it is read

from tracker.document.model import (
    Block,
    Cell,
    Chapter,
    Document,
    Link,
    Note,
    Prose,
    ProseKind,
    Ref,
    Row,
    Section,
    Table,
    TableShape,
    Text,
    Warned,
)

SCHEMA = "tracker.document/1"
Json = dict[str, object]


def document_to_json(document: Document) -> Json:
    """The document as JSON data."""
    return {
        "schema": SCHEMA,
        "title": document.title,
        "chapters": [chapter_to_json(c) for c in document.chapters],
        "warnings": [[w.code, w.chapter, w.detail] for w in document.warnings],
    }


def document_from_json(data: object) -> Document:
    """The document that the data holds. Raises ValueError where the data is not of the schema."""
    try:
        found: Mapping[str, Any] = _mapping(data)
        if found.get("schema") != SCHEMA:
            raise ValueError(f"schema is {found.get('schema')!r}, not {SCHEMA!r}")
        return Document(
            title=_str(found["title"]),
            chapters=tuple(chapter_from_json(c) for c in found["chapters"]),
            warnings=tuple(Warned(_str(c), _str(s), _str(d)) for c, s, d in found["warnings"]),
        )
    except (KeyError, TypeError, AttributeError) as wrong:
        raise ValueError(f"not a {SCHEMA}: {wrong!r}") from wrong


def chapter_to_json(chapter: Chapter) -> Json:
    """A chapter as JSON data."""
    out: Json = {
        "slug": chapter.slug,
        "title": chapter.title,
        "date": chapter.date.isoformat() if chapter.date else None,
        "date_text": chapter.date_text,
    }
    _put(out, "blocks", [block_to_json(b) for b in chapter.blocks])
    _put(out, "sections", [section_to_json(s) for s in chapter.sections])
    _put(out, "notes", [note_to_json(n) for n in chapter.notes])
    return out


def chapter_from_json(data: object) -> Chapter:
    """The chapter that the data holds. Raises ValueError, KeyError or TypeError where it holds none."""
    found = _mapping(data)
    return Chapter(
        slug=_str(found["slug"]),
        title=_str(found["title"]),
        date=date.fromisoformat(found["date"]) if found["date"] is not None else None,
        date_text=_str(found["date_text"]) if found["date_text"] is not None else None,
        blocks=tuple(block_from_json(b) for b in found.get("blocks", ())),
        sections=tuple(section_from_json(s) for s in found.get("sections", ())),
        notes=tuple(note_from_json(n) for n in found.get("notes", ())),
    )


def section_to_json(section: Section) -> Json:
    """A section as JSON data, with what stands in it."""
    out: Json = {}
    _put(out, "id", section.id)
    out["title"] = text_to_json(section.title)
    out["level"] = section.level
    _put(out, "blocks", [block_to_json(b) for b in section.blocks])
    _put(out, "sections", [section_to_json(s) for s in section.sections])
    return out


def section_from_json(data: object) -> Section:
    """The section that the data holds."""
    found = _mapping(data)
    return Section(
        title=text_from_json(found["title"]),
        level=_int(found["level"]),
        blocks=tuple(block_from_json(b) for b in found.get("blocks", ())),
        sections=tuple(section_from_json(s) for s in found.get("sections", ())),
        id=_str(found.get("id", "")),
    )


def block_to_json(block: Block) -> Json:
    """A paragraph, list item, cross reference or table as JSON data; `kind` tells them apart."""
    out: Json = {}
    _put(out, "id", block.id)
    if isinstance(block, Prose):
        out["kind"] = block.kind
        _put(out, "level", block.level)
        out["text"] = text_to_json(block.text)
        return out
    out["kind"] = "table"
    out["shape"] = block.shape
    if block.caption is not None:
        out["caption"] = text_to_json(block.caption)
    _put(out, "header", [row_to_json(r) for r in block.header])
    out["rows"] = [row_to_json(r) for r in block.rows]
    _put(out, "legend", [text_to_json(t) for t in block.legend])
    return out


def block_from_json(data: object) -> Block:
    """The block that the data holds."""
    found = _mapping(data)
    kind = found["kind"]
    if kind == "table":
        return Table(
            caption=text_from_json(found["caption"]) if "caption" in found else None,
            header=tuple(row_from_json(r) for r in found.get("header", ())),
            rows=tuple(row_from_json(r) for r in found["rows"]),
            legend=tuple(text_from_json(t) for t in found.get("legend", ())),
            shape=cast(TableShape, _one_of(found["shape"], get_args(TableShape))),
            id=_str(found.get("id", "")),
        )
    return Prose(
        text=text_from_json(found["text"]),
        kind=cast(ProseKind, _one_of(kind, get_args(ProseKind))),
        level=_int(found.get("level", 0)),
        id=_str(found.get("id", "")),
    )


def row_to_json(row: Row) -> Json:
    """A row as JSON data: its cells, each `null` (empty), one text, or a list of texts."""
    out: Json = {}
    _put(out, "id", row.id)
    _put(out, "band", row.is_band)
    out["cells"] = [cell_to_json(c) for c in row.cells]
    return out


def row_from_json(data: object) -> Row:
    """The row that the data holds."""
    found = _mapping(data)
    return Row(
        cells=tuple(cell_from_json(c) for c in found["cells"]),
        is_band=found.get("band", False) is True,
        id=_str(found.get("id", "")),
    )


def cell_to_json(cell: Cell) -> object:
    """A cell as JSON data: `null` (empty), one text, or a list of texts."""
    if not cell.paragraphs:
        return None
    if len(cell.paragraphs) == 1:
        return text_to_json(cell.paragraphs[0])
    return [text_to_json(p) for p in cell.paragraphs]


def cell_from_json(data: object) -> Cell:
    """The cell that the data holds."""
    if data is None:
        return Cell()
    if isinstance(data, list):
        return Cell(tuple(text_from_json(p) for p in data))
    return Cell((text_from_json(data),))


def note_to_json(note: Note) -> Json:
    """A note as JSON data."""
    out: Json = {}
    _put(out, "id", note.id)
    out["label"] = note.label
    out["text"] = text_to_json(note.text)
    return out


def note_from_json(data: object) -> Note:
    """The note that the data holds."""
    found = _mapping(data)
    return Note(label=_str(found["label"]), text=text_from_json(found["text"]), id=_str(found.get("id", "")))


def text_to_json(text: Text) -> str | Json:
    """A text as JSON data: its string, or an object where it has references or links."""
    if not text.refs and not text.links:
        return text.plain
    out: Json = {"text": text.plain}
    _put(out, "refs", [[r.offset, r.label] for r in text.refs])
    _put(out, "links", [[link.start, link.end, link.href] for link in text.links])
    return out


def text_from_json(data: object) -> Text:
    """The text that the data holds."""
    if isinstance(data, str):
        return Text(data)
    found = _mapping(data)
    return Text(
        _str(found["text"]),
        tuple(Ref(_int(o), _str(label)) for o, label in found.get("refs", ())),
        tuple(Link(_int(s), _int(e), _str(href)) for s, e, href in found.get("links", ())),
    )


def _put(out: Json, key: str, value: object) -> None:
    if value:
        out[key] = value


def _mapping(data: object) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise ValueError(f"an object is wanted, not {type(data).__name__}")
    return data


def _str(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"a string is wanted, not {type(value).__name__}")
    return value


def _int(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"an integer is wanted, not {type(value).__name__}")
    return value


def _one_of(value: object, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return str(value)
