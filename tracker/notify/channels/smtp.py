"""One mail handed over by SMTP: to vetted addresses only, in one total time, secured as told.

Lives here: the conversation, by smtplib over the sockets of fetch/. Not here: what its answers mean for a delivery
(mail.py), the message (render/letter.py). smtplib knows a timeout for each read only, looks names up by itself and
says a password's answer in full: so the socket, the time, TLS and the login are ours.
"""

import base64
import io
import re
import smtplib
import socket
from dataclasses import dataclass
from typing import Literal

import httpcore

from tracker.fetch.address import AddressGuard, Network
from tracker.fetch.sockets import Deadline, GuardedBackend, tls_context
from tracker.fetch.transport import FAILURES, failure

Security = Literal["starttls", "tls", "none"]
PORTS = frozenset({25, 465, 587, 2525})
CONNECT_S = 5.0  # for the name and the connection
GOODBYE_S = 1.0  # for what follows once it is settled
MAX_REPLY_BYTES = 64 * 1024  # of all replies; the backend bears some more


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server. allow: networks inside the house. login: user name and password, if it wants them."""

    host: str
    port: int
    security: Security
    login: tuple[str, str] | None
    allow: tuple[Network, ...]
    total_s: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said. words: in one line, not yet struck of secrets."""

    code: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The server took the mail, for all recipients but these."""

    reply: Reply
    refused: tuple[tuple[str, Reply], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """Nobody got the mail. stage: `connect`, `tls`, `greeting`, `login`, `sender`, `recipients`, `size`, `data`.

    reply: the server's, where it said anything. detail: for a person, where it did not.
    """

    stage: str
    reply: Reply | None = None
    detail: str = ""


def hand_over(server: Server, sender: str, to: tuple[str, ...], mail: bytes) -> Taken | NotTaken:
    """Hand the mail over, or tell why not. Never raises for what the network or the server does."""
    # Without TLS all ports are closed, so that only the networks of `allow` are left.
    guard = AddressGuard(server.allow, PORTS if server.security != "none" else frozenset())
    backend = GuardedBackend(guard, connect_s=min(CONNECT_S, server.total_s))
    deadline = Deadline(server.total_s)
    backend.begin(deadline, max_bytes=MAX_REPLY_BYTES)
    talk = _Talk(server)
    try:
        smtp = _Smtp(backend.connect_tcp(server.host, server.port))
        try:
            outcome = talk.whole(smtp, sender, to, mail)
            backend.begin(Deadline(min(GOODBYE_S, deadline.left_s())), max_bytes=MAX_REPLY_BYTES)
            smtp.leave()
            return outcome
        finally:
            smtp.close()
    except smtplib.SMTPResponseException as wrong:
        return NotTaken(stage=talk.stage, reply=_reply(wrong.smtp_code, wrong.smtp_error))
    except smtplib.SMTPException:
        return NotTaken(stage=talk.stage, detail="the server ended the connection")
    except FAILURES as error:
        return NotTaken(stage=talk.stage, detail=_detail(error, server))


class _Ended(Exception):
    """The conversation came to its end before the mail was said."""

    def __init__(self, *, reply: Reply | None = None, detail: str = "") -> None:
        super().__init__(detail)
        self.reply, self.detail = reply, detail


class _Talk:
    """One conversation. stage: how far it came."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.stage = "connect"

    def whole(self, smtp: "_Smtp", sender: str, to: tuple[str, ...], mail: bytes) -> Taken | NotTaken:
        """From the greeting to the last full stop. Raises what smtplib and the sockets do."""
        try:
            self._open(smtp)
            return self._mail(smtp, sender, to, mail)
        except _Ended as ended:
            return NotTaken(stage=self.stage, reply=ended.reply, detail=ended.detail)

    def _open(self, smtp: "_Smtp") -> None:
        if self._server.security == "tls":
            self.stage = "tls"
            smtp.secure(self._server.host)
        self.stage = "greeting"
        _expect(smtp.getreply())
        _greet(smtp)
        if self._server.security == "starttls":
            self.stage = "tls"
            if not smtp.has_extn("starttls"):
                raise _Ended(detail="the server offers no STARTTLS; nothing was sent without")
            _expect(smtp.docmd("STARTTLS"))
            smtp.secure(self._server.host)
            _greet(smtp)
        if self._server.login is not None:
            self.stage = "login"
            _log_in(smtp, *self._server.login)

    def _mail(self, smtp: "_Smtp", sender: str, to: tuple[str, ...], mail: bytes) -> Taken | NotTaken:
        self.stage = "size"
        most = smtp.esmtp_features.get("size", "")
        if re.fullmatch(r"[0-9]{1,18}", most) and 0 < int(most) < len(mail):  # RFC 1870: 0 is no limit
            raise _Ended(detail=f"the server takes mails of at most {most} bytes")
        self.stage = "sender"
        _expect(smtp.mail(sender, [f"size={len(mail)}"] if smtp.has_extn("size") else []))
        self.stage = "recipients"
        replies = [(address, _reply(*smtp.rcpt(address))) for address in to]
        for _, reply in replies:
            if reply.code < 200:  # no SMTP: who knows which of them was taken
                raise _Ended(reply=reply)
        refused = tuple((address, reply) for address, reply in replies if not 200 <= reply.code < 300)
        if len(refused) == len(to):
            later = [reply for _, reply in refused if reply.code < 500]
            raise _Ended(reply=(later or [refused[0][1]])[0])
        self.stage = "data"
        return Taken(reply=_expect(smtp.data(mail)), refused=refused)


def _greet(smtp: "_Smtp") -> None:
    code, _ = smtp.ehlo()
    if not 200 <= code < 300:
        _expect(smtp.helo())


def _log_in(smtp: "_Smtp", user: str, password: str) -> None:
    """RFC 4954, by PLAIN or LOGIN, in UTF-8. smtplib's own cannot say a password that is not ASCII."""
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    if "PLAIN" in offered:
        _expect(smtp.docmd("AUTH", f"PLAIN {_base64(f'{chr(0)}{user}{chr(0)}{password}')}"))
        return
    if "LOGIN" not in offered:
        raise _Ended(detail=f"the server offers no login by PLAIN or LOGIN ({', '.join(offered) or 'none at all'})")
    answer = smtp.docmd("AUTH", "LOGIN")
    for told in (user, password):
        if answer[0] == 334:
            answer = smtp.docmd(_base64(told))
    _expect(answer)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _expect(answer: tuple[int, bytes]) -> Reply:
    reply = _reply(*answer)
    if not 200 <= reply.code < 300:
        raise _Ended(reply=reply)
    return reply


def _reply(code: int, words: bytes | str) -> Reply:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return Reply(code, " ".join(text.split()))


def _detail(error: BaseException, server: Server) -> str:
    reason, detail = failure(error)
    if reason == "refused_address" and server.security == "none":
        return (
            f"{server.host} is in none of the networks of notify.allow_addresses: without TLS mail goes to those only; "
            'set security = "starttls" or "tls"'
        )
    if reason == "timeout":
        connecting = isinstance(error, httpcore.ConnectTimeout)
        return "no connection in time" if connecting else "the server did not answer in time"
    if reason == "protocol":
        return "the server sent more than any answer may bring"
    return detail


# ---------------------------------------------------------------- smtplib over our sockets


class _Smtp(smtplib.SMTP):
    """smtplib's conversation over a stream of ours."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        # Without a name of its own smtplib asks the name service for one, for as long as that takes.
        super().__init__(local_hostname=_own_name(stream))
        self._take(stream)

    def _take(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self.sock = _Socket(stream)  # type: ignore[assignment]  # of a socket smtplib uses these three methods
        self.file = None

    def secure(self, host: str) -> None:
        """TLS from here on, the server's certificate and name verified. What was said before is forgotten."""
        self._take(self._stream.start_tls(tls_context(), host))
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def leave(self) -> None:
        """Say goodbye; whatever comes of that."""
        try:
            self.docmd("QUIT")
        except (smtplib.SMTPException, *FAILURES):
            return


class _Socket:
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def sendall(self, data: bytes) -> None:
        self._stream.write(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Raw(self._stream))

    def close(self) -> None:
        self._stream.close()


class _Raw(io.RawIOBase):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _own_name(stream: httpcore.NetworkStream) -> str:
    """What we call ourselves: this machine's name, where it is a full one, else the address we speak from."""
    name = socket.gethostname()
    if "." in name and name.isascii() and name.replace(".", "").replace("-", "").isalnum():
        return name
    sock: socket.socket = stream.get_extra_info("socket")
    address = sock.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
