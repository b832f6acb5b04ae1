"""Stores for the contract suite: every test that takes `store` or `make_store` runs on each database there is."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracker import clock
from tracker.store import Store, create, open_store

MakeStore = Callable[..., Store]


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite store: laying one out costs more than most tests do."""
    return create(tmp_path_factory.mktemp("empty"))


@pytest.fixture(params=["sqlite"])
def make_store(request: pytest.FixtureRequest, empty: Path, tmp_path: Path) -> Iterator[MakeStore]:
    """Opens the test's store, making it at first: `make_store(write=True, **how)`."""
    assert request.param == "sqlite"
    file = tmp_path / "log.db"
    opened: list[Store] = []

    def make(*, write: bool = True, **how: object) -> Store:
        if not file.exists():
            shutil.copy(empty, file)
        opened.append(open_store(file, write=write, **({"now": clock.now} | how)))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> Store:
    """An empty store, open for writing."""
    return make_store()
