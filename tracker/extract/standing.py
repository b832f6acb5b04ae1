"""Reading a watch's page by the rules that its pages were read by before. Pure.

A stand-in (an error page, the site's front page) has not the shape of the profile: were its rules chosen anew, it would
be read by the rules for any page, found good, and believed. So once a publisher's rules were chosen, they stay.
"""

from dataclasses import replace

from tracker.events.looks import Capture, Watch
from tracker.events.types import Standing
from tracker.extract.publishers import Publishers
from tracker.extract.reader import ReadPage, Unreadable, read


def read_on(capture: Capture, watch: Watch, standing: Standing, publishers: Publishers) -> ReadPage | Unreadable:
    """The page by the configured rules, else by those of its last accepted page, else by those that fit."""
    is_known = standing.publisher in publishers.names and standing.publisher != publishers.generic.name
    before = standing.publisher if is_known else None
    page = read(
        capture.body,
        media_type=capture.media_type,
        charset=capture.charset,
        url=capture.final_url,
        publisher=watch.publisher or before,
        publishers=publishers,
    )
    if not isinstance(page, ReadPage) or watch.publisher is not None or before is None:
        return page
    rules = publishers.named(before)
    had_known = standing.document is None or any(rules.chapter(c.title) for c in standing.document.chapters)
    return replace(page, why="as before", expected=page.expected if had_known else ())
