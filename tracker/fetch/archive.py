"""Captures that others made: records of WARC files, and a web archive's index (CDX) and raw replay.

Lives here: from a file or an archive to exchanges with their instants, each read when it is asked for. Not here: which
of them are wanted and what becomes of them (watch/importing.py). HTTP is decoded as the fetcher does, in its limits.
Sources: WARC 1.1 (ISO 28500:2017); the CDX server's API and `id_` replay, as pywb and the Wayback Machine speak them.
"""

import contextlib
import io
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO  # Any: records as warcio, which has no types, gives them
from urllib.parse import quote, urlencode

import httpx
import orjson

from tracker import clock
from tracker.events.types import Capture, Fetched, FetchFailed
from tracker.fetch import answers
from tracker.fetch.body import Failed, Limits, read

GZIP, PLAIN = b"\x1f\x8b\x08", b"WARC/1."  # how a record begins
ROWS_A_PAGE = 5_000  # of an index, asked for at a time: some 500 KB
TRIES = 4  # of one capture, where an archive wants us to wait in between
MOST_WAIT_S = 900  # a longer wish ends the import; it goes on where it stopped
_PIECE = 1 << 20
_STAMP = re.compile(r"\d{14}")
_REPLAYED = re.compile(r"/web/(\d{14})id_/")


class BadCopy(Exception):
    """A capture that cannot be read, and why, for a person."""


class ComeLater(Exception):
    """The archive wants to be left alone for longer than is worth waiting for. For a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What an archive kept of a capture: the answer's body, decoded, and what its headers say."""

    body: bytes
    media_type: str | None
    charset: str | None
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 200


# ---------------------------------------------------------------- WARC


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcRecord:
    """A response with status 200, or a `revisit` that says that the payload was one recorded before.

    place: of the record that holds the payload: (file, offset); None where it is in none of the files.
    precision: `day` where the record's date is no more than that.
    """

    url: str
    at: datetime
    file: Path
    offset: int
    place: tuple[Path, int] | None
    precision: str = ""


@dataclass(slots=True)
class WarcFiles:
    """What is in a number of WARC files. damaged: (file, offset, why) of what cannot be read."""

    damaged: list[tuple[Path, int, str]] = field(default_factory=list)
    _by_digest: dict[str, tuple[Path, int]] = field(default_factory=dict)
    _by_date: dict[tuple[str, str], tuple[Path, int]] = field(default_factory=dict)

    def index(self, files: list[Path], wanted: Callable[[str], bool]) -> tuple[WarcRecord, ...]:
        """The records of wanted addresses, in the order of the files. Raises OSError for a file that is not there."""
        found: list[WarcRecord] = []
        repeats: list[tuple[WarcRecord, str | None, tuple[str, str]]] = []
        for file in files:
            for offset, record in self._records(file):
                kind, headers = record.rec_type, record.rec_headers
                url, when = _target(headers), headers.get_header("WARC-Date") or ""
                status = record.http_headers.get_statuscode() if record.http_headers is not None else None
                if kind not in ("response", "revisit") or url is None or status not in ("200", None):
                    continue
                digest = headers.get_header("WARC-Payload-Digest")
                if kind == "response" and status == "200":
                    self._by_date[url, when] = (file, offset)
                    if digest:
                        self._by_digest.setdefault(digest, (file, offset))
                if not wanted(url) or (kind == "response" and status != "200"):
                    continue
                try:
                    at, precision = _warc_date(when)
                except ValueError:
                    self.damaged.append((file, offset, f"no date: {when[:40]!r}"))
                    continue
                here = WarcRecord(url=url, at=at, file=file, offset=offset, place=(file, offset), precision=precision)
                if kind == "response":
                    found.append(here)
                    continue
                of = headers.get_header("WARC-Refers-To-Target-URI") or url
                repeats.append((here, digest, (of, headers.get_header("WARC-Refers-To-Date") or "")))
        for here, digest, dated in repeats:  # what a record repeats may stand behind it, or in another file
            place = self._by_date.get(dated) or (self._by_digest.get(digest) if digest else None)
            found.append(
                WarcRecord(
                    url=here.url, at=here.at, file=here.file, offset=here.offset, place=place, precision=here.precision
                )
            )
        return tuple(found)

    def _records(self, file: Path) -> Iterator[tuple[int, Any]]:
        """(offset, record) of each record; what is damaged is noted and passed over to the next that can be read."""
        size = file.stat().st_size
        with file.open("rb") as stream:
            start = GZIP if stream.read(2) == GZIP[:2] else PLAIN
            offset: int | None = 0
            is_lost = False
            while offset is not None and offset < size:
                try:
                    record, following = _record_at(stream, offset)
                except BadCopy as bad:
                    if not is_lost:  # what only looked like a record's beginning is part of the same damage
                        self.damaged.append((file, offset, str(bad)))
                    is_lost, offset = True, _next_start(stream, start, offset + 1)
                    continue
                yield offset, record
                is_lost, offset = False, following


def exchange_of(record: WarcRecord, limits: Limits) -> Exchange:
    """The answer that a record holds. Raises BadCopy."""
    if record.place is None:
        raise BadCopy("the record that it repeats is in none of the files")
    file, offset = record.place
    with file.open("rb") as stream, _quiet():
        found = _opened(stream, offset)
        headers = [
            (name, value.encode("latin-1", "replace").decode("latin-1")) for name, value in found.http_headers.headers
        ]
        return _exchange(headers, _dechunked(found), limits, 200)


def _record_at(stream: BinaryIO, offset: int) -> tuple[Any, int]:
    """The record at an offset, and where the one behind it begins. Raises BadCopy."""
    with _quiet():
        found = _opened(stream, offset)
        records = found.tracker_iterator
        try:
            records.read_to_end()
        except Exception as wrong:  # warcio raises whatever its decoder does
            raise BadCopy(f"damaged: {wrong}") from wrong
    if getattr(found.raw_stream, "limit", 0) > 0 or records.err_count:
        raise BadCopy("damaged: it does not end where it says")
    if records.next_line is not None and records.reader.decompressor is not None:
        remedy = "`warcio recompress OLD NEW` makes one of single records of it"
        raise BadCopy(f"one gzip holds many records, so that none can be read by itself: {remedy}")
    if records.offset <= offset:
        raise BadCopy("damaged: where it ends cannot be told")
    return found, int(records.offset)


def _opened(stream: BinaryIO, offset: int) -> Any:
    from warcio.archiveiterator import WARCIterator  # type: ignore[import-untyped]  # loaded by who reads WARC files

    stream.seek(offset)
    try:
        records = WARCIterator(stream)
        record = next(records)
    except StopIteration:
        raise BadCopy("no record begins here") from None
    except Exception as wrong:  # warcio raises whatever its decoder does
        raise BadCopy(f"damaged: {' '.join(str(wrong).split())[:200]}") from wrong
    if not record.rec_headers.protocol.startswith("WARC/"):
        raise BadCopy("no WARC record")
    record.tracker_iterator = records
    return record


def _next_start(stream: BinaryIO, start: bytes, offset: int) -> int | None:
    """Where the next record may begin."""
    while True:
        stream.seek(offset)
        piece = stream.read(_PIECE)
        if (at := piece.find(start)) >= 0:
            return offset + at
        if len(piece) < _PIECE:
            return None
        offset += _PIECE - len(start) + 1


def _target(headers: Any) -> str | None:
    url = headers.get_header("WARC-Target-URI")
    return url.strip().strip("<>") if url else None  # some writers put it between angle brackets


def _warc_date(text: str) -> tuple[datetime, str]:
    """A WARC-Date, and `day` where it says no more than the day. Raises ValueError."""
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC), "day"
    return clock.from_iso(text), ""


def _dechunked(record: Any) -> Iterator[bytes]:
    from warcio.bufferedreaders import ChunkedDataReader  # type: ignore[import-untyped]

    stream = record.raw_stream
    if (record.http_headers.get_header("transfer-encoding") or "").strip().lower() == "chunked":
        stream = ChunkedDataReader(stream, decomp_type=None)  # it takes what is not chunked, though said so, as it is
    while piece := stream.read(65_536):
        yield piece


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """warcio tells its doubts to stderr, with what it read; ours are told by the report."""
    with contextlib.redirect_stderr(io.StringIO()):
        yield


class _Pieces(httpx.SyncByteStream):
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces


def _exchange(headers: list[tuple[str, str]], pieces: Iterator[bytes], limits: Limits, status: int) -> Exchange:
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


# ---------------------------------------------------------------- a web archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """A line of an archive's index. digest: names the payload, by the archive's own hash."""

    timestamp: str
    url: str
    digest: str

    @property
    def at(self) -> datetime:
        """When it was captured, in whole seconds."""
        return datetime.strptime(self.timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


class WebArchive:
    """A web archive over HTTP, asked through the gate as any other host.

    base: its address. fetch: one polite request. wait: sleeps so many seconds; True when we are stopping. told: a line
    for a person.
    """

    def __init__(
        self,
        base: str,
        fetch: Callable[[str], Fetched],
        *,
        wait: Callable[[float], bool],
        told: Callable[[str], None],
    ) -> None:
        self._base, self._fetch, self._wait, self._told = base.rstrip("/"), fetch, wait, told
        self._last: tuple[str, Exchange] | None = None

    def index(
        self,
        url: str,
        *,
        since: date | None = None,
        until: date | None = None,
        limit: int | None = None,
        collapse: bool = False,
    ) -> tuple[Indexed, ...]:
        """The captures of an address with status 200, oldest first. collapse: of several in a row with one payload only
        the first. Raises BadCopy, ComeLater.
        """
        found: list[Indexed] = []
        resume: str | None = None
        while limit is None or len(found) < limit:
            size = ROWS_A_PAGE if limit is None else min(limit - len(found), ROWS_A_PAGE)
            asked = [("url", url), ("output", "json"), ("fl", "timestamp,original,mimetype,statuscode,digest")]
            asked += [("filter", "statuscode:200"), ("limit", str(size)), ("showResumeKey", "true")]
            asked += [("collapse", "digest")] if collapse else []
            asked += [("from", f"{since:%Y%m%d}")] if since else []
            asked += [("to", f"{until:%Y%m%d}")] if until else []
            asked += [("resumeKey", resume)] if resume else []
            answer = self._asked(f"{self._base}/cdx/search/cdx?{urlencode(asked)}")
            rows, resume = _rows(answer.body)
            found += rows
            if resume is None or not rows:
                break
        return tuple(found[:limit] if limit is not None else found)

    def replay(self, indexed: Indexed) -> Exchange:
        """The exchange as it was captured. Of captures in a row with one payload only the first is asked for.

        Raises BadCopy, ComeLater.
        """
        if self._last is not None and indexed.digest and self._last[0] == indexed.digest:
            return self._last[1]
        answer = self._asked(self.address(indexed))
        replayed = _REPLAYED.search(answer.final_url)
        if replayed is not None and replayed[1] != indexed.timestamp:
            raise BadCopy(f"the archive gives another capture in its place, of {replayed[1]}")
        found = Exchange(body=answer.body, media_type=answer.media_type, charset=answer.charset, headers=answer.headers)
        self._last = (indexed.digest, found)
        return found

    def address(self, indexed: Indexed) -> str:
        """Where the capture is, as it was captured."""
        return f"{self._base}/web/{indexed.timestamp}id_/{quote(indexed.url, safe=_SAFE)}"

    def _asked(self, address: str) -> Capture:
        for n in range(TRIES):
            answer = self._fetch(address)
            if isinstance(answer, Capture):
                return answer
            if not isinstance(answer, FetchFailed):
                raise BadCopy("the archive answers that nothing changed, which was not asked")
            wait_s = answer.retry_after_s
            if wait_s is None or n == TRIES - 1:
                raise BadCopy(f"{answer.reason}: {answer.detail}")
            if wait_s > MOST_WAIT_S:
                raise ComeLater(f"the archive wants to be left alone for {clock.duration(wait_s)}: {answer.detail}")
            self._told(f"waiting {clock.duration(wait_s)}, as the archive wants: {answer.detail}")
            if self._wait(wait_s):
                raise ComeLater("stopped while waiting for the archive")
        raise AssertionError("every try answers or raises")


_SAFE = "%/:=&?~#+!$,;'@()*[]"


def _rows(body: bytes) -> tuple[list[Indexed], str | None]:
    """The lines of an index, and the key to ask for more with. Raises BadCopy."""
    try:
        told: Any = orjson.loads(body) if body.strip() else []
    except ValueError as wrong:
        raise BadCopy(f"the archive's index cannot be read: {wrong}") from wrong
    if not isinstance(told, list) or not all(isinstance(row, list) for row in told):
        raise BadCopy("the archive's index cannot be read: it is no list of lists")
    rows, resume = told, None
    if len(told) >= 2 and told[-2] == [] and len(told[-1]) == 1:
        rows, resume = told[:-2], str(told[-1][0])
    if not rows:
        return [], resume
    names = [str(name) for name in rows[0]]
    missing = {"timestamp", "original"} - set(names)
    if missing:
        raise BadCopy(f"the archive's index cannot be read: it has no {' and no '.join(sorted(missing))}")
    found: list[Indexed] = []
    for row in rows[1:]:
        line = dict(zip(names, map(str, row), strict=False))
        if _STAMP.fullmatch(line.get("timestamp", "")) and line.get("statuscode", "200") in ("200", "-"):
            with contextlib.suppress(ValueError):
                indexed = Indexed(timestamp=line["timestamp"], url=line["original"], digest=line.get("digest", ""))
                assert indexed.at
                found.append(indexed)
    return found, resume
