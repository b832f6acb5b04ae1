"""What a reader is told of tables: rows by key, columns by header, cells where they meet."""

from dataclasses import replace

from tests.compare.builders import (
    GIFTS,
    STATUS,
    cell,
    changed,
    chapter,
    impact,
    kinds,
    neutral,
    ruritania,
    section,
    table,
    text,
)
from tracker.compare import apply, compare
from tracker.document.edit import CellPlace, Comparison
from tracker.document.model import Chapter, Document, Row, Table


def with_impact(told: Chapter) -> Comparison:
    old = ruritania()
    new = replace(old, chapters=(old.chapters[0], told))
    found = changed(new)
    assert apply(found, old) == new
    return found


def gifts(rows: list[list[str]], header: list[str] | None = None) -> Table:
    return table(rows, header=header or ["Donor", "Sector", "Amount (US$)"], caption="Contributions: 2019[2]")


ROWS = [["Elbonia", "Clearance", "1,250,000"], ["Norway", "Clearance", "900"], ["Norway", "Risk education", "900"]]


def test_a_changed_cell_is_named_by_table_row_and_column():
    found = with_impact(impact(gifts=gifts([["Elbonia", "Clearance", "1,500,000"], *ROWS[1:]])))

    (edit,) = found.edits
    assert (edit.kind, edit.old, edit.new) == ("cell_changed", "1,250,000", "1,500,000")
    assert edit.cell == CellPlace("Contributions: 2019", "Elbonia", "Amount (US$)")
    assert edit.section == ("Support",)
    assert edit.salience.level == "high" and edit.salience.why == ("money: 1,250,000 → 1,500,000 (+20 %)",)


def test_a_changed_treaty_status_is_critical():
    rows = [
        ["Treaty on Springs", "State Party"],
        ["Convention on Traps", "Non-signatory"],
        ["Rights Accord", "State Party"],
    ]

    (edit,) = with_impact(impact(status=table(rows, caption="Treaty status overview"))).edits

    assert edit.cell == CellPlace("Treaty status overview", "Treaty on Springs", "")
    assert edit.salience.level == "critical"
    assert edit.salience.why[0] == "treaty status: Non-signatory → State Party"


def test_the_patch_of_a_cell_is_a_deepdiff_delta_that_names_it():
    found = with_impact(impact(gifts=gifts([["Elbonia", "Clearance", "1,500,000"], *ROWS[1:]])))

    row = found.edits[0].block
    assert found.patch["chapters"]["impact"]["delta"] == {
        "values_changed": {f"root['{row}']['c2']['p0']": {"old_value": "1,250,000", "new_value": "1,500,000"}}
    }


def test_a_row_added_between_rows_of_one_key_is_one_row():
    found = with_impact(impact(gifts=gifts([*ROWS[:2], ["Norway", "Victims", "900"], ROWS[2]])))

    (edit,) = found.edits
    assert (edit.kind, edit.new) == ("row_added", "Norway | Victims | 900")


def test_a_row_equal_to_its_neighbour_is_one_row_added():
    found = with_impact(impact(gifts=gifts([*ROWS, ROWS[2]])))

    assert kinds(found) == ["row_added"]


def test_rows_that_went_or_changed_places_are_told_as_rows():
    assert kinds(with_impact(impact(gifts=gifts(ROWS[1:])))) == ["row_removed"]
    (edit,) = with_impact(impact(gifts=gifts([*ROWS[1:], ROWS[0]]))).edits
    assert (edit.kind, edit.old) == ("row_moved", "Elbonia | Clearance | 1,250,000")


def test_a_row_under_another_name_is_a_changed_cell():
    found = with_impact(impact(gifts=gifts([["Kingdom of Elbonia", *ROWS[0][1:]], *ROWS[1:]])))

    assert [(e.kind, e.old, e.new) for e in found.edits] == [("cell_changed", "Elbonia", "Kingdom of Elbonia")]


def test_a_column_put_in_is_one_column_whatever_the_rows():
    rows = [[r[0], word, *r[1:]] for r, word in zip(ROWS, ("a", "b", "c"), strict=True)]

    (edit,) = with_impact(impact(gifts=gifts(rows, ["Donor", "Order", "Sector", "Amount (US$)"]))).edits

    assert (edit.kind, edit.new) == ("column_added", "Order | a | b | c")
    assert edit.cell == CellPlace("Contributions: 2019", "", "Order")


def test_a_column_taken_out_beside_a_changed_cell_is_told_apart():
    rows = [[r[0], r[2]] for r in ROWS]
    rows[1] = ["Norway", "950"]

    found = with_impact(impact(gifts=gifts(rows, ["Donor", "Amount (US$)"])))

    assert sorted(kinds(found)) == ["cell_changed", "column_removed"]


def test_columns_that_changed_places_are_one_move():
    rows = [[r[1], r[0], r[2]] for r in ROWS]

    found = with_impact(impact(gifts=gifts(rows, ["Sector", "Donor", "Amount (US$)"])))

    assert kinds(found) == ["column_moved"]


def test_another_header_is_a_changed_cell_and_another_caption_a_changed_caption():
    assert [
        (e.kind, e.old) for e in with_impact(impact(gifts=gifts(ROWS, ["Donor", "Sector", "Amount (€)"]))).edits
    ] == [("cell_changed", "Amount (US$)")]
    (edit,) = with_impact(impact(gifts=replace(GIFTS, caption=text("Contributions: 2020[2]")))).edits
    assert (edit.kind, edit.old, edit.new) == ("caption_changed", "Contributions: 2019", "Contributions: 2020")


def test_a_legend_that_came_is_one_changed_legend():
    (edit,) = with_impact(impact(gifts=replace(GIFTS, legend=(text("* In kind."), text("Notes: none."))))).edits

    assert (edit.kind, edit.old, edit.new) == ("legend_changed", "", "* In kind.\nNotes: none.")


def test_a_group_that_spans_rows_and_changed_its_name_is_told_once():
    def grouped(name: str) -> Table:
        rows = [[name, "HALO", "Clearance"], [name, "MAG", "Clearance"], ["Others", "Guild", "Dogs"]]
        return replace(gifts(rows, ["Group", "Operator", "Work"]), shape="grouped")

    old = replace(ruritania(), chapters=(impact(gifts=grouped("National")),))
    new = replace(old, chapters=(impact(gifts=grouped("Domestic")),))

    assert [(e.kind, e.old, e.new) for e in compare(old, new).edits] == [("cell_changed", "National", "Domestic")]


def test_a_cell_of_several_paragraphs_and_one_that_was_empty_are_cells():
    rows = [["Elbonia", "Clearance\nDogs", "1,250,000"], ["Norway", "Clearance", ""], ROWS[2]]

    found = with_impact(impact(gifts=gifts(rows)))

    assert [(e.old, e.new) for e in found.edits] == [("Clearance", "Clearance\nDogs"), ("900", "")]


def test_a_table_that_came_or_went_is_told_whole():
    old = ruritania()
    told = old.chapters[1]
    without = replace(told, sections=(replace(told.sections[0], blocks=()), *told.sections[1:]))
    new = replace(old, chapters=(old.chapters[0], without))

    (went,) = compare(old, new).edits
    (came,) = compare(new, old).edits

    assert (went.kind, came.kind) == ("table_removed", "table_added")
    assert came.new.splitlines()[:2] == ["Treaty status overview", "Treaty on Springs | Non-signatory"]


def test_another_shape_of_the_same_cells_is_format():
    found = with_impact(impact(status=replace(STATUS, shape="grid")))

    assert kinds(found) == [] and neutral(found) == ["format"]


def test_two_equal_rows_where_one_changed_are_one_changed_cell():
    old = replace(ruritania(), chapters=(impact(gifts=gifts([ROWS[1], ROWS[1], ROWS[1]])),))
    new = replace(old, chapters=(impact(gifts=gifts([ROWS[1], ["Norway", "Clearance", "901"], ROWS[1]])),))

    found = compare(old, new)

    assert kinds(found) == ["cell_changed"]


def test_a_band_in_a_table_names_what_follows():
    band = Row((cell("Casualties in 2019"),), is_band=True)
    rows = (band, Row((cell("Civilians"), cell("4"))), replace(band, cells=(cell("Casualties in 2020"),)))
    told = replace(STATUS, rows=(*rows, Row((cell("Civilians"), cell("4")))))
    other = replace(told, rows=(*told.rows[:3], Row((cell("Civilians"), cell("5")))))
    old = replace(ruritania(), chapters=(impact(status=told),))

    (edit,) = compare(old, replace(old, chapters=(impact(status=other),))).edits

    assert (edit.kind, edit.old, edit.new) == ("cell_changed", "4", "5")


def surveys(caption: str, men: str, women: str) -> Table:
    return table([["Men", men], ["Women", women]], caption=caption)


def told_in(section_old: str, old: Table, section_new: str, new: Table) -> Comparison:
    """What changed where one section holds the old table, and one the new."""
    told = [
        Document(
            "R", (chapter(*[section(t, f"{t} is quiet.", *([has] if t == at else [])) for t in ("Use", "Trade")]),)
        )
        for at, has in ((section_old, old), (section_new, new))
    ]
    return compare(told[0], told[1])


def test_tables_that_share_only_their_row_keys_are_two_tables():
    other = told_in("Use", surveys("Teachers trained", "3", "4"), "Trade", surveys("Casualties of floods", "99", "88"))
    bare = told_in("Use", table([["text", "The hills."]]), "Trade", table([["text", "Nine per cent."]]))

    assert sorted(kinds(other)) == sorted(kinds(bare)) == ["table_added", "table_removed"]


def test_a_table_that_kept_its_caption_or_its_cells_is_one_in_another_section():
    caption = told_in("Use", surveys("Teachers trained", "3", "4"), "Trade", surveys("Teachers trained", "5", "6"))
    cells = told_in("Use", surveys("Teachers trained", "33", "4"), "Trade", surveys("Schools opened", "33", "4"))

    assert kinds(caption) == ["moved", "cell_changed", "cell_changed"]
    assert kinds(cells) == ["moved", "caption_changed"]


def test_a_table_with_a_new_caption_or_all_new_cells_in_its_place_is_one():
    caption = told_in("Use", surveys("Teachers trained", "3", "4"), "Use", surveys("Schools opened", "3", "4"))
    cells = told_in("Use", surveys("Teachers trained", "3", "4"), "Use", surveys("Teachers trained", "5", "6"))

    assert kinds(caption) == ["caption_changed"]
    assert kinds(cells) == ["cell_changed", "cell_changed"]


def column(*words: str) -> Comparison:
    """What changed from a table of one column, ANAMA and the army, to these words."""
    old, new = (table([[w] for w in side], header=["Operator"]) for side in (("ANAMA", "The army", "Dogs"), words))
    return told_in("Use", old, "Use", new)


def test_a_word_changed_in_a_table_of_one_column_is_a_changed_cell():
    (edit,) = column("ANAMA (Azerbaijan)", "The army", "Dogs").edits
    (_, other) = column("ANAMA (Azerbaijan)", "The old army", "Dogs").edits

    assert (edit.kind, edit.old, edit.new) == ("cell_changed", "ANAMA", "ANAMA (Azerbaijan)")
    assert (other.kind, other.old, other.new) == ("cell_changed", "The army", "The old army")


def test_another_name_in_a_table_of_one_column_is_a_row_that_went_and_one_that_came():
    assert kinds(column("NPA", "The army", "Dogs")) == ["row_removed", "row_added"]


def test_the_first_row_moved_to_the_end_is_one_move_however_long_it_is():
    rows = [["A very long name of a place", "and much that is said of it"], ["b", "c"], ["d", "e"]]

    found = told_in("Use", table(rows), "Use", table([*rows[1:], rows[0]]))

    assert [(e.kind, e.cell.row if e.cell else "") for e in found.edits] == [("row_moved", rows[0][0])]


def test_a_heading_over_two_columns_is_told_once():
    old, new = (table([["1", "2", "3"]], header=["Year", over, over]) for over in ("Casualties", "Victims"))

    assert [(e.old, e.new) for e in told_in("Use", old, "Use", new).edits] == [("Casualties", "Victims")]
