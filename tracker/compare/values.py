"""Numbers and sums that a text tells, as values: amount, unit, currency. Pure.

Lives here: figures in any script and either decimal style, number words, units, currencies. Not here: dates
(moments.py takes them out first), how much a change weighs (weigh.py). Numbers inside names ("LAR-160"), labels of
notes and lists, and page numbers are no numbers.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from tracker.compare.units import CURRENCIES, UNITS
from tracker.compare.vocabulary import listed, lowered

Key = tuple[object, ...]
_DIGITS = 28  # of an amount are told apart


@dataclass(frozen=True, slots=True)
class Value:
    """A number, sum or date. key: equal for equal values ("500 m²", "0.0005 km²"); amount: in the unit's base, for its
    size; is_weak: a "one" or "first" that a wording brings along."""

    kind: str
    key: Key
    shown: str
    amount: Decimal | None = None
    is_weak: bool = False


_ONES = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")
_CARDINAL = {word: n for n, word in enumerate(_ONES) if n} | {word: 10 * n for n, word in enumerate(_TENS, 2)}
_SCALE = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
_SHORT_SCALE = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9}
_ORDINAL = {
    word: n
    for n, word in enumerate(
        listed(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
            "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
        ),
        1,
    )
}
_PART = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
NUMBER_WORDS = frozenset(
    (*_CARDINAL, *_SCALE, *_ORDINAL, *_PART, "thirds", "quarters", "dozens", "hundreds", "thousands")
)
_TIMES = {"twice": 2, "double": 2, "doubled": 2, "triple": 3, "tripled": 3, "threefold": 3, "twofold": 2}

_UNIT_NAMED = {f"u{n}": unit for n, unit in enumerate(UNITS)}
_CURRENCY_NAMED = {f"c{n}": name for n, (name, _) in enumerate(CURRENCIES)}
_UNIT = "|".join(rf"(?P<u{n}>{ways})" for n, (_, _, _, ways) in enumerate(UNITS))
_AFTER = re.compile(
    rf"[ -]?(?:(?P<scale>hundred|thousand|million|billion|trillion|dozen)s?\b|(?P<short>k|mn?|bn?)\b(?![²2]))?"
    rf"(?: ?-?(?:{'|'.join(rf'(?P<c{n}>{ways})' for n, (_, ways) in enumerate(CURRENCIES))})(?!\w)"
    rf"| ?-?(?:{_UNIT})(?![\w²³]))?",
    re.IGNORECASE,
)
_MAY_FOLLOW = re.compile(r"[ -]?-?(?:[abcdefghjkmnprstuy%€$£¥₽₴]|[а-я])", re.IGNORECASE)
_BEFORE = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(f'(?P<c{n}>{w})' for n, (_, w) in enumerate(CURRENCIES))}) ?$", re.I)
_FIGURE = r"\d{1,3}(?:[ '’]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*"
_MANY = frozenset(
    listed("hundreds thousands millions billions dozens tens thirds quarters fifths sixths eighths tenths")
)
_SAID = frozenset((*_CARDINAL, *_SCALE, *_ORDINAL, *_PART, *_TIMES, *_MANY))
_JOINS = frozenset((" ", "-", " and ", " a ", " an ", " and a "))
_TOKEN = re.compile(
    r"(?P<skip>\[\w+\]|\b(?:pp?\.|pages?|paras?\.|fn\.|footnotes?|see notes?) ?\d+(?:[-, ]+\d+)*|[¹²³⁰⁴-⁹]+)"
    r"|(?P<code>(?<!\w)(?!(?:US|USD|EUR|GBP|CHF|NOK|SEK|AUD|CAD)\d)[^\W\d_]+[-/.]?\d[\w/-]*"
    r"|(?<![\w.,])\d+[^\W\d_]+\d\w*|(?<![\w.,])\d+/\d[\d/]*|\d+:\d\d)"
    rf"|(?P<sign>(?<![\w)])-(?=\d))?(?P<figure>(?<![\w])(?:{_FIGURE}))(?P<th>st\b|nd\b|rd\b|th\b|º|ª)?",
    re.IGNORECASE,
)
_RUN = re.compile(r"[^\W\d_]+")
_DIGITS_RUN = re.compile(r"[0-9]+")
LONGEST_HEAD = 16  # characters before a digit that can make it no number: `pages 4`, `LAR-160`
_OTHER_DIGIT = re.compile(r"[^\D0-9]|[\u066a-\u066c]")
_MARKED = re.compile(r"\d[.,]\d")
_LABEL = re.compile(
    r"(?:^|(?<=[.!?;:] )|(?<= … ))\s*(?:\(\w{1,3}\)|\d{1,3}[.)](?!\d)|\d{1,2}(?:\.\d{1,2})+\.?(?= [A-Z]))(?=\s)"
)
_COMMA_STYLE = re.compile(r"\d\.\d{3},\d|\d\.\d{3}\.\d{3}|(?<![\d.,])\d+,\d{1,2}(?![\d,])")
_POINT_STYLE = re.compile(
    r"\d,\d{3}\.\d|\d,\d{3},\d{3}|(?<![\d.,])\d+\.\d{1,2}(?![\d.])|(?<![\d.,])[1-9]\d{0,2},\d{3}(?!\d)"
)


def plain_digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9, and Arabic separators as those of English."""
    if text.isascii() or not _OTHER_DIGIT.search(text):
        return text
    told = text.translate({0x066A: "%", 0x066B: ".", 0x066C: ","})
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() and not c.isascii() else c for c in told)


def without_labels(text: str) -> str:
    """The text without the labels of lists and headings at its head and at the heads of its sentences."""
    return _LABEL.sub(lambda found: " " * len(found[0]), text)


def has_decimal_comma(text: str) -> bool:
    """Whether numbers are written as in `1.250,5`; where nothing tells, they are not."""
    return bool(_MARKED.search(text) and _COMMA_STYLE.search(text)) and not _POINT_STYLE.search(text)


def numbers(text: str, *, is_money: bool = False, decimal_comma: bool = False) -> list[Value]:
    """The numbers and sums of a text in plain digits, dates taken out. is_money: a bare number is a sum."""
    found: list[tuple[int, Value]] = []
    end = 0  # of the scale and unit of the number before
    for token in _tokens(text):
        figure = token["figure"]
        if token.start() < end:
            continue
        if token["code"] is not None:
            if "/" in token[0] or ":" in token[0]:
                found.append((token.start(), Value("number", ("code", token[0]), token[0])))
        elif figure is not None and token["th"] is not None:
            found.append((token.start(), _ordinal(int(_amount(figure, decimal_comma)), token[0])))
        elif figure is not None:
            amount = _amount(figure, decimal_comma)
            amount = -amount if token["sign"] else amount
            value, end = _measured(text, token.start(), token.end(), amount, figure, is_money=is_money)
            found.append((token.start(), value))
    if says_number(text):
        figures = [at for at, _ in found]
        for start, stop in _runs(text):
            # The scale of a figure is its own: "3 million".
            if not (
                text[start:stop].lower() in _SCALE
                and any(0 < start - at < 24 and _ends(text, at, start) for at in figures)
            ):
                found += ((start, value) for value in _told_in_words(text, start, stop, is_money=is_money))
        found.sort(key=lambda told: told[0])
    return [value for _, value in found]


def says_number(text: str) -> bool:
    """Whether a text has a word for a number at all."""
    return not _SAID.isdisjoint(lowered(text))


def _tokens(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while digits := _DIGITS_RUN.search(text, at):
        found = _TOKEN.search(text, max(at, digits.start() - LONGEST_HEAD))
        at = found.end() if found else digits.end()
        if found:
            yield found


def _ends(text: str, at: int, start: int) -> bool:
    """Whether nothing but a figure stands between two places."""
    return bool(re.fullmatch(rf"(?:{_FIGURE})[ -]?", text[at:start]))


def _runs(text: str) -> list[tuple[int, int]]:
    """Where number words stand, runs of them as one: `two hundred and fifty`, `a dozen`."""
    found: list[tuple[int, int]] = []
    article = -1  # where a word before is "a" or "an"
    for word in _RUN.finditer(text):
        bare = word[0].lower()
        if bare in ("a", "an"):
            article = word.start()
            continue
        if bare in _SAID:
            start = article if article >= 0 and text[article : word.start()].lower() in ("a ", "an ") else word.start()
            if found and text[found[-1][1] : word.start()] in _JOINS:
                found[-1] = (found[-1][0], word.end())
            else:
                found.append((start, word.end()))
        article = -1
    return found


def _amount(figure: str, decimal_comma: bool) -> Decimal:
    bare = figure.replace(" ", "").replace("'", "").replace("’", "")
    points, commas = bare.count("."), bare.count(",")
    if points and commas:
        mark = max(".,", key=bare.rfind)
        bare = bare.replace("," if mark == "." else ".", "").replace(mark, ".")
    elif points + commas > 1:
        bare = bare.replace(".", "").replace(",", "")
    elif points or commas:
        mark = "." if points else ","
        head, _, tail = bare.partition(mark)
        is_group = len(tail) == 3 and 1 <= len(head) <= 3 and head != "0" and (mark == ",") != decimal_comma
        bare = head + ("" if is_group else ".") + tail
    return Decimal(bare[:_DIGITS])


def _measured(text: str, start: int, end: int, amount: Decimal, shown: str, *, is_money: bool) -> tuple[Value, int]:
    """A number with the unit or currency that stands before or after it, and where that ends."""
    head = text[max(0, start - 8) : start].rstrip()
    before = _BEFORE.search(head) if head and (head[-1] in "$€£¥₽₴" or head[-3:].isupper()) else None
    after = _AFTER.match(text, end) if _MAY_FOLLOW.match(text, end) else None
    end = after.end() if after else end
    told = after.groupdict() if after else {}
    unit = next((_UNIT_NAMED[name] for name in _UNIT_NAMED if told.get(name)), None)
    currency = next((_CURRENCY_NAMED[n] for m in (before, after) if m for n in _CURRENCY_NAMED if m[n]), None)
    scale = told.get("scale")
    short = told.get("short")
    if scale:
        amount *= _SCALE[scale.lower()]
        shown = f"{shown} {scale.lower()}"
    elif short and (currency or short.lower() != "m"):
        amount *= _SHORT_SCALE[short.lower()]
        shown += short
    elif short and unit is None:
        unit = _UNIT_NAMED["u9"]
    if currency or (is_money and unit is None):
        name = currency or ""
        shown = f"{name} {shown}" if name.isalpha() else name + shown
        return Value("money", (amount.normalize(), name or "sum"), shown, amount), end
    if unit is not None:
        name, base, factor, _ = unit
        amount *= factor
        return Value("number", (amount.normalize(), base), f"{shown} {name}", amount), end
    return Value("number", (amount.normalize(), ""), shown, amount), end


def _ordinal(n: int, shown: str) -> Value:
    return Value("number", ("th", n), shown, is_weak=n == 1)


def _told_in_words(text: str, start: int, end: int, *, is_money: bool) -> list[Value]:
    """The values of a run of number words: `two hundred and fifty`, `a third`, `the second`, `dozens`."""
    shown = text[start:end].lower()
    said = [w for w in re.split(r" and |[ -]", shown) if w not in ("a", "an", "and")]
    if not said:
        return []
    last, has_article = said[-1], shown[:2] in ("a ", "an")
    following, before = text[end : end + 4], text[max(0, start - 3) : start]
    if len(said) == 1 and last in _TIMES:
        return [Value("number", (Decimal(_TIMES[last]), "times"), shown)]
    singular = last[:-1] if last.endswith("s") and last[:-1] in _PART else last
    is_part = singular in _PART and (
        singular != last or singular in ("half", "halves") or following.startswith(" of") or before.endswith("by ")
    )
    if is_part and not (singular == "quarter" and not has_article and len(said) == 1):
        count = _counted(said[:-1]) if len(said) > 1 else Decimal(1)
        amount = round((count or Decimal(1)) / _PART[singular], 6)
        return [Value("number", (amount.normalize(), "ratio"), shown, amount)]
    if last in _ORDINAL or last in _PART:
        n = _ORDINAL.get(last)
        tens = _counted(said[:-1]) if len(said) > 1 else Decimal(0)
        if n is None or (last == "second" and following.startswith(",")) or following[1:] == "par":
            return []
        return [_ordinal(int(tens or 0) + n, shown)]
    if any(w.endswith("s") and w[:-1] in (*_SCALE, "ten") for w in said):
        return [Value("number", ("many", *said), shown)]
    count = _counted(said)
    if count is None:
        # No number as a whole, "the third one": each word by itself.
        places = [(start + word.start(), start + word.end()) for word in _RUN.finditer(text[start:end])]
        return [value for at in places if len(said) > 1 for value in _told_in_words(text, *at, is_money=is_money)]
    found, _ = _measured(text, start, end, count, shown, is_money=is_money)
    is_one = said == ["one"] and found.key == (Decimal(1), "")
    return [Value(found.kind, found.key, found.shown, found.amount, is_weak=is_one)]


def _counted(said: list[str]) -> Decimal | None:
    """The amount of cardinal words, None where one of them is none."""
    total = run = Decimal(0)
    for word in said:
        if word in _CARDINAL:
            run += _CARDINAL[word]
        elif word in ("hundred", "dozen"):
            run = (run or Decimal(1)) * _SCALE[word]
        elif word in _SCALE:
            total, run = total + (run or Decimal(1)) * _SCALE[word], Decimal(0)
        else:
            return None
    return total + run


def exchanged(old: list[Value], new: list[Value]) -> tuple[list[Value], list[Value]]:
    """The values that went and those that came, equal ones left out, in reading order."""
    there: dict[Key, int] = {}
    for value in new:
        there[value.key] = there.get(value.key, 0) + 1
    gone = []
    for value in old:
        if there.get(value.key):
            there[value.key] -= 1
        else:
            gone.append(value)
    came = []
    for value in reversed(new):
        if there.get(value.key):
            there[value.key] -= 1
            came.append(value)
    came.reverse()
    if all(value.is_weak for value in (*gone, *came)) and not (gone and came):
        return [], []
    return gone, came


def growth(old: Value, new: Value) -> str:
    """Direction and size of a change in percent, `+244 %`; empty where the two cannot be measured by each other."""
    if old.amount is None or new.amount is None or not old.amount or old.key[-1] != new.key[-1]:
        return ""
    percent = 100 * (new.amount - old.amount) / abs(old.amount)
    if abs(percent) >= 100_000:
        return ""
    return f"{percent:+,.0f} %" if abs(percent) >= 1 else f"{percent:+.2g} %"
