"""Why a change is told, when, and how much rules would tell: `subs explain`, `subs simulate`, `subs lint` and `add`."""

import json
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.builders import CHANGE, change, edit
from tests.notify.owing import owe
from tracker import clock
from tracker.cli.subscribing import subs
from tracker.document.edit import LEVELS
from tracker.errors import ConfigError, UsageError
from tracker.events.deliveries import Composed, Mute
from tracker.notify.explain import explained
from tracker.notify.rules import Storm
from tracker.notify.simulate import Expected, simulate
from tracker.notify.subscriptions import load
from tracker.store import create, open_store

HEAD = """
[channels.desk]
kind = "webhook"
url = "https://hooks.example.org/in"
tz = "Europe/Prague"
[channels.log]
kind = "jsonl"
path = "alerts.jsonl"
[intervals.nights]
from = "20:00"
to = "07:00"
[operator]
to = "log"
"""
NOON = datetime(2026, 8, 14, 10, tzinfo=UTC)  # in Prague, a Friday
NIGHT = datetime(2026, 8, 14, 20, tzinfo=UTC)


def rules(*entries: str):
    return load(HEAD + "\n".join(f"[[subscriptions]]\n{entry}" for entry in entries), "subscriptions.toml")


def sending(send: str, id: str = "a"):
    return rules(f'id = "{id}"\nsend = [{{ {send} }}]')


def due(send: str, at: datetime, *, level: str = "normal"):
    """When, and in which words, a send tells a change of this salience that is recorded then."""
    (one,) = explained(change(level=level), sending(send), at=at)
    (found,) = one.dues
    return found.at, found.why


# ---------------------------------------------------------------- explain


@pytest.mark.parametrize(
    ("send", "at", "level", "expected", "words"),
    [
        ('to = "desk"', NOON, "normal", NOON, "at once"),
        ('to = "desk", quiet = "nights"', NOON, "normal", NOON, "at once"),
        (
            'to = "desk", quiet = "nights"',
            NIGHT,
            "normal",
            datetime(2026, 8, 15, 5, tzinfo=UTC),
            "quiet hours (nights)",
        ),
        ('to = "desk", quiet = "nights"', NIGHT, "critical", NIGHT, "at once"),
        ('to = "desk", quiet = "nights", bypass = "normal"', NIGHT, "normal", NIGHT, "at once"),
        ('to = "log", quiet = "nights"', NIGHT, "normal", datetime(2026, 8, 15, 7, tzinfo=UTC), "quiet hours (nights)"),
        ('to = "desk", wait = "2m"', NOON, "high", NOON + timedelta(minutes=2), "gathered with others"),
        (
            'to = "desk", group_by = ["profile", "chapter"], wait = "2m", interval = "30m"',
            NOON,
            "high",
            NOON + timedelta(minutes=2),
            "gathered with others of one profile and chapter, 30m after the last one",
        ),
        ('to = "log", group_by = "profile", wait = "2m"', NOON, "high", NOON, "at once"),
        (
            'to = "desk", when = "daily 07:30"',
            NOON,
            "critical",
            datetime(2026, 8, 15, 5, 30, tzinfo=UTC),
            "with the digest, daily 07:30 (Europe/Prague)",
        ),
        (
            'to = "log", when = "weekly mon 07:30"',
            NOON,
            "low",
            datetime(2026, 8, 17, 7, 30, tzinfo=UTC),
            "with the digest, weekly mon 07:30 (UTC)",
        ),
    ],
)
def test_each_send_says_when_it_is_due_and_why_then(send, at, level, expected, words):
    assert due(send, at, level=level) == (expected, words)


def test_each_subscription_is_told_with_its_rule_in_words_matched_or_not():
    found = rules('id = "a"\nto = ["desk", "log"]', 'id = "b"\nto = "desk"\nmatch = { chapter = "impact" }')

    asks, does_not = explained(CHANGE, found, at=NOON)

    assert (asks.subscription, asks.rule, asks.is_matched) == ("a", "everything", True)
    assert [d.channel for d in asks.dues] == ["desk", "log"]
    assert (does_not.rule, does_not.is_matched, does_not.dues) == ("chapter impact", False, ())
    assert [row.key for row in does_not.rows if not row.holds] == ["chapter", "all"]


# ---------------------------------------------------------------- simulate


def recorded(n: int, at: datetime, *, level: str = "normal", profile: str = "ruritania", **other):
    return change(
        id=f"c_{n}", profile=profile, watch=profile, level=level, recorded_at=at + timedelta(microseconds=n), **other
    )


def messages(changes, found, *, pages: int = 1000) -> dict[str, Expected]:
    return {one.channel: one for one in simulate(changes, found, pages=pages)}


def test_one_message_a_change_and_channel_whichever_subscriptions_ask_for_it():
    found = rules('id = "a"\nto = ["desk", "log"]', 'id = "b"\nto = ["desk", "log"]')

    told = messages([recorded(n, NOON + timedelta(hours=n)) for n in range(3)], found)

    assert (told["desk"].messages, told["desk"].changes, told["desk"].forms) == (3, 3, {"single": 3})
    assert told["log"].messages == 6, "a file takes each by itself"


def test_days_are_by_the_clock_of_the_channel():
    found = rules('id = "a"\nto = ["desk", "log"]')

    told = messages([recorded(1, datetime(2026, 8, 14, 22, 30, tzinfo=UTC))], found)

    assert told["desk"].days == {date(2026, 8, 15): 1}
    assert told["log"].days == {date(2026, 8, 14): 1}


def test_a_digest_is_one_message_a_period_in_which_something_happened():
    changes = [recorded(n, NOON + timedelta(hours=8 * n)) for n in range(6)]

    told = messages(changes, sending('to = "desk", when = "daily 07:30"'))["desk"]

    # Noon and 20:00 of the 14th and 04:00 of the 15th in the first; the rest by the same hours a day later.
    assert told.days == {date(2026, 8, 15): 1, date(2026, 8, 16): 1}
    assert told.forms == {"digest": 2} and told.changes == 6


def test_what_is_held_over_night_is_one_message_in_the_morning_but_what_is_critical_comes_at_once():
    changes = [recorded(n, NIGHT + timedelta(minutes=n)) for n in range(5)]
    changes.append(recorded(9, NIGHT + timedelta(minutes=9), level="critical"))

    told = messages(changes, sending('to = "desk", quiet = "nights"'))["desk"]

    assert told.days == {date(2026, 8, 14): 1, date(2026, 8, 15): 1}
    assert told.forms == {"single": 1, "group": 1}


@pytest.mark.parametrize(
    ("send", "count"),
    [
        ('to = "desk", wait = "2m"', 3),
        ('to = "desk", wait = "2m", interval = "30m"', 2),
        ('to = "desk", group_by = "profile", wait = "2m"', 6),
        ('to = "desk", group_by = "profile", interval = "1h"', 4),
        ('to = "desk"', 8),
    ],
)
def test_changes_of_a_group_are_gathered_and_messages_kept_apart(send, count):
    # Two profiles change together at 0, 1, 10 and 20 minutes past noon.
    changes = [
        recorded(10 * minute + n, NOON + timedelta(minutes=minute), profile=profile)
        for minute in (0, 1, 10, 20)
        for n, profile in enumerate(("ruritania", "syldavia"))
    ]

    assert messages(changes, sending(send))["desk"].messages == count


def test_more_than_a_reader_bears_are_one_message_and_what_is_high_or_critical_comes_one_by_one():
    changes = [recorded(n, NOON, profile=f"p-{n}") for n in range(40)]
    changes += [recorded(100 + n, NOON, level=level) for n, level in enumerate(("high", "critical"))]

    told = messages(changes, rules('id = "a"\nto = ["desk", "log"]'))

    assert told["desk"].forms == {"single": 2, "storm": 1}
    assert told["log"].forms == {"single": 42}


@pytest.mark.parametrize(
    ("count", "pages", "forms"),
    [(25, 1000, {"single": 25}), (26, 1000, {"storm": 1}), (12, 100, {"storm": 1}), (9, 10, {"single": 9})],
)
def test_a_storm_is_more_than_so_many_or_than_a_share_of_all_pages(count, pages, forms):
    changes = [recorded(n, NOON, profile=f"p-{n}") for n in range(count)]
    found = rules('id = "a"\nto = "desk"')

    assert found.storm == Storm()
    assert messages(changes, found, pages=pages)["desk"].forms == forms


def test_what_follows_a_storm_is_told_at_its_end():
    changes = [recorded(n, NOON + timedelta(seconds=n), profile=f"p-{n}") for n in range(120)]

    told = messages(changes, rules('id = "a"\nto = "desk"'))["desk"]

    assert told.forms == {"storm": 2}


def test_expressions_without_end_have_a_time_together_and_count_as_matched():
    slow = 'to = "desk"\nmatch = { text = "/(\\\\w|x)+\\\\d/" }'
    changes = [recorded(n, NOON + timedelta(hours=n), edits=(edit(old="", new="x" * 40, spans=()),)) for n in range(7)]
    rule, undecided, done = rules(f'id = "a"\n{slow}', f'id = "b"\n{slow}'), list[str](), list[int]()
    begun = time.monotonic()

    (told,) = simulate(changes, rule, pages=1000, until=begun + 0.3, undecided=undecided.append, progress=done.append)

    assert time.monotonic() - begun < 2.0
    assert (told.changes, Counter(undecided)) == (7, {"a": 7, "b": 7})
    assert done == [*range(7)]


def test_a_page_that_was_removed_is_one_message():
    gone = [change(id=f"c_{n}", chapter=f"chapter-{n}", cause="removed", recorded_at=NOON) for n in range(5)]

    assert messages(gone, rules('id = "a"\nto = "desk"'))["desk"].messages == 1


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.sampled_from(LEVELS), st.integers(0, 3)), max_size=60),
    st.sampled_from(
        ('to = "desk"', 'to = "log"', 'to = "desk", when = "daily 07:30"', 'to = "desk", quiet = "nights"',
         'to = "desk", group_by = "profile", wait = "5m", interval = "1h"')
    ),
)  # fmt: skip
def test_law_there_are_never_more_messages_than_changes_nor_none_for_some(seen, send):
    moments = sorted(seen)
    changes = [
        recorded(n, NOON + timedelta(minutes=minute), level=level, profile=f"p-{profile}")
        for n, (minute, level, profile) in enumerate(moments)
    ]

    (told,) = simulate(changes, sending(send), pages=100)

    assert told.changes == len(changes)
    assert (told.messages == 0) is (not changes)
    assert told.messages <= len(changes)
    assert sum(told.forms.values()) == told.messages


def test_days_with_more_than_anyone_reads_are_named():
    changes = [recorded(n, NOON + timedelta(minutes=5 * n)) for n in range(30)]

    told = messages(changes, rules('id = "a"\nto = "desk"'))["desk"]

    assert told.too_many == {date(2026, 8, 14): 30}


# ---------------------------------------------------------------- the commands, on a real store


class Home:
    """A folder with a configuration and a store in it, where `tracker subs` is run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / "config" / "subscriptions.toml"
        self.file.parent.mkdir()
        (root / "config" / "tracker.toml").write_text("")
        self.watching("ruritania")
        create(root / "snapshots")

    def watching(self, *names: str) -> None:
        entries = (f'[[watches]]\nname = "{n}"\nurl = "https://monitor.example/{n}"\n' for n in names)
        (self.root / "config" / "watches.toml").write_text("".join(entries))

    def store(self):
        return open_store(self.root / "snapshots", write=True)

    def subs(self, *args: str) -> Result:
        return CliRunner().invoke(subs, args)

    def json(self, *args: str):
        result = self.subs(*args, "--json")
        assert result.exception is None, result.output
        return json.loads(result.stdout)


@pytest.fixture
def home(tmp_path: Path, monkeypatch) -> Home:
    monkeypatch.chdir(tmp_path)
    return Home(tmp_path)


FIRST = '[[subscriptions]]\nid = "everything"\nto = ["desk", "log"]\nmatch = { cause = "first_record" }\n'


def test_explain_says_key_by_key_when_it_is_due_and_by_which_delivery_it_was_told(home):
    at = clock.now() - timedelta(hours=1)
    home.file.write_text(HEAD + FIRST + '[[subscriptions]]\nid = "news"\nto = "desk"\n')
    with home.store() as store:
        told, waiting = owe(store, "ruritania", ["desk", "log"], at=at)
        message = Composed(delivery=told.id, channel="desk", form="single", profile="ruritania", alerts=(told.id,))
        store.compose([message], at=at)

    found = home.json("explain", told.change)

    everything, news = found["subscriptions"]
    assert everything["matched"] is True and news["matched"] is False
    assert {k["key"]: k["holds"] for k in news["keys"]} | {"cause": False, "all": False} == {
        k["key"]: k["holds"] for k in news["keys"]
    }
    assert [(s["channel"], s["state"], s["delivery"]) for s in everything["sends"]] == [
        ("desk", "told", told.id),
        ("log", "held", None),
    ]
    assert [a["id"] for a in found["alerts"]] == [told.id, waiting.id]

    text = home.subs("explain", told.change).stdout
    assert f"told by delivery {told.id} (owed)" in text
    assert "news: does not ask for it (everything)" in text
    assert "asked: content, reversion, removed, restored; found: first_record" in text
    assert "→ log: at once; held, and due now" in text


def test_explain_says_of_what_is_held_when_it_is_told_as_the_store_has_it(home):
    at, until = clock.now() - timedelta(hours=1), (clock.now() + timedelta(hours=5)).replace(microsecond=0)
    rule = FIRST.replace('to = ["desk", "log"]', 'send = [{ to = "desk", wait = "2m" }, { to = "log" }]')
    home.file.write_text(HEAD + rule)
    with home.store() as store:
        waiting, told = owe(store, "ruritania", ["desk", "log"], at=at)
        store.hold({waiting.id: until})
        message = Composed(delivery="d_storm", channel="log", form="storm", profile="", alerts=(told.id,))
        store.compose([message], at=at)

    text = home.subs("explain", told.change).stdout
    found = home.json("explain", told.change)

    assert f"→ desk: gathered with others; held until {clock.iso(until)}" in text and "not before" not in text
    assert "→ log: at once; told by delivery d_storm (owed)" in text
    assert [s["due"] for s in found["subscriptions"][0]["sends"]] == [clock.iso(until), None]
    assert [a["due"] for a in found["alerts"]] == [clock.iso(until), None]
    assert "held until" in found["alerts"][0]["words"]


def test_explain_of_one_subscription_shows_that_one_and_what_it_told_by_an_older_rule(home):
    home.file.write_text(HEAD + FIRST)
    with home.store() as store:
        told, _ = owe(store, "ruritania", ["desk", "log"], at=clock.now())
    home.file.write_text(
        HEAD + '[[subscriptions]]\nid = "everything"\nto = "desk"\n' + FIRST.replace("everything", "b")
    )

    text = home.subs("explain", told.change, "--subscription", "everything").stdout

    assert "everything: does not ask for it" in text and "\nb:" not in text
    assert "by everything as it was then: held" in text
    wrong = home.subs("explain", told.change, "--subscription", "everythin").exception
    assert isinstance(wrong, ConfigError) and "'everything'" in wrong.remedy


def test_explain_says_that_a_subscription_is_muted_and_a_channel_disabled(home):
    now = clock.now()
    home.file.write_text(HEAD + FIRST)
    with home.store() as store:
        told, _ = owe(store, "ruritania", ["desk", "log"], at=now)
        store.mute(Mute(subscription="everything", since=now, until=now + timedelta(days=1)))
        store.disable_channel("desk", "410 Gone", now)

    text = home.subs("explain", told.change).stdout
    (found,) = home.json("explain", told.change)["subscriptions"]

    assert "muted until" in text and "the channel is disabled" in text
    assert found["muted_until"] is not None
    assert [s["disabled"] for s in found["sends"]] == [True, False]


def test_simulate_draws_a_bar_a_day_and_warns_of_too_many(home):
    home.file.write_text(HEAD + FIRST)
    with home.store() as store:
        for n in range(3):
            owe(store, f"p-{n}", [], at=clock.now(), count=8)

    result = home.subs("simulate", "--since", "7d")

    # Eight changes a look, all within seconds: one storm to the desk, and a line each in the file.
    assert "24 changes were recorded in the last 7d" in result.stdout
    assert "desk: " in result.stdout and "log: 24 messages of 24 changes (24 single)" in result.stdout
    assert "█" * 40 + " 24  too many" in result.stdout
    assert "warning: log would get more than 20 messages on 1 day, up to 24" in result.stderr

    found = home.json("simulate", "--since", "7d")
    assert found["changes"] == 24
    assert {c["channel"]: c["changes"] for c in found["channels"]} == {"desk": 24, "log": 24}
    day = found["channels"][1]["days"][0]
    assert day["messages"] == 24 and found["channels"][1]["too_many"] == [day["day"]]


def test_simulate_of_one_subscription_and_of_a_time_that_is_none(home):
    home.file.write_text(HEAD + FIRST + '[[subscriptions]]\nid = "news"\nto = "desk"\n')
    with home.store() as store:
        owe(store, "ruritania", [], at=clock.now())

    (only,) = home.json("simulate", "--subscription", "news")["channels"]

    assert (only["channel"], only["messages"]) == ("desk", 0)
    assert home.json("simulate", "--since", "2020-01-01", "--subscription", "news")["changes"] == 1
    for never in ("soon", "999999999d", "9" * 400 + "d", "0001-01-01T00:00:00+14:00"):
        assert isinstance(home.subs("simulate", "--since", never).exception, UsageError), never


def test_rm_says_how_many_alerts_wait_and_what_becomes_of_them(home):
    home.file.write_text(HEAD + FIRST)
    with home.store() as store:
        owe(store, "ruritania", ["desk"], at=clock.now(), count=2)

    told = home.subs("rm", "everything")

    assert told.stdout == "subscription everything removed\n"
    assert "2 alerts that waited for it are told now, those of a digest in one message" in told.stderr


def test_lint_names_lines_and_ends_with_two_on_errors_and_nought_on_warnings(home):
    home.watching("ruritania", "syldavia")
    home.file.write_text(HEAD + '[[subscriptions]]\nid = "a"\nto = "desk"\nmatch = { profile = "sildavia" }\n')
    odd = home.subs("lint")

    home.file.write_text(HEAD + '[[subscriptions]]\nid = "a"\nto = "dekk"\n')
    wrong = home.subs("lint")

    assert odd.exit_code == 0 and "0 errors, 2 warnings" in odd.stdout
    assert "line 17, subscription 1 (a) match profile" in odd.stdout and "Did you mean 'syldavia'?" in odd.stdout
    assert wrong.exit_code == 2 and "1 error, 0 warnings" in wrong.stdout
    assert "line 16, subscription 1 (a) to" in wrong.stdout
    found = json.loads(home.subs("lint", "--json").stdout)
    assert [f["level"] for f in found] == ["error"] and "line 16" in found[0]["where"]


def test_lint_of_a_folder_without_the_file_or_a_store_has_nothing_to_say(home):
    (home.root / "snapshots").rename(home.root / "elsewhere")

    assert home.json("lint") == []


def test_add_writes_what_is_asked_and_list_and_rm_know_it(home):
    home.file.write_text(HEAD)

    said = home.subs(
        "add", "mines", "--to", "desk", "--chapter", "mine-*", "--kind", "added", "--text", "/clear(ed|ance)/",
        "--not", "section=sources", "--not", "section=notes", "--when", "daily 07:30", "--salience", "high",
    )  # fmt: skip

    rule = "chapter mine-*, kind added, text /clear(ed|ance)/, salience high or above, not (section sources or notes)"
    assert f"subscription mines to desk: {rule}, daily 07:30" in said.stdout
    (listed,) = home.json("list")
    assert listed["rule"] == rule and listed["to"] == ["desk"]
    assert listed["send"][0]["when"] == "daily 07:30"
    assert listed["match"] == {
        "chapter": ["mine-*"],
        "kind": ["added"],
        "cause": ["content", "reversion", "removed", "restored"],
        "salience": "high",
        "text": {"any": ["/clear(ed|ance)/"], "all": [], "side": []},
        "not": {"section": ["sources", "notes"], "salience": "none"},
    }
    assert "desk (daily 07:30)" in home.subs("list").stdout
    assert isinstance(home.subs("add", "x", "--to", "desk", "--not", "section").exception, UsageError)
    assert home.subs("rm", "mines").stdout == "subscription mines removed\n"
    assert home.json("add", "all", "--to", "desk", "--owner", "amina")["owner"] == "amina"
    assert home.json("rm", "all") == {"removed": "all", "held": 0}
    assert home.json("list") == []
