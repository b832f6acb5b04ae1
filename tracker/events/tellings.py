"""Payloads of the events of who is told, and their streams. Pure.

Streams: `delivery/<delivery>`, `channel/<channel>`, `trouble/<kind>/<subject>`, `subscription/<id>`, `alerts`,
`dispute/<change>`.
"""

from collections.abc import Sequence
from datetime import datetime

from tracker import clock
from tracker.events.codec import UPCASTERS, Payload
from tracker.events.deliveries import Attempt, Composed, Delivery, Dispute, Mute, Trouble
from tracker.events.types import NewEvent

ALERTS = "alerts"
OWED_DIRECTLY = ""  # `when` of an alert of the first schema: its delivery was owed with the change itself


@UPCASTERS.step("change.detected", 1)
def _alerts_owed_directly(payload: Payload) -> Payload:
    """Alerts of the first schema were deliveries: they have no word of when they are told."""
    alerts = payload.get("alerts")
    if not isinstance(alerts, list):
        return payload
    return {**payload, "alerts": [[*alert, OWED_DIRECTLY] for alert in alerts]}


def delivery_stream(delivery: str) -> str:
    """The stream of a delivery: that it is owed, and its attempts."""
    return f"delivery/{delivery}"


def channel_stream(channel: str) -> str:
    """The stream of a channel: when it was disabled and enabled."""
    return f"channel/{channel}"


def delivery_composed(composed: Composed) -> NewEvent:
    """`delivery.composed`: a message is owed to a channel, made of these alerts."""
    payload: dict[str, object] = {
        "delivery": composed.delivery,
        "channel": composed.channel,
        "form": composed.form,
        "profile": composed.profile,
        "alerts": list(composed.alerts),
        "key": composed.key,
        "about": dict(composed.about) if composed.about is not None else None,
    }
    return NewEvent(stream=delivery_stream(composed.delivery), type="delivery.composed", payload=payload)


def alerts_dropped(alerts: Sequence[str], reason: str, at: datetime) -> NewEvent:
    """`alerts.dropped`: these are not told: `cancelled` (what changed was changed back meanwhile) or `muted`."""
    payload = {"alerts": list(alerts), "reason": reason, "at": clock.iso(at)}
    return NewEvent(stream=ALERTS, type="alerts.dropped", payload=payload)


def delivery_attempted(
    kind: str,
    delivery: Delivery,
    attempt: Attempt,
    at: datetime,
    retry_at: datetime | None,
    *,
    shrink: bool = False,
    reason: str | None = None,
) -> NewEvent:
    """`delivery.sent`, `delivery.failed` (another try is due at `retry_at`) or `delivery.dead` (given up).

    attempt: how many tries are spent now; a deferral asked for by the channel spends none. shrink: the next try is of
    the message rendered smaller. reason: why it was given up.
    """
    payload: dict[str, object] = {
        "delivery": delivery.id,
        "change": delivery.change,
        "channel": delivery.channel,
        "attempt": delivery.attempts + (1 if attempt.spends else 0),
        "at": clock.iso(at),
        "status": attempt.status,
        "error": attempt.error,
        "body_sha256": attempt.body_sha256,
        "retry_at": clock.iso(retry_at) if retry_at else None,
    }
    extra = {
        "elapsed_ms": attempt.elapsed_ms,
        "answer": attempt.answer or None,
        "note": attempt.note or None,
        "refused": attempt.refuses_us or None,
        "taken": list(attempt.taken) or None,
        "asked_s": attempt.retry_after_s if not attempt.spends and attempt.status is not None else None,
        "shrink": shrink or None,
        "anew": attempt.anew or None,
        "reason": reason or attempt.reason,
    }
    payload |= {key: value for key, value in extra.items() if value is not None}
    return NewEvent(stream=delivery_stream(delivery.id), type=f"delivery.{kind}", payload=payload)


def delivery_replayed(delivery: Delivery, at: datetime) -> NewEvent:
    """`delivery.replayed`: a message that was given up, or was sent, is owed once more, with the same id and bytes."""
    payload = {"delivery": delivery.id, "channel": delivery.channel, "at": clock.iso(at)}
    return NewEvent(stream=delivery_stream(delivery.id), type="delivery.replayed", payload=payload)


def channel_disabled(channel: str, why: str, at: datetime) -> NewEvent:
    """`channel.disabled`: nothing is sent to it; what is owed stays owed."""
    payload = {"channel": channel, "why": why, "at": clock.iso(at)}
    return NewEvent(stream=channel_stream(channel), type="channel.disabled", payload=payload)


def channel_enabled(channel: str, at: datetime) -> NewEvent:
    """`channel.enabled`: it is sent to again, and its failures are forgotten."""
    payload = {"channel": channel, "at": clock.iso(at)}
    return NewEvent(stream=channel_stream(channel), type="channel.enabled", payload=payload)


def trouble_began(trouble: Trouble) -> NewEvent:
    """`trouble.began`: something that the operator has to know."""
    payload = {
        "kind": trouble.kind,
        "subject": trouble.subject,
        "detail": trouble.detail,
        "since": clock.iso(trouble.since),
    }
    return NewEvent(stream=f"trouble/{trouble.kind}/{trouble.subject}", type="trouble.began", payload=payload)


def trouble_ended(trouble: Trouble, at: datetime) -> NewEvent:
    """`trouble.ended`: it is over."""
    payload = {"kind": trouble.kind, "subject": trouble.subject, "at": clock.iso(at)}
    return NewEvent(stream=f"trouble/{trouble.kind}/{trouble.subject}", type="trouble.ended", payload=payload)


def subscription_muted(mute: Mute) -> NewEvent:
    """`subscription.muted`: nobody is told by it until then."""
    payload = {
        "subscription": mute.subscription,
        "since": clock.iso(mute.since),
        "until": clock.iso(mute.until) if mute.until else None,
        "reason": mute.reason,
    }
    return NewEvent(stream=f"subscription/{mute.subscription}", type="subscription.muted", payload=payload)


def subscription_unmuted(subscription: str, at: datetime) -> NewEvent:
    """`subscription.unmuted`: it is told again."""
    payload = {"subscription": subscription, "at": clock.iso(at)}
    return NewEvent(stream=f"subscription/{subscription}", type="subscription.unmuted", payload=payload)


def change_disputed(dispute: Dispute, *, withdrawn: bool = False) -> NewEvent:
    """`change.disputed`: a person says of a change that it was a false alarm, or takes that back."""
    payload = {
        "change": dispute.change,
        "at": clock.iso(dispute.at),
        "reason": dispute.reason,
        "by": dispute.by,
        "withdrawn": withdrawn,
    }
    return NewEvent(stream=f"dispute/{dispute.change}", type="change.disputed", payload=payload)
