"""Pairs of texts as editors leave them: invented ones, made by a seed; and those of real histories where they are here.

Real histories are found by TRACKER_TEST_CORPUS: a folder whose `histories` holds folders of one document each, its
versions named by date. Nothing of them stands in this project.
"""

import os
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.strategies import WORDS
from tracker.cli.demo.ruritania import LAST, edition
from tracker.compare import compare
from tracker.document.model import Document, Prose, walk_blocks
from tracker.errors import UnreadablePage
from tracker.extract import extract

_TYPES = {".json": "application/json", ".md": "text/markdown", ".html": "text/html", ".txt": "text/plain"}
_SCRIPTS = ("ولاية", "الألغام\u200f", "מוקשים", "нааҗ", "cafe\u0301", "Việt", "भूमि", "地雷")


def invented(count: int, *, seed: int = 7) -> Iterator[tuple[str, str]]:
    """So many pairs: one to six edits of words, phrases and sentences in paragraphs of Ruritania's profile."""
    made = random.Random(seed)
    texts = [
        block.text.plain
        for chapter in edition(LAST).document.chapters
        for _, block in walk_blocks(chapter)
        if isinstance(block, Prose) and len(block.text.plain) > 60
    ]
    for _ in range(count):
        old = " ".join(made.sample(texts, made.randint(1, 3)))
        new = old
        for _ in range(made.randint(1, 6)):
            new = _edited(new, made)
        if new != old:
            yield old, new


def _edited(text: str, made: random.Random) -> str:
    words = text.split(" ")
    at = made.randrange(len(words))
    some = [made.choice((*WORDS, *words, *_SCRIPTS)) for _ in range(made.choice((1, 1, 1, 2, 3, 6, 12)))]
    match made.randrange(8):
        case 0:
            words[at:at] = some
        case 1:
            del words[at : at + len(some)]
        case 2 | 3:
            words[at : at + len(some)] = some
        case 4:
            words[at] = f"“{words[at]}”"
        case 5:
            words[at] = "".join(str(made.randrange(10)) if c.isdigit() else c for c in words[at])
        case 6:
            sentences = text.split(". ")
            made.shuffle(sentences)
            return ". ".join(sentences)
        case _:
            moved = words[at : at + 4]
            del words[at : at + 4]
            to = made.randrange(len(words) + 1)
            words[to:to] = moved
    return " ".join(words)


def is_here() -> bool:
    """Whether this machine has real histories."""
    return "TRACKER_TEST_CORPUS" in os.environ


def real() -> list[tuple[str, str]]:
    """Every pair of texts that consecutive versions of real documents hold; none where they are not on this machine."""
    folder = os.environ.get("TRACKER_TEST_CORPUS")
    found: dict[tuple[str, str], None] = {}
    for old, new in _histories(Path(folder) / "histories") if folder else ():
        compared = compare(old, new)
        found.update(((e.old, e.new), None) for e in (*compared.edits, *compared.neutral) if e.old and e.new)
    return [(old, new) for old, new in found if old != new]


def _histories(root: Path) -> Iterator[tuple[Document, Document]]:
    for folder in sorted(path for path in root.rglob("*") if path.is_dir()):
        read = [_read(file) for file in sorted(folder.iterdir()) if file.suffix in _TYPES]
        yield from pairwise(document for document in read if document is not None)


def _read(file: Path) -> Document | None:
    try:
        return extract(file.read_bytes(), media_type=_TYPES[file.suffix])
    except UnreadablePage:
        return None
