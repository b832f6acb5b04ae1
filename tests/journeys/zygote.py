"""Runs commands in processes of their own, without paying for the imports of each: forked from one that has them.

Speaks JSON lines: {"args", "cwd", "env"} in, {"code", "stdout", "stderr"} out. Single-threaded, so that a fork of it
is as good as a new process; the command sees its own environment, folder and streams, and exits as it would.
"""

import contextlib
import importlib
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path

PRELOADED = (
    "tracker.cli",
    "tracker.cli.checking",
    "tracker.cli.configure",
    "tracker.cli.discovering",
    "tracker.cli.files",
    "tracker.cli.keeping",
    "tracker.cli.answering",
    "tracker.cli.channels",
    "tracker.cli.deliveries",
    "tracker.cli.status",
    "tracker.cli.proposing",
    "tracker.cli.reading",
    "tracker.cli.diagnosis",
    "tracker.watch.discover_loop",
    "tracker.watch.once",
    "tracker.notify.deliver",
    "tracker.notify.channels.webhook",
    "tracker.notify.configure",
    "tracker.store",
    "deepdiff",
    "tomlkit",
)


def serve() -> None:
    """Answer requests until standard input ends."""
    for name in PRELOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            child = os.fork()
            if child == 0:
                _be(asked, out, err)
            _, status = os.waitpid(child, 0)
            told = {"stdout": _read(out), "stderr": _read(err), "code": os.waitstatus_to_exitcode(status)}
        print(json.dumps(told), flush=True)


def _be(asked: dict[str, object], out: Path, err: Path) -> None:
    """Become the command. Never returns."""
    code = 70
    try:
        for stream, path, flags in (
            (0, "/dev/null", os.O_RDONLY),
            (1, out, os.O_WRONLY | os.O_CREAT),
            (2, err, os.O_WRONLY | os.O_CREAT),
        ):
            os.dup2(os.open(path, flags, 0o600), stream)
        os.environ.clear()
        os.environ.update(asked["env"])  # type: ignore[call-overload]  # as house.py writes it
        os.chdir(str(asked["cwd"]))
        sys.argv = ["tracker", *asked["args"]]  # type: ignore[misc]  # as house.py writes it
        from tracker.cli import main

        try:
            main()
            code = 0
        except SystemExit as done:
            code = done.code if isinstance(done.code, int) else 0 if done.code is None else 1
        except BaseException:  # noqa: BLE001  # whatever it is, the command ended with a traceback
            traceback.print_exc()
            code = 1
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
    finally:
        os._exit(code)


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""


if __name__ == "__main__":
    serve()
