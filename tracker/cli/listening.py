"""`tracker listen`: a receiver of webhooks on this machine, for those who build one.

Lives here: taking messages, checking and printing them. Not here: signatures (notify/channels/signature.py). It reads
no store, needs no configuration, and listens on loopback unless it is told otherwise.
"""

import json
import math
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from tracker import clock
from tracker.cli.output import note, say, strong
from tracker.errors import ChecksFailed, ConfigError, UsageError
from tracker.notify.channels.signature import Checked, verify
from tracker.notify.render.redline import safe

PORT = 8890
MAX_BODY_BYTES = 1_000_000
_MOST_DIGITS = 18  # of a length: int() refuses thousands of them
TAKE_WITHIN_S = 10.0  # for one read of a request
_SHOWN_HEADERS = ("content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """What messages are checked with."""

    secrets: tuple[str, ...]
    public_keys: tuple[str, ...]

    def check(self, headers: Mapping[str, str], body: bytes) -> Checked | None:
        """Whether a message is from whom it says; None where there is nothing to check it with."""
        if not self.secrets and not self.public_keys:
            return None
        return verify(headers, body, self.secrets, self.public_keys, now=clock.now())


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0: any that is free.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Another one opens it to your network.")
@click.option("--secret", "secrets", multiple=True, help="env:NAME or file:PATH; several while keys are changed.")
@click.option("--public-key", "public_keys", multiple=True, help="whpk_…, of a channel that has a signing key.")
@click.option("--answer", type=click.IntRange(200, 599), default=204, show_default=True, help="The status to answer.")
@click.option("--once", is_flag=True, help="End after one message; exit code 3 where its signature is not good.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one line a message.")
def listen(
    port: int,
    host: str,
    secrets: tuple[str, ...],
    public_keys: tuple[str, ...],
    answer: int,
    once: bool,
    as_json: bool,
) -> None:
    """Receive webhooks, check their signatures, print them, and answer 204 (or what --answer says), until Ctrl-C."""
    keys = _Keys(secrets=tuple(map(_secret, secrets)), public_keys=public_keys)
    try:
        verify({}, b"", keys.secrets, keys.public_keys, now=clock.now())
    except ValueError as wrong:
        remedy = f"{wrong}"
        raise ConfigError("Not a key to check with", where=", ".join((*secrets, *public_keys)), remedy=remedy) from None
    desk = _Desk(keys, answer, as_json=as_json, is_once=once)
    try:
        server = _Server((host, port), desk)
    except OSError as wrong:
        told = f"{host}:{port}: {wrong.strerror or wrong}"
        raise UsageError("Cannot listen there", where=told, remedy="Name another --port, or 0 for any") from None
    with server:
        note(f"listening on http://{host}:{server.server_address[1]}/ (Ctrl-C to stop)")
        if not keys.secrets and not keys.public_keys:
            note("signatures are not checked: --secret env:NAME")
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            note(f"stopped after {desk.taken} messages")
    if once and desk.bad:
        raise ChecksFailed("The signature is not good", where=desk.bad, remedy="Look at the secret on both sides")


def _secret(text: str) -> str:
    from tracker.notify.secret import parse_ref, resolve

    ref = parse_ref(text)
    if ref is None:
        remedy = "Put it into an environment variable and write --secret env:NAME (or file:PATH)"
        raise UsageError("The secret itself is on the command line", where="--secret", remedy=remedy)
    return resolve(ref, os.environ, Path.cwd())


class _Desk:
    """Prints what comes, one message at a time. bad: why the last message's signature is not good."""

    def __init__(self, keys: _Keys, answer: int, *, as_json: bool, is_once: bool) -> None:
        self.keys, self.answer, self._as_json, self._is_once = keys, answer, as_json, is_once
        self._lock = threading.Lock()
        self.taken = 0
        self.bad = ""

    def take(self, path: str, headers: Sequence[tuple[str, str]], body: bytes) -> bool:
        """Print a message; whether it was the last one."""
        named = {name.lower(): value for name, value in headers}
        checked = self.keys.check(named, body)
        with self._lock:
            if self._is_once and self.taken:
                return True
            self.taken += 1
            self.bad = "" if checked is None or checked.ok else checked.why
            if self._as_json:
                self._as_line(path, named, body, checked)
            else:
                self._as_text(path, named, body, checked)
        return self._is_once

    def _as_line(self, path: str, headers: Mapping[str, str], body: bytes, checked: Checked | None) -> None:
        signature = None if checked is None else {"ok": checked.ok, "scheme": checked.scheme, "why": checked.why}
        told = {
            "at": clock.iso(clock.now()),
            "id": headers.get("webhook-id"),
            "path": path,
            "signature": signature,
            "headers": dict(headers),
            "body": _read(body),
        }
        say(json.dumps(told))

    def _as_text(self, path: str, headers: Mapping[str, str], body: bytes, checked: Checked | None) -> None:
        good = "signature not checked"
        if checked is not None:
            good = f"signature good ({checked.scheme})" if checked.ok else f"SIGNATURE NOT GOOD: {checked.why}"
        say(strong(safe(f"{clock.iso(clock.now())[:19]}Z  {path}  {len(body)} bytes  {good}")))
        for name in _SHOWN_HEADERS:
            if name in headers:
                say(f"  {name}: {safe(headers[name])}")
        found = _read(body)
        text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, indent=2)
        for line in text.splitlines():
            say(f"  {safe(line)}")
        say()


def _read(body: bytes) -> object:
    """The JSON that a body is, or else its text."""
    text = body.decode("utf-8", "backslashreplace")
    try:
        found: object = json.loads(text, parse_constant=_no_json, parse_float=_finite)
        json.dumps(found, indent=2)  # what can be read may be nested too deep to be written
    except (ValueError, RecursionError):
        return text
    return found


def _no_json(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_json(digits)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], desk: _Desk) -> None:
        self.desk = desk
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that goes away in the middle is no news; a fault of ours is a line."""
        fault = sys.exception()
        if not isinstance(fault, OSError):
            note(f"a message could not be shown: {type(fault).__name__}: {safe(str(fault))}")


class _Handler(BaseHTTPRequestHandler):
    timeout = TAKE_WITHIN_S
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "tracker-listen", ""
    server: _Server

    def do_POST(self) -> None:
        """Take a message."""
        length = self._length()
        if isinstance(length, HTTPStatus):
            self._answer(length)
            return
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        is_last = self.server.desk.take(self.path, self.headers.items(), body)
        self._answer(self.server.desk.answer, is_last=is_last)
        if is_last:
            threading.Thread(target=self.server.shutdown, name="stop").start()

    def _length(self) -> int | HTTPStatus:
        """How long the body is, in bytes; the status to answer where that is not said, or too much."""
        told = {value.strip() for value in self.headers.get_all("Content-Length", [])}
        if not told:
            return HTTPStatus.LENGTH_REQUIRED
        digits = told.pop()
        if told or not (digits.isascii() and digits.isdigit()):
            return HTTPStatus.BAD_REQUEST
        if len(digits) > _MOST_DIGITS or int(digits) > MAX_BODY_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return int(digits)

    def do_GET(self) -> None:
        """Say what this is."""
        self._answer(HTTPStatus.METHOD_NOT_ALLOWED)

    def _answer(self, status: int, *, is_last: bool = False) -> None:
        self.send_response(status)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", "0")
        if status in (400, 411, 413) or is_last:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what comes is printed whole."""
