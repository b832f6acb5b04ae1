"""Storm control: what of many alerts becomes one message, and what is still told one by one. Pure.

Two rules, here and nowhere else. *Site-wide*: the same edit on so many profiles of a host within a day is the site's
own doing; pages with anything left besides are told by themselves. *Storm*: more changes at once on one channel than
anyone reads are told in one message. Neither touches what is critical or high: a publisher does add one true sentence
to a hundred profiles on a day. Folding hides nothing: every change is in the log and in feeds.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from tracker.document.edit import LEVELS, Edit, Level
from tracker.events.deliveries import AlertRecord
from tracker.events.types import Change
from tracker.notify.hunks import Hunk, hunk_of
from tracker.notify.rules import Storm

FOLDED_BELOW: Level = "high"  # what is as salient or more is told by itself
SITE_WIDE_S = 86_400
SITE_WIDE_SHARE = 0.05  # of a host's watched profiles
LEAST_OUTSIDE, LEAST_INSIDE = 3, 10  # profiles, of edits outside chapters and inside
SETTLE_S = 600  # so long without one more, and a site-wide edit is told
UNDECIDED_S = 3_600  # the longest that an edit waits which stands on another profile too, and may be site-wide
GATHER_S = 6 * 3_600  # the longest that a site-wide edit waits for more of it
STORM_LASTS_S = 1_800  # after a storm was told: what follows is told at its end
LEAST_SHARED = 10  # pages that are a share of all; of few pages every one is a large share

FRAME_REASONS = frozenset(("name", "words", "wording", "order", "link", "source"))
YEAR_REASONS = frozenset(("number", "date"))
_COPYRIGHT = re.compile(r"(?i)©|\(c\)|\bcopyright\b|\ball rights reserved\b")
_SENTENCE_END = re.compile(r"[.!?…。]['\"”’)\]]*$")


@dataclass(frozen=True, slots=True)
class Sight:
    """What a change edited, for comparison with others. hunks: each, with whether it stands outside chapters.

    is_frame: all of it stands outside chapters, is no sentence and says no status: menus and footers, in which every
    name, number and year (© 2026) would count as salient.
    """

    profile: str
    recorded_at: datetime
    hunks: Mapping[Hunk, bool] = field(default_factory=dict)
    is_frame: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of an alert: `alone` it is told; `site_wide` with all of its host; `undecided` it waits. until: when it is looked
    at again, where it waits.
    """

    kind: str
    until: datetime | None = None


def is_folded(level: Level) -> bool:
    """Whether a change of this salience may be told together with others."""
    return LEVELS.index(level) < LEVELS.index(FOLDED_BELOW)


def sight_of(change: Change) -> Sight:
    """What a change edited. A printed date that moved beside other edits says nothing of its own."""
    edits = [edit for edit in change.edits if edit.kind != "date_changed"] or list(change.edits)
    is_undated = change.after.document_date is None
    hunks: dict[Hunk, bool] = {}
    for edit in edits:
        hunks[hunk_of(edit, change)] = is_undated and not edit.section
    is_frame = all(hunks.values()) and all(_is_frame(edit) for edit in edits)
    return Sight(change.profile, change.recorded_at or change.not_later_than, hunks, is_frame)


def _is_frame(edit: Edit) -> bool:
    reasons = {why.partition(":")[0] for why in edit.salience.why}
    texts = (edit.old, edit.new)
    if reasons & YEAR_REASONS and not all(_COPYRIGHT.search(text) for text in texts if text):
        return False  # a number or date that is no year of a notice is what profiles are watched for
    is_quiet = edit.salience.level != "critical" and reasons <= FRAME_REASONS | YEAR_REASONS
    return is_quiet and not any(_SENTENCE_END.search(text.rstrip()) for text in texts)


def least(watched: int, *, is_outside: bool) -> int:
    """On how many profiles of a host that has so many watched ones the same edit is site-wide."""
    return max(LEAST_OUTSIDE if is_outside else LEAST_INSIDE, math.ceil(SITE_WIDE_SHARE * watched))


def site_wide(
    alerts: Sequence[AlertRecord],
    sights: Mapping[str, Sight],
    lately: Iterable[Sight],
    watched: int,
    now: datetime,
    *,
    told_at: datetime | None,
    is_live: bool,
) -> dict[str, Verdict]:
    """What becomes of each alert (by id) of one host on one channel.

    sights: of their changes. lately: of all changes of the host within a day, theirs included. watched: profiles of the
    host. told_at: when a site-wide note about the host went to the channel last. is_live: whether more is to come from
    this process; where not, nothing waits to see whether it does.
    """
    profiles: dict[Hunk, set[str]] = defaultdict(set)
    last: dict[Hunk, datetime] = {}
    outside: dict[Hunk, bool] = {}
    for sight in lately:
        for hunk, is_outside in sight.hunks.items():
            profiles[hunk].add(sight.profile)
            last[hunk] = max(last.get(hunk, sight.recorded_at), sight.recorded_at)
            outside[hunk] = outside.get(hunk, True) and is_outside
    everywhere = {h for h, where in profiles.items() if len(where) >= least(watched, is_outside=outside[h])}
    shared = {h for h, where in profiles.items() if len(where) > 1}

    found: dict[str, Verdict] = {}
    members: list[AlertRecord] = []
    for alert in alerts:
        hunks = sights[alert.change].hunks.keys()
        if not hunks or not hunks <= shared or not (is_folded(alert.level) or sights[alert.change].is_frame):
            found[alert.id] = Verdict("alone")
        elif hunks <= everywhere:
            members.append(alert)
        else:
            until = min(
                max(last[hunk] for hunk in hunks) + timedelta(seconds=SETTLE_S),
                alert.recorded_at + timedelta(seconds=UNDECIDED_S),
            )
            found[alert.id] = Verdict("undecided", until) if is_live and until > now else Verdict("alone")
    if members:
        verdict = Verdict("site_wide", _note_at(members, sights, last, now, told_at=told_at, is_live=is_live))
        found |= {alert.id: verdict for alert in members}
    return found


def _note_at(
    members: Sequence[AlertRecord],
    sights: Mapping[str, Sight],
    last: Mapping[Hunk, datetime],
    now: datetime,
    *,
    told_at: datetime | None,
    is_live: bool,
) -> datetime | None:
    """When a site-wide edit is told; None for now. A second note about a host comes a day after the first."""
    if told_at is not None and now < told_at + timedelta(seconds=SITE_WIDE_S):
        return told_at + timedelta(seconds=SITE_WIDE_S)
    if not is_live:
        return None
    newest = max(last[hunk] for alert in members for hunk in sights[alert.change].hunks)
    oldest = min(alert.recorded_at for alert in members)
    until = min(newest + timedelta(seconds=SETTLE_S), oldest + timedelta(seconds=GATHER_S))
    return until if until > now else None


def is_storm(changes: int, changed: int, pages: int, storm: Storm) -> bool:
    """Whether so many changes at once on one channel are too many to be told one by one.

    changed: on how many pages they are; pages: watched, in all.
    """
    return changes > storm.over or (changed >= LEAST_SHARED and changed > storm.share * pages)


def cancelled(alerts: Sequence[AlertRecord]) -> frozenset[str]:
    """Of alerts that wait, in their order: those of changes that were changed back meanwhile (A → B → A).

    Only where each leads on from the one before it: where one between them was told by itself, whoever heard of it has
    to hear of the way back too.
    """
    chains: dict[tuple[str, str, str, str, str], list[AlertRecord]] = defaultdict(list)
    gone: set[str] = set()
    for alert in alerts:
        key = (alert.channel, alert.subscription, alert.when, alert.profile, alert.chapter)
        chain = chains[key]
        chain.append(alert)
        back = next((n for n in range(len(chain) - 1) if _is_back(chain[n:])), None)
        if back is not None:
            gone |= {one.id for one in chain[back:]}
            del chain[back:]
    return frozenset(gone)


def _is_back(chain: Sequence[AlertRecord]) -> bool:
    """Whether the last of these changes leads to what stood before the first."""
    first, last = chain[0], chain[-1]
    if first.from_norm != last.to_norm or first.cause == "first_record":
        return False
    if any(later.from_norm != earlier.to_norm for earlier, later in pairwise(chain)):
        return False
    # What compares as equal has not come back: it was never away, unless the page itself was.
    is_same_text = all(one.from_norm == one.to_norm for one in chain)
    return not is_same_text or {first.cause, last.cause} == {"removed", "restored"}
