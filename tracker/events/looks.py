"""One look at a page, as frozen values: the watch, the exchange, what the judge thinks of it. Pure.

Lives here: types that cross rooms. Not here: what is recorded and told of it (types.py).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

WatchState = Literal["active", "paused", "removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One URL that we look at, on a cadence. every_s: seconds between looks; None: the default cadence.

    profile, publisher: as configured; None where they are to be found from the page. paused_until: when one that is
    paused is looked at again by itself; None: when somebody says so.
    """

    name: str
    url: str
    profile: str | None = None
    publisher: str | None = None
    every_s: int | None = None
    state: WatchState = "active"
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What the publisher gave us to ask again with, verbatim (RFC 9110 §8.8): never our own clock.

    vary: the Vary header that came with them; variant: a hash of what our request said in the headers that it names.
    """

    etag: str | None = None
    last_modified: str | None = None
    vary: str | None = None
    variant: str | None = None

    @property
    def verify_every(self) -> int:
        """Of how many looks one is unconditional: trusted, but verified; sooner where the answer hangs on more."""
        named = {name.strip().lower() for name in (self.vary or "").split(",")}
        return 7 if named & {"*", "cookie"} else 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a capture that is no look of ours was imported from. origin: the file, or the address in an archive.

    precision: `day` where only its date is known, which is taken for the day's first instant.
    """

    kind: Literal["folder", "warc", "wayback"]
    origin: str
    precision: Literal["", "day"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """The exchange that a fetch brought. captured_at: UTC, last byte read. body: decoded (inflated) bytes.

    headers: response headers as received, lower-case names, without Set-Cookie. hops: addresses redirected through.
    permanent_to: where the page moved for good, if every hop said so. fresh_s: for how long the publisher says that
    there is nothing new. fetch_id: names this fetch; the idempotency key of what is recorded of it.
    source: of an imported one.
    """

    fetch_id: str
    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    media_type: str | None
    charset: str | None
    body: bytes
    body_sha256: str
    requested_at: datetime
    captured_at: datetime
    validators: Validators = Validators()
    hops: tuple[str, ...] = ()
    permanent_to: str | None = None
    fresh_s: int = 0
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304 to our conditional request: the page is as the validators said. Validators may be refreshed by it.

    fresh_s: as of a Capture.
    """

    url: str
    captured_at: datetime
    validators: Validators
    fresh_s: int = 0


FailReason = Literal[
    "refused_address", "refused_url", "dns", "connect", "tls", "timeout", "http_status", "truncated",
    "too_large", "bomb", "bad_encoding", "protocol", "redirects", "robots", "held",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """No capture, and why. status: the HTTP status of the answer, where there was one. detail: for a person.

    reason `held`: nothing was asked, as its origin wants or needs to be left alone; `robots`: its robots.txt forbids.
    retry_after_s: for how long nothing is asked of this origin, by its wish or by our back-off.
    """

    url: str
    at: datetime
    reason: FailReason
    detail: str
    status: int | None = None
    retry_after_s: int | None = None

    @property
    def slow(self) -> bool:
        """Whether a look a day is enough: somebody decided that we may not have the page, and nothing broke."""
        return self.status in (401, 403, 451) or (self.reason == "robots" and self.status is None)


Fetched = Capture | NotModified | FetchFailed

VerdictKind = Literal["ok", "suspect", "rejected", "gone", "moved"]
Outcome = Literal["unchanged", "changed", "suspect", "rejected", "failed"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge thinks of a capture, and the evidence, a line each, for a person."""

    kind: VerdictKind
    reason: str = ""
    evidence: tuple[str, ...] = ()
