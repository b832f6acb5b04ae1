import json
import re

from hypothesis import given
from hypothesis import strategies as st

from tests.notify.builders import CHANGE, RENUMBERED, change, edit
from tracker.document.edit import Comparison, Salience
from tracker.notify.render.webhook import cloudevent

DELIVERY = "d_0123456789abcdef"


def body(of) -> bytes:
    return cloudevent(of, DELIVERY, subscription="everything")


def test_a_body_is_a_structured_cloudevent_and_a_standard_webhook_at_once():
    event = json.loads(body(CHANGE))

    assert event["data"] == CHANGE.to_json()
    assert {key: value for key, value in event.items() if key != "data"} == {
        "specversion": "1.0",
        "id": DELIVERY,
        "source": "urn:tracker",
        "type": "tracker.change.detected",
        "subject": "ruritania/mine-ban-policy",
        "time": "2026-08-14T09:30:01.250000Z",
        "datacontenttype": "application/json",
        "timestamp": "2026-08-14T09:30:01.250000Z",
        "subscription": "everything",
    }
    assert all(re.fullmatch("[a-z0-9]{1,20}", name) for name in event), "CloudEvents: names of attributes"


def test_the_same_change_has_the_same_bytes():
    assert body(CHANGE) == body(change())


def test_a_body_that_would_be_too_large_leaves_out_whole_edits_and_says_how_many():
    edits = tuple(
        edit(id=f"e_{n}", new="é" * 4000, salience=Salience(level, ()))
        for n, level in enumerate(["low", "high", "normal"] * 5)
    )

    made = body(change(edits=edits))

    data = json.loads(made)["data"]
    kept = [e["id"] for e in data["edits"]]
    assert len(made) < 64 * 1024
    assert data["truncated"] == len(edits) - len(kept) > 0
    assert {f"e_{n}" for n in (1, 4, 7, 10, 13)} <= set(kept), "the most salient stay"
    assert kept == sorted(kept, key=lambda id: int(id[2:])), "in their order"
    assert all(len(e["new"]) == 4000 for e in data["edits"]), "whole"


def test_an_edit_larger_than_any_body_is_left_out_and_smaller_ones_stay():
    large = edit(id="e_large", new="x" * 70_000, salience=Salience("critical", ()))
    made = change(comparison=Comparison(edits=(large, edit(id="e_small")), neutral=(RENUMBERED,)))

    data = json.loads(body(made))["data"]

    assert [e["id"] for e in data["edits"]] == ["e_small"]
    assert len(data["neutral"]) == 1
    assert data["truncated"] == 1


@given(st.lists(st.integers(0, 30_000), max_size=12))
def test_no_body_reaches_64_kib_and_none_is_cut_without_need(sizes):
    made = change(edits=tuple(edit(id=f"e_{n}", old="", new="x" * size, spans=()) for n, size in enumerate(sizes)))
    whole = len(json.dumps(made.to_json(), separators=(",", ":")))

    found = body(made)

    data = json.loads(found)["data"]
    assert len(found) < 64 * 1024
    assert len(data["edits"]) + data.get("truncated", 0) == len(sizes)
    assert ("truncated" in data) or whole < 64 * 1024
    assert ("truncated" not in data) or whole > 63 * 1024
