"""What sentences say that matters to a reader: status, use, actors, names, numbers, yes or no. Pure.

Lives here: word lists, and what is read off two lists of changed sentences. Not here: how much it weighs (weigh.py).
"""

import re
from collections.abc import Sequence

from rapidfuzz.distance import Indel

from tracker.document.canonical import norm

SAME_SENTENCE = 0.4  # of so many equal words one sentence is the other, reworded
MAX_PAIRS = 400  # pairs of changed sentences; above it all that went is taken for what all that came was
MAX_WORDS = 200  # of a sentence are looked at

_NEGATION = re.compile(
    r"\b(?:not|no|never|neither|nor|none|without|cannot|non|nobody|nothing)\b|n't\b"
    r"|\b(?:den(?:y|ies|ied|ying)|fail(?:s|ed|ing)?|refus(?:e|es|ed|ing)|reject(?:s|ed|ing)?|unable|unwilling|"
    r"declin(?:e|es|ed|ing) to|lack(?:s|ed|ing)?|ceas(?:e|es|ed|ing)|disput(?:e|es|ed|ing))\b",
    re.IGNORECASE,
)
_OUTSIDE = (
    r"not (?:yet )?(?:a |an )?(?:state party|states parties|signatory)|non-state party|non-signator(?:y|ies)|"
    r"states? not party|not (?:yet )?party"
)
_STATUS = re.compile(
    rf"\b(?:(?P<outside>{_OUTSIDE})|(?P<party>states? part(?:y|ies)|party to)|(?P<signatory>signator(?:y|ies))|"
    r"(?P<acceded>acced\w*|accession)|(?P<ratified>ratif\w*)|(?P<signed>sign(?:ed|s)?)|(?P<left>withdr[ae]w\w*)|"
    r"(?P<joined>join(?:ed|s)?))\b",
    re.IGNORECASE,
)
_ACT = re.compile(r"\b(?:acced\w*|accession|ratif\w*)\b", re.IGNORECASE)
_TREATY_ACT = re.compile(r"\b(?:sign(?:ed|s|ing)?|signature|withdr[ae]w\w*|join(?:ed|s|ing)?|part(?:y|ies))\b", re.I)
_TREATY = re.compile(r"\b(?:convention|treaty|protocol|accord|ccm|mbt)\b", re.IGNORECASE)
_USE = re.compile(
    r"\b(?:us(?:e|ed|es|ing)|employ\w*|deploy\w*|laid|fir(?:ed|es|ing)|drop(?:ped|s|ping)|launch\w*|produc\w*|"
    r"export\w*|import\w*|transfer\w*|stockpil\w*|acquir\w*|possess\w*)\b",
    re.IGNORECASE,
)
_WEAPON = re.compile(
    r"\b(?:mines?|cluster|munitions?|bombs?|weapons?|landmines?|rockets?|missiles?|antipersonnel|explosive)\b",
    re.IGNORECASE,
)
# What names a weapon and is none: offices, trades and treaties.
_NO_WEAPON = re.compile(
    r"\bmine (?:action|ban|clearance|detect\w+|risk|victim\w*|survivor\w*|aware\w+)\b|\bmine detection\b|"
    r"\bcluster munition monitor\b|\bconvention on cluster munitions\b|\bused to\b",
    re.IGNORECASE,
)
_EVIDENCE = re.compile(r"\b(?:evidence|confirmed|alleg\w*|reported|denied|denies)\b", re.IGNORECASE)
_ROLE = re.compile(
    r"\b(?:government|rebels?|army|military|opposition|militias?|insurgents?|separatists?|guerrillas?|police|regime|"
    r"troops|soldiers|forces)\b",
    re.IGNORECASE,
)
_BY = re.compile(r"\bby\b([^,;:.]*)")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*|[a-z]+")
_NUMBER_WORDS = frozenset(
    (
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        + "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands "
        + "million millions billion billions dozen dozens half halves third thirds quarter quarters twice double "
        + "doubled triple tripled"
    ).split()
)
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
DATE = re.compile(rf"\b{_MONTH}\b|\b(?:19|20)\d\d\b")
_NAME = re.compile(r"\b[A-Z][\w’'-]*[a-z][\w’'-]*|\b[A-Z]{2,}\b")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)]*\s+(?=[A-Z“\"'(])")
_COMMON_ENDING = re.compile(r"(?:tions?|ments?|ing|ness|it(?:y|ies)|[ae]nces?|ers|ors|als|ly|ed|ists?|ages?)$")
_NAMES_ALL_THE_SAME = frozenset(("France", "Beijing", "Algiers", "Carthage"))
# Words that open a sentence and are no names.
_OPENING_WORDS = (
    "A According Additionally After All Also Although An And Any Are Area Areas As At Before Both But By Clear "
    "Cluster Contamination Data During Each Earlier Efforts Every Few For From Funds Further Furthermore Had Half "
    "Has Have He Hence Her His How However If In Into Is It Its Land Landmines Last Later Less Like Many Mine "
    "Mines Money More Moreover Most Much Neither Nevertheless New Next No None Nor Not Nothing Now Of On Once One "
    "Only Or Other Others Our Over People Per Plans Previously Prior Recent Several She Since So Some Staff State "
    "States Still Such Teams Than That The Their Then There These They This Those Though Through Thus To Today "
    "Total Under Unlike Until Up Upon Use Vague Victims Was We Were What When Where Whether Which While Who With "
    "Within Without Work Yes Yet"
)
_OPENERS = frozenset(_OPENING_WORDS.split())


def sentences(text: str) -> list[str]:
    """The sentences of a text, in comparison form."""
    return _SENTENCE_END.split(norm(text))


def changed_sentences(old: str, new: str) -> tuple[list[str], list[str]]:
    """The sentences that only one of two texts has."""
    told = sentences(old), sentences(new)
    old_ones, new_ones = set(told[0]), set(told[1])
    return [s for s in told[0] if s and s not in new_ones], [s for s in told[1] if s and s not in old_ones]


def paired(gone: Sequence[str], came: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Which changed sentence became which, and those that only went or came."""
    if len(gone) == len(came):
        return list(zip(gone, came, strict=True)), []
    if len(gone) * len(came) > MAX_PAIRS:
        return [(" ".join(gone), " ".join(came))], []
    words = [[s.casefold().split()[:MAX_WORDS] for s in side] for side in (gone, came)]
    found = sorted(
        (-round(Indel.normalized_similarity(a, b), 2), abs(i - j), i, j)
        for i, a in enumerate(words[0])
        for j, b in enumerate(words[1])
    )
    there: dict[int, int] = {}
    for score, _, i, j in found:
        if -score >= SAME_SENTENCE and i not in there and j not in there.values():
            there[i] = j
    lone = [s for i, s in enumerate(gone) if i not in there]
    lone += [s for j, s in enumerate(came) if j not in there.values()]
    return [(gone[i], came[j]) for i, j in sorted(there.items())], lone


def says_no(sentence: str) -> bool:
    """Whether a sentence denies what it tells: two denials are none."""
    return len(_NEGATION.findall(sentence)) % 2 == 1


def is_weighty(sentence: str) -> bool:
    """Whether a sentence is about a treaty status, the use of a weapon, or evidence of it."""
    return bool(_STATUS.search(sentence) or _USE.search(sentence) or _EVIDENCE.search(sentence))


def status(text: str) -> list[str]:
    """What a text says of treaty status, each way of saying it under one name."""
    return sorted(str(m.lastgroup) for m in _STATUS.finditer(text))


def without_status(text: str) -> str:
    """The text without what it says of treaty status."""
    return " ".join(_STATUS.sub(" ", text).casefold().split())


def is_treaty_act(sentence: str) -> bool:
    """Whether a sentence tells of accession, ratification, signature or withdrawal."""
    return bool(_ACT.search(sentence) or (_TREATY_ACT.search(sentence) and _TREATY.search(sentence)))


def is_use(sentence: str) -> bool:
    """Whether a sentence tells of a weapon's use, production, transfer or stockpile."""
    return bool(_USE.search(sentence) and _WEAPON.search(sentence))


def is_use_by_someone(sentence: str) -> bool:
    """Whether a sentence that stands alone tells who used a weapon."""
    bare = _NO_WEAPON.sub(" ", sentence)
    return is_use(bare) and bool(actors(bare))


def actors(sentence: str) -> list[str]:
    """Who does it in a sentence of use: named or by their role, before the verb or after `by`."""
    verb = _USE.search(sentence)
    if verb is None:
        return []
    parts = [sentence[: verb.start()], *_BY.findall(sentence[verb.end() :])]
    found = [w for part in parts for w in re.findall(r"\b[A-Z][\w'-]+", part)]
    named = [w for w in found if not DATE.fullmatch(w) and w not in _OPENERS and not _WEAPON.fullmatch(w)]
    roles = [w.casefold() for part in parts for w in _ROLE.findall(part)]
    return sorted({*named, *roles})


def numbers(text: str) -> list[str]:
    """The numbers of a text, in figures or in words."""
    return [n for n in _FIGURE.findall(text.casefold()) if n in _NUMBER_WORDS or n[0].isdigit()]


def names(told: Sequence[str], *, starts: bool) -> list[str]:
    """Named actors of sentences. starts: whether a first word may be one."""
    found: list[str] = []
    for sentence in told:
        bare = _STATUS.sub(" ", sentence)
        first = sentence.split(" ", 1)[0].strip("“\"'(,.;:")
        for name in _NAME.findall(bare):
            if DATE.search(name) or (name == first and not (starts and _is_name(name))):
                continue
            found.append(name)
    return found


def _is_name(word: str) -> bool:
    """Whether the first word of a sentence is a name rather than any word. Wrong now and then: it errs to names."""
    if word.isupper() and len(word) > 1:
        return True
    return word in _NAMES_ALL_THE_SAME or not (word in _OPENERS or _COMMON_ENDING.search(word))


def words(told: Sequence[str]) -> list[str]:
    """The words of sentences whatever their case."""
    return [w for sentence in told for w in re.findall(r"\w[\w’'-]*", sentence.casefold())]
