"""Which sentences of two texts differ, and which became which. Pure.

Not here: what they say (values.py, moments.py, standing.py, denials.py, names.py), how much it weighs (weigh.py).
"""

import re
from collections.abc import Callable, Sequence

from tracker.compare.moments import is_month
from tracker.compare.vocabulary import content
from tracker.document.canonical import norm

SAME_SENTENCE = 0.34  # of so many equal words one sentence is the other, reworded (Dice)
ENDLESS = 4000  # characters of a sentence that is looked at only near its difference
AROUND = 1000  # characters on either side of it
IS_PART = 0.75  # of its words stand in the sentence that a sentence became a part of
FEW_WORDS = 2  # of a sentence that is looked for in others
MAX_PAIRS = 400  # pairs of changed sentences; above it all that went is taken for what all that came was

Pair = tuple[int, int]

_END = re.compile(r"[.!?][\"')]*(\s)\s*|(\s)\|\s")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Z]|[pnv]|pp|vol|eds?|Dr|Mrs?|Ms|St|No|Amb|Gen|Col|Sen|Rep|Prof|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)"
    r"|(?P<day>\b\d\d?))\.$"
)
_WORD = re.compile(r"[^\W\d_]+")


def sentences(text: str) -> list[str]:
    """The sentences of a text, in comparison form; the lines of a section, the cells of a row."""
    if "\n" not in text:
        return _split(norm(text))
    return [sentence for line in text.split("\n") for sentence in _split(norm(line))]


def _split(line: str) -> list[str]:
    found: list[str] = []
    at = 0
    for end in _END.finditer(line):
        if end[2] is not None:
            found.append(line[at : end.start()])
        else:
            if line[end.end() : end.end() + 1].islower() or _is_inside(line, at, end):
                continue
            found.append(line[at : end.start(1)])
        at = end.end()
    return [*found, line[at:]]


def _is_inside(line: str, start: int, end: re.Match[str]) -> bool:
    """Whether a full stop ends no sentence: an abbreviation, a label, `3. Mai`. start: of the sentence."""
    found = _ABBREVIATED.search(line, max(start, end.start() - 6), end.start() + 1)
    if found is None or found["day"] is None:
        return found is not None
    following = _WORD.match(line, end.end())
    return found.start() == start or (following is not None and is_month(following[0]))


def changed_sentences(old: str, new: str) -> tuple[list[str], list[str]]:
    """The sentences that only one of two texts has; of two endless ones what is around their difference."""
    told = sentences(old), sentences(new)
    old_ones, new_ones = set(told[0]), set(told[1])
    gone, came = [s for s in told[0] if s and s not in new_ones], [s for s in told[1] if s and s not in old_ones]
    if len(gone) == len(came) == 1 and min(len(gone[0]), len(came[0])) > ENDLESS:
        return _narrowed(gone[0], came[0])
    return gone, came


def _narrowed(old: str, new: str) -> tuple[list[str], list[str]]:
    start = _common(lambda size: old[:size] == new[:size], min(len(old), len(new)))
    end = _common(lambda size: old[-size:] == new[-size:], min(len(old), len(new)) - start)
    first = old.rfind(" ", 0, max(0, start - AROUND)) + 1
    last = next((at for at in range(max(0, end - AROUND), 0, -1) if old[-at] == " "), 0)
    return [old[first : len(old) - last]], [new[first : len(new) - last]]


def _common(is_equal: Callable[[int], bool], most: int) -> int:
    """The greatest size up to `most` at which two texts are equal."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if is_equal(middle) else (least, middle - 1)
    return least


def paired(gone: Sequence[str], came: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Which changed sentence became which, and those that only went or came."""
    if not gone or not came:
        return [], [*gone, *came]
    if len(gone) * len(came) > MAX_PAIRS:
        return [(" ".join(gone), " ".join(came))], []
    said = [[content(s) for s in side] for side in (gone, came)]
    found = sorted((-_alike(a, b), abs(i - j), i, j) for i, a in enumerate(said[0]) for j, b in enumerate(said[1]))
    there: dict[int, int] = {}
    taken: set[int] = set()
    for score, _, i, j in found:
        if -score >= SAME_SENTENCE and i not in there and j not in taken:
            there[i] = j
            taken.add(j)
    pairs = {(i, j): [[gone[i]], [came[j]]] for i, j in sorted(there.items())}
    lone: list[str] = []
    for side, changed, done in ((0, gone, there.keys()), (1, came, taken)):
        for at, sentence in enumerate(changed):
            if at not in done:
                holder = _holder(said[side][at], {pair: said[1 - side][pair[1 - side]] for pair in pairs})
                (pairs[holder][side] if holder else lone).append(sentence)
    return [("; ".join(old), "; ".join(new)) for old, new in pairs.values()], lone


def _holder(said: frozenset[str], held: dict[Pair, frozenset[str]]) -> Pair | None:
    """The pair whose other sentence says nearly all that this one says: they were one sentence, or are one now."""
    if len(said) < FEW_WORDS:
        return None
    best = max(held, key=lambda pair: (len(said & held[pair]), pair), default=None)
    return best if best is not None and len(said & held[best]) >= IS_PART * len(said) else None


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    """How many of their words two sentences share, 0..1; sentences without words are alike."""
    return round(2 * len(a & b) / (len(a) + len(b)), 3) if a or b else 1.0
