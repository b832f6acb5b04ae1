"""One polite look at a page: may we, ask, follow, ask again where that can help; what came is a value.

Lives here: the way from an address to its outcome. Not here: turns and holds (hosts.py), robots.txt (robots.py), what
headers mean (answers.py), one exchange and below (exchange.py, body.py, transport.py, sockets.py, address.py), when to
look (watch/), what the page says (extract/).
"""

import hashlib
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import httpx

from tracker import clock
from tracker.events.looks import Capture, Fetched, FetchFailed, NotModified, Validators
from tracker.fetch import answers, robots
from tracker.fetch.address import AddressGuard, Refused, Resolver, parse_url, system_resolver
from tracker.fetch.body import Failed, Limits
from tracker.fetch.exchange import Answer, Line, left_alone
from tracker.fetch.hosts import Hosts, origin_of
from tracker.settings import FetchSettings

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
PASSING = frozenset({408, 500, 502, 504})  # may be over in seconds
_ACCEPT = "text/html, application/xhtml+xml, text/plain;q=0.9, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The answer at the end of the redirects. is_conditional: the validators were sent with the request for it.

    is_permanent: every redirect to it said that it is for good.
    """

    answer: Answer
    hops: tuple[str, ...]
    is_conditional: bool
    is_permanent: bool


class Fetcher:
    """Asks for pages, one at a time, over one connection that is kept for the host asked last.

    For one thread; make one for each (the TLS context is shared, so it costs next to nothing), all with the same
    hosts. hosts: the gate that every request goes through, robots.txt and redirects included; without it a fetcher
    asks at once, once, and asks nobody for leave. resolve: the name service.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        hosts: Hosts | None = None,
        now: Callable[[], datetime] = clock.now,
        is_stopping: Callable[[], bool] = lambda: False,
        resolve: Resolver = system_resolver,
    ) -> None:
        self._settings = settings
        self._hosts = hosts
        self._now = now
        self._page_limits = Limits(settings.max_body_bytes, settings.max_ratio)
        self._robots_limits = Limits(robots.MAX_BYTES, settings.max_ratio, cuts=True)
        headers = [("User-Agent", settings.user_agent), ("Accept", _ACCEPT), ("Accept-Encoding", "gzip")]
        if "@" in settings.contact and "://" not in settings.contact:
            headers.append(("From", settings.contact.removeprefix("mailto:")))
        self._headers = tuple(headers)
        guard = AddressGuard(settings.allow_addresses, frozenset(settings.allow_ports), resolve)
        self._line = Line(guard, settings, self._headers, hosts=hosts, now=now, is_stopping=is_stopping)

    def fetch(self, url: str, *, since: Validators | None = None) -> Fetched:
        """Look at a page once; every outcome is a value.

        All requests together take at most the total time; waiting for a turn and between tries does not count.
        since: what the publisher gave us last time. It goes with the request for `url` itself only, not to where a
        redirect leads: there the same validators might belong to another page.
        Raises Abandoned when we are stopping while it waits.
        """
        self._line.begin()
        requested_at = self._now()
        pauses = list(self._settings.retry_s)
        outcome: FetchFailed | None = None
        while True:
            try:
                return self._look(url, since or Validators(), requested_at)
            except Failed as failed:
                if outcome is not None and failed.reason == "held":
                    # Why it is held says more than that it is.
                    outcome = replace(outcome, retry_after_s=failed.retry_after_s)
                else:
                    outcome = self._failed(url, failed)
                is_over = not failed.can_retry or bool(failed.retry_after_s)
            if self._hosts is None or is_over or not pauses:
                return outcome
            with self._line.untimed():
                self._hosts.pause(pauses.pop(0))

    def sitemaps(self, url: str) -> tuple[str, ...]:
        """The sitemaps that the robots.txt of this address's origin names, asked for if need be; none if that fails."""
        parsed = parse_url(url)
        if self._hosts is None or isinstance(parsed, Refused) or not self._hosts.heeds_robots(parsed.raw_host.decode()):
            return ()
        self._line.begin()
        with suppress(Failed):
            self._ask_leave(parsed)
        return self._hosts.sitemaps(origin_of(parsed))

    def forget_host(self) -> None:
        """Close the kept connection."""
        self._line.close()

    def close(self) -> None:
        """Close the kept connection, for good."""
        self._line.close()

    # ---------------------------------------------------------------- from an address to its outcome

    def _look(self, url: str, since: Validators, requested_at: datetime) -> Fetched:
        asked = self._ask(url, since)
        if asked.answer.status == 304 and asked.is_conditional:
            if answers.is_same(asked.answer.headers, since):
                return self._not_modified(url, asked.answer, since)
            # 304 for another version than the one we named: ask plainly, as if we had none.
            asked = self._ask(url, Validators())
        return self._capture(url, asked, requested_at)

    def _ask(self, url: str, since: Validators) -> _Asked:
        """Send the request and follow redirects, each hop vetted; gives the first answer that is none."""
        here = _parsed(url)
        hops: list[str] = []
        is_permanent = True
        while True:
            conditional = answers.conditional(since, self._variant) if not hops else []
            self._ask_leave(here)
            answer = self._line.exchange(here, conditional, self._page_limits, page=str(here))
            to = _location(answer)
            if to is None:
                return _Asked(answer, tuple(hops), bool(conditional), is_permanent)
            is_permanent = is_permanent and answer.status in PERMANENT
            hops.append(str(here))
            if len(hops) > self._settings.redirects:
                raise Failed("redirects", f"more than {self._settings.redirects} redirects", status=answer.status)
            here = _next(here, to, answer.status)
            if str(here) in hops:
                raise Failed("redirects", f"redirected in a circle, back to {here}", status=answer.status)

    def _not_modified(self, url: str, answer: Answer, since: Validators) -> NotModified:
        now = self._now()
        return NotModified(
            url=url,
            captured_at=now,
            validators=answers.refreshed(answer.headers, since, self._variant),
            fresh_s=answers.fresh_s(answer.headers, now),
        )

    def _capture(self, url: str, asked: _Asked, requested_at: datetime) -> Capture:
        answer, now = asked.answer, self._now()
        if answer.status == 304:
            raise Failed("protocol", "304 to a request without validators", status=304)
        if answer.status not in (200, 203):  # 203: as a proxy on the way has it (RFC 9110 §15.3.4)
            raise self._refusal(answer)
        media_type, charset = answers.content_type(answer.headers.get("content-type"))
        return Capture(
            fetch_id=uuid.uuid4().hex,
            url=url,
            final_url=str(answer.url),
            status=answer.status,
            headers=tuple(answers.kept(answer.headers)),
            media_type=media_type,
            charset=charset,
            body=answer.body,
            body_sha256=hashlib.sha256(answer.body).hexdigest(),
            requested_at=requested_at,
            captured_at=now,
            # Those of a page that a redirect led to would be sent to the wrong address.
            validators=Validators() if asked.hops else answers.validators(answer.headers, self._variant),
            hops=asked.hops,
            permanent_to=str(answer.url) if asked.hops and asked.is_permanent else None,
            fresh_s=answers.fresh_s(answer.headers, now),
        )

    def _refusal(self, answer: Answer) -> Failed:
        """What a status that is no page says."""
        told = f"HTTP {answer.status}"
        if service := answers.challenge(answer.headers):
            told += f" from a challenge service in front of the site ({service}), which wants a person at a browser"
        wait_s = answers.asked_to_wait_s(answer.headers, self._now())
        if wait_s is not None:
            told += f", to be asked again after {wait_s} s"
        return Failed(
            "http_status",
            told,
            status=answer.status,
            retry_after_s=wait_s if answer.held_s is None else answer.held_s,
            can_retry=answer.status in PASSING,
        )

    def _failed(self, url: str, failed: Failed) -> FetchFailed:
        return FetchFailed(
            url=url,
            at=self._now(),
            reason=failed.reason,
            detail=failed.detail,
            status=failed.status,
            retry_after_s=failed.retry_after_s,
        )

    def _variant(self, vary: str) -> str:
        return answers.variant(self._headers, vary)

    # ---------------------------------------------------------------- robots.txt

    def _ask_leave(self, url: httpx.URL) -> None:
        """Raise Failed where the robots.txt of this address's origin forbids it; it is asked for first, if need be."""
        hosts = self._hosts
        if hosts is None or not hosts.heeds_robots(url.raw_host.decode()):
            return
        origin, page = origin_of(url), str(url)
        if forbidden := hosts.forbids(origin, page, lambda: self._learn_robots(hosts, origin, page=page)):
            if forbidden.status is not None and (held := hosts.held(origin)):
                raise left_alone(origin, held, self._now())
            raise Failed("robots", forbidden.why, status=forbidden.status)

    def _learn_robots(self, hosts: Hosts, origin: str, *, page: str) -> None:
        try:
            answer = self._robots(origin, page=page)
        except Failed as failed:
            if failed.reason == "held" and hosts.held(origin):
                raise
            hosts.miss_robots(origin, None if failed.can_retry else failed.status)
            if hosts.note(origin).robots_at is not None:
                return  # the copy of last time holds
            failed.detail += f" (asked for {origin}/robots.txt)"
            raise
        hosts.learn_robots(origin, answer.status, answer.body)
        if answer.held_s:
            told = f"HTTP {answer.status} for {origin}/robots.txt"
            raise Failed("http_status", told, status=answer.status, retry_after_s=answer.held_s)

    def _robots(self, origin: str, *, page: str) -> Answer:
        """The answer to the question for robots.txt; that of the last redirect, where those lead nowhere (§2.3.1.2)."""
        here = httpx.URL(f"{origin}/robots.txt")
        last: Answer | None = None
        for _ in range(robots.REDIRECTS + 1):
            try:
                answer = self._line.exchange(here, [], self._robots_limits, page=page)
                to = _location(answer)
                if to is None:
                    return answer
                last = answer
                here = _next(here, to, answer.status)
            except Failed as failed:
                if last is None or failed.reason not in ("redirects", "refused_url", "refused_address"):
                    raise
                return last
        return answer


def _parsed(url: str) -> httpx.URL:
    parsed = parse_url(url)
    if isinstance(parsed, Refused):
        raise Failed(parsed.reason, parsed.detail)
    return parsed


def _location(answer: Answer) -> str | None:
    """Where an answer redirects to; None where it does not."""
    location: str | None = answer.headers.get("location") if answer.status in REDIRECTS else None
    return location


def _next(here: httpx.URL, to: str, status: int) -> httpx.URL:
    """Where a redirect leads. Never from https down to http."""
    try:
        joined = str(here.join(to))
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise Failed("redirects", f"redirected to no address: {error}", status=status) from error
    parsed = parse_url(to if "\\" in to else joined)
    if isinstance(parsed, Refused):
        raise Failed(parsed.reason, f"redirected to {joined[:200]}: {parsed.detail}", status=status)
    if here.scheme == "https" and parsed.scheme == "http":
        raise Failed("redirects", f"redirected from https to {parsed}", status=status)
    return parsed
