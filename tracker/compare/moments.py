"""Dates that a text tells, as days, months, years and spans of them, however they are written. Pure.

A part that a list shares ("3 and 4 May 2020") is part of each. What is taken for a date is blanked out of the text,
so that its figures are no numbers (values.py).
"""

import re
from collections.abc import Iterator

from tracker.compare.values import Value
from tracker.compare.vocabulary import listed, lowered, vocabulary

_MONTHS_OF = (
    "january jan janvier enero januar janeiro gennaio января январь januari",
    "february feb février febrero februar fevereiro febbraio февраля февраль februari",
    "march mar mars marzo märz março марта март maart",
    "april apr avril abril aprile апреля апрель",
    "may mai mayo maio maggio мая май mei",
    "june jun juin junio juni junho giugno июня июнь",
    "july jul juillet julio juli julho luglio июля июль",
    "august aug août agosto августа август augustus",
    "september sept sep septembre septiembre setembro settembre сентября сентябрь",
    "october oct octobre octubre oktober outubro ottobre октября октябрь",
    "november nov novembre noviembre novembro ноября ноябрь",
    "december dec décembre diciembre dezember dezembro dicembre декабря декабрь",
)
_MONTH = {name: n for n, names in enumerate(_MONTHS_OF, 1) for name in names.split()}
_ENGLISH = listed("January February March April May June July August September October November December")
MONTHS = frozenset(
    listed(
        "january february march april may june july august september october november december jan feb apr "
        "jun jul aug sept sep oct nov dec monday tuesday wednesday thursday friday saturday sunday"
    )
)
_MONTHS_ALONE = frozenset(_ENGLISH)
_NO_MONTH = frozenset(listed("may march mar sept dec mei set"))  # in lower case these are other words
_WEEKDAYS = listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
_Y = r"(?:1[89]|20)\d\d"
# Month names are put into the text as single characters of the private use area: those that stand for a month by
# themselves, and those that need a day or a year beside them.
_ALONE, _BESIDE = 0xE100, 0xE110
_M = "[\ue101-\ue10c\ue111-\ue11c]"
_DAY = r"\d{1,2}(?:st|nd|rd|th|er|º|\.(?= ))?"
_DAYS = rf"{_DAY}(?:(?: ?- ?|, and |, | and | to | or | y | et | und ){_DAY})*"
_MOMENT = re.compile(
    rf"(?<!\d)(?:(?P<iso>{_Y}-[01]\d-[0-3]\d(?!\d))|(?P<cjk>{_Y}年(?:\d{{1,2}}月(?:\d{{1,2}}日)?)?)"
    rf"|(?<![\w.,/])(?P<dmy>\d{{1,2}}[./]\d{{1,2}}[./](?:{_Y}|\d\d))(?!\w|[./]\d)"
    rf"|(?<![\w.,/$€£])(?P<days>{_DAYS})(?: of| de)? (?P<month>{_M})\.?(?:,?(?: de)? (?P<year>{_Y})\b)?"
    rf"|(?P<span>(?<![.,$€£/]){_Y}[-/](?:{_Y}|\d\d)(?![\d/-]))"
    rf"|(?P<decade>(?<!\w){_Y[:-4]}\d0['’]?s\b)"
    rf"|(?P<year5>(?:(?<![\w.,$€£/-])|(?<=[a-z]-)|(?<=\bFY)|(?<=\d{{4}}-)){_Y}(?![\w²/]|[.,]\d)))"
    rf"|(?P<month2>{_M})\.? (?P<days2>{_DAYS})(?!\w|[.,]\d)(?:,? (?P<year2>{_Y})\b)?"
    rf"|(?P<month3>{_M})\.?(?:,| of| de)? ?(?P<year3>{_Y})(?![\d-])"
    r"|(?P<month4>[\ue101-\ue10c])"
)
_PART = re.compile(
    rf"\b(?:(?:first|second) half|(?:first|second|third|fourth|last) quarter|Q[1-4]|early|mid|late|spring|summer|"
    rf"autumn|winter)(?=(?:[ -]| of | of the year | in )(?:{_Y}|[\ue101-\ue10c]))"
)
_PARTS = frozenset(listed("half quarter Q1 Q2 Q3 Q4 early mid late spring summer autumn winter"))
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(_WEEKDAYS)})s?\b")
_DAY_NAMES = frozenset((*_WEEKDAYS, *(day + "s" for day in _WEEKDAYS)))
_ANCHOR = re.compile("[0-9]+|[\ue101-\ue11c]")  # where a moment can begin
_DIGIT = re.compile(r"\d")
_JOINS = re.compile(r"\s*(?:-|,|,? and|,? to|,? or|until|till|through|&|/|y|et|und)?\s*(?:from|on|in)?\s*")
_COUNTED = re.compile(r" (?:[a-z]+ )?[a-z]+")
_BEFORE_YEAR = re.compile(
    r"\b(?:in|of|since|by|from|until|till|to|and|during|before|after|late|early|mid|or|through|between|for|around|the|"
    r"en|de|im|seit|bis|dans|depuis|via)[ -]$|(?<=[,;(:-] )$|[(-]$",
    re.IGNORECASE,
)

Day = tuple[int, int, int]  # year, month, day; 0: not told


def is_month(word: str) -> bool:
    """Whether a word names a month in one of the languages known here."""
    return word.lower() in _MONTH and word not in _NO_MONTH


def says_time(text: str) -> bool:
    """Whether a text names a month or a day of the week."""
    if not _DAY_NAMES.isdisjoint(vocabulary(text)):
        return True
    return not _MONTH.keys().isdisjoint(lowered(text)) and any(map(is_month, vocabulary(text)))


def moments(text: str) -> tuple[list[Value], str]:
    """The dates of a text in plain digits, and the text with them blanked out."""
    has_digit = bool(_DIGIT.search(text))
    if not has_digit and not says_time(text):
        return [], text
    said = vocabulary(text)
    months = [] if _MONTH.keys().isdisjoint(lowered(text)) else [word for word in said if is_month(word)]
    others = (
        [Value("date", ("part", d[0].rstrip("s").lower()), d[0]) for d in _WEEKDAY.finditer(text)]
        if (not _DAY_NAMES.isdisjoint(said))
        else []
    )
    if months:
        text = re.sub(rf"\b(?:{'|'.join(sorted(months, key=lambda m: (-len(m), m)))})\b", _sign, text)
    if has_digit and not _PARTS.isdisjoint(said):
        others += (Value("date", ("part", p[0].lower()), p[0]) for p in _PART.finditer(text))
        text = _PART.sub(" ; ", text) if len(others) else text
    days: list[tuple[int, int, Day]] = []
    cut: list[tuple[int, int]] = []
    for found in _matches(text):
        if found["year5"] and _is_counted(text, found):
            continue
        cut.append(found.span())
        if found["decade"]:
            others.append(Value("date", ("part", found[0]), found[0]))
        else:
            days += ((*found.span(), day) for day in _days(found))
    for k in range(len(days) - 2, -1, -1):
        days[k] = (days[k][0], days[k][1], _completed(text, days[k], days[k + 1]))
    values = [Value("date", day, _shown(day)) for _, _, day in days]
    bare: list[str] = []
    at = 0
    for start, end in cut:
        bare += (text[at:start], " ; ")
        at = end
    return [*values, *others], "".join((*bare, text[at:]))


def _matches(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while anchor := _ANCHOR.search(text, at):
        found = _MOMENT.match(text, anchor.start())
        at = found.end() if found else anchor.end()
        if found:
            yield found


def _sign(month: re.Match[str]) -> str:
    """The character that stands for a month's name."""
    name = month[0]
    return chr((_ALONE if name in _MONTHS_ALONE else _BESIDE) + _MONTH[name.lower()])


def _is_counted(text: str, found: re.Match[str]) -> bool:
    """Whether four digits count things: `2000 herdsmen`, but not `in 2000 herdsmen came`."""
    if _BEFORE_YEAR.search(text, max(0, found.start() - 12), found.start()):
        return False
    return bool(_COUNTED.match(text, found.end())) or text[found.end() : found.end() + 2].strip() in ("%", "k", "m")


def _days(found: re.Match[str]) -> list[Day]:
    figures = [int(n) for n in re.findall(r"\d+", found[0])]
    if found["iso"] or found["cjk"]:
        year, month, day = (*figures, 0, 0)[:3]
        return [(year, month, day)]
    if found["dmy"] is not None:
        day, month, year = figures
        return [(_full(year), *((month, day) if month <= 12 else (day, month)))]
    if found["span"]:
        year, last = figures
        return [(year, 0, 0), (last if last > 99 else year // 100 * 100 + last, 0, 0)]
    name = found["month"] or found["month2"] or found["month3"] or found["month4"]
    if name is None:
        return [(figures[0], 0, 0)]
    year = int(found["year"] or found["year2"] or found["year3"] or 0)
    days = re.findall(r"\d+", found["days"] or found["days2"] or "") or ["0"]
    return [(year, ord(name) % 16, int(day)) for day in days]


def _full(year: int) -> int:
    return year if year > 99 else 2000 + year


def _completed(text: str, told: tuple[int, int, Day], following: tuple[int, int, Day]) -> Day:
    """The day with the year that it shares with the one after it: `March and April 2021`."""
    start, end, (year, month, day) = told
    if year or not following[2][0] or not (start == following[0] or _JOINS.fullmatch(text, end, following[0])):
        return told[2]
    return following[2][0], month, day


def _shown(day: Day) -> str:
    parts = (str(day[2]) if day[2] else "", _ENGLISH[day[1] - 1] if 0 < day[1] <= 12 else "", str(day[0] or ""))
    return " ".join(part for part in parts if part)
