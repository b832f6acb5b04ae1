"""Dated copies of pages in a folder or a manifest: which file is a copy of which page, and from when.

A copy's name says its instant, `2021-02-09.html` or `20220814T093000Z.html`; the folders above it name profile and
chapter, or the watch. A manifest is a CSV with a line for each: file, url, captured_at [, media_type]. Nothing is
recorded here (importing.py), and nothing is guessed: what does not say its instant is told.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal

from tracker import clock
from tracker.errors import UsageError
from tracker.extract.addresses import page_key
from tracker.extract.media import MEDIA_TYPES

_COLUMNS = ("file", "url", "captured_at", "media_type")
_ADDRESS = re.compile(r"(\d{8})T(\d{6})(\.\d{1,6})?Z")
Precision = Literal["", "day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedFile:
    """A file that is a copy of a page. name: as told, relative to where it was looked for. folders: above it, outermost
    first. url: of the page, where a manifest says it. bad: why it is no copy, for a person.
    """

    path: Path
    name: str
    folders: tuple[str, ...] = ()
    captured_at: datetime | None = None
    precision: Precision = ""
    url: str | None = None
    media_type: str | None = None
    bad: str = ""


def in_folder(root: Path) -> Iterator[DatedFile]:
    """The copies in a folder and those below it, by name. Hidden files are passed over. Raises UsageError."""
    if not root.is_dir():
        remedy = "Name a folder with dated copies, such as 2021-02-09.html"
        raise UsageError("There is no such folder", where=str(root), remedy=remedy)
    inside = root.resolve()
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if any(part.startswith(".") for part in relative.parts) or (path.is_dir() and not path.is_symlink()):
            continue
        name, folders = relative.as_posix(), relative.parts[:-1]
        if why := _no_file_here(path, inside):
            yield DatedFile(path=path, name=name, folders=folders, bad=why)
            continue
        media_type = MEDIA_TYPES.get(path.suffix.lower())
        if media_type is None:
            told = f"a page's name ends in {', '.join(MEDIA_TYPES)}"
            yield DatedFile(path=path, name=name, folders=folders, bad=told)
            continue
        try:
            at, precision = instant_of(path.name.removesuffix(path.suffix))
        except ValueError as wrong:
            yield DatedFile(path=path, name=name, folders=folders, bad=str(wrong))
            continue
        yield DatedFile(
            path=path, name=name, folders=folders, captured_at=at, precision=precision, media_type=media_type
        )


def in_manifest(manifest: Path, root: Path) -> Iterator[DatedFile]:
    """The copies that a manifest lists, in its order; files are meant from `root`. Raises UsageError."""
    try:
        text = manifest.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "it is not UTF-8"
        raise UsageError(f"The manifest cannot be read: {why}", where=str(manifest), remedy="Name a CSV file") from None
    lines = csv.DictReader(io.StringIO(text, newline=""))
    try:
        yield from _lines(lines, manifest, root)
    except csv.Error as wrong:
        where = f"{manifest}, behind line {lines.line_num}"
        remedy = "Mend that line: it is no CSV, or holds a field of more than 131,072 characters"
        raise UsageError(f"The manifest cannot be read: {wrong}", where=where, remedy=remedy) from None


def _lines(lines: "csv.DictReader[str]", manifest: Path, root: Path) -> Iterator[DatedFile]:
    names = [name.strip().lower() for name in lines.fieldnames or ()]
    missing = [name for name in ("file", "captured_at") if name not in names]
    unknown = [name for name in names if name not in _COLUMNS]
    if missing or unknown:
        what = f"no column {' and no '.join(missing)}" if missing else f"a column {unknown[0]!r} that we do not know"
        remedy = "Its first line is: file,url,captured_at,media_type (url and media_type may be left out)"
        raise UsageError(f"The manifest has {what}", where=str(manifest), remedy=remedy)
    for line in lines:
        told = {str(key).strip().lower(): str(value or "").strip() for key, value in line.items() if key is not None}
        yield _listed(told, root, f"{manifest.name}, line {lines.line_num}")


def _listed(told: dict[str, str], root: Path, where: str) -> DatedFile:
    path = root / told["file"]
    name, folders = told["file"], Path(told["file"]).parts[:-1]
    media_type = told.get("media_type") or MEDIA_TYPES.get(path.suffix.lower())

    def bad(why: str) -> DatedFile:
        return DatedFile(path=path, name=name or where, folders=folders, bad=f"{where}: {why}")

    try:
        if not told["file"] or not path.resolve().is_relative_to(root.resolve()):
            return bad("a file in the folder must be named")
        if not path.is_file():
            return bad("there is no such file")
    except (OSError, ValueError):  # a name that no file can have: too long, or with a NUL
        return bad("there is no such file")
    if told.get("url") and page_key(told["url"]) is None:
        return bad(f"{told['url'][:200]!r} is no web address")
    if media_type is None:
        return bad(f"what is it? Give its media_type, or a name that ends in {', '.join(MEDIA_TYPES)}")
    try:
        at, precision = instant_of(told["captured_at"])
    except ValueError as wrong:
        return bad(str(wrong))
    return DatedFile(
        path=path,
        name=name,
        folders=folders,
        captured_at=at,
        precision=precision,
        url=told.get("url") or None,
        media_type=media_type,
    )


def _no_file_here(path: Path, inside: Path) -> str:
    """Why this is no file of the folder's own, for a person; nothing where it is one."""
    try:
        is_own = path.resolve().is_relative_to(inside)
        if path.is_symlink() and not is_own:
            return "a link that leads out of the folder: copy the file there"
        if path.is_symlink() and path.is_dir():
            return "a link to a folder, which is not followed"
        return "" if path.is_file() else "no file: a link to nothing, a pipe, a socket or a device"
    except (OSError, RuntimeError) as wrong:  # a link that leads to itself
        return f"cannot be read: {wrong}"


def instant_of(text: str) -> tuple[datetime, Precision]:
    """The instant that a name says; of a date the day's first, and `day`. Raises ValueError."""
    found = _ADDRESS.fullmatch(text)
    if found is not None:
        try:
            whole = datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        except ValueError:
            raise ValueError(f"there is no such instant: {text!r}") from None
        return whole.replace(microsecond=int((found[3] or ".0")[1:].ljust(6, "0"))), ""
    try:
        return datetime.combine(date.fromisoformat(text), time(0), UTC), "day"
    except ValueError:
        pass
    try:
        return clock.from_iso(text), ""
    except (ValueError, OverflowError):
        told = "a date (2021-02-09), or an instant (20220814T093000Z, 2022-08-14T09:30:00Z)"
        raise ValueError(f"{text!r} does not say when it was captured: {told}") from None
