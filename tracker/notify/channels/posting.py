"""What all channels that speak HTTP share: one bounded request a try, and what its answer means.

2xx is taken. A redirect is a failure: following one would turn the POST into a GET, or carry it somewhere else. Nothing
here says, logs or keeps a secret, or an address that is one: of an answer, which may echo us, every secret is struck.
"""

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import orjson

from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.fetch.address import WEBHOOK_PORTS, AddressGuard
from tracker.fetch.transport import Answer, PostFailed, guarded_client
from tracker.notify.channels import KINDS, ChannelConfig, Key, Message, Surroundings
from tracker.notify.channels.striking import pieces, striker
from tracker.notify.secret import Ref, resolve

CONNECT_S = 5.0  # for the name and the connection
MAX_RETRY_AFTER_S = 24 * 3600  # a longer wish is taken for a mistake
ANSWER_CHARS = 1_000  # of an answer that are kept
GONE = 410
TOO_LARGE = frozenset({400, 413, 422})  # rendered smaller once, then given up
REFUSED = frozenset({401, 403, 404})  # for a day: the channel is disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. secrets: what may not be seen in whatever comes back, besides the address itself."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    method: str = "POST"
    secrets: tuple[str, ...] = ()
    is_url_secret: bool = True


class PostingChannel:
    """A channel that makes one HTTP request of a message.

    request: makes it, at every try anew, so that a secret may be changed at any time; raises ConfigError where
    something is not there. wait_of: seconds that an answer asks for beyond its Retry-After, from the receiver's own
    forms. judge: what a receiver's own answers mean where the status alone does not tell.
    """

    def __init__(
        self,
        config: ChannelConfig,
        world: Surroundings,
        request: Callable[["PostingChannel", Message, datetime], Request],
        *,
        wait_of: Callable[[Answer], float | None] = lambda answer: None,
        judge: Callable[[Answer, Attempt], Attempt] = lambda answer, attempt: attempt,
    ) -> None:
        self.config, self.world = config, world
        self._request, self._wait_of, self._judge = request, wait_of, judge
        self._client = guarded_client(
            AddressGuard(world.allow, WEBHOOK_PORTS),
            total_s=world.timeout_s,
            user_agent=world.user_agent,
            connect_s=min(CONNECT_S, world.timeout_s),
        )

    def secret(self, key: str) -> str | None:
        """What stands under a key of the configuration, looked up now; None where nothing does. Raises ConfigError."""
        ref = self.config.ref(key)
        return resolve(ref, self.world.environ, self.world.base) if isinstance(ref, Ref) else ref

    def send(self, message: Message, *, now: datetime) -> Attempt:
        """Make the request once."""
        try:
            request = self._request(self, message, now)
        except ConfigError as wrong:
            return Attempt(ok=False, error=f"{wrong.what}: {wrong.where}. {wrong.remedy}")
        begun_s = time.monotonic()
        answer = self._client.send(request.method, request.url, content=request.body, headers=request.headers)
        elapsed_ms = int((time.monotonic() - begun_s) * 1000)
        if isinstance(answer, PostFailed):
            told = _detail(answer, self.config, request)
            return Attempt(ok=False, error=f"{answer.reason}: {told}", elapsed_ms=elapsed_ms)
        strike = striker((*request.secrets, *(pieces(request.url) if request.is_url_secret else ())))
        attempt = attempt_of(answer, self._wait_of(answer), now=now)
        attempt = self._judge(answer, attempt)
        shown = strike(answer.body.decode("utf-8", "replace"))[:ANSWER_CHARS]
        error = strike(attempt.error)[:ANSWER_CHARS] if attempt.error is not None else None
        return replace(attempt, error=error, elapsed_ms=elapsed_ms, answer=shown)

    def close(self) -> None:
        """Nothing is kept open between messages."""


def _detail(failed: PostFailed, config: ChannelConfig, request: Request) -> str:
    """For a person: never what the receiver sent, which may echo us, nor a piece of a secret address."""
    if failed.reason == "protocol":
        return "the answer is not HTTP"
    if failed.reason == "refused_url" and request.is_url_secret:
        return f"what stands in {_address_of(config)} is not an address that can be asked"
    return failed.detail


def _address_of(config: ChannelConfig) -> str:
    """Where a channel's address stands: its reference, or the reference of the token that is a piece of it."""
    keys = KINDS[config.kind].keys if config.kind in KINDS else {}
    found = [config.ref(key) for sort in ("address", "secret address", "secret") for key in _of_sort(keys, sort)]
    return next((str(ref) for ref in found if isinstance(ref, Ref)), f"channel {config.name!r}")


def _of_sort(keys: Mapping[str, Key], *sorts: str) -> list[str]:
    return [name for name, about in keys.items() if about.sort in sorts]


def origin(config: ChannelConfig, world: Surroundings) -> str:
    """Whose machine a channel sends to: `https://host:443`, never a path, which may be secret; "" where it has none."""
    keys = KINDS[config.kind].keys if config.kind in KINDS else {}
    for key in _of_sort(keys, "address", "secret address"):
        ref = config.ref(key)
        try:
            parts = urlsplit(resolve(ref, world.environ, world.base) if isinstance(ref, Ref) else ref or "")
            port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        except (ConfigError, ValueError):
            continue
        if parts.hostname and port:
            host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
            return f"{parts.scheme}://{host}:{port}"
    return ""


def attempt_of(answer: Answer, wait_s: float | None, *, now: datetime) -> Attempt:
    """What an answer means by its status. wait_s: what it asks for in the receiver's own form."""
    status = answer.status
    if 200 <= status < 300:
        return Attempt(ok=True, status=status)
    if status == GONE:
        told = "HTTP 410: the receiver is gone for good"
        return Attempt(ok=False, status=status, error=told, permanent=True, disables=True, reason="gone")
    asked = [w for w in (retry_after_s(answer.headers.get("retry-after"), now=now), whole_s(wait_s)) if w is not None]
    words = f"HTTP {status}"
    if 300 <= status < 400:
        words += ": a redirect, not followed; give the channel its new address"
    if asked:
        words += f", to be asked again after {max(asked)} s"
    return Attempt(
        ok=False,
        status=status,
        error=words,
        retry_after_s=max(asked) if asked else None,
        too_large=status in TOO_LARGE,
        refuses_us=status in REFUSED,
    )


def retry_after_s(value: str | None, *, now: datetime) -> int | None:
    """The seconds that a Retry-After asks for, rounded up, at most a day; None where it says nothing that we read.

    Forms: seconds, also with decimals (not in RFC 9110, but sent), and an HTTP date; a past one is 0.
    """
    text = (value or "").strip()
    if re.fullmatch(r"\d{1,18}(\.\d*)?( *, *\d{1,18}(\.\d*)?)+", text, re.ASCII):  # of the origin and of a proxy
        text = max(text.split(","), key=float).strip()
    if re.fullmatch(r"\d{1,18}(\.\d*)?", text, re.ASCII):
        return min(math.ceil(float(text)), MAX_RETRY_AFTER_S)
    try:
        at = parsedate_to_datetime(text)
        # RFC 9110 §5.6.7: an HTTP date is GMT, also where it says so in a form that carries no zone.
        wait_s = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(math.ceil(wait_s), 0), MAX_RETRY_AFTER_S)


def whole_s(wait_s: float | None) -> int | None:
    """Seconds that a body asks for, rounded up, at most a day; None for what is no such number."""
    if wait_s is None or isinstance(wait_s, bool) or not math.isfinite(wait_s) or wait_s < 0:
        return None
    return min(math.ceil(wait_s), MAX_RETRY_AFTER_S)


def json_of(answer: Answer) -> object:
    """The answer's body as JSON; None where it is none."""
    try:
        found: object = orjson.loads(answer.body)
    except ValueError:
        return None
    return found


def number_at(data: object, *path: str) -> float | None:
    """The number under a path of keys; None where there is none."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return float(data) if isinstance(data, int | float) and not isinstance(data, bool) else None
