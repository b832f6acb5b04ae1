"""What of a publisher's word is believed: that a page is as its validators say, and that it is gone. Pure.

A validator is trusted and now and then verified (RFC 9110 §8.8): one that was given to two texts is a lie. A 404 may
be a slip: a page is gone when the publisher says so again and again.
"""

from datetime import datetime, timedelta
from typing import Final

from tracker.events.looks import Validators

LEAST_410 = 2  # answers in a row that the page is gone for good (RFC 9110 §15.5.11)
LEAST_404 = 3  # answers in a row that there is no such page
LEAST_MISSING_S: Final = 86_400  # between the first and the last of them


def is_lie(given: Validators, before: Validators) -> bool:
    """Whether a page that says something else came under the validators that it had before."""
    if given.etag and before.etag:
        return given.etag.removeprefix("W/") == before.etag.removeprefix("W/")
    return not given.etag and not before.etag and bool(given.last_modified) and given == before


def is_removed(status: int | None, at: datetime, *, seen: int, seen_410: int, since: datetime | None) -> bool:
    """Whether an answer of this status settles that the page was taken away.

    seen, seen_410: answers of 404 or 410, and of 410 alone, in a row before this one; since: the first of them.
    """
    if status == 410 and seen_410 + 1 >= LEAST_410:
        return True
    is_long = since is not None and at - since >= timedelta(seconds=LEAST_MISSING_S)
    return status in (404, 410) and seen + 1 >= LEAST_404 and is_long
