"""A profile in the manner of a publisher whose headings and tables the engine knows, with invented content.

The titles of chapters, headings, captions and labels are those of the publisher's rules; every sentence and value is
made here. Its plain text can therefore hold tables of all shapes.
"""

import random

from tests.exam.model import Block, Chapter, Profile, Section, Table
from tests.exam.prose import Prose, date, number
from tests.exam.words import ACTORS, COUNTRIES, GOODS, MONTHS, NOUNS, THINGS, TOWNS

STATUS = ("State Party", "Signatory", "Non-signatory")


class MonitorPages:
    """The chapters, by a seed; notes are put in by the layout."""

    def __init__(self, rng: random.Random, made: Profile, prose: Prose) -> None:
        self.rng = rng
        self.made = made
        self.prose = prose

    def chapters(self) -> list[Chapter]:
        """Four chapters, or five."""
        rng = self.rng
        found = [self._policy("Cluster Munition Ban Policy"), self._impact(), self._policy("Mine Ban Policy")]
        if rng.random() < 0.6:
            title = f"{self.prose.title(2)} Report"
            found.insert(rng.randrange(4), self._chapter(title, [self._section(self.prose.title(2)) for _ in range(3)]))
        return [*found, self._support()]

    def _chapter(self, title: str, sections: list[Section], blocks: list[Block] | None = None) -> Chapter:
        return Chapter(self.made.fresh(), title, date(self.rng), blocks or [], sections)

    def _paras(self, least: int = 1, most: int = 4) -> list[Block]:
        lengths = (15, 30, 45, 80)
        return [
            self.made.paragraph(self.prose.paragraph(self.rng.choice(lengths)))
            for _ in range(self.rng.randint(least, most))
        ]

    def _section(self, title: str, *blocks: Block, inside: tuple[Section, ...] = ()) -> Section:
        return Section(self.made.fresh(), title, list(blocks) or self._paras(), list(inside))

    def _policy(self, title: str) -> Chapter:
        names = [
            "Summary",
            "Policy",
            "Production, transfer, and stockpiling",
            "Use",
            "Interpretive issues",
            "Retention",
        ]
        if title.startswith("Mine"):
            names[4:] = ["Stockpile destruction", "Mines retained for training and research"]
        sections = [self._section(n, *self._paras(2, 5)) for n in names[: self.rng.randrange(4, 7)]]
        see = f"(See separate Monitor Ban Policy profile on {self.rng.choice(COUNTRIES)} for more information.)"
        sections[-1].blocks.append(self.made.paragraph(see, "x"))
        return self._chapter(title, sections)

    def _pairs(self, caption: str, rows: list[list[str]], legend: tuple[str, ...] = (), *, noted: bool = True) -> Table:
        mark = f"⟦t{self.made.last_uid + 1}⟧" if noted else ""
        shape = "key_value" if len(rows[-1]) == 2 else "column"
        return self.made.table(shape, caption + mark, None, rows, legend)  # type: ignore[arg-type]

    def _value(self) -> str:
        rng = self.rng
        return rng.choice(
            (
                f"{rng.choice(ACTORS)} supported by the {rng.choice(ACTORS)}",
                f"Plan for {rng.choice(THINGS)} {rng.randrange(2012, 2018)}–{rng.randrange(2019, 2026)}",
                "None reported",
                f"The {rng.choice(NOUNS)} council meets each {rng.choice(MONTHS)} and plans for {rng.choice(GOODS)}",
                f"Decree {rng.randrange(2, 99)} of {rng.randrange(1994, 2018)}",
            )
        )

    def _impact(self) -> Chapter:
        rng, year = self.rng, self.rng.randrange(2014, 2022)
        status = [
            ["Mine Ban Treaty", rng.choice(STATUS)],
            ["Convention on Cluster Munitions", rng.choice(STATUS)],
            ["Convention on the Rights of Persons with Disabilities (CRPD)", rng.choice(STATUS)],
        ]
        labels = (
            *("Mine action commenced", "National mine action management actors", "United Nations Agencies"),
            *("Plans/strategies", "Mine action legislation"),
        )
        actors = [[x, str(rng.randrange(1990, 2010)) if "commenced" in x else self._value()] for x in labels]
        focal = (
            "Government focal points",
            "Coordination mechanisms",
            "Plans/strategies",
            "Survivor inclusion and participation",
        )
        manage = self._section(
            "Management and coordination",
            inside=(
                self._section(
                    "Mine Action management and coordination",
                    self._pairs("Mine action management and coordination", actors),
                    inside=(self._section("Coordination"), self._section("Strategies and policies")),
                ),
                self._section(
                    "Victim assistance management and coordination",
                    self._pairs("Victim assistance management and coordination", [[x, self._value()] for x in focal]),
                    inside=(self._section("Coordination"),),
                ),
            ),
        )
        manage.blocks = []
        top = [
            self._section("Country Summary", *self._paras(2, 4)),
            self._section("Treaty status", self._pairs("Treaty status overview", status, noted=False)),
            manage,
            self._harm(year),
            self._addressed(year),
        ]
        return self._chapter("Impact", top)

    def _harm(self, year: int) -> Section:
        rng = self.rng
        size = f"{rng.randrange(2, 90)}.{rng.randrange(11, 99)}km²"
        land = [
            [
                "Landmines*",
                f"{size} (CHA: {rng.randrange(1, 9)}.4km²**; and SHA: {rng.randrange(1, 9)}km²)\n"
                "Extent of contamination: Medium",
            ],
            ["Cluster munition remnants", f"Extent of contamination: {rng.choice(('Light', 'Unknown', 'None'))}"],
            ["Other ERW contamination", "Extent of contamination: Unknown"],
        ]
        legend = (
            "Notes: CHA=confirmed hazardous area; SHA=suspected hazardous area.",
            f"* In areas held by {rng.choice(COUNTRIES)}.",
        )
        hurt = [
            ["@Casualties"],
            ["All known mine/ERW casualties", f"{number(rng)} (including {rng.randrange(3, 90)} fatalities)"],
            [f"@Casualties in {year}"],
            ["Annual total", f"{rng.randrange(3, 40)} (increase from {rng.randrange(1, 3)} in {year - 1})"],
            ["Survival outcome", f"{rng.randrange(2, 9)} killed; {rng.randrange(3, 30)} injured"],
            ["Device type causing casualties", f"{rng.randrange(2, 9)} antipersonnel mine; {rng.randrange(3, 9)} ERW"],
            ["Civilian status", "All civilian"],
        ]
        made = self._section(
            "Impact",
            inside=(
                self._section(
                    "Contamination",
                    self._pairs(f"Contamination overview (as of December {year})", land, legend),
                    inside=(
                        self._section("Landmine contamination", *self._paras(2, 3)),
                        self._section("ERW contamination"),
                    ),
                ),
                self._section(
                    "Casualties",
                    self._pairs("Casualties overview", hurt),
                    inside=(self._section(f"Casualties in {year}—details", *self._paras(2, 3)),),
                ),
            ),
        )
        made.blocks = []
        return made

    def _addressed(self, year: int) -> Section:
        rng = self.rng
        body = rng.sample(ACTORS, 6)
        who = [["@National"], [body[0]], [body[1]], ["@International"], [body[2]], [body[3]], [body[4]]]
        years = "\n".join(f"{y}: {rng.randrange(0, 9)}.{rng.randrange(11, 99)}km²" for y in range(year - 3, year + 1))
        released = [
            [f"Land release in {year}", f"{rng.randrange(1, 9)}.{rng.randrange(11, 99)}km² released through clearance"],
            [
                f"Ordnance destroyed in {year}",
                f"{rng.randrange(9, 900)} antipersonnel mines; {rng.randrange(3, 90)} items of ERW",
            ],
            [f"Landmine clearance in {year - 3}–{year}", years],
        ]
        grouped: list[list[str]] = []
        names = iter(rng.sample(ACTORS, 5))
        for group, count in (("Governmental", 2), ("International", 3)):
            for _ in range(count):
                deeds = [
                    f"Teaches {rng.choice(NOUNS)} keepers about {rng.choice(THINGS)} and {rng.choice(GOODS)}"
                    for _ in range(rng.choice((1, 2)))
                ]
                grouped.append([group, next(names), "\n".join(dict.fromkeys(deeds))])
        head = ["Type of organization", "Name of organization", "Type of activity"]
        towns = rng.sample(TOWNS, 3)
        reached = [[t, *(number(rng) for _ in range(4))] for t in towns]
        tables = (
            self._pairs("Land release overview", released, ("Note: ERW=explosive remnants of war.",)),
            self._noted("grouped", "Risk education operators", head, grouped),
            self._noted(
                "grid",
                "Beneficiary numbers",
                ["Operator", "Men", "Boys", "Women", "Girls"],
                reached,
                ("Note: N/A=not applicable.",),
            ),
        )
        made = self._section(
            "Addressing the impact",
            inside=(
                self._parent(
                    "Mine Action",
                    self._section(
                        "Operators and service providers", self._pairs("Clearance operators", who, noted=False)
                    ),
                    self._section(
                        "Clearance", tables[0], inside=(self._section("Land release: landmines", *self._paras(2, 3)),)
                    ),
                ),
                self._parent(
                    "Risk Education",
                    self._section("Operators and service providers", tables[1]),
                    self._section("Beneficiary numbers", tables[2], *self._paras(2, 3)),
                    self._section("Implementation", *self._paras(3, 5)),
                    self._section("Target groups", *self._paras(1, 3)),
                ),
            ),
        )
        made.blocks = []
        return made

    def _parent(self, title: str, *inside: Section) -> Section:
        return Section(self.made.fresh(), title, [], list(inside))

    def _noted(
        self, shape: str, caption: str, head: list[str], rows: list[list[str]], legend: tuple[str, ...] = ()
    ) -> Table:
        caption = f"{caption}⟦t{self.made.last_uid + 1}⟧"
        return self.made.table(shape, caption, head, rows, legend)  # type: ignore[arg-type]

    def _support(self) -> Chapter:
        rng, year = self.rng, self.rng.randrange(2010, 2022)
        names = rng.sample(COUNTRIES, 4)
        names.insert(rng.randrange(1, 4), names[0])
        given = [
            [n, rng.choice(("Clearance", "Victim assistance", "Various")), f"NOK{number(rng)},000", number(rng)]
            for n in names
        ]
        given.append(["Total", "", "", number(rng)])
        sums = [[str(year - i), number(rng), number(rng)] for i in range(4)]
        blocks: list[Block] = self._paras(2, 3)
        blocks.append(
            self._noted(
                "grid",
                f"International contributions in {year}",
                ["Donor Country", "Sector", "National currency", "Amount ($)"],
                given,
            )
        )
        blocks.append(
            self._noted(
                "grid",
                f"Summary of contributions in {year - 3}–{year}",
                ["Year", "National contributions ($)", "International contributions ($)"],
                sums,
            )
        )
        return self._chapter("Support for Mine Action", [], blocks)
