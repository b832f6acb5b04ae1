"""Pair two documents: chapters, then inside each pair headings, blocks, tables, notes; then across. Pure.

Lives here: the order of the steps, and which chapter is which. Each step has its own file:

    sections.py  headings            blocks.py  paragraphs and tables     runs.py   splits and merges
    fates.py     what became of      tables.py  rows, columns             notes.py  notes
                 sections            moves.py   what was moved            across.py what went to another chapter

What the pairs are called is told by name.py.
"""

from dataclasses import dataclass, replace

from tracker.compare import across, blocks, fates, moves, notes, runs, sections, tables
from tracker.compare.aligned import Aligned
from tracker.compare.apply import chapter_keys
from tracker.compare.lineage import named
from tracker.compare.nodes import Flat
from tracker.compare.order import in_order, weight
from tracker.compare.similar import Budget, Words
from tracker.document.canonical import norm
from tracker.document.model import Chapter, Document, Table

RENAMED_CHAPTER = 0.4  # so much of its content makes another title a chapter's new one
RENAMED_LONE = 0.2  # or so much where one went and one came
RENAMED_ALIKE, RENAMED_LITTLE = 0.6, 0.1  # or so alike a title, with so much of its content


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
            a = flats.get(("old", old_key)) or named(olds[old_key])
            b = flats.get(("new", key)) or Flat(news[key])
            found[key] = Aligned.of(a, b)
    budgets = {key: replace(budget) for key in found}
    for aligned in found.values():
        sections.pair_headings(aligned)
        blocks.pair_exact(aligned)
        runs.pair_runs(aligned)
    # What stands word for word in another chapter went there, before anything alike is looked for at home.
    across.pair_exact(found, pairs)
    for key, aligned in found.items():
        _pair_rest(aligned, words, budgets[key])
    across.pair_alike(found, pairs, words, replace(budget))
    across.settle_sections(found, pairs)
    places = {key: at for at, key in enumerate(olds)}
    here = [key for key in news if key in pairs]
    weights = [weight(pairs[key], key, _size(olds[pairs[key]]) + _size(news[key])) for key in here]
    kept = in_order([places[pairs[key]] for key in here], weights)
    return Chapters(olds, news, pairs, found, {key for key, stays in zip(here, kept, strict=True) if not stays})


def _size(chapter: Chapter) -> int:
    return len(chapter.blocks) + len(chapter.sections) + len(chapter.notes)


def _pair_rest(aligned: Aligned, words: Words, budget: Budget) -> None:
    """Pair what is alike in two chapters; name their sections, tables and notes."""
    blocks.pair_alike(aligned, words, budget)
    fates.settle_sections(aligned, words)
    blocks.pair_tables(aligned, words, budget)  # a table may stand where it stood only now
    moves.find_moves(aligned)
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
    enough = RENAMED_LONE if len(free_old) == len(free_new) == 1 else RENAMED_CHAPTER
    found: list[tuple[float, int, int]] = []
    for key in free_old:
        flats["old", key] = named(olds[key])
    for key in free_new:
        flats["new", key] = Flat(news[key])
    for a, old_key in enumerate(free_old):
        for b, new_key in enumerate(free_new):
            shared = _shared(flats["old", old_key], flats["new", new_key])
            alike = words.likeness(norm(olds[old_key].title).casefold(), norm(news[new_key].title).casefold())
            if shared >= enough or (alike >= RENAMED_ALIKE and shared >= RENAMED_LITTLE):
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
