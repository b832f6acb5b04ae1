"""Tellings of every form, from invented changes: what a kind's test renders. Real edits of every kind are in EDITS.

TELLINGS["storm"]        # one of each form and of each sort of change, by name; the same objects each time
single(change(...))      # a message of one change; telling(...) of many
crowd(800)               # changes of so many profiles
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args  # Any: the overrides of a builder: dataclasses.replace checks their names

from tests.notify.builders import AFTER, BEFORE, CELL, CHANGE, RENUMBERED, SEEN, SENTENCE, change, edit
from tracker.document.edit import LEVELS, CellPlace, Comparison, Edit, EditKind, Salience, Span
from tracker.document.salience import together
from tracker.events.deliveries import Form
from tracker.events.types import Change
from tracker.notify.telling import Reason, Telling
from tracker.notify.trial import trial_change

FORMS: tuple[Form, ...] = get_args(Form)
LINK_BASE = "https://tracker.example/"
REASON = Reason("mine-action", "chapter mine-*, salience normal or above")
OTHER_REASON = Reason("everything", "all changes")
_COUNTRIES = ("ruritania", "graustark", "cote-d-azure", "syldavia", "borduria", "zubrowka", "san-serriffe", "freedonia")


def telling(*changes: Change, form: Form = "single", **other: Any) -> Telling:
    """A message of these changes, but for what is named."""
    made = Telling(
        delivery="d_0123456789abcdef",
        form=form,
        channel="desk",
        at=SEEN + timedelta(seconds=2),
        position=41,
        changes=changes,
        reasons=(REASON,),
        link_base=LINK_BASE,
    )
    return replace(made, **other)


def single(of: Change = CHANGE, **other: Any) -> Telling:
    """A message of one change."""
    return telling(of, **other)


def of_edits(*edits: Edit, **other: Any) -> Change:
    """The change of Ruritania, of these edits and as salient as they are."""
    return change(edits=edits, salience=together(e.salience for e in edits), **other)


def _edit(kind: EditKind, n: int, **other: Any) -> Edit:
    """An edit of this kind; only what is named stands in it."""
    made = Edit(
        id=f"e_{n:010x}",
        kind=kind,
        chapter="mine-ban-policy",
        chapter_title="Mine Ban Policy",
        section=("Use",),
        block=f"b_{n:010x}",
        salience=Salience("normal", ("wording",)),
    )
    return replace(made, **other)


def cell(n: int, column: str, old: str, new: str, *, row: str = "Mine Ban Treaty", level: Any = "critical") -> Edit:
    """A cell of the treaty table, changed."""
    spans: tuple[Span, ...] = (("-", old), ("+", new))
    return _edit(
        "cell_changed",
        n,
        section=("Treaty status",),
        old=old,
        new=new,
        cell=CellPlace("Treaty status overview", row, column),
        spans=spans,
        salience=Salience(level, ("treaty status",) if level == "critical" else ()),
    )


_LOST = "The council of Strelsau met twice in March 2024 and published no minutes."
_CAME = "A third survey of the Zenda valley began in May 2026, with 12 deminers and two dogs."
_PARTS = ("Ruritania has not used mines since 1994.", "It says so in each of its letters to the council.")

# One edit of every kind that there is, shaped as compare/ makes them (design §5).
EDITS: Mapping[EditKind, Edit] = {
    "added": _edit("added", 1, new=_CAME, spans=(("+", _CAME),)),
    "removed": _edit("removed", 2, old=_LOST, spans=(("-", _LOST),)),
    "replaced": SENTENCE,
    "moved": _edit(
        "moved",
        3,
        section=("Production",),
        old_section=("Use",),
        old=_LOST,
        new=_LOST.replace("twice", "three times"),
        spans=(
            ("=", "The council of Strelsau met "),
            ("-", "twice"),
            ("+", "three times"),
            ("=", " in March 2024 and published no minutes."),
        ),
    ),
    "split": _edit("split", 4, old=" ".join(_PARTS), new=" ".join(_PARTS), spans=(("=", " ".join(_PARTS)),)),
    "merged": _edit("merged", 5, old=" ".join(_PARTS), new=" ".join(_PARTS), spans=(("=", " ".join(_PARTS)),)),
    "section_added": _edit(
        "section_added",
        6,
        section=("Victim assistance",),
        new="Victim assistance\n" + "\n".join([" ".join([_CAME] * 6)] * 5),
    ),
    "section_removed": _edit("section_removed", 7, section=("Transfer",), old=f"Transfer\n{_LOST}"),
    "section_renamed": _edit("section_renamed", 8, section=("Stockpiles",), old="Stockpiling", new="Stockpiles"),
    "section_moved": _edit(
        "section_moved",
        9,
        section=("Use", "Retention"),
        old_section=("Retention",),
        old="Retention\nIt keeps 12.",
        new="Retention\nIt keeps 12.",
    ),
    "section_split": _edit("section_split", 10, section=("Funding",), old="Funding and staff", new="Funding"),
    "section_merged": _edit("section_merged", 11, section=("Funding",), old="Staff", new="Funding"),
    "chapter_added": _edit("chapter_added", 12, section=(), new="Cluster Munition Ban Policy"),
    "chapter_removed": _edit("chapter_removed", 13, section=(), old="Support for Mine Action"),
    "chapter_renamed": _edit("chapter_renamed", 14, section=(), old="Mine Policy", new="Mine Ban Policy"),
    "chapter_moved": _edit("chapter_moved", 15, section=(), old="Mine Ban Policy", new="Mine Ban Policy"),
    "note_added": _edit("note_added", 16, section=(), new="Letter of the ministry, 3 May 2026."),
    "note_removed": _edit("note_removed", 17, section=(), old="Ibid., p. 4."),
    "note_replaced": _edit(
        "note_replaced",
        18,
        section=(),
        old="Letter of the ministry, 3 May 2025.",
        new="Letter of the ministry, 3 May 2026.",
        spans=(("=", "Letter of the ministry, 3 May "), ("-", "2025"), ("+", "2026"), ("=", ".")),
    ),
    "table_added": _edit("table_added", 19, new="Year | Casualties\n2025 | 4"),
    "table_removed": _edit("table_removed", 20, old="Year | Casualties\n2024 | 9"),
    "row_added": _edit("row_added", 21, new="2026 | 3 | 1", cell=CellPlace("Casualties", "2026", "")),
    "row_removed": _edit("row_removed", 22, old="2019 | 8 | 2", cell=CellPlace("Casualties", "2019", "")),
    "row_moved": _edit(
        "row_moved", 23, old="2020 | 5", new="2020 | 5", old_section=("Use",), cell=CellPlace("Casualties", "2020", "")
    ),
    "column_added": _edit("column_added", 24, new="Injured | 1 | 2", cell=CellPlace("Casualties", "", "Injured")),
    "column_removed": _edit("column_removed", 25, old="Unknown | 0 | 0", cell=CellPlace("Casualties", "", "Unknown")),
    "column_moved": _edit(
        "column_moved", 26, old="Killed | 3", new="Killed | 3", old_section=("Use",), cell=CellPlace("C.", "", "Killed")
    ),
    "cell_changed": CELL,
    "caption_changed": _edit("caption_changed", 27, old="Casualties", new="Casualties in Ruritania"),
    "legend_changed": _edit("legend_changed", 28, old="* estimate", new="* estimate of the council"),
    "date_changed": _edit("date_changed", 29, section=(), old="Last updated: 28 September 2025", new="14 August 2026"),
    "link_changed": _edit(
        "link_changed",
        30,
        old=_PARTS[1],
        new=_PARTS[1],
        detail="https://ruritania.example/letter-2025 → https://ruritania.example/letter-2026",
    ),
    "new_edition": _edit("new_edition", 31, section=(), salience=Salience("high", ("new edition",))),
    "renumbered": RENUMBERED,
    "ref_moved": _edit("ref_moved", 32, salience=Salience("none")),
    "format": _edit("format", 33, salience=Salience("none"), detail="19 places"),
}


def crowd(count: int, *, edits: tuple[Edit, ...] | None = None) -> tuple[Change, ...]:
    """Changes of so many profiles, of all levels in turn but critical: or all of these edits."""
    made = []
    for n in range(count):
        level = LEVELS[1 + n % 3]
        told = edits or (
            edit(id=f"e_{n:010x}", salience=Salience(level, ("number",))),
            *((EDITS["added"],) if n % 2 else ()),
        )
        name = f"{_COUNTRIES[n % len(_COUNTRIES)]}-{n // len(_COUNTRIES)}" if n >= len(_COUNTRIES) else _COUNTRIES[n]
        made.append(
            of_edits(
                *told,
                id=f"c_{n:016x}",
                profile=name,
                watch=name,
                flags=() if n % 3 else ("silent",),
                source_url=f"https://monitor.example/profiles/{name}",
            )
        )
    return tuple(made)


def at_every_level(count: int) -> Change:
    """A change of so many edits: sentences of all levels in turn, the most salient not first."""
    return of_edits(
        *(
            edit(
                id=f"e_{n:010x}",
                section=("Use", f"Part {n // 10}"),
                salience=Salience(LEVELS[n % 5], ("number",)),
                new=f"In June 2026 Ruritania said that it had cleared {n} minefields near Strelsau.",
                old=f"In June 2025 Ruritania said that it had cleared {n} minefields near Strelsau.",
                spans=(
                    ("=", "In June "),
                    ("-", "2025"),
                    ("+", "2026"),
                    ("=", f" Ruritania said that it had cleared {n} minefields near Strelsau."),
                ),
            )
            for n in range(count)
        )
    )


def trouble(*, began: bool = True) -> Telling:
    """Trouble that began, or ended."""
    about = {
        "kind": "unreachable",
        "subject": "ruritania",
        "what": "ruritania has not been reached for 24 h",
        "detail": "the last answer was HTTP 503, at 2026-08-13T09:30:00Z",
        "advice": "See what it says: tracker checks ruritania",
        "began": began,
    }
    return telling(form="trouble", reasons=(Reason("operator", "trouble"),), about=about)


def trial() -> Telling:
    """A trial of the channel."""
    return telling(trial_change(SEEN), form="test", reasons=(Reason("trial", "a test of this channel"),))


NEWS = tuple(e for kind, e in EDITS.items() if kind not in ("renumbered", "ref_moved", "format"))
_DATED = replace(AFTER, document_date=date(2026, 8, 14))

TELLINGS: Mapping[str, Telling] = {
    "single": single(of_edits(SENTENCE, flags=(), after=_DATED)),
    "silent": single(of_edits(SENTENCE)),
    "critical cell": single(of_edits(CELL, flags=())),
    "cells of a row": single(
        of_edits(
            cell(40, "Status", "Not a party", "State Party"), cell(41, "Since", "—", "1 June 2026", level="normal")
        )
    ),
    **{kind: single(of_edits(made)) for kind, made in EDITS.items() if made in NEWS and kind != "replaced"},
    "every kind": single(of_edits(*NEWS, comparison=Comparison(edits=NEWS, neutral=(RENUMBERED, EDITS["format"])))),
    "400 edits": single(at_every_level(400)),
    "matched": single(CHANGE, matched={CHANGE.id: frozenset({SENTENCE.id})}),
    "one of many matched": single(at_every_level(40), matched={CHANGE.id: frozenset({"e_0000000007"})}),
    "first record": single(change(edits=(), cause="first_record", before=None, happened_after=None, flags=())),
    "page removed": single(
        of_edits(
            EDITS["chapter_removed"],
            cause="removed",
            flags=("with:impact",),
            after=replace(AFTER, text_sha256=None, norm_sha256=None, document_date=None, document_sha256=None),
        )
    ),
    "page restored": single(of_edits(EDITS["chapter_added"], cause="restored", flags=("with:impact",))),
    "reversion": single(of_edits(SENTENCE, cause="reversion", flags=("silent", "reverts:20250614T093000Z"))),
    "date only": single(of_edits(EDITS["date_changed"], cause="date_only", flags=(), after=_DATED)),
    "format only": single(
        change(
            cause="format_only", flags=(), salience=Salience("none"), comparison=Comparison(neutral=(EDITS["format"],))
        )
    ),
    "imported": single(of_edits(SENTENCE, flags=("imported", "coarse"), before=replace(BEFORE, document_date=None))),
    "no pages of ours": single(CHANGE, link_base=""),
    "small": single(at_every_level(60), small=1),
    "group": telling(*crowd(3), form="group", reasons=(REASON, OTHER_REASON)),
    "group of one profile": telling(
        CHANGE, change(id="c_1", chapter="impact", chapter_title="Impact", edits=(EDITS["added"],)), form="group"
    ),
    "digest": telling(*crowd(30), form="digest"),
    "storm": telling(*crowd(800), form="storm"),
    "site wide": telling(*crowd(80, edits=(EDITS["legend_changed"],)), form="site_wide"),
    "trouble": trouble(),
    "trouble over": trouble(began=False),
    "test": trial(),
}
