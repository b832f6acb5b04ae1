"""A table printed as one line a cell: which line is which cell.

Lives here: the sorting of lines into labels, values, bands, groups, names and activities, and of cells into rows.
Not here: where a table begins (lines.py). Pure.

A line is sorted by weighing all ways to read the lines at once, not by its neighbours alone: known labels weigh
most, so that a word changed in one cell leaves every other cell what it was.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tracker.document.model import Cell, Row, Text
from tracker.extract.grids import Body, Line, cell, known_grid, unknown_grid
from tracker.extract.publishers import TableRule, alike, key

NEAR = 40  # lines above that tell what a line is

_NEVER = float("-inf")
_FUNCTION_WORDS = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to", "with")
)
_WORD = re.compile(r"[^\W\d_][\w'’.-]*")


@dataclass(frozen=True, slots=True)
class _Grammar:
    """How lines may follow one another: `steps[a, b]` weighs b after a; "^" begins and "$" ends."""

    states: str
    steps: Mapping[tuple[str, str], float]
    weigh: Callable[[Text, TableRule], Mapping[str, float]]


def _known(line: str, known: frozenset[str], *, exact: float, near: float, else_: float) -> float:
    """What a line weighs as one of the known texts."""
    here = key(line)
    if here in known:
        return exact
    return near if any(alike(here, k) >= 0.5 for k in known) else else_


def _label_or_value(text: Text, rule: TableRule) -> Mapping[str, float]:
    line = text.plain
    label = _known(line, rule.labels, exact=4, near=2, else_=-0.5)
    band = _known(line, rule.bands, exact=4, near=1, else_=-4)
    if label < 4 and band < 4:
        label -= 3 * line[:1].isdigit() + 3 * (": " in line) + 2 * (len(line) > 90) + 2 * line.endswith(".")
    known = key(line) in rule.labels or key(line) in rule.bands
    return {"B": band, "L": label, "V": -3 if known else 0}


def _group_name_or_activity(text: Text, rule: TableRule) -> Mapping[str, float]:
    line = text.plain
    words = [w for w in _WORD.findall(line[:400]) if w not in _FUNCTION_WORDS]
    capitals = sum(not w[0].islower() for w in words) / len(words) if words else 0.5
    # "Ministry of Education" is written in capitals throughout, "Coordinates risk education" at its head alone.
    named = 2 * capitals - 1
    known = key(line) in rule.groups
    return {
        "G": _known(line, rule.groups, exact=4, near=1.5, else_=-2.5 if named > 0.5 and len(words) < 4 else -5),
        "N": -4 if known else 1.5 * named - (1.5 if len(line) > 70 else 0),
        "A": -4 if known else -named,
    }


_PAIRS = _Grammar(
    "BLV",
    {
        ("^", "B"): 0, ("^", "L"): 0,
        ("B", "L"): 0, ("B", "B"): -3,
        ("L", "V"): 0, ("L", "L"): -4, ("L", "B"): -4,
        ("V", "L"): 0, ("V", "B"): 0, ("V", "V"): -1.5,
        ("V", "$"): 0, ("L", "$"): -4, ("B", "$"): -4,
    },
    _label_or_value,
)  # fmt: skip
_GROUPED = _Grammar(
    "GNA",
    {
        ("^", "G"): 0, ("^", "N"): -2,
        ("G", "N"): 0,
        ("N", "A"): 0, ("N", "N"): -4.5, ("N", "G"): -4.5,
        ("A", "A"): -1, ("A", "N"): 0, ("A", "G"): 0,
        ("A", "$"): 0, ("N", "$"): -3, ("G", "$"): -4,
    },
    _group_name_or_activity,
)  # fmt: skip


def _best(lines: Sequence[Line], rule: TableRule, grammar: _Grammar, ends: Mapping[str, float] | None = None) -> str:
    """The likeliest state of each line (Viterbi). None is an empty cell: the value or activity of what it follows.

    ends: what the last line weighs as each state, in place of the grammar's own end.
    """
    filler = grammar.states[-1]
    paths: dict[str, tuple[float, str]] = {"^": (0.0, "")}
    for line in lines:
        weights = (
            grammar.weigh(line, rule) if line is not None else {s: 0.0 if s == filler else _NEVER for s in "BLVGNA"}
        )
        nexts: dict[str, tuple[float, str]] = {}
        for state in grammar.states:
            ways = [
                (score + step + weights[state], path + state)
                for before, (score, path) in paths.items()
                if (step := grammar.steps.get((before, state))) is not None
            ]
            if ways:
                nexts[state] = max(ways)
        paths = nexts or paths
    last = ends or {s: grammar.steps.get((s, "$"), _NEVER) for s in grammar.states}
    return max(((score + last.get(s, _NEVER), path) for s, (score, path) in paths.items()), default=(0.0, ""))[1]


def body(lines: Sequence[Line], rule: TableRule) -> Body:
    """The table that begins with the first line, as the rule's shape reads it.

    A None ends the table, unless the row is short of a cell there, or what follows goes on with known labels.
    """
    if rule.shape == "grid":
        return known_grid(lines, rule) if rule.header else unknown_grid(lines)
    head = len(rule.header) if rule.shape == "grouped" else 0
    header = (Row(tuple(cell(line) for line in lines[:head])),) if head else ()
    inner, used = _until_end(lines[head:], rule)
    make = {"grouped": _grouped_rows, "column": _column_rows}.get(rule.shape, _pair_rows)
    return Body(header, make(inner, rule), head + used)


def _until_end(lines: Sequence[Line], rule: TableRule) -> tuple[list[Line], int]:
    """The lines of the table, with None for an empty cell, and how many were taken to tell."""
    taken: list[Line] = []
    for at, line in enumerate(lines):
        if line is not None:
            taken.append(line)
        elif taken and _wants_cell(taken, rule):
            taken.append(None)
        elif not _goes_on(lines[at + 1 :], rule):
            return taken, at
    kept = _without_prose(taken, rule)
    return kept, len(lines) - (len(taken) - len(kept))


def _wants_cell(taken: Sequence[Line], rule: TableRule) -> bool:
    """Whether the last line is a label or name that still waits for its cell."""
    last, taken = taken[-1], taken[-NEAR:]
    if last is None or rule.shape == "column":
        return False
    if rule.shape == "grouped":
        return _best(taken, rule, _GROUPED, {"N": 0.0, "A": 0.0}).endswith("N")
    return _label_or_value(last, rule)["L"] >= 1 and _best(taken, rule, _PAIRS, {"L": 0.0, "V": 0.0}).endswith("L")


def _goes_on(rest: Sequence[Line], rule: TableRule) -> bool:
    """Whether what follows an empty line still is of this table: it was an empty paragraph in a cell."""
    known = rule.groups if rule.shape in ("grouped", "column") else rule.labels | rule.bands
    following = rest[: rest.index(None)] if None in rest else rest
    if not following or following[0] is None:
        return False
    if key(following[0].plain) in known:
        return True
    return rule.shape == "grouped" and any(line is not None and key(line.plain) in known for line in following)


def _without_prose(taken: list[Line], rule: TableRule) -> list[Line]:
    """The lines without a sentence that follows the table with nothing between, where its last cell has its text."""
    while len(taken) > 2:
        last, before = taken[-1], taken[-2]
        if last is None or before is None or len(last.plain) < 80 or not last.plain.endswith("."):
            return taken
        grammar, waiting = (_GROUPED, "N") if rule.shape == "grouped" else (_PAIRS, "L")
        if rule.shape != "column" and _best(taken[-NEAR:-1], rule, grammar).endswith(waiting):
            return taken
        if rule.shape == "key_value" and key(before.plain) in rule.labels:
            return taken
        taken = taken[:-1]
    return taken


def _pair_rows(lines: Sequence[Line], rule: TableRule) -> tuple[Row, ...]:
    rows: list[Row] = []
    label: Text | None = None
    values: list[Text] = []

    def close() -> None:
        if label is not None:
            rows.append(Row((Cell((label,)), Cell(tuple(values)))))

    for line, state in zip(lines, _best(lines, rule, _PAIRS), strict=True):
        if state == "V":
            values += [line] if line is not None else []
            continue
        close()
        label, values = (line if state == "L" else None), []
        if state == "B":
            rows.append(Row((cell(line),), is_band=True))
    close()
    return tuple(rows)


def _grouped_rows(lines: Sequence[Line], rule: TableRule) -> tuple[Row, ...]:
    rows: list[Row] = []
    group, name = Cell(), Cell()
    activities: list[Text] = []
    is_open = False

    def close() -> None:
        if is_open:
            rows.append(Row((group, name, Cell(tuple(activities)))))

    for line, state in zip(lines, _best(lines, rule, _GROUPED), strict=True):
        if state == "A":
            activities += [line] if line is not None else []
            continue
        close()
        is_open = state == "N"
        if state == "G":
            group = cell(line)
        else:
            name, activities = cell(line), []
    close()
    return tuple(rows)


def _column_rows(lines: Sequence[Line], rule: TableRule) -> tuple[Row, ...]:
    def is_band(at: int, line: Line) -> bool:
        if line is None:
            return False
        here = key(line.plain)
        return here in rule.groups or (at == 0 and len(lines) > 1 and any(alike(here, g) >= 0.5 for g in rule.groups))

    return tuple(Row((cell(line),), is_band(at, line)) for at, line in enumerate(lines))
