"""Whatever is altered behind the store's back, `verify` names it. SQLite: these tests write the file by hand."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.store.builder import PROFILE, add, failed, minute, plain, round_of, see
from tracker.document.canonical import sha256
from tracker.document.model import Warned
from tracker.errors import Damaged, TrackerError
from tracker.events.deliveries import Attempt, Dispute, Mute, Trouble
from tracker.events.pages import page_refused
from tracker.store import create, open_store
from tracker.store.tables import VIEWS


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A store with a row in every table, closed."""
    path = create(tmp_path_factory.mktemp("made") / "log.db")
    with open_store(path, write=True) as store:
        add(store)
        see(store, {"ban": "one", "use": "two"}, minute(1), channels=("hook",), etag='"a"')
        lied = (Warned("validator_lied", "", "twice"),)
        see(store, {"ban": "other"}, minute(2), channels=("hook",), warnings=lied, volatile=(("ban", "b1"),))
        see(store, {"ban": "doubt"}, minute(3), verdict="suspect")
        round_of(store, ("r", 1, "changed"), ("r", 3, "failed"), body=b"x")
        failed(store, minute(4))
        ((delivery, _),) = store.lease_deliveries(minute(10**9), 1, 60)
        store.finish("failed", delivery, Attempt(ok=False, status=500, error="oops"), minute(5), minute(6))
        store.append(tuple(plain(n) for n in range(2)), key="plain")
        url = "https://r.example/page"
        store.append((page_refused(url, url, minute(7)),), key="refused")
        store.mute(Mute(subscription="to-hook", since=minute(7), until=None))
        store.dispute(Dispute(change=store.changes(limit=1)[0].id, at=minute(7), reason="a comma"))
        store.note_troubles([Trouble(kind="disk", subject="x", detail="", since=minute(7))], [], [], minute(7))
        assert store.verify().ok
    return path


@pytest.fixture
def file(made, tmp_path):
    """A copy of it, to be damaged."""
    return Path(shutil.copy(made, tmp_path / "log.db"))


def _alter(file, *statements):
    connection = sqlite3.connect(file)
    for trigger in ("events_are_not_altered", "events_are_not_deleted"):
        connection.execute(f"DROP TRIGGER {trigger}")
    for statement, *values in statements:
        assert connection.execute(statement, values).rowcount != 0, statement
    connection.commit()
    connection.close()


def _report(file):
    with open_store(file, write=False) as store:
        return store.verify()


def _value(file, question, *values):
    connection = sqlite3.connect(file)
    found = connection.execute(question, values).fetchone()[0]
    connection.close()
    return found


def test_nothing_is_found_in_a_store_that_was_left_alone(file):
    report = _report(file)

    assert report.ok
    assert (report.first_bad, report.findings) == (None, ())
    assert report.events == 21
    assert report.bodies == 6
    assert report.rows > 10
    with open_store(file, write=False) as store:
        assert report.root == store.head().root


@pytest.mark.parametrize("view", VIEWS)
def test_altered_cells_of_a_view_are_named_one_by_one_with_both_values(file, view):
    """All cells of a row in turn, but its key; then one alone."""
    keys = {c.name for c in VIEWS[view].primary_key.columns}
    columns = [c.name for c in VIEWS[view].columns if c.name not in keys]
    expected = [_alter_cell(file, view, column) for column in columns]

    every = [f for f in _report(file).findings if f.kind == "views"]

    assert all(f.where.startswith(f"{view} ") for f in every)
    assert [(f.where.rpartition(", ")[2], f.recorded, f.expected) for f in every] == expected
    with open_store(file, write=True) as store:
        store.rebuild()
    (altered,) = [_alter_cell(file, view, columns[-1])]
    (one,) = [f for f in _report(file).findings if f.kind == "views"]
    assert (one.where.rpartition(", ")[2], one.recorded, one.expected) == altered


def _alter_cell(file, view, column):
    """Alter a cell of the view's first row; gives column, new and old value as a finding shows them."""
    connection = sqlite3.connect(file)
    rowid, before = connection.execute(f"SELECT rowid, {column} FROM {view} ORDER BY rowid LIMIT 1").fetchone()
    kind = next(r[2] for r in connection.execute(f"PRAGMA table_info({view})") if r[1] == column)
    altered = {"INTEGER": 424242, "TEXT": "altered", "BLOB": b"altered"}[kind]
    connection.execute(f"UPDATE {view} SET {column} = ? WHERE rowid = ?", (altered, rowid))
    connection.commit()
    connection.close()
    return column, *(v.hex() if isinstance(v, bytes) else str(v) for v in (altered, before))


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_row_that_went_or_came_is_named(file, view):
    connection = sqlite3.connect(file)
    connection.execute(f"DELETE FROM {view} WHERE rowid = (SELECT min(rowid) FROM {view})")
    connection.commit()
    went = [f for f in _report(file).findings if f.kind == "views"]
    connection.close()

    assert [f.what for f in went] == ["is not there"]
    assert went[0].where.startswith(view)


def test_a_view_row_that_no_event_tells_of_is_named(file):
    _alter(file, ("INSERT INTO view_chapters VALUES (?, 'zzz', 'Z', 'r', 'present', 'a', 1)", PROFILE))

    (found,) = _report(file).findings

    assert (found.where, found.what) == (
        "view_chapters profile=ruritania chapter=zzz",
        "is a row that no event tells of",
    )


EVENT_CELLS = {
    "stream": "other/stream",
    "version": 99,
    "type": "other.type",
    "schema_version": 2,
    "key": "other key",
    "captured_at": 1,
    "recorded_at": 1_700_000_000_000_000,
    "payload_sha256": b"\0" * 32,
    "leaf": b"\0" * 32,
    "salt": b"\0" * 16,
    "payload": b'{"n":7}',
}


@pytest.mark.parametrize("column", EVENT_CELLS)
def test_one_altered_column_of_an_event_is_found_at_its_position(file, column):
    _alter(file, (f"UPDATE events SET {column} = ? WHERE position = 12", EVENT_CELLS[column]))

    report = _report(file)

    assert report.first_bad == 12
    assert not report.ok


def test_one_flipped_byte_of_a_payload_is_found_at_its_position(file):
    for position in (1, 2, 13):
        payload = bytearray(_value(file, "SELECT payload FROM events WHERE position = ?", position))
        payload[len(payload) // 2] ^= 1
        if position == 1:
            _alter(file, ("UPDATE events SET payload = ? WHERE position = 1", bytes(payload)))
        else:
            connection = sqlite3.connect(file)
            connection.execute("UPDATE events SET payload = ? WHERE position = ?", (bytes(payload), position))
            connection.commit()
            connection.close()

    report = _report(file)

    assert report.first_bad == 1
    assert {f.position for f in report.findings if "payload" in f.what} == {1, 2, 13}


def test_an_altered_event_with_a_leaf_made_to_fit_is_betrayed_by_the_root(file):
    with open_store(file, write=False) as store:
        honest = store.head().root
    _alter(file, ("UPDATE events SET payload = ?, salt = ? WHERE position = 12", b'{"n":7}', b"\1" * 16))
    connection = sqlite3.connect(file)
    from tracker.events.merkle import payload_sha256
    from tracker.store.leaves import Leafed

    hashed = payload_sha256(b"\1" * 16, b'{"n":7}')
    connection.execute("UPDATE events SET payload_sha256 = ? WHERE position = 12", (hashed,))
    leaf = Leafed(*connection.execute("SELECT * FROM events WHERE position = 12").fetchone()).leaf_now()
    connection.execute("UPDATE events SET leaf = ? WHERE position = 12", (leaf,))
    connection.commit()
    connection.close()

    report = _report(file)

    (found,) = [f for f in report.findings if f.where == "the head of the log"]
    assert "root" in found.what
    assert report.root != honest


def test_a_tail_that_was_cut_is_found(file):
    _alter(file, ("DELETE FROM events WHERE position = 14",))

    report = _report(file)

    assert report.first_bad == 14
    assert any("does not end where its head says" in f.what for f in report.findings)


def test_an_event_that_was_taken_out_of_the_middle_is_found(file):
    _alter(file, ("DELETE FROM events WHERE position = 5",))

    report = _report(file)

    assert report.first_bad == 5
    assert any("not gapless" in f.what for f in report.findings)


def test_two_events_that_changed_places_are_found(file):
    _alter(
        file,
        ("UPDATE events SET position = -1 WHERE position = 12",),
        ("UPDATE events SET position = 12 WHERE position = 13",),
        ("UPDATE events SET position = 13 WHERE position = -1",),
    )

    assert _report(file).first_bad == 12


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE heads SET root = zeroblob(32)",
        "UPDATE heads SET frontier = zeroblob(8)",
        "UPDATE heads SET position = 99",
        "UPDATE heads SET recorded_at = 5",
        "UPDATE streams SET version = 50 WHERE stream = 'test/a'",
        "DELETE FROM streams WHERE stream = 'test/a'",
        "UPDATE idem SET position = 2 WHERE key = 'plain'",
        "DELETE FROM idem WHERE key = 'plain'",
        "UPDATE view_cursor SET position = 3",
        "DELETE FROM outbox",
        "DELETE FROM due",
        "INSERT INTO outbox SELECT 'd_x', channel, profile, 9, 9, 9, 9, NULL, NULL FROM outbox LIMIT 1",
    ],
)
def test_every_other_table_is_held_against_the_events(file, statement):
    _alter(file, (statement,))

    assert not _report(file).ok


def test_one_flipped_byte_of_a_body_is_found_with_the_event_that_names_it(file):
    name = bytes.fromhex(_snapshot(file)["body_sha256"])
    data = bytearray(_value(file, "SELECT data FROM bodies WHERE sha256 = ?", name))
    data[-1] ^= 1
    _alter(file, ("UPDATE bodies SET data = ? WHERE sha256 = ?", bytes(data), name))

    (found,) = _report(file).findings

    assert (found.kind, found.where, found.position) == ("bodies", f"body {name.hex()}", 2)
    with open_store(file, write=False) as store, pytest.raises(Damaged):
        store.body(name.hex())


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM bodies WHERE sha256 = ?",
        "UPDATE bodies SET size = size + 1 WHERE sha256 = ?",
        "UPDATE bodies SET encoding = 'plain' WHERE sha256 = ?",
        "UPDATE bodies SET base = zeroblob(32) WHERE sha256 = ?",
        "UPDATE bodies SET data = NULL WHERE sha256 = ?",
        "UPDATE bodies SET data = x'28b52ffd' WHERE sha256 = ?",
    ],
)
def test_a_body_that_is_not_there_or_not_whole_is_found(file, statement):
    name = _snapshot(file)["chapters"][0]["document_sha256"]
    _alter(file, (statement, bytes.fromhex(name)))

    (found,) = _report(file).findings

    assert found.where == f"body {name}"
    with open_store(file, write=False) as store, pytest.raises(TrackerError):
        store.body(name)


def test_a_body_that_claims_to_be_huge_is_refused_before_it_is_inflated(file):
    import zstandard

    name = bytes.fromhex(_snapshot(file)["body_sha256"])
    bomb = zstandard.ZstdCompressor().compress(bytes(50_000_000))
    _alter(file, ("UPDATE bodies SET data = ? WHERE sha256 = ?", bomb, name))

    (found,) = _report(file).findings

    assert "size" in found.what


def test_a_file_with_a_page_of_rubbish_is_reported_and_never_a_traceback(file):
    data = bytearray(file.read_bytes())
    size = 4096
    for page in range(2, len(data) // size, 3):
        broken = bytearray(data)
        broken[page * size : (page + 1) * size] = b"\xa5" * size
        file.write_bytes(bytes(broken))

        try:
            with open_store(file, write=False) as store:
                assert not store.verify().ok, page
        except TrackerError as told:
            assert told.exit_code == 5
    file.write_bytes(bytes(data))
    assert _report(file).ok


def test_an_event_that_says_what_cannot_be_folded_stops_a_rebuild_and_leaves_the_views(file):
    _alter(file, ("UPDATE events SET payload = ? WHERE position = 1", b"[]"))

    with open_store(file, write=True) as store:
        before = store.watches()
        with pytest.raises(Damaged):
            store.rebuild()
        assert store.watches() == before


def test_verify_tells_how_far_it_is(file):
    told = []

    with open_store(file, write=False) as store:
        store.verify(lambda done, of: told.append((done, of)))

    assert told[-1] == (27, 27)


def _snapshot(file):
    with open_store(file, write=False) as store:
        return next(store.events(types=("snapshot.recorded",), limit=1)).payload


@pytest.mark.parametrize(
    ("column", "value"),
    [("due_at", 9_000_000_000_000_000), ("channel", "x"), ("profile", "x"), ("position", 77), ("ordinal", 77)],
)
def test_an_altered_row_of_the_outbox_is_named_and_a_rebuild_mends_it(file, column, value):
    _alter(file, (f"UPDATE outbox SET {column} = ?", value))

    assert any(f.kind == "outbox" and f.where.endswith(f", {column}") for f in _report(file).findings)
    with open_store(file, write=True) as store:
        store.rebuild()
        assert not [f for f in store.verify().findings if f.kind == "outbox"]


def test_a_kept_message_that_is_not_the_one_that_was_tried_is_named(file):
    with open_store(file, write=True) as store:
        ((delivery, _),) = store.lease_deliveries(minute(10**9), 1, 60)
        body = store.freeze(delivery.id, b"as it was tried")
        tried = Attempt(ok=False, status=500, error="oops", body_sha256=sha256(body))
        store.finish("failed", delivery, tried, minute(7), minute(8))
        assert store.verify().ok
    _alter(file, ("UPDATE outbox SET body = ? WHERE delivery = ?", b"as somebody would have it", delivery.id))

    assert [f.where for f in _report(file).findings if f.kind == "outbox"] == [f"delivery {delivery.id}, body"]


def test_without_its_cursor_the_views_are_mended_by_a_rebuild(file):
    _alter(file, ("DELETE FROM view_cursor",))
    assert not _report(file).ok

    with open_store(file, write=True) as store:
        store.rebuild()
        assert [f for f in store.verify().findings if f.kind == "views"] == []


def test_a_store_without_one_of_its_tables_is_damaged_and_says_so(file):
    _alter(file, ("DROP TABLE view_changes",))

    with pytest.raises(Damaged, match="not all of its tables"), open_store(file, write=False) as store:
        store.changes()
