"""`tracker subs add`, `rm`, `list`, `lint`: who hears of which changes. What comes of it: explaining.py."""

from typing import TYPE_CHECKING

import click

from tracker.cli.context import Here, here
from tracker.cli.explaining import explain, simulate
from tracker.cli.output import emit_json, note, say, strong, table
from tracker.errors import UsageError
from tracker.notify.render.redline import safe
from tracker.notify.render.wording import many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tracker.notify.lint import Finding
    from tracker.notify.rules import Match, Send, Subscription


@click.group()
def subs() -> None:
    """Who hears of which changes."""


subs.add_command(explain)
subs.add_command(simulate)


@subs.command("add")
@click.argument("id")
@click.option("--to", "to", required=True, multiple=True, help="A channel; may be given several times.")
@click.option("--profile", multiple=True, help="Only these profiles (globs).")
@click.option("--group", multiple=True, help="Only the profiles of these [groups].")
@click.option("--chapter", multiple=True, help="Only these chapters (globs).")
@click.option("--section", multiple=True, help="Only these sections (globs over titles).")
@click.option("--kind", multiple=True, help="Only these kinds of edits (globs): added, section_* …")
@click.option("--cause", multiple=True, help="Only these causes; content, reversion, removed, restored if left out.")
@click.option("--salience", help="The least that is told: low, normal, high or critical.")
@click.option("--text", "texts", multiple=True, help="Only edits with one of these words, or a /regular expression/.")
@click.option("--side", "sides", multiple=True, help="Look for the words only in what was added, or removed.")
@click.option("--not", "without", multiple=True, metavar="KEY=VALUE", help="But not these: section=sources.")
@click.option("--when", help="instant, daily 07:30 or weekly mon 07:30, on the channel's clock.")
@click.option("--owner", help="Whose subscription it is.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def subs_add(
    id: str,
    to: tuple[str, ...],
    profile: tuple[str, ...],
    group: tuple[str, ...],
    chapter: tuple[str, ...],
    section: tuple[str, ...],
    kind: tuple[str, ...],
    cause: tuple[str, ...],
    salience: str | None,
    texts: tuple[str, ...],
    sides: tuple[str, ...],
    without: tuple[str, ...],
    when: str | None,
    owner: str | None,
    as_json: bool,
) -> None:
    """Write subscription ID into the configuration."""
    from tracker.notify.configure import add_subscription
    from tracker.notify.match import rule_words

    place = here()
    written = add_subscription(
        place.subscriptions_file,
        id,
        to,
        profiles=profile,
        groups=group,
        chapters=chapter,
        sections=section,
        kinds=kind,
        causes=cause,
        salience=salience,
        texts=texts,
        sides=sides,
        without=_pairs(without),
        when=when,
        owner=owner,
    )
    made = written.subscription(id)
    assert made is not None, "what was written was read back"
    if as_json:
        emit_json(_subscription_json(made))
        return
    say(f"subscription {id} to {', '.join(to)}: {rule_words(made)}{f', {when}' if when else ''}")
    note(f"How much that would have been: tracker subs simulate --since 90d --subscription {id}")


def _pairs(given: "Sequence[str]") -> "dict[str, list[str]]":
    found: dict[str, list[str]] = {}
    for one in given:
        key, sign, value = one.partition("=")
        if not sign or not key.strip() or not value.strip():
            raise UsageError("Not a key and a value", where=f"--not {one}", remedy="Write --not section=sources")
        found.setdefault(key.strip(), []).append(value.strip())
    return found


@subs.command("rm")
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def subs_rm(id: str, as_json: bool) -> None:
    """Take subscription ID out of the configuration; what waits or is owed already is still told."""
    from tracker.errors import NoStore
    from tracker.notify.configure import remove_subscription

    place = here()
    remove_subscription(place.subscriptions_file, id)
    try:
        with place.store() as store:
            held = len(store.held(subscription=id))
    except NoStore:  # a configuration can be written before there is a store
        held = 0
    if as_json:
        emit_json({"removed": id, "held": held})
        return
    say(f"subscription {id} removed")
    if held:
        many = "1 alert that waited for it is" if held == 1 else f"{held} alerts that waited for it are"
        note(f"{many} told now, those of a digest in one message: by tracker run, or tracker deliver")


@subs.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def subs_list(as_json: bool) -> None:
    """The configured subscriptions."""
    from tracker.notify.match import rule_words

    found = here().subscriptions().subscriptions
    if as_json:
        emit_json([_subscription_json(one) for one in found])
    elif found:
        rows = [[s.id, ", ".join(map(_send_words, s.sends)), rule_words(s), s.owner] for s in found]
        table(rows, ("subscription", "to", "rule", "owner"))
    else:
        note("No subscription is configured: tracker subs add ID --to CHANNEL")


def _send_words(send: "Send") -> str:
    return send.to if not send.when.is_digest else f"{send.to} ({send.when})"


def _subscription_json(subscription: "Subscription") -> dict[str, object]:
    from tracker.notify.match import rule_words
    from tracker.notify.rules import DEFAULT_CAUSES

    return {
        "id": subscription.id,
        "owner": subscription.owner,
        "to": list(subscription.to),
        "rule": rule_words(subscription),
        "match": _match_json(subscription.match, DEFAULT_CAUSES),
        "send": [
            {
                "to": send.to,
                "when": str(send.when),
                "group_by": list(send.group_by),
                "wait_s": send.wait_s,
                "interval_s": send.interval_s,
                "quiet": send.quiet,
                "bypass": send.bypass,
                "max_items": send.max_items,
            }
            for send in subscription.sends
        ],
    }


def _match_json(match: "Match", usual: "Sequence[str]") -> dict[str, object]:
    """What is asked, by the keys of the file; what is not asked is left out. usual: causes, where none are named."""
    lists = {
        "profile": match.profiles,
        "group": match.groups,
        "chapter": match.chapters,
        "section": match.sections,
        "kind": match.kinds,
        "cause": match.causes or usual,
    }
    found: dict[str, object] = {key: list(values) for key, values in lists.items() if values}
    found["salience"] = match.salience
    if match.text is not None:
        found["text"] = {"any": list(match.text.any_), "all": list(match.text.all_), "side": list(match.text.sides)}
    if match.not_ is not None:
        found["not"] = _match_json(match.not_, ())
    return found


# ---------------------------------------------------------------- lint


@subs.command("lint")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def subs_lint(as_json: bool) -> None:
    """What is wrong with the configuration of channels and subscriptions, all at once. Exit code 2 on errors."""
    from tracker.notify.lint import lint

    place = here()
    try:
        text = place.subscriptions_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        place.subscriptions()  # which says what is wrong with the file, or that there is none
        text = ""
    found = lint(text, str(place.subscriptions_file), _watched(place))
    errors = sum(one.level == "error" for one in found)
    if as_json:
        emit_json([_finding_json(one) for one in found])
    else:
        for one in found:
            say(f"{strong(one.level)}: {safe(one.what)}")
            say(f"  {safe(one.where)}")
            say(f"  {safe(one.remedy)}")
        say(f"{many(errors, 'error')}, {many(len(found) - errors, 'warning')}")
    if errors:
        raise click.exceptions.Exit(UsageError.exit_code)


def _watched(place: Here) -> tuple[str, ...]:
    """The profiles that are watched: as they are configured, or as their pages were read."""
    from tracker.errors import TrackerError

    try:
        with place.store() as store:
            recorded = {watch.watch: watch.profile for watch in store.watches() if watch.profile is not None}
    except TrackerError:
        recorded = {}  # a configuration can be looked at before there is a store
    try:
        watches = place.watches()
    except TrackerError:
        return ()
    return tuple(watch.profile or recorded.get(watch.name) or watch.name for watch in watches)


def _finding_json(finding: "Finding") -> dict[str, str]:
    return {"level": finding.level, "what": finding.what, "where": finding.where, "remedy": finding.remedy}
