"""Reading `[[subscriptions]]`: what is asked of a change, and where and when it is told.

    [[subscriptions]]
    id = "mine-action"
    owner = "amina"
    match = { group = "sahel", chapter = ["mine-*", "impact"], salience = "normal", not = { section = "sources" } }

    [[subscriptions.send]]
    to = "desk"
    when = "instant"
    group_by = ["profile"]
    wait = "2m"
    interval = "30m"
    quiet = "nights"
    bypass = "critical"

In `match` keys are ANDed and lists ORed; `not` negates all that stands in it. `to = "desk"` is short for one send.
What could never hold is refused here (impossible.py), as an unknown key is.
"""

from fnmatch import fnmatchcase
from typing import cast, get_args

from tracker.document.edit import LEVELS, Cause, EditKind, Level
from tracker.errors import ConfigError
from tracker.notify.globs import flaw_of_glob, flaw_of_sets
from tracker.notify.impossible import Flaw, flaw_of_match, flaw_of_send
from tracker.notify.rules import CAUSES, GROUP_KEYS, SIDES, Match, Send, Side, Subscription, Subscriptions, TextMatch
from tracker.notify.toml_table import Table
from tracker.notify.when import INSTANT, When

KINDS: tuple[str, ...] = get_args(EditKind)
MATCH_KEYS = ("profile", "group", "chapter", "section", "kind", "cause", "salience", "text", "not")
SEND_KEYS = ("to", "when", "group_by", "wait", "interval", "quiet", "bypass", "max_items")
_ENTRY_KEYS = ("id", "owner", "match", "to", "send")
_NO_CHANNEL = "Add one: tracker channels add NAME KIND URL"
_MOST_ITEMS = 1000
_MOST_WAIT_S = 31 * 86_400
Known = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]  # names of channels, intervals, groups


def subscriptions(
    root: Table, standing: Subscriptions, known: Known, errors: list[ConfigError]
) -> tuple[Subscription, ...]:
    """All subscriptions of the file that can be read; what is wrong with the others goes to `errors`."""
    entries = root.data.get("subscriptions", [])
    if not isinstance(entries, list):
        errors.append(
            root.refused("Subscriptions are a list of tables", "Write [[subscriptions]] above each", "subscriptions")
        )
        return ()
    found: list[Subscription] = []
    for number in range(len(entries)):
        try:
            table = root.entry("subscriptions", number, f"subscription {number + 1}")
            one = _subscription(table, standing, known)
            if any(one.id == earlier.id for earlier in found):
                raise table.refused(f"Two subscriptions are named {one.id!r}", "Rename one", "id")
            found.append(one)
        except ConfigError as wrong:
            errors.append(wrong)
    return tuple(found)


def _subscription(table: Table, standing: Subscriptions, known: Known) -> Subscription:
    id = table.named(table.text("id"), "id")
    table = table.said_as(f"{table.said} ({id})")
    for keys, owner in ((MATCH_KEYS, "match"), (SEND_KEYS, "send")):
        for key in keys:
            if key in table.data and key not in _ENTRY_KEYS:
                raise table.refused(f"`{key}` stands under `{owner}`", f"Write {owner} = {_in(owner, key)}", key)
    table.only(_ENTRY_KEYS)
    sends = _sends(table, standing, known)
    match = _match(table.table("match"), standing, known)
    return Subscription(
        id=id, sends=sends, match=match, owner=table.text("owner").strip() if "owner" in table.data else ""
    )


def _in(owner: str, key: str) -> str:
    return f"{{ {key} = … }}" if owner == "match" else f'[{{ to = "…", {key} = … }}]'


# ---------------------------------------------------------------- where and when


def _sends(table: Table, standing: Subscriptions, known: Known) -> tuple[Send, ...]:
    if "send" not in table.data:
        return tuple(Send(to=name) for name in _channels(table, known))
    if "to" in table.data:
        raise table.refused("`to` and `send` both say where", "Write `to` within each send", "to")
    entries = table.data["send"]
    if not isinstance(entries, list) or not entries:
        raise table.refused("`send` is a list of tables", 'Write send = [{ to = "…", when = "instant" }]', "send")
    found: list[Send] = []
    for number in range(len(entries)):
        at = table.entry("send", number, f"{table.said} send {number + 1}")
        for send in _send(at, standing, known):
            if any((send.to, send.when) == (other.to, other.when) for other in found):
                what = f"Channel {send.to!r} is told twice, {send.when}"
                raise at.refused(what, "Write one send for it, or another `when`")
            found.append(send)
    return tuple(found)


def _send(table: Table, standing: Subscriptions, known: Known) -> tuple[Send, ...]:
    table.only(SEND_KEYS)
    quiet = table.text("quiet") if "quiet" in table.data else None
    if quiet is not None and quiet not in known[1]:
        none = f'Write [intervals.{quiet}] with from = "20:00" and to = "07:00"'
        raise table.not_known(quiet, known[1], "quiet", sort="interval", none=none)
    max_items = table.whole("max_items", 20, most=_MOST_ITEMS)
    sends = tuple(
        Send(
            to=name,
            when=_when(table),
            group_by=table.chosen("group_by", GROUP_KEYS, sort="group key"),
            wait_s=table.seconds("wait", most_s=_MOST_WAIT_S),
            interval_s=table.seconds("interval", most_s=_MOST_WAIT_S),
            quiet=quiet,
            bypass=_level(table, "bypass", "critical"),
            max_items=max_items,
        )
        for name in _channels(table, known)
    )
    _refuse(table, flaw_of_send(sends[0], standing.intervals))
    return sends


def _channels(table: Table, known: Known) -> tuple[str, ...]:
    return table.chosen("to", known[0], sort="channel", none=_NO_CHANNEL, needed=True)


def _when(table: Table) -> When:
    if "when" not in table.data:
        return INSTANT
    try:
        return When.parse(table.text("when"))
    except ValueError as wrong:
        remedy = 'Write when = "instant", "daily 07:30" or "weekly mon 07:30"'
        raise table.refused(f"{wrong}".capitalize(), remedy, "when") from None


def _level(table: Table, key: str, default: Level) -> Level:
    """A level of salience, or `>=` it, which says the same."""
    if key not in table.data:
        return default
    level = table.text(key).strip().removeprefix(">=").strip()
    for known in LEVELS:
        if level == known:
            return known
    raise table.not_known(level, LEVELS, key, sort="salience")


# ---------------------------------------------------------------- what is asked


def _match(table: Table, standing: Subscriptions, known: Known) -> Match:
    match = _asked(table, known, is_within=False)
    _refuse(table, flaw_of_match(match, standing.groups))
    return match


def _asked(table: Table, known: Known, *, is_within: bool) -> Match:
    table.only([key for key in MATCH_KEYS if key != "not"] if is_within else MATCH_KEYS)
    for group in table.texts("group"):
        if group not in known[2]:
            none = f'Write it under [groups]: {group} = ["…", "…"]'
            raise table.not_known(group, known[2], "group", sort="group", none=none)
    not_: Match | None = None
    if "not" in table.data:
        inner = table.table("not")
        not_ = _asked(inner, known, is_within=True)
        if not_ == Match():
            raise table.refused("`not` says nothing, so that nothing is left", "Write what must not hold", "not")
    return Match(
        profiles=globs(table, "profile"),
        groups=table.texts("group"),
        chapters=globs(table, "chapter"),
        sections=_sections(table),
        kinds=_kinds(table),
        causes=cast(tuple[Cause, ...], table.chosen("cause", CAUSES)),
        salience=_level(table, "salience", "none"),
        text=_text(table) if "text" in table.data else None,
        not_=not_,
    )


def _kinds(table: Table) -> tuple[str, ...]:
    patterns = table.texts("kind")
    for pattern in patterns:
        if not any(fnmatchcase(kind, pattern) for kind in KINDS):
            raise table.not_known(pattern, KINDS, "kind", sort="kind of edit")
    return patterns


def _text(table: Table) -> TextMatch:
    from tracker.notify.words import compiled

    if not isinstance(table.data["text"], dict):
        found = TextMatch(any_=table.texts("text"))
        at, paths = table, [("text", found.any_)]
    else:
        at = table.table("text")
        at.only(("any", "all", "side"))
        sides = cast(tuple[Side, ...], at.chosen("side", SIDES))
        found = TextMatch(any_=at.texts("any"), all_=at.texts("all"), sides=sides)
        paths = [("any", found.any_), ("all", found.all_)]
    if not found.any_ and not found.all_:
        raise at.refused("`text` says no words", 'Write text = { any = ["…"] }')
    for key, needles in paths:
        for needle in needles:
            try:
                compiled(needle)
            except ValueError as wrong:
                raise at.refused(f"Not a text that can be looked for: {needle!r}", f"{wrong}", key) from None
    return found


def globs(table: Table, key: str, *, sort: str = "") -> tuple[str, ...]:
    """Patterns of slugs under a key; () where there are none. Raises ConfigError for one that no slug can match."""
    patterns = table.texts(key)
    for pattern in patterns:
        if (flaw := flaw_of_glob(pattern, is_chapter=key == "chapter")) is not None:
            raise table.refused(f"No {sort or key} can be named {pattern!r}", flaw, key)
    return patterns


def _sections(table: Table) -> tuple[str, ...]:
    patterns = table.texts("section")
    for pattern in patterns:
        if (flaw := flaw_of_sets(pattern.casefold())) is not None:
            raise table.refused(f"No section can be named {pattern!r}", flaw, "section")
    return patterns


def _refuse(table: Table, flaw: Flaw | None) -> None:
    if flaw is not None:
        raise table.refused(flaw.what, flaw.remedy, *flaw.path)
