"""Which section is which, by their headings: before the blocks are paired. Pure.

Not here: what became of those that no heading pairs (fates.py), what was moved (moves.py).
"""

from tracker.compare.aligned import Aligned
from tracker.compare.nodes import Flat
from tracker.compare.order import common

MAX_TWINS = 400  # pairs of sections of one heading; above it their places tell them apart
MAX_HEADING_PAIRS = 40_000  # above it headings keep their order


def pair_headings(aligned: Aligned) -> None:
    """Pair sections of the same path of headings, then of the same heading elsewhere in the chapter."""
    old, new = aligned.old, aligned.new
    olds, news = old.sections, new.sections
    if not olds or not news:
        return
    _by_telling_content(aligned, olds, news)
    for full in (True, False):
        groups: dict[tuple[str, ...], list[int]] = {}
        for j in news:
            if aligned.to_old[j] < 0:
                groups.setdefault(_title_path(new, j, full=full), []).append(j)
        for path, here in _grouped(old, [i for i in olds if aligned.to_new[i] < 0], full=full).items():
            there = groups.get(path, [])
            if len(here) == len(there) and full and len(here) * len(there) <= MAX_HEADING_PAIRS:
                for i, j in zip(here, there, strict=True):
                    aligned.pair(i, j)
            elif there:
                _by_content(aligned, here, there, bound=full)


def _by_telling_content(aligned: Aligned, olds: list[int], news: list[int]) -> None:
    """Pair sections whose heading comes several times ("Outlook") with the one that holds half of what they hold."""
    there = _grouped(aligned.new, news, full=False)
    for path, here in _grouped(aligned.old, olds, full=False).items():
        twins = there.get(path, [])
        if not 1 < len(here) * len(twins) <= MAX_TWINS:
            continue
        said_old = {i: _said(aligned.old, i) for i in here}
        said_new = {j: _said(aligned.new, j) for j in twins}
        found: list[tuple[int, bool, int, int, int]] = []
        stayed: tuple[set[int], set[int]] = set(), set()
        for a, i in enumerate(here):
            for b, j in enumerate(twins):
                shared = sum(1 + len(text) for text in said_old[i] if text in said_new[j])
                if not shared:
                    continue
                is_away = _title_path(aligned.old, i, full=True) != _title_path(aligned.new, j, full=True)
                if not is_away:
                    stayed[0].add(i)
                    stayed[1].add(j)
                if 2 * shared >= max(sum(1 + len(t) for t in said) for said in (said_old[i], said_new[j])):
                    found.append((-shared, is_away, abs(a - b), i, j))
        # A section that kept a word at its own place is not the one that its paragraphs went to or came from.
        found = [told for told in found if not told[1] or (told[3] not in stayed[0] and told[4] not in stayed[1])]
        for *_, i, j in sorted(found):
            if aligned.to_new[i] < 0 and aligned.to_old[j] < 0:
                aligned.pair(i, j)


def _by_content(aligned: Aligned, olds: list[int], news: list[int], *, bound: bool) -> None:
    """Pair sections of one heading by what they share. bound: their place alone is evidence enough."""
    if len(olds) * len(news) > MAX_HEADING_PAIRS:
        _many_by_content(aligned, olds, news)
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


def _many_by_content(aligned: Aligned, olds: list[int], news: list[int]) -> None:
    """Pair very many sections of one heading: those of equal content in order, then the rest in order, coarsely."""
    said = [tuple(_said(aligned.old, i)) for i in olds], [tuple(_said(aligned.new, j)) for j in news]
    for a, b in common(*said):
        aligned.pair(olds[a], news[b])
    rest_old, rest_new = [i for i in olds if aligned.to_new[i] < 0], [j for j in news if aligned.to_old[j] < 0]
    if len(rest_old) * len(rest_new) <= MAX_HEADING_PAIRS:
        _by_content(aligned, rest_old, rest_new, bound=False)
        return
    aligned.coarse = True
    for i, j in zip(rest_old, rest_new, strict=False):
        aligned.pair(i, j)


def _said(flat: Flat, section: int) -> dict[str, None]:
    return dict.fromkeys(flat.nodes[k].norm for k in range(section + 1, flat.end(section)))


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
