"""What a reader is told of paragraphs and sections."""

from dataclasses import replace

from tests.compare.builders import (
    POLICY,
    USE,
    changed,
    in_chapter,
    in_section,
    kinds,
    neutral,
    paragraph,
    paragraphs,
    ruritania,
    section,
    text,
    with_blocks,
    with_sections,
)
from tracker.compare import compare
from tracker.document.edit import Comparison
from tracker.document.model import Link, Section, Text


def test_equal_documents_have_nothing_to_tell():
    assert compare(ruritania(), ruritania()) == Comparison()


def test_a_changed_sentence_is_one_replaced_paragraph_with_its_words():
    new = with_blocks("Policy", lambda b: b.__setitem__(0, paragraph(POLICY[0].replace("has not", "has"))))

    found = changed(new)

    (edit,) = found.edits
    assert edit.kind == "replaced" and edit.section == ("Policy",) and edit.chapter_title == "Spring Ban Policy"
    assert (edit.old, edit.new) == (POLICY[0], POLICY[0].replace("has not", "has"))
    assert [s for s in edit.spans if s[0] != "="] == [("-", " not")]
    assert found.neutral == () and found.causes == {"spring-ban-policy": "content"}


def test_words_that_changed_under_an_unchanged_date_are_silent():
    new = with_blocks("Policy", lambda b: b.__setitem__(0, paragraph(POLICY[0].replace("has not", "has"))))
    dated = in_chapter(
        new, "spring-ban-policy", lambda c: replace(c, date_text="1 May 2023", date=c.date.replace(2023))
    )

    assert changed(new).silent == ("spring-ban-policy",)
    assert changed(dated).silent == ()
    assert kinds(changed(dated)) == ["date_changed", "replaced"]


def test_a_new_date_alone_is_a_change_of_the_date_only():
    new = in_chapter(
        ruritania(), "impact", lambda c: replace(c, date=c.date.replace(year=2023), date_text="13 August 2023")
    )

    found = changed(new)

    (edit,) = found.edits
    assert (edit.kind, edit.old, edit.new) == ("date_changed", "13 August 2022", "13 August 2023")
    assert found.causes == {"impact": "date_only"} and found.silent == ()


def test_a_paragraph_put_in_and_one_taken_out_are_told_where_they_stand():
    def change(blocks):
        del blocks[1]
        blocks.insert(3, paragraph("Nobody in Strelsau remembers who signed the old treaty."))

    found = changed(with_blocks("Policy", change))

    assert kinds(found) == ["removed", "added"]
    assert found.edits[0].old == text(POLICY[1]).plain and found.edits[0].new == ""
    assert found.edits[1].section == ("Policy",)


def test_a_paragraph_that_went_to_another_section_is_one_move():
    def change(sections):
        held = sections[0].blocks[3]
        sections[0] = replace(sections[0], blocks=sections[0].blocks[:3] + sections[0].blocks[4:])
        sections[1] = replace(sections[1], blocks=(sections[1].blocks[0], held, *sections[1].blocks[1:]))

    (edit,) = changed(with_sections(change)).edits

    assert (edit.kind, edit.old_section, edit.section) == ("moved", ("Policy",), ("Use",))
    assert edit.old == edit.new == text(POLICY[3]).plain


def test_a_paragraph_that_changed_its_order_is_one_move_and_the_shorter_one_moved():
    (edit,) = changed(with_blocks("Policy", lambda b: b.insert(0, b.pop(2)))).edits

    assert edit.kind == "moved" and edit.old_section == edit.section == ("Policy",)
    assert edit.old == text(POLICY[2]).plain


def test_a_paragraph_reworded_on_its_way_is_one_move_that_shows_the_words():
    def change(sections):
        held = paragraph(POLICY[3].replace("praised", "mocked"))
        sections[0] = replace(sections[0], blocks=sections[0].blocks[:3] + sections[0].blocks[4:])
        sections[1] = replace(sections[1], blocks=(*sections[1].blocks, held))

    (edit,) = changed(with_sections(change)).edits

    assert edit.kind == "moved"
    assert [s for s in edit.spans if s[0] != "="] == [("-", "praised"), ("+", "mocked")]


def test_a_move_across_chapters_is_one_edit_in_the_chapter_it_came_to():
    old = ruritania()
    held = old.chapters[0].sections[0].blocks[4]
    without = in_chapter(old, "spring-ban-policy", in_section("Policy", lambda s: replace(s, blocks=s.blocks[:4])))
    new = in_chapter(without, "impact", in_section("Coordination", lambda s: replace(s, blocks=(*s.blocks, held))))

    found = changed(new)

    (edit,) = found.edits
    assert (edit.kind, edit.chapter, edit.section) == ("moved", "impact", ("Coordination",))
    assert (edit.old_chapter, edit.old_section) == ("spring-ban-policy", ("Policy",))
    assert found.causes == {"spring-ban-policy": "content", "impact": "content"}


def test_a_paragraph_cut_in_two_is_one_split():
    first, second = text(USE[1]).plain.split(" The army")
    new = with_blocks("Use", lambda b: b.__setitem__(slice(1, 2), paragraphs(first, "The army" + second)))

    (edit,) = changed(new).edits

    assert edit.kind == "split" and edit.old == text(USE[1]).plain == edit.new


def test_two_paragraphs_put_together_are_one_merge_even_with_other_words():
    joined = f"{text(USE[2]).plain} {text(USE[3]).plain}"

    for words in (joined, joined.replace("three wounded", "four wounded")):
        (edit,) = changed(with_blocks("Use", lambda b, w=words: b.__setitem__(slice(2, 4), paragraphs(w)))).edits

        assert edit.kind == "merged" and edit.old == joined and edit.new == words


def test_a_split_with_other_words_in_it_is_still_one_split():
    words = POLICY[2].replace("several", "nine").removesuffix("[2]")
    first, second = words.split(", but ")
    new = with_blocks("Policy", lambda b: b.__setitem__(slice(2, 3), paragraphs(first + ".", f"It {second}")))

    (edit,) = changed(new).edits

    assert edit.kind == "split"


def test_a_section_with_another_heading_is_renamed_and_its_paragraphs_are_no_news():
    found = changed(with_sections(lambda s: s.__setitem__(1, replace(s[1], title=Text("Use in the hills")))))

    (edit,) = found.edits
    assert (edit.kind, edit.old, edit.new) == ("section_renamed", "Use", "Use in the hills")


def test_a_new_section_is_told_once_with_all_that_stands_in_it():
    fresh = section("Trade", "Springs are sold at fairs.", inside=(section("Export", "None is sold abroad."),))

    (edit,) = changed(with_sections(lambda s: s.insert(1, fresh))).edits

    assert edit.kind == "section_added" and edit.section == ("Trade",)
    assert edit.new == "Trade\nSprings are sold at fairs.\nExport\nNone is sold abroad."


def test_a_section_that_went_is_told_once_where_it_stood():
    (edit,) = changed(with_sections(lambda s: s.pop(0))).edits

    assert edit.kind == "section_removed" and edit.old.startswith("Policy\nThe Kingdom")


def test_what_moved_out_of_a_section_that_went_is_a_move_of_its_own():
    def change(sections):
        held = sections[0].blocks[3]
        sections.pop(0)
        sections[0] = replace(sections[0], blocks=(*sections[0].blocks, held))

    found = changed(with_sections(change))

    assert kinds(found) == ["section_removed", "moved"]
    assert text(POLICY[3]).plain not in found.edits[0].old


def test_sections_that_changed_places_are_one_move():
    (edit,) = changed(with_sections(lambda s: s.reverse())).edits

    assert edit.kind == "section_moved" and edit.old == edit.new


def test_a_heading_put_into_a_section_splits_it_and_one_taken_out_merges_it():
    def split(sections):
        whole = sections[0]
        sections[0:1] = [
            replace(whole, blocks=whole.blocks[:3]),
            Section(Text("Meetings"), 1, whole.blocks[3:]),
        ]

    new = with_sections(split)

    (edit,) = changed(new).edits
    assert (edit.kind, edit.old, edit.new) == ("section_split", "Policy", "Meetings")
    (back,) = compare(new, ruritania()).edits
    assert (back.kind, back.old, back.new) == ("section_merged", "Meetings", "Policy")


def test_a_heading_set_as_a_paragraph_is_other_markup_and_no_news():
    def change(sections):
        held = sections.pop(1)
        blocks = (*sections[0].blocks, paragraph("Use:"), *held.blocks)
        sections[0] = replace(sections[0], blocks=blocks)

    found = changed(with_sections(change))

    assert kinds(found) == [] and neutral(found) == ["format"]


def test_another_link_under_the_same_words_is_a_changed_link():
    def linked(href):
        words = Text(POLICY[0], (), (Link(4, 11, href),))
        return with_blocks("Policy", lambda b: b.__setitem__(0, replace(b[0], text=words)))

    found = compare(linked("https://ruritania.example/a"), linked("https://ruritania.example/b"))

    (edit,) = found.edits
    assert edit.kind == "link_changed"
    assert edit.detail == "https://ruritania.example/a → https://ruritania.example/b"
    assert found.silent == ()


def test_other_quotes_dashes_and_kinds_of_paragraph_are_format_and_no_news():
    def change(blocks):
        blocks[1] = replace(
            blocks[1], text=replace(blocks[1].text, plain=blocks[1].text.plain.replace(" over", "\u00a0over"))
        )
        blocks[3] = replace(blocks[3], kind="item")

    found = changed(with_blocks("Policy", change))

    assert kinds(found) == [] and found.causes == {"spring-ban-policy": "format_only"}
    assert [(e.kind, e.detail) for e in found.neutral] == [("format", "2 places")]


def test_one_place_printed_otherwise_is_shown_whole():
    found = changed(with_blocks("Policy", lambda b: b.__setitem__(0, replace(b[0], kind="item"))))

    (edit,) = found.neutral
    assert (edit.kind, edit.old, edit.salience.level) == ("format", POLICY[0], "none")


def test_chapters_that_come_go_change_their_title_or_their_place_are_told_as_such():
    old = ruritania()
    first, second = old.chapters
    renamed = replace(first, title="Springs and Traps", slug="springs-and-traps")

    came = compare(replace(old, chapters=(first,)), old)
    went = compare(old, replace(old, chapters=(second,)))
    named = compare(old, replace(old, chapters=(renamed, second)))
    moved = compare(old, replace(old, chapters=(second, first)))

    assert [(e.kind, e.old, e.new) for e in came.edits] == [("chapter_added", "", "Impact")]
    assert [(e.kind, e.old, e.new) for e in went.edits] == [("chapter_removed", "Spring Ban Policy", "")]
    assert [(e.kind, e.chapter) for e in named.edits] == [("chapter_renamed", "springs-and-traps")]
    assert kinds(moved) == ["chapter_moved"] and moved.causes == {}


def test_a_chapter_rewritten_under_a_new_date_is_a_new_edition_with_its_edits():
    def rewritten(told):
        words = [f"Sentence number {k} says nothing that stood here before, not one word {k}." for k in range(6)]
        sections = (section("Policy", *POLICY[:2], *words[:3]), section("Use", *words[3:], USE[3]))
        return replace(told, sections=sections, date=told.date.replace(year=2023), date_text="13 August 2023")

    found = changed(in_chapter(ruritania(), "spring-ban-policy", rewritten))

    assert kinds(found)[:2] == ["new_edition", "date_changed"]
    assert {"added", "removed"} <= set(kinds(found))


def test_the_same_heading_twice_is_two_sections():
    def change(told):
        support = told.sections[2]
        inside = replace(support.sections[0], blocks=paragraphs("Everybody does."))
        return replace(told, sections=(*told.sections[:2], replace(support, sections=(inside,))))

    found = changed(in_chapter(ruritania(), "impact", change))

    assert {e.section for e in found.edits} == {("Support", "Coordination")}


def test_the_first_paragraph_moved_to_the_end_is_one_move_however_long_it_is():
    long = "A very long first paragraph, with more words than all of the others together."
    old, new = (
        with_blocks("Use", lambda b, told=told: b.__setitem__(slice(None), [paragraph(w) for w in told]))
        for told in ([long, "Short.", "Other."], ["Short.", "Other.", long])
    )

    assert [(e.kind, e.new) for e in compare(old, new).edits] == [("moved", long)]
