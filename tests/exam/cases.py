"""Cases of the exam: a profile, edits by a seed, both printed in a format, and what must be told of them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import tracker
from tests.exam import (  # noqa: F401  (each puts its sorts to SORTS)
    edits_blocks,
    edits_cells,
    edits_chapters,
    edits_notes,
    edits_sections,
    edits_tables,
    edits_words,
)
from tests.exam.editor import APART, SORTS, Editor
from tests.exam.layouts import LAYOUTS, Layout
from tests.exam.making import made
from tests.exam.model import Profile
from tests.exam.noise import noisy
from tests.exam.real import real_profile
from tests.exam.render import MEDIA, Style, can_be_facts, render
from tests.exam.truth import Expected, expected

REAL = "real"
KNOWN = (REAL, "monitor", "monitor-old")  # their headings and tables are in the engine's rules
VARIANTS = 8  # of each layout
HTML_STYLES = ("modern", "word", "site", "plain", "old")
OF_CHAPTERS = ("chapter_added", "chapter_removed", "chapter_renamed", "chapter_moved")


@dataclass(frozen=True)
class Case:
    """A case by its name: all that it holds follows from these, the same on every machine.

    sort: of one edit, or `mixed`, or `noise` (no edit). count: edits of a mixed case. is_back: from new to old.
    """

    profile: str
    form: str
    sort: str
    seed: int
    count: int = 1
    is_noisy: bool = False
    is_back: bool = False

    @property
    def command(self) -> str:
        """What runs this case alone."""
        told = f"python -m tests.exam --profile {self.profile} --format {self.form} --seeds {self.seed}-{self.seed}"
        told += f" --mixed {self.count}" if self.sort == "mixed" else f" --sort {self.sort}"
        return told + " --noise" * self.is_noisy + " --back" * self.is_back + " --dump DIR"


@dataclass(frozen=True)
class Pages:
    """Two pages and the edits that lead from one to the other."""

    old: bytes
    new: bytes
    wanted: list[Expected]


@cache
def _made(name: str, variant: int) -> tuple[Profile, Layout]:
    return made(name, variant)


def source(name: str, seed: int) -> tuple[Profile, Style, tuple[str, ...]]:
    """A profile by name, its style, and the formats that can say all of it. Seeds vary the made ones."""
    if name == REAL:
        real = real_profile()
        if real is None:
            raise SystemExit("the real profile is not here: set TRACKER_TEST_PROFILES to the folder that holds it")
        return real, Style(html=HTML_STYLES[seed % len(HTML_STYLES)], bar=True), ("text", "html", "markdown", "json")
    profile, layout = _made(name, seed % VARIANTS)
    return profile, layout.style, layout.formats


def pages(case: Case) -> Pages | None:
    """The pages of a case; None where its profile has no place for such an edit, or its format cannot say it."""
    profile, style, formats = source(case.profile, case.seed)
    if case.form not in formats:
        return None
    rng = random.Random(f"{case.profile}/{case.sort}/{case.seed}/{case.count}")
    editor = Editor(profile, rng, case.form, is_known=case.profile in KNOWN)
    if case.sort == "mixed":
        _mix(editor, case.count)
    elif case.sort != "noise" and not SORTS[case.sort](editor):
        return None
    before, after, marks = profile, editor.profile, editor.marks
    if case.is_back:
        before, after, marks = after, before, marks.backward()
    if case.form == "json" and style.json == "facts" and not can_be_facts(editor.profile):
        return None
    old, new = render(before, style, case.form), render(after, style, case.form)
    if case.is_noisy or case.sort == "noise":
        new = noisy(new, case.form, random.Random(f"noise/{case.profile}/{case.sort}/{case.seed}/{case.count}"))
    return Pages(old, new, expected(before, after, marks))


def _mix(editor: Editor, count: int) -> None:
    """So many edits of sorts that the seed chooses, each at a place of its own; now and then one of a chapter."""
    names = [n for n in SORTS if n not in APART]
    left = count
    if editor.rng.random() < 0.25:
        left -= SORTS[editor.rng.choice(OF_CHAPTERS)](editor)
    for _ in range(count * 8):
        if not left:
            return
        left -= SORTS[editor.rng.choice(names)](editor)


def documents(case: Case, found: Pages) -> tuple[tracker.Document, tracker.Document]:
    """Both pages, read."""
    media = MEDIA[case.form]
    return _read(found.old, media), _read(found.new, media)


@lru_cache(maxsize=256)
def _read(page: bytes, media_type: str) -> tracker.Document:
    return tracker.extract(page, media_type=media_type)


def names(which: str) -> list[str]:
    """The profiles of a name: `real`, `made` (all layouts), `all`, or names by commas."""
    if which == "made":
        return list(LAYOUTS)
    if which == "all":
        return [*([REAL] if real_profile() else []), *LAYOUTS]
    return which.split(",")


def cases(
    which: str,
    forms: tuple[str, ...],
    sorts: tuple[str, ...],
    seeds: range,
    *,
    mixed: int = 0,
    is_noisy: bool = False,
    is_back: bool = False,
) -> Iterator[Case]:
    """The cases that this asks for. mixed: so many edits at once, instead of one of each sort."""
    for name in names(which):
        for form in forms:
            for sort in ("mixed",) if mixed else sorts:
                for seed in seeds:
                    yield Case(name, form, sort, seed, mixed or 1, is_noisy, is_back)


def spread(
    name: str,
    sorts: tuple[str, ...],
    seeds: range,
    *,
    count: int = 1,
    every_form: bool = False,
    is_noisy: bool = False,
    is_back: bool = False,
) -> Iterator[Case]:
    """Cases of one profile. Unless `every_form`, each is printed in one of its formats, by turns."""
    for at, sort in enumerate(sorts):
        for seed in seeds:
            forms = source(name, seed)[2]
            for form in forms if every_form else (forms[(seed + at) % len(forms)],):
                yield Case(name, form, sort, seed, count, is_noisy, is_back)
