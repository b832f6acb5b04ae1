"""Bad input and its answer: named, bounded, never silence."""

import random
import time
from dataclasses import replace

from tests.compare.builders import chapter, kinds, ruritania, section, table
from tracker.compare import apply, compare, inverse
from tracker.compare.similar import Budget
from tracker.document.model import Document


def document(*words: str) -> Document:
    return Document("Ruritania", (chapter(section("Use", *words), notes=()),))


def sentence(k: int, words: int = 12) -> str:
    made = random.Random(k)
    return " ".join(f"w{made.randrange(5000)}" for _ in range(words))


def test_an_empty_document_on_either_side_is_chapters_that_came_or_went():
    empty = Document("", ())

    assert kinds(compare(empty, ruritania())) == ["chapter_added", "chapter_added"]
    assert kinds(compare(ruritania(), empty)) == ["chapter_removed", "chapter_removed"]
    assert apply(compare(empty, ruritania()), empty) == ruritania()


def test_two_profiles_that_share_nothing_are_told_as_such():
    other = Document(
        "Syldavia", (chapter(section("Trade", "Nothing that stands elsewhere."), title="Trade", notes=()),)
    )

    found = compare(ruritania(), other)

    assert sorted(kinds(found)) == ["chapter_added", "chapter_removed", "chapter_removed"]
    assert apply(found, ruritania()) == other and apply(inverse(found), other) == ruritania()


def test_many_equal_blocks_and_one_more_are_one_added_block():
    old, new = document(*["Nothing new."] * 5_000), document(*["Nothing new."] * 5_001)

    assert kinds(compare(old, new)) == ["added"]


def test_a_spent_budget_is_said_and_nothing_is_left_untold():
    old, new = document(*map(sentence, range(40))), document(*(sentence(k) + " more" for k in range(40)))

    found = compare(old, new, budget=Budget(pairs=3))

    assert found.coarse == ("spring-ban-policy",)
    assert apply(found, old) == new
    told = [e.new for e in found.edits]
    assert all(any(words in one for one in told) for words in (sentence(k) + " more" for k in range(40)))


def test_one_word_changed_in_a_paragraph_of_a_megabyte_is_one_replaced_paragraph():
    words = [f"word{k}" for k in range(150_000)]  # 1.4 MB
    old = document(" ".join(words))
    words[70_000] = "other"

    found = compare(old, document(" ".join(words)))

    assert kinds(found) == ["replaced"] and found.coarse == ()
    assert [s for s in found.edits[0].spans if s[0] != "="] == [("-", "word70000"), ("+", "other")]


def test_right_to_left_and_combining_text_is_compared_by_its_words():
    old = document("דו״ח על המצב בעמק הנהר נכתב בשנת 2019 בידי המשרד")
    new = document("דו״ח על המצב בעמק הנהר נכתב בשנת 2021 בידי המשרד")

    (edit,) = compare(old, new).edits

    assert [s for s in edit.spans if s[0] != "="] == [("-", "2019"), ("+", "2021")]


def test_lone_surrogates_are_compared_and_applied():
    old, new = document("A broken \ud800 letter stands here."), document("A broken \ud800 letter stood here.")

    assert apply(compare(old, new), old) == new


def test_two_chapters_of_one_slug_are_kept_apart():
    first, second = ruritania().chapters
    old = Document("Ruritania", (first, replace(second, slug=first.slug)))
    new = replace(old, chapters=(first, replace(old.chapters[1], date_text="soon", date=None)))

    assert apply(compare(old, new), old) == new


def ledger(rows: int, columns: int, without: int = -1, cell: str = "r{0}c{1}") -> Document:
    """A document of one large table, perhaps without one of its columns."""
    here = [c for c in range(columns) if c != without]
    told = table([[cell.format(r, c) for c in here] for r in range(rows)], header=[f"Column {c}" for c in here])
    return Document("Ruritania", (chapter(section("Use", told), notes=()),))


def seconds(old: Document, new: Document) -> float:
    begun = time.process_time()
    compare(old, new)
    return time.process_time() - begun


def test_a_row_more_in_a_table_of_many_equal_rows_costs_what_its_length_costs():
    def once(rows: int) -> float:
        return seconds(ledger(rows, 3, cell="equal"), ledger(rows + 1, 3, cell="equal"))

    few = min(once(250) for _ in range(2))

    assert min(once(2_000) for _ in range(2)) < 24 * few + 0.2


def test_a_table_of_shuffled_rows_costs_what_its_length_costs():
    def once(rows: int) -> float:
        told = [[f"Place {(k * step) % rows}", "Clearance"] for step in (1, 7919) for k in range(rows)]
        old, new = (table(side, header=["Place", "Sector"]) for side in (told[:rows], told[rows:]))
        return seconds(*(Document("R", (chapter(section("Use", t), notes=()),)) for t in (old, new)))

    few = min(once(250) for _ in range(2))

    assert min(once(2_000) for _ in range(2)) < 24 * few + 0.2


def test_a_column_that_went_from_a_table_of_too_many_cells_is_one_edit_and_told_as_coarse():
    found = compare(ledger(1_050, 45), ledger(1_050, 45, without=5))

    assert kinds(found) == ["column_removed"] and found.coarse == ("spring-ban-policy",)


def test_looking_blocks_up_is_work_that_the_budget_counts():
    old = [sentence(k, 30) for k in range(300)]
    new = [" ".join(w if k % 3 else f"x{k}{at}" for k, w in enumerate(words.split())) for at, words in enumerate(old)]

    assert compare(document(*old), document(*new)).coarse == ()
    assert compare(document(*old), document(*new), budget=Budget(cells=10_000_000)).coarse == ("spring-ban-policy",)


def test_a_paragraph_of_thousands_of_other_sentences_is_weighed_in_time():
    def told(count: int, step: int) -> Document:
        return document(" ".join(f"Word{k * step} said {k * step} things here." for k in range(count)))

    begun = time.process_time()
    found = compare(told(3000, 1), told(2900, 7))

    assert set(kinds(found)) <= {"replaced", "added", "removed"}
    assert time.process_time() - begun < 10
