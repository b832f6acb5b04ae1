"""Reading a watch's page by the rules that its pages were read by before. Pure.

A stand-in (an error page, the site's front page) has not the shape of the profile: were its rules chosen anew, it would
be read by the rules for any page, found good, and believed. So once a publisher's rules were chosen, they stay.
"""

from dataclasses import replace

from tracker.events.types import Capture, Standing, Watch
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
    if isinstance(page, ReadPage) and watch.publisher is None and before is not None:
        return replace(page, why="as before")
    return page
