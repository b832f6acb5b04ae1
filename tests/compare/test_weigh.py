"""How loudly an edit is told, and why."""

import pytest

from tests.compare.builders import paragraph, with_blocks
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
        assert why in edit.salience.why


def test_a_number_is_told_with_direction_size_and_unit():
    edit = weighed("A total of 9.44km² was cleared there.", "A total of 32.44km² was cleared there.")

    assert edit.salience.why == ("number", "+244 % km²")


def test_a_paragraph_that_came_is_at_least_normal():
    new = with_blocks("Use", lambda b: b.append(paragraph("the valleys are quiet and green again, they say.")))

    (edit,) = compare(with_blocks("Use", lambda b: None), new).edits

    assert (edit.kind, edit.salience.level) == ("added", "normal")
