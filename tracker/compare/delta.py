"""deepdiff, at its edge: the exact, invertible patch of structured values. The only module that knows it. Pure.

Values are dicts of dicts of strings under plain ids (`[a-z0-9_.-]+`): other keys make deepdiff's Delta drop changes
in silence. Default mode, never `ignore_order`; only what differs is handed over. deepdiff is imported when needed:
it takes longer to load than a comparison takes.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any  # Any: deepdiff's Delta as JSON data

from tracker.compare.ops import unfit

Values = Mapping[str, Mapping[str, Mapping[str, str]]]
PLAIN_ID = re.compile(r"[a-z0-9_.-]+\Z")
_OPPOSITE = {"dictionary_item_added": "dictionary_item_removed", "dictionary_item_removed": "dictionary_item_added"}


def delta_of(old: Values, new: Values) -> dict[str, Any]:
    """The deepdiff Delta that leads from old to new, as JSON data: its own shape, with its own paths."""
    if old == new:
        return {}
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


def _plain(values: Values) -> dict[str, Any]:
    return {key: {part: dict(texts) for part, texts in parts.items()} for key, parts in values.items()}
