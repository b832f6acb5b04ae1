"""Bytes into a document: `extract`. The stages behind it are in reader.py; what is judged of it in judge.py."""

from tracker.document.model import Document
from tracker.errors import UnreadablePage
from tracker.extract.reader import Unreadable, read


def extract(
    data: bytes,
    *,
    media_type: str | None,
    charset: str | None = None,
    url: str | None = None,
    publisher: str | None = None,
) -> Document:
    """The document that the bytes hold: chapters, sections, blocks, notes. It has no lineage ids.

    media_type: as the server sent it, or None to look at the bytes. publisher: a name, or None to find it by address
    or shape. Raises UnreadablePage where nothing can be read, ConfigError for a publisher that we do not know.
    """
    page = read(data, media_type=media_type, charset=charset, url=url, publisher=publisher)
    if isinstance(page, Unreadable):
        raise UnreadablePage(
            f"Not read: {page.reason}", where=page.detail, remedy="Look at the file: it is no page that we can read."
        )
    return page.document
