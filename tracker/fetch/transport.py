"""One request and the head of its answer: no redirects, no retry, nothing kept of cookies; and a bounded POST.

Lives here: the httpx transport over httpcore's pool with our sockets, what a failed request is called, and `post` for
webhooks. Not here: sockets and their time (sockets.py), pages (client.py).
"""

import logging
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import httpcore
import httpx

from tracker.events.looks import FailReason
from tracker.fetch.address import AddressGuard, AddressRefused, Refused, parse_url
from tracker.fetch.sockets import Deadline, GuardedBackend, tls_context

# Both print whole URLs at INFO and DEBUG, and a webhook's URL may be a secret.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

KEEP_ALIVE_S = 60.0  # how long the one kept connection may wait for the host's next page
MAX_ANSWER_BYTES = 64 * 1024  # of a webhook receiver's answer: nobody reads more


class GuardedTransport(httpx.BaseTransport):
    """An httpx transport over httpcore's pool with our backend: HTTP/1.1, at most one connection, no proxy, no retry.

    For one request at a time. keep: hold the connection for the next request to the same host; another host's request
    closes it first (idle connections across hosts cost every later request a look at each).
    """

    def __init__(self, guard: AddressGuard, *, connect_s: float, keep: bool) -> None:
        self.backend = GuardedBackend(guard, connect_s=connect_s)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls_context(),
            max_connections=1,
            max_keepalive_connections=1 if keep else 0,
            keepalive_expiry=KEEP_ALIVE_S,
            network_backend=self.backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, read the head of the answer. The caller reads and closes the body.

        Raises httpcore's own exceptions and AddressRefused: `failure` names them.
        """
        assert isinstance(request.stream, httpx.SyncByteStream)
        url = request.url
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(answer.stream, Iterable)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        """Close the connection, if one is kept. The transport can be used again."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()


# What a request may end with, besides an answer: all else is a bug and is left to crash.
FAILURES = (
    AddressRefused,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)


def failure(error: BaseException, *, reading_body: bool = False, peer_closed: bool = False) -> tuple[FailReason, str]:
    """What a failed request is called, and one line for a person.

    reading_body: the head of the answer was there. peer_closed: the server had closed the connection.
    """
    if isinstance(error, AddressRefused):
        return error.refused.reason, error.refused.detail
    if isinstance(error, httpcore.TimeoutException):
        return "timeout", f"no {'connection' if isinstance(error, httpcore.ConnectTimeout) else 'whole answer'} in time"
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "tls", f"the certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return "tls", f"no secure connection: {cause.reason or cause}"
    if isinstance(error, httpcore.ConnectError):
        return "connect", _words(error) or "no connection"
    if reading_body and (peer_closed or isinstance(error, httpcore.NetworkError)):
        return "truncated", _words(error) or "the connection ended in the middle of the body"
    if isinstance(error, httpcore.NetworkError):
        return "connect", _words(error) or "the connection broke"
    return "protocol", _words(error) or "not HTTP"


def can_retry(error: BaseException, *, heard: bool) -> bool:
    """Whether asking again in a moment can help: nobody took the connection, or dropped it without a word.

    heard: whether a byte of an answer came.
    """
    if isinstance(error, AddressRefused) or isinstance(error.__cause__ or error.__context__, ssl.SSLError):
        return False
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return True
    return not heard and isinstance(error, httpcore.NetworkError | httpcore.RemoteProtocolError)


def _words(error: BaseException) -> str:
    cause = error.__cause__ or error.__context__
    words = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(error)
    return " ".join(words.split())[:300]


# ---------------------------------------------------------------- one bounded POST, for webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a receiver answered. headers: lower-case names. body: at most 64 KiB, as sent; cut: there was more."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFailed:
    """No answer, and why. detail: one line for a person, without the URL."""

    reason: FailReason
    detail: str


@dataclass(frozen=True, slots=True)
class GuardedClient:
    """Posts to addresses that the guard lets through, each within total_s, name lookup and answer included.

    No redirects, cookies, proxies or kept connections. May be used by many threads.
    """

    guard: AddressGuard
    total_s: float
    user_agent: str
    connect_s: float

    def post(self, url: str, *, content: bytes, headers: Mapping[str, str]) -> Answer | PostFailed:
        """POST bytes, give the answer of any status, or why there is none. Never raises for what the network does."""
        return self.send("POST", url, content=content, headers=headers)

    def send(self, method: str, url: str, *, content: bytes, headers: Mapping[str, str]) -> Answer | PostFailed:
        """Send bytes, give the answer of any status, or why there is none. Never raises for what the network does."""
        parsed = parse_url(url)
        if isinstance(parsed, Refused):
            return PostFailed(reason=parsed.reason, detail=parsed.detail)
        transport = GuardedTransport(self.guard, connect_s=self.connect_s, keep=False)
        transport.backend.begin(Deadline(self.total_s), max_bytes=MAX_ANSWER_BYTES)
        fields = {"User-Agent": self.user_agent, "Accept": "*/*", "Accept-Encoding": "identity", **headers}
        try:
            response = transport.handle_request(httpx.Request(method, parsed, content=content, headers=fields))
            body, cut = _first_bytes(response, MAX_ANSWER_BYTES)
        except FAILURES as error:
            reason, detail = failure(error)
            return PostFailed(reason=reason, detail=detail)
        finally:
            transport.close()
        return Answer(status=response.status_code, headers=dict(response.headers), body=body, cut=cut)


def _first_bytes(response: httpx.Response, limit: int) -> tuple[bytes, bool]:
    """The first bytes of a body, and whether it went on. A status that came counts, whatever becomes of the body."""
    body = bytearray()
    try:
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > limit:
                break
    except FAILURES:
        return bytes(body[:limit]), True
    finally:
        response.close()
    return bytes(body[:limit]), len(body) > limit


def guarded_client(
    guard: AddressGuard, *, total_s: float, user_agent: str, connect_s: float | None = None
) -> GuardedClient:
    """A client for webhooks: `guarded_client(guard, total_s=15, user_agent=…).post(url, content=…, headers=…)`.

    connect_s: for name lookup and connection, by default the whole of total_s.
    """
    return GuardedClient(guard, total_s, user_agent, connect_s if connect_s is not None else total_s)
