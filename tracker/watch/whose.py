"""Which page a copy is of: by the address it was captured from, or by the folders that it lies in. Reads the record.

Pages that nobody watches have a watch too, in the record alone, once something of them was imported (`removed`).
"""

import re
from collections.abc import Sequence

from tracker.document.identity import profile_name, slug
from tracker.events.looks import Watch
from tracker.extract.addresses import page_key
from tracker.store import Store
from tracker.watch.configured import free_name


def is_same_page(one: str, other: str) -> bool:
    """Whether two addresses are of one page, as an archive's index and old captures write them: with http or https,
    with `www.` or without, with a slash at the end or without.
    """
    return _old_form(one) == _old_form(other)


def _old_form(url: str) -> str:
    key = page_key(url)
    return re.sub(r"^https?://(?:www\.)?", "", key).rstrip("/") if key is not None else url


class Whose:
    """The pages that are watched, or recorded without being watched. configured: what is watched."""

    def __init__(self, store: Store, configured: Sequence[Watch]) -> None:
        named = {w.name: w for w in configured}
        for record in store.watches():
            if record.watch not in named:
                named[record.watch] = Watch(
                    name=record.watch,
                    url=record.url,
                    profile=record.profile,
                    publisher=record.publisher,
                    every_s=record.every_s,
                    state="removed",
                )
        self._by_name = named
        self._by_key: dict[str, Watch] = {}
        for watch in named.values():  # a page that is watched goes before one that only is recorded
            self._by_key.setdefault(page_key(watch.url) or watch.url, watch)
        self._profiles = {r.watch: r.profile for r in store.watches()}
        self._feeds = {(c.profile, c.chapter): c.watch for c in store.chapters()}

    def by_name(self, name: str) -> Watch | None:
        """The page of that name."""
        return self._by_name.get(name)

    def by_url(self, url: str) -> Watch | None:
        """The page at an address, however it is written; http and https are one here, as old captures have either."""
        for form in (url, url.replace("http://", "https://", 1), url.replace("https://", "http://", 1)):
            found = self._by_key.get(page_key(form) or form)
            if found is not None:
                return found
        return None

    def profile_of(self, watch: Watch) -> str | None:
        """The profile that a page is of, as configured or as recorded."""
        return watch.profile or self._profiles.get(watch.name)

    def of_profile(self, profile: str) -> tuple[Watch, ...]:
        """The pages of a profile."""
        return tuple(w for w in self._by_name.values() if self.profile_of(w) == profile)

    def by_folders(self, folders: Sequence[str]) -> Watch | str:
        """The page that folders name, outermost first: a watch, a profile and chapter, or a profile; else why not."""
        names = [slug(folder) for folder in folders]
        if not names:
            return "no folder says of which page it is a copy: --watch NAME"
        if (found := self.by_name(names[-1])) is not None:
            return found
        if len(names) > 1 and (feed := self._feeds.get((names[-2], names[-1]))) is not None:
            return self._by_name[feed]
        pages = self.of_profile(names[-2] if len(names) > 1 else names[-1]) or self.of_profile(names[-1])
        if len(pages) == 1:
            return pages[0]
        where = "/".join(names)
        if pages:
            return f"{where}: the profile has several pages, {', '.join(w.name for w in pages)}: --watch NAME"
        return f"{where} names no watch and no profile on record: --watch NAME, or --url URL --profile P"

    def new(self, url: str, *, profile: str | None, publisher: str | None) -> Watch:
        """A page that nobody watches and nothing is recorded of, under a free name."""
        name = free_name(profile or profile_name("", url), tuple(self._by_name))
        watch = Watch(name=name, url=url, profile=profile, publisher=publisher, state="removed")
        self._by_name[name] = watch
        self._by_key.setdefault(page_key(url) or url, watch)
        return watch
