"""A store of an older release, brought to this one's shape: what was recorded stays, what is derived is folded anew.

The log's own tables never change. Due times and sightings are forgotten: every page is looked at once more.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from tracker.store.engine import USER_VERSION, ProcessLock, naming, shape_of, writing_engine
from tracker.store.rebuild import rebuilt
from tracker.store.tables import DEAD, DISCOVERY, DUE, HELD, HOSTS, VIEWS, WATCH_STATE, metadata


def upgrade(path: Path, now: Callable[[], datetime]) -> bool:
    """Bring an older store to this release's shape in one transaction; gives whether that was needed.

    Raises NoStore, StoreBusy, Damaged (an event cannot be folded; then nothing is changed), UsageError.
    """
    with naming(path):
        if shape_of(path) == USER_VERSION:
            return False
    lock = ProcessLock(path)
    try:
        with naming(path):
            engine = writing_engine(path)
            try:
                with engine.begin() as connection:
                    _new_columns(connection)
                    derived = [*VIEWS.values(), DUE, WATCH_STATE, HOSTS, DISCOVERY]
                    metadata.drop_all(connection, tables=derived)
                    metadata.create_all(connection, tables=[*derived, HELD, DEAD])
                    rebuilt(connection, now(), None)
                    connection.exec_driver_sql(f"PRAGMA user_version = {USER_VERSION}")
            finally:
                engine.dispose()
    finally:
        lock.release()
    return True


def _new_columns(connection: Connection) -> None:
    """Columns that a table has come to have which is kept as it is."""
    known = {row[1] for row in connection.exec_driver_sql("PRAGMA table_info(outbox)")}
    if "kind" not in known:
        connection.exec_driver_sql("ALTER TABLE outbox ADD COLUMN kind TEXT")
