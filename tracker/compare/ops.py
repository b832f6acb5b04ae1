"""How a new list is written down from an old one, both ways: the grammar that all patches use. Pure.

`{"ops": [["=", i, n], ["~", i, delta], ["+", item], …], "gone": [[i, item], …]}`: in new order, `=` copies n items
from place i of the old list, `~` copies one with a delta, `+` is a new one; `gone` are those that nothing copies.
Every old item is named exactly once, so the inverse can be written down without the old list.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar  # Any: JSON data

from tracker.errors import NotApplicable

Json: TypeAlias = Any
T = TypeVar("T")


MAX_ITEMS = 5_000_000  # of a list; no page has so many


def unfit(why: str) -> NotApplicable:
    """The error for a patch that does not belong to what it is applied to."""
    return NotApplicable(
        "The comparison does not belong to this document",
        where=why,
        remedy="Apply it to the document that it was made from",
    )


def make_ops(
    old: Sequence[T],
    new: Sequence[T],
    to_old: Sequence[int],
    same: Callable[[int, int], bool],
    delta: Callable[[int, int], Json | None],
    item: Callable[[T], Json],
) -> Json:
    """The ops from old to new. to_old: for each new item the old one that it is, -1 for none.

    same(i, j): copying i as it stands gives j. delta(i, j): what makes j of i; None where they are too different.
    """
    ops: list[Json] = []
    copied = [False] * len(old)
    for j, i in enumerate(to_old):
        if i < 0:
            ops.append(["+", item(new[j])])
            continue
        if same(i, j):
            add_copy(ops, i, 1)
        else:
            changed = delta(i, j)
            if changed is None:
                ops.append(["+", item(new[j])])
                continue
            ops.append(["~", i, changed])
        copied[i] = True
    gone = [[i, item(thing)] for i, thing in enumerate(old) if not copied[i]]
    return ops_json(ops, gone)


def ops_json(ops: list[Json], gone: list[Json]) -> Json:
    """Ops as JSON data; `gone` is left out where it is empty."""
    return {"ops": ops, "gone": gone} if gone else {"ops": ops}


def add_copy(ops: list[Json], at: int, count: int) -> None:
    """Append a copy, joined to the last one where it goes on from there."""
    if ops and ops[-1][0] == "=" and ops[-1][1] + ops[-1][2] == at:
        ops[-1][2] += count
    else:
        ops.append(["=", at, count])


def is_all_same(told: Json, count: int) -> bool:
    """Whether the ops copy the whole old list as it stands."""
    return told in ({"ops": [["=", 0, count]]}, {"ops": []} if not count else None)


def apply_ops(
    told: Json,
    old: Sequence[T],
    copy: Callable[[T], T],
    change: Callable[[T, Json], T],
    made: Callable[[Json], T],
) -> list[T]:
    """The new list. Raises NotApplicable when the ops were made from another old list."""
    out: list[T] = []
    named = [False] * len(old)

    def name(at: int) -> None:
        if not 0 <= at < len(old) or named[at]:
            raise unfit(f"item {at} of {len(old)}")
        named[at] = True

    for op in told["ops"]:
        if op[0] == "=":
            for at in range(op[1], op[1] + op[2]):
                name(at)
                out.append(copy(old[at]))
        elif op[0] == "~":
            name(op[1])
            out.append(change(old[op[1]], op[2]))
        else:
            out.append(made(op[1]))
    for at, _ in told.get("gone", ()):
        name(at)
    if not all(named):
        raise unfit(f"item {named.index(False)} of {len(old)} is not named")
    return out


def inverse_ops(told: Json, inverse_delta: Callable[[Json], Json]) -> Json:
    """The ops of the way back."""
    back: dict[int, Json] = {at: ["+", item] for at, item in told.get("gone", ())}
    gone: list[Json] = []
    at_new = 0
    for op in told["ops"]:
        if op[0] == "=":
            if op[2] > MAX_ITEMS:
                raise unfit(f"{op[2]} items in a row")
            for k in range(op[2]):
                back[op[1] + k] = ["=", at_new + k, 1]
            at_new += op[2]
            continue
        if op[0] == "~":
            back[op[1]] = ["~", at_new, inverse_delta(op[2])]
        else:
            gone.append([at_new, op[1]])
        at_new += 1
    ops: list[Json] = []
    for at in sorted(back):
        if back[at][0] == "=":
            add_copy(ops, back[at][1], 1)
        else:
            ops.append(back[at])
    return ops_json(ops, gone)


def swap(pair: Json) -> Json:
    """An `[old, new]` pair the other way round."""
    return [pair[1], pair[0]]
