"""Note labels are presentation: how they shifted, and what a text with its references looks like afterwards. Pure.

Lives here: the map from old labels to new ones, its compact form, and where references and links of a text land when
its words change. What the map and the words foretell is not stored in a patch.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any  # Any: JSON data

from tracker.document.model import Link, Ref, Text

Labels = Mapping[str, str]
_IN_BRACKETS = re.compile(r"\[([^\[\]]{1,12})\]")


def label_map(votes: Iterable[tuple[str, str]], occurring: Iterable[str]) -> dict[str, str]:
    """Old label → new label for those that changed, so that no two labels that are copied become one.

    votes: (old, new) labels of notes and references that are the same ones, in reading order; the most frequent wins,
    then the first. occurring: all labels of what is copied; one that no vote names goes with the number before it.
    """
    counts: dict[tuple[str, str], int] = {}
    for vote in votes:
        counts[vote] = counts.get(vote, 0) + 1
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for old, new in sorted(counts, key=lambda vote: -counts[vote]):  # stable: the first voted wins among equals
        if old not in chosen and new not in taken:
            chosen[old] = new
            taken.add(new)
    for label, guess in _guesses(chosen, [label for label in dict.fromkeys(occurring) if label not in chosen]):
        found = guess if guess not in taken else label
        chosen[label] = found
        taken.add(found)
    # Two that would become one keep their labels, and so does what stands in their way: such are told in full.
    while True:
        first: dict[str, str] = {}
        clash = [old for old, new in chosen.items() if first.setdefault(new, old) != old]
        if not clash:
            return {old: new for old, new in chosen.items() if old != new}
        for old in clash:
            chosen[first[chosen[old]]] = first[chosen[old]]
            chosen[old] = old


def _guesses(chosen: Labels, unnamed: Sequence[str]) -> Iterable[tuple[str, str]]:
    """What labels without a vote became, if they went with the nearest number before them."""
    known = sorted((int(old), int(new)) for old, new in chosen.items() if _is_number(old) and _is_number(new))
    numbers = [old for old, _ in known]
    for label in unnamed:
        at = bisect_left(numbers, int(label)) if _is_number(label) else 0
        shift = known[at - 1][1] - known[at - 1][0] if at else 0
        yield label, str(int(label) + shift) if shift and int(label) + shift >= 0 else label


def pack(labels: Labels, occurring: Iterable[str]) -> list[list[Any]]:
    """The map as JSON data: `[first, last, shift]` for runs of numbers, `["old", "new"]` for other labels."""
    numbers = sorted({int(label) for label in occurring if _is_number(label)})
    runs: list[list[Any]] = []
    packed: set[str] = set()
    open_run = False
    for number in numbers:
        new = labels.get(str(number))
        if new is None or not _is_number(new):
            open_run = False
            continue
        shift = int(new) - number
        if open_run and runs[-1][2] == shift:
            runs[-1][1] = number
        else:
            runs.append([number, number, shift])
        open_run = True
        packed.add(str(number))
    return runs + [[old, new] for old, new in sorted(labels.items()) if old not in packed]


def unpack(packed: Sequence[Sequence[Any]], occurring: Iterable[str]) -> dict[str, str]:
    """The map that `pack` wrote, for these labels."""
    pairs = {entry[0]: entry[1] for entry in packed if len(entry) == 2}
    runs = [entry for entry in packed if len(entry) == 3]
    found: dict[str, str] = {}
    for label in dict.fromkeys(occurring):
        if label in pairs:
            found[label] = pairs[label]
        elif runs and _is_number(label):
            number = int(label)
            for first, last, shift in runs:
                if first <= number <= last:
                    found[label] = str(number + shift)
                    break
    return found


def reverse(packed: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The packed map of the way back."""
    runs = sorted([first + shift, last + shift, -shift] for first, last, shift in (e for e in packed if len(e) == 3))
    return runs + sorted([new, old] for old, new in (e for e in packed if len(e) == 2))


def told(packed: Sequence[Sequence[Any]]) -> str:
    """The map for a reader: `5-78: +1; a → b`."""
    parts = []
    for entry in packed:
        if len(entry) == 3:
            first, last, shift = entry
            parts.append(f"{first}-{last}: {shift:+d}" if first != last else f"{first}: {shift:+d}")
        else:
            parts.append(f"{entry[0]} → {entry[1]}")
    return "; ".join(parts)


def relabel(text: Text, labels: Labels) -> Text:
    """The text with its references renumbered."""
    if not text.refs or not labels:
        return text
    return Text(text.plain, tuple(Ref(r.offset, labels.get(r.label, r.label)) for r in text.refs), text.links)


def relabel_words(words: str, labels: Labels) -> str:
    """A warning's words with the labels in them (`[12]`, or a label alone) renumbered."""
    if words in labels:
        return labels[words]
    return _IN_BRACKETS.sub(lambda found: f"[{labels.get(found[1], found[1])}]", words) if labels else words


def carried(text: Text, plain: str, hunks: Sequence[Sequence[Any]], labels: Labels) -> Text:
    """The text with the words `plain`, references and links where `hunks` (spans or a text delta) carry them."""
    refs = tuple(Ref(_carry(r.offset, hunks), labels.get(r.label, r.label)) for r in text.refs)
    links = tuple(Link(_carry(k.start, hunks, opens=True), _carry(k.end, hunks), k.href) for k in text.links)
    return Text(plain, refs, links)


def _carry(offset: int, hunks: Sequence[Sequence[Any]], *, opens: bool = False) -> int:
    """Where an offset lands: behind the character it stands behind (`opens`: before the one it stands before)."""
    old = new = 0
    for k, (mark, told_) in enumerate(hunks):
        size = told_ if isinstance(told_, int) else len(told_)
        if mark == "+":
            new += size
            continue
        inside = old <= offset < old + size if opens else old < offset <= old + size
        if inside and mark == "=":
            return new + offset - old
        if inside:
            ends = offset == old + size
            came = hunks[k + 1][1] if k + 1 < len(hunks) and hunks[k + 1][0] == "+" else ""
            return new + (len(came) if ends and isinstance(came, str) else 0)
        old += size
        if mark == "=":
            new += size
    return new if offset else 0


def _is_number(label: str) -> bool:
    return label.isascii() and label.isdigit() and (label == "0" or label[0] != "0") and len(label) < 10
