"""What is particular to SQLite: opening, the lock, files that are no store."""

import os
import sqlite3

import pytest

from tests.store.builder import plain
from tracker.errors import Damaged, NoStore, StoreBusy, UsageError
from tracker.store import create, open_store
from tracker.store.engine import USER_VERSION


@pytest.mark.parametrize("how", ["{}", "{}/log.db", "sqlite:///{}/log.db", "sqlite:///{}"])
def test_a_store_is_named_by_its_folder_its_file_or_its_url(tmp_path, how):
    file = create(how.format(tmp_path))

    with open_store(how.format(tmp_path), write=True) as store:
        store.append((plain(),), key="1")

    assert file == tmp_path / "log.db"
    with open_store(tmp_path, write=False) as store:
        assert store.head().position == 1


def test_no_store_is_made_by_opening_one(tmp_path):
    with pytest.raises(NoStore, match="tracker init"):
        open_store(tmp_path, write=True)

    assert list(tmp_path.iterdir()) == []


def test_a_url_of_another_database_is_refused_without_its_password(tmp_path):
    with pytest.raises(UsageError) as told:
        open_store("postgresql+psycopg://user:secret@host/db", write=False)

    assert "secret" not in str(told.value)


def test_a_store_is_not_made_twice(tmp_path):
    create(tmp_path)

    with pytest.raises(UsageError, match="something there already"):
        create(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(UsageError, match="cannot be made"):
        create(tmp_path / "taken" / "log.db")


def test_the_second_to_write_is_told_who_does_and_may_when_he_is_done(tmp_path):
    file = create(tmp_path)
    with open_store(file, write=True), pytest.raises(StoreBusy, match=f"Process {os.getpid()} ") as told:
        open_store(file, write=True)

    assert told.value.exit_code == 7
    assert "reading commands work" in told.value.remedy
    open_store(file, write=True).close()


def test_a_store_is_read_while_another_writes_it(tmp_path):
    file = create(tmp_path)
    with open_store(file, write=True) as writer, open_store(file, write=False) as reader:
        writer.append((plain(),), key="1")
        assert reader.head().position == 1
        assert reader.verify().ok


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be looked at " * 40])
def test_a_file_that_is_no_store_is_not_opened(tmp_path, content):
    file = tmp_path / "log.db"
    file.write_bytes(content)

    for write in (True, False):
        with pytest.raises((NoStore, Damaged)):
            open_store(file, write=write)

    assert file.read_bytes() == content


def test_a_database_of_another_program_or_an_emptied_one_is_no_sound_store_and_is_left_alone(tmp_path):
    file = tmp_path / "log.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()

    with pytest.raises(Damaged, match="no store, or its head is damaged"):
        open_store(file, write=True)
    with pytest.raises(UsageError, match="something there already"):
        create(file)
    file.write_bytes(b"")
    with pytest.raises(Damaged, match="no store, or its head is damaged"):
        open_store(file, write=False)


def test_a_store_that_a_newer_release_wrote_is_refused(tmp_path):
    file = create(tmp_path)
    connection = sqlite3.connect(file)
    connection.execute(f"PRAGMA user_version = {USER_VERSION + 1}")
    connection.close()

    for write in (True, False):
        with pytest.raises(UsageError, match="newer release"):
            open_store(file, write=write)


def test_events_cannot_be_altered_or_deleted_even_by_hand(tmp_path):
    file = create(tmp_path)
    with open_store(file, write=True) as store:
        store.append((plain(),), key="1")
    connection = sqlite3.connect(file)

    for statement in ("UPDATE events SET payload = NULL", "DELETE FROM events"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            connection.execute(statement)
    connection.close()


def test_every_table_is_strict_and_the_log_is_written_with_full_synchronous(tmp_path):
    file = create(tmp_path)
    connection = sqlite3.connect(file)

    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    tables = connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall()
    connection.close()
    assert [name for name, strict in tables if not strict and not name.startswith("sqlite_")] == []
    with open_store(file, write=True) as store:
        settings = {name: _pragma(store, name) for name in ("synchronous", "journal_mode")}
        assert settings == {"synchronous": 2, "journal_mode": "wal"}
        with store._instant() as reading:
            assert reading.exec_driver_sql("PRAGMA query_only").scalar() == 1


def test_a_closed_store_leaves_no_write_ahead_log(tmp_path):
    file = create(tmp_path)
    store = open_store(file, write=True)
    store.append((plain(),), key="1")
    store.close()

    wal = file.with_name("log.db-wal")
    assert not wal.exists() or wal.stat().st_size == 0


def test_a_copy_of_the_closed_file_is_the_whole_store(tmp_path):
    file = create(tmp_path / "s")
    with open_store(file, write=True) as store:
        store.append((plain(),), key="1")
    copy = tmp_path / "copy.db"
    copy.write_bytes(file.read_bytes())
    copy.chmod(0o444)

    with open_store(copy, write=False) as store:
        assert store.head().position == 1
        assert store.verify().ok


def _pragma(store, name):
    return store._writing.alone(lambda connection: connection.exec_driver_sql(f"PRAGMA {name}").scalar())
