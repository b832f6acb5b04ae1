"""Finding pages and saying yes or no to them, from the user's end."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.house import House
from tests.publisher import Publisher, redirect, status
from tracker.cli.demo.rendered import as_html
from tracker.cli.demo.ruritania import edition

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def sitemap(site: Publisher, *names: str) -> None:
    told = "".join(f"<url><loc>{site.url(f'/profiles/{n}')}</loc><lastmod>2022-08-14</lastmod></url>" for n in names)
    site.page("/sitemap.xml", f"<urlset {NS}>{told}<url><loc>javascript:x</loc></url></urlset>")


@pytest.fixture
def site() -> Iterator[Publisher]:
    with Publisher() as publisher:
        sitemap(publisher, "ruritania", "zembla")
        publisher.page("/profiles/ruritania", as_html(edition(1)))
        publisher.page("/", "<html><body><main><a href='/profiles/zembla'>Zembla</a></main></body></html>")
        yield publisher


@pytest.fixture
def house(tmp_path: Path, site: Publisher) -> House:
    place = House(tmp_path)
    rules = f"[discovery]\nsitemaps = ['{site.url('/sitemap.xml')}']\npages = ['/profiles/[a-z-]+$']\n"
    (place.root / "config" / "publishers" / "town.toml").write_text(rules)
    return place


def names(house: House) -> list[str]:
    return [w["name"] for w in house.json("watches")]


def test_what_a_site_lists_is_shown_and_then_watched_in_one_go(house: House, site: Publisher) -> None:
    found = house.json("discover", site.url("/"))
    assert [(p["url"], p["state"], p["lastmod"]) for p in found["pages"]] == [
        (site.url("/profiles/zembla"), "new", "2022-08-14"),
        (site.url("/profiles/ruritania"), "new", "2022-08-14"),
    ]
    assert names(house) == []

    house.tracker("discover", site.url("/sitemap.xml"), "--match", "/ruritania$", "--add")
    assert names(house) == ["ruritania"]
    house.tracker("check")

    shown = house.tracker("discover", site.url("/sitemap.xml"))
    assert "watched as ruritania" in shown
    assert house.tracker("discover", site.url("/sitemap.xml"), "--add") and names(house) == ["ruritania", "zembla"]


def test_what_is_proposed_can_be_refused_and_accepted_after_all(house: House, site: Publisher) -> None:
    house.tracker("discover")
    house.tracker("discover")
    assert [p["name"] for p in house.json("proposals")] == ["ruritania", "zembla"]
    assert "ruritania" in house.tracker("proposals")

    house.tracker("proposals", "refuse", "zembla")
    house.tracker("discover", "--publisher", "town")
    assert [p["name"] for p in house.json("proposals")] == ["ruritania"]

    house.tracker("proposals", "accept", "--all")
    house.tracker("proposals", "accept", site.url("/profiles/zembla"))
    assert names(house) == ["ruritania", "zembla"]
    assert house.json("proposals") == []
    assert house.json("verify")["ok"]


def test_a_page_that_moved_is_proposed_and_goes_on_without_an_alert(house: House, site: Publisher) -> None:
    house.tracker("add", site.url("/profiles/ruritania"), "--profile", "ruritania")
    site.put("/profiles/ruritania", redirect("/profiles/new", 301))
    site.page("/profiles/new", as_html(edition(1)))
    for _ in range(3):
        house.tracker("check")
    assert house.json("watches")[0]["moved_to"] == site.url("/profiles/new")
    assert "moved for good" in house.run("doctor").stdout
    assert f"moved to {site.url('/profiles/new')}" in house.tracker("proposals")
    before = house.json("log")

    house.tracker("proposals", "accept", "ruritania")
    house.tracker("check")

    assert [(w["name"], w["url"], w["moved_to"]) for w in house.json("watches")] == [
        ("ruritania", site.url("/profiles/new"), None)
    ]
    assert house.json("log") == before
    assert [c["outcome"] for c in house.json("checks")] == ["unchanged", "unchanged", "unchanged", "changed"]
    house.tracker("rebuild")
    assert house.json("verify")["ok"]


def test_what_cannot_be_done_is_said(house: House, site: Publisher) -> None:
    site.page("/bomb.xml", '<!DOCTYPE l [<!ENTITY a "b">]><urlset>&a;</urlset>')
    site.put("/gone.xml", status(404))
    for args, code, told in (
        (("discover", site.url("/gone.xml")), 3, "HTTP 404"),
        (("discover", site.url("/bomb.xml")), 3, "document type"),
        (("discover", "nowhere"), 2, "scheme"),
        (("discover", site.url("/"), "--match", "("), 2, "no regular expression"),
        (("discover", "--add"), 2, "need a URL"),
        (("discover", "--publisher", "generic"), 2, "[discovery]"),
        (("discover", "--publisher", "twon"), 2, "'town'"),
        (("proposals", "accept"), 2, "--all"),
        (("proposals", "accept", "zembla"), 6, "tracker proposals"),
        (("proposals", "refuse", "nothing of the kind"), 6, "tracker proposals"),
    ):
        done = house.run(*args)
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), (args, done)
        assert told in done.stderr, (args, done.stderr)


def test_thousands_of_pages_are_not_added_unasked(house: House, site: Publisher) -> None:
    sitemap(site, *(f"p{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(201)))

    done = house.run("discover", site.url("/sitemap.xml"), "--add")
    assert done.returncode == 2 and "--match" in done.stderr
    assert names(house) == []

    house.tracker("discover", site.url("/sitemap.xml"), "--publisher", "town", "--add")
    assert len(names(house)) == 201


def test_a_place_that_fails_is_named_and_the_others_are_asked(house: House, site: Publisher) -> None:
    rules = house.root / "config" / "publishers" / "town.toml"
    rules.write_text(rules.read_text().replace("sitemaps = [", f"sitemaps = ['{site.url('/gone.xml')}', "))

    done = house.run("discover", "--json")

    assert done.returncode == 3
    (survey,) = json.loads(done.stdout)
    assert [len(s["faults"]) for s in survey["sources"]] == [1, 0]
    assert len(survey["new"]) == 2


def test_under_run_a_new_page_is_watched_without_a_word(house: House, site: Publisher) -> None:
    rules = house.root / "config" / "publishers" / "town.toml"
    rules.write_text(rules.read_text() + "watch = 'auto'\n")
    running = house.start("run", env={"TRACKER__WATCH__TICK_S": "0.2"})
    assert site.wait_until(lambda: any(r.path == "/profiles/ruritania" for r in site._requests), 30)

    running.terminate()
    _, told = running.communicate(timeout=20)

    assert running.returncode == 0, told
    assert names(house) == ["ruritania", "zembla"]
    assert house.json("verify")["ok"]
