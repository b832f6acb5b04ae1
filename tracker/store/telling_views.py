"""From events of who is told to rows: alerts, deliveries, channels, troubles, mutes, disputes. Pure.

Called by views.py and chapter_views.py alone.
"""

from collections.abc import Callable, Mapping

from tracker import clock
from tracker.document.salience import salience_of
from tracker.events.codec import canonical
from tracker.events.deliveries import AT_ONCE
from tracker.events.tellings import OWED_DIRECTLY
from tracker.events.types import Event
from tracker.store.folding import Effect, Hold, Owe, Payload, Release, Retry, Settle, count, host_of, unhex, us
from tracker.store.rows import Row, Rows


def alerts_of(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    """Fold the alerts of a change (its payload in full): each waits to be told."""
    at = clock.to_us(event.recorded_at)
    before, after = payload["from"], payload["to"]
    effects: list[Effect] = []
    for ordinal, (alert, subscription, channel, *said) in enumerate(payload["alerts"]):
        if rows.get("view_alerts", alert) is not None:
            continue  # the same alert under the same id is told once
        when = said[0] if said else AT_ONCE
        is_direct = when == OWED_DIRECTLY
        rows.put(
            "view_alerts",
            {
                "alert": alert,
                "change": payload["id"],
                "subscription": subscription,
                "channel": channel,
                "told_when": when,
                "state": "told" if is_direct else "held",
                "position": event.position,
                "ordinal": ordinal,
                "recorded_at": at,
                "profile": payload["profile"],
                "chapter": payload["chapter"],
                "cause": payload["cause"],
                "level": salience_of(payload["salience"]).level,
                "watch": payload["watch"],
                "host": host_of(payload["source_url"]),
                "from_norm": unhex(before["norm_sha256"]) if before else None,
                "to_norm": unhex(after["norm_sha256"]),
                "delivery": alert if is_direct else None,
            },
        )
        if is_direct:
            owed = {"channel": channel, "profile": payload["profile"], "position": event.position, "ordinal": ordinal}
            owed |= {"form": "single", "change": payload["id"], "subscription": subscription, "alerts": 1}
            effects += _owe(alert, {**owed, "group_key": "", "about": None}, at, rows)
        else:
            effects.append(Hold(alert, 0))
    return tuple(effects)


def _owe(delivery: str, told: Mapping[str, object], at: int, rows: Rows) -> tuple[Effect, ...]:
    row: Row = {
        "delivery": delivery,
        "state": "owed",
        "attempts": 0,
        "composed_at": at,
        "owed_at": at,
        "next_at": at,
        "last_at": None,
        "last_status": None,
        "last_error": None,
        "body_sha256": None,
        "shrunk": 0,
        "taken": "",
        "reason": None,
        **told,  # type: ignore[dict-item]  # columns of the same row
    }
    rows.put("view_deliveries", row)
    place = count(row["position"]), count(row["ordinal"])
    return (Owe(delivery, str(row["channel"]), str(row["profile"]), *place, 0),)


def _composed(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    delivery = payload["delivery"]
    if rows.get("view_deliveries", delivery) is not None:
        raise ValueError(f"there is a delivery {delivery!r} already")
    effects: list[Effect] = []
    first: Row | None = None
    for alert in payload["alerts"]:
        row = _held(alert, rows)
        first = first or row
        rows.put("view_alerts", row | {"state": "told", "delivery": delivery})
        effects.append(Release(alert))
    told = {
        "position": event.position,
        "ordinal": 0,
        "form": payload["form"],
        "change": first["change"] if first is not None else "",
        "subscription": first["subscription"] if first is not None else "",
        "alerts": len(payload["alerts"]),
        "channel": payload["channel"],
        "profile": payload["profile"],
        "group_key": payload["key"],
        "about": canonical(payload["about"]).decode() if payload["about"] is not None else None,
    }
    return (*effects, *_owe(delivery, told, clock.to_us(event.recorded_at), rows))


def _held(alert: str, rows: Rows) -> Row:
    row = rows.get("view_alerts", alert)
    if row is None or row["state"] != "held":
        raise ValueError(f"there is no alert {alert!r} that waits")
    return row


def _dropped(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    for alert in payload["alerts"]:
        rows.put("view_alerts", _held(alert, rows) | {"state": payload["reason"]})
    return tuple(Release(alert) for alert in payload["alerts"])


# ---------------------------------------------------------------- attempts


def _attempted(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    row = rows.get("view_deliveries", payload["delivery"])
    if row is None:
        raise ValueError(f"there is no delivery {payload['delivery']!r}")
    retry_at = us(payload["retry_at"]) if payload["retry_at"] is not None else None
    kind = event.type.removeprefix("delivery.")
    if (kind == "failed") != (retry_at is not None):
        raise ValueError(f"{event.type} of {payload['delivery']!r}: only a failed try has a next one")
    _count_try(kind, payload, payload["attempt"] > count(row["attempts"]), rows)
    if row["state"] not in ("owed", "retrying") and kind != "sent":  # it was given up while it was tried
        tried: Row = {"last_at": us(payload["at"]), "last_status": payload["status"], "last_error": payload["error"]}
        rows.put("view_deliveries", row | tried)
        return ()
    is_smaller = payload.get("shrink", False)
    is_anew = is_smaller or payload.get("anew", False)
    body_sha256 = unhex(payload.get("body_sha256")) or row["body_sha256"]
    row |= {
        "state": "retrying" if kind == "failed" else kind,
        "attempts": payload["attempt"],
        "next_at": retry_at,
        "last_at": us(payload["at"]),
        "last_status": payload["status"],
        "last_error": payload["error"],
        "body_sha256": None if is_anew else body_sha256,
        "shrunk": count(row["shrunk"]) + (1 if is_smaller else 0),
        "taken": " ".join(dict.fromkeys((*str(row["taken"]).split(), *payload.get("taken", ())))),
        "reason": payload.get("reason") if kind == "dead" else None,
    }
    rows.put("view_deliveries", row)
    return (
        Settle(payload["delivery"], kind == "dead")
        if retry_at is None
        else Retry(payload["delivery"], retry_at, is_anew),
    )


def _replayed(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    row = rows.get("view_deliveries", payload["delivery"])
    if row is None:
        raise ValueError(f"there is no delivery {payload['delivery']!r}")
    if row["state"] in ("owed", "retrying"):
        return ()  # it is owed already
    at = clock.to_us(event.recorded_at)
    if row["state"] == "sent":  # its bytes were not kept: it is rendered anew
        row |= {"body_sha256": None, "taken": ""}
    rows.put("view_deliveries", row | {"state": "owed", "attempts": 0, "owed_at": at, "next_at": at, "reason": None})
    place = count(row["position"]), count(row["ordinal"])
    return (Owe(payload["delivery"], str(row["channel"]), str(row["profile"]), *place, 0),)


def _count_try(kind: str, payload: Payload, is_spent: bool, rows: Rows) -> None:
    """What a try says of its channel. Being asked to come later says that and nothing else."""
    row = _channel(payload["channel"], rows)
    at = us(payload["at"])
    if not is_spent and kind != "sent":
        if payload.get("asked_s") is not None:
            until = at + payload["asked_s"] * 1_000_000
            rows.put("view_channels", row | {"closed_until": max(until, count(row["closed_until"] or 0))})
        return
    if kind == "sent":
        row |= {"last_ok_at": at, "closed_until": None, **_WELL}
    else:
        row |= {"failing_since": row["failing_since"] or at, "failures": count(row["failures"]) + 1}
        if payload.get("refused"):
            row |= {"refused_since": row["refused_since"] or at, "refusals": count(row["refusals"]) + 1}
        else:
            row |= {"refused_since": None, "refusals": 0}
    rows.put("view_channels", row)


_WELL: Row = {"failing_since": None, "failures": 0, "refused_since": None, "refusals": 0}


def _channel(name: str, rows: Rows) -> Row:
    new: Row = {"channel": name, "last_ok_at": None, **_WELL, "closed_until": None, "disabled_at": None, "why": ""}
    return rows.get("view_channels", name) or new


def _channel_switched(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    row = _channel(payload["channel"], rows)
    if event.type == "channel.disabled":
        row |= {"disabled_at": us(payload["at"]), "why": payload["why"]}
    else:
        row |= {"disabled_at": None, "why": "", "closed_until": None, **_WELL}
    rows.put("view_channels", row)
    return ()


# ---------------------------------------------------------------- troubles, mutes, disputes


def _trouble(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    kind, subject = payload["kind"], payload["subject"]
    if event.type == "trouble.began":
        row: Row = {"kind": kind, "subject": subject, "detail": payload["detail"], "since": us(payload["since"])}
        rows.put("view_troubles", row | {"ended_at": None})
        return ()
    begun = rows.get("view_troubles", kind, subject)
    if begun is None:
        raise ValueError(f"there is no trouble {kind}/{subject}")
    rows.put("view_troubles", begun | {"ended_at": us(payload["at"])})
    return ()


def _mute(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    subscription = payload["subscription"]
    if event.type == "subscription.muted":
        until = us(payload["until"]) if payload["until"] is not None else None
        since, standing = us(payload["since"]), rows.get("view_mutes", subscription)
        if (
            standing is not None
            and standing["ended_at"] is None
            and (standing["until"] is None or count(standing["until"]) >= since)
        ):
            since = count(standing["since"])  # it goes on
        row: Row = {"subscription": subscription, "since": since, "until": until}
        rows.put("view_mutes", row | {"reason": payload["reason"], "ended_at": None})
    elif (muted := rows.get("view_mutes", subscription)) is not None:
        rows.put("view_mutes", muted | {"ended_at": us(payload["at"])})
    return ()


def _disputed(event: Event, payload: Payload, rows: Rows) -> tuple[Effect, ...]:
    row: Row = {"change": payload["change"], "at": us(payload["at"]), "reason": payload["reason"], "by": payload["by"]}
    rows.put("view_disputes", row | {"withdrawn": 1 if payload["withdrawn"] else 0})
    return ()


FOLDS: Mapping[str, Callable[[Event, Payload, Rows], tuple[Effect, ...]]] = {
    "alerts.dropped": _dropped,
    "delivery.composed": _composed,
    "delivery.sent": _attempted,
    "delivery.failed": _attempted,
    "delivery.dead": _attempted,
    "delivery.replayed": _replayed,
    "channel.disabled": _channel_switched,
    "channel.enabled": _channel_switched,
    "trouble.began": _trouble,
    "trouble.ended": _trouble,
    "subscription.muted": _mute,
    "subscription.unmuted": _mute,
    "change.disputed": _disputed,
}
