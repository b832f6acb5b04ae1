"""What stood of a page at any instant of its recorded history, with imports that are not written yet folded in.

An importer places each capture by what the ones before it made of the history, and writes them many at a time: so the
events that are to be appended are folded here first, by the same fold, into rows that only memory holds. Not here:
what a capture says, where it belongs (history/placing.py), what an event does to the rows (insertion.py).
"""

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any  # rows and payloads: JSON data and columns

from sqlalchemy import select

from tracker import clock
from tracker.document.model import Chapter, Document
from tracker.errors import Conflict
from tracker.events.bodies import watch_stream
from tracker.events.types import Event, NewEvent, Standing, Suspicion, VersionMark
from tracker.store import queries, standing
from tracker.store.reading import Reader
from tracker.store.rows import Row, Rows
from tracker.store.sights import checks_around, snapshots
from tracker.store.statements import KEYS, get_row
from tracker.store.tables import VIEWS
from tracker.store.timeline import Timeline, hexed, whole
from tracker.store.views import fold

_ADDRESS = re.compile(r"(\d{8}T\d{6})(\.\d{1,6})?Z")
IsEarly = Callable[[Suspicion, datetime], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where between recorded versions a new one belongs. stood_until: the last sight of what was there before it.

    follower: the version behind it; until: the first sight of that. split: where both are one recorded version, how it
    is parted, as insertion.py tells. clash: why it belongs nowhere, for a person.
    A chapter that the page had not at `until`, the next sight of it, has no follower; beyond: as it came again later.
    """

    stood_until: datetime | None = None
    follower: VersionMark | None = None
    until: datetime | None = None
    split: Mapping[str, str] | None = None
    beyond: VersionMark | None = None
    clash: str = ""


class Past:
    """The history of a page, as recorded and as it will be. For one thread, and one process that writes."""

    def __init__(self, store: Reader, watch: str) -> None:
        self._store, self.watch = store, watch
        self._instant = store._instant
        self._rows = Rows(self._load, KEYS)
        self.timeline = Timeline(self._last_seen)
        self._documents: dict[str, Chapter] = {}
        self._told: dict[int, tuple[str, bool, tuple[str, ...]]] = {}
        self._sights: dict[str, list[int]] = {}
        self._last: dict[str, int | None] = {}
        with self._instant() as connection:
            recorded = standing.recorded(connection, watch)
            self._recorded = recorded
            self.stream_version = recorded.version
            self._snapshots = snapshots(connection, watch)
        self.position = store.head().position
        self._positions = {at: position for at, position, verdict, *_ in self._snapshots if verdict == "ok"}
        row: Any = recorded.row
        self.profile: str | None = (row["read_profile"] or row["profile"]) if row is not None else None
        self.is_active = row is not None and row["state"] == "active"
        self.is_known_watch = row is not None
        accepted = recorded.accepted
        self.was_looked_at = accepted is not None and (
            "source" not in accepted.payload
            or (recorded.seen.at is not None and clock.to_us(recorded.seen.at) > row["accepted_at"])
        )
        if self.profile is not None:
            self.take_up(self.profile)

    # ------------------------------------------------------------ what is there

    def take_up(self, profile: str) -> None:
        """Read the history of the profile's chapters, but for those that another watch feeds."""
        self.profile = profile
        with self._instant() as connection:
            claimed = standing.claims(connection, profile, self.watch)
            chapters = [c for c in queries.chapters(connection, profile) if c.chapter not in claimed]
            table = VIEWS["view_versions"]
            for one in chapters:
                mine = select(table).where(table.c.profile == profile, table.c.chapter == one.chapter)
                for row in connection.execute(mine).mappings():
                    self.timeline.put(dict(row), feed=one.watch)

    @property
    def last_seen(self) -> datetime | None:
        """The last sight of the page, by this watch or one that it goes on from."""
        found = (self._last_seen(watch) for watch in {self.watch, *self.timeline.feeds.values()})
        at = max((at for at in found if at is not None), default=None)
        return clock.from_us(at) if at is not None else None

    @property
    def is_known(self) -> bool:
        """Whether anything of the page is recorded."""
        return any(True for _ in self.timeline)

    def document(self, sha256: str) -> Chapter:
        """A chapter that is recorded, or will be."""
        found = self._documents.get(sha256)
        return found if found is not None else self._store.chapter_document(sha256)

    def standing(self, at: datetime, is_early: IsEarly) -> Standing:
        """What stood at an instant, as a look then would have found it. seen_at of its marks: by then, as far as known.

        is_early: whether a doubt may not be settled by a capture at an instant yet.
        """
        us = clock.to_us(at)
        row: Any = self._rows.get("view_watches", self.watch)
        title, is_closed, order = self._told_before(us)
        stood = {slug: v for slug in self.timeline if (v := self.timeline.standing(slug, us)) is not None}
        slugs = sorted(stood, key=lambda slug: (order.index(slug) if slug in order else len(order), slug))
        documents = [self.document(sha) for slug in slugs if (sha := hexed(stood[slug]["document_sha256"])) is not None]
        return Standing(
            watch=self.watch,
            version=self.stream_version,
            profile=self.profile,
            publisher=row["read_as"] if row is not None else None,
            is_closed=is_closed,
            document=Document(title, tuple(documents)) if stood else None,
            marks={slug: self.timeline.mark(stood[slug], us) for slug in slugs},
            earlier={slug: self.timeline.earlier(slug, stood[slug]) for slug in slugs},
            volatile=self._recorded.volatile,
            suspect=self._suspicion(us, is_early),
            gone_at=self.gone(at)[0],
        )

    def gone(self, at: datetime) -> tuple[datetime | None, tuple[str, ...]]:
        """Since when the page as a whole was gone at an instant, and the chapters that went with it; None: it stood."""
        us = clock.to_us(at)
        stood = [v for slug in self.timeline if (v := self.timeline.standing(slug, us)) is not None]
        if any(v["document_sha256"] is not None for v in stood):
            return None, ()
        went = [(whole(v["captured_at"]), str(v["chapter"])) for v in stood if self._cause(v) == "removed"]
        since = max((since for since, _ in went), default=None)
        if since is None:
            return None, ()
        return clock.from_us(since), tuple(sorted(slug for one, slug in went if one == since))

    def led_to(self, mark: VersionMark) -> tuple[str, tuple[str, ...]]:
        """The cause of the change that led to a version, and the chapters that its flags name beside it."""
        row = self.timeline.get(mark.chapter, mark.address)
        change = self._rows.get("view_changes", row["position"]) if row is not None else None
        if change is None:
            return "", ()
        flags = str(change["flags"]).split()
        return str(change["cause"]), tuple(f.removeprefix("with:") for f in flags if f.startswith("with:"))

    def _cause(self, version: Row) -> str | None:
        """Of the change that led to a version, as far as it is recorded."""
        change = self._rows.get("view_changes", version["position"])
        return str(change["cause"]) if change is not None else None

    def turn_after(self, at: datetime) -> dict[str, str] | None:
        """What the page says at the next recorded turn: chapter → comparison hash; None where there is none, or where
        something that stood at the instant was seen again after it.
        """
        us = clock.to_us(at)
        then: dict[str, Row] = {}
        turns: list[tuple[int, str | None, Row]] = []  # when, in place of which chapter, what
        for slug in self.timeline:
            stood = self.timeline.standing(slug, us)
            if stood is not None:
                then[slug] = stood
                if (follower := self.timeline.behind(stood)) is not None:
                    turns.append((whole(follower["captured_at"]), slug, follower))
            elif (first := self.timeline.first_after(slug, us)) is not None:
                turns.append((whole(first["captured_at"]), None, first))
        if not turns:
            return None
        until = min(when for when, _, _ in turns)
        for when, before, row in turns:
            if when != until:
                continue
            if before is not None and (self.timeline.seen(then[before]) or 0) > us:
                return None
            if before is not None:
                del then[before]
            then[str(row["chapter"])] = row
        return {slug: norm for slug, row in then.items() if (norm := hexed(row["norm_sha256"])) is not None}

    def spot(self, before: VersionMark | None, chapter: str, at: datetime) -> Spot:
        """Where a version belongs that a capture shows in a chapter, and that is not the one that stood (before)."""
        us = clock.to_us(at)
        if before is None:
            return self._first_spot(chapter, us)
        stood = self.timeline.get(before.chapter, before.address)
        assert stood is not None
        seen, begins = self.timeline.seen(stood), whole(stood["captured_at"])
        if us in (begins, seen):
            return Spot(clash=self._clash(stood, at))
        if seen is not None and seen > us:
            watches = {str(stood["watch"]), self.timeline.feeds[before.chapter], self.watch}
            until, again = self._sights_around(watches, us, begins, seen)
            if until == us:
                return Spot(clash=self._clash(stood, at))
            return self._split(stood, us, until, again)
        behind = self.timeline.behind(stood)
        stood_until = clock.from_us(seen if seen is not None else begins)
        if behind is None and not self.timeline.is_newest(stood):
            return Spot(clash=f"the chapter {chapter} goes on from one of another name")
        if behind is None:
            return Spot(stood_until=stood_until)
        follower = self.timeline.begins_as(behind)
        return Spot(stood_until=stood_until, follower=follower, until=follower.captured_at)

    # ------------------------------------------------------------ what will be

    def keep(self, sha256: str, chapter: Chapter) -> None:
        """Hold a chapter's document that is to be recorded."""
        self._documents[sha256] = chapter

    def fold(self, events: Sequence[NewEvent], now: datetime) -> None:
        """Bring the history up to events that are to be appended next."""
        for new in events:
            self.position += 1
            self.stream_version += new.stream == watch_stream(self.watch)
            event = Event(
                position=self.position,
                stream=new.stream,
                version=0,  # no fold asks for it
                type=new.type,
                schema=new.schema,
                captured_at=new.captured_at,
                recorded_at=now,
                payload=new.payload,
            )
            fold(event, self._rows)
            if new.type == "snapshot.recorded":
                self._take_in(event)
        for row in self._rows.staged("view_versions"):
            self.timeline.put(row, feed=self.watch)
        self._rows.settle()

    def written(self, events: Iterable[Event]) -> None:
        """What was folded is appended. Raises Conflict where it does not stand where it was folded."""
        self._documents.clear()
        last = max((event.position for event in events), default=self.position)
        if last > self.position:
            raise Conflict("Somebody else wrote meanwhile", remedy="Import again: what is recorded is passed over")

    def _take_in(self, event: Event) -> None:
        payload: Any = event.payload
        at, kind = clock.to_us(clock.from_iso(payload["captured_at"])), payload["verdict"]["kind"]
        insort(self._snapshots, (at, event.position, kind, payload["text_sha256"], payload["verdict"]["reason"]))
        self._told[event.position] = _told(payload)
        if kind == "ok":
            self._positions[at] = event.position
            if self.watch in self._sights:
                insort(self._sights[self.watch], at)
        if self.profile is None:
            self.profile = payload["profile"]

    def _load(self, view: str, key: tuple[Any, ...]) -> Row | None:
        if view == "view_versions" and key[0] == self.profile and key[1] in self.timeline:
            return self.timeline.get(key[1], key[2])
        with self._instant() as connection:
            return get_row(connection, VIEWS[view], *key)

    def _last_seen(self, watch: str) -> int | None:
        row = self._rows.get("view_watches", watch)
        if watch not in self._last:
            with self._instant() as connection:
                at = standing.last_seen(connection, watch).at
            self._last[watch] = clock.to_us(at) if at is not None else None
        found = [at for at in (row["seen_at"] if row else None, self._last[watch]) if isinstance(at, int)]
        return max(found, default=None)

    # ------------------------------------------------------------ spots

    def _first_spot(self, chapter: str, us: int) -> Spot:
        """Of a chapter that was not there, as far as we knew."""
        missed, missing = self._sights_around({self.watch}, us, 0, self._last_seen(self.watch) or 0)
        if missed == us:
            return Spot(clash=f"another capture of {clock.iso(clock.from_us(us))} has no such chapter: {chapter}")
        stood_until = clock.from_us(missed) if missed else None
        first = self.timeline.first_after(chapter, us)
        follower = self.timeline.begins_as(first) if first is not None else None
        if follower is not None and (not missing or missing >= clock.to_us(follower.captured_at)):
            return Spot(stood_until=stood_until, follower=follower, until=follower.captured_at)
        then = self.timeline.standing(chapter, missing) if missing and chapter in self.timeline else None
        if then is not None and then["document_sha256"] is not None:
            return Spot(clash=f"the chapter {chapter} goes on from one of another name")
        return Spot(stood_until=stood_until, until=clock.from_us(missing) if missing else None, beyond=follower)

    def _split(self, stood: Row, us: int, until: int, again: int) -> Spot:
        slug = str(stood["chapter"])
        part = "late" if _named(str(stood["address"])) < us else "early"
        address = self.timeline.free_address(
            slug, clock.from_us(again if part == "late" else whole(stood["captured_at"]))
        )
        if address is None:
            return Spot(clash=f"{slug} has as many versions in one instant as can be named")
        split = {
            "of": str(stood["address"]),
            "address": address,
            "part": part,
            "seen": clock.iso(clock.from_us(until)),
            "from": clock.iso(clock.from_us(again)),
        }
        late = self.timeline.begins_as(stood | {"captured_at": again})
        if part == "late":
            late = replace(late, address=address)
        return Spot(stood_until=clock.from_us(until), follower=late, until=late.captured_at, split=split)

    def _clash(self, stood: Row, at: datetime) -> str:
        return (
            f"another capture of {clock.iso(at)} says otherwise: version {stood['address']!s} of {stood['chapter']!s}"
        )

    # ------------------------------------------------------------ sights

    def _sights_around(self, watches: set[str], us: int, low: int, high: int) -> tuple[int, int]:
        """The last sight at an instant or before it, not before `low`, and the first after it, not after `high`."""
        before, after = [low], [high]
        for watch in watches:
            sights = self._sights_of(watch)
            place = bisect_right(sights, us)
            before += sights[max(place - 1, 0) : place]
            after += sights[place : place + 1]
        for watch in watches:
            checked = self._checks_around(watch, us, low)
            before += [at for at in checked if at <= us]
            after += [at for at in checked if at > us]
        return max(at for at in before if at <= us), min(at for at in after if at > us) if max(after) > us else 0

    def _checks_around(self, watch: str, us: int, low: int) -> tuple[int, ...]:
        """The last check that saw what stood at an instant or before it, from `low` on, and the first after it."""
        row = self._rows.get("view_watches", watch)
        if row is None or not row["checks"] or whole(row["last_check_at"]) < low:
            return ()
        with self._instant() as connection:
            return checks_around(connection, watch, us, low)

    def _sights_of(self, watch: str) -> list[int]:
        if watch not in self._sights:
            found = self._snapshots
            if watch != self.watch:
                with self._instant() as connection:
                    found = snapshots(connection, watch)
            self._sights[watch] = [at for at, _, verdict, *_ in found if verdict == "ok"]
        return self._sights[watch]

    def _told_before(self, us: int) -> tuple[str, bool, tuple[str, ...]]:
        """Title, whether it had its end, and chapters of the last accepted capture."""
        sights = self._sights_of(self.watch)
        place = bisect_right(sights, us) - 1
        if place < 0:
            return "", False, ()
        position = self._positions[sights[place]]
        if position not in self._told:
            self._told[position] = _told(self._store.event(position).payload)
        return self._told[position]

    def _suspicion(self, us: int, is_early: IsEarly) -> Suspicion | None:
        """The doubt that waited for another look at an instant: captures since the last sight that say the same."""
        sights = self._sights_of(self.watch)
        since = sights[place - 1] if (place := bisect_left(sights, us)) else -1
        first = bisect_left(self._snapshots, (since + 1,))
        since_then = self._snapshots[first : bisect_left(self._snapshots, (us,))]
        doubted = [one for one in since_then if one[2] == "suspect" and one[3]]
        if not doubted:
            return None
        since = max((at for at in self._checks_around(self.watch, us, since) if at <= us), default=since)
        doubt: Suspicion | None = None
        for at, position, _, text, reason in doubted:
            if at <= since or reason == "unreadable" or text is None:
                continue
            when = clock.from_us(at)
            if doubt is None or doubt.text_sha256 != text:
                doubt = Suspicion(position=position, text_sha256=text, reason=reason, since=when, agreed=1)
            elif not is_early(doubt, when):
                doubt = replace(doubt, agreed=doubt.agreed + 1)
        return doubt


def _told(payload: Mapping[str, Any]) -> tuple[str, bool, tuple[str, ...]]:
    return (
        payload.get("title") or "",
        payload.get("is_closed") is True,
        tuple(c["chapter"] for c in payload["chapters"]),
    )


def _named(address: str) -> int:
    """The instant that an address names."""
    found = _ADDRESS.fullmatch(address)
    assert found is not None
    whole = datetime.strptime(found[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return clock.to_us(whole) + int((found[2] or ".0")[1:].ljust(6, "0"))
