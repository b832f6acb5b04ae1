"""The one thread that writes: it takes whatever waits, writes it in one transaction, and only then answers.

Group commit: a transaction costs an fsync, so up to 200 callers share one. Each caller's append succeeds or fails
alone; an error of the disk fails all that shared the transaction, and nothing of it is written.
"""

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar  # Any: a future of whatever the task gives

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from tracker.errors import TrackerError, UsageError
from tracker.store.batch import Batch
from tracker.store.engine import MustReopen, translated, writing_engine

BATCH_MAX = 200
T = TypeVar("T")
Stage = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Shared:
    """A task that shares a transaction with others. is_append: whether it records events."""

    run: Callable[[Batch], Any]
    is_append: bool = True
    answer: "Future[Any]" = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class _Alone:
    """A task that has a transaction of its own, after those that came before it."""

    run: Callable[[Connection], Any]
    answer: "Future[Any]" = field(default_factory=Future)


class Writer:
    """Owns the only read-write connection.

    on_stage: called in its thread with before_commit and after_commit of every transaction that holds an append.
    """

    def __init__(self, path: Path, now: Callable[[], datetime], on_stage: Stage | None) -> None:
        self._path, self._now = path, now
        self._on_stage: Stage = on_stage or (lambda stage: None)
        self._waiting: queue.SimpleQueue[_Shared | _Alone | None] = queue.SimpleQueue()
        self._broken: TrackerError | None = None
        self._closing = threading.Lock()
        self._is_closed = False
        self._engine = writing_engine(path)
        self._thread = threading.Thread(target=self._work, name="store writer", daemon=True)
        self._thread.start()

    def share(self, run: Callable[[Batch], T]) -> T:
        """Run in a transaction shared with whoever else waits; return after its COMMIT."""
        return self.begin(run).result()

    def begin(self, run: Callable[[Batch], T], *, is_append: bool = True) -> "Future[T]":
        """The same, but the caller goes on meanwhile: the answer comes after the COMMIT, in the writer's thread."""
        return self._asked(_Shared(run, is_append))

    def alone(self, run: Callable[[Connection], T]) -> T:
        """Run in a transaction of its own; return after its COMMIT."""
        result: T = self._asked(_Alone(run)).result()
        return result

    def close(self) -> None:
        """Write what waits, bring the write-ahead log back into the file, close the connection."""
        with self._closing:
            if self._is_closed:
                return
            self._is_closed = True
            self._waiting.put(None)
        self._thread.join()

    def _asked(self, task: _Shared | _Alone) -> "Future[Any]":
        with self._closing:
            if self._is_closed:
                raise UsageError("The store is closed", where=str(self._path), remedy="Open it again")
            self._waiting.put(task)
        return task.answer

    # ------------------------------------------------------------ in the writer's thread

    def _work(self) -> None:
        following: _Shared | _Alone | None = None
        while (task := following or self._waiting.get()) is not None:
            following = None
            if isinstance(task, _Alone):
                self._transaction([task])
                continue
            tasks, is_last = [task], False
            while len(tasks) < BATCH_MAX and not self._waiting.empty():
                found = self._waiting.get()
                if isinstance(found, _Shared):
                    tasks.append(found)
                    continue
                following, is_last = found, found is None
                break
            self._transaction(tasks)
            if is_last:
                break
        self._shut()

    def _transaction(self, tasks: "list[_Shared] | list[_Alone]") -> None:
        """One transaction: BEGIN IMMEDIATE, the tasks, COMMIT; answers only after that."""
        if self._broken is not None:
            return _fail(tasks, self._broken)
        done: list[tuple[Future[Any], Any]] = []
        shared = any(isinstance(task, _Shared) and task.is_append for task in tasks)
        try:
            with self._engine.connect() as connection, connection.begin() as transaction:
                try:
                    done = self._run(connection, tasks)
                    if shared:
                        self._on_stage("before_commit")
                    transaction.commit()
                except BaseException:
                    # After a full disk SQLite has rolled back by itself: then there is nothing to roll back.
                    _rolled_back(connection)
                    raise
            if shared:
                self._on_stage("after_commit")
        except BaseException as error:  # noqa: BLE001  whatever it was, the callers wait in other threads for an answer
            _fail(tasks, self._told(error))
            return None
        for answer, result in done:
            answer.set_result(result)
        return None

    def _run(self, connection: Connection, tasks: "list[_Shared] | list[_Alone]") -> list[tuple[Future[Any], Any]]:
        done: list[tuple[Future[Any], Any]] = []
        batch: Batch | None = None
        for task in tasks:
            if isinstance(task, _Alone):
                done.append((task.answer, task.run(connection)))
                continue
            batch = batch or Batch(connection, self._now)
            try:
                done.append((task.answer, task.run(batch)))
            except (DBAPIError, sqlite3.Error):
                raise  # the database's trouble is everybody's
            except Exception as refused:  # noqa: BLE001  refused before anything was written: it fails alone
                task.answer.set_exception(refused)
        if batch is not None:
            batch.flush()
        return done

    def _told(self, error: BaseException) -> BaseException:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, sqlite3.Error):
            found = translated(cause, self._path)
            if isinstance(found, MustReopen):
                self._broken = found
            if found is not None:
                found.__cause__ = error
                return found
        return error

    def _shut(self) -> None:
        try:
            if self._broken is None:
                with self._engine.connect() as connection:
                    connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except (
            sqlite3.Error
        ):  # a full disk or a busy reader: the write-ahead log stays, and is read at the next opening
            pass
        finally:
            self._engine.dispose()


def _fail(tasks: "list[_Shared] | list[_Alone]", error: BaseException) -> None:
    for task in tasks:
        if not task.answer.done():
            task.answer.set_exception(error)


def _rolled_back(connection: Connection) -> None:
    raw = connection.connection.dbapi_connection
    if isinstance(raw, sqlite3.Connection) and raw.in_transaction:
        raw.execute("ROLLBACK")
