"""Which block is which, inside two chapters that are one. Pure.

Exact first: the same words in the same section, then anywhere in the chapter; then a block that equals a run of
blocks (split, merged); then alike ones, by evidence; then splits and merges with other words in them.
"""

import re
from collections.abc import Container, Sequence

from tracker.compare import tables
from tracker.compare.aligned import Aligned
from tracker.compare.nodes import Flat, Node
from tracker.compare.order import common
from tracker.compare.runs import free_blocks, free_prose, grow_runs, taken
from tracker.compare.similar import Budget, Words, scored
from tracker.document.model import Prose, Section, Table

SURE = 0.6  # so alike two blocks are paired before others that share words with either are looked at
ALONE = 0.5  # so alike two blocks are one without more evidence
FLOOR = 0.35  # so alike they are one with two of: same opening, same section, same neighbours, a shared note
OPENING = 5  # words
ROUNDS = 8  # how often weak pairs are looked at again
TABLE_FLOOR = 0.5
TABLE_PAIRS = 40  # two tables cost so many pairs of paragraphs
TABLE_CELLS = 4  # and their cells as much as one looked up by a word for each of so many
CAPTIONS_ALIKE, CELLS_ALIKE = 0.6, 0.5  # so alike captions, or so many equal cells, make tables of equal keys one
MAX_DATED = 20  # lines equal but for their figures that are looked at for one
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_FIGURES = re.compile(rf"\b(?:{_MONTHS}|\d+(?:[.,]\d+)*)\b")


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


# ---------------------------------------------------------------- alike


def pair_alike(aligned: Aligned, words: Words, budget: Budget) -> None:
    """Pair blocks that are alike, by evidence; then splits and merges that carry other words."""
    pair_tables(aligned, words, budget)
    old, new = aligned.old, aligned.new
    pieces_new, pieces_old = taken(aligned)
    olds = [(i, old.nodes[i].norm) for i in free_prose(old, aligned.to_new, pieces_old)]
    news = [(j, new.nodes[j].norm) for j in free_prose(new, aligned.to_old, pieces_new)]
    weak: list[tuple[float, int, int]] = []
    if olds and news:
        found, held = scored(olds, news, words, FLOOR, budget)
        aligned.coarse |= not held
        strong = [s for s in found if s[0] >= ALONE]
        # Pieces of a whole are taken by it before something else that is half alike takes them.
        if len(strong) > 1:
            _greedy(aligned, [s for s in strong if s[0] >= SURE])
            grow_runs(aligned, words, budget)
            pieces_new, pieces_old = taken(aligned)
            strong = [s for s in strong if s[1] not in pieces_old and s[2] not in pieces_new]
            found = [s for s in found if s[1] not in pieces_old and s[2] not in pieces_new]
        _greedy(aligned, strong)
        weak = [s for s in found if s[0] < ALONE and aligned.to_new[s[1]] < 0 and aligned.to_old[s[2]] < 0]
        # What was just paired stands beside what is left: its evidence counts, so weak pairs are looked at again.
        for _ in range(ROUNDS):
            if not _greedy(aligned, [s for s in weak if _evidence(aligned, s[1], s[2]) >= 2]):
                break
            weak = [s for s in weak if aligned.to_new[s[1]] < 0 and aligned.to_old[s[2]] < 0]
    _pair_dated(aligned, [i for i, _ in olds], [j for j, _ in news])
    grow_runs(aligned, words, budget, weak)


def _pair_dated(aligned: Aligned, olds: Sequence[int], news: Sequence[int]) -> None:
    """Pair lines that are equal but for figures and months ("Effective: 1 May 2021"), where a neighbour stayed too."""
    free: dict[str, list[int]] = {}
    for j in news:
        if aligned.to_old[j] < 0:
            free.setdefault(_FIGURES.sub("0", aligned.new.nodes[j].norm), []).append(j)
    for i in olds:
        if aligned.to_new[i] >= 0:
            continue
        text = _FIGURES.sub("0", aligned.old.nodes[i].norm)
        for j in free.get(text, ())[:MAX_DATED]:
            a, b = aligned.old.nodes[i], aligned.new.nodes[j]
            if aligned.to_old[j] < 0 and a.norm != b.norm and _same_section(aligned, a, b) and _beside(aligned, i, j):
                aligned.pair(i, j)
                break


def _beside(aligned: Aligned, i: int, j: int) -> bool:
    """Whether what stands before or behind is the same, or both stand first."""
    before = aligned.to_new[i - 1] == j - 1 if i and j else i == j
    return before or (i + 1 < len(aligned.old) and aligned.to_new[i + 1] == j + 1)


def _greedy(aligned: Aligned, found: Sequence[tuple[float, int, int]]) -> int:
    """Pair the most alike first; among equals by neighbours, then by distance, then by place. How many were paired."""
    # The sum of the places, not one before the other: the way back must choose the same pairs.
    ranked = sorted((-round(s, 2), -_evidence(aligned, i, j), abs(i - j), i + j, i, j) for s, i, j in found)
    count = 0
    for _, _, _, _, i, j in ranked:
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
    return aligned.are_one(a.parent, b.parent)


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


def pair_tables(aligned: Aligned, words: Words, budget: Budget) -> None:
    """Pair tables that say the same of themselves: their keys alone make two tables one only where they stand."""
    olds = [(i, tables.Said(t)) for i, t in _free_tables(aligned.old, aligned.to_new, aligned.left)]
    news = [(j, tables.Said(t)) for j, t in _free_tables(aligned.new, aligned.to_old, aligned.arrived)]
    found: list[tuple[float, int, int, int, int]] = []
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
                found.append((-round(score + 0.1 * same + 0.3 * shared, 2), abs(i - j), i + j, i, j))
    for _, _, _, i, j in sorted(found):
        if aligned.to_new[i] < 0 and aligned.to_old[j] < 0:
            aligned.pair(i, j)


def _free_tables(flat: Flat, pairs: Sequence[int], elsewhere: Container[int]) -> list[tuple[int, Table]]:
    found = ((at, flat.nodes[at].item) for at in free_blocks(flat, pairs) if at not in elsewhere)
    return [(at, item) for at, item in found if isinstance(item, Table)]


def _captions_speak(old: str, new: str, words: Words, *, same: bool) -> bool:
    """Whether two captions make tables of equal keys one: alike anywhere; in one section also where one has none."""
    if old and new:
        return words.likeness(old.casefold(), new.casefold()) >= CAPTIONS_ALIKE
    return same
