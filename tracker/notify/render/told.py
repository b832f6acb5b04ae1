"""One change put in order for people: its edits, the most salient first, and when and how it happened. Pure.

Lives here: what is said of a change and of an edit. Not here: the message around them (notice.py), how much of it fits
(fit.py). All texts in it are safe to show (redline.safe) and hostile all the same.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from tracker.document.edit import LEVELS, Cause, Edit, Level, Span
from tracker.events.types import Change
from tracker.notify.render.redline import CONTEXT_CHARS, safe, shortened, whole
from tracker.notify.render.shorten import shorter, words_cut
from tracker.notify.render.wording import day_words, interval_words, name_of, one_line, path

PIECE_CHARS = 10_000  # of one edit's redline: no medium has room for more
PIECES = 500  # of one change: nobody reads more in a message
_SAID: Mapping[Cause, str] = {
    "first_record": "first record: from now on it is watched",
    "reversion": "reversion: it reads again as it did before",
    "date_only": "only the printed date changed",
    "format_only": "only its form changed, not its words",
    "furniture": "only the furniture of the page changed",
    "removed": "the page was removed",
    "restored": "the page is back",
    "extractor_upgrade": "the page is read better now; it did not change",
}
_INVISIBLE = {" ": "␣", "\n": "¶", "\t": "⇥", "\u00a0": "⍽"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One edit, or the changed cells of one row. words: `replaced · high: number`.

    place: section, table, row and column, "" for the chapter's head. pointer: where what moved stood before. spans: its
    redline, unchanged stretches shortened; never none. edits: how many it tells.
    """

    words: str
    level: Level
    place: str
    spans: tuple[Span, ...]
    pointer: str = ""
    edits: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One change. head: `Ruritania › Mine Ban Policy`. said: cause and flags (`silent edit: …`) in words.

    when: the interval in which it happened. dated: the document's own date, and what it was, "" where it has none.
    pieces: the most salient first; hidden: how many more edits it has. neutral: what is no news, in one line.
    link: where it is shown, by us or, if nowhere, the page itself.
    """

    change: str
    profile: str
    chapter: str
    head: str
    level: Level
    said: tuple[str, ...]
    when: str
    dated: str
    pieces: tuple[Piece, ...]
    hidden: int = 0
    neutral: str = ""
    link: str = ""
    source_url: str = ""

    @property
    def edits(self) -> int:
        """How many edits it has, told or not."""
        return self.hidden + sum(piece.edits for piece in self.pieces)


def told_of(change: Change, *, names: Mapping[str, str], wanted: frozenset[str] = frozenset(), link: str = "") -> Told:
    """The change in order. names: profile → title. wanted: edits that were asked for; () for all. link: to our page.

    Where some were asked for, the others are counted, but for critical and high ones; so they are beside a new edition,
    which says it all.
    """
    pieces = [_piece(row) for row in _ranked(change, wanted)[:PIECES]]
    return Told(
        change=change.id,
        profile=one_line(change.profile),
        chapter=one_line(change.chapter),
        head=head_of(change, names),
        level=change.salience.level,
        said=tuple(_said(change)),
        when=interval_words(change.happened_after, change.not_later_than),
        dated=_dated(change),
        pieces=tuple(pieces),
        hidden=len(change.edits) - sum(piece.edits for piece in pieces),
        neutral=_neutral(change),
        link=link or change.source_url,
        source_url=change.source_url,
    )


def head_of(change: Change, names: Mapping[str, str]) -> str:
    """`Ruritania › Mine Ban Policy`; the profile alone where the page is one chapter that is called like it."""
    name = name_of(change.profile, names)
    chapter = path((change.chapter_title,)) or name_of(change.chapter, {})
    return name if change.chapter == change.profile else f"{name} › {chapter}"


# ---------------------------------------------------------------- which edits, in which order


def _ranked(change: Change, wanted: frozenset[str]) -> list[list[Edit]]:
    """The edits to tell, cells of one row together: critical ones first, then what was asked for, by salience."""
    is_new_edition = any(edit.kind == "new_edition" for edit in change.edits)

    def is_wanted(row: Sequence[Edit]) -> bool:
        return any(edit.id in wanted for edit in row)

    def is_shown(row: Sequence[Edit]) -> bool:
        if is_wanted(row) or _level(row) in ("critical", "high"):
            return True
        return not wanted and (not is_new_edition or row[0].kind == "new_edition")

    def rank(row: Sequence[Edit]) -> tuple[bool, bool, int]:
        level = _level(row)
        return (level != "critical", not is_wanted(row), -LEVELS.index(level))

    return sorted(filter(is_shown, _rows(change.edits)), key=rank)


def _rows(edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """Each edit, but cells of one row together; two of one column are of two rows that are called the same."""

    def row_of(edit: Edit) -> object:
        is_cell = edit.kind == "cell_changed" and edit.cell is not None
        return (edit.section, edit.cell.table, edit.cell.row) if is_cell and edit.cell else id(edit)

    for _, found in groupby(edits, key=row_of):
        row: list[Edit] = []
        columns: set[str] = set()
        for edit in found:
            column = edit.cell.column if edit.cell else ""
            if column in columns:
                yield row
                row, columns = [], set()
            row.append(edit)
            columns.add(column)
        yield row


def _level(row: Sequence[Edit]) -> Level:
    return max((edit.salience.level for edit in row), key=LEVELS.index)


# ---------------------------------------------------------------- one edit


def _piece(row: Sequence[Edit]) -> Piece:
    first, level = row[0], _level(row)
    reasons = dict.fromkeys(why for edit in row if edit.salience.level == level for why in edit.salience.why)
    why = f": {', '.join(one_line(reason) for reason in reasons)}" if reasons else ""
    return Piece(
        words=one_line(f"{first.kind.replace('_', ' ')} · {level}{why}", 200),
        level=level,
        place=_place(row),
        spans=shorter(_spans(first) if len(row) == 1 else _row_spans(row), PIECE_CHARS),
        pointer=_pointer(first),
        edits=len(row),
    )


def _place(row: Sequence[Edit]) -> str:
    first = row[0]
    cell = (first.cell.table, first.cell.row, *((first.cell.column,) if len(row) == 1 else ())) if first.cell else ()
    return path((*first.section, *cell)) or ("Notes" if first.kind.startswith("note_") else "")


def _pointer(edit: Edit) -> str:
    if edit.old_section is None and edit.old_chapter is None:
        return ""
    if edit.old_chapter is None and edit.old_section == edit.section:
        return "from another place in it"
    chapter = name_of(edit.old_chapter, {}) if edit.old_chapter else ""
    return f"from {path((chapter, *(edit.old_section or ()))) or 'the head of the chapter'}"


def _spans(edit: Edit) -> tuple[Span, ...]:
    if edit.kind == "new_edition":
        return (("=", "at least half of the chapter was rewritten"),)
    if edit.kind == "link_changed" and edit.detail:
        return _link_spans(edit)
    spans: list[Span] = [(mark, safe(words_cut(text, PIECE_CHARS))) for mark, text in whole(edit) if text]
    if not spans:
        return (_empty(edit),)
    is_changed = any(mark != "=" for mark, _ in spans)
    # Where nothing changed in it, as in most moves, the words only say which text it is.
    return shortened([_visible(span) for span in spans], CONTEXT_CHARS if is_changed else 3 * CONTEXT_CHARS)


def _row_spans(row: Sequence[Edit]) -> tuple[Span, ...]:
    """Changed cells as one redline, each behind the name of its column."""
    found: list[Span] = []
    for edit in row:
        column = one_line(edit.cell.column, CONTEXT_CHARS) if edit.cell else ""
        found.append(("=", ("; " if found else "") + (f"{column}: " if column else "")))
        found += _spans(edit)
    return tuple(span for span in found if span[1])


def _link_spans(edit: Edit) -> tuple[Span, ...]:
    """Where a link led and leads; the words around it stayed."""
    old, _, new = safe(words_cut(edit.detail or "", PIECE_CHARS)).partition(" → ")
    words = shortened([("=", safe(words_cut(edit.new, PIECE_CHARS)))], CONTEXT_CHARS)
    spans: tuple[Span, ...] = (*words, ("=", " → " if words else ""), ("-", old.strip()), ("+", new.strip()))
    return tuple(span for span in spans if span[1])


def _empty(edit: Edit) -> Span:
    """What is shown of a row, column or cell in which nothing stands."""
    way = edit.kind.rpartition("_")[2]
    return ("+" if way == "added" else "-" if way == "removed" else "=", "(empty)")


def _visible(span: Span) -> Span:
    """The span; where nothing can be seen of what went or came, blanks are shown as signs, joiners by their number."""
    mark, text = span
    if mark == "=" or not all(map(_is_invisible, text)):
        return span
    return mark, "".join(_INVISIBLE.get(char) or ("␣" if char.isspace() else f"U+{ord(char):04X}") for char in text)


def _is_invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) == "Cf"


# ---------------------------------------------------------------- around the edits


def _said(change: Change) -> Iterator[str]:
    flags = [flag.partition(":") for flag in change.flags]
    reverts = next((told for flag, _, told in flags if flag == "reverts" and told), None)
    along = [name_of(told, {}) for flag, _, told in flags if flag == "with" and told]
    if reverts is not None:
        yield one_line(f"reversion: it reads again as it did on {_day_of(reverts)}")
    elif change.cause != "content":
        yield _SAID.get(change.cause, change.cause.replace("_", " "))
    if along:
        more = f" and {len(along) - 8} more" if len(along) > 8 else ""
        yield one_line(f"with it: {', '.join(along[:8])}{more}")
    if any(edit.kind == "new_edition" for edit in change.edits):
        yield "new edition: at least half of it was rewritten"
    for flag, _, told in flags:
        if flag in ("reverts", "with", "test") and (told or flag == "test"):
            continue
        yield {
            "silent": "silent edit: the words changed, the printed date did not",
            "coarse": "coarse: too much changed to pair all of it, so what is alike may be shown as removed and added",
            "imported": "imported: found in an older copy of the page",
        }.get(flag) or one_line(f"{flag}: {told}" if told else flag.replace("_", " "))


def _day_of(address: str) -> str:
    """The day in a version's address (design §1), and the address."""
    try:
        return f"{day_words(date.fromisoformat(address[:8]))} (@{address})"
    except ValueError:
        return f"@{address}"


def _dated(change: Change) -> str:
    new = change.after.document_date
    old = change.before.document_date if change.before else None
    if new is None:
        gone = "" if change.cause == "removed" else ", now none"
        return f"document date {day_words(old)}{gone}" if old else ""
    return f"document date {day_words(new)}" + (f" (was {day_words(old)})" if old and old != new else "")


def _neutral(change: Change) -> str:
    from tracker.notify.render.outline import neutral_line  # it needs all of compare/

    return one_line(neutral_line(change.comparison.neutral)) if change.comparison.neutral else ""
