"""Changes for the tests of this room: one of Ruritania, whole, and twins of it in which one detail differs."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any  # the overrides of a builder: dataclasses.replace checks their names

from tracker.document.edit import CellPlace, Comparison, Edit, Salience
from tracker.events.deliveries import Delivery
from tracker.events.types import Change, VersionMark

SEEN = datetime(2026, 8, 14, 9, 30, tzinfo=UTC)
BEFORE = VersionMark(
    chapter="mine-ban-policy",
    address="20260701T093000Z",
    text_sha256="11" * 32,
    norm_sha256="22" * 32,
    document_date=date(2025, 9, 28),
    document_sha256="33" * 32,
    captured_at=datetime(2026, 7, 1, 9, 30, tzinfo=UTC),
    seen_at=datetime(2026, 8, 14, 3, 30, tzinfo=UTC),
)
AFTER = replace(
    BEFORE,
    address="20260814T093000Z",
    text_sha256="44" * 32,
    norm_sha256="55" * 32,
    document_sha256="66" * 32,
    captured_at=SEEN,
    seen_at=SEEN,
)
SENTENCE = Edit(
    id="e_8f2k4c0d1b",
    kind="replaced",
    chapter="mine-ban-policy",
    chapter_title="Mine Ban Policy",
    section=("Use",),
    block="b_5d0c3a91be",
    old="In June 2021 the government of Ruritania said that it had cleared 40 minefields near Strelsau.",
    new="In June 2026 the government of Ruritania said that it had cleared 41 minefields near Strelsau.",
    spans=(
        ("=", "In June "),
        ("-", "2021"),
        ("+", "2026"),
        ("=", " the government of Ruritania said that it had cleared "),
        ("-", "40"),
        ("+", "41"),
        ("=", " minefields near Strelsau."),
    ),
    salience=Salience("high", ("date", "number")),
)
CELL = Edit(
    id="e_0a9b8c7d6e",
    kind="cell_changed",
    chapter="mine-ban-policy",
    chapter_title="Mine Ban Policy",
    section=("Treaty status",),
    block="b_77aa10ff02",
    old="Not a party",
    new="State Party",
    cell=CellPlace("Treaty status overview", "Mine Ban Treaty", "Status"),
    spans=(("-", "Not a party"), ("+", "State Party")),
    salience=Salience("critical", ("treaty status",)),
)
RENUMBERED = Edit(
    id="e_31415926aa",
    kind="renumbered",
    chapter="mine-ban-policy",
    chapter_title="Mine Ban Policy",
    salience=Salience("none"),
    detail="4–11 → 5–12",
)
CHANGE = Change(
    id="c_9e107d9d372bb682",
    profile="ruritania",
    chapter="mine-ban-policy",
    chapter_title="Mine Ban Policy",
    watch="ruritania",
    before=BEFORE,
    after=AFTER,
    happened_after=BEFORE.seen_at,
    not_later_than=SEEN,
    cause="content",
    flags=("silent",),
    salience=Salience("critical", ("treaty status", "date", "number")),
    comparison=Comparison(edits=(SENTENCE, CELL), neutral=(RENUMBERED,)),
    source_url="https://monitor.example/profiles/ruritania",
    engine="compare/1",
    recorded_at=datetime(2026, 8, 14, 9, 30, 1, 250000, tzinfo=UTC),
)


def change(*, edits: tuple[Edit, ...] | None = None, level: Any = None, **other: Any) -> Change:
    """The change of Ruritania, but for what is named. level: of its salience."""
    made = CHANGE if edits is None else replace(CHANGE, comparison=Comparison(edits=edits))
    if level is not None:
        other["salience"] = Salience(level, ("number",))
    return replace(made, **other)


def edit(**other: Any) -> Edit:
    """A sentence replaced, but for what is named."""
    return replace(SENTENCE, **other)


def delivery(*, attempts: int = 0, owed_at: datetime = SEEN) -> Delivery:
    """A delivery that is owed."""
    return Delivery(
        id="d_0123456789abcdef",
        change=CHANGE.id,
        subscription="everything",
        channel="desk",
        profile="ruritania",
        state="retrying" if attempts else "owed",
        attempts=attempts,
        owed_at=owed_at,
        next_at=owed_at,
    )
