"""Which section is which, what became of the others, and what was moved. Pure.

By heading and place first (before the blocks are paired); then, from where the blocks went: renamed, split, merged.
Moves last: what of the things that stayed under one heading did not keep its order, and what changed the heading.
"""

from tracker.compare.aligned import Aligned
from tracker.compare.nodes import Flat
from tracker.compare.order import in_order
from tracker.compare.similar import Words
from tracker.document.model import Prose, Section

RENAMED = 0.5  # so much of a section's content makes another heading its new name
FOLLOWED = 0.5  # so much of its content went with it where a section was split or merged
TITLE_ALIKE = 0.5
MAX_HEADING_PAIRS = 40_000  # above it headings keep their order


def pair_headings(aligned: Aligned) -> None:
    """Pair sections of the same path of headings, then of the same heading elsewhere in the chapter."""
    old, new = aligned.old, aligned.new
    olds = _sections(old)
    news = _sections(new)
    if not olds or not news:
        return
    for full in (True, False):
        groups: dict[tuple[str, ...], list[int]] = {}
        for j in news:
            if aligned.to_old[j] < 0:
                groups.setdefault(_title_path(new, j, full=full), []).append(j)
        for path, here in _grouped(old, [i for i in olds if aligned.to_new[i] < 0], full=full).items():
            there = groups.get(path, [])
            if len(here) == len(there) and full:
                for i, j in zip(here, there, strict=True):
                    aligned.pair(i, j)
            elif there:
                _by_content(aligned, here, there, bound=full)


def _by_content(aligned: Aligned, olds: list[int], news: list[int], *, bound: bool) -> None:
    """Pair sections of one heading by what they share. bound: their place alone is evidence enough."""
    if len(olds) * len(news) > MAX_HEADING_PAIRS:
        aligned.coarse = True
        for i, j in zip(olds, news, strict=False):
            aligned.pair(i, j)
        return
    found: list[tuple[float, int, int, int]] = []
    said_old = {i: _said(aligned.old, i) for i in olds}
    said_new = {j: _said(aligned.new, j) for j in news}
    for a, i in enumerate(olds):
        for b, j in enumerate(news):
            shared = sum(1 + len(text) for text in said_old[i] if text in said_new[j])
            if shared or bound or (len(olds) == len(news) == 1 and not (said_old[i] and said_new[j])):
                found.append((-shared, abs(a - b), i, j))
    for _, _, i, j in sorted(found):
        if aligned.to_new[i] < 0 and aligned.to_old[j] < 0:
            aligned.pair(i, j)


def _said(flat: Flat, section: int) -> dict[str, None]:
    return dict.fromkeys(flat.nodes[k].norm for k in range(section + 1, flat.end(section)))


def _sections(flat: Flat) -> list[int]:
    return [node.at for node in flat.nodes[: flat.first_note] if isinstance(node.item, Section)]


def _title_path(flat: Flat, section: int, *, full: bool) -> tuple[str, ...]:
    path = [flat.nodes[section].norm]
    parent = flat.nodes[section].parent
    while full and parent >= 0:
        path.append(flat.nodes[parent].norm)
        parent = flat.nodes[parent].parent
    return tuple(path)


def _grouped(flat: Flat, sections: list[int], *, full: bool) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for at in sections:
        found.setdefault(_title_path(flat, at, full=full), []).append(at)
    return found


# ---------------------------------------------------------------- from where the content went


def settle_sections(aligned: Aligned, words: Words) -> None:
    """Name the sections that no heading paired: renamed, split from or merged into another; headings set as text."""
    old, new = aligned.old, aligned.new
    # Innermost first: a section inside is content of the one around it.
    olds = [i for i in reversed(_sections(old)) if aligned.to_new[i] < 0]
    news = [j for j in reversed(_sections(new)) if aligned.to_old[j] < 0]
    if not olds and not news:
        return
    weight_old = {i: _weight(old, i) for i in olds}
    weight_new = {j: _weight(new, j) for j in news}
    if olds and news:
        flows: list[tuple[float, int, int]] = []
        for i in olds:
            for j, shared in _went(aligned, i).items():
                if j in weight_new and shared >= RENAMED * max(weight_old[i], weight_new[j]):
                    flows.append((-shared / max(weight_old[i], weight_new[j]), i, j))
        for _, i, j in sorted(flows):
            if aligned.to_new[i] < 0 and aligned.to_old[j] < 0:
                aligned.pair(i, j)
        _rename_in_place(aligned, olds, news, words)
    for i in olds:
        if aligned.to_new[i] >= 0:
            continue
        went = {j: w for j, w in _went(aligned, i).items() if j < 0 or aligned.to_old[j] >= 0}
        j = max(went, key=lambda k: (went[k], -k), default=-1)
        if went and went[j] >= FOLLOWED * weight_old[i] and _together(aligned.new, aligned.to_old, j, aligned.old, i):
            aligned.section_merged[i] = j
    for j in news:
        if aligned.to_old[j] >= 0:
            continue
        came = {i: w for i, w in _came(aligned, j).items() if i < 0 or aligned.to_new[i] >= 0}
        i = max(came, key=lambda k: (came[k], -k), default=-1)
        if came and came[i] >= FOLLOWED * weight_new[j] and _together(aligned.old, aligned.to_new, i, aligned.new, j):
            aligned.section_split[j] = i
    _headings_as_text(aligned)


def _weight(flat: Flat, section: int) -> int:
    """The weight of what stands right under a section."""
    return sum(1 + len(n.norm) for n in flat.nodes[section + 1 : flat.end(section)] if n.parent == section)


def _went(aligned: Aligned, section: int) -> dict[int, int]:
    """Where what stood right under an old section stands now: weight by new section."""
    found: dict[int, int] = {}
    nodes = aligned.old.nodes
    for node in nodes[section + 1 : aligned.old.end(section)]:
        j = aligned.to_new[node.at]
        if node.parent == section and j >= 0:
            parent = aligned.new.nodes[j].parent
            found[parent] = found.get(parent, 0) + 1 + len(node.norm)
    return found


def _came(aligned: Aligned, section: int) -> dict[int, int]:
    found: dict[int, int] = {}
    for node in aligned.new.nodes[section + 1 : aligned.new.end(section)]:
        i = aligned.to_old[node.at]
        if node.parent == section and i >= 0:
            parent = aligned.old.nodes[i].parent
            found[parent] = found.get(parent, 0) + 1 + len(node.norm)
    return found


def _together(holder: Flat, pairs: list[int], section: int, other: Flat, part: int) -> bool:
    """Whether what `section` shares with `part` stands in it before or behind all else that was kept, but for a few.

    One paragraph out of the middle of a section makes no split and no merge of it: that one was moved.
    """
    last = holder.end(section) if section >= 0 else holder.first_note
    inside: list[bool] = []
    for node in holder.nodes[section + 1 : last]:
        there = pairs[node.at]
        if node.parent == section and there >= 0 and not isinstance(node.item, Section):
            inside.append(other.nodes[there].parent == part)
    shared = sum(inside)
    strays = min(_strays(inside), _strays(inside[::-1]))
    return shared > 0 and 2 * strays <= shared - 1


def _strays(inside: list[bool]) -> int:
    """How few must be left out so that all that is shared stands behind all that is not."""
    behind = len(inside) - sum(inside)
    fewest = behind
    before = 0
    for here in inside:
        before += here
        behind -= not here
        fewest = min(fewest, before + behind)
    return fewest


def _rename_in_place(aligned: Aligned, olds: list[int], news: list[int], words: Words) -> None:
    """A section whose content says nothing of it (none, or all new) keeps its place under a heading that is alike."""
    found: list[tuple[float, int, int]] = []
    olds = [i for i in olds if aligned.to_new[i] < 0 and not _went(aligned, i)]
    news = [j for j in news if aligned.to_old[j] < 0 and not _came(aligned, j)]
    if len(olds) * len(news) > MAX_HEADING_PAIRS:
        aligned.coarse = True
        return
    for i in olds:
        for j in news:
            a, b = aligned.old.nodes[i], aligned.new.nodes[j]
            if b.parent != (aligned.to_new[a.parent] if a.parent >= 0 else -1):
                continue
            alike = words.likeness(a.norm.casefold(), b.norm.casefold(), TITLE_ALIKE)
            if alike >= TITLE_ALIKE:
                found.append((-round(alike, 2), i, j))
    for _, i, j in sorted(found):
        if aligned.to_new[i] < 0 and aligned.to_old[j] < 0:
            aligned.pair(i, j)


def _headings_as_text(aligned: Aligned) -> None:
    """A line that was a paragraph and is a heading now (or back) with the same words is other markup, not news."""
    old, new = aligned.old, aligned.new
    lone_old = [
        i for i in reversed(range(old.first_note)) if _is_lone(old, i, aligned.to_new) and i not in aligned.left
    ]
    lone_new = [
        j for j in reversed(range(new.first_note)) if _is_lone(new, j, aligned.to_old) and j not in aligned.arrived
    ]
    gone = {_bare(old.nodes[i].norm): i for i in lone_old}
    came = {_bare(new.nodes[j].norm): j for j in lone_new}
    for j in _sections(new):
        if aligned.to_old[j] < 0 and _bare(new.nodes[j].norm) in gone:
            aligned.became_heading[j] = gone.pop(_bare(new.nodes[j].norm))
    for i in _sections(old):
        if aligned.to_new[i] < 0 and _bare(old.nodes[i].norm) in came:
            aligned.became_prose[i] = came.pop(_bare(old.nodes[i].norm))


def _is_lone(flat: Flat, at: int, pairs: list[int]) -> bool:
    return isinstance(flat.nodes[at].item, Prose) and pairs[at] < 0 and bool(flat.nodes[at].norm)


def _bare(text: str) -> str:
    return text.rstrip(":. ")


# ---------------------------------------------------------------- moves


def find_moves(aligned: Aligned) -> None:
    """Mark the blocks and sections that changed their heading or their order under it."""
    old, new = aligned.old, aligned.new
    home_old, home_new = _homes(aligned)
    headings = [aligned.to_old[j] for j in _sections(new) if aligned.to_old[j] >= 0]
    # Headings in the order in which they stood are at other depths at most: in other clothes, not in another place.
    are_in_order = headings == sorted(headings)
    groups: dict[tuple[int, bool], list[int]] = {}
    for node in new.nodes[: new.first_note]:
        i = aligned.to_old[node.at]
        if i < 0:
            continue
        was, now = home_old[old.nodes[i].parent], home_new[node.parent]
        if was != now and isinstance(node.item, Section) and are_in_order:
            continue
        if was != now:
            aligned.moved.add(node.at)
        else:
            groups.setdefault((now, isinstance(node.item, Section)), []).append(node.at)
    for (_, are_sections), here in groups.items():
        weights = [_weight_of(new, j) if are_sections else 1 + len(new.nodes[j].norm) for j in here]
        kept = in_order([aligned.to_old[j] for j in here], weights)
        aligned.moved.update(j for j, stays in zip(here, kept, strict=True) if not stays)


def _weight_of(flat: Flat, section: int) -> int:
    return sum(1 + len(node.norm) for node in flat.nodes[section : flat.end(section)])


def _homes(aligned: Aligned) -> tuple[dict[int, int], dict[int, int]]:
    """Sections that are one (paired, split, merged) under one number, old and new; -1 is the chapter itself."""
    old, new = aligned.old, aligned.new
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
    # A heading that only changed its markup parts nothing: what stood around it still stands together.
    for j, i in aligned.became_heading.items():
        join(old.nodes[i].parent, j)
    for i, j in aligned.became_prose.items():
        join(i, new.nodes[j].parent)
    join(-1, -1)
    numbers: dict[tuple[str, int], int] = {}

    def number(key: tuple[str, int]) -> int:
        return numbers.setdefault(root(key), len(numbers))

    home_old = {k: number(("old", k)) for k in (-1, *_sections(old))}
    home_new = {k: number(("new", k)) for k in (-1, *_sections(new))}
    return home_old, home_new
