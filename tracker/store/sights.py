"""At which instants a page was seen as it stood: by its captures, and by the checks that rounds recorded. Only reads.

Captures are rows; an unchanged check is a few bytes of its round's record, and is looked for there.
"""

from typing import Any  # payloads: JSON data

from sqlalchemy import Connection, select

from tracker import clock
from tracker.events.bodies import ROUNDS
from tracker.events.codec import parse
from tracker.store.queries import hexed
from tracker.store.statements import stream_versions
from tracker.store.tables import EVENTS, LOG, VIEWS

_SIGHTS = ("unchanged", "changed")  # outcomes of checks that saw what stood
Snapshot = tuple[int, int, str, str | None, str]


def snapshots(connection: Connection, watch: str) -> list[Snapshot]:
    """(captured_at, position, verdict, text, reason) of all captures of a watch, in time."""
    t = VIEWS["view_snapshots"].c
    asked = select(t.captured_at, t.position, t.verdict, t.text_sha256, t.reason).where(t.watch == watch)
    found = ((at, n, verdict, hexed(text), reason) for at, n, verdict, text, reason in connection.execute(asked))
    return sorted(found, key=lambda one: one[:2])


def checks_around(connection: Connection, watch: str, us: int, low: int) -> tuple[int, ...]:
    """The last check that saw what stood at an instant or before it, and the first after it, as rounds recorded them.

    A round is recorded after its checks, so it is looked for from the first that was recorded at the instant or later,
    and none is looked for that was recorded before `low`. Rounds are read one by one: there may be very many.
    """
    last = stream_versions(connection, (ROUNDS,)).get(ROUNDS, 0)
    start = _first_recorded(connection, us, last)
    found: list[int] = []
    reached = min(start, last)
    for version in range(start, last + 1):
        reached = version
        later = [at for at in _sights_in(_round(connection, version)[1], watch) if at > us]
        if later:
            found.append(min(later))
            break
    for version in range(reached, 0, -1):
        recorded_at, payload = _round(connection, version)
        sooner = [at for at in _sights_in(payload, watch) if at <= us]
        if sooner:
            found.append(max(sooner))
        if sooner or recorded_at < low:
            break
    return tuple(found)


def _round(connection: Connection, version: int) -> tuple[int, bytes | None]:
    """When a round was recorded, and its payload."""
    mine = select(EVENTS.c.recorded_at, EVENTS.c.payload).where(
        EVENTS.c.log_id == LOG, EVENTS.c.stream == ROUNDS, EVENTS.c.version == version
    )
    at, payload = connection.execute(mine).one()
    return at, payload


def _sights_in(payload: bytes | None, watch: str) -> list[int]:
    if payload is None or watch.encode() not in payload:
        return []
    told: Any = parse(payload)
    started = clock.to_us(clock.from_iso(told["started_at"]))
    return [started + ms * 1000 for name, ms, outcome, *_ in told["checks"] if name == watch and outcome in _SIGHTS]


def _first_recorded(connection: Connection, us: int, last: int) -> int:
    """The first round that was recorded at an instant or later: the log never goes back in time."""
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        if _round(connection, middle)[0] < us:
            low = middle + 1
        else:
            high = middle
    return low
