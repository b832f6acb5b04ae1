import subprocess
import sys
from pathlib import Path

import pytest

from tracker.errors import ConfigError
from tracker.notify.configure import add_channel, add_subscription, remove_channel, remove_subscription
from tracker.notify.secret import Ref
from tracker.notify.subscriptions import Match, Send, Subscription, TextMatch, When, read

STANDING = """\
# Who hears of what. Ask Amina before you change this.

[channels.desk]   # the news desk
kind = "webhook"
url = "https://hooks.example.org/in"

[[subscriptions]]
id = "everything"
to = "desk"  # for now
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config" / "subscriptions.toml"
    path.parent.mkdir()
    path.write_text(STANDING)
    return path


def test_a_first_channel_and_subscription_make_the_file(tmp_path: Path):
    path = tmp_path / "config" / "subscriptions.toml"

    add_channel(path, "desk", "webhook", "https://hooks.example.org/in", secret="env:DESK_SECRET")
    add_channel(path, "log", "jsonl", "alerts.jsonl")
    add_subscription(path, "everything", ["desk"])
    add_subscription(
        path, "mines", ["desk", "log"], chapters=["mine-*"], causes=["content", "date_only"], salience="high"
    )

    found = read(path)
    assert [c.name for c in found.channels] == ["desk", "log"]
    assert found.channels[0].ref("secret") == Ref("env", "DESK_SECRET")
    assert found.channels[1].text("path") == "alerts.jsonl"
    assert found.subscriptions == (
        Subscription(id="everything", sends=(Send(to="desk"),)),
        Subscription(
            id="mines",
            sends=(Send(to="desk"), Send(to="log")),
            match=Match(chapters=("mine-*",), causes=("content", "date_only"), salience="high"),
        ),
    )


def test_all_that_can_be_asked_can_be_written_but_for_what_needs_a_hand(file: Path):
    file.write_text(STANDING + '\n[groups]\nbalkans = ["rur*"]  # and others\n')

    add_subscription(
        file,
        "rights",
        ["desk"],
        when="weekly mon 07:30",
        owner="amina",
        profiles=["rur*"],
        groups=["balkans"],
        chapters=["mine-*", "impact"],
        sections=["Treaty status"],
        kinds=["added", "section_*"],
        causes=["content"],
        salience=">=high",
        texts=["police", "/detain(ed|ion)/"],
        sides=["added"],
        without={"section": ["sources", "notes"], "salience": ["critical"]},
    )
    add_subscription(file, "words", ["desk"], texts=["army"])

    found = read(file)
    assert found.subscriptions[1] == Subscription(
        id="rights",
        owner="amina",
        sends=(Send(to="desk", when=When("weekly", 7, 30, 0)),),
        match=Match(
            profiles=("rur*",),
            groups=("balkans",),
            chapters=("mine-*", "impact"),
            sections=("Treaty status",),
            kinds=("added", "section_*"),
            causes=("content",),
            salience="high",
            text=TextMatch(any_=("police", "/detain(ed|ion)/"), sides=("added",)),
            not_=Match(sections=("sources", "notes"), salience="critical"),
        ),
    )
    assert found.subscriptions[2].match == Match(text=TextMatch(any_=("army",)))
    assert found.groups == {"balkans": ("rur*",)}
    assert "# and others" in file.read_text()


def test_a_channel_is_written_by_the_keys_of_its_kind(file: Path):
    add_channel(
        file,
        "mails",
        "email",
        None,
        values={
            "server": "mail.example.org:587",
            "from": "tracker@example.org",
            "to": ["desk@example.org"],
            "tz": "Europe/Prague",
            "per_minute": "7.5",
        },
    )
    add_channel(file, "feeds", "feed", "feeds", values={"keep": "50"})

    mails, feeds = read(file).channels[1:]
    assert (mails.texts("to"), mails.tz, mails.per_minute) == (("desk@example.org",), "Europe/Prague", 7.5)
    assert (feeds.text("path"), feeds.number("keep", 0)) == ("feeds", 50)


def test_the_comments_and_order_of_a_person_stay(file: Path):
    add_channel(file, "log", "jsonl", "alerts.jsonl")
    add_subscription(file, "mines", ["log"])

    for line in STANDING.splitlines():
        assert line in file.read_text().splitlines()
    assert [s.id for s in read(file).subscriptions] == ["everything", "mines"]


def test_what_was_added_can_be_removed_again(file: Path):
    add_channel(file, "log", "jsonl", "alerts.jsonl")
    add_subscription(file, "mines", ["log"])

    remove_subscription(file, "mines")
    remove_channel(file, "log")

    assert file.read_text().strip() == STANDING.strip()


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda p: add_channel(p, "desk", "jsonl", "a"), "a channel 'desk' already"),
        (lambda p: add_channel(p, "new", "slakc", "a"), "Unknown channel kind 'slakc'"),
        (lambda p: add_channel(p, "new", "webhook", "hooks.example.org"), "Not an address"),
        (
            lambda p: add_channel(p, "new", "webhook", "https://x.example/", secret="CANARY"),
            "secret stands in the file",
        ),
        (lambda p: add_channel(p, "new", "jsonl", "a", secret="env:X"), "Unknown key 'secret'"),
        (lambda p: add_channel(p, "a b", "jsonl", "a"), "Not a name"),
        (lambda p: add_subscription(p, "everything", ["desk"]), "a subscription 'everything' already"),
        (lambda p: add_subscription(p, "new", ["dekk"]), "Unknown channel 'dekk'"),
        (lambda p: add_subscription(p, "new", []), "`to` is missing"),
        (lambda p: add_subscription(p, "new", ["desk"], causes=["contnet"]), "Unknown cause 'contnet'"),
        (lambda p: add_channel(p, "new", "feed", "feeds", values={"keep": "many"}), "`keep` is a whole number"),
        (lambda p: add_channel(p, "new", "jsonl", "a", values={"tz": "Prague"}), "Unknown time zone"),
        (lambda p: add_channel(p, "new", "jsonl", "a", values={"kepe": "1"}), "Unknown key 'kepe'"),
        (lambda p: add_subscription(p, "new", ["desk"], when="dayly"), "Not a time to tell at"),
        (lambda p: add_subscription(p, "new", ["desk"], groups=["balkans"]), "Unknown group 'balkans'"),
        (lambda p: add_subscription(p, "new", ["desk"], kinds=["add"]), "Unknown kind of edit 'add'"),
        (lambda p: add_subscription(p, "new", ["desk"], texts=["/(/"]), "Not a text that can be looked for"),
        (lambda p: add_subscription(p, "new", ["desk"], sides=["added"]), "`any` is a text"),
        (lambda p: add_subscription(p, "new", ["desk"], without={"seciton": ["x"]}), "Unknown key 'seciton'"),
        (lambda p: add_subscription(p, "new", ["desk"], without={"profile": ["*"]}), "nothing is left"),
        (lambda p: remove_channel(p, "desk"), "'desk' is in use"),
        (lambda p: remove_channel(p, "log"), "No channel 'log'"),
        (lambda p: remove_subscription(p, "mines"), "No subscription 'mines'"),
    ],
)
def test_what_cannot_be_loaded_is_never_written(file: Path, act, says):
    with pytest.raises(ConfigError) as caught:
        act(file)

    assert says in caught.value.what
    assert "CANARY" not in str(caught.value)
    assert file.read_text() == STANDING
    assert [p.name for p in file.parent.iterdir()] == ["subscriptions.toml"]


def test_reading_and_routing_load_neither_a_toml_writer_nor_an_http_client():
    code = "import sys, tracker.notify.route, tracker.notify.configure; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert not {"tomlkit", "regex", "smtplib", "httpx", "httpcore", "sqlmodel", "apscheduler"} & set(loaded)


def test_a_channel_that_hears_of_trouble_is_in_use(file: Path):
    file.write_text(STANDING + '[operator]\nto = ["log"]\n[channels.log]\nkind = "jsonl"\npath = "a"\n')

    with pytest.raises(ConfigError, match="in use") as caught:
        remove_channel(file, "log")

    assert "[operator]" in caught.value.remedy


@pytest.mark.parametrize(
    "tail", ["", "[operator]\nto = 'log'\n", "[groups]\n[intervals.x]\nfrom = '20:00'\nto = '07:00'\n"]
)
@pytest.mark.parametrize("head", ["", "subscriptions = []\n", 'subscriptions = [{ id = "old", to = "log" }]\n'])
def test_the_last_subscription_can_be_removed_and_another_added_however_they_are_written(file: Path, head, tail):
    file.write_text(head + "[channels.log]\nkind = 'jsonl'\npath = 'a'\n" + tail)
    if "old" in head:
        remove_subscription(file, "old")

    for id in ("a", "b"):
        add_subscription(file, id, ["log"], chapters=["mine-*"], when="daily 07:30")
    remove_subscription(file, "a")
    remove_subscription(file, "b")
    add_subscription(file, "c", ["log"])

    found = read(file)
    assert [s.id for s in found.subscriptions] == ["c"]
    assert [c.name for c in found.channels] == ["log"]
    assert bool(found.operator) is ("operator" in tail)


def test_one_is_added_to_a_list_written_on_one_line(file: Path):
    file.write_text(
        'subscriptions = [{ id = "old", to = "log" }]  # short\n[channels.log]\nkind = "jsonl"\npath = "a"\n'
    )

    add_subscription(file, "new", ["log"], chapters=["mine-*"], when="daily 07:30")

    assert [s.id for s in read(file).subscriptions] == ["old", "new"]
    assert "# short" in file.read_text()
