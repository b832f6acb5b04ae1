"""The tables of the views of pages and their history: watches, snapshots, chapters, versions, changes, checks."""

from sqlalchemy import Index, Text
from sqlmodel import Field

from tracker.store.columns import BYTES, INT, STRICT, Rows


class ViewCursorRow(Rows, table=True):
    """To which position the views are folded."""

    __tablename__ = "view_cursor"
    __table_args__ = (STRICT,)
    log_id: int = Field(sa_type=INT, primary_key=True)
    position: int = Field(sa_type=INT)


class WatchViewRow(Rows, table=True):
    """A watch: as configured, what stands, what is doubted, where it went, how it goes.

    seen_at: the last check that still saw the standing text; read_at: that read it, and did not only hear a 304.
    unread: 304s in a row since then. missing_*: of 404 and 410. moved_*: of permanent redirects to one address.
    """

    __tablename__ = "view_watches"
    __table_args__ = (STRICT,)
    watch: str = Field(sa_type=Text, primary_key=True)
    url: str = Field(sa_type=Text)
    profile: str | None = Field(sa_type=Text)
    publisher: str | None = Field(sa_type=Text)
    every_s: int | None = Field(sa_type=INT)
    state: str = Field(sa_type=Text)
    added_at: int = Field(sa_type=INT)
    # what stands: the last accepted snapshot
    read_profile: str | None = Field(sa_type=Text)
    read_as: str | None = Field(sa_type=Text)
    title: str | None = Field(sa_type=Text)
    accepted_position: int | None = Field(sa_type=INT)
    accepted_at: int | None = Field(sa_type=INT)
    body_sha256: bytes | None = Field(sa_type=BYTES)
    text_sha256: bytes | None = Field(sa_type=BYTES)
    etag: str | None = Field(sa_type=Text)
    last_modified: str | None = Field(sa_type=Text)
    vary: str | None = Field(sa_type=Text)
    variant: str | None = Field(sa_type=Text)
    seen_at: int | None = Field(sa_type=INT)
    read_at: int | None = Field(sa_type=INT)
    unread: int = Field(sa_type=INT)
    # what is doubted: a suspect capture that waits for confirmation
    suspect_position: int | None = Field(sa_type=INT)
    suspect_text_sha256: bytes | None = Field(sa_type=BYTES)
    suspect_reason: str | None = Field(sa_type=Text)
    suspect_since: int | None = Field(sa_type=INT)
    suspect_at: int | None = Field(sa_type=INT)
    suspect_agreed: int = Field(sa_type=INT)
    # where it went: answers that there is no such page, and permanent redirects, in a row
    missing_since: int | None = Field(sa_type=INT)
    missing_seen: int = Field(sa_type=INT)
    missing_410: int = Field(sa_type=INT)
    gone_at: int | None = Field(sa_type=INT)
    moved_to: str | None = Field(sa_type=Text)
    moved_seen: int = Field(sa_type=INT)
    # how it goes
    failed_since: int | None = Field(sa_type=INT)
    failures: int = Field(sa_type=INT)
    checks: int = Field(sa_type=INT)
    last_check_at: int | None = Field(sa_type=INT)
    last_outcome: str | None = Field(sa_type=Text)
    last_status: int | None = Field(sa_type=INT)
    last_detail: str = Field(sa_type=Text)


class SnapshotViewRow(Rows, table=True):
    """A recorded capture. source: where it was imported from (`folder`, `warc`, `wayback`); NULL for a look of ours."""

    __tablename__ = "view_snapshots"
    __table_args__ = (Index("view_snapshots_by_watch", "watch", "position"), STRICT)
    position: int = Field(sa_type=INT, primary_key=True)
    watch: str = Field(sa_type=Text)
    captured_at: int = Field(sa_type=INT)
    status: int = Field(sa_type=INT)
    body_sha256: bytes = Field(sa_type=BYTES)
    body_bytes: int = Field(sa_type=INT)
    text_sha256: bytes | None = Field(sa_type=BYTES)
    verdict: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    source: str | None = Field(sa_type=Text)


class ChapterViewRow(Rows, table=True):
    """A chapter that was ever recorded, and its newest version."""

    __tablename__ = "view_chapters"
    __table_args__ = (STRICT,)
    profile: str = Field(sa_type=Text, primary_key=True)
    chapter: str = Field(sa_type=Text, primary_key=True)
    title: str = Field(sa_type=Text)
    watch: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    versions: int = Field(sa_type=INT)


class VersionViewRow(Rows, table=True):
    """A version of a chapter; hashes NULL where it was gone.

    captured_at: of the first capture that shows it, ended_at: of the first of the version behind it; both move when
    captures in between are imported. seen_at: the last sight of it; NULL while it stands. next_*: what is behind it.
    """

    __tablename__ = "view_versions"
    __table_args__ = (STRICT,)
    profile: str = Field(sa_type=Text, primary_key=True)
    chapter: str = Field(sa_type=Text, primary_key=True)
    address: str = Field(sa_type=Text, primary_key=True)
    title: str = Field(sa_type=Text)
    position: int = Field(sa_type=INT)
    change: str = Field(sa_type=Text)
    watch: str = Field(sa_type=Text)
    text_sha256: bytes | None = Field(sa_type=BYTES)
    norm_sha256: bytes | None = Field(sa_type=BYTES)
    document_sha256: bytes | None = Field(sa_type=BYTES)
    document_date: str | None = Field(sa_type=Text)
    captured_at: int = Field(sa_type=INT)
    recorded_at: int = Field(sa_type=INT)
    ended_at: int | None = Field(sa_type=INT)
    seen_at: int | None = Field(sa_type=INT)
    previous_chapter: str | None = Field(sa_type=Text)
    previous_address: str | None = Field(sa_type=Text)
    next_chapter: str | None = Field(sa_type=Text)
    next_address: str | None = Field(sa_type=Text)


class AcceptedViewRow(Rows, table=True):
    """What the last accepted snapshot of a watch that had a chapter says of it. position, url: of that snapshot."""

    __tablename__ = "view_accepted"
    __table_args__ = (STRICT,)
    watch: str = Field(sa_type=Text, primary_key=True)
    chapter: str = Field(sa_type=Text, primary_key=True)
    position: int = Field(sa_type=INT)
    url: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    text_sha256: bytes = Field(sa_type=BYTES)
    norm_sha256: bytes = Field(sa_type=BYTES)
    document_sha256: bytes = Field(sa_type=BYTES)
    document_date: str | None = Field(sa_type=Text)


class VolatileViewRow(Rows, table=True):
    """A block, or a section's set of blocks ("§" and its path), that changes of itself. at: when it last did."""

    __tablename__ = "view_volatile"
    __table_args__ = (STRICT,)
    watch: str = Field(sa_type=Text, primary_key=True)
    chapter: str = Field(sa_type=Text, primary_key=True)
    block: str = Field(sa_type=Text, primary_key=True)
    at: int = Field(sa_type=INT)


class LiarViewRow(Rows, table=True):
    """A host that gave the same validator to different texts: which watch saw it, when last."""

    __tablename__ = "view_liars"
    __table_args__ = (STRICT,)
    host: str = Field(sa_type=Text, primary_key=True)
    watch: str = Field(sa_type=Text)
    at: int = Field(sa_type=INT)


class ChangeViewRow(Rows, table=True):
    """A change; its comparison is in the event at `position`. flags: joined by blanks.

    told: the event's payload in full (bodies.change_in_full), JSON, without comparison and alerts, its interval and
    addresses as imports refined them. superseded_by: the change that took its place when a version was put in between.
    """

    __tablename__ = "view_changes"
    __table_args__ = (
        Index("view_changes_by_id", "id"),
        Index("view_changes_by_chapter", "profile", "chapter", "position"),
        STRICT,
    )
    position: int = Field(sa_type=INT, primary_key=True)
    id: str = Field(sa_type=Text)
    profile: str = Field(sa_type=Text)
    chapter: str = Field(sa_type=Text)
    from_address: str | None = Field(sa_type=Text)
    to_address: str = Field(sa_type=Text)
    recorded_at: int = Field(sa_type=INT)
    cause: str = Field(sa_type=Text)
    level: str = Field(sa_type=Text)
    flags: str = Field(sa_type=Text)
    watch: str = Field(sa_type=Text)
    told: str = Field(sa_type=Text)
    superseded_by: str | None = Field(sa_type=Text)


class CheckViewRow(Rows, table=True):
    """The last checks of each watch: the check numbered n stands in slot n mod 100 and pushes out the one before."""

    __tablename__ = "view_checks"
    __table_args__ = (STRICT,)
    watch: str = Field(sa_type=Text, primary_key=True)
    slot: int = Field(sa_type=INT, primary_key=True)
    number: int = Field(sa_type=INT)
    position: int = Field(sa_type=INT)
    at: int = Field(sa_type=INT)
    outcome: str = Field(sa_type=Text)
    status: int | None = Field(sa_type=INT)
    detail: str = Field(sa_type=Text)
    body_sha256: bytes | None = Field(sa_type=BYTES)


class PageViewRow(Rows, table=True):
    """A page that was found listed and is not watched, or that is not wanted. key: its canonical address."""

    __tablename__ = "view_pages"
    __table_args__ = (STRICT,)
    key: str = Field(sa_type=Text, primary_key=True)
    url: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    wanted: str = Field(sa_type=Text)
    publisher: str | None = Field(sa_type=Text)
    source: str | None = Field(sa_type=Text)
    lastmod: str | None = Field(sa_type=Text)
    position: int | None = Field(sa_type=INT)
    discovered_at: int | None = Field(sa_type=INT)
    refused_at: int | None = Field(sa_type=INT)
