"""Blocks that were split or merged: a whole and the run of pieces that says the same. Pure.

Word for word first; then, around pairs of blocks that are alike, the free blocks beside them that say what is missing.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from tracker.compare.aligned import Aligned
from tracker.compare.nodes import Flat
from tracker.compare.similar import Budget, Words
from tracker.document.model import Prose, Section

JOINED, LIFT = 0.75, 0.08  # a neighbour belongs to a pair when it lifts the likeness so far and by so much
HELD, HELD_WORDS = 0.75, 4  # or so far, and so much of its words stand in what the pair leaves open
OPENING = 3  # words that a whole and its first piece share
MAX_STARTS = 64  # blocks that begin as a whole does, and are tried as its first piece
APART = 3  # pieces stand so many places apart at most


def free_blocks(flat: Flat, pairs: Sequence[int]) -> list[int]:
    """Blocks that are not paired."""
    nodes = flat.nodes[: flat.first_note]
    return [node.at for node in nodes if pairs[node.at] < 0 and not isinstance(node.item, Section)]


def free_prose(flat: Flat, pairs: Sequence[int], taken: set[int]) -> list[int]:
    """Paragraphs and list items that are neither paired nor taken."""
    nodes = flat.nodes
    return [k for k in free_blocks(flat, pairs) if isinstance(nodes[k].item, Prose) and k not in taken]


def taken(aligned: Aligned) -> tuple[set[int], set[int]]:
    """New and old blocks whose fate is known without a pair: pieces, and what another chapter has."""
    new = {j for pieces in aligned.splits.values() for j in pieces} | set(aligned.arrived)
    old = {i for pieces in aligned.merges.values() for i in pieces} | set(aligned.left)
    return new, old


# ---------------------------------------------------------------- splits and merges, exact


def pair_runs(aligned: Aligned) -> None:
    """A block that went and equals a run of blocks that came was split; the other way round, merged."""
    told: set[int] = set()
    found, all_tried = _runs(aligned.old, aligned.to_new, aligned.new, aligned.to_old, told)
    for whole, pieces in found:
        aligned.splits[whole] = pieces
        aligned.pair(whole, _largest(aligned.new, pieces))
        told.update(pieces)
    aligned.coarse |= not all_tried
    found, all_tried = _runs(aligned.new, aligned.to_old, aligned.old, aligned.to_new, told)
    for whole, pieces in found:
        aligned.merges[whole] = pieces
        aligned.pair(_largest(aligned.old, pieces), whole)
    aligned.coarse |= not all_tried


def _largest(flat: Flat, pieces: Sequence[int]) -> int:
    return max(pieces, key=lambda k: (len(flat.nodes[k].norm), -k))


def _runs(
    wholes: Flat, whole_pairs: Sequence[int], parts: Flat, part_pairs: Sequence[int], told: set[int]
) -> tuple[list[tuple[int, tuple[int, ...]]], bool]:
    """Wholes and the runs of parts that they equal; and whether all were tried. told: wholes that are told already."""
    free = free_prose(parts, part_pairs, set())
    if len(free) < 2:
        return [], True
    by_start: dict[str, list[int]] = {}
    for k in free:
        by_start.setdefault(" ".join(_opening(parts.nodes[k].norm)), []).append(k)
    found: list[tuple[int, tuple[int, ...]]] = []
    open_parts = set(free)
    all_tried = True
    for whole in free_prose(wholes, whole_pairs, told):
        text = wholes.nodes[whole].norm
        opening = _opening(text)
        # A part of one or two words is found under these alone.
        starts = sorted(k for n in range(len(opening)) for k in by_start.get(" ".join(opening[: n + 1]), ()))
        if len(starts) > MAX_STARTS:  # equal blocks begin alike by the thousand: those around its place are tried
            near = max(0, bisect_left(starts, whole) - MAX_STARTS // 2)
            starts, all_tried = starts[near : near + MAX_STARTS], False
        for first in starts:
            pieces = _consume(parts, open_parts, first, text)
            if pieces:
                found.append((whole, pieces))
                open_parts.difference_update(pieces)
                break
    return found, all_tried


def _opening(text: str) -> list[str]:
    return text.split(" ", OPENING)[:OPENING]


def _consume(parts: Flat, free: set[int], first: int, text: str) -> tuple[int, ...]:
    """The run of free blocks from `first` on whose texts joined by blanks are the text; () where there is none."""
    pieces: list[int] = []
    rest = text
    at = first
    while at in free and parts.nodes[at].parent == parts.nodes[first].parent:
        piece = parts.nodes[at].norm
        if not piece or not rest.startswith(piece):
            return ()
        pieces.append(at)
        if len(rest) == len(piece):
            return tuple(pieces) if len(pieces) > 1 else ()
        if rest[len(piece)] != " ":
            return ()
        rest = rest[len(piece) + 1 :]
        at += 1
    return ()


# ---------------------------------------------------------------- splits and merges with other words


def grow_runs(aligned: Aligned, words: Words, budget: Budget, seeds: Sequence[tuple[float, int, int]] = ()) -> None:
    """Find the pieces of what was split or merged with other words, around the pairs that are alike.

    seeds: (likeness, old, new) of what is no pair by itself; the third of a paragraph is less than half alike it.
    """
    old, new = aligned.old, aligned.new
    taken_new, taken_old = taken(aligned)
    free_new = set(free_prose(new, aligned.to_old, taken_new))
    free_old = set(free_prose(old, aligned.to_new, taken_old))

    def run(one: Flat, whole: int, other: Flat, free: set[int], start: int) -> tuple[int, ...]:
        text = one.nodes[whole].norm

        def likeness(pieces: Sequence[int]) -> float:
            joined = " ".join(other.nodes[k].norm for k in pieces)
            if not budget.spend(len(text) // 6, len(joined) // 6):
                aligned.coarse = True
                return 0.0
            return words.likeness(text, joined)

        return _grown(other, free, start, len(text.split()), likeness)

    if free_new:
        for i, j in enumerate(aligned.to_new):
            if j >= 0 and _may_grow(aligned, i, j):
                pieces = run(old, i, new, free_new, j)
                if len(pieces) > 1:
                    aligned.splits[i] = pieces
                    free_new.difference_update(pieces)
    if free_old:
        for j, i in enumerate(aligned.to_old):
            if i >= 0 and i not in aligned.splits and _may_grow(aligned, i, j):
                pieces = run(new, j, old, free_old, i)
                if len(pieces) > 1:
                    aligned.merges[j] = pieces
                    free_old.difference_update(pieces)
    for i, j in _best(seeds):
        if i not in free_old or j not in free_new:
            continue
        parts = run(old, i, new, free_new - {j}, j)
        wholes: tuple[int, ...] = (i,)
        if len(parts) > 1:
            aligned.splits[i] = parts
        elif len(wholes := run(new, j, old, free_old - {i}, i)) > 1:
            aligned.merges[j] = wholes
        else:
            continue
        aligned.pair(i, j)
        free_new.difference_update(parts)
        free_old.difference_update(wholes)
    _repair_pairs(aligned)


def _best(seeds: Sequence[tuple[float, int, int]]) -> list[tuple[int, int]]:
    """The seeds that are the most alike for one of their two sides, the most alike first."""
    best_old: dict[int, tuple[float, int, int, int]] = {}
    best_new: dict[int, tuple[float, int, int, int]] = {}
    for likeness, i, j in seeds:
        told = (-round(likeness, 2), abs(i - j), i, j)
        best_old[i] = min(best_old.get(i, told), told)
        best_new[j] = min(best_new.get(j, told), told)
    return [(i, j) for *_, i, j in sorted({*best_old.values(), *best_new.values()})]


def _may_grow(aligned: Aligned, i: int, j: int) -> bool:
    a, b = aligned.old.nodes[i], aligned.new.nodes[j]
    is_prose = isinstance(a.item, Prose) and isinstance(b.item, Prose)
    return is_prose and a.norm != b.norm and i not in aligned.splits and j not in aligned.merges


def _grown(
    flat: Flat, free: set[int], start: int, whole_words: int, likeness: Callable[[Sequence[int]], float]
) -> tuple[int, ...]:
    """The run around `start` that its free neighbours lift to be most like the other side.

    What was put between two pieces since, or moved there, does not part them; but then the words must tell.
    """
    pieces: tuple[int, ...] = (start,)
    accepted = pieces
    if not _around(flat, free, start, -1) and not _around(flat, free, start, +1):
        return accepted
    best = likeness(pieces)
    while True:
        tried: list[tuple[float, int, tuple[int, ...]]] = []
        for at in _around(flat, free, pieces[0], -1):
            tried.append((round(likeness((at, *pieces)), 4), at, (at, *pieces)))
        for at in _around(flat, free, pieces[-1], +1):
            tried.append((round(likeness((*pieces, at)), 4), at, (*pieces, at)))
        # A short piece between two long ones is found after them.
        for at in sorted(free.intersection(range(pieces[0] + 1, pieces[-1]))):
            tried.append((round(likeness(more := tuple(sorted((*pieces, at)))), 4), at, more))
        score, at, more = max(tried, default=(0.0, 0, pieces))
        is_next = pieces[0] - 1 <= at <= pieces[-1] + 1
        is_lifted = is_next and score >= best + LIFT
        if not is_lifted and not (score > best and _is_held(flat, at, pieces, best, score, whole_words)):
            return accepted
        # A run of three may rise to the cut only with its last piece: go on, but accept nothing yet.
        pieces, best = more, score
        if score >= JOINED:
            accepted = pieces


def _around(flat: Flat, free: set[int], at: int, step: int) -> list[int]:
    """The free blocks of the same section that stand right beside one, or a few blocks off."""
    found: list[int] = []
    for here in range(at + step, at + step * (1 + APART), step):
        if not 0 <= here < flat.first_note or flat.nodes[here].parent != flat.nodes[at].parent:
            break
        if here in free:
            found.append(here)
    return found


def _is_held(flat: Flat, added: int, pieces: Sequence[int], alone: float, joined: float, whole_words: int) -> bool:
    """Whether a short neighbour's words stand in what the pieces leave open of the whole."""
    here = sum(len(flat.nodes[k].norm.split()) for k in pieces)
    more = len(flat.nodes[added].norm.split())
    gained = round((joined * (whole_words + here + more) - alone * (whole_words + here)) / 2)
    return more >= HELD_WORDS and gained >= HELD * more


def _repair_pairs(aligned: Aligned) -> None:
    """Give the lineage of a split or merged block to its largest piece."""
    for i, pieces in aligned.splits.items():
        largest = _largest(aligned.new, pieces)
        if aligned.to_new[i] != largest and aligned.to_old[largest] < 0:
            aligned.to_old[aligned.to_new[i]] = -1
            aligned.pair(i, largest)
    for j, pieces in aligned.merges.items():
        largest = _largest(aligned.old, pieces)
        if aligned.to_old[j] != largest and aligned.to_new[largest] < 0:
            aligned.to_new[aligned.to_old[j]] = -1
            aligned.pair(largest, j)
