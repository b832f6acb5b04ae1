"""Ids through versions: what is paired keeps its id, what is new gets one. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from tracker.compare.aligned import Aligned
from tracker.compare.nodes import Flat, Item, Node
from tracker.document.identity import Lineage, has_ids
from tracker.document.model import Chapter, Document, Note, Row, Section, Table


def has_lineage(document: Document) -> bool:
    """Whether the document's ids are lineage: all its chapters have them, as far as there is anything to name."""
    return all(has_ids(c) or not (c.blocks or c.sections or c.notes) for c in document.chapters)


def named(chapter: Chapter) -> Flat:
    """The chapter's nodes with ids: its own, or where it has none, ones made up to name things in edits.

    They are those of `chapter_with_new_ids`, seeded by the chapter's text.
    """
    flat = Flat(chapter)
    if has_ids(chapter):
        return flat
    new = Lineage(f"{flat.text_sha256()}/{chapter.slug}").new
    counts: dict[tuple[int, str], int] = {}
    places: list[str] = []
    for node in flat.nodes:
        prefix = _prefix(node.item)
        turn = counts.get((node.parent, prefix), 0)
        counts[node.parent, prefix] = turn + 1
        place = f"{places[node.parent]}/{prefix}{turn}" if node.parent >= 0 else f"{prefix}{turn}"
        places.append(place)
        node.id = new(prefix, place)
        if isinstance(node.item, Table):
            parts = ("h", len(node.item.header)), ("r", len(node.item.rows))
            node.row_ids = tuple([new("r", f"{place}/{part}{k}") for part, count in parts for k in range(count)])
    return flat


def inherit(aligned: Aligned, olds: dict[str, Flat]) -> None:
    """Give the new chapter's nodes their ids: inherited along the pairs, new ones for the rest."""
    new, old_nodes = aligned.new, aligned.old.nodes
    taken = {node.id for node in old_nodes}
    taken.update(*(node.row_ids for node in old_nodes if node.row_ids))
    taken |= {olds[key].nodes[i].id for key, i in aligned.arrived.values()}
    lineage = Lineage(f"{new.text_sha256()}/{new.chapter.slug}", taken)
    for j, node in enumerate(new.nodes):
        i = aligned.to_old[j]
        before: Node | None = None
        if i >= 0:
            before = old_nodes[i]
        elif j in aligned.arrived:
            key, at = aligned.arrived[j]
            before = olds[key].nodes[at]
        node.id = before.id if before is not None else lineage.new(_prefix(node.item), str(j))
        if isinstance(node.item, Table):
            node.row_ids = _row_ids(node.item, before, j, aligned, lineage)


def _prefix(item: Item) -> str:
    return "s" if isinstance(item, Section) else "n" if isinstance(item, Note) else "b"


def _row_ids(new: Table, before: Node | None, j: int, aligned: Aligned, lineage: Lineage) -> tuple[str, ...]:
    old = before.item if before is not None and isinstance(before.item, Table) else None
    ids = before.row_ids if before is not None else ()
    first = len(old.header) if old is not None else 0
    table = aligned.tables.get(j)
    found: list[str] = []
    for part, here, there, to_old in (
        ("h", new.header, ids[:first], table.header if table else None),
        ("r", new.rows, ids[first:], table.rows if table else None),
    ):
        for k in range(len(here)):
            i = to_old[k] if to_old is not None else k if k < len(there) else -1
            found.append(there[i] if i >= 0 else lineage.new("r", f"{j}/{part}{k}"))
    return tuple(found)


def identified(node: Node) -> Item:
    """What stands at a node, with its ids; a section with what stands in it as it is."""
    item = node.item
    if not isinstance(item, Table):
        return replace(item, id=node.id)
    first = len(item.header)
    header, rows = with_ids(item.header, node.row_ids[:first]), with_ids(item.rows, node.row_ids[first:])
    return replace(item, id=node.id, header=header, rows=rows)


def with_ids(rows: Sequence[Row], ids: Sequence[str]) -> tuple[Row, ...]:
    """The rows under these ids."""
    return tuple([Row(row.cells, row.is_band, row_id) for row, row_id in zip(rows, ids, strict=True)])
