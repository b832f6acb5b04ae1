"""What was moved: what changed its heading, and what did not keep its order under it. Pure."""

from itertools import pairwise

from tracker.compare.aligned import Aligned
from tracker.compare.fates import own_weight
from tracker.compare.nodes import Flat
from tracker.compare.order import in_order, weight
from tracker.document.model import Section


def find_moves(aligned: Aligned) -> None:
    """Mark the blocks and sections that changed their heading or their order under it."""
    old, new = aligned.old, aligned.new
    home_old, home_new = _homes(aligned)
    elsewhere: list[int] = []  # sections under another heading
    groups: dict[tuple[int, bool], list[int]] = {}
    for node in new.nodes[: new.first_note]:
        i = aligned.to_old[node.at]
        if i < 0:
            continue
        was, now = home_old[old.nodes[i].parent], home_new[node.parent]
        if was != now and isinstance(node.item, Section):
            elsewhere.append(node.at)
        elif was != now:
            aligned.moved.add(node.at)
        else:
            groups.setdefault((now, isinstance(node.item, Section)), []).append(node.at)
    for (_, are_sections), here in groups.items():
        if all(aligned.to_old[a] < aligned.to_old[b] for a, b in pairwise(here)):
            continue
        weights: list[int] = []
        for j in here:
            i = aligned.to_old[j]
            a, b = old.nodes[i].norm, new.nodes[j].norm
            weights.append(weight(a, b, _weight_of(old, i) + _weight_of(new, j) if are_sections else len(a) + len(b)))
        kept = in_order([aligned.to_old[j] for j in here], weights)
        aligned.moved.update(j for j, stays in zip(here, kept, strict=True) if not stays)

    _move_headings(aligned, elsewhere)


def _move_headings(aligned: Aligned, elsewhere: list[int]) -> None:
    """Mark which of the sections under another heading were moved.

    A heading that stands in the order in which it stood is at another depth at most: in other clothes, not in another
    place. One that follows a moved one as it did goes along with it, at whatever depth a page without marks puts it.
    """
    if not elsewhere:
        return
    olds, news = aligned.old.sections, [j for j in aligned.new.sections if aligned.to_old[j] >= 0]
    above_old = dict(zip(olds, [-1, *olds], strict=False))
    above_new = dict(zip(aligned.new.sections, [-1, *aligned.new.sections], strict=False))
    stay = _staying(aligned, news, {k for j in elsewhere for k in range(j, aligned.new.end(j))})
    for j in elsewhere:
        before = above_new[j]
        head = aligned.carried.get(before, before)
        follows = before >= 0 and aligned.to_old[before] == above_old[aligned.to_old[j]] and head in aligned.moved
        if follows and (_is_in(aligned.new, j, head) or _is_in(aligned.old, aligned.to_old[j], aligned.to_old[head])):
            aligned.carried[j] = head
        elif j not in stay:
            aligned.moved.add(j)


def _staying(aligned: Aligned, news: list[int], away: set[int]) -> set[int]:
    """The headings that keep their order: those that stand where they stood hold their place against all others."""

    def ordered(sections: list[int]) -> list[int]:
        sizes = [1 + own_weight(aligned.old, aligned.to_old[j]) + own_weight(aligned.new, j) for j in sections]
        kept = in_order([aligned.to_old[j] for j in sections], sizes)
        return [j for j, stays in zip(sections, kept, strict=True) if stays]

    fixed = set(ordered([j for j in news if j not in away]))
    fitting: list[int] = []
    following = iter([*sorted(fixed), None])
    before, after = -1, next(following)
    for j in news:
        was = aligned.to_old[j]
        if j == after:
            before, after = was, next(following)
            fitting.append(j)
        elif j in away and before < was and (after is None or was < aligned.to_old[after]):
            fitting.append(j)
    return set(ordered(fitting))


def _is_in(flat: Flat, section: int, outer: int) -> bool:
    return outer < section < flat.end(outer)


def _weight_of(flat: Flat, section: int) -> int:
    return sum(1 + len(node.norm) for node in flat.nodes[section : flat.end(section)])


def _homes(aligned: Aligned) -> tuple[dict[int, int], dict[int, int]]:
    """Sections that are one (paired, split, merged) under one number, old and new; -1 is the chapter itself."""
    old, new = aligned.old, aligned.new
    if all(aligned.to_new[i] >= 0 for i in old.sections) and all(aligned.to_old[j] >= 0 for j in new.sections):
        return {-1: -1, **{i: aligned.to_new[i] for i in old.sections}}, {-1: -1, **{j: j for j in new.sections}}
    union: dict[tuple[str, int], tuple[str, int]] = {}

    def root(key: tuple[str, int]) -> tuple[str, int]:
        while union.get(key, key) != key:
            key = union[key]
        return key

    def join(i: int, j: int) -> None:
        union[root(("new", j))] = root(("old", i))

    for i, j in enumerate(aligned.to_new):
        if j >= 0 and isinstance(old.nodes[i].item, Section):
            join(i, j)
    for i, j in aligned.section_merged.items():
        join(i, j)
    for j, i in aligned.section_split.items():
        join(i, j)
    # Nor does one that came or went: what stands behind it stands behind the section before it, as it did.
    for side, flat, pairs, told in (
        ("old", old, aligned.to_new, {**aligned.section_merged, **aligned.became_prose}),
        ("new", new, aligned.to_old, {**aligned.section_split, **aligned.became_heading}),
    ):
        before = -1
        for k in flat.sections:
            if pairs[k] < 0 and k not in told:
                union[root((side, k))] = root((side, before))
            else:
                before = k
    # A heading that only changed its markup parts nothing: what stood around it still stands together.
    for j, i in aligned.became_heading.items():
        join(old.nodes[i].parent, j)
    for i, j in aligned.became_prose.items():
        join(i, new.nodes[j].parent)
    join(-1, -1)
    numbers: dict[tuple[str, int], int] = {}

    def number(key: tuple[str, int]) -> int:
        return numbers.setdefault(root(key), len(numbers))

    home_old = {k: number(("old", k)) for k in (-1, *old.sections)}
    home_new = {k: number(("new", k)) for k in (-1, *new.sections)}
    return home_old, home_new
