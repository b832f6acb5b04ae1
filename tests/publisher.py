"""A publisher on loopback that can be told to misbehave, and a receiver of webhooks: real sockets, no framework.

    with Publisher() as site:
        site.page("/ruritania", "<h1>Ruritania</h1>…")          # with an ETag; answers 304 to who has it
        site.put("/ruritania", status(503, retry_after=60), page("…"))   # one answer a request; the last one stays
        site.url("/ruritania"); site.requests; site.connections

    with Receiver() as desk:
        desk.script(status(500), status(429, retry_after=2), status(204))
        desk.url(); desk.wait_for(3); desk.received[0].body

An answer is a function of the request and the wire. Those below say what real publishers did to us, and worse.
"""

import gzip
import hashlib
import socket
import ssl
import struct
import threading
import time
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

CERTIFICATES = Path(__file__).parent / "certificates"  # made for these tests, secret to nobody
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came in. headers: lower-case names. connection: 1, 2, 3 … in the order of accepting. status: our answer."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    connection: int

    @property
    def host(self) -> str:
        return self.headers.get("host", "")


class Wire:
    """The connection as an answer sees it: send, wait, hang up."""

    def __init__(self, sock: socket.socket, stopping: threading.Event) -> None:
        self._sock = sock
        self._stopping = stopping
        self.keep = True

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def wait(self, seconds: float) -> bool:
        """Let time pass; False when the site is being closed and there is no use in going on."""
        return not self._stopping.wait(seconds)

    def hang_up(self) -> None:
        """Close the connection after this answer."""
        self.keep = False

    def reset(self) -> None:
        """Break the connection: the other side reads no end, but an error (RST)."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()
        self.keep = False


Answer = Callable[[Request, Wire], None]


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """A status line and headers, as sent."""
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


# ---------------------------------------------------------------- answers that behave


def page(
    body: str | bytes,
    *,
    media_type: str | None = HTML,
    etag: str | None = "auto",
    last_modified: str | None = None,
    compressed: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """A page with validators; 304 to a request that has them. etag "auto": of its bytes; None: none is given."""
    data = body.encode() if isinstance(body, str) else body
    tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"' if etag == "auto" else etag
    sent = gzip.compress(data, 1, mtime=0) if compressed else data

    def answer(request: Request, wire: Wire) -> None:
        fields = dict(headers or {})
        if tag is not None:
            fields["ETag"] = tag
        if last_modified is not None:
            fields["Last-Modified"] = last_modified
        asked_tag = request.headers.get("if-none-match")
        is_known = asked_tag == tag if asked_tag else request.headers.get("if-modified-since") == last_modified
        if (asked_tag or "if-modified-since" in request.headers) and is_known:
            wire.send(head(304, fields))
            return
        if media_type is not None:
            fields["Content-Type"] = media_type
        if compressed:
            fields["Content-Encoding"] = "gzip"
        wire.send(head(200, fields | {"Content-Length": str(len(sent))}) + sent)

    return answer


def status(
    code: int, body: str = "", *, retry_after: int | str | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """A bare status: 204, 404, 410, 500, 503 …"""

    def answer(request: Request, wire: Wire) -> None:
        fields = {"Content-Type": "text/plain"} | dict(headers or {})
        if retry_after is not None:
            fields["Retry-After"] = str(retry_after)
        data = b"" if code in (204, 304) else body.encode()
        if code not in (204, 304):
            fields["Content-Length"] = str(len(data))
        wire.send(head(code, fields) + data)

    return answer


def redirect(to: str, code: int = 301) -> Answer:
    """Elsewhere, please."""
    return status(code, headers={"Location": to})


def late(seconds: float, then: Answer) -> Answer:
    """The same, but only after a while."""

    def answer(request: Request, wire: Wire) -> None:
        if wire.wait(seconds):
            then(request, wire)

    return answer


# ---------------------------------------------------------------- answers that do not


def raw(data: bytes) -> Answer:
    """These bytes and no others, then the end of the connection."""

    def answer(request: Request, wire: Wire) -> None:
        wire.send(data)
        wire.hang_up()

    return answer


def hang_up() -> Answer:
    """Not a word."""
    return raw(b"")


def reset(body: bytes = b"<h1>Half a page</h1>") -> Answer:
    """The beginning of a page, and then the connection is broken."""
    fields = {"Content-Type": HTML, "Content-Length": str(len(body) * 2)}

    def answer(request: Request, wire: Wire) -> None:
        wire.send(head(200, fields) + body)
        wire.reset()

    return answer


def stall() -> Answer:
    """Says nothing and keeps the line."""

    def answer(request: Request, wire: Wire) -> None:
        while wire.wait(0.5):
            pass

    return answer


def header_drip(pause_s: float = 0.05) -> Answer:
    """A byte of header now and then, for ever: each read is quick, the answer never comes."""

    def answer(request: Request, wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while wire.wait(pause_s):
            wire.send(b"x")

    return answer


def body_drip(pause_s: float = 0.05) -> Answer:
    """A byte of body now and then, for ever."""

    def answer(request: Request, wire: Wire) -> None:
        wire.send(head(200, {"Content-Type": HTML, "Transfer-Encoding": "chunked"}))
        while wire.wait(pause_s):
            wire.send(b"1\r\nx\r\n")

    return answer


def interim_flood() -> Answer:
    """102 Processing without end."""

    def answer(request: Request, wire: Wire) -> None:
        while wire.wait(0):
            wire.send(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000)

    return answer


def truncated(body: bytes = b"<h1>Half a page</h1>") -> Answer:
    """Content-Length says more than comes."""
    return raw(head(200, {"Content-Type": HTML, "Content-Length": str(len(body) * 2)}) + body)


def chunked_without_end(body: bytes = b"<h1>Half a page</h1>") -> Answer:
    """Chunks, but not the last one."""
    fields = {"Content-Type": HTML, "Transfer-Encoding": "chunked"}
    return raw(head(200, fields) + b"%x\r\n%s\r\n" % (len(body), body))


def encoded(data: bytes, encoding: str = "gzip") -> Answer:
    """Bytes said to be in an encoding, rightly or not."""
    fields = {"Content-Type": HTML, "Content-Encoding": encoding, "Content-Length": str(len(data))}

    def answer(request: Request, wire: Wire) -> None:
        wire.send(head(200, fields) + data)

    return answer


@lru_cache
def bomb_bytes(megabytes: int = 60) -> bytes:
    """A gzip of some 61 KB that inflates to 60 MB."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes)) + packer.flush()


def bomb(megabytes: int = 60) -> Answer:
    """61 KB on the wire, 60 MB in memory."""
    return encoded(bomb_bytes(megabytes))


def gzip_damaged(body: bytes = b"<h1>A page</h1>" * 200) -> Answer:
    """A gzip whose middle was overwritten."""
    data = bytearray(gzip.compress(body, mtime=0))
    data[len(data) // 2] ^= 0xFF
    data[-6] ^= 0xFF  # the checksum too: damage is found, wherever inflating happens to resume
    return encoded(bytes(data))


def gzip_without_trailer(body: bytes = b"<h1>A page</h1>" * 200) -> Answer:
    """A gzip that stops before its checksum, in an answer that is complete as far as HTTP knows."""
    return encoded(gzip.compress(body, mtime=0)[:-8])


def endless(megabytes: int = 100, *, with_length: bool = False) -> Answer:
    """A body of 100 MB, announced or not."""

    def answer(request: Request, wire: Wire) -> None:
        size = megabytes * 1_000_000
        fields = {"Content-Type": HTML}
        wire.send(head(200, fields | ({"Content-Length": str(size)} if with_length else {"Connection": "close"})))
        block = b"<p>more</p>\n" * 5461
        while size > 0 and wire.wait(0):
            wire.send(block)
            size -= len(block)
        wire.hang_up()

    return answer


# ---------------------------------------------------------------- the site


class _Server(ABC):
    """Accepts, parses, records, answers. host: a loopback address, or 0.0.0.0 to be all of 127.0.0.0/8.

    tls: the name of a pair in tests/certificates ("loopback", "expired", "elsewhere"); https then.
    """

    def __init__(self, host: str = "127.0.0.1", *, port: int = 0, tls: str | None = None) -> None:
        self._listener = socket.create_server((host, port), backlog=512)
        self._host = "127.0.0.1" if host == "0.0.0.0" else host
        self.port: int = self._listener.getsockname()[1]
        self._tls = _server_context(tls) if tls else None
        self._stopping = threading.Event()
        self._open: dict[int, socket.socket] = {}
        self._threads: list[threading.Thread] = []
        self._seen = threading.Condition()
        self._requests: list[Request] = []
        self._accepted = 0

    # -- for the test

    def url(self, path: str = "/", *, host: str | None = None) -> str:
        """The address of a path here; host: another loopback name or address that also leads here."""
        return f"{'https' if self._tls else 'http'}://{host or self._host}:{self.port}{path}"

    @property
    def requests(self) -> tuple[Request, ...]:
        """All that was asked so far, in order."""
        with self._seen:
            return tuple(self._requests)

    def asked(self, path: str) -> tuple[Request, ...]:
        """The requests for one path."""
        return tuple(r for r in self.requests if r.path == path)

    @property
    def connections(self) -> int:
        """How many connections were ever opened."""
        with self._seen:
            return self._accepted

    @property
    def open_connections(self) -> int:
        """How many are open now."""
        with self._seen:
            return len(self._open)

    def wait_until(self, is_so: Callable[[], bool], timeout_s: float = 10) -> bool:
        """Wait until something is so here (a request came, a connection closed); whether it became so in time."""
        until = time.monotonic() + timeout_s
        with self._seen:
            while not is_so():
                left_s = until - time.monotonic()
                if left_s <= 0:
                    return False
                self._seen.wait(left_s)
        return True

    def __enter__(self) -> Self:
        thread = threading.Thread(target=self._accept, name=f"site :{self.port}", daemon=True)
        self._threads.append(thread)
        thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening, drop every connection, end every thread."""
        self._stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        with self._seen:
            for sock in self._open.values():
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)

    # -- for the answering

    @abstractmethod
    def answer_to(self, request: Request) -> Answer:
        """What this server answers."""

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with self._seen:
                self._accepted += 1
                number = self._accepted
                self._open[number] = sock
                self._seen.notify_all()
            thread = threading.Thread(target=self._serve, args=(sock, number), daemon=True)
            self._threads = [t for t in self._threads if t.is_alive()]
            thread.start()
            self._threads.append(thread)

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            with suppress(OSError):  # the other side went, or the test is over
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._tls:
                    sock.settimeout(5)
                    sock = self._tls.wrap_socket(sock, server_side=True)
                    sock.settimeout(None)
                self._converse(sock, number)
        finally:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
            with self._seen:
                self._open.pop(number, None)
                self._seen.notify_all()

    def _converse(self, sock: socket.socket, number: int) -> None:
        wire = Wire(sock, self._stopping)
        rest = b""
        while wire.keep and not self._stopping.is_set():
            read = _read_request(sock, rest, number)
            if read is None:
                return
            request, rest = read
            with self._seen:
                self._requests.append(request)
                answer = self.answer_to(request)
                self._seen.notify_all()
            answer(request, wire)


def _read_request(sock: socket.socket, data: bytes, number: int) -> tuple[Request, bytes] | None:
    """The next request on a connection and what came after it; None at its end."""
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return None
        data += more
        if data.startswith(b"\x16\x03"):  # a TLS greeting where plain HTTP is spoken
            sock.sendall(head(400, {"Connection": "close"}))
            return None
    top, data = data.split(b"\r\n\r\n", 1)
    first, *lines = top.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    size = int(headers.get("content-length", "0"))
    while len(data) < size:
        more = sock.recv(65536)
        if not more:
            return None
        data += more
    request = Request(
        method=method, path=path, headers=headers, body=data[:size], at=time.monotonic(), connection=number
    )
    return request, data[size:]


class Publisher(_Server):
    """A site with pages; what it does not know is a 404."""

    def __init__(self, host: str = "127.0.0.1", *, port: int = 0, tls: str | None = None) -> None:
        super().__init__(host, port=port, tls=tls)
        self._pages: dict[str, _Script] = {}
        self._missing = status(404, "Not here.")

    def put(self, path: str, *answers: Answer) -> str:
        """What a path answers: one answer a request, in order; the last one stays. Gives its address."""
        with self._seen:
            self._pages[path] = _Script(answers)
        return self.url(path)

    def page(
        self,
        path: str,
        body: str | bytes,
        *,
        media_type: str | None = HTML,
        etag: str | None = "auto",
        last_modified: str | None = None,
        compressed: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Put a page that stays until it is put anew. Gives its address."""
        answer = page(
            body,
            media_type=media_type,
            etag=etag,
            last_modified=last_modified,
            compressed=compressed,
            headers=headers,
        )
        return self.put(path, answer)

    def remove(self, path: str) -> None:
        """From now on 404."""
        with self._seen:
            self._pages.pop(path, None)

    def answer_to(self, request: Request) -> Answer:
        script = self._pages.get(request.path) or self._pages.get(request.path.partition("?")[0])
        return script.next() if script else self._missing


class Receiver(_Server):
    """A receiver of webhooks: keeps what came, answers by script (204 until told otherwise)."""

    def __init__(self, host: str = "127.0.0.1", *, port: int = 0, tls: str | None = None) -> None:
        super().__init__(host, port=port, tls=tls)
        self._script = _Script((status(204),))

    def script(self, *answers: Answer) -> None:
        """What the next requests get, in order; the last answer stays."""
        with self._seen:
            self._script = _Script(answers)

    def url(self, path: str = "/hook", *, host: str | None = None) -> str:
        """Where to send webhooks."""
        return super().url(path, host=host)

    @property
    def received(self) -> tuple[Request, ...]:
        """All that was sent here so far, in order, whatever we answered."""
        return self.requests

    def wait_for(self, n: int, timeout_s: float = 10) -> tuple[Request, ...]:
        """Wait until n messages are here and give all; AssertionError when they do not come in time."""
        assert self.wait_until(lambda: len(self._requests) >= n, timeout_s), f"{len(self.requests)} of {n} came"
        return self.requests

    def answer_to(self, request: Request) -> Answer:
        return self._script.next()


@dataclass(slots=True)
class _Script:
    answers: tuple[Answer, ...]
    used: int = field(default=0)

    def next(self) -> Answer:
        answer = self.answers[min(self.used, len(self.answers) - 1)]
        self.used += 1
        return answer


@lru_cache
def _server_context(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return context


# ---------------------------------------------------------------- no site at all


@contextmanager
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word: a TLS handshake that does not come."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield listener.getsockname()[1]


def closed_port() -> int:
    """A port that refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
