"""Which addresses of Apprise are let through, and what of them is secret.

Apprise knows addresses that write files, call programs or speak to this machine's own services. Let through is what is
listed here: services that are told by HTTP, and for which there is no kind of our own.
"""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlsplit

from tracker.errors import ConfigError

# Services on a host of one's own.
HOSTED = frozenset(
    {"bark", "barks", "gotify", "gotifys", "hassio", "hassios", "mastodon", "mastodons", "misskey"}
    | {"misskeys", "nctalk", "nctalks", "ntfy", "ntfys", "signal", "signals", "synology", "synologys"}
)
CLOUD = frozenset(
    {"46elks", "bulksms", "clickatell", "clicksend", "cliq", "d7sms", "dingtalk", "elks", "feishu", "flock"}
    | {"gchat", "groupme", "httpsms", "infobip", "join", "lark", "line", "msgbird", "nexmo", "onesignal"}
    | {"opsgenie", "pagerduty", "pbul", "plivo", "pover", "prowl", "pushdeer", "pushy", "revolt", "ringc"}
    | {"ryver", "schan", "seven", "simplepush", "sinch", "sns", "spush", "stackfield", "telnyx", "threema"}
    | {"twilio", "twist", "viber", "voipms", "vonage", "webex", "whatsapp", "wxteams", "zoom", "zulip"}
)
NATIVE = {
    **dict.fromkeys(("tgram",), "telegram"),
    **dict.fromkeys(("matrix", "matrixs"), "matrix"),
    **dict.fromkeys(("workflow", "workflows", "msteams"), "teams"),
    **dict.fromkeys(("slack", "discord"), "slack or discord"),
    **dict.fromkeys(("mmost", "mmosts", "rocket", "rockets"), "mattermost or rocketchat"),
    **dict.fromkeys(("mailto", "mailtos"), "email"),
    **dict.fromkeys(("json", "jsons", "xml", "xmls", "form", "forms", "apprise", "apprises"), "webhook"),
}
# Of an address: what would take the fence down (redirect, retry), read a file (template) or change the
# dialect; `verify` since a certificate is always checked.
REFUSED_KEYS = frozenset(
    {"attach", "cto", "emojis", "format", "interpret_escapes", "overflow", "redirect", "retry", "rto"}
    | {"template", "verify", "wait"}
)
ADVICE = "Put one address of Apprise there, such as ntfys://ntfy.example.org/topic"


def vetted(url: str, ref: str) -> str:
    """The scheme of an address that may be used. Raises ConfigError, which names the reference only."""
    scheme = url.partition("://")[0].lower()
    if scheme in NATIVE:
        told = f"Apprise is not used for {scheme}"
        raise ConfigError(told, where=ref, remedy=f"Make it a channel of kind {NATIVE[scheme]}")
    if scheme not in HOSTED | CLOUD:
        remedy = "Use one such as ntfys://, gotifys://, gchat://, zulip://, pover://, signals:// (docs: Apprise)"
        raise ConfigError("Not an address of a service that is let through", where=ref, remedy=remedy)
    if re.search(r"\s|,\s*[a-z0-9]+://", url, re.I):
        raise ConfigError("More than one address", where=ref, remedy="One address a channel: make a channel of each")
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for what is no port
        keys = {key.lower() for key, _ in parse_qsl(parts.query, keep_blank_values=True)}
    except ValueError:
        raise ConfigError("Apprise cannot read this address", where=ref, remedy=ADVICE) from None
    if refused := sorted(keys & REFUSED_KEYS):
        told = f"The address says {', '.join(f'{key}=' for key in refused)}"
        raise ConfigError(told, where=ref, remedy="Leave that out: tracker decides it")
    return scheme


def striker_of(url: str, scheme: str) -> Callable[[str], str]:
    """Strikes out of a text the address and all that may be secret in it: user, password, path, query, and the host
    where it may be a token."""
    from tracker.notify.channels.striking import STRUCK, striker

    rest = url.partition("://")[2]
    pieces = {piece for piece in re.split(r"[/:@?&=,+#]+", rest) if piece}
    if scheme in HOSTED and not scheme.startswith("ntfy"):
        host, _, port = urlsplit(url).netloc.rpartition("@")[2].partition(":")
        pieces -= {host, port}
    pieces |= {unquote(piece) for piece in pieces}
    long = striker((url, rest, *pieces))
    short = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(piece) for piece in pieces) or '(?!)'})(?!\w)")
    return lambda text: short.sub(STRUCK, long(text))
