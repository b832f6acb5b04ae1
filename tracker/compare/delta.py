"""deepdiff, at its edge: the exact, invertible patch of structured values. The only module that knows it. Pure.

Values are dicts of dicts of strings under plain ids (`[a-z0-9_.-]+`): other keys make deepdiff's Delta drop changes
in silence. Default mode, never `ignore_order`; only what differs is handed over. deepdiff is imported when needed:
it takes longer to load than a comparison takes.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any  # Any: deepdiff's Delta as JSON data

from tracker.compare.ops import unfit

Values = Mapping[str, Mapping[str, Mapping[str, str]]]
Pairs = Mapping[str, Mapping[str, Mapping[str, Sequence[str | None]]]]
PLAIN_ID = re.compile(r"[a-z0-9_.-]+\Z")
_PATH = re.compile(r"root\['([^']+)'\]\['([^']+)'\]\['([^']+)'\]")
MANY = 1_000  # parts; deepdiff takes a sixth of a millisecond for each
_OPPOSITE = {"dictionary_item_added": "dictionary_item_removed", "dictionary_item_removed": "dictionary_item_added"}


def delta_of(old: Values, new: Values) -> dict[str, Any]:
    """The deepdiff Delta that leads from old to new, as JSON data: its own shape, with its own paths.

    old, new: of the same keys and parts. Of a very large table the Delta is written down here, as deepdiff would.
    """
    if old == new:
        return {}
    if sum(map(len, old.values())) > MANY:
        return delta_of_pairs(_pairs(old, new))
    from deepdiff import DeepDiff, Delta

    found = Delta(
        DeepDiff(_plain(old), _plain(new), threshold_to_diff_deeper=0), bidirectional=True, raise_errors=True
    ).diff
    out: dict[str, Any] = {}
    for action in sorted(found):
        if action == "values_changed":
            out[action] = {
                path: {"old_value": change["old_value"], "new_value": change["new_value"]}
                for path, change in sorted(found[action].items())
            }
        elif action in _OPPOSITE:
            out[action] = dict(sorted(found[action].items()))
        else:
            raise AssertionError(f"strings in dicts cannot differ by {action}")
    return out


def _pairs(old: Values, new: Values) -> Pairs:
    return {
        key: {
            part: {name: [was.get(name), now.get(name)] for name in {**was, **now} if was.get(name) != now.get(name)}
            for part, was, now in ((part, was, new[key][part]) for part, was in parts.items())
        }
        for key, parts in old.items()
    }


def apply_delta(delta: Mapping[str, Any], old: Values) -> dict[str, Any]:
    """The new values. Raises NotApplicable when the Delta was made from other ones."""
    if not delta:
        return _plain(old)
    from deepdiff import Delta
    from deepdiff.delta import DeltaError

    plain = _plain(old)
    try:
        # A copy of the Delta: deepdiff fills what it is handed.
        changed = plain + Delta(deepcopy(dict(delta)), bidirectional=True, raise_errors=True, log_errors=False)
    except (DeltaError, KeyError, TypeError, AttributeError, ValueError) as wrong:
        raise unfit("a table cell or the printed date is another") from wrong
    assert isinstance(changed, dict)
    return changed


def inverse_delta(delta: Mapping[str, Any]) -> dict[str, Any]:
    """The Delta of the way back."""
    out: dict[str, Any] = {}
    for action in sorted(delta, key=lambda a: _OPPOSITE.get(a, a)):
        if action == "values_changed":
            out[action] = {
                path: {"old_value": change["new_value"], "new_value": change["old_value"]}
                for path, change in delta[action].items()
            }
        else:
            out[_OPPOSITE[action]] = dict(delta[action])
    return out


def pairs_of(delta: Mapping[str, Any]) -> dict[str, dict[str, dict[str, list[str | None]]]]:
    """The Delta without its paths: key → part → name → [old, new], None where there is none."""
    found: dict[str, dict[str, dict[str, list[str | None]]]] = {}
    for action, told in delta.items():
        for path, value in told.items():
            match = _PATH.fullmatch(path)
            if match is None:
                raise ValueError(f"a path of another shape: {path}")
            pair = [None, value] if action == "dictionary_item_added" else [value, None]
            if action == "values_changed":
                pair = [value["old_value"], value["new_value"]]
            found.setdefault(match[1], {}).setdefault(match[2], {})[match[3]] = pair
    return found


def delta_of_pairs(pairs: Pairs) -> dict[str, Any]:
    """The Delta whose pairs these are."""
    out: dict[str, Any] = {}
    for key, parts in pairs.items():
        for part, names in parts.items():
            for name, (old, new) in names.items():
                path = f"root['{key}']['{part}']['{name}']"
                if old is None:
                    out.setdefault("dictionary_item_added", {})[path] = new
                elif new is None:
                    out.setdefault("dictionary_item_removed", {})[path] = old
                else:
                    out.setdefault("values_changed", {})[path] = {"old_value": old, "new_value": new}
    return {action: dict(sorted(out[action].items())) for action in sorted(out)}


def _plain(values: Values) -> dict[str, Any]:
    return {key: {part: dict(texts) for part, texts in parts.items()} for key, parts in values.items()}
