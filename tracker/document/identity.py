"""Names of things: slugs, lineage ids, and the ids that others see. Pure.

A lineage id says which block this is through all versions: given when the block first appears, copied along the
alignment afterwards (compare/). It is made from where and in which version the block was first seen, so that
folding the same versions again gives the same ids.
"""

import hashlib
import re
import unicodedata
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from tracker.document.model import Block, Chapter, Document, Note, Prose, Row, Section, Table

# Letters that NFKD does not take apart into an ASCII letter and a mark.
_ASCII = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d",
        "Ð": "d", "þ": "th", "Þ": "th", "ł": "l", "Ł": "l", "ħ": "h", "Ħ": "h", "ı": "i", "ə": "e", "Ə": "e",
        "ŋ": "n", "Ŋ": "n", "'": " ", "\u2018": " ", "\u2019": " ", "\u02bc": " ", "&": " and ",
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
    }
)  # fmt: skip


def slug(title: str) -> str:
    """The title as lower-case ASCII words joined by hyphens; "" where nothing of it is left.

    "Côte d'Ivoire" → `cote-d-ivoire`; "Mine Ban Policy" → `mine-ban-policy`.
    """
    plain = unicodedata.normalize("NFKD", title.translate(_ASCII)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def slug_or_hash(title: str) -> str:
    """The title's slug, or where it has none (another script) `x-` and eight digits of its hash."""
    return slug(title) or "x-" + hashlib.sha256(title.encode("utf-8", "surrogatepass")).hexdigest()[:8]


class Lineage:
    """Gives out ids for things first seen in one version: the same ones for the same seed and order of asking.

    seed: what names the version (its address, or a hash of its text). taken: ids that may not be given again.
    """

    def __init__(self, seed: str, taken: set[str] | None = None) -> None:
        self._seeded = hashlib.blake2b(f"{seed}\x00".encode("utf-8", "surrogatepass"), digest_size=5)
        self._taken = set(taken or ())

    def new(self, kind: str, place: str) -> str:
        """An unused id: `kind` is its prefix (`b` block, `s` section, `n` note, `r` row), `place` where it stands."""
        for turn in range(1_000_000):
            told = self._seeded.copy()
            told.update(f"{place}\x00{turn}".encode())
            found = f"{kind}_{told.hexdigest()}"
            if found not in self._taken:
                self._taken.add(found)
                return found
        raise AssertionError("a million ids are taken for one place")


def with_new_ids(document: Document, seed: str) -> Document:
    """The document with a new lineage id on every section, block, row and note: for a first version.

    Chapters are seeded apart, so that a chapter's ids do not depend on its neighbours.
    """
    return replace(document, chapters=tuple(chapter_with_new_ids(c, seed) for c in document.chapters))


def chapter_with_new_ids(chapter: Chapter, seed: str) -> Chapter:
    """The chapter with a new lineage id on every section, block, row and note."""
    new = Lineage(f"{seed}/{chapter.slug}").new

    def block(b: Block, place: str) -> Block:
        made = new("b", place)
        if isinstance(b, Prose):
            return Prose(b.text, b.kind, b.level, made)
        header = tuple([Row(r.cells, r.is_band, new("r", f"{place}/h{i}")) for i, r in enumerate(b.header)])
        rows = tuple([Row(r.cells, r.is_band, new("r", f"{place}/r{i}")) for i, r in enumerate(b.rows)])
        return Table(b.caption, header, rows, b.legend, b.shape, made)

    def section(s: Section, place: str) -> Section:
        made = new("s", place)
        blocks = tuple([block(b, f"{place}/b{i}") for i, b in enumerate(s.blocks)])
        return Section(
            s.title, s.level, blocks, tuple([section(c, f"{place}/s{i}") for i, c in enumerate(s.sections)]), made
        )

    return replace(
        chapter,
        blocks=tuple([block(b, f"b{i}") for i, b in enumerate(chapter.blocks)]),
        sections=tuple([section(s, f"s{i}") for i, s in enumerate(chapter.sections)]),
        notes=tuple([Note(n.label, n.text, new("n", f"n{i}")) for i, n in enumerate(chapter.notes)]),
    )


def without_ids(document: Document) -> Document:
    """The document with no lineage ids, as a fresh extraction has none."""
    return replace(document, chapters=tuple(chapter_without_ids(c) for c in document.chapters))


def chapter_without_ids(chapter: Chapter) -> Chapter:
    """The chapter with no lineage ids."""

    def block(b: Block) -> Block:
        if not isinstance(b, Table):
            return replace(b, id="")
        bare = tuple(replace(r, id="") for r in b.header), tuple(replace(r, id="") for r in b.rows)
        return replace(b, id="", header=bare[0], rows=bare[1])

    def section(s: Section) -> Section:
        return replace(s, id="", blocks=tuple(map(block, s.blocks)), sections=tuple(map(section, s.sections)))

    return replace(
        chapter,
        blocks=tuple(map(block, chapter.blocks)),
        sections=tuple(map(section, chapter.sections)),
        notes=tuple(replace(n, id="") for n in chapter.notes),
    )


def has_ids(chapter: Chapter) -> bool:
    """Whether the chapter's blocks, sections and notes carry lineage ids."""
    things = (*chapter.blocks, *chapter.sections, *chapter.notes)
    return bool(things) and all(thing.id for thing in things)


def short_id(prefix: str, *parts: str) -> str:
    """A stable id made of what it names: `prefix`, `_`, 16 hex digits of SHA-256 over the parts."""
    told = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return f"{prefix}_{hashlib.sha256(told).hexdigest()[:16]}"


# What every address has and that names no subject: country profiles sit at `…/2022/ruritania/view-all.aspx`.
_TELLS_NOTHING = frozenset(
    {"view-all", "index", "default", "home", "profile", "country-profile", "en-gb", "en", "reports"}
)


def profile_name(title: str, url: str) -> str:
    """A profile's slug, where nobody gave one: of its title, else the URL's last telling segment, else its host."""
    if slug(title):
        return slug(title)
    parts = urlsplit(url)
    segments = [slug(re.sub(r"\.[A-Za-z0-9]{1,5}$", "", unquote(s))) for s in parts.path.split("/")]
    telling = [s for s in segments if s and s not in _TELLS_NOTHING and not s.isdigit()]
    return telling[-1] if telling else slug_or_hash(parts.hostname or url)
