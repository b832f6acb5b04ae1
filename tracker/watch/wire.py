"""The conversation by which a command is handed to the process that holds the store, and the caller's end of it.

Lives here: what is asked and answered, and what both ends know of the socket. Not here: the end that listens
(handover.py).

A conversation is JSON lines. Asked: one, `{"argv": ["check"], "coloured": false, "columns": 80, "settings": {…}}`.
Answered: `{"err": ""}` once it is taken, any number of `{"out": "…"}` and `{"err": "…"}`, then one `{"exit": 0}`.
"""

import contextlib
import json
import os
import socket
import stat
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # JSON data, checked as it is read

from tracker.errors import UsageError

FILE_NAME = "run.sock"
SILENT_S = 2.0  # after which a caller is told that nobody has taken the command yet
MAX_PATH_BYTES = 100  # sun_path holds 104 to 108 bytes, by system


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command as its caller typed it. columns: of their terminal, None where there is none.

    settings: those in force for the caller, by dotted key. They are not taken, only compared with ours.
    """

    argv: tuple[str, ...]
    coloured: bool = False
    columns: int | None = None
    settings: Mapping[str, object] = field(default_factory=dict)

    def to_line(self) -> bytes:
        """The question as it is sent."""
        told = {"argv": self.argv, "coloured": self.coloured, "columns": self.columns, "settings": self.settings}
        return json.dumps(told).encode() + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> "Asked":
        """The question that a line is. Raises ValueError."""
        try:
            told: Any = json.loads(line)
        except RecursionError:
            raise ValueError("nested too deep") from None
        if not isinstance(told, dict) or not isinstance(told.get("argv"), list) or not told["argv"]:
            raise ValueError("no command is named")
        argv, columns, settings = told["argv"], told.get("columns"), told.get("settings", {})
        if not all(isinstance(word, str) and is_text(word) for word in argv) or not isinstance(settings, dict):
            raise ValueError("its words are no texts")
        is_width = isinstance(columns, int) and 0 < columns < 100_000
        return cls(
            argv=tuple(argv),
            coloured=told.get("coloured") is True,
            columns=columns if is_width else None,
            settings=settings,
        )


def is_text(word: str) -> bool:
    """Whether a word can be written as UTF-8: an argument of other bytes holds half letters, and cannot be recorded."""
    return "\0" not in word and not any("\ud800" <= letter <= "\udfff" for letter in word)


class NotTaken(KeyboardInterrupt):
    """Not waited for any longer, before the other process had taken the command."""


def hand_over(
    path: Path,
    asked: Asked,
    out: Callable[[str], None],
    err: Callable[[str], None],
    silent: Callable[[int | None], None] = lambda pid: None,
    *,
    silent_s: float = SILENT_S,
) -> int | None:
    """Have a command carried out by the process that listens at the path: its exit code, its output as it comes.

    silent: told once, in another thread, when the command was not taken within `silent_s`; with the process id, where
    the system knows it. None where nobody listens there, so that nothing was begun. Raises ConnectionError where the
    other side ended before the command did, NotTaken where Ctrl-C came before it was taken.
    """
    pids, taken = list[int | None](), threading.Event()
    word = threading.Timer(silent_s, lambda: silent(pids[0] if pids else None))
    word.daemon = True
    word.start()

    def take() -> None:
        taken.set()
        word.cancel()

    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
            try:
                if not is_socket(path):
                    return None
                with short(path) as name:
                    wire.connect(name)
                if not is_same_user(wire):
                    return None
            except (OSError, UsageError):
                return None
            pids.append(_peer(wire)[0])
            return _answered(wire, asked, out, err, take)
    except KeyboardInterrupt:
        if taken.is_set():
            raise
        raise NotTaken from None
    finally:
        word.cancel()


def _answered(
    wire: socket.socket, asked: Asked, out: Callable[[str], None], err: Callable[[str], None], take: Callable[[], None]
) -> int:
    with contextlib.suppress(BrokenPipeError):  # turned away before we asked: why, can be read
        wire.sendall(asked.to_line())
    with wire.makefile("rb") as answers, contextlib.suppress(ValueError):  # half a line, of one that was killed
        for line in answers:
            told = json.loads(line)
            take()
            if "exit" in told:
                return int(told["exit"])
            if "out" in told:
                out(str(told["out"]))
            elif told.get("err"):
                err(str(told["err"]))
    raise ConnectionError("the other process ended before the command did")


# ---------------------------------------------------------------- of both ends


def is_socket(path: Path) -> bool:
    """Whether there is a socket at the path."""
    try:
        return stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def short(path: Path) -> Iterator[str]:
    """The path as a socket's address, which is short: a long one is named by way of its folder's descriptor.

    Raises UsageError where the system has no such way.
    """
    if len(os.fsencode(path)) <= MAX_PATH_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if not Path(f"/proc/self/fd/{folder}").exists():
            raise UsageError(f"its path is longer than {MAX_PATH_BYTES} bytes")
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def is_same_user(wire: socket.socket) -> bool:
    """Whether the other end is a process of ours, where the system tells; elsewhere the file's mode says so."""
    user = _peer(wire)[1]
    return user is None or user == os.geteuid()


def _peer(wire: socket.socket) -> tuple[int | None, int | None]:
    """(process id, user id) of the other end, where the system tells."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None, None
    pid, user, _ = struct.unpack("3i", wire.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return pid, user
