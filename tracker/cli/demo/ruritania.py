"""The profile of Ruritania, a country that does not exist, in six editions: all prose is ours.

It has every shape of a real profile: chapters with dates of their own, one without sections, repeated headings, a
section named like its chapter, key/value, grouped, one-column and wide tables, bands, legends, cells of several
paragraphs and of none, an "Ibid.", a reference without its note, captions that carry references.

Lives here: what the profile says, and what each edition changes. Not here: how it is printed (rendered.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from tracker.document.identity import slug
from tracker.document.model import (
    Block,
    Cell,
    Chapter,
    Document,
    Note,
    Prose,
    Ref,
    Row,
    Section,
    Table,
    TableShape,
    Text,
    Warned,
)
from tracker.extract.pieces import text_of

LAST = 6  # editions; the seventh answer of the demo's publisher is a server error


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One edition: the profile, and the furniture around it that is no part of it.

    what: what the editors did, for a person. nonce: differs in each answer of the publisher.
    """

    number: int
    what: str
    document: Document
    nonce: str
    views: int
    has_cookie_bar: bool = False


def edition(number: int) -> Edition:
    """The edition of this number, 1 to 6. Raises IndexError for others."""
    if not 1 <= number <= LAST:
        raise IndexError(f"Ruritania has editions 1 to {LAST}, not {number}")
    document = _base()
    for _, alter in _STEPS[: number - 1]:
        document = alter(document)
    return Edition(
        number=number,
        what="first seen" if number == 1 else _STEPS[number - 2][0],
        document=document,
        nonce=f"{number * 7919:06x}",
        views=1_204 + 37 * (number - 1),
        has_cookie_bar=number == LAST,
    )


# ---------------------------------------------------------------- builders


def _p(raw: str) -> Prose:
    is_cross = raw.startswith("(See") and raw.endswith(")")
    return Prose(text_of(raw), "cross_reference" if is_cross else "paragraph")


def _row(*cells: str | None, is_band: bool = False) -> Row:
    """A row of cells; "|" parts the paragraphs of one, None is an empty one."""
    return Row(tuple(Cell(tuple(map(text_of, c.split("|"))) if c else ()) for c in cells), is_band)


def _table(shape: TableShape, caption: str, rows: Sequence[Row], *, head: int = 0, legend: Sequence[str] = ()) -> Table:
    return Table(text_of(caption), tuple(rows[:head]), tuple(rows[head:]), tuple(map(text_of, legend)), shape)


def _section(title: str, *inner: Block | Section, level: int = 1) -> Section:
    blocks = tuple(b for b in inner if not isinstance(b, Section))
    sections = tuple(replace(s, level=level + 1) if s.level <= level else s for s in inner if isinstance(s, Section))
    return Section(Text(title), level, blocks, sections)


def _chapter(title: str, day: date, printed: str, notes: Sequence[tuple[int, str]], *inner: Block | Section) -> Chapter:
    return Chapter(
        slug=slug(title),
        title=title,
        date=day,
        date_text=printed,
        blocks=tuple(b for b in inner if not isinstance(b, Section)),
        sections=tuple(s for s in inner if isinstance(s, Section)),
        notes=tuple(Note(str(label), text_of(text, lift_bare=False)) for label, text in notes),
    )


# ---------------------------------------------------------------- the profile


@cache
def _base() -> Document:
    return Document(
        "Ruritania",
        (_cluster_munitions(), _impact(), _mines(), _support()),
        (Warned("missing_note", "cluster-munition-ban-policy", "4"), Warned("missing_note", "impact", "9")),
    )


def _cluster_munitions() -> Chapter:
    return _chapter(
        "Cluster Munition Ban Policy",
        date(2024, 5, 13),
        "13 May 2024",
        [
            (1, "Letter from Count Rassendyll, Ministry of Foreign Affairs of Ruritania, 4 March 2023."),
            (2, "Ibid."),
            (3, "The Strelsau Courier, “Old depot emptied near Zenda,” 19 October 2021."),
            (5, "Statement of Ruritania, Meeting of the Envoys, Strelsau, 2 September 2023, p. 12."),
        ],
        _section(
            "Summary",
            _p(
                "Non-signatory Ruritania says that it studies the Convention on Cluster Munitions with sympathy. It "
                "sent an observer to the meeting of September 2023 and voted for the yearly resolution of 2023."
            ),
            _p("Ruritania is not known to have made or sold cluster munitions, but it inherited a small stockpile."),
        ),
        _section(
            "Policy",
            _p("The Kingdom of Ruritania has not acceded to the Convention on Cluster Munitions."),
            _p(
                "The government says that it cannot join before its parliament has voted on the defence law of "
                "2019.[1] No date is set for that vote, and the committee’s chair spoke of “years, not months.”[2]"
            ),
            _p("Ruritania is not party to the Convention on Conventional Weapons (CCW)."),
        ),
        _section(
            "Production, transfer, and stockpiling",
            _p(
                "In 2021, the army emptied a depot near Zenda that had held about 400 cluster bombs of foreign "
                "make.[3] The bombs were moved to the arsenal of Strelsau and await destruction.[4]"
            ),
            _p("Officials say that no cluster munition was bought after 1988."),
        ),
        _section(
            "Use",
            _p("There is no evidence that Ruritania used cluster munitions in 2023 or the first half of 2024."),
            _p("Its envoy told the meeting of 2023 that the weapon was “never once” used by Ruritanian forces.[5]"),
            _p("(See separate Monitor Ban Policy profile on Grand Strelsau for more information.)"),
        ),
    )


def _impact() -> Chapter:
    return _chapter(
        "Impact",
        date(2023, 2, 9),
        "09 February 2023",
        [
            (1, "Ruritanian Mine Action Office (RMAO), “Where the mines lie,” undated."),
            (2, "Response to our questionnaire by Flavia Elphberg, Public Relations Officer, RMAO, 11 June 2022."),
            (3, "Ibid."),
            (4, "Ibid., p. 3."),
            (5, "RMAO, “Annual Report 2022,” Strelsau, p. 9."),
            (6, "Response to our questionnaire by Flavia Elphberg, Public Relations Officer, RMAO, 11 June 2022."),
            (7, "Ibid."),
            (8, "Zenda Relief, “A year of lessons,” January 2023."),
            (10, "RMAO, “Annual Report 2022,” Strelsau, p. 31."),
            (11, "Interview with Helga von Strofzin, Zenda Relief, Strelsau, 3 May 2022."),
        ],
        _section(
            "Country Summary",
            _p(
                "Mines were laid in the forest of Zenda during the uprising of 1891–1894, and a few hundred are still "
                "found every year.[1] (See Grand Strelsau impact profile for further information)."
            ),
            _p("Risk education is taught in every village school along the eastern border."),
        ),
        _section(
            "Treaty status",
            _table(
                "key_value",
                "Treaty status overview",
                [
                    _row("Mine Ban Treaty", "Non-signatory"),
                    _row("Convention on Cluster Munitions", "Non-signatory"),
                    _row("Convention on the Rights of Persons with Disabilities (CRPD)", "State Party"),
                ],
            ),
        ),
        _section("Management and coordination", _mine_action(), _risk_education(), _victim_assistance()),
        _section("Impact", _contamination(), _casualties()),
        _section("Addressing the impact", _clearance(), _lessons(), _care()),
    )


def _mine_action() -> Section:
    return _section(
        "Mine Action management and coordination",
        _table(
            "key_value",
            "Mine action management and coordination[2]",
            [
                _row("Mine action commenced", "1996"),
                _row("National mine action management actors", "Ruritanian Mine Action Office (RMAO)"),
                _row("United Nations Agencies", None),
                _row(
                    "Plans/strategies",
                    "The plan of 2018 ran out in 2022 and no other had been adopted by December 2022",
                ),
                _row("Mine action legislation", "Being drafted"),
            ],
        ),
        _section(
            "Coordination",
            _p("RMAO was set up by royal decree in 1996 and answers to the Chancellor.[3]"),
            _p("It meets the four duchies every spring and lays the year’s work before them."),
            level=3,
        ),
        _section(
            "Legislation and standards",
            _p("The standards of 2004 are in line with the international ones, and are being revised."),
            level=3,
        ),
        level=2,
    )


def _risk_education() -> Section:
    return _section(
        "Risk Education management and coordination",
        _table(
            "key_value",
            "Risk education management and coordination[4]",
            [
                _row("Government focal points", "RMAO with the Ministry of Schools"),
                _row("Coordination mechanisms", "Working group of village teachers"),
                _row("Coordination outcomes", "The group meets in January to settle the year’s lessons"),
                _row("Risk education standards", "None so far"),
            ],
        ),
        _section(
            "Coordination",
            _p("The working group was founded in 2001 and counts 26 teachers from nine districts."),
            level=3,
        ),
        level=2,
    )


def _victim_assistance() -> Section:
    return _section(
        "Victim assistance management and coordination",
        _table(
            "key_value",
            "Victim assistance management and coordination",
            [
                _row("Government focal points", "The Queen’s Hospital Board"),
                _row("Coordination mechanisms", "Two meetings a year with the Red Cross of Ruritania"),
                _row("Plans/strategies", "None reported"),
                _row("Survivor inclusion and participation", "A survivor sits on the Hospital Board"),
            ],
        ),
        level=2,
    )


def _contamination() -> Section:
    return _section(
        "Contamination",
        _table(
            "key_value",
            "Contamination overview (as of December 2022)[5]",
            [
                _row("Landmines*", "3.1km² (CHA: 1.9km²**; and SHA: 1.2km²)|Extent of contamination: Light"),
                _row("Cluster munition remnants", "Extent of contamination: None known"),
                _row("Other ERW contamination", "Extent of contamination: Unknown"),
            ],
            legend=[
                "Notes: CHA=confirmed hazardous area; SHA=suspected hazardous area; ERW=explosive remnants of war.",
                "* West of the river only.",
                "** This includes 0.4km² laid with antivehicle mines.",
            ],
        ),
        _section(
            "Landmine contamination",
            _p("At the end of 2022, RMAO knew of 3.1km² of mined forest in the duchy of Zenda."),
            _p("A survey of the eastern meadows is planned for the summer of 2024, once the snow has gone."),
            level=3,
        ),
        _section(
            "ERW contamination",
            _p("How many old shells lie in the ground is unknown; farmers hand in some 200 a year."),
            level=3,
        ),
        level=2,
    )


def _casualties() -> Section:
    return _section(
        "Casualties",
        _p(
            "The figures below leave out Grand Strelsau. "
            "(See Grand Strelsau impact profile for additional information)."
        ),
        _table(
            "key_value",
            "Casualties overview[6]",
            [
                _row("Casualties", is_band=True),
                _row("All known mine/ERW casualties", "Some 640 (including 112 killed)"),
                _row("Casualties in 2022", is_band=True),
                _row("Annual total", "5 (decrease from 9 in 2021)"),
                _row("Survival outcome", "1 killed; 4 injured"),
                _row("Device type causing casualties", "All undifferentiated mines/ERW"),
                _row("Civilian status", "All civilian"),
                _row("Gender", "4 men; 1 woman"),
            ],
        ),
        _section(
            "Casualties in 2022—details",
            _p("RMAO counted five casualties in 2022, all of them foresters.[7]"),
            level=3,
        ),
        level=2,
    )


def _clearance() -> Section:
    return _section(
        "Mine Action",
        _section(
            "Operators and service providers",
            _table("column", "Clearance operators", [_row("National", is_band=True), _row("RMAO")]),
            level=3,
        ),
        _section(
            "Clearance",
            _table(
                "key_value",
                "Land release overview[8]",
                [
                    _row(
                        "Land release in 2022", "0.3km² released through clearance|0.1km² reduced by technical survey"
                    ),
                    _row("Ordnance destroyed in 2022", "41 antipersonnel mines; 6 antivehicle mines; 212 items of ERW"),
                    _row(
                        "Landmine clearance in 2020–2022",
                        "2020: 0.2km²|2021: 0.5km²*|2022: 0.3km²|Total land cleared: 1.0km²",
                    ),
                ],
                legend=["Note: ERW=explosive remnants of war.", "* This includes 0.1km² where no mine was found."],
            ),
            _section(
                "Land release: landmines",
                _p("RMAO works with two mine flails, six dogs, and forty deminers.[9]"),
                _p("Clearance stops from November to March, when the forest roads are closed."),
                level=4,
            ),
            level=3,
        ),
        level=2,
    )


def _lessons() -> Section:
    return _section(
        "Risk Education",
        _section(
            "Operators and service providers",
            _table(
                "grouped",
                "Risk education operators",
                [
                    _row("Type of organization", "Name of organization", "Type of activity"),
                    _row("Governmental", "RMAO", "Coordinates the lessons|Trains volunteers in nine districts"),
                    _row("Governmental", "Ministry of Schools", "Keeps the subject in the yearly curriculum"),
                    _row(
                        "International",
                        "Zenda Relief",
                        "Visits the villages of the eastern border with a puppet theatre",
                    ),
                ],
                head=1,
            ),
            level=3,
        ),
        _section(
            "Beneficiary numbers",
            _table(
                "grid",
                "Beneficiary numbers[10]",
                [
                    _row("Operator", "Men", "Boys", "Women", "Girls"),
                    _row("Zenda Relief", "61", "180", "77", "195"),
                    _row("RMAO", "N/A", "44", "N/A", "39"),
                ],
                head=1,
                legend=["Note: N/A=not applicable."],
            ),
            _p("A further 300 children saw the puppet theatre in 2022, but were not counted by gender."),
            level=3,
        ),
        _section(
            "Target groups",
            _p("Foresters are the group most at risk, and the hardest to reach.[11]"),
            _p("Teachers are asked to repeat the lesson before every school holiday."),
            level=3,
        ),
        level=2,
    )


def _care() -> Section:
    return _section(
        "Victim Assistance",
        _section(
            "Victim assistance providers and activities",
            _table(
                "grouped",
                "Victim assistance providers and activities overview",
                [
                    _row("Type of organization", "Name of organization", "Type of activity"),
                    _row("Governmental", "Queen’s Hospital", "Treatment and prostheses, free of charge"),
                    _row(
                        "National", "Red Cross of Ruritania", "Transport of the injured, and visits to their families"
                    ),
                    _row("National", "Hentzau Trust", "Loans to survivors who open a shop"),
                    _row("International", "Zenda Relief", "Supports the hospital’s workshop with tools"),
                ],
                head=1,
            ),
            _p("The Queen’s Hospital treats every survivor free of charge, and keeps the only register of injuries."),
            level=3,
        ),
        level=2,
    )


def _mines() -> Chapter:
    return _chapter(
        "Mine Ban Policy",
        date(2024, 9, 28),
        "28 September 2024",
        [
            (1, "Speech by the Chancellor, Strelsau, 1 June 2024."),
            (2, "Ibid., p. 2."),
            (3, "The Zenda Gazette, “Foresters find new mines,” 12 August 2024."),
        ],
        _section(
            "Policy",
            _p("The Kingdom of Ruritania has not acceded to the Mine Ban Treaty, but says that it shares its aims.[1]"),
            _p("It attended the meetings of June 2023 and June 2024 as an observer."),
            _p("In 2023, Ruritania sent a voluntary report on clearance, but not on its stockpile.[2]"),
        ),
        _section(
            "Production, transfer, and stockpiling",
            _p("Ruritania stopped making antipersonnel mines in 1994 and has not exported any since 1990."),
        ),
        _section(
            "Use",
            _p("In August 2024, foresters near Zenda found mines of a make unknown to the army.[3]"),
            _p("The Ministry of War denies that its forces laid them."),
        ),
    )


def _support() -> Chapter:
    return _chapter(
        "Support for Mine Action",
        date(2015, 12, 16),
        "16 December 2015",
        [
            (1, "RMAO, “Accounts for 2014,” Strelsau, 2015, p. 5. Average rate for 2014: K2.5=US$1."),
            (2, "See our reports of 2012–2014; and RMAO, “Accounts for 2014,” Strelsau, 2015, p. 6."),
        ],
        _p("In 2014, the kingdom gave K2.5 million to its own mine action, about as much as in 2013."),
        _p("Help from abroad was slightly above the average of the three years before."),
        _table(
            "grid",
            "International contributions in 2014[1]",
            [
                _row("Donor Country", "Sector", "National currency", "Amount ($)"),
                _row("Grand Strelsau", "Clearance", "G$90,000", "88,200"),
                _row("Duchy of Hentzau", "Victim assistance", "K50,000", "20,000"),
                _row("Total", None, None, "108,200"),
            ],
            head=1,
        ),
        _table(
            "grid",
            "Summary of contributions in 2012–2014[2]",
            [
                _row("Year", "National contributions ($)", "International contributions ($)"),
                _row("2014", "1,000,000", "108,200"),
                _row("2013", "980,000", "96,400"),
                _row("2012", "955,000", "101,000"),
                _row("Total", "2,935,000", "305,600"),
            ],
            head=1,
        ),
    )


# ---------------------------------------------------------------- what the editions change


def _sentence_edited(document: Document) -> Document:
    """Cluster munitions, stockpiling: 400 bombs become 1,200."""
    return _with_blocks(document, 0, (2,), lambda b: (_replaced(b[0], "about 400", "about 1,200"), *b[1:]))


def _note_inserted(document: Document) -> Document:
    """Cluster munitions: a note behind the second paragraph of "Policy"’s neighbour, in front of all others but one."""
    chapter = document.chapters[0]
    later = {str(n): str(n + 1) for n in range(2, 6)}
    moved = tuple(replace(n, label=later.get(n.label, n.label)) for n in chapter.notes)
    sections = tuple(replace(s, blocks=tuple(_relabelled(b, later) for b in s.blocks)) for s in chapter.sections)
    put = Note("2", Text("Kingdom of Ruritania, Defence Law, Official Gazette No. 44, 7 May 2019, Article 3."))
    out = replace(chapter, sections=sections, notes=(moved[0], put, *moved[1:]))
    warned = tuple(replace(w, detail="5") if w.chapter == chapter.slug else w for w in document.warnings)
    document = replace(document, chapters=(out, *document.chapters[1:]), warnings=warned)
    return _with_blocks(document, 0, (1,), lambda b: (b[0], _with_ref(b[1], "2019.", "2"), *b[2:]))


def _paragraph_moved(document: Document) -> Document:
    """Mine bans: "It attended the meetings …" goes from "Policy" to the end of "Use"."""
    moved = document.chapters[2].sections[0].blocks[1]
    document = _with_blocks(document, 2, (0,), lambda b: tuple(x for x in b if x is not moved))
    return _with_blocks(document, 2, (2,), lambda b: (*b, moved))


def _status_changed(document: Document) -> Document:
    """Impact, treaty status: the Convention on Cluster Munitions is signed."""

    def alter(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        table = blocks[0]
        assert isinstance(table, Table)
        rows = (table.rows[0], _row("Convention on Cluster Munitions", "Signatory"), *table.rows[2:])
        return (replace(table, rows=rows), *blocks[1:])

    return _with_blocks(document, 1, (1,), alter)


def _nothing(document: Document) -> Document:
    """Furniture only: what a reader came for stays as it was."""
    return document


_STEPS: tuple[tuple[str, Callable[[Document], Document]], ...] = (
    ("a sentence edited", _sentence_edited),
    ("a note inserted, and all later ones renumbered", _note_inserted),
    ("a paragraph moved to another section", _paragraph_moved),
    ("a treaty status changed", _status_changed),
    ("nothing but page furniture: nonce, cookie bar, view counter", _nothing),
)


def _with_blocks(
    document: Document, chapter: int, section: tuple[int, ...], alter: Callable[[tuple[Block, ...]], tuple[Block, ...]]
) -> Document:
    """The document with the blocks of one outermost section put through a function."""
    old = document.chapters[chapter]
    sections = list(old.sections)
    sections[section[0]] = replace(sections[section[0]], blocks=alter(sections[section[0]].blocks))
    chapters = list(document.chapters)
    chapters[chapter] = replace(old, sections=tuple(sections))
    return replace(document, chapters=tuple(chapters))


def _replaced(block: Block, old: str, new: str) -> Block:
    """The paragraph with other words in one place; its later references move with theirs."""
    assert isinstance(block, Prose)
    at = block.text.plain.index(old)
    grown = len(new) - len(old)
    refs = tuple(Ref(r.offset + grown if r.offset > at else r.offset, r.label) for r in block.text.refs)
    return replace(block, text=Text(block.text.plain.replace(old, new, 1), refs))


def _with_ref(block: Block, behind: str, label: str) -> Block:
    """The paragraph with one more reference, behind these words and any that stand there."""
    assert isinstance(block, Prose)
    offset = block.text.plain.index(behind) + len(behind)
    refs = sorted((*block.text.refs, Ref(offset, label)), key=lambda r: r.offset)
    return replace(block, text=replace(block.text, refs=tuple(refs)))


def _relabelled(block: Block, labels: dict[str, str]) -> Block:
    assert isinstance(block, Prose)
    refs = tuple(replace(r, label=labels.get(r.label, r.label)) for r in block.text.refs)
    return replace(block, text=replace(block.text, refs=refs))
