"""What makes an edit the same as one of another profile. Pure."""

from tracker.document.edit import Edit
from tracker.events.types import Change

Hunk = tuple[str, str, str, str]  # kind, text before, text after, and of which link or cell


def hunk_of(edit: Edit, change: Change) -> Hunk:
    """What makes an edit the same as one of another profile. A new edition is like no other."""
    where = edit.detail or ""
    if edit.cell is not None:
        where = " | ".join((edit.cell.table, edit.cell.row, edit.cell.column))
    return edit.kind, edit.old, edit.new, change.id if edit.kind == "new_edition" else where
