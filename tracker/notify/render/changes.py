"""Data of a message of changes, for programs: `tracker.change/1` of one, `tracker.changes/1` of several. Pure.

Every change is named by its id and every profile by its slug, as far as there is room at all; then changes are told,
the most salient first, with their edits where those fit. Edits are left out whole, never cut.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import orjson

from tracker.document.edit import LEVELS, Edit
from tracker.events.types import Change
from tracker.notify.telling import Telling

SCHEMA = "tracker.changes/1"
_COUNT_BYTES = 40  # room for `"truncated":N,` and the brackets
_COUNTS_BYTES = 100  # the same, and for commas
# Where not even a change without its edits fits; 80: what a reason has at most (docs/schema/edit-1.json).
_TITLE_CHARS, _ADDRESS_CHARS, _WORDS, _WORD_CHARS = 300, 1000, 10, 80


def one(telling: Telling, room: int) -> dict[str, object]:
    """The first change with the edits that fit into so many bytes: the most salient first, news before neutral ones."""
    change = telling.changes[0]
    url = _url(telling, change)
    whole = change.to_json(url) if telling.max_items else _bare(change, url)
    if _size(whole) <= room:
        return whole
    head = _bare(change, url)
    if _size(head) + _COUNT_BYTES > room:
        head = _bare(change, url, is_short=True)
    room -= _size(head) + _COUNT_BYTES

    def rank(edit: Edit) -> int:
        return -LEVELS.index(edit.salience.level)

    edits, neutral = change.comparison.edits, change.comparison.neutral
    kept: set[int] = set()
    for edit in (*sorted(edits, key=rank), *neutral):
        size = _size(edit.to_json()) + 1
        if size <= room:
            kept.add(id(edit))
            room -= size
    told = {
        "edits": [edit.to_json() for edit in edits if id(edit) in kept],
        "neutral": [edit.to_json() for edit in neutral if id(edit) in kept],
    }
    head.pop("truncated", None)
    return head | told | _truncated(len(edits) + len(neutral) - len(kept))


def many(telling: Telling, room: int) -> dict[str, object]:
    """All changes, in at most so many bytes.

    count, profile_count: of all; `ids` and `profiles` name fewer where there are too many to name. truncated: how many
    are not among `changes`. A site-wide edit is told once, since it is the same in all.
    """
    changes = telling.changes
    profiles = list(dict.fromkeys(c.profile for c in changes))
    data: dict[str, object] = {
        "schema": SCHEMA,
        "form": telling.form,
        "count": len(changes),
        "profile_count": len(profiles),
        "counts": {
            "salience": dict(Counter(c.salience.level for c in changes)),
            "cause": dict(Counter(c.cause for c in changes)),
            "edits": dict(Counter(e.kind for c in changes for e in c.edits)),
        },
        "profiles": [],
        "ids": [],
        "changes": [],
        "truncated": 0,
        "url": f"{telling.link_base.rstrip('/')}/" if telling.link_base else None,
    }
    room -= _size(data) + _COUNTS_BYTES
    # Half of what is left at most for each list of names, so that in a small body, too, something is told.
    data["profiles"], room = _fitting(profiles, room, room // 2)
    data["ids"], room = _fitting([c.id for c in changes], room, room // 2)
    told = _told(telling, room)
    data["changes"] = [told[c.id] for c in changes if c.id in told]
    data["truncated"] = len(changes) - len(told)
    return data


def _told(telling: Telling, room: int) -> dict[str, dict[str, object]]:
    """The changes that fit, by id: the most salient first, max_items of them with their edits."""
    redlines = min(telling.max_items, 1) if telling.form == "site_wide" else telling.max_items
    told: dict[str, dict[str, object]] = {}
    for change in sorted(telling.changes, key=lambda c: -LEVELS.index(c.salience.level)):
        for made in _ways(change, _url(telling, change), with_edits=len(told) < redlines):
            size = _size(made) + 1
            if size <= room:
                told[change.id] = made
                room -= size
                break
    return told


def _ways(change: Change, url: str | None, *, with_edits: bool) -> Iterable[dict[str, object]]:
    if with_edits:
        yield change.to_json(url)
    yield _bare(change, url)
    yield _bare(change, url, is_short=True)


def _bare(change: Change, url: str | None, *, is_short: bool = False) -> dict[str, object]:
    """A change without its edits, but for how many there are. is_short: what is long in it is cut, too."""
    told = change.to_json(url) | {"edits": [], "neutral": []}
    if is_short:
        told |= {
            "chapter_title": change.chapter_title[:_TITLE_CHARS],
            "source_url": change.source_url[:_ADDRESS_CHARS],
            "flags": _cut(change.flags),
            "salience": {"level": change.salience.level, "why": _cut(change.salience.why)},
        }
    return told | _truncated(len(change.comparison.edits) + len(change.comparison.neutral))


def _cut(words: Sequence[str]) -> list[str]:
    return [word[:_WORD_CHARS] for word in words[:_WORDS]]


def _truncated(count: int) -> dict[str, object]:
    return {"truncated": count} if count else {}


def _fitting(names: Sequence[str], room: int, most: int) -> tuple[list[str], int]:
    """The first names that take `most` bytes, and the room that is left."""
    kept: list[str] = []
    for name in names:
        size = _size(name) + 1
        if size > most:
            break
        kept.append(name)
        most, room = most - size, room - size
    return kept, room


def _size(data: object) -> int:
    return len(orjson.dumps(data))


def _url(telling: Telling, change: Change) -> str | None:
    """Where we show a change; None for nowhere."""
    is_shown = telling.link_base and not telling.is_test  # a trial tells of no change that is recorded
    return f"{telling.link_base.rstrip('/')}/c/{change.id}" if is_shown else None
