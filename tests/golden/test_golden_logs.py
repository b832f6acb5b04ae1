"""Every log that a release ever wrote is read by this one: the same leaves, root, events, views and changes."""

import hashlib
import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.golden.make import changes_read, export
from tracker.compare import apply_chapter
from tracker.store import open_store
from tracker.store.leaves import Leafed
from tracker.store.rows import Rows
from tracker.store.statements import KEYS
from tracker.store.tables import VIEWS
from tracker.store.views import fold

RELEASES = sorted(p.parent.name for p in Path(__file__).parent.glob("*/log.jsonl"))
BYTES = ("payload_sha256", "leaf", "salt")


@pytest.fixture(params=RELEASES)
def golden(request):
    """The folder of a release's golden log."""
    return Path(__file__).parent / request.param


@pytest.fixture
def file(golden, tmp_path):
    """A copy of a release's store."""
    return Path(shutil.copy(golden / "log.db", tmp_path / "log.db"))


def _lines(golden):
    return [json.loads(line) for line in (golden / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def _told(golden):
    return json.loads((golden / "views.json").read_text(encoding="utf-8"))


def test_there_is_a_golden_log():
    assert "0.1" in RELEASES


def test_every_leaf_and_the_root_are_what_the_formula_says_in_other_words(golden):
    """Nothing of ours is used here but the files: the formula of the docstring of store/leaves.py, by hand."""
    named = {"key": "key", "log": "log_id", "position": "position", "recorded_at": "recorded_at"}
    named |= {"schema": "schema_version", "stream": "stream", "type": "type", "version": "version"}
    leaves = []
    for line in _lines(golden):
        hashed = hashlib.sha256(bytes.fromhex(line["salt"]) + line["payload"].encode()).digest()
        columns = {name: line[column] for name, column in named.items()}
        if line["captured_at"] is not None:
            columns["captured_at"] = line["captured_at"]
        told = json.dumps(columns, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        leaves.append(hashlib.sha256(b"\x00" + told + hashed).digest())
        assert (line["payload_sha256"], line["leaf"]) == (hashed.hex(), leaves[-1].hex())

    assert _root(leaves).hex() == _told(golden)["root"]


def test_the_lines_fold_to_the_views_that_the_release_had(golden):
    rows = Rows(lambda view, key: None, KEYS)
    for line in _lines(golden):
        values = {**line, **{name: bytes.fromhex(line[name]) for name in BYTES}, "payload": line["payload"].encode()}
        leaf = Leafed(**values)
        assert leaf.leaf_now() == leaf.leaf
        assert leaf.payload_is_whole()
        fold(leaf.event(), rows)
    rows.settle()

    folded = {written.view: [_shown(row) for row in written.new] for written in rows.written()}

    for view, expected in _told(golden)["views"].items():
        assert sorted(folded.get(view, []), key=str) == sorted(expected, key=str), view


def test_the_store_itself_is_whole_and_says_the_same(golden, file):
    with open_store(file, write=False) as store:
        report = store.verify()
        head = store.head()
        events = list(store.events())

    assert report.findings == ()
    assert report.root == head.root == _told(golden)["root"]
    assert [(e.stream, e.version, e.type) for e in events] == [
        (n["stream"], n["version"], n["type"]) for n in _lines(golden)
    ]
    assert export(file) == tuple((golden / name).read_text(encoding="utf-8") for name in ("log.jsonl", "views.json"))


def test_the_store_can_be_rebuilt_and_written_on(golden, file):
    with open_store(file, write=True) as store:
        store.rebuild()
        assert store.verify().findings == ()
        event = next(iter(store.events(types=("watch.removed",))))
        from tracker.events.types import NewEvent

        store.append((NewEvent(stream="test/golden", type="test.noted", payload={"after": event.position}),), key="new")
        assert store.verify().findings == ()
        assert store.head().position == len(_lines(golden)) + 1


def test_every_change_reads_in_full_and_leads_exactly_from_its_old_version_to_its_new_one(file):
    with open_store(file, write=False) as store:
        changes = store.changes(newest_first=False)
        for change in changes:
            if change.before is None:
                continue
            old, new = (
                store.chapter_document(mark.document_sha256) if mark.document_sha256 is not None else None
                for mark in (change.before, change.after)
            )
            assert apply_chapter(change.comparison, old) == new

        causes = [c.cause for c in changes]
        standing = store.standing("ruritania")

    assert {"first_record", "content", "reversion", "format_only"} <= set(causes)
    assert any(edit.kind == "cell_changed" for c in changes for edit in c.edits)
    assert standing.suspect is not None
    assert [c.slug for c in standing.document.chapters] == ["duck-policy"]


def test_every_change_reads_as_the_release_read_it_down_to_ids_and_patch(golden, file):
    with open_store(file, write=False) as store:
        assert changes_read(store) == (golden / "changes.json").read_text(encoding="utf-8")


def test_the_golden_views_have_a_row_in_every_view(golden):
    told = _told(golden)["views"]

    assert sorted(told) == sorted(VIEWS)
    assert all(told.values())
    assert {row["state"] for row in told["view_deliveries"]} >= {"sent", "retrying", "dead", "owed"}


def test_a_golden_log_keeps_its_columns(file):
    connection = sqlite3.connect(file)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(events)")]
    connection.close()

    assert columns == list(Leafed._fields)


def _root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(leaves[:k]) + _root(leaves[k:])).digest()


def _shown(row):
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
