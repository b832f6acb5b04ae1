"""Printed dates, in English, French and Spanish: "13 August 2022", "August 13, 2022", "1er août 2022", "13 de agosto
de 2022", "2022-08-13", "13.08.2022". Always a date, never an instant: no time zone moves it. Pure.
"""

import re
import unicodedata
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier janv enero ene", "february feb fevrier fevr febrero", "march mar mars marzo",
            "april apr avril avr abril abr", "may mai mayo", "june jun juin junio", "july jul juillet juil julio",
            "august aug aout agosto ago", "september sep sept septembre septiembre setiembre",
            "october oct octobre octubre", "november nov novembre noviembre", "december dec decembre diciembre dic",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_DAY_FIRST = re.compile(r"(?:le\s+)?(\d{1,2})(?:st|nd|rd|th|er|[º°])?\s+(?:de\s+)?([a-z]+)\.?,?\s+(?:del?\s+)?(\d{4})")
_MONTH_FIRST = re.compile(r"([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def read_date(text: str) -> date | None:
    """The date that the text prints and nothing else; None where it is none."""
    told = text.strip().rstrip(".").lower()
    if not told.isascii():
        told = "".join(c for c in unicodedata.normalize("NFD", told) if not unicodedata.combining(c))
    if not told.replace("º", "").replace("°", "").isascii():
        return None  # digits of other scripts are dates of other calendars, more often than not
    try:
        if found := _DAY_FIRST.fullmatch(told):
            return date(int(found[3]), _MONTHS.get(found[2], 0), int(found[1]))
        if found := _MONTH_FIRST.fullmatch(told):
            return date(int(found[3]), _MONTHS.get(found[1], 0), int(found[2]))
        if found := _ISO.fullmatch(told):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DOTTED.fullmatch(told):
            return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None  # 31 February
    return None
