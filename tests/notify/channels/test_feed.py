"""Feeds: both files read back by parsers that nobody here wrote, and every way in which they may be found."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import atoma
import feedparser
import pytest
from hypothesis import given, settings

from tests.notify.builders import CHANGE, SEEN
from tests.notify.channels.reading import FRAGMENT, holds_only_ours, links_in
from tests.notify.hostile import ATTACKS, LONG, hostile_telling, hostile_text
from tests.notify.tellings import TELLINGS, single
from tracker import clock
from tracker.errors import ConfigError
from tracker.events.deliveries import Attempt
from tracker.notify.channels import KINDS, ChannelConfig, Message, Surroundings
from tracker.notify.channels.feed import file_name
from tracker.notify.render.disarm import JOINER
from tracker.notify.render.feed import About, atom, entry, entry_of, json_feed
from tracker.notify.render.html import legal
from tracker.notify.render.notice import notice_of
from tracker.notify.render.redline import marked
from tracker.notify.telling import Telling

KIND = KINDS["feed"]
A = "{http://www.w3.org/2005/Atom}"
OURS = {
    "https://tracker.example/",
    "https://monitor.example/profiles/ruritania",
    "https://tracker.example/c/c_0000000000000000",
}
INSIDE = FRAGMENT | {"html", "head", "body"}  # a parser of whole pages puts the last three around


def config(**values: object) -> ChannelConfig:
    return ChannelConfig(name="desk", kind="feed", values={"path": "feeds", **values})  # type: ignore[dict-item]


def send(base: Path, of: Telling, *, subscription: str = "mine-action", **values: object) -> Attempt:
    world = Surroundings(environ={}, base=base, link_base="https://tracker.example/")
    told = config(**values)
    channel = KIND.make(told, world)
    message = Message(id=of.delivery, body=KIND.render(of, told), subscription=subscription)
    return channel.send(message, now=SEEN)


def nth(number: int, **other: object) -> Telling:
    """A message of a change that was recorded so many minutes after the first."""
    at = SEEN + timedelta(minutes=number)
    made = replace(CHANGE, id=f"c_{number:016x}", recorded_at=at, not_later_than=at)
    return single(made, delivery=f"d_{number:016x}", **other)


def json_of(base: Path, name: str = "mine-action") -> dict:
    return json.loads((base / "feeds" / f"{name}.json").read_bytes())


def ids(base: Path, name: str = "mine-action") -> list[str]:
    """The deliveries in a feed, which both files have to have alike."""
    items = json_of(base, name)["items"]
    tree = ET.parse(base / "feeds" / f"{name}.atom").getroot()
    assert [item["id"] for item in items] == [e.findtext(f"{A}id") for e in tree.findall(f"{A}entry")]
    return [item["_tracker"]["delivery"] for item in items]


def deliveries(*numbers: int) -> list[str]:
    return [f"d_{number:016x}" for number in numbers]


# ---------------------------------------------------------------- the grammars


def is_atom(data: bytes) -> None:
    """RFC 4287 as far as we write it: which elements, how many of each, and of what shape."""
    root = ET.fromstring(data)
    once = {"id", "title", "updated"}
    may = {"feed": once | {"author", "link", "entry"}, "entry": once | {"published", "link", "content", "category"}}
    assert root.tag == f"{A}feed"
    for element in (root, *root.findall(f"{A}entry")):
        names = [child.tag.removeprefix(A) for child in element]
        assert set(names) <= may[element.tag.removeprefix(A)]
        assert all(names.count(name) == 1 for name in once), "§4.1.1, §4.1.2"
        assert UUID(element.findtext(f"{A}id")).urn == element.findtext(f"{A}id"), "§4.2.6: an IRI, kept for ever"
        for date in (*element.findall(f"{A}updated"), *element.findall(f"{A}published")):
            assert clock.iso(clock.from_iso(date.text)) == date.text, "§3.3: RFC 3339"
        links = [(link.get("rel"), link.get("type")) for link in element.findall(f"{A}link")]
        assert len(set(links)) == len(links), "§4.1.1: no two alternates of one type"
        assert all(link.get("href").startswith("https://") for link in element.findall(f"{A}link"))
    assert root.findtext(f"{A}author/{A}name"), "§4.1.1: an author, as no entry has one"
    found = [e.findtext(f"{A}id") for e in root.findall(f"{A}entry")]
    assert len(set(found)) == len(found)
    for entry_ in root.findall(f"{A}entry"):
        (content,) = entry_.findall(f"{A}content")
        assert content.get("type") == "html" and len(content) == 0, "§4.1.3.3: HTML is escaped text"


ITEM = {"id": str, "url": str, "title": str, "content_html": str, "content_text": str}
ITEM |= {"date_published": str, "date_modified": str, "tags": list}
TOP = {"version": str, "title": str, "home_page_url": str, "feed_url": str, "authors": list, "language": str}
TOP |= {"items": list}


def is_json_feed(data: bytes) -> None:
    """JSON Feed 1.1 as far as we write it."""
    feed = json.loads(data)
    assert feed["version"] == "https://jsonfeed.org/version/1.1" and feed["title"] and "items" in feed
    for told, known in ((feed, TOP), *((item, ITEM) for item in feed["items"])):
        assert all(key.startswith("_") or isinstance(value, known[key]) for key, value in told.items())
        assert all(isinstance(value, dict) for key, value in told.items() if key.startswith("_"))
    assert all(author["name"] for author in feed["authors"])
    for item in feed["items"]:
        assert item["id"] and item["content_html"] and item["content_text"]
        for key in ("date_published", "date_modified"):
            assert clock.iso(clock.from_iso(item[key])) == item[key]
        assert all(isinstance(tag, str) for tag in item["tags"])
    found = [item["id"] for item in feed["items"]]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", TELLINGS)
def test_every_form_is_an_entry_that_all_parsers_read(tmp_path: Path, name):
    of = TELLINGS[name]

    assert send(tmp_path, of, url="https://feeds.example/desk/").ok

    atom_, json_ = ((tmp_path / "feeds" / f"mine-action.{ending}").read_bytes() for ending in ("atom", "json"))
    is_atom(atom_)
    is_json_feed(json_)
    by_feedparser = feedparser.parse(atom_)
    by_atoma = atoma.parse_atom_bytes(atom_)
    title = " ".join(notice_of(of).title.split())
    assert not by_feedparser.bozo and by_feedparser.version == "atom10"
    assert (by_feedparser.entries[0].title, by_atoma.entries[0].title.value) == (title, title)
    assert json.loads(json_)["items"][0]["title"] == title
    assert by_atoma.entries[0].content.text_type.value == "html"
    assert by_atoma.entries[0].content.value == json.loads(json_)["items"][0]["content_html"].strip()
    assert entry(of) == entry(of)


# ---------------------------------------------------------------- what stands in an entry


@pytest.mark.parametrize("key", ["content_html", "content_text"])
def test_an_entry_says_what_changed_where_when_why_and_where_to_see_it(key):
    told = json.loads(entry(single()))[key].replace(JOINER, "")

    for fact in ("Ruritania › Mine Ban Policy", "silent edit", "critical: treaty status", "Treaty status overview"):
        assert fact in told
    for fact in ("between 14 Aug 2026 03:30", "09:30 UTC", "document date 28 Sep 2025", "subscription mine-action"):
        assert fact in told
    assert f"https://tracker.example/c/{CHANGE.id}" in told


def test_an_entry_has_the_redline_in_both_forms():
    told = json.loads(entry(single()))

    assert "[-Not a party-]{+State Party+}" in told["content_text"]
    for words in ("[removed: </small><del", ">2021</del>", "[added: </small><ins", ">2026</ins>"):
        assert words in told["content_html"]


def test_an_entry_has_an_id_of_its_delivery_and_the_instant_at_which_the_change_was_recorded():
    first, again, other = (json.loads(entry(single(delivery=id))) for id in ("d_01", "d_01", "d_02"))

    assert first["id"] == again["id"] != other["id"] and UUID(first["id"]).version == 5
    assert first["date_published"] == first["date_modified"] == clock.iso(CHANGE.recorded_at)
    assert first["url"] == f"https://tracker.example/c/{CHANGE.id}" and first["tags"] == ["ruritania"]


def test_a_message_without_a_change_is_dated_by_its_own_instant():
    assert json.loads(entry(TELLINGS["trouble"]))["date_published"] == clock.iso(TELLINGS["trouble"].at)


def test_an_address_that_is_none_of_the_web_is_no_link():
    told = json.loads(entry(single(replace(CHANGE, source_url="javascript:alert(1)"), link_base="")))

    assert "url" not in told and "<a " not in told["content_html"]


def test_an_entry_is_bounded():
    for of in (TELLINGS["400 edits"], TELLINGS["storm"], hostile_telling(LONG["a megabyte of entities"])):
        told = json.loads(entry(of))

        assert all(len(told[key].encode()) <= 60_000 for key in ("content_html", "content_text"))
        assert len(told["title"]) <= 520


# ---------------------------------------------------------------- page text has no effect


def holds_as_text(of: Telling) -> None:
    told = entry_of(entry(of))
    data = atom(About(key="desk", title="Desk"), (told,))
    is_atom(data)
    is_json_feed(json_feed(About(key="desk", title="Desk"), (told,)))
    (found,) = ET.fromstring(data).findall(f"{A}entry")
    notice = notice_of(of)

    assert found.findtext(f"{A}title") == told["title"] == " ".join(legal(notice.title).split())
    assert found.findtext(f"{A}content") == told["content_html"]
    holds_only_ours(found.findtext(f"{A}content"), notice, links=OURS, elements=INSIDE)
    plain = told["content_text"]
    assert links_in(plain) <= OURS
    for piece in (piece for told_ in notice.told for piece in told_.pieces):
        for line in legal(marked(piece.spans)).replace(JOINER, "").split("\n"):
            assert not line.strip() or f"    {line}" in plain.replace(JOINER, "").split("\n")


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_text_and_nothing_else(name):
    holds_as_text(hostile_telling(ATTACKS[name]))


@settings(deadline=None, max_examples=25)
@given(hostile_text(max_size=5))
def test_any_text_is_text_and_nothing_else(text):
    holds_as_text(hostile_telling(text))


@pytest.mark.proof
@settings(deadline=None, max_examples=500)
@given(hostile_text(max_size=5))
def test_much_of_any_text_is_text_and_nothing_else(text):
    holds_as_text(hostile_telling(text))


@pytest.mark.parametrize("name", ATTACKS)
def test_a_title_of_a_feed_is_text(name):
    title = ATTACKS[name].encode("utf-8", "replace").decode()

    root = ET.fromstring(atom(About(key="desk", title=title), (entry_of(entry(single())),)))

    assert {child.tag.removeprefix(A) for child in root} == {"id", "title", "updated", "author", "entry"}
    assert root.findtext(f"{A}title").split() == legal(title).split()


# ---------------------------------------------------------------- the files


def test_entries_stand_newest_first_and_none_twice(tmp_path: Path):
    for number in (1, 2, 3, 2, 3, 1):
        assert send(tmp_path, nth(number)) == Attempt(ok=True)

    assert ids(tmp_path) == deliveries(3, 2, 1)
    assert json_of(tmp_path)["items"][0]["date_published"] == "2026-08-14T09:33:00Z"
    assert ET.parse(tmp_path / "feeds/mine-action.atom").getroot().findtext(f"{A}updated") == "2026-08-14T09:33:00Z"


def test_one_that_comes_late_takes_the_place_of_its_time(tmp_path: Path):
    for number in (1, 4, 2, 3):
        send(tmp_path, nth(number))

    assert ids(tmp_path) == deliveries(4, 3, 2, 1)


def test_a_feed_keeps_so_many_and_never_drops_the_one_that_came(tmp_path: Path):
    for number in range(2, 25):
        send(tmp_path, nth(number), keep=20)
    assert ids(tmp_path) == deliveries(*range(24, 4, -1))

    send(tmp_path, nth(1), keep=20)

    assert ids(tmp_path) == deliveries(*range(24, 5, -1), 1)


def test_each_subscription_has_files_of_its_own(tmp_path: Path):
    send(tmp_path, nth(1), subscription="everything")
    send(tmp_path, nth(2), subscription="mine-action")
    send(tmp_path, TELLINGS["trouble"], subscription="")

    found = sorted(path.name for path in (tmp_path / "feeds").iterdir())
    assert found == [f"{n}.{e}" for n in ("_notices", "everything", "mine-action") for e in ("atom", "json")]
    assert ids(tmp_path, "everything") == deliveries(1) and ids(tmp_path) == deliveries(2)
    assert json_of(tmp_path)["title"] == "tracker, desk: mine-action"


def test_no_two_subscriptions_have_one_file_also_where_letters_have_no_case():
    names = ["desk", "Desk", "DESK", "a-b", "a_b", "A-b", "_", "-", "x", "", "_notices", "notices", "../../etc/passwd"]

    found = [file_name(name) for name in names]

    assert len({name.lower() for name in found}) == len(names) and found[0] == "desk"
    assert not any(set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-_") for name in found)


def test_a_published_feed_links_to_itself(tmp_path: Path):
    send(tmp_path, nth(1), url="https://feeds.example/desk/", title="Rights <desk>")

    root = ET.parse(tmp_path / "feeds/mine-action.atom").getroot()
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{A}link")}
    assert links == {"self": "https://feeds.example/desk/mine-action.atom", "alternate": "https://tracker.example/"}
    assert json_of(tmp_path)["feed_url"] == "https://feeds.example/desk/mine-action.json"
    assert json_of(tmp_path)["home_page_url"] == "https://tracker.example/"
    assert root.findtext(f"{A}title") == json_of(tmp_path)["title"] == "Rights <desk>: mine-action"


def test_the_same_entries_are_the_same_bytes_and_a_new_title_makes_both_anew(tmp_path: Path):
    send(tmp_path, nth(1))
    before = {path: (path.read_bytes(), path.stat().st_ino) for path in (tmp_path / "feeds").iterdir()}

    send(tmp_path, nth(1))
    assert {p: (p.read_bytes(), p.stat().st_ino) for p in (tmp_path / "feeds").iterdir()} == before, "not written"

    send(tmp_path, nth(1), title="Another")
    assert all(b"Another: mine-action" in path.read_bytes() for path in (tmp_path / "feeds").iterdir())
    assert ids(tmp_path) == deliveries(1)


def test_whoever_serves_the_folder_can_read_the_files(tmp_path: Path):
    old = os.umask(0o022)
    try:
        send(tmp_path, nth(1))
    finally:
        os.umask(old)

    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "feeds").iterdir()} == {0o644}


# ---------------------------------------------------------------- what goes wrong


def edited(data: bytes) -> bytes:
    return data.replace(b"Strelsau", b"Zenda")


def without_one(data: bytes) -> bytes:
    feed = json.loads(data)
    del feed["items"][0]
    return json.dumps(feed).encode()


@pytest.mark.parametrize(
    "damage",
    [
        edited,
        without_one,
        lambda data: data[: len(data) // 2],
        lambda data: b"",
        lambda data: b"\xff\xfe\x00",
        lambda data: b"[]",
        lambda data: b'{"items": 1}',
        lambda data: b'{"items": [], "_tracker": 1}',
        lambda data: b'{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": []}',
    ],
)
def test_a_file_that_is_not_as_it_was_left_is_kept_beside_and_begun_anew(tmp_path: Path, damage):
    send(tmp_path, nth(1))
    path = tmp_path / "feeds/mine-action.json"
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)

    attempt = send(tmp_path, nth(2))

    (aside,) = (tmp_path / "feeds").glob("*.damaged-*")
    assert attempt.ok and attempt.note == (
        f"mine-action.json was not as it was left: kept as {aside.name}, the feed begins anew"
    )
    assert aside.name.startswith("mine-action.json.damaged-20260814T093000Z-") and aside.read_bytes() == damaged
    assert ids(tmp_path) == deliveries(2)
    assert send(tmp_path, nth(3)).note == ""


def test_a_file_that_was_only_laid_out_otherwise_is_still_ours(tmp_path: Path):
    send(tmp_path, nth(1))
    path = tmp_path / "feeds/mine-action.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=8), encoding="utf-8")

    assert send(tmp_path, nth(2)).note == "" and ids(tmp_path) == deliveries(2, 1)


def test_a_folder_that_was_emptied_begins_anew(tmp_path: Path):
    send(tmp_path, nth(1))
    for path in (tmp_path / "feeds").iterdir():
        path.unlink()

    assert send(tmp_path, nth(2)) == Attempt(ok=True) and ids(tmp_path) == deliveries(2)


@pytest.mark.parametrize("was", ["gone", "torn", "edited"])
def test_the_atom_file_is_made_of_the_other_whatever_it_was(tmp_path: Path, was):
    send(tmp_path, nth(1))
    path = tmp_path / "feeds/mine-action.atom"
    path.unlink() if was == "gone" else path.write_bytes(path.read_bytes()[:300] if was == "torn" else b"<feed/>")

    assert send(tmp_path, nth(2)) == Attempt(ok=True)

    assert ids(tmp_path) == deliveries(2, 1)


def test_a_crash_between_the_two_files_loses_nothing_and_repeats_nothing(tmp_path: Path):
    send(tmp_path, nth(1))
    path = tmp_path / "feeds/mine-action.atom"
    before = path.read_bytes()
    path.unlink()
    path.mkdir()  # it cannot be written now: the JSON file is the one that was
    assert not send(tmp_path, nth(2)).ok
    path.rmdir()
    path.write_bytes(before)

    assert send(tmp_path, nth(2)) == Attempt(ok=True)

    assert ids(tmp_path) == deliveries(2, 1)


def test_what_a_crash_left_beside_is_written_over(tmp_path: Path):
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds/.mine-action.json.part").write_bytes(b"half a fi" * 10_000)

    assert send(tmp_path, nth(1)) == Attempt(ok=True)

    assert ids(tmp_path) == deliveries(1) and not list((tmp_path / "feeds").glob(".*"))


def test_a_disk_without_room_leaves_both_files_as_they_were(tmp_path: Path):
    send(tmp_path, nth(1))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, limits[1]))
    try:
        attempt = send(tmp_path, nth(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)

    assert not attempt.ok and not attempt.permanent and "cannot be written: File too large" in attempt.error
    assert ids(tmp_path) == deliveries(1) and not list((tmp_path / "feeds").glob(".*"))
    assert send(tmp_path, nth(2)).ok and ids(tmp_path) == deliveries(2, 1)


@pytest.mark.parametrize("what", ["folder is a file", "file is a folder", "file is a pipe", "part is a link"])
def test_files_that_cannot_be_written_are_a_failed_try(tmp_path: Path, what):
    folder = tmp_path / "feeds"
    if what == "folder is a file":
        folder.write_text("x")
    else:
        folder.mkdir()
    if what == "file is a folder":
        (folder / "mine-action.json").mkdir()
    if what == "file is a pipe":
        os.mkfifo(folder / "mine-action.json")
    if what == "part is a link":
        (tmp_path / "precious").write_text("precious")
        (folder / ".mine-action.json.part").symlink_to(tmp_path / "precious")

    attempt = send(tmp_path, nth(1))

    assert not attempt.ok and not attempt.permanent and "cannot be written" in attempt.error
    assert what != "part is a link" or (tmp_path / "precious").read_text() == "precious"


def test_two_channels_that_write_into_one_folder_take_turns(tmp_path: Path):
    def write(first: int) -> None:
        for number in range(first, 20, 2):
            assert send(tmp_path, nth(number)).ok

    threads = [threading.Thread(target=write, args=(first,)) for first in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ids(tmp_path) == deliveries(*range(19, -1, -1))


KILLED = """
import sys
from pathlib import Path
from tests.notify.channels.test_feed import nth, send
for number in range(int(sys.argv[2]), 10_000):
    assert send(Path(sys.argv[1]), nth(number), keep=2000).ok
    print(number, flush=True)
"""


@pytest.mark.proof
def test_kills_lose_nothing_that_was_acknowledged_and_leave_both_files_whole(tmp_path: Path):
    taken = 0
    for kill in range(25):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path), str(taken)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(3 + kill % 5):
            taken = int(process.stdout.readline()) + 1
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read().split("\n")
        process.wait()
        taken = max([taken, *(int(line) + 1 for line in rest[:-1])])

        for ending, holds in ((".json", is_json_feed), (".atom", is_atom)):
            holds((tmp_path / f"feeds/mine-action{ending}").read_bytes())
        found = [item["_tracker"]["delivery"] for item in json_of(tmp_path)["items"]]
        assert found[-taken:] == deliveries(*range(taken - 1, -1, -1)) and len(found) <= taken + 1

    send(tmp_path, nth(taken), keep=2000)
    assert ids(tmp_path) == deliveries(*range(taken, -1, -1))


# ---------------------------------------------------------------- what the configuration may say


@pytest.mark.parametrize("values", [{}, {"url": "https://feeds.example/desk"}, {"keep": 20}, {"keep": 2_000}])
def test_a_configuration_that_works(values):
    KIND.check(config(**values), "channel desk")


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"url": "feeds.example"}, "Not an address of the web"),
        ({"url": "javascript:alert(1)"}, "Not an address of the web"),
        ({"url": "https://feeds.example/a b"}, "Not an address of the web"),
        ({"keep": 19}, "A feed of 19 entries"),
        ({"keep": 2_001}, "A feed of 2001 entries"),
        ({"keep": -1}, "A feed of -1 entries"),
    ],
)
def test_a_configuration_that_cannot_work_is_refused_with_advice(values, what):
    with pytest.raises(ConfigError) as raised:
        KIND.check(config(**values), "channel desk")

    assert raised.value.what == what and raised.value.where.startswith("channel desk") and raised.value.remedy


def test_a_file_takes_every_change_by_itself():
    assert not KIND.folds
