"""Who uses a weapon, makes, moves or keeps it, as a sentence tells it. Pure.

Lives here: sentences of use, their actors by name or by what they are. Not here: names elsewhere (names.py), word lists
(lexicon.py), how much it weighs (weigh.py).
"""

import re

from tracker.compare.lexicon import GENERIC, ROLE_WORDS, ROLES
from tracker.compare.names import NO_NAMES, bare_name, said_names, unless_spelled_out, without_kin
from tracker.compare.vocabulary import WORD, content, listed, lowered, stem, vocabulary

_AWAY = re.compile(
    r"\b(?:in|at|near|around|inside|outside|on|during|into|over|across|against|above|under|to|along|since|before|after)"
    r"\s+(?:the\s+)?(?:[A-Z][\w’'-]*(?:\s+(?:of|the|and)\s+(?=[A-Z])|\s+|(?=[,;.])))+"
)
_TOLD_BY = re.compile(r"\b(?:that|said|says|reported|reports|alleged|alleges|claimed|claims|accused)\b", re.IGNORECASE)
_BY = re.compile(r"\bby\b([^,;:.]*)")
_USING = (
    r"us(?:e|ed|es|ing)|employ(?:s|ed|ing)?|deploy(?:s|ed|ing)?|laid|lays?|laying|plant(?:ed|s|ing)|fir(?:ed|es|ing)|"
    r"drop(?:ped|s|ping)|launch(?:ed|es|ing)|emplac\w+|scatter\w*|shell(?:ed|ing)"
)
_USE = re.compile(rf"\b(?:{_USING})\b", re.IGNORECASE)
_HANDLING = re.compile(
    rf"\b(?:{_USING}|produc\w*|export\w*|import\w*|transfer\w*|stockpil\w*|acquir\w*|possess\w*)\b", re.IGNORECASE
)
_WEAPON = re.compile(
    r"\b(?:mines?|cluster|munitions?|submunitions?|bombs?|bomblets?|weapons?|landmines?|rockets?|missiles?|"
    r"antipersonnel|anti-personnel|explosives?|ieds?|booby[- ]?traps?)\b",
    re.IGNORECASE,
)
# What names a weapon and is none: offices, trades and treaties.
_NO_WEAPON = re.compile(
    r"\bmine[ -](?:action|ban|clearance|detect\w+|risk|victim\w*|survivor\w*|aware\w+|rollers?|dogs?|free)\b|"
    r"\bcluster munition monitor\b|\bconvention on cluster munitions\b|\bweapons? contamination\b|\bused to\b",
    re.IGNORECASE,
)
_HANDLING_STEMS = frozenset(
    map(
        stem,
        listed(
            "use used using employ deploy deployment laid lay laying plant planted fire fired firing drop "
            "dropped dropping launch launched launcher emplaced emplacement scatter scattered shelled "
            "shelling produce producer producing production export exporter exportation import importer "
            "importation transfer transferred transferring stockpile stockpiling acquire acquisition "
            "acquiring possess possession possesses"
        ),
    )
)
_WEAPON_STEMS = frozenset(
    map(
        stem,
        listed(
            "mine mines cluster munition munitions submunition submunitions bomb bombs bomblet bomblets "
            "weapon weapons landmine landmines rocket rockets missile missiles antipersonnel anti-personnel "
            "explosive explosives ied ieds booby-trap booby-traps trap traps"
        ),
    )
)
_PRONOUN = re.compile(r"\b(?:it|they|he|she|its|their|his|her|them)\b", re.IGNORECASE)


def tells_of_handling(text: str) -> bool:
    """Whether a text has a word of use, production, transfer or stockpile at all."""
    return not _HANDLING_STEMS.isdisjoint(content(text))


def is_use(sentence: str, *, of_weapons: bool = False) -> bool:
    """Whether a sentence tells of a weapon's use, production, transfer or stockpile. of_weapons: its text does."""
    if not tells_of_handling(sentence):
        return False
    return bool(_HANDLING.search(sentence)) and (of_weapons or tells_of_weapons(sentence))


def tells_of_weapons(text: str) -> bool:
    """Whether a text names a weapon that is one."""
    if not text or _WEAPON_STEMS.isdisjoint(content(text)):
        return False
    return bool(_WEAPON.search(_NO_WEAPON.sub(" ", text)))


def is_use_by_someone(sentence: str) -> bool:
    """Whether a sentence tells who used a weapon, or made, moved or keeps it."""
    if not is_use(sentence):
        return False
    return any(actors(_NO_WEAPON.sub(" ", sentence)))


def is_attack_by_someone(sentence: str) -> bool:
    """Whether a sentence tells who used a weapon, not only who has it."""
    return is_use_by_someone(sentence) and bool(_USE.search(_NO_WEAPON.sub(" ", sentence)))


def actor_changed(old: str, new: str, texts: tuple[str, str], *, of_weapons: bool) -> bool:
    """Whether a reworded sentence tells of other actors. texts: the whole texts, where a pronoun may lean on a name."""
    if not any(_tells_actor(word) for word in vocabulary(old) ^ vocabulary(new)):
        return False
    if is_use(old, of_weapons=of_weapons) and is_use(new, of_weapons=of_weapons):
        (here, had), (there, have) = actors(old), actors(new)
        if had - {"state"} != have - {"state"}:
            return True
        lost = _unmatched(here, there, texts[0], texts[1])
        won = _unmatched(there, here, texts[1], texts[0])
        if (lost and not won and _PRONOUN.search(new)) or (won and not lost and _PRONOUN.search(old)):
            said = said_names(texts[1 if lost else 0])
            return not said.issuperset(lost or won)
        if lost or won:
            # A state's forces are the state: naming either is naming both.
            return True
        return not here and had != have
    return is_attack_by_someone(old) != is_attack_by_someone(new) and _is_silent(new if is_use(old) else old)


def _tells_actor(word: str) -> bool:
    """Whether a word that went or came can change who does it."""
    if word[0].isupper() and bare_name(word) not in NO_NAMES:
        return True
    bare = word.lower()
    return bare in ROLE_WORDS or bare == "by" or stem(word) in _HANDLING_STEMS or bool(_PRONOUN.fullmatch(word))


def _is_silent(sentence: str) -> bool:
    return not _HANDLING.search(sentence)


def _unmatched(here: set[str], there: set[str], text: str, other: str) -> set[str]:
    left = without_kin(here - there, there)
    printed = {bare_name(w): w for w in WORD.findall(text)}
    kept = unless_spelled_out([printed.get(n, n) for n in left], text, other)
    return {bare_name(n) for n in kept}


def actors(sentence: str) -> tuple[set[str], set[str]]:
    """Who does it in a sentence of use: names, and roles; before a verb or after `by`."""
    parts: list[str] = []
    at = 0
    for verb in _HANDLING.finditer(sentence):
        parts.append(_AWAY.sub(" ", _doer(sentence[at : verb.start()])))
        if not at:
            parts += (by[1] for by in _BY.finditer(sentence, verb.end()))
        at = verb.end()
    found: set[str] = set()
    for part in parts:
        for word in WORD.findall(part):
            bare = bare_name(word)
            if word[0].isupper() and bare not in NO_NAMES and bare not in GENERIC and not _WEAPON.fullmatch(word):
                found.add(bare)
    return found, roles(" ; ".join(parts))


def _doer(head: str) -> str:
    """What stands before a verb, without who tells of it: `witnesses said that Elbonia`."""
    for told in _TOLD_BY.finditer(head):
        rest = head[told.end() :]
        if any(word[0].isupper() for word in rest.split()) or roles(rest):
            return rest
    return head


def roles(text: str) -> set[str]:
    """Actors told by what they are, each class under one name."""
    said = lowered(text)
    found = {ROLES[word] for word in said & ROLE_WORDS if word in ROLES}
    return {*found, "rebels"} if "armed" in said and not said.isdisjoint(("group", "groups")) else found
