from pathlib import Path

import pytest

from tracker.notify.lint import Finding, lint

FILE = "config/subscriptions.toml"
DESK = '[channels.desk]\nkind = "webhook"\nurl = "https://hooks.example.org/in"\n'
LOG = '[channels.log]\nkind = "jsonl"\npath = "alerts.jsonl"\n'
OPERATOR = '[operator]\nto = ["desk"]\n'
NIGHTS = '[intervals.nights]\ndays = ["mon-fri"]\nfrom = "20:00"\nto = "07:00"\n'
CLEAN = DESK + OPERATOR + '[[subscriptions]]\nid = "all"\nto = "desk"\n'


def sending(send: str, head: str = "") -> str:
    return f'{DESK}{LOG}{OPERATOR}{head}[[subscriptions]]\nid = "a"\nsend = [{{ to = "log" }}, {{ {send} }}]\n'


def test_a_file_without_a_fault_has_nothing_to_say():
    assert lint(CLEAN, FILE) == lint("", FILE) == ()


@pytest.mark.parametrize(
    ("text", "what", "where", "remedy"),
    [
        (sending('to = "log", when = "daily 07:30"'), "A digest to 'log'", "line 11, subscription 1 (a)", "instant"),
        (sending('to = "desk", group_by = "profile"'), "waits for nobody", "line 11, subscription 1 (a)", "wait ="),
        (
            sending('to = "desk", quiet = "nights", when = "weekly tue 06:00"', NIGHTS),
            "lies in the quiet hours 'nights'",
            "line 15, subscription 1 (a) send to desk",
            "another time",
        ),
        (sending('to = "desk", quiet = "nights", bypass = "none"', NIGHTS), "bypasses", "line 15", "critical"),
        (NIGHTS + CLEAN, "Nobody keeps to 'nights'", "line 1, [intervals.nights]", "quiet ="),
        (CLEAN + LOG, "Nothing is sent to 'log'", "line 9, [channels.log]", "--to log"),
        (DESK + '[[subscriptions]]\nid = "a"\nto = "desk"', "Nobody is told when", FILE, "[operator]"),
        (
            CLEAN + '[[subscriptions]]\nid = "b"\nto = "desk"',
            "told of the same by 'all'",
            "line 11, subscription 2 (b)",
            "Remove one",
        ),
        (
            CLEAN + '[subscriptions.match]\nprofile = ["rur*", "sildavia"]',
            "No watched profile is 'sildavia'",
            "line 10, subscription 1 (all) match profile",
            "Did you mean 'syldavia'?",
        ),
        (
            CLEAN + '[groups]\nx = ["syldavia", "mali"]',
            "No watched profile is 'mali'",
            "line 10, [groups] x",
            "watches",
        ),
    ],
)
def test_what_looks_like_a_mistake_is_a_warning_with_its_line(text, what, where, remedy):
    (found,) = lint(text, FILE, watched=("ruritania", "syldavia"))

    assert found.level == "warning"
    assert what in found.what
    assert where in found.where
    assert remedy in found.remedy


def test_a_file_that_is_told_in_groups_takes_each_change_by_itself():
    text = sending('to = "desk"').replace('{ to = "log" }', '{ to = "log", wait = "2m" }')

    assert [f.what for f in lint(text, FILE)] == ["A file ('log') takes each change by itself and waits for no other"]


@pytest.mark.parametrize("time", ["daily 06:00", "weekly mon 06:00", "weekly tue 12:00"])
def test_a_digest_that_comes_outside_of_the_quiet_hours_on_some_day_is_no_mistake(time):
    assert lint(sending(f'to = "desk", quiet = "nights", when = "{time}"', NIGHTS), FILE) == ()


def test_nothing_is_said_of_profiles_where_none_is_watched():
    assert lint(CLEAN + '[subscriptions.match]\nprofile = "mali"', FILE) == ()


def test_errors_are_told_all_at_once_and_what_is_odd_when_there_are_none():
    wrong = CLEAN + 'when = "now"\n[[subscriptions]]\nid = "b"\nto = "dekk"\n'
    odd = '[[subscriptions]]\nid = "c"\nto = "desk"\nmatch = { profile = "mali" }\n'

    found = lint(wrong + odd, FILE, watched=["ruritania"])

    assert [(f.level, f.where.split(", ")[1]) for f in found] == [("error", "line 9"), ("error", "line 12")]
    assert [f.level for f in lint(CLEAN + odd, FILE, watched=["ruritania"])] == ["warning"]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("[channels", Finding("error", "Not TOML", FILE, "Expected ']' at the end of a table declaration")),
        (
            CLEAN + CLEAN,
            Finding(
                "error",
                "[channels.desk] stands twice",
                f"{FILE}, line 9",
                "Give one of the two another name, or write their keys under one heading",
            ),
        ),
    ],
)
def test_what_is_no_toml_is_one_error(text, finding):
    (found,) = lint(text, FILE)

    assert (found.level, found.what, found.where) == (finding.level, finding.what, finding.where)
    assert found.remedy.startswith(finding.remedy)


def test_the_configuration_of_the_house_has_no_fault():
    path = Path(__file__).parents[2] / "config" / "subscriptions.toml"

    assert lint(path.read_text(encoding="utf-8"), str(path)) == ()
