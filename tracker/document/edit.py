"""What differs between two documents: typed edits, and the exact patch. Frozen types and their JSON. Pure.

A comparison says the same thing twice, for two readers. `edits` and `neutral` are for people: closed kinds, whole
texts, word spans, salience. `patches` is for machines: per chapter, how the new one is written down from the old
one, exactly and both ways (compare/apply.py makes and reads it; its shape is told there).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args  # Any: JSON data, checked field by field as it is read

EDIT_SCHEMA = "tracker.edit/1"
COMPARISON_SCHEMA = "tracker.comparison/1"

EditKind = Literal[
    "added", "removed", "replaced", "moved", "split", "merged",
    "section_added", "section_removed", "section_renamed", "section_moved", "section_split", "section_merged",
    "chapter_added", "chapter_removed", "chapter_renamed", "chapter_moved",
    "note_added", "note_removed", "note_replaced",
    "table_added", "table_removed", "row_added", "row_removed", "row_moved",
    "column_added", "column_removed", "column_moved", "cell_changed", "caption_changed", "legend_changed",
    "date_changed", "link_changed", "new_edition",
    "renumbered", "ref_moved", "format",
]  # fmt: skip
NEUTRAL_KINDS = frozenset({"renumbered", "ref_moved", "format"})
Cause = Literal[
    "first_record", "content", "reversion", "date_only", "format_only", "furniture", "removed", "restored",
    "extractor_upgrade",
]  # fmt: skip
Level = Literal["critical", "high", "normal", "low", "none"]
LEVELS: tuple[Level, ...] = ("none", "low", "normal", "high", "critical")
SpanMark = Literal["=", "-", "+"]
Span = tuple[SpanMark, str]


@dataclass(frozen=True, slots=True)
class Salience:
    """How much an edit matters, and why: reasons in a fixed order, the strongest decides the level."""

    level: Level = "normal"
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CellPlace:
    """Which cell of which table: caption, row key and column header as a reader sees them."""

    table: str
    row: str
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One typed difference between two versions (design §5 says what `old` and `new` hold for each kind).

    chapter: slug, section: titles from the outermost, both where it stands now (a removal: where it stood).
    old_chapter, old_section: where it stood, for moves only. block: lineage id of the block, section, note or row.
    detail: what neutral kinds have to tell (`renumbered`: the shifts).
    """

    kind: EditKind
    chapter: str
    chapter_title: str
    section: tuple[str, ...] = ()
    block: str | None = None
    old: str = ""
    new: str = ""
    old_chapter: str | None = None
    old_section: tuple[str, ...] | None = None
    cell: CellPlace | None = None
    spans: tuple[Span, ...] = ()
    salience: Salience = field(default_factory=Salience)
    detail: str | None = None
    id: str = ""

    def to_json(self) -> dict[str, object]:
        """The edit as plain JSON data, schema `tracker.edit/1`."""
        return {
            "schema": EDIT_SCHEMA,
            "id": self.id,
            "kind": self.kind,
            "chapter": self.chapter,
            "chapter_title": self.chapter_title,
            "section": list(self.section),
            "block": self.block,
            "old": self.old,
            "new": self.new,
            "old_chapter": self.old_chapter,
            "old_section": list(self.old_section) if self.old_section is not None else None,
            "cell": (
                {"table": self.cell.table, "row": self.cell.row, "column": self.cell.column} if self.cell else None
            ),
            "spans": [list(span) for span in self.spans],
            "salience": {"level": self.salience.level, "why": list(self.salience.why)},
            **({"detail": self.detail} if self.detail is not None else {}),
        }

    @staticmethod
    def from_json(data: object) -> "Edit":
        """The edit that `to_json` gave. Raises ValueError where the data is not of the schema."""
        try:
            found = cast(Mapping[str, Any], data)
            if found["schema"] != EDIT_SCHEMA or found["kind"] not in get_args(EditKind):
                raise ValueError(f"not a {EDIT_SCHEMA}: {found['schema']!r}, kind {found['kind']!r}")
            if found["salience"]["level"] not in LEVELS:
                raise ValueError(f"salience {found['salience']['level']!r} is none of {', '.join(LEVELS)}")
            cell = found["cell"]
            return Edit(
                kind=found["kind"],
                chapter=found["chapter"],
                chapter_title=found["chapter_title"],
                section=tuple(found["section"]),
                block=found["block"],
                old=found["old"],
                new=found["new"],
                old_chapter=found["old_chapter"],
                old_section=tuple(found["old_section"]) if found["old_section"] is not None else None,
                cell=CellPlace(cell["table"], cell["row"], cell["column"]) if cell else None,
                spans=tuple((mark, text) for mark, text in found["spans"]),
                salience=Salience(found["salience"]["level"], tuple(found["salience"]["why"])),
                detail=found.get("detail"),
                id=found["id"],
            )
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError(f"not a {EDIT_SCHEMA}: {wrong!r}") from wrong


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one document to another.

    causes: chapter slug → cause, for chapters that differ. silent: chapters whose words changed and printed date
    did not. coarse: chapters where the budget was reached. patch: JSON data that `compare.apply` reads.
    """

    edits: tuple[Edit, ...] = ()
    neutral: tuple[Edit, ...] = ()
    causes: Mapping[str, Cause] = field(default_factory=dict)
    silent: tuple[str, ...] = ()
    coarse: tuple[str, ...] = ()
    patch: Mapping[str, object] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """The comparison as plain JSON data, schema `tracker.comparison/1`."""
        return {
            "schema": COMPARISON_SCHEMA,
            "causes": dict(self.causes),
            "silent": list(self.silent),
            "coarse": list(self.coarse),
            "edits": [e.to_json() for e in self.edits],
            "neutral": [e.to_json() for e in self.neutral],
            "patch": dict(self.patch),
        }

    @staticmethod
    def from_json(data: object) -> "Comparison":
        """The comparison that `to_json` gave. Raises ValueError where the data is not of the schema."""
        try:
            found = cast(Mapping[str, Any], data)
            if found["schema"] != COMPARISON_SCHEMA:
                raise ValueError(f"schema is {found['schema']!r}, not {COMPARISON_SCHEMA!r}")
            unknown = set(found["causes"].values()) - set(get_args(Cause))
            if unknown:
                raise ValueError(f"unknown causes: {sorted(unknown)}")
            return Comparison(
                edits=tuple(map(Edit.from_json, found["edits"])),
                neutral=tuple(map(Edit.from_json, found["neutral"])),
                causes=dict(found["causes"]),
                silent=tuple(found["silent"]),
                coarse=tuple(found.get("coarse", ())),
                patch=dict(found.get("patch", {})),
            )
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError(f"not a {COMPARISON_SCHEMA}: {wrong!r}") from wrong
