"""Whether a page came in the wrong characters: UTF-8 that was encoded twice, or letters that were lost. Pure.

A server does so now and then, for some of its answers: "Côte d'Ivoire" comes as "CÃ´te d'Ivoire". It is no edit.
"""

import re

from tracker.document.canonical import canonical_text
from tracker.document.model import Document

# How a byte of windows-1252 is shown, back to the byte; what that leaves open is read as it stands (WHATWG Encoding).
_BYTE = {bytes([b]).decode("cp1252", "ignore") or chr(b): b for b in range(256)}
_SIGN = re.compile(r"[ÃÂâÐÑØÙ][\u0080-\u00ff\u0152-\u2122]")
_LOST = re.compile(r"\ufffd|(?<=[^\W\d_])\?(?=[^\W\d_])")
LEAST = 2  # places that say so
LEAST_LOST = 3  # letters that became a question mark within a word


def is_garbled(new: Document, old: Document) -> bool:
    """Whether letters of the new document are lost that the old one had, or it has more of its words once put right.

    Time: linear in both; a look at each character where nothing is garbled.
    """
    text = "\n".join(map(canonical_text, new.chapters))
    before = "\n".join(map(canonical_text, old.chapters))
    if len(_LOST.findall(text)) >= len(_LOST.findall(before)) + LEAST_LOST:
        return True
    if len(_SIGN.findall(text)) < LEAST:
        return False
    mended = _SIGN_RUN.sub(_mended, text)
    if mended == text:
        return False
    known = set(before.split())
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
