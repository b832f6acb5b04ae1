"""What the dialects of chat services share: lengths as they count them, our signs, lines of a diff. Pure.

Not here: any service's markup (channels/), where a text may be cut (shorten.py), how many edits go in (fit.py).
"""

import re
from collections.abc import Callable, Iterator, Sequence

from tracker.document.edit import Span
from tracker.notify.render.notice import Notice
from tracker.notify.render.redline import signed
from tracker.notify.render.shorten import words_cut

ZERO_WIDTH = "\u200b"  # takes no room, and is no part of a name, a tag or a run of backticks
_TICKS = re.compile("`(?=`)")
_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)


def utf16_units(text: str) -> int:
    """The length of a text as services written in JavaScript count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def within(text: str, most: int, measure: Callable[[str], int]) -> str:
    """The text as it is, or cut between words, in at most so much as `measure` counts it."""
    if measure(text) <= most:
        return text
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(words_cut(text, middle)) <= most else (low, middle - 1)
    return words_cut(text, low)


def more(count: int, thing: str) -> str:
    """`+3 more edits`."""
    return f"+{count} more {thing if count == 1 else thing + 's'}"


def also_lines(notice: Notice) -> Iterator[str]:
    """What else is concerned, in one line, and how much of it is not named."""
    if notice.also:
        rest = f", and {notice.also_more} more" if notice.also_more else ""
        yield ", ".join(notice.also) + rest
    elif notice.also_more:
        yield more(notice.also_more, "profile")


def linkable(url: str, most: int) -> str:
    """The address if it may stand in a link of at most so many characters, else ""."""
    return url if len(url) <= most and _LINK.fullmatch(url) else ""


def markdown_address(url: str, most: int) -> str:
    """The same for `[text](address)`: without a character that would end it."""
    closed = re.sub(r"[()<>\[\]\\`*~|\"'{}^]", lambda found: f"%{ord(found[0]):02X}", linkable(url, most))
    return closed if len(closed) <= most else ""


def diff_lines(spans: Sequence[Span]) -> list[str]:
    """A redline as lines of a diff: `- ` how it read, `+ ` how it reads, two blanks where nothing changed.

    Where only some words of a line changed they are marked in it, `[-2021-]` and `{+2026+}`. No line holds two
    backticks side by side, so that none ends the fence it stands in.
    """
    marks = {mark for mark, _ in spans}
    if not marks - {"="}:
        return _prefixed("  ", "".join(text for _, text in spans))
    lines: list[str] = []
    for mark, prefix in (("-", "- "), ("+", "+ ")):
        side = [span for span in spans if span[0] in ("=", mark)]
        if "=" in marks:
            lines += _prefixed(prefix, "".join(map(signed, side)))
        elif side:
            lines += _prefixed(prefix, "".join(text for _, text in side))
    return lines


def _prefixed(prefix: str, text: str) -> list[str]:
    return [f"{prefix}{line}" for line in fenced(text).split("\n")] if text else []


def fenced(text: str) -> str:
    """The text with every run of backticks broken."""
    return _TICKS.sub(f"`{ZERO_WIDTH}", text)
