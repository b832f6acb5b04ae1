"""A person's answers: paused, muted, disputed, switched off, sent once more; and how `status` and `doctor` tell it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.events.test_schemas import faults
from tests.journeys.house import House
from tests.publisher import Publisher, Receiver, status
from tracker import clock
from tracker.cli.demo.rendered import as_html
from tracker.cli.demo.ruritania import edition


class Place:
    """A house with a page that changed once, told to a desk."""

    def __init__(self, root: Path, site: Publisher, desk: Receiver) -> None:
        self.site, self.desk, self.house = site, desk, House(root)
        self.house.tracker("add", site.url("/ruritania"), "--profile", "ruritania")
        self.house.tell_desk(desk.url())
        self.edition = 0
        for _ in range(2):
            self.edit()

    def edit(self) -> None:
        """The publisher brings out another edition, and it is seen."""
        self.edition += 1
        text = as_html(edition(1)).replace("about 400", f"about {400 + self.edition}")
        self.site.page("/ruritania", text)
        self.house.tracker("check", "ruritania")

    @property
    def change(self) -> str:
        """The newest change."""
        found: str = self.house.json("log", "--limit", "1")[0]["id"]
        return found

    def status(self) -> Any:
        return self.house.json("status")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with Publisher() as site, Receiver() as desk:
        yield Place(tmp_path / "house", site, desk)


def refused(place: Place, *args: str, code: int = 2) -> str:
    done = place.house.run(*args)
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stderr


# ---------------------------------------------------------------- pages


def test_a_paused_page_is_left_alone_until_it_is_resumed(place: Place) -> None:
    house, asked = place.house, len(place.site.requests)

    house.tracker("pause", "ruritania")
    house.tracker("check")

    assert len(place.site.requests) == asked
    assert house.json("watches")[0]["state"] == "paused"
    assert place.status()["watches"]["paused"] == [{"watch": "ruritania", "until": None}]
    house.tracker("resume", "ruritania")
    house.tracker("check")
    assert len(place.site.requests) == asked + 1
    assert "not paused" in house.tracker("resume", "ruritania")


def test_a_pause_with_an_end_is_over_then_without_anybody(place: Place) -> None:
    house, file = place.house, place.house.root / "config" / "watches.toml"
    house.tracker("pause", "ruritania", "--until", "2999-01-31")
    assert "paused_until = 2999-01-31T00:00:00Z" in file.read_text()
    assert "2999-01-31T00:00" in house.tracker("watches")
    assert "until 2999-01-31T00:00:00Z" in house.tracker("status")

    house.tracker("check")
    file.write_text(file.read_text().replace("2999-01-31T00:00:00Z", "2022-01-31"))
    house.tracker("check")

    watch = house.json("watches")[0]
    assert (watch["state"], watch["paused_until"]) == ("active", None)
    house.tracker("pause", "ruritania")
    said = [line for line in file.read_text().splitlines() if line.startswith("paused")]
    assert said == ["paused = true"]


def test_a_pause_that_cannot_be_meant_is_refused(place: Place) -> None:
    file = place.house.root / "config" / "watches.toml"
    before = file.read_text()
    for line, told in (
        ('paused_until = "soon"', "is a date or an instant"),
        ("paused_until = 2026-12-01T08:00:00", "with its zone"),
        ("paused_until = 12", "is a date or an instant"),
        ("paused = true\npaused_until = 2999-12-01", "say different things"),
        ("paused_til = 2999-12-01", "Did you mean 'paused_until'?"),
    ):
        file.write_text(before + line + "\n")
        assert told in refused(place, "check"), line


def test_an_end_that_no_calendar_holds_or_that_is_past_is_refused(place: Place) -> None:
    before = (place.house.root / "config" / "watches.toml").read_text()

    for until in ("2022-08-14", "yesterday", "0s", "-3d", "99999999999d", "2026-13-01"):
        refused(place, "pause", "ruritania", f"--until={until}")
        refused(place, "subs", "mute", "all", f"--until={until}")

    assert (place.house.root / "config" / "watches.toml").read_text() == before
    assert place.status()["mutes"] == []


def test_only_what_is_there_can_be_paused(place: Place) -> None:
    assert "Did you mean 'ruritania'?" in refused(place, "pause", "ruritana", code=6)
    assert place.house.json("watches")[0]["state"] == "active"


# ---------------------------------------------------------------- rules


def test_a_muted_rule_tells_nobody_and_what_it_did_not_tell_is_counted(place: Place) -> None:
    house = place.house
    house.tracker("deliver")
    heard = len(place.desk.received)

    house.tracker("subs", "mute", "all", "--until", "3d", "--reason", "the minister\x1b[31m visits")
    place.edit()
    house.tracker("deliver")

    assert len(place.desk.received) == heard
    (muted,) = place.status()["mutes"]
    assert muted["not_told"] == 1
    assert clock.from_iso(muted["until"]) - clock.from_iso(muted["since"]) == timedelta(days=3)
    told = house.tracker("status")
    assert "muted        all until" in told and "\x1b" not in told
    assert "1 alert was not told" in house.tracker("subs", "unmute", "all")
    place.edit()
    house.tracker("deliver")
    assert len(place.desk.received) == heard + 1


def test_only_what_is_there_can_be_muted_and_only_what_is_muted_unmuted(place: Place) -> None:
    assert "Did you mean 'all'?" in refused(place, "subs", "mute", "al")
    assert "not muted" in refused(place, "subs", "unmute", "all", code=6)


@pytest.mark.proof
def test_a_rule_that_cannot_be_decided_is_said_by_simulate(place: Place) -> None:
    place.house.tracker("subs", "add", "slow", "--to", "desk", "--text", r"/(\w|x)+[☃☄]/")
    place.site.page("/ruritania", as_html(edition(1)).replace("about 400", "about 402 " + "x" * 60))
    place.house.tracker("check", "ruritania")

    done = place.house.run("subs", "simulate", "--subscription", "slow", "--json")

    told = json.loads(done.stdout)
    assert told["undecided"] == {"slow": 1} and told["channels"][0]["changes"] == 1
    assert "slow could not be decided for 1 change, which count as matched" in done.stderr


def test_what_was_done_is_told_as_json(place: Place) -> None:
    house = place.house
    change = place.change
    url = place.site.url("/syldavia")

    assert house.json("pause", "ruritania", "--until", "2999-01-31") == {
        "paused": ["ruritania"],
        "until": "2999-01-31T00:00:00Z",
    }
    assert house.json("resume", "ruritania") == {"resumed": ["ruritania"], "not_paused": []}
    assert house.json("resume", "ruritania") == {"resumed": [], "not_paused": ["ruritania"]}
    muted = house.json("subs", "mute", "all", "--until", "2999-01-31")
    assert (muted["subscription"], muted["until"]) == ("all", "2999-01-31T00:00:00Z") and muted["since"]
    assert house.json("dispute", change, "--reason", " so\nit is ", "--by", "amina") == {
        "change": change, "disputed": True, "reason": "so it is", "by": "amina",
    }  # fmt: skip
    assert house.json("dispute", change, "--withdraw")["disputed"] is False
    added = house.json("channels", "add", "log", "jsonl", "alerts.jsonl")
    assert (added["name"], added["kind"], added["to"]) == ("log", "jsonl", "alerts.jsonl")
    assert house.json("channels", "disable", "log", "--reason", "why") == {
        "channel": "log", "state": "disabled", "why": "why", "owed": 0,
    }  # fmt: skip
    assert house.json("channels", "rm", "log") == {"removed": "log", "owed": 0}
    watched = house.json("add", url, "--profile", "syldavia", "--every", "6h")
    assert (watched["name"], watched["url"], watched["every_s"]) == ("syldavia", url, 21600)
    assert house.json("rm", "syldavia") == {"removed": "syldavia"}
    assert house.json("subs", "rm", "all") == {"removed": "all", "held": 1}


@pytest.mark.parametrize("letter", ["\udcff", "\ud800"], ids=["a byte", "half a letter"])
def test_words_that_are_no_text_are_refused_and_nothing_is_recorded(place: Place, letter: str) -> None:
    change = place.change
    head = place.house.json("verify")["events"]

    for args in (
        ("dispute", change, "--reason", letter),
        ("dispute", change, "--reason", "x", "--by", letter),
        ("subs", "mute", "all", "--reason", letter),
        ("subs", "add", "x", "--to", "desk", "--owner", letter),
        ("subs", "add", "x", "--to", "desk", "--text", letter),
        ("channels", "disable", "desk", "--reason", letter),
        ("channels", "add", "x", "jsonl", letter),
        ("deliveries", "list", "--channel", letter),
        ("pause", letter),
    ):
        assert "no UTF-8 text" in refused(place, *args), args

    assert place.house.json("verify")["events"] == head
    assert [c["name"] for c in place.house.json("channels", "list")] == ["desk"]


# ---------------------------------------------------------------- changes


def test_a_disputed_change_stays_and_says_so(place: Place) -> None:
    house, change = place.house, place.change

    house.tracker("dispute", change[:8], "--reason", "  the number\n  was a typo ", "--by", "amina")

    newest = house.json("log", "--limit", "1")[0]
    assert newest["dispute"].pop("at")
    assert newest["dispute"] == {"reason": "the number was a typo", "by": "amina"}
    assert faults(house.json("log", "--limit", "1")[0], "tracker.change/1") == []
    assert "disputed by amina as a false alarm on" in house.tracker("log", "--limit", "1")
    shown = house.run("show", f"{newest['profile']}/{newest['chapter']}")
    assert "the number was a typo" in shown.stderr
    counted = place.status()["false_alarms"]
    assert (counted["disputed"], counted["of"], counted["rate"]) == (1, 1, 1.0)
    assert "1 of 1 changes of the last 90 days as false alarms (100.0%)" in house.tracker("status")


def test_a_dispute_can_be_taken_back(place: Place) -> None:
    house = place.house
    house.tracker("dispute", place.change, "--reason", "wrong")

    assert "no longer disputed" in house.tracker("dispute", place.change, "--withdraw")

    assert "dispute" not in house.json("log", "--limit", "1")[0]
    assert place.status()["false_alarms"]["ever"] == []
    assert place.status()["false_alarms"]["rate"] == 0
    refused(place, "dispute", place.change, "--withdraw", code=6)


def test_a_dispute_that_cannot_be_meant_is_refused(place: Place) -> None:
    for args, code in (
        (("c_ffffffffffffffff", "--reason", "x"), 6),
        ((place.change, "--reason", " "), 2),
        ((place.change,), 2),
        ((place.change, "--reason", "x", "--withdraw"), 2),
        ((place.change, "--reason", "x" * 501), 2),
    ):
        refused(place, "dispute", *args, code=code)

    assert place.status()["false_alarms"]["ever"] == []


# ---------------------------------------------------------------- channels and deliveries


def test_a_channel_that_is_off_keeps_what_it_is_owed(place: Place) -> None:
    house = place.house
    house.tracker("channels", "disable", "desk", "--reason", "the desk moves house")
    done = house.run("deliver")

    assert (done.returncode, len(place.desk.received)) == (0, 0)
    assert "1 of them wait for channels that are disabled: desk" in done.stderr
    (row,) = house.json("channels", "list")
    assert (row["state"], row["why"], row["owed"]) == ("disabled", "the desk moves house", 1)
    assert "the desk moves house" in house.run("doctor").stdout
    assert "tracker channels enable desk" in refused(place, "channels", "test", "desk")

    assert "1 deliveries wait" in house.tracker("channels", "enable", "desk")
    house.tracker("deliver")
    assert len(place.desk.received) == 1
    assert house.json("channels", "list")[0]["state"] == "ok"


def test_what_waits_for_a_channel_can_be_given_up_and_sent_after_all(place: Place) -> None:
    house = place.house
    house.tracker("channels", "disable", "desk")
    house.tracker("deliver")

    assert house.json("channels", "enable", "desk", "--drop")["dropped"] == 1

    house.tracker("deliver")
    assert place.desk.received == ()
    (dead,) = house.json("deliveries", "list", "--state", "dead", "--reason", "disabled")
    assert dead["attempts"] == 0
    assert house.json("deliveries", "list", "--reason", "gone") == []
    assert house.json("channels", "list")[0]["state"] == "ok"  # it is not the channel's failure
    assert house.json("deliveries", "replay", "--channel", "desk", "--since", "1d")["count"] == 1
    assert house.json("deliveries", "replay", "--since", "2999-01-01")["count"] == 0
    house.tracker("deliveries", "replay", "--reason", "disabled", "--yes")
    house.tracker("deliver")
    (message,) = place.desk.received
    assert message.headers["webhook-id"] == dead["id"]


def test_a_delivery_shows_what_it_told_and_what_was_answered(place: Place) -> None:
    house = place.house
    place.desk.script(status(500, body="the \x1b[2Jdesk is closed"), status(204))
    refused(place, "deliver", code=3)
    (delivery,) = house.json("deliveries", "list")

    shown = house.json("deliveries", "show", delivery["id"][:6])
    text = house.tracker("deliveries", "show", delivery["id"])

    assert [(t["type"], t["status"]) for t in shown["tries"]] == [("delivery.failed", 500)]
    assert shown["tries"][0]["elapsed_ms"] >= 0 and "desk is closed" in shown["tries"][0]["answer"]
    assert shown["told"][0]["change"] == place.change
    assert shown["why"][0]["subscription"] == "all"
    assert "[-401-]{+402+}" in shown["message"]
    assert "desk is closed" in text and "\x1b" not in text
    assert "HTTP 500" in text and "[-401-]{+402+}" in text
    counts = place.status()["deliveries"]
    assert (counts["owed"], counts["retrying"], counts["dead"], counts["held"]) == (0, 1, 0, 0)


def test_what_is_owed_is_not_owed_twice(place: Place) -> None:
    place.desk.script(status(500))
    refused(place, "deliver", code=3)
    (delivery,) = place.house.json("deliveries", "list")

    assert "Still owed" in refused(place, "deliveries", "replay", delivery["id"], "--yes")
    refused(place, "deliveries", "replay", delivery["id"], "--channel", "desk")
    refused(place, "deliveries", "replay", "d_ffff", code=6)


def test_a_channel_of_any_kind_is_added_with_its_keys(place: Place) -> None:
    house = place.house
    kinds = {kind["kind"]: kind for kind in house.json("channels", "kinds")}
    assert {"webhook", "jsonl", "email", "slack"} <= kinds.keys()
    assert "env:NAME" in house.tracker("channels", "kinds")

    house.tracker("channels", "add", "alerts", "jsonl", "alerts.jsonl", "tz=Europe/Prague", "per_minute=30")
    house.tracker("channels", "add", "other", "webhook", place.desk.url() + "?a=b", "secret=env:DESK_SECRET")

    rows = {row["name"]: row for row in house.json("channels", "list")}
    assert (rows["alerts"]["to"], rows["alerts"]["tz"]) == ("alerts.jsonl", "Europe/Prague")
    assert rows["other"]["values"]["secret"] == "env:DESK_SECRET"
    assert rows["other"]["to"].endswith("?a=b")
    refused(place, "channels", "add", "bad", "webhook", "http://127.0.0.1/", "http://127.0.0.2/")
    refused(place, "channels", "add", "bad", "webhook", "http://127.0.0.1/", "clour=red")
    refused(place, "channels", "test", "dekk")


def test_a_test_is_the_real_path_and_sends_nothing_else(place: Place) -> None:
    house = place.house
    assert place.status()["deliveries"]["held"] == 1  # the change, which is not told yet

    told = house.json("channels", "test", "desk")

    (message,) = place.desk.received
    assert told["ok"] and told["status"] == 204 and told["elapsed_ms"] >= 0
    assert message.headers["webhook-id"] == told["delivery"]
    assert json.loads(message.body)["data"]["flags"] == ["test"]
    assert house.json("deliveries", "show", told["delivery"])["form"] == "test"
    assert house.json("verify")["ok"]


def test_a_test_that_fails_says_what_was_answered_and_is_not_sent_later(place: Place) -> None:
    place.desk.script(status(403, body="no such desk"), status(204))

    told = refused(place, "channels", "test", "desk", code=3)

    assert "HTTP 403" in told and "no such desk" in told
    (delivery,) = place.house.json("deliveries", "list")
    assert (delivery["state"], delivery["attempts"]) == ("dead", 1)
    place.house.tracker("deliver")  # the change alone
    assert b"[TEST]" not in place.desk.received[-1].body
