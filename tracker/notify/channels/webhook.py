"""The signed webhook: one bounded POST a try, through the guarded sockets of fetch/.

2xx is taken. A redirect is a failure: following one would turn the POST into a GET, or carry it somewhere else. 410
ends the delivery at once; every other status is tried again on the schedule, since a receiver under repair answers
401, 404 and 422 as well. Nothing here says, logs or keeps the secret, or an address that is one.
"""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tracker.errors import ConfigError
from tracker.events.types import Attempt
from tracker.fetch.address import WEBHOOK_PORTS, AddressGuard
from tracker.fetch.transport import PostFailed, guarded_client
from tracker.notify.channels import ChannelConfig, Message, Surroundings
from tracker.notify.channels.signature import headers, key_of
from tracker.notify.render.webhook import MEDIA_TYPE
from tracker.notify.secret import Ref, resolve

CONNECT_S = 5.0  # for the name and the connection
MAX_RETRY_AFTER_S = 24 * 3600  # a longer wish is taken for a mistake
GONE = 410


class WebhookChannel:
    """A webhook as configured. Secret and secret address are looked up anew at every try."""

    def __init__(self, config: ChannelConfig, world: Surroundings) -> None:
        self._config = config
        self._world = world
        self._client = guarded_client(
            AddressGuard(world.allow, WEBHOOK_PORTS),
            total_s=world.timeout_s,
            user_agent=world.user_agent,
            connect_s=min(CONNECT_S, world.timeout_s),
        )

    def send(self, message: Message, *, now: datetime) -> Attempt:
        """POST the message once."""
        try:
            url, key = self._url(), self._key()
        except ConfigError as wrong:
            return Attempt(ok=False, error=f"{wrong.what}: {wrong.where}. {wrong.remedy}")
        told = {"Content-Type": MEDIA_TYPE, **headers(message.id, message.body, key, now=now)}
        answer = self._client.post(url, content=message.body, headers=told)
        if isinstance(answer, PostFailed):
            return Attempt(ok=False, error=f"{answer.reason}: {self._detail(answer)}")
        return attempt_of(answer.status, answer.headers.get("retry-after"), now=now)

    def close(self) -> None:
        """Nothing is kept open between messages."""

    def _detail(self, failed: PostFailed) -> str:
        """For a person: never what the receiver sent, which may echo us, nor a piece of a secret address."""
        if failed.reason == "protocol":
            return "the answer is not HTTP"
        if failed.reason == "refused_url" and isinstance(self._config.url, Ref):
            return f"what stands in {self._config.url} is not an address that can be asked"
        return failed.detail

    def _url(self) -> str:
        url = self._config.url
        return resolve(url, self._world.environ, self._world.base) if isinstance(url, Ref) else url or ""

    def _key(self) -> bytes | None:
        ref = self._config.secret
        if ref is None:
            return None
        try:
            return key_of(resolve(ref, self._world.environ, self._world.base))
        except ValueError as wrong:
            raise ConfigError("Not a signing secret", where=str(ref), remedy=f"{wrong}".capitalize()) from None


def attempt_of(status: int, retry_after: str | None, *, now: datetime) -> Attempt:
    """What a receiver's answer means."""
    if 200 <= status < 300:
        return Attempt(ok=True, status=status)
    if status == GONE:
        return Attempt(ok=False, status=status, error="HTTP 410: the receiver is gone for good", permanent=True)
    wait_s = retry_after_s(retry_after, now=now)
    words = f"HTTP {status}"
    if 300 <= status < 400:
        words += ": a redirect, not followed; give the channel its new address"
    if wait_s is not None:
        words += f", to be asked again after {wait_s} s"
    return Attempt(ok=False, status=status, error=words, retry_after_s=wait_s)


def retry_after_s(value: str | None, *, now: datetime) -> int | None:
    """The seconds that a Retry-After asks for, rounded up, at most a day; None where it says nothing that we read.

    Forms: seconds, also with decimals (not in RFC 9110, but sent), and an HTTP date; a past one is 0.
    """
    text = (value or "").strip()
    if re.fullmatch(r"\d{1,18}(\.\d*)?", text, re.ASCII):
        return min(math.ceil(float(text)), MAX_RETRY_AFTER_S)
    try:
        at = parsedate_to_datetime(text)
        # RFC 9110 §5.6.7: an HTTP date is GMT, also where it says so in a form that carries no zone.
        wait_s = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(math.ceil(wait_s), 0), MAX_RETRY_AFTER_S)
