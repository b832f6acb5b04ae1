"""Sockets for one request: guarded addresses, one total time, no environment, no redirects, nothing kept of cookies.

Lives here: the backend below httpcore's public pool that opens vetted addresses and caps every read and write by what
is left of the request's total time (the timeouts of httpx start anew at every read, so a server that sends one byte a
second never meets them), the httpx transport over it, and a bounded `post` for webhooks.
Not here: redirects, validators, inflating (client.py).
"""

import logging
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import certifi
import httpcore
import httpx

from tracker.events.types import FailReason
from tracker.fetch.address import AddressGuard, AddressRefused, Refused, parse_url

# Both print whole URLs at INFO and DEBUG, and a webhook's URL may be a secret.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

KEEP_ALIVE_S = 60.0  # how long the one kept connection may wait for the host's next page
MAX_ANSWER_BYTES = 64 * 1024  # of a webhook receiver's answer: nobody reads more
HEAD_BYTES = 512 * 1024  # what may come besides the body: headers, chunk marks, any number of 1xx answers
_SEND_BYTES = 16 * 1024
WAIT_S = 0.5  # how soon a reader sees that it is to stop


class Deadline:
    """What is left of one request's total time."""

    __slots__ = ("_until",)

    def __init__(self, total_s: float) -> None:
        self._until = time.monotonic() + total_s

    def left_s(self) -> float:
        """Seconds left; zero or less when the time is over."""
        return self._until - time.monotonic()


class Abandoned(Exception):
    """The fetch was given up because we are stopping: nothing came of it, and nothing is to be recorded of it."""


class GuardedBackend(httpcore.NetworkBackend):
    """Opens sockets to vetted addresses only, each under the deadline of the request that is running.

    For one request at a time: `begin` before each. ended: the peer closed the connection during this request.
    opened: connections made since the beginning.
    """

    def __init__(self, guard: AddressGuard, *, connect_s: float) -> None:
        self._guard = guard
        self._connect_s = connect_s
        self._plain = httpcore.SyncBackend()
        self._deadline = Deadline(connect_s)
        self._bytes_left = 0
        self.ended = False
        self.opened = 0
        self.is_stopping: Callable[[], bool] = lambda: False

    def begin(self, deadline: Deadline, *, max_bytes: int) -> None:
        """From now on reads and writes are under this deadline, and may bring at most max_bytes and the heads."""
        self._deadline = deadline
        self._bytes_left = max_bytes + HEAD_BYTES
        self.ended = False

    def left_s(self, otherwise: type[httpcore.TimeoutException]) -> float:
        """Seconds that this request still has. Raises `otherwise` when there are none."""
        left_s = self._deadline.left_s()
        if left_s <= 0:
            raise otherwise("the time is over")
        return left_s

    def received(self, data: bytes) -> bytes:
        """Count what came. Raises RemoteProtocolError when it is more than any answer may bring."""
        self.ended = not data
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise httpcore.RemoteProtocolError("the server sent more than any answer may bring")
        return data

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first vetted address that answers. Raises AddressRefused before any packet is sent."""
        until = Deadline(min(self._connect_s, self.left_s(httpcore.ConnectTimeout)))
        vetted = self._guard.vet(host, port, until.left_s())
        if isinstance(vetted, Refused):
            raise AddressRefused(vetted)
        for n, address in enumerate(vetted, start=1):
            # An address that swallows packets leaves the others their share of the time.
            share_s = max(until.left_s(), 0.001) / (len(vetted) - n + 1)
            try:
                stream = self._plain.connect_tcp(str(address), port, share_s, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if n == len(vetted):
                    raise
            else:
                self.opened += 1
                return _TimedStream(stream, self)
        raise AssertionError("vet() gives at least one address")


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every read, write and handshake ends with the request's time."""

    def __init__(self, stream: httpcore.NetworkStream, backend: GuardedBackend) -> None:
        self._stream = stream
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        # In short waits, so that who is told to stop does not hang on a server that says nothing.
        while True:
            left_s = self._backend.left_s(httpcore.ReadTimeout)
            if self._backend.is_stopping():
                raise Abandoned
            try:
                return self._backend.received(self._stream.read(max_bytes, min(left_s, WAIT_S)))
            except httpcore.ReadTimeout:
                if left_s <= WAIT_S:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In pieces, as a peer that reads a byte a second would hold a long write past the deadline.
        sock: socket.socket = self._stream.get_extra_info("socket")
        rest = memoryview(buffer)
        try:
            while rest:
                sock.settimeout(self._backend.left_s(httpcore.WriteTimeout))
                rest = rest[sock.send(rest[:_SEND_BYTES]) :]
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left_s = self._backend.left_s(httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left_s), self._backend)

    def get_extra_info(self, info: str) -> Any:  # Any: as httpcore declares it
        return self._stream.get_extra_info(info)


def tls_context() -> ssl.SSLContext:
    """The one TLS context: certificates and host names verified, by the system's store (or SSL_CERT_FILE)."""
    return _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)  # making one reads the whole certificate store: 20 to 40 ms
def _tls_context(cert_file: str | None, cert_dir: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None and paths.capath is None:  # a Python that knows no system store
        context.load_verify_locations(certifi.where())
    return context


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
        """Send bytes, give the answer of any status, or why there is none. Never raises for what the network does."""
        parsed = parse_url(url)
        if isinstance(parsed, Refused):
            return PostFailed(reason=parsed.reason, detail=parsed.detail)
        transport = GuardedTransport(self.guard, connect_s=self.connect_s, keep=False)
        transport.backend.begin(Deadline(self.total_s), max_bytes=MAX_ANSWER_BYTES)
        fields = {"User-Agent": self.user_agent, "Accept": "*/*", "Accept-Encoding": "identity", **headers}
        try:
            response = transport.handle_request(httpx.Request("POST", parsed, content=content, headers=fields))
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
