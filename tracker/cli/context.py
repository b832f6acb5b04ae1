"""Where a command stands: the folder of the configuration, the settings, the store. Made once a command.

Lives here: what nearly every command opens. Heavy rooms are imported by the functions that need them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.settings import Settings, find_root, load

if TYPE_CHECKING:
    from tracker.events.looks import Watch
    from tracker.extract.publishers import Publishers
    from tracker.notify.subscriptions import Subscriptions
    from tracker.store import Store
    from tracker.watch.once import Parts


@dataclass(frozen=True, slots=True)
class Here:
    """The folder that holds `config/` and `snapshots/`, and the settings in force."""

    root: Path
    settings: Settings

    @property
    def watches_file(self) -> Path:
        """config/watches.toml"""
        return self.root / "config" / "watches.toml"

    @property
    def subscriptions_file(self) -> Path:
        """config/subscriptions.toml"""
        return self.root / "config" / "subscriptions.toml"

    @property
    def publishers_folder(self) -> Path:
        """config/publishers: rules of the operator's own, beside the shipped ones."""
        return self.root / "config" / "publishers"

    def watches(self) -> "tuple[Watch, ...]":
        """The configured watches. Raises ConfigError."""
        from tracker.watch.configured import read

        return read(self.watches_file)

    def subscriptions(self) -> "Subscriptions":
        """The configured channels and subscriptions. Raises ConfigError."""
        from tracker.notify.subscriptions import read

        return read(self.subscriptions_file)

    def publishers(self) -> "Publishers":
        """The shipped publishers and those in config/publishers. Raises ConfigError."""
        from tracker.extract.publishers import Publishers

        texts = {p.stem: p.read_text(encoding="utf-8") for p in sorted(self.publishers_folder.glob("*.toml"))}
        return Publishers(texts)

    def anew(self) -> "Here":
        """The same folder with the settings as they are now. Raises ConfigError."""
        return Here(self.root, load(self.root, os.environ))

    def parts(self) -> "Parts":
        """All that people configured, for a round. Raises ConfigError, before anything is started."""
        from tracker.watch.once import Parts

        return Parts(
            settings=self.settings,
            watches=self.watches(),
            subscriptions=self.subscriptions(),
            publishers=self.publishers(),
        )

    @contextmanager
    def store(self, *, write: bool = False) -> "Iterator[Store]":
        """The store, open for reading, or for writing under its lock. Raises NoStore, StoreBusy, Damaged."""
        from tracker.store import open_store

        with open_store(self.settings.store.url, write=write) as store:
            yield store


def here() -> Here:
    """The configuration at or above the current folder. Raises NoStore, ConfigError."""
    root = find_root(Path.cwd())
    return Here(root, load(root, os.environ))
