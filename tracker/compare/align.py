"""Pair two documents: chapters, then inside each pair headings, blocks, tables, notes; then across. Pure.

Lives here: the order of the steps, and pairs across chapters. Each step has its own file: sections.py, blocks.py,
tables.py, notes.py. What the pairs are called is told by name.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tracker.compare import blocks, notes, sections, tables
from tracker.compare.aligned import Aligned
from tracker.compare.apply import chapter_keys
from tracker.compare.lineage import named
from tracker.compare.nodes import Flat
from tracker.compare.order import in_order
from tracker.compare.similar import Budget, Words, scored
from tracker.document.canonical import norm
from tracker.document.model import Chapter, Document, Prose, Table

RENAMED_CHAPTER = 0.4  # so much of its content makes another title a chapter's new one
RENAMED_ALIKE, RENAMED_LITTLE = 0.6, 0.1  # or so alike a title, with so much of its content
ACROSS = 0.6  # so alike a block is the same one in another chapter
ACROSS_WORDS = 5  # shorter ones ("None reported.") stand in many chapters by chance


@dataclass(slots=True)
class Chapters:
    """The chapters of two documents. Keys as apply.chapter_keys gives them. pairs: new key → old key.

    aligned: for pairs that differ, by new key, in the order of the new document. moved: new keys.
    """

    old: dict[str, Chapter]
    new: dict[str, Chapter]
    pairs: dict[str, str]
    aligned: dict[str, Aligned]
    moved: set[str]


def align(old: Document, new: Document, budget: Budget) -> Chapters:
    """Which thing of the new document is which of the old one.

    budget: the work that may be spent on each chapter. Time: near-linear; equal chapters cost one look.
    """
    olds = dict(zip(chapter_keys(old.chapters), old.chapters, strict=True))
    news = dict(zip(chapter_keys(new.chapters), new.chapters, strict=True))
    pairs = {key: key for key in news if key in olds}
    flats: dict[tuple[str, str], Flat] = {}
    _pair_renamed(olds, news, pairs, flats)
    words = Words()
    found: dict[str, Aligned] = {}
    for key in news:
        old_key = pairs.get(key)
        if old_key is not None and olds[old_key] != news[key]:
            a = flats.get(("old", old_key)) or Flat(named(olds[old_key]))
            b = flats.get(("new", key)) or Flat(news[key])
            found[key] = Aligned.of(a, b)
    budgets = {key: replace(budget) for key in found}
    for aligned in found.values():
        sections.pair_headings(aligned)
        blocks.pair_exact(aligned)
        blocks.pair_runs(aligned)
    # What stands word for word in another chapter went there, before anything alike is looked for at home.
    _across_exact(found, pairs)
    for key, aligned in found.items():
        _pair_rest(aligned, words, budgets[key])
    _across_alike(found, pairs, words, replace(budget))
    places = {key: at for at, key in enumerate(olds)}
    here = [key for key in news if key in pairs]
    weights = [1 + sum(len(t.title) for t in (news[key],)) + _size(news[key]) for key in here]
    kept = in_order([places[pairs[key]] for key in here], weights)
    return Chapters(olds, news, pairs, found, {key for key, stays in zip(here, kept, strict=True) if not stays})


def _size(chapter: Chapter) -> int:
    return len(chapter.blocks) + len(chapter.sections) + len(chapter.notes)


def _pair_rest(aligned: Aligned, words: Words, budget: Budget) -> None:
    """Pair what is alike in two chapters; name their sections, tables and notes."""
    blocks.pair_alike(aligned, words, budget)
    sections.settle_sections(aligned, words)
    sections.find_moves(aligned)
    for j, i in enumerate(aligned.to_old):
        a, b = aligned.old.nodes[i].item if i >= 0 else None, aligned.new.nodes[j].item
        if isinstance(a, Table) and isinstance(b, Table) and a != b:
            aligned.tables[j] = tables.align_tables(a, b)
            aligned.coarse |= aligned.tables[j].coarse
    notes.pair_notes(aligned, words, budget)


def _pair_renamed(
    olds: dict[str, Chapter], news: dict[str, Chapter], pairs: dict[str, str], flats: dict[tuple[str, str], Flat]
) -> None:
    """Pair chapters that changed their title, by what stands in them."""
    held = set(pairs.values())
    free_old = [key for key in olds if key not in held]
    free_new = [key for key in news if key not in pairs]
    if not free_old or not free_new:
        return
    words = Words()
    found: list[tuple[float, int, int]] = []
    for key in free_old:
        flats["old", key] = Flat(named(olds[key]))
    for key in free_new:
        flats["new", key] = Flat(news[key])
    for a, old_key in enumerate(free_old):
        for b, new_key in enumerate(free_new):
            shared = _shared(flats["old", old_key], flats["new", new_key])
            alike = words.likeness(norm(olds[old_key].title).casefold(), norm(news[new_key].title).casefold())
            if shared >= RENAMED_CHAPTER or (alike >= RENAMED_ALIKE and shared >= RENAMED_LITTLE):
                found.append((-round(shared + 0.1 * alike, 3), a, b))
    for _, a, b in sorted(found):
        if free_new[b] not in pairs and free_old[a] not in held:
            pairs[free_new[b]] = free_old[a]
            held.add(free_old[a])


def _shared(old: Flat, new: Flat) -> float:
    """How much of two chapters' text is equal, node by node: 0..1."""
    texts = [{node.norm: 1 + len(node.norm) for node in flat.nodes} for flat in (old, new)]
    most = max(sum(texts[0].values()), sum(texts[1].values()))
    return sum(size for text, size in texts[0].items() if text in texts[1]) / most if most else 0.0


# ---------------------------------------------------------------- across chapters


def _across_exact(chapters: dict[str, Aligned], pairs: dict[str, str]) -> None:
    """Pair blocks of equal words that went from one chapter to another."""
    if len(chapters) < 2:
        return
    gone, came = _free_everywhere(chapters)
    places: dict[str, list[tuple[str, int]]] = {}
    for key, j, text in reversed(came):
        places.setdefault(text, []).append((key, j))
    for key, i, text in gone:
        there = places.get(text)
        if there and there[-1][0] != key:
            _move(chapters, pairs, (key, i), there.pop())


def _across_alike(chapters: dict[str, Aligned], pairs: dict[str, str], words: Words, budget: Budget) -> None:
    """Pair blocks that went from one chapter to another with some of their words changed."""
    if len(chapters) < 2:
        return
    gone, came = _free_everywhere(chapters)
    texts = [(a, text) for a, (_, _, text) in enumerate(gone)], [(b, text) for b, (_, _, text) in enumerate(came)]
    found, held = scored(*texts, words, ACROSS, budget)
    if not held:
        for aligned in chapters.values():
            aligned.coarse = True
    for _, a, b in sorted((-round(score, 2), a, b) for score, a, b in found if gone[a][0] != came[b][0]):
        (old_key, i, _), (new_key, j, _) = gone[a], came[b]
        if i not in chapters[old_key].left and j not in chapters[new_key].arrived:
            _move(chapters, pairs, (old_key, i), (new_key, j))


def _move(chapters: dict[str, Aligned], pairs: dict[str, str], old: tuple[str, int], new: tuple[str, int]) -> None:
    chapters[new[0]].arrived[new[1]] = (pairs[old[0]], old[1])
    chapters[old[0]].left[old[1]] = new


Free = list[tuple[str, int, str]]


def _free_everywhere(chapters: dict[str, Aligned]) -> tuple[Free, Free]:
    """What went and what came in all chapters: (chapter, node, text)."""
    gone: Free = []
    came: Free = []
    for key, a in chapters.items():
        taken = {i for told in a.merges.values() for i in told} | set(a.left) | set(a.became_heading.values())
        gone += ((key, i, text) for i, text in _free(a.old, a.to_new, taken))
        taken = {j for told in a.splits.values() for j in told} | set(a.arrived) | set(a.became_prose.values())
        came += ((key, j, text) for j, text in _free(a.new, a.to_old, taken))
    return gone, came


def _free(flat: Flat, pairs: Sequence[int], taken: set[int]) -> list[tuple[int, str]]:
    nodes = flat.nodes[: flat.first_note]
    found = [n for n in nodes if pairs[n.at] < 0 and n.at not in taken and isinstance(n.item, Prose)]
    return [(n.at, n.norm) for n in found if n.norm.count(" ") >= ACROSS_WORDS - 1]
