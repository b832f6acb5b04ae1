"""Which numbers, sums and dates an edit changes, as reasons: `number: 9.44 km² → 32.44 km² (+244 %)`. Pure.

Lives here: values of an edit's sentences against each other. Not here: how a value is read (values.py, moments.py).
"""

import re
from itertools import pairwise

from tracker.compare import values
from tracker.compare.moments import moments, says_time
from tracker.compare.values import Value
from tracker.document.canonical import norm
from tracker.document.edit import Edit

MAX_REASON = 80  # characters
_DIGIT = re.compile(r"\d")
_SHOWN = 28  # characters of a value in a reason
_MONEY = re.compile(r"[$€£¥₽₴]|\b(?:USD|EUR|GBP|CHF|NOK|dollars?|euros?)\b", re.IGNORECASE)


def values_of(edit: Edit, text: str) -> list[Value]:
    dates, bare = moments(values.without_labels(values.plain_digits(norm(text))))
    is_money = edit.cell is not None and bool(_MONEY.search(f"{edit.cell.table} {edit.cell.column}"))
    comma = values.has_decimal_comma(text)
    return [*dates, *values.numbers(bare, is_money=is_money, decimal_comma=comma)]


def changed_values(edit: Edit, sentences_gone: list[str], sentences_came: list[str]) -> list[str]:
    """The numbers, sums and dates that differ, as reasons."""
    gone, came = values.exchanged(*(values_of(edit, " … ".join(side)) for side in (sentences_gone, sentences_came)))
    if not gone and not came:
        gone, came = _swapped(edit)
    kinds = [v.kind for v in (*gone, *came)]
    why: list[str] = []
    for kind in ("money", "number", "date"):
        if kind in kinds:
            here, there = ([v for v in side if v.kind == kind] for side in (gone, came))
            why.append(_change_of(kind, here, there))
    return why


def _swapped(edit: Edit) -> tuple[list[Value], list[Value]]:
    """Values that changed places with each other, told of other things now: `5 killed, 7 hurt`, `7 killed, 5 hurt`."""
    gone: list[Value] = []
    came: list[Value] = []
    places = in_place(edit)
    if len(places) < 2:
        return [], []
    has_words = any(values.says_number(text) or says_time(text) for text in (norm(edit.old), norm(edit.new)))
    for old, new in places:
        if not has_words and not _DIGIT.search(old + new):
            continue
        here, there = values.exchanged(values_of(edit, old), values_of(edit, new))
        if len(here) == len(there):
            gone, came = gone + here, came + there
    are_swapped = len(gone) > 1 and sorted(v.shown for v in gone) == sorted(v.shown for v in came)
    return (gone, came) if are_swapped else ([], [])


def _change_of(kind: str, gone: list[Value], came: list[Value]) -> str:
    if len(gone) != 1 or len(came) != 1:
        return kind
    size = values.growth(gone[0], came[0])
    return change_reason(kind, gone[0].shown, came[0].shown, f" ({size})" if size else "")


def change_reason(kind: str, old: str, new: str, size: str = "") -> str:
    if len(old) > _SHOWN or len(new) > _SHOWN:
        return kind
    told = f"{kind}: {old} → {new}{size}"
    return told if len(told) <= MAX_REASON else kind


def in_place(edit: Edit) -> list[tuple[str, str]]:
    """Words that stand where others stood, but for two that only changed places around an "and"."""
    spans = edit.spans
    found: list[tuple[int, str, str]] = [
        (k, spans[k][1], spans[k + 1][1])
        for k in range(len(spans) - 1)
        if spans[k][0] == "-" and spans[k + 1][0] == "+"
    ]
    turned = {
        k
        for (a, gone, came), (b, gone_next, came_next) in pairwise(found)
        if b == a + 3 and spans[a + 2][1].strip() in ("and", "or", ",", "&")
        and gone.strip() == came_next.strip() and came.strip() == gone_next.strip()
        for k in (a, b)
    }  # fmt: skip
    return [(gone, came) for k, gone, came in found if k not in turned]
