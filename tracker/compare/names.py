"""Who a text names: states, organisations, persons. Pure.

Lives here: names of sentences, when two names are one (an acronym and what it stands for, a people and its state, a
title). Not here: word lists (lexicon.py), who uses a weapon (users.py), how much it weighs (weigh.py).
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from tracker.compare.lexicon import GENERIC, HONORIFICS, OPENERS, PEOPLES, SURE_NAMES
from tracker.compare.moments import MONTHS
from tracker.compare.standing import SAID, tells_standing
from tracker.compare.values import NUMBER_WORDS
from tracker.compare.vocabulary import WORD, listed, vocabulary

_CAPITAL = re.compile(r"(?<![^\W_])(?<!\w[’'./-])[^\Wa-z_][^\W_]*(?:[’'./-][^\W_]+)*")
_COMMON_ENDING = re.compile(
    r"(?:tions?|ments?|ings?|ness|it(?:y|ies)|[ae]nces?|ers|ors|als|ly|ed|ists?|ages?|ships?|hoods?|isms?|ful|less|ous|"
    r"ives?|ables?|ibles?|[utnrc]al|ial|ary|ory|ures)$"
)
_PLURAL = re.compile(r"(?<![suio])s$")
_PLURAL_NAME = re.compile(r"(?:ians|eans|ese|ites|istas|stanis)$")
_PEOPLE_ENDING = re.compile(r"(?:(?<=[aeio])ns?|ians?|eans?|ans?|ese|ish|is?|ic|'s|s)$")
FEW_WORDS = 3  # blanks of a sentence that can be shouted: "HALO TRUST" is a name
FEW = 50  # names that are looked at as acronyms, abbreviations or kin of others: beyond it, names differ
NO_NAMES = OPENERS | NUMBER_WORDS
_LINKS = frozenset(("of", "for", "the", "and", "on", "in", "to", "de", "du", "des", "la", "against"))
_CURRENCIES = frozenset(listed("USD EUR GBP CHF JPY CNY NOK SEK DKK AZN AUD CAD RUB UAH dollar dollars"))
_CURRENCY = re.compile(rf"[A-Z]{{1,2}} ?\$|\b(?:{'|'.join(sorted(_CURRENCIES))})\b|\bUS (?=dollars?)")


def words(text: str) -> list[str]:
    """The words of a text whatever their case, without a possessive ending."""
    return [bare_name(word) for word in WORD.findall(text)]


@lru_cache(maxsize=64)
def said_names(text: str) -> frozenset[str]:
    return frozenset(map(bare_name, vocabulary(text)))


def names(told: Iterable[str], told_too: Iterable[str] = ()) -> list[str]:
    """The names in sentences, as printed. told_too: sentences whose words in lower case are no names either."""
    found: list[str] = []
    said: set[str] | None = None
    told = tuple(told)
    for sentence in told:
        text = sentence
        if "$" in text or not _CURRENCIES.isdisjoint(vocabulary(text)):
            text = _CURRENCY.sub(" ", text)
        if _is_shouted(text):
            continue
        text = SAID.sub(" ", text) if tells_standing(text) else text
        for word in _CAPITAL.finditer(text):
            name = word[0]
            if not name[0].isupper() and not _is_code(name):
                continue
            head, _, tail = name.partition("-")
            if tail and tail.isalpha() and tail.islower():
                name = head  # "ERW-affected"
            bare = bare_name(name)
            if bare in MONTHS or bare in GENERIC or bare in HONORIFICS or (len(name) == 1 and name != "X"):
                continue
            if not text[: word.start()].strip("\"'( ") and bare not in SURE_NAMES:
                said = said if said is not None else in_lower_case((*told, *told_too))
                if not _opens_as_name(name, text[word.end() :], said):
                    continue
            found.append(name)
    return found


def _is_shouted(text: str) -> bool:
    """Whether a whole sentence stands in capitals, so that they name nobody."""
    return text.isupper() and text.count(" ") >= FEW_WORDS


@lru_cache(maxsize=8192)
def bare_name(word: str) -> str:
    return word.casefold().removesuffix("'s").removesuffix("’s")


def _is_code(word: str) -> bool:
    """Whether figures and letters make a name: `M095`, `LAR-160`, `9N235`."""
    return not word.isalpha() and word[-1:] not in "²³" and bool(re.match(r"(?:[A-Z]+-?\d|\d+[A-Z]+\d)", word))


def _opens_as_name(word: str, rest: str, said: set[str]) -> bool:
    """Whether the first word of a sentence is a name. Wrong now and then: it errs to names."""
    bare = bare_name(word)
    if (word.isupper() and len(word) > 1) or bare in SURE_NAMES or bare in PEOPLES:
        return True
    if bare in said or _COMMON_ENDING.search(bare) or all(part in NO_NAMES for part in (bare, *bare.split("-"))[-2:]):
        return False
    is_followed_by_name = rest[:2].strip()[:1].isupper()
    is_plural = _PLURAL.search(bare) and not _PLURAL_NAME.search(bare)
    singular = bare.removesuffix("s")
    return is_followed_by_name or not (is_plural or singular in OPENERS or (not rest.strip(" .") and is_plural))


def in_lower_case(texts: Iterable[str]) -> set[str]:
    """The words that stand in lower case somewhere in the texts."""
    return {word for text in texts for word in vocabulary(text) if word[0].islower()}


def exchanged(gone: Sequence[str], came: Sequence[str], old: str, new: str) -> tuple[list[str], list[str]]:
    """Which names of the sentences that went are nowhere in the new text, and the other way round.

    An acronym is what it stands for, a people is its state, an abbreviation is the word.
    """
    here, there = names(gone, came), names(came, gone)
    kept = {bare_name(name) for name in here} & {bare_name(name) for name in there}
    lost = _missing([name for name in here if bare_name(name) not in kept], new)
    won = _missing([name for name in there if bare_name(name) not in kept], old)
    if lost or won:
        lost, won = unless_spelled_out(lost, old, new), unless_spelled_out(won, new, old)
    if lost and won and len(lost) * len(won) <= FEW * FEW:
        lost, won = (
            [n for n in lost if not any(_are_one(n, other) for other in won)],
            [n for n in won if not any(_are_one(n, other) for other in lost)],
        )
    return lost, won


def _missing(found: list[str], text: str) -> list[str]:
    """The names that are not in a text, neither as printed nor as those of kin."""
    if not found:
        return []
    there = said_names(text)
    absent = [name for name in dict.fromkeys(found) if bare_name(name) not in there]
    return without_kin(absent, there) if absent else []


def without_kin(absent: Iterable[str], there: Iterable[str]) -> list[str]:
    kin: dict[str, list[str]] = {}
    for word in there:
        for form in _forms(word):
            kin.setdefault(form, []).append(word)
    return [name for name in absent if not _has_kin(bare_name(name), kin)]


def _has_kin(bare: str, kin: dict[str, list[str]]) -> bool:
    return any(_are_kin(bare, word) for form in _forms(bare) for word in sorted(kin.get(form, ()))[:FEW])


def _forms(bare: str) -> set[str]:
    """What a state and its people have in common: `ruritania` and `ruritanian` both give `ruritan`."""
    told = PEOPLES.get(bare, bare)
    cut = _PEOPLE_ENDING.sub("", told)
    return {form.rstrip("aeiouy") for form in (told, cut) if len(form) > 2} | {told}


def _are_kin(a: str, b: str) -> bool:
    """Whether one word names the people of the state that the other names."""
    if PEOPLES.get(a, a) == PEOPLES.get(b, b):
        return True
    for state, people in ((a, b), (b, a)):
        base = state.rstrip("aeiouy")
        if len(base) >= 3 and people.startswith(base) and len(people) > len(base) and state != "niger":
            ending = people[len(base) :]
            if people != state and re.fullmatch(r"(?:[aeiou]?ns?|i?ans?|eans?|ese|ish|is?|ic|s)", ending):
                return True
    return False


def _are_one(a: str, b: str) -> bool:
    """Whether one is the other abbreviated: `Amb` and `Ambassador`."""
    short, long = sorted((bare_name(a), bare_name(b)), key=len)
    return 2 < len(short) < len(long) and long.startswith(short) and len(short) <= 4


def unless_spelled_out(missing: list[str], here: str, there: str) -> list[str]:
    """The names of one text but for acronyms that the other spells out, and words that it tells by their acronym."""
    if not missing:
        return missing
    acronyms = list(filter(_is_acronym, missing))[:FEW]
    spelled = _runs(there) if acronyms else []
    known = {n for n in acronyms if any(_spelled(n, run) for run in spelled)}
    runs = None
    for acronym in list(dict.fromkeys(w for w in WORD.findall(there) if _is_acronym(w)))[:FEW]:
        runs = runs if runs is not None else _runs(here)
        for run in runs:
            known |= set(_spelled(acronym, run))
    return [n for n in missing if n not in known]


def _is_acronym(word: str) -> bool:
    return 2 <= len(word) <= 8 and word.isupper() and word.isalpha()


def _runs(text: str) -> list[list[str]]:
    """Runs of words with capitals, small links between them left out."""
    found: list[list[str]] = [[]]
    end = 0
    for word in WORD.finditer(text):
        if text[end : word.start()].strip(" -'’\"&"):
            found.append([])
        if word[0][0].isupper():
            found[-1].append(word[0])
        elif word[0] not in _LINKS:
            found.append([])
        end = word.end()
    return [run for run in found if run]


def _spelled(acronym: str, run: list[str]) -> list[str]:
    """The words of a run that an acronym stands for."""
    for start in range(len(run)):
        letters = ""
        for at in range(start, len(run)):
            word = run[at]
            letters += word if _is_acronym(word) else "".join(part[0] for part in word.split("-") if part)
            if letters.upper() == acronym and at > start:
                return run[start : at + 1]
            if not acronym.startswith(letters.upper()):
                break
    return []


def are_other_names(old: str, new: str) -> bool:
    """Whether nothing but a name stands where nothing but another one stood."""
    for text in (old, new):
        if not all(w[0].isupper() or w in _LINKS for w in WORD.findall(text)):
            return False
    here, there = names([f"x {old}"]), names([f"x {new}"])
    if any(bare_name(n) in OPENERS or _COMMON_ENDING.search(n) for n in (*here, *there)):
        return False
    return all(exchanged(here, there, old, new))
