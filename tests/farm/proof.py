"""How the proofs are run: a few small pages in every run; a thousand pages, in two processes, among the proofs."""

import multiprocessing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from tests.farm.modes import Length, Mode
from tests.farm.pages import Page, page
from tests.farm.world import Result, World, chosen, deal

FEW: dict[Length, int] = {"short": 1, "long": 1}  # pages of a mode in every run
PAGES = 1_000
# Pages of a mode among the proofs. A long one takes ten times the looks of a short one.
MANY: dict[Length, int] = {"short": 100, "long": 30}
PROCESSES = 2
# Of all formats, validators and skins, small enough that reading them takes no time; 15 is larger.
SMALL = (
    *(1, 3, 4, 19, 20, 21, 26, 40, 41, 46, 48, 65, 66, 76, 93, 101, 110, 111, 124, 135, 138, 141, 157, 190, 206),
    *(216, 223, 227, 15),
)


def small_pages() -> list[Page]:
    """The pages of every run."""
    return [page(n) for n in SMALL]


def lived(root: Path, pages: Sequence[Page], modes: Sequence[Mode], each: Mapping[Length, int]) -> Result:
    """A world's run over these pages, each mode on so many of them."""
    return World(root, pages).run(deal(pages, modes, each))


def short_of(result: Result, modes: Sequence[Mode], each: Mapping[Length, int]) -> list[str]:
    """The modes that were not on so many pages, by name."""
    return [m.name for m in modes if result.episodes[m.name] < each[m.length]]


def spread(root: Path, truth: Literal["silent", "told"]) -> Result:
    """All modes of a truth over the thousand pages, a share of them in each process. Prints the tally."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(PROCESSES) as pool:
        shares = [(root / str(n), truth, n) for n in range(PROCESSES)]
        total = Result()
        for result in pool.imap_unordered(_share, shares):
            total.add(result)
    print(total.tally())
    return total


def _share(asked: tuple[Path, Literal["silent", "told"], int]) -> Result:
    root, truth, number = asked
    root.mkdir()
    pages = [page(n) for n in range(number, PAGES, PROCESSES)]
    each: dict[Length, int] = {length: -(-count // PROCESSES) for length, count in MANY.items()}
    return lived(root, pages, chosen(truth), each)
