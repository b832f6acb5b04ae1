"""The cheapest script from one list of paragraphs to another, by trying them all: the slow oracle of the aligner.

What a script costs: a word that went or came costs 1, each edit EDIT more, a move EDIT. So a paragraph that was moved
costs EDIT (twice, where words changed too), one gone and come again all its words twice. A pair may be told as one
only where half of the words agree, a run of neighbours as split or merged only where three quarters do, and of each
piece too: cheaper scripts that call strangers one are none that a reader would want. Which words of a pair are shown
as gone and come is the redline's matter (words.py), so a pair costs what a longest common subsequence leaves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from tracker.document.edit import Comparison

EDIT = 1.0
ALIKE, JOINED = 0.5, 0.75  # the aligner's own cuts (compare/blocks.py)
MAX_PIECES = 3


def script_cost(found: Comparison) -> float:
    """What the edits of a comparison of paragraphs cost."""
    cost = 0.0
    for edit in found.edits:
        old, new = tuple(edit.old.split()), tuple(edit.new.split())
        changed = len(old) + len(new) - 2 * _kept(old, new)
        cost += changed + (2 * EDIT if edit.kind == "moved" and changed else EDIT)
    return cost


@dataclass(frozen=True)
class Group:
    """Paragraphs `old` that became paragraphs `new`: one and one, one and a run, or a run and one."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    cost: float


def cheapest(old: Sequence[str], new: Sequence[str]) -> float:
    """The cost of the cheapest script. Time: exponential; for at most eight paragraphs on each side."""
    gone, came = ([EDIT + len(text.split()) for text in side] for side in (old, new))
    by_first: dict[int, list[Group]] = {i: [] for i in range(len(old))}
    for group in _groups(old, new):
        by_first[group.old[0]].append(group)
    # What a paragraph costs at least, wherever it goes: a bound under which no branch can end.
    least = [min([gone[i], *(g.cost / len(g.old) for g in _all(by_first) if i in g.old)]) for i in range(len(old))]
    best = sum(gone) + sum(came)

    def walk(i: int, taken: frozenset[int], chosen: tuple[Group, ...], cost: float) -> None:
        nonlocal best
        if cost + sum(least[i:]) >= best:
            return
        if i == len(old):
            whole = cost + sum(came[j] for j in range(len(new)) if j not in taken) + EDIT * _moved(chosen)
            best = min(best, whole)
            return
        for group in by_first[i]:
            if taken.isdisjoint(group.new):
                walk(i + len(group.old), taken | set(group.new), (*chosen, group), cost + group.cost)
        walk(i + 1, taken, chosen, cost + gone[i])

    walk(0, frozenset(), (), 0.0)
    return best


def _all(by_first: dict[int, list[Group]]) -> Iterator[Group]:
    for groups in by_first.values():
        yield from groups


def _groups(old: Sequence[str], new: Sequence[str]) -> Iterator[Group]:
    """Every way in which one or several neighbours can have become one or several."""
    for i in range(len(old)):
        for j in range(len(new)):
            shapes = [(1, 1)] + [(k, 1) for k in range(2, MAX_PIECES + 1)] + [(1, k) for k in range(2, MAX_PIECES + 1)]
            for olds, news in shapes:
                if i + olds > len(old) or j + news > len(new):
                    continue
                was, now = " ".join(old[i : i + olds]).split(), " ".join(new[j : j + news]).split()
                kept = _kept(tuple(was), tuple(now))
                alike = 2 * kept / (len(was) + len(now))
                if alike < (ALIKE if olds == news == 1 else JOINED):
                    continue
                whole, pieces = (was, new[j : j + news]) if olds == 1 else (now, old[i : i + olds])
                if len(pieces) > 1 and not _all_held(tuple(whole), pieces, kept):
                    continue
                changed = len(was) + len(now) - 2 * kept
                cost = changed + (EDIT if changed or (olds, news) != (1, 1) else 0.0)
                yield Group(tuple(range(i, i + olds)), tuple(range(j, j + news)), cost)


def _all_held(whole: tuple[str, ...], pieces: Sequence[str], kept: int) -> bool:
    """Whether each piece holds, beside the others, three quarters of its words of the whole."""
    for k, piece in enumerate(pieces):
        rest = " ".join((*pieces[:k], *pieces[k + 1 :])).split()
        if kept - _kept(whole, tuple(rest)) < JOINED * len(piece.split()):
            return False
    return True


@cache
def _kept(old: tuple[str, ...], new: tuple[str, ...]) -> int:
    """The words of a longest common subsequence."""
    row = [0] * (len(new) + 1)
    for word in old:
        above = 0
        for j, other in enumerate(new):
            above, row[j + 1] = row[j + 1], above + 1 if word == other else max(row[j], row[j + 1])
    return row[-1]


def _moved(chosen: Sequence[Group]) -> int:
    """How many of the groups must be called moved, so that the others kept their order."""
    order = [g.new[0] for g in chosen]
    longest = [0] * len(order)
    for k, place in enumerate(order):
        longest[k] = 1 + max((longest[m] for m in range(k) if order[m] < place), default=0)
    return len(order) - max(longest, default=0)
