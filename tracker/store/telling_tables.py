"""The tables of the views of who is told: alerts, deliveries, channels, troubles, mutes, disputes."""

from sqlalchemy import Index, Text
from sqlmodel import Field

from tracker.store.columns import BYTES, INT, STRICT, Rows


class AlertViewRow(Rows, table=True):
    """A change routed to a subscription. told_when: as the subscription said. state: held, told, cancelled or muted.

    delivery: the message that tells it. host: of the page. from_norm, to_norm: comparison hashes of the two versions.
    """

    __tablename__ = "view_alerts"
    __table_args__ = (
        Index("view_alerts_by_change", "change"),
        Index("view_alerts_by_delivery", "delivery", "position", "ordinal"),
        STRICT,
    )
    alert: str = Field(sa_type=Text, primary_key=True)
    change: str = Field(sa_type=Text)
    subscription: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    told_when: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    position: int = Field(sa_type=INT)
    ordinal: int = Field(sa_type=INT)
    recorded_at: int = Field(sa_type=INT)
    profile: str = Field(sa_type=Text)
    chapter: str = Field(sa_type=Text)
    cause: str = Field(sa_type=Text)
    level: str = Field(sa_type=Text)
    watch: str = Field(sa_type=Text)
    host: str = Field(sa_type=Text)
    from_norm: bytes | None = Field(sa_type=BYTES)
    to_norm: bytes | None = Field(sa_type=BYTES)
    delivery: str | None = Field(sa_type=Text)


class DeliveryViewRow(Rows, table=True):
    """One message owed to one channel, as it stands. position, ordinal: where it was owed, which orders deliveries.

    change, subscription: of its first alert, "" where it has none. group_key: what it was grouped by. about: JSON of
    what a message without changes tells. composed_at: when it was made; owed_at: when it was owed last, also once more.
    taken: of the receivers of one message, those who have it, as hashes joined by blanks.
    """

    __tablename__ = "view_deliveries"
    __table_args__ = (
        Index("view_deliveries_by_position", "position", "ordinal"),
        Index("view_deliveries_by_key", "channel", "group_key", "position"),
        STRICT,
    )
    delivery: str = Field(sa_type=Text, primary_key=True)
    position: int = Field(sa_type=INT)
    ordinal: int = Field(sa_type=INT)
    form: str = Field(sa_type=Text)
    change: str = Field(sa_type=Text)
    subscription: str = Field(sa_type=Text)
    alerts: int = Field(sa_type=INT)
    channel: str = Field(sa_type=Text)
    profile: str = Field(sa_type=Text)
    group_key: str = Field(sa_type=Text)
    about: str | None = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    attempts: int = Field(sa_type=INT)
    composed_at: int = Field(sa_type=INT)
    owed_at: int = Field(sa_type=INT)
    next_at: int | None = Field(sa_type=INT)
    last_at: int | None = Field(sa_type=INT)
    last_status: int | None = Field(sa_type=INT)
    last_error: str | None = Field(sa_type=Text)
    body_sha256: bytes | None = Field(sa_type=BYTES)
    shrunk: int = Field(sa_type=INT)
    taken: str = Field(sa_type=Text)
    reason: str | None = Field(sa_type=Text)


class ChannelViewRow(Rows, table=True):
    """How a channel has done: since when it fails or refuses us, how often, and since when nothing is sent to it.

    closed_until: what its receiver last asked us to wait.
    """

    __tablename__ = "view_channels"
    __table_args__ = (STRICT,)
    channel: str = Field(sa_type=Text, primary_key=True)
    last_ok_at: int | None = Field(sa_type=INT)
    failing_since: int | None = Field(sa_type=INT)
    failures: int = Field(sa_type=INT)
    refused_since: int | None = Field(sa_type=INT)
    refusals: int = Field(sa_type=INT)
    closed_until: int | None = Field(sa_type=INT)
    disabled_at: int | None = Field(sa_type=INT)
    why: str = Field(sa_type=Text)


class TroubleViewRow(Rows, table=True):
    """Something the operator has to know. ended_at: since when it is over."""

    __tablename__ = "view_troubles"
    __table_args__ = (STRICT,)
    kind: str = Field(sa_type=Text, primary_key=True)
    subject: str = Field(sa_type=Text, primary_key=True)
    detail: str = Field(sa_type=Text)
    since: int = Field(sa_type=INT)
    ended_at: int | None = Field(sa_type=INT)


class MuteViewRow(Rows, table=True):
    """A subscription that a person silenced. until: NULL for until it is unmuted. ended_at: when it was."""

    __tablename__ = "view_mutes"
    __table_args__ = (STRICT,)
    subscription: str = Field(sa_type=Text, primary_key=True)
    since: int = Field(sa_type=INT)
    until: int | None = Field(sa_type=INT)
    reason: str = Field(sa_type=Text)
    ended_at: int | None = Field(sa_type=INT)


class DisputeViewRow(Rows, table=True):
    """A change that a person calls a false alarm. withdrawn: 1 where they took that back."""

    __tablename__ = "view_disputes"
    __table_args__ = (STRICT,)
    change: str = Field(sa_type=Text, primary_key=True)
    at: int = Field(sa_type=INT)
    reason: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    withdrawn: int = Field(sa_type=INT)
