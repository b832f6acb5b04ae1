"""What reading and comparing costs: extract and compare of one profile, CPU, median of 30.

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

from deepdiff import DeepDiff

from tracker.cli.demo.rendered import as_text, html_of
from tracker.cli.demo.ruritania import edition
from tracker.compare import compare
from tracker.document.model import Document
from tracker.extract import extract

TURNS = 30


def rows() -> list[tuple[str, str, str]]:
    """The table: extract (text, HTML), compare (one edit, nothing), deepdiff beside it, one command."""
    folder = os.environ.get("TRACKER_TEST_PROFILES")
    text = (Path(folder) / "azerbaijan.txt").read_text(encoding="utf-8") if folder else as_text(edition(1))
    name = "real profile" if folder else "Ruritania"
    old = _read(text)
    page = f"<html><body><main><h1>{old.title}</h1>{html_of(old)}</main></body></html>".encode()
    words = text.split(" ")
    words[len(words) // 3] += " lately"
    edited = " ".join(words)
    new, same = _read(edited), _read(text)
    whole_ms = _ms(lambda: compare(old, new))
    deep_ms = _ms(lambda: DeepDiff(old.to_json(), new.to_json()), turns=5)
    return [
        (f"extract, text, {name}", f"{_ms(lambda: _read(text)):.1f} ms CPU", "goal 10 ms"),
        (f"extract, HTML, {name}", f"{_ms(lambda: extract(page, media_type='text/html')):.1f} ms CPU", "goal 30 ms"),
        (f"compare, one edit, {name}", f"{whole_ms:.1f} ms CPU", "goal 10 ms"),
        ("  deepdiff over the same two trees", f"{deep_ms:.1f} ms CPU", f"{deep_ms / whole_ms:.1f} × ours"),
        (f"compare, equal documents, {name}", f"{_ms(lambda: compare(old, same)):.2f} ms CPU", ""),
        ("tracker compare, start included", f"{_command_ms(text, edited):.0f} ms wall", "goal 500 ms"),
    ]


def _read(text: str) -> Document:
    return extract(text.encode(), media_type="text/plain")


def _ms(act: Callable[[], object], turns: int = TURNS) -> float:
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
