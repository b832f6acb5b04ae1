"""How much an edit matters to a reader, and why. Pure.

Computed from the edit alone, so that anybody can compute it again. It hides nothing: every edit is told, this says
only how loudly. Reasons are short stable strings; the strongest decides the level (design §3).
"""

import re
from dataclasses import replace

from tracker.compare import sentences as told
from tracker.document.canonical import norm
from tracker.document.edit import LEVELS, NEUTRAL_KINDS, Edit, Level, Salience

_TREATY_PLACE = re.compile(r"\btreaty status\b|\bstatus overview\b", re.IGNORECASE)
_TREATY_ROW = re.compile(r"\b(?:convention|treaty|protocol|crpd|ccw)\b", re.IGNORECASE)
_UNIT = re.compile(
    r"\s*(%|km²|km2|m²|m2|square \w+|hectares?|people|million|billion|casualties|persons?)", re.IGNORECASE
)
_MONEY = re.compile(r"[$€£¥]|\b(?:US\$|USD|EUR|GBP|CHF|dollars?|euros?)\b")
_LEVEL_OF: dict[str, Level] = {
    "treaty status": "critical",
    "negation": "critical",
    "actor of use": "critical",
    "number": "high",
    "money": "high",
    "date": "high",
    "name": "high",
    "polarity": "high",
}
_REWORDED = ("replaced", "moved", "split", "merged", "cell_changed")
_SENTENCES = (*_REWORDED, "added", "removed")
FEW = 8  # changed numbers that are looked at for a currency
_STRUCTURE = frozenset(
    ("section_moved", "section_renamed", "section_split", "section_merged", "chapter_moved", "chapter_renamed")
)


def weigh(edit: Edit) -> Edit:
    """The edit with its salience."""
    return replace(edit, salience=salience(edit))


def salience(edit: Edit) -> Salience:
    """How much the edit matters, and why."""
    if edit.kind in NEUTRAL_KINDS:
        return Salience("none")
    match edit.kind:
        case "date_changed":
            return Salience("low", ("printed date",))
        case "link_changed":
            return Salience("low", ("link",))
        case "note_added" | "note_removed" | "note_replaced":
            return Salience("low", ("source",))
        case "new_edition":
            return Salience("normal", ("new edition",))
        case "row_moved" | "column_moved":
            return Salience("low", ("order",))
    if edit.kind in _STRUCTURE:
        return Salience("normal", ("structure",)) if edit.kind != "section_moved" else Salience("low", ("order",))
    if edit.kind in ("chapter_added", "chapter_removed"):
        return Salience("high", ("chapter",))
    why = _reasons(edit)
    if not why:
        return _without_reasons(edit)
    return Salience(max((_LEVEL_OF.get(reason, "none") for reason in why), key=LEVELS.index), tuple(why))


def _without_reasons(edit: Edit) -> Salience:
    if edit.kind in ("moved", "split", "merged"):
        words = "".join(text for mark, text in edit.spans if mark != "=").strip()
        return Salience("normal", ("words",)) if words else Salience("low", ("order",))
    if _is_wording(edit):
        return Salience("low", ("wording",))
    if edit.kind == "replaced":
        gone = sum(len(text) for mark, text in edit.spans if mark == "-")
        came = sum(len(text) for mark, text in edit.spans if mark == "+")
        few = max(gone, came) <= 0.15 * max(len(edit.old), len(edit.new))
        return Salience("low", ("wording",)) if few else Salience("normal", ("words",))
    return Salience("normal", ("words",))


def _is_wording(edit: Edit) -> bool:
    """Whether the same words stand in another order or case, or the same treaty status is said in other words."""
    if edit.kind not in ("replaced", "cell_changed"):
        return False
    old, new = norm(edit.old), norm(edit.new)
    if sorted(told.words([old])) == sorted(told.words([new])):
        return bool(told.words([old]))
    return _says_same_status(old, new) and told.without_status(old) == told.without_status(new)


def _reasons(edit: Edit) -> list[str]:
    """Why the edit matters, strongest first."""
    gone, came = _changed(edit)
    sentences = told.changed_sentences(edit.old, edit.new)
    pairs, lone = told.paired(*sentences) if edit.kind in _REWORDED else ([], [*sentences[0], *sentences[1]])
    told_alone = lone if edit.kind in _SENTENCES else []
    why: list[str] = []
    if _is_treaty_status(edit, *sentences) or any(map(told.is_treaty_act, told_alone)):
        why.append("treaty status")
    flipped = [pair for pair in pairs if told.says_no(pair[0]) != told.says_no(pair[1])]
    weighty = [pair for pair in flipped if told.is_weighty(pair[0]) and told.is_weighty(pair[1])]
    if weighty and not _is_wording(edit):
        why.append("negation")
    if _actor_changed(pairs) or any(map(told.is_use_by_someone, told_alone)):
        why.append("actor of use")
    if flipped and not weighty:
        why.append("polarity")
    numbers_gone, numbers_came = told.numbers(gone), told.numbers(came)
    changed_numbers = sorted(numbers_gone) != sorted(numbers_came)
    if changed_numbers and _is_money(edit, numbers_gone + numbers_came):
        why.append("money")
    if changed_numbers:
        why.append("number")
        why += _size(edit, numbers_gone, numbers_came)
    if sorted(told.DATE.findall(gone)) != sorted(told.DATE.findall(came)):
        why.append("date")
    if _names_differ(edit, gone, came, *sentences):
        why.append("name")
    return why


def _changed(edit: Edit) -> tuple[str, str]:
    """The words that went and those that came, in comparison form, runs joined by blanks."""
    gone = " … ".join(norm(text) for mark, text in edit.spans if mark == "-")
    came = " … ".join(norm(text) for mark, text in edit.spans if mark == "+")
    return gone, came


def _is_treaty_status(edit: Edit, gone: list[str], came: list[str]) -> bool:
    if edit.kind in ("cell_changed", "row_added", "row_removed") and edit.cell is not None:
        place = " ".join((edit.cell.table, *edit.section))
        in_table = bool(_TREATY_PLACE.search(place)) or bool(_TREATY_ROW.search(edit.cell.row))
        if not in_table or _says_same_status(norm(edit.old), norm(edit.new)):
            return False
        return bool(_TREATY_PLACE.search(place) or told.status(edit.old) or told.status(edit.new))
    if edit.kind not in ("replaced", "moved", "split", "merged"):
        return False
    return told.status(" … ".join(gone)) != told.status(" … ".join(came))


def _says_same_status(old: str, new: str) -> bool:
    """Whether two texts say one treaty status ("Not a State Party", "Non-signatory")."""
    said = told.status(old)
    return bool(said) and said == told.status(new)


def _actor_changed(pairs: list[tuple[str, str]]) -> bool:
    """Whether a sentence on the use of a weapon names another actor."""
    both = [pair for pair in pairs if told.is_use(pair[0]) and told.is_use(pair[1])]
    return any(told.actors(old) != told.actors(new) for old, new in both)


def _names_differ(edit: Edit, gone: str, came: str, old: list[str], new: list[str]) -> bool:
    """Whether a name went or came; a name that only changed its place or its case did neither."""
    starts = edit.kind in _SENTENCES
    here, there = told.names(old, starts=starts), told.names(new, starts=starts)
    changed = {*told.words([gone]), *told.words([came])}
    said_old, said_new = set(told.words(old)), set(told.words(new))
    lost = [n for n in here if n.casefold() not in said_new and not changed.isdisjoint(told.words([n]))]
    won = [n for n in there if n.casefold() not in said_old and not changed.isdisjoint(told.words([n]))]
    return bool(lost or won)


def _is_money(edit: Edit, numbers: list[str]) -> bool:
    """Whether a changed number is a sum: a currency stands right before or after it, or over its column."""
    if edit.cell is not None and _MONEY.search(f"{edit.cell.table} {edit.cell.column}"):
        return True
    for number in numbers[:FEW]:
        for text in (edit.old, edit.new):
            at = text.casefold().find(number)
            if at >= 0 and _MONEY.search(
                text[max(0, at - 5) : at] + " " + text[at + len(number) : at + len(number) + 18]
            ):
                return True
    return False


def _size(edit: Edit, gone: list[str], came: list[str]) -> list[str]:
    """Direction, size and unit where one number became another: `+244 % km²`."""
    if len(gone) != 1 or len(came) != 1:
        return []
    old, new = (_value(n[0]) for n in (gone, came))
    if (
        old is None
        or new is None
        or old == new
        or old == 0
        or told.DATE.fullmatch(gone[0])
        or told.DATE.fullmatch(came[0])
    ):
        return []
    text = norm(edit.new)
    unit = _UNIT.match(text, text.find(came[0]) + len(came[0]))
    percent = round(100 * (new - old) / old)
    return [f"{percent:+d} %" + (f" {unit[1]}" if unit else "")]


def _value(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None
