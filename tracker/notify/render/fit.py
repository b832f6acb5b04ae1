"""How much of a message goes into a medium: cut by edits, never inside a word. Pure.

Lives here: what gives way to what. Not here: where a text may be cut (shorten.py), what a medium bears (the channels).

Order of giving way: long redlines are shortened, then the least salient edits go (each change keeps its first one),
then whole changes, the least salient first, then the names of what else is concerned, then counts, then the reasons.
What went is counted, and the counts are shown. A medium with more room never shows less.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tracker.notify.render.notice import Notice, Piece, Told
from tracker.notify.render.shorten import shorter as shorter
from tracker.notify.render.shorten import words_cut as words_cut

_LEAST_ROOM = 120  # characters of one edit's redline, below which it says too little
_ROOM = 300  # what all edits have before a single one has more
_ROOMS = (500, 800, 1_200, 2_000, 4_000, 10_000)
_LEAST_ALSO = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """How much of a notice: each is more than the one before."""

    has_reasons: bool = True
    has_lines: bool = True
    also: int = 0
    told: int = 0
    pieces: int = 0
    room: int = _LEAST_ROOM


def fitted(notice: Notice, fits: Callable[[Notice], bool]) -> Notice:
    """The most of a notice that fits, or its title and link alone. fits: whether a notice goes in.

    It must hold for the title and the link (of at most notice.TITLE_CHARS, and as long as our addresses are), and for
    less of a notice wherever it holds for more. It is asked about a dozen times.
    """
    whole = cut(notice, room=_ROOMS[-1], also=len(notice.also))
    if fits(whole):
        return whole
    measures = tuple(_measures(notice))
    low, high = 0, len(measures) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(_measured(notice, measures[middle])) else (low, middle - 1)
    return _measured(notice, measures[low])


def cut(
    notice: Notice, *, room: int = _LEAST_ROOM, pieces: int | None = None, told: int | None = None, also: int = 200
) -> Notice:
    """The notice with so many edits in so many changes, and so many lines of what else is concerned.

    room: characters of one edit's redline. pieces, told: None for all. The first change keeps its first edit before the
    second one gets any; edits are in their order of salience.
    """
    kept = notice.told if told is None else notice.told[:told]
    counts = _shares([len(t.pieces) for t in kept], pieces)
    return replace(
        notice,
        told=tuple(_cut(t, n, room) for t, n in zip(kept, counts, strict=True)),
        more=notice.more + len(notice.told) - len(kept),
        also=notice.also[:also],
        also_more=notice.also_more + max(0, len(notice.also) - also),
    )


# ---------------------------------------------------------------- from little to much


def _measures(notice: Notice) -> Iterator[_Measure]:
    """From the title alone to everything."""
    yield _Measure(has_reasons=False, has_lines=False)
    yield _Measure(has_lines=False)
    yield _Measure()
    also = min(_LEAST_ALSO, len(notice.also))
    yield _Measure(also=also)
    changes, edits = len(notice.told), sum(len(t.pieces) for t in notice.told)
    if changes:
        yield _Measure(also=also, told=1)
        yield _Measure(also=also, told=1, pieces=1)
    while also < len(notice.also):
        also = min(also * 2, len(notice.also))
        yield _Measure(also=also, told=min(1, changes), pieces=1)
    yield from (_Measure(also=also, told=n, pieces=n) for n in range(2, changes + 1))
    yield from (_Measure(also=also, told=changes, pieces=n, room=_ROOM) for n in range(changes, edits + 1))
    yield from (_Measure(also=also, told=changes, pieces=edits, room=room) for room in _ROOMS)


def _measured(notice: Notice, measure: _Measure) -> Notice:
    shown = cut(notice, room=measure.room, pieces=measure.pieces, told=measure.told, also=measure.also)
    return replace(
        shown,
        lines=shown.lines if measure.has_lines else (),
        reasons=shown.reasons if measure.has_reasons else (),
    )


def _cut(told: Told, pieces: int, room: int) -> Told:
    shown = tuple(_shorter(piece, room) for piece in told.pieces[:pieces])
    return replace(told, pieces=shown, hidden=told.hidden + sum(piece.edits for piece in told.pieces[pieces:]))


def _shorter(piece: Piece, room: int) -> Piece:
    return replace(piece, spans=shorter(piece.spans, room))


def _shares(has: Sequence[int], most: int | None) -> list[int]:
    """How many edits each change shows: turn by turn, one each."""
    if most is None or most >= sum(has):
        return list(has)
    shares = [0] * len(has)
    left = most
    while left > 0:
        for at, count in enumerate(has):
            if left > 0 and shares[at] < count:
                shares[at] += 1
                left -= 1
    return shares
