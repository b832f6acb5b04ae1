"""A user's folder and their shell: the real command line in a process of its own, over loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1kZXNrLWZvci10ZXN0cy0x"


class House:
    """A folder where `tracker init` was run. Pages and webhooks on loopback are allowed; nothing waits for politeness."""

    def __init__(self, root: Path, env: Mapping[str, str] | None = None) -> None:
        self.root = root
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TRACKER__")},
            "TRACKER__FETCH__ALLOW_ADDRESSES": "127.0.0.0/8",
            "TRACKER__NOTIFY__ALLOW_ADDRESSES": "127.0.0.0/8",
            "TRACKER__FETCH__HOST_DELAY_S": "0",
            "TRACKER__FETCH__CONFIRM_AFTER_S": "[0]",
            "DESK_SECRET": SECRET,
            "NO_COLOR": "1",
            **(env or {}),
        }
        self.tracker("init")

    def run(self, *args: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        """Run `tracker ARGS` here and wait for it."""
        return subprocess.run(
            [sys.executable, "-m", "tracker", *args],
            cwd=self.root,
            env={**self.env, **(env or {})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, *args: str, env: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """Start `tracker ARGS` here and let it run."""
        return subprocess.Popen(
            [sys.executable, "-m", "tracker", *args],
            cwd=self.root,
            env={**self.env, **(env or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def tracker(self, *args: str, code: int = 0) -> str:
        """What `tracker ARGS` printed; it must exit with `code`, and never with a traceback."""
        done = self.run(*args)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, f"exit {done.returncode}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *args: str, code: int = 0) -> Any:
        """The JSON that `tracker ARGS --json` printed."""
        return json.loads(self.tracker(*args, "--json", code=code))

    def tell_desk(self, url: str) -> None:
        """Configure a signed webhook and a subscription to everything."""
        self.tracker("channels", "add", "desk", "webhook", url, "--secret", "env:DESK_SECRET")
        self.tracker("subs", "add", "all", "--to", "desk")
