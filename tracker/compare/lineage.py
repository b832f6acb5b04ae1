"""Ids through versions: what is paired keeps its id, what is new gets one. Pure."""

from dataclasses import replace

from tracker.compare.aligned import Aligned
from tracker.compare.nodes import Flat, Item
from tracker.document.canonical import text_sha256
from tracker.document.identity import Lineage, chapter_with_new_ids, has_ids
from tracker.document.model import Chapter, Document, Note, Row, Section, Table


def has_lineage(document: Document) -> bool:
    """Whether the document's ids are lineage: all its chapters have them, as far as there is anything to name."""
    return all(has_ids(c) or not (c.blocks or c.sections or c.notes) for c in document.chapters)


def named(chapter: Chapter) -> Chapter:
    """The chapter with ids: its own, or where it has none, ones made up to name things in edits."""
    return chapter if has_ids(chapter) else chapter_with_new_ids(chapter, text_sha256(chapter))


def inherit(aligned: Aligned, olds: dict[str, Flat]) -> None:
    """Give the new chapter's nodes their ids: inherited along the pairs, new ones for the rest."""
    new = aligned.new
    taken = {node.item.id for node in aligned.old.nodes}
    taken |= {row.id for node in aligned.old.nodes if isinstance(node.item, Table) for row in _rows(node.item)}
    taken |= {olds[key].nodes[i].item.id for key, i in aligned.arrived.values()}
    lineage = Lineage(f"{text_sha256(new.chapter)}/{new.chapter.slug}", taken)
    for j, node in enumerate(new.nodes):
        i = aligned.to_old[j]
        before: Item | None = None
        if i >= 0:
            before = aligned.old.nodes[i].item
        elif j in aligned.arrived:
            key, at = aligned.arrived[j]
            before = olds[key].nodes[at].item
        node.item = _with_id(node.item, before, j, aligned, lineage)


def _with_id(item: Item, before: Item | None, j: int, aligned: Aligned, lineage: Lineage) -> Item:
    prefix = "s" if isinstance(item, Section) else "n" if isinstance(item, Note) else "b"
    made = before.id if before is not None else lineage.new(prefix, str(j))
    if not isinstance(item, Table):
        return replace(item, id=made)
    old = before if isinstance(before, Table) else None
    table = aligned.tables.get(j)

    def rows(part: str, here: tuple[Row, ...], there: tuple[Row, ...], to_old: list[int] | None) -> tuple[Row, ...]:
        named_rows: list[Row] = []
        for k, row in enumerate(here):
            i = to_old[k] if to_old is not None else k if k < len(there) else -1
            named_rows.append(replace(row, id=there[i].id if i >= 0 else lineage.new("r", f"{j}/{part}{k}")))
        return tuple(named_rows)

    header = rows("h", item.header, old.header if old else (), table.header if table else None)
    body = rows("r", item.rows, old.rows if old else (), table.rows if table else None)
    return replace(item, id=made, header=header, rows=body)


def _rows(table: Table) -> tuple[Row, ...]:
    return (*table.header, *table.rows)
