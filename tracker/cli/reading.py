"""`tracker log`, `show`, `diff`: the record, read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args  # Any: options, passed on as click gives them

import click

from tracker import clock
from tracker.cli.comparing import comparison_options, show_comparison
from tracker.cli.context import here
from tracker.cli.drawing import change_lines, chapter_lines, dispute_line
from tracker.cli.output import emit_json, is_coloured, note, say
from tracker.document.codec import chapter_to_json
from tracker.document.edit import Cause
from tracker.document.model import Document
from tracker.errors import NothingRecorded, UsageError
from tracker.events.deliveries import Dispute
from tracker.events.types import Change
from tracker.history.places import chapter_of, instant, place, span
from tracker.store import Store, VersionRecord


@click.command()
@click.argument("where", metavar="[P[/C]]", required=False)
@click.option("--since", help="A date, an instant, or `last`: since the round before the newest.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many, newest first.")
@click.option(
    "--cause",
    type=click.Choice(["news", "all", *get_args(Cause)]),
    default="news",
    show_default=True,
    help="news (all but format and furniture), all, or one cause.",
)
@click.option("--all", "superseded", is_flag=True, help="Also changes between whose versions one was imported.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: an array of tracker.change/1, newest first.")
def log(where: str | None, since: str | None, limit: int, cause: str, superseded: bool, as_json: bool) -> None:
    """The changes of all profiles, of profile P, or of chapter P/C, newest first."""
    with here().store() as store:
        profile, chapter = _scope(store, where)
        from_then = _since(store, since)
        found = store.changes(profile, chapter, since=from_then, superseded=superseded)
        disputes = store.disputes()
    if any("imported" in change.flags for change in found):  # recorded late: by when it was seen, not by when it came
        found = tuple(sorted((c for c in found if from_then is None or _seen(c) >= from_then), key=_seen, reverse=True))
    causes = None if cause == "all" else {cause}
    if cause == "news":
        causes = set(get_args(Cause)) - {"format_only", "furniture"}
    wanted = [c for c in found if causes is None or c.cause in causes]
    shown = wanted[:limit]
    if as_json:
        emit_json([_change_json(c, disputes.get(c.id)) for c in shown])
        return
    if not shown:
        note("No change is recorded" + (" since then" if since else ": tracker check"))
    for change in shown:
        for line in change_lines(change, coloured=is_coloured(), dispute=disputes.get(change.id)):
            say(line)
        say()
    if len(wanted) > len(shown):
        note(f"{len(wanted) - len(shown)} older ones: --limit {len(wanted)}")


@click.command()
@click.argument("where", metavar="P/C")
@click.option("--as-of", help="A date or instant: what stood then, by when we captured it.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def show(where: str, as_of: str | None, as_json: bool) -> None:
    """Chapter P/C as it stands, or as it stood."""
    with here().store() as store:
        profile, chapter = chapter_of(where, _recorded(store))
        versions = store.versions(profile, chapter)
        changes = store.changes(profile, chapter, superseded=True) if as_of and as_of.startswith("c_") else ()
        version = place(as_of or "latest", versions, changes, name=f"{profile}/{chapter}")
        document = store.chapter_document(version.document_sha256) if version.document_sha256 else None
        disputed = store.disputes([version.change]).get(version.change) if version.change else None
    if as_json:
        emit_json(
            {
                "profile": profile,
                "chapter": chapter,
                "title": version.title,
                "version": _version_json(version),
                **({"dispute": _dispute_json(disputed)} if disputed else {}),
                "document": chapter_to_json(document) if document else None,
            }
        )
        return
    if document is None:
        raise NothingRecorded(
            f"{profile}/{chapter} was not on the page any more",
            where=f"since {clock.iso(version.captured_at)}",
            remedy=f"Its last text: tracker show {profile}/{chapter} --as-of DATE",
        )
    until = f", until {clock.iso(version.ended_at)}" if version.ended_at else ""
    note(f"{profile}/{chapter} @{version.address}, captured {clock.iso(version.captured_at)}{until}")
    if disputed is not None:
        note(f"The change {version.change} that brought this text is {dispute_line(disputed)}")
    for line in chapter_lines(document):
        say(line)


@click.command()
@click.argument("where", metavar="P/C")
@click.argument("ends", metavar="[A..B]", default="prev..latest")
@comparison_options
def diff(where: str, ends: str, exit_code: bool, **shown: Any) -> int:
    """What changed in chapter P/C between two places in its history.

    A and B are first, prev, latest, a date, an instant, an address or a change's id.
    """
    from tracker.compare import compare

    with here().store() as store:
        profile, chapter = chapter_of(where, _recorded(store))
        name = f"{profile}/{chapter}"
        versions = store.versions(profile, chapter)
        changes = store.changes(profile, chapter, superseded=True)
        if ends.startswith("c_") and ".." not in ends:
            new = place(ends, versions, changes, name=name)  # a change alone is what it changed
            old = _started_from(ends, versions, changes, new)
        else:
            old, new = (place(word, versions, changes, name=name) for word in span(ends))
        documents = [_document(store, v) for v in (old, new)]
    comparison = compare(*documents, with_patch=bool(shown["as_json"]))
    names = (f"{name} @{old.address}", f"@{new.address}")
    show_comparison(comparison, *documents, names=names, reverts=_reverts(versions, old, new), **shown)
    return 1 if exit_code and comparison.edits else 0


def _started_from(
    id_: str, versions: Sequence[VersionRecord], changes: Sequence[Change], new: VersionRecord
) -> VersionRecord:
    """The version that a change went from, though another be its neighbour by now; for a first record, the new one."""
    before = next((c.before for c in changes if c.id.startswith(id_)), None)
    if before is not None:
        for version in versions:
            if version.address == before.address:
                return version
    return versions[max(versions.index(new) - 1, 0)]


def _reverts(versions: Sequence[VersionRecord], old: VersionRecord, new: VersionRecord) -> str | None:
    """The address of the earlier version that `new` says again, if there is one and `old` is another."""
    if new.norm_sha256 is None or new.norm_sha256 == old.norm_sha256 or new not in versions:
        return None
    earlier = versions[: versions.index(new)]
    return next((v.address for v in earlier if v.norm_sha256 == new.norm_sha256), None)


def _document(store: Store, version: VersionRecord) -> Document:
    if version.document_sha256 is None:
        return Document("", ())
    return Document("", (store.chapter_document(version.document_sha256),))


def _change_json(change: Change, dispute: Dispute | None) -> dict[str, object]:
    """tracker.change/1, and what a person says against it, where one does."""
    return change.to_json() | ({"dispute": _dispute_json(dispute)} if dispute is not None else {})


def _dispute_json(dispute: Dispute) -> dict[str, object]:
    return {"at": clock.iso(dispute.at), "reason": dispute.reason, "by": dispute.by}


def _version_json(version: VersionRecord) -> dict[str, object]:
    return {
        "address": version.address,
        "captured_at": clock.iso(version.captured_at),
        "recorded_at": clock.iso(version.recorded_at),
        "ended_at": clock.iso(version.ended_at) if version.ended_at else None,
        "seen_at": clock.iso(version.seen_at) if version.seen_at else None,
        "document_date": version.document_date.isoformat() if version.document_date else None,
        "text_sha256": version.text_sha256,
        "norm_sha256": version.norm_sha256,
        "change": version.change,
        "watch": version.watch,
    }


def _recorded(store: Store) -> list[tuple[str, str]]:
    return [(c.profile, c.chapter) for c in store.chapters()]


def _scope(store: Store, where: str | None) -> tuple[str | None, str | None]:
    if where is None:
        return None, None
    known = _recorded(store)
    if where.strip("/") in {p for p, _ in known}:
        return where.strip("/"), None
    return chapter_of(where, known)


def _seen(change: Change) -> datetime:
    """When it was captured; what has other clothes alone goes on as the version of before."""
    return change.not_later_than if change.cause == "format_only" else change.after.captured_at


def _since(store: Store, word: str | None) -> datetime | None:
    if word is None:
        return None
    if word == "last":
        rounds = list(store.events(types=("round.completed",), limit=2, newest_first=True))
        if not rounds:
            return None
        return clock.from_iso(str(rounds[0].payload["started_at"]))
    try:
        at = instant(word)
        # A date means from its beginning here, not its end.
        return at.replace(hour=0, minute=0, second=0, microsecond=0) if len(word) == 10 else at
    except (UsageError, OverflowError):
        raise UsageError(
            f"--since {word!r} is no date", remedy="Use 2022-08-14, 2022-08-14T09:30:00Z or last"
        ) from None
