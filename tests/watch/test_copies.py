"""Dated copies: what a name, a folder and a manifest say of a file."""

import os
from datetime import UTC, datetime

import pytest

from tracker.errors import UsageError
from tracker.watch.copies import in_folder, in_manifest, instant_of


@pytest.mark.parametrize(
    ("name", "instant", "precision"),
    [
        ("2021-02-09", datetime(2021, 2, 9, tzinfo=UTC), "day"),
        ("20220814T093000Z", datetime(2022, 8, 14, 9, 30, tzinfo=UTC), ""),
        ("20220814T093000.123Z", datetime(2022, 8, 14, 9, 30, 0, 123000, tzinfo=UTC), ""),
        ("2022-08-14T11:30:00+02:00", datetime(2022, 8, 14, 9, 30, tzinfo=UTC), ""),
    ],
)
def test_a_name_says_its_instant(name, instant, precision):
    assert instant_of(name) == (instant, precision)


@pytest.mark.parametrize("name", ["latest", "2021-02-30", "20220814T250000Z", "2022-08-14T09:30:00", "index (2)", ""])
def test_a_name_that_says_none_is_told(name):
    with pytest.raises(ValueError, match=r"does not say when|no such instant"):
        instant_of(name)


def test_folders_are_named_and_what_is_no_copy_is_told(tmp_path):
    for name in ("a/b/2021-02-09.html", "a/2021-02-10.md", "a/picture.png", "a/b/notes.txt", ".git/2021-02-09.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")

    found = {file.name: file for file in in_folder(tmp_path)}

    assert sorted(found) == ["a/2021-02-10.md", "a/b/2021-02-09.html", "a/b/notes.txt", "a/picture.png"]
    assert found["a/b/2021-02-09.html"].folders == ("a", "b")
    assert found["a/2021-02-10.md"].media_type == "text/markdown"
    assert "ends in" in found["a/picture.png"].bad
    assert "does not say when" in found["a/b/notes.txt"].bad


def test_a_manifest_lists_files_addresses_and_instants(tmp_path):
    (tmp_path / "one.dat").write_text("x")
    (tmp_path / "m.csv").write_text(
        "file,url,captured_at,media_type\n"
        "one.dat,https://example.org/r,2021-02-09,text/html\n"
        "two.html,https://example.org/r,2021-02-09,\n"
        "one.dat,,never,text/html\n"
        "one.dat,,2021-02-09,\n"
        "../outside.html,,2021-02-09,text/html\n"
    )

    one, *bad = in_manifest(tmp_path / "m.csv", tmp_path)

    assert (one.url, one.captured_at, one.precision) == (
        "https://example.org/r", datetime(2021, 2, 9, tzinfo=UTC), "day",
    )  # fmt: skip
    assert [b.bad.partition(": ")[0] for b in bad] == [f"m.csv, line {n}" for n in (3, 4, 5, 6)]
    assert ["no such file" in bad[0].bad, "does not say when" in bad[1].bad, "media_type" in bad[2].bad] == [True] * 3
    assert "in the folder" in bad[3].bad


@pytest.mark.parametrize(
    ("text", "told"), [("url,captured_at\n", "no column file"), ("file,captured_at,when\n", "a column 'when'")]
)
def test_a_manifest_of_other_columns_is_told(tmp_path, text, told):
    (tmp_path / "m.csv").write_text(text)

    with pytest.raises(UsageError, match=told):
        list(in_manifest(tmp_path / "m.csv", tmp_path))


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        list(in_folder(tmp_path / "none"))


def test_what_is_no_file_of_the_folder_is_told(tmp_path):
    folder, outside = tmp_path / "old", tmp_path / "2018-01-01.html"
    (folder / "a").mkdir(parents=True)
    outside.write_text("x")
    (folder / "a" / "2019-01-01.html").write_text("x")
    (folder / "2019-01-02.html").symlink_to(folder / "a" / "2019-01-01.html")
    (folder / "2018-01-01.html").symlink_to(outside)
    (folder / "2018-01-02.html").symlink_to(folder / "none")
    (folder / "2018-01-03.html").symlink_to(folder / "2018-01-03.html")
    (folder / "b").symlink_to(folder / "a")
    os.mkfifo(folder / "2018-01-04.html")

    found = {file.name: file.bad for file in in_folder(folder)}

    assert [name for name, bad in found.items() if not bad] == ["2019-01-02.html", "a/2019-01-01.html"]
    assert "leads out of the folder" in found["2018-01-01.html"]
    assert "link to nothing" in found["2018-01-02.html"]
    assert found["2018-01-03.html"]
    assert "a pipe" in found["2018-01-04.html"]
    assert "not followed" in found["b"]


def test_a_manifest_with_lines_that_no_file_or_page_can_have_is_told_line_by_line(tmp_path):
    (tmp_path / "one.html").write_text("x")
    lines = ["one.html,https://example.org/r,2021-02-09", "one\0.html,,2021-02-09", f"{'n' * 5000}.html,,2021-02-09"]
    lines += [
        "one.html,ruritania,2021-02-09",
        "one.html,,0001-01-01T00:00:00+14:00",
        "one.html,ftp://a.example/,2021-02-09",
    ]
    (tmp_path / "m.csv").write_text("\n".join(["file,url,captured_at", *lines]))

    bad = [file.bad for file in in_manifest(tmp_path / "m.csv", tmp_path)]

    assert [one[:14] for one in bad] == ["", *(f"m.csv, line {n}:" for n in range(3, 8))]
    assert ["no such file" in bad[1], "no such file" in bad[2], "no web address" in bad[3]] == [True] * 3
    assert ["does not say when" in bad[4], "no web address" in bad[5]] == [True] * 2


def test_a_manifest_with_a_field_beyond_all_limits_is_told(tmp_path):
    (tmp_path / "m.csv").write_text(f"file,captured_at\none.html,{'9' * 200_000}\n")

    with pytest.raises(UsageError, match="larger than field limit"):
        list(in_manifest(tmp_path / "m.csv", tmp_path))
