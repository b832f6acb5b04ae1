"""What went from one chapter to another: blocks, and whole sections with what stands in them. Pure.

A move across chapters is one edit, told in the chapter that it came to (design §5). `chapters`: the aligned chapters
by new key, as align.py has them; `pairs`: new key → old key.
"""

from collections.abc import Iterator, Mapping, Sequence

from tracker.compare.aligned import Aligned
from tracker.compare.nodes import Flat, Node
from tracker.compare.order import common
from tracker.compare.similar import Budget, Words, scored
from tracker.document.model import Prose, Section, Table

ALIKE = 0.6  # so alike a block is the same one in another chapter
LEAST_WORDS = 5  # shorter ones ("None reported.") stand in many chapters by chance
LEAST_TABLE = 40  # characters
SAME_HEADING, OTHER_HEADING = 0.3, 0.6  # so much of two sections' content must be shared to make them one

Place = tuple[str, int]  # (chapter, node)
Free = list[tuple[str, int, str]]  # and its text


def pair_exact(chapters: Mapping[str, Aligned], pairs: Mapping[str, str]) -> None:
    """Pair blocks of equal words that went from one chapter to another."""
    if len(chapters) < 2:
        return
    gone, came = _free_everywhere(chapters, tables=True)
    places: dict[str, list[Place]] = {}
    for key, j, text in reversed(came):
        places.setdefault(text, []).append((key, j))
    for key, i, text in gone:
        there = places.get(text)
        if there and there[-1][0] != key:
            _move(chapters, pairs, (key, i), there.pop())


def pair_alike(chapters: Mapping[str, Aligned], pairs: Mapping[str, str], words: Words, budget: Budget) -> None:
    """Pair blocks that went from one chapter to another with some of their words changed."""
    if len(chapters) < 2:
        return
    gone, came = _free_everywhere(chapters, tables=False)
    texts = [(a, text) for a, (_, _, text) in enumerate(gone)], [(b, text) for b, (_, _, text) in enumerate(came)]
    found, held = scored(*texts, words, ALIKE, budget)
    if not held:
        for aligned in chapters.values():
            aligned.coarse = True
    for _, a, b in sorted((-round(score, 2), a, b) for score, a, b in found if gone[a][0] != came[b][0]):
        (old_key, i, _), (new_key, j, _) = gone[a], came[b]
        if i not in chapters[old_key].left and j not in chapters[new_key].arrived:
            _move(chapters, pairs, (old_key, i), (new_key, j))


def settle_sections(chapters: Mapping[str, Aligned], pairs: Mapping[str, str]) -> None:
    """Pair sections that went with what stands in them; what is equal in both went along, however short."""
    was_new = {old_key: key for key, old_key in pairs.items()}
    for key, aligned in chapters.items():
        if not aligned.arrived:
            continue
        for j in _free_sections(aligned.new, aligned.to_old, {*aligned.section_split, *aligned.became_heading}):
            source = _source(chapters, was_new, aligned, j)
            if source is not None:
                _move(chapters, pairs, source, (key, j))
                _take_along(chapters, pairs, source, (key, j))


def _move(chapters: Mapping[str, Aligned], pairs: Mapping[str, str], old: Place, new: Place) -> None:
    chapters[new[0]].arrived[new[1]] = (pairs[old[0]], old[1])
    chapters[old[0]].left[old[1]] = new


def _free_everywhere(chapters: Mapping[str, Aligned], *, tables: bool) -> tuple[Free, Free]:
    """What went and what came in all chapters."""
    gone: Free = []
    came: Free = []
    for key, a in chapters.items():
        taken = {i for told in a.merges.values() for i in told} | set(a.left) | set(a.became_heading.values())
        gone += ((key, node.at, node.norm) for node in _free(a.old, a.to_new, taken) if _is_telling(node, tables))
        taken = {j for told in a.splits.values() for j in told} | set(a.arrived) | set(a.became_prose.values())
        came += ((key, node.at, node.norm) for node in _free(a.new, a.to_old, taken) if _is_telling(node, tables))
    return gone, came


def _free(flat: Flat, pairs: Sequence[int], taken: set[int]) -> Iterator[Node]:
    for node in flat.nodes[: flat.first_note]:
        if pairs[node.at] < 0 and node.at not in taken and not isinstance(node.item, Section):
            yield node


def _is_telling(node: Node, tables: bool) -> bool:
    """Whether a block is long enough to be the same one elsewhere."""
    if isinstance(node.item, Table):
        return tables and len(node.norm) >= LEAST_TABLE
    return isinstance(node.item, Prose) and node.norm.count(" ") >= LEAST_WORDS - 1


# ---------------------------------------------------------------- sections


def _free_sections(flat: Flat, pairs: Sequence[int], taken: set[int]) -> list[int]:
    nodes = flat.nodes[: flat.first_note]
    return [n.at for n in nodes if isinstance(n.item, Section) and pairs[n.at] < 0 and n.at not in taken]


def _source(chapters: Mapping[str, Aligned], was_new: Mapping[str, str], here: Aligned, section: int) -> Place | None:
    """The section of another chapter that most of what stands in this one came from: chapter and node."""
    shared: dict[Place, int] = {}
    for node in here.new.nodes[section + 1 : here.new.end(section)]:
        if node.at not in here.arrived or isinstance(node.item, Section):
            continue
        old_key, at = here.arrived[node.at]
        key = was_new[old_key]
        nodes = chapters[key].old.nodes
        above = nodes[at].parent
        while above >= 0:
            # What it weighs on both sides, so that the way back comes to the same.
            shared[key, above] = shared.get((key, above), 0) + 2 + len(node.norm) + len(nodes[at].norm)
            above = nodes[above].parent
    size = _size(here.new, section)
    title = here.new.nodes[section].norm
    found: list[tuple[float, str, int]] = []
    for (key, at), weight in shared.items():
        there = chapters[key]
        if there.to_new[at] >= 0 or at in there.section_merged or at in there.became_prose or at in there.left:
            continue
        share = weight / max(size, _size(there.old, at))
        if share >= (SAME_HEADING if there.old.nodes[at].norm == title else OTHER_HEADING):
            found.append((-round(share, 3), key, at))
    return min(found)[1:] if found else None


def _size(flat: Flat, section: int) -> int:
    """The weight of all blocks that stand in a section."""
    inside = flat.nodes[section + 1 : flat.end(section)]
    return max(1, sum(2 + 2 * len(node.norm) for node in inside if not isinstance(node.item, Section)))


def _take_along(chapters: Mapping[str, Aligned], pairs: Mapping[str, str], old: Place, new: Place) -> None:
    a, b = chapters[old[0]], chapters[new[0]]
    gone = [n for n in _free(a.old, a.to_new, set(a.left)) if n.parent == old[1]]
    came = [n for n in _free(b.new, b.to_old, set(b.arrived)) if n.parent == new[1]]
    for i, j in common([n.norm for n in gone], [n.norm for n in came]):
        _move(chapters, pairs, (old[0], gone[i].at), (new[0], came[j].at))
