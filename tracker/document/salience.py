"""Salience in a few letters, as the log keeps it; of several edits together. Pure.

`hmn|: 5 → 7 (+40 %)|d` is high, for money, `number: 5 → 7 (+40 %)`, date: the first letter is the level, each further
one a reason; between bars stands what a reason says more, or one that has no letter. The letters, and what is usual,
are frozen: old logs are read by them. A new reason needs no letter.
"""

from collections.abc import Iterable, Sequence

from tracker.document.edit import LEVELS, Level, Salience

_LEVEL_BY_LETTER: dict[str, Level] = {"c": "critical", "h": "high", "n": "normal", "l": "low", "-": "none"}
_REASON_BY_LETTER = {
    "t": "treaty status", "g": "negation", "a": "actor of use", "p": "polarity", "m": "money", "n": "number",
    "d": "date", "w": "name", "i": "direction", "k": "certainty", "r": "words", "f": "wording", "o": "order",
    "y": "printed date", "l": "link", "s": "source", "e": "new edition", "u": "structure", "c": "chapter",
}  # fmt: skip
_LETTER_OF_LEVEL = {level: letter for letter, level in _LEVEL_BY_LETTER.items()}
_LETTER_OF_REASON = {reason: letter for letter, reason in _REASON_BY_LETTER.items()}
_USUAL = {
    "date_changed": "ly", "link_changed": "ll", "note_added": "ls", "note_removed": "ls", "note_replaced": "ls",
    "new_edition": "ne", "row_moved": "lo", "column_moved": "lo", "section_moved": "lo", "section_renamed": "nu",
    "section_split": "nu", "section_merged": "nu", "chapter_moved": "nu", "chapter_renamed": "nu",
    "chapter_added": "hc", "chapter_removed": "hc", "renumbered": "-", "ref_moved": "-", "format": "-",
}  # fmt: skip
_MOST = "nr"
_BAR = "|"
_MANY = 4  # reasons of several edits together, from which on each only says what it is


def salience_code(salience: Salience) -> str:
    """The salience in letters. Raises ValueError for a reason that cannot be told so: it holds a bar."""
    parts = [_LETTER_OF_LEVEL[salience.level]]
    for reason in salience.why:
        kind, colon, more = reason.partition(":")
        letter = _LETTER_OF_REASON.get(kind)
        if _BAR in reason or not kind:
            raise ValueError(f"no reason that a log can keep: {reason!r}")
        if letter is None:
            parts += (reason, "")
            continue
        parts[-1] += letter
        if colon:
            parts += (colon + more, "")
    return _BAR.join(parts[:-1] if len(parts) > 1 and not parts[-1] else parts)


def salience_of(code: str) -> Salience:
    """The salience that `salience_code` wrote. Raises ValueError for anything else."""
    try:
        why: list[str] = []
        for turn, part in enumerate(code[1:].split(_BAR)):
            if not turn % 2:
                why += (_REASON_BY_LETTER[letter] for letter in part)
            elif part.startswith(":"):
                why[-1] += part
            else:
                why.append(part)
        return Salience(_LEVEL_BY_LETTER[code[:1]], tuple(why))
    except (KeyError, IndexError) as wrong:
        raise ValueError(f"{code!r} is no salience: {wrong!r}") from wrong


def usual_code(kind: str) -> str:
    """The letters of most edits of a kind: where an edit's are these, a log leaves them out."""
    return _USUAL.get(kind, _MOST)


def code_told(edit: Sequence[object]) -> str:
    """The letters of an edit as the log keeps it (compare/stored.py): `[kind, at, letters, …]`."""
    return next((part for part in edit[2:] if isinstance(part, str)), usual_code(str(edit[0])))


def together(saliences: Iterable[Salience]) -> Salience:
    """The salience of several edits: the highest level, and the reasons for it, each once."""
    weighed = tuple(saliences)
    level: Level = max((s.level for s in weighed), key=LEVELS.index, default="none")
    why = list(dict.fromkeys(reason for s in weighed if s.level == level for reason in s.why))
    if len(why) > _MANY:
        why = list(dict.fromkeys(reason.partition(":")[0] for reason in why))
    return Salience(level, tuple(why))
