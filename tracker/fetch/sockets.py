"""Sockets for one request: vetted addresses only, one total time, no environment.

Lives here: the backend below httpcore's public pool that opens vetted addresses and caps every read and write by what
is left of the request's total time (the timeouts of httpx start anew at every read, so a server that sends one byte a
second never meets them). Not here: requests and answers (transport.py), whom we may speak to (address.py).
"""

import os
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import certifi
import httpcore

from tracker.fetch.address import AddressGuard, AddressRefused, Refused

HEAD_BYTES = 512 * 1024  # what may come besides the body: headers, chunk marks, any number of 1xx answers
_SEND_BYTES = 16 * 1024
SILENCE_S = 20.0  # between two bytes: a server that says nothing for so long says nothing
WAIT_S = 0.5  # how soon a reader sees that it is to stop


class Deadline:
    """What is left of one request's total time."""

    __slots__ = ("_until",)

    def __init__(self, total_s: float) -> None:
        self._until = time.monotonic() + total_s

    def left_s(self) -> float:
        """Seconds left; zero or less when the time is over."""
        return self._until - time.monotonic()

    def extend(self, by_s: float) -> None:
        """Give back time that was not the server's: waiting for a turn is politeness, not slowness."""
        self._until += by_s


class Abandoned(Exception):
    """The fetch was given up because we are stopping: nothing came of it, and nothing is to be recorded of it."""


class GuardedBackend(httpcore.NetworkBackend):
    """Opens sockets to vetted addresses only, each under the deadline of the request that is running.

    For one request at a time: `begin` before each. ended: the peer closed the connection during this request.
    opened: connections made since the beginning. heard: whether a byte came since `begin`.
    """

    def __init__(self, guard: AddressGuard, *, connect_s: float) -> None:
        self._guard = guard
        self._connect_s = connect_s
        self._plain = httpcore.SyncBackend()
        self._deadline = Deadline(connect_s)
        self._bytes_left = 0
        self.ended = False
        self.heard = False
        self.opened = 0
        self.is_stopping: Callable[[], bool] = lambda: False

    def begin(self, deadline: Deadline, *, max_bytes: int) -> None:
        """From now on reads and writes are under this deadline, and may bring at most max_bytes and the heads."""
        self._deadline = deadline
        self._bytes_left = max_bytes + HEAD_BYTES
        self.ended = False
        self.heard = False

    def left_s(self, otherwise: type[httpcore.TimeoutException]) -> float:
        """Seconds that this request still has. Raises `otherwise` when there are none."""
        left_s = self._deadline.left_s()
        if left_s <= 0:
            raise otherwise("the time is over")
        return left_s

    def received(self, data: bytes) -> bytes:
        """Count what came. Raises RemoteProtocolError when it is more than any answer may bring."""
        self.ended = not data
        self.heard = self.heard or bool(data)
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
        silence = Deadline(SILENCE_S)
        while True:
            left_s = min(self._backend.left_s(httpcore.ReadTimeout), silence.left_s())
            if left_s <= 0:
                raise httpcore.ReadTimeout(f"not a byte for {SILENCE_S:.0f} s")
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
