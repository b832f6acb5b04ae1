"""What a message told, read back: for the tests of channels that style text.

whole_redlines(telling)       # what every edit reads like, uncut, in the order in which they are told
assert_told(shown, telling)   # every redline shown is an edit's, whole or cut between words, in that order
links_in(text)                # what linkify-it, which nobody here wrote, would make links of
sender(kind, ...)             # a channel of the kind towards a loopback receiver
"""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from itertools import groupby
from pathlib import Path

from linkify_it import LinkifyIt

from tests.notify.hostile import ATTACKS, LONG, hostile_telling
from tests.notify.tellings import TELLINGS
from tracker.notify.channels import Channel, ChannelConfig, Kind, Message, Surroundings, Value
from tracker.notify.render.disarm import JOINER
from tracker.notify.render.notice import notice_of
from tracker.notify.render.redline import marked, safe
from tracker.notify.telling import Telling

LOOPBACK = (ip_network("127.0.0.0/8"),)
MESSAGE_ID = "d_0123456789abcdef"
OUR_LINKS = "https://tracker.example/"
PAGES = "https://monitor.example/profiles/"  # where a link leads when we have no pages of our own

_LONG = ("a megabyte of entities", "a hundred thousand words", "a long family", "ten thousand line feeds")
CORPUS: Mapping[str, Telling] = {
    **TELLINGS,
    **{f"attack: {name}": hostile_telling(text) for name, text in ATTACKS.items()},
    **{f"group: {name}": hostile_telling(text, form="group", changes=3) for name, text in list(ATTACKS.items())[:12]},
    **{f"long: {name}": hostile_telling(LONG[name]) for name in _LONG},
}

_LINKIFY = LinkifyIt(options={"fuzzy_link": True, "fuzzy_email": True, "fuzzy_ip": True}).tlds(["example", "me"], True)


def unjoined(text: str) -> str:
    """A text without word joiners: ours are put between its characters, its own do not count."""
    return text.replace(JOINER, "")


def whole_redlines(telling: Telling) -> list[str]:
    """Every edit as `[-old-]{+new+}`, none cut, in the order in which they are told."""
    return [
        unjoined(marked((mark, "".join(text for _, text in run)) for mark, run in groupby(piece.spans, lambda s: s[0])))
        for told in notice_of(telling).told
        for piece in told.pieces
    ]


def assert_told(shown: Sequence[str], telling: Telling) -> None:
    """Each redline shown is the next edit's that it can be: word for word, or its beginning and end around an ellipsis.

    At least one is shown, unless no edit has any words.
    """
    wholes = [whole for whole in whole_redlines(telling) if whole.strip()]
    left = iter(wholes)
    for redline in shown:
        assert any(_is_of(unjoined(redline), whole) for whole in left), f"nobody wrote {redline[:300]!r}"
    assert shown or not wholes


def _is_of(shown: str, whole: str) -> bool:
    if shown == whole:
        return True
    if len(whole) <= 120 or "…" not in shown:
        return False  # what is short is never cut
    at = 0
    for part in (part.strip() for part in shown.split("…")):
        at = whole.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def links_in(text: str) -> list[str]:
    """What a reader of plain text would make links of, our own excepted."""
    found = [match.url for match in _LINKIFY.match(text) or []]
    return [url for url in found if not url.startswith((OUR_LINKS, PAGES))]


def is_safe(text: str) -> bool:
    """Whether it has no control character but the line feed, and no lone surrogate."""
    return safe(text) == text


def sender(
    kind: Kind, values: Mapping[str, Value], environ: Mapping[str, str] | None = None, *, timeout_s: float = 5.0
) -> Channel:
    """A channel of this kind that may reach this machine."""
    world = Surroundings(
        environ=environ or {}, base=Path("/nowhere"), allow=LOOPBACK, user_agent="tracker/test", timeout_s=timeout_s
    )
    return kind.make(ChannelConfig(name="desk", kind=kind.name, values=values), world)


def message_of(kind: Kind, telling: Telling, values: Mapping[str, Value] | None = None) -> Message:
    """The message as it is frozen."""
    config = ChannelConfig(name="desk", kind=kind.name, values=values or {})
    return Message(id=MESSAGE_ID, body=kind.render(telling, config))
