"""From what is told of pages that are not watched to the row of each. Pure. Called by views.py alone."""

from tracker.events.types import Event
from tracker.store.folding import Effect, Payload, us
from tracker.store.rows import Row, Rows


def page_discovered(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    """Fold a page that is listed and not watched: it is proposed, unless it was refused before."""
    row = _row(payload, rows)
    row |= {name: payload[name] for name in ("url", "publisher", "source", "lastmod", "wanted")}
    rows.put("view_pages", row | {"position": event.position, "discovered_at": us(payload["at"])})
    return ()


def page_refused(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    """Fold that a page is not wanted."""
    rows.put("view_pages", _row(payload, rows) | {"state": "refused", "refused_at": us(payload["at"])})
    return ()


def _row(payload: Payload, rows: Rows) -> Row:
    known = rows.get("view_pages", payload["key"])
    if known is not None:
        return known
    unknown = ("publisher", "source", "lastmod", "position", "discovered_at", "refused_at")
    told: Row = {"key": payload["key"], "url": payload["url"], "state": "proposed", "wanted": "propose"}
    return told | dict.fromkeys(unknown)
