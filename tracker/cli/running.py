"""`tracker run`: look and deliver on schedule, until stopped."""

import os
import threading
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import click

from tracker import clock
from tracker.cli.context import Here, here
from tracker.cli.output import note
from tracker.errors import ConfigError
from tracker.notify.render.redline import safe

if TYPE_CHECKING:
    from tracker.events.looks import Watch
    from tracker.watch.once import Parts


@click.command()
def run() -> None:
    """Look at what is due, deliver what is owed, and take up edited configuration, until Ctrl-C or SIGTERM."""
    from tracker.cli.handing import serving
    from tracker.watch.once import line
    from tracker.watch.service import serve

    place = here()
    parts = place.parts()
    with place.store(write=True) as store:
        note(f"running: {len(parts.watches)} watches, store {place.settings.store.url} (Ctrl-C to stop)")
        serve(
            parts,
            store,
            place.surroundings(),
            edited=Edited(place).parts,
            tell=lambda told: note(f"{clock.iso(clock.now())[:19]}Z {safe(told)}"),
            line=lambda looked: line(looked) if looked.entry.outcome != "unchanged" else None,
            watches_file=place.watches_file,
            serving=lambda beside: serving(place, beside),
        )
    note("stopped: what was under way is recorded")


class Edited:
    """Notices that a configuration file was edited, or that a pause in it is over: gives all parts anew then, else
    None.
    """

    def __init__(self, place: Here) -> None:
        self._place = place
        self._seen = self._stamp()
        self._resumes_at = _resumes_at(place.watches())
        self._lock = threading.Lock()

    def parts(self) -> "Parts | None":
        """The parts as configured now, if anything was edited since. Raises ConfigError, once an edit."""
        with self._lock:
            stamp = self._stamp()
            is_over = self._resumes_at is not None and self._resumes_at <= clock.now()
            if stamp == self._seen and not is_over:
                return None
            self._seen = stamp
            self._resumes_at = None  # where it cannot be read now, an edit brings it again
        try:
            parts = self._place.anew().parts()
            with self._lock:
                self._resumes_at = _resumes_at(parts.watches)
            return parts
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


def _resumes_at(watches: "Iterable[Watch]") -> datetime | None:
    """When the first pause is over by itself."""
    return min((w.paused_until for w in watches if w.state == "paused" and w.paused_until is not None), default=None)
