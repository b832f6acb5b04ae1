"""Other words, and other numbers, in a marked text: what is safe to change, and the change. Says nothing of where."""

import re

from tests.exam.editor import Editor
from tests.exam.model import plain
from tests.exam.words import ADJECTIVES, NOUNS

_KEPT = (
    "with from that this than into over upon then their there they have been were will would could should million "
    "billion thousand hundred dozen half third quarter three four five seven eight nine fifteen twenty never none "
    "without neither nobody nothing signed acceded ratified party used denied produced possesses stockpiled "
    "stopped ended began resumed closed opened ceased allowed forbidden banned permitted increased decreased rose fell "
    "doubled transferred "
    "killed injured wounded laid planted rejected accepted imported exported joined unable fewer least most more less "
    "last first second once twice both only also"
)
_PLAIN = re.compile(r"[a-z]{4,}")
NUMBER = re.compile(r"(?<![\w./,–-])\d(?:[\d,]*\d)?(?:\.\d+)?(?=(?:km²|km2|km|m²|mm|%)?(?:[\s;)⟦]|[,.](?:[\s⟦]|$)|$))")


def changeable(text: str) -> list[int]:
    """The places among a text's tokens of words that say nothing special."""
    tokens = text.split(" ")
    inside = False
    found = []
    for at, token in enumerate(tokens):
        inside = inside or "⟪" in token
        if not inside and _PLAIN.fullmatch(token) and token not in _KEPT.split():
            found.append(at)
        inside = inside and "⟫" not in token
    return found


def with_other_words(ed: Editor, text: str, count: int) -> str | None:
    """The text with so many of its words others."""
    tokens, free = text.split(" "), changeable(text)
    if len(free) < count:
        return None
    for at in ed.rng.sample(free, count):
        tokens[at] = ed.rng.choice([w for w in (*NOUNS, *ADJECTIVES) if w != tokens[at]])
    return " ".join(tokens)


def other_number(ed: Editor, number: str) -> str:
    """Another number, printed in the same way."""
    digits = [i for i, ch in enumerate(number) if ch.isdigit()]
    at = digits[0] if len(digits) > 1 and ed.rng.random() < 0.6 else digits[-1]
    choices = [d for d in "123456789" if d != number[at]]
    return number[:at] + ed.rng.choice(choices) + number[at + 1 :]


def size_of(text: str) -> int:
    """Words of a marked text."""
    return len(plain(text).split())
