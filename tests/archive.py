"""A web archive on loopback that speaks the two protocols of one: its index (CDX) and raw replay. And WARC files.

with Archive() as archive:
    archive.keep("20210209000000", "https://example.org/ruritania", "<h1>Ruritania</h1>…")
    archive.base; archive.asked(); archive.trouble(status(429, retry_after=1))
"""

import base64
import gzip
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.publisher import HTML, Answer, Publisher, Request, page, redirect, status


@dataclass(frozen=True, slots=True)
class Kept:
    """A capture in the archive."""

    timestamp: str
    url: str
    body: bytes
    media_type: str
    status: int

    @property
    def digest(self) -> str:
        """As archives name payloads: SHA-1 in base 32."""
        return base64.b32encode(hashlib.sha1(self.body).digest()).decode()


class Archive(Publisher):
    """rows: how many lines of its index it gives at a time, whatever is asked."""

    def __init__(self, *, rows: int = 1_000) -> None:
        super().__init__()
        self._kept: list[Kept] = []
        self._troubles: list[Answer] = []
        self._rows = rows
        self.beside: list[Kept] = []  # what its index gives for any address, beside the captures of it

    @property
    def base(self) -> str:
        """Its address, as the setting wants it."""
        return self.url("").rstrip("/")

    def keep(self, timestamp: str, url: str, body: str, *, media_type: str = HTML, code: int = 200) -> None:
        """Have a capture."""
        self._kept.append(Kept(timestamp, url, body.encode(), media_type, code))

    def trouble(self, *answers: Answer) -> None:
        """Answer the next replays so, one each."""
        self._troubles += answers

    def asked(self) -> list[str]:
        """The replays that were asked for."""
        return [r.path for r in self.requests if r.path.startswith("/web/")]

    def answer_to(self, request: Request) -> Answer:
        if request.path.startswith("/cdx/search/cdx?"):
            return self._index(parse_qs(urlsplit(request.path).query))
        if not request.path.startswith("/web/"):
            return super().answer_to(request)
        if self._troubles:
            return self._troubles.pop(0)
        stamp, _, url = request.path.removeprefix("/web/").partition("/")
        wanted, of = stamp.removesuffix("id_"), unquote(url)
        mine = [kept for kept in self._kept if kept.url == of]
        exact = [kept for kept in mine if kept.timestamp == wanted]
        if exact:
            return page(exact[0].body, media_type=exact[0].media_type, etag=None)
        near = sorted(mine, key=lambda kept: abs(int(kept.timestamp) - int(wanted)))
        return redirect(f"/web/{near[0].timestamp}id_/{of}", 302) if near else status(404)

    def _index(self, asked: dict[str, list[str]]) -> Answer:
        def of(name: str, otherwise: str) -> str:
            return asked.get(name, [otherwise])[0]

        wanted = sorted([k for k in self._kept if k.url == of("url", "")] + self.beside, key=lambda k: k.timestamp)
        wanted = [k for k in wanted if of("from", "0") <= k.timestamp[: len(of("from", "0"))]]
        wanted = [k for k in wanted if k.timestamp[: len(of("to", "9"))] <= of("to", "9")]
        if "statuscode:200" in asked.get("filter", ()):
            wanted = [k for k in wanted if k.status == 200]
        if of("collapse", "") == "digest":
            wanted = [k for n, k in enumerate(wanted) if n == 0 or wanted[n - 1].digest != k.digest]
        start = int(of("resumeKey", "0"))
        size = min(self._rows, int(of("limit", "1000000")))
        names = of("fl", "timestamp").split(",")
        told: list[list[str]] = [names] if wanted else []
        for k in wanted[start : start + size]:
            line = {"timestamp": k.timestamp, "original": k.url, "digest": k.digest, "statuscode": str(k.status)}
            line["mimetype"] = k.media_type.partition(";")[0]
            told.append([line[name] for name in names])
        if of("showResumeKey", "") == "true" and start + size < len(wanted):
            told += [[], [str(start + size)]]
        return page(json.dumps(told), media_type="application/json", etag=None)


def warc(
    path: Path,
    records: Sequence[tuple[str, str, str]],
    *,
    compressed: bool,
    code: str = "200 OK",
    headers: Sequence[tuple[str, str]] = (),
    gzipped: bool = False,
    repeats: Sequence[tuple[str, str, str]] = (),
) -> Path:
    """Write a WARC file of responses (WARC-Date, address, HTML), and of revisits of what its records hold."""
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=compressed)
        for when, url, html in records:
            body = gzip.compress(html.encode(), mtime=0) if gzipped else html.encode()
            told = [("Content-Type", HTML), *headers, *([("Content-Encoding", "gzip")] if gzipped else [])]
            http = StatusAndHeaders(code, told, protocol="HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(
                    url,
                    "response",
                    payload=io.BytesIO(body),
                    http_headers=http,
                    warc_headers_dict={"WARC-Date": when},
                )
            )
        for when, url, html in repeats:
            digest = "sha1:" + base64.b32encode(hashlib.sha1(html.encode()).digest()).decode()
            of = next((date for date, _, told in records if told == html), "2000-01-01T00:00:00Z")
            revisit = writer.create_revisit_record(
                url, digest, url, of, http_headers=StatusAndHeaders("200 OK", [], protocol="HTTP/1.1")
            )
            revisit.rec_headers.replace_header("WARC-Date", when)
            writer.write_record(revisit)
    return path
