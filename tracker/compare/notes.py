"""Which note is which: by what it says, where equal by what refers to it; never by its number. Pure.

A note of which no word stayed is still the same note where the same words refer to it, or where it alone is left
over between the same neighbours.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from tracker.compare.aligned import Aligned
from tracker.compare.nodes import Flat
from tracker.compare.order import common
from tracker.compare.rewrite import texts_of
from tracker.compare.similar import Budget, Words, scored
from tracker.document.canonical import norm
from tracker.document.model import Ref, Text

FLOOR = 0.6  # two notes of so many equal words are one note, reworded
FLOOR_SAME_REFERENCE = 0.35  # or so many, where the same words refer to both
CONTEXT = 24  # characters before a reference that tell it from others


def pair_notes(aligned: Aligned, words: Words, budget: Budget) -> None:
    """Pair the notes of two chapters; blocks are paired already."""
    old, new = aligned.old, aligned.new
    olds = list(range(old.first_note, len(old)))
    news = list(range(new.first_note, len(new)))
    if not olds or not news:
        return
    said_old, said_new = _leaning(old, olds), _leaning(new, news)
    if said_old == said_new:
        for i, j in zip(olds, news, strict=True):
            aligned.pair(i, j)
        return
    context_old, context_new = _contexts(old), _contexts(new)
    # First what is sure (text, what it leans on, what refers to it), in order; then less and less.
    keys_old = [(said_old[k], context_old.get(i)) for k, i in enumerate(olds)]
    keys_new = [(said_new[k], context_new.get(j)) for k, j in enumerate(news)]
    _in_gaps(aligned, olds, news, keys_old, keys_new)
    _twins_in_place(aligned, olds, news)
    plain_old = [(old.nodes[i].norm,) for i in olds]
    plain_new = [(new.nodes[j].norm,) for j in news]
    for left, right in ((keys_old, keys_new), (said_old, said_new), (plain_old, plain_new)):
        _in_gaps(aligned, olds, news, left, right)
        _any_order(aligned, olds, news, left, right)
    _alike(aligned, olds, news, context_old, context_new, words, budget)
    _by_reference(aligned, olds, news)


def _leaning(flat: Flat, notes: list[int]) -> list[tuple[str, str]]:
    """What each note says; an "Ibid." says its text and the note that it leans on."""
    found: list[tuple[str, str]] = []
    source = ""
    for at in notes:
        text = flat.nodes[at].norm
        if text[:4].lower() == "ibid":
            found.append((text, source))
        else:
            source = text
            found.append((text, ""))
    return found


def _contexts(flat: Flat) -> dict[int, str]:
    """For each note: the words before the first reference to it."""
    found: dict[int, str] = {}
    for node in flat.nodes[: flat.first_note]:
        for text in texts_of(node.item):
            for ref in text.refs:
                note = flat.note_at.get(ref.label)
                if note is not None and note not in found:
                    found[note] = _before(text, ref)
    return found


def _before(text: Text, ref: Ref) -> str:
    """The last words before a reference, in comparison form: soft hyphens and the like make no other place."""
    return norm(text.plain[max(0, ref.offset - 2 * CONTEXT) : ref.offset])[-CONTEXT:]


def _behind(text: Text, ref: Ref) -> str:
    return norm(text.plain[ref.offset : ref.offset + 2 * CONTEXT])[:CONTEXT]


def _in_gaps(
    aligned: Aligned, olds: list[int], news: list[int], keys_old: Sequence[Hashable], keys_new: Sequence[Hashable]
) -> None:
    """Pair equal keys in order, inside the gaps between pairs that stand in order already."""
    anchors = [(k, aligned.to_new[i] - news[0]) for k, i in enumerate(olds) if aligned.to_new[i] >= 0]
    rising: list[tuple[int, int]] = []
    for k, j in anchors:
        if not rising or j > rising[-1][1]:
            rising.append((k, j))
    a = b = 0
    for k, j in [*rising, (len(olds), len(news))]:
        free_old = [x for x in range(a, k) if aligned.to_new[olds[x]] < 0]
        free_new = [y for y in range(b, j) if aligned.to_old[news[y]] < 0]
        if free_old and free_new:
            for x, y in common([keys_old[x] for x in free_old], [keys_new[y] for y in free_new]):
                aligned.pair(olds[free_old[x]], news[free_new[y]])
        a, b = k + 1, j + 1


def _any_order(
    aligned: Aligned, olds: list[int], news: list[int], keys_old: Sequence[Hashable], keys_new: Sequence[Hashable]
) -> None:
    """Pair what is equal wherever it stands, the first with the first."""
    free: dict[Hashable, list[int]] = {}
    for y in range(len(news) - 1, -1, -1):
        if aligned.to_old[news[y]] < 0:
            free.setdefault(keys_new[y], []).append(news[y])
    for x, i in enumerate(olds):
        if aligned.to_new[i] < 0 and free.get(keys_old[x]):
            aligned.pair(i, free[keys_old[x]].pop())


def _alike(
    aligned: Aligned,
    olds: list[int],
    news: list[int],
    context_old: dict[int, str],
    context_new: dict[int, str],
    words: Words,
    budget: Budget,
) -> None:
    """Pair reworded notes: the most alike first; what the same words refer to needs less."""
    free_old = [(i, aligned.old.nodes[i].norm) for i in olds if aligned.to_new[i] < 0]
    free_new = [(j, aligned.new.nodes[j].norm) for j in news if aligned.to_old[j] < 0]
    if not free_old or not free_new:
        return
    found, held = scored(free_old, free_new, words, FLOOR_SAME_REFERENCE, budget)
    aligned.coarse |= not held
    ranked: list[tuple[float, int, int, int]] = []
    for likeness, i, j in found:
        same = context_old.get(i) is not None and context_old.get(i) == context_new.get(j)
        if likeness >= (FLOOR_SAME_REFERENCE if same else FLOOR):
            ranked.append((-round(likeness + (0.2 if same else 0), 2), abs((i - olds[0]) - (j - news[0])), i, j))
    for _, _, i, j in sorted(ranked):
        if aligned.to_new[i] < 0 and aligned.to_old[j] < 0:
            aligned.pair(i, j)


# ---------------------------------------------------------------- by what refers to them


@dataclass(frozen=True, slots=True)
class _Reference:
    """Where a note is referred to first: in which of the blocks that are one, after and before which words.

    turn: the how manieth reference of its block, and of how many.
    """

    block: tuple[str, int]
    around: tuple[str, str]
    turn: tuple[int, int]


def _by_reference(aligned: Aligned, olds: list[int], news: list[int]) -> None:
    """Pair what is left over and is referred to at the same place: by the same words, else alone in its gap."""
    free_old = [i for i in olds if aligned.to_new[i] < 0]
    free_new = [j for j in news if aligned.to_old[j] < 0]
    if not free_old or not free_new:
        return
    blocks_old, blocks_new = _blocks(aligned)
    told_old, told_new = _references(aligned.old, blocks_old), _references(aligned.new, blocks_new)
    for place in (lambda told: (told.block, told.around), lambda told: (told.block, told.turn)):
        same_old, same_new = _placed(free_old, told_old, place), _placed(free_new, told_new, place)
        for key, here in same_old.items():
            here = [i for i in here if aligned.to_new[i] < 0]
            there = [j for j in same_new.get(key, []) if aligned.to_old[j] < 0]
            if len(here) == len(there):
                for i, j in zip(here, there, strict=True):
                    aligned.pair(i, j)
    for i, j in _alone(aligned, olds, news):
        if i not in told_old and j not in told_new:
            aligned.pair(i, j)


def _twins_in_place(aligned: Aligned, olds: list[int], news: list[int]) -> None:
    """Pair one of several equal notes ("Ibid.") with the new words that the same place refers to now.

    Else which of them went would be told by their order alone.
    """
    free_old = [i for i in olds if aligned.to_new[i] < 0]
    free_new = [j for j in news if aligned.to_old[j] < 0]
    if not free_old or not free_new:
        return
    counts = Counter(aligned.old.nodes[i].norm for i in olds), Counter(aligned.new.nodes[j].norm for j in news)
    twins = {i for i in free_old if counts[0][aligned.old.nodes[i].norm] > 1}
    other = {j for j in free_new if aligned.new.nodes[j].norm not in counts[0]}
    back = {j for j in free_new if counts[1][aligned.new.nodes[j].norm] > 1}
    gone = {i for i in free_old if aligned.old.nodes[i].norm not in counts[1]}
    blocks_old, blocks_new = _blocks(aligned)
    told_old, told_new = _references(aligned.old, blocks_old), _references(aligned.new, blocks_new)
    at_old, at_new = (
        _placed(notes, told, lambda told: (told.block, told.around))
        for notes, told in ((olds, told_old), (news, told_new))
    )
    for here, there in ((twins, other), (gone, back)):
        for place, found in at_old.items():
            match found, at_new.get(place, []):
                case [i], [j] if i in here and j in there and aligned.to_new[i] < 0 and aligned.to_old[j] < 0:
                    aligned.pair(i, j)


def _blocks(aligned: Aligned) -> tuple[dict[int, tuple[str, int]], dict[int, tuple[str, int]]]:
    """One name for the old and new blocks that are one: paired, split or merged."""
    old = {i: ("pair", i) for i, j in enumerate(aligned.to_new) if j >= 0}
    new = {j: ("pair", i) for j, i in enumerate(aligned.to_old) if i >= 0}
    for i, pieces in aligned.splits.items():
        new.update((j, ("pair", i)) for j in pieces)
    for j, pieces in aligned.merges.items():
        new[j] = ("merged", j)
        old.update((i, ("merged", j)) for i in pieces)
    return old, new


def _references(flat: Flat, blocks: dict[int, tuple[str, int]]) -> dict[int, _Reference]:
    found: dict[int, _Reference] = {}
    for node in flat.nodes[: flat.first_note]:
        block = blocks.get(node.at)
        if block is None:
            continue
        refs = [(text, ref) for text in texts_of(node.item) for ref in text.refs]
        for turn, (text, ref) in enumerate(refs):
            note = flat.note_at.get(ref.label)
            if note is not None and note not in found:
                found[note] = _Reference(block, (_before(text, ref), _behind(text, ref)), (turn, len(refs)))
    return found


def _placed(
    free: list[int], told: dict[int, _Reference], place: Callable[[_Reference], Hashable]
) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = {}
    for at in free:
        if at in told:
            found.setdefault(place(told[at]), []).append(at)
    return found


def _alone(aligned: Aligned, olds: list[int], news: list[int]) -> list[tuple[int, int]]:
    """Notes that are left over between the same two neighbours, one on each side."""
    found: list[tuple[int, int]] = []
    first, last = olds[0] - 1, olds[-1] + 1
    for i in olds:
        if aligned.to_new[i] >= 0:
            continue
        before = news[0] - 1 if i - 1 == first else aligned.to_new[i - 1]
        after = news[-1] + 1 if i + 1 == last else aligned.to_new[i + 1]
        is_start = i - 1 == first
        if (is_start or before >= 0) and after == before + 2 and aligned.to_old[before + 1] < 0:
            found.append((i, before + 1))
    return found
