"""Whether a page came in the wrong characters: UTF-8 that was taken for windows-1252 and encoded once more. Pure.

A server does so now and then, for some of its answers: "Côte d'Ivoire" comes as "CÃ´te d'Ivoire". It is no edit.
"""

import re

from tracker.document.canonical import canonical_text
from tracker.document.model import Document

# How a byte of windows-1252 is shown, back to the byte; what that leaves open is read as it stands (WHATWG Encoding).
_BYTE = {bytes([b]).decode("cp1252", "ignore") or chr(b): b for b in range(256)}
_SIGN = re.compile(r"[ÃÂâÐÑØÙ][\u0080-\u00ff\u0152-\u2122]")
LEAST = 2  # places that say so


def is_garbled(new: Document, old: Document) -> bool:
    """Whether the new document, its characters put right, has more of the old one's words than as it came.

    Time: linear in both; a look at each character where nothing is garbled.
    """
    text = "\n".join(map(canonical_text, new.chapters))
    if len(_SIGN.findall(text)) < LEAST:
        return False
    mended = _SIGN_RUN.sub(_mended, text)
    if mended == text:
        return False
    known = set("\n".join(map(canonical_text, old.chapters)).split())
    come, put_right = set(text.split()), set(mended.split())
    strange = come - known
    return bool(strange) and len(put_right - known) < len(strange) / 2


_SIGN_RUN = re.compile(r"[\u0080-\uffff]+")


def _mended(run: re.Match[str]) -> str:
    data = bytearray()
    for char in run[0]:
        byte = _BYTE.get(char)
        if byte is None:
            return run[0]
        data.append(byte)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return run[0]
