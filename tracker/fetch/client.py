"""One polite request for a page: ask, follow, inflate, and give what came as a value.

Lives here: conditional requests, redirects, limits, and what counts as a page that came whole. Not here: sockets and
addresses (transport.py, address.py), when to ask (watch/), what the page says (extract/).
"""

import hashlib
import re
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from tracker import clock
from tracker.events.types import Capture, FailReason, Fetched, FetchFailed, NotModified, Validators
from tracker.fetch.address import AddressGuard, Refused, parse_url
from tracker.fetch.transport import FAILURES, Deadline, GuardedTransport, failure
from tracker.settings import FetchSettings

REDIRECTS = frozenset({301, 302, 303, 307, 308})
RATIO_FROM_BYTES = 64 * 1024  # small pages may shrink as much as they like
MAX_VALIDATOR_CHARS = 1024  # a longer one is not worth keeping with every capture
MAX_RETRY_AFTER_S = 30 * 86400  # a longer wish is taken for a mistake: the page would never be looked at again
_PIECE_BYTES = 64 * 1024
_DRAIN_BYTES = 16 * 1024  # of a redirect's body, to keep its connection
_ACCEPT = "text/html, application/xhtml+xml, text/plain;q=0.9, */*;q=0.5"
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)


class _Failed(Exception):
    """Ends a fetch from within its steps; fetch() makes it a value."""

    def __init__(
        self, reason: FailReason, detail: str, *, status: int | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.status = status
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class _Asked:
    """The answer at the end of the redirects. is_conditional: the validators were sent with the request for it."""

    response: httpx.Response
    url: httpx.URL
    hops: tuple[str, ...]
    is_conditional: bool


class Fetcher:
    """Asks for pages, one at a time, over one connection that is kept for the host asked last.

    For one thread; make one for each (the TLS context is shared, so it costs next to nothing).
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        now: Callable[[], datetime] = clock.now,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings = settings
        self._now = now
        guard = AddressGuard(settings.allow_addresses, frozenset(settings.allow_ports))
        self._transport = GuardedTransport(guard, connect_s=settings.connect_s, keep=True)
        self._transport.backend.is_stopping = is_stopping
        self._headers = [
            ("User-Agent", settings.user_agent),
            ("Accept", _ACCEPT),
            ("Accept-Encoding", "gzip"),
        ]
        if "@" in settings.contact and "://" not in settings.contact:
            self._headers.append(("From", settings.contact.removeprefix("mailto:")))

    def fetch(self, url: str, *, since: Validators | None = None) -> Fetched:
        """Ask for a page once, within the total time; every outcome is a value.

        since: what the publisher gave us last time. It goes with the request for `url` itself only, not to where a
        redirect leads: there the same validators might belong to another page.
        Raises Abandoned when is_stopping() comes true while it waits.
        """
        self._transport.backend.begin(Deadline(self._settings.total_s), max_bytes=self._settings.max_body_bytes)
        requested_at = self._now()
        try:
            return self._fetch(url, since or Validators(), requested_at)
        except _Failed as failed:
            return FetchFailed(
                url=url,
                at=self._now(),
                reason=failed.reason,
                detail=failed.detail,
                status=failed.status,
                retry_after_s=failed.retry_after_s,
            )

    def forget_host(self) -> None:
        """Close the kept connection."""
        self._transport.close()

    def close(self) -> None:
        """Close the kept connection, for good."""
        self._transport.close()

    # ---------------------------------------------------------------- asking

    def _fetch(self, url: str, since: Validators, requested_at: datetime) -> Fetched:
        asked = self._ask(url, since)
        if asked.response.status_code == 304:
            _drain(asked.response)
            if not asked.is_conditional:
                raise _Failed("protocol", "304 to a request without validators", status=304)
            if _is_same(asked.response, since):
                return self._not_modified(url, asked, since)
            # 304 for another version than the one we named: ask plainly, as if we had none.
            asked = self._ask(url, Validators())
        try:
            return self._capture(url, asked, requested_at)
        finally:
            asked.response.close()

    def _ask(self, url: str, since: Validators) -> _Asked:
        """Send the request and follow redirects, each hop vetted; gives the first answer that is none."""
        here = _parsed(url)
        hops: list[str] = []
        while True:
            conditional = _conditional(since) if not hops else []
            response = self._send(here, conditional)
            status = response.status_code
            to = response.headers.get("location") if status in REDIRECTS else None
            if to is None:
                return _Asked(response, here, tuple(hops), bool(conditional))
            _drain(response)
            hops.append(str(here))
            if len(hops) > self._settings.redirects:
                raise _Failed("redirects", f"more than {self._settings.redirects} redirects", status=status)
            here = _next(here, to, status)
            if str(here) in hops:
                raise _Failed("redirects", f"redirected in a circle, back to {here}", status=status)

    def _send(self, url: httpx.URL, conditional: list[tuple[str, str]]) -> httpx.Response:
        backend = self._transport.backend
        opened = backend.opened
        try:
            try:
                return self._transport.handle_request(self._request(url, conditional))
            except (httpcore.RemoteProtocolError, httpcore.NetworkError):
                # A kept connection may have been closed at the other end just as we asked: ask once more on a new one.
                if backend.opened != opened:
                    raise
                self._transport.close()
                return self._transport.handle_request(self._request(url, conditional))
        except FAILURES as error:
            reason, detail = failure(error)
            raise _Failed(reason, detail) from error

    def _request(self, url: httpx.URL, conditional: list[tuple[str, str]]) -> httpx.Request:
        return httpx.Request("GET", url, headers=[*self._headers, *conditional])

    # ---------------------------------------------------------------- understanding the answer

    def _not_modified(self, url: str, asked: _Asked, since: Validators) -> NotModified:
        given = _validators(asked.response)
        return NotModified(
            url=url,
            captured_at=self._now(),
            validators=Validators(
                etag=given.etag or since.etag, last_modified=given.last_modified or since.last_modified
            ),
        )

    def _capture(self, url: str, asked: _Asked, requested_at: datetime) -> Capture:
        response, status = asked.response, asked.response.status_code
        if status != 200:
            _drain(response)
            if status == 304:
                raise _Failed("protocol", "304 to a request without validators", status=304)
            wait_s = retry_after_s(response.headers.get("retry-after"), response.headers.get("date"), self._now())
            told = f"HTTP {status}" + (f", to be asked again after {wait_s} s" if wait_s is not None else "")
            raise _Failed("http_status", told, status=status, retry_after_s=wait_s)
        body = self._body(response)
        media_type, charset = content_type(response.headers.get("content-type"))
        return Capture(
            fetch_id=uuid.uuid4().hex,
            url=url,
            final_url=str(asked.url),
            status=status,
            headers=tuple(_kept_headers(response)),
            media_type=media_type,
            charset=charset,
            body=body,
            body_sha256=hashlib.sha256(body).hexdigest(),
            requested_at=requested_at,
            captured_at=self._now(),
            # Those of a page that a redirect led to would be sent to the wrong address.
            validators=Validators() if asked.hops else _validators(response),
            hops=asked.hops,
        )

    def _body(self, response: httpx.Response) -> bytes:
        """The whole body, inflated, within the limits."""
        limit = self._settings.max_body_bytes
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            raise _Failed("too_large", f"{int(announced):,} bytes announced, {limit:,} allowed", status=200)
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding in ("", "identity"):
            pieces = self._received(response)
        elif coding in ("gzip", "x-gzip"):
            pieces = _gunzipped(self._received(response), self._settings.max_ratio)
        else:
            raise _Failed("bad_encoding", f"content encoding {coding[:40]!r}, which was not asked for", status=200)
        body = bytearray()
        for piece in pieces:
            body += piece
            if len(body) > limit:
                raise _Failed("too_large", f"more than {limit:,} bytes", status=200)
        return bytes(body)

    def _received(self, response: httpx.Response) -> Iterator[bytes]:
        try:
            yield from response.iter_raw()
        except FAILURES as error:
            reason, detail = failure(error, reading_body=True, peer_closed=self._transport.backend.ended)
            raise _Failed(reason, detail, status=response.status_code) from error


def _gunzipped(received: Iterator[bytes], max_ratio: int) -> Iterator[bytes]:
    """Inflate gzip piece by piece, so that a bomb is seen while it is small.

    Bytes after the end mark that begin no new member are padding, as in every reader of gzip.
    """
    inflater = zlib.decompressobj(wbits=31)
    taken_bytes = given_bytes = 0
    for chunk in received:
        taken_bytes += len(chunk)
        while chunk:
            if inflater.eof:
                if not chunk.startswith(b"\x1f\x8b"):
                    break
                inflater = zlib.decompressobj(wbits=31)
            try:
                piece = inflater.decompress(chunk, _PIECE_BYTES)
            except zlib.error as error:
                raise _Failed("bad_encoding", f"the gzip is damaged: {error}", status=200) from error
            given_bytes += len(piece)
            used_bytes = taken_bytes - len(inflater.unconsumed_tail)
            if given_bytes > RATIO_FROM_BYTES and given_bytes > max_ratio * used_bytes:
                told = f"the gzip inflates to more than {max_ratio} times its size"
                raise _Failed("bomb", told, status=200)
            yield piece
            chunk = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if taken_bytes and not inflater.eof:
        raise _Failed("truncated", "the gzip ends before its end mark", status=200)


def _parsed(url: str) -> httpx.URL:
    parsed = parse_url(url)
    if isinstance(parsed, Refused):
        raise _Failed(parsed.reason, parsed.detail)
    return parsed


def _next(here: httpx.URL, to: str, status: int) -> httpx.URL:
    """Where a redirect leads. Never from https down to http."""
    try:
        joined = str(here.join(to))
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise _Failed("redirects", f"redirected to no address: {error}", status=status) from error
    parsed = parse_url(to if "\\" in to else joined)
    if isinstance(parsed, Refused):
        raise _Failed(parsed.reason, f"redirected to {joined[:200]}: {parsed.detail}", status=status)
    if here.scheme == "https" and parsed.scheme == "http":
        raise _Failed("redirects", f"redirected from https to {parsed}", status=status)
    return parsed


def _drain(response: httpx.Response) -> None:
    """Take the end mark, and the few bytes of a body that nobody reads: then the connection serves the next request."""
    taken = 0
    try:
        for chunk in response.iter_raw():
            taken += len(chunk)
            if taken > _DRAIN_BYTES:
                break
    except FAILURES:
        return  # its head was all that we wanted; closing below gives the connection up
    finally:
        response.close()


def _conditional(since: Validators) -> list[tuple[str, str]]:
    fields = (("If-None-Match", since.etag), ("If-Modified-Since", since.last_modified))
    return [(name, value) for name, value in fields if value]


def _is_same(response: httpx.Response, since: Validators) -> bool:
    """Whether a 304 speaks of the version that we named. Weak and strong forms of a tag are the same here."""
    given = response.headers.get("etag")
    if not given or not since.etag:
        return True
    return bool(given.removeprefix("W/") == since.etag.removeprefix("W/"))


def _validators(response: httpx.Response) -> Validators:
    def kept(name: str) -> str | None:
        value = response.headers.get(name)
        return value if value and len(value) <= MAX_VALIDATOR_CHARS else None

    return Validators(etag=kept("etag"), last_modified=kept("last-modified"))


def _kept_headers(response: httpx.Response) -> Iterator[tuple[str, str]]:
    for name, value in response.headers.raw:
        key = name.decode("latin-1").lower()
        if key not in ("set-cookie", "set-cookie2"):
            yield key, value.decode("latin-1")


def content_type(value: str | None) -> tuple[str | None, str | None]:
    """Media type and charset of a Content-Type, in lower case; None for what it does not say."""
    if not value:
        return None, None
    media_type = value.partition(";")[0].strip().lower()
    found = _CHARSET.search(value)
    return media_type or None, found[1].lower() if found else None


def retry_after_s(value: str | None, date: str | None, now: datetime) -> int | None:
    """Seconds that a server asks us to stay away: from seconds, or from a date by the server's own clock.

    None when it asks for nothing that can be read; 0 for a date gone by. Source: RFC 9110 §10.2.3.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return min(int(text[:12]), MAX_RETRY_AFTER_S)
    until = _http_date(text)
    if until is None:
        return None
    wait_s = round((until - (_http_date(date or "") or now)).total_seconds())
    return min(max(0, wait_s), MAX_RETRY_AFTER_S)


def _http_date(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
