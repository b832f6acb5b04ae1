"""`tracker import folder|warc|wayback` from the user's end: what is typed, what is told, what the record then says."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.archive import Archive, warc
from tests.journeys.house import House
from tests.publisher import Publisher, status
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
