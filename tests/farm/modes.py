"""The ways of a page, and the truth of each: how many alerts may come of it, and when.

A mode is a run of phases. In each the host answers in one manner, the page is looked at some times, and so many alerts
must be owed when it is over: none where nothing was edited, one for an edit, one for its undoing. Lives here: what a
phase is and how an honest page is sent. The ways themselves: modes_moving.py, modes_instead.py, modes_told.py.
"""

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tests import publisher
from tests.farm.pages import Edition, Page, http_date
from tests.publisher import Answer, Request

GAP = 20.0  # minutes between two looks at a fault that passes: with four looks, less than it takes to confirm one
SETTLED = (0.0, 20.0, 150.0)  # minutes: a look, and those that `confirm_after_s` wants after it
NONE, ONCE = (0, 0), (1, 1)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request for a page. n: since the phase began, from 1. total: since the page began."""

    page: Page
    edition: Edition
    n: int
    total: int
    at: datetime
    request: Request
    rng: random.Random

    def body(self) -> str:
        """The page as it stands, dressed for this request."""
        return self.page.body(self.edition, n=self.total, at=self.at)


Serve = Callable[[Asked], Answer]


@dataclass(frozen=True)
class Tag:
    """An entity tag that a phase makes up."""

    text: str | None


def send(
    asked: Asked,
    body: str | bytes | None = None,
    *,
    media_type: str | None = None,
    tag: Tag | None = None,
    is_compressed: bool | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A page in its host's manner: validators, compression; or in another. body None: the page as it stands."""
    page = asked.page
    told = asked.body() if body is None else body
    data = told.encode() if isinstance(told, str) else told
    etag, modified = None, None
    if page.validator in ("strong", "both", "weak"):
        etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        etag = f"W/{etag}" if page.validator == "weak" else etag
    if page.validator in ("modified", "both"):
        modified = http_date(asked.edition.modified)
    return publisher.page(
        data,
        media_type=media_type or page.media_type,
        etag=tag.text if tag else etag,
        last_modified=modified,
        compressed=page.is_compressed if is_compressed is None else is_compressed,
        headers=headers,
    )


def honest(asked: Asked) -> Answer:
    """The page as it stands."""
    return send(asked)


@dataclass(frozen=True, kw_only=True)
class Phase:
    """A stretch of a page's life. looks: minutes from its start. lasts: minutes. alerts: least and most, owed in it.

    edition: what the page says in it; None: what it said before. robots, elsewhere: for other paths of the host.
    """

    serve: Serve = honest
    edition: Edition | None = None
    looks: tuple[float, ...] = (0.0,)
    lasts: float = 0.0
    alerts: tuple[int, int] = NONE
    robots: Serve | None = None
    elsewhere: Serve | None = None

    @property
    def minutes(self) -> float:
        """How long it lasts."""
        return max(self.lasts, self.looks[-1] + GAP if self.looks else 0.0)


Life = tuple[Phase, ...]
Maker = Callable[[Page, random.Random], Life | None]
Length = Literal["short", "long"]  # a few hours, or days
SHORT_MINUTES, LONG_MINUTES = 20 * 60.0, 9 * 24 * 60.0


@dataclass(frozen=True)
class Mode:
    """A way, by name. make: its phases on a page by a seed; None where the page cannot be served so."""

    name: str
    truth: Literal["silent", "told"]
    length: Length
    make: Maker


MODES: dict[str, Mode] = {}


def mode(name: str, truth: Literal["silent", "told"], make: Maker, length: Length = "short") -> None:
    """Put a way to the modes."""
    assert name not in MODES, name
    MODES[name] = Mode(name, truth, length, make)


def passing(serve: Serve, *, looks: int, gap: float = GAP, robots: Serve | None = None) -> Life:
    """A fault that is over after some looks; then the honest page."""
    bad = Phase(serve=serve, looks=tuple(gap * i for i in range(looks)), robots=robots)
    return bad, Phase(looks=(0.0,))


def lasting(serve: Serve, *, elsewhere: Serve | None = None) -> Life:
    """A fault that stays for thirty looks over a week; then the honest page."""
    bad = Phase(serve=serve, looks=tuple(6 * 60.0 * i for i in range(30)), elsewhere=elsewhere)
    return bad, Phase(looks=(0.0,))


ONE_TO_FOUR = (1, 1, 2, 2, 3, 4)


def fleeting(name: str, serve: Serve, *, html: bool = False, looks: tuple[int, ...] = ONE_TO_FOUR) -> None:
    """A way without an edit that is over after one to four looks. html: only of web pages."""

    def make(page: Page, rng: random.Random) -> Life | None:
        return None if html and not page.is_html else passing(serve, looks=rng.choice(looks))

    mode(name, "silent", make)


def for_a_week(name: str, serve: Serve, *, html: bool = False) -> None:
    """A way without an edit that stays for a week."""
    mode(
        f"{name}_for_a_week", "silent", lambda page, rng: None if html and not page.is_html else lasting(serve), "long"
    )
