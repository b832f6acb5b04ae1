"""Laws over generated histories: the live views are what folding the log anew gives, whatever happened."""

import hashlib
import shutil
import sqlite3
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.builder import PROFILE, add, added, failed, minute, round_of, see
from tracker.errors import Conflict
from tracker.events import bodies
from tracker.events.deliveries import Attempt
from tracker.events.types import NewEvent
from tracker.store import Operational, Sighting, Store, open_store
from tracker.store.tables import TABLES, VIEWS

WATCHES = st.sampled_from(["r", "s"])
PAGES = st.dictionaries(st.sampled_from(["ban", "use", "aid"]), st.sampled_from(["one", "two", "three"]), min_size=1)
CHANNELS = st.lists(st.sampled_from(["hook", "file"]), unique=True)
FIRST = hashlib.sha256(b"first").hexdigest()  # of the message that every delivery here is tried with
STEPS = st.one_of(
    st.tuples(st.just("configure"), WATCHES, st.sampled_from(["added", "altered"]), st.sampled_from([None, 60, 3600])),
    st.tuples(st.just("move"), WATCHES),
    st.tuples(st.just("end"), WATCHES, st.sampled_from(["paused", "resumed", "removed"])),
    st.tuples(st.just("see"), WATCHES, PAGES, st.sampled_from(["ok", "ok", "ok", "suspect", "rejected"]), CHANNELS),
    st.tuples(st.just("round"), st.lists(st.tuples(WATCHES, st.sampled_from(["unchanged", "failed"])), min_size=1)),
    st.tuples(st.just("fail"), WATCHES),
    st.tuples(st.just("recover"), WATCHES),
    st.tuples(st.just("deliver"), st.sampled_from(["sent", "failed", "dead"])),
    st.tuples(st.just("replay")),
    st.tuples(st.just("sight"), WATCHES),
    st.tuples(st.just("conflict"), WATCHES),
    st.tuples(st.just("dream")),
)


def live(store: Store, steps: list[tuple], *, start: int = 0) -> None:
    """Carry the steps out, a minute each; those that make no sense where they stand do nothing."""
    known = {w.watch for w in store.watches()}
    for n, (what, *how) in enumerate(steps, start=start + 1):
        now, key = minute(n), f"step/{n}"
        if what == "configure":
            watch, kind, every_s = how
            kind = kind if watch in known else "added"
            store.append((added(watch, kind=kind, every_s=every_s),), key=key)
            known.add(watch)
        elif what == "round":
            checks = [(w, n + i / 100, outcome) for i, (w, outcome) in enumerate(how[0]) if w in known]
            if checks:
                round_of(store, *checks)
        elif what == "deliver":
            for delivery, _ in store.lease_deliveries(minute(10**9), 1, 0):
                retry_at = minute(n + 5) if how[0] == "failed" else None
                store.freeze(delivery.id, b"first")
                store.finish(
                    how[0], delivery, Attempt(ok=how[0] == "sent", status=500, body_sha256=FIRST), now, retry_at
                )
        elif what == "replay":
            for dead in store.deliveries(state="dead", limit=1):
                store.replay([dead], now)
        elif what == "dream":
            store.append((NewEvent(stream="dreams", type="dream.dreamt", payload={"n": n}),), key=key)
        elif how[0] in known:
            _of_watch(store, what, how, n)


def _of_watch(store: Store, what: str, how: list, n: int) -> None:
    watch, now, key = how[0], minute(n), f"step/{n}"
    if what == "move":
        store.append((added(watch, kind="altered", url=f"https://{n}.example/"),), key=key)
    elif what == "end":
        store.append((bodies.watch_ended(how[1], watch),), key=key)
    elif what == "see":
        claimed = store.claims(PROFILE, but=watch)
        chapters = {slug: words for slug, words in how[1].items() if slug not in claimed}
        see(store, chapters, now, watch=watch, verdict=how[2], channels=how[3])
    elif what == "fail":
        failed(store, now, watch)
    elif what == "recover":
        store.append((bodies.check_recovered(watch, now, None),), key=key)
    elif what == "sight":
        store.operate(Operational(due={watch: minute(n + 60)}, seen={watch: Sighting(at=now, body_sha256="ab" * 32)}))
    elif what == "conflict":
        try:
            store.append((bodies.watch_ended("removed", watch),), key=key, expected={f"watch/{watch}": 10**6})
        except Conflict:
            return
        raise AssertionError("a stream was at version a million")


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=5, max_size=30))
def test_after_any_history_a_rebuild_changes_no_row_and_verify_finds_nothing(empty, steps):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(shutil.copy(empty, folder))
        with open_store(file, write=True) as store:
            add(store)
            live(store, steps)
            lived = _rows(file)

            assert store.verify().findings == ()
            store.rebuild()

            assert _rows(file) == lived
        with open_store(file, write=True) as store:
            live(store, steps[:5], start=1000)
            assert store.verify().findings == ()


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=5, max_size=25))
def test_views_that_were_lost_are_folded_anew_and_what_is_owed_is_found_again(empty, steps):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(shutil.copy(empty, folder))
        with open_store(file, write=True) as store:
            add(store)
            live(store, steps)
        lived = _rows(file, [*VIEWS, "view_cursor"])
        owed = _rows(file, ["outbox"])["outbox"]
        connection = sqlite3.connect(file)
        for table in (*VIEWS, "outbox", "due", "watch_state"):
            connection.execute(f"DELETE FROM {table}")
        connection.commit()
        connection.close()

        with open_store(file, write=True) as store:
            store.rebuild()

            assert store.verify().findings == ()
        assert _rows(file, [*VIEWS, "view_cursor"]) == lived
        again = _rows(file, ["outbox"])["outbox"]
        # What no event tells is lost: leases and frozen bodies. Who is owed what, when and in which order, is not.
        assert [row[:6] for row in again] == [row[:6] for row in owed]


def _rows(file: Path, tables: list[str] | None = None) -> dict[str, list[tuple]]:
    connection = sqlite3.connect(file)
    names = tables or sorted(set(TABLES) - {"heads"})
    found = {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}
    connection.close()
    return found
