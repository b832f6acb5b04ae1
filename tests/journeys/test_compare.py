"""`tracker compare` and `tracker diff`, from the shell: two files without a store, two versions of a record."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import pytest

from tests.extract.profiles import Profile, profiles
from tests.journeys.house import House
from tests.publisher import Publisher
from tracker.cli.demo.rendered import as_html, as_text
from tracker.cli.demo.ruritania import edition

HEAVY = ("sqlmodel", "sqlalchemy", "httpx", "httpcore", "apscheduler", "pydantic", "deepdiff", "asyncio")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A folder with a store that no command here uses, and two editions as files."""
    made = House(tmp_path_factory.mktemp("compare"))
    for number in (1, 2):
        (made.root / f"{number}.html").write_text(as_html(edition(number)))
        (made.root / f"{number}.txt").write_text(as_text(edition(number)))
    (made.root / "empty.txt").write_text("")
    (made.root / "lost.html").write_text(
        "<title>404 Not Found</title><h1>Page not found</h1><p>Nothing is here.</p>" * 2
    )
    (made.root / "rubbish.json").write_bytes(b"\0\x01\x02\x03" * 17)
    (made.root / "syldavia.txt").write_text(as_text(edition(1)).replace("Ruritania\n", "Syldavia\n", 1))
    return made


def test_the_redline_ends_with_a_summary_and_names_both_files(house: House):
    shown = house.tracker("compare", "1.html", "2.html").rstrip("\n").split("\n")

    assert shown[0] == "Ruritania: 1.html → 2.html"
    assert re.match(r"\d+ edits? in \d of 4 chapters: ", shown[-1])
    assert any("[-" in line and "{+" in line for line in shown)


def test_the_same_edition_in_two_formats_is_no_difference_to_a_reader(house: House):
    assert house.tracker("compare", "1.html", "1.txt", "--exit-code").startswith("No difference")


@pytest.mark.parametrize(("new", "code"), [("1.html", 0), ("2.html", 1)])
def test_with_exit_code_a_difference_is_one(house: House, new: str, code: int):
    house.tracker("compare", "1.html", new, "--exit-code", code=code)
    house.tracker("compare", "1.html", new, "--exit-code", "--stat", code=code)
    house.tracker("compare", "1.html", new)


def test_it_can_be_a_page_markdown_counts_or_json_and_go_to_a_file(house: House):
    for args, begins in (
        (("--format", "html"), "<!DOCTYPE html>"),
        (("--format", "md"), "# What changed: Ruritania"),
        (("--stat",), " "),
        (("--json",), "{"),
        (("--format", "text"), "Ruritania: "),
    ):
        shown = house.tracker("compare", "1.html", "2.html", *args)
        assert house.tracker("compare", "1.html", "2.html", *args, "-o", "out") == ""

        assert shown.startswith(begins)
        assert (house.root / "out").read_text() == shown


def test_its_json_can_be_applied(house: House):
    told = house.json("compare", "1.html", "2.html")

    assert told["schema"] == "tracker.comparison/1"
    assert all("sha" in chapter for chapter in told["patch"]["chapters"].values())


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("1.html", "none.html"), 2, "Cannot be read: No such file"),
        (("1.html", "."), 2, "Cannot be read: Is a directory"),
        (("-", "-"), 2, "Standard input can be read once only"),
        (("1.html", "empty.txt"), 3, "Not read: empty\nempty.txt"),
        (("lost.html", "1.html"), 3, "Not compared: soft404\nlost.html"),
        (("1.html", "rubbish.json"), 3, "Not read: binary\nrubbish.json"),
        (("1.html", "2.html", "--json", "--stat"), 2, "say different things"),
        (("1.html", "2.html", "-o", "nowhere/out"), 2, "Cannot be written"),
        (("1.html", "2.html", "--type", "pdf"), 2, "--type"),
    ],
)
def test_what_cannot_be_compared_is_named(house: House, args: tuple[str, ...], code: int, said: str):
    done = house.run("compare", *args)

    assert done.returncode == code, done.stderr
    assert said in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_what_reads_as_an_error_page_is_compared_where_that_is_meant(house: House):
    assert "No difference" in house.tracker("compare", "lost.html", "lost.html", "--anyway")


def test_two_profiles_are_compared_with_a_warning(house: House):
    done = house.run("compare", "1.txt", "syldavia.txt")

    assert done.returncode == 0
    assert "the titles differ: 'Ruritania', 'Syldavia'" in done.stderr


def test_a_page_that_lost_its_date_is_read_as_the_other_one(house: House):
    told = (
        "Ruritania\n\nMine Ban Policy\n\n{}Policy\n\nIt has not acceded.[1]\n\nUse\n\nNone is known.\n\n[1]A letter.\n"
    )
    (house.root / "dated.txt").write_text(told.format("Last updated: 3 May 2021\n\n"))
    (house.root / "undated.txt").write_text(told.format(""))

    found = house.json("compare", "dated.txt", "undated.txt")

    assert [(e["kind"], e["chapter"]) for e in found["edits"]] == [("date_changed", "mine-ban-policy")]


def test_a_file_is_the_same_as_itself(house: House):
    done = house.run("compare", "1.txt", "./1.txt", "--exit-code")

    assert (done.returncode, done.stdout) == (0, "No difference\n")
    assert "the same file" in done.stderr


@pytest.mark.parametrize(
    ("env", "styled"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"COLUMNS": "50"}, True)],
    ids=["a terminal", "NO_COLOR", "a dumb terminal", "a narrow one"],
)
def test_a_terminal_gets_struck_and_underlined_words_where_it_can_show_them(
    house: House, env: dict[str, str], styled: bool
):
    shown = house.on_terminal("compare", "1.html", "2.html", env={"COLUMNS": "120", **env})

    assert ("\x1b[31m\x1b[9m" in shown) is styled
    assert ("[-" in shown) is not styled
    bare = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(map(len, bare.split("\r\n"))) <= min(int(env.get("COLUMNS", "120")), 100)


def test_no_network_no_database_and_no_scheduler_is_loaded(house: House):
    told = (
        "import sys; from tracker.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    args = ("compare", "1.html", "2.html", "-o", "out.html", "--format", "html")

    done = subprocess.run([sys.executable, "-c", told, *args], cwd=house.root, capture_output=True, text=True)

    assert done.stdout == "[]\n", done.stdout + done.stderr


def test_two_recorded_versions_are_shown_in_the_same_forms(tmp_path: Path):
    house = House(tmp_path)
    with Publisher() as site:
        for number in (1, 2):
            site.page("/ruritania", as_html(edition(number)))
            if number == 1:
                house.tracker("add", site.url("/ruritania"), "--profile", "ruritania")
            house.tracker("check")
        site.page("/ruritania", as_html(edition(1)))
        house.tracker("check")
    (changed,) = {c["chapter"] for c in house.json("log", "--cause", "content")}
    where = f"ruritania/{changed}"

    assert " 1 edit" in house.tracker("diff", where, "first..prev", "--stat")
    assert house.tracker("diff", where, "first..prev", "--format", "html").startswith("<!DOCTYPE html>")
    assert house.tracker("diff", where, "first..prev", "--format", "md").startswith("# What changed")
    assert "reversion: it says again what @" in house.tracker("diff", where)
    assert "reversion" not in house.tracker("diff", where, "first..prev")
    assert json.loads(house.tracker("diff", where, "--json"))["patch"]


@pytest.mark.proof
@pytest.mark.parametrize("profile", profiles(), ids=lambda profile: profile.name)
def test_a_whole_profile_is_compared_in_less_than_half_a_second_start_included(tmp_path: Path, profile: Profile):
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text(profile.text)
    new.write_text(re.sub(r"\b20(1\d)\b", r"19\1", profile.text, count=5))
    took: list[float] = []

    for _ in range(10):
        spent, began = getrusage(RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "tracker", "compare", old, new], capture_output=True, text=True)
        wall, now = time.perf_counter() - began, getrusage(RUSAGE_CHILDREN)
        took.append(min(wall, now.ru_utime + now.ru_stime - spent.ru_utime - spent.ru_stime))  # others are at work too
        assert done.returncode == 0 and " edits in " in done.stdout, done.stderr

    assert sorted(took)[5] < 0.5, took
