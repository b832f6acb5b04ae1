"""What Apprise sends, sent by our own guarded client instead of the library `requests`.

So its requests are bounded as all of ours: the address is judged where the socket is opened, no proxy of the
environment, no redirect, a total time, 64 KiB of an answer. Without this a service that answers a byte a second would
hold one of Apprise's few threads, and the end of the process, for ever. And the status and Retry-After of an answer,
which Apprise does not tell, are known.

The seam is the transport adapter of `requests`. It is put there for the whole process; a request that belongs to no
try of ours goes its usual way.
"""

import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from importlib import import_module
from io import BytesIO
from typing import Any  # Any: requests is not there to be checked where Apprise is not installed

from tracker.fetch.address import AddressGuard
from tracker.fetch.transport import Answer, PostFailed, guarded_client

CONNECT_S = 5.0
LEFT_TO_US = frozenset({"accept-encoding", "connection", "user-agent"})  # of the headers that requests would send


@dataclass(slots=True, kw_only=True)
class Try:
    """One try at a message: what it may speak to, until when, and what came of its requests, in order."""

    guard: AddressGuard
    user_agent: str
    total_s: float
    begun_s: float | None = None  # of its first request: loading Apprise's services takes a second, once
    outcomes: list[Answer | PostFailed] = field(default_factory=list)

    def send(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer | PostFailed:
        """Make one request within what is left of the time."""
        self.begun_s = self.begun_s or time.monotonic()
        left_s = self.total_s - (time.monotonic() - self.begun_s)
        outcome: Answer | PostFailed = PostFailed(reason="timeout", detail="no whole answer in time")
        if left_s > 0:
            connect_s = min(CONNECT_S, left_s)
            client = guarded_client(self.guard, total_s=left_s, user_agent=self.user_agent, connect_s=connect_s)
            outcome = client.send(method, url, content=body, headers=headers)
        self.outcomes.append(outcome)
        return outcome


TRY: ContextVar[Try | None] = ContextVar("try", default=None)  # Apprise copies the context into its threads


def fence() -> None:
    """From now on, requests of a `TRY` are sent by our client. Does so once, whenever it is called."""
    sessions: Any = import_module("requests.sessions")
    if getattr(sessions.HTTPAdapter, "is_fenced", False):
        return
    plain: Any = sessions.HTTPAdapter

    class Fenced(plain):  # type: ignore[misc]  # its base is not known to the checker
        """The adapter of requests, but for those of a try."""

        is_fenced = True

        def send(self, request: Any, *args: Any, **settings: Any) -> Any:
            """A response of requests. Raises its ConnectionError where there is none."""
            of_try = TRY.get()
            return _sent(of_try, request) if of_try is not None else super().send(request, *args, **settings)

    sessions.HTTPAdapter = Fenced


def _sent(of_try: Try, request: Any) -> Any:
    requests: Any = import_module("requests")
    body = request.body or b""
    data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b"".join(body)
    headers = {_text(name): _text(value) for name, value in request.headers.items()}
    headers = {name: value for name, value in headers.items() if name.lower() not in LEFT_TO_US}
    outcome = of_try.send(request.method, request.url, data, headers)
    if isinstance(outcome, PostFailed):
        raise requests.exceptions.ConnectionError(outcome.reason, request=request)
    response = requests.models.Response()
    response.status_code = outcome.status
    response.headers.update(outcome.headers)
    response._content, response._content_consumed, response.raw = outcome.body, True, BytesIO()
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.reason = HTTPStatus(outcome.status).phrase if outcome.status in set(HTTPStatus) else ""
    response.url, response.request = request.url, request
    return response


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
