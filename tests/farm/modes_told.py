"""The ways in which something is edited: each told exactly once, and its undoing once, whatever stands in between."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from tests import publisher
from tests.exam import cases  # noqa: F401  (puts all sorts of edits to SORTS)
from tests.exam.cases import KNOWN
from tests.exam.editor import SORTS, Editor
from tests.exam.model import Chapter, Profile, Section, size, walk
from tests.exam.prose import Prose
from tests.exam.render import is_single
from tests.exam.words import TOWNS
from tests.farm import standins
from tests.farm.modes import GAP, ONCE, SETTLED, Asked, Life, Phase, Serve, Tag, honest, mode, send
from tests.farm.modes_instead import challenge, instead
from tests.farm.pages import Edition, Page
from tests.publisher import Answer, status

EDITS: dict[str, tuple[str, ...]] = {
    "word": ("word",),
    "number": ("number",),
    "date_in_text": ("date_in_text",),
    "negation": ("negation",),
    "table_cell": ("cell_changed", "row_updated", "status_changed"),
    "row": ("row_added", "row_removed"),
    "note_added": ("note_added",),
    "note_replaced": ("note_replaced",),
    "note_removed": ("note_removed", "note_gone"),
    "date_line": ("date_changed",),
    "paragraph_added": ("added",),
    "paragraph_removed": ("removed",),
    "section_added": ("section_added",),
    "section_removed": ("section_removed",),
    "section_moved": ("section_moved",),
    "chapter_added": ("chapter_added",),
    "chapter_removed": ("chapter_removed",),
    "silent_edit": ("reword", "sentence_added"),
}
SMALL = ("word", "number", "sentence_added", "cell_changed", "row_updated")


def edited(page: Page, rng: random.Random, sorts: tuple[str, ...]) -> Edition | None:
    """The page after one edit of these sorts, in one of its chapters; None where it has no place for one."""
    for name in rng.sample(sorts, len(sorts)):
        editor = Editor(page.first.profile, rng, page.form, is_known=page.layout in KNOWN)
        if SORTS[name](editor) and page.can_say(editor.profile):
            return page.first.edited(editor.profile)
    return None


def there_and_back(page: Page, edition: Edition, serve: Serve = honest) -> Life:
    """An edition that stays for hours, then what stood before again."""
    back = page.first.edited(page.first.profile, after=timedelta(days=2))
    return (
        Phase(serve=serve, edition=edition, looks=SETTLED, alerts=ONCE),
        Phase(serve=serve, edition=back, looks=SETTLED, alerts=ONCE),
    )


def _edit(sorts: tuple[str, ...]) -> Callable[[Page, random.Random], Life | None]:
    def make(page: Page, rng: random.Random) -> Life | None:
        edition = edited(page, rng, sorts)
        return there_and_back(page, edition) if edition else None

    return make


for _name, _sorts in EDITS.items():
    mode(f"edit_{_name}", "told", _edit(_sorts))


# ---------------------------------------------------------------- edits that servers hide


def _make_old_time(page: Page, rng: random.Random) -> Life | None:
    if page.validator != "modified" or (edition := edited(page, rng, SMALL)) is None:
        return None
    older = page.first.edited(edition.profile, after=timedelta(days=-400))
    return there_and_back(page, older)


mode("edit_with_older_file_time", "told", _make_old_time)


def _make_lying(page: Page, rng: random.Random) -> Life | None:
    edition = edited(page, rng, SMALL)
    if page.validator == "none" or page.skin or edition is None:
        return None

    def lying(asked: Asked) -> Answer:
        return send(asked, tag=Tag('"for-ever"'))

    back = page.first.edited(page.first.profile, after=timedelta(0))
    same = page.first.edited(edition.profile, after=timedelta(0))
    looks = tuple(30.0 * i for i in range(24))
    return (
        Phase(serve=lying, looks=(0.0,)),
        Phase(serve=lying, edition=same, looks=looks, alerts=ONCE),
        Phase(serve=lying, edition=back, looks=(0.0, GAP, 150.0), alerts=ONCE),
    )


mode("edit_under_a_lying_etag", "told", _make_lying)


def _behind(veil: Serve) -> Callable[[Page, random.Random], Life | None]:
    """The edit is made while something stands in front of the page."""

    def make(page: Page, rng: random.Random) -> Life | None:
        edition = edited(page, rng, SMALL)
        if edition is None:
            return None
        return Phase(serve=veil, looks=(0.0, GAP, 2 * GAP)), *there_and_back(page, edition)

    return make


mode("edit_during_an_outage", "told", _behind(instead(standins.maintenance, 503)))
mode("edit_behind_a_challenge", "told", _behind(challenge("cloud")))
mode("edit_behind_a_login", "told", _behind(instead(standins.login_form)))
mode("edit_behind_retry_after", "told", _behind(lambda asked: status(429, "Later.", retry_after=3_000)))
mode("edit_behind_404", "told", _behind(lambda asked: status(404, "Not here.")))
mode("edit_behind_a_drip", "told", _behind(lambda asked: publisher.truncated(asked.body().encode()[:3000])))


def _make_status(page: Page, rng: random.Random) -> Life | None:
    """A paragraph that looks like furniture and says what a country's standing is."""
    said = ("Status: not a party. Last seen by 14 readers.", "Status: State Party. Last seen by 14 readers.")
    editions = []
    for hours, words in enumerate(said):
        profile = page.first.profile.copy()
        chapter = max(profile.chapters, key=lambda c: len(c.sections))
        if not chapter.sections or not chapter.sections[0].blocks:
            return None
        chapter.sections[0].blocks.append(profile.paragraph(words))
        if not page.can_say(profile):
            return None
        editions.append(page.first.edited(profile, after=timedelta(days=1, hours=hours)))
    back = page.first.edited(page.first.profile, after=timedelta(days=2))
    return (
        Phase(edition=editions[0], looks=SETTLED, alerts=ONCE),
        Phase(edition=editions[1], looks=SETTLED, alerts=ONCE),
        Phase(edition=back, looks=SETTLED, alerts=ONCE),
    )


mode("edit_of_a_status_that_looks_like_furniture", "told", _make_status)


def _make_between(page: Page, rng: random.Random) -> Life | None:
    """The edit comes between two looks within a minute, as what moves of itself would."""
    edition = edited(page, rng, ("number", "word"))
    if edition is None:
        return None
    back = page.first.edited(page.first.profile, after=timedelta(days=2))
    return (
        Phase(looks=(0.0,), lasts=0.5),
        Phase(edition=edition, looks=SETTLED, alerts=ONCE),
        Phase(edition=back, looks=SETTLED, alerts=ONCE),
    )


mode("edit_within_a_minute", "told", _make_between)


def _make_beside(page: Page, rng: random.Random) -> Life | None:
    """A paragraph more, and then another word in it, right beside what moves of itself."""
    if not page.skin & {"counter_in_text", "ads_in_text"} or not page.is_html:
        return None
    more, other = page.first.profile.copy(), page.first.profile.copy()
    said = f"{Prose(rng).paragraph(25)} The ferry of {rng.choice(TOWNS)} is not in service."
    for profile, words in ((more, said), (other, said.replace("not in service", "in service"))):
        section = _first_section(profile)
        if section is None:
            return None
        section.blocks.insert(0, profile.paragraph(words))
    back = page.first.edited(page.first.profile, after=timedelta(days=2))
    return (
        Phase(edition=page.first.edited(more), looks=SETTLED, alerts=ONCE),
        Phase(edition=page.first.edited(other, after=timedelta(days=1, hours=3)), looks=SETTLED, alerts=ONCE),
        Phase(edition=back, looks=SETTLED, alerts=ONCE),
    )


def _first_section(profile: Profile) -> Section | None:
    """The one under whose heading chrome.py puts what moves: the first of the third rank, else of the second."""
    top = 1 if is_single(profile) else 2
    paths = [path for c in profile.chapters for path in walk(c.sections)]
    for rank in (3, 2):
        for path in paths:
            if len(path) + top == rank:
                return path[-1]
    return None


mode("edit_beside_what_moves", "told", _make_beside)


# ---------------------------------------------------------------- much is gone, and stays so


def _thinned(profile: Profile) -> Profile | None:
    """The largest chapter with less than a third of its text, everything else as it was."""
    made = profile.copy()
    chapter = max(made.chapters, key=_words)
    whole = _words(chapter)
    while chapter.sections and len(chapter.sections) > 1 and _words(chapter) > 0.3 * whole:
        chapter.sections.remove(max(chapter.sections[1:] or chapter.sections, key=size))
    return made if whole > 200 and _words(chapter) < 0.5 * whole else None


def _words(chapter: Chapter) -> int:
    return sum(map(size, chapter.blocks)) + sum(map(size, chapter.sections))


def _make_mass(page: Page, rng: random.Random) -> Life | None:
    thin = _thinned(page.first.profile)
    return there_and_back(page, page.first.edited(thin)) if thin else None


mode("mass_deletion_that_stays", "told", _make_mass)


def _make_removed(code: int) -> Callable[[Page, random.Random], Life | None]:
    def make(page: Page, rng: random.Random) -> Life | None:
        gone = Phase(
            serve=lambda asked: status(code, "It is no more."),
            looks=tuple(60.0 * h for h in (0, 3, 13, 25, 26, 49, 73)),
            lasts=80 * 60.0,
            alerts=ONCE,
        )
        return gone, Phase(looks=(0.0, GAP, 150.0, 25 * 60.0, 26 * 60.0), alerts=ONCE)

    return make


mode("removed_410_and_restored", "told", _make_removed(410), "long")
mode("removed_404_and_restored", "told", _make_removed(404), "long")


# ---------------------------------------------------------------- to and fro


def _make_ab(page: Page, rng: random.Random) -> Life | None:
    """Two variants by turns for half a day: the edit at most once, its undoing at most once; then one stays."""
    other = edited(page, rng, ("word", "reword", "number"))
    if other is None:
        return None

    def either(asked: Asked) -> Answer:
        edition = other if asked.rng.random() < 0.5 else page.first
        return send(asked, page.body(edition, n=asked.total, at=asked.at), tag=Tag(None))

    looks = tuple(60.0 * i for i in range(14))
    day = 24 * 60.0
    settle = (0.0, GAP, 150.0, day + 60, day + 120, day + 300)
    return Phase(serve=either, looks=looks, alerts=(0, 2)), Phase(looks=settle, alerts=(0, 1))


mode("ab_of_text", "told", _make_ab, "long")


def _make_stale(page: Page, rng: random.Random) -> Life | None:
    """After an edit some looks meet a node that still has the old copy."""
    edition = edited(page, rng, SMALL)
    if edition is None:
        return None

    def node(asked: Asked) -> Answer:
        if asked.n % 2:
            return send(replace(asked, edition=page.first), headers={"Age": "5400"})
        return send(asked)

    back = page.first.edited(page.first.profile, after=timedelta(days=2))
    day = 24 * 60.0
    settle = (0.0, GAP, 150.0, day + 60, day + 120)
    return (
        Phase(edition=edition, looks=(0.0, GAP, 150.0), alerts=ONCE),
        Phase(serve=node, edition=edition, looks=(0.0, 20.0, 40.0, 60.0, 80.0, 100.0), alerts=(0, 1)),
        Phase(edition=edition, looks=settle, lasts=2 * day, alerts=(0, 1)),
        Phase(edition=back, looks=settle, lasts=2 * day, alerts=ONCE),
    )


mode("cdn_node_with_an_old_copy", "told", _make_stale, "long")
