"""The store: the log, the bodies and all that is folded from the log. The only room that speaks SQL.

`create(path)` makes one; `open_store(url_or_path, *, write, now=clock.now, on_stage=None) -> Store` opens one
(`sqlite:///…/log.db`, a file, or the folder that holds `log.db`). With write=False no lock is taken and it can be read
while another process writes it; any writing method raises UsageError then. A Store is a context manager; close it.

Reading (any thread; each call sees one instant of the store):
  head() -> Head
  events(after=0, stream=None, types=None, limit=None, newest_first=False) -> Iterator[Event]
  event(position) -> Event
  stream_version(stream) -> int                                    0: no such stream yet
  has_key(key) -> bool                                             whether an append under that key is recorded
  body(sha256) -> bytes · has_body(sha256) -> bool                 Damaged where the bytes are not of that hash
  watches() -> tuple[WatchRecord, ...] · watch(name) -> WatchRecord        NothingRecorded for an unknown name
  last_seen(watch) -> LastSeen                                     cheap: for the conditional request and "same bytes?"
  read_ahead(watches)                                              what last_seen gives next, of many at once
  standing(watch) -> Standing                                      with the document, marks, earlier, suspicion
  claims(profile, *, but) -> dict[str, str]                        chapters that another watch feeds: slug → that watch
  chapters(profile=None) -> tuple[ChapterRecord, ...]
  versions(profile, chapter) -> tuple[VersionRecord, ...]          oldest first
  chapter_document(document_sha256) -> Chapter                     with lineage ids
  configured() -> {watch: (Configured, state)}                     removed ones too
  changes(profile=None, chapter=None, since=None, limit=None, newest_first=True, superseded=False, imported=True)
  change(id or unique beginning of one) -> Change
  snapshots(watch=None, limit=None) -> tuple[SnapshotRecord, ...]  newest first
  held(now=None, channel=None, subscription=None) -> tuple[AlertRecord, ...]   alerts that wait, in their order
  next_held() -> datetime | None · alerts_of(delivery) · alerts_for(change) · changes_of(ids)
  changes_at(host, since) -> ((id, profile), …) · watched_by_host() -> {host: pages} · titles(profiles)
  deliveries(state=None, channel=None, limit=None, since=None, reason=None)    newest first
  delivery(id or unique beginning) -> Delivery · frozen(delivery) -> bytes | None · pending() -> int
  channel_states() · channel_state(name) · troubles() · ailing() · mutes(now) · disputes(changes=None)
  checks(watch=None, limit=None) -> tuple[CheckRecord, ...]        newest first, the last 100 of each watch
  due(now, limit=None) -> tuple[DueWatch, ...] · next_due() -> datetime | None
  waiting(now, limit, wanted) -> ((watch, host), …)                due and wanted, the longest waiting first
  due_times(watches=None) -> {watch: DueWatch}                     active ones: when next, why, what looks taught
  paces() -> [(host, changes, exposure_s, looks), …]               of active watches without an interval of their own
  next_delivery() -> datetime | None                               when the next leasable delivery falls due
  pages() -> tuple[PageRecord, ...]                                found listed and not watched, or refused; as found
  discovery_note(name) -> str | None                               what discovery remembers
  verify(progress=None) -> Report

Writing (any thread; each returns after COMMIT):
  append(events, *, key, expected={}, bodies=(), operational=Operational()) -> tuple[Event, ...]
      events: NewEvent, at least one, all or nothing. key: idempotency key, kept for ever: the same key with the same
      events gives what was recorded the first time, with others KeyReused. expected: stream → version that it must
      have (0: new), or ANY, which is also what an unnamed stream gets; otherwise Conflict. bodies: plain bytes; every
      body that an event names must be among them or recorded. Views, due rows and outbox follow in the same
      transaction.
  append_each(appends) -> tuple[Event, ...]                        many appends in one transaction, for imports
  operate(operational) -> None                                     without an event: due times, sightings
  set_due(watch, due_at) -> None
  keep_discovery_notes({name: note}) -> None                       without an event
  set_clock_back(by) -> None · pull_due_back(now) -> int           due times follow a clock that was set back
  compose(messages, at, dropped={})                                alerts become messages that are owed, or are let go
  hold({alert: at}) · hold_all(at)                                 when alerts that wait are looked at; no event
  lease_deliveries(now, limit, lease_s) -> tuple[tuple[Delivery, bytes | None], ...]   with the frozen body, if any
      the oldest undelivered one of each (channel, profile), when it is due; a dead one blocks none
  freeze(delivery_id, body) -> bytes                               the first body wins; returns that one
  defer({delivery: at})                                            lets go of leases, until then; no event
  finish(kind, delivery, attempt, at, retry_at=None, *, shrink, reason, disable) -> Event
      `sent`, `failed` (retry_at; shrink: rendered anew) or `dead` (its bytes are kept), and the outbox
  replay(deliveries, at) · enable_channel(name, at) · disable_channel(name, why, at)
  note_troubles(began, ended, messages, at) · mute(mute) · unmute(subscription, at) · dispute(dispute, withdrawn=False)
  rebuild(progress=None) -> int                                    folds the log anew; returns how many events
  close()

progress: called with (done, of) while it works. Errors: StoreBusy, StoreFull, Damaged, Conflict, KeyReused, NoStore.
"""

from tracker.store.engine import database_path
from tracker.store.pages import PageRecord
from tracker.store.records import (
    ANY,
    Append,
    ChapterRecord,
    CheckRecord,
    Configured,
    DueWatch,
    Expected,
    Finding,
    Head,
    LastSeen,
    Learned,
    Operational,
    Plan,
    Report,
    Sighting,
    SnapshotRecord,
    VersionRecord,
    WatchRecord,
)
from tracker.store.store import Store, create, open_store

__all__ = [
    "ANY",
    "Append",
    "ChapterRecord",
    "CheckRecord",
    "Configured",
    "DueWatch",
    "Expected",
    "Finding",
    "Head",
    "LastSeen",
    "Learned",
    "Operational",
    "PageRecord",
    "Plan",
    "Report",
    "Sighting",
    "SnapshotRecord",
    "Store",
    "VersionRecord",
    "WatchRecord",
    "create",
    "database_path",
    "open_store",
]
