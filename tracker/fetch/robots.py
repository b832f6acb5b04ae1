"""robots.txt: what it says to us, and whether what we have of it is still good. Pure; protego reads it.

Lives here: rules, their age, what to make of each answer. Not here: asking for it (client.py), keeping it (hosts.py).
Source: RFC 9309.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from protego import Protego

from tracker.events.sites import HostNote

MAX_BYTES = 500 * 1024  # RFC 9309 §2.5: at least so much is read; we read no more
REDIRECTS = 5  # §2.3.1.2
MAX_AGE = timedelta(hours=24)  # §2.4
ASK_AGAIN = timedelta(minutes=5)  # after a try that gave none
GIVE_UP = timedelta(days=30)  # §2.3.1.4: unreachable for so long is as if it had none
MAX_CRAWL_DELAY_S = 30.0
MAX_TOLD = 64  # answers about addresses that are kept with the rules

# protego takes the agents of a group for prefixes of our name; the RFC wants the product token itself (§2.2.1).
_AGENT = re.compile(r"^([ \t]*user[- ]?agent[ \t]*:[ \t]*)([^#\r\n]*)", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(r"[A-Za-z_-]+")


def product_token(user_agent: str) -> str:
    """The name that robots.txt knows us by: the first word of our User-Agent, without its version."""
    found = _TOKEN.match(user_agent)
    return found[0].lower() if found else "tracker"


class Rules:
    """What a robots.txt says to one product token. Parsed once; `allows` takes some 10 µs."""

    def __init__(self, text: str, token: str) -> None:
        def renamed(line: re.Match[str]) -> str:
            told = line[2].strip()
            found = _TOKEN.match(told)
            is_ours = told == "*" or (found is not None and found[0].lower() == token)
            return line[1] + ("*" if told == "*" else token if is_ours else "?")

        self._token = token
        self._parsed = Protego.parse(_AGENT.sub(renamed, text))
        self._told: dict[str, bool] = {}

    def allows(self, url: str) -> bool:
        """Whether we may ask for this address of the origin."""
        told = self._told.get(url)
        if told is None:
            if len(self._told) >= MAX_TOLD:
                self._told.clear()
            told = self._told[url] = self._parsed.can_fetch(url, self._token)
        return told

    @property
    def crawl_delay_s(self) -> float | None:
        """Seconds between two requests, as wanted there."""
        return self._parsed.crawl_delay(self._token)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """Whole addresses of its `Sitemap:` lines, in order, each once."""
        return tuple(dict.fromkeys(s for s in self._parsed.sitemaps if s.lower().startswith(("http://", "https://"))))


def is_due(note: HostNote, now: datetime) -> bool:
    """Whether robots.txt is to be asked for before a page is."""
    if note.robots_at is not None and note.unreachable_since is None and abs(now - note.robots_at) < MAX_AGE:
        return False
    return note.robots_asked_at is None or abs(now - note.robots_asked_at) >= ASK_AGAIN


def learned(note: HostNote, status: int, body: bytes, token: str, now: datetime) -> HostNote:
    """The note after an answer: 2xx is read, 5xx leaves what was known, all else means that there is none (§2.3.1)."""
    if status >= 500 or status == 429:  # not a 4xx that says that there is none
        return unreachable(note, now, status)
    text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").removeprefix("\ufeff") if body else ""
    return replace(
        note,
        robots=text if 200 <= status < 300 else None,
        robots_status=status,
        robots_at=now,
        robots_asked_at=now,
        unreachable_since=None,
        crawl_delay_s=Rules(text, token).crawl_delay_s if 200 <= status < 300 else None,
    )


def unreachable(note: HostNote, now: datetime, status: int | None = None) -> HostNote:
    """The note after a try that gave nothing to go by: the old copy stays.

    Where there is none and nobody answers, the next page asks again: that the network is back should show at once, and
    a host that stays away is left alone by its breaker.
    """
    return replace(
        note,
        robots_status=status if note.robots_at is None else note.robots_status,
        robots_asked_at=now if status is not None or note.robots_at is not None else note.robots_asked_at,
        unreachable_since=note.unreachable_since or now,
    )


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Why we may not ask for an address. why: for a person. status: of a robots.txt that is there and cannot be had."""

    why: str
    status: int | None = None


def forbids(note: HostNote, rules: Rules | None, url: str, now: datetime) -> Forbidden | None:
    """Why we may not ask for this address; None where we may.

    rules: of `note.robots`, None where there is no such text.
    """
    where = f"{note.origin}/robots.txt"
    if note.unreachable_since is not None:
        if now - note.unreachable_since >= GIVE_UP:
            return None
        if note.robots_at is None:
            told = f"answered HTTP {note.robots_status}" if note.robots_status else "could not be read"
            return Forbidden(f"{where} {told}: until it can be read, nothing else is asked for", note.robots_status)
    if rules is None or rules.allows(url):
        return None
    return Forbidden(f"{where} forbids it")


def delay_s(note: HostNote) -> float:
    """Seconds between two requests that robots.txt wants, capped; 0 where it wants none."""
    return min(note.crawl_delay_s or 0.0, MAX_CRAWL_DELAY_S)
