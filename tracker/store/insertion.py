"""Imported captures in the rows of a chapter's history: versions put between recorded ones, extended, split. Pure.

Their events stand late in the log and early in time. Where each belongs was decided when it was recorded
(history/placing.py) and stands in its event; here it is only carried out, so folding again gives the same rows.
Called by views.py and chapter_views.py alone.

`seen` of a snapshot: [[chapter, address], …] of recorded versions that the capture shows: they begin no later, and
were last seen no earlier, than at its instant. `place` of a change:

    {"kind": "new", "next": [chapter, address] of the version behind it, where there is one,
     "split": {"of", "address", "part", "seen", "from"}: the version `of` that address, which stood before and after
     it, is two from now on, the earlier last seen at `seen`, the later first seen at `from`; `part` (`early`, `late`)
     has the new `address`}
    {"kind": "on"}: from a version put in between to the one behind it, in place of the change that led there before;
    or to the chapter's being gone until it came again as `next`, if it did
"""

from typing import Any  # payloads are JSON data

from tracker import clock
from tracker.events.codec import canonical, parse
from tracker.events.types import Event
from tracker.store.folding import Payload, count, hashes, latest, us
from tracker.store.rows import Row, Rows, Value


def seen(payload: Payload, rows: Rows) -> None:
    """Fold the versions that an imported capture shows once more."""
    at = us(payload["captured_at"])
    for chapter, address in payload.get("seen", ()):
        row = _version(rows, payload["profile"], chapter, address)
        if at < count(row["captured_at"]):
            _begins(rows, row, at)
        elif row["ended_at"] is not None and at > count(row["seen_at"] or 0):
            rows.put("view_versions", row | {"seen_at": at})
            follower = _linked(rows, row, "next")
            if follower is not None:
                _retell(rows, follower, after=at)


def placed(event: Event, payload: Payload, rows: Rows) -> None:
    """Fold a change that an imported capture brought."""
    if payload["place"]["kind"] == "on":
        _leads_on(event, payload, rows)
    else:
        _comes_between(event, payload, rows)


def _begins(rows: Rows, row: Row, at: int) -> None:
    """The version was there sooner than we knew."""
    rows.put("view_versions", row | {"captured_at": at})
    previous = _linked(rows, row, "previous")
    if previous is not None:
        rows.put("view_versions", previous | {"ended_at": at})
    _retell(rows, row, not_later=at)


def _comes_between(event: Event, payload: Payload, rows: Rows) -> None:
    """A new version, behind the one that the change starts from and in front of the one that stood next."""
    profile, chapter, after, place = payload["profile"], payload["chapter"], payload["to"], payload["place"]
    at = us(after["captured_at"])
    if rows.get("view_versions", profile, chapter, after["address"]) is not None:
        raise ValueError(f"{profile}/{chapter} has a version {after['address']} already")
    stood = _version(rows, profile, *_stood(payload)) if payload["from"] else None
    follower = _version(rows, profile, *place["next"]) if "next" in place else None
    parts = 1
    if stood is not None and "split" in place:
        stood, follower = _split(event, rows, stood, place["split"])
        parts = 2
    new: Row = {
        "profile": profile,
        "chapter": chapter,
        "address": after["address"],
        "title": payload["chapter_title"],
        "position": event.position,
        "change": payload["id"],
        "watch": payload["watch"],
        **hashes(after),
        "document_date": after["document_date"],
        "captured_at": at,
        "recorded_at": clock.to_us(event.recorded_at),
        "ended_at": None,
        "seen_at": None,
        "previous_chapter": None,
        "previous_address": None,
        "next_chapter": None,
        "next_address": None,
    }
    known = rows.get("view_chapters", profile, chapter)
    rows.put("view_chapters", _counted(known, new, parts, is_newest=follower is None))
    if stood is not None:
        if payload["happened_after"]:
            stood["seen_at"] = latest(stood["seen_at"], us(payload["happened_after"]))
        stood, new = _join(rows, stood, new)
    if follower is not None:
        new["seen_at"] = at
        new, follower = _join(rows, new, follower)
    rows.put("view_versions", new)


def _leads_on(event: Event, payload: Payload, rows: Rows) -> None:
    """From a version that was put in between to the one behind it, or to the chapter's being gone again."""
    profile, after = payload["profile"], payload["to"]
    new = _version(rows, profile, *_key(payload["from"]))
    follower = rows.get("view_versions", profile, *_key(after))
    brought: Row = {"position": event.position, "change": payload["id"]}
    if follower is not None:
        _supersede(rows, follower, payload["id"])
        follower |= brought
    else:
        gone = {"captured_at": us(after["captured_at"]), "recorded_at": clock.to_us(event.recorded_at)}
        follower = new | {"address": after["address"], **hashes(after), "document_date": None, **gone, **brought}
        follower |= {"ended_at": None, "seen_at": None, "next_chapter": None, "next_address": None}
        known = rows.get("view_chapters", profile, after["chapter"])
        again = _version(rows, profile, *payload["place"]["next"]) if "next" in payload["place"] else None
        rows.put("view_chapters", _counted(known, follower, 1, is_newest=again is None))
        if again is not None:
            follower["seen_at"] = follower["captured_at"]
            follower, _ = _join(rows, follower, again)
    new["seen_at"] = latest(new["seen_at"], us(payload["happened_after"]))
    _join(rows, new, follower)


def _split(event: Event, rows: Rows, stood: Row, split: Payload) -> tuple[Row, Row]:
    """The version as two, before and after what comes between; the one that holds its address keeps it."""
    early = stood | {"seen_at": us(split["seen"])}
    late = stood | {"captured_at": us(split["from"])}
    if split["part"] == "late":
        late |= {"address": split["address"], "recorded_at": clock.to_us(event.recorded_at)}
        known = rows.get("view_chapters", stood["profile"], stood["chapter"])
        if known is not None and known["address"] == stood["address"]:
            rows.put("view_chapters", known | {"address": late["address"]})
        follower = _linked(rows, stood, "next")
        if follower is not None:
            _retell(rows, follower, start=late)
            _join(rows, late, follower)
    else:
        early |= {"address": split["address"], "recorded_at": clock.to_us(event.recorded_at)}
        _retell(rows, stood, end=early)
        previous = _linked(rows, stood, "previous")
        if previous is not None:
            _join(rows, previous, early)
    return early, late


def _join(rows: Rows, one: Row, other: Row) -> tuple[Row, Row]:
    """Two versions as neighbours in time."""
    one = one | {
        "ended_at": other["captured_at"],
        "next_chapter": other["chapter"],
        "next_address": other["address"],
    }
    other = other | {"previous_chapter": one["chapter"], "previous_address": one["address"]}
    rows.put("view_versions", one)
    rows.put("view_versions", other)
    if one["chapter"] != other["chapter"]:
        known = rows.get("view_chapters", one["profile"], one["chapter"])
        if known is not None and known["address"] == one["address"]:
            rows.put("view_chapters", known | {"state": "renamed"})
    return one, other


def _counted(known: Row | None, version: Row, more: int, *, is_newest: bool) -> Row:
    """The chapter's row with so many versions more, and this one as the newest if it is."""
    row = known or {"profile": version["profile"], "chapter": version["chapter"], "versions": 0}
    row = row | {"versions": count(row["versions"]) + more}
    if known is None or is_newest:
        row |= {name: version[name] for name in ("title", "watch", "address")}
        row["state"] = "gone" if version["document_sha256"] is None else "present"
    return row


def _supersede(rows: Rows, follower: Row, by: str) -> None:
    """The change that led to a version leads there no longer; it stays in the log and is found by its id."""
    change = rows.get("view_changes", follower["position"])
    if change is None or (change["chapter"], change["to_address"]) != (follower["chapter"], follower["address"]):
        return
    told = _parsed(change["told"])
    told["flags"] = [*told["flags"], f"superseded:{by}"]
    rows.put(
        "view_changes",
        change | {"superseded_by": by, "flags": " ".join(told["flags"]), "told": canonical(told).decode()},
    )


def _retell(
    rows: Rows,
    version: Row,
    *,
    after: int | None = None,
    not_later: int | None = None,
    start: Row | None = None,
    end: Row | None = None,
) -> None:
    """What is told of the change that led to a version: between which sights it happened, and from and to where."""
    change = rows.get("view_changes", version["position"])
    if change is None or (change["chapter"], change["to_address"]) != (version["chapter"], version["address"]):
        return
    told = _parsed(change["told"])
    if after is not None and told["happened_after"] is not None:
        told["happened_after"] = clock.iso(clock.from_us(max(after, us(told["happened_after"]))))
    if not_later is not None:
        told["not_later_than"] = clock.iso(clock.from_us(min(not_later, us(told["not_later_than"]))))
    if start is not None and told["from"] is not None:
        told["from"] = {**told["from"], "address": start["address"]}
        change["from_address"] = start["address"]
    if end is not None:
        told["to"] = {**told["to"], "address": end["address"]}
        change["to_address"] = end["address"]
    rows.put("view_changes", change | {"told": canonical(told).decode()})


def _parsed(told: Value) -> dict[str, Any]:
    assert isinstance(told, str)
    found = parse(told.encode())
    assert isinstance(found, dict)
    return found


def _stood(payload: Payload) -> tuple[str, str]:
    """Chapter and address of the version that a change starts from, before it is split for it."""
    chapter, address = _key(payload["from"])
    return chapter, payload["place"]["split"]["of"] if "split" in payload["place"] else address


def _key(mark: Payload) -> tuple[str, str]:
    return mark["chapter"], mark["address"]


def _version(rows: Rows, profile: Value, chapter: Value, address: Value) -> Row:
    row = rows.get("view_versions", profile, chapter, address)
    if row is None:
        raise ValueError(f"{profile!s}/{chapter!s} has no version {address!s}")
    return row


def _linked(rows: Rows, row: Row, which: str) -> Row | None:
    """The version in front (`previous`) or behind (`next`)."""
    chapter, address = row[f"{which}_chapter"], row[f"{which}_address"]
    return rows.get("view_versions", row["profile"], chapter, address) if address is not None else None
