"""How much an edit matters to a reader, and why. Pure.

Computed from the edit alone, so that anybody can compute it again. It hides nothing: every edit is told, this says
only how loudly. Reasons are short stable strings; the strongest decides the level (design §3).
"""

import re
from dataclasses import replace

from tracker.document.canonical import norm
from tracker.document.edit import LEVELS, NEUTRAL_KINDS, Edit, Level, Salience

_NEGATIONS = re.compile(
    r"\b(?:not|no|never|neither|nor|none|without|cannot|non|nobody|nothing)\b|n't\b",
    re.IGNORECASE,
)
_STATUS_WORDS = (
    r"state party|states parties|state not party|states not party|not a state party|non-state party|non-signatory|"
    r"signatory|signatories|acced\w*|accession|ratif\w*|sign(?:ed|s)?|not party|party to|withdr[ae]w\w*|join(?:ed|s)?"
)
_STATUS = re.compile(rf"\b(?:{_STATUS_WORDS})\b", re.IGNORECASE)
_USE = re.compile(
    r"\b(?:us(?:e|ed|es|ing)|employ\w*|deploy\w*|laid|fir(?:ed|es|ing)|drop(?:ped|s|ping)|launch\w*|produc\w*|"
    r"export\w*|import\w*|transfer\w*|stockpil\w*|acquir\w*|possess\w*)\b",
    re.IGNORECASE,
)
_WEAPON = re.compile(
    r"\b(?:mines?|cluster|munitions?|bombs?|weapons?|landmines?|rockets?|missiles?|antipersonnel|explosive)\b",
    re.IGNORECASE,
)
_EVIDENCE = re.compile(r"\b(?:evidence|confirmed|alleg\w*|reported|denied|denies)\b", re.IGNORECASE)
_TREATY_PLACE = re.compile(r"\btreaty status\b|\bstatus overview\b", re.IGNORECASE)
_TREATY_ROW = re.compile(r"\b(?:convention|treaty|protocol|crpd|ccw)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_UNIT = re.compile(
    r"\s*(%|km²|km2|m²|m2|square \w+|hectares?|people|million|billion|casualties|persons?)", re.IGNORECASE
)
_MONEY = re.compile(r"[$€£¥]|\b(?:US\$|USD|EUR|GBP|CHF|dollars?|euros?)\b")
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = re.compile(rf"\b{_MONTH}\b|\b(?:19|20)\d\d\b")
_NAME = re.compile(r"\b[A-Z][\w’'-]*[a-z][\w’'-]*|\b[A-Z]{2,}\b")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[A-Z“\"'(])")

_LEVEL_OF: dict[str, Level] = {
    "treaty status": "critical",
    "negation": "critical",
    "actor of use": "critical",
    "number": "high",
    "money": "high",
    "date": "high",
    "name": "high",
}
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
    if edit.kind == "replaced":
        gone = sum(len(text) for mark, text in edit.spans if mark == "-")
        came = sum(len(text) for mark, text in edit.spans if mark == "+")
        few = max(gone, came) <= 0.15 * max(len(edit.old), len(edit.new))
        return Salience("low", ("wording",)) if few else Salience("normal", ("words",))
    return Salience("normal", ("words",))


def _reasons(edit: Edit) -> list[str]:
    """Why the edit matters, strongest first."""
    gone, came = _changed(edit)
    why: list[str] = []
    if _is_treaty_status(edit, gone, came):
        why.append("treaty status")
    if _negation_flipped(edit):
        why.append("negation")
    if _actor_changed(edit):
        why.append("actor of use")
    numbers_gone, numbers_came = _numbers(gone), _numbers(came)
    changed_numbers = sorted(numbers_gone) != sorted(numbers_came)
    if changed_numbers and _is_money(edit, numbers_gone + numbers_came):
        why.append("money")
    if changed_numbers:
        why.append("number")
        why += _size(edit, numbers_gone, numbers_came)
    if sorted(_DATE.findall(gone)) != sorted(_DATE.findall(came)):
        why.append("date")
    if sorted(_names(gone, edit.old)) != sorted(_names(came, edit.new)):
        why.append("name")
    return why


def _changed(edit: Edit) -> tuple[str, str]:
    """The words that went and those that came, in comparison form, runs joined by blanks."""
    gone = " … ".join(norm(text) for mark, text in edit.spans if mark == "-")
    came = " … ".join(norm(text) for mark, text in edit.spans if mark == "+")
    return gone, came


def _is_treaty_status(edit: Edit, gone: str, came: str) -> bool:
    if edit.kind in ("cell_changed", "row_added", "row_removed") and edit.cell is not None:
        place = " ".join((edit.cell.table, *edit.section))
        in_table = bool(_TREATY_PLACE.search(place)) or bool(_TREATY_ROW.search(edit.cell.row))
        return in_table and bool(_TREATY_PLACE.search(place) or _STATUS.search(edit.old) or _STATUS.search(edit.new))
    told = _STATUS.findall(gone), _STATUS.findall(came)
    in_status = edit.kind in ("replaced", "moved", "split", "merged")
    return in_status and sorted(map(str.lower, told[0])) != sorted(map(str.lower, told[1])) and bool(told[0] or told[1])


def _sentences(text: str) -> list[str]:
    return _SENTENCE_END.split(norm(text))


def _changed_sentences(edit: Edit) -> tuple[list[str], list[str]]:
    old, new = _sentences(edit.old), _sentences(edit.new)
    return [s for s in old if s not in new], [s for s in new if s not in old]


def _negation_flipped(edit: Edit) -> bool:
    """Whether a status, use or evidence sentence says no where it said yes, or the other way."""
    if edit.kind not in ("replaced", "moved", "split", "merged", "cell_changed"):
        return False
    gone, came = _changed_sentences(edit)
    told = [[s for s in side if _STATUS.search(s) or _USE.search(s) or _EVIDENCE.search(s)] for side in (gone, came)]
    if not told[0] or not told[1]:
        return False
    return sum(len(_NEGATIONS.findall(s)) for s in told[0]) % 2 != sum(len(_NEGATIONS.findall(s)) for s in told[1]) % 2


def _actor_changed(edit: Edit) -> bool:
    """Whether a sentence on the use of a weapon names another actor."""
    gone, came = _changed_sentences(edit)
    told = [[s for s in side if _USE.search(s) and _WEAPON.search(s)] for side in (gone, came)]
    if edit.kind in ("added", "removed"):
        return False
    if not told[0] or not told[1]:
        return False
    actors = [sorted({name for s in side for name in _actors(s)}) for side in told]
    return actors[0] != actors[1]


def _actors(sentence: str) -> list[str]:
    """Capitalised words before the verb of use."""
    verb = _USE.search(sentence)
    if verb is None:
        return []
    head = sentence[: verb.start()]
    return [word for word in re.findall(r"\b[A-Z][\w'-]+", head) if not _DATE.fullmatch(word) and word not in _OPENERS]


_OPENERS = frozenset(
    (
        "In",
        "On",
        "At",
        "There",
        "The",
        "A",
        "An",
        "It",
        "Since",
        "Previously",
        "During",
        "According",
        "As",
        "No",
        "This",
    )
)


def _numbers(text: str) -> list[str]:
    return _NUMBER.findall(text)


def _is_money(edit: Edit, numbers: list[str]) -> bool:
    """Whether a changed number is a sum: a currency stands right before or after it, or over its column."""
    if edit.cell is not None and _MONEY.search(f"{edit.cell.table} {edit.cell.column}"):
        return True
    for number in numbers[:FEW]:
        for text in (edit.old, edit.new):
            at = text.find(number)
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
    if old is None or new is None or old == new or old == 0 or _DATE.fullmatch(gone[0]) or _DATE.fullmatch(came[0]):
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


def _names(changed: str, whole: str) -> list[str]:
    """Named actors among changed words; the first word of a sentence is none."""
    starts = {s.split(" ", 1)[0] for s in _sentences(whole)}
    found = _NAME.findall(_STATUS.sub(" ", changed))
    return [n for n in found if not _DATE.search(n) and n not in starts]
