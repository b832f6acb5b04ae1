"""The tables of invented pairs in salience/, read as cases. Our own prose."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tracker.compare.words import spans
from tracker.document.edit import CellPlace, Edit, EditKind, Level, Salience

CALM: tuple[Level, ...] = ("low", "normal")


@dataclass(frozen=True, slots=True)
class Case:
    """A pair of texts, the levels that are right for it, and the reasons that must be among those given."""

    category: str
    levels: tuple[Level, ...]
    reasons: frozenset[str]
    kind: EditKind
    cell: CellPlace | None
    section: tuple[str, ...]
    old: str
    new: str

    def edit(self) -> Edit:
        return Edit(
            kind=self.kind,
            chapter="impact",
            chapter_title="Impact",
            section=self.section,
            cell=self.cell,
            old=self.old,
            new=self.new,
            spans=spans(self.old, self.new),
        )

    def back(self) -> "Case":
        """The same pair the other way round."""
        other = {"added": "removed", "removed": "added"}
        stem, _, end = self.kind.rpartition("_")
        kind = "_".join(part for part in (stem, other.get(end, end)) if part)
        return Case(
            self.category, self.levels, self.reasons, cast(EditKind, kind), self.cell, self.section, self.new, self.old
        )

    def is_right(self, told: Salience) -> bool:
        return told.level in self.levels and self.reasons <= kinds_of(told)

    @property
    def is_loud(self) -> bool:
        """Whether it must be told as critical or high."""
        return self.levels[0] in ("critical", "high")

    def __str__(self) -> str:
        return f"{self.category}: {self.old} → {self.new}"


def kinds_of(told: Salience) -> frozenset[str]:
    """The reasons without what they say more: `number: 5 → 6` is `number`."""
    return frozenset(reason.partition(":")[0] for reason in told.why)


def cases(name: str) -> list[Case]:
    """The cases of one table."""
    found: list[Case] = []
    category, levels, reasons = "", CALM, frozenset[str]()
    kind: EditKind | None = None
    cell, section, old = None, (), ""
    for line in (Path(__file__).parent / "salience" / f"{name}.txt").read_text("utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "##":
            category = rest
        elif not category or not line:
            continue
        elif mark == "@":
            what, _, told = rest.partition(" ")
            if what == "kind":
                kind = cast(EditKind, told)
            elif what == "section":
                section = (told,)
            else:
                cell = CellPlace(*(part.strip() for part in told.split("/")))
        elif mark == "-":
            old = rest
        elif mark == "+":
            named: EditKind = kind or ("cell_changed" if cell else "replaced")
            found.append(Case(category, levels, reasons, named, cell, section, old, rest))
            kind, cell, section = None, None, ()
        else:
            levels = CALM if mark == "calm" else (cast(Level, mark),)
            reasons = frozenset(part.strip() for part in rest.split(",") if part)
    return found
