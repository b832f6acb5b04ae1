"""Bytes into characters, as browsers decide it: byte order mark, the server's word, the page's own, else UTF-8. Pure.

Source: the WHATWG Encoding Standard (labels; `iso-8859-1` means windows-1252) and HTML §13.2.3 (the first 1,024 bytes).
"""

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_META = re.compile(rb"<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml\b[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_:.\-]{1,40})[\"']")
_LOOKED_AT = 1024  # bytes

# The labels of the standard whose decoder has another name in Python, or that Python reads more narrowly.
_DECODERS = {
    **dict.fromkeys(("ascii", "us-ascii", "ansi_x3.4-1968", "iso-ir-100", "latin1", "latin-1", "l1"), "cp1252"),
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "iso_8859-1", "iso88591", "cp819", "ibm819", "x-cp1252"), "cp1252"),
    **dict.fromkeys(("utf8", "unicode-1-1-utf-8", "x-unicode20utf8", "unicode11utf8"), "utf-8"),
    **dict.fromkeys(("iso-8859-9", "iso8859-9", "latin5", "l5", "x-cp1254", "iso_8859-9"), "cp1254"),
    **dict.fromkeys(("iso-8859-11", "iso8859-11", "tis-620", "dos-874"), "cp874"),
    **dict.fromkeys(
        ("shift_jis", "shift-jis", "sjis", "ms_kanji", "x-sjis", "windows-31j", "ms932", "csshiftjis"), "cp932"
    ),
    **dict.fromkeys(("gbk", "gb2312", "gb_2312-80", "chinese", "x-gbk", "csgb2312", "iso-ir-58"), "gb18030"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "korean", "ksc5601", "windows-949", "cseuckr"), "cp949"),
    **dict.fromkeys(("big5", "big5-hkscs", "cn-big5", "x-x-big5", "csbig5"), "big5hkscs"),
    **dict.fromkeys(("utf-16", "utf-16le", "unicode", "ucs-2", "csunicode", "iso-10646-ucs-2"), "utf-16-le"),
    **dict.fromkeys(("utf-16be", "unicodefffe"), "utf-16-be"),
    **dict.fromkeys(("iso-8859-8-i", "logical", "csiso88598i"), "iso-8859-8"),
    **dict.fromkeys(("macintosh", "mac", "x-mac-roman", "csmacintosh"), "mac-roman"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac-cyrillic"),
    **dict.fromkeys(("koi8-ru",), "koi8-u"),
    **dict.fromkeys(("koi", "koi8", "koi8-r", "koi8_r", "cskoi8r"), "koi8-r"),
}
_AS_NAMED = re.compile(
    r"utf-8|windows-(?:874|125[0-8])|cp(?:866|125[0-8])|ibm866|iso-8859-(?:[2-8]|10|13|14|15|16)|koi8-u|gb18030|euc-jp|iso-2022-jp"
)


def decoder_of(label: str | None) -> str | None:
    """Python's decoder for an encoding's label; None for labels that no browser knows, which say nothing."""
    if not label:
        return None
    told = label.strip().strip("\"'").lower()
    if told in _DECODERS:
        return _DECODERS[told]
    return told if _AS_NAMED.fullmatch(told) else None


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
    head = data[:_LOOKED_AT]
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
