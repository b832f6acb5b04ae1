"""The published JSON Schemas, against the example files in docs/ and against what our types write."""

import copy
import json
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import settings as limits
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.notify.builders import CHANGE, SENTENCE
from tests.notify.tellings import FORMS, TELLINGS, single, trouble
from tests.strategies import documents
from tracker.document.edit import LEVELS, Cause, Comparison, EditKind
from tracker.document.identity import with_new_ids
from tracker.document.model import Document
from tracker.notify.render.jsonl import line
from tracker.notify.render.webhook import cloudevent

DOCS = Path(__file__).parents[2] / "docs"
SCHEMAS = {schema["title"]: schema for schema in (json.loads(p.read_text()) for p in DOCS.glob("schema/*.json"))}
REGISTRY = Registry().with_resources((s["$id"], Resource.from_contents(s)) for s in SCHEMAS.values())
EXAMPLES = sorted(DOCS.glob("example-*.json"))


def faults(data: object, schema: str) -> list[str]:
    validator = Draft202012Validator(SCHEMAS[schema], registry=REGISTRY)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)]


def test_six_schemas_are_published_and_each_is_a_schema():
    names = ("document", "edit", "comparison", "change", "changes", "trouble")
    assert set(SCHEMAS) == {f"tracker.{name}/1" for name in names}
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.name)
def test_every_example_is_of_its_schema(path: Path):
    data = json.loads(path.read_text())
    if "specversion" in data:
        data = data["data"]

    assert faults(data, data["schema"]) == []


def test_the_examples_of_a_change_and_of_its_webhook_are_what_the_code_writes():
    change = json.loads((DOCS / "example-change.json").read_text())
    webhook = json.loads((DOCS / "example-webhook.json").read_text())

    assert change == CHANGE.to_json()
    assert webhook == json.loads(cloudevent(single()))


@limits(max_examples=25, deadline=None)
@given(documents())
def test_every_document_is_of_its_schema_with_lineage_ids_and_without(document: Document):
    assert faults(document.to_json(), "tracker.document/1") == []
    assert faults(with_new_ids(document, "seed").to_json(), "tracker.document/1") == []


def test_edits_comparisons_changes_and_alert_lines_are_of_their_schemas():
    assert faults(SENTENCE.to_json(), "tracker.edit/1") == []
    assert faults(CHANGE.comparison.to_json(), "tracker.comparison/1") == []
    assert faults(Comparison().to_json(), "tracker.comparison/1") == []
    assert faults(CHANGE.to_json(), "tracker.change/1") == []
    assert faults(json.loads(line(single())), "tracker.change/1") == []
    assert faults(json.loads(line(trouble())), "tracker.trouble/1") == []


def test_the_schemas_know_the_same_kinds_levels_causes_and_forms_as_the_code():
    edit = SCHEMAS["tracker.edit/1"]

    assert all(not faults(CHANGE_JSON | {"cause": cause}, "tracker.change/1") for cause in get_args(Cause))
    assert set(SCHEMAS["tracker.changes/1"]["properties"]["form"]["enum"]) | {"single", "test", "trouble"} == set(FORMS)

    assert edit["properties"]["kind"]["enum"] == list(get_args(EditKind))
    assert edit["$defs"]["salience"]["properties"]["level"]["enum"] == list(LEVELS)


CHANGE_JSON = CHANGE.to_json()
STORM_JSON = json.loads(cloudevent(TELLINGS["storm"]))["data"]
TROUBLE_JSON = json.loads(cloudevent(trouble()))["data"]
WRONG = [
    ("tracker.change/1", CHANGE_JSON, "schema", "tracker.change/2"),
    ("tracker.change/1", CHANGE_JSON, "cause", "whim"),
    ("tracker.change/1", CHANGE_JSON, "recorded_at", "2026-08-14T09:30:00+02:00"),
    ("tracker.change/1", CHANGE_JSON, "profile", "Ruritania"),
    ("tracker.change/1", CHANGE_JSON, "truncated", 0),
    ("tracker.change/1", CHANGE_JSON, "surprise", 1),
    ("tracker.change/1", CHANGE_JSON, "neutral", [SENTENCE.to_json()]),
    ("tracker.change/1", CHANGE_JSON, "to", None),
    ("tracker.edit/1", SENTENCE.to_json(), "kind", "altered"),
    ("tracker.edit/1", SENTENCE.to_json(), "kind", "cell_changed"),
    ("tracker.edit/1", SENTENCE.to_json(), "spans", [["~", "x"]]),
    ("tracker.edit/1", SENTENCE.to_json(), "section", "Use"),
    ("tracker.comparison/1", CHANGE.comparison.to_json(), "causes", {"mine-ban-policy": "whim"}),
    ("tracker.comparison/1", CHANGE.comparison.to_json(), "silent", ["a", "a"]),
    ("tracker.document/1", Document("Ruritania", ()).to_json(), "chapters", [{"slug": "impact"}]),
    ("tracker.changes/1", STORM_JSON, "form", "single"),
    ("tracker.changes/1", STORM_JSON, "counts", {**STORM_JSON["counts"], "salience": {"grave": 1}}),
    ("tracker.changes/1", STORM_JSON, "counts", {**STORM_JSON["counts"], "edits": {"replaced": 0}}),
    ("tracker.changes/1", STORM_JSON, "changes", [{**CHANGE_JSON, "cause": "whim"}]),
    ("tracker.changes/1", STORM_JSON, "profiles", ["Ruritania"]),
    ("tracker.changes/1", STORM_JSON, "count", 0),
    ("tracker.trouble/1", TROUBLE_JSON, "began", "yes"),
    ("tracker.trouble/1", TROUBLE_JSON, "surprise", 1),
]


@pytest.mark.parametrize(("schema", "data", "key", "value"), WRONG)
def test_what_is_not_of_a_schema_is_found(schema, data, key, value):
    wrong = copy.deepcopy(data)
    wrong[key] = value

    assert faults(wrong, schema)


@pytest.mark.parametrize(
    ("schema", "data", "key"),
    [
        *(("tracker.change/1", CHANGE_JSON, key) for key in sorted(CHANGE_JSON)),
        *(("tracker.changes/1", STORM_JSON, key) for key in sorted(STORM_JSON)),
        *(("tracker.trouble/1", TROUBLE_JSON, key) for key in ("schema", "kind", "subject", "began")),
    ],
)
def test_every_field_is_required(schema, data, key):
    assert faults({k: v for k, v in data.items() if k != key}, schema)
