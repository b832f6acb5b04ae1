"""`tracker compare` and `tracker extract`: on files, without a store, in under half a second."""

import sys
from pathlib import Path

import click

from tracker.cli.output import emit_json, note, say, strong
from tracker.document.model import Document
from tracker.errors import UsageError
from tracker.notify.render.redline import safe

_TYPES = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".json": "application/json",
}


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--publisher", help="How both are read; found from the page if left out.")
@click.option("--cause", type=click.Choice(["news", "all"]), default="news", help="all: neutral ones too.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 where there is a difference.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: tracker.comparison/1.")
def compare(old: str, new: str, publisher: str | None, cause: str, exit_code: bool, as_json: bool) -> int:
    """What changed from file OLD to file NEW (- is standard input)."""
    from tracker.cli.drawing import say_comparison
    from tracker.compare import compare as compared

    comparison = compared(_read(old, publisher), _read(new, publisher))
    if as_json:
        emit_json(comparison.to_json())
    else:
        say_comparison(comparison, with_neutral=cause == "all")
    return 1 if exit_code and comparison.edits else 0


@click.command()
@click.argument("file")
@click.option("--publisher", help="How it is read; found from the page if left out.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: tracker.document/1.")
def extract(file: str, publisher: str | None, as_json: bool) -> None:
    """The document that is read out of FILE (- is standard input)."""
    document = _read(file, publisher)
    if as_json:
        emit_json(document.to_json())
        return
    from tracker.cli.drawing import chapter_lines

    if document.title:
        say(strong(safe(document.title)))
        say()
    for chapter in document.chapters:
        for line in chapter_lines(chapter):
            say(line)
        say()
    for warned in document.warnings:
        note(f"warning: {warned.chapter}: {warned.code.replace('_', ' ')} {safe(warned.detail)}")


def _read(name: str, publisher: str | None) -> Document:
    from tracker.extract import extract as read

    if name == "-":
        return read(sys.stdin.buffer.read(), media_type=None, publisher=publisher)
    path = Path(name)
    try:
        data = path.read_bytes()
    except OSError as wrong:
        remedy = "Name a file that can be read; pages are fetched by tracker add and tracker check"
        raise UsageError(f"Cannot be read: {wrong.strerror}", where=name, remedy=remedy) from None
    return read(data, media_type=_TYPES.get(path.suffix.lower()), publisher=publisher)
