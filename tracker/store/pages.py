"""Pages that are not watched, as frozen records; and what discovery remembers beside the log: statements on both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, delete, insert, select

from tracker.store.queries import instant
from tracker.store.tables import DISCOVERY, VIEWS


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRecord:
    """A page that was found listed, or refused. key: its canonical address. source: the address that listed it.

    publisher, source, discovered_at: None of a page that was refused before anything listed it.
    wanted: whether the publisher's rules propose such a page or watch it at once. lastmod: as listed.
    """

    key: str
    url: str
    state: Literal["proposed", "refused"]
    wanted: Literal["propose", "auto"]
    publisher: str | None
    source: str | None
    lastmod: str | None
    discovered_at: datetime | None
    refused_at: datetime | None


def pages(connection: Connection) -> tuple[PageRecord, ...]:
    """All of them, in the order in which they were found."""
    table = VIEWS["view_pages"]
    asked = select(table).order_by(table.c.position, table.c.key)
    return tuple(
        PageRecord(
            key=row.key,
            url=row.url,
            state=row.state,
            wanted=row.wanted,
            publisher=row.publisher,
            source=row.source,
            lastmod=row.lastmod,
            discovered_at=instant(row.discovered_at),
            refused_at=instant(row.refused_at),
        )
        for row in connection.execute(asked)
    )


def discovery_note(connection: Connection, name: str) -> str | None:
    """What was remembered under a name."""
    found: str | None = connection.execute(select(DISCOVERY.c.note).where(DISCOVERY.c.name == name)).scalar()
    return found


def keep_discovery_note(connection: Connection, name: str, note: str) -> None:
    """Remember this under a name, in place of what was."""
    connection.execute(delete(DISCOVERY).where(DISCOVERY.c.name == name))
    connection.execute(insert(DISCOVERY).values(name=name, note=note))
