"""Profiles of many layouts, made by a seed: how many chapters of which names, how deep the headings, how long the
paragraphs, which tables, how many notes. No layout is anybody's; none of its headings but those of `monitor` is in
any list that the engine knows.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.exam.prose import Prose
from tests.exam.render import Style
from tests.exam.words import NOUNS, THINGS

Titles = Callable[[random.Random, Prose, int, str], str]  # rng, prose, number among its siblings, number of the parent
PAGES = ("html", "markdown", "json")


def plain_titles(rng: random.Random, prose: Prose, at: int, above: str) -> str:
    """Two or three words."""
    return prose.title(rng.choice((2, 2, 3)))


def numbered_titles(rng: random.Random, prose: Prose, at: int, above: str) -> str:
    """`2.1 Copper orchards`."""
    return f"{above}{at + 1} {prose.title(2)}" if above else f"{at + 1}. {prose.title(2)}"


def capital_titles(rng: random.Random, prose: Prose, at: int, above: str) -> str:
    """CAPITALS."""
    return prose.title(2).upper()


def question_titles(rng: random.Random, prose: Prose, at: int, above: str) -> str:
    """A question that a traveller asks."""
    asked = (
        "Do I need a {}?",
        "Where can I find {}?",
        "Is it safe to visit {}?",
        "What does a {} cost?",
        "Who repairs {}?",
    )
    return rng.choice(asked).format(rng.choice((rng.choice(NOUNS), rng.choice(THINGS), f"the {rng.choice(NOUNS)}")))


def clause_titles(rng: random.Random, prose: Prose, at: int, above: str) -> str:
    """`Article 4 – Copper orchards`."""
    return f"Article {at + 1} – {prose.title(2)}" if not above else f"{chr(65 + at)}. {prose.title(2)}"


def accented_titles(rng: random.Random, prose: Prose, at: int, above: str) -> str:
    """Words with accents and of other scripts."""
    return (
        f"{rng.choice(('Région', 'Übersicht', 'Población', 'Ärende', 'Přehled', 'المياه', 'הדרכים'))} {prose.title(2)}"
    )


@dataclass(frozen=True)
class Layout:
    """A layout's measures. chapters: their number; sections: of each; depth: of headings; paras: of each section;
    lengths: words of a paragraph; notes: share of sentences with a reference; ibid, equal, missing: shares of notes;
    tables: a chapter's, by name in layout_tables.TABLES; lists, links: share of sections, of paragraphs.
    """

    name: str
    style: Style = field(default_factory=Style)
    formats: tuple[str, ...] = PAGES
    chapters: int = 3
    sections: tuple[int, int] = (3, 5)
    depth: int = 2
    paras: tuple[int, int] = (1, 4)
    lengths: tuple[int, ...] = (12, 25, 40, 70)
    notes: float = 0.3
    ibid: float = 0.1
    equal: float = 0.05
    missing: float = 0.05
    tables: tuple[str, ...] = ()
    lists: float = 0.0
    links: float = 0.05
    titles: Titles = plain_titles
    recurring: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()  # headings that stand in several sections
    intro: bool = False
    single: bool = False
    undated: bool = False  # one of the chapters, of a known title, prints no date
    rtl: bool = False
    letters: bool = False  # chapters of paragraphs and tables without headings


TEXT = ("text", *PAGES)
SHORT = (5, 8, 11, 14)
LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        Layout("gazette", tables=("grid", "pairs"), lists=0.3),
        Layout("flat", formats=TEXT, depth=1, chapters=4, notes=0.4, tables=("noted",)),
        Layout(
            "ibid", Style("word", json="labels"), TEXT, 2, (3, 4), 1, (2, 5), notes=0.7, ibid=0.35, equal=0.15,
            missing=0.1,
        ),
        Layout(
            "travel", Style("site"), chapters=1, sections=(7, 10), notes=0.0, lists=0.5, links=0.3,
            single=True, titles=question_titles, tables=("plain_grid",),
        ),
        Layout(
            "deep", Style("plain"), chapters=2, sections=(2, 3), depth=4, paras=(0, 3), intro=True,
            tables=("grid", "grouped", "bands"),
        ),
        Layout(
            "factsheet", Style("modern", json="facts"), PAGES, 1, (6, 9), paras=(0, 0), notes=0.0, single=True,
            links=0.0,
        ),
        Layout("monitor", Style("modern", bar=True), TEXT, notes=0.35, equal=0.1, ibid=0.15, missing=0.1, links=0.0),
        Layout(
            "monitor-old", Style("old", date_first=True, json="labels"), TEXT, notes=0.2, ibid=0.3, missing=0.0,
            links=0.0,
        ),
        Layout(
            "numbered", Style("word"), PAGES, 2, titles=numbered_titles, depth=3, lists=0.2, tables=("status", "grid"),
        ),
        Layout(
            "statute", Style("plain"), chapters=1, sections=(5, 8), notes=0.0, lists=0.6, single=True,
            titles=clause_titles, lengths=(20, 35, 50), links=0.0,
        ),
        Layout("capitals", Style("old"), TEXT, 3, depth=1, titles=capital_titles, notes=0.2, missing=0.2),
        Layout(
            "terse", formats=TEXT, chapters=3, sections=(4, 7), depth=1, paras=(2, 5), lengths=SHORT, notes=0.15,
            recurring=("None reported.", "No change.", "Not known.", "See above."),
        ),
        Layout("long", Style("site"), TEXT, 2, (2, 3), 1, (3, 5), (120, 160, 200), notes=0.25),
        Layout(
            "scholarly", Style("modern", json="labels"), chapters=2, paras=(2, 4), notes=0.95, ibid=0.25, equal=0.1,
            missing=0.1,
        ),
        Layout("bare", Style("plain"), TEXT, 4, (2, 4), 1, (2, 4), notes=0.0, links=0.0),
        Layout(
            "tabular", Style("word"), chapters=2, sections=(5, 7), depth=1, paras=(1, 2),
            tables=("wide", "status", "bands", "column", "grouped"),
        ),
        Layout("date-first", Style("modern", date_first=True), PAGES, 3, depth=1, notes=0.3),
        Layout("undated", Style("site"), chapters=3, undated=True, tables=("pairs",), notes=0.3),
        Layout("accents", Style("old"), TEXT, 3, depth=1, titles=accented_titles, rtl=True, notes=0.3),
        Layout("repeated", Style("modern"), chapters=3, depth=2, repeated=("Outlook", "Coordination"), paras=(1, 3)),
        Layout("many", Style("word"), TEXT, 9, (1, 2), 1, (1, 3), notes=0.2, intro=True),
        Layout("article", Style("site"), PAGES, 1, (4, 6), depth=1, paras=(3, 6), single=True, notes=0.4, ibid=0.1),
        Layout(
            "handbook", Style("modern"), chapters=1, sections=(4, 5), depth=3, single=True, titles=numbered_titles,
            notes=0.3, lists=0.3, tables=("grid", "pairs", "grouped"),
        ),
        Layout("letters", Style("plain", updated="Updated: "), TEXT, 3, (0, 0), notes=0.4, intro=True, letters=True),
        Layout("ledger", Style("old"), PAGES, 2, (4, 6), 1, (1, 3), tables=("transposed", "one_column", "cited")),
        Layout("leaflet", Style("plain"), PAGES, 1, (2, 3), 1, (1, 2), notes=0.2, single=True, links=0.0),
        Layout("linked", Style("site"), chapters=2, links=0.8, lists=0.4, notes=0.1),
    )
}  # fmt: skip
