"""How loudly an edit is told, and why."""

from dataclasses import replace

import pytest

from tests.compare.builders import impact, paragraph, ruritania, table, with_blocks
from tests.compare.salience_cases import kinds_of
from tracker.compare import compare
from tracker.document.edit import Edit

OLD_LEVELS = [
    ("Ruritania has not acceded to the treaty.", "Ruritania has acceded to the treaty.", "critical", "negation"),
    ("There is no evidence that it used springs.", "There is evidence that it used springs.", "critical", "negation"),
    ("Ruritania is a Non-signatory to it.", "Ruritania is a State Party to it.", "critical", "treaty status"),
    (
        "In May, Syldavia used cluster bombs there.",
        "In May, Borduria used cluster bombs there.",
        "critical",
        "actor of use",
    ),
    ("A total of 9.44km² was cleared there.", "A total of 32.44km² was cleared there.", "high", "number"),
    ("Elbonia gave US$10,000 to the dogs.", "Elbonia gave US$20,000 to the dogs.", "high", "money"),
    ("The plan expired in the spring of 2018.", "The plan expired in the spring of 2019.", "high", "date"),
    ("The office is led by Count Hentzau.", "The office is led by Count Tarlenheim.", "high", "name"),
    ("Ruritania denied using springs.", "Ruritania admitted using springs.", "critical", "negation"),
    ("Ruritania failed to join the treaty.", "Ruritania managed to join the treaty.", "critical", "negation"),
    ("Bombs were dropped by Syldavia there.", "Bombs were dropped by Borduria there.", "critical", "actor of use"),
    ("Now government forces used mines there.", "Now rebel forces used mines there.", "critical", "actor of use"),
    ("It failed to repair the roof there.", "It managed to repair the roof there.", "high", "polarity"),
    ("The army hurt seven herdsmen there.", "The army hurt nine herdsmen there.", "high", "number"),
    ("A dozen herdsmen were hurt there.", "Two dozen herdsmen were hurt there.", "high", "number"),
    ("About half of the land is clear.", "About a third of the land is clear.", "high", "number"),
    ("Elbonia gave five million dollars.", "Elbonia gave six million dollars.", "high", "money"),
    ("Elbonia paid for the dogs there.", "Norway paid for the dogs there.", "high", "name"),
    ("RMAA leads the work on the dogs.", "ANAMA leads the work on the dogs.", "high", "name"),
    ("It is party to the Accord on Dogs.", "It is party to the accord on dogs.", "low", "wording"),
    ("However, the Count of Zenda agreed to it.", "The Count of Zenda agreed to it, however.", "low", "wording"),
    ("Ruritania is not a State Party to it.", "Ruritania is non-signatory to it.", "low", "wording"),
    ("The office leads all of the work on it.", "The office leads most of the work on it.", "low", "wording"),
]


def weighed(old: str, new: str) -> Edit:
    texts = [with_blocks("Use", lambda b, w=words: b.__setitem__(0, paragraph(w))) for words in (old, new)]
    (edit,) = compare(*texts).edits
    return edit


@pytest.mark.parametrize(("old", "new", "level", "why"), OLD_LEVELS)
def test_what_matters_is_told_with_its_reason(old, new, level, why):
    for edit in (weighed(old, new), weighed(new, old)):
        assert edit.salience.level == level
        assert why in kinds_of(edit.salience)


@pytest.mark.parametrize(
    ("words", "level", "why"),
    [
        ("In the spring, government forces used cluster munitions near the border.", "critical", "actor of use"),
        ("The parliament has voted to withdraw from the treaty.", "critical", "treaty status"),
        ("It acceded to the convention after a long debate.", "critical", "treaty status"),
        ("The office paid some twelve herdsmen.", "high", "number"),
        ("The work on the dogs was paid by Elbonia.", "high", "name"),
        ("The teams used to rest in the valley of the mines.", "normal", "words"),
    ],
)
def test_a_sentence_that_came_or_went_weighs_what_it_says(words, level, why):
    bare, more = with_blocks("Use", lambda b: None), with_blocks("Use", lambda b: b.append(paragraph(words)))
    inside = [
        with_blocks("Use", lambda b, w=w: b.__setitem__(0, paragraph(w)))
        for w in (
            "The hills were quiet, as they say in Strelsau.",
            f"The hills were quiet, as they say in Strelsau. {words}",
        )
    ]

    for old, new in ((bare, more), (more, bare), inside, inside[::-1]):
        (edit,) = compare(old, new).edits
        assert (edit.salience.level, why in kinds_of(edit.salience)) == (level, True)


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ("Not a State Party", "Non-signatory", "low"),
        ("Not a State Party", "State Party", "critical"),
        ("State Party (deadline: 1 March 2027)", "State Party (deadline: 1 March 2031)", "high"),
    ],
)
def test_a_treaty_status_in_other_words_is_the_same_status(old, new, level):
    told = [
        replace(
            ruritania(), chapters=(impact(status=table([["Treaty on Springs", w]], caption="Treaty status overview")),)
        )
        for w in (old, new)
    ]

    (edit,) = compare(*told).edits

    assert edit.salience.level == level


def test_a_number_is_told_with_direction_size_and_unit():
    edit = weighed("A total of 9.44km² was cleared there.", "A total of 32.44km² was cleared there.")

    assert edit.salience.why == ("number: 9.44 km² → 32.44 km² (+244 %)",)


def test_a_paragraph_that_came_is_at_least_normal():
    new = with_blocks("Use", lambda b: b.append(paragraph("the valleys are quiet and green again, they say.")))

    (edit,) = compare(with_blocks("Use", lambda b: None), new).edits

    assert (edit.kind, edit.salience.level) == ("added", "normal")
