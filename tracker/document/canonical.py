"""The three texts of a chapter: as printed, in comparison form, and their SHA-256 (design §1). Pure.

Canonical text is what a reader sees, note labels and quotes as printed. Comparison form `norm/1` is the same
content without its clothes: equal for other quotes, dashes, spaces, soft hyphens, markup and note numbers.
`norm/1` is stored with each version and can never change: a better one is `norm/2`.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from tracker.document.model import Block, Cell, Chapter, Prose, Section, Text

NORM = "norm/1"

# Soft hyphen, zero-width characters, marks of direction, variation selectors: no reader sees one.
_INVISIBLE = dict.fromkeys(
    (
        0x00AD,
        0x061C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x206A),
        0xFE0E,
        0xFE0F,
        0xFEFF,
    )
)
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`\u02bc\uff07", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        "\u2026": "...",
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
        "\ufb03": "ffi",
        "\ufb04": "ffl",
        **{chr(0xFF01 + i): chr(0x21 + i) for i in range(94) if chr(0xFF01 + i) not in "\uff07\uff02"},
    }
)
_SPACES = re.compile(r"[\s\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")


@lru_cache(maxsize=65536)
def norm(text: str) -> str:
    """The text in comparison form `norm/1`: idempotent.

    NFC; soft hyphens, zero-width characters and marks of direction dropped; quotes, dashes, ellipsis, ligatures and
    full-width forms folded; every run of white space one blank; stripped. Case, punctuation, digits and superscripts
    stay.
    """
    if text.isascii():
        return " ".join(text.split())
    folded = unicodedata.normalize("NFC", text).translate(_INVISIBLE).translate(_FOLDED)
    # Folding can bring a base and its mark together that an invisible character kept apart.
    return _SPACES.sub(" ", unicodedata.normalize("NFC", folded)).strip()


def printed(text: Text) -> str:
    """The text as a reader sees it, with its note markers: `ended in 2019.[3]`."""
    if not text.refs:
        return text.plain
    parts: list[str] = []
    at = 0
    for ref in text.refs:
        parts += (text.plain[at : ref.offset], f"[{ref.label}]")
        at = ref.offset
    return "".join((*parts, text.plain[at:]))


def canonical_text(chapter: Chapter) -> str:
    """What a reader sees of the chapter, a line for each heading, paragraph, row and note, labels as printed."""
    lines = [chapter.title]
    if chapter.date_text is not None:
        lines.append(chapter.date_text)
    lines += _lines(chapter, printed, cell_mark=" | ")
    lines += (f"[{note.label}] {printed(note.text)}" for note in chapter.notes)
    return "\n".join(lines) + "\n"


def norm_text(chapter: Chapter) -> str:
    """The chapter in comparison form: words, order, table structure, printed date; a reference is `[]`, tied to the
    note that it points at by that note's place among the chapter's notes; note labels are left out.
    """
    place = {note.label: str(i) for i, note in reversed(list(enumerate(chapter.notes)))}

    def folded(text: Text) -> str:
        parts: list[str] = []
        at = 0
        for ref in text.refs:
            parts += (text.plain[at : ref.offset], f"\x00{place.get(ref.label, '?')}\x00")
            at = ref.offset
        return norm("".join((*parts, text.plain[at:])))

    date = chapter.date.isoformat() if chapter.date else norm(chapter.date_text or "")
    lines = [norm(chapter.title), date]
    lines += _lines(chapter, folded, cell_mark="\x1f")
    lines += ("\x02" + folded(note.text) for note in chapter.notes)
    return "\n".join(lines) + "\n"


def text_sha256(chapter: Chapter) -> str:
    """SHA-256 of the canonical text, 64 hex digits."""
    return sha256(canonical_text(chapter).encode("utf-8", "surrogatepass"))


def norm_sha256(chapter: Chapter) -> str:
    """SHA-256 of the comparison form `norm/1`, 64 hex digits."""
    return sha256(norm_text(chapter).encode("utf-8", "surrogatepass"))


def sha256(data: bytes) -> str:
    """SHA-256 of the bytes, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def _lines(chapter: Chapter, shown: Callable[[Text], str], *, cell_mark: str) -> list[str]:
    """Headings, paragraphs, captions, rows and legends of a chapter in reading order, each by `shown`."""
    lines: list[str] = []

    def said(cell: Cell) -> str:
        return shown(cell.paragraphs[0]) if len(cell.paragraphs) == 1 else "\n".join(map(shown, cell.paragraphs))

    def add_blocks(blocks: Iterable[Block]) -> None:
        for block in blocks:
            if isinstance(block, Prose):
                lines.append(shown(block.text))
                continue
            if block.caption is not None:
                lines.append(shown(block.caption))
            lines.extend([cell_mark.join(map(said, row.cells)) for row in (*block.header, *block.rows)])
            lines.extend(map(shown, block.legend))

    def add_sections(sections: Iterable[Section]) -> None:
        for section in sections:
            lines.append(shown(section.title))
            add_blocks(section.blocks)
            add_sections(section.sections)

    add_blocks(chapter.blocks)
    add_sections(chapter.sections)
    return lines
