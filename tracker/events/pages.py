"""Payloads of events about pages that are not watched yet: `page.discovered`, `page.refused`. Pure.

Streams: `page/<key>`, where the key is the page's canonical address (extract/addresses.py). What becomes of a page
that is watched (`page.removed`, `page.restored`) stands in the watch's stream: bodies.py. That a proposal was accepted
is told by the `watch.added` or `watch.altered` that follows from the edited configuration.
"""

from datetime import datetime

from tracker import clock
from tracker.events.types import NewEvent


def page_stream(key: str) -> str:
    """The stream of a page by its canonical address: that it was found, and what was decided."""
    return f"page/{key}"


def page_discovered(
    key: str, url: str, at: datetime, *, publisher: str | None, source: str, lastmod: str | None, wanted: str
) -> NewEvent:
    """`page.discovered`: a page that nobody watches is listed. source: the address that lists it.

    wanted: `propose`, or `auto` where the publisher's rules watch it at once. lastmod: as listed.
    """
    payload = {
        "key": key,
        "url": url,
        "at": clock.iso(at),
        "publisher": publisher,
        "source": source,
        "lastmod": lastmod,
        "wanted": wanted,
    }
    return NewEvent(stream=page_stream(key), type="page.discovered", payload=payload)


def page_refused(key: str, url: str, at: datetime) -> NewEvent:
    """`page.refused`: a person does not want this page watched, so it is not proposed again."""
    return NewEvent(stream=page_stream(key), type="page.refused", payload={"key": key, "url": url, "at": clock.iso(at)})
