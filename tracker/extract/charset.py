"""Bytes into characters, as browsers decide it: byte order mark, the server's word, the page's own, else UTF-8. Pure.

Never by statistics: what nobody named is UTF-8 where it can be, and windows-1252 where it cannot.
Source: HTML §13.2.3 (the order, the first 1,024 bytes), the WHATWG Encoding Standard (labels.py).
"""

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache

from tracker.extract.labels import DECODERS

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT = 1024  # bytes
_BLANK = "\t\n\f\r "

# One step of a search for tags: a comment, a tag with its name, or other markup up to its end.
_STEP = re.compile(r"<(?:(!--)|/?([a-z][^\t\n\f\r />]*)|[!/?][^>]*>?)", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"[\t\n\f\r /]*([^\t\n\f\r />][^\t\n\f\r />=]*)"
    r"(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\t\n\f\r >\"'][^\t\n\f\r >]*)))?"
)
_IN_CONTENT = re.compile(
    r"charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"|'([^']*)'|([^\t\n\f\r ;\"']+))", re.IGNORECASE
)
_XML = re.compile(r"<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.\-]{1,40})[\"']")


def decoder_of(label: str | None) -> str | None:
    """Python's decoder for an encoding's label; None for labels that no browser knows, which say nothing."""
    return DECODERS.get((label or "").strip(_BLANK + "\"'").lower())


def decoded(data: bytes, charset: str | None) -> tuple[str, str, int]:
    """The text, the decoder that read it, and how many places could not be read (U+FFFD stands there).

    charset: what the server said. Never raises.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _read(data[len(mark) :], name)
    found = decoder_of(charset) or _declared(data)
    if found is not None and not (found == "utf-8" and _is_no_utf8(data)):
        return _read(data, found)
    try:
        return data.decode("utf-8"), "utf-8", 0
    except UnicodeDecodeError:
        return _read(data, "cp1252")


def _is_no_utf8(data: bytes) -> bool:
    """Whether bytes that are said to be UTF-8 are not: more of what is beyond ASCII cannot be read so than can."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
        lost = text.count("\ufffd")
        return lost > sum(1 for char in text if char > "\x7f") - lost
    return False


def _declared(data: bytes) -> str | None:
    """What the page says of itself in its first bytes: in a meta element, else in an XML declaration."""
    head = data[:_LOOKED_AT].decode("latin-1")
    for attributes in _metas(head):
        found = _meta(attributes)
        if found is not None:
            return found
    told = _XML.match(head.lstrip(_BLANK))
    return _as_ascii(told[1]) if told else None


def _metas(head: str) -> Iterator[dict[str, str]]:
    """The attributes of each meta element; what stands in comments and in attributes of others is none."""
    at = 0
    while step := _STEP.search(head, at):
        at = step.end()
        if step[1]:
            end = head.find("-->", step.start() + 2)
            at = end + 3 if end >= 0 else len(head)
        elif step[2]:
            attributes: dict[str, str] = {}
            while found := _ATTRIBUTE.match(head, at):
                at = found.end()
                attributes.setdefault(found[1].lower(), found[2] or found[3] or found[4] or "")
            if step[2].lower() == "meta":
                yield attributes


def _meta(attributes: dict[str, str]) -> str | None:
    if "charset" in attributes:
        return _as_ascii(attributes["charset"])
    if attributes.get("http-equiv", "").strip(_BLANK).lower() != "content-type":
        return None
    told = _IN_CONTENT.search(attributes.get("content", ""))
    return _as_ascii(told[1] or told[2] or told[3] or "") if told else None


def _as_ascii(label: str) -> str | None:
    """The decoder that a label in readable ASCII means: a page that can say so is not in UTF-16."""
    if label.strip(_BLANK).lower() == "x-user-defined":
        return "cp1252"
    found = decoder_of(label)
    return "utf-8" if found in ("utf-16-le", "utf-16-be") else found


def _read(data: bytes, name: str) -> tuple[str, str, int]:
    try:
        return data.decode(name), name, 0
    except UnicodeDecodeError:
        is_table = name.startswith("cp125") or name == "cp874"
        text = codecs.charmap_decode(data, "replace", _table(name))[0] if is_table else data.decode(name, "replace")
    return text, name, text.count("\ufffd")


@lru_cache
def _table(name: str) -> str:
    """The 256 characters of an encoding. Browsers read the bytes below 0xA0 that it leaves open as control characters:
    nothing is lost.
    """
    known = bytes(range(256)).decode(name, "replace")
    return "".join(chr(byte) if char == "\ufffd" and byte < 0xA0 else char for byte, char in enumerate(known))
