"""The example files in docs/ are what compare gives today, and can be read back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.compare.builders import (
    POLICY,
    changed,
    impact,
    in_chapter,
    insert_note,
    paragraph,
    ruritania,
    table,
    with_blocks,
)
from tracker.compare import apply
from tracker.document.edit import Comparison, Edit

DOCS = Path(__file__).parents[2] / "docs"


def example() -> Comparison:
    """A sentence edited, a note put in, a treaty status changed under a new date."""
    status = table(
        [
            ["Treaty on Springs", "State Party"],
            ["Convention on Traps", "Non-signatory"],
            ["Rights Accord", "State Party"],
        ],
        caption="Treaty status overview",
    )
    edited = with_blocks("Policy", lambda b: b.__setitem__(0, paragraph(POLICY[0].replace("has not", "has"))))
    noted = in_chapter(edited, "spring-ban-policy", lambda c: insert_note(c, 2, "Press release, 1 February 2023."))
    told = impact(status=status)
    dated = replace(told, date=told.date.replace(year=2023), date_text="13 August 2023")
    return changed(replace(noted, chapters=(noted.chapters[0], dated)))


def written(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


EXAMPLES = {
    "example-comparison.json": lambda: example().to_json(),
    "example-edit.json": lambda: example().edits[0].to_json(),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_in_the_docs_is_what_compare_gives(name):
    assert (DOCS / name).read_text(encoding="utf-8") == written(EXAMPLES[name]())


def test_the_examples_are_read_back_and_the_comparison_applies():
    found = Comparison.from_json(json.loads((DOCS / "example-comparison.json").read_text(encoding="utf-8")))

    assert found == example()
    assert apply(found, ruritania()).chapters[1].date_text == "13 August 2023"
    assert Edit.from_json(json.loads((DOCS / "example-edit.json").read_text(encoding="utf-8"))) == found.edits[0]


if __name__ == "__main__":  # python -m tests.compare.test_examples writes the files anew
    for file_name, make in EXAMPLES.items():
        (DOCS / file_name).write_text(written(make()), encoding="utf-8")
