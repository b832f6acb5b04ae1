"""`tracker compare` and `tracker extract`: on files, without a store, in under half a second."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: options, passed on as click gives them

import click

from tracker.cli.comparing import comparison_options, show_comparison
from tracker.cli.output import emit_json, note, say, strong
from tracker.document.canonical import norm
from tracker.document.model import Document, Prose, walk_blocks
from tracker.errors import UnreadablePage, UsageError
from tracker.extract.media import MEDIA_TYPES
from tracker.notify.render.redline import safe

if TYPE_CHECKING:
    from tracker.extract.reader import ReadPage

_NAMED_TYPES = {"html": "text/html", "text": "text/plain", "md": "text/markdown", "json": "application/json"}
MUCH_TEXT = 5_000  # characters of prose; what stands in a page's place says far less
_PUBLISHER = click.option("--publisher", help="How it is read; found from the page if left out.")
_TYPE = click.option(
    "--type", "kind", type=click.Choice(tuple(_NAMED_TYPES)), help="What it is; told by its name and bytes if left out."
)


@click.command()
@click.argument("old")
@click.argument("new")
@_PUBLISHER
@_TYPE
@click.option("--anyway", is_flag=True, help="Also compare what reads as an error or login page.")
@comparison_options
def compare(
    old: str, new: str, publisher: str | None, kind: str | None, anyway: bool, exit_code: bool, **shown: Any
) -> int:
    """What changed from file OLD to file NEW (- is standard input).

    Nothing is fetched and nothing recorded. What went is struck and what came underlined, or written [-old-] and
    {+new+}; !! marks what is critical, ! what is high.
    """
    from tracker.compare import compare as compared

    if old == new == "-":
        raise UsageError("Standard input can be read once only", remedy="Name a file for one of the two")
    before, after = _read_alike(old, new, publisher, kind, anyway=anyway)
    if old != "-" != new and Path(old).samefile(new):
        note("OLD and NEW are the same file")
    _warn_of_strangers(before, after)
    comparison = compared(before, after, with_patch=bool(shown["as_json"]))
    show_comparison(comparison, before, after, names=(_shown(old), _shown(new)), **shown)
    return 1 if exit_code and comparison.edits else 0


@click.command()
@click.argument("file")
@_PUBLISHER
@_TYPE
@click.option("--json", "as_json", is_flag=True, help="As JSON: tracker.document/1.")
def extract(file: str, publisher: str | None, kind: str | None, as_json: bool) -> None:
    """The document that is read out of FILE (- is standard input)."""
    document = _read(file, publisher, kind, anyway=True).document
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


def _read_alike(
    old: str, new: str, publisher: str | None, kind: str | None, *, anyway: bool
) -> tuple[Document, Document]:
    """Both documents, by the same rules where each can be read by them: else a lost date would make all of it new."""
    sources = [(name, _bytes(name)) for name in (old, new)]
    pages = [_page(name, data, publisher, kind, anyway=anyway) for name, data in sources]
    names = {page.publisher for page in pages}
    if publisher is None and len(names) == 2 and "generic" in names:
        (known,) = names - {"generic"}
        again = [_page(name, data, known, kind, anyway=True) for name, data in sources]
        if all(page.document.chapters for page in again):
            pages = again
    return pages[0].document, pages[1].document


def _read(name: str, publisher: str | None, kind: str | None, *, anyway: bool) -> "ReadPage":
    """The page in a file. Raises UsageError, UnreadablePage; the latter also for what stands in a page's place."""
    return _page(name, _bytes(name), publisher, kind, anyway=anyway)


def _page(name: str, data: bytes, publisher: str | None, kind: str | None, *, anyway: bool) -> "ReadPage":
    from tracker.extract.reader import Unreadable, read

    media_type = _NAMED_TYPES[kind] if kind else MEDIA_TYPES.get(Path(name).suffix.lower())
    page = read(data, media_type=media_type, publisher=publisher)
    if isinstance(page, Unreadable):
        raise UnreadablePage(
            f"Not read: {page.reason}",
            where=f"{_shown(name)}: {page.detail}",
            remedy="Look at the file: it is no page that we can read; --type says what it is meant to be",
        )
    if not anyway and not _reads_as_profile(page):
        _refuse_stand_in(name, data, page)
    return page


def _reads_as_profile(page: "ReadPage") -> bool:
    """Whether no judge need be asked, which takes a while to load: a long text, and the chapters that are expected."""
    if page.expected and not page.found:
        return False
    said = 0
    for chapter in page.document.chapters:
        for _, block in walk_blocks(chapter):
            said += len(block.text.plain) if isinstance(block, Prose) else 0
            if said > MUCH_TEXT:
                return True
    return False


def _refuse_stand_in(name: str, data: bytes, page: "ReadPage") -> None:
    """Raise UnreadablePage for a file that a check would reject: an error page, a login, another page altogether."""
    from tracker.events.looks import Capture
    from tracker.events.types import Standing
    from tracker.extract.judge import judge

    then = datetime.fromtimestamp(0, UTC)  # no judgement of a first sight asks when it was
    capture = Capture(
        fetch_id="", url=name, final_url=name, status=200, headers=(), media_type=None, charset=None,
        body=data, body_sha256="", requested_at=then, captured_at=then,
    )  # fmt: skip
    verdict = judge(capture, page, Standing(watch=""))
    if verdict.kind == "rejected":
        raise UnreadablePage(
            f"Not compared: {verdict.reason.replace('_', ' ')}",
            where=f"{_shown(name)}: {'; '.join(verdict.evidence)}",
            remedy="Look at the file: it stands in the profile's place; --anyway compares it all the same",
        )


def _bytes(name: str) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError) as wrong:
        told = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        remedy = "Name a file that can be read; pages are fetched by tracker add and tracker check"
        raise UsageError(f"Cannot be read: {told}", where=_shown(name), remedy=remedy) from None


def _warn_of_strangers(old: Document, new: Document) -> None:
    """Say so where the two are hardly the same profile; they are compared all the same."""
    if old.title and new.title and norm(old.title) != norm(new.title):
        note(f"warning: the titles differ: {safe(old.title)!r}, {safe(new.title)!r}. Are these the same profile?")
    elif {c.slug for c in old.chapters}.isdisjoint(c.slug for c in new.chapters) and old.chapters and new.chapters:
        note("warning: they have no chapter in common. Are these the same profile?")


def _shown(name: str) -> str:
    return "standard input" if name == "-" else name
