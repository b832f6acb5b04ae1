"""What a page's markup says of it before a tree is made: titles, fields, refreshes, where it ends. Pure.

Lives here: searches over bytes, each linear. Not here: what follows from them (judge.py).
"""

import re
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from typing import Final
from urllib.parse import urljoin

from tracker.events.looks import Capture
from tracker.extract.charset import decoded
from tracker.extract.fingerprint import visible_text
from tracker.extract.signals import MARKS

MAX_SEARCHED = 1_000_000  # bytes of a page that are searched for its marks
SOON_S = 60  # a page that sends the reader on within this time says nothing itself

_TAG: Final = re.compile(r"<[^<>]{0,500}>")
_PASSWORD: Final = re.compile(rb"<input\b[^<>]{0,500}?\btype\s*=\s*[\"']?password\b")
_REFRESH: Final = re.compile(
    rb"<meta\b[^<>]{0,200}?\bhttp-equiv\s*=\s*[\"']?refresh\b[^<>]{0,200}?\bcontent\s*=\s*[\"']?\s*(\d{1,4})"
)
_LINK: Final = re.compile(rb"<link\b[^<>]{0,800}>")
_CANONICAL: Final = re.compile(rb"\brel\s*=\s*[\"']?\s*canonical\b")
_HREF: Final = re.compile(r"\bhref\s*=\s*(?:\"([^\"]{1,700})\"|'([^']{1,700})'|([^\s>]{1,700}))", re.IGNORECASE)
_OPEN_TAG: Final = re.compile(r"<(?:/?[a-zA-Z][\w:-]*(?:\s[^<>]*)?|![^<>]*)\Z|(?<! )<\Z")


@dataclass(frozen=True)
class Markup:
    """A page's bytes, searched when asked."""

    capture: Capture

    @cached_property
    def _raw(self) -> bytes:
        """The page as UTF-8, whatever it was."""
        return decoded(self.capture.body[:MAX_SEARCHED], self.capture.charset)[0].encode("utf-8", "replace")

    @cached_property
    def _low(self) -> bytes:
        return self._raw.lower()  # ASCII only: places stay the same

    @cached_property
    def visible(self) -> str:
        """What a reader without scripts sees, `<noscript>` and menus included."""
        return visible_text(self.capture.body, self.capture.charset)

    @cached_property
    def title(self) -> str:
        """What `<title>` holds; "" where there is none."""
        return self._first("title", 2000)

    @cached_property
    def heading(self) -> str:
        """What the first `<h1>` holds; "" where there is none."""
        return self._first("h1", 4000)

    @cached_property
    def has_password(self) -> bool:
        """Whether a password is asked for."""
        return b"password" in self._low and _PASSWORD.search(self._low) is not None

    @cached_property
    def refreshes(self) -> bool:
        """Whether the page sends its reader on by itself, soon."""
        found = _REFRESH.search(self._low, 0, 20_000)
        return found is not None and int(found[1]) <= SOON_S

    @cached_property
    def mark(self) -> str | None:
        """What of a gate's check the page loads, as written; None where it loads none."""
        return next((mark.decode() for mark in MARKS if mark in self._low), None)

    @cached_property
    def has_scripts(self) -> bool:
        """Whether scripts could make the page."""
        return b"<script" in self._low

    @cached_property
    def canonical(self) -> str | None:
        """The address that the page declares as its own (RFC 6596), made absolute; None where it declares none."""
        if b"canonical" not in self._low:
            return None
        for found in _LINK.finditer(self._low, 0, 100_000):
            if _CANONICAL.search(found[0]):
                href = _HREF.search(self._raw[found.start() : found.end()].decode("utf-8", "replace"))
                told = unescape(next(filter(None, href.groups()), "")).strip() if href else ""
                try:
                    return urljoin(self.capture.final_url, told) if told else None
                except ValueError:
                    return None
        return None

    @cached_property
    def is_html(self) -> bool:
        """Whether the page is written as HTML is."""
        told = (self.capture.media_type or "").lower()
        return "html" in told or (not told and (b"<html" in self._low[:2000] or b"</" in self._low[-2000:]))

    @cached_property
    def stops_within(self) -> str:
        """What the bytes end in the middle of, `<a href="ht`; "" where they end between two marks."""
        if not self.is_html:
            return ""
        end = self.capture.body[-4000:].decode("utf-8", "replace")
        if found := _OPEN_TAG.search(end):
            return found[0]
        opened = self._low.rfind(b"<!--")
        if len(self.capture.body) > MAX_SEARCHED or opened < 0 or self._low.find(b"-->", opened) >= 0:
            return ""
        # A script may hold the mark of a comment that never ends.
        return "" if self._low.find(b"</script", opened) >= 0 else "<!--"

    def _first(self, tag: str, longest: int) -> str:
        opened = re.search(rf"<{tag}(?=[\s>])[^>]{{0,1000}}>".encode(), self._low)
        if opened is None:
            return ""
        closed = self._low.find(f"</{tag}".encode(), opened.end(), opened.end() + longest)
        if closed < 0:
            closed = self._low.find(b"<", opened.end(), opened.end() + longest)
        told = self._raw[opened.end() : closed if closed >= 0 else opened.end() + 200].decode("utf-8", "replace")
        return " ".join(unescape(_TAG.sub(" ", told)).split())
