"""`tracker import folder|warc|wayback` from the user's end: what is typed, what is told, what the record then says."""

import signal
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.archive import Archive, Kept, warc
from tests.journeys.house import House
from tests.publisher import Publisher, redirect, status
from tests.watch.test_import_laws import page


@pytest.fixture
def house(tmp_path):
    return House(tmp_path / "house")


@pytest.fixture
def site():
    with Publisher() as site:
        yield site


def copies(folder, files):
    for name, said in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(page(1, said))


def test_a_folder_of_dated_copies_becomes_the_history_before_our_first_look(house, site, tmp_path):
    house.tracker("add", site.page("/ruritania", page(1, "CB")), "--profile", "ruritania")
    house.tracker("check")
    copies(
        tmp_path / "old",
        {
            "ruritania/mine-ban-policy/2019-02-09.html": "AA",
            "ruritania/2020-02-09.html": "BB",
            "ruritania/mine-ban-policy/20210814T093000Z.html": "CB",
            "ruritania/readme.html": "CC",
            "elsewhere/2020-02-09.html": "AA",
        },
    )

    done = house.run("import", "folder", str(tmp_path / "old"))

    assert done.returncode == 3
    assert "2 new versions, 1 of versions on record, 2 not read" in done.stdout
    assert "readme.html: 'readme' does not say when" in done.stderr
    assert "elsewhere names no watch" in done.stderr
    log = house.json("log", "ruritania/mine-ban-policy")
    assert [(c["cause"], c["happened"]["not_later_than"]) for c in log] == [
        ("content", "2021-08-14T09:30:00Z"),
        ("content", "2020-02-09T00:00:00Z"),
        ("first_record", "2019-02-09T00:00:00Z"),
    ]
    assert len(house.json("log", "ruritania/mine-ban-policy", "--all")) == 5
    assert [c["id"] for c in house.json("log", "ruritania/mine-ban-policy", "--since", "2021-01-01")] == [log[0]["id"]]
    assert "AAAAAAAAA" in house.tracker("show", "ruritania/mine-ban-policy", "--as-of", "2019-12-31")
    assert "BBBBBBBBB" in house.tracker("show", "ruritania/mine-ban-policy", "--as-of", "2021-08-13")
    assert "CCCCCCCCC" in house.tracker("show", "ruritania/mine-ban-policy", "--as-of", "2021-08-15")
    assert "[-AAAAAAAAA-]{+BBBBBBBBB+}" in house.tracker("diff", "ruritania/mine-ban-policy", "2019-12-31..2020-12-31")
    superseded = next(c for c in house.json("log", "--all") if any("superseded" in flag for flag in c["flags"]))
    assert house.json("show", "ruritania/mine-ban-policy", "--as-of", superseded["id"])["version"]["address"]
    assert "ok" in house.tracker("verify")
    again = house.json("import", "folder", str(tmp_path / "old"), code=3)
    assert again["counts"] == {"known": 3, "failed": 2}


def test_a_look_after_an_import_says_unchanged_and_owes_nobody_a_word(house, site, tmp_path):
    house.tell_desk(site.url("/hook"))
    house.tracker("add", site.page("/ruritania", page(1, "A"), etag=None), "--profile", "ruritania")
    house.tracker("check")
    copies(tmp_path / "old", {"2019-02-09.html": "B", "2020-02-09.html": "A"})

    house.tracker("import", "folder", str(tmp_path / "old"), "--watch", "ruritania")

    assert "unchanged" in house.tracker("check")
    assert house.json("deliveries", "list") == []
    assert "nothing recorded" in house.tracker(
        "import", "folder", str(tmp_path / "old"), "--watch", "ruritania", "--dry-run"
    )


def test_a_page_that_nobody_watches_is_recorded_under_its_address(house, site, tmp_path):
    copies(tmp_path / "old", {"2019-02-09.html": "A", "2020-02-09.html": "B"})
    url = site.page("/ruritania", page(1, "C"))

    house.tracker("import", "folder", str(tmp_path / "old"), "--url", url, "--profile", "ruritania")
    assert [w["state"] for w in house.json("watches")] == []
    house.tracker("add", url, "--profile", "ruritania")
    house.tracker("check")

    assert [c["cause"] for c in house.json("log", "ruritania")] == ["content", "content", "first_record"]


def test_a_manifest_says_which_file_is_which_page(house, site, tmp_path):
    url = site.page("/ruritania", page(1, "A"))
    house.tracker("add", url, "--profile", "ruritania")
    copies(tmp_path / "old", {"x.html": "B", "y.html": "C"})
    (tmp_path / "m.csv").write_text(
        f"file,url,captured_at\nx.html,{url},2020-02-09\ny.html,https://no.example/,2021-02-09\n"
    )

    done = house.run("import", "folder", str(tmp_path / "old"), "--manifest", str(tmp_path / "m.csv"), "--json")

    assert done.returncode == 3
    assert "nobody watches https://no.example/" in done.stderr
    assert [c["happened"]["not_later_than"] for c in house.json("log")] == ["2020-02-09T00:00:00Z"]


def test_a_warc_gives_the_captures_of_watched_pages(house, site, tmp_path):
    url = site.page("/ruritania", page(1, "A"))
    house.tracker("add", url, "--profile", "ruritania")
    house.tracker("check")
    records = [
        ("2019-02-09T10:00:00Z", url, page(1, "B")),
        ("2020-02-09T10:00:00Z", url, page(1, "A")),
        ("2020-02-09T10:00:00Z", "https://no.example/", page(1, "C")),
    ]
    file = warc(
        tmp_path / "crawl.warc.gz", records, compressed=True, repeats=[("2019-05-09T10:00:00Z", url, page(1, "B"))]
    )

    told = house.tracker("import", "warc", str(file))

    assert "3 copies: 1 new versions, 2 of versions on record" in told
    change, first = house.json("log", "ruritania")
    assert change["happened"] == {"after": "2019-05-09T10:00:00Z", "not_later_than": "2020-02-09T10:00:00Z"}
    assert first["cause"] == "first_record"
    assert "3 imported before" in house.tracker("import", "warc", str(file))


def test_a_web_archive_is_asked_for_what_is_not_recorded_yet_and_for_no_more(house, site):
    url = site.page("/ruritania", page(1, "A"))
    house.tracker("add", url, "--profile", "ruritania")
    house.tracker("check")
    with Archive() as archive:
        house.env["TRACKER__IMPORT__WAYBACK_URL"] = archive.base
        for year, said in ((2018, "B"), (2019, "B"), (2020, "C"), (2021, "A")):
            archive.keep(f"{year}0209100000", url, page(1, said))
        archive.trouble(status(500))

        listed = house.tracker("import", "wayback", "--watch", "ruritania", "--dry-run")
        first = house.run("import", "wayback", "--watch", "ruritania", "--to", "2019-12-31")
        asked = len(archive.asked())
        again = house.tracker("import", "wayback", url)

        assert listed.count("/web/20") == 4
        assert asked == 2
        assert first.returncode == 3
        assert "HTTP 500" in first.stderr
        assert len(archive.asked()) == asked + 3
        assert "1 imported before" in again
    dates = [c["happened"]["not_later_than"][:4] for c in house.json("log", "ruritania")]
    assert dates == ["2021", "2020", "2018"]
    assert "ok" in house.tracker("verify")


def test_a_capture_of_the_future_is_told(house, site, tmp_path):
    house.tracker("add", site.page("/ruritania", page(1, "A")), "--profile", "ruritania")
    soon = datetime.now(UTC) + timedelta(days=2)
    copies(tmp_path / "old", {f"ruritania/{soon:%Y-%m-%d}.html": "B"})

    done = house.run("import", "folder", str(tmp_path / "old"))

    assert done.returncode == 3
    assert "in the future" in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("folder", "nowhere"),
        ("folder", ".", "--watch", "none"),
        ("folder", ".", "--profile", "none"),
        ("folder", ".", "--publisher", "none", "--url", "https://a.example/"),
        ("warc", "nowhere.warc"),
        ("wayback",),
        ("wayback", "https://a.example/", "--from", "yesterday"),
        ("wayback", "ruritania"),
        ("folder", ".", "--url", "ruritania"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_told_in_words(house, args):
    done = house.run("import", *args)

    assert done.returncode in (2, 6)
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_a_file_that_cannot_be_a_page_is_told_and_the_others_go_on(house, site, tmp_path):
    house.tracker("add", site.page("/ruritania", page(1, "A")), "--profile", "ruritania")
    house.env["TRACKER__FETCH__MAX_BODY_BYTES"] = "2000"
    copies(tmp_path / "old", {"2019-02-09.html": "B", "2021-02-09.html": "C"})
    (tmp_path / "old" / "2020-02-09.html").write_text("x" * 3000)
    (tmp_path / "old" / "2020-03-09.html").write_text("")

    done = house.run("import", "folder", str(tmp_path / "old"), "--watch", "ruritania")

    assert done.returncode == 3
    assert "2 new versions, 2 not read" in done.stdout
    assert "3,000 bytes, 2,000 allowed" in done.stderr
    assert "empty" in done.stderr


@pytest.mark.proof
def test_a_thousand_copies_of_a_page_take_less_than_a_minute(house, tmp_path):
    said = [f"In {1000 + n} the council of Ruritania said {n} words of the treaty. " * 4 for n in range(120)]
    (tmp_path / "old").mkdir()
    for n in range(1_000):
        said[n % 120] = f"In the year {n} the council of Ruritania had more to say of the treaty than before. " * 4
        html = "".join(f"<p>{paragraph}</p>" for paragraph in said)
        name = f"{date(2000, 1, 1) + timedelta(days=n)}.html"
        (tmp_path / "old" / name).write_text(f"<html><h1>Ruritania</h1>{html}</html>")
    began = time.monotonic()

    told = house.tracker("import", "folder", str(tmp_path / "old"), "--url", "https://a.example/r", "--profile", "r")

    assert "1000 copies: 1000 new versions" in told
    assert time.monotonic() - began < 60
    assert "ok" in house.tracker("verify")


@pytest.fixture
def archive(house, site):
    """An archive with eight captures of the watched page, a year each."""
    url = site.page("/ruritania", page(1, "A"))
    house.tracker("add", url, "--profile", "ruritania")
    with Archive() as archive:
        house.env["TRACKER__IMPORT__WAYBACK_URL"] = archive.base
        for n in range(8):
            archive.keep(f"{2012 + n}0209100000", url, page(1, "ABCDEFGH"[n]))
        yield archive


def asked_for(archive, n):
    assert archive.wait_until(lambda: len([r for r in archive._requests if r.path.startswith("/web/")]) >= n, 20)


@pytest.mark.parametrize("wish", [False, True], ids=["its turn", "the archive's wish"])
def test_an_import_that_is_stopped_while_it_waits_says_so_and_keeps_what_it_had(house, archive, wish):
    if wish:
        archive.trouble(status(503, retry_after=600))
    else:
        house.env["TRACKER__FETCH__HOST_DELAY_S"] = "0.4"
    with house.start("import", "wayback", "--watch", "ruritania") as running:
        asked_for(archive, 1)
        if not wish:
            asked_for(archive, 2)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=20)

    assert running.returncode == 130, err
    assert "Stopped" in err
    assert "the same import goes on from there" in err
    assert "Traceback" not in err
    had = len(house.json("log"))
    assert f"{had} copies" in out
    assert had >= len(archive.asked()) - 1  # the one that was under way, at most
    if wish:
        return  # the wish holds in the next import too
    house.env["TRACKER__FETCH__HOST_DELAY_S"] = "0"
    assert "new versions" in house.tracker("import", "wayback", "--watch", "ruritania")
    assert len(house.json("log", "ruritania")) == 8


@pytest.mark.proof
def test_an_import_that_is_killed_asks_for_few_captures_again(house, archive):
    house.env["TRACKER__FETCH__HOST_DELAY_S"] = "0.2"
    with house.start("import", "wayback", "--watch", "ruritania") as running:
        asked_for(archive, 7)
        running.kill()
    asked = len(archive.asked())
    house.env["TRACKER__FETCH__HOST_DELAY_S"] = "0"

    told = house.tracker("import", "wayback", "--watch", "ruritania")

    assert "5 imported before" in told or "6 imported before" in told
    assert len(archive.asked()) <= asked + 3
    assert "ok" in house.tracker("verify")


def test_captures_of_another_page_in_an_index_are_told_and_not_asked_for(house, archive, site):
    for n, url in enumerate((site.url("/freedonia"), "https://else.example/ruritania")):
        archive.beside.append(Kept(f"201{n}0101000000", url, page(1, "Z").encode(), "text/html", 200))

    done = house.run("import", "wayback", "--watch", "ruritania")

    assert done.returncode == 3
    assert "8 new versions, 2 not read" in done.stdout
    assert done.stderr.count("of another page than") >= 2
    assert len(archive.asked()) == 8
    assert "ZZZ" not in house.tracker("log", "ruritania", "--all")


def test_a_replay_that_leads_to_the_live_page_is_no_version(house, archive, site):
    archive.trouble(redirect(site.url("/ruritania"), 302))

    done = house.run("import", "wayback", "--watch", "ruritania", "--limit", "2")

    assert done.returncode == 3
    assert "leads out of itself" in done.stderr
    assert [c["happened"]["not_later_than"][:4] for c in house.json("log", "ruritania")] == ["2013"]


def test_copies_from_before_there_was_a_web_are_told(house, site, tmp_path):
    url = site.page("/ruritania", page(1, "A"))
    house.tracker("add", url, "--profile", "ruritania")
    copies(tmp_path / "old", {f"ruritania/{name}.html": "B" for name in ("1850-01-01", "1970-01-01", "2019-02-09")})
    file = warc(tmp_path / "a.warc", [("1969-02-09T10:00:00Z", url, page(1, "C"))], compressed=False)

    folder, crawl = house.run("import", "folder", str(tmp_path / "old")), house.run("import", "warc", str(file))

    assert (folder.returncode, crawl.returncode) == (3, 3)
    assert folder.stderr.count("before 1990") >= 2
    assert "before 1990" in crawl.stderr
    assert "Traceback" not in folder.stderr + crawl.stderr
    assert [c["happened"]["not_later_than"][:4] for c in house.json("log")] == ["2019"]


def test_a_manifest_that_says_otherwise_than_the_options_is_told(house, site, tmp_path):
    url, other = site.page("/ruritania", page(1, "A")), site.page("/freedonia", page(1, "A"))
    house.tracker("add", url, "--profile", "ruritania")
    house.tracker("add", other, "--profile", "freedonia")
    copies(tmp_path / "old", {"ruritania/x.html": "B", "y.html": "C"})
    rows = f"y.html,{url},2020-02-09\ny.html,{other},2020-03-09\nruritania/x.html,https://no.example/,2021-02-09\n"
    (tmp_path / "m.csv").write_text(f"file,url,captured_at\n{rows}y.html,nonsense,2020-04-09\n")
    given = ("import", "folder", str(tmp_path / "old"), "--manifest", str(tmp_path / "m.csv"))

    for option in ("--watch", "--profile"):
        done = house.run(*given, option, "ruritania", "--dry-run")
        assert done.returncode == 3
        assert "1 new versions, 3 not read" in done.stdout
        assert f"the manifest says {other}, the options {url}" in done.stderr
        assert "'nonsense' is no web address" in done.stderr
    done = house.run(*given)
    assert (done.returncode, "nobody watches https://no.example/" in done.stderr) == (3, True)


@pytest.mark.parametrize("kind", ["folder", "wayback"])
def test_options_that_contradict_each_other_are_told(house, site, kind):
    url = site.page("/ruritania", page(1, "A"))
    house.tracker("add", url, "--profile", "ruritania")
    where = ("folder", ".", "--watch", "ruritania") if kind == "folder" else ("wayback", "--watch", "ruritania")

    contradictions = [(*where, "--profile", "freedonia")]
    if kind == "folder":
        contradictions += [(*where, "--url", "https://no.example/")]
        contradictions += [("folder", ".", "--url", url, "--profile", "freedonia")]
    else:
        contradictions += [("wayback", url, "--profile", "freedonia")]
    for args in contradictions:
        done = house.run("import", *args)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
