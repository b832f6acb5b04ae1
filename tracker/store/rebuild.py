"""The views folded anew from the log, in one transaction: readers see the old rows until it is done."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from tracker.errors import Damaged
from tracker.store import outbox
from tracker.store.leaves import Leafed
from tracker.store.statements import view_rows, write_views
from tracker.store.tables import CURSOR, EVENTS, LOG, VIEWS
from tracker.store.views import fold

_PAGE = 1_000  # events folded between two writes: what is kept in memory


def rebuilt(connection: Connection, now: datetime, progress: Callable[[int, int], None] | None) -> int:
    """Fold all events into emptied views and make the operational tables fit; gives how many events there are.

    Raises Damaged where an event cannot be folded; then nothing is changed.
    """
    total: int = connection.execute(select(func.count()).select_from(EVENTS)).scalar() or 0
    for table in VIEWS.values():
        connection.execute(delete(table))
    rows = view_rows(connection)
    position = done = 0
    while True:
        asked = select(EVENTS).where(EVENTS.c.log_id == LOG, EVENTS.c.position > position)
        page = [Leafed(*row) for row in connection.execute(asked.order_by(EVENTS.c.position).limit(_PAGE))]
        for leaf in page:
            try:
                fold(leaf.event(), rows)
            except ValueError as wrong:
                where = f"event {leaf.position}"
                raise Damaged(
                    "An event cannot be folded", where=f"{where}: {wrong}", remedy="Run: tracker verify"
                ) from wrong
        rows.settle()
        write_views(connection, rows)
        done += len(page)
        if progress is not None:
            progress(done, total)
        if len(page) < _PAGE:
            break
        position = page[-1].position
    last = page[-1].position if page else position
    connection.execute(delete(CURSOR).where(CURSOR.c.log_id == LOG))
    connection.execute(insert(CURSOR), {"log_id": LOG, "position": last})
    outbox.reconcile(connection, now)
    return done
