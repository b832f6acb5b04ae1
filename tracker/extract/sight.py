"""A page beside what stood: what it keeps of it, and what it says that it is. Pure.

Lives here: the questions that the judge asks of a page, each answered when it is asked, for some cost time. Not here:
what follows from the answers (judge.py), the patterns (signals.py, phrases.py).
"""

from dataclasses import dataclass
from functools import cached_property

from tracker.document.canonical import norm
from tracker.document.model import Document
from tracker.events.bodies import is_closed
from tracker.events.looks import Capture
from tracker.events.sites import Site
from tracker.events.types import Standing
from tracker.extract import contract
from tracker.extract.contract import Outline, length_of, outlines
from tracker.extract.fingerprint import fingerprint, resembles
from tracker.extract.markup import Markup
from tracker.extract.reader import ReadPage, Unreadable
from tracker.extract.signals import (
    MAX_SHOWN,
    Signal,
    asks_for_scripts,
    by_address,
    by_sender,
    by_sentence,
    by_title,
    is_same_place,
)

MOSTLY = 0.7  # of the shorter text: a page with another title and less than this may be another's
LITTLE_TEXT = 1500  # characters: an error or login page has less, a chapter more
NO_TEXT = 150  # characters: less says nothing of its own
WALLED = 0.3  # of the text that stood; a page with less that asks for a password is a wall


@dataclass(frozen=True)
class Sight:
    """A page beside what stood. What costs time is done when asked for."""

    capture: Capture
    page: ReadPage | Unreadable
    standing: Standing
    site: Site

    @cached_property
    def markup(self) -> Markup:
        return Markup(self.capture)

    @cached_property
    def new(self) -> dict[str, Outline]:
        return outlines(self.page.document) if isinstance(self.page, ReadPage) else {}

    @cached_property
    def old(self) -> dict[str, Outline]:
        return outlines(self.standing.document) if self.standing.document is not None else {}

    @cached_property
    def length(self) -> int:
        """Characters of the page's chapters; of what a page without chapters shows, menus and all."""
        return length_of(self.new) if self.new else len(self.markup.visible)

    @cached_property
    def stood(self) -> int:
        return length_of(self.old)

    @cached_property
    def kept(self) -> float:
        """How much of the shorter text stands in the other, 0..1."""
        by_line = contract.kept_lines(self.new, self.old)
        return by_line if by_line >= MOSTLY else max(by_line, contract.kept_shingles(self.new, self.old))

    @cached_property
    def spoken(self) -> str:
        """The page's paragraphs; all that a page without chapters shows."""
        return " ".join(line for c in self.new.values() for line in c.spoken) if self.new else self.markup.visible

    @cached_property
    def titles(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.markup.title,)))

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """The first heading: as marked, else as read, where that is not the page's title."""
        if self.markup.heading:
            return (self.markup.heading,)
        if not isinstance(self.page, ReadPage):
            return ()
        document = self.page.document
        read = (document.title, *(c.title for c in document.chapters[:1]))
        return tuple(t for t in read if t and norm(t) != norm(self.markup.title))

    @cached_property
    def elsewhere(self) -> str:
        """How the page is known to be another's address; "" where it is not."""
        asked, final, own = self.capture.url, self.capture.final_url, self.markup.canonical
        if not is_same_place(asked, final):
            return f"it was redirected to {final[:MAX_SHOWN]}"
        if own is not None and not is_same_place(own, final):
            return f"it declares that its address is {own[:MAX_SHOWN]}"
        return ""

    @cached_property
    def other_title(self) -> str:
        """How the page's name is another than that which stood, where they have no word in common; else ""."""
        now = name_of(self.page.document) if isinstance(self.page, ReadPage) else ""
        was = name_of(self.standing.document)
        mine, theirs = (set(norm(title).casefold().split()) for title in (now, was))
        return f"its title is {now!r}; it was {was!r}" if mine and theirs and not mine & theirs else ""

    @cached_property
    def within(self) -> str:
        """What the page ends in the middle of; "" where its end is there, whatever stands before it."""
        return "" if is_closed(self.capture.body) else self.markup.stops_within

    def named(self) -> Signal | None:
        """What a page that is nobody's profile says that it is."""
        return (
            by_title(self.titles, self.headings)
            or (by_sentence(self.markup.visible) if self.length <= LITTLE_TEXT else None)
            or by_address(self.capture.url, self.capture.final_url)
            or self.missing()
            or self.walled()
            or self.guarded()
            or by_sender(self.capture.headers, len(self.capture.body))
        )

    def walled(self) -> Signal | None:
        """What little text and much machinery say."""
        markup = self.markup
        told = f"{self.length} characters of other text"
        if markup.has_password and self.length <= max(LITTLE_TEXT, WALLED * self.stood):
            return "login", f"the page asks for a password, and has {told}"
        if self.length > LITTLE_TEXT:
            return None
        if markup.mark is not None and (self.old or self.length <= 2 * NO_TEXT):
            return "challenge", f"the page loads {markup.mark}, and has {told}"
        if markup.refreshes and self.length <= 2 * NO_TEXT:
            return "challenge", f"the page sends its reader on by itself, and has {told}"
        if self.length <= NO_TEXT and markup.has_scripts and asks_for_scripts(markup.visible):
            return "empty", f"the page says that it needs scripts, and has {told}"
        if len(markup.visible) <= NO_TEXT and markup.has_scripts and not self.new:
            return "empty", f"nothing but scripts, and {len(markup.visible)} characters of text"
        return None

    def guarded(self) -> Signal | None:
        """What a password says on a page that is called otherwise, however long it is."""
        if self.old and self.markup.has_password and (title := self.other_title):
            return "login", f"the page asks for a password, and {title}"
        return None

    def missing(self) -> Signal | None:
        """Whether the page is what its site shows for a path that does not exist."""
        known = self.site.missing
        if known is None:
            return None
        words = int(known.rpartition(".")[2]) if known.rpartition(".")[2].isdecimal() else 0
        if self.length > 14 * words + 600 or not resembles(fingerprint(self.capture), known):
            return None
        return "soft404", "it is what the site shows for an address that does not exist"


def name_of(document: Document | None) -> str:
    """What a document is called: by its title, else by its first chapter."""
    return next((t for t in (document.title, *(c.title for c in document.chapters)) if t), "") if document else ""
