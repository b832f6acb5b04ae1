"""What reading costs: extract of one profile, CPU, median of 30; and one command. bench/compare.py has comparing.

The real profile where TRACKER_TEST_PROFILES names its folder, else Ruritania.

    .venv/bin/python -m bench documents
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tracker.cli.demo.rendered import as_text, html_of
from tracker.cli.demo.ruritania import edition
from tracker.document.model import Document
from tracker.extract import extract

TURNS = 30


def rows() -> list[tuple[str, str, str]]:
    """The table: extract (text, HTML), one command."""
    name, text = profile()
    old = read(text)
    page = f"<html><body><main><h1>{old.title}</h1>{html_of(old)}</main></body></html>".encode()
    return [
        (f"extract, text, {name}", f"{median_ms(lambda: read(text)):.1f} ms CPU", "goal 10 ms"),
        (
            f"extract, HTML, {name}",
            f"{median_ms(lambda: extract(page, media_type='text/html')):.1f} ms CPU",
            "goal 30 ms",
        ),
        ("tracker compare, start included", f"{_command_ms(text, with_a_word_more(text)):.0f} ms wall", "goal 500 ms"),
    ]


def profile() -> tuple[str, str]:
    """What it is called in the table, and its text."""
    folder = os.environ.get("TRACKER_TEST_PROFILES")
    if folder:
        return "real profile", (Path(folder) / "azerbaijan.txt").read_text(encoding="utf-8")
    return "Ruritania", as_text(edition(1))


def with_a_word_more(text: str) -> str:
    """The text with one word more, after a third of it."""
    words = text.split(" ")
    words[len(words) // 3] += " lately"
    return " ".join(words)


def read(text: str) -> Document:
    """The profile that the text holds."""
    return extract(text.encode(), media_type="text/plain")


def median_ms(act: Callable[[], object], turns: int = TURNS) -> float:
    """CPU milliseconds of one call, the first one not counted."""
    act()
    took = []
    for _ in range(turns):
        start = time.process_time()
        act()
        took.append(time.process_time() - start)
    return statistics.median(took) * 1000


def _command_ms(old: str, new: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "old.txt", Path(folder) / "new.txt"]
        for file, content in zip(files, (old, new), strict=True):
            file.write_text(content, encoding="utf-8")
        command = [sys.executable, "-m", "tracker", "compare", *map(str, files)]
        took = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            took.append(time.perf_counter() - start)
        return statistics.median(took) * 1000
