"""One request and its whole answer, when it is our turn: what every request of a look goes through.

Lives here: the turn, the connection kept for the next request to the same host, the time of a look. Not here: which
requests a look is made of (client.py), turns (hosts.py).
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpcore
import httpx

from tracker import clock
from tracker.fetch import answers
from tracker.fetch.address import AddressGuard
from tracker.fetch.body import Failed, Limits, drain, read
from tracker.fetch.hosts import Held, Hosts, Turn, origin_of
from tracker.fetch.sockets import Deadline
from tracker.fetch.transport import FAILURES, GuardedTransport, can_retry, failure
from tracker.settings import FetchSettings

# What says that the host is not well, and not that this page is odd.
_SICK = frozenset({"dns", "connect", "tls", "timeout", "truncated", "protocol"})


@dataclass(frozen=True, slots=True)
class Answer:
    """One exchange, over and done. body: empty where nobody wanted it. held_s: for how long its origin is now left
    alone.
    """

    url: httpx.URL
    status: int
    headers: httpx.Headers
    body: bytes
    held_s: int | None = None


class Line:
    """The connection of one fetcher: for one thread, one look at a time.

    guard: whom it may speak to. headers: of every request. hosts: None to ask at once.
    """

    def __init__(
        self,
        guard: AddressGuard,
        settings: FetchSettings,
        headers: tuple[tuple[str, str], ...],
        *,
        hosts: Hosts | None,
        now: Callable[[], datetime],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._total_s = settings.total_s
        self._headers = headers
        self._hosts = hosts
        self._now = now
        self._transport = GuardedTransport(guard, connect_s=settings.connect_s, keep=True)
        self._transport.backend.is_stopping = is_stopping
        self._deadline = Deadline(settings.total_s)

    def begin(self) -> None:
        """A look begins: all its exchanges together have the total time."""
        self._deadline = Deadline(self._total_s)

    def close(self) -> None:
        """Close the kept connection, if there is one. The line can be used again."""
        self._transport.close()

    def exchange(self, url: httpx.URL, conditional: list[tuple[str, str]], limits: Limits, *, page: str) -> Answer:
        """One request and its whole answer, when it is our turn at its origin. Raises Failed, and Abandoned.

        page: the address that it is asked for the sake of: what counts as failed if it fails.
        """
        if self._hosts is None:
            return self._converse(url, conditional, limits)
        turn = self._hosts.turn(origin_of(url), page)
        try:
            with self.untimed():
                turn.enter()
        except Held as held:
            raise left_alone(origin_of(url), held, self._now()) from held
        try:
            return self._heard(turn, self._converse(url, conditional, limits))
        except Failed as failed:
            if failed.reason in _SICK:
                failed.retry_after_s = turn.failed(failed.detail)
            raise
        finally:
            turn.leave()

    def _heard(self, turn: Turn, answer: Answer) -> Answer:
        # With a redirect it says how soon the other address may be asked (RFC 9110 §10.2.3), which is a pause, no hold.
        is_asked = answer.status >= 400 or 203 < answer.status < 300
        wait_s = answers.asked_to_wait_s(answer.headers, self._now()) if is_asked else None
        held_s = turn.answered(answer.status, wait_s)
        return answer if held_s is None else replace(answer, held_s=held_s)

    def _converse(self, url: httpx.URL, conditional: list[tuple[str, str]], limits: Limits) -> Answer:
        backend = self._transport.backend
        backend.begin(self._deadline, max_bytes=limits.max_bytes)
        response = self._send(url, conditional)
        status = response.status_code
        if status in (200, 203) or (limits.cuts and 200 <= status < 300):
            try:
                body = read(response, limits, lambda: backend.ended)
            finally:
                response.close()
        else:
            drain(response)
            body = b""
        return Answer(url, status, response.headers, body)

    def _send(self, url: httpx.URL, conditional: list[tuple[str, str]]) -> httpx.Response:
        backend = self._transport.backend
        opened = backend.opened
        request = httpx.Request("GET", url, headers=[*self._headers, *conditional])
        try:
            try:
                return self._transport.handle_request(request)
            except (httpcore.RemoteProtocolError, httpcore.NetworkError):
                # A kept connection may have been closed at the other end just as we asked: ask once more on a new one.
                if backend.opened != opened or backend.heard:
                    raise
                self._transport.close()
                return self._transport.handle_request(request)
        except FAILURES as error:
            reason, detail = failure(error)
            raise Failed(reason, detail, can_retry=can_retry(error, heard=backend.heard)) from error

    @contextmanager
    def untimed(self) -> Iterator[None]:
        """What is done inside takes nothing of the total time."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._deadline.extend(time.monotonic() - began)


def left_alone(origin: str, held: Held, now: datetime) -> Failed:
    """What a hold on an origin is called."""
    seconds = max(1, math.ceil((held.until - now).total_seconds()))
    until = clock.iso(held.until.replace(microsecond=0) + timedelta(seconds=held.until.microsecond > 0))
    return Failed("held", f"{origin} is left alone until {until}: {held.why}", retry_after_s=seconds)
