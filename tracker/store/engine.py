"""What is particular to SQLite: how a store is made, opened, locked and closed, and what its errors mean.

Everything else in this room speaks SQLAlchemy Core and would run on another database. Exactly one read-write
connection is ever open (SQLite ≤ 3.51.2 can corrupt a write-ahead log that two connections checkpoint); readers open
the file with mode=ro.
"""

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, QueuePool, StaticPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from tracker.errors import Damaged, NoStore, StoreBusy, StoreFull, TrackerError, UsageError
from tracker.store.tables import metadata

APPLICATION_ID = 0x54524B52  # "TRKR", in the file's header
USER_VERSION = 3  # the shape of the tables that this release writes; an older one is brought to it (upgrade.py)
FILE_NAME = "log.db"
BUSY_TIMEOUT_S = 10.0
_URL = "sqlite:///"

# The log is never altered. A later release that erases on legal demand drops the trigger inside its own transaction.
_TRIGGERS = (
    "CREATE TRIGGER events_are_not_altered BEFORE UPDATE ON events "
    "BEGIN SELECT RAISE(ABORT, 'events are never altered'); END",
    "CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events "
    "BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END",
)


def database_path(url_or_path: str | Path) -> Path:
    """The file that is meant: `sqlite:///…`, a file, or the folder that holds `log.db`. Raises UsageError."""
    if isinstance(url_or_path, str) and "://" in url_or_path:
        if not url_or_path.startswith(_URL):
            raise UsageError(
                f"No store can be opened at {url_or_path.partition('://')[0]}://…",
                where="store.url",
                remedy=f"Use {_URL}PATH, such as {_URL}snapshots/{FILE_NAME}",
            )
        url_or_path = url_or_path.removeprefix(_URL)
    path = Path(url_or_path).absolute()
    return path / FILE_NAME if path.is_dir() or path.suffix == "" else path


def make_file(path: Path, fill: Callable[[Connection], None]) -> None:
    """Lay out an empty store at `path`, `fill` its first rows in: all of it or nothing.

    Raises UsageError where there is something already.
    """
    with naming(path):
        engine = create_engine("sqlite://", creator=lambda: _connect(path, "rwc"), poolclass=StaticPool)
        event.listen(engine, "connect", _for_writing)
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                if connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar():
                    remedy = "Use it as it is, or name another place"
                    raise UsageError("There is something there already", where=str(path), remedy=remedy)
                metadata.create_all(connection, checkfirst=False)
                for trigger in _TRIGGERS:
                    connection.exec_driver_sql(trigger)
                fill(connection)
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.exec_driver_sql(f"PRAGMA user_version = {USER_VERSION}")
                connection.commit()
        finally:
            engine.dispose()


def writing_engine(path: Path) -> Engine:
    """An engine with the one read-write connection. Only the holder of the lock may make one."""
    with naming(path):
        shape_of(path)
    engine = create_engine("sqlite://", creator=lambda: _connect(path, "rw"), poolclass=StaticPool)
    event.listen(engine, "connect", _for_writing)
    event.listen(engine, "begin", lambda connection: _execute(connection, "BEGIN IMMEDIATE"))
    return engine


def reading_engine(path: Path) -> Engine:
    """An engine whose connections only read; a block on one of them sees one instant of the store."""
    with naming(path):
        shape = shape_of(path)
    if shape < USER_VERSION:
        raise UsageError(
            f"An older release of tracker wrote this store (its shape is {shape}, this release's {USER_VERSION})",
            where=str(path),
            remedy="Bring it up, after a copy of its folder: tracker rebuild",
        )
    engine = create_engine(
        "sqlite://", creator=lambda: _connect(path, "ro"), poolclass=QueuePool, pool_size=4, max_overflow=60
    )
    event.listen(engine, "connect", _for_reading)
    event.listen(engine, "begin", lambda connection: _execute(connection, "BEGIN"))
    return engine


def scratch_engine() -> Engine:
    """An engine over an unnamed file that the system keeps in memory while it is small and drops when it is closed."""
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect("", isolation_level=None), poolclass=StaticPool)
    event.listen(engine, "begin", lambda connection: _execute(connection, "BEGIN"))
    return engine


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # isolation_level None: transactions are begun and ended by us alone. Each connection is used by one thread at a
    # time, which is not always the one that opened it.
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=BUSY_TIMEOUT_S,
        check_same_thread=False,
    )


def _execute(connection: Connection, statement: str) -> None:
    """Run a statement by the driver's own cursor: every transaction begins with one."""
    cursor = connection.connection.cursor()
    cursor.execute(statement)
    cursor.close()


def _for_writing(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    mode = cursor.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != ("wal",):
        raise UsageError(
            "The store's file system cannot hold a write-ahead log",
            where=f"journal mode {mode}",
            remedy="Put the store on a local disk, not on a network share",
        )
    cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged append survives power loss
    cursor.execute("PRAGMA wal_autocheckpoint = 1000")
    cursor.execute("PRAGMA journal_size_limit = 67108864")
    cursor.close()


def _for_reading(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()


def shape_of(path: Path) -> int:
    """The shape of a store's tables. Raises NoStore, Damaged or UsageError where the file is none, or a newer one."""
    if not path.is_file():
        raise NoStore("There is no store here", where=str(path), remedy="Make one with: tracker init")
    connection = _connect(path, "ro")
    try:
        application_id = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    finally:
        connection.close()
    if application_id != APPLICATION_ID:
        raise Damaged(
            "This file is no store, or its head is damaged",
            where=f"{path} ({path.stat().st_size} bytes, application id {application_id:#x})",
            remedy="Restore a backup; if it never was a store, move it away, then: tracker init",
        )
    if version > USER_VERSION:
        raise UsageError(
            f"A newer release of tracker wrote this store (its shape is {version}, this release knows {USER_VERSION})",
            where=str(path),
            remedy="Use that release or a later one",
        )
    return int(version)


# ---------------------------------------------------------------- one process writes


class ProcessLock:
    """The right to write a store: an flock on `<file>.lock`, which holds the pid. Freed when the process ends."""

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as wrong:
            remedy = "Check the folder's owner and permissions, and that its disk has room"
            raise UsageError("The store cannot be locked for writing", where=str(wrong), remedy=remedy) from wrong
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise StoreBusy(
                f"Process {holder} is writing this store",
                where=str(database),
                remedy=f"Wait until it is done, or stop it (kill {holder}); reading commands work meanwhile",
            ) from None
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        except OSError as wrong:
            os.close(self._file)
            raise StoreFull(
                "Not recorded: the disk has no room, or the file may not grow",
                where=f"{path} ({wrong.strerror})",
                remedy="Make room on that disk and repeat; all that was acknowledged is there",
            ) from wrong

    def release(self) -> None:
        """Let another process write."""
        os.close(self._file)


# ---------------------------------------------------------------- errors

_FULL = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMOPEN,  # the write-ahead log's index, which is made when the store is opened
    sqlite3.SQLITE_IOERR_SHMSIZE,
}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNSURE = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}


class MustReopen(Damaged):
    """A failed fsync: the system may have dropped what it was to write, so nothing more is written on its word."""


def translated(error: sqlite3.Error, path: Path) -> TrackerError | None:
    """What a database error means to a person; None where it is a bug of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    told = f"{path} ({getattr(error, 'sqlite_errorname', type(error).__name__)}: {error})"
    if code is None:
        return None
    if code in _FULL:
        return StoreFull(
            "Not recorded: the disk has no room, or the file may not grow",
            where=told,
            remedy="Make room on that disk and repeat; nothing was half-written, all that was acknowledged is there",
        )
    if code in _UNSURE:
        return MustReopen(
            "Not acknowledged: the disk did not confirm a write",
            where=told,
            remedy="Check the disk, start again, then run: tracker verify",
        )
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_ERROR and str(error).startswith(("no such table", "no such column")):
        return Damaged(
            "The store has not all of its tables", where=told, remedy="Restore a backup; see: tracker verify"
        )
    if primary in _CORRUPT:
        return Damaged("The store's file is damaged", where=told, remedy="Restore a backup; see: tracker verify")
    if primary == sqlite3.SQLITE_IOERR:
        return Damaged("The store's file cannot be read or written", where=told, remedy="Check the disk")
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy("Another program holds the store's file", where=told, remedy="Close it and repeat")
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return UsageError(
            "The store's file cannot be opened or written", where=told, remedy="Check its owner and permissions"
        )
    return None


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Raise what the database raises as the error that a person can act on."""
    try:
        yield
    except DBAPIError as error:
        found = translated(error.orig, path) if isinstance(error.orig, sqlite3.Error) else None
        if found is None:
            raise
        raise found from error
    except sqlite3.Error as error:
        found = translated(error, path)
        if found is None:
            raise
        raise found from error
