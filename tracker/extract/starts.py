"""Where the chapters of a page begin: at a printed date beside a title, or at a known title where no section can be.

Not here: what a chapter holds (chapters.py). Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracker.extract.lines import looks_like_heading
from tracker.extract.pieces import Foot, Gap, Head, Para, Piece
from tracker.extract.publishers import MAX_TITLE, Publisher, key

MAX_GAPS = 50  # empty lines between a title and its date


@dataclass(frozen=True, slots=True)
class Start:
    """Where a chapter begins: its title, its printed date, and the first and last piece that say so."""

    title: str
    date_text: str | None
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Habit:
    """How a page prints its dates. Neither side may be told. depths: of the headings that stand before dates.
    firsts: a heading's depth → the place of the first so deep."""

    are_dates_first: bool
    are_titles_first: bool
    depths: frozenset[int]
    firsts: Mapping[int, int]


def chapter_starts(pieces: Sequence[Piece], publisher: Publisher) -> list[Start]:
    """Where chapters begin, in order: at a printed date beside a title, or at a known title where no section can be."""
    dated: list[Start] = []
    dates = {
        at: printed
        for at, piece in enumerate(pieces)
        if isinstance(piece, Para | Head) and (printed := publisher.printed_date(piece.plain)) is not None
    }
    habit = _habit(pieces, dates, publisher)
    for at, printed in dates.items():
        floor = dated[-1].last if dated else -1
        titled = _title_beside(pieces, at, floor, publisher, habit)
        if titled is not None:
            dated.append(Start(plain_of(pieces[titled]), printed, min(at, titled), max(at, titled)))
    return sorted([*dated, *_undated(pieces, dated, publisher)], key=lambda s: s.first)


def _habit(pieces: Sequence[Piece], dates: Iterable[int], publisher: Publisher) -> _Habit:
    """On which side of its titles the page prints its dates, as the known titles beside them tell."""
    before_date = after_date = 0
    depths: set[int] = set()
    for at in dates:
        before, after = _neighbour(pieces, at, -1), _neighbour(pieces, at, +1)
        if before is not None and publisher.chapter(plain_of(pieces[before])):
            before_date += 1
            depths.add(_depth(pieces[before]))
        elif after is not None and publisher.chapter(plain_of(pieces[after])):
            # With a title before the date too, what follows may be its first section.
            after_date += not (before and could_be_title(pieces[before]))
    firsts: dict[int, int] = {}
    for place, piece in enumerate(pieces):
        firsts.setdefault(_depth(piece), place)
    return _Habit(after_date > before_date, before_date > after_date, frozenset(depths), firsts)


def _depth(piece: Piece) -> int:
    return piece.depth if isinstance(piece, Head) else 0


def _title_beside(pieces: Sequence[Piece], at: int, floor: int, publisher: Publisher, habit: _Habit) -> int | None:
    """The piece that is the title of the chapter whose date stands at `at`: before it, or after it."""
    before = _neighbour(pieces, at, -1)
    after = _neighbour(pieces, at, +1)
    if before is not None and before <= floor:
        before = None
    if before is not None and publisher.chapter(plain_of(pieces[before])):
        return before
    if after is not None and publisher.chapter(plain_of(pieces[after])):
        return before if before and _is_above(pieces, before, after, habit) else after
    if after is not None and habit.are_dates_first and could_be_title(pieces[after]):
        return after
    if before is not None and before > 0 and could_be_title(pieces[before], beside_date=True):
        return before
    if after is not None and isinstance(pieces[after], Head) and before is not None:
        return after
    return before if before is not None and could_be_title(pieces[before], beside_date=True) else None


def _is_above(pieces: Sequence[Piece], before: int, after: int, habit: _Habit) -> bool:
    """Whether a title that is not known stands before the date, and the known one after it heads its first section."""
    title, depth = pieces[before], _depth(pieces[before])
    if habit.are_dates_first or not could_be_title(title):
        return False
    if habit.are_titles_first:
        return depth in habit.depths and (not depth or _depth(pieces[after]) != depth)
    # No other chapter tells: a heading between the profile's title and the section.
    has_title_above = any(0 < d < depth and place < before for d, place in habit.firsts.items())
    return has_title_above and depth < _depth(pieces[after])


def _undated(pieces: Sequence[Piece], dated: Sequence[Start], publisher: Publisher) -> Iterator[Start]:
    """Chapters that print no date: a known title as deep as the dated ones', or at the top, or after the notes."""
    used = {key(s.title) for s in dated}
    taken = {at for s in dated for at in range(s.first, s.last + 1)}
    depths = [p.depth for s in dated for p in pieces[s.first : s.last + 1] if isinstance(p, Head) and p.depth]
    titles = [at for at, p in enumerate(pieces) if isinstance(p, Para | Head) and publisher.chapter(p.plain)]
    if not dated:
        depths = [p.depth for at in titles if isinstance(p := pieces[at], Head) and p.depth]
    opened: Start | None = None  # the dated chapter that stands open here
    following = iter([*dated, None])
    coming = next(following)
    for at in titles:
        while coming is not None and coming.first < at:
            opened, coming = coming, next(following)
        piece = pieces[at]
        if at in taken or key(plain_of(piece)) in used:
            continue
        above = _neighbour(pieces, at, -1)
        is_first = above is None or (above == 0 and opened is None)
        is_after_notes = above is not None and isinstance(pieces[above], Foot)
        is_as_deep = bool(depths) and isinstance(piece, Head) and piece.depth == min(depths)
        if is_first or is_after_notes or (is_as_deep and not _is_section_of(piece, opened, publisher)):
            used.add(key(plain_of(piece)))
            yield Start(plain_of(piece), None, at, at)


def _is_section_of(piece: Piece, opened: Start | None, publisher: Publisher) -> bool:
    """Whether the chapter that stands open here is known to have a section of this title."""
    rule = publisher.chapter(opened.title) if opened else None
    return rule is not None and key(plain_of(piece)) in rule.levels


def _neighbour(pieces: Sequence[Piece], at: int, step: int) -> int | None:
    """The nearest piece that way which is no empty line; a long run of empty lines is taken for the page's end."""
    for here in range(at + step, at + step * MAX_GAPS, step):
        if not 0 <= here < len(pieces):
            return None
        if not isinstance(pieces[here], Gap):
            return here
    return None


def plain_of(piece: Piece) -> str:
    """The words of a line; "" for what is none."""
    return piece.plain if isinstance(piece, Para | Head) else ""


def could_be_title(piece: Piece, *, beside_date: bool = False) -> bool:
    """Whether a piece may be a title. beside_date: a date stands next to it, so that any short line may."""
    if isinstance(piece, Head) or (beside_date and isinstance(piece, Para) and not piece.plain.endswith((".", ";"))):
        return len(piece.plain) <= MAX_TITLE
    return isinstance(piece, Para) and (looks_like_heading(piece.text) or piece.bold)
