"""Make the golden log of this release: `python -m tests.golden.make [--again]`. Later releases must read it for ever.

A small history of an invented country, recorded by the real functions: first records, edited words, a table's cell, a
note, other clothes, a reversion, a chapter that goes, a doubt, failures, deliveries of every end. It is made once in
the life of a release; `--again` makes it anew while the release is being built.

    log.db        the store itself
    log.jsonl     every event, a line each: all columns, bytes in hex, the payload as text
    views.json    the root, and every row of every view that the events must fold to
    changes.json  every change as that release read it, edits in full, and its patch
"""

import json
import shutil
import sqlite3
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tracker.compare.changes import Sight, changes, profile_text_sha256, removal, with_lineage
from tracker.document.canonical import sha256
from tracker.document.model import Cell, Chapter, Document, Note, Prose, Ref, Row, Section, Table, Text, Warned
from tracker.events import bodies
from tracker.events.bodies import LIED
from tracker.events.deliveries import Alert, Attempt, Composed, Dispute, Mute, Trouble
from tracker.events.looks import Capture, FetchFailed, Validators, Verdict, Watch
from tracker.events.pages import page_discovered, page_refused
from tracker.events.types import CheckEntry, Reading
from tracker.store import Store, create, open_store
from tracker.store.record import record_gone, record_snapshot
from tracker.store.tables import VIEWS

RELEASE = "0.1"
FOLDER = Path(__file__).parent / RELEASE
START = datetime(2026, 1, 1, 9, 30, tzinfo=UTC)
WATCH = Watch(name="ruritania", url="https://monitor.example/ruritania")


class _Clock:
    """An hour later at each step."""

    def __init__(self) -> None:
        self.now = START

    def step(self) -> datetime:
        self.now += timedelta(hours=1)
        return self.now


def _chapter(slug: str, title: str, said: str, *, note: str, status: str) -> Chapter:
    table = Table(
        caption=Text("Treaty status"),
        header=(),
        rows=(Row((Cell((Text("Convention on Ducks"),)), Cell((Text(status),)))),),
        shape="key_value",
    )
    use = Section(Text("Use"), 1, blocks=(Prose(Text(said, refs=(Ref(len(said), "1"),))), table))
    return Chapter(slug, title, None, None, blocks=(Prose(Text(f"{title} of Ruritania.")),), sections=(use,),
                   notes=(Note("1", Text(note)),))  # fmt: skip


def _editions() -> list[Document]:
    first = {"said": "Ruritania has not used ducks since 1872.", "note": "Letter of 3 May.", "status": "Signatory"}
    ducks = [
        first,
        first | {"said": "Ruritania has not used any ducks since 1874."},
        first | {"said": "Ruritania has not used any ducks since 1874.", "status": "State Party"},
        first | {"said": "Ruritania has not used any ducks  since\u00a01874.", "status": "State Party"},
        first,
        first | {"note": "Statement of 4 June."},
    ]
    geese = _chapter("goose-policy", "Goose Policy", "No geese were seen.", note="Own survey.", status="Non-signatory")
    return [
        Document("Ruritania", (_chapter("duck-policy", "Duck Policy", **told), *((geese,) if n != 5 else ())))
        for n, told in enumerate(ducks)
    ]


def _capture(at: datetime, body: bytes) -> Capture:
    return Capture(
        fetch_id=f"f_{at:%H%M}", url=WATCH.url, final_url=WATCH.url, status=200, headers=(("etag", '"x"'),),
        media_type="text/html", charset="utf-8", body=body, body_sha256=sha256(body),
        requested_at=at - timedelta(seconds=2), captured_at=at, validators=Validators(etag='"x"'),
    )  # fmt: skip


def _look(
    store: Store, document: Document, at: datetime, verdict: Verdict, *, volatile: tuple[tuple[str, str], ...] = ()
) -> None:
    standing = store.standing(WATCH.name)
    sight = Sight(watch=WATCH.name, profile="ruritania", source_url=WATCH.url, captured_at=at, first_at=at)
    named, comparison = with_lineage(standing, document, sight)
    found = changes(standing, named, comparison, sight) if verdict.kind == "ok" else ()
    reading = Reading(
        verdict=verdict, document=named, profile="ruritania", text_sha256=profile_text_sha256(named), changes=found,
        warnings=named.warnings, extractor="html/1", publisher="monitor", volatile=volatile,
    )  # fmt: skip
    alerts = tuple(
        Alert(id=f"d_{change.id[2:]}_{channel}", change=change.id, subscription="all", channel=channel)
        for change in found
        for channel in ("hook", "file")
        if change.cause != "first_record"
    )
    record_snapshot(store, WATCH, standing, _capture(at, f"<p>{at}".encode()), reading, alerts)


def _take_away(store: Store, at: datetime) -> None:
    failure = FetchFailed(url=WATCH.url, at=at, reason="http_status", detail="410", status=410)
    sight = Sight(watch=WATCH.name, profile="ruritania", source_url=WATCH.url, captured_at=at, first_at=at)
    standing = store.standing(WATCH.name)
    record_gone(store, WATCH, standing, failure, removal(standing, sight), (), ("HTTP 410 twice",))


def history(store: Store, clock: _Clock) -> None:
    """Let it all happen."""
    for n, profile in enumerate(("ruritania", None)):
        name, url = (WATCH.name, WATCH.url) if n == 0 else ("strelsau", "https://monitor.example/strelsau")
        added = bodies.watch_configured("added", name, url=url, profile=profile, publisher="monitor", every_s=3600)
        store.append((added,), key=f"configured/{n}")
    store.append((bodies.watch_ended("paused", "strelsau"),), key="paused")
    for document in _editions():
        _look(store, document, clock.step(), Verdict("ok"))
    _look(store, _editions()[0], clock.step(), Verdict("rejected", "error_page", ("titled Not Found",)))
    at = clock.step()
    failure = FetchFailed(url=WATCH.url, at=at, reason="http_status", detail="503", status=503)
    store.append((bodies.check_failed(WATCH.name, failure),), key="failed")
    entries = [
        CheckEntry(watch=WATCH.name, at=at, outcome="failed", status=503, detail="http_status: 503"),
        CheckEntry(watch=WATCH.name, at=clock.step(), outcome="unchanged", status=304),
    ]
    store.append((bodies.check_recovered(WATCH.name, clock.now, at),), key="recovered")
    lied = replace(_editions()[5], warnings=(Warned(LIED, "", "another text came under the validator"),))
    _look(store, lied, clock.step(), Verdict("ok"), volatile=(("duck-policy", "b1"),))
    _take_away(store, clock.step())
    _look(store, _editions()[5], clock.step(), Verdict("ok"))
    store.append((bodies.round_completed(at, clock.now, entries),), key="round")
    _look(store, _editions()[0], clock.step(), Verdict("suspect", "shrunk", ("one chapter is half as long",)))
    _compose(store, clock.step())
    for kind in ("sent", "dead", "failed", "dead"):
        ((delivery, _),) = store.lease_deliveries(clock.step(), 1, 60)
        retry_at = clock.now + timedelta(days=9) if kind == "failed" else None
        attempt = Attempt(
            ok=kind == "sent", status=204 if kind == "sent" else 500, error=None if retry_at else "said no"
        )
        store.finish(kind, delivery, attempt, clock.now, retry_at, reason="refused" if kind == "dead" else None)
    store.replay(store.deliveries(state="dead", limit=1), clock.step())
    store.disable_channel("file", "no success in 5 days", clock.step())
    store.mute(Mute(subscription="all", since=clock.step(), until=None, reason="on leave"))
    store.dispute(Dispute(change=store.changes(limit=1)[0].id, at=clock.step(), reason="a comma", by="R. Hentzau"))
    disk = Trouble(kind="disk", subject="snapshots", detail="90 MB are free", since=clock.step())
    told = Composed(
        delivery="d_disk", channel="hook", form="trouble", profile="", about={"kind": "disk", "began": True}
    )
    store.note_troubles([disk], [], [told], clock.now)
    store.note_troubles([], [disk], [], clock.step())
    store.append((bodies.watch_ended("removed", "strelsau", reason="no longer configured"),), key="removed")
    for name in ("zenda", "hentzau"):
        url = f"https://monitor.example/{name}"
        found = page_discovered(
            url, url, clock.step(), publisher="monitor", source="https://monitor.example/sitemap.xml",
            lastmod="2026-01-01", wanted="propose",
        )  # fmt: skip
        store.append((found,), key=f"discovered/{name}")
    store.append((page_refused(url, url, clock.step()),), key="refused")


def _compose(store: Store, at: datetime) -> None:
    """Of what waits: a message each for `hook`, one of all for `file`, but the last, which is not told."""
    waiting = store.held()
    hook, file = ([alert for alert in waiting if alert.channel == channel] for channel in ("hook", "file"))
    messages = [Composed(delivery=a.id, channel="hook", form="single", profile=a.profile, alerts=(a.id,)) for a in hook]
    ids = tuple(alert.id for alert in file[:-1])
    messages.append(Composed(delivery="d_file", channel="file", form="storm", profile="", alerts=ids, key="storm"))
    store.compose(messages, at=at, dropped={"muted": [file[-1].id]})


def export(file: Path) -> tuple[str, str]:
    """`log.jsonl` and `views.json` of a closed store."""
    connection = sqlite3.connect(file)
    connection.row_factory = sqlite3.Row
    lines = [json.dumps(_shown(row)) for row in connection.execute("SELECT * FROM events ORDER BY position")]
    root = connection.execute("SELECT root FROM heads").fetchone()[0].hex()
    views = {
        name: [_shown(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY {', '.join(_keys(name))}")]
        for name in sorted(VIEWS)
    }
    connection.close()
    told = json.dumps({"root": root, "views": views}, indent=1, ensure_ascii=False)
    return "\n".join(lines) + "\n", told + "\n"


def changes_read(store: Store) -> str:
    """`changes.json`: what a log keeps in few bytes, as a reader sees it."""
    read = [{**c.to_json(), "patch": dict(c.comparison.patch)} for c in store.changes(newest_first=False)]
    return json.dumps(read, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _keys(view: str) -> list[str]:
    return [column.name for column in VIEWS[view].primary_key.columns]


def _shown(row: sqlite3.Row) -> dict[str, object]:
    found = {name: value.hex() if isinstance(value, bytes) else value for name, value in dict(row).items()}
    if "payload" in found:
        found["payload"] = row["payload"].decode()
    return found


def main() -> None:
    """Make the folder of this release; refuse where it is there already."""
    if FOLDER.exists() and "--again" not in sys.argv:
        raise SystemExit(f"{FOLDER} is there already, and old logs are never altered; --again while it is being built")
    clock = _Clock()
    with tempfile.TemporaryDirectory() as folder:
        file = create(Path(folder), now=lambda: START)
        with open_store(file, write=True, now=lambda: clock.now) as store:
            history(store, clock)
            report = store.verify()
            read = changes_read(store)
        if not report.ok:
            raise SystemExit(f"not made: {report.findings}")
        FOLDER.mkdir(exist_ok=True)
        shutil.copyfile(file, FOLDER / "log.db")
    for name, text in zip(("log.jsonl", "views.json"), export(FOLDER / "log.db"), strict=True):
        (FOLDER / name).write_text(text, encoding="utf-8")
    (FOLDER / "changes.json").write_text(read, encoding="utf-8")
    print(f"made {FOLDER}: {report.events} events, root {report.root}")


if __name__ == "__main__":
    main()
