"""The farm's pages: profiles of the exam's layouts, each with a host, a format, a manner of serving and what moves on
it. All that a page is follows from its number.

Lives here: what a page is and how an edition of it is printed. Not here: what its host answers (modes*.py, site.py).
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from typing import Literal

from tests.exam.layouts import LAYOUTS
from tests.exam.making import made
from tests.exam.model import Profile
from tests.exam.render import MEDIA, Style, can_be_facts, render
from tests.farm.chrome import Moving, dressed

Validator = Literal["strong", "weak", "modified", "both", "none"]
VALIDATORS: tuple[Validator, ...] = ("strong", "weak", "modified", "both", "none")
SEED = 50_000  # beyond all seeds of the exam
FORMS = (*["html"] * 7, "markdown", "json", "text")
# Whose chapters, tables and dates say what a country's profile says: two of five pages are of these.
NEAR = ("monitor", "monitor-old")
SKINS: tuple[Moving, ...] = (
    *("nonce", "counter", "counter_in_text", "readers_now", "clock", "ads", "ads_in_text", "related", "menu"),
)


@dataclass(frozen=True, kw_only=True)
class Edition:
    """What a page says from some day on. modified: as its server dates it."""

    profile: Profile
    modified: datetime

    def edited(self, profile: Profile, *, after: timedelta = timedelta(days=1)) -> "Edition":
        """The next edition; after: how much later its server dates it, or earlier."""
        return Edition(profile=profile, modified=self.modified + after)


@dataclass(frozen=True, kw_only=True, eq=False)
class Page:
    """A page of the farm. soft404: its host answers 200 for whatever does not exist, in words of its own."""

    number: int
    layout: str
    form: str
    style: Style
    first: Edition
    validator: Validator
    is_compressed: bool
    soft404: bool
    skin: frozenset[Moving]

    @property
    def name(self) -> str:
        """The watch's name, and its profile's."""
        return f"page-{self.number}"

    @property
    def host(self) -> str:
        """An address of this machine that is this page's alone."""
        return f"127.{1 + self.number // 62_500}.{self.number // 250 % 250}.{self.number % 250 + 1}"

    @property
    def path(self) -> str:
        """Where it stands on its host."""
        return f"/reports/{self.layout}/{self.number}"

    @property
    def media_type(self) -> str:
        """What its server calls it."""
        return f"{MEDIA[self.form]}; charset=utf-8"

    @property
    def publisher(self) -> str:
        """Whose rules it is read by."""
        return "monitor" if self.layout in NEAR else "generic"

    @property
    def is_html(self) -> bool:
        """Whether it is a web page, with chrome around it."""
        return self.form == "html"

    def can_say(self, profile: Profile) -> bool:
        """Whether its format can say all of an edition: a tree of facts has no room for a paragraph."""
        return self.form != "json" or self.style.json != "facts" or can_be_facts(profile)

    @cached_property
    def _printed(self) -> list[tuple[Profile, str]]:
        return []

    def text(self, edition: Edition) -> str:
        """An edition as printed, without what stands around it."""
        for profile, text in self._printed:
            if profile is edition.profile:
                return text
        text = render(edition.profile, self.style, self.form).decode()
        self._printed[:] = [*self._printed[-2:], (edition.profile, text)]
        return text

    def body(self, edition: Edition, *, n: int, at: datetime) -> str:
        """An edition as it is served the n-th time, at an instant: with its chrome, and what moves on it moved."""
        return dressed(self.text(edition), self.form, seed=self.number, skin=self.skin, n=n, at=at)


def page(number: int) -> Page:
    """The page of this number, the same on every machine."""
    rng = random.Random(f"farm/{number}")
    name = rng.choice(NEAR) if rng.random() < 0.4 else rng.choice(tuple(LAYOUTS))
    profile, layout = made(name, SEED + number)
    forms = [f for f in FORMS if f in layout.formats]
    form = rng.choice(forms)
    skin = {SKINS[number % len(SKINS)], rng.choice(SKINS)}
    if form != "html":
        skin &= {"counter_in_text"}
    modified = datetime.fromisoformat("2025-03-01T09:30:00+00:00") + timedelta(minutes=number)
    style = layout.style if form != "html" else replace(layout.style, html=_STYLES[number % len(_STYLES)])
    return Page(
        number=number,
        layout=name,
        form=form,
        style=style,
        first=Edition(profile=profile, modified=modified),
        validator=VALIDATORS[rng.randrange(len(VALIDATORS))],
        is_compressed=rng.random() < 0.4,
        soft404=rng.random() < 0.25,
        skin=frozenset(skin),
    )


_STYLES = ("modern", "word", "site", "plain", "old")


def pages(numbers: range) -> Iterator[Page]:
    """These pages, one after another."""
    return map(page, numbers)


def http_date(at: datetime) -> str:
    """An instant as HTTP writes it."""
    return format_datetime(at.replace(microsecond=0), usegmt=True)
