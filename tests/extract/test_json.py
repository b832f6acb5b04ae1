"""JSON pages: texts that name themselves and list their parts, and trees of facts."""

import json

import pytest

from tests.compare.builders import ruritania
from tracker.compare import compare
from tracker.document.model import Document, Prose, Table
from tracker.extract import extract

PROFILE = {
    "title": "Ruritania",
    "chapters": [
        {
            "title": "Mine Ban Policy",
            "last_updated": "13 August 2022",
            "sections": [
                {
                    "heading": "Policy",
                    "paragraphs": ["Ruritania has not acceded.[1]", {"items": ["by land;", "by sea."]}],
                    "sections": [{"heading": "Denials", "text": "No use is known.\n\nNone was denied.[2]"}],
                },
                {
                    "heading": "Treaty status",
                    "blocks": [
                        {
                            "caption": "Treaty status overview",
                            "rows": [
                                ["Treaty on Springs", "Non-signatory"],
                                ["Convention on Traps", ["Party", "since 2009"]],
                            ],
                            "legend": "Notes: as of today.",
                        }
                    ],
                },
            ],
            "notes": [{"label": 1, "text": "Statement of Ruritania."}, {"label": "2", "text": "Ibid."}],
        },
        {"title": "Impact", "last_updated": "Last updated: 3 May 2021", "paragraphs": ["None is left."]},
    ],
}


def read(data: object) -> Document:
    return extract(json.dumps(data).encode(), media_type="application/json")


def test_a_text_in_json_is_chapters_dates_sections_paragraphs_lists_tables_and_notes() -> None:
    document = read(PROFILE)

    assert document.title == "Ruritania"
    policy, impact = document.chapters
    assert (policy.title, policy.date_text, impact.date_text) == ("Mine Ban Policy", "13 August 2022", "3 May 2021")
    assert [s.title.plain for s in policy.sections] == ["Policy", "Treaty status"]
    told, status = policy.sections
    assert [(b.kind, b.text.plain) for b in told.blocks if isinstance(b, Prose)] == [
        ("paragraph", "Ruritania has not acceded."),
        ("item", "by land;"),
        ("item", "by sea."),
    ]
    assert [s.title.plain for s in told.sections] == ["Denials"]
    assert len(told.sections[0].blocks) == 2
    (table,) = status.blocks
    assert isinstance(table, Table)
    assert table.caption is not None and table.caption.plain == "Treaty status overview"
    assert [[c.plain for c in row.cells] for row in table.rows][1] == ["Convention on Traps", "Party\nsince 2009"]
    assert [line.plain for line in table.legend] == ["Notes: as of today."]
    assert [(n.label, n.text.plain) for n in policy.notes] == [("1", "Statement of Ruritania."), ("2", "Ibid.")]
    assert document.warnings == ()


def test_a_fact_is_a_row_by_its_key_whether_its_value_stands_alone_or_as_text_with_a_note() -> None:
    old = read({"Geography": {"Area": {"total": {"text": "86,600 sq km"}, "land": "82,629 sq km"}}})
    new = read({"Geography": {"Area": {"total": {"text": "86,600 sq km", "note": "disputed"}, "land": "82,630 sq km"}}})

    told = [(e.kind, e.cell.row if e.cell else "", e.old, e.new) for e in compare(old, new).edits]

    assert told == [
        ("cell_changed", "total", "86,600 sq km", "86,600 sq km\nnote: disputed"),
        ("cell_changed", "land", "82,629 sq km", "82,630 sq km"),
    ]


def test_markup_in_a_value_is_its_paragraphs() -> None:
    value = "<p>Zenda &amp; Hentzau <b>quarrel</b>.</p><p>Nobody knows<br><br>why.</p><script>x()</script>"
    document = read({"title": "Ruritania", "Background": value, "Climate": "mild, 1 < 2"})

    (table,) = document.chapters[0].blocks
    assert isinstance(table, Table)
    assert [row.cells[1].plain for row in table.rows] == ["Zenda & Hentzau quarrel.\nNobody knows\nwhy.", "mild, 1 < 2"]


def test_a_document_that_tracker_wrote_is_read_as_it_is() -> None:
    assert read(ruritania().to_json()) == ruritania()


@pytest.mark.parametrize("header", [{"a": 1}, 5, True, "Year", ["Year", {"text": "Wheat"}], [["Year"], "Wheat"], []])
def test_a_header_of_any_sort_is_read_and_nothing_is_raised(header: object) -> None:
    farm = {"heading": "Farm", "paragraphs": [{"rows": [["2019", "41"], ["2020", "43"]], "header": header}]}

    told = str(read({"title": "Land", "sections": [farm]}).to_json())

    assert all(words in told for words in ("2019", "43", *(["Year"] if "Year" in str(header) else [])))


def test_rows_that_are_records_are_a_table_and_nothing_beside_them_is_lost() -> None:
    rows = [{"year": "2019", "wheat": "41"}, {"year": "2020", "wheat": "43"}]
    farm = {"heading": "Farm", "paragraphs": ["It is a farm."], "rows": rows, "owner": "Abbot"}
    old = read({"title": "Land", "sections": [farm]})
    new = read({"title": "Land", "sections": [{**farm, "rows": [{**row, "rye": "9"} for row in rows]}]})

    told = str(old.to_json())
    assert all(words in told for words in ("It is a farm.", "Abbot", "2020", "wheat"))
    assert [(e.kind, e.new) for e in compare(old, new).edits] == [("column_added", "rye | 9 | 9")]


def test_what_the_server_counts_and_stamps_at_each_answer_is_no_part_of_the_page():
    said = {"title": "Ruritania", "sections": [{"title": "Ducks", "text": "None were seen."}], "views": 7}

    once, again = (
        extract(json.dumps(said | stamps).encode(), media_type="application/json")
        for stamps in ({"request_id": "a1", "generatedAt": "2026-01-01T00:00:00Z"}, {"views": 8, "request_id": "b2"})
    )

    assert once == again
    assert (
        extract(json.dumps({"title": "R", "sections": [], "hits": {"2020": 4}}).encode(), media_type="application/json")
        != once
    )
