"""The words of a sentence: as printed, and as stems. Pure, and kept for the sentences last read."""

import re
from functools import lru_cache


def listed(words: str) -> tuple[str, ...]:
    """The words of a list written as one text."""
    return tuple(words.split())


WORD = re.compile(r"[^\W_]+(?:[’'./-][^\W_]+)*")

_EMPTY = frozenset(
    listed(
        "a an the of to in on at by for from with and or as is are was were be been being has have had do "
        "does did it its they their them he she his her this that these those there any some all each every "
        "such also only than then so not no can could will would may might shall should must about into over "
        "under between during both either yet ever still now already longer known one who which"
    )
)
_ENDING = re.compile(r"(?:ational|ations?|ings?|ions?|ies|ied|ed|es|s|e|(?<![aeiou])y)$")
_SHORTEST = 3  # letters of a stem


@lru_cache(maxsize=2048)
def vocabulary(text: str) -> frozenset[str]:
    """The words of a text as printed, a word with a hyphen also in its parts."""
    found = WORD.findall(text)
    return frozenset((*found, *(part for word in found if not word.isalnum() for part in re.split(r"[’'./-]", word))))


@lru_cache(maxsize=2048)
def lowered(text: str) -> frozenset[str]:
    """The words of a text in lower case, a word with a hyphen also in its parts."""
    return frozenset(word.lower() for word in vocabulary(text))


@lru_cache(maxsize=2048)
def content(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning."""
    return frozenset(stem(word) for word in WORD.findall(text) if word.lower() not in _EMPTY)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word in lower case without its ending, roughly: "used", "use" and "using" have one."""
    bare = word.lower().removesuffix("'s")
    ending = _ENDING.search(bare, _SHORTEST)
    if ending is None:
        return bare
    cut = bare[: ending.start()]
    is_doubled = len(cut) > _SHORTEST and cut[-1] == cut[-2] and cut[-1] not in "aeiouls"
    return cut[:-1] if is_doubled else cut


def is_empty(word: str) -> bool:
    """Whether a word carries no meaning of its own."""
    return word.lower() in _EMPTY
