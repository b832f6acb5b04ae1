"""The body of an answer, whole and inflated, within its limits; and why a fetch ends without one.

Lives here: reading, inflating, draining. Not here: what the headers mean (answers.py), whether to ask (client.py).
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from tracker.events.looks import FailReason
from tracker.fetch.transport import FAILURES, failure

RATIO_FROM_BYTES = 64 * 1024  # small pages may shrink as much as they like
_PIECE_BYTES = 64 * 1024
_DRAIN_BYTES = 16 * 1024  # of a body that nobody reads, to keep its connection


class Failed(Exception):
    """Ends a fetch from within its steps; the fetcher makes it a value. can_retry: asking again at once may help."""

    def __init__(
        self,
        reason: FailReason,
        detail: str,
        *,
        status: int | None = None,
        retry_after_s: int | None = None,
        can_retry: bool = False,
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.status = status
        self.retry_after_s = retry_after_s
        self.can_retry = can_retry


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a body is read. max_bytes: inflated. max_ratio: of inflated to sent. cuts: what is longer is cut
    there, not refused.
    """

    max_bytes: int
    max_ratio: int
    cuts: bool = False


def read(response: httpx.Response, limits: Limits, peer_closed: Callable[[], bool]) -> bytes:
    """The whole body, inflated. Raises Failed for what is too long, damaged, or did not come whole.

    peer_closed: whether the server ended the connection.
    """
    announced = response.headers.get("content-length", "")
    if not limits.cuts and announced.isdecimal() and int(announced) > limits.max_bytes:
        told = f"{int(announced):,} bytes announced, {limits.max_bytes:,} allowed"
        raise Failed("too_large", told, status=response.status_code)
    coding = response.headers.get("content-encoding", "").strip().lower()
    pieces = _received(response, peer_closed)
    if coding in ("gzip", "x-gzip"):
        pieces = _gunzipped(pieces, limits.max_ratio)
    elif coding not in ("", "identity"):
        told = f"content encoding {coding[:40]!r}, which was not asked for"
        raise Failed("bad_encoding", told, status=response.status_code)
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > limits.max_bytes:
            if limits.cuts:
                return bytes(body[: limits.max_bytes])
            raise Failed("too_large", f"more than {limits.max_bytes:,} bytes", status=response.status_code)
    return bytes(body)


def drain(response: httpx.Response) -> None:
    """Take the end mark, and the few bytes of a body that nobody reads: then the connection serves the next request."""
    taken = 0
    try:
        for chunk in response.iter_raw():
            taken += len(chunk)
            if taken > _DRAIN_BYTES:
                break
    except FAILURES:
        return  # its head was all that we wanted; closing below gives the connection up
    finally:
        response.close()


def _received(response: httpx.Response, peer_closed: Callable[[], bool]) -> Iterator[bytes]:
    try:
        yield from response.iter_raw()
    except FAILURES as error:
        reason, detail = failure(error, reading_body=True, peer_closed=peer_closed())
        raise Failed(reason, detail, status=response.status_code, can_retry=reason == "truncated") from error


def _gunzipped(received: Iterator[bytes], max_ratio: int) -> Iterator[bytes]:
    """Inflate gzip piece by piece, so that a bomb is seen while it is small.

    Bytes after the end mark that begin no new member are padding, as in every reader of gzip.
    """
    inflater = zlib.decompressobj(wbits=31)
    taken_bytes = given_bytes = 0
    for chunk in received:
        taken_bytes += len(chunk)
        while chunk:
            if inflater.eof:
                if not chunk.startswith(b"\x1f\x8b"):
                    break
                inflater = zlib.decompressobj(wbits=31)
            try:
                piece = inflater.decompress(chunk, _PIECE_BYTES)
            except zlib.error as error:
                raise Failed("bad_encoding", f"the gzip is damaged: {error}", status=200) from error
            given_bytes += len(piece)
            used_bytes = taken_bytes - len(inflater.unconsumed_tail)
            if given_bytes > RATIO_FROM_BYTES and given_bytes > max_ratio * used_bytes:
                told = f"the gzip inflates to more than {max_ratio} times its size"
                raise Failed("bomb", told, status=200)
            yield piece
            chunk = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if taken_bytes and not inflater.eof:
        raise Failed("truncated", "the gzip ends before its end mark", status=200, can_retry=True)
