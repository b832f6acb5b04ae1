"""What went from one chapter to another is one edit, told in the chapter that it came to."""

from dataclasses import replace

from tests.compare.builders import GIFTS, changed, in_chapter, kinds, paragraph, ruritania, section
from tracker.compare import apply, compare, inverse
from tracker.document.model import Chapter, Document, Section

DOGS = "Forty dogs were trained in the kennels of Hentzau, and lent to the neighbours in the spring of 2020."
KENNELS = section(
    "Kennels", DOGS, "None reported.", GIFTS, inside=(section("Food", "The dogs are fed twice a day by the town."),)
)


def with_kennels(slug: str, kennels: Section = KENNELS) -> Document:
    return in_chapter(ruritania(), slug, lambda c: replace(c, sections=(*c.sections, kennels)))


def test_a_section_that_went_to_another_chapter_is_moved_with_all_that_stands_in_it() -> None:
    old, new = with_kennels("impact"), with_kennels("spring-ban-policy")

    found = compare(old, new)

    assert kinds(found) == ["section_moved"]
    (edit,) = found.edits
    assert (edit.chapter, edit.old_chapter) == ("spring-ban-policy", "impact")
    assert (edit.section, edit.old_section) == (("Kennels",), ("Kennels",))
    assert edit.old == edit.new
    assert edit.new.startswith("Kennels\n" + DOGS)
    assert edit.new.endswith("by the town.")
    assert found.causes == {"spring-ban-policy": "content", "impact": "content"}
    assert apply(found, old) == new
    assert apply(inverse(found), new) == old


def test_words_changed_in_a_section_that_went_are_told_beside_it() -> None:
    other = replace(KENNELS, blocks=(paragraph(DOGS.replace("Forty", "Fifty")), *KENNELS.blocks[1:]))

    told = compare(with_kennels("impact"), with_kennels("spring-ban-policy", other)).edits

    assert [e.kind for e in told] == ["section_moved", "moved"]
    assert [text for mark, text in told[1].spans if mark != "="] == ["Forty", "Fifty"]


def test_a_table_that_went_to_another_chapter_is_moved() -> None:
    def without_gifts(chapter: Chapter) -> Chapter:
        kept = tuple(replace(s, blocks=tuple(b for b in s.blocks if b != GIFTS)) for s in chapter.sections)
        return replace(chapter, sections=kept)

    new = in_chapter(
        in_chapter(ruritania(), "impact", without_gifts),
        "spring-ban-policy",
        lambda c: replace(c, blocks=(*c.blocks, GIFTS)),
    )

    (edit,) = changed(new).edits

    assert (edit.kind, edit.chapter, edit.old_chapter) == ("moved", "spring-ban-policy", "impact")
    assert "Elbonia | Clearance | 1,250,000" in edit.new
