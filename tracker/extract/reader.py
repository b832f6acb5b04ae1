"""Bytes into a document: which format, which publisher, then the extractor of that format.

Lives here: the choice, and the promise that nothing raises on any bytes. Not here: the formats. Pure. Extractors are
loaded when first needed: `tracker compare` on two texts loads no HTML parser.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from html import unescape
from typing import Literal

from tracker.document.identity import without_ids
from tracker.document.model import Document, Warned
from tracker.extract.chapters import Page, document_of, parted
from tracker.extract.charset import decoded
from tracker.extract.pieces import Head, Para
from tracker.extract.publishers import Publisher, Publishers
from tracker.extract.starts import chapter_starts

BY_SHAPE = "shape"
EXTRACTOR = "extract/1"  # changes whenever the same bytes may read otherwise
MAX_TAGS = 80_000  # a parser takes some 300 bytes for each
MAX_VALUES = 150_000  # commas of a JSON text: as many values and half as many again are some 100 MB
MAX_BYTES = 16_000_000  # more than the fetcher brings; a file may be any size

Format = Literal["html", "text", "markdown", "json"]

_BY_TYPE: dict[str, Format] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "application/json": "json",
    "text/json": "json",
}
_MAGIC = (
    b"%PDF-",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"RIFF",
    b"\x7fELF",
)
_DOCTYPE = re.compile(
    r"^\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_TAG = re.compile(
    r"<(?:p|div|br|h[1-6]|table|ul|ol|li|a|span|b|i|em|strong|title|main|section|article)\b[^<>]{0,500}>", re.I
)
_MARKDOWN = re.compile(r"^(?:#{1,6} +\S|\[\^[^\]\s]{1,40}\]:|\|? ?:?-{3,}:? ?\|)", re.M)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page that was read. why: how its publisher was found. expected: chapter titles that the publisher's rules know;
    found: the slugs of those that the page holds. dropped: lines that a rule of the publisher's took out, and the rule.
    """

    document: Document
    publisher: str
    why: str
    extractor: str = EXTRACTOR
    expected: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    dropped: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A page that could not be read. reason: `empty`, `binary`, `too_large` or `format`. detail: for a person."""

    reason: str
    detail: str


def read(
    data: bytes,
    *,
    media_type: str | None,
    charset: str | None = None,
    url: str | None = None,
    publisher: str | None = None,
    publishers: Publishers | None = None,
) -> ReadPage | Unreadable:
    """Read a page. Without `publisher`: the one that its address or its shape names, else the generic one.

    Raises ConfigError where no publisher is called `publisher`; nothing on any bytes. Time: linear in `data`.
    """
    known = publishers or Publishers()
    named = known.named(publisher) if publisher else None
    if len(data) > MAX_BYTES:
        return Unreadable("too_large", f"{len(data):,} bytes; at most {MAX_BYTES:,} are read")
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        return Unreadable("empty", f"{len(data)} bytes, nothing in them")
    declared = charset or _parameter(media_type, "charset")
    if magic := _binary(data, declared):
        return Unreadable("binary", magic)
    source, decoder, lost = decoded(data, declared)
    if not source.strip().strip("\ufeff\x00"):
        return Unreadable("empty", "nothing but white space")
    kind = format_of(source, media_type)
    if kind == "json" and (own := _own(source)) is not None:
        return own
    if kind == "html" and (tags := source.count("<")) > MAX_TAGS:
        return Unreadable("too_large", f"{tags:,} tags; at most {MAX_TAGS:,} are read")
    if kind == "json" and (values := source.count(",")) > MAX_VALUES:
        return Unreadable("too_large", f"{values:,} values; at most {MAX_VALUES:,} are read")
    reader = _reader(kind, source)
    if reader is None:
        return Unreadable("format", f"said to be {media_type}, but is not")
    page_of = cache(reader)  # finding the publisher reads the page by its rules already
    chosen, why = (named, "named") if named else _publisher(source, page_of, url, known)
    page, dropped = parted(page_of(chosen), chosen)
    if lost:
        told = f"{lost} places are no {decoder}; U+FFFD stands there"
        page = replace(page, warnings=(*page.warnings, Warned("decode_errors", "", told)))
    document = document_of(page, chosen)
    if not document.chapters and not chosen.chapters:
        return Unreadable("empty", "no heading, and less than 200 characters of text")
    found = tuple(c.slug for c in document.chapters if chosen.chapter(c.title))
    return ReadPage(
        document=document,
        publisher=chosen.name,
        why=why,
        # A page that only looks like the publisher's may have chapters of its own.
        expected=tuple(c.title for c in chosen.chapters) if found or not why.startswith(BY_SHAPE) else (),
        found=found,
        dropped=dropped,
    )


def _own(source: str) -> ReadPage | None:
    """The document that the source is already, as `tracker extract --json` gives it; None for other JSON."""
    if '"tracker.document/1"' not in source:
        return None
    try:
        document = without_ids(Document.from_json(json.loads(source)))
    except (ValueError, RecursionError):
        return None
    return ReadPage(document=document, publisher="generic", why="a tracker.document/1")


def format_of(source: str, media_type: str | None) -> Format:
    """The format that the source is in: as its media type says, unless the source plainly says otherwise."""
    told = (media_type or "").partition(";")[0].strip().lower()
    declared = "json" if told.endswith("+json") else _BY_TYPE.get(told)
    head = source[:4096].lstrip("\ufeff \t\r\n")
    if declared == "html":
        return "html" if "<" in source and _TAG.search(source) else _sniffed(source, head)
    if declared == "json":
        return "json" if head[:1] in "{[" else _sniffed(source, head)
    if declared == "text":
        return "html" if _DOCTYPE.match(head) else "text"
    if declared == "markdown":
        return "html" if _DOCTYPE.match(head) else "markdown"
    return _sniffed(source, head)


def _sniffed(source: str, head: str) -> Format:
    if _DOCTYPE.match(head):
        return "html"
    if head[:1] in ("{", "[") and source.rstrip()[-1:] in ("}", "]") and not re.match(r"\[\d{1,3}\]", head):
        return "json"
    if _MARKDOWN.search(source[:65536]):
        return "markdown"
    tags = len(_TAG.findall(source[:65536]))
    return "html" if tags > 2 or (tags and head[:1] == "<") else "text"


def _reader(kind: Format, source: str) -> Callable[[Publisher], Page] | None:
    """What reads the source under a publisher's rules; None where the source is not of its format after all."""
    if kind == "html":
        from tracker.extract.furniture import parsed
        from tracker.extract.html import read_html, with_marked_notes
        from tracker.extract.pieces import scrubbed

        clean = with_marked_notes(scrubbed(source))
        tree = parsed(clean)
        return lambda publisher: read_html(tree, clean, publisher)
    if kind == "markdown":
        from tracker.extract.markdown import read_markdown

        return lambda publisher: read_markdown(source, publisher)
    if kind == "json":
        from tracker.extract.json import parsed_json, read_json

        try:
            data = parsed_json(source)
        except ValueError:
            return None
        return lambda publisher: read_json(data, publisher)
    from tracker.extract.text import read_text

    return lambda publisher: read_text(source, publisher)


def _publisher(
    source: str, page_of: Callable[[Publisher], Page], url: str | None, known: Publishers
) -> tuple[Publisher, str]:
    """Whose page this is, and how that was found."""
    if by_url := known.by_url(url):
        return by_url[0], f"address fits {by_url[1]}"
    words = (unescape(source) if "&#" in source else source).casefold()
    for publisher in known:
        if not publisher.by_shape or publisher.hint not in words:
            continue
        pieces = page_of(publisher).pieces
        lines = sum(isinstance(p, Para | Head) and publisher.printed_date(p.plain) is not None for p in pieces)
        if lines >= 2:
            return publisher, f"{BY_SHAPE}: {lines} date lines"
        if lines == 1 and any(s.date_text and publisher.chapter(s.title) for s in chapter_starts(pieces, publisher)):
            return publisher, f"{BY_SHAPE}: a date line beside a known chapter title"
    return known.generic, "no other publisher's rules fit"


def _parameter(media_type: str | None, name: str) -> str | None:
    found = re.search(rf"(?i);\s*{name}\s*=\s*[\"']?([^\"';\s]+)", media_type or "")
    return found[1] if found else None


def _binary(data: bytes, charset: str | None) -> str:
    """Why the bytes are no text; "" where they may be."""
    magic = next((m for m in _MAGIC if data.startswith(m)), None)
    if magic is not None:
        return f"begins with {magic!r}"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (charset or "").lower().startswith(("utf-16", "utf16", "unicode")):
        return ""
    head = data[:65536]
    controls = len(_CONTROL.findall(head))
    return f"{controls} control characters in {len(head)} bytes" if controls > max(len(head) // 50, 2) else ""
