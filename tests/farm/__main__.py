"""Looks into the farm: what a page says, what came of a mode on it, or a tally of many.

python -m tests.farm --page 15 edit_word edit_note_added   what was looked at and told on one page
python -m tests.farm --pages 0-100 --each 10 [MODE …]      a tally; modes are named by a part of their name
"""

import argparse
import tempfile
from pathlib import Path

from tests.farm.modes import MODES, Mode
from tests.farm.pages import page
from tests.farm.world import World, deal, in_order
from tracker.store import open_store


def main() -> None:
    """Run what the command line asks for."""
    asked = argparse.ArgumentParser(prog="python -m tests.farm", description=__doc__)
    asked.add_argument("modes", nargs="*")
    asked.add_argument("--page", type=int)
    asked.add_argument("--pages", default="0-40")
    asked.add_argument("--each", type=int, default=2)
    given = asked.parse_args()
    modes = [m for m in MODES.values() if not given.modes or any(part in m.name for part in given.modes)]
    if given.page is not None:
        one(given.page, [MODES[name] for name in given.modes])
        return
    low, _, high = given.pages.partition("-")
    pages = [page(n) for n in range(int(low), int(high))]
    with tempfile.TemporaryDirectory() as folder:
        result = World(Path(folder), pages).run(deal(pages, modes, {"short": given.each, "long": given.each}))
    print(result.tally(), *map(str, result.faults), sep="\n")


def one(number: int, modes: list[Mode]) -> None:
    """The looks at a page, and the changes that came of them."""
    found = page(number)
    with tempfile.TemporaryDirectory() as folder:
        result = World(Path(folder), [found]).run(in_order(found, modes))
        with open_store(Path(folder) / "snapshots", write=False) as store:
            for check in reversed(store.checks(found.name)):
                print(check.at, check.outcome, check.status, check.detail[:200])
            for change in store.changes(newest_first=False):
                print(change.recorded_at, change.cause, change.chapter)
                for edit in change.edits[:8]:
                    told = f"{edit.kind} {edit.section}: {edit.old[:70]!r} → {edit.new[:70]!r}"
                    print(f"    {told} {edit.salience.level} {list(edit.salience.why)}")
    print(*map(str, result.faults), sep="\n")


if __name__ == "__main__":
    main()
