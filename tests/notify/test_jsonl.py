import json
import os
import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.notify.builders import CHANGE
from tracker.notify.channels import ChannelConfig, Message, Surroundings
from tracker.notify.channels.jsonl import JsonlChannel
from tracker.notify.render.jsonl import line

NOW = datetime(2026, 8, 14, 9, 30, tzinfo=UTC)


def channel(base: Path, path: str = "alerts.jsonl") -> JsonlChannel:
    return JsonlChannel(ChannelConfig(name="log", kind="jsonl", path=path), Surroundings(environ={}, base=base))


def message(number: int) -> Message:
    id = f"d_{number:016x}"
    return Message(id=id, body=line(CHANGE, id, subscription="everything"))


def ids(path: Path) -> list[str]:
    return [json.loads(text)["delivery"] for text in path.read_text().splitlines()]


def test_a_line_is_the_change_and_the_delivery_it_is(tmp_path: Path):
    attempt = channel(tmp_path).send(message(1), now=NOW)

    (text,) = (tmp_path / "alerts.jsonl").read_text().splitlines()
    assert attempt.ok
    assert json.loads(text) == {"delivery": message(1).id, "subscription": "everything", **CHANGE.to_json()}


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
