"""Ids are lineage: given once, kept through everything that happens to a block."""

from dataclasses import replace

from tests.compare.builders import GIFTS, USE, impact, in_chapter, in_section, paragraph, paragraphs, ruritania, text
from tracker.compare import apply, compare
from tracker.compare.lineage import identified, named
from tracker.compare.nodes import Flat
from tracker.document.canonical import text_sha256
from tracker.document.identity import chapter_with_new_ids, with_new_ids
from tracker.document.model import Block, Document


def with_use(document: Document, *blocks: Block) -> Document:
    return in_chapter(document, "spring-ban-policy", in_section("Use", lambda s: replace(s, blocks=blocks)))


def history() -> list[Document]:
    """One paragraph, edited, moved, split, edited again, in six versions."""
    first = ruritania()
    whole = text(USE[1]).plain
    edited = whole.replace("autumn", "spring")
    head, tail = edited.split(" The army")
    others = paragraphs(USE[0], USE[2], USE[3])
    policy = first.chapters[0].sections[0].blocks
    moved = in_chapter(
        with_use(first, *others),
        "spring-ban-policy",
        in_section("Policy", lambda s: replace(s, blocks=(policy[0], paragraph(edited), *policy[1:]))),
    )

    def with_policy(*blocks: Block) -> Document:
        change = in_section("Policy", lambda s: replace(s, blocks=(policy[0], *blocks, *policy[1:])))
        return in_chapter(moved, "spring-ban-policy", change)

    return [
        first,
        with_use(first, others[0], paragraph(edited), *others[1:]),
        moved,
        with_policy(*paragraphs(head, "The army" + tail)),
        with_policy(*paragraphs(head.replace("2020", "2021"), "The army" + tail)),
        with_policy(paragraph(head.replace("2020", "2021") + " It rained for the whole week.")),
    ]


def fold(versions: list[Document]) -> list[Document]:
    named = [with_new_ids(versions[0], "@20220814T093000Z")]
    for version in versions[1:]:
        named.append(apply(compare(named[-1], version), named[-1]))
    return named


def test_a_paragraph_keeps_its_id_through_edit_move_split_and_edit():
    found = []
    for document in fold(history()):
        blocks = [b for s in document.chapters[0].sections for b in s.blocks]
        found.append([b.id for b in blocks if b.text.plain.startswith("Ruritania last used springs")])

    assert all(ids == found[0] and len(ids) == 1 for ids in found)


def test_the_other_piece_of_a_split_has_an_id_of_its_own():
    document = fold(history())[3]

    ids = [b.id for s in document.chapters[0].sections for b in s.blocks]
    assert len(set(ids)) == len(ids)


def test_folding_the_same_versions_again_gives_the_same_ids():
    once, again = fold(history()), fold(history())

    assert [d.to_json() for d in once] == [d.to_json() for d in again]


def test_rows_keep_their_ids_when_rows_come_and_go():
    old = with_new_ids(ruritania(), "@1")
    rows = (GIFTS.rows[2], GIFTS.rows[0])
    new = replace(old, chapters=(old.chapters[0], impact(gifts=replace(GIFTS, rows=rows))))

    after = apply(compare(old, new), old)

    before_rows, after_rows = (d.chapters[1].sections[2].blocks[0].rows for d in (old, after))
    assert [r.id for r in after_rows] == [before_rows[2].id, before_rows[0].id]


def test_ids_made_up_to_name_things_are_those_that_a_first_version_would_get():
    for chapter in ruritania().chapters:
        given = Flat(chapter_with_new_ids(chapter, text_sha256(chapter)))

        made = named(chapter)

        assert [(n.id, n.row_ids) for n in made.nodes] == [(n.id, n.row_ids) for n in given.nodes]
        assert [identified(n) for n in made.nodes] == [n.item for n in given.nodes]
        assert [identified(n).id for n in made.nodes] == [n.item.id for n in given.nodes]
