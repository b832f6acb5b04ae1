"""Text and redlines in less room, cut where a reader would: between words, never inside a character. Pure.

Lives here: where a text may be cut. Not here: which edits go (fit.py), how unchanged stretches are shortened around
what changed (redline.py).

A word is what stands between blanks. It is shown whole or not at all, with two exceptions, which are cut with the `…`
right behind them: what is longer than any word (an address, a line of filler), and scripts that write no blanks. Even
there, no letter is parted from its marks, and no emoji or flag is taken apart (UAX #29, as far as it matters here).
"""

import re
import unicodedata
from collections.abc import Sequence

from tracker.document.edit import Span
from tracker.notify.render.redline import ELLIPSIS, shortened

WORD_CHARS = 60  # no word that people write is longer
_GAP = 3  # characters of ` … `
_LEAST_CONTEXT = 20  # characters of unchanged text on each side of what changed, where room is scarce
_LEAST_RUN = 24  # characters of one run, below which nobody sees what it is about
# Thai, Lao, Tibetan; Burmese; Khmer; kana and ideographs: scripts without blanks between words.
_NO_BLANKS = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# What belongs to the character before it, beside marks (by category): joiners, vowels of Thai and Lao, voicing marks of
# narrow kana, skin tones, the letters of a flag's region.
_EXTENDS = re.compile("[\u200c\u200d\u0e33\u0eb3\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_LEADS = re.compile("[\u200d\u0600-\u0605\u06dd\u070f]")  # what belongs to the character behind it
_REGION = re.compile("[\U0001f1e6-\U0001f1ff]")
_JAMO = re.compile("[\u1100-\u11ff\ua960-\ua97f\uac00-\ud7a3\ud7b0-\ud7fb]")
_LEADING_JAMO = re.compile("[\u1100-\u115f\ua960-\ua97f]")
_TRAILING_JAMO = re.compile("[\u1160-\u11ff\ud7b0-\ud7fb]")
_VIRAMA = 9  # combining class: it joins the letter behind it to the one before


def shorter(spans: Sequence[Span], room: int) -> tuple[Span, ...]:
    """The spans in at most so many characters: less of what stayed first, then of long runs, then the last runs.

    What went and what came instead of it stay together. room: 50 or more; a redline in less says nothing.
    """
    if _chars(spans) <= room:
        return tuple(span for span in spans if span[1])
    close = shortened(spans, _LEAST_CONTEXT)
    if _chars(close) <= room:
        return close
    kept = _first_runs(close, max(2, room // _LEAST_RUN))
    each = _share([len(text) for _, text in kept], room)
    cut: list[Span] = [(mark, words_cut(text, each)) for mark, text in kept]
    return tuple(span for span in cut if span[1])


def words_cut(text: str, room: int) -> str:
    """The text in at most so many characters: more of its beginning than of its end, `…` between, words whole."""
    if len(text) <= room:
        return text
    if room < len(ELLIPSIS):
        return ""
    for_tail = max(room - _GAP, 0) // 3
    to = _cut_before(text, max(room - _GAP - for_tail, 0))
    start = _cut_behind(text, len(text) - for_tail)
    head, tail = text[:to].rstrip(), text[start:].lstrip()
    before = " " if head and (text[to].isspace() or text[to - 1].isspace()) else ""
    behind = " " if tail and (text[start].isspace() or text[start - 1].isspace()) else ""
    return f"{head}{before}{ELLIPSIS}{behind}{tail}"


def is_between_characters(text: str, at: int) -> bool:
    """Whether a reader sees two characters on the two sides of an offset, and not one that it takes apart."""
    if not 0 < at < len(text):
        return True
    before, behind = text[at - 1], text[at]
    if before.isascii() and behind.isascii():
        return (before, behind) != ("\r", "\n")
    if unicodedata.category(behind) in ("Mn", "Me", "Mc") or _EXTENDS.match(behind) or _LEADS.match(before):
        return False
    if _REGION.match(before) and _REGION.match(behind):
        return _regions_before(text, at) % 2 == 0
    if "\ud800" <= before <= "\udbff" and "\udc00" <= behind <= "\udfff":
        return False
    if _LEADING_JAMO.match(before) and _JAMO.match(behind):
        return False
    if _JAMO.match(before) and _TRAILING_JAMO.match(behind):
        return False
    return not (unicodedata.combining(before) == _VIRAMA and behind.isalpha())


# ---------------------------------------------------------------- where to cut


def _cut_before(text: str, at: int) -> int:
    """The last offset up to `at` where the text may be cut."""
    if at <= 0:
        return 0
    if text[at].isspace() or text[at - 1].isspace():
        return at
    start, end = _chunk(text, at)
    if not _may_be_cut(text, at, start, end):
        return start
    while at > 0 and not text[at - 1].isspace() and not is_between_characters(text, at):
        at -= 1
    return at


def _cut_behind(text: str, at: int) -> int:
    """The first offset from `at` on where the text may be cut."""
    if at >= len(text):
        return len(text)
    if text[at].isspace() or text[at - 1].isspace():
        return at
    start, end = _chunk(text, at)
    if not _may_be_cut(text, at, start, end):
        return end
    while at < len(text) and not text[at].isspace() and not is_between_characters(text, at):
        at += 1
    return at


def _chunk(text: str, at: int) -> tuple[int, int]:
    """The word around an offset, as far as it matters how long it is."""
    start = end = at
    least, most = max(0, at - WORD_CHARS - 1), min(len(text), at + WORD_CHARS + 1)
    while start > least and not text[start - 1].isspace():
        start -= 1
    while end < most and not text[end].isspace():
        end += 1
    return start, end


def _may_be_cut(text: str, at: int, start: int, end: int) -> bool:
    if end - start > WORD_CHARS:
        return True
    return bool(_NO_BLANKS.match(text, at - 1) or _NO_BLANKS.match(text, at))


def _regions_before(text: str, at: int) -> int:
    start = at
    while start and _REGION.match(text, start - 1):
        start -= 1
    return at - start


# ---------------------------------------------------------------- runs


def _chars(spans: Sequence[Span]) -> int:
    return sum(len(text) for _, text in spans)


def _first_runs(spans: Sequence[Span], most: int) -> list[Span]:
    """The first runs, and a last one that says that there are more."""
    if len(spans) <= most:
        return list(spans)
    to = most - 1
    if to > 1 and spans[to - 1][0] == "-" and spans[to][0] == "+":
        to -= 1
    return [*spans[:to], ("=", f" {ELLIPSIS}")]


def _share(lengths: Sequence[int], room: int) -> int:
    """The most characters that each may have so that all together have no more than `room`: short ones give to long."""
    left, count = room, len(lengths)
    for length in sorted(lengths):
        if length * count > left:
            return left // count
        left -= length
        count -= 1
    return room
