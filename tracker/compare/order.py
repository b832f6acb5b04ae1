"""Order: which things kept their place and which were moved past others. Pure.

Lives here: the longest, then heaviest increasing subsequence, and the longest common subsequence of two lists of keys.
"""

from collections.abc import Hashable, Sequence
from zlib import crc32

from rapidfuzz.distance import Indel

MAX_LCS_CELLS = 64_000_000  # a bit each: 8 MB; above it only keys that stand once on each side are lined up


def in_order(old_places: Sequence[int], weights: Sequence[int]) -> list[bool]:
    """For each thing in its new order: whether it is one of those that kept their order.

    They are as many as can be, and of as many the heaviest; the others were moved past them, so that moves are
    fewest. old_places: where each stood before, all different. Time: n log n.
    """
    count = len(old_places)
    if all(old_places[k] < old_places[k + 1] for k in range(count - 1)):
        return [True] * count
    rank = {place: r + 1 for r, place in enumerate(sorted(old_places))}
    tree: list[tuple[int, int]] = [(0, -1)] * (count + 1)  # Fenwick tree of (best total, last index), for maxima
    came_from = [-1] * count
    one = 1 + sum(weights)  # one thing more outweighs any weight
    for k, place in enumerate(old_places):
        best, last = (0, -1)
        at = rank[place] - 1
        while at > 0:
            if tree[at][0] > best:
                best, last = tree[at]
            at -= at & -at
        came_from[k] = last
        total = (best + one + weights[k], k)
        at = rank[place]
        while at <= count:
            if tree[at][0] < total[0]:
                tree[at] = total
            at += at & -at
    best, last, at = 0, -1, count
    while at > 0:
        if tree[at][0] > best:
            best, last = tree[at]
        at -= at & -at
    kept = [False] * count
    while last >= 0:
        kept[last] = True
        last = came_from[last]
    return kept


def weight(old: str, new: str, size: int) -> int:
    """What a thing of so many letters on both sides weighs for `in_order`.

    Hardly any two weigh the same, whichever side is the old one: so the same things are moved on the way back.
    """
    tie = sum(crc32(text.encode(errors="surrogatepass")) for text in (old, new))
    return (1 + size << 40) + tie


def common(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """A longest common subsequence of two lists of keys, as pairs of indexes; near-linear where they are near-equal."""
    shorter = min(len(old), len(new))
    if old == new:
        return [(k, k) for k in range(shorter)]
    first = 0
    while first < shorter and old[first] == new[first]:
        first += 1
    tail = 0
    while tail < shorter - first and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    pairs = [(k, k) for k in range(first)]
    pairs += [(first + a, first + b) for a, b in _middle(old[first : len(old) - tail], new[first : len(new) - tail])]
    pairs += [(len(old) - tail + k, len(new) - tail + k) for k in range(tail)]
    return pairs


def _middle(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    if not old or not new:
        return []
    if len(old) * len(new) > MAX_LCS_CELLS:
        return _unique(old, new)
    codes: dict[Hashable, int] = {}
    told = [[codes.setdefault(key, len(codes)) for key in side] for side in (old, new)]
    pairs: list[tuple[int, int]] = []
    for op in Indel.opcodes(*told):
        if op.tag == "equal":
            pairs += [(op.src_start + k, op.dest_start + k) for k in range(op.src_end - op.src_start)]
    return pairs


def _unique(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Patience: keys that stand once on each side, those of them that kept their order."""
    places = [_once(side) for side in (old, new)]
    shared = [(places[0][key], j) for key, j in places[1].items() if key in places[0]]
    kept = in_order([i for i, _ in shared], [1] * len(shared))
    return [pair for pair, stays in zip(shared, kept, strict=True) if stays]


def _once(side: Sequence[Hashable]) -> dict[Hashable, int]:
    seen: dict[Hashable, int] = {}
    twice: set[Hashable] = set()
    for at, key in enumerate(side):
        if key in seen:
            twice.add(key)
        seen.setdefault(key, at)
    return {key: at for key, at in seen.items() if key not in twice}
