"""The long tail of services, by the library Apprise (`pip install 'tracker[apprise]'`), fenced in.

What is fenced, and why: Apprise follows redirects and calls the result success, tries again on its own clock, sends
what is too long whole, and writes tokens into its log; it knows addresses that write files or call programs. So: one
address a channel, of a service that is listed (apprise_address.py); plain text; one try, its requests sent by our own
client (apprise_wire.py), which says the status and Retry-After that Apprise does not; its loggers never reach ours, and
the secrets in an address are struck out of what they say. What neither an answer nor words explain is passing trouble.

The length that a service takes is known only when its address is, which is a secret and looked up at each try. So the
frozen message holds the text at several lengths, each cut by edits, and the longest that the service takes is sent.
Texts of a page are changed as render/disarm.py says, and by a WORD JOINER after `@`, `#` and `<`, between `]` and what
may follow it, and inside runs of marks such as ```: some services read Markdown whatever they are told. Emphasis by a
single mark may still take effect there; mentions, links and fences may not.
"""

import logging
import re
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any  # Any: Apprise's plugins, whose types say little

import orjson

from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import ChannelConfig, Key, Kind, Message, Surroundings
from tracker.notify.channels.apprise_address import ADVICE, striker_of, vetted
from tracker.notify.render.disarm import JOINER, disarmed, unlinked
from tracker.notify.render.fit import fitted, words_cut
from tracker.notify.render.notice import Notice, notice_of
from tracker.notify.render.text import text
from tracker.notify.telling import Telling

if TYPE_CHECKING:
    from tracker.fetch.transport import Answer, PostFailed

LENGTHS = (30_000, 4_000, 2_000, 1_000, 500, 150)  # characters of title and text together
MAX_NTFY_BYTES = 3_900  # of 4,096, beyond which Apprise sends a file instead of a message
THROTTLED_WAIT_S = 60  # where words alone say it
ANSWER_CHARS = 1_000
_GUARDED = re.compile(rf"(?<=[@#<])(?=[^\s{JOINER}])|(?<=\])(?=[(\[:])|(?<=[*_~`|])(?=[*_~`|])")
_LOUD = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib", "charset_normalizer")  # whole URLs at DEBUG
_THROTTLED = re.compile(r"too many requests|rate.?limit|throttl", re.I)
_REFUSED = re.compile(r"unauthori[sz]ed|forbidden|invalid (token|api.?key|credentials)", re.I)


# ---------------------------------------------------------------- the message


def body(telling: Telling) -> bytes:
    """Title and text, the latter at several lengths, the longest first: the same bytes for the same telling."""
    notice = notice_of(telling)
    texts: list[str] = []
    title = _disarmed(notice).title
    for most in LENGTHS:
        room = (most // 2 if telling.small else most) - len(title) - 2
        if texts and len(texts[-1]) <= room:
            continue  # it would be the same
        fits = fitted(notice, lambda shown, room=room: len(_text(shown)) <= room)  # type: ignore[misc]
        if (made := _text(fits)) not in texts:
            texts.append(made)
    return orjson.dumps({"title": title, "texts": texts})


def _text(notice: Notice) -> str:
    return text(_disarmed(notice), titled=False).strip("\n")


def _disarmed(notice: Notice) -> Notice:
    return disarmed(notice, _guarded)


def _guarded(page_text: str) -> str:
    return _GUARDED.sub(JOINER, unlinked(page_text))


# ---------------------------------------------------------------- the library, fenced


_STRIKE: ContextVar[Callable[[str], str] | None] = ContextVar("strike", default=None)  # of the try that is made


class _Struck(logging.Filter):
    """Strikes the secrets of the address out of every record before any handler sees it, Apprise's own too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is kept: not outside a try, where nobody knows what to strike."""
        strike = _STRIKE.get()
        if strike is None:
            return False
        record.msg, record.args, record.exc_info, record.exc_text = strike(record.getMessage()), (), None, None
        return True


def library() -> ModuleType:
    """Apprise, quiet. Raises ConfigError where it is not installed."""
    from tracker.notify.channels.apprise_wire import fence

    for name in _LOUD:  # before it is loaded: it speaks at once
        logger = logging.getLogger(name)
        logger.setLevel(logging.WARNING if name == "apprise" else logging.CRITICAL)
        logger.propagate = False  # what it says of a try is read from its result
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())  # else logging prints warnings to stderr
        if not any(isinstance(known, _Struck) for known in logger.filters):
            logger.addFilter(_Struck())
    try:
        found = import_module("apprise")
        fence()
        return found
    except ImportError:
        raise _missing("kind apprise") from None


class AppriseChannel:
    """A service as configured: one address, one try, plain text."""

    def __init__(self, config: ChannelConfig, world: Surroundings) -> None:
        from tracker.fetch.address import WEBHOOK_PORTS, AddressGuard

        self._config, self._world = config, world
        self._guard = AddressGuard(world.allow, WEBHOOK_PORTS)
        self._apprise = library()

    def send(self, message: Message, *, now: datetime) -> Attempt:
        """Have Apprise send the message once, at the greatest length that the service takes."""
        from tracker.notify.channels.apprise_wire import TRY, Try
        from tracker.notify.secret import Ref, resolve

        ref = self._config.ref("url")
        try:
            url = resolve(ref, self._world.environ, self._world.base) if isinstance(ref, Ref) else ref or ""
            scheme = vetted(url, str(ref))
        except ConfigError as wrong:
            return _refused(wrong)
        strike = striker_of(url, scheme)
        of_try = Try(guard=self._guard, user_agent=self._world.user_agent, total_s=self._world.timeout_s)
        tokens = TRY.set(of_try), _STRIKE.set(strike)
        begun_s = time.monotonic()
        try:
            result = self._tried(url, message, str(ref))
        except ConfigError as wrong:
            return _refused(wrong)
        finally:
            TRY.reset(tokens[0])
            _STRIKE.reset(tokens[1])
        said = "; ".join(dict.fromkeys(entry.message for entry in result.logs()))
        attempt = judged(bool(result), of_try.outcomes, said, now=now)
        error = f"{scheme}: {strike(attempt.error)}" if attempt.error is not None else None
        elapsed_ms = int((time.monotonic() - begun_s) * 1000)
        return replace(attempt, error=error, answer=strike(attempt.answer)[:ANSWER_CHARS], elapsed_ms=elapsed_ms)

    def _tried(self, url: str, message: Message, ref: str) -> Any:
        service = self._service(url, ref)
        title, chosen = _chosen(message.body, service)
        sender = self._apprise.Apprise(asset=service.asset)
        sender.add(service)
        # Our client ends each try in time; what hangs for another reason is left behind a little later.
        return sender.notify(title=title, body=chosen, body_format="text", timeout=self._world.timeout_s + 2)

    def close(self) -> None:
        """Nothing is kept open between messages."""

    def _service(self, url: str, ref: str) -> Any:
        asset = self._apprise.AppriseAsset(
            http_redirects=False,
            async_mode=False,
            secure_logging=True,
            plugin_paths=[],
            storage_mode="memory",
            service_timeout=self._world.timeout_s + 2,
            default_service_retry=0,
            app_id="tracker",
            app_desc="tracker",
            app_url=self._world.link_base or "",
        )
        service = self._apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            raise ConfigError("Apprise cannot read this address", where=ref, remedy=ADVICE)
        if len(service) > 1:  # one that fails would bring the message to the others again, and nothing names it there
            told = f"The address has {len(service)} receivers"
            raise ConfigError(told, where=ref, remedy="One receiver a channel: make a channel of each")
        service.retry, service.redirects = 0, False
        return service


def _chosen(frozen: bytes, service: Any) -> tuple[str, str]:
    """Title and text that this service takes: the longest text that fits after conversion, counted in bytes, since
    some services count these."""
    convert_between = import_module("apprise.conversion").convert_between
    told = orjson.loads(frozen)
    title, title_room = str(told["title"]), int(service.title_maxlen)
    most = min(int(service.body_maxlen), MAX_NTFY_BYTES if service.service_name == "ntfy" else LENGTHS[0] * 4)
    if 0 < title_room < len(title):
        title = words_cut(title, title_room - 3)  # an ellipsis between two blanks is added
    room = most - (len(title.encode()) + 20 if title_room <= 0 else 0)  # 20: what is put around a title
    target = service.resolve_format("text")
    for whole in told["texts"]:
        if len(convert_between("text", target, content=whole).encode()) <= room:
            return title, str(whole)
    if room < 30:
        return words_cut(title, max(most - 30, 20)), ""
    return title, words_cut(str(told["texts"][-1]), room // 4)


def judged(is_ok: bool, outcomes: Sequence["Answer | PostFailed"], said: str, *, now: datetime) -> Attempt:
    """What came of a try: by the last answer that was none of success, or why there was no answer; where neither says
    it, by Apprise's words: throttled, refused or, by default, passing.
    """
    from tracker.fetch.transport import Answer, PostFailed
    from tracker.notify.channels.posting import attempt_of

    statuses = [outcome.status for outcome in outcomes if isinstance(outcome, Answer)]
    if is_ok:
        return Attempt(ok=True, status=statuses[-1] if statuses else None)
    for outcome in reversed(outcomes):
        if isinstance(outcome, PostFailed):
            return Attempt(ok=False, error=f"{outcome.reason}: {outcome.detail}")
        if not 200 <= outcome.status < 300:
            return replace(attempt_of(outcome, None, now=now), answer=outcome.body.decode("utf-8", "replace"))
    if statuses and set(statuses) <= {201, 202, 204}:  # without a body that could say otherwise
        return Attempt(ok=True, status=statuses[-1], note="taken, though Apprise expected another answer")
    if _THROTTLED.search(said):
        told = f"throttled, to be asked again after {THROTTLED_WAIT_S} s"
        return Attempt(ok=False, status=429, error=told, retry_after_s=THROTTLED_WAIT_S, answer=said)
    refuses = bool(_REFUSED.search(said))
    told = "the service refuses us" if refuses else "Apprise could not send it"
    return Attempt(ok=False, error=told, refuses_us=refuses, answer=said)


def _refused(wrong: ConfigError) -> Attempt:
    return Attempt(ok=False, error=f"{wrong.what}: {wrong.where}. {wrong.remedy}")


def _check(config: ChannelConfig, where: str) -> None:
    if find_spec("apprise") is None:
        raise _missing(where)


def _missing(where: str) -> ConfigError:
    return ConfigError("Apprise is not installed", where=where, remedy="pip install 'tracker[apprise]'")


def _render(telling: Telling, config: ChannelConfig) -> bytes:
    return body(telling)


KIND = Kind(
    name="apprise",
    help="other services, by Apprise (pip install 'tracker[apprise]')",
    keys={"url": Key(sort="secret", help="a reference to one address of Apprise", is_needed=True)},
    render=_render,
    make=AppriseChannel,
    check=_check,
    per_minute=30,
    burst=3,
)
