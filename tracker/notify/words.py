"""Words and regular expressions of operators, looked for in the text of edits. Pure, but for the time that it takes.

Between slashes stands a regular expression; anything else is words, found whole: `police` is not in `policeman`,
`detain*` is in `detained`. Case never matters; nor do kinds of blanks, quotes and hyphens in words, or soft hyphens in
a page. An expression can take for ever on the text of a page, and a page is hostile: so all of a rule has LIMIT_S for
a change, and what is not known by then is told as such.
"""

import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any  # patterns of `regex`, which has no types

from tracker.document.edit import Edit
from tracker.notify.rules import TextMatch

LIMIT_S = 1.0
_MAX_CHARS = 500  # of a needle: more is no rule that a person can read
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_ALIKE = {
    "'": "['\u2018\u2019\u02bc]",
    "\u2019": "['\u2018\u2019\u02bc]",
    '"': '["\u201c\u201d\u201e]',
    "-": "[-\u2010-\u2014\u2212]",
}
# Scripts that write no blanks between words, or append to them: an end of a word cannot be told there.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_Side = tuple[str, tuple[tuple[int, int], ...]]  # a text, and where in it something was removed or added


@dataclass(slots=True)
class Budget:
    """The time that one rule has for one change. trouble: what went wrong, where something did."""

    until: float = field(default_factory=lambda: time.monotonic() + LIMIT_S)
    trouble: str = ""


@lru_cache(maxsize=1024)
def compiled(needle: str) -> Any:
    """The pattern of a needle. Raises ValueError, with advice, for one that cannot be looked for."""
    regex = _regex()
    flags = regex.IGNORECASE | regex.FULLCASE | regex.VERSION0
    if len(needle) > _MAX_CHARS:
        raise ValueError(f"Write at most {_MAX_CHARS} characters")
    text = unicodedata.normalize("NFC", needle)
    if not text.startswith("/"):
        return regex.compile(_words(text), flags)
    if len(text) < 3 or not text.endswith("/"):
        raise ValueError("A regular expression stands between two slashes: /detain(ed|ion)/ (case never matters)")
    try:
        found = regex.compile(text[1:-1], flags)
        is_in_everything = found.search("", timeout=LIMIT_S) is not None
    except (regex.error, TimeoutError, OverflowError, RecursionError, MemoryError) as wrong:
        raise ValueError(f"The regular expression cannot be read: {wrong}") from None
    if is_in_everything:
        raise ValueError("This regular expression finds something in every text: make it ask for a letter at least")
    return found


def _regex() -> Any:
    """The engine, loaded when a rule asks for text: unlike `re` it can be stopped, and knows scripts."""
    import regex  # type: ignore[import-untyped]

    return regex


def _words(text: str) -> str:
    regex = _regex()
    words = text.translate(_INVISIBLE).split()
    if not any(regex.search(r"\w", word) for word in words):
        raise ValueError("Write a word, or a regular expression between slashes")

    def edge(letter: str, boundary: str) -> str:
        return boundary if regex.fullmatch(r"\w", letter) and not regex.fullmatch(_UNSPACED, letter) else ""

    parts = (r"\s+").join("".join(r"\w*" if c == "*" else _ALIKE.get(c, regex.escape(c)) for c in w) for w in words)
    return edge(words[0][0], r"(?<!\w)") + parts + edge(words[-1][-1], r"(?!\w)")


def holds(asked: TextMatch, edit: Edit, budget: Budget) -> bool | None:
    """Whether an edit holds what is asked; None where that cannot be known, and then `budget` has why."""
    sides = tuple(_sides(asked, edit))
    known = [_is_in(needle, sides, budget) for needle in asked.all_]
    if asked.any_:
        found = [_is_in(needle, sides, budget) for needle in asked.any_]
        known.append(True if True in found else None if None in found else False)
    return False if False in known else None if None in known else True


def _sides(asked: TextMatch, edit: Edit) -> Iterator[_Side]:
    """The texts to look in. Where a side is named, a find must touch what was added, or removed."""
    for mark, side in (("-", "removed"), ("+", "added")):
        text, touched = _side(edit, mark)
        if not asked.sides:
            yield text, ((0, len(text)),)
        elif side in asked.sides and touched:
            yield text, touched


def _side(edit: Edit, mark: str) -> _Side:
    """The text before (`-`) or after (`+`), and where in it the edit is."""
    whole = edit.old if mark == "-" else edit.new
    spans: tuple[tuple[str, str], ...] = edit.spans
    if not spans:
        spans = (("=" if edit.old == edit.new else mark, whole),)
    text, touched = "", []
    for kind, part in spans:
        if kind in ("=", mark) and part:
            added = unicodedata.normalize("NFC", part.translate(_INVISIBLE))
            if kind == mark:
                touched.append((len(text), len(text) + len(added)))
            text += added
    return text, tuple(touched)


def _is_in(needle: str, sides: tuple[_Side, ...], budget: Budget) -> bool | None:
    # Plain words take no time that counts, so that no expression can use up theirs.
    until = budget.until if needle.startswith("/") or "*" in needle else time.monotonic() + LIMIT_S
    try:
        pattern = compiled(needle)
        for text, touched in sides:
            if (left_s := until - time.monotonic()) <= 0:
                raise TimeoutError
            # Without the interpreter's lock, so that a slow expression holds up nobody else.
            for found in pattern.finditer(text, overlapped=True, timeout=left_s, concurrent=True):
                begins, ends = found.span()
                if any(begins < end and start < ends for start, end in touched):
                    return True
                if time.monotonic() > until:
                    raise TimeoutError
    except TimeoutError:
        budget.trouble = f"{needle} took longer than {LIMIT_S:g} s on this text"
        return None
    except (ValueError, RecursionError, MemoryError) as wrong:
        budget.trouble = f"{needle} cannot be looked for: {wrong}"
        return None
    return False
