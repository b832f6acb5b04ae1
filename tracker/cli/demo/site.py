"""What the demo talks to, on loopback only: a publisher that serves one page, and a receiver that verifies webhooks."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Served:
    """What the publisher answers now."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Hooked:
    """A webhook as it came in, and what the receiver thinks of its signature."""

    headers: Mapping[str, str]
    event: Mapping[str, object]
    is_verified: bool


class _Server:
    """An HTTP server on a free port of 127.0.0.1, in a thread of its own."""

    def __init__(self, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answer(self)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Quiet: the demo tells its own story."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def url(self, path: str) -> str:
        """The address of a path here."""
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Publisher(_Server):
    """Serves what it was last given at every path, and answers robots.txt with leave for all."""

    def __init__(self) -> None:
        self.now = Served(404, b"")
        super().__init__(self._answer)

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        served = Served(200, b"User-agent: *\nAllow: /\n") if request.path == "/robots.txt" else self.now
        _reply(request, served.status, "text/html; charset=utf-8", served.body)


class Receiver(_Server):
    """Keeps the webhooks that came in, each verified with the secret that the sender signs with."""

    def __init__(self, verify: Callable[[Mapping[str, str], bytes], bool]) -> None:
        self.hooked: list[Hooked] = []
        self._verify = verify
        super().__init__(self._answer)

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in request.headers.items()}
        is_verified = self._verify(headers, body)
        self.hooked.append(Hooked(headers, json.loads(body), is_verified))
        _reply(request, 204 if is_verified else 401, "text/plain", b"")


def _reply(request: BaseHTTPRequestHandler, status: int, media_type: str, body: bytes) -> None:
    request.send_response(status)
    if status != 204:
        request.send_header("Content-Type", media_type)
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
