"""Printed dates: "13 August 2022", "August 13, 2022", "2022-08-13", "13.08.2022". Pure."""

import re
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
            ("july", "jul"), ("august", "aug"), ("september", "sep", "sept"), ("october", "oct"),
            ("november", "nov"), ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\s+([A-Za-z]+)\.?,?\s+(\d{4})", re.ASCII)
_MONTH_FIRST = re.compile(r"([A-Za-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)


def read_date(text: str) -> date | None:
    """The date that the text prints and nothing else; None where it is none."""
    told = text.strip().rstrip(".")
    try:
        if found := _DAY_FIRST.fullmatch(told):
            return date(int(found[3]), _MONTHS.get(found[2].lower(), 0), int(found[1]))
        if found := _MONTH_FIRST.fullmatch(told):
            return date(int(found[3]), _MONTHS.get(found[1].lower(), 0), int(found[2]))
        if found := _ISO.fullmatch(told):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DOTTED.fullmatch(told):
            return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None  # 31 February
    return None
