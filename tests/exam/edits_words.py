"""Edits of the words of a paragraph: words, numbers, dates, negations, sentences."""

import re

from tests.exam.editor import Editor, Place, sort
from tests.exam.model import Para, keys, plain
from tests.exam.prose import date, likeness, sentences
from tests.exam.wording import NUMBER, changeable, other_number, size_of, with_other_words
from tests.exam.words import ADVERBS, FLIPS, MONTHS, NOUNS

_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(rf"(?<![\w–-])(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})(?![\w–-])")
_MONTH = re.compile(rf"\bIn ({'|'.join(MONTHS)}) ((?:19|20)\d\d)\b")
_MORE_FLIPS = (
    ("has been known to", "has never been known to"),
    ("does produce or export", "does not produce or export"),
    ("has attended", "has not attended"),
    ("are known", "are not known"),
    ("is known", "is not known"),
)


@sort
def word(ed: Editor) -> bool:
    """One word is another, or one more, or one less."""
    for place in ed.places(6):
        text, free = place.para.text, changeable(place.para.text)
        if not free:
            continue
        tokens, at = text.split(" "), ed.rng.choice(free)
        what = ed.rng.randrange(3)
        if what == 0:
            tokens[at] = ed.rng.choice(NOUNS)
        elif what == 1:
            tokens.insert(at, ed.rng.choice(ADVERBS))
        else:
            del tokens[at]
        if ed.set(place, " ".join(tokens), "wording"):
            return True
    return False


@sort
def number(ed: Editor) -> bool:
    """A number is another."""
    for place in ed.places(5):
        found = [m for m in NUMBER.finditer(place.para.text) if not _YEAR.fullmatch(m[0]) and not _is_day(m, place)]
        if found:
            m = ed.rng.choice(found)
            text = place.para.text
            if ed.set(place, text[: m.start()] + other_number(ed, m[0]) + text[m.end() :], "high"):
                return True
    return False


def _is_day(m: re.Match[str], place: Place) -> bool:
    return any(d.start() <= m.start() < d.end() for d in _DATE.finditer(place.para.text))


@sort
def date_in_text(ed: Editor) -> bool:
    """A date, or a year, is another."""
    for place in ed.places(5):
        text = place.para.text
        if found := list(_DATE.finditer(text)):
            m = ed.rng.choice(found)
            if ed.set(place, text[: m.start()] + date(ed.rng) + text[m.end() :], "high"):
                return True
        if found := list(_MONTH.finditer(text)):
            m = ed.rng.choice(found)
            if ed.set(place, text[: m.start(2)] + str(int(m[2]) - 1) + text[m.end(2) :], "high"):
                return True
    return False


@sort
def negation(ed: Editor) -> bool:
    """What was denied is said, or what was said is denied."""
    for place in ed.places(4):
        text = place.para.text
        for at, (said, denied) in enumerate((*FLIPS, *_MORE_FLIPS)):
            for one, other in ((denied, said), (said, denied)):
                if text.count(one) == 1:
                    weighs = "critical" if at < 5 and ("used" in text or at != 4) else ""
                    if ed.set(place, text.replace(one, other), weighs):
                        return True
    return False


@sort
def reword(ed: Editor) -> bool:
    """A paragraph keeps between half and nine tenths of its words."""
    for place in ed.places(12):
        text = place.para.text
        length = len(plain(text).split())
        share = ed.rng.uniform(0.12, 0.45)
        made = with_other_words(ed, text, max(int(length * share), 1))
        if (
            made
            and 0.52 <= likeness(plain(made).split(), plain(text).split()) <= 0.9
            and ed.is_own(made, place.para.uid)
        ) and ed.set(place, made):
            return True
    return False


@sort
def reword_heavily(ed: Editor) -> bool:
    """A paragraph keeps its place, its opening words and less than half of the others; its neighbours stay."""
    for place in ed.places(16):
        blocks = place.holder.blocks
        beside = [blocks[i] for i in (place.at - 1, place.at + 1) if 0 <= i < len(blocks)]
        if not beside or not ed.is_free(*(b.uid for b in beside)) or keys(place.para.text):
            continue
        tokens = place.para.text.split(" ")
        made = [
            t if i < 6 or ed.rng.random() < 0.3 else ed.rng.choice((*NOUNS, *ADVERBS)) for i, t in enumerate(tokens)
        ]
        text = " ".join([*made[:-1], tokens[-1]])
        own = likeness(plain(text).split(), plain(place.para.text).split())
        if "⟪" not in place.para.text and 0.38 <= own <= 0.5 and ed.set(place, text):
            ed.claim(*(b.uid for b in beside))
            return True
    return False


@sort
def sentence_added(ed: Editor) -> bool:
    """A paragraph has a sentence more."""
    for place in ed.places(14):
        fresh = ed.prose.sentence()
        if len(fresh.split()) > 0.8 * len(plain(place.para.text).split()) or not ed.prose.is_new(fresh):
            continue
        told = sentences(place.para.text)
        told.insert(ed.rng.randrange(len(told) + 1), fresh)
        if ed.set(place, " ".join(told)):
            return True
    return False


@sort
def sentence_removed(ed: Editor) -> bool:
    """A paragraph has a sentence less; its references stay at the one before."""
    for place in ed.places(20):
        told = sentences(place.para.text)
        free = [i for i, s in enumerate(told) if not keys(s) and size_of(s) < 0.45 * size_of(place.para.text)]
        if len(told) > 1 and free:
            del told[ed.rng.choice(free)]
            if ed.set(place, " ".join(told)):
                return True
    return False


@sort
def sentence_moved(ed: Editor) -> bool:
    """Two sentences of a paragraph stand the other way round."""
    for place in ed.places(20):
        told = sentences(place.para.text)
        if len(told) > 1 and not any(map(keys, told)):
            at = ed.rng.randrange(len(told) - 1)
            told[at], told[at + 1] = told[at + 1], told[at]
            if ed.set(place, " ".join(told)):
                return True
    return False


@sort
def sentence_to_neighbour(ed: Editor) -> bool:
    """The last sentence of a paragraph opens the next one."""
    for place in ed.places(24):
        blocks = place.holder.blocks
        below = blocks[place.at + 1] if place.at + 1 < len(blocks) else None
        told = sentences(place.para.text)
        if not isinstance(below, Para) or below.kind != "p" or not ed.is_free(below.uid) or len(told) < 2:
            continue
        size = size_of(told[-1])
        if keys(told[-1]) or size > 0.35 * size_of(place.para.text) or size > 0.5 * size_of(below.text):
            continue
        longer = f"{told[-1]} {below.text}"
        if ed.is_own(longer, below.uid, 0.05) and ed.set(place, " ".join(told[:-1])):
            ed.claim(below.uid)
            below.text = longer
            return True
    return False
