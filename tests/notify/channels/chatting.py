"""What the tests of chat channels share: a channel that posts to a receiver on loopback, and messages of few words."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any  # values of a configuration

import orjson

from tests.notify.builders import edit
from tests.notify.tellings import of_edits, single
from tests.publisher import Receiver
from tracker import clock
from tracker.document.edit import Span
from tracker.events.deliveries import Attempt
from tracker.notify.channels import Channel, ChannelConfig, Kind, Message, Surroundings
from tracker.notify.render.redline import safe
from tracker.notify.secret import Ref
from tracker.notify.telling import Telling

MESSAGE = Message(id="d_0123456789abcdef", body='{"text":"Mine — clearance"}'.encode())
ZERO_WIDTH = "\u200b"
OURS = re.compile(r"https://tracker\.example/[!-~]*")


def configured(kind: Kind, **values: Any) -> ChannelConfig:
    """A channel of this kind whose address is a secret."""
    return ChannelConfig(name="desk", kind=kind.name, values={"url": Ref("env", "DESK_URL"), **values})


def sender(kind: Kind, url: str, *, timeout_s: float = 5.0, **values: Any) -> Channel:
    """A channel of this kind that posts to this address."""
    world = Surroundings(
        environ={"DESK_URL": url},
        base=Path("/nowhere"),
        allow=(ip_network("127.0.0.0/8"),),
        user_agent="tracker/test",
        timeout_s=timeout_s,
    )
    return kind.make(configured(kind, **values), world)


def sent(kind: Kind, desk: Receiver, *answers: Any, **values: Any) -> Attempt:
    """One try at a message, answered so."""
    desk.script(*answers)
    return sender(kind, desk.url("/services/CANARY-TOKEN-1"), **values).send(MESSAGE, now=clock.now())


def payload(kind: Kind, telling: Telling, **values: Any) -> Any:
    """What this kind posts of a message; the same each time."""
    config = configured(kind, **values)
    body = kind.render(telling, config)
    assert kind.render(telling, config) == body
    return orjson.loads(body)


def replaced(text: str) -> Telling:
    """A message of one edit: this text stands in what went, what came and what stayed."""
    spans: tuple[Span, ...] = (("=", "It is "), ("-", f"x{text}"), ("+", f"y{text}"), ("=", f" {text[:20]}z"))
    old, new = ("".join(told for mark, told in spans if mark in ("=", side)) for side in "-+")
    return single(of_edits(edit(old=old, new=new, spans=spans)))


def spans_of(telling: Telling) -> list[Span]:
    """The redline of the one edit in it, as it is safe to show."""
    return [(mark, safe(text)) for mark, text in telling.changes[0].edits[0].spans]


def signed(mark: str, text: str) -> str:
    """Words with our signs around them; what looks like a sign of ours, or would beside ours, has a backslash in it."""
    if mark == "=":
        return re.sub(r"(?<=\[)(?=-)|(?<=-)(?=\])|(?<=\{)(?=\+)|(?<=\+)(?=\})", r"\\", text)
    begin, end = ("[-", "-]") if mark == "-" else ("{+", "+}")
    inner = signed("=", text)
    inner = "\\" + inner if inner[:1] == end[1] else inner
    inner = inner[:-1] + "\\" + inner[-1] if inner[-1:] == begin[0] else inner
    return begin + inner + end
