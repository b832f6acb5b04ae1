"""A store of an older shape is brought to this one's: nothing recorded is lost, and nothing is changed by reading."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tracker.errors import StoreBusy, UsageError
from tracker.store import open_store
from tracker.store.engine import USER_VERSION, ProcessLock, shape_of
from tracker.store.upgrade import upgrade

SHAPES = sorted((Path(__file__).parents[1] / "golden" / "shapes").glob("*.db"))


@pytest.fixture(params=SHAPES, ids=lambda file: file.stem)
def older(request, tmp_path):
    """A copy of a store of an older shape."""
    return Path(shutil.copy(request.param, tmp_path / "log.db"))


def test_there_is_one_of_every_older_shape():
    assert [int(file.stem) for file in SHAPES] == list(range(1, USER_VERSION))


def test_reading_commands_say_what_to_do_and_change_nothing(older):
    before = older.read_bytes()

    with pytest.raises(UsageError, match=r"older release.*\n.*\n.*tracker rebuild"):
        open_store(older, write=False)

    assert older.read_bytes() == before


def test_opened_for_writing_it_has_this_shape_and_says_the_same(older):
    with open_store(older, write=True) as store:
        assert store.verify().findings == ()
        told = [c.id for c in store.changes(newest_first=False)]
        recorded = [e.payload["id"] for e in store.events(types=("change.detected",))]
        active = [w.watch for w in store.watches() if w.state == "active"]
        due = [d.watch for d in store.due(datetime.max.replace(tzinfo=UTC))]
        owed = store.deliveries(state="owed")

    assert told == recorded
    assert len(told) > 5
    assert due == active
    assert owed
    assert shape_of(older) == USER_VERSION
    assert not upgrade(older, lambda: pytest.fail("there is nothing to bring up"))


def test_while_another_process_writes_it_is_left_alone(older):
    lock = ProcessLock(older)
    try:
        with pytest.raises(StoreBusy):
            open_store(older, write=True)
    finally:
        lock.release()

    assert shape_of(older) < USER_VERSION
