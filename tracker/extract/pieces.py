"""What every extractor hands on: a page as a flat run of pieces, and texts with their markers lifted out.

Lives here: the pieces, and how raw text becomes a `Text`. Not here: which format they come from (html.py, plain.py,
markdown.py), and how they become chapters (chapters.py). Pure.

While text is raw, a marker is a few private-use characters: whatever stood in the page under those code points is
taken out first, so that a page cannot forge one.
"""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from tracker.document.model import Link, Ref, Table, Text

# REF label END: a reference. NOTE label END: here a note begins. LINK number END … UNLINK: a link over what is between.
# BREAK: a line break that the page asks for, which white space in its source is not.
REF, END, NOTE, LINK, UNLINK, BREAK = "\ue000", "\ue001", "\ue002", "\ue003", "\ue004", "\ue005"
FORGED = re.compile("[\ue000-\ue005]")
SCRIPTS = {
    "sup": str.maketrans("0123456789+-−–n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻ⁿ"),
    "sub": str.maketrans("0123456789+-−–n", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋ₙ"),
}
_SCRIPTED = re.compile("[0-9+−–n-]{1,12}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")

_MARK = re.compile(
    rf"(?P<space> ?)(?:\[ ?{REF}(?P<in>[^{END}]*){END} ?\]|{REF}(?P<ref>[^{END}]*){END}|\[(?P<bare>\d{{1,3}})\])"
    rf"|{LINK}(?P<link>\d+){END}|(?P<unlink>{UNLINK})|{NOTE}[^{END}]*{END}"
)
_NOTE_MARK = re.compile(rf"^\s*{NOTE}([^{END}]*){END}\s*(?:\[\s*\w{{1,5}}\s*\]|\[?\1\]?(?=[.\s]))?\s*")
_BARE = re.compile(r"\[(\d{1,3})\]")
MAX_MISSING = 25  # notes in a row that a page may lack
_NOTE_BARE = re.compile(r"^\s*\[(\d{1,3})\]\s*")


@dataclass(frozen=True, slots=True)
class Para:
    """A paragraph or list item whose place is not yet known: it may prove a heading, a caption, a cell.

    bold: bold from end to end. level: of a list item, 0 the outermost.
    """

    text: Text
    bold: bool = False
    item: bool = False
    level: int = 0

    @property
    def plain(self) -> str:
        """The words."""
        return self.text.plain


@dataclass(frozen=True, slots=True)
class Head:
    """A heading. depth: as the source marks it (the n of `hn`, the number of `#`), 0 where it does not."""

    text: Text
    depth: int = 0

    @property
    def plain(self) -> str:
        """The words."""
        return self.text.plain


@dataclass(frozen=True, slots=True)
class Tab:
    """A table that the source marks as one."""

    table: Table


@dataclass(frozen=True, slots=True)
class Foot:
    """A note where it is printed. label "" : one more paragraph of the note before it."""

    label: str
    text: Text


@dataclass(frozen=True, slots=True)
class Gap:
    """A line or paragraph that holds only a no-break space: an empty cell, or a table's end."""


Piece = Para | Head | Tab | Foot | Gap


MAX_LINES = 30_000  # of a source of lines; the longest real ones have some 2,000


def lines_of(source: str) -> list[str]:
    """The lines of a source; all that follows the first MAX_LINES is one line: no text is lost, nor hours."""
    lines = scrubbed(source).replace("\r\n", "\n").replace("\r", "\n").split("\n", MAX_LINES)
    if len(lines) > MAX_LINES:
        lines[-1] = collapsed(lines[-1])
    return lines


def scrubbed(raw: str) -> str:
    """The text without what cannot be kept: lone surrogates, control characters, forged markers."""
    if _SURROGATE.search(raw):
        raw = raw.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROL.sub("", FORGED.sub("", raw))


def collapsed(raw: str) -> str:
    """The text with every run of white space one blank, stripped."""
    return " ".join(raw.split())


def raised(raw: str, tag: str) -> str:
    """What stands in a `sup` or `sub`, as the characters that print it so: "10⁶", "km²". Words are left as they are."""
    return raw.translate(SCRIPTS[tag]) if _SCRIPTED.fullmatch(raw) else raw


def plausible_labels(source: str, starts: re.Pattern[str]) -> frozenset[str]:
    """The numbers in brackets that may be references: those of the page's notes, and those that come near them or
    near the one before, as missing notes do. "[300]" on a page of eighteen notes is words.

    starts: how a note's beginning, or an anchor that names its number, is written; a group holds the number.
    """
    noted = {int(m[m.lastindex or 1]) for m in starts.finditer(source)}
    allowed: set[int] = set()
    before = 0
    for number in sorted(noted | {int(m[1]) for m in _BARE.finditer(source)}):
        if number in noted or number - before <= MAX_MISSING:
            allowed.add(number)
            before = number
    return frozenset(map(str, allowed)) | frozenset(f"{n:02}" for n in allowed) | frozenset(f"{n:03}" for n in allowed)


def text_of(raw: str, hrefs: Sequence[str] = (), *, lift_bare: Container[str] | bool = True) -> Text:
    """The raw text as a `Text`: white space collapsed, markers lifted, a blank before a marker dropped.

    hrefs: what the LINK markers' numbers mean. lift_bare: whether "[12]" is a reference, or the labels of which it is.
    """
    raw = " ".join(raw.replace(BREAK, " ").split())
    if "[" not in raw and not FORGED.search(raw):
        return Text(raw)
    parts: list[str] = []
    length = 0
    refs: list[Ref] = []
    spans: list[tuple[int, int, str]] = []
    opened: tuple[int, int] | None = None
    at = 0
    for mark in _MARK.finditer(raw):
        if mark["bare"] and not (lift_bare if isinstance(lift_bare, bool) else mark["bare"] in lift_bare):
            continue
        chunk = raw[at : mark.start()]
        # Two chunks may bring a blank each where a marker stood between them.
        if chunk[:1] == " " and (not parts or parts[-1][-1] == " "):
            chunk = chunk[1:]
        if chunk:
            parts.append(chunk)
            length += len(chunk)
        at = mark.end()
        label = mark["in"] or mark["ref"] or mark["bare"]
        if label:
            # The blank before a marker belongs to it ("assistance. [51]"), but never joins two words ("so [3]it").
            if parts and parts[-1][-1] == " ":
                parts[-1] = parts[-1][:-1]
                if not parts[-1]:
                    parts.pop()
                length -= 1
            refs.append(Ref(length, label))
            if mark["space"] and raw[at : at + 1].isalnum() and parts:
                parts.append(" ")
                length += 1
        elif mark["link"]:
            opened = (length, int(mark["link"]))
        elif mark["unlink"] and opened is not None:
            if opened[1] < len(hrefs):
                spans.append((opened[0], length, hrefs[opened[1]]))
            opened = None
    rest = raw[at:]
    if rest[:1] == " " and (not parts or parts[-1][-1] == " "):
        rest = rest[1:]
    plain = "".join((*parts, rest))
    end = len(plain.rstrip(" "))
    links = []
    for start, stop, href in spans:
        # The blank before a link's first word, and after its last, is not part of it.
        start += plain[start : start + 1] == " "
        stop = min(stop - (plain[stop - 1 : stop] == " "), end)
        if start < stop:
            links.append(Link(start, stop, href))
    return Text(plain[:end], tuple(Ref(min(r.offset, end), r.label) for r in refs), tuple(links))


def note_start(raw: str, *, bare: bool) -> tuple[str, str] | None:
    """The label and the rest of a raw text that begins a note; None for others. bare: "[3] …" begins one too."""
    found = _NOTE_MARK.match(raw) if NOTE in raw else None
    if found is None and bare:
        found = _NOTE_BARE.match(raw)
    return (found[1], raw[found.end() :]) if found else None


def joined(texts: Sequence[Text]) -> Text:
    """The texts as one, a blank between each two."""
    plain = ""
    refs: list[Ref] = []
    links: list[Link] = []
    for text in texts:
        shift = len(plain) + 1 if plain else 0
        plain = f"{plain} {text.plain}" if plain else text.plain
        refs += (Ref(r.offset + shift, r.label) for r in text.refs)
        links += (Link(link.start + shift, link.end + shift, link.href) for link in text.links)
    return Text(plain, tuple(refs), tuple(links))
