"""Bytes into characters, as browsers decide it: byte order mark, the server's word, the page's own, else UTF-8. Pure.

Source: the WHATWG Encoding Standard (labels; `iso-8859-1` means windows-1252) and HTML §13.2.3 (the first 1,024 bytes).
"""

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.\-]{1,40})[\"']")
_COMMENT = re.compile(rb"<!--.*?(?:-->|$)", re.DOTALL)
_LOOKED_AT = 1024  # bytes

# Python's name of a decoder → the wider one that browsers use under the same label.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-16-le",
}
# Labels of the standard that Python does not know, or knows for something else.
_OWN = {
    **dict.fromkeys(("x-cp1252", "ansi_x3.4-1968"), "cp1252"),
    **dict.fromkeys(("windows-31j", "x-sjis", "ms_kanji"), "cp932"),
    **dict.fromkeys(("x-gbk", "iso-ir-58", "gb_2312-80"), "gb18030"),
    **dict.fromkeys(("x-x-big5", "cn-big5"), "big5hkscs"),
    **dict.fromkeys(("unicode", "ucs-2", "iso-10646-ucs-2", "csunicode"), "utf-16-le"),
    **dict.fromkeys(("unicode-1-1-utf-8", "x-unicode20utf8", "unicode11utf8"), "utf-8"),
    **dict.fromkeys(("iso-8859-8-i", "logical"), "iso8859-8"),
    **dict.fromkeys(("koi", "koi8"), "koi8-r"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac-cyrillic"),
    "x-mac-roman": "mac-roman",
    "dos-874": "cp874",
}
_KNOWN = re.compile(
    r"utf-8|utf-16-[lb]e|cp(?:866|874|932|949|125[0-8])|iso8859-(?:[2-8]|10|13|14|15|16)|koi8-[ru]|mac-(?:roman|cyrillic)"
    r"|gb18030|big5hkscs|euc_jp|iso2022_jp"
)


def decoder_of(label: str | None) -> str | None:
    """Python's decoder for an encoding's label; None for labels that no browser knows, which say nothing."""
    told = (label or "").strip().strip("\"'").lower()
    if not re.fullmatch(r"[a-z0-9_:.\-]{1,40}", told):
        return None
    try:
        name = _OWN.get(told) or codecs.lookup(told).name
    except LookupError:
        return None
    name = _WIDER.get(name, name)
    return name if _KNOWN.fullmatch(name) else None


def decoded(data: bytes, charset: str | None) -> tuple[str, str, int]:
    """The text, the decoder that read it, and how many places could not be read (U+FFFD stands there).

    charset: what the server said. Never raises.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _read(data[len(mark) :], name)
    found = decoder_of(charset) or _declared(data)
    if found is not None:
        return _read(data, found)
    try:
        return data.decode("utf-8"), "utf-8", 0
    except UnicodeDecodeError:
        return _read(data, "cp1252")


def _declared(data: bytes) -> str | None:
    head = _COMMENT.sub(b"", data[:_LOOKED_AT])
    told = _META.search(head) or _XML.match(head)
    found = decoder_of(told[1].decode("ascii")) if told else None
    # A page whose ASCII says that it is UTF-16 is not (HTML §13.2.3.3).
    return "utf-8" if found in ("utf-16-le", "utf-16-be") else found


def _read(data: bytes, name: str) -> tuple[str, str, int]:
    try:
        return data.decode(name), name, 0
    except UnicodeDecodeError:
        text = data.decode(name, "replace")
    if name.startswith("cp125"):
        # Browsers read the bytes that these encodings leave open as control characters: nothing is lost.
        return text, name, 0
    return text, name, text.count("\ufffd")
