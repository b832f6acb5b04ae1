"""What comparing costs: one profile, many times the profile, deepdiff beside it, and the worst cases. CPU.

    .venv/bin/python -m bench compare
    .venv/bin/python -m bench.compare --memory     the peak of this process with 64 times the profile, in MB

The real profile where TRACKER_TEST_PROFILES names its folder, else Ruritania. Ratios are of figures of one run.
"""

import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from string import ascii_lowercase

from deepdiff import DeepDiff

from bench.documents import median_ms, profile, read, with_a_word_more
from tracker.compare import compare
from tracker.compare.nodes import Item, flat_items, unflatten
from tracker.compare.rewrite import item_json, relabelled_item
from tracker.document.edit import Comparison
from tracker.document.model import Cell, Chapter, Document, Note, Prose, Row, Section, Table, Text

TIMES = (1, 4, 16, 64)
EDITS = 8
CUTOFFS = ("cutoff_intersection_for_pairs", "cutoff_distance_for_pairs")  # deepdiff's: past them it pairs nothing
BLOCKS = 5_000
VOCABULARY = ["".join(letters) for letters in product("bdklmnprstvz", "aeiou", "lmnrst", "aeiou", "dkn")][:5_000]
Rows = list[tuple[str, str, str]]
Items = list[tuple[Item, int]]


def rows() -> Rows:
    """The table."""
    name, text = profile()
    return [*_one(name, text), *_many(read(text)), *_worst()]


def _one(name: str, text: str) -> Rows:
    old, new, same = read(text), read(with_a_word_more(text)), read(text)
    edit_ms = median_ms(lambda: compare(old, new), turns=100)
    same_ms = median_ms(lambda: compare(old, same), turns=100)
    default_ms = median_ms(lambda: DeepDiff(old.to_json(), new.to_json()), turns=3)
    return [
        (f"compare, one edit, {name}", f"{edit_ms:.2f} ms", "goal 3 ms"),
        (f"compare, equal documents, {name}", f"{same_ms:.3f} ms", "goal 0.3 ms"),
        ("  deepdiff, default, one edit", f"{default_ms:.1f} ms", f"{default_ms / edit_ms:.0f} × ours"),
    ]


# ---------------------------------------------------------------- many times the profile


def _many(document: Document) -> Rows:
    """Eight edits in a document of k times the chapters; and eight in each of its copies, so that all work grows."""
    found: Rows = []
    first: dict[str, float] = {}
    for times in TIMES:
        old = many(document, times)
        for what, new in (("8 edits", edited(old)), ("8 edits a copy", edited(old, EDITS * times))):
            if what != "8 edits" and times == 1:
                continue
            took_ms = median_ms(lambda old=old, new=new: compare(old, new), turns=max(3, 40 // times))  # type: ignore[misc]
            start = first.setdefault("8 edits", took_ms)
            goal = "goal 75 ×" if times == TIMES[-1] else ""
            told = f"{took_ms:.1f} ms" + (f", {took_ms / start:.1f} × 1×" if times > 1 else "")
            found.append((f"compare, {times}× the profile, {what}", told, goal))
            if what == "8 edits" and times in (1, 16):
                found += _against_deepdiff(old, new, times, took_ms)
    memory = subprocess.run([sys.executable, "-m", "bench.compare", "--memory"], capture_output=True, check=True)
    found.append(("  peak of a process with 64×, RSS", f"{memory.stdout.decode().strip()} MB", "goal 120 MB"))
    return found


def _against_deepdiff(old: Document, new: Document, times: int, ours_ms: float) -> Rows:
    """deepdiff over one list of blocks each, as it is and where it may not give up looking for what is alike."""
    lists = [
        [item_json(item, depth, with_ids=False) for chapter in told.chapters for item, depth in flat_items(chapter)]
        for told in (old, new)
    ]
    found: Rows = []
    for what, cutoffs in (("", {}), (", no cutoffs", dict.fromkeys(CUTOFFS, 1))):
        begun = time.process_time()
        DeepDiff(*lists, ignore_order=True, **cutoffs)
        took_ms = (time.process_time() - begun) * 1000
        ratio = f"{took_ms / ours_ms:,.0f} × ours; goal 100 ×"
        found.append((f"  deepdiff, ignore_order{what}, {times}×", f"{took_ms:,.0f} ms", ratio))
    return found


def many(document: Document, times: int) -> Document:
    """The profile with so many copies of its chapters, each with a third of its words altered in its own way."""
    copies = [_altered(chapter, k) if k else chapter for k in range(times) for chapter in document.chapters]
    return Document(document.title, tuple(copies))


def _altered(chapter: Chapter, k: int) -> Chapter:
    """The k-th copy: letters of every third word shifted, so that all offsets stay."""
    shift = 1 + k % 25
    table = str.maketrans(ascii_lowercase, ascii_lowercase[shift:] + ascii_lowercase[:shift])

    def text(told: Text) -> Text:
        words = told.plain.split(" ")
        return replace(told, plain=" ".join(w.translate(table) if (n + k) % 3 == 0 else w for n, w in enumerate(words)))

    def row(told: Row) -> Row:
        return replace(told, cells=tuple(Cell(tuple(map(text, cell.paragraphs))) for cell in told.cells))

    def item(told: Item) -> Item:
        if isinstance(told, Section):
            return replace(told, title=text(told.title))
        if isinstance(told, Table):
            caption = text(told.caption) if told.caption else None
            bodies = tuple(map(row, told.header)), tuple(map(row, told.rows))
            return replace(told, caption=caption, header=bodies[0], rows=bodies[1])
        return replace(told, text=text(told.text))

    head = replace(chapter, slug=f"{chapter.slug}-{k}", title=f"{chapter.title} {k}")
    return unflatten(head, [(item(told), depth) for told, depth in flat_items(chapter)])


# ---------------------------------------------------------------- typical edits


def edited(document: Document, count: int = EDITS) -> Document:
    """The document with so many edits of eight sorts, over as many chapters as there are."""
    chapters = list(document.chapters)
    for n in range(count):
        # Chapters from this one on, until one has what this sort of edit needs.
        start = n * len(chapters) // count if count < len(chapters) else n % len(chapters)
        for at in (*range(start, len(chapters)), *range(start)):
            items = flat_items(chapters[at])
            if SORTS[n % len(SORTS)](items, n // len(SORTS)):
                chapters[at] = unflatten(chapters[at], items)
                break
    return replace(document, chapters=tuple(chapters))


def _places(items: Items, kind: type[Item], least: int = 0) -> list[int]:
    return [k for k, (item, _) in enumerate(items) if isinstance(item, kind) and len(_words(item)) > least]


def _words(item: Item) -> list[str]:
    return [] if isinstance(item, Table) else (item.title if isinstance(item, Section) else item.text).plain.split(" ")


def _reworded(items: Items, n: int) -> bool:
    places = _places(items, Prose, 12)
    if places:
        at = places[n % len(places)]
        item, depth = items[at]
        assert isinstance(item, Prose)
        items[at] = replace(item, text=replace(item.text, plain=f"{item.text.plain} lately")), depth
    return bool(places)


def _note_added(items: Items, n: int) -> bool:
    """A note more, and all labels from there on one higher."""
    places = [
        k for k in _places(items, Note) if (note := items[k][0]) and isinstance(note, Note) and note.label.isdigit()
    ]
    if places:
        at = places[n % len(places)]
        note = items[at][0]
        assert isinstance(note, Note)
        labels = {str(k): str(k + 1) for k in range(int(note.label), 1_000)}
        items[:] = [(relabelled_item(item, labels), depth) for item, depth in items]
        items.insert(at, (Note(note.label, Text(_sentence(n, 9))), 0))
    return bool(places)


def _added(items: Items, n: int) -> bool:
    places = _places(items, Prose)
    if places:
        items.insert(places[n % len(places)], (Prose(Text(_sentence(n, 20))), 0))
    return bool(places)


def _removed(items: Items, n: int) -> bool:
    places = _places(items, Prose, 12)
    if places:
        del items[places[(n + 1) % len(places)]]
    return bool(places)


def _moved(items: Items, n: int) -> bool:
    places = _places(items, Prose, 12)
    if len(places) > 3:
        items.insert(places[-1], items.pop(places[n % (len(places) - 2)]))
    return len(places) > 3


def _renamed(items: Items, n: int) -> bool:
    places = _places(items, Section)
    if places:
        at = places[n % len(places)]
        section, depth = items[at]
        assert isinstance(section, Section)
        items[at] = replace(section, title=Text(f"{section.title.plain} and after")), depth
    return bool(places)


def _cell(items: Items, n: int) -> bool:
    places = [k for k, (item, _) in enumerate(items) if isinstance(item, Table) and item.rows]
    if places:
        at = places[n % len(places)]
        table, depth = items[at]
        assert isinstance(table, Table)
        last = table.rows[-1]
        row = replace(last, cells=(*last.cells[:-1], Cell((Text(f"{n + 1_234:,}"),))))
        items[at] = replace(table, rows=(*table.rows[:-1], row)), depth
    return bool(places)


def _split(items: Items, n: int) -> bool:
    places = [k for k in _places(items, Prose, 25) if not _said(items[k][0]).refs]
    if places:
        at = places[n % len(places)]
        words = _words(items[at][0])
        items[at : at + 1] = [(Prose(Text(" ".join(half))), 0) for half in (words[:12], words[12:])]
    return bool(places)


def _said(item: Item) -> Text:
    assert isinstance(item, Prose)
    return item.text


SORTS: tuple[Callable[[Items, int], bool], ...] = (
    _reworded, _cell, _note_added, _added, _removed, _renamed, _moved, _split
)  # fmt: skip


# ---------------------------------------------------------------- the worst cases


def _worst() -> Rows:
    """Each once: what would be slow if anything were."""
    blocks = [_sentence(k, 40) for k in range(BLOCKS)]
    other = [w if k % 5 < 2 else _sentence(k + 10_000, 40) for k, w in enumerate(blocks)]
    third = [
        w if k % 5 < 2 else " ".join(x if n % 3 else f"{x}{VOCABULARY[k]}" for n, x in enumerate(w.split()))
        for k, w in enumerate(blocks)
    ]
    words = _sentence(7, 150_000).split(" ")
    long = [
        " ".join(f"v{generator.randrange(5_000)}" for _ in range(180_000)) for generator in map(random.Random, (1, 2))
    ]
    cases: tuple[tuple[str, Callable[[], tuple[Document, Document]], str], ...] = (
        ("5,000 blocks, 60 % other ones", lambda: (_page(blocks), _page(other)), "goal 2 s"),
        ("5,000 blocks, a third of the words in 60 %", lambda: (_page(blocks), _page(third)), "goal 2 s"),
        (
            "5,000 blocks, all others",
            lambda: (_page(blocks), _page([_sentence(k, 40) for k in range(9_000, 14_000)])),
            "",
        ),
        ("5,000 blocks, turned round", lambda: (_page(blocks), _page(blocks[::-1])), ""),
        ("10,000 changed cells", lambda: (_ledger("a"), _ledger("b")), "goal 2 s"),
        ("a million equal blocks, and one more", lambda: (_equal(1_000_000), _equal(1_000_001)), "ends"),
        (
            "a paragraph of 1 MB, one word other",
            lambda: (_page([" ".join(words)]), _page([" ".join([*words[:70_000], "x", *words[70_001:]])])),
            "",
        ),
        ("a paragraph of 1 MB, all other", lambda: (_page(long[:1]), _page(long[1:])), ""),
    )
    found: Rows = []
    for what, made, goal in cases:
        old, new = made()
        begun = time.process_time()
        told: Comparison = compare(old, new)
        took_s = time.process_time() - begun
        coarse = ", coarse" if told.coarse else ""
        found.append((f"compare, {what}", f"{took_s:.2f} s, {len(told.edits):,} edits{coarse}", goal))
    return found


def _sentence(seed: int, words: int) -> str:
    """So many words out of five thousand, of letters only: what holds digits is weighed at greater length."""
    made = random.Random(seed)
    return " ".join(VOCABULARY[made.randrange(len(VOCABULARY))] for _ in range(words))


def _page(blocks: list[str]) -> Document:
    return _chapter(*(Prose(Text(words)) for words in blocks))


def _equal(count: int) -> Document:
    return _chapter(*[Prose(Text("Nothing new."))] * count)


def _ledger(cell: str) -> Document:
    def row(*texts: str) -> Row:
        return Row(tuple(Cell((Text(told),)) for told in texts))

    body = [row(f"place {k}", *(f"{cell}{k}c{c}" for c in range(10))) for k in range(1_000)]
    return _chapter(Table(None, (row(*(f"Column {c}" for c in range(11))),), tuple(body)))


def _chapter(*blocks: Prose | Table) -> Document:
    return Document("Ruritania", (Chapter("use", "Use", None, None, blocks),))


def _memory() -> None:
    old = many(read(profile()[1]), TIMES[-1])
    compare(old, edited(old, EDITS * TIMES[-1]))
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: it begins with what the process had that started this one.
        peak_kb = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    else:
        peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{peak_kb / 1024:.0f}")


if __name__ == "__main__":
    _memory()
