"""Input that nobody would wish for: each has an answer with a name, in time that was counted, and exact both ways."""

import json
import random
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.compare.builders import chapter, impact, kinds, paragraph, ruritania, section, table
from tracker.compare import apply, compare, inverse
from tracker.compare.words import spans
from tracker.document.edit import Comparison
from tracker.document.model import Block, Chapter, Document, Note, Prose, Ref, Section, Text
from tracker.errors import UnreadablePage
from tracker.extract import extract

SLUG = "use"


def document(*blocks: Block, sections: tuple[Section, ...] = (), notes: tuple[Note, ...] = ()) -> Document:
    return Document("Ruritania", (Chapter(SLUG, "Use", None, None, blocks, sections, notes),))


def lines(*words: str) -> Document:
    return document(*(Prose(Text(w)) for w in words))


def sentence(k: int, words: int = 12) -> str:
    made = random.Random(k)
    return " ".join(f"w{made.randrange(5000)}" for _ in range(words))


def compared(old: Document, new: Document, *, within_s: float = 5.0) -> Comparison:
    """What compare says; exact both ways, also from JSON, and within so many seconds of work."""
    begun = time.process_time()
    found = compare(old, new)
    took = time.process_time() - begun
    read = Comparison.from_json(json.loads(json.dumps(found.to_json())))
    assert apply(read, old) == new and apply(inverse(read), new) == old
    assert took < within_s
    return found


# ---------------------------------------------------------------- the wrong document, or none


def test_chapters_of_one_name_in_two_profiles_that_share_nothing_are_told_as_rewritten():
    other = chapter(section("Economy", *map(sentence, range(9))), title="Impact", notes=("A yearbook of trade.",))

    found = compared(Document("Ruritania", (impact(),)), Document("Syldavia", (other,)))

    told = Counter(kinds(found))
    assert set(told) <= {"section_added", "section_removed", "note_added", "note_removed", "note_replaced"}
    assert told["section_added"] == 1 and told["section_removed"] == 3
    assert found.patch["title"] == ["Ruritania", "Syldavia"]


def test_of_two_empty_documents_nothing_is_told_and_of_one_its_chapters():
    empty = Document("", ())

    assert compared(empty, empty) == Comparison()
    assert kinds(compared(empty, ruritania())) == ["chapter_added", "chapter_added"]
    assert kinds(compared(ruritania(), empty)) == ["chapter_removed", "chapter_removed"]


def test_a_chapter_that_was_emptied_has_lost_its_blocks_and_is_a_chapter_still():
    full, empty = lines(*map(sentence, range(3))), lines()

    assert kinds(compared(full, empty)) == ["removed"] * 3
    assert kinds(compared(empty, full)) == ["added"] * 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x1f\x8b\x08\x00" + bytes(range(64)),
        b"{",
        b"[]",
        b"<html><head><title>502</title></head><body></body></html>",
    ],
    ids=["nothing", "68 bytes of rubbish", "half a JSON text", "an empty list", "a page without a word"],
)
def test_what_cannot_be_read_is_refused_before_it_could_be_compared(data):
    with pytest.raises(UnreadablePage):
        extract(data, media_type=None)


# ---------------------------------------------------------------- too many, too equal, too long


def test_paragraphs_in_reversed_order_are_moves_and_nothing_else():
    words = [sentence(k) for k in range(2_000)]

    found = compared(lines(*words), lines(*reversed(words)))

    assert Counter(kinds(found)) == {"moved": 1_999} and found.coarse == ()


@pytest.mark.parametrize("words", (9_000, pytest.param(150_000, marks=pytest.mark.proof)))
def test_a_very_long_paragraph_that_was_replaced_is_one_removed_and_one_added(words):
    old, new = (" ".join(f"{letter}ord{k}" for k in range(words)) for letter in "wx")

    found = compared(lines(old), lines(new), within_s=30)

    assert sorted(kinds(found)) == ["added", "removed"]
    assert found.coarse == ((SLUG,) if words > 100_000 else ())


@pytest.mark.parametrize("count", (400, pytest.param(20_000, marks=pytest.mark.proof)))
def test_four_changed_headings_among_very_many_are_four_edits(count):
    def heading(k: int) -> Section:
        return Section(Text(sentence(k, 4)), 1, (paragraph(sentence(k + 50_000)),))

    old = [heading(k) for k in range(count)]
    new = list(old)
    new[count // 4] = replace(new[count // 4], title=Text("Quite another heading"))
    new.insert(9, heading(-1))
    del new[count // 2 : count // 2 + 2]

    found = compared(document(sections=tuple(old)), document(sections=tuple(new)), within_s=30)

    assert Counter(kinds(found)) == {"section_added": 1, "section_renamed": 1, "section_removed": 2}


@pytest.mark.parametrize("count", (1_000, pytest.param(10_000, marks=pytest.mark.proof)))
def test_of_very_many_equal_headings_one_that_went_and_one_that_came_are_told(count):
    old = [Section(Text("Coordination"), 1, (paragraph(sentence(k)),)) for k in range(count)]
    third = count // 3
    new = [*old[:third], *old[third + 1 : 2 * third], section("Coordination", sentence(-1)), *old[2 * third :]]

    found = compared(document(sections=tuple(old)), document(sections=tuple(new)), within_s=30)

    assert sorted(kinds(found)) == ["section_added", "section_removed"] and found.coarse == ()


def test_of_many_equal_headings_with_all_else_changed_it_is_said_that_the_look_was_coarse():
    old, new = (
        tuple(Section(Text("Coordination"), 1, (paragraph(sentence(k + first)),)) for k in range(220))
        for first in (0, 1_000)
    )

    assert compared(document(sections=old), document(sections=new)).coarse == (SLUG,)


def test_a_column_put_into_a_large_table_is_one_edit():
    def ledger(rows: int, columns: list[int]) -> Document:
        told = table([[f"r{r}c{c}" for c in columns] for r in range(rows)], header=[f"Column {c}" for c in columns])
        return document(told)

    all_of_them = list(range(50))

    found = compared(ledger(200, [c for c in all_of_them if c != 25]), ledger(200, all_of_them))

    assert kinds(found) == ["column_added"]


def referred(count: int, *, without: int = -1) -> Document:
    """So many sentences, each with a note that says "Ibid."; perhaps without one of them."""
    here = [k for k in range(count) if k != without]
    blocks = []
    for label, k in enumerate(here, 1):
        words = f"Sentence {k} says a thing."
        blocks.append(Prose(Text(words, (Ref(len(words), str(label)),))))
    return document(*blocks, notes=tuple(Note(str(label), Text("Ibid.")) for label in range(1, len(here) + 1)))


def test_one_of_three_hundred_notes_that_all_say_ibid_is_told_with_its_sentence_and_no_other():
    found = compared(referred(300, without=150), referred(300))

    assert sorted(kinds(found)) == ["added", "note_added"]
    assert [e.kind for e in found.neutral] == ["renumbered"]


# ---------------------------------------------------------------- twice the same name


def test_chapters_of_one_slug_and_one_title_are_told_apart_by_their_turn():
    first, second = (chapter(section("Use", *map(sentence, r)), notes=()) for r in (range(4), range(10, 14)))
    changed = chapter(section("Use", *map(sentence, (10, 11, 12))), notes=())
    old, new = Document("Ruritania", (first, second)), Document("Ruritania", (first, changed))

    found = compared(old, new)

    assert [(e.kind, e.old) for e in found.edits] == [("removed", sentence(13))]
    assert kinds(compared(old, Document("Ruritania", (first,)))) == ["chapter_removed"]


# ---------------------------------------------------------------- strange letters


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("A broken \ud800 letter stands here.", "A broken \udc00 letter stands here."),
        ("One\x00two three.", "One\x00two four."),
        ("Bell \x07 and \x1b[31m stand here.", "Bell \x08 and \x1b[32m stand here."),
        ("A line\u2028and\x85another.", "A line\u2028or\x85another."),
        ("Marked \u202eright to left\u202c.", "Marked \u202eleft to right\u202c."),
        ("\ufeffFirst words.", "\ufeffFirst word."),
    ],
    ids=["lone surrogates", "NUL", "control characters", "line separators", "direction marks", "byte order mark"],
)
def test_letters_that_are_none_are_compared_like_others(old, new):
    found = compared(lines(old), lines(new))

    assert kinds(found) == ["replaced"]
    assert (found.edits[0].old, found.edits[0].new) == (old, new)


def test_a_paragraph_without_a_letter_that_is_read_is_no_news_wherever_it_stands():
    old = lines(sentence(1), "\u200d", sentence(2))

    for new in (lines(sentence(1), sentence(2)), lines("\u200d", sentence(1), sentence(2))):
        found = compared(old, new)
        assert found.edits == () and found.causes == {SLUG: "format_only"}


ONE_LETTER = (
    ("דו״ח על הַמַּצָּב בעמק", "דו״ח על הַמִּצָב בעמק"),
    ("وصف الوَضْع في الوادي", "وصف الوَضَع في الوادي"),
    ("क्षि अ", "क्ष अ"),
    ("ก็ดี มาก", "กดี มาก"),
    ("cafe\u0301 noir", "cafe\u0300 noir"),
    ("e\u0301\u0323 x", "e\u0301 x"),
    ("stop!\u0301 a", "stop! a"),
    ("1\ufe0f\u20e3 key", "2\ufe0f\u20e3 key"),
    ("👨\u200d👩\u200d👧 came", "👨\u200d👩\u200d👦 came"),
    ("👍🏽 ok", "👍🏿 ok"),
    ("🇦🇿 here", "🇦🇲 here"),
    ("🏴\U000e0067\U000e0062\U000e007f x", "🏴\U000e0067\U000e0065\U000e007f x"),
    ("\u1112\u1161\u11ab글 x", "\u1112\u1161\u11af글 x"),
)


@pytest.mark.parametrize(("old", "new"), ONE_LETTER)
def test_a_redline_never_parts_what_is_read_as_one_letter(old, new):
    told = spans(old, new)

    assert "".join(t for m, t in told if m != "+") == old and "".join(t for m, t in told if m != "-") == new
    for sides in ("=-", "=+"):
        here = [t for m, t in told if m in sides]
        for before, after in pairwise(here):
            assert not hangs_on(after[0]) and before[-1] != "\u200d"
            assert not (before[-1] in REGIONAL and after[0] in REGIONAL)


REGIONAL = {chr(code) for code in range(0x1F1E6, 0x1F200)}


def hangs_on(letter: str) -> bool:
    """Whether a character is a part of the one before it: a mark, a vowel sign, a joiner, a skin, a tag."""
    is_jamo = 0x1160 <= ord(letter) <= 0x11FF
    is_skin = 0x1F3FB <= ord(letter) <= 0x1F3FF
    is_tag = 0xE0020 <= ord(letter) <= 0xE007F
    return unicodedata.category(letter) in ("Mn", "Mc", "Me") or letter == "\u200d" or is_jamo or is_skin or is_tag


# ---------------------------------------------------------------- slow proofs

MILLION = """
import resource, sys, time
from tests.compare.test_bad_input import lines
from tracker.compare import apply, compare
from tracker.document.model import Document, Prose, Text
same, other = Prose(Text("Nothing new.")), Prose(Text("Something new."))
old = lines()
def of(*blocks):
    from dataclasses import replace
    return replace(old, chapters=(replace(old.chapters[0], blocks=blocks),))
a, b = of(*[same] * 1_000_000), of(*[same] * 500_000, other, *[same] * 500_000)
begun = time.process_time()
found = compare(a, b)
took = time.process_time() - begun
assert [e.kind for e in found.edits] == ["added"] and found.edits[0].new == "Something new.", found.edits[:3]
assert apply(found, a) == b
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.proof
def test_a_million_equal_paragraphs_and_another_among_them_are_one_added_in_a_minute_and_a_gigabyte():
    child = subprocess.run([sys.executable, "-c", MILLION], capture_output=True, text=True, check=True, cwd=".")

    took_s, most_mb = map(float, child.stdout.split())
    assert took_s < 60 and most_mb < 1_000


@pytest.mark.proof
def test_five_thousand_paragraphs_of_which_most_were_rewritten_end_in_time_and_are_all_told():
    old = [sentence(k, 40) for k in range(5_000)]

    def reworded(k: int) -> str:
        made, words = random.Random(k), old[k].split()
        for at in made.sample(range(40), 16):
            words[at] = f"w{made.randrange(5000)}"
        return " ".join(words)

    anew = [w if k % 5 < 2 else sentence(k + 10_000, 40) for k, w in enumerate(old)]
    other = [w if k % 5 < 2 else reworded(k) for k, w in enumerate(old)]

    assert Counter(kinds(compared(lines(*old), lines(*anew)))) == {"removed": 3_000, "added": 3_000}
    assert Counter(kinds(compared(lines(*old), lines(*other), within_s=10))) == {"replaced": 3_000}


@pytest.mark.proof
def test_few_words_that_stand_in_all_of_five_thousand_paragraphs_end_in_time():
    made = random.Random(1)
    few = ("the", "of", "and", "to", "in", "was", "by", "council", "state", "treaty", "mine")

    def said() -> str:
        return " ".join(made.choices(few, k=30))

    old = [said() for _ in range(5_000)]
    new = [w if k % 5 < 2 else said() for k, w in enumerate(old)]

    found = compared(lines(*old), lines(*new), within_s=10)

    assert set(kinds(found)) <= {"removed", "added", "replaced", "moved", "split", "merged"}


@pytest.mark.proof
def test_twenty_thousand_headings_that_were_all_renamed_end_in_time():
    old, new = (
        document(sections=tuple(section(sentence(k, 4) + more, f"Under {k}.") for k in range(20_000)))
        for more in ("", " anew")
    )

    assert Counter(kinds(compared(old, new, within_s=30))) == {"section_renamed": 20_000}


@pytest.mark.proof
def test_a_column_put_into_a_table_of_a_hundred_thousand_cells_is_one_edit_and_told_as_coarse():
    def ledger(columns: list[int]) -> Document:
        told = table([[f"r{r}c{c}" for c in columns] for r in range(2_000)], header=[f"Column {c}" for c in columns])
        return document(told)

    found = compared(ledger([c for c in range(50) if c != 25]), ledger(list(range(50))), within_s=10)

    assert kinds(found) == ["column_added"] and found.coarse == (SLUG,)
