"""E-mail: one message to the addresses of a channel, over SMTP with TLS.

Lives here: what the configuration says, and what a server's answers mean for a delivery. Not here: the message
(render/letter.py), the conversation (smtp.py).
"""

import base64
import re
import time
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal

from tracker.document.canonical import sha256
from tracker.document.identity import slug_or_hash
from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import Channel, ChannelConfig, Key, Kind, Message, Surroundings
from tracker.notify.secret import Ref, parse_ref, resolve
from tracker.notify.telling import Telling

if TYPE_CHECKING:
    from tracker.notify.channels.smtp import NotTaken, Reply, Server, Taken
    from tracker.notify.render.letter import Envelope, Mailbox

MAX_RECIPIENTS = 100  # RFC 5321 §4.5.3.1.8: what every server takes at once
_Security = Literal["starttls", "tls", "none"]
_SECURITIES: dict[str, _Security] = {"starttls": "starttls", "tls": "tls", "none": "none"}
_DEFAULT_PORTS = {"starttls": 587, "tls": 465, "none": 25}
# RFC 5321 §4.1.2, ASCII; no quoted local parts, which nobody has and many servers get wrong.
_ADDRESS = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]{0,62})(\.[A-Za-z0-9]([A-Za-z0-9-]{0,62}))*"
)
_NAMED = re.compile(r"\s*(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>\s*")
_SERVER = re.compile(r"(\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+))(:(?P<port>[0-9]{1,5}))?")
_UNSUBSCRIBE = re.compile(r"(https://[!-;=?-~]+|mailto:[!-;=?-~]+@[!-;=?-~]+)")  # visible ASCII but < and >
_TOO_LARGE = re.compile(r"\b5\.[23]\.[34]\b")  # RFC 3463: message too big for the mailbox's or the system's rule
_LOGIN_CODES = frozenset({530, 534, 535, 538})
_ANSWER_CHARS = 1_000


class MailChannel:
    """A list of addresses, and the server that takes mail for them."""

    def __init__(self, config: ChannelConfig, world: Surroundings) -> None:
        self._config, self._world = config, world

    def send(self, message: Message, *, now: datetime) -> Attempt:
        """Hand the mail over once."""
        from tracker.notify.channels.smtp import hand_over

        try:
            envelope = _envelope(self._config, f"channel {self._config.name!r}")
            server, strike = self._server()
        except ConfigError as wrong:
            return Attempt(ok=False, error=f"{wrong.what}: {wrong.where}. {wrong.remedy}")
        # A mail that some took is tried again for the others alone: nobody gets it twice, and none is left out.
        to = tuple(mailbox.address for mailbox in envelope.to if _named(mailbox.address) not in message.taken)
        if not to:
            return Attempt(ok=True, note="all have it")
        begun_s = time.monotonic()
        outcome = hand_over(server, envelope.sender.address, to, message.body)
        return _attempt(outcome, to, strike, int((time.monotonic() - begun_s) * 1000))

    def close(self) -> None:
        """Nothing is kept open between messages."""

    def _server(self) -> "tuple[Server, Callable[[str], str]]":
        """The server with its login, read now, and what strikes the login out of a text. Raises ConfigError."""
        from tracker.notify.channels.smtp import Server
        from tracker.notify.channels.striking import striker

        host, port = _host_and_port(self._config, "server")
        user, password = (self._told(key) for key in ("username", "password"))
        login = (user, password) if user and password else None
        server = Server(
            host=host,
            port=port,
            security=_security(self._config, "security"),
            login=login,
            allow=self._world.allow,
            total_s=self._world.timeout_s,
        )
        return server, striker(_forms(user, password) if login else ())

    def _told(self, key: str) -> str:
        value = self._config.ref(key)
        ref = parse_ref(value) if isinstance(value, str) else value
        if isinstance(ref, Ref):
            return resolve(ref, self._world.environ, self._world.base)
        return value if isinstance(value, str) else ""


def _forms(user: str, password: str) -> tuple[str, ...]:
    """Everything in which a login may be echoed: as it is, and as it was said in base64."""
    plain = f"\0{user}\0{password}"
    encoded = [base64.b64encode(text.encode()).decode() for text in (user, password, plain)]
    return (password, plain, *encoded, *(text.rstrip("=") for text in encoded))


# ---------------------------------------------------------------- what the answers mean


def _named(address: str) -> str:
    """What the record calls a recipient: not the address, which is a person's."""
    return sha256(address.encode())[:12]


def _attempt(
    outcome: "Taken | NotTaken", to: tuple[str, ...], strike: "Callable[[str], str]", elapsed_ms: int
) -> Attempt:
    from tracker.notify.channels.smtp import Taken

    if isinstance(outcome, Taken):
        shown = strike(outcome.reply.words)[:_ANSWER_CHARS]
        refused = {address for address, _ in outcome.refused}
        note = _note(outcome, len(to), strike)
        is_all = not any(reply.code < 500 for _, reply in outcome.refused)
        return Attempt(
            ok=is_all,
            status=outcome.reply.code if is_all else next(r.code for _, r in outcome.refused if r.code < 500),
            error=None if is_all else note,
            note=note if is_all else "",
            answer=shown,
            elapsed_ms=elapsed_ms,
            taken=() if is_all else tuple(_named(address) for address in to if address not in refused),
        )
    stage, reply = outcome.stage, outcome.reply
    if reply is None:
        error = f"mail, {stage}: {strike(outcome.detail)}"
        return Attempt(ok=False, error=error, too_large=stage == "size", elapsed_ms=elapsed_ms)
    is_about_us = reply.code in _LOGIN_CODES or stage in ("greeting", "tls", "login")
    is_too_large = stage in ("sender", "data") and (reply.code == 552 or _TOO_LARGE.search(reply.words) is not None)
    is_final = reply.code >= 500 and not is_about_us and not is_too_large
    # A refused login may be echoed in part, so of that answer the code is all that is kept.
    words = "" if stage == "login" else strike(reply.words)[:_ANSWER_CHARS]
    said = f"{reply.code} {words}".strip() if reply.code >= 0 else "an answer that is not SMTP"
    if stage == "login":
        said += ": user name or password refused"
    return Attempt(
        ok=False,
        status=reply.code if reply.code >= 0 else None,
        error=f"mail, {stage}: {said}"[:_ANSWER_CHARS],
        permanent=is_final,
        reason="refused" if is_final else None,
        too_large=is_too_large,
        refuses_us=reply.code >= 500 and is_about_us,
        answer=words,
        elapsed_ms=elapsed_ms,
    )


def _note(taken: "Taken", to: int, strike: "Callable[[str], str]") -> str:
    """Who did not get what the others got."""
    if not taken.refused:
        return ""
    shown = "; ".join(f"{address}: {_said(reply)}" for address, reply in taken.refused[:3])
    more = f"; and {len(taken.refused) - 3} more" if len(taken.refused) > 3 else ""
    return strike(f"{len(taken.refused)} of {to} recipients refused: {shown}{more}")[:_ANSWER_CHARS]


def _said(reply: "Reply") -> str:
    return f"{reply.code} {reply.words}"[:200]


# ---------------------------------------------------------------- what the configuration says


def _check(config: ChannelConfig, where: str) -> None:
    """Refuse what cannot work. Raises ConfigError."""
    _envelope(config, where)
    host, port = _host_and_port(config, where)
    security = _security(config, where)
    if security != "tls" and port == 465:
        raise ConfigError(
            "Port 465 speaks TLS from the first byte", where=f"{where}, security", remedy='Set security = "tls"'
        )
    if security == "none" and _is_public(host):
        remedy = 'Set security = "starttls" or "tls"; without, mail goes only to networks of notify.allow_addresses'
        raise ConfigError("Mail would go over the Internet in clear", where=f"{where}, security", remedy=remedy)
    if (config.ref("username") is None) != (config.ref("password") is None):
        raise ConfigError(
            "A login is a user name and a password", where=where, remedy="Give both username and password, or neither"
        )


def _envelope(config: ChannelConfig, where: str) -> "Envelope":
    """Who writes to whom. Raises ConfigError."""
    from tracker.notify.render.letter import Envelope

    sender = _mailbox(config.text("from"), f"{where}, from")
    to = {box.address.lower(): box for box in (_mailbox(told, f"{where}, to") for told in config.texts("to"))}
    if not to:
        raise ConfigError("Nobody to write to", where=f"{where}, to", remedy='Write to = ["desk@example.org"]')
    if len(to) > MAX_RECIPIENTS:
        remedy = f"Give at most {MAX_RECIPIENTS}: make several channels, or write to a mailing list"
        raise ConfigError(f"{len(to)} addresses in one channel", where=f"{where}, to", remedy=remedy)
    for address in config.texts("list_unsubscribe"):
        if not _UNSUBSCRIBE.fullmatch(address) or len(address) > 900 or "," in address:
            remedy = "Write https://… or mailto:…, or a list of both, in ASCII and without blanks or commas"
            raise ConfigError("Not an address to unsubscribe at", where=f"{where}, list_unsubscribe", remedy=remedy)
    name = _line(config.text("list", config.name), f"{where}, list")
    return Envelope(
        sender=sender,
        to=tuple(to.values()),
        reply_to=_mailbox(config.text("reply_to"), f"{where}, reply_to") if config.text("reply_to") else None,
        list_name=name,
        list_id=f"{slug_or_hash(name)[:60]}.{sender.domain}",
        unsubscribe=config.texts("list_unsubscribe"),
    )


def _mailbox(text: str, where: str) -> "Mailbox":
    from tracker.notify.render.letter import Mailbox

    named = _NAMED.fullmatch(text)
    name, address = (named["name"].strip('"'), named["address"]) if named else ("", text.strip())
    if not _ADDRESS.fullmatch(address):
        remedy = "Write desk@example.org or Rights desk <desk@example.org>; a domain in other letters in its xn-- form"
        raise ConfigError("Not an e-mail address", where=where, remedy=remedy)
    return Mailbox(_line(name, where), address)


def _line(text: str, where: str) -> str:
    if not text.isprintable():
        raise ConfigError("A control character in a name", where=where, remedy="Write it in one line of letters")
    return text


def _host_and_port(config: ChannelConfig, where: str) -> tuple[str, int]:
    found = _SERVER.fullmatch(config.text("server"))
    port = int(found["port"] or _DEFAULT_PORTS[_security(config, where)]) if found else 0
    if not found or not 0 < port < 65536:
        raise ConfigError("Not a mail server", where=where, remedy='Write server = "mail.example.org:587"')
    return found["six"] or found["host"], port


def _security(config: ChannelConfig, where: str) -> _Security:
    said = config.text("security", "starttls")
    if said in _SECURITIES:
        return _SECURITIES[said]
    remedy = 'Write security = "starttls" (port 587), "tls" (port 465) or "none" (inside the house)'
    raise ConfigError(f"Unknown security {said!r}", where=f"{where}, security", remedy=remedy)


def _is_public(host: str) -> bool:
    from tracker.fetch.address import is_public

    try:
        return is_public(ip_address(host))
    except ValueError:
        return False  # a name: decided by its addresses, when they are connected to


def _render(telling: Telling, config: ChannelConfig) -> bytes:
    from tracker.notify.render.letter import letter

    return letter(telling, _envelope(config, f"channel {config.name!r}"))


def _make(config: ChannelConfig, world: Surroundings) -> Channel:
    return MailChannel(config, world)


KIND = Kind(
    name="email",
    help="a mail to one or more addresses, over SMTP",
    keys={
        "server": Key(sort="text", help="the mail server, HOST:PORT (ports 25, 465, 587, 2525)", is_needed=True),
        "from": Key(sort="text", help="who it comes from: NAME <ADDRESS>", is_needed=True),
        "to": Key(sort="texts", help="whom it goes to, at most 100, who see each other", is_needed=True),
        "security": Key(sort="text", help="starttls (the default), tls, or none (inside the house only)"),
        "username": Key(sort="text", help="of the login, or a reference to it"),
        "password": Key(sort="secret", help="of the login"),
        "reply_to": Key(sort="text", help="where answers go"),
        "list": Key(sort="text", help="what mail readers call it (List-Id); by default the channel's name"),
        "list_unsubscribe": Key(
            sort="texts", help="https address (one click, RFC 8058) or mailto: where one gets rid of it"
        ),
    },
    render=_render,
    make=_make,
    check=_check,
    per_minute=30.0,
    burst=10,
)
