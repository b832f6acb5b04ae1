"""A user's folder and their shell: the real command line in a process of its own, over loopback."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1kZXNrLWZvci10ZXN0cy0x"


@cache
def _zygote() -> "subprocess.Popen[str]":
    """The process that commands are forked from; ends with us, when its standard input does."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.zygote"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


class House:
    """A folder where `tracker init` was run; pages and webhooks on loopback are allowed, politeness takes no time."""

    def __init__(self, root: Path, env: Mapping[str, str] | None = None) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TRACKER__")},
            "TRACKER__FETCH__ALLOW_ADDRESSES": "127.0.0.0/8",
            "TRACKER__NOTIFY__ALLOW_ADDRESSES": "127.0.0.0/8",
            "TRACKER__FETCH__HOST_DELAY_S": "0",
            "TRACKER__FETCH__CONFIRM_AFTER_S": "[0]",
            "TRACKER__FETCH__RETRY_S": "[]",
            "TRACKER__FETCH__LOOK_TWICE": "false",
            "DESK_SECRET": SECRET,
            "NO_COLOR": "1",
            **(env or {}),
        }
        self.tracker("init")

    def run(self, *args: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """Run `tracker ARGS` here and wait for it: a process of its own, forked from one that has the imports."""
        asked = {"args": args, "cwd": str(self.root), "env": {**self.env, **(env or {})}}
        zygote = _zygote()
        assert zygote.stdin is not None and zygote.stdout is not None
        print(json.dumps(asked), file=zygote.stdin, flush=True)
        told = json.loads(zygote.stdout.readline())
        return subprocess.CompletedProcess(list(args), told["code"], told["stdout"], told["stderr"])

    def start(self, *args: str, env: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """Start `tracker ARGS` here and let it run."""
        return subprocess.Popen(
            [sys.executable, "-m", "tracker", *args],
            cwd=self.root,
            env={**self.env, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Where we run in the background SIGINT is ignored, and what we start would inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def tracker(self, *args: str, code: int = 0) -> str:
        """What `tracker ARGS` printed; it must exit with `code`, and never with a traceback."""
        done = self.run(*args)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, f"exit {done.returncode}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def on_terminal(self, *args: str, env: Mapping[str, str] | None = None) -> str:
        """What a terminal gets of `tracker ARGS`, colours and all. env: what it says of itself, TERM at least."""
        ours, theirs = pty.openpty()
        kept = {k: v for k, v in self.env.items() if k not in ("NO_COLOR", "TERM", "COLUMNS")}
        told = kept | {"TERM": "xterm", **(env or {})}
        command = [sys.executable, "-m", "tracker", *args]
        with subprocess.Popen(command, cwd=self.root, env=told, stdin=theirs, stdout=theirs, stderr=theirs):
            os.close(theirs)
            shown = bytearray()
            with suppress(OSError):  # how Linux says that the other side is closed
                while more := os.read(ours, 65536):
                    shown += more
        os.close(ours)
        return shown.decode()

    def json(self, *args: str, code: int = 0) -> Any:
        """The JSON that `tracker ARGS --json` printed."""
        return json.loads(self.tracker(*args, "--json", code=code))

    def tell_desk(self, url: str) -> None:
        """Configure a signed webhook and a subscription to everything."""
        self.tracker("channels", "add", "desk", "webhook", url, "--secret", "env:DESK_SECRET")
        self.tracker("subs", "add", "all", "--to", "desk")
