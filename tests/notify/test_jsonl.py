import json
import os
import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.events.test_schemas import faults
from tests.notify.builders import CHANGE
from tests.notify.tellings import TELLINGS, single, trouble
from tracker.notify.channels import KINDS, Channel, ChannelConfig, Message, Surroundings

NOW = datetime(2026, 8, 14, 9, 30, tzinfo=UTC)


KIND = KINDS["jsonl"]


def config(path: str = "alerts.jsonl") -> ChannelConfig:
    return ChannelConfig(name="log", kind="jsonl", values={"path": path})


def channel(base: Path, path: str = "alerts.jsonl") -> Channel:
    return KIND.make(config(path), Surroundings(environ={}, base=base))


def message(number: int) -> Message:
    id = f"d_{number:016x}"
    return Message(id=id, body=KIND.render(single(delivery=id, link_base=""), config()))


def ids(path: Path) -> list[str]:
    return [json.loads(text)["delivery"] for text in path.read_text().splitlines()]


def test_a_line_is_the_change_and_the_delivery_it_is(tmp_path: Path):
    attempt = channel(tmp_path).send(message(1), now=NOW)

    (text,) = (tmp_path / "alerts.jsonl").read_text().splitlines()
    assert attempt.ok
    why = {"subscription": "mine-action", "rule": "chapter mine-*, salience normal or above"}
    assert json.loads(text) == {"delivery": message(1).id, **why, **CHANGE.to_json()}


def test_a_line_says_where_the_change_is_shown(tmp_path: Path):
    data = json.loads(KIND.render(single(), config()))

    assert data["url"] == f"https://tracker.example/c/{CHANGE.id}"


@pytest.mark.parametrize("name", [name for name, told in TELLINGS.items() if told.form in ("single", "test")])
def test_every_change_is_one_line_of_its_schema(name):
    body = KIND.render(TELLINGS[name], config())

    assert body.count(b"\n") == 1 and body.endswith(b"\n")
    assert faults(json.loads(body), "tracker.change/1") == []


def test_trouble_is_a_line_of_its_own(tmp_path: Path):
    sender = channel(tmp_path)
    for number, began in enumerate((True, False)):
        told = trouble(began=began)
        sender.send(Message(id=f"d_{number}", body=KIND.render(told, config())), now=NOW)

    lines = [json.loads(text) for text in (tmp_path / "alerts.jsonl").read_text().splitlines()]
    assert [line["began"] for line in lines] == [True, False]
    assert [faults(line, "tracker.trouble/1") for line in lines] == [[], []]


def test_a_file_takes_every_change_by_itself():
    assert not KIND.folds


def test_lines_follow_each_other_and_the_folder_is_made(tmp_path: Path):
    sender = channel(tmp_path, "out/alerts.jsonl")

    for number in (1, 2, 3):
        sender.send(message(number), now=NOW)

    assert ids(tmp_path / "out/alerts.jsonl") == [message(n).id for n in (1, 2, 3)]


def test_a_message_that_was_written_and_not_recorded_is_not_written_again(tmp_path: Path):
    for number in (1, 2):
        channel(tmp_path).send(message(number), now=NOW)

    assert channel(tmp_path).send(message(1), now=NOW).ok

    assert ids(tmp_path / "alerts.jsonl") == [message(1).id, message(2).id]


def test_a_line_torn_by_a_crash_makes_way_for_the_whole_one(tmp_path: Path):
    channel(tmp_path).send(message(1), now=NOW)
    with (tmp_path / "alerts.jsonl").open("ab") as file:
        file.write(message(2).body[:70])

    assert channel(tmp_path).send(message(2), now=NOW).ok

    assert ids(tmp_path / "alerts.jsonl") == [message(1).id, message(2).id]


def test_a_last_line_that_an_editor_left_without_its_end_stays(tmp_path: Path):
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(message(1).body.rstrip(b"\n"))
    sender = channel(tmp_path)

    for number in (1, 2, 2):
        assert sender.send(message(number), now=NOW).ok

    assert ids(path) == [message(1).id, message(2).id]


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path):
    sender = channel(tmp_path)
    sender.send(message(1), now=NOW)

    (tmp_path / "alerts.jsonl").rename(tmp_path / "alerts.old")
    sender.send(message(2), now=NOW)

    assert ids(tmp_path / "alerts.old") == [message(1).id]
    assert ids(tmp_path / "alerts.jsonl") == [message(2).id]


def test_a_file_that_was_emptied_is_begun_anew(tmp_path: Path):
    sender = channel(tmp_path)
    sender.send(message(1), now=NOW)

    os.truncate(tmp_path / "alerts.jsonl", 0)
    sender.send(message(2), now=NOW)

    assert ids(tmp_path / "alerts.jsonl") == [message(2).id]


@pytest.mark.parametrize("path", [".", "taken/alerts.jsonl", "/dev/null", "pipe"])
def test_a_file_that_cannot_be_written_is_a_failed_try(tmp_path: Path, path):
    (tmp_path / "taken").write_text("a file where a folder is wanted")
    os.mkfifo(tmp_path / "pipe")

    attempt = channel(tmp_path, path).send(message(1), now=NOW)

    assert not attempt.ok and not attempt.permanent
    assert "cannot be written" in attempt.error


def test_a_disk_without_room_leaves_no_part_of_a_line(tmp_path: Path):
    sender = channel(tmp_path)
    sender.send(message(1), now=NOW)
    path = tmp_path / "alerts.jsonl"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, limits[1]))
    try:
        attempt = sender.send(message(2), now=NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert not attempt.ok
    assert ids(path) == [message(1).id]
    assert sender.send(message(2), now=NOW).ok
    assert ids(path) == [message(1).id, message(2).id]
