"""The real profile as a source model, where it is here (TRACKER_TEST_PROFILES: a folder with azerbaijan.txt)."""

import os
from functools import cache
from pathlib import Path

import tracker
from tests.exam.model import Block, Chapter, Para, Paras, Profile, Row, Section, Table
from tracker.document import model as doc


@cache
def real_text() -> bytes | None:
    """The file's bytes, or None where there is none."""
    folder = os.environ.get("TRACKER_TEST_PROFILES")
    path = Path(folder) / "azerbaijan.txt" if folder else None
    return path.read_bytes() if path is not None and path.is_file() else None


@cache
def real_profile() -> Profile | None:
    """The profile as a source model."""
    told = real_text()
    return model_of(tracker.extract(told, media_type="text/plain")) if told is not None else None


def model_of(document: tracker.Document) -> Profile:
    """A document as a source model: references by the labels that they print."""
    profile = Profile(document.title, [])
    for chapter in document.chapters:
        made = Chapter(profile.fresh(), chapter.title, chapter.date_text)
        made.blocks = [_block(profile, b) for b in chapter.blocks]
        made.sections = [_section(profile, s) for s in chapter.sections]
        made.notes = {n.label: _text(n.text) for n in chapter.notes}
        profile.chapters.append(made)
    return profile


def _text(text: doc.Text) -> str:
    marks = [(r.offset, 1, f"⟦{r.label}⟧") for r in text.refs]
    for link in text.links:
        marks += [(link.start, 2, f"⟪{link.href}¦"), (link.end, 0, "⟫")]
    out, at = "", 0
    for offset, _, mark in sorted(marks, key=lambda m: m[:2]):
        out += text.plain[at:offset] + mark
        at = offset
    return out + text.plain[at:]


def _section(profile: Profile, section: doc.Section) -> Section:
    made = Section(profile.fresh(), _text(section.title))
    made.blocks = [_block(profile, b) for b in section.blocks]
    made.sections = [_section(profile, s) for s in section.sections]
    return made


def _paras(cell: doc.Cell) -> Paras:
    return [_text(p) for p in cell.paragraphs]


def _block(profile: Profile, block: doc.Block) -> Block:
    if isinstance(block, doc.Prose):
        kinds = {"paragraph": "p", "item": "li", "cross_reference": "x"}
        return Para(profile.fresh(), _text(block.text), kinds[block.kind])  # type: ignore[arg-type]
    uid = profile.fresh()
    header = [[_paras(c) for c in row.cells] for row in block.header]
    rows = [Row(profile.fresh(), [_paras(c) for c in r.cells], r.is_band) for r in block.rows]
    width = max(len(r.cells) for r in (*block.header, *block.rows))
    columns = [profile.fresh() for _ in range(width)]
    caption = _text(block.caption) if block.caption else None
    return Table(uid, block.shape, caption, columns, header, rows, [_text(line) for line in block.legend])
