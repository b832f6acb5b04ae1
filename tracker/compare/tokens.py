"""A text as words: what a redline never cuts. Pure.

A word keeps its combining marks, its apostrophes, hyphens and inner points; a number its separators, its unit and its
currency ("9.44km²", "US$1,250,000", "27/2020", "1 250 000"); an address on the web is one word.
"""

import re

# Letters, digits and the marks that belong to a letter before them: no word is cut at a combining mark.
_LETTER = (
    "[\\w\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711"
    "\u0730-\u074a\u0900-\u0eff\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2060\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
_INNER = "|".join(
    (
        "['\u2019\u2010\u2011@-]",  # don't, Mine-Ban, desk@gazette.example
        r"(?<=\d)[.,:](?=\d)",  # 9.44, 1,250,000, 10:30
        r"(?<=[\dA-Z])/(?=[\dA-Z])",  # 27/2020, A/RES/75/62
        r"(?<=[a-z])\.(?=[a-z])",  # gazette.example
        r"(?<=\b[A-Za-z])\.(?=[A-Za-z]\b)",  # U.S., e.g.
        r"[$€£¥](?=\d)",  # US$5
    )
)
_WORD = f"{_LETTER}+(?:(?:{_INNER}){_LETTER}+)*"
_GROUPED = rf"(?<![\w.,])\d{{1,3}}(?: \d{{3}})+(?!\d){_LETTER}*"  # 1 250 000
_ADDRESS = r"https?://[^\s<>\"”’)\]]*[^\s<>\"”’)\].,;:!?]"
# A mark keeps the accents on it, an emoji what colours, joins and tags it; a flag is two letters.
_ON_A_MARK = (
    "[\\u0300-\\u036f\\u20d0-\\u20ff\\ufe0e\\ufe0f\\U0001f3fb-\\U0001f3ff\\U000e0020-\\U000e007f]|\\u200d[^\\w\\s]"
)
_MARK = f"[\\U0001f1e6-\\U0001f1ff]{{2}}|[^\\w\\s](?:{_ON_A_MARK})*"
# A blank belongs to the word after it, so that blanks never make a match of their own.
_TOKEN = re.compile(rf"\s?(?:{_ADDRESS}|{_GROUPED}|[$€£¥](?=\d){_WORD}|{_WORD}|{_MARK})|\s")


def tokens(text: str) -> list[str]:
    """The text as words (each with the blank before it) and single marks; joined they are the text."""
    return _TOKEN.findall(text)
