"""What became of the sections that no heading paired: told from where what stood in them went. Pure.

Renamed, split from or merged into another; or a heading that a page without marks sets as a paragraph.
"""

import re

from tracker.compare.aligned import Aligned
from tracker.compare.nodes import Flat
from tracker.compare.similar import Words
from tracker.document.model import Prose, Section

RENAMED = 0.5  # so much of a section's content makes another heading its new name
FOLLOWED = 0.5  # so much of its content went with it where a section was split or merged
TITLE_ALIKE = 0.5
MAX_HEADING_PAIRS = 40_000  # above it headings keep their names
_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*|[ivxlc]+|[a-z])[.)]\s+")
_DIGITS = re.compile(r"\d+")


def settle_sections(aligned: Aligned, words: Words) -> None:
    """Name the sections that no heading paired: renamed, split from or merged into another; headings set as text."""
    old, new = aligned.old, aligned.new
    # Innermost first: a section inside is content of the one around it.
    olds = [i for i in reversed(old.sections) if aligned.to_new[i] < 0]
    news = [j for j in reversed(new.sections) if aligned.to_old[j] < 0]
    if not olds and not news:
        return
    weight_old = {i: own_weight(old, i) for i in olds}
    weight_new = {j: own_weight(new, j) for j in news}
    if olds and news:
        flows: list[tuple[float, int, int]] = []
        for i in olds:
            for j, shared in _flow(old, aligned.to_new, new, i).items():
                if j in weight_new and shared >= RENAMED * max(weight_old[i], weight_new[j]):
                    flows.append((-shared / max(weight_old[i], weight_new[j]), i, j))
        for _, i, j in sorted(flows):
            if aligned.to_new[i] < 0 and aligned.to_old[j] < 0:
                aligned.pair(i, j)
        _rename_in_place(aligned, olds, news, words)
    for i in olds:
        there = _followed(old, aligned.to_new, new, aligned.to_old, i) if aligned.to_new[i] < 0 else None
        if there is not None:
            aligned.section_merged[i] = there
    for j in news:
        there = _followed(new, aligned.to_old, old, aligned.to_new, j) if aligned.to_old[j] < 0 else None
        if there is not None:
            aligned.section_split[j] = there
    _headings_as_text(aligned)


def own_weight(flat: Flat, section: int) -> int:
    """The weight of what stands right under a section."""
    return sum(2 + 2 * len(n.norm) for n in flat.nodes[section + 1 : flat.end(section)] if n.parent == section)


def _followed(flat: Flat, pairs: list[int], other: Flat, back: list[int], section: int) -> int | None:
    """The section on the other side that holds what this one held, -1 the chapter itself; None where none does."""
    went = {k: w for k, w in _flow(flat, pairs, other, section).items() if k < 0 or back[k] >= 0}
    there = max(went, key=lambda k: (went[k], -k), default=None)
    if there is None or went[there] < FOLLOWED * own_weight(flat, section):
        return None
    is_it = _is_most(flat, section, pairs, other, there) and _together(other, back, there, flat, section)
    return there if is_it else None


def _flow(flat: Flat, pairs: list[int], other: Flat, section: int) -> dict[int, int]:
    """Where what stands right under a section stands on the other side: weight by section there."""
    found: dict[int, int] = {}
    for node in flat.nodes[section + 1 : flat.end(section)]:
        there = pairs[node.at]
        if node.parent == section and there >= 0:
            parent = other.nodes[there].parent
            # What it weighs on both sides, so that the way back comes to the same.
            found[parent] = found.get(parent, 0) + 2 + len(node.norm) + len(other.nodes[there].norm)
    return found


def _is_most(flat: Flat, section: int, pairs: list[int], other: Flat, there: int) -> bool:
    """Whether more than one thing, or the only one, of a section stands in the other: one of several was moved."""
    inside = [n for n in flat.nodes[section + 1 : flat.end(section)] if n.parent == section]
    shared = sum(pairs[n.at] >= 0 and other.nodes[pairs[n.at]].parent == there for n in inside)
    return shared > 1 or shared == len(inside)


def _together(holder: Flat, pairs: list[int], section: int, other: Flat, part: int) -> bool:
    """Whether what `section` shares with `part` stands in it before or behind all else that stayed, but for a few.

    One paragraph out of the middle of a section makes no split and no merge of it: that one was moved.
    """
    last = holder.end(section) if section >= 0 else holder.first_note
    stays = pairs[section] if section >= 0 else -1
    inside: list[bool] = []
    for node in holder.nodes[section + 1 : last]:
        there = pairs[node.at]
        if node.parent == section and there >= 0 and not isinstance(node.item, Section):
            parent = other.nodes[there].parent
            inside += [parent == part] if parent in (part, stays) else []
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
    """A section keeps its place under a heading that is alike where its content, or without any its place, says so.

    Where the content is all new and the headings differ in a number ("GDP 2023", "GDP 2024"), one went and one came.
    """
    olds = [i for i in olds if aligned.to_new[i] < 0]
    news = [j for j in news if aligned.to_old[j] < 0]
    if len(olds) * len(news) > MAX_HEADING_PAIRS:
        aligned.coarse = True
        return
    went = {i: _flow(aligned.old, aligned.to_new, aligned.new, i) for i in olds}
    came = {j: _flow(aligned.new, aligned.to_old, aligned.old, j) for j in news}
    found: list[tuple[int, float, int, int]] = []
    for i in olds:
        for j in news:
            a, b = aligned.old.nodes[i], aligned.new.nodes[j]
            shared = went[i].get(j, 0)
            if not aligned.are_one(a.parent, b.parent) or (not shared and (went[i] or came[j])):
                continue
            one, other = _unnumbered(a.norm), _unnumbered(b.norm)
            if not shared and one != other and _figures(one) == _figures(other):
                continue
            alike = words.likeness(one, other, TITLE_ALIKE)
            if alike >= TITLE_ALIKE and (shared or _stands_there(aligned, i, j)):
                found.append((-shared, -round(alike, 2), i, j))
    for _, _, i, j in sorted(found):
        if aligned.to_new[i] < 0 and aligned.to_old[j] < 0:
            aligned.pair(i, j)


def _unnumbered(title: str) -> str:
    """A heading without its case and the number in front of it ("14. Indemnity")."""
    return _NUMBER.sub("", title.casefold())


def _figures(title: str) -> str:
    return _DIGITS.sub("0", title)


def _stands_there(aligned: Aligned, i: int, j: int) -> bool:
    """Whether old section i and new section j stand behind the same one of the sections that are paired."""
    before = next((k for k in range(i - 1, -1, -1) if _is_paired_section(aligned.old, k, aligned.to_new)), -1)
    there = next((k for k in range(j - 1, -1, -1) if _is_paired_section(aligned.new, k, aligned.to_old)), -1)
    return there == (aligned.to_new[before] if before >= 0 else -1)


def _is_paired_section(flat: Flat, at: int, pairs: list[int]) -> bool:
    return isinstance(flat.nodes[at].item, Section) and pairs[at] >= 0


def _headings_as_text(aligned: Aligned) -> None:
    """A line that was a paragraph and is a heading now (or back) with the same words is other markup, not news."""
    old, new = aligned.old, aligned.new
    lone_old = [
        i for i in reversed(range(old.first_note)) if _is_lone(old, i, aligned.to_new) and i not in aligned.left
    ]
    lone_new = [
        j for j in reversed(range(new.first_note)) if _is_lone(new, j, aligned.to_old) and j not in aligned.arrived
    ]
    gone: dict[str, list[int]] = {}
    came: dict[str, list[int]] = {}
    for i in lone_old:
        gone.setdefault(_bare(old.nodes[i].norm), []).append(i)
    for j in lone_new:
        came.setdefault(_bare(new.nodes[j].norm), []).append(j)
    for j in new.sections:
        if aligned.to_old[j] < 0 and gone.get(_bare(new.nodes[j].norm)):
            aligned.became_heading[j] = _nearest(gone[_bare(new.nodes[j].norm)], j, aligned.to_old)
    for i in old.sections:
        if aligned.to_new[i] < 0 and came.get(_bare(old.nodes[i].norm)):
            aligned.became_prose[i] = _nearest(came[_bare(old.nodes[i].norm)], i, aligned.to_new)


def _nearest(lines: list[int], heading: int, pairs: list[int]) -> int:
    """Take out of equal lines the one before what stood behind the heading, else the first. lines: last first."""
    behind = pairs[heading + 1] - 1 if heading + 1 < len(pairs) else -1
    return lines.pop(lines.index(behind) if behind in lines else -1)


def _is_lone(flat: Flat, at: int, pairs: list[int]) -> bool:
    return isinstance(flat.nodes[at].item, Prose) and pairs[at] < 0 and bool(flat.nodes[at].norm)


def _bare(text: str) -> str:
    return text.rstrip(":. ")
