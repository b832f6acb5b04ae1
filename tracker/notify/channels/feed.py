"""Feeds: for each subscription an Atom and a JSON Feed file, with the redline in the entries.

Lives here: reading the standing JSON file and writing both whole. Not here: entries and the two forms of a feed
(render/feed.py). The JSON file is what stands; the Atom file is made of it, so a crash between the two is mended by
the next message, which is the same one again.
"""

import fcntl
import hashlib
import os
import stat
from datetime import datetime
from pathlib import Path

from tracker import clock
from tracker.document.identity import short_id, slug
from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import Channel, ChannelConfig, Key, Kind, Message, Surroundings
from tracker.notify.render import feed
from tracker.notify.render.html import web_link
from tracker.notify.telling import Telling

KEEP = 200
LEAST_KEEP, MOST_KEEP = 20, 2_000
MAX_FILE_BYTES = 512 * 1024 * 1024  # a standing file that is longer is none of ours
NOTICES = "_notices"  # the file of what no subscription asked for: trouble, tests. No slug begins so


class FeedChannel:
    """A folder of feeds. It may be emptied at any time: feeds begin anew."""

    def __init__(self, config: ChannelConfig, world: Surroundings) -> None:
        self._config, self._world = config, world
        self._folder = world.base / config.text("path")

    def send(self, message: Message, *, now: datetime) -> Attempt:
        """Put the message's entry into the feed of its subscription, if it is not there, and write both files."""
        name = file_name(message.subscription)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)  # another channel may write into the same folder
                note = self._write(message, name, folder, now)
            finally:
                os.close(folder)
        except OSError as wrong:
            return Attempt(ok=False, error=f"{self._folder / name} cannot be written: {wrong.strerror}")
        return Attempt(ok=True, note=note)

    def close(self) -> None:
        """Nothing is kept open between messages."""

    def _write(self, message: Message, name: str, folder: int, now: datetime) -> str:
        at = self._folder / f"{name}.json"
        standing = _bytes(at)
        entries: tuple[feed.Entry, ...] = ()
        note = ""
        if standing is not None:
            found = feed.entries_of(standing)
            if found is None:
                aside = self._folder / f"{at.name}.damaged-{clock.address(now)}-{_mark(standing)}"
                _write_whole(aside, standing)  # written beside before its place is taken: it is never nowhere
                note = f"{at.name} was not as it was left: kept as {aside.name}, the feed begins anew"
            else:
                entries = found
        keep = self._config.number("keep", KEEP)
        about = self._about(message.subscription, name)
        entries = feed.with_entry(entries, feed.entry_of(message.body), keep=keep)
        for path, data in ((at, feed.json_feed(about, entries)), (at.with_suffix(".atom"), feed.atom(about, entries))):
            if _bytes(path) != data:
                _write_whole(path, data)
                os.fsync(folder)
        return note

    def _about(self, subscription: str, name: str) -> feed.About:
        title, url = self._config.text("title") or f"tracker, {self._config.name}", self._config.text("url")
        base = f"{url.rstrip('/')}/{name}" if url else ""
        return feed.About(
            key=f"{self._config.name}/{name}",
            title=f"{title}: {subscription}" if subscription else title,
            json_url=f"{base}.json" if base else "",
            atom_url=f"{base}.atom" if base else "",
            home_url=web_link(self._world.link_base),
        )


def file_name(subscription: str) -> str:
    """What the files of a subscription are called, without their endings: two never have the same."""
    if not subscription:
        return NOTICES
    plain = slug(subscription)
    return plain if plain == subscription else f"{plain or 'x'}-{short_id('', subscription)[1:9]}"


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:8]


def _bytes(path: Path) -> bytes | None:
    """What a file holds; None where there is none. Raises OSError."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode) or about.st_size > MAX_FILE_BYTES:
            raise OSError(0, "not a plain file of ours")
        return file.read()


def _write_whole(path: Path, data: bytes) -> None:
    """All of it on the disk under that name, or nothing of it. Raises OSError."""
    beside = path.with_name(f".{path.name}.part")
    # Not a temporary file of 0600: whoever serves the folder has to read it.
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _render(telling: Telling, config: ChannelConfig) -> bytes:
    return feed.entry(telling)


def _make(config: ChannelConfig, world: Surroundings) -> Channel:
    return FeedChannel(config, world)


def _check(config: ChannelConfig, where: str) -> None:
    """Refuse what cannot work. Raises ConfigError."""
    url, keep = config.text("url"), config.number("keep", KEEP)
    if url and not web_link(url):
        remedy = 'Write the folder\'s own address: url = "https://example.org/feeds"'
        raise ConfigError("Not an address of the web", where=f"{where}, url", remedy=remedy)
    if not LEAST_KEEP <= keep <= MOST_KEEP:
        remedy = f"Write a number from {LEAST_KEEP} to {MOST_KEEP}; each message writes the file anew"
        raise ConfigError(f"A feed of {keep} entries", where=f"{where}, keep", remedy=remedy)


KIND = Kind(
    name="feed",
    help="an Atom and a JSON Feed file for each subscription, to be served by any web server",
    keys={
        "path": Key(sort="path", help="the folder that the files are in", is_needed=True),
        "title": Key(sort="text", help="of the feeds; the subscription's name is put behind it"),
        "url": Key(sort="text", help="where the folder is published, for the feeds' own links"),
        "keep": Key(sort="number", help=f"entries that stay in a feed ({KEEP} unless told)"),
    },
    render=_render,
    make=_make,
    check=_check,
    folds=False,
)
