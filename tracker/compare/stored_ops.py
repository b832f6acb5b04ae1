"""Ops and text hunks in few bytes, as a log keeps them: what the two recorded chapters hold is left out. Pure.

Lives here: the grammar of lists. Not here: what a node, row or cell says (stored_patch.py).

Ops over a list, in new order, with a cursor in the old one: `n` n items stay as they stood, the cursor goes on behind
them; `{…}` one stays with this delta, `[{…}, n]` n of them with the same; `-n` n new ones; `[at]` the cursor goes to
`at`. At the end what is behind the cursor stays. What the cursor never passed is gone. So `[]` is "all stays",
`[7, -1]` "a new one behind seven", `[7, [8]]` "the eighth went", `[2, [9], 1, [2], 7, [10]]` "the tenth moved up".

Hunks of a text: `n` characters stayed, `-n` went, `[n]` came, `"words"` came and are told here. What is left stayed.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from tracker.compare.ops import Json, add_copy, ops_json
from tracker.document.edit import Span

T = TypeVar("T")


def compact_ops(told: Json, delta: Callable[[int, int, Json], Json]) -> list[Json]:
    """The ops (`{"ops", "gone"}`, ops.py) in few bytes. delta(i, j, told): what is kept of the delta of i to new j."""
    out: list[Json] = []
    cursor = at = 0
    count = len(told.get("gone", ()))
    for op in told["ops"]:
        if op[0] == "+":
            at += 1
            if out and isinstance(out[-1], int) and out[-1] < 0:
                out[-1] -= 1
            else:
                out.append(-1)
            continue
        size = op[2] if op[0] == "=" else 1
        if op[1] != cursor:
            out.append([op[1]])
        if op[0] == "=":
            out.append(size)
        else:
            _add_delta(out, delta(op[1], at, op[2]))
        cursor, at, count = op[1] + size, at + size, count + size
    if cursor != count:
        out.append([count])
    elif out and isinstance(out[-1], int) and out[-1] > 0:
        out.pop()
    return out


def _add_delta(out: list[Json], delta: Json) -> None:
    """Append a delta, joined to the last ones where they are the same."""
    last = out[-1] if out else None
    if last == delta:
        out[-1] = [delta, 2]
    elif isinstance(last, list) and last[0] == delta:
        last[1] += 1
    else:
        out.append(delta)


def expand_ops(
    told: Sequence[Json],
    old: Sequence[T],
    new: Sequence[T],
    delta: Callable[[int, int, Json], Json],
    item: Callable[[T], Json],
) -> Json:
    """The ops that were made compact. Raises ValueError where they belong to other lists."""
    ops: list[Json] = []
    kept: set[int] = set()
    at = 0
    for i, size, found in _steps(told, len(old)):
        if i is None:
            ops += (["+", item(thing)] for thing in new[at : at + size])
        else:
            kept.update(range(i, i + size))
            if found is None:
                add_copy(ops, i, size)
            else:
                ops.append(["~", i, delta(i, at, found)])
        at += size
    if at != len(new):
        raise ValueError(f"ops over {len(new)} items make {at}")
    return ops_json(ops, [[i, item(thing)] for i, thing in enumerate(old) if i not in kept])


def stayed(told: Sequence[Json], count: int) -> dict[int, int]:
    """Compact ops over `count` old items: where each that stays stands now."""
    found: dict[int, int] = {}
    at = 0
    for i, size, _ in _steps(told, count):
        if i is not None:
            found |= {i + k: at + k for k in range(size)}
        at += size
    return found


def _steps(told: Sequence[Json], count: int) -> list[tuple[int | None, int, Json | None]]:
    """Each op as (place in the old list or None for new ones, how many, delta)."""
    found: list[tuple[int | None, int, Json | None]] = []
    cursor = 0
    for op in told:
        if isinstance(op, list) and len(op) == 1:
            (cursor,) = op
        elif isinstance(op, list | dict):
            delta, size = op if isinstance(op, list) else (op, 1)
            found += ((cursor + k, 1, delta) for k in range(size))
            cursor += size
        elif op < 0:
            found.append((None, -op, None))
        else:
            found.append((cursor, op, None))
            cursor += op
    if cursor < count:
        found.append((cursor, count - cursor, None))
    if cursor > count or any(i is not None and not 0 <= i <= i + size <= count for i, size, _ in found):
        raise ValueError(f"ops over {count} items lead to item {cursor}")
    return found


# ---------------------------------------------------------------- the words of a text


def compact_spans(spans: Sequence[Span], *, with_words: bool) -> list[Json]:
    """Spans in few bytes. with_words: whether the words that came are told here."""
    out: list[Json] = []
    for mark, text in spans:
        came: Json = text if with_words else [len(text)]
        out.append(came if mark == "+" else len(text) if mark == "=" else -len(text))
    if spans and spans[-1][0] == "=":
        out.pop()
    return out


def expand_spans(told: Sequence[Json], old: str, new: str) -> tuple[Span, ...]:
    """The spans of these two texts. Raises ValueError where they are of others."""
    found: list[Span] = []
    here = there = 0
    for hunk in told:
        if isinstance(hunk, int):
            size = abs(hunk)
            found.append(("=" if hunk > 0 else "-", old[here : here + size]))
            here += size
            there += size if hunk > 0 else 0
        else:
            size = len(hunk) if isinstance(hunk, str) else int(hunk[0])
            found.append(("+", new[there : there + size]))
            there += size
    if here < len(old):
        found.append(("=", old[here:]))
    if "".join(t for m, t in found if m != "-") != new or "".join(t for m, t in found if m != "+") != old:
        raise ValueError("spans of other texts")
    return tuple(found)


def spans_json(spans: Sequence[Span]) -> list[Json]:
    """Spans as a text delta of the patch has them."""
    return [[mark, len(text) if mark == "=" else text] for mark, text in spans]
