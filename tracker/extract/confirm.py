"""When a doubt is over: several captures, apart in time, that say the same. Pure.

`fetch.confirm_after_s` says when, after the first suspect capture, the page is looked at again; all of these looks
must agree with the first before the page is believed. A page that flips to and fro is believed when one text stays.
"""

from datetime import datetime, timedelta

from tracker.events.looks import Capture, Verdict
from tracker.events.types import Reading, Suspicion
from tracker.extract.flapping import SETTLED_AFTER


def confirmed(
    verdict: Verdict, text_sha256: str | None, doubt: Suspicion | None, at: datetime, confirm_after_s: tuple[int, ...]
) -> Verdict:
    """`ok` where this capture is the last that a suspicion waited for; else the verdict as it was.

    What flapped is suspect until its text stayed for SETTLED_AFTER, whatever is thought of it meanwhile.
    """
    if doubt is None or text_sha256 is None or doubt.text_sha256 != text_sha256:
        return verdict
    if doubt.reason == "flapping" and verdict.kind in ("ok", "suspect"):
        if at < doubt.since + SETTLED_AFTER:
            told = f"seen since {doubt.since:%Y-%m-%d %H:%M:%S}Z; believed when it stays for {_hours(SETTLED_AFTER)}"
            return Verdict("suspect", "flapping", (*verdict.evidence, told))
        return _believed(verdict, doubt)
    if verdict.kind != "suspect":
        return verdict
    if verdict.reason == "flapping":
        return _believed(verdict, doubt) if at >= doubt.since + SETTLED_AFTER else verdict
    if is_early(doubt, at, confirm_after_s) or doubt.agreed < len(confirm_after_s):
        return verdict
    return _believed(verdict, doubt)


def _believed(verdict: Verdict, doubt: Suspicion) -> Verdict:
    told = f"confirmed: {doubt.agreed + 1} captures since {doubt.since:%Y-%m-%d %H:%M:%S}Z say the same"
    return Verdict("ok", "confirmed", (f"was suspect: {doubt.reason}", *verdict.evidence, told))


def repeats_early(
    doubt: Suspicion | None, reading: Reading, capture: Capture, confirm_after_s: tuple[int, ...]
) -> bool:
    """Whether a capture says what the suspect one said, but too soon after it to be a witness of its own."""
    if doubt is None or not (reading.agrees or doubt.text_sha256 == reading.text_sha256):
        return False
    return is_early(doubt, capture.captured_at, confirm_after_s)


def is_early(doubt: Suspicion, at: datetime, confirm_after_s: tuple[int, ...]) -> bool:
    """Whether a capture at this instant comes too soon to be an independent witness."""
    return at < due_at(doubt, confirm_after_s)


def due_at(doubt: Suspicion, confirm_after_s: tuple[int, ...]) -> datetime:
    """When the next confirming look is due."""
    if doubt.reason == "flapping":
        return doubt.since + SETTLED_AFTER
    turn = min(doubt.agreed, len(confirm_after_s)) - 1
    return doubt.since + timedelta(seconds=confirm_after_s[turn] if confirm_after_s else 0)


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.0f} h"
