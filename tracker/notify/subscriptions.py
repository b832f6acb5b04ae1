"""Who wants to hear of which changes, and where: `config/subscriptions.toml` as frozen values.

Lives here: the language and its errors. Not here: what matches (route.py), how the file is written to (configure.py).

    [channels.desk]
    kind = "webhook"
    url = "https://hooks.example.org/in"     # or "env:NAME", "file:PATH" where the address is itself a secret
    secret = "env:DESK_SECRET"               # never the secret itself

    [[subscriptions]]
    id = "mine-action"
    to = "desk"                              # or a list of channels
    match = { profile = "*", chapter = ["mine-*", "impact"], cause = ["content", "reversion"], salience = "normal" }

In `match` keys are ANDed and lists ORed. Left out: every profile and chapter, the causes `content`, `reversion`,
`removed` and `restored`, any salience. `first_record`, `date_only`, `format_only`, `furniture` and `extractor_upgrade`
alert only those who name them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args  # Any: TOML data, checked key by key as it is read
from urllib.parse import urlsplit

from tracker.document.edit import LEVELS, Cause, Level
from tracker.document.identity import slug_or_hash
from tracker.errors import ConfigError
from tracker.notify.channels import KINDS, ChannelConfig
from tracker.notify.secret import Ref, parse_ref
from tracker.settings_file import only, parse_toml, read_toml, text, unknown

# Whoever knows such an address may write to the channel: it belongs into a secret, not into a file (design §5).
SECRET_HOSTS = (
    "hooks.slack.com",
    "discord.com",
    "discordapp.com",
    "webhook.office.com",
    "logic.azure.com",
    "api.powerautomate.com",
    "api.powerplatform.com",
    "api.telegram.org",
)
DEFAULT_CAUSES: tuple[Cause, ...] = ("content", "reversion", "removed", "restored")
CAUSES: tuple[Cause, ...] = get_args(Cause)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_GLOB = re.compile(r"[a-z0-9*?\[\]!-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who wants to hear of which changes. profiles, chapters: globs over slugs. salience: the least that is told."""

    id: str
    to: tuple[str, ...]
    profiles: tuple[str, ...] = ("*",)
    chapters: tuple[str, ...] = ("*",)
    causes: tuple[Cause, ...] = DEFAULT_CAUSES
    salience: Level = "none"


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """All channels and subscriptions, each in the order of the file."""

    channels: tuple[ChannelConfig, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()

    def channel(self, name: str) -> ChannelConfig | None:
        """The channel of this name, or None."""
        return next((c for c in self.channels if c.name == name), None)


def read(path: Path) -> Subscriptions:
    """The subscriptions in a file; none where there is no such file. Raises ConfigError."""
    return parse(read_toml(path), str(path))


def load(text: str, name: str) -> Subscriptions:
    """The subscriptions that TOML text says. name: of the file, for errors. Raises ConfigError."""
    return parse(parse_toml(text, name), name)


def parse(data: Mapping[str, Any], name: str) -> Subscriptions:
    """The subscriptions that TOML data says. name: of the file, for errors. Raises ConfigError."""
    only(data, ("channels", "subscriptions"), name)
    tables = data.get("channels", {})
    if not isinstance(tables, dict):
        raise ConfigError("Channels are tables", where=f"{name}, channels", remedy="Write [channels.NAME] above each")
    channels = tuple(_channel(key, table, f"{name}, [channels.{key}]") for key, table in tables.items())
    entries = data.get("subscriptions", [])
    if not isinstance(entries, list):
        remedy = "Write [[subscriptions]] above each"
        raise ConfigError("Subscriptions are a list of tables", where=f"{name}, subscriptions", remedy=remedy)
    known = tuple(c.name for c in channels)
    found = tuple(_subscription(entry, known, f"{name}, subscription {n}") for n, entry in enumerate(entries, start=1))
    for at, subscription in enumerate(found):
        if any(subscription.id == earlier.id for earlier in found[:at]):
            where = f"{name}, subscription {at + 1}"
            raise ConfigError(f"Two subscriptions are named {subscription.id!r}", where=where, remedy="Rename one")
    return Subscriptions(channels, found)


def _channel(name: str, table: object, where: str) -> ChannelConfig:
    found = _table(table, where)
    _named(name, where)
    kind = KINDS.get(text(found, "kind", where))
    if kind is None:
        raise unknown(str(found["kind"]), KINDS, f"{where} kind", sort="channel kind")
    only(found, ("kind", *kind.needs, *kind.may), where)
    for key in kind.needs:
        if key not in found:
            raise ConfigError(f"A {kind.name} channel needs `{key}`", where=where, remedy=f'Add {key} = "…"')
    url = _url(text(found, "url", where), where) if "url" in found else None
    path = text(found, "path", where) if "path" in found else None
    secret = _secret(text(found, "secret", where), where) if "secret" in found else None
    return ChannelConfig(name=name, kind=kind.name, url=url, path=path, secret=secret)


def _url(text: str, where: str) -> str | Ref:
    # The address may hold a token: no error repeats it.
    if ref := parse_ref(text):
        return ref
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not text.isascii() or any(c.isspace() for c in text):
        remedy = 'Write url = "https://host/path", or "env:NAME" or "file:PATH" where it is a secret'
        raise ConfigError("Not the address of a webhook", where=f"{where} url", remedy=remedy)
    if any(parts.hostname == host or (parts.hostname or "").endswith("." + host) for host in SECRET_HOSTS):
        remedy = 'Put the whole address into an environment variable and write url = "env:NAME"'
        raise ConfigError("The address is itself a secret", where=f"{where} url", remedy=remedy)
    if parts.username is not None or parts.password is not None:
        remedy = 'Put the whole address into an environment variable and write url = "env:NAME"'
        raise ConfigError("The address holds a user name or password", where=f"{where} url", remedy=remedy)
    return text


def _secret(text: str, where: str) -> Ref:
    ref = parse_ref(text)
    if ref is None:
        remedy = 'Put it into an environment variable and write secret = "env:NAME" (or "file:PATH")'
        raise ConfigError("The secret stands in the file", where=f"{where} secret", remedy=remedy)
    return ref


def _subscription(entry: object, channels: tuple[str, ...], where: str) -> Subscription:
    found = _table(entry, where)
    id = text(found, "id", where)
    _named(id, f"{where} id")
    where = f"{where} ({id})"
    keys = ("profile", "chapter", "cause", "salience")
    for key in keys:
        if key in found:
            remedy = f"Write match = {{ {key} = … }}"
            raise ConfigError(f"`{key}` stands under `match`", where=where, remedy=remedy)
    only(found, ("id", "to", "match"), where)
    to = _texts(found, "to", where)
    for channel in to:
        if channel not in channels:
            none = "Add one: tracker channels add NAME KIND URL"
            raise unknown(channel, channels, f"{where} to", sort="channel", none=none)
    match = _table(found.get("match", {}), f"{where} match")
    where = f"{where} match"
    only(match, keys, where)
    causes = _texts(match, "cause", where) if "cause" in match else DEFAULT_CAUSES
    for cause in causes:
        if cause not in CAUSES:
            raise unknown(cause, CAUSES, f"{where} cause", sort="cause")
    salience = text(match, "salience", where) if "salience" in match else "none"
    if salience not in LEVELS:
        raise unknown(salience, LEVELS, f"{where} salience", sort="salience")
    return Subscription(
        id=id,
        to=to,
        profiles=_globs(match, "profile", where),
        chapters=_globs(match, "chapter", where),
        causes=cast(tuple[Cause, ...], causes),
        salience=salience,
    )


def _globs(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    patterns = _texts(table, key, where) if key in table else ("*",)
    for pattern in patterns:
        if not _GLOB.fullmatch(pattern):
            # Slugs are lower-case ASCII: any other pattern would be silent for ever.
            remedy = f"Names are written as in `tracker watches`: {slug_or_hash(pattern)!r}? With * for any letters"
            raise ConfigError(f"No {key} can be named {pattern!r}", where=f"{where} {key}", remedy=remedy)
    return patterns


def _named(name: str, where: str) -> None:
    if not _NAME.fullmatch(name):
        raise ConfigError(f"Not a name: {name!r}", where=where, remedy="Use letters, digits, - and _, at most 64")


def _table(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError("A table is wanted", where=where, remedy="Write key = value lines, or { key = value }")
    return value


def _texts(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key)
    if not isinstance(value, list):
        return (text(table, key, where),)
    if not value or not all(isinstance(item, str) and item.strip() for item in value):
        raise ConfigError(f"`{key}` is a text or a list of texts", where=where, remedy=f'Write {key} = ["…", "…"]')
    return tuple(dict.fromkeys(value))
