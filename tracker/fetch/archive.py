"""Captures that others made: what an archive kept of an exchange, decoded as the fetcher does, in its limits.

Not here: the files and servers that hold them (warc.py, wayback.py), which of them are wanted (watch/importing.py).
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from tracker.fetch import answers
from tracker.fetch.body import Failed, Limits, read


class BadCopy(Exception):
    """A capture that cannot be read, and why, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What an archive kept of a capture: the answer's body, decoded, and what its headers say."""

    body: bytes
    media_type: str | None
    charset: str | None
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200


class _Pieces(httpx.SyncByteStream):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces


def decoded_exchange(headers: list[tuple[str, str]], pieces: Iterator[bytes], limits: Limits, status: int) -> Exchange:
    """The answer decoded as one that we had asked for. Raises BadCopy."""
    given = httpx.Headers([(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers])
    first = next(pieces, b"")
    if "gzip" in given.get("content-encoding", "") and not first.startswith(b"\x1f\x8b"):
        del given["content-encoding"]  # kept decoded, under the headers of the encoded answer
    response = httpx.Response(status, headers=given, stream=_Pieces(_chained(first, pieces)))
    try:
        body = read(response, limits, lambda: False)
    except Failed as failed:
        raise BadCopy(f"{failed.reason}: {failed.detail}") from failed
    except (zlib.error, ValueError, EOFError) as wrong:
        raise BadCopy(f"damaged: {wrong}") from wrong
    media_type, charset = answers.content_type(given.get("content-type"))
    return Exchange(body=body, media_type=media_type, charset=charset, headers=tuple(answers.kept(given)))


def _chained(first: bytes, more: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from more
