"""`tracker run`: look and deliver on schedule, until stopped."""

import os
import threading
from typing import TYPE_CHECKING

import click

from tracker import clock
from tracker.cli.context import Here, here
from tracker.cli.notifying import surroundings
from tracker.cli.output import note
from tracker.errors import ConfigError
from tracker.notify.render.redline import safe

if TYPE_CHECKING:
    from tracker.watch.once import Parts


@click.command()
def run() -> None:
    """Look at what is due, deliver what is owed, and take up edited configuration, until Ctrl-C or SIGTERM."""
    from tracker.watch.once import line
    from tracker.watch.service import serve

    place = here()
    parts = place.parts()
    with place.store(write=True) as store:
        note(f"running: {len(parts.watches)} watches, store {place.settings.store.url} (Ctrl-C to stop)")
        serve(
            parts,
            store,
            surroundings(place),
            edited=Edited(place).parts,
            tell=lambda told: note(f"{clock.iso(clock.now())[:19]}Z {safe(told)}"),
            line=lambda looked: line(looked) if looked.entry.outcome != "unchanged" else None,
            watches_file=place.watches_file,
        )
    note("stopped: what was under way is recorded")


class Edited:
    """Notices that a configuration file was edited: gives all parts anew then, else None."""

    def __init__(self, place: Here) -> None:
        self._place = place
        self._seen = self._stamp()
        self._lock = threading.Lock()

    def parts(self) -> "Parts | None":
        """The parts as configured now, if anything was edited since. Raises ConfigError, once an edit."""
        with self._lock:
            stamp = self._stamp()
            if stamp == self._seen:
                return None
            self._seen = stamp
        try:
            return self._place.anew().parts()
        except UnicodeDecodeError as wrong:
            raise ConfigError("Not UTF-8", where=str(self._place.root / "config"), remedy=str(wrong)) from wrong

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        """When each file was edited last. Asked every second by a process that is to cost nothing: no Path is made."""
        found: list[tuple[str, int, int]] = []
        folders = [str(self._place.root / "config")]
        while folders:
            try:
                with os.scandir(folders.pop()) as entries:
                    for entry in entries:
                        if entry.is_dir():
                            folders.append(entry.path)
                        elif entry.name.endswith(".toml"):
                            told = entry.stat()
                            found.append((entry.path, told.st_mtime_ns, told.st_size))
            except FileNotFoundError:
                continue
        return tuple(sorted(found))
