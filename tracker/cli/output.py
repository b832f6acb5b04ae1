"""What the commands print: JSON, tables, redlines. Data to stdout, everything else to stderr.

Page text is hostile input here too: control characters never reach a terminal (`safe`, of notify/render).
"""

import json
import os
import sys
from collections.abc import Sequence

import click

from tracker.notify.render.redline import safe

_CANNOT_STRIKE = ("", "dumb", "linux", "vt100", "vt220")  # terminals that show no struck words, or no styles at all


def emit_json(data: object) -> None:
    """One JSON value on stdout, indented, UTF-8."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.flush()


def say(line: str = "") -> None:
    """A line of data on stdout."""
    click.echo(line)


def note(line: str) -> None:
    """A line of progress or advice on stderr."""
    click.echo(line, err=True)


def dim(text: str) -> str:
    """Less important text."""
    return click.style(text, dim=True)


def strong(text: str) -> str:
    """A heading."""
    return click.style(text, bold=True)


def is_coloured() -> bool:
    """Whether redlines are struck and underlined, or written as `[-old-]{+new+}`."""
    context = click.get_current_context(silent=True)
    wanted = context.color if context else None
    if wanted is not None:
        return wanted
    return sys.stdout.isatty() and os.environ.get("TERM", "") not in _CANNOT_STRIKE


def table(rows: Sequence[Sequence[str]], header: Sequence[str]) -> None:
    """A table on stdout, columns as wide as they need; the last column is never padded."""
    cells = [[safe(c).replace("\n", " ") for c in row] for row in (header, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    for n, row in enumerate(cells):
        line = "  ".join(c.ljust(w) for c, w in zip(row[:-1], widths, strict=False)) + "  " + row[-1]
        say(strong(line.rstrip()) if n == 0 else line.rstrip())
