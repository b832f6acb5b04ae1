"""Canonical JSON: what is hashed, so its bytes may never differ between releases or machines."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.events.codec import Upcasters, canonical, parse

ASCII = st.text(st.characters(max_codepoint=127))
PLAIN = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"]))
)
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(ASCII, inner), max_leaves=20)


@settings(max_examples=60)
@given(JSON)
def test_canonical_json_is_sorted_and_without_white_space_as_rfc_8785_says(data):
    # For ASCII keys and no floats the standard library writes the same bytes: an encoder that we did not choose.
    expected = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    assert canonical(data) == expected


@settings(max_examples=60)
@given(JSON)
def test_canonical_json_is_read_back_as_it_was(data):
    assert parse(canonical(data)) == data
    assert canonical(parse(canonical(data))) == canonical(data)


@settings(max_examples=40)
@given(st.dictionaries(ASCII, PLAIN))
def test_the_order_in_which_keys_were_put_does_not_matter(data):
    assert canonical(dict(reversed(data.items()))) == canonical(data)


def test_tuples_are_lists():
    assert canonical({"a": (1, ("b",))}) == canonical({"a": [1, ["b"]]}) == b'{"a":[1,["b"]]}'


@pytest.mark.parametrize(
    "data",
    [
        1.0, float("nan"), 2**53, -(2**53), 2**70, b"bytes", {1: 2}, {"é": 1}, {None: 1}, {1, 2}, object(),
        "\ud800", {"\ud800": 1}, [[1, {"a": [0.5]}]], {"a": ({"b": 2**53},)}, type("Text", (str,), {})("x"),
    ],
)  # fmt: skip
def test_what_other_encoders_would_write_otherwise_is_refused(data):
    with pytest.raises(ValueError, match="not canonical JSON"):
        canonical(data)


def test_what_is_nested_too_deep_is_refused():
    deep: list[object] = []
    for _ in range(300):
        deep = [deep]

    with pytest.raises(ValueError, match="not canonical JSON"):
        canonical(deep)


@pytest.mark.parametrize("data", [2**53 - 1, -(2**53) + 1, True, None, "", [], {}, "\x00\x1f\x7f\u2028"])
def test_what_stands_at_the_edge_is_accepted(data):
    assert parse(canonical(data)) == data


def test_a_payload_is_read_as_the_newest_version_that_steps_lead_to():
    casts = Upcasters()
    casts.step("a.b", 1)(lambda payload: {**payload, "two": True})
    casts.step("a.b", 2)(lambda payload: {**payload, "three": True})

    assert casts.newest("a.b", 1, {"one": 1}) == (3, {"one": 1, "two": True, "three": True})
    assert casts.newest("a.b", 2, {}) == (3, {"three": True})
    assert casts.newest("a.b", 7, {}) == (7, {})
    assert casts.newest("other", 1, {"x": 1}) == (1, {"x": 1})
    with pytest.raises(ValueError, match="already"):
        casts.step("a.b", 1)(lambda payload: payload)
