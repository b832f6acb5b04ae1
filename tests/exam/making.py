"""A profile of a layout, made by a seed: the same one on every machine."""

import random

from tests.exam.layout_monitor import MonitorPages
from tests.exam.layout_tables import TABLES
from tests.exam.layouts import LAYOUTS, Layout, Titles, plain_titles
from tests.exam.model import Block, Chapter, Para, Profile, Section, Table, block_texts, holders, keys, size, walk
from tests.exam.prose import Prose, date, number, sentences
from tests.exam.words import ARABIC, COUNTRIES, HEBREW, MONTHS, NOUNS, THINGS, TOWNS


def made(name: str, seed: int) -> tuple[Profile, Layout]:
    """A profile of this layout."""
    layout = LAYOUTS[name]
    rng = random.Random(f"{name}/{seed}")
    maker = _Maker(layout, rng)
    return maker.profile(), layout


class _Maker:
    def __init__(self, layout: Layout, rng: random.Random) -> None:
        self.layout = layout
        self.rng = rng
        self.prose = Prose(rng, rtl=layout.rtl)
        self.made = Profile(rng.choice(COUNTRIES), [])
        self.used: set[str] = set()

    def profile(self) -> Profile:
        layout, rng, made = self.layout, self.rng, self.made
        if layout.name == "factsheet":
            return self._factsheet()
        if layout.name.startswith("monitor"):
            made.chapters = MonitorPages(rng, made, self.prose).chapters()
            for chapter in made.chapters:
                self._put_notes(chapter)
            return made
        for at in range(layout.chapters):
            title = made.title if layout.single else self._title(plain_titles, at, "")
            chapter = Chapter(made.fresh(), title, None if layout.single else date(rng))
            if layout.undated and at == layout.chapters - 1:
                chapter.title, chapter.date = "Victim Assistance", None
            if layout.intro:
                chapter.blocks = [
                    self._para() for _ in range(rng.randrange(4, 9) if layout.letters else rng.randrange(1, 3))
                ]
            taken: set[str] = set()
            chapter.sections = [self._section(i, 1, "", taken) for i in range(rng.randint(*layout.sections))]
            self._put_tables(chapter)
            self._put_repeated(chapter)
            self._put_notes(chapter)
            made.chapters.append(chapter)
        return made

    def _title(self, how: Titles, at: int, above: str) -> str:
        while True:
            told = how(self.rng, self.prose, at, above)
            if told.casefold() not in self.used:
                self.used.add(told.casefold())
                return told

    def _section(self, at: int, depth: int, above: str, taken: set[str]) -> Section:
        layout, rng, made = self.layout, self.rng, self.made
        section = Section(made.fresh(), self._title(layout.titles, at, above))
        count = rng.randint(*layout.paras)
        if depth == layout.depth:
            count = max(count, 1)
        section.blocks = [self._para() for _ in range(count)]
        if layout.lists and count and rng.random() < layout.lists:
            lead = made.paragraph(
                f"In {rng.choice(MONTHS)} {rng.randrange(2001, 2024)}, the {rng.choice(NOUNS)} office named these "
                f"{rng.choice(THINGS)}:"
            )
            items = [made.paragraph(self._item(), "li") for _ in range(rng.randrange(2, 6))]
            section.blocks += [lead, *items, self._para()]
        if depth < layout.depth and (not count or rng.random() < 0.7):
            inner = f"{above}{at + 1}."
            section.sections = [self._section(i, depth + 1, inner, taken) for i in range(rng.randrange(2, 4))]
        return section

    def _item(self) -> str:
        rng = self.rng
        return rng.choice(
            (
                f"{rng.choice(THINGS)} between {rng.choice(TOWNS)} and {rng.choice(TOWNS)};",
                f"the {rng.choice(NOUNS)} of {rng.choice(TOWNS)}, closed since {rng.randrange(1998, 2024)};",
                f"{number(rng)} {rng.choice(THINGS)} in {rng.choice(TOWNS)};",
            )
        )

    def _para(self) -> Para:
        layout, rng = self.layout, self.rng
        if layout.recurring and rng.random() < 0.15:
            return self.made.paragraph(rng.choice(layout.recurring))
        if layout.rtl and rng.random() < 0.15:
            return self.made.paragraph(f"{' '.join(rng.choice((rng.sample(ARABIC, 12), rng.sample(HEBREW, 12))))}.")
        text = self.prose.paragraph(rng.choice(layout.lengths))
        if rng.random() < layout.links:
            tokens = text.split(" ")
            at = rng.randrange(1, len(tokens) - 1) if len(tokens) > 3 else 0
            if tokens[at].isalpha():
                tokens[at] = f"⟪https://{tokens[at].lower()}.example/{rng.randrange(999)}¦{tokens[at]}⟫"
            text = " ".join(tokens)
        return self.made.paragraph(text)

    def _put_tables(self, chapter: Chapter) -> None:
        spots = [
            h for h, _ in holders(chapter) if isinstance(h, Section) and any(isinstance(b, Para) for b in h.blocks)
        ]
        for name in self.layout.tables:
            if not spots:
                return
            holder = self.rng.choice(spots)
            spots.remove(holder)
            table = TABLES[name](self.rng, self.made, self.prose)
            at = self.rng.randrange(1, len(holder.blocks) + 1)
            while at < len(holder.blocks) and _is_item(holder.blocks[at]):
                at += 1
            holder.blocks.insert(at, table)

    def _put_repeated(self, chapter: Chapter) -> None:
        places = [p[-1] for p in walk(chapter.sections) if p[-1].sections]
        for title in self.layout.repeated:
            for parent in places[:2]:
                parent.sections.append(Section(self.made.fresh(), title, [self._para()]))

    def _put_notes(self, chapter: Chapter) -> None:
        layout, rng = self.layout, self.rng
        serial = 0
        told: list[str] = []
        for holder, _ in holders(chapter):
            for block in holder.blocks:
                if isinstance(block, Table):
                    for key in (key for text in block_texts(block) for key in keys(text)):
                        chapter.notes[key] = self._note(told)
                    continue
                if block.kind == "li" or size(block) < 6:
                    continue
                parts = sentences(block.text)
                for at, part in enumerate(parts):
                    if rng.random() >= layout.notes:
                        continue
                    key = f"n{chapter.uid}.{serial}"
                    serial += 1
                    parts[at] = f"{part}⟦{key}⟧"
                    if rng.random() >= layout.missing:
                        chapter.notes[key] = self._note(told)
                block.text = " ".join(parts)

    def _note(self, told: list[str]) -> str:
        layout, rng = self.layout, self.rng
        chance = rng.random()
        if told and chance < layout.ibid:
            text = rng.choice(("Ibid.", "Ibid.", f"Ibid., p. {rng.randrange(2, 90)}."))
        elif told and chance < layout.ibid + layout.equal:
            text = rng.choice([t for t in told if not t.startswith("Ibid")] or ["Ibid."])
        else:
            text = self.prose.note()
        told.append(text)
        return text

    def _factsheet(self) -> Profile:
        rng, made = self.rng, self.made
        chapter = Chapter(made.fresh(), made.title, None)
        for at in range(rng.randint(*self.layout.sections)):
            section = Section(made.fresh(), self._title(plain_titles, at, ""))
            for inner in range(rng.choice((0, 2, 3))):
                section.sections.append(Section(made.fresh(), self._title(plain_titles, inner, ""), [self._facts()]))
            if not section.sections or rng.random() < 0.6:
                section.blocks = [self._facts()]
            chapter.sections.append(section)
        made.chapters.append(chapter)
        return made

    def _facts(self) -> Table:
        rng = self.rng
        names: list[str] = []
        rows = []
        while len(names) < rng.randrange(3, 7):
            name = f"{rng.choice(NOUNS)} {rng.choice(THINGS)}".capitalize()
            if name not in names:
                names.append(name)
                lines = rng.choice((1, 1, 1, 2))
                values = [
                    rng.choice((number(rng), f"{number(rng)} in {rng.randrange(1990, 2024)}", self.prose.sentence()))
                    for _ in range(lines)
                ]
                rows.append([name, "\n".join(dict.fromkeys(values))])
        return self.made.table("key_value", None, None, rows)


def _is_item(block: Block) -> bool:
    return isinstance(block, Para) and block.kind == "li"
