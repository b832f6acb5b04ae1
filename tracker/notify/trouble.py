"""What the operator has to know: when it begins, when it is over, and by which channel that is told. Pure.

Told once each, to the channels of `[operator]`, never by the one that is in trouble. Not here: who looks (watch/), how
it is recorded (the store).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker import clock
from tracker.document.identity import short_id
from tracker.events.deliveries import ChannelState, Composed, Trouble
from tracker.notify.rules import Subscriptions

UNREACHABLE_S = 24 * 3_600
REJECTED_S = 48 * 3_600
FAILING_TRIES = 4  # of a channel, none taken between
LEAST_FREE_BYTES = 200_000_000
LEAST_FREE_SHARE = 0.02
MOST_WANTED_BYTES = 5_000_000_000  # of a large disk a share is more than anybody needs
# A disk at its limit and a channel that takes every fifth message begin and end many times a day: what is over is told
# when it has been over for so long. The other kinds take a day to begin.
FLAPPING = frozenset({"channel", "disk"})
CALM_S = 3_600
OF_WATCHES = frozenset({"unreachable", "rejected"})
RECORD = "snapshots"  # the subject of what is wrong with the record itself

_WHAT = {
    "unreachable": "{} cannot be reached",
    "rejected": "what {} answers is not believed",
    "channel": "channel {} does not take what is sent to it",
    "disabled": "channel {} is disabled: nothing is sent to it",
    "disk": "the disk of the record is nearly full",
    "verify": "the record does not verify",
}
_ADVICE = {
    "unreachable": "Look at it in a browser. See: tracker checks {}. To stop looking: tracker pause {}",
    "rejected": "What came instead is kept. See: tracker checks {}",
    "channel": "See: tracker deliveries list --channel {}. To try it: tracker channels test {}",
    "disabled": "What is owed to it waits. Once it is well: tracker channels enable {}",
    "disk": "Make room: nothing can be recorded on a full disk",
    "verify": "See: tracker verify. Restore a backup rather than repair by hand",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchHealth:
    """How a watch does. failed_since: since when it does not answer. doubted_since: since when what it answers is
    suspect or rejected, and nothing was accepted.
    """

    watch: str
    failed_since: datetime | None = None
    doubted_since: datetime | None = None
    detail: str = ""


def standing(
    watches: Iterable[WatchHealth],
    channels: Iterable[ChannelState],
    *,
    free_bytes: int,
    disk_bytes: int,
    now: datetime,
) -> dict[tuple[str, str], Trouble]:
    """What is wrong now, by kind and subject, but for what only a verification finds."""
    found: list[Trouble] = []
    for watch in watches:
        if watch.failed_since is not None and now - watch.failed_since >= timedelta(seconds=UNREACHABLE_S):
            found.append(_trouble("unreachable", watch.watch, watch.detail, watch.failed_since))
        if watch.doubted_since is not None and now - watch.doubted_since >= timedelta(seconds=REJECTED_S):
            found.append(_trouble("rejected", watch.watch, watch.detail, watch.doubted_since))
    for channel in channels:
        if channel.disabled_at is not None:
            found.append(_trouble("disabled", channel.channel, channel.why, channel.disabled_at))
        elif channel.failures >= FAILING_TRIES and channel.failing_since is not None:
            told = f"{channel.failures} tries failed in a row"
            found.append(_trouble("channel", channel.channel, told, channel.failing_since))
    if free_bytes < max(LEAST_FREE_BYTES, min(LEAST_FREE_SHARE * disk_bytes, MOST_WANTED_BYTES)):
        found.append(_trouble("disk", RECORD, f"{free_bytes // 1_000_000} MB are free", now))
    return {(one.kind, one.subject): one for one in found}


def _trouble(kind: str, subject: str, detail: str, since: datetime) -> Trouble:
    return Trouble(kind=kind, subject=subject, detail=detail, since=since)


def news(
    before: Sequence[Trouble], now_standing: Mapping[tuple[str, str], Trouble], *, kept: frozenset[str] = frozenset()
) -> tuple[list[Trouble], list[Trouble]]:
    """What began and what ended. kept: kinds of which nothing is said now: what stood of them stands.

    A channel that fails and is then disabled has not recovered.
    """
    known = {(one.kind, one.subject): one for one in before}
    disabled = {subject for kind, subject in now_standing if kind == "disabled"}
    now_standing = {
        **{key: one for key, one in known.items() if key[0] == "channel" and key[1] in disabled},
        **now_standing,
    }
    began = [one for key, one in now_standing.items() if key not in known]
    ended = [one for key, one in known.items() if key not in now_standing and one.kind not in kept]
    return began, ended


def messages(
    began: Sequence[Trouble],
    ended: Sequence[Trouble],
    subscriptions: Subscriptions,
    states: Mapping[str, ChannelState],
    now: datetime,
    *,
    unwatched: frozenset[str] = frozenset(),
) -> tuple[Composed, ...]:
    """What the operator is told of it: one message a trouble, by the first of their channels that is well.

    Where none is, it is owed to one that fails, which takes it later; never to the one that it is about. unwatched:
    pages that are paused or not watched any longer: what was wrong with them has not ended well, and nothing is said.
    """
    found: list[Composed] = []
    enabled = {one.subject for one in ended if one.kind == "disabled"}
    over = [
        one
        for one in ended
        if not (one.kind in OF_WATCHES and one.subject in unwatched)
        and not (one.kind == "channel" and one.subject in enabled)
    ]
    for trouble, is_begun in (*((one, True) for one in began), *((one, False) for one in over)):
        about = trouble.subject if trouble.kind in ("channel", "disabled") and is_begun else None
        named = [name for name in subscriptions.operator if name != about]
        # Python's sort keeps their order where they are equally well.
        channel = min(named, key=lambda name: _illness(states.get(name)), default=None)
        if channel is not None:
            found.append(_message(trouble, channel, is_begun=is_begun, now=now))
    return tuple(found)


def _illness(state: ChannelState | None) -> int:
    if state is None or (state.disabled_at is None and not state.failures):
        return 0
    return 1 if state.disabled_at is None else 2


def _message(trouble: Trouble, channel: str, *, is_begun: bool, now: datetime) -> Composed:
    since = clock.iso(trouble.since)
    about: dict[str, object] = {
        "kind": trouble.kind,
        "subject": trouble.subject,
        "began": is_begun,
        "what": _WHAT[trouble.kind].format(trouble.subject),
        "detail": trouble.detail if is_begun else f"it was so since {since}",
        "since": since,
        "advice": _ADVICE[trouble.kind].format(trouble.subject, trouble.subject) if is_begun else "",
    }
    word = "began" if is_begun else "ended"
    return Composed(
        # Named by when it is told: what was over for a person (a pause) may begin again as old as it was.
        delivery=short_id("d", "trouble", trouble.kind, trouble.subject, word, since, clock.iso(now)),
        channel=channel,
        form="trouble",
        profile="trouble",  # an order of its own: what is wrong waits behind no digest
        key=f"trouble/{trouble.kind}/{trouble.subject}",
        about=about,
    )


def of_verification(findings: int, since: datetime) -> Trouble:
    """That a verification found damage."""
    return _trouble("verify", RECORD, f"{findings} {'finding' if findings == 1 else 'findings'}", since)
