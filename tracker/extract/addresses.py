"""Addresses of pages: which two are the same page, and what a listing of pages says of them. Pure.

Lives here: the canonical key, the types that all listings share. Not here: sitemaps, feeds and index pages themselves.
"""

import ipaddress
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from tracker import clock

MAX_URL = 2_000  # characters; sitemaps.org allows 2,048, and no page that people read has more
_MAX_WHEN = 60  # characters of a printed instant

_PORTS = {"http": 80, "https": 443}
_TRACKING = re.compile(r"utm_[^=]*|fbclid", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})|%")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class NotRead(ValueError):
    """What cannot be read as a listing, and why, in one line for a person who knows which address it is about."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page that a listing names. url: absolute. lastmod: as `when` gives it; None where the listing says nothing."""

    url: str
    lastmod: str | None = None


ListingKind = Literal["sitemap", "sitemap index", "feed", "page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one document lists. sitemaps: that an index names. feeds, canonical: that an HTML page names.

    cut: why it is not the whole, for a person; "" where it is.
    """

    kind: ListingKind
    pages: tuple[Listed, ...] = ()
    sitemaps: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    canonical: str | None = None
    cut: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether a page that it does not list is one that it would list. A feed lists only what is newest."""
        return self.kind != "feed" and not self.cut


def page_key(url: str) -> str | None:
    """The canonical form of a page's address, equal for addresses that mean the same page; None for no web address.

    Lower-case scheme and host, no default port, no dot segments, escapes in one form, no fragment, no parameter that
    only says where a reader came from, the others in order. Source: RFC 3986 §6.2.2, §6.2.3.
    """
    if _FORBIDDEN.search(url):
        return None
    try:
        parts = urlsplit(url)
        port, scheme = parts.port, parts.scheme.lower()
        host = _host(parts.hostname or "")
    except ValueError:
        return None
    if scheme not in _PORTS or not host or "@" in parts.netloc:
        return None
    netloc = host if port in (None, _PORTS[scheme]) else f"{host}:{port}"
    path = _without_dots(_escaped(parts.path)) or "/"
    query = "&".join(sorted(p for p in map(_escaped, parts.query.split("&")) if p and not _is_tracking(p)))
    return urlunsplit((scheme, netloc, path, query, ""))


def tidy(url: str) -> str:
    """The address without its fragment and without parameters that only say where a reader came from; as it is where
    nothing can be made of it.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    query = "&".join(p for p in parts.query.split("&") if not _is_tracking(p))
    return urlunsplit(parts._replace(query=query, fragment=""))


def absolute(url: str, base: str) -> str:
    """The address that a reference in a document at `base` means; as it is where nothing can be made of it."""
    try:
        return urljoin(base, url.strip())
    except ValueError:
        return url.strip()


def when(text: str) -> str | None:
    """A printed instant in one form: a date, or RFC 3339 in UTC; None where it is neither ISO 8601 nor RFC 5322."""
    text = text.strip()[:_MAX_WHEN]
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
        instant = datetime.fromisoformat(text)
    except ValueError:
        try:
            instant = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    try:
        return clock.iso(instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant)
    except (ValueError, OverflowError):  # the year 1 or 9999 in another time zone
        return None


def _host(name: str) -> str:
    name = name.rstrip(".")
    if ":" in name:
        return f"[{ipaddress.IPv6Address(name)}]"
    host = (name if name.isascii() else name.encode("idna").decode("ascii")).lower()  # UnicodeError is a ValueError
    return host if _HOST.fullmatch(host) else ""


def _escaped(text: str) -> str:
    """The text with each escape in upper case, none where it is not needed, and one where it is."""

    def one(found: re.Match[str]) -> str:
        if found[1] is None:
            return "%25"
        char = chr(int(found[1], 16))
        return char if char in _UNRESERVED else f"%{found[1].upper()}"

    return quote(_ESCAPE.sub(one, text), safe="%/:;,@!$&'()*+=?~", errors="replace")


def _is_tracking(parameter: str) -> bool:
    return _TRACKING.fullmatch(parameter.partition("=")[0]) is not None


def _without_dots(path: str) -> str:
    """RFC 3986 §5.2.4, on a path that begins with a slash or is empty."""
    segments = path.split("/")
    kept: list[str] = []
    for segment in segments[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept) if len(segments) > 1 else path
