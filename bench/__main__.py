"""`make bench`: every benchmark in this folder. Figures to judge by, not tests.

A module with `rows()` gives (what, measured, goal) as texts, for the one table; a goal may be empty. One
that has only `main()` compares things side by side and prints a table of its own afterwards.
"""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Run those named on the command line, or all."""
    known = sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if m.name != "__main__")
    table: list[tuple[str, str, str]] = [("what", "measured", "goal")]
    alone: list[str] = []
    for name in sys.argv[1:] or known:
        module = importlib.import_module(f"bench.{name}")
        if not hasattr(module, "rows"):
            alone.append(name)
            continue
        print(f"{name} …", file=sys.stderr, flush=True)
        table += module.rows()
    widths = [max(len(row[n]) for row in table) for n in range(3)]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    for name in alone:
        print(flush=True)
        subprocess.run([sys.executable, "-m", f"bench.{name}"], check=True)


if __name__ == "__main__":
    main()
