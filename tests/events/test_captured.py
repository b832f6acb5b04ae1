"""A capture is put together again from what was recorded of it."""

from dataclasses import replace

import pytest

from tests.store.builder import capture, minute
from tracker.events.bodies import snapshot_recorded
from tracker.events.captured import captured
from tracker.events.looks import Source, Validators, Verdict
from tracker.events.types import Reading

LIVE = replace(
    capture(minute(1), b"<p>body"),
    validators=Validators(etag='"x"', last_modified="Mon, 05 Jan 2026 08:00:00 GMT", vary="Cookie", variant="ab"),
    hops=("https://a.example/", "https://b.example/"),
)


@pytest.mark.parametrize(
    "source",
    [
        None,
        Source(kind="warc", origin="x.warc.gz"),
        Source(kind="folder", origin="2021-02-09.html", precision="day"),
    ],
)
def test_what_was_recorded_is_the_capture_again(source):
    known = replace(LIVE, source=source)
    event = snapshot_recorded("r", known, Reading(verdict=Verdict("ok")), ())

    again = captured(event.payload, b"<p>body")

    assert again == replace(known, permanent_to=None, fresh_s=0)
