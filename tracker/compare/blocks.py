"""Which block is which, inside two chapters that are one. Pure.

Exact first: the same words in the same section, then anywhere in the chapter; then a block that equals a run of
blocks (split, merged); then alike ones, by evidence; then splits and merges with other words in them.
"""

from collections.abc import Callable, Sequence

from tracker.compare import tables
from tracker.compare.aligned import Aligned
from tracker.compare.nodes import Flat, Node
from tracker.compare.order import common
from tracker.compare.similar import Budget, Words, scored
from tracker.document.model import Prose, Section, Table

ALONE = 0.5  # so alike two blocks are one without more evidence
FLOOR = 0.35  # so alike they are one with two of: same opening, same section, same neighbours, a shared note
OPENING = 5  # words
ROUNDS = 8  # how often weak pairs are looked at again
TABLE_FLOOR = 0.5
TABLE_PAIRS = 40  # two tables cost so many pairs of paragraphs
TABLE_CELLS = 4  # and their cells as much as one looked up by a word for each of so many
CAPTIONS_ALIKE, CELLS_ALIKE = 0.6, 0.5  # so alike captions, or so many equal cells, make tables of equal keys one
JOINED, LIFT = 0.75, 0.08  # a neighbour belongs to a pair when it lifts the likeness so far and by so much
HELD, HELD_WORDS = 0.75, 4  # or so far, and so much of its words stand in what the pair leaves open


def pair_exact(aligned: Aligned) -> None:
    """Pair blocks of equal words: in the same section in order, then anywhere in the chapter in order."""
    old, new = aligned.old, aligned.new
    here = _by_parent(new)
    for parent, olds in _by_parent(old).items():
        there = aligned.to_new[parent] if parent >= 0 else -1
        if parent >= 0 and there < 0:
            continue
        news = here.get(there, [])
        pairs = common([_key(old.nodes[i]) for i in olds], [_key(new.nodes[j]) for j in news])
        for a, b in pairs:
            aligned.pair(olds[a], news[b])
    free: dict[tuple[str, str], list[int]] = {}
    for j in reversed(free_blocks(new, aligned.to_old)):
        free.setdefault(_key(new.nodes[j]), []).append(j)
    for i in free_blocks(old, aligned.to_new):
        places = free.get(_key(old.nodes[i]))
        if places:
            aligned.pair(i, places.pop())


def _key(node: Node) -> tuple[str, str]:
    return ("t" if isinstance(node.item, Table) else "p", node.norm)


def _by_parent(flat: Flat) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for node in flat.nodes[: flat.first_note]:
        if not isinstance(node.item, Section):
            found.setdefault(node.parent, []).append(node.at)
    return found


def free_blocks(flat: Flat, pairs: Sequence[int]) -> list[int]:
    """Blocks that are not paired."""
    nodes = flat.nodes[: flat.first_note]
    return [node.at for node in nodes if pairs[node.at] < 0 and not isinstance(node.item, Section)]


def _free_prose(flat: Flat, pairs: Sequence[int], taken: set[int]) -> list[int]:
    nodes = flat.nodes
    return [k for k in free_blocks(flat, pairs) if isinstance(nodes[k].item, Prose) and k not in taken]


# ---------------------------------------------------------------- splits and merges, exact


def pair_runs(aligned: Aligned) -> None:
    """A block that went and equals a run of blocks that came was split; the other way round, merged."""
    for whole, pieces in _runs(aligned.old, aligned.to_new, aligned.new, aligned.to_old):
        aligned.splits[whole] = pieces
        aligned.pair(whole, _largest(aligned.new, pieces))
    taken = {j for pieces in aligned.splits.values() for j in pieces}
    for whole, pieces in _runs(aligned.new, aligned.to_old, aligned.old, aligned.to_new, taken):
        aligned.merges[whole] = pieces
        aligned.pair(_largest(aligned.old, pieces), whole)


def _largest(flat: Flat, pieces: Sequence[int]) -> int:
    return max(pieces, key=lambda k: (len(flat.nodes[k].norm), -k))


def _runs(
    wholes: Flat, whole_pairs: Sequence[int], parts: Flat, part_pairs: Sequence[int], taken: set[int] | None = None
) -> list[tuple[int, tuple[int, ...]]]:
    taken = set(taken or ())
    free = _free_prose(parts, part_pairs, taken)
    if len(free) < 2:
        return []
    by_word: dict[str, list[int]] = {}
    for k in free:
        by_word.setdefault(parts.nodes[k].norm.split(" ", 1)[0], []).append(k)
    found: list[tuple[int, tuple[int, ...]]] = []
    open_parts = set(free)
    for whole in _free_prose(wholes, whole_pairs, taken if wholes is parts else set()):
        text = wholes.nodes[whole].norm
        for first in by_word.get(text.split(" ", 1)[0], ()):
            pieces = _consume(parts, open_parts, first, text)
            if pieces:
                found.append((whole, pieces))
                open_parts.difference_update(pieces)
                break
    return found


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


# ---------------------------------------------------------------- alike


def pair_alike(aligned: Aligned, words: Words, budget: Budget) -> None:
    """Pair blocks that are alike, by evidence; then splits and merges that carry other words."""
    _pair_tables(aligned, words, budget)
    old, new = aligned.old, aligned.new
    pieces_new, pieces_old = _taken(aligned)
    olds = [(i, old.nodes[i].norm) for i in _free_prose(old, aligned.to_new, pieces_old)]
    news = [(j, new.nodes[j].norm) for j in _free_prose(new, aligned.to_old, pieces_new)]
    if olds and news:
        found, held = scored(olds, news, words, FLOOR, budget)
        aligned.coarse |= not held
        strong = [s for s in found if s[0] >= ALONE]
        _greedy(aligned, strong)
        weak = [s for s in found if s[0] < ALONE and aligned.to_new[s[1]] < 0 and aligned.to_old[s[2]] < 0]
        # What was just paired stands beside what is left: its evidence counts, so weak pairs are looked at again.
        for _ in range(ROUNDS):
            if not _greedy(aligned, [s for s in weak if _evidence(aligned, s[1], s[2]) >= 2]):
                break
            weak = [s for s in weak if aligned.to_new[s[1]] < 0 and aligned.to_old[s[2]] < 0]
    _grow_runs(aligned, words, budget)


def _taken(aligned: Aligned) -> tuple[set[int], set[int]]:
    """New and old blocks whose fate is known without a pair: pieces, and what another chapter has."""
    new = {j for pieces in aligned.splits.values() for j in pieces} | set(aligned.arrived)
    old = {i for pieces in aligned.merges.values() for i in pieces} | set(aligned.left)
    return new, old


def _greedy(aligned: Aligned, found: Sequence[tuple[float, int, int]]) -> int:
    """Pair the most alike first; among equals by neighbours, then by distance, then by place. How many were paired."""
    ranked = sorted((-round(s, 2), -_evidence(aligned, i, j), abs(i - j), i, j) for s, i, j in found)
    count = 0
    for _, _, _, i, j in ranked:
        if aligned.to_new[i] < 0 and aligned.to_old[j] < 0:
            aligned.pair(i, j)
            count += 1
    return count


def _evidence(aligned: Aligned, i: int, j: int) -> int:
    """How many things speak for a pair besides its words."""
    a, b = aligned.old.nodes[i], aligned.new.nodes[j]
    same_opening = a.norm.split(" ", OPENING)[:OPENING] == b.norm.split(" ", OPENING)[:OPENING]
    return same_opening + _same_section(aligned, a, b) + _same_neighbours(aligned, i, j) + _shared_note(aligned, a, b)


def _same_section(aligned: Aligned, a: Node, b: Node) -> bool:
    return b.parent == (aligned.to_new[a.parent] if a.parent >= 0 else -1)


def _same_neighbours(aligned: Aligned, i: int, j: int) -> bool:
    last_old, last_new = aligned.old.first_note, aligned.new.first_note
    before = i == 0 and j == 0 if i == 0 or j == 0 else aligned.to_new[i - 1] == j - 1
    at_ends = i + 1 >= last_old or j + 1 >= last_new
    after = i + 1 >= last_old and j + 1 >= last_new if at_ends else aligned.to_new[i + 1] == j + 1
    return before and after


def _shared_note(aligned: Aligned, a: Node, b: Node) -> bool:
    if not isinstance(a.item, Prose) or not isinstance(b.item, Prose) or not a.item.text.refs or not b.item.text.refs:
        return False
    told = [
        {flat.nodes[flat.note_at[ref.label]].norm for ref in item.text.refs if ref.label in flat.note_at}
        for flat, item in ((aligned.old, a.item), (aligned.new, b.item))
    ]
    return not told[0].isdisjoint(told[1])


def _pair_tables(aligned: Aligned, words: Words, budget: Budget) -> None:
    """Pair tables that say the same of themselves: their keys alone make two tables one only where they stand."""
    olds = [(i, tables.Said(t)) for i, t in _free_tables(aligned.old, aligned.to_new)]
    news = [(j, tables.Said(t)) for j, t in _free_tables(aligned.new, aligned.to_old)]
    found: list[tuple[float, int, int, int]] = []
    for i, a in olds:
        for j, b in news:
            budget.pairs -= TABLE_PAIRS
            if not budget.look_up((a.size + b.size) // TABLE_CELLS) or not budget.spend(1, 1):
                aligned.coarse = True
                break
            score = tables.likeness(a, b)
            same = _same_section(aligned, aligned.old.nodes[i], aligned.new.nodes[j])
            here = same and _same_neighbours(aligned, i, j)
            if score < (TABLE_FLOOR - 0.2 if here else TABLE_FLOOR):
                continue
            shared = tables.cells_shared(a, b)
            if here or shared >= CELLS_ALIKE or _captions_speak(a.caption, b.caption, words, same=same):
                found.append((-round(score + 0.1 * same + 0.3 * shared, 2), abs(i - j), i, j))
    for _, _, i, j in sorted(found):
        if aligned.to_new[i] < 0 and aligned.to_old[j] < 0:
            aligned.pair(i, j)


def _free_tables(flat: Flat, pairs: Sequence[int]) -> list[tuple[int, Table]]:
    found = ((at, flat.nodes[at].item) for at in free_blocks(flat, pairs))
    return [(at, item) for at, item in found if isinstance(item, Table)]


def _captions_speak(old: str, new: str, words: Words, *, same: bool) -> bool:
    """Whether two captions make tables of equal keys one: alike anywhere; in one section also where one has none."""
    if old and new:
        return words.likeness(old.casefold(), new.casefold()) >= CAPTIONS_ALIKE
    return same


# ---------------------------------------------------------------- splits and merges with other words


def _grow_runs(aligned: Aligned, words: Words, budget: Budget) -> None:
    old, new = aligned.old, aligned.new

    def likeness(one: Flat, whole: int, other: Flat, pieces: Sequence[int]) -> float:
        text = " ".join(other.nodes[k].norm for k in pieces)
        a = one.nodes[whole].norm
        if not budget.spend(len(a) // 6, len(text) // 6):
            aligned.coarse = True
            return 0.0
        return words.likeness(a, text)

    def count(flat: Flat, at: int) -> int:
        return len(flat.nodes[at].norm.split())

    taken_new, taken_old = _taken(aligned)
    free_new = set(_free_prose(new, aligned.to_old, taken_new))
    free_old = set(_free_prose(old, aligned.to_new, taken_old))
    if free_new:
        for i, j in enumerate(aligned.to_new):
            if j >= 0 and _may_grow(aligned, i, j):
                pieces = _grown(new, free_new, j, count(old, i), lambda told, i=i: likeness(old, i, new, told))  # type: ignore[misc]
                if len(pieces) > 1:
                    aligned.splits[i] = pieces
                    free_new.difference_update(pieces)
    if free_old:
        for j, i in enumerate(aligned.to_old):
            if i >= 0 and i not in aligned.splits and _may_grow(aligned, i, j):
                pieces = _grown(old, free_old, i, count(new, j), lambda told, j=j: likeness(new, j, old, told))  # type: ignore[misc]
                if len(pieces) > 1:
                    aligned.merges[j] = pieces
                    free_old.difference_update(pieces)
    _repair_pairs(aligned)


def _may_grow(aligned: Aligned, i: int, j: int) -> bool:
    a, b = aligned.old.nodes[i], aligned.new.nodes[j]
    is_prose = isinstance(a.item, Prose) and isinstance(b.item, Prose)
    return is_prose and a.norm != b.norm and i not in aligned.splits and j not in aligned.merges


def _grown(
    flat: Flat, free: set[int], start: int, whole_words: int, likeness: Callable[[Sequence[int]], float]
) -> tuple[int, ...]:
    """The run around `start` that its free neighbours lift to be most like the other side."""
    pieces: tuple[int, ...] = (start,)
    accepted = pieces
    if start - 1 not in free and start + 1 not in free:
        return accepted
    best = likeness(pieces)
    while True:
        tried: list[tuple[float, int, tuple[int, ...]]] = []
        for at, more in ((pieces[0] - 1, (pieces[0] - 1, *pieces)), (pieces[-1] + 1, (*pieces, pieces[-1] + 1))):
            if at in free and flat.nodes[at].parent == flat.nodes[start].parent:
                tried.append((round(likeness(more), 4), at, more))
        score, at, more = max(tried, default=(0.0, 0, pieces))
        if score < best + LIFT and not (score > best and _is_held(flat, at, pieces, best, score, whole_words)):
            return accepted
        # A run of three may rise to the cut only with its last piece: go on, but accept nothing yet.
        pieces, best = more, score
        if score >= JOINED:
            accepted = pieces


def _is_held(flat: Flat, added: int, pieces: Sequence[int], alone: float, joined: float, whole_words: int) -> bool:
    """Whether a short neighbour's words stand in what the pieces leave open of the whole."""
    here = sum(len(flat.nodes[k].norm.split()) for k in pieces)
    more = len(flat.nodes[added].norm.split())
    gained = (joined * (whole_words + here + more) - alone * (whole_words + here)) / 2
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
