"""What the headers of an answer say: validators, freshness, how long to stay away, who answered. Pure.

Not here: the request (client.py), the body (body.py).
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

import httpx

from tracker.events.looks import Validators

MAX_VALIDATOR_CHARS = 1024  # a longer one is not worth keeping with every capture
MAX_RETRY_AFTER_S = 30 * 86400  # a longer wish is taken for a mistake: the page would never be looked at again
MAX_FRESH_S = 86400  # a page that calls itself fresh for longer is looked at daily all the same
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)
_DIRECTIVE = re.compile(r"([!#$%&'*+\-.^_`|~0-9a-z]+)(?:=(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,\"]*)))?", re.IGNORECASE)
_NEVER_FRESH = frozenset({"no-store", "no-cache", "must-revalidate", "proxy-revalidate", "invalid"})

# Headers that only services between us and the publisher send, when they want a person at a browser; words: those of
# their value that say so, None where the header alone does.
_CHALLENGES: tuple[tuple[str, frozenset[str] | None], ...] = (
    ("cf-mitigated", frozenset({"challenge"})),
    ("x-amzn-waf-action", frozenset({"challenge", "captcha"})),
    ("rimon", frozenset({"rwc_block"})),
    ("x-sucuri-block", None),
    ("x-datadome", frozenset({"protected"})),
)


# ---------------------------------------------------------------- what to ask again with


def conditional(since: Validators, variant: Callable[[str], str]) -> list[tuple[str, str]]:
    """Headers that ask whether the page is still as these validators say; none where the page they are of was chosen
    by request headers that we send otherwise now.

    variant: the hash of what we send now in the headers that a Vary header names. The strings are the server's own,
    as given: our clock in If-Modified-Since would hide an edit that was deployed with an older time.
    Source: RFC 9110 §13.1, RFC 9111 §4.1.
    """
    if since.vary is not None and since.variant != variant(since.vary):
        return []
    fields = (("If-None-Match", since.etag), ("If-Modified-Since", since.last_modified))
    return [(name, value) for name, value in fields if value]


def validators(headers: httpx.Headers, variant: Callable[[str], str]) -> Validators:
    """What an answer gives to ask again with; the validators that are too long to keep are as good as none."""

    def kept(name: str) -> str | None:
        value = headers.get(name)
        return value if value and len(value) <= MAX_VALIDATOR_CHARS else None

    etag, last_modified = kept("etag"), kept("last-modified")
    vary = headers.get("vary")  # several Vary lines are one list
    if not vary or not (etag or last_modified):
        return Validators(etag=etag, last_modified=last_modified)
    if len(vary) > MAX_VALIDATOR_CHARS:
        return Validators()
    return Validators(etag=etag, last_modified=last_modified, vary=vary, variant=variant(vary))


def is_same(headers: httpx.Headers, since: Validators) -> bool:
    """Whether a 304 speaks of the version that we named. Weak and strong forms of a tag are the same here."""
    given = headers.get("etag")
    if not given or not since.etag:
        return True
    return bool(given.removeprefix("W/") == since.etag.removeprefix("W/"))


def refreshed(headers: httpx.Headers, since: Validators, variant: Callable[[str], str]) -> Validators:
    """The validators after a 304, which may bring newer ones. Source: RFC 9111 §3.2."""
    given = validators(headers, variant)
    etag, last_modified = given.etag or since.etag, given.last_modified or since.last_modified
    vary = headers.get("vary") or since.vary
    if vary is None:
        return Validators(etag=etag, last_modified=last_modified)
    if len(vary) > MAX_VALIDATOR_CHARS:
        return Validators()
    return Validators(etag=etag, last_modified=last_modified, vary=vary, variant=variant(vary))


@lru_cache(maxsize=1024)
def variant(headers: tuple[tuple[str, str], ...], vary: str) -> str:
    """A hash of what our request says in the headers that a Vary header names; of all of it under `*`."""
    ours = {name.lower(): value for name, value in headers}
    named = {name.strip().lower() for name in vary.split(",")}
    told = sorted(ours.items()) if "*" in named else [(name, ours.get(name, "")) for name in sorted(named)]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


# ---------------------------------------------------------------- how long it holds, how long to wait


def fresh_s(headers: httpx.Headers, now: datetime) -> int:
    """Seconds for which the publisher says that asking again is of no use, at most a day.

    0 where it says nothing, nothing that can be read, or that nothing may be kept. Source: RFC 9111 §4.2, §5.2.2.
    """
    said = headers.get("cache-control")
    if said is None and "expires" not in headers:
        return 0
    wishes = _directives(said or headers.get("pragma", ""))
    if wishes.keys() & _NEVER_FRESH:
        return 0
    age = headers.get("age", "").strip()
    age_s = _delta(age) or 0
    given = wishes.get("s-maxage", wishes.get("max-age"))
    if given is not None:
        lifetime_s = _delta(given)
    else:
        expires, date = _http_date(headers.get("expires", "")), _http_date(headers.get("date", ""))
        lifetime_s = int((expires - (date or now)).total_seconds()) if expires else None
    return max(0, min((lifetime_s or 0) - age_s, MAX_FRESH_S))


def _directives(text: str) -> dict[str, str]:
    """Cache-Control as name → value, "" for none; one that is said in two ways makes the whole invalid."""
    found: dict[str, str] = {}
    for name, quoted, plain in _DIRECTIVE.findall(text):
        value = quoted or plain
        if found.setdefault(name.lower(), value) != value:
            return {"invalid": ""}
    return found


def _delta(text: str) -> int | None:
    return int(text[:12]) if text.isascii() and text.isdecimal() else None


def retry_after_s(value: str | None, date: str | None, now: datetime) -> int | None:
    """Seconds that a server asks us to stay away: from seconds, or from a date by the server's own clock.

    None when it asks for nothing that can be read; 0 for a date gone by. Source: RFC 9110 §10.2.3.
    """
    text = (value or "").strip()
    if (seconds := _delta(text)) is not None:
        return min(seconds, MAX_RETRY_AFTER_S)
    until = _http_date(text)
    if until is None:
        return None
    wait_s = round((until - (_http_date(date or "") or now)).total_seconds())
    return min(max(0, wait_s), MAX_RETRY_AFTER_S)


def asked_to_wait_s(headers: httpx.Headers, now: datetime) -> int | None:
    """The Retry-After of an answer, as `retry_after_s` reads it."""
    return retry_after_s(headers.get("retry-after"), headers.get("date"), now)


def _http_date(text: str) -> datetime | None:
    if not text:
        return None
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


# ---------------------------------------------------------------- what it is, who answered


def content_type(value: str | None) -> tuple[str | None, str | None]:
    """Media type and charset of a Content-Type, in lower case; None for what it does not say."""
    if not value:
        return None, None
    media_type = value.partition(";")[0].strip().lower()
    found = _CHARSET.search(value)
    return media_type or None, found[1].lower() if found else None


def challenge(headers: httpx.Headers) -> str | None:
    """The header by which a challenge service shows that it answered in the publisher's stead, if one did."""
    for name, words in _CHALLENGES:
        value = headers.get(name)
        if value is not None and (words is None or value.strip().lower() in words):
            return f"{name}: {value.strip()[:60]}"
    return None


def kept(headers: httpx.Headers) -> Iterator[tuple[str, str]]:
    """The headers as they are recorded: lower-case names, nothing of cookies."""
    for name, value in headers.raw:
        key = name.decode("latin-1").lower()
        if key not in ("set-cookie", "set-cookie2"):
            yield key, value.decode("latin-1")
