"""A message as an e-mail: its header and both parts as bytes, the same bytes for the same message. Pure.

Lives here: RFC 5322, 2045 and 2047 as far as we write them. The header is written by hand, in ASCII: how the standard
library folds and encodes a long one differs between releases of Python and has lost blanks of it. Not here: the words
(text.py, html.py), the way to the server (channels/smtp.py), what the configuration says (channels/mail.py).
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime, formataddr
from html import escape

from tracker.document.identity import slug_or_hash
from tracker.notify.render import html, text
from tracker.notify.render.disarm import disarmed
from tracker.notify.render.fit import fitted
from tracker.notify.render.notice import Notice, notice_of
from tracker.notify.telling import Telling

MAX_SUBJECT_CHARS = 150
MAX_PART_BYTES = 100_000  # as sent: Gmail shows the first 102 KB of the HTML and hides the rest
MAX_SMALL_BYTES = 20_000  # for a server that refused more
LINE_CHARS = 76
_ENCODED_BYTES = 42  # RFC 2047 §2: an encoded word has at most 75 characters; base64 of these makes 68
_PAGE = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="color-scheme" content="light dark">\n<meta name="supported-color-schemes" content="light dark">\n'
    '<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">\n'
    "<title>{title}</title>\n</head>\n"
    '<body style="font-family:Georgia,serif;font-size:16px;line-height:1.5;margin:0 auto;max-width:44em;'
    'overflow-wrap:anywhere;padding:1em">\n{body}</body>\n</html>\n'
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address, ASCII, and the name that stands before it."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What stands behind the at sign."""
        return self.address.rpartition("@")[2]

    def __str__(self) -> str:
        return _named(self.name, self.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who writes to whom, and as which list. list_id: of RFC 2919. unsubscribe: https and mailto addresses."""

    sender: Mailbox
    to: tuple[Mailbox, ...]
    reply_to: Mailbox | None
    list_name: str
    list_id: str
    unsubscribe: tuple[str, ...]


def letter(telling: Telling, envelope: Envelope) -> bytes:
    """The whole message: header, text part, HTML part of less than 102 KB. ASCII, lines end with CR LF."""
    whole = notice_of(telling)
    most = MAX_SMALL_BYTES if telling.small else MAX_PART_BYTES
    notice = fitted(disarmed(whole), lambda n: all(len(_encoded(part)[1]) <= most for _, part in _parts(n)))
    boundary = f"=_{slug_or_hash(telling.delivery)}"  # `=_` stands in no base64 and no quoted-printable (RFC 2045 §6.7)
    lines = list(_header(whole, telling, envelope, boundary))
    for subtype, told in _parts(notice):
        encoding, body = _encoded(told)
        lines += [f"--{boundary}", f"Content-Type: text/{subtype}; charset=utf-8"]
        lines += [f"Content-Transfer-Encoding: {encoding}", "", body]
    lines.append(f"--{boundary}--")
    return "\r\n".join((*lines, "")).encode("ascii")


def _parts(notice: Notice) -> tuple[tuple[str, str], ...]:
    page = _PAGE.format(title=escape(html.legal(notice.title)), body=html.fragment(notice))
    return ("plain", text.text(notice)), ("html", page)


def _header(notice: Notice, telling: Telling, envelope: Envelope, boundary: str) -> Iterator[str]:
    domain = envelope.sender.domain
    root = f"<{slug_or_hash(notice.thread or notice.form)}.{envelope.list_id.partition('.')[0]}@{domain}>"
    yield _field("From", str(envelope.sender))
    yield _field("To", ", ".join(map(str, envelope.to)))
    if envelope.reply_to is not None:
        yield _field("Reply-To", str(envelope.reply_to))
    yield _field("Subject", _words(subject(notice.title)))
    yield _field("Date", format_datetime(telling.at.astimezone(UTC).replace(microsecond=0)))
    yield _field("Message-ID", f"<{telling.delivery}@{domain}>")  # the same over all tries: a duplicate is known by it
    # No mail has the root's id: all that name it hang together, and none of them has to have arrived.
    yield _field("In-Reply-To", root)
    yield _field("References", root)
    yield _field("List-Id", _named(envelope.list_name, envelope.list_id))
    if envelope.unsubscribe:
        yield "List-Unsubscribe: " + ",\r\n ".join(f"<{address}>" for address in envelope.unsubscribe)
    if any(address.startswith("https:") for address in envelope.unsubscribe):
        yield "List-Unsubscribe-Post: List-Unsubscribe=One-Click"  # RFC 8058 §3.1
    yield "Auto-Submitted: auto-generated"  # RFC 3834: answering machines keep still
    yield "MIME-Version: 1.0"
    yield f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"'
    yield ""


def _field(name: str, value: str) -> str:
    """A header field, folded between words: whatever is blank in the value is one blank, so that it stays one field."""
    lines = [f"{name}:"]
    for word in value.split():
        if len(lines[-1]) + 1 + len(word) > LINE_CHARS and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def _named(name: str, address: str) -> str:
    if name.isascii():
        return formataddr((name, address))
    return f"{_words(name)} <{address}>"


def _words(value: str) -> str:
    """The value as it may stand in a header: encoded words where it is not plain ASCII, or no line holds its words."""
    if value.isascii() and not re.search(r"=\?|[^ ]{70}", value):
        return value
    return " ".join(_encoded_words(value))


def _encoded_words(value: str) -> Iterator[str]:
    """The value as encoded words of RFC 2047, none of which ends inside a character."""
    piece = b""
    for character in value:
        encoded = character.encode()
        if len(piece) + len(encoded) > _ENCODED_BYTES:
            yield _encoded_word(piece)
            piece = b""
        piece += encoded
    if piece:
        yield _encoded_word(piece)


def _encoded_word(piece: bytes) -> str:
    return f"=?utf-8?B?{base64.b64encode(piece).decode()}?="


def subject(title: str) -> str:
    """The title in one line of at most 150 characters, cut between words."""
    line = " ".join(html.legal(title).split())
    if len(line) <= MAX_SUBJECT_CHARS:
        return line
    head = line[: MAX_SUBJECT_CHARS - 1]
    return (head[: head.rfind(" ")] if " " in head[MAX_SUBJECT_CHARS // 2 :] else head) + "…"


def _encoded(told: str) -> tuple[str, str]:
    """The text in lines of ASCII, and how it was put into them: as a person can read it, if mostly ASCII."""
    data = html.legal(told).encode()
    if sum(byte > 0x7E for byte in data) * 6 > len(data):
        return "base64", base64.encodebytes(data.replace(b"\n", b"\r\n")).decode().rstrip("\n").replace("\n", "\r\n")
    quoted = binascii.b2a_qp(data, istext=True).decode()
    return "quoted-printable", quoted.replace("\n", "\r\n")
