"""How a comparison is shown, for each command that makes one: its options, and where it goes.

Renderers are imported when they are asked for.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from tracker.cli.output import emit_json, is_coloured, say
from tracker.document.edit import Comparison
from tracker.document.model import Document
from tracker.errors import UsageError

_Command = TypeVar("_Command", bound=Callable[..., object])
FORMATS = ("text", "html", "md")


def comparison_options(command: _Command) -> _Command:
    """The options that say how a comparison is shown."""
    for option in reversed(
        (
            click.option(
                "--format",
                "form",
                type=click.Choice(FORMATS),
                default="text",
                show_default=True,
                help="What it is written as.",
            ),
            click.option("--stat", is_flag=True, help="Counts by chapter and kind only."),
            click.option("--json", "as_json", is_flag=True, help="As JSON: tracker.comparison/1."),
            click.option("-o", "--output", metavar="FILE", help="Write it to FILE instead of the terminal."),
            click.option(
                "--cause", type=click.Choice(["news", "all"]), default="news", help="all: list the neutral edits too."
            ),
            click.option("--exit-code", is_flag=True, help="Exit with 1 where there is a difference."),
        )
    ):
        command = option(command)
    return command


def show_comparison(
    comparison: Comparison,
    old: Document,
    new: Document,
    *,
    names: tuple[str, str],
    form: str,
    stat: bool,
    as_json: bool,
    output: str | None,
    cause: str,
    reverts: str | None = None,
) -> None:
    """Show the comparison as it was asked for. Raises UsageError where the options contradict each other."""
    if as_json + stat + (form != "text") > 1:
        raise UsageError("--json, --stat and --format say different things", remedy="Give one of them")
    if as_json:
        if output is None:
            emit_json(comparison.to_json())
        else:
            import json

            _write(output, json.dumps(comparison.to_json(), ensure_ascii=False, indent=2) + "\n")
        return
    from tracker.notify.render.outline import outline

    told = outline(comparison, old, new, names=names, all_causes=cause == "all", reverts=reverts)
    if stat:
        from tracker.notify.render import stat as counts

        text = "\n".join(counts.lines(told, columns=_columns(output))) + "\n"
    elif form == "html":
        from tracker.notify.render import page

        text = page.text(told)
    elif form == "md":
        from tracker.notify.render import markdown

        text = markdown.text(told)
    else:
        from tracker.notify.render import terminal

        styled = output is None and is_coloured()
        text = "\n".join(terminal.lines(told, styled=styled, columns=_columns(output))) + "\n"
    if output is None:
        say(text.removesuffix("\n"))
    else:
        _write(output, text)


def _columns(output: str | None) -> int | None:
    """How wide the terminal is; None where lines go elsewhere and may be of any length."""
    if output is not None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


def _write(name: str, text: str) -> None:
    try:
        Path(name).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as wrong:
        raise UsageError(
            f"Cannot be written: {wrong.strerror}", where=name, remedy="Name a file in a folder that can be written to"
        ) from None
