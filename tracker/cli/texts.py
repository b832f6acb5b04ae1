"""Texts that people type and that are recorded: on one line, within bounds."""

from tracker.errors import UsageError

MAX_REASON_CHARS = 500


def short(text: str) -> str:
    """A text of a person on one line. Raises UsageError for one that is too long, or no text at all."""
    line = " ".join(text.split())
    if len(line) > MAX_REASON_CHARS:
        raise UsageError("Too long", where=f"{len(line)} characters", remedy=f"Say it in {MAX_REASON_CHARS}")
    try:
        line.encode()
    except UnicodeEncodeError:
        shown = line.encode("ascii", "backslashreplace").decode()
        raise UsageError("No UTF-8 text", where=shown, remedy="Write it in UTF-8") from None
    return line
