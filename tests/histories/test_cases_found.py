"""What reading real histories as a person would found wrong, each told again in invented words."""

from tests.compare.builders import POLICY, USE, chapter, kinds, section, table
from tracker.compare import compare, inverse
from tracker.document.edit import Comparison
from tracker.document.model import Document, Section


def document(*sections: Section, title: str = "Spring Ban Policy") -> Document:
    return Document("Ruritania", (chapter(*sections, title=title, notes=()),))


def compared(old: Document, new: Document) -> Comparison:
    """What compare says; the way back says the same the other way round."""
    found = compare(old, new)
    assert sorted(kinds(compare(new, old))) == sorted(kinds(inverse(found)))
    return found


def bare(*printed: str) -> tuple[str, ...]:
    return tuple(words.split("[")[0] for words in printed)


def test_a_heading_put_above_the_end_of_a_section_moves_nothing_that_stands_under_it_now():
    lines = bare(*POLICY)
    added = ("The office in Strelsau counts all traps of the year.", "It prints the figures in spring, with a map.")

    found = compared(
        document(section("Policy", *lines)), document(section("Policy", *lines[:4]), section("Traps", *added, lines[4]))
    )

    assert kinds(found) == ["section_added"]
    assert found.edits[0].new == "\n".join(("Traps", *added))


def test_a_heading_that_went_moves_nothing_that_stood_under_it():
    kept, gone = bare(*POLICY), bare(*USE)

    found = compared(
        document(section("Policy", *kept), section("Use", *gone)), document(section("Policy", *kept, gone[3]))
    )

    assert kinds(found) == ["section_removed"]


def test_a_numbered_heading_in_other_letters_over_some_of_its_words_is_renamed():
    old = section("1. Who may use the ferry", *bare(*POLICY))
    new = section("1. Who may Use the Ferry", *bare(*USE), bare(*POLICY)[0])

    found = compared(document(old), document(new))

    assert [e.new for e in found.edits if e.kind == "section_renamed"] == ["1. Who may Use the Ferry"]
    assert not {"section_added", "section_removed", "moved"} & set(kinds(found))


def figure(year: int, amount: str) -> Section:
    return section(f"Trade in {year}", table([["text", amount]]))


def test_the_figures_of_a_new_year_come_and_those_of_the_oldest_go_and_none_is_renamed():
    old = [figure(2023, "572 billion"), figure(2022, "590 billion"), figure(2021, "548 billion")]
    new = [figure(2024, "585 billion"), figure(2023, "572 billion"), figure(2022, "590 billion")]

    found = compared(document(*old), document(*new))

    assert [(e.kind, e.old or e.new) for e in found.edits] == [
        ("section_added", "Trade in 2024\ntext | 585 billion"),
        ("section_removed", "Trade in 2021\ntext | 548 billion"),
    ]


def test_a_table_under_a_heading_that_was_shortened_is_the_same_table():
    before = section("Flag description", table([["text", "three bands of red, white and black"]]))
    after = section("Flag", table([["text", "description: three bands, of which the upper one is red"]]))

    found = compared(document(before), document(after))

    assert kinds(found) == ["section_renamed", "cell_changed"]


def test_a_paragraph_that_went_from_one_to_another_section_of_one_name_takes_no_section_along():
    def told(*here: str, there: tuple[str, ...]) -> Document:
        inside = (section("Coordination", *there),)
        return document(section("Coordination", *here), section("Support", POLICY[0], inside=inside))

    lead = "The office in Strelsau leads all work on springs, with four branches in the valleys."

    found = compared(told(lead, there=("Nobody does.",)), told(there=("Nobody does.", lead)))

    assert [(e.kind, e.old_section, e.section) for e in found.edits] == [
        ("moved", ("Coordination",), ("Support", "Coordination"))
    ]


def test_what_was_split_and_what_was_merged_in_one_section_are_told_both_and_both_ways():
    first, second, third, fourth = bare(*POLICY)[:4]

    found = compared(
        document(section("Policy", f"{first} {second}", third, fourth)),
        document(section("Policy", first, second, f"{third} {fourth}")),
    )

    assert sorted(kinds(found)) == ["merged", "split"]


def test_a_paragraph_in_three_pieces_with_a_word_changed_in_its_opening_is_split():
    pieces = (
        "The envoys of three valleys",
        "met twice in the autumn of that year",
        "and spoke of springs only at the end",
    )

    found = compared(
        document(section("Policy", " ".join(pieces))),
        document(section("Policy", pieces[0].replace("envoys", "herdsmen"), *pieces[1:])),
    )

    assert kinds(found) == ["split"]


def test_a_page_of_one_chapter_under_another_title_is_renamed_where_a_fifth_of_it_is_as_it_was():
    kept, gone = bare(*POLICY), bare(*USE)

    renamed = compared(
        document(section("Policy", *kept, *gone)),
        document(
            section("Policy", kept[2], kept[3], *(f"{words} And so on, year by year." for words in gone)),
            title="Springs",
        ),
    )
    other = compared(document(section("Policy", *kept)), document(section("Trade", *gone), title="Springs"))

    assert kinds(renamed)[0] == "chapter_renamed"
    assert sorted(kinds(other)) == ["chapter_added", "chapter_removed"]


def test_a_heading_that_became_one_of_two_equal_lines_is_the_one_before_what_it_stood_above():
    lines = bare(*POLICY)
    as_lines = section("Costs", "Costs", lines[3], "Costs", lines[1], lines[2]).blocks

    found = compared(
        document(section("Costs", lines[1], lines[2])), Document("Ruritania", (chapter(notes=(), blocks=as_lines),))
    )

    assert [(e.kind, e.new) for e in found.edits] == [("added", "Costs"), ("added", lines[3])]
