"""A process that appends to a store until it is killed, or until its disk is full: the other end of the tests' pipe.

python -m tests.store.appender FILE honest            says each number after its append has returned
python -m tests.store.appender FILE early N           says it before the commit, and is killed at the N-th
python -m tests.store.appender FILE STAGE N           is killed by itself at that stage of the N-th
python -m tests.store.appender FILE full BYTES        no file may grow beyond BYTES; afterwards it may again
"""

import os
import resource
import signal
import sys
from pathlib import Path

from tests.store.builder import plain
from tracker.errors import StoreFull
from tracker.store import Store, open_store


def say(told: object) -> None:
    """Tell the parent, at once."""
    os.write(1, f"{told}\n".encode())


def append(store: Store, n: int) -> None:
    """The n-th append: one event, and every third time a body."""
    body = os.urandom(3000) if n % 3 == 0 else b""
    store.append((plain(n, size=200),), key=f"n/{n}", expected={"test/a": n - 1}, bodies=(body,))


def honest(file: Path) -> None:
    """Acknowledge what was acknowledged."""
    with open_store(file, write=True) as store:
        n = store.head().position
        while True:
            n += 1
            append(store, n)
            say(n)


def killed_at(file: Path, stage: str, at: int) -> None:
    """Be killed at a stage of the n-th append; `early`: having said it before its commit."""
    count = 0

    def on_stage(reached: str) -> None:
        nonlocal count
        count += reached == "before_commit"
        if stage == "early" and reached == "before_commit":
            say(count)
        if count == at and reached == ("before_commit" if stage == "early" else stage):
            os.kill(os.getpid(), signal.SIGKILL)

    with open_store(file, write=True, on_stage=on_stage) as store:
        for n in range(1, at + 1):
            append(store, n)
            if stage != "early":
                say(n)


def full(file: Path, limit: int) -> None:
    """Append until the disk is full, twice; then make room, and go on."""
    with open_store(file, write=True) as store:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        n, refused = 0, 0
        while refused < 2:
            try:
                append(store, n + 1)
            except StoreFull as told:
                refused += 1
                say(f"full: {told.what} {told.remedy}")
            else:
                n += 1
                say(n)
        say(f"read: {store.head().position}")
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        append(store, n + 1)
        say(n + 1)


if __name__ == "__main__":
    path, mode, *rest = Path(sys.argv[1]), *sys.argv[2:]
    match mode:
        case "honest":
            honest(path)
        case "full":
            full(path, int(rest[0]))
        case _:
            killed_at(path, mode, int(rest[0]))
