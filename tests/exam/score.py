"""Marks an answer: which of the expected edits it tells, what it tells beside them, and whether the patch is exact.

An edit counts when its kind and chapter are right and at least 80 % of the words of `old` and of `new` agree. Each
told edit answers one expected edit at most.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

import tracker
from tests.exam.truth import Expected
from tracker.document.canonical import norm
from tracker.document.edit import LEVELS

AGREE = 0.8
Told = dict[str, object]  # an edit as JSON, tracker.edit/1


@dataclass
class Mark:
    """One case, marked. pairs: what was told for what. missing, extra: what was not, and what should not have been.

    misplaced: cells named wrongly. misweighed: (expected, told) levels that are wrong. unlawful: laws that are broken.
    """

    pairs: list[tuple[Expected, Told]] = field(default_factory=list)
    missing: list[Expected] = field(default_factory=list)
    extra: list[Told] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    misweighed: list[str] = field(default_factory=list)
    unlawful: list[str] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Whether exactly the right edits were told."""
        return not self.missing and not self.extra


def agree(told: str, wanted: str | None) -> float:
    """How many of the words agree, 0..1: shared words to those of the longer side."""
    if wanted is None:
        return 1.0
    one, other = norm(told).split(), norm(wanted).split()
    if not one or not other:
        return float(one == other)
    return sum((Counter(one) & Counter(other)).values()) / max(len(one), len(other))


def answers(told: Told, wanted: Expected) -> float:
    """How well a told edit answers an expected one, 0 where it does not."""
    if told["kind"] != wanted.kind or told["chapter"] not in wanted.chapters:
        return 0.0
    best = 0.0
    for old, new in wanted.ways:
        one, other = agree(str(told["old"]), old), agree(str(told["new"]), new)
        if min(one, other) >= AGREE:
            best = max(best, one + other)
    if best and told["cell"] and wanted.row:
        cell = told["cell"]
        best += 0.1 * (isinstance(cell, dict) and norm(str(cell["row"])) == norm(wanted.row))
    return best


def pair(told: list[Told], wanted: list[Expected]) -> tuple[list[tuple[Expected, Told]], list[Expected], list[Told]]:
    """The best answers one to one; what was not told; what was told beside them."""
    scores = [(answers(t, w), i, j) for j, w in enumerate(wanted) for i, t in enumerate(told)]
    found: dict[int, int] = {}
    used: set[int] = set()
    for score, i, j in sorted(scores, key=lambda s: (-s[0], s[2], s[1])):
        if score and i not in used and j not in found:
            found[j] = i
            used.add(i)
    pairs = [(wanted[j], told[i]) for j, i in sorted(found.items())]
    missing = [w for j, w in enumerate(wanted) if j not in found and not w.optional]
    return pairs, missing, [t for i, t in enumerate(told) if i not in used]


def mark(old: tracker.Document, new: tracker.Document, wanted: list[Expected]) -> Mark:
    """Compare the two documents and mark what is said of them."""
    comparison = tracker.compare(old, new)
    data = json.loads(json.dumps(comparison.to_json()))
    told: list[Told] = data["edits"]
    result = Mark(*pair(told, wanted))
    for expected, edit in result.pairs:
        _weigh(expected, edit, result)
        cell = edit["cell"]
        if isinstance(cell, dict) and expected.row and norm(str(cell["row"])) != norm(expected.row):
            result.misplaced.append(f"row {expected.row!r}, told {cell['row']!r}")
        if isinstance(cell, dict) and expected.column and norm(str(cell["column"])) != norm(expected.column):
            result.misplaced.append(f"column {expected.column!r}, told {cell['column']!r}")
    result.unlawful += (f"{slug} is not told as silent" for slug in _silent(old, wanted) - set(comparison.silent))
    read = tracker.Comparison.from_json(data)
    if tracker.apply(read, old) != new:
        result.unlawful.append("apply is not exact")
    if tracker.apply(tracker.inverse(read), new) != old:
        result.unlawful.append("inverse is not exact")
    return result


def _silent(old: tracker.Document, wanted: list[Expected]) -> set[str]:
    """The chapters whose words changed under an unchanged date; what only moved changed none."""
    dated = {c.slug for c in old.chapters if c.date}
    excused = {slug for w in wanted if w.kind == "date_changed" or w.kind[:8] == "chapter_" for slug in w.chapters}
    changed = {w.chapters[0] for w in wanted if len(w.chapters) == 1 and not w.optional and _has_other_words(w)}
    return (changed & dated) - excused


def _has_other_words(wanted: Expected) -> bool:
    old, new = wanted.ways[0]
    return old is not None and new is not None and sorted(norm(old).split()) != sorted(norm(new).split())


def _weigh(expected: Expected, edit: Told, result: Mark) -> None:
    salience = edit["salience"]
    assert isinstance(salience, dict)
    level = LEVELS.index(salience["level"])
    wrong = (
        (expected.salience == "critical" and level < LEVELS.index("critical"))
        or (expected.salience == "high" and level < LEVELS.index("high"))
        or (expected.salience == "wording" and level > LEVELS.index("normal"))
    )
    if wrong:
        result.misweighed.append(
            f"{expected.salience}, told {salience['level']} {salience['why']}: {edit['old']!r} → {edit['new']!r}"
        )


@dataclass
class Tally:
    """Many cases, counted."""

    cases: Counter[str] = field(default_factory=Counter)
    exact: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)
    weighed: Counter[str] = field(default_factory=Counter)
    misweighed: Counter[str] = field(default_factory=Counter)
    misplaced: int = 0
    unlawful: int = 0

    def add(self, name: str, result: Mark) -> None:
        """Count one case of a sort."""
        self.cases[name] += 1
        self.exact[name] += result.is_exact
        for expected, edit in result.pairs:
            self.hit[str(edit["kind"])] += 1
            self.wanted[expected.kind] += 1
            self.told[expected.kind] += 1
            if expected.salience:
                self.weighed[expected.salience] += 1
        self.wanted.update(w.kind for w in result.missing)
        self.told.update(str(t["kind"]) for t in result.extra)
        self.misweighed.update(m.partition(",")[0] for m in result.misweighed)
        self.misplaced += bool(result.misplaced)
        self.unlawful += bool(result.unlawful)

    def update(self, other: "Tally") -> None:
        """Add another tally to this one."""
        for name in ("cases", "exact", "wanted", "told", "hit", "weighed", "misweighed"):
            getattr(self, name).update(getattr(other, name))
        self.misplaced += other.misplaced
        self.unlawful += other.unlawful

    @property
    def precision(self) -> float:
        """Right ones among those told."""
        return _share(sum(self.hit.values()), sum(self.told.values()))

    @property
    def recall(self) -> float:
        """Told ones among those that should be."""
        return _share(sum(self.hit.values()), sum(self.wanted.values()))

    @property
    def exactly(self) -> float:
        """Cases exactly right."""
        return _share(sum(self.exact.values()), sum(self.cases.values()))

    def kinds(self) -> Iterable[tuple[str, float, float, int]]:
        """Each kind with its precision, recall and number."""
        for kind in sorted(set(self.wanted) | set(self.told)):
            yield (
                kind,
                _share(self.hit[kind], self.told[kind]),
                _share(self.hit[kind], self.wanted[kind]),
                self.wanted[kind],
            )


def _share(some: int, all_: int) -> float:
    return some / all_ if all_ else 1.0


def shown(edits: Iterable[Told]) -> str:
    """Told edits in a few lines."""
    return "\n".join(
        f"    {e['kind']:16} {e['chapter']} {e['section']} {str(e['old'])!r:.160} → {str(e['new'])!r:.160}"
        for e in edits
    )


def asked(edits: Iterable[Expected]) -> str:
    """Expected edits in a few lines."""
    return "\n".join(
        f"    {e.kind:16} {e.chapters[0]} {list(e.section or ())} {e.ways[0][0]!r:.160} → {e.ways[0][1]!r:.160}"
        for e in edits
    )


def runs(lines: list[str]) -> list[tuple[str, int]]:
    """Equal lines, counted."""
    return [(line, len(list(group))) for line, group in groupby(sorted(lines))]
