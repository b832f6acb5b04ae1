"""Mail servers on loopback: one that works, with answers by script (aiosmtpd), and one that says what it is told to.

with MailServer(tls="starttls", login=("desk", "…")) as server: server.port, server.mails
with Liar(b"220 here\\r\\n", …) as server:   # an answer for the greeting and for each line that comes
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

CERTIFICATES = Path(__file__).parents[2] / "certificates"


@dataclass(frozen=True)
class Mail:
    """What came: for whom, its bytes as sent, whether over TLS, who had logged in."""

    sender: str
    to: tuple[str, ...]
    content: bytes
    tls: bool
    user: bytes | None


class MailServer:
    """A server that takes mail. replies: what `MAIL`, `DATA` or an address gets instead of 250, turn by turn; then 250.

    connections: how often somebody came. commands: what was asked, without what was said of it.
    """

    def __init__(
        self,
        *,
        tls: str | None = None,
        login: tuple[str, str] | None = None,
        without: Sequence[str] = (),
        size: int | None = None,
        replies: Mapping[str, Sequence[str]] | None = None,
        certificate: str = "loopback",
    ) -> None:
        self._tls, self._login, self._without, self._size = tls, login, without, size
        self._replies = {key: list(told) for key, told in (replies or {}).items()}
        self._certificate = certificate
        self.mails: list[Mail] = []
        self.commands: list[str] = []
        self.connections = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        context = _context(self._certificate) if self._tls else None
        return await self._loop.create_server(
            self._protocol, "127.0.0.1", 0, ssl=context if self._tls == "tls" else None
        )

    async def _stop(self) -> None:
        self._server.close()
        rest = [task for task in asyncio.all_tasks(self._loop) if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _protocol(self) -> SMTP:
        self.connections += 1
        return SMTP(
            _Handler(self),
            hostname="mail.tracker.example",
            loop=self._loop,
            data_size_limit=self._size,
            tls_context=_context(self._certificate) if self._tls == "starttls" else None,
            authenticator=self._authenticate if self._login else None,
            auth_required=self._login is not None,
            auth_require_tls=False,
            auth_exclude_mechanism=self._without,
        )

    def _authenticate(self, server: SMTP, session: Any, envelope: Any, mechanism: str, told: Any) -> AuthResult:
        assert self._login is not None
        self.commands.append(f"AUTH {mechanism}")
        wanted = LoginPassword(*(part.encode() for part in self._login))
        return AuthResult(success=told == wanted, handled=False, auth_data=told.login)

    def reply(self, key: str) -> str | None:
        """What the script says to this, and how."""
        self.commands.append(key)
        left = self._replies.get(key)
        return left.pop(0) if left else None


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        reply = self._server.reply("MAIL")
        if reply is None:
            envelope.mail_from = address
        return reply or "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        reply = self._server.reply(address)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        reply = self._server.reply("DATA")
        if reply is not None:
            return reply
        mail = Mail(
            sender=envelope.mail_from,
            to=tuple(envelope.rcpt_tos),
            content=envelope.content,
            tls=session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None,
            user=session.auth_data,
        )
        self._server.mails.append(mail)
        return f"250 taken as {len(self._server.mails)}"


Step = bytes | Callable[[socket.socket], socket.socket | None]


class Liar:
    """Says the next step at the greeting and after each line that comes; after the last one it hangs up.

    A step may be a function of the socket; what it returns is spoken through from then on. heard: all that came.
    """

    def __init__(self, *steps: Step) -> None:
        self._steps = steps
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard = b""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Liar":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(OSError):  # it waits for somebody to come
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            sock, _ = self._listener.accept()
            with suppress(OSError):
                self._talk(sock)

    def _talk(self, sock: socket.socket) -> None:
        sock.settimeout(5)
        try:
            for step in self._steps:
                if isinstance(step, bytes):
                    sock.sendall(step)
                else:
                    sock = step(sock) or sock
                if step is not self._steps[-1]:
                    self._hear(sock, b"\r\n.\r\n" if isinstance(step, bytes) and step.startswith(b"354") else b"\r\n")
        finally:
            sock.close()

    def _hear(self, sock: socket.socket, end: bytes) -> None:
        said = b""
        while not said.endswith(end):
            data = sock.recv(65536)
            if not data:
                raise ConnectionResetError
            said += data
            self.heard += data

    def drip(self, sock: socket.socket) -> None:
        """A byte every 20 ms, and never an end."""
        while not self._over.wait(0.02):
            sock.sendall(b"2")

    def stall(self, sock: socket.socket) -> None:
        """Not a word more."""
        self._over.wait(5)

    def flood(self, sock: socket.socket) -> None:
        """An answer of many lines without end."""
        while not self._over.is_set():
            sock.sendall(b"250-and so on\r\n" * 1000)


@lru_cache
def _context(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return context


def secured(sock: socket.socket) -> socket.socket:
    """TLS from here on."""
    return _context("loopback").wrap_socket(sock, server_side=True)
