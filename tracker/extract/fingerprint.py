"""What a page looks like in 64 bits, so that it is known again with another nonce, clock or echoed address. Pure.

Source: Charikar 2002 (simhash); Manku, Jain, Das Sarma 2007 for its use on web pages.
"""

import hashlib
import re
from functools import lru_cache
from html import unescape
from typing import Final
from urllib.parse import unquote, urlsplit

from tracker.events.looks import Capture
from tracker.extract.charset import decoded

WIDTH = 3  # words of a shingle
MAX_READ = 400_000  # characters of markup; what is missing takes no more to say
MAX_WORDS = 3000  # words that are hashed
NEAR = 3  # bits that may differ between two long texts: 64-bit simhash, k = 3 (Manku et al., §3)
NEAR_SHORT = 9  # in short ones, where one other word turns more bits; two texts at random differ in 32 ± 4
SHORT = 80  # words
LANE = 16  # bits of a count: more than there are shingles
LENGTHS = 1.35  # times as many words as the other has, at most

_PASSED: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|template|svg|iframe)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_MARKUP: Final = re.compile(r"<[a-zA-Z/!?][^<>]{0,5000}>")
_WORD: Final = re.compile(
    r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]|[^\W\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]+", re.UNICODE
)
_ADDRESS: Final = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)/[\w%./~?=&+-]+")
_SPREAD: Final = [sum((byte >> bit & 1) << LANE * bit for bit in range(8)) for byte in range(256)]
# Names of months and days, and what stands beside a clock: they change by themselves.
_CLOCK_WORDS: Final = (
    "january february march april may june july august september october november december jan feb mar apr jun jul "
    "aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun am "
    "pm utc gmt cet cest est edt pst pdt janvier février mars avril mai juin juillet août septembre octobre novembre "
    "décembre lundi mardi mercredi jeudi vendredi samedi dimanche enero febrero marzo abril mayo junio julio agosto "
    "septiembre octubre noviembre diciembre lunes martes miércoles jueves viernes sábado domingo januar februar märz "
    "juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag января февраля марта "
    "апреля мая июня июля августа сентября октября ноября декабря "
)
_CLOCK: Final = frozenset(_CLOCK_WORDS.split())
MAX_WORD = 24  # characters; longer ones are tokens


def fingerprint(capture: Capture) -> str:
    """A simhash of the page's visible words and their number: `9f86d081884c7d65.42`.

    Left out, because they change by themselves: markup and scripts, the address that was asked for and its words,
    numbers and tokens, names of months and days. Never raises. Time: linear in the first MAX_READ characters.
    """
    words = _steady(visible_text(capture.body, capture.charset), capture.url, capture.final_url)
    return f"{_simhash(words):016x}.{len(words)}"


def resembles(one: str, other: str) -> bool:
    """Whether two fingerprints are of the same page. A page without words resembles none; nor does what is no
    fingerprint.
    """
    mine, theirs = _parsed(one), _parsed(other)
    if mine is None or theirs is None:
        return False
    (a, m), (b, n) = mine, theirs
    if not m or not n or max(m, n) > LENGTHS * min(m, n) + 3:
        return False
    return (a ^ b).bit_count() <= (NEAR_SHORT if min(m, n) < SHORT else NEAR)


def visible_text(body: bytes, charset: str | None = None) -> str:
    """What a reader without scripts sees of a page, its white space collapsed: an approximation that needs no tree."""
    text = decoded(body[:MAX_READ], charset)[0]
    if "<" in text:
        text = _MARKUP.sub(" ", _PASSED.sub(" ", text))
    if "&" in text:
        text = unescape(text)
    return " ".join(text.split())


def _steady(text: str, *urls: str) -> list[str]:
    """The words of a text that do not change from one request to the next."""
    asked: set[str] = set()
    for url in urls:
        path = _path(url)
        for told in {path, unquote(path)}:
            if len(told) > 3:
                text = text.replace(told, " ")
            # Of the folders above it, the site's menu speaks on every page.
            last = told.rstrip("/").rpartition("/")[2]
            asked.update(word for word in _WORD.findall(last.casefold()) if len(word) > 1)
    text = _ADDRESS.sub(" ", text)
    kept: list[str] = []
    for word in _WORD.findall(text):
        if len(word) > MAX_WORD or any(map(str.isdigit, word)) or _is_token(word):
            continue
        folded = word.casefold()
        if folded not in asked and folded not in _CLOCK:
            kept.append(folded)
            if len(kept) >= MAX_WORDS:
                break
    return kept


def _is_token(word: str) -> bool:
    """Whether a word has capitals within, as keys and nonces have and words have not."""
    return len(word) >= 6 and not word.isupper() and sum(map(str.isupper, word[1:])) > 1


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _simhash(words: list[str]) -> int:
    """64 bits: each is the majority of that bit over the hashes of all shingles, and of the words alone."""
    told = words + [" ".join(words[i : i + WIDTH]) for i in range(len(words) - WIDTH + 1)]
    lanes = [0] * 8  # a number for each byte of the hashes: eight counts of LANE bits, side by side
    for shingle in told:
        for at, byte in enumerate(_hashed(shingle)):
            lanes[at] += _SPREAD[byte]
    half = len(told) // 2
    counts = (lane >> LANE * bit & (1 << LANE) - 1 for lane in lanes for bit in range(8))
    return sum(1 << at for at, count in enumerate(counts) if count > half)


@lru_cache(maxsize=16384)
def _hashed(shingle: str) -> bytes:
    return hashlib.blake2b(shingle.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _parsed(told: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"([0-9a-f]{16})\.(\d{1,9})", told)
    return (int(found[1], 16), int(found[2])) if found else None
