"""A web archive's index (CDX) and raw replay, as pywb and the Wayback Machine speak them."""

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any  # Any: records as warcio, which has no types, gives them
from urllib.parse import quote, unquote, urlencode

import httpx
import orjson

from tracker import clock
from tracker.events.looks import Capture, Fetched, FetchFailed
from tracker.fetch.archive import BadCopy, Exchange
from tracker.fetch.sockets import Abandoned

ROWS_A_PAGE = 5_000  # of an index, asked for at a time: some 500 KB
TRIES = 4  # of one capture, where an archive wants us to wait in between
MOST_WAIT_S = 900  # a longer wish ends the import; it goes on where it stopped
_STAMP = re.compile(r"\d{14}")
_REPLAYED = re.compile(r"(\d{14})id_/(.*)", re.DOTALL)
_FORM = re.compile(r"https?:/{0,2}(?:www\.)?([^/:?]*)(?::(?:80|443))?", re.IGNORECASE)


class ComeLater(Exception):
    """The archive wants to be left alone for longer than is worth waiting for. For a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """A line of an archive's index. digest: names the payload, by the archive's own hash."""

    timestamp: str
    url: str
    digest: str

    @property
    def at(self) -> datetime:
        """When it was captured, in whole seconds."""
        return datetime.strptime(self.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


class WebArchive:
    """A web archive over HTTP, asked through the gate as any other host.

    base: its address. fetch: one polite request. wait: sleeps so many seconds; True when we are stopping. told: a line
    for a person.
    """

    def __init__(
        self,
        base: str,
        fetch: Callable[[str], Fetched],
        *,
        wait: Callable[[float], bool],
        told: Callable[[str], None],
    ) -> None:
        self._base, self._fetch, self._wait, self._told = base.rstrip("/"), fetch, wait, told
        self._last: tuple[str, Exchange] | None = None

    def index(
        self,
        url: str,
        *,
        since: date | None = None,
        until: date | None = None,
        limit: int | None = None,
        collapse: bool = False,
    ) -> tuple[Indexed, ...]:
        """The captures of an address with status 200, oldest first. collapse: of several in a row with one payload only
        the first. Raises BadCopy, ComeLater, Abandoned.
        """
        found: list[Indexed] = []
        resume: str | None = None
        given: set[str] = set()
        while limit is None or len(found) < limit:
            size = ROWS_A_PAGE if limit is None else min(limit - len(found), ROWS_A_PAGE)
            asked = [("url", url), ("output", "json"), ("fl", "timestamp,original,mimetype,statuscode,digest")]
            asked += [("filter", "statuscode:200"), ("limit", str(size)), ("showResumeKey", "true")]
            asked += [("collapse", "digest")] if collapse else []
            asked += [("from", f"{since:%Y%m%d}")] if since else []
            asked += [("to", f"{until:%Y%m%d}")] if until else []
            asked += [("resumeKey", resume)] if resume else []
            answer = self._asked(f"{self._base}/cdx/search/cdx?{urlencode(asked)}")
            rows, resume = _rows(answer.body)
            found += rows
            if resume is None or not rows:
                break
            if resume in given:
                raise BadCopy(f"the archive's index goes in circles: it gives the key {resume[:80]!r} once more")
            given.add(resume)
        return tuple(found[:limit] if limit is not None else found)

    def replay(self, indexed: Indexed) -> Exchange:
        """The exchange as it was captured. Of captures in a row with one payload only the first is asked for.

        Raises BadCopy, ComeLater, Abandoned.
        """
        if self._last is not None and indexed.digest and self._last[0] == indexed.digest:
            return self._last[1]
        answer = self._asked(self.address(indexed))
        self._refuse_another(indexed, answer.final_url)
        found = Exchange(body=answer.body, media_type=answer.media_type, charset=answer.charset, headers=answer.headers)
        self._last = (indexed.digest, found)
        return found

    def address(self, indexed: Indexed) -> str:
        """Where the capture is, as it was captured."""
        return f"{self._base}/web/{indexed.timestamp}id_/{quote(indexed.url, safe=_SAFE)}"

    def _refuse_another(self, indexed: Indexed, final_url: str) -> None:
        """Refuse what is no raw replay of this capture, wherever a redirect led. Raises BadCopy."""
        base, final = httpx.URL(self._base), httpx.URL(final_url)
        inside = f"{base.path.rstrip('/')}/web/"
        path = final.raw_path.decode("ascii")
        is_inside = (final.scheme, final.host, final.port) == (base.scheme, base.host, base.port)
        if not is_inside or not path.startswith(inside):
            raise BadCopy(f"the archive leads out of itself, to {final_url[:200]}, which is no capture")
        replayed = _REPLAYED.fullmatch(path.removeprefix(inside))
        if replayed is None:
            raise BadCopy(f"the archive gives no raw replay in its place: {final_url[:200]}")
        if replayed[1] != indexed.timestamp:
            raise BadCopy(f"the archive gives another capture in its place, of {replayed[1]}")
        if _form(replayed[2]) != _form(indexed.url):
            raise BadCopy(f"the archive gives a capture of another page in its place: {replayed[2][:200]}")

    def _asked(self, address: str) -> Capture:
        for n in range(TRIES):
            answer = self._fetch(address)
            if isinstance(answer, Capture):
                return answer
            if not isinstance(answer, FetchFailed):
                raise BadCopy("the archive answers that nothing changed, which was not asked")
            wait_s = answer.retry_after_s
            if wait_s is None or n == TRIES - 1:
                raise BadCopy(f"{answer.reason}: {answer.detail}")
            if wait_s > MOST_WAIT_S:
                raise ComeLater(f"the archive wants to be left alone for {clock.duration(wait_s)}: {answer.detail}")
            self._told(f"waiting {clock.duration(wait_s)}, as the archive wants: {answer.detail}")
            if self._wait(wait_s):
                raise Abandoned
        raise AssertionError("every try answers or raises")


_SAFE = "%/:=&?~#+!$,;'@()*[]"


def _form(url: str) -> str:
    """An address in the form in which an index takes two for one: no scheme, no www, no port, no slash at the end."""
    whole = unquote(url).partition("#")[0]
    found = _FORM.match(whole)
    return (found[1].lower() + whole[found.end() :] if found else whole).rstrip("/")


def _rows(body: bytes) -> tuple[list[Indexed], str | None]:
    """The lines of an index, and the key to ask for more with. Raises BadCopy."""
    try:
        told: Any = orjson.loads(body) if body.strip() else []
    except ValueError as wrong:
        raise BadCopy(f"the archive's index cannot be read: {wrong}") from wrong
    if not isinstance(told, list) or not all(isinstance(row, list) for row in told):
        raise BadCopy("the archive's index cannot be read: it is no list of lists")
    rows, resume = told, None
    if len(told) >= 2 and told[-2] == [] and len(told[-1]) == 1:
        rows, resume = told[:-2], str(told[-1][0])
    if not rows:
        return [], resume
    names = [str(name) for name in rows[0]]
    missing = {"timestamp", "original"} - set(names)
    if missing:
        raise BadCopy(f"the archive's index cannot be read: it has no {' and no '.join(sorted(missing))}")
    found: list[Indexed] = []
    for row in rows[1:]:
        line = dict(zip(names, map(str, row), strict=False))
        if _STAMP.fullmatch(line.get("timestamp", "")) and line.get("statuscode", "200") in ("200", "-"):
            with contextlib.suppress(ValueError):
                digest = line.get("digest", "").replace("-", "")  # `-`: not known, so equal to no other
                indexed = Indexed(timestamp=line["timestamp"], url=line["original"], digest=digest)
                assert indexed.at
                found.append(indexed)
    return found, resume
