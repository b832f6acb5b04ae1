import subprocess
import sys
from pathlib import Path

import pytest

from tracker.errors import ConfigError
from tracker.notify.configure import add_channel, add_subscription, remove_channel, remove_subscription
from tracker.notify.secret import Ref
from tracker.notify.subscriptions import Subscription, read

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
    assert found.channels[0].secret == Ref("env", "DESK_SECRET")
    assert found.channels[1].path == "alerts.jsonl"
    assert found.subscriptions == (
        Subscription(id="everything", to=("desk",)),
        Subscription(
            id="mines", to=("desk", "log"), chapters=("mine-*",), causes=("content", "date_only"), salience="high"
        ),
    )


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
        (lambda p: add_channel(p, "new", "webhook", "hooks.example.org"), "Not the address of a webhook"),
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

    assert not {"tomlkit", "httpx", "httpcore", "sqlmodel", "apscheduler"} & set(loaded)
