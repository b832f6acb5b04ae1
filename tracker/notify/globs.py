"""Globs over names: which of them can match any name at all. Pure.

Not here: what they are held against (match.py), where they stand in the file (subscription_table.py). They are read as
`fnmatch` reads them, so that what is refused here is what would be silent for ever there.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from tracker.document.identity import slug

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_GLOB = re.compile(r"[a-z0-9*?\[\]!-]+", re.ASCII)
_ANY = "*"


def flaw_of_glob(pattern: str, *, is_chapter: bool) -> str | None:
    """What to do about a glob that no name can match; None where one can.

    Names are lower-case ASCII letters, digits and hyphens; chapters are slugs: words of those, joined by one hyphen.
    """
    if _GLOB.fullmatch(pattern):
        if "[" in _tokens(pattern):
            return "A set of letters ends with a bracket: write [ab], or leave the [ out"
        if (flaw := flaw_of_sets(pattern)) is not None:
            return flaw
        if _can_match(pattern, is_slug=is_chapter):
            return None
    meant = f"{found!r}? " if (found := slug(pattern)) else ""
    return f"Names are written as in `tracker watches`: {meant}With * for any letters"


def flaw_of_sets(pattern: str) -> str | None:
    """What to do about a glob with a `[…]` that holds nothing; None where there is none."""
    for token in _tokens(pattern):
        if len(token) > 1 and not any(fnmatchcase(chr(code), token) for code in range(0x250)):
            return f"{token} holds no letter: write a range from the first letter to the last, such as [a-z]"
    return None


def _tokens(pattern: str) -> Iterator[str]:
    """A letter, `?`, `*` or a whole set `[…]` at a time."""
    at = 0
    while at < len(pattern):
        ends = at + 1
        if pattern[at] == "[":
            first = at + 2 if pattern[at + 1 : at + 2] == "!" else at + 1
            found = pattern.find("]", first + 1)  # a bracket that comes first is one of the set
            ends = found + 1 if found >= 0 else ends
        yield pattern[at:ends]
        at = ends


def _can_match(pattern: str, *, is_slug: bool) -> bool:
    """Whether a word over letters and hyphens fits; is_slug: one that begins and ends with a letter, without `--`."""
    tokens = tuple(_tokens(pattern))
    takes = [(any(fnmatchcase(c, t) for c in _LETTERS), fnmatchcase("-", t)) for t in tokens]
    # States: how many tokens are used up, and whether the last character was a hyphen (so it is at the beginning).
    reached: set[tuple[int, bool]] = set()
    todo = [(0, True)]
    while todo:
        state = todo.pop()
        if state in reached:
            continue
        reached.add(state)
        at, is_after_hyphen = state
        if at == len(tokens):
            continue
        stays = tokens[at] == _ANY
        if stays:
            todo.append((at + 1, is_after_hyphen))
        letter, hyphen = takes[at]
        if letter:
            todo.append((at if stays else at + 1, False))
        if hyphen and not (is_slug and is_after_hyphen):
            todo.append((at if stays else at + 1, True))
    return (len(tokens), False) in reached or (not is_slug and (len(tokens), True) in reached)
