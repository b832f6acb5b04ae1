"""Yes and no: whether a sentence that was reworded denies what it said, or says what it denied. Pure.

A negator denies its clause. Two sentences are told apart by the words that they share: a word that was denied and is
now told is a flip, whatever way the denial is worded ("has not used", "never used", "denied using"). Two negators in
one clause are none, "not only" and "not … until 2019" deny nothing, and a prefix counts where the other sentence has
the word without it ("unconfirmed", "confirmed").
"""

import re
from itertools import pairwise

from tracker.compare.vocabulary import WORD, is_empty, listed, lowered, stem

_IDIOMS = re.compile(
    r"\bnot (?:(?:only|merely|just|simply)\b(?=.*\b(?:but|also)\b)|to mention\b)|"
    r"\b(?:no|without(?: a)?) doubt\b|\bwhether or not\b|"
    r"\bno (?:later|sooner|less|more|fewer|other) than\b|\bnothing but\b|\bnos?\.? ?(?=\d)|"
    r"\b(?<=did )not(?=\b[^.;]*\buntil\b)|\b(?<=had )not(?=\b[^.;]*\buntil\b)|\bnon-?(?=state\b(?! part))|\bused to\b",
    re.IGNORECASE,
)
# A sign that it may stand there, where it stands, the plain way of saying it.
_SAME = (
    ("ignator", re.compile(r"\bnon-?signator(?:y|ies)\b", re.I), "not a State Party"),
    ("arty", re.compile(r"\b(?:non-state party|states? not party)\b", re.I), "not a State Party"),
    ("outside", re.compile(r"\b(?:remain|stay)(?:s|ed|ing)? outside(?: of)?\b", re.I), "not party to"),
    ("yet to", re.compile(r"\byet to\b"), "not to"),
    ("n't", re.compile(r"\bcan't\b", re.I), "can not"),
    ("n't", re.compile(r"\bwon't\b", re.I), "will not"),
    ("n't", re.compile(r"n't\b"), " not"),
    ("cannot", re.compile(r"\bcannot\b"), "can not"),
)
_CONDITIONAL = re.compile(r"declin\w+ to\b|disput\w+ (?:that|this|the claim|the report|any|having)\b", re.IGNORECASE)
_AUXILIARY = r"(?:has|have|had|did|does|do|is|are|was|were|it|they|he|she|not|never|no|can|will|would)\b"
_TURN = r"(?:but|while|whereas|although|though|because|due to|owing to|since|unless|if|which|who)\b|(?=nor\b)"
_CLAUSE = re.compile(
    rf"[;:()]|, (?:{_TURN}|(?=(?:not|no|never|it|they|he|she)\b)|and (?={_AUXILIARY}))|"
    rf" (?:{_TURN}|and (?={_AUXILIARY}))"
)
_PREFIX = re.compile(r"(?:un|in|im|il|ir|dis|non-?)(?=\w{4})")
_NEGATORS = frozenset(
    listed(
        "not no never neither nor none without nobody nothing nowhere hardly scarcely barely deny denies "
        "denied denying fail fails failed failing refuse refuses refused refusing reject rejects rejected "
        "rejecting unable unwilling decline declines declined declining lack lacks lacked lacking cease "
        "ceases ceased ceasing stop stops stopped stopping halt halts halted halting discontinue discontinues "
        "discontinued discontinuing disputes disputed insufficient impossible nicht kein keine keiner keinen "
        "keinem keines nie pas jamais aucun aucune nunca jamás ninguno ninguna ningún не нет никогда ни"
    )
)
# Where none of these stands, and no word has a prefix that the other lacks, nothing is denied.
DENIES = _NEGATORS | frozenset(listed("t cannot non signatory signatories nonsignatory nonsignatories outside yet"))
_IDIOM_WORDS = frozenset(listed("only merely just simply mention doubt whether than nothing no nos until non used"))


def flips(old: str, new: str) -> bool:
    """Whether one sentence denies what the other tells. old, new: in comparison form, the one the other reworded."""
    here_said, there_said = lowered(old), lowered(new)
    if DENIES.isdisjoint(here_said) and DENIES.isdisjoint(there_said) and not _prefixed(here_said ^ there_said):
        return False
    told = [_unfolded(text) for text in (old, new)]
    counted = [_negators(told[0], told[1]), _negators(told[1], told[0])]
    if not counted[0] and not counted[1]:
        return False
    here, there = (_signs(text, marks) for text, marks in zip(told, counted, strict=True))
    shared = here[0].keys() & there[0].keys()
    confirmed = [w for w in shared if here[0][w] == {True} and there[0][w] == {False}]
    denied = [w for w in shared if here[0][w] == {False} and there[0][w] == {True}]
    if len(counted[0]) == len(counted[1]):
        return bool(confirmed and denied and here[1] > 1 and there[1] > 1)
    if not shared:
        return len(counted[0]) % 2 != len(counted[1]) % 2
    return bool(confirmed or denied)


def denied_at(sentence: str) -> list[tuple[str, bool]]:
    """The clauses of a sentence, each with whether it is denied."""
    if DENIES.isdisjoint(lowered(sentence)):
        return [(sentence[a:b], False) for a, b in _clauses(sentence)]
    told = _unfolded(sentence)
    marks = _negators(told, "")
    return [(told[a:b], sum(a <= at < b for at in marks) % 2 == 1) for a, b in _clauses(told)]


def _unfolded(text: str) -> str:
    for sign, pattern, plain in _SAME:
        if sign in text:
            text = pattern.sub(plain, text)
    return text if _IDIOM_WORDS.isdisjoint(lowered(text)) else _IDIOMS.sub(" ", text)


def _prefixed(words: frozenset[str]) -> list[str]:
    return [word for word in words if _PREFIX.match(word)]


def _is_negator(word: re.Match[str]) -> bool:
    bare = word[0].lower()
    if bare not in _NEGATORS:
        return False
    return not bare.startswith(("declin", "disput")) or bool(_CONDITIONAL.match(word.string, word.start()))


def _negators(text: str, other: str) -> list[int]:
    """Where a text denies: negators, and prefixes of words that the other text has without them."""
    found = [word.start() for word in WORD.finditer(text) if _is_negator(word)]
    prefixed = _prefixed(lowered(text) - lowered(other)) if other else []
    if not prefixed:
        return found
    said = {stem(word) for word in WORD.findall(other)}
    for word in WORD.finditer(text):
        prefix = _PREFIX.match(word[0].lower())
        if prefix is None or word.start() in found:
            continue
        if stem(word[0][prefix.end() :]) in said and stem(word[0]) not in said:
            found.append(word.start())
    return found


def _clauses(text: str) -> list[tuple[int, int]]:
    cuts = [m.start() for m in _CLAUSE.finditer(text)]
    bounds = [0, *cuts, len(text)]
    return [(a, b) for a, b in pairwise(bounds) if text[a:b].strip(" ,;:()")]


def _signs(text: str, marks: list[int]) -> tuple[dict[str, set[bool]], int]:
    """For each word that carries meaning, whether the clauses that hold it are denied; and how many clauses."""
    found: dict[str, set[bool]] = {}
    clauses = _clauses(text)
    at = set(marks)
    for a, b in clauses:
        inside = [m for m in marks if a <= m < b]
        is_denied = len(inside) % 2 == 1
        for word in WORD.finditer(text, a, b):
            bare = word[0]
            if word.start() in at:
                prefix = _PREFIX.match(bare.lower())
                if prefix is None or bare.lower() in _NEGATORS:
                    continue
                bare = bare[prefix.end() :]
            if not is_empty(bare):
                found.setdefault(stem(bare), set()).add(is_denied)
    return found, len(clauses)
