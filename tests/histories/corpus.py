"""Histories: documents as published, version after version. Two invented ones everywhere, real ones where found.

Real ones are found by TRACKER_TEST_CORPUS, a folder that holds `histories/<sort>/<document>/<date>.md|json`. Nothing of
them stands here.
"""

import os
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

from tracker.cli.demo.rendered import as_text
from tracker.cli.demo.ruritania import edition
from tracker.document.model import Document
from tracker.extract.reader import Page, Unreadable, read

MEDIA_TYPES = {".md": "text/markdown", ".json": "application/json"}

TERMS = """# Terms of the Strelsau Ferry

Effective: {date}

## 1. Who may {ride}

Everyone who has a ticket may ride. [Fares]({fares}) are printed at the pier, and children ride for nothing.

Dogs ride with their owners, who answer for them.
{more}
## 2. What we answer for

We answer for luggage that is locked away. We do not answer for hats. Write to [the office]({office}) for more.
"""
FIRST = {"date": "1 May 2021", "ride": "ride", "fares": "https://ferry.example/fares", "office": "/office", "more": ""}
EDITIONS = (
    FIRST,
    FIRST | {"fares": "https://ferry.example/fares?lang=en", "office": "/en/office"},
    FIRST | {"date": "15 August 2023", "ride": "Ride"},
    FIRST | {"date": "15 August 2023", "more": "\n## Quiet hours\n\nNobody sings on the ferry after ten at night.\n"},
)


@dataclass(frozen=True)
class Version:
    """One version of a document as it was published."""

    name: str
    media_type: str
    data: bytes = field(repr=False)

    @property
    def page(self) -> Page | Unreadable:
        """What it reads as."""
        return _read(self)

    @property
    def document(self) -> Document:
        """The document, of a version that can be read."""
        page = self.page
        assert not isinstance(page, Unreadable)
        return page.document

    def __str__(self) -> str:
        return self.name


@cache
def _read(version: Version) -> Page | Unreadable:
    return read(version.data, media_type=version.media_type)


@cache
def histories() -> tuple[tuple[Version, ...], ...]:
    """The versions of each document, in the order in which they were published."""
    ruritania = [as_text(edition(number)).encode() for number in range(1, 7)]
    terms = [TERMS.format(**told).encode() for told in EDITIONS]
    found = [
        tuple(Version(f"ruritania/{k}", "text/plain", data) for k, data in enumerate(ruritania)),
        tuple(Version(f"ferry/{k}", "text/markdown", data) for k, data in enumerate((*terms, b"\x1f\x8b rubbish"))),
    ]
    corpus = os.environ.get("TRACKER_TEST_CORPUS")
    for folder in sorted(Path(corpus, "histories").glob("*/*")) if corpus else ():
        files = sorted(path for path in folder.iterdir() if path.suffix in MEDIA_TYPES)
        versions = (Version(f"{folder.name}/{p.stem}", MEDIA_TYPES[p.suffix], p.read_bytes()) for p in files)
        found.append(tuple(versions))
    return tuple(found)


@cache
def pairs() -> tuple[tuple[Version, Version], ...]:
    """Each version that can be read, with the next one that can."""
    found: list[tuple[Version, Version]] = []
    for history in histories():
        found += pairwise(v for v in history if not isinstance(v.page, Unreadable))
    return tuple(found)
