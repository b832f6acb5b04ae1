"""XML from strangers, read as a stream: no document type, so no entities and nothing external; bounded. Pure.

Lives here: what may be parsed at all, and plain or gzip bytes as pieces. Not here: what a sitemap or a feed says
(sitemap.py, feeds.py).
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from xml.parsers import expat

from tracker.extract.addresses import NotRead

MAX_BYTES = 50 * 1024 * 1024  # inflated; sitemaps.org
MAX_DEPTH = 64  # elements in one another: feeds carry markup, sitemaps have four
MAX_TEXT = 10_000  # characters of one element's text; what follows is passed over
_PIECE = 256 * 1024
GZIP = b"\x1f\x8b"

OnEnd = Callable[[tuple[str, ...], Mapping[str, str], str], None]


class Enough(Exception):
    """Raised by who reads, to read no further."""


class _Open:
    """An element that has not ended."""

    __slots__ = ("attributes", "name", "size", "text")

    def __init__(self, name: str, attributes: Mapping[str, str]) -> None:
        self.name, self.attributes = name, attributes
        self.text: list[str] = []
        self.size = 0


def read_xml(data: bytes, on_end: OnEnd) -> None:
    """Read plain or gzip XML; on_end: called at the end of each element with the names from the root down to it, its
    attributes and its own text. It may raise Enough.

    A name is without the prefix that the root has, and with any other: so `image:loc` is no `loc`.
    Raises NotRead for what is malformed, has a document type, or is deeper or longer than any sitemap or feed.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    opened: list[_Open] = []
    prefix = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal prefix
        if not opened:
            prefix = name.rpartition(":")[0] + ":" if ":" in name else ""
        if len(opened) >= MAX_DEPTH:
            raise NotRead(f"its elements are nested more than {MAX_DEPTH} deep (line {parser.CurrentLineNumber})")
        opened.append(_Open(name.removeprefix(prefix), attributes))

    def text(words: str) -> None:
        one = opened[-1]
        if one.size < MAX_TEXT:
            one.text.append(words[: MAX_TEXT - one.size])
            one.size += len(words)

    def end(name: str) -> None:
        path = tuple([one.name for one in opened])
        one = opened.pop()
        on_end(path, one.attributes, "".join(one.text).strip())

    def refuse_doctype(*_: object) -> None:
        raise NotRead("it has a document type (<!DOCTYPE …>), which may define entities: such XML is not parsed")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.EntityDeclHandler = refuse_doctype
    try:
        for piece in _led(pieces(data)):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except Enough:
        return
    except expat.ExpatError as wrong:
        told = expat.errors.messages.get(wrong.code, str(wrong))
        raise NotRead(f"its XML is malformed: {told} (line {wrong.lineno}, column {wrong.offset})") from wrong
    except (LookupError, ValueError) as wrong:  # an encoding that nobody knows
        raise wrong if isinstance(wrong, NotRead) else NotRead(f"its XML cannot be read: {wrong}") from wrong


def pieces(data: bytes) -> Iterator[bytes]:
    """The bytes piece by piece, inflated where they are gzip, whatever their name or type says. Raises NotRead."""
    if not data.startswith(GZIP):
        yield from (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))
        return
    inflater = zlib.decompressobj(wbits=31)
    rest, given = data, 0
    while rest:
        try:
            piece = inflater.decompress(rest, _PIECE)
        except zlib.error as wrong:
            raise NotRead(f"its gzip is damaged: {wrong}") from wrong
        given += len(piece)
        if given > MAX_BYTES:
            raise NotRead(f"its gzip inflates to more than {MAX_BYTES // 2**20} MB, the most that a sitemap may have")
        yield piece
        rest = inflater.unconsumed_tail
        if inflater.eof:
            rest = inflater.unused_data if inflater.unused_data.startswith(GZIP) else b""
            inflater = zlib.decompressobj(wbits=31) if rest else inflater
    if not inflater.eof:
        raise NotRead("its gzip ends before its end mark: it did not come whole")


def _led(found: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces without the blank lines that careless programs write before the first tag."""
    is_begun = False
    for piece in found:
        if not is_begun:
            piece = piece.lstrip(b" \t\r\n")
            is_begun = bool(piece)
        yield piece
