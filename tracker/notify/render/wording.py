"""Words that messages share: names, counts, instants, lines. Pure.

Lives here: small phrases of plain text. Not here: what is said of a change (told.py). Nothing asks the machine for its
language: the same message has the same words everywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from tracker.notify.render.redline import safe
from tracker.notify.render.shorten import words_cut

NAME_CHARS = 80  # of a title; a longer one is a mistake of a page
LINE_CHARS = 400
_RAW = 20  # times as many characters as a line has are looked at: a page may be full of blanks
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SMALL = frozenset({"and", "of", "the", "da", "de", "del", "der", "di", "do", "du", "e", "et", "la", "le", "y"})
_VOWELS = frozenset("aeiouh")


def one_line(text: str, chars: int = LINE_CHARS) -> str:
    """A text as a line of at most so many characters, safe to show; hostile all the same."""
    near = words_cut(text, _RAW * chars)  # a megabyte is not read for a line
    return words_cut(" ".join(safe(near).split()), chars)


def name_of(slug: str, names: Mapping[str, str]) -> str:
    """What a profile or chapter is called: its title where we know it, else its slug as a name.

    `cote-d-ivoire` is `Cote d'Ivoire` then, `bosnia-and-herzegovina` is `Bosnia and Herzegovina`.
    """
    title = one_line(names.get(slug, ""), NAME_CHARS)
    if title:
        return title
    words: list[str] = []
    elided = ""
    for word in slug.split("-"):
        if word in ("d", "l") and not elided:
            elided = f"{word}'"
            continue
        small = word in _SMALL and bool(words)
        told = word if small else word.capitalize()
        is_elided = elided and word[:1] in _VOWELS
        words += [f"{elided}{told}"] if is_elided else [*([elided[0].upper()] if elided else []), told]
        elided = ""
    return one_line(" ".join([*words, *([elided[0].upper()] if elided else [])]), NAME_CHARS)


def many(count: int, thing: str) -> str:
    """`1 edit`, `2 edits`."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def listed(counts: Sequence[tuple[str, int]], most: int) -> str:
    """The first of these counts: `4 replaced, 2 added, and 3 other kinds` without the last word."""
    shown = ", ".join(f"{count} {name}" for name, count in counts[:most])
    return shown + (f", and {len(counts) - most} more" if len(counts) > most else "")


def path(parts: Iterable[str]) -> str:
    """Titles from the outermost as one line: `Treaty status › Mine Ban Treaty`; "" where there is none."""
    return one_line(" › ".join(told for part in parts if (told := one_line(part, NAME_CHARS))), 3 * NAME_CHARS)


def instant_words(at: datetime) -> str:
    """An instant for people: `14 Aug 2026 09:30 UTC`."""
    utc = at.astimezone(UTC)
    return f"{day_words(utc)} {utc:%H:%M} UTC"


def day_words(day: date) -> str:
    """A day for people, in an order that nobody takes for another: `14 Aug 2026`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def interval_words(after: datetime | None, until: datetime) -> str:
    """When something happened, as far as is known: `between 14 Aug 2026 03:30 and 09:30 UTC`."""
    if after is None:
        return f"at some time up to {instant_words(until)}"
    first, last = after.astimezone(UTC), until.astimezone(UTC)
    if first.date() != last.date():
        return f"between {instant_words(first)} and {instant_words(last)}"
    clock = "%H:%M" if (first.hour, first.minute) != (last.hour, last.minute) else "%H:%M:%S"
    return f"between {day_words(first)} {first.strftime(clock)} and {last.strftime(clock)} UTC"
