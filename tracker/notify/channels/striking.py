"""Striking secrets out of what comes back: an answer may echo us, in whatever form its maker likes.

Lives here: in which forms a secret may stand in a text, and what of an address is one. Not here: what the secrets of a
channel are (each kind's request says that). Pure.
"""

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import unquote, unquote_plus, urlsplit

STRUCK = "[secret]"
_LEAST_PIECE = 6  # characters: a shorter piece of an address is no secret, and stands in every other word
_LEAST_SHOWN = 8  # characters of a secret, or of base64, that could not be any word
_REST = "[A-Za-z0-9+/_-]{0,4}={0,2}"  # of base64, what follows belongs to it in part
_ALONE = r"(?:(?<!\w)|(?<=%[0-9a-f][0-9a-f]))"  # also behind an escape
_URL_SAFE = str.maketrans("+/", "-_")


def striker(secrets: Iterable[str]) -> Callable[[str], str]:
    """Strikes every one of these out of a text, also as it stands in URLs, JSON and HTML, inside base64, and torn."""
    whole = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
    forms = [_escaped(secret) for secret in whole if len(secret) >= _LEAST_PIECE]
    forms += [
        f"{re.escape(form)}{_REST}" for secret in whole if len(secret) >= _LEAST_PIECE for form in _base64(secret)
    ]
    # A password may be as short as a syllable: struck where it stands alone, or else nothing could be read any more.
    forms += [rf"{_ALONE}{_escaped(secret)}(?!\w)" for secret in whole if len(secret) < _LEAST_PIECE]
    pattern = re.compile("|".join(forms) or r"(?!)", re.IGNORECASE)
    torn = _torn(whole)
    return lambda text: _struck(pattern.sub(STRUCK, text), torn)


def _escaped(secret: str) -> str:
    """A pattern for a secret as it is and as percent, JSON or HTML escapes write it."""
    return "".join(char if char.isascii() and char.isalnum() else _written(char) for char in secret)


def _written(char: str) -> str:
    percent = "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
    units = char.encode("utf-16-be", "surrogatepass").hex()
    json = "".join(rf"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
    named = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}.get(char)
    html = rf"&\#0*{ord(char)};|&\#x0*{ord(char):x};" + (f"|&{named};" if named else "")
    blank = r"|\+" if char == " " else ""
    return rf"(?:\\*{re.escape(char)}|{percent}|\\*{json}|{html}{blank})"


def _base64(secret: str) -> set[str]:
    """What of a secret shows in base64, in both alphabets, whatever stands before and behind it."""
    data, found = secret.encode("utf-8", "surrogatepass"), set[str]()
    for ahead in range(3):
        first = (0, 2, 3)[ahead]  # characters before are of what stands before it, too
        text = base64.b64encode(bytes(ahead) + data).decode()[first : (ahead + len(data)) // 3 * 4]
        if len(text) >= _LEAST_SHOWN:
            found |= {text, text.translate(_URL_SAFE)}
    return found


def _torn(secrets: Sequence[str]) -> tuple[str, ...]:
    """The least that may not be seen of long secrets: an echo may end in the middle of one."""
    long = [piece for secret in secrets for piece in secret.split("/") if len(piece) >= 2 * _LEAST_SHOWN]
    grams = (piece[at : at + _LEAST_SHOWN] for piece in long for at in range(len(piece) - _LEAST_SHOWN + 1))
    return tuple(dict.fromkeys(grams))


def _struck(text: str, torn: Sequence[str]) -> str:
    spans: list[tuple[int, int]] = []
    for gram in torn:
        at = text.find(gram)
        while at >= 0:
            spans.append((at, at + len(gram)))
            at = text.find(gram, at + 1)
    for begin, end in reversed(_joined(spans)):
        text = text[:begin] + STRUCK + text[end:]
    return text


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def pieces(url: str) -> tuple[str, ...]:
    """An address and what of it is secret: its path, its query, and their pieces, as they stand and unquoted."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return (url,)
    pieces = [url, parts.path.strip("/"), parts.query, *parts.path.split("/")]
    pieces += [piece.partition("=")[2] for piece in parts.query.split("&")]
    pieces += [parts.password or "", parts.username or "", parts.fragment]
    pieces += [unquote(piece) for piece in pieces] + [unquote_plus(piece) for piece in pieces]
    return tuple(p for p in pieces if len(p) >= _LEAST_PIECE)
