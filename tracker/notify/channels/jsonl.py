"""A file with a line an alert: for pipes, scripts and people with `tail -f`.

A line is on the disk before the message counts as sent. A crash between the two makes the message come again; so the
ids already in the file are known, and a line that stands there is not written twice. A line torn by a crash is taken
away before the next one is written.
"""

import errno
import os
import stat
from datetime import datetime
from pathlib import Path

import orjson

from tracker.events.deliveries import Attempt
from tracker.notify.channels import Channel, ChannelConfig, Key, Kind, Message, Surroundings
from tracker.notify.render.jsonl import DELIVERY_KEY, line
from tracker.notify.telling import Telling


class JsonlChannel:
    """A JSON-lines file as configured. It may be moved away at any time: the next line begins a new one."""

    def __init__(self, config: ChannelConfig, world: Surroundings) -> None:
        self._path = world.base / config.text("path")
        self._inode = 0
        self._read_to = 0
        self._ids: set[bytes] = set()

    def send(self, message: Message, *, now: datetime) -> Attempt:
        """Append the message's line, if it is not there."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not self._path.exists()
            handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o644)
            try:
                self._catch_up(handle)
                _append(handle, b"" if message.id.encode() in self._ids else message.body)
            finally:
                os.close(handle)
            if is_new:
                _sync_folder(self._path.parent)
        except OSError as wrong:
            return Attempt(ok=False, error=f"{self._path} cannot be written: {wrong.strerror}")
        return Attempt(ok=True)

    def close(self) -> None:
        """Nothing is kept open between messages."""

    def _catch_up(self, handle: int) -> None:
        """Learn the ids of lines that we have not read yet, and mend the end of the file."""
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            # A pipe or device cannot be asked what it holds, so nothing could keep a line from being written twice.
            raise OSError(errno.EINVAL, "not a plain file")
        if about.st_ino != self._inode or about.st_size < self._read_to:
            self._inode, self._read_to = about.st_ino, 0
            self._ids.clear()
        with os.fdopen(os.dup(handle), "rb") as file:
            file.seek(self._read_to)
            for line in file:
                if not line.endswith(b"\n"):
                    _mend(handle, line, self._read_to)
                    if not _is_json(line):
                        return
                    self._read_to += 1
                if line.startswith(DELIVERY_KEY):
                    self._ids.add(line[len(DELIVERY_KEY) :].partition(b'"')[0])
                self._read_to += len(line)


def _mend(handle: int, line: bytes, starts_at: int) -> None:
    """A last line without its end: torn ones go, whole ones (from an editor) get their line feed."""
    if _is_json(line):
        os.write(handle, b"\n")
    else:
        os.ftruncate(handle, starts_at)


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except ValueError:
        return False
    return True


def _append(handle: int, line: bytes) -> None:
    """All of the line on the disk, or nothing of it in the file; also one written before a crash. Raises OSError."""
    size = os.fstat(handle).st_size
    try:
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _render(telling: Telling, config: ChannelConfig) -> bytes:
    return line(telling)


def _make(config: ChannelConfig, world: Surroundings) -> Channel:
    return JsonlChannel(config, world)


KIND = Kind(
    name="jsonl",
    help="a file with a line of JSON a change",
    keys={"path": Key(sort="path", help="the file", is_needed=True)},
    render=_render,
    make=_make,
    folds=False,
)
