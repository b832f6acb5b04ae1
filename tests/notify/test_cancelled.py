"""What was changed back while it waited is not told; unless somebody has heard of what lay between."""

from datetime import UTC, datetime

import pytest

from tracker.document.edit import Cause
from tracker.events.deliveries import AlertRecord
from tracker.notify.storm import cancelled

Step = tuple[str, str, Cause]


def alerts(*steps: Step | None) -> tuple[AlertRecord, ...]:
    """Alerts of one chapter, named by their numbers, that wait. None: one that was told meanwhile."""
    return tuple(
        AlertRecord(
            id=str(n), change=f"c_{n}", subscription="all", channel="desk", when="instant", state="held", position=n,
            ordinal=0, recorded_at=datetime(2026, 3, 2, tzinfo=UTC), profile="ruritania", chapter="ban", cause=step[2],
            level="normal", watch="ruritania", host="monitor.example", from_norm=step[0], to_norm=step[1],
        )
        for n, step in enumerate(steps)
        if step is not None
    )  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "gone"),
    [
        ((("a", "b", "content"), ("b", "a", "reversion")), "01"),
        ((("a", "b", "content"), ("b", "c", "content"), ("c", "a", "reversion")), "012"),
        ((("a", "b", "content"), ("b", "a", "reversion"), ("a", "c", "content")), "01"),
        ((("x", "a", "content"), ("a", "b", "content"), ("b", "a", "reversion")), "12"),
        ((("", "b", "first_record"), ("b", "", "content")), ""),
        # b → c was told by itself, as it was high: that it went back is told too.
        ((("a", "b", "content"), None, ("c", "a", "reversion")), ""),
        ((("a", "a", "removed"), ("a", "a", "restored")), "01"),
        ((("a", "a", "removed"), ("a", "b", "restored"), ("b", "a", "content")), "012"),
        # Equal in comparison, and not the same: a date twice, a date and then the page was gone.
        ((("a", "a", "date_only"), ("a", "a", "date_only")), ""),
        ((("a", "a", "format_only"), ("a", "a", "removed")), ""),
        ((("a", "b", "content"), ("b", "b", "date_only"), ("b", "a", "reversion")), "012"),
    ],
)
def test_only_what_leads_back_step_by_step_to_what_stood_before_is_let_go(
    steps: tuple[Step | None, ...], gone: str
) -> None:
    assert "".join(sorted(cancelled(alerts(*steps)))) == gone
