"""Records of WARC files, each read when it is asked for. Source: WARC 1.1 (ISO 28500:2017)."""

import contextlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO  # Any: records as warcio, which has no types, gives them

from tracker import clock
from tracker.fetch.archive import BadCopy, Exchange, decoded_exchange
from tracker.fetch.body import Limits

GZIP, PLAIN = b"\x1f\x8b\x08", b"WARC/1."  # how a record begins
_PIECE = 1 << 20
_NO_ADDRESS = "it does not say of which address it is (no WARC-Target-URI)"


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
                if kind not in ("response", "revisit") or status not in ("200", None):
                    continue
                if url is None:
                    self.damaged.append((file, offset, _NO_ADDRESS))
                    continue
                if cut := headers.get_header("WARC-Truncated"):
                    if wanted(url):  # nor may a revisit be shown what is no more than its beginning
                        why = " ".join(cut.split())[:40]
                        told = f"cut short when it was captured (WARC-Truncated: {why}): {url[:200]}"
                        self.damaged.append((file, offset, told))
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
                except (ValueError, OverflowError):
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
        return decoded_exchange(headers, _dechunked(found), limits, 200)


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
        raise BadCopy(_why_not(stream, offset) or f"damaged: {' '.join(str(wrong).split())[:200]}") from wrong
    if not record.rec_headers.protocol.startswith("WARC/"):
        raise BadCopy("no WARC record")
    if why := _unbounded(record.rec_headers):
        raise BadCopy(why)
    record.tracker_iterator = records
    return record


def _unbounded(headers: Any) -> str:
    """Why a record's end is not known: it would go on to the end of the file, over all records behind it."""
    length = (headers.get_header("Content-Length") or "").strip()
    return "" if length.isascii() and length.isdigit() else "damaged: it does not say how long it is (Content-Length)"


def _why_not(stream: BinaryIO, offset: int) -> str:
    """What a record lacks that could not be read, where its own headers tell; else nothing."""
    from warcio.archiveiterator import WARCIterator

    stream.seek(offset)
    try:
        headers = next(WARCIterator(stream, no_record_parse=True)).rec_headers
    except Exception:  # noqa: BLE001  warcio raises whatever its decoder does
        return ""
    if not headers.protocol.startswith("WARC/"):
        return ""
    return _unbounded(headers) or ("" if _target(headers) else f"damaged: {_NO_ADDRESS}")


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
