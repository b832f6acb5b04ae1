"""Plain text whose tables and headings no publisher's rules know: told by what its lines hold."""

from tracker.compare import compare
from tracker.document.canonical import norm
from tracker.document.model import Chapter, Section, Table
from tracker.extract import extract


def page(*lines: str, note: str = "[1]Port office, letter of 2 May 2021.") -> bytes:
    """A chapter in the manner of the Monitor's pages as text; an empty string is the empty line below a table."""
    told = ("Zembla", "Mine Ban Policy", "Last updated: 3 May 2021", *lines, note)
    return "\n\n".join(line or "\u00a0" for line in told).encode()


def chapter(*lines: str) -> Chapter:
    return extract(page(*lines), media_type="text/plain", publisher="monitor").chapters[0]


def table(*lines: str) -> Table:
    (found,) = [b for s in chapter("Harbours", *lines).sections for b in s.blocks if isinstance(b, Table)]
    return found


def rows(told: Table) -> list[list[str]]:
    return [[cell.plain for cell in row.cells] for row in (*told.header, *told.rows)]


def titles(sections: tuple[Section, ...]) -> list[object]:
    return [[s.title.plain, titles(s.sections)] if s.sections else s.title.plain for s in sections]


def test_a_table_that_no_rule_knows_is_read_in_the_width_that_makes_its_columns_even() -> None:
    found = table("Berths by harbour[1]", "Harbour", "Berths", "Depth", "Onhava", "12", "8.5m", "Bera", "4", "3m", "")
    assert rows(found) == [["Harbour", "Berths", "Depth"], ["Onhava", "12", "8.5m"], ["Bera", "4", "3m"]]
    assert found.shape == "grid"


def test_an_empty_line_in_such_a_table_is_an_empty_cell() -> None:
    told = ("Harbour", "Berths", "Depth", "Onhava", "12", "8.5m", "Bera", "", "3m", "Nitra", "7", "2m")
    assert rows(table("Berths by harbour[1]", *told, ""))[2] == ["Bera", "", "3m"]


def test_a_column_put_into_a_known_table_of_numbers_is_one_column_more() -> None:
    head, two = ("Summary of contributions in 2019–2020[1]",), ("2020", "10", "20", "2019", "30", "40")
    old = table(*head, "Year", "National contributions ($)", "International contributions ($)", *two, "")
    wide = ("Year", "Share", "National contributions ($)", "International contributions ($)")
    new = table(*head, *wide, "2020", "33%", "10", "20", "2019", "42%", "30", "40", "")
    assert [len(row) for row in rows(old)] == [3, 3, 3]
    assert [len(row) for row in rows(new)] == [4, 4, 4]


def test_lines_that_make_no_even_columns_stay_pairs_of_label_and_value() -> None:
    found = table("Who is who[1]", "Harbour master", "Gerald Emerald", "Pilot", "Sylvia O’Donnell", "")
    assert found.shape == "key_value"
    assert rows(found) == [["Harbour master", "Gerald Emerald"], ["Pilot", "Sylvia O’Donnell"]]


def test_a_heading_right_above_another_heads_it() -> None:
    told = chapter(
        *("Ports and piers", "Northern ports", "The north has two ports.", "Southern ports", "The south has none."),
        *("Ships", "Sailing ships", "Few sail."),
    )
    assert titles(told.sections) == [
        ["Ports and piers", ["Northern ports", "Southern ports"]],
        ["Ships", ["Sailing ships"]],
    ]


def test_a_known_parent_under_a_new_name_keeps_its_level() -> None:
    told = ("Treaty status", "All joined.", "{}", "Contamination", "None is left.", "Casualties", "None is known.")

    def impact(title: str) -> bytes:
        return page(*(line.format(title) for line in told)).replace(b"Mine Ban Policy", b"Impact")

    old, new = (extract(impact(t), media_type="text/plain", publisher="monitor") for t in ("Impact", "State of things"))
    (edit,) = compare(old, new).edits
    assert (edit.kind, edit.old, edit.new) == ("section_renamed", "Impact", "State of things")


def test_an_accent_set_apart_from_its_letter_makes_a_heading_no_paragraph() -> None:
    told = chapter("The harbour of Cassaro\u0301", "It is small.", "Ports in gen\u00aderal", "They are few.")
    assert [norm(s.title.plain) for s in told.sections] == ["The harbour of Cassaró", "Ports in general"]
