"""Likeness of texts: candidates and scores within a budget. Pure.

Lives here: how alike two texts are by their words, which pairs are worth a look, when to stop. Not here: what
counts as evidence for a pair (blocks.py, notes.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Indel

ALL_PAIRS = 2500  # so many pairs are all scored; above it only those that share rare words
RARE_WORDS, CANDIDATES = 24, 6  # a block is looked up by its rarest words, and scored against so many others
COMMON = 200  # a word that stands in more blocks than that tells them apart no longer
MAX_PAIRS = 2_000_000  # pairs of one chapter; above it the chapter is compared coarsely
LONG_CELLS = 1_000_000  # words × words; longer pairs are charged without their equal ends
VOTE_CELLS = 2_000  # looking up one block that shares a word takes as long as so many words × words
MAX_CELLS = 6_000_000_000  # words × words of one chapter's pairs: about a second of work


class Words:
    """Texts as strings of one character a word, so that their likeness is counted in C. One for each comparison."""

    def __init__(self) -> None:
        self._codes: dict[str, str] = {}
        self._known: dict[str, str] = {}

    def coded(self, norm: str) -> str:
        """The text in comparison form, a character a word."""
        found = self._known.get(norm)
        if found is None:
            codes = self._codes
            found = "".join(
                [codes.get(word) or codes.setdefault(word, _character(len(codes))) for word in norm.split()]
            )
            self._known[norm] = found
        return found

    def likeness(self, old: str, new: str, floor: float = 0.0) -> float:
        """Twice the words of a longest common subsequence over all words: 0..1; 0 where it is below the floor."""
        return Indel.normalized_similarity(self.coded(old), self.coded(new), score_cutoff=floor)


def _character(number: int) -> str:
    # Past the surrogates, which are no characters; a million words are enough for any page, later ones share one.
    return chr(min(number + 1 if number < 0xD7FF else number + 0x801, 0x10FFFF))


@dataclass(slots=True)
class Budget:
    """The work that may be spent on one chapter: counted, not timed, so that every machine says the same."""

    pairs: int = MAX_PAIRS
    cells: int = MAX_CELLS

    def spend(self, old_words: int, new_words: int) -> bool:
        """Take the cost of one pair; False where nothing is left for it."""
        self.pairs -= 1
        self.cells -= old_words * new_words
        return self.pairs >= 0 and self.cells >= 0

    def look_up(self, blocks: int) -> bool:
        """Take the cost of so many blocks looked up by a word; False where nothing is left for it."""
        self.cells -= blocks * VOTE_CELLS
        return self.cells >= 0


def scored(
    olds: Sequence[tuple[int, str]], news: Sequence[tuple[int, str]], words: Words, floor: float, budget: Budget
) -> tuple[list[tuple[float, int, int]], bool]:
    """`(likeness, old, new)` of the pairs that are at least as alike as the floor; and whether the budget held.

    olds, news: place and text in comparison form. Time: all pairs of few texts, near-linear for many.
    """
    found: list[tuple[float, int, int]] = []
    coded_new = [(j, words.coded(text)) for j, text in news]
    few = len(olds) * len(news) <= ALL_PAIRS
    index = _Index(coded_new if not few else ())
    for i, text in olds:
        a = words.coded(text)
        if not a:
            continue
        candidates, votes = (range(len(coded_new)), 0) if few else index.candidates(a)
        if not budget.look_up(votes):
            return found, False
        for k in candidates:
            j, b = coded_new[k]
            shorter, longer = (len(a), len(b)) if len(a) < len(b) else (len(b), len(a))
            if 2 * shorter < floor * (shorter + longer):
                continue
            if not budget.spend(*_unlike(a, b)):
                return found, False
            likeness = Indel.normalized_similarity(a, b, score_cutoff=floor)
            if likeness >= floor:
                found.append((likeness, i, j))
    return found, True


def _unlike(old: str, new: str) -> tuple[int, int]:
    """How many words of two texts are left to be compared once their equal beginning and end are off."""
    shorter = min(len(old), len(new))
    if len(old) * len(new) < LONG_CELLS:
        return len(old), len(new)
    first = _equal_run(shorter, lambda k: old[:k] == new[:k])
    last = _equal_run(shorter - first, lambda k: old[len(old) - k :] == new[len(new) - k :])
    return len(old) - first - last, len(new) - first - last


def _equal_run(most: int, is_equal: Callable[[int], bool]) -> int:
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_equal(middle) else (low, middle - 1)
    return low


class _Index:
    """Coded texts by their words, the rarest first."""

    def __init__(self, coded: Sequence[tuple[int, str]]) -> None:
        self._places: dict[str, list[int]] = {}
        for k, (_, text) in enumerate(coded):
            for word in dict.fromkeys(text):
                self._places.setdefault(word, []).append(k)
        self._rank = {word: (len(there), word) for word, there in self._places.items()}

    def candidates(self, text: str) -> tuple[Sequence[int], int]:
        """The few that share the most rare words, a rarer word counting more; and how many were looked up."""
        rank = self._rank
        votes: dict[int, int] = {}
        had = votes.get
        count = 0
        for many, word in sorted([rank[word] for word in dict.fromkeys(text) if word in rank])[:RARE_WORDS]:
            if many > COMMON:
                break
            worth = 1_000_000 // many
            count += many
            for k in self._places[word]:
                votes[k] = had(k, 0) + worth
        if len(votes) <= CANDIDATES:
            return sorted(votes), count
        least = sorted(votes.values())[-CANDIDATES]
        best = sorted([(-worth, k) for k, worth in votes.items() if worth >= least])
        return sorted([k for _, k in best[:CANDIDATES]]), count
