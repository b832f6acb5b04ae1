"""The redline of one pair of texts: which words went, which came. Pure.

Lives here: spans, and how words are aligned for them. Not here: what a word is (tokens.py), which texts are a pair
(align.py), whether it matters (weigh.py).

As few words as can be went or came; among such answers the one with the fewest hunks; each slid to the edges of a
sentence where it can be, and joined over scraps as far as that stays within SLACK of the fewest words.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from rapidfuzz.distance import Indel

from tracker.compare.tokens import tokens
from tracker.document.edit import Span

MAX_POINTS = 2_000  # pairs of equal words; up to so many the fewest hunks are looked for, at some 2 µs each
MAX_WORD_CELLS = 4_000_000  # words × words; above it sentences are compared, then the words of those that differ
MAX_SENTENCE_CELLS = 400_000_000  # 50 MB of bits; above it all between the first and the last difference is one hunk
SLACK = 0.02  # of the words that changed: so many more may be told as changed where that joins hunks
SCRAP_WORDS = 2  # a scrap between two hunks is so many words at most,
SCRAP_LETTERS = 5  # of so many letters each
REWRITTEN = 12  # words changed on both sides of a scrap, for each of its words, that make a rewritten phrase
_ENDS_SENTENCE = (".", "!", "?", ".\u201d", '."', ":")

Hunk = tuple[int, int, int, int]  # before[i:i_end] became after[j:j_end]; one of them may be empty


def spans(old: str, new: str) -> tuple[Span, ...]:
    """What stayed (`=`), went (`-`) and came (`+`), in reading order; `-` before `+` where both stand at one place.

    '=' and '-' joined are exactly `old`, '=' and '+' exactly `new`. No span cuts a word or a number.
    """
    if old == new:
        return (("=", old),) if old else ()
    if not old or not new:
        return (("-", old),) if old else (("+", new),)
    before, after = tokens(old), tokens(new)
    hunks = _joined(_slid(_hunks(before, after), before, after), before, after)
    return tuple(_told(hunks, before, after))


def _told(hunks: Sequence[Hunk], before: Sequence[str], after: Sequence[str]) -> list[Span]:
    """Hunks and what stands between them as spans; a blank before both what went and what came is kept."""
    found: list[Span] = []
    at = 0
    for i, i_end, j, j_end in hunks:
        gone, came = "".join(before[i:i_end]), "".join(after[j:j_end])
        kept = "".join(before[at:i])
        if gone and came and gone[0] == came[0] and gone[0].isspace():
            kept, gone, came = kept + gone[0], gone[1:], came[1:]
        found += [span for span in (("=", kept), ("-", gone), ("+", came)) if span[1]]
        at = i_end
    if at < len(before):
        found.append(("=", "".join(before[at:])))
    return found


# ---------------------------------------------------------------- which words are which


def _hunks(before: Sequence[str], after: Sequence[str]) -> list[Hunk]:
    """Changed runs of words, by an optimal longest common subsequence."""
    first = 0
    shorter = min(len(before), len(after))
    while first < shorter and before[first] == after[first]:
        first += 1
    tail = 0
    while tail < shorter - first and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    a, b = before[first : len(before) - tail], after[first : len(after) - tail]
    found = _by_sentence(a, b) if len(a) * len(b) > MAX_WORD_CELLS else _fewest(a, b)
    return [(first + i, first + ie, first + j, first + je) for i, ie, j, je in found]


def _fewest(a: Sequence[str], b: Sequence[str]) -> list[Hunk]:
    """The fewest changed words, then the fewest hunks, then the most letters kept.

    Source: Hunt and Szymanski 1977, over (words, hunks, letters) instead of words: for each pair of equal words the
    best answer that ends with it either goes on from the pair before it or opens a hunk after the best one that
    ends anywhere before. `bests` holds those worth going on from, by where they end in b (`ends`).
    """
    if not a or not b:
        return [(0, len(a), 0, len(b))] if a or b else []
    places: dict[str, list[int]] = {}
    for j in range(len(b) - 1, -1, -1):
        places.setdefault(b[j], []).append(j)
    met = [places.get(word, ()) for word in a]
    if sum(map(len, met)) > MAX_POINTS:
        return _optimal(a, b)
    nothing: _Answer = (0, -1, -1, None)
    ends, bests = [-1], [nothing]
    row: dict[int, _Answer] = {}
    for i, found in enumerate(met):
        above, row = row, {}
        worth = _WORD + min(len(a[i]), _LETTERS)
        for j in found:
            at = bisect_left(ends, j)
            last = bests[at - 1]
            value = last[0] - _HUNK
            goes_on = above.get(j - 1)
            if goes_on is not None and goes_on[0] >= value:
                value, last = goes_on[0], goes_on
            value += worth
            answer = row[j] = value, i, j, last
            beaten = at
            while beaten < len(ends) and bests[beaten][0] <= value:
                beaten += 1
            if value > bests[at - 1][0] and (beaten > at or at == len(ends) or ends[at] > j):
                ends[at:beaten], bests[at:beaten] = [j], [answer]
    return _between(bests[-1], len(a), len(b))


_Answer = tuple[int, int, int, "_Answer | None"]  # value, the last pair of words (i, j), the answer it goes on from
_LETTERS = 20  # of a kept word that count
_HUNK = 1 << 24  # more than the letters of all words that may be kept
_WORD = 1 << 40  # more than all hunks


def _between(answer: _Answer, a_words: int, b_words: int) -> list[Hunk]:
    """What stands between the kept words of an answer."""
    found: list[Hunk] = []
    i_end, j_end = a_words, b_words
    last: _Answer | None = answer
    while last is not None:
        _, i, j, last = last
        if i + 1 < i_end or j + 1 < j_end:
            found.append((i + 1, i_end, j + 1, j_end))
        i_end, j_end = i, j
    return found[::-1]


def _optimal(a: Sequence[str], b: Sequence[str]) -> list[Hunk]:
    """The fewest changed words, in as many hunks as it happens."""
    if not a or not b:
        return [(0, len(a), 0, len(b))] if a or b else []
    codes: dict[str, int] = {}
    coded = [[codes.setdefault(word, len(codes)) for word in side] for side in (a, b)]
    found: list[Hunk] = []
    for op in Indel.opcodes(*coded):
        i, ie, j, je = op.src_start, op.src_end, op.dest_start, op.dest_end
        if op.tag == "equal":
            continue
        if found and found[-1][1] == i and found[-1][3] == j:
            found[-1] = (found[-1][0], ie, found[-1][2], je)
        else:
            found.append((i, ie, j, je))
    return found


def _by_sentence(a: Sequence[str], b: Sequence[str]) -> list[Hunk]:
    """For texts too long for words: sentences first, then words inside what is left where it is short enough."""
    told: list[list[str]] = []
    starts: list[list[int]] = []
    for side in (a, b):
        groups: list[str] = []
        begins = [0]
        for at, word in enumerate(side, start=1):
            if at == len(side) or word.endswith((".", "!", "?")):
                groups.append("".join(side[begins[-1] : at]))
                begins.append(at)
        told.append(groups)
        starts.append(begins)
    if len(told[0]) * len(told[1]) > MAX_SENTENCE_CELLS:
        return [(0, len(a), 0, len(b))]
    found: list[Hunk] = []
    for si, sie, sj, sje in _optimal(told[0], told[1]):
        i, ie, j, je = starts[0][si], starts[0][sie], starts[1][sj], starts[1][sje]
        if (ie - i) * (je - j) > MAX_WORD_CELLS // 4:
            found.append((i, ie, j, je))
        else:
            found += [(i + p, i + pe, j + q, j + qe) for p, pe, q, qe in _optimal(a[i:ie], b[j:je])]
    return found


# ---------------------------------------------------------------- how a person would mark it


def _slid(hunks: list[Hunk], before: Sequence[str], after: Sequence[str]) -> list[Hunk]:
    """Runs that only went or only came, shifted to where a reader would see them: whole sentences, then phrases."""
    found: list[Hunk] = []
    for k, (i, ie, j, je) in enumerate(hunks):
        if (i == ie) == (j == je):
            found.append((i, ie, j, je))
            continue
        side, start, end = (after, j, je) if i == ie else (before, i, ie)
        lowest = (found[-1][3] if i == ie else found[-1][1]) if found else 0
        following = hunks[k + 1] if k + 1 < len(hunks) else None
        highest = (following[2] if i == ie else following[0]) if following else len(side)
        best, best_score = 0, _edge(side, start, end)
        back = 0
        while start - back > lowest and side[start - back - 1] == side[end - back - 1]:
            back += 1
            score = _edge(side, start - back, end - back)
            if score > best_score:
                best, best_score = -back, score
        ahead = 0
        while end + ahead < highest and side[start + ahead] == side[end + ahead]:
            ahead += 1
            score = _edge(side, start + ahead, end + ahead)
            if score > best_score:
                best, best_score = ahead, score
        found.append((i + best, ie + best, j + best, je + best))
    return found


def _edge(side: Sequence[str], start: int, end: int) -> int:
    """How well a run of words ends and begins: 4 whole sentences, 2 whole phrases, 0 elsewhere."""
    before = side[start - 1] if start else "."
    last = side[end - 1]
    if before.endswith(_ENDS_SENTENCE) and last.endswith(_ENDS_SENTENCE):
        return 4
    if before.endswith((",", ";")) and last.endswith((",", ";")):
        return 2
    return 1 if last.endswith((".", ",", ";")) else 0


def _joined(hunks: list[Hunk], before: Sequence[str], after: Sequence[str]) -> list[Hunk]:
    """Hunks with only a scrap between them read better as one: the shortest scraps first, as far as SLACK goes.

    One scrap inside a phrase that was rewritten is joined over where there is no slack at all (a short text).
    """
    between = [before[left[1] : right[0]] for left, right in pairwise(hunks)]
    scraps = [(len(words), k) for k, words in enumerate(between) if _is_scrap(words)]
    if not scraps:
        return hunks
    slack = SLACK * sum(map(_changed, hunks))
    joins: set[int] = set()
    for words, k in sorted(scraps):
        over = 2 * SCRAP_WORDS if _rewritten(hunks[k], hunks[k + 1]) >= REWRITTEN * words else 0
        if 2 * words <= slack + over:
            slack -= 2 * words
            joins.add(k)
    found: list[Hunk] = []
    for k, hunk in enumerate(hunks):
        if k - 1 in joins:
            found[-1] = (found[-1][0], hunk[1], found[-1][2], hunk[3])
        else:
            found.append(hunk)
    return found


def _is_scrap(words: Sequence[str]) -> bool:
    """Whether kept words between two hunks are too few and short to hold on to; a number or a bracket never is."""
    if len(words) > SCRAP_WORDS:
        return False
    return all(len(w) <= SCRAP_LETTERS + 1 and not w[-1].isdigit() and w[-1] not in "()[]{}" for w in words)


def _rewritten(left: Hunk, right: Hunk) -> int:
    """How many words two neighbours changed, where one of them put words in the place of others."""
    replaced = any(i_end > i and j_end > j for i, i_end, j, j_end in (left, right))
    return _changed(left) + _changed(right) if replaced else 0


def _changed(hunk: Hunk) -> int:
    i, i_end, j, j_end = hunk
    return i_end - i + j_end - j
