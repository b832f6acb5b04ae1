"""Commands taken over from others: while a process holds the store, it listens on a Unix socket beside it.

Lives here: the end that listens, and its manners. Not here: the conversation and the other end of it (wire.py), what a
command does (cli/handing.py gives a function for that), what it shares with the process that does it (once.py,
`Beside`).

Only a process of the same user is answered. A caller that says nothing, too much, or does not read, is let go of and
harms nobody.
"""

import contextlib
import json
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tracker.errors import UsageError
from tracker.watch.wire import Asked, is_same_user, is_socket, short

MAX_CALLERS = 8  # commands under way
MAX_ASKING = 32  # callers who have not said yet what they want
MAX_ASKED_BYTES = 64 * 1024
ASK_WITHIN_S = 2.0  # from connecting to the end of the question
TAKE_WITHIN_S = 10.0  # for one piece of the answer: who reads no more is gone
_PIECE_CHARS = 16 * 1024
_BUSY_EXIT, _REFUSED_EXIT, _FAULT_EXIT = 7, 2, 70  # 70: EX_SOFTWARE of sysexits.h


class Caller:
    """The one who asked, as the command sees them: where its output goes, and whether they still listen.

    May be used by many threads. What is said to a caller who is gone is dropped: the work goes on.
    """

    def __init__(self, wire: socket.socket, take_within_s: float = TAKE_WITHIN_S) -> None:
        self._wire = wire
        self._take_within_s = take_within_s
        self._lock = threading.Lock()
        self._is_gone = False

    def out(self, text: str) -> None:
        """Text for their standard output."""
        self._tell("out", text)

    def err(self, text: str) -> None:
        """Text for their standard error."""
        self._tell("err", text)

    def taken(self) -> None:
        """Their command was heard, and is begun."""
        self._send({"err": ""})

    def exit(self, code: int) -> None:
        """The command is over."""
        self._send({"exit": code})

    @property
    def is_gone(self) -> bool:
        """Whether they hung up, or stopped reading."""
        if not self._is_gone:
            ends = select.poll()
            ends.register(self._wire.fileno(), 0)  # POLLHUP and POLLERR are always told
            self._is_gone = bool(ends.poll(0))
        return self._is_gone

    def _tell(self, stream: str, text: str) -> None:
        for start in range(0, len(text), _PIECE_CHARS):
            self._send({stream: text[start : start + _PIECE_CHARS]})

    def _send(self, told: Mapping[str, object]) -> None:
        with self._lock:
            if self._is_gone:
                return
            try:
                self._wire.settimeout(self._take_within_s)
                self._wire.sendall(json.dumps(told).encode() + b"\n")
            except OSError:  # a time-out is one
                self._is_gone = True


Serve = Callable[[Asked, Caller, threading.Event], int]


class Handover:
    """The listening end: takes a command, has it served in a thread of its own, gives its answer as it comes.

    path: of the socket. serve: carries out a command for its caller and gives its exit code; the event is set when we
    are stopping. It is called by up to MAX_CALLERS threads at a time. tell: a line for the operator. ask_within_s,
    take_within_s: how long a caller may take for the question, and for each piece of the answer.
    """

    def __init__(
        self,
        path: Path,
        serve: Serve,
        tell: Callable[[str], None] = lambda line: None,
        *,
        ask_within_s: float = ASK_WITHIN_S,
        take_within_s: float = TAKE_WITHIN_S,
    ) -> None:
        self._path, self._serve, self._tell = path, serve, tell
        self._ask_within_s, self._take_within_s = ask_within_s, take_within_s
        self._stop = threading.Event()
        self._woken, self._waking = socket.socketpair()  # wakes who waits for callers, and costs nothing meanwhile
        self._listener: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._lock = threading.Lock()
        self._places = threading.Semaphore(MAX_CALLERS)
        self._handlers: set[threading.Thread] = set()

    def start(self) -> None:
        """Listen from now on. Where that cannot be, it is told and nothing else: the process is of use without."""
        try:
            self._listener = _listening(self._path)
        except (OSError, UsageError) as wrong:
            told = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
            self._tell(f"commands cannot be handed over, they will be refused meanwhile: {self._path}: {told}")
            return
        self._acceptor = threading.Thread(target=self._accept, name="handover", daemon=True)
        self._acceptor.start()

    def close(self) -> None:
        """Take no more, wait until what is under way has ended, take the socket away."""
        self._stop.set()
        self._waking.close()
        if self._listener is not None and self._acceptor is not None:
            self._path.unlink(missing_ok=True)  # first: who comes now finds nobody, and is not left waiting
            self._acceptor.join()
            self._listener.close()
        with self._lock:
            handlers = tuple(self._handlers)
        for handler in handlers:
            handler.join()
        self._woken.close()

    def _accept(self) -> None:
        assert self._listener is not None
        comings = select.poll()
        for one in (self._listener, self._woken):
            comings.register(one, select.POLLIN)
        while not self._stop.is_set():
            comings.poll()
            try:
                wire, _ = self._listener.accept()
            except BlockingIOError:
                continue
            except OSError:  # no file can be opened just now
                self._stop.wait(0.2)
                continue
            with self._lock:
                is_full = len(self._handlers) >= MAX_CALLERS + MAX_ASKING
                if not is_full:
                    handler = threading.Thread(target=self._handle, args=(wire,), name="handed", daemon=True)
                    self._handlers.add(handler)
            if is_full:
                _turn_away(wire, "Too many callers say nothing\nTry again in a moment")
            else:
                handler.start()

    def _handle(self, wire: socket.socket) -> None:
        try:
            with wire:
                self._converse(wire)
        finally:
            with self._lock:
                self._handlers.discard(threading.current_thread())

    def _converse(self, wire: socket.socket) -> None:
        caller = Caller(wire, self._take_within_s)
        if not is_same_user(wire):
            return
        try:
            asked = Asked.of_line(_line(wire, self._stop, self._ask_within_s))
        except (ValueError, OSError) as wrong:
            caller.err(f"tracker: Not a command\n{wrong}\n")
            caller.exit(_REFUSED_EXIT)
            return
        if caller.is_gone:  # while this process could not listen: what nobody waits for is not begun
            return
        # Only a command counts: callers who say nothing keep nobody else away.
        if not self._places.acquire(blocking=False):
            caller.err(f"tracker: {MAX_CALLERS} commands are under way already\nTry again when one is done\n")
            caller.exit(_BUSY_EXIT)
            return
        try:
            caller.taken()
            code = self._carried_out(asked, caller)
        finally:
            self._places.release()
        caller.exit(code)

    def _carried_out(self, asked: Asked, caller: Caller) -> int:
        try:
            return self._serve(asked, caller, self._stop)
        except Exception as fault:  # noqa: BLE001  # a fault in one command must not end the looks at all pages
            self._tell(f"{asked.argv[0]}, which was handed over, ended by a fault of ours: {type(fault).__name__}")
            caller.err(f"tracker: A fault of ours ended it: {type(fault).__name__}: {fault}\n")
            return _FAULT_EXIT


def _listening(path: Path) -> socket.socket:
    """A socket at the path that nobody but its owner may write to. One that a dead process left is replaced."""
    with short(path) as name:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            if is_socket(path):
                if _answers(name):
                    raise UsageError("another process listens there")
                path.unlink()
            with contextlib.suppress(OSError):  # Linux: the file is made with the mode of the socket
                os.fchmod(listener.fileno(), 0o600)
            listener.bind(name)
            path.chmod(0o600)
            listener.listen(MAX_CALLERS * 4)
            listener.setblocking(False)
        except BaseException:
            listener.close()
            raise
    return listener


def _answers(name: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(name)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True
    return True


def _line(wire: socket.socket, stop: threading.Event, within_s: float) -> bytes:
    """The question, as bytes up to its line feed. Raises ValueError, OSError."""
    until_s, read = time.monotonic() + within_s, bytearray()
    while b"\n" not in read:
        left_s = until_s - time.monotonic()
        if left_s <= 0 or stop.is_set():
            raise ValueError("it did not come in time" if left_s <= 0 else "this process is stopping")
        wire.settimeout(min(left_s, 0.2))
        try:
            more = wire.recv(8192)
        except TimeoutError:
            continue
        if not more:
            raise ValueError("it ended before its line did")
        read += more
        if len(read) > MAX_ASKED_BYTES:
            raise ValueError(f"it is longer than {MAX_ASKED_BYTES} bytes")
    return bytes(read).partition(b"\n")[0]


def _turn_away(wire: socket.socket, why: str) -> None:
    """Say why not, without waiting for anybody to read it."""
    with wire, contextlib.suppress(OSError):
        wire.settimeout(0)
        for told in ({"err": f"tracker: {why}\n"}, {"exit": _BUSY_EXIT}):
            wire.sendall(json.dumps(told).encode() + b"\n")
