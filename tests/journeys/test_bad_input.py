"""Whatever is typed, served or broken: a clear answer, nothing half-written, and the other pages go on.

One test a row of the promise; every command is the real one, every page comes over real HTTP.
"""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.house import House
from tests.publisher import (
    Publisher,
    endless,
    gzip_damaged,
    header_drip,
    page,
    redirect,
    stall,
    status,
    truncated,
)
from tracker.cli.demo.rendered import as_html
from tracker.cli.demo.ruritania import edition
from tracker.store import open_store

GOOD = as_html(edition(1))
EDITED = as_html(edition(2))


@pytest.fixture
def site() -> Iterator[Publisher]:
    # One site that is many hosts: 127.0.0.1, 127.0.0.2, …
    with Publisher("0.0.0.0") as publisher:
        publisher.page("/good", GOOD)
        yield publisher


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def watch(house: House, more: str = "", **urls: str) -> None:
    """Write config/watches.toml as a person would: a watch for each address, each with a profile of its own."""
    entries = (f'[[watches]]\nname = "{n}"\nprofile = "{n}"\nurl = "{url}"\n{more}\n' for n, url in urls.items())
    (house.root / "config" / "watches.toml").write_text("\n".join(entries), encoding="utf-8")


def refused(house: House, *args: str, code: int = 2, env: dict[str, str] | None = None) -> list[str]:
    """The three lines of the error that a command ends with: what, where, remedy."""
    done = house.run(*args, env=env)
    assert done.returncode == code, f"exit {done.returncode}: {done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    what, where, remedy = done.stderr.splitlines()[-3:]
    assert what.startswith("tracker: ")
    assert where
    assert remedy
    return [what, where, remedy]


def checked(house: House, *args: str, code: int = 0, env: dict[str, str] | None = None) -> dict[str, Any]:
    """One round: what it says of each watch, by name."""
    done = house.run("check", "--json", *args, env=env)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, f"exit {done.returncode}: {done.stdout}\n{done.stderr}"
    return {one["watch"]: one for one in json.loads(done.stdout)}


def files(root: Path) -> dict[str, bytes]:
    """All files below a folder, with what is in them."""
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def position(house: House) -> int:
    """How many events the record holds."""
    with open_store(house.root / "snapshots", write=False) as store:
        return store.head().position


def versions(house: House, profile: str) -> dict[str, int]:
    """How many versions of each chapter of a profile are recorded."""
    with open_store(house.root / "snapshots", write=False) as store:
        return {c.chapter: c.versions for c in store.chapters(profile)}


# ---------------------------------------------------------------- what people say


@pytest.mark.parametrize("command", [("log",), ("check",), ("add", "http://127.0.0.1/x"), ("run",), ("verify",)])
def test_where_no_store_is_the_folder_and_the_remedy_are_named_and_nothing_is_made(
    tmp_path: Path, house: House, command: tuple[str, ...]
) -> None:
    house.root = tmp_path.parent / f"{tmp_path.name}-nowhere"
    house.root.mkdir()

    _, where, remedy = refused(house, *command)

    assert str(house.root) in where
    assert "tracker init" in remedy
    assert files(house.root) == {}


def test_where_the_configuration_stands_without_its_store_none_is_made_either(house: House) -> None:
    for file in (house.root / "snapshots").glob("log.db*"):
        file.unlink()
    before = files(house.root)

    for command in ("log", "check"):
        _, where, remedy = refused(house, command)
        assert "log.db" in where
        assert "tracker init" in remedy

    assert files(house.root) == before


@pytest.mark.parametrize(
    ("file", "text", "nearest"),
    [
        ("tracker.toml", "[fetch]\ntotl_s = 5\n", "total_s"),
        ("tracker.toml", "[fetchh]\ntotal_s = 5\n", "fetch"),
        ("watches.toml", '[[watches]]\nname = "a"\nurl = "http://127.0.0.1/"\nevry = "6h"\n', "every"),
        ("subscriptions.toml", '[channels.desk]\nkind = "jsonl"\npth = "x"\n', "path"),
        ("publishers/mine.toml", "[content]\nroot = ['main']\n", "roots"),
    ],
)
def test_an_unknown_key_in_a_file_names_the_nearest_and_starts_nothing(
    house: House, site: Publisher, file: str, text: str, nearest: str
) -> None:
    watch(house, good=site.url("/good"))
    (house.root / "config" / file).write_text(text)
    before = files(house.root)

    for command in ("check", "run"):
        _, where, remedy = refused(house, command)
        assert file in where
        assert f"{nearest!r}" in remedy

    assert site.requests == ()
    assert files(house.root) == before


def test_an_unknown_variable_names_the_nearest_and_starts_nothing(house: House, site: Publisher) -> None:
    watch(house, good=site.url("/good"))

    what, where, remedy = refused(house, "check", env={"TRACKER__FETCH__TOTL_S": "5"})

    assert "TRACKER__FETCH__TOTL_S" in what + where
    assert "TRACKER__FETCH__TOTAL_S" in remedy
    assert site.requests == ()
    assert position(house) == 0


UNREACHABLE = {
    "refused_url": "ftp://example.org/profile",
    "refused_address": "http://10.1.2.3/profile",
    "dns": "http://nowhere.invalid/profile",
}


@pytest.mark.parametrize("url", [*UNREACHABLE.values(), "http://169.254.169.254/latest", "http://me:pw@example.org/"])
def test_an_address_that_cannot_be_asked_is_refused_when_it_is_added(house: House, url: str) -> None:
    before = files(house.root)

    what, where, _ = refused(house, "add", url)

    assert "Not added" in what
    assert where == url
    assert files(house.root) == before


def test_an_address_that_cannot_be_asked_is_a_failed_check_when_it_is_configured_all_the_same(
    house: House, site: Publisher
) -> None:
    watch(house, **{reason.replace("_", "-"): url for reason, url in UNREACHABLE.items()}, good=site.url("/good"))

    told = checked(house, code=3)

    assert told["good"]["outcome"] == "changed"
    for reason in UNREACHABLE:
        failed = told[reason.replace("_", "-")]
        assert failed["outcome"] == "failed"
        assert failed["detail"].startswith(f"{reason}: ")


# ---------------------------------------------------------------- what publishers serve


def test_a_fetch_that_fails_makes_no_version_and_delays_nobody(house: House, site: Publisher) -> None:
    with Publisher(tls="expired") as expired:
        bad = {
            "not-found": ("http_status", status(404)),
            "gone": ("http_status", status(410)),
            "error": ("http_status", status(500)),
            "busy": ("http_status", status(502)),  # a 503 asks us to stay away
            "cut": ("truncated", truncated()),
            "damaged": ("bad_encoding", gzip_damaged()),
            "huge": ("too_large", endless(100)),
            "silent": ("timeout", stall()),
            "drip": ("timeout", header_drip()),
        }
        # Each is fine at first, then bad, then fine again. The slow ones have a host of their own.
        for name, (_, answer) in bad.items():
            site.put(f"/{name}", page(GOOD), answer, page(EDITED))
        hosts = {"silent": "127.0.0.2", "drip": "127.0.0.3"}
        urls = {name: site.url(f"/{name}", host=hosts.get(name)) for name in bad}
        watch(house, **urls, tls=expired.url("/"), good=site.url("/good"))
        first = checked(house, code=3)
        assert {n for n, one in first.items() if one["outcome"] != "changed"} == {"tls"}
        site.page("/good", EDITED)

        told = checked(house, code=3, env={"TRACKER__FETCH__TOTAL_S": "1.5"})

        assert {n: one["detail"].partition(":")[0] for n, one in told.items() if one["outcome"] == "failed"} == {
            **{name: reason for name, (reason, _) in bad.items()},
            "tls": "tls",
        }
        assert told["good"]["outcome"] == "changed"
        asked_at = {r.path: r.at for r in site.requests if r.path.strip("/") in {*bad, "good"}}  # the last of each
        assert asked_at["/good"] - min(asked_at.values()) < 1.5
        for name in bad:
            assert set(versions(house, name).values()) == {1}
        failed = next(one for one in house.json("watches") if one["name"] == "drip")
        assert (failed["last_outcome"], failed["failures"]) == ("failed", 1)
        assert failed["trouble"].startswith("timeout")

    told = checked(house, code=3)
    assert {n for n, one in told.items() if one["outcome"] == "failed"} == {"tls"}
    assert all(told[name]["outcome"] == "changed" for name in bad)
    assert house.json("verify")["ok"]


REFUSED_PAGES = {
    "other": ("no_known_chapter", page("<h1>Our offices moved</h1>" + "<p>We now live above the bakery.</p>" * 90)),
    "missing": ("soft404", page("<title>Page not found</title><h1>Page not found</h1><p>Sorry.</p>")),
    "broken": ("error_page", page("<title>500 Internal Server Error</title><h1>Something went wrong</h1>")),
    "login": ("login", page("<h1>Sign in</h1><form><input name=who><input type=password></form>")),
    "challenge": ("challenge", page("<title>Just a moment...</title><p>Checking your browser.</p>")),
    "empty": ("empty", page("")),
    "blank": ("empty", page("<html><body> \n </body></html>")),
    "binary": ("binary", page(b"%PDF-1.7\n" + bytes(range(256)) * 20)),
    "image": ("binary", page(b"\x89PNG\r\n\x1a\n" + bytes(900), media_type="image/png")),
    "noise": ("binary", page(bytes(n * n % 251 for n in range(20_000)))),
}


def test_a_page_that_is_not_the_profile_is_rejected_with_evidence_and_the_last_version_stands(
    house: House, site: Publisher
) -> None:
    for name, (_, answer) in REFUSED_PAGES.items():
        site.put(f"/{name}", page(GOOD), answer, page(EDITED))
    watch(house, 'publisher = "monitor"', **{name: site.url(f"/{name}") for name in REFUSED_PAGES})
    checked(house)

    told = checked(house)

    assert {n: (one["outcome"], one["detail"].partition(":")[0]) for n, one in told.items()} == {
        name: ("rejected", reason) for name, (reason, _) in REFUSED_PAGES.items()
    }
    assert all(one["detail"].partition(": ")[2] for one in told.values())
    assert "Mine Ban Policy" in told["other"]["detail"]
    assert all(set(versions(house, name).values()) == {1} for name in REFUSED_PAGES)
    assert "Ruritania" in house.tracker("show", "other/mine-ban-policy")
    assert "rejected" in house.tracker("checks", "other")

    assert {one["outcome"] for one in checked(house).values()} == {"changed"}
    assert house.json("verify")["ok"]


ODD_PAGES = {
    "wrong-charset": page(
        "<h1>Café</h1><p>Déjà vu, “twice”.</p>".encode("cp1252"), media_type="text/html; charset=utf-8"
    ),
    "unknown-charset": page("<h1>Café</h1><p>Déjà vu.</p>", media_type="text/html; charset=klingon-8"),
    "said-utf-16": page("<h1>Café</h1><p>Déjà vu, but in UTF-8.</p>", media_type="text/html; charset=utf-16"),
    "surrogates": page(
        r'{"title": "Half \ud800 a pair", "k\udfff": "v\ud83d", "list": ["\udc00", {"\ud801": "\ud802"}]}',
        media_type="application/json",
    ),
    "surrogates-in-html": page("<h1>Half &#xD800; a pair</h1><p>" + "words &#55357; " * 40 + "</p>"),
    "surrogates-as-bytes": page(b"<h1>Half \xed\xa0\x80 a pair</h1><p>and the rest of it</p>"),
    "one-line": page("A line. " * 125_000, media_type="text/plain"),
    "one-word": page("a" * 1_000_000, media_type="text/plain"),
    "one-tag": page("<h1>Title</h1><p " + "a" * 1_000_000 + ">text</p>"),
    "deep": page("<h1>Title</h1>" + "<div>" * 20_000 + "text " * 60),
    "deep-json": page("[" * 20_000 + "]" * 20_000, media_type="application/json"),
    "control": page("<h1>Title\x01\x02</h1><p>" + "text\x03 " * 60 + "</p>"),
    "no-type": page("<h1>Title</h1><p>Some text.</p>", media_type=None),
    "odd-type": page("<h1>Title</h1><p>Some text.</p>", media_type="a/b; charset=;;=\x80"),
    "zeros": page(bytes(5000)),
    "long-title": page("<title>" + "t" * 70_000 + "</title><h1>" + "h" * 70_000 + "</h1><p>Some text.</p>"),
}


def test_any_bytes_are_read_or_rejected_and_shown_without_a_traceback(house: House, site: Publisher) -> None:
    for path, answer in ODD_PAGES.items():
        site.put(f"/{path}", answer)
    watch(house, **{name: site.url(f"/{name}") for name in ODD_PAGES}, good=site.url("/good"))

    told = checked(house)

    assert told["good"]["outcome"] == "changed"
    assert {one["outcome"] for one in told.values()} <= {"changed", "rejected"}
    assert {name for name, one in told.items() if one["outcome"] == "changed"} >= {
        "wrong-charset", "unknown-charset", "surrogates", "surrogates-in-html", "one-line", "no-type", "odd-type",
    }  # fmt: skip
    for name in ODD_PAGES:
        for chapter in versions(house, name):
            assert house.json("show", f"{name}/{chapter}")["document"]
    house.tracker("log")
    house.json("log")
    house.tracker("checks")
    assert house.json("verify")["ok"]


# A rule that is valid, but does not fit its pages: on the line "Updated:" its group holds nothing.
BRITTLE = """
[dates]
patterns = ['^Updated:(?: (\\S.{0,40}))?$']
"""


def test_an_extractor_that_raises_keeps_the_page_as_suspect_and_the_next_one_goes_on(
    house: House, site: Publisher
) -> None:
    rules = house.root / "config" / "publishers" / "brittle.toml"
    rules.parent.mkdir(exist_ok=True)
    rules.write_text(BRITTLE)
    site.page("/odd", "<h1>Impact</h1><p>Updated:</p><p>The hills are not yet cleared.</p>")
    watch(house, odd=site.url("/odd"), good=site.url("/good"))
    config = house.root / "config" / "watches.toml"
    config.write_text(config.read_text().replace('name = "odd"', 'name = "odd"\npublisher = "brittle"'))

    told = checked(house)

    assert told["odd"]["outcome"] == "suspect"
    assert told["odd"]["detail"].startswith("unreadable: ")
    assert told["good"]["outcome"] == "changed"
    with open_store(house.root / "snapshots", write=False) as store:
        (kept,) = store.snapshots("odd")
        assert b"not yet cleared" in store.body(kept.body_sha256)
        assert (kept.verdict, kept.reason) == ("suspect", "unreadable")
    assert versions(house, "odd") == {}
    assert house.json("verify")["ok"]

    rules.write_text(BRITTLE.replace("(?: (", "(?: ?(").replace("))?$", "))$").replace(r"\S.", "."))
    assert checked(house)["odd"]["outcome"] == "changed"


def test_a_second_watch_that_brings_a_known_chapter_is_rejected_and_the_first_is_named(
    house: House, site: Publisher
) -> None:
    site.page("/copy", GOOD)
    watch(house, first=site.url("/good"))
    checked(house)
    house.tracker("add", site.url("/copy"), "--profile", "first", "--name", "second")

    told = checked(house)

    assert told["first"]["outcome"] == "unchanged"
    assert told["second"]["outcome"] == "rejected"
    assert told["second"]["detail"].startswith("chapter_claimed: ")
    assert "is fed by the watch first" in told["second"]["detail"]
    assert set(versions(house, "first").values()) == {1}


def without_mine_ban_policy(html: str) -> str:
    """The page, but its chapter on mines is not there."""
    kept, gone = re.subn(r"(?s)<h2>Mine Ban Policy</h2>.*?(?=<h2>)", "", html)
    assert gone == 1
    return kept


def test_a_lost_chapter_is_believed_when_a_second_look_agrees(house: House, site: Publisher) -> None:
    watch(house, ruritania=site.url("/good"))
    checked(house)
    site.page("/good", without_mine_ban_policy(GOOD))

    told = checked(house)["ruritania"]

    assert told["outcome"] == "changed"
    (change,) = house.json("log", "ruritania/mine-ban-policy", "--limit", "1")
    assert [e["kind"] for e in change["edits"]] == ["chapter_removed"]
    assert [(s.verdict, s.reason) for s in snapshots(house)] == [
        ("ok", "confirmed"),
        ("suspect", "missing_chapter"),
        ("ok", ""),
    ]
    refused(house, "show", "ruritania/mine-ban-policy", code=6)
    assert house.json("show", "ruritania/mine-ban-policy", "--as-of", "first")["document"]


def test_a_lost_chapter_is_doubted_for_hours_and_may_come_back_as_if_nothing_was(house: House, site: Publisher) -> None:
    house.env["TRACKER__FETCH__CONFIRM_AFTER_S"] = "[600, 7200]"
    watch(house, ruritania=site.url("/good"))
    checked(house)
    site.page("/good", without_mine_ban_policy(GOOD))

    told = [checked(house)["ruritania"] for _ in range(2)]

    assert [one["outcome"] for one in told] == ["suspect", "suspect"]
    assert "the chapter 'Mine Ban Policy' is not there" in told[0]["detail"]
    assert house.json("show", "ruritania/mine-ban-policy")["document"]
    (shown,) = house.json("watches")
    assert "suspect since" in shown["trouble"]
    assert [s.reason for s in snapshots(house)] == ["missing_chapter", ""]

    site.page("/good", GOOD)
    assert checked(house)["ruritania"]["outcome"] == "unchanged"
    assert set(versions(house, "ruritania").values()) == {1}


def snapshots(house: House) -> Sequence[Any]:
    """The captures of the watch `ruritania`, newest first."""
    with open_store(house.root / "snapshots", write=False) as store:
        return store.snapshots("ruritania")


# ---------------------------------------------------------------- what machines do


def test_a_command_that_is_not_handed_over_names_the_pid_of_the_running_one_and_the_remedy(
    house: House, site: Publisher
) -> None:
    watch(house, ruritania=site.url("/good"))
    running = house.start("run")
    try:
        assert running.stderr is not None
        assert running.stderr.readline().startswith("running: 1 watches")

        for command in (("rebuild",), ("import", "folder", ".")):
            what, where, remedy = refused(house, *command, code=7)
            assert f"Process {running.pid} " in what
            assert "log.db" in where
            assert f"kill {running.pid}" in remedy
        for command in ("log", "watches", "checks", "verify"):
            house.tracker(command)
    finally:
        running.terminate()
        _, told = running.communicate(timeout=30)
    assert (running.returncode, "Traceback" in told) == (0, False)


def test_on_a_full_disk_the_message_is_clear_and_what_was_acknowledged_is_there(house: House, site: Publisher) -> None:
    watch(house, ruritania=site.url("/good"), graustark=site.url("/large"))
    site.page("/large", GOOD)
    checked(house)
    acknowledged = house.json("log")
    large = os.urandom(200_000).hex()  # as hostile to compression as text can be
    site.page("/large", GOOD.replace("</main>", f"<p>{large}</p></main>"))

    # No room for the index of the write-ahead log; none for the holder's name in the lock; none for this page.
    for room, is_read_meanwhile in ((0, False), (0, True), (100_000, False)):
        with open_store(house.root / "snapshots", write=False) if is_read_meanwhile else nullcontext() as reader:
            assert reader is None or reader.head().position
            done = with_room_for(room, house, "check")

        assert done.returncode == 3, done.stderr
        assert "Traceback" not in done.stderr
        what, where, remedy = done.stderr.splitlines()[-3:]
        assert "no room" in what
        assert "log.db" in where
        assert "Make room" in remedy
        assert house.json("verify")["ok"]

    configured = files(house.root / "config")
    done = with_room_for(0, house, "add", site.url("/other"))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 3), done.stderr
    assert files(house.root / "config") == configured

    assert house.json("log") == acknowledged
    assert checked(house)["graustark"]["outcome"] == "changed"
    assert house.json("verify")["ok"]


def with_room_for(size: int, house: House, *args: str) -> "subprocess.CompletedProcess[str]":
    """Run a command in a process none of whose files may grow beyond so many bytes."""
    return subprocess.run(
        [sys.executable, "-m", "tracker", *args],
        cwd=house.root,
        env=house.env,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        check=False,
    )


# ---------------------------------------------------------------- what is shown

# A window title, a cleared screen, blinking, a C1 control, an overwritten line, rubbed-out letters, reversed reading.
HOSTILE = "\x1b]0;owned\x07 \x1b[2J \x1b[5m \x9b5m over\rwritten \x08\x08\x7f \u202egpj.exe\u202c \u2066isolated"
OUR_STYLES = re.compile(r"\x1b\[(?:0|1|2|4|9|3[0-7]|9[0-7])m")
STEERING = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")


def hostile_html(edition: int) -> str:
    """A page that says it everywhere, as character references: so many raw control characters are no text at all."""
    said = "".join(f"&#{ord(c)};" for c in HOSTILE)
    return f"""<!DOCTYPE html><html><head><title>T {said}</title></head><body><main><h1>R {said}</h1>
    <h2>Impact</h2><p>Last updated: 9 February 2023</p><h3>Use {said}</h3>
    <p>Paragraph {edition} {said} of the count.[1]</p>
    <table><tr><th>Year {said}</th><th>Count</th></tr><tr><td>2023 {said}</td><td>{edition} {said}</td></tr></table>
    <p><a href="#_ftnref1" name="_ftn1">[1]</a> Note {edition} {said}.</p></main></body></html>"""


def hostile_json(edition: int) -> str:
    return json.dumps({"title": f"J {HOSTILE}", f"key {HOSTILE}": f"value {edition} {HOSTILE}", "more": [HOSTILE] * 9})


def test_hostile_text_never_reaches_a_terminal_raw(house: House, site: Publisher) -> None:
    forms = {
        "html": (hostile_html, "text/html; charset=utf-8"),
        "json": (hostile_json, "application/json"),
        "text": (lambda n: f"{HOSTILE}\n\nEdition {n} {HOSTILE}\n\n{'Words. ' * 40}\n", "text/plain"),
    }
    for name, (made, media_type) in forms.items():
        site.put(f"/{name}", page(made(1), media_type=media_type), page(made(2), media_type=media_type))
    # Its title and a redirect come back in the reasons that are given for a refusal.
    site.page("/login", f"<title>Sign in {HOSTILE}</title><input type=password>" + "<p>Please.</p>" * 60)
    site.page("/stranger", hostile_html(1).replace("<h2>Impact</h2>", ""))
    site.page("/json-it-is-not", f"No JSON. {HOSTILE}" + "Words. " * 60, media_type="application/json; \x9b5m")
    site.put("/moved", redirect("http://\x1b[2J.invalid/\x1b]0;owned\x07"))
    watch(house, **{name: site.url(f"/{name}") for name in (*forms, "login", "moved", "json-it-is-not")})
    with (house.root / "config" / "watches.toml").open("a") as file:
        file.write(f'[[watches]]\nname = "stranger"\npublisher = "monitor"\nurl = "{site.url("/stranger")}"\n')
    files = [house.root / f"{n}.html" for n in (1, 2)]
    for n, file in enumerate(files, start=1):
        file.write_text(hostile_html(n))

    shown = [house.on_terminal("check"), printed(house, "check")]
    chapters = [f"{name}/{chapter}" for name in forms for chapter in versions(house, name)]
    assert len(chapters) >= 3
    for chapter in chapters:
        shown += [printed(house, "show", chapter), printed(house, "diff", chapter, "--cause", "all")]
    for command in ("checks", "watches", "doctor"):
        shown.append(printed(house, command))
    shown.append(printed(house, "extract", files[0].name))
    shown.append(printed(house, "compare", *(f.name for f in files)))
    shown.append(house.on_terminal("log"))

    assert sum("\N{REPLACEMENT CHARACTER}" in one for one in shown) > 10
    for one in shown:
        assert STEERING.findall(OUR_STYLES.sub("", one)) == []


def printed(house: House, *args: str) -> str:
    """All that `tracker ARGS` printed into a pipe."""
    done = house.run(*args)
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_a_refused_page_that_stays_the_same_is_recorded_once_and_checked_on(house: House, site: Publisher) -> None:
    house.tracker("add", site.page("/lost", "<h1>Page not found</h1><p>There is nothing here.</p>"), "--name", "lost")

    for _ in range(3):
        house.tracker("check", "lost")

    assert [c["outcome"] for c in house.json("checks", "lost")] == ["rejected"] * 3
    assert all("soft404" in c["detail"] for c in house.json("checks", "lost"))
    with open_store(house.root / "snapshots", write=False) as store:
        assert len(store.snapshots("lost")) == 1
