"""Microsoft Teams: an Adaptive Card, posted to the address of a workflow.

Texts of a page stand in TextRuns only: these know neither Markdown nor mentions, TextBlocks do. One thing takes effect
in them, `{{DATE(…)}}` and `{{TIME(…)}}`: between two opening braces stands a WORD JOINER (U+2060). Nothing else of a
page's text is changed, but that a line feed in what is one line becomes a blank.
"""

import re
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import ChannelConfig, Key, Kind, Message, Surroundings
from tracker.notify.render.disarm import JOINER, disarmed
from tracker.notify.render.fit import fitted
from tracker.notify.render.notice import Notice, notice_of
from tracker.notify.render.paragraphs import Paragraph, Run, Style, paragraphs
from tracker.notify.telling import Telling

if TYPE_CHECKING:
    from tracker.fetch.transport import Answer
    from tracker.notify.channels.posting import PostingChannel, Request

MAX_BODY_BYTES = 21_000  # Microsoft names 28 KB for all of it; senders saw refusals from 21 KB on
CARD_VERSION = "1.5"
CARD_TYPE = "application/vnd.microsoft.card.adaptive"
ACCEPTED = 202  # the workflow was started; whether it posts, nobody tells us
WORKFLOW_HOSTS = (".logic.azure.com", ".api.powerautomate.com", ".api.powerplatform.com")
RETIRED_HOSTS = (".webhook.office.com",)
RETIRED_PATHS = ("outlook.office.com", "outlook.office365.com")  # with /webhook…
ADVICE = "In Teams, add the workflow 'Send webhook alerts to a channel' and give its address (docs: Teams)"

_STYLES: dict[Style, dict[str, object]] = {
    "": {},
    "strong": {"weight": "Bolder"},
    "dim": {"isSubtle": True},
    "-": {"strikethrough": True, "color": "Attention"},
    "+": {"underline": True, "color": "Good"},
    "link": {"color": "Accent"},
}


# ---------------------------------------------------------------- the message


def body(telling: Telling) -> bytes:
    """The message with its card: the same bytes for the same telling, 21,000 at most."""
    most = MAX_BODY_BYTES // 2 if telling.small else MAX_BODY_BYTES
    return _written(fitted(notice_of(telling), lambda notice: len(_written(notice)) <= most))


def _written(notice: Notice) -> bytes:
    safe = disarmed(notice, _literal)
    card: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": CARD_VERSION,
        "fallbackText": "This client cannot show the card.",  # read as Markdown: no text of a page
        "body": [_element(paragraph, is_title=at == 0) for at, paragraph in enumerate(paragraphs(safe))],
    }
    if safe.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": safe.link}]
    return orjson.dumps(
        {"type": "message", "attachments": [{"contentType": CARD_TYPE, "contentUrl": None, "content": card}]}
    )


def _literal(text: str) -> str:
    return re.sub(r"(?<=\{)(?=\{)", JOINER, text)


def _element(paragraph: Paragraph, *, is_title: bool) -> dict[str, object]:
    inlines = [_text_run(run) for run in paragraph.runs]
    if is_title:
        inlines = [run | {"size": "Medium"} for run in inlines]
    block: dict[str, object] = {"type": "RichTextBlock", "inlines": inlines}
    if paragraph.is_quote:
        return {"type": "Container", "style": "emphasis", "spacing": "Small", "items": [block]}
    return block | {"spacing": "Medium" if paragraph.begins else "Small"}


def _text_run(run: Run) -> dict[str, object]:
    made: dict[str, object] = {"type": "TextRun", "text": run.text, **_STYLES[run.style]}
    if run.style == "link":
        made["selectAction"] = {"type": "Action.OpenUrl", "url": run.text}
    return made


# ---------------------------------------------------------------- the address


def retired(url: str) -> bool:
    """Whether it is an address of the connectors that Microsoft has switched off."""
    host, path = _host_and_path(url)
    return host.endswith(RETIRED_HOSTS) or (host in RETIRED_PATHS and path.startswith("/webhook"))


def is_workflow(url: str) -> bool:
    """Whether it looks like a workflow's address: by its host, or by its path behind a host of one's own."""
    host, path = _host_and_path(url)
    is_ours = host in ("127.0.0.1", "localhost", "::1")
    return is_ours or host.endswith(WORKFLOW_HOSTS) or "/powerautomate/" in path or "/workflows/" in path


def _host_and_path(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return (parts.hostname or "").rstrip("."), parts.path.lower()


def _useless(url: str) -> tuple[str, str] | None:
    return ("This Teams connector was retired by Microsoft", ADVICE) if retired(url) else None


def _check(config: ChannelConfig, where: str) -> None:
    url = config.ref("url")
    if not isinstance(url, str):
        return  # looked at when it is used
    if useless := _useless(url):
        raise ConfigError(useless[0], where=where, remedy=useless[1])
    if not is_workflow(url):
        raise ConfigError("Not the address of a Teams workflow", where=where, remedy=ADVICE)


# ---------------------------------------------------------------- the channel


class TeamsChannel:
    """A workflow as configured. An address that is a reference is judged at each try, before anything is sent."""

    def __init__(self, config: ChannelConfig, world: Surroundings) -> None:
        from tracker.notify.channels.posting import PostingChannel

        self._posting = PostingChannel(config, world, _request, judge=_judged)

    def send(self, message: Message, *, now: datetime) -> Attempt:
        """Start the workflow once; 202 is success, and says no more than that it was started."""
        try:
            url = self._posting.secret("url") or ""
        except ConfigError:
            return self._posting.send(message, now=now)  # which says what is wrong
        if retired(url):
            told = (
                f"the address in {self._posting.config.ref('url')} is a Teams connector, retired by Microsoft. {ADVICE}"
            )
            return Attempt(ok=False, error=told, permanent=True, reason="retired")
        return self._posting.send(message, now=now)

    def close(self) -> None:
        """Nothing is kept open between messages."""
        self._posting.close()


def _request(channel: "PostingChannel", message: Message, now: datetime) -> "Request":
    from tracker.notify.channels.posting import Request

    url = channel.secret("url") or ""
    if not is_workflow(url):
        where = str(channel.config.ref("url"))
        raise ConfigError("Not the address of a Teams workflow", where=where, remedy=ADVICE)
    return Request(url=url, body=message.body, headers={"Content-Type": "application/json"})


def _judged(answer: "Answer", attempt: Attempt) -> Attempt:
    from dataclasses import replace

    from tracker.notify.channels.posting import json_of

    if attempt.ok and answer.headers.get("content-type", "").lower().startswith("text/html"):
        told = f"HTTP {answer.status}, but a web page: this is no workflow's address"
        return replace(attempt, ok=False, error=told)
    if attempt.ok:
        return replace(attempt, note="accepted, not yet posted") if answer.status == ACCEPTED else attempt
    data = json_of(answer)
    error = data.get("error") if isinstance(data, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, str) and code.isascii() and code.isalnum() and len(code) <= 60:
        return replace(attempt, error=f"{attempt.error} ({code})")
    return attempt


def _render(telling: Telling, config: ChannelConfig) -> bytes:
    return body(telling)


KIND = Kind(
    name="teams",
    help="Microsoft Teams, by a workflow",
    keys={"url": Key(sort="secret address", help="of the workflow", is_needed=True, refuses=_useless)},
    render=_render,
    make=TeamsChannel,
    check=_check,
    per_minute=120,  # Microsoft: four a second
    burst=2,
)
