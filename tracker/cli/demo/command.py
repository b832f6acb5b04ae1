"""`tracker demo`: six editions of an invented profile and a server error, each through the real pipeline.

Nothing here is pretended: a real store, real HTTP on loopback, real webhooks, verified by a receiver.
"""

import base64
import os
import secrets
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tracker.cli.context import Here
from tracker.cli.demo.site import Hooked, Publisher, Receiver, Served
from tracker.cli.drawing import edit_lines
from tracker.cli.output import dim, is_coloured, say, strong
from tracker.errors import UsageError

if TYPE_CHECKING:
    from tracker.events.types import Change
    from tracker.store import Store

MARK = ".made-by-tracker-demo"
WATCH = "ruritania"
SECRET_NAME = "RURITANIA_DESK_SECRET"
_SETTINGS = """\
# The demo talks to this machine only, and is in no hurry to be polite to it.
[fetch]
allow_addresses = ["127.0.0.0/8"]
host_delay_s = 0
confirm_after_s = [0]
retry_s = []

[notify]
allow_addresses = ["127.0.0.0/8"]
"""


@click.command()
@click.argument("folder", default="demo", type=click.Path(path_type=Path, file_okay=False))
def demo(folder: Path) -> None:
    """Six editions of an invented country's profile and a server error, from page to verified webhook, on loopback.

    Makes FOLDER (demo) with a store that can be tried afterwards; one that an earlier demo made is replaced.
    """
    root = _fresh(folder)
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    os.environ[SECRET_NAME] = secret
    with Publisher() as site, Receiver(lambda headers, body: _is_signed(secret, headers, body)) as desk:
        place = _set_up(root, site.url("/ruritania"), desk.url("/hook"))
        say(strong("tracker demo: the profile of Ruritania, a country that does not exist"))
        say(dim(f"publisher {site.url('/ruritania')}   receiver {desk.url('/hook')}   store {root / 'snapshots'}"))
        with place.store(write=True) as store:
            for number in range(1, 8):
                _publish(site, number)
                _tell(place, store, desk, number)
    _tell_what_next(folder)


def _fresh(folder: Path) -> Path:
    root = folder.resolve()
    if root.exists() and any(root.iterdir()):
        if not (root / MARK).exists():
            raise UsageError(
                "The demo writes over no folder that it did not make", where=str(root), remedy="tracker demo OTHER"
            )
        shutil.rmtree(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / MARK).write_text("tracker demo may replace this folder\n", encoding="utf-8")
    return root


def _set_up(root: Path, page: str, hook: str) -> Here:
    from tracker import settings
    from tracker.events.looks import Watch
    from tracker.notify.configure import add_channel, add_subscription
    from tracker.store import create
    from tracker.watch import configured

    settings.init(root)
    (root / "config" / "tracker.toml").write_text(_SETTINGS, encoding="utf-8")
    place = Here(root, settings.load(root, os.environ))
    create(root / "snapshots" / "log.db")
    configured.add(
        place.watches_file, Watch(name=WATCH, url=page, profile="ruritania", publisher="monitor"), every="6h"
    )
    add_channel(place.subscriptions_file, "desk", "webhook", hook, secret=f"env:{SECRET_NAME}")
    add_subscription(place.subscriptions_file, "everything", ["desk"])
    return place


def _publish(site: Publisher, number: int) -> None:
    from tracker.cli.demo.rendered import as_html
    from tracker.cli.demo.ruritania import LAST, edition

    say()
    if number > LAST:
        say(strong(f"{number}. the publisher's server fails"))
        site.now = Served(500, b"<h1>Internal Server Error</h1>")
        return
    published = edition(number)
    say(strong(f"{number}. {published.what}"))
    site.now = Served(200, as_html(published).encode())


def _tell(place: Here, store: "Store", desk: Receiver, number: int) -> None:
    from tracker.notify.deliver import deliver
    from tracker.watch.once import one_round

    heard = len(desk.hooked)
    parts = place.parts()
    (result,) = one_round(parts, store, names=(), only_due=False, stop=threading.Event(), told=lambda *_: None)
    changes = [store.change(id) for id in result.changes]
    say(f"   checked {result.at[:19]}Z: {result.outcome}" + (f" ({result.detail})" if result.detail else ""))
    if changes and all(c.cause == "first_record" for c in changes):
        for change in changes:
            date = change.after.document_date.isoformat() if change.after.document_date else "undated"
            say(f"   recorded {change.profile}/{change.chapter}, document date {date}")
        _not_reported("a first record is nobody's news: alerts are for what changes from here on")
    for change in changes:
        _show(change)
    deliver(store, place.subscriptions(), place.surroundings())
    for hooked in desk.hooked[heard:]:
        _show_webhook(hooked)
    if result.outcome == "unchanged":
        _not_reported(*_furniture(store, place))
    if result.outcome == "failed":
        _not_reported("no capture, no version: the last version stands, and the log says since when it fails")


def _show(change: "Change") -> None:
    for edit in change.edits:
        for line in edit_lines(edit, coloured=is_coloured()):
            say("   " + line)
    if change.edits and "silent" in change.flags:
        say(dim("   silent edit: the words changed, the printed date did not"))
    if change.edits:
        for edit in change.comparison.neutral:
            reason = {
                "renumbered": "note numbers are labels: the notes are the same",
                "ref_moved": "a reference moved, no word did",
                "format": "other clothes, the same content",
            }[edit.kind]
            _not_reported(f"{edit.kind.replace('_', ' ')} {edit.detail or ''}".strip() + f": {reason}")


def _show_webhook(hooked: Hooked) -> None:
    data = hooked.event.get("data")
    edits = data.get("edits", ()) if isinstance(data, Mapping) else ()
    seal = (
        click.style("signature verified", fg="green") if hooked.is_verified else click.style("BAD SIGNATURE", fg="red")
    )
    say(
        f"   webhook {hooked.headers.get('webhook-id')}: {hooked.event.get('type')} {hooked.event.get('subject')}, "
        f"{len(edits)} {'edit' if len(edits) == 1 else 'edits'}, {seal}"
    )


def _furniture(store: "Store", place: Here) -> tuple[str, ...]:
    from tracker.cli.demo.ruritania import edition

    publisher = place.publishers().named("monitor")
    views = f"This page has been viewed {edition(6).views:,} times."
    rule = next((p.pattern for p in publisher.drop_text if p.search(views)), "")
    sha = store.last_seen(WATCH).body_sha256 or ""
    return (
        f"the bytes differ (sha256 {sha[:12]}…), the document does not",
        "nonce, scripts and cookie bar are page furniture and are never read",
        f"the view counter inside the content is dropped by a rule of publishers/monitor.toml: {rule}",
    )


def _not_reported(*reasons: str) -> None:
    for reason in reasons:
        say(dim(f"   not reported: {reason}"))


def _is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    from tracker.notify.channels.signature import key_of, signature

    try:
        told = signature(key_of(secret), headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    except (KeyError, ValueError):
        return False
    return secrets.compare_digest(told, headers.get("webhook-signature", ""))


def _tell_what_next(folder: Path) -> None:
    say()
    say(strong("Try the store that it leaves:"))
    for command in (
        f"cd {folder}",
        "tracker log",
        "tracker show ruritania/impact",
        "tracker show ruritania/impact --as-of first",
        "tracker diff ruritania/impact first..latest",
        "tracker checks",
        "tracker deliveries list",
        "tracker verify",
    ):
        say(f"   {command}")
