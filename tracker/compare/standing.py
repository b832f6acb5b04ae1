"""What a text says of a state's standing in a treaty: party, signatory, outside, left, or on its way. Pure.

Each way of saying it has one name: "Not a State Party", "Non-signatory", "has not acceded" are `outside`. Groups of
states ("told States Parties") and calls upon others ("urged all states to join") say nothing of it.
"""

import re

from tracker.compare.denials import DENIES, denied_at
from tracker.compare.vocabulary import listed, lowered

TREATY = re.compile(
    r"\b(?:conventions?|treat(?:y|ies)|protocols?|accords?|ccm|mbt|ccw|crpd|apmbc|att)\b", re.IGNORECASE
)
SAID = re.compile(
    r"\b(?:(?P<outside>non-?signator(?:y|ies)|non-state party|state not party|not (?:yet )?(?:an? )?(?:state )?party|"
    r"not (?:yet )?(?:an? )?signatory|(?:remain|stay)(?:s|ed|ing)? outside)|"
    r"(?P<party>state party|party(?= to\b)|bec[ao]m(?:e|es|ing) party)|(?P<signatory>signatory)|"
    r"(?P<acceded>acced(?:e|es|ed|ing)|accession)|(?P<ratified>ratif(?:y|ies|ied|ying|ication))|"
    r"(?P<joined>join(?:s|ed|ing)?)|(?P<signed>sign(?:s|ed|ing)|signature|sign(?= the))|"
    r"(?P<left>withdr[ae]w(?:s|n|ing|al)?|denounc(?:e|es|ed|ing)|denunciation))\b",
    re.IGNORECASE,
)
_WORDS = frozenset(
    listed(
        "signatory signatories nonsignatory nonsignatories party parties outside accede accedes acceded "
        "acceding accession ratify ratifies ratified ratifying ratification join joins joined joining sign "
        "signs signed signing signature withdraw withdraws withdrew withdrawn withdrawing withdrawal denounce "
        "denounces denounced denouncing denunciation"
    )
)
_STRONG = re.compile(r"state |signator|acced|access|ratif", re.IGNORECASE)  # says standing without a treaty's name
_DONE = re.compile(
    r"acceded|ratified|ratifies|accedes|joined|joins|signed|signs|withdrew|withdrawn|withdraws|denounced|denounces",
    re.I,
)
_DID = re.compile(r"\bdid\b", re.IGNORECASE)
_OPEN = re.compile(
    r"\b(?:consider\w*|plan(?:s|ned|ning)?|intend\w*|want\w*|wish\w*|hop(?:e|es|ed|ing)|expect\w*|will|would|may|might|"
    r"could|can|should|must|(?:un)?able|(?:un)?willing|prepar\w*|process of|steps|ready|decid\w*|vote[sd]?|propos\w*|"
    r"promis\w*|pledg\w*|towards?)\b",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"\b(?:urg(?:e|es|ed|ing)|call(?:s|ed|ing)?|encourag\w+|invit\w+|appeal\w*|press(?:es|ed|ing)?|ask(?:s|ed|ing)?)\b",
    re.IGNORECASE,
)
_NAMES = {
    "outside": "Non-signatory", "party": "State Party", "acceded": "State Party", "ratified": "State Party",
    "joined": "State Party", "signatory": "Signatory", "signed": "Signatory", "left": "withdrawn",
}  # fmt: skip
MAX_CELL = 200  # characters of a cell that says a standing
_ACTS = ("acceded", "ratified")
_BESIDE = re.compile(
    r"\(.*?\)|\b(?:since|on|in|has|is|an?|the|yet|not|party|\d+(?:st|nd|rd|th)?|january|february|march|april|may|june|"
    r"july|august|september|october|november|december)\b|[\s:;,.*-]",
    re.IGNORECASE,
)


def tells_standing(text: str) -> bool:
    """Whether a text has a word of standing at all."""
    return not _WORDS.isdisjoint(lowered(text))


def standings(sentence: str) -> set[str]:
    """What a sentence says of a state's standing; empty where it says nothing."""
    if not tells_standing(sentence):
        return set()
    in_treaty = bool(TREATY.search(sentence))
    found: set[str] = set()
    for clause, is_denied in denied_at(sentence):
        is_open, is_call = bool(_OPEN.search(clause)), bool(_CALL.search(clause))
        for said in SAID.finditer(clause):
            what = str(said.lastgroup)
            if not in_treaty and not _STRONG.search(said[0]):
                continue
            if what == "outside" or (what in ("party", "signatory") and is_denied):
                found.add("Non-signatory")
            elif what in ("party", "signatory"):
                found.add(_NAMES[what])
            elif is_call:
                continue
            elif is_open or not (_DONE.fullmatch(said[0]) or is_denied or _DID.search(clause)):
                found.add(f"{'no ' if is_denied else ''}{_going(what)}")
            elif is_denied:
                found.add("not withdrawn" if what == "left" else "Non-signatory")
            else:
                found.add(_NAMES[what])
    return found


def may_change_standing(words: frozenset[str]) -> bool:
    """Whether what is said of standing can be another where these words went or came."""
    if not (_WORDS.isdisjoint(words) and DENIES.isdisjoint(words)):
        return True
    text = " ".join(sorted(words))
    return bool(_OPEN.search(text) or _CALL.search(text) or _DID.search(text) or TREATY.search(text))


def acts(sentence: str) -> set[str]:
    """Accession or ratification, where the sentence tells which."""
    if not tells_standing(sentence):
        return set()
    return {str(m.lastgroup) for m in SAID.finditer(sentence) if m.lastgroup in _ACTS and _DONE.fullmatch(m[0])}


def cell_standing(text: str) -> str | None:
    """The standing that a cell says, None where it says something else."""
    if len(text) > MAX_CELL or _BESIDE.sub("", SAID.sub("", text)):
        return None
    for clause, is_denied in denied_at(re.sub(r"\(.*?\)", " ", text)):
        for said in SAID.finditer(clause):
            return "Non-signatory" if is_denied and said.lastgroup != "left" else _NAMES[str(said.lastgroup)]
    return "State Party" if re.match(r"\s*party\b", text, re.IGNORECASE) else None


def without_standing(text: str) -> str:
    """The text without what it says of standing."""
    return " ".join(SAID.sub(" ", text).casefold().split()) if tells_standing(text) else text.casefold()


def _going(what: str) -> str:
    return {"left": "withdrawal", "signed": "signature"}.get(what, "accession")
