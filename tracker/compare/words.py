"""The redline of one pair of texts: which words went, which came. Pure.

Lives here: tokens, word spans. Not here: which texts are a pair (align.py), whether it matters (weigh.py).
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import Indel

from tracker.document.edit import Span

MAX_WORD_CELLS = 4_000_000  # tokens × tokens of one pair; above it sentences are compared, then words inside them
SCRAP = 3  # a kept word of at most so many letters between two changed runs is a scrap

# Letters, digits and the marks that belong to a letter before them: no word is cut at a combining mark.
_W = (
    "[\\w\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711"
    "\u0730-\u074a\u0900-\u0eff\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200d\u2060\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
_WORD = f"{_W}+(?:(?:['\u2019\u2010\u2011-]|(?<=\\d)[.,](?=\\d)){_W}+)*"
# A blank belongs to the word after it, so that blanks never make a match of their own.
_TOKEN = re.compile(f"\\s?(?:{_WORD}|[^\\w\\s])|\\s")
_SENTENCE = re.compile(r".+?(?:[.!?][\"'\u201d\u2019)]*(?=\s)|$)|\s+", re.DOTALL)
_ENDS_SENTENCE = (".", "!", "?", ".\u201d", '."', ":")


def tokens(text: str) -> list[str]:
    """The text as words (each with the blank before it) and single marks; joined they are the text."""
    return _TOKEN.findall(text)


@lru_cache(maxsize=1024)
def spans(old: str, new: str) -> tuple[Span, ...]:
    """What stayed (`=`), went (`-`) and came (`+`), in reading order; `-` before `+` where both stand at one place.

    '=' and '-' joined are exactly `old`, '=' and '+' exactly `new`. No span cuts a word or a number.
    """
    if old == new:
        return (("=", old),) if old else ()
    if not old or not new:
        return (("-", old),) if old else (("+", new),)
    before, after = tokens(old), tokens(new)
    hunks = _join_scraps(_slide(_hunks(before, after), before, after), before, after)
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
    return tuple(found)


Hunk = tuple[int, int, int, int]


def _hunks(before: Sequence[str], after: Sequence[str]) -> list[Hunk]:
    """Changed runs of tokens `(i, i_end, j, j_end)`, by an optimal longest common subsequence."""
    first = 0
    shorter = min(len(before), len(after))
    while first < shorter and before[first] == after[first]:
        first += 1
    tail = 0
    while tail < shorter - first and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    a, b = before[first : len(before) - tail], after[first : len(after) - tail]
    if len(a) * len(b) > MAX_WORD_CELLS:
        return [(first + i, first + ie, first + j, first + je) for i, ie, j, je in _by_sentence(a, b)]
    return [(first + i, first + ie, first + j, first + je) for i, ie, j, je in _optimal(a, b)]


def _optimal(a: Sequence[str], b: Sequence[str]) -> list[Hunk]:
    if not a or not b:
        return [(0, len(a), 0, len(b))] if a or b else []
    codes: dict[str, int] = {}
    told = [[codes.setdefault(token, len(codes)) for token in side] for side in (a, b)]
    found: list[Hunk] = []
    for op in Indel.opcodes(*told):
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
        held: list[str] = []
        for at, token in enumerate(side):
            held.append(token)
            if token.endswith((".", "!", "?")):
                groups.append("".join(held))
                begins.append(at + 1)
                held = []
        if held:
            groups.append("".join(held))
            begins.append(len(side))
        told.append(groups)
        starts.append(begins)
    if len(told[0]) * len(told[1]) > MAX_WORD_CELLS:
        return [(0, len(a), 0, len(b))]
    found: list[Hunk] = []
    for si, sie, sj, sje in _optimal(told[0], told[1]):
        i, ie, j, je = starts[0][si], starts[0][sie], starts[1][sj], starts[1][sje]
        if (ie - i) * (je - j) > MAX_WORD_CELLS // 4:
            found.append((i, ie, j, je))
        else:
            found += [(i + p, i + pe, j + q, j + qe) for p, pe, q, qe in _optimal(a[i:ie], b[j:je])]
    return found


def _slide(hunks: list[Hunk], before: Sequence[str], after: Sequence[str]) -> list[Hunk]:
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
    """How well a run of tokens ends and begins: 4 whole sentences, 2 whole phrases, 0 elsewhere."""
    before = side[start - 1] if start else "."
    last = side[end - 1]
    if before.endswith(_ENDS_SENTENCE) and last.endswith(_ENDS_SENTENCE):
        return 4
    if before.endswith((",", ";")) and last.endswith((",", ";")):
        return 2
    return 1 if last.endswith((".", ",", ";")) else 0


def _join_scraps(hunks: list[Hunk], before: Sequence[str], after: Sequence[str]) -> list[Hunk]:
    """Changed runs with only a scrap between them (a mark, a short word) read better as one."""
    found: list[Hunk] = []
    for hunk in hunks:
        if found:
            last = found[-1]
            between = before[last[1] : hunk[0]]
            replaces = last[1] > last[0] and last[3] > last[2] and hunk[1] > hunk[0] and hunk[3] > hunk[2]
            wide = (last[1] - last[0]) + (last[3] - last[2]) + (hunk[1] - hunk[0]) + (hunk[3] - hunk[2])
            if not between or (
                replaces and len(between) == 1 and len(between[0].strip()) <= SCRAP and wide >= 6
                and not any(ch.isdigit() for ch in between[0])
            ):  # fmt: skip
                found[-1] = (last[0], hunk[1], last[2], hunk[3])
                continue
        found.append(hunk)
    return found
