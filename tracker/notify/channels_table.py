"""Reading `[channels.*]`: each by the keys of its kind.

    [channels.desk]
    kind = "webhook"
    url = "https://hooks.example.org/in"     # or "env:NAME", "file:PATH" where the address is itself a secret
    secret = "env:DESK_SECRET"               # never the secret itself
    tz = "Europe/Prague"                     # whose clock its digests and quiet hours go by; UTC if left out
    per_minute = 30                          # messages at most; what its kind bears if left out

Not here: what a kind is (channels/), or who sends to it (subscription_table.py). No error repeats an address or a
secret.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from tracker.errors import ConfigError
from tracker.notify.channels import KINDS, ChannelConfig, Key, Value
from tracker.notify.secret import Ref, parse_ref
from tracker.notify.toml_table import Table

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
COMMON = ("kind", "tz", "per_minute")  # keys of every channel
_INTO_A_SECRET = 'Put the whole address into an environment variable and write {key} = "env:NAME"'


def channel(name: str, table: Table) -> ChannelConfig:
    """The channel that a table says. Raises ConfigError."""
    table.named(name)
    kind = KINDS.get(table.text("kind"))
    if kind is None:
        raise table.not_known(str(table.data["kind"]), KINDS, "kind", sort="channel kind")
    table.only((*COMMON, *(key for key in kind.keys if key not in COMMON)))
    for key, about in kind.keys.items():
        if about.is_needed and key not in table.data:
            article = "An" if kind.name[0] in "aeiou" else "A"
            raise table.refused(f"{article} {kind.name} channel needs `{key}`", f'Add {key} = "…": {about.help}')
    values = {key: _value(table, key, about) for key, about in kind.keys.items() if key in table.data}
    tz = table.zone("tz") or "UTC"
    config = ChannelConfig(name=name, kind=kind.name, values=values, tz=tz, per_minute=_per_minute(table))
    kind.check(config, table.where())
    return config


def _value(table: Table, key: str, about: Key) -> Value:
    match about.sort:
        case "address" | "secret address":
            return _address(table, key, table.text(key), about)
        case "secret":
            return _secret(table, key)
        case "text" | "path":
            return table.text(key)
        case "texts":
            return table.texts(key)
        case "flag":
            value = table.data[key]
            if not isinstance(value, bool):
                raise table.refused(f"`{key}` is true or false", f"Write {key} = true", key)
            return value
        case "number":
            value = table.data[key]
            if isinstance(value, bool) or not isinstance(value, int):
                raise table.refused(f"`{key}` is a whole number", f"Write {key} = 1", key)
            return value


def _address(table: Table, key: str, text: str, about: Key) -> str | Ref:
    if ref := parse_ref(text):
        return ref
    parts = _parts(text)
    if parts is None:
        remedy = f'Write {key} = "https://host/path", or "env:NAME" or "file:PATH" where it is a secret'
        raise table.refused("Not an address (http or https)", remedy, key)
    if useless := about.refuses(text):
        raise table.refused(*useless, key)  # before it is asked to be hidden, for nothing
    host = parts.hostname or ""
    # A secret may stand in the file where it opens nothing: a receiver on this machine, for trying.
    is_secret = about.sort == "secret address"
    if (is_secret and not _is_loopback(host)) or any(host == h or host.endswith("." + h) for h in SECRET_HOSTS):
        raise table.refused("The address is itself a secret", _INTO_A_SECRET.format(key=key), key)
    if parts.username is not None or parts.password is not None:
        raise table.refused("The address holds a user name or password", _INTO_A_SECRET.format(key=key), key)
    return text


def _parts(text: str) -> SplitResult | None:
    if not text.isascii() or any(c.isspace() for c in text):
        return None
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if good else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(table: Table, key: str) -> Ref:
    ref = parse_ref(table.text(key))
    if ref is None:
        remedy = f'Put it into an environment variable and write {key} = "env:NAME" (or "file:PATH")'
        raise table.refused("The secret stands in the file", remedy, key)
    return ref


def _per_minute(table: Table) -> float | None:
    if "per_minute" not in table.data:
        return None
    value = table.data["per_minute"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 100_000:
        raise table.refused("`per_minute` is a number above 0", "Write per_minute = 30", "per_minute")
    return float(value)


def channels(root: Table, errors: list[ConfigError]) -> tuple[ChannelConfig, ...]:
    """All channels of the file that can be read; what is wrong with the others goes to `errors`."""
    found: list[ChannelConfig] = []
    tables = root.data.get("channels", {})
    if not isinstance(tables, dict):
        errors.append(root.refused("Channels are tables", "Write [channels.NAME] above each", "channels"))
        return ()
    at = root.table("channels")
    for name in tables:
        try:
            found.append(channel(name, at.table(name, f"[channels.{name}]")))
        except ConfigError as wrong:
            errors.append(wrong)
    return tuple(found)
