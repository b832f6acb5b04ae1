"""What the commands print: JSON, tables, redlines. Data to stdout, everything else to stderr.

Page text is hostile input here too: control characters never reach a terminal (`safe`, of notify/render).
What a command says goes to whoever called it: this process's streams, or, for one that was handed over to a running
process (handing.py), those of its caller. `aloud` brings what other threads of a command say there too.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import ParamSpec

import click

from tracker.notify.render.redline import safe

_CANNOT_STRIKE = ("", "dumb", "linux", "vt100", "vt220")  # terminals that show no struck words, or no styles at all


_Given = ParamSpec("_Given")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """Who hears what a command says, where that is not this process's terminal. columns: of theirs, if it is one."""

    out: Callable[[str], None]
    err: Callable[[str], None]
    is_coloured: bool
    columns: int | None


_ears: ContextVar[Ears | None] = ContextVar("ears", default=None)


@contextmanager
def heard_by(ears: Ears) -> Iterator[None]:
    """While inside, and in this thread, what is said goes there."""
    token = _ears.set(ears)
    try:
        yield
    finally:
        _ears.reset(token)


def aloud(speak: Callable[_Given, None]) -> Callable[_Given, None]:
    """The function for other threads, one at a time: what it says goes where the command's own words go."""
    context = copy_context()

    def spoken(*args: _Given.args, **kwargs: _Given.kwargs) -> None:
        context.run(speak, *args, **kwargs)

    return spoken


def emit_json(data: object) -> None:
    """One JSON value on stdout, indented, UTF-8."""
    text = json.dumps(data, ensure_ascii=False, indent=2)
    if (ears := _ears.get()) is not None:
        ears.out(text + "\n")
        return
    write_out(text + "\n")


def write_out(text: str) -> None:
    """Text on this process's stdout as UTF-8, whatever the terminal's encoding, at once."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()


def say(line: str = "") -> None:
    """A line of data on stdout."""
    if (ears := _ears.get()) is not None:
        ears.out((line if ears.is_coloured else click.unstyle(line)) + "\n")
        return
    click.echo(line)


def note(line: str) -> None:
    """A line of progress or advice on stderr."""
    if (ears := _ears.get()) is not None:
        ears.err((line if ears.is_coloured else click.unstyle(line)) + "\n")
        return
    click.echo(line, err=True)


def columns() -> int | None:
    """How wide the reader's terminal is; None where lines go elsewhere and may be of any length."""
    if (ears := _ears.get()) is not None:
        return ears.columns
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def dim(text: str) -> str:
    """Less important text."""
    return click.style(text, dim=True)


def strong(text: str) -> str:
    """A heading."""
    return click.style(text, bold=True)


def is_coloured() -> bool:
    """Whether redlines are struck and underlined, or written as `[-old-]{+new+}`."""
    if (ears := _ears.get()) is not None:
        return ears.is_coloured
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
