"""Tables of all shapes for the made-up layouts, each by a seed."""

import random
from collections.abc import Callable

from tests.exam.model import Profile, Table
from tests.exam.prose import Prose, number
from tests.exam.words import ACTORS, ADJECTIVES, COUNTRIES, GOODS, NOUNS, THINGS, TOWNS, TREATIES

Maker = Callable[[random.Random, Profile, Prose], Table]


def _caption(rng: random.Random, made: Profile, prose: Prose, *, noted: bool = False) -> str:
    told = f"{prose.title(2)} by {rng.choice(('town', 'year', 'donor', 'season'))}"
    return f"{told}⟦t{made.last_uid + 1}⟧" if noted else told


def _names(rng: random.Random, count: int) -> list[str]:
    return rng.sample([*COUNTRIES, *TOWNS], count)


def grid(rng: random.Random, made: Profile, prose: Prose) -> Table:
    """Header, equal rows ("Norway" twice), a total, a legend."""
    names = _names(rng, rng.randrange(3, 6))
    names.insert(rng.randrange(len(names) + 1), rng.choice(names))
    head = ["Donor", "Purpose", f"{rng.choice(NOUNS).capitalize()} funds", "Amount ($)"][: rng.randrange(3, 5)]
    rows = [
        [n, *([f"{rng.choice(GOODS)} {rng.choice(NOUNS)}", number(rng), number(rng)][: len(head) - 1])] for n in names
    ]
    rows.append(["Total", *[""] * (len(head) - 2), number(rng)])
    legend = (f"Note: figures from the {rng.choice(ACTORS)}.",) if rng.random() < 0.6 else ()
    return made.table("grid", _caption(rng, made, prose, noted=rng.random() < 0.3), head, rows, legend)


def plain_grid(rng: random.Random, made: Profile, prose: Prose) -> Table:
    """Header and rows, no caption."""
    head = ["Season", f"{rng.choice(THINGS)}".capitalize(), f"{rng.choice(NOUNS)} days".capitalize()]
    rows = [[n, f"{rng.choice(ADJECTIVES)} {rng.choice(GOODS)}", number(rng)] for n in _names(rng, rng.randrange(3, 7))]
    return made.table("grid", None, head, rows)


def wide(rng: random.Random, made: Profile, prose: Prose) -> Table:
    """Many columns, all numbers, some empty."""
    head = ["Office", *rng.sample([n.capitalize() for n in NOUNS], rng.randrange(4, 7))]
    rows = [
        [n, *(rng.choice((number(rng), number(rng), number(rng), "")) for _ in head[1:])]
        for n in _names(rng, rng.randrange(3, 6))
    ]
    for row in rows:
        row[1] = row[1] or number(rng)
    rows[0][1:] = [c or number(rng) for c in rows[0][1:]]
    return made.table("grid", _caption(rng, made, prose), head, rows, ("* Not counted in the north.",))


def pairs(rng: random.Random, made: Profile, prose: Prose, *, noted: bool = False) -> Table:
    """Labels and values, one value of several paragraphs."""
    labels = rng.sample([f"{n.capitalize()} {rng.choice(THINGS)}" for n in NOUNS], rng.randrange(4, 7))
    rows = [
        [label, rng.choice((f"{number(rng)} in {rng.choice(TOWNS)}", f"{rng.choice(ACTORS)}", "None reported"))]
        for label in labels
    ]
    if not noted:
        rows[1][1] = f"{number(rng)} {rng.choice(GOODS)}\nRated {rng.choice(ADJECTIVES)} by the {rng.choice(ACTORS)}"
    return made.table("key_value", _caption(rng, made, prose, noted=noted or rng.random() < 0.4), None, rows)


def noted(rng: random.Random, made: Profile, prose: Prose) -> Table:
    """Labels and values under a caption with a reference: the one table of no rule's that plain text can tell."""
    return pairs(rng, made, prose, noted=True)


def status(rng: random.Random, made: Profile, prose: Prose) -> Table:
    """Treaties and their status."""
    rows = [
        [t, rng.choice(("State Party", "Signatory", "Non-signatory"))]
        for t in rng.sample(TREATIES, rng.randrange(3, 5))
    ]
    return made.table("key_value", "State of the agreements", None, rows)


def bands(rng: random.Random, made: Profile, prose: Prose) -> Table:
    """Labels and values under band rows."""
    first = rng.choice(NOUNS).capitalize()
    rows = [
        [f"@{first} figures"],
        [f"All known {rng.choice(THINGS)}", number(rng)],
        [f"@{first} figures in {rng.randrange(2001, 2024)}"],
    ]
    rows += [
        [f"{n.capitalize()} {rng.choice(THINGS)}", f"{number(rng)} ({rng.choice(ADJECTIVES)})"]
        for n in rng.sample(NOUNS, rng.randrange(3, 5))
    ]
    return made.table("key_value", _caption(rng, made, prose), None, rows)


def grouped(rng: random.Random, made: Profile, prose: Prose) -> Table:
    """Groups that span rows, cells of several paragraphs."""
    rows: list[list[str]] = []
    names = iter(rng.sample(TOWNS, 8))
    for group in rng.sample(("Crown offices", "Guilds", "Foreign missions", "Parishes"), 2):
        for _ in range(rng.randrange(2, 4)):
            deeds = [
                f"Repairs {rng.choice(THINGS)} and trains {rng.choice(NOUNS)} keepers"
                for _ in range(rng.choice((1, 1, 2)))
            ]
            rows.append(
                [group, f"{next(names)} {rng.choice(NOUNS).capitalize()} House", "\n".join(dict.fromkeys(deeds))]
            )
    return made.table("grouped", _caption(rng, made, prose), ["Sort of body", "Name of body", "What it does"], rows)


def column(rng: random.Random, made: Profile, prose: Prose) -> Table:
    """One column with band rows."""
    actors = rng.sample(ACTORS, 5)
    rows = [["@Crown"], [actors[0]], [actors[1]], ["@Abroad"], [actors[2]], [actors[3]], [actors[4]]]
    return made.table("column", _caption(rng, made, prose), None, rows)


def transposed(rng: random.Random, made: Profile, prose: Prose) -> Table:
    """Labels across, and their values in one row."""
    head = rng.sample([n.capitalize() for n in NOUNS], rng.randrange(3, 6))
    row = [rng.choice((number(rng), f"{rng.choice(TOWNS)} {rng.choice(NOUNS)}")) for _ in head]
    return made.table("grid", _caption(rng, made, prose), head, [row])


def one_column(rng: random.Random, made: Profile, prose: Prose) -> Table:
    """A label, and its value below it."""
    rows: list[list[str]] = []
    for label in rng.sample(NOUNS, rng.randrange(3, 5)):
        rows += [
            [f"@{label.capitalize()} {rng.choice(THINGS)}"],
            [f"{number(rng)} counted by the {rng.choice(ACTORS)}"],
        ]
    return made.table("column", _caption(rng, made, prose), None, rows)


def cited(rng: random.Random, made: Profile, prose: Prose) -> Table:
    """A grid with references in its cells and in its header."""
    table = grid(rng, made, prose)
    table.header[0][-1][0] += f"⟦t{table.uid}.h⟧"
    for at, row in enumerate(table.rows[:3]):
        row.cells[-1][0] += f"⟦t{table.uid}.{at}⟧"
    return table


TABLES: dict[str, Maker] = {
    f.__name__: f
    for f in (grid, plain_grid, wide, pairs, noted, status, bands, grouped, column, transposed, one_column, cited)
}
