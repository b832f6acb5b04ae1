"""Documents, edits and changes as lines for a terminal: struck and underlined, or `[-old-]{+new+}` without colour."""

from collections.abc import Iterator

import click

from tracker import clock
from tracker.cli.output import dim, strong
from tracker.document.canonical import printed
from tracker.document.edit import Edit
from tracker.document.model import Block, Chapter, Prose, Section, Table
from tracker.events.deliveries import Dispute
from tracker.events.types import Change
from tracker.notify.render.redline import safe
from tracker.notify.render.terminal import edit_words

_LEVEL_COLOURS = {"critical": "red", "high": "yellow", "normal": "cyan", "low": "bright_black", "none": "bright_black"}


def edit_lines(edit: Edit, *, coloured: bool) -> Iterator[str]:
    """An edit for the terminal: where, its kind and why it matters, then the redline, indented."""
    place = " › ".join(safe(p) for p in (edit.chapter_title, *edit.section) if p)
    level = edit.salience.level
    why = f" ({', '.join(edit.salience.why)})" if edit.salience.why else ""
    told = f"{edit.kind.replace('_', ' ')} · {level}{why}"
    yield f"{strong(place)}  {click.style(told, fg=_LEVEL_COLOURS[level]) if coloured else told}"
    if edit.cell is not None:
        yield "  " + dim(safe(" › ".join(p for p in (edit.cell.table, edit.cell.row, edit.cell.column) if p)))
    if edit.old_section is not None or edit.old_chapter is not None:
        came = " › ".join(safe(p) for p in (edit.old_chapter or "", *(edit.old_section or ())) if p)
        yield "  " + dim(f"from {came or 'the head of the chapter'}")
    if edit.detail:
        yield "  " + dim(safe(edit.detail))
    text = edit_words(edit, styled=coloured)
    for line in text.split("\n") if text.strip() else ():
        yield "  " + line


def dispute_line(dispute: Dispute) -> str:
    """What a person says against a change."""
    by = f" by {dispute.by}" if dispute.by else ""
    return safe(f"disputed{by} as a false alarm on {dispute.at:%Y-%m-%d}: {dispute.reason}")


def change_lines(change: Change, *, coloured: bool, dispute: Dispute | None = None) -> Iterator[str]:
    """A change for the terminal: what, when, between which sights, what a person says against it, then its edits."""
    flags = f" · {', '.join(f.replace('silent', 'silent edit') for f in change.flags)}" if change.flags else ""
    head = f"{change.profile}/{change.chapter}"
    yield f"{strong(head)}  {change.cause.replace('_', ' ')}{flags}  {dim(change.id)}"
    until = clock.iso(change.not_later_than)[:19] + "Z"
    after = clock.iso(change.happened_after)[:19] + "Z" if change.happened_after else None
    yield dim(f"  happened after {after}, not later than {until}" if after else f"  first seen {until}")
    dates = [v.document_date.isoformat() if v and v.document_date else "undated" for v in (change.before, change.after)]
    if change.before is not None:
        yield dim(f"  document date {dates[0]}" + (f" → {dates[1]}" if dates[0] != dates[1] else " (not moved)"))
    else:
        yield dim(f"  document date {dates[1]}")
    if dispute is not None:
        yield "  " + (click.style(dispute_line(dispute), fg="magenta") if coloured else dispute_line(dispute))
    for edit in change.edits:
        for line in edit_lines(edit, coloured=coloured):
            yield "  " + line
    if change.comparison.neutral and not change.edits:
        yield dim("  " + ", ".join(sorted({e.kind for e in change.comparison.neutral})))


def chapter_lines(chapter: Chapter) -> Iterator[str]:
    """A chapter as plain text for a terminal."""
    yield strong(safe(chapter.title))
    if chapter.date_text is not None:
        yield dim(f"Last updated: {safe(chapter.date_text)}")
    yield from _block_lines(chapter.blocks)
    yield from _section_lines(chapter.sections)
    if chapter.notes:
        yield ""
    for one in chapter.notes:
        yield f"[{safe(one.label)}] {safe(printed(one.text))}"


def _section_lines(sections: tuple[Section, ...]) -> Iterator[str]:
    for section in sections:
        yield ""
        yield strong("#" * (section.level + 1) + " " + safe(printed(section.title)))
        yield from _block_lines(section.blocks)
        yield from _section_lines(section.sections)


def _block_lines(blocks: tuple[Block, ...]) -> Iterator[str]:
    for block in blocks:
        yield ""
        if isinstance(block, Prose):
            mark = "  " * block.level + "• " if block.kind == "item" else ""
            yield mark + safe(printed(block.text))
        else:
            yield from _table_lines(block)


def _table_lines(block: Table) -> Iterator[str]:
    if block.caption is not None:
        yield strong(safe(printed(block.caption)))
    for row in (*block.header, *block.rows):
        cells = (" / ".join(printed(p) for p in cell.paragraphs) for cell in row.cells)
        yield ("— " if row.is_band else "| ") + safe(" | ".join(cells))
    for line in block.legend:
        yield dim(safe(printed(line)))
