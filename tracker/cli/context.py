"""Where a command stands: the folder of the configuration, the settings, the store. Made once a command.

Lives here: what nearly every command opens. Heavy rooms are imported by the functions that need them.

A command that was handed over to a running process (handing.py) stands in that process: its store is the one that is
open already, and what ends it is the end of that process, not a signal.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tracker.settings import Settings, find_root, load

if TYPE_CHECKING:
    from tracker.events.looks import Watch
    from tracker.extract.publishers import Publishers
    from tracker.notify.channels import Surroundings
    from tracker.notify.subscriptions import Subscriptions
    from tracker.store import Store
    from tracker.watch.once import Beside, Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """What a command that was handed over has of the running process. stop: set when that one ends.

    is_gone: whether the caller does not listen any longer: nothing is waited for then.
    """

    beside: "Beside"
    stop: threading.Event
    is_gone: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Here:
    """The folder that holds `config/` and `snapshots/`, and the settings in force. lent: to a handed-over command."""

    root: Path
    settings: Settings
    lent: Lent | None = None

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

    def surroundings(self) -> "Surroundings":
        """What channels need of the world."""
        from tracker.notify.channels import Surroundings

        return Surroundings(
            environ=os.environ,
            base=self.root,
            allow=self.settings.notify.allow_addresses,
            user_agent=self.settings.fetch.user_agent,
            timeout_s=self.settings.notify.timeout_s,
            link_base=self.settings.notify.link_base,
        )

    @contextmanager
    def store(self, *, write: bool = False) -> "Iterator[Store]":
        """The store, open for reading, or for writing under its lock. Raises NoStore, StoreBusy, Damaged."""
        from tracker.store import open_store

        if self.lent is not None:
            yield self.lent.beside.store
            return

        with open_store(self.settings.store.url, write=write) as store:
            yield store

    @contextmanager
    def stopping(self) -> Iterator[threading.Event]:
        """What is set when the command is to end: by SIGINT and SIGTERM, or with the process it was handed over to."""
        from tracker.watch.schedule import stopping_on_signals

        if self.lent is not None:
            yield self.lent.stop
            return
        stop = threading.Event()
        with stopping_on_signals(stop):
            yield stop


_standing: ContextVar[Here | None] = ContextVar("standing", default=None)


@contextmanager
def standing_in(place: Here, lent: Lent) -> Iterator[None]:
    """While inside, and in this thread, commands stand in the process that holds the store."""
    token = _standing.set(replace(place, lent=lent))
    try:
        yield
    finally:
        _standing.reset(token)


def here() -> Here:
    """The configuration at or above the current folder. Raises NoStore, ConfigError."""
    if (standing := _standing.get()) is not None:
        return standing
    root = find_root(Path.cwd())
    return Here(root, load(root, os.environ))
