"""How much an edit matters to a reader, and why. Pure.

Computed from the edit alone, so that anybody can compute it again. It hides nothing: every edit is told, this says
only how loudly. Reasons are a closed list, the strongest first; the strongest decides the level (design §3). A reason
may say more after a colon: `number: 9.44 km² → 32.44 km² (+244 %)`.

    critical  treaty status (: before → after) · negation · actor of use
    high      money, number (: before → after (±n %)) · date (: before → after) · name · polarity (yes or no, elsewhere)
              direction (rose, fell; at least, at most) · certainty (confirmed, alleged) · chapter
    normal    words · structure · new edition
    low       wording · order · source · link · printed date
"""

import re
from dataclasses import dataclass

from tracker.compare import names, users
from tracker.compare.amounts import change_reason, changed_values, in_place, values_of
from tracker.compare.denials import flips
from tracker.compare.lexicon import ROLE_WORDS
from tracker.compare.sentences import changed_sentences, paired, sentences
from tracker.compare.standing import TREATY, acts, cell_standing, may_change_standing, standings, without_standing
from tracker.compare.vocabulary import listed, lowered
from tracker.document.canonical import norm
from tracker.document.edit import LEVELS, NEUTRAL_KINDS, Edit, EditKind, Level, Salience

MAX_REASONS = 4
FEW_WORDS = 8  # of a cell that is a value

LEVEL_OF: dict[str, Level] = {
    **dict.fromkeys(("treaty status", "negation", "actor of use"), "critical"),
    **dict.fromkeys(("money", "number", "date", "name", "polarity", "direction", "certainty", "chapter"), "high"),
    **dict.fromkeys(("words", "structure", "new edition"), "normal"),
    **dict.fromkeys(("wording", "order", "source", "link", "printed date"), "low"),
}
_ALWAYS: dict[EditKind, Salience] = {
    "date_changed": Salience("low", ("printed date",)),
    "link_changed": Salience("low", ("link",)),
    "note_added": Salience("low", ("source",)),
    "note_removed": Salience("low", ("source",)),
    "note_replaced": Salience("low", ("source",)),
    "new_edition": Salience("normal", ("new edition",)),
    "row_moved": Salience("low", ("order",)),
    "column_moved": Salience("low", ("order",)),
    "section_moved": Salience("low", ("order",)),
    "chapter_moved": Salience("normal", ("structure",)),
    "chapter_added": Salience("high", ("chapter",)),
    "chapter_removed": Salience("high", ("chapter",)),
}
_TITLES = frozenset(("section_renamed", "section_split", "section_merged", "chapter_renamed"))
_MOVES = ("moved", "split", "merged")
_TABLE_PARTS = ("cell_changed", "row_added", "row_removed", "column_added", "column_removed")
_TREATY_PLACE = re.compile(r"\btreaty status\b|\bstatus overview\b|\btreaty overview\b", re.IGNORECASE)
_YES_OR_NO = re.compile(r"(?:yes|no|x|✓|✔|✗|✘|-)\.?", re.IGNORECASE)
_WEIGHTY = re.compile(
    r"\b(?:us(?:e|ed|es|ing)|employ\w*|deploy\w*|laid|lay(?:s|ing)?|fir(?:e|ed|es|ing)|drop(?:ped|s|ping)|launch\w*|"
    r"produc\w*|export\w*|import\w*|transfer\w*|stockpil\w*|acquir\w*|possess\w*|evidence|confirmed|alleg\w*|reported|"
    r"denied|denies|state party|signator(?:y|ies)|acced\w*|accession|ratif\w*|sign(?:s|ed)?|withdr[ae]w\w*|join\w*|"
    r"party to)\b",
    re.IGNORECASE,
)
_UP = frozenset(
    listed(
        "increase increases increased increasing rise rises rose risen rising grow grows grew grown growing "
        "growth gain gains gained higher more least exceed exceeds exceeded exceeding expand expands expanded "
        "expanding over above up"
    )
)
_DOWN = frozenset(
    listed(
        "decrease decreases decreased decreasing decline declines declined declining fall falls fell fallen "
        "falling reduce reduces reduced reducing reduction lower less fewer most shrink shrinks shrank shrunk "
        "under below down upto"
    )
)
_SURE = frozenset(["confirmed", "proven", "proved", "verified", "documented"])
_UNSURE = frozenset(listed("alleged allegedly suspected claimed rumored rumoured possible possibly"))


@dataclass(frozen=True, slots=True)
class _Said:
    """What differs: the sentences that went and came, which became which, and those that did not."""

    gone: list[str]
    came: list[str]
    pairs: list[tuple[str, str]]
    lone: list[str]


def salience(edit: Edit) -> Salience:
    """How much the edit matters, and why: at most four reasons of at most 80 characters."""
    if edit.kind in NEUTRAL_KINDS:
        return Salience("none")
    if edit.kind in _ALWAYS:
        return _ALWAYS[edit.kind]
    if edit.kind in _MOVES and edit.old == edit.new:
        return Salience("low", ("order",))
    why = _reasons(edit)
    if not why:
        return _without_reasons(edit)
    return Salience(max((LEVEL_OF[kind_of(reason)] for reason in why), key=LEVELS.index), tuple(why[:MAX_REASONS]))


def kind_of(reason: str) -> str:
    """The reason without what it says more: `number: 5 → 6` is `number`."""
    return reason.partition(":")[0]


def _without_reasons(edit: Edit) -> Salience:
    if edit.kind in _TITLES:
        return Salience("normal", ("structure",))
    if edit.kind in _MOVES:
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
    """Whether the same words stand in another order or case, or the same status or figure is told in another way."""
    if edit.kind not in ("replaced", "cell_changed"):
        return False
    old, new = norm(edit.old), norm(edit.new)
    here, there = sorted(names.words(old)), sorted(names.words(new))
    if here == there:
        return bool(here)
    if edit.kind == "cell_changed":
        if values_of(edit, old) and len(here) < FEW_WORDS:
            return True
        if cell_standing(old) is not None and cell_standing(old) == cell_standing(new):
            return True
    return bool(standings(old) or cell_standing(old)) and without_standing(old) == without_standing(new)


def _reasons(edit: Edit) -> list[str]:
    """Why the edit matters, strongest first."""
    gone, came = changed_sentences(edit.old, edit.new)
    is_title = edit.kind in _TITLES
    if edit.kind == "cell_changed" and len(gone) == len(came) == 1:
        said = _Said(gone, came, [(gone[0], came[0])], [])
    else:
        said = _Said(gone, came, *paired(gone, came))
    why: list[str] = []
    status = _status(edit, said)
    if status is not None:
        why.append(status)
    flipped = [pair for pair in said.pairs if flips(*pair)]
    if any(_WEIGHTY.search(old) and _WEIGHTY.search(new) for old, new in flipped):
        why.append("negation")
    if not is_title and _other_user(edit, said):
        why.append("actor of use")
    why += changed_values(edit, said.gone, said.came)
    if not is_title and _other_names(edit, said):
        why.append("name")
    if flipped and "negation" not in why and status is None:
        why.append("polarity")
    if any(_is_turned(_UP, _DOWN, *pair) for pair in said.pairs):
        why.append("direction")
    if any(_is_turned(_SURE, _UNSURE, *pair) and _WEIGHTY.search(pair[0]) for pair in said.pairs):
        why.append("certainty")
    return why


# ---------------------------------------------------------------- status, use, names


def _status(edit: Edit, said: _Said) -> str | None:
    if edit.kind in _TABLE_PARTS and edit.cell is not None:
        return _cell_status(edit)
    if edit.kind in _TITLES:
        return None
    here, there = ({s for one in side for s in standings(one)} for side in (said.gone, said.came))
    words = [frozenset().union(*map(lowered, side)) for side in (said.gone, said.came)] if here != there else []
    if words and may_change_standing(words[0] ^ words[1]):
        went, now = sorted(here - there), sorted(there - here)
        if len(went) == 1 and len(now) == 1:
            return change_reason("treaty status", went[0], now[0])
        return "treaty status"
    did, does = ({a for one in side for a in acts(one)} for side in (said.gone, said.came))
    return "treaty status" if did and does and did.isdisjoint(does) else None


def _cell_status(edit: Edit) -> str | None:
    assert edit.cell is not None
    place = bool(_TREATY_PLACE.search(" ".join((edit.cell.table, *edit.section))))
    in_table = place or bool(TREATY.search(f"{edit.cell.row} {edit.cell.column}"))
    old, new = norm(edit.old), norm(edit.new)
    if edit.kind != "cell_changed":
        return "treaty status" if any(map(cell_standing, (*sentences(old), *sentences(new)))) else None
    here, there = cell_standing(old), cell_standing(new)
    if here is not None and there is not None:
        acted, acts_now = acts(old), acts(new)
        if here == there and (not acted or not acts_now or acted == acts_now):
            return None
        return change_reason("treaty status", here, there) if here != there else "treaty status"
    if in_table and ((here or there) or any(_YES_OR_NO.fullmatch(text) for text in (old, new))):
        return "treaty status"
    if place and not _is_only_values(edit, old, new):
        return "treaty status"
    return "treaty status" if here or there else None


def _is_only_values(edit: Edit, old: str, new: str) -> bool:
    """Whether two cells differ in numbers and dates alone."""
    return bool(values_of(edit, old) or values_of(edit, new))


def _other_user(edit: Edit, said: _Said) -> bool:
    """Whether a sentence on the use of a weapon names another actor, or tells of use by someone for the first time."""
    if any(map(users.is_use_by_someone, said.lone)):
        return True
    pairs = [pair for pair in said.pairs if any(map(users.tells_of_handling, pair))]
    if not pairs:
        return False
    texts = norm(edit.old), norm(edit.new)
    of_weapons = users.tells_of_weapons(edit.old) or users.tells_of_weapons(edit.new)
    if any(users.actor_changed(*pair, texts, of_weapons=of_weapons) for pair in pairs):
        return True
    turned = _renamed_in_place(edit)
    are_swapped = len(turned) > 1 and {gone for gone, _ in turned} == {came for _, came in turned}
    return are_swapped and all(users.is_use(old) and users.is_use(new) for old, new in said.pairs)


def _other_names(edit: Edit, said: _Said) -> bool:
    """Whether a name or an actor went, came, or changed its place with another."""
    if any(names.exchanged(said.gone, said.came, norm(edit.old), norm(edit.new))):
        return True
    # A sentence by itself is told like a paragraph by itself: whom it names is news though others name him too.
    for side, other in ((said.gone, said.came), (said.came, said.gone)):
        lone = [one for one in said.lone if one in side]
        if lone and names.exchanged(lone, other, " ".join(lone), " ".join(other))[0]:
            return True
    for old, new in said.pairs:
        if not ROLE_WORDS.isdisjoint(lowered(old) ^ lowered(new)):
            here, there = users.roles(old), users.roles(new)
            if here - there and there - here:
                return True
    return bool(_renamed_in_place(edit))


def _renamed_in_place(edit: Edit) -> list[tuple[str, str]]:
    places = in_place(edit)
    return [(gone.strip(), came.strip()) for gone, came in places if names.are_other_names(gone, came)]


def _is_turned(one: frozenset[str], other: frozenset[str], old: str, new: str) -> bool:
    """Whether a word of one list gave way to a word of the other."""
    here, there = lowered(old.replace("up to", "upto")), lowered(new.replace("up to", "upto"))
    gone, came = here - there, there - here
    if one.isdisjoint(gone | came):
        return False
    return bool((one & gone and other & came) or (one & came and other & gone))
