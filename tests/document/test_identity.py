"""Names of things: slugs and lineage ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.document.identity import (
    Lineage,
    has_ids,
    profile_name,
    short_id,
    slug,
    slug_or_hash,
    with_new_ids,
    without_ids,
)
from tracker.document.model import Cell, Chapter, Document, Note, Prose, Row, Section, Table, Text


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Côte d'Ivoire", "cote-d-ivoire"),
        ("Côte d’Ivoire", "cote-d-ivoire"),
        ("Mine Ban Policy", "mine-ban-policy"),
        ("Casualties in 2019—details", "casualties-in-2019-details"),
        ("Türkiye", "turkiye"),
        ("Łódź & Straße", "lodz-and-strasse"),
        ("Ağdərə", "agdere"),
        ("Management & Coordination", "management-and-coordination"),
    ],
)
def test_a_slug_is_ascii_by_a_stated_table(title: str, expected: str) -> None:
    assert slug(title) == expected


def test_a_title_in_another_script_still_has_a_name() -> None:
    assert slug("Лаос") == ""
    assert slug_or_hash("Лаос").startswith("x-")
    assert slug_or_hash("Лаос") != slug_or_hash("Алжир")


@given(st.text())
def test_every_title_has_a_name_that_fits_in_a_path(title: str) -> None:
    assert set(slug_or_hash(title)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert slug_or_hash(title)


@pytest.mark.parametrize(
    ("title", "url", "expected"),
    [
        ("Ruritania", "https://example.org/x", "ruritania"),
        ("", "https://example.org/en-gb/reports/2022/ruritania/view-all.aspx", "ruritania"),
        ("", "https://example.org/country-profile/lao-pdr/", "lao-pdr"),
        ("", "https://example.org/c%C3%B4te.html", "cote"),
        ("", "https://example.org/2022/", "example-org"),
    ],
)
def test_a_profile_is_named_by_its_title_else_by_its_address(title: str, url: str, expected: str) -> None:
    assert profile_name(title, url) == expected


def test_lineage_ids_are_the_same_for_the_same_version_and_never_given_twice() -> None:
    one, two = Lineage("20220814T093000Z"), Lineage("20220814T093000Z")

    first = [one.new("b", "b0"), one.new("b", "b0"), one.new("b", "b1")]

    assert first == [two.new("b", "b0"), two.new("b", "b0"), two.new("b", "b1")]
    assert len(set(first)) == 3


def test_ids_take_no_part_in_equality_and_can_be_taken_off() -> None:
    table = Table(None, (Row((Cell(),)),), (Row((Cell(),)),))
    bare = Document("R", (Chapter("u", "U", None, None, (table,), (Section(Text("S"), 1, (Prose(Text("x")),)),)),))

    named = with_new_ids(bare, "20220814T093000Z")

    assert named == bare
    assert named.to_json() != bare.to_json()
    assert without_ids(named).to_json() == bare.to_json()
    assert has_ids(named.chapters[0]) and not has_ids(bare.chapters[0])


def test_a_chapters_ids_do_not_depend_on_its_neighbours() -> None:
    use = Chapter("use", "Use", None, None, (Prose(Text("x")),), notes=(Note("1", Text("n")),))
    policy = Chapter("policy", "Policy", None, None, (Prose(Text("y")),))

    alone = with_new_ids(Document("R", (use,)), "v").chapter("use")
    beside = with_new_ids(Document("R", (policy, use)), "v").chapter("use")

    assert alone is not None and beside is not None
    assert alone.blocks[0].id == beside.blocks[0].id
    assert alone.notes[0].id == beside.notes[0].id


def test_a_short_id_names_its_parts_and_has_no_dot() -> None:
    assert short_id("d", "a", "b") == short_id("d", "a", "b") != short_id("d", "ab")
    assert "." not in short_id("d", "a.b")
