"""Invented prose: every sentence is made here of our own words, by a seed.

No publisher's sentence stands here. Places, people and treaties are invented or stand in novels long out of copyright.
"""

import random
import re
from collections.abc import Callable

from rapidfuzz.distance import Indel

from tests.exam.words import (
    ACTORS,
    ADJECTIVES,
    COUNTRIES,
    CURRENCIES,
    GOODS,
    MONTHS,
    NOUNS,
    OPENERS,
    PEOPLE,
    REGIONS,
    REPORTERS,
    RTL,
    TAILS,
    TEMPLATES,
    THINGS,
    TOWNS,
    TREATIES,
    UNITS,
)

_SLOT = re.compile(r"\{(\w+?)(2?)\}")
_ANY: dict[str, Callable[[random.Random], object]] = {
    "country": lambda rng: rng.choice(COUNTRIES),
    "town": lambda rng: rng.choice(TOWNS),
    "actor": lambda rng: rng.choice(ACTORS),
    "person": lambda rng: rng.choice(PEOPLE),
    "month": lambda rng: rng.choice(MONTHS),
    "year": lambda rng: rng.randrange(1994, 2024),
    "adj": lambda rng: rng.choice(ADJECTIVES),
    "region": lambda rng: rng.choice(REGIONS),
    "treaty": lambda rng: rng.choice(TREATIES),
    "things": lambda rng: rng.choice(THINGS),
    "goods": lambda rng: rng.choice(GOODS),
    "noun": lambda rng: rng.choice(NOUNS),
    "unit": lambda rng: rng.choice(UNITS),
    "letter": lambda rng: rng.choice("ABCDEFGHJ"),
    "n": lambda rng: number(rng),
    "few": lambda rng: rng.randrange(3, 60),
    "pct": lambda rng: rng.randrange(12, 97),
    "money": lambda rng: money(rng),
    "date": lambda rng: date(rng),
}


def fill(rng: random.Random, template: str) -> str:
    """The template with each of its slots filled, `{town}` and `{town2}` otherwise; `{Town}` begins a sentence."""
    told: dict[str, str] = {}

    def filled(slot: re.Match[str]) -> str:
        name = slot[1].lower()
        if slot[0] not in told:
            given = {v for k, v in told.items() if k.lower().startswith("{" + name)}
            for _ in range(9):
                word = str(_ANY[name](rng))
                if word not in given:
                    break
            told[slot[0]] = word
        word = told[slot[0]]
        return word[0].upper() + word[1:] if slot[1] != name else word

    return _SLOT.sub(filled, template)


def number(rng: random.Random) -> str:
    """A number as such pages print it."""
    return rng.choice(
        (
            f"{rng.randrange(101, 999)}",
            f"{rng.randrange(1, 98)},{rng.randrange(100, 999)}",
            f"{rng.randrange(2, 90)}.{rng.randrange(11, 99)}",
        )
    )


def money(rng: random.Random) -> str:
    """A sum of money as such pages print it."""
    return rng.choice(CURRENCIES) + rng.choice(
        (f"{rng.randrange(2, 99)}.{rng.randrange(1, 9)} million", f"{rng.randrange(2, 990)},{rng.randrange(100, 999)}")
    )


def date(rng: random.Random) -> str:
    """A date in words."""
    return f"{rng.randrange(1, 29)} {rng.choice(MONTHS)} {rng.randrange(1998, 2024)}"


class Prose:
    """Sentences and paragraphs by a seed; a paragraph is never much like one given out before."""

    def __init__(self, rng: random.Random, *, rtl: bool = False) -> None:
        self._rng = rng
        self._deck: list[str] = []
        self._given: list[list[str]] = []
        self._sentences: dict[str, list[list[str]]] = {template: [] for template in TEMPLATES}
        self._rtl = rtl

    def knows(self, text: str) -> None:
        """Keep what is given out from being like this text."""
        self._given.append(text.split())

    def sentence(self) -> str:
        """A sentence."""
        if not self._deck:
            self._deck = list(TEMPLATES)
            self._rng.shuffle(self._deck)
        template = self._deck.pop()
        told = ""
        for _ in range(12):
            told = fill(self._rng, self._dressed(template))
            words = told.split()
            if all(likeness(words, given) < 0.5 for given in self._sentences[template]):
                break
        self._sentences[template].append(told.split())
        if self._rtl and self._rng.random() < 0.3:
            told = told.replace(" and ", f" ({self._rng.choice(RTL)}) and ", 1)
        return told

    def _dressed(self, template: str) -> str:
        """The template with something put before or behind; with the more, the oftener it was used."""
        rng = self._rng
        used = len(self._sentences[template])
        before = used >= 1 or rng.random() < 0.2
        behind = used if used > 1 else int(used == 1 or rng.random() < 0.4)
        if template.endswith("."):
            template = template[:-1] + "".join(rng.sample(TAILS, min(behind, 3))) + "."
        if before:
            first = template[0] if template[0] == "{" else template[0].lower()
            template = rng.choice(OPENERS) + first + template[1:]
        return template

    def paragraph(self, words: int) -> str:
        """A paragraph of about so many words, of whole sentences."""
        for _ in range(60):
            told = self.sentence()
            while len(told.split()) < words:
                told += " " + self.sentence()
            if self.is_new(told):
                break
        self._given.append(told.split())
        return told

    def is_new(self, text: str, most: float = 0.4) -> bool:
        """Whether nothing that was given out is much like the text."""
        words = text.split()
        return all(
            Indel.normalized_similarity(words, given, score_cutoff=most) < most
            for given in self._given
            if 2 * min(len(words), len(given)) >= most * (len(words) + len(given))
        )

    def note(self) -> str:
        """A note's text, unlike all before."""
        for _ in range(60):
            told = fill(self._rng, self._rng.choice(REPORTERS))
            if self.is_new(told, 0.55):
                break
        self.knows(told)
        return told[0].upper() + told[1:]

    def title(self, words: int = 2) -> str:
        """A heading in no list."""
        rng = self._rng
        first = rng.choice((rng.choice(ADJECTIVES), rng.choice(NOUNS), rng.choice(THINGS).split(" ")[0])).capitalize()
        rest = rng.sample(NOUNS, max(words - 1, 1))
        return rng.choice(
            (f"{first} {' and '.join(rest)}", f"{first} {rest[0]} of {rng.choice(TOWNS)}", f"{first} {rest[0]}")
        )


def likeness(one: list[str], other: list[str]) -> float:
    """How much two runs of words are alike, 0..1: the longest common subsequence."""
    return Indel.normalized_similarity(one, other)


_DATE = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})\b")
_SENTENCE = re.compile(r"(?<=[.!?”])((?:⟦[^⟧]+⟧)*) (?=[A-ZÀ-Þ“(])")


def sentences(text: str) -> list[str]:
    """The sentences of a marked text; joined by blanks they give it."""
    parts: list[str] = []
    at = 0
    for gap in _SENTENCE.finditer(text):
        before = text[at : gap.start()]
        # "Dr. Quinnox" and "p. 12" end no sentence.
        if re.search(r"(?:\b[A-Z]|\bDr|\bSir|\bMme|\bNo|\bAmb|\bed|\bpp?)\.$", before) or len(before.split()) < 4:
            continue
        parts.append(text[at : gap.end() - 1])
        at = gap.end()
    return [*parts, text[at:]]
